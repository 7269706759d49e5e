"""Entering a status at the counter: the period is shown with its reason before it is sent to a second person."""

from __future__ import annotations

from typing import Any

from weboffice import HEAD, HOUSEHOLD, City


def test_the_guided_entry_shows_what_follows_then_goes_to_a_second_person(
    city: City, sign_in: Any, opened: Any
) -> None:
    from kokuho.core.models import Entry

    client = sign_in("hogo")
    address = f"/eligibility/persons/{HEAD}/statuses/maternity/"
    page = opened(client, address).content.decode()
    assert "出産予定日" in page and "R6.4.1" in page
    typed = {"expected_on": "R8.8.20", "basis": "document", "document": "母子健康手帳", "operation": "add"}
    assert "登録の氏名" in page and "4情報の照合" in page
    shown = client.post(address, {**typed, "act": "preview"}).content.decode()
    assert "令和8年7月1日 〜 令和8年10月31日" in shown and "令和8年度" in shown and "施行規則32条の10の3" in shown
    unseen = client.post(address, {**typed, "act": "submit"})
    assert unseen.status_code == 422 and "登録と照合してください" in unseen.content.decode()
    typed |= {"paper-name": "渡邊 太郎", "paper-birth_date": "S55.5.6", "paper-sex": "1", "paper-address": "青木２－１－１"}
    differs = client.post(address, {**typed, "act": "submit"})
    assert differs.status_code == 422 and "4情報のうち生年月日が登録と一致しません" in differs.content.decode()
    typed["paper-decision"] = "申請書の書き誤りを本人に確かめた"
    answer = client.post(address, {**typed, "act": "submit"})
    again = client.post(address, {**typed, "act": "submit"})
    assert again.status_code == 422 and "同じ申請・届出が既に入力されています（番号" in again.content.decode()
    entry = Entry.objects.get(kind="status.maternity")
    assert answer.status_code == 302 and answer.url == f"/entries/{entry.pk}/"
    assert (entry.persons, entry.household_no, entry.state) == ([HEAD], HOUSEHOLD, "pending")
    shown = client.get(f"/entries/{entry.pk}/").content.decode()
    assert "産前産後" in shown and "申請書の書き誤りを本人に確かめた" in shown and "不一致" in shown
    wrong = client.post(address, {**typed, "expected_on": "R9.8.20", "act": "preview"})
    assert wrong.status_code == 422 and "6か月前" in wrong.content.decode()


def test_a_status_shows_its_reason_and_can_be_ended_or_cancelled_with_a_reason(
    city: City, sign_in: Any, opened: Any
) -> None:
    client = sign_in("hogo")
    page = opened(client, f"/eligibility/statuses/{city.status_id}/").content.decode()
    for shown in ("離職理由コード", "11　解雇", "令29条の7の2", "令和10年3月31日", "訂正・終了する"):
        assert shown in page, shown
    change = f"/eligibility/statuses/{city.status_id}/change/"
    assert "S55.5.5" not in client.get(change).content.decode()
    assert client.post(change, {"operation": "cancel", "reason": "", "act": "submit"}).status_code == 422
    assert client.post(change, {"operation": "cancel", "reason": "誤り", "act": "submit"}).status_code == 302
    listed = client.get("/eligibility/statuses/?kind=involuntary_unemployment").content.decode()
    assert "非自発的失業" in listed and "渡邉" in listed
