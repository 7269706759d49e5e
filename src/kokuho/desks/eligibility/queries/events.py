"""Reads of events: what happened to the persons of a household, cancelled or not, and their numbers old and new."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from kokuho.core import past
from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import once, seen
from kokuho.desks.eligibility import facts, heads, reasons
from kokuho.desks.eligibility.models import BELIEVED, EligibilityEvent, InsuredBranch, InsuredNumber
from kokuho.desks.eligibility.replay import replay
from kokuho.desks.eligibility.settings import office_settings
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.queries import PersonView


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in words. `state`: in force, without effect, cancelled, or itself a cancellation."""

    event: EligibilityEvent
    person: PersonView | None
    label: str
    recorded_name: str
    state: str
    state_label: str
    url: str

    @property
    def correctable(self) -> bool:
        """Whether it can be cancelled or corrected."""
        return self.state in ("force", "idle")


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A 記号番号 of a household, or a person's 枝番 under it, over a period."""

    person: PersonView | None
    household_no: int
    symbol: str
    number: str
    branch: str
    since: date | None
    until: date | None


_STATES = {"force": "有効", "idle": "効果なし", "cancelled": "取消し済み", "cancel": "取消し"}


def events(by: Actor, household_no: int, *, on: date) -> list[EventRow]:
    """The events of everybody who is or was in a household, newest first."""
    by.require("eligibility.read")
    persons = _members(household_no)
    recorded = EligibilityEvent.objects.filter(atena_no__in=persons).select_related("cancelled_by")
    found = _rows(by, sorted(recorded, key=lambda e: (e.event_on, e.pk), reverse=True), persons, on)
    seen(by, "eligibility.events", persons=persons, row_count=len(found))
    return found


def _members(household_no: int) -> list[int]:
    rows = Person.objects.filter(BELIEVED, household_no=household_no).values_list("atena_no", flat=True).distinct()
    return once(("members", household_no, past.known()), lambda: list(rows))


def events_of_origin(by: Actor, origin: str, *, on: date) -> list[EventRow]:
    """What an entry or a candidate wrote."""
    by.require("eligibility.read")
    recorded = list(EligibilityEvent.objects.filter(origin=origin).select_related("cancelled_by").order_by("pk"))
    found = _rows(by, recorded, sorted({e.atena_no for e in recorded}), on) if recorded else []
    seen(by, "eligibility.events", persons=[e.atena_no for e in recorded], row_count=len(found))
    return found


def _rows(by: Actor, recorded: Sequence[EligibilityEvent], persons: Sequence[int], on: date) -> list[EventRow]:
    names = staff_names(e.recorded_by for e in recorded)
    views = people.persons(by, persons, on=on)
    alive: defaultdict[int, list[EligibilityEvent]] = defaultdict(list)
    for event in facts.surviving(persons):
        alive[event.atena_no].append(event)
    law = office_settings().law
    idle = {no for own in alive.values() for no in replay(map(facts.happening, own), law).idle}
    living = {event.pk for own in alive.values() for event in own}
    return [
        EventRow(
            event, views.get(event.atena_no), reasons.label(event.code) if event.code else f"異動 {event.cancels_id} の取消し",
            names.get(event.recorded_by, event.recorded_by), state := _state(event, living, idle), _STATES[state], _url(event),
        )
        for event in recorded
    ]  # fmt: skip


def _state(event: EligibilityEvent, living: set[int], idle: set[int]) -> str:
    if event.kind == EligibilityEvent.CANCEL:
        return "cancel"
    if event.pk not in living:
        return "cancelled"
    return "idle" if event.pk in idle else "force"


def _url(event: EligibilityEvent) -> str:
    kind, _, number = event.origin.partition(":")
    if kind == "entry" and number.isdigit():
        return reverse("eligibility:notice", args=[number])
    if kind == "candidate" and number.isdigit():
        return reverse("eligibility:candidate", args=[number])
    return ""


def numbers(by: Actor, household_no: int, *, on: date) -> tuple[list[NumberRow], list[NumberRow]]:
    """新旧の記号番号 of a household, and the 枝番 of its persons also under other households, newest first."""
    by.require("eligibility.read")
    persons = _members(household_no)
    views = people.persons(by, persons, on=on)
    own = [
        NumberRow(None, household_no, row.symbol, row.number, "", row.valid.lower, row.valid.upper)
        for row in InsuredNumber.objects.filter(BELIEVED, household_no=household_no).order_by("-valid")
    ]
    branches = [
        NumberRow(views.get(r.atena_no), r.household_no, r.symbol, r.number, r.branch, r.valid.lower, r.valid.upper)
        for r in InsuredBranch.objects.filter(BELIEVED, atena_no__in=persons).order_by("-valid")
    ]
    seen(by, "eligibility.numbers", persons=persons)
    return own, branches


def household_of(by: Actor, text: str) -> int | None:
    """The household that a typed 世帯番号, 宛名番号 or 番号 means; the first that fits."""
    by.require("person.search")
    digits = unicodedata.normalize("NFKC", text).replace("-", "").strip()
    if not digits.isascii() or not digits.isdigit():
        return None
    number = int(digits)
    rows = Person.objects.filter(BELIEVED).order_by("-valid").values_list("household_no", flat=True)
    found = rows.filter(household_no=number).first() or rows.filter(atena_no=number).first()
    if found is None:
        branch = InsuredNumber.objects.filter(BELIEVED, number=digits.zfill(8)).first()
        found = branch.household_no if branch else None
    seen(by, "eligibility.household_of", operation="search", row_count=int(found is not None))
    return found


def recognised_head(by: Actor, household_no: int, *, on: date) -> int | None:
    """宛名番号 of the 国保世帯主 recognised instead of the register's head on a day (保発第291号), None where there is none."""
    by.require("eligibility.read")
    return heads.recognised(household_no, on)
