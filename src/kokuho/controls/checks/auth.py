"""AUTH: identification and authentication."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from django.db import connection
from django.db.models import Q
from django.test import override_settings
from django.urls import reverse
from psycopg import sql

from kokuho.controls import crawl, fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import appoint, put
from kokuho.controls.scene import Scene, fresh_client, owner, text, with_only
from kokuho.core import database, environment, mnscan, parameters, passwords, pgtools, seals, system_accounts
from kokuho.core.actions import accounts
from kokuho.core.clock import now
from kokuho.core.models import AccountSighting, AuditRecord, EnvironmentMark, Staff
from kokuho.core.queries import accounts as queries
from kokuho.jobs import queue
from kokuho.web import notice

# The kind of account as the list calls it.
ROLE = dict(AccountSighting.KINDS)[AccountSighting.DATABASE]


@check("AUTH-01", commits=True)
def one_person_one_id(scene: Scene, seen: Evidence) -> None:
    """No account without a person, a name and an end; no second one of a class for a person; one of another class is reported."""
    office, mine = appoint(scene.on), fixture.STAFF["U-A"].staff_no
    form: dict[str, Any] = {
        "kind": accounts.REGISTER, "by": office.admin, "staff_no": "chkNew", "person_no": "P-NEW", "name": "点検 新人",
        "account_class": Staff.STAFF, "unit": fixture.UNIT, "valid_from": scene.on.isoformat(),
        "valid_until": (scene.on + timedelta(days=60)).isoformat(),
    }  # fmt: skip
    for what, change, problem in (
        ("職員番号のない利用者ID", {"person_no": ""}, "AUTH-01-OWNER"), ("氏名のない（共用の）利用者ID", {"name": " "}, "AUTH-01-OWNER"),
        ("終わりのない利用者ID", {"valid_until": ""}, ""), ("同じ人の同じ種類の二つ目の利用者ID", {"person_no": mine}, "AUTH-01-SECOND"),
        ("使われている利用者ID", {"staff_no": mine}, "AUTH-01-TAKEN"),
        ("期間の上限を超える利用者ID", {"valid_until": (scene.on + timedelta(days=9000)).isoformat()}, "AUTH-01-PERIOD"),
    ):  # fmt: skip
        seen.refused(f"{what}を申請する", office.apply, **{**form, **change}, code=problem)
    columns = [f'"{f.column}"' for f in Staff._meta.concrete_fields if f.column not in ("id", "staff_no", "person_no", "valid_until")]
    wrong = (
        ("職員番号のない", "''", "valid_until"), ("利用終了日のない", "'P-NEW'", "NULL"), ("同じ人の二つ目の", "person_no", "valid_until"),
    )  # fmt: skip
    for what, person, until in wrong:
        statement = (
            f"INSERT INTO core_staff (staff_no, person_no, valid_until, {', '.join(columns)}) "
            f"SELECT 'chkSql', {person}, {until}, {', '.join(columns)} FROM core_staff WHERE staff_no = '{mine}'"
        )
        seen.refused(f"{what}利用者IDをアプリケーションの役割のSQLで入れる", _sql, statement)
    office.approved(office.apply(**{**form, "staff_no": "chkAdm2", "person_no": mine, "account_class": Staff.ADMINISTRATOR}))
    found = {person: [s.staff_no for s in held] for person, held in queries.double_accounts(with_only("staff.read"))}
    seen.equal(found, {mine: [mine, "chkAdm2"]}, "別の種類の二つ目の利用者IDは認め、重複の一覧に出る")
    seen.none(Staff.objects.exclude(staff_no__startswith="chk").values_list("staff_no", flat=True), "出荷時の利用者ID")
    entered = []
    for number in ("admin", "root", "test", "demo", "guest", "postgres", "kokuho", "shikaku", "kacho", "kanri", "joho"):
        for password in (passwords.SAMPLE, number, "password", ""):
            client = fresh_client()
            client.post("/accounts/login/", {"login": number, "password": password})
            cache.clear()
            entered += [number] if client.get("/accounts/second/").status_code == 200 or client.get("/").status_code == 200 else []
    seen.none(entered, "見本・組込みの利用者IDで開いたログイン（11のIDと4通りのパスワード）")


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@check("AUTH-01", place=REAL)
def every_account_has_owner_and_end(seen: Evidence) -> None:
    """In the installation: active accounts without a person, a name or an end; sample passwords that are still in use."""
    active = Staff.objects.filter(is_active=True)
    seen.value("有効な利用者ID", active.count())
    for words, wrong in (("職員番号", Q(person_no="")), ("氏名", Q(name="")), ("利用終了日", Q(valid_until__isnull=True))):
        seen.none(active.filter(wrong).values_list("staff_no", flat=True), f"{words}のない有効な利用者ID")
    doubles = queries.double_accounts(with_only("staff.read"))
    seen.value("種類の違う利用者IDを二つ以上持つ人（一覧に出ている）", len(doubles))
    if not settings.KOKUHO_TRAINING:
        known = [staff.staff_no for staff in active if check_password(passwords.SAMPLE, staff.password)]
        seen.none(known, "研修用の見本のパスワードを使う利用者ID")


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


@check("AUTH-08", commits=True)
def notice_of_recording(scene: Scene, seen: Evidence) -> None:
    """A new version of the municipality's notice stands before everything until it is acknowledged, once for each person and version."""
    body = "".join(notice.text()["paragraphs"])
    seen.must("記録" in body and "罰" in body, "告知の文面が、記録と罰則を述べている", f"第{notice.text()['version']}版")
    words = "操作はすべて記録しています。目的外の利用には罰則があります。点検の第二版"
    seen.refused("版を進めずに文面を変える申請", put, scene.on, {"auth.notice.text": words}, code="PARAM-ORDER")
    number = parameters.value("auth.notice.version") + 1
    put(scene.on, {"auth.notice.text": words, "auth.notice.version": number})
    newest, client = notice.text()["version"], scene.client("U-A")
    first = client.get("/").headers.get("Location", "")
    seen.must(first.startswith("/notice/"), "新しい版を承認した後の最初の画面は告知", first)
    seen.must("点検の第二版" in text(client.get("/notice/")), "告知の画面に団体の文面が出る", f"第{newest}版")
    may = scene.actor("U-A", purpose="")
    opened, asked = [], 0
    for route in crawl.routes():
        if route.declared and route.declared.capability and may.may(route.declared.capability):
            asked += 1
            answers = (client.get(route.address(KNOWN)), client.post(route.address(KNOWN)))
            opened += [route.name for answer in answers if not answer.headers.get("Location", "").startswith("/notice/")]
    seen.none(opened, f"確認の前に働いた機能（{asked}画面の表示と送信）")
    client.post("/notice/")
    seen.equal(client.get(f"/persons/{fixture.P_1}/").status_code, 200, "確認した後に画面を開く")
    kept = AuditRecord.objects.filter(
        function=notice.FUNCTION, detail__version=newest, staff_no=fixture.STAFF["U-A"].staff_no
    )
    seen.equal([(r.staff_no, r.detail["version"], r.at is not None) for r in kept],
               [(fixture.STAFF["U-A"].staff_no, newest, True)], "誰がどの版をいつ読んだかの記録")  # fmt: skip


@check("AUTH-09", place=REAL)
def database_accounts(seen: Evidence) -> None:
    """Who can reach the database and the folders, with owner, last use and the due re-check; the application's role can neither rule the
    server nor touch the records."""
    by, on = with_only("staff.read"), seals.today()
    listed = system_accounts.system_accounts(by, on=on)
    for row in listed:
        last = f"{row.seen_at:%Y-%m-%d}" if row.seen_at else "まだ見ていない"
        seen.value(f"{row.kind} {row.name}", f"{row.owner or '持ち主の記載なし'}。{row.power}。最後の使用 {last}")
    seen.none([row.name for row in listed if not row.owner and row.kind == ROLE], "持ち主と用途の記されていないデータベースの役割")
    seen.value("次の再点検の期限", queries.review_state(by, on=on).due_on)
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
def who_is_at_work_is_seen(scene: Scene, seen: Evidence) -> None:
    """The worker's round writes down which roles are connected or have written; the list shows owner, power, last use and the re-check."""
    queue.tick(timestamp=0)
    client = scene.client("U-AUD")
    page = text(client.get(reverse("access_report", args=["system"])))
    listed = {row.name: row for row in system_accounts.system_accounts(with_only("staff.read"), on=scene.on) if row.kind == ROLE}
    with owner() as connection:
        there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles WHERE rolcanlogin").fetchall()}
    seen.equal(set(listed), there, "一覧の役割と、ログインできる役割")
    seen.none([name for name in there if name not in page], "画面の一覧にない役割")
    ours = listed[database.APP_ROLE]
    seen.must(ours.seen_at is not None and bool(ours.owner), "使われている役割に、持ち主と最後の使用がある", ours.owner)
    seen.must("期限" in page and ours.owner in page, "画面に持ち主・用途と再点検の期限が出る")
    much_later = scene.on + timedelta(days=4000)
    late = [row.name for row in system_accounts.system_accounts(with_only("staff.read"), on=much_later) if row.kind == ROLE and row.why]
    seen.equal(set(late), there, "長く使われないと、確かめることが出る役割")
    _short_visit(seen)


def _short_visit(seen: Evidence) -> None:
    """Somebody comes with a role of their own, reads and leaves between two rounds of the worker."""
    if database.server_log() is None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW log_connections")
            told = str(cursor.fetchone()[0])
        seen.must(told not in ("", "off"), "よそのデータベースのサーバーが、接続を自分のログに書く設定（log_connections）", told)
        return
    name = f"kokuho_check_{secrets.token_hex(4)}"
    system_accounts.note(now())
    with pgtools.administrator().connect(autocommit=True) as server:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        try:
            with replace(pgtools.administrator(), user=name, name="postgres").connect() as visit:
                visit.execute("SELECT 1")
            while server.execute("SELECT 1 FROM pg_stat_activity WHERE usename = %s", (name,)).fetchone():
                continue  # PostgreSQL is still at the end of the visit
            system_accounts.note(now())
            found = AccountSighting.objects.filter(kind=AccountSighting.DATABASE, name=name).exists()
            seen.must(found, "処理係の見回りの間に来て、読んだだけで帰った役割が、最後の使用に残る")
        finally:
            server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


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
