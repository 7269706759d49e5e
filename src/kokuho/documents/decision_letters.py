"""決定の通知 of confirmed entries, as PDF: 職権の処理, 申請の却下, 特別療養費への変更・解除, with 教示 (行政不服審査法82条)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kokuho.core import era, printing
from kokuho.core.access import Actor
from kokuho.core.models import Entry
from kokuho.desks.eligibility import papers, reasons
from kokuho.desks.eligibility.decided import EX_OFFICIO, KINDS, REFUSAL, SPECIAL, letter_of
from kokuho.desks.eligibility.heads import heads as heads_of
from kokuho.desks.eligibility.models import EligibilityEvent, OtherInsuranceFinding
from kokuho.desks.people import destinations
from kokuho.documents.decision_facts import Target
from kokuho.documents.office_letters import (
    Fact,
    LetterError,
    insured_numbers,
    letter_to,
    letters_pdf,
    levy_word,
    printed_names,
)


def decision_letter(*, by: Actor, on: date, entry_id: int, reason: str = "") -> bytes:
    """The letter that tells a decision to the 世帯主, or to the protected person alone (DV-05), dated `on`. Printed again it needs a
    reason and is marked (EXPORT-07).

    Raises `Refused` without `eligibility.letter`, and without `protected.read` about protected persons; Entry.DoesNotExist;
    `LetterError` LET05 for an entry that is told by no letter, LET06 without a safe 送付先; `PrintError` EXPORT-07-REASON; `NotPrintable`.
    """
    printing.allow(by, "eligibility.decision_letter")
    entry = Entry.objects.get(pk=entry_id, kind__in=KINDS)
    kind = letter_of(entry)
    if not kind:
        raise LetterError("LET05", "この入力には、通知する決定がありません。")
    assert entry.household_no is not None
    guarded = destinations.resolve(entry.persons, business=destinations.ELIGIBILITY, on=on)
    protected = [no for no in entry.persons if guarded[no].protected]
    if protected:
        by.require("protected.read")
    to = protected[0] if protected else heads_of([entry.household_no], on).get(entry.household_no, entry.persons[0])
    place = guarded[to] if protected else destinations.resolve([to], business=destinations.ELIGIBILITY, on=on)[to]
    target = Target(entry.pk, entry.pk, to, False, place)
    if not target.deliverable:
        raise LetterError("LET06", "支援措置を受けている方の安全な送付先が登録されていません。送付先を登録してください。")
    names = printed_names([*entry.persons, to], on)
    number = insured_numbers([entry.household_no]).get(entry.household_no, "—")
    about: list[Fact] = [] if entry.kind == SPECIAL else [("対象の方", names[no], True) for no in entry.persons if no in names]
    facts = [*about, ("記号番号", number, False), *_facts(entry)]
    words = (("levy", levy_word()), ("day", _long(entry.payload.get("from"))))
    letter = letter_to(target, f"D{entry.pk:08d}", kind, entry.persons[0], on, names[to], facts, words)
    case = {"entry": entry.pk}
    mark = printing.mark(printing.was_printed("eligibility.decision_letter", to, case), on=on, reason=reason)
    data = letters_pdf([replace(letter, pull=None, mark=mark)])
    printing.printed(by, "eligibility.decision_letter", persons=sorted({*entry.persons, to}), reason=reason, case=case)
    return data


def _facts(entry: Entry) -> list[Fact]:
    said = entry.payload
    if entry.kind == REFUSAL:
        return [
            ("申請", papers.words("applications")[said["application"]], False), ("申請年月日", _long(said["applied_on"]), False),
            ("却下の理由", said["reason"], False),
        ]  # fmt: skip
    if entry.kind == SPECIAL:
        if said.get("end"):
            return [("通常の給付に戻る日", _long(said["from"]), False)]
        return [
            ("特別療養費に変わる日", _long(said["from"]), False), ("事前に通知した日", _long(said["notified_on"]), False),
            ("決定の理由", said["decision"], False),
        ]  # fmt: skip
    event = EligibilityEvent.objects.filter(origin=f"entry:{entry.pk}").exclude(code="").order_by("pk").first()
    facts: list[Fact] = []
    if event is not None:
        facts += [("処理の事由", reasons.label(event.code), False), ("事由の生じた日", era.long(event.event_on), False)]
    if entry.kind == EX_OFFICIO:
        finding = OtherInsuranceFinding.objects.get(pk=said["finding"])
        facts.append(("確認した健康保険", finding.scheme, False))
    return facts


def _long(text: str | None) -> str:
    return era.long(date.fromisoformat(text)) if text else "—"
