"""AUTH-01, RIGHTS-02, -04 to -07: rights are applied for, approved by another, dated, ended at once, and re-checked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
END = date(2027, 3, 31)


@pytest.fixture
def hired(db: None) -> Any:
    """`hired("number", "role", …, unit="01")` registers a person and returns the actor."""
    from kokuho.core.access import actor_for
    from kokuho.core.actions.staff import register

    def hire(number: str, *roles: str, unit: str = "01", **more: Any) -> Any:
        register(
            staff_no=number, name=f"職員{number}", unit_code=unit, unit_name=f"課{unit}", password="correct horse battery", roles=roles,
            applied_by="head", approved_by="chief", on=date(2026, 4, 1), reason="試験", **more,
        )  # fmt: skip
        return actor_for(number, on=DAY, terminal="t")

    return hire


@pytest.fixture
def office(hired: Any) -> dict[str, Any]:
    """A head, an administrator, an approver and an inspector; clerks of two units."""
    return {
        "head": hired("kacho", "unit_head"), "admin": hired("sysad", "system_admin", unit="90"),
        "officer": hired("anzen", "security_officer", unit="90"), "inspector": hired("kansa", "inspection", unit="91"),
        "clerk": hired("fuka", "assessment"), "new": hired("shin"), "other": hired("tasha", "collection", unit="02"),
    }  # fmt: skip


def apply(by: Any, kind: str, **payload: Any) -> Any:
    from kokuho.core.actions import accounts

    return accounts.apply_for(by=by, on=DAY, kind=kind, title="申請", reason="業務の分担", **payload)


def approve(by: Any, entry: Any, on: date = DAY) -> Any:
    from kokuho.core.actions import entries

    return entries.confirm(by=by, on=on, entry_id=entry.pk)


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    from kokuho.core.coded import CodedError

    with pytest.raises(CodedError) as error:
        call(*args, **kwargs)
    return str(error.value.code)


def grant(staff_no: str = "shin", roles: tuple[str, ...] = ("assessment",), first: date = DAY, last: date = END) -> dict[str, Any]:
    return {"staff_no": staff_no, "roles": list(roles), "valid_from": first.isoformat(), "valid_until": last.isoformat()}


def may(staff_no: str, capability: str, on: date = DAY) -> bool:
    from kokuho.core.access import actor_for

    return actor_for(staff_no, on=on, terminal="t").may(capability)


def test_a_right_begins_on_its_day_after_another_persons_approval(office: dict[str, Any]) -> None:
    asked = apply(office["head"], "rights.grant", **grant(first=DAY + timedelta(days=1)))
    assert not may("shin", "levy.run", DAY + timedelta(days=1))
    approve(office["officer"], asked)
    assert not may("shin", "levy.run") and may("shin", "levy.run", DAY + timedelta(days=1))
    assert not may("shin", "levy.run", END + timedelta(days=1))
    from kokuho.core.models import Grant

    given = Grant.objects.get(staff__staff_no="shin")
    assert (given.applied_by, given.approved_by, given.entry_id, given.reason) == ("kacho", "anzen", asked.pk, "業務の分担")


def test_who_may_apply_for_whom_and_for_what(office: dict[str, Any], hired: Any) -> None:
    from kokuho.core.access import Refused

    head, grants = office["head"], "rights.grant"
    assert refused(apply, head, grants, **grant("kacho")) == "RIGHTS-SELF"
    assert refused(apply, head, grants, **grant("tasha", ("collection",))) == "RIGHTS-07-UNIT"
    assert refused(apply, head, grants, **grant(roles=("collection",))) == "RIGHTS-07-MORE"
    assert refused(apply, head, grants, **grant(last=date(2030, 1, 1))) == "RIGHTS-05"
    assert refused(apply, head, grants, **grant(last=date(2026, 6, 1))) == "RIGHTS-PERIOD"
    assert refused(apply, head, grants, **grant("fuka")) == "RIGHTS-AGAIN"
    with pytest.raises(Refused):
        apply(office["admin"], grants, **grant())
    hired("shin2", account_class="administrator", person_no="anzen")
    asked = apply(head, grants, **grant("shin2"))
    assert refused(approve, office["officer"], asked) == "RIGHTS-SELF", "the same person under another account"


def test_a_role_for_staff_only_is_not_given_to_a_contractor_and_duties_stay_apart(office: dict[str, Any], hired: Any) -> None:
    from kokuho.core.models import Staff, Unit

    head = office["head"]
    Unit.objects.filter(code="01").update(roles=["assessment", "unit_head", "mynumber", "inspection", "qualification"])
    Staff.objects.filter(staff_no="shin").update(account_class="contractor")
    assert refused(apply, head, "rights.grant", **grant(roles=("mynumber",))) == "RIGHTS-02"
    assert refused(apply, head, "rights.grant", **grant("fuka", ("inspection",))) == "RIGHTS-07-EXCLUSIVE"
    hired("fuka2", account_class="administrator", person_no="fuka")
    assert refused(apply, head, "rights.grant", **grant("fuka2", ("inspection",))) == "RIGHTS-07-EXCLUSIVE", "by person, not by ID"


def test_administrators_see_no_residents_and_inspectors_change_nothing() -> None:
    from kokuho.core.access import catalogue, duties, item_of

    table = catalogue()
    resident = {"person", "eligibility", "income", "levy", "notice", "ledger", "mynumber", "protected", "mail"}
    for role in ("system_admin", "security_officer", "unit_head"):
        assert not {item_of(c) for c in table["roles"][role]["may"]} & resident, role
    assert not set(duties()["権限管理"]["items"]) & resident
    allowed = {"audit.inspect", "audit.seal", "rights.review"}
    writing = {c for c in table["roles"]["inspection"]["may"] if not c.endswith(".read")} - allowed
    assert writing == set()


def test_accounts_and_units_come_by_application_with_an_owner_and_an_end(office: dict[str, Any]) -> None:
    from kokuho.core.models import Staff, Unit

    admin = office["admin"]
    form = {
        "staff_no": "s900", "person_no": "900", "name": "新人 花", "name_kana": "シンジン ハナ", "account_class": "staff", "unit": "01",
        "valid_from": DAY.isoformat(), "valid_until": END.isoformat(),
    }  # fmt: skip
    for change, code in (
        ({"person_no": ""}, "AUTH-01-OWNER"), ({"staff_no": "全角"}, "AUTH-01-OWNER"), ({"name": " "}, "AUTH-01-OWNER"),
        ({"person_no": "fuka"}, "AUTH-01-SECOND"), ({"staff_no": "fuka"}, "AUTH-01-TAKEN"),
        ({"valid_until": "2031-01-01"}, "AUTH-01-PERIOD"),
        ({"valid_until": ""}, "RIGHTS-DATE"), ({"account_class": "contractor"}, "VENDOR-01"),
    ):  # fmt: skip
        assert refused(apply, admin, "account.register", **{**form, **change}) == code, change
    approve(office["officer"], apply(admin, "account.register", **form))
    made = Staff.objects.get(staff_no="s900")
    assert made.must_change_password and not made.has_usable_password() and not made.grants.exists()
    approve(office["officer"], apply(admin, "unit.change", code="03", name="収納課", roles=["collection"], opens="08:30", closes="17:30"))
    assert Unit.objects.get(code="03").roles == ["collection"]


def test_a_transfer_or_retirement_in_the_personnel_file_stops_at_once(office: dict[str, Any], hired: Any) -> None:
    from kokuho.core.access import Refused, actor_for
    from kokuho.core.actions.leaving import Personnel, confirm_task, take_personnel
    from kokuho.core.models import Staff
    from kokuho.core.queries import accounts as queries

    operator = hired("densan", "operation", unit="80")
    session = {"fuka": "a", "tasha": "b"}
    for number, key in session.items():
        Staff.objects.filter(staff_no=number).update(session_number=key)
    lines = [
        Personnel("fuka", "05", "市民課", DAY, None),
        Personnel("tasha", "02", "課02", date(2020, 4, 1), date(2026, 6, 30)),
        Personnel("shin", "01", "課01", date(2020, 4, 1), None),
    ]
    assert take_personnel(by=operator, on=DAY, lines=lines, origin="file:1") == {"moved": 1, "left": 1}
    assert actor_for("fuka", on=DAY, terminal="t").capabilities == frozenset()
    with pytest.raises(Refused):
        actor_for("tasha", on=DAY, terminal="t")
    assert set(Staff.objects.filter(staff_no__in=session).values_list("session_number", flat=True)) == {"ended"}
    tasks = queries.open_tasks(office["admin"], on=DAY)
    assert len(tasks) == 2 and not any(late for _, late in tasks)
    assert all(late for _, late in queries.open_tasks(office["admin"], on=DAY + timedelta(days=4)))
    confirm_task(by=office["admin"], task_id=tasks[0][0].pk, note="ADのアカウントを無効にした")
    assert len(queries.open_tasks(office["admin"], on=DAY)) == 1
    assert take_personnel(by=operator, on=DAY, lines=lines, origin="file:2") == {"moved": 0, "left": 0}


def test_a_run_asks_whether_the_one_who_ordered_it_is_still_there(office: dict[str, Any]) -> None:
    from kokuho.core.actions import leaving
    from kokuho.core.runs import entitled

    assert entitled("fuka", DAY) and entitled("bench", DAY)
    leaving.suspend(by=office["admin"], on=DAY, staff_no="fuka", reason="退職")
    assert not entitled("fuka", DAY)


def test_another_person_unlocks_and_gives_a_first_password_nobody_their_own(office: dict[str, Any]) -> None:

    from kokuho.core.access import Refused
    from kokuho.core.actions import leaving
    from kokuho.core.models import AccountEvent, Staff

    admin = office["admin"]
    assert refused(leaving.unlock, by=admin, staff_no="sysad", reason="自分") == "RIGHTS-SELF"
    with pytest.raises(Refused):
        leaving.unlock(by=office["clerk"], staff_no="shin", reason="x")
    password = leaving.issue_password(by=admin, staff_no="shin", reason="失念")
    staff = Staff.objects.get(staff_no="shin")
    assert staff.check_password(password) and staff.must_change_password
    leaving.suspend(by=admin, on=DAY, staff_no="fuka", reason="紛失の届出")
    with pytest.raises(Refused):
        from kokuho.core.access import actor_for

        actor_for("fuka", on=DAY, terminal="t")
    assert list(AccountEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["password", "end"]


def test_reports_show_changes_leftovers_and_the_state_of_any_day(office: dict[str, Any], hired: Any) -> None:
    from kokuho.core import clock
    from kokuho.core.actions.reviews import review
    from kokuho.core.models import Grant, Staff
    from kokuho.core.queries import accounts as queries

    inspector, today = office["inspector"], clock.now().astimezone(clock.JAPAN).date()
    hired("extra", account_class="administrator", person_no="fuka")
    approve(office["officer"], apply(office["head"], "rights.grant", **grant()))
    grant_id = Grant.objects.get(staff__staff_no="fuka").pk
    approve(office["officer"], apply(office["head"], "rights.end", grant_id=grant_id, last_day="2026-07-31"))
    rows = queries.rights_changes(inspector, since=today, until=today)
    [given, shortened] = [r for r in rows if r.staff_no == "shin" or r.before != "なし"]
    assert (given.role, given.before, given.after, given.applied_by) == ("賦課担当", "なし", f"{DAY}〜{END}", "職員kacho")
    assert (shortened.staff_no, shortened.after) == ("fuka", "2026-04-01〜2026-07-31")
    Staff.objects.filter(staff_no="shin").update(valid_from=date(2026, 4, 1), valid_until=date(2026, 6, 30))
    why = {row.staff.staff_no: row.why for row in queries.leftover_accounts(inspector, on=DAY)}
    assert "過ぎたが廃止されていない" in why["shin"] and "使われていない" in why["fuka"]
    assert [person for person, _ in queries.double_accounts(inspector)] == ["fuka"]
    assert queries.accounts_without_owner(inspector) == []
    state = {(r.staff_no, r.role) for r in queries.rights_state(inspector, on=today, today=today + timedelta(days=1))}
    assert state == {(r.staff_no, r.role) for r in queries.rights_state(inspector, on=today, today=today)}, "replayed and as it stands"
    held = Grant.objects.filter(valid_from__lte=today, valid_until__gte=today).values_list("staff__staff_no", flat=True)
    assert {number for number, _ in state} == set(held)
    assert queries.review_state(inspector, on=DAY).overdue
    findings = {"by": inspector, "on": DAY, "period_from": date(2026, 6, 1), "period_until": DAY}
    assert refused(review, **findings, findings=" ") == "RIGHTS-06-FINDINGS"
    assert refused(review, **findings, findings="確認した") == "RIGHTS-06-FOLLOW-UP"
    Staff.objects.filter(staff_no="fuka").update(left_on=date(2026, 6, 30))
    assert "退職" in {row.staff.staff_no: row.why for row in queries.leftover_accounts(inspector, on=DAY)}["fuka"]
    assert [day for day, _ in queries.changes_to_check(inspector, until=today)] == [today]
    made = review(**findings, findings="確認した", follow_up="shin を廃止する")
    assert made.leftovers >= 2 and not queries.review_state(inspector, on=DAY).overdue
    review(**{**findings, "period_until": today}, findings="確認した", follow_up="廃止した")
    assert queries.changes_to_check(inspector, until=today) == []


# --- RIGHTS-03 ------------------------------------------------------------------------------------------------------------


def put(**values: Any) -> None:
    from kokuho.core.actions.parameters import _write

    _write(
        {key.replace("__", "."): value for key, value in values.items()}, profile="default", exceptions={}, requested_by="a",
        approved_by="b", reason="試験", origin="opening",
    )  # fmt: skip


def test_every_role_stays_within_the_items_of_its_duty_and_a_change_of_the_table_holds_at_once(hired: Any) -> None:
    from kokuho.core import audit
    from kokuho.core.access import actor_for
    from kokuho.core.models import AuditRecord

    hired("shuno", "collection")
    hired("both", "qualification", "collection")
    assert not may("shuno", "income.read") and may("shuno", "ledger.read")
    one = actor_for("both", on=DAY, terminal="t", purpose="収納")
    assert (one.duty, one.duties) == ("収納", ("資格", "収納")) and not one.may("eligibility.change") and one.may("ledger.read")
    first = actor_for("both", on=DAY, terminal="t", purpose="")
    assert first.duty == "資格" and first.may("eligibility.change")
    put(rights__purposes={"収納": ["person", "levy"]})
    changed = actor_for("shuno", on=DAY, terminal="t")
    assert not changed.may("ledger.read") and changed.may("levy.read")
    audit.record(changed, function="x", operation="view")
    assert AuditRecord.objects.get(function="x").duty == "収納（第1版）"


def test_the_number_is_out_of_every_duty_that_is_not_marked(hired: Any) -> None:
    hired("n1", "qualification", "mynumber")
    hired("n2", "operation", "mynumber")
    assert may("n1", "mynumber.reveal") and not may("n2", "mynumber.reveal")
    put(rights__purposes={"運用": ["exchange", "mynumber"]})
    assert not may("n2", "mynumber.reveal"), "the table alone does not make a 個人番号利用事務"


def test_rights_are_not_renewed_without_training_while_the_setting_says_so(office: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """OPS-03."""
    from kokuho.core import conduct, parameters
    from kokuho.core.access import Actor

    value = parameters.value
    monkeypatch.setattr(parameters, "value", lambda key: key == "ops.training_blocks_rights" or value(key))
    assert refused(apply, office["head"], "rights.grant", **grant("fuka", ("unit_head",))) == "OPS-03-TRAINING"
    by = Actor("anz", "安全", "情報課", frozenset({"conduct.write"}), "t", "s", "安全管理")
    for topic in ("general", "test"):
        conduct.record(by=by, on=DAY, kind="training", topic=topic, done_on=DAY, result="修了", staff_no="fuka")
    assert apply(office["head"], "rights.grant", **grant("fuka", ("unit_head",))).state == "pending"
