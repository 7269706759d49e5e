"""国保と後期高齢者医療の間の引継ぎ: reaching 75, 障害認定 and its withdrawal, on both sides of the line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.law.eligibility.ages import birthday, reached_on
from kokuho.law.eligibility.changes import Acquisition, Loss, acquisition, loss
from kokuho.law.eligibility.months import Month
from kokuho.law.eligibility.settings import EligibilitySettings
from kokuho.law.errors import LawError
from kokuho.law.steps import Step

_ELDERLY_LAW = "高齢者の医療の確保に関する法律50条・52条"


@dataclass(frozen=True, slots=True)
class Handover:
    """What happens to a person who moves to 後期高齢者医療.

    `elderly_from` is the first day there. `halved_month` is the month in which the limits of 高額療養費 are halved on
    both sides; None when the person changes on the 1st or by 障害認定. `last_levy_month` is the last month of the 国保
    levy. `certificate_until` is the last day a 国保 certificate may run to.
    """

    elderly_from: date
    kokuho: Loss
    halved_month: Month | None
    last_levy_month: Month
    certificate_until: date
    steps: tuple[Step, ...]


def turning_75(birth_date: date, settings: EligibilitySettings) -> Handover:
    """75歳到達: 後期 from the 75th birthday, 国保 lost by the setting `elderly_loss`, halved limits unless on the
    1st.
    """
    day = birthday(birth_date, 75)
    kokuho = loss("210", day, settings)
    halved = Month.of(day) if day.day != 1 else None
    steps = [
        Step("後期高齢者医療の資格取得日", f"{birth_date} 生まれの75歳の誕生日", day.isoformat(), _ELDERLY_LAW),
        *kokuho.steps,
        Step(
            "自己負担限度額を2分の1にする月",
            "誕生日が1日なので該当なし" if halved is None else "月の初日以外の日に75歳到達",
            None if halved is None else str(halved),
            "国民健康保険法施行令29条の2第4項",
        ),
    ]
    return Handover(day, kokuho, halved, Month.of(day).plus(-1), day - timedelta(days=1), tuple(steps))


def disability_certified(
    birth_date: date, certified_on: date, settings: EligibilitySettings, path: str = "certified_on"
) -> Handover:
    """65歳から74歳までの障害認定で後期へ. No halved month: the special rule is for reaching 75 only.

    Raises `LawError` ``age`` when the person is not 65 to 74 on that day.
    """
    if not reached_on(birth_date, 65) <= certified_on < birthday(birth_date, 75):
        raise LawError("age", path, "障害認定による後期高齢者医療は65歳から74歳までの人に限ります。")
    kokuho = loss("211", certified_on, settings)
    steps = (
        Step("後期高齢者医療の資格取得日", f"障害認定日 {certified_on}", certified_on.isoformat(), _ELDERLY_LAW),
        *kokuho.steps,
    )
    last_levy = Month.of(kokuho.levy_end).plus(-1)
    return Handover(certified_on, kokuho, None, last_levy, certified_on - timedelta(days=1), steps)


def disability_withdrawn(withdrawn_on: date, settings: EligibilitySettings) -> Acquisition:
    """障害認定の撤回で国保へ戻る: 国保取得日 by the setting `disability_withdrawal_acquisition`."""
    return acquisition("112", withdrawn_on, settings)
