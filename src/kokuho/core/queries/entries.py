"""Reads of entries: what waits for a second person, one's own, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from kokuho.core import entries as registry
from kokuho.core import parameters
from kokuho.core.access import Actor
from kokuho.core.entries import EntryKind, Line
from kokuho.core.models import Entry
from kokuho.core.queries.staff import staff_names
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing

ENTRY_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("kind", "種類", ("kind",)),
    Column("title", "件名", ("title",)),
    Column("persons", "宛名番号"),
    Column("state", "状態", ("state",)),
    Column("entered", "入力", ("entered_at",)),
    Column("decided", "確認", ("decided_at",)),
    Column("decision", "意見"),
)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with names in words and whether the reader may decide or take it back."""

    entry: Entry
    kind_label: str
    entered_name: str
    decided_name: str
    decidable: bool
    own: bool
    url: str
    told: Sequence[Line] = ()


def _kinds(by: Actor, *, deciding: bool = False) -> list[str]:
    return [
        kind.code for kind in registry.kinds().values()
        if (by.may(kind.confirm) if deciding else by.holds(kind.confirm) or by.holds(kind.enter))
    ]


def _mine(by: Actor) -> QuerySet[Entry]:
    """What this person may enter or confirm, and what the person entered. Nobody sees the entries of other desks."""
    return Entry.objects.filter(Q(kind__in=_kinds(by)) | Q(entered_by=by.staff_no, kind__in=list(registry.kinds())))


def entries_waiting(by: Actor) -> QuerySet[Entry]:
    """What waits for this person to confirm, to be counted: of the kinds the person confirms, entered by somebody else."""
    kinds = _kinds(by, deciding=True)
    return Entry.objects.filter(state=Entry.PENDING, kind__in=kinds).exclude(entered_by=by.staff_no)


def late_entry(*, on: date) -> Q:
    """What has waited longer than `entry.pending_days`, among entries that wait."""
    return Q(on__lt=_due(on))


def _due(on: date) -> date:
    """What was entered before this day should have been decided."""
    return on - timedelta(days=parameters.value("entry.pending_days"))


def confirms(by: Actor) -> bool:
    """True for those who confirm entries of some kind."""
    return bool(_kinds(by, deciding=True))


def _whose(by: Actor, on: date) -> lists.Filter:
    def apply(rows: QuerySet[Entry], value: str) -> QuerySet[Entry]:
        if value == "to_confirm":
            return rows.filter(kind__in=_kinds(by, deciding=True), state=Entry.PENDING).exclude(entered_by=by.staff_no)
        if value == "late":
            return rows.filter(state=Entry.PENDING, on__lt=_due(on))
        return rows.filter(entered_by=by.staff_no) if value == "own" else rows

    return lists.Filter("whose", "対象", apply, (("to_confirm", "自分が確認するもの"), ("own", "自分の入力"),
        ("late", "確認の期限を過ぎたもの")), "choice")


def entries(by: Actor, params: QueryDict, *, on: date) -> Listing[EntryRow]:
    """The entries that are this person's matter."""
    kinds = [(kind.code, kind.label) for kind in registry.kinds().values() if kind.code in set(_kinds(by))]
    found = lists.listing(
        params,
        _mine(by),
        columns=ENTRY_COLUMNS,
        filters=(
            _whose(by, on),
            lists.choice("state", "状態", "state", Entry.STATES, default=Entry.PENDING),
            lists.choice("kind", "種類", "kind", kinds),
        ),
        order=("-pk",),
        convert=lambda rows: _rows(by, rows),
    )
    seen(by, "entry.list", persons=[n for row in found.rows for n in row.entry.persons], row_count=len(found.rows))
    return found


def entry(by: Actor, entry_id: int, *, on: date) -> tuple[EntryRow, EntryKind, Sequence[Line]]:
    """One entry, its kind, and before → after: as things are now while it waits, as they stood then once it is decided. Raises
    DoesNotExist for what is not this person's matter."""
    found = _mine(by).get(pk=entry_id)
    kind = registry.kind_of(found.kind)
    lines = _decided(by, found) if found.state != Entry.PENDING else kind.lines(by, on, found)
    seen(by, "entry", persons=found.persons, detail={"entry": found.pk})
    return _rows(by, [found])[0], kind, lines


def _decided(by: Actor, entry: Entry) -> Sequence[Line]:
    kept = entry.lines or [[]]
    return [Line(*told) for told in kept[-1 if by.may("protected.read") else 0]]


def entry_row(by: Actor, entry_id: int) -> EntryRow:
    """One entry for a page of the desk's own, with before → after only as kept with a decision (`told`). Raises DoesNotExist as `entry`."""
    found = _mine(by).get(pk=entry_id)
    seen(by, "entry", persons=found.persons, detail={"entry": found.pk})
    return replace(_rows(by, [found])[0], told=_decided(by, found))


def entry_persons(by: Actor, entry_id: int) -> list[int]:
    """Whom an entry concerns, to ask about protection before it is shown. Raises DoesNotExist as `entry` does."""
    return list(_mine(by).values_list("persons", flat=True).get(pk=entry_id))


def entries_of(by: Actor, persons: Iterable[int], *, household_no: int | None = None) -> list[EntryRow]:
    """What waits about these persons or this household, oldest first: for their pages."""
    wanted = list(persons)
    about = Q(persons__overlap=wanted) if wanted else Q(pk__in=())
    if household_no is not None:
        about |= Q(household_no=household_no)
    found = list(_mine(by).filter(about, state=Entry.PENDING).order_by("pk")[:50])
    seen(by, "entry.of", persons=[n for row in found for n in row.persons if n in set(wanted)])
    return _rows(by, found)


def _rows(by: Actor, found: Sequence[Entry]) -> list[EntryRow]:
    names = staff_names(n for row in found for n in (row.entered_by, row.decided_by))
    confirming = set(_kinds(by, deciding=True))
    rows = []
    for row in found:
        kind = registry.kind_of(row.kind)
        own = row.entered_by == by.staff_no
        rows.append(
            EntryRow(
                row, kind.label, names[row.entered_by], names[row.decided_by],
                row.state == Entry.PENDING and row.kind in confirming and not own, own,
                kind.url(row) if kind.url else reverse("entry", args=[row.pk]),
            )
        )  # fmt: skip
    return rows
