"""還付加算金・充当・納付の充当順."""

from __future__ import annotations

from datetime import date

import pytest

from kokuho.law.collection.allocation import DISTRIBUTION, Debt, Posting, allocate
from kokuho.law.collection.refund import (
    Cause,
    Overpayment,
    SetOff,
    Unpaid,
    interest_start,
    refund_interest,
    set_off,
)
from kokuho.law.errors import LawError


def test_interest_counts_both_ends_at_each_years_rate() -> None:
    """額 × 割合 × 日数 ÷ 365、年をまたげば年ごとの割合、両端を数える（大田区の算式による自作例）."""
    assert refund_interest(250_000, date(2024, 8, 1), date(2025, 6, 10))[0::2] == (250_000, 1_935)
    across = refund_interest(250_000, date(2025, 12, 1), date(2026, 1, 31))
    assert [(s.days, s.amount) for s in across.segments] == [(31, 191), (31, 276)]


@pytest.mark.parametrize(("amount", "base"), [(1_999, 0), (2_500, 2_000), (250_999, 250_000)])
def test_the_base_of_refund_interest(amount: int, base: int) -> None:
    assert refund_interest(amount, date(2024, 1, 1), date(2024, 12, 31)).base == base


def test_little_interest_is_not_paid() -> None:
    found = refund_interest(111_000, date(2024, 1, 1), date(2024, 12, 31))
    assert (found.raw, found.interest) == (1_001, 1_000)
    assert refund_interest(110_000, date(2024, 1, 1), date(2024, 12, 31)).interest == 0
    assert refund_interest(500_000, date(2024, 1, 2), date(2024, 1, 1)).interest == 0


def test_from_when_interest_runs() -> None:
    """起算（地方税法17条の4第1項）: 更正による過納は納付の翌日、誤納は納付の翌日から1か月を経過する日の翌日ほか."""
    paid = date(2025, 6, 30)
    assert interest_start(Cause.DECISION, paid) == date(2025, 7, 1)
    assert interest_start(Cause.MISTAKE, paid) == date(2025, 8, 1)
    assert interest_start(Cause.CLAIM, paid, claimed=date(2025, 9, 10), corrected=date(2025, 10, 20)) == date(
        2025, 11, 21
    )
    assert interest_start(Cause.CLAIM, paid, claimed=date(2025, 9, 10), corrected=date(2026, 3, 1)) == date(
        2025, 12, 11
    )
    assert interest_start(Cause.INCOME_TAX, paid, notified=date(2025, 9, 10)) == date(2025, 10, 11)
    # 納付より前に始まることはない
    assert interest_start(Cause.INCOME_TAX, paid, notified=date(2025, 3, 10)) == date(2025, 7, 1)


@pytest.mark.parametrize("cause", [Cause.CLAIM, Cause.INCOME_TAX])
def test_a_cause_needs_its_day(cause: Cause) -> None:
    with pytest.raises(LawError):
        interest_start(cause, date(2025, 6, 30))


def test_an_overpayment_settles_overdue_instalments_first() -> None:
    """地方税法17条の2: 未納があれば還付より先に充当。適状日は過誤納と未納のおそい方."""
    unpaid = [
        Unpaid("3期", date(2025, 9, 30), 8_000),
        Unpaid("2期", date(2025, 8, 31), 5_000),
        Unpaid("9期", date(2026, 3, 31), 9_000),
    ]
    done, left = set_off(Overpayment(date(2025, 9, 10), 20_000), unpaid, date(2025, 10, 20))
    assert done == [SetOff("2期", 5_000, date(2025, 9, 10)), SetOff("3期", 8_000, date(2025, 9, 30))]
    assert left == 7_000
    done, left = set_off(Overpayment(date(2025, 9, 10), 6_000), unpaid, date(2025, 10, 20))
    assert [one.amount for one in done] == [5_000, 1_000] and left == 0


DEBTS = [
    Debt("2期", date(2025, 8, 31), 10_000, 100, 1_500),
    Debt("1期", date(2025, 7, 31), 10_000, 100, 2_000),
]


def test_a_part_payment_goes_to_the_oldest_principal_first() -> None:
    """既定: 本料（税）→ 督促手数料 → 延滞金、古い納期から."""
    assert allocate(11_000, DEBTS) == ([Posting("1期", "principal", 10_000), Posting("1期", "demand_fee", 100),
                                        Posting("1期", "delinquency_charge", 900)], 0)  # fmt: skip


def test_the_order_is_the_ordinances() -> None:
    """料の市には民法489条の順（費用 → 延滞金 → 本料）もある."""
    civil = ("demand_fee", "delinquency_charge", "principal")
    postings, _ = allocate(3_000, DEBTS, civil)
    assert [posting.amount for posting in postings] == [100, 2_000, 900]


def test_the_payer_may_designate() -> None:
    """民法488条: 指定があれば従う."""
    postings, left = allocate(30_000, DEBTS, designated=["2期"])
    assert [posting.id for posting in postings] == ["2期"] * 3 + ["1期"] * 3
    assert left == 30_000 - 23_700
    with pytest.raises(LawError):
        allocate(1, DEBTS, designated=["8期"])
    with pytest.raises(LawError):
        allocate(-1, DEBTS)


def test_proceeds_of_a_seizure_pay_its_cost_first() -> None:
    """国税徴収法129条の順: 滞納処分費 → 本税 → 延滞金."""
    debt = Debt("1期", date(2025, 7, 31), 10_000, 100, 2_000, disposition_cost=3_000)
    postings, _ = allocate(5_000, [debt], DISTRIBUTION)
    assert [(posting.kind, posting.amount) for posting in postings] == [
        ("disposition_cost", 3_000),
        ("principal", 2_000),
    ]
