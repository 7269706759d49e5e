"""Entries about a household: 特別療養費 (AKASHI-12, -13, LAW-04) and 基準収入額適用申請 (AKASHI-09)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.entries import Line
from kokuho.core.models import Entry
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions import hearings
from kokuho.desks.eligibility.actions.dated import put
from kokuho.desks.eligibility.actions.entry_parts import NONE, Payload, day, needed, shown
from kokuho.desks.eligibility.holders import household_holders
from kokuho.desks.eligibility.models import (
    BurdenJudgement,
    HearingStep,
    ReceiptsApplication,
    SpecialBenefit,
)
from kokuho.desks.eligibility.papers import CertificateError
from kokuho.desks.people.models import Person
from kokuho.desks.people.naming import naming


def check_special(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    """The end of 特別療養費 needs its day; the change needs a 事前通知 whose deadline is past, or a 弁明 or waiver before it."""
    start = needed(payload, "from", "変更の日")
    if payload.get("end"):
        return
    hearings.alone()
    notice = hearings.open_notices().filter(pk=payload.get("notice")).first()
    if notice is None or not _lives_in(persons, notice.household_no, on):
        raise CertificateError(
            "CRT45", "決定のもとになるこの世帯の事前通知がありません。「特別療養費の候補」から事前通知を作り、弁明の機会を設けてください。"
        )
    said = hearings.statement(notice)
    if str(payload.get("hearing") or "") != said:
        raise CertificateError("CRT46", "入力の後に弁明の記録が変わりました。差し戻し、弁明を確かめて入力し直してください。")
    if not said and on <= notice.hearing_until:
        raise CertificateError(
            "CRT41", f"弁明の期限（{shown(notice.hearing_until)}）が過ぎていません。"
            "弁明又は弁明しない旨の申出を記録するか、期限の翌日まで待ってください。"
        )
    if start <= (notice.notified_on if said else notice.hearing_until):
        raise CertificateError("CRT40", "事前通知、弁明の期限、変更の日の順になるように入力してください。")
    for name, label in (("circumstances", "特別の事情の有無と内容"), ("decision", "決定の理由")):
        if not str(payload.get(name) or "").strip():
            raise CertificateError("CRT42", f"{label}を入力してください。件ごとに人が判断した記録になります。")


def _lives_in(persons: Sequence[int], household_no: int, on: date) -> bool:
    found = Person.objects.filter(
        atena_no__in=persons, household_no=household_no, superseded_at__isnull=True, valid__contains=on
    )
    return found.exists()


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
        Line("事前通知", "", shown(day(said, "notified_on")), f"弁明の期限 {shown(day(said, 'hearing_until'))}"),
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
    if values:
        HearingStep.objects.create(
            notice_id=said["notice"], kind=HearingStep.DECIDED, on=on, entry_id=entry.pk, recorded_by=by.staff_no
        )
    put(
        SpecialBenefit, {"household_no": entry.household_no}, start, None, recorded_by=by.staff_no, origin=f"entry:{entry.pk}",
        values=values,
    )  # fmt: skip


def check_receipts(by: Actor, on: date, payload: Payload, persons: Sequence[int]) -> None:
    needed(payload, "applied_on", "申請年月日")
    amounts = payload.get("receipts") or {}
    if not amounts or any(not isinstance(value, int) or value < 0 for value in amounts.values()):
        raise CertificateError("CRT43", "70歳以上の人ごとに収入額を円で入力してください。")


def receipts_lines(by: Actor, on: date, entry: Entry) -> list[Line]:
    said = entry.payload
    judged = BurdenJudgement.objects.filter(
        superseded_at__isnull=True, household_no=entry.household_no, valid__contains=on
    ).first()
    before = NONE if judged is None else "3割" if judged.active else "2割"
    amounts = {int(number): amount for number, amount in said["receipts"].items()}
    names = naming(by, amounts, about=entry.persons, on=on)
    lines = [Line(f"{names[number]}の収入額", "", f"{amount:,}円") for number, amount in amounts.items()]
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
