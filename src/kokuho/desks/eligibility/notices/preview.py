"""Everything that follows from a notice, in words, before it is entered and again before it is confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.core.entries import Line
from kokuho.desks.eligibility import reasons
from kokuho.desks.eligibility.models import BurdenJudgement, EligibilityEvent
from kokuho.desks.eligibility.notices.follow import (
    Deadline,
    HouseholdRow,
    deadline,
    household_after,
    levy_lines,
    papers,
    warnings,
)
from kokuho.desks.eligibility.notices.payload import Notice
from kokuho.desks.eligibility.notices.rehearsal import Rehearsal, members_on, rehearse
from kokuho.desks.eligibility.notices.rules import check
from kokuho.desks.eligibility.papers import types
from kokuho.desks.eligibility.papers import words as words_of
from kokuho.desks.eligibility.plan import NoticeError
from kokuho.desks.eligibility.replay import Period
from kokuho.desks.eligibility.settings import office_settings
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.law.eligibility.ages import has_reached
from kokuho.law.eligibility.notification import report_due
from kokuho.law.errors import LawError
from kokuho.law.steps import Step

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A period in words; `state`: it stays, it goes, it comes."""

    state: str
    applied: str
    acquired: str
    lost: str


@dataclass(frozen=True, slots=True)
class PersonPreview:
    """What happens to one person."""

    person: PersonView
    concerned: bool
    before: tuple[PeriodLine, ...]
    after: tuple[PeriodLine, ...]
    steps: tuple[Step, ...]
    lapsed: tuple[str, ...]
    revived: tuple[str, ...]
    number_before: str
    number_after: str
    statuses: tuple[str, ...]
    papers: tuple[str, ...]
    levy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole of it. `report_on`: last day for the 資格情報 to go to the federation; `reported` whom it carries."""

    rows: tuple[PersonPreview, ...]
    household: tuple[HouseholdRow, ...]
    due: Deadline | None
    report_on: date
    reported: tuple[str, ...]
    warnings: tuple[str, ...]
    rehearsal: Rehearsal

    @property
    def fingerprint(self) -> str:
        """Of the facts that it rests on: what a confirmation must still find."""
        return self.rehearsal.fingerprint


def preview(by: Actor, on: date, notice: Notice) -> Preview:
    """Check the notice, rehearse it and say what follows. Raises what `rules.check` and the writing raise."""
    by.require("eligibility.read")
    check(notice, office_settings(), on=on)
    event_on = notice.event_on or on
    members = members_on(notice.household_no, max(event_on, on))
    found = rehearse(by, on, notice, members)
    persons = people.persons(by, [*members, *notice.persons], on=on)
    order = sorted(in_order(persons.values()), key=lambda person: person.atena_no not in notice.persons)
    rows = tuple(
        _person(person, notice, found, on)
        for person in order
        if person.atena_no in notice.persons or _changed(found, person.atena_no)
    )
    insured = [p for p in order if p.is_head or found.after.periods.get(p.atena_no) or found.before.periods.get(p.atena_no)]
    return Preview(
        rows, household_after(order, members, found, max(event_on, on)), deadline(notice, on),
        _report_on(notice.notified_on or on),
        tuple(p.name for p in insured), warnings(notice, persons, found, on), found,
    )  # fmt: skip


def in_order(persons: Iterable[PersonView]) -> list[PersonView]:
    """Persons of a household as every part of a notice names them: the head, then the oldest first."""
    return sorted(persons, key=lambda person: (not person.is_head, person.birth_date, person.atena_no))


def _report_on(received_on: date) -> date:
    try:
        return report_due(received_on)
    except LawError as fault:
        raise NoticeError("E12", f"届出日が古すぎて、報告の期限を計算できません。{fault.message}") from fault


def lines(by: Actor, on: date, notice: Notice) -> list[Line]:
    """Before → after as the general list of entries shows it, and as it is kept with the decision."""
    found = preview(by, on, notice)
    return [
        Line(row.person.name, _joined(row.before), _joined(row.after), f"{row.number_after}　{'、'.join(row.levy)}".strip())
        for row in found.rows
    ]


def _changed(found: Rehearsal, atena_no: int) -> bool:
    return any(
        getattr(found.before, part).get(atena_no) != getattr(found.after, part).get(atena_no)
        for part in ("periods", "numbers", "statuses")
    )


def _person(person: PersonView, notice: Notice, found: Rehearsal, on: date) -> PersonPreview:
    no = person.atena_no
    before, after = found.before.periods.get(no, ()), found.after.periods.get(no, ())
    outcome = found.outcomes.get(no)
    return PersonPreview(
        person, no in notice.persons,
        tuple(_line(p, SAME if p in after else GONE) for p in before),
        tuple(_line(p, SAME if p in before else NEW) for p in after),
        tuple(step for fresh in outcome.fresh for step in outcome.after.steps.get(fresh, ())) if outcome else (),
        tuple(_event(event) for event in outcome.lapsed) if outcome else (),
        tuple(_event(event) for event in outcome.revived) if outcome else (),
        _number(found.before.numbers.get(no, ())), _number(found.after.numbers.get(no, ())),
        _status_lines(found, no), _papers(person, before, after, notice, found), levy_lines(person, before, after, on),
    )  # fmt: skip


def _papers(
    person: PersonView, before: Sequence[Period], after: Sequence[Period], notice: Notice, found: Rehearsal
) -> tuple[str, ...]:
    due = found.due.get(person.atena_no, ()) if notice.issue else ()
    event_on = notice.event_on or date.max
    told = person.atena_no in notice.persons and has_reached(person.birth_date, 70, event_on)
    if not due and notice.issue and told and not found.judged:
        return ("負担割合を判定した後に交付（この届出では交付しない）",)
    ratio = tuple(ratio_line(judged, event_on) for judged in found.judged) if told else ()
    if not due:
        return (*ratio, *papers(person, before, after, notice))
    how = words_of("methods")[notice.issue]
    return (*ratio, *(f"{types()[item.kind].label}をこの届出の確認と同時に交付（{how}）" for item in due))


def ratio_line(judged: BurdenJudgement, event_on: date) -> str:
    """What the notice has the household judged as, and from when where that is later than the event."""
    untold = "（所得が届いていないため。届いたら判定し直す）" if judged.undeclared and not judged.active else ""
    since = f"{era.short(judged.valid.lower)}から" if judged.valid.lower > event_on else ""
    return f"{since}一部負担金の割合を{'3割' if judged.active else '2割'}と判定{untold}"


def _event(event: EligibilityEvent) -> str:
    return f"{reasons.label(event.code)}（{era.short(event.event_on)}）"


def _line(period: Period, state: str) -> PeriodLine:
    end = era.short(period.end) if period.end else ""
    lost = ""
    if period.lost_reason:
        day = era.short(period.lost_on) if period.lost_on else "都道府県の資格は続く"
        lost = f"{day}　{reasons.label(period.lost_reason)}"
    acquired = f"{era.short(period.acquired_on)}{'（仮）' if period.provisional else ''}　{reasons.label(period.acquired_reason)}"
    return PeriodLine(state, f"{era.short(period.start)} – {end}", acquired, lost)


def _joined(periods: Sequence[PeriodLine]) -> str:
    return "、".join(f"{p.applied}（取得 {p.acquired}{f'、喪失 {p.lost}' if p.lost else ''}）" for p in periods)


def _number(rows: Sequence[tuple[str, str, str, date, date | None]]) -> str:
    if not rows:
        return ""
    symbol, number, branch, since, until = rows[-1]
    return f"{symbol}・{number}　枝番 {branch or '未付番'}（{era.short(since)} –{f' {era.short(until)}' if until else ''}）"


def _status_lines(found: Rehearsal, no: int) -> tuple[str, ...]:
    before, after = found.before.statuses.get(no, ()), found.after.statuses.get(no, ())
    come = [f"{label} {era.short(since)}から" for label, since, _ in after if (label, since, _) not in before]
    gone = [f"{label}（{era.short(since)}から）は取消し" for label, since, _ in before if (label, since, _) not in after]
    return (*come, *gone)


