"""Sealing the operation record day by day, so that a later change shows even when it was made with every database right.

A closed day's rows are put into canonical lines and hashed in order. The seal names the hash of the day before and is signed
(Ed25519, key derived from the master key), stored in an append-only table and written once to an anchor file, whose folder
(`KOKUHO_ANCHORS`, default `KOKUHO_HOME/anchors`) belongs on separate storage. Days are days in Japan by the clock of the
database server, the one source of every `at`. What is not protected by a seal yet is the current day.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kokuho.core import config, sealing
from kokuho.core.clock import JAPAN, midnight
from kokuho.core.coded import CodedError

FORMAT = 1
GENESIS = "0" * 64
# The columns of each format, in order. A table that gains a column gets a new format; old seals keep theirs.
TABLES: dict[int, dict[str, tuple[str, ...]]] = {
    1: {
        "core_auditrecord": (
            "id", "at", "staff_no", "staff_name", "unit", "terminal", "session", "duty", "function", "operation", "result",
            "persons", "row_count", "reason", "detail",
        ),
        "core_writerecord": (
            "id", "at", "transaction", "table_name", "operation", "row_count", "first_id", "last_id", "staff_no", "terminal",
            "session", "function", "reason", "database_role", "application",
        ),
    }
}  # fmt: skip
_SHORT = 8  # bytes of a row's hash in the index: enough to point at the row; the day's hash has all 32
_ENTRY = 1 + 8 + _SHORT


class SealError(CodedError):
    """The day cannot be sealed. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record in canonical form."""

    table: str
    id: int
    line: str
    at: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A day's seal as it stands in the table, an anchor or an export. `payload` is JSON and what is signed."""

    day: date
    payload: str
    hash: str
    signature: str
    index: bytes = b""

    @property
    def content(self) -> dict[str, Any]:
        """The payload, read."""
        loaded: dict[str, Any] = json.loads(self.payload)
        return loaded


def canonical(table: str, values: Sequence[Any]) -> str:
    """One line: a JSON array of the table and the column values in their text form. Changing a value changes the line."""
    return json.dumps([table, *values], ensure_ascii=False, separators=(",", ":"))


class Digest:
    """Hashes the rows of one day in order and keeps the index that says which row is which."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._index = bytearray()
        self.counts: dict[str, int] = {}
        self.clock: list[str] = []
        self._last: dict[str, datetime] = {}

    def add(self, row: Row, tolerance: timedelta) -> None:
        """Take the next row; notes where the clock ran backwards by more than the tolerance."""
        digest = hashlib.sha256(row.line.encode()).digest()
        self._whole.update(digest)
        self._index += entry(row, digest)
        self.counts[row.table] = self.counts.get(row.table, 0) + 1
        at = datetime.fromisoformat(row.at)
        latest = self._last.get(row.table, at)
        if at + tolerance < latest:
            self.clock.append(f"{row.table}:{row.id}")
        self._last[row.table] = max(at, latest)

    @property
    def hash(self) -> str:
        """SHA-256 over the rows' hashes."""
        return self._whole.hexdigest()

    @property
    def index(self) -> bytes:
        """17 bytes a row: table, id, first bytes of its hash."""
        return bytes(self._index)


def entry(row: Row, digest: bytes) -> bytes:
    """A row's entry of the index."""
    return bytes([list(TABLES[FORMAT]).index(row.table)]) + row.id.to_bytes(8, "big") + digest[:_SHORT]


def read_index(index: bytes) -> dict[tuple[str, int], bytes]:
    """(table, id) → first bytes of the row's hash, in order."""
    tables = list(TABLES[FORMAT])
    return {
        (tables[index[i]], int.from_bytes(index[i + 1 : i + 9], "big")): index[i + 9 : i + _ENTRY]
        for i in range(0, len(index), _ENTRY)
    }


@cache
def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sealing.derive("audit-seal"))


def public_key() -> str:
    """The key that proves the seals, 64 hex digits. An auditor notes it down once; it opens nothing."""
    raw = _key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw.hex()


def signed_by(seal: Seal, key: str) -> bool:
    """True when the seal's payload was signed with the private half of `key`."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(seal.signature), seal.payload.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


# --- the database -------------------------------------------------------------------------------------------------------


def today() -> date:
    """The day that is still open, by the database server's clock."""
    return _scalar("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Tokyo')::date")


def rows_of(day: date, version: int = FORMAT) -> Iterator[Row]:
    """The records of a day in the order of sealing, streamed."""
    from django.db import connection

    begin = midnight(day)
    for table, columns in TABLES[version].items():
        chosen = ", ".join(_text(column) for column in columns)
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                f"SELECT {chosen} FROM {table} WHERE at >= %s AND at < %s ORDER BY {table}.id",
                [begin, begin + timedelta(days=1)],
            )
            for values in cursor:
                yield Row(table, int(values[0]), canonical(table, values), values[1])


def _text(column: str) -> str:
    if column == "at":
        return "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"
    return f'"{column}"::text'


def _scalar(statement: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else None


def stored() -> list[Seal]:
    """All seals by day, without their indexes."""
    from kokuho.core.models import DaySeal

    return [Seal(*row) for row in DaySeal.objects.order_by("day").values_list("day", "payload", "hash", "signature")]


def index_of(day: date) -> bytes:
    """The index of a sealed day."""
    from kokuho.core.models import DaySeal

    return bytes(DaySeal.objects.values_list("index", flat=True).get(day=day))


def first_day() -> date | None:
    """The day of the oldest record, in Japan."""
    oldest = ", ".join(f"(SELECT min(at) FROM {table})" for table in TABLES[FORMAT])
    found: date | None = _scalar(f"SELECT (least({oldest}) AT TIME ZONE 'Asia/Tokyo')::date")
    return found


def seal_until(until: date | None = None, *, sealed_by: str, patience: float = 60.0) -> list[Seal]:
    """Seal every closed day up to `until` (inclusive, default yesterday) that has none yet, days without rows too.

    Idempotent. Raises `SealError`: SEAL-OPEN for a day that is not over or still being written to after `patience`
    seconds, SEAL-CLOCK when this machine's clock and the database server's differ.
    """
    from django.db import transaction

    from kokuho.core.models import DaySeal

    closed = today() - timedelta(days=1)
    if until is not None and until > closed:
        raise SealError("SEAL-OPEN", f"{until} はまだ終わっていません。封をできるのは {closed} までです。")
    _same_clock()
    _wait_for_writers(patience)
    made: list[Seal] = []
    with transaction.atomic():
        _scalar("SELECT pg_advisory_xact_lock(hashtext('kokuho-audit-seal'))")
        before = stored()
        day = before[-1].day + timedelta(days=1) if before else first_day()
        previous = before[-1].hash if before else GENESIS
        while day is not None and day <= (until or closed):
            seal = _seal(day, previous, sealed_by)
            DaySeal.objects.create(
                day=seal.day, payload=seal.payload, hash=seal.hash, signature=seal.signature, index=seal.index
            )
            made.append(seal)
            previous, day = seal.hash, day + timedelta(days=1)
    for seal in [*before, *made]:
        anchor(seal)
    return made


def _seal(day: date, previous: str, sealed_by: str) -> Seal:
    digest, tolerance = Digest(), clock_tolerance()
    for row in rows_of(day):
        digest.add(row, tolerance)
    payload = json.dumps(
        {
            "version": FORMAT, "day": day.isoformat(), "previous": previous, "rows": digest.hash,
            "index": hashlib.sha256(digest.index).hexdigest(), "counts": digest.counts, "clock": digest.clock[:100],
            "sealed_at": datetime.now(JAPAN).isoformat(timespec="seconds"), "sealed_by": sealed_by,
        },
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip
    return Seal(day, payload, hash_of(payload), _key().sign(payload.encode()).hex(), digest.index)


def hash_of(payload: str) -> str:
    """SHA-256 of a seal's payload: what the next day's seal names."""
    return hashlib.sha256(payload.encode()).hexdigest()


def clock_tolerance() -> timedelta:
    """How far `at` may run back between two records before it counts as a disturbed clock."""
    from kokuho.core import journal

    return timedelta(seconds=journal.settings()["clock_tolerance_seconds"])


def clock_difference() -> timedelta:
    """This machine's clock less the database server's."""
    return datetime.now(JAPAN) - _scalar("SELECT clock_timestamp()")


def _same_clock() -> None:
    difference = clock_difference()
    if abs(difference) > clock_tolerance():
        raise SealError("SEAL-CLOCK", f"この機械の時計がデータベースの時計と {difference.total_seconds():+.0f}秒 ずれています。")


def _wait_for_writers(patience: float) -> None:
    """A record of yesterday may still be uncommitted. Whoever is writing now must have ended before the day is read."""
    held = _writers()
    deadline = time.monotonic() + patience
    while held and time.monotonic() < deadline:
        time.sleep(0.2)
        held &= _writers()
    if held:
        raise SealError("SEAL-OPEN", "操作記録に書き込み中の処理があります。終わってから封をします。")


def _writers() -> set[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT virtualtransaction FROM pg_locks
             WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND relation = ANY(%s::regclass[]) AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()
            """,
            [list(TABLES[FORMAT])],
        )
        return {row[0] for row in cursor}


# --- anchors ------------------------------------------------------------------------------------------------------------


def anchor_folder() -> Path:
    """Where anchors are written: `KOKUHO_ANCHORS` (separate storage) or a folder of the installation."""
    if given := os.environ.get("KOKUHO_ANCHORS"):
        return Path(given)
    return config.folder("anchors")


def anchor(seal: Seal) -> Path:
    """Write a seal's anchor once. One that exists is never touched: whether it agrees is for `verify` to say."""
    folder = anchor_folder()
    path = folder / f"{seal.day.isoformat()}.json"
    if path.exists():
        return path
    text = json.dumps(portable(seal), ensure_ascii=False, indent=1) + "\n"
    part = folder / f".{path.name}.{os.getpid()}.part"
    with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o440)
    os.replace(part, path)
    return path


def portable(seal: Seal) -> dict[str, str]:
    """A seal for a file."""
    return {"payload": seal.payload, "hash": seal.hash, "signature": seal.signature, "public_key": public_key()}


def read_anchors(paths: Iterable[Path]) -> tuple[dict[date, Seal], set[str]]:
    """The seals of anchor files or of folders of them, and the public keys that they name. Raises ValueError."""
    found: dict[date, Seal] = {}
    keys: set[str] = set()
    for path in paths:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            try:
                raw = json.loads(file.read_text(encoding="utf-8"))
                seal = from_file(raw)
                keys.add(raw["public_key"])
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{file}: 封の控えとして読めません。") from error
            found[seal.day] = seal
    return found, keys


def from_file(raw: dict[str, Any], index: bytes = b"") -> Seal:
    """A seal from its portable form. Raises ValueError or KeyError."""
    return Seal(
        date.fromisoformat(json.loads(raw["payload"])["day"]), raw["payload"], raw["hash"], raw["signature"], index
    )
