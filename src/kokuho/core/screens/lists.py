"""Lists: filter, sort, count, total and page in one place, so that every list of the house works alike.

A screen declares its columns and filters; `listing` reads what the address asks for and returns one page of rows. What is
shown is always a page: there is no way to fetch a whole list (EXPORT-01).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.http import QueryDict

from kokuho.core import era, territory

Row = TypeVar("Row")
# The longest page is one that a large city's lists still show within a tenth of a second.
PAGE_SIZES = (50, 100, 150)
# Beyond this a clerk filters instead of turning pages; the database would read all the rows before the page.
DEEPEST = 10_000
# From this row on a page's keys are found first: of the rows before them nothing is read but what the list is sorted by.
DEEP = 1_000
# Beyond this the foot of a list says 以上: counting on would cost more than reading the page, and nobody turns to it.
MOST_COUNTED = 100_000
# Who measures or checks the lists of the product hangs a list here and finds what was made.
made: ContextVar[list[Any] | None] = ContextVar("kokuho_lists_made", default=None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list. `order`: the fields that sort by it; empty when the list cannot be sorted by it. `pick`: boxes that tick rows,
    and one in the head that ticks the page."""

    key: str
    label: str
    order: tuple[str, ...] = ()
    numeric: bool = False
    pick: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """A field above a list. `apply` narrows the rows; it raises ValueError with a sentence for what cannot be read."""

    name: str
    label: str
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]]
    choices: tuple[tuple[str, str], ...] = ()
    kind: str = "text"  # text, choice, date, number
    hint: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class FilterState:
    """A filter with what was typed into it."""

    filter: Filter
    value: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head with the address that sorts by it."""

    column: Column
    direction: str  # ascending, descending, none
    query: str


@dataclass(slots=True)
class Listing(Generic[Row]):
    """One page of a list, with everything its head and foot show. `uncounted`: there are at least `count` rows."""

    rows: list[Row]
    count: int
    page: int
    per_page: int
    headings: list[Heading]
    filters: list[FilterState]
    totals: Mapping[str, int] = field(default_factory=dict)
    _params: QueryDict = field(default_factory=QueryDict)
    uncounted: bool = False

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def pages(self) -> int:
        """Number of pages, at least 1."""
        return max(1, -(-self.count // self.per_page))

    @property
    def first(self) -> int:
        """Place of the first row shown, from 1; 0 when there is none."""
        return (self.page - 1) * self.per_page + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Place of the last row shown."""
        return (self.page - 1) * self.per_page + len(self.rows)

    @property
    def narrowed(self) -> bool:
        """True when a filter is at work."""
        return any(_narrows(state) for state in self.filters)

    @property
    def errors(self) -> list[FilterState]:
        """Filters that could not be read."""
        return [state for state in self.filters if state.error]

    @property
    def sort(self) -> str:
        """The sort key of the address, kept when a filter changes."""
        return self._params.get("sort", "")

    @property
    def page_sizes(self) -> tuple[int, ...]:
        return PAGE_SIZES

    def query(self, **changes: object) -> str:
        """The address of this list with changes, as ``?…``."""
        return _query(self._params, **changes)

    @property
    def previous(self) -> str:
        return self.query(page=self.page - 1) if self.page > 1 else ""

    @property
    def following(self) -> str:
        return self.query(page=self.page + 1) if self.page < self.pages else ""

    @property
    def to_first(self) -> str:
        return self.query(page=None) if self.page > 1 else ""

    @property
    def to_last(self) -> str:
        return self.query(page=self.pages) if self.page < self.pages and self.count <= DEEPEST else ""


def _narrows(state: FilterState) -> bool:
    """Whether a filter leaves rows out that the list would have by itself."""
    everything = state.filter.kind == "choice" and state.value == "all" and not state.filter.default
    return state.value != state.filter.default and not everything


def _query(params: QueryDict, **changes: object) -> str:
    copied = params.copy()
    for name, value in changes.items():
        if value in (None, ""):
            copied.pop(name, None)
        else:
            copied[name] = str(value)
    return f"?{copied.urlencode()}"


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else default


def _counted(rows: QuerySet[Any], totals: Sequence[str]) -> dict[str, int]:
    """How many rows there are, with sums where a list has any; without sums counted up to `MOST_COUNTED`."""
    if not totals:
        return {"count": rows.order_by()[:MOST_COUNTED].count()}
    counted = rows.aggregate(count=Count("*"), **{name: Sum(name) for name in totals})
    return {name: value or 0 for name, value in counted.items()}


@dataclass(frozen=True, slots=True)
class _Turned:
    """Which page of a list the address asks for."""

    asked: int
    per_page: int

    @classmethod
    def of(cls, params: QueryDict) -> _Turned:
        """As the address says."""
        per_page = _number(params.get("size", ""), PAGE_SIZES[0])
        return cls(max(1, _number(params.get("page", ""), 1)), per_page if per_page in PAGE_SIZES else PAGE_SIZES[0])

    def page(self, number: int) -> int:
        """The page that is shown of so many rows: the one asked for, or the nearest there is."""
        return min(self.asked, max(1, -(-min(number, DEEPEST) // self.per_page)))

    def places(self, number: int) -> slice:
        """Its places among so many rows."""
        page = self.page(number)
        return slice((page - 1) * self.per_page, page * self.per_page)


def _walked(rows: QuerySet[Any], totals: Sequence[str], turned: _Turned) -> tuple[dict[str, int], list[Any]]:
    """The figures of a list and the keys of a page, from one walk along the list's order: whose area or 行政区 a row is of is a question
    too dear to be put to the same rows twice. Without sums the walk ends at `DEEPEST`."""
    bound = None if totals else DEEPEST
    try:
        with territory.row_by_row():
            inner, values = rows.values_list("pk", *totals)[:bound].query.sql_with_params()
    except EmptyResultSet:  # a condition that nothing can meet
        return dict.fromkeys(("count", *totals), 0), []
    names = [f"q{place}" for place in range(len(totals) + 1)]
    sums = "".join(f", coalesce(sum({name}), 0)" for name in names[1:])
    statement = "SELECT count(*){sums}, (array_agg(q0))[%s:%s] FROM ({inner}) q ({names})".format(
        sums=sums, inner=inner, names=", ".join(names)
    )
    start, keys = None, []
    wanted = turned.places(MOST_COUNTED)
    with connection.cursor() as cursor:
        while start != wanted.start:
            start = wanted.start
            cursor.execute(statement, [wanted.start + 1, wanted.stop, *values])
            count, *summed, keys = cursor.fetchone()
            wanted = turned.places(count)
    return {"count": count, **{name: int(value) for name, value in zip(totals, summed, strict=True)}}, keys or []


def listing(
    params: QueryDict,
    rows: QuerySet[Any],
    *,
    columns: Sequence[Column],
    filters: Sequence[Filter] = (),
    order: Sequence[str] = ("pk",),
    totals: Sequence[str] = (),
    known: Mapping[str, int] | Callable[[Mapping[str, str]], Mapping[str, int] | QuerySet[Any] | None] | None = None,
    known_of_area: bool = False,
    convert: Callable[[Sequence[Any]], list[Row]] | None = None,
    keys_first: bool = False,
) -> Listing[Row]:
    """The page of `rows` that the address asks for.

    `order` is the usual order; `totals` are fields to add up (yen); `known` holds `count` and the totals of the unfiltered
    list where a batch has counted them already, or says them for the filters at work (name → value; None where it does not know; rows
    of another table that are as many and sooner counted), and `known_of_area` that these figures leave out what whoever is at work may
    not see;
    `convert` turns the page's records into what is shown. `keys_first`: the page's keys are found before its rows are read, for wide
    rows whose sort fields stand in an index. Filters narrow only: what a row shows besides its fields is annotated on `rows`.
    """
    states, whole = [], rows
    for entry in filters:
        value = params.get(entry.name, entry.default).strip()[:100]
        error = ""
        if value:
            try:
                rows = entry.apply(rows, value)
            except ValueError as wrong:
                error = str(wrong)
                rows = rows.none()
        states.append(FilterState(entry, value, error))
    narrowing = {state.filter.name: state.value for state in states if _narrows(state)}
    chosen = params.get("sort", "")
    if territory.limited() is not None and not known_of_area:  # the figures of a batch are those of the whole city
        known = None
    figures = known(narrowing) if callable(known) else None if narrowing else known
    turned = _Turned.of(params)
    rows, uncounted = rows.order_by(*_sorting(chosen, columns, order, rows.model._meta.pk.name)), False
    if figures is None and (totals or territory.limited() is not None):
        figures, keys = _walked(rows, totals, turned)
        found = _in_order(whole, keys)
        uncounted = not totals and figures["count"] == DEEPEST
    else:
        if figures is None or isinstance(figures, QuerySet):
            figures = _counted(rows if figures is None else figures, totals)
            uncounted = not totals and figures["count"] == MOST_COUNTED
        wanted = turned.places(figures["count"])
        if not figures["count"]:
            found = []
        elif keys_first or wanted.start >= DEEP or territory.limited() is not None:
            with territory.row_by_row():
                keys = list(rows.values_list("pk", flat=True)[wanted])
            found = _in_order(whole, keys)
        else:
            found = list(rows[wanted])
    headings = [
        Heading(
            column,
            {column.key: "ascending", f"-{column.key}": "descending"}.get(chosen, "none"),
            _query(params, page=None, sort=f"-{column.key}" if chosen == column.key else column.key)
            if column.order
            else "",
        )
        for column in columns
    ]
    found_list: Listing[Row] = Listing(
        rows=convert(found) if convert else found,
        count=figures["count"],
        page=turned.page(figures["count"]),
        per_page=turned.per_page,
        headings=headings,
        filters=states,
        totals=figures,
        _params=params,
        uncounted=uncounted,
    )
    if (watched := made.get()) is not None:
        watched.append(found_list)
    return found_list


def _sorting(chosen: str, columns: Sequence[Column], order: Sequence[str], key: str) -> list[str]:
    """The fields to sort by: those of the chosen column, then of the usual order. After the key nothing is left to tell apart, and a
    field more would keep the index that ends with it from answering."""
    fields = list(order)
    if (column := next((c for c in columns if c.order and c.key == chosen.removeprefix("-")), None)) is not None:
        fields = [_flip(name) if chosen.startswith("-") else name for name in column.order]
        fields += [name for name in order if name.lstrip("-") not in {f.lstrip("-") for f in fields}]
    last = next((place for place, name in enumerate(fields, 1) if name.lstrip("-") in ("pk", key)), len(fields))
    return fields[:last]


def _in_order(whole: QuerySet[Any], keys: Sequence[Any]) -> list[Any]:
    """The rows of these keys, in their order; the filters have been asked already."""
    found = {row.pk: row for row in whole.order_by().filter(pk__in=keys)} if keys else {}
    return [found[key] for key in keys if key in found]


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def choice(name: str, label: str, field_name: str, choices: Sequence[tuple[str, str]], default: str = "") -> Filter:
    """A filter that picks one value of a field."""
    allowed = {value for value, _ in choices}

    def apply(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "all":
            return rows
        if value not in allowed:
            raise ValueError(f"{label}の選択肢にありません。")
        return rows.filter(**{field_name: value})

    return Filter(name, label, apply, tuple(choices), "choice", default=default)


def number(name: str, label: str, lookup: str, hint: str = "") -> Filter:
    """A filter by a whole number; full width, commas and hyphens are accepted."""
    return Filter(
        name, label, lambda rows, value: rows.filter(**{lookup: whole_number(value)}), kind="number", hint=hint
    )


def day(name: str, label: str, lookup: str, hint: str = "R8.11.20") -> Filter:
    """A filter by a date in any of the typed forms."""
    return Filter(name, label, lambda rows, value: rows.filter(**{lookup: era.parse(value)}), kind="date", hint=hint)


def whole_number(text: str) -> int:
    """``１，２３４`` → 1234. ValueError with a sentence for anything else."""
    from unicodedata import normalize

    digits = normalize("NFKC", text).replace(",", "").replace("-", "").replace(" ", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise ValueError(f"「{text}」は番号として読めません。数字を入力してください。")
    return int(digits)
