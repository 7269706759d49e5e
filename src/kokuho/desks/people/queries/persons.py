"""Reads of people. Every function asks for the right first, hides what the reader may not see, and records what it gave.

Protected persons (支援措置): without the right `protected.read` the address, the postal code, where they came from and where
they went are not in the answer at all, for them and for everybody who lives with them (DV-03).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import CharField, Q, QuerySet, Value

from kokuho.core import past, territory
from kokuho.core.access import Actor
from kokuho.core.reads import once, seen
from kokuho.desks.people.labels import label
from kokuho.desks.people.models import BELIEVED, MailDestination, MailStop, NumberJoin, Person, Protection
from kokuho.desks.people.territory import found_inside


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as a page shows them. What is hidden is absent."""

    atena_no: int
    household_no: int
    name: str
    kana: str
    registered_name: str  # the name in the register when documents carry another (通称)
    registered_kana: str
    former_family_name: str
    former_family_kana: str
    roman_name: str
    birth_date: date
    birth_as_given: str
    age: int
    sex: str
    relation: str
    is_head: bool
    state: str
    state_label: str
    kind: str
    foreign: bool
    postal_code: str
    town: str
    address: str
    address_since: date
    resident_since: date
    resident_reason: str
    left_on: date | None
    previous_address: str
    moved_to_address: str
    nationality: str
    residence_status: str
    residence_until: date | None
    since: date | None  # this row of the register holds from … until …
    until: date | None
    recorded_by: str
    origin: str
    protected: bool
    address_hidden: bool

    @property
    def outside(self) -> bool:
        """True for 住登外者, whom the office itself registered."""
        return self.kind == Person.OUTSIDE

    @property
    def resident(self) -> bool:
        """True for those who live here now."""
        return self.state == Person.RESIDENT


@dataclass(frozen=True, slots=True)
class Mailing:
    """Where a person's documents go, or that they stop."""

    atena_no: int
    kind: str  # 送付先 or 発送停止
    name: str
    postal_code: str
    address: str
    since: date | None
    reason: str
    safe: bool


def age_on(birth: date, on: date) -> int:
    """満年齢 as people count it, on a day."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _view(row: Person, on: date, protected: bool, hidden: bool) -> PersonView:
    alias = bool(row.alias_name)
    return PersonView(
        atena_no=row.atena_no,
        household_no=row.household_no,
        name=row.printed_name,
        kana=row.printed_kana,
        registered_name=row.name if alias else "",
        registered_kana=row.name_kana if alias else "",
        former_family_name=row.former_family_name,
        former_family_kana=row.former_family_kana,
        roman_name=row.roman_name,
        birth_date=row.birth_date,
        birth_as_given=row.birth_date_as_given,
        age=age_on(row.birth_date, on),
        sex=label("sex", row.sex),
        relation=label("relation", row.relation),
        is_head=row.is_head,
        state=row.resident_state,
        state_label="住登外" if row.resident_kind == Person.OUTSIDE else label("resident_state", row.resident_state),
        kind=row.resident_kind,
        foreign=row.resident_kind == Person.FOREIGN,
        postal_code="" if hidden else row.postal_code,
        town="" if hidden else row.town,
        address="" if hidden else row.address,
        address_since=row.address_since,
        resident_since=row.resident_since,
        resident_reason=label("resident_reason", row.resident_reason),
        left_on=row.left_on,
        previous_address="" if hidden else row.previous_address,
        moved_to_address="" if hidden else row.moved_to_address,
        nationality=row.nationality,
        residence_status=row.residence_status,
        residence_until=row.residence_until,
        since=row.valid.lower,
        until=row.valid.upper,
        recorded_by=row.recorded_by,
        origin=row.origin,
        protected=protected,
        address_hidden=hidden,
    )


# One person with two numbers is protected under both (名寄せ). Before its tables stands {of}: see `_then_and_now`.
_PROTECTED = """
SELECT atena_no FROM {of}people_protection WHERE superseded_at IS NULL AND atena_no = ANY(%(who)s)
 UNION
SELECT j.joined_to FROM {of}people_numberjoin j JOIN {of}people_protection p ON p.atena_no = j.atena_no AND p.superseded_at IS NULL
 WHERE j.superseded_at IS NULL AND upper_inf(j.valid) AND j.joined_to = ANY(%(who)s)
 UNION
SELECT j.atena_no FROM {of}people_numberjoin j JOIN {of}people_protection p ON p.atena_no = j.joined_to AND p.superseded_at IS NULL
 WHERE j.superseded_at IS NULL AND upper_inf(j.valid) AND j.atena_no = ANY(%(who)s)
"""
# Who of some persons, and of the members of some households, is protected: with the household as whose member they were found.
_MARKED = """
WITH near AS MATERIALIZED ({near} UNION SELECT NULL::bigint, unnest(%(persons)s::bigint[])), marked AS ({protected})
SELECT n.household_no, n.atena_no FROM near n JOIN marked m ON m.atena_no = n.atena_no
"""


def _then_and_now(statement: str) -> str:
    """In a view of the past: of what was known then, and of what is known now. Who is protected today is hidden in what was known
    before, too."""
    known = statement.replace("{of}", "")
    return known if past.known() is None else f"{known} UNION {statement.replace('{of}', 'public.')}"


def _marked(which: str, *, persons: Sequence[int] = (), **values: Any) -> list[tuple[int | None, int]]:
    """The protected among these persons and among those whom a condition on register rows ``m`` finds, then or now."""
    members = f"SELECT m.household_no, m.atena_no FROM {{of}}people_person m WHERE m.superseded_at IS NULL AND {which}"
    near = _then_and_now(f"{members} AND {territory.clause('m.atena_no')}")
    protected = _then_and_now(_PROTECTED.replace("%(who)s", "ARRAY(SELECT atena_no FROM near)"))
    with connection.cursor() as cursor:
        cursor.execute(
            _MARKED.replace("{near}", near).replace("{protected}", protected), {**values, "persons": list(persons)}
        )
        return list(cursor.fetchall())


def guarded() -> Q:
    """Persons who are or were protected, under whichever of their numbers."""
    held = Protection.objects.filter(BELIEVED).values("atena_no")
    joined = NumberJoin.objects.filter(BELIEVED, valid__endswith__isnull=True, atena_no__in=held)
    return Q(atena_no__in=held) | Q(atena_no__in=joined.values("joined_to"))


def guarded_numbers() -> QuerySet[Any, Any]:
    """The numbers of the persons whom `guarded` says, in the whole city: to narrow rows that are those of an area already."""
    held = Protection._base_manager.filter(BELIEVED)
    joined = NumberJoin._base_manager.filter(BELIEVED, valid__endswith__isnull=True, atena_no__in=held.values("atena_no"))
    return held.values("atena_no").union(joined.values("joined_to"))


def protected_among(atena_nos: Iterable[int]) -> set[int]:
    """Which of these persons are or were protected. Protection does not end by itself (DV-01), and a lifted one still asks
    for care: whoever was protected once stays marked."""
    wanted = set(atena_nos)
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_then_and_now(_PROTECTED), {"who": sorted(wanted)})
        return {row[0] for row in cursor.fetchall()}


# Of persons and households at once: who is protected, and where somebody protected lives who may not be among these persons (a
# search for another member). The same persons as `guarded` says.
_SHIELDED = f"""
SELECT 'person', k.atena_no FROM ({_PROTECTED.replace("{of}", "")}) k
 UNION ALL
SELECT 'household', p.household_no FROM people_person p
 WHERE p.superseded_at IS NULL AND p.household_no = ANY(%(households)s) AND p.resident_state = %(resident)s AND p.valid @> %(on)s::date
   AND (EXISTS (SELECT FROM people_protection g WHERE g.superseded_at IS NULL AND g.atena_no = p.atena_no)
     OR EXISTS (SELECT FROM people_numberjoin j JOIN people_protection g ON g.atena_no = j.atena_no AND g.superseded_at IS NULL
                 WHERE j.superseded_at IS NULL AND upper_inf(j.valid) AND j.joined_to = p.atena_no))
"""


def _shielded(rows: Sequence[Person], on: date) -> tuple[set[int], set[int]]:
    """Protected persons among the rows, and those of their households in which somebody protected lives on the day."""
    found: dict[str, set[int]] = {"person": set(), "household": set()}
    if rows:
        asked = {
            "who": sorted({row.atena_no for row in rows}), "households": sorted({row.household_no for row in rows}),
            "resident": Person.RESIDENT, "on": on,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_SHIELDED, asked)
            for kind, number in cursor.fetchall():
                found[kind].add(number)
    return found["person"], found["household"]


def _views(by: Actor, rows: Sequence[Person], on: date) -> list[PersonView]:
    """Views of register rows; hides addresses of the protected and of their households."""
    if by.may("protected.read"):
        protected = protected_among(row.atena_no for row in rows)
        return [_view(row, on, row.atena_no in protected, False) for row in rows]
    if past.known() is not None:
        return _views_then(rows, on)
    protected, shielded = _shielded(rows, on)
    return [
        _view(row, on, row.atena_no in protected, row.atena_no in protected or row.household_no in shielded) for row in rows
    ]


def _views_then(rows: Sequence[Person], on: date) -> list[PersonView]:
    """`_views` in a view of the past, for a reader who may not see the protected: by today's protections too."""
    if not rows:
        return []
    found = _marked(
        "m.household_no = ANY(%(households)s) AND m.resident_state = %(resident)s AND m.valid @> %(on)s::date",
        persons=[row.atena_no for row in rows], households=sorted({row.household_no for row in rows}), resident=Person.RESIDENT, on=on,
    )  # fmt: skip
    protected = {atena_no for _, atena_no in found}
    shielded = {household_no for household_no, _ in found}
    return [
        _view(row, on, row.atena_no in protected, row.atena_no in protected or row.household_no in shielded) for row in rows
    ]


def household_protection(by: Actor, household_no: int) -> list[int]:
    """宛名番号 of protected persons whom this household contains or contained (DV-02), also in a view of the past. Names nobody."""
    by.require("person.read")
    if past.known() is not None:
        return sorted({atena_no for _, atena_no in _marked("m.household_no = %(household)s", household=household_no)})
    members = Person.objects.filter(BELIEVED, household_no=household_no).values_list("atena_no", flat=True)
    return sorted(set(members.filter(guarded())))


def person_protection(by: Actor, *atena_nos: int) -> list[int]:
    """Protected persons whom these persons' pages would show: they, and those who ever shared a household with them."""
    by.require("person.read")
    if past.known() is not None:
        lived = """m.household_no = ANY(ARRAY(SELECT p.household_no FROM {of}people_person p
                                               WHERE p.superseded_at IS NULL AND p.atena_no = ANY(%(who)s)))"""
        return sorted({atena_no for _, atena_no in _marked(lived, who=list(atena_nos))})
    households = Person.objects.filter(BELIEVED, atena_no__in=atena_nos).values("household_no")
    members = Person.objects.filter(BELIEVED, household_no__in=households).values_list("atena_no", flat=True)
    return sorted(set(members.filter(guarded())))


def rows_of_household(household_no: int) -> list[Person]:
    """What is believed of everybody who is or was in a household, in the order of the periods. Callers have asked for the right."""
    rows = Person.objects.filter(BELIEVED, household_no=household_no).order_by("valid")
    found = once(("household", household_no, past.known()), lambda: list(rows))
    found_inside(row.atena_no for row in found)
    return found


def household(
    by: Actor, household_no: int, *, protected: Sequence[int], on: date
) -> tuple[list[PersonView], list[PersonView]]:
    """The members of a household on a day, the head first, then those who were in it before.

    `protected` is what `household_protection` said. Raises Person.DoesNotExist when no such household is known.
    """
    by.require("person.read")
    rows = rows_of_household(household_no)
    if not rows:
        raise Person.DoesNotExist(household_no)
    now: dict[int, Person] = {}
    before: dict[int, Person] = {}
    for row in rows:
        current = row.resident_state == Person.RESIDENT and on in _days(row)
        (now if current else before)[row.atena_no] = row
    for atena_no in now:
        before.pop(atena_no, None)
    shown = sorted(now.values(), key=lambda row: (not row.is_head, row.birth_date))
    gone = sorted(before.values(), key=lambda row: row.valid.lower or date.min, reverse=True)
    may_see = by.may("protected.read")
    shielded = any(atena_no in protected for atena_no in now)

    def view(row: Person, at_home: bool) -> PersonView:
        marked = row.atena_no in protected
        return _view(row, on, marked, not may_see and (marked or (at_home and shielded)))

    seen(by, "people.household", persons=[*now, *before], detail={"household": household_no})
    return [view(row, True) for row in shown], [view(row, False) for row in gone]


class _Days:
    """Membership of a day in a half-open range with open ends."""

    __slots__ = ("lower", "upper")

    def __init__(self, lower: date | None, upper: date | None) -> None:
        self.lower, self.upper = lower, upper

    def __contains__(self, on: date) -> bool:
        return (self.lower is None or self.lower <= on) and (self.upper is None or on < self.upper)


def _days(row: Person) -> _Days:
    return _Days(row.valid.lower, row.valid.upper)


def person_history(by: Actor, atena_no: int, *, on: date, near: Sequence[int] | None = None) -> list[PersonView]:
    """What the register says about a person, newest first; the first row holds on the day if any does.

    `near` is what `person_protection` said of the person: where it named nobody, nobody needs to be looked for again.
    """
    by.require("person.read")
    rows = list(Person.objects.filter(BELIEVED, atena_no=atena_no))
    if not rows:
        raise Person.DoesNotExist(atena_no)
    rows.sort(key=lambda row: (on in _days(row), row.valid.lower or date.min), reverse=True)
    views = [_view(row, on, False, False) for row in rows] if near is not None and not near else _views(by, rows, on)
    seen(by, "people.person", persons=[atena_no])
    return views


def mailings(by: Actor, atena_nos: Sequence[int], *, protected: Sequence[int], on: date) -> dict[int, list[Mailing]]:
    """送付先 and 発送停止 in force on a day; none to a 事務 that does not need them (RIGHTS-03). The destination of a protected person is
    as hidden as the address."""
    by.require("person.read")
    if not by.sees("mail"):
        return {}
    in_force = Q(BELIEVED, atena_no__in=atena_nos, valid__contains=on)
    columns = ("kind", "atena_no", "name", "postal_code", "address", "building", "valid", "reason", "safe")
    empty = Value("", output_field=CharField())
    to = MailDestination.objects.filter(in_force).annotate(kind=Value("送付先")).values_list(*columns)
    stop = (
        MailStop.objects.filter(in_force)
        .annotate(
            kind=Value("発送停止"), name=empty, postal_code=empty, address=empty, building=empty, safe=Value(False)
        )
        .values_list(*columns)
    )
    found: defaultdict[int, list[Mailing]] = defaultdict(list)
    may_see = by.may("protected.read")
    for kind, atena_no, name, postal_code, address, building, valid, reason, safe in to.union(stop, all=True):
        secret = atena_no in protected and not may_see
        found[atena_no].append(
            Mailing(
                atena_no, kind, "" if secret else name, "" if secret else postal_code,
                "" if secret else " ".join(part for part in (address, building) if part), valid.lower, reason, safe,
            )
        )  # fmt: skip
    seen(by, "people.mailings", persons=found)
    return dict(found)


def persons(by: Actor, atena_nos: Iterable[int], *, on: date) -> dict[int, PersonView]:
    """The current row of each of these persons, for lists of other desks."""
    by.require("person.read")
    wanted = set(atena_nos)

    def ask() -> dict[int, PersonView]:
        rows = _current(Person.objects.filter(BELIEVED, atena_no__in=wanted), on) if wanted else []
        found_inside(row.atena_no for row in rows)
        return {view.atena_no: view for view in _views(by, rows, on)}

    views = once(("persons", by.staff_no, frozenset(wanted), on, past.known()), ask)
    seen(by, "people.persons", persons=views)
    return dict(views)


def _current(rows: Iterable[Person], on: date) -> list[Person]:
    """One row a person: the one that holds on the day, else the latest."""
    best: dict[int, Person] = {}
    for row in rows:
        held = best.get(row.atena_no)
        if held is None or (on in _days(row), row.valid.lower or date.min) > (
            on in _days(held),
            held.valid.lower or date.min,
        ):
            best[row.atena_no] = row
    return list(best.values())
