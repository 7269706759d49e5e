"""Changing the master key (NET-04): the vault's keys are wrapped anew, the secrets of second factors and the sealed files
of `KOKUHO_HOME` are sealed anew.

`KOKUHO_MASTER_KEY_NEXT` is given to every process first; from then on both keys open. `change` may be killed at any moment
and repeated. Afterwards the coming key is put in the place of the present one. Backups stay under the key of their day.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag

from kokuho.core import audit, config, database, factors, sealing, vault_keys
from kokuho.core.access import Actor
from kokuho.core.actions import parameters

FOLDERS = ("inbox", "outbox", "anchors", "prints", "erasures")


def change(*, by: Actor) -> dict[str, int]:
    """Bring the vault's keys and the sealed files under the coming master key. Returns counts.

    Needs `vault.rotate`. Raises LookupError when no coming key is given.
    """
    by.require("vault.rotate")
    coming = sealing.next_master_key()
    if coming is None:
        raise LookupError("KOKUHO_MASTER_KEY_NEXT に新しいマスター鍵（16進64桁）を設定してください。")
    audit.record(
        by, function="vault.rotate", operation="run",
        detail={"what": "master", "from": sealing.key_id(), "to": sealing.key_id(coming)},
    )  # fmt: skip
    with database.vault_address().connect() as connection:
        keys = vault_keys.rewrap(connection)
    with database.app_address().connect() as connection:
        secrets = factors.reseal(connection, coming)
        connection.commit()
    parameters.reseal(coming)
    files = sum(_reseal(path, coming) for path in _sealed_files())
    return {"keys": keys, "secrets": secrets, "files": files}


def promote() -> bool:
    """Put the coming key into the key file of `KOKUHO_HOME/keys`, the former one beside it under its name: older backups
    need it. False when the master key comes from the environment, where the operator exchanges it."""
    coming = sealing.next_master_key()
    if os.environ.get("KOKUHO_MASTER_KEY") or coming is None:
        return False
    folder = config.folder("keys")
    former = folder / f"master-{sealing.key_id()}.key"
    _write_key(former, sealing.master_key())
    fresh = folder / "master.key.next"
    _write_key(fresh, coming)
    os.replace(fresh, folder / "master.key")
    return True


def _write_key(path: Path, key: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(key)
        os.fsync(file.fileno())


def _sealed_files() -> Iterator[Path]:
    for name in FOLDERS:
        for path in sorted((config.home() / name).rglob("*")):
            if path.is_file() and not path.name.endswith(".part") and sealing.is_sealed(path):
                yield path


def _reseal(path: Path, coming: bytes) -> bool:
    if sealing.sealed_under(path, coming):
        return False
    last = path.stat()
    writer = sealing.SealedWriter(path, coming)
    try:
        for block in sealing.unsealed(path):
            writer.write(block)
    except InvalidTag:
        writer.discard()
        raise InvalidTag(f"{path} は今のマスター鍵では開けません。") from None
    except BaseException:
        writer.discard()
        raise
    writer.commit()
    # What is kept for a time is counted from the day of its last change (retention), and its content has not changed.
    os.utime(path, ns=(last.st_atime_ns, last.st_mtime_ns))
    return True
