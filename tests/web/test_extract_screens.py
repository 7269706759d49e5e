"""EXPORT-01 … -04 on screens: an extract is applied for, decided and run; no screen gives out a file or a whole list."""

from __future__ import annotations

from typing import Any

from weboffice import City

FORM = {
    "purpose": "監査委員への提出", "legal_basis": "地方自治法第199条（監査）", "items": ["notice_no", "total"], "condition_year": "2026",
    "recipient": "監査委員事務局", "form": "csv", "medium": "M-01", "use_by": "R8.7.20",
}  # fmt: skip


def test_an_extract_goes_from_application_to_the_worker(city: City, sign_in: Any, hire: Any) -> None:
    from kokuho.core.models import Approval, Extract

    hire("baitai", "media")
    keeper = sign_in("baitai")
    medium = {"code": "M-01", "kind": "usb", "serial": "S1", "place": "書庫", "keeper": "baitai", "reason": "提供用"}
    assert keeper.post("/media/new/", medium).status_code == 302
    assert "M-01" in keeper.get("/media/").content.decode() and keeper.get("/extracts/new/").status_code == 403
    clerk = sign_in("fuka")
    assert "賦課決定一覧" in clerk.get("/extracts/new/").content.decode()
    assert clerk.post("/extracts/new/decisions/", {**FORM, "use_by": "R9.7.1"}).status_code == 422
    assert clerk.post("/extracts/new/decisions/", FORM).status_code == 302
    extract = Extract.objects.get()
    page = clerk.get(f"/extracts/{extract.pk}/").content.decode()
    assert "承認待ち" in page and "年額（円）" in page and "この抽出を実行する" not in page
    approval = Approval.objects.get(kind="extract")
    head = sign_in("kakari")
    assert "監査委員への提出" in head.get(f"/approvals/{approval.pk}/").content.decode()
    assert head.post(f"/approvals/{approval.pk}/", {"act": "approve"}).status_code == 302
    operator = sign_in("densan")
    assert "この抽出を実行する" in operator.get(f"/extracts/{extract.pk}/").content.decode()
    assert clerk.post(f"/extracts/{extract.pk}/run/").status_code == 403
    assert operator.post(f"/extracts/{extract.pk}/run/").status_code == 302
    from procrastinate.contrib.django.models import ProcrastinateJob

    job = ProcrastinateJob.objects.get(task_name="extract")
    assert job.args["extract_id"] == extract.pk and job.args["staff_no"] == "densan"


def test_no_list_can_be_fetched_as_a_file_and_nothing_is_kept_by_the_browser(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    for address in ("/assessment/decisions/2026/", "/collection/postings/2026/", "/search/?q=渡邉", "/extracts/"):
        for extra in ("?format=xlsx", "?format=csv&size=10000"):
            answer = client.get(address.partition("?")[0] + extra, HTTP_ACCEPT="text/csv")
            if answer.status_code == 200:
                assert answer["Content-Type"].startswith("text/html") and "Content-Disposition" not in answer
            assert answer["Cache-Control"] == "no-store"
            assert "画面の印刷はできません" in answer.content.decode() or answer.status_code != 200
