"""Incomes and property tax as the tax office decided them, taken in as facts with their history (FUKA-02, FUKA-03)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.desks.assessment.models import Income
from kokuho.desks.people.actions.register import Unapplied

INCOME_COLUMNS: tuple[tuple[str, str], ...] = (
    ("record", "int"), ("atena_no", "bigint"), ("fiscal_year", "int"), ("revision", "int"), ("decided_on", "date"),
    ("declaration", "text"), ("taxation", "text"), *((name, "bigint") for name in Income.amounts()),
)  # fmt: skip
ASSET_COLUMNS: tuple[tuple[str, str], ...] = (
    ("record", "int"), ("atena_no", "bigint"), ("fiscal_year", "int"), ("asset_no", "bigint"), ("revision", "int"),
    ("decided_on", "date"), ("land_tax", "bigint"), ("building_tax", "bigint"), ("joint", "boolean"),
)  # fmt: skip


def apply_incomes(*, by: Actor, origin: str, staged: str = "staged") -> tuple[dict[str, int], list[Unapplied]]:
    """Take in staged incomes. A person who is not in the register here is refused to the work list (RENKEI-03)."""
    return _apply("assessment_income", INCOME_COLUMNS, ("atena_no", "fiscal_year"), by, origin, staged)


def apply_assets(*, by: Actor, origin: str, staged: str = "staged") -> tuple[dict[str, int], list[Unapplied]]:
    """Take in staged property tax (資産割)."""
    return _apply("assessment_assettax", ASSET_COLUMNS, ("atena_no", "fiscal_year", "asset_no"), by, origin, staged)


def _apply(
    table: str, columns: Sequence[tuple[str, str]], key: Sequence[str], by: Actor, origin: str, staged: str
) -> tuple[dict[str, int], list[Unapplied]]:
    by.require("exchange.receive")
    names = [name for name, _ in columns if name != "record"]
    same_key = " AND ".join(f"t.{k} = s.{k}" for k in key)
    believed = f"{same_key} AND t.superseded_at IS NULL"
    content = [name for name in names if name not in key]
    differs = f"({', '.join('t.' + c for c in content)}) IS DISTINCT FROM ({', '.join('s.' + c for c in content)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT record, atena_no, 'Z11' FROM {staged} s
             WHERE NOT EXISTS (SELECT 1 FROM people_person p WHERE p.atena_no = s.atena_no AND p.superseded_at IS NULL)
            UNION ALL
            SELECT record, s.atena_no, 'Z12' FROM {staged} s JOIN {table} t ON {believed}
             WHERE {differs} AND s.revision <= t.revision
            ORDER BY 1
            """
        )
        messages = {
            "Z11": "住民記録にいない人です。対象外の情報は保存していません。住登外の登録が必要か確かめてください。",
            "Z12": "更正回数が進んでいないのに内容が違います。反映していません。税務の担当に確かめてください。",
        }
        unapplied = [Unapplied(record, atena_no, code, messages[code]) for record, atena_no, code in cursor.fetchall()]
        cursor.execute(f"DELETE FROM {staged} WHERE record = ANY(%s)", ([u.record for u in unapplied],))
        cursor.execute(f"DELETE FROM {staged} s USING {table} t WHERE {believed} AND NOT ({differs})")
        unchanged = cursor.rowcount
        cursor.execute(f"UPDATE {table} t SET superseded_at = now() FROM {staged} s WHERE {believed}")
        changed = cursor.rowcount
        listed = ", ".join(names)
        cursor.execute(
            f"INSERT INTO {table} ({listed}, recorded_by, origin) SELECT {listed}, %s, %s FROM {staged} ORDER BY atena_no",
            (by.staff_no, origin),
        )
        added = cursor.rowcount - changed
    audit.record(by, function=f"{table}.take", operation="update", row_count=added + changed, detail={"origin": origin})
    return {"added": added, "changed": changed, "unchanged": unchanged}, unapplied
