"""The explanation reads like an official's calculation sheet, and its sums are the result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from premium_cases import FOUR_PARTS, levy, person, plan_of
from premium_sheets import check_sheet

from kokuho.law.errors import LawError
from kokuho.law.premium.assess import assess, prepare
from kokuho.law.premium.case import read_case
from kokuho.law.premium.explain import explain, member_parts
from kokuho.law.premium.household import Special
from kokuho.law.premium.months import span
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.law.premium.population import every_kind

CASES = json.loads((Path(__file__).parents[1] / "data" / "published" / "premium.json").read_text(encoding="utf-8"))


def test_the_sheet_of_izumisano() -> None:
    """泉佐野市の公表例のとおりに読める."""
    plan, household = read_case(CASES[0]["given"])
    sheet = {step.label: (step.formula, step.value) for step in explain(plan, assess(plan, household).trace)}
    assert sheet["給与所得（世帯主 p1）"] == ("給与収入 4,500,000円（4,000円未満切捨て）× 80% − 440,000円", 3160000)
    assert sheet["所得割額（医療分）"] == ("2,730,000円 × 9.50%", 259350)
    assert sheet["平等割額（医療分）"] == ("33,908円", 33908)
    assert sheet["医療分の額"] == ("259,350円 + 104,970円 + 33,908円", 398228)
    assert sheet["年間保険料額"] == ("398,228円 + 127,956円 + 108,344円 + 11,326円", 645854)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["given"]["id"])
def test_the_sums_of_every_published_case(case: dict) -> None:
    plan, household = read_case(case["given"])
    check_sheet(plan, assess(plan, household))


@pytest.mark.city
def test_the_sums_of_ten_thousand_households() -> None:
    """Also from a trace that has been JSON, as it is stored."""
    plan = prepare(load_ordinance("401307", 2026), 2026)
    for household in every_kind(10_000, 2026, seed=11):
        result = assess(plan, household)
        check_sheet(plan, result, json.loads(json.dumps(result.trace)))


@pytest.mark.parametrize(
    "rounding",
    [
        {"component": {"unit": 100, "scope": "person"}},
        {"per_capita": {"scope": "household"}, "component": {"unit": 10}},
        {"income": {"scope": "person"}, "total": {"unit": 10}},
    ],
)
def test_the_sums_under_other_roundings(rounding: dict) -> None:
    for order in ("after_cap", "recompute"):
        plan = plan_of(rounding=rounding, former_dependent={"order": order})
        for household in every_kind(400, 2026, seed=12):
            check_sheet(plan, assess(plan, household))


def test_the_sums_of_a_levy_of_four_parts() -> None:
    """4方式の資産割も、軽減しない所得割と並んで計算書に立つ."""
    for scope in ("household", "person"):
        plan = plan_of(components=FOUR_PARTS, rounding={"component": {"unit": 100, "scope": scope}})
        for household in every_kind(400, 2026, seed=14):
            check_sheet(plan, assess(plan, household))
    plan = plan_of(components=FOUR_PARTS)
    result = levy(plan, person("a", 50, True, other=430_000, asset_tax=100_000, months=span(0, 6)))
    steps = {step.label: step for step in explain(plan, result.trace)}
    assert steps["資産割額（医療分）"].formula == "固定資産税額 100,000円 × 6/12 × 20.50%"
    assert steps["資産割額（医療分）"].value == 10_250


def test_an_income_of_the_tax_office_is_shown_as_such() -> None:
    plan = plan_of()
    known = person("a", 70, True, salary_receipts=2_000_000, salary_income=1_200_000, pension_receipts=1_500_000)
    steps = {step.label: step for step in explain(plan, levy(plan, known).trace)}
    assert steps["給与所得（世帯主 a）"].formula == "給与収入 2,000,000円（税務の資料による所得）"
    assert steps["給与所得（世帯主 a）"].value == 1_200_000
    both = person("a", 70, True, salary_receipts=2_000_000, pension_receipts=1_500_000, loss_carryover=100_000)
    steps = {step.label: step for step in explain(plan, levy(plan, both).trace)}
    assert steps["調整後の給与所得（世帯主 a）"].value == 1_320_000 - 100_000
    assert "純損失等の繰越控除 100,000円" in steps["総所得金額等（世帯主 a）"].formula


def test_months_and_reliefs_stand_on_the_sheet() -> None:
    plan = plan_of()
    members = (
        person("夫", 50, True, other=3_000_000, months=span(6, 12)),
        person("妻", 30, other=1_430_000, special=Special(maternity=span(2, 6))),
    )
    steps = {step.label: step for step in explain(plan, levy(plan, *members).trace)}
    assert steps["所得割額（医療分）"].formula == "(2,570,000円 × 6/12 + 1,000,000円 × 8/12) × 10.00%"
    assert steps["産前産後の免除（医療分、妻）"].value == "4か月"
    assert steps["均等割額（医療分、世帯主 夫）"].formula == "10,000円 × 6/12"
    assert steps["平等割額（介護分）"].formula == "6,000円 × 6/12"


def test_names_take_the_place_of_ids() -> None:
    plan = plan_of()
    result = levy(plan, person("1001", 30, True, salary_receipts=3_000_000))
    labels = [step.label for step in explain(plan, result.trace, {"1001": "川口 太郎"})]
    assert labels[0] == "給与所得（川口 太郎）"


def test_why_there_is_no_reduction_is_said() -> None:
    plan = plan_of()
    steps = explain(plan, levy(plan, person("a", 30, True, undeclared=True)).trace)
    (judgement,) = [step for step in steps if step.label == "軽減判定"]
    assert "申告がなく" in judgement.formula and judgement.value == "軽減なし"


def test_a_trace_needs_the_plan_of_its_year() -> None:
    trace = levy(plan_of(2025), person("a", 30, True)).trace
    with pytest.raises(LawError):
        explain(plan_of(2026), trace)
    with pytest.raises(LawError):
        explain(plan_of(2025), [9, *trace[1:]])


def test_shares_of_the_members_add_up_to_the_household() -> None:
    plan = plan_of()
    for household in every_kind(300, 2026, seed=13):
        result = assess(plan, household)
        shares = member_parts(plan, json.loads(json.dumps(result.trace)))
        for part in result.components:
            income = sum(share.parts[part.code][0] for share in shares if part.code in share.parts)
            capita = sum(share.parts[part.code][1] for share in shares if part.code in share.parts)
            assert capita == part.per_capita
            assert part.income - len(household.members) <= income <= part.income


def test_a_usual_trace_is_small() -> None:
    plan = prepare(load_ordinance("151009", 2026), 2026)
    sizes = sorted(
        len(json.dumps(assess(plan, household).trace, separators=(",", ":")))
        for household in every_kind(1000, 2026, seed=2)
    )
    assert sizes[500] < 500
    assert sizes[-1] < 3000
