"""一部負担金の割合 (法42条、施行令27条の2): by age, and the judgement of 現役並み所得 for 70 to 74."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from kokuho.law.benefit.settings import ClassSettings
from kokuho.law.eligibility.ages import is_senior, preschool_end
from kokuho.law.eligibility.months import Month, august_year
from kokuho.law.parameters import table
from kokuho.law.shape import parse_rate, percent
from kokuho.law.steps import Step, yen

_ORDER = "国民健康保険法施行令27条の2"


@dataclass(frozen=True, slots=True)
class SeniorIncome:
    """What one insured person in or after the month after reaching 70 brings to the judgement
    (前年、1月から7月までは前々年).

    `taxable` 課税所得 (総所得金額等－所得控除), `receipts` 収入金額 of every income but 退職, `base` 基準所得額
    (旧ただし書所得); yen. For the one who was 世帯主 on 31 December: `dependants_under_16` and `dependants_16_to_18`
    insured in the same household with 合計所得 of 380,000 yen or less.
    """

    taxable: int
    receipts: int
    base: int
    dependants_under_16: int = 0
    dependants_16_to_18: int = 0


class Exemption(StrEnum):
    """Why a household over the income is not 現役並み (施行令27条の2第3項)."""

    RECEIPTS_SEVERAL = "receipts_several"
    RECEIPTS_SINGLE = "receipts_single"
    RECEIPTS_WITH_ELDERLY = "receipts_with_elderly"
    BASE_INCOME = "base_income"


@dataclass(frozen=True, slots=True)
class ActiveJudgement:
    """Whether a household's 70+ members pay 3割, their class, and why.

    `income_class` is ``現役並みIII``, ``現役並みII``, ``現役並みI`` or None. `application_needed` says that the
    exemption by receipts waits for a 基準収入額適用申請.
    """

    active: bool
    income_class: str | None
    exemption: Exemption | None
    application_needed: bool
    highest_income: int
    steps: tuple[Step, ...]


def judge_active(
    seniors: Sequence[SeniorIncome],
    month: Month,
    settings: ClassSettings,
    *,
    former_insured_receipts: Sequence[int] = (),
    applied: bool = False,
) -> ActiveJudgement:
    """現役並み所得の判定 of the insured persons of one household who are past the month of 70.

    `former_insured_receipts`: 収入 of each 特定同一世帯所属者, for the household with a single such insured person.
    `applied`: a 基準収入額適用申請 was made. The order of the tests follows the text; under (未満) and up to (以下) as
    written.
    """
    income = table("benefit-income")
    day = month.first
    limit = income.at("active_income", day)
    deduction = income.at("young_dependant_deduction", day).value
    incomes = [
        max(
            0,
            item.taxable
            - item.dependants_under_16 * deduction["under_16"]
            - item.dependants_16_to_18 * deduction["from_16_to_18"],
        )
        for item in seniors
    ]
    highest = max(incomes, default=0)
    steps = [
        Step(
            "課税所得（世帯の70歳以上で最も高い人）",
            "、".join(yen(item) for item in incomes),
            highest,
            f"{_ORDER}第1項",
        )
    ]
    if highest < limit.value:
        steps.append(Step("現役並み所得の判定", f"{yen(highest)} ＜ {yen(limit.value)}", "2割", limit.article))
        return ActiveJudgement(False, None, None, False, highest, tuple(steps))
    exemption = _exemption(seniors, former_insured_receipts, day, steps)
    by_receipts = exemption is not None and exemption is not Exemption.BASE_INCOME
    waits = by_receipts and not (applied or settings.receipts_confirmed_by_municipality)
    if exemption is not None and not waits:
        steps.append(Step("現役並み所得の判定", "除外の要件に該当", "2割", f"{_ORDER}第3項"))
        return ActiveJudgement(False, None, exemption, False, highest, tuple(steps))
    bounds = income.at("active_class_bounds", max(day, date(2018, 8, 1)))
    if highest >= bounds.value["III"]:
        name = "現役並みIII"
    elif highest >= bounds.value["II"]:
        name = "現役並みII"
    else:
        name = "現役並みI"
    note = "（基準収入額適用の申請があれば2割）" if waits else ""
    steps.append(
        Step("現役並み所得の判定", f"{yen(highest)} ≧ {yen(limit.value)}{note}", f"3割・{name}", bounds.article)
    )
    return ActiveJudgement(True, name, exemption if waits else None, waits, highest, tuple(steps))


def _exemption(
    seniors: Sequence[SeniorIncome], former: Sequence[int], day: date, steps: list[Step]
) -> Exemption | None:
    income = table("benefit-income")
    receipts_limit = income.at("receipts_limit", day)
    base_limit = income.at("active_base_income_limit", day)
    base = sum(item.base for item in seniors)
    steps.append(
        Step("基準所得額の合計", f"{yen(base)} と {yen(base_limit.value)}（以下なら除外）", base, base_limit.article)
    )
    if base <= base_limit.value:
        return Exemption.BASE_INCOME
    receipts = sum(item.receipts for item in seniors)
    single = len(seniors) == 1
    bound = receipts_limit.value["single" if single else "several"]
    steps.append(
        Step("収入の合計", f"{yen(receipts)} と {yen(bound)}（未満なら除外）", receipts, receipts_limit.article)
    )
    if receipts < bound:
        return Exemption.RECEIPTS_SINGLE if single else Exemption.RECEIPTS_SEVERAL
    if single and former:
        together = receipts + sum(former)
        several = receipts_limit.value["several"]
        steps.append(
            Step(
                "特定同一世帯所属者を含む収入",
                f"{yen(together)} と {yen(several)}（未満なら除外）",
                together,
                f"{_ORDER}第3項2号",
            )
        )
        if together < several:
            return Exemption.RECEIPTS_WITH_ELDERLY
    return None


def copayment_ratio(
    birth_date: date, on: date, *, active: bool = False, ordinance: Fraction | None = None
) -> tuple[Fraction, Step]:
    """一部負担金の割合 of a person on a day of treatment, with the step that says why (法42条1項).

    `active`: 現役並み所得. 2割 up to the 31 March on or after reaching 6; 2割 (3割 if active) from the month after
    reaching 70; 3割 between. Persons born up to 1944-04-01 had 1割 in old months. `ordinance`: a lower ratio by 条例
    (法43条).
    """
    ratio, step = _ratio_by_age(birth_date, on, active)
    if ordinance is not None and ordinance < ratio:
        why = f"条例による軽減（{step.formula}）"
        return ordinance, Step("一部負担金の割合", why, percent(ordinance), "国民健康保険法43条")
    return ratio, step


def _ratio_by_age(birth_date: date, on: date, active: bool) -> tuple[Fraction, Step]:
    income = table("benefit-income")
    row = income.at("copayment_ratio", on)
    ratios = row.value
    month = Month.of(on)
    if on <= preschool_end(birth_date):
        return _ratio(
            ratios["preschool"], f"{preschool_end(birth_date)} まで（6歳に達する日以後の最初の3月31日以前）", "2号"
        )
    if not is_senior(birth_date, month):
        return _ratio(ratios["standard"], "就学後から70歳到達月まで", "1号")
    if active:
        return _ratio(ratios["senior_active"], "70歳到達月の翌月以後・現役並み所得", "4号")
    frozen_until = income.history("frozen_ratio_born_until")[0]
    if birth_date <= date.fromisoformat(frozen_until.value):
        return _ratio(ratios["senior_frozen"], "昭和19年4月1日以前の生まれ（特例措置）", "3号")
    return _ratio(ratios["senior"], "70歳到達月の翌月以後", "3号")


def _ratio(text: str, why: str, item: str) -> tuple[Fraction, Step]:
    rate = parse_rate(text)
    return rate, Step("一部負担金の割合", why, percent(rate), f"国民健康保険法42条1項{item}")


def insured_share(cost: int, ratio: Fraction) -> int:
    """一部負担金 of a cost in yen: what is left after the insurer's part, which is cut to the yen."""
    return cost - int(cost * (1 - ratio))


def window_amount(share: int, on: date) -> int:
    """窓口で払う一部負担金: rounded to 10 yen, under 5 down, 5 and over up (法42条の2)."""
    unit = int(table("benefit-income").at("window_rounding", on).value)
    return (share + unit // 2) // unit * unit


class ChangeCause(StrEnum):
    """What made a ratio or a class be judged anew."""

    ANNUAL = "annual"
    HOUSEHOLD_CHANGE = "household_change"
    NEW_HOUSEHOLD = "new_household"
    INCOME_CHANGE = "income_change"


def change_effective(cause: ChangeCause, event: date, settings: ClassSettings, *, increases: bool) -> date:
    """From which day a new ratio or class holds.

    Yearly judgement: 1 August. Household change: the 1st of the next month (on the 1st itself: that day); a new
    household: the day. Corrected income: back to 1 August of the judgement year, an increase by the setting
    `ratio_increase_on_income_change`.
    """
    month = Month.of(event)
    august = date(august_year(month), 8, 1)
    if cause is ChangeCause.ANNUAL:
        return august
    if cause is ChangeCause.NEW_HOUSEHOLD:
        return event
    if cause is ChangeCause.HOUSEHOLD_CHANGE:
        same = event.day == 1 or settings.ratio_change_on_household_change == "same_month"
        return month.first if same else month.plus(1).first
    if increases and settings.ratio_increase_on_income_change == "next_month":
        return month.plus(1).first
    return august
