"""給付の設定: what municipalities decide and what the texts leave open, with dated defaults
(`benefit-settings.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from kokuho.law.eligibility.settings import one_of, resolve

_FILE = "benefit-settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSettings:
    """負担割合と所得区分の取扱い."""

    undeclared_under_70: str = one_of("ア", "イ", "ウ", "エ", "オ")
    undeclared_over_70: str = one_of("一般", "低所得II")
    receipts_confirmed_by_municipality: bool
    ratio_change_on_household_change: str = one_of("next_month", "same_month")
    ratio_increase_on_income_change: str = one_of("next_month", "retroactive")


@dataclass(frozen=True, slots=True, kw_only=True)
class HighCostSettings:
    """高額療養費の取扱い."""

    seniors_only_household_step: bool
    notice_minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class YearlySettings:
    """年間の合算の取扱い."""

    share_remainder: str = one_of("base_insurer", "largest")
    care_limit_low_income_1_several_users: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualCapSettings:
    """年間上限の取扱い (政令未確認)."""

    annual_cap_unit: str = one_of("household", "person")
    annual_cap_counts_small_amounts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSettings:
    """出産育児一時金と葬祭費: the ordinance."""

    birth_grant_form: str = one_of("base_and_addition", "flat")
    funeral_amount: int
    funeral_requires_ceremony: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriptionSettings:
    """時効の起算."""

    prescription_high_cost: str = one_of("month_after_or_payment", "month_after_or_notice", "notice_month_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSettings:
    """高額療養費の貸付."""

    loan_rate: Fraction
    loan_unit: int
    loan_minimum: int
    loan_maximum: int
    loan_refused_for_arrears: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliefSettings:
    """一部負担金の減免・徴収猶予の要綱."""

    relief_waive_up_to: Fraction
    relief_reduce_up_to: Fraction
    relief_reduction: Fraction
    relief_savings_months: int
    relief_inpatient_only: bool
    relief_months: int
    deferral_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionSettings:
    """差止め."""

    suspension_limit: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySettings:
    """返還."""

    private_claim_years: int


def class_settings(on: date, own: Mapping[str, Any] | None = None) -> ClassSettings:
    """The settings of classes and ratios on a day, a municipality's own values over the defaults."""
    return resolve(ClassSettings, _FILE, on, own)


def high_cost_settings(on: date, own: Mapping[str, Any] | None = None) -> HighCostSettings:
    """The settings of 高額療養費."""
    return resolve(HighCostSettings, _FILE, on, own)


def yearly_settings(on: date, own: Mapping[str, Any] | None = None) -> YearlySettings:
    """The settings of yearly sums."""
    return resolve(YearlySettings, _FILE, on, own)


def annual_cap_settings(on: date, own: Mapping[str, Any] | None = None) -> AnnualCapSettings:
    """The settings of 年間上限."""
    return resolve(AnnualCapSettings, _FILE, on, own)


def grant_settings(on: date, own: Mapping[str, Any] | None = None) -> GrantSettings:
    """The settings of 出産育児一時金 and 葬祭費."""
    return resolve(GrantSettings, _FILE, on, own)


def prescription_settings(on: date, own: Mapping[str, Any] | None = None) -> PrescriptionSettings:
    """The settings of 時効."""
    return resolve(PrescriptionSettings, _FILE, on, own)


def loan_settings(on: date, own: Mapping[str, Any] | None = None) -> LoanSettings:
    """The settings of 貸付."""
    return resolve(LoanSettings, _FILE, on, own)


def relief_settings(on: date, own: Mapping[str, Any] | None = None) -> ReliefSettings:
    """The settings of 一部負担金の減免."""
    return resolve(ReliefSettings, _FILE, on, own)


def suspension_settings(on: date, own: Mapping[str, Any] | None = None) -> SuspensionSettings:
    """The settings of 差止め."""
    return resolve(SuspensionSettings, _FILE, on, own)


def recovery_settings(on: date, own: Mapping[str, Any] | None = None) -> RecoverySettings:
    """The settings of 返還."""
    return resolve(RecoverySettings, _FILE, on, own)
