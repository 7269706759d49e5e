"""督促と徴収権の時効. 公表例はなく、条文（国民健康保険法110条、地方税法18条・18条の2・726条・728条、民法147条以下）による."""

from __future__ import annotations

from datetime import date

import pytest

from kokuho.law.collection.demand import demand
from kokuho.law.collection.prescription import Event, EventKind, execution_stop_extinction, prescription
from kokuho.law.errors import LawError
from kokuho.law.premium.settings import SETTINGS

SETTING = SETTINGS["demand"][1]
DUE = date(2024, 7, 31)


def test_a_demand_is_sent_within_20_days_and_a_seizure_may_follow_after_ten() -> None:
    found = demand(DUE, date(2024, 8, 20), 2024, SETTING)
    assert found.send_by == date(2024, 8, 20)
    assert found.answer_by == date(2024, 8, 30)
    # 発した日から起算して10日を経過した日（8月30日）までに完納しないとき
    assert found.seizure_from == date(2024, 8, 31)


def test_the_demand_fee_ends_by_day_of_sending_or_by_year() -> None:
    """東根市は2025-04-01以後の発送分から、山県市はR5年度分から廃止."""
    by_day = {**SETTING, "fee": 70, "fee_abolished_from": "2025-04-01", "fee_key": "sent"}
    assert demand(DUE, date(2025, 3, 31), 2024, by_day).fee == 70
    assert demand(DUE, date(2025, 4, 1), 2024, by_day).fee == 0
    by_year = {**SETTING, "fee": 100, "fee_abolished_from": "2023", "fee_key": "fiscal_year"}
    assert demand(DUE, date(2025, 4, 1), 2022, by_year).fee == 100
    assert demand(DUE, date(2025, 4, 1), 2023, by_year).fee == 0
    assert demand(DUE, date(2025, 4, 1), 2023, {**SETTING, "fee": 80}).fee == 80


def last(kind: str, *events: Event) -> date | None:
    return prescription(kind, DUE, events).last_day


def test_fees_lapse_after_two_years_and_taxes_after_five() -> None:
    assert last("premium") == date(2026, 7, 31)
    assert last("tax") == date(2029, 7, 31)


def test_the_first_demand_begins_the_period_anew() -> None:
    """税は発した日から10日を経過した日の翌日から、料は到達の翌日から。2回目の督促に効力はない."""
    sent = Event(EventKind.DEMAND, date(2024, 8, 20), arrived=date(2024, 8, 22))
    again = Event(EventKind.DEMAND, date(2025, 8, 20), arrived=date(2025, 8, 22))
    assert last("tax", sent, again) == date(2029, 8, 30)
    assert last("premium", sent, again) == date(2026, 8, 22)
    with pytest.raises(LawError):
        last("premium", Event(EventKind.DEMAND, date(2024, 8, 20)))


def test_a_part_payment_is_an_acknowledgement() -> None:
    """一部納付・分納誓約 = 債務の承認（民法152条）."""
    assert last("premium", Event(EventKind.ACKNOWLEDGEMENT, date(2025, 12, 10))) == date(2027, 12, 10)


def test_a_seizure_holds_the_period_while_it_lasts() -> None:
    running = Event(EventKind.SEIZURE, date(2025, 1, 15))
    assert last("premium", running) is None
    assert last("premium", running._replace(end=date(2026, 1, 31))) == date(2028, 1, 31)
    assert last("tax", Event(EventKind.CLAIM_FOR_SHARE, date(2025, 1, 15), date(2025, 6, 30))) == date(2030, 6, 30)


def test_a_grace_suspends_but_an_execution_stop_does_not() -> None:
    """徴収猶予・換価猶予の間は進まない。執行停止中は進む."""
    grace = Event(EventKind.SUSPENSION, date(2025, 1, 1), date(2025, 12, 31))
    assert last("premium", grace) == date(2027, 7, 31)
    assert last("premium", grace._replace(end=None)) is None
    assert last("premium", Event(EventKind.EXECUTION_STOP, date(2025, 1, 1), date(2025, 12, 31))) == date(2026, 7, 31)


def test_a_reminder_postpones_completion_by_six_months_once() -> None:
    """民法150条: 催告は6か月の完成猶予。繰り返しても延びない."""
    early = Event(EventKind.REMINDER, date(2025, 7, 31))
    late = Event(EventKind.REMINDER, date(2026, 6, 30))
    again = Event(EventKind.REMINDER, date(2026, 11, 30))
    assert last("premium", early) == date(2026, 7, 31)
    assert last("premium", late) == date(2026, 12, 31)
    assert last("premium", late, again) == date(2026, 12, 31)


def test_succession_does_not_renew_and_nothing_revives_a_lapsed_claim() -> None:
    """最判令和2年6月26日: 相続人への承継の告知は更新にならない。完成後の承認も効力がない."""
    assert last("tax", Event(EventKind.SUCCESSION_NOTICE, date(2026, 1, 1))) == date(2029, 7, 31)
    assert last("premium", Event(EventKind.ACKNOWLEDGEMENT, date(2026, 8, 1))) == date(2026, 7, 31)


def test_events_are_taken_by_their_days() -> None:
    demanded = Event(EventKind.DEMAND, date(2024, 8, 20), arrived=date(2024, 8, 22))
    paid = Event(EventKind.ACKNOWLEDGEMENT, date(2026, 8, 10))
    state = prescription("premium", DUE, [paid, demanded])
    assert state.last_day == date(2028, 8, 10)
    assert [event.kind for event in state.applied] == [EventKind.DEMAND, EventKind.ACKNOWLEDGEMENT]


def test_an_execution_stop_ends_the_claim_after_three_years_or_at_once() -> None:
    """地方税法15条の7第4項・5項."""
    assert execution_stop_extinction(date(2023, 5, 10)) == date(2026, 5, 10)
    assert execution_stop_extinction(date(2023, 5, 10), at_once=True) == date(2023, 5, 10)


def test_only_fees_and_taxes_lapse_here() -> None:
    with pytest.raises(LawError):
        prescription("fee", DUE, [])
