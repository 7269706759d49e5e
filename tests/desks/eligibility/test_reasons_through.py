"""Every reason of the counter from the entry over the second person into the tables, taken back, and corrected; the day before, the
day, the day after. The expected days are those of 国民健康保険法 7条・8条, written down here and computed nowhere.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from eligibilityfacts import DAY, actor, branches, draft, office, person, record

pytestmark = pytest.mark.db
ON, ONE = date(2026, 6, 10), timedelta(days=1)
# 喪失の事由 → days after the event of (喪失日, 適用終了日); None: the prefecture's qualification goes on.
LOSSES: dict[str, tuple[int | None, int]] = {
    "201": (1, 1), "202": (1, 1), "203": (None, 1), "204": (1, 1), "205": (1, 1), "206": (1, 1), "207": (0, 0), "208": (1, 1),
    "209": (0, 0), "211": (1, 1), "212": (1, 1), "214": (1, 1), "215": (1, 1), "216": (1, 1),
}  # fmt: skip
# 取得の事由 → days after the event of 取得日 and 適用開始日.
_SAME_DAY = ("101", "102", "103", "104", "105", "106", "107", "109", "110", "111", "113", "114", "115", "116", "117", "119")
ACQUISITIONS = {**dict.fromkeys(_SAME_DAY, 0), "112": 1}


def notice(code: str, day: date, **more: Any) -> Any:
    from kokuho.desks.eligibility.notices.kinds import notice_reasons
    from kokuho.desks.eligibility.notices.payload import Notice

    entry = notice_reasons()[code]
    return Notice(
        household_no=10, persons=(1,), code=code, event_on=day, notified_on=None if entry.ex_officio else DAY,
        documents=(entry.documents[0][0],), four={1: "match"}, ex_officio=entry.ex_officio, **more,
    )  # fmt: skip


def through(asked: Any, *may: str) -> int:
    """Enter with one, confirm with another, both with these rights; the entry's number."""
    from kokuho.desks.eligibility.actions import notices

    identity = {"method": "my_number_card", "bringer": "self", "documents": []}
    entry = notices.propose_notice(by=actor("clerk", *may), on=DAY, notice=asked, reason="窓口", identity=identity if asked.code else None)
    from kokuho.desks.eligibility.notices.rehearsal import current_fingerprint

    notices.confirm_notice(by=actor("b", *may), on=DAY, entry_id=entry.pk, shown=current_fingerprint(asked, DAY))
    return int(entry.pk)


def undone(entry_id: int) -> Any:
    """The cancellation of what an entry wrote."""
    from kokuho.desks.eligibility.models import EligibilityEvent
    from kokuho.desks.eligibility.notices.payload import Notice

    numbers = tuple(EligibilityEvent.objects.filter(origin=f"entry:{entry_id}").values_list("pk", flat=True))
    return Notice(household_no=10, persons=(1,), cancels=numbers)


def rows() -> list[tuple[Any, ...]]:
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod

    found = InsuredPeriod.objects.filter(BELIEVED, atena_no=1).order_by("valid")
    return [(p.valid.lower, p.valid.upper, p.acquired_on, p.acquired_reason, p.lost_on, p.lost_reason) for p in found]


def insured(*days: date) -> list[bool]:
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod

    return [InsuredPeriod.objects.filter(BELIEVED, atena_no=1, valid__contains=day).exists() for day in days]


def around(day: date) -> list[bool]:
    return insured(day - ONE, day, day + ONE)


def told() -> int:
    """How many beliefs were ever held: none is lost."""
    from kokuho.desks.eligibility.models import InsuredPeriod

    return InsuredPeriod.objects.filter(atena_no=1).count()


@pytest.mark.parametrize("code", sorted(LOSSES))
def test_a_loss_from_the_counter_to_the_tables_and_back(db: None, code: str) -> None:
    office()
    person(1, 10, date(1958, 3, 3) if code == "211" else date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2020, 4, 1)), origin="file:1")
    before, held = rows(), told()
    lost, end = LOSSES[code]
    entry = through(notice(code, ON))
    first_day_out = ON + end * ONE
    gone = None if lost is None else ON + lost * ONE
    assert rows() == [(date(2020, 4, 1), first_day_out, date(2020, 4, 1), "101", gone, code)]
    assert around(first_day_out) == [True, False, False] and insured(ON) == [end == 1]
    through(undone(entry))
    assert rows() == before and insured(ON, ON + ONE) == [True, True] and told() == held + 2
    wrong = through(notice(code, ON))
    right = undone(wrong)
    through(replace(notice(code, ON - ONE), cancels=right.cancels))
    assert [(row[1], row[5]) for row in rows()] == [(first_day_out - ONE, code)] and around(first_day_out - ONE) == [True, False, False]


@pytest.mark.parametrize("code", sorted(ACQUISITIONS))
def test_an_acquisition_from_the_counter_to_the_tables_and_back(db: None, code: str) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import ElderlyPeriod

    office()
    person(1, 10, date(1958, 3, 3) if code == "112" else date(1980, 5, 5), head=True)
    if code == "112":
        ElderlyPeriod.objects.create(atena_no=1, valid=DateRange(date(2024, 1, 1), None), recorded_by="x", origin="file:1")
    day = ON + ACQUISITIONS[code] * ONE
    told_acquired = date(2019, 5, 1) if code == "103" else None
    entry = through(notice(code, ON, acquired_on=told_acquired))
    assert rows() == [(day, None, told_acquired or day, code, None, "")]
    assert around(day) == [False, True, True]
    through(undone(entry))
    assert rows() == [] and around(day) == [False, False, False] and told() == 1
    wrong = through(notice(code, ON, acquired_on=told_acquired))
    through(replace(notice(code, ON + ONE, acquired_on=told_acquired), cancels=undone(wrong).cancels))
    assert [row[0] for row in rows()] == [day + ONE] and around(day + ONE) == [False, True, True]


@pytest.mark.parametrize("code", ["118", "301", "302", "303", "304", "305", "307", "308", "309", "310", "311"])
def test_a_change_of_the_household_leaves_the_four_dates_alone(db: None, code: str) -> None:
    from kokuho.desks.eligibility.models import EligibilityEvent

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2020, 4, 1)), origin="file:1")
    before = rows()
    entry = through(notice(code, ON))
    assert rows() == before and EligibilityEvent.objects.filter(origin=f"entry:{entry}", code=code, event_on=ON).count() == 1
    through(undone(entry))
    assert rows() == before and around(ON) == [True, True, True]


def test_departure_and_arrival_on_one_day_leave_no_day_double_or_missing(db: None) -> None:
    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2020, 4, 1)), origin="file:1")
    entry = through(notice("201", ON, moved_in_elsewhere=ON))  # 法8条1項ただし書: the day itself
    assert [(row[1], row[4]) for row in rows()] == [(ON, ON)] and around(ON) == [True, False, False]
    through(undone(entry))
    through(notice("203", ON, moved_in_elsewhere=ON))  # 県内: the other municipality begins on this day
    assert [(row[1], row[4]) for row in rows()] == [(ON, None)]


def test_what_must_never_be_is_refused_with_its_code_and_changes_nothing(db: None) -> None:
    from kokuho.core.actions.entries import EntryError, confirm
    from kokuho.core.models import Entry
    from kokuho.desks.eligibility.actions import notices
    from kokuho.desks.eligibility.plan import NoticeError

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2020, 4, 1)), origin="file:1")
    before = rows()
    for asked, code in (
        (notice("204", date(2019, 1, 1)), "E05"),  # a loss before the acquisition
        (notice("104", ON), "E03"),  # insured already
        (notice("204", date(1970, 1, 1)), "E05"),  # before the birth
        (notice("204", date(2027, 1, 1)), "E08"),  # too far ahead
    ):
        with pytest.raises(NoticeError) as refused:
            through(asked)
        assert refused.value.code == code and rows() == before
    identity = {"method": "my_number_card", "bringer": "self", "documents": []}
    entry = notices.propose_notice(by=actor(), on=DAY, notice=notice("204", ON), reason="", identity=identity)
    with pytest.raises(NoticeError) as twice:
        notices.propose_notice(by=actor("b"), on=DAY, notice=notice("204", ON), reason="", identity=identity)
    assert twice.value.code == "E07"
    with pytest.raises(EntryError) as own:
        confirm(by=actor(), on=DAY, entry_id=entry.pk)
    assert own.value.code == "ENTRY-02" and rows() == before and Entry.objects.get(pk=entry.pk).state == Entry.PENDING


def test_a_birth_from_the_counter_to_the_tables_and_back(db: None) -> None:
    office()
    person(9, 10, date(1990, 5, 5), head=True)
    record(draft(9, "101", date(2020, 4, 1)), origin="file:1")
    person(1, 10, ON)
    entry = through(notice("108", ON))
    assert rows() == [(ON, None, ON, "108", None, "")] and around(ON) == [False, True, True]
    assert [row[1] for row in branches(1)] == ["02"]
    through(undone(entry))
    assert rows() == [] and told() == 1
    wrong = through(notice("104", ON))
    through(replace(notice("108", ON), cancels=undone(wrong).cancels))
    assert rows() == [(ON, None, ON, "108", None, "")], "another reason of the same day"


def test_reaching_75_entered_at_the_counter_moves_the_person_and_comes_back(db: None) -> None:
    from kokuho.desks.eligibility.models import BELIEVED, ElderlyPeriod, Status

    def elderly() -> list[date]:
        return [row.valid.lower for row in ElderlyPeriod.objects.filter(BELIEVED, atena_no=1)]

    def former() -> list[date]:
        return [row.valid.lower for row in Status.objects.filter(BELIEVED, atena_no=1, kind=Status.FORMER_INSURED)]

    office()
    person(1, 10, date(1951, 6, 10), head=True)
    person(2, 10, date(1955, 6, 10))
    record(draft(1, "101", date(2020, 4, 1)), draft(2, "101", date(2020, 4, 1)), origin="file:1")
    before = rows()
    entry = through(notice("210", ON))
    # 法6条8号・8条: lost on the day after the birthday, 後期 from the birthday on.
    assert [(row[1], row[4], row[5]) for row in rows()] == [(ON + ONE, ON + ONE, "210")] and around(ON + ONE) == [True, False, False]
    assert (elderly(), former()) == ([ON], [ON + ONE])
    through(undone(entry))
    assert (rows(), elderly(), former()) == (before, [], [])
    wrong = through(notice("208", ON))
    through(replace(notice("210", ON), cancels=undone(wrong).cancels))
    assert rows()[0][5] == "210" and former() == [ON + ONE], "no death: the birthday"


def test_a_loss_that_the_office_finds_out_goes_through_and_comes_back(db: None) -> None:
    from kokuho.desks.eligibility.plan import NoticeError

    office()
    person(1, 10, date(1980, 5, 5), head=True)
    record(draft(1, "101", date(2020, 4, 1)), origin="file:1")
    before, day = rows(), date(2026, 5, 10)
    found = {"notices_seen": 2, "other_continues": True, "informed_on": date(2026, 6, 1)}
    entry = through(notice("213", day, **found))
    assert [(row[1], row[4], row[5]) for row in rows()] == [(day + ONE, day + ONE, "213")] and around(day + ONE) == [True, False, False]
    through(undone(entry))
    assert rows() == before
    wrong = through(notice("213", day, **found))
    through(replace(notice("213", day - ONE, **found), cancels=undone(wrong).cancels))
    assert [(row[1], row[5]) for row in rows()] == [(day, "213")]
    right = rows()
    with pytest.raises(NoticeError) as early:  # 勧奨 must have been waited for, also when it corrects
        through(replace(notice("213", day, **{**found, "notices_seen": 1}), cancels=undone(wrong).cancels))
    assert early.value.code == "E16" and rows() == right


def test_the_head_of_the_insurance_is_recognised_taken_back_and_corrected(db: None) -> None:
    from kokuho.desks.eligibility.heads import heads
    from kokuho.desks.eligibility.models import BELIEVED, InsuranceHead

    def recognised() -> list[tuple[int, date]]:
        return [(row.atena_no, row.valid.lower) for row in InsuranceHead.objects.filter(BELIEVED, household_no=10)]

    office()
    person(9, 10, date(1975, 1, 1), head=True)  # not insured: 擬制世帯主
    person(1, 10, date(1980, 5, 5))
    record(draft(1, "101", date(2020, 4, 1)), origin="file:1")
    before, agreed = rows(), {"head": {"agrees": True, "no_arrears": True, "trusted": True}}
    entry = through(notice("306", ON, **agreed))
    assert (recognised(), rows()) == ([(1, ON)], before)
    assert [heads([10], day)[10] for day in (ON - ONE, ON)] == [9, 1]
    through(undone(entry))
    assert (recognised(), heads([10], ON)[10], rows()) == ([], 9, before)
    wrong = through(notice("306", ON, **agreed))
    through(replace(notice("306", ON + ONE, **agreed), cancels=undone(wrong).cancels))
    assert recognised() == [(1, ON + ONE)] and [heads([10], day)[10] for day in (ON, ON + ONE)] == [9, 1]


@pytest.mark.parametrize("code", ["118", "303", "304"])
def test_who_joins_a_household_is_numbered_and_judged_with_it(db: None, code: str) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import BELIEVED, BurdenJudgement

    def judged() -> list[tuple[date, date, int]]:
        found = BurdenJudgement.objects.filter(BELIEVED, household_no=10).order_by("valid")
        return [(row.valid.lower, row.valid.upper, row.seniors) for row in found]

    office()
    person(9, 10, date(1953, 3, 3), head=True)
    person(1, 20, date(1954, 4, 4), head=True, until=ON)
    record(draft(9, "101", date(2020, 4, 1)), draft(1, "101", date(2020, 4, 1), 20), origin="file:1")
    BurdenJudgement.objects.create(
        household_no=10, active=False, under_70="エ", over_70="一般", valid=DateRange(date(2025, 8, 1), date(2026, 8, 1)), year=2025,
        seniors=1, application_needed=False, base_total=0, undeclared=False, unknown=False, facts=[], cause="annual",
        cause_on=date(2025, 8, 1), judged_on=date(2025, 7, 1), recorded_by="x", origin="file:1",
    )  # fmt: skip
    person(1, 10, date(1954, 4, 4), since=ON)
    before, held = rows(), judged()
    may = ("eligibility.read", "eligibility.change", "eligibility.confirm", "person.read", "person.search", "levy.read", "burden.run")
    through(notice(code, ON), *may)
    # 施行令27条の2: those of 70 and more of a household together, from the first of the month after they came together.
    august, july = date(2026, 8, 1), date(2026, 7, 1)
    assert rows() == before and held == [(date(2025, 8, 1), august, 1)]
    assert judged() == [(date(2025, 8, 1), july, 1), (july, august, 2)]
    assert [(row[1], row[2]) for row in branches(1) if row[3] is None] == [("02", ON)]
