"""Contracts, the roster of workers, windows of work, their records and confirmation (VENDOR-01, -02, -05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from kokuho.core import access, audit, clock, entries, parameters
from kokuho.core.access import Actor
from kokuho.core.actions import leaving
from kokuho.core.actions.entries import submit
from kokuho.core.coded import CodedError
from kokuho.core.models import Contract, ContractWorker, Entry, Staff, VendorWindow
from kokuho.core.vendors import never, standing_problem

WORKER, WINDOW = "vendor.worker", "vendor.window"


class VendorError(CodedError):
    """Not possible as asked. `code` is stable."""


def register_contract(
    *, by: Actor, number: str, company: str, subject: str, valid_from: date, valid_until: date, parent: str = "", consent: str = "",
    statement_on: date | None = None, inspected_on: date | None = None, inspect_by: date | None = None,
    certificate_on: date | None = None,
) -> Contract:  # fmt: skip
    """Keep a contract, or what is new about it (evidence; VENDOR-05). A 再委託 names its contract and the consent.

    Raises `VendorError`: VENDOR-05-CONTRACT an item is missing or the days contradict, VENDOR-05-CONSENT.
    """
    by.require("vendor.manage")
    if not number.strip() or not company.strip() or not subject.strip() or valid_until < valid_from:
        raise VendorError("VENDOR-05-CONTRACT", "契約番号・会社・内容と、正しい期間を入力してください。")
    above = Contract.objects.filter(number=parent).first() if parent else None
    if parent and (above is None or not consent.strip()):
        raise VendorError("VENDOR-05-CONSENT", "再委託は、元の契約番号と承諾の番号を入力してください。")
    with transaction.atomic():
        made, fresh = Contract.objects.update_or_create(
            number=number.strip(),
            defaults={
                "company": company.strip(), "subject": subject.strip(), "valid_from": valid_from, "valid_until": valid_until,
                "parent": above, "consent": consent.strip(), "statement_on": statement_on, "inspected_on": inspected_on,
                "inspect_by": inspect_by, "certificate_on": certificate_on, "origin": by.staff_no,
            },
        )  # fmt: skip
        audit.record(by, function="vendor.contract", operation="add" if fresh else "update", row_count=1, detail={"contract": made.number})
    return made


def request_worker(*, by: Actor, on: date, reason: str, **payload: Any) -> Entry:
    """Put a person on the roster, or change the entry; another person confirms it against the list that the company handed in."""
    title = f"作業従事者名簿: {payload.get('worker_no', '')}"
    return submit(by=by, on=on, kind=WORKER, title=title, payload=payload, reason=reason)


def request_window(*, by: Actor, on: date, reason: str, persons: Sequence[int] = (), **payload: Any) -> Entry:
    """Ask for a window of work (ISO moments `starts` and `ends`). `persons`: whose data the special rights reach."""
    title = f"委託先の作業: {payload.get('scope', '')}"[:200]
    return submit(by=by, on=on, kind=WINDOW, title=title, payload=payload, persons=persons, reason=reason)


@transaction.atomic
def end_worker(*, by: Actor, on: date, worker_no: str, reason: str) -> ContractWorker:
    """Take a person off the roster at once: the accounts of that person end with it. Raises `VendorError` VENDOR-01-WORKER for
    nobody of the roster or no reason."""
    by.require("vendor.manage")
    worker = ContractWorker.objects.select_for_update().filter(worker_no=worker_no, is_active=True).first()
    if worker is None or not reason.strip():
        raise VendorError("VENDOR-01-WORKER", "名簿にある作業従事者と、理由を入力してください。")
    worker.is_active = False
    worker.save(update_fields=["is_active"])
    for staff in Staff.objects.filter(person_no=worker_no, account_class=Staff.CONTRACTOR, is_active=True):
        staff.is_active = False
        staff.save(update_fields=["is_active"])
        leaving.revoke(staff, on=on, why=f"名簿から外した: {reason}", origin=f"roster:{worker_no}")
    audit.record(by, function="vendor.worker", operation="remove", reason=reason, row_count=1, detail={"worker": worker_no})
    return worker


@transaction.atomic
def report(*, by: Actor, window_id: int, text: str) -> VendorWindow:
    """Attach the record of work (who did what). By a worker of the window while it is open, or by the city's contract desk.

    Raises `VendorError` VENDOR-02-REPORT without words, or when it was confirmed already.
    """
    row = VendorWindow.objects.select_for_update().get(pk=window_id)
    person = Staff.objects.filter(staff_no=by.staff_no).values_list("person_no", flat=True).first() or ""
    if person not in row.workers:
        by.require("vendor.manage")
    if not text.strip() or row.confirmed_at is not None:
        raise VendorError("VENDOR-02-REPORT", "作業記録を入力してください。確認が済んだものは変えられません。")
    row.report, row.reported_by, row.reported_at = text.strip(), by.staff_no, clock.now()
    row.save(update_fields=["report", "reported_by", "reported_at"])
    audit.record(by, function="vendor.report", operation="update", row_count=1, detail={"window": row.pk})
    return row


@transaction.atomic
def confirm(*, by: Actor, window_id: int, finding: str) -> VendorWindow:
    """The city confirms the work against its record; only then the next window opens. Ends a window that is still running.

    Raises `VendorError`: VENDOR-02-REPORT without a record, VENDOR-02-CONFIRM by the one who wrote it or without a finding.
    """
    by.require("vendor.manage")
    row = VendorWindow.objects.select_for_update().get(pk=window_id)
    if row.reported_at is None:
        raise VendorError("VENDOR-02-REPORT", "作業記録がまだありません。記録を受けてから確認してください。")
    if row.confirmed_at is not None or by.is_person(row.reported_by) or not finding.strip():
        raise VendorError("VENDOR-02-CONFIRM", "記録した本人以外の職員が、確認したことを入力して確認します。")
    row.confirmed_by, row.confirmed_at, row.finding = by.staff_no, clock.now(), finding.strip()
    row.ends = max(min(row.ends, row.confirmed_at), row.starts + timedelta(seconds=1))
    row.save(update_fields=["confirmed_by", "confirmed_at", "finding", "ends"])
    audit.record(by, function="vendor.confirm", operation="approve", reason=finding, row_count=1, detail={"window": row.pk})
    return row


# --- the kinds of entry -------------------------------------------------------------------------------------------------


def _contract(payload: Mapping[str, Any]) -> Contract:
    found = Contract.objects.filter(number=payload.get("contract", "")).first()
    if found is None:
        raise VendorError("VENDOR-01-CONTRACT", "その契約は登録されていません。")
    return found


def _optional_day(payload: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(payload[name]) if payload.get(name) else None


def _check_worker(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    contract = _contract(payload)
    try:
        first, last = (date.fromisoformat(str(payload.get(name, ""))) for name in ("valid_from", "valid_until"))
        _optional_day(payload, "pledge_on"), _optional_day(payload, "trained_on")
    except ValueError:
        raise VendorError("VENDOR-01-DATE", "日付を入力してください。") from None
    if not str(payload.get("worker_no", "")).strip() or not str(payload.get("name", "")).strip():
        raise VendorError("VENDOR-01-WORKER", "作業従事者番号と氏名を入力してください。")
    if last < first or first < contract.valid_from or last > contract.valid_until:
        raise VendorError("VENDOR-01-DATE", f"期間は契約（{contract.valid_from}〜{contract.valid_until}）の中にしてください。")


def _lines_worker(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    told = entry.payload
    now = ContractWorker.objects.select_related("contract").filter(worker_no=told["worker_no"]).first()
    return [
        entries.Line("作業従事者", f"{now.worker_no}　{now.name}" if now else "", f"{told['worker_no']}　{told['name']}"),
        entries.Line("契約", str(now.contract) if now else "", str(_contract(told)), f"再委託の段階 {told.get('level', 0)}"),
        entries.Line("期間", f"{now.valid_from} 〜 {now.valid_until}" if now else "", f"{told['valid_from']} 〜 {told['valid_until']}"),
        entries.Line("誓約書", f"{now.pledge_on or ''}" if now else "", told.get("pledge_on") or "未提出", "ないとIDを使えない"),
        entries.Line("研修", f"{now.trained_on or ''}" if now else "", told.get("trained_on") or "未受講", "ないとIDを使えない"),
    ]


def _apply_worker(by: Actor, on: date, entry: Entry) -> None:
    told = entry.payload
    ContractWorker.objects.update_or_create(
        worker_no=told["worker_no"].strip(),
        defaults={
            "name": told["name"].strip(), "contract": _contract(told), "level": int(told.get("level") or 0),
            "pledge_on": _optional_day(told, "pledge_on"), "trained_on": _optional_day(told, "trained_on"),
            "valid_from": date.fromisoformat(told["valid_from"]), "valid_until": date.fromisoformat(told["valid_until"]),
            "is_active": True, "origin": f"entry:{entry.pk}",
        },
    )  # fmt: skip


def _moments(payload: Mapping[str, Any]) -> tuple[datetime, datetime]:
    try:
        starts, ends = (datetime.fromisoformat(str(payload.get(name, ""))) for name in ("starts", "ends"))
    except ValueError:
        raise VendorError("VENDOR-02-TIME", "開始と終了の日時を入力してください。") from None
    starts, ends = (moment if moment.tzinfo else moment.replace(tzinfo=clock.JAPAN) for moment in (starts, ends))
    return starts, ends


def _check_window(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    contract = _contract(payload)
    starts, ends = _moments(payload)
    most = parameters.value("vendor.window_hours")
    if ends <= starts or ends <= clock.now() or ends - starts > timedelta(hours=most):
        raise VendorError("VENDOR-02-TIME", f"終了は開始より後の、まだ来ていない日時にし、{most}時間以内にしてください。")
    workers = list(payload.get("workers") or ())
    found = {w.worker_no: w for w in ContractWorker.objects.select_related("contract").filter(worker_no__in=workers, contract=contract)}
    if not workers or set(workers) - set(found):
        raise VendorError("VENDOR-01", "作業従事者名簿にない人が含まれています。")
    for worker in found.values():
        if problem := standing_problem(worker, on):
            raise VendorError("VENDOR-01", f"{worker.name}: {problem}")
    left = VendorWindow.objects.filter(workers__overlap=workers, confirmed_at__isnull=True, ends__lte=clock.now())
    if left.exists():
        raise VendorError("VENDOR-02-OPEN", "前の作業の記録と確認が済んでいません。済んでから次の作業を申請してください。")
    if not str(payload.get("scope", "")).strip() or not str(payload.get("place", "")).strip():
        raise VendorError("VENDOR-02-SCOPE", "作業の範囲と場所を入力してください。")
    if strange := set(payload.get("capabilities") or ()) - never():
        raise VendorError("VENDOR-03", f"作業で特に認めることのできない権限です（{'、'.join(sorted(strange))}）。")
    if "mynumber.reveal" in (payload.get("capabilities") or ()) and not persons:
        raise VendorError("VENDOR-03", "個人番号の表示は、対象の人（宛名番号）を決めて認めてください。")


def _lines_window(by: Actor, on: date, entry: Entry) -> list[entries.Line]:
    told, words = entry.payload, access.catalogue()["capabilities"]
    names = dict(ContractWorker.objects.filter(worker_no__in=told["workers"]).values_list("worker_no", "name"))
    special = "、".join(words[item] for item in told.get("capabilities") or ())
    return [
        entries.Line("契約", "", str(_contract(told))),
        entries.Line("作業従事者", "", "、".join(f"{names.get(n, '')}（{n}）" for n in told["workers"])),
        entries.Line("時間", "", f"{told['starts']} 〜 {told['ends']}", "この間だけログインできる"),
        entries.Line("作業の範囲", "", told["scope"]),
        entries.Line("場所", "", told["place"]),
        entries.Line("特に認める権限", "", special or "なし", "消去・抽出・一括印刷・個人番号は、ここに書かれたものだけ"),
    ]


def _apply_window(by: Actor, on: date, entry: Entry) -> None:
    told = entry.payload
    starts, ends = _moments(told)
    VendorWindow.objects.create(
        contract=_contract(told), workers=list(told["workers"]), reason=entry.reason, scope=told["scope"].strip(),
        place=told["place"].strip(), starts=starts, ends=ends, capabilities=sorted(told.get("capabilities") or ()),
        persons=list(entry.persons), entry=entry, approved_by=entry.decided_by,
    )  # fmt: skip


def register_kinds() -> None:
    """Make the kinds of entry known; called when the groundwork is ready."""
    worker = "worker_no name contract level pledge_on trained_on valid_from valid_until"
    window = "contract workers scope place starts ends capabilities"
    for code, label, items, check, lines, apply_ in (
        (WORKER, "作業従事者名簿の登録", worker, _check_worker, _lines_worker, _apply_worker),
        (WINDOW, "委託先の作業時間帯", window, _check_window, _lines_window, _apply_window),
    ):
        entries.register(
            entries.EntryKind(
                code=code, label=label, enter="vendor.manage", confirm="vendor.approve", items=frozenset(items.split()), check=check,
                lines=lines, apply=apply_, always=True,
            )
        )  # fmt: skip
