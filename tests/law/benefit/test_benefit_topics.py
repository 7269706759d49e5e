"""Every topic of benefits: its schema fits what it takes and gives, and bad input is refused with code and path."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from kokuho.law.benefit.topics import TOPICS
from kokuho.law.cli import main
from kokuho.law.errors import LawError

CLAIM = {"person": "夫", "age_70_plus": False, "setting": "inpatient", "institution": "A", "cost": 400_000}
STATE = {"on": "2026-11-01", "oldest_due": "2025-07-31", "arrears": 120_000}

CASES: dict[str, list[dict[str, Any]]] = {
    "high-cost": [
        {"month": "2025-10", "class_under_70": "ウ", "claims": [CLAIM]},
        {
            "month": "2025-10",
            "class_under_70": "ウ",
            "share_of_limit": "1/2",
            "claims": [{**CLAIM, "public_expense": {"rate": "5%", "cap": None, "cost": 60_000}}],
        },
        {"month": "2027-10", "class_under_70": "ウ1", "planned": True, "claims": [CLAIM]},
        {"month": "2025-10", "claims": []},
    ],
    "claim-share": [
        {"month": "2025-10", "class": "ウ", "age_70_plus": False, "points": 100_000},
        {
            "month": "2025-10",
            "class": "一般",
            "age_70_plus": True,
            "setting": "outpatient",
            "cost": 300_000,
            "specific_disease_cap": 10_000,
        },
        {
            "month": "2025-10",
            "class": "オ",
            "age_70_plus": False,
            "cost": 0,
            "public_expense": {"points": 9_500, "fixed": 5_000},
        },
    ],
    "multiple-count": [{"month": "2025-10", "counted_months": ["2025-01", "2025-03", "2025-09"]}],
    "limit-certificate": [{"birth_date": "1980-01-01", "class": "ウ", "applied_on": "2025-10-20"}],
    "copayment-ratio": [
        {
            "birth_date": "1952-01-01",
            "date": "2025-10-01",
            "cost": 12_340,
            "seniors": [{"taxable": 2_000_000, "receipts": 3_000_000, "base": 3_000_000}],
        },
        {"birth_date": "2020-01-01", "date": "2025-10-01"},
    ],
    "income-class": [
        {
            "month": "2025-10",
            "members": [
                {
                    "role": "insured_head",
                    "total_income": 3_000_000,
                    "taxed": True,
                    "senior": True,
                    "taxable_income": 1_500_000,
                    "receipts": 6_000_000,
                }
            ],
        }
    ],
    "outpatient-annual": [
        {
            "year": 2024,
            "class": "一般",
            "insurer": "A",
            "pots": [{"label": "夫", "months": [{"insurer": "A", "month": "2024-09", "burden": 150_000}]}],
        }
    ],
    "annual-cap": [
        {"year": 2026, "class": "ウ", "planned": True, "burdens": [{"person": "夫", "month": "2026-09", "amount": 1}]}
    ],
    "combined-care": [
        {
            "year": 2024,
            "class_under_70": "エ",
            "burdens": [
                {"payer": "国保", "side": "medical", "junior": 700_000},
                {"payer": "介護", "side": "care", "junior": 100_000},
            ],
        }
    ],
    "birth-grant": [{"birth_date": "2025-10-01", "pregnancy_days": 280, "direct_payment": 480_000}],
    "funeral-grant": [{"died_on": "2025-10-01", "ceremony_held": True}],
    "medical-expense": [
        {"kind": "general", "standard": 10_000, "paid": 12_000, "ratio": "30%"},
        {"kind": "overseas", "standard": 10_000, "paid_foreign": 5_000, "exchange_rate": "1.5", "ratio": "30%"},
    ],
    "transport-expense": [
        {"economical": 1, "paid": 2, "appropriate_care": True, "could_not_move": True, "urgent": True}
    ],
    "meal-difference": [{"meals": {"2025-04": 30}, "paid_class": "standard", "due_class": "reduced"}],
    "long-stay": [{"applied_on": "2025-10-01", "stays": [{"from": "2025-01-01", "to": "2025-06-01"}]}],
    "benefit-loan": [{"on": "2025-10-01", "expected_benefit": 200_000}],
    "claim-prescription": [{"kind": "birth", "event_date": "2025-10-01"}, {"kind": "high_cost", "month": "2025-10"}],
    "special-benefit": [STATE],
    "benefit-suspension": [{**STATE, "benefit": "high_cost", "amount": 50_000}],
    "copayment-relief": [
        {
            "on": "2025-10-01",
            "share": 90_000,
            "disaster_or_loss": True,
            "inpatient": True,
            "income": 100_000,
            "standard": 120_000,
            "savings": 0,
        }
    ],
    "benefit-return": [
        {"cause": "not_insured", "claims": [{"cost": 10_000, "insurer": 7_000}]},
        {
            "cause": "wrong_ratio",
            "applied_ratio": "20%",
            "right_ratio": "30%",
            "claims": [{"cost": 10_000, "insurer": 8_000}],
        },
    ],
    "third-party": [
        {
            "happened_on": "2025-10-01",
            "known_on": "2025-10-02",
            "claims": [{"cost": 10_000, "insurer": 7_000}],
            "victim_fault": "30%",
        }
    ],
}
BY_NAME = {topic.name: topic for topic in TOPICS}


def test_every_topic_has_a_case_here() -> None:
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(CASES))
def test_input_and_output_fit_the_schema_and_every_answer_explains_itself(name: str) -> None:
    topic = BY_NAME[name]
    for schema in (topic.input_schema, topic.output_schema):
        jsonschema.Draft202012Validator.check_schema(dict(schema))
    for case in CASES[name]:
        jsonschema.validate({"id": "x", **case}, topic.input_schema)
        answer = topic.run(case, True)
        json.dumps(answer)
        jsonschema.validate(answer, topic.output_schema)
        assert answer["explanation"]
        assert "explanation" not in topic.run(case, False)


@pytest.mark.parametrize("name", sorted(CASES))
def test_missing_and_unknown_keys_are_refused_by_both_schema_and_topic(name: str) -> None:
    topic, case = BY_NAME[name], CASES[name][0]
    with pytest.raises(LawError) as error:
        topic.run({**case, "typo": 1}, False)
    assert (error.value.code, error.value.path) == ("unknown_key", "typo")
    for key in topic.input_schema["required"]:
        with pytest.raises(LawError) as error:
            topic.run({other: value for other, value in case.items() if other != key}, False)
        assert (error.value.code, error.value.path) == ("missing_key", key)


@pytest.mark.parametrize(
    ("name", "change", "code", "path"),
    [
        ("high-cost", {"month": "2025-13"}, "format", "month"),
        ("high-cost", {"month": "2014-12"}, "no_parameters", "month"),
        ("high-cost", {"class_under_70": None}, "missing_key", "class_under_70"),
        ("high-cost", {"class_under_70": "カ"}, "not_allowed", "class_under_70"),
        ("high-cost", {"class_under_70": "ウ1"}, "unknown_class", "class_under_70"),
        ("high-cost", {"claims": [{**CLAIM, "paid": 400_001}]}, "out_of_range", "claims[0].paid"),
        ("high-cost", {"claims": [{**CLAIM, "ratio": "101%"}]}, "out_of_range", "claims[0].ratio"),
        ("high-cost", {"claims": [{**CLAIM, "cost": 1.5}]}, "type", "claims[0].cost"),
        ("high-cost", {"claims": [{**CLAIM, "prescriber": "B"}]}, "not_allowed", "claims[0].prescriber"),
        ("high-cost", {"settings": {"x": 1}}, "unknown_setting", "settings.x"),
        ("high-cost", {"settings": {"notice_minimum": True}}, "bad_setting", "settings.notice_minimum"),
        ("claim-share", {"cost": 1}, "not_allowed", "points"),
        ("claim-share", {"class": "一般"}, "unknown_class", "class"),
        (
            "claim-share",
            {"public_expense": {"points": 1, "rate": "5%", "fixed": 1}},
            "not_allowed",
            "public_expense.fixed",
        ),
        ("claim-share", {"public_expense": {"rate": "5%"}}, "missing_key", "public_expense.cost"),
        ("copayment-ratio", {"active": True}, "not_allowed", "active"),
        ("copayment-ratio", {"birth_date": "1952-02-30"}, "format", "birth_date"),
        (
            "income-class",
            {"members": [{"role": "insured_head", "total_income": 0, "taxed": True, "senior": True}]},
            "missing_key",
            "members[0].taxable_income",
        ),
        ("outpatient-annual", {"class": "ウ"}, "not_allowed", "class"),
        ("annual-cap", {"planned": False}, "planned_only", "planned"),
        ("medical-expense", {"kind": "overseas"}, "missing_key", "paid_foreign"),
        ("meal-difference", {"meals": {"4月": 1}}, "unknown_key", "meals.4月"),
        ("long-stay", {"stays": [{"from": "2025-02-01", "to": "2025-01-01"}]}, "order", "stays[0].to"),
        ("claim-prescription", {"kind": "high_cost"}, "missing_key", "month"),
        ("benefit-return", {"cause": "wrong_ratio"}, "missing_key", "applied_ratio"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_its_place(
    name: str, change: dict[str, Any], code: str, path: str
) -> None:
    with pytest.raises(LawError) as error:
        BY_NAME[name].run({**CASES[name][0], **change}, False)
    assert (error.value.code, error.value.path) == (code, path)
    assert any("ぁ" <= letter <= "ん" for letter in error.value.message), "the message is in Japanese"


def test_the_command_prints_the_schema_of_a_topic(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["high-cost", "--schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["input"]["required"] == ["month", "claims"] and "total" in printed["output"]["properties"]
