"""Reads of the security parameters: values, what profiles say, changes, drift (OPS-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import QueryDict

from kokuho.core import era, parameters
from kokuho.core.access import Actor
from kokuho.core.clock import midnight
from kokuho.core.models import ParameterChange
from kokuho.core.parameters import Definition, Drift, Snapshot
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter with its approved value and, where asked for, what a profile says."""

    definition: Definition
    value: Any
    words: str
    default_words: str
    profile_words: str
    differs: bool  # from the default
    drift: Drift | None
    exception: str


def parameter_rows(by: Actor, *, profile: str = "") -> list[ParameterRow]:
    """Every parameter in the order of the catalogue. Raises `ParameterError` for an unknown profile."""
    by.require("parameter.read")
    now = parameters.current()
    wanted = parameters.profile_values(profile) if profile else {}
    drift = {item.key: item for item in now.drift}
    rows = [
        ParameterRow(
            entry, value := now.value(key), entry.shown(value), entry.shown(entry.default),
            entry.shown(wanted[key]) if key in wanted else "", value != entry.default, drift.get(key), now.exceptions.get(key, ""),
        )
        for key, entry in parameters.catalogue().items()
    ]  # fmt: skip
    seen(
        by,
        "parameter.list",
        row_count=len(rows),
        detail={"baseline": now.number, **({"profile": profile} if profile else {})},
    )
    return rows


def parameter_state(by: Actor) -> Snapshot:
    """The approved set as a whole: its number, its profile, what drifted, whether its seal holds, exceptions."""
    by.require("parameter.read")
    seen(by, "parameter.state", row_count=1)
    return parameters.current()


def parameter_drift(by: Actor) -> tuple[Drift, ...]:
    """Running values that are not the approved ones; a broken seal of the approved set comes first, with an empty key."""
    by.require("parameter.read")
    now = parameters.current()
    seen(by, "parameter.drift", row_count=len(now.drift))
    return ((Drift("", "承認された設定の封", now.broken, ""),) if now.broken else ()) + now.drift


CHANGE_COLUMNS = (
    Column("at", "日時", ("at", "pk")),
    Column("key", "項目", ("key",)),
    Column("before", "変更前"),
    Column("after", "変更後"),
    Column("requested", "申請"),
    Column("approved", "承認"),
    Column("reason", "理由"),
    Column("baseline", "版", ("baseline",), numeric=True),
)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change in words."""

    change: ParameterChange
    label: str
    before: str
    after: str
    requested_name: str
    approved_name: str


def _midnight(text: str) -> datetime:
    day = era.parse(text)
    return midnight(day)


def parameter_changes(by: Actor, params: QueryDict) -> Listing[ChangeRow]:
    """What was changed, newest first."""
    by.require("parameter.read")
    found = lists.listing(
        params,
        ParameterChange.objects.all(),
        columns=CHANGE_COLUMNS,
        filters=(
            Filter("from", "日（から）", lambda q, v: q.filter(at__gte=_midnight(v)), kind="date", hint="R8.11.20"),
            Filter(
                "to",
                "日（まで）",
                lambda q, v: q.filter(at__lt=_midnight(v) + timedelta(days=1)),
                kind="date",
                hint="R8.11.20",
            ),
            lists.choice("key", "項目", "key", [(key, entry.label) for key, entry in parameters.catalogue().items()]),
            Filter("staff", "申請者・承認者", lambda q, v: q.filter(Q(requested_by=v) | Q(approved_by=v))),
        ),
        order=("-at", "-pk"),
        convert=_change_rows,
    )
    seen(by, "parameter.changes", row_count=len(found.rows))
    return found


def _change_rows(rows: Sequence[ParameterChange]) -> list[ChangeRow]:
    names = staff_names(n for row in rows for n in (row.requested_by, row.approved_by))
    known = parameters.catalogue()
    return [
        ChangeRow(
            row,
            known[row.key].label if row.key in known else row.key,
            _words(row.key, row.before),
            _words(row.key, row.after),
            names[row.requested_by],
            names[row.approved_by],
        )
        for row in rows
    ]


def _words(key: str, value: Any) -> str:
    entry = parameters.catalogue().get(key)
    return entry.shown(value) if entry else str(value)
