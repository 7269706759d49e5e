"""The single run of an approved extract, and what becomes of its file: written to its medium once, or erased in time."""

from __future__ import annotations

import csv
import io
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction

from kokuho.core import audit, clock, config, media, sealing, suspensions, workplace
from kokuho.core.access import Actor
from kokuho.core.extracts import catalogue
from kokuho.core.extracts.applications import KIND, content_hash
from kokuho.core.extracts.catalogue import OPEN, Definition, ExtractError
from kokuho.core.models import Approval, Extract, ExtractRun, MediumLine
from kokuho.formats import aeszip

# Letters and digits that nobody mistakes for another: 25 of them are 124 bits.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_ALWAYS = "媒体に書くファイルは常に暗号化する設定に変わりました。暗号化する形式で、新しく依頼してください。"
SUPPRESSED, MASKED = "＊", "（支援措置のため非表示）"
_FETCH = 2000

# Which of these 宛名番号 are or were protected, or live with somebody who is: told by the desk that keeps the register.
Shielded = Callable[[Collection[int]], Collection[int]]


class Counts:
    """What a run counted while it wrote."""

    def __init__(self) -> None:
        self.rows = self.left_out = self.masked = self.suspended = 0
        self.persons: set[int] = set()


def path(extract_id: int) -> Path:
    """Where the encrypted file of an extract waits for its medium. The name says nothing about its content."""
    return config.folder("extracts") / f"extract-{extract_id}.zip"


def run(*, by: Actor, on: date, extract_id: int, shielded: Shielded) -> Extract:
    """Run an approved extract, once. The file is encrypted from its first byte; its passphrase is kept sealed until the
    applicant asks for it.

    Needs `extract.run`. Raises `ExtractError`: EXPORT-03-APPROVAL not approved, EXPORT-03-USED run before, EXPORT-03-CHANGED
    other than approved, EXPORT-03-EXPIRED too late, EXPORT-05 an open file while media are always encrypted. A run that breaks off is
    not repeated: it needs a new application.
    """
    by.require("extract.run")
    extract = _claim(by, on, extract_id)
    definition = catalogue.definition(extract.definition)
    passphrase = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(5))
    counts = Counts()
    try:
        with workplace.folder("extract") as folder:
            part = folder / "part"
            with open(part, "xb") as out:
                part.chmod(0o600)
                aeszip.write(out, passphrase, {
                    f"extract-{extract.pk}.csv": _lines(extract, definition, counts, shielded),
                    "manifest.txt": _told(extract, definition, counts, on),
                })  # fmt: skip
            data = part.read_bytes()
            shutil.move(part, path(extract.pk))
    except Exception as error:
        Extract.objects.filter(pk=extract.pk).update(state=Extract.FAILED, message=f"{type(error).__name__}")
        audit.record(by, function="extract.run", operation="export", result="failed", detail={"extract": extract.pk})
        raise
    now = clock.now()
    with transaction.atomic():
        extract.state, extract.row_count, extract.persons = Extract.READY, counts.rows, len(counts.persons)
        extract.left_out, extract.masked, extract.suspended = counts.left_out, counts.masked, counts.suspended
        extract.sha256, extract.size, extract.ready_at = sha256(data).hexdigest(), len(data), now
        extract.erase_by = now + timedelta(hours=catalogue.raw()["keep_hours"])
        extract.passphrase = _seal(extract.pk, passphrase)
        extract.save(update_fields=[
            "state", "row_count", "persons", "left_out", "masked", "suspended", "sha256", "size", "ready_at", "erase_by", "passphrase",
        ])  # fmt: skip
        audit.record(
            by, function="extract.run", operation="export", persons=sorted(counts.persons), row_count=counts.rows,
            reason=extract.purpose[:200], detail={"extract": extract.pk, "definition": extract.definition, "sha256": extract.sha256},
        )  # fmt: skip
    return extract


def _claim(by: Actor, on: date, extract_id: int) -> Extract:
    """Take the one run of an extract; committed before anything is read, so that a kill does not give a second chance."""
    with transaction.atomic():
        extract = Extract.objects.select_for_update(of=("self",)).select_related("medium").filter(pk=extract_id).first()
        approval = Approval.objects.filter(subject=f"extract:{extract_id}", kind=KIND, state=Approval.APPROVED).first()
        why = ("", "")
        if extract is None or approval is None or extract.state == Extract.RETURNED:
            why = ("EXPORT-03-APPROVAL", "承認された抽出処理依頼ではありません。依頼して、別の職員の承認を受けてください。")
        elif ExtractRun.objects.filter(extract=extract).exists():
            why = ("EXPORT-03-USED", "この依頼は既に実行されています。もう一度必要なときは、新しく依頼してください。")
        elif content_hash(extract) != approval.content_hash:
            why = ("EXPORT-03-CHANGED", "承認の後に依頼の内容か抽出定義が変わりました。新しく依頼してください。")
        elif on > extract.use_by:
            why = ("EXPORT-03-EXPIRED", f"実行期限（{extract.use_by}）を過ぎています。新しく依頼してください。")
        elif extract.form not in catalogue.forms():
            why = ("EXPORT-05", _ALWAYS)
        if why[0]:
            audit.record(by, function="extract.run", operation="export", result="refused", detail={"extract": extract_id, "why": why[0]})
            raise ExtractError(*why)
        assert extract is not None and approval is not None
        ExtractRun.objects.create(
            extract=extract, approval=approval, run_by=by.staff_no, terminal=by.terminal, business_date=on
        )
        extract.state = Extract.RUNNING
        extract.save(update_fields=["state"])
    return extract


def _lines(extract: Extract, definition: Definition, counts: Counts, shielded: Shielded) -> Iterator[bytes]:
    """The rows as CSV, a batch at a time. Rows of protected persons are left out or masked, as the definition says."""
    chosen = [definition.items[code] for code in definition.items if code in extract.items]
    yield b"\xef\xbb\xbf" + _csv([[item.label for item in chosen]])
    with transaction.atomic(), connection.cursor() as setting:
        # A cursor of the server: a whole town does not fit into memory.
        setting.execute("SET TRANSACTION READ ONLY")
        assert connection.connection is not None
        with connection.connection.cursor(name="kokuho_extract") as rows:
            rows.execute(definition.statement(extract.items), extract.conditions)
            while batch := rows.fetchmany(_FETCH):
                hidden = set(shielded([row[0] for row in batch if row[0] is not None])) if definition.person else set()
                stopped = suspensions.standing([row[0] for row in batch if row[0] is not None],
                    definition.needs) if definition.person else set()
                kept = [row for row in batch if row[0] is None or row[0] not in stopped]
                counts.suspended += len(batch) - len(kept)
                yield _csv(_shown(kept, hidden, chosen, definition, counts))


def _shown(
    batch: Iterable[tuple[object, ...]], hidden: Collection[int], chosen: Collection[catalogue.Item], definition: Definition,
    counts: Counts,
) -> Iterator[list[object]]:  # fmt: skip
    for person, *values in batch:
        if person in hidden and definition.protected == "leave_out":
            counts.left_out += 1
            continue
        told: list[object] = []
        for item, value in zip(chosen, values, strict=True):
            if person in hidden and item.secret:
                value = MASKED
            elif definition.statistic == item.code and isinstance(value, int) and value < definition.minimum:
                value = SUPPRESSED
            told.append(value)
        counts.masked += person in hidden
        counts.rows += 1
        if isinstance(person, int):
            counts.persons.add(person)
        yield told


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_harmless(v) for v in row] for row in rows)
    return out.getvalue().encode("utf-8")


def _harmless(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value


def _told(extract: Extract, definition: catalogue.Definition, counts: Counts, on: date) -> Iterator[bytes]:
    """The manifest, made when its turn comes: it tells what was counted while the rows were written."""
    yield _manifest(extract, definition, counts, on).encode("utf-8")


def _manifest(extract: Extract, definition: Definition, counts: Counts, on: date) -> str:
    return "\r\n".join((
        f"抽出 {extract.pk}　{definition.title}", f"処理日 {on}",
        f"条件 {catalogue.condition_words(extract.definition, extract.conditions)}",
        f"提供先 {extract.recipient}",
        f"行数 {counts.rows}　支援措置により除いた行 {counts.left_out}　伏せた行 {counts.masked}",
        f"利用停止により除いた行 {counts.suspended}",
        "目的以外に使わず、作業が終わったら消去してください。", "",
    ))  # fmt: skip


# --- the passphrase -----------------------------------------------------------------------------------------------------


def _seal(extract_id: int, passphrase: str) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(sealing.derive("extract-passphrase")).encrypt(nonce, passphrase.encode(), str(extract_id).encode())


def passphrase(*, by: Actor, extract_id: int) -> str:
    """The passphrase, shown once, to the applicant only, who tells the receiver on another way than the medium's.

    Raises `ExtractError` EXPORT-05 for anybody else, a second time, for the one who carries the medium, and for a file that leaves open.
    """
    by.require("extract.apply")
    with transaction.atomic():
        extract = Extract.objects.select_for_update(of=("self",)).get(pk=extract_id)
        sealed = extract.passphrase
        taken = extract.written_by == by.staff_no or sealed is None or extract.passphrase_shown_to
        if extract.applied_by != by.staff_no or taken or extract.form == OPEN:
            audit.record(by, function="extract.passphrase", operation="refuse", result="refused", detail={"extract": extract_id})
            raise ExtractError("EXPORT-05", "パスフレーズは、申請者に一度だけ表示します。媒体を運ぶ者には表示しません。")
        found = _unsealed(extract)
        extract.passphrase, extract.passphrase_shown_to, extract.passphrase_shown_at = None, by.staff_no, clock.now()
        extract.save(update_fields=["passphrase", "passphrase_shown_to", "passphrase_shown_at"])
        audit.record(by, function="extract.passphrase", operation="view", row_count=1, detail={"extract": extract_id})
    return found


def _unsealed(extract: Extract) -> str:
    sealed = bytes(extract.passphrase or b"")
    for master in sealing.masters():
        key = AESGCM(sealing.derive("extract-passphrase", master=master))
        try:
            return key.decrypt(sealed[:12], sealed[12:], str(extract.pk).encode()).decode()
        except InvalidTag:  # the other master key, while it is being changed
            continue
    raise ExtractError("EXPORT-05", "パスフレーズを開けません。マスター鍵を確かめてください。")


# --- the file -----------------------------------------------------------------------------------------------------------


def write(*, by: Actor, on: date, extract_id: int, volume: Path) -> MediumLine:
    """Write the file to its registered medium, read it back, and erase it here. An open one is opened in memory, on its way to the
    medium, and nowhere else. Needs `extract.run`.

    Raises `ExtractError`: EXPORT-04-STATE no file waits, EXPORT-04-VOLUME another medium or none, EXPORT-05 the applicant who
    knows the passphrase or media are always encrypted by now, EXPORT-04-FILE the file is not what was made;
    `MediaError` when the medium may not be written.
    """
    by.require("extract.run")
    extract = Extract.objects.select_related("medium").filter(pk=extract_id, state=Extract.READY).first()
    if extract is None or not path(extract_id).exists():
        raise ExtractError("EXPORT-04-STATE", "引渡しを待っているファイルはありません。")
    if media.code_of(volume) != extract.medium.code:
        audit.record(by, function="extract.write", operation="export", result="refused", detail={"extract": extract_id})
        raise ExtractError("EXPORT-04-VOLUME", f"この場所は、依頼で承認された媒体 {extract.medium.code} ではありません。")
    if any(by.is_person(number) for number in (extract.applied_by, extract.passphrase_shown_to)):
        raise ExtractError("EXPORT-05", "パスフレーズを受け取る申請者は、媒体に書き込めません。別の職員が書き込んでください。")
    if extract.form not in catalogue.forms():
        audit.record(by, function="extract.write", operation="export", result="refused", detail={"extract": extract_id})
        raise ExtractError("EXPORT-05", _ALWAYS)
    data = path(extract_id).read_bytes()
    if sha256(data).hexdigest() != extract.sha256:
        raise ExtractError("EXPORT-04-FILE", "ファイルが作成時と一致しません。引き渡さずに、新しく依頼してください。")
    leaving = aeszip.read(data, _unsealed(extract)) if extract.form == OPEN else {path(extract_id).name: data}
    digest = sha256(next(iter(leaving.values()))).hexdigest()
    with transaction.atomic():
        event = media.written(
            by=by, on=on, medium=extract.medium, extract=extract, due_on=on + timedelta(days=catalogue.raw()["erase_days"]),
            digest=digest,
        )
        changed = Extract.objects.filter(pk=extract_id, state=Extract.READY).update(
            state=Extract.WRITTEN, written_by=by.staff_no, written_at=clock.now(), erased_at=clock.now(),
            **({"passphrase": None} if extract.form == OPEN else {}),
        )
        if not changed:
            raise ExtractError("EXPORT-04-STATE", "引渡しを待っているファイルはありません。")
        audit.record(
            by, function="extract.write", operation="export", row_count=extract.row_count,
            detail={"extract": extract_id, "medium": extract.medium.code, "sha256": digest, "encrypted": extract.form != OPEN},
        )  # fmt: skip
        for name, content in leaving.items():
            (volume / name).write_bytes(content)
        if any((volume / name).read_bytes() != content for name, content in leaving.items()):
            raise ExtractError("EXPORT-04-FILE", "媒体から読み戻した内容が一致しません。媒体を確かめてください。")
    path(extract_id).unlink()
    return event


def erase_overdue(*, by: Actor | None = None) -> list[int]:
    """Erase files that nobody took in time, and files of runs that did not end. Returns the numbers of their extracts."""
    now = clock.now()
    late = Extract.objects.filter(state=Extract.READY, erase_by__lte=now).values_list("pk", flat=True)
    gone = []
    for number in late:
        path(number).unlink(missing_ok=True)
        Extract.objects.filter(pk=number).update(state=Extract.ERASED, erased_at=now, passphrase=None, message="期限までに引渡しなし")
        gone.append(number)
    waiting = {path(n).name for n in Extract.objects.filter(state__in=(Extract.READY, Extract.RUNNING)).values_list("pk", flat=True)}
    for left in config.folder("extracts").iterdir():
        if left.name not in waiting and not left.name.endswith(".part"):
            left.unlink(missing_ok=True)
    if by is not None and gone:
        audit.record(by, function="extract.sweep", operation="remove", row_count=len(gone), detail={"extracts": gone})
    return gone

