"""Everything that the tables hold about one person, found from the product's own registry of models (LOG-03, OPS-06).

A table is about persons when it has a column of 宛名番号: that is asked of the models, not of a list, so that the table of a new
desk is in it from its first day. A test compares it with a search of the whole database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet
from psycopg import sql

from kokuho.core import era, past, reads
from kokuho.core.clock import JAPAN
from kokuho.core.counting import together
from kokuho.core.models import Act, AuditRecord, Fact

# Columns of 宛名番号 whose name does not say so.
_BY_NAME = ("payer_no", "persons")
# What tells where somebody is to be found: never given to another person than the one concerned, and hidden without the right.
_PLACES = ("address", "postal", "town", "block", "building", "place", "phone", "telephone", "mail", "contact", "destination")
# Columns of any content in which such a thing may stand.
_LOOSE = ("payload", "lines", "printed", "proposal", "image", "four", "evidence", "detail", "values")
# Tables whose every value does so, whatever its column is called.
_REACHING = ("contact", "destination", "administrator")
FACT, ACT, REGISTER, HISTORY, RECORD = "fact", "act", "register", "history", "record"
KIND_WORDS = {FACT: "事実（二つの日付）", ACT: "処分・記録", REGISTER: "台帳（現在）", HISTORY: "台帳の変更履歴", RECORD: "操作記録"}


@dataclass(frozen=True, slots=True)
class Table:
    """A table about persons: its model, its columns of 宛名番号 and what kind of table it is.

    `household`: the column of 世帯番号 of a table that knows no person; its rows belong to those who were members on their days.
    """

    model: type[models.Model]
    columns: tuple[str, ...]
    arrays: tuple[str, ...]
    kind: str
    household: str = ""

    @property
    def code(self) -> str:
        """How addresses name it: ``people.person``."""
        return self.model._meta.label_lower

    @property
    def name(self) -> str:
        """The table's name in the database."""
        return self.model._meta.db_table

    @property
    def title(self) -> str:
        """Its name in words."""
        tracked = getattr(self.model, "pgh_tracked_model", None)
        words = str((tracked or self.model)._meta.verbose_name)
        return f"{words}（変更履歴）" if tracked is not None else words

    def condition(self, atena_no: int) -> Q:
        """The rows of one person."""
        if self.household:
            return self.of_households(_households(atena_no))
        found = Q()
        for column in self.columns:
            found |= Q(**{column: atena_no})
        for column in self.arrays:
            found |= Q(**{f"{column}__contains": [atena_no]})
        return found

    def of_households(self, members: Sequence[tuple[int, date, date | None]]) -> Q:
        """The rows of these memberships: (世帯番号, from, until)."""
        names = {field.name for field in self.model._meta.concrete_fields}
        found = Q(pk__in=())
        for household_no, since, until in members:
            part = Q(**{self.household: household_no})
            if "valid" in names:
                part &= Q(valid__overlap=DateRange(since, until))
            elif "recorded_at" in names:
                # What was written of a household before or after the membership is another's.
                part &= Q(recorded_at__date__gte=since)
                if until is not None:
                    part &= Q(recorded_at__date__lt=until)
            elif until is not None:
                continue
            found |= part
        return found

    def rows(self, atena_no: int) -> QuerySet[Any]:
        """The rows of one person, newest first."""
        return self.model._base_manager.filter(self.condition(atena_no)).order_by("-pk")


Memberships = Callable[[int], Sequence[tuple[int, date, date | None]]]
_members: list[Memberships] = []


def register_households(memberships: Memberships) -> None:
    """Let the desk that knows households say in which a person was: (世帯番号, from, until or None). Called when it starts."""
    _members[:] = [memberships]


def _households(atena_no: int) -> Sequence[tuple[int, date, date | None]]:
    return reads.once(("households", atena_no, past.known()), lambda: _members[0](atena_no)) if _members else ()


def _is_person(field: models.Field[Any, Any]) -> bool:
    return "atena" in field.name or field.name in _BY_NAME or "宛名番号" in str(field.verbose_name)


@cache
def tables() -> tuple[Table, ...]:
    """Every table about persons, the operation record last."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or not model.__module__.startswith("kokuho."):
            continue
        fields = [f for f in model._meta.concrete_fields if _is_person(f)]
        whole = tuple(f.name for f in fields if isinstance(f, models.IntegerField))
        arrays = tuple(f.name for f in fields if isinstance(f, ArrayField))
        household = ""
        if not whole and not arrays:
            if not any(f.name == "household_no" for f in model._meta.concrete_fields):
                continue
            household = "household_no"
        if model is AuditRecord:
            kind = RECORD
        elif hasattr(model, "pgh_tracked_model"):
            kind = HISTORY
        else:
            kind = FACT if issubclass(model, Fact) else ACT if issubclass(model, Act) else REGISTER
        found.append(Table(model, whole, arrays, kind, household))
    order = {FACT: 0, REGISTER: 1, ACT: 2, HISTORY: 3, RECORD: 4}
    return tuple(sorted(found, key=lambda t: (order[t.kind], t.code)))


def table(code: str) -> Table | None:
    """A table by its code."""
    return next((t for t in tables() if t.code == code), None)


def counts(atena_no: int) -> dict[str, int]:
    """Rows of one person by table, in one statement (and one for the tables that are kept by household); tables without any are
    left out."""
    parts, values = [], []
    by_household = [entry for entry in tables() if entry.household]
    members = _households(atena_no)
    for entry in tables():
        if entry.household:
            continue
        columns = [sql.SQL("{} = %s").format(sql.Identifier(_column(entry.model, c))) for c in entry.columns]
        columns += [sql.SQL("{} @> ARRAY[%s]::bigint[]").format(sql.Identifier(_column(entry.model, c))) for c in entry.arrays]
        parts.append(sql.SQL("SELECT {}, count(*) FROM {} WHERE {}").format(
            sql.Literal(entry.code), sql.Identifier(entry.name), sql.SQL(" OR ").join(columns)
        ))  # fmt: skip
        values += [atena_no] * len(columns)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts), values)  # type: ignore[arg-type]
        found = {code: number for code, number in cursor.fetchall() if number}
    numbers = together(*(entry.model._base_manager.filter(entry.of_households(members)) for entry in by_household))
    return {**found, **{entry.code: number for entry, number in zip(by_household, numbers, strict=True) if number}}


def origins(atena_no: int, *, last: int) -> list[tuple[str, datetime]]:
    """By what the facts about a person came (``entry:12``, ``file:3``) and when last, newest first, in one statement. What was
    written of a whole household is left out, as it is when a correction is read."""
    parts = [
        sql.SQL("SELECT origin, recorded_at FROM {} WHERE {}").format(
            sql.Identifier(entry.name),
            sql.SQL(" OR ").join(sql.SQL("{} = %(no)s").format(sql.Identifier(_column(entry.model, c))) for c in entry.columns),
        )
        for entry in tables() if entry.kind == FACT and entry.columns
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "SELECT origin, max(recorded_at) FROM ({}) told WHERE origin ~ '^(entry|file):[0-9]+(#[0-9]+)?$'"
                " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(last)s"
            ).format(sql.SQL(" UNION ALL ").join(parts)),
            {"no": atena_no, "last": last},
        )  # type: ignore[arg-type]
        return [(str(origin), moment) for origin, moment in cursor.fetchall()]


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class Value:
    """An item of a row in words. `hidden`: there is a value, and it is not shown."""

    label: str
    text: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """An item that a row says differently from the row before it."""

    label: str
    before: str
    after: str


_BEFORE, _SAME_WORK = timedelta(), timedelta(minutes=10)
HIDDEN = "（表示しません）"
# Columns that say how a row came about; shown apart from what it says.
_FRAME = {"id", "recorded_at", "superseded_at", "recorded_by", "origin", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context"}


# What nobody reads, not even who inspects: it could open an account, a terminal or a file.
_SECRETS = ("password", "encoded", "secret_hash", "enrol_hash", "passphrase", "session_number")


def is_secret(field: models.Field[Any, Any]) -> bool:
    """Whether a column holds a password, a key or what stands for one."""
    return field.name in _SECRETS


def is_place(field: models.Field[Any, Any]) -> bool:
    """Whether a column tells where somebody is to be found: by its own name, by that of its table, or because what was entered
    may hold it."""
    table = str(field.model._meta.model_name).removesuffix("event")
    reaching = any(word in table for word in _REACHING) and field.get_internal_type() in ("CharField", "TextField")
    loose = field.get_internal_type() == "JSONField" and field.name in _LOOSE
    return reaching or loose or any(word in field.name for word in _PLACES)


def words(value: Any) -> str:
    """A value of a column in words; binary content only as its size."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, bytes | memoryview):
        return f"（{len(value)}バイト）"
    if isinstance(value, datetime):
        local = value.astimezone(JAPAN)
        return f"{era.short(local.date())} {local:%H:%M:%S}"
    if isinstance(value, date):
        return era.short(value)
    if hasattr(value, "lower") and hasattr(value, "upper") and not isinstance(value, str):
        return "～".join("" if end is None else words(end) for end in (value.lower, value.upper))
    if isinstance(value, list | tuple):
        return "、".join(words(item) for item in value) or "—"
    if isinstance(value, dict):
        return "、".join(f"{key_word(key)} {words(item)}" for key, item in value.items()) or "—"
    return value_word(str(value))


def value_word(text: str) -> str:
    """A bare code in words; anything else as it is."""
    return _kept()["values"].get(text, text)


@cache
def _kept() -> dict[str, dict[str, str]]:
    """`core/data/values.yaml`: words for what is kept as JSON or as a bare code."""
    read: dict[str, dict[str, str]] = yaml.safe_load(files("kokuho.core").joinpath("data", "values.yaml").read_text("utf-8"))
    return read


@cache
def _columns() -> dict[str, str]:
    """Names of columns by which every table means the same, in words."""
    found: dict[str, set[str]] = {}
    for model in apps.get_models():
        if model.__module__.startswith("kokuho."):
            for field in model._meta.concrete_fields:
                found.setdefault(field.name, set()).add(str(field.verbose_name))
    return {name: min(told) for name, told in found.items() if len(told) == 1}


def key_word(key: str) -> str:
    """What an item of a value that is kept as JSON is called; a name that nobody gave a word stays as it is."""
    return _kept()["keys"].get(key) or _columns().get(key, key)


def values(row: models.Model, *, hide_places: bool) -> list[Value]:
    """What a row says, column by column, with the words of choices."""
    shown = []
    for field in row._meta.concrete_fields:
        if field.name in _FRAME:
            continue
        value = getattr(row, field.attname)
        text = words(getattr(row, f"get_{field.name}_display")() if field.choices and value not in (None, "") else value)
        hidden = text != "—" and (is_secret(field) or (hide_places and is_place(field)))
        shown.append(Value(str(field.verbose_name), HIDDEN if hidden else text[:500], hidden))
    return shown


def changes(before: models.Model | None, after: models.Model, *, hide_places: bool) -> list[Change]:
    """The items in which a row differs from the one before it; all of them when there is none before."""
    old = {v.label: v.text for v in values(before, hide_places=False)} if before is not None else {}
    secret = {v.label for v in values(after, hide_places=hide_places) if v.hidden} | (
        {v.label for v in values(before, hide_places=hide_places) if v.hidden} if before is not None else set()
    )
    found = []
    for value in values(after, hide_places=False):
        was = old.get(value.label, "")
        if value.text != was and (before is not None or value.text != "—"):
            hidden = value.label in secret
            found.append(Change(value.label, HIDDEN if hidden and was else was, HIDDEN if hidden else value.text))
    return found


def previous(entry: Table, row: Any, rows: Sequence[Any]) -> Any | None:
    """The row that a row replaced: of a fact the belief that was closed when it was recorded, of a history the state before."""
    if entry.kind == HISTORY:
        older = [r for r in rows if r.pgh_obj_id == row.pgh_obj_id and r.pk < row.pk]
        return max(older, key=lambda r: r.pk) if older else None
    if entry.kind != FACT:
        return None
    # The old belief is closed in the transaction that records the new one; its moment is the statement's, a little later.
    closed = [
        r for r in rows
        if r.pk < row.pk and r.superseded_at is not None and _BEFORE <= r.superseded_at - row.recorded_at <= _SAME_WORK
    ]  # fmt: skip
    span = getattr(row, "valid", None)
    same = [r for r in closed if span is None or r.valid.lower == span.lower]
    return min(same or closed, key=lambda r: r.superseded_at, default=None)
