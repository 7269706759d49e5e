"""Reads of the registry: systems that may connect, and what may be given to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.exchange import registry
from kokuho.exchange.models import ConnectedSystem, ReleaseRule
from kokuho.exchange.models.registry import BELIEVED
from kokuho.exchange.queries.inbox import layout_title


@dataclass(frozen=True, slots=True)
class SystemRow:
    """A registered system and whether it may connect on the day."""

    system: ConnectedSystem
    routes: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A line of the registry in words."""

    rule: ReleaseRule
    receiver: str
    layout_title: str
    item_titles: tuple[str, ...]
    in_force: bool

    @property
    def kind_label(self) -> str:
        """移転 …"""
        return str(self.rule.get_kind_display())

    @property
    def release_label(self) -> str:
        """別の職員の確認 …"""
        return str(self.rule.get_release_display())

    @property
    def protected_label(self) -> str:
        """載せない …"""
        return str(self.rule.get_protected_display())


def _holds(valid: object, on: date) -> bool:
    lower, upper = valid.lower, valid.upper  # type: ignore[attr-defined]
    return bool(lower <= on and (upper is None or on < upper))


def receivers(by: Actor, layout: str, *, on: date) -> list[tuple[str, str]]:
    """(code, name) of the registered systems to which files of a layout may go on a day, for choosing one."""
    by.require("exchange.prepare")
    lines = ReleaseRule.objects.filter(BELIEVED, layout=layout, valid__contains=on).values("system")
    found = ConnectedSystem.objects.filter(BELIEVED, code__in=lines, valid__contains=on).order_by("code")
    return list(found.values_list("code", "name"))


def systems(by: Actor, *, on: date) -> list[SystemRow]:
    """Every version of every system, by code."""
    by.require("registry.read")
    words = dict(ConnectedSystem.ROUTES)
    rows = ConnectedSystem.objects.filter(BELIEVED).order_by("code", "valid")
    found = [SystemRow(s, "、".join(words[r] for r in s.routes), _holds(s.valid, on)) for s in rows]
    seen(by, "exchange.systems", row_count=len(found))
    return found


def rules(by: Actor, *, on: date) -> list[RuleRow]:
    """Every version of every line, by receiver."""
    by.require("registry.read")
    names = registry.system_names()
    rows = ReleaseRule.objects.filter(BELIEVED).order_by("system", "layout", "valid")
    found = [_row(rule, names, on) for rule in rows]
    seen(by, "exchange.rules", row_count=len(found))
    return found


def rule(by: Actor, rule_id: int, *, on: date) -> RuleRow:
    """One line. Raises DoesNotExist."""
    by.require("registry.read")
    found = _row(ReleaseRule.objects.get(pk=rule_id), registry.system_names(), on)
    seen(by, "exchange.rule", row_count=1, detail={"rule": rule_id})
    return found


def _row(rule: ReleaseRule, names: dict[str, str], on: date) -> RuleRow:
    return RuleRow(
        rule, names.get(rule.system, rule.system), layout_title(rule.layout), registry.item_titles(rule.layout, rule.items),
        _holds(rule.valid, on),
    )  # fmt: skip
