"""住登外管理システム, standing in: `python -m kokuho.neighbours.outside --in FOLDER --out FOLDER`.

Reads the requests of the municipality's own system, gives everybody a number of its own, one for the same kana and birth date, and
writes the registration back with the number that was asked with. `--fault stranger` answers what nobody asked.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kokuho.formats import encode_rows, open_decode

LAYOUT = "jutogai"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 when a file was refused."""
    parser = argparse.ArgumentParser(prog="kokuho.neighbours.outside", description="住登外管理システムの代わり")
    parser.add_argument("--in", dest="inbox", type=Path, required=True, help="依頼のファイルが置かれるフォルダー")
    parser.add_argument("--out", dest="outbox", type=Path, required=True, help="回答を置くフォルダー")
    parser.add_argument("--fault", action="append", default=[], choices=("stranger",), help="誤った回答を返す")
    parser.add_argument("--at", default="2026-07-01T20:00:00", help="処理日時")
    args = parser.parse_args(argv)
    folder: Path = args.outbox
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / "outside.json"
    known: dict[str, Any] = json.loads(state.read_text("utf-8")) if state.exists() else {"files": [], "people": {}, "next": 700_001}
    status = 0
    for path in sorted(args.inbox.glob(f"{LAYOUT}-*.csv")):
        if path.name in known["files"]:
            continue
        with open(path, "rb") as stream:
            decoder = open_decode(LAYOUT, stream)
            rows = [record.fields for record in decoder.records() if record.kind == "data"]
        if not decoder.ok:
            status = 1
            _log(folder, event="refused", file=path.name, errors=[f"{e.code} {e.record} {e.field}" for e in decoder.errors[:20]])
            continue
        answers = [_answer(known, row, args.at) for row in rows if row["update"] != "3"]
        if "stranger" in args.fault:
            answers = [{**row, "requested_number": "999999999999999"} for row in answers]
        sender = decoder.control["sender"] if decoder.control else ""
        _write(folder / f"{path.stem}-answers.csv", sender, answers, args.at)
        _log(folder, event="answered", file=path.name, records=len(rows), answers=len(answers))
        known["files"].append(path.name)
        state.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
    return status


def _answer(known: dict[str, Any], row: dict[str, Any], at: str) -> dict[str, Any]:
    """The registration under the system's own number, with the number of the request; under its own number as a plain change."""
    asked = row["atena_number"]
    if asked in known["people"].values():
        return {**row, "update": "2", "requested_number": None, "processed_at": at}
    key = f"{row['name_kana']}|{row['birth_date']}"
    number = known["people"].get(key)
    if number is None:
        number = known["people"][key] = str(known["next"])
        known["next"] += 1
    return {**row, "atena_number": number, "requested_number": asked, "processed_at": at}


def _write(path: Path, sender: str, rows: list[dict[str, Any]], at: str) -> None:
    if not rows:
        return
    made = io.BytesIO()
    encode_rows(LAYOUT, rows, made, control={"sender": sender, "created_at": at})
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(made.getvalue())
    part.rename(path)


def _log(folder: Path, **line: Any) -> None:
    with open(folder / "log.jsonl", "a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
