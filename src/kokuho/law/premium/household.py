"""What a levy is made of: the household as the office knows it, by month.

Months are bit masks of one fiscal year: bit 0 is April, bit 11 is March of the next calendar year.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

FULL_YEAR = 0xFFF


class Income(NamedTuple):
    """Incomes of one person in the calendar year before the fiscal year, in yen.

    `salary_income` and `pension_income` are the figures of the tax office; left out, they are derived from the
    receipts. `other` is every other part of 総所得金額 (事業, 不動産, 利子, 配当, 雑, 総合譲渡, 一時), after 損益通算
    and after halving, and may be negative. `separate` is 山林所得 and the separately taxed incomes after their special
    deduction (`special_deduction`, which 軽減判定 adds back). `loss_carryover` (純損失, 上場株式等の譲渡損失, 先物)
    is deducted everywhere, `casualty_carryover` (雑損失) only in 軽減判定. `family_wages` is 専従者給与 received and
    part of `salary_receipts`; `family_wages_paid` is what this person's business deducted for its family employees.
    """

    salary_receipts: int = 0
    pension_receipts: int = 0
    other: int = 0
    salary_income: int | None = None
    pension_income: int | None = None
    separate: int = 0
    special_deduction: int = 0
    loss_carryover: int = 0
    casualty_carryover: int = 0
    family_wages: int = 0
    family_wages_paid: int = 0
    child_adjustment: bool = False  # entitled to 所得金額調整控除 (子育て・特別障害者等)
    undeclared: bool = False  # 未申告・所得不明
    total: int | None = None  # 総所得金額等 known as one figure; used instead of the kinds above
    total_is_pension: bool = False
    earner: bool | None = None  # fixes 給与所得者等; None: derived from the receipts


class Special(NamedTuple):
    """What only some members have. Masks are months of the fiscal year."""

    involuntary: int = 0  # 非自発的失業者: months in which the salary counts 30/100
    maternity: int = 0  # 産前産後: months exempted
    former_dependent_income: int = 0  # 旧被扶養者: months without 所得割
    former_dependent_per_capita: int = 0  # 旧被扶養者: months with the relief of 均等割
    counted: bool | None = None  # in the household on the day of judgement; None: insured in its first month
    care: int | None = None  # 介護第2号 months, when the register knows better than the birth date (適用除外施設)


class Member(NamedTuple):
    """One person of the household: an insured, the householder, or a 特定同一世帯所属者.

    Either `birth` or `age` (on 1 April; such a person changes no age status within the year) is given. `months` are the
    months of eligibility before age: the months from the 75th birthday on are cut off by the levy itself.
    """

    id: int | str
    birth: date | None
    head: bool = False
    insured: bool = True
    income: Income | None = None
    months: int = FULL_YEAR
    asset_tax: int = 0
    former_insured: bool = False  # 特定同一世帯所属者
    special: Special | None = None
    age: int | None = None


class Household(NamedTuple):
    """A household of one householder in one fiscal year (two records when the householder changes within the year)."""

    id: int | str
    members: tuple[Member, ...] | list[Member]
    half_months: int = 0  # 特定世帯: months with half 平等割
    three_quarter_months: int = 0  # 特定継続世帯: months with three quarters
    fixed_reduction: int | None = None  # 0, 2, 5, 7: taken as decided instead of judged


def split_at_head_change(household: Household, index: int, new_head: int | str) -> tuple[Household, Household]:
    """The household before and after its householder changes with month `index` (0 April … 11 March).

    The one liable changes with the month of the change: the former householder is levied up to the month before. The
    new household is judged anew as of its first month. The former householder stays a member of it if insured, and is
    left out if not (never insured, moved out or dead: cut that person's months beforehand).
    """
    before_mask, after_mask = (1 << index) - 1, FULL_YEAR & ~((1 << index) - 1)
    before = tuple(member._replace(months=member.months & before_mask) for member in household.members)
    after = tuple(
        member._replace(months=member.months & after_mask, head=member.id == new_head)
        for member in household.members
        if member.id == new_head or member.insured or member.former_insured
    )
    return (
        household._replace(members=before, half_months=household.half_months & before_mask,
                           three_quarter_months=household.three_quarter_months & before_mask),
        household._replace(members=after, half_months=household.half_months & after_mask,
                           three_quarter_months=household.three_quarter_months & after_mask, fixed_reduction=None),
    )  # fmt: skip
