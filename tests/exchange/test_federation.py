"""集約システム: whole households, differences only, the number only there; and a round trip with the stand-in as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
PERSON, HOUSEHOLD = "shuyaku-person", "shuyaku-household"


@dataclass
class Desk:
    """The people, and the two folders of the federation."""

    maker: Any
    second: Any
    operator: Any
    out: Path
    back: Path

    def report(self, on: date = DAY) -> Any:
        from kokuho.exchange.federation import report

        return report.execute(report.order(by=self.maker, on=on).pk, by=self.maker)

    def files(self, run: Any, layout: str) -> list[Any]:
        from kokuho.exchange.models import OutboxFile

        return list(OutboxFile.objects.filter(run=run, layout=layout).order_by("pk"))

    def rows(self, run: Any, layout: str) -> list[dict[str, Any]]:
        from kokuho.exchange import outbox
        from kokuho.formats import open_decode

        return [
            r.fields for file in self.files(run, layout)
            for r in open_decode(layout, outbox.reopen(file)).records() if r.kind == "data"
        ]  # fmt: skip

    def send(self, run: Any, on: date = DAY) -> None:
        from kokuho.exchange import outbox
        from kokuho.exchange.models import OutboxFile

        for file in OutboxFile.objects.filter(run=run):
            outbox.release(by=self.second, on=on, file_id=file.pk)
            outbox.hand_over(by=self.operator, on=on, file_id=file.pk)

    def stand_in(self, *faults: str) -> list[dict[str, Any]]:
        """Run the other organisation's process; its log."""
        done = subprocess.run(
            [sys.executable, "-m", "kokuho.neighbours.federation", "--in", str(self.out), "--out", str(self.back),
             *(word for fault in faults for word in ("--fault", fault))],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in (self.back / "log.jsonl").read_text("utf-8").splitlines()]

    def receive(self, pattern: str) -> list[Any]:
        from kokuho.exchange import doors

        return [doors.receive_path(by=self.operator, on=DAY, path=path) for path in sorted(self.back.glob(pattern))]


@pytest.fixture
def desk(committed_db: str, town: Callable, office: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    from kokuho.core.access import actor_for
    from kokuho.core.actions import entries
    from kokuho.core.actions.staff import register
    from kokuho.exchange import doors, outbox, registry

    out, back = tmp_path / "out", tmp_path / "back"
    out.mkdir()
    monkeypatch.setattr(outbox.files, "folder", lambda system: out)
    people = office()
    register(
        staff_no="cl2", name="職員cl2", unit_code="01", unit_name="国保課", password="correct horse battery",
        roles=("qualification",), applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
    )  # fmt: skip
    for entry in registry.propose(by=people.operator, on=DAY, approval_no="令8-1", valid_from=date(2026, 4, 1)):
        entries.confirm(by=people.approver, on=DAY, entry_id=entry.pk)
    doors.receive_path(by=people.operator, on=DAY, path=town() / "juki-full.csv")
    return Desk(people.clerk, actor_for("cl2", on=DAY, terminal="t"), people.operator, out, back)


def active() -> dict[int, set[int]]:
    """Household → insured persons, by the registers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.household_no, e.atena_no FROM eligibility_insuredperiod e JOIN people_person p ON p.atena_no = e.atena_no "
            "AND p.superseded_at IS NULL AND p.valid @> %s::date WHERE e.superseded_at IS NULL AND e.valid @> %s::date",
            (DAY, DAY),
        )
        found: dict[int, set[int]] = {}
        for household, atena in cursor.fetchall():
            found.setdefault(household, set()).add(atena)
        return found


def test_the_first_report_holds_every_household_whole_and_then_only_what_changed(desk: Desk) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.models import AuditRecord
    from kokuho.desks.eligibility.models import BELIEVED, EligibilityChange, InsuredPeriod
    from kokuho.desks.people.models import Person
    from kokuho.exchange import queries
    from kokuho.exchange.models import ReportIssue

    run = desk.report()
    rows = {int(r["atena_number"]): r for r in desk.rows(run, PERSON)}
    houses = {int(r["household"]): r for r in desk.rows(run, HOUSEHOLD)}
    members = active()
    held = set(ReportIssue.objects.filter(closed_on__isnull=True).values_list("atena_no", flat=True))
    insured = set().union(*members.values())
    assert {n for n, r in rows.items() if r["insured_class"] == "1" and not r["applied_until"]} <= insured
    assert insured - held <= set(rows)
    heads = {int(h["head_atena"]) for h in houses.values()}
    uninsured = {n for n, r in rows.items() if r["insured_class"] == "2"}
    assert uninsured == heads - insured - held and uninsured <= heads
    assert all(r["my_number"] for r in rows.values()) and all(r["update"] == "1" for r in rows.values())
    assert {r["undisclosed"] for n, r in rows.items()} <= {"0", "1", False, True}
    opened = AuditRecord.objects.filter(function="mynumber.report")
    assert set().union(*(set(record.persons) for record in opened)) == set(rows)

    # Nothing changed: nothing goes out, and what was prepared is not made a second time.
    again = desk.report()
    assert (again.results["persons"], again.results["households_reported"]) == (0, 0)
    desk.send(run)
    assert queries.federation_state(desk.maker, on=DAY).unreported == 0

    # One person of a household of several is lost: the whole household goes out, nobody else.
    household, several = next((h, m) for h, m in sorted(members.items()) if len(m - held) > 1)
    gone = min(several - held)
    period = InsuredPeriod.objects.get(BELIEVED, atena_no=gone, valid__contains=DAY)
    lost = date(2026, 6, 21)
    period.correct(
        recorded_by="x", origin="entry:1", lost_on=lost, lost_reason="204", lost_event_on=date(2026, 6, 20),
        valid=DateRange(period.valid.lower, lost),
    )  # fmt: skip
    EligibilityChange.objects.create(
        atena_no=gone, household_no=household, kind="lose", affected=DateRange(lost, None), recorded_by="x", origin="entry:1"
    )
    assert queries.federation_state(desk.maker, on=DAY).unreported == 1
    assert queries.federation_state(desk.maker, on=date(2099, 7, 7)).overdue == 1
    change = desk.report()
    sent = {int(r["atena_number"]): r for r in desk.rows(change, PERSON)}
    head = int(desk.rows(change, HOUSEHOLD)[0]["head_atena"])
    assert set(sent) == (several - held) | {head}
    assert (sent[gone]["lost_on"], sent[gone]["applied_until"], sent[gone]["lost_reason"]) == ("2026-06-21", "2026-06-21", "204")
    assert {r["update"] for r in sent.values()} == {"2"} and desk.rows(change, HOUSEHOLD)[0]["reason"] == "204"

    # A file taken back was never reported; the same difference comes again.
    from kokuho.exchange import outbox

    for layout in (PERSON, HOUSEHOLD):
        for file in desk.files(change, layout):
            outbox.withdraw(by=desk.maker, file_id=file.pk, reason="試験")
    repeated = desk.report()
    assert {int(r["atena_number"]) for r in desk.rows(repeated, PERSON)} == set(sent)

    # The head's name changes: nobody's eligibility, and still the household is told.
    row = Person.objects.get(BELIEVED, atena_no=head, valid__contains=DAY)
    row.correct(recorded_by="x", origin="file:2", name=row.name + "改")
    renamed = desk.report()
    assert {int(r["household"]) for r in desk.rows(renamed, HOUSEHOLD)} == {household}

    # The number stands in its one place and nowhere else.
    numbers = {r["my_number"] for r in rows.values()}
    for entry in (*sent.values(), *rows.values()):
        assert not any(number in str(value) for key, value in entry.items() if key != "my_number" for number in [entry["my_number"]])
    assert not any(n in json.dumps(desk.rows(run, HOUSEHOLD), ensure_ascii=False, default=str) for n in sorted(numbers)[:40])


def test_the_report_tells_the_share_the_limit_and_the_paper(desk: Desk) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import (
        BELIEVED,
        BurdenJudgement,
        Certificate,
        CertificateHolding,
        DiseaseApproval,
        LimitApproval,
        Status,
    )  # fmt: skip
    from kokuho.desks.people.models import Person

    rows = {int(r["atena_number"]): r for r in desk.rows(desk.report(), PERSON) if r["insured_class"] == "1"}
    old = next(no for no, r in sorted(rows.items()) if r["birth_date"] < "1956-06-01" and not r["applied_until"])
    assert not any(rows[old][name] for name in ("elderly_share", "limit_class", "card", "special_disease", "card_collected_on"))
    person = Person.objects.filter(BELIEVED, atena_no=old, valid__contains=DAY).get()
    own = {"recorded_by": "t", "origin": "t"}
    year = DateRange(date(2025, 8, 1), date(2026, 8, 1))
    BurdenJudgement.objects.create(
        household_no=person.household_no, year=2025, valid=year, cause="annual", cause_on=date(2025, 8, 1), seniors=1, active=False,
        application_needed=False, under_70="エ", over_70="低所得II", base_total=0, undeclared=False, unknown=False, facts={},
        judged_on=date(2025, 7, 1), **own,
    )  # fmt: skip
    LimitApproval.objects.create(
        atena_no=old, household_no=person.household_no, valid=year, certificate_kind="limit_and_meals", income_class="低所得II",
        applied_on=date(2025, 8, 1), **own,
    )  # fmt: skip
    DiseaseApproval.objects.create(
        atena_no=old, household_no=person.household_no, valid=year, disease=1, applied_on=date(2025, 8, 1), opinion="病院", cap=10000, **own
    )
    Status.objects.create(atena_no=old, kind="special_address", kind_no=6, valid=DateRange(date(2025, 4, 1), None), **own)
    for kind, state, cause_on in (("notice", "held", None), ("limit", "due_back", date(2026, 6, 1))):
        made = Certificate.objects.create(
            kind=kind, atena_no=old, household_no=person.household_no, issued_on=DAY, reason="new", method="window", office="国保課",
            name=person.name, recorded_by="t",
        )  # fmt: skip
        CertificateHolding.objects.create(
            certificate=made, atena_no=old, kind=kind, state=state, cause_on=cause_on, changed_on=DAY
        )
    change = desk.report()
    told = {int(r["atena_number"]): r for r in desk.rows(change, PERSON)}[old]
    assert (told["elderly_share"], told["elderly_until"], told["exception"]) == ("2", "2026-07-31", "1")
    assert told["elderly_from"] >= "2025-08-01"
    assert (told["limit_class"], told["limit_from"], told["limit_until"]) == ("5", "2025-08-01", "2026-07-31")
    assert (told["special_disease"], told["card"], told["card_collected_on"]) == ("1", "2", "2026-06-01")
    assert desk.report().results["persons"] == 0


def test_who_has_no_number_is_held_back_and_goes_with_the_next_report(desk: Desk) -> None:
    from kokuho.core import database, vault
    from kokuho.exchange.models import ReportIssue

    members = next(m for _, m in sorted(active().items()) if len(m) > 1)
    blank = min(members)
    with database.vault_address().connect() as connection:
        connection.execute("UPDATE vault.my_number SET superseded_at = now() WHERE atena_no = %s", (blank,))
    run = desk.report()
    assert blank not in {int(r["atena_number"]) for r in desk.rows(run, PERSON)}
    issue = ReportIssue.objects.get(atena_no=blank)
    assert (issue.code, issue.closed_on) == ("G01", None)
    assert desk.report().results["persons"] == 0
    vault.store([(blank, "123456789018")], by="x", origin="file:3")
    later = desk.report()
    assert blank in {int(r["atena_number"]) for r in desk.rows(later, PERSON)}
    issue.refresh_from_db()
    assert issue.closed_on == DAY


def test_a_kill_between_parts_loses_and_repeats_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core.models import BatchRun
    from kokuho.exchange.federation import report, staging

    monkeypatch.setattr(staging, "PART", 30)
    order = report.order(by=desk.maker, on=DAY)
    real = report._make_part

    def killed(cursor: Any, run: Any, by: Any, part: int, known_at: Any) -> None:
        if part == 2:
            raise KeyboardInterrupt
        real(cursor, run, by, part, known_at)

    with monkeypatch.context() as once:
        once.setattr(report, "_make_part", killed)
        with pytest.raises(KeyboardInterrupt):
            report.execute(order.pk, by=desk.maker)
    assert BatchRun.objects.get(pk=order.pk).state == BatchRun.RUNNING and report.unfinished() == [order.pk]
    assert report.order(by=desk.maker, on=DAY).pk == order.pk
    run = report.execute(order.pk, by=desk.maker)
    assert len(desk.files(run, PERSON)) > 2
    numbers = [int(r["atena_number"]) for r in desk.rows(run, PERSON)]
    houses = [int(r["household"]) for r in desk.rows(run, HOUSEHOLD)]
    assert len(numbers) == len(set(numbers)) and set(houses) == set(active())
    # No household is cut between two files.
    of_file = [{r["household_no"] for r in file.records.values("household_no")} for file in desk.files(run, PERSON)]
    assert sum(len(part) for part in of_file) == len(set().union(*of_file))


def test_a_round_trip_with_the_stand_in(desk: Desk) -> None:
    from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod, MemberId, PrefectureStay
    from kokuho.exchange.federation import answers, handover
    from kokuho.exchange.federation.answers import AnswerError
    from kokuho.exchange.models import OutboxFile, WorkItem

    before = set(InsuredPeriod.objects.values_list("pk", "superseded_at"))
    run = desk.report()
    desk.send(run)
    log = desk.stand_in()
    assert [line["event"] for line in log].count("read") == 2
    desk.receive("*-receipt.csv")
    assert set(OutboxFile.objects.filter(run=run).values_list("state", "rejected_count")) == {("answered", 0)}
    assert list(desk.out.glob("shuyaku-*.csv")) == []
    (dates,) = desk.receive("*-dates.csv")
    (ids,) = desk.receive("*-ids.csv")
    insured = sum(1 for r in desk.rows(run, PERSON) if r["insured_class"] == "1")
    waiting = WorkItem.objects.filter(file__in=(dates, ids)).count()
    assert waiting == 0 and dates.applied_count == ids.applied_count == insured
    assert not PrefectureStay.objects.exists()  # nothing holds before a person has confirmed it
    answers.confirm(by=desk.maker, on=DAY, file_id=dates.pk)
    answers.confirm(by=desk.maker, on=DAY, file_id=ids.pk)
    with pytest.raises(AnswerError) as twice:
        answers.confirm(by=desk.maker, on=DAY, file_id=dates.pk)
    assert twice.value.code == "FED20"
    assert PrefectureStay.objects.filter(BELIEVED).count() == MemberId.objects.filter(BELIEVED).count() == insured
    assert set(InsuredPeriod.objects.values_list("pk", "superseded_at")) == before  # 適用開始・適用終了 are never replaced

    # The register of residents learns the dates, once.
    given = handover.prepare(by=desk.maker, on=DAY)
    assert given is not None and given.record_count == insured
    assert handover.prepare(by=desk.maker, on=DAY) is None
    # The IDs come back to the federation with the next difference.
    later = desk.report()
    assert {r["update"] for r in desk.rows(later, PERSON)} == {"2"}
    assert all(r["member_id"] for r in desk.rows(later, PERSON) if r["insured_class"] == "1")
    assert desk.report().results["persons"] == 0


FAULTS = {"wrong-layout": "X04", "wrong-count": "X04", "my-number": "X09"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_answer_is_refused_whole(desk: Desk, fault: str) -> None:
    from kokuho.exchange import doors
    from kokuho.exchange.models import FederationAnswer

    desk.send(desk.report())
    desk.stand_in(fault)
    (path,) = desk.back.glob("*-dates.csv")
    with pytest.raises(doors.Refusal) as refused:
        doors.receive_path(by=desk.operator, on=DAY, path=path)
    assert refused.value.code == FAULTS[fault]
    assert not FederationAnswer.objects.exists()


def test_records_that_do_not_match_wait_and_the_others_go_on(desk: Desk) -> None:
    from kokuho.exchange.models import OutboxFile, OutboxRejection, WorkItem

    run = desk.report()
    desk.send(run)
    desk.stand_in("reject", "unknown-person", "duplicate")
    results = desk.receive("*-receipt.csv")
    assert {item.code for item in WorkItem.objects.filter(file__in=results)} == {"S03"}
    assert OutboxFile.objects.filter(run=run, state="handed").count() == 2  # a result about strangers says nothing
    (dates,) = desk.receive("*-dates.csv")
    assert list(WorkItem.objects.filter(file=dates).values_list("code", "atena_no")) == [("S20", 999999999999999)]
    (ids,) = desk.receive("*-ids.csv")
    assert sorted(WorkItem.objects.filter(file=ids).values_list("code", flat=True)) == ["S20", "S27"]

    # The honest result with one error: it is worked off here, and the record counts as not reported.
    for path in desk.back.glob("*"):
        path.unlink()
    desk.stand_in("reject")
    desk.receive("*-receipt.csv")
    assert set(OutboxFile.objects.filter(run=run).values_list("state", "rejected_count")) == {("answered", 1)}
    rejected = set(OutboxRejection.objects.filter(file__layout=PERSON).values_list("atena_no", flat=True))
    assert len(rejected) == 1 and WorkItem.objects.filter(code="S10").count() == 2
    assert rejected <= {int(r["atena_number"]) for r in desk.rows(desk.report(), PERSON)}


def test_two_municipalities_and_a_move_between_them(tmp_path: Path) -> None:
    """The stand-in alone: 継続 without a gap, an overlap is an error."""
    from kokuho.formats import encode_rows, open_decode

    common = {
        "insurer_number": "119008", "symbol": "国", "number": "00000001", "insured_class": "1", "branch": "01", "name": "移動 太郎",
        "birth_date": "1980-04-01", "sex": "1", "relation": "世帯主", "my_number": "123456789018", "exception": "0", "undisclosed": "0",
        "processed_at": "2026-07-01T06:00:00", "acquired_reason": "104",
    }  # fmt: skip
    a = {"atena_number": "1", "acquired_on": "2020-04-01", "applied_from": "2020-04-01", "applied_until": "2026-06-01", "update": "2"}
    b = {"atena_number": "77", "acquired_on": "2026-06-01", "applied_from": "2026-06-01", "update": "1"}
    overlap = {"atena_number": "77", "acquired_on": "2026-05-20", "applied_from": "2026-05-20", "update": "1"}

    def told(name: str, *files: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
        folder, back = tmp_path / name, tmp_path / f"{name}-back"
        folder.mkdir()
        for file, city, row in files:
            with open(folder / f"shuyaku-person-{file}.csv", "wb") as out:
                encode_rows(PERSON, [{**common, **row}], out, control={"sender": city, "created_at": "2026-07-01T06:00:00"})
        subprocess.run(
            [sys.executable, "-m", "kokuho.neighbours.federation", "--in", str(folder), "--out", str(back)], check=True, timeout=300
        )
        last = files[-1][0]
        answers: list[dict[str, Any]] = []
        for kind, layout in (("receipt", "shuyaku-receipt"), ("dates", "shuyaku-dates")):
            path = back / f"shuyaku-person-{last}-{kind}.csv"
            if path.exists():
                with open(path, "rb") as stream:
                    answers += [r.fields for r in open_decode(layout, stream).records() if r.kind == "data"]
        return answers

    receipt, dates = told("move", ("1-a", "112038", a), ("2-b", "122076", b))
    assert receipt["result"] == "0"
    assert (dates["judgement"], dates["prefecture_acquired_on"], dates["prefecture_lost_on"]) == ("3", "2020-04-01", None)
    (receipt,) = told("overlap", ("1-a", "112038", a), ("2-b", "122076", overlap))
    assert (receipt["result"], receipt["error_code"]) == ("1", "E2001")
