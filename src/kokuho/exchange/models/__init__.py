"""The doors' books, one module a subject."""

from kokuho.exchange.models.inbox import InboxError, InboxFile, WorkItem
from kokuho.exchange.models.outbox import OutboxFile, OutboxRecord, ProvisionRecord
from kokuho.exchange.models.registry import ConnectedSystem, ReleaseRule

__all__ = [
    "ConnectedSystem",
    "InboxError",
    "InboxFile",
    "OutboxFile",
    "OutboxRecord",
    "ProvisionRecord",
    "ReleaseRule",
    "WorkItem",
]
