"""Forged confirmations of every kind, hostile uploads at every door, verbs that no page has, markup in what the register says."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from test_attacks import MARKUP, pages
from weboffice import DAY, HEAD, City

from kokuho.core.screens.guard import declaration


def refusals(**conditions: Any) -> int:
    from kokuho.core.models import AuditRecord

    return int(AuditRecord.objects.exclude(result="ok").filter(**conditions).count())


def test_no_entry_of_any_kind_is_confirmed_by_a_forgery(city: City) -> None:
    """By the enterer, by somebody without the right, a second time, and by the application's own SQL: each is refused and recorded."""
    from django.db import DatabaseError, transaction

    from kokuho.core import entries
    from kokuho.core.access import Actor, Refused
    from kokuho.core.actions import entries as pending
    from kokuho.core.clock import now
    from kokuho.core.coded import CodedError
    from kokuho.core.models import Entry

    kinds = entries.kinds()
    assert len(kinds) > 20
    for code, kind in kinds.items():
        entry = Entry.objects.create(kind=code, title="偽造", payload={}, persons=[HEAD], entered_by="forger", on=DAY)
        own = Actor("forger", "偽造", "国保課", frozenset({kind.enter, kind.confirm}), "T1")
        stranger = Actor("stranger", "他人", "国保課", frozenset(), "T1")
        before = refusals()
        with pytest.raises(CodedError) as same:
            pending.confirm(by=own, on=DAY, entry_id=entry.pk)
        assert same.value.code == "ENTRY-02", code
        with pytest.raises(Refused):
            pending.confirm(by=stranger, on=DAY, entry_id=entry.pk)
        assert refusals() == before + 2, code
        for forged in ({"decided_by": "forger"}, {"decided_by": "", "four_eyes": True}, {"entered_by": "other", "decided_by": "forger"}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Entry.objects.filter(pk=entry.pk).update(state="confirmed", **forged)
        Entry.objects.filter(pk=entry.pk).update(state="withdrawn", decided_by="forger", decided_at=now(), decision="試験")
        other = Actor("other", "別人", "国保課", frozenset({kind.enter, kind.confirm}), "T1")
        with pytest.raises(CodedError) as late:
            pending.confirm(by=other, on=DAY, entry_id=entry.pk)
        assert late.value.code == "ENTRY-DONE", code


def test_every_upload_door_stops_hostile_files_and_says_so(city: City, sign_in: Callable) -> None:
    from kokuho.controls.checks.out import hostile
    from kokuho.core import config
    from kokuho.exchange.models import InboxFile, ReceivedApplication

    doors = {"/exchange/receive/": "densan", "/exchange/applications/": "shikaku"}

    def places() -> set[Any]:
        """Open files of the installation itself, without the folders in which sealed files are kept."""
        return {path for folder in ("", "work", "extracts") for path in (config.home() / folder).glob("*") if path.is_file()}

    home = places()
    for door, staff_no in doors.items():
        client = sign_in(staff_no)
        client.raise_request_exception = False
        for what, (name, data, _) in hostile(DAY).items():
            given, before = io.BytesIO(data), refusals(staff_no=staff_no)
            given.name = name
            answer = client.post(door, {"file": given, "reception_no": "1"})
            assert answer.status_code in (302, 400, 422), (door, what)
            assert refusals(staff_no=staff_no) > before, (door, what)
    assert not InboxFile.objects.filter(state="applied").exclude(file_name="juki-full.csv").exists()
    assert not ReceivedApplication.objects.filter(state="accepted").exists()
    assert {path for path in places() if path not in home} == set()


def doors(city: City) -> dict[str, tuple[str, str]]:
    """Every address whose view takes a file → (address, a role that may bring one), as the views themselves have it."""
    import inspect

    from test_routes import addresses

    from kokuho.core.access import catalogue

    found = {}
    for name, (address, view) in addresses(city).items():
        source = inspect.getsource(inspect.unwrap(view))
        if "request.FILES" in source:
            needed = {declaration(view).capability, *re.findall(r'require\("([a-z_.]+)"\)', source)}
            found[name] = address, next(role for role, entry in catalogue()["roles"].items() if needed <= {*entry["may"]})
    return found


def test_every_address_that_takes_a_file_refuses_what_is_no_such_file(
    city: City, sign_in: Callable, hire: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too large, growing when opened, of another kind or empty: refused, recorded where the officer finds it, nothing taken."""
    from kokuho.core.models import ProtectionReport
    from kokuho.desks.people.models import SealImage
    from kokuho.exchange.models import InboxFile, ReceivedApplication
    from kokuho.web import uploads

    def taken() -> tuple[int, ...]:
        held = InboxFile.objects.filter(state="applied"), ReceivedApplication.objects.filter(state="accepted")
        return tuple(rows.count() for rows in (*held, SealImage.objects, ProtectionReport.objects))

    bomb, pixels = io.BytesIO(), struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (20 << 20))
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + pixels + struct.pack(">I", zlib.crc32(b"IHDR" + pixels))
    picture += b"\0\0\0\0IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    samples = {"bomb.zip": bomb.getvalue(), "bomb.png": picture, "run.exe": b"MZ\x90\0" * 99, "empty.csv": b"", "large.csv": b"x" * 80_000}
    found, before = doors(city), taken()
    assert len(found) >= 4 and {"exchange:receive", "exchange:applications"} <= found.keys()
    for place, (name, (address, role)) in enumerate(sorted(found.items())):
        hire(f"tester{place}", role)
        client = sign_in(f"tester{place}")
        client.raise_request_exception = False
        for file_name, data in samples.items():
            monkeypatch.setattr(uploads, "LARGEST", 70_000 if file_name == "large.csv" else 64 << 20)
            held = refusals(staff_no=f"tester{place}")
            answer = client.post(
                address,
                {"title": "試験", "source": "試験", "reception_no": "1", "file": SimpleUploadedFile(file_name, data),
                 "picture": SimpleUploadedFile(file_name, data)},
            )  # fmt: skip
            assert answer.status_code in ((400,) if file_name == "large.csv" else (302, 422)), (name, file_name, answer.status_code)
            assert refusals(staff_no=f"tester{place}") > held, (name, file_name)
    assert taken() == before
    assert "tester0" in sign_in("kansa").get("/audit/", {"staff": "tester0"}).content.decode()


@pytest.mark.proof
def test_verbs_that_no_page_has_change_nothing(city: City, sign_in: Callable) -> None:
    from test_routes import addresses

    from kokuho.core.models import Approval, Entry
    from kokuho.exchange.models import WorkItem

    client = sign_in("kakari")
    client.raise_request_exception = False

    def state() -> tuple[Any, ...]:
        return (
            Entry.objects.count(), list(Approval.objects.order_by("pk").values_list("state", flat=True)),
            list(WorkItem.objects.order_by("pk").values_list("state", flat=True)),
        )  # fmt: skip

    before = state()
    for name, (address, _) in addresses(city).items():
        for method in ("put", "patch", "delete", "trace"):
            answer = getattr(client, method)(address)
            assert answer.status_code < 500, (name, method)
        override = client.get(address, headers={"X-HTTP-Method-Override": "POST"})
        assert override.status_code < 500, name
        if name in ("account_logout", "lock"):
            client = sign_in("kakari")
            client.raise_request_exception = False
    assert state() == before


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", ["shikaku", "fuka", "shuno", "kakari"])
def test_markup_in_the_register_stays_text_on_every_page(city: City, sign_in: Callable, staff_no: str) -> None:
    from kokuho.desks.people.models import Person

    row = Person.objects.filter(atena_no=HEAD, superseded_at__isnull=True).order_by("-valid").first()
    assert row is not None
    row.correct(recorded_by="x", origin="file:9", name=MARKUP, building=MARKUP, alias_name=MARKUP)
    shown = pages(city, sign_in(staff_no))
    raw = [address for address, page in shown.items() if "<script>alert(1)" in page or "<img src=x" in page]
    assert raw == [] and any("&lt;script&gt;alert(1)" in page for page in shown.values())
