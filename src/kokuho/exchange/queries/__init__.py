"""Reads of the doors' books, one module a subject."""

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
    leaving,
    outbox,
    outbox_file,
    provisions,
    records,
    sent_of,
    to_release,
)
from kokuho.exchange.queries.registry import RuleRow, rule, rules, systems

__all__ = [
    "ApplicationRow",
    "FederationState",
    "FileRow",
    "OutboxRow",
    "RecordRow",
    "RuleRow",
    "WorkRow",
    "application",
    "applications",
    "contacts",
    "errors",
    "federation_state",
    "file",
    "inbox",
    "issues",
    "late_neighbours",
    "leaving",
    "open_work",
    "outbox",
    "outbox_file",
    "provisions",
    "ready_files",
    "records",
    "refused_files",
    "rule",
    "rules",
    "sent_of",
    "systems",
    "to_release",
    "work",
    "work_item",
]
