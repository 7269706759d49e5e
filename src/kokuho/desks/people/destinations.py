"""Where a document goes: the one place that decides it, for one person and for a city's notices in one statement.

The order: the safe 送付先 of a protected person and nothing else (DV-05); the 納税・納付管理人 for documents of levy and collection
(地方税法第20条第1項ただし書); the 送付先 of the kind of work; the 送付先 of all work; the registered address. A number that was joined to
another is written to as the other, and protected when either is. Whoever calls this has asked for the right and records what was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from kokuho.desks.people.models.mail import BENEFIT, COLLECTION, ELIGIBILITY, LEVY
from kokuho.desks.people.models.note import ProcessingStop

__all__ = ["BENEFIT", "COLLECTION", "ELIGIBILITY", "LEVY", "Destination", "columns", "joins", "resolve", "sets"]


class Destination(NamedTuple):
    """Where a person's documents go on a day. Empty strings and None where there is nothing."""

    state: str | None
    postal_code: str | None
    town: str | None
    block: str | None
    building: str | None
    moved_to: str | None
    to_name: str | None
    to_postal_code: str | None
    to_address: str | None
    to_building: str | None
    to_safe: bool | None
    to_attention: str | None
    own_name: str | None
    own_title: str | None
    own_care_of: str | None
    protected: bool
    stopped: bool
    block_style: int | None = None

    @property
    def redirected(self) -> bool:
        """Whether a registered destination replaces the address; for a protected person only a safe one was looked for."""
        return self.to_name is not None


def sets(business: int) -> str:
    """CTEs for a statement with the parameter ``on``: `joined`, `guarded`, `redirect`, `addressee`, `stopped`.

    `business` is a number of `models.mail.BUSINESSES`.
    """
    scopes = {LEVY: "(1)", COLLECTION: "(1, 2)"}.get(business, "(NULL)")
    holds = "superseded_at IS NULL AND valid @> %(on)s::date"
    # What is registered under an old number holds for the person; what is registered under the present one comes first.
    whose, of = "coalesce(j.joined_to, r.atena_no)", "r LEFT JOIN joined j ON j.atena_no = r.atena_no"
    return f"""
joined AS MATERIALIZED (SELECT atena_no, joined_to FROM people_numberjoin WHERE {holds}),
guarded AS MATERIALIZED (
    SELECT atena_no FROM people_protection
     WHERE superseded_at IS NULL AND (upper(valid) IS NULL OR upper(valid) > %(on)s::date)
     UNION
    SELECT j.joined_to FROM joined j JOIN people_protection p ON p.atena_no = j.atena_no
     WHERE p.superseded_at IS NULL AND (upper(p.valid) IS NULL OR upper(p.valid) > %(on)s::date)),
redirect AS MATERIALIZED (
    SELECT DISTINCT ON (f.atena_no) f.* FROM (
        SELECT {whose} AS atena_no, name, postal_code, address, building, safe, 3 - scope AS rank,
               CASE scope WHEN 1 THEN '（納税管理人）' ELSE '（納付管理人）' END AS attention, r.atena_no AS under
          FROM people_administrator {of} WHERE {holds} AND scope IN {scopes}
         UNION ALL
        SELECT {whose}, name, postal_code, address, building, safe, CASE business WHEN {business} THEN 3 ELSE 4 END, '', r.atena_no
          FROM people_maildestination {of} WHERE {holds} AND business IN (0, {business})) f
     WHERE f.safe OR NOT EXISTS (SELECT FROM guarded g WHERE g.atena_no = f.atena_no)
     ORDER BY f.atena_no, f.under <> f.atena_no, f.rank, f.under),
addressee AS MATERIALIZED (
    SELECT DISTINCT ON (1) {whose} AS atena_no, name, title, care_of FROM people_ownaddressee {of}
     WHERE {holds} AND business IN (0, {business}) ORDER BY 1, j.atena_no IS NOT NULL, business DESC),
stopped AS MATERIALIZED (
    SELECT {whose} AS atena_no FROM people_mailstop {of} WHERE {holds} AND business IN (0, {business})
     UNION SELECT {whose} FROM people_processingstop {of} WHERE {holds} AND kind = {ProcessingStop.PRINT}),
blocks AS MATERIALIZED (
    SELECT DISTINCT ON (name) name, block_style FROM people_town WHERE {holds} AND block_style <> 0 ORDER BY name, code)"""


def columns() -> str:
    """The columns of `Destination` in their order, from the tables that `joins` brings."""
    return (
        "p.resident_state, p.postal_code, p.town, p.block, p.building, p.moved_to_address, r.name, r.postal_code, r.address,"
        " r.building, r.safe, r.attention, o.name, o.title, o.care_of, g.atena_no IS NOT NULL, s.atena_no IS NOT NULL, k.block_style"
    )


def joins(number: str) -> str:
    """The joins behind `columns` for the 宛名番号 in the expression `number`."""
    who = f"coalesce(j.joined_to, {number})"
    return f"""
  LEFT JOIN joined j ON j.atena_no = {number}
  LEFT JOIN people_person p ON p.atena_no = {who} AND p.superseded_at IS NULL AND p.valid @> %(on)s::date
  LEFT JOIN blocks k ON k.name = p.town
  LEFT JOIN redirect r ON r.atena_no = {who}
  LEFT JOIN addressee o ON o.atena_no = {who}
  LEFT JOIN stopped s ON s.atena_no = {who}
  LEFT JOIN guarded g ON g.atena_no = {who}"""


def resolve(atena_nos: Sequence[int], *, business: int, on: date) -> dict[int, Destination]:
    """Where the documents of these persons go on a day, by the number that was asked for."""
    statement = f"""
WITH {sets(business)},
asked AS MATERIALIZED (SELECT unnest(%(who)s::bigint[]) AS atena_no)
SELECT a.atena_no, {columns()} FROM asked a {joins("a.atena_no")}"""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"on": on, "who": list(atena_nos)})
        return {row[0]: Destination._make(row[1:]) for row in cursor.fetchall()}
