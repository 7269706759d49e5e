"""EXPORT: media, print, screen, files."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

import kokuho
from kokuho.controls import crawl, fixture, samples
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, by_hand, text
from kokuho.core import config, media, mnscan, parameters, workplace
from kokuho.core.access import Actor
from kokuho.core.extracts import applications, catalogue, running
from kokuho.core.models import Approval, AuditRecord, Extract, MediumLine
from kokuho.exchange import doors
from kokuho.formats import aeszip
from kokuho.jobs import extracts

KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}
# The lock notes the moment of the last operation for its own tab, and nothing else.
_ALLOWED = re.compile(r"sessionStorage\.(?:set|get|remove)Item\(LAST\b")
_STORING = re.compile(r"localStorage|sessionStorage|indexedDB|caches\.|serviceWorker|createObjectURL|clipboard\.write")


def _somebody(number: str, prefix: str) -> Actor:
    """A person with every right of one of the rooms of giving data out."""
    from kokuho.core.access import catalogue as rights

    may = frozenset(name for name in rights()["capabilities"] if name.startswith(prefix) or name.endswith(".read"))
    return Actor(number, f"点検 {number}", fixture.UNIT_NAME, may, "127.0.0.1", "check", "点検")


@check("EXPORT-01")
def no_extraction_from_the_screen(scene: Scene, seen: Evidence) -> None:
    """No address answers with a table to take along, whatever is asked; lists answer pages of a limited size."""
    client, files, long = scene.client("U-LEVY"), [], []
    for route in crawl.routes():
        if route.declared is None or route.declared.public:
            continue
        for query, accept in (
            ("", "text/csv"),
            ("?format=csv&size=10000", "*/*"),
            ("?format=xlsx&page_size=10000", "*/*"),
        ):
            answer = client.get(route.address(KNOWN) + query, headers={"Accept": accept})
            kind = answer.headers.get("Content-Type", "")
            if answer.status_code == 200 and not kind.startswith(("text/html", "application/pdf")):
                files.append(f"{route.name} {kind}")
            if text(answer).count("<tr") > 260:
                long.append(route.name)
    seen.none(files, "画面から取り出せた表")
    seen.none(long, "1ページを超える行を返した一覧")
    root = Path(next(iter(kokuho.__path__)))
    templates = [
        p.name for p in root.rglob("templates/**/*.html") if re.search(r"\sdownload[\s=>]", p.read_text("utf-8"))
    ]
    seen.none(templates, "ダウンロードさせる部品のある画面")
    named = set(catalogue.raw()["definitions"])
    seen.value("登録された抽出", sorted(named))
    seen.none(
        [code for code in named for item in catalogue.definition(code).items if "my_number" in item],
        "個人番号を項目に持つ抽出",
    )
    statistics = [one for one in catalogue.definitions().values() if one.statistic]
    identifying = [f"{one.code} {code}" for one in statistics for code in one.items if _IDENTIFYING.search(code)]
    seen.none(identifying, f"人を示す項目のある統計（{len(statistics)}種類）")
    seen.none([one.code for one in statistics if one.minimum < 2], "少ない数を伏せない統計")
    for one in statistics:
        _no_small_counts(one, scene, seen)
    seen.refused(
        "登録のない抽出を依頼する",
        applications.apply,
        by=_somebody("chkE1", "extract."),
        on=scene.on,
        definition="anything",
        purpose="x",
        legal_basis="x",
        items=["name"],
        conditions={},
        recipient="x",
        form="csv",
        medium="M",
        use_by=scene.on,
    )


_IDENTIFYING = re.compile(r"name|kana|address|birth|atena|number|phone")


def _no_small_counts(one: catalogue.Definition, scene: Scene, seen: Evidence) -> None:
    """A statistic of the few persons of the fixture: no name, no number, and nothing under the minimum is told."""
    conditions = {
        code: scene.on.isoformat() if condition.type == "date" else scene.fiscal_year for code, condition in one.conditions.items()
    }  # fmt: skip
    asked = Extract(definition=one.code, items=list(one.items), conditions=conditions)
    body = b"".join(running._lines(asked, one, running.Counts(), extracts._shielded)).decode("utf-8-sig")
    place = list(one.items).index(one.statistic)
    counts = [line.split(",")[place].strip('"') for line in body.splitlines()[1:]]
    small = [count for count in counts if count.isdigit() and int(count) < one.minimum]
    seen.none(small, f"統計「{one.title}」で伏せていない{one.minimum}未満の数（{len(counts)}行）")
    names = [name for name, _ in fixture.NAMES.values() if name in body]
    hits = mnscan.scan_bytes(body.encode(), mnscan.known_canaries(fixture.CANARIES.values()), one.code)
    seen.none([*names, *(hit.form for hit in hits)], f"統計「{one.title}」にある氏名・個人番号")


@check("EXPORT-02")
def nothing_stays_on_the_terminal(scene: Scene, seen: Evidence) -> None:
    """Every answer forbids storing; no script stores; printing a page gives nothing; the page names its reader."""
    client, storing = scene.client("U-A"), []
    for route in crawl.routes():
        answer = client.get(route.address(KNOWN))
        if "no-store" not in answer.headers.get("Cache-Control", ""):
            storing.append(route.name)
    seen.none(storing, "端末への保存を禁じていない応答")
    pages = "".join(path.read_text("utf-8") for path in Path(next(iter(kokuho.__path__))).rglob("templates/**/*.html"))
    scripts = {path: Path(file).read_text("utf-8", "ignore") for path, file in _static(".js") if path in pages}
    storing = [path for path, body in scripts.items() if "htmx" not in path and _STORING.search(_ALLOWED.sub("", body))]
    seen.none(storing, f"端末に保存し得る画面のプログラム（{len(scripts)}本）")
    styles = "".join(Path(finder).read_text("utf-8") for _, finder in _static(".css"))
    seen.must("@media print" in styles, "ブラウザーの印刷を止める指定")
    page = text(client.get(f"/persons/{fixture.P_1}/"))
    seen.must(fixture.STAFF["U-A"].staff_no in page, "画面に利用者の印（職員番号）がある")


def _static(suffix: str) -> list[tuple[str, str]]:
    found = []
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            if path.endswith(suffix):
                found.append((path, str(storage.path(path))))
    return found


def _applied(scene: Scene, medium: str, **more: Any) -> Extract:
    return applications.apply(
        **{
            "by": _somebody("chkE1", "extract."),
            "on": scene.on,
            "definition": "insured",
            "purpose": "点検",
            "items": ["atena_no", "name", "address"],
            "legal_basis": catalogue.raw()["legal_bases"][0],
            "conditions": {"day": scene.on.isoformat()},
            "recipient": "点検先",
            "form": "csv",
            "medium": medium,
            "use_by": scene.on + timedelta(days=3),
            **more,
        }
    )


def _medium(scene: Scene, code: str) -> None:
    media.register(by=_somebody("chkE3", "media."), on=scene.on, code=code, kind="usb", serial=f"S-{code}", place="点検", keeper="chkE3",
                   reason="点検")  # fmt: skip


def _approve(extract: Extract, number: str = "chkE2") -> None:
    approval = Approval.objects.get(subject=applications.subject(extract))
    applications.decide(by=_somebody(number, "extract."), approval_id=approval.pk, approve=True)


def lost_extract(scene: Scene, code: str) -> Extract:
    """An extract of the insured, approved, run and written to a medium that nobody has erased."""
    _medium(scene, code)
    extract = _applied(scene, code)
    _approve(extract)
    operator = _somebody("chkE4", "extract.")
    extracts.run(by=operator, on=scene.on, extract_id=extract.pk)
    volume = config.home() / f"volume-{code}-{secrets.token_hex(3)}"
    volume.mkdir()
    media.mark(by=_somebody("chkE3", "media."), code=code, volume=volume)
    running.write(by=operator, on=scene.on, extract_id=extract.pk, volume=volume)
    extract.refresh_from_db()
    return extract


@check("EXPORT-03", commits=True)
def request_approve_run_once(scene: Scene, seen: Evidence) -> None:
    """Without approval, after the deadline, changed, or a second time: refused; the applicant cannot approve."""
    _medium(scene, "M-C1")
    extract = _applied(scene, "M-C1")
    by = _somebody("chkE4", "extract.")
    seen.refused(
        "承認のない抽出を実行する", extracts.run, by=by, on=scene.on, extract_id=extract.pk, code="EXPORT-03-APPROVAL"
    )
    seen.refused("依頼した本人が承認する", _approve, extract, "chkE1")
    _approve(extract)
    seen.refused(
        "期限を過ぎて実行する",
        extracts.run,
        by=by,
        on=extract.use_by + timedelta(days=1),
        extract_id=extract.pk,
        code="EXPORT-03-EXPIRED",
    )
    done = extracts.run(by=by, on=scene.on, extract_id=extract.pk)
    seen.refused("二度目の実行", extracts.run, by=by, on=scene.on, extract_id=extract.pk, code="EXPORT-03-USED")
    record = AuditRecord.objects.filter(function="extract.run", operation="export", result="ok").order_by("-pk").first()
    seen.equal(record and record.row_count, done.row_count, "出力した行数と記録の件数")
    seen.equal(_columns(extract, scene), len(extract.items), "出力した項目の数と依頼した項目の数")
    other = _applied(scene, "M-C1")
    _approve(other)
    changed = {"day": (scene.on - timedelta(days=30)).isoformat()}
    seen.refused("承認の後に依頼の条件を書き換える", Extract.objects.filter(pk=other.pk).update, conditions=changed)
    by_hand("core_extract", "UPDATE core_extract SET conditions = %s WHERE id = %s", json.dumps(changed), other.pk)
    told: dict[str, Any] = {"by": by, "on": scene.on, "extract_id": other.pk}
    seen.refused("管理者の手で条件の変わった抽出を実行する", extracts.run, code="EXPORT-03-CHANGED", **told)
    seen.refused("目的のない依頼", _applied, scene, "M-C1", purpose=" ", code="EXPORT-03-PURPOSE")


def _columns(extract: Extract, scene: Scene) -> int:
    """How many columns the file of an extract has."""
    word = running.passphrase(by=_somebody("chkE1", "extract."), extract_id=extract.pk)
    inside = aeszip.read(running.path(extract.pk).read_bytes(), word)
    body = next(data for name, data in inside.items() if name.endswith(".csv")).decode("utf-8-sig")
    return len(body.splitlines()[0].split(","))


@check("EXPORT-04", commits=True)
def registered_media_only(scene: Scene, seen: Evidence) -> None:
    """An unregistered volume and a medium that still holds data are refused; a medium is gone for good once destroyed."""
    keeper = _somebody("chkE3", "media.")
    _medium(scene, "M-C2")
    _medium(scene, "M-C3")
    with tempfile.TemporaryDirectory() as folder:
        volume = Path(folder)
        first, second = _applied(scene, "M-C2"), _applied(scene, "M-C2")
        operator = _somebody("chkE4", "extract.")
        for extract in (first, second):
            _approve(extract)
            extracts.run(by=operator, on=scene.on, extract_id=extract.pk)
        seen.refused(
            "登録のない媒体に書き込む",
            running.write,
            by=operator,
            on=scene.on,
            extract_id=first.pk,
            volume=volume,
            code="EXPORT-04-VOLUME",
        )
        media.mark(by=keeper, code="M-C2", volume=volume)
        line = running.write(by=operator, on=scene.on, extract_id=first.pk, volume=volume)
        seen.must(
            bool(line.sha256 and line.row_count and line.staff_no), "管理簿の行（誰が・ハッシュ・件数）", line.row_count
        )
        seen.refused("消去を確かめていない媒体に書き込む", running.write, by=operator, on=scene.on, extract_id=second.pk, volume=volume,
                     code="EXPORT-04-NOT-ERASED")  # fmt: skip
        seen.must(
            any(entry.pk == line.pk for entry in media.overdue(on=scene.on + timedelta(days=3))),
            "消去の確認を待つ媒体の一覧",
        )
        entry: dict[str, Any] = {"on": scene.on, "code": "M-C2"}
        destroyed = partial(media.note, by=keeper, kind="destroy", text="裁断", **entry)
        seen.refused("消去を確かめずに廃棄する", destroyed, code="EXPORT-04-STATE")
        media.note(by=keeper, kind="hand_over", counterpart="点検先", **entry)
        media.note(by=keeper, kind="erase", text="上書き", **entry)
        again = running.write(by=operator, on=scene.on, extract_id=second.pk, volume=volume)
        seen.must(again.pk > line.pk, "消去を確かめた後の書込み", "書き込めた")
        media.note(by=keeper, kind="erase", text="上書き", **entry)
        media.note(by=keeper, kind="destroy", text="裁断", **entry)
        third = _applied(scene, "M-C3")
        _approve(third)
        extracts.run(by=operator, on=scene.on, extract_id=third.pk)
        seen.refused("廃棄した媒体に書き込む", running.write, by=operator, on=scene.on, extract_id=third.pk, volume=volume)
        seen.refused("廃棄した媒体を使う抽出を依頼する", _applied, scene, "M-C2", code="EXPORT-04-MEDIUM")
        kinds = list(MediumLine.objects.filter(medium__code="M-C2").order_by("pk").values_list("kind", flat=True))
        wanted = ["register", "write", "hand_over", "erase", "write", "erase", "destroy"]
        seen.equal(kinds, wanted, "管理簿にある媒体の一生（登録から廃棄まで）")


@check("EXPORT-04", place=REAL)
def no_medium_is_overdue(seen: Evidence) -> None:
    """In the installation: media whose erasure should have been confirmed."""
    from kokuho.core.clock import business_date

    seen.value("管理簿の行", MediumLine.objects.count())
    seen.none([line.pk for line in media.overdue(on=business_date())], "消去の確認の期限を過ぎた媒体")


@check("EXPORT-05", commits=True)
def what_leaves_is_encrypted(scene: Scene, seen: Evidence) -> None:
    """A plain reader finds no name and no number; the passphrase opens it once shown; a changed byte does not open."""
    _medium(scene, "M-C3")
    extract = _applied(scene, "M-C3")
    _approve(extract)
    extracts.run(by=_somebody("chkE4", "extract."), on=scene.on, extract_id=extract.pk)
    sealed = running.path(extract.pk).read_bytes()
    names = [name for name, _ in fixture.NAMES.values()]
    seen.none([name for name in names if name.encode() in sealed], f"復号せずに読めた氏名（{len(sealed)}バイト）")
    known = mnscan.known_canaries(fixture.CANARIES.values())
    seen.none([hit.form for hit in mnscan.scan_bytes(sealed, known, "extract")], "復号せずに読めた個人番号")
    word = running.passphrase(by=_somebody("chkE1", "extract."), extract_id=extract.pk)
    plain = b"".join(aeszip.read(sealed, word).values()).decode("utf-8", "ignore")
    seen.must(fixture.NAMES[fixture.P_1][0] in plain, "合言葉で開くと中身がある")
    seen.must(fixture.SECRET_TOWN not in plain, "支援措置対象者の住所は伏せられている")
    broken = sealed[:200] + bytes([sealed[200] ^ 1]) + sealed[201:]
    seen.refused("1バイト変えたファイルを開く", aeszip.read, broken, word, errors=(Exception,))
    seen.refused(
        "合言葉を二度示す",
        running.passphrase,
        by=_somebody("chkE1", "extract."),
        extract_id=extract.pk,
        code="EXPORT-05",
    )
    seen.equal(parameters.value("export.media_encryption"), "always", "媒体に書くファイルの暗号化の設定")
    seen.refused("暗号化しない形式で依頼する", _applied, scene, "M-C3", form=catalogue.OPEN, code="EXPORT-05")


@check("EXPORT-06", commits=True)
def temporary_files_vanish(scene: Scene, seen: Evidence) -> None:
    """After files were taken in, refused and killed halfway, nothing of them lies open on the disk."""
    samples.after_the_full_load()
    by = scene.actor("U-SYS")
    doors.receive_bytes(
        by=by, on=scene.on, data=samples.changes(scene.on, samples.change(scene.on, fixture.P_1)), file_name="a.csv"
    )
    for data in samples.defective(scene.on).values():
        try:
            doors.receive_bytes(by=by, on=scene.on, data=data, file_name="b.csv")
        except doors.Refusal:
            continue
    killed = (
        "import os\nfrom kokuho.core import workplace\nwith workplace.folder('check') as place:\n"
        "    (place / 'x').write_text('点検甲')\n    os._exit(9)"
    )
    told = {**os.environ, "KOKUHO_HOME": str(config.home())}
    subprocess.run([sys.executable, "-c", killed], check=False, capture_output=True, env=told)
    left = workplace.residue()
    seen.must(bool(left), "途中で殺された処理の残りを数える", f"{len(left)}個")
    workplace.sweep()
    seen.none([path.name for path in workplace.residue()], "掃除の後に残る一時ファイル")
    home, names = Path(config.home()), [name.encode() for name, _ in fixture.NAMES.values()]
    plain = [path.name for path in home.rglob("*") if any(name in _content(path) for name in names)]
    seen.none(plain, "平文で氏名の残るファイル")


def _content(path: Path) -> bytes:
    """The bytes of a file; nothing for a folder, a socket, and a file that has gone meanwhile."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


@check("EXPORT-06", place=REAL)
def no_residue(seen: Evidence) -> None:
    """In the installation: files that killed processes left and nobody swept."""
    seen.none([path.name for path in workplace.residue()], "期限を過ぎた一時ファイル")
