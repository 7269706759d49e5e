"""AUTH-07: hours of use of a unit, what happens outside them, and who may go on."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.core.cache import cache

from kokuho.controls import fixture
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import Officers, appoint, browser, put
from kokuho.controls.scene import Scene, text
from kokuho.core import analysis, clock
from kokuho.core.access import actor_for
from kokuho.core.actions import accounts
from kokuho.core.models import AuditRecord, Unit

OPENS, CLOSES = "08:30", "19:00"


def _sign_in(scene: Scene, title: str) -> tuple[Any, AuditRecord | None]:
    """A fresh sign-in of a member of staff, and its record."""
    cache.clear()
    client = browser(fixture.STAFF[title].staff_no, scene.secrets[title])
    tries = AuditRecord.objects.filter(staff_no=fixture.STAFF[title].staff_no, function="sign-in", operation="login")
    return client, tries.order_by("-pk").first()


@check("AUTH-07", commits=True)
def hours_of_use(scene: Scene, seen: Evidence) -> None:
    """After closing: flagged or refused, as approved. An open session is warned and ends. An approved extension is one person's."""
    office = appoint(scene.on)
    office.approved(office.apply(
        accounts.UNIT, by=office.admin, code=fixture.UNIT, name=fixture.UNIT_NAME, opens=OPENS, closes=CLOSES,
        roles=Unit.objects.get(code=fixture.UNIT).roles,
    ))  # fmt: skip
    put(scene.on, {"auth.hours.mode": "warn", "auth.hours.closed_days": True, "auth.single_session": "end_first"})

    def clocked(hour: int, minute: int) -> datetime:
        return datetime.combine(scene.on, time(hour, minute), clock.JAPAN)

    with clock.standing(clocked(19, 1)):
        client, record = _sign_in(scene, "U-B")
        flagged = record is not None and record.result == "ok" and record.detail.get("off_hours") is True
        seen.must(client is not None and flagged, "警告の設定で19時1分にログインし、時間外の印つきで記録される")
        seen.must(client is not None and "時間外の利用として記録" in text(client.get("/")), "画面に時間外の利用と出る")
    put(scene.on, {"auth.hours.mode": "enforce"})
    with clock.standing(clocked(19, 1)):
        client, record = _sign_in(scene, "U-B")
        seen.must(client is None and record is not None and record.detail.get("why") == "outside_hours",
                  "使わせない設定で19時1分にログインする", record.result if record else "記録がない")  # fmt: skip
    with clock.standing(clocked(18, 50)):
        client, _ = _sign_in(scene, "U-B")
        seen.must(client is not None and "あと10分で終わります" in text(client.get("/")), "18時50分の画面に終わりの予告が出る")
    if client is not None:
        with clock.standing(clocked(19, 0)):
            seen.equal(client.get("/").status_code, 302, "開いたままの利用は19時に終わる")
    _extended(scene, office, clocked(18, 0), clocked(21, 0), seen)
    with clock.standing(clocked(23, 0)):
        by = actor_for(fixture.STAFF["U-SYS"].staff_no, on=scene.on, terminal="worker")
        seen.must(by.may("batch.read"), "画面を介さない予定の処理は時間外にも動く")
    _reported(scene, seen)


def _extended(scene: Scene, office: Officers, starts: datetime, ends: datetime, seen: Evidence) -> None:
    """An extension until 21:00 for U-A: U-A works at 20:00, U-B does not."""
    told: dict[str, Any] = {"staff_no": fixture.STAFF["U-A"].staff_no, "starts": starts.isoformat(), "ends": ends.isoformat()}
    with clock.standing(starts):
        asked = office.apply(accounts.EXTEND, **told)
    with clock.standing(starts + timedelta(hours=2)):
        client, _ = _sign_in(scene, "U-A")
        seen.must(client is None, "申請しただけで承認のない時間外に利用する")
        office.approved(asked)
        client, _ = _sign_in(scene, "U-A")
        seen.must(client is not None, "時間外の利用を承認された U-A が20時に利用する")
        other, _ = _sign_in(scene, "U-B")
        seen.must(other is None, "承認のない U-B が20時に利用する")
    if client is not None:
        with clock.standing(ends + timedelta(minutes=1)):
            seen.equal(client.get("/").status_code, 302, "承認された時間が終わった後に利用する")


def _reported(scene: Scene, seen: Evidence) -> None:
    """Use at 20:00 is marked by the analysis, by the unit's own hours."""
    evening = datetime.combine(scene.on, time(20, 0), clock.JAPAN)

    def event(number: int, moment: datetime, unit: str) -> analysis.Event:
        return analysis.Event(number, moment, f"s{number}", unit, "t", "資格", "person", "view", "ok", (1,), "", {})

    events = (event(1, evening, fixture.UNIT_NAME), event(2, evening - timedelta(hours=2), fixture.UNIT_NAME), event(3, evening, "夜間係"))
    now = analysis.load(scene.on, lambda own, on: {})
    day = analysis.Day(scene.on, events, False, {}, {}, frozenset(), {**now.hours, "夜間係": ("08:00", "22:00")})
    hits = analysis.RULES["off_hours"](day, {"from": "08:00", "until": "20:00", "at_least": 1})
    seen.equal([hit.staff_no for hit in hits], ["s1"], "20時の利用は、所属の利用時間により時間外の帳票に上がる")
