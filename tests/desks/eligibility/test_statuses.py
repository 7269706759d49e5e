"""Statuses by period: periods come from the law, a second person confirms, nothing is overwritten (SHI-07, 13–17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def enter(
    desk: Any, kind: str, no: int = 1, operation: str = "add", status: Any = None, reason: str = "", **values: str
):  # type: ignore[no-untyped-def]
    from kokuho.desks.eligibility.actions.statuses import propose_status

    return propose_status(
        by=desk.clerk, on=DAY, kind=kind, operation=operation, atena_no=no, values={"basis": "document", **values},
        status_id=status.pk if status else None, reason=reason, evidence={"four": {"by_eye": True}},
    )  # fmt: skip


def confirmed(desk: Any, *args: Any, **values: Any):  # type: ignore[no-untyped-def]
    from kokuho.core.actions import entries
    from kokuho.desks.eligibility.models import BELIEVED, Status

    entry = enter(desk, *args, **values)
    entries.confirm(by=desk.second, on=DAY, entry_id=entry.pk)
    return Status.objects.filter(BELIEVED, origin=f"entry:{entry.pk}").first()


def refused(desk: Any, error_code: str, *args: Any, **values: Any) -> None:
    from kokuho.desks.eligibility.statuses import StatusError

    with pytest.raises(StatusError) as error:
        enter(desk, *args, **values)
    assert error.value.code == error_code, error.value


def test_unemployment_runs_from_the_day_after_leaving_to_the_end_of_the_next_fiscal_year(
    desk: Any, person: Callable
) -> None:
    """離職 2026-03-31: the next day lies in fiscal 2026, so the period ends on 31 March 2028 (令29条の7の2)."""
    from kokuho.core import entries as kinds
    from kokuho.core.actions import entries
    from kokuho.core.actions.entries import EntryError
    from kokuho.desks.eligibility.models import EligibilityChange, Status

    person(1, 10, date(1980, 5, 5), head=True)
    entry = enter(desk, "involuntary_unemployment", left_on="2026-03-31", code="11", notified_on="2026-06-30")
    assert not Status.objects.exists()
    shown = {line.label: line for line in kinds.kind_of(entry.kind).lines(desk.second, DAY, entry)}
    assert shown["期間"].after == "令和8年4月1日 〜 令和10年3月31日"
    assert shown["賦課への影響"].after == "令和8年度"
    with pytest.raises(EntryError, match="別の職員"):
        entries.confirm(by=desk.clerk, on=DAY, entry_id=entry.pk)
    entries.confirm(by=desk.second, on=DAY, entry_id=entry.pk)
    held = Status.objects.get()
    assert (held.valid.lower, held.valid.upper) == (date(2026, 4, 1), date(2028, 4, 1))
    assert held.detail["benefit_until"] == "2028-07-31" and held.recorded_by == "c2"
    change = EligibilityChange.objects.get(kind__startswith="status:")
    assert (change.kind, change.affected.lower, change.affected.upper) == (
        "status:involuntary_unemployment", date(2026, 4, 1), date(2028, 4, 1),
    )  # fmt: skip


def test_what_the_law_does_not_give_is_refused_with_its_reason(desk: Any, person: Callable) -> None:
    person(1, 10, date(1980, 5, 5), head=True)
    person(2, 10, date(1961, 3, 31))  # reaches 65 on 30 March 2026
    person(3, 10, date(2000, 1, 1), insured_from=None)
    refused(desk, "STA06", "involuntary_unemployment", left_on="2026-03-31", code="40")
    refused(desk, "STA06", "involuntary_unemployment", 2, left_on="2026-03-31", code="11")
    refused(desk, "STA04", "involuntary_unemployment", 3, left_on="2026-03-31", code="11")
    refused(desk, "STA05", "involuntary_unemployment", left_on="2026-07-02", code="11")
    refused(desk, "STA01", "involuntary_unemployment", code="11")
    refused(desk, "STA07", "maternity", expected_on="2027-02-01")  # six months before: from 1 August
    refused(desk, "STA08", "maternity", actual_on="2026-06-01", pregnancy_days="84")
    refused(
        desk,
        "STA10",
        "former_dependent",
        supporter_moved_on="2020-03-31",
        scheme="association",
        dependent_until="2020-03-31",
    )
    refused(
        desk,
        "STA11",
        "former_dependent",
        supporter_moved_on="2020-03-31",
        scheme="employees",
        dependent_until="2020-03-31",
    )
    refused(
        desk,
        "STA15",
        "special_address",
        facility_kind="group_home",
        facility="家",
        municipality="131016",
        entered_on="2026-05-01",
    )
    refused(desk, "STA17", "student", school="大学", since="2026-04-01", in_school="1", notified_on="2026-04-01")
    refused(desk, "STA25", "retired", since="2010-04-01", ended_on="2012-04-01", role="self")


def test_a_correction_supersedes_and_a_cancellation_leaves_only_history(desk: Any, person: Callable) -> None:
    from kokuho.desks.eligibility import queries
    from kokuho.desks.eligibility.models import BELIEVED, EligibilityChange, Status

    person(1, 10, date(1995, 5, 5), head=True)
    first = confirmed(desk, "maternity", expected_on="2026-08-20")
    assert (first.valid.lower, first.valid.upper) == (date(2026, 7, 1), date(2026, 11, 1))  # 7月〜10月
    refused(desk, "STA24", "maternity", expected_on="2026-09-20")
    twins = confirmed(
        desk,
        "maternity",
        operation="correct",
        status=first,
        reason="多胎と分かった",
        expected_on="2026-08-20",
        multiple="1",
    )
    assert (twins.valid.lower, twins.valid.upper) == (date(2026, 5, 1), date(2026, 11, 1))
    # Only the months that differ are told to the levy.
    assert EligibilityChange.objects.order_by("-pk")[0].affected.lower == date(2026, 5, 1)
    assert EligibilityChange.objects.order_by("-pk")[0].affected.upper == date(2026, 7, 1)
    refused(desk, "STA23", "maternity", operation="cancel", status=first, reason="誤り")
    refused(desk, "STA21", "maternity", operation="cancel", status=twins)
    confirmed(desk, "maternity", operation="cancel", status=twins, reason="別の人の届出だった")
    assert not Status.objects.filter(BELIEVED).exists() and Status.objects.count() == 2
    history = queries.status(desk.clerk, twins.pk, on=DAY).versions
    assert [version.current for version in history] == [False, False]
    assert [version.period for version in history] == [
        "令和8年5月1日 〜 令和8年10月31日",
        "令和8年7月1日 〜 令和8年10月31日",
    ]


def test_special_address_goes_back_to_the_first_municipality_through_any_chain(desk: Any, person: Callable) -> None:
    """法116条の2②: from 川口 to a hospital elsewhere and on to a care home stays 川口's; from 千代田区 it never was."""
    person(1, 10, date(1950, 5, 5), head=True)
    person(2, 10, date(1950, 5, 5))
    ours = confirmed(
        desk, "special_address", facility_kind="care_facility", facility="緑苑", municipality="131041", entered_on="2026-05-01",
        between_municipality="131016", between_on="2026-01-10", between_kind="hospital", planned_end="2026-12-31",
    )  # fmt: skip
    assert ours.valid.upper is None and ours.review_on == date(2026, 12, 31)
    refused(
        desk, "STA16", "special_address", 2, facility_kind="care_facility", facility="緑苑", municipality="131041",
        entered_on="2026-05-01", first_municipality="131016",
    )  # fmt: skip


def test_a_municipality_of_special_address_stands_in_the_table_on_its_day(desk: Any, person: Callable) -> None:
    from kokuho.core import entries as kinds
    from kokuho.desks.people.actions.masters import take_municipalities

    person(1, 10, date(1950, 5, 5), head=True)
    take_municipalities(by=replace(desk.clerk, capabilities=desk.clerk.capabilities | {"master.change"}), on=DAY)
    care = {"facility_kind": "care_facility", "facility": "緑苑", "entered_on": "2026-05-01"}
    refused(desk, "STA26", "special_address", municipality="999997", **care)
    refused(desk, "STA26", "special_address", municipality="131041", first_municipality="999997", **care)
    entry = enter(desk, "special_address", municipality="131041", **care)
    shown = {line.label: line for line in kinds.kind_of(entry.kind).lines(desk.second, DAY, entry)}
    assert shown["施設の所在地の市区町村"].after == "東京都新宿区（131041）"


def test_a_student_is_renewed_every_march_and_near_deadlines_are_listed(desk: Any, person: Callable) -> None:
    from django.http import QueryDict

    from kokuho.desks.eligibility import queries

    person(1, 10, date(2006, 5, 5), head=True)
    held = confirmed(
        desk, "student", school="大学", since="2026-04-01", in_school="1", supported="1", notified_on="2026-03-25"
    )
    assert held.valid.upper is None and held.review_on == date(2027, 3, 31)
    counts = [queries.work_counts(desk.clerk, on=day) for day in (DAY, date(2027, 2, 1), date(2027, 4, 1))]
    assert [(count.late, count.reviews) for count in counts] == [(0, 0), (0, 1), (1, 1)]
    late = queries.statuses(desk.clerk, QueryDict("stand=due&kind=student"), on=date(2027, 4, 1))
    assert [row.status.pk for row in late.rows] == [held.pk] and late.rows[0].due
    assert not queries.statuses(desk.clerk, QueryDict("stand=due"), on=DAY).rows


def test_former_dependants_keep_the_months_of_their_first_municipality(desk: Any, person: Callable) -> None:
    """旧被扶養者異動連絡票: 24 months are counted from the original 取得日, not from moving in (SHI-08)."""
    person(1, 10, date(1955, 5, 5), head=True, insured_from=date(2026, 5, 1))
    held = confirmed(
        desk, "former_dependent", supporter_moved_on="2025-09-30", scheme="employees", dependent_until="2025-09-30",
        acquired_on="2025-10-01", basis="slip",
    )  # fmt: skip
    assert held.detail["per_capita_until"] == "2027-09-30" and held.valid.upper == date(2030, 5, 5)


def test_the_levy_takes_only_what_it_knows_and_levies_care_from_the_month_of_leaving(
    desk: Any, person: Callable
) -> None:
    """適用除外施設 15 May to 10 September: 介護分 April, then again from September; 生活保護 is no matter of the levy."""
    from django.db import connection

    from kokuho.desks.assessment.levy import facts, snapshot

    person(1, 10, date(1975, 5, 5), head=True)
    confirmed(
        desk, "care_exempt", facility_kind="support", facility="園", entered_on="2026-05-15", left_on="2026-09-10"
    )
    confirmed(desk, "welfare", started_on="2019-01-01", ended_on="2020-04-01")
    confirmed(
        desk, "student", school="大学", since="2026-04-01", in_school="1", supported="1", notified_on="2026-03-25"
    )
    snapshot.take(7, 2026, on=DAY)
    with connection.cursor() as cursor, cursor.copy(facts.READ % (7, 1, 9)) as lines:
        [levied] = list(facts.read(_lines(lines), 2026))
    special = levied.household.members[0].special
    assert special is not None and special.care == 0b111111100001


def _lines(copy: Any):  # type: ignore[no-untyped-def]
    rest = b""
    for block in copy:
        *whole, rest = (rest + bytes(block)).split(b"\n")
        yield from whole
