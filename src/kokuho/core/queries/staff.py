"""Reads of staff and their rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.http import QueryDict

from kokuho.core.access import Actor, catalogue
from kokuho.core.models import Grant, Staff
from kokuho.core.reads import once, seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing


def staff_names(numbers: Iterable[str]) -> defaultdict[str, str]:
    """職員番号 → name; a number without an entry (a command, an outside system) stands for itself."""
    wanted = {number for number in numbers if number}
    # Parts of a page ask for the same few persons: whoever was asked for is known for the rest of it.
    known: dict[str, str] = once("staff_names", dict)
    if unknown := wanted - known.keys():
        found = dict(Staff.objects.filter(staff_no__in=unknown).values_list("staff_no", "name"))
        known.update({number: found.get(number, number) for number in unknown})
    names: defaultdict[str, str] = _Names()
    names.update({number: known[number] for number in wanted})
    return names


class _Names(defaultdict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role given to a person, in words."""

    title: str
    valid_from: date
    valid_until: date | None
    in_force: bool
    applied_by: str
    approved_by: str
    reason: str
    capabilities: tuple[str, ...]


def own_rights(by: Actor, *, on: date) -> list[RoleGrant]:
    """The roles of the reader with their periods and what they permit."""
    return _grants(Grant.objects.filter(staff__staff_no=by.staff_no).order_by("valid_from", "role"), on)


def _grants(rows: Iterable[Grant], on: date) -> list[RoleGrant]:
    rows = list(rows)
    table = catalogue()
    names = staff_names(n for row in rows for n in (row.applied_by, row.approved_by))
    return [
        RoleGrant(
            table["roles"].get(row.role, {}).get("title", row.role), row.valid_from, row.valid_until,
            row.valid_from <= on and (row.valid_until is None or on <= row.valid_until),
            names[row.applied_by], names[row.approved_by], row.reason,
            tuple(table["capabilities"][item] for item in table["roles"].get(row.role, {}).get("may", ())),
        )
        for row in rows
    ]  # fmt: skip


STAFF_COLUMNS = (
    Column("staff_no", "職員番号", ("staff_no",)),
    Column("name", "氏名", ("name",)),
    Column("unit", "所属", ("unit__code", "staff_no")),
    Column("roles", "役割"),
    Column("valid_from", "利用開始", ("valid_from",)),
    Column("valid_until", "利用終了", ("valid_until",)),
    Column("last_login", "最終ログイン"),
)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff with the roles in force."""

    staff: Staff
    roles: tuple[str, ...]
    usable: bool


def staff_list(by: Actor, params: QueryDict, *, on: date) -> Listing[StaffRow]:
    """Staff and the roles in force on a day (RIGHTS-06)."""
    by.require("staff.read")

    def convert(page: Sequence[Staff]) -> list[StaffRow]:
        titles = {name: entry["title"] for name, entry in catalogue()["roles"].items()}
        held: defaultdict[int, list[str]] = defaultdict(list)
        in_force = Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gte=on))
        for staff_id, role in (
            Grant.objects.filter(in_force, staff__in=page).order_by("role").values_list("staff_id", "role")
        ):
            held[staff_id].append(titles.get(role, role))
        return [
            StaffRow(
                member, tuple(held[member.pk]),
                member.is_active and member.valid_from <= on and (member.valid_until is None or on <= member.valid_until),
            )
            for member in page
        ]  # fmt: skip

    found: Listing[StaffRow] = lists.listing(
        params,
        Staff.objects.select_related("unit"),
        columns=STAFF_COLUMNS,
        filters=(
            Filter("name", "氏名・職員番号", lambda q, v: q.filter(Q(name__contains=v) | Q(staff_no__startswith=v))),
            lists.choice("role", "役割", "grants__role", [(n, e["title"]) for n, e in catalogue()["roles"].items()]),
        ),
        order=("staff_no",),
        convert=convert,
    )
    seen(by, "staff.list", row_count=len(found.rows))
    return found
