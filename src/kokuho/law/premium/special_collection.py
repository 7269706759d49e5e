"""特別徴収: deduction from the pension in April, June, August (仮徴収) and October, December, February (本徴収).

国民健康保険法76条の3・76条の4 (applying 介護保険法134条 and what follows), 地方税法718条の2 and what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.premium.instalments import split
from kokuho.law.premium.months import birthday
from kokuho.law.steps import yen

PROVISIONAL_MONTHS, FINAL_MONTHS = (4, 6, 8), (10, 12, 2)


class HalfTest(NamedTuple):
    """Outcome of the test of one half. Yen; `half` is half of one pension payment, exact."""

    eligible: bool
    pension_per_payment: int
    half: Fraction
    burden: Fraction


def half_test(pension_annual: int, care_premium_per_payment: int, premium_annual: int) -> HalfTest:
    """Whether 介護 and 国保 of one payment together stay within half of one pension payment (a sixth of the year's).

    Equal is within. `pension_per_payment` is cut to the yen for display; the comparison is exact.
    """
    half = Fraction(pension_annual, 12)
    burden = care_premium_per_payment + Fraction(premium_annual, 6)
    return HalfTest(burden <= half, pension_annual // 6, half, burden)


class Pensioner(NamedTuple):
    """What the office knows of a householder when it picks the candidates of 特別徴収."""

    insured: bool
    members_born: tuple[date, ...]  # every insured of the household, the householder included
    pension_annual: int  # yen, of the one pension from which 介護 is taken
    care_deducted: bool
    care_premium_per_payment: int
    premium_annual: int
    account_transfer: bool = False  # has asked to pay by 口座振替 instead


def refusals(person: Pensioner, fiscal_year: int, on: date, setting: Mapping[str, Any]) -> list[str]:
    """Why the premium cannot be taken from the pension, in words; empty when every condition is met.

    `on` is the day for which ages count; `setting` is the ordinance's ``special_collection``. All conditions are
    tested, so that the list shows each that fails (国民健康保険法施行令29条の12 and what follows).
    """
    reasons = []
    if not person.insured:
        reasons.append("世帯主が国民健康保険の被保険者でない")
    if not all(birthday(born, 65) <= on < birthday(born, 75) for born in person.members_born):
        reasons.append("世帯の被保険者に65歳から74歳でない方がいる")
    minimum = table("premium").at("special_collection_pension", date(fiscal_year, 4, 1)).value
    if person.pension_annual < minimum:
        reasons.append(f"年金の年額が{yen(minimum)}に満たない")
    if not person.care_deducted:
        reasons.append("介護保険料が年金から天引きされていない")
    if not half_test(person.pension_annual, person.care_premium_per_payment, person.premium_annual).eligible:
        reasons.append("介護保険料との合計が年金1回分の2分の1を超える")
    if person.account_transfer and setting["account_transfer_excludes"]:
        reasons.append("口座振替の申出がある")
    if any(
        date(fiscal_year, 4, 1) <= birthday(born, 75) <= date(fiscal_year + 1, 3, 31) for born in person.members_born
    ):
        reasons.append("年度のうちに75歳になる")
    return reasons


def provisional_instalments(
    previous_february: int, previous_annual: int, setting: Mapping[str, Any]
) -> tuple[int, int, int]:
    """仮徴収 of April, June and August in yen.

    Each is last February's amount; with levelling (平準化) June and August, or August alone, are set so that the three
    come to half of last year's amount (its sixth cut to `unit`, times three), and never below 0.
    """
    unit, levelling = setting["unit"], setting["levelling"]
    target = previous_annual // 6 // unit * unit * 3
    april = june = august = previous_february
    if levelling == "june_august":
        june = august = max(0, (target - april) // 2 // unit * unit)
    elif levelling == "august":
        august = max(0, target - april - june)
    return april, june, august


def final_instalments(
    provisional: Sequence[int], total: int, unit: int = 100, remainder: str = "first"
) -> tuple[list[int], int]:
    """(本徴収 of October, December and February, amount to refund) in yen.

    What the year still lacks in three parts of whole `unit`, the odd yen in October (or February). Where more has been
    taken than the year comes to, nothing more is taken and the surplus is 過誤納.
    """
    rest = total - sum(provisional)
    if rest < 0:
        return [0, 0, 0], -rest
    return split(rest, 3, unit, remainder), 0


def start_month(captured: date) -> date:
    """First month of deduction for a pensioner captured on a day (the 1st of April, June, … February).

    `LawError` ``not_allowed`` for a day that is no capture day.
    """
    months: Mapping[int, int] = table("premium").at("special_collection_start", captured).value
    if captured.day != 1 or captured.month not in months:
        raise LawError("not_allowed", "captured", "年金の捕捉は4・6・8・10・12・2月の1日です。")
    month = months[captured.month]
    return date(captured.year + (month < captured.month), month, 1)


class StopCause(StrEnum):
    """Why a deduction is stopped."""

    DECREASE = "減額"
    CONDITIONS_LOST = "要件喪失"
    ACCOUNT_TRANSFER = "口座振替への変更"
    DEATH = "死亡"
    MOVED_OUT = "転出"
    PENSION_STOPPED = "年金の支給停止"


class Change(NamedTuple):
    """What a change of the year's amount does to a running deduction. Yen."""

    stop: bool
    ordinary: int  # to be collected by 普通徴収 from now on
    refund: int  # taken too much already


def after_change(new_total: int, planned: Sequence[int], taken: int, cause: StopCause | None = None) -> Change:
    """Split a changed year between deduction and 普通徴収.

    An increase leaves the `planned` six deductions as they are and the difference goes to 普通徴収. A decrease, or a
    `cause` of its own, stops the deduction: what is not yet taken goes to 普通徴収. One or two payments may still be
    taken after the stop; they become 過誤納 when they arrive.
    """
    if cause is None and new_total >= sum(planned):
        return Change(False, new_total - sum(planned), 0)
    return Change(True, max(0, new_total - taken), max(0, taken - new_total))
