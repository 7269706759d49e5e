"""What may be erased on a day: the facts of a category, its rule, its holds, and the reasons why the rest must stay."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from kokuho.core import config
from kokuho.core.clock import JAPAN
from kokuho.core.models import RetentionHold
from kokuho.core.retention import targets
from kokuho.core.retention.periods import Held, Period, eligible_from
from kokuho.core.retention.rules import DAY, HOUSEHOLD, PERSON, Category, categories

NO_TABLE, NO_RULE = "表がまだない", "規則なし"


@dataclass(slots=True)
class Found:
    """Of one category on one day: the subjects (宛名番号 or what stands for it, 年度) and files that may go, and why the others may not."""

    lines: list[tuple[int, int]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    waiting: Counter[str] = field(default_factory=Counter)
    held: dict[int, str] = field(default_factory=dict)


def rule_of(rules: Mapping[str, Mapping[str, Any]], code: str) -> Period | None:
    """The period of a category in a plan's rules; None: no rule, never erased."""
    rule = rules.get(code)
    return Period(rule["unit"], int(rule["after"])) if rule else None


def ready(category: Category) -> bool:
    """Whether the product has anything to erase of a category: its tables exist, or it is about files."""
    if category.files or category.folders:
        return True
    with connection.cursor() as cursor:
        for target in category.targets:
            # to_regclass needs no right on the table; pg_class is open to everyone.
            schema, _, table = target.table.rpartition(".")
            cursor.execute(
                "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
                (schema or "public", table),
            )
            if cursor.fetchone():
                return bool(category.candidates) or category.subject == DAY
    return False


def find(category: Category, period: Period | None, on: date) -> Found:
    """Everything of a category that may be erased on a day, by its period, open claims and holds."""
    found = Found()
    if period is None or period.unit == "none":
        found.waiting["期限なし" if period else NO_RULE] += 1
        return found
    if not ready(category):
        found.waiting[category.note or NO_TABLE] += 1
        return found
    if category.candidates or category.subject == DAY:
        _subjects(category, period, on, found)
    _files(category, period, on, found)
    return found


def _subjects(category: Category, period: Period, on: date, found: Found) -> None:
    holds = _holds(category)
    with connection.cursor() as cursor:
        if category.subject == DAY:
            cursor.execute("SELECT keep.line(day), 0, day, NULL FROM keep.days(%s) day", (category.code,))
        else:
            cursor.execute(targets.with_strays(category))
        for atena_no, year, start, claim in cursor.fetchall():
            verdict = eligible_from(period, [start], open_claim=claim or "", holds=holds.get(atena_no, ()))
            if verdict.on is None:
                found.waiting[verdict.why] += 1
                if verdict.why.startswith("保留中") and category.subject == PERSON:
                    found.held[atena_no] = verdict.why
            elif verdict.on > on:
                found.waiting["期間内"] += 1
            else:
                found.lines.append((atena_no, year))
    found.lines.sort()


def _holds(category: Category) -> dict[int, list[Held]]:
    holds: dict[int, list[Held]] = defaultdict(list)
    for hold in RetentionHold.objects.filter(category__in=("", category.code)):
        holds[hold.atena_no].append(Held(hold.set_on, hold.lifted_on, hold.get_kind_display()))
    if category.subject != HOUSEHOLD or not holds:
        return holds
    with connection.cursor() as cursor:
        # Whoever was ever of a household keeps what was written down about it.
        cursor.execute("SELECT DISTINCT household_no, atena_no FROM people_person WHERE atena_no = ANY(%s)", (list(holds),))
        households: dict[int, list[Held]] = defaultdict(list)
        for household_no, atena_no in cursor.fetchall():
            households[household_no] += holds[atena_no]
    return households


def files_in_use() -> set[str]:
    """The files that something still needs, of whatever category: on their way, being applied, held."""
    return {name for category in categories().values() for name, _, reason in _told(category) if reason}


def _told(category: Category) -> list[tuple[str, date | None, str]]:
    """What a category says of its files: place below `KOKUHO_HOME`, start, why it must stay."""
    if not category.files:
        return []
    with connection.cursor() as cursor:
        cursor.execute(category.files)
        return [(name, start, reason or "") for name, start, reason in cursor.fetchall()]


def _in_folders(category: Category) -> Iterator[tuple[str, date | None, str]]:
    """Files of a category's folders that no table names, by the day of their last change: what was received twice, what a kill left,
    and what is copied without being entered anywhere."""
    named = {name for other in categories().values() for name, _, _ in _told(other)} if category.folders else set()
    for folder in category.folders:
        for path in sorted((config.home() / folder).rglob("*")):
            name = path.relative_to(config.home()).as_posix()
            if path.is_file() and not path.name.startswith(".") and name not in named:
                yield name, datetime.fromtimestamp(path.stat().st_mtime, JAPAN).date(), ""


def _files(category: Category, period: Period, on: date, found: Found) -> None:
    for name, start, claim in (*_told(category), *_in_folders(category)):
        verdict = eligible_from(period, [start], open_claim=claim)
        if verdict.on is None:
            found.waiting[verdict.why] += 1
        elif verdict.on > on:
            found.waiting["期間内"] += 1
        elif (config.home() / name).exists():
            found.files.append(name)
