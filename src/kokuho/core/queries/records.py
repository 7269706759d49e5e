"""Reads of the operation records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from kokuho.core import era
from kokuho.core.access import Actor
from kokuho.core.clock import midnight
from kokuho.core.models import AuditRecord
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing

OPERATIONS = (
    ("login", "ログイン"),
    ("logout", "ログアウト"),
    ("unlock", "ロック解除"),
    ("view", "閲覧"),
    ("search", "検索"),
    ("open", "支援措置の閲覧"),
    ("cancel", "閲覧の取りやめ"),
    ("print", "印刷"),
    ("receive", "受付"),
    ("update", "更新"),
    ("propose", "起案"),
    ("approve", "承認"),
    ("return", "差戻し"),
    ("run", "実行"),
    ("refuse", "拒否"),
    ("acknowledge", "告知の確認"),
    ("export", "取出し"),
    ("add", "追加"),
    ("remove", "削除"),
    ("reset", "再設定"),
)
RESULTS = (
    ("ok", "正常"),
    ("refused", "拒否"),
    ("failed", "失敗"),
    ("locked", "停止中"),
    ("undeclared", "権限の定めなし"),
)

AUDIT_COLUMNS = (
    Column("at", "日時", ("at", "pk")),
    Column("staff", "職員", ("staff_no", "at")),
    Column("terminal", "端末"),
    Column("function", "機能"),
    Column("operation", "操作"),
    Column("result", "結果"),
    Column("persons", "宛名番号"),
    Column("count", "件数", numeric=True),
    Column("detail", "理由・条件"),
)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A record in words."""

    record: AuditRecord
    operation: str
    result: str
    persons: tuple[int, ...]
    more_persons: int
    detail: tuple[tuple[str, str], ...]


def _japanese_day(value: str) -> datetime:
    on = era.parse(value)
    return midnight(on)


def audit_records(by: Actor, params: QueryDict, *, on: date) -> Listing[AuditRow]:
    """Operation records by day, person, staff, operation and result (LOG-05). Without a day: the last seven."""
    by.require("audit.read")
    rows: QuerySet[AuditRecord] = AuditRecord.objects.all()
    if not any(params.get(name, "").strip() for name in ("from", "to", "atena")):
        rows = rows.filter(at__gte=midnight(on) - timedelta(days=7))
    operations, results = dict(OPERATIONS), dict(RESULTS)
    found = lists.listing(
        params,
        rows,
        columns=AUDIT_COLUMNS,
        filters=(
            Filter("from", "日（から）", lambda q, v: q.filter(at__gte=_japanese_day(v)), kind="date", hint="R8.11.20"),
            Filter("to", "日（まで）", lambda q, v: q.filter(at__lt=_japanese_day(v) + timedelta(days=1)), kind="date", hint="R8.11.20"),
            Filter("staff", "職員番号", lambda q, v: q.filter(staff_no=v)),
            Filter(
                "atena", "宛名番号", lambda q, v: q.filter(persons__contains=[lists.whole_number(v)]), kind="number"
            ),
            Filter("terminal", "端末", lambda q, v: q.filter(terminal=v)),
            lists.choice("operation", "操作", "operation", OPERATIONS),
            lists.choice("result", "結果", "result", RESULTS),
            Filter("function", "機能", lambda q, v: q.filter(function__startswith=v)),
            Filter("session", "セッション", lambda q, v: q.filter(session=v)),
            Filter("reason", "理由", lambda q, v: q.filter(reason__contains=v)),
            Filter("atleast", "件数（以上）", lambda q, v: q.filter(row_count__gte=lists.whole_number(v)), kind="number"),
        ),
        order=("-at", "-pk"),
        convert=lambda page: [
            AuditRow(
                r, operations.get(r.operation, r.operation), results.get(r.result, r.result), tuple(r.persons[:3]),
                max(0, len(r.persons) - 3), tuple((key, _flat(value)) for key, value in r.detail.items() if value not in ([], {})),
            )
            for r in page
        ],
    )  # fmt: skip
    criteria = {state.filter.name: state.value for state in found.filters if state.value}
    seen(by, "audit.search", operation="search", row_count=len(found.rows), detail={"criteria": criteria})
    return found


def _flat(value: Any) -> str:
    """A detail on one line."""
    if isinstance(value, dict):
        return " ".join(f"{key}={_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(_flat(item) for item in value)
    return str(value)
