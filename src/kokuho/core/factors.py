"""Factors of signing in and their kinds: what one knows, has, or is (AUTH-02). How each is asked for is `kokuho.web.factors`."""

from __future__ import annotations

from collections.abc import Iterable

KNOWLEDGE, POSSESSION, INHERENCE = "knowledge", "possession", "inherence"
KIND_LABELS = {KNOWLEDGE: "知識", POSSESSION: "所持", INHERENCE: "生体"}
# code → (kind, words)
_FACTORS: dict[str, tuple[str, str]] = {
    "password": (KNOWLEDGE, "パスワード"),
    "totp": (POSSESSION, "認証アプリ"),
    "webauthn": (POSSESSION, "認証キー"),
    "ic_card": (POSSESSION, "ICカード"),
    "biometric": (INHERENCE, "生体認証"),
}


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
