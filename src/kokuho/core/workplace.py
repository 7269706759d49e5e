"""The one place of temporary files (EXPORT-06): `KOKUHO_WORK`, or `work` in `KOKUHO_HOME`.

Every piece of work has a folder of its own, named after its process; it goes when the work ends, also by an error. What a
kill leaves behind, `sweep` removes: at the start of every worker and of the screens, and by `kokuho files sweep`. Python's own
temporary files are sent here as well. Where the disk is not encrypted, put it into memory (tmpfs).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kokuho.core import config, parameters, sealing

# Folders in which files are written under another name first (`….part`) and then renamed.
_PARTS_OF = ("inbox", "outbox", "backups", "anchors", "prints", "erasures", "extracts")


def place() -> Path:
    """The folder of all temporary files, readable by this user only."""
    path = Path(os.environ["KOKUHO_WORK"]) if os.environ.get("KOKUHO_WORK") else config.home() / "work"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def settle() -> None:
    """Libraries that ask Python for a temporary file get one here."""
    tempfile.tempdir = str(place())


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """A folder for one piece of work; it goes with everything in it when the work ends."""
    path = place() / f"{purpose}-{os.getpid()}-{_started(os.getpid())}-{secrets.token_hex(4)}"
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def residue() -> list[Path]:
    """What no living work owns: folders of dead processes, files without an owner and parts of files that are older than
    `export.staging_minutes`."""
    oldest = parameters.value("export.staging_minutes") * 60
    now, found = time.time(), []
    for path in place().iterdir():
        owner = path.name.split("-")
        owned = len(owner) == 4 and owner[1].isdigit()
        if _started(int(owner[1])) != owner[2] if owned else _age(path, now) > oldest:
            found.append(path)
    for name in _PARTS_OF:
        found += [p for p in (config.home() / name).rglob("*.part") if _age(p, now) > oldest]
    return sorted(found)


def sweep() -> int:
    """Remove what is left of work that ended in another way than it should. Returns how many things went."""
    left = residue()
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)


def seal_open() -> int:
    """Seal print files that an older version left open in the document store (NET-04); their day of change stays. Returns how many."""
    found = [p for p in (config.home() / "prints").rglob("*") if p.is_file() and p.suffix not in (".part", ".lock") and p.name != ".lock"]
    still_open = [path for path in found if not sealing.is_sealed(path)]
    for path in still_open:
        last = path.stat()
        sealing.write_sealed(path, path.read_bytes())
        os.utime(path, ns=(last.st_atime_ns, last.st_mtime_ns))
    return len(still_open)


def _age(path: Path, now: float) -> float:
    with contextlib.suppress(FileNotFoundError):
        return now - path.lstat().st_mtime
    return 0


def _started(process: int) -> str:
    """When a process began, so that a number that is used again is not taken for the old process; empty when there is none."""
    try:
        text = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]
