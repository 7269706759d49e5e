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

from kokuho.core import parameters


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
    if unlisted := {item_of(capability) for capability in known} - set(items()):
        raise ValueError(f"purposes.yaml: list the 情報項目 {sorted(unlisted)} under items")
    for role, entry in table["roles"].items():
        if unknown := set(entry["may"]) - known:
            raise ValueError(f"rights.yaml: role {role} names unknown capabilities {sorted(unknown)}")
        if entry.get("joins"):
            continue
        if entry["duty"] not in duties():
            raise ValueError(f"purposes.yaml: list the 事務 {entry['duty']} (role {role}) under duties")
        if outside := {item_of(capability) for capability in entry["may"]} - set(duties()[entry["duty"]]["items"]):
            raise ValueError(f"purposes.yaml: 事務 {entry['duty']} does not list {sorted(outside)}, which role {role} uses")
    return table


@cache
def _purposes() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(files("kokuho.core").joinpath("data", "purposes.yaml").read_text("utf-8"))
    for duty, entry in table["duties"].items():
        if unknown := set(entry["items"]) - set(table["items"]):
            raise ValueError(f"purposes.yaml: duty {duty} names unknown items {sorted(unknown)}")
    return table


def items() -> dict[str, str]:
    """情報項目: the part of a capability before the dot → words."""
    found: dict[str, str] = _purposes()["items"]
    return found


def duties() -> dict[str, dict[str, Any]]:
    """事務: name → `basis`, `items`, `my_number` (個人番号利用事務). The table of the product; `purpose_table` is the one in force."""
    found: dict[str, dict[str, Any]] = _purposes()["duties"]
    return found


def item_of(capability: str) -> str:
    """The 情報項目 that a capability is about."""
    return capability.partition(".")[0]


def purpose_table() -> dict[str, frozenset[str]]:
    """事務 → 情報項目 as approved now (RIGHTS-03): the table of the product with what the municipality changed. 個人番号 is out of
    every duty that is not marked 個人番号利用事務, whatever the table says."""
    changed = parameters.value("rights.purposes")
    return {
        duty: frozenset(changed.get(duty, entry["items"])) - (frozenset() if entry.get("my_number") else {"mynumber"})
        for duty, entry in duties().items()
    }


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
