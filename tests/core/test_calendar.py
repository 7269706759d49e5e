"""Japanese calendar forms and the business clock."""

from datetime import date

import pytest

from kokuho.core import clock, era


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("R8.11.20", date(2026, 11, 20)),
        ("令和8年11月20日", date(2026, 11, 20)),
        ("R081120", date(2026, 11, 20)),
        ("2026-11-20", date(2026, 11, 20)),
        ("20261120", date(2026, 11, 20)),
        ("２０２６／１１／２０", date(2026, 11, 20)),
        ("s64.1.7", date(1989, 1, 7)),
        ("H1.1.8", date(1989, 1, 8)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("H31.4.30", date(2019, 4, 30)),
    ],
)
def test_typed_forms_are_understood(typed: str, day: date) -> None:
    assert era.parse(typed) == day


@pytest.mark.parametrize("typed", ["H31.5.1", "S64.1.8", "R8.2.29", "2026-13-01", "平成", "", "R0.5.1", "11.20", "1600-01-01"])
def test_days_outside_their_era_or_the_calendar_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"(読めません|期間にありません|という日はありません)。$"):
        era.parse(typed)


def test_printed_forms() -> None:
    assert era.long(date(2019, 5, 1)) == "令和元年5月1日"
    assert era.long(date(2026, 11, 20)) == "令和8年11月20日"
    assert era.short(date(2026, 11, 20)) == "R8.11.20"
    assert era.short(date(1989, 1, 7)) == "S64.1.7"
    assert era.fiscal_year(2026) == "令和8年度"


def test_every_day_reads_back_as_written() -> None:
    for ordinal in range(date(1900, 1, 1).toordinal(), date(2030, 1, 1).toordinal(), 17):
        day = date.fromordinal(ordinal)
        assert era.parse(era.long(day)) == era.parse(era.short(day)) == day


def test_the_fiscal_year_turns_on_the_first_of_april() -> None:
    assert clock.fiscal_year(date(2026, 3, 31)) == 2025
    assert clock.fiscal_year(date(2026, 4, 1)) == 2026
