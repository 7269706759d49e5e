"""What is registered about persons: destinations, accounts, contacts, notes, protection, in one read, in force or ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from kokuho.core.access import Actor, item_of_table
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.desks.people.queries.persons import protected_among
from kokuho.desks.people.registrations import HIDDEN, REGISTRATIONS, Registration


@dataclass(frozen=True, slots=True)
class Registered:
    """One registration as a page shows it. `text` hides what the reader may not see."""

    id: int
    registration: Registration
    atena_no: int
    text: str
    values: Mapping[str, Any]
    since: date | None
    until: date | None
    recorded_at: datetime
    recorded_name: str
    superseded_at: datetime | None
    origin: str
    in_force: bool
    hidden: bool

    @property
    def future(self) -> bool:
        """True for what is believed and begins later."""
        return self.superseded_at is None and not self.in_force and self.until is None


def registered(
    by: Actor, atena_nos: Iterable[int], *, on: date, everything: bool = False, near: Sequence[int] | None = None
) -> list[Registered]:
    """What is registered about these persons: what holds on the day, or with `everything` all that ever was believed.

    Kinds that the reader has no right to are absent. `near`: what `person_protection` said of these persons, where it was asked.
    """
    by.require("person.read")
    wanted = sorted(set(atena_nos))
    kinds = [entry for entry in REGISTRATIONS.values() if by.may(entry.read) and _needed(by, entry)]
    believed = "true" if everything else "superseded_at IS NULL"
    when = "true" if everything else "valid @> %(on)s::date"
    parts = [
        f"SELECT {place} AS place, id, atena_no, lower(valid), upper(valid), recorded_at, superseded_at, recorded_by,"
        " (SELECT name FROM core_staff s WHERE s.staff_no = t.recorded_by), origin,"
        f" valid @> %(on)s::date, to_jsonb(t) FROM {entry.model._meta.db_table} t"
        f" WHERE atena_no = ANY(%(who)s) AND {believed} AND {when}"
        for place, entry in enumerate(kinds)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts) + " ORDER BY place, 11 DESC, 4 DESC NULLS LAST, id DESC",
            {"who": wanted, "on": on},
        )
        rows = cursor.fetchall()
    nobody = by.may("protected.read") or (near is not None and not near)
    protected = set() if nobody else protected_among(wanted)
    found = []
    for place, pk, atena_no, since, until, recorded, superseded, staff, name, origin, now, raw in rows:
        kind = kinds[place]
        values = _values(kind, raw)
        hidden = atena_no in protected and bool(kind.secret)
        found.append(
            Registered(
                pk, kind, atena_no, HIDDEN if hidden else kind.describe(values).strip(), {} if hidden else values, since, until,
                recorded, name or staff, superseded, origin, bool(now) and superseded is None, hidden,
            )
        )  # fmt: skip
    seen(by, "people.registered", persons=wanted, row_count=len(found))
    return found


def _values(kind: Registration, raw: Any) -> dict[str, Any]:
    import json

    held = json.loads(raw) if isinstance(raw, str) else raw
    days = {column.name for column in kind.columns if column.kind == "day"}
    return {
        name: date.fromisoformat(held[name]) if name in days and held[name] else held[name]
        for name in (*kind.names, *(("reason",) if "reason" in held else ()))
    }


def _needed(by: Actor, kind: Registration) -> bool:
    """Whether the reader's 事務 needs this kind of registration (RIGHTS-03)."""
    item = item_of_table(kind.model._meta.label_lower)
    return item is not None and by.sees(item)


def registered_fact(by: Actor, code: str, fact_id: int, *, on: date) -> Registered:
    """One registration that is believed. Raises KeyError for an unknown kind, `Model.DoesNotExist` for another id."""
    kind = REGISTRATIONS[code]
    by.require(kind.read)
    by.require_item(item_of_table(kind.model._meta.label_lower), asked=f"people.registered:{code}")
    row = kind.model._base_manager.get(pk=fact_id, superseded_at__isnull=True)
    atena_no = row.atena_no  # type: ignore[attr-defined]
    hidden = bool(kind.secret) and not by.may("protected.read") and atena_no in protected_among([atena_no])
    values = {name: getattr(row, name) for name in kind.names}
    seen(by, "people.registered_fact", persons=[atena_no], detail={"kind": code, "fact": fact_id})
    return Registered(
        row.pk, kind, atena_no, HIDDEN if hidden else kind.describe(values).strip(), {} if hidden else values,
        row.valid.lower, row.valid.upper, row.recorded_at, staff_names([row.recorded_by])[row.recorded_by], None, row.origin,
        on in row.valid, hidden,
    )  # fmt: skip
