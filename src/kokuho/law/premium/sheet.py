"""A trace read back: the same names for a whole-year levy and one by months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kokuho.law.errors import LawError
from kokuho.law.parameters import table
from kokuho.law.premium import months as m
from kokuho.law.premium.household import FULL_YEAR
from kokuho.law.premium.plan import Plan
from kokuho.law.premium.result import HEAD, INSURED, ComponentResult


@dataclass(frozen=True, slots=True)
class SheetMember:
    """A member of the trace. Yen; masks are months of the fiscal year."""

    id: int | str
    name: str
    status: int
    has_income: bool
    salary_receipts: int
    salary_income: int
    pension_receipts: int
    pension_income: int
    other: int
    base_income: int
    reduction_income: int
    deduction: int
    pension_deducted: int
    rare: Mapping[str, int]
    mask: int
    care: int
    maternity: int
    involuntary: int
    free_income: int
    half_capita: int
    bases: tuple[int, ...]
    relieved: tuple[int, ...]  # salary, (A), (B) with the salary at 30/100

    @property
    def band(self) -> int:
        """Age band of `months`."""
        return self.status & 15

    @property
    def asset_tax(self) -> int:
        """固定資産税額 in yen."""
        return self.rare.get("asset_tax", 0)

    def months_of(self, care: bool) -> int:
        """Mask of the months in which the person is levied for a component."""
        return self.care if care else self.mask


@dataclass(frozen=True, slots=True)
class SheetSegment:
    """Months judged alike."""

    mask: int
    cls: int
    income: int
    earners: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a trace says, with the plan of its year."""

    plan: Plan
    by_months: bool
    segments: tuple[SheetSegment, ...]
    persons: int
    members: tuple[SheetMember, ...]
    results: tuple[ComponentResult, ...]
    per_capitas: tuple[tuple[int, ...], ...]  # by component and member; empty for a whole-year trace
    total: int
    half: int
    three_quarter: int

    @classmethod
    def read(cls, plan: Plan, trace: Sequence[Any], names: Mapping[Any, str]) -> Sheet:
        """Read a trace; `LawError` ``year_mismatch`` for a plan of another year, ``trace_version`` when unknown."""
        version, year = trace[0], trace[1]
        if version not in (1, 2):
            raise LawError("trace_version", "trace", "計算の記録の版が分かりません。")
        if year != plan.fiscal_year:
            raise LawError(
                "year_mismatch", "trace", f"{year}年度の計算の記録です。{year}年度の条例で表示してください。"
            )
        if version == 1:
            _, _, c, income, persons, earners, rows, results, total, weight = trace
            members = tuple(_member(row, names) for row in rows)
            return cls(
                plan, False, (SheetSegment(FULL_YEAR, c, income, earners),), persons, members,
                tuple(ComponentResult(*result) for result in results), (), total,
                FULL_YEAR if weight == 2 else 0, FULL_YEAR if weight == 3 else 0,
            )  # fmt: skip
        _, _, segments, persons, rows, results, total, half, three_quarter = trace
        return cls(
            plan, True, tuple(SheetSegment(*segment) for segment in segments), persons,
            tuple(_member(row, names) for row in rows), tuple(ComponentResult(*result) for result, _ in results),
            tuple(tuple(shares) for _, shares in results), total, half, three_quarter,
        )  # fmt: skip

    def cite(self, key: str) -> str:
        """The authority to show beside a step."""
        value = table("citations").at(key, date(self.plan.fiscal_year + 1, 3, 31)).value
        text: str = value[self.plan.ordinance.levy_kind]
        own: str | None = self.plan.ordinance.settings["citations"].get(key)
        return f"{text}・{own}" if own else text


def _member(row: Sequence[Any], names: Mapping[Any, str]) -> SheetMember:
    person, status = row[0], row[1]
    name = names.get(person) or (f"世帯主 {person}" if status & HEAD else str(person))
    band = status & 15
    insured = FULL_YEAR if status & INSURED else 0
    if len(row) == 2:
        row = [person, status, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ()]
        has_income = False
    else:
        has_income = True
    rare = dict(zip(row[12][::2], row[12][1::2], strict=True))
    masks = row[13] if len(row) > 13 else [insured, insured if band == m.CARE else 0, 0, 0, 0, 0]
    bases = tuple(row[14]) if len(row) > 14 else (row[10],)
    relieved = tuple(row[15]) if len(row) > 15 else ()
    return SheetMember(
        person, name, status, has_income and bool(row[2] or row[4] or row[7] or row[8] or rare or relieved),
        row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[11], rare,
        masks[0], masks[1], masks[2], masks[3], masks[4], masks[5], bases, relieved,
    )  # fmt: skip
