"""多数回該当: counting the months with 高額療養費 within twelve months, over the municipalities of a prefecture.

施行令29条の3第1項: 当該療養のあつた月以前の12月以内に既に支給された月数が3月以上. Months are counted by treatment
month and by household.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from kokuho.law.benefit.high_cost import HouseholdMonth, MonthResult, high_cost
from kokuho.law.eligibility.months import Month
from kokuho.law.steps import Step

_ARTICLE = "国民健康保険法施行令29条の3第1項ただし書"


class Continuity(StrEnum):
    """Whether a household keeps its count after a change (世帯の継続性)."""

    CONTINUES = "continues"
    RESETS = "resets"
    DECIDE = "decide"
    """The municipality decides: 世帯主の変更 within the same household."""


@dataclass(frozen=True, slots=True)
class HouseholdChange:
    """A change of a household as continuity sees it."""

    same_prefecture: bool
    head_same: bool
    split_or_merged: bool
    head_changed_by_death_or_age: bool = False


def continuity(change: HouseholdChange) -> Continuity:
    """世帯の継続性: whether the count of months goes on (国の参考基準).

    Out of the prefecture: from zero. Same head: goes on, also after 世帯分離・合併 for the household that keeps the
    head. A new head within the same household because of death or age: for the municipality to decide. Otherwise from
    zero.
    """
    if not change.same_prefecture:
        return Continuity.RESETS
    if change.head_same:
        return Continuity.CONTINUES
    if change.head_changed_by_death_or_age and not change.split_or_merged:
        return Continuity.DECIDE
    return Continuity.RESETS


def multiple_count(counted: Iterable[Month], month: Month) -> int:
    """Months that count before `month` within its twelve months: from eleven months before to the month before.

    `counted` are the treatment months with 高額療養費 of 第1項 to 第4項, those carried over from other municipalities
    of the prefecture included.
    """
    first = month.plus(-11)
    return len({item for item in counted if first <= item < month})


def is_multiple(counted: Iterable[Month], month: Month) -> bool:
    """多数回該当: three months or more already."""
    return multiple_count(counted, month) >= 3


def multiple_step(counted: Iterable[Month], month: Month) -> Step:
    """The step that shows the count."""
    months = sorted({item for item in counted if month.plus(-11) <= item < month})
    text = "、".join(str(item) for item in months) or "なし"
    return Step(
        "多数回該当の判定",
        f"{month.plus(-11)} から {month} までの支給済みの月: {text}",
        "該当" if len(months) >= 3 else "該当しない",
        _ARTICLE,
    )


def recompute_window(changed: Month) -> tuple[Month, Month]:
    """The months to work out again when claims of a month change: the month itself and the eleven after it."""
    return changed, changed.plus(11)


def judge_chain(
    cases: Sequence[HouseholdMonth], carried_over: Iterable[Month] = ()
) -> list[tuple[HouseholdMonth, MonthResult]]:
    """Judge a household's months in order of time, each with the 多数回 that its predecessors give.

    `carried_over` are months counted elsewhere or before. The `multiple` of the cases is set by the count, so that a
    late claim changes the later months as the law has it.
    """
    counted = set(carried_over)
    judged = []
    for case in sorted(cases, key=lambda item: item.month):
        fixed = replace(case, multiple=is_multiple(counted, case.month))
        result = high_cost(fixed)
        result.steps.insert(0, multiple_step(counted, case.month))
        if result.counts_for_multiple:
            counted.add(case.month)
        judged.append((fixed, result))
    return judged
