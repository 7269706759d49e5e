"""Incomes and property tax of persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.desks.assessment.models import BELIEVED, AssetTax, Income

_UNKNOWN = ("5", "7")


@dataclass(frozen=True, slots=True)
class IncomeView:
    """A person's incomes that count for a fiscal year. Yen; only amounts that are not zero."""

    atena_no: int
    fiscal_year: int
    declaration: str
    unknown: bool
    total: int
    amounts: tuple[tuple[str, int], ...]
    decided_on: date
    revision: int
    origin: str


def incomes(by: Actor, atena_nos: Sequence[int], fiscal_year: int | None = None) -> dict[int, list[IncomeView]]:
    """Believed incomes of persons, newest year first; of one fiscal year when given."""
    by.require("income.read")
    rows = Income.objects.filter(BELIEVED, atena_no__in=atena_nos)
    if fiscal_year is not None:
        rows = rows.filter(fiscal_year=fiscal_year)
    labels = Income.amounts()
    found: defaultdict[int, list[IncomeView]] = defaultdict(list)
    for row in rows.order_by("-fiscal_year"):
        amounts = tuple((label, value) for name, label in labels.items() if (value := getattr(row, name)))
        found[row.atena_no].append(
            IncomeView(
                row.atena_no, row.fiscal_year, row.declaration_label, row.declaration in _UNKNOWN, row.total_income, amounts,
                row.decided_on, row.revision, row.origin,
            )
        )  # fmt: skip
    seen(by, "assessment.incomes", persons=found)
    return dict(found)


def assets(by: Actor, atena_no: int) -> list[AssetTax]:
    """固定資産税額 of a person (資産割), newest year first."""
    by.require("income.read")
    rows = list(AssetTax.objects.filter(BELIEVED, atena_no=atena_no).order_by("-fiscal_year", "asset_no"))
    seen(by, "assessment.assets", persons=[atena_no])
    return rows
