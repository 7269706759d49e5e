"""The command `kokuho law`: one process for a thousand cases, errors whole and alone, schemas, parameters."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kokuho.law import parameters
from kokuho.law.cli import main, topics
from kokuho.law.errors import LawError
from kokuho.law.topic import Topic

CASE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "published" / "premium.json").read_text(encoding="utf-8")
)[0]["given"]


def run(capsys: Any, monkeypatch: Any, data: Any, *argv: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(data if isinstance(data, str) else json.dumps(data)))
    status = main(argv)
    out, err = capsys.readouterr()
    return status, out, err


def changed(path: str, value: Any) -> dict[str, Any]:
    """The first published case with one place changed; `...` removes it."""
    case = json.loads(json.dumps(CASE))
    place: Any = case
    *keys, last = path.split("/")
    for key in keys:
        place = place[int(key) if key.isdigit() else key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return case


BAD = [
    ("household/members/0/salary_receipts", -1, "negative", "household.members[0].salary_receipts"),
    ("household/members/0/salary_receipts", 4500000.5, "type", "household.members[0].salary_receipts"),
    ("household/members/0/salary_receipts", True, "type", "household.members[0].salary_receipts"),
    ("household/members/0/sallary", 1, "unknown_key", "household.members[0].sallary"),
    ("household/members/0/age", ..., "missing_key", "household.members[0].age"),
    ("household/members/0/role", "boss", "not_allowed", "household.members[0].role"),
    ("household/members/0/role", "member", "head", "household.members"),
    ("household/members/1/id", "p1", "duplicate", "household.members[1].id"),
    ("household/insured_months", {"p9": []}, "unknown_key", "household.insured_months.p9"),
    ("household/insured_months", {"p1": ["2027-04"]}, "out_of_range", "household.insured_months.p1[0]"),
    ("household/insured_months", {"p1": ["2026-13"]}, "format", "household.insured_months.p1[0]"),
    ("household", ..., "missing_key", "household"),
    ("ordinance", ..., "missing_key", "ordinance"),
    ("ordinance/components/medical/cap", ..., "missing_key", "ordinance.components.medical.cap"),
    ("ordinance/components/medical/income_rate", 9.5, "type", "ordinance.components.medical.income_rate"),
    ("ordinance/components/medical/income_rate", "9.5", "format", "ordinance.components.medical.income_rate"),
    ("ordinance/rounding", ..., "missing_key", "ordinance.rounding"),
    ("ordinance/rounding/unit", 7, "not_allowed", "ordinance.rounding.unit"),
    ("fiscal_year", 2050, "no_parameters", "fiscal_year"),
    ("fiscal_year", 2022, "no_parameters", "fiscal_year"),
    ("fiscal_year", 99999, "no_parameters", "fiscal_year"),
    ("fiscal_year", "2026", "type", "fiscal_year"),
    ("fiscal_year", 2025, "not_allowed", "ordinance.components.child"),
    ("levy_kind", "fee", "not_allowed", "levy_kind"),
    ("levy_kind", ..., "missing_key", "levy_kind"),
    ("reduction", 3, "not_allowed", "reduction"),
    ("municipality", "112038", "missing_key", "ordinance"),
]


@pytest.mark.parametrize(("path", "value", "code", "where"), BAD)
def test_a_bad_case_is_refused_with_its_place(
    capsys: Any, monkeypatch: Any, path: str, value: Any, code: str, where: str
) -> None:
    status, out, err = run(capsys, monkeypatch, changed(path, value), "premium")
    assert (status, out) == (2, "")
    error = json.loads(err)["error"]
    assert (error["code"], error["path"]) == (code, where)
    assert error["message"]


def test_one_bad_case_in_an_array_leaves_nothing_printed(capsys: Any, monkeypatch: Any) -> None:
    cases = [CASE, changed("household/members/2/age", -3), CASE]
    status, out, err = run(capsys, monkeypatch, cases, "premium")
    assert (status, out) == (2, "")
    assert json.loads(err)["error"]["path"] == "[1].household.members[2].age"


@pytest.mark.parametrize("text", ["", "{", "[1,]", '{"a": NaN}', '{"a": 1, "a": 2}', "3", '"x"', "null", "[3]"])
def test_what_is_no_json_case_is_refused(capsys: Any, monkeypatch: Any, text: str) -> None:
    status, out, err = run(capsys, monkeypatch, text, "premium")
    assert (status, out) == (2, "")
    assert json.loads(err)["error"]["code"] in ("json", "type")


def test_an_unknown_topic_and_a_missing_file_are_refused(capsys: Any, monkeypatch: Any, tmp_path: Path) -> None:
    status, out, err = run(capsys, monkeypatch, CASE, "premiums")
    assert (status, out, json.loads(err)["error"]["code"]) == (2, "", "unknown_topic")
    status, out, err = run(capsys, monkeypatch, CASE, "premium", str(tmp_path / "none.json"))
    assert (status, out, json.loads(err)["error"]["code"]) == (2, "", "file")


def test_a_city_without_an_ordinance_of_the_year_is_refused(capsys: Any, monkeypatch: Any) -> None:
    case = {"fiscal_year": 2023, "municipality": "401307", "household": CASE["household"]}
    status, out, err = run(capsys, monkeypatch, case, "premium")
    assert (status, out, json.loads(err)["error"]["code"]) == (2, "", "no_ordinance")
    status, _, err = run(capsys, monkeypatch, {**case, "municipality": "401300"}, "premium")
    assert json.loads(err)["error"]["code"] == "check_digit"


def test_the_file_may_stand_before_or_after_the_options(capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text('{"total": 240600, "count": 10, "unit": 1000, "remainder": "first"}', encoding="utf-8")
    printed = []
    for words in (["instalments", "--explain", str(file)], ["instalments", str(file), "--explain"]):
        assert main(words) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_a_thousand_cases_take_one_process(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([{**CASE, "id": number} for number in range(1000)]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "kokuho.cli", "law", "premium", str(file)], capture_output=True, text=True, check=True
    )
    results = json.loads(done.stdout)
    assert [result["id"] for result in results] == list(range(1000))
    assert {result["total"] for result in results} == {645854}


def test_the_command_starts_without_the_web_frame() -> None:
    code = "import sys, kokuho.law.cli as c; c.topics(); print([m for m in sys.modules if m.startswith('django')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("topic", topics().values(), ids=lambda topic: topic.name)
def test_every_topic_publishes_sound_schemas(capsys: Any, topic: Topic) -> None:
    assert main([topic.name, "--schema"]) == 0
    shown = json.loads(capsys.readouterr().out)
    for side in ("input", "output"):
        jsonschema.Draft202012Validator.check_schema(shown[side])


def test_parameters_of_a_year_show_article_source_and_certainty(capsys: Any) -> None:
    assert main(["parameters", "--year", "2026"]) == 0
    values = {
        row["name"]: row for row in json.loads(capsys.readouterr().out)["parameters"] if row["table"] == "premium"
    }
    assert values["cap_medical"]["value"] == 670000
    assert values["cap_child"]["value"] == 30000
    assert values["reduction_per_person_5"]["value"] == 310000
    for row in values.values():
        assert row["certainty"] and row["article"] and row["source"], row["name"]
    assert main(["parameters", "--year", "2031"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "no_parameters"


@pytest.mark.parametrize("word", ["parameters", "ordinances"])
def test_the_files_of_values_have_a_schema(capsys: Any, word: str) -> None:
    assert main([word, "--schema"]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_the_built_in_files_keep_to_their_schema(capsys: Any) -> None:
    """Seen by an independent checker of JSON Schema."""
    main(["ordinances", "--schema"])
    schema = json.loads(capsys.readouterr().out)
    for file in (Path(parameters.__file__).parent / "ordinances").glob("*.yaml"):
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        jsonschema.validate({**raw, "years": {str(year): nodes for year, nodes in raw["years"].items()}}, schema)


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ([{"from": date(2026, 4, 1), "value": 1, "source": "x", "certainty": "sure"}], "not_allowed"),
        ([{"from": date(2026, 4, 1), "value": 1, "certainty": "S"}], "missing_key"),
        ([{"from": date(2026, 4, 1), "until": date(2026, 3, 1), "value": 1, "source": "", "certainty": "S"}], "order"),
        (
            [
                {"from": date(2026, 4, 1), "until": date(2027, 5, 1), "value": 1, "source": "", "certainty": "S"},
                {"from": date(2027, 4, 1), "value": 1, "source": "", "certainty": "S"},
            ],
            "order",
        ),
        ([{"from": date(2026, 4, 1), "value": 1, "source": "", "certainty": "S"}] * 2, "duplicate"),
    ],
)
def test_a_faulty_file_of_national_values_is_refused(history: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(LawError) as error:
        parameters.Table("test", {"value": {"label": "値", "history": history}})
    assert error.value.code == code


def test_a_value_holds_for_its_days_only() -> None:
    table = parameters.table("premium")
    assert table.at("cap_medical", date(2026, 3, 31)).value == 660000
    assert table.at("cap_medical", date(2026, 4, 1)).value == 670000
    for day in (date(2023, 3, 31), date(2027, 4, 1)):
        with pytest.raises(LawError):
            table.at("cap_medical", day)


def test_the_built_in_ordinances_show_their_certainty(capsys: Any) -> None:
    assert main(["ordinances"]) == 0
    cities = {row["name"]: row for row in json.loads(capsys.readouterr().out)["ordinances"]}
    assert set(cities) == {"新潟市", "川口市", "松戸市", "福岡市", "相模原市"}
    assert cities["新潟市"]["years"]["2024"]["components"]["certainty"] == "K-low"


def test_topics_are_listed(capsys: Any) -> None:
    assert main([]) == 0
    assert "premium" in capsys.readouterr().out
