"""基本項目の訂正: what a corrected birth date, sex or name touches (SHI-25): age events, fiscal years of the levy, papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.core import era
from kokuho.core.clock import fiscal_year
from kokuho.desks.eligibility.replay import Period
from kokuho.law.eligibility.ages import age_events
from kokuho.law.premium.months import care_months, insured_months, months_before_75

LABELS = {"birth_date": "生年月日", "sex": "性別", "name": "氏名"}


@dataclass(frozen=True, slots=True)
class Touched:
    """What a correction touches, in words, and the first day from which something is different (None: nothing is)."""

    lines: tuple[str, ...]
    since: date | None


def touched(corrected: Sequence[str], old_birth: date, new_birth: date, periods: Sequence[Period], on: date) -> Touched:
    """What follows from correcting these items of a person with these insured periods, looked at on a day."""
    lines: list[str] = []
    days: list[date] = []
    if "birth_date" in corrected and old_birth != new_birth:
        for before, after in zip(age_events(old_birth), age_events(new_birth), strict=True):
            if before.effective != after.effective:
                lines.append(f"{after.label}: {era.short(before.effective)} → {era.short(after.effective)}")
                days += [before.effective, after.effective]
        for year in _years(periods, on):
            if _levied(old_birth, periods, year) != _levied(new_birth, periods, year):
                lines.append(f"{era.fiscal_year(year)}の賦課（介護分・後期移行・均等割の年齢）を見直し")
                days.append(date(year, 4, 1))
    if corrected and any(period.end is None for period in periods):
        items = "・".join(LABELS[item] for item in corrected if item in LABELS)
        lines.append(f"資格確認書・資格情報のお知らせの記載（{items}）を差し替え")
        lines.append("連合会への資格情報（世帯の全員）を再送")
    since = min((day for day in days if any(p.end is None or day < p.end for p in periods)), default=None)
    if since is None and corrected and periods:
        since = on
    return Touched(tuple(lines), since)


def _years(periods: Sequence[Period], on: date) -> range:
    if not periods:
        return range(0)
    return range(max(fiscal_year(min(p.start for p in periods)), fiscal_year(on) - 5), fiscal_year(on) + 1)


def _levied(birth: date, periods: Sequence[Period], year: int) -> tuple[int, int]:
    insured = 0
    for period in periods:
        insured |= insured_months(year, period.start, period.end)
    insured &= months_before_75(year, birth)
    return insured, insured & care_months(year, birth)
