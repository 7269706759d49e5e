"""更正: the difference of two computations, what it does to instalments and receipts, until when it is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.periods import ONE_DAY, last_day_of_years
from kokuho.law.premium.ordinance import COMPONENT_NAMES, COMPONENTS
from kokuho.law.premium.result import Assessment
from kokuho.law.steps import Step, yen


class Difference(NamedTuple):
    """What a new computation changes. Yen, positive for an increase."""

    components: tuple[tuple[int, int], ...]  # (component code, difference), those that change
    total: int
    reduction: tuple[int, int]  # class before and after


def difference(before: Assessment, after: Assessment) -> Difference:
    """New less old, by component and in total. `before` is the levy last issued for the same household and year."""
    old = {part.code: part.amount for part in before.components}
    new = {part.code: part.amount for part in after.components}
    changed = tuple(
        (code, new.get(code, 0) - old.get(code, 0))
        for code in sorted(old.keys() | new.keys())
        if new.get(code, 0) != old.get(code, 0)
    )
    return Difference(changed, after.total - before.total, (before.reduction, after.reduction))


def explain_difference(before: Assessment, after: Assessment, authority: str) -> list[Step]:
    """The difference as steps, for the notice of 更正. A decrease stands with a minus sign."""
    found = difference(before, after)
    old = {part.code: part.amount for part in before.components}
    new = {part.code: part.amount for part in after.components}
    steps = [
        Step(
            f"{COMPONENT_NAMES[COMPONENTS[code]]}の増減",
            f"更正後 {yen(new.get(code, 0))} − 更正前 {yen(old.get(code, 0))}",
            change,
            authority,
        )
        for code, change in found.components
    ]
    word = "増額" if found.total > 0 else "減額" if found.total < 0 else "増減なし"
    formula = f"更正後 {yen(after.total)} − 更正前 {yen(before.total)}"
    return [*steps, Step(f"年額の{word}", formula, found.total, authority)]


class Settlement(NamedTuple):
    """One instalment after a correction. Yen: what the correction adds, what is now overpaid, what is still to pay."""

    added: int
    overpaid: int
    unpaid: int


def settle(old: Sequence[int], new: Sequence[int], paid: Sequence[int]) -> list[Settlement]:
    """Compare the instalments before and after with what was paid on each (same length).

    Over all instalments, unpaid − overpaid = new − paid: nothing is lost between charge and refund.
    """
    if not len(old) == len(new) == len(paid):
        raise LawError("length", "paid", "期別の数が合いません。")
    return [
        Settlement(after - before, max(0, received - after), max(0, after - received))
        for before, after, received in zip(old, new, paid, strict=True)
    ]


def first_open(due_dates: Sequence[date], notified: date, days: int = 10) -> int:
    """Index of the first instalment whose due date leaves `days` after the notice (地方税法13条: ten days before).

    ``len(due_dates)`` when none does: the correction then needs an instalment of its own (随時期).
    """
    earliest = notified + timedelta(days=days)
    return next((index for index, due in enumerate(due_dates) if due >= earliest), len(due_dates))


class Kind(StrEnum):
    """What is to be decided; the limits differ for 税."""

    INCREASE = "increase"
    DECREASE = "decrease"
    FRAUD = "fraud"  # 偽りその他不正の行為による


def first_forbidden_day(levy_kind: str, first_due: date, kind: Kind, became_leviable: date | None = None) -> date:
    """The day from which a year's levy may no longer be decided or corrected (期間制限).

    料 (国民健康保険法110条の2): two years from the day after the year's first due date, both ways. 税
    (地方税法17条の5): three years for an increase, five for a decrease, seven for fraud. `became_leviable`: a levy that
    only became possible after the first due date counts from that day instead. Due 2022-06-30 → 2024-07-01.
    """
    if levy_kind not in ("premium", "tax"):
        raise LawError("not_allowed", "levy_kind", "premium・tax のいずれかでなければなりません。")
    years: dict[str, int] = table("collection").at(f"assessment_years_{levy_kind}", first_due).value
    start = first_due + ONE_DAY
    if became_leviable is not None and became_leviable > start:
        start = became_leviable
    return last_day_of_years(start, years[kind.value]) + ONE_DAY


def may_decide(
    levy_kind: str,
    first_due: date,
    kind: Kind,
    on: date,
    became_leviable: date | None = None,
    employee_insurance: bool = False,
) -> bool:
    """Whether a decision of this kind may still be made `on` a day.

    `employee_insurance`: a decrease of 料 that settles a double cover with employees' insurance for which the insured
    is not to blame may be made beyond the two years (国民健康保険法110条の2); the refund still lapses after five.
    """
    if employee_insurance and levy_kind == "premium" and kind is Kind.DECREASE:
        return on < last_day_of_years(first_due + ONE_DAY, 5) + ONE_DAY
    return on < first_forbidden_day(levy_kind, first_due, kind, became_leviable)
