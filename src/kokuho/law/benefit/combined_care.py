"""高額介護合算療養費 (法57条の3、施行令29条の4の2・29条の4の3): medical and care burdens of a year together.

Two steps: from 70 first, then everyone. The 500 yen are a gate, not a deduction. Nothing is due where the medical or
the care side of a step is zero. 計算期間 8月1日から7月31日まで, class of the household on 1 July.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kokuho.law.benefit.settings import YearlySettings
from kokuho.law.benefit.sharing import largest, proportional
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step, yen

_ORDER = "国民健康保険法施行令29条の4の2"


class Side(StrEnum):
    """Which scheme a burden belongs to."""

    MEDICAL = "medical"
    CARE = "care"


@dataclass(frozen=True, slots=True)
class YearlyBurden:
    """What a household bore under one payer in the year, in yen, net of 高額療養費・外来年間合算 and
    高額介護サービス費.

    `senior` is the part borne from the month after reaching 70. `junior` is the rest; of medical burdens only the
    units of 21,000 yen or more count (10,500 / 5,250 in the special months).
    """

    payer: str
    side: Side
    senior: int
    junior: int


@dataclass(frozen=True, slots=True)
class PayerShare:
    """What one payer pays: 70歳以上の段階 and 全体の段階 (yen)."""

    payer: str
    side: Side
    step_1: int
    step_2: int

    @property
    def total(self) -> int:
        """Both steps."""
        return self.step_1 + self.step_2


@dataclass(frozen=True, slots=True)
class CombinedCare:
    """`step_1`, `step_2`: what all payers pay in each step (yen); `shares` by payer in the order given."""

    limit_over_70: int | None
    limit_all: int
    step_1: int
    step_2: int
    shares: tuple[PayerShare, ...]
    steps: tuple[Step, ...]

    @property
    def total(self) -> int:
        """All payers together."""
        return self.step_1 + self.step_2


def combined_care(
    burdens: Sequence[YearlyBurden],
    *,
    year_start: int,
    class_under_70: str,
    class_70_plus: str | None,
    settings: YearlySettings,
    several_care_users: bool = False,
) -> CombinedCare:
    """高額介護合算療養費 for the 計算期間 that begins in August of `year_start`.

    `several_care_users`: a 低所得I household with more than one user of care services; the care side then counts its
    own, higher limit for its share. Raises `LawError` ``no_parameters``, ``unknown_class``, ``missing_key``.
    """
    known = table("benefit-limits")
    row = known.at("combined_care", Month(year_start, 8).first)
    gate = int(known.at("combined_care_gate", Month(year_start, 8).first).value)
    limit_all = _class_limit(row.value["under_70"], class_under_70, "class_under_70")
    steps: list[Step] = []
    seniors = [item.senior for item in burdens]
    limit_over_70: int | None = None
    first = 0
    care_first: int | None = None
    if any(seniors):
        if class_70_plus is None:
            raise LawError("missing_key", "class_70_plus", "70歳以上の所得区分がありません。")
        limit_over_70 = _class_limit(row.value["over_70"], class_70_plus, "class_70_plus")
        first = _excess("70歳以上", burdens, seniors, sum(seniors), limit_over_70, gate, row.article, steps)
        if class_70_plus == "低所得I" and several_care_users and first:
            higher = settings.care_limit_low_income_1_several_users
            care_first = _excess("70歳以上・介護側", burdens, seniors, sum(seniors), higher, gate, row.article, steps)
    # 支給総額 of the 70+ step, by which the whole-household step is reduced, never uses the care side's own limit.
    before_care = _shares(first, burdens, seniors, settings, None)
    first_shares = _shares(first, burdens, seniors, settings, care_first)
    rest = [item.senior + item.junior - paid for item, paid in zip(burdens, before_care, strict=True)]
    whole = [item.senior + item.junior for item in burdens]
    second = _excess("世帯全体", burdens, whole, sum(rest), limit_all, gate, row.article, steps)
    second_shares = _shares(second, burdens, rest, settings, None)
    shares = tuple(
        PayerShare(item.payer, item.side, one, two)
        for item, one, two in zip(burdens, first_shares, second_shares, strict=True)
    )
    for share in shares:
        steps.append(
            Step(
                f"支給額（{share.payer}）",
                f"70歳以上 {yen(share.step_1)}＋世帯全体 {yen(share.step_2)}",
                share.total,
                _ORDER,
            )
        )
    return CombinedCare(limit_over_70, limit_all, sum(first_shares), second, shares, tuple(steps))


def _class_limit(limits: dict[str, int], income_class: str, path: str) -> int:
    if income_class not in limits:
        raise LawError("unknown_class", path, f"所得区分 {income_class} の介護合算算定基準額は登録されていません。")
    return limits[income_class]


def _excess(
    label: str,
    burdens: Sequence[YearlyBurden],
    counted: Sequence[int],
    total: int,
    limit: int,
    gate: int,
    article: str,
    steps: list[Step],
) -> int:
    medical = sum(amount for item, amount in zip(burdens, counted, strict=True) if item.side is Side.MEDICAL)
    care = sum(amount for item, amount in zip(burdens, counted, strict=True) if item.side is Side.CARE)
    if medical == 0 or care == 0:
        zero = "医療" if medical == 0 else "介護"
        steps.append(Step(f"{label}の合算額", f"{zero}の負担が0円なので支給しない", 0, f"{_ORDER}ただし書"))
        return 0
    excess = total - limit
    if excess <= gate:
        steps.append(Step(f"{label}の合算額", f"{yen(total)}－{yen(limit)}（超える額が {yen(gate)} 以下）", 0, article))
        return 0
    steps.append(Step(f"{label}の合算額", f"{yen(total)}－{yen(limit)}", excess, article))
    return excess


def _shares(
    total: int,
    burdens: Sequence[YearlyBurden],
    weights: Sequence[int],
    settings: YearlySettings,
    care_total: int | None,
) -> list[int]:
    """Each payer's share; where the care side has its own total, it shares that one instead."""
    if total == 0:
        return [0] * len(burdens)
    care = [index for index, item in enumerate(burdens) if item.side is Side.CARE and weights[index] > 0]
    to_care = settings.share_remainder == "base_insurer" and bool(care)
    carrier = care[0] if to_care else largest(weights)
    shares = proportional(total, weights, carrier)
    if care_total is not None:
        reduced = proportional(care_total, weights, carrier)
        for index in care:
            shares[index] = reduced[index]
    return shares
