"""The ways by which files come and go, and how a sender proves itself (LINK-01, FED-02).

Each system comes and goes by the routes of the registry. For the systems of the federation the setting `fed.route` narrows
them further: on a registered medium, by transmission, or over the dedicated line. A transmitted file of a system whose key is
registered carries a signature; without a signature of this very key it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kokuho.core import media, parameters
from kokuho.core.access import Actor
from kokuho.exchange.models import ConnectedSystem

FEDERATION = frozenset({"shuyaku", "kokuhoren"})
_WAYS: Mapping[str, frozenset[str]] = {
    "medium": frozenset({ConnectedSystem.MEDIUM}),
    "transmission": frozenset({ConnectedSystem.FOLDER}),
    "both": frozenset({ConnectedSystem.MEDIUM, ConnectedSystem.FOLDER}),
    "line": frozenset({ConnectedSystem.FOLDER}),
}
_LABELS = dict(ConnectedSystem.ROUTES)


def permitted(system: ConnectedSystem) -> frozenset[str]:
    """The routes that a system may use now."""
    ways = frozenset(system.routes)
    return ways & _WAYS[parameters.value("fed.route")] if system.code in FEDERATION else ways


def words(ways: frozenset[str]) -> str:
    """Routes in words."""
    return "・".join(label for code, label in _LABELS.items() if code in ways) or "なし"


def key_needed(system: ConnectedSystem) -> bool:
    """Whether a file of this system that comes by folder must be signed: its key is registered, or the federation transmits over a
    network that others share."""
    if system.public_key:
        return True
    return system.code in FEDERATION and parameters.value("fed.route") in ("transmission", "both")


def signed_by(system: ConnectedSystem, sha: str, signature: bytes) -> bool:
    """Whether the signature over the file's SHA-256 (64 hexadecimal letters as ASCII) is of the registered key."""
    if not system.public_key:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(system.public_key)).verify(signature, sha.encode("ascii"))
    except InvalidSignature:
        return False
    return True


def volume_of(path: Path) -> Path | None:
    """The volume with a label of the 電子媒体管理簿 on which a file lies; None when it lies on none."""
    return next((folder for folder in path.resolve().parents if media.code_of(folder)), None)


def read_from_medium(by: Actor, on: date, path: Path) -> str:
    """Enter the reading of a file in the 電子媒体管理簿 and answer the medium's number; empty when the file lies on no registered,
    usable medium (EXPORT-04)."""
    volume = volume_of(path)
    return "" if volume is None else media.read_here(by=by, on=on, volume=volume, note=path.name)
