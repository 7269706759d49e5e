"""EXPORT-05: what goes to a printer outside (IF-39-1): the papers of a print run and their list, as one encrypted file."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.controls import fixture, samples
from kokuho.controls.checks.pull import fill_town, levied
from kokuho.controls.framework import Evidence, check
from kokuho.controls.scene import Scene, another, with_all, with_only
from kokuho.core import config, mnscan, sealing
from kokuho.core.access import Actor
from kokuho.core.models import AuditRecord, BatchRun, Contract
from kokuho.desks.people.models import Person, Protection
from kokuho.exchange import outbox
from kokuho.exchange.models import OutboxFile, OutboxRecord, ProvisionRecord
from kokuho.formats import aeszip, layout
from kokuho.jobs import notices, packages, printing

PRINTER = "insatsu"
_WRONG: tuple[type[Exception], ...] = (aeszip.WrongPassphrase, ValueError)


@check("EXPORT-05", commits=True)
def the_printers_package_is_encrypted(scene: Scene, seen: Evidence) -> None:
    """A levy's notices are handed to a printer: by registry, contract and two persons only; a plain reader finds nothing, the passphrase
    goes another way and once; inside lie the papers as printed and the list, nobody protected, and a record says that it went."""
    fill_town(scene.on, 20)
    by = with_all()
    run = notices.run(notices.order(by=by, on=scene.on, levy_id=levied(scene.on, scene.fiscal_year).pk).pk, by=by, processes=1)
    told: dict[str, Any] = {"by": by, "on": scene.on, "run_id": run.pk, "receiver": PRINTER}
    seen.refused("登録のない会社に渡すファイルを作る", packages.package, **told, code="LINK-01")
    samples.after_the_full_load()
    seen.refused("登録簿に行のない会社に渡すファイルを作る", packages.package, **told, code="LINK-02")
    samples.permit()
    seen.refused("委託契約のない会社に渡すファイルを作る", packages.package, **told, code="PRINT-CONTRACT")
    _contract(scene)
    for right in ("notice.print", "exchange.prepare"):
        without = with_only(*(by.capabilities - {right}))
        seen.refused(f"{right} の権限のない職員が作る", packages.package, **{**told, "by": without}, code="RIGHTS-01")
    _protected_since(scene, told, seen)
    file = packages.package(**told)
    _two_persons(scene, by, file, seen)
    data = (outbox.folder(PRINTER) / file.file_name).read_bytes()
    _nothing_is_read(data, seen)
    word = outbox.passphrase(by=by, file_id=file.pk)
    seen.refused("パスフレーズを、理由なしにもう一度示す", outbox.passphrase, by=by, file_id=file.pk, code="X34")
    for what, bytes_, key in (
        ("違うパスフレーズで開く", data, "A" * 26), ("1バイト変えたファイルを開く", _bent(data), word),
    ):  # fmt: skip
        seen.refused(what, aeszip.read, bytes_, key, errors=_WRONG)
    _inside(aeszip.read(data, word), run, file, seen)
    record = ProvisionRecord.objects.filter(file=file).values_list("record_count", "carries_number").first()
    seen.equal(record, (file.record_count, False), "委託先への提供の記録（件数、個人番号なし）")
    shown = AuditRecord.objects.filter(function="exchange.passphrase", result="ok", detail__file=file.pk).count()
    seen.equal(shown, 1, "パスフレーズを示した記録")


def _contract(scene: Scene) -> None:
    name = next(line["name"] for line in samples.registry.proposal()["systems"] if line["code"] == PRINTER)
    Contract.objects.create(
        number="点検-印刷", company=name, subject="印刷", origin="check",
        valid_from=scene.on - timedelta(days=30), valid_until=scene.on + timedelta(days=30),
    )  # fmt: skip


def _two_persons(scene: Scene, by: Actor, file: OutboxFile, seen: Evidence) -> None:
    """It waits for another person, and its passphrase with it."""
    this: dict[str, Any] = {"by": by, "file_id": file.pk}
    seen.refused("確認の前に引き渡す", outbox.hand_over, **this, on=scene.on, code="X27")
    seen.refused("確認の前にパスフレーズを示す", outbox.passphrase, **this, code="X33")
    seen.refused("作った本人が確認する", outbox.release, **this, on=scene.on, code="ENTRY-02")
    outbox.release(by=another(by), on=scene.on, file_id=file.pk)
    outbox.hand_over(**this, on=scene.on)
    without = with_only(*(by.capabilities - {"exchange.send"}))
    seen.refused("送る権限のない職員にパスフレーズを示す", outbox.passphrase, by=without, file_id=file.pk, code="RIGHTS-01")


def _bent(data: bytes) -> bytes:
    return data[:200] + bytes([data[200] ^ 1]) + data[201:]


def _nothing_is_read(data: bytes, seen: Evidence) -> None:
    """Neither in the file that the printer takes nor anywhere in the product's own folders."""
    words = [name for name, _ in fixture.NAMES.values()] + ["点検丁", "点検町"]
    seen.none([word for word in words if word.encode() in data], f"復号せずに読めた氏名・住所（{len(data)}バイト）")
    seen.none([hit.form for hit in mnscan.scan_bytes(data, _known(), "package")], "復号せずに読めた個人番号")
    home = Path(config.home())
    found, count = mnscan.scan_names((path for path in home.rglob("*") if path.is_file()), words, home)
    seen.none(found, f"渡した後、保存場所に平文で残る氏名・住所（{count}個。PDFと圧縮の中も開く）")


def _known() -> mnscan.Known:
    return mnscan.known_canaries(fixture.CANARIES.values())


def _inside(members: dict[str, bytes], run: BatchRun, file: OutboxFile, seen: Evidence) -> None:
    """The papers as they were printed for the mail, and the list by its layout: nothing of whom they are about."""
    place = printing.folder(run.pk) / "print"
    printed = {path.name: sealing.read_sealed(path) for path in place.glob("*.pdf")}
    papers = {name: content for name, content in members.items() if name != "index.csv"}
    seen.must(papers == printed and bool(papers), "開いた中の紙は、通常の印刷のとおり", f"{len(papers)}ファイル")
    control, head, *rows = csv.reader(members["index.csv"].decode().splitlines())
    seen.equal(head, [one.title for one in layout(packages.LAYOUT).records["data"].fields], "一覧の項目と、登録された様式")
    seen.equal((len(rows), control[-1]), (file.record_count, str(run.results["printed"])), "一覧の件数と、通常の印刷の通数")
    held = OutboxRecord.objects.filter(file=file).values_list("atena_no", flat=True)
    words = [*map(str, held), *fixture.SECRETS, *(name for name, _ in fixture.NAMES.values()), "点検丁"]
    seen.none([word for word in words if word in members["index.csv"].decode()], "一覧にある宛名番号・氏名・支援措置対象者の住所")
    text = "".join("".join(mnscan.pdf_text(paper).decode("utf-8", "ignore").split()) for paper in papers.values())
    seen.none([word for word in fixture.SECRETS if word in text], "紙にある支援措置対象者の住所")
    hits = [hit.form for content in members.values() for hit in mnscan.scan_bytes(content, _known(), "member")]
    seen.none(hits, "紙と一覧にある個人番号")


def _protected_since(scene: Scene, told: dict[str, Any], seen: Evidence) -> None:
    """Had somebody whose notice is among the papers come under protection, the file with it would stay in the office."""
    shown = Person.objects.filter(name__startswith="点検丁", superseded_at__isnull=True).order_by("-atena_no")[0]
    with transaction.atomic():
        Protection.objects.create(
            atena_no=shown.atena_no, valid=DateRange(scene.on - timedelta(days=1), None), until=scene.on + timedelta(days=90),
            recorded_by="chkSys", origin="check",
        )  # fmt: skip
        seen.refused("印刷の後に支援措置の対象となった人の紙を渡すファイルを作る", packages.package, **told, code="PRINT-NONE")
        transaction.set_rollback(True)
