"""The annual levy where no published case reaches: each test names the text it comes from."""

from __future__ import annotations

from datetime import date

import pytest
from premium_cases import component, home, levy, person, plan_of

from kokuho.law.errors import LawError
from kokuho.law.premium.assess import assess, prepare
from kokuho.law.premium.household import FULL_YEAR, Member, Special, split_at_head_change
from kokuho.law.premium.months import span
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.law.premium.relief import decide_relief

CHILD = {
    "child": {"income_rate": "1%", "per_capita": 1000, "per_capita_adult": 100, "per_household": 500, "cap": 30000}
}


@pytest.mark.parametrize(
    ("incomes", "reduction"),
    [
        # 施行令29条の7第6項: 43万円 + 10万円 ×（給与所得者等 − 1）。「以下」なので境界を含む。
        ((1_080_000,), 7),  # 給与所得43万円ちょうど
        ((1_081_000,), 5),
        ((1_080_000, 750_000), 7),  # 43万 + 10万 = 53万円ちょうど、給与所得者等2人
        ((1_080_000, 751_000), 5),
        ((1_080_000, 550_000), 7),  # 給与収入55万円は数えないが、所得も0
    ],
)
def test_each_further_earner_adds_100_000(incomes: tuple[int, ...], reduction: int) -> None:
    members = [person(f"p{i}", 30, i == 0, salary_receipts=amount) for i, amount in enumerate(incomes)]
    assert levy(plan_of(), *members).reduction == reduction


def test_without_the_second_earner_the_addition_is_gone() -> None:
    """加算は2人目から: 事業所得なら給与所得者等に数えない."""
    result = levy(plan_of(), person("a", 30, True, salary_receipts=1_080_000), person("b", 30, other=100_000))
    assert (result.reduction_income, result.reduction) == (530_000, 5)


def test_a_couple_of_pensioners_at_115man_each_depends_on_the_threshold() -> None:
    """125万円と110万円: 115万円の夫婦では給与所得者等の数が2人か0人かになる."""
    couple = [
        person("a", 70, True, other=480_000, pension_receipts=1_150_000),
        person("b", 70, pension_receipts=1_150_000),
    ]
    assert levy(plan_of(), *couple).reduction == 5
    lower = plan_of(reduction={"earner_pension_over_65": 1_100_000})
    assert levy(lower, *couple).reduction == 7


@pytest.mark.parametrize(
    ("year", "five", "two"), [(2023, 290, 535), (2024, 295, 545), (2025, 305, 560), (2026, 310, 570)]
)
def test_thresholds_of_the_year_are_inclusive(year: int, five: int, two: int) -> None:
    """5割・2割の1人あたりの額（令和5〜8年度）."""
    for limit, inside, outside in ((430_000, 7, 5), (430_000 + five * 1000, 5, 2), (430_000 + two * 1000, 2, 0)):
        assert levy(plan_of(year), person("a", 30, True, other=limit)).reduction == inside
        assert levy(plan_of(year), person("a", 30, True, other=limit + 1)).reduction == outside


def test_an_uninsured_householder_counts_by_income_not_by_head() -> None:
    """擬制世帯主: 所得には入れ、人数には入れない."""
    head = person("a", 80, True, insured=False, other=740_000)
    result = levy(plan_of(), head, person("b", 30))
    assert (result.reduction_income, result.reduction) == (740_000, 5)
    assert levy(plan_of(), head._replace(income=head.income._replace(other=740_001)), person("b", 30)).reduction == 2
    assert component(result, 0).per_capita == 5_000


def test_a_person_gone_to_the_elderly_scheme_still_counts() -> None:
    """特定同一世帯所属者: 人数にも所得にも入れ、賦課はしない（施行令29条の7第6項1号）."""
    gone = person("b", 78, insured=False, former_insured=True, pension_receipts=1_100_000)
    result = levy(plan_of(), person("a", 70, True, other=1_050_000), gone)
    assert result.reduction == 5  # 43万 + 31万 × 2人 = 105万円
    assert component(result, 0).per_capita == 5_000


def test_one_unknown_income_and_there_is_no_reduction() -> None:
    """1人でも所得が分からなければ軽減しない（香南市・八戸市・山都町の案内）."""
    result = levy(plan_of(), person("a", 30, True), person("b", 30, undeclared=True))
    assert result.reduction == 0
    assert component(result, 0).income == 0


def test_the_basic_deduction_is_taken_from_each_person() -> None:
    """基礎控除は人ごとに引き、0で止める: 余りを他の人に回さない."""
    result = levy(plan_of(), person("a", 30, True, other=1_000_000), person("b", 30, other=100_000))
    assert component(result, 0).base == 570_000


def test_a_base_unit_of_1000_yen_cuts_the_base() -> None:
    """課税標準の1,000円未満切捨て（地方税法20条の4の2第1項）を採る市."""
    member = person("a", 30, True, other=1_431_999)
    assert component(levy(plan_of(), member), 0).base == 1_001_999
    cut = plan_of(rounding={"base_unit": 1000, "component": {"unit": 1}})
    assert component(levy(cut, member), 0).base == 1_001_000


def test_the_cap_comes_after_reduction_and_preschool_relief() -> None:
    """限度額の適用は軽減・未就学児減額の後、区分ごと."""
    plan = plan_of(
        components={"medical": {"income_rate": "10%", "per_capita": 10000, "per_household": 20000, "cap": 100000}}
    )
    result = levy(plan, person("a", 30, True, other=1_230_000), person("b", 3))
    part = component(result, 0)
    assert (part.income, part.per_capita, part.per_household) == (80_000, 10_000 * 8 // 10 + 4_000, 16_000)
    assert (part.over_cap, part.amount) == (8_000, 100_000)


def test_preschool_children_pay_half_of_the_reduced_per_capita() -> None:
    """未就学児: 7割軽減の後の5割 = 15%（施行令29条の7第6項6号）."""
    assert component(levy(plan_of(), person("a", 30, True), person("b", 5)), 0).per_capita == 3_000 + 1_500
    # 6歳に達する日以後の最初の3月31日まで: 2020-04-02以後生まれが令和8年度の未就学児
    for born, amount in ((date(2020, 4, 2), 1_500), (date(2020, 4, 1), 3_000)):
        child = Member("b", born)
        assert component(levy(plan_of(), person("a", 30, True), child), 0).per_capita == 3_000 + amount


def test_children_up_to_18_pay_no_child_component() -> None:
    """18歳に達する日以後の最初の3月31日まで: 2008-04-02以後生まれは全額減額、4月1日生まれは大人."""
    plan = plan_of(components=CHILD)
    for born, amount in ((date(2008, 4, 2), 0), (date(2008, 4, 1), 330)):
        result = levy(plan, person("a", 30, True), Member("b", born))
        assert component(result, 3).per_capita == 330 + amount
        assert component(result, 3).per_household == 150


def test_the_two_per_capitas_of_the_child_component_may_be_cut_apart() -> None:
    """23区: 73円の3割 = 21円と1,800円の3割を別々に切り捨てる."""
    figures = {"child": {"income_rate": "0%", "per_capita": 1805, "per_capita_adult": 73, "cap": 30000}}
    together = plan_of(components=figures)
    apart = plan_of(components=figures, rounding={"per_capita_adult_separate": True, "component": {"unit": 1}})
    assert component(levy(together, person("a", 30, True)), 3).per_capita == 563
    assert component(levy(apart, person("a", 30, True)), 3).per_capita == 541 + 21


def test_specified_households_pay_half_and_three_quarters_of_the_per_household_levy() -> None:
    """特定世帯は平等割1/2、特定継続世帯は3/4。介護分は除く（倉敷市）。平等割1/2 → 7/5/2割の順."""
    alone = person("a", 50, True)
    for more, medical in (
        ({"half_months": FULL_YEAR}, 3_000),
        ({"three_quarter_months": FULL_YEAR}, 4_500),
        ({}, 6_000),
    ):
        result = levy(plan_of(), alone, **more)
        assert component(result, 0).per_household == medical
        assert component(result, 2).per_household == 1_800


def test_former_dependents_pay_no_income_levy_and_half_the_per_capita() -> None:
    """旧被扶養者: 所得割は全額、均等割は5割、その人だけの世帯なら平等割も5割."""
    relief = Special(former_dependent_income=FULL_YEAR, former_dependent_per_capita=FULL_YEAR)
    member = person("a", 67, True, other=3_000_000, special=relief)
    part = component(levy(plan_of(), member), 0)
    assert (part.income, part.per_capita, part.per_household) == (257_000, 10_000, 20_000)
    assert (part.relief, part.amount) == (257_000 + 5_000 + 10_000, 15_000)
    with_another = component(levy(plan_of(), member, person("b", 66)), 0)
    assert with_another.relief == 257_000 + 5_000


@pytest.mark.parametrize(
    ("other", "reduction", "capita"), [(430_000, 7, 3_000), (700_000, 5, 5_000), (900_000, 2, 5_000)]
)
def test_former_dependents_keep_the_larger_reduction(other: int, reduction: int, capita: int) -> None:
    """7割・5割軽減世帯は均等割の減免の対象外、2割軽減は合わせて5割."""
    relief = Special(former_dependent_income=FULL_YEAR, former_dependent_per_capita=FULL_YEAR)
    result = levy(plan_of(former_dependent={"order": "recompute"}), person("a", 67, True, other=other, special=relief))
    assert result.reduction == reduction
    part = component(result, 0)
    assert (part.income, part.per_capita, part.per_household) == (0, capita, capita * 2)


def test_the_relief_comes_off_the_capped_amount_or_is_recomputed() -> None:
    """条例減免・旧被扶養者減免: 限度額適用後の額から引く市と、所得割・均等割から引いて再計算する市."""
    figures = {"medical": {"income_rate": "10%", "per_capita": 10000, "per_household": 20000, "cap": 200000}}
    relief = Special(former_dependent_income=FULL_YEAR)
    rich = person("b", 67, other=1_430_000, special=relief)
    for order, amount in (("after_cap", 100_000), ("recompute", 140_000)):
        plan = plan_of(components=figures, former_dependent={"order": order})
        assert component(levy(plan, person("a", 67, True, other=1_430_000), rich), 0).amount == amount


def test_assets_are_levied_where_the_ordinance_says() -> None:
    """4方式の資産割: 固定資産税額 × 率。介護分は第2号の人だけ."""
    figures = {
        "medical": {"income_rate": "1%", "asset_rate": "20%", "per_capita": 0, "cap": None},
        "care": {"income_rate": "1%", "asset_rate": "10%", "per_capita": 0, "cap": None},
    }
    result = levy(
        plan_of(components=figures), person("a", 50, True, asset_tax=100_000), person("b", 30, asset_tax=55_555)
    )
    assert component(result, 0).asset == 31_111
    assert component(result, 2).asset == 10_000


def test_local_reductions_are_data() -> None:
    """条例の独自軽減: 独自の割合、均等割からの定額、第2子以降、若年者の所得割控除."""
    own_class = plan_of(
        local_reductions=[{"name": "独自1割", "target": "class", "yen": 430_000, "per_person": 700_000, "ratio": 1}]
    )
    assert levy(own_class, person("a", 30, True, other=1_130_000)).reduction == 1
    flat = plan_of(
        local_reductions=[
            {"name": "均等割の引下げ", "target": "per_capita", "who": "all", "yen": 2_000, "components": ["medical"]}
        ]
    )
    assert component(levy(flat, person("a", 30, True, other=9_000_000)), 0).per_capita == 8_000
    second = plan_of(
        local_reductions=[{"name": "第2子以降", "target": "per_capita", "who": "second_child_on", "percent": 100}]
    )
    family = [person("a", 40, True, other=9_000_000), person("b", 15), person("c", 12), person("d", 9)]
    assert component(levy(second, *family), 0).per_capita == 20_000
    young = plan_of(local_reductions=[{"name": "若年者控除", "target": "income_base", "ages": [0, 15], "yen": 330_000}])
    assert component(levy(young, *family), 0).base == 9_000_000 - 430_000 - 3 * 330_000


def test_a_relief_of_the_ordinance_is_decided_after_the_cap() -> None:
    """条例減免: 型は事由 × 段階 × 対象。彦根市の例にならい、災害で所得割5/10、限度額の世帯は除く."""
    plan = plan_of(
        kind="tax",
        rounding={"scope": "component", "unit": 100},
        relief_rules=[
            {"code": "disaster", "name": "災害減免", "target": "income",
             "stages": [{"name": "半壊", "ratio": "5/10"}, {"name": "全壊", "ratio": "1/1"}], "excludes_capped": True}
        ],
    )  # fmt: skip
    result = levy(plan, person("a", 30, True, other=3_000_000))
    assert component(result, 0).amount == 287_000
    half = decide_relief(plan, result, "disaster", "半壊")
    assert (half.total, half.after) == (128_500, 158_500)
    assert decide_relief(plan, result, "disaster", "全壊", months=6).after == 158_500
    with pytest.raises(LawError):
        decide_relief(plan, levy(plan, person("a", 30, True, other=90_000_000)), "disaster", "半壊")
    with pytest.raises(LawError):
        decide_relief(plan, result, "disaster", "一部損壊")


def test_a_changed_householder_splits_the_year() -> None:
    """義務者が変わる月から新世帯主。新世帯主の世帯で軽減を再判定する（擬制世帯主が外れて7割になる例）."""
    head = person("a", 80, True, insured=False, other=5_000_000)
    before, after = split_at_head_change(home(head, person("b", 50)), 6, "b")
    first, second = assess(plan_of(), before), assess(plan_of(), after)
    assert (first.reduction, second.reduction) == (0, 7)
    assert component(first, 0).amount == 30_000 // 2
    assert component(second, 0).amount == 30_000 * 3 // 10 // 2


def test_the_order_of_the_members_does_not_matter() -> None:
    plan = prepare(load_ordinance("401307", 2026), 2026)
    members = (
        person("a", 45, True, salary_receipts=5_000_000),
        person("b", 43, salary_receipts=1_300_000),
        person("c", 4),
        person("d", 70, pension_receipts=2_000_000, months=span(3, 12)),
    )
    totals = {levy(plan, *order).total for order in (members, members[::-1], members[2:] + members[:2])}
    assert len(totals) == 1


def test_a_household_with_nobody_insured_owes_nothing() -> None:
    result = levy(plan_of(), person("a", 80, True, insured=False, former_insured=True, other=1_000_000))
    assert result.total == 0
    assert levy(plan_of(), Member("a", date(1951, 4, 20), True)).total == 0  # 75歳になる4月からは後期


def test_a_fixed_reduction_is_taken_as_decided() -> None:
    result = levy(plan_of(), person("a", 30, True, other=9_000_000), fixed_reduction=5)
    assert (result.reduction, component(result, 0).per_capita) == (5, 5_000)


def test_a_household_is_levied_with_the_ordinance_of_its_year() -> None:
    with pytest.raises(LawError) as error:
        prepare(load_ordinance("401307", 2026), 2025)
    assert error.value.code == "year_mismatch"


def test_caps_of_the_ordinance_may_be_below_the_national_ones() -> None:
    """川口市の令和8年度は医療分66万円（国は67万円）."""
    plan = prepare(load_ordinance("112038", 2026), 2026)
    result = levy(plan, person("a", 50, True, other=30_000_000))
    assert [part.amount for part in result.components] == [660_000, 260_000, 170_000, 30_000]


def test_a_person_of_unknown_age_is_refused() -> None:
    with pytest.raises(LawError) as error:
        levy(plan_of(), Member("a", None, True))
    assert error.value.code == "missing_key"
