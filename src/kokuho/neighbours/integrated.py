"""団体内統合宛名システム, standing in: `python -m kokuho.neighbours.integrated --in FOLDER --out FOLDER`.

Reads the files of 宛名情報 登録・変更 that the municipality's own system puts into its folder, checks them by the layout, gives each
person one 団体内統合宛名番号 by the My Number and writes it back under the 宛名番号 that was asked about.

Faults on demand (`--fault`): other-person (answers about somebody nobody asked about), second-number (another number than before),
one-for-two (the number of one person for another), lost. Everything read and written is a line of `log.jsonl`, without names or numbers.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kokuho.formats import encode_rows, open_decode
from kokuho.neighbours.watching import watch

ASKED, ANSWER = "atena-register", "atena-number"
FAULTS = ("other-person", "second-number", "one-for-two", "lost")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 when a file was refused."""
    return watch(
        argv, lambda folder, at, faults: Numbers(folder, at, faults).take, prog="kokuho.neighbours.integrated",
        stands_for="団体内統合宛名システム", faults=FAULTS,
    )  # fmt: skip


class Numbers:
    """What the system knows, and its folder of answers."""

    def __init__(self, folder: Path, at: str, faults: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.at, self.faults = folder, at, faults
        self._state = folder / "state.json"
        self.known: dict[str, Any] = {"files": [], "people": {}, "next": 1}
        if self._state.exists():
            self.known = json.loads(self._state.read_text("utf-8"))

    def take(self, inbox: Path) -> int:
        """Answer every file that has not been read yet; 1 when one was refused."""
        status = 0
        for path in sorted(inbox.glob(f"{ASKED}-*.csv")):
            if path.name in self.known["files"]:
                continue
            with open(path, "rb") as stream:
                decoder = open_decode(ASKED, stream)
                rows = [record.fields for record in decoder.records() if record.kind == "data"]
            if not decoder.ok:
                status = 1
                self.log(event="refused", file=path.name, errors=[f"{e.code} {e.record} {e.field}" for e in decoder.errors[:20]])
                continue
            sender = decoder.control["sender"] if decoder.control else ""
            updates = {code: sum(row["update"] == code for row in rows) for code in ("1", "2", "3")}
            self.log(event="read", file=path.name, sender=sender, records=len(rows), updates=updates,
                     numbered=sum(bool(row["my_number"]) for row in rows))  # fmt: skip
            answers = [self.answer(row) for row in rows]
            if "lost" not in self.faults:
                self.write(f"{path.stem}-numbers.csv", sender, self.spoilt([one for one in answers if one]))
            self.known["files"].append(path.name)
            self._state.write_text(json.dumps(self.known, ensure_ascii=False), "utf-8")
        return status

    def answer(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """The number of a person; nothing about somebody who is taken back or has no My Number."""
        if row["update"] == "3" or not row["my_number"]:
            return None
        # Kept under a hash: a stand-in has no business holding numbers on a disk.
        key = hashlib.sha256(row["my_number"].encode()).hexdigest()
        if key not in self.known["people"] or "second-number" in self.faults:
            self.known["people"][key] = {"number": f"{self.known['next']:015d}", "on": self.at[:10]}
            self.known["next"] += 1
        person = self.known["people"][key]
        return {"atena_number": row["atena_number"], "integrated_number": person["number"], "numbered_on": person["on"]}

    def spoilt(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Answers as the faults would have them."""
        if "other-person" in self.faults and rows:
            rows = [{**rows[0], "atena_number": "999999999999999"}, *rows[1:]]
        if "one-for-two" in self.faults and len(rows) > 1:
            rows = [rows[0], {**rows[1], "integrated_number": rows[0]["integrated_number"]}, *rows[2:]]
        return rows

    def write(self, name: str, sender: str, rows: list[dict[str, Any]]) -> None:
        """Write an answer, complete under its name at once; none where there is nothing to say."""
        if not rows:
            return
        made = io.BytesIO()
        encode_rows(ANSWER, rows, made, control={"sender": sender, "created_at": self.at})
        part = self.folder / f".{name}.part"
        part.write_bytes(made.getvalue())
        part.rename(self.folder / name)
        self.log(event="written", file=name, records=len(rows), faults=list(self.faults))

    def log(self, **line: Any) -> None:
        """One line of the log."""
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
