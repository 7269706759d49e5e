"""Incomes that few have, drawn at random, and the sets of incomes planted for the rules that turn on them. Yen."""

from __future__ import annotations

from collections.abc import Callable

from kokuho.town.plan import profile
from kokuho.town.streams import Stream

Amounts = dict[str, int]
_HOME_DEDUCTION = 30_000_000  # 居住用財産の特別控除
_EXPROPRIATION_DEDUCTION = 50_000_000  # 収用等の特別控除


def _even(amount: int) -> int:
    """Incomes that count half are kept even, so that halving one by one or together is the same."""
    return amount // 2 * 2


def add_extras(rng: Stream, amounts: Amounts) -> None:
    """Give an adult, now and then, incomes beside what they live on."""
    settings = profile()
    share = settings["extras"]
    table = settings["quantiles"]
    negative = any(value < 0 for value in amounts.values())
    for kind in ("dividend", "interest", "misc"):
        if rng.percent(share[kind]):
            amounts[f"{kind}_income"] = rng.along(table["small_extra"])
    if rng.percent(share["real_estate_owner"]) and not negative:
        amounts["real_estate_income"] = rng.along(table["real_estate"])
        negative = amounts["real_estate_income"] < 0
    if not negative:  # losses against 譲渡・一時 before halving are left to the tax office
        for kind in ("occasional", "long_transfer", "short_transfer", "forestry"):
            if rng.percent(share[kind]):
                amounts[f"{kind}_income"] = _even(rng.along(table["small_extra"]))
    if amounts.get("business_income", 0) > 0 and rng.percent(share["net_loss"]):
        amounts["net_loss_carried"] = rng.between(100_000, 4_000_000)
    if rng.percent(share["casualty_loss"]):
        amounts["casualty_loss_carried"] = rng.between(100_000, 1_500_000)
    if rng.percent(share["sep_long"]):
        _land(rng, amounts, "sep_long", rng.along(table["land_gain"]))
    if rng.percent(share["sep_short"]):
        _land(rng, amounts, "sep_short", rng.along(table["land_gain"]) // 4)
    if rng.percent(share["stock_general"]):
        amounts["stock_general"] = rng.along(table["stock_gain"])
    if rng.percent(share["stock_listed"]):
        amounts["stock_listed"] = rng.along(table["stock_gain"])
        if rng.chance(0.3):
            amounts["stock_loss_carried"] = rng.along(table["stock_gain"])
    if rng.percent(share["listed_dividend"]):
        amounts["listed_dividend"] = rng.along(table["small_extra"])
    if rng.percent(share["futures"]):
        amounts["futures"] = rng.along(table["stock_gain"])


def _land(rng: Stream, amounts: Amounts, kind: str, gain: int) -> None:
    """A sale of land or a house, before and after its special deduction."""
    point = rng.random()
    deduction = _HOME_DEDUCTION if point < 0.5 else _EXPROPRIATION_DEDUCTION if point < 0.6 else 0
    amounts[f"{kind}_before"] = gain
    amounts[f"{kind}_after"] = max(0, gain - deduction)


def _fixed(**amounts: int) -> Callable[[Stream], Amounts]:
    return lambda rng: dict(amounts)


def _about(low: int, high: int, kind: str) -> Callable[[Stream], Amounts]:
    return lambda rng: {kind: rng.between(low, high)}


# Sets by name for the head of a planted household.
PLANTED: dict[str, Callable[[Stream], Amounts]] = {
    "capped": _about(11_000_000, 19_000_000, "business_income"),
    "stage_24": _about(24_000_001, 24_500_000, "business_income"),
    "stage_24_5": _about(24_500_001, 25_000_000, "business_income"),
    "stage_25": _about(25_000_001, 60_000_000, "business_income"),
    "land": _fixed(pension_receipts=1_640_000, sep_long_before=34_500_000, sep_long_after=4_500_000),
    "land_short": _fixed(salary_receipts=2_480_000, sep_short_before=8_200_000, sep_short_after=8_200_000),
    "stocks": _fixed(
        pension_receipts=2_050_000, stock_listed=1_840_000, listed_dividend=212_000, stock_loss_carried=900_000
    ),
    "net_loss": _fixed(business_income=4_120_000, net_loss_carried=1_350_000),
    "casualty": _fixed(salary_receipts=3_120_000, casualty_loss_carried=640_000),
    "negative": _fixed(business_income=-1_180_000, salary_receipts=1_560_000),
    "forestry": _fixed(farm_income=1_460_000, forestry_income=820_000),
    "futures": _fixed(salary_receipts=1_980_000, futures=730_000, stock_loss_carried=250_000),
    "half_taxed": _fixed(pension_receipts=1_420_000, occasional_income=1_300_000, long_transfer_income=700_000),
    "overlap": _fixed(salary_receipts=1_840_000, pension_receipts=1_720_000),
    "adjustment_child": _fixed(salary_receipts=9_640_000),
    "salary_650999": _fixed(salary_receipts=650_999),
    "salary_651000": _fixed(salary_receipts=651_000),
    "salary_1899999": _fixed(salary_receipts=1_899_999),
    "salary_1900000": _fixed(salary_receipts=1_900_000),
    "pension_1250000": _fixed(pension_receipts=1_250_000),
    "pension_1250001": _fixed(pension_receipts=1_250_001),
    "at_430000": _fixed(business_income=430_000),
    "at_430001": _fixed(business_income=430_001),
    "zero": _fixed(),
}


def planted(rng: Stream, name: str) -> Amounts:
    """The incomes of a planted set."""
    return PLANTED[name](rng)
