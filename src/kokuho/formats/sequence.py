"""The order of records as a small regular expression, run one record at a time.

    control data*                        a CSV file
    (header data* trailer)+ end          全銀: several groups, one end
    IR (RE HO? KO* (SI | IY)*)+ GO       claims

Glushkov's construction: every name in the expression is a position, and a state is the set of positions where the file
can stand. The subsets met are remembered, so one record costs one dictionary look-up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kokuho.formats.errors import LayoutError

_TOKEN = re.compile(r"\s*(?:([A-Za-z][\w-]*)|([()|*+?]))")

_Node = tuple[bool, frozenset[int], frozenset[int]]  # nullable, first, last


class Sequencer:
    """Compiled order expression; thread-safe once its states are warm, cheap to share between files."""

    def __init__(self, expression: str) -> None:
        """Raises LayoutError when the expression cannot be read."""
        self.expression = expression
        self._names: list[str] = []
        self._follow: list[set[int]] = []
        self._tokens = self._tokenise(expression)
        self._at = 0
        nullable, first, last = self._alternatives()
        if self._at != len(self._tokens):
            raise LayoutError(f"order: cannot read {expression!r} at {self._tokens[self._at]!r}")
        self._last = last
        self._nullable = nullable
        # state 0 = before the first record; others = sets of positions
        self._states: dict[frozenset[int], int] = {}
        self._sets: list[frozenset[int] | None] = [None]
        self._first = first
        self._table: list[dict[str, int]] = [{}]
        self.kinds = frozenset(self._names)
        # every kind stands once: then a sequence is right when each pair of neighbours is
        self._by_pairs = len(self.kinds) == len(self._names)
        self._good_pairs: set[tuple[str, str]] = set()

    @staticmethod
    def _tokenise(expression: str) -> list[str]:
        tokens, at = [], 0
        while at < len(expression.rstrip()):
            match = _TOKEN.match(expression, at)
            if not match:
                raise LayoutError(f"order: cannot read {expression!r} at {at}")
            tokens.append(match.group(1) or match.group(2))
            at = match.end()
        return tokens

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _alternatives(self) -> _Node:
        nullable, first, last = self._concatenation()
        while self._peek() == "|":
            self._at += 1
            n, f, la = self._concatenation()
            nullable, first, last = nullable or n, first | f, last | la
        return nullable, first, last

    def _concatenation(self) -> _Node:
        nullable, first, last = True, frozenset[int](), frozenset[int]()
        while self._peek() not in ("", ")", "|"):
            n, f, la = self._repeated()
            for position in last:
                self._follow[position] |= f
            first = first | f if nullable else first
            last = last | la if n else la
            nullable = nullable and n
        return nullable, first, last

    def _repeated(self) -> _Node:
        nullable, first, last = self._atom()
        while self._peek() in ("*", "+", "?"):
            sign = self._tokens[self._at]
            self._at += 1
            if sign in "*+":
                for position in last:
                    self._follow[position] |= first
            nullable = nullable or sign in "*?"
        return nullable, first, last

    def _atom(self) -> _Node:
        token = self._peek()
        self._at += 1
        if token == "(":
            node = self._alternatives()
            if self._peek() != ")":
                raise LayoutError(f"order: missing ) in {self.expression!r}")
            self._at += 1
            return node
        if not token or token in ")|*+?":
            raise LayoutError(f"order: a record kind is missing in {self.expression!r}")
        self._names.append(token)
        self._follow.append(set())
        here = frozenset([len(self._names) - 1])
        return False, here, here

    def _intern(self, positions: frozenset[int]) -> int:
        if positions not in self._states:
            self._states[positions] = len(self._sets)
            self._sets.append(positions)
            self._table.append({})
        return self._states[positions]

    def _candidates(self, state: int) -> frozenset[int]:
        positions = self._sets[state]
        if positions is None:
            return self._first
        return frozenset(p for q in positions for p in self._follow[q])

    def step(self, state: int, kind: str) -> int:
        """The state after a record of that kind, or -1 when it may not stand here."""
        known = self._table[state].get(kind)
        if known is not None:
            return known
        reached = frozenset(p for p in self._candidates(state) if self._names[p] == kind)
        after = self._intern(reached) if reached else -1
        self._table[state][kind] = after
        return after

    def run(self, state: int, kinds: Sequence[str]) -> int:
        """The state after a run of records, or -1 when one of them stands wrong (then go step by step)."""
        after = self.step(state, kinds[0])
        if not self._by_pairs or after < 0:
            if not self._by_pairs:
                for kind in kinds[1:]:
                    after = self.step(after, kind) if after >= 0 else -1
            return after
        new = set(pairwise(kinds)) - self._good_pairs
        if any(self.step(self.resume(before), kind) < 0 for before, kind in new):
            return -1
        self._good_pairs |= new
        return self.resume(kinds[-1])

    def resume(self, kind: str) -> int:
        """The state to go on from after a record that stood in a wrong place: anywhere that kind may stand."""
        return self._intern(frozenset(i for i, name in enumerate(self._names) if name == kind))

    def expected(self, state: int) -> Sequence[str]:
        """Record kinds that may come next, for the message."""
        return sorted({self._names[p] for p in self._candidates(state)})

    def complete(self, state: int) -> bool:
        """Whether a file may end here."""
        positions = self._sets[state]
        return self._nullable if positions is None else bool(positions & self._last)
