"""What the entries about certificates share: dates of a payload, words for before → after, the holder on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kokuho.core import era
from kokuho.desks.eligibility.holders import Holder, holders
from kokuho.desks.eligibility.papers import CertificateError

Payload = Mapping[str, Any]
NONE = "なし"


def day(payload: Payload, name: str) -> date | None:
    """A date of the payload, which holds them as ISO text."""
    return date.fromisoformat(payload[name]) if payload.get(name) else None


def needed(payload: Payload, name: str, label: str) -> date:
    found = day(payload, name)
    if found is None:
        raise CertificateError("CRT30", f"{label}を入力してください。")
    return found


def shown(on: date | None) -> str:
    return era.long(on) if on else NONE


def yes(value: Any) -> str:
    return "あり" if value else NONE


def holder_on(atena_no: int, on: date) -> Holder:
    found = holders([atena_no], on).get(atena_no)
    if found is None:
        raise CertificateError("CRT10", f"宛名番号 {atena_no} はこの日に国保の被保険者ではありません。")
    return found
