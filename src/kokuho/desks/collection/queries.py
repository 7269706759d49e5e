"""Reads of the ledger: what was posted to a payer, and 調定 by term."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum
from django.http import QueryDict

from kokuho.core import clock, past, territory
from kokuho.core.access import Actor
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Listing
from kokuho.desks.assessment.models import Decision, LevyRun
from kokuho.desks.collection.models import Account, Posting
from kokuho.desks.people import queries as people
from kokuho.desks.people.queries import PersonView


@dataclass(frozen=True, slots=True)
class Term:
    """One term of one notice: 調定額 and what of it is still receivable. Yen."""

    notice_no: int
    term: int
    due_on: date
    charged: int
    receivable: int
    overdue: bool


def account(by: Actor, payer_nos: Sequence[int], fiscal_year: int, *, on: date) -> list[Term]:
    """The account of payers for a 賦課年度, by notice and term: balances are sums of postings, never stored."""
    by.require("ledger.read")
    terms: dict[tuple[int, int], list[int]] = {}
    dues: dict[tuple[int, int], date] = {}
    rows = Posting.objects.filter(payer_no__in=payer_nos, fiscal_year=fiscal_year).order_by("notice_no", "term", "pk")
    for notice_no, term, due_on, debit, credit, amount in rows.values_list(
        "notice_no", "term", "due_on", "debit", "credit", "amount"
    ):
        sums = terms.setdefault((notice_no, term), [0, 0])
        dues[notice_no, term] = due_on
        if credit == Account.REVENUE:
            sums[0] += amount
        elif debit == Account.REVENUE:
            sums[0] -= amount
        if debit == Account.RECEIVABLE:
            sums[1] += amount
        elif credit == Account.RECEIVABLE:
            sums[1] -= amount
    seen(by, "collection.account", persons=payer_nos, detail={"fiscal_year": fiscal_year})
    return [
        Term(notice_no, term, dues[notice_no, term], charged, receivable, receivable > 0 and dues[notice_no, term] < on)
        for (notice_no, term), (charged, receivable) in sorted(terms.items())
    ]


@dataclass(frozen=True, slots=True)
class TermTotal:
    """調定 of a term over the city."""

    term: int
    due_on: date
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class YearTotals:
    """調定 of a 賦課年度 by term, as counted at a moment."""

    terms: tuple[TermTotal, ...]
    as_of: datetime
    kinds: Mapping[str, tuple[int, int]]  # of every kind of posting: how many, yen

    def figures(self, narrowing: Mapping[str, str]) -> Mapping[str, int] | None:
        """Count and yen of the list of postings, whole or of one kind; None for any other filter."""
        if narrowing.keys() - {"kind"}:
            return None
        chosen = [narrowing["kind"]] if "kind" in narrowing and narrowing["kind"] != "all" else list(self.kinds)
        found = [self.kinds.get(kind, (0, 0)) for kind in chosen]
        return {"count": sum(count for count, _ in found), "amount": sum(amount for _, amount in found)}

    @property
    def count(self) -> int:
        """Number of postings."""
        return sum(term.count for term in self.terms)

    @property
    def amount(self) -> int:
        """Yen."""
        return sum(term.amount for term in self.terms)


# A big city has millions of postings: their totals are counted at most once a minute, and the page says when.
_KEPT_SECONDS = 60


def year_totals(by: Actor, fiscal_year: int) -> YearTotals:
    """調定額 by term of a 賦課年度: count of postings and yen, at most a minute old."""
    by.require("ledger.read")
    name = f"collection.totals.{fiscal_year}" + (f".{then.timestamp():.0f}" if (then := past.known()) else "")
    if (limit := territory.limited()) is not None:
        name += "." + hashlib.sha256("・".join(limit.areas).encode()).hexdigest()[:16]
    found: YearTotals = cache.get_or_set(name, lambda: _count(fiscal_year), _KEPT_SECONDS)
    seen(by, "collection.terms", row_count=len(found.terms), detail={"fiscal_year": fiscal_year})
    return found


def _count(fiscal_year: int) -> YearTotals:
    rows = (
        Posting.objects.filter(fiscal_year=fiscal_year)
        .values_list("kind", "term", "due_on")
        .annotate(count=Count("pk"), amount=Sum("amount"))
        .order_by("term", "due_on")
    )
    terms, kinds = [], dict.fromkeys(Posting.KINDS, (0, 0))
    for kind, term, due_on, count, amount in rows:
        if kind == Posting.LEVY:
            terms.append(TermTotal(term, due_on, count, amount))
        before = kinds.get(kind, (0, 0))
        kinds[kind] = before[0] + count, before[1] + amount
    return YearTotals(tuple(terms), clock.now(), kinds)


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting with its payer."""

    posting: Posting
    person: PersonView | None
    kind_label: str
    debit_label: str
    credit_label: str


POSTING_COLUMNS = (
    Column("id", "記帳番号", ("pk",), numeric=True),
    Column("kind", "種類"),
    Column("payer", "納付義務者"),
    Column("notice_no", "通知書番号"),
    Column("term", "期"),
    Column("due_on", "納期限"),
    Column("accounts", "借方 / 貸方"),
    Column("effective_on", "調定日"),
    Column("amount", "金額", numeric=True),
)


def years(by: Actor) -> list[int]:
    """賦課年度 whose levy is final, newest first: postings begin with it."""
    by.require("ledger.read")
    final = LevyRun.objects.filter(mode=LevyRun.FINAL).order_by("-fiscal_year")
    return list(final.values_list("fiscal_year", flat=True))


def _of_notice(rows: QuerySet[Posting], value: str) -> QuerySet[Posting]:
    """Postings of a notice, by way of its payers: the ledger is indexed by payer."""
    number = lists.whole_number(value)
    payers = Decision.objects.filter(notice_no=number).values("payer_no")
    return rows.filter(notice_no=number, payer_no__in=payers)


def postings(by: Actor, params: QueryDict, fiscal_year: int, *, totals: YearTotals, on: date) -> Listing[PostingRow]:
    """Postings of a 賦課年度, whose totals by term are known."""
    by.require("ledger.read")

    def of_payer(rows: QuerySet[Posting], value: str) -> QuerySet[Posting]:
        return rows.filter(payer_no__in=people.same_person(lists.whole_number(value), on=on))

    def convert(rows: Sequence[Posting]) -> list[PostingRow]:
        shown = people.persons(by, (row.payer_no for row in rows), on=on)
        return [
            PostingRow(
                row, shown.get(row.payer_no), Posting.KINDS.get(row.kind, row.kind), row.get_debit_display(),
                row.get_credit_display(),
            )
            for row in rows
        ]  # fmt: skip

    found = lists.listing(
        params,
        Posting.objects.filter(fiscal_year=fiscal_year),
        columns=POSTING_COLUMNS,
        filters=(
            lists.Filter("payer", "納付義務者（宛名番号）", of_payer, kind="number"),
            lists.Filter("notice", "通知書番号", _of_notice, kind="number"),
            lists.choice("kind", "種類", "kind", tuple(Posting.KINDS.items())),
        ),
        order=("pk",),
        totals=("amount",),
        known=totals.figures,
        known_of_area=True,
        convert=convert,
    )
    seen(by, "collection.postings", persons=[row.posting.payer_no for row in found.rows])
    return found
