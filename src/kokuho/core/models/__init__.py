"""The groundwork's tables."""

from kokuho.core.models.audit import Approval, AuditRecord
from kokuho.core.models.base import Act, Fact, PeriodFact, Register, no_overlap
from kokuho.core.models.batch import BatchChunk, BatchRun
from kokuho.core.models.office import Holiday, Municipality
from kokuho.core.models.staff import Grant, Staff, Unit

__all__ = [
    "Act", "Approval", "AuditRecord", "BatchChunk", "BatchRun", "Fact", "Grant", "Holiday", "Municipality", "PeriodFact",
    "Register", "Staff", "Unit", "no_overlap",
]  # fmt: skip
