"""VENDOR-01 to -05: contractors are on the roster, work in approved windows, and have no more than their order says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kokuho.core.clock import JAPAN

pytestmark = pytest.mark.db
DAY = date(2026, 7, 1)
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=JAPAN)


@pytest.fixture
def desk(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A contract with one worker who has an account; the clock is the test's (`desk.at(moment)`)."""
    from types import SimpleNamespace

    from kokuho.core import clock
    from kokuho.core.access import actor_for
    from kokuho.core.actions import entries, vendors
    from kokuho.core.actions.staff import register

    def at(moment: datetime) -> None:
        monkeypatch.setattr(clock, "_standing", moment)

    at(NOON)
    for number, role, unit in (("kacho", "unit_head", "01"), ("anzen", "security_officer", "90"), ("tanto", "unit_head", "01")):
        register(
            staff_no=number, name=number, unit_code=unit, unit_name=unit, password="correct horse battery", roles=(role,),
            applied_by="a", approved_by="b", on=date(2026, 4, 1), reason="試験",
        )  # fmt: skip
    head, officer, second = (actor_for(n, on=DAY, terminal="t") for n in ("kacho", "anzen", "tanto"))
    vendors.register_contract(
        by=head, number="K-1", company="電算会社", subject="保守", valid_from=date(2026, 4, 1), valid_until=date(2027, 3, 31)
    )
    def roster(**change: Any) -> Any:
        values = {
            "worker_no": "W1", "name": "委託 一", "contract": "K-1", "level": 0, "pledge_on": "2026-04-01", "trained_on": "2026-04-02",
            "valid_from": "2026-04-01", "valid_until": "2027-03-31", **change,
        }  # fmt: skip
        made = vendors.request_worker(by=head, on=DAY, reason="名簿の提出", **values)
        return entries.confirm(by=officer, on=DAY, entry_id=made.pk)

    def order(**change: Any) -> Any:
        values = {
            "contract": "K-1", "workers": ["W1"], "scope": "夜間処理の調査", "place": "電算機室", "starts": NOON.isoformat(),
            "ends": (NOON + timedelta(hours=4)).isoformat(), "capabilities": [], **change,
        }  # fmt: skip
        made = vendors.request_window(by=head, on=DAY, reason="障害", **values)
        return entries.confirm(by=officer, on=DAY, entry_id=made.pk)

    roster()
    register(
        staff_no="itaku", person_no="W1", name="委託 一", unit_code="01", unit_name="01", password="correct horse battery",
        roles=("operation",), applied_by="a", approved_by="b", on=date(2026, 4, 1), reason="試験", account_class="contractor",
    )  # fmt: skip
    return SimpleNamespace(head=head, officer=officer, second=second, at=at, order=order, roster=roster)


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    from kokuho.core.access import Refused
    from kokuho.core.coded import CodedError

    with pytest.raises((CodedError, Refused)) as error:
        call(*args, **kwargs)
    return str(error.value.code)


def enter() -> Any:
    from kokuho.core.access import actor_for

    return actor_for("itaku", on=DAY, terminal="t")


def test_an_account_needs_a_place_on_the_roster_and_ends_with_it(desk: Any) -> None:
    from kokuho.core.actions import accounts, vendors
    from kokuho.core.models import ContractWorker, Staff
    from kokuho.core.queries import vendors as queries

    form = {
        "staff_no": "itaku2", "person_no": "W2", "name": "委託 二", "name_kana": "", "account_class": "contractor", "unit": "01",
        "valid_from": DAY.isoformat(), "valid_until": "2027-03-31",
    }  # fmt: skip
    from kokuho.core.access import Actor

    admin = Actor("adm", "管理", "", frozenset({"account.manage"}), "t")
    asked = {"by": admin, "on": DAY, "kind": "account.register", "title": "x", "reason": "x"}
    assert refused(accounts.apply_for, **asked, **form) == "VENDOR-01"
    desk.roster(worker_no="W2", name="委託 二", pledge_on="")
    assert refused(accounts.apply_for, **asked, **form) == "VENDOR-01", "no pledge"
    desk.roster(worker_no="W2", name="委託 二")
    assert accounts.apply_for(**asked, **form)
    assert queries.contractors_without_standing(desk.head, on=DAY) == []
    ContractWorker.objects.filter(worker_no="W1").update(trained_on=date(2025, 1, 1))
    assert [s.staff_no for s, _ in queries.contractors_without_standing(desk.head, on=DAY)] == ["itaku"]
    vendors.end_worker(by=desk.head, on=DAY, worker_no="W1", reason="交代")
    assert not Staff.objects.get(staff_no="itaku").is_active
    assert refused(enter) == "RIGHTS-01"


def test_a_contractor_works_only_in_an_approved_window(desk: Any) -> None:
    assert refused(enter) == "VENDOR-02"
    desk.order(starts=(NOON + timedelta(hours=1)).isoformat())
    assert refused(enter) == "VENDOR-02", "not begun"
    desk.at(NOON + timedelta(hours=2))
    assert enter().may("batch.read") and enter().window
    desk.at(NOON + timedelta(hours=4))
    assert refused(enter) == "VENDOR-02", "over"


def test_the_next_window_waits_for_the_record_and_its_confirmation(desk: Any) -> None:
    from kokuho.core.actions import vendors
    from kokuho.core.models import VendorWindow
    from kokuho.core.queries import vendors as queries

    assert refused(desk.order, ends=(NOON + timedelta(hours=13)).isoformat()) == "VENDOR-02-TIME"
    assert refused(desk.order, workers=["W9"]) == "VENDOR-01"
    desk.order()
    window = VendorWindow.objects.get()
    worker = enter()
    vendors.report(by=worker, window_id=window.pk, text="ログを調べた。変更なし")
    later = NOON + timedelta(hours=5)
    desk.at(later)
    again = {"starts": later.isoformat(), "ends": (later + timedelta(hours=1)).isoformat()}
    assert len(queries.unfinished_windows(desk.head)) == 1
    assert refused(desk.order, **again) == "VENDOR-02-OPEN"
    assert refused(vendors.confirm, by=desk.head, window_id=window.pk, finding="") == "VENDOR-02-CONFIRM"
    vendors.confirm(by=desk.second, window_id=window.pk, finding="記録と一致した")
    desk.order(**again)
    assert enter().window == VendorWindow.objects.order_by("-pk").first().pk
    assert queries.unfinished_windows(desk.head) == []


def test_what_contractors_never_have_comes_only_by_an_order_that_names_it(desk: Any) -> None:
    from kokuho.core import vault
    from kokuho.core.models import AuditRecord
    from kokuho.core.vendors import never

    assert {"mynumber.reveal", "keep.order", "extract.run", "notice.print", "audit.purge", "backup.restore"} <= never()
    desk.order()
    worker = enter()
    assert not worker.may("notice.print") and not worker.may("audit.purge") and not worker.may("mynumber.reveal")
    assert worker.may("exchange.read")
    from kokuho.core.models import VendorWindow

    VendorWindow.objects.update(ends=NOON + timedelta(minutes=1), report="済", reported_by="itaku", reported_at=NOON,
                                confirmed_by="tanto", confirmed_at=NOON, finding="可")  # fmt: skip
    assert refused(desk.order, capabilities=["mynumber.reveal"]) == "VENDOR-03", "without persons"
    assert refused(desk.order, capabilities=["levy.run"]) == "VENDOR-03", "an order is not a way to other rights"
    desk.order(capabilities=["mynumber.reveal"], persons=[11])
    worker = enter()
    assert worker.may("mynumber.reveal") and worker.only_persons == (11,)
    with pytest.raises(vault.NumberRefused) as error:
        vault._for_this_person(worker, 12)
    assert error.value.code == "VENDOR-03"
    vault._for_this_person(worker, 11)
    from kokuho.core import audit

    audit.record(worker, function="x", operation="view")
    found = AuditRecord.objects.get(function="x")
    assert found.detail["order"] == worker.window and found.duty.startswith("委託:")
    from kokuho.core.queries import vendors as queries

    today = found.at.astimezone(JAPAN).date()
    assert found.pk in [r.pk for r in queries.contractor_report(desk.head, day=today)]


def test_the_register_of_contracts_shows_what_is_due(desk: Any) -> None:
    from kokuho.core.actions import vendors
    from kokuho.core.queries import vendors as queries

    base = {"company": "下請会社", "subject": "運用", "valid_from": date(2026, 4, 1), "valid_until": date(2026, 6, 30)}
    assert refused(vendors.register_contract, by=desk.head, number="K-2", parent="K-1", **base) == "VENDOR-05-CONSENT"
    vendors.register_contract(by=desk.head, number="K-2", parent="K-1", consent="承諾第1号", **base)
    due = {row.contract.number: row.due for row in queries.contracts(desk.head, on=DAY)}
    assert due == {"K-1": ["安全管理の書面がない"], "K-2": ["安全管理の書面がない", "終了後の返却・消去の証明がない"]}
