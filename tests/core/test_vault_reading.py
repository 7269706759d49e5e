"""Reading the vault: shown only when asked with a reason, found only exactly, its keys changeable, its numbers nowhere else."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kokuho.core import mnscan

FIRST, SECOND, THIRD = "123456789018", "987654321093", "111111111118"


def actor(*roles: str) -> Any:
    from kokuho.core.access import Actor, catalogue

    may = frozenset(item for role in roles for item in catalogue()["roles"][role]["may"])
    return Actor(staff_no="u1", name="職員", unit="国保課", capabilities=may, terminal="T-OK", duty="個人番号利用事務")


def records(**criteria: Any) -> list[Any]:
    from kokuho.core.models import AuditRecord

    return list(AuditRecord.objects.filter(**criteria).order_by("pk"))


# --- the scan itself ------------------------------------------------------------------------------------------------------


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/a.csv", data)
    return out.getvalue()


def pdf(text: str) -> bytes:
    import typst

    return typst.compile(f"#set page(width: 100mm, height: 50mm)\n{text}".encode())


@pytest.mark.parametrize(
    "data",
    [
        f"個人番号は{FIRST}です".encode(),
        b"1234 5678 9018", b"1234-5678-9018", b"1 2 3 4 5 6 7 8 9 0 1 8", "１２３４５６７８９０１８".encode(),
        "１２３４－５６７８－９０１８".encode(), "1234　5678　9018".encode(), "１２３４５６７８９０１８".encode("cp932"),
        FIRST.encode("utf-16"), b"\\x" + FIRST.encode().hex().encode(), f"0{FIRST}7".encode(),
        base64.b64encode(FIRST.encode()), b"x/" + base64.b64encode(b"a," + FIRST.encode() + b",b"),
        base64.urlsafe_b64encode(b"\xff" + FIRST.encode()),
        zipped(FIRST.encode()), zipped(zipped("１２３４　５６７８　９０１８".encode())), gzip.compress(FIRST.encode()),
        pdf("番号 1234 5678 9018"),
    ],
    ids=["plain", "spaces", "hyphens", "every digit apart", "full-width", "full-width hyphens", "wide spaces", "Shift_JIS",
         "UTF-16", "hexadecimal", "within longer digits", "Base64", "Base64 in a text", "Base64url", "zip", "zip in zip", "gzip",
         "PDF"],
)  # fmt: skip
def test_a_number_is_found_in_every_dress(data: bytes) -> None:
    known = mnscan.known_canaries([FIRST])
    assert mnscan.scan_bytes(data, known, "here")
    assert not mnscan.scan_bytes(data, mnscan.known_canaries([SECOND]), "here")


def test_other_digits_are_not_taken_for_a_number() -> None:
    known = mnscan.known_canaries([FIRST])
    for text in ("123456789010", "1234\n56789018", "2026-07-01 12:34:56", "1234,5678,9018"):
        assert not mnscan.scan_bytes(text.encode(), known, "here")


# --- reading --------------------------------------------------------------------------------------------------------------


@pytest.mark.db
def test_a_number_is_masked_until_asked_for_and_every_display_is_recorded(committed_db: str) -> None:
    from kokuho.core import vault

    vault.store([(1, FIRST)], by="u", origin="file:1")
    assert vault.masks([1, 2]) == {1: "************", 2: "（未登録）"}
    by = actor("mynumber")
    assert vault.reveal(by, 1, "本人からの問合せ（受付10号）") == FIRST
    assert vault.reveal(by, 2, "本人からの問合せ（受付11号）") is None
    shown = records(function="mynumber.reveal", operation="view")
    assert [(r.staff_no, r.terminal, r.duty, r.persons, r.reason, r.detail["type"]) for r in shown] == [
        ("u1", "T-OK", "個人番号利用事務", [1], "本人からの問合せ（受付10号）", "MYNUM_VIEW"),
        ("u1", "T-OK", "個人番号利用事務", [2], "本人からの問合せ（受付11号）", "MYNUM_VIEW"),
    ]
    with pytest.raises(vault.NumberRefused, match="理由"):
        vault.reveal(by, 1, "  ")


@pytest.mark.db
def test_without_the_right_or_the_record_there_is_no_number(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import transaction

    from kokuho.core import audit, vault
    from kokuho.core.access import Refused, catalogue

    vault.store([(1, FIRST)], by="u", origin="file:1")
    others = [role for role in catalogue()["roles"] if role != "mynumber"]
    for attempt in (lambda by: vault.reveal(by, 1, "照会"), lambda by: vault.find(by, FIRST, "照会")):
        with pytest.raises(Refused):
            attempt(actor(*others))
    assert {r.result for r in records(function__startswith="mynumber.")} == {"refused"}
    # A rollback would take the record with it.
    with transaction.atomic(), pytest.raises(RuntimeError):
        vault.reveal(actor("mynumber"), 1, "照会")

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("the record cannot be written")

    monkeypatch.setattr(audit, "record", broken)
    for attempt in (lambda by: vault.reveal(by, 1, "照会"), lambda by: vault.find(by, FIRST, "照会")):
        with pytest.raises(OSError, match="cannot be written"):
            attempt(actor("mynumber"))


@pytest.mark.db
def test_search_is_exact_and_leaves_a_keyed_hash(committed_db: str) -> None:
    from kokuho.core import vault

    vault.store([(1, FIRST), (2, SECOND)], by="u", origin="file:1")
    by = actor("mynumber")
    assert vault.find(by, SECOND, "届出の照合") == 2
    assert vault.find(by, THIRD, "届出の照合") is None
    for wrong in (FIRST[:11], "12345678901%", f"{FIRST},{SECOND}", "１２３４５６７８９０１８", "123456789010", ""):
        with pytest.raises(vault.NumberRefused) as refused:
            vault.find(by, wrong, "届出の照合")
        assert not wrong or wrong not in str(refused.value)
    found = records(function="mynumber.search")
    assert [r.operation for r in found] == ["search"] * 2 + ["refuse"] * 6
    hashes = [r.detail["hash"] for r in found[:2]]
    assert len(set(hashes)) == 2 and all(len(h) == 64 for h in hashes)
    known = mnscan.known_canaries([FIRST, SECOND, THIRD])
    assert not any(mnscan.scan_bytes(f"{r.detail}{r.reason}".encode(), known, "record") for r in found)


@pytest.mark.db
def test_the_thirty_first_search_of_a_minute_is_blocked(committed_db: str) -> None:
    from kokuho.core import vault

    vault.store([(1, FIRST)], by="u", origin="file:1")
    by = actor("mynumber")
    for _ in range(30):
        assert vault.find(by, FIRST, "照合") == 1
    with pytest.raises(vault.NumberRefused, match="多すぎ"):
        vault.find(by, FIRST, "照合")
    assert records(function="mynumber.search")[-1].detail["why"] == "rate"


@pytest.mark.db
def test_a_wrong_check_digit_is_not_kept(committed_db: str) -> None:
    from kokuho.core import vault

    with pytest.raises(vault.NumberRefused, match="宛名番号 2") as refused:
        vault.store([(1, FIRST), (2, "123456789010")], by="u", origin="file:1")
    assert "1234" not in str(refused.value)
    assert vault.masks([1, 2]) == {1: vault.ABSENT, 2: vault.ABSENT}


@pytest.mark.db
def test_who_has_no_number_is_told_to_those_who_may_know(committed_db: str) -> None:
    from kokuho.core import vault
    from kokuho.core.access import Refused

    vault.store([(1, FIRST), (2, SECOND)], by="u", origin="file:1")
    assert vault.without(actor("mynumber"), [1, 2, 3]) == [3]
    with pytest.raises(Refused):
        vault.without(actor("qualification"), [1])


# --- keys -----------------------------------------------------------------------------------------------------------------


def key_ids() -> list[int]:
    from kokuho.core.database import vault_address

    with vault_address().connect() as connection:
        return [row[0] for row in connection.execute("SELECT DISTINCT key_id FROM vault.my_number ORDER BY 1").fetchall()]


@pytest.mark.db
def test_a_new_data_key_seals_every_row_even_after_a_kill(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import vault, vault_keys

    numbers = {no: body + vault_digit(body) for no in range(1, 8) if (body := f"2000000000{no}")}
    vault.store(numbers.items(), by="u", origin="file:1")
    before = key_ids()
    monkeypatch.setattr(vault_keys, "BATCH", 2)

    def killed(done: int, total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vault.rotate(actor("key_custodian"), progress=killed)
    assert len(key_ids()) == 2, "both keys are in use"
    by = actor("mynumber")
    assert vault.reveal(by, 1, "照会") == numbers[1] and vault.reveal(by, 7, "照会") == numbers[7]
    assert vault.rotate(actor("key_custodian"))["sealed"] == 3, "the rest, under the same new key"
    assert len(key_ids()) == 1 and key_ids() != before
    assert [vault.reveal(by, no, "照会") for no in numbers] == list(numbers.values())
    with pytest.raises(Exception, match="権限"):
        vault.rotate(by)


def vault_digit(body: str) -> str:
    from kokuho.formats.checkdigits import my_number_digit

    return my_number_digit(body)


@pytest.mark.db
def test_the_index_gets_a_new_key_only_when_asked(committed_db: str) -> None:
    from kokuho.core import vault
    from kokuho.core.database import vault_address

    def indexes() -> list[bytes]:
        with vault_address().connect() as connection:
            return [bytes(row[0]) for row in connection.execute("SELECT blind FROM vault.my_number ORDER BY id").fetchall()]

    vault.store([(1, FIRST), (2, SECOND)], by="u", origin="file:1")
    first = indexes()
    vault.rotate(actor("key_custodian"))
    assert indexes() == first
    assert vault.rotate(actor("key_custodian"), blind=True) == {"sealed": 2, "blind": 2}
    assert not set(indexes()) & set(first)
    assert vault.find(actor("mynumber"), FIRST, "照会") == 1
    stored, (doubt,) = vault.store([(3, FIRST)], by="u", origin="file:2")
    assert (stored, doubt.atena_no, doubt.other_no) == (0, 3, 1)


def second_factor() -> Any:
    """An authenticator app of somebody, as an older version left it: its secret in the open, then brought under the master key."""
    from allauth.mfa.models import Authenticator
    from django.db import connection

    from kokuho.core import factors
    from kokuho.core.models import Staff, Unit

    unit = Unit.objects.create(code="K1", name="鍵係")
    holder = Staff.objects.create(
        staff_no="mfa", person_no="mfa", name="鍵野", unit=unit, valid_from=date(2026, 4, 1), valid_until=date(2027, 3, 31)
    )
    app = Authenticator.objects.create(user=holder, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    assert factors.reseal(connection.connection) == 1 and factors.reseal(connection.connection) == 0
    app.refresh_from_db()
    assert "JBSWY3DPEHPK3PXP" not in str(app.data)
    return app


@pytest.mark.db
def test_a_new_master_key_without_a_pause(committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.exceptions import InvalidTag

    from kokuho.core import config, factors, rekey, sealing, vault

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    (tmp_path / "inbox").mkdir()
    writer = sealing.SealedWriter(tmp_path / "inbox" / "a.sealed")
    writer.write(b"received")
    writer.commit()
    vault.store([(1, FIRST)], by="u", origin="file:1")
    app = second_factor()
    by, former, coming = actor("mynumber"), sealing.master_key(), bytes(range(32))
    monkeypatch.setattr(sealing, "next_master_key", lambda: coming)
    assert vault.reveal(by, 1, "照会") == FIRST
    assert rekey.change(by=actor("key_custodian")) == {"keys": 2, "secrets": 1, "files": 1}
    assert rekey.change(by=actor("key_custodian"))["files"] == 0, "repeating it changes nothing"

    def readable() -> bool:
        opens = factors.open_secret(app.data["secret"]) == "JBSWY3DPEHPK3PXP"
        app.refresh_from_db()
        return opens and vault.reveal(by, 1, "照会") == FIRST and sealing.open_sealed(tmp_path / "inbox" / "a.sealed").read() == b"received"

    assert readable(), "with both keys"
    monkeypatch.setattr(sealing, "next_master_key", lambda: None)
    monkeypatch.setattr(sealing, "master_key", lambda: coming)
    assert readable(), "with the new key alone"
    assert vault.find(by, FIRST, "照会") == 1, "the index did not hang on the master key"
    monkeypatch.setattr(sealing, "master_key", lambda: former)
    with pytest.raises(InvalidTag):
        vault.reveal(by, 1, "照会")
    with pytest.raises(InvalidTag):
        sealing.open_sealed(tmp_path / "inbox" / "a.sealed").read()


# --- nowhere else ---------------------------------------------------------------------------------------------------------


@pytest.mark.db
def test_a_small_town_leaves_its_numbers_in_the_vault_only(
    committed_db: str, office: Callable, deliver: Callable, town: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Doors, refused files and the levy: MN-scan of every table but the vault, every file, every word that was said."""
    from kokuho.core import config, vault
    from kokuho.core.database import owner_address, vault_address
    from kokuho.desks.assessment.actions import levy
    from kokuho.exchange import doors
    from kokuho.formats.checkdigits import my_number_ok
    from kokuho.jobs import levy as job

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    folder = town("川口市", 40)
    register = [line.split(",") for line in (folder / "juki-full.csv").read_text("utf-8-sig").splitlines()]
    canaries = {item.strip('"') for line in register for item in line if my_number_ok(item.strip('"'))}
    assert len(canaries) > 40
    staff = office("川口市")
    deliver(staff, folder)
    # A file that breaks its format: its faults are listed without the numbers that stand in it.
    broken = (folder / "juki-full.csv").read_bytes().replace(min(canaries).encode(), f"{min(canaries)[:11]}X".encode(), 1)
    with pytest.raises(doors.Refusal) as refused:
        doors.receive(by=staff.operator, on=doors_day(), stream=io.BytesIO(broken), file_name="again.csv")
    trial = job.run(levy.order_trial(by=staff.assessor, on=doors_day(), fiscal_year=2026).pk, by=staff.assessor, processes=1)
    assert trial.batch.results["households"] > 0

    known = mnscan.known_canaries(canaries)
    with owner_address().connect() as owner:
        hits, rows = mnscan.scan_tables(owner, known)
        beside = mnscan.scan_tables(owner, known, beside=())[0]
    assert rows > 500 and hits == [] and beside == []
    hits, files = mnscan.scan_files(sorted(tmp_path.rglob("*")), known, tmp_path)
    assert files > 5 and hits == []
    said = capfd.readouterr()
    for text in (said.out, said.err, caplog.text, str(refused.value)):
        assert mnscan.scan_bytes(text.encode(), known, "output") == []
    # The scan does see them where they are open, and the vault knows them by its index alone.
    assert mnscan.scan_files([folder / "juki-full.csv"], vault.scanner(actor("key_custodian")), folder)[0]
    with vault_address().connect() as connection:
        assert connection.execute("SELECT count(*) > 40 FROM vault.my_number").fetchone() == (True,)


def doors_day() -> Any:
    from datetime import date

    return date(2026, 7, 1)
