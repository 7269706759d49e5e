"""Files as neighbours would send them about the persons of the fixture, whole and with one defect each."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Mapping
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.controls import fixture
from kokuho.controls.scene import Scene, with_only
from kokuho.core import media
from kokuho.core.clock import now
from kokuho.core.models import Municipality
from kokuho.desks.eligibility.models import InsuredBranch, InsuredPeriod
from kokuho.exchange import outbox, registry
from kokuho.exchange.models import ConnectedSystem, InboxFile, OutboxFile, ReleaseRule
from kokuho.exchange.models.registry import subject
from kokuho.formats import encode_rows
from kokuho.formats.checkdigits import insurer_number_ok

CHANGES, FULL = "juki-changes", "juki-full"


def pdf_text(data: bytes) -> str:
    """What a reader would copy from a PDF."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def after_the_full_load() -> None:
    """Say that the neighbours are registered and the register was taken in once, so that changes may follow."""
    ConnectedSystem.objects.bulk_create(
        ConnectedSystem(
            **line, subject_no=subject("system", line["code"]), valid=DateRange(date(2020, 4, 1), None), recorded_by="chkHead",
            origin="check",
        )
        for line in registry.proposal()["systems"]
    )  # fmt: skip
    InboxFile.objects.create(
        neighbour="juki", layout=FULL, file_name="check.csv", sha256="c" * 64, size=1, received_by="chkSys",
        business_date=date(2026, 4, 1), state=InboxFile.APPLIED,
    )  # fmt: skip


def reconnect(code: str, **changed: Any) -> None:
    """Let another version of a connected system hold (its routes, its key)."""
    system = ConnectedSystem.objects.get(code=code, superseded_at__isnull=True)
    system.correct(recorded_by="chkHead", origin="check", **changed)


def permit() -> None:
    """Say that the proposed lines of the registry were confirmed, and number the insured persons, so that files may go out."""
    known: dict[str, Any] = {"valid": DateRange(date(2020, 4, 1), None), "recorded_by": "chkHead", "origin": "check"}
    ReleaseRule.objects.bulk_create(
        ReleaseRule(
            **line, subject_no=subject("rule", line["system"], line["layout"]), approval_no="点検1", approved_on=date(2020, 3, 1), **known
        )
        for line in registry.proposal()["rules"]
    )  # fmt: skip
    city = Municipality.objects.get()
    stem = f"{city.code[:2]}900"
    digit = next(d for d in "0123456789" if insurer_number_ok(stem + d))
    Municipality.objects.update(settings={**city.settings, "insurer_number": stem + digit})
    numbers = {fixture.HOUSEHOLD: "99000001", fixture.FORMER: "99000002", fixture.SHELTER: "99000003"}
    homes = {fixture.P_DV: fixture.SHELTER, fixture.P_DV_HEAD: fixture.FORMER}
    for place, period in enumerate(InsuredPeriod.objects.order_by("atena_no"), start=1):
        household = homes.get(period.atena_no, fixture.HOUSEHOLD)
        InsuredBranch.objects.create(
            atena_no=period.atena_no, household_no=household, symbol="点", number=numbers[household], branch=f"{place:02}", **known
        )


def medium(on: date, code: str, place: Path) -> Path:
    """A registered medium and the folder that is its volume."""
    by = with_only("media.manage", "media.read")
    place.mkdir(parents=True, exist_ok=True)
    media.register(by=by, on=on, code=code, kind="usb", serial=f"S-{code}", place="点検", keeper=by.staff_no, reason="点検")
    media.mark(by=by, code=code, volume=place)
    return place


def outgoing(scene: Scene, *persons: int, lost: date | None = None) -> OutboxFile:
    """A file for the resident register about some persons, made by U-A; it waits for its release."""
    moment = now()
    rows = [
        outbox.Outgoing(n, [str(n), "1", scene.on - timedelta(days=800), lost, "0", f"{scene.on}T06:00:00"], n) for n in persons
    ]
    by = scene.actor("U-A")
    made = outbox.make(by=by, on=scene.on, system="juki", layout="juki-nhi-eligibility", rows=rows, created_at=moment,
                       scope=secrets.token_hex(8))  # fmt: skip
    return outbox.enter(by=by, on=scene.on, made=made, title="点検", known_at=moment, counts={})


def change(on: date, atena_no: int, **more: Any) -> dict[str, Any]:
    """One change of the register: the after-image of a person of the fixture who moved within the municipality."""
    name, kana = fixture.NAMES.get(atena_no, ("点検外　不明", "テンケンガイ　フメイ"))
    return {
        "sequence": 1, "event": "05", "event_date": on - timedelta(days=1), "notified_on": on, "atena_number": str(atena_no),
        "household_number": str(fixture.HOUSEHOLD), "resident_kind": "1", "resident_state": "1", "name": name, "name_kana": kana,
        "birth_date": "1985-05-05", "sex": "2", "relation": "20", "postal_code": "3320031", "town": "移転町", "block": "２番２号",
        "building": secrets.token_hex(4),
        "resident_since": on - timedelta(days=800), "resident_reason": "01", "address_since": on - timedelta(days=1),
        "nhi_state": "1", "nhi_acquired_on": on - timedelta(days=800), "protection": "0", **more,
    }  # fmt: skip


def dates(on: date, *rows: Mapping[str, Any]) -> bytes:
    """A file of the federation's dates (国保資格取得喪失年月日連携) of our own municipality."""
    out = BytesIO()
    told = {"judgement": "1", "prefecture_lost_on": None, "processed_at": f"{on.isoformat()}T05:00:00"}
    control = {"sender": Municipality.objects.get().code, "created_at": f"{on.isoformat()}T06:00:00"}
    encode_rows("shuyaku-dates", [{**told, **row} for row in rows], out, control=control)
    return out.getvalue()


def changes(on: date, *rows: Mapping[str, Any], sender: str = "") -> bytes:
    """A file of changes of our own municipality (or another `sender`)."""
    out = BytesIO()
    told = {"sender": sender or Municipality.objects.get().code, "created_at": f"{on.isoformat()}T08:00:00"}
    encode_rows(CHANGES, rows, out, control=told)
    return out.getvalue()


def defective(on: date) -> dict[str, bytes]:
    """Defect → a file that has it; each is otherwise a right one."""
    row = change(on, fixture.P_1)
    whole = changes(on, row, {**row, "sequence": 2, "atena_number": str(fixture.P_2)})
    control, titles, first, second = whole.rstrip(b"\r\n").split(b"\r\n")
    other = "112046" if Municipality.objects.get().code != "112046" else "112038"

    def joined(*lines: bytes) -> bytes:
        return b"\r\n".join(lines) + b"\r\n"

    return {
        "列が多い": joined(control, titles, first + b',"x"', second),
        "列が少ない": joined(control, titles, first.rsplit(b",", 1)[0], second),
        "件数が違う": joined(control, titles, first),
        "件数が書かれていない": joined(control.rsplit(b",", 1)[0], titles, first, second),
        "見出しが違う": joined(control, titles.replace(titles.split(b",")[1], b'"x"', 1), first, second),
        "コード表にない値": joined(control, titles, first.replace(b'"05"', b'"ZZ"', 1), second),
        "ありえない日付": joined(control, titles, first.replace((on - timedelta(days=1)).isoformat().encode(), b"2026-02-30", 1), second),
        "宛名番号に文字": joined(control, titles, first.replace(str(fixture.P_1).encode(), b"99900000AB", 1), second),
        "文字コードが違う": whole.decode().encode("cp932", "replace"),
        "途中で切れている": whole[: -len(second) // 2],
        "他の団体のファイル": changes(on, row, sender=other),
        "制御行がない": joined(titles, first, second),
        "空のファイル": b"",
    }  # fmt: skip


def application(form: str, on: date, *, items: Mapping[str, str] | None = None, attached: Mapping[str, bytes] | None = None) -> bytes:
    """The ZIP of an online application about P-1, with more items or attachments."""
    name, kana = fixture.NAMES[fixture.P_1]
    told = {
        "name": name, "kana": kana, "sex": "女", "birth_date": "1985-05-05", "address": "点検町１番１号", "reason": "点検",
        "event_date": on.isoformat(), **(items or {}),
    }  # fmt: skip
    lines = "".join(f'<item name="{escape(key)}">{escape(value)}</item>' for key, value in told.items())
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("application.xml", f'<?xml version="1.0" encoding="UTF-8"?><application form="{form}">{lines}</application>')
        archive.writestr("mark.csv", secrets.token_hex(8))
        for path, data in (attached or {}).items():
            archive.writestr(path, data)
    return out.getvalue()
