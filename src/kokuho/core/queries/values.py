"""Reads of before and after: what the tables hold about a person, and which rows a statement wrote (LOG-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import Q, QuerySet
from django.http import QueryDict
from psycopg import sql

from kokuho.core import access, dossier, entries, era
from kokuho.core.access import Actor
from kokuho.core.clock import midnight
from kokuho.core.dossier import Change, Table
from kokuho.core.functions import function_codes
from kokuho.core.models import WriteRecord
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing

NEWEST = 200


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A row with what it says differently from the one before it, when and by whom it was written and where it came from."""

    pk: int
    at: datetime | None
    by: str
    origin: str
    standing: str
    writer: Writer | None
    changes: Sequence[Change]


def person_tables(by: Actor, atena_no: int) -> list[tuple[Table, int]]:
    """The tables that hold something about a person, with how many rows. Needs `values.read`."""
    by.require("values.read")
    found = dossier.counts(atena_no)
    seen(by, "values.tables", persons=[atena_no])
    return [
        (entry, found[entry.code])
        for entry in dossier.tables()
        if entry.code in found and entry.kind != dossier.RECORD and _needed(by, entry.code)
    ]


# What staff entered: of which 情報項目 a row is, its kind says.
_ENTRIES = ("core.entry", "core.entryevent")


def _kinds(by: Actor) -> list[str]:
    return [code for code, kind in entries.kinds().items() if _visible(by, access.item_of(kind.enter))]


def _visible(by: Actor, item: str | None) -> bool:
    """Whether the reader's 事務 needs the item. Who inspects sees what the table lists for inspecting, here and nowhere else."""
    return item is not None and (by.sees(item) or (by.may("audit.read") and item in by.items))


def _needed(by: Actor, code: str) -> bool:
    return bool(_kinds(by)) if code in _ENTRIES else _visible(by, access.item_of_table(code))


def person_values(by: Actor, atena_no: int, code: str, *, protected: bool) -> tuple[Table, list[ValueRow]]:
    """The newest rows of a person in one table, before → after. Needs `values.read`. `protected`: places are hidden from those who
    may not see them. Raises KeyError for a table that is not about persons, `Unmapped`, recorded, for one that the reader's 事務 does
    not need (RIGHTS-03)."""
    by.require("values.read")
    entry = dossier.table(code)
    if entry is None or entry.kind == dossier.RECORD:
        raise KeyError(code)
    if not _needed(by, code):
        raise by.outside(access.item_of_table(code), code)
    found = entry.rows(atena_no)
    rows = list((found.filter(kind__in=_kinds(by)) if code in _ENTRIES else found)[:NEWEST])
    hide = protected and not by.may("protected.read")
    whole = [row.pk for row in rows if isinstance(row.pk, int)]
    known = writers(entry.name, whole) if whole else {}
    seen(by, "values.rows", persons=[atena_no], row_count=len(rows), detail={"table": code})
    return entry, [_shown(entry, row, rows, hide, known.get(row.pk)) for row in rows]


def _shown(entry: Table, row: Any, rows: Sequence[Any], hide: bool, writer: Writer | None) -> ValueRow:
    moments = ("pgh_created_at", "recorded_at", "at", "entered_at", "created_at", "registered_at", "made_at")
    at = next((getattr(row, name) for name in moments if hasattr(row, name)), None)
    persons = ("recorded_by", "staff_no", "entered_by", "registered_by", "set_by", "decided_by")
    who = (writer.staff_no if writer else "") or next((str(getattr(row, name)) for name in persons if hasattr(row, name)), "")
    closed = getattr(row, "superseded_at", None)
    if entry.kind == dossier.HISTORY:
        standing = LABELS.get(row.pgh_label, row.pgh_label)
    else:
        standing = f"{dossier.words(closed)} に訂正" if closed else "有効"
    return ValueRow(
        row.pk, at, who, str(getattr(row, "origin", "")), standing, writer,
        dossier.changes(dossier.previous(entry, row, rows), row, hide_places=hide),
    )  # fmt: skip


LABELS = {"insert": "登録", "update": "変更", "delete": "削除"}


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote a row, in which function and why, and the number of the record of writes."""

    staff_no: str
    function: str
    reason: str
    write_id: int


def writers(table_name: str, rows: Sequence[int]) -> dict[int, Writer]:
    """Row number → who inserted it, by the record of writes; rows from before the record began are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT e.pk, w.staff_no, w.function, w.reason, w.id FROM unnest(%s::bigint[]) AS e(pk) JOIN LATERAL
              (SELECT * FROM core_writerecord w WHERE w.table_name = %s AND w.operation = 'insert' AND w.first_id <= e.pk
                  AND w.last_id >= e.pk ORDER BY w.first_id DESC LIMIT 1) w ON true
            """,
            (list(rows), f"public.{table_name}"),
        )
        return {pk: Writer(staff, function, reason, number) for pk, staff, function, reason, number in cursor.fetchall()}


WRITE_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("at", "日時", ("at", "pk")),
    Column("staff", "職員", ("staff_no", "at")),
    Column("terminal", "端末"),
    Column("table", "表", ("table_name", "pk")),
    Column("operation", "操作"),
    Column("rows", "行数", ("row_count",), numeric=True),
    Column("function", "機能"),
    Column("reason", "理由"),
)
WRITES = (("insert", "追加"), ("update", "更新"), ("delete", "削除"), ("truncate", "全件削除"))


def writes(by: Actor, params: QueryDict, *, on: date) -> Listing[WriteRecord]:
    """The record of writes, newest first; without a day or a table the last seven days. Needs `audit.read`."""
    by.require("audit.read")
    rows: QuerySet[WriteRecord] = WriteRecord.objects.all()
    if not any(params.get(key, "").strip() for key in ("from", "to", "table")):
        rows = rows.filter(at__gte=midnight(on) - timedelta(days=7))
    found: Listing[WriteRecord] = lists.listing(
        params,
        rows,
        columns=WRITE_COLUMNS,
        filters=(
            Filter("from", "日（から）", lambda q, v: q.filter(at__gte=midnight(era.parse(v))), kind="date", hint="R8.11.20"),
            Filter("to", "日（まで）", lambda q, v: q.filter(at__lt=midnight(era.parse(v)) + timedelta(days=1)), kind="date"),
            Filter("table", "表", lambda q, v: q.filter(table_name__in=table_names(v)), hint="職員 など"),
            Filter("staff", "職員番号", lambda q, v: q.filter(staff_no="" if v == "なし" else v), hint="なし＝名乗りなし"),
            lists.choice("operation", "操作", "operation", WRITES),
            Filter("function", "機能", lambda q, v: q.filter(Q(function__in=function_codes(v)) | Q(function__startswith=v))),
        ),
        order=("-at", "-pk"),
        keys_first=True,
    )
    criteria = {state.filter.name: state.value for state in found.filters if state.value}
    seen(by, "audit.writes", operation="search", row_count=len(found.rows), detail={"criteria": criteria})
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """A statement of the record of writes with the rows that still carry its transaction."""

    write: WriteRecord
    title: str
    rows: Sequence[tuple[int, Sequence[dossier.Value]]]


def written(by: Actor, write_id: int) -> Written:
    """What a statement wrote, as far as its rows still stand as it left them. Needs `audit.read` and `values.read`.

    Places of persons are hidden without `protected.read`. Raises WriteRecord.DoesNotExist.
    """
    by.require("audit.read")
    by.require("values.read")
    write = WriteRecord.objects.get(pk=write_id)
    model = _model(write.table_name)
    label = model._meta.label_lower if model is not None else ""
    # Tables that are not about persons (settings, runs) are no item of the purpose table.
    if dossier.table(label) is not None and label != "core.auditrecord" and not _needed(by, label):
        raise by.outside(access.item_of_table(label), label)
    rows: list[Any] = []
    if model is not None and write.first_id is not None:
        with connection.cursor() as cursor:
            # A row carries the low 32 bits of the transaction that wrote it last.
            cursor.execute(
                sql.SQL(
                    "SELECT id FROM {} WHERE id BETWEEN %s AND %s AND xmin::text::bigint = %s & 4294967295 ORDER BY id LIMIT 50"
                ).format(sql.Identifier(model._meta.db_table)),
                (write.first_id, write.last_id, write.transaction),
            )  # fmt: skip
            standing = model._base_manager.filter(pk__in=[r[0] for r in cursor.fetchall()]).order_by("pk")
            rows = list(standing.filter(kind__in=_kinds(by)) if label in _ENTRIES else standing)
    entry = dossier.table(model._meta.label_lower) if model is not None else None
    persons = {getattr(row, c) for row in rows for c in (entry.columns if entry else ())}
    seen(by, "values.written", persons=persons, row_count=len(rows), detail={"write": write_id})
    hide = not by.may("protected.read")
    return Written(write, str(model._meta.verbose_name) if model is not None else write.table_name,
                   [(row.pk, dossier.values(row, hide_places=hide)) for row in rows])  # fmt: skip


# The schema of the My Numbers has no models.
_VAULT = {"vault.my_number": "個人番号", "vault.data_key": "個人番号の鍵"}


@cache
def _titles() -> dict[str, str]:
    models_ = (m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith("kokuho."))
    return {f"public.{m._meta.db_table}": str(m._meta.verbose_name) for m in models_} | _VAULT


def table_title(table_name: str) -> str:
    """A table by the name that staff know; as it is where it has none."""
    return _titles().get(table_name, table_name)


def table_names(typed: str) -> list[str]:
    """The tables that somebody means who types a part of their title, or the name in the database."""
    found = [name for name, title in _titles().items() if typed in title]
    return [*found, typed if "." in typed else f"public.{typed}"]


@cache
def _model(table_name: str) -> type[models.Model] | None:
    name = table_name.rpartition(".")[2]
    return next(
        (m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == name and m.__module__.startswith("kokuho.")), None
    )
