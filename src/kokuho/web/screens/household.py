"""Household: the centre. Who is in it, how they are insured, this year's levy with its reasons, the account, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from kokuho.core.clock import fiscal_year
from kokuho.core.queries import entries
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import decisions as assessment
from kokuho.desks.assessment.queries import incomes
from kokuho.desks.assessment.queries.decisions import DecisionView
from kokuho.desks.assessment.queries.incomes import IncomeView
from kokuho.desks.collection import queries as collection
from kokuho.desks.eligibility import queries as eligibility
from kokuho.desks.eligibility.queries import Standing, StatusView, Stay, differences
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import Mailing, PersonView, notes
from kokuho.desks.people.screens import opening
from kokuho.exchange import queries as exchange
from kokuho.law.eligibility.ages import has_reached, preschool_end
from kokuho.web.next_steps import next_steps
from kokuho.web.timeline import timeline


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as one line of the household."""

    person: PersonView
    branch: str
    stay: Stay | None
    last_stay: Stay | None
    statuses: tuple[StatusView, ...]
    marks: tuple[str, ...]
    income: IncomeView | None
    mailings: tuple[Mailing, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a member or the household."""

    on: date
    person: PersonView | None
    text: str


@screen("person.read", past=True)
def household(request: StaffRequest, household_no: int) -> HttpResponse:
    """The whole household on one page."""
    actor, on = request.actor, request.business_date
    protected = people.household_protection(actor, household_no)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "household", household=household_no):
        members, before = opening.members(request, household_no, protected)
        numbers = [member.atena_no for member in (*members, *before)]
        standing = (
            eligibility.standing(actor, numbers, household_no=household_no, on=on)
            if actor.may("eligibility.read")
            else None
        )
        mailings = people.mailings(actor, numbers, protected=protected, on=on)
        decided = assessment.decisions_of_household(actor, household_no) if actor.may("levy.read") else []
        year = _year(request.GET.get("year", ""), decided, fiscal_year(on))
        of_year = _latest([decision for decision in decided if decision.fiscal_year == year])
        known = incomes.incomes(actor, numbers, year) if actor.may("income.read") else {}
        payers = sorted({decision.payer_no for decision in of_year})
        account = collection.account(actor, payers, year, on=on) if payers and actor.may("ledger.read") else []
        waiting = eligibility.candidates_of(actor, numbers, on=on) if actor.may("eligibility.read") else []
        entered = entries.entries_of(actor, numbers, household_no=household_no)
        differs = differences.differences_of(actor, household_no) if actor.may("eligibility.read") else []
        # Nobody is recognised beside a head who is insured.
        heads = [member.atena_no for member in members if member.is_head]
        asked = standing is not None and not any(standing.current(head) for head in heads)
        recognised = eligibility.recognised_head(actor, household_no, on=on) if asked else None
        lived = people.memberships(actor, household_no)
    notices = {decision.notice_no for decision in of_year}
    rows = [_row(member, standing, known, mailings, on, recognised) for member in members]
    context = {
        "household_no": household_no,
        "rows": rows,
        "head": next((row for row in rows if row.person.is_head), rows[0] if rows else None),
        "gone": [_row(member, standing, known, mailings, on, recognised) for member in before],
        "standing": standing,
        "protected": bool(protected),
        "address": next(((row.person.postal_code, row.person.address) for row in rows if row.person.address), ("", "")),
        "address_hidden": any(row.person.address_hidden for row in rows),
        "decisions": of_year,
        "earlier": [decision for decision in decided if decision not in of_year],
        "year": year,
        "years": sorted({year, fiscal_year(on), *(decision.fiscal_year for decision in decided)}, reverse=True),
        "account": [term for term in account if term.notice_no in notices],
        "account_total": sum(term.charged for term in account if term.notice_no in notices),
        "receivable_total": sum(term.receivable for term in account if term.notice_no in notices),
        "waiting": waiting,
        "entered": entered,
        "differs": differs,
        "timeline": timeline([*members, *before], lived, standing, on),
        "steps": next_steps(actor, members, standing, on),
        "events": _events([*members, *before], standing, decided),
        "word": assessment.word(),
    }  # fmt: skip
    return render(request, "web/household.html", context)


@screen("person.read", past=True)
def noted(request: StaffRequest, household_no: int) -> HttpResponse:
    """The card of what is registered about the members (送付先・連絡先・メモ …) and of what was reported about the household."""
    actor, on = request.actor, request.business_date
    protected = people.household_protection(actor, household_no)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "household.noted", household=household_no):
        members, _ = opening.members(request, household_no, protected)
        names = {member.atena_no: member for member in members}
        found = people.registered(actor, names, on=on)
        reported = exchange.sent_of(actor, household_no) if actor.may("exchange.read") else []
        memos = notes.household_memos(actor, household_no, on=on)
    rows = [(item, names[item.atena_no]) for item in found]
    head = next((member for member in members if member.is_head), None)
    context = {"noted": rows, "reported": reported, "head": head, "memos": memos, "household_no": household_no}
    return render(request, "web/household_noted.html", context)


def _year(asked: str, decided: Sequence[DecisionView], default: int) -> int:
    if asked.isascii() and asked.isdigit() and len(asked) == 4:
        return int(asked)
    return max((decision.fiscal_year for decision in decided), default=default)


def _latest(decided: Sequence[DecisionView]) -> list[DecisionView]:
    """The newest version of each notice."""
    newest: dict[int, DecisionView] = {}
    for decision in decided:
        held = newest.get(decision.notice_no)
        if held is None or decision.version > held.version:
            newest[decision.notice_no] = decision
    return list(newest.values())


def _row(
    person: PersonView,
    standing: Standing | None,
    known: dict[int, list[IncomeView]],
    mailings: dict[int, list[Mailing]],
    on: date,
    recognised: int | None,
) -> MemberRow:
    stays = standing.stays.get(person.atena_no, []) if standing else []
    stay = standing.current(person.atena_no) if standing else None
    statuses = tuple(s for s in (standing.statuses.get(person.atena_no, []) if standing else []) if s.in_force)
    branch = standing.branches.get(person.atena_no, "") if standing else ""
    return MemberRow(
        person, branch, stay, stays[0] if stays else None, statuses, _marks(person, stay is not None, on, recognised),
        next(iter(known.get(person.atena_no, ())), None), tuple(mailings.get(person.atena_no, ())),
    )  # fmt: skip


def _marks(person: PersonView, insured: bool, on: date, recognised: int | None) -> tuple[str, ...]:
    """What follows from age and place in the household on this day. `recognised` is the 国保世帯主 instead of the register's head."""
    if not insured:
        return ("擬制世帯主",) if person.is_head and person.resident and recognised is None else ()
    aged = _aged(person, on)
    return ("国保世帯主", *aged) if person.atena_no == recognised else aged


def _aged(person: PersonView, on: date) -> tuple[str, ...]:
    if on <= preschool_end(person.birth_date):
        return ("未就学児",)
    if has_reached(person.birth_date, 65, on):
        return ("前期高齢者",)
    return ("介護2号",) if has_reached(person.birth_date, 40, on) else ()


def _events(members: Sequence[PersonView], standing: Standing | None, decided: Sequence[DecisionView]) -> list[Event]:
    """What happened, newest first."""
    events: list[Event] = []
    persons = {member.atena_no: member for member in members}
    for member in members:
        events.append(Event(member.resident_since, member, f"住民となった（{member.resident_reason}）"))
        if member.address_since != member.resident_since:
            events.append(Event(member.address_since, member, "現在の住所を定めた"))
        if member.left_on:
            events.append(Event(member.left_on, member, f"住民でなくなった（{member.state_label}）"))
        for stay in standing.stays.get(member.atena_no, ()) if standing else ():
            events.append(Event(stay.acquired_on, member, f"資格取得（{stay.acquired_reason}）"))
            if stay.lost_on:
                events.append(Event(stay.lost_on, member, f"資格喪失（{stay.lost_reason}）"))
        for status in standing.statuses.get(member.atena_no, ()) if standing else ():
            if status.since:
                events.append(Event(status.since, member, f"{status.label}　開始"))
            if status.until:
                events.append(Event(status.until, member, f"{status.label}　終了"))
    for decision in decided:
        text = f"賦課決定（{decision.reason}）　年額 {decision.total:,}円　通知書番号 {decision.notice_no}"
        events.append(Event(decision.decided_on, persons.get(decision.payer_no), text))
    return sorted(events, key=lambda event: event.on, reverse=True)
