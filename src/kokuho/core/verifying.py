"""Verifying the sealed record: names the first position that is not as it was sealed, with the database or without it."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from kokuho.core import seals
from kokuho.core.seals import Row, Seal

# What a finding is called, in the order of weight.
KINDS: Mapping[str, str] = {
    "altered": "書き換えられています",
    "missing": "なくなっています",
    "inserted": "封の後に加えられています",
    "seal": "封が書き換えられています",
    "signature": "封の署名が正しくありません",
    "chain": "前日の封とつながっていません",
    "no-seal": "封がありません",
    "anchor": "外部の控えと一致しません",
    "no-anchor": "外部の控えがありません",
    "clock": "時計が戻っています",
    "clock-now": "時計がデータベースの時計とずれています",
    "unguarded": "記録の引き金が外れています",
    "history": "履歴と一致しません",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One broken position. `row` is the record's id, 0 when it is about the day itself."""

    day: date
    table: str
    row: int
    kind: str
    note: str = ""

    def __str__(self) -> str:
        place = f"{self.table} {self.row}" if self.row else self.table
        return f"{self.day} {place} {KINDS[self.kind]} {self.note}".replace("  ", " ").rstrip()


def compare(seal: Seal, rows: Iterable[Row]) -> list[Finding]:
    """The rows of a day against its seal (with its index)."""
    content = seal.content
    known = seals.read_index(seal.index)
    indexed = hashlib.sha256(seal.index).hexdigest() == content["index"]
    digest, tolerance = seals.Digest(), seals.clock_tolerance()
    found: list[Finding] = []
    for row in rows:
        digest.add(row, tolerance)
        if not indexed:
            continue
        expected = known.pop((row.table, row.id), None)
        if expected is None:
            found.append(Finding(seal.day, row.table, row.id, "inserted"))
        elif expected != hashlib.sha256(row.line.encode()).digest()[: len(expected)]:
            found.append(Finding(seal.day, row.table, row.id, "altered"))
    if indexed:
        found += [Finding(seal.day, table, row_id, "missing") for table, row_id in known]
    else:
        found.append(Finding(seal.day, "core_dayseal", 0, "seal", "（行の一覧）"))
    if digest.hash != content["rows"] and not found:
        found.append(Finding(seal.day, "core_dayseal", 0, "altered", "（行は特定できません）"))
    for place in digest.clock:
        table, _, row_id = place.partition(":")
        found.append(Finding(seal.day, table, int(row_id), "clock"))
    return sorted(found)


def chain(sealed: Sequence[Seal], keys: set[str], *, whole: bool) -> list[Finding]:
    """The seals among themselves: hash, signature, day after day. `whole`: the first must be the very first."""
    found: list[Finding] = []
    previous: Seal | None = None
    for seal in sealed:
        content = seal.content
        if seals.hash_of(seal.payload) != seal.hash or content["day"] != seal.day.isoformat():
            found.append(Finding(seal.day, "core_dayseal", 0, "seal"))
        if not any(seals.signed_by(seal, key) for key in keys):
            found.append(Finding(seal.day, "core_dayseal", 0, "signature"))
        if previous is not None:
            gap = previous.day + timedelta(days=1)
            while gap < seal.day:
                found.append(Finding(gap, "core_dayseal", 0, "no-seal"))
                gap += timedelta(days=1)
        expected = previous.hash if previous else seals.GENESIS
        if (previous or whole) and content["previous"] != expected:
            found.append(Finding(seal.day, "core_dayseal", 0, "chain"))
        previous = seal
    return found


def verify(*, anchors: Iterable[Path] = (), since: date | None = None) -> list[Finding]:
    """The whole record against seals and anchors, first broken position first; empty means intact.

    `anchors`: files or folders besides the installation's own. `since` limits the reading of rows to later days; seals,
    chain and anchors are always checked from the first day.
    """
    sealed = seals.stored()
    kept, keys = seals.read_anchors([seals.anchor_folder(), *anchors])
    found = chain(sealed, {seals.public_key()}, whole=True)
    found += [Finding(seals.today(), "anchors", 0, "anchor", "（別の鍵）") for _ in keys - {seals.public_key()}]
    by_day = {seal.day: seal for seal in sealed}
    for day, other in kept.items():
        if day not in by_day:
            found.append(Finding(day, "core_dayseal", 0, "no-seal", "（控えにはあります）"))
        elif (other.payload, other.signature) != (by_day[day].payload, by_day[day].signature):
            found.append(Finding(day, "core_dayseal", 0, "anchor"))
    found += [Finding(day, "core_dayseal", 0, "no-anchor") for day in by_day if day not in kept]
    purged = purged_until()
    for seal in sealed:
        if purged is not None and seal.day <= purged:
            found += [Finding(seal.day, row.table, row.id, "inserted") for row in seals.rows_of(seal.day)]
        elif since is None or seal.day >= since:
            found += of_day(seal)
    return sorted([*found, *_outside(sealed), *_now()])


def of_day(seal: Seal) -> list[Finding]:
    """A sealed day's rows in the database against its seal."""
    whole = Seal(seal.day, seal.payload, seal.hash, seal.signature, seals.index_of(seal.day))
    return compare(whole, seals.rows_of(seal.day, seal.content["version"]))


def purged_until() -> date | None:
    """The last day whose rows were purged by the rules. A purge record that reaches into the kept years does not count."""
    from kokuho.core import journal
    from kokuho.core.clock import JAPAN
    from kokuho.core.models import AuditRecord

    years = journal.settings()["retention_years"]
    rows = AuditRecord.objects.filter(function="audit.purge", operation="remove", result="ok").values_list("at", "detail")
    days = [(at.astimezone(JAPAN).date(), date.fromisoformat(detail["until"])) for at, detail in rows]
    return max((until for on, until in days if until < years_before(on, years)), default=None)


def years_before(day: date, years: int) -> date:
    """The same day some years before; 28 February for a 29 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _outside(sealed: Sequence[Seal]) -> list[Finding]:
    """Rows before the first seal, and closed days after the last one."""
    first, today = seals.first_day(), seals.today()
    found: list[Finding] = []
    if first is None:
        return found
    day = first
    while sealed and day < sealed[0].day:
        found += [Finding(day, row.table, row.id, "inserted") for row in seals.rows_of(day)]
        day += timedelta(days=1)
    day = sealed[-1].day + timedelta(days=1) if sealed else first
    while day < today:
        found.append(Finding(day, "core_dayseal", 0, "no-seal"))
        day += timedelta(days=1)
    return found


def _now() -> list[Finding]:
    from django.db import connection

    from kokuho.core import histories, journal

    today = seals.today()
    connection.ensure_connection()
    found = [Finding(today, name, 0, "unguarded") for name in journal.unguarded(connection.connection)]
    found += [Finding(today, apart.table, 0, "history", str(apart)) for apart in histories.compare()]
    difference = seals.clock_difference()
    if abs(difference) > seals.clock_tolerance():
        found.append(Finding(today, "clock", 0, "clock-now", f"（{difference.total_seconds():+.0f}秒）"))
    return found


# --- exports ------------------------------------------------------------------------------------------------------------


def export(out: Path, *, first: date, last: date) -> tuple[int, int]:
    """Write the sealed days first…last with their canonical lines to a new file of mode 0600. Returns (days, rows).

    Raises FileExistsError for a file that exists and `SealError` when a day has no seal.
    """
    days = [seal for seal in seals.stored() if first <= seal.day <= last]
    if len(days) != (last - first).days + 1:
        raise seals.SealError("SEAL-MISSING", f"{first}～{last} に封のない日があります。封をしてから書き出してください。")
    count = 0
    with open(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        for seal in days:
            head = {**seals.portable(seal), "index_rows": b64encode(seals.index_of(seal.day)).decode()}
            file.write(json.dumps(head, ensure_ascii=False) + "\n")
            for row in seals.rows_of(seal.day, seal.content["version"]):
                file.write(row.line + "\n")
                count += 1
    return len(days), count


@dataclass(frozen=True, slots=True)
class Offline:
    """The result of verifying an export: what is broken, and the keys that its seals name."""

    findings: tuple[Finding, ...]
    keys: frozenset[str]
    days: int
    rows: int


def verify_export(path: Path, *, key: str | None = None, anchors: Iterable[Path] = ()) -> Offline:
    """Verify an export without the database.

    `key`: the public key that the auditor has noted down; without it the anchors' keys, else the export's own, which then
    has to be compared by eye. Raises ValueError for a file that is no export.
    """
    kept, anchor_keys = seals.read_anchors(anchors)
    days: list[tuple[Seal, list[Row]]] = []
    named: set[str] = set()
    with open(path, encoding="utf-8") as file:
        for number, text in enumerate(file, start=1):
            try:
                raw = json.loads(text)
                if isinstance(raw, dict):
                    days.append((seals.from_file(raw, b64decode(raw["index_rows"])), []))
                    named.add(raw["public_key"])
                else:
                    days[-1][1].append(_exported_row(raw, text.rstrip("\n")))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise ValueError(f"{path} {number}行目: 操作記録の書出しとして読めません。") from error
    keys = {key} if key else (anchor_keys or named)
    sealed = [seal for seal, _ in days]
    found = chain(sealed, keys, whole=False)
    for seal, rows in days:
        found += compare(seal, rows)
        if seal.day in kept and kept[seal.day].payload != seal.payload:
            found.append(Finding(seal.day, "core_dayseal", 0, "anchor"))
    return Offline(tuple(sorted(found)), frozenset(named), len(days), sum(len(rows) for _, rows in days))


def _exported_row(raw: list[Any], line: str) -> Row:
    if raw[0] not in seals.TABLES[seals.FORMAT]:
        raise ValueError(raw[0])
    return Row(raw[0], int(raw[1]), line, raw[2])
