"""LOG-03 … LOG-07 on screens: before and after, work orders, the journal, samples, inspections, marks."""

from __future__ import annotations

from datetime import date
from typing import Any

from weboffice import HEAD, SECRET_PLACE, WIFE, City


def test_before_and_after_of_a_person_lead_to_who_wrote_it(city: City, sign_in: Any) -> None:
    from kokuho.core.models import AuditRecord
    from kokuho.desks.people.models import Person

    row = Person.objects.get(atena_no=HEAD, superseded_at__isnull=True)
    row.correct(recorded_by="densan", origin="file:9", block="３丁目９番")
    client = sign_in("shikaku")
    tables = client.get(f"/control/values/{HEAD}/").content.decode()
    assert "個人宛名" in tables
    page = client.get(f"/control/values/{HEAD}/people.person/").content.decode()
    assert "続柄　世帯主" in client.get(f"/control/values/{HEAD}/people.person/").content.decode().replace("<br>", "\n")
    assert "２丁目１番１号 → ３丁目９番" in page and "受信ファイル9" in page and "に訂正" in page
    record = AuditRecord.objects.filter(function="values.rows").latest("pk")
    assert record.persons == [HEAD] and record.staff_no == "shikaku"
    assert sign_in("densan").get(f"/control/values/{HEAD}/").status_code == 403
    assert client.get(f"/control/values/{HEAD}/core.staff/").status_code == 404


def test_places_of_a_protected_person_stay_hidden(city: City, sign_in: Any, opened: Any) -> None:
    client = sign_in("shikaku")
    assert SECRET_PLACE not in client.get(f"/control/values/{WIFE}/people.person/").content.decode()
    page = opened(client, f"/control/values/{WIFE}/people.person/").content.decode()
    assert "（表示しません）" in page and SECRET_PLACE not in page


def test_a_write_is_found_and_shows_what_it_wrote(city: City, sign_in: Any) -> None:
    from kokuho.core.models import WriteRecord

    write = WriteRecord.objects.filter(table_name="public.people_protection").latest("pk")
    client = sign_in("kansa")
    assert f"/control/written/{write.pk}/" in client.get("/control/writes/?table=people_protection").content.decode()
    page = client.get(f"/control/written/{write.pk}/").content.decode()
    assert "支援措置" in page and SECRET_PLACE not in page
    assert sign_in("fuka").get("/control/writes/").status_code == 403


def test_what_signing_in_writes_has_a_name_and_no_password_is_shown(city: City, sign_in: Any, training: None) -> None:
    from django.test import Client
    from weboffice import PASSWORD

    from kokuho.core.models import Staff, WriteRecord

    last = WriteRecord.objects.latest("pk").pk
    assert Client().post("/accounts/login/", {"login": "fuka", "password": PASSWORD}).status_code == 302
    wrote = WriteRecord.objects.filter(pk__gt=last, table_name="public.core_staff")
    assert {(row.staff_no, row.function) for row in wrote} == {("fuka", "sign-in")}
    client = sign_in("kansa")
    listed = client.get("/control/writes/?table=職員").content.decode()
    assert f"/control/written/{wrote.latest('pk').pk}/" in listed and "public.core_staff" not in listed
    page = client.get(f"/control/written/{wrote.latest('pk').pk}/").content.decode()
    secret = Staff.objects.get(staff_no="fuka").password
    assert "職員" in page and "（表示しません）" in page and secret not in page and "scrypt" not in page


def test_who_has_no_lists_of_work_finds_the_rooms_at_home(city: City, sign_in: Any) -> None:
    page = sign_in("kansa").get("/").content.decode()
    assert "開く画面" in page and "/control/marks/" in page
    assert "開く画面" not in sign_in("shikaku").get("/").content.decode()


def test_a_work_order_and_the_journal(city: City, sign_in: Any) -> None:
    from kokuho.core.models import Approval, WorkOrder

    client = sign_in("densan")
    form = {"kind": "notices", "title": "7月の通知", "instruction": "全件", "suitability": "起案書", "planned_on": "R8.7.2"}
    assert client.post("/control/orders/new/", {**form, "suitability": ""}).status_code == 422
    assert client.post("/control/orders/new/", form).status_code == 302
    approval = Approval.objects.get(kind="work-order")
    assert sign_in("kakari").post(f"/approvals/{approval.pk}/", {"act": "approve"}).status_code == 302
    order = WorkOrder.objects.get()
    assert "実行待ち" in client.get(f"/control/orders/{order.pk}/").content.decode()
    assert "当初賦課 試算" in client.get("/control/orders/").content.decode()  # the run that nobody ordered
    page = client.get("/control/journal/?day=2026-07-01").content.decode()
    assert 'class="paper"' in page and "令和8年7月1日" in page
    assert client.post("/control/journal/?day=2026-07-01", {"act": "note", "text": "異常なし"}).status_code == 302
    assert "異常なし" in client.get("/control/journal/?day=2026-07-01").content.decode()


def test_samples_inspections_and_marks(city: City, sign_in: Any) -> None:
    from kokuho.core.models import AuditMark, Inspection, MarkDisposition

    sign_in("shikaku").get(f"/control/values/{HEAD}/")
    client = sign_in("kansa")
    page = client.get("/control/sample/?since=2020-01-01&until=2099-12-31&size=10&seed=7").content.decode()
    assert "受付番号なし" in page and "同じ標本を引く番号 7" in page
    form = {"period_from": "R8.6.1", "period_until": "R8.6.30", "sample_size": 50, "matched": 49, "findings": "1件不一致", "follow_up": ""}
    assert client.post("/control/inspections/", form).status_code == 422
    assert client.post("/control/inspections/", {**form, "follow_up": "本人に確認"}).status_code == 302
    assert Inspection.objects.get().inspected_by == "kansa"
    assert "1件不一致" in client.get("/control/inspections/").content.decode()
    mark = AuditMark.objects.create(day=date(2026, 6, 30), rule="off_hours", staff_no="fuka", records=[], figure=3)
    own = AuditMark.objects.create(day=date(2026, 6, 30), rule="off_hours", staff_no="kansa", records=[], figure=1)
    assert "時間外・閉庁日の利用" in client.get("/control/marks/").content.decode()
    client.post(f"/control/marks/{own.pk}/", {"outcome": "explained", "reason": "自分"})
    assert client.post(f"/control/marks/{mark.pk}/", {"outcome": "explained", "reason": "当番"}).status_code == 302
    assert MarkDisposition.objects.get().decided_by == "kansa"
    assert sign_in("fuka").get("/control/marks/").status_code == 403


def test_the_protection_of_machines_comes_in_pages_the_troubled_first(city: City, sign_in: Any) -> None:
    from datetime import timedelta

    from test_query_counts import asked
    from weboffice import DAY

    from kokuho.core.models import ProtectionReport, Terminal, Unit
    from kokuho.core.protection import items, state

    unit = Unit.objects.earliest("pk")
    Terminal.objects.bulk_create(
        Terminal(code=f"PC{n:03d}", place="窓口", unit=unit, valid_from=DAY, valid_until=DAY, origin="t") for n in range(120)
    )
    sound = {"kind": "terminal", "source": "資産管理", "reported_on": DAY, "pattern_on": DAY, "patched_on": DAY, "recorded_by": "t"}
    ProtectionReport.objects.bulk_create(ProtectionReport(host=f"PC{n:03d}", **sound) for n in range(119))  # PC119 never reported
    ProtectionReport.objects.create(host="PC118", **{**sound, "pattern_on": DAY - timedelta(days=30)})
    ProtectionReport.objects.create(host="PC117", **sound, missing=[next(iter(items("terminal")))])
    ProtectionReport.objects.create(host="DB1", **{**sound, "kind": "server", "patched_on": None})
    client = sign_in("kansa")
    first = client.get("/control/protection/")
    page = first.content.decode()
    troubled = {machine.host: machine.problems for machine in state(DAY) if machine.problems}
    assert set(troubled) >= {"PC117", "PC118", "PC119", "DB1"} and all(words in page for told in troubled.values() for words in told)
    assert page.index("PC117") < page.index("PC118") < page.index("PC119") < page.index("PC000") and "PC100" not in page
    assert "PC100" in client.get("/control/protection/?page=3").content.decode() and asked(first) <= 15
    bad = client.get("/control/protection/?state=bad").content.decode()
    assert "PC119" in bad and "PC000" not in bad and "PC000" in client.get("/control/protection/?host=PC000").content.decode()
