"""Work on screens: the levy from trial to approval, changes decided by a second person, records worked off, files received."""

from __future__ import annotations

from typing import Any

from weboffice import HEAD, City


def test_the_approver_approves_what_the_assessor_proposed(city: City, sign_in: Any) -> None:
    from kokuho.core.models import Approval

    client = sign_in("kakari")
    home = client.get("/").content.decode()
    assert "承認待ち" in home
    page = client.get(f"/approvals/{city.approval_id}/").content.decode()
    assert "承認する" in page and "C01" in page
    assert client.post(f"/approvals/{city.approval_id}/", {"act": "return", "reason": ""}).status_code == 422
    assert client.post(f"/approvals/{city.approval_id}/", {"act": "approve", "reason": ""}).status_code == 302
    assert Approval.objects.get(pk=city.approval_id).state == "approved"


def test_who_proposed_sees_it_but_cannot_decide(city: City, sign_in: Any) -> None:
    from kokuho.core.models import Approval

    client = sign_in("fuka")
    assert "承認する" not in client.get(f"/approvals/{city.approval_id}/").content.decode()
    assert client.post(f"/approvals/{city.approval_id}/", {"act": "approve"}).status_code == 403
    assert Approval.objects.get(pk=city.approval_id).state == "pending"


def test_others_do_not_see_the_matter_at_all(city: City, sign_in: Any) -> None:
    assert sign_in("shuno").get(f"/approvals/{city.approval_id}/").status_code == 404


def test_the_year_shows_where_the_levy_stands(city: City, sign_in: Any) -> None:
    client = sign_in("fuka")
    answer = client.get("/assessment/levy/2026/")
    assert answer.context["view"].stage == 6 and "確定" in answer.content.decode()
    assert "試算を実行する" not in answer.content.decode(), "a final year is not tried again"
    assert client.get("/assessment/levy/2025/").context["view"].stage == 0


def test_a_trial_with_doubts_is_proposed_only_when_they_were_looked_at(city: City, sign_in: Any) -> None:
    from kokuho.core.models import Approval
    from kokuho.desks.assessment.models import LevyCheck, LevyRun

    Approval.objects.filter(pk=city.approval_id).update(state="returned", decided_by="kakari", reason="やり直し")
    trial = LevyRun.objects.get(mode="trial")
    LevyCheck.objects.create(run=trial, code="C07", title="未申告", level="warn", actual="1人")
    client = sign_in("fuka")
    answer = client.post(f"/assessment/runs/{trial.pk}/propose/", follow=True)
    assert "確認の欄に印を付けてから" in answer.content.decode()
    client.post(f"/assessment/runs/{trial.pk}/propose/", {"seen": "1"})
    assert Approval.objects.filter(state="pending", subject=f"levy-run:{trial.pk}").count() == 1


def test_ordering_a_trial_of_a_final_year_is_refused_with_the_reason(city: City, sign_in: Any) -> None:
    answer = sign_in("fuka").post("/levy/2026/trial/", {"total": "１，０００"}, follow=True)
    assert "以後の変更は更正で行います" in answer.content.decode()


def test_a_change_is_applied_by_a_second_person_and_shows_before_and_after(
    city: City, sign_in: Any, opened: Any
) -> None:
    from kokuho.desks.eligibility.models import InsuredPeriod

    client = sign_in("shikaku")
    assert "転出" in client.get("/eligibility/candidates/").content.decode()
    address = f"/eligibility/candidates/{city.candidate_id}/"
    page = opened(client, address).content.decode()
    assert "今の資格" in page and "令和8年6月30日" in page
    assert client.post(address, {"act": "dismiss", "reason": " "}).status_code == 422
    assert client.post(address, {"act": "apply", "reason": ""}).status_code == 302
    period = InsuredPeriod.objects.get(atena_no=HEAD, superseded_at__isnull=True)
    assert period.lost_on.isoformat() == "2026-06-30" and period.recorded_by == "shikaku"


def test_who_may_not_confirm_has_no_button_and_is_refused(city: City, sign_in: Any, opened: Any) -> None:
    client = sign_in("fuka")
    address = f"/eligibility/candidates/{city.candidate_id}/"
    assert "資格に反映する" not in opened(client, address).content.decode()
    assert client.post(address, {"act": "apply", "reason": ""}).status_code == 403


def test_a_record_is_worked_off_with_a_reason(city: City, sign_in: Any) -> None:
    from kokuho.exchange.models import WorkItem

    client = sign_in("shikaku")
    address = f"/exchange/work/{city.work_id}/"
    assert client.post(address, {"act": "done", "reason": ""}).status_code == 422
    assert client.post(address, {"act": "done", "reason": "戸籍で確認"}).status_code == 302
    assert WorkItem.objects.get(pk=city.work_id).state == "done"
    assert client.get("/exchange/work/").context["list"].count == 0


def test_a_refused_file_shows_every_fault_with_its_place(city: City, sign_in: Any) -> None:
    page = sign_in("densan").get(f"/exchange/files/{city.refused_id}/").content.decode()
    for shown in ("F14", "birth_date", "120", "実在しない日付です。", "受付拒否"):
        assert shown in page, shown


def test_a_broken_file_is_refused_on_screen_and_kept_with_its_faults(city: City, sign_in: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from kokuho.exchange.models import InboxFile

    given = SimpleUploadedFile("broken.csv", b'"CTL","112038","juki-full","x"\r\n')
    answer = sign_in("densan").post("/exchange/receive/", {"file": given}, follow=True)
    file = InboxFile.objects.order_by("-pk")[0]
    assert file.state == "refused" and file.errors.exists()
    assert answer.redirect_chain[-1][0] == f"/exchange/files/{file.pk}/"


def test_the_inspector_finds_who_saw_a_person(city: City, sign_in: Any, opened: Any) -> None:
    opened(sign_in("shikaku"), f"/persons/{HEAD}/")
    client = sign_in("kansa")
    rows = client.get("/audit/", {"atena": str(HEAD), "operation": "view"}).context["list"].rows
    assert [(row.record.staff_no, row.record.function) for row in rows] == [("shikaku", "person")]
    assert "閲覧" in client.get("/audit/").content.decode()


def test_my_rights_say_what_until_when_and_by_whom(city: City, sign_in: Any) -> None:
    page = sign_in("fuka").get("/me/").content.decode()
    for shown in ("賦課担当", "R8.4.1", " まで", "当初賦課の試算・本算定を実行する", "head → chief"):
        assert shown in page, shown


def test_a_run_that_failed_is_taken_up_again_by_those_who_may_run_it(city: City, sign_in: Any) -> None:
    from kokuho.core.models import BatchRun

    address = f"/batches/{city.batch_id}/"
    client = sign_in("fuka")
    assert "続きから始める状態ではありません" in client.post(f"{address}resume/", follow=True).content.decode()
    BatchRun.objects.filter(pk=city.batch_id).update(state="failed", message="停電")
    assert "続きから実行する" in client.get(address).content.decode()
    assert "続きから実行する" not in sign_in("kakari").get(address).content.decode()
    assert sign_in("kakari").post(f"{address}resume/").status_code == 403
    assert "受け付けました" in client.post(f"{address}resume/", follow=True).content.decode()


def test_ordering_the_notices_hands_them_to_a_worker_or_says_why_not(city: City, sign_in: Any) -> None:
    from kokuho.desks.assessment.models import LevyRun

    final = LevyRun.objects.get(mode="final")
    answer = sign_in("fuka").post(f"/levy/runs/{final.pk}/notices/", follow=True)
    assert "調定が終わっていません" in answer.content.decode()
    assert sign_in("fuka").post("/levy/runs/4711/notices/").status_code == 404
    assert sign_in("shuno").post(f"/levy/runs/{final.pk}/notices/").status_code == 403


def test_files_to_release_and_to_send_stand_at_home(city: City, sign_in: Any) -> None:
    release, send = "送信ファイルの確認待ち", "送信待ちのファイル"
    titles = {who: [work.title for work in sign_in(who).get("/").context["lists"]] for who in ("shikaku", "densan", "fuka")}
    assert [(release in titles[who], send in titles[who]) for who in titles] == [(True, False), (False, True), (False, False)]
