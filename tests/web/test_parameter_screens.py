"""OPS-07 on the screen: values with a profile beside them, a request with its reason, another person's approval, drift."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("city")


def test_a_value_is_asked_for_on_one_screen_and_approved_on_another(sign_in: Any) -> None:
    from kokuho.core import parameters

    admin = sign_in("sysad")
    page = admin.get("/parameters/?profile=003").content.decode()
    assert "まだ承認を受けた値がありません" in page and "使わせない" in page
    address = "/parameters/auth.idle_lock_minutes/"
    wrong = admin.post(address, {"value": "90", "reason": "試験"})
    assert wrong.status_code == 422 and "1から60まで" in wrong.content.decode()
    asked = admin.post(address, {"value": "4", "reason": "離席の多い窓口のため"})
    assert asked.status_code == 302
    officer = sign_in("anzen")
    entry = officer.get(asked.url).content.decode()
    assert "10分" in entry and "4分" in entry and "AUTH-06" in entry
    assert officer.post(asked.url, {"act": "confirm"}).status_code == 302
    assert parameters.value("auth.idle_lock_minutes") == 4
    assert 'data-lock-minutes="4"' in admin.get("/parameters/").content.decode()
    assert "離席の多い窓口のため" in officer.get("/parameters/changes/").content.decode()


def test_one_factor_is_refused_without_the_number_of_an_approval(sign_in: Any) -> None:
    admin = sign_in("sysad")
    address = "/parameters/auth.factors.staff/"
    answer = admin.post(address, {"value": ["password"], "reason": "試験"})
    assert answer.status_code == 422 and "種類の異なる二つの手段になりません" in answer.content.decode()
    assert admin.post(address, {"value": ["password"], "reason": "試験", "exception": "令8情第1号"}).status_code == 302


def test_drift_is_shown_and_put_back(sign_in: Any) -> None:
    from kokuho.core.actions.parameters import adopt_at_opening
    from kokuho.core.models import Parameter

    adopt_at_opening(profile="001", applied_by="a", approved_by="b", reason="開設")
    Parameter.objects.filter(key="auth.lockout.failures").update(value=10)
    admin = sign_in("sysad")
    assert "承認された値と違う値" in admin.get("/parameters/").content.decode()
    assert admin.post("/parameters/restore/", {"reason": "書換えを確認した"}).status_code == 302
    assert "承認された値と違う値" not in admin.get("/parameters/").content.decode()


def test_a_table_is_ticked_and_its_approval_says_what_is_added_and_taken(sign_in: Any) -> None:
    from kokuho.core import parameters
    from kokuho.core.access import duties, purpose_table

    admin, address = sign_in("sysad"), "/parameters/rights.purposes/"
    page = admin.get(address).content.decode()
    assert 'value="資格/income" checked' in page and 'value="給付/mynumber"' in page and 'value="運用/mynumber"' not in page
    ticked = [f"{duty}/{item}" for duty, listed in parameters.table({}).items() for item in listed]
    wanted = [field for field in ticked if field != "資格/income"] + ["開示/bank"]
    refused = admin.post(address, {"value": [*wanted, "運用/mynumber"], "reason": "試験"})
    assert refused.status_code in (400, 422)
    asked = admin.post(address, {"value": wanted, "reason": "所得は賦課で見るため"})
    assert asked.status_code == 302
    officer = sign_in("anzen")
    told = officer.get(asked.url)
    lines = {line.label: (line.before, line.after, line.note) for line in told.context["lines"]}
    assert set(lines) == {"事務「資格」の情報項目", "事務「開示」の情報項目"}
    before, after, note = lines["事務「資格」の情報項目"]
    assert "所得・資産" in before and "所得・資産" not in after and note == "外す 所得・資産（RIGHTS-03）"
    assert officer.post(asked.url, {"act": "confirm"}).status_code == 302
    assert "income" not in purpose_table()["資格"] and "bank" in purpose_table()["開示"]
    assert set(parameters.value("rights.purposes")) == {"資格", "開示"} < set(duties())
    for shown in (admin.get("/parameters/"), officer.get("/parameters/changes/")):
        assert "資格: 外す 所得・資産" in shown.content.decode() and "開示: 加える 口座" in shown.content.decode()
        assert "{&quot;" not in shown.content.decode()
