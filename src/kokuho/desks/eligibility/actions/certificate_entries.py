"""Entries about certificates that a second person confirms: issues and マイナ保険証; all of them are registered here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.entries import Applies, Apply, Check, EntryKind, Line, Lines, register
from kokuho.core.models import Entry
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions import approval_entries as approvals
from kokuho.desks.eligibility.actions import certificates
from kokuho.desks.eligibility.actions import household_entries as households
from kokuho.desks.eligibility.actions.certificates import Item
from kokuho.desks.eligibility.actions.dated import put
from kokuho.desks.eligibility.actions.entry_parts import NONE, Payload, day, needed, shown, yes
from kokuho.desks.eligibility.decided import REFUSAL
from kokuho.desks.eligibility.holders import holders
from kokuho.desks.eligibility.models import (
    CardUse,
    CertificateHolding,
)
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.people.naming import naming

ISSUE, CARD, LIMIT, LIMIT_END = "certificate.issue", "certificate.card", "certificate.limit", "certificate.limit_end"
DISEASE, DISEASE_END, SPECIAL, RECEIPTS = (
    "certificate.disease", "certificate.disease_end", "certificate.special", "certificate.receipts",
)  # fmt: skip


def _items(payload: Payload) -> list[Item]:
    return [Item(*entry) for entry in payload["items"]]


def _check_issue(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    items = _items(payload)
    if not items:
        raise CertificateError("CRT31", "交付する証がありません。")
    if payload.get("method") not in papers.words("methods"):
        raise CertificateError("CRT32", "交付方法（窓口・郵送）を選んでください。")
    certificates.check_items(items, on)


def _issue_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    items, reasons = _items(entry.payload), papers.words("reasons")
    found = holders({item.atena_no for item in items}, on)
    held = {
        (row.atena_no, kind): row
        for row in CertificateHolding.objects.filter(
            atena_no__in=list(found), state__in=(CertificateHolding.HELD, CertificateHolding.RETURNED)
        ).order_by("pk")
        for kind in certificates.family(row.kind)
    }
    types, names = papers.types(), naming(by, [item.atena_no for item in items[:200]], about=entry.persons, on=on)
    lines = [
        Line("交付方法", "", papers.words("methods")[entry.payload["method"]]),
        Line("交付する数", "", f"{len(items)}件"),
    ]
    for item in items[:200]:
        holder = found.get(item.atena_no)
        if holder is None:
            continue
        _, until, why = certificates.dated(holder, item, on)
        old = held.get((item.atena_no, item.kind))
        after = (
            f"{types[item.kind].label}（{shown(until) if until else '期限なし'}まで）"
            if until
            else types[item.kind].label
        )
        ratio = certificates.printed(holder, item.kind, on, disease=item.disease).get("ratio")
        note = f"{reasons[item.reason]}。{why}" + (f"。一部負担割合 {ratio}割" if ratio else "")
        before = f"{types[old.kind].label}（{old.get_state_display()}）" if old else NONE
        lines.append(Line(names[item.atena_no], before, after, note))
    return lines


def _apply_issue(by: Actor, on: date, entry: Entry) -> None:
    certificates.issue(by=by, on=on, items=_items(entry.payload), method=entry.payload["method"], entry_id=entry.pk)


def _check_card(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    start = needed(payload, "from", "いつから")
    if start > on:
        raise CertificateError("CRT33", "利用状況は今日までの日で登録してください。")
    if payload.get("needs_support") and not str(payload.get("basis", "")).strip():
        raise CertificateError("CRT34", "要配慮者とするときは根拠を入力してください。")


def _card_now(atena_no: int, on: date) -> CardUse | None:
    return CardUse.objects.filter(superseded_at__isnull=True, atena_no=atena_no, valid__contains=on).first()


def _card_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    now, said = _card_now(entry.persons[0], on), entry.payload
    word = {None: "不明", True: "登録あり", False: "登録なし・解除"}
    return [
        Line("マイナ保険証", word[now.registered if now else None], word[bool(said["registered"])],
             "登録がなければ資格確認書、あれば資格情報のお知らせを交付します。"),
        Line("要配慮者", yes(now and now.needs_support), yes(said.get("needs_support")), str(said.get("basis", ""))),
        Line("資格確認書の交付申請", yes(now and now.applied), yes(said.get("applied"))),
        Line("いつから", "", shown(day(said, "from"))),
    ]  # fmt: skip


def _apply_card(by: Actor, on: date, entry: Entry) -> None:
    said = entry.payload
    put(
        CardUse, {"atena_no": entry.persons[0]}, needed(said, "from", "いつから"), None, recorded_by=by.staff_no,
        origin=f"entry:{entry.pk}",
        values={"registered": bool(said["registered"]), "needs_support": bool(said.get("needs_support")),
                "applied": bool(said.get("applied")), "basis": str(said.get("basis", ""))[:200]},
    )  # fmt: skip


def _reissued(payload: Payload) -> bool:
    """再交付 of what was lost or spoilt is what somebody applies for; the rest of issuing is the office's own."""
    return any(item.reason in certificates.APPLIED for item in _items(payload))


def _always(payload: Payload) -> bool:
    return True


def install() -> None:
    """Make the kinds known to the groundwork; called when the app is ready."""

    def kind(
        code: str, label: str, items: str, check: Check, lines: Lines, apply: Apply, *, applied: Applies | None = None,
        event: tuple[str, ...] | None = None,
    ) -> None:  # fmt: skip
        register(
            EntryKind(
                code=code, label=label, items=frozenset(items.split()), check=check, lines=lines, apply=apply,
                enter="certificate.issue", confirm="certificate.confirm", application=applied, event=event,
            )
        )  # fmt: skip

    kind(ISSUE, "証・お知らせの交付", "items method", _check_issue, _issue_lines, _apply_issue, applied=_reissued)
    kind(
        CARD, "マイナ保険証の利用状況", "registered needs_support applied basis from", _check_card, _card_lines, _apply_card,
        applied=lambda payload: bool(payload.get("applied")), event=("from",),
    )  # fmt: skip
    kind(
        LIMIT, "限度額適用・標準負担額減額の認定", "applied_on arrears circumstances long_stay_from", approvals.check_limit,
        approvals.limit_lines, approvals.apply_limit, applied=_always, event=(),
    )  # fmt: skip
    kind(LIMIT_END, "限度額適用認定の終了", "ended_on", approvals.check_end, approvals.end_lines, approvals.apply_limit_end)
    kind(
        DISEASE, "特定疾病の認定", "applied_on disease opinion", approvals.check_disease, approvals.disease_lines,
        approvals.apply_disease, applied=_always, event=("disease",),
    )  # fmt: skip
    kind(
        DISEASE_END, "特定疾病の認定の終了", "ended_on disease", approvals.check_end, approvals.end_lines, approvals.apply_disease_end
    )
    kind(
        SPECIAL, "特別療養費への変更・解除", "from end notice notified_on hearing_until hearing circumstances decision",
        households.check_special, households.special_lines, households.apply_special,
    )  # fmt: skip
    kind(
        REFUSAL, "申請の却下", "application applied_on reason", approvals.check_refusal, approvals.refusal_lines,
        approvals.apply_refusal, applied=_always, event=("application", "applied_on"),
    )  # fmt: skip
    kind(
        RECEIPTS, "基準収入額適用申請", "applied_on receipts", households.check_receipts, households.receipts_lines,
        households.apply_receipts, applied=_always, event=("applied_on",),
    )  # fmt: skip
