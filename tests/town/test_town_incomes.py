"""Incomes agree with the law and with each other; special incomes occur."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from townfiles import Row, Town

from kokuho.law.premium.incomes import adjustment_of, income_rules

RULES = income_rules(2026)


def parts(row: Row) -> tuple[int, int]:
    """総所得金額 before carried losses, and the separately taxed incomes (特別控除前)."""
    ordinary = (
        row["salary_income"] - row["income_adjustment"] + row["pension_income"] + row["business_income"]
        + row["farm_income"] + row["real_estate_income"] + row["interest_income"] + row["dividend_income"]
        + row["misc_income"] + row["short_transfer_income"]
        + (row["long_transfer_income"] + row["occasional_income"]) // 2
    )  # fmt: skip
    separate = (
        row["forestry_income"] + row["sep_short_before"] + row["sep_long_before"] + row["stock_general"]
        + row["stock_listed"] + row["listed_dividend"] + row["futures"]
    )  # fmt: skip
    return max(0, ordinary), separate


def test_totals_are_the_sums_of_their_parts(town: Town) -> None:
    for row in town.incomes.values():
        ordinary, separate = parts(row)
        carried = row["net_loss_carried"] + row["casualty_loss_carried"] + row["stock_loss_carried"]
        assert row["aggregate_income"] == ordinary + separate
        assert row["total_income"] == ordinary + separate - carried >= 0
        assert row["stock_loss_carried"] <= row["stock_listed"] + row["listed_dividend"] + row["futures"]


def test_salary_and_pension_incomes_follow_the_tables_of_the_year(town: Town) -> None:
    for number, row in town.incomes.items():
        assert row["salary_income"] == RULES.salary.income(row["salary_receipts"])
        person = town.full.get(number)
        senior = person is not None and person["birth_date"] <= "1961-01-01"
        other = sum(parts({**row, "pension_income": 0, "income_adjustment": 0}))
        if person and row["business_income"] >= 0 and row["real_estate_income"] >= 0 and row["farm_income"] >= 0:
            assert row["pension_income"] == RULES.pension_income(row["pension_receipts"], senior, other)
        allowed = {
            adjustment_of(RULES, row["salary_receipts"], row["salary_income"], row["pension_income"], child)
            for child in (False, True)
        }
        assert row["income_adjustment"] in (allowed if row["salary_income"] else {0})


def test_land_is_taxed_after_its_special_deduction(town: Town) -> None:
    sold = [row for row in town.incomes.values() if row["sep_long_before"]]
    assert {row["sep_long_before"] - row["sep_long_after"] for row in sold} >= {0, 30_000_000}
    assert all(0 <= row["sep_long_after"] <= row["sep_long_before"] for row in sold)


def test_family_wages_paid_are_received_in_the_household(town: Town) -> None:
    paid: dict[str, int] = {}
    received: dict[str, int] = {}
    for number, row in town.incomes.items():
        if number in town.full:
            household = town.full[number]["household_number"]
            paid[household] = paid.get(household, 0) + row["family_employee_deduction"]
            received[household] = received.get(household, 0) + row["family_employee_salary"]
            assert row["family_employee_salary"] <= row["salary_receipts"]
    assert paid == received
    assert sum(1 for amount in paid.values() if amount) > 20


def test_undeclared_and_taxed_elsewhere_carry_no_amounts(town: Town) -> None:
    for row in town.incomes.values():
        unknown = row["declaration"] in ("5", "7")
        assert (row["taxation"] == "9") == unknown
        if unknown:
            assert row["aggregate_income"] == row["total_income"] == row["salary_receipts"] == 0


def test_only_residents_of_1_january_are_taxed_here(town: Town) -> None:
    after = town.after()
    for number, row in town.incomes.items():
        person = town.full.get(number) or after[number]
        assert (person["resident_since"] > "2026-01-01") == (row["declaration"] == "7")
        assert not person["left_on"] or person["left_on"] > "2026-01-01"
    arrived = [n for n, p in town.full.items() if p["resident_since"] > "2026-01-01" and p["birth_date"] < "2008"]
    assert 0 < sum(number in town.incomes for number in arrived) < len(arrived)
    children = [n for n, p in town.full.items() if p["birth_date"] > "2011-01-02" and p["resident_state"] == "1"]
    assert children and not any(number in town.incomes for number in children)


SPECIAL: dict[str, Callable[[Row], bool]] = {
    "above every cap": lambda r: r["business_income"] > 10_000_000,
    "基礎控除 29万円の段": lambda r: 24_000_000 < r["aggregate_income"] <= 24_500_000,
    "基礎控除 15万円の段": lambda r: 24_500_000 < r["aggregate_income"] <= 25_000_000,
    "基礎控除なし": lambda r: r["aggregate_income"] > 25_000_000,
    "loss of the year": lambda r: r["business_income"] < 0,
    "純損失の繰越": lambda r: r["net_loss_carried"] > 0,
    "雑損失の繰越": lambda r: r["casualty_loss_carried"] > 0,
    "上場株式等の繰越": lambda r: r["stock_loss_carried"] > 0 and r["stock_listed"] > 0,
    "短期譲渡": lambda r: r["sep_short_after"] > 0,
    "山林": lambda r: r["forestry_income"] > 0,
    "先物": lambda r: r["futures"] > 0,
    "一時": lambda r: r["occasional_income"] > 0,
    "農業": lambda r: r["farm_income"] > 0,
    "不動産": lambda r: r["real_estate_income"] > 0,
    "子育ての所得金額調整控除": lambda r: r["salary_receipts"] > 8_500_000 and r["income_adjustment"] > 0,
    "重複の所得金額調整控除": lambda r: r["income_adjustment"] == 100_000 and r["pension_income"] > 0,
    "給与 650,999": lambda r: r["salary_receipts"] == 650_999 and r["salary_income"] == 0,
    "給与 651,000": lambda r: r["salary_receipts"] == 651_000 and r["salary_income"] == 1_000,
    "給与 1,899,999": lambda r: r["salary_receipts"] == 1_899_999 and r["salary_income"] == 1_249_999,
    "給与 1,900,000": lambda r: r["salary_receipts"] == 1_900_000 and r["salary_income"] == 1_250_000,
    "年金 1,250,000": lambda r: r["pension_receipts"] == 1_250_000,
    "年金 1,250,001": lambda r: r["pension_receipts"] == 1_250_001,
    "所得 430,000": lambda r: r["total_income"] == 430_000,
    "所得 430,001": lambda r: r["total_income"] == 430_001,
    "declared zero": lambda r: r["total_income"] == 0 and r["declaration"] == "2",
    "revised": lambda r: r["revision"] == 1 and r["decided_on"] > "2026-06-01",
}


@pytest.mark.parametrize("kind", SPECIAL)
def test_special_incomes_occur(town: Town, kind: str) -> None:
    assert any(SPECIAL[kind](row) for row in town.incomes.values())


@pytest.mark.parametrize("declaration", list("1234567"))
def test_every_declaration_occurs(town: Town, declaration: str) -> None:
    assert any(row["declaration"] == declaration for row in town.incomes.values())
