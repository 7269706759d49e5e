"""Every way of rounding that municipalities use (端数処理)."""

from __future__ import annotations

from typing import Any

import pytest
from premium_cases import component, levy, person, plan_of

ODD = {"medical": {"income_rate": "7.71%", "per_capita": 26663, "per_household": 22825, "cap": None}}


def medical(rounding: dict[str, Any], *members: Any, components: Any = ODD) -> Any:
    return component(levy(plan_of(components=components, rounding=rounding), *members), 0)


COUPLE = (person("a", 30, True, other=1_000_333), person("b", 30, other=777_777))
SINGLE_5 = (person("a", 30, True, other=700_000),)


def test_by_component_to_100_yen() -> None:
    """区分ごと100円未満切捨て: 税のほぼ全部."""
    part = medical({"component": {"unit": 100}}, *COUPLE)
    assert part.income == (570_333 + 347_777) * 771 // 10000
    assert part.amount == (part.income + part.per_capita + part.per_household) // 100 * 100


def test_by_person_to_100_yen() -> None:
    """1人ごと・区分ごと100円未満切捨て→合算: 西東京市."""
    flat = {"medical": {"income_rate": "7.71%", "per_capita": 26663, "cap": None}}
    part = medical({"component": {"unit": 100, "scope": "person"}}, *COUPLE, components=flat)
    persons = [(570_333 * 771 // 10000 + 26_663) // 100 * 100, (347_777 * 771 // 10000 + 26_663) // 100 * 100]
    assert part.amount == sum(persons)
    assert part.income is None


def test_the_total_to_10_yen() -> None:
    """合計で10円未満切捨て: 仙台市."""
    plan = plan_of(components=ODD, rounding={"total": {"unit": 10}})
    result = levy(plan, *COUPLE)
    assert result.total == sum(part.amount for part in result.components) // 10 * 10
    assert component(result, 0).amount % 10 != 0


def test_the_income_levy_by_person() -> None:
    """所得割を1人ごとに切り捨てて合算: 足立区ほか（世帯合計で切り捨てると1円違う）."""
    three = (person("a", 30, True, other=430_019), person("b", 30, other=430_019))
    together = medical({"component": {"unit": 1}}, *three)
    apart = medical({"income": {"scope": "person"}}, *three)
    assert (together.income, apart.income) == (2, 2)
    three = (person("a", 30, True, other=430_020), person("b", 30, other=430_020))
    assert medical({"income": {"scope": "person"}}, *three).income == 2
    assert medical({"component": {"unit": 1}}, *three).income == 3


def test_by_person_half_up() -> None:
    """1人ごとに四捨五入: 浜松市."""
    flat = {"medical": {"income_rate": "7.71%", "per_capita": 0, "cap": None}}
    rounding = {"income": {"mode": "half_up"}, "component": {"mode": "half_up", "scope": "person"}}
    assert medical(rounding, person("a", 30, True, other=430_020), components=flat).amount == 2
    assert medical(rounding, person("a", 30, True, other=430_019), components=flat).amount == 1


def test_the_income_levy_differs_by_component() -> None:
    """江戸川区: 医療・支援・子どもは四捨五入、介護は切捨て."""
    figures = {name: {"income_rate": "1.5%", "per_capita": 0, "cap": None} for name in ("medical", "care")}
    plan = plan_of(
        components=figures,
        rounding={"income": {"mode": "half_up"}, "income_by_component": {"care": {"mode": "floor"}}},
    )
    result = levy(plan, person("a", 50, True, other=430_100))  # 100円 × 1.5% = 1.5円
    assert (component(result, 0).income, component(result, 2).income) == (2, 1)


def test_the_discount_rounded_up() -> None:
    """軽減額を1人ごとに切上げ: 名古屋市・神戸市."""
    figures = {"medical": {"income_rate": "0%", "per_capita": 26663, "per_household": 22825, "cap": None}}
    cut = medical({"component": {"unit": 1}}, *SINGLE_5, components=figures)
    up = medical(
        {"per_capita": {"on": "discount", "mode": "ceil"}, "per_household": {"on": "discount", "mode": "ceil"}},
        *SINGLE_5,
        components=figures,
    )
    assert (cut.per_capita, cut.per_household) == (13_331, 11_412)
    assert (up.per_capita, up.per_household) == (26_663 - 13_332, 22_825 - 11_413)
    down = medical({"per_capita": {"on": "discount", "mode": "floor"}}, *SINGLE_5, components=figures)
    assert down.per_capita == 26_663 - 13_331


def test_the_preschool_discount_rounded_up() -> None:
    """未就学児の軽減額を1円未満切上げ: 小田原市."""
    family = (person("a", 30, True, other=9_000_000), person("b", 3))
    cut = medical({"component": {"unit": 1}}, *family)
    up = medical({"preschool": {"on": "discount", "mode": "ceil"}}, *family)
    down = medical({"preschool": {"on": "discount", "mode": "floor"}}, *family)
    assert (cut.per_capita, up.per_capita, down.per_capita) == (39_994, 39_994, 39_995)


def test_per_capita_cut_for_the_household() -> None:
    """瀬戸内市: 26,663 × 2 × 0.5 = 26,663円（1人ごとなら26,662円）."""
    couple = (person("a", 70, True, other=1_000_000), person("b", 70))
    assert medical({"component": {"unit": 1}}, *couple).per_capita == 26_662
    assert medical({"per_capita": {"scope": "household"}}, *couple).per_capita == 26_663


@pytest.mark.parametrize("unit", [1, 10, 100])
def test_rounding_always_cuts_downward(unit: int) -> None:
    part = medical({"component": {"unit": unit}}, *COUPLE)
    raw = part.income + part.per_capita + part.per_household
    assert 0 <= raw - part.amount < unit
    assert part.amount % unit == 0


def test_every_rounding_gives_the_same_by_months() -> None:
    """The months path rounds as the whole-year path does."""
    from kokuho.law.premium.assess import assess
    from kokuho.law.premium.monthly import assess_months
    from kokuho.law.premium.population import every_kind

    roundings: list[dict[str, Any]] = [
        {"component": {"unit": 100, "scope": "person"}},
        {"income": {"scope": "person", "mode": "half_up"}},
        {"per_capita": {"scope": "household"}},
        {"per_capita": {"on": "discount", "mode": "ceil"}, "per_household": {"on": "discount", "mode": "ceil"}},
        {"component": {"mode": "half_up"}, "total": {"unit": 10}},
    ]
    for rounding in roundings:
        plan = plan_of(rounding=rounding)
        for household in every_kind(300, 2026, seed=4):
            assert assess(plan, household)[:5] == assess_months(plan, household)[:5]
