"""What every household of a town shares: plan, map, numbers, the law of the year. Read-only, made once per process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from kokuho.law.eligibility.changes import acquisition, loss
from kokuho.law.eligibility.settings import eligibility_settings
from kokuho.law.premium.incomes import IncomeRules, income_rules
from kokuho.town.numbers import Numbers
from kokuho.town.places import Map, read_map
from kokuho.town.plan import Plan

# 異動事由 of kokuho.law.eligibility by the loss reason of the layout
_LOSS_REASONS = {"01": "201", "02": "204", "03": "208", "04": "209", "05": "210", "06": "207", "07": "216"}


@dataclass(frozen=True)
class World:
    """The town's surroundings."""

    plan: Plan
    map: Map
    numbers: Numbers
    rules: IncomeRules

    @classmethod
    def of(cls, plan: Plan) -> World:
        """Read what the plan needs; `LawError` ``no_parameters`` for a year without registered income rules."""
        where = read_map(plan.municipality, plan.prefecture)
        return cls(plan, where, Numbers.of(plan.seed), income_rules(plan.fiscal_year))


@lru_cache(maxsize=65536)
def lost_on(reason: str, event: date, arrived: date | None = None) -> date:
    """国保の喪失日 for a 喪失事由 of the layout and the day of its event (法8条: the next day or the day itself)."""
    found = loss(_LOSS_REASONS[reason], event, eligibility_settings(event), moved_in_elsewhere=arrived)
    return found.applied_until


@lru_cache(maxsize=4096)
def acquired_on(reason: str, event: date) -> date:
    """国保の取得日 for a 異動事由 of `kokuho.law.eligibility` (104 社会保険の資格喪失 …)."""
    return acquisition(reason, event, eligibility_settings(event)).applied_from or event
