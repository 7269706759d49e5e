"""What follows from an entered status: its period, before → after, and the years of the levy it touches. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from kokuho.core import entries, era
from kokuho.core.clock import fiscal_year
from kokuho.desks.eligibility.models import Status
from kokuho.desks.eligibility.statuses.base import Computed, StatusError, StatusKind, Subject
from kokuho.desks.people import municipalities

_OPEN_END = "（終わりなし）"


def compute(kind: StatusKind, about: Subject, values: Mapping[str, str], on: date) -> Computed:
    """The period that follows from the items. Raises `StatusError` for items that are missing or cannot hold."""
    for item in kind.items:
        value = values.get(item.name, "")
        if item.required and not value:
            raise StatusError("STA01", f"{item.label}を入力してください。")
        if value and item.choices and value not in dict(item.choices):
            raise StatusError("STA02", f"{item.label}の選択肢にありません。")
        if value and item.kind == "date":
            try:
                date.fromisoformat(value)
            except ValueError as error:
                raise StatusError("STA02", f"{item.label}を日付として読めません。") from error
    for item in kind.items:
        value = values.get(item.name, "") if item.kind == "municipality" else ""
        if value and (problem := municipalities.municipality_problem(value, on=item.day(values, on))):
            raise StatusError("STA26", f"{item.label}: {problem}")
    found = kind.compute(about, values, on)
    if found.end is not None and found.end <= found.start:
        raise StatusError("STA03", "期間の終わりが始まり以前になります。日付を確かめてください。")
    return found


def levy_years(before: Status | None, after: Computed | None, on: date) -> list[int]:
    """The fiscal years whose levy the change touches, up to the year of the business date."""
    first, last = changed_days(before, after)
    end = fiscal_year(on) if last is None else min(fiscal_year(on), fiscal_year(last))
    return list(range(fiscal_year(first), end + 1))


def changed_days(before: Status | None, after: Computed | None) -> tuple[date, date | None]:
    """First day and the day after the last that differ between two beliefs; None = without an end."""
    periods = [(before.valid.lower, before.valid.upper)] if before else []
    periods += [(after.start, after.end)] if after else []
    if len(periods) == 2 and before is not None and after is not None:
        (start, end), (new_start, new_end) = periods
        if start == new_start and end != new_end:
            ends = [day for day in (end, new_end) if day is not None]
            return min(ends), max(ends) if len(ends) == 2 else None
        if end == new_end and start != new_start:
            return min(start, new_start), max(start, new_start)
    start = min(first for first, _ in periods)
    return start, None if any(last is None for _, last in periods) else max(last for _, last in periods if last)


def words(start: date | None, end: date | None) -> str:
    """令和8年4月1日 〜 令和9年3月31日: a period [start, end) as staff read it, the last day included."""
    last = era.long(end - timedelta(days=1)) if end else _OPEN_END
    return f"{era.long(start) if start else ''} 〜 {last}"


def difference(
    kind: StatusKind, held: Status | None, found: Computed | None, values: Mapping[str, str], on: date
) -> list[entries.Line]:
    """Before → after of a change, the years of the levy it touches, and what follows."""
    entered: Mapping[str, str] = held.detail.get("entered", {}) if held else {}
    before = words(held.valid.lower, held.valid.upper) if held else ""
    after = words(found.start, found.end) if found else "なし"
    rows = [
        entries.Line(
            "期間", before, after, "；".join(found.notes) if found else "この特例はなかったものとして扱います。"
        )
    ]
    for item in kind.items:
        old, new = entered.get(item.name, ""), values.get(item.name, "") if found else ""
        if old or new:
            was = item.shown(old, entered, on) if held else ""
            rows.append(entries.Line(item.label, was, item.shown(new, values, on) if found else "なし"))
    if kind.code in Status.LEVIED:
        years = "、".join(era.fiscal_year(year) for year in levy_years(held, found, on))
        note = "賦課の更正の対象になります。" if years else ""
        rows.append(entries.Line("賦課への影響", "", years or "なし（先の年度の当初賦課で計算します）", note))
    return rows
