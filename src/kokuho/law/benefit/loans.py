"""高額療養費等の貸付・受領委任: a share of the expected benefit ahead of its payment, by ordinance."""

from __future__ import annotations

from dataclasses import dataclass

from kokuho.law.benefit.settings import LoanSettings
from kokuho.law.shape import percent
from kokuho.law.steps import Step, yen

_ORDINANCE = "国民健康保険高額療養費貸付基金条例"


@dataclass(frozen=True, slots=True)
class Loan:
    """`amount` lent in yen (0 when refused), `refused` why (Japanese) or None."""

    amount: int
    refused: str | None
    steps: tuple[Step, ...]


def loan(expected_benefit: int, settings: LoanSettings, *, arrears: bool = False) -> Loan:
    """貸付額: the expected benefit times the rate, cut to the unit, within the minimum and maximum of the ordinance."""
    if arrears and settings.loan_refused_for_arrears:
        return Loan(0, "滞納がある", (Step("貸付額", "滞納がある世帯には貸し付けない", 0, _ORDINANCE),))
    raw = int(expected_benefit * settings.loan_rate) // settings.loan_unit * settings.loan_unit
    amount = min(raw, settings.loan_maximum)
    text = f"{yen(expected_benefit)}×{percent(settings.loan_rate)}（{yen(settings.loan_unit)}未満切捨て"
    text += f"、上限 {yen(settings.loan_maximum)}）" if amount < raw else "）"
    if amount < settings.loan_minimum:
        why = f"{yen(settings.loan_minimum)}未満"
        return Loan(0, why, (Step("貸付額", f"{text}＝{yen(amount)}は{why}", 0, _ORDINANCE),))
    return Loan(amount, None, (Step("貸付額", text, amount, _ORDINANCE),))


def settle_loan(lent: int, benefit: int) -> tuple[int, int, Step]:
    """償還: the benefit decided repays the loan. Returns (yen to the household, yen the household still owes, step)."""
    to_household, owed = max(0, benefit - lent), max(0, lent - benefit)
    return (
        to_household,
        owed,
        Step("貸付金の償還", f"支給額 {yen(benefit)}－貸付額 {yen(lent)}", to_household, _ORDINANCE),
    )
