"""MYNUM-03, -06, KEEP-01 … -03, BACKUP-01, -02 on screens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from weboffice import CHILD, HEAD, City, fill

NUMBER = "123456789018"


@pytest.fixture
def real_city(committed_db: str, training: None) -> Iterator[City]:
    """The office in a database where transactions commit: a number is read outside any transaction."""
    from django.db import transaction

    with transaction.atomic():
        city = fill()
    yield city


def test_a_number_is_masked_until_asked_for_and_each_display_is_recorded(real_city: City, sign_in: Any, hire: Any) -> None:
    from kokuho.core import vault
    from kokuho.core.models import AuditRecord

    vault.store([(CHILD, NUMBER)], by="densan", origin="file:1")
    hire("bango", "qualification", "mynumber")
    client = sign_in("bango")
    address = f"/control/mynumber/{CHILD}/"
    page = client.get(address).content.decode()
    assert vault.MASK in page and NUMBER[:4] not in page
    assert client.post(address, {"reason": ""}).status_code == 422
    answer = client.post(address, {"reason": "中間サーバー照会の確認"})
    page = answer.content.decode()
    assert "1234 5678 9018" in page and NUMBER not in page.split("</title>")[0] and answer["Cache-Control"] == "no-store"
    record = AuditRecord.objects.get(function="mynumber.reveal", operation="view")
    assert record.persons == [CHILD] and record.reason == "中間サーバー照会の確認" and NUMBER not in str(record.detail)
    assert sign_in("fuka").get(address).status_code == 403
    found = client.post("/control/mynumber/find/", {"number": NUMBER, "reason": "窓口の照会"})
    assert found.status_code == 302 and found.url == f"/persons/{CHILD}/"


def test_the_plan_is_proposed_by_kind_and_holds_are_kept(city: City, sign_in: Any, hire: Any) -> None:
    from kokuho.core.models import RetentionHold, RetentionPlan

    hire("hozon", "records_keeper")
    client = sign_in("hozon")
    assert "規則なし" in client.get("/control/keep/").content.decode()
    form = {"profile": "default", "reason": "文書管理規程", "review_on": "R9.4.1"}
    asked = client.get("/control/keep/plan/").context["sheet"].blocks[0].form.fields
    codes = {name.removeprefix("period_") for name in asked if name.startswith("period_")}
    code = sorted(codes)[0]
    assert client.post("/control/keep/plan/", {**form, f"period_{code}": "たくさん"}).status_code == 422
    assert client.post("/control/keep/plan/", {**form, f"period_{code}": "１０年度"}).status_code == 302
    assert RetentionPlan.objects.get().rules[code]["after"] == 10
    asked = {"act": "hold", "atena_no": HEAD, "kind": "lawsuit", "category": "", "reason": "訴訟"}
    assert client.post("/control/keep/holds/", {**asked, "reason": ""}).status_code == 422
    assert client.post("/control/keep/holds/", asked).status_code == 302
    hold = RetentionHold.objects.get()
    here = f"/control/keep/holds/{hold.pk}/"
    listed = client.get("/control/keep/holds/").content.decode()
    assert "訴訟" in listed and f'href="{here}"' in listed
    told = client.get(here).content.decode()
    assert "すべての分類" in told and "解除すると" in told
    assert client.post(here, {"act": "lift"}).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_on is not None and here not in client.get("/control/keep/holds/").content.decode()
    assert client.post(here, {"act": "lift"}).status_code == 302
    assert "解除できる保留がない" in client.get("/control/keep/holds/?state=lifted").content.decode()  # it was lifted already
    assert client.get("/control/keep/holds/999/").status_code == 404
    assert client.get("/control/keep/?survey=1").status_code == 200
    assert client.post("/control/keep/propose/", {"category": code}).status_code == 422
    assert sign_in("fuka").get("/control/keep/").status_code == 403


def test_backups_that_are_late_or_never_left_the_house_are_said(city: City, sign_in: Any, hire: Any) -> None:
    from weboffice import DAY

    from kokuho.core import backup, clock
    from kokuho.core.access import actor_for
    from kokuho.core.models import BackupEvent
    from kokuho.core.queries.backups import status

    now = clock.now()
    assert len(status(now).warnings) == 4
    hire("hozen", "backup")
    client = sign_in("hozen")
    assert "バックアップの警告" in client.get("/").content.decode()
    common = {"size": 10, "ok": True, "seconds": 1.0, "staff_no": "hozen"}
    for number in (1, 2):
        BackupEvent.objects.create(kind="backup", file_name=f"kokuho-{number}.backup", sha256=str(number) * 64, **common)
    BackupEvent.objects.create(kind="drill", file_name="kokuho-1.backup", sha256="1" * 64, **common)
    assert [w for w in status(now).warnings if "遠隔地" not in w] == []
    form = {"file_name": "kokuho-2.backup", "sha256_there": "9" * 64, "place": "県内の保管庫", "transport": "施錠した箱"}
    assert client.post("/control/backups/", form).status_code == 422
    assert client.post("/control/backups/", {**form, "sha256_there": "2" * 64}).status_code == 422, "not said to be in Japan"
    assert client.post("/control/backups/", {**form, "sha256_there": "2" * 64, "in_japan": "on"}).status_code == 302
    assert status(clock.now()).warnings == []
    assert any("時間以内" in w for w in status(now + timedelta(hours=30)).warnings)
    assert any("遠隔地" in w for w in status(now + timedelta(days=9)).warnings)
    with pytest.raises(backup.BackupError):
        backup.offsite(by=actor_for("hozen", on=DAY, terminal="t"), file_name="open.tar", sha256_there="", place="p", transport="t",
                       in_japan=True)
