"""The vault of My Numbers (invented numbers with valid check digits)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.db
FIRST, SECOND, THIRD, FOURTH = "123456789018", "987654321093", "111111111118", "222222222225"


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


def in_force() -> dict[int, bytes]:
    from kokuho.core import vault

    return {atena: blind for atena, blind, _ in vault.fingerprints()}


def cases(doubts: list) -> list[tuple]:
    return [(d.atena_no, d.code, d.other_no, d.proposal is not None, d.kept) for d in doubts]


def test_what_is_in_doubt_waits_and_the_stored_numbers_stay(committed_db: str) -> None:
    from kokuho.core import vault

    vault.store([(1, FIRST), (2, SECOND)], by="u", origin="file:1")
    before = in_force()
    brought = [(1, THIRD), (2, FIRST), (3, ""), (4, FOURTH)]
    stored, doubts = vault.store(brought, by="u", origin="file:2")
    expected = [(1, "MN-CHANGED", None, True, True), (2, "MN-SHARED", 1, True, True), (3, "MN-BLANK", None, False, False)]
    assert (stored, cases(doubts)) == (1, expected)
    assert {atena: blind for atena, blind in in_force().items() if atena in before} == before
    assert vault.masks([1, 2, 3, 4])[3] == vault.ABSENT
    # A second try after a crash keeps nothing twice and says the same.
    count = len(rows())
    assert vault.store(brought, by="u", origin="file:2") == (0, doubts)
    assert len(rows()) == count


def test_one_number_of_two_persons_in_a_file_is_linked_to_neither(committed_db: str) -> None:
    from kokuho.core import vault

    stored, doubts = vault.store([(5, FIRST), (6, FIRST)], by="u", origin="file:1")
    assert (stored, cases(doubts)) == (0, [(5, "MN-SHARED", 6, True, False), (6, "MN-SHARED", 5, True, False)])
    stored, doubts = vault.store([(7, SECOND), (7, THIRD), (8, ""), (8, FOURTH)], by="u", origin="file:2")
    assert (stored, cases(doubts)) == (2, [(7, "MN-CHANGED", None, True, True)])


def test_a_decision_puts_the_waiting_number_in_force_or_lets_it_go(committed_db: str) -> None:
    from kokuho.core import vault
    from kokuho.core import vault_proposals as proposals
    from kokuho.core.access import Actor

    def by(number: str) -> Actor:
        return Actor(number, "職員", "係", frozenset({"mynumber.enter", "mynumber.confirm"}), "t", "s", "個人番号利用事務")

    vault.store([(1, FIRST), (2, SECOND)], by="u", origin="file:1")
    _, (changed, shared) = vault.store([(1, THIRD), (2, FIRST)], by="u", origin="file:2")
    held = in_force()
    with pytest.raises(vault.NumberRefused) as refused:
        proposals.accept(by("b"), shared.proposal, matched=False)
    assert refused.value.code == "MYNUM-06" and in_force() == held
    proposals.decline(by("b"), changed.proposal)
    assert vault.store([(1, THIRD)], by="u", origin="file:3") == (0, [])
    proposals.accept(by("b"), shared.proposal, matched=False, displace=True)
    proposals.accept(by("b"), shared.proposal, matched=False, displace=True)
    assert in_force() == {2: held[1]}

    # At the counter the second person types the same number, and nobody confirms an own typing.
    proposal = proposals.propose(by("a"), 3, FOURTH, origin="counter")
    assert proposals.propose(by("a"), 3, FOURTH, origin="counter") == proposal
    assert not proposals.match(by("b"), proposal, THIRD) and not proposals.match(by("a"), proposal, FOURTH)
    with pytest.raises(vault.NumberRefused) as unmatched:
        proposals.accept(by("b"), proposal, matched=True)
    assert unmatched.value.code == "MYNUM-05-MATCH"
    assert proposals.match(by("b"), proposal, FOURTH)
    proposals.accept(by("b"), proposal, matched=True)
    assert set(in_force()) == {2, 3}
