"""ENTRY: checks on entering, four eyes, history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection

from kokuho.controls import fixture, samples
from kokuho.controls.catalogue import working
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import enrol, put
from kokuho.controls.scene import Scene, another, owner, text, with_only
from kokuho.core import clock, entries, journal, parameters, past
from kokuho.core.access import Actor
from kokuho.core.actions import approvals
from kokuho.core.actions import entries as pending
from kokuho.core.database import APP_ROLE
from kokuho.core.models import Act, Entry, Fact, Staff, WriteRecord
from kokuho.core.queries import entries as entry_queries
from kokuho.desks.people.actions import registrations
from kokuho.desks.people.models import Contact, Person
from kokuho.exchange import doors
from kokuho.exchange.models import WorkItem
from kokuho.exchange.queries import late_neighbours

PHONE = {"priority": 1, "kind": "1", "value": "0489990001", "business": "", "purpose": ""}


def _persons() -> tuple[Actor, Actor]:
    """Two people who may both enter and confirm."""
    rights = (
        "mail.change",
        "mail.confirm",
        "person.read",
        "parameter.request",
        "parameter.approve",
        "levy.run",
        "levy.approve",
        "levy.read",
    )
    first = with_only(*rights)
    second = another(first)
    return first, second


def _contact(scene: Scene, by: Actor, *, begins: date | None = None, fact: int | None = None, **more: Any) -> Entry:
    columns = {column.name for column in registrations.REGISTRATIONS["contact"].columns}
    values = {**{k: v for k, v in PHONE.items() if k in columns}, **more}
    if not values.get("business") and "business" in columns:
        values["business"] = next(
            c for c in registrations.REGISTRATIONS["contact"].columns if c.name == "business"
        ).initial
    return registrations.enter(
        by=by, on=scene.on, code="contact", atena_no=fixture.P_1, values=values, valid_from=begins or scene.on, fact=fact, reason="点検"
    )  # fmt: skip


@check("ENTRY-01")
def only_defined_items(scene: Scene, seen: Evidence) -> None:
    """An entry or a file with anything beyond its definition is refused as a whole."""
    for kind in entries.kinds().values():
        by = with_only(kind.enter)
        seen.refused(f"「{kind.label}」に定めのない項目を加える", pending.submit, by=by, on=scene.on, kind=kind.code, title="点検",
                     payload={"check_strange": "1"}, persons=[fixture.P_1], code="ENTRY-01")  # fmt: skip
    samples.after_the_full_load()
    data = samples.defective(scene.on)["列が多い"]
    seen.refused("定めのない列のあるファイル", doors.receive_bytes, by=scene.actor("U-SYS"), on=scene.on, data=data, file_name="x.csv",
                 code="X04", errors=(doors.Refusal,))  # fmt: skip
    seen.equal(Person.objects.filter(town="移転町").count(), 0, "そのファイルから反映された行")
    numbers = [kind.code for kind in entries.kinds().values() if any("my_number" in item for item in kind.items)]
    seen.none(numbers, "個人番号の欄を持つ届出・登録")


@check("ENTRY-02", commits=True)
def four_eyes(scene: Scene, seen: Evidence) -> None:
    """An entry has no effect until another person confirms it; the enterer cannot: not on the screen, not under another account of the
    same person, not with SQL."""
    put(scene.on, {"entry.freed": [], "entry.pending_days": 7})
    first, second = _persons()
    entry = _contact(scene, first)
    seen.equal(
        (entry.state, Contact.objects.filter(atena_no=fixture.P_1).count()), (Entry.PENDING, 0), "入力しただけの連絡先（状態と件数）"
    )
    seen.refused("入力した本人が確認する（確認の権限も持つ）", pending.confirm, by=first, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    settled = "SET state = 'confirmed', decided_by = {}, decided_at = now()"
    for what, who in (("入力者を確認者として", "entered_by"), ("確認者なしで", "''")):
        statement = f"UPDATE core_entry {settled.format(who)} WHERE id = %s"
        seen.refused(f"アプリケーションの役割のSQLで、{what}確認済みと書く", _sql, statement, entry.pk)
    columns = ", ".join(
        f'"{f.column}"' for f in Entry._meta.concrete_fields if f.column not in ("id", "state", "decided_by", "decided_at", "entered_at")
    )
    insert = (
        f"INSERT INTO core_entry ({columns}, state, decided_by, decided_at) SELECT {columns}, 'confirmed', entered_by, now() "
        "FROM core_entry WHERE id = %s"
    )
    seen.refused("アプリケーションの役割のSQLで、確認済みの入力を入れる", _sql, insert, entry.pk)
    _one_person_two_accounts(scene, seen)
    _on_the_screen(scene, seen)
    _unnoticed(scene, seen)
    seen.refused(
        "確認する権限のない職員が確認する", pending.confirm, by=with_only("mail.change"), on=scene.on, entry_id=entry.pk
    )
    pending.confirm(by=second, on=scene.on, entry_id=entry.pk)
    entry.refresh_from_db()
    seen.equal(Contact.objects.filter(atena_no=fixture.P_1).count(), 1, "別の職員が確認した後の連絡先")
    seen.must(
        bool(
            entry.entered_by
            and entry.entered_at
            and entry.decided_by
            and entry.decided_at
            and entry.entered_by != entry.decided_by
        ),
        "入力者・確認者・両方の日時の記録",
        f"{entry.entered_by} → {entry.decided_by}",
    )


def _one_person_two_accounts(scene: Scene, seen: Evidence) -> None:
    """A clerk and an administrator who are one person are not two: neither for the program nor for the database."""
    clerk, admin = (scene.actor("U-B"), enrol("chkB2", on=scene.on, person_no="chkB", account_class=Staff.ADMINISTRATOR))
    rights = frozenset({"mail.change", "mail.confirm", "person.read"})
    entry = _contact(scene, replace(clerk, capabilities=rights))
    both = {"by": replace(admin, capabilities=rights), "on": scene.on, "entry_id": entry.pk}
    seen.refused("同じ人が別の種類の利用者IDで確認する", pending.confirm, **both, code="ENTRY-02")
    statement = "UPDATE core_entry SET state = 'confirmed', decided_by = 'chkB2', decided_at = now() WHERE id = %s"
    seen.refused("同じ人の別の利用者IDを、アプリケーションの役割のSQLで確認者として書く", _sql, statement, entry.pk)
    made = approvals.propose(by=clerk, kind="levy", subject="check:two", title="点検", content_hash="a" * 64, summary={})
    decide = {"by": admin, "approval_id": made.pk, "approve": True, "content_hash": "a" * 64}
    seen.refused("同じ人が別の種類の利用者IDで決裁する", approvals.decide, **decide, code="ENTRY-02")
    for what, who in (("同じ人の別の利用者IDで", "'chkB2'"), ("決裁者なしで", "''")):
        statement = f"UPDATE core_approval SET state = 'approved', decided_by = {who}, decided_at = now() WHERE id = %s"
        seen.refused(f"アプリケーションの役割のSQLで、{what}決裁済みと書く", _sql, statement, made.pk)


def _on_the_screen(scene: Scene, seen: Evidence) -> None:
    """The enterer's own page offers no confirmation and takes none."""
    by = scene.actor("U-A")
    entry = _contact(scene, by)
    answer = scene.client("U-A").post(f"/entries/{entry.pk}/", {"act": "confirm", "reason": "点検"})
    entry.refresh_from_db()
    told = "確認できません" in text(answer) or answer.status_code == 403
    seen.equal((told, entry.state), (True, Entry.PENDING), f"入力した本人が画面で確認を送る（断る文・状態、応答 {answer.status_code}）")


def _unnoticed(scene: Scene, seen: Evidence) -> None:
    """What waits is seen nowhere: not on the person's pages, in exports or in the values of the tables; after its days it is late."""
    told = [str(PHONE["value"]) in text(scene.client("U-B").get(address)) for address in (
        f"/persons/{fixture.P_1}/", f"/people/{fixture.P_1}/registered/", f"/control/values/{fixture.P_1}/people.contact/")]  # fmt: skip
    seen.equal(told, [False] * 3, "確認前の値が出た画面（個人・登録と履歴・表の値）")
    reader = another(with_only("mail.confirm"))
    waiting = entry_queries.entries_waiting(reader)
    late = [waiting.filter(entry_queries.late_entry(on=scene.on + timedelta(days=days))).count() for days in (7, 8)]
    seen.equal((late[0], late[1] > 0), (0, True), "期限（7日）の日とその翌日に、遅れとして数えられる確認待ち")


def _sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@check("ENTRY-02", place=REAL)
def nothing_is_freed_silently(seen: Evidence) -> None:
    """In the installation: kinds that are freed from four eyes are approved ones, and nobody confirmed what he entered."""
    freed = parameters.value("entry.freed")
    seen.must(
        set(freed) <= set(entries.kinds()), "二人での確認を免じた入力（承認された設定）", "、".join(freed) or "なし"
    )
    with owner() as database:
        row = database.execute(
            "SELECT count(*) FROM core_entry WHERE decided_by = entered_by AND decided_by <> ''"
        ).fetchone()
    seen.equal(row and row[0], 0, "入力した本人が確認した入力")


@check("ENTRY-03")
def nothing_is_overwritten(scene: Scene, seen: Evidence) -> None:
    """Facts and acts cannot be changed or deleted by the application's role; a corrected fact keeps the former one."""
    open_tables = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not issubclass(model, (Act, Fact)) or not model._meta.managed:
                continue
            table = model._meta.db_table
            closing = "superseded_at" if issubclass(model, Fact) else ""
            cursor.execute(
                "SELECT has_table_privilege(current_user, %s, 'DELETE'), has_table_privilege(current_user, %s, 'TRUNCATE'), "
                "(SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND has_column_privilege(current_user, %s::regclass, attnum, 'UPDATE'))",
                [table, table, table, table],
            )
            delete, truncate, columns = cursor.fetchone()
            if delete or truncate or set(columns or ()) - ({closing} if closing else set(_changeable(model))):
                open_tables.append(f"{table}（{'、'.join(columns or ())}{' 削除' if delete else ''}）")
    seen.none(open_tables, "アプリケーションの役割が書き換え・削除できる事実と決定の表")
    row = Person.objects.get(atena_no=fixture.P_1)
    row.correct(recorded_by="chkSys", origin="check", town="訂正町")
    towns = [
        (held.town, held.superseded_at is None) for held in Person.objects.filter(atena_no=fixture.P_1).order_by("pk")
    ]
    seen.equal(towns, [("点検町", False), ("訂正町", True)], "住所を訂正した後の履歴（前の値と今の値）")
    first, second = _persons()
    entry = _contact(scene, first)
    pending.confirm(by=second, on=scene.on, entry_id=entry.pk)
    seen.refused(
        "確認済みの入力をもう一度決める", pending.return_, by=second, on=scene.on, entry_id=entry.pk, reason="点検"
    )
    seen.refused(
        "確認済みの入力の内容をSQLで書き換える", _sql, "UPDATE core_entry SET payload = '{}' WHERE id = %s", entry.pk
    )


@check("ENTRY-03", commits=True)
def an_edit_returns_to_pending(scene: Scene, seen: Evidence) -> None:
    """What was confirmed is edited before its day, and once more: each edit is pending, without effect, until another person than its
    enterer confirms it; all former values stay with their times, and what was known on a day is told as it was then."""
    put(scene.on, {"entry.freed": []})
    (first, second), begins = _persons(), scene.on + timedelta(days=30)
    pending.confirm(by=second, on=scene.on, entry_id=_contact(scene, first, begins=begins).pk)
    reader, numbers = another(with_only("mail.confirm")), [str(PHONE["value"])]
    for number in ("0489990002", "0489990003"):
        held = _contacts().get()
        edit = _contact(scene, first, begins=begins, fact=held.pk, value=number)
        waits = entry_queries.entries_waiting(reader).filter(pk=edit.pk).exists()
        told = (edit.state, waits, _contacts().get().value)
        seen.equal(told, (Entry.PENDING, True, numbers[-1]), "確認済みの登録を直した後（状態・確認待ちにある・今の値）")
        shown = number in text(scene.client("U-B").get(f"/people/{fixture.P_1}/registered/"))
        seen.must(not shown, "直した値が、確認の前に登録の画面に出ない")
        seen.refused("直した本人が確認する", pending.confirm, by=first, on=scene.on, entry_id=edit.pk, code="ENTRY-02")
        pending.confirm(by=second, on=scene.on, entry_id=edit.pk)
        numbers.append(number)
    rows = list(Contact.objects.filter(atena_no=fixture.P_1).order_by("pk"))
    kept = [(row.value, row.superseded_at is None, row.origin.startswith("entry:")) for row in rows]
    seen.equal(kept, [(number, number == numbers[-1], True) for number in numbers], "二度直した後に残る値（今の値か・入力から）")
    seen.must(all(row.superseded_at for row in rows[:-1]), "前の値の、記録した日時と直した日時", [row.recorded_at for row in rows])
    for place, row in enumerate(rows[1:]):
        with past.as_known(row.recorded_at):
            seen.equal([known.value for known in _contacts()], [numbers[place]], f"{place + 1}度目に直す前の時点で知っていた値")


def _contacts() -> Any:
    """What is believed of the contacts of P-1."""
    return Contact.objects.filter(atena_no=fixture.P_1, superseded_at__isnull=True)


@check("ENTRY-03")
def nothing_is_removed(scene: Scene, seen: Evidence) -> None:
    """The application's role may delete from listed working tables only, each with the reason why no entry or decision is lost with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
            "AND (has_table_privilege(current_user, c.oid, 'DELETE') OR has_table_privilege(current_user, c.oid, 'TRUNCATE'))"
        )
        found = {row[0] for row in cursor.fetchall()}
    listed = working()
    seen.none(sorted(found - set(listed)), "一覧にない、行を削除できる表")
    seen.none(sorted(set(listed) - found), "一覧にあって、削除できない表")
    models = {model._meta.db_table: model for model in apps.get_models()}
    lasting = [table for table in listed if table in models and issubclass(models[table], (Act, Fact))]
    seen.none(lasting, f"削除できる作業用の表（{len(listed)}表）のうち、事実・決定の表")


@check("ENTRY-03", place=REAL)
def nothing_was_removed(seen: Evidence) -> None:
    """In the installation: deletions in the record of writes that are neither of working tables nor of an approved erasure."""
    by_us = {"database_role__startswith": APP_ROLE, "table_name__startswith": "public."}
    gone = WriteRecord.objects.filter(operation__in=("delete", "truncate"), **by_us)
    seen.value("書込みの記録にある削除", gone.count())
    erased = WriteRecord.objects.filter(table_name="public.core_erasurerecord", operation="insert").values("transaction")
    known = [f"public.{table}" for table in (*working(), *journal.RECORDS)]  # the records' own end is another control's (LOG-09)
    left = gone.exclude(table_name__in=known).exclude(transaction__in=erased)
    seen.none([f"{row.table_name} {row.at:%Y-%m-%d}" for row in left[:100]], "作業用の表でも、承認された消去でもない削除")


def _changeable(model: Any) -> tuple[str, ...]:
    """Columns that a kind of act leaves open by its own declaration, e.g. the mark that a notice was taken back."""
    granted = model.GRANTS.partition("UPDATE (")[2].partition(")")[0]
    return tuple(part.strip() for part in granted.split(",") if part.strip())


@check("ENTRY-05")
def identity_is_recorded(scene: Scene, seen: Evidence) -> None:
    """A notice cannot go on without the record of who was identified how; an agent needs the proof of authority."""
    choices = entries.identity_choices()
    kinds = [kind for kind in entries.kinds().values() if kind.identity]
    seen.value("本人確認を要する手続", [kind.label for kind in kinds])
    for kind in kinds:
        seen.refused(
            f"「{kind.label}」を本人確認の記録なしに入力する",
            pending.submit,
            by=with_only(kind.enter),
            on=scene.on,
            kind=kind.code,
            title="点検",
            payload={},
            persons=[fixture.P_1],
            code="ENTRY-05",
        )
    method = next(iter(choices["methods"]))
    papers = ["点検書類"] * (choices["methods"][method]["documents"] + 1)
    agent = next(code for code, entry in choices["bringers"].items() if entry.get("authority"))
    bare = {"identity": {"method": method, "bringer": agent, "documents": papers, "questions": "点検"}}
    seen.must("代理権" in entries.identity_problem(bare), "代理権の確認のない代理人", entries.identity_problem(bare))
    asked = [code for code, entry in choices["methods"].items() if entry.get("questions")]
    unasked = (
        {"identity": {"method": asked[0], "bringer": next(iter(choices["bringers"])), "documents": papers}}
        if asked
        else {}
    )
    seen.must(bool(asked) and bool(entries.identity_problem(unasked)), "質問による確認で、質問の記録がない")


@check("ENTRY-05", place=REAL)
def every_notice_has_its_check(seen: Evidence) -> None:
    """In the installation: entries of these kinds without a complete record of the identity check; copies of papers that are kept."""
    kinds = [kind.code for kind in entries.kinds().values() if kind.identity]
    found = Entry.objects.filter(kind__in=kinds).exclude(state=Entry.WITHDRAWN)
    seen.value("本人確認を要する入力の数", found.count())
    seen.none([entry.pk for entry in found.iterator() if entries.identity_problem(entry.evidence)], "本人確認の記録の欠けた入力")


@check("ENTRY-07", commits=True)
def changes_arrive(scene: Scene, seen: Evidence) -> None:
    """A change of the register holds at once, with its former value; one that cannot be applied is listed, not dropped."""
    samples.after_the_full_load()
    by = scene.actor("U-SYS")
    data = samples.changes(
        scene.on, samples.change(scene.on, fixture.P_1), samples.change(scene.on, 9_990_009_999, sequence=2)
    )
    file = doors.receive_bytes(by=by, on=scene.on, data=data, file_name="check-changes.csv")
    now = Person.objects.get(atena_no=fixture.P_1, superseded_at__isnull=True, valid__contains=scene.on)
    before = Person.objects.filter(
        atena_no=fixture.P_1, superseded_at__isnull=True, valid__contains=scene.on - timedelta(days=5)
    )
    seen.equal((now.town, [p.town for p in before]), ("移転町", ["点検町"]), "反映後の住所と、その前の期間の住所")
    items = list(WorkItem.objects.filter(file=file).values_list("code", flat=True))
    seen.must("J13" in items, "反映できない異動は要処理に残る", items)
    put(scene.on, {"link.max_lag_seconds": 60})
    reader, came = with_only("exchange.read"), clock.now()
    late = [late_neighbours(reader, at=came + timedelta(seconds=seconds)) for seconds in (30, 90)]
    seen.equal(late, [[], ["住民記録"]], "60秒の上限のとき、届いてから30秒後と90秒後に遅れている相手先")
