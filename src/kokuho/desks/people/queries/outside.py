"""Reads of corporations, of persons outside the register, and of numbers that are one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from kokuho.core import folding, territory
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people.actions.joining import COUNT
from kokuho.desks.people.models import BELIEVED, AuthenticityCheck, Corporation, JoinCandidate, NumberJoin, Person
from kokuho.desks.people.queries.persons import PersonView, persons


@dataclass(frozen=True, slots=True)
class CheckView:
    """A recorded 真正性の確認."""

    checked_on: date
    checked_name: str
    result: str
    agrees: bool
    differing: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two numbers that may be one person, and what agrees beside kana and birth date."""

    older: PersonView
    newer: PersonView
    same_sex: bool
    same_place: bool


def numbers_of(atena_no: int, *, on: date) -> tuple[int, list[int]]:
    """(the number under which the person is known now, all the old ones). For reads that show a person: no right is asked."""
    joins = NumberJoin.objects.filter(BELIEVED, valid__contains=on)
    now = joins.filter(atena_no=atena_no).values("joined_to")
    among = Q(atena_no=atena_no) | Q(joined_to=atena_no) | Q(joined_to__in=now)
    rows = list(joins.filter(among).values_list("atena_no", "joined_to"))
    current = next((joined_to for old, joined_to in rows if old == atena_no), atena_no)
    return current, sorted(old for old, joined_to in rows if joined_to == current)


def same_person(atena_no: int, *, on: date) -> list[int]:
    """Every number under which records of a person stand: the present one first. For filters of lists that log what they show."""
    current, old = numbers_of(atena_no, on=on)
    return [current, *old]


def checks(by: Actor, atena_no: int) -> list[CheckView]:
    """真正性の確認 of a person, newest first."""
    by.require("person.read")
    rows = list(AuthenticityCheck.objects.filter(atena_no=atena_no).order_by("-pk"))
    names = staff_names(row.checked_by for row in rows)
    seen(by, "people.checks", persons=[atena_no], row_count=len(rows))
    return [
        CheckView(
            row.checked_on, names[row.checked_by], row.get_result_display(), row.result == AuthenticityCheck.SAME,
            tuple(row.differing), row.note,
        )
        for row in rows
    ]  # fmt: skip


def _kana(rows: QuerySet[Corporation], value: str) -> QuerySet[Corporation]:
    return rows.filter(search_kana__startswith=folding.kana(value))


def _name(rows: QuerySet[Corporation], value: str) -> QuerySet[Corporation]:
    return rows.filter(search_name__startswith=folding.name(value))


def corporations(by: Actor, params: QueryDict, *, on: date) -> Listing[Corporation]:
    """法人・関係機関 in force, by kana."""
    by.require("person.search")
    found: Listing[Corporation] = lists.listing(
        params,
        Corporation.objects.filter(BELIEVED, valid__contains=on),
        columns=(
            Column("number", "宛名番号", ("atena_no",)), Column("kind", "種別", ("kind",)), Column("name", "名称", ("search_kana",)),
            Column("corporate", "法人番号", ("corporate_number",)), Column("representative", "代表者"), Column("address", "所在地"),
            Column("phone", "電話番号"),
        ),
        filters=(
            lists.Filter("kana", "カナ", _kana), lists.Filter("name", "名称", _name),
            lists.choice("kind", "種別", "kind", [(str(value), words) for value, words in Corporation.KINDS]),
            lists.Filter("corporate", "法人番号", lambda rows, value: rows.filter(corporate_number=value)),
        ),
        order=("search_kana", "pk"),
    )  # fmt: skip
    seen(by, "people.corporations", row_count=len(found.rows))
    return found


def corporation(by: Actor, atena_no: int) -> list[Corporation]:
    """A corporation with its history, newest first. Raises Corporation.DoesNotExist."""
    by.require("person.search")
    rows = list(Corporation.objects.filter(BELIEVED, atena_no=atena_no).order_by("-valid"))
    if not rows:
        raise Corporation.DoesNotExist(atena_no)
    seen(by, "people.corporation", row_count=len(rows), detail={"number": atena_no})
    return rows


MOST_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of numbers that may be one person, the likeliest first; when they were counted last and how many there were."""

    pairs: Sequence[Candidate]
    counted_at: datetime | None
    counted: int


def join_candidates(by: Actor, *, on: date) -> Candidates:
    """What the last count found (`actions.joining.count_candidates`), without those that were joined since."""
    by.require("person.search")
    joined = NumberJoin.objects.filter(
        BELIEVED, Q(atena_no=OuterRef("older_no")) | Q(atena_no=OuterRef("newer_no")), valid__contains=on
    )
    rows = JoinCandidate.objects.filter(~Exists(joined)).order_by("-same_sex", "-same_place", "older_no", "newer_no")
    if territory.limited() is not None:  # a pair with somebody of another area is theirs to decide who see both
        seen_too = (Exists(Person.objects.filter(BELIEVED, atena_no=OuterRef(number))) for number in ("older_no", "newer_no"))
        rows = rows.filter(*seen_too)
    found = list(rows[:MOST_CANDIDATES])
    views = persons(by, {number for row in found for number in (row.older_no, row.newer_no)}, on=on)
    pairs = [Candidate(views[r.older_no], views[r.newer_no], r.same_sex, r.same_place) for r in found]
    run = BatchRun.objects.filter(kind=COUNT, state=BatchRun.DONE).order_by("-pk").first()
    seen(by, "people.join_candidates", persons=views, row_count=len(found))
    return Candidates(pairs, run.ended_at if run else None, run.results["found"] if run else 0)


def is_outside(atena_no: int) -> bool:
    """Whether a number belongs to a 住登外者. For screens that have shown the person already."""
    return Person.objects.filter(BELIEVED, atena_no=atena_no, resident_kind=Person.OUTSIDE).exists()
