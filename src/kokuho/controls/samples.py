"""Files as neighbours would send them about the persons of the fixture, whole and with one defect each."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.controls import fixture
from kokuho.core.models import Municipality
from kokuho.exchange import registry
from kokuho.exchange.models import ConnectedSystem, InboxFile
from kokuho.exchange.models.registry import subject
from kokuho.formats import encode_rows

CHANGES, FULL = "juki-changes", "juki-full"


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
