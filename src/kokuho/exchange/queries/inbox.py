"""Reads of the doors' books: files, their faults, and records that wait to be worked off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from django.db.models import Q, QuerySet
from django.http import QueryDict

from kokuho.core import parameters
from kokuho.core.access import Actor
from kokuho.core.queries import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView
from kokuho.exchange import registry as registry_book
from kokuho.exchange.cycles import TELLING, arrivals
from kokuho.exchange.doors import registry
from kokuho.exchange.models import InboxError, InboxFile, WorkContact, WorkItem
from kokuho.formats import layout


def _neighbours() -> dict[str, str]:
    """Names of the neighbours whose files may come: the registered ones, and the doors that there are."""
    doors = {door.neighbour: door.title for door in registry().values()}
    return {**doors, **registry_book.system_names()}


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in words."""

    file: InboxFile
    neighbour: str
    title: str
    received_name: str

    @property
    def state_label(self) -> str:
        """受領 …"""
        return str(self.file.get_state_display())


INBOX_COLUMNS = (
    Column("id", "受付番号", ("pk",), numeric=True),
    Column("received_at", "受領", ("received_at",)),
    Column("neighbour", "相手先", ("neighbour", "-pk")),
    Column("title", "種類"),
    Column("file_name", "ファイル名", ("file_name",)),
    Column("state", "状態", ("state", "-pk")),
    Column("records", "件数", ("record_count",), numeric=True),
    Column("applied", "反映", ("applied_count",), numeric=True),
    Column("errors", "誤り", ("error_count",), numeric=True),
    Column("work", "要処理", ("work_count",), numeric=True),
)


def inbox(by: Actor, params: QueryDict) -> Listing[FileRow]:
    """What came through the doors, newest first."""
    by.require("exchange.read")
    found = lists.listing(
        params,
        InboxFile.objects.all(),
        columns=INBOX_COLUMNS,
        filters=(
            lists.choice("neighbour", "相手先", "neighbour", tuple(_neighbours().items())),
            lists.choice("state", "状態", "state", InboxFile.STATES),
            lists.Filter("name", "ファイル名", lambda rows, value: rows.filter(file_name__contains=value), kind="wide"),
            lists.day("from", "受領日（から）", "received_at__date__gte"),
            lists.day("to", "受領日（まで）", "received_at__date__lte"),
        ),
        order=("-pk",),
        convert=_file_rows,
    )
    seen(by, "exchange.inbox", row_count=len(found.rows))
    return found


@cache
def layout_title(name: str) -> str:
    """What a layout is called; 不明 for a file that does not say which one it is."""
    try:
        return layout(name).title if name else "不明"
    except KeyError:
        return name


def _file_rows(rows: Sequence[InboxFile]) -> list[FileRow]:
    names = staff_names(row.received_by for row in rows)
    neighbours = _neighbours()
    return [
        FileRow(
            row, neighbours.get(row.neighbour, row.neighbour or "不明"), layout_title(row.layout),
            names[row.received_by],
        )
        for row in rows
    ]  # fmt: skip


def file(by: Actor, file_id: int) -> FileRow:
    """One file. Raises DoesNotExist."""
    by.require("exchange.read")
    row = _file_rows([InboxFile.objects.get(pk=file_id)])[0]
    seen(by, "exchange.file", row_count=1, detail={"file": file_id})
    return row


ERROR_COLUMNS = (
    Column("code", "番号", ("code", "record")),
    Column("record", "行", ("record", "pk"), numeric=True),
    Column("field", "項目", ("field", "record")),
    Column("offset", "位置（バイト）", numeric=True),
    Column("message", "内容"),
)


def errors(by: Actor, params: QueryDict, row: FileRow) -> Listing[InboxError]:
    """Every fault of a refused file with its place. Values of persons are not among them."""
    by.require("exchange.read")
    codes = InboxError.objects.filter(file=row.file).order_by("code").values_list("code", flat=True).distinct()
    return lists.listing(
        params,
        InboxError.objects.filter(file=row.file),
        columns=ERROR_COLUMNS,
        filters=(lists.choice("code", "番号", "code", [(code, code) for code in codes]),),
        order=("record", "pk"),
    )


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A record that could not be applied, with the person if it names one that is known."""

    item: WorkItem
    neighbour: str
    person: PersonView | None
    decided_name: str
    late: bool = False

    @property
    def state_label(self) -> str:
        """未処理 …"""
        return str(self.item.get_state_display())


WORK_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("neighbour", "相手先"),
    Column("file", "ファイル（行）"),
    Column("code", "符号", ("code", "pk")),
    Column("person", "氏名・宛名番号"),
    Column("message", "内容"),
    Column("state", "状態"),
    Column("act", "処理"),
)


def open_work(by: Actor, *, on: date) -> tuple[QuerySet[WorkItem], Q]:
    """(the records that wait, which of them have waited too long), to be counted."""
    by.require("exchange.read")
    return WorkItem.objects.filter(state=WorkItem.OPEN), Q(file__business_date__lt=_due(on))


def _due(on: date) -> date:
    """Records of files before this day should have been worked off (`fed.mismatch_days`)."""
    return on - timedelta(days=parameters.value("fed.mismatch_days"))


def late_neighbours(by: Actor, *, at: datetime) -> list[str]:
    """Neighbours whose changes have not come for longer than `link.max_lag_seconds` permits, by name (ENTRY-07). A neighbour that never
    sent anything is not yet connected."""
    by.require("exchange.read")
    limit = at - timedelta(seconds=parameters.value("link.max_lag_seconds"))
    last: dict[str, datetime] = {}
    for one in arrivals():
        if one.neighbour in TELLING and one.finished_at is not None:
            last[one.neighbour] = max(one.finished_at, last.get(one.neighbour, one.finished_at))
    return [TELLING[neighbour] for neighbour, at in sorted(last.items()) if at < limit]


def refused_files(by: Actor, *, since: date) -> QuerySet[InboxFile]:
    """The files that were refused since a day, to be counted."""
    by.require("exchange.read")
    return InboxFile.objects.filter(state=InboxFile.REFUSED, business_date__gte=since)


def work(by: Actor, params: QueryDict, *, on: date, file_id: int | None = None) -> Listing[WorkRow]:
    """要処理: the records to work off, oldest first."""
    by.require("exchange.read")
    rows = WorkItem.objects.select_related("file")
    if file_id is not None:
        rows = rows.filter(file_id=file_id)
    codes = rows.order_by("code").values_list("code", flat=True).distinct()

    found = lists.listing(
        params,
        rows,
        columns=WORK_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", WorkItem.STATES, default=WorkItem.OPEN if file_id is None else ""),
            lists.choice("neighbour", "相手先", "file__neighbour", tuple(_neighbours().items())),
            lists.choice("code", "符号", "code", [(code, code) for code in codes]),
            lists.number("atena", "宛名番号", "atena_no"),
            lists.Filter("late", "期限", lambda rows, value: rows.filter(state=WorkItem.OPEN, file__business_date__lt=_due(on)),
                         (("1", "過ぎたものだけ"),), "choice"),
        ),
        order=("pk",),
        convert=lambda page: _work_rows(by, page, on),
    )
    seen(by, "exchange.work", persons=[row.item.atena_no for row in found.rows], row_count=len(found.rows))
    return found


def work_item(by: Actor, item_id: int, *, on: date) -> WorkRow:
    """One record that waits or waited. Raises DoesNotExist."""
    by.require("exchange.read")
    row = _work_rows(by, [WorkItem.objects.select_related("file").get(pk=item_id)], on)[0]
    seen(by, "exchange.work_item", persons=[row.item.atena_no], detail={"item": item_id})
    return row


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact with the name of who entered it."""

    contact: WorkContact
    staff_name: str


def contacts(by: Actor, item_id: int) -> list[ContactRow]:
    """What was said with the sender about a record, oldest first."""
    by.require("exchange.read")
    rows = list(WorkContact.objects.filter(item_id=item_id).order_by("pk"))
    names = staff_names(row.staff_no for row in rows)
    return [ContactRow(row, names[row.staff_no]) for row in rows]


def _work_rows(by: Actor, items: Sequence[WorkItem], on: date) -> list[WorkRow]:
    wanted = [item.atena_no for item in items if item.atena_no]
    shown = people.persons(by, wanted, on=on) if by.may("person.read") else {}
    names = staff_names(item.decided_by for item in items)
    neighbours, due = _neighbours(), _due(on)
    return [
        WorkRow(
            item, neighbours.get(item.file.neighbour, "不明"), shown.get(item.atena_no or 0), names[item.decided_by],
            item.state == WorkItem.OPEN and item.file.business_date < due,
        )
        for item in items
    ]
