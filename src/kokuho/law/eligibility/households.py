"""国保の世帯: 擬制世帯主, 特定同一世帯所属者, 特定世帯, 記号番号と枝番."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step


@dataclass(frozen=True, slots=True)
class Membership:
    """Belonging to one household under one head, `start` included, `end` excluded; None = still there."""

    household: str
    start: date
    end: date | None = None
    head: str = ""

    def covers(self, day: date) -> bool:
        """Whether the person belongs to the household on a day."""
        return self.start <= day and (self.end is None or day < self.end)


def is_nominal_head(*, is_head: bool, insured: bool) -> bool:
    """擬制世帯主: 世帯主 who is not insured himself. Owes the notices and the premium and receives the benefits
    (法9条・57条).
    """
    return is_head and not insured


def may_change_head(*, nominal_head_agrees: bool, new_head_insured: bool, arrears: bool, trusted_to_pay: bool) -> bool:
    """国保世帯主の変更: whether an insured person may be recognised instead of the 擬制世帯主 (保発第291号
    2001-12-25).
    """
    return nominal_head_agrees and new_head_insured and not arrears and trusted_to_pay


def former_insured_household(
    moved_on: date, memberships: Sequence[Membership], on: date, *, head_change_ends: bool
) -> str | None:
    """特定同一世帯所属者: the household in which a person who went to 後期 still counts on a day, None when not.

    `moved_on` is the day on which 法6条8号 came to apply, which is the day before the 喪失日 of the text
    (75歳の誕生日): the person must have belonged to the same household without a break since then
    (施行令29条の7第2項8号イ). `head_change_ends` is the setting `former_insured_ends_on_head_change`.
    """
    if on <= moved_on:
        return None
    start = next((item for item in memberships if item.covers(moved_on)), None)
    if start is None:
        return None
    end = start.end
    while end is not None and end <= on:
        following = next(
            (item for item in memberships if item.start == end and _same(item, start, head_change_ends)), None
        )
        if following is None:
            return None
        end = following.end
    return start.household


def _same(one: Membership, other: Membership, head_change_ends: bool) -> bool:
    return one.household == other.household and (one.head == other.head or not head_change_ends)


@dataclass(frozen=True, slots=True)
class SpecificHousehold:
    """特定世帯 (平等割2分の1) and 特定継続世帯 (平等割4分の3): first and last month of each."""

    specific: tuple[Month, Month]
    continuing: tuple[Month, Month]
    steps: tuple[Step, ...]


def specific_household(moved_on: date) -> SpecificHousehold:
    """The months in which a household left with one insured person counts as 特定世帯 and then 特定継続世帯.

    Counted from 特定月, the month of the day before the 喪失日 of the one who went to 後期, which is `moved_on`
    (75歳の誕生日): to the end of the 5th year, then of the 8th.
    """
    row = table("eligibility-statuses").at("specific_household_years", moved_on)
    first = Month.of(moved_on)
    specific_last = first.plus(row.value["specific"] * 12 - 1)
    continuing_last = specific_last.plus(row.value["continuing"] * 12)
    steps = (
        Step("特定世帯の期間", f"{first} から{row.value['specific']}年", f"{first}〜{specific_last}", row.article),
        Step(
            "特定継続世帯の期間",
            f"その後{row.value['continuing']}年",
            f"{specific_last.plus(1)}〜{continuing_last}",
            row.article,
        ),
    )
    return SpecificHousehold((first, specific_last), (specific_last.plus(1), continuing_last), steps)


def next_branch_number(used: Iterable[str]) -> str:
    """枝番: the next free two-digit number of a 記号番号. A number once given stays with its person and is not given
    again.

    Raises `LawError` ``branch_numbers_exhausted`` after 99.
    """
    highest = max((int(number) for number in used), default=0)
    if highest >= 99:
        raise LawError("branch_numbers_exhausted", "branch", "枝番が99まで使われています。新しい記号番号が要ります。")
    return f"{highest + 1:02d}"


def needs_new_symbol_number(*, old_household: str, new_household: str, new_household_symbol: str | None) -> bool:
    """Whether a person who changes household needs a new 記号番号: a split-off household without one of its own.

    Within an existing household the person takes its 記号番号 and a new 枝番; the old pair stays in the history.
    """
    return old_household != new_household and new_household_symbol is None
