"""軽減判定: which of 7割・5割・2割 a household is entitled to (施行令29条の7第6項1〜3号)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kokuho.law.parameters import table


@dataclass(frozen=True, slots=True)
class ReductionRules:
    """The year's thresholds in yen."""

    base: int
    per_earner: int
    per_person_5: int
    per_person_2: int

    def thresholds(self, persons: int, earners: int) -> tuple[int, int, int]:
        """Highest 軽減判定所得 (inclusive) of 7割, 5割, 2割 for so many counted persons and 給与所得者等."""
        base = self.base + self.per_earner * (earners - 1 if earners > 1 else 0)
        return base, base + self.per_person_5 * persons, base + self.per_person_2 * persons

    def judge(self, income: int, persons: int, earners: int) -> int:
        """7, 5, 2 or 0."""
        seven, five, two = self.thresholds(persons, earners)
        if income <= seven:
            return 7
        if income <= five:
            return 5
        return 2 if income <= two else 0


def reduction_rules(fiscal_year: int) -> ReductionRules:
    """The thresholds of a fiscal year; `LawError` ``no_parameters`` when it is not registered."""
    national, start = table("premium"), date(fiscal_year, 4, 1)
    return ReductionRules(
        *(
            national.at(key, start).value
            for key in ("reduction_base", "reduction_per_earner", "reduction_per_person_5", "reduction_per_person_2")
        )
    )
