"""Numbers that wait in the vault for a decision: proposed at the counter or by the register, put in force by two persons.

A proposal is sealed like every number and found by its id; the entry that carries it from one person to the other holds the id
and never the number (MYNUM-05, MYNUM-06).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from kokuho.core import audit, database, vault_keys
from kokuho.core.access import Actor
from kokuho.core.vault import NumberRefused
from kokuho.formats.checkdigits import my_number_ok

_IN_FORCE = "superseded_at IS NULL AND NOT proposed"
SAME, NEW, CHANGED, SHARED = "same", "new", "changed", "shared"
WORDS = {
    SAME: "登録済みの個人番号と一致しました。", NEW: "個人番号はまだ登録されていません。",
    CHANGED: "登録済みの個人番号と違います。", SHARED: "他の人の個人番号として登録されています。",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """How a typed number stands beside the vault: `state` of `WORDS`, and who else holds it."""

    state: str
    other_no: int | None = None

    @property
    def words(self) -> str:
        """The state for the screen."""
        return WORDS[self.state]

    @property
    def storable(self) -> bool:
        """True when storing it would contradict nothing."""
        return self.state == NEW


def _digits(number: str) -> str:
    if not my_number_ok(number):
        raise NumberRefused("MYNUM-05", "個人番号は12桁の数字です。桁数又は検査数字が正しくありません。番号を確かめてください。")
    return number


def compare(by: Actor, atena_no: int, number: str) -> Compared:
    """Compare a number that is being entered for a person with the vault, by the blind index; opens and keeps nothing.

    Needs `mynumber.enter`. Raises `NumberRefused` MYNUM-05 when the check digit is wrong.
    """
    by.require("mynumber.enter")
    _digits(number)
    with database.vault_address().connect() as connection:
        index = vault_keys.blind(vault_keys.blind_key(connection), number)
        own = connection.execute(f"SELECT blind FROM vault.my_number WHERE atena_no = %s AND {_IN_FORCE}", (atena_no,)).fetchone()
        other = connection.execute(
            f"SELECT atena_no FROM vault.my_number WHERE blind = %s AND atena_no <> %s AND {_IN_FORCE}", (index, atena_no)
        ).fetchone()
    if own and bytes(own[0]) == index:
        found = Compared(SAME)
    elif other:
        found = Compared(SHARED, other[0])
    else:
        found = Compared(CHANGED if own else NEW)
    audit.record(
        by, function="mynumber.compare", operation="view", persons=[n for n in (atena_no, found.other_no) if n],
        detail={"type": "MYNUM_COMPARE", "state": found.state},
    )  # fmt: skip
    return found


def propose(by: Actor, atena_no: int, number: str, *, origin: str) -> int:
    """Let a number wait for a person; nothing is in force by it. Returns its id; the same number waits once.

    Needs `mynumber.enter`. Raises `NumberRefused` MYNUM-05 when the check digit is wrong.
    """
    by.require("mynumber.enter")
    _digits(number)
    with database.vault_address().connect() as connection:
        vault_keys.share_lock(connection)
        key_id, key = vault_keys.current_data_key(connection)
        index = vault_keys.blind(vault_keys.blind_key(connection), number)
        row = connection.execute(
            """
            INSERT INTO vault.my_number (atena_no, key_id, sealed, blind, recorded_by, origin, proposed)
            VALUES (%s, %s, %s, %s, %s, %s, true)
            ON CONFLICT (atena_no, blind) WHERE superseded_at IS NULL AND proposed DO UPDATE SET matched_by = '' RETURNING id
            """,
            (atena_no, key_id, vault_keys.seal(key, atena_no, number), index, by.staff_no, origin),
        ).fetchone()
        connection.commit()
    assert row is not None
    return int(row[0])


def match(by: Actor, proposal: int, number: str) -> bool:
    """The second person types the number from the same paper: whether it is the one that was entered. Opens nothing.

    Needs `mynumber.confirm`. Raises `NumberRefused` MYNUM-05 when the check digit is wrong.
    """
    by.require("mynumber.confirm")
    _digits(number)
    with database.vault_address().connect() as connection:
        index = vault_keys.blind(vault_keys.blind_key(connection), number)
        row = connection.execute(
            "UPDATE vault.my_number SET matched_by = %s WHERE id = %s AND proposed AND superseded_at IS NULL AND blind = %s "
            "AND recorded_by <> %s RETURNING atena_no",
            (by.staff_no, proposal, index, by.staff_no),
        ).fetchone()
        connection.commit()
    audit.record(
        by, function="mynumber.match", operation="view", persons=[row[0]] if row else [], result="ok" if row else "failed",
        detail={"type": "MYNUM_COMPARE", "proposal": proposal},
    )  # fmt: skip
    return row is not None


def accept(by: Actor, proposal: int, *, matched: bool, displace: bool = False) -> None:
    """Put a waiting number in force: it takes the place of the person's former one, with `displace` also of another person's.

    `matched`: only when the one who confirms has typed it too. Commits by itself, so it is the last act of a confirmation;
    repeating it changes nothing. Needs `mynumber.confirm`. Raises `NumberRefused`: MYNUM-05-MATCH, MYNUM-06 when it would belong to
    two persons, MYNUM-05-GONE when it no longer waits.
    """
    by.require("mynumber.confirm")
    with database.vault_address().connect() as connection:
        vault_keys.share_lock(connection)
        row = connection.execute(
            "SELECT atena_no, blind, matched_by, proposed, superseded_at IS NULL FROM vault.my_number WHERE id = %s FOR UPDATE", (proposal,)
        ).fetchone()
        if row is None or not row[4]:
            raise NumberRefused("MYNUM-05-GONE", "入力された個人番号は、取り下げられたか、決定されています。入力からやり直してください。")
        atena_no, blind, matched_by, proposed, _ = row
        if not proposed:
            return
        if matched and matched_by != by.staff_no:
            raise NumberRefused("MYNUM-05-MATCH", "確認する人も、書類の個人番号を入力して一致することを確かめてください。")
        other = connection.execute(
            f"SELECT id FROM vault.my_number WHERE blind = %s AND atena_no <> %s AND {_IN_FORCE} FOR UPDATE", (blind, atena_no)
        ).fetchone()
        if other and not displace:
            raise NumberRefused("MYNUM-06", "他の人の個人番号として登録されています。確認リストで決めてください。")
        ended = [other[0]] if other else []
        same = connection.execute(
            f"SELECT id, blind FROM vault.my_number WHERE atena_no = %s AND {_IN_FORCE} FOR UPDATE", (atena_no,)
        ).fetchone()
        if same and same[1] == blind:
            # The register brought the same number meanwhile.
            ended, put = [proposal], False
        else:
            ended, put = [*ended, *([same[0]] if same else [])], True
        connection.execute("UPDATE vault.my_number SET superseded_at = now() WHERE id = ANY(%s)", (ended,))
        if put:
            connection.execute("UPDATE vault.my_number SET proposed = false, recorded_at = now() WHERE id = %s", (proposal,))
        connection.commit()


def decline(by: Actor, proposal: int) -> None:
    """Let a waiting number go: it is not asked about again for this person. Needs `mynumber.enter` or `mynumber.confirm`. Commits by
    itself."""
    by.require("mynumber.confirm" if by.may("mynumber.confirm") else "mynumber.enter")
    with database.vault_address().connect() as connection:
        connection.execute(
            "UPDATE vault.my_number SET superseded_at = now() WHERE id = %s AND proposed AND superseded_at IS NULL", (proposal,)
        )
        connection.commit()


def since(atena_nos: Collection[int]) -> dict[int, datetime]:
    """Of these persons: since when a number is in force. Opens nothing."""
    with database.vault_address().connect() as connection:
        rows = connection.execute(
            f"SELECT atena_no, recorded_at FROM vault.my_number WHERE atena_no = ANY(%s) AND {_IN_FORCE}", (list(atena_nos),)
        ).fetchall()
    return {row[0]: row[1] for row in rows}
