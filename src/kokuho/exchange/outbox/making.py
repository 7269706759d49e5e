"""Making a file: its bytes by the line of the registry, then its row and those of its records."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.models import Max

from kokuho.core import audit, bulk, config, sealing, suspensions
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, now
from kokuho.core.models import BatchRun, Municipality
from kokuho.desks.people.closed import closed_to_self
from kokuho.desks.people.models import BELIEVED, NumberJoin, ProcessingStop, Protection
from kokuho.exchange import numberscan, reduction, registry
from kokuho.exchange.models import OutboxFile, OutboxRecord, ReleaseRule
from kokuho.exchange.outbox.books import OutboxError
from kokuho.exchange.outbox.files import path
from kokuho.formats import EncodeError, Layout, encode_rows
from kokuho.formats import layout as find_layout

# The 情報項目 that files to others are made of.
PROVIDED = ("person", "eligibility", "certificate", "exchange")
UPDATES = {"1": "新規", "2": "変更", "3": "取消"}


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
    narrowing: reduction.Narrowing | None = None
    ending: str = "csv"

    @property
    def updates(self) -> dict[str, int]:
        """How many records there are of each 更新区分."""
        return {words: sum(1 for row in self.records if row[4] == code) for code, words in UPDATES.items()}


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
    made = Made(rule, lay, "", "", 0, narrowing=reduction.Narrowing(rule, lay, on))
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
    closed = closed_to_self(on)
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
        if rule.protected == ReleaseRule.FLAG and row.atena_no in closed:
            row.values[mark] = "1"
        if made.narrowing is not None:
            made.narrowing.apply(len(made.records) + 1, row.atena_no, row.values)
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
    if made.narrowing is not None:
        counts = {**counts, **made.narrowing.counts}
    same = OutboxFile.objects.filter(
        system=rule.system, layout=rule.layout, content_sha256=made.content_sha256, resend_of__isnull=True
    ).exclude(state=OutboxFile.WITHDRAWN).first()  # fmt: skip
    if same is not None:
        raise OutboxError(
            "X21", f"同じ内容のファイルが {same.prepared_at.astimezone(JAPAN):%Y-%m-%d} に作られています（送信番号 {same.pk}）。"
            "もう一度送るときは、そのファイルの画面で再送を選んでください。",
        )  # fmt: skip
    file = create(
        by, on, rule, title=title, sha256=made.sha256, content_sha256=made.content_sha256, size=made.size, known_at=known_at,
        record_count=len(made.records), person_count=len({row[1] for row in made.records}), withheld_count=len(made.withheld),
        marked_count=made.marked, counts=counts, run=run, ending=made.ending,
    )  # fmt: skip
    with connection.cursor() as cursor:
        bulk.copy_rows(
            OutboxRecord._meta.db_table,
            ("file_id", "record", "atena_no", "household_no", "digest", "update", "role", "protected"),
            ((file.pk, n, atena, household, "\\x" + digest.hex(), update, role, mark)
             for n, atena, household, digest, update, role, mark in made.records),
            cursor,
        )  # fmt: skip
        reduction.keep(cursor, file, made.narrowing.kept if made.narrowing else [])
    if kept_back := sorted({*made.stopped, *made.suspended}):
        audit.record(
            by, function="exchange.stopped", operation="propose", persons=kept_back, detail={"file": file.pk}
        )
    return file


def create(by: Actor, on: date, rule: ReleaseRule, *, ending: str = "csv", **values: Any) -> OutboxFile:
    with connection.cursor() as cursor:  # one numbering at a time a receiver's layout
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"outbox:{rule.system}:{rule.layout}",))
    last = OutboxFile.objects.filter(system=rule.system, layout=rule.layout).aggregate(n=Max("sequence"))["n"] or 0
    file = OutboxFile.objects.create(
        system=rule.system, layout=rule.layout, rule=rule, sequence=last + 1, business_date=on, prepared_by=by.staff_no,
        file_name=f"{rule.layout}-{on:%Y%m%d}-{last + 1:05d}.{ending}", automatic=rule.release == ReleaseRule.AUTOMATIC,
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
