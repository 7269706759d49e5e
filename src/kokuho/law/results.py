"""The shape of a topic's result: its values, the case's id and, when asked for, the steps."""

from __future__ import annotations

from typing import Any

from kokuho.law.steps import Step

Schema = dict[str, Any]

YEN: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": ["string", "integer"]}
BOOL: Schema = {"type": "boolean"}
DATE: Schema = {"type": "string", "format": "date"}
YEAR: Schema = {"type": "integer", "minimum": 1}
MONTH: Schema = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "description": "月は YYYY-MM です。"}


def record(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    """Schema of an object that has these keys and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


STEPS: Schema = {
    "type": "array",
    "items": record(
        {
            "label": {"type": "string"},
            "formula": {"type": "string"},
            "value": {"type": ["integer", "string", "null"]},
            "authority": {"type": "string"},
        },
        ("label", "formula", "value", "authority"),
    ),
}


def output(properties: Schema) -> Schema:
    """Schema of a result: its own values, the case's `id` and, with ``--explain``, the steps."""
    return record({"id": ID, **properties, "explanation": STEPS}, tuple(properties))


def explained(result: dict[str, Any], explain: bool, steps: list[Step]) -> dict[str, Any]:
    """The result with its steps when they are asked for."""
    return {**result, "explanation": [step.as_dict() for step in steps]} if explain else result
