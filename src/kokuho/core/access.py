"""Who may do what: the one place that every screen, command, print and file entry asks. The answer is no by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q


class Refused(Exception):
    """The actor lacks a capability. `code` is stable; the message is for the screen."""

    code = "RIGHTS-01"

    def __init__(self, capability: str) -> None:
        label = catalogue()["capabilities"].get(capability, capability)
        super().__init__(f"この操作の権限がありません（{label}）。必要なときは所属長を通じて権限を申請してください。")
        self.capability = capability


@cache
def catalogue() -> dict[str, Any]:
    """The purpose table of `core/data/rights.yaml`, checked for names that do not exist."""
    table: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "rights.yaml").read_text("utf-8"))
    known = set(table["capabilities"])
    for role, entry in table["roles"].items():
        if unknown := set(entry["may"]) - known:
            raise ValueError(f"rights.yaml: role {role} names unknown capabilities {sorted(unknown)}")
    return table


@dataclass(frozen=True, slots=True)
class Actor:
    """The person on whose behalf something happens, with the rights that are in force at this moment."""

    staff_no: str
    name: str
    unit: str
    capabilities: frozenset[str]
    terminal: str
    session: str = ""
    duty: str = ""
    roles: tuple[str, ...] = field(default=())

    def may(self, capability: str) -> bool:
        """True when a granted role carries the capability."""
        if capability not in catalogue()["capabilities"]:
            raise ValueError(f"unknown capability {capability}")
        return capability in self.capabilities

    def require(self, capability: str) -> None:
        """Raises `Refused`, after the refusal has been recorded."""
        if not self.may(capability):
            from kokuho.core import audit

            audit.record(self, function=capability, operation="refuse", result="refused")
            raise Refused(capability)


def actor_for(staff_no: str, *, on: date, terminal: str, session: str = "", purpose: str = "") -> Actor:
    """The actor of a staff member with the roles in force on a day.

    Raises `Refused` for someone who is unknown, not yet or no longer on duty.
    """
    from kokuho.core.models import Staff

    in_force = Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gte=on))
    granted_now = Q(grants__valid_from__lte=on) & (Q(grants__valid_until__isnull=True) | Q(grants__valid_until__gte=on))
    staff = (
        Staff.objects.select_related("unit")
        .annotate(granted=ArrayAgg("grants__role", filter=granted_now, order_by="grants__role", default=[]))
        .filter(in_force, staff_no=staff_no, is_active=True)
        .first()
    )
    if staff is None:
        raise Refused("sign-in")
    roles: Mapping[str, Any] = catalogue()["roles"]
    held = [role for role in dict.fromkeys(staff.granted) if role in roles]
    return Actor(
        staff_no=staff.staff_no,
        name=staff.name,
        unit=staff.unit.name,
        capabilities=frozenset(item for role in held for item in roles[role]["may"]),
        terminal=terminal,
        session=session,
        duty=purpose or "・".join(dict.fromkeys(roles[role]["duty"] for role in held)),
        roles=tuple(roles[role]["title"] for role in held),
    )
