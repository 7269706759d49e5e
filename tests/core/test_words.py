"""Words and figures as templates show them."""

from __future__ import annotations

from datetime import UTC, date, datetime


def test_amounts_dates_and_absence() -> None:
    from kokuho.core.templatetags import ja

    assert ja.yen(1234567) == "1,234,567円" and ja.yen(0) == "0円" and ja.yen(None) == "—"
    assert (
        ja.era(date(2026, 11, 20)) == "R8.11.20"
        and ja.era_long(date(2026, 11, 20)) == "令和8年11月20日"
        and ja.era(None) == "—"
    )
    assert ja.moment(datetime(2026, 6, 30, 15, 30, tzinfo=UTC)) == "R8.7.1 00:30", "the office's clock is Japan's"
    assert ja.plain(2600000010) == "2600000010", "numbers that are names have no separators"
    assert ja.nendo(2026) == "令和8年度" and ja.postal("3320031") == "〒332-0031"
    assert ja.amount_or_word(170000) == "170,000円" and ja.amount_or_word("5割") == "5割"
    assert ja.size(512) == "512バイト" and ja.size(5 * 1024 * 1024) == "5.0MB"
