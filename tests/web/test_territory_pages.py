"""RIGHTS-02 on lists that mix areas: rows of another area are absent, one by one, and no page is refused because of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from test_attacks import pages
from weboffice import DAY, HEAD, REFUGEE, SHELTER, City, insured

HERE = "青木"


@pytest.fixture
def mixed(city: City) -> City:
    """The refugee of another area is insured, and stands in every list of the desk beside the head."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import ChangeCandidate, Difference, Status

    insured({REFUGEE: SHELTER}, date(2026, 5, 1))
    about = {"atena_no": REFUGEE, "household_no": SHELTER}
    ChangeCandidate.objects.create(
        **about, act="lose", event="転出", event_date=date(2026, 6, 30), origin="file:1#2", entered_by="densan", due_on=date(2026, 7, 14),
        proposal={"lost_on": "2026-06-30", "event_on": "2026-06-30", "reason": "201"},
    )  # fmt: skip
    Difference.objects.create(check_code="V14", key="other", found_on=DAY, seen_on=DAY, detail="x", **about)
    Status.objects.create(
        **about, kind=Status.INVOLUNTARY_UNEMPLOYMENT, kind_no=1, recorded_by="x", origin="entry:2", detail={}, review_on=DAY,
        valid=DateRange(date(2026, 4, 1), date(2028, 4, 1)),
    )  # fmt: skip
    return city


def limited(on: bool) -> None:
    from kokuho.core.actions.parameters import _write
    from kokuho.core.models import Unit

    Unit.objects.update(areas=[HERE])
    _write({"rights.territory": on}, profile="default", exceptions={}, requested_by="a", approved_by="b", reason="試験", origin="opening")


def actor(*more: str) -> Any:
    from dataclasses import replace

    from kokuho.core.access import actor_for

    by = actor_for("shikaku", on=DAY, terminal="t")
    return replace(by, capabilities=by.capabilities | set(more))


def test_counts_and_lists_in_sql_leave_out_the_other_area(mixed: City) -> None:
    from kokuho.core import territory
    from kokuho.desks.eligibility.models import MonthView
    from kokuho.desks.eligibility.queries.views import month_changes
    from kokuho.desks.eligibility.queries.work import work_counts

    # Fixed before anybody was insured: everybody stands differently now.
    view = MonthView.objects.create(purpose="levy", month=date(2026, 6, 1), fixed_by="x", business_date=DAY, households=0, persons=0)
    found = []
    for on in (False, True):
        limited(on)
        by = actor()
        with territory.acting(by):
            work = work_counts(by, on=DAY)
            changes = [change.atena_no for change in month_changes(by, view.pk)]
        found.append((work.candidates, work.differences, work.reviews, changes))
    everybody, mine = found
    assert everybody[0] == mine[0] + 1 and everybody[1] == mine[1] + 1 and everybody[2] == mine[2] + 1
    assert {HEAD, REFUGEE} <= set(everybody[3]) and HEAD in mine[3] and REFUGEE not in mine[3]


def test_what_was_sent_is_listed_for_the_own_area(mixed: City) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange
    from django.db.models.functions import Now

    from kokuho.core import territory
    from kokuho.desks.people.models import Protection
    from kokuho.exchange import registry
    from kokuho.exchange.models import OutboxFile, ReleaseRule
    from kokuho.exchange.models.registry import subject
    from kokuho.exchange.queries import addressees
    from kokuho.exchange.queries.outbox import flags_unsent

    line = registry.proposal()["rules"][0]
    rule = ReleaseRule.objects.create(
        **line, subject_no=subject("rule", line["system"], line["layout"]), approval_no="1", approved_on=date(2020, 3, 1), recorded_by="x",
        origin="x", valid=DateRange(date(2020, 4, 1), None),
    )  # fmt: skip
    for sequence, (system, layout) in enumerate((("shuyaku", "shuyaku-person"), ("togoatena", "togoatena")), start=90):
        file = OutboxFile.objects.create(
            system=system, layout=layout, rule=rule, sequence=sequence, business_date=DAY, prepared_by="a", file_name=f"{sequence}.csv",
            state=OutboxFile.PREPARED, title="試験", sha256=f"{sequence:064d}", content_sha256=f"{sequence:064d}", size=1, known_at=Now(),
            record_count=2, person_count=2, counts={},
        )  # fmt: skip
        for state, changes in ((OutboxFile.RELEASED, {"released_by": "b"}), (OutboxFile.HANDED, {"handed_by": "c"})):
            OutboxFile.objects.filter(pk=file.pk).update(state=state, **changes)
        for record, number in enumerate((HEAD, REFUGEE), start=1):
            file.records.create(record=record, atena_no=number, digest=b"\0" * 32, protected=False, update="1")
    for number in (HEAD, REFUGEE):
        Protection.objects.create(
            atena_no=number, valid=Protection.objects.latest("pk").valid, until=date(2027, 4, 30), recorded_by="x", origin="x"
        )
    found = []
    for on in (False, True):
        limited(on)
        by = actor("exchange.read")
        with territory.acting(by):
            found.append((flags_unsent(by), sorted(row[0] for row in addressees.unanswered(by, on=DAY)), addressees._waiting("togoatena")))
    assert found == [([HEAD, REFUGEE], [HEAD, REFUGEE], 2), ([HEAD], [HEAD], 1)]


@pytest.mark.proof
@pytest.mark.parametrize("staff_no", ["shikaku", "fuka", "hogo"])
def test_no_page_is_refused_because_of_its_rows(mixed: City, sign_in: Callable, staff_no: str) -> None:
    """Every page that somebody limited may open is opened: none names a person of another area, so none is turned away."""
    from kokuho.core.models import AuditRecord

    limited(True)
    opened = pages(mixed, sign_in(staff_no))
    assert len(opened) > 20
    assert list(AuditRecord.objects.filter(staff_no=staff_no, function="territory").values_list("persons", "detail")) == []
