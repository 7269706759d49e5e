"""固定資産税額 of land and houses, for the cities that levy 資産割. Yen."""

from __future__ import annotations

from datetime import date

from kokuho.law.errors import LawError
from kokuho.law.premium.ordinance import load_ordinance
from kokuho.town.days import age_on, iso
from kokuho.town.people import Household
from kokuho.town.plan import profile
from kokuho.town.streams import Stream
from kokuho.town.world import World

Row = tuple[str | int | None, ...]


def levies_assets(code: str, fiscal_year: int) -> bool:
    """Whether the city's ordinance of the year has a 資産割; False for a city without an ordinance file."""
    try:
        ordinance = load_ordinance(code, fiscal_year)
    except LawError as error:
        if error.code != "no_ordinance":
            raise
        return False
    return any(component.asset_rate for component in ordinance.components.values())


def asset_rows(world: World, rng: Stream, household: Household) -> list[Row]:
    """Rows of zei-asset: the home of a head who owns it, now and then shared with the spouse, and rented-out land."""
    head = household.head
    if head is None or head.address.building or not rng.percent(profile()["homeowner"] * 1.8):
        return []
    if age_on(head.birth, world.plan.tax_day) < 30:
        return []
    plan = world.plan
    owners = [head.number]
    spouse = next((p.number for p in household.here() if p.relation in ("11", "12")), None)
    if spouse and rng.chance(0.2):
        owners.append(spouse)
    land, house = rng.between(18_000, 92_000), rng.between(9_000, 88_000)
    decided = iso(date(plan.fiscal_year, 4, 1))
    shared = int(len(owners) > 1)
    number = str(10_000_000 + household.index * 4)
    rows: list[Row] = [
        (owner, plan.fiscal_year, number, 0, decided, land // len(owners), house // len(owners), str(shared))
        for owner in owners
    ]
    if head.work == "landlord" or rng.chance(0.04):
        more = str(10_000_000 + household.index * 4 + 1)
        rows.append((head.number, plan.fiscal_year, more, 0, decided, rng.between(30_000, 640_000), 0, "0"))
    return rows
