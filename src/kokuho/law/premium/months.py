"""Months of a fiscal year: who is levied for which month.

A month counts from the month of acquisition to the month before loss. One reaches an age for 介護 on the day before the
birthday (民法143条・年齢計算ニ関スル法律), but moves to 後期高齢者医療 on the 75th birthday itself.
"""

from __future__ import annotations

from datetime import date, timedelta

from kokuho.law.errors import LawError

ONE_DAY = timedelta(days=1)


def month_index(fiscal_year: int, day: date) -> int:
    """0 for April of the year, 11 for March; below 0 or above 11 outside of it."""
    return (day.year - fiscal_year) * 12 + day.month - 4


def month_name(fiscal_year: int, index: int) -> str:
    """``2026-04`` for index 0 of 2026."""
    year, month = divmod(index + 3, 12)
    return f"{fiscal_year + year:04d}-{month + 1:02d}"


def month_names(fiscal_year: int, mask: int) -> list[str]:
    """The months of a mask as ``YYYY-MM``, in order."""
    return [month_name(fiscal_year, index) for index in range(12) if mask >> index & 1]


def span(first: int, end: int) -> int:
    """Mask of the months `first` ≤ index < `end`, cut to the year."""
    first, end = max(first, 0), min(end, 12)
    return (1 << end) - (1 << first) if first < end else 0


def birthday(birth: date, age: int) -> date:
    """The day on which the age is reached by its birthday; 1 March for those born on 29 February."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)


def care_months(fiscal_year: int, birth: date) -> int:
    """Mask of the months as 介護保険第2号被保険者 (40歳に達した日の属する月から65歳に達した日の属する月の前月まで)."""
    reaches_40 = month_index(fiscal_year, birthday(birth, 40) - ONE_DAY)
    reaches_65 = month_index(fiscal_year, birthday(birth, 65) - ONE_DAY)
    return span(reaches_40, reaches_65)


def months_before_75(fiscal_year: int, birth: date) -> int:
    """Mask of the months before the month of the 75th birthday, and not before the month of birth."""
    return span(month_index(fiscal_year, birth), month_index(fiscal_year, birthday(birth, 75)))


def insured_months(fiscal_year: int, acquired: date, lost: date | None, birth: date | None = None) -> int:
    """Mask of the months levied for one period of eligibility.

    From the month of acquisition to the month before that of `lost` (喪失日); none when both fall in one month. With
    `birth` it ends before the month of the 75th birthday. `LawError` ``order`` when lost before acquired.
    """
    if lost is not None and lost < acquired:
        raise LawError("order", "lost", "喪失日が取得日より前です。日付を確かめてください。")
    end = 12 if lost is None else month_index(fiscal_year, lost)
    mask = span(month_index(fiscal_year, acquired), end)
    return mask if birth is None else mask & months_before_75(fiscal_year, birth)


def maternity_months(birth_year: int, birth_month: int, multiple: bool) -> list[tuple[int, int]]:
    """The months exempted around a birth (産前産後), as (year, month), nothing before January 2024.

    From the month before the (expected) birth, four months; for a multiple birth from three months before, six months.
    Births before November 2023 have none (国民健康保険法施行令29条の7第6項8号, in force from 1 January 2024).
    """
    centre = birth_year * 12 + birth_month - 1
    if centre < 2023 * 12 + 10:
        return []
    first, count = (centre - 3, 6) if multiple else (centre - 1, 4)
    return [divmod_month(m) for m in range(first, first + count) if m >= 2024 * 12]


def divmod_month(serial: int) -> tuple[int, int]:
    """(year, month) of a serial month number year*12 + month-1."""
    return serial // 12, serial % 12 + 1


def maternity_mask(fiscal_year: int, birth_year: int, birth_month: int, multiple: bool) -> int:
    """`maternity_months` as a mask of one fiscal year."""
    mask = 0
    for year, month in maternity_months(birth_year, birth_month, multiple):
        index = month_index(fiscal_year, date(year, month, 1))
        mask |= span(index, index + 1)
    return mask


def involuntary_mask(fiscal_year: int, left: date) -> int:
    """Months in which the salary of a 非自発的失業者 counts 30/100.

    From the month of the day after leaving to the end of the following fiscal year (施行令29条の7の2).
    """
    start = left + ONE_DAY
    first = month_index(fiscal_year, start)
    start_year = start.year if start.month >= 4 else start.year - 1
    return span(first, 12) if start_year in (fiscal_year, fiscal_year - 1) else 0


def specified_household_masks(fiscal_year: int, moved: date, to_year_end: bool = False) -> tuple[int, int]:
    """特定世帯・特定継続世帯: (months of one half, months of three quarters) after a member moved to 後期高齢者医療.

    Five years from the month of the move (its month included) one half, the three years after that three quarters;
    with `to_year_end` both terms run on to the end of their fiscal year, as some ordinances have it.
    """
    first = month_index(fiscal_year, moved)
    half_end, quarter_end = first + 60, first + 96
    if to_year_end:
        half_end, quarter_end = -(-half_end // 12) * 12, -(-quarter_end // 12) * 12
    return span(first, half_end), span(half_end, quarter_end)


# Bands, from the oldest. In "turning" bands the months path decides; the others hold for the whole year.
LEFT, TURNING_75, SENIOR, SENIOR_UNDER65, TURNING_65, CARE, TURNING_40, ADULT, CHILD, PRESCHOOL, NEWBORN = range(11)
PARTIAL_BANDS = frozenset((LEFT, TURNING_75, TURNING_65, TURNING_40, NEWBORN))


def bands(fiscal_year: int) -> tuple[date, ...]:
    """Last birth date (inclusive) of every band but the youngest, for `bisect_left`."""
    y = fiscal_year
    return (
        date(y - 75, 4, 30),  # LEFT: 75 in April at the latest, no month left
        date(y - 74, 3, 31),  # TURNING_75
        date(y - 65, 1, 1),  # SENIOR: 65 by 1 January, the day of the pension deduction
        date(y - 65, 5, 1),  # SENIOR_UNDER65: no 介護 month any more, but pension deduction as under 65
        date(y - 64, 4, 1),  # TURNING_65
        date(y - 40, 5, 1),  # CARE: 介護第2号 all year
        date(y - 39, 4, 1),  # TURNING_40
        date(y - 18, 4, 1),  # ADULT
        date(y - 6, 4, 1),  # CHILD
        date(y, 4, 30),  # PRESCHOOL
    )


def band_of_age(age: int | None) -> int:
    """Band of a person of whom only the age on 1 April is known: no change of status within the year.

    `LawError` ``missing_key`` when neither the birth date nor the age is known.
    """
    if age is None:
        raise LawError("missing_key", "birth", "生年月日も年齢も分からない人は賦課できません。")
    if age >= 65:
        return SENIOR
    if age >= 40:
        return CARE
    if age >= 18:
        return ADULT
    return CHILD if age >= 6 else PRESCHOOL
