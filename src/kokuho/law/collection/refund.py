"""過誤納金: refund interest and set-off (地方税法17条・17条の2・17条の4、料は自治法231条の3第4項によりその例による)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from kokuho.law.collection.interest import Segment, cut, segments
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.periods import ONE_DAY, last_day


class RefundInterest(NamedTuple):
    """還付加算金. Yen; `raw` is the sum of the segments, `interest` what is paid."""

    base: int
    segments: list[Segment]
    raw: int
    interest: int


def refund_interest(amount: int, first: date, last: date) -> RefundInterest:
    """還付加算金 on one overpayment, both days counted.

    Base cut to 1,000円 (nothing below 2,000円), 365 days, each year's rate; result cut to 100円, nothing below 1,000円.
    No day, no interest. `LawError` ``no_rate`` for a year without rates.
    """
    limits = table("collection")
    base = cut(amount, 1000, limits.at("refund_interest_minimum_base", first).value)
    found = segments(base, [("refund_interest", first, last)], "to") if base else []
    raw = sum(segment.amount for segment in found)
    return RefundInterest(base, found, raw, cut(raw, 100, limits.at("refund_interest_minimum", first).value))


class Cause(StrEnum):
    """Why more was paid than due; decides from when interest runs."""

    DECISION = "decision"  # 更正・賦課決定による過納 (17条の4第1項1号)
    CLAIM = "claim"  # 更正の請求に基づく更正 (2号)
    INCOME_TAX = "income_tax"  # 所得税の更正・申告に基づく賦課決定 (3号)
    MISTAKE = "mistake"  # 誤納 (4号): double payment and the like


def interest_start(
    cause: Cause, paid: date, claimed: date | None = None, corrected: date | None = None, notified: date | None = None
) -> date:
    """First day for which refund interest runs.

    DECISION: the day after payment. CLAIM: the day after the earlier of three months from the day after the claim and
    one month from the day after the correction. INCOME_TAX: the day after one month from the day after the notice or
    return. MISTAKE: the day after one month from the day after payment has passed. Never before the day after payment.
    `LawError` ``missing_key`` when the day that the cause needs is not given.
    """
    day_after = paid + ONE_DAY
    if cause is Cause.DECISION:
        return day_after
    if cause is Cause.MISTAKE:
        return last_day(day_after, 1) + ONE_DAY
    if cause is Cause.CLAIM:
        if claimed is None or corrected is None:
            raise LawError("missing_key", "claimed", "更正の請求の日と更正の日が必要です。")
        end = min(last_day(claimed + ONE_DAY, 3), last_day(corrected + ONE_DAY, 1))
    else:
        if notified is None:
            raise LawError("missing_key", "notified", "所得税の更正の通知または申告の日が必要です。")
        end = last_day(notified + ONE_DAY, 1)
    return max(day_after, end + ONE_DAY)


class Overpayment(NamedTuple):
    """過誤納金: since when it exists (the day of payment, or of the decision that made it one), and yen."""

    arisen: date
    amount: int


class Unpaid(NamedTuple):
    """An unpaid instalment. Yen."""

    id: int | str
    due_date: date
    amount: int


class SetOff(NamedTuple):
    """充当 of an overpayment to one unpaid instalment. `suitable` is 充当適状の日."""

    id: int | str
    amount: int
    suitable: date


def set_off(overpayment: Overpayment, unpaid: Sequence[Unpaid], on: date) -> tuple[list[SetOff], int]:
    """(set-offs, yen left to refund): overdue instalments first, the oldest first, before anything is refunded.

    Only what is due on `on` is set off (地方税法17条の2). Suitable is the later of the day on which the overpayment
    arose and the due date.
    """
    left, done = overpayment.amount, []
    overdue = (debt for debt in unpaid if debt.due_date <= on and debt.amount > 0)
    for debt in sorted(overdue, key=lambda debt: (debt.due_date, str(debt.id))):
        amount = min(left, debt.amount)
        if amount:
            done.append(SetOff(debt.id, amount, max(overpayment.arisen, debt.due_date)))
            left -= amount
    return done, left
