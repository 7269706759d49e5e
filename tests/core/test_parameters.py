"""OPS-07: security parameters change by two persons only; what was changed behind them is noticed and not used."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
READ = {"parameter.read", "parameter.request"}


@pytest.fixture
def two(db: None) -> tuple[Any, Any]:
    """One who asks and one who approves."""
    from kokuho.core.access import Actor

    return (
        Actor("adm", "管理", "情報課", frozenset(READ), "T1"),
        Actor("sec", "承認", "情報課", frozenset({"parameter.read", "parameter.approve"}), "T2"),
    )


def ask(by: Any, **changes: Any) -> Any:
    from kokuho.core.actions import parameters

    exception = changes.pop("exception", "")
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return parameters.request(by=by, on=DAY, changes=named, reason="規程の改正", exception=exception)


def approve(by: Any, entry: Any) -> Any:
    from kokuho.core.actions import entries

    return entries.confirm(by=by, on=DAY, entry_id=entry.pk)


def test_the_catalogue_has_every_parameter_where_the_seeds_differ(database_name: str) -> None:
    from kokuho.core import parameters

    wanted = {
        "auth.factors.staff", "auth.factors.contractor", "auth.password.max_age_days", "auth.terminal_register",
        "auth.idle_lock_minutes", "auth.hours.mode", "rights.stop_terminal_account", "rights.change_report", "entry.freed",
        "link.max_lag_seconds", "log.inspection_months", "log.retention_years", "export.media_encryption", "link.release",
        "link.result_cache_days", "fed.route", "eapp.auto_take_in", "keep.mode", "keep.archive_before_erase",
        "backup.onsite_generations", "backup.offsite_days", "vendor.place",
    }  # fmt: skip
    known = parameters.catalogue()
    assert wanted <= set(known)
    for entry in known.values():
        for profile in parameters.raw()["profiles"]:
            value = entry.of_profile(profile)
            assert entry.checked(value) == value, (entry.key, profile)
    assert known["auth.password.max_age_days"].of_profile("000") == 90
    assert known["auth.hours.mode"].of_profile("003") == "enforce" and known["auth.hours.mode"].default == "warn"
    assert known["link.max_lag_seconds"].of_profile("001") == 60


def test_a_value_changes_when_a_second_person_approves(two: Any) -> None:
    from kokuho.core import parameters
    from kokuho.core.coded import CodedError
    from kokuho.core.models import ParameterChange

    asked = ask(two[0], auth__idle_lock_minutes=5)
    assert parameters.value("auth.idle_lock_minutes") == 10
    from kokuho.core.access import Actor

    both = Actor("adm", "管理", "情報課", frozenset({*READ, "parameter.approve"}), "T1")
    with pytest.raises(CodedError) as refused:
        approve(both, asked)
    assert refused.value.code == "ENTRY-02" and parameters.value("auth.idle_lock_minutes") == 10
    approve(two[1], asked)
    assert parameters.value("auth.idle_lock_minutes") == 5
    assert parameters.current().of_class("auth.idle_lock_minutes", "contractor") == 5
    [change] = ParameterChange.objects.all()
    assert (change.before, change.after, change.requested_by, change.approved_by, change.reason) == (10, 5, "adm", "sec", "規程の改正")


def test_an_approval_does_not_take_back_what_another_changed_since_the_request(two: Any) -> None:
    from kokuho.core import parameters
    from kokuho.core.coded import CodedError
    from kokuho.core.models import Entry

    first, second, other = (ask(two[0], auth__idle_lock_minutes=minutes) for minutes in (5, 7, 8))
    beside = ask(two[0], auth__idle_end_minutes=40)
    approve(two[1], first)
    approve(two[1], beside)
    for stale in (second, other):
        with pytest.raises(CodedError) as refused:
            approve(two[1], stale)
        assert refused.value.code == "PARAM-STALE" and Entry.objects.get(pk=stale.pk).state == Entry.PENDING
    assert parameters.value("auth.idle_lock_minutes") == 5 and parameters.value("auth.idle_end_minutes") == 40


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"auth__idle_lock_minutes": 0}, "PARAM-VALUE"),
        ({"auth__idle_lock_minutes": "5"}, "PARAM-VALUE"),
        ({"auth__hours__mode": "sometimes"}, "PARAM-VALUE"),
        ({"no__such": 1}, "PARAM-KEY"),
        ({"keep__mode": "none"}, "PARAM-KEY"),
        ({"auth__idle_end_minutes": 5}, "PARAM-ORDER"),
        ({"auth__hours__closes": "07:00"}, "PARAM-ORDER"),
        ({"auth__factors__contractor": ["password"]}, "PARAM-FACTORS"),
        ({"rights__purposes": {"資格": ["no such item"]}}, "PARAM-VALUE"),
        ({"rights__purposes": {"占い": ["person"]}}, "PARAM-VALUE"),
    ],
)
def test_what_may_not_be_is_refused_at_the_request(two: Any, changes: dict[str, Any], code: str) -> None:
    from kokuho.core.coded import CodedError

    with pytest.raises(CodedError) as refused:
        ask(two[0], **changes)
    assert refused.value.code == code


def test_one_factor_needs_an_approval_reference_and_stays_an_exception(two: Any) -> None:
    from kokuho.core.queries import parameters as queries

    approve(two[1], ask(two[0], auth__factors__contractor=["password"], exception="令8情第12号"))
    listed = lambda: {row.definition.key: row.exception for row in queries.parameter_rows(two[0]) if row.exception}  # noqa: E731
    assert listed() == {"auth.factors.contractor": "令8情第12号"}
    approve(two[1], ask(two[0], auth__factors__contractor=["password+totp"]))
    assert listed() == {}


def test_a_value_written_into_the_table_is_reported_and_not_used(two: Any) -> None:
    from kokuho.core import parameters
    from kokuho.core.actions.parameters import report_drift, restore
    from kokuho.core.models import AuditRecord, Parameter
    from kokuho.core.queries import parameters as queries

    approve(two[1], ask(two[0], auth__idle_lock_minutes=5))
    Parameter.objects.filter(key="auth.idle_lock_minutes").update(value=60)
    assert parameters.value("auth.idle_lock_minutes") == 5, "the approved value holds"
    [drift] = queries.parameter_drift(two[0])
    assert (drift.key, drift.running, drift.approved) == ("auth.idle_lock_minutes", "60分", "5分")
    report_drift(parameters.current())
    assert AuditRecord.objects.filter(function="parameter.drift", detail__keys=["auth.idle_lock_minutes"]).exists()
    Parameter.objects.create(key="auth.made_up", value=1, baseline=1)
    assert len(queries.parameter_drift(two[0])) == 2
    assert restore(by=two[0], reason="原因を調べた上で戻す") == 2
    assert Parameter.objects.get(key="auth.idle_lock_minutes").value == 5


def test_a_forged_or_missing_approved_set_is_noticed(two: Any) -> None:
    from django.db import connection

    from kokuho.core import parameters
    from kokuho.core.models import ParameterBaseline
    from kokuho.core.queries import parameters as queries

    approve(two[1], ask(two[0], auth__idle_lock_minutes=5))
    good = ParameterBaseline.objects.get(number=1)
    forged = good.content.replace('"auth.idle_lock_minutes":5', '"auth.idle_lock_minutes":60').replace('"number":1', '"number":2')
    ParameterBaseline.objects.create(number=2, content=forged, seal=good.seal)
    assert parameters.value("auth.idle_lock_minutes") == 5
    assert "封が合いません" in queries.parameter_drift(two[0])[0].running
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('kokuho_app', 'core_parameterbaseline', 'UPDATE, DELETE')")
        assert cursor.fetchone() == (False,)


def test_a_profile_is_adopted_by_two_persons_and_every_change_of_a_year_is_listed(two: Any) -> None:
    from django.http import QueryDict

    from kokuho.core import parameters
    from kokuho.core.actions.parameters import ParameterError, adopt_at_opening, request_profile
    from kokuho.core.queries import parameters as queries

    with pytest.raises(ParameterError):
        adopt_at_opening(profile="003", applied_by="a", approved_by="a", reason="開設")
    adopt_at_opening(profile="003", applied_by="a", approved_by="b", reason="開設")
    assert parameters.value("auth.hours.mode") == "enforce"
    approve(two[1], request_profile(by=two[0], on=DAY, profile="002", reason="計画の変更"))
    assert parameters.value("auth.hours.mode") == "warn" and parameters.value("log.inspection_months") == 12
    assert parameters.current().profile == "002"
    listed = queries.parameter_changes(two[0], QueryDict("key=auth.hours.mode")).rows
    assert ("auth.hours.mode", "使わせない", "警告して記録する") in [(r.change.key, r.before, r.after) for r in listed]


def test_a_new_master_key_takes_the_approved_set_along(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import parameters, sealing
    from kokuho.core.actions.parameters import reseal

    approve(two[1], ask(two[0], auth__idle_lock_minutes=5))
    coming = b"\x07" * 32
    assert reseal(coming) == 1
    parameters._read.cache_clear()
    monkeypatch.setattr(sealing, "masters", lambda: (coming,))
    assert parameters.value("auth.idle_lock_minutes") == 5 and not parameters.current().broken
    parameters._read.cache_clear()


def test_the_command_tells_values_profiles_and_drift(two: Any, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    from kokuho.commands import parameters as command
    from kokuho.core import edge
    from kokuho.core.models import Parameter

    monkeypatch.setattr(edge, "actor", lambda staff_no, on: two[0])
    assert command.main(["--json", "--profile", "001"]) == 0
    told = json.loads(capsys.readouterr().out)
    lag = next(row for row in told["parameters"] if row["key"] == "link.max_lag_seconds")
    assert (lag["value"], lag["profile"], lag["control"]) == (86400, 60, "ENTRY-07")
    assert command.main(["--drift"]) == 0
    approve(two[1], ask(two[0], auth__idle_lock_minutes=5))
    Parameter.objects.filter(key="auth.idle_lock_minutes").update(value=60)
    assert command.main(["--drift", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["key"] == "auth.idle_lock_minutes"
    assert command.main(["--set", "auth.idle_lock_minutes=7", "--reason", "試験"]) == 0
