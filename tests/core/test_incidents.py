"""OPS-05, LOG-09: the persons affected are found once each, the records of an open incident stay, deadlines run from knowledge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

DAY = date(2026, 7, 1)


def actor(number: str, *capabilities: str) -> Any:
    from kokuho.core.access import Actor

    return Actor(number, number, "情報課", frozenset(capabilities), "t1", "s", "安全管理")


def refused(call: Callable[[], Any]) -> str:
    from kokuho.core.coded import CodedError

    with pytest.raises(CodedError) as error:
        call()
    return error.value.code


@pytest.fixture
def leak(db: None) -> Any:
    """U-A views 37 persons and lets an extract of 200 (30 of them the same) be written to a medium that is lost."""
    from kokuho.core import audit, clock, incidents
    from kokuho.core.models import Extract, Medium, MediumLine

    clerk = actor("u-a")
    for person in range(1, 38):
        audit.record(clerk, function="person", operation="view", persons=[person])
    audit.record(actor("u-b"), function="person", operation="view", persons=[999])
    medium = Medium.objects.create(code="M-01", kind="usb", serial="1", place="p", keeper="k", reason="r", registered_on=DAY,
        registered_by="k")
    extract = Extract.objects.create(
        definition="insured", definition_hash="", purpose="p", legal_basis="l", items=[], recipient="r", form="csv", medium=medium,
        use_by=DAY,
        content_hash="", applied_by="u-c",
    )  # fmt: skip
    audit.record(actor("op"), function="extract.run", operation="export", persons=range(8, 208), detail={"extract": extract.pk})
    MediumLine.objects.create(
        medium=medium, kind="write", on=DAY, staff_no="op", extract=extract, due_on=DAY, sha256="0" * 64, row_count=200,
    )  # fmt: skip
    now = clock.now()
    security = actor("sec", "incident.read", "incident.manage")
    return incidents.open_(
        by=security, title="媒体の紛失", about="搬送中", known_at=now, since=now - timedelta(hours=1), until=now + timedelta(hours=1)
    ), security


def test_each_person_is_counted_once_over_all_scopes(leak: Any) -> None:
    from kokuho.core import incidents

    incident, security = leak
    found = []
    for kind, value in (("staff", "u-a"), ("medium", "M-01"), ("person", "5")):
        incidents.add_scope(by=security, incident_id=incident.pk, kind=kind, value=value)
        found.append(len(incidents.affected(security, incident.pk).persons))
    assert found == [37, 207, 207]
    assert [n for _, n in incidents.affected(security, incident.pk).by_scope] == [37, 200, 1]
    assert refused(lambda: incidents.add_scope(by=security, incident_id=incident.pk, kind="medium", value="M-99")) == "OPS-05-SCOPE"


def test_deadlines_run_from_knowledge_and_an_incident_is_closed_by_another_after_its_reports(leak: Any) -> None:
    from kokuho.core import incidents
    from kokuho.core.clock import JAPAN
    from kokuho.core.models import Incident

    incident, security = leak
    incidents.add_scope(by=security, incident_id=incident.pk, kind="staff", value="u-a")
    known = incident.known_at.astimezone(JAPAN).date()
    due = {d.kind: (d.due_on - known).days for d in incidents.deadlines(incident, on=known)}
    assert due == {"preliminary": 3, "final": 30}
    Incident.objects.filter(pk=incident.pk).update(deliberate=True)
    incident.refresh_from_db()
    assert {d.kind: (d.due_on - known).days for d in incidents.deadlines(incident, on=known)} == {"preliminary": 3, "final": 60}
    assert [d.late for d in incidents.deadlines(incident, on=known + timedelta(days=4))] == [True, False]
    other = actor("sec2", "incident.read", "incident.manage")
    end = lambda by: incidents.close(by=by, on=known, incident_id=incident.pk, conclusion="再発防止")  # noqa: E731
    assert refused(lambda: end(security)) == "OPS-05-SELF" and refused(lambda: end(other)) == "OPS-05-REPORT"
    assert refused(lambda: incidents.step(by=other, on=known, incident_id=incident.pk, kind="notice", done_on=known,
        text="x")) == "OPS-05-STEP"
    for kind in ("preliminary", "final"):
        incidents.step(by=other, on=known, incident_id=incident.pk, kind=kind, done_on=known, text="報告")
    incidents.step(by=other, on=known, incident_id=incident.pk, kind="notice", done_on=known, text="文書", persons=(1, 2, 999))
    assert incidents.affected(other, incident.pk).notified == 2
    assert end(other).state == Incident.CLOSED


def test_records_of_an_open_incident_are_not_purged(leak: Any) -> None:
    from datetime import datetime

    from django.db import DatabaseError, connection, transaction

    from kokuho.core import purging
    from kokuho.core.clock import JAPAN
    from kokuho.core.models import DaySeal, Incident

    incident, _ = leak
    old = date(2015, 3, 1)
    Incident.objects.filter(pk=incident.pk).update(since=datetime(2015, 2, 1, tzinfo=JAPAN))
    assert refused(lambda: purging.order(by=actor("op", "audit.purge"), until=old)) == "LOG-09-FROZEN"
    DaySeal.objects.create(day=old, payload="", hash="", signature="", index=b"")
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT kokuho_purge_records(%s)", [old])
