"""The controls as data: exactly the catalogue, each with a check or a written reason."""

from __future__ import annotations

from collections import Counter

import pytest

from kokuho.controls.catalogue import controls, groups

SIZES = {
    "AUTH": 9, "RIGHTS": 7, "MYNUM": 9, "ENTRY": 8, "LOG": 9, "DV": 7, "EXPORT": 7, "LINK": 13, "FED": 7, "OUT": 4, "KEEP": 7,
    "BACKUP": 4, "NET": 7, "VENDOR": 5, "OPS": 7,
}  # fmt: skip


def test_the_catalogue_is_complete() -> None:
    found = controls()
    assert list(found) == [f"{group}-{place:02}" for group, size in SIZES.items() for place in range(1, size + 1)]
    assert list(groups()) == list(SIZES)
    assert Counter(control.mark for control in found.values()) == {"SW": 100, "CFG": 6, "ORG": 4}
    assert len({control.title for control in found.values()}) == 110


def test_every_control_has_a_check_or_a_reason(database_name: str) -> None:
    from kokuho.controls.framework import registry

    assert set(registry()) == set(controls())
    for control_id, checks in registry().items():
        assert bool(checks) != bool(controls()[control_id].without), control_id


def test_a_state_is_what_the_observations_say(database_name: str) -> None:
    from kokuho.controls.framework import Evidence, Result, result_of

    control = controls()["AUTH-01"]
    assert result_of(control, Evidence()).state == "不適合", "nothing observed proves nothing"
    seen = Evidence()
    seen.must(True, "a")
    assert result_of(control, seen).state == "適合"
    seen.none(["x"], "b")
    bad = result_of(control, seen)
    assert (bad.state, bad.reason) == ("不適合", "b: 1件: x")
    assert Result.from_data(bad.as_data()) == bad
    absent = Evidence()
    absent.not_applicable("クラウドではない")
    assert result_of(control, absent).state == "該当なし"


def test_a_broken_check_is_a_failure_that_names_its_place(database_name: str) -> None:
    from kokuho.controls.framework import Check, Evidence, attempt

    def broken(seen: Evidence) -> None:
        raise KeyError("渡邉 太郎")

    seen = Evidence()
    attempt(Check("AUTH-01", "real", False, broken), seen)
    assert not seen.observations[0].ok and "KeyError" in seen.observations[0].observed
    assert "渡邉" not in seen.observations[0].observed


def test_a_call_that_is_not_refused_shows(db: None) -> None:
    from kokuho.controls.framework import Evidence
    from kokuho.core.coded import CodedError

    def refuse() -> None:
        raise CodedError("A01", "だめ")

    seen = Evidence()
    assert seen.refused("x", refuse) and seen.refused("x", refuse, code="A01")
    assert not seen.refused("x", refuse, code="A02") and not seen.refused("x", lambda: None)
    with pytest.raises(TypeError):
        seen.refused("x", lambda: None + 1)  # type: ignore[operator]


def test_what_was_seen_can_be_kept() -> None:
    import json
    from datetime import date

    from kokuho.controls.framework import Evidence

    seen = Evidence()
    seen.value("期限", date(2027, 3, 31))
    assert json.loads(json.dumps(seen.parameters)) == {"期限": "2027-03-31"}
