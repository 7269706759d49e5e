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
