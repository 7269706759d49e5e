"""The lists and the manifest that go with the files of a print run.

`print/` is what the printer gets: it holds no row, name or count of a pulled document. `pulled/` and the problems stay
in the office. Every list is the same bytes for the same run, and sealed as the papers are.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kokuho.core.sealing import write_sealed
from kokuho.documents.chunk import Bundle, Outcome, PrintItem, state_file

PRINT, PULLED = "print", "pulled"
REASONS = {"protected": "支援措置", "mail_stopped": "送付停止"}
PLACE = ("ファイル", "先頭ページ", "ページ数")
# What a printer outside gets (forms.yaml: list): nothing that says who somebody is beyond what finds and sorts the paper.
PRINT_HEAD = ("連番", "文書番号", "郵便番号", "バーコード文字", *PLACE, "保留", "行政区")
PULL_HEAD = ("連番", "引抜の理由", "文書番号", "宛名番号", *PLACE, "備考")
PROBLEM_HEAD = ("文書番号", "宛名番号", "コード", "内容")


def prepare(out: Path, bundles: Iterable[Bundle]) -> None:
    """The folders of a run, without what an earlier run with other documents left behind.

    The lists are removed first: while a run is at work, or after it was killed, there is none to be mistaken for whole.
    """
    for folder in (PRINT, PULLED, ".state"):
        (out / folder).mkdir(mode=0o700, exist_ok=True)
    planned = {(bundle.folder, bundle.name) for bundle in bundles}
    notes = {state_file(out, *place).name for place in planned}
    for path in (out / ".state").iterdir():
        if path.name not in notes:  # of a bundle that is not printed now, or cut off in the middle of the writing
            path.unlink()
    for folder in (PRINT, PULLED):
        for path in (out / folder).iterdir():
            if path.is_file() and (path.suffix != ".pdf" or (folder, path.stem) not in planned):
                path.unlink()
    for name in ("run.json", "problems.csv"):
        (out / name).unlink(missing_ok=True)


def write(
    out: Path, items: Sequence[PrintItem], outcomes: Sequence[Outcome], undeliverable: Sequence[PrintItem]
) -> None:
    """All lists of a finished run; `outcomes` in the order of print."""
    by_number = {item.number: item for item in items}
    parts = {folder: [outcome for outcome in outcomes if outcome.folder == folder] for folder in (PRINT, PULLED)}
    write_sealed(out / PRINT / "print-list.csv", _csv(PRINT_HEAD, _print_rows(parts[PRINT], by_number)))
    write_sealed(out / PULLED / "pull-list.csv", _csv(PULL_HEAD, _pull_rows(parts[PULLED], by_number, undeliverable)))
    for folder, outcomes_there in parts.items():
        write_sealed(out / folder / "manifest.json", _json(_manifest(outcomes_there, by_number)))
        problems = [
            (problem.number, problem.atena_number, problem.code, problem.text)
            for outcome in outcomes_there
            for problem in outcome.problems
        ]
        # What is wrong with a protected person's document may quote it, so it stays with the pulled ones.
        place = out / PULLED / "problems.csv" if folder == PULLED else out / "problems.csv"
        write_sealed(place, _csv(PROBLEM_HEAD, problems))
    write_sealed(out / "run.json", _json(_totals(items, parts, undeliverable)))


def _print_rows(outcomes: Iterable[Outcome], items: dict[str, PrintItem]) -> Iterable[tuple[object, ...]]:
    serial = 0
    for outcome in outcomes:
        for row in outcome.rows:
            serial += 1
            item = items[row.number]
            hold = "1" if item.hold else "0"
            place = (outcome.file, row.first, row.sides, hold, item.ward)
            yield serial, row.number, item.postal_code, item.barcode, *place


def _pull_rows(
    outcomes: Iterable[Outcome], items: dict[str, PrintItem], undeliverable: Iterable[PrintItem]
) -> Iterable[tuple[object, ...]]:
    serial = 0
    for outcome in outcomes:
        for row in outcome.rows:
            serial += 1
            item = items[row.number]
            reason = REASONS[item.pull or ""]
            yield serial, reason, row.number, item.atena_number, outcome.file, row.first, row.sides, ""
    for item in undeliverable:
        serial += 1
        note = "安全な送付先が登録されていないため印刷していません。送付先を確かめてください。"
        yield serial, REASONS[item.pull or ""], item.number, item.atena_number, "", "", "", note


def _manifest(outcomes: Iterable[Outcome], items: dict[str, PrintItem]) -> dict[str, Any]:
    files = [
        {
            "file": outcome.file,
            "sha256": outcome.sha256,
            "bytes": outcome.size,
            "documents": len(outcome.rows),
            "pages": sum(row.sides for row in outcome.rows),
            "wards": _wards(outcome, items),
        }
        for outcome in outcomes
        if outcome.rows
    ]
    return {
        "files": files,
        "documents": sum(file["documents"] for file in files),
        "pages": sum(file["pages"] for file in files),
    }


def _wards(outcome: Outcome, items: dict[str, PrintItem]) -> list[str]:
    """The 行政区 of a file's documents; of those pulled none is told."""
    return [] if outcome.folder == PULLED else sorted({items[row.number].ward for row in outcome.rows} - {""})


def _totals(
    items: Sequence[PrintItem], parts: dict[str, list[Outcome]], undeliverable: Sequence[PrintItem]
) -> dict[str, int]:
    printed, pulled = (sum(len(outcome.rows) for outcome in parts[folder]) for folder in (PRINT, PULLED))
    refused = {problem.number for outcomes in parts.values() for outcome in outcomes for problem in outcome.problems}
    return {
        "documents": len(items),
        "printed": printed,
        "pulled": pulled,
        "undeliverable": len(undeliverable),
        "refused": len(refused),
    }


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode()


def _json(content: object) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
