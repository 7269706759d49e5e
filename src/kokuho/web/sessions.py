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
from django.utils.crypto import salted_hmac

from kokuho.core import audit, clock, factors, hours, parameters
from kokuho.core.access import Actor, Refused, actor_for
from kokuho.core.clock import business_date
from kokuho.core.models import PasswordHistory, Staff
from kokuho.web import terminals

ENDINGS = {
    "idle": "一定時間操作がなかったため、利用を終了しました。もう一度ログインしてください。",
    "day": "1回の利用の上限時間を過ぎたため、利用を終了しました。もう一度ログインしてください。",
    "expired": "利用できる期間ではありません。所属長に確かめてください。",
    "elsewhere": "同じIDで別の端末からログインがあったため、こちらの利用を終了しました。心当たりがないときは所属長に連絡してください。",
    "terminal": "この端末は登録されていないか、登録が取り消されました。システム管理の担当に連絡してください。",
    "moved": "ログインした端末とは別の所から使われたため、利用を終了しました。心当たりがないときは所属長に連絡してください。",
    "hours": "利用時間が終わりました。続けて使うには、時間外の利用の承認が必要です。",
    "factors": "ログインの手段の定めが変わりました。もう一度ログインしてください。",
    "place": "委託先の作業は、登録された作業用の端末で行ってください。",
    "window": "承認された作業の時間帯ではありません。市の担当者に確かめてください。",
}
# The factors that this session has proved.
PROVED = "proved"
# The moment of the last operation is written down at most this often, so that reading pages does not write sessions.
_GRAIN = 30


def terminal(request: HttpRequest) -> str:
    """Where the sender sits: the registered terminal's number, else the address."""
    found = terminals.of(request).terminal
    return found.code if found else address(request)


def address(request: HttpRequest) -> str:
    """The sender's address. Behind the TLS proxy the one that the proxy saw, which it appends last."""
    if settings.SECURE_PROXY_SSL_HEADER and (chain := request.headers.get("X-Forwarded-For")):
        return chain.rsplit(",", 1)[-1].strip()[:60]
    return str(request.META.get("REMOTE_ADDR", ""))[:60]


def number(request: HttpRequest) -> str:
    """The session's number in the operation record. It is not the key that opens the session."""
    return str(request.session.get("number", ""))


def duty(request: HttpRequest) -> str:
    """The 事務 that was chosen for this session; empty: the first one that the person holds."""
    return str(request.session.get("duty", ""))


def ended(request: HttpRequest) -> str:
    """Why this session is over by its own age, or nothing."""
    now, limits = time.time(), parameters.current()
    kind = getattr(request.user, "account_class", "")
    if now - request.session.get("seen_at", 0) > limits.of_class("auth.idle_end_minutes", kind) * 60:
        return "idle"
    if now - request.session.get("signed_in_at", 0) > limits.of_class("auth.session_hours", kind) * 3600:
        return "day"
    return ""


def origin(request: HttpRequest) -> str:
    """Where a request comes from, as a keyed hash: address and browser. A session's key alone opens nothing elsewhere."""
    return salted_hmac("kokuho.session.origin", f"{address(request)}|{request.headers.get('User-Agent', '')}").hexdigest()[:32]


def moved(request: HttpRequest) -> bool:
    """True when the session is used from somewhere else than it was signed in from (a stolen cookie)."""
    return bool(request.session.get("origin", "") != origin(request))


def displaced(request: HttpRequest) -> bool:
    """True when the account has been signed in elsewhere since, or its session was ended by another person (AUTH-06)."""
    return not settings.KOKUHO_TRAINING and getattr(request.user, "session_number", "") != number(request)


def in_use(staff: Staff) -> bool:
    """True when the account has a session that has not ended by itself."""
    from django.contrib.sessions.models import Session

    if not staff.session_number:
        return False
    limit = time.time() - parameters.current().of_class("auth.idle_end_minutes", staff.account_class) * 60
    for session in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        data = session.get_decoded()
        if data.get("number") == staff.session_number and data.get("seen_at", 0) > limit:
            return True
    return False


def touch(request: HttpRequest, *, background: bool) -> None:
    """Note an operation; what the page asks by itself does not count."""
    now = time.time()
    seen = request.session.get("seen_at", 0)
    if now - seen > lock_minutes(request) * 60:
        lock(request)
    if not background and not locked(request) and now - seen > _GRAIN:
        request.session["seen_at"] = int(now)


def lock_minutes(request: HttpRequest) -> int:
    """After how many minutes without an operation this account's screen locks."""
    found: int = parameters.current().of_class("auth.idle_lock_minutes", getattr(request.user, "account_class", ""))
    return found


def locked(request: HttpRequest) -> bool:
    """True while the person has to prove again who sits here."""
    return bool(request.session.get("locked"))


def lock(request: HttpRequest) -> None:
    """Lock: data is shown again only after re-authentication."""
    if not request.session.get("locked"):
        request.session["locked"] = True


def actor_of(request: HttpRequest, staff: Any) -> Actor:
    """The actor of a record around signing in: with rights when on duty, else without any."""
    try:
        return actor_for(
            staff.staff_no, on=business_date(), terminal=terminal(request), session=number(request), purpose=duty(request)
        )
    except Refused:
        return Actor(staff.staff_no, staff.name, "", frozenset(), terminal(request), number(request))


def record_end(request: HttpRequest, cause: str) -> None:
    """Record that a session was ended from this side, and why."""
    audit.record(actor_of(request, request.user), function="sign-in", operation="logout", detail={"cause": cause})
    request.session["end_recorded"] = True


def record_failure(
    request: HttpRequest, staff_no: str, factor: str, result: str = "failed", detail: dict[str, Any] | None = None
) -> None:
    """Record a failed attempt. What was typed is kept only when it is a staff number: it could be a password."""
    staff = Staff.objects.select_related("unit").filter(staff_no=staff_no).first()
    by = Actor(
        staff.staff_no if staff else "", staff.name if staff else "", staff.unit.name if staff else "", frozenset(),
        terminal(request), number(request),
    )  # fmt: skip
    told = {"factor": factor, **({"kind": kind} if (kind := factors.kind(factor)) else {}), **(detail or {})}
    audit.record(by, function="sign-in", operation="login", result=result, detail=told)


def record_first_factor(request: HttpRequest, staff: Staff, factor: str) -> None:
    """Record that the first factor was right. Without a record `login` after it nobody was let in (AUTH-02)."""
    audit.record(
        actor_of(request, staff), function="sign-in", operation="factor", detail={"factor": factor, "kind": factors.kind(factor)}
    )


@receiver(user_logged_in)
def _signed_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    now = int(time.time())
    request.session.update({"number": secrets.token_hex(8), "signed_in_at": now, "seen_at": now, "origin": origin(request),
                            "terminal": terminal(request)})  # fmt: skip
    request.session.pop("locked", None)
    from allauth.account.authentication import get_authentication_records

    records = [entry.get("type") or entry["method"] for entry in get_authentication_records(request, user)]
    request.session[PROVED] = records
    detail: dict[str, Any] = {"factors": records, "kinds": sorted({factors.kind(code) for code in records} - {""})}
    if hours.hours(user, clock.now()).state != hours.OPEN and not settings.KOKUHO_TRAINING:
        detail["off_hours"] = True
    if user.session_number:
        detail["former_session"] = user.session_number
    Staff.objects.filter(pk=user.pk).update(session_number=request.session["number"])
    user.session_number = request.session["number"]
    terminals.seen(request)
    audit.record(actor_of(request, user), function="sign-in", operation="login", detail=detail)


@receiver(user_logged_out)
def _signed_out(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    if user is None:
        return
    Staff.objects.filter(pk=user.pk, session_number=number(request)).update(session_number="")
    if not request.session.get("end_recorded"):
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
    if kwargs.get("signal") is mfa_signals.authenticator_added:
        # Enrolling proves the factor; taking one away takes the proof with it.
        request.session[PROVED] = [*request.session.get(PROVED, []), str(authenticator.type)]
    else:
        request.session[PROVED] = [code for code in request.session.get(PROVED, []) if code != str(authenticator.type)]
    request.session.save()  # the signal may come after the answer has been prepared
    change = {id(mfa_signals.authenticator_added): "add", id(mfa_signals.authenticator_removed): "remove"}
    audit.record(
        actor_of(request, user), function="sign-in.factor", operation=change.get(id(kwargs.get("signal")), "reset"),
        detail={"factor": str(authenticator.type)},
    )  # fmt: skip


@receiver(account_signals.password_changed)
def _password_changed(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    user.must_change_password, user.password_changed_at = False, clock.now()
    user.save(update_fields=["must_change_password", "password_changed_at"])
    PasswordHistory.objects.create(staff=user, encoded=user.password)
    audit.record(actor_of(request, user), function="sign-in.password", operation="update")
