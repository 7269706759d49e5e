"""The groundwork's tables."""

from kokuho.core.models.audit import Approval, AuditRecord
from kokuho.core.models.base import Act, Fact, PeriodFact, Register, no_overlap
from kokuho.core.models.batch import BatchChunk, BatchRun
from kokuho.core.models.conduct import (
    ConductRecord,
    Correction,
    CorrectionNotice,
    DisclosureRequest,
    HostingFact,
    Incident,
    IncidentScope,
    IncidentStep,
    JournalNote,
    OrderedRun,
    ProtectionReport,
    UseSuspension,
    WorkOrder,
)
from kokuho.core.models.controls import ControlRun
from kokuho.core.models.entries import Entry
from kokuho.core.models.extract import Extract, ExtractRun, Medium, MediumLine
from kokuho.core.models.forms import FormReceipt
from kokuho.core.models.keep import (
    BackupEvent,
    EnvironmentMark,
    ErasureArchive,
    ErasureArchiveEvent,
    ErasureLine,
    ErasureOrder,
    ErasureRecord,
    RetentionHold,
    RetentionPlan,
)  # fmt: skip
from kokuho.core.models.migration import MigrationFile, MigrationStep, MigrationWork
from kokuho.core.models.office import Holiday, Municipality
from kokuho.core.models.parameters import Parameter, ParameterBaseline, ParameterChange
from kokuho.core.models.schedule import ScheduledRun, ScheduledTime
from kokuho.core.models.seal import AuditMark, DaySeal, Inspection, MarkDisposition, StaffResident, WriteRecord
from kokuho.core.models.sightings import AccountSighting
from kokuho.core.models.staff import (
    AccountEvent,
    AccountTask,
    FactorCredential,
    Grant,
    PasswordHistory,
    RightsReview,
    Staff,
    Unit,
    UseExtension,
)
from kokuho.core.models.terminals import Terminal
from kokuho.core.models.vendors import Contract, ContractWorker, VendorWindow

__all__ = [
    "AccountEvent", "AccountSighting", "AccountTask", "Act", "Approval", "AuditMark", "AuditRecord", "BackupEvent", "BatchChunk",
    "BatchRun", "ConductRecord", "Contract", "ContractWorker", "ControlRun", "Correction", "CorrectionNotice", "DaySeal",
    "DisclosureRequest", "Entry",
    "EnvironmentMark", "ErasureArchive", "ErasureArchiveEvent", "ErasureLine", "ErasureOrder", "ErasureRecord",
    "Extract", "ExtractRun", "Fact", "FactorCredential", "FormReceipt",
    "Grant", "Holiday", "HostingFact", "Incident", "IncidentScope", "IncidentStep", "Inspection", "JournalNote", "MarkDisposition",
    "Medium",
    "MediumLine", "MigrationFile", "MigrationStep", "MigrationWork",
    "Municipality", "OrderedRun", "Parameter", "ParameterBaseline", "ParameterChange",
    "PasswordHistory", "PeriodFact", "ProtectionReport", "Register", "RetentionHold", "RetentionPlan", "RightsReview", "ScheduledRun",
    "ScheduledTime", "Staff",
    "StaffResident", "Terminal", "Unit", "UseExtension", "UseSuspension", "VendorWindow", "WorkOrder", "WriteRecord",
    "no_overlap",
]  # fmt: skip
