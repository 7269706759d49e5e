"""AUTH-04 and AUTH-06: passwords, the lock-out, the lock of the screen, the life of a session."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import appoint, browser, put
from kokuho.controls.scene import Scene, fresh_client, text
from kokuho.core import clock, parameters
from kokuho.core.actions import leaving
from kokuho.core.models import AuditRecord, PasswordHistory, Staff

U_A, U_B = fixture.STAFF["U-A"].staff_no, fixture.STAFF["U-B"].staff_no
LOGIN, SECOND = "/accounts/login/", "/accounts/second/"
KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}
WRONG = "wrong password 99"


@check("AUTH-04", commits=True)
def passwords(scene: Scene, seen: Evidence) -> None:
    """Guessable passwords are refused with a reason, a random one is taken; former ones do not come back; an old one is changed first."""
    put(scene.on, {"auth.password.min_length": 8, "auth.password.history": 3, "auth.password.max_age_days": 90})
    Staff.objects.filter(staff_no=U_A).update(name="山田　太郎", name_kana="ヤマダ　タロウ")
    staff = Staff.objects.get(staff_no=U_A)
    weak = (
        "12345678", "aaaaaaaa", "abcd1234", "kokuhokokuho", "password1234", "qwertyuiop12", f"x7{U_A}#q9z", "yamada7#q9z", "YamadaTarou",
        "やまだ7#q9zxy",
    )  # fmt: skip
    for words in weak:
        seen.must(*_tried(words, staff, refused=True))
    seen.must(*_tried(secrets.token_urlsafe(12)[:14], staff, refused=False, shown="無作為な14文字"))
    seen.must(*_tried(fixture.PASSWORD, staff, refused=True, shown="前に使ったもの"))
    PasswordHistory.objects.bulk_create(PasswordHistory(staff=staff, encoded=f"!{n}") for n in range(3))
    seen.must(*_tried(fixture.PASSWORD, staff, refused=False, shown="3個より前に使ったもの"))
    for days, opens in ((89, True), (91, False)):
        Staff.objects.filter(staff_no=U_A).update(password_changed_at=clock.now() - timedelta(days=days))
        cache.clear()
        client = browser(U_A, scene.secrets["U-A"]) or fresh_client()
        held = _ask(U_A, scene) if not opens else None
        at = (held or client).get("/").headers.get("Location", "")
        seen.equal("/accounts/password/" in at, not opens, f"有効期間90日のとき、{days}日前のパスワードでログインすると変更を求める")


def _ask(number: str, scene: Scene) -> Client:
    """Signed in as far as it goes: both factors given."""
    cache.clear()
    client = fresh_client()
    client.post(LOGIN, {"login": number, "password": fixture.PASSWORD})
    client.post(SECOND, {"code": scene.second_code("U-A")})
    return client


def _tried(password: str, staff: Staff, *, refused: bool, shown: str = "") -> tuple[bool, str, str]:
    what = f"パスワード「{shown or password}」を定める"
    try:
        validate_password(password, staff)
    except ValidationError as error:
        return refused, what, f"断った: {'、'.join(error.messages)}"
    return not refused, what, "受け付けた"


@check("AUTH-04", commits=True)
def guessing_stops_the_number(scene: Scene, seen: Evidence) -> None:
    """After N failures, of passwords or of codes, nothing opens: not with the right ones, on no page; until another person or the time."""
    put(scene.on, {"auth.lockout.failures": 4, "auth.lockout.minutes": 15})
    office = appoint(scene.on)

    def first(password: str = fixture.PASSWORD) -> Client:
        cache.clear()
        client = fresh_client()
        client.post(LOGIN, {"login": U_A, "password": password})
        return client

    def asked_on(client: Client) -> bool:
        return client.get(SECOND).status_code == 200

    def locked() -> int:
        return AuditRecord.objects.filter(staff_no=U_A, function="sign-in", result="locked").count()

    for _ in range(4):
        first(WRONG)
    seen.must(not asked_on(first()), "4回失敗した後の正しいパスワード", "断った")
    seen.equal(locked(), 1, "締出しの記録")
    with clock.standing(clock.now() + timedelta(minutes=16)):
        seen.must(asked_on(first()), "定めた15分の後の正しいパスワード", "受け付けた")
    put(scene.on, {"auth.lockout.minutes": 0})
    with clock.standing(clock.now() + timedelta(days=1)):
        seen.must(not asked_on(first()), "解除まで停止する定め（0分）のとき、1日の後の正しいパスワード", "断った")
    own: dict[str, Any] = {"by": scene.actor("U-A"), "staff_no": U_A, "reason": "点検"}
    seen.refused("本人が解除する", leaving.unlock, **own)
    leaving.unlock(by=office.admin, staff_no=U_A, reason="本人から依頼")
    client = first()
    seen.must(asked_on(client), "別の職員が解除した後の正しいパスワード", "受け付けた")
    for _ in range(4):
        cache.clear()
        client.post(SECOND, {"code": "000000"})
    cache.clear()
    client.post(SECOND, {"code": scene.second_code("U-A")})
    client.post("/notice/")
    seen.must(client.get("/").status_code != 200, "確認コードを同じ画面で4回誤った後の正しいコード", "断った")
    seen.must(not asked_on(first()), "確認コードを4回誤った後の正しいパスワード", "断った")
    seen.equal(locked(), 4, "締出しの記録（コードの誤りによるものを含む）")


@check("AUTH-06", commits=True)
def idle_lock_and_end(scene: Scene, seen: Evidence) -> None:
    """The session locks after idle time, ends on the server after longer, and polling does not keep it alive."""
    address = f"/persons/{fixture.P_1}/"

    def idle(minutes: int, title: str = "U-A") -> Client:
        client = scene.client(title)
        session = client.session
        session["seen_at"] = int(time.time()) - minutes * 60
        session.save()
        return client

    locked = idle(parameters.value("auth.idle_lock_minutes") + 1)
    answer = locked.get(address)
    seen.must(
        answer.status_code == 302 and "/reauthenticate/" in answer.headers["Location"], "ロック時間を過ぎて画面を開く"
    )
    part = locked.get(address, headers={"HX-Request": "true"})
    seen.equal(part.status_code, 401, "ロック中に画面の一部を取る")
    gone = idle(parameters.value("auth.idle_end_minutes") + 1, "U-B")
    answer = gone.get(address)
    seen.must(answer.status_code == 302 and "/login/" in answer.headers["Location"], "終了時間を過ぎて画面を開く")
    ended = AuditRecord.objects.filter(operation="logout", detail__cause="idle", staff_no=fixture.STAFF["U-B"].staff_no)
    seen.must(ended.exists(), "サーバー側の終了の記録")
    background = [r.name for r in crawl.routes() if r.declared and r.declared.background]
    polled = idle(3, "U-LEVY")
    before = polled.session["seen_at"]
    for name in background:
        route = next(r for r in crawl.routes() if r.name == name)
        polled.get(route.address(KNOWN))
    seen.equal(
        polled.session["seen_at"], before, f"画面が自動で行う問合せ（{len(background)}種）は利用時間を延ばさない"
    )


@check("AUTH-06", commits=True)
def a_session_has_its_end(scene: Scene, seen: Evidence) -> None:
    """Times by class of account, the longest life of a sign-in, one session an account; who locked opens it with the own password."""
    put(scene.on, {"auth.idle_lock_minutes": 10, "auth.idle_lock_minutes.administrator": 3, "auth.session_hours": 12,
                   "auth.single_session": "end_first"})  # fmt: skip
    Staff.objects.filter(staff_no=U_B).update(account_class=Staff.ADMINISTRATOR)
    shown = [text(scene.client(title).get("/me/")).partition('data-lock-minutes="')[2].partition('"')[0] for title in ("U-A", "U-B")]
    seen.equal(shown, ["10", "3"], "画面がロックまでの時間として持つ分（職員・管理者）")
    first = scene.client("U-A")
    cache.clear()
    second = browser(U_A, scene.secrets["U-A"])
    ended = first.get("/").status_code == 302 and second is not None and second.get("/").status_code == 200
    record = AuditRecord.objects.filter(staff_no=U_A, operation="logout", detail__cause="elsewhere")
    seen.must(ended and record.exists(), "同じIDの二つ目のログインは、先の利用を終え、記録される", f"記録{record.count()}件")
    if second is None:
        return
    put(scene.on, {"auth.single_session": "refuse"})
    cache.clear()
    seen.must(browser(U_A, scene.secrets["U-A"]) is None, "二つ目を断る定めのとき、後のログイン", "断った")
    second.post("/lock/")
    page = f"/persons/{fixture.P_1}/"
    seen.must("/reauthenticate/" in second.get(page).headers.get("Location", ""), "ロックした画面は本人の再認証を求める")
    second.post("/accounts/reauthenticate/", {"password": WRONG})
    seen.equal(second.get(page).status_code, 302, "誤ったパスワードで開けようとした後の画面")
    cache.clear()
    second.post("/accounts/reauthenticate/", {"password": fixture.PASSWORD})
    seen.equal(second.get(page).status_code, 200, "本人のパスワードで開けた後の画面")
    session = second.session
    session["signed_in_at"] = int(time.time()) - 12 * 3600 - 60
    session.save()
    second.get(page)
    gone = AuditRecord.objects.filter(staff_no=U_A, operation="logout", detail__cause="day")
    seen.equal((second.get(page).status_code, gone.count()), (302, 1), "12時間を過ぎた利用は終わる（応答と記録）")
