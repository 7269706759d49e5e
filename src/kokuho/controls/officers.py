"""The officers of the check installation: who applies for rights, approves them, keeps accounts and changes settings; and a clock
that a check may set."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from kokuho.controls import fixture
from kokuho.controls.scene import T_OK, another, fresh_client, sign_in, with_only
from kokuho.core import parameters
from kokuho.core.access import Actor, actor_for
from kokuho.core.actions import accounts, entries, orders, vendors
from kokuho.core.actions import parameters as changing
from kokuho.core.actions.staff import register
from kokuho.core.models import Approval, Entry, Staff, Terminal, Unit, WorkOrder
from kokuho.core.terminals import hashed
from kokuho.web.terminals import COOKIE

OTHER_UNIT, OTHER_UNIT_NAME = "K98", "点検審査室"
WORKER, CONTRACTOR, CONTRACT = "W-CHECK", "chkVen", "点検-契約"


@dataclass(frozen=True, slots=True)
class Officers:
    """`head` and `second` lead the unit of U-A; `officer` approves; `admin` keeps accounts and settings."""

    on: date
    head: Actor
    second: Actor
    officer: Actor
    admin: Actor

    def approved(self, entry: Entry) -> Entry:
        """What was applied for, approved by the officer."""
        return entries.confirm(by=self.officer, on=self.on, entry_id=entry.pk)

    def apply(self, kind: str, *, by: Actor | None = None, **payload: Any) -> Entry:
        """Apply for something; the head of the unit does unless somebody else is named."""
        return accounts.apply_for(by=by or self.head, on=self.on, kind=kind, title="点検", reason="点検", **payload)

    def grant(self, staff_no: str, *roles: str, by: Actor | None = None, days: int = 20, begins: date | None = None) -> Entry:
        """Apply for roles from a day (today) on."""
        first = begins or self.on
        return self.apply(
            accounts.GRANT, by=by, staff_no=staff_no, roles=list(roles), valid_from=first.isoformat(),
            valid_until=(first + timedelta(days=days)).isoformat(),
        )  # fmt: skip


def enrol(number: str, *roles: str, on: date, unit: tuple[str, str] = (fixture.UNIT, fixture.UNIT_NAME), **more: Any) -> Actor:
    """A member of the check staff beside those of the fixture, as an actor; a contractor only as an account."""
    given: dict[str, Any] = {"password": fixture.PASSWORD, "name": f"点検職員 {number}", **more}
    register(
        staff_no=number, unit_code=unit[0], unit_name=unit[1], roles=roles, applied_by="chkHead", approved_by="chkChief",
        on=on - timedelta(days=60), reason="点検", **given,
    )  # fmt: skip
    if given.get("account_class") == Staff.CONTRACTOR:
        return with_only()
    return actor_for(number, on=on, terminal=T_OK)


def appoint(on: date) -> Officers:
    """Put the officers into office."""
    other = (OTHER_UNIT, OTHER_UNIT_NAME)
    return Officers(
        on, enrol("chkHd1", "unit_head", on=on), enrol("chkHd2", "unit_head", on=on),
        enrol("chkOff", "security_officer", on=on, unit=other), enrol("chkAdm", "system_admin", on=on, unit=other),
    )  # fmt: skip


def put(on: date, changes: Mapping[str, Any], *, exception: str = "") -> None:
    """Let parameters have other values: requested by one person, approved by another."""
    now = parameters.current()
    wanted = {key: value for key, value in changes.items() if not now.number or now.value(key) != value}
    if not wanted:
        return
    first = with_only("parameter.read", "parameter.request", "parameter.approve")
    entry = changing.request(by=first, on=on, changes=wanted, reason="点検", exception=exception)
    entries.confirm(by=another(first), on=on, entry_id=entry.pk)
    parameters.forget()


def ordered(kind: str, on: date) -> WorkOrder:
    """A work order for the next run of a kind: asked for by one person, approved by another."""
    first = with_only("order.request", "order.approve", "order.read")
    second = another(first)
    order = orders.request(by=first, on=on, kind=kind, title="点検", instruction="全件", suitability="点検の起案書", planned_on=on)
    waiting = Approval.objects.get(subject=orders.subject(order))
    return orders.decide(by=second, approval_id=waiting.pk, approve=True)


def terminal(code: str, kind: str, on: date) -> str:
    """Register a terminal of a kind; returns what its cookie holds."""
    key = secrets.token_urlsafe(16)
    Terminal.objects.create(
        code=code, place="点検", unit=Unit.objects.get(code=fixture.UNIT), kind=kind, valid_from=on - timedelta(days=60),
        valid_until=on + timedelta(days=60), secret_hash=hashed(key), origin="check",
    )  # fmt: skip
    return f"{code}:{key}"


def browser(staff_no: str, secret: str, *, cookie: str = "") -> Client | None:
    """A browser in which somebody has just signed in with both factors, at this terminal; None when the door stayed shut."""
    client = fresh_client()
    if cookie:
        client.cookies[COOKIE] = cookie
    return client if sign_in(client, staff_no, fixture.PASSWORD, secret) else None


def authenticator(staff_no: str) -> str:
    """Give an account an authenticator; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(Staff.objects.get(staff_no=staff_no), secret)
    return secret


def contractor(office: Officers) -> str:
    """A company under contract, a worker on its roster, and the worker's account; returns the authenticator's secret."""
    on = office.on
    first, last = on - timedelta(days=60), on + timedelta(days=60)
    vendors.register_contract(
        by=office.head, number=CONTRACT, company="点検情報サービス", subject="保守", valid_from=first, valid_until=last
    )
    office.approved(roster(office))
    enrol(
        CONTRACTOR, "operation", "qualification", on=on, person_no=WORKER, name="点検 委託", account_class=Staff.CONTRACTOR,
        valid_until=last,
    )  # fmt: skip
    return authenticator(CONTRACTOR)


def roster(office: Officers, **change: Any) -> Entry:
    """Ask for the worker's place on the roster."""
    first, last = office.on - timedelta(days=60), office.on + timedelta(days=60)
    told = {
        "worker_no": WORKER, "name": "点検 委託", "contract": CONTRACT, "level": 0, "pledge_on": first.isoformat(),
        "trained_on": first.isoformat(), "valid_from": first.isoformat(), "valid_until": last.isoformat(), **change,
    }  # fmt: skip
    return vendors.request_worker(by=office.head, on=office.on, reason="点検", **told)


def window(office: Officers, starts: datetime, ends: datetime, **change: Any) -> Entry:
    """Ask for a window of work."""
    told = {
        "contract": CONTRACT, "workers": [WORKER], "scope": "点検の作業", "place": "電算機室", "starts": starts.isoformat(),
        "ends": ends.isoformat(), "capabilities": [], **change,
    }  # fmt: skip
    return vendors.request_window(by=office.head, on=office.on, reason="点検", **told)
