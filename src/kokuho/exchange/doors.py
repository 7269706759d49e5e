"""What every door does with a file: keep its bytes, check all of it, then apply it whole, or refuse it whole.

    received → refused | applied

A door (`Door`) knows its layouts and how to stage and apply the records. A kill at any moment leaves the file received;
`resume` takes it up again from the kept bytes and comes to the same result.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction

from kokuho.core import audit, era
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, now
from kokuho.core.coded import CodedError
from kokuho.core.models import Municipality
from kokuho.core.queries import migration
from kokuho.exchange import numberscan, rawstore, routes
from kokuho.exchange import registry as registry_book
from kokuho.exchange.models import ConnectedSystem, InboxError, InboxFile, WorkItem
from kokuho.formats import FormatError, open_decode
from kokuho.formats import layout as find_layout


class Refusal(CodedError):
    """The file is not taken in; nothing was changed. `file` is what is kept of it, with its faults."""

    def __init__(self, code: str, message: str, file: InboxFile | None = None) -> None:
        super().__init__(code, message)
        self.file = file


@dataclass(frozen=True, slots=True)
class Trouble:
    """A well-formed record that could not be applied and goes to the work list."""

    record: int
    atena_no: int | None
    code: str
    message: str


@dataclass(slots=True)
class Applied:
    """What applying a file did."""

    applied: int
    counts: dict[str, int] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Door:
    """A neighbour's door. `stage` reads all batches of a decoder into temporary tables and collects what may not lie in
    the database openly; `apply` runs the desks' actions on what was staged, inside the same transaction."""

    neighbour: str
    title: str
    layouts: tuple[str, ...]
    stage: Callable[[Any, InboxFile], Any]
    apply: Callable[[Actor, InboxFile, Any], Applied]
    check: Callable[[InboxFile, Any], None] | None = None
    migration: bool = False  # only as a step of a data migration that two special IDs decided on (VENDOR-04)


Progress = Callable[[str], None]


def registry() -> dict[str, Door]:
    """Layout id → door."""
    from kokuho.exchange import care, former, integrated, juki, jutogai, kyotsu, nenkin, zei
    from kokuho.exchange.federation import door as shuyaku

    doors = (
        juki.DOOR, zei.DOOR, nenkin.DOOR, care.CARE, care.WELFARE, kyotsu.DOOR, jutogai.DOOR, integrated.DOOR, shuyaku.DOOR, former.DOOR,
    )  # fmt: skip
    return {layout: door for door in doors for layout in door.layouts}


def receive(
    *,
    by: Actor,
    on: date,
    stream: BinaryIO,
    file_name: str,
    layout: str | None = None,
    route: str = ConnectedSystem.FOLDER,
    signature: bytes = b"",
    progress: Progress | None = None,
) -> InboxFile:
    """Take a file in. Without `layout` its own control record says what it is; `route` is how it came; `signature` what its sender
    signed with the registered key.

    Raises `Refusal` (X01 taken before, X02 unknown kind of file, X03 wrong sender, X04 broken format: every fault is
    in `file.errors`, X05 gap or repetition in a numbered series, X08 a neighbour that is not registered or not by this
    route, X09 a My Number where none belongs, X10 not signed by the registered key). The refused file is kept with its
    faults; one of X09 in quarantine.
    """
    by.require("exchange.receive")
    say = progress or (lambda _: None)
    sha, size = rawstore.keep(stream)
    say(f"{file_name}: {size:,}バイトを保管しました")
    name = Path(file_name).name[:200]
    if taken := InboxFile.objects.filter(sha256=sha).exclude(state=InboxFile.REFUSED).first():
        if taken.state == InboxFile.RECEIVED:  # cut off by a kill: the same file is taken up where it was
            return _work(by, taken, registry()[taken.layout], say)
        seen = {"sha256": sha, "code": "X01"}
        audit.record(by, function="exchange.receive", operation="receive", result="refused", detail=seen)
        when = era.short(taken.received_at.astimezone(JAPAN).date())
        raise Refusal("X01", f"同じ内容のファイルを {when} に受け付けています（受付番号 {taken.pk}）。", taken)
    kind = layout or _link_id(sha)
    door = registry().get(kind or "")
    try:
        file = InboxFile.objects.create(
            neighbour=door.neighbour if door else "", layout=kind or "", file_name=name, sha256=sha, size=size,
            received_by=by.staff_no, business_date=on,
        )  # fmt: skip
    except IntegrityError as error:
        raise Refusal("X01", "同じ内容のファイルを別の人が受け付けているところです。") from error
    told = {"file": file.pk, "sha256": sha, "layout": kind or ""}
    audit.record(by, function="exchange.receive", operation="receive", detail=told)
    if door is None:
        _refuse(by, file, "X02", [("X02", None, "", None, "レイアウトの分からないファイルです。1行目の連携IDを確かめてください。")])
    assert door is not None
    _admitted(by, on, file, door, route, signature)
    return _work(by, file, door, say)


def _admitted(by: Actor, on: date, file: InboxFile, door: Door, route: str, signature: bytes) -> None:
    """Raises `Refusal` X12 for a file of the former system outside a migration's step, and what `_unconnected` finds."""
    if door.migration and not migration.loading(by, on=on, name=file.file_name, size=file.size):
        registry_book.refuse(by, "VENDOR-04", {"file": file.pk, "system": door.neighbour})
        message = "旧システムのファイルは、データ移行の投入の工程として（もう一人の作業者の確認を受けて）だけ受け付けます。"
        _refuse(by, file, "X12", [("X12", None, "", None, message)])
    if (fault := _unconnected(door, on, route, file.sha256, signature)) is not None:
        registry_book.refuse(by, "LINK-01", {"file": file.pk, "system": door.neighbour, "route": route, "fault": fault[0]})
        _refuse(by, file, fault[0], [(fault[0], None, "", None, fault[1])])


def _unconnected(door: Door, on: date, route: str, sha: str, signature: bytes) -> tuple[str, str] | None:
    """Why this neighbour may not deliver today this way (LINK-01, FED-02), with the code; None when it may."""
    system = registry_book.system_on(door.neighbour, on)
    if system is None:
        return "X08", f"「{door.title}」は {on} に接続先として登録されていません。接続先の登録と承認を受けてから受け付けてください。"
    if route not in (ways := routes.permitted(system)):
        return "X08", f"「{door.title}」のファイルをこの経路では受け付けません（受け付ける経路: {routes.words(ways)}）。"
    if route == ConnectedSystem.FOLDER and routes.key_needed(system) and not routes.signed_by(system, sha, signature):
        return "X10", f"「{door.title}」の登録した鍵の署名がありません。送付元に確かめてください。"
    return None


def resume(*, by: Actor, file_id: int, progress: Progress | None = None) -> InboxFile:
    """Take up a file whose work was cut off. A file that is applied or refused stays as it is."""
    by.require("exchange.receive")
    file = InboxFile.objects.get(pk=file_id)
    if file.state in (InboxFile.APPLIED, InboxFile.REFUSED):
        return file
    return _work(by, file, registry()[file.layout], progress or (lambda _: None))


def unfinished() -> list[int]:
    """Files whose work was cut off by a kill, oldest first."""
    return list(InboxFile.objects.filter(state=InboxFile.RECEIVED).order_by("pk").values_list("pk", flat=True))


def _link_id(sha: str) -> str | None:
    """The 連携ID of the control record, if the file begins with one that names a door's layout."""
    try:
        first = rawstore.reopen(sha).read(300).split(b"\n", 1)[0].decode("ascii")
    except UnicodeDecodeError:
        return None
    parts = [part.strip('" \r') for part in first.split(",")]
    return parts[2] if len(parts) > 2 and parts[2] in registry() else None


def _quarantine(by: Actor, file: InboxFile, door: Door) -> None:
    """A file that must hold no My Number and holds one is put away whole, unread (FED-03)."""
    if any(item.name == registry_book.NUMBER for record in find_layout(file.layout).records.values() for item in record.fields):
        return
    if not numberscan.held_in(rawstore.reopen(file.sha256)):
        return
    rawstore.quarantine(file.sha256)
    audit.record(
        by, function="exchange.quarantine", operation="receive", result="refused",
        detail={"type": "MYNUM_UNEXPECTED", "file": file.pk, "system": door.neighbour},
    )  # fmt: skip
    message = (
        "個人番号を含まないはずのファイルに個人番号がありました。内容を開かず隔離しました。"
        "送付元と個人情報保護の責任者に連絡してください。"
    )
    _refuse(by, file, "X09", [("X09", None, "", None, message)])


def _work(by: Actor, file: InboxFile, door: Door, say: Progress) -> InboxFile:
    _quarantine(by, file, door)
    with transaction.atomic():
        # One worker a file, also when two commands resume at once.
        InboxFile.objects.select_for_update().get(pk=file.pk)
        layout = find_layout(file.layout)
        decoder = open_decode(layout, rawstore.reopen(file.sha256))
        staged = door.stage(decoder, file)
        say(f"{file.file_name}: {decoder.totals.get('data', {}).get('count', 0):,}件を読みました")
        faults = _faults(decoder)
        if not faults:
            faults = _foreign(decoder, file)
        if not faults and door.check is not None:
            try:
                door.check(file, staged)
            except Refusal as refusal:
                faults = [(refusal.code, None, "", None, str(refusal))]
        if faults:
            # What was staged goes with the transaction; the faults are written after it.
            transaction.set_rollback(True)
        else:
            _control(decoder, file)
            file.record_count = decoder.totals.get("data", {}).get("count", 0)
            result = door.apply(by, file, staged)
            _finish(by, file, result)
    if faults:
        file.error_count = max(len(faults), decoder.error_count)
        _refuse(by, file, "X04" if decoder.error_count else faults[0][0], faults)
    say(f"{file.file_name}: {file.applied_count:,}件を反映、{file.work_count:,}件を要処理へ")
    return file


def data_batches(decoder: Any) -> Iterator[Any]:
    """The batches of data records, without control and end records."""
    return (batch for batch in decoder.batches() if batch.kind == "data")


Fault = tuple[str, int | None, str, int | None, str]


def _faults(decoder: Any) -> list[Fault]:
    errors: Sequence[FormatError] = decoder.errors
    return [(e.code, e.record, e.field or "", e.offset, e.message) for e in errors]


def _foreign(decoder: Any, file: InboxFile) -> list[Fault]:
    """A file of another municipality is nobody's to open here."""
    own = Municipality.objects.get().code
    sender = (decoder.control or {}).get("sender")
    if sender and sender != own:
        return [("X03", 1, "sender", 0, f"送付元 {sender} は当団体 {own} ではありません。")]
    return []


def _control(decoder: Any, file: InboxFile) -> None:
    control = decoder.control or {}
    file.sender = control.get("sender") or ""
    file.created_at = control.get("created_at") or ""


def _finish(by: Actor, file: InboxFile, result: Applied) -> None:
    file.state = InboxFile.APPLIED
    file.applied_count = result.applied
    file.work_count = len(result.troubles)
    file.counts = result.counts
    file.finished_at = now()
    file.save(update_fields=InboxFile.LATER)
    add_work(file, result.troubles)
    audit.record(
        by, function="exchange.apply", operation="update", row_count=result.applied,
        detail={"file": file.pk, "counts": result.counts, "work": len(result.troubles)},
    )  # fmt: skip


def add_work(file: InboxFile, troubles: Iterable[Trouble]) -> None:
    """Put records on the work list of a file."""
    WorkItem.objects.bulk_create(
        WorkItem(file=file, code=t.code, record=t.record, atena_no=t.atena_no, message=t.message) for t in troubles
    )


def _refuse(by: Actor, file: InboxFile, code: str, faults: Sequence[Fault]) -> None:
    with transaction.atomic():
        file.state = InboxFile.REFUSED
        file.error_count = max(file.error_count, len(faults))
        file.finished_at = now()
        file.save(update_fields=InboxFile.LATER)
        InboxError.objects.bulk_create(
            InboxError(file=file, code=c, record=record, field=field_, offset=offset, message=message[:500])
            for c, record, field_, offset, message in faults
        )
        audit.record(
            by,
            function="exchange.receive",
            operation="receive",
            result="refused",
            detail={"file": file.pk, "code": code},
        )
    first = min(faults, key=lambda fault: fault[0])  # an unreadable file is told before what follows from it
    raise Refusal(code, f"{file.file_name} を受け付けませんでした（誤り{file.error_count}件）。{first[4]}", file)


def receive_path(
    *, by: Actor, on: date, path: Path, route: str = ConnectedSystem.FOLDER, progress: Progress | None = None
) -> InboxFile:
    """Take in a file that lies on this machine, with the signature beside it (`FILE.sig`), or on a medium in it (`route`).

    Raises `Refusal` X11 for a medium that is not in the 電子媒体管理簿 or may not be used, and what `receive` raises.
    """
    by.require("exchange.receive")
    if route == ConnectedSystem.MEDIUM and not routes.read_from_medium(by, on, path):
        registry_book.refuse(by, "FED-02", {"route": route})
        raise Refusal("X11", "電子媒体管理簿に登録した使用できる媒体にないファイルです。媒体を登録し、印を付けてから受け付けてください。")
    beside = path.with_name(f"{path.name}.sig")
    signature = beside.read_bytes()[:64] if beside.is_file() else b""
    with open(path, "rb") as stream:
        return receive(
            by=by, on=on, stream=stream, file_name=path.name, route=route, signature=signature, progress=progress
        )


def receive_bytes(*, by: Actor, on: date, data: bytes, file_name: str) -> InboxFile:
    """Take in a small file that is in memory."""
    return receive(by=by, on=on, stream=io.BytesIO(data), file_name=file_name)
