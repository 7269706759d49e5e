"""FED: the federation and the wide-area union; the engine of doors and layouts that every neighbour's file goes through."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.controls import fixture, samples
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, text, with_only
from kokuho.core import config, counting, mnscan, parameters
from kokuho.core.clock import JAPAN
from kokuho.core.models import AuditRecord, Holiday, Municipality
from kokuho.desks.eligibility.models import InsuredPeriod, OtherInsuranceFinding, PrefectureStay
from kokuho.desks.people.models import Person
from kokuho.exchange import cycles, doors, outbox, queries, rawstore
from kokuho.exchange.federation import answers, handover, monthly, report
from kokuho.exchange.models import (
    ConnectedSystem,
    FederationAnswer,
    InboxFile,
    OutboxFile,
    ReceivedApplication,
    ReportIssue,
    WorkItem,
)
from kokuho.formats import encode_rows, open_decode
from kokuho.formats.load import library


@check("FED-01", commits=True)
def a_file_that_deviates_is_refused_whole(scene: Scene, seen: Evidence) -> None:
    """Every defective sample is refused with its faults listed, nothing of it is applied; the right one passes."""
    samples.after_the_full_load()
    by = scene.actor("U-SYS")
    for defect, data in samples.defective(scene.on).items():
        seen.refused(f"欠陥のあるファイル: {defect}", doors.receive_bytes, by=by, on=scene.on,
                     data=data, file_name="check.csv", errors=(doors.Refusal,))  # fmt: skip
    seen.equal(Person.objects.filter(town="移転町").count(), 0, "欠陥のあるファイルから反映された行")
    refused = InboxFile.objects.filter(state=InboxFile.REFUSED)
    seen.none([f.pk for f in refused if not f.errors.exists()], "誤りの一覧のない拒否")
    right = doors.receive_bytes(
        by=by, on=scene.on, data=samples.changes(scene.on, samples.change(scene.on, fixture.P_1)), file_name="ok.csv"
    )
    seen.equal(right.state, InboxFile.APPLIED, "正しいファイル")
    samples.permit()
    put(scene.on, {"fed.route": "line"})
    file = reported(scene)
    made = outbox.reopen(file).read()
    rows = [record for record in open_decode(file.layout, io.BytesIO(made)).records() if record.kind == "data"]
    fields = library()[file.layout][-1].records["data"].fields
    plain = list(csv.reader(made.decode("utf-8-sig").splitlines()))
    bad = [line for line in plain[2:] if len(line) != len(fields)]
    seen.equal((len(rows), len(plain) - 2, len(bad)), (file.record_count, file.record_count, 0),
               "自ら作った報告（自らの読取り・一般のCSVの読取り・列の数の違う行）")  # fmt: skip
    layouts = [version for versions in library().values() for version in versions]
    seen.value("登録されたレイアウト（版）", len(layouts))
    seen.none(
        [layout.id for layout in layouts if layout.id.startswith(("kokuhoren", "shuyaku")) and not layout.sources],
        "出典のない国保連合会の様式",
    )


@check("FED-06", commits=True)
def once_and_in_order(scene: Scene, seen: Evidence) -> None:
    """The same bytes under any name are taken once; a gap and a repetition in a numbered series stop the file."""
    samples.after_the_full_load()
    by = scene.actor("U-SYS")
    data = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
    doors.receive_bytes(by=by, on=scene.on, data=data, file_name="first.csv")
    before = Person.objects.count()
    again: dict[str, Any] = {"by": by, "on": scene.on, "errors": (doors.Refusal,)}
    seen.refused(
        "同じファイルを別の名前でもう一度", doors.receive_bytes, data=data, file_name="renamed.csv", code="X01", **again
    )
    gap = samples.changes(scene.on, samples.change(scene.on, fixture.P_2, sequence=5))
    seen.refused("通番が飛んだファイル", doors.receive_bytes, data=gap, file_name="gap.csv", code="X05", **again)
    back = samples.changes(scene.on, samples.change(scene.on, fixture.P_2, sequence=1))
    seen.refused("通番が戻ったファイル", doors.receive_bytes, data=back, file_name="back.csv", code="X05", **again)
    seen.equal(Person.objects.count(), before, "それらによる宛名の変化（行数）")


@check("FED-06", commits=True)
def a_late_file_is_told(scene: Scene, seen: Evidence) -> None:
    """A file of a cycle that has not come by the hour of the setting is told on the first page; one that came is not; the federation's
    own files are taken once."""
    samples.after_the_full_load()
    put(scene.on, {"fed.route": "line", "fed.alarm_hour": 15})
    _stays(scene, 1)
    by = scene.actor("U-SYS")
    reader = with_only("exchange.read")
    day = scene.on
    while day.weekday() >= 5 or Holiday.objects.filter(on=day).exists():
        day -= timedelta(days=1)
    at = [datetime(day.year, day.month, day.day, hour, tzinfo=JAPAN) for hour in (14, 16)]
    seen.none(cycles.missing(reader, at=at[1]), "まだ一度も届いていない相手についての警告")
    data = samples.dates(scene.on, _row(scene, 0))
    file = doors.receive_bytes(by=by, on=scene.on, data=data, file_name="dates.csv")
    seen.refused("連合会の同じファイルを別の名前でもう一度", doors.receive_bytes, by=by, on=scene.on, data=data, file_name="again.csv",
                 code="X01", errors=(doors.Refusal,))  # fmt: skip
    InboxFile.objects.filter(pk=file.pk).update(business_date=day)
    seen.none(cycles.missing(reader, at=at[1]), "今日のファイルが届いた後の警告")
    before = day - timedelta(days=1)
    while before.weekday() >= 5 or Holiday.objects.filter(on=before).exists():
        before -= timedelta(days=1)
    InboxFile.objects.filter(pk=file.pk).update(business_date=before)
    told = [[one.layout for one in cycles.missing(reader, at=moment)] for moment in at]
    seen.equal(told, [[], ["shuyaku-dates"]], "今日のファイルが届かない日の、設定の時刻の前と後の警告")
    InboxFile.objects.filter(pk=file.pk).update(business_date=before - timedelta(days=9))
    seen.must("周期を過ぎても届かないもの" in text(scene.client("U-A").get("/")), "ホームに示す警告")
    seen.value("警告の時刻", parameters.value("fed.alarm_hour"))
    seen.value("高額療養費の計算の前の突合", "高額療養費の計算がまだなく、止めるべき処理がない")


@check("FED-02", commits=True)
def one_permitted_route(scene: Scene, seen: Evidence) -> None:
    """By the setting only a registered medium, only a signed transmission, or only the line; every other way is refused."""
    samples.after_the_full_load()
    samples.permit()
    by = scene.actor("U-SYS")
    home, serial = config.home() / "delivered", iter(range(90))
    home.mkdir()
    _stays(scene, 1)

    def delivered(place: Any) -> Any:
        path = place / f"dates-{next(serial)}.csv"
        path.write_bytes(samples.dates(scene.on + timedelta(days=next(serial)), _row(scene, 0)))
        return path

    told: dict[str, Any] = {"by": by, "on": scene.on, "errors": (doors.Refusal,)}
    put(scene.on, {"fed.route": "medium"})
    seen.refused("媒体の設定で、フォルダーから", doors.receive_path, path=delivered(home), code="X08", **told)
    seen.refused("媒体の設定で、画面から", doors.receive, stream=io.BytesIO(delivered(home).read_bytes()), file_name="a.csv",
                 route=ConnectedSystem.SCREEN, code="X08", **told)  # fmt: skip
    seen.refused("媒体の設定で、登録のない媒体から", doors.receive_path, path=delivered(home), route="medium", code="X11", **told)
    volume = samples.medium(scene.on, "M-F1", config.home() / "volume-fed")
    read = doors.receive_path(by=by, on=scene.on, path=delivered(volume), route="medium")
    seen.equal(read.state, InboxFile.APPLIED, "媒体の設定で、登録した媒体から")
    put(scene.on, {"fed.route": "transmission"})
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    samples.reconnect("shuyaku", public_key=key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex())
    for what, signer in (("署名のない", None), ("別の鍵で署名した", other)):
        path = delivered(home)
        if signer:
            _sign(path, signer)
        seen.refused(f"伝送の設定で、{what}ファイル", doors.receive_path, path=path, code="X10", **told)
    right = delivered(home)
    _sign(right, key)
    seen.equal(doors.receive_path(by=by, on=scene.on, path=right).state, InboxFile.APPLIED, "伝送の設定で、登録した鍵で署名したファイル")
    seen.refused("伝送の設定で、媒体から", doors.receive_path, path=delivered(volume), route="medium", code="X08", **told)
    kept = InboxFile.objects.count()
    other = delivered(home).read_bytes()
    for name in ("dates.csv", "dates.zip"):
        given = io.BytesIO(other)
        given.name = name
        scene.client("U-A").post("/exchange/applications/", {"reception_no": "点検-1", "file": given})
    taken = ReceivedApplication.objects.exclude(state=ReceivedApplication.STOPPED).count()
    seen.equal((taken, InboxFile.objects.count() - kept), (0, 0), "電子申請の入口に入れた連合会のファイルの受付・取込み")
    refused = AuditRecord.objects.filter(function="exchange.registry", result="refused", detail__code__in=("LINK-01", "FED-02"))
    seen.must(refused.count() >= 6, "拒否の記録", f"{refused.count()}件")
    put(scene.on, {"fed.route": "medium"})
    file = reported(scene)
    seen.refused("媒体の設定で、報告をフォルダーに渡す", outbox.hand_over, by=by, on=scene.on, file_id=file.pk, code="X31")
    seen.must(not (outbox.folder("shuyaku") / file.file_name).exists(), "渡されたファイルはない")


def _sign(path: Any, key: Ed25519PrivateKey) -> None:
    from hashlib import sha256

    path.with_name(path.name + ".sig").write_bytes(key.sign(sha256(path.read_bytes()).hexdigest().encode("ascii")))


def _stays(scene: Scene, count: int) -> None:
    """Insured persons whom only the register of eligibility knows."""
    since = scene.on - timedelta(days=300)
    InsuredPeriod.objects.bulk_create(
        InsuredPeriod(
            atena_no=_STAYS + number, valid=DateRange(since, None), acquired_on=since, acquired_reason="104", recorded_by="chkSys",
            origin="check",
        )
        for number in range(count)
    )  # fmt: skip


_STAYS = 9_970_000_000


def _row(scene: Scene, number: int, **more: Any) -> dict[str, Any]:
    return {"member_id": f"CHK{number:08}", "atena_number": str(_STAYS + number),
            "prefecture_acquired_on": scene.on - timedelta(days=300), **more}  # fmt: skip


@check("FED-03", commits=True)
def a_number_in_an_inbound_file(scene: Scene, seen: Evidence) -> None:
    """Layouts have no place for it; a file with a known number lies sealed in quarantine and nothing of it is read; twelve digits of
    nobody pass."""
    samples.after_the_full_load()
    put(scene.on, {"fed.route": "line"})
    inbound = [v for vs in library().values() for v in vs if v.id.startswith(("shuyaku", "kokuhoren")) and v.direction == "in"]
    holding = [v.id for v in inbound if any(f.name == "my_number" for record in v.records.values() for f in record.fields)]
    seen.none(holding, f"個人番号の欄のある国保連合会からの様式（{len(inbound)}様式）")
    _stays(scene, 1)
    number = fixture.CANARIES[fixture.P_1]
    by = scene.actor("U-SYS")
    for what, planted in (("そのまま", number), ("ハイフン付き", f"{number[:4]}-{number[4:8]}-{number[8:]}")):
        data = samples.dates(scene.on, _row(scene, 0, member_id="CHK000000000000")).replace(b"CHK000000000000", planted.encode())
        try:
            doors.receive_bytes(by=by, on=scene.on, data=data, file_name="planted.csv")
            seen.must(False, f"P-1の番号を{what}入れたファイル", "拒否されなかった")
            continue
        except doors.Refusal as refusal:
            file = refusal.file
            seen.equal(refusal.code, "X09", f"P-1の番号を{what}入れたファイル")
        assert file is not None
        away = config.folder("quarantine") / f"{file.sha256}.sealed"
        seen.must(away.exists() and not rawstore.path(file.sha256).exists(), "隔離した場所だけにある")
        seen.must(number.encode() not in away.read_bytes(), "隔離したファイルは封がされている")
        shown = text(scene.client("U-SYS").get(f"/exchange/files/{file.pk}/"))
        seen.none([hit.form for hit in mnscan.scan_bytes(shown.encode(), _known(), "page")], "受付の画面に出た個人番号")
    seen.equal((FederationAnswer.objects.count(), WorkItem.objects.count()), (0, 0), "反映・要処理になった行")
    alerts = AuditRecord.objects.filter(detail__type="MYNUM_UNEXPECTED")
    seen.equal(alerts.count(), 2, "責任者に知らせる記録")
    harmless = samples.dates(scene.on, _row(scene, 0, member_id="123456789012"))
    seen.equal(doors.receive_bytes(by=by, on=scene.on, data=harmless, file_name="ok.csv").state, InboxFile.APPLIED, "誰の番号でもない12桁")


def _known() -> mnscan.Known:
    return mnscan.known_canaries(fixture.CANARIES.values())


@check("FED-04", commits=True)
def matched_first_and_confirmed(scene: Scene, seen: Evidence) -> None:
    """Of a hundred records three do not match: 97 wait for a person, three are listed with their contacts; old ones are in red."""
    samples.after_the_full_load()
    put(scene.on, {"fed.route": "line"})
    _stays(scene, 99)
    rows = [_row(scene, number) for number in range(97)]
    rows.append(_row(scene, 97, prefecture_acquired_on=scene.on - timedelta(days=10)))
    rows.append(_row(scene, 98, prefecture_lost_on=scene.on - timedelta(days=5)))
    rows.append(_row(scene, 5_000))
    file = doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=samples.dates(scene.on, *rows), file_name="dates.csv")
    ready = FederationAnswer.objects.filter(file=file, state=FederationAnswer.READY)
    items = WorkItem.objects.filter(file=file)
    seen.equal((ready.count(), items.count()), (97, 3), "確認待ちの記録と、突合しない記録")
    seen.equal(PrefectureStay.objects.count(), 0, "確認前に反映された記録")
    seen.refused("権限のない職員が確認する", answers.confirm, by=scene.actor("U-SYS"), on=scene.on, file_id=file.pk)
    scene.client("U-A").post(f"/exchange/federation/{file.pk}/confirm/")
    strange = {int(row["atena_number"]) for row in rows[97:]}
    applied = set(PrefectureStay.objects.values_list("atena_no", flat=True))
    seen.equal((len(applied), applied & strange), (97, set()), "職員の確認の後に反映された人と、突合しない人の反映")
    seen.must(AuditRecord.objects.filter(function="federation.confirm", staff_no="chkA").exists(), "確認した職員の記録")
    _another_birth(scene, seen)
    item = items.order_by("pk").first()
    assert item is not None
    clerk, address = scene.client("U-A"), f"/exchange/work/{item.pk}/"
    clerk.post(address, {"act": "contact", "counterpart": "連合会の係", "text": "点検の電話"})
    seen.must("点検の電話" in text(clerk.get(address)), "連絡の経過の記録")
    seen.equal(items.filter(state=WorkItem.OPEN).count(), 3, "連絡しただけでは閉じない")
    InboxFile.objects.filter(pk=file.pk).update(business_date=scene.on - timedelta(days=61))
    seen.must("期限を過ぎています" in text(clerk.get(address)), "期限を過ぎた記録の画面での警告")
    (waiting,) = counting.with_part(queries.open_work(scene.actor("U-A"), on=scene.on))
    seen.equal(waiting, (4, 3), "ホームに示す、要処理の件数と期限を過ぎた件数")


def _another_birth(scene: Scene, seen: Evidence) -> None:
    """A record of a person whose 生年月日 is another than ours is listed and not applied."""
    out = io.BytesIO()
    row = {"atena_number": str(fixture.P_1), "birth_date": date(1985, 5, 6), "other_insurer": "01140016", "other_name": "点検健保",
           "other_acquired_on": scene.on - timedelta(days=40), "other_lost_on": None, "found_on": scene.on}  # fmt: skip
    control = {"sender": Municipality.objects.get().code, "created_at": f"{scene.on.isoformat()}T06:00:00"}
    encode_rows("shuyaku-overlap", [row], out, control=control)
    file = doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=out.getvalue(), file_name="overlap.csv")
    listed = list(WorkItem.objects.filter(file=file).values_list("atena_no", flat=True))
    found = OtherInsuranceFinding.objects.filter(atena_no=fixture.P_1).count()
    seen.equal((listed, found), ([fixture.P_1], 0), "生年月日の違う記録（一覧にあり、反映されない）")


def reported(scene: Scene) -> OutboxFile:
    """A report of persons to the federation, released by U-B."""
    by = scene.actor("U-A")
    run = report.execute(report.order(by=by, on=scene.on).pk, by=by)
    file = OutboxFile.objects.get(run=run, layout=report.PERSON)
    for one in OutboxFile.objects.filter(run=run):
        outbox.release(by=scene.actor("U-B"), on=scene.on, file_id=one.pk)
    return file


@check("FED-05", commits=True)
def the_right_persons_and_the_number_only_there(scene: Scene, seen: Evidence) -> None:
    """After a change exactly the household with its 擬制世帯主 goes out; the number stands in its column only; whoever cannot be
    reported is held back; other files to the federation carry no number."""
    samples.after_the_full_load()
    samples.permit()
    put(scene.on, {"fed.route": "line"})
    since = scene.on - timedelta(days=300)
    InsuredPeriod.objects.create(
        atena_no=fixture.P_EXT, valid=DateRange(since, None), acquired_on=since, acquired_reason="104", recorded_by="chkSys", origin="check"
    )
    first = reported(scene)
    held = set(ReportIssue.objects.filter(closed_on__isnull=True).values_list("atena_no", flat=True))
    seen.must(fixture.P_BLANK in held, "個人番号のない P-BLANK は保留の一覧にある")
    seen.must(fixture.P_EXT in held, "個人番号の未確認の P-EXT（住登外者）は保留の一覧にある")
    seen.none(held & {int(row["atena_number"]) for row in _rows(first)}, "保留の人で、報告に載った人")
    for file in OutboxFile.objects.filter(run=first.run):
        outbox.hand_over(by=scene.actor("U-SYS"), on=scene.on, file_id=file.pk)
    row = Person.objects.get(atena_no=fixture.P_1, superseded_at__isnull=True)
    row.correct(recorded_by="chkSys", origin="check", name=f"{row.name}改")
    second = reported(scene)
    told = {int(row["atena_number"]) for row in _rows(second)}
    seen.equal(told, {fixture.P_1, fixture.P_2, fixture.P_HEAD} - held, "P-1の変更で載った人（世帯の被保険者と擬制世帯主）")
    hits, beside = 0, []
    for file in (first, second):
        for record in _rows(file):
            for name, value in record.items():
                if found := mnscan.scan_bytes(str(value or "").encode(), _known(), name):
                    hits += name == "my_number"
                    beside += [hit.place for hit in found if name != "my_number"]
    seen.must(hits == sum(len(_rows(file)) for file in (first, second)), "個人番号の欄の個人番号", f"{hits}件")
    seen.none(beside, "個人番号の欄の外の個人番号")
    by = scene.actor("U-A")
    others = [OutboxFile.objects.get(run=file.run, layout=report.HOUSEHOLD) for file in (first, second)]
    others += [made for made in (monthly.prepare(by=by, on=scene.on), handover.prepare(by=by, on=scene.on)) if made]
    found = [file.file_name for file in others if mnscan.scan_bytes(outbox.reopen(file).read(), _known(), "file")]
    seen.none(found, f"個人番号のある、ほかの送信ファイル（{len(others)}ファイル）")
    opened = AuditRecord.objects.filter(function="mynumber.report")
    seen.equal({person for record in opened for person in record.persons},
               {int(row["atena_number"]) for file in (first, second) for row in _rows(file)}, "番号を開いた記録の人と載った人")  # fmt: skip


def _rows(file: OutboxFile) -> list[dict[str, Any]]:
    return [record.fields for record in open_decode(file.layout, outbox.reopen(file)).records() if record.kind == "data"]
