"""The daily analysis of the operation record: named rules that mark use worth a look (LOG-07).

A mark accuses nobody; it asks for a disposition by somebody else. Numbers are settings (`core/data/inspection.yaml`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, journal, parameters, seals
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, midnight
from kokuho.core.coded import CodedError
from kokuho.core.models import AuditMark, AuditRecord, Holiday, StaffResident, Unit

# References in a record's detail that tie it to a piece of work.
CASE_KEYS = frozenset({"case", "application", "candidate", "item", "file", "approval"})
_SHOWING = frozenset({"view", "open", "print"})


@dataclass(frozen=True, slots=True)
class Event:
    """A record, as far as the rules look at it."""

    id: int
    at: datetime
    staff_no: str
    unit: str
    terminal: str
    duty: str
    function: str
    operation: str
    result: str
    persons: tuple[int, ...]
    reason: str
    detail: Mapping[str, Any]

    @property
    def has_case(self) -> bool:
        """True when a reason or a piece of work stands behind it."""
        return bool(self.reason.strip()) or not CASE_KEYS.isdisjoint(self.detail)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule found about one member of staff."""

    staff_no: str
    records: tuple[int, ...]
    figure: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day with what the rules need to know beside its records."""

    on: date
    events: tuple[Event, ...]
    holiday: bool
    own: Mapping[str, int]  # 職員番号 → own 宛名番号
    households: Mapping[int, frozenset[int]]  # own 宛名番号 → the household's
    unattended: frozenset[str]  # terminals without a person
    hours: Mapping[str, tuple[str, str]]  # name of a unit with hours of its own → from, until

    def attended(self) -> Iterator[Event]:
        """Events of persons at a terminal."""
        return (event for event in self.events if event.terminal not in self.unattended)


Rule = Callable[[Day, Mapping[str, Any]], Iterable[Hit]]


def _by_staff(events: Iterable[Event], at_least: int) -> Iterator[Hit]:
    """One hit a person, counting events."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for event in events:
        found[event.staff_no].append(event.id)
    return (Hit(staff, tuple(ids), len(ids)) for staff, ids in found.items() if len(ids) >= at_least)


def _touching(day: Day, others: Callable[[Event], frozenset[int]]) -> Iterator[Event]:
    return (event for event in day.attended() if event.result == "ok" and not others(event).isdisjoint(event.persons))


def own_record(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """The user's own record."""
    own = {staff: frozenset((atena,)) for staff, atena in day.own.items()}
    return _by_staff(_touching(day, lambda e: own.get(e.staff_no, frozenset())), rule["at_least"])


def own_household(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """Others of the user's own household."""
    family = {staff: day.households.get(atena, frozenset()) - {atena} for staff, atena in day.own.items()}
    return _by_staff(_touching(day, lambda e: family.get(e.staff_no, frozenset())), rule["at_least"])


def colleagues(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """Members of staff of the user's own unit, as residents."""
    units: defaultdict[str, set[int]] = defaultdict(set)
    for staff_no, unit in {(event.staff_no, event.unit) for event in day.events}:
        if staff_no in day.own:
            units[unit].add(day.own[staff_no])
    others = {
        (staff_no, unit): frozenset(units[unit] - {day.own.get(staff_no, 0)})
        for staff_no, unit in {(event.staff_no, event.unit) for event in day.events}
    }
    return _by_staff(_touching(day, lambda e: others[e.staff_no, e.unit]), rule["at_least"])


def off_hours(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """Use outside the hours, or on a day when the town hall is closed. A session that ends by itself is no use."""
    usual = (rule["from"], rule["until"])

    def outside(event: Event) -> bool:
        begin, end = (time.fromisoformat(text) for text in day.hours.get(event.unit, usual))
        return day.holiday or not begin <= event.at.time() < end

    used = (event for event in day.attended() if event.operation != "logout" and outside(event))
    return _by_staff(used, rule["at_least"])


def many_persons(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """Far more persons in a day than this user's usual number."""
    seen: defaultdict[str, set[int]] = defaultdict(set)
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for event in day.attended():
        if event.persons:
            seen[event.staff_no].update(event.persons)
            ids[event.staff_no].append(event.id)
    for staff_no, persons in seen.items():
        if len(persons) >= rule["at_least"]:
            usual = _usual_persons(staff_no, day.on, rule["usual_days"])
            if len(persons) >= usual * rule["times_usual"]:
                yield Hit(staff_no, tuple(ids[staff_no]), len(persons))


def _usual_persons(staff_no: str, on: date, days: int) -> int:
    """The average number of distinct persons on the days on which the user worked; 0 for somebody new."""
    end = midnight(on)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(avg(n), 0)::int FROM (
                SELECT count(DISTINCT person) AS n FROM core_auditrecord, unnest(persons) AS person
                 WHERE staff_no = %s AND at >= %s AND at < %s GROUP BY (at AT TIME ZONE 'Asia/Tokyo')::date) AS worked
            """,
            [staff_no, end - timedelta(days=days), end],
        )
        return int(cursor.fetchone()[0])


def mass_search(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """Searches in quick succession: the largest number within the window."""
    searches: defaultdict[str, list[Event]] = defaultdict(list)
    for event in day.attended():
        if event.operation == "search":
            searches[event.staff_no].append(event)
    window = timedelta(minutes=rule["minutes"])
    for staff_no, events in searches.items():
        events.sort(key=lambda event: event.at)
        start, best = 0, (0, 0)
        for end, event in enumerate(events):
            while event.at - events[start].at > window:
                start += 1
            best = max(best, (end - start + 1, start))
        if best[0] >= rule["at_least"]:
            chosen = events[best[1] : best[1] + best[0]]
            yield Hit(staff_no, tuple(event.id for event in chosen), best[0])


def without_case(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """Persons looked at with neither a case, a reason nor a change of theirs by the same user on that day."""
    worked = {(e.staff_no, person) for e in day.events if e.operation not in _SHOWING or e.has_case for person in e.persons
              if e.operation != "search"}  # fmt: skip
    idle: defaultdict[str, set[int]] = defaultdict(set)
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for event in day.attended():
        if event.operation in _SHOWING and not event.has_case:
            persons = {person for person in event.persons if (event.staff_no, person) not in worked}
            if persons:
                idle[event.staff_no] |= persons
                ids[event.staff_no].append(event.id)
    return (Hit(staff, tuple(ids[staff]), len(persons)) for staff, persons in idle.items() if len(persons) >= rule["at_least"])


def listed(day: Day, rule: Mapping[str, Any]) -> Iterable[Hit]:
    """Events that the rule names by operation, result, duty, the cause of a refusal or the beginning of the function."""

    def named(event: Event) -> bool:
        return (
            event.operation in rule.get("operations", ())
            or event.result in rule.get("results", ())
            or event.duty.partition(":")[0] in rule.get("duties", ())
            or event.detail.get("why") in rule.get("whys", ())
            or event.function.startswith(tuple(rule.get("functions", ())))
        )

    return _by_staff(filter(named, day.events), rule["at_least"])


RULES: Mapping[str, Rule] = {
    "own_record": own_record, "own_household": own_household, "colleagues": colleagues, "off_hours": off_hours,
    "many_persons": many_persons, "mass_search": mass_search, "without_case": without_case, "number_reveals": listed,
    "exports": listed, "protected_persons": listed, "contractors": listed, "refusals": listed,
    "number_rate": listed,
}  # fmt: skip


class AnalysisError(CodedError):
    """The day cannot be analysed."""


# 宛名番号 of staff → the 宛名番号 of the same household on that day. Given by whoever knows the register of persons.
Households = Callable[[Iterable[int], date], Mapping[int, frozenset[int]]]


def analyse(*, by: Actor, on: date, households: Households) -> list[AuditMark]:
    """Apply every rule to a closed day and keep the marks. Idempotent: a mark that stands is not made again.

    Raises `AnalysisError` for a day that is not over.
    """
    by.require("audit.read")
    if on >= seals.today():
        raise AnalysisError("LOG-07-OPEN", f"{on} はまだ終わっていません。")
    day = load(on, households)
    hours = {"from": parameters.value("auth.hours.opens"), "until": parameters.value("auth.hours.closes")}
    rules = {**journal.settings()["rules"], "off_hours": {**journal.settings()["rules"]["off_hours"], **hours}}
    with transaction.atomic():
        made = [
            mark
            for name, rule in RULES.items()
            for hit in rule(day, rules[name])
            if (mark := _keep(on, name, hit)) is not None
        ]
        audit.record(
            by, function="audit.analyse", operation="run", row_count=len(day.events),
            detail={"day": on.isoformat(), "marks": len(made)},
        )  # fmt: skip
    return made


def _keep(on: date, rule: str, hit: Hit) -> AuditMark | None:
    mark, fresh = AuditMark.objects.get_or_create(
        day=on, rule=rule, staff_no=hit.staff_no, defaults={"records": list(hit.records), "figure": hit.figure}
    )
    return mark if fresh else None


def load(on: date, households: Households) -> Day:
    """A day's records with what the rules need to know beside them."""
    begin = midnight(on)
    rows = AuditRecord.objects.filter(at__gte=begin, at__lt=begin + timedelta(days=1)).order_by("at", "id").values(*Event.__slots__)
    events = tuple(
        Event(**{**row, "at": row["at"].astimezone(JAPAN), "persons": tuple(row["persons"])})
        for row in rows.iterator(chunk_size=5000)
    )
    own = dict(StaffResident.objects.values_list("staff__staff_no", "atena_no"))
    closed = on.weekday() >= 5 or Holiday.objects.filter(on=on).exists()
    unattended = frozenset(journal.settings()["analysis"]["unattended_terminals"])
    hours = {unit.name: (unit.opens, unit.closes) for unit in Unit.objects.exclude(opens="")}
    return Day(on, events, closed, own, households(own.values(), on), unattended, hours)
