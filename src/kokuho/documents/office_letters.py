"""Letters of the eligibility desk from the database: 届出の勧奨 of findings, 証明書・連絡票 of statuses. One PDF at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from kokuho.core import era, printing
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.queries import municipality
from kokuho.desks.eligibility.heads import heads as heads_of
from kokuho.desks.eligibility.models import BELIEVED, FindingStep, InsuredNumber, OtherInsuranceFinding, Status
from kokuho.desks.people import destinations
from kokuho.desks.people import names as forms
from kokuho.desks.people.models import Person, Sender
from kokuho.documents import addressed
from kokuho.documents.checks import NotPrintable, Problem
from kokuho.documents.dated import settings_on
from kokuho.documents.decision_facts import Target
from kokuho.documents.engine import compiled, kind_named, prepared, ready
from kokuho.documents.fonts import font_set
from kokuho.documents.office_letter import LetterData
from kokuho.documents.settings import office

KIND = "office-letter"
# Label, value, whether it is a name.
Fact = tuple[str, str, bool]
# Days until which the letter asks for the 届出; the office waits at least as long before acting itself.
ANSWER_DAYS = 14
MOST = 100
_REMINDS = {
    OtherInsuranceFinding.JOINED: "remind_loss", OtherInsuranceFinding.OVERLAP: "remind_loss",
    OtherInsuranceFinding.LEFT: "remind_acquire",
}  # fmt: skip
_SLIPS = {Status.FORMER_INSURED: "former_insured", Status.FORMER_DEPENDENT: "former_dependent"}


class LetterError(CodedError):
    """The letter cannot be made. `code` is stable."""


def reminders(*, by: Actor, on: date, finding_ids: Sequence[int], reason: str = "") -> tuple[bytes, list[int], list[int]]:
    """勧奨通知 of open findings as one PDF. Returns (PDF, findings printed, findings left out: protected without a safe address,
    mail stopped).

    Protected persons are printed only for those who may see them, and never in a batch of others. Raises `Refused` without
    `eligibility.letter`, `LetterError` LET01 when nothing is left to print, LET02 beyond `MOST`, `PrintError` EXPORT-07-REASON for
    those printed before without a reason (with one they are marked 再発行), `NotPrintable`.
    """
    printing.allow(by, "eligibility.reminders")
    if len(finding_ids) > MOST:
        raise LetterError("LET02", f"一度に作れるのは{MOST}通までです。条件で絞り込んでください。")
    rows = list(
        OtherInsuranceFinding.objects.filter(pk__in=finding_ids, state=OtherInsuranceFinding.OPEN).order_by("pk")
    )
    due, word = era.long(on + timedelta(days=ANSWER_DAYS)), levy_word()
    made, left = [], []
    people_ = _people([row.atena_no for row in rows], on)
    heads = heads_of([row.household_no for row in rows], on)
    places = destinations.resolve(
        sorted({heads.get(row.household_no, row.atena_no) for row in rows}), business=destinations.ELIGIBILITY, on=on
    )
    guarded = destinations.resolve([row.atena_no for row in rows], business=destinations.ELIGIBILITY, on=on)
    numbers = insured_numbers([row.household_no for row in rows])
    named = _printed(people_, on)
    for row in rows:
        person = people_.get(row.atena_no)
        protected = guarded[row.atena_no].protected
        # The 世帯主 owes the notice (法9条); a protected person is written to alone.
        to = row.atena_no if protected else heads.get(row.household_no, row.atena_no)
        target = Target(row.pk, row.pk, to, False, guarded[row.atena_no] if protected else places[to])
        alone = len(rows) == 1 and (not protected or by.may("protected.read"))
        if person is None or not target.deliverable or (target.pull is not None and not alone):
            left.append(row.pk)
            continue
        kind = _REMINDS[row.kind]
        facts = [
            ("対象の方", named[row.atena_no], True), ("記号番号", numbers.get(row.household_no, "—"), False),
            ("加入したと思われる日" if kind == "remind_loss" else "やめたと思われる日", era.long(row.event_on), False),
            ("届け出ていただきたい日", f"{due}まで", False),
        ]  # fmt: skip
        name = named[to] if to in named else printed_names([to], on)[to]
        made.append(letter_to(target, f"K{row.pk:08d}", kind, row.atena_no, on, name, facts, (("due", due), ("levy", word))))
    if not made:
        text = "作れる通知がありません。支援措置・発送停止・送付先・既に完了したものがないか確かめてください。"
        raise LetterError("LET01", text)
    printed = [int(letter.code[1:]) for letter in made]
    # A later 勧奨 is a letter of its own; one of the same day is the same letter.
    steps = FindingStep.objects.filter(finding_id__in=printed, kind=FindingStep.REMINDED, happened_on=on)
    before = set(steps.values_list("finding_id", flat=True))
    mark = printing.mark(bool(before), on=on, reason=reason)
    made = [replace(letter, mark=mark) if int(letter.code[1:]) in before else letter for letter in made]
    data = letters_pdf(made)
    printing.printed(
        by, "eligibility.reminders", persons=[int(letter.atena_number) for letter in made], reason=reason, case={"findings": printed}
    )
    return data, printed, left


def slip(*, by: Actor, on: date, status_id: int, reason: str = "") -> bytes:
    """The 証明書・連絡票 of a status for the municipality to which the person moves (SHI-08).

    Printed again it needs a reason and is marked 再発行. Raises `Refused`, Status.DoesNotExist, `LetterError` LET03 for a status that has
    none, `PrintError` EXPORT-07-REASON, `NotPrintable`.
    """
    printing.allow(by, "eligibility.slip")
    held = Status.objects.get(BELIEVED, pk=status_id)
    kind = _SLIPS.get(held.kind)
    if kind is None:
        raise LetterError("LET03", "この特例には証明書・連絡票がありません。")
    place = destinations.resolve([held.atena_no], business=destinations.ELIGIBILITY, on=on)[held.atena_no]
    if place.protected:
        by.require("protected.read")
    person = _people([held.atena_no], on).get(held.atena_no)
    if person is None:
        raise LetterError("LET04", "宛名がありません。住民記録を確かめてください。")
    name = printed_names([held.atena_no], on)[held.atena_no]
    numbers = insured_numbers([held.household_no or person.household_no])
    facts = [
        ("氏名", name, True), ("生年月日", era.long(person.birth_date), False),
        ("記号番号", next(iter(numbers.values()), "—"), False),
    ]  # fmt: skip
    entered = held.detail.get("entered", {})
    if held.kind == Status.FORMER_INSURED:
        moved = entered.get("moved_on") or held.detail.get("moved_on")
        day = date.fromisoformat(moved) if moved else held.valid.lower - timedelta(days=1)
        facts.append(("国保から後期へ移った日", era.long(day), False))
        until = f"{era.long(person.left_on)}まで" if person.left_on else "引き続き"
        facts.append(("同じ世帯に属した期間", f"{era.long(day)}から{until}", False))
    else:
        facts.append(("被扶養者でなくなった日", _long(entered.get("dependent_until")), False))
        facts.append(("当初の資格取得日", era.long(held.valid.lower), False))
        facts.append(("均等割・平等割の減免の最後の月", _month(held.detail.get("per_capita_until")), False))
    target = Target(held.pk, held.pk, held.atena_no, False, place)
    letter = letter_to(target, f"T{held.pk:08d}", kind, held.atena_no, on, name, facts, (("levy", levy_word()),))
    case = {"status": status_id}
    mark = printing.mark(printing.was_printed("eligibility.slip", held.atena_no, case), on=on, reason=reason)
    data = letters_pdf([replace(letter, pull=None, mark=mark)])
    printing.printed(by, "eligibility.slip", persons=[held.atena_no], reason=reason, case=case)
    return data


def letter_to(
    target: Target, code: str, kind: str, atena_no: int, on: date, name: str, facts: Sequence[tuple[str, str, bool]],
    words: tuple[tuple[str, str], ...],
) -> LetterData:  # fmt: skip
    """A letter to the one whom `target` names, `name` as printed."""
    of = office(municipality().code)
    return LetterData(code, kind, str(atena_no), on, of, addressed.destination(target, of, name), tuple(facts), words, target.pull)


def letters_pdf(made: Sequence[LetterData]) -> bytes:
    """The letters in one file. Raises `NotPrintable` with the problems of every letter that has one."""
    settings = settings_on(municipality().code, Sender.ELIGIBILITY, made[0].issued_on)
    single = replace(settings, duplex=False) if len(made) == 1 else settings
    ready(single)
    kind = kind_named(KIND)
    problems: list[Problem] = [problem for letter in made for problem in kind.problems(letter, font_set(single))]
    if problems:
        raise NotPrintable(problems)
    return compiled(prepared(kind, list(made), single))


def _people(atena_nos: Sequence[int], on: date) -> dict[int, Person]:
    best: dict[int, Person] = {}
    for row in Person.objects.filter(BELIEVED, atena_no__in=list(atena_nos)).order_by("valid"):
        held = best.get(row.atena_no)
        if held is None or not (held.valid.lower <= on and (held.valid.upper is None or on < held.valid.upper)):
            best[row.atena_no] = row
    return best


def printed_names(atena_nos: Sequence[int], on: date) -> dict[int, str]:
    """The names of persons as letters of the desk carry them on a day."""
    return _printed(_people(atena_nos, on), on)


def _printed(people: Mapping[int, Person], on: date) -> dict[int, str]:
    """The names that letters of the eligibility desk carry."""
    chosen = forms.choices(people, business=forms.ELIGIBILITY, on=on)
    return {number: forms.printed_name(row, chosen.get(number, 0)) for number, row in people.items()}


def insured_numbers(households: Sequence[int]) -> dict[int, str]:
    """記号・番号 of households, the newest."""
    rows = InsuredNumber.objects.filter(BELIEVED, household_no__in=list(households)).order_by("valid")
    return {row.household_no: f"{row.symbol}・{row.number}" for row in rows}


def levy_word() -> str:
    """保険料 or 保険税, as the municipality levies."""
    return "保険税" if municipality().levy_kind == "tax" else "保険料"


def _long(text: Any) -> str:
    return era.long(date.fromisoformat(text)) if text else "—"


def _month(text: Any) -> str:
    return era.month(date.fromisoformat(text)) if text else "—"
