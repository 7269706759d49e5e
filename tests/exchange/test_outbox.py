"""送信: nothing leaves that the registry does not permit, nothing without a second person, nothing twice unknowingly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
LAYOUT = "juki-nhi-eligibility"
PERSON, PROTECTED = 2000000001, 2000000002


@dataclass
class Way:
    """A maker, a second person, an operator, and a way to make files."""

    maker: Any
    second: Any
    operator: Any

    def make(self, *, day: date = DAY, people: tuple[int, ...] = (PERSON, PROTECTED), **changes: Any) -> Any:
        from django.db import transaction

        from kokuho.exchange import outbox

        rows = [
            outbox.Outgoing(n, [str(n), "1", date(2026, 4, 1), changes.get("lost"), "0", "2026-07-01T06:00:00"], n)
            for n in people
        ]
        moment = datetime(2026, 7, 1, 6, tzinfo=UTC)
        made = outbox.make(
            by=self.maker, on=day, system=changes.get("system", "juki"), layout=changes.get("layout", LAYOUT), rows=rows,
            created_at=moment, exempt=("processed_at",),
        )  # fmt: skip
        with transaction.atomic():
            return outbox.enter(by=self.maker, on=day, made=made, title="試験", known_at=moment, counts={})


def register(office: Any, **changes: Any) -> Any:
    """Enter and confirm the juki line of the proposed registry, with changes."""
    from kokuho.core.actions import entries
    from kokuho.exchange import registry

    line = next(rule for rule in registry.proposal()["rules"] if rule["layout"] == LAYOUT)
    payload = {**line, "approval_no": "令8-1", "approved_on": "2026-03-01", "valid_from": "2026-04-01", **changes}
    entry = entries.submit(by=office.operator, on=DAY, kind=registry.RULE, title="登録", payload=payload)
    return entries.confirm(by=office.approver, on=DAY, entry_id=entry.pk)


@pytest.fixture
def way(db: None, office: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Way:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.access import actor_for
    from kokuho.core.actions.staff import register as staff
    from kokuho.desks.people.models import Protection
    from kokuho.exchange import outbox

    # Workers of a test run share one home; a receiver's folder of one's own keeps them apart.
    monkeypatch.setattr(outbox.files, "folder", lambda system: tmp_path)
    people = office()
    staff(
        staff_no="cl2", name="職員cl2", unit_code="01", unit_name="国保課", password="correct horse battery",
        roles=("qualification",), applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験",
    )  # fmt: skip
    Protection.objects.create(
        atena_no=PROTECTED,
        valid=DateRange(date(2026, 5, 1), None),
        until=date(2027, 4, 30),
        recorded_by="x",
        origin="file:1",
    )
    register(people)
    return Way(people.clerk, actor_for("cl2", on=DAY, terminal="t"), people.operator)


def code_of(error: Any) -> str:
    return error.value.code


def test_a_file_leaves_once_after_another_persons_word_and_leaves_its_record(way: Way) -> None:
    from kokuho.exchange import outbox
    from kokuho.exchange.models import OutboxRecord, ProvisionRecord
    from kokuho.exchange.outbox import OutboxError

    file = way.make()
    place = outbox.files.folder("juki") / file.file_name
    assert (file.state, file.record_count, file.person_count, file.marked_count) == ("prepared", 2, 2, 1)
    with pytest.raises(OutboxError) as early:
        outbox.hand_over(by=way.operator, on=DAY, file_id=file.pk)
    assert code_of(early) == "X27" and not place.exists()
    with pytest.raises(OutboxError) as own:
        outbox.release(by=way.maker, on=DAY, file_id=file.pk)
    assert code_of(own) == "ENTRY-02"
    outbox.release(by=way.second, on=DAY, file_id=file.pk)
    sent = outbox.hand_over(by=way.operator, on=DAY, file_id=file.pk)
    assert sent.delivered_at is not None
    assert place.read_bytes() == outbox.reopen(sent).read()
    record = ProvisionRecord.objects.get(file=file)
    empty = [f.name for f in record._meta.concrete_fields if getattr(record, f.attname) in (None, "")]
    assert empty == []
    assert (record.person_count, record.prepared_by, record.released_by, record.handed_by) == (2, "cl", "cl2", "op")
    assert set(OutboxRecord.objects.filter(file=file).values_list("atena_no", "protected")) == {
        (PERSON, False), (PROTECTED, True),
    }  # fmt: skip
    with pytest.raises(OutboxError) as twice:
        outbox.hand_over(by=way.operator, on=DAY, file_id=file.pk)
    assert code_of(twice) == "X27"
    with pytest.raises(OutboxError) as wrong:
        outbox.answer(by=way.operator, file_id=file.pk, receipt="1", accepted=1, rejected=0)
    assert code_of(wrong) == "X30"
    outbox.answer(by=way.operator, file_id=file.pk, receipt="受領1", accepted=1, rejected=1)
    assert not place.exists()


def test_the_database_itself_keeps_the_order_and_the_two_persons(way: Way) -> None:
    from django.db import Error, transaction

    from kokuho.exchange.models import OutboxFile

    file = way.make()
    for change in (
        {"state": "handed"},
        {"state": "answered"},
        {"state": "released", "released_by": "cl"},
        {"state": "released"},
    ):
        with pytest.raises(Error), transaction.atomic():
            OutboxFile.objects.filter(pk=file.pk).update(**change)


def test_the_same_content_goes_again_only_with_a_reason_and_a_new_release(way: Way) -> None:
    from kokuho.exchange import outbox
    from kokuho.exchange.models import ProvisionRecord
    from kokuho.exchange.outbox import OutboxError

    first = way.make()
    with pytest.raises(OutboxError) as same:
        way.make(day=date(2026, 7, 2))
    assert code_of(same) == "X21"
    with pytest.raises(OutboxError) as unsent:
        outbox.resend(by=way.maker, on=DAY, file_id=first.pk, reason="求めにより")
    assert code_of(unsent) == "X26"
    outbox.release(by=way.second, on=DAY, file_id=first.pk)
    outbox.hand_over(by=way.operator, on=DAY, file_id=first.pk)
    with pytest.raises(OutboxError) as silent:
        outbox.resend(by=way.maker, on=DAY, file_id=first.pk, reason=" ")
    assert code_of(silent) == "X25"
    again = outbox.resend(by=way.maker, on=DAY, file_id=first.pk, reason="7月2日 市民課から媒体の読取り不良")
    assert (again.state, again.sequence, again.file_name == first.file_name) == ("prepared", 2, False)
    outbox.release(by=way.second, on=DAY, file_id=again.pk)
    outbox.hand_over(by=way.operator, on=DAY, file_id=again.pk)
    assert ProvisionRecord.objects.count() == 2

    # A withdrawn file never happened: its content may be made again.
    other = way.make(people=(PERSON,))
    outbox.withdraw(by=way.maker, file_id=other.pk, reason="誤り")
    assert way.make(people=(PERSON,)).state == "prepared"
    with pytest.raises(OutboxError) as gone:
        outbox.withdraw(by=way.maker, file_id=first.pk, reason="誤り")
    assert code_of(gone) == "X24"


def test_what_the_registry_does_not_say_is_refused_and_recorded(way: Way, office: Callable) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.exchange.registry import RegistryError

    for changes, code in (
        ({"system": "hospital"}, "LINK-01"),
        ({"system": "zei"}, "LINK-02"),
        ({"layout": "kokuhoren-insured", "system": "juki"}, "LINK-02"),
        ({"day": date(2026, 3, 31)}, "LINK-02"),  # before the line holds
    ):
        with pytest.raises(RegistryError) as refused:
            way.make(**changes)
        assert code_of(refused) == code, changes
    assert AuditRecord.objects.filter(function="exchange.registry", result="refused", staff_no="cl").count() >= 4


def test_an_item_outside_the_registered_set_does_not_leave(way: Way, office: Callable) -> None:
    from kokuho.core.access import actor_for
    from kokuho.core.actions import entries
    from kokuho.exchange import outbox, registry
    from kokuho.exchange.outbox import OutboxError

    people = {"op": actor_for("op", on=DAY, terminal="t"), "ap": actor_for("ap", on=DAY, terminal="t")}
    waiting = way.make()
    outbox.release(by=way.second, on=DAY, file_id=waiting.pk)
    line = next(rule for rule in registry.proposal()["rules"] if rule["layout"] == LAYOUT)
    fewer = [item for item in line["items"] if item != "lost_on"]
    payload = {**line, "items": fewer, "approval_no": "令8-2", "approved_on": "2026-06-01", "valid_from": "2026-07-01"}
    entry = entries.submit(by=people["op"], on=DAY, kind=registry.RULE, title="変更", payload=payload)
    assert {one.label for one in registry.lines(people["ap"], DAY, entry) if one.changed} == {
        "項目",
        "承認番号",
        "承認日",
        "開始日",
    }
    entries.confirm(by=people["ap"], on=DAY, entry_id=entry.pk)
    # What was made under the former line does not leave any more.
    with pytest.raises(OutboxError) as changed:
        outbox.hand_over(by=way.operator, on=DAY, file_id=waiting.pk)
    assert code_of(changed) == "X23"
    way.make(people=(PERSON,))
    with pytest.raises(registry.RegistryError) as refused:
        way.make(people=(PERSON,), lost=date(2026, 6, 30))
    assert code_of(refused) == "LINK-02"
    assert way.make(day=date(2026, 6, 30), people=(PERSON,), lost=date(2026, 6, 30)).rule.approval_no == "令8-1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"approval_no": " "}, "REG04"), ({"basis": ""}, "REG04"), ({"valid_from": "来月"}, "REG01"),
        ({"valid_until": "2026-04-01"}, "REG02"), ({"valid_from": "2026-03-01"}, "REG03"), ({"system": "zei2"}, "REG06"),
        ({"layout": "juki-full"}, "REG07"), ({"layout": "secret"}, "REG07"), ({"items": ["atena_number"]}, "REG08"),
        ({"items": ["atena_number", "diary"]}, "REG08"), ({"carries_number": True}, "REG09"), ({"protected": "ask"}, "REG10"),
        ({"protected": "flag"}, "REG11"), ({"protected": "mask", "hidden_items": ["acquired_on"]}, "REG11"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_hold_is_refused(way: Way, changes: dict[str, Any], code: str) -> None:
    from kokuho.core.access import actor_for
    from kokuho.exchange.registry import RegistryError

    people = type("Two", (), {"operator": way.operator, "approver": actor_for("ap", on=DAY, terminal="t")})
    with pytest.raises(RegistryError) as refused:
        register(people, **changes)
    assert code_of(refused) == code


def test_protected_persons_are_withheld_or_masked_by_the_receivers_rule(way: Way) -> None:
    from kokuho.core.access import actor_for
    from kokuho.exchange import outbox
    from kokuho.formats import open_decode

    people = type("Two", (), {"operator": way.operator, "approver": actor_for("ap", on=DAY, terminal="t")})
    register(people, protected="withhold", valid_from="2026-07-01", approval_no="令8-3")
    file = way.make()
    assert (file.record_count, file.withheld_count) == (1, 1)
    sent = [r.fields["atena_number"] for r in open_decode(LAYOUT, outbox.reopen(file)).records() if r.kind == "data"]
    assert sent == [str(PERSON)]
    register(people, protected="mask", hidden_items=["lost_on"], valid_from="2026-07-02", approval_no="令8-4")
    file = way.make(day=date(2026, 7, 2), lost=date(2026, 6, 1))
    records = [r.fields for r in open_decode(LAYOUT, outbox.reopen(file)).records() if r.kind == "data"]
    assert {r["atena_number"]: r["lost_on"] for r in records} == {str(PERSON): "2026-06-01", str(PROTECTED): None}


def test_a_kill_between_the_books_and_the_folder_is_finished_without_a_second_copy(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.exchange import outbox
    from kokuho.exchange.models import ProvisionRecord

    file = way.make()
    outbox.release(by=way.second, on=DAY, file_id=file.pk)
    place = outbox.files.folder("juki") / file.file_name
    with monkeypatch.context() as killed:
        killed.setattr(outbox.files, "appear", lambda file, place: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            outbox.hand_over(by=way.operator, on=DAY, file_id=file.pk)
    assert not place.exists() and outbox.unfinished() == [file.pk]
    outbox.hand_over(by=way.operator, on=DAY, file_id=file.pk)
    assert place.exists() and outbox.unfinished() == [] and ProvisionRecord.objects.count() == 1
    # Killed after the name was given, and the receiver has taken the file: it does not come back.
    from kokuho.exchange.models import OutboxFile

    OutboxFile.objects.filter(pk=file.pk).update(delivered_at=None)
    place.unlink()
    outbox.hand_over(by=way.operator, on=DAY, file_id=file.pk)
    assert not place.exists() and outbox.unfinished() == []


def test_a_neighbour_that_is_not_registered_or_comes_another_way_is_not_let_in(way: Way, town: Callable) -> None:
    from django.db.models.functions import Now

    from kokuho.exchange import doors
    from kokuho.exchange.models import ConnectedSystem

    path = town() / "juki-full.csv"
    with pytest.raises(doors.Refusal) as medium:
        doors.receive_path(by=way.operator, on=DAY, path=path, route="medium")
    assert medium.value.code == "X11"
    ConnectedSystem.objects.filter(code="juki").update(superseded_at=Now())
    with pytest.raises(doors.Refusal) as unknown:
        doors.receive_path(by=way.operator, on=DAY, path=path)
    assert unknown.value.code == "X08" and "登録されていません" in str(unknown.value)


def test_an_inbound_file_with_a_my_number_is_put_away_unread(committed_db: str, office: Callable) -> None:
    from neighbour_files import made

    from kokuho.core import config, vault
    from kokuho.core.models import AuditRecord
    from kokuho.exchange import doors, rawstore
    from kokuho.exchange.models import InboxError, WorkItem

    people = office()
    number = "123456789018"
    vault.store([(PERSON, number)], by="op", origin="file:1")
    row = {"atena_number": "1", "kind": "1", "from": date(2026, 5, 1), "until": None}
    spoiled = made("nenkin-relation", [row]).replace(b'"1","1","2026', b'"' + number.encode() + b'","1","2026')
    with pytest.raises(doors.Refusal) as refused:
        doors.receive_bytes(by=people.operator, on=DAY, data=spoiled, file_name="x.csv")
    assert refused.value.code == "X09"
    file = refused.value.file
    assert file is not None
    assert not rawstore.path(file.sha256).exists()
    put_away = config.folder("quarantine") / f"{file.sha256}.sealed"
    assert put_away.exists() and number.encode() not in put_away.read_bytes()
    assert not WorkItem.objects.exists() and number not in str(list(InboxError.objects.values()))
    assert AuditRecord.objects.filter(detail__type="MYNUM_UNEXPECTED").exists()
    # Twelve digits that are nobody's number pass.
    fine = spoiled.replace(number.encode(), b"123456789012")
    assert doors.receive_bytes(by=people.operator, on=DAY, data=fine, file_name="y.csv").state == "applied"


def test_the_proposed_registry_comes_into_force_by_a_second_person(db: None, office: Callable) -> None:
    from django.db.models.functions import Now

    from kokuho.commands.office import connect_neighbours
    from kokuho.core.actions import entries
    from kokuho.exchange import registry
    from kokuho.exchange.models import ConnectedSystem, ReleaseRule
    from kokuho.exchange.registry import RegistryError

    people = office()
    ConnectedSystem.objects.update(superseded_at=Now())
    waiting = list(registry.propose(by=people.operator, on=DAY, approval_no="令8-1", valid_from=date(2026, 4, 1)))
    assert {entry.kind for entry in waiting} == {registry.SYSTEM}, "a line waits until its receiver is confirmed"
    assert not ConnectedSystem.objects.filter(superseded_at__isnull=True).exists() and not ReleaseRule.objects.exists()
    line = registry.proposal()["rules"][0]
    hasty = entries.submit(
        by=people.operator, on=DAY, kind=registry.RULE, title="早すぎる登録", reason="試験",
        payload={**line, "approval_no": "令8-1", "approved_on": DAY.isoformat(), "valid_from": "2026-04-01"},
    )  # fmt: skip
    with pytest.raises(RegistryError) as early:  # a line before its receiver
        entries.confirm(by=people.approver, on=DAY, entry_id=hasty.pk)
    assert code_of(early) == "REG06"
    for entry in (*waiting, hasty):
        entries.withdraw(by=people.operator, on=DAY, entry_id=entry.pk, reason="試験")
    connect_neighbours(enter=people.operator, confirm=people.approver, on=DAY, since=date(2026, 4, 1))
    proposed = registry.proposal()
    assert ReleaseRule.objects.count() == len(proposed["rules"])
    assert set(registry.system_names()) == {line["code"] for line in proposed["systems"]}
    assert list(registry.propose(by=people.operator, on=DAY, approval_no="令8-2", valid_from=DAY)) == []


def test_who_is_under_a_stop_stays_for_a_later_file(way: Way) -> None:
    """処理停止（連携・提供）: left out of the file, counted, recorded by name; sent with the next file after it ended."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.models import AuditRecord
    from kokuho.desks.people.models import ProcessingStop
    from kokuho.exchange.models import OutboxRecord

    stop = ProcessingStop.objects.create(
        atena_no=PERSON, kind=4, reason="本人確認中", valid=DateRange(date(2026, 6, 1), None), recorded_by="t", origin="t"
    )
    file = way.make(people=(PERSON, 2000000003))
    assert (file.record_count, file.counts) == (1, {"処理停止": 1})
    assert list(OutboxRecord.objects.filter(file=file).values_list("atena_no", flat=True)) == [2000000003]
    assert AuditRecord.objects.get(function="exchange.stopped").persons == [PERSON]
    ProcessingStop.objects.filter(pk=stop.pk).update(superseded_at="2026-07-01T00:00:00Z")
    assert way.make(people=(PERSON,)).record_count == 1


def test_the_next_person_finds_the_file_among_what_waits(way: Way) -> None:
    from kokuho.exchange import outbox, queries

    file = way.make()
    assert (queries.to_release(way.maker).count(), queries.to_release(way.second).count()) == (0, 1)
    assert queries.leaving(way.operator).count() == 0
    outbox.release(by=way.second, on=DAY, file_id=file.pk)
    assert (queries.to_release(way.second).count(), queries.leaving(way.operator).count()) == (0, 1)


def test_a_command_says_what_right_is_missing(way: Way, capsys: pytest.CaptureFixture[str]) -> None:
    from kokuho import cli

    for words in (["exchange", "--by", "cl", "send", "1"], ["audit", "--by", "cl", "search"]):
        assert cli.main(words) == 1
        assert capsys.readouterr().err.startswith("RIGHTS-01 "), words
