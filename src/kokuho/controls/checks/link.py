"""LINK: linkage within the municipality and beyond."""

from __future__ import annotations

import shutil
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from kokuho.controls import fixture, samples
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, text
from kokuho.core import config
from kokuho.core.access import catalogue
from kokuho.desks.people.models import Person
from kokuho.exchange import doors, outbox, rawstore
from kokuho.exchange.models import InboxFile, OutboxFile, ProvisionRecord


@check("LINK-06", commits=True)
def raw_messages_stay_as_they_came(scene: Scene, seen: Evidence) -> None:
    """What was received is kept byte for byte, sealed; a changed byte is noticed; the fact leads back to it."""
    samples.after_the_full_load()
    data = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
    file = doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=data, file_name="check.csv")
    seen.must(rawstore.reopen(file.sha256).read() == data, "受け取ったバイトと保管したバイトが同じ", file.sha256[:16])
    stored = rawstore.path(file.sha256)
    held = stored.read_bytes()
    seen.must(
        data not in held and fixture.NAMES[fixture.P_1][0].encode() not in held, "保管したファイルは封がされている"
    )
    stored.write_bytes(held[:-1] + bytes([held[-1] ^ 1]))
    seen.refused("1バイト変えた保管ファイルを開く", lambda: rawstore.reopen(file.sha256).read(), errors=(Exception,))
    stored.write_bytes(held)
    seen.equal(file.state, "applied", "受付の結果")
    person = Person.objects.filter(atena_no=fixture.P_1, superseded_at__isnull=True).order_by("-pk")[0]
    number = person.origin.removeprefix("file:").partition("#")[0]
    source = InboxFile.objects.filter(pk=number).first() if number.isdigit() else None
    seen.must(source is not None and rawstore.reopen(source.sha256).read() == data, "反映した値の出所から戻れる受信ファイル", person.origin)
    statement = "UPDATE exchange_inboxfile SET sha256 = repeat('0', 64)"
    seen.refused("アプリケーションの役割のSQLで、受信ファイルの控えを別のものにする", _sql, statement)


@check("LINK-06", commits=True)
def what_leaves_is_what_was_made(scene: Scene, seen: Evidence) -> None:
    """The bytes that the receiver finds are those that were made, released and kept; other bytes than the released do not leave."""
    samples.after_the_full_load()
    samples.permit()
    files = [samples.outgoing(scene, fixture.P_1), samples.outgoing(scene, fixture.P_2)]
    for file in files:
        outbox.release(by=scene.actor("U-B"), on=scene.on, file_id=file.pk)
    right, bent = files
    handed = outbox.hand_over(by=scene.actor("U-SYS"), on=scene.on, file_id=right.pk)
    there = (outbox.folder("juki") / handed.file_name).read_bytes()
    hashes = {sha256(there).hexdigest(), sha256(outbox.reopen(handed).read()).hexdigest(), handed.sha256}
    seen.equal(len(hashes), 1, "作成・保管・相手に渡したファイルのハッシュの種類")
    shutil.copyfile(outbox.path(right.sha256), outbox.path(bent.sha256))
    told: dict[str, Any] = {"by": scene.actor("U-SYS"), "on": scene.on, "file_id": bent.pk}
    seen.refused("保管したファイルが確認したものと違うときに渡す", outbox.hand_over, code="X28", errors=(Exception,), **told)
    seen.must(not (outbox.folder("juki") / bent.file_name).exists(), "違うファイルは相手に現れない")
    statement = "UPDATE exchange_outboxfile SET sha256 = repeat('0', 64)"
    seen.refused("アプリケーションの役割のSQLで、送信ファイルの控えを別のものにする", _sql, statement)


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@check("LINK-03", commits=True)
def a_second_person_releases(scene: Scene, seen: Evidence) -> None:
    """Without the right no step; with it a file waits, its maker cannot release it, nothing leaves before another person does;
    under the setting of the administrator nobody else releases."""
    samples.after_the_full_load()
    samples.permit()
    put(scene.on, {"link.release": "second_person"})
    file = samples.outgoing(scene, fixture.P_1)
    address, place = f"/exchange/outbox/{file.pk}/", outbox.folder("juki") / file.file_name
    for title in ("U-LEVY", "U-OTHER", "U-AUD"):
        answer = scene.client(title).post("/exchange/outbox/release/", {"file": str(file.pk)})
        seen.equal(answer.status_code, 403, f"権限のない {title} が送出を認める")
    for act in ("release", "send"):
        scene.client("U-A").post(address, {"act": act})
    file.refresh_from_db()
    seen.equal((file.state, place.exists()), (OutboxFile.PREPARED, False), "作成した U-A 自身の確認・引渡しの後の状態とファイル")
    told: dict[str, Any] = {"on": scene.on, "file_id": file.pk}
    seen.refused("作成者が確認する", outbox.release, by=scene.actor("U-A"), code="ENTRY-02", **told)
    seen.refused("確認前に引き渡す", outbox.hand_over, by=scene.actor("U-SYS"), code="X27", **told)
    try:
        with transaction.atomic():
            OutboxFile.objects.filter(pk=file.pk).update(state="released", released_by=file.prepared_by)
        seen.must(False, "データベースに作成者を確認者として書く", "書けた")
    except IntegrityError:
        seen.must(True, "データベースに作成者を確認者として書く", "拒否")
    seen.equal(scene.client("U-B").post(address, {"act": "release"}).status_code, 302, "別の職員 U-B の確認")
    outbox.hand_over(by=scene.actor("U-SYS"), **told)
    seen.must(place.exists(), "確認の後の引渡し")
    put(scene.on, {"link.release": "administrator"})
    other = samples.outgoing(scene, fixture.P_2)
    shown = text(scene.client("U-B").get(f"/exchange/outbox/{other.pk}/"))
    seen.must('value="release"' not in shown, "管理者だけの設定で、管理者でない U-B に確認の機能が見えない")
    seen.refused("管理者だけの設定で U-B が確認する", outbox.release, by=scene.actor("U-B"), on=scene.on, file_id=other.pk)
    managers = [role for role in catalogue()["roles"].values() if "exchange.manage" in role["may"]]
    seen.none([role["title"] for role in managers if role["duty"] == "権限管理"], "送出を認められる権限管理の役割")
    seen.must(bool(managers), "送出を認められる業務の管理者の役割", "、".join(role["title"] for role in managers))


# So many files on each route. There is no interface of programs (API) by which anything is given.
_EACH = 100


@check("LINK-04", commits=True)
def every_provision_leaves_its_record(scene: Scene, seen: Evidence) -> None:
    """As many records as files on each route, complete, with the counts of the files; one person's list over a period."""
    samples.after_the_full_load()
    samples.permit()
    put(scene.on, {"export.media_encryption": "exception"})
    samples.reconnect("juki", routes=["folder", "medium"])
    sent = []
    for number in range(2 * _EACH):
        file = samples.outgoing(scene, fixture.P_1, fixture.P_2)
        outbox.release(by=scene.actor("U-B"), on=scene.on, file_id=file.pk)
        volume = samples.medium(scene.on, f"M-L{number}", config.home() / f"volume{number}") if number % 2 else None
        sent.append(outbox.hand_over(by=scene.actor("U-SYS"), on=scene.on, file_id=file.pk, volume=volume))
    records = list(ProvisionRecord.objects.filter(file__in=sent))
    for route, count in (("媒体", _EACH), ("庁内連携フォルダー", _EACH)):
        seen.equal(sum(record.medium.startswith(route) for record in records), count, f"{route}で渡した件数と記録の件数")
    seen.equal(sum(record.record_count for record in records), sum(file.record_count for file in sent), "記録の人数の計")
    written = len(list(outbox.folder("juki").glob("*.csv"))) + len(list(config.home().glob("volume[0-9]*/*.csv")))
    seen.equal(written, len(sent), "受け取る側にあるファイル")
    columns = [field for field in ProvisionRecord._meta.concrete_fields if field.attname != "id"]
    bare = [f"{record.pk} {field.name}" for record in records for field in columns if getattr(record, field.attname) in (None, "", [])]
    seen.none(bare, "記録の空の項目")
    reader = scene.client("U-AUD")
    given_on = timezone.localdate(records[0].at).isoformat()
    asked = {"atena": str(fixture.P_1), "from": given_on, "to": given_on}
    body = text(reader.get("/exchange/provisions/", asked))
    told = body
    for page in range(2, 60):
        if told.count("（点検1）") >= len(sent):
            break
        told += text(reader.get("/exchange/provisions/", {**asked, "page": page}))
    seen.equal(told.count("（点検1）"), len(sent), "P-1のデータを誰に渡したかの一覧の件数")
    asked["atena"] = str(fixture.P_DEAD)
    seen.must("（点検1）" not in text(reader.get("/exchange/provisions/", asked)), "渡していない人の一覧は空")
    seen.none([file.pk for file in sent if file.delivered_at is None], "引渡しの完了していない記録")
