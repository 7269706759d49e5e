"""AUTH: identification and authentication."""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.test import Client, override_settings

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, fresh_client, owner, text
from kokuho.core import database, environment, mnscan, parameters
from kokuho.core.actions.staff import register
from kokuho.core.models import AuditRecord, EnvironmentMark, Staff
from kokuho.web import notice

WEAK = ("12345678", "aaaaaaaa", "abcd1234", "kokuhokokuho", "password1234", "123456789012", "aaaaaaaaaaaa")


@check("AUTH-01")
def one_person_one_id(scene: Scene, seen: Evidence) -> None:
    """An account has an owner; a second one for the same number, and one without a number, cannot be made."""
    someone: dict[str, Any] = {
        "name": "点検 共用", "unit_code": fixture.UNIT, "unit_name": fixture.UNIT_NAME, "password": secrets.token_urlsafe(16),
        "roles": (), "applied_by": "chkHead", "approved_by": "chkChief", "on": scene.on, "reason": "点検",
    }  # fmt: skip
    seen.none(Staff.objects.exclude(staff_no__startswith="chk").values_list("staff_no", flat=True), "出荷時の利用者ID")
    seen.refused(
        "同じ職員番号で二つ目の利用者IDを登録する", register, staff_no=fixture.STAFF["U-A"].staff_no, **someone
    )
    seen.refused("職員番号のない利用者IDを登録する", register, staff_no="", **someone)


@check("AUTH-01", place=REAL)
def every_account_has_owner_and_end(seen: Evidence) -> None:
    """In the installation: active accounts without a name or without an end date."""
    active = Staff.objects.filter(is_active=True)
    seen.value("有効な利用者ID", active.count())
    seen.none(active.filter(name="").values_list("staff_no", flat=True), "氏名のない有効な利用者ID")
    seen.none(
        active.filter(valid_until__isnull=True).values_list("staff_no", flat=True), "利用終了日のない有効な利用者ID"
    )


@check("AUTH-02", commits=True)
def two_factors(scene: Scene, seen: Evidence) -> None:
    """Only both factors of the same person open the door; each attempt is recorded with its kinds."""
    clerk, other = fixture.STAFF["U-A"], "U-B"
    login = "/accounts/login/"

    def opens(password: str, code: str) -> bool:
        client = fresh_client()
        client.post(login, {"login": clerk.staff_no, "password": password})
        if code:
            client.post("/accounts/second/", {"code": code})
        client.post("/notice/")
        return client.get("/").status_code == 200

    seen.must(not opens(fixture.PASSWORD, ""), "パスワードだけでログインする")
    seen.must(
        not opens("wrong password 99", scene.second_code("U-A")), "誤ったパスワードと正しい確認コードでログインする"
    )
    seen.must(not opens(fixture.PASSWORD, scene.second_code(other)), "他人の確認コードでログインする")
    before = AuditRecord.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    seen.must(opens(fixture.PASSWORD, scene.second_code("U-A")), "二要素がそろってログインする")
    record = AuditRecord.objects.filter(pk__gt=before, function="sign-in", operation="login", result="ok").first()
    factors = record.detail.get("factors", []) if record else []
    seen.must(len(set(factors)) == 2, "ログインの記録にある要素の種類", factors)
    failed = AuditRecord.objects.filter(function="sign-in", operation="login", result="failed", staff_no=clerk.staff_no)
    seen.must(failed.count() >= 2, "失敗の記録", f"{failed.count()}件")
    known = mnscan.known_canaries([fixture.PASSWORD])
    seen.none(
        [r.pk for r in failed if known(str(r.detail)) or fixture.PASSWORD in str(r.detail)], "記録に残ったパスワード"
    )


@check("AUTH-02", place=REAL)
def not_a_training_installation(seen: Evidence) -> None:
    """The installation itself asks for both factors."""
    seen.value("KOKUHO_TRAINING", settings.KOKUHO_TRAINING)
    seen.must(not settings.KOKUHO_TRAINING, "研修用の設定（パスワードだけのログイン）になっていない",
              "研修用の設定になっている" if settings.KOKUHO_TRAINING else "二要素を求める設定")  # fmt: skip


@check("AUTH-03")
def nothing_before_signing_in(scene: Scene, seen: Evidence) -> None:
    """Every address without a session, with an ended session and with one of a disabled account."""
    names = [part for name, kana in fixture.NAMES.values() for part in (*name.split("　"), *kana.split("　"))]
    known = mnscan.known_canaries(fixture.CANARIES.values())
    routes = crawl.routes()
    seen.value("画面・受付の数", len(routes))
    seen.equal(
        {r.name for r in routes if r.declared and r.declared.public},
        set(crawl.PUBLIC),
        "認証の前に開く画面（閉じた一覧）",
    )
    ended = scene.client("U-A")
    session = ended.session
    session["seen_at"] = int(time.time()) - (parameters.value("auth.idle_end_minutes") + 1) * 60
    session.save()
    Staff.objects.filter(staff_no=fixture.STAFF["U-B"].staff_no).update(is_active=False)
    answered, leaking = [], []
    for who, client in (("未認証", fresh_client()), ("期限切れ", ended), ("停止した利用者", scene.client("U-B"))):
        for route in routes:
            if route.declared is not None and route.declared.public:
                continue
            for answer in (client.get(route.address(KNOWN)), client.post(route.address(KNOWN))):
                body = text(answer)
                if answer.status_code != 302 or not answer.headers["Location"].startswith("/accounts/login/"):
                    answered.append(f"{who} {route.name} {answer.status_code}")
                if any(name in body for name in names) or mnscan.scan_bytes(body.encode(), known, route.name):
                    leaking.append(f"{who} {route.name}")
    seen.none(answered, "認証なしで答えた画面")
    seen.none(leaking, "氏名・個人番号を含む応答")


KNOWN = {"household_no": fixture.HOUSEHOLD, "atena_no": fixture.P_1, "fiscal_year": 2026}


@check("AUTH-04", commits=True)
def passwords(scene: Scene, seen: Evidence) -> None:
    """Guessable passwords are refused, a random one is taken, repeated failures lock the number."""
    staff = Staff.objects.get(staff_no=fixture.STAFF["U-A"].staff_no)
    for weak in (*WEAK, staff.staff_no * 3):
        seen.refused(f"弱いパスワード（{len(weak)}文字の規則的な文字列）を使う", validate_password, weak, staff)
    strong = secrets.token_urlsafe(12)[:14]
    try:
        validate_password(strong, staff)
        seen.must(True, "無作為な14文字のパスワードを使う", "受け付けた")
    except Exception as error:  # any complaint about a random password is the finding
        seen.must(False, "無作為な14文字のパスワードを使う", type(error).__name__)
    least = parameters.value("auth.lockout.failures")
    for _ in range(least):
        fresh_client().post("/accounts/login/", {"login": staff.staff_no, "password": "wrong password 99"})
    client = fresh_client()
    client.post("/accounts/login/", {"login": staff.staff_no, "password": fixture.PASSWORD})
    seen.value("失敗の上限", least)
    seen.must(client.get("/accounts/second/").status_code == 302, f"{least}回失敗した後に正しいパスワードを使う")
    seen.must(AuditRecord.objects.filter(staff_no=staff.staff_no, result="locked").exists(), "締出しの記録")


@check("AUTH-06")
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


@check("AUTH-08")
def notice_of_recording(scene: Scene, seen: Evidence) -> None:
    """A new version of the notice stands before everything until it is acknowledged, once for each person and version."""
    seen.value("告知の版", notice.text()["version"])
    body = "".join(notice.text()["paragraphs"])
    seen.must("記録" in body and "罰" in body, "告知の文面が、記録と罰則を述べている")
    client = scene.client("U-A")
    session = client.session
    session.pop("notice", None)
    session.save()
    newer = {**notice.text(), "version": "check-next"}
    before = notice.text
    notice.text = lambda: newer  # type: ignore[assignment]
    try:
        answer = client.get(f"/persons/{fixture.P_1}/")
        seen.must(
            answer.status_code == 302 and answer.headers["Location"].startswith("/notice/"),
            "新しい版を読む前に画面を開く",
        )
        client.post("/notice/")
        seen.equal(client.get(f"/persons/{fixture.P_1}/").status_code, 200, "読んだ後に画面を開く")
    finally:
        notice.text = before  # type: ignore[assignment]
    kept = AuditRecord.objects.filter(
        function=notice.FUNCTION, detail__version="check-next", staff_no=fixture.STAFF["U-A"].staff_no
    )
    seen.equal(kept.count(), 1, "誰がどの版をいつ読んだかの記録")


@check("AUTH-09", place=REAL)
def database_accounts(seen: Evidence) -> None:
    """Who can reach the database, and that the application's role can neither rule the server nor touch the records."""
    with owner() as connection:
        rows = connection.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolcanlogin ORDER BY 1").fetchall()
        seen.value("ログインできるデータベースの役割", [row[0] for row in rows])
        ours = {row[0]: row[1] for row in rows if row[0] in ("kokuho_app", "kokuho_vault")}
        seen.none([name for name, powerful in ours.items() if powerful], "管理者権限を持つアプリケーションの役割")
        changeable = connection.execute(
            "SELECT t.n || ' ' || p.p FROM unnest(ARRAY['core_auditrecord', 'core_writerecord', 'core_dayseal']) t(n), "
            "unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) p(p) WHERE has_table_privilege('kokuho_app', t.n, p.p)"
        ).fetchall()
    seen.none([row[0] for row in changeable], "アプリケーションの役割が変更・削除できる記録の表")


@check("AUTH-09", commits=True)
def the_environment_is_named(scene: Scene, seen: Evidence) -> None:
    """A training installation says so on every page; a copy of real data does not open under weaker rules until it is masked."""
    with override_settings(KOKUHO_TRAINING=True):
        seen.must("研修" in text(scene.client("U-A").get("/")), "研修用の環境は画面にその旨を示す")
    strict = {"auth.factors.staff": ["password+ic_card"], "auth.terminal_register": "on"}
    weak = {**environment.sign_in_rules(), "auth.factors.staff": ["password"]}
    seen.must(bool(environment.weaker(weak, strict)), "本番より弱いログインの規則を見分ける", environment.weaker(weak, strict))
    hand = database.owner_address()
    try:
        environment.mark_as(hand, EnvironmentMark.COPY, reason="点検", made_by="chkSys", rules=environment.sign_in_rules())
        environment.forget()
        with override_settings(KOKUHO_TRAINING=True):
            seen.refused("本番の写しを研修用の設定で開く", environment.guard, code="AUTH-09-TRAINING")
        environment.guard()
        seen.must("復元した写し" in text(scene.client("U-A").get("/")), "写しの環境は画面に名前を示す")
        seen.refused("本番の写しを弱いログインの規則で開く", environment.guard, weak, code="AUTH-09-WEAKER")
        for kind in ("training", "masked"):
            seen.refused(f"アプリケーションの役割が環境を「{kind}」と書き換える", EnvironmentMark.objects.create, kind=kind, reason="点検")
        environment.mark_as(hand, EnvironmentMark.MASKED, reason="点検", made_by="chkSys")
        environment.forget()
        with override_settings(KOKUHO_TRAINING=True):
            environment.guard()
            seen.must("仮名化" in text(scene.client("U-A").get("/")), "仮名化した写しは開き、画面に名前を示す")
    finally:
        environment.forget()


@check("AUTH-09", place=REAL)
def this_environment_may_be_open(seen: Evidence) -> None:
    """In the installation: what the database is, and that it may be opened with these rules."""
    found = environment.mark()
    seen.value("環境", found.get_kind_display() if found else "まだ開いていない")
    try:
        environment.guard()
        seen.must(True, "この環境のログインの規則で開いてよい")
    except environment.WrongEnvironment as error:
        seen.must(False, "この環境のログインの規則で開いてよい", str(error))
