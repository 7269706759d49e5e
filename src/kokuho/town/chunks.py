"""A chunk of the town: some hundred households made in one process and left as parts of the neighbours' files."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from kokuho.formats import Layout, encode_rows
from kokuho.formats import layout as find_layout
from kokuho.town.assets import asset_rows
from kokuho.town.days import iso
from kokuho.town.diary import Diary, Event
from kokuho.town.former import departed_household
from kokuho.town.household import base_form, compose, make_household
from kokuho.town.incomes import AMOUNTS, income_rows
from kokuho.town.insurance_stories import INSURANCE_STORIES
from kokuho.town.newcomers import NEWCOMER_STORIES
from kokuho.town.numbers import DEPARTED
from kokuho.town.people import Household
from kokuho.town.plan import Plan, profile
from kokuho.town.stories import REGISTER_STORIES
from kokuho.town.streams import stream
from kokuho.town.summary import Counts, count_events, count_incomes, count_people
from kokuho.town.world import World

Row = tuple[str | int | None, ...]
STORIES = {**REGISTER_STORIES, **INSURANCE_STORIES, **NEWCOMER_STORIES}
HOUSEHOLDS = 1_000  # in one chunk
FULL, INCOMES, ASSETS = "juki-full", "zei-income", "zei-asset"
_DEPARTED_HOUSEHOLD = 3  # household place of the one that had left
_TOTAL = 6 + len(AMOUNTS)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What came of a chunk. `insured` counts the insured of the full load household by household."""

    first: int
    insured: list[int]
    rows: dict[str, int]
    counts: Counts


@lru_cache(maxsize=1)
def world_of(plan: Plan) -> World:
    """The world of a plan, read once in each process."""
    return World.of(plan)


@lru_cache(maxsize=8)
def layout_of(name: str) -> Layout:
    """A layout, read once in each process."""
    return find_layout(name)


def part_path(directory: Path, layout: str, first: int) -> Path:
    """Where a chunk leaves its part of a file."""
    return directory / f"{layout}.{first:09d}"


def make_chunk(plan: Plan, first: int, count: int, directory: Path) -> Chunk:
    """Make the households `first` … `first + count − 1` and leave their parts in a directory."""
    world = world_of(plan)
    counts: Counts = Counter()
    files: dict[str, list[tuple[object, ...]]] = {FULL: [], INCOMES: []}
    if plan.assets:
        files[ASSETS] = []
    events: list[tuple[int, Event]] = []
    insured = []
    for index in range(first, first + count):
        households, diary, incomes, assets = _one(world, index)
        count_people(counts, "base", plan, households)
        count_incomes(counts, incomes, _TOTAL)
        insured.append(sum(person.insured for household in households for person in household.members))
        files[FULL].extend(person.row() for household in households for person in household.members)
        files[INCOMES].extend(incomes)
        if plan.assets:
            files[ASSETS].extend(assets)
        noted = diary.run()
        count_events(counts, noted)
        count_people(counts, "business_date", plan, (*households, *diary.arrivals))
        events.extend((index, event) for event in noted)
    for layout, rows in files.items():
        _write_part(part_path(directory, layout, first), layout, plan, rows)
    _write_events(part_path(directory, "events", first), events)
    return Chunk(first, insured, {layout: len(rows) for layout, rows in files.items()}, counts)


def _one(world: World, index: int) -> tuple[list[Household], Diary, list[Row], list[Row]]:
    """A place of the town: its household on the base date (and one gone before), its diary, incomes and assets."""
    plan = world.plan
    rng = stream(plan.seed, index)
    household, case = make_household(world, rng, index)
    diary = Diary(world, rng, household)
    if diary.days:
        story = case.story if case else rng.draw(plan.stories)
        if story:
            STORIES[story](diary)
        diary.schedule_birthdays(household.members)
    income = stream(plan.seed, index, "income")
    incomes = income_rows(world, income, household, case.income if case else "")
    for arrived in diary.arrivals:
        incomes += income_rows(world, income, arrived)
    households = [household]
    if rng.random() * 1000 < profile()["departed_households"]:
        left = _departed(world, index)
        households.append(left)
        incomes += income_rows(world, income, left)
    assets = asset_rows(world, stream(plan.seed, index, "asset"), household) if plan.assets else []
    return households, diary, incomes, assets


def _departed(world: World, index: int) -> Household:
    rng = stream(world.plan.seed, index, "departed")
    form = base_form(world, rng, None)
    household = compose(world, rng, index, form, first_place=DEPARTED, number_place=_DEPARTED_HOUSEHOLD)
    household.members = [person for person in household.members if person.here]
    departed_household(world, rng, household)
    return household


def _write_part(path: Path, layout: str, plan: Plan, rows: list[tuple[object, ...]]) -> None:
    """The rows as they stand in the file, without control record and titles."""
    buffer = BytesIO()
    encode_rows(layout_of(layout), rows, buffer, control={"sender": plan.code, "created_at": plan.created_at(layout)})
    path.write_bytes(buffer.getvalue().split(b"\r\n", 2)[2])


def _write_events(path: Path, events: list[tuple[int, Event]]) -> None:
    """Events by day of the file; within a day in the order of the households."""
    with path.open("w", encoding="utf-8") as out:
        for _, event in sorted(events, key=lambda entry: entry[1].day):
            out.write(
                json.dumps(
                    [iso(event.day), event.event, iso(event.event_date), iso(event.notified_on), *event.row],
                    ensure_ascii=False, separators=(",", ":"),
                )
                + "\n"
            )  # fmt: skip


def event_day(line: str) -> date:
    """The day of the file of a line written by `_write_events`."""
    return date.fromisoformat(line[2:12])
