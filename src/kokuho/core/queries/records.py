"""Reads of the operation records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from kokuho.core import dossier, era
from kokuho.core.access import Actor
from kokuho.core.clock import midnight
from kokuho.core.functions import function_codes, function_title
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
    ("rejected", "受付けず"),
    ("replayed", "二重の送信"),
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
    function: str
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
            Filter("function", "機能", lambda q, v: q.filter(Q(function__in=function_codes(v)) | Q(function__startswith=v))),
            Filter("session", "セッション", lambda q, v: q.filter(session=v)),
            Filter("reason", "理由", lambda q, v: q.filter(reason__contains=v)),
            Filter("atleast", "件数（以上）", lambda q, v: q.filter(row_count__gte=lists.whole_number(v)), kind="number"),
        ),
        order=("-at", "-pk"),
        convert=lambda page: [
            AuditRow(
                r, function_title(r.function), operations.get(r.operation, r.operation), results.get(r.result, r.result),
                tuple(r.persons[:3]),
                max(0, len(r.persons) - 3), detail_words(r.detail),
            )
            for r in page
        ],
    )  # fmt: skip
    criteria = {state.filter.name: state.value for state in found.filters if state.value}
    seen(by, "audit.search", operation="search", row_count=len(found.rows), detail={"criteria": criteria})
    return found


DETAILS = {
    "run": "実行", "file": "ファイル", "on": "日", "origin": "出所", "entry": "入力", "code": "符号", "order": "作業指示",
    "extract": "抽出", "type": "種類", "request": "請求", "household": "世帯", "day": "日", "why": "理由", "incident": "事案",
    "fiscal_year": "年度", "approval": "承認", "migration": "移行", "kind": "種類", "first": "最初の通知書番号",
    "criteria": "条件", "since": "から", "until": "まで", "medium": "媒体", "levy": "賦課", "item": "項目",
    "window": "作業時間帯", "terminal": "端末", "system": "接続先", "step": "工程", "status": "特例", "state": "状態",
    "result": "結果", "month": "月", "mark": "印", "inquiry": "照会", "finding": "突合", "difference": "差異",
    "certificates": "証", "certificate": "証", "account": "利用者ID", "table": "表", "task": "仕事", "subject": "対象",
    "layout": "様式", "factor": "手段", "factors": "手段", "kinds": "種別", "decision": "決定", "cause": "事由",
    "candidate": "異動", "baseline": "版", "application": "申請", "year": "年", "write": "書込み", "worker": "従事者",
    "version": "版", "rule": "定め", "review": "再点検", "record": "記録", "receiver": "提供先", "pulled": "引抜", "plan": "案",
    "parts": "一覧", "notices": "通数", "mode": "方式", "method": "方法", "letters": "通数", "hidden": "非表示", "held": "保留",
    "definition": "定義", "contract": "契約", "duty": "事務", "days": "日数", "trial": "試算", "outcome": "処置",
    "counts": "件数", "former_session": "前のセッション", "off_hours": "時間外", "view": "月",
}  # fmt: skip
"""What the parts of a record's detail are called on the screens; a part that has no word here keeps its code."""


def detail_words(detail: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The parts of a detail with their names, empty ones left out."""
    return tuple(
        (DETAILS.get(key, key), era.in_text(_flat([function_title(part) for part in value] if key == "parts" else value)))
        for key, value in detail.items() if value not in ([], {}, "", None)
    )  # fmt: skip


def _flat(value: Any) -> str:
    """A detail on one line."""
    if isinstance(value, dict):
        return " ".join(f"{DETAILS.get(key, key)}＝{_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(_flat(item) for item in value)
    return dossier.value_word(str(value))
