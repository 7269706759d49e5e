"""VENDOR-04 on the screens: asked for and confirmed by two, worked on by two, completed by neither of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from weboffice import PASSWORD

pytestmark = pytest.mark.usefixtures("city")


def _worker(number: str) -> None:
    from kokuho.core.actions.staff import register

    register(
        staff_no=number, name=number, unit_code="01", unit_name="国保年金課", password=PASSWORD, roles=("migration",), applied_by="a",
        approved_by="b", on=date(2026, 4, 1), reason="試験", valid_until=date(2026, 7, 31),
    )  # fmt: skip


def test_a_migration_from_the_form_to_its_completion(sign_in: Any, hire: Any, tmp_path: Path) -> None:
    from kokuho.core.access import actor_for
    from kokuho.core.actions import migration
    from kokuho.core.models import MigrationStep, MigrationWork, Staff

    on = date(2026, 7, 1)
    hire("kacho", "unit_head")
    _worker("iko1"), _worker("iko2")
    values = {"title": "旧システムからの移行", "scope": "宛名", "staff_nos": "iko1", "valid_from": "R8.7.1", "valid_until": "R8.7.31",
              "reason": "更改"}  # fmt: skip
    head = sign_in("kacho")
    assert head.post("/migrations/new/", values).status_code == 422
    assert head.post("/migrations/new/", {**values, "staff_nos": "iko1 iko2"}).status_code == 302
    from kokuho.core.models import Entry

    entry = Entry.objects.get(kind="migration.work")
    officer = sign_in("anzen")
    assert officer.post(f"/entries/{entry.pk}/", {"act": "confirm"}).status_code == 302
    address = f"/migrations/{MigrationWork.objects.get().pk}/"
    one, two = sign_in("iko1"), sign_in("iko2")
    assert address in one.get("/migrations/").content.decode()
    assert one.post(address, {"act": "ask", "kind": "extract", "content": "宛名の抽出"}).status_code == 302
    step = MigrationStep.objects.get()
    own = one.post(address, {"act": "confirm", "step_id": step.pk})
    assert own.status_code == 422 and MigrationStep.objects.get().confirmed_at is None
    assert "確認する" in two.get(address).content.decode()
    assert two.post(address, {"act": "confirm", "step_id": step.pk}).status_code == 302
    source = tmp_path / "old.csv"
    source.write_bytes(b"1,2\n")
    worker = actor_for("iko1", on=on, terminal="t")
    file = migration.extract(by=worker, on=on, step_id=step.pk, source=source)
    shown = head.get(address).content.decode()
    assert "残っている" in shown and file.sha256[:16] in shown
    ended = {"act": "complete", "finding": "操作記録と一致"}
    assert one.post(address, ended).status_code == 403
    assert "廃棄していない" in head.post(address, ended).content.decode()
    assert two.post(address, {"act": "ask", "kind": "destroy", "file_id": file.pk, "content": "消去"}).status_code == 302
    last = MigrationStep.objects.get(kind="destroy")
    assert one.post(address, {"act": "confirm", "step_id": last.pk}).status_code == 302
    migration.destroy(by=worker, on=on, step_id=last.pk)
    assert head.post(address, ended).status_code == 302
    assert not Staff.objects.filter(staff_no__in=("iko1", "iko2"), is_active=True).exists()
    assert one.get(address).status_code != 200, "the ID ended with the work, the open session too"


def test_the_database_takes_no_step_of_one_person(sign_in: Any, hire: Any) -> None:
    from django.db import DatabaseError, transaction

    from kokuho.core.models import MigrationWork

    with pytest.raises(DatabaseError), transaction.atomic():
        MigrationWork.objects.create(title="x", scope="x", staff_nos=["a", "b"], valid_from=date(2026, 7, 1), valid_until=date(2026, 7, 2),
                                     entry_no=999)  # fmt: skip
