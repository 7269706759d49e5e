"""IF-08-1: whom 団体内統合宛名 is told about, what stays back, and the round trip with its stand-in as a process."""

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


@dataclass
class Desk:
    """The people of the office, and the two folders of the receiver."""

    maker: Any
    second: Any
    operator: Any
    out: Path
    back: Path

    def register(self) -> Any:
        from kokuho.exchange import registration

        return registration.execute(registration.order(by=self.maker, on=DAY).pk, by=self.maker)

    def rows(self, run: Any) -> dict[int, dict[str, Any]]:
        from kokuho.exchange import outbox
        from kokuho.exchange.models import OutboxFile
        from kokuho.formats import open_decode

        return {
            int(r.fields["atena_number"]): r.fields for file in OutboxFile.objects.filter(run=run)
            for r in open_decode(file.layout, outbox.reopen(file)).records() if r.kind == "data"
        }  # fmt: skip

    def send(self) -> None:
        from kokuho.exchange import outbox
        from kokuho.exchange.models import OutboxFile

        for file in OutboxFile.objects.filter(state=OutboxFile.PREPARED):
            outbox.release(by=self.second, on=DAY, file_id=file.pk)
            outbox.hand_over(by=self.operator, on=DAY, file_id=file.pk)

    def stand_in(self, module: str, *faults: str) -> list[dict[str, Any]]:
        """Run the other system's process; its log."""
        done = subprocess.run(
            [sys.executable, "-m", f"kokuho.neighbours.{module}", "--in", str(self.out), "--out", str(self.back),
             *(word for fault in faults for word in ("--fault", fault))],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in (self.back / "log.jsonl").read_text("utf-8").splitlines()]

    def receive(self) -> list[Any]:
        from kokuho.exchange import doors
        from kokuho.exchange.models import InboxFile

        taken = set(InboxFile.objects.values_list("file_name", flat=True))
        paths = [path for path in sorted(self.back.glob("*.csv")) if path.name not in taken]
        return [doors.receive_path(by=self.operator, on=DAY, path=path) for path in paths]


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


def test_persons_are_registered_once_with_their_number_and_get_one_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core import vault
    from kokuho.core.models import AuditRecord
    from kokuho.desks.eligibility.models import InsuredPeriod
    from kokuho.desks.people.models import BELIEVED, IntegratedNumber, NumberDoubt, Person
    from kokuho.exchange import outbox, queries
    from kokuho.exchange.models import OutboxFile, ProvisionRecord, ReportIssue

    # Killed between the file and the books: nothing is registered, the run is taken up again.
    monkeypatch.setattr(outbox, "enter", lambda **told: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        desk.register()
    monkeypatch.undo()
    monkeypatch.setattr(outbox.files, "folder", lambda system: desk.out)
    run = desk.register()
    sent = desk.rows(run)
    held = dict(ReportIssue.objects.filter(system="togoatena", closed_on__isnull=True).values_list("atena_no", "code"))
    insured = set(InsuredPeriod.objects.filter(BELIEVED).values_list("atena_no", flat=True))
    assert insured <= set(sent) | set(held) and not set(sent) & set(held)
    numbered = {atena for atena, _, _ in vault.fingerprints()}
    assert set(sent) <= numbered and {n for n, code in held.items() if code == "I01"} == insured - numbered
    assert all(row["my_number"] and row["update"] == "1" and row["registered"] == "1" for row in sent.values())
    doubtful = set(NumberDoubt.objects.filter(state="open").values_list("atena_no", flat=True))
    assert not set(sent) & doubtful
    opened = AuditRecord.objects.filter(function="mynumber.report")
    assert set().union(*(set(record.persons) for record in opened)) == set(sent)

    # Nothing differs: nothing goes out again.
    assert desk.register().results["files"] == 0
    desk.send()
    record = ProvisionRecord.objects.get()
    assert (record.carries_number, record.person_count, record.duty[:7]) == (True, len(sent), "団体内統合宛名")
    log = desk.stand_in("integrated")
    assert log[0]["records"] == log[0]["numbered"] == len(sent)
    assert queries.addressee_states(desk.maker)[0].waiting == len(sent)
    (file,) = desk.receive()
    assert file.counts["new"] == len(sent) and OutboxFile.objects.get().state == OutboxFile.ANSWERED
    numbers = dict(IntegratedNumber.objects.filter(BELIEVED).values_list("atena_no", "number"))
    assert set(numbers) == set(sent) and len(set(numbers.values())) == len(sent)
    assert queries.addressee_states(desk.maker)[0].waiting == 0

    # One name changes: that person alone goes out again, as a change; the answer is the same number.
    person = Person.objects.get(BELIEVED, atena_no=min(sent), valid__contains=DAY)
    person.correct(recorded_by="x", origin="test", name=f"{person.name}改")
    changed = desk.rows(desk.register())
    assert {n: row["update"] for n, row in changed.items()} == {min(sent): "2"} and changed[min(sent)]["name"].endswith("改")
    desk.send()
    # The system answers about somebody else: refused and recorded; the number of this person stays.
    desk.stand_in("integrated", "other-person")
    (file,) = desk.receive()
    assert (file.applied_count, file.work_count) == (0, 1)
    assert dict(IntegratedNumber.objects.filter(BELIEVED).values_list("atena_no", "number")) == numbers


def test_a_protected_person_is_flagged_a_joined_number_taken_back_and_an_offer_decided_by_two(desk: Desk) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.access import Actor
    from kokuho.core.actions import entries
    from kokuho.core.coded import CodedError
    from kokuho.desks.people.actions import numbers as deciding
    from kokuho.desks.people.models import BELIEVED, IntegratedNumber, NumberDoubt, NumberJoin, Protection
    from kokuho.exchange import registration
    from kokuho.exchange.models import ReleaseRule

    first = desk.rows(desk.register())
    one, two, three = sorted(n for n, row in first.items() if row["undisclosed"] in ("0", False))[:3]
    desk.send()
    desk.stand_in("integrated")
    desk.receive()
    Protection.objects.create(atena_no=one, valid=DateRange(DAY, None), until=date(2027, 6, 30), recorded_by="x", origin="x")
    NumberJoin.objects.create(atena_no=two, joined_to=three, reason="試験", valid=DateRange(DAY, None), recorded_by="x", origin="x")
    rows = desk.rows(desk.register())
    assert rows[one]["undisclosed"] in ("1", True) and rows[one]["update"] == "2"
    assert (rows[two]["update"], rows[two]["my_number"], rows[two]["address"]) == ("3", None, None)
    # Two numbers of the vault for one person now: the other number is not told until that is settled.
    assert three not in rows
    desk.send()
    desk.stand_in("integrated", "second-number")
    desk.receive()
    doubt = NumberDoubt.objects.get(code="IN-CHANGED")
    assert doubt.atena_no == one
    before = IntegratedNumber.objects.get(BELIEVED, atena_no=one)
    may = frozenset({"mynumber.enter", "mynumber.confirm", "mynumber.integrated", "mynumber.review"})
    enters, confirms = (Actor(number, number, "国保課", may, "T1") for number in ("n1", "n2"))
    entry = deciding.decide(by=enters, on=DAY, doubt_id=doubt.pk, outcome="take", reason="統合宛名の担当に確かめた")
    with pytest.raises(CodedError):
        entries.confirm(by=enters, on=DAY, entry_id=entry.pk)
    assert IntegratedNumber.objects.get(BELIEVED, atena_no=one).number == before.number
    entries.confirm(by=confirms, on=DAY, entry_id=entry.pk)
    now_held = IntegratedNumber.objects.get(BELIEVED, atena_no=one)
    assert now_held.number == doubt.offered != before.number

    # The registry says nothing of how protected persons are marked: nothing is made.
    rule = ReleaseRule.objects.get(BELIEVED, layout="atena-register")
    rule.correct(recorded_by="x", origin="x", protected="pass", mark_item="")
    with pytest.raises(CodedError) as refused:
        registration.order(by=desk.maker, on=DAY)
    assert refused.value.code == "U10"


def test_a_person_registered_here_is_asked_for_and_joined_to_the_number_that_comes_back(desk: Desk) -> None:
    from kokuho.core.access import Actor
    from kokuho.core.actions import entries
    from kokuho.desks.people.actions.outside import enter_person
    from kokuho.desks.people.models import BELIEVED, NumberJoin, Person
    from kokuho.exchange import outside_requests
    from kokuho.exchange.models import OutboxFile, ProvisionRecord, WorkItem

    may = frozenset({"person.read", "person.change", "person.confirm"})
    enters, confirms = (Actor(number, number, "国保課", may, "T1") for number in ("o1", "o2"))
    who = {
        "name": "相続　花子", "name_kana": "ソウゾク　ハナコ", "birth_date": date(1970, 1, 1), "sex": "2", "postal_code": "1000001",
        "address": "東京都千代田区千代田1-1", "building": "", "household_no": None, "why": "3", "since": date(2026, 6, 1),
    }  # fmt: skip
    entry = enter_person(by=enters, on=DAY, values=who, reason="相続の届出")
    entries.confirm(by=confirms, on=DAY, entry_id=entry.pk)
    own = Person.objects.get(BELIEVED, resident_kind=Person.OUTSIDE).atena_no

    file = outside_requests.prepare(by=desk.maker, on=DAY)
    assert file is not None and outside_requests.prepare(by=desk.maker, on=DAY) is None
    desk.send()
    assert ProvisionRecord.objects.get(system="jutogai").person_count == 1
    desk.stand_in("outside", "stranger")
    (wrong,) = desk.receive()
    assert WorkItem.objects.get(file=wrong).code == "O05" and not NumberJoin.objects.exists()

    (desk.back / "outside.json").unlink()
    (desk.out / file.file_name).rename(desk.out / "jutogai-again.csv")
    desk.stand_in("outside")
    (answer,) = desk.receive()
    assert answer.counts == {"new": 1, "changed": 0, "ended": 0, "joined": 1}
    join = NumberJoin.objects.get(BELIEVED)
    assert (join.atena_no, join.joined_to, join.origin) == (own, 700_001, f"file:{answer.pk}")
    assert OutboxFile.objects.get().state == OutboxFile.ANSWERED
    assert Person.objects.get(BELIEVED, atena_no=700_001).name == who["name"]
    assert outside_requests.prepare(by=desk.maker, on=DAY) is None, "what the system told itself is not asked for"

    # A change made here goes out under the number of the system; its answer is a change.
    moved = enter_person(by=enters, on=DAY, values={**who, "address": "大阪府大阪市北区1-1", "since": DAY}, atena_no=700_001, reason="転居")
    entries.confirm(by=confirms, on=DAY, entry_id=moved.pk)
    change = outside_requests.prepare(by=desk.maker, on=DAY)
    assert change is not None and (change.counts, change.person_count) == ({"新規": 0, "変更": 1, "取消": 0}, 1)
