"""RIGHTS-04 to -06: rights come by application and approval, end at once when somebody leaves, and are re-checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection

from kokuho.controls import fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import OTHER_UNIT, OTHER_UNIT_NAME, Officers, appoint, browser, enrol, put
from kokuho.controls.scene import Scene, by_hand, fresh_client, with_only
from kokuho.core import clock, parameters, seals
from kokuho.core.access import Actor, actor_for, catalogue
from kokuho.core.actions import accounts, entries, leaving, reviews
from kokuho.core.actions.leaving import Personnel
from kokuho.core.models import Grant, Staff
from kokuho.core.queries import accounts as queries

U_A, U_B = fixture.STAFF["U-A"].staff_no, fixture.STAFF["U-B"].staff_no
REVIEWER = frozenset({"staff.read", "rights.review"})


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@check("RIGHTS-04", commits=True)
def rights_come_by_application(scene: Scene, seen: Evidence) -> None:
    """Without an approved application: refused on the screen, in the program and in SQL. Nobody for oneself. The normal chain works
    from its first day, and its four facts stay as they are."""
    office = appoint(scene.on)
    unit_role = "qualification_approver"
    office.approved(office.apply(
        accounts.UNIT, by=office.admin, code=fixture.UNIT, name=fixture.UNIT_NAME, opens="", closes="",
        roles=[*Staff.objects.get(staff_no=U_A).unit.roles, unit_role],
    ))  # fmt: skip
    _without_application(scene, office, seen)
    seen.refused("所属長が自分に権限を申請する", office.grant, office.head.staff_no, unit_role, code="RIGHTS-SELF")
    asked = office.grant(U_B, unit_role, by=office.head)
    both = Actor(office.head.staff_no, "点検", "", frozenset({"rights.apply", "rights.approve"}), "t")
    seen.refused("申請した本人が承認する", entries.confirm, by=both, on=scene.on, entry_id=asked.pk, code="ENTRY-02")
    entries.withdraw(by=office.head, on=scene.on, entry_id=asked.pk, reason="点検")
    tomorrow = scene.on + timedelta(days=1)
    entry = office.grant(U_A, unit_role, begins=tomorrow)
    seen.must(not Grant.objects.filter(role=unit_role).exists(), "申請しただけの権限はない")
    office.approved(entry)

    def may(on: date) -> bool:
        return actor_for(U_A, on=on, terminal="t").may("eligibility.approve")

    seen.equal((may(scene.on), may(tomorrow)), (False, True), "承認された権限は発効日から効く（今日、明日）")
    today = seals.today()
    grant, title = Grant.objects.get(role=unit_role), catalogue()["roles"][unit_role]["title"]
    row = next((r for r in queries.rights_changes(with_only("staff.read"), since=today, until=today) if r.role == title), None)
    told = (grant.applied_by, grant.approved_by, grant.entry_id, row is not None and row.after == f"{tomorrow}〜{grant.valid_until}")
    seen.equal(told, (office.head.staff_no, office.officer.staff_no, entry.pk, True), "履歴（申請・承認・申請書・内容と日）")
    for statement in ("UPDATE core_grantevent SET role = 'x'", "DELETE FROM core_grantevent", "DELETE FROM core_grant",
                      "UPDATE core_grant SET approved_by = 'x'", "UPDATE core_grant SET valid_until = valid_until + 1",
                      f"UPDATE core_entry SET payload = '{{}}' WHERE id = {entry.pk}"):  # fmt: skip
        seen.refused(f"履歴を書き換える: {statement.replace(f'{entry.pk}', '…')}", _sql, statement)


def _without_application(scene: Scene, office: Officers, seen: Evidence) -> None:
    """What a system administrator can try without an application."""
    seen.refused("システム管理の職員が権限を申請する", office.grant, U_A, "collection", by=office.admin, code="RIGHTS-01")
    asked = office.grant(U_A, "collection")
    seen.refused("システム管理の職員が承認する", entries.confirm, by=office.admin, on=scene.on, entry_id=asked.pk, code="RIGHTS-01")
    entries.withdraw(by=office.head, on=scene.on, entry_id=asked.pk, reason="点検")
    posted = scene.client("U-SYS").post("/access/apply/rights/grant/", {"staff_no": U_A, "roles": ["collection"], "reason": "x"})
    seen.equal(posted.status_code, 403, "システム管理の職員が画面で権限を付ける")
    columns = "staff_id, role, valid_from, valid_until, applied_by, approved_by, reason, ended_by"
    values = f"(SELECT id FROM core_staff WHERE staff_no = '{U_A}'), 'collection', current_date, current_date + 9, 'a', 'b', 'x', ''"
    seen.refused("申請のない権限をアプリケーションの役割のSQLで入れる", _sql, f"INSERT INTO core_grant ({columns}) SELECT {values}")
    seen.must(not Grant.objects.filter(staff__staff_no=U_A, role="collection").exists(), "申請のない権限は付いていない")


@check("RIGHTS-05", commits=True)
def who_moved_is_out_at_once(scene: Scene, seen: Evidence) -> None:
    """The personnel file says that U-A moved: the open session, signing in and the rights end; a task for the terminal's account stays
    until it is confirmed, and is late after the days of the setting."""
    put(scene.on, {"rights.stop_terminal_account": True})
    client = scene.client("U-A")
    seen.equal(client.get(f"/persons/{fixture.P_1}/").status_code, 200, "異動の前に画面を開く")
    line = Personnel(U_A, OTHER_UNIT, OTHER_UNIT_NAME, scene.on - timedelta(days=1), None)
    taken = with_only("exchange.receive")
    leaving.take_personnel(by=taken, on=scene.on, lines=[line], origin="check")
    answer = client.get(f"/persons/{fixture.P_1}/")
    seen.must(answer.status_code in (302, 403), "異動の後、開いたままの利用で次の画面を開く", answer.status_code)
    seen.equal(actor_for(U_A, on=scene.on, terminal="t").capabilities, frozenset(), "異動した職員に残る権限")
    seen.refused("異動した職員が権限を要する操作をする", actor_for(U_A, on=scene.on, terminal="t").require, "person.read")
    by = with_only("staff.read", "account.manage")
    tasks = [(t.staff_no, late) for t, late in queries.open_tasks(by, on=scene.on)]
    seen.equal(tasks, [(U_A, False)], "端末アカウントの停止を確かめる作業が残る")
    days = parameters.value("rights.task_alert_days")
    late = [late for _, late in queries.open_tasks(by, on=scene.on + timedelta(days=days + 1))]
    seen.equal(late, [True], f"{days}日を過ぎた作業は警告の一覧に出る")
    leaving.take_personnel(
        by=taken, on=scene.on, origin="check",
        lines=[Personnel(U_B, fixture.UNIT, fixture.UNIT_NAME, scene.on - timedelta(days=99), scene.on - timedelta(days=1))],
    )  # fmt: skip
    seen.refused("退職した職員として操作する", actor_for, U_B, on=scene.on, terminal="t")
    seen.must(browser(U_B, scene.secrets["U-B"]) is None, "退職した職員がログインする")


@check("RIGHTS-06", commits=True)
def rights_are_re_checked(scene: Scene, seen: Evidence) -> None:
    """The report of a day has exactly the changes that were made; leftovers are found; the state at a date is the replay of the
    history; a month without a re-check raises an alert."""
    office = appoint(scene.on)
    by = Actor("chkRev", "点検 再点検", "", REVIEWER, "t")
    put(scene.on, {"rights.change_report": True, "rights.review_months": 1})
    with_history = scene.on - timedelta(days=40)
    by_hand("core_grantevent", "UPDATE core_grantevent SET pgh_created_at = %s", clock.midnight(with_history))
    by_hand("core_staffevent", "UPDATE core_staffevent SET pgh_created_at = %s", clock.midnight(with_history))
    today = seals.today()
    seen.equal(queries.rights_changes(by, since=today, until=today), [], "変更のない日の帳票")
    _three_changes(scene, office, by, seen)
    _leftovers(scene, by, seen)
    _state(scene, by, with_history, seen)
    months = clock.months_later(scene.on, 1)
    reviews.review(by=by, on=scene.on, period_from=scene.on, period_until=max(scene.on, today), findings="異常なし", follow_up="廃止した")
    seen.equal(queries.changes_to_check(by, until=max(scene.on, today)), [], "再点検の後に残る日次の帳票")
    told = [queries.review_state(by, on=day).overdue for day in (months, months + timedelta(days=1))]
    seen.equal(told, [False, True], "再点検のない月は期限経過となる（期限の日、その翌日）")


def _three_changes(scene: Scene, office: Officers, by: Actor, seen: Evidence) -> None:
    today = seals.today()
    office.approved(office.grant(U_B, "collection"))
    grant = Grant.objects.get(staff__staff_no=U_B, role="mynumber")
    before = f"{grant.valid_from}〜{grant.valid_until}"
    office.approved(office.apply(accounts.END, grant_id=grant.pk, last_day=scene.on.isoformat()))
    office.approved(office.grant(U_A, "assessment"))
    last = scene.on + timedelta(days=20)
    head, officer = (f"点検職員 {actor.staff_no}" for actor in (office.head, office.officer))
    expected = [
        (U_B, "収納担当", "なし", f"{scene.on}〜{last}", head, officer),
        (U_B, "個人番号利用", before, f"{grant.valid_from}〜{scene.on}"),
        (U_A, "賦課担当", "なし", f"{scene.on}〜{last}", head, officer),
    ]
    rows = queries.rights_changes(by, since=today, until=today)
    told = [(r.staff_no, r.role, r.before, r.after, r.applied_by, r.approved_by)[: len(e)] for r, e in zip(rows, expected, strict=False)]
    seen.must(len(rows) == 3 and told == expected, "三つの変更をした日の帳票（前・後・申請・承認）", f"{len(rows)}行")
    listed = queries.changes_to_check(by, until=max(scene.on, today))
    seen.must((today, 3) in listed, "再点検していない日次の帳票に出る", f"{len(listed)}日")


def _leftovers(scene: Scene, by: Actor, seen: Evidence) -> None:
    """An active ID of somebody who retired, one past its end, one that nobody uses."""
    retired, over, unused = "chkRetired", "chkOver", "chkUnused"
    for number in (retired, over, unused):
        enrol(number, on=scene.on - timedelta(days=100))
    gone = scene.on - timedelta(days=10)
    line = Personnel(retired, fixture.UNIT, fixture.UNIT_NAME, gone - timedelta(days=99), gone)
    leaving.take_personnel(by=with_only("exchange.receive"), on=scene.on, lines=[line], origin="check")
    Staff.objects.filter(staff_no=retired).update(is_active=True)
    Staff.objects.filter(staff_no=over).update(valid_until=scene.on - timedelta(days=1))
    found = {row.staff.staff_no: row.why for row in queries.leftover_accounts(by, on=scene.on)}
    gone_no = fixture.STAFF["U-GONE"].staff_no
    for number, word in ((retired, "退職"), (over, "利用終了日"), (unused, "使われていない"), (gone_no, "利用終了日")):
        seen.must(word in found.get(number, ""), f"残っているIDの一覧に出る（{word}）", found.get(number, "出ない"))
    seen.must(U_A not in found, "使われているIDは出ない")


def _state(scene: Scene, by: Actor, then: date, seen: Evidence) -> None:
    """The product's state at a date against a replay made here, event after event."""
    past = then + timedelta(days=1)
    for day in (past, scene.on):
        shown = {(r.staff_no, r.role, r.valid_until) for r in queries.rights_state(by, on=day, today=max(scene.on, seals.today()))}
        seen.equal(len(shown - _replay(day)) + len(_replay(day) - shown), 0, f"{day} の権限の状態と履歴の再生の違い（{len(shown)}件）")
    kept = {(r.staff_no, r.role) for r in queries.rights_state(by, on=past, today=scene.on)}
    seen.must((U_B, "個人番号利用") in kept and (U_B, "収納担当") not in kept, "後の変更は、前の日の状態を変えない")


def _replay(day: date) -> set[tuple[str, str, date]]:
    events: Iterable[Any] = apps.get_model("core", "GrantEvent").objects.order_by("pgh_id")
    end = clock.midnight(day) + timedelta(days=1)
    newest = {event.pgh_obj_id: event for event in events if event.pgh_created_at < end}
    names = dict(Staff.objects.values_list("pk", "staff_no"))
    titles = {name: role["title"] for name, role in catalogue()["roles"].items()}
    return {
        (names[e.staff_id], titles[e.role], e.valid_until) for e in newest.values() if e.valid_from <= day <= e.valid_until
    }  # fmt: skip


@check("RIGHTS-06", place=REAL)
def the_re_check_is_in_time(seen: Evidence) -> None:
    """In the installation: when rights were re-checked last, and which daily reports nobody has looked at."""
    by, on = with_only("staff.read"), clock.business_date()
    state = queries.review_state(by, on=on)
    seen.must(not state.overdue, "権限の再点検の期限", f"{state.due_on}（前回 {state.last.reviewed_on if state.last else 'なし'}）")
    seen.value("再点検していない日次の帳票", len(queries.changes_to_check(by, until=on)))
    seen.value("残っているID", len(queries.leftover_accounts(by, on=on)))


@check("RIGHTS-07", commits=True)
def nobody_reaches_beyond_the_own_unit(scene: Scene, seen: Evidence) -> None:
    """A head grants only to the own staff what the unit holds; the inspector's page takes no entry; exclusive roles stay apart."""
    office = appoint(scene.on)
    enrol("chkElse", on=scene.on, unit=(OTHER_UNIT, OTHER_UNIT_NAME))
    seen.refused("所属長が他の所属の職員に権限を申請する", office.grant, "chkElse", "qualification", code="RIGHTS-07-UNIT")
    seen.refused("所属長が所属に認められていない役割を申請する", office.grant, U_A, "disclosure", code="RIGHTS-07-MORE")
    enrol("chkPlain", on=scene.on)
    enrol("chkSysad", "system_admin", on=scene.on)
    seen.refused("システム管理と記録点検の権限を一人に申請する", office.grant, "chkPlain", "operation", "inspection",
                 code="RIGHTS-07-EXCLUSIVE")  # fmt: skip
    seen.refused("システム管理の職員に記録点検の権限を申請する", office.grant, "chkSysad", "inspection", code="RIGHTS-07-EXCLUSIVE")
    client = scene.client("U-AUD")
    posts = ("/access/apply/rights/grant/", "/access/apply/account/register/", f"/persons/{fixture.P_1}/", "/exchange/receive/",
             "/vendors/order/", "/control/orders/new/")  # fmt: skip
    opened = [address for address in posts if client.post(address).status_code not in (403, 404, 405)]
    seen.none(opened, "記録点検の職員が書き込めた画面")
    seen.equal(fresh_client().get("/access/").status_code, 302, "認証なしで権限の管理を開く")
