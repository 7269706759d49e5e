"""The vault's keys: data keys and the blind-index key, each kept wrapped under the master key (NET-04).

    master key ─ wraps ─→ data key ─ seals ─→ a My Number
               └ wraps ─→ blind-index key ─ HMAC ─→ exact match

All three change while staff work: a new data key re-seals the rows in batches (`rotate_data_key`), a new master key only
wraps the keys anew (`rewrap`), and the blind index is re-keyed in one transaction, only when asked (`rekey_blind`).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from hashlib import sha256

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kokuho.core import sealing

SCHEMA = """
CREATE TABLE vault.blind_key (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
"""
RIGHTS = {
    "data_key": "SELECT, INSERT, UPDATE (wrapped), DELETE",
    "blind_key": "SELECT, INSERT, UPDATE (wrapped), DELETE",
    "my_number": "SELECT, INSERT, UPDATE (superseded_at, key_id, sealed, blind, recorded_at, proposed, matched_by)",
}
_TABLES = (("vault.data_key", b"data-key"), ("vault.blind_key", b"blind-key"))
# Writers of numbers hold it shared, a change of the blind-index key alone: two numbers are compared under one key.
_LOCK = 0x4B4F4B56
BATCH = 2000

# (rows done, rows in all)
Progress = Callable[[int, int], None]


def _wrap(key: bytes, purpose: bytes, master: bytes | None = None) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(sealing.derive("my-number-wrap", master=master)).encrypt(nonce, key, purpose)


def _unwrap(wrapped: bytes, purpose: bytes) -> bytes:
    *others, last = sealing.masters()
    for master in others:
        try:
            return AESGCM(sealing.derive("my-number-wrap", master=master)).decrypt(wrapped[:12], wrapped[12:], purpose)
        except InvalidTag:
            continue
    return AESGCM(sealing.derive("my-number-wrap", master=last)).decrypt(wrapped[:12], wrapped[12:], purpose)


def current_data_key(connection: psycopg.Connection) -> tuple[int, bytes]:
    """The newest data key (made on first use): id and key. Numbers are sealed under it from now on."""
    row = connection.execute("SELECT id, wrapped FROM vault.data_key ORDER BY id DESC LIMIT 1").fetchone()
    return (row[0], _unwrap(row[1], b"data-key")) if row else _new_data_key(connection)


def _new_data_key(connection: psycopg.Connection) -> tuple[int, bytes]:
    key = AESGCM.generate_key(256)
    made = connection.execute(
        "INSERT INTO vault.data_key (wrapped) VALUES (%s) RETURNING id", (_wrap(key, b"data-key"),)
    ).fetchone()
    assert made is not None
    return made[0], key


def data_key(connection: psycopg.Connection, key_id: int) -> bytes:
    """The data key of a row. Raises InvalidTag without the master key that it is wrapped under."""
    row = connection.execute("SELECT wrapped FROM vault.data_key WHERE id = %s", (key_id,)).fetchone()
    if row is None:
        raise LookupError(f"data key {key_id} is missing")
    return _unwrap(row[0], b"data-key")


def share_lock(connection: psycopg.Connection) -> None:
    """Held to the end of the transaction by whoever writes or compares blind indexes."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (_LOCK,))


def blind_key(connection: psycopg.Connection) -> bytes:
    """The key of the blind index. The first one comes from the master key and is kept wrapped from then on, so that a
    change of the master key leaves the index as it is."""
    row = connection.execute("SELECT wrapped FROM vault.blind_key ORDER BY id DESC LIMIT 1").fetchone()
    if row:
        return _unwrap(row[0], b"blind-key")
    key = sealing.derive("my-number-blind", master=_master_of_data_keys(connection))
    connection.execute("INSERT INTO vault.blind_key (wrapped) VALUES (%s)", (_wrap(key, b"blind-key"),))
    return key


def _master_of_data_keys(connection: psycopg.Connection) -> bytes:
    """The master key in use: the one that opens the oldest data key, or the present one in an empty vault."""
    row = connection.execute("SELECT wrapped FROM vault.data_key ORDER BY id LIMIT 1").fetchone()
    if row is None:
        return sealing.master_key()
    for master in sealing.masters():
        try:
            AESGCM(sealing.derive("my-number-wrap", master=master)).decrypt(row[0][:12], row[0][12:], b"data-key")
        except InvalidTag:
            continue
        return master
    return sealing.master_key()


def blind(key: bytes, number: str) -> bytes:
    """The blind index of a number: equal numbers, equal bytes; nothing can be learnt without the key."""
    return hmac.new(key, number.encode("ascii"), sha256).digest()


def seal(key: bytes, atena_no: int, number: str) -> bytes:
    """A number sealed for a person. The person is bound in: moved to another row it does not open."""
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(key).encrypt(nonce, number.encode("ascii"), str(atena_no).encode("ascii"))


def unseal(key: bytes, atena_no: int, sealed: bytes) -> str:
    """The number of a person. Raises InvalidTag when anything was changed or moved."""
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], str(atena_no).encode("ascii")).decode("ascii")


def rotate_data_key(connection: psycopg.Connection, *, progress: Progress = lambda done, total: None) -> int:
    """Make a new data key and bring every number under it, `BATCH` rows a transaction; then forget the former keys.

    A rotation that was cut off is finished first: rows under an older key are brought under the newest, no further key is
    made. Returns the number of rows that were sealed anew. `connection` must not be in a transaction.
    """
    behind = "SELECT count(*) FROM vault.my_number WHERE key_id < (SELECT max(id) FROM vault.data_key)"
    waiting = _count(connection, behind)
    if not waiting:
        _new_data_key(connection)
        waiting = _count(connection, behind)
    connection.commit()
    done = 0
    while rows := _batch(connection):
        done += rows
        progress(min(done, waiting), waiting)
    with connection.transaction():
        # Alone for a moment: whoever took the former key before this has committed, nobody can take it after.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        while rows := _batch(connection):
            done += rows
        connection.execute("DELETE FROM vault.data_key WHERE id < (SELECT max(id) FROM vault.data_key)")
    return done


def _count(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return int(row[0])


def _batch(connection: psycopg.Connection) -> int:
    with connection.transaction():
        key_id, key = current_data_key(connection)
        rows = connection.execute(
            "SELECT id, atena_no, key_id, sealed FROM vault.my_number WHERE key_id < %s ORDER BY id LIMIT %s FOR UPDATE",
            (key_id, BATCH),
        ).fetchall()
        former = {old: data_key(connection, old) for old in {row[2] for row in rows}}
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE vault.my_number SET key_id = %s, sealed = %s WHERE id = %s",
                [(key_id, seal(key, atena, unseal(former[old], atena, sealed)), row) for row, atena, old, sealed in rows],
            )
        return len(rows)


def rewrap(connection: psycopg.Connection) -> int:
    """Wrap every key of the vault under the coming master key, in one transaction. Returns how many; repeating is harmless."""
    coming = sealing.next_master_key()
    if coming is None:
        raise LookupError("KOKUHO_MASTER_KEY_NEXT is not set")
    count = 0
    with connection.transaction():
        blind_key(connection)  # An index that still hangs on the present master key is kept as a key of its own first.
        for table, purpose in _TABLES:
            for row, wrapped in connection.execute(f"SELECT id, wrapped FROM {table} FOR UPDATE").fetchall():  # type: ignore[arg-type]
                connection.execute(
                    f"UPDATE {table} SET wrapped = %s WHERE id = %s",  # type: ignore[arg-type]
                    (_wrap(_unwrap(wrapped, purpose), purpose, coming), row),
                )
                count += 1
    return count


def rekey_blind(connection: psycopg.Connection) -> int:
    """Index every number under a new blind-index key, in one transaction; writers of numbers wait. Returns the rows."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        key = secrets.token_bytes(32)
        connection.execute("DELETE FROM vault.blind_key")
        connection.execute("INSERT INTO vault.blind_key (wrapped) VALUES (%s)", (_wrap(key, b"blind-key"),))
        keys: dict[int, bytes] = {}
        fresh = []
        for row, atena, key_id, sealed in connection.execute(
            "SELECT id, atena_no, key_id, sealed FROM vault.my_number FOR UPDATE"
        ).fetchall():
            if key_id not in keys:
                keys[key_id] = data_key(connection, key_id)
            fresh.append((blind(key, unseal(keys[key_id], atena, sealed)), row))
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE vault.my_number SET blind = %s WHERE id = %s", fresh)
        return len(fresh)
