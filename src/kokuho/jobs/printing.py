"""The running of an ordered print run, the same for every kind of paper: its files, its chunks, what was pulled, its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from kokuho.core import clock, config, runs, sealing
from kokuho.core.access import Actor
from kokuho.core.models import BatchChunk, BatchRun
from kokuho.desks.people.actions import pulled
from kokuho.documents.batch import DocumentSource, PrintResult, print_run
from kokuho.documents.settings import PrintSettings

# (what is being done, done, total)
Progress = Callable[[str, int, int], None]


def folder(batch_id: int) -> Path:
    """Where a run's files are: `KOKUHO_HOME/prints/<run>`, sealed. `jobs.papers` opens them."""
    return config.folder("prints") / str(batch_id)


def printed(
    batch: BatchRun,
    kind: str,
    prepared: Callable[[], tuple[DocumentSource, PrintSettings]],
    *,
    by: Actor,
    processes: int | None,
    progress: Progress | None,
    after: Callable[[PrintResult], None] | None = None,
) -> None:
    """Print a started run. `prepared` says what and how; what it or the printing raises marks the run as failed. `after` writes what
    follows from the paper, in one transaction with 引抜帳票 and the end of the run. After a kill it comes to the same files."""

    def tell(done: int, total: int) -> None:
        # A chunk of the run stands for a file: its rows only say how far the printing is.
        BatchChunk.objects.filter(run=batch, done_at__isnull=True, last_key__lte=done).update(done_at=clock.now())
        if progress:
            progress(batch.title, done, total)

    out = folder(batch.pk)
    try:
        source, settings = prepared()
        made = print_run(kind, source, out, settings, processes=processes, progress=tell)
    except Exception as error:
        runs.fail(batch, str(error))
        raise
    # Those that nothing was made for have no file that would tell of them.
    tell(made.items, made.items)
    with transaction.atomic():
        pulled.keep(by=by, on=batch.business_date, batch_id=batch.pk, document=kind, rows=made.out_of_mail)
        if after:
            after(made)
        runs.finish(batch, _results(out, made))


def _results(out: Path, made: PrintResult) -> dict[str, Any]:
    """Counts and files of a print run, as the batch console shows them."""
    files = [
        {"file": f"{part}/{entry['file']}", **{key: entry[key] for key in ("sha256", "bytes", "documents", "pages", "wards")}}
        for part in ("print", "pulled")
        for entry in json.loads(sealing.read_sealed(out / part / "manifest.json"))["files"]
    ]
    return {
        "documents": made.items,
        "printed": made.printed,
        "pulled": made.pulled,
        "undeliverable": made.undeliverable,
        "not_printed": list(made.unprinted),
        "problems": made.refused,
        "pages": made.pages,
        "sides": sum(file["pages"] for file in files),
        "files": made.files,
        "seconds": round(made.seconds, 2),
        "folder": str(out.relative_to(config.home())),
        "file_list": files,
    }
