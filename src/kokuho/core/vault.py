"""The vault of My Numbers (個人番号): the one place that holds them (MYNUM-07).

A number is stored sealed under a data key; the data key is wrapped by a key that is derived from the master key and
never leaves the process. An HMAC of the number (blind index) finds conflicts without opening anything. The vault has its
own schema and role; the application's role cannot see it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kokuho.core import database, sealing

SCHEMA = """
CREATE SCHEMA vault;
CREATE TABLE vault.data_key (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE vault.my_number (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    atena_no bigint NOT NULL,
    key_id bigint NOT NULL REFERENCES vault.data_key,
    sealed bytea NOT NULL,
    blind bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by varchar(20) NOT NULL,
    origin varchar(60) NOT NULL,
    superseded_at timestamptz
);
CREATE UNIQUE INDEX my_number_person ON vault.my_number (atena_no) WHERE superseded_at IS NULL;
CREATE INDEX my_number_blind ON vault.my_number (blind) WHERE superseded_at IS NULL;
COMMENT ON SCHEMA vault IS '個人番号の保管庫。kokuho_vault だけが読み書きする';
"""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two persons with one number: neither is decided here, a person looks (MYNUM-06)."""

    atena_no: int
    other_atena_no: int


def blind(number: str) -> bytes:
    """The blind index of a number: equal numbers, equal bytes; nothing else can be learnt without the master key."""
    return hmac.new(sealing.derive("my-number-blind"), number.encode("ascii"), sha256).digest()


def store(numbers: Iterable[tuple[int, str]], *, by: str, origin: str) -> tuple[int, list[Conflict]]:
    """Keep the numbers of persons (宛名番号, 12 digits). Unchanged ones are left; a changed one supersedes the former.

    Returns how many were written and the conflicts; a conflicting number is not written. One transaction of its own:
    repeating the call after a crash writes nothing twice.
    """
    key = sealing.derive("my-number-blind")
    incoming = {atena: (number, hmac.new(key, number.encode("ascii"), sha256).digest()) for atena, number in numbers}
    if not incoming:
        return 0, []
    with database.vault_address().connect() as connection:
        key_id, data_key = _data_key(connection)
        cipher = AESGCM(data_key)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE incoming (atena_no bigint PRIMARY KEY, blind bytea) ON COMMIT DROP")
            with cursor.copy("COPY incoming FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["int8", "bytea"])
                for atena, (_, index) in incoming.items():
                    copy.write_row((atena, index))
            conflicts = [
                Conflict(atena, other)
                for atena, other in cursor.execute(
                    """
                    SELECT i.atena_no, v.atena_no FROM incoming i
                      JOIN vault.my_number v ON v.blind = i.blind AND v.superseded_at IS NULL AND v.atena_no <> i.atena_no
                    UNION
                    SELECT i.atena_no, j.atena_no FROM incoming i JOIN incoming j ON j.blind = i.blind AND j.atena_no < i.atena_no
                    ORDER BY 1, 2
                    """
                ).fetchall()
            ]
            cursor.execute("DELETE FROM incoming WHERE atena_no = ANY(%s)", ([c.atena_no for c in conflicts],))
            cursor.execute(
                """
                DELETE FROM incoming i USING vault.my_number v
                 WHERE v.atena_no = i.atena_no AND v.superseded_at IS NULL AND v.blind = i.blind
                """
            )
            cursor.execute(
                """
                UPDATE vault.my_number v SET superseded_at = now() FROM incoming i
                 WHERE v.atena_no = i.atena_no AND v.superseded_at IS NULL
                """
            )
            fresh = [row[0] for row in cursor.execute("SELECT atena_no FROM incoming ORDER BY atena_no").fetchall()]
            with cursor.copy(
                "COPY vault.my_number (atena_no, key_id, sealed, blind, recorded_by, origin) FROM STDIN (FORMAT binary)"
            ) as copy:
                copy.set_types(["int8", "int8", "bytea", "bytea", "varchar", "varchar"])
                for atena in fresh:
                    number, index = incoming[atena]
                    nonce = secrets.token_bytes(12)
                    # The person is bound in: a sealed number moved to another row does not open.
                    sealed = nonce + cipher.encrypt(nonce, number.encode("ascii"), str(atena).encode("ascii"))
                    copy.write_row((atena, key_id, sealed, index, by, origin))
        connection.commit()
    return len(fresh), conflicts


def _data_key(connection: psycopg.Connection) -> tuple[int, bytes]:
    wrapping = AESGCM(sealing.derive("my-number-wrap"))
    row = connection.execute("SELECT id, wrapped FROM vault.data_key ORDER BY id DESC LIMIT 1").fetchone()
    if row:
        return row[0], wrapping.decrypt(row[1][:12], row[1][12:], b"data-key")
    data_key, nonce = AESGCM.generate_key(256), secrets.token_bytes(12)
    wrapped = nonce + wrapping.encrypt(nonce, data_key, b"data-key")
    made = connection.execute("INSERT INTO vault.data_key (wrapped) VALUES (%s) RETURNING id", (wrapped,)).fetchone()
    assert made is not None
    return made[0], data_key
