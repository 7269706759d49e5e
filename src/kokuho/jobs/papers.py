"""Taking the files of a print run out of the sealed store, for the printer (NET-04): by the right that printed them, recorded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag

from kokuho.core import audit, config, sealing
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun
from kokuho.documents import age_letters, certificates, decisions, hearing_letters
from kokuho.documents.listing import PRINT, PULLED
from kokuho.jobs.printing import folder

# Kind of run → the right that orders it, which is also the one to take its papers.
RIGHTS: Mapping[str, str] = {
    decisions.BATCH_KIND: "notice.print",
    certificates.BATCH_KIND: "certificate.print",
    age_letters.BATCH_KIND: "eligibility.letter",
    hearing_letters.BATCH_KIND: "eligibility.letter",
}
_LISTS = (f"{PRINT}/print-list.csv", f"{PRINT}/manifest.json", f"{PULLED}/pull-list.csv", f"{PULLED}/problems.csv",
          f"{PULLED}/manifest.json", "problems.csv", "run.json")  # fmt: skip


class PapersError(CodedError):
    """The papers cannot be taken. `code` is stable."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was written, and what was left in the store because it is about protected persons (支援措置)."""

    written: Sequence[Path]
    left: Sequence[str]


def take(*, by: Actor, run_id: int, out: Path) -> Taken:
    """Write the papers and lists of a finished run, opened, into the folder `out`, readable by this user only.

    Needs the right of the run's kind (`RIGHTS`); what may be about protected persons needs `protected.read` as well and is left otherwise.
    Whoever takes them keeps and destroys them: the system knows nothing of the copy but the record. Raises `PapersError`: PRINT-RUN no
    such run or not finished, PRINT-OUT a folder inside `KOKUHO_HOME` or one that holds such files, PRINT-GONE a file that was erased after
    its time, PRINT-BENT one that is not what was printed. What was written before an error is removed.
    """
    run = BatchRun.objects.filter(pk=run_id, kind__in=RIGHTS).first()
    if run is None or run.state != BatchRun.DONE:
        raise PapersError("PRINT-RUN", "印刷の終わった実行の番号を指定してください（番号は画面「バッチ」にあります）。")
    by.require(RIGHTS[run.kind])
    if out.resolve().is_relative_to(config.home().resolve()):
        raise PapersError("PRINT-OUT", "KOKUHO_HOME の中には取り出せません。印刷に使う機器・媒体のフォルダーを指定してください。")
    printed = {entry["file"]: entry["sha256"] for entry in run.results["file_list"]}
    store = folder(run.pk)
    names = [*printed, *(name for name in _LISTS if (store / name).is_file())]
    if not any(run.results.get(key) for key in ("pulled", "undeliverable")):  # lists of nobody
        names = [name for name in names if not name.startswith(f"{PULLED}/")]
    left = [] if by.may("protected.read") else [name for name in names if _of_the_protected(name)]
    told: dict[str, str] = {}
    written: list[Path] = []
    try:
        for name in names:
            if name not in left:
                told[name] = _open(store / name, out / name, printed.get(name), written)
        # Without its record nothing is taken.
        audit.record(
            by, function="prints.take", operation="export", row_count=len(told),
            detail={"run": run.pk, "folder": str(out)[:200], "files": told, "left": left},
        )  # fmt: skip
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return Taken(written, left)


def _of_the_protected(name: str) -> bool:
    """Whether a file is or may be about protected persons: everything pulled but the papers whose mail is only stopped."""
    return name.startswith(f"{PULLED}/") and not name.startswith(f"{PULLED}/mail_stopped-")


def _open(sealed: Path, target: Path, expected: str | None, written: list[Path]) -> str:
    """Write one file opened, block by block; returns the SHA-256 of its content."""
    if not sealed.is_file():
        raise PapersError("PRINT-GONE", f"{target.name} は保存期間を過ぎて消去されています。必要なときは理由を付けて作り直してください。")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = sha256()
    try:
        with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            written.append(target)
            for block in sealing.unsealed(sealed):
                digest.update(block)
                file.write(block)
    except FileExistsError as error:
        raise PapersError("PRINT-OUT", f"{target} が既にあります。空のフォルダーを指定してください。") from error
    except (InvalidTag, ValueError) as error:
        raise PapersError("PRINT-BENT", f"{target.name} は印刷したときのものではありません。理由を付けて作り直してください。") from error
    if expected is not None and digest.hexdigest() != expected:
        raise PapersError("PRINT-BENT", f"{target.name} は印刷したときのものではありません。理由を付けて作り直してください。")
    return digest.hexdigest()
