"""Known vulnerabilities of the listed libraries, looked up in an OSV export that was fetched on a machine with a network.

The export is the ZIP of all PyPI records (`all.zip` of the ecosystem PyPI at osv.dev), a folder of such records, or one of them.
Versions are compared by PEP 440. What was withdrawn does not count; a vulnerability under several names counts once.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ECOSYSTEM = "PyPI"
NONE = "advisories: no list was given (--advisories FILE or KOKUHO_ADVISORIES): known vulnerabilities were NOT looked up"


class Unreadable(ValueError):
    """The export is no export, or a record of it is none: nothing may be concluded from it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A vulnerability of an installed version. `fixed` are the first versions without it, by what the record says."""

    id: str
    aliases: tuple[str, ...]
    package: str
    version: str
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        names = f"{self.id} ({', '.join(self.aliases)})" if self.aliases else self.id
        mended = f"fixed in {', '.join(self.fixed)}" if self.fixed else "no fixed version"
        return f"advisory {names}: {self.package} {self.version}, {mended}"


@dataclass(frozen=True, slots=True)
class Found:
    """What an export told: how many records it has for PyPI, the day of the newest, and the hits."""

    records: int
    newest: str
    hits: tuple[Hit, ...]


def look_up(export: Path, installed: Mapping[str, str]) -> Found:
    """The hits among installed libraries (name → version). Raises `Unreadable` for what is no export of PyPI records."""
    hits: list[Hit] = []
    records, newest, told = 0, "", set[tuple[str, str]]()
    for record in _records(export):
        affected = [entry for entry in record.get("affected") or () if _of_pypi(entry)]
        records += bool(affected)
        newest = max(newest, str(record.get("modified", ""))[:10])
        if record.get("withdrawn"):
            continue
        for entry in affected:
            name = canonicalize_name(entry["package"]["name"])
            names = {record["id"], *(record.get("aliases") or ())}
            if name in installed and not {(name, one) for one in names} & told and (fixed := _fixed(entry, installed[name])) is not None:
                told |= {(name, one) for one in names}
                hits.append(Hit(record["id"], tuple(sorted(names - {record["id"]})), name, installed[name], fixed))
    if not records:
        raise Unreadable(f"{export}: no record of {ECOSYSTEM} in it")
    return Found(records, newest, tuple(sorted(hits, key=lambda hit: (hit.package, hit.id))))


def _of_pypi(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("package", {}).get("ecosystem") == ECOSYSTEM)


def _records(export: Path) -> Iterator[dict[str, Any]]:
    """The records of an export in the order of their names."""
    if export.is_dir():
        for path in sorted(export.rglob("*.json")):
            yield _record(path.name, path.read_bytes())
    elif zipfile.is_zipfile(export):
        with zipfile.ZipFile(export) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".json"):
                    yield _record(name, archive.read(name))
    elif export.is_file():
        yield _record(export.name, export.read_bytes())
    else:
        raise Unreadable(f"{export}: no such file or folder")


def _record(name: str, data: bytes) -> dict[str, Any]:
    try:
        record = json.loads(data)
        assert isinstance(record["id"], str)
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise Unreadable(f"{name}: not an OSV record") from error
    return dict(record)


def _fixed(entry: Mapping[str, Any], version: str) -> tuple[str, ...] | None:
    """The versions in which an affected version is mended, perhaps none; None when the version is not affected."""
    held = Version(version)
    ranges = [found for found in entry.get("ranges") or () if found.get("type") in ("ECOSYSTEM", "SEMVER")]
    within = [found for found in ranges if _within(found.get("events") or (), held)]
    if not within and not any(_version(told) == held for told in entry.get("versions") or ()):
        return None
    mended = {_version(event["fixed"]) for found in within or ranges for event in found["events"] if "fixed" in event}
    return tuple(str(first) for first in sorted(one for one in mended if one is not None and one > held)[:1])


def _within(events: Any, held: Version) -> bool:
    """Whether a version lies in a range, its events read in the order of their versions."""
    inside = False
    for kind, at in sorted(((kind, at) for event in events for kind, at in event.items()), key=lambda one: _order(one[1])):
        edge = _order(at)
        if kind == "introduced" and held >= edge:
            inside = True
        elif (kind == "fixed" and held >= edge) or (kind == "last_affected" and held > edge):
            inside = False
    return inside


def _order(told: str) -> Version:
    """A version of an event; 0 stands for the first of all. Raises `Unreadable` for none."""
    if told == "0":
        return Version("0.dev0")
    found = _version(told)
    if found is None:
        raise Unreadable(f"{told}: not a version of {ECOSYSTEM}")
    return found


def _version(told: str) -> Version | None:
    """A listed version; None for one that PEP 440 does not know (nobody can have installed it)."""
    try:
        return Version(told)
    except InvalidVersion:
        return None
