"""From the tables that a category names to the statements that find their rows: what belongs to a day, the history of a
register, and rows that something else still refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from kokuho.core.retention.rules import DAY, Category, Target

_ROW = re.compile(r"\bt\.")
# A table whose rows name their subject themselves.
_OWN = re.compile(r"t\.(\w+) = l\.atena_no( AND (?:(?!\bl\.).)*)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """How the rows `t` of a table are joined to a line `l`. `day`: for rows that belong to a day, the day on which they may be
    counted from (NULL while they are not closed or are held)."""

    category: str
    relation: str
    match: str
    direct: bool
    subject: str
    day: str


def statements(connection: psycopg.Connection, categories: Mapping[str, Category]) -> list[Statement]:
    """Every table of every category in the order in which its rows go: history and dependent rows before what they belong to."""
    keys, former, references = _primary_keys(), histories(), _references(connection)
    found = []
    for category in categories.values():
        own = {(target.table, target.key) for target in category.targets if target.of}
        days: dict[str, str] = {}
        # A dependent table is listed before its parent, so the parents' days have to be known first.
        for target in reversed(category.targets):
            days[target.table] = _day(category, target, keys, days, references.get(target.table, ()), own)
        for target in category.targets:
            for relation, day, match in _with_history(category, target, days[target.table], keys, former):
                found.append(Statement(category.code, relation, match, target.direct, category.subject, day))
    return found


def with_strays(category: Category) -> str:
    """The candidates of a category about persons or households, and every subject that only its tables know: what is left of somebody
    of whom nothing else is left counts from the day on which it was written or ended."""
    found = []
    columns = _columns()
    for target in category.targets:
        own = _OWN.fullmatch(target.match)
        if own is None or target.table not in columns:
            continue
        day, open_ = f"({target.since})::date", "false"
        if "valid" in columns[target.table]:
            day, open_ = f"greatest({day}, upper(valid))", "superseded_at IS NULL AND upper_inf(valid)"
        rest = f" WHERE true{own[2]}" if own[2] else ""
        found.append(f"SELECT t.{own[1]}, {day}, {open_} FROM {target.table} t{rest}")
    if not found:
        return category.candidates
    return f"""
        WITH told (n, year, day, why) AS ({category.candidates}), rows (n, day, open) AS ({" UNION ALL ".join(found)})
        SELECT n, year, day, why FROM told UNION ALL
        SELECT n, 0, max(day), CASE WHEN bool_or(open) THEN '有効な記録あり' END FROM rows
         WHERE n IS NOT NULL AND NOT EXISTS (SELECT FROM told WHERE told.n = rows.n) GROUP BY n"""


def _columns() -> dict[str, set[str]]:
    from django.apps import apps

    return {m._meta.db_table: {f.column for f in m._meta.concrete_fields} for m in apps.get_models()}


def _with_history(
    category: Category, target: Target, day: str, keys: Mapping[str, str], former: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    history = former.get(target.table)
    if category.subject == DAY:
        if history:
            theirs = _of(target.table, keys[target.table], "pgh_obj_id", day)
            yield history, theirs, f"{theirs} = keep.day(l.atena_no)"
        yield target.table, day, f"{day} = keep.day(l.atena_no)"
    else:
        if history:
            yield history, "", target.match
        yield target.table, "", target.match


def _day(
    category: Category, target: Target, keys: Mapping[str, str], days: Mapping[str, str], references: Sequence[tuple[str, str]],
    own: set[tuple[str, str]],
) -> str:  # fmt: skip
    if category.subject != DAY:
        return ""
    if target.of:
        return _of(target.of, keys[target.of], target.key, days[target.of])
    conditions = [target.only] if target.only else []
    if target.persons:
        conditions.append(f"NOT keep.held({target.persons}, '{category.code}')")
    for table, column in references:
        # What a row with a day of its own still refers to stays until that is gone.
        if (table, column) not in own:
            conditions.append(f"NOT EXISTS (SELECT FROM {table} r WHERE r.{column} = t.{keys[target.table]})")
    day = f"keep.day({target.day})"
    return f"(CASE WHEN {' AND '.join(f'({c})' for c in conditions)} THEN {day} END)" if conditions else day


def _of(parent: str, key: str, column: str, day: str) -> str:
    return f"(SELECT {_ROW.sub(f'of_{parent}.', day)} FROM {parent} of_{parent} WHERE of_{parent}.{key} = t.{column})"


def _primary_keys() -> dict[str, str]:
    from django.apps import apps

    return {m._meta.db_table: str(m._meta.pk.column) for m in apps.get_models(include_auto_created=True) if m._meta.pk is not None}


def histories() -> dict[str, str]:
    """Register → the table that keeps its former rows."""
    from django.apps import apps

    return {
        tracked._meta.db_table: model._meta.db_table
        for model in apps.get_models()
        if (tracked := getattr(model, "pgh_tracked_model", None)) is not None
    }


def _references(connection: psycopg.Connection) -> dict[str, list[tuple[str, str]]]:
    """Table → (table, column) that refer to its rows."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, to in connection.execute("""
        SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text
          FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'f' AND c.confdeltype <> 'n'
         ORDER BY 3, 1, 2"""):
        found.setdefault(to, []).append((table, column))
    return found
