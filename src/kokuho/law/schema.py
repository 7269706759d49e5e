"""A small JSON Schema checker with errors for people: `LawError` with code, path and a Japanese message.

Only what the schemas of this package use: type, properties, required, additionalProperties, propertyNames, items,
minItems, maxItems, enum, const, minimum, maximum, pattern, format date, anyOf. The same schemas are printed by
`kokuho law TOPIC --schema`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from kokuho.law.errors import LawError

_TYPES = {
    "object": (Mapping, "オブジェクト"),
    "array": (list, "配列"),
    "string": (str, "文字列"),
    "integer": (int, "整数"),
    "boolean": (bool, "true または false"),
    "null": (type(None), "null"),
}


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind][0])


def check(value: Any, schema: Mapping[str, Any], path: str = "") -> None:
    """Raise `LawError` for the first place at which `value` breaks `schema`.

    Codes: ``type``, ``missing_key``, ``unknown_key``, ``negative``, ``out_of_range``, ``not_allowed``, ``format``,
    ``length``. The path is that of the offending value (``household.members[0].age``).
    """
    if "anyOf" in schema:
        _check_any(value, schema["anyOf"], path)
        return
    kinds = schema.get("type")
    if kinds is not None:
        names = [kinds] if isinstance(kinds, str) else kinds
        if not any(_is(value, name) for name in names):
            wanted = "・".join(_TYPES[name][1] for name in names)
            raise LawError("type", path, f"{wanted}でなければなりません。")
    if value is None:
        return
    if "const" in schema and value != schema["const"]:
        raise LawError("not_allowed", path, f"{schema['const']!r} でなければなりません。")
    if "enum" in schema and value not in schema["enum"]:
        choices = "・".join(str(choice) for choice in schema["enum"])
        raise LawError("not_allowed", path, f"{choices} のいずれかでなければなりません。")
    if isinstance(value, Mapping):
        _check_object(value, schema, path)
    elif isinstance(value, list):
        _check_array(value, schema, path)
    elif isinstance(value, str):
        _check_string(value, schema, path)
    elif isinstance(value, int) and not isinstance(value, bool):
        minimum, maximum = schema.get("minimum"), schema.get("maximum")
        if minimum is not None and value < minimum:
            if minimum == 0:
                raise LawError("negative", path, "負の値は使えません。")
            raise LawError("out_of_range", path, f"{minimum} 以上でなければなりません。")
        if maximum is not None and value > maximum:
            raise LawError("out_of_range", path, f"{maximum} 以下でなければなりません。")


def _check_any(value: Any, choices: list[Mapping[str, Any]], path: str) -> None:
    deepest: LawError | None = None
    for choice in choices:
        try:
            check(value, choice, path)
            return
        except LawError as error:
            # The branch whose keys all fit is the one that was meant; failing that, the one that got furthest.
            if deepest is None or _rank(error) > _rank(deepest):
                deepest = error
    if deepest is not None:
        raise deepest


def _rank(error: LawError) -> tuple[bool, int]:
    return error.code not in ("unknown_key", "missing_key"), len(error.path)


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> None:
    prefix = f"{path}." if path else ""
    properties: Mapping[str, Any] = schema.get("properties", {})
    extra = schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in properties:
            check(item, properties[key], f"{prefix}{key}")
        elif extra is False:
            raise LawError("unknown_key", f"{prefix}{key}", "知らない項目です。つづりを確かめてください。")
        else:
            names = schema.get("propertyNames", {}).get("pattern")
            if names is not None and not re.fullmatch(names, str(key)):
                raise LawError("unknown_key", f"{prefix}{key}", "知らない項目です。つづりを確かめてください。")
            if isinstance(extra, Mapping):
                check(item, extra, f"{prefix}{key}")
    for key in schema.get("required", ()):
        if key not in value:
            raise LawError("missing_key", f"{prefix}{key}", "必要な項目がありません。")


def _check_array(value: list[Any], schema: Mapping[str, Any], path: str) -> None:
    if len(value) < schema.get("minItems", 0):
        raise LawError("length", path, f"{schema['minItems']} 件以上必要です。")
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        raise LawError("length", path, f"{schema['maxItems']} 件までです。")
    items = schema.get("items")
    if items is not None:
        for index, item in enumerate(value):
            check(item, items, f"{path}[{index}]")


def _check_string(value: str, schema: Mapping[str, Any], path: str) -> None:
    pattern = schema.get("pattern")
    if pattern is not None and not re.search(pattern, value):
        raise LawError("format", path, schema.get("description", f"{pattern} の形でなければなりません。"))
    if schema.get("format") == "date":
        day(value, path)


def day(value: str, path: str) -> date:
    """A date of the input. ISO, a month or day of one digit is also read; `LawError` ``format`` when there is none."""
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", value)
    if match:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            pass
    raise LawError("format", path, "YYYY-MM-DD の、実在する日付でなければなりません。")
