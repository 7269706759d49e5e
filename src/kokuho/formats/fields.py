"""Items of a record as written in a layout file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kokuho.formats.characters import CLASSES
from kokuho.formats.checkdigits import CHECKS
from kokuho.formats.columntypes import TYPES
from kokuho.formats.errors import LayoutError
from kokuho.formats.model import Condition, Field

_KEYS = {
    "name", "title", "type", "size", "offset", "len", "min", "max", "required", "required_if", "empty_if", "check",
    "pattern", "codes", "open", "value", "unknown", "format", "charset", "chars", "places", "blank",
    "blank_value", "pad", "align", "repeat", "bytes", "leading_zeros", "tag", "fields", "error_codes", "by_encoding",
    "note",
}  # fmt: skip
# Item types whose length is counted in characters, so that `min` means a length and not a value.
_LENGTHS = ("text", "kana", "alnum", "digits", "ank", "wide", "either")
_EXACT = ("alnum", "digits")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_fields(
    raw: Sequence[Mapping[str, Any]], kind: str, code_lists: Mapping[str, Mapping[str, str]], where: str
) -> tuple[Field, ...]:
    """The items of one record in wire order; offsets are computed, and compared when the file states them."""
    fields: list[Field] = []
    offset = 0
    for body in raw:
        item = _field(body, kind, offset, code_lists, f"{where}.{body.get('name', '?')}")
        if item.repeat != 1 and body is not raw[-1]:
            raise LayoutError(f"{where}.{item.name}: only the last item may repeat")
        offset += item.size * item.repeat
        fields.append(item)
    for what in ("name", "title"):
        seen = [getattr(f, what) for f in fields if f.type != "filler"]
        double = {v for v in seen if seen.count(v) > 1}
        if double:
            raise LayoutError(f"{where}: {what} twice: {', '.join(sorted(double))}")
    return tuple(fields)


def leaves(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The items that carry a value, groups opened up."""
    return tuple(leaf for item in fields for leaf in (leaves(item.fields) if item.fields else (item,)))


def _field(
    body: Mapping[str, Any], kind: str, offset: int, code_lists: Mapping[str, Mapping[str, str]], where: str
) -> Field:
    unknown = set(body) - _KEYS
    if unknown:
        raise LayoutError(f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}")
    type_ = str(body["type"])
    name = str(body.get("name", "filler" if type_ == "filler" else ""))
    if type_ not in TYPES or not _NAME.fullmatch(name):
        raise LayoutError(f"{where}: type {type_}, name {name!r}")
    if "offset" in body and int(body["offset"]) != offset:
        raise LayoutError(f"{where}: stands at byte {offset}, not at {body['offset']}")
    size = int(body.get("size", 0))
    if kind == "fixed" and size < 1:
        raise LayoutError(f"{where}: size is missing")
    if type_ == "const" and "value" not in body:
        raise LayoutError(f"{where}: value is missing")
    codes, code_list = _codes(body, type_, code_lists, where)
    for key, known in (("check", CHECKS), ("charset", CLASSES)):
        if key in body and body[key] not in known:
            raise LayoutError(f"{where}: {key} {body[key]}")
    if "pattern" in body:
        re.compile(str(body["pattern"]))
    length, least = _lengths(body, type_, size, kind)
    return Field(
        name=name,
        title=str(body.get("title", "予備" if type_ == "filler" else name)),
        type=type_,
        size=size,
        offset=offset,
        length=length,
        min_length=least,
        required=bool(body.get("required", type_ == "const")),
        required_if=condition(body.get("required_if")),
        empty_if=condition(body.get("empty_if")),
        check=body.get("check"),
        pattern=body.get("pattern"),
        codes=codes,
        code_list=code_list,
        open=bool(body.get("open", False)),
        value=str(body["value"]) if "value" in body else None,
        minimum=None if type_ in _LENGTHS else _bound(body.get("min")),
        maximum=_bound(body.get("max")),
        unknown=bool(body.get("unknown", False)),
        format=str(body.get("format", "iso")),
        charset=body.get("charset"),
        chars=str(body.get("chars", "")),
        places=body.get("places"),
        blank=bool(body.get("blank", False)),
        blank_value=str(body["blank_value"]) if "blank_value" in body else None,
        pad=str(body.get("pad", "0" if type_ == "int" else " ")),
        align=str(body.get("align", "right" if type_ == "int" else "left")),
        repeat=0 if body.get("repeat") == "any" else int(body.get("repeat", 1)),
        max_bytes=int(body["bytes"]) if "bytes" in body else None,
        leading_zeros=bool(body.get("leading_zeros", False)),
        tag=str(body.get("tag", "")),
        fields=read_fields(body["fields"], kind, code_lists, where) if "fields" in body else (),
        error_codes={str(k): str(v) for k, v in (body.get("error_codes") or {}).items()},
        by_encoding={str(k): str(v) for k, v in (body.get("by_encoding") or {}).items()},
        note=str(body.get("note", "")),
    )


def _lengths(body: Mapping[str, Any], type_: str, size: int, kind: str) -> tuple[int | None, int]:
    if type_ not in _LENGTHS:
        return (int(body["len"]) if "len" in body else None), 0
    length = int(body["len"]) if "len" in body else None
    if kind in ("fixed", "tlv") and type_ == "digits" and length is None:
        length = size
    least = int(body.get("min", length if type_ in _EXACT and length is not None else 0))
    if length is not None and least > length:
        raise LayoutError(f"min {least} is more than len {length}")
    return length, least


def _codes(
    body: Mapping[str, Any], type_: str, code_lists: Mapping[str, Mapping[str, str]], where: str
) -> tuple[Mapping[str, str] | None, str | None]:
    raw = body.get("codes")
    if raw is None:
        if type_ == "code":
            raise LayoutError(f"{where}: codes are missing")
        return None, None
    if isinstance(raw, str):
        if raw not in code_lists:
            raise LayoutError(f"{where}: no code list {raw}")
        return code_lists[raw], raw
    return {str(k): str(v) for k, v in raw.items()}, None


def _bound(value: Any) -> int | str | None:
    if value is None or isinstance(value, int):
        return value
    return str(value)


def condition(raw: Any) -> Condition:
    """`{field: value or [values]}` as a tuple; every named field must match."""
    if not raw:
        return ()
    return tuple(
        (str(k), frozenset(str(v) for v in (values if isinstance(values, list) else [values])))
        for k, values in raw.items()
    )
