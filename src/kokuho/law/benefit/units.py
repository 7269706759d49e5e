"""病院等ごとの単位: claims of a month joined into the units that the law counts
(施行令29条の2第1項・29条の4第5項・第6項).

One unit is a person, a month, a 病院等, 歯科 or not, 入院 or not. A pharmacy's claim joins the outpatient unit of the
institution that wrote the prescription; without a prescriber it stands alone. 食事・生活療養 and 差額 never enter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from kokuho.law.benefit.limits import Limit, LimitTable


class PublicPart(NamedTuple):
    """The part of a claim under a public scheme (特定給付対象療養).

    `cost` 10割 of that part (yen), `share` its 一部負担金 before the scheme, `patient` what the scheme leaves to the
    patient. `by_class` is true for 特定疾病給付対象療養 (難病・小児慢性 …), whose limit follows the person's class;
    `multiple` is its own 多数回該当 (入院, same hospital, 29条の3第8項).
    """

    cost: int
    share: int
    patient: int
    by_class: bool = False
    multiple: bool = False


class Claim(NamedTuple):
    """One レセプト, or one 療養費, of a person in a month.

    `cost` 10割 and `share` 一部負担金 (yen) of the part under insurance alone, the share before any 高額療養費.
    `in_kind` is the 高額療養費 already settled at the window (現物給付). `institution` names the 病院等; for a
    pharmacy `prescriber` names the institution of the prescription. `specific_cap` is the 特定疾病 limit of the
    certificate. `turned_75` marks 75歳到達時特例対象療養. `aid` is what a municipal scheme (福祉医療) paid of the
    share for the patient.
    """

    person: str
    senior: bool
    inpatient: bool
    institution: str
    cost: int
    share: int
    in_kind: int = 0
    dental: bool = False
    prescriber: str | None = None
    specific_cap: int | None = None
    public: PublicPart | None = None
    turned_75: bool = False
    aid: int = 0


@dataclass(slots=True)
class Unit:
    """Claims of one person joined by 病院等, split into the ordinary part, the public parts and 特定疾病."""

    person: str
    senior: bool
    inpatient: bool
    institution: str
    dental: bool
    turned_75: bool
    cost: int = 0
    share: int = 0
    specific_cost: int = 0
    specific_share: int = 0
    specific_cap: int | None = None
    publics: list[PublicPart] = field(default_factory=list)
    in_kind: int = 0
    aid: int = 0


class Burden(NamedTuple):
    """What one unit brings to the household steps, after public schemes and 特定疾病 (令29条の2第6項から第8項).

    `ordinary` is the share without a scheme. `remaining` is what the patient still bears under schemes
    (なお負担すべき額) and `gross` the share there before them, by which the floor of 21,000 yen is tested.
    `ordinary_cost`, `scheme_cost`: 10割. `public_benefit`, `specific_benefit`: 高額療養費 of 第6項・第7項 and 第8項,
    never counted for 多数回.
    """

    unit: Unit
    ordinary: int
    ordinary_cost: int
    remaining: int
    gross: int
    scheme_cost: int
    public_benefit: int
    specific_benefit: int


def join_units(claims: Iterable[Claim]) -> list[Unit]:
    """Join the claims of one household and month into units, in the order of their first claim."""
    units: dict[tuple[str, str, bool, bool, bool], Unit] = {}
    for claim in claims:
        institution = claim.institution if claim.prescriber is None else claim.prescriber
        key = (claim.person, institution, claim.dental, claim.inpatient, claim.senior)
        unit = units.get(key)
        if unit is None:
            unit = units[key] = Unit(
                claim.person, claim.senior, claim.inpatient, institution, claim.dental, claim.turned_75
            )
        unit.turned_75 = unit.turned_75 or claim.turned_75
        unit.in_kind += claim.in_kind
        unit.aid += claim.aid
        if claim.specific_cap is None:
            unit.cost += claim.cost
            unit.share += claim.share
        else:
            unit.specific_cost += claim.cost
            unit.specific_share += claim.share
            unit.specific_cap = max(unit.specific_cap or 0, claim.specific_cap)
        if claim.public is not None:
            unit.publics.append(claim.public)
    return list(units.values())


def settle(unit: Unit, limits: LimitTable, class_limit: Limit | None, *, half: Fraction) -> Burden:
    """Step A: public schemes and 特定疾病 of one unit.

    `class_limit` is the limit of the person's own class for 特定疾病給付対象療養 (None = treat as other schemes).
    `half` is 1/2 for 75歳到達時特例対象療養 and 1 otherwise; 県内転居 does not halve these amounts (29条の3第12項
    leaves 第7項から第9項 out).
    """
    remaining = gross = scheme_cost = public_benefit = 0
    for by_class in (False, True):
        parts = [item for item in unit.publics if item.by_class is by_class]
        if not parts:
            continue
        cost = sum(item.cost for item in parts)
        share = sum(item.share for item in parts)
        fixed = limits.public.of(senior=unit.senior, inpatient=unit.inpatient)
        limit = class_limit if by_class and class_limit is not None else fixed
        multiple = all(item.multiple for item in parts)
        bearable = min(share, limit.amount(cost, multiple=multiple, share=half))
        public_benefit += share - bearable
        remaining += min(bearable, sum(item.patient for item in parts))
        gross += share
        scheme_cost += cost
    specific_benefit = 0
    if unit.specific_cap is not None:
        bearable = min(unit.specific_share, limits.specific_limit(unit.specific_cap, half))
        specific_benefit = unit.specific_share - bearable
        remaining += bearable
        gross += unit.specific_share
        scheme_cost += unit.specific_cost
    return Burden(unit, unit.share, unit.cost, remaining, gross, scheme_cost, public_benefit, specific_benefit)
