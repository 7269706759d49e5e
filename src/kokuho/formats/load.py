"""Reads layout files and refuses the ones that are wrong: unknown keys, overlapping items, unproved certainty.

Layouts come from the package (`layouts/`) and from the directories named in the environment variable KOKUHO_LAYOUTS,
where a municipality keeps its own. A municipality's file may replace a layout marked `local` or `probable`; one marked
`exact` is locked, because it is somebody else's published standard.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from kokuho.formats.checkdigits import CHECKS
from kokuho.formats.errors import LayoutError
from kokuho.formats.fields import condition, leaves, read_fields
from kokuho.formats.model import CERTAINTIES, MARKS, READ_MARKS, CsvStyle, Layout, RecordType, Source, Total
from kokuho.formats.sequence import Sequencer

PACKAGE_DIRECTORY = Path(__file__).parent / "layouts"
# Data files beside the layouts that are not layouts themselves.
_NOT_LAYOUTS = {"codes.yaml", "messages.yaml"}
NEWLINES = {"crlf": b"\r\n", "cr": b"\r", "lf": b"\n", "none": b""}
ENCODINGS = ("utf-8", "cp932", "jisx0201", "ebcdic-kana")
KINDS = ("csv", "fixed", "tlv", "xml")
_KEYS = {
    "id", "title", "direction", "messages", "certainty", "sources", "valid", "kind", "encoding", "newline", "csv",
    "control", "size", "discriminator", "order", "eof", "final_newline", "bom", "records",
    "totals", "codes", "code_lists", "note", "xml_root", "crc_field", "read_only",
}  # fmt: skip
_STANDARD_CONTROL = [
    {"name": "mark", "title": "制御区分", "type": "const", "value": "CTL", "required": True},
    {"name": "sender", "title": "送信元団体コード", "type": "digits", "len": 6, "check": "municipality-code",
     "required": True},
    {"name": "link_id", "title": "連携ID", "type": "alnum", "chars": "-_", "min": 1, "len": 60, "required": True},
    {"name": "created_at", "title": "作成日時", "type": "datetime", "required": True},
    {"name": "count", "title": "データ件数", "type": "int", "required": True},
]  # fmt: skip


def _fail(path: str, message: str) -> LayoutError:
    return LayoutError(f"{path}: {message}")


def only_keys(raw: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    """Raise LayoutError for a key that means nothing; a misspelt key must not be silently ignored."""
    unknown = set(raw) - set(allowed)
    if unknown:
        raise LayoutError(f"{where}: unknown key {', '.join(sorted(map(str, unknown)))}")


def as_list(value: Any) -> list[Any]:
    """A YAML value that may be one or several."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def layout_from(raw: Mapping[str, Any], path: str = "") -> Layout:
    """Build a layout from the content of its YAML file. LayoutError says what is wrong with it."""
    try:
        return _build(raw, path)
    except LayoutError as error:
        raise _fail(path or str(raw.get("id", "?")), str(error)) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _fail(path or str(raw.get("id", "?")), f"{type(error).__name__}: {error}") from error


def _build(raw: Mapping[str, Any], path: str) -> Layout:
    only_keys(raw, _KEYS, "layout")
    kind = str(raw["kind"])
    if kind not in KINDS:
        raise LayoutError(f"kind: {kind}")
    encodings = tuple(str(e) for e in as_list(raw["encoding"]))
    newlines = tuple(NEWLINES[str(n)] for n in as_list(raw.get("newline", "crlf")))
    for encoding in encodings:
        if encoding not in ENCODINGS:
            raise LayoutError(f"encoding: {encoding}")
    code_lists = _code_lists(raw.get("code_lists"))
    csv_raw = raw.get("csv") or {}
    only_keys(csv_raw, ("quote", "delimiter", "header_row"), "csv")
    style = CsvStyle(
        quote=str(csv_raw.get("quote", "all")),
        delimiter=str(csv_raw.get("delimiter", ",")),
        header_row=bool(csv_raw.get("header_row", False)),
    )
    if style.quote not in ("all", "none") or len(style.delimiter) != 1:
        raise LayoutError("csv: quote is all or none, the delimiter one character")
    control = raw.get("control", "none") == "standard"
    size = int(raw.get("size", 0))
    records_raw = dict(raw["records"])
    if control:
        records_raw = {"control": {"title": "制御レコード", "fields": _STANDARD_CONTROL}, **records_raw}
    records = {name: _record(name, body, kind, size, code_lists) for name, body in records_raw.items()}
    order = str(raw.get("order") or ("control data*" if control else "data*"))
    for name in Sequencer(order).kinds:
        if name not in records:
            raise LayoutError(f"order names a record that does not exist: {name}")
    valid = raw.get("valid") or {}
    only_keys(valid, ("from", "until"), "valid")
    sources = tuple(_source(s) for s in as_list(raw.get("sources")))
    certainty = str(raw["certainty"])
    check_certainty(certainty, sources)
    direction = str(raw["direction"])
    if direction not in ("in", "out", "both"):
        raise LayoutError(f"direction: {direction}")
    eof = str(raw.get("eof", "forbid"))
    if eof not in ("forbid", "allow", "write"):
        raise LayoutError(f"eof: {eof}")
    final = str(raw.get("final_newline", "required"))
    if final not in ("required", "optional"):
        raise LayoutError(f"final_newline: {final}")
    totals = tuple(_total(t, records) for t in as_list(raw.get("totals")))
    if control:
        totals = (Total("control", "count", "data", before=True, whole_file=True), *totals)
    place = raw.get("discriminator")
    return Layout(
        id=str(raw["id"]),
        title=str(raw["title"]),
        direction=direction,
        certainty=certainty,
        sources=sources,
        kind=kind,
        encodings=encodings,
        newlines=newlines,
        records=records,
        order=order,
        valid_from=_date(valid.get("from")),
        valid_until=_date(valid.get("until")),
        messages=tuple(str(m) for m in as_list(raw.get("messages"))),
        size=size,
        discriminator=(int(place["offset"]), int(place["len"])) if place else None,
        csv=style,
        control=control,
        eof=eof,
        final_newline=final,
        bom=bool(raw.get("bom", False)),
        totals=totals,
        codes={str(k): str(v) for k, v in (raw.get("codes") or {}).items()},
        xml_root=str(raw.get("xml_root", "")),
        crc_field=raw.get("crc_field"),
        read_only=str(raw.get("read_only", "")),
        note=str(raw.get("note", "")),
        path=path,
    )


def _record(
    name: str, body: Mapping[str, Any], kind: str, size: int, code_lists: Mapping[str, Mapping[str, str]]
) -> RecordType:
    where = f"record {name}"
    only_keys(body, ("title", "tag", "key", "fields", "check", "note"), where)
    tree = read_fields(body["fields"], kind, code_lists, where)
    fields = leaves(tree) if kind == "tlv" else tree
    if kind == "fixed" and (total := sum(f.size for f in fields)) != size:
        raise LayoutError(f"{where}: items add up to {total} bytes, not {size}")
    record = RecordType(
        kind=name,
        title=str(body.get("title", name)),
        fields=fields,
        tag=str(body.get("tag", "")),
        key=tuple(str(k) for k in as_list(body.get("key"))),
        note=str(body.get("note", "")),
        check=body.get("check"),
        tree=tree if kind == "tlv" else (),
    )
    if record.check is not None and record.check not in CHECKS:
        raise LayoutError(f"{where}: check {record.check}")
    names = {f.name for f in fields}
    for item in fields:
        for other, _ in (*item.required_if, *item.empty_if):
            if other not in names:
                raise LayoutError(f"{where}.{item.name}: condition names {other}, which does not exist")
    for key in record.key:
        if not fields[record.index(key)].required:
            raise LayoutError(f"{where}: key {key} must be required")
    return record


def _total(raw: Mapping[str, Any], records: Mapping[str, RecordType]) -> Total:
    only_keys(raw, ("record", "field", "of", "sum", "where", "where_not", "before", "whole_file", "code"), "totals")
    total = Total(
        record=str(raw["record"]),
        field=str(raw["field"]),
        of=str(raw["of"]),
        sum=str(raw["sum"]) if raw.get("sum") else None,
        where=condition(raw.get("where")),
        where_not=condition(raw.get("where_not")),
        before=bool(raw.get("before", False)),
        whole_file=bool(raw.get("whole_file", raw.get("before", False))),
        code=str(raw["code"]) if raw.get("code") else None,
    )
    records[total.record].index(total.field)
    of = records[total.of]
    for name in [total.sum, *(n for n, _ in (*total.where, *total.where_not))]:
        if name is not None:
            of.index(name)
    return total


def _source(raw: Mapping[str, Any]) -> Source:
    only_keys(raw, ("mark", "text", "url"), "sources")
    if raw["mark"] not in MARKS:
        raise LayoutError(f"sources: mark {raw['mark']}")
    return Source(str(raw["mark"]), str(raw["text"]), str(raw["url"]) if raw.get("url") else None)


def check_certainty(certainty: str, sources: tuple[Source, ...]) -> None:
    """A layout may call itself exact or probable only with a source that was read and can be opened."""
    if certainty not in CERTAINTIES:
        raise LayoutError(f"certainty: {certainty}")
    if not sources:
        raise LayoutError("sources: at least one is needed")
    read = [s for s in sources if s.mark in READ_MARKS and s.url]
    if certainty == "exact" and not any(s.mark in ("S", "S2", "T") for s in read):
        raise LayoutError("certainty exact needs a source marked S, S2 or T with its url")
    if certainty == "probable" and not read:
        raise LayoutError("certainty probable needs a source marked S, S-ex, S2 or T with its url")


def _date(value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))


@lru_cache(maxsize=1)
def shared_code_lists() -> dict[str, dict[str, str]]:
    """Code lists of layouts/codes.yaml, by name."""
    text = (PACKAGE_DIRECTORY / "codes.yaml").read_text(encoding="utf-8")
    return {name: {str(k): str(v) for k, v in codes.items()} for name, codes in yaml.safe_load(text).items()}


def _code_lists(own: Mapping[str, Mapping[str, str]] | None) -> dict[str, Mapping[str, str]]:
    lists: dict[str, Mapping[str, str]] = dict(shared_code_lists())
    for name, codes in (own or {}).items():
        lists[str(name)] = {str(k): str(v) for k, v in codes.items()}
    return lists


def layout_file(path: str | Path) -> Layout:
    """Read one layout file."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise _fail(str(path), str(error)) from error
    if not isinstance(raw, dict):
        raise _fail(str(path), "not a layout")
    return layout_from(raw, str(path))


def layout_paths() -> list[Path]:
    """Every layout file: the package's and those of KOKUHO_LAYOUTS, in that order."""
    own = [Path(p) for p in os.environ.get("KOKUHO_LAYOUTS", "").split(os.pathsep) if p]
    return [*_shipped(), *(p for root in own for p in _in_folder(root))]


def _in_folder(root: Path) -> list[Path]:
    return [p for p in sorted(root.rglob("*.yaml")) if p.name not in _NOT_LAYOUTS]


@cache
def _shipped() -> tuple[Path, ...]:
    """The package's own files: their number does not change while the program runs."""
    return tuple(_in_folder(PACKAGE_DIRECTORY))


@lru_cache(maxsize=512)
def _read(path: str, changed: int) -> Layout:
    """One file; `changed` (its modification time) makes the cache forget an edited one."""
    found = layout_file(path)
    if found.id != _id_of(Path(path)):
        raise _fail(path, f"id {found.id} must be the file name up to an @")
    return found


def _id_of(path: Path) -> str:
    return path.stem.partition("@")[0]


def _versions(paths: list[Path]) -> list[Layout]:
    """The versions of one layout, the oldest first; a municipality's own files replace the package's."""
    shipped = [_read(str(p), p.stat().st_mtime_ns) for p in paths if p.is_relative_to(PACKAGE_DIRECTORY)]
    own = [_read(str(p), p.stat().st_mtime_ns) for p in paths if not p.is_relative_to(PACKAGE_DIRECTORY)]
    if own and any(lay.certainty == "exact" for lay in shipped):
        raise _fail(own[0].path, f"{own[0].id} is a published standard and cannot be replaced; use an id of your own")
    versions = sorted(own or shipped, key=lambda lay: lay.valid_from or date.min)
    for before, after in pairwise(versions):
        if (before.valid_until or date.max) >= (after.valid_from or date.min):
            raise _fail(after.path, f"{after.id} is valid at the same time as {before.path}")
    return versions


def library() -> dict[str, list[Layout]]:
    """All layouts by id, each with its versions, the oldest first."""
    by_id: dict[str, list[Path]] = {}
    for path in layout_paths():
        by_id.setdefault(_id_of(path), []).append(path)
    return {layout_id: _versions(paths) for layout_id, paths in sorted(by_id.items())}


def layout(layout_id: str, on: date | None = None) -> Layout:
    """The layout of that id valid on a day; without a day its newest version. KeyError when there is none."""
    versions = _versions([p for p in layout_paths() if _id_of(p) == layout_id])
    if not versions:
        raise KeyError(layout_id)
    if on is None:
        return versions[-1]
    for version in versions:
        if version.valid_on(on):
            return version
    raise KeyError(f"{layout_id}: no version valid on {on.isoformat()}")
