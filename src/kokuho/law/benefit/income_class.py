"""高額療養費の所得区分 (施行令29条の3): five classes under 70, six from 70, for the household on the 1st of a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kokuho.law.benefit.copayment import ActiveJudgement, SeniorIncome, judge_active
from kokuho.law.benefit.settings import ClassSettings
from kokuho.law.eligibility.months import Month, income_year, resident_tax_year
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.shape import parse_rate
from kokuho.law.steps import Step, yen

_ORDER = "国民健康保険法施行令29条の3"


class Role(StrEnum):
    """Place in the household: who counts in which test."""

    INSURED_HEAD = "insured_head"
    NOMINAL_HEAD = "nominal_head"
    """擬制世帯主: counts for 非課税, not for the sum of 基準所得額."""
    INSURED = "insured"
    FORMER_INSURED = "former_insured"
    """特定同一世帯所属者: counts only in 特例対象被保険者等所属世帯特例基準 and 基準収入額."""


@dataclass(frozen=True, slots=True)
class Member:
    """The incomes of one member (yen) in the year that counts, and how the resident tax treats them.

    `total_income` 総所得金額等 (before 基礎控除; salary income counted in full), `combined_income` 合計所得金額 for
    the steps of the 基礎控除 (default: the same). `salary_income` 給与所得, `pension_receipts` 公的年金等の収入,
    `other_income` every other income. `taxed` 市町村民税が課される, `exempted` 条例で免除, `domestic`
    賦課期日に国内に住所. `earner` 給与所得者等. `involuntary` 非自発的失業者 (or up to the first 31 July after).
    `senior` past the month of 70; then `taxable_income` and `receipts` are needed.
    """

    role: Role
    total_income: int
    taxed: bool
    salary_income: int = 0
    pension_receipts: int = 0
    other_income: int = 0
    combined_income: int | None = None
    base_income: int | None = None
    exempted: bool = False
    domestic: bool = True
    declared: bool = True
    earner: bool = False
    involuntary: bool = False
    senior: bool = False
    taxable_income: int = 0
    receipts: int = 0
    dependants_under_16: int = 0
    dependants_16_to_18: int = 0

    @property
    def insured(self) -> bool:
        """被保険者."""
        return self.role in (Role.INSURED_HEAD, Role.INSURED)


@dataclass(frozen=True, slots=True)
class ClassJudgement:
    """The classes of a household in a month; `over_70` None without insured persons past 70. `active` is their
    judgement.
    """

    under_70: str
    over_70: str | None
    active: ActiveJudgement | None
    base_total: int
    steps: tuple[Step, ...]


def basic_deduction(combined_income: int, month: Month) -> int:
    """基礎控除 in yen by 合計所得金額 (地方税法314条の2第2項)."""
    for row in table("benefit-income").at("basic_deduction", month.first).value:
        if row["up_to"] is None or combined_income <= row["up_to"]:
            return int(row["deduction"])
    raise LawError("no_parameters", "combined_income", "基礎控除の段階が登録されていません。")


def reduced_total(member: Member, month: Month) -> int:
    """総所得金額等 with the salary income of 非自発的失業者 counted at 30/100, in yen (施行令29条の3第2項)."""
    if not member.involuntary:
        return member.total_income
    share = parse_rate(table("benefit-income").at("involuntary_salary_share", month.first).value)
    return member.total_income - member.salary_income + int(Fraction(member.salary_income) * share)


def base_income(member: Member, month: Month) -> int:
    """基準所得額 of one person (基礎控除後の総所得金額等), at least 0 yen; taken as given where the tax desk
    states it.
    """
    if member.base_income is not None:
        return member.base_income
    combined = member.total_income if member.combined_income is None else member.combined_income
    return max(0, reduced_total(member, month) - basic_deduction(combined, month))


def income_class(
    members: Sequence[Member], month: Month, settings: ClassSettings, *, applied: bool = False
) -> ClassJudgement:
    """所得区分 of a household as it stands on the 1st of the month.

    Raises `LawError` ``no_head`` without a 世帯主, ``no_insured`` without an insured person, ``no_parameters``. For
    2027-08 and later no income bounds are known.
    """
    _check(members)
    insured = [member for member in members if member.insured]
    base = [base_income(member, month) for member in insured]
    total = sum(base)
    steps = [
        Step(
            f"基準所得額の合計（{income_year(month)}年中）",
            "＋".join(yen(item) for item in base),
            total,
            f"{_ORDER}第2項",
        )
    ]
    untaxed = _untaxed(members, month, steps)
    under = _under_70(members, month, settings, total, untaxed, steps)
    seniors = [member for member in insured if member.senior]
    if not seniors:
        return ClassJudgement(under, None, None, total, tuple(steps))
    active = judge_active(
        [
            SeniorIncome(
                member.taxable_income,
                member.receipts,
                base_income(member, month),
                member.dependants_under_16,
                member.dependants_16_to_18,
            )
            for member in seniors
        ],
        month,
        settings,
        applied=applied,
        former_insured_receipts=[member.receipts for member in members if member.role is Role.FORMER_INSURED],
    )
    steps += active.steps
    over = _over_70(members, month, settings, active, untaxed, steps)
    return ClassJudgement(under, over, active, total, tuple(steps))


def _check(members: Sequence[Member]) -> None:
    heads = [member for member in members if member.role in (Role.INSURED_HEAD, Role.NOMINAL_HEAD)]
    if len(heads) != 1:
        raise LawError("no_head", "members", "世帯主は1人です。")
    if not any(member.insured for member in members):
        raise LawError("no_insured", "members", "被保険者がいません。")


def _counted_for_tax(members: Sequence[Member]) -> list[Member]:
    return [member for member in members if member.role is not Role.FORMER_INSURED]


def _untaxed(members: Sequence[Member], month: Month, steps: list[Step]) -> bool:
    """市町村民税世帯非課税 or, for a household with 非自発的失業者, the special standard
    (施行令29条の3第1項5号・第10項).
    """
    counted = _counted_for_tax(members)
    year = resident_tax_year(month)
    abroad = any(not member.domestic for member in counted)
    free = all(not member.taxed or member.exempted for member in counted) and not abroad
    why = (
        "賦課期日に国内に住所のない人がいる"
        if abroad
        else "世帯主と被保険者の全員が非課税か" + "：" + ("はい" if free else "いいえ")
    )
    steps.append(
        Step(f"市町村民税世帯非課税（{year}年度）", why, "該当" if free else "該当しない", f"{_ORDER}第1項5号")
    )
    if free or not any(member.involuntary for member in members):
        return free
    row = table("benefit-income").at("special_household_standard", month.first)
    earners = sum(member.earner for member in members)
    persons = sum(member.insured or member.role is Role.FORMER_INSURED for member in members)
    bound = row.value["base"] + row.value["per_earner"] * max(0, earners - 1) + row.value["per_person"] * persons
    total = sum(reduced_total(member, month) for member in members)
    met = bool(total <= bound)
    steps.append(
        Step(
            "特例対象被保険者等所属世帯特例基準",
            f"{yen(total)} と {yen(row.value['base'])}＋{yen(row.value['per_earner'])}×{max(0, earners - 1)}"
            f"＋{yen(row.value['per_person'])}×{persons}＝{yen(bound)}",
            "該当" if met else "該当しない",
            row.article,
        )
    )
    return met


def _under_70(
    members: Sequence[Member], month: Month, settings: ClassSettings, total: int, untaxed: bool, steps: list[Step]
) -> str:
    bounds = table("benefit-income").at("class_bounds", month.first)
    undeclared = any(not member.declared for member in _counted_for_tax(members))
    if undeclared:
        name, why = settings.undeclared_under_70, "未申告の人がいる"
    elif untaxed:
        name, why = "オ", "市町村民税世帯非課税"
    elif total > bounds.value["ア"]:
        name, why = "ア", f"{yen(total)} ＞ {yen(bounds.value['ア'])}"
    elif total > bounds.value["イ"]:
        name, why = "イ", f"{yen(bounds.value['イ'])} ＜ {yen(total)} ≦ {yen(bounds.value['ア'])}"
    elif total > bounds.value["ウ"]:
        name, why = "ウ", f"{yen(bounds.value['ウ'])} ＜ {yen(total)} ≦ {yen(bounds.value['イ'])}"
    else:
        name, why = "エ", f"{yen(total)} ≦ {yen(bounds.value['ウ'])}"
    steps.append(Step("70歳未満の所得区分", why, name, bounds.article))
    return name


def _over_70(
    members: Sequence[Member],
    month: Month,
    settings: ClassSettings,
    active: ActiveJudgement,
    untaxed: bool,
    steps: list[Step],
) -> str:
    counted = _counted_for_tax(members)
    if active.income_class is not None:
        name, why = active.income_class, "現役並み所得"
    elif any(not member.declared for member in counted):
        name, why = settings.undeclared_over_70, "未申告の人がいる"
    elif not untaxed:
        name, why = "一般", "課税世帯・現役並みでない"
    elif all(_zero_income(member, month) for member in counted):
        name, why = "低所得I", "世帯主と被保険者の全員の各種所得が0円"
    else:
        name, why = "低所得II", "市町村民税世帯非課税"
    steps.append(Step("70歳以上の所得区分", why, name, f"{_ORDER}第4項"))
    return name


def _zero_income(member: Member, month: Month) -> bool:
    """低所得I: 各種所得 all zero, pensions after the fixed deduction and salary income after a further 100,000 yen."""
    income = table("benefit-income")
    pension = max(0, member.pension_receipts - income.at("low_income_1_pension_deduction", month.first).value)
    salary = max(0, member.salary_income - income.at("salary_deduction_of_zero_tests", month.first).value)
    return pension == 0 and salary == 0 and member.other_income == 0
