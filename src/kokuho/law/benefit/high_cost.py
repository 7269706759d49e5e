"""高額療養費 of one household in one month (施行令29条の2): individual outpatient, 70+ household, whole household.

The steps follow the order of the text, named by its paragraphs: 第6項–第8項 (公費・特定疾病, `units.settle`), 第2項
(75歳到達, 70歳未満), 第5項 (70歳以上の外来, 個人), 第4項 (75歳到達, 70歳以上), 第3項 (70歳以上の世帯), 第1項
(世帯全体). Amounts are yen; no step can exceed what is left to bear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from kokuho.law.benefit.limits import WHOLE, Limit, LimitTable, limits_for, part
from kokuho.law.benefit.units import Burden, Claim, Unit, join_units, settle
from kokuho.law.eligibility.months import Month
from kokuho.law.errors import LawError
from kokuho.law.steps import Step, yen

_HALF = Fraction(1, 2)
_ORDER = "国民健康保険法施行令29条の2"


@dataclass(frozen=True, slots=True)
class HouseholdMonth:
    """The claims of one 国保 household in one treatment month and what decides its limits.

    `multiple` 多数回該当. `share` divides every limit and floor of the household (県内転居月 1/2). `scheme_half`
    halves the limits of public schemes and 特定疾病 of every claim as well (75歳到達 given for the whole household);
    claims marked `turned_75` are halved one by one. `planned` allows tables only announced.
    `seniors_only_household_step` runs the whole household step (第1項) for households in which only 70+ care counts.
    """

    month: Month
    claims: Sequence[Claim]
    class_under_70: str | None = None
    class_70_plus: str | None = None
    multiple: bool = False
    share: Fraction = WHOLE
    scheme_half: bool = False
    planned: bool = False
    seniors_only_household_step: bool = False


@dataclass(slots=True)
class MonthLimits:
    """The limits that were applied, in yen; None where a step had nothing to judge."""

    outpatient: dict[str, int] = field(default_factory=dict)
    turned_75: dict[str, int] = field(default_factory=dict)
    over_70: int | None = None
    household: int | None = None


@dataclass(slots=True)
class MonthResult:
    """高額療養費 of the month by paragraph, in yen.

    `by_person_75_under_70` 第2項, `by_person_outpatient` 第5項, `by_person_75` 第4項, `senior_household` 第3項,
    `whole_household` 第1項. `withheld_household` is what 第1項 would add for a household of 70+ care only when the
    setting does not run it. `public_benefit` 第6項・第7項 and `specific_benefit` 第8項 are settled apart. `in_kind`
    was paid already.
    """

    burdens: tuple[Burden, ...]
    limits: MonthLimits
    in_kind: int
    public_benefit: int
    specific_benefit: int
    by_person_75_under_70: dict[str, int] = field(default_factory=dict)
    by_person_outpatient: dict[str, int] = field(default_factory=dict)
    by_person_75: dict[str, int] = field(default_factory=dict)
    senior_household: int = 0
    whole_household: int = 0
    withheld_household: int = 0
    steps: list[Step] = field(default_factory=list)

    @property
    def outpatient(self) -> int:
        """個人の外来."""
        return sum(self.by_person_outpatient.values())

    @property
    def over_70(self) -> int:
        """70歳以上の世帯 (75歳到達の個人を含む)."""
        return sum(self.by_person_75.values()) + self.senior_household

    @property
    def household(self) -> int:
        """世帯全体 (70歳未満の75歳到達の個人を含む)."""
        return sum(self.by_person_75_under_70.values()) + self.whole_household

    @property
    def total(self) -> int:
        """高額療養費の額: the three steps together."""
        return self.outpatient + self.over_70 + self.household

    @property
    def counts_for_multiple(self) -> bool:
        """Whether the month counts for 多数回該当: paid under 第1項 to 第4項; 外来・公費・特定疾病 alone do not
        count.
        """
        return self.over_70 + self.household > 0


def high_cost(case: HouseholdMonth) -> MonthResult:
    """高額療養費 of a household's month.

    Raises `LawError`: ``no_parameters`` for a month without limits, ``missing_key`` for an income class that is needed
    and not given, ``unknown_class``, ``uneven_share``.
    """
    limits = limits_for(case.month, planned=case.planned)
    burdens = tuple(_settled(unit, case, limits) for unit in join_units(case.claims))
    result = MonthResult(
        burdens,
        MonthLimits(),
        sum(claim.in_kind for claim in case.claims),
        sum(burden.public_benefit for burden in burdens),
        sum(burden.specific_benefit for burden in burdens),
    )
    juniors = [_Eligible.of(burden, limits.floor, case.share) for burden in burdens if not burden.unit.senior]
    juniors = [item for item in juniors if item.amount > 0]
    seniors = [
        _Eligible(burden.unit, burden.ordinary + burden.remaining, burden.ordinary_cost + burden.scheme_cost)
        for burden in burdens
        if burden.unit.senior
    ]
    _turned_75_under_70(case, limits, juniors, result)
    if seniors:
        _outpatient(case, limits, seniors, result)
        _turned_75(case, limits, seniors, result)
        _senior_household(case, limits, seniors, result)
    _whole_household(case, limits, juniors, seniors, result)
    result.steps.append(
        Step(
            "高額療養費",
            f"外来 {yen(result.outpatient)}＋70歳以上 {yen(result.over_70)}＋世帯全体 {yen(result.household)}",
            result.total,
            "国民健康保険法57条の2",
        )
    )
    return result


@dataclass(slots=True)
class _Eligible:
    """What of one unit enters the household steps: yen borne and its 10割 cost."""

    unit: Unit
    amount: int
    cost: int

    @classmethod
    def of(cls, burden: Burden, floor: int, share: Fraction) -> _Eligible:
        """Under 70: the ordinary part and the public part each only from the floor up (21,000円, halved with the
        limits).
        """
        bound = part(floor, share * _HALF if burden.unit.turned_75 else share)
        amount = cost = 0
        if burden.ordinary >= bound:
            amount, cost = burden.ordinary, burden.ordinary_cost
        if burden.gross >= bound and burden.gross > 0:
            amount, cost = amount + burden.remaining, cost + burden.scheme_cost
        return cls(burden.unit, amount, cost)


def _settled(unit: Unit, case: HouseholdMonth, limits: LimitTable) -> Burden:
    half = _HALF if unit.turned_75 or case.scheme_half else WHOLE
    class_limit = None
    if any(item.by_class for item in unit.publics):
        path = "class_70_plus" if unit.senior else "class_under_70"
        class_limit = person_limit(limits, unit.senior, unit.inpatient, _class(case, unit.senior), path)
    return settle(unit, limits, class_limit, half=half)


def person_limit(limits: LimitTable, senior: bool, inpatient: bool, income_class: str, path: str) -> Limit:
    """The limit of a person's class for one unit: from 70 the 外来 limit for outpatient care where there is one.

    It holds at the window (29条の4) and for 特定疾病給付対象療養 (29条の3第8項). `path` names the class in errors.
    """
    if not senior:
        return limits.household_limit(income_class, path)
    outpatient = limits.outpatient_limit(income_class, path)
    if inpatient or outpatient is None:
        return limits.senior_limit(income_class, path)
    return Limit(outpatient, None)


def _class(case: HouseholdMonth, senior: bool) -> str:
    found = case.class_70_plus if senior else case.class_under_70
    if found is None:
        name = "class_70_plus" if senior else "class_under_70"
        raise LawError("missing_key", name, f"{'70歳以上' if senior else '70歳未満'}の所得区分がありません。")
    return found


class _Applied(NamedTuple):
    """A limit as it is held against one step."""

    amount: int
    formula: str
    article: str
    note: str

    @classmethod
    def of(cls, limit: Limit, cost: int, multiple: bool, share: Fraction, article: str) -> _Applied:
        """The limit for care of a cost, with 多数回 and the share of the month."""
        return cls(
            limit.amount(cost, multiple=multiple, share=share),
            limit.formula(cost, multiple=multiple, share=share),
            article,
            "" if share == WHOLE else f"（{share.denominator}分の{share.numerator}）",
        )


def _excess(label: str, paragraph: int, borne: int, limit: _Applied, steps: list[Step]) -> int:
    """What is borne above the limit, written down in two steps."""
    paid = max(0, borne - limit.amount)
    outcome = "" if paid else "（超えない）"
    steps.append(Step(f"{label}の自己負担限度額{limit.note}", limit.formula, limit.amount, limit.article))
    steps.append(
        Step(f"{label}の支給額", f"{yen(borne)}－{yen(limit.amount)}{outcome}", paid, f"{_ORDER}第{paragraph}項")
    )
    return paid


def _turned_75_under_70(
    case: HouseholdMonth, limits: LimitTable, juniors: Sequence[_Eligible], result: MonthResult
) -> None:
    for person in _people(item for item in juniors if item.unit.turned_75):
        own = [item for item in juniors if item.unit.turned_75 and item.unit.person == person]
        limit = limits.household_limit(_class(case, False))
        cost, article = sum(item.cost for item in own), limits.article_under_70
        applied = _Applied.of(limit, cost, case.multiple, case.share * _HALF, article)
        result.limits.turned_75[person] = applied.amount
        result.by_person_75_under_70[person] = _excess(
            f"75歳到達（{person}・70歳未満）", 2, sum(item.amount for item in own), applied, result.steps
        )


def _outpatient(case: HouseholdMonth, limits: LimitTable, seniors: Sequence[_Eligible], result: MonthResult) -> None:
    yearly = limits.outpatient_limit(_class(case, True))
    if yearly is None:
        return
    outpatient = [item for item in seniors if not item.unit.inpatient]
    for person in _people(outpatient):
        own = [item for item in outpatient if item.unit.person == person]
        share = case.share * _HALF if any(item.unit.turned_75 for item in own) else case.share
        applied = _Applied.of(Limit(yearly, None), 0, False, share, limits.article_over_70)
        result.limits.outpatient[person] = applied.amount
        result.by_person_outpatient[person] = _excess(
            f"外来（{person}）", 5, sum(item.amount for item in own), applied, result.steps
        )


def _turned_75(case: HouseholdMonth, limits: LimitTable, seniors: Sequence[_Eligible], result: MonthResult) -> None:
    limit = limits.senior_limit(_class(case, True))
    for person in _people(item for item in seniors if item.unit.turned_75):
        own = [item for item in seniors if item.unit.person == person]
        borne = sum(item.amount for item in own) - result.by_person_outpatient.get(person, 0)
        cost, article = sum(item.cost for item in own), limits.article_over_70
        applied = _Applied.of(limit, cost, case.multiple, case.share * _HALF, article)
        result.limits.turned_75[person] = applied.amount
        result.by_person_75[person] = _excess(f"75歳到達（{person}）", 4, borne, applied, result.steps)


def _senior_household(
    case: HouseholdMonth, limits: LimitTable, seniors: Sequence[_Eligible], result: MonthResult
) -> None:
    limit = limits.senior_limit(_class(case, True))
    cost = sum(item.cost for item in seniors)
    borne = sum(item.amount for item in seniors) - result.outpatient - sum(result.by_person_75.values())
    applied = _Applied.of(limit, cost, case.multiple, case.share, limits.article_over_70)
    result.limits.over_70 = applied.amount
    result.senior_household = _excess("70歳以上の世帯", 3, borne, applied, result.steps)


def _whole_household(
    case: HouseholdMonth,
    limits: LimitTable,
    juniors: Sequence[_Eligible],
    seniors: Sequence[_Eligible],
    result: MonthResult,
) -> None:
    if not juniors and (not seniors or case.class_under_70 is None):
        return
    limit = limits.household_limit(_class(case, False))
    cost = sum(item.cost for item in juniors) + sum(item.cost for item in seniors)
    borne = sum(item.amount for item in juniors) + sum(item.amount for item in seniors) - result.total
    applied = _Applied.of(limit, cost, case.multiple, case.share, limits.article_under_70)
    if not juniors and not case.seniors_only_household_step:
        result.withheld_household = max(0, borne - applied.amount)
        return
    result.limits.household = applied.amount
    result.whole_household = _excess("世帯全体", 1, borne, applied, result.steps)


def _people(items: Iterable[_Eligible]) -> Iterable[str]:
    """The persons of some units, each once, in order."""
    return dict.fromkeys(item.unit.person for item in items)


def eligible_amounts(case: HouseholdMonth, result: MonthResult) -> list[int]:
    """What each unit of the result brought to the household steps, in yen: 0 for what stays under the floor below
    70.
    """
    floor = limits_for(case.month, planned=case.planned).floor
    return [
        burden.ordinary + burden.remaining if burden.unit.senior else _Eligible.of(burden, floor, case.share).amount
        for burden in result.burdens
    ]


def unit_steps(case: HouseholdMonth, result: MonthResult) -> list[Step]:
    """One step for each unit: what it brings, or why it is left out (70歳未満で21,000円未満)."""
    floor = limits_for(case.month, planned=case.planned).floor
    steps = []
    for burden, eligible in zip(result.burdens, eligible_amounts(case, result), strict=True):
        unit = burden.unit
        setting = ("入院" if unit.inpatient else "外来") + ("・歯科" if unit.dental else "")
        left_out = burden.ordinary + burden.remaining - eligible
        text = f"一部負担金 {yen(burden.ordinary)}"
        if burden.gross:
            text += f"、公費・特定疾病でなお負担する額 {yen(burden.remaining)}"
        if left_out:
            bound = part(floor, case.share * _HALF if unit.turned_75 else case.share)
            text += f"（{yen(bound)}未満の {yen(left_out)} は合算しない）"
        label = f"負担額（{unit.person}・{unit.institution}・{setting}）"
        steps.append(Step(label, text, eligible, f"{_ORDER}第1項・29条の4第5項・第6項"))
    return steps
