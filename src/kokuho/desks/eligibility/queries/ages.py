"""Reads of age events: the forecast of a month over the whole city, the runs and their rows, who goes to 後期 (KOUKI-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Subquery
from django.http import QueryDict

from kokuho.core import era, territory
from kokuho.core.access import Actor
from kokuho.core.models import BatchRun
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing
from kokuho.desks.eligibility.actions import ages as actions
from kokuho.desks.eligibility.ages import PREPARES, Window, month_windows
from kokuho.desks.eligibility.models import BELIEVED, AgeEventRow, EligibilityEvent, InsuredPeriod
from kokuho.desks.eligibility.reasons import TO_ELDERLY, label
from kokuho.desks.eligibility.settings import office_settings
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.queries import PersonView
from kokuho.law.eligibility.ages import AgeEventKind
from kokuho.law.eligibility.months import Month


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """A person who reaches an age in the month."""

    atena_no: int
    household_no: int
    person: PersonView | None
    birth_date: date
    kind: str
    effective: date
    prepares: str


@dataclass(frozen=True, slots=True)
class AgeRun:
    """A run of a month: how far it is and whether the second person has approved it."""

    run: BatchRun
    month: Month
    approved: bool

    @property
    def startable(self) -> bool:
        """True when it is approved and not yet done."""
        return self.approved and self.run.state in (BatchRun.PREPARED, BatchRun.FAILED)


FORECAST_COLUMNS = (
    Column("effective", "効力の生じる日"),
    Column("kind", "到達"),
    Column("person", "氏名"),
    Column("birth", "生年月日", ("birth_date", "pk")),
    Column("atena", "宛名番号", ("by_atena",)),
    Column("household", "世帯番号", ("by_household", "birth_date")),
    Column("prepares", "準備すること"),
)
KIND_CHOICES = tuple((str(kind), text) for kind, text in AgeEventRow.KINDS.items())


def forecast(by: Actor, params: QueryDict, month: Month, kind: str, count: int) -> Listing[ForecastRow]:
    """Who of the insured reaches an age in a month, one kind at a time, in the order of birth; `count`: as many as `forecast_counts`
    says of this kind."""
    by.require("eligibility.read")
    window = next((found for found in month_windows(month) if found.kind == kind), None)
    days = dict(zip(window.births, window.effective, strict=True)) if window else {}
    rows = Person.objects.none()
    if window:
        insured = InsuredPeriod.objects.filter(
            BELIEVED, atena_no=OuterRef("atena_no"), valid__overlap=(month.plus(-1).last, month.last)
        )
        # The births of a window follow one another without a gap, so a range says the same and uses the index.
        rows = Person.objects.alias(stay=Subquery(insured.values("pk")[:1])).filter(
            BELIEVED, stay__isnull=False, birth_date__range=(window.first, window.last), valid__contains=month.plus(-1).last
        )
        # Sorted as figures of the few who were born then, not by walking along the index of everybody's numbers.
        rows = rows.annotate(by_atena=F("atena_no") + 0, by_household=F("household_no") + 0)
    found = lists.listing(
        params,
        rows,
        columns=FORECAST_COLUMNS,
        filters=(lists.number("atena", "宛名番号", "atena_no"), lists.number("household", "世帯番号", "household_no")),
        order=("birth_date", "pk"),
        known={"count": count},
        known_of_area=True,
        convert=lambda page: _forecast_rows(by, page, kind, days),
    )
    seen(by, "eligibility.age_forecast", persons=[row.atena_no for row in found.rows], detail={"month": str(month)})
    return found


def _forecast_rows(by: Actor, rows: Sequence[Person], kind: str, days: dict[date, date]) -> list[ForecastRow]:
    shown = people.persons(by, (row.atena_no for row in rows), on=max(days.values())) if rows else {}
    wanted = AgeEventKind(kind)
    return [
        ForecastRow(
            row.atena_no, row.household_no, shown.get(row.atena_no), row.birth_date, AgeEventRow.KINDS[wanted],
            days[row.birth_date], PREPARES[wanted],
        )
        for row in rows
    ]  # fmt: skip


def forecast_counts(by: Actor, month: Month) -> dict[str, int]:
    """How many of the insured reach each age in a month, by one statement over all kinds."""
    by.require("eligibility.read")
    found = dict.fromkeys((str(kind) for kind in AgeEventKind), 0)
    # A statement of its own for each kind: with the days in sight the database looks at these births only, and for each of them
    # (OFFSET 0) whether they are insured.
    one = f"""
        SELECT %s, count(DISTINCT p.atena_no) FROM people_person p
         WHERE p.birth_date BETWEEN %s AND %s AND p.superseded_at IS NULL AND p.valid @> %s::date
           AND EXISTS (SELECT FROM eligibility_insuredperiod e
                        WHERE e.atena_no = p.atena_no AND e.superseded_at IS NULL AND e.valid && daterange(%s, %s) OFFSET 0)
           AND {territory.clause("p.atena_no")}
    """
    eve = month.plus(-1).last
    windows: Sequence[Window] = month_windows(month)
    values = [value for w in windows for value in (str(w.kind), w.first, w.last, eve, eve, month.last)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([one] * len(windows)), values)
        found.update(dict(cursor.fetchall()))
    seen(by, "eligibility.age_counts", row_count=sum(found.values()), detail={"month": str(month)})
    return found


def age_runs(by: Actor, count: int = 12) -> list[AgeRun]:
    """The newest runs."""
    by.require("eligibility.read")
    rows = BatchRun.objects.filter(kind=actions.KIND).order_by("-pk")[:count]
    found = [AgeRun(run, Month.parse(run.parameters["month"]), actions.APPROVALS.standing(run) is not None) for run in rows]
    seen(by, "eligibility.age_runs", row_count=len(found))
    return found


def age_run(by: Actor, run_id: int) -> AgeRun:
    """One run. Raises BatchRun.DoesNotExist."""
    by.require("eligibility.read")
    run = BatchRun.objects.get(pk=run_id, kind=actions.KIND)
    seen(by, "eligibility.age_run", row_count=1, detail={"run": run_id})
    return AgeRun(run, Month.parse(run.parameters["month"]), actions.APPROVALS.standing(run) is not None)


def age_letter_count(by: Actor, run_id: int) -> int:
    """How many letters a run would give: nobody is offered to make none."""
    by.require("eligibility.letter")
    wanted = AgeEventRow.objects.filter(run_id=run_id, kind__in=office_settings().age_letters)
    count = wanted.exclude(state=AgeEventRow.SKIPPED).count()
    seen(by, "eligibility.age_letter_count", row_count=count, detail={"run": run_id})
    return count


RUN_COLUMNS = (
    Column("seq", "番号", ("seq",), numeric=True),
    Column("kind", "到達", ("kind", "seq")),
    Column("effective", "効力の生じる日", ("effective", "seq")),
    Column("person", "氏名"),
    Column("birth", "生年月日", ("birth_date", "seq")),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("state", "状態", ("state", "seq")),
    Column("note", "説明"),
)


def age_rows(by: Actor, params: QueryDict, run_id: int, *, on: date) -> Listing[tuple[AgeEventRow, PersonView | None]]:
    """The rows of a run."""
    by.require("eligibility.read")

    def convert(rows: Sequence[AgeEventRow]) -> list[tuple[AgeEventRow, PersonView | None]]:
        shown = people.persons(by, (row.atena_no for row in rows), on=on)
        return [(row, shown.get(row.atena_no)) for row in rows]

    found = lists.listing(
        params, AgeEventRow.objects.filter(run_id=run_id), columns=RUN_COLUMNS,
        filters=(
            lists.choice("kind", "到達", "kind", KIND_CHOICES), lists.choice("state", "状態", "state", AgeEventRow.STATES),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("seq",), convert=convert,
    )  # fmt: skip
    seen(by, "eligibility.age_rows", persons=[row.atena_no for row, _ in found.rows], detail={"run": run_id})
    return found


HANDOVER_COLUMNS = (
    Column("event_on", "後期の資格取得日", ("event_on", "pk")),
    Column("code", "事由", ("code", "event_on")),
    Column("person", "氏名"),
    Column("birth", "生年月日"),
    Column("atena", "宛名番号", ("atena_no",)),
    Column("household", "世帯番号", ("household_no",)),
    Column("recorded", "処理", ("recorded_at",)),
)


def _month_filter(name: str, text: str) -> Filter:
    def apply(rows: Any, value: str) -> Any:
        month = parse_month(value)
        return rows.filter(event_on__range=(month.first, month.last))

    return Filter(name, text, apply, kind="date", hint="R8.8")


def parse_month(text: str) -> Month:
    """R8.8, 令和8年8月 or 2026-08. Raises ValueError with a sentence."""
    plain = text.strip().rstrip("月.").replace("年", ".")
    try:
        return Month.of(era.parse(f"{plain}-01" if plain[:2] in ("19", "20") else f"{plain}.1"))
    except ValueError as error:
        raise ValueError(f"「{text}」は年月として読めません。R8.8 の形で入力してください。") from error


def handovers(
    by: Actor, params: QueryDict, *, on: date
) -> Listing[tuple[EligibilityEvent, PersonView | None, str]]:
    """Who moved or moves from 国保 to 後期: for the desk of 後期 and its notice to the 広域連合 (KOUKI-03)."""
    by.require("eligibility.read")

    def convert(rows: Sequence[EligibilityEvent]) -> list[tuple[EligibilityEvent, PersonView | None, str]]:
        shown = people.persons(by, (row.atena_no for row in rows), on=on)
        return [(row, shown.get(row.atena_no), label(row.code)) for row in rows]

    codes = tuple((code, label(code)) for code in sorted(TO_ELDERLY))
    # Few events are cancellations: said so, the database looks at these only.
    cancelled = EligibilityEvent.objects.filter(cancels__isnull=False, cancels=OuterRef("pk"))
    found = lists.listing(
        params, EligibilityEvent.objects.filter(~Exists(cancelled), code__in=TO_ELDERLY), columns=HANDOVER_COLUMNS,
        filters=(
            _month_filter("month", "取得の月"), lists.choice("code", "事由", "code", codes),
            lists.number("atena", "宛名番号", "atena_no"),
        ),
        order=("-event_on", "-pk"), convert=convert,
    )  # fmt: skip
    seen(by, "eligibility.handovers", persons=[row.atena_no for row, _, _ in found.rows])
    return found
