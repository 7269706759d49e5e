"""Entries about a household: 特別療養費 (AKASHI-12, -13, LAW-04) and 基準収入額適用申請 (AKASHI-09)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.entries import Line
from kokuho.core.models import Entry
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions.dated import put
from kokuho.desks.eligibility.actions.entry_parts import NONE, Payload, day, needed, shown
from kokuho.desks.eligibility.holders import household_holders
from kokuho.desks.eligibility.models import (
    BurdenJudgement,
    ReceiptsApplication,
    SpecialBenefit,
)
from kokuho.desks.eligibility.papers import CertificateError


def check_special(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    start = needed(payload, "from", "変更の日")
    if payload.get("end"):
        return
    notified, hearing = (
        needed(payload, "notified_on", "事前通知年月日"),
        needed(payload, "hearing_until", "弁明の期限"),
    )
    if not notified < hearing <= start:
        raise CertificateError("S40", "事前通知、弁明の期限、変更の日の順になるように入力してください。")
    if hearing > on and not str(payload.get("hearing") or "").strip():
        raise CertificateError("S41", "弁明の期限が過ぎていません。弁明の内容を入力するか、期限まで待ってください。")
    for name, label in (("circumstances", "特別の事情の有無と内容"), ("decision", "決定の理由")):
        if not str(payload.get(name) or "").strip():
            raise CertificateError("S42", f"{label}を入力してください。件ごとに人が判断した記録になります。")


def exempt_children(household_no: int, on: date) -> list[int]:
    """宛名番号 of the insured of a household whom 特別療養費 leaves out by their age (AKASHI-13)."""
    from kokuho.desks.eligibility.holders import child_born_until

    until = child_born_until(on, papers.settings().child_exception)
    return [holder.atena_no for holder in household_holders(household_no, on).values() if holder.birth_date > until]


def special_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    said, start = entry.payload, needed(entry.payload, "from", "変更の日")
    assert entry.household_no is not None
    now = SpecialBenefit.objects.filter(
        superseded_at__isnull=True, household_no=entry.household_no, valid__contains=start
    ).first()
    before = now.get_kind_display() if now else "通常の給付"
    if said.get("end"):
        return [Line("給付", before, "通常の給付", f"{shown(start)}から。通常の資格確認書・お知らせを交付し直します。")]
    children = exempt_children(entry.household_no, on)
    return [
        Line("給付", before, "特別療養費", f"{shown(start)}から。いまの証の返還を求め、特別療養費の証・お知らせを交付します。"),
        Line("事前通知", "", shown(day(said, "notified_on"))),
        Line("弁明", "", str(said.get("hearing") or "期限までに弁明がなかった")),
        Line("特別の事情", "", str(said.get("circumstances", ""))),
        Line("決定の理由", "", str(said.get("decision", ""))),
        Line("子どもの例外", "", f"{len(children)}人" if children else "該当なし", "年齢により通常の給付のままの人"),
    ]  # fmt: skip


def apply_special(by: Actor, on: date, entry: Entry) -> None:
    said, start = entry.payload, needed(entry.payload, "from", "変更の日")
    values = None if said.get("end") else {
        "kind": "special", "notified_on": day(said, "notified_on"), "hearing_until": day(said, "hearing_until"),
        "hearing": str(said.get("hearing") or "")[:500], "circumstances": str(said["circumstances"])[:500],
        "decision": str(said["decision"])[:500],
    }  # fmt: skip
    put(
        SpecialBenefit, {"household_no": entry.household_no}, start, None, recorded_by=by.staff_no, origin=f"entry:{entry.pk}",
        values=values,
    )  # fmt: skip


def check_receipts(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    needed(payload, "applied_on", "申請年月日")
    amounts = payload.get("receipts") or {}
    if not amounts or any(not isinstance(value, int) or value < 0 for value in amounts.values()):
        raise CertificateError("S43", "70歳以上の人ごとに収入額を円で入力してください。")


def receipts_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    said = entry.payload
    judged = BurdenJudgement.objects.filter(
        superseded_at__isnull=True, household_no=entry.household_no, valid__contains=on
    ).first()
    before = NONE if judged is None else "3割" if judged.active else "2割"
    lines = [Line(f"収入額 宛名番号 {number}", "", f"{amount:,}円") for number, amount in said["receipts"].items()]
    total = sum(said["receipts"].values())
    return [
        *lines,
        Line("収入額の合計", "", f"{total:,}円"),
        Line("負担割合", before, "再判定", "確認のあと、負担割合の画面で再判定を起案してください。"),
    ]


def apply_receipts(by: Actor, on: date, entry: Entry) -> None:
    said = entry.payload
    applied = needed(said, "applied_on", "申請年月日")
    year = applied.year if applied.month >= 8 else applied.year - 1
    put(
        ReceiptsApplication, {"household_no": entry.household_no}, date(year, 8, 1), date(year + 1, 8, 1),
        recorded_by=by.staff_no, origin=f"entry:{entry.pk}",
        values={"applied_on": applied, "basis": "applied", "receipts": dict(said["receipts"])},
    )  # fmt: skip
