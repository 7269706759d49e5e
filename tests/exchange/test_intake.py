"""電子申請のファイル: each hostile sample is stopped with its reason and lies in quarantine; nothing is written elsewhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest

DAY = date(2026, 7, 1)
PDF, PNG = b"%PDF-1.7\n1 0 obj<<>>endobj\n", b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def archive_of(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


HOSTILE = {
    "path": ("a.zip", archive_of("../../etc/passwd.pdf", PDF), "APP04"),
    "absolute": ("a.zip", archive_of("/etc/x.pdf", PDF), "APP04"),
    "drive": ("a.zip", archive_of("C:\\x.pdf", PDF), "APP04"),
    "bomb": ("a.zip", archive_of("a.csv", b"0" * (12 << 20)), "APP05"),
    "nested": ("a.zip", archive_of("b.zip", archive_of("c.pdf", PDF)), "APP06"),
    "broken": ("a.zip", archive_of("a.pdf", PDF)[:-30], "APP07"),
    "not a zip": ("a.zip", PDF, "APP03"),
    "script in pdf": ("a.pdf", PDF + b"<</S /JavaScript /JS (app.alert(1))>>", "APP08"),
    "entity in xml": ("a.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', "APP08"),
    "program as pdf": ("a.pdf", b"MZ\x90\0", "APP03"),
    "office": ("a.docm", b"PK\x03\x04", "APP02"),
    "program": ("a.zip", archive_of("setup.exe", b"MZ"), "APP02"),
    "test virus": ("a.csv", b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*", "APP09"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_stopped(kind: str) -> None:
    from kokuho.exchange import intake

    name, data, code = HOSTILE[kind]
    with pytest.raises(intake.IntakeError) as stopped:
        intake.inspect(name, data)
    assert stopped.value.code == code


def test_limits_hold_for_size_and_number_of_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.exchange import intake

    monkeypatch.setattr(intake, "LARGEST", 10)
    with pytest.raises(intake.IntakeError) as big:
        intake.inspect("a.pdf", PDF)
    assert big.value.code == "APP01"
    monkeypatch.undo()
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(intake.ENTRIES + 1):
            archive.writestr(f"{number}.png", PNG)
    with pytest.raises(intake.IntakeError) as full:
        intake.inspect("a.zip", many.getvalue())
    assert full.value.code == "APP05"


@pytest.mark.db
def test_what_is_accepted_waits_unmatched_and_what_is_stopped_is_put_away(db: None, office: Callable) -> None:
    from kokuho.core import config
    from kokuho.core.access import Refused
    from kokuho.exchange import rawstore
    from kokuho.exchange.applications import take_in
    from kokuho.exchange.intake import IntakeError

    staff = office()
    items = {"name": "川口　花子", "birth_date": "S55.5.5", "address": "青木2-1-1", "reason": "社会保険", "event_date": "2026-06-01"}
    told = "".join(f'<item name="{name}">{value}</item>' for name, value in items.items())
    good = archive_of("申請/application.xml", f'<?xml version="1.0"?><application form="nhi-lose">{told}</application>'.encode())
    with pytest.raises(Refused):
        take_in(by=staff.assessor, on=DAY, reception_no="1", file_name="a.zip", data=good)
    taken = take_in(by=staff.clerk, on=DAY, reception_no="2026-1", file_name="a.zip", data=good)
    assert (taken.state, taken.taken_by, [part["kind"] for part in taken.parts]) == ("accepted", "cl", ["xml"])
    with pytest.raises(IntakeError) as again:
        take_in(by=staff.clerk, on=DAY, reception_no="2026-2", file_name="b.zip", data=good)
    assert again.value.code == "APP11"
    name, data, code = HOSTILE["path"]
    stopped = take_in(by=staff.clerk, on=DAY, reception_no="2026-3", file_name=name, data=data)
    assert (stopped.state, stopped.code) == ("stopped", code)
    assert not rawstore.path(stopped.sha256).exists()
    assert (config.folder("quarantine") / f"{stopped.sha256}.sealed").exists()
