"""One step of an explanation: what screens, notices, tests and `--explain` show beside every computed figure."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """`label` 所得割額（医療分）, `formula` 1,590,000円 × 7.71%, `value` 122,589 (yen, months …), `authority` 条文."""

    label: str
    formula: str
    value: int | str | None
    authority: str

    def as_dict(self) -> dict[str, int | str | None]:
        """The form in which `kokuho law --explain` prints it."""
        return {"label": self.label, "formula": self.formula, "value": self.value, "authority": self.authority}


def yen(amount: int) -> str:
    """1590000 → ``1,590,000円``."""
    return f"{amount:,}円"
