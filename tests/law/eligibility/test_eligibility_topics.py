"""Every topic of eligibility: schema, answer, explanation, refusal."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from kokuho.law.eligibility.topics import TOPICS
from kokuho.law.errors import LawError

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "acquisition": ({"reason": "104", "event_date": "2026-04-01"}, {"acquired": "2026-04-01"}),
    "loss": ({"reason": "204", "event_date": "2026-03-31"}, {"lost": "2026-04-01", "levy_end": "2026-03-31"}),
    "age-events": (
        {"birth_date": "1956-11-01", "from": "2026-11-01", "to": "2026-11-30"},
        {"events": [{"kind": "senior", "effective": "2026-11-01"}]},
    ),
    "elderly-handover": (
        {"birth_date": "1951-11-15"},
        {"elderly_from": "2026-11-15", "kokuho_lost": "2026-11-16", "halved_month": "2026-11"},
    ),
    "unemployment-period": (
        {"birth_date": "1980-01-01", "left_on": "2026-03-31", "code": "11"},
        {"eligible": True, "to": "2028-03-31"},
    ),
    "certificate-validity": (
        {"kind": "confirmation", "birth_date": "1980-01-01", "issued_from": "2026-08-01"},
        {"until": "2027-07-31"},
    ),
    "special-address": (
        {"on": "2026-11-01", "residences": [{"municipality": "A", "from": "2000-01-01"}]},
        {"municipality": "A", "special": False},
    ),
    "notification-due": ({"kind": "name", "event_date": "2026-11-01"}, {"due": "2026-11-15"}),
}
BY_NAME = {topic.name: topic for topic in TOPICS}


def test_every_topic_has_a_case_here() -> None:
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(CASES))
def test_input_and_output_fit_the_schema(name: str) -> None:
    topic = BY_NAME[name]
    case, expected = CASES[name]
    jsonschema.validate({"id": "x", **case}, topic.input_schema)
    answer = topic.run(case, True)
    jsonschema.validate(answer, topic.output_schema)
    assert {key: answer[key] for key in expected} == expected
    assert answer["explanation"]
    for key in topic.input_schema["required"]:
        with pytest.raises(LawError) as error:
            topic.run({other: value for other, value in case.items() if other != key}, False)
        assert error.value.code == "missing_key"


@pytest.mark.parametrize(
    ("name", "change", "code", "path"),
    [
        ("loss", {"event_date": "2026-02-30"}, "format", "event_date"),
        ("loss", {"reason": "101"}, "wrong_kind", "reason"),
        ("loss", {"settings": {"elderly_loss": "x"}}, "bad_setting", "settings.elderly_loss"),
        ("age-events", {"to": "x"}, "format", "to"),
        ("elderly-handover", {"disability_certified_on": "2010-01-01"}, "age", "disability_certified_on"),
        ("special-address", {"residences": []}, "length", "residences"),
        (
            "special-address",
            {
                "residences": [
                    {"municipality": "A", "from": "2000-01-01"},
                    {"municipality": "B", "from": "2001-01-01", "facility": "x", "moved_because_of_stay": True},
                ]
            },
            "unknown_facility",
            "residences[1].facility",
        ),
        ("notification-due", {"kind": "x"}, "unknown_notification", "notification"),
    ],
)
def test_what_cannot_be_judged_is_refused(name: str, change: dict[str, Any], code: str, path: str) -> None:
    with pytest.raises(LawError) as error:
        BY_NAME[name].run({**CASES[name][0], **change}, False)
    assert (error.value.code, error.value.path) == (code, path)


def test_other_answers_of_the_same_topics() -> None:
    run = {name: topic.run for name, topic in BY_NAME.items()}
    none = {"birth_date": "1950-01-01", "left_on": "2026-03-31", "code": "11"}
    assert run["unemployment-period"](none, True)["eligible"] is False
    notice = {"kind": "notice", "birth_date": "1980-01-01", "issued_from": "2026-08-01"}
    assert run["certificate-validity"](notice, False)["until"] is None
    certified = {"birth_date": "1956-01-01", "disability_certified_on": "2026-06-10"}
    assert run["elderly-handover"](certified, False)["kokuho_lost"] == "2026-06-11"
    assert len(run["age-events"]({"birth_date": "1980-01-01"}, False)["events"]) == 6
