"""The reports for the re-check of rights (RIGHTS-06), each as a table of cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kokuho.core import clock, era, system_accounts
from kokuho.core.queries import accounts as queries
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest

Table = tuple[str, str, Sequence[str], list[Sequence[Any]]]


def _changes(request: StaffRequest, since: date, until: date) -> Table:
    rows = queries.rights_changes(request.actor, since=since, until=until)
    return (
        "権限の変更", f"{since} から {until} までに記録された変更。申請書と照らし合わせて確かめます。",
        ("日時", "利用者ID", "氏名", "所属", "役割", "変更前", "変更後", "申請", "承認", "理由"),
        [(r.at, r.staff_no, r.name, r.unit, r.role, r.before, r.after, r.applied_by, r.approved_by, r.reason) for r in rows],
    )  # fmt: skip


def _leftovers(request: StaffRequest, since: date, until: date) -> Table:
    rows = queries.leftover_accounts(request.actor, on=until)
    return (
        "残っているID",
        f"{until} の時点。廃止するか、残す理由を再点検に書きます。",
        ("利用者ID", "氏名", "所属", "種類", "利用終了", "理由"),
        [
            (
                r.staff.staff_no,
                r.staff.name,
                r.staff.unit.name,
                r.staff.get_account_class_display(),
                r.staff.valid_until,
                r.why,
            )
            for r in rows
        ],
    )


def _doubles(request: StaffRequest, since: date, until: date) -> Table:
    rows = [(person, s) for person, accounts in queries.double_accounts(request.actor) for s in accounts]
    return (
        "二つ以上のIDを持つ人",
        "種類の違うIDを持つ人。兼ねる必要があるかを確かめます。",
        ("職員番号", "利用者ID", "氏名", "所属", "種類", "利用終了"),
        [(person, s.staff_no, s.name, s.unit.name, s.get_account_class_display(), s.valid_until) for person, s in rows],
    )


def _state(request: StaffRequest, since: date, until: date) -> Table:
    rows = queries.rights_state(request.actor, on=until, today=request.business_date, own=request.GET.get("own") == "1")
    return (
        "権限の状態",
        f"{until} に有効だった権限。変更の履歴をその日まで再生したもので、委託先を含みます。",
        ("所属", "利用者ID", "氏名", "種類", "役割", "発効日", "失効日"),
        [(r.unit, r.staff_no, r.name, r.account_class, r.role, r.valid_from, r.valid_until) for r in rows],
    )


def _purposes(request: StaffRequest, since: date, until: date) -> Table:
    version, rows = queries.purpose_rows(request.actor)
    return (
        "事務×情報項目の対応表",
        f"承認された設定 第{version}版。ここにない情報項目は、その事務では画面にも応答にも出ません。",
        ("事務", "根拠", "個人番号利用事務", "使える情報項目", "団体の変更"),
        [
            (r.duty, r.basis, "○" if r.my_number else "—", "、".join(r.items), "あり" if r.changed else "—")
            for r in rows
        ],
    )


def _units(request: StaffRequest, since: date, until: date) -> Table:
    rows = queries.units(request.actor)
    return (
        "所属",
        "所属に認めた役割、利用時間、管轄区域。",
        ("所属コード", "所属名", "有効なID", "認めた役割", "利用時間", "管轄区域"),
        [
            (u.code, u.name, count, "、".join(roles) or "なし", f"{u.opens}〜{u.closes}" if u.opens else "共通",
             "、".join(u.areas) or "全市")
            for u, roles, count in rows
        ],
    )


def _reviews(request: StaffRequest, since: date, until: date) -> Table:
    return (
        "再点検の記録", "権限の再点検で確かめた期間・件数・結果。", ("点検日", "対象期間", "変更", "残るID", "結果", "措置", "点検者"),
        [
            (r.reviewed_on, f"{r.period_from}〜{r.period_until}", r.changes, r.leftovers, r.findings, r.follow_up, r.reviewed_by)
            for r in queries.reviews(request.actor)
        ],
    )  # fmt: skip


def _system(request: StaffRequest, since: date, until: date) -> Table:
    due = queries.review_state(request.actor, on=request.business_date).due_on
    rows = system_accounts.system_accounts(request.actor, on=until)
    return (
        "システムのアカウント",
        f"Kokuhoのデータに届くデータベースの役割とOSのアカウント。権限の再点検（期限 {era.short(due)}）と併せて確かめます。",
        ("種類", "アカウント", "持ち主・用途", "できること", "最後に使われた日時", "確かめること"),
        [(r.kind, r.name, r.owner, r.power, r.seen_at or "まだ見ていない", r.why) for r in rows],
    )  # fmt: skip


REPORTS: dict[str, tuple[str, Callable[[StaffRequest, date, date], Table]]] = {
    "changes": ("権限の変更", _changes), "leftovers": ("残っているID", _leftovers), "doubles": ("二つ以上のID", _doubles),
    "state": ("権限の状態", _state), "purposes": ("事務×情報項目", _purposes), "units": ("所属", _units),
    "system": ("システムのアカウント", _system), "reviews": ("再点検の記録", _reviews),
}  # fmt: skip


def recorded_today(request: StaffRequest) -> date:
    """The last day on which something may have been recorded: later than a business date that is fixed for training."""
    return max(request.business_date, clock.now().astimezone(clock.JAPAN).date())


def _asked(request: StaffRequest, name: str, default: date) -> date:
    try:
        return era.parse(request.GET[name]) if request.GET.get(name) else default
    except ValueError as error:
        messages.error(request, str(error))
        return default


@screen("staff.read")
def report(request: StaffRequest, what: str) -> HttpResponse:
    """One of the reports for the re-check."""
    if what not in REPORTS:
        raise Http404
    # Changes are found by when they were recorded; everything else by the business date.
    usual = recorded_today(request) if what == "changes" else request.business_date
    until = _asked(request, "until", usual)
    since = _asked(request, "since", until - timedelta(days=30))
    title, note, headings, rows = REPORTS[what][1](request, since, until)
    context = {
        "title": title, "note": note, "headings": headings, "rows": rows, "what": what, "reports": [(k, v[0]) for k, v in REPORTS.items()],
        "since": since, "until": until, "dated": what in ("changes", "state", "leftovers"), "ranged": what == "changes",
    }  # fmt: skip
    return render(request, "web/access_report.html", context)
