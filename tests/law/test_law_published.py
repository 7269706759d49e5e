"""Every published worked example, to the yen, through the command's own path. Sources stand in the data files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kokuho.law.cli import answer, topics

DATA = Path(__file__).parent / "data" / "published"
TOPICS = (
    "premium",
    "instalments",
    "delinquency-charge",
    "maternity-months",
    "reduction",
    "care-months",
    "insured-months",
    "special-collection",
    "elderly-premium",
)
CASES = [
    pytest.param(topic, case, id=f"{topic}-{case['given']['id']}")
    for topic in TOPICS
    for case in json.loads((DATA / f"{topic}.json").read_text(encoding="utf-8"))
]


def expected(case: dict[str, Any]) -> dict[str, Any]:
    expect = dict(case["expect"])
    if "first" in expect:
        return {"instalments": [expect["first"]] + [expect["others"]] * (case["given"]["count"] - 1)}
    return expect


def assert_within(expect: Any, result: Any, path: str = "") -> None:
    if isinstance(expect, dict):
        for key, value in expect.items():
            assert key in result, path
            assert_within(value, result[key], f"{path}.{key}")
    else:
        assert result == expect, path


@pytest.mark.parametrize(("topic", "case"), CASES)
def test_published_example(topic: str, case: dict[str, Any]) -> None:
    known = topics()[topic]
    result = answer(known, case["given"], True)
    assert_within(expected(case), result)
    jsonschema.validate(case["given"], known.input_schema)
    jsonschema.validate(result, known.output_schema)
    assert result["explanation"]
    for step in result["explanation"]:
        assert step["label"] and step["authority"]


def test_shinagawa_charges_the_low_rate_for_three_months() -> None:
    """品川区の例: 100,000円、納期限2021-04-30、納付2021-10-31 → 630 + 2,218 = 2,848円 → 2,800円."""
    case = {"principal": 100000, "due_date": "2021-04-30", "paid_date": "2021-10-31", "low_rate_months": 3}
    assert answer(topics()["delinquency-charge"], case, False) == {
        "base": 100000,
        "segments": [{"rate": "2.5%", "days": 92, "amount": 630}, {"rate": "8.8%", "days": 92, "amount": 2218}],
        "raw": 2848,
        "charge": 2800,
    }
