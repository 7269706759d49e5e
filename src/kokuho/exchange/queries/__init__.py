"""Reads of the doors' books, one module a subject."""

from kokuho.exchange.cycles import missing
from kokuho.exchange.queries.addressees import AddresseeState, addressee_states, addressees_held, unanswered
from kokuho.exchange.queries.applications import ApplicationRow, application, applications
from kokuho.exchange.queries.federation import (
    FederationState,
    federation_state,
    issues,
    ready_files,
)
from kokuho.exchange.queries.inbox import (
    FileRow,
    WorkRow,
    contacts,
    errors,
    file,
    inbox,
    late_neighbours,
    open_work,
    refused_files,
    work,
    work_item,
)
from kokuho.exchange.queries.outbox import (
    OutboxRow,
    RecordRow,
    flags_unsent,
    leaving,
    outbox,
    outbox_file,
    provisions,
    receivers_of,
    records,
    sent_of,
    to_release,
)
from kokuho.exchange.queries.registry import RuleRow, receivers, rule, rules, systems
from kokuho.exchange.queries.replacements import ReplacementRow, replaced_in, replacements

__all__ = [
    "AddresseeState",
    "ApplicationRow",
    "FederationState",
    "FileRow",
    "OutboxRow",
    "RecordRow",
    "ReplacementRow",
    "RuleRow",
    "WorkRow",
    "addressee_states",
    "addressees_held",
    "application",
    "applications",
    "contacts",
    "errors",
    "federation_state",
    "file",
    "flags_unsent",
    "inbox",
    "issues",
    "late_neighbours",
    "leaving",
    "missing",
    "open_work",
    "outbox",
    "outbox_file",
    "provisions",
    "ready_files",
    "receivers", "receivers_of",
    "records",
    "refused_files",
    "replaced_in",
    "replacements",
    "rule",
    "rules",
    "sent_of",
    "systems",
    "to_release",
    "unanswered",
    "work",
    "work_item",
]
