"""Short ways to write plans and households in tests."""

from __future__ import annotations

from typing import Any

from kokuho.law.premium.assess import Assessment, Plan, assess, prepare
from kokuho.law.premium.household import Household, Income, Member
from kokuho.law.premium.ordinance import ordinance_from_dict


def plan_of(year: int = 2026, kind: str = "premium", **settings: Any) -> Plan:
    """A plan with round figures: 10%・10,000円・20,000円 for medical, 2%・5,000円・6,000円 for care, caps high."""
    components = settings.pop("components", None) or {
        "medical": {"income_rate": "10%", "per_capita": 10000, "per_household": 20000, "cap": 670000},
        "care": {"income_rate": "2%", "per_capita": 5000, "per_household": 6000, "cap": 170000},
    }
    rounding = settings.pop("rounding", {"scope": "component", "unit": 1})
    return prepare(ordinance_from_dict({"components": components, "rounding": rounding, **settings}, year, kind), year)


FOUR_PARTS = {
    "medical": {"income_rate": "7%", "asset_rate": "20.5%", "per_capita": 21001, "per_household": 20003, "cap": 670000},
    "support": {"income_rate": "2.5%", "asset_rate": "3%", "per_capita": 9001, "per_household": 7001, "cap": 260000},
    "care": {"income_rate": "2%", "asset_rate": "4%", "per_capita": 11001, "per_household": 5003, "cap": 170000},
}  # 4方式: 所得割・資産割・均等割・平等割


def person(name: str, age: int, head: bool = False, **more: Any) -> Member:
    """A member by age; incomes by the names of `Income`."""
    known = {key: more.pop(key) for key in list(more) if key in Income._fields}
    return Member(name, None, head, age=age, income=Income(**known) if known else None, **more)


def home(*members: Member, **more: Any) -> Household:
    return Household("h", members, **more)


def levy(plan: Plan, *members: Member, **more: Any) -> Assessment:
    return assess(plan, home(*members, **more))


def component(result: Assessment, code: int) -> Any:
    return next(part for part in result.components if part.code == code)
