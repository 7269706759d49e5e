"""期割・納期限・暫定賦課・更正後の期割."""

from __future__ import annotations

from datetime import date

import pytest

from kokuho.law.errors import LawError
from kokuho.law.premium.instalments import (
    after_provisional,
    correct,
    due_date,
    due_dates,
    provisional,
    provisional_nagoya,
    resplit,
    split,
    split_75_single,
)
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.law.premium.reassessment import first_open


def year_end(day: date) -> bool:
    """The office's own closed days besides weekends: 29 December to 3 January, and a holiday."""
    return (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3) or (day.month, day.day) == (11, 3)


def test_the_odd_yen_goes_to_the_first_or_the_last_instalment() -> None:
    assert split(240_600, 10, 1000) == [24_600] + [24_000] * 9
    assert split(240_600, 10, 1000, "last") == [24_000] * 9 + [24_600]
    assert split(800, 8, 1000) == [800, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("total", "count", "unit", "remainder", "path"),
    [(-1, 8, 100, "first", "total"), (1, 0, 100, "first", "count"), (1, 8, 0, "first", "unit"),
     (1, 8, 100, "middle", "remainder")],
)  # fmt: skip
def test_a_split_that_cannot_be(total: int, count: int, unit: int, remainder: str, path: str) -> None:
    with pytest.raises(LawError) as error:
        split(total, count, unit, remainder)
    assert error.value.path == path


def test_fukuokas_due_dates_of_fiscal_2023() -> None:
    """福岡市R5の納期限: 6/30, 7/31, 8/31, 10/2, 10/31, 11/30, 12/28, 1/31, 2/29, 4/1（休日は翌開庁日、月をまたぐ）."""
    kiwari = load_ordinance("401307", 2024).settings["instalments"]
    assert due_dates(kiwari, 2023, year_end) == [
        date(2023, 6, 30), date(2023, 7, 31), date(2023, 8, 31), date(2023, 10, 2), date(2023, 10, 31),
        date(2023, 11, 30), date(2023, 12, 28), date(2024, 1, 31), date(2024, 2, 29), date(2024, 4, 1),
    ]  # fmt: skip


def test_a_due_date_on_a_holiday_moves_to_the_next_open_day() -> None:
    assert due_date(2022, 7, "end", year_end) == date(2022, 8, 1)  # 7月31日は日曜
    assert due_date(2025, 12, 31, year_end) == date(2026, 1, 5)  # 1月4日は日曜
    assert due_date(2026, 2, 31, year_end) == date(2026, 3, 2)  # 2月28日は土曜


@pytest.mark.parametrize(
    ("code", "count"), [("151009", 9), ("112038", 8), ("122076", 10), ("401307", 10), ("141500", 10)]
)
def test_the_five_cities_have_their_number_of_instalments(code: str, count: int) -> None:
    kiwari = load_ordinance(code, 2026).settings["instalments"]
    assert len(due_dates(kiwari, 2026, year_end)) == count
    assert sum(split(345_678, count, kiwari["unit"])) == 345_678


def test_a_lone_75_year_old_pays_before_the_birthday() -> None:
    """単身なら誕生月前月までの納期だけに配る（富田林市・茅ヶ崎市ほか）."""
    kiwari = load_ordinance("112038", 2026).settings["instalments"]
    assert split_75_single(30_500, kiwari, 2026, date(2026, 10, 10)) == [10_500, 10_000, 10_000, 0, 0, 0, 0, 0]
    assert split_75_single(30_500, kiwari, 2026, date(2027, 2, 1)) == [6_500, *[4_000] * 6, 0]
    assert split_75_single(8_500, kiwari, 2026, date(2026, 6, 10)) == [1_500, *[1_000] * 7]
    everywhere = {**kiwari, "split_75_single": "all"}
    assert split_75_single(30_500, everywhere, 2026, date(2026, 10, 10)) == split(30_500, 8, 1000)


OLD = [15_000, *[10_000] * 7]


def test_an_increase_goes_to_the_instalments_still_open() -> None:
    """川口市: 千円未満は変更後最初の期."""
    kiwari = load_ordinance("112038", 2026).settings["instalments"]
    assert correct(OLD, 97_500, 4, kiwari) == [15_000, 10_000, 10_000, 10_000, 13_500, 13_000, 13_000, 13_000]
    assert resplit(OLD, 97_500, 4, 1000, "last")[-1] == 13_500


def test_a_decrease_is_taken_from_the_last_or_evenly() -> None:
    """減額: 未納・未到来の期から減らし、残りは還付・充当."""
    assert resplit(OLD, 60_000, 4, 1000) == [15_000, 10_000, 10_000, 10_000, 10_000, 5_000, 0, 0]
    assert resplit(OLD, 60_500, 4, 1000, decrease="even") == [
        15_000,
        10_000,
        10_000,
        10_000,
        6_500,
        3_000,
        3_000,
        3_000,
    ]
    assert resplit(OLD, 30_000, 4, 1000) == [15_000, 10_000, 5_000, 0, 0, 0, 0, 0]
    assert resplit(OLD, 30_000, 8, 1000) == [15_000, 10_000, 5_000, 0, 0, 0, 0, 0]


def test_an_increase_after_the_last_due_date_needs_an_instalment_of_its_own() -> None:
    with pytest.raises(LawError) as error:
        resplit(OLD, 90_000, 8, 1000)
    assert error.value.code == "no_open_instalment"


def test_the_first_open_instalment_leaves_ten_days() -> None:
    """加茂市: 10月15日届出、11月に通知 → 11〜3月の5回（9期、7〜3月）."""
    kiwari = load_ordinance("151009", 2026).settings["instalments"]
    dates = due_dates(kiwari, 2026, year_end)
    assert len(dates) - first_open(dates, date(2026, 11, 13)) == 5
    assert first_open(dates, date(2026, 11, 21)) == 5
    assert first_open(dates, date(2027, 3, 31)) == 9


def test_nagoyas_provisional_months_of_fiscal_2026() -> None:
    """名古屋市R8: 4・5月の計 = 前年度額 ÷ 12 × 2（100円未満切捨て）、5月はその半分（100円未満切捨て）、4月は残り."""
    assert provisional_nagoya(120_000) == [10_000, 10_000]
    assert provisional_nagoya(115_860) == [9_700, 9_600]
    assert after_provisional(212_410, [9_700, 9_600], 10, 100) == ([19_410, *[19_300] * 9], 0)


def test_a_twelfth_of_last_year_each_provisional_month() -> None:
    """徳島市・南伊勢町: 前年度額 ÷ 12 を100円未満切捨て × 3期。新規加入に暫定賦課はない."""
    setting = {"method": "twelfth", "months": [4, 5, 6]}
    assert provisional(setting, 123_400) == [10_200, 10_200, 10_200]
    assert provisional(setting, 0) == []
    assert provisional({"method": "none", "months": []}, 123_400) == []
    assert provisional({"method": "nagoya_r8", "months": [4, 5]}, 120_000) == [10_000, 10_000]


def test_a_provisional_surplus_is_refunded() -> None:
    """仮算定額が確定額を超えたら以後0、残りは還付."""
    assert after_provisional(20_000, [10_200] * 3, 9, 100) == ([0] * 9, 10_600)
    assert after_provisional(130_600, [10_200] * 3, 9, 100) == ([11_200, *[11_100] * 8], 0)
