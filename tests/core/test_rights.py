"""Default deny in the program and in the database."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def register(number: str, *roles: str, on: date = DAY):  # type: ignore[no-untyped-def]
    from kokuho.core.actions.staff import register as make

    return make(
        staff_no=number, name=f"職員{number}", unit_code="01", unit_name="国保課", password="correct horse battery", roles=roles,
        applied_by="head", approved_by="chief", on=on, reason="試験",
    )  # fmt: skip


def test_a_right_holds_from_its_first_to_its_last_day(db: None) -> None:
    from kokuho.core.access import actor_for
    from kokuho.core.models import Grant

    register("u1", "assessment", on=date(2026, 4, 1))
    Grant.objects.filter(staff__staff_no="u1").update(valid_until=date(2026, 6, 30))
    assert actor_for("u1", on=date(2026, 6, 30), terminal="t").may("levy.run")
    assert not actor_for("u1", on=date(2026, 7, 1), terminal="t").may("levy.run")


def test_someone_without_roles_may_nothing(db: None) -> None:
    from kokuho.core.access import Refused, actor_for, catalogue
    from kokuho.core.models import AuditRecord

    register("u2")
    actor = actor_for("u2", on=DAY, terminal="t")
    for capability in catalogue()["capabilities"]:
        with pytest.raises(Refused):
            actor.require(capability)
    assert actor.capabilities == frozenset()
    assert not AuditRecord.objects.filter(staff_no="u2", result="ok").exists()


def test_unknown_and_departed_staff_are_refused(db: None) -> None:
    from kokuho.core.access import Refused, actor_for
    from kokuho.core.models import Staff

    register("gone", "assessment")
    Staff.objects.filter(staff_no="gone").update(valid_from=date(2026, 4, 1), valid_until=date(2026, 6, 30))
    for number in ("gone", "nobody"):
        with pytest.raises(Refused):
            actor_for(number, on=DAY, terminal="t")


def test_a_capability_that_does_not_exist_is_a_mistake_not_a_no(db: None) -> None:
    from kokuho.core.access import actor_for

    register("u3", "assessment")
    with pytest.raises(ValueError):
        actor_for("u3", on=DAY, terminal="t").may("levy.destroy")


def test_the_database_takes_a_right_only_with_its_approved_application(db: None) -> None:
    """RIGHTS-04 for whoever writes: the application's own role is refused too."""
    from django.db import IntegrityError, ProgrammingError, transaction

    from kokuho.core.clock import now
    from kokuho.core.models import Entry, Grant

    staff = register("u4", "collection")
    given = {"staff": staff, "role": "assessment", "valid_from": DAY, "valid_until": DAY, "reason": "x"}

    def refused(**more: object) -> None:
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            Grant.objects.create(**given, **more)

    def application(**more: object) -> Entry:
        values = {
            "kind": "rights.grant", "title": "申請", "on": DAY, "entered_by": "a", "state": "confirmed", "decided_by": "b",
            "decided_at": now(), "payload": {"staff_no": "u4", "roles": ["assessment"]}, **more,
        }  # fmt: skip
        return Entry.objects.create(**values)

    refused(applied_by="a", approved_by="b")
    refused(applied_by="a", approved_by="b", entry=application(state="pending", decided_by="", decided_at=None))
    refused(applied_by="a", approved_by="b", entry=application(payload={"staff_no": "u5", "roles": ["assessment"]}))
    refused(applied_by="a", approved_by="b", entry=application(payload={"staff_no": "u4", "roles": ["collection"]}))
    refused(applied_by="a", approved_by="u4", entry=application(decided_by="u4"))
    refused(applied_by="a", approved_by="a", entry=application())
    made = Grant.objects.create(**given, applied_by="a", approved_by="b", entry=application())
    for change in ({"valid_until": date(2027, 1, 1)}, {"role": "operation"}, {"approved_by": "c"}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            Grant.objects.filter(pk=made.pk).update(**change)
    assert Grant.objects.filter(staff=staff).update(valid_until=DAY) == 2, "a right may always be shortened"


def test_roles_that_exclude_each_other_are_not_given_to_one_person(db: None) -> None:
    with pytest.raises(ValueError, match="兼ね"):
        register("u9", "system_admin", "inspection")


def test_a_refusal_is_recorded_though_its_transaction_is_undone(committed_db: str) -> None:
    from django.db import transaction

    from kokuho.core.access import Refused, actor_for
    from kokuho.core.models import AuditRecord

    register("u5")
    actor = actor_for("u5", on=DAY, terminal="t")
    with pytest.raises(Refused), transaction.atomic():
        actor.require("levy.run")
    assert AuditRecord.objects.filter(staff_no="u5", operation="refuse", result="refused").count() == 1


def test_values_of_items_that_a_duty_does_not_need_are_absent_and_refused_by_name(db: None) -> None:
    from kokuho.core import dossier
    from kokuho.core.access import Unmapped, actor_for, item_of_table
    from kokuho.core.models import AuditRecord
    from kokuho.core.queries import values
    from kokuho.desks.assessment.models import Income

    unmapped = {entry.code for entry in dossier.tables() if item_of_table(entry.code) is None}
    assert unmapped == {"core.entry", "core.entryevent", "core.auditrecord"}, "purposes.yaml: say of which item the table is"
    Income.objects.create(atena_no=11, fiscal_year=2026, decided_on=DAY, declaration="1", taxation="1", recorded_by="x", origin="x")
    for number, role, seen in (("k1", "assessment", True), ("k2", "collection", False), ("k3", "inspection", True)):
        register(number, role)
        by = actor_for(number, on=DAY, terminal="t", purpose="")
        assert ("assessment.income" in {entry.code for entry, _ in values.person_tables(by, 11)}) is seen
        if seen:
            assert values.person_values(by, 11, "assessment.income", protected=False)[1]
        else:
            with pytest.raises(Unmapped):
                values.person_values(by, 11, "assessment.income", protected=False)
            assert AuditRecord.objects.get(staff_no=number, result="refused").detail["item"] == "income"


IMMUTABLE = ["assessment_decision", "collection_posting", "core_auditrecord", "eligibility_eligibilitychange"]


@pytest.mark.parametrize("table", IMMUTABLE)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_role_cannot_change_acts(database_name: str, table: str, statement: str) -> None:
    from kokuho.core.database import app_address

    with app_address().connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.format(table))


def test_of_a_fact_only_the_end_of_belief_can_be_set(database_name: str) -> None:
    from kokuho.core.database import app_address

    with app_address().connect() as connection:
        connection.execute("UPDATE people_person SET superseded_at = now() WHERE false")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE people_person SET name = 'x' WHERE false")


@pytest.mark.parametrize("statement", ["SELECT * FROM vault.my_number", "SELECT * FROM vault.data_key"])
def test_the_application_role_does_not_see_the_vault(database_name: str, statement: str) -> None:
    from kokuho.core.database import app_address

    with app_address().connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_application_role_changes_no_table_definition(database_name: str) -> None:
    from kokuho.core.database import app_address

    with app_address().connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE evil (id int)")
