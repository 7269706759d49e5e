"""Published worked examples, to the yen, through the command itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kokuho.law.cli import main, topics

DATA = Path(__file__).parent.parent / "data"
FILES = ("high-cost", "claim-share", "high-cost-municipal")


def cases(name: str) -> list[dict[str, Any]]:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


ALL = [(f"{name}/{case['given']['id']}", case) for name in FILES for case in cases(name)]


@pytest.mark.parametrize("case", [case for _, case in ALL], ids=[name for name, _ in ALL])
def test_published_example(case: dict[str, Any]) -> None:
    result = topics()[case["topic"]].run(case["given"], False)
    assert {key: result[key] for key in case["expect"]} == case["expect"]


@pytest.mark.parametrize("name", FILES)
def test_the_command_answers_a_whole_file_in_one_call(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([case["given"] for case in cases(name)], ensure_ascii=False), encoding="utf-8")
    assert main([cases(name)[0]["topic"], str(file), "--explain"]) == 0
    answers = json.loads(capsys.readouterr().out)
    for case, answer in zip(cases(name), answers, strict=True):
        assert answer["id"] == case["given"]["id"]
        assert {key: answer[key] for key in case["expect"]} == case["expect"]
        assert answer["explanation"], "every amount carries its steps"
        assert all(step["label"] and step["authority"] for step in answer["explanation"])


def test_the_explanation_shows_the_figures_of_a_mixed_household() -> None:
    case = next(item for item in cases("high-cost-municipal") if item["given"]["id"] == "yamato-6996")
    steps = topics()["high-cost"].run(case["given"], True)["explanation"]
    assert {
        "label": "世帯全体の自己負担限度額",
        "formula": "80,100円＋（3,400,000円－267,000円）×1%",
        "value": 111430,
        "authority": "国民健康保険法施行令29条の3第1項",
    } in steps
    assert any(step["formula"] == "957,600円－111,430円" and step["value"] == 846170 for step in steps)
    assert any("21,000円未満の 18,000円 は合算しない" in step["formula"] for step in steps)


def test_a_bad_case_prints_one_error_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = cases("high-cost")[0]["given"]
    bad = {**good, "claims": [{**good["claims"][0], "cost": -1}]}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([good, bad], ensure_ascii=False), encoding="utf-8")
    assert main(["high-cost", str(file)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    error = json.loads(printed.err)["error"]
    assert error["code"] == "negative" and error["path"] == "[1].claims[0].cost"
