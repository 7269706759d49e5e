"""届出: entered by one, confirmed by another, and only then an event of eligibility (SHI-02, ENTRY-02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from kokuho.core import audit, entries
from kokuho.core.access import Actor
from kokuho.core.actions.entries import confirm, submit
from kokuho.core.clock import now
from kokuho.core.models import Entry
from kokuho.desks.eligibility import reasons
from kokuho.desks.eligibility.actions.carrying import carry_out, judge_ratio
from kokuho.desks.eligibility.actions.certificates import Item, issue
from kokuho.desks.eligibility.actions.duelist import due_papers
from kokuho.desks.eligibility.actions.engine import lock
from kokuho.desks.eligibility.models import ChangeCandidate
from kokuho.desks.eligibility.notices.payload import ITEMS, Notice
from kokuho.desks.eligibility.notices.preview import lines
from kokuho.desks.eligibility.notices.rehearsal import current_fingerprint
from kokuho.desks.eligibility.notices.rules import check
from kokuho.desks.eligibility.plan import NoticeError
from kokuho.desks.eligibility.settings import office_settings

NOTICE, CANCEL = "eligibility.notice", "eligibility.cancel"
# Nobody stands at the counter: the paper's four items are compared by the program, not by eye (ENTRY-04).
_AWAY = ("mail_copies", "electronic")


def propose_notice(*, by: Actor, on: date, notice: Notice, reason: str, identity: Mapping[str, Any] | None) -> Entry:
    """Enter a notice, a correction (with `cancels` and a code) or a cancellation, for a second person to confirm.

    Raises `NoticeError` (see `notices.rules.check`; E04 without a reason where one is needed, E07 when the same waits already, E14 without
    the comparison of the four items where nobody stood at the counter)
    and `EntryError` (ENTRY-05 without a record of the identity check).
    """
    by.require("eligibility.change")
    if notice.issue:
        by.require("certificate.issue")
    if (notice.cancels or notice.ex_officio) and not reason.strip():
        raise NoticeError("E04", "取消し・訂正・職権処理の理由を入力してください。")
    away = identity and (identity.get("method") in _AWAY or identity.get("bringer") == "agent")
    if away and set(notice.persons) - set(notice.compared):
        raise NoticeError("E14", "郵送・電子申請・代理人の届出では、届書の4情報を一人ずつ打って住民記録と比べてください。")
    kind = NOTICE if notice.code else CANCEL
    if _waits_already(notice):
        raise NoticeError("E07", "同じ内容の届出が確認を待っています。確認待ちの一覧を見てください。")
    title = reasons.label(notice.code) if notice.code else "異動の取消し"
    if notice.code and notice.cancels:
        title = f"{title}（訂正）"
    if notice.ex_officio:
        title = f"{title}（職権）"
    return submit(
        by=by, on=on, kind=kind, title=f"{title} {len(notice.persons)}人", payload=notice.payload(), persons=notice.persons,
        household_no=notice.household_no, reason=reason, evidence={"identity": dict(identity)} if identity else {},
    )  # fmt: skip


def confirm_notice(*, by: Actor, on: date, entry_id: int, shown: str, decision: str = "") -> Entry:
    """The second person's word on exactly what the page showed.

    Raises `NoticeError` E17 when the persons' eligibility has changed since the page was made, and as `core` does (ENTRY-02 …).
    """
    by.require("eligibility.confirm")
    with transaction.atomic():
        entry = Entry.objects.select_for_update().get(pk=entry_id)
        notice = Notice.of(entry.payload, entry.persons)
        lock(entry.persons)
        if entry.state == Entry.PENDING and current_fingerprint(notice, on) != shown:
            raise NoticeError("E17", "表示した後に、この人たちの資格が変わりました。計算し直した内容をもう一度確かめてください。")
        return confirm(by=by, on=on, entry_id=entry_id, decision=decision)


def _waits_already(notice: Notice) -> bool:
    waiting = Entry.objects.filter(
        state=Entry.PENDING, kind__in=(NOTICE, CANCEL), persons__overlap=list(notice.persons)
    ).values_list("payload", flat=True)
    content = notice.payload()
    return any(
        (p.get("code"), p.get("event_on"), p.get("cancels")) == tuple(content.get(k) for k in ("code", "event_on", "cancels"))
        for p in waiting
    )


def _check(by: Actor, on: date, payload: Mapping[str, Any], persons: Sequence[int]) -> None:
    check(Notice.of(payload, persons), office_settings(), on=on)


def _apply(by: Actor, on: date, entry: Entry) -> None:
    notice = Notice.of(entry.payload, entry.persons)
    origin = f"entry:{entry.pk}"
    carry_out(by=by, on=on, notice=notice, origin=origin)
    judge_ratio(by=by, on=on, notice=notice, origin=origin)
    if notice.issue:
        due = [item for items in due_papers(notice.persons, on).values() for item in items]
        papers = [Item(item.atena_no, item.kind, item.reason, item.disease, item.held_id) for item in due]
        issue(by=by, on=on, items=papers, method=notice.issue, entry_id=entry.pk)
    for candidate in ChangeCandidate.objects.select_for_update().filter(pk__in=notice.candidates, state=ChangeCandidate.OPEN):
        candidate.state, candidate.result = ChangeCandidate.APPLIED, "ex_officio" if notice.ex_officio else "notice"
        candidate.decided_by, candidate.decided_at, candidate.reason = by.staff_no, now(), f"入力 {entry.pk}"
        candidate.save(update_fields=["state", "result", "decided_by", "decided_at", "reason"])
    audit.record(
        by, function="eligibility.notice", operation="update", persons=entry.persons, reason=entry.reason,
        detail={"entry": entry.pk, "code": notice.code, "cancels": list(notice.cancels), "on": on.isoformat()},
    )  # fmt: skip


def _lines(by: Actor, on: date, entry: Entry) -> Sequence[entries.Line]:
    return lines(by, on, Notice.of(entry.payload, entry.persons))


def _url(entry: Entry) -> str:
    return reverse("eligibility:notice", args=[entry.pk])


def register_entries() -> None:
    """Make the entries of the counter known (called when the desk starts)."""
    for code, label in ((NOTICE, "資格の届出"), (CANCEL, "資格異動の取消し")):
        entries.register(
            entries.EntryKind(
                code=code, label=label, enter="eligibility.change", confirm="eligibility.confirm", items=ITEMS, check=_check,
                lines=_lines, apply=_apply, identity=code == NOTICE, url=_url,
            )
        )  # fmt: skip
