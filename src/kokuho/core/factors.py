"""Factors of signing in and their kinds: what one knows, has, or is (AUTH-02). How each is asked for is `kokuho.web.factors`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag

from kokuho.core import sealing

KNOWLEDGE, POSSESSION, INHERENCE = "knowledge", "possession", "inherence"
# code → (kind, words)
_FACTORS: dict[str, tuple[str, str]] = {
    "password": (KNOWLEDGE, "パスワード"),
    "totp": (POSSESSION, "認証アプリ"),
    "webauthn": (POSSESSION, "認証キー"),
    "ic_card": (POSSESSION, "ICカード"),
    "biometric": (INHERENCE, "生体認証"),
}
# What an authenticator app and the spare codes are made from, in allauth's table: a stolen database must not sign in.
_PURPOSE = "second-factor"
_SECRETS = ("secret", "seed")


def seal_secret(text: str) -> str:
    """The secret of an authenticator as it is kept."""
    return sealing.seal_text(text, _PURPOSE)


def open_secret(sealed: str) -> str:
    """The secret of an authenticator. Raises ValueError, InvalidTag as `sealing.open_text`."""
    return sealing.open_text(sealed, _PURPOSE)


def reseal(connection: Any, master: bytes | None = None) -> int:
    """Bring every kept secret under a master key (the present one when none is given), those that an older version of the product
    left open too. `connection` is a psycopg connection; it commits nothing. Returns how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, data ->> name FROM mfa_authenticator, unnest(%s::text[]) AS name "
            "WHERE type IN ('totp', 'recovery_codes') AND data ->> name IS NOT NULL FOR UPDATE OF mfa_authenticator",
            (list(_SECRETS),),
        )
        changed = 0
        for pk, name, told in cursor.fetchall():
            if told.startswith(sealing.TEXT_MAGIC) and _under(told, master):
                continue
            opened = open_secret(told) if told.startswith(sealing.TEXT_MAGIC) else told
            cursor.execute(
                "UPDATE mfa_authenticator SET data = jsonb_set(data, ARRAY[%s], to_jsonb(%s::text)) WHERE id = %s",
                (name, sealing.seal_text(opened, _PURPOSE, master), pk),
            )
            changed += 1
    return changed


def _under(sealed: str, master: bytes | None) -> bool:
    try:
        sealing.open_text(sealed, _PURPOSE, (master or sealing.master_key(),))
    except InvalidTag:
        return False
    return True


def kind(code: str) -> str:
    """The kind of a factor; empty for one that does not count as a factor (a spare code)."""
    return _FACTORS.get(code, ("", ""))[0]


def label(code: str) -> str:
    """A factor in words."""
    return _FACTORS.get(code, ("", code))[1]


def parts(combination: str) -> tuple[str, ...]:
    """``password+totp`` → its factors."""
    return tuple(combination.split("+"))


def kinds(combination: str) -> frozenset[str]:
    """The different kinds in a combination: kinds are counted, not pieces."""
    return frozenset(kind(code) for code in parts(combination)) - {""}


def satisfied(proved: Iterable[str], permitted: Iterable[str]) -> bool:
    """True when what was proved contains one of the permitted combinations."""
    held = set(proved)
    return any(held.issuperset(parts(combination)) for combination in permitted)


def offered(permitted: Iterable[str]) -> tuple[str, ...]:
    """The factors beside the password that a class of account may use, in the order of the list above."""
    wanted = {code for combination in permitted for code in parts(combination)} - {"password"}
    return tuple(code for code in _FACTORS if code in wanted)
