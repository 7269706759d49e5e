"""The contract's own examples of every topic of premium and collection, and what a case may say beyond a published one."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from kokuho.law.cli import answer, topics
from kokuho.law.errors import LawError
from kokuho.law.premium.bench import run

HOME = {
    "members": [
        {"id": "a", "role": "head", "insured": True, "birth_date": "1985-10-02", "salary_receipts": 3000000},
        {"id": "b", "role": "member", "insured": True, "birth_date": "1990-05-05"},
    ]
}


def ask(topic: str, case: dict[str, Any]) -> dict[str, Any]:
    known = topics()[topic]
    result = answer(known, case, True)
    jsonschema.validate(case, known.input_schema)
    jsonschema.validate(result, known.output_schema)
    assert result.pop("explanation")
    return result


def premium(**changes: Any) -> dict[str, Any]:
    return ask("premium", {"fiscal_year": 2025, "municipality": "112038", "household": HOME, **changes})


def with_member(**changes: Any) -> dict[str, Any]:
    first, *rest = HOME["members"]
    return {"members": [{**first, **changes}, *rest]}


@pytest.mark.parametrize(
    ("topic", "case", "result"),
    [
        ("instalments", {"total": 240600, "count": 10, "unit": 1000, "remainder": "last"},
         {"instalments": [24000] * 9 + [24600]}),
        ("refund-interest", {"amount": 250000, "from": "2024-08-01", "to": "2025-06-10"},
         {"base": 250000, "segments": [{"rate": "0.9%", "days": 314, "amount": 1935}], "raw": 1935, "interest": 1900}),
        ("maternity-months", {"birth_month": "2023-11", "multiple": False}, {"months": ["2024-01"], "month_count": 1}),
        ("reduction",
         {"fiscal_year": 2025, "reduction_income": 1320000, "counted_persons": 3, "salary_or_pension_earners": 1},
         {"reduction": 5, "thresholds": {"7": 430000, "5": 1345000, "2": 2110000}}),
        ("reduction",
         {"fiscal_year": 2025, "reduction_income": 530001, "counted_persons": 1, "salary_or_pension_earners": 2},
         {"reduction": 5, "thresholds": {"7": 530000, "5": 835000, "2": 1090000}}),
        ("special-collection", {"pension_annual": 792600, "care_premium_per_payment": 15000, "premium_annual": 324000},
         {"eligible": False, "pension_per_payment": 132100, "half": "66050"}),
        ("special-collection", {"pension_annual": 792606, "care_premium_per_payment": 0, "premium_annual": 0},
         {"eligible": True, "pension_per_payment": 132101, "half": "66050.5"}),
        ("special-collection", {"provisional": [20000] * 3, "total": 140000, "unit": 100, "remainder": "first"},
         {"final": [26800, 26600, 26600]}),
        ("special-collection", {"provisional": [20000] * 3, "total": 50000, "unit": 100, "remainder": "last"},
         {"final": [0, 0, 0]}),
        ("assessment-limit", {"levy_kind": "premium", "first_due_date": "2022-06-30", "kind": "increase",
                              "on": "2024-06-30"}, {"forbidden_from": "2024-07-01", "allowed": True}),
        ("assessment-limit", {"levy_kind": "tax", "first_due_date": "2022-06-30", "kind": "fraud",
                              "became_leviable": "2023-01-10"}, {"forbidden_from": "2030-01-10", "allowed": None}),
        ("allocation",
         {"payment": 10500, "debts": [{"id": 1, "due_date": "2025-07-31", "principal": 10000, "demand_fee": 100}]},
         {"postings": [{"id": 1, "kind": "principal", "amount": 10000}, {"id": 1, "kind": "demand_fee", "amount": 100}],
          "overpaid": 400}),
        ("prescription",
         {"levy_kind": "premium", "due_date": "2024-07-31",
          "events": [{"kind": "督促", "day": "2024-08-20", "arrived": "2024-08-22"}, {"kind": "催告", "day": "2026-06-01"}]},
         {"started": "2024-08-23", "last_day": "2026-12-01", "extinct_from": "2026-12-02"}),
        ("prescription", {"levy_kind": "tax", "due_date": "2024-07-31",
                          "events": [{"kind": "差押", "day": "2025-01-10", "end": None}]},
         {"started": "2024-08-01", "last_day": None, "extinct_from": None}),
        ("demand", {"due_date": "2024-07-31", "sent": "2024-08-20", "fiscal_year": 2024, "setting": {"fee": 100}},
         {"send_by": "2024-08-20", "answer_by": "2024-08-30", "seizure_from": "2024-08-31", "fee": 100}),
        ("due-dates", {"fiscal_year": 2026, "instalments": {"months": [7, 12]}, "closed_days": []},
         {"due_dates": ["2026-07-31", "2026-12-31"]}),
    ],
)  # fmt: skip
def test_topic(topic: str, case: dict[str, Any], result: dict[str, Any]) -> None:
    assert ask(topic, case) == result


def test_a_built_in_city_is_levied_by_its_code() -> None:
    """川口市 令和7年度: 3,000,000円の給与 → 所得2,020,000円 − 43万円 = 1,590,000円."""
    result = premium()
    assert result["components"]["medical"]["income"] == 118_455
    assert result["components"]["care"] == {
        "income": 1_590_000 * 13 // 1000 * 6 // 12, "asset": 0, "per_capita": 6_500, "per_household": 0, "amount": 16_800
    }  # fmt: skip
    with pytest.raises(LawError) as error:
        premium(levy_kind="premium")
    assert error.value.path == "levy_kind"


def test_due_dates_of_a_built_in_city() -> None:
    dates = ask("due-dates", {"fiscal_year": 2025, "municipality": "112038"})["due_dates"]
    assert dates == ["2025-07-31", "2025-09-01", "2025-09-30", "2025-10-31", "2025-12-01", "2025-12-29",
                     "2026-02-02", "2026-03-02"]  # fmt: skip


def test_a_case_may_tell_the_circumstances_of_a_member() -> None:
    usual = premium()["total"]
    lost = premium(household=with_member(involuntary_left="2025-03-31"))
    assert lost["reduction_income"] == 2_020_000 * 30 // 100
    birth = with_member(maternity={"birth_month": "2025-08", "multiple": True})
    assert premium(household=birth)["total"] < usual
    dependent = premium(household=with_member(former_dependent={"acquired": "2024-11-10"}))
    assert dependent["total"] < usual
    later = premium(household={**HOME, "insured_months": {"b": ["2025-10", "2025-11", "2025-12"]}})
    assert later["total"] < usual
    alone = {"members": HOME["members"][:1], "specified_since": "2024-06-10"}
    assert premium(household=alone)["components"]["medical"]["per_household"] == 0


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"family_employee_salary": 1}, "household.members[0].family_employee_salary"),
        ({"age": 40}, "household.members[0].age"),
        ({"birth_date": "2026-04-01"}, "household.members[0].birth_date"),
        ({"birth_date": "1985-02-30"}, "household.members[0].birth_date"),
        ({"maternity": {"birth_month": "2025-8"}}, "household.members[0].maternity.birth_month"),
    ],
)
def test_contradictory_members_are_refused(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(LawError) as error:
        premium(household=with_member(**changes))
    assert error.value.path == path


def test_wages_of_a_family_employee_are_part_of_the_salary() -> None:
    members = [HOME["members"][0], {**HOME["members"][1], "salary_receipts": 500000, "family_employee_salary": 600000}]
    with pytest.raises(LawError) as error:
        premium(household={"members": members})
    assert error.value.path == "household.members[1].salary_receipts"


def test_a_reassessment_is_the_difference_of_two_cases() -> None:
    case = {"fiscal_year": 2025, "municipality": "112038", "household": HOME}
    poorer = {**case, "household": with_member(salary_receipts=1000000)}
    result = ask("reassessment", {"before": case, "after": poorer})
    assert result["difference"] == result["after"] - result["before"] == sum(result["components"].values())
    with pytest.raises(LawError) as error:
        ask("reassessment", {"before": case, "after": {**case, "household": {"members": []}}})
    assert error.value.path == "after.household.members"
    with pytest.raises(LawError) as error:
        ask("reassessment", {"before": case, "after": {**case, "fiscal_year": 2024}})
    assert error.value.code == "year_mismatch"


@pytest.mark.parametrize(
    ("topic", "case", "path"),
    [
        ("refund-interest", {"amount": 1, "from": "2025-01-02", "to": "2025-01-01"}, "to"),
        ("refund-interest", {"amount": 100000, "from": "2026-12-31", "to": "2027-01-01"}, "to"),
        (
            "delinquency-charge",
            {"principal": 1, "due_date": "2025-1-1", "paid_date": "2025-13-01", "low_rate_months": 1},
            "paid_date",
        ),
        ("insured-months", {"fiscal_year": 2025, "acquired": "1989-01-01", "birth_date": "1990-01-01"}, "acquired"),
        ("due-dates", {"fiscal_year": 2025}, "instalments"),
        ("instalments", {"total": 1, "count": 13, "unit": 1, "remainder": "first"}, "count"),
        ("maternity-months", {"birth_month": "2023-00", "multiple": False}, "birth_month"),
    ],
)
def test_a_bad_case_names_its_place(topic: str, case: dict[str, Any], path: str) -> None:
    with pytest.raises(LawError) as error:
        answer(topics()[topic], case, False)
    assert error.value.path == path


@pytest.mark.city
def test_the_benchmark_measures_exact_and_twin(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--insured", "3000", "--repeat", "1", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["insured"] > 2500
    assert figures["exact_insured_per_second"] > 0 and figures["twin_insured_per_second"] > 0
    assert run(["--insured", "300", "--repeat", "1"]) == 0
    assert "exact_insured_per_second" in capsys.readouterr().out
