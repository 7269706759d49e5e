"""What of a run's documents was printed before: their papers carry 再発行 (EXPORT-07).

Workers unpickle `Before` before Django is set up: no model is imported at the top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Before:
    """What earlier runs printed: these 文書番号, or (`all_but`) all others."""

    numbers: frozenset[str] = frozenset()
    all_but: bool = False

    def __contains__(self, number: str) -> bool:
        return (number in self.numbers) != self.all_but

    def __bool__(self) -> bool:
        return self.all_but or bool(self.numbers)


NOTHING = Before()


def before(kind: str, *, until: int | None = None, **parameters: Any) -> Before:
    """What the finished runs of this kind with these parameters printed, of those before the run `until`. A run with `notices` printed
    only these; what a run left out (`not_printed`) it did not print."""
    from kokuho.core.models import BatchRun

    done = BatchRun.objects.filter(kind=kind, state=BatchRun.DONE, **{f"parameters__{key}": value for key, value in parameters.items()})
    if until is not None:
        done = done.filter(pk__lt=until)
    some: set[str] = set()
    never: set[str] | None = None
    for told, results in done.values_list("parameters", "results"):
        left = set(results.get("not_printed", ()))
        if (chosen := told.get("notices")) is not None:
            some |= {f"{number:010d}" for number in chosen} - left
        else:
            never = left if never is None else never & left
    return Before(frozenset(some)) if never is None else Before(frozenset(never - some), all_but=True)
