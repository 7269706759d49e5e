"""年齢計算: on which day an age is reached, and the days of school and insurance ages.

By 年齢計算ニ関する法律 and 民法143条 an age is reached at the end of the day before the birthday. Article texts that
say "…歳に達する日" mean that day; a birthday itself matters only where practice names it (75歳の誕生日).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kokuho.law.eligibility.months import Month

AGE_LAW = "年齢計算ニ関する法律・民法143条"


def reached_on(birth_date: date, age: int) -> date:
    """…歳に達する日: the day before the birthday. Born on 29 February: 28 February in every year."""
    if birth_date.month == 2 and birth_date.day == 29:
        return date(birth_date.year + age, 2, 28)
    return birth_date.replace(year=birth_date.year + age) - timedelta(days=1)


def birthday(birth_date: date, age: int) -> date:
    """誕生日 of that age: the day after the age is reached. Born on 29 February: 1 March in years without it."""
    return reached_on(birth_date, age) + timedelta(days=1)


def age_on(birth_date: date, day: date) -> int:
    """満年齢 as people count it: from the birthday on (the age reached the day before)."""
    age = day.year - birth_date.year
    return age if birthday(birth_date, age) <= day else age - 1


def has_reached(birth_date: date, age: int, day: date) -> bool:
    """Whether the age has been reached on a day in the sense of the law (from 達する日 on)."""
    return reached_on(birth_date, age) <= day


def first_march_31(day: date) -> date:
    """以後の最初の3月31日: the day itself when it is one."""
    this_year = date(day.year, 3, 31)
    return this_year if day <= this_year else date(day.year + 1, 3, 31)


def preschool_end(birth_date: date) -> date:
    """Last day of 未就学: 6歳に達する日以後の最初の3月31日 (国民健康保険法42条1項2号)."""
    return first_march_31(reached_on(birth_date, 6))


def compulsory_school_end(birth_date: date) -> date:
    """義務教育の終わり: 15歳に達する日以後の最初の3月31日 (学校教育法17条)."""
    return first_march_31(reached_on(birth_date, 15))


def child_end(birth_date: date) -> date:
    """18歳に達する日以後の最初の3月31日 (国民健康保険法54条の3、施行令29条の7第6項)."""
    return first_march_31(reached_on(birth_date, 18))


def senior_from(birth_date: date) -> date:
    """First day with the 70+ share: 70歳に達する日の属する月の翌月1日 (国民健康保険法42条1項3号).

    Born on the 1st: the 1st of the birthday month itself, because 70 is reached on the day before.
    """
    return Month.of(reached_on(birth_date, 70)).plus(1).first


def is_senior(birth_date: date, month: Month) -> bool:
    """70歳到達月の翌月以後."""
    return senior_from(birth_date) <= month.first


class AgeEventKind(StrEnum):
    """What an age changes in 国保."""

    SCHOOL = "school"
    CHILD_END = "child_end"
    CARE_SECOND_FROM = "care_second_from"
    CARE_FIRST_FROM = "care_first_from"
    SENIOR = "senior"
    ELDERLY = "elderly"


@dataclass(frozen=True, slots=True)
class AgeEvent:
    """One age event of a person: from which day the new rule holds, and by which text."""

    kind: AgeEventKind
    effective: date
    label: str
    authority: str


# What each event is called, its text, and from which day the new rule holds; in order of life.
_EVENTS: Mapping[AgeEventKind, tuple[str, str, Callable[[date], date]]] = {
    AgeEventKind.SCHOOL: (
        "就学（負担割合2割から3割・未就学児の均等割軽減の終了）", "国民健康保険法42条1項1号・2号",
        lambda birth: preschool_end(birth) + timedelta(days=1),
    ),
    AgeEventKind.CHILD_END: (
        "18歳年度末の経過（子ども・子育て支援納付金分の均等割軽減の終了）", "国民健康保険法施行令29条の7第6項",
        lambda birth: child_end(birth) + timedelta(days=1),
    ),
    AgeEventKind.CARE_SECOND_FROM: (
        "40歳到達（介護納付金分の賦課開始）", f"介護保険法9条2号・{AGE_LAW}", lambda birth: Month.of(reached_on(birth, 40)).first,
    ),
    AgeEventKind.CARE_FIRST_FROM: (
        "65歳到達（介護納付金分の賦課終了）", f"介護保険法9条1号・{AGE_LAW}", lambda birth: Month.of(reached_on(birth, 65)).first,
    ),
    AgeEventKind.SENIOR: ("70歳到達（負担割合の変更）", "国民健康保険法42条1項3号・4号", senior_from),
    AgeEventKind.ELDERLY: (
        "75歳到達（後期高齢者医療へ移行）", "高齢者の医療の確保に関する法律50条1号", lambda birth: birthday(birth, 75),
    ),
}  # fmt: skip


def effective_from(kind: AgeEventKind, birth_date: date) -> date:
    """The first day under the new rule: 4月1日 for school and 18歳年度末, the first day of the month for 介護第2号 (the month of the day
    before the 40th birthday) and 第1号 (likewise 65), the 1st of the month after reaching 70, and the 75th birthday."""
    return _EVENTS[kind][2](birth_date)


def age_events(birth_date: date) -> tuple[AgeEvent, ...]:
    """Every age event of a life, in order of time."""
    return tuple(AgeEvent(kind, since(birth_date), label, authority) for kind, (label, authority, since) in _EVENTS.items())


def age_events_between(birth_date: date, first: date, last: date) -> tuple[AgeEvent, ...]:
    """The age events that take effect from `first` to `last` (both included)."""
    return tuple(event for event in age_events(birth_date) if first <= event.effective <= last)


def senior_born_until(month: Month) -> date:
    """Whoever was born on this day or before has the 70+ share in the month; the same test as `is_senior`, for a whole city."""
    return date(month.year - 70, month.month, 1)
