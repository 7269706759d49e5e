"""What a check acts with: the check staff at their terminals, direct hands on the database, and undoing it all afterwards."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from psycopg import sql

from kokuho.controls import fixture, installation
from kokuho.controls.framework import INSIDE, Check, Evidence, attempt, undone
from kokuho.core import clock, config, database
from kokuho.core.access import Actor, actor_for, catalogue
from kokuho.core.models import AuditRecord, Staff
from kokuho.web.terminals import COOKIE as TERMINAL_COOKIE

HOST = "localhost"
T_OK = "127.0.0.1"


class NoEntry(RuntimeError):
    """The check staff cannot sign in: every check that needs a screen fails with this."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The check installation as a check sees it. `sessions`: title of a member of staff → the key of an open session."""

    on: date
    sessions: Mapping[str, str]
    secrets: Mapping[str, str]

    @property
    def fiscal_year(self) -> int:
        """The 年度 of the day."""
        return clock.fiscal_year(self.on)

    def actor(self, title: str, *, purpose: str | None = None) -> Actor:
        """A member of the check staff with the rights in force; with `purpose` under this 事務 only, as on the screens."""
        number = fixture.STAFF[title].staff_no
        return actor_for(number, on=self.on, terminal=T_OK, session="check", purpose=purpose)

    def client(self, title: str = "") -> Client:
        """A browser: signed in as this member of staff, or nobody."""
        client = fresh_client()
        if title:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[title]
        return client

    def second_code(self, title: str) -> str:
        """What the authenticator of a member of staff shows now."""
        return code(self.secrets[title])


def nobody() -> Actor:
    """Somebody without any right."""
    return Actor("chkNobody", "点検 無権限", fixture.UNIT_NAME, frozenset(), T_OK, "check", "点検")


def with_only(*capabilities: str) -> Actor:
    """Somebody with exactly these rights."""
    return Actor("chkOnly", "点検 限定", fixture.UNIT_NAME, frozenset(capabilities), T_OK, "check", "点検")


def another(by: Actor) -> Actor:
    """Somebody else with the same rights: the second person of whatever takes two."""
    return replace(by, staff_no="chkOnly2", name="点検 限定二")


def with_all() -> Actor:
    """Somebody with every right there is."""
    return Actor(
        "chkAll", "点検 全権", fixture.UNIT_NAME, frozenset(catalogue()["capabilities"]), T_OK, "check", "点検"
    )


def fresh_client(**environment: Any) -> Client:
    """A browser of the registered terminal without a session; asks under the installation's own name, over TLS if need be."""
    asked = {"SERVER_NAME": HOST, "REMOTE_ADDR": T_OK, **environment}
    if settings.SESSION_COOKIE_SECURE:
        asked |= {"HTTP_X_FORWARDED_PROTO": "https", "wsgi.url_scheme": "https"}
    client = Client(raise_request_exception=False, **asked)
    client.cookies[TERMINAL_COOKIE] = f"{fixture.TERMINAL}:{fixture.TERMINAL_KEY}"
    return client


def text(answer: HttpResponse) -> str:
    """The body of an answer as text; of a file the bytes that can be read."""
    content = b"".join(answer) if getattr(answer, "streaming", False) else answer.content  # type: ignore[arg-type]
    return content.decode("utf-8", "ignore")


def code(secret: str) -> str:
    """The code of an authenticator at this moment."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def sign_in(client: Client, staff_no: str, password: str, secret: str) -> bool:
    """Sign in with both factors and acknowledge the notice. True when the home page opens."""
    client.post("/accounts/login/", {"login": staff_no, "password": password})
    # The code may run out while the answer is computed: once more with the next one.
    if client.post("/accounts/second/", {"code": code(secret)}).status_code != 302:
        client.post("/accounts/second/", {"code": code(secret)})
    client.post("/notice/")
    return client.get("/").status_code == 200


def set_up(on: date) -> Scene:
    """Fill the empty check installation: staff with authenticators, persons, and a session for everybody who may sign in."""
    fixture.fill(on)
    keys, held = {}, {}
    for title, clerk in fixture.STAFF.items():
        held[title] = generate_totp_secret()
        TOTP.activate(Staff.objects.get(staff_no=clerk.staff_no), held[title])
        if clerk.ends_in_days < 0:
            continue
        client = fresh_client()
        if not sign_in(client, clerk.staff_no, fixture.PASSWORD, held[title]):
            raise NoEntry(f"{title} がログインできません。")
        keys[title] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Scene(on, keys, held)


def run(scene: Scene, checks: Iterable[Check], renew: Callable[[], None]) -> dict[str, Evidence]:
    """Run the checks of this place one after another, each on the facts of the fixture. Control → what was seen.

    A check's writes are undone with its transaction; after one that commits, or that left records of refusals behind, the
    database is made anew.
    """
    seen: dict[str, Evidence] = {}
    for check in checks:
        if check.place != INSIDE:
            continue
        evidence = seen.setdefault(check.control, Evidence())
        cache.clear()
        _keep_awake(scene)
        before = _last_record()
        if check.commits:
            attempt(check, evidence, scene)
        else:
            with undone():
                attempt(check, evidence, scene)
        if check.commits or _last_record() != before:
            renew()
            for taken in ("handover", "eapp"):  # neighbours have fetched what was handed over; what lay for us is gone too
                shutil.rmtree(config.home() / taken, ignore_errors=True)
    return seen


def _keep_awake(scene: Scene) -> None:
    """The sessions were opened when the installation was filled, perhaps an hour ago: nobody's has ended by its age."""
    now = int(time.time())
    for key in scene.sessions.values():
        session = SessionStore(key)
        session.update({"seen_at": now, "signed_in_at": now})
        session.save()


def _last_record() -> int:
    newest = AuditRecord.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def owner(**kwargs: Any) -> psycopg.Connection:
    """A connection with the rights of the tables' owner: an administrator's hand."""
    return database.owner_address().connect(**kwargs)


def by_hand(table: str, statement: str, *values: Any) -> None:
    """What an administrator can do: switch the triggers of a table off, change it, and switch them on again. Commits."""
    with owner() as connection, connection.transaction():
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        connection.execute(statement, values)  # type: ignore[arg-type]
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))


def keeper(work: str, filled: str) -> Callable[[], None]:
    """Renews the working database from the filled one."""
    return lambda: installation.renew(work, filled)
