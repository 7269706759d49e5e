"""MYNUM-08 over everything that the product writes: each kind of output is really made with numbers in the vault, and scanned."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg

from kokuho.controls import fixture, samples
from kokuho.controls.checks.fed import reported
from kokuho.controls.checks.pull import fill_town, levied
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, owner, with_all
from kokuho.core import backup, config, evidence_pack, mnscan, pgtools, sealing, vault
from kokuho.core.models import AuditRecord
from kokuho.exchange import doors, outbox
from kokuho.exchange.federation import report
from kokuho.exchange.models import OutboxFile, WorkItem
from kokuho.jobs import notices, printing


def _known() -> mnscan.Known:
    return mnscan.known_canaries([*fixture.CANARIES.values(), fixture.SPARE])


@contextmanager
def _listening() -> Iterator[io.StringIO]:
    """Everything that the program logs meanwhile, at every level."""
    heard, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _work_item(scene: Scene) -> WorkItem:
    """A record that waits to be worked off."""
    row = {"member_id": "CHK1", "atena_number": "9970009999", "prefecture_acquired_on": scene.on - timedelta(days=9)}
    file = doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=samples.dates(scene.on, row), file_name="d.csv")
    return WorkItem.objects.get(file=file)


@check("MYNUM-08", commits=True)
def a_number_typed_as_words(scene: Scene, seen: Evidence) -> None:
    """A number in a free text is stopped in every dress; what was confirmed with a reason is recorded; tables and log lines hold none."""
    samples.after_the_full_load()
    put(scene.on, {"fed.route": "line"})
    item, number = _work_item(scene), fixture.CANARIES[fixture.P_1]
    client, address = scene.client("U-A"), f"/exchange/work/{item.pk}/"
    wide = number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    with _listening() as heard:
        gapped = f"{number[:4]} {number[4:8]} {number[8:]}"
        dresses = (("そのまま", number), ("文の中に", f"番号{number}を確認"), ("空白で区切って", gapped), ("全角で", wide))
        for what, typed in dresses:
            answer = client.post(address, {"act": "done", "reason": typed})
            item.refresh_from_db()
            seen.equal((answer.status_code, item.state), (422, WorkItem.OPEN), f"自由記入の欄に個人番号を{what}入力")
        client.post(address, {"act": "contact", "counterpart": "係", "text": number})
        client.get("/exchange/files/", {"name": number})
    stopped = AuditRecord.objects.filter(function="mynumber.typed", result="refused").count()
    seen.equal(stopped, 6, "止めたことの記録")
    client.post(address, {"act": "done", "reason": "伝票 123456789018", "number_reason": "配送の伝票の番号"})
    item.refresh_from_db()
    kept = AuditRecord.objects.filter(function="mynumber.typed", result="ok").exclude(reason="").count()
    seen.equal((item.state, kept), (WorkItem.DONE, 1), "理由を付けて個人番号でないとしたときの登録と記録")
    with owner() as connection:
        hits, rows = mnscan.scan_tables(connection, _known())
    seen.none([f"{hit.place} {hit.form}" for hit in hits], f"打ち込まれた後の表（待ち行列・記録を含む{rows}行）")
    seen.none([hit.form for hit in mnscan.scan_bytes(heard.getvalue().encode(), _known(), "log")], "その間のログの行")


@check("MYNUM-08", commits=True)
def every_kind_of_output(scene: Scene, seen: Evidence) -> None:
    """Notices and their lists, the report and what is handed over, an application, a backup, an exported day of the record, the evidence
    pack: all made, then scanned with archives and PDFs opened."""
    samples.after_the_full_load()
    samples.permit()
    put(scene.on, {"fed.route": "line"})
    by, home = with_all(), config.home()
    with _listening() as heard:
        vault.reveal(scene.actor("U-A"), fixture.P_1, "点検")
        fill_town(scene.on)
        final = levied(scene.on, scene.fiscal_year)
        run = notices.run(notices.order(by=by, on=scene.on, levy_id=final.pk).pk, by=by, processes=1)
        file = reported(scene)
        for one in OutboxFile.objects.filter(run=file.run):
            outbox.hand_over(by=scene.actor("U-SYS"), on=scene.on, file_id=one.pk)
        folder = io.BytesIO(samples.application("nhi-acquire", scene.on, items={"my_number": fixture.CANARIES[fixture.P_2]}))
        folder.name = "a.zip"
        scene.client("U-A").post("/exchange/applications/", {"reception_no": "1", "file": folder})
        made = backup.take(by=scene.actor("U-SYS"))
        pack = evidence_pack.pack(by, since=scene.on - timedelta(days=31), until=scene.on, on=scene.on)
    printed = len(list((printing.folder(run.pk) / "print").glob("*.pdf")))
    seen.must(printed > 0 and made.path.exists(), "作った出力（通知書のファイル、バックアップ）", f"{printed}、{made.path.name}")
    found, count = mnscan.scan_files((path for path in home.rglob("*") if path.is_file()), _known(), home)
    for path in (path for path in (home / "prints").rglob("*") if path.is_file() and sealing.is_sealed(path)):
        found += mnscan.scan_bytes(sealing.read_sealed(path), _known(), path.relative_to(home).as_posix())
    report_to = f"handover/{report.SYSTEM}/{file.file_name}"
    seen.equal([hit.place for hit in found if hit.place == report_to][:1], [report_to], "個人番号を載せると登録された報告にだけある")
    beside = sorted({hit.place for hit in found if hit.place != report_to})
    seen.none(beside, f"書かれたファイル（{count}個。PDFと圧縮の中も開く）の個人番号")
    seen.none([hit.form for hit in mnscan.scan_bytes(repr(pack).encode(), _known(), "pack")], "証跡の一式")
    seen.none([hit.form for hit in mnscan.scan_bytes(heard.getvalue().encode(), _known(), "log")], f"ログ（{len(heard.getvalue())}字）")
    with owner() as connection:
        hits, rows = mnscan.scan_tables(connection, _known())
    seen.none([f"{hit.place} {hit.form}" for hit in hits], f"表・待ち行列・記録（{rows}行）")
    with pgtools.administrator().connect() as server:
        row = server.execute("SELECT current_setting('log_parameter_max_length_on_error')").fetchone()
        lines = _server_log(server)
    seen.equal(row and row[0], "0", "データベースのログに誤りの値を書かない設定")
    found_there = mnscan.scan_bytes(lines, _known(), "server log")
    seen.none([hit.form for hit in found_there], f"データベースのログ（{len(lines)}バイト）")


def _server_log(server: psycopg.Connection) -> bytes:
    """The last megabytes of the database server's own log where it lies on this machine; nothing for a server elsewhere."""
    row = server.execute("SELECT current_setting('data_directory'), pg_current_logfile()").fetchone()
    assert row is not None
    place = Path(row[0])
    named = [place / row[1]] if row[1] else []
    data = b""
    for path in {*named, *place.glob("*log"), *place.glob("*.log"), *place.parent.glob("*.log")}:
        try:
            if path.is_file():
                with path.open("rb") as log:
                    log.seek(max(0, path.stat().st_size - (8 << 20)))
                    data += log.read()
        except OSError:
            continue
    return data
