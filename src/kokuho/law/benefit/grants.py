"""出産育児一時金・葬祭費・傷病手当金その他の条例による給付 (法58条).

The rules of birth stand alone here: the amending act of 2026-06-05 replaces them by 分娩費 in kind and a lump sum
within two years, on a day not yet fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kokuho.law.benefit.settings import GrantSettings
from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.steps import Step, yen

_FILE = "benefit-grants"


@dataclass(frozen=True, slots=True)
class Birth:
    """One birth. `days` of pregnancy (死産・流産 count from 85), `children` born, `compensated`: the institution
    is in the 産科医療補償制度. `direct_payment` is what the institution received for the household (代理受領額), yen;
    None without 直接支払.
    """

    on: date
    days: int
    children: int = 1
    compensated: bool = True
    direct_payment: int | None = None
    other_scheme_months: int = 0
    months_since_other_scheme: int | None = None
    other_scheme_chosen: bool = False


@dataclass(frozen=True, slots=True)
class BirthGrant:
    """`grant` the whole 出産育児一時金, `to_institution` what 国保連 pays for it, `difference` what the 世帯主
    receives (yen).
    """

    grant: int
    to_institution: int
    difference: int
    steps: tuple[Step, ...]


def birth_grant(birth: Birth, settings: GrantSettings) -> BirthGrant:
    """出産育児一時金と差額 of a birth.

    Nothing under 85 days, nor when the person receives it from 健康保険 (insured there for a year or more, birth
    within six months of leaving, and so chosen). The addition is for births of 22 weeks or more under
    産科医療補償制度; an ordinance may fix one amount instead (`birth_grant_form` flat). Raises `LawError`
    ``no_parameters``.
    """
    known = table(_FILE)
    minimum = known.at("birth_grant_minimum_days", birth.on)
    if birth.days < minimum.value:
        step = Step("出産育児一時金", f"妊娠{birth.days}日（{minimum.value}日未満）", 0, minimum.article)
        return BirthGrant(0, 0, 0, (step,))
    other = known.at("other_scheme_birth", birth.on)
    if _from_other_scheme(birth, other.value):
        return BirthGrant(0, 0, 0, (Step("出産育児一時金", "健康保険から受けることを選んだ", 0, other.article),))
    row = known.at("birth_grant", birth.on)
    base, addition = row.value["base"], row.value["addition"]
    weeks = known.at("birth_grant_addition_weeks", birth.on).value
    added = settings.birth_grant_form == "flat" or (birth.compensated and birth.days >= weeks * 7)
    each = base + (addition if added else 0)
    grant = each * birth.children
    text = f"（{yen(base)}{f'＋{yen(addition)}' if added else ''}）×{birth.children}人"
    steps = [Step("出産育児一時金", text, grant, row.article)]
    to_institution = 0
    if birth.direct_payment is not None:
        to_institution = min(grant, birth.direct_payment)
        steps.append(Step("医療機関への支払い", "代理受領額（一時金の額まで）", to_institution, "直接支払制度実施要綱"))
    difference = grant - to_institution
    steps.append(Step("差額の支給額", f"{yen(grant)}－{yen(to_institution)}", difference, "国民健康保険法58条1項"))
    return BirthGrant(grant, to_institution, difference, tuple(steps))


def _from_other_scheme(birth: Birth, rule: dict[str, int]) -> bool:
    return (
        birth.other_scheme_chosen
        and birth.other_scheme_months >= rule["insured_months"]
        and birth.months_since_other_scheme is not None
        and birth.months_since_other_scheme <= rule["after_months"]
    )


def funeral_grant(
    died_on: date,
    settings: GrantSettings,
    *,
    ceremony_held: bool,
    months_since_other_scheme: int | None = None,
    other_scheme_pays: bool = False,
) -> tuple[int, Step]:
    """葬祭費 in yen for the person who held the funeral; nothing when 健康保険 pays 埋葬料 (喪失後3か月以内の死亡)."""
    rule = table(_FILE).at("other_scheme_funeral_months", died_on)
    if other_scheme_pays or (months_since_other_scheme is not None and months_since_other_scheme <= rule.value):
        return 0, Step("葬祭費", "健康保険の埋葬料が支給される", 0, rule.article)
    if settings.funeral_requires_ceremony and not ceremony_held:
        return 0, Step("葬祭費", "葬祭を行っていない", 0, "国民健康保険条例")
    return settings.funeral_amount, Step("葬祭費", "条例の額", settings.funeral_amount, "国民健康保険法58条1項・条例")


@dataclass(frozen=True, slots=True)
class SicknessClaim:
    """傷病手当金: `pay_3_months` 直近3か月の給与の合計 (yen), `days_worked` in them, `days_off` 支給対象日数."""

    first_day: date
    pay_3_months: int
    days_worked: int
    days_off: int
    daily_limit: int | None = None
    pay_during_leave: int = 0


def sickness_allowance(claim: SicknessClaim) -> tuple[int, tuple[Step, ...]]:
    """傷病手当金 of an ordinance (COVID scheme, until infections of 2023-05-07) in yen.

    (給与の合計÷就労日数)×2/3×日数, the day's amount within `daily_limit`, less pay received. Each day's amount is cut
    to the yen. Raises `LawError` ``no_parameters`` outside the scheme, ``out_of_range`` without days worked.
    """
    row = table(_FILE).at("sickness_allowance_rate", claim.first_day)
    if claim.days_worked <= 0:
        raise LawError("out_of_range", "days_worked", "就労日数は1日以上です。")
    rate = Fraction(row.value)
    daily = int(Fraction(claim.pay_3_months, claim.days_worked) * rate)
    text = f"{yen(claim.pay_3_months)}÷{claim.days_worked}日×{row.value}"
    if claim.daily_limit is not None and daily > claim.daily_limit:
        daily, text = claim.daily_limit, f"{text}（上限日額）"
    steps = [Step("傷病手当金の日額", text, daily, row.article)]
    amount = max(0, daily * claim.days_off - claim.pay_during_leave)
    steps.append(
        Step("傷病手当金", f"{yen(daily)}×{claim.days_off}日－{yen(claim.pay_during_leave)}", amount, row.article)
    )
    return amount, tuple(steps)


def ordinance_medical_benefit(cost: int, rate: Fraction, label: str) -> tuple[int, Step]:
    """結核・精神医療給付金 and the like: the part of a public scheme's charge that an ordinance takes over, in yen
    (切捨て).
    """
    amount = int(cost * rate)
    return amount, Step(label, f"{yen(cost)}×{rate}", amount, "国民健康保険条例・規則")
