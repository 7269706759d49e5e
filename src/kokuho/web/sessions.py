"""The life of a signed-in session: where it is, when it locks, when it ends, and its records (AUTH-06, LOG-01)."""

from __future__ import annotations

import secrets
import time
from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from kokuho.core import audit, parameters
from kokuho.core.access import Actor, Refused, actor_for
from kokuho.core.clock import business_date
from kokuho.core.models import Staff

ENDINGS = {
    "idle": "一定時間操作がなかったため、利用を終了しました。もう一度ログインしてください。",
    "day": "1回の利用の上限時間を過ぎたため、利用を終了しました。もう一度ログインしてください。",
    "expired": "利用できる期間ではありません。所属長に確かめてください。",
}
# The moment of the last operation is written down at most this often, so that reading pages does not write sessions.
_GRAIN = 30


def terminal(request: HttpRequest) -> str:
    """Where the sender sits. Behind the TLS proxy the address that the proxy saw, which it appends last."""
    if settings.SECURE_PROXY_SSL_HEADER and (chain := request.headers.get("X-Forwarded-For")):
        return chain.rsplit(",", 1)[-1].strip()[:60]
    return str(request.META.get("REMOTE_ADDR", ""))[:60]


def number(request: HttpRequest) -> str:
    """The session's number in the operation record. It is not the key that opens the session."""
    return str(request.session.get("number", ""))


def ended(request: HttpRequest) -> str:
    """Why this session is over: ``idle``, ``day``, or nothing."""
    now = time.time()
    if now - request.session.get("seen_at", 0) > parameters.value("auth.idle_end_minutes") * 60:
        return "idle"
    if now - request.session.get("signed_in_at", 0) > parameters.value("auth.session_hours") * 3600:
        return "day"
    return ""


def touch(request: HttpRequest, *, background: bool) -> None:
    """Note an operation; what the page asks by itself does not count."""
    now = time.time()
    seen = request.session.get("seen_at", 0)
    if now - seen > parameters.value("auth.idle_lock_minutes") * 60:
        lock(request)
    if not background and not locked(request) and now - seen > _GRAIN:
        request.session["seen_at"] = int(now)


def locked(request: HttpRequest) -> bool:
    """True while the person has to prove again who sits here."""
    return bool(request.session.get("locked"))


def lock(request: HttpRequest) -> None:
    """Lock: data is shown again only after re-authentication."""
    if not request.session.get("locked"):
        request.session["locked"] = True


def has_second_factor(request: HttpRequest) -> bool:
    """True when an authenticator or a key is enrolled. Asked of the database until it is so, then remembered."""
    if request.session.get("second_factor"):
        return True
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import is_mfa_enabled

    if is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
        request.session["second_factor"] = True
        return True
    return False


def actor_of(request: HttpRequest, staff: Any) -> Actor:
    """The actor of a record around signing in: with rights when on duty, else without any."""
    try:
        return actor_for(staff.staff_no, on=business_date(), terminal=terminal(request), session=number(request))
    except Refused:
        return Actor(staff.staff_no, staff.name, "", frozenset(), terminal(request), number(request))


def record_end(request: HttpRequest, cause: str) -> None:
    """Record that a session was ended from this side, and why."""
    audit.record(actor_of(request, request.user), function="sign-in", operation="logout", detail={"cause": cause})
    request.session["end_recorded"] = True


def record_failure(request: HttpRequest, staff_no: str, factor: str, result: str = "failed") -> None:
    """Record a failed attempt. What was typed is kept only when it is a staff number: it could be a password."""
    staff = Staff.objects.select_related("unit").filter(staff_no=staff_no).first()
    by = Actor(
        staff.staff_no if staff else "", staff.name if staff else "", staff.unit.name if staff else "", frozenset(),
        terminal(request), number(request),
    )  # fmt: skip
    audit.record(by, function="sign-in", operation="login", result=result, detail={"factor": factor})


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    now = int(time.time())
    request.session.update({"number": secrets.token_hex(8), "signed_in_at": now, "seen_at": now})
    request.session.pop("locked", None)
    from allauth.account.authentication import get_authentication_records

    factors = [entry.get("type") or entry["method"] for entry in get_authentication_records(request, user)]
    audit.record(actor_of(request, user), function="sign-in", operation="login", detail={"factors": factors})


@receiver(user_logged_out)
def _signed_out(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    if user is not None and not request.session.get("end_recorded"):
        audit.record(actor_of(request, user), function="sign-in", operation="logout", detail={"cause": "asked"})


@receiver(account_signals.authentication_step_completed)
def _proved_again(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    if kwargs.get("reauthenticated"):
        request.session.pop("locked", None)
        request.session["seen_at"] = int(time.time())
        audit.record(
            actor_of(request, user), function="sign-in", operation="unlock", detail={"factor": kwargs.get("method", "")}
        )


@receiver(mfa_signals.authentication_failed)
def _second_factor_failed(sender: Any, request: HttpRequest, user: Any, authenticator: Any, **kwargs: Any) -> None:
    record_failure(request, user.staff_no, str(authenticator.type))


@receiver(mfa_signals.authenticator_added)
@receiver(mfa_signals.authenticator_removed)
@receiver(mfa_signals.authenticator_reset)
def _second_factor_changed(sender: Any, request: HttpRequest, user: Any, authenticator: Any, **kwargs: Any) -> None:
    request.session.pop("second_factor", None)
    change = {id(mfa_signals.authenticator_added): "add", id(mfa_signals.authenticator_removed): "remove"}
    audit.record(
        actor_of(request, user), function="sign-in.factor", operation=change.get(id(kwargs.get("signal")), "reset"),
        detail={"factor": str(authenticator.type)},
    )  # fmt: skip


@receiver(account_signals.password_changed)
def _password_changed(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    audit.record(actor_of(request, user), function="sign-in.password", operation="update")
