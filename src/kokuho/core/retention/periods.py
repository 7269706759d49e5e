"""When a record may be erased at the earliest. Pure date arithmetic; knows no database.

A fiscal year (年度) runs from 1 April to 31 March. N fiscal years are full years kept *after* the one of the start event:
a record of 年度 Y may go from 1 April of Y + N + 1 (「現年度を含みk年間」 is N = k − 1). Years and days by date run from the
day of the record: it may go on the day after the same date N years later, or N days later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from kokuho.core.coded import CodedError

Unit = Literal["fiscal_years", "years", "days", "none"]


class KeepError(CodedError):
    """A step of keeping or erasing is refused. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long a kind of record is kept. `none`: without limit."""

    unit: Unit
    after: int = 0

    def __post_init__(self) -> None:
        if self.unit not in ("fiscal_years", "years", "days", "none") or self.after < 0:
            raise ValueError(f"unknown period {self.unit} {self.after}")


@dataclass(frozen=True, slots=True)
class Held:
    """A hold (保留): from `set_on` until `lifted_on`; None while it stands."""

    set_on: date
    lifted_on: date | None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """`on`: the first day on which the record may be erased; None with the reason when there is none."""

    on: date | None
    why: str = ""


def fiscal_year(on: date) -> int:
    """The 年度 of a day."""
    return on.year if on.month >= 4 else on.year - 1


def end_of_period(period: Period, start: date) -> date:
    """The first day after the period that began with a start event. Raises ValueError for a period without limit."""
    if period.unit == "fiscal_years":
        return date(fiscal_year(start) + period.after + 1, 4, 1)
    if period.unit == "years":
        # 29 February has no like in most years: the period is then full at the end of 28 February.
        try:
            return start.replace(year=start.year + period.after) + timedelta(days=1)
        except ValueError:
            return date(start.year + period.after, 3, 1)
    if period.unit == "days":
        return start + timedelta(days=period.after)
    raise ValueError("a period without limit has no end")


def eligible_from(
    period: Period | None, starts: Iterable[date | None], *, open_claim: str = "", holds: Iterable[Held] = ()
) -> Eligibility:
    """The first day of erasure for a record whose start events are `starts` (the latest counts; None did not occur).

    `open_claim` names what is still open (未納, 還付未済, 資格継続中 …): then the period has not begun, or its start was
    undone. A standing hold suspends eligibility; a lifted one puts it off to the day of lifting at the earliest.
    """
    if period is None:
        return Eligibility(None, "規則なし")
    if period.unit == "none":
        return Eligibility(None, "期限なし")
    if open_claim:
        return Eligibility(None, open_claim)
    known = [day for day in starts if day is not None]
    if not known:
        return Eligibility(None, "起算事由なし")
    first = end_of_period(period, max(known))
    for hold in holds:
        if hold.lifted_on is None:
            return Eligibility(None, f"保留中（{hold.kind}）" if hold.kind else "保留中")
        first = max(first, hold.lifted_on)
    return Eligibility(first)


def may_order(mode: str, pressure: str) -> str:
    """Why no erasure may be ordered in a mode (KEEP-02), or an empty string. `pressure` is the recorded mark of 容量圧迫."""
    if mode == "none":
        return "消去を行わない設定です。"
    if mode == "pressure_and_order" and not pressure.strip():
        return "容量圧迫の認定がないため消去できません。認定の理由を記録してから起案してください。"
    if mode not in ("on_order", "scheduled", "pressure_and_order"):
        return f"消去の方式 {mode} はありません。"
    return ""
