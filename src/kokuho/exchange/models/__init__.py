"""The doors' books, one module a subject."""

from kokuho.exchange.models.application import ApplicationMatch, ReceivedApplication
from kokuho.exchange.models.federation import (
    ContinuationCandidate,
    FederationAnswer,
    OutboxRejection,
    ReportIssue,
)
from kokuho.exchange.models.inbox import InboxError, InboxFile, WorkContact, WorkItem
from kokuho.exchange.models.insured import InsuredSnapshot
from kokuho.exchange.models.outbox import OutboxFile, OutboxRecord, ProvisionRecord, Replacement
from kokuho.exchange.models.registry import ConnectedSystem, ReleaseRule

__all__ = [
    "ApplicationMatch",
    "ConnectedSystem",
    "ContinuationCandidate",
    "FederationAnswer",
    "InboxError",
    "InboxFile",
    "InsuredSnapshot",
    "OutboxFile",
    "OutboxRecord",
    "OutboxRejection",
    "ProvisionRecord",
    "ReceivedApplication",
    "ReleaseRule",
    "Replacement",
    "ReportIssue",
    "WorkContact",
    "WorkItem",
]
