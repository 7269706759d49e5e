"""後期高齢者医療保険料: worked examples of the domain page and boundaries from the text."""

from __future__ import annotations

from typing import Any

import pytest

from kokuho.law.cli import answer, topics
from kokuho.law.elderly.ordinance import load_association
from kokuho.law.errors import LawError

TOPIC = topics()["elderly-premium"]
NARA = {"per_capita": 50500, "income_rate": "9.93%", "cap": 660000, "rounding": {"scope": "total", "unit": 100}}
SAITAMA = {
    "per_capita": 45930, "income_rate": "9.03%", "income_rate_low": "8.42%", "low_rate_up_to": 580000, "cap": 800000,
    "transitional_cap": 730000, "rounding": {"scope": "total", "unit": 100},
}  # fmt: skip


def levy(year: int, ordinance: dict[str, Any], *members: dict[str, Any]) -> dict[str, Any]:
    people = [
        {"id": str(i), "role": "head" if i == 0 else "member", "insured": True, "age": 78, **member}
        for i, member in enumerate(members)
    ]
    case = {"fiscal_year": year, "ordinance": ordinance, "household": {"members": people}}
    return answer(TOPIC, case, True)


def amounts(result: dict[str, Any]) -> list[int]:
    return [member["amount"] for member in result["members"].values()]


def test_the_couple_of_yamatokoriyama() -> None:
    """大和郡山市 R5: 夫201万円・妻79万円 → 5割、72,900円と25,200円."""
    result = levy(2023, NARA, {"pension_receipts": 2_010_000}, {"pension_receipts": 790_000})
    assert (result["reduction"], amounts(result)) == (5, [72_900, 25_200])
    assert result["members"]["0"] == {"per_capita": 25_250, "income": 47_664, "amount": 72_900}


def test_tokyo_and_its_single_pensioner_of_300man() -> None:
    """東京 R7 単身300万円 → 189,400円."""
    tokyo = {"per_capita": 47300, "income_rate": "9.67%", "cap": 800000, "rounding": {"scope": "total", "unit": 100}}
    assert amounts(levy(2025, tokyo, {"pension_receipts": 3_000_000})) == [189_400]


def test_the_caps_of_fiscal_2024() -> None:
    """埼玉 R6 例7: 1,074万円 → 限度額80万円、激変緩和の対象なら73万円."""
    assert amounts(levy(2024, SAITAMA, {"pension_receipts": 10_740_000})) == [800_000]
    transitional = {"pension_receipts": 10_740_000, "transitional_cap_applies": True}
    assert amounts(levy(2024, SAITAMA, transitional)) == [730_000]


def test_the_low_rate_of_fiscal_2024_ends_at_580_000() -> None:
    low, high = (
        levy(2024, SAITAMA, {"pension_receipts": 2_110_000}),
        levy(2024, SAITAMA, {"pension_receipts": 2_110_001}),
    )
    assert low["members"]["0"]["income"] == 580_000 * 842 // 10000
    assert high["members"]["0"]["income"] == 580_001 * 903 // 10000


def test_chiba_is_built_in() -> None:
    """千葉県広域連合 R7: 195万円 → 60,100円（松戸市）。R8の料率は登録していない."""
    member = {"id": "a", "role": "head", "insured": True, "age": 78, "pension_receipts": 1_950_000}
    case = {"fiscal_year": 2025, "association": "12", "household": {"members": [member]}}
    assert amounts(answer(TOPIC, case, False)) == [60_100]
    assert amounts(answer(TOPIC, {**case, "fiscal_year": 2024}, False)) == [57_300]
    with pytest.raises(LawError):
        load_association("12", 2026)


def test_an_uninsured_householder_counts_in_the_judgement() -> None:
    head = {"insured": False, "age": 50, "salary_receipts": 8_000_000}
    assert levy(2025, SAITAMA, head, {"pension_receipts": 790_000})["reduction"] == 0
    assert levy(2025, SAITAMA, {"pension_receipts": 790_000})["reduction"] == 7


def test_the_boundary_of_seven_tenths() -> None:
    """年金168万円の単身 → 43万円ちょうど → 7割（当別町）."""
    assert levy(2025, NARA, {"pension_receipts": 1_680_000})["reduction"] == 7
    assert levy(2025, NARA, {"pension_receipts": 1_680_001})["reduction"] == 5


def test_former_dependents_have_half_the_per_capita_or_the_larger_reduction() -> None:
    """元被扶養者: 所得割なし、均等割5割（2年）、7割に当たるときは7割."""
    rich = levy(2025, NARA, {"pension_receipts": 5_000_000, "former_dependent": True})
    assert rich["members"]["0"] == {"per_capita": 25_250, "income": 0, "amount": 25_200}
    poor = levy(2025, NARA, {"pension_receipts": 790_000, "former_dependent": True})
    assert poor["members"]["0"]["per_capita"] == 15_150
    ended = {"pension_receipts": 5_000_000, "former_dependent": True, "former_dependent_relief_ended": True}
    assert levy(2025, NARA, ended)["members"]["0"] == {"per_capita": 50_500, "income": 0, "amount": 50_500}


def test_parts_may_be_cut_each() -> None:
    """佐賀県: 均等割（軽減後）と所得割をそれぞれ100円未満切捨て."""
    each = {**NARA, "rounding": {"scope": "component", "unit": 100}}
    result = levy(2023, each, {"pension_receipts": 2_010_000})
    assert result["members"]["0"] == {"per_capita": 40_400, "income": 47_600, "amount": 88_000}


def test_the_child_component_of_fiscal_2026() -> None:
    """東京都 R8 の子ども分: 均等割1,300円、0.26%。300万円の単身 = 3,822 + 1,300（端数処理前、自作例）."""
    tokyo = {
        "per_capita": 0, "income_rate": "0%", "cap": 850000, "rounding": {"scope": "total", "unit": 1},
        "child": {"per_capita": 1300, "income_rate": "0.26%", "cap": 21000},
    }  # fmt: skip
    assert amounts(levy(2026, tokyo, {"pension_receipts": 3_000_000})) == [5_122]
    assert amounts(levy(2026, tokyo, {"other_income": 90_000_000})) == [21_000]
    with pytest.raises(LawError):
        levy(2025, tokyo, {"pension_receipts": 3_000_000})


@pytest.mark.parametrize(("months", "amount"), [(12, 72_900), (5, 30_300), (0, 0)])
def test_months_divide_the_unrounded_year(months: int, amount: int) -> None:
    assert (
        amounts(levy(2023, NARA, {"pension_receipts": 2_010_000, "months": months}, {"pension_receipts": 790_000}))[0]
        == amount
    )


def test_unknown_incomes_leave_no_reduction() -> None:
    """未申告: 軽減の判定ができず、均等割だけを賦課する（白井市・加古川市）."""
    result = levy(2025, NARA, {"undeclared": True})
    assert (result["reduction"], amounts(result)) == (0, [50_500])


@pytest.mark.parametrize(
    ("change", "code"),
    [({"fiscal_year": 2022}, "no_parameters"), ({"ordinance": None}, "type"), ({"extra": 1}, "unknown_key"),
     ({"association": "12"}, "missing_key")],
)  # fmt: skip
def test_a_bad_case_is_refused(change: dict[str, Any], code: str) -> None:
    member = {"id": "a", "role": "head", "insured": True, "age": 78}
    case = {"fiscal_year": 2025, "ordinance": NARA, "household": {"members": [member]}, **change}
    with pytest.raises(LawError) as error:
        answer(TOPIC, case, False)
    assert error.value.code == code


def test_the_sheet_ends_in_the_amount() -> None:
    result = levy(2023, NARA, {"pension_receipts": 2_010_000})
    assert result["explanation"][-1]["value"] == amounts(result)[0]
