"""期間のある資格の状態: 非自発的失業, 産前産後, 旧被扶養者."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kokuho.law.eligibility.ages import has_reached
from kokuho.law.eligibility.months import Month, fiscal_year, months_between
from kokuho.law.parameters import table
from kokuho.law.steps import Step

_TABLE = "eligibility-statuses"


@dataclass(frozen=True, slots=True)
class InvoluntaryUnemployment:
    """非自発的失業者の特例の期間: both days included. `benefit_until` is the last day for the income classes of
    benefits.
    """

    start: date
    end: date
    benefit_until: date
    steps: tuple[Step, ...]


def involuntary_unemployment(birth_date: date, left_on: date, code: str) -> InvoluntaryUnemployment | None:
    """非自発的失業者 (特例対象被保険者等): from the day after leaving to the end of the following fiscal year.

    `left_on` 離職日, `code` 離職理由コード of the 雇用保険受給資格者証. None when the code does not count or the
    person had reached 65 on leaving. The period runs from 離職日の翌日 to the end of the fiscal year after the one in
    which that next day lies (施行令29条の7の2). For 高額療養費の所得区分 the reduced income is used up to the first 31
    July after the period (施行令29条の3第2項).
    """
    known = table(_TABLE)
    codes = known.at("involuntary_codes", left_on)
    limit = known.at("involuntary_age_limit", left_on)
    if code not in codes.value or has_reached(birth_date, limit.value, left_on):
        return None
    start = left_on + timedelta(days=1)
    end = date(fiscal_year(start) + 2, 3, 31)
    after = end + timedelta(days=1)
    benefit_until = date(after.year if after <= date(after.year, 7, 31) else after.year + 1, 7, 31)
    step = Step(
        "非自発的失業の期間",
        f"離職日 {left_on} の翌日から、その日の属する年度の翌年度末まで",
        f"{start}〜{end}",
        codes.article,
    )
    return InvoluntaryUnemployment(start, end, benefit_until, (step,))


def maternity_months(birth_month: Month, *, multiple: bool) -> tuple[Month, ...]:
    """産前産後の免除月: the month before 出産(予定)月 to two months after it; from three months before for 多胎.

    Months before 2024-01 do not exist (施行令29条の7第6項8号・9号).
    """
    known = table(_TABLE)
    first_ever = Month.parse(known.history("maternity_first_month")[0].value)
    span = known.history("maternity_months")[0].value["multiple" if multiple else "single"]
    first = max(first_ever, birth_month.plus(-span["before"]))
    return tuple(months_between(first, birth_month.plus(span["after"])))


def counts_as_birth(days_of_pregnancy: int, on: date) -> bool:
    """出産: 85 days of pregnancy or more, 死産・流産 included (施行規則32条の10の3)."""
    return days_of_pregnancy >= int(table(_TABLE).at("maternity_minimum_days", on).value)


def maternity_notice_from(expected: date) -> date:
    """First day on which the 届出 of 産前産後 may be made: six months before the expected day."""
    months = int(table(_TABLE).history("maternity_notice_months_before")[0].value)
    target = Month.of(expected).plus(-months)
    return date(target.year, target.month, min(expected.day, target.last.day))


@dataclass(frozen=True, slots=True)
class FormerDependent:
    """旧被扶養者の減免: months in which 均等割・平等割 are relieved (both included); the 所得割 is relieved without an
    end.
    """

    per_capita_first: Month
    per_capita_last: Month
    steps: tuple[Step, ...]


def former_dependent(birth_date: date, acquired: date, *, supporter_moved_to_elderly: bool) -> FormerDependent | None:
    """旧被扶養者: 65 to 74, became insured because the member of an 被用者保険 who supported them moved to 後期.

    None when the conditions are not met on the day of acquisition. 国民健康保険組合 does not count as 被用者保険.
    """
    if (
        not supporter_moved_to_elderly
        or not has_reached(birth_date, 65, acquired)
        or has_reached(birth_date, 75, acquired)
    ):
        return None
    row = table(_TABLE).at("former_dependent_months", acquired)
    first = Month.of(acquired)
    last = first.plus(row.value - 1)
    step = Step(
        "旧被扶養者の均等割・平等割の減免", f"資格取得月 {first} から{row.value}か月", f"{first}〜{last}", row.article
    )
    return FormerDependent(first, last, (step,))
