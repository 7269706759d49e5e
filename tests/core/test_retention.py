"""Retention: the worked examples of the five published assessments, and an erasure from proposal to evidence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from kokuho.core.retention import rules
from kokuho.core.retention.periods import Eligibility, Held, Period, eligible_from, may_order

DAY = date(2026, 7, 1)
LATER = date(2040, 4, 1)


def first_day(category: str, start: date | None, *, profile: str = "default", levy_kind: str = "premium", **more: Any) -> Eligibility:
    return eligible_from(rules.categories()[category].default(profile, levy_kind), [start], **more)


def test_e1_three_years_with_the_current_one() -> None:
    assert first_day("levy", date(2024, 4, 1), profile="003").on == date(2027, 4, 1)


def test_e2_two_years_for_claims_with_or_without_the_current_one() -> None:
    assert first_day("claim", date(2025, 2, 1), profile="003").on == date(2026, 4, 1)
    assert eligible_from(Period("fiscal_years", 2), [date(2025, 2, 1)]).on == date(2027, 4, 1)


def test_e3_settled_tax() -> None:
    assert first_day("levy", date(2026, 3, 2), levy_kind="tax").on == date(2033, 4, 1)


@pytest.mark.parametrize(("written_off", "on"), [(date(2026, 3, 31), date(2033, 4, 1)), (date(2026, 4, 1), date(2034, 4, 1))])
def test_e4_arrears_from_the_day_of_write_off(written_off: date, on: date) -> None:
    assert first_day("arrears", written_off, levy_kind="tax").on == on


@pytest.mark.parametrize("decided", [date(2025, 12, 10), date(2026, 3, 31)])
def test_e5_benefits_are_kept_longer_than_five_years_from_the_decision(decided: date) -> None:
    assert first_day("benefit", decided).on == date(2031, 4, 1) > decided.replace(year=decided.year + 5)


def test_e6_records_of_provision_run_by_date() -> None:
    assert first_day("provision_record", date(2026, 5, 1)).on == date(2033, 5, 2)
    assert eligible_from(Period("years", 7), [date(2024, 2, 29)]).on == date(2031, 3, 1)


def test_e7_nothing_while_an_instalment_is_open() -> None:
    assert first_day("levy", date(2026, 6, 10), open_claim="未納・過納あり") == Eligibility(None, "未納・過納あり")


def test_e8_a_new_acquisition_cancels_the_start() -> None:
    assert first_day("eligibility_detail", date(2024, 6, 30), open_claim="資格継続中").on is None


def test_e9_the_number_counts_from_the_latest_event() -> None:
    starts = [date(2025, 6, 30), date(2025, 10, 31), date(2026, 5, 20)]
    assert eligible_from(rules.categories()["my_number"].default("default", "premium"), starts).on == date(2032, 4, 1)


def test_e10_without_a_rule_nothing_ever() -> None:
    assert first_day("levy", date(1990, 4, 1), profile="000") == Eligibility(None, "規則なし")
    assert first_day("eligibility_core", date(1990, 4, 1)) == Eligibility(None, "期限なし")
    assert "消去を行わない" in may_order(rules.profile_mode("000"), "")


def test_e11_under_pressure_only() -> None:
    mode = rules.profile_mode("002")
    assert may_order(mode, "") and may_order(mode, "  ")
    assert may_order(mode, "保存領域の残りが5%を下回った（2040-03-01 認定）") == ""


def test_e12_a_hold_puts_it_off_to_the_day_it_is_lifted() -> None:
    held = Held(date(2033, 3, 15), None, "訴訟")
    assert first_day("levy", date(2026, 3, 2), levy_kind="tax", holds=[held]) == Eligibility(None, "保留中（訴訟）")
    lifted = Held(date(2033, 3, 15), date(2033, 9, 1), "訴訟")
    assert first_day("levy", date(2026, 3, 2), levy_kind="tax", holds=[lifted]).on == date(2033, 9, 1)
    early = Held(date(2030, 1, 1), date(2030, 2, 1), "監査")
    assert first_day("levy", date(2026, 3, 2), levy_kind="tax", holds=[early]).on == date(2033, 4, 1)


def test_every_profile_is_sound_and_the_legal_minimum_cannot_be_shortened() -> None:
    for profile in rules.raw()["profiles"]:
        assert rules.check(rules.profile_rules(profile, "premium")) == []
    assert rules.check({"levy": {"unit": "fiscal_years", "after": 5, "reason": ""}})
    assert rules.check({"provision_record": {"unit": "years", "after": 5, "reason": "短く"}})


# --- in the database ------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.db
FIRST, SECOND, THIRD = "123456789018", "987654321093", "111222333446"


@pytest.fixture
def staff(committed_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    from kokuho.core import config
    from kokuho.core.models import Municipality

    monkeypatch.setattr(config, "home", lambda: tmp_path)
    Municipality.objects.create(code="112038", name="川口市", prefecture="埼玉県", levy_kind="tax")
    roles = {"keeper": "records_keeper", "approver": "records_approver", "clerk": "qualification"}
    return SimpleNamespace(**{name: actor(number, role) for number, (name, role) in enumerate(roles.items(), start=1)})


def actor(number: int, *roles: str) -> Any:
    """A member of staff with the capabilities of roles of the purpose table."""
    from kokuho.core.access import Actor, catalogue

    may = frozenset(item for role in roles for item in catalogue()["roles"][role]["may"])
    return Actor(staff_no=f"k{number}", name=f"職員{number}", unit="国保課", capabilities=may, terminal="test")


def adopted(staff: Any, profile: str = "default", **more: Any) -> None:
    from kokuho.core.retention import orders

    approval = orders.adopt(by=staff.keeper, profile=profile, reason="文書管理規程第10条", review_on=date(2027, 3, 31), **more)
    orders.decide_plan(by=staff.approver, plan_id=int(approval.subject.split(":")[1]), approve=True)


def left_in_2024(*atena_nos: int) -> None:
    """Persons who lost their qualification on 2024-06-30 (a category of 5 years: from 2030-04-01)."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.eligibility.models import InsuredPeriod, Status

    for no in atena_nos:
        InsuredPeriod.objects.create(
            atena_no=no, valid=DateRange(date(2020, 4, 1), date(2024, 6, 30)), acquired_on=date(2020, 4, 1), acquired_reason="119",
            lost_on=date(2024, 6, 30), recorded_by="t", origin="t",
        )  # fmt: skip
        Status.objects.create(
            atena_no=no, kind="maternity", kind_no=2, valid=DateRange(date(2022, 1, 1), date(2022, 5, 1)), recorded_by="t", origin="t"
        )


def proposed(staff: Any, category: str = "eligibility_detail", *, approve: bool = True, **more: Any):  # type: ignore[no-untyped-def]
    from kokuho.core.retention import orders

    order = orders.propose(by=staff.keeper, category=category, on=LATER, **more)
    if approve:
        orders.decide(by=staff.approver, order_id=order.pk, approve=True)
    return order


def statuses() -> list[int]:
    from kokuho.desks.eligibility.models import Status

    return list(Status.objects.order_by("atena_no").values_list("atena_no", flat=True))


def test_without_an_approved_plan_nothing_can_be_ordered(staff: Any) -> None:
    from kokuho.core.retention import orders

    left_in_2024(1)
    orders.adopt(by=staff.keeper, profile="default", reason="規程", review_on=date(2027, 3, 31))
    with pytest.raises(orders.KeepError, match="規則がありません"):
        proposed(staff)
    assert {line.rule for line in orders.survey(by=staff.keeper, on=LATER)} >= {"規則なし"}


def test_an_erasure_from_proposal_to_purge_leaves_only_evidence(staff: Any) -> None:
    from kokuho.core.database import owner_address
    from kokuho.core.models import ErasureLine, ErasureRecord
    from kokuho.core.retention import orders

    adopted(staff)
    left_in_2024(1, 2)
    order = proposed(staff)
    assert order.counts["eligibility_status"] == 2
    done = orders.run(by=staff.keeper, order_id=order.pk, on=LATER)
    assert statuses() == []
    assert done.erased == order.counts
    assert done.purge_on == date(2040, 5, 1)
    with pytest.raises(orders.KeepError, match="まだできません"):
        orders.purge(by=staff.keeper, order_id=order.pk, on=LATER)
    assert orders.purge(by=staff.keeper, order_id=order.pk, on=date(2040, 5, 1)) == 2
    with owner_address().connect() as owner:
        assert owner.execute("SELECT count(*) FROM keep.put_aside").fetchone() == (0,)
    assert not ErasureLine.objects.exists()
    assert [(r.step, r.subjects, r.entered_by, r.approved_by) for r in ErasureRecord.objects.order_by("pk")] == [
        ("erase", 2, "k1", "k2"), ("purge", 2, "k1", "k2"),
    ]  # fmt: skip
    sheet = orders.certificate(by=staff.keeper, order_id=order.pk)
    assert "eligibility_status 2件" in sheet and "文書管理規程" not in sheet and "委託区画" in sheet


def test_nobody_erases_alone_or_without_the_right(staff: Any) -> None:
    from django.db import connection
    from django.db.utils import ProgrammingError

    from kokuho.core.access import Refused
    from kokuho.core.actions.approvals import ApprovalError
    from kokuho.core.retention import orders

    adopted(staff)
    left_in_2024(1)
    with pytest.raises(Refused):
        orders.propose(by=staff.clerk, category="eligibility_detail", on=LATER)
    order = proposed(staff, approve=False)
    with pytest.raises(Refused):
        orders.decide(by=staff.keeper, order_id=order.pk, approve=True)
    both = actor(1, "records_keeper", "records_approver")
    with pytest.raises(ApprovalError, match="起案した本人"):
        orders.decide(by=both, order_id=order.pk, approve=True)
    with pytest.raises(orders.KeepError, match="承認された"):
        orders.run(by=staff.keeper, order_id=order.pk, on=LATER)
    # The database refuses too, whatever the program says.
    for attempt in (f"SELECT keep.erase({order.pk}, 'k1', 10, '2040-05-01')", "DELETE FROM eligibility_status",
                    "UPDATE core_erasureorder SET state = 'running'", "SELECT * FROM keep.target", "DELETE FROM core_erasurerecord",
                    "SELECT keep.hash_of(1)"):  # fmt: skip
        with pytest.raises(ProgrammingError, match=r"not approved|permission denied"), connection.cursor() as cursor:
            cursor.execute(attempt)
    assert statuses() == [1]


def test_a_change_after_the_dry_run_voids_the_order(staff: Any) -> None:
    from kokuho.core.retention import again, orders
    from kokuho.desks.eligibility.models import Status

    adopted(staff)
    left_in_2024(1, 2)
    order = proposed(staff)
    Status.objects.filter(atena_no=2).update(superseded_at="2026-07-01T00:00:00Z")
    with pytest.raises(orders.KeepError, match="無効"):
        orders.run(by=staff.keeper, order_id=order.pk, on=LATER)
    assert statuses() == [1, 2]
    assert not again.path_of(order.pk).exists()


def test_holds_exclude_before_the_proposal_and_after_the_approval(staff: Any) -> None:
    from kokuho.core.models import ErasureRecord
    from kokuho.core.retention import orders

    adopted(staff)
    left_in_2024(1, 2, 3)
    held = orders.hold(by=staff.keeper, atena_no=1, kind="lawsuit", reason="令和22年(ワ)第1号", on=DAY)
    survey = {line.code: line for line in orders.survey(by=staff.keeper, on=LATER)}
    assert survey["eligibility_detail"].held == {1: "保留中（訴訟）"}
    assert survey["benefit"].waiting == {"表がまだない": 1}
    order = proposed(staff)
    assert order.lines.count() == 2
    orders.hold(by=staff.keeper, atena_no=2, kind="appeal", reason="審査請求", on=LATER, category="eligibility_detail")
    orders.run(by=staff.keeper, order_id=order.pk, on=LATER)
    assert statuses() == [1, 2]
    assert ErasureRecord.objects.get().left == {"held": 1}
    orders.lift(by=staff.keeper, hold_id=held.pk, on=LATER)
    assert proposed(staff, approve=False).lines.get().atena_no == 1


def test_a_run_that_was_cut_off_goes_on(staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from kokuho.core.retention import orders

    adopted(staff)
    left_in_2024(*range(1, 8))
    order = proposed(staff)
    monkeypatch.setattr(orders, "BATCH", 3)

    def cut(left: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        orders.run(by=staff.keeper, order_id=order.pk, on=LATER, progress=cut)
    assert len(statuses()) == 4
    done = orders.run(by=staff.keeper, order_id=order.pk, on=LATER)
    assert statuses() == [] and done.erased["eligibility_status"] == 7


def test_the_number_goes_at_once_when_no_one_needs_it(staff: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core import vault
    from kokuho.core.retention import orders
    from kokuho.desks.eligibility.models import InsuredPeriod

    adopted(staff)
    left_in_2024(1)
    InsuredPeriod.objects.create(
        atena_no=2, valid=DateRange(date(2020, 4, 1), None), acquired_on=date(2020, 4, 1), acquired_reason="119", recorded_by="t",
        origin="t",
    )  # fmt: skip
    vault.store([(1, FIRST), (2, SECOND), (3, THIRD)], by="t", origin="t")
    orders.run(by=staff.keeper, order_id=proposed(staff, "my_number").pk, on=LATER)
    # 3 was never insured and is nobody's resident: without this the number would have stayed for ever.
    assert vault.masks([1, 2, 3]) == {1: vault.ABSENT, 2: vault.MASK, 3: vault.ABSENT}
    assert statuses() == [1], "other data of the person stays"


def test_an_unpaid_levy_stays_and_a_paid_one_goes(staff: Any) -> None:
    from kokuho.core.retention import orders
    from kokuho.desks.collection.models import Posting

    adopted(staff)

    def post(number: int, payer: int, debit: int, credit: int, on: date) -> None:
        Posting.objects.create(
            id=number, kind="levy", debit=debit, credit=credit, amount=12_300, payer_no=payer, fiscal_year=2025, basis_year=2025,
            accounting_year=2025, notice_no=payer, term=1, due_on=date(2026, 3, 2), effective_on=on, decision_id=payer,
        )  # fmt: skip

    for payer in (1, 2):
        post(payer, payer, 110, 410, date(2025, 7, 1))
    post(3, 1, 100, 110, date(2026, 3, 2))
    survey = {line.code: line for line in orders.survey(by=staff.keeper, on=date(2033, 3, 31))}
    assert survey["levy"].waiting == {"期間内": 1, "未納・過納あり": 1}
    order = proposed(staff, "levy")
    assert list(order.lines.values_list("atena_no", "fiscal_year")) == [(1, 2025)]
    orders.run(by=staff.keeper, order_id=order.pk, on=LATER)
    assert set(Posting.objects.values_list("payer_no", flat=True)) == {2}


def test_the_household_member_of_an_unpaid_levy_stays(staff: Any) -> None:
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.core.retention import orders
    from kokuho.desks.assessment.models import Decision
    from kokuho.desks.collection.models import Posting
    from kokuho.desks.people.models import Person

    adopted(staff)
    left_in_2024(1, 2, 3)
    for no, household in ((1, 10), (2, 10), (3, 30)):
        Person.objects.create(
            atena_no=no, household_no=household, valid=DateRange(date(2015, 4, 1), None), resident_kind="1", resident_state="1",
            name=f"試験{no}", search_name="", search_kana="", birth_date=date(1980, 5, 5), sex="1", relation="02", is_head=no != 2,
            resident_since=date(2015, 4, 1), resident_reason="01", address_since=date(2015, 4, 1), recorded_by="t", origin="t",
        )  # fmt: skip
    Decision.objects.create(
        id=1, run_id=1, fiscal_year=2023, basis_year=2023, notice_no=1, household_no=10, payer_no=1, decided_on=date(2023, 7, 1),
        reduction=0, reduction_income=0, insured_count=2, total=1000, components=[], instalments=[1000], trace="",
    )  # fmt: skip
    Posting.objects.create(
        id=1, kind="levy", debit=110, credit=410, amount=1000, payer_no=1, fiscal_year=2023, basis_year=2023, accounting_year=2023,
        notice_no=1, term=1, due_on=date(2023, 7, 31), effective_on=date(2023, 7, 1), decision_id=1,
    )  # fmt: skip
    survey = {line.code: line for line in orders.survey(by=staff.keeper, on=LATER)}
    for code in ("eligibility_detail", "my_number"):
        assert (survey[code].subjects, survey[code].waiting) == (1, {"世帯に未納・過納あり": 2})


def test_files_go_with_their_order(staff: Any, tmp_path: Path) -> None:
    from kokuho.core.retention import orders

    adopted(staff)
    (tmp_path / "prints" / "3").mkdir(parents=True)
    sheet = tmp_path / "prints" / "3" / "0001.pdf"
    sheet.write_bytes(b"%PDF-")
    order = proposed(staff, "print_copy")
    assert order.files == ["prints/3/0001.pdf"]
    orders.run(by=staff.keeper, order_id=order.pk, on=LATER)
    assert not sheet.exists()


def test_modes_forbid(staff: Any) -> None:
    from kokuho.core.retention import orders

    left_in_2024(1)
    adopted(staff, "000")
    with pytest.raises(orders.KeepError, match="規則がありません"):
        proposed(staff)
    with pytest.raises(orders.KeepError, match="消去を行わない"):
        proposed(staff, "print_copy")
    adopted(staff, "002")
    with pytest.raises(orders.KeepError, match="容量圧迫"):
        proposed(staff)
    assert proposed(staff, approve=False, pressure="残り5%").pressure == "残り5%"


def test_the_application_cannot_delete_what_it_issued(staff: Any) -> None:
    from kokuho.core.database import app_address

    with app_address().connect(autocommit=True) as app:
        for table in ("eligibility_status", "collection_posting", "assessment_decision", "core_erasureline", "core_retentionplan"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(f"DELETE FROM {table}")
