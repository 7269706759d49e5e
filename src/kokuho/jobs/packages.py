"""外部印刷 (IF-39-1): the papers of a print run for a printer outside, with the list of the few items that the printer needs.

The printer is a receiver of the closed registry with a line for `print-index` and a contract in force. A file of the run with a paper of
somebody who has come under protection, whose mail was stopped or whose data stands under 利用停止 since it was printed stays in the office,
whole: its papers are taken with `kokuho prints take` or printed anew.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db import transaction

from kokuho.core import audit, clock, runs, sealing
from kokuho.core.access import Actor
from kokuho.core.models import BatchChunk, BatchRun, Contract
from kokuho.documents import age_letters, certificates, decisions, hearing_letters
from kokuho.documents.batch import DocumentSource
from kokuho.documents.chunk import PrintItem
from kokuho.documents.listing import PRINT
from kokuho.exchange import outbox, registry
from kokuho.exchange.models import OutboxFile
from kokuho.formats.customer_barcode import number_within
from kokuho.jobs import age_letters as age_jobs
from kokuho.jobs import certificates as certificate_jobs
from kokuho.jobs import hearing_letters as hearing_jobs
from kokuho.jobs import notices
from kokuho.jobs.papers import RIGHTS, PapersError
from kokuho.jobs.printing import folder

LAYOUT, BATCH_KIND = "print-index", "print-package"
# Kind of run → what it prints, as things are now.
SOURCES: Mapping[str, Callable[[BatchRun, Actor], DocumentSource]] = {
    decisions.BATCH_KIND: notices.source,
    certificates.BATCH_KIND: certificate_jobs.source,
    age_letters.BATCH_KIND: age_jobs.source,
    hearing_letters.BATCH_KIND: hearing_jobs.source,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as the run's own list has it."""

    number: str
    file: str
    first: int
    sides: int
    hold: bool


def package(*, by: Actor, on: date, run_id: int, receiver: str) -> OutboxFile:
    """Make the package of a finished run for a printer; it waits for a second person's release like every file that leaves.

    Needs the right that printed the run and `exchange.prepare`. Raises `PapersError`: PRINT-RUN no such run or not finished,
    PRINT-CONTRACT no contract with the receiver on the day, PRINT-GONE papers that were erased after their time, PRINT-BENT papers that are
    not what was printed, PRINT-NONE nothing that may go;
    `RegistryError` LINK-01, LINK-02; `OutboxError` X21 when the same package was made before.
    """
    run = _permitted(by, on, run_id, receiver)
    known_at = clock.now()
    items = {item.number: item for item in SOURCES[run.kind](run, by).items()}
    listed = _listed(run)
    held = {row.number for row in listed if not _may_go(items.get(row.number))}
    while True:
        stays = {row.file for row in listed if row.number in held}
        going = [row for row in listed if row.file not in stays]
        if not going:
            raise PapersError("PRINT-NONE", "渡せるファイルがありません。支援措置・発送停止などの人の文書を除いて作り直してください。")
        made = outbox.make(
            by=by, on=on, system=receiver, layout=LAYOUT, rows=_rows(run, going, items), created_at=known_at, scope=f"print:{run.pk}",
        )  # fmt: skip
        back = {*made.withheld, *made.stopped, *made.suspended}
        if not back:
            break
        outbox.discard(made)
        held |= {row.number for row in going if int(items[row.number].atena_number) in back}
    outbox.pack(made, {name: _papers(run, name) for name in dict.fromkeys(row.file for row in going)})
    left = len(listed) - len(going)
    counts = {"印刷の実行": run.pk, "面数": sum(row.sides for row in going), "残したファイル": len(stays), "残した文書": left}
    try:
        with transaction.atomic():
            file = outbox.enter(by=by, on=on, made=made, title=f"外部印刷 {run.title}"[:120], known_at=known_at, run=run, counts=counts)
            audit.record(
                by, function="prints.package", operation="export", row_count=len(going),
                detail={"run": run.pk, "file": file.pk, "system": receiver, "left": left},
            )  # fmt: skip
    except BaseException:
        outbox.discard(made)
        raise
    return file


def _permitted(by: Actor, on: date, run_id: int, receiver: str) -> BatchRun:
    """The finished run, once right, registry and contract let its papers go to this receiver."""
    run = BatchRun.objects.filter(pk=run_id, kind__in=RIGHTS).first()
    if run is None or run.state != BatchRun.DONE:
        raise PapersError("PRINT-RUN", "印刷の終わった実行の番号を指定してください（番号は画面「バッチ」にあります）。")
    by.require(RIGHTS[run.kind])
    by.require("exchange.prepare")
    registry.rule_for(by, system=receiver, layout=LAYOUT, on=on)
    _under_contract(by, on, receiver)
    return run


def may_order(by: Actor, run: BatchRun) -> bool:
    """Whether somebody may have the package of a run made: it printed papers, is finished, and they hold both rights."""
    return run.kind in RIGHTS and run.state == BatchRun.DONE and by.may(RIGHTS[run.kind]) and by.may("exchange.prepare")


def order(*, by: Actor, on: date, run_id: int, receiver: str) -> BatchRun:
    """Order the package as work of its own: a large run takes minutes. Asked again while the same is unfinished, it returns that.

    Raises as `package` what can be known at once: PRINT-RUN, PRINT-CONTRACT, LINK-01, LINK-02, `Refused`.
    """
    run = _permitted(by, on, run_id, receiver)
    told = {"run": run.pk, "receiver": receiver}
    if (waiting := runs.unfinished(BATCH_KIND, parameters=told).first()) is not None:
        return waiting
    with transaction.atomic():
        made = runs.order(by=by, kind=BATCH_KIND, title=f"引渡しファイル {run.title}"[:120], business_date=on, parameters=told)
        runs.cut(made, 1, 1)
        audit.record(by, function="prints.order_package", operation="run", detail={"run": run.pk, "system": receiver})
    return made


def run(batch_id: int, *, by: Actor) -> BatchRun:
    """Make the package of an ordered run of work. After a kill it is called again: what is in the books is not made twice.

    Raises as `package`; the run of work is failed then and says why.
    """
    batch = BatchRun.objects.get(pk=batch_id, kind=BATCH_KIND)
    if batch.state == BatchRun.DONE:
        return batch
    number, receiver = batch.parameters["run"], batch.parameters["receiver"]
    runs.start(batch)
    try:
        booked = OutboxFile.objects.filter(run=number, layout=LAYOUT, system=receiver, prepared_at__gte=batch.ordered_at)
        file = booked.exclude(state=OutboxFile.WITHDRAWN).first()
        if file is None:
            file = package(by=by, on=batch.business_date, run_id=number, receiver=receiver)
    except Exception as error:
        runs.fail(batch, str(error))
        raise
    BatchChunk.objects.filter(run=batch, done_at__isnull=True).update(done_at=clock.now())
    runs.finish(batch, {"packed": file.record_count, "left": file.counts["残した文書"], "sides": file.counts["面数"], "outbox": file.pk})
    return batch


def _under_contract(by: Actor, on: date, receiver: str) -> None:
    """The receiver is a company with a contract in force (VENDOR-05)."""
    system = registry.system_on(receiver, on)
    name = system.name if system else receiver
    if not Contract.objects.filter(company=name, valid_from__lte=on, valid_until__gte=on).exists():
        registry.refuse(by, "PRINT-CONTRACT", {"system": receiver})
        raise PapersError(
            "PRINT-CONTRACT", f"「{name}」との委託契約が {on} にありません。委託契約の会社名と、接続先の名称を合わせて登録してください。"
        )


def _listed(run: BatchRun) -> list[Listed]:
    """The run's list of what it printed, in the order of print."""
    path = folder(run.pk) / PRINT / "print-list.csv"
    if not path.is_file():
        raise PapersError("PRINT-GONE", "印刷のファイルは保存期間を過ぎて消去されています。必要なときは理由を付けて作り直してください。")
    rows = csv.DictReader(io.StringIO(sealing.read_sealed(path).decode()))
    return [Listed(r["文書番号"], r["ファイル"], int(r["先頭ページ"]), int(r["ページ数"]), r["保留"] == "1") for r in rows]


def _may_go(item: PrintItem | None) -> bool:
    """Whether a document would be printed for the mail now too."""
    return item is not None and item.pull is None and item.deliverable


def _rows(run: BatchRun, going: Sequence[Listed], items: Mapping[str, PrintItem]) -> Iterator[outbox.Outgoing]:
    """The records of the list: where a paper stands, its bar code and its number of pages, and nothing of whom it is about."""
    for serial, row in enumerate(going, start=1):
        item = items[row.number]
        code = "".join(filter(str.isdigit, item.postal_code)) or None
        values = [serial, str(run.pk), run.kind, code, number_within(item.barcode) or None, row.sides, None, str(int(row.hold)), row.file]
        yield outbox.Outgoing(int(item.atena_number), values)


def _papers(run: BatchRun, name: str) -> Iterator[bytes]:
    """A file of the run, opened block by block, as it was printed."""
    path, digest = folder(run.pk) / PRINT / name, sha256()
    printed = {entry["file"]: entry["sha256"] for entry in run.results["file_list"]}
    if not path.is_file():
        raise PapersError("PRINT-GONE", f"{name} は保存期間を過ぎて消去されています。必要なときは理由を付けて作り直してください。")
    for block in sealing.unsealed(path):
        digest.update(block)
        yield block
    if digest.hexdigest() != printed.get(f"{PRINT}/{name}"):
        raise PapersError("PRINT-BENT", f"{name} は印刷したときのものではありません。理由を付けて作り直してください。")
