"""Reads of 特別療養費の候補: households in arrears beyond the law's period, where each of them stands and what comes next (AKASHI-12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.http import QueryDict

from kokuho.core.access import Actor
from kokuho.core.models import ScheduledRun
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.eligibility.actions.hearings import open_notices
from kokuho.desks.eligibility.models import ArrearsHousehold, HearingStep
from kokuho.desks.eligibility.queries.hearings import HearingView, hearings_of
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView

OPEN, WAITING, READY = ArrearsHousehold.OPEN, "waiting", "ready"
# Where a household stands: what the night counted, and of an open candidate the 事前通知 that was issued since. With the next step.
STANDINGS = {
    OPEN: ("候補（通知していない）", "勧奨と特別の事情の確認の後、選んで事前通知を作る"),
    WAITING: ("通知済み（弁明の期限前）", "弁明・申出を記録し、なければ期限を待つ"),
    READY: ("通知済み（決定できる）", "特別療養費への変更を入力する"),
    **{code: (words, "") for code, words in ArrearsHousehold.STANDINGS.items() if code != OPEN},
    "entered": (ArrearsHousehold.STANDINGS["entered"], "確認待ちで別の職員が確認する"),
}
_TONES = {OPEN: "attention", WAITING: "active", READY: "attention"}

ARREARS_COLUMNS = (
    Column("pick", "", pick=True),
    Column("standing", "区分", ("standing", "oldest_due", "household_no")),
    Column("household", "世帯番号", ("household_no",)),
    Column("payer", "納付義務者"),
    Column("overdue", "期間超過額", ("overdue", "household_no"), numeric=True),
    Column("arrears", "滞納額", numeric=True),
    Column("terms", "期数", numeric=True),
    Column("oldest", "最古の納期限"),
    Column("insured", "被保険者（子ども）"),
    Column("hearing", "事前通知"),
)


@dataclass(frozen=True, slots=True)
class ArrearsView:
    """A household of the candidates' list, the head who owes, and its newest 事前通知 with where that stands."""

    row: ArrearsHousehold
    person: PersonView | None
    hearing: HearingView | None
    state: tuple[str, str]
    standing: str

    @property
    def words(self) -> str:
        return STANDINGS[self.standing][0]

    @property
    def tone(self) -> str:
        return _TONES.get(self.standing, "")

    @property
    def pickable(self) -> bool:
        """Whether a 事前通知 can be issued."""
        return self.standing == OPEN

    @property
    def waiting(self) -> bool:
        """Whether a 弁明 may still come, to be recorded."""
        return self.standing == WAITING

    @property
    def ready(self) -> bool:
        """Whether the decision can be entered."""
        return self.standing == READY


@dataclass(frozen=True, slots=True)
class ArrearsCount:
    """How many households stand somewhere, and what is to be done with them."""

    standing: str
    words: str
    next: str
    households: int


def _standing(on: date) -> Case:
    notices = open_notices().filter(household_no=OuterRef("household_no"))
    answered = Q(steps__kind__in=(HearingStep.RECEIVED, HearingStep.WAIVED))
    return Case(
        When(~Q(standing=OPEN), then=F("standing")),
        When(Exists(notices.filter(Q(hearing_until__lt=on) | answered)), then=Value(READY)),
        When(Exists(notices), then=Value(WAITING)),
        default=Value(OPEN), output_field=CharField(),
    )  # fmt: skip


def arrears_list(by: Actor, params: QueryDict, *, on: date) -> Listing[ArrearsView]:
    """特別療養費の候補, as the last count found them, with the head who owes and the 事前通知. Needs `certificate.read` and
    `ledger.read`."""
    by.require("certificate.read")
    by.require("ledger.read")

    def by_standing(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value not in STANDINGS:
            raise ValueError("区分の選択肢にありません。")
        if value not in (OPEN, WAITING, READY):
            return rows.filter(standing=value)
        return rows.filter(standing=OPEN).alias(stands=_standing(on)).filter(stands=value)

    def convert(rows: Sequence[ArrearsHousehold]) -> list[ArrearsView]:
        shown = people.persons(by, (row.payer_no for row in rows), on=on)
        told = {no: views[0] for no, views in hearings_of(by, [row.household_no for row in rows]).items()}
        return [_view(row, shown.get(row.payer_no), told.get(row.household_no), on) for row in rows]

    found = lists.listing(
        params, ArrearsHousehold.objects.all(), columns=ARREARS_COLUMNS,
        filters=(
            lists.Filter("standing", "区分", by_standing, tuple((code, words) for code, (words, _) in STANDINGS.items()), "choice"),
            lists.number("household", "世帯番号", "household_no"),
        ),
        order=("standing", "oldest_due", "household_no"), convert=convert,
    )  # fmt: skip
    seen(by, "certificate.arrears", persons=[view.row.payer_no for view in found.rows])
    return found


def _view(row: ArrearsHousehold, person: PersonView | None, hearing: HearingView | None, on: date) -> ArrearsView:
    standing = row.standing
    if standing == OPEN and hearing is not None and hearing.open:
        standing = READY if hearing.ready(on) else WAITING
    return ArrearsView(row, person, hearing, hearing.state(on) if hearing else ("", ""), standing)


def arrears_counts(by: Actor, *, on: date) -> list[ArrearsCount]:
    """How many households stand where on a day, those first with whom something is to be done."""
    by.require("certificate.read")
    by.require("ledger.read")
    held = dict(ArrearsHousehold.objects.annotate(stands=_standing(on)).values_list("stands").annotate(Count("pk")).order_by())
    return [ArrearsCount(code, *STANDINGS[code], held[code]) for code in STANDINGS if code in held]


def arrears_counted(by: Actor) -> date | None:
    """The day of the last count; of one that found nobody, as the night's work tells it."""
    by.require("certificate.read")
    nights = ScheduledRun.objects.filter(code="special-candidates", state=ScheduledRun.DONE).order_by("-business_date")
    listed = ArrearsHousehold.objects.order_by("pk").values_list("counted_on", flat=True).first()
    return listed or nights.values_list("business_date", flat=True).first()
