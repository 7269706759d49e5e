"""Which terminal somebody sits at (AUTH-05): known by a certificate that the proxy checked, or by a secret that was put on it.

The secret is in a cookie that only the terminal's browser holds; the register holds its hash. A terminal may be bound to a range of
addresses as well. What a terminal says of itself without either proves nothing.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network

from django.db.models import Q

from kokuho.core.models import Terminal

CODE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Found:
    """A registered terminal, or why there is none. `presented` is what was shown, for the record of a refusal."""

    terminal: Terminal | None
    why: str
    presented: str


def hashed(secret: str) -> str:
    """What the register keeps of a secret."""
    return sha256(secret.encode()).hexdigest()


def recognise(*, cookie: str, certificate: str, address: str, on: date) -> Found:
    """The registered terminal behind a request. `cookie` is ``code:secret``; `certificate` a SHA-256 fingerprint, or empty."""
    code, _, secret = cookie.partition(":")
    given = certificate.replace(":", "").lower()
    presented = f"{code[:30] or '—'} {('証明書 ' + given[:16]) if given else ''} {address}".strip()
    wanted = Q(certificate=given) if given else Q(code=code)
    terminal = Terminal.objects.filter(wanted).select_related("unit").order_by("-is_active", "-pk").first() if given or code else None
    if terminal is None:
        return Found(None, "unknown", presented)
    if not given and not (terminal.secret_hash and hmac.compare_digest(terminal.secret_hash, hashed(secret))):
        return Found(None, "key", presented)
    if not terminal.is_active or not terminal.valid_from <= on <= terminal.valid_until:
        return Found(None, "period", presented)
    if terminal.network and not _within(address, terminal.network):
        return Found(None, "network", presented)
    return Found(terminal, "", presented)


def _within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def enrol(code: str, one_time: str, at: datetime) -> str | None:
    """Put a key on the terminal at which a one-time code is typed: the cookie's value, or None when the code does not fit."""
    typed = one_time.replace("-", "").strip().upper()
    terminal = Terminal.objects.select_for_update().filter(code=code, is_active=True).first()
    if (
        terminal is None or not terminal.enrol_hash or terminal.enrol_until is None or terminal.enrol_until < at
        or not hmac.compare_digest(terminal.enrol_hash, hashed(typed))
    ):  # fmt: skip
        return None
    secret = secrets.token_urlsafe(32)
    terminal.secret_hash, terminal.enrol_hash, terminal.enrol_until, terminal.enrolled_at = hashed(secret), "", None, at
    terminal.save(update_fields=["secret_hash", "enrol_hash", "enrol_until", "enrolled_at"])
    return f"{terminal.code}:{secret}"


def one_time_code(terminal: Terminal, at: datetime) -> str:
    """A code that enrols a terminal once within a day. The former key of the terminal stops working when it is used."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    code = "".join(secrets.choice(letters) for _ in range(12))
    terminal.enrol_hash, terminal.enrol_until = hashed(code), at + timedelta(hours=CODE_HOURS)
    terminal.save(update_fields=["enrol_hash", "enrol_until"])
    return "-".join(code[place : place + 4] for place in (0, 4, 8))
