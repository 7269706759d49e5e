"""高額療養費算定基準額: the dated tables of limits and how one limit is worked out (施行令29条の3).

The table of a month is chosen by 診療年月, never by the day of payment. Halves and quarters (75歳到達月, 県内転居月)
divide the base, the threshold and the 多数回 amount alike, as the tables of the order itself do.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.parameters import Parameter, table
from kokuho.law.steps import yen

WHOLE = Fraction(1)


def one_percent(excess: int) -> int:
    """1% of the excess over the threshold in yen: 50銭未満切捨て、50銭以上切上げ (施行令29条の3第1項)."""
    return (excess + 50) // 100 if excess > 0 else 0


@dataclass(frozen=True, slots=True)
class Limit:
    """One 算定基準額: `base` yen, plus 1% of the cost above `threshold` where there is one; `multiple` for
    多数回該当.
    """

    base: int
    threshold: int | None
    multiple: int | None = None

    def amount(self, cost: int, *, multiple: bool = False, share: Fraction = WHOLE) -> int:
        """The limit in yen for care that cost `cost` yen (10割); `share` 1, 1/2 or 1/4."""
        if multiple and self.multiple is not None:
            return part(self.multiple, share)
        if self.threshold is None:
            return part(self.base, share)
        return part(self.base, share) + one_percent(cost - part(self.threshold, share))

    def formula(self, cost: int, *, multiple: bool = False, share: Fraction = WHOLE) -> str:
        """The same written out with its figures."""
        if multiple and self.multiple is not None:
            return f"多数回該当 {yen(part(self.multiple, share))}"
        base = yen(part(self.base, share))
        if self.threshold is None:
            return base
        threshold = part(self.threshold, share)
        if cost <= threshold:
            return f"{base}（医療費 {yen(cost)} は {yen(threshold)} 以下）"
        return f"{base}＋（{yen(cost)}－{yen(threshold)}）×1%"


def part(amount: int, share: Fraction) -> int:
    """The amount times 1, 1/2 or 1/4; every amount of the tables divides evenly, anything else is an error of the
    table.
    """
    if share == WHOLE:
        return amount
    divided, rest = divmod(amount * share.numerator, share.denominator)
    if rest:
        raise LawError("uneven_share", "share_of_limit", f"{yen(amount)} は {share} に割り切れません。")
    return divided


@dataclass(frozen=True, slots=True)
class PublicLimits:
    """特定給付対象療養 の1件の限度額 (施行令29条の3第7項): fixed, without class and without 多数回."""

    under_70: Limit
    inpatient_70: Limit
    outpatient_70: Limit

    def of(self, *, senior: bool, inpatient: bool) -> Limit:
        """The one that applies."""
        if not senior:
            return self.under_70
        return self.inpatient_70 if inpatient else self.outpatient_70


@dataclass(frozen=True, slots=True)
class LimitTable:
    """Everything that limits a month: class limits, 外来, 公費, 特定疾病 and the 21,000-yen floor."""

    status: str
    under_70: dict[str, Limit]
    over_70: dict[str, Limit]
    outpatient: dict[str, int | None]
    public: PublicLimits
    floor: int
    specific_standard: int
    specific_dialysis_upper: int
    article_under_70: str
    article_over_70: str
    article_public: str
    certainty: str

    def household_limit(self, income_class: str, path: str = "class_under_70") -> Limit:
        """70歳未満・世帯全体; `LawError` ``unknown_class``."""
        return _known(self.under_70, income_class, path)

    def senior_limit(self, income_class: str, path: str = "class_70_plus") -> Limit:
        """70歳以上の世帯; `LawError` ``unknown_class``."""
        return _known(self.over_70, income_class, path)

    def specific_limit(self, cap: int, half: Fraction) -> int:
        """特定疾病の限度額 for one unit: a full amount of the certificate is halved at 75, a halved one is taken
        as it is.
        """
        return part(cap, half) if cap in (self.specific_standard, self.specific_dialysis_upper) else cap

    def outpatient_limit(self, income_class: str, path: str = "class_70_plus") -> int | None:
        """70歳以上の個人の外来, None for classes without it (現役並み)."""
        _known(self.over_70, income_class, path)
        return self.outpatient[income_class]


def _known(limits: dict[str, Limit], income_class: str, path: str) -> Limit:
    found = limits.get(income_class)
    if found is None:
        raise LawError(
            "unknown_class", path, f"所得区分 {income_class} はこの月の表にありません（{'・'.join(limits)}）。"
        )
    return found


@cache
def limits_for(month: Month, *, planned: bool = False) -> LimitTable:
    """The limits of a treatment month.

    `planned` allows the tables that are only announced for the future (from 2027-08); without it such months have no
    table. Raises `LawError` ``no_parameters``.
    """
    known = table("benefit-limits")
    day = month.first
    use_plan = planned and day >= known.history("planned_under_70")[0].start
    prefix = "planned_" if use_plan else ""
    try:
        under = known.at(f"{prefix}under_70", day)
        over = known.at(f"{prefix}over_70", day)
        public = known.at(f"{prefix}public_expense", day)
    except LawError as error:
        raise LawError(
            error.code,
            "month",
            f"{month} の自己負担限度額は登録されていません（予定の表は planned を true にしたときだけ使えます）。",
        ) from None
    over_classes: dict[str, Any] = over.value["classes"]
    specific = known.at("specific_disease", day).value
    return LimitTable(
        status=under.value["status"],
        under_70={name: _limit(row) for name, row in under.value["classes"].items()},
        over_70={name: _limit(row) for name, row in over_classes.items()},
        outpatient={name: row["outpatient"] for name, row in over_classes.items()},
        public=_public(public),
        floor=known.at("combination_floor", day).value,
        specific_standard=specific["standard"],
        specific_dialysis_upper=specific["dialysis_upper_income"],
        article_under_70=under.article,
        article_over_70=over.article,
        article_public=public.article,
        certainty=under.certainty,
    )


def _limit(row: dict[str, Any]) -> Limit:
    return Limit(row["base"], row["threshold"], row["multiple"])


def _public(row: Parameter) -> PublicLimits:
    value = row.value
    return PublicLimits(
        Limit(value["under_70"]["base"], value["under_70"]["threshold"]),
        Limit(value["inpatient_70"], None),
        Limit(value["outpatient_70"], None),
    )
