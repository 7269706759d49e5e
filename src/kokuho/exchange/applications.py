"""Taking in a file of an online application: by an operator, through this one entrance (OUT-03).

    taken in (unmatched) → matched with a person: four items, identity, a second person → the desk's own procedure

What was taken in lies sealed; its values and pictures are read from the sealed bytes whenever somebody looks, and written nowhere.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import typst
from django.db import transaction

from kokuho.core import audit, parameters, workplace, writing
from kokuho.core.access import Actor
from kokuho.exchange import intake, numberscan, online_forms, rawstore
from kokuho.exchange.intake import IntakeError
from kokuho.exchange.models import ReceivedApplication

_PICTURES = ("pdf", "jpg", "jpeg", "png")


def take_in(
    *, by: Actor, on: date, reception_no: str, file_name: str, data: bytes, automatic: bool = False
) -> ReceivedApplication:
    """Look at a file and keep it sealed: accepted and unmatched, or stopped and in quarantine with the reason.

    Raises `IntakeError` APP10 without a 受付番号, APP11 when the same file was taken in before; a stopped file (APP12 for a My Number
    in a form that asks for none) is an answer, not an error.
    """
    by.require("application.take")
    if not reception_no.strip():
        raise IntakeError("APP10", "電子申請の受付番号を入力してください。")
    code = message = form = ""
    parts: list[intake.Part] = []
    try:
        contents = intake.inspect(file_name, data)
        parts = [content.part for content in contents]
        told, _ = online_forms.read(contents)
        form = told.code
        if not told.number and any(numberscan.held_in(io.BytesIO(content.data)) for content in contents):
            raise IntakeError("APP12", "個人番号を求めない申請のファイルに個人番号がありました。")
    except IntakeError as error:
        code, message = error.code, str(error)
    sha, size = rawstore.keep(io.BytesIO(data))
    with transaction.atomic(), writing.acting(by, "application.take"):
        if not code and ReceivedApplication.objects.filter(sha256=sha, state=ReceivedApplication.ACCEPTED).exists():
            raise IntakeError("APP11", "同じファイルを既に受け付けています。")
        taken = ReceivedApplication.objects.create(
            reception_no=reception_no.strip()[:40], file_name=file_name[:200], sha256=sha, size=size, form=form, automatic=automatic,
            state=ReceivedApplication.STOPPED if code else ReceivedApplication.ACCEPTED, code=code, message=message,
            parts=[asdict(part) for part in parts], taken_by=by.staff_no, business_date=on,
        )  # fmt: skip
        audit.record(
            by, function="application.take", operation="receive", result="refused" if code else "ok", row_count=1,
            detail={"application": taken.pk, "sha256": sha, "code": code},
        )  # fmt: skip
    if code:
        rawstore.quarantine(sha)
    return taken


def take_folder(*, by: Actor, on: date, folder: Path) -> list[ReceivedApplication]:
    """Take in every file of a folder into which the application system delivers, and remove it from there. Only while the setting
    `eapp.auto_take_in` allows it, and never a form that asks for the 個人番号: it stays for an operator (OUT-02).

    Raises `IntakeError` APP16 while the setting is off.
    """
    by.require("application.take")
    if not parameters.value("eapp.auto_take_in"):
        audit.record(by, function="application.take", operation="receive", result="refused", detail={"code": "APP16"})
        raise IntakeError("APP16", "電子申請の自動取込みは行わない設定です。画面から1件ずつ受け付けてください。")
    taken = []
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        data = path.read_bytes() if path.stat().st_size <= intake.LARGEST else b""
        if _asks_for_number(path.name, data):
            audit.record(by, function="application.take", operation="receive", result="refused", detail={"code": "APP17"})
            continue
        try:
            taken.append(take_in(by=by, on=on, reception_no=path.stem[:40], file_name=path.name, data=data, automatic=True))
        except IntakeError as error:
            if error.code != "APP11":
                raise
        path.unlink()
    return taken


def _asks_for_number(name: str, data: bytes) -> bool:
    try:
        form, _ = online_forms.read(intake.inspect(name, data))
    except IntakeError:
        return False  # it will be stopped for what it is
    return bool(form.number)


@dataclass(frozen=True, slots=True)
class Opened:
    """What an accepted application says: its form, the values without the 個人番号, and the parts that can be looked at."""

    form: online_forms.OnlineForm
    values: dict[str, str]
    parts: tuple[intake.Part, ...]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Titles and values in the order of the form."""
        return [(item.title, self.values[item.name]) for item in self.form.items if item.name in self.values]


def opened(by: Actor, application: ReceivedApplication) -> Opened:
    """Read an accepted application. Raises `IntakeError` APP18 for one that lies in quarantine."""
    by.require("application.take")
    contents = _contents(application)
    form, values = online_forms.read(contents)
    return Opened(form, values, tuple(content.part for content in contents))


def picture(by: Actor, application: ReceivedApplication, number: int, page: int) -> bytes:
    """A page of an attachment, drawn anew as a PNG: nothing of the received file itself reaches the terminal (OUT-04).

    Raises `IntakeError` APP18 for one in quarantine, APP19 for a part or page that cannot be drawn.
    """
    by.require("application.take")
    contents = _contents(application)
    if not 0 <= number < len(contents) or contents[number].part.kind not in _PICTURES:
        raise IntakeError("APP19", "表示できる添付ではありません。")
    kind = contents[number].part.kind
    which = f", page: {max(1, page)}" if kind == "pdf" else ""
    with workplace.folder("application") as place:
        (place / f"part.{kind}").write_bytes(contents[number].data)
        main = place / "main.typ"
        main.write_text(f'#set page(width: auto, height: auto, margin: 0pt)\n#image("part.{kind}"{which}, width: 170mm)', "utf-8")
        try:
            drawn = typst.compile(str(main), root=str(place), format="png", ppi=110, ignore_system_fonts=True)
        except typst.TypstError as error:
            raise IntakeError("APP19", "この添付は壊れているか、そのページがありません。") from error
    return drawn[0] if isinstance(drawn, list) else drawn


def _contents(application: ReceivedApplication) -> list[intake.Content]:
    if application.state != ReceivedApplication.ACCEPTED:
        raise IntakeError("APP18", "隔離したファイルは開けません。")
    return intake.inspect(application.file_name, rawstore.reopen(application.sha256).read())
