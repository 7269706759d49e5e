"""延滞金 for a chosen day, as an inquiry tells it: if what is still owed were paid on that day. Nothing is posted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from kokuho.core.access import Actor
from kokuho.core.models import Municipality
from kokuho.core.reads import seen
from kokuho.desks.collection.queries import Term
from kokuho.law.collection.delinquency import Payment, delinquency_charge
from kokuho.law.premium.ordinance import load_ordinance


class Owed(NamedTuple):
    """What a term would cost on the day. Yen."""

    term: Term
    fiscal_year: int
    principal: int
    charge: int


def owed_on(by: Actor, terms: Iterable[tuple[int, Term]], day: date) -> list[Owed]:
    """The overdue terms (賦課年度, term) with the 延滞金 (地方税法第723条、条例) that a payment of the whole on `day` would bear."""
    by.require("ledger.read")
    code = Municipality.objects.values_list("code", flat=True).get()
    found = []
    for fiscal_year, term in terms:
        if term.receivable <= 0 or term.due_on >= day:
            continue
        months = int(load_ordinance(code, fiscal_year).settings["delinquency"]["low_months"])
        charge = delinquency_charge(term.receivable, term.due_on, (Payment(day, term.receivable),), months)
        found.append(Owed(term, fiscal_year, term.receivable, charge.charge))
    seen(by, "collection.owed_on", row_count=len(found), detail={"day": day.isoformat()})
    return found
