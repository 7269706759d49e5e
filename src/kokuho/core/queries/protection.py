"""Reads of how machines are protected: the registered terminals page by page, the other machines that were reported (NET-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import QueryDict

from kokuho.core import parameters
from kokuho.core.access import Actor
from kokuho.core.models import ProtectionReport, Terminal
from kokuho.core.protection import Machine, in_use, problems
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing

MACHINE_COLUMNS = (
    Column("host", "機器", ("code",)),
    Column("kind", "種類"),
    Column("reported", "申告の日"),
    Column("source", "出所"),
    Column("pattern", "定義の日"),
    Column("patched", "更新の適用日"),
    Column("state", "状態", ("sound", "code")),
)


def _newest(host: str) -> QuerySet[ProtectionReport]:
    return ProtectionReport.objects.filter(host=OuterRef(host)).order_by("-reported_on", "-pk")


def _sound(on: date) -> Exists:
    """Whether the newest report of a terminal leaves nothing to be said: as `problems` says in words."""
    value = parameters.current().value
    return Exists(ProtectionReport.objects.filter(
        pk=OuterRef("report"), missing=[], reported_on__gte=on - timedelta(days=value("net.report_max_days")),
        pattern_on__gte=on - timedelta(days=value("net.pattern_max_days")),
        patched_on__gte=on - timedelta(days=value("net.patch_max_days")),
    ))  # fmt: skip


def machines(by: Actor, params: QueryDict, *, on: date) -> Listing[Machine]:
    """The terminals in use with the newest report of each, the troubled first. Needs `conduct.read`."""
    by.require("conduct.read")

    def convert(rows: Sequence[Any]) -> list[Machine]:
        told = ProtectionReport.objects.in_bulk([row.report for row in rows if row.report])
        return [_machine(row.code, told, row.report, on) for row in rows]

    rows: QuerySet[Terminal] = in_use(on).annotate(report=Subquery(_newest("code").values("pk")[:1])).annotate(sound=_sound(on))
    found: Listing[Machine] = lists.listing(
        params, rows, columns=MACHINE_COLUMNS,
        filters=(
            Filter("state", "状態", _by_state, (("bad", "足りないものがある"), ("good", "良")), "choice"),
            Filter("host", "機器", lambda found, value: found.filter(code__istartswith=value), hint="端末IDの初め"),
        ),
        order=("sound", "code"), convert=convert,
    )  # fmt: skip
    seen(by, "protection.machines", row_count=len(found.rows))
    return found


def _by_state(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    if value not in ("bad", "good"):
        raise ValueError("状態の選択肢にありません。")
    return rows.filter(sound=value == "good")


def other_machines(by: Actor, *, on: date) -> list[Machine]:
    """Servers and other machines that were reported and are no terminals in use, the troubled first. Needs `conduct.read`."""
    by.require("conduct.read")
    rows = ProtectionReport.objects.exclude(host__in=in_use(on).values("code"))
    told = {row.pk: row for row in rows.order_by("host", "-reported_on", "-pk").distinct("host")}
    found = [_machine(row.host, told, row.pk, on) for row in told.values() if row.kind != ProtectionReport.TERMINAL]
    seen(by, "protection.machines", row_count=len(found))
    return sorted(found, key=lambda machine: (not machine.problems, machine.kind, machine.host))


def _machine(host: str, told: Mapping[int, ProtectionReport], report: int | None, on: date) -> Machine:
    newest = told.get(report) if report else None
    kind = newest.kind if newest else ProtectionReport.TERMINAL
    return Machine(host, kind, newest, problems(newest, on, parameters.current().value))
