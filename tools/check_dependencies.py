"""Are the libraries of the product the listed ones? Works without a network: it compares what is installed with `dependencies.txt`.

The list names every library that the product needs at run time, directly or through another: version, licence, and a hash over the
hashes of its installed files (of the wheel for the platform on which the list was made). It is a constraints file of pip as well, so that
a new installation gets exactly these versions. Known vulnerabilities are looked up in an OSV export that was fetched elsewhere
(docs/operation.md); without one the output says that they were not.

    python tools/check_dependencies.py           # exit status 1 and a line for each deviation
    python tools/check_dependencies.py --write   # after a deliberate change: write the list anew, then look at the difference
    python tools/check_dependencies.py --advisories all.zip   # exit status 1 and a line for each known vulnerability too
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import advisories  # noqa: E402 -- beside this file

LIST = ROOT / "tools" / "dependencies.txt"
LINE = re.compile(r"(?P<name>[\w.-]+)==(?P<version>\S+)\s+# (?P<licence>[^;]+); sha256:(?P<hash>[0-9a-f]{64})")
FORBIDDEN = re.compile(r"\bAGPL|Affero", re.IGNORECASE)
PLATFORM = f"{sys.platform} CPython {sys.version_info[0]}.{sys.version_info[1]}"


def needed() -> dict[str, Distribution]:
    """Every library that the product's dependencies come to, from the metadata of what is installed."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    waiting, found = [Requirement(line) for line in told], {}
    done: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) in done:
                continue
            done.add((name, extra))
            found[name] = held = distribution(name)
            for line in held.requires or ():
                further = Requirement(line)
                if further.marker is None or further.marker.evaluate({"extra": extra}):
                    waiting.append(further)
    return dict(sorted(found.items()))


def licence(held: Distribution) -> str:
    """What the metadata says of the licence, in one line."""
    meta = held.metadata
    classified = [entry.rpartition(":: ")[2] for entry in meta.get_all("Classifier") or () if entry.startswith("License ::")]
    named = meta.get("License-Expression") or " / ".join(classified) or (meta.get("License") or "").strip().split("\n")[0]
    return re.sub(r"[;#\s]+", " ", named)[:80] or "UNKNOWN"


def fingerprint(held: Distribution) -> str:
    """A hash over the hashes of the installed files, without what differs from one installation to the next."""
    lines = []
    for file in held.files or ():
        own = file.parts[0] == ".." or file.suffix == ".pyc" or file.name in ("INSTALLER", "REQUESTED", "direct_url.json", "RECORD")
        if not own and file.hash is not None:
            lines.append(f"{file.as_posix()} {file.hash.value}")
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def write() -> None:
    """Write the list of what is installed now."""
    head = [
        "# The libraries that the product runs on: name, version, licence, hash over the installed files.",
        f"# Written {datetime.now(UTC):%Y-%m-%d} on {PLATFORM} by tools/check_dependencies.py --write; also pip's --constraint.",
    ]
    lines = [f"{name}=={held.version}  # {licence(held)}; sha256:{fingerprint(held)}" for name, held in needed().items()]
    LIST.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


def deviations() -> list[str]:
    """What is not as the list says, one line each."""
    text = LIST.read_text("utf-8")
    listed = {found["name"]: found for line in text.splitlines() if (found := LINE.match(line))}
    same_platform = f" on {PLATFORM} " in text
    found = []
    try:
        held = needed()
    except PackageNotFoundError as error:
        return [f"{error.name}: not installed"]
    for name, entry in held.items():
        if name not in listed:
            found.append(f"{name} {entry.version}: not in the list")
        elif entry.version != listed[name]["version"]:
            found.append(f"{name}: {entry.version} is installed, {listed[name]['version']} is listed")
        elif licence(entry) != listed[name]["licence"]:
            found.append(f"{name}: licence {licence(entry)!r} is not the listed one")
        elif same_platform and fingerprint(entry) != listed[name]["hash"]:
            found.append(f"{name}: the installed files are not the listed ones")
    found += [f"{name}: listed and not needed any more" for name in listed if name not in held]
    for entry in distributions():
        if FORBIDDEN.search(licence(entry)) or FORBIDDEN.search(entry.metadata.get("License") or ""):
            found.append(f"{entry.metadata['Name']}: AGPL")
    return found


def known(export: str) -> tuple[list[str], bool]:
    """What an OSV export says of the installed libraries, as lines, and whether that is in order. Without an export it says so."""
    if not export:
        return [advisories.NONE], True
    try:
        found = advisories.look_up(Path(export), {name: held.version for name, held in needed().items()})
    except advisories.Unreadable as error:
        return [f"advisories: {error}"], False
    told = f"advisories: {found.records} records of {advisories.ECOSYSTEM}, newest {found.newest}, {len(found.hits)} found"
    return [*map(str, found.hits), told], not found.hits


def main() -> int:
    """Exit status 0 when everything is as listed and nothing is known against it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the list of what is installed now")
    parser.add_argument("--advisories", default=os.environ.get("KOKUHO_ADVISORIES", ""), metavar="FILE",
                        help="an OSV export of PyPI: ZIP, folder or single record (also KOKUHO_ADVISORIES)")  # fmt: skip
    args = parser.parse_args()
    if args.write:
        write()
        return 0
    wrong = deviations()
    told, safe = known(args.advisories)
    for line in (*wrong, *told):
        print(line)
    return 1 if wrong or not safe else 0


if __name__ == "__main__":
    sys.exit(main())
