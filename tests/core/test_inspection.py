"""Looking into the operation record: trace, samples, inspections, and the rules that mark use worth a look."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.db
WEDNESDAY = date(2026, 7, 1)
ROW = {
    "staff_name": "", "unit": "国保課", "terminal": "t1", "session": "s", "duty": "資格", "function": "people.person",
    "operation": "view", "result": "ok", "reason": "", "detail": {},
}  # fmt: skip


def actor(number: str = "au", *capabilities: str):  # type: ignore[no-untyped-def]
    from kokuho.core.access import Actor

    return Actor(number, number, "監査室", frozenset(capabilities or ("audit.read", "audit.inspect")), "t9", "s", "監査")


def put(rows: Iterable[dict[str, Any]]) -> None:
    """Records of past days."""
    from kokuho.core.models import AuditRecord

    AuditRecord.objects.bulk_create(
        (AuditRecord(**{**ROW, "row_count": len(row["persons"]), **row}) for row in rows), batch_size=5000
    )


@pytest.fixture
def past(committed_db: str) -> Callable[[Iterable[dict[str, Any]]], None]:
    """`past(rows)` with `at`, `staff_no`, `persons` and what differs from an ordinary view."""
    from kokuho.core.database import owner_address

    def write(rows: Iterable[dict[str, Any]]) -> None:
        # The time of a record is the database's own: only who may change the table can put records into the past.
        with owner_address().connect(autocommit=True) as owner:
            owner.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER kokuho_guard_clock")
        put(rows)
        with owner_address().connect(autocommit=True) as owner:
            owner.execute("ALTER TABLE core_auditrecord ENABLE TRIGGER kokuho_guard_clock")

    return write


def at(hour: int, minute: int = 0, second: int = 0, on: date = WEDNESDAY) -> datetime:
    from kokuho.core.clock import JAPAN

    return datetime.combine(on, time(hour, minute, second), JAPAN)


def looks(staff: str, *persons: int, when: datetime | None = None, **other: Any) -> dict[str, Any]:
    return {"at": when or at(10), "staff_no": staff, "persons": list(persons), **other}


def test_who_saw_this_resident_and_what_did_this_user_do(past: Callable[..., None]) -> None:
    from kokuho.core.inspection import Criteria, trace
    from kokuho.core.models import AuditRecord

    june = WEDNESDAY - timedelta(days=20)
    past([
        looks("u1", 1, 2, operation="search", terminal="t2"), looks("u1", 1), looks("u2", 1, when=at(9, on=june)), looks("u2", 3),
    ])  # fmt: skip
    who = trace(actor(), Criteria(atena_no=1, since=WEDNESDAY, until=WEDNESDAY))
    assert [(r.staff_no, r.operation) for r in who.records] == [("u1", "search"), ("u1", "view")]
    assert (who.total, who.persons) == (2, (1, 2))
    assert [r.staff_no for r in trace(actor(), Criteria(atena_no=1, since=june)).records] == ["u2", "u1", "u1"]
    what = trace(actor(), Criteria(staff_no="u1", terminal="t2", function="people."))
    assert [(r.persons, r.at) for r in what.records] == [([1, 2], at(10))]
    own = AuditRecord.objects.filter(function="audit.trace").order_by("pk")
    assert own[0].detail == {"criteria": {"atena_no": 1, "since": "2026-07-01", "until": "2026-07-01"}}
    assert own.count() == 3


def test_the_persons_affected_are_counted_once(past: Callable[..., None]) -> None:
    from kokuho.core.inspection import Criteria, trace

    past(looks("u1", n % 37 + 1, when=at(11, n % 60)) for n in range(80))
    found = trace(actor(), Criteria(staff_no="u1", since=WEDNESDAY, until=WEDNESDAY), limit=10)
    assert (len(found.records), found.total, len(found.persons)) == (10, 80, 37)


def test_writes_are_part_of_what_a_user_did(committed_db: str) -> None:
    from kokuho.core import writing
    from kokuho.core.inspection import Criteria, trace
    from kokuho.core.models import Unit

    with writing.acting(actor("u7"), "office.unit"):
        Unit.objects.create(code="1", name="1")
    assert [(w.table_name, w.row_count) for w in trace(actor(), Criteria(staff_no="u7")).writes] == [("public.core_unit", 1)]


def test_only_the_inspecting_role_reads_the_record(committed_db: str) -> None:
    from kokuho.core import analysis, inspection
    from kokuho.core.access import Refused
    from kokuho.core.models import AuditRecord

    clerk = actor("cl", "person.read")
    tries: list[Callable[[], Any]] = [
        lambda: inspection.trace(clerk, inspection.Criteria(atena_no=1)),
        lambda: inspection.sample(clerk, since=WEDNESDAY, until=WEDNESDAY, size=1),
        lambda: inspection.schedule(clerk, on=WEDNESDAY),
        lambda: inspection.inspections(clerk, since=WEDNESDAY, until=WEDNESDAY),
        lambda: inspection.marks(clerk),
        lambda: inspection.dispose(by=clerk, mark_id=1, outcome="explained", reason="x"),
        lambda: analysis.analyse(by=clerk, on=WEDNESDAY, households=lambda staff, on: {}),
    ]
    for attempt in tries:
        with pytest.raises(Refused):
            attempt()
    assert AuditRecord.objects.filter(staff_no="cl", result="refused").count() == len(tries)


def test_a_sample_for_matching_with_paper_names_the_case(past: Callable[..., None]) -> None:
    from kokuho.core.inspection import InspectionError, sample

    past(looks("u1", n + 1, detail={"case": n} if n % 2 else {}) for n in range(200))
    seed, drawn = sample(actor(), since=WEDNESDAY, until=WEDNESDAY, size=50)
    assert len(drawn) == 50
    assert all(d.case == (f"case:{d.record.detail['case']}" if d.record.detail else "") for d in drawn)
    again = sample(actor(), since=WEDNESDAY, until=WEDNESDAY, size=50, seed=seed)[1]
    assert [d.record.pk for d in again] == [d.record.pk for d in drawn]
    with pytest.raises(InspectionError):
        sample(actor(), since=WEDNESDAY, until=WEDNESDAY, size=0)


def inspect(on: date, **changes: Any) -> Any:
    from kokuho.core import inspection

    values = {"period_from": on - timedelta(days=30), "period_until": on, "sample_size": 50, "matched": 50, "findings": "異常なし"}
    return inspection.inspect(by=actor(), on=on, **{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"findings": "　 "}, "LOG-06-FINDINGS"), ({"sample_size": 0, "matched": 0}, "LOG-06-SAMPLE"),
     ({"matched": 51}, "LOG-06-MATCHED"), ({"matched": 49}, "LOG-06-FOLLOW-UP"),
     ({"period_from": date(2026, 7, 2)}, "LOG-06-PERIOD")],
)  # fmt: skip
def test_an_inspection_needs_a_sample_findings_and_a_follow_up(db: None, changes: dict[str, Any], code: str) -> None:
    from kokuho.core.inspection import InspectionError

    with pytest.raises(InspectionError) as refused:
        inspect(WEDNESDAY, **changes)
    assert refused.value.code == code


def test_the_database_refuses_an_inspection_without_findings(db: None) -> None:
    from django.db import IntegrityError

    from kokuho.core.models import Inspection

    with pytest.raises(IntegrityError):
        Inspection.objects.create(period_from=WEDNESDAY, period_until=WEDNESDAY, inspected_on=WEDNESDAY, inspected_by="au",
                                  sample_size=1, matched=1, findings=" ")  # fmt: skip


def test_an_inspection_is_overdue_a_month_later(db: None) -> None:
    from kokuho.core import inspection

    inspect(date(2026, 1, 31))
    assert inspection.schedule(actor(), on=date(2026, 2, 28)).due_on == date(2026, 2, 28)
    assert not inspection.schedule(actor(), on=date(2026, 2, 28)).overdue
    assert inspection.schedule(actor(), on=date(2026, 1, 31) + timedelta(days=32)).overdue


def test_the_report_of_a_year_lists_twelve_inspections(db: None) -> None:
    from kokuho.core import inspection

    for month in range(12):
        inspect(date(2026 + (month + 3) // 12, (month + 3) % 12 + 1, 25))
    listed = inspection.inspections(actor(), since=date(2026, 4, 1), until=date(2027, 3, 31))
    assert len(listed) == 12


def normal_day(events: int) -> list[dict[str, Any]]:
    """Twenty clerks at the counter in working hours: searches and views, most for a case, a few mistyped rights."""
    chance = random.Random(7)
    rows = []
    for n in range(events):
        when = at(8, 30) + timedelta(seconds=n * 8.5 * 3600 / events)
        staff = f"n{chance.randrange(20)}"
        person = chance.randrange(1000, 200_000)
        kind = chance.random()
        if kind < 0.2:
            rows.append(looks(staff, person, when=when, operation="search", function="people.search"))
        elif kind < 0.9:
            rows.append(looks(staff, person, when=when, detail={"case": n} if chance.random() < 0.9 else {}))
        elif kind < 0.999:
            rows.append(looks(staff, person, when=when, operation="update", function="people.mail"))
        else:
            rows.append(looks(staff, when=when, operation="refuse", result="refused"))
    return rows


def suspicious() -> dict[str, list[dict[str, Any]]]:
    """One example of each rule, each by somebody of whom nothing else is known."""
    case = {"case": 1}
    return {
        "own_record": [looks("x1", 11, detail=case)],
        "own_household": [looks("x2", 22, detail=case)],
        "colleagues": [looks("x3", 41, detail=case)],
        "off_hours": [looks("x4", 900, when=at(22, 15), detail=case)],
        "many_persons": [looks("x5", n, when=at(10, n % 60), detail=case) for n in range(5000, 5160)],
        "mass_search": [looks("x6", 6000 + n, when=at(13, n // 10, n % 10), operation="search") for n in range(45)],
        "without_case": [looks("x7", n, when=at(10 + n % 6)) for n in range(7000, 7160)],
        "number_reveals": [looks("x8", 8000 + n, function="mynumber.reveal", detail=case) for n in range(25)],
        "number_rate": [looks("x13", operation="refuse", result="refused", function="mynumber.search", detail={"why": "rate"})],
        "exports": [looks("x9", operation="export", function="extract.run")],
        "protected_persons": [looks("x10", 77, operation="open", function="people.protected", reason="窓口で本人確認済み")],
        "contractors": [looks("x11", 78, duty="委託", detail=case)],
        "refusals": [looks("x12", operation="refuse", result="refused", when=at(14, n)) for n in range(6)],
    }


@pytest.mark.city
def test_each_rule_marks_its_example_in_a_day_of_ten_thousand_events(past: Callable[..., None], office: Callable[..., Any]) -> None:
    from kokuho.core import analysis, journal
    from kokuho.core.models import AuditMark, Staff, StaffResident, Unit

    examples = suspicious()
    past(row for rows in (*examples.values(), normal_day(10_000)) for row in rows)
    # Some weeks before, everybody but x5 had about as many persons a day.
    yesterday = WEDNESDAY - timedelta(days=7)
    past(looks(f"n{n % 20}", 1000 + n, when=at(10, on=yesterday)) for n in range(3000))
    past(looks("x7", n, when=at(10, on=yesterday)) for n in range(300))
    past(looks("x5", n, when=at(10, on=yesterday)) for n in range(20))
    unit = Unit.objects.create(code="01", name="国保課")
    for number, atena in (("x1", 11), ("x2", 21), ("x3", 31), ("n1", 41)):
        staff = Staff.objects.create(
            staff_no=number, person_no=number, name=number, unit=unit, valid_from=WEDNESDAY, valid_until=WEDNESDAY, password="!"
        )
        StaffResident.objects.create(staff=staff, atena_no=atena)

    def households(atena_nos: Iterable[int], on: date) -> dict[int, frozenset[int]]:
        assert (sorted(atena_nos), on) == ([11, 21, 31, 41], WEDNESDAY)
        return {11: frozenset({11}), 21: frozenset({21, 22}), 31: frozenset({31}), 41: frozenset({41})}

    made = analysis.analyse(by=actor(), on=WEDNESDAY, households=households)
    assert set(examples) == set(analysis.RULES) == set(journal.settings()["rules"])
    marked = {(mark.rule, mark.staff_no) for mark in made}
    expected = {(rule, rows[0]["staff_no"]) for rule, rows in examples.items()}
    assert expected <= marked
    false = [mark for mark in marked - expected if mark[1].startswith("n")]
    assert len(false) <= journal.settings()["analysis"]["false_marks_per_1000"] * 10, Counter(false)
    assert marked - expected == set(false)
    by_rule = {mark.rule: mark for mark in made if (mark.rule, mark.staff_no) in expected}
    assert (by_rule["many_persons"].figure, by_rule["mass_search"].figure, by_rule["refusals"].figure) == (160, 45, 6)
    assert analysis.analyse(by=actor(), on=WEDNESDAY, households=households) == []
    assert AuditMark.objects.count() == len(made)


def test_use_on_a_closed_day_is_off_hours_but_a_worker_and_a_timeout_are_not(past: Callable[..., None]) -> None:
    from kokuho.core import analysis

    sunday = date(2026, 7, 5)
    past([
        looks("u1", 1, when=at(10, on=sunday)), looks("u2", 1, when=at(3, on=sunday), terminal="worker"),
        looks("u3", when=at(23, on=sunday), operation="logout"),
    ])  # fmt: skip
    made = analysis.analyse(by=actor(), on=sunday, households=lambda staff, on: {})
    assert [(mark.rule, mark.staff_no) for mark in made] == [("off_hours", "u1")]


def test_a_day_that_is_not_over_is_not_analysed(db: None) -> None:
    from kokuho.core import analysis, seals

    with pytest.raises(analysis.AnalysisError):
        analysis.analyse(by=actor(), on=seals.today(), households=lambda staff, on: {})


def test_a_mark_is_decided_by_another_person_and_escalated_when_nobody_does(db: None) -> None:
    from kokuho.core import inspection
    from kokuho.core.inspection import InspectionError
    from kokuho.core.models import AuditMark

    mark = AuditMark.objects.create(day=WEDNESDAY, rule="off_hours", staff_no="u1", records=[1], figure=1)
    assert inspection.schedule(actor(), on=WEDNESDAY + timedelta(days=14)).escalated == ()
    assert inspection.schedule(actor(), on=WEDNESDAY + timedelta(days=15)).escalated == (mark,)

    def decide(number: str, outcome: str = "explained", reason: str = "時間外勤務の命令あり") -> None:
        inspection.dispose(by=actor(number, "audit.inspect"), mark_id=mark.pk, outcome=outcome, reason=reason)

    for code, arguments in (("LOG-07-REASON", ("au", "explained", " ")), ("LOG-07-REASON", ("au", "whatever"))):
        with pytest.raises(InspectionError) as refused:
            decide(*arguments)
        assert refused.value.code == code
    decide("au")
    with pytest.raises(InspectionError) as refused:
        decide("au")
    assert refused.value.code == "LOG-07-DONE"
    state = inspection.schedule(actor(), on=WEDNESDAY + timedelta(days=15))
    assert (state.escalated, state.open_marks) == ((), 0)


def test_nobody_decides_about_the_own_mark(committed_db: str) -> None:
    from kokuho.core import inspection
    from kokuho.core.models import AuditMark, AuditRecord

    mark = AuditMark.objects.create(day=WEDNESDAY, rule="off_hours", staff_no="u1", records=[1], figure=1)
    with pytest.raises(inspection.InspectionError) as refused:
        inspection.dispose(by=actor("u1", "audit.inspect"), mark_id=mark.pk, outcome="explained", reason="命令あり")
    assert refused.value.code == "LOG-07-SELF"
    assert AuditRecord.objects.filter(function="audit.dispose", result="refused").count() == 1
