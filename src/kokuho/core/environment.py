"""Which environment this is, and why a copy of the office's data is not opened with weaker sign-in rules (AUTH-09).

A database knows what it is (`core_environmentmark`): opened by the office, made for training, restored from a backup, masked.
A database with data of real persons starts only under the rules of signing in that hold for the office itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError
from psycopg.types.json import Jsonb

from kokuho.core import audit, database, parameters
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import EnvironmentMark

REAL = (EnvironmentMark.PRODUCTION, EnvironmentMark.COPY)
_FACTORS = "auth.factors."
RULES = ("auth.terminal_register", "auth.lockout.failures", "auth.password.min_length")


class WrongEnvironment(CodedError):
    """The database may not be opened like this. `code` is stable."""


def mark() -> EnvironmentMark | None:
    """What this database is; None before the municipality was opened."""
    return EnvironmentMark.objects.order_by("-pk").first()


@cache
def _kind() -> tuple[str, str]:
    try:
        found = mark()
    except DatabaseError:
        return "", ""
    return (found.kind, found.get_kind_display()) if found else ("", "")


def forget() -> None:
    """Look again what this database is (it was marked anew)."""
    _kind.cache_clear()


def banner() -> str:
    """What every page says about the environment; empty in the office's own installation unless `KOKUHO_ENVIRONMENT` names it."""
    kind, words = _kind()
    named = os.environ.get("KOKUHO_ENVIRONMENT", "").strip()
    if kind == EnvironmentMark.PRODUCTION and not settings.KOKUHO_TRAINING:
        return named
    if settings.KOKUHO_TRAINING and kind in ("", EnvironmentMark.TRAINING):
        return f"{named or '研修環境'}　ここに出てくる人は実在しません"
    return "　".join(filter(None, (named, words)))


def sign_in_rules() -> dict[str, Any]:
    """The approved values that decide how staff sign in."""
    value = parameters.current().value
    known = parameters.catalogue()
    return {key: value(key) for key in known if key.startswith(_FACTORS) or key in RULES}


def weaker(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[str]:
    """Which rules of signing in demand less now than they did where the data came from."""
    from kokuho.core import factors

    def kinds(value: Any) -> int:
        return min((len(factors.kinds(combination)) for combination in value), default=0)

    found = []
    for key, value in then.items():
        current = now.get(key)
        if key.startswith(_FACTORS):
            less = kinds(current or ()) < kinds(value)
        elif key == "auth.lockout.failures":
            less = bool(value) and (not current or current > value)
        elif key == "auth.password.min_length":
            less = (current or 0) < value
        else:
            less = value == "on" and current != "on"
        if less:
            found.append(parameters.catalogue()[key].label)
    return found


def guard(rules: Mapping[str, Any] | None = None) -> None:
    """Refuse to start where real data would be open under weaker rules (default: those in force).

    Raises `WrongEnvironment`: AUTH-09-TRAINING for a training installation, AUTH-09-WEAKER for a copy.
    """
    found = mark()
    if found is None or found.kind not in REAL:
        return
    name = found.get_kind_display()
    if settings.KOKUHO_TRAINING:
        raise WrongEnvironment(
            "AUTH-09-TRAINING",
            f"{name}のデータを研修用の設定（KOKUHO_TRAINING=1）で開くことはできません。仮名化（kokuho mask）を済ませてから開いてください。",
        )
    if found.kind == EnvironmentMark.COPY and (less := weaker(sign_in_rules() if rules is None else rules, found.rules)):
        raise WrongEnvironment(
            "AUTH-09-WEAKER",
            f"{name}のログインの規則が本番より弱くなっています（{'、'.join(less)}）。本番と同じにするか、仮名化を済ませてから開いてください。",
        )


def declare(kind: str, *, reason: str, made_by: str = "") -> None:
    """Say what a new database is, when the municipality is opened."""
    if not EnvironmentMark.objects.exists():
        EnvironmentMark.objects.create(kind=kind, reason=reason, made_by=made_by)
    forget()


def promote(*, by: Actor, reason: str) -> None:
    """A restored copy takes the office's place. Needs `backup.restore`. Raises `WrongEnvironment` AUTH-09-COPY for anything else."""
    by.require("backup.restore")
    found = mark()
    if found is None or found.kind != EnvironmentMark.COPY or not reason.strip():
        raise WrongEnvironment("AUTH-09-COPY", "本番環境にできるのは復元した写しだけです。理由も入力してください。")
    guard()
    audit.record(by, function="environment.promote", operation="update", reason=reason.strip())
    mark_as(database.owner_address(), EnvironmentMark.PRODUCTION, reason=reason.strip(), made_by=by.staff_no)
    forget()


def mark_as(address: database.Address, kind: str, *, reason: str, made_by: str, rules: Mapping[str, Any] | None = None) -> None:
    """Mark another database, as its owner: a restored copy, a masked one, one that takes the office's place."""
    with address.connect() as connection:
        write(connection, kind, reason=reason, made_by=made_by, rules=rules)


def write(connection: psycopg.Connection, kind: str, *, reason: str, made_by: str, rules: Mapping[str, Any] | None = None) -> None:
    """As `mark_as`, in the caller's transaction."""
    # A backup of an older version has no such table: preparing the database marks it as the office's own.
    known = connection.execute("SELECT to_regclass('core_environmentmark') IS NOT NULL").fetchone()
    if not known or not known[0]:
        return
    connection.execute(
        "INSERT INTO core_environmentmark (kind, reason, made_by, rules) VALUES (%s, %s, %s, %s)",
        (kind, reason[:200], made_by, Jsonb(dict(rules or {}))),
    )
