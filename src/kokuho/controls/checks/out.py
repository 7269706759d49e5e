"""OUT: online applications."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import typst

from kokuho.controls import crawl, fixture, samples
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, text
from kokuho.core import config, mnscan, workplace
from kokuho.core.actions import entries as pending
from kokuho.core.models import AuditRecord, Entry
from kokuho.exchange import acceptance, applications, online_forms, rawstore
from kokuho.exchange.models import ApplicationMatch, InboxFile, ReceivedApplication

IDENTITY = {"bringer": "self", "method": "electronic", "documents": []}
DOOR = "/exchange/applications/"


def _post(scene: Scene, data: bytes, *, name: str = "a.zip", title: str = "U-A") -> ReceivedApplication | None:
    """Take a file in at the screen; the row of the book, if one was made."""
    before = ReceivedApplication.objects.count()
    given = io.BytesIO(data)
    given.name = name
    scene.client(title).post(DOOR, {"reception_no": "点検-1", "file": given})
    made = ReceivedApplication.objects.order_by("-pk").first()
    return made if ReceivedApplication.objects.count() > before else None


def _stopped(scene: Scene, seen: Evidence, what: str, data: bytes, code: str, *, name: str = "a.zip") -> None:
    made = _post(scene, data, name=name)
    found = made.code if made else "受付簿にない"
    kept = made is not None and not rawstore.path(made.sha256).exists()
    seen.must(found == code and kept, what, f"{found}、隔離" if kept else found)


@check("OUT-01", commits=True)
def only_the_forms_items(scene: Scene, seen: Evidence) -> None:
    """Another item, another form, a missing item and a number without a reason stop the whole file; who asks for it says why."""
    forms = online_forms.catalogue()
    asking = [form for form in forms.values() if any(item.number for item in form.items)]
    seen.none([form.code for form in asking if not form.number], f"理由なく個人番号を求める様式（{len(forms)}様式）")
    listed = text(scene.client("U-A").get(DOOR))
    seen.must(all(form.number in listed for form in asking), "個人番号を求める様式と理由の一覧（画面）", len(asking))
    _stopped(scene, seen, "定めのない項目のある申請", samples.application("nhi-lose", scene.on, items={"diary": "x"}), "APP15")
    _stopped(scene, seen, "必要な項目のない申請", samples.application("nhi-lose", scene.on, items={"birth_date": ""}), "APP15")
    _stopped(scene, seen, "一覧にない様式の申請", samples.application("nhi-diary", scene.on), "APP14")
    number = fixture.CANARIES[fixture.P_1]
    for what, more in (
        ("備考の欄", {"items": {"note": f"番号は{number}"}}), ("全角で書いた備考の欄", {"items": {"note": number.translate(_WIDE)}}),
        ("添付のCSV", {"attached": {"b.csv": f"x,{number}".encode()}}),
    ):  # fmt: skip
        _stopped(scene, seen, f"個人番号を求めない様式の{what}に個人番号", samples.application("nhi-lose", scene.on, **more), "APP12")  # type: ignore[arg-type]
    right = _post(scene, samples.application("nhi-lose", scene.on))
    seen.must(right is not None and right.state == ReceivedApplication.ACCEPTED, "定めどおりの申請", right.code if right else "")
    refused = AuditRecord.objects.filter(function="application.take", result="refused")
    seen.must(refused.count() >= 6, "拒否の記録", f"{refused.count()}件")


_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@check("OUT-02", commits=True)
def no_feed_no_print_of_the_number(scene: Scene, seen: Evidence) -> None:
    """Nothing is taken in by itself while the setting is off; with it, forms that ask for the number stay; what an application shows
    and prints holds no number."""
    number = fixture.CANARIES[fixture.P_1]
    folder = config.home() / "eapp"
    folder.mkdir()
    plain, numbered = folder / "R1.zip", folder / "R2.zip"
    plain.write_bytes(samples.application("nhi-lose", scene.on))
    numbered.write_bytes(samples.application("nhi-acquire", scene.on, items={"my_number": number}))
    told: dict[str, Any] = {"by": scene.actor("U-A"), "on": scene.on, "folder": folder}
    put(scene.on, {"eapp.auto_take_in": False})
    seen.refused("自動取込みを行わない設定で、フォルダーを取り込む", applications.take_folder, code="APP16", **told)
    others = [
        route for route in crawl.routes()
        if route.declared and route.declared.capability and route.name not in ("exchange:applications", "lock")
    ]  # fmt: skip
    for route in others:
        scene.client("U-A").post(route.address({}), {"file": io.BytesIO(plain.read_bytes()), "reception_no": "1"})
    files = InboxFile.objects.filter(state=InboxFile.APPLIED).count()
    seen.equal((ReceivedApplication.objects.count(), files), (0, 0), f"ほかのすべての入口に送った申請の取込み（{len(others)}か所）")
    put(scene.on, {"eapp.auto_take_in": True})
    taken = applications.take_folder(**told)
    seen.equal([(one.form, one.state) for one in taken], [("nhi-lose", "accepted")], "自動取込みの設定で取り込んだ申請")
    seen.must(numbered.exists() and not plain.exists(), "個人番号のある申請は取り込まずに残し、取り込んだものは消す")
    by_hand = _post(scene, numbered.read_bytes())
    seen.must(by_hand is not None and by_hand.state == ReceivedApplication.ACCEPTED, "職員が画面から受け付けた個人番号のある申請")
    assert by_hand is not None
    client = scene.client("U-A")
    shown = [text(client.get(f"{DOOR}{by_hand.pk}/", {"atena_no": str(fixture.P_1)})), text(client.get(DOOR))]
    hits = [hit.form for body in shown for hit in mnscan.scan_bytes(body.encode(), _known(), "page")]
    seen.none(hits, "個人番号のある申請の画面に出た個人番号")
    found, _ = mnscan.scan_files(_written(), _known(), config.home())
    seen.none([hit.place for hit in found], "申請から書かれたファイルの個人番号")


def _known() -> mnscan.Known:
    return mnscan.known_canaries(fixture.CANARIES.values())


def _written() -> list[Path]:
    """What the product itself wrote; the folder of the application system is not its own."""
    return [path for path in config.home().rglob("*") if path.is_file() and "eapp" not in path.parts]


@check("OUT-03", commits=True)
def operator_then_the_checks_of_paper(scene: Scene, seen: Evidence) -> None:
    """By those with the right only; unmatched until the four items, the identity and a second person; the book names everything."""
    seen.must(_post(scene, samples.application("nhi-lose", scene.on), title="U-LEVY") is None, "権限のない U-LEVY が受け付ける")
    data = samples.application("nhi-lose", scene.on)
    taken = _post(scene, data)
    assert taken is not None
    bare = [name for name in ("taken_by", "taken_at", "reception_no", "sha256") if not getattr(taken, name)]
    seen.none(bare, "受付簿の空の項目（職員・日時・受付番号・ハッシュ）")
    seen.must("未照合" in text(scene.client("U-A").get(f"{DOOR}{taken.pk}/")), "受け付けた申請は未照合")
    by, told = scene.actor("U-A"), {"on": scene.on, "application_id": taken.pk}
    seen.refused("本人確認のない受理", acceptance.enter, by=by, atena_no=fixture.P_1, reason="", identity={}, code="ENTRY-05", **told)
    seen.refused("4情報の違う人への受理（理由なし）", acceptance.enter, by=by, atena_no=fixture.P_2, reason="", identity=IDENTITY,
                 code="APP21", **told)  # fmt: skip
    entry = acceptance.enter(by=by, atena_no=fixture.P_1, reason="", identity=IDENTITY, **told)  # type: ignore[arg-type]
    seen.equal((entry.state, ApplicationMatch.objects.count()), (Entry.PENDING, 0), "入力しただけでは受理されない")
    seen.refused("入力した本人が確認する", pending.confirm, by=by, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    seen.refused("もう一度入力する", acceptance.enter, by=by, atena_no=fixture.P_1, reason="", identity=IDENTITY, code="APP22", **told)
    pending.confirm(by=scene.actor("U-B"), on=scene.on, entry_id=entry.pk)
    match = ApplicationMatch.objects.get()
    seen.equal((match.atena_no, match.matched_by, match.confirmed_by), (fixture.P_1, "chkA", "chkB"), "受理の記録（本人・照合者・確認者）")


def hostile(on: date) -> Mapping[str, tuple[str, bytes, str]]:
    """What → (file name, bytes, code with which it is stopped)."""
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as archive:
        archive.writestr("a.pdf", b"%PDF-1.7")
    pdf = b"%PDF-1.7\n1 0 obj<</S /JavaScript /JS (app.alert(1))>>endobj\n"
    virus = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    inside: Mapping[str, tuple[str, bytes, str]] = {
        "外を指す名前": ("../../x.pdf", b"%PDF-1.7", "APP04"), "絶対の名前": ("/etc/x.pdf", b"%PDF-1.7", "APP04"),
        "開くと大きくなる": ("big.csv", b"0" * (32 << 20), "APP05"), "圧縮の中の圧縮": ("b.zip", nested.getvalue(), "APP06"),
        "PDFの中のスクリプト": ("s.pdf", pdf, "APP08"), "マクロのある文書": ("m.docm", b"PK\x03\x04", "APP02"),
        "拡張子の違うプログラム": ("p.pdf", b"MZ\x90\0", "APP03"), "不正プログラムの試験ファイル": ("v.csv", virus, "APP09"),
        "外を読むXML": ("e.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', "APP08"),
    }  # fmt: skip
    zipped = {
        what: ("a.zip", samples.application("nhi-lose", on, attached={name: data}), code) for what, (name, data, code) in inside.items()
    }
    return {**zipped, "ZIPでないZIP": ("a.zip", b"%PDF-1.7", "APP03"), "プログラム": ("setup.exe", b"MZ\x90\0", "APP02")}


@check("OUT-04", commits=True)
def hostile_files_are_stopped(scene: Scene, seen: Evidence) -> None:
    """Each hostile sample is stopped with a reason and lies in quarantine only; attachments are seen as drawn pictures; nothing is left
    in the places of work."""
    before = {path for path in config.home().rglob("*") if path.is_file()}
    for what, (name, data, code) in hostile(scene.on).items():
        _stopped(scene, seen, what, data, code, name=name)
    outside = [
        path for path in config.home().rglob("*")
        if path.is_file() and path not in before and path.parent.name not in ("quarantine", "inbox")
    ]  # fmt: skip
    seen.none([path.name for path in outside], "隔離した場所のほかに書かれたファイル")
    seen.none([path.name for path in (config.home() / "inbox").glob("*") if path not in before], "受付の保管場所に残ったファイル")
    pdf = typst.compile("点検の添付".encode())
    good = _post(scene, samples.application("nhi-lose", scene.on, attached={"b.pdf": pdf}))
    assert good is not None
    client = scene.client("U-A")
    number = next(place for place, part in enumerate(good.parts) if part["kind"] == "pdf")
    drawn = client.get(f"{DOOR}{good.pk}/{number}/1/")
    told = (drawn.status_code, drawn.headers["Content-Type"], drawn.content[:4])
    seen.equal(told, (200, "image/png", b"\x89PNG"), "添付は描き直した画像で見せる")
    seen.equal(client.get(f"{DOOR}{good.pk}/{number}/9/").status_code, 404, "ないページ")
    away = ReceivedApplication.objects.filter(state=ReceivedApplication.STOPPED).first()
    assert away is not None
    seen.equal(client.get(f"{DOOR}{away.pk}/0/1/").status_code, 404, "隔離したファイルの添付を開く")
    left = [path.name for path in workplace.place().iterdir() if f"-{os.getpid()}-" in path.name and not path.name.startswith("check-")]
    seen.none(left, "作業の場所に残ったファイル")
    seen.must(pdf not in rawstore.path(good.sha256).read_bytes(), "保管したファイルは封がされている")
