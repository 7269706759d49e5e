"""Reads of what goes out: files, who is in them, and the records of 移転・提供."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Count, Max, QuerySet
from django.http import QueryDict

from kokuho.core import territory
from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.exchange import registry
from kokuho.exchange.models import OutboxFile, OutboxRecord, ProvisionRecord
from kokuho.exchange.outbox import may_release
from kokuho.exchange.queries.inbox import layout_title

# The flag of the newest file that was handed over, of everybody who is or was protected.
_FLAGS = """
SELECT l.atena_no FROM (
    SELECT DISTINCT ON (r.atena_no) r.atena_no, r.protected FROM exchange_outboxrecord r JOIN exchange_outboxfile f ON f.id = r.file_id
     WHERE f.system = 'shuyaku' AND f.layout = 'shuyaku-person' AND f.state IN ('handed', 'answered')
       AND r.atena_no IN (SELECT atena_no FROM people_protection)
     ORDER BY r.atena_no, f.id DESC) l
 WHERE l.protected <> EXISTS (SELECT FROM people_protection p WHERE p.atena_no = l.atena_no AND p.superseded_at IS NULL) AND {mine}
 ORDER BY l.atena_no
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A file that goes out, in words, with what this reader may do with it."""

    file: OutboxFile
    receiver: str
    layout_title: str
    names: dict[str, str]
    own: bool

    @property
    def state_label(self) -> str:
        """確認待ち …"""
        return str(self.file.get_state_display())

    @property
    def prepared_name(self) -> str:
        """Who made it."""
        return self.names.get(self.file.prepared_by, "")

    @property
    def released_name(self) -> str:
        """Who looked at it."""
        return self.names.get(self.file.released_by, "")

    @property
    def handed_name(self) -> str:
        """Who handed it over."""
        return self.names.get(self.file.handed_by, "")

    @property
    def answered_name(self) -> str:
        """Who matched the result."""
        return self.names.get(self.file.answered_by, "")


OUTBOX_COLUMNS = (
    Column("id", "送信番号", ("pk",), numeric=True),
    Column("prepared_at", "作成", ("prepared_at",)),
    Column("system", "提供先", ("system", "-pk")),
    Column("title", "件名"),
    Column("file_name", "ファイル名", ("file_name",)),
    Column("state", "状態", ("state", "-pk")),
    Column("records", "件数", ("record_count",), numeric=True),
    Column("persons", "人数", ("person_count",), numeric=True),
    Column("withheld", "引抜き", ("withheld_count",), numeric=True),
    Column("rejected", "エラー", ("rejected_count",), numeric=True),
)


def outbox(by: Actor, params: QueryDict) -> Listing[OutboxRow]:
    """What goes out and went out, newest first."""
    by.require("exchange.read")
    systems = registry.system_names()
    found = lists.listing(
        params,
        OutboxFile.objects.all(),
        columns=OUTBOX_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", OutboxFile.STATES),
            lists.choice("system", "提供先", "system", tuple(systems.items())),
            Filter("name", "ファイル名", lambda rows, value: rows.filter(file_name__contains=value), kind="wide"),
            lists.day("from", "作成日（から）", "prepared_at__date__gte"),
        ),
        order=("-pk",),
        convert=lambda rows: _rows(by, rows),
    )
    seen(by, "exchange.outbox", row_count=len(found.rows))
    return found


def _rows(by: Actor, files: Sequence[OutboxFile]) -> list[OutboxRow]:
    systems = registry.system_names()
    names = staff_names(n for f in files for n in (f.prepared_by, f.released_by, f.handed_by, f.answered_by))
    return [
        OutboxRow(
            f, systems.get(f.system, f.system), layout_title(f.layout), dict(names), f.prepared_by == by.staff_no
        )
        for f in files
    ]


def outbox_file(by: Actor, file_id: int) -> OutboxRow:
    """One file. Raises DoesNotExist."""
    by.require("exchange.read")
    row = _rows(by, [OutboxFile.objects.select_related("rule", "resend_of").get(pk=file_id)])[0]
    seen(by, "exchange.outbox_file", row_count=1, detail={"file": file_id})
    return row


def sent_of(by: Actor, household_no: int, count: int = 5) -> list[OutboxFile]:
    """The newest files that carried records of a household: what was reported about it, and what came of it."""
    by.require("exchange.read")
    numbers = OutboxRecord.objects.filter(household_no=household_no).values("file_id")
    found = list(OutboxFile.objects.filter(pk__in=numbers).order_by("-pk")[:count])
    seen(by, "exchange.sent_of", row_count=len(found), detail={"household": household_no})
    return found


def to_release(by: Actor) -> QuerySet[OutboxFile]:
    """The files that wait for this person's release, for counting."""
    by.require("exchange.release")
    if not may_release(by):
        return OutboxFile.objects.none()
    return OutboxFile.objects.filter(state=OutboxFile.PREPARED).exclude(prepared_by=by.staff_no)


def leaving(by: Actor) -> QuerySet[OutboxFile]:
    """The released files that wait to be handed over, for counting."""
    by.require("exchange.send")
    return OutboxFile.objects.filter(state=OutboxFile.RELEASED)


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record of a file, with the person it is about."""

    record: OutboxRecord
    person: PersonView | None

    @property
    def update_label(self) -> str:
        """新規 …"""
        return {"1": "新規", "2": "変更", "3": "取消"}.get(self.record.update, "")


RECORD_COLUMNS = (
    Column("record", "行", ("record",), numeric=True),
    Column("person", "氏名"),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("household", "世帯番号", ("household_no", "record")),
    Column("update", "更新区分"),
    Column("protected", "支援措置"),
)


def records(by: Actor, params: QueryDict, file_id: int, *, on: date) -> Listing[RecordRow]:
    """Who is in a file, in its order: what the releasing person looks at."""
    by.require("exchange.read")
    by.require("person.read")
    marked = Filter(
        "protected", "支援措置", lambda rows, value: rows.filter(protected=value == "1"), (("1", "対象者だけ"),), "choice"
    )
    counted = OutboxFile.objects.filter(pk=file_id).values_list("record_count", flat=True).first()
    found = lists.listing(
        params,
        OutboxRecord.objects.filter(file_id=file_id),
        columns=RECORD_COLUMNS,
        filters=(lists.number("atena", "宛名番号", "atena_no"), lists.number("household", "世帯番号", "household_no"),
                 lists.choice("update", "更新区分", "update", (("1", "新規"), ("2", "変更"), ("3", "取消"))), marked),
        order=("record",),
        known={"count": counted} if counted is not None else None,
        convert=lambda rows: _record_rows(by, rows, on),
    )
    seen(by, "exchange.outbox_records", persons=[row.record.atena_no for row in found.rows], detail={"file": file_id})
    return found


def _record_rows(by: Actor, rows: Sequence[OutboxRecord], on: date) -> list[RecordRow]:
    shown = people.persons(by, (row.atena_no for row in rows), on=on)
    return [RecordRow(row, shown.get(row.atena_no)) for row in rows]


PROVISION_COLUMNS = (
    Column("at", "日時", ("at", "pk")),
    Column("receiver", "提供先", ("system", "-at")),
    Column("kind", "区分"),
    Column("basis", "根拠・目的"),
    Column("items", "項目"),
    Column("records", "件数", ("record_count",), numeric=True),
    Column("persons", "人数", ("person_count",), numeric=True),
    Column("medium", "経路"),
    Column("staff", "作成・確認・送信"),
    Column("result", "結果"),
)


@dataclass(frozen=True, slots=True)
class ProvisionRow:
    """A record of 移転・提供 in words."""

    record: ProvisionRecord
    item_titles: tuple[str, ...]
    names: dict[str, str]

    @property
    def kind_label(self) -> str:
        """移転 …"""
        return str(self.record.get_kind_display())

    @property
    def staff(self) -> str:
        """Who made, released and handed over."""
        one = self.record
        return " → ".join(self.names.get(n, n) for n in (one.prepared_by, one.released_by, one.handed_by) if n)


def provisions(by: Actor, params: QueryDict) -> Listing[ProvisionRow]:
    """移転・提供の記録 (LINK-04), newest first; by 宛名番号: to whom were this person's data given."""
    by.require("registry.read")
    asked: list[int] = []

    def of_person(rows: QuerySet[ProvisionRecord], value: str) -> QuerySet[ProvisionRecord]:
        number = lists.whole_number(value)
        asked.append(number)
        return rows.filter(file_id__in=OutboxRecord.objects.filter(atena_no=number).values("file_id"))

    systems = registry.system_names()
    found = lists.listing(
        params,
        ProvisionRecord.objects.select_related("file"),
        columns=PROVISION_COLUMNS,
        filters=(
            lists.choice("system", "提供先", "system", tuple(systems.items())),
            Filter("atena", "宛名番号", of_person, kind="number"),
            lists.day("from", "日（から）", "at__date__gte"),
            lists.day("to", "日（まで）", "at__date__lte"),
        ),
        order=("-at", "-pk"),
        convert=_provision_rows,
    )
    seen(by, "exchange.provisions", persons=asked, row_count=len(found.rows))
    return found


def _provision_rows(rows: Sequence[ProvisionRecord]) -> list[ProvisionRow]:
    names = dict(staff_names(n for row in rows for n in (row.prepared_by, row.released_by, row.handed_by)))
    return [ProvisionRow(row, registry.item_titles(row.file.layout, row.items), names) for row in rows]


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody to whom data of a person was given: how often, last when."""

    receiver: str
    times: int
    last: date


def receivers_of(by: Actor, atena_no: int) -> list[Receiver]:
    """To whom files with rows of a person were handed over, for the notices of a correction. Needs `disclosure.read`."""
    by.require("disclosure.read")
    with_rows = OutboxRecord.objects.filter(atena_no=atena_no).values("file_id")
    found = (
        ProvisionRecord.objects.filter(file_id__in=with_rows).values("receiver").annotate(times=Count("pk"), last=Max("business_date"))
        .order_by("receiver")
    )  # fmt: skip
    seen(by, "exchange.receivers", persons=[atena_no])
    return [Receiver(row["receiver"], row["times"], row["last"]) for row in found]


def flags_unsent(by: Actor) -> list[int]:
    """Persons whose 不開示 flag in the newest file that the federation got is another than their protection is now (DV-06). Needs
    `exchange.read`; who was never reported is not in it."""
    by.require("exchange.read")
    with connection.cursor() as cursor:
        cursor.execute(_FLAGS.format(mine=territory.clause("l.atena_no")), [])
        found = [row[0] for row in cursor.fetchall()]
    seen(by, "exchange.flags", persons=found)
    return found
