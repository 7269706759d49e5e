"""資格確認書・資格情報のお知らせ・高齢受給者証: which one a person gets and until when it holds
(法9条、施行規則6条–7条の4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kokuho.law.eligibility.ages import birthday, reached_on
from kokuho.law.eligibility.months import Month, period_end
from kokuho.law.eligibility.settings import CertificateSettings
from kokuho.law.steps import Step


class CertificateKind(StrEnum):
    """The papers of 資格."""

    CONFIRMATION = "confirmation"
    """資格確認書."""
    CONFIRMATION_SPECIAL = "confirmation_special"
    """資格確認書（特別療養費）."""
    NOTICE = "notice"
    """資格情報のお知らせ."""
    NOTICE_SPECIAL = "notice_special"
    """資格情報のお知らせ（特別療養費の旨を載せたもの）."""
    SENIOR_CARD = "senior_card"
    """高齢受給者証."""


_LABELS = {
    CertificateKind.CONFIRMATION: "資格確認書",
    CertificateKind.CONFIRMATION_SPECIAL: "資格確認書（特別療養費）",
    CertificateKind.NOTICE: "資格情報のお知らせ",
    CertificateKind.NOTICE_SPECIAL: "資格情報のお知らせ（特別療養費）",
    CertificateKind.SENIOR_CARD: "高齢受給者証",
}


def certificate_label(kind: CertificateKind) -> str:
    """Japanese name of a paper."""
    return _LABELS[kind]


@dataclass(frozen=True, slots=True)
class Validity:
    """有効期限: last valid day, None when none is set; `limited_by` says in Japanese what cut it."""

    until: date | None
    limited_by: str
    steps: tuple[Step, ...]


def certificates_for(
    *,
    can_use_electronic: bool,
    issue_without_application: bool,
    applied: bool,
    special_benefit: bool,
    senior: bool,
    ratio_on_confirmation: bool,
) -> tuple[CertificateKind, ...]:
    """Which papers a person gets.

    資格確認書 for those who cannot use 電子資格確認, on application or, where the municipality issues them so
    (`issue_without_application`, 令和5年改正法附則15条), ex officio; otherwise 資格情報のお知らせ. A 高齢受給者証 only
    beside a 資格確認書 that does not show the 一部負担割合 (施行規則7条の4).
    """
    if not can_use_electronic and (applied or issue_without_application):
        kind = CertificateKind.CONFIRMATION_SPECIAL if special_benefit else CertificateKind.CONFIRMATION
        if senior and not ratio_on_confirmation and not special_benefit:
            return kind, CertificateKind.SENIOR_CARD
        return (kind,)
    return (CertificateKind.NOTICE_SPECIAL if special_benefit else CertificateKind.NOTICE,)


def confirmation_validity(
    birth_date: date,
    issued_from: date,
    settings: CertificateSettings,
    *,
    stay_expires: date | None = None,
    special_benefit_until: date | None = None,
    shows_ratio: bool = True,
) -> Validity:
    """資格確認書の有効期限: at most five years, cut by the common renewal day and by what changes before it.

    Cuts: the end of the month in which 70 is reached (the ratio changes), 31 July each year from 70 on while the ratio
    is shown, the day before the 75th birthday, the 在留期限, the end of 特別療養費.
    """
    limits = [
        (period_end(issued_from, years=settings.confirmation_max_years), f"{settings.confirmation_max_years}年以内")
    ]
    renewal = _renewal(issued_from, settings.confirmation_renewal)
    if renewal is not None:
        limits.append((renewal, "一斉更新"))
    senior_month_end = Month.of(reached_on(birth_date, 70)).last
    if issued_from <= senior_month_end:
        limits.append((senior_month_end, "70歳到達月の末日"))
    elif shows_ratio:
        limits.append((_next_july_31(issued_from), "負担割合の判定"))
    limits.append((birthday(birth_date, 75) - timedelta(days=1), "75歳の誕生日の前日"))
    if stay_expires is not None:
        limits.append((stay_expires, "在留期限"))
    if special_benefit_until is not None:
        limits.append((special_benefit_until, "特別療養費の変更"))
    until, why = min(limits, key=lambda item: item[0])
    text = "、".join(f"{reason} {day}" for day, reason in sorted(limits))
    return Validity(
        until, why, (Step("資格確認書の有効期限", text, until.isoformat(), "国民健康保険法施行規則6条3項"),)
    )


def notice_validity(birth_date: date, issued_from: date) -> Validity:
    """資格情報のお知らせ: no date under 70 (until the month of 70), 31 July each year from then on, the 75th birthday
    at most.
    """
    article = "国民健康保険法施行規則7条の3"
    if issued_from <= Month.of(reached_on(birth_date, 70)).last:
        return Validity(
            None, "70歳未満は期限なし", (Step("有効期限", "70歳到達月までは期限を置かない", None, article),)
        )
    july, end = _next_july_31(issued_from), birthday(birth_date, 75) - timedelta(days=1)
    until, why = (july, "負担割合の判定") if july <= end else (end, "75歳の誕生日の前日")
    return Validity(until, why, (Step("有効期限", why, until.isoformat(), article),))


def _renewal(day: date, setting: str) -> date | None:
    if setting == "july_31":
        return _next_july_31(day)
    if setting == "march_31":
        return date(day.year if day <= date(day.year, 3, 31) else day.year + 1, 3, 31)
    return None


def _next_july_31(day: date) -> date:
    return date(day.year if day <= date(day.year, 7, 31) else day.year + 1, 7, 31)
