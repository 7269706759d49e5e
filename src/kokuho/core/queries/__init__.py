"""Every read of the groundwork: municipality, batch runs, approvals, operation records, staff and their rights."""

from kokuho.core.queries.approvals import ApprovalRow, approval, approvals, approvals_of, approvals_waiting, decides
from kokuho.core.queries.batches import BATCH_KINDS, Progress, batch_runs, latest_runs, progress
from kokuho.core.queries.controls import latest_control_run
from kokuho.core.queries.entries import EntryRow, confirms, entries_of, entries_waiting, late_entry
from kokuho.core.queries.office import municipality, municipality_name
from kokuho.core.queries.records import AuditRow, audit_records
from kokuho.core.queries.staff import RoleGrant, StaffRow, own_rights, staff_list, staff_names

__all__ = [
    "BATCH_KINDS",
    "ApprovalRow",
    "AuditRow",
    "EntryRow",
    "Progress",
    "RoleGrant",
    "StaffRow",
    "approval",
    "approvals",
    "approvals_of",
    "approvals_waiting",
    "audit_records",
    "batch_runs",
    "confirms",
    "decides",
    "entries_of",
    "entries_waiting",
    "late_entry",
    "latest_control_run",
    "latest_runs",
    "municipality",
    "municipality_name",
    "own_rights",
    "progress",
    "staff_list",
    "staff_names",
]
