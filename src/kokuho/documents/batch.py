"""A print run: N documents as numbered files of about a hundred, on all cores, the same content whenever it is repeated.

What must not go to the printer, documents of protected persons (支援措置) and of those whose mail is stopped, goes to
a bundle of its own with its own list (引抜). A document that cannot be printed rightly is left out and listed with the
reason.

Every file is sealed (NET-04) and appears under its name only when whole. A run that was killed is simply started again: every chunk is
loaded anew, and one whose data, template and fonts are unchanged and whose file has the recorded hash is kept.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from kokuho.documents import listing
from kokuho.documents.chunk import Bundle, Outcome, PrintItem, print_bundle
from kokuho.documents.engine import kind_named, ready
from kokuho.documents.settings import PrintSettings

Progress = Callable[[int, int], None]
"""Called with the number of documents done and of all."""


class RunInUse(RuntimeError):
    """Another process is printing into the same folder."""


class DocumentSource(Protocol):
    """Where a run's documents come from. It is sent to the worker processes, so it must be picklable."""

    def setup(self) -> None:
        """Called once in each worker before the first `load`, e.g. to open a database connection of its own."""

    def items(self) -> Iterable[PrintItem]:
        """Everything that the run is about, light; read once, in the parent."""

    def load(self, numbers: Sequence[str]) -> Sequence[Any]:
        """The documents with these numbers. One that is not returned is listed as a problem."""


@dataclass(frozen=True, slots=True)
class PrintResult:
    """What a run did. printed + pulled + undeliverable + refused = items."""

    items: int
    printed: int
    pulled: int
    undeliverable: int  # protected, and no safe 送付先 is registered: listed, not printed
    refused: int  # documents with a problem, see problems.csv
    pages: int  # sides that carry text
    files: int
    kept: int  # files that an earlier attempt had already made
    seconds: float
    unprinted: tuple[str, ...] = ()  # 文書番号 of what was not printed: undeliverable or with a problem
    out_of_mail: tuple[tuple[str, str, str], ...] = ()  # 文書番号, 宛名番号, reason of each document that was not mailed


def planned(items: Iterable[PrintItem], settings: PrintSettings) -> list[Bundle]:
    """The files of a run in the order of print: the normal run, ward by ward where the settings say so, then each reason to pull."""
    groups: dict[str | None, list[PrintItem]] = {None: [], "protected": [], "mail_stopped": []}
    for item in items:
        if item.deliverable or item.pull is None:
            groups[item.pull].append(item)
    by_post = settings.order == "postal"
    bundles = []
    for pull, group in groups.items():
        group.sort(key=lambda item: (item.postal_code, item.barcode, item.number) if by_post else (item.number,))
        # What is pulled stays in one office, and a ward would tell where somebody protected lives.
        parts = _parts(group) if settings.by_ward and pull is None else [group]
        files = [part[start : start + settings.chunk] for part in parts for start in range(0, len(part), settings.chunk)]
        for count, file in enumerate(files, start=1):
            name = f"{count:04d}" if pull is None else f"{pull}-{count:04d}"
            bundles.append(Bundle(listing.PRINT if pull is None else listing.PULLED, name, tuple(file)))
    return bundles


def _parts(group: Sequence[PrintItem]) -> list[list[PrintItem]]:
    """The documents of each 行政区, in the order in which they stood; those of no ward last."""
    parts: dict[str, list[PrintItem]] = {}
    for item in group:
        parts.setdefault(item.ward, []).append(item)
    return [parts[ward] for ward in sorted(parts, key=lambda ward: (ward == "", ward))]


def print_run(
    kind_name: str,
    source: DocumentSource,
    out: Path,
    settings: PrintSettings,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> PrintResult:
    """Print everything that `source` names into `out`, which must belong to this run alone.

    Raises FontsMissing before anything is printed, RunInUse when another process prints into `out`, KeyError for an
    unknown kind, ValueError when a number comes twice.
    """
    started = perf_counter()
    kind_named(kind_name)
    ready(settings)
    items = list(source.items())
    if len({item.number for item in items}) != len(items):
        raise ValueError("同じ文書番号が2度あります。")
    with _owned(out):
        bundles = planned(items, settings)
        listing.prepare(out, bundles)
        outcomes = []
        done = 0
        for outcome in _worked(kind_name, source, out, settings, bundles, processes):
            outcomes.append(outcome)
            done += outcome.items
            if progress:
                progress(done, len(items))
        position = {(bundle.folder, bundle.name): place for place, bundle in enumerate(bundles)}
        outcomes.sort(key=lambda outcome: position[outcome.folder, outcome.name])
        undeliverable = [item for item in items if item.pull is not None and not item.deliverable]
        listing.write(out, items, outcomes, undeliverable)
    by_number = {item.number: item for item in items}
    aside = [by_number[row.number] for outcome in outcomes if outcome.folder == listing.PULLED for row in outcome.rows]
    return PrintResult(
        items=len(items),
        printed=sum(len(outcome.rows) for outcome in outcomes if outcome.folder == listing.PRINT),
        pulled=sum(len(outcome.rows) for outcome in outcomes if outcome.folder == listing.PULLED),
        undeliverable=len(undeliverable),
        refused=len({p.number for outcome in outcomes for p in outcome.problems}),
        pages=sum(row.pages for outcome in outcomes for row in outcome.rows),
        files=sum(1 for outcome in outcomes if outcome.rows),
        kept=sum(1 for outcome in outcomes if outcome.kept),
        seconds=perf_counter() - started,
        unprinted=tuple(sorted({item.number for item in undeliverable} | {p.number for outcome in outcomes for p in outcome.problems})),
        out_of_mail=(
            *((item.number, item.atena_number, item.pull or "") for item in aside),
            *((item.number, item.atena_number, "undeliverable") for item in undeliverable),
        ),
    )


@contextmanager
def _owned(out: Path) -> Iterator[None]:
    out.mkdir(parents=True, exist_ok=True)
    with open(out / ".lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunInUse(f"{out} には別の処理が印刷しています。") from error
        yield


_worker: dict[str, Any] = {}


def _start_worker(kind_name: str, source: DocumentSource, out: Path, settings: PrintSettings) -> None:
    # One thread a process: the processes already use all cores.
    os.environ["RAYON_NUM_THREADS"] = "1"
    _worker.update(kind=kind_named(kind_name), source=source, out=out, settings=settings)
    source.setup()


def _work(bundle: Bundle) -> Outcome:
    return print_bundle(_worker["kind"], _worker["source"].load, _worker["out"], _worker["settings"], bundle)


def _worked(
    kind_name: str,
    source: DocumentSource,
    out: Path,
    settings: PrintSettings,
    bundles: Sequence[Bundle],
    processes: int | None,
) -> Iterator[Outcome]:
    wanted = min(processes or len(os.sched_getaffinity(0)), len(bundles))
    if wanted <= 1:
        kind = kind_named(kind_name)
        for bundle in bundles:
            yield print_bundle(kind, source.load, out, settings, bundle)
        return
    # spawn, not fork: the parent may hold database connections and threads.
    with ProcessPoolExecutor(
        wanted,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(kind_name, source, out, settings),
    ) as pool:
        waiting = iter(bundles)
        running: set[Future[Outcome]] = set()
        while True:
            for bundle in waiting:
                running.add(pool.submit(_work, bundle))
                if len(running) >= 2 * wanted:
                    break
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
