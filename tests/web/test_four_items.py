"""ENTRY-04 at the counter: 再交付 and 基準収入額適用申請 are taken with the comparison of the applicant's four items."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from weboffice import DAY, HEAD, HOUSEHOLD, City


def test_a_reissue_compares_the_four_items(city: City, sign_in: Callable, opened: Callable) -> None:
    """ENTRY-04 for 再交付: without the comparison nothing is submitted, what was chosen stays, and the entry keeps it."""
    from kokuho.core.models import Entry

    client, number = sign_in("shikaku"), certificate()
    address = f"/eligibility/certificates/{number}/"
    page = opened(client, address).content.decode()
    assert "4情報の照合" in page and "登録の氏名" in page
    values = {"act": "reissue", "method": "mail", "item": next(v for v in options(page) if ":lost:" in v)}
    bare = client.post(address, values)
    assert bare.status_code == 422 and "4情報（氏名・性別・生年月日・住所）を登録と照合してください" in bare.content.decode()
    assert '<option value="mail" selected>' in bare.content.decode()
    wrong = {**values, "paper-name": "渡邉　次郎", "paper-birth_date": "S55.5.5"}
    assert "同じ人と判断した理由" in client.post(address, wrong).content.decode()
    assert client.post(address, {**values, "paper-by_eye": "on"}).status_code == 302
    assert Entry.objects.latest("pk").evidence["four"] == {"by_eye": True}


def options(page: str) -> list[str]:
    return re.findall(r'<option value="([^"]*)"', page)


def certificate() -> int:
    """A certificate that the head holds."""
    from kokuho.core.access import actor_for
    from kokuho.desks.eligibility.actions.certificates import Item, issue

    by = actor_for("shikaku", on=DAY, terminal="test")
    (made,) = issue(by=by, on=DAY, items=[Item(HEAD, "confirmation", "new")], method="window")
    return int(made.pk)


def test_an_application_by_receipts_compares_the_heads_four_items(
    city: City, sign_in: Callable, opened: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kokuho.core.models import Entry
    from kokuho.desks.assessment.queries import burden

    # The head is 70 and more, as a judgement would say.
    monkeypatch.setattr(burden, "household_burden", lambda by, household_no, on: burden.HouseholdBurden([], None, (), None, [HEAD]))
    client, address = sign_in("shikaku"), f"/assessment/burden/households/{HOUSEHOLD}/"
    page = opened(client, address).content.decode()
    assert "申請する世帯主の登録" in page
    values = {"act": "apply", "paper-applied_on": "R8.7.1", f"paper-r{HEAD}": "3000000"}
    bare = client.post(address, values)
    assert bare.status_code == 422 and "登録と照合してください" in bare.content.decode() and "3000000" in bare.content.decode()
    assert client.post(address, {**values, "paper-by_eye": "on"}).status_code == 302
    assert Entry.objects.latest("pk").evidence["four"] == {"by_eye": True}
