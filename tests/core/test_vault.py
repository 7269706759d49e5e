"""The vault of My Numbers (invented numbers with valid check digits)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.db
FIRST, SECOND = "123456789018", "987654321093"


def rows() -> list[tuple]:
    from kokuho.core.database import vault_address

    with vault_address().connect() as connection:
        return connection.execute(
            "SELECT atena_no, sealed, blind, superseded_at IS NULL FROM vault.my_number ORDER BY id"
        ).fetchall()


def test_a_number_is_kept_once_and_never_open(committed_db: str) -> None:
    from kokuho.core import vault

    assert vault.store([(1, FIRST), (2, SECOND)], by="u", origin="file:1") == (2, [])
    assert vault.store([(1, FIRST), (2, SECOND)], by="u", origin="file:1") == (0, [])
    kept = rows()
    assert [row[0] for row in kept] == [1, 2]
    assert not any(FIRST.encode() in bytes(row[1]) or FIRST.encode() in bytes(row[2]) for row in kept)


def test_a_changed_number_supersedes_the_former(committed_db: str) -> None:
    from kokuho.core import vault

    vault.store([(1, FIRST)], by="u", origin="file:1")
    assert vault.store([(1, SECOND)], by="u", origin="file:2") == (1, [])
    assert [(row[0], row[3]) for row in rows()] == [(1, False), (1, True)]


def test_two_persons_with_one_number_are_for_a_person_to_look_at(committed_db: str) -> None:
    from kokuho.core import vault

    vault.store([(1, FIRST)], by="u", origin="file:1")
    assert vault.store([(2, FIRST), (3, SECOND)], by="u", origin="file:2") == (1, [vault.Conflict(2, 1)])
    assert [row[0] for row in rows()] == [1, 3]


def test_two_persons_with_one_number_in_the_same_file(committed_db: str) -> None:
    from kokuho.core import vault

    assert vault.store([(5, FIRST), (6, FIRST)], by="u", origin="file:1") == (1, [vault.Conflict(6, 5)])
