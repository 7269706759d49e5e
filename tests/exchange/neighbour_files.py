"""Files as neighbours would deliver them, written by the product's own layouts."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from kokuho.formats import encode_rows

CITY = "112038"


def made(layout: str, rows: Iterable[Mapping[str, Any]], *, at: str = "2026-07-01T06:00:00", city: str = CITY) -> bytes:
    """The bytes of a file of one layout."""
    out = io.BytesIO()
    encode_rows(layout, list(rows), out, control={"sender": city, "created_at": at})
    return out.getvalue()
