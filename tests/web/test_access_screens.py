"""RIGHTS-04, -06, VENDOR-02 on the screen: an application from its form to its effect; a contractor at the door."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from weboffice import PASSWORD

from kokuho.core.clock import JAPAN

pytestmark = pytest.mark.usefixtures("city")
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=JAPAN)


def test_a_right_goes_from_the_form_of_the_head_to_the_menu_of_the_clerk(sign_in: Any, hire: Any) -> None:
    hire("kacho", "unit_head")
    head = sign_in("kacho")
    form = head.get("/access/apply/rights/grant/?staff_no=shuno")
    assert "賦課担当" in form.content.decode() and "鍵管理" not in form.content.decode(), "only what the unit may hold"
    values = {"staff_no": "shuno", "roles": ["assessment"], "valid_from": "R8.7.1", "valid_until": "R9.3.31", "reason": "応援"}
    wrong = head.post("/access/apply/rights/grant/", {**values, "staff_no": "kacho"})
    assert wrong.status_code == 422 and "自分のID" in wrong.content.decode()
    asked = head.post("/access/apply/rights/grant/", values)
    clerk = sign_in("shuno")
    assert "当初賦課" not in clerk.get("/").content.decode().split("<main")[0] or clerk.get("/assessment/levy/").status_code
    officer = sign_in("anzen")
    page = officer.get(asked.url).content.decode()
    assert "できること" in page and "応援" in page
    assert officer.post(asked.url, {"act": "confirm"}).status_code == 302
    chosen = clerk.post("/access/duty/", {"duty": "収納"})
    assert chosen.status_code == 302 and "切替" in clerk.get("/").content.decode()
    assert clerk.post("/levy/2026/trial/").status_code == 403, "under 収納 the levy is not run"
    clerk.post("/access/duty/", {"duty": "賦課"})
    assert clerk.post("/levy/2026/trial/").status_code != 403


def test_reports_open_and_a_review_needs_findings(sign_in: Any) -> None:
    inspector = sign_in("kansa")
    for what in ("changes", "leftovers", "doubles", "state", "purposes", "units", "reviews"):
        assert inspector.get(f"/access/reports/{what}/").status_code == 200, what
    assert "期限経過" in inspector.get("/access/").content.decode()
    values = {"period_from": "R8.6.1", "period_until": "R8.7.1", "findings": "", "follow_up": "廃止を依頼"}
    assert inspector.post("/access/review/", values).status_code == 422
    assert inspector.post("/access/review/", {**values, "findings": "申請書と一致"}).status_code == 302
    assert "申請書と一致" in inspector.get("/access/reports/reviews/").content.decode()


def test_the_administrator_gives_a_first_password_that_is_changed_at_once(sign_in: Any) -> None:
    from django.test import Client

    page = sign_in("sysad").post("/access/staff/shuno/", {"act": "password", "reason": "失念の届出"}).content.decode()
    password = page.split("<code>")[1].split("</code>")[0]
    client = Client()
    client.post("/accounts/login/", {"login": "shuno", "password": password})
    assert client.get("/").url.startswith("/accounts/password/")
    assert sign_in("fuka").post("/access/staff/shuno/", {"act": "unlock", "reason": "x"}).status_code == 403


@pytest.fixture
def vendor(hire: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A contractor on the roster with an approved window from noon to four; the clock says what the test sets."""
    from django.conf import settings

    from kokuho.core import clock
    from kokuho.core.actions.parameters import _write
    from kokuho.core.actions.staff import register
    from kokuho.core.clock import now
    from kokuho.core.models import Contract, ContractWorker, Entry, VendorWindow

    year = {"valid_from": date(2026, 4, 1), "valid_until": date(2027, 3, 31)}
    contract = Contract.objects.create(number="K", company="会社", subject="保守", **year)
    ContractWorker.objects.create(
        worker_no="W1", name="委託 一", contract=contract, pledge_on=date(2026, 4, 1), trained_on=date(2026, 4, 1), origin="opening", **year
    )
    register(
        staff_no="itaku", person_no="W1", name="委託 一", unit_code="01", unit_name="国保課", password=PASSWORD, roles=("operation",),
        applied_by="a", approved_by="b", on=date(2026, 4, 1), reason="試験", account_class="contractor",
    )  # fmt: skip
    entry = Entry.objects.create(
        kind="vendor.window", title="x", on=date(2026, 7, 1), entered_by="a", state="confirmed", decided_by="b", decided_at=now()
    )
    VendorWindow.objects.create(
        contract=contract, workers=["W1"], reason="障害", scope="調査", place="電算機室", starts=NOON, ends=NOON + timedelta(hours=4),
        entry=entry, approved_by="b",
    )  # fmt: skip
    _write({"auth.factors.contractor": ["password"]}, profile="default", exceptions={"auth.factors.contractor": "x"}, requested_by="a",
           approved_by="b", reason="試験", origin="opening")  # fmt: skip
    monkeypatch.setattr(settings, "KOKUHO_TRAINING", False)
    return lambda moment: monkeypatch.setattr(clock, "_standing", moment)


def test_a_contractor_enters_in_the_window_at_a_work_terminal_only(vendor: Any, terminal: Any) -> None:
    from kokuho.core.models import AuditRecord

    def enter(client: Any) -> Any:
        return client.post("/accounts/login/", {"login": "itaku", "password": PASSWORD})

    vendor(NOON - timedelta(minutes=1))
    work = terminal("T-WORK", kind="work")
    assert "作業の時間帯ではない" in enter(work).content.decode()
    vendor(NOON + timedelta(minutes=1))
    assert "作業用の端末で" in enter(terminal("T-DESK")).content.decode()
    assert enter(work).status_code == 302
    work.post("/notice/")
    page = work.get("/").content.decode()
    assert "委託先の作業 第" in page
    vendor(NOON + timedelta(hours=4, minutes=1))
    assert "承認された作業の時間帯ではありません" in work.get("/", follow=True).content.decode()
    results = AuditRecord.objects.filter(staff_no="itaku", operation="login").order_by("pk").values_list("result", flat=True)
    assert list(results) == ["refused", "refused", "ok"]
