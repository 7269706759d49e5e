"""Every reason of the counter from the entry over the second person into the tables, taken back, and corrected; the day before, the
day, the day after. The expected days are those of 国民健康保険法 7条・8条, written down here and computed nowhere.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from eligibilityfacts import DAY, actor, draft, office, person, record

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


def through(asked: Any) -> int:
    """Enter with one, confirm with another; the entry's number."""
    from kokuho.desks.eligibility.actions import notices

    identity = {"method": "my_number_card", "bringer": "self", "documents": []}
    entry = notices.propose_notice(by=actor(), on=DAY, notice=asked, reason="窓口", identity=identity if asked.code else None)
    from kokuho.desks.eligibility.notices.rehearsal import current_fingerprint

    notices.confirm_notice(by=actor("b"), on=DAY, entry_id=entry.pk, shown=current_fingerprint(asked, DAY))
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
    from dataclasses import replace

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
    from dataclasses import replace

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
