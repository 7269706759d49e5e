"""送信ファイル: everything that leaves goes through here, and nothing leaves that the registry does not permit (LINK-02 to -04).

    prepared → released → handed → answered          withdrawn (before it is handed over)

`prepare` writes the bytes sealed; `release` is the word of a second person; `hand_over` puts the file where the receiver
takes it and leaves the record of the provision, both or neither, also across a kill; `answer` notes what the receiver said.
The same content goes out once. Sending it again is `resend`: a file of its own, with a reason and a release of its own.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.db.models import Max

from kokuho.core import audit, bulk, config, media, parameters, sealing, suspensions, writing
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, now
from kokuho.core.coded import CodedError
from kokuho.core.models import BatchRun, Municipality
from kokuho.desks.people.models import BELIEVED, NumberJoin, ProcessingStop, Protection
from kokuho.exchange import numberscan, registry, routes
from kokuho.exchange.models import ConnectedSystem, OutboxFile, OutboxRecord, ProvisionRecord, ReleaseRule
from kokuho.formats import EncodeError, Layout, encode_rows
from kokuho.formats import layout as find_layout

# A medium that carried a file comes back and is erased within these days (EXPORT-04).
MEDIUM_DAYS = 7


class OutboxError(CodedError):
    """The file cannot be made, released or sent as asked; nothing was changed. `code` is stable."""


@dataclass(slots=True)
class Outgoing:
    """One record on its way out: its values in the order of the layout's items, and the persons it tells about.

    `atena_no` is whom the record is about; `concerned` all persons whose data stand in it (for the treatment of protected
    persons). `digest` identifies the content for the next comparison; empty when nothing is compared.
    """

    atena_no: int
    values: list[Any]
    household_no: int | None = None
    concerned: tuple[int, ...] = ()
    digest: bytes = b""
    update: str = ""
    role: str = ""


# The 情報項目 that files to others are made of.
PROVIDED = ("person", "eligibility", "certificate", "exchange")


@dataclass(slots=True)
class Made:
    """A file that lies sealed and is not yet in the books."""

    rule: ReleaseRule
    layout: Layout
    sha256: str
    content_sha256: str
    size: int
    records: list[tuple[int, int, int | None, bytes, str, str, bool]] = field(default_factory=list)
    withheld: list[int] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    suspended: list[int] = field(default_factory=list)
    marked: int = 0


def path(sha: str) -> Path:
    """Where the sealed bytes of a file lie."""
    return config.folder("outbox") / f"{sha}.sealed"


def reopen(file: OutboxFile) -> BinaryIO:
    """The bytes of a file; raises InvalidTag when the stored file was changed."""
    return sealing.open_sealed(path(file.sha256))


def folder(system: str) -> Path:
    """Where a receiver takes its files: `KOKUHO_HOME/handover/<system>`."""
    return config.folder(f"handover/{system}")


def make(
    *, by: Actor, on: date, system: str, layout: str, rows: Iterable[Outgoing], created_at: datetime, exempt: Sequence[str] = (),
    scope: str = "",
) -> Made:
    """Write the bytes of a file, sealed, by the line of the registry. `exempt` are items that do not count for the content
    (the moment of processing); `scope` makes the same content of another occasion another content, where what is sent is a
    difference and may rightly come back. Nothing is in the books yet: `enter` does that.

    Raises `RegistryError` LINK-01, LINK-02 (also for an item that the registry does not give), `OutboxError` X20 when a
    record does not fit its layout, FED-05 when a My Number stands where none may.
    """
    by.require("exchange.prepare")
    rule = registry.rule_for(by, system=system, layout=layout, on=on)
    lay = find_layout(layout)
    made = Made(rule, lay, "", "", 0)
    digest, content = sha256(), sha256(scope.encode())
    writer = sealing.SealedWriter(config.folder("outbox") / f"leaving-{secrets.token_hex(6)}")

    class Sink:
        """Seals and hashes what the encoder writes."""

        def write(self, data: bytes) -> int:
            digest.update(data)
            made.size += len(data)
            writer.write(data)
            return len(data)

    control = {"sender": Municipality.objects.get().code, "created_at": created_at.astimezone(JAPAN).replace(tzinfo=None)}
    try:
        encode_rows(lay, _permitted(by, on, made, rows, content, exempt), Sink(), control=control)  # type: ignore[arg-type]
        made.sha256 = digest.hexdigest()
        made.content_sha256 = content.hexdigest()
        writer.commit(path(made.sha256))
    except EncodeError as error:
        writer.discard()
        first = error.errors[0]
        raise OutboxError(
            "X20", f"{lay.title}を作れません（誤り{len(error.errors)}件）。{first.record}件目 {first.field or ''} {first.message}"
        ) from error
    except BaseException:
        writer.discard()
        raise
    if not rule.carries_number and numberscan.held_in(sealing.open_sealed(path(made.sha256))):
        path(made.sha256).unlink()
        registry.refuse(by, "FED-05", {"system": system, "layout": layout})
        raise OutboxError("FED-05", f"{lay.title}に個人番号と一致する数字があります。このファイルには載せられません。")
    return made


def _permitted(
    by: Actor, on: date, made: Made, rows: Iterable[Outgoing], content: Any, exempt: Sequence[str]
) -> Iterator[list[Any]]:
    """Records as the registry lets them go, with the rule for protected persons carried out (DV-07) and without those about
    whom 処理停止（連携・提供） holds on the day, or whose data stands under 利用停止 (OPS-06): they stay for a later file."""
    rule, fields = made.rule, [item.name for item in made.layout.records["data"].fields]
    given = set(rule.items)
    refused = [place for place, name in enumerate(fields) if name not in given]
    uncounted = {fields.index(name) for name in exempt}
    mark = fields.index(rule.mark_item) if rule.protected == ReleaseRule.FLAG else 0
    hidden = [fields.index(name) for name in rule.hidden_items]
    protected = set(Protection.objects.filter(BELIEVED).values_list("atena_no", flat=True))
    joined = NumberJoin.objects.filter(BELIEVED, valid__endswith__isnull=True, atena_no__in=protected)
    protected |= set(joined.values_list("joined_to", flat=True))
    stops = ProcessingStop.objects.filter(BELIEVED, kind=ProcessingStop.LINKAGE, valid__contains=on)
    stopped = set(stops.values_list("atena_no", flat=True))
    suspended = suspensions.suspended(PROVIDED)
    for row in rows:
        if row.atena_no in suspended or any(person in suspended for person in row.concerned):
            made.suspended.append(row.atena_no)
            continue
        if row.atena_no in stopped:
            made.stopped.append(row.atena_no)
            continue
        for place in refused:
            if row.values[place] not in (None, ""):
                registry.refuse(by, "LINK-02", {"system": rule.system, "layout": rule.layout, "item": fields[place]})
                raise registry.RegistryError(
                    "LINK-02", f"項目「{fields[place]}」は登録簿で {rule.system} に渡す項目に入っていません。"
                )
        concerned = row.atena_no in protected or any(person in protected for person in row.concerned)
        if concerned and rule.protected == ReleaseRule.WITHHOLD:
            made.withheld.append(row.atena_no)
            continue
        if concerned:
            made.marked += 1
            if rule.protected == ReleaseRule.FLAG:
                row.values[mark] = "1"
            for place in hidden:
                row.values[place] = None
        content.update(
            "\x1f".join("" if v is None or i in uncounted else str(v) for i, v in enumerate(row.values)).encode() + b"\n"
        )
        made.records.append(
            (len(made.records) + 1, row.atena_no, row.household_no, row.digest or b"\0" * 32, row.update, row.role, concerned)
        )
        yield row.values


def enter(
    *, by: Actor, on: date, made: Made, title: str, known_at: datetime, run: BatchRun | None = None, counts: dict[str, Any]
) -> OutboxFile:
    """Put a made file into the books, in the caller's transaction. It waits for a second person.

    Raises `OutboxError` X21 when the same content is on its way or was sent already.
    """
    rule = made.rule
    if made.stopped:
        counts = {**counts, "処理停止": len(made.stopped)}
    if made.suspended:
        counts = {**counts, suspensions.WORDS: len(made.suspended)}
    same = OutboxFile.objects.filter(
        system=rule.system, layout=rule.layout, content_sha256=made.content_sha256, resend_of__isnull=True
    ).exclude(state=OutboxFile.WITHDRAWN).first()  # fmt: skip
    if same is not None:
        raise OutboxError(
            "X21", f"同じ内容のファイルが {same.prepared_at.astimezone(JAPAN):%Y-%m-%d} に作られています（送信番号 {same.pk}）。"
            "もう一度送るときは、そのファイルの画面で再送を選んでください。",
        )  # fmt: skip
    file = _create(
        by, on, rule, title=title, sha256=made.sha256, content_sha256=made.content_sha256, size=made.size, known_at=known_at,
        record_count=len(made.records), person_count=len({row[1] for row in made.records}), withheld_count=len(made.withheld),
        marked_count=made.marked, counts=counts, run=run,
    )  # fmt: skip
    with connection.cursor() as cursor:
        bulk.copy_rows(
            OutboxRecord._meta.db_table,
            ("file_id", "record", "atena_no", "household_no", "digest", "update", "role", "protected"),
            ((file.pk, n, atena, household, "\\x" + digest.hex(), update, role, mark)
             for n, atena, household, digest, update, role, mark in made.records),
            cursor,
        )  # fmt: skip
    if kept_back := sorted({*made.stopped, *made.suspended}):
        audit.record(
            by, function="exchange.stopped", operation="propose", persons=kept_back, detail={"file": file.pk}
        )
    return file


def _create(by: Actor, on: date, rule: ReleaseRule, **values: Any) -> OutboxFile:
    with connection.cursor() as cursor:  # one numbering at a time a receiver's layout
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"outbox:{rule.system}:{rule.layout}",))
    last = OutboxFile.objects.filter(system=rule.system, layout=rule.layout).aggregate(n=Max("sequence"))["n"] or 0
    file = OutboxFile.objects.create(
        system=rule.system, layout=rule.layout, rule=rule, sequence=last + 1, business_date=on, prepared_by=by.staff_no,
        file_name=f"{rule.layout}-{on:%Y%m%d}-{last + 1:05d}.csv", automatic=rule.release == ReleaseRule.AUTOMATIC,
        state=OutboxFile.PREPARED, **values,
    )  # fmt: skip
    if file.automatic:
        # A registered, recurring flow needs no second look; the state still goes through released, so that the way is one.
        file.state, file.released_at = OutboxFile.RELEASED, now()
        file.save(update_fields=["state", "released_at"])
    audit.record(
        by, function="exchange.prepare", operation="propose", row_count=file.record_count,
        detail={"file": file.pk, "system": file.system, "layout": file.layout, "sha256": file.sha256},
    )  # fmt: skip
    return file


def may_release(by: Actor) -> bool:
    """Whether somebody may release files: by the setting every second person with the right, or the administrator of the 業務 only."""
    if parameters.value("link.release") == "administrator" and not by.may("exchange.manage"):
        return False
    return by.may("exchange.release")


def require_releaser(by: Actor) -> None:
    """`may_release`, or refused and recorded."""
    by.require("exchange.release")
    if not may_release(by):
        by.require("exchange.manage")


def release(*, by: Actor, on: date, file_id: int) -> OutboxFile:
    """A second person has looked at content and receiver: the file may go, once (LINK-03).

    Raises `OutboxError`: ENTRY-02 for the one who made it, X22 when it does not wait for a release, X23 when the registry no
    longer permits it.
    """
    require_releaser(by)
    with transaction.atomic(), writing.acting(by, "exchange.release"):
        file = _locked(file_id)
        if file.prepared_by == by.staff_no:
            _refused(by, "exchange.release", file, "ENTRY-02")
            raise OutboxError("ENTRY-02", "作成した本人は送信を確認できません。別の職員が確認してください。")
        if file.state != OutboxFile.PREPARED:
            raise OutboxError("X22", f"この送信ファイルは「{file.get_state_display()}」です。確認はできません。")
        _still_permitted(by, file, on)
        file.state, file.released_by, file.released_at = OutboxFile.RELEASED, by.staff_no, now()
        file.save(update_fields=["state", "released_by", "released_at"])
        audit.record(by, function="exchange.release", operation="approve", row_count=file.record_count, detail={"file": file.pk})
    return file


def withdraw(*, by: Actor, file_id: int, reason: str) -> OutboxFile:
    """Take back a file that has not been handed over. What it reported counts as not reported.

    Raises `OutboxError`: X24 when it was handed over, X25 without a reason.
    """
    by.require("exchange.prepare")
    if not reason.strip():
        raise OutboxError("X25", "取り下げる理由を入力してください。")
    with transaction.atomic(), writing.acting(by, "exchange.withdraw", reason):
        file = _locked(file_id)
        if file.state not in (OutboxFile.PREPARED, OutboxFile.RELEASED):
            raise OutboxError("X24", "送信したファイルは取り下げられません。訂正は次の差分で送ります。")
        file.state, file.reason = OutboxFile.WITHDRAWN, reason.strip()
        file.save(update_fields=["state", "reason"])
        audit.record(by, function="exchange.withdraw", operation="update", reason=reason, detail={"file": file.pk})
    # A handing over that was cut off before its record left the open bytes beside their place.
    _beside(file, folder(file.system)).unlink(missing_ok=True)
    return file


def resend(*, by: Actor, on: date, file_id: int, reason: str) -> OutboxFile:
    """Prepare the same bytes once more, as a file of its own that needs its own release.

    Raises `OutboxError`: X25 without a reason, X26 when the file was never sent or a resend of it is under way; and
    `RegistryError` when the registry no longer permits it.
    """
    by.require("exchange.prepare")
    if not reason.strip():
        raise OutboxError("X25", "再送する理由（相手から求められた日、相手の担当者など）を入力してください。")
    with transaction.atomic(), writing.acting(by, "exchange.resend", reason):
        file = _locked(file_id)
        if file.state not in (OutboxFile.HANDED, OutboxFile.ANSWERED):
            raise OutboxError("X26", "送信していないファイルは再送できません。")
        if file.resends.filter(state__in=(OutboxFile.PREPARED, OutboxFile.RELEASED)).exists():
            raise OutboxError("X26", "このファイルの再送が既に準備されています。")
        rule = registry.rule_for(by, system=file.system, layout=file.layout, on=on)
        again = _create(
            by, on, rule, title=f"{file.title}（再送）"[:120], sha256=file.sha256, content_sha256=file.content_sha256,
            size=file.size, known_at=file.known_at, record_count=file.record_count, person_count=file.person_count,
            withheld_count=file.withheld_count, marked_count=file.marked_count, counts=file.counts, resend_of=file,
            reason=reason.strip(),
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO exchange_outboxrecord (file_id, record, atena_no, household_no, digest, update, role, protected) "
                "SELECT %s, record, atena_no, household_no, digest, update, role, protected FROM exchange_outboxrecord WHERE file_id = %s",
                (again.pk, file.pk),
            )
    return again


def hand_over(*, by: Actor, on: date, file_id: int, medium: str = "", volume: Path | None = None) -> OutboxFile:
    """Put a released file where its receiver takes it, or on the registered medium that is this `volume`, and leave the record of
    the provision (LINK-04). `medium` names another way in words.

    The bytes lie complete beside their place before the books say "sent", and appear under their name after it: a kill in
    between is finished by calling again, and the file never appears twice. Raises `OutboxError` X27 when it is not released,
    X23 when the registry no longer permits it, X28 when the stored bytes are not those that were released, X31 when this is not a way
    to the receiver, X32 while media are always encrypted; `MediaError` when the medium may not be written.
    """
    by.require("exchange.send")
    with transaction.atomic(), writing.acting(by, "exchange.send"):
        file = _locked(file_id)
        if file.state == OutboxFile.HANDED and file.delivered_at is None:
            pass  # cut off by a kill: the record is there, the name is not
        elif file.state != OutboxFile.RELEASED:
            raise OutboxError("X27", f"この送信ファイルは「{file.get_state_display()}」です。送信できるのは確認を終えたファイルだけです。")
        else:
            system = _still_permitted(by, file, on)
            _way(by, file, on, volume)
            if volume is not None:
                line = media.carried(
                    by=by, on=on, volume=volume, digest=file.sha256, row_count=file.record_count, receiver=system,
                    due_on=on + timedelta(days=MEDIUM_DAYS),
                )  # fmt: skip
                medium = f"媒体 {line.medium.code}"
            _write_beside(file, volume or folder(file.system))
            file.state, file.handed_by, file.handed_at, file.medium = OutboxFile.HANDED, by.staff_no, now(), medium or "庁内連携フォルダー"
            file.save(update_fields=["state", "handed_by", "handed_at", "medium"])
            rule = file.rule
            ProvisionRecord.objects.create(
                file=file, system=file.system, receiver=system, duty=rule.duty, kind=rule.kind, items=rule.items,
                carries_number=rule.carries_number, basis=rule.basis, purpose=rule.purpose, approval_no=rule.approval_no,
                business_date=on, medium=file.medium, record_count=file.record_count, person_count=file.person_count,
                prepared_by=file.prepared_by, released_by=file.released_by, handed_by=by.staff_no,
            )  # fmt: skip
            audit.record(
                by, function="exchange.send", operation="run", row_count=file.record_count,
                detail={"file": file.pk, "system": file.system, "sha256": file.sha256},
            )  # fmt: skip
    _appear(file, volume or folder(file.system))
    return file


def _way(by: Actor, file: OutboxFile, on: date, volume: Path | None) -> None:
    """The receiver takes its files this way (FED-02); an open file goes on a medium only by an approved exception (EXPORT-05)."""
    system = registry.system_on(file.system, on)
    ways = routes.permitted(system) if system else frozenset()
    if (ConnectedSystem.MEDIUM if volume else ConnectedSystem.FOLDER) not in ways:
        registry.refuse(by, "FED-02", {"file": file.pk, "system": file.system})
        raise OutboxError("X31", f"この提供先にはこの経路で渡せません（渡せる経路: {routes.words(ways)}）。")
    if volume is not None and parameters.value("export.media_encryption") == "always":
        registry.refuse(by, "EXPORT-05", {"file": file.pk, "system": file.system})
        raise OutboxError(
            "X32", "媒体に書くファイルは常に暗号化する設定です。受け取る側が復号できない連携では、"
            "「媒体に書くファイルの暗号化」の例外の承認を受けてください。",
        )  # fmt: skip


def unfinished() -> list[int]:
    """Files whose handing over was cut off by a kill, oldest first."""
    cut = OutboxFile.objects.filter(state=OutboxFile.HANDED, delivered_at__isnull=True)
    return list(cut.order_by("pk").values_list("pk", flat=True))


def answer(
    *, by: Actor, file_id: int, receipt: str, accepted: int, rejected: int, take_away: bool = True
) -> OutboxFile:
    """Note what the receiver said; the open copy in the hand-over folder vanishes (EXPORT-06).

    Raises `OutboxError`: X29 when the file was not sent or is answered already, X30 when the counts do not add up.
    """
    by.require("exchange.send")
    with transaction.atomic(), writing.acting(by, "exchange.answer"):
        file = _locked(file_id)
        if file.state != OutboxFile.HANDED:
            raise OutboxError("X29", f"この送信ファイルは「{file.get_state_display()}」です。結果は送信済みのファイルにだけ入れます。")
        if accepted < 0 or rejected < 0 or accepted + rejected != file.record_count:
            raise OutboxError(
                "X30", f"受理 {accepted}件とエラー {rejected}件の計が、送信した {file.record_count}件と合いません。相手に確かめてください。"
            )
        file.state, file.receipt, file.accepted_count, file.rejected_count = OutboxFile.ANSWERED, receipt[:100], accepted, rejected
        file.answered_by, file.answered_at = by.staff_no, now()
        file.save(
            update_fields=["state", "receipt", "accepted_count", "rejected_count", "answered_by", "answered_at"]
        )
        audit.record(
            by, function="exchange.answer", operation="update", row_count=file.record_count,
            detail={"file": file.pk, "accepted": accepted, "rejected": rejected},
        )  # fmt: skip
    if take_away:
        (folder(file.system) / file.file_name).unlink(missing_ok=True)
    return file


def _locked(file_id: int) -> OutboxFile:
    return OutboxFile.objects.select_for_update(of=("self",)).select_related("rule").get(pk=file_id)


def _refused(by: Actor, function: str, file: OutboxFile, code: str) -> None:
    audit.record(by, function=function, operation="approve", result="refused", detail={"file": file.pk, "code": code})


def _still_permitted(by: Actor, file: OutboxFile, on: date) -> str:
    """The receiver's name, when it is registered and the very line under which the file was made still holds."""
    system = registry.system_on(file.system, on)
    rule = ReleaseRule.objects.filter(BELIEVED, pk=file.rule_id, valid__contains=on).exists()
    if system is None or not rule:
        registry.refuse(by, "LINK-02", {"file": file.pk, "system": file.system, "layout": file.layout})
        raise OutboxError(
            "X23", "作成した後に登録簿の定めが変わったか、期間が終わりました。取り下げて、今の定めで作り直してください。"
        )
    return system.name


def _beside(file: OutboxFile, place: Path) -> Path:
    return place / f".{file.file_name}.part"


def _write_beside(file: OutboxFile, place: Path) -> None:
    digest = sha256()
    part = _beside(file, place)
    with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
        stream = reopen(file)
        while block := stream.read(1 << 20):
            digest.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        part.unlink()
        raise OutboxError("X28", "保管しているファイルが作成時と違います。送信しません。システム管理者に連絡してください。")


def _appear(file: OutboxFile, place: Path) -> None:
    """Give the bytes their name. Where they have it already, the receiver may even have taken the file away."""
    part = _beside(file, place)
    if part.exists():
        os.replace(part, place / file.file_name)
    OutboxFile.objects.filter(pk=file.pk, delivered_at__isnull=True).update(delivered_at=now())
    file.refresh_from_db()
