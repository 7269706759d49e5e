"""The levy as the notice shows it: from the full amounts down to what is owed, to the yen, whatever the household."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kokuho.law.errors import LawError
from kokuho.law.premium.assess import Assessment, Plan, assess, prepare
from kokuho.law.premium.breakdown import Breakdown, ComponentBreakdown, Reader
from kokuho.law.premium.case import read_case
from kokuho.law.premium.household import Household, Income, Member, Special
from kokuho.law.premium.months import span
from kokuho.law.premium.ordinance import load_ordinance, ordinance_from_dict
from kokuho.law.premium.population import every_kind

PUBLISHED = Path(__file__).parents[1] / "data" / "published" / "premium.json"
CITIES = ("112038", "122076", "141500", "151009", "401307")
# Every part levied, amounts that do not divide evenly, caps that bind often.
COMPONENTS: dict[str, Any] = {
    "medical": {"income_rate": "7.71%", "asset_rate": "9%", "per_capita": 27311, "per_household": 21003, "cap": 220000},
    "support": {"income_rate": "2.5%", "per_capita": 9001, "per_household": 7007, "cap": 90000},
    "care": {"income_rate": "2.1%", "per_capita": 11003, "per_household": 5001, "cap": 70000},
    "child": {"income_rate": "0.3%", "per_capita": 1501, "per_capita_adult": 101, "per_household": 999, "cap": 9000},
}  # fmt: skip
RECOMPUTED = {"former_dependent": {"order": "recompute", "per_capita_percent": 50}}
ORDINANCES: dict[str, dict[str, Any]] = {
    "1円": {},
    "世帯の均等割でまとめて端数": {"rounding": {"per_capita": {"scope": "household"}}},
    "減額する額を四捨五入": {
        "rounding": {
            "per_capita": {"on": "discount", "mode": "half_up"},
            "preschool": {"on": "discount", "mode": "ceil"},
            "per_household": {"on": "discount"},
        }
    },
    "1人ごとに10円": {"rounding": {"component": {"unit": 10, "scope": "person"}}, **RECOMPUTED},
    "100円、合計で1000円": {"rounding": {"component": {"unit": 100}, "total": {"unit": 1000}}},
    "18歳以上均等割は別に端数、所得割は1人ごと": {
        "rounding": {"per_capita_adult_separate": True, "income": {"scope": "person", "unit": 10}, "base_unit": 1000}
    },
    "旧被扶養者は計算し直し、月割後に限度額": {**RECOMPUTED, "cap_proration": "months_then_cap"},
    "限度額を月割": {"cap_proration": "cap_times_months"},
    "18歳未満の均等割5割": {
        "local_reductions": [{"name": "子", "target": "per_capita", "who": "under_18", "percent": 50}]
    },
    "第2子から無料": {
        "local_reductions": [{"name": "第2子", "target": "per_capita", "who": "second_child_on", "percent": 100}]
    },
    "条例の1割軽減と1人1000円引き": {
        "local_reductions": [
            {"name": "1割", "target": "class", "yen": 1000000, "per_person": 500000, "ratio": 1},
            {"name": "1000円", "target": "per_capita", "who": "all", "yen": 1000},
        ]
    },
    "子育て世帯の所得から33万円": {
        "local_reductions": [{"name": "所得", "target": "income_base", "ages": [0, 17], "yen": 330000}]
    },
    "6・4・2割": {"reduction": {"ratios": [6, 4, 2]}},
}


def plan_of(settings: dict[str, Any]) -> Plan:
    raw = {"rounding": {"component": {"unit": 1}}, "components": COMPONENTS, **settings}
    return prepare(ordinance_from_dict(raw, 2026, "premium"), 2026)


def adds_up(part: ComponentBreakdown) -> int:
    taken = part.reduction + part.preschool + part.maternity + part.local + part.cap_excess + part.exemption
    return part.income + part.asset + part.per_capita + part.per_household - taken - part.rounding


def read(reader: Reader, levy: Assessment) -> Breakdown:
    """The breakdown of the trace as it comes back from the database; every sum in it holds."""
    found = reader.read(json.loads(json.dumps(levy.trace)))
    for part, result in zip(found.components, levy.components, strict=True):
        assert adds_up(part) == part.amount == result.amount
        assert part.cap_excess == result.over_cap
        assert min(part.income, part.per_capita, part.per_household, part.reduction, part.preschool) >= 0
        assert min(part.maternity, part.local, part.exemption) >= 0
        if reader.plan.component_unit == 1:
            assert part.rounding == 0
    assert sum(part.amount for part in found.components) - found.total_rounding == found.total == levy.total
    for part in found.components:
        assert sum(s.name == part.name for m in found.members for s in m.shares) or not part.levied
    return found


@pytest.mark.parametrize("city", CITIES)
def test_every_household_of_the_cities_adds_up(city: str) -> None:
    reader = Reader(prepare(load_ordinance(city, 2026), 2026))
    for household in every_kind(400, 2026, seed=7):
        read(reader, assess(reader.plan, household))


@pytest.mark.parametrize("name", ORDINANCES)
def test_every_household_adds_up_under_any_ordinance(name: str) -> None:
    reader = Reader(plan_of(ORDINANCES[name]))
    for household in every_kind(250, 2026, seed=11):
        read(reader, assess(reader.plan, household))


def test_the_published_cases_add_up_to_their_published_amounts() -> None:
    components = totals = 0
    for case in json.loads(PUBLISHED.read_text(encoding="utf-8")):
        plan, household = read_case(case["given"])
        found = read(Reader(plan), assess(plan, household))
        for part in found.components:
            published = case["expect"].get("components", {}).get(part.name, {}).get("amount")
            if published is not None:
                components += 1
                assert adds_up(part) == published, case["given"]["id"]
        if "total" in case["expect"]:
            totals += 1
            assert found.total == case["expect"]["total"], case["given"]["id"]
    assert components >= 60 and totals >= 30


def test_other_values_than_those_of_the_levy_are_refused() -> None:
    """A rate that was changed after the levy would explain an amount that nobody decided."""
    levy = assess(plan_of({}), Household(1, (Member("a", date(1980, 5, 1), True, income=Income(other=3_000_000)),)))
    changed = {**COMPONENTS, "medical": {**COMPONENTS["medical"], "income_rate": "7.72%"}}
    with pytest.raises(LawError, match="ordinance_mismatch"):
        Reader(plan_of({"components": changed})).read(levy.trace)


def of(name: str, found: Breakdown) -> ComponentBreakdown:
    return next(part for part in found.components if part.name == name)


def levied(reader: Reader, *members: Member, **more: Any) -> Breakdown:
    return read(reader, assess(reader.plan, Household(1, members, **more)))


@pytest.fixture(scope="module")
def fukuoka() -> Reader:
    return Reader(prepare(load_ordinance("401307", 2026), 2026))


def test_two_tenths_are_the_difference_to_the_full_amounts(fukuoka: Reader) -> None:
    """福岡市 令和8年度 医療分: 均等割19,807円・平等割18,664円。2割軽減後は15,845円・14,931円（円未満切捨て）."""
    pensioner = Member("a", date(1955, 5, 1), True, income=Income(0, 2_245_392, 0, None, 1_145_392))
    part = of("medical", found := levied(fukuoka, pensioner))
    assert (part.income_base, part.income_rate, part.income) == (715_392, "5.58%", 39_918)
    assert (part.per_capita_unit, part.per_capita_count, part.per_capita) == (19_807, 1, 19_807)
    assert (part.per_household_unit, part.per_household, part.per_household_reduced) == (18_664, 18_664, 14_931)
    assert part.reduction == (19_807 - 15_845) + (18_664 - 14_931)
    assert (part.rounding, part.amount) == (4, 70_690)
    (judged,) = found.judgements
    assert (judged.ratio, judged.income, judged.threshold, judged.persons) == (2, 995_392, 430_000 + 570_000, 1)
    (member,) = found.members
    assert (member.total_income, member.deduction, member.base) == (1_145_392, 430_000, 715_392)
    assert [(s.name, s.months, s.income, s.per_capita) for s in member.shares] == [
        ("medical", 12, 39_918, 15_845), ("support", 12, 22_463, 8_352), ("child", 12, 2_003, 831),
    ]  # fmt: skip
    assert not of("care", found).levied
    assert of("care", found).income_rate is of("care", found).per_capita_unit is None


def test_a_child_under_school_age_bears_half_of_what_the_reduction_left(fukuoka: Reader) -> None:
    """未就学児: 7割軽減後の3割の半分、つまり1.5割を負担する. 子ども分の均等割は18歳未満にはかからない."""
    found = levied(fukuoka, Member("a", date(1995, 5, 1), True), Member("c", date(2022, 5, 1)))
    part = of("medical", found)
    full, reduced = 19_807, 19_807 * 3 // 10
    assert (part.per_capita, part.per_capita_count) == (2 * full, 2)
    assert part.preschool == reduced - full * 3 // 20
    assert part.reduction == 2 * (full - reduced) + 18_664 - 18_664 * 3 // 10
    assert (of("child", found).per_capita_count, of("child", found).per_capita_adult_unit) == (1, 72)
    assert [m.preschool for m in found.members] == [False, True]


def test_the_months_around_a_birth_are_shown_in_full_and_taken_off(fukuoka: Reader) -> None:
    """産前産後4か月: 所得割・均等割の12分の4."""
    mother = Member("a", date(1995, 5, 1), True, income=Income(other=3_430_000), special=Special(maternity=span(2, 6)))
    part = of("medical", found := levied(fukuoka, mother))
    assert (part.income, part.per_capita) == (3_000_000 * 558 // 10_000, 19_807)
    assert part.maternity == part.income - part.income * 8 // 12 + 19_807 - 19_807 * 8 // 12
    assert found.members[0].maternity == 4
    assert found.members[0].shares[0].income == part.income * 8 // 12


def test_a_household_over_the_cap_shows_what_it_is_spared(fukuoka: Reader) -> None:
    rich = Member("a", date(1980, 5, 1), True, income=Income(other=20_430_000))
    part = of("medical", levied(fukuoka, rich))
    assert (part.amount, part.cap) == (670_000, 670_000)
    assert part.cap_excess + part.rounding == 20_000_000 * 558 // 10_000 + 19_807 + 18_664 - 670_000


def test_a_householder_who_is_not_insured_is_no_member(fukuoka: Reader) -> None:
    """擬制世帯主は所得が判定に入るだけで、賦課の人数に入らない."""
    head = Member("a", date(1950, 5, 1), True, insured=False, income=Income(other=900_000))
    found = levied(fukuoka, head, Member("b", date(1990, 5, 1)))
    assert [m.id for m in found.members] == ["b"]
    assert not found.head_levied
    assert found.judgements[0].income == 900_000


def test_an_undeclared_income_is_no_judgement(fukuoka: Reader) -> None:
    found = levied(fukuoka, Member("a", date(1980, 5, 1), True, income=Income(undeclared=True)))
    (judged,) = found.judgements
    assert (judged.ratio, judged.undeclared, judged.threshold) == (0, True, None)
    assert found.members[0].undeclared


def test_a_job_lost_within_the_year_is_judged_twice(fukuoka: Reader) -> None:
    """非自発的失業 10月から: 給与所得を30/100とする6か月だけ7割軽減."""
    income = Income(salary_receipts=2_000_000, salary_income=1_320_000)
    worker = Member("a", date(1980, 5, 1), True, income=income, special=Special(involuntary=span(6, 12)))
    found = levied(fukuoka, worker)
    assert [(j.months, j.ratio, j.income) for j in found.judgements] == [(6, 0, 1_320_000), (6, 7, 396_000)]
    part = of("medical", found)
    assert part.per_capita == 19_807
    assert part.reduction == (19_807 - 19_807 * 13 // 20) + (18_664 - 18_664 * 13 // 20)
    (member,) = found.members
    assert (member.involuntary, member.total_income, member.base) == (6, 396_000, 0)


def test_the_75th_birthday_ends_the_months(fukuoka: Reader) -> None:
    """8月に75歳になる人は7月まで: 均等割は12分の4."""
    found = levied(fukuoka, Member("a", date(1951, 8, 10), True))
    part = of("medical", found)
    assert (part.months, part.per_capita) == (4, 19_807 * 4 // 12)
    assert found.members[0].shares[0].months == 4


def test_a_specified_household_has_half_of_its_household_part(fukuoka: Reader) -> None:
    """特定世帯の平等割は2分の1、7割軽減はその後."""
    found = levied(fukuoka, Member("a", date(1955, 5, 1), True), half_months=0xFFF)
    part = of("medical", found)
    assert (part.half, part.three_quarter) == (12, 0)
    assert (part.per_household, part.per_household_reduced) == (9_332, 2_799)
