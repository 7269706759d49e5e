"""電子媒体管理簿: media are registered and marked; writing, hand-over, return, erasure and destruction are its lines (EXPORT-04)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from kokuho.core import audit, sealing
from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.models import Extract, Medium, MediumLine

LABEL = ".kokuho-medium"


class MediaError(CodedError):
    """The step is refused. `code` is stable."""


@transaction.atomic
def register(
    *, by: Actor, on: date, code: str, kind: str, serial: str, place: str, keeper: str, reason: str
) -> Medium:
    """Enter a medium in the book. Needs `media.manage`. Raises `MediaError` EXPORT-04-ENTRY when something is missing or the
    code is taken."""
    by.require("media.manage")
    if kind not in dict(Medium.KINDS) or not all(text.strip() for text in (code, serial, place, keeper, reason)):
        raise MediaError("EXPORT-04-ENTRY", "媒体番号、種類、製造番号、保管場所、保管責任者、用途を入力してください。")
    if Medium.objects.filter(code=code.strip()).exists():
        raise MediaError("EXPORT-04-ENTRY", f"媒体番号 {code} は既に登録されています。")
    made = Medium.objects.create(
        code=code.strip(), kind=kind, serial=serial.strip(), place=place.strip(), keeper=keeper.strip(), reason=reason.strip(),
        registered_on=on, registered_by=by.staff_no,
    )  # fmt: skip
    _line(by, on, made, MediumLine.REGISTER, note=reason)
    return made


def mark(*, by: Actor, code: str, volume: Path) -> Path:
    """Put the label of a registered medium on its volume; the system writes nowhere else. Needs `media.manage`."""
    by.require("media.manage")
    medium = Medium.objects.filter(code=code, state=Medium.USABLE).first()
    if medium is None:
        raise MediaError("EXPORT-04-MEDIUM", f"使用できる媒体 {code} は電子媒体管理簿にありません。")
    label = volume / LABEL
    label.write_text(json.dumps({"code": code, "mac": _mac(code)}), "ascii")
    audit.record(by, function="media.mark", operation="update", row_count=1, detail={"medium": code})
    return label


def code_of(volume: Path) -> str:
    """The medium that a volume is, by its label; empty for a volume that is none of ours."""
    try:
        label = json.loads((volume / LABEL).read_text("ascii"))
        code, mac = str(label["code"]), str(label["mac"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return code if hmac.compare_digest(mac, _mac(code)) else ""


def _mac(code: str) -> str:
    return hmac.new(sealing.derive("medium-label"), code.encode(), sha256).hexdigest()


@transaction.atomic
def read_here(*, by: Actor, on: date, volume: Path, note: str) -> str:
    """Enter that a file is read from a marked volume; the right was asked for by the caller. Answers the medium's number, or
    nothing when the volume is not a usable medium of the book."""
    medium = Medium.objects.filter(code=code_of(volume), state=Medium.USABLE).first()
    if medium is None:
        return ""
    _line(by, on, medium, MediumLine.READ, note=note[:200])
    return medium.code


@transaction.atomic
def carried(
    *, by: Actor, on: date, volume: Path, digest: str, row_count: int, receiver: str, due_on: date
) -> MediumLine:
    """The line of a file that a marked volume carries to a receiver. Inside the caller's transaction; the right was asked for by
    the caller. Raises `MediaError` EXPORT-04-MEDIUM, -STATE, -NOT-ERASED."""
    medium = Medium.objects.select_for_update().filter(code=code_of(volume)).first()
    if medium is None:
        raise MediaError("EXPORT-04-MEDIUM", "この場所は電子媒体管理簿の媒体ではありません。登録して印を付けた媒体に書き込んでください。")
    _must_be_empty(medium)
    return MediumLine.objects.create(
        medium=medium, kind=MediumLine.WRITE, on=on, staff_no=by.staff_no, sha256=digest, row_count=row_count, due_on=due_on,
        counterpart=receiver,
    )  # fmt: skip


@transaction.atomic
def written(*, by: Actor, on: date, medium: Medium, extract: Extract, due_on: date, digest: str) -> MediumLine:
    """The line of a file being written, with the SHA-256 of what stands on the medium (`digest`). Inside the caller's
    transaction; `extract.run` was asked for by the caller.

    Raises `MediaError` EXPORT-04-STATE for a medium that may not be used, EXPORT-04-NOT-ERASED for one that still holds data.
    """
    medium = Medium.objects.select_for_update().get(pk=medium.pk)
    _must_be_empty(medium)
    return MediumLine.objects.create(
        medium=medium, kind=MediumLine.WRITE, on=on, staff_no=by.staff_no, extract=extract, sha256=digest,
        row_count=extract.row_count, due_on=due_on, counterpart=extract.recipient,
    )  # fmt: skip


def _must_be_empty(medium: Medium) -> None:
    if medium.state != Medium.USABLE:
        raise MediaError("EXPORT-04-STATE", f"媒体 {medium.code} は{medium.get_state_display()}のため使えません。")
    if holding(medium) is not None:
        raise MediaError("EXPORT-04-NOT-ERASED", f"媒体 {medium.code} は、前の内容の消去が確認されていません。")


def holding(medium: Medium) -> MediumLine | None:
    """The writing whose content nobody has confirmed as erased, or None."""
    last = medium.lines.filter(kind=MediumLine.WRITE).order_by("-pk").first()
    if last is None or medium.lines.filter(kind=MediumLine.ERASE, pk__gt=last.pk).exists():
        return None
    return last


@transaction.atomic
def note(*, by: Actor, on: date, code: str, kind: str, counterpart: str = "", text: str = "") -> MediumLine:
    """Enter a hand-over, return, reading, confirmed erasure, destruction or loss. Needs `media.manage`.

    Raises `MediaError`: EXPORT-04-MEDIUM unknown, EXPORT-04-ENTRY incomplete, EXPORT-04-STATE not possible now,
    EXPORT-04-SELF an erasure confirmed by the one who wrote.
    """
    by.require("media.manage")
    medium = Medium.objects.select_for_update().filter(code=code).first()
    if medium is None:
        raise MediaError("EXPORT-04-MEDIUM", f"媒体 {code} は電子媒体管理簿にありません。")
    if kind not in dict(MediumLine.KINDS) or kind in (MediumLine.REGISTER, MediumLine.WRITE):
        raise MediaError("EXPORT-04-ENTRY", "記入する出来事を選んでください。")
    if kind == MediumLine.HAND_OVER and not counterpart.strip():
        raise MediaError("EXPORT-04-ENTRY", "引き渡した相手を入力してください。")
    if kind in (MediumLine.ERASE, MediumLine.DESTROY, MediumLine.LOSE) and not text.strip():
        raise MediaError("EXPORT-04-ENTRY", "消去・廃棄の方法、又は紛失の状況を入力してください。")
    if medium.state == Medium.DESTROYED or (medium.state == Medium.LOST and kind != MediumLine.GIVE_BACK):
        raise MediaError("EXPORT-04-STATE", f"媒体 {code} は{medium.get_state_display()}です。")
    content = holding(medium)
    if kind == MediumLine.ERASE:
        if content is None:
            raise MediaError("EXPORT-04-STATE", f"媒体 {code} に、消去を確認する内容はありません。")
        if by.is_person(content.staff_no):
            raise MediaError("EXPORT-04-SELF", "書き込んだ本人は消去を確認できません。別の職員が確認してください。")
    if kind == MediumLine.DESTROY and content is not None:
        raise MediaError("EXPORT-04-STATE", "廃棄の前に、内容の消去を確認してください。")
    states = {MediumLine.DESTROY: Medium.DESTROYED, MediumLine.LOSE: Medium.LOST, MediumLine.GIVE_BACK: Medium.USABLE}
    if (state := states.get(kind)) is not None and state != medium.state:
        medium.state = state
        medium.save(update_fields=["state"])
    return _line(by, on, medium, kind, counterpart=counterpart, note=text, extract=content.extract if content else None)


def _line(
    by: Actor, on: date, medium: Medium, kind: str, *, counterpart: str = "", note: str = "", extract: Extract | None = None
) -> MediumLine:
    made = MediumLine.objects.create(
        medium=medium, kind=kind, on=on, staff_no=by.staff_no, counterpart=counterpart.strip(), note=note.strip(), extract=extract
    )
    audit.record(
        by, function=f"media.{kind}", operation="update", row_count=1, reason=note.strip()[:200], detail={"medium": medium.code}
    )
    return made


def overdue(*, on: date) -> Sequence[MediumLine]:
    """Writings whose erasure is not confirmed though the day is over, oldest first; shown in red until it is."""
    waiting = MediumLine.objects.filter(kind=MediumLine.WRITE, due_on__lt=on).select_related("medium", "extract").order_by("due_on", "pk")
    return [event for event in waiting if (left := holding(event.medium)) is not None and left.pk == event.pk]
