"""The bulk calculation: any number of processes gives the same yen, and the report says what was measured."""

from __future__ import annotations

import json

import pytest

from kokuho.law.benefit.bench import judge_part, make_month, run
from kokuho.law.eligibility.months import Month


def test_processes_share_the_households_without_changing_a_yen() -> None:
    city = make_month(3_000, 200, 7, Month(2026, 9))
    alone = judge_part(city, 0, 1, False)
    halves = [judge_part(city, part, 2, True) for part in range(2)]
    assert sorted(alone.amounts) == sorted(halves[0].amounts + halves[1].amounts)
    assert alone.claims == 3_000 == sum(part.claims for part in halves)
    assert any(sum(amounts) > 0 for _, *amounts in alone.amounts)


def test_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--claims", "2000", "--insured", "150", "--processes", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["claims"] == 2_000 and report["within_limit"] and report["household"] >= 0
    assert run(["--claims", "500", "--insured", "50", "--processes", "2", "--limit", "0"]) == 1
    assert "500件" in capsys.readouterr().out
