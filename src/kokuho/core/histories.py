"""Live rows against their history. The past (`core/past.py`) rests on it: the newest state in a register's history is the row as it
stands. A row that was changed behind the triggers' back (as the owner, with a trigger switched off) would be shown as if it had always
been so; nothing but this comparison notices.

Everything is compared, table by table, one statement each: 300,000 rows with two states each take about four seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from psycopg import sql

from kokuho.core.coded import CodedError

CHANGED, UNKNOWN, GONE, OFF = "HIST-CHANGED", "HIST-UNKNOWN", "HIST-GONE", "HIST-OFF"
WORDS: Mapping[str, str] = {
    CHANGED: "履歴の最後の状態と違う行があります",
    UNKNOWN: "履歴にない行があります",
    GONE: "履歴にあって、消えた行があります",
    OFF: "引き金が外れています",
}
ADVICE = (
    "記録の検索（書込み）でその表をいつ誰が変えたかを調べ、正しい値を画面から入れ直してください（入れ直した値から履歴に残ります）。"
    "消えた行はバックアップから確かめてください。"
)

_COMPARE = """
WITH newest AS (
    SELECT h.* FROM {history} h JOIN (SELECT max(pgh_id) AS pgh_id FROM {history} GROUP BY pgh_obj_id) m USING (pgh_id)
), apart AS (
    SELECT coalesce(t.{key}, n.pgh_obj_id) AS key,
           CASE WHEN n.pgh_obj_id IS NULL THEN {unknown} WHEN t.{key} IS NULL THEN {gone} ELSE {changed} END AS code
      FROM {table} t FULL JOIN newest n ON n.pgh_obj_id = t.{key}
     WHERE t.{key} IS NULL OR n.pgh_obj_id IS NULL OR ({live}) IS DISTINCT FROM ({kept})
)
SELECT code, count(*), min(key)::text FROM apart GROUP BY code ORDER BY code
"""


class HistoryApart(CodedError):
    """Live rows and their history differ. `code` is stable: the first of the findings'."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Of one table: what is wrong (`code`), in how many rows, and the first of them; of a trigger its name."""

    code: str
    table: str
    rows: int
    first: str

    def __str__(self) -> str:
        place = f"{self.rows}行、最初の番号 {self.first}" if self.code != OFF else self.first
        return f"{self.code} {self.table} {WORDS[self.code]}（{place}）"


def tracked() -> dict[str, tuple[Any, Any]]:
    """Table → its model and the model of its history, of every register that keeps one."""
    found = {}
    for history in apps.get_models():
        if (model := getattr(history, "pgh_tracked_model", None)) is not None:
            found[model._meta.db_table] = (model, history)
    return dict(sorted(found.items()))


def compare() -> list[Apart]:
    """The triggers that keep histories and rules, and every tracked table against its history. Empty when the past can be trusted."""
    found = list(_triggers())
    with connection.cursor() as cursor:
        for table, (model, history) in tracked().items():
            cursor.execute(_statement(table, model, history))
            found += [Apart(code, table, rows, first) for code, rows, first in cursor.fetchall()]
    return found


def require_whole() -> int:
    """Compare, and return how many tables there were. Raises `HistoryApart` with a table's name and number of rows when any differs."""
    if found := compare():
        told = "、".join(map(str, found[:3])) + (f" ほか{len(found) - 3}件" if len(found) > 3 else "")
        raise HistoryApart(found[0].code, f"{told}。{ADVICE}")
    return len(tracked())


def _statement(table: str, model: Any, history: Any) -> sql.Composed:
    """What the history does not keep (a password, the moment of the last look) is not compared."""
    kept = {field.column for field in history._meta.local_concrete_fields}
    columns = [field.column for field in model._meta.local_concrete_fields if field.column in kept]
    live, then = (sql.SQL(", ").join(sql.Identifier(part, column) for column in columns) for part in "tn")
    return sql.SQL(_COMPARE).format(  # type: ignore[arg-type]
        table=sql.Identifier("public", table), history=sql.Identifier("public", history._meta.db_table),
        key=sql.Identifier(model._meta.pk.column), live=live, kept=then,
        unknown=sql.Literal(UNKNOWN), gone=sql.Literal(GONE), changed=sql.Literal(CHANGED),
    )  # fmt: skip


def _triggers() -> Iterator[Apart]:
    """Triggers that keep a history or a rule and are missing or switched off, of whatever table."""
    models = [model for model in apps.get_models() if model._meta.managed]
    wanted = {trigger.get_pgid(model): model._meta.db_table for model in models for trigger in getattr(model._meta, "triggers", ())}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relname, t.tgenabled IN ('O', 'A') FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'vault', 'keep') AND NOT t.tgisinternal "
            "ORDER BY 2, 1"
        )
        held = {name: (table, on) for name, table, on in cursor.fetchall()}
    yield from (Apart(OFF, table, 0, name) for name, (table, on) in held.items() if not on)
    yield from (Apart(OFF, table, 0, name) for name, table in sorted(wanted.items()) if name not in held)
