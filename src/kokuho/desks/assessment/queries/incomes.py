"""Incomes and property tax of persons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.counting import rows_together
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
    return _shown(by, (rows if fiscal_year is None else rows.filter(fiscal_year=fiscal_year)).order_by("-fiscal_year"))


def _shown(by: Actor, rows: Iterable[Income]) -> dict[int, list[IncomeView]]:
    labels = Income.amounts()
    found: defaultdict[int, list[IncomeView]] = defaultdict(list)
    for row in rows:
        amounts = tuple((label, value) for name, label in labels.items() if (value := getattr(row, name)))
        found[row.atena_no].append(
            IncomeView(
                row.atena_no, row.fiscal_year, row.declaration_label, row.declaration in _UNKNOWN, row.total_income, amounts,
                row.decided_on, row.revision, row.origin,
            )
        )  # fmt: skip
    seen(by, "assessment.incomes", persons=found)
    return dict(found)


def incomes_and_assets(by: Actor, atena_nos: Sequence[int]) -> tuple[dict[int, list[IncomeView]], list[AssetTax]]:
    """Believed incomes of persons, and their 固定資産税額 (資産割) in the order of the persons, newest year first; by one question."""
    by.require("income.read")
    rows, assets = rows_together(
        Income.objects.filter(BELIEVED, atena_no__in=atena_nos).order_by("-fiscal_year"),
        AssetTax.objects.filter(BELIEVED, atena_no__in=atena_nos).order_by("-fiscal_year", "asset_no"),
    )
    seen(by, "assessment.assets", persons=atena_nos)
    places = {number: place for place, number in enumerate(atena_nos)}
    return _shown(by, rows), sorted(assets, key=lambda row: places[row.atena_no])
