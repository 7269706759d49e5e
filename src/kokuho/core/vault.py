"""The vault of My Numbers (個人番号): the one place that holds them (MYNUM-07).

A number is stored sealed under a data key; the data key is wrapped by a key that is derived from the master key and
never leaves the process. An HMAC of the number (blind index) finds conflicts without opening anything. The vault has its
own schema and role; the application's role cannot see it. The keys themselves are the matter of `core/vault_keys.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import transaction

from kokuho.core import audit, clock, database, parameters, sealing, vault_keys
from kokuho.core.coded import CodedError
from kokuho.core.models import AuditRecord
from kokuho.formats.checkdigits import my_number_ok

if TYPE_CHECKING:
    from kokuho.core.access import Actor

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


# A number that somebody proposes for a person waits beside the one in force until two persons have decided (MYNUM-05, -06).
PROPOSALS = """
ALTER TABLE vault.my_number ADD COLUMN proposed boolean NOT NULL DEFAULT false,
                            ADD COLUMN matched_by varchar(20) NOT NULL DEFAULT '';
DROP INDEX vault.my_number_person;
DROP INDEX vault.my_number_blind;
CREATE UNIQUE INDEX my_number_person ON vault.my_number (atena_no) WHERE superseded_at IS NULL AND NOT proposed;
CREATE UNIQUE INDEX my_number_blind ON vault.my_number (blind) WHERE superseded_at IS NULL AND NOT proposed;
CREATE UNIQUE INDEX my_number_proposal ON vault.my_number (atena_no, blind) WHERE superseded_at IS NULL AND proposed;
"""

MASK = "************"
ABSENT = "（未登録）"
BLANK, CHANGED, SHARED = "MN-BLANK", "MN-CHANGED", "MN-SHARED"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A case for the 確認リスト: no number, another than the stored one, the number of somebody else (`other_no`).

    `proposal`: where the number that was not linked waits in the vault; None for a blank. `kept`: a number is in force.
    """

    atena_no: int
    code: str
    other_no: int | None
    proposal: int | None
    kept: bool


class NumberRefused(CodedError):
    """A number or a request for one is refused. `code` is stable; the message never holds a number."""


# What is in doubt among `incoming` (宛名番号, blind index or NULL), the case of two persons before that of a change. A number that
# was declined for this person by decision is not asked about again.
_DOUBTS = """
SELECT i.atena_no,
       CASE WHEN i.blind IS NULL THEN 'MN-BLANK' WHEN least(o.atena_no, t.atena_no) IS NOT NULL THEN 'MN-SHARED' ELSE 'MN-CHANGED' END,
       least(o.atena_no, t.atena_no), v.id IS NOT NULL
  FROM incoming i
  LEFT JOIN vault.my_number v ON v.atena_no = i.atena_no AND v.superseded_at IS NULL AND NOT v.proposed
  LEFT JOIN vault.my_number o ON o.blind = i.blind AND o.superseded_at IS NULL AND NOT o.proposed AND o.atena_no <> i.atena_no
  LEFT JOIN LATERAL (SELECT min(j.atena_no) AS atena_no FROM incoming j WHERE j.blind = i.blind AND j.atena_no <> i.atena_no) t
         ON v.id IS NULL OR v.blind <> i.blind
 WHERE (i.blind IS NULL OR o.id IS NOT NULL OR t.atena_no IS NOT NULL OR v.blind <> i.blind)
   AND (v.id IS NULL OR v.blind IS DISTINCT FROM i.blind)
   AND NOT EXISTS (SELECT 1 FROM vault.my_number d WHERE d.atena_no = i.atena_no AND d.blind = i.blind AND d.proposed
                    AND d.superseded_at IS NOT NULL)
 ORDER BY 1
"""


def store(numbers: Iterable[tuple[int, str]], *, by: str, origin: str) -> tuple[int, list[Doubt]]:
    """Keep the numbers of persons (宛名番号, 12 digits or nothing) who have none yet; those that are in force already are left.

    Nothing is linked in doubt (MYNUM-06): another number than the stored one, and one number for two persons, wait as proposals,
    stored numbers stay as they are, and the case is returned; so is a blank. Returns how many were written, and the doubts.
    One transaction of its own: repeating the call after a crash writes nothing twice and returns the same doubts. Raises
    `NumberRefused` (MYNUM-05) before anything is written when a check digit is wrong.
    """
    given, again = _one_each(numbers)
    if not given:
        return 0, []
    if wrong := sorted(atena for atena, number in given.items() if number and not my_number_ok(number)):
        raise NumberRefused("MYNUM-05", f"個人番号の検査数字が正しくありません（宛名番号 {'、'.join(map(str, wrong[:20]))}）。")
    with database.vault_address().connect() as connection:
        vault_keys.share_lock(connection)
        key_id, data_key = vault_keys.current_data_key(connection)
        index_key = vault_keys.blind_key(connection)
        incoming = {a: (number, vault_keys.blind(index_key, number) if number else None) for a, number in given.items()}
        with connection.cursor() as cursor:
            _stage(cursor, {atena: index for atena, (_, index) in incoming.items()})
            found = cursor.execute(_DOUBTS).fetchall()
            fresh = _fresh(cursor, [row[0] for row in found])
            doubtful = [row[0] for row in found if incoming[row[0]][0]]
            waiting = _proposals(cursor, doubtful)
            rows = [(atena, False) for atena in fresh]
            rows += [(atena, True) for atena in doubtful if (atena, incoming[atena][1]) not in waiting]
            with cursor.copy(
                "COPY vault.my_number (atena_no, key_id, sealed, blind, recorded_by, origin, proposed) FROM STDIN (FORMAT binary)"
            ) as copy:
                copy.set_types(["int8", "int8", "bytea", "bytea", "varchar", "varchar", "bool"])
                for atena, proposed in rows:
                    number, blind = incoming[atena]
                    copy.write_row((atena, key_id, vault_keys.seal(data_key, atena, number), blind, by, origin, proposed))
            proposals = _proposals(cursor, doubtful)
        connection.commit()
    doubts = [
        Doubt(atena, code, other, proposals.get((atena, incoming[atena][1] or b"")), kept) for atena, code, other, kept in found
    ]  # fmt: skip
    if again:
        # A file that brings two numbers of one person: the second is another than the stored one.
        more, others = store(again.items(), by=by, origin=origin)
        return len(fresh) + more, doubts + others
    return len(fresh), doubts


def _one_each(numbers: Iterable[tuple[int, str]]) -> tuple[dict[int, str], dict[int, str]]:
    """The first number that is given of each person, and another one of the same person after it."""
    given: dict[int, str] = {}
    again: dict[int, str] = {}
    for atena, number in numbers:
        if not given.get(atena):
            given[atena] = number
        elif number not in ("", given[atena]):
            again[atena] = number
    return given, again


def _stage(cursor: psycopg.Cursor[Any], indexes: Mapping[int, bytes | None]) -> None:
    """The temporary table `incoming`: the blind index of each person's number, nothing for a blank."""
    cursor.execute("CREATE TEMP TABLE incoming (atena_no bigint PRIMARY KEY, blind bytea) ON COMMIT DROP")
    with cursor.copy("COPY incoming FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int8", "bytea"])
        for atena, index in indexes.items():
            copy.write_row((atena, index))
    # Without statistics the joins with the vault would be nested loops over the whole city.
    cursor.execute("CREATE INDEX ON incoming (blind); ANALYZE incoming")


def _fresh(cursor: psycopg.Cursor[Any], doubtful: Sequence[int]) -> list[int]:
    """Of `incoming`: whose number is kept now. Not those in doubt, those who have it, and what was declined for a person while
    something stands against it."""
    cursor.execute(
        """
        DELETE FROM incoming i USING vault.my_number d
         WHERE d.atena_no = i.atena_no AND d.blind = i.blind AND d.superseded_at IS NOT NULL AND d.proposed
           AND (EXISTS (SELECT 1 FROM vault.my_number v WHERE v.superseded_at IS NULL AND NOT v.proposed
                          AND (v.atena_no = i.atena_no OR v.blind = i.blind))
                OR EXISTS (SELECT 1 FROM incoming j WHERE j.blind = i.blind AND j.atena_no <> i.atena_no))
        """
    )
    cursor.execute("DELETE FROM incoming WHERE atena_no = ANY(%s)", (list(doubtful),))
    cursor.execute(
        """
        DELETE FROM incoming i USING vault.my_number v
         WHERE v.atena_no = i.atena_no AND v.superseded_at IS NULL AND NOT v.proposed AND v.blind = i.blind
        """
    )
    return [row[0] for row in cursor.execute("SELECT atena_no FROM incoming ORDER BY atena_no").fetchall()]


def _proposals(cursor: psycopg.Cursor[Any], atena_nos: Sequence[int]) -> dict[tuple[int, bytes], int]:
    """(person, blind index) → the proposal that waits."""
    rows = cursor.execute(
        "SELECT id, atena_no, blind FROM vault.my_number WHERE proposed AND superseded_at IS NULL AND atena_no = ANY(%s)",
        (list(atena_nos),),
    ).fetchall()
    return {(atena, bytes(blind)): row for row, atena, blind in rows}


def masks(atena_nos: Iterable[int]) -> dict[int, str]:
    """What screens show instead of the number: `MASK` where one is kept, `ABSENT` where none is. Opens nothing."""
    asked = list(atena_nos)
    with database.vault_address().connect() as connection:
        rows = connection.execute(
            "SELECT atena_no FROM vault.my_number WHERE superseded_at IS NULL AND NOT proposed AND atena_no = ANY(%s)", (asked,)
        ).fetchall()
    kept = {row[0] for row in rows}
    return {atena: MASK if atena in kept else ABSENT for atena in asked}


def reveal(by: Actor, atena_no: int, reason: str) -> str | None:
    """The number of a person, or None when none is kept. The display is recorded before the number is read (MYNUM-03).

    Needs `mynumber.reveal`. Raises `Refused`, or `NumberRefused` without a reason. Must not run inside a transaction: its
    record would go with a rollback while the number was seen.
    """
    by.require("mynumber.reveal")
    _alone()
    if not reason.strip():
        audit.record(by, function="mynumber.reveal", operation="refuse", result="refused", persons=[atena_no])
        raise NumberRefused("MYNUM-03", "個人番号を表示する理由を入力してください。")
    _for_this_person(by, atena_no)
    audit.record(
        by, function="mynumber.reveal", operation="view", persons=[atena_no], reason=reason.strip(), detail={"type": "MYNUM_VIEW"}
    )
    with database.vault_address().connect() as connection:
        row = connection.execute(
            "SELECT key_id, sealed FROM vault.my_number WHERE atena_no = %s AND superseded_at IS NULL AND NOT proposed", (atena_no,)
        ).fetchone()
        return vault_keys.unseal(vault_keys.data_key(connection, row[0]), atena_no, row[1]) if row else None


def _for_this_person(by: Actor, atena_no: int) -> None:
    """A contractor's order may name the persons whose numbers it reaches (VENDOR-03)."""
    if by.only_persons and atena_no not in by.only_persons:
        audit.record(by, function="mynumber.reveal", operation="refuse", result="refused", persons=[atena_no])
        raise NumberRefused("VENDOR-03", "承認された作業の対象ではない人の個人番号は表示できません。")


def find(by: Actor, number: str, reason: str) -> int | None:
    """The 宛名番号 whose number is exactly this one, or None (MYNUM-04). Opens nothing and does not echo the number.

    Needs `mynumber.search`. A number that is not 12 digits or whose check digit is wrong is refused without a lookup, and
    so is the search after `mynumber.search_per_minute`. Every search is recorded, with a keyed hash in place of the number.
    """
    by.require("mynumber.search")
    _alone()

    def refuse(code: str, message: str, why: str) -> NumberRefused:
        audit.record(
            by, function="mynumber.search", operation="refuse", result="refused", detail={"type": "MYNUM_SEARCH", "why": why}
        )
        return NumberRefused(code, message)

    lately = AuditRecord.objects.filter(
        staff_no=by.staff_no, function="mynumber.search", at__gte=clock.now() - timedelta(minutes=1)
    ).count()
    if lately >= parameters.value("mynumber.search_per_minute"):
        raise refuse("MYNUM-04", "個人番号による検索が多すぎます。記録して点検の対象にします。しばらく待ってください。", "rate")
    if not reason.strip():
        raise refuse("MYNUM-04", "個人番号で検索する理由を入力してください。", "reason")
    if not my_number_ok(number):
        raise refuse("MYNUM-05", "個人番号は12桁の数字です。桁数又は検査数字が正しくありません。", "number")
    with database.vault_address().connect() as connection:
        index = vault_keys.blind(vault_keys.blind_key(connection), number)
        row = connection.execute(
            "SELECT atena_no FROM vault.my_number WHERE blind = %s AND superseded_at IS NULL AND NOT proposed", (index,)
        ).fetchone()
    audit.record(
        by, function="mynumber.search", operation="search", persons=[row[0]] if row else [], reason=reason.strip(),
        detail={"type": "MYNUM_SEARCH", "hash": vault_keys.blind(sealing.derive("my-number-record"), number).hex()},
    )  # fmt: skip
    return row[0] if row else None


def _alone() -> None:
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is read outside any transaction, so that its record stays")


def without(by: Actor, expected: Iterable[int]) -> list[int]:
    """Of these persons: those for whom no number is in force. Needs `mynumber.review`; opens nothing."""
    by.require("mynumber.review")
    with database.vault_address().connect() as connection:
        rows = connection.execute(
            """
            SELECT a.atena_no FROM unnest(%s::bigint[]) a(atena_no)
             WHERE NOT EXISTS (SELECT 1 FROM vault.my_number v WHERE v.atena_no = a.atena_no AND v.superseded_at IS NULL AND NOT v.proposed)
            """,
            (list(expected),),
        ).fetchall()
    return sorted({row[0] for row in rows})


def holds_any(numbers: Iterable[str]) -> bool:
    """Whether the vault holds one of these numbers, by the blind index: for files that must carry none. Opens no number and
    says nothing about whose it is."""
    asked = list(numbers)
    if not asked:
        return False
    with database.vault_address().connect() as connection:
        key = vault_keys.blind_key(connection)
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM vault.my_number WHERE blind = ANY(%s))", ([vault_keys.blind(key, n) for n in asked],)
        ).fetchone()
    return bool(row and row[0])


def fingerprints() -> Iterator[tuple[int, bytes, datetime]]:
    """(宛名番号, blind index, since when) of every number in force, ordered: to notice that a number came or changed. Opens no
    number."""
    with database.vault_address().connect() as connection, connection.cursor() as cursor:
        in_force = "SELECT atena_no, blind, recorded_at FROM vault.my_number WHERE superseded_at IS NULL AND NOT proposed ORDER BY atena_no"
        with cursor.copy(f"COPY ({in_force}) TO STDOUT (FORMAT binary)") as copy:
            copy.set_types(["int8", "bytea", "timestamptz"])
            for atena_no, blind, since in copy.rows():
                yield atena_no, bytes(blind), since


DELIVERY = 5_000


def deliver(by: Actor, atena_nos: Sequence[int], *, purpose: str, file: str) -> dict[int, str]:
    """The numbers of persons for a file that the law lets carry them (FED-05). At most `DELIVERY` persons at a time.

    Needs `mynumber.report`. The record of who was opened for what is written before a number is read, and stays whatever
    becomes of the file: so this runs outside any transaction. Raises `NumberRefused` without a purpose.
    """
    by.require("mynumber.report")
    _alone()
    if not purpose.strip() or len(atena_nos) > DELIVERY:
        raise NumberRefused("MYNUM-03", "個人番号を載せる目的がないか、一度に開く人数が多すぎます。")
    audit.record(
        by, function="mynumber.report", operation="view", persons=atena_nos, reason=purpose,
        detail={"type": "MYNUM_REPORT", "file": file},
    )  # fmt: skip
    with database.vault_address().connect() as connection:
        rows = connection.execute(
            "SELECT atena_no, key_id, sealed FROM vault.my_number WHERE superseded_at IS NULL AND NOT proposed AND atena_no = ANY(%s)",
            (list(atena_nos),),
        ).fetchall()
        keys = {key_id: vault_keys.data_key(connection, key_id) for key_id in {row[1] for row in rows}}
    return {atena: vault_keys.unseal(keys[key_id], atena, sealed) for atena, key_id, sealed in rows}


def rotate(by: Actor, *, blind: bool = False, progress: vault_keys.Progress = lambda done, total: None) -> dict[str, int]:
    """A new data key for every number, with `blind` also a new key of the index. Work goes on meanwhile; a rotation that was
    cut off is finished first. Needs `vault.rotate`. Returns the rows sealed and indexed anew."""
    by.require("vault.rotate")
    audit.record(by, function="vault.rotate", operation="run", detail={"what": "data+blind" if blind else "data"})
    with database.vault_address().connect() as connection:
        sealed = vault_keys.rotate_data_key(connection, progress=progress)
        return {"sealed": sealed, "blind": vault_keys.rekey_blind(connection) if blind else 0}


def known_in(connection: psycopg.Connection) -> Callable[[str], bool]:
    """As `scanner`, for another database whose owner is connected: which numbers its vault held at this moment."""
    key = vault_keys.blind_key(connection)
    held = frozenset(bytes(row[0]) for row in connection.execute("SELECT blind FROM vault.my_number").fetchall())
    return lambda number: my_number_ok(number) and vault_keys.blind(key, number) in held


def scanner(by: Actor) -> Callable[[str], bool]:
    """Tells whether 12 digits are a number of the vault, by the blind index: for the MN-scan. Opens no number. Needs
    `vault.scan`."""
    by.require("vault.scan")
    audit.record(by, function="vault.scan", operation="run")
    with database.vault_address().connect() as connection:
        key = vault_keys.blind_key(connection)
        held = frozenset(bytes(row[0]) for row in connection.execute("SELECT blind FROM vault.my_number").fetchall())
    return lambda number: my_number_ok(number) and vault_keys.blind(key, number) in held
