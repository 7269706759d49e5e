"""IF-07-1, IF-10-1: the city's table of characters and its system of 住登外者 come through their doors and are believed from a day."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from neighbour_files import made

pytestmark = pytest.mark.db
DAY, LATER = date(2026, 7, 1), date(2026, 8, 1)


def deliver(staff: Any, layout: str, rows: list[dict[str, Any]], on: date = DAY) -> Any:
    from kokuho.exchange import doors

    return doors.receive(by=staff.operator, on=on, stream=io.BytesIO(made(layout, rows)), file_name=f"{layout}.csv")


def test_the_table_of_characters_is_replaced_whole_and_reduces_from_its_day(db: None, office: Any) -> None:
    from kokuho.desks.people.characters import reducer
    from kokuho.desks.people.models import CharacterRule
    from kokuho.exchange.models import WorkItem

    staff = office()
    takahashi, tsuchi = {"source": "9AD9", "kind": "1"}, {"source": "20BB7", "kind": "3"}
    strange = {"source": "ZZZZ", "target": "5409", "kind": "1"}
    file = deliver(staff, "kyotsu-characters", [{**takahashi, "target": "9AD8"}, {**tsuchi, "target": "5409"}, strange])
    assert (file.applied_count, file.counts) == (2, {"begun": 2, "changed": 0, "ended": 0})
    assert WorkItem.objects.get(file=file).code == "K20"
    found = reducer("jisx0208", DAY).reduce("\u9ad9\u6a4b\U00020bb7")
    assert found.text == "高橋吉" and [(c.original, c.rule) for c in found.changes] == [("\u9ad9", "縮退"), ("\U00020bb7", "異体字")]
    file = deliver(staff, "kyotsu-characters", [{**takahashi, "target": "5CF6"}], LATER)
    assert file.counts == {"begun": 0, "changed": 1, "ended": 1}
    assert reducer("jisx0208", DAY).reduce("\u9ad9").text == "高" and reducer("jisx0208", LATER).reduce("\u9ad9").text == "島"
    assert CharacterRule.objects.filter(superseded_at__isnull=True, valid__contains=LATER).count() == 1


def test_persons_outside_the_register_come_with_the_numbers_of_their_own_system(db: None, office: Any, town: Any) -> None:
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors
    from kokuho.exchange.models import WorkItem

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    resident = Person.objects.filter(resident_state="1").values_list("atena_no", flat=True).first()
    line = {
        "update": "1", "name": "相続　花子", "name_kana": "ソウゾク　ハナコ", "birth_date": "1970-05-00", "sex": "2",
        "postal_code": "1000001", "address": "東京都千代田区千代田1-1", "reason": "04", "registered_on": date(2026, 6, 1),
        "processed_at": "2026-07-01T06:00:00",
    }  # fmt: skip
    rows = [{**line, "atena_number": "700001"}, {**line, "atena_number": str(resident)}, {**line, "atena_number": "90000000005"},
            {**line, "atena_number": "700002", "update": "3"}]  # fmt: skip
    file = deliver(staff, "jutogai", rows)
    assert (file.applied_count, file.counts) == (1, {"new": 1, "changed": 0, "ended": 0, "joined": 0})
    assert sorted(WorkItem.objects.filter(file=file).values_list("code", flat=True)) == ["O01", "O02", "O03"]
    kept = Person.objects.get(atena_no=700001)
    assert (kept.resident_kind, kept.birth_date, kept.birth_date_as_given) == (Person.OUTSIDE, date(1970, 5, 1), "1970-05-00")
    moved = {**line, "atena_number": "700001", "update": "2", "address": "大阪府大阪市北区1-1", "registered_on": date(2026, 6, 20)}
    assert deliver(staff, "jutogai", [moved]).counts["changed"] == 1
    history = Person.objects.filter(atena_no=700001, superseded_at__isnull=True).order_by("valid")
    assert [(p.town[:2], p.valid.lower) for p in history] == [("東京", date(2026, 6, 1)), ("大阪", date(2026, 6, 20))]
    gone = {**moved, "update": "3", "registered_on": date(2026, 7, 1)}
    assert deliver(staff, "jutogai", [gone]).counts["ended"] == 1
    assert not Person.objects.filter(atena_no=700001, superseded_at__isnull=True, valid__contains=DAY).exists()


def asked(*persons: int) -> None:
    """A registration of these persons that was handed over."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.clock import now
    from kokuho.exchange.models import OutboxFile, OutboxRecord, ReleaseRule

    rule = ReleaseRule.objects.create(
        subject_no=7, system="togoatena", duty="d", layout="atena-register", kind="transfer", items=[], basis="b", purpose="p",
        frequency="f", approval_no="1", approved_on=DAY, protected="withhold", valid=DateRange(DAY, None), recorded_by="x", origin="x",
    )  # fmt: skip
    file = OutboxFile.objects.create(
        system="togoatena", layout="atena-register", rule=rule, sequence=1, title="t", file_name="asked.csv", sha256="a" * 64,
        content_sha256="a" * 64, size=1, record_count=len(persons), person_count=len(persons), business_date=DAY, known_at=now(),
        prepared_by="a", released_by="b", released_at=now(), state="handed",
    )  # fmt: skip
    OutboxRecord.objects.bulk_create(
        OutboxRecord(file=file, record=n, atena_no=person, digest=b"0" * 32, update="1") for n, person in enumerate(persons, 1)
    )


def test_integrated_numbers_are_kept_with_their_days_and_belong_to_one_person(db: None, office: Any, town: Any) -> None:
    from kokuho.core.access import Refused
    from kokuho.core.models import AuditRecord
    from kokuho.desks.people.models import IntegratedNumber, NumberDoubt, Person
    from kokuho.desks.people.queries import integrated_numbers
    from kokuho.exchange import doors
    from kokuho.exchange.models import OutboxFile, WorkItem

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    one, two, three = Person.objects.filter(resident_state="1").order_by("atena_no").values_list("atena_no", flat=True)[:3]
    asked(one, two)
    line = {"atena_number": str(one), "integrated_number": "000000000000123", "numbered_on": date(2016, 1, 1)}
    rows = [line, {**line, "atena_number": str(three), "integrated_number": "9"}, {**line, "atena_number": "999"}]
    file = deliver(staff, "atena-number", rows)
    assert (file.applied_count, file.counts) == (1, {"new": 1, "changed": 0, "ended": 0, "same": 0, "doubted": 0})
    assert sorted(WorkItem.objects.filter(file=file).values_list("code", flat=True)) == ["U01", "U05"]
    refusal = AuditRecord.objects.get(detail__type="INTEGRATED_UNASKED")
    assert (refusal.persons, refusal.result) == ([three], "refused")
    backwards = {**line, "atena_number": str(two), "integrated_number": "456", "abolished_on": date(2016, 1, 1)}
    assert WorkItem.objects.get(file=deliver(staff, "atena-number", [backwards])).code == "U03"

    # A second number of a person and the number of another person are linked to nobody and listed.
    second = deliver(staff, "atena-number", [{**line, "integrated_number": "789", "numbered_on": DAY}])
    assert (second.counts["doubted"], second.applied_count) == (1, 0)
    deliver(staff, "atena-number", [{**line, "atena_number": str(two)}])
    doubts = NumberDoubt.objects.order_by("code").values_list("atena_no", "code", "other_no", "offered", "kept")
    assert list(doubts) == [(one, "IN-CHANGED", None, "789", True), (two, "IN-SHARED", one, "000000000000123", False)]
    held = IntegratedNumber.objects.filter(superseded_at__isnull=True).order_by("atena_no", "valid")
    assert [(r.atena_no, r.number, r.valid.upper) for r in held] == [(one, "000000000000123", None)]

    # The number ends and another follows: no doubt.
    gone = {**line, "abolished_on": DAY}
    assert deliver(staff, "atena-number", [gone], LATER).counts["ended"] == 1
    assert deliver(staff, "atena-number", [{**line, "integrated_number": "790", "numbered_on": DAY}], LATER).counts["changed"] == 1
    assert [(r.number, r.valid.lower, r.valid.upper) for r in held.all()] == [
        ("000000000000123", date(2016, 1, 1), DAY), ("790", DAY, None)]  # fmt: skip
    assert OutboxFile.objects.get().state == "handed"
    deliver(staff, "atena-number", [{**line, "atena_number": str(two), "integrated_number": "55"}], LATER)
    sent = OutboxFile.objects.get()
    assert (sent.state, sent.accepted_count) == ("answered", 2)
    with pytest.raises(Refused):
        integrated_numbers(staff.operator, [one])
