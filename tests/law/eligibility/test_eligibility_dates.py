"""取得・喪失・適用の日付 (法7条・8条) by every reason, and the line to 後期高齢者医療."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokuho.law.eligibility.changes import acquisition, loss
from kokuho.law.eligibility.handover import disability_certified, disability_withdrawn, turning_75
from kokuho.law.eligibility.months import Month
from kokuho.law.eligibility.reasons import DateRule, ReasonKind, exclusions, reason, reasons
from kokuho.law.eligibility.settings import eligibility_settings
from kokuho.law.eligibility.stays import (
    SeamKind,
    Stay,
    benefit_due_on,
    continuous_since,
    insured_on,
    seams,
)
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.premium.months import maternity_months as levy_maternity_months

DAY = date(2026, 3, 31)
NEXT = DAY + timedelta(days=1)
LAW = eligibility_settings(DAY)


@pytest.mark.parametrize(
    ("code", "acquired", "applied"),
    [
        ("101", DAY, DAY),
        ("102", DAY, DAY),
        ("103", None, DAY),
        ("104", DAY, DAY),
        ("105", DAY, DAY),
        ("106", DAY, DAY),
        ("107", DAY, DAY),
        ("108", DAY, DAY),
        ("109", DAY, DAY),
        ("110", DAY, DAY),
        ("111", DAY, DAY),
        ("112", NEXT, NEXT),
        ("113", DAY, DAY),
        ("114", DAY, DAY),
        ("115", DAY, DAY),
        ("116", DAY, DAY),
        ("117", DAY, DAY),
        ("118", None, None),
        ("119", DAY, DAY),
    ],
)
def test_acquisition_is_the_day_of_the_fact(code: str, acquired: date | None, applied: date | None) -> None:
    found = acquisition(code, DAY, LAW)
    assert (found.acquired, found.applied_from) == (acquired, applied)
    assert found.steps and found.steps[0].authority


@pytest.mark.parametrize(
    ("code", "lost", "levy_end"),
    [
        ("201", NEXT, NEXT),
        ("202", NEXT, NEXT),
        ("203", None, NEXT),
        ("204", NEXT, DAY),
        ("205", NEXT, DAY),
        ("206", NEXT, DAY),
        ("207", DAY, DAY),
        ("208", NEXT, NEXT),
        ("209", DAY, DAY),
        ("210", NEXT, DAY),
        ("211", NEXT, DAY),
        ("212", NEXT, NEXT),
        ("213", NEXT, DAY),
        ("214", NEXT, NEXT),
        ("215", NEXT, NEXT),
        ("216", NEXT, NEXT),
    ],
)
def test_loss_is_the_next_day_but_for_welfare_and_kumiai(code: str, lost: date | None, levy_end: date) -> None:
    """法8条1項: 翌日; 2項 (生活保護・国保組合): 当日. 賦課 counts 法6条1号から8号 by the day itself."""
    found = loss(code, DAY, LAW)
    assert (found.lost, found.applied_until, found.levy_end) == (lost, lost or NEXT, levy_end)


def test_every_reason_has_a_scenario_here() -> None:
    acquisitions = {f"{code}" for code in range(101, 120)}
    losses = {f"{code}" for code in range(201, 217)}
    known = {code for code, item in reasons().items() if item.kind is not ReasonKind.HOUSEHOLD}
    assert known == acquisitions | losses
    assert all(item.label and item.article for item in reasons().values())


def test_social_insurance_from_31_march_is_lost_on_1_april_but_levied_to_february() -> None:
    found = loss("204", date(2026, 3, 31), LAW)
    assert found.lost == date(2026, 4, 1)
    assert Month.of(found.levy_end).plus(-1) == Month(2026, 2)
    by_loss = eligibility_settings(DAY, {"levy_by_event_day": False})
    assert loss("204", date(2026, 3, 31), by_loss).levy_end == date(2026, 4, 1)


def test_moving_to_another_prefecture_on_the_same_day_loses_that_day() -> None:
    """法8条1項ただし書."""
    assert loss("201", DAY, LAW, moved_in_elsewhere=DAY).lost == DAY
    assert loss("201", DAY, LAW, moved_in_elsewhere=NEXT).lost == NEXT
    with pytest.raises(LawError) as error:
        loss("201", DAY, LAW, moved_in_elsewhere=DAY - timedelta(days=1))
    assert error.value.code == "arrival_before_departure"


def test_a_move_within_the_prefecture_leaves_no_gap_and_no_overlap() -> None:
    later = date(2026, 4, 3)
    here = loss("203", DAY, LAW, moved_in_elsewhere=later)
    there = acquisition("103", later, LAW)
    assert here.applied_until == there.applied_from == later and here.lost is None
    assert loss("203", DAY, LAW, moved_in_elsewhere=DAY).applied_until == DAY
    own = eligibility_settings(DAY, {"in_prefecture_end": "next_day"})
    assert loss("203", DAY, own, moved_in_elsewhere=later).applied_until == NEXT


def test_settings_where_the_sources_differ() -> None:
    same = eligibility_settings(DAY, {"elderly_loss": "same_day", "disability_withdrawal_acquisition": "same_day"})
    assert loss("210", DAY, same).lost == DAY
    assert acquisition("112", DAY, same).acquired == DAY
    later = eligibility_settings(DAY, {"welfare_end_acquisition": "next_day"})
    assert acquisition("109", DAY, later).acquired == NEXT
    with pytest.raises(LawError) as error:
        eligibility_settings(DAY, {"elderly_loss": "yesterday"})
    assert error.value.code == "bad_setting"


def test_the_amended_article_8_is_not_guessed() -> None:
    assert loss("204", date(2028, 3, 31), LAW).lost == date(2028, 4, 1)
    with pytest.raises(LawError) as error:
        loss("204", date(2028, 4, 1), LAW)
    assert error.value.code == "no_parameters"


def test_reasons_of_the_wrong_kind_are_refused() -> None:
    for call, code in ((acquisition, "201"), (loss, "101"), (loss, "301")):
        with pytest.raises(LawError) as error:
            call(code, DAY, LAW)
        assert error.value.code == "wrong_kind"
    with pytest.raises(LawError) as error:
        reason("999")
    assert error.value.code == "unknown_reason"


def test_the_exclusions_of_article_6_and_the_one_of_a_limited_time() -> None:
    codes = [item.code for item in exclusions(date(2027, 1, 1))]
    assert codes[:3] == ["EX01", "EX02", "EX03"] and "EX11f" in codes
    assert "EX11f" not in [item.code for item in exclusions(date(2028, 4, 1))]
    assert {item.exclusion for item in reasons().values() if item.exclusion} <= {code[:4] for code in codes}
    assert all(item.rule in DateRule for item in reasons().values())


@given(
    st.sampled_from(sorted(code for code in reasons() if code.startswith("2"))),
    st.dates(date(2018, 4, 1), date(2028, 3, 30)),
)
def test_a_loss_is_never_before_its_event_and_never_two_days_after(code: str, day: date) -> None:
    found = loss(code, day, LAW)
    assert day <= found.applied_until <= day + timedelta(days=1)
    assert day <= found.levy_end <= found.applied_until


# 後期高齢者医療


def test_turning_75_in_mid_month() -> None:
    found = turning_75(date(1951, 11, 15), LAW)
    assert found.elderly_from == date(2026, 11, 15)
    assert found.kokuho.lost == date(2026, 11, 16), "条文は翌日"
    assert found.halved_month == Month(2026, 11)
    assert found.last_levy_month == Month(2026, 10)
    assert found.certificate_until == date(2026, 11, 14)


def test_turning_75_on_the_first_has_no_halved_month() -> None:
    found = turning_75(date(1951, 11, 1), LAW)
    assert (found.elderly_from, found.halved_month, found.last_levy_month) == (
        date(2026, 11, 1),
        None,
        Month(2026, 10),
    )
    leap = turning_75(date(1952, 2, 29), LAW)
    assert (leap.elderly_from, leap.halved_month) == (date(2027, 3, 1), None)


def test_a_disability_certificate_moves_without_halving_and_only_from_65() -> None:
    found = disability_certified(date(1956, 1, 1), date(2026, 6, 10), LAW)
    assert (found.kokuho.lost, found.halved_month) == (date(2026, 6, 11), None)
    for born in (date(1961, 6, 12), date(1951, 6, 10)):
        with pytest.raises(LawError) as error:
            disability_certified(born, date(2026, 6, 10), LAW)
        assert error.value.code == "age"
    assert disability_withdrawn(date(2026, 6, 10), LAW).acquired == date(2026, 6, 11)


# 期間


def test_gaps_and_overlaps_are_found() -> None:
    first = Stay(date(2025, 4, 1), date(2025, 10, 1), "A")
    stays = [Stay(date(2025, 10, 1), date(2026, 1, 1), "B"), first]
    assert seams(stays) == ()
    gap = seams([first, Stay(date(2025, 10, 3), None, "B")])[0]
    assert (gap.kind, gap.first, gap.last, gap.days) == (SeamKind.GAP, date(2025, 10, 1), date(2025, 10, 2), 2)
    overlap = seams([first, Stay(date(2025, 9, 30), None, "B")])[0]
    assert (overlap.kind, overlap.days) == (SeamKind.OVERLAP, 1)
    assert seams([Stay(date(2025, 4, 1), None, "A"), Stay(date(2025, 5, 1), None, "B")])[0].kind is SeamKind.OVERLAP
    with pytest.raises(LawError) as error:
        Stay(date(2025, 4, 2), date(2025, 4, 1), "A")
    assert error.value.code == "loss_before_acquisition"


def test_a_stay_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    stay = Stay(date(2025, 4, 10), date(2025, 6, 1), "A")
    assert insured_on([stay], date(2025, 5, 31)) == stay and insured_on([stay], date(2025, 6, 1)) is None
    assert not stay.covers_first_of(Month(2025, 4)) and stay.covers_first_of(Month(2025, 5))


def test_on_the_day_another_scheme_begins_that_scheme_pays() -> None:
    """法56条1項: 社保取得日には国保の資格も残るが、給付は行わない."""
    stay = Stay(date(2025, 4, 1), date(2026, 4, 1), "A")
    assert insured_on([stay], date(2026, 3, 31)) is not None
    assert not benefit_due_on([stay], date(2026, 3, 31), other_scheme_from=date(2026, 3, 31))
    assert benefit_due_on([stay], date(2026, 3, 30), other_scheme_from=date(2026, 3, 31))


def test_the_prefectures_acquisition_goes_through_moves_within_it() -> None:
    stays = [
        Stay(date(2020, 4, 1), date(2022, 4, 1), "A"),
        Stay(date(2022, 4, 1), date(2024, 1, 5), "B"),
        Stay(date(2024, 6, 1), None, "A"),
    ]
    assert continuous_since(stays, date(2023, 1, 1)) == date(2020, 4, 1)
    assert continuous_since(stays, date(2025, 1, 1)) == date(2024, 6, 1)
    assert continuous_since(stays, date(2024, 3, 1)) is None


def test_every_eligibility_value_says_where_it_comes_from() -> None:
    for name in ("eligibility-settings", "eligibility-reasons", "eligibility-notifications", "eligibility-statuses"):
        for key in table(name):
            for row in table(name).history(key):
                assert row.article and row.certainty, f"{name}.{key}"
                assert row.source or row.certainty.startswith("K"), f"{name}.{key}"


@pytest.mark.parametrize("multiple", [False, True])
def test_the_desk_and_the_levy_agree_on_maternity_months(multiple: bool) -> None:
    from kokuho.law.eligibility.statuses import maternity_months

    for index in range(30):
        birth = Month(2023, 6).plus(index)
        ours = [(month.year, month.month) for month in maternity_months(birth, multiple=multiple)]
        assert ours == levy_maternity_months(birth.year, birth.month, multiple)
