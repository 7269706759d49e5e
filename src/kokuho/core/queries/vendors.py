"""Reads about contractors: contracts with what is due, the roster, windows, the report of a day (VENDOR-01 to -05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.core import clock
from kokuho.core.access import Actor
from kokuho.core.clock import midnight
from kokuho.core.models import AuditRecord, Contract, ContractWorker, Staff, VendorWindow
from kokuho.core.reads import seen
from kokuho.core.vendors import standing_problem


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract with its workers and what is missing or overdue."""

    contract: Contract
    workers: list[tuple[ContractWorker, str]]  # with what is wrong about the worker's standing
    due: list[str]


def contracts(by: Actor, *, on: date) -> list[ContractRow]:
    """Every contract, running ones first, with what is due (VENDOR-05)."""
    by.require("vendor.read")
    roster: dict[int, list[tuple[ContractWorker, str]]] = {}
    for worker in ContractWorker.objects.select_related("contract").order_by("-is_active", "worker_no"):
        problem = standing_problem(worker, on) if worker.is_active else "名簿から外した"
        roster.setdefault(worker.contract_id, []).append((worker, problem))
    found = []
    for contract in Contract.objects.select_related("parent").order_by("-valid_until", "number"):
        due = []
        over = contract.valid_until < on
        if contract.statement_on is None:
            due.append("安全管理の書面がない")
        if contract.inspect_by is not None and contract.inspect_by < on and not over:
            due.append(f"監査・点検の期限（{contract.inspect_by}）が過ぎた")
        if over and contract.certificate_on is None:
            due.append("終了後の返却・消去の証明がない")
        found.append(ContractRow(contract, roster.get(contract.pk, []), due))
    seen(by, "vendor.contracts", row_count=len(found))
    return found


def contractors_without_standing(by: Actor, *, on: date) -> list[tuple[Staff, str]]:
    """Active contractor accounts without a valid roster entry, contract, pledge or training: 0 rows (VENDOR-01)."""
    by.require("vendor.read")
    workers = {w.worker_no: w for w in ContractWorker.objects.select_related("contract")}
    found = []
    for staff in Staff.objects.filter(account_class=Staff.CONTRACTOR, is_active=True).order_by("staff_no"):
        worker = workers.get(staff.person_no)
        if problem := standing_problem(worker, on) if worker else "作業従事者名簿にない":
            found.append((staff, problem))
    seen(by, "vendor.standing", row_count=len(found))
    return found


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A window with the names of its workers and its state in words."""

    window: VendorWindow
    names: str
    state: str
    label: str


def windows(by: Actor) -> list[WindowRow]:
    """Windows of work, newest first, at most 200; open ones need a record and a confirmation."""
    by.require("vendor.read")
    rows = list(VendorWindow.objects.select_related("contract").order_by("-starts", "-pk")[:200])
    found = _windows(rows)
    seen(by, "vendor.windows", row_count=len(found))
    return found


def unfinished_windows(by: Actor) -> list[WindowRow]:
    """Windows that are over without a record or a confirmation (VENDOR-02)."""
    by.require("vendor.read")
    rows = list(VendorWindow.objects.select_related("contract").filter(confirmed_at__isnull=True, ends__lte=clock.now()).order_by("ends"))
    seen(by, "vendor.unfinished", row_count=len(rows))
    return _windows(rows)


def window_of(by: Actor, window_id: int) -> WindowRow:
    """One window; a contractor sees the own one. Raises DoesNotExist."""
    row = VendorWindow.objects.select_related("contract").get(pk=window_id)
    if by.window != row.pk:
        by.require("vendor.read")
    seen(by, "vendor.window", row_count=1, detail={"window": row.pk})
    return _windows([row])[0]


def _windows(rows: list[VendorWindow]) -> list[WindowRow]:
    names = dict(ContractWorker.objects.filter(worker_no__in={n for row in rows for n in row.workers}).values_list("worker_no", "name"))
    now = clock.now()

    def state(row: VendorWindow) -> tuple[str, str]:
        if row.confirmed_at is not None:
            return "confirmed", "確認済み"
        if row.ends <= now:
            return ("pending", "確認待ち") if row.reported_at else ("overdue", "記録がない")
        return ("running", "作業中") if row.starts <= now else ("open", "これから")

    return [WindowRow(row, "、".join(names.get(n, n) for n in row.workers), *state(row)) for row in rows]


def contractor_report(by: Actor, *, day: date) -> list[AuditRecord]:
    """Everything that contractor accounts did on a day, in order, refusals too (VENDOR-03)."""
    by.require("vendor.read")
    begin = midnight(day)
    accounts = Staff.objects.filter(account_class=Staff.CONTRACTOR).values("staff_no")
    found = list(
        AuditRecord.objects.filter(staff_no__in=accounts, at__gte=begin, at__lt=begin + timedelta(days=1)).order_by("at", "pk")[:5000]
    )
    seen(by, "vendor.report", row_count=len(found), detail={"day": day.isoformat()})
    return found
