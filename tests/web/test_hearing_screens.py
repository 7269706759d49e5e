"""From the list of households in arrears to the decision on 特別療養費: ticked, notified, heard, entered."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from test_browser import browser, enter, faults, page, site  # noqa: F401
from test_query_counts import asked
from weboffice import DAY, HEAD, HOUSEHOLD, SHELTER, WIFE, City

pytestmark = pytest.mark.db
LIST = "/eligibility/certificates/arrears/"


@pytest.fixture
def owing(city: City) -> City:
    from kokuho.desks.eligibility.models import ArrearsHousehold

    for household, payer in ((HOUSEHOLD, HEAD), (SHELTER, WIFE)):
        ArrearsHousehold.objects.create(
            household_no=household, payer_no=payer, arrears=17_000, overdue=10_000, terms=2, insured=2, spared=1,
            oldest_due=date(2025, 6, 1), standing=ArrearsHousehold.OPEN, counted_on=DAY,
        )  # fmt: skip
    return city


def test_candidates_are_ticked_notified_heard_and_only_then_decided(owing: City, sign_in: Callable, opened: Callable) -> None:
    from kokuho.core.models import BatchRun, Entry
    from kokuho.desks.eligibility.models import HearingNotice, HearingStep

    client = sign_in("hogo")
    shown = client.get(LIST).content.decode()
    assert "data-check-all" in shown and "弁明の期限は 令和8年7月15日" in shown and "特別療養費を入力" not in shown
    assert client.post("/eligibility/certificates/hearings/order/", {}).url == LIST
    assert "世帯を選んでください" in client.get(LIST).content.decode()
    answer = client.post("/eligibility/certificates/hearings/order/", {"candidate": [HOUSEHOLD, SHELTER]})
    notice, run = HearingNotice.objects.get(), BatchRun.objects.get(kind="hearing-letters")
    assert answer.url == f"/batches/{run.pk}/" and notice.household_no == HOUSEHOLD
    told = client.get(answer.url).content.decode()
    assert f"通知が届かない1世帯を除きました（安全な送付先・発送停止・死亡・転出を確かめてください）: {SHELTER}" in told
    shown = client.get(LIST)
    assert "弁明の期限前" in shown.content.decode() and f'value="{HOUSEHOLD}"' not in shown.content.decode() and asked(shown) <= 15
    told = ["通知済み（弁明の期限前）", "候補（通知していない）"]
    assert re.findall(r'class="tag [^"]*">([^<]*（[^<]*）)<', shown.content.decode()) == told
    assert [(count.standing, count.households) for count in shown.context["stand"]] == [("open", 1), ("waiting", 1)]
    for chosen, there in (("open", [SHELTER]), ("waiting", [HOUSEHOLD]), ("ready", []), ("special", [])):
        listed = client.get(f"{LIST}?standing={chosen}").context["list"]
        assert ([view.row.household_no for view in listed.rows], listed.count) == (there, len(there)), chosen

    here = f"/eligibility/certificates/hearings/{notice.pk}/"
    entry = f"/eligibility/certificates/persons/{HEAD}/special/"
    typed = {"since": "R8.7.2", "circumstances": "なし", "decision": "相談に応じない"}
    opened(client, here)
    early = client.get(entry)
    assert "令和8年7月15日" in early.content.decode()
    assert "弁明の期限（令和8年7月15日）が過ぎていません" in client.post(entry, typed).content.decode()
    wrong = client.post(here, {"kind": "received", "day": "R8.7.1", "note": ""})
    assert wrong.status_code == 422 and "弁明の内容又は取り下げる理由" in wrong.content.decode()
    assert client.post(here, {"kind": "received", "day": "R8.7.1", "note": "入院した"}).status_code == 302
    assert HearingStep.objects.get().note == "入院した"
    shown = client.get(here)
    assert "弁明あり・決定待ち" in shown.content.decode() and "特別療養費を入力する" in shown.content.decode() and asked(shown) <= 15
    assert "特別療養費を入力" in client.get(f"{LIST}?standing=ready").content.decode()
    assert "弁明あり・決定待ち" in client.get(f"/eligibility/certificates/persons/{HEAD}/").content.decode()
    assert client.post(f"{here}again/", {}).url == answer.url  # not printed yet: the run that waits, and no second order
    run.state = BatchRun.DONE
    run.save(update_fields=["state"])
    again = client.post(f"{here}again/", {})
    assert again.status_code == 200 and "もう一度印刷する理由" in again.content.decode()
    assert client.post(entry, typed).status_code == 302
    made = Entry.objects.get(kind="certificate.special")
    assert made.payload["notice"] == notice.pk and made.payload["hearing"] == "令和8年7月1日 入院した"
    assert "事前通知" in client.get(f"/entries/{made.pk}/").content.decode()


def test_who_may_not_issue_sees_the_list_without_boxes(owing: City, sign_in: Callable) -> None:
    client = sign_in("shunin")
    shown = client.get(LIST).content.decode()
    assert "選んだ世帯の事前通知を作る" not in shown and 'name="candidate" value=' not in shown
    assert client.post("/eligibility/certificates/hearings/order/", {"candidate": [HOUSEHOLD]}).status_code == 403


@pytest.fixture
def many(site: Any) -> str:  # noqa: F811
    """Sixty households in arrears, one of them decided; the address of the site."""
    from kokuho.desks.eligibility.models import ArrearsHousehold

    for number in range(60):
        ArrearsHousehold.objects.create(
            household_no=5000 + number, payer_no=HEAD, arrears=1, overdue=1, terms=1, insured=1, spared=0, oldest_due=date(2025, 6, 1),
            standing=ArrearsHousehold.OPEN if number else "special", counted_on=DAY,
        )  # fmt: skip
    return str(site[0])


@pytest.mark.browser
def test_the_box_in_the_head_ticks_every_row_that_can_be_ticked(many: str, page: Any) -> None:  # noqa: F811
    address = many
    enter(page, address, "shikaku")
    page.goto(f"{address}{LIST}?sort=household")
    assert faults(page) == []
    assert page.locator("#list tbody tr").count() == 50 and page.locator("tbody input[type=checkbox]").count() == 49
    page.focus("[data-check-all]")
    page.keyboard.press("Space")
    assert page.locator("tbody input:checked").count() == 49
    page.keyboard.press("Space")
    assert page.locator("tbody input:checked").count() == 0
    page.keyboard.press("Space")
    page.keyboard.press("n")
    page.wait_for_selector("h1 >> text=特別療養費の事前通知 49世帯")
    assert page.complaints == []
