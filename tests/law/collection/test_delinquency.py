"""延滞金."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from kokuho.law.collection.delinquency import Grace, Payment, delinquency_charge
from kokuho.law.collection.interest import rate_on, rate_text
from kokuho.law.errors import LawError
from kokuho.law.periods import last_day


def charge(principal: int, due: date, paid: date, months: int = 1) -> tuple[int, int]:
    found = delinquency_charge(principal, due, [Payment(paid, principal)], months)
    return found.raw, found.charge


@pytest.mark.parametrize(
    ("due", "months", "end"),
    [
        # 「1か月を経過する日」= 起算日の応当日の前日。起算日が1日なら月末（民法143条2項）
        (date(2021, 5, 31), 1, date(2021, 6, 30)),
        (date(2022, 8, 1), 1, date(2022, 9, 1)),
        (date(2023, 9, 1), 1, date(2023, 10, 1)),
        (date(2023, 1, 30), 1, date(2023, 2, 28)),
        (date(2024, 1, 30), 1, date(2024, 2, 29)),
        (date(2021, 4, 30), 3, date(2021, 7, 31)),
    ],
)
def test_the_end_of_the_low_rate(due: date, months: int, end: date) -> None:
    assert last_day(date.fromordinal(due.toordinal() + 1), months) == end


def test_published_segments() -> None:
    """矢吹町R4: 64,300円 → 130 + 930 = 1,060 → 1,000円。豊橋市: 133 + 2,883 + 480 = 3,496 → 3,400円."""
    assert charge(64_300, date(2022, 8, 1), date(2022, 11, 1)) == (1_060, 1_000)
    assert charge(65_000, date(2021, 5, 31), date(2022, 1, 31)) == (3_496, 3_400)


def test_the_rate_is_that_of_the_calendar_year_the_days_lie_in() -> None:
    found = delinquency_charge(100_000, date(2025, 11, 30), [Payment(date(2026, 1, 31), 100_000)], 1)
    assert [(rate_text(s.rate), s.days, s.amount) for s in found.segments] == [("2.4%", 31, 203), ("9.1%", 31, 772)]


def test_a_change_of_year_without_a_change_of_rate_is_no_new_segment() -> None:
    found = delinquency_charge(100_000, date(2023, 9, 30), [Payment(date(2024, 3, 31), 100_000)], 1)
    assert [s.days for s in found.segments] == [31, 152]


def test_a_leap_year_counts_365_days() -> None:
    """福岡市・品川区: うるう年も365日で割る."""
    found = delinquency_charge(365_000, date(2024, 1, 31), [Payment(date(2024, 2, 29), 365_000)], 1)
    assert found.segments[0].amount == 1000 * 29 * 24 // 1000


@pytest.mark.parametrize(
    ("principal", "base"),
    [(1_999, 0), (2_000, 2_000), (2_999, 2_000), (64_300, 64_000)],
)
def test_the_base_is_cut_to_1000_yen_and_nothing_below_2000(principal: int, base: int) -> None:
    """地方税法20条の4の2第2項."""
    assert delinquency_charge(principal, date(2024, 5, 31), [Payment(date(2025, 5, 31), principal)], 1).base == base


def test_a_charge_below_1000_yen_is_none() -> None:
    """地方税法20条の4の2第5項: 1,000円未満は0、100円未満切捨て."""
    raw, due = charge(12_000, date(2024, 5, 31), date(2025, 5, 31))
    assert raw < 1_000 and due == 0
    raw, due = charge(13_000, date(2024, 5, 31), date(2025, 5, 31))
    assert raw >= 1_000 and due == raw // 100 * 100


def test_paid_on_the_due_date_costs_nothing() -> None:
    assert charge(100_000, date(2025, 6, 30), date(2025, 6, 30)) == (0, 0)


def test_each_payment_lowers_the_base_from_the_next_day() -> None:
    """分割納付: 納付ごとに残額で計算."""
    due = date(2024, 5, 31)
    parts = [Payment(date(2024, 6, 30), 50_000), Payment(date(2024, 12, 31), 50_000)]
    found = delinquency_charge(100_000, due, parts, 1)
    assert [s.amount for s in found.segments] == [
        100_000 * 24 * 30 // 1000 // 365,
        50_000 * 87 * 184 // 1000 // 365,
    ]


def test_a_grace_stops_or_halves_the_charge() -> None:
    """猶予: 全部または半分を免除（地方税法15条の9）."""
    due, paid = date(2024, 5, 31), [Payment(date(2024, 12, 31), 100_000)]
    full = delinquency_charge(100_000, due, paid, 1, [Grace(date(2024, 8, 1), date(2024, 10, 31), Fraction(0))])
    half = delinquency_charge(100_000, due, paid, 1, [Grace(date(2024, 8, 1), date(2024, 10, 31), Fraction(1, 2))])
    free = delinquency_charge(100_000, due, paid, 1)
    assert [s.days for s in full.segments] == [30, 31, 92, 61]
    assert full.raw < half.raw < free.raw
    assert half.segments[2].amount == 100_000 * 87 * 92 // 2000 // 365


def test_a_year_without_rates_is_refused() -> None:
    """R9の割合は2026-11-30までに告示される。未登録の年は計算せずに止める."""
    with pytest.raises(LawError) as error:
        charge(100_000, date(2026, 11, 30), date(2027, 1, 4))
    assert (error.value.code, error.value.path) == ("no_rate", "paid_date")
    assert charge(100_000, date(2026, 11, 30), date(2026, 12, 31))[0] > 0


def test_rates_follow_from_the_average_lending_rate() -> None:
    """前半 = 平均貸付割合 + 2%、後半 = + 8.3%、還付加算金 = + 0.5%（告示のある年すべて）."""
    for year in range(2021, 2027):
        day = date(year, 6, 1)
        average = rate_on("average_lending_rate", day, "")[0]
        assert rate_on("delinquency_low", day, "")[0] == average + Fraction(20, 1000)
        assert rate_on("delinquency_high", day, "")[0] == average + Fraction(83, 1000)
        assert rate_on("refund_interest", day, "")[0] == average + Fraction(5, 1000)


def test_payments_must_fit() -> None:
    due = date(2024, 5, 31)
    with pytest.raises(LawError):
        delinquency_charge(100, due, [Payment(due, 200)], 1)
    with pytest.raises(LawError):
        delinquency_charge(100, due, [Payment(date(2024, 7, 1), 50), Payment(date(2024, 6, 1), 50)], 1)
    with pytest.raises(LawError):
        delinquency_charge(100, due, [Payment(due, 100)], 2)
