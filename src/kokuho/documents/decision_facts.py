"""What a run of decision notices reads from the database: decisions, payers, where their mail goes, names.

The register answers as of the letter's date for the address (a letter goes where the payer lives then) and as of the
decision for the names. Whoever calls this has asked for the right and records what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from kokuho.documents.notice import PullReason

if TYPE_CHECKING:
    from kokuho.desks.people.destinations import Destination


@dataclass(frozen=True, slots=True)
class IssuedLevy:
    """A frozen annual levy, as far as its notices need it. Plain values: it travels to worker processes."""

    run_id: int
    snapshot_id: int  # the trial whose facts were levied
    municipality: str
    fiscal_year: int
    decided_on: date
    due_dates: tuple[date, ...]
    sender: tuple[tuple[str, str], ...] = ()  # what the registered sender changes about the print settings on the letter's day


class Target(NamedTuple):
    """A notice and where it goes, as the database tells it on the letter's date."""

    decision_id: int
    notice_no: int
    payer_no: int
    shielded: bool
    to: Destination

    @property
    def pull(self) -> PullReason | None:
        """Why the notice leaves the normal run. Protection comes first."""
        if self.to.protected or self.shielded:
            return "protected"
        return "mail_stopped" if self.to.stopped else None

    @property
    def deliverable(self) -> bool:
        """False for a protected payer without a safe 送付先: the register's address is never used instead."""
        return self.to.redirected or not self.to.protected

    @property
    def hold(self) -> bool:
        """Whether somebody must look before it is sent: the payer died or is gone, and no 送付先 is registered."""
        from kokuho.desks.people.models import Person  # a worker unpickles this module before Django is set up

        return not self.to.redirected and self.to.state in (Person.DIED, Person.STRUCK_OFF, Person.LEFT_JAPAN)


# In force until lifted (DV-01): the end date of 支援措置 ends nothing. Shielded is a household in which somebody
# protected lived in the levy year or counts in the decision: the notice carries their name and income.
_TARGETS = """
WITH chosen AS MATERIALIZED (
    SELECT id, notice_no, household_no, payer_no FROM assessment_decision
     WHERE run_id = %(run)s AND version = 0 AND {which}),
{sets},
shielded AS MATERIALIZED (
    SELECT p.household_no FROM people_person p JOIN guarded g ON g.atena_no = p.atena_no
     WHERE p.superseded_at IS NULL AND p.valid && daterange(%(start)s, %(on)s, '[]')
       AND p.household_no IN (SELECT household_no FROM chosen)
     UNION
    SELECT i.household_no FROM assessment_levyinput i JOIN guarded g ON g.atena_no = i.atena_no
     WHERE i.run_id = %(snapshot)s AND i.seq IN (SELECT id / 10 %% 1000000000 FROM chosen))
SELECT c.id, c.notice_no, c.payer_no, c.household_no IN (SELECT household_no FROM shielded), {columns}
  FROM chosen c {joins}
 ORDER BY c.notice_no
"""


def _statement(which: str) -> str:
    from kokuho.desks.people import destinations

    return _TARGETS.format(
        which=which, sets=destinations.sets(destinations.LEVY), columns=destinations.columns(),
        joins=destinations.joins("c.payer_no"),
    )  # fmt: skip


def _target(row: Sequence[Any]) -> Target:
    from kokuho.desks.people.destinations import Destination

    decision_id, notice_no, payer_no, shielded, *rest = row
    return Target(decision_id, notice_no, payer_no, shielded, Destination._make(rest))


def _parameters(levy: IssuedLevy, on: date) -> dict[str, Any]:
    return {
        "run": levy.run_id, "snapshot": levy.snapshot_id, "on": on, "start": date(levy.fiscal_year, 4, 1),
        "low": levy.fiscal_year * 10**10, "high": (levy.fiscal_year + 1) * 10**10 - 1,
    }  # fmt: skip


def every_target(levy: IssuedLevy, on: date) -> Iterator[Target]:
    """All notices of a levy, in the order of their numbers, without holding them all in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_statement("id BETWEEN %(low)s AND %(high)s"), _parameters(levy, on))
        while rows := cursor.fetchmany(2000):
            yield from map(_target, rows)


def targets(levy: IssuedLevy, on: date, notice_nos: Sequence[int]) -> list[Target]:
    """The notices with these numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            _statement("notice_no = ANY(%(numbers)s)"),
            {**_parameters(levy, on), "numbers": list(notice_nos)},
        )
        return [_target(row) for row in cursor.fetchall()]


class IssuedDecision(NamedTuple):
    """What was decided for one payer. Yen; `trace` is JSON."""

    notice_no: int
    total: int
    instalments: list[int]
    trace: str
    symbol: str | None
    number: str | None


# 記号番号 of a household that left the insurance before the decision is the last one it had.
_DECISIONS = """
SELECT d.notice_no, d.total, d.instalments, d.trace, n.symbol, n.number
  FROM assessment_decision d
  LEFT JOIN LATERAL (
      SELECT symbol, number FROM eligibility_insurednumber
       WHERE household_no = d.household_no AND superseded_at IS NULL AND lower(valid) <= d.decided_on
       ORDER BY lower(valid) DESC LIMIT 1) n ON true
 WHERE d.run_id = %s AND d.version = 0 AND d.notice_no = ANY(%s)
"""


def decisions(levy: IssuedLevy, notice_nos: Sequence[int]) -> dict[int, IssuedDecision]:
    """The decisions by 通知書番号."""
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, (levy.run_id, list(notice_nos)))
        return {row[0]: IssuedDecision._make(row) for row in cursor.fetchall()}


class Name(NamedTuple):
    """A person as documents of the levy name them: as chosen, else by the 通称 of who has one (`people.names`)."""

    name: str
    birth_date: date


_NAMES = """
SELECT DISTINCT ON (p.atena_no) p.atena_no, {printed}, p.birth_date
  FROM people_person p WHERE p.atena_no = ANY(%(who)s) AND p.superseded_at IS NULL
 ORDER BY p.atena_no, p.valid @> %(on)s DESC, lower(p.valid) DESC
"""


def names(levy: IssuedLevy, persons: Sequence[int]) -> dict[int, Name]:
    """Names as of the decision, by 宛名番号; of someone unknown then, the latest."""
    from kokuho.desks.people import names as forms

    statement = _NAMES.format(printed=forms.printed("p", forms.LEVY))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"who": list(persons), "on": levy.decided_on})
        return {row[0]: Name._make(row[1:]) for row in cursor.fetchall()}
