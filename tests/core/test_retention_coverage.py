"""Every table and folder has a kind of record, and the statements of every kind reach the rows, their history and nothing held."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import kokuho
from kokuho.core.retention import rules

pytestmark = pytest.mark.db
LATER = date(2040, 4, 1)


def test_every_table_has_a_kind_of_record_or_a_reason(committed_db: str) -> None:
    from kokuho.core import dossier
    from kokuho.core.database import owner_address
    from kokuho.core.retention import targets

    with owner_address().connect() as owner:
        tables = [
            name if schema == "public" else f"{schema}.{name}"
            for schema, name in owner.execute("""
                SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')""").fetchall()
        ]
    histories = targets.histories()
    assert len(tables) > 130
    assert rules.uncovered(tables, histories) == []
    assert rules.uncovered([*tables, "people_newtable"], histories) == ["people_newtable"]
    # A table with a column of 宛名番号 is never "without persons", and no table is named that is not there.
    spared = set(rules.raw()["without_persons"])
    assert [t.name for t in dossier.tables() if t.name in spared] == []
    named = spared | set(rules.raw()["elsewhere"]["tables"])
    assert sorted(named - set(tables)) == []
    missing = {t.table for c in rules.categories().values() for t in c.targets} - set(tables)
    assert missing == {"arrears_case", "benefits_decision", "benefits_claim", "benefits_recovery", "exchange_inquiry"}


def test_every_folder_has_a_kind_of_record_or_a_reason() -> None:
    root = Path(next(iter(kokuho.__path__)))
    used = set()
    for path in root.rglob("*.py"):
        # The demonstration and the check installation have folders of their own, with people who do not exist.
        if path.name != "demo.py" and not path.name.startswith("bench") and "controls" not in path.parts:
            text = path.read_text("utf-8")
            used |= {name.partition("/")[0] for name in re.findall(r'config\.folder\(f?"([^"]+)"', text)}
            used |= set(re.findall(r'config\.home\(\) / "([a-z-]+)"', text))
    known = set(rules.raw()["folders_without_persons"]) | set(rules.raw()["elsewhere"]["folders"])
    for category in rules.categories().values():
        known |= set(category.folders) | set(re.findall(r"'([a-z]+)/'", category.files))
    assert used >= {"inbox", "outbox", "handover", "quarantine", "prints"}
    assert sorted(used - known) == []


@pytest.fixture
def staff(committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    from kokuho.core import config
    from kokuho.core.access import Actor, catalogue
    from kokuho.core.models import Municipality
    from kokuho.core.retention import orders

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    Municipality.objects.create(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")

    def actor(number: str, role: str) -> Actor:
        return Actor(number, number, "国保課", frozenset(catalogue()["roles"][role]["may"]), "test")

    people = SimpleNamespace(keeper=actor("k1", "records_keeper"), approver=actor("k2", "records_approver"))
    approval = orders.adopt(by=people.keeper, profile="001", reason="規程", review_on=date(2027, 3, 31))
    orders.decide_plan(by=people.approver, plan_id=int(approval.subject.split(":")[1]), approve=True)
    return people


def erase(staff: Any, category: str, on: date = LATER) -> Any:
    from kokuho.core.retention import orders

    order = orders.propose(by=staff.keeper, category=category, on=on)
    orders.decide(by=staff.approver, order_id=order.pk, approve=True)
    return orders.run(by=staff.keeper, order_id=order.pk, on=on)


def test_the_statements_of_every_kind_can_be_run(staff: Any) -> None:
    from django.db import connection

    from kokuho.core.database import owner_address
    from kokuho.core.retention import orders

    survey = {line.code: line for line in orders.survey(by=staff.keeper, on=LATER)}
    assert "表がまだない" not in survey["addressee"].waiting
    with owner_address().connect() as owner:
        told = owner.execute("SELECT relation, match FROM keep.target WHERE to_regclass(relation) IS NOT NULL").fetchall()
        for relation, match in told:
            owner.execute(f"SELECT count(*) FROM {relation} t JOIN core_erasureline l ON {match}")  # type: ignore[arg-type]
    assert {"core_entry", "core_entryevent", "people_memo", "eligibility_certificateholdingevent"} <= {name for name, _ in told}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM keep.days('application')")
        assert cursor.fetchone() == (0,)


def test_entries_go_by_the_day_of_their_decision_with_their_history_unless_open_or_held(staff: Any) -> None:
    from django.db import connection

    from kokuho.core.models import Entry
    from kokuho.core.retention import again, orders

    def entry(person: int, state: str) -> int:
        made = Entry.objects.create(kind="x", title="t", payload={}, persons=[person], reason="r", on=date(2026, 7, 1), entered_by="a")
        if state != "pending":
            Entry.objects.filter(pk=made.pk).update(state=state, decided_by="b", decided_at="2026-07-01T23:30:00+09:00")
        return made.pk

    gone, held, pending = entry(1, "confirmed"), entry(2, "confirmed"), entry(3, "pending")
    hold = orders.hold(by=staff.keeper, atena_no=2, kind="lawsuit", reason="訴訟", on=LATER)
    order = erase(staff, "application")
    assert order.erased["core_entry"] == 1 and order.erased["core_entryevent"] >= 2
    assert set(Entry.objects.values_list("pk", flat=True)) == {held, pending}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_entryevent WHERE pgh_obj_id = %s", (gone,))
        assert cursor.fetchone() == (0,)
    assert rules.categories()["application"].words(order.lines.get().atena_no) == "2026-07-01の記録"
    assert again.path_of(order.pk).exists()
    orders.lift(by=staff.keeper, hold_id=hold.pk, on=LATER)
    assert erase(staff, "application").erased["core_entry"] == 1
    assert Entry.objects.get().pk == pending


def test_what_another_kind_refers_to_stays_until_that_is_gone(staff: Any) -> None:
    from django.db import connection

    from kokuho.exchange.models import InboxError, InboxFile, WorkItem

    file = InboxFile.objects.create(
        neighbour="juki", layout="x", file_name="f.csv", sha256="0" * 64, size=1, sender="", created_at="2026-07-01T00:00:00Z",
        received_by="a", business_date=date(2026, 7, 1), state="applied", finished_at="2026-07-01T00:00:00Z",
    )  # fmt: skip
    InboxError.objects.create(file=file, code="F01", message="m")
    item = WorkItem.objects.create(file=file, code="J01", record=1, atena_no=5, message="m")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM keep.days('exchange_manifest')")
        assert cursor.fetchone() == (0,), "an open item of the file keeps it and its errors"
    WorkItem.objects.filter(pk=item.pk).update(state="done", decided_by="b", decided_at="2026-07-02T00:00:00Z", reason="済")
    erase(staff, "work_list")
    done = erase(staff, "exchange_manifest")
    assert (done.erased["exchange_inboxfile"], done.erased["exchange_inboxerror"]) == (1, 1)


def test_an_addressee_goes_when_nothing_needs_it_and_a_household_when_nobody_is_held(staff: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.models import ErasureRecord
    from kokuho.core.retention import orders
    from kokuho.desks.people.models import Contact, MailDestination, Memo, Person

    known = {"recorded_by": "t", "origin": "t"}
    since, left = date(2015, 4, 1), date(2018, 6, 30)
    for no, state, until in ((1, Person.MOVED_OUT, left), (2, Person.RESIDENT, None)):
        Person.objects.create(
            atena_no=no, household_no=70 + no, valid=DateRange(since, until), resident_kind="1", resident_state=state, name=f"試験{no}",
            search_name="", search_kana="", birth_date=date(1980, 5, 5), sex="1", relation="02", is_head=True, resident_since=since,
            resident_reason="01", address_since=since, left_on=until, **known,
        )  # fmt: skip
        Person.objects.filter(atena_no=no).update()
        MailDestination.objects.create(
            atena_no=no, valid=DateRange(since, None), business=0, name="送付先", postal_code="3320031", address="町", safe=False,
            reason="r", **known,
        )  # fmt: skip
        Contact.objects.create(atena_no=no, valid=DateRange(since, None), kind=1, value="0480000000", priority=1, **known)
        Memo.objects.create(household_no=70 + no, valid=DateRange(since, None), business=0, text="世帯のメモ", **known)
    survey = {line.code: line for line in orders.survey(by=staff.keeper, on=date(2060, 4, 1))}
    assert (survey["addressee"].subjects, survey["addressee"].waiting) == (1, {"住民登録中": 1})
    done = erase(staff, "addressee", date(2060, 4, 1))
    assert {k: v for k, v in done.erased.items() if v} == {"people_maildestination": 1, "people_contact": 1, "people_person": 1}
    assert set(MailDestination.objects.values_list("atena_no", flat=True)) == {2}
    hold = orders.hold(by=staff.keeper, atena_no=2, kind="audit", reason="監査", on=date(2050, 1, 1))
    order = orders.propose(by=staff.keeper, category="household_detail", on=date(2060, 4, 1))
    assert [line.atena_no for line in order.lines.all()] == [71], "household 72 is held by its member"
    assert hold and ErasureRecord.objects.count() == 1
