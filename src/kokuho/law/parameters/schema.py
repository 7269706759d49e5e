"""The shape of a file of national values, and the check that every file passes before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kokuho.law.errors import LawError
from kokuho.law.results import DATE, record
from kokuho.law.schema import check

# The marks of certainty, from the surest down; docs/law.md explains them. None may be raised without a source.
CERTAINTY = ("S", "S-ex", "S2", "T", "K-high", "K-mid", "K-low", "D")

NATIONAL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": record(
        {
            "label": {"type": "string"},
            "unit": {"type": "string"},
            "history": {
                "type": "array",
                "minItems": 1,
                "items": record(
                    {
                        "from": DATE,
                        "until": DATE,
                        "value": {},
                        "article": {"type": "string"},
                        "source": {"type": "string"},
                        "certainty": {"enum": list(CERTAINTY)},
                        "note": {"type": "string"},
                    },
                    ("from", "value", "source", "certainty"),
                ),
            },
        },
        ("label", "history"),
    ),
}


def check_national(name: str, raw: Mapping[str, Any]) -> None:
    """Check a file read from YAML against the schema; `LawError` with the place.

    Also: ``order`` for an `until` before its `from` or beyond the next entry, ``duplicate`` for two entries from one day.
    """
    check(_dates_as_text(raw), NATIONAL_SCHEMA, name)
    for key, entry in raw.items():
        rows = sorted(entry["history"], key=lambda row: row["from"])
        for row, following in zip(rows, [*rows[1:], None], strict=True):
            path = f"{name}.{key}"
            until = row.get("until")
            if until is not None and until < row["from"]:
                raise LawError("order", path, f"{row['from']} からの値の until が先になっています。")
            if following is not None and following["from"] == row["from"]:
                raise LawError("duplicate", path, f"{row['from']} からの値が2つあります。")
            if until is not None and following is not None and until >= following["from"]:
                raise LawError("order", path, f"{row['from']} からの値が次の値と重なっています。")


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value
