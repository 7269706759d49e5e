"""総所得金額等 by kind, as the tax office knows it, put together into the `Income` of the levy.

Left out by law: 退職所得 levied apart (分離一時金), withheld incomes that were not declared, 障害・遺族年金 and benefits of
the employment insurance. Each amount is after 損益通算 as far as it was done within its kind by the tax office.
"""

from __future__ import annotations

from typing import NamedTuple

from kokuho.law.premium.household import Income

SPECIAL_DEDUCTION_OF_GAINS = 500_000  # 所得税法33条4項・34条3項, each


class IncomeKinds(NamedTuple):
    """Incomes of one person of the year before, in yen. Only `business`, `real_estate` may be negative."""

    salary_receipts: int = 0
    pension_receipts: int = 0
    salary_income: int | None = None  # 給与所得 as the tax office has it
    pension_income: int | None = None
    interest: int = 0  # 利子 (総合)
    dividends: int = 0  # 配当 (総合)
    business: int = 0  # 営業等・農業
    real_estate: int = 0
    miscellaneous: int = 0  # 雑 other than pensions
    short_gain: int = 0  # 総合短期譲渡: gain before the special deduction
    long_gain: int = 0  # 総合長期譲渡: gain before the special deduction and halving
    occasional: int = 0  # 一時: gain before the special deduction and halving
    forest: int = 0  # 山林所得
    land_business: int = 0  # 土地等に係る事業・雑
    short_land_gain: int = 0  # 分離短期譲渡: gain before its special deduction
    long_land_gain: int = 0  # 分離長期譲渡: gain before its special deduction
    land_special_deduction: int = 0  # 譲渡所得の特別控除 (収用5,000万円・居住用3,000万円 and others)
    unlisted_shares: int = 0
    listed_shares: int = 0  # declared gains of listed shares
    listed_dividends: int = 0  # declared for 分離課税
    futures: int = 0
    treaty: int = 0  # 特例適用・条約適用の利子配当
    net_loss_carryover: int = 0  # 純損失の繰越控除
    casualty_carryover: int = 0  # 雑損失の繰越控除
    listed_loss_carryover: int = 0
    futures_loss_carryover: int = 0
    family_wages: int = 0
    family_wages_paid: int = 0
    child_adjustment: bool = False


def compose(kinds: IncomeKinds) -> Income:
    """The levy's `Income`: long-term gains and 一時所得 halved after 50万円, losses carried over within their kinds.

    The special deduction of land stays known, for 軽減判定 adds it back; losses of listed shares and futures lower only
    their own kinds and count in both incomes.
    """
    left = SPECIAL_DEDUCTION_OF_GAINS
    short = max(0, kinds.short_gain - left)
    left -= min(left, max(0, kinds.short_gain))
    long = max(0, kinds.long_gain - left)
    occasional = max(0, kinds.occasional - SPECIAL_DEDUCTION_OF_GAINS)
    other = (
        kinds.interest + kinds.dividends + kinds.business + kinds.real_estate + kinds.miscellaneous
        + short + long // 2 + occasional // 2
    )  # fmt: skip
    gain = max(0, kinds.short_land_gain) + max(0, kinds.long_land_gain)
    special = min(gain, kinds.land_special_deduction)
    listed = kinds.listed_shares + kinds.listed_dividends
    separate = (
        kinds.forest + kinds.land_business + gain - special + kinds.unlisted_shares
        + max(0, listed - kinds.listed_loss_carryover) + max(0, kinds.futures - kinds.futures_loss_carryover)
        + kinds.treaty
    )  # fmt: skip
    return Income(
        kinds.salary_receipts, kinds.pension_receipts, other, kinds.salary_income, kinds.pension_income, separate,
        special, kinds.net_loss_carryover, kinds.casualty_carryover, kinds.family_wages, kinds.family_wages_paid,
        kinds.child_adjustment,
    )  # fmt: skip
