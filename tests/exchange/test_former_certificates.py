"""AKASHI-04: the issue history of the former system comes as a step of a migration, is told with the others, and is never issued anew."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from neighbour_files import made

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)


def _workers() -> tuple[Any, Any, int]:
    """Two special IDs and a migration that two others decided on."""
    from kokuho.core.access import Actor, actor_for, catalogue
    from kokuho.core.actions import entries, migration
    from kokuho.core.actions.staff import register
    from kokuho.core.models import MigrationWork

    for number in ("iko1", "iko2"):
        register(
            staff_no=number, name=number, unit_code="01", unit_name="国保課", password="kokuho-kenshu-machi-2026", roles=("migration",),
            applied_by="a", approved_by="b", on=date(2026, 4, 1), reason="試験", valid_until=date(2026, 7, 31),
        )  # fmt: skip
    every = frozenset(catalogue()["capabilities"])
    head, officer = (Actor(name, name, "国保課", every, "test") for name in ("head", "officer"))
    entry = migration.request_work(
        by=head, on=DAY, reason="更改", title="旧国保システムからの移行", scope="証の発行履歴", staff_nos=["iko1", "iko2"],
        valid_from="2026-07-01", valid_until="2026-07-31",
    )  # fmt: skip
    entries.confirm(by=officer, on=DAY, entry_id=entry.pk)
    one, two = (actor_for(number, on=DAY, terminal="t") for number in ("iko1", "iko2"))
    return one, two, MigrationWork.objects.get().pk


def _load(workers: tuple[Any, Any, int], path: Path) -> Any:
    """A file through both steps of the two."""
    from kokuho.core.actions import migration
    from kokuho.exchange import doors

    one, two, work = workers
    taken: list[Any] = []
    step = migration.ask(by=one, on=DAY, work_id=work, kind="extract", content="抽出")
    migration.confirm(by=two, on=DAY, step_id=step.pk)
    file = migration.extract(by=one, on=DAY, step_id=step.pk, source=path)
    step = migration.ask(by=one, on=DAY, work_id=work, kind="load", content="投入", file_id=file.pk)
    migration.confirm(by=two, on=DAY, step_id=step.pk)
    migration.load(by=one, on=DAY, step_id=step.pk, take=lambda opened: taken.append(doors.receive_path(by=one, on=DAY, path=opened)))
    return taken[0]


def test_the_former_history_comes_by_migration_only_and_stays_history(db: None, office: Any, town: Any, tmp_path: Path) -> None:
    from kokuho.core import past
    from kokuho.desks.eligibility.actions.certificates import record_event
    from kokuho.desks.eligibility.models import Certificate, CertificateHolding
    from kokuho.desks.eligibility.papers import CertificateError
    from kokuho.desks.eligibility.queries.certificates import certificates_of
    from kokuho.desks.people.models import Person
    from kokuho.documents.certificates import certificate_pdf
    from kokuho.exchange import doors
    from kokuho.exchange.models import WorkItem

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    someone = Person.objects.filter(resident_state="1").order_by("atena_no").values("atena_no", "household_no")[0]
    line = {
        "atena_number": str(someone["atena_no"]), "household_number": str(someone["household_no"]), "form": "1", "symbol": "国",
        "number": "00012345", "name": "甲野　花子", "issued_on": date(2023, 8, 1), "reason": "02", "method": "2", "office": "本庁",
        "staff": "旧担当", "copies": 1, "valid_until": date(2024, 7, 31), "state": "1", "kind": "1",
    }  # fmt: skip
    back = {"state": "2", "collected_on": date(2022, 10, 3), "collected_by": "1", "cause": "2"}
    good = [
        {**line, "issue_no": "A-1"},
        {**line, "issue_no": "A-2", "kind": "2", "reason": "07", "issued_on": date(2022, 4, 1), "valid_until": date(2022, 9, 30), **back},
        {**line, "issue_no": "A-3", "kind": "4", "ratio": "2", "issued_on": date(2026, 6, 1), "valid_until": date(2026, 7, 31)},
    ]
    bad = [
        {**line, "issue_no": "B-1", "atena_number": "99999999"}, {**line, "issue_no": "B-2"}, {**line, "issue_no": "B-2"},
        {**line, "issue_no": "B-3", "issued_on": date(2024, 12, 2), "valid_until": date(2025, 7, 31)},
        {**line, "issue_no": "B-4", "valid_until": date(2023, 7, 31)}, {**line, "issue_no": "B-5", "state": "2"},
        {**line, "issue_no": "B-6", **back},
    ]  # fmt: skip
    data = made("former-certificates", [*good, *bad])

    with pytest.raises(doors.Refusal, match="データ移行") as refused:  # nobody delivers it by the ordinary door
        doors.receive_bytes(by=staff.operator, on=DAY, data=data, file_name="old.csv")
    assert refused.value.code == "X12" and not Certificate.objects.exists()

    workers = _workers()
    (tmp_path / "old.csv").write_bytes(data)
    file = _load(workers, tmp_path / "old.csv")
    assert file.counts == {"new": 3, "same": 0, "collected": 1} and file.applied_count == 3
    found = list(WorkItem.objects.filter(file=file).order_by("record").values_list("code", flat=True))
    assert found == ["H01", "H02", "H02", "H03", "H04", "H05", "H06"]

    held = certificates_of(staff.clerk, [someone["atena_no"]], on=DAY)[someone["atena_no"]]
    assert [(c.label, c.reason, c.state, c.former_no) for c in held] == [
        ("高齢受給者証", "更新", "held", "A-3"), ("被保険者証", "更新", "ended", "A-1"),
        ("被保険者証（短期証）", "滞納者証の交付・更新", "collected", "A-2"),
    ]  # fmt: skip
    taken_over = Certificate.objects.values_list("recorded_at", flat=True)[0]
    with past.as_known(taken_over):
        assert certificates_of(staff.clerk, [someone["atena_no"]], on=DAY) == {}
    with past.as_known(taken_over + timedelta(seconds=1)):
        assert len(certificates_of(staff.clerk, [someone["atena_no"]], on=DAY)[someone["atena_no"]]) == 3

    with pytest.raises(CertificateError, match="印刷・再交付はできません") as stopped:
        certificate_pdf(by=staff.clerk, on=DAY, certificate_id=held[1].id)
    assert stopped.value.code == "CRT24"
    record_event(by=staff.clerk, on=DAY, certificate_id=held[1].id, kind="collected", detail={"method": "window", "cause": "replaced"})
    assert CertificateHolding.objects.get(pk=held[1].id).state == "collected"

    # What was cut off or is sent again changes nothing; other content under the same number is told.
    (tmp_path / "again.csv").write_bytes(
        made("former-certificates", [good[0], {**good[1], "number": "00099999"}, {**line, "issue_no": "B-2"}])
    )
    again = _load(workers, tmp_path / "again.csv")
    assert again.counts == {"new": 1, "same": 1, "collected": 0}
    assert WorkItem.objects.get(file=again).code == "H07"
    assert Certificate.objects.count() == 4


def test_periods_of_the_abolished_scheme_for_the_retired_come_as_history(db: None, office: Any, town: Any, tmp_path: Path) -> None:
    from kokuho.desks.eligibility.models import BELIEVED, EligibilityChange, Status
    from kokuho.desks.people.models import Person
    from kokuho.exchange import doors
    from kokuho.exchange.models import WorkItem

    staff = office()
    doors.receive_path(by=staff.operator, on=DAY, path=town() / "juki-full.csv")
    someone = str(Person.objects.filter(resident_state="1").order_by("atena_no").values_list("atena_no", flat=True)[0])
    line = {"atena_number": someone, "role": "1", "since": date(2010, 4, 1), "ended_on": date(2012, 4, 1), "pension": "老齢厚生年金",
            "pension_number": "1234-5"}  # fmt: skip
    rows = [
        line, {**line, "since": date(2015, 4, 1), "ended_on": date(2020, 4, 1), "role": "2"}, {**line, "atena_number": "99999999"},
        {**line, "since": date(2013, 4, 1), "ended_on": date(2013, 4, 1)},
    ]  # fmt: skip
    workers, told = _workers(), EligibilityChange.objects.count()
    (tmp_path / "retired.csv").write_bytes(made("former-retired", rows))
    file = _load(workers, tmp_path / "retired.csv")
    assert file.counts == {"new": 2, "same": 0}
    assert list(WorkItem.objects.filter(file=file).order_by("record").values_list("code", flat=True)) == ["R01", "R02"]
    held = Status.objects.get(BELIEVED, atena_no=someone, valid__contains=date(2011, 1, 1))
    assert held.kind == Status.RETIRED and held.detail["entered"]["pension"] == "老齢厚生年金 1234-5"
    crossing = [
        {**line, "since": date(2013, 4, 1), "ended_on": date(2014, 4, 1)},
        {**line, "since": date(2014, 3, 1), "ended_on": date(2014, 5, 1)},
    ]
    more = [line, {**rows[1], "role": "1"}, *crossing]
    (tmp_path / "again.csv").write_bytes(made("former-retired", more))
    again = _load(workers, tmp_path / "again.csv")
    assert again.counts == {"new": 0, "same": 1}
    assert list(WorkItem.objects.filter(file=again).order_by("record").values_list("code", flat=True)) == ["R04", "R03", "R03"]
    assert EligibilityChange.objects.count() == told  # the levies of those years are settled
