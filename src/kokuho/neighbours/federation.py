"""国保情報集約システム, standing in: `python -m kokuho.neighbours.federation --in FOLDER --out FOLDER`.

Reads the files of 資格情報（世帯）・（個人） that municipalities put into its folder, checks them by the layouts, keeps what it
learnt in `state.json` beside its answers, and writes back: the result of every record, the prefecture's dates, member IDs. A
person is one person throughout the prefecture by the My Number; a stay that begins in one municipality where another one ended
goes on (継続), an overlap is an error of the later record.

Faults on demand (`--fault`): wrong-layout, wrong-count, unknown-person, duplicate, my-number, reject, lost. Everything that was
read and written is a line of `log.jsonl`, without names or numbers.
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

PERSON, HOUSEHOLD = "shuyaku-person", "shuyaku-household"
RECEIPT, DATES, MEMBER_ID = "shuyaku-receipt", "shuyaku-dates", "shuyaku-member-id"
FAULTS = ("wrong-layout", "wrong-count", "unknown-person", "duplicate", "my-number", "reject", "lost")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 0; 1 when a file was refused."""
    return watch(
        argv, lambda folder, at, faults: Federation(folder, at, faults).take, prog="kokuho.neighbours.federation",
        stands_for="国保情報集約システム", faults=FAULTS,
    )  # fmt: skip


class Federation:
    """What the system knows, and its folder of answers."""

    def __init__(self, folder: Path, at: str, faults: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.at, self.faults = folder, at, faults
        self._seen_number = ""
        self._state = folder / "state.json"
        self.known: dict[str, Any] = {"files": [], "people": {}, "next": 1}
        if self._state.exists():
            self.known = json.loads(self._state.read_text("utf-8"))

    def take(self, inbox: Path) -> int:
        """Answer every file that has not been read yet; 1 when one was refused."""
        status = 0
        for path in sorted(inbox.glob("shuyaku-*.csv")):
            if path.name in self.known["files"]:
                continue
            layout = HOUSEHOLD if path.name.startswith(HOUSEHOLD) else PERSON
            with open(path, "rb") as stream:
                decoder = open_decode(layout, stream)
                rows = [(r.number, r.fields) for r in decoder.records() if r.kind == "data"]
            if not decoder.ok:
                status = 1
                self.log(event="refused", file=path.name, errors=[f"{e.code} {e.record} {e.field}" for e in decoder.errors[:20]])
                continue
            sender = decoder.control["sender"] if decoder.control else ""
            self.log(event="read", file=path.name, records=len(rows), sender=sender)
            self.answer(path.name, layout, sender, [fields for _, fields in rows])
            self.known["files"].append(path.name)
            self._state.write_text(json.dumps(self.known, ensure_ascii=False), "utf-8")
        return status

    def answer(self, name: str, layout: str, sender: str, rows: list[dict[str, Any]]) -> None:
        """The result of a file, and for persons the dates and IDs."""
        results = []
        told: list[tuple[dict[str, Any], dict[str, Any]]] = []
        for line, row in enumerate(rows, start=1):
            atena = row["head_atena"] if layout == HOUSEHOLD else row["atena_number"]
            error = None
            if layout == PERSON and row["insured_class"] == "1":
                error, person = self.judge(sender, row)
                if error is None and person is not None:
                    told.append((row, person))
            if "reject" in self.faults and line == 1:
                error = ("E9001", "試験のエラー")
            results.append(
                {
                    "file_name": name, "record": line, "atena_number": atena, "result": "1" if error else "0",
                    "error_code": error[0] if error else None, "message": error[1] if error else None, "processed_at": self.at,
                }
            )  # fmt: skip
        stem = name.removesuffix(".csv")
        if "lost" not in self.faults:
            self.write(RECEIPT, f"{stem}-receipt.csv", sender, results)
        if told:
            self.write(DATES, f"{stem}-dates.csv", sender, [self.dates(row, person) for row, person in told])
            ids = [
                {"atena_number": row["atena_number"], "member_id": person["stays"][-1]["id"], "prefecture_id": person["id"],
                 "processed_at": self.at} for row, person in told
            ]  # fmt: skip
            self.write(MEMBER_ID, f"{stem}-ids.csv", sender, ids)

    def judge(self, sender: str, row: dict[str, Any]) -> tuple[tuple[str, str] | None, dict[str, Any] | None]:
        """Put a reported stay to what is known of the person: (error, person)."""
        number = row["my_number"]
        if not number:
            return ("E1001", "個人番号がありません"), None
        self._seen_number = self._seen_number or number
        # Kept under a hash: a stand-in has no business holding numbers on a disk.
        key = hashlib.sha256(number.encode()).hexdigest()
        person = self.known["people"].setdefault(key, {"id": f"P{self._number():011d}", "stays": []})
        start, end = row["applied_from"], row["applied_until"]
        stays = person["stays"]
        own = next((s for s in stays if s["municipality"] == sender and s["from"] == start), None)
        if row["update"] == "3":
            person["stays"] = [s for s in stays if s is not own]
            return None, None
        others = [s for s in stays if s["municipality"] != sender]
        for other in others:
            if (other["until"] is None or start < other["until"]) and (end is None or other["from"] < end):
                return ("E2001", f"適用期間が市町村 {other['municipality']} と重複しています"), None
        stay = {"municipality": sender, "from": start, "until": end, "acquired": row["acquired_on"], "lost": row["lost_on"]}
        if own is None:
            # A stay corrected to begin elsewhere replaces the one it overlaps.
            stays[:] = [s for s in stays if s["municipality"] != sender or (s["until"] is not None and s["until"] <= start)]
            stays.append({**stay, "id": f"M{self._number():011d}"})
        else:
            own.update(stay)
        stays.sort(key=lambda s: s["from"])
        return None, person

    def dates(self, row: dict[str, Any], person: dict[str, Any]) -> dict[str, Any]:
        """The prefecture's dates of a person: the unbroken chain of stays that the reported one belongs to."""
        stays = person["stays"]
        place = next(i for i, s in enumerate(stays) if s["from"] == row["applied_from"])
        first = place
        while first and stays[first - 1]["until"] == stays[first]["from"]:
            first -= 1
        continued = first < place or (place + 1 < len(stays) and stays[place]["until"] == stays[place + 1]["from"])
        lost = None if continued and stays[-1]["until"] is None else stays[place]["lost"]
        return {
            "member_id": stays[place]["id"], "atena_number": row["atena_number"],
            "prefecture_acquired_on": min(stays[first]["acquired"], stays[first]["from"]), "prefecture_lost_on": lost,
            "judgement": "2" if lost else ("3" if continued else "1"), "processed_at": self.at,
        }  # fmt: skip

    def write(self, layout: str, name: str, sender: str, rows: list[dict[str, Any]]) -> None:
        """Write an answer, spoilt as asked, complete under its name at once."""
        made = io.BytesIO()
        encode_rows(layout, self.spoil_rows(layout, rows), made, control={"sender": sender, "created_at": self.at})
        data = made.getvalue()
        if "wrong-layout" in self.faults:
            data = data.replace(b'"\r\n', b'","extra"\r\n')
        if "wrong-count" in self.faults:
            head, _, rest = data.partition(b"\r\n")
            data = head.rsplit(b",", 1)[0] + b',"99999"\r\n' + rest
        if "my-number" in self.faults and layout == DATES:
            # Where an ID belongs stands the number that the municipality sent.
            data = data.replace(rows[0]["member_id"].encode(), self._seen_number.encode(), 1)
        part = self.folder / f".{name}.part"
        part.write_bytes(data)
        part.rename(self.folder / name)
        self.log(event="written", file=name, layout=layout, records=len(rows), faults=list(self.faults))

    def spoil_rows(self, layout: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows with a person whom nobody knows, or with the first one twice under another line."""
        if "unknown-person" in self.faults:
            rows = [{**rows[0], "atena_number": "999999999999999"}, *rows[1:]]
        if "duplicate" in self.faults and layout == MEMBER_ID and len(rows) > 1:
            rows = [rows[0], {**rows[1], "member_id": rows[0]["member_id"]}, *rows[2:]]
        return rows

    def _number(self) -> int:
        self.known["next"] += 1
        return int(self.known["next"])

    def log(self, **line: Any) -> None:
        """One line of the log."""
        with open(self.folder / "log.jsonl", "a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
