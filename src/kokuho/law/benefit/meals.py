"""入院時の食事・生活療養の標準負担額と差額支給 (法52条・52条の2、施行規則26条の3–26条の6の4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.parameters import Parameter, table
from kokuho.law.steps import Step, yen

_FILE = "benefit-grants"
_DIFFERENCE = "国民健康保険法施行規則26条の5"


class MealClass(StrEnum):
    """Who pays which 標準負担額."""

    STANDARD = "standard"
    INTRACTABLE = "intractable"
    """指定難病・小児慢性特定疾病."""
    LONG_PSYCHIATRIC = "long_psychiatric"
    """精神病床に1年を超えて入院 (2016-03-31から継続)."""
    REDUCED = "reduced"
    """オ・低所得II."""
    REDUCED_LONG = "reduced_long"
    """オ・低所得II で長期入院該当."""
    LOW_INCOME_1 = "low_income_1"
    """低所得I."""


def meal_charge(meal_class: MealClass, on: date) -> Parameter:
    """The table of the day; `LawError` ``no_parameters`` when the class has no known amount on it."""
    row = table(_FILE).at("meal_charges", on)
    if meal_class.value not in row.value:
        raise LawError(
            "no_parameters", "class", f"{on} の食事療養の標準負担額（{meal_class.value}）は登録されていません。"
        )
    return row


def meal_class_for(
    *,
    under_70_class: str | None,
    over_70_class: str | None,
    intractable: bool = False,
    long_psychiatric: bool = False,
    long_stay: bool = False,
) -> MealClass:
    """標準負担額の区分 of a person by the class in force and what is certified."""
    if over_70_class == "低所得I":
        return MealClass.LOW_INCOME_1
    if over_70_class == "低所得II" or (over_70_class is None and under_70_class == "オ"):
        return MealClass.REDUCED_LONG if long_stay else MealClass.REDUCED
    if intractable:
        return MealClass.INTRACTABLE
    return MealClass.LONG_PSYCHIATRIC if long_psychiatric else MealClass.STANDARD


@dataclass(frozen=True, slots=True)
class LongStay:
    """長期入院該当: `days` 減額認定の期間の入院日数 in the last twelve months, `reduced_from` the 1st of the month
    after the application, `difference_from` the day from which the difference is paid until then.
    """

    qualifies: bool
    days: int
    reduced_from: date | None
    difference_from: date | None
    steps: tuple[Step, ...]


def long_stay(stays: Iterable[tuple[date, date]], applied_on: date) -> LongStay:
    """Whether the days in hospital under 減額認定 exceed 90 in the twelve months up to the application.

    `stays` are periods in hospital within a 減額認定 (both days included), those under another insurer with proof
    included; days covered twice count once.
    """
    row = table(_FILE).at("long_stay_days", applied_on)
    first = _year_before(applied_on)
    days: set[date] = set()
    for start, end in stays:
        day = max(start, first)
        while day <= min(end, applied_on):
            days.add(day)
            day += timedelta(days=1)
    qualifies = len(days) > row.value
    reduced_from = Month.of(applied_on).plus(1).first if qualifies else None
    step = Step(
        "長期入院該当",
        f"過去12か月の入院 {len(days)}日（{row.value}日を超えるか）",
        reduced_from.isoformat() if reduced_from else "該当しない",
        row.article,
    )
    return LongStay(qualifies, len(days), reduced_from, applied_on if qualifies else None, (step,))


def _year_before(day: date) -> date:
    target = Month.of(day).plus(-12)
    return date(target.year, target.month, min(day.day, target.last.day)) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MealDifference:
    """`difference` to be paid back in yen, `meals` counted."""

    difference: int
    meals: int
    steps: tuple[Step, ...]


def meal_difference(meals_by_month: Mapping[Month, int], paid_class: MealClass, due_class: MealClass) -> MealDifference:
    """標準負担額の差額支給: (paid − due) × meals, month by month, for an unavoidable reason and on application.

    Raises `LawError` ``no_parameters`` for a class without an amount, ``too_many_meals`` above three a day.
    """
    per_day = int(table(_FILE).history("meals_per_day")[0].value)
    steps = []
    total = meals = 0
    for month, count in sorted(meals_by_month.items()):
        if count > per_day * month.last.day:
            raise LawError("too_many_meals", "meals", f"{month} の食事 {count}回は1日{per_day}回を超えます。")
        row = meal_charge(paid_class, month.first)
        meal_charge(due_class, month.first)
        paid, due = row.value[paid_class.value], row.value[due_class.value]
        amount = max(0, paid - due) * count
        steps.append(Step(f"差額（{month}）", f"（{yen(paid)}－{yen(due)}）×{count}回", amount, row.article))
        total, meals = total + amount, meals + count
    steps.append(Step("差額支給額", f"{meals}回分", total, _DIFFERENCE))
    return MealDifference(total, meals, tuple(steps))


def living_charge(kind: str, on: date, meals: int, days: int, *, intractable: bool = False) -> tuple[int, Step]:
    """生活療養の標準負担額 of a stay in yen: food per meal and the room per day (療養病床の65歳以上).

    `kind` is ``standard``, ``standard_2`` (生活療養II), ``reduced`` or ``low_income_1``. Raises `LawError`
    ``no_parameters``.
    """
    row = table(_FILE).at("living_charges", on)
    if kind not in row.value:
        raise LawError("no_parameters", "kind", f"{on} の生活療養の標準負担額（{kind}）は登録されていません。")
    food, room = row.value[kind], row.value["room_intractable" if intractable else "room"]
    total = food * meals + room * days
    return total, Step("生活療養標準負担額", f"{yen(food)}×{meals}食＋{yen(room)}×{days}日", total, row.article)
