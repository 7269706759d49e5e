"""KEEP: retention and erasure."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from kokuho.controls import fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, owner, with_only
from kokuho.core import backup, config, database, dossier, mnscan, parameters, pgtools, restore, sealing, vault
from kokuho.core.access import Actor
from kokuho.core.models import ErasureArchive, ErasureOrder, ErasureRecord, Municipality
from kokuho.core.retention import archive, candidates, orders, periods, rules, targets
from kokuho.desks.eligibility.models import InsuredPeriod, Status

PROFILES = ("000", "001", "002", "003", "004")
LONG_GONE, LATER = 9_990_000_099, date(2040, 4, 1)


def _people() -> tuple[Actor, Actor]:
    keeper = with_only("keep.read", "keep.hold", "keep.order")
    return keeper, Actor(
        "chkApprover",
        "点検 承認",
        keeper.unit,
        frozenset({"keep.read", "keep.approve"}),
        keeper.terminal,
        "check",
        "点検",
    )


def _adopt(profile: str = "default") -> None:
    keeper, approver = _people()
    approval = orders.adopt(by=keeper, profile=profile, reason="点検", review_on=date(2027, 3, 31))
    orders.decide_plan(by=approver, plan_id=int(approval.subject.partition(":")[2]), approve=True)


def _gone() -> None:
    """Somebody who lost the qualification years ago, with a status of the category 資格の詳細."""
    left = date(2024, 6, 30)
    InsuredPeriod.objects.create(
        atena_no=LONG_GONE,
        valid=DateRange(date(2020, 4, 1), left),
        acquired_on=date(2020, 4, 1),
        acquired_reason="119",
        lost_on=left,
        recorded_by="chkSys",
        origin="check",
    )
    Status.objects.create(atena_no=LONG_GONE, kind="maternity", kind_no=2, valid=DateRange(date(2022, 1, 1), date(2022, 5, 1)),
                          recorded_by="chkSys", origin="check")  # fmt: skip


def _statuses() -> int:
    return Status.objects.filter(atena_no=LONG_GONE).count()


@check("KEEP-01")
def every_category_has_a_rule_or_none(scene: Scene, seen: Evidence) -> None:
    """The profiles load; a rule without a reason is refused; a category without a rule is never erased."""
    levy_kind = Municipality.objects.get().levy_kind
    for profile in PROFILES:
        told = rules.profile_rules(profile, levy_kind)
        seen.none(rules.check(told), f"型 {profile}（{rules.profile_mode(profile)}、規則{len(told)}件）の誤り")
    broken = rules.profile_rules("default", levy_kind)
    code = next(iter(broken))
    broken[code] = {**broken[code], "reason": " "}
    seen.must(bool(rules.check(broken)), "理由のない規則", "、".join(rules.check(broken)))
    keeper, _ = _people()
    seen.refused(
        "理由のない保存年限表を採る",
        orders.adopt,
        by=keeper,
        profile="default",
        reason=" ",
        review_on=scene.on,
        code="KEEP-01",
    )
    _worked_examples(seen)
    _gone()
    found = candidates.find(rules.categories()["eligibility_detail"], None, LATER)
    seen.equal(len(found.lines), 0, "規則のない区分の消去の候補")


def _worked_examples(seen: Evidence) -> None:
    """The twelve worked examples of the catalogue of periods (E11, the mode under pressure, is KEEP-02's)."""

    def first(category: str, profile: str, kind: str, *starts: date, **more: Any) -> date | None:
        return periods.eligible_from(rules.categories()[category].default(profile, kind), list(starts), **more).on

    held, lifted = (periods.Held(date(2033, 3, 15), until, "訴訟") for until in (None, date(2033, 9, 1)))
    cases: tuple[tuple[str, date | None, date | None], ...] = (
        ("E1 福岡の型、賦課年度2024・完納", first("levy", "003", "premium", date(2024, 4, 1)), date(2027, 4, 1)),
        ("E2 福岡の型、レセプト審査2025-02", first("claim", "003", "premium", date(2025, 2, 1)), date(2026, 4, 1)),
        ("E3 保険税、2026-03-02完納", first("levy", "default", "tax", date(2026, 3, 2)), date(2033, 4, 1)),
        ("E4 不納欠損2026-03-31", first("arrears", "default", "tax", date(2026, 3, 31)), date(2033, 4, 1)),
        ("E4 不納欠損2026-04-01", first("arrears", "default", "tax", date(2026, 4, 1)), date(2034, 4, 1)),
        ("E5 支給決定2025-12-10", first("benefit", "default", "premium", date(2025, 12, 10)), date(2031, 4, 1)),
        ("E5 支給決定2026-03-31", first("benefit", "default", "premium", date(2026, 3, 31)), date(2031, 4, 1)),
        ("E6 情報提供等記録2026-05-01", first("provision_record", "default", "premium", date(2026, 5, 1)), date(2033, 5, 2)),
        ("E7 未納の期がある", first("levy", "default", "tax", date(2026, 6, 10), open_claim="未納・過納あり"), None),
        ("E8 再取得した人の資格の詳細", first("eligibility_detail", "default", "tax", date(2024, 6, 30), open_claim="資格継続中"), None),
        ("E9 個人番号（三つの起算の最も遅いもの）",
         first("my_number", "default", "premium", date(2025, 6, 30), date(2025, 10, 31), date(2026, 5, 20)), date(2032, 4, 1)),
        ("E10 規則のない区分", first("levy", "000", "premium", date(1990, 4, 1)), None),
        ("E12 訴訟で保留中", first("levy", "default", "tax", date(2026, 3, 2), holds=[held]), None),
        ("E12 保留を2033-09-01に解除", first("levy", "default", "tax", date(2026, 3, 2), holds=[lifted]), date(2033, 9, 1)),
    )  # fmt: skip
    for what, found, expected in cases:
        seen.equal(found, expected, f"保存年限の例 {what}")


@check("KEEP-01", place=REAL)
def every_table_has_a_kind(seen: Evidence) -> None:
    """In the installation: each table of the database is of a kind of record, or it is said why it is about nobody."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'""")
        tables = [name for (name,) in cursor.fetchall()]
    seen.none(rules.uncovered(tables, targets.histories()), f"保存年限の分類のない表（{len(tables)}表）")
    spared = set(rules.raw()["without_persons"])
    seen.none([t.name for t in dossier.tables() if t.name in spared], "個人の情報がないとされた、宛名番号のある表")
    plan = orders.in_force()
    told = plan.rules if plan else {}
    seen.value("規則のない分類（消去されない）", [c.title for code, c in rules.categories().items() if code not in told])


@check("KEEP-02")
def only_in_the_chosen_mode(scene: Scene, seen: Evidence) -> None:
    """Mode none never, under pressure only with the mark; open claims and holds keep everything."""
    keeper, _ = _people()
    for profile, pressure, allowed in (
        ("000", "", False),
        ("002", "", False),
        ("002", "保存領域の残り5%", True),
        ("003", "", True),
    ):
        refused = periods.may_order(rules.profile_mode(profile), pressure)
        what = f"型 {profile}{'（圧迫の認定あり）' if pressure else ''}の消去"
        seen.must(bool(refused) != allowed, what, refused or "起案できる")
    open_claim = periods.eligible_from(
        rules.categories()["levy"].default("003", "premium"), [date(2015, 6, 10)], open_claim="未納・過納あり"
    )
    seen.equal(open_claim.on, None, "未納の残る賦課の消去可能日")
    _adopt()
    _gone()
    hold = orders.hold(by=keeper, atena_no=LONG_GONE, kind="lawsuit", reason="点検", on=scene.on)
    held = next(line for line in orders.survey(by=keeper, on=LATER) if line.code == "eligibility_detail")
    seen.must(
        LONG_GONE in held.held and held.subjects == 0, "訴訟で保留した人は除かれ、理由とともに示される", dict(held.held)
    )
    orders.lift(by=keeper, hold_id=hold.pk, on=scene.on + timedelta(days=1))
    free = next(line for line in orders.survey(by=keeper, on=LATER) if line.code == "eligibility_detail")
    seen.equal(free.subjects, 1, "保留を解いた後の候補")


@check("KEEP-03", commits=True)
def nobody_erases_alone(scene: Scene, seen: Evidence) -> None:
    """Without right, approval or second person nothing goes; the database refuses the application's own SQL too."""
    keeper, approver = _people()
    _adopt()
    _gone()
    for title in ("U-A", "U-LEVY", "U-AUD"):
        seen.refused(
            f"{title} が消去を起案する", orders.propose, by=scene.actor(title), category="eligibility_detail", on=LATER
        )
    order = orders.propose(by=keeper, category="eligibility_detail", on=LATER)
    seen.refused("承認のない消去を実行する", orders.run, by=keeper, order_id=order.pk, on=LATER)
    both = Actor(
        keeper.staff_no,
        keeper.name,
        keeper.unit,
        keeper.capabilities | {"keep.approve"},
        keeper.terminal,
        "check",
        "点検",
    )
    seen.refused("起案した本人が承認する", orders.decide, by=both, order_id=order.pk, approve=True)
    for statement in (f"SELECT keep.erase({order.pk}, 'chkOnly', 10, '2040-05-01')", "DELETE FROM eligibility_status",
                      "UPDATE core_erasureorder SET state = 'running'", "DELETE FROM core_erasurerecord"):  # fmt: skip
        seen.refused(f"アプリケーションの役割のSQL: {statement.split('(')[0]}", _sql, statement)
    orders.decide(by=approver, order_id=order.pk, approve=True)
    Status.objects.filter(atena_no=LONG_GONE).update(superseded_at="2026-07-01T00:00:00Z")
    seen.refused("試算の後に内容の変わった消去を実行する", orders.run, by=keeper, order_id=order.pk, on=LATER)
    seen.equal(_statuses(), 1, "残っている行")


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _erased() -> tuple[ErasureOrder, date]:
    keeper, approver = _people()
    order = orders.propose(by=keeper, category="eligibility_detail", on=LATER)
    orders.decide(by=approver, order_id=order.pk, approve=True)
    done = orders.run(by=keeper, order_id=order.pk, on=LATER)
    return done, done.purge_on


@check("KEEP-05", commits=True)
def gone_at_once_then_for_good(scene: Scene, seen: Evidence) -> None:
    """Erased rows are out of every table at once; before the grace period nothing is purged; after it nothing is left."""
    keeper, _ = _people()
    _adopt()
    _gone()
    done, purge_on = _erased()
    seen.equal(_statuses(), 0, "論理消去の直後の行")
    seen.refused("猶予の間に物理消去する", orders.purge, by=keeper, order_id=done.pk, on=LATER)
    with owner() as database:
        row = database.execute("SELECT has_table_privilege('kokuho_app', 'keep.put_aside', 'SELECT')").fetchone()
    seen.must(row is not None and not row[0], "待機中の行はアプリケーションの役割に見えない")
    orders.purge(by=keeper, order_id=done.pk, on=purge_on)
    with owner() as database:
        row = database.execute("SELECT count(*) FROM keep.put_aside").fetchone()
    seen.equal(row and row[0], 0, "物理消去の後に待機している行")
    _the_number_first(seen)


def _the_number_first(seen: Evidence) -> None:
    """The My Number of somebody whose remaining category is the core of eligibility goes at once, while that stays."""
    keeper, approver = _people()
    vault.store([(LONG_GONE, fixture.SPARE)], by="chkSys", origin="check")

    def held() -> int:
        with owner() as database:
            row = database.execute("SELECT count(*) FROM vault.my_number WHERE atena_no = %s", (LONG_GONE,)).fetchone()
        return row[0] if row else -1

    before = held()
    order = orders.propose(by=keeper, category="my_number", on=LATER)
    orders.decide(by=approver, order_id=order.pk, approve=True)
    orders.run(by=keeper, order_id=order.pk, on=LATER)
    with owner() as database:
        row = database.execute("SELECT count(*) FROM keep.put_aside").fetchone()
    stays = InsuredPeriod.objects.filter(atena_no=LONG_GONE).count()
    seen.equal((before, held(), row and row[0], stays), (1, 0, 0, 1), "個人番号の消去（前・後・待機・残る資格得喪の行）")
    seen.must(next(iter(rules.categories())) == "my_number", "個人番号は最初に消す分類である")


@check("KEEP-06", commits=True)
def the_erasure_record(scene: Scene, seen: Evidence) -> None:
    """Its counts equal the dry run; it names nobody erased; it can be printed and not be changed."""
    keeper, _ = _people()
    _adopt()
    _gone()
    done, _ = _erased()
    record = ErasureRecord.objects.get(step="erase")
    seen.equal(done.erased, done.counts, "試算の件数と消去した件数")
    told = f"{record.__dict__}"
    seen.must(str(LONG_GONE) not in told, "消去記録に宛名番号がない")
    seen.must(
        record.entered_by != record.approved_by and bool(record.approved_by),
        "起案者と承認者",
        f"{record.entered_by} / {record.approved_by}",
    )
    sheet = orders.certificate(by=keeper, order_id=done.pk)
    known = mnscan.known_canaries(fixture.CANARIES.values())
    seen.none([hit.form for hit in mnscan.scan_bytes(sheet.encode(), known, "sheet")], "証明書の中の個人番号")
    for statement in ("UPDATE core_erasurerecord SET subjects = 0", "DELETE FROM core_erasurerecord"):
        seen.refused(f"アプリケーションの役割のSQL: {statement}", _sql, statement)


@check("KEEP-06", place=REAL)
def purges_are_in_time(seen: Evidence) -> None:
    """In the installation: the plan in force, and orders whose grace period is over."""
    from kokuho.core.clock import business_date

    plan: Any = orders.in_force()
    seen.value(
        "保存年限表",
        f"第{plan.pk}版（型 {plan.profile}、{plan.mode}）" if plan else "採られていない（何も消去されない）",
    )
    seen.value("keep.mode", parameters.catalogue()["keep.mode"].shown(plan.mode if plan else "none"))
    late = [
        o.pk
        for o in ErasureOrder.objects.filter(purge_on__lt=business_date() - timedelta(days=7))
        if o.state == "erased"
    ]
    seen.none(late, "猶予を7日過ぎても物理消去されていない消去")
    seen.must(isinstance(vault.MASK, str), "消去記録の数", ErasureRecord.objects.count())


@check("KEEP-04", commits=True)
def put_aside_before_it_goes(scene: Scene, seen: Evidence) -> None:
    """Without a period for the archive nothing is erased, nor when it cannot be read back; else it holds what went, and nothing more."""
    keeper, approver = _people()
    _adopt()
    _gone()
    order = orders.propose(by=keeper, category="eligibility_detail", on=LATER)
    orders.decide(by=approver, order_id=order.pk, approve=True)
    put(scene.on, {"keep.archive_before_erase": True, "keep.archive_years": 0})
    seen.refused("保管期間を決めずに退避する設定で消去する", orders.run, by=keeper, order_id=order.pk, on=LATER, code="KEEP-04")
    put(scene.on, {"keep.archive_years": 1})
    commit = sealing.SealedWriter.commit
    sealing.SealedWriter.commit = _bent(commit)  # type: ignore[method-assign]
    try:
        seen.refused("壊れた退避の後に消去する", orders.run, by=keeper, order_id=order.pk, on=LATER, code="KEEP-04")
    finally:
        sealing.SealedWriter.commit = commit  # type: ignore[method-assign]
    seen.equal(_statuses(), 1, "壊れた退避の後に残っている行")
    done = orders.run(by=keeper, order_id=order.pk, on=LATER)
    made = ErasureArchive.objects.get(order_no=order.pk)
    seen.equal(made.counts, {k: v for k, v in done.erased.items() if v}, "退避した件数と消去した件数")
    seen.equal(made.keep_until, date(2041, 4, 2), "退避の保管の終わり")
    seen.must(str(LONG_GONE).encode() not in archive.path_of(made).read_bytes(), "退避したファイルは鍵がなければ読めない")
    seen.refused("権限なしに退避したものを見る", archive.read, by=keeper, archive_id=made.pk, reason="点検")
    reader = with_only("keep.archive")
    rows = archive.read(by=reader, archive_id=made.pk, reason="点検")
    seen.must([row["atena_no"] for name, row in rows if name == "eligibility_status"] == [LONG_GONE], "退避したものは読める", len(rows))
    seen.equal(InsuredPeriod.objects.filter(atena_no=LONG_GONE).count(), 1, "同じ人の、条件に当たらない記録")
    seen.refused("保管の終わりより前に廃棄する", archive.destroy, by=keeper, archive_id=made.pk, on=LATER, code="KEEP-04")
    seen.equal(archive.destroy_overdue(by=keeper, on=made.keep_until), 1, "保管の終わりに廃棄した退避")
    seen.must(not archive.path_of(made).exists(), "廃棄した退避のファイルがない")


def _bent(commit: Any) -> Any:
    """A writer whose archives come out with one changed byte."""

    def writing(self: Any) -> Any:
        path = commit(self)
        if path.suffix == archive.SUFFIX:
            data = bytearray(path.read_bytes())
            data[-1] ^= 1
            path.write_bytes(bytes(data))
        return path

    return writing


@check("KEEP-04", place=REAL)
def archives_end_in_time(seen: Evidence) -> None:
    """In the installation: whether erasures are preceded by an archive, and archives past their end."""
    from kokuho.core.clock import business_date

    on, years = parameters.value("keep.archive_before_erase"), parameters.value("keep.archive_years")
    seen.value("keep.archive_before_erase", on)
    seen.value("keep.archive_years", years)
    seen.must(not on or years > 0, "退避するときは保管期間が決まっている", f"{years}年" if on else "退避しない設定")
    seen.none([found.pk for found in archive.overdue(business_date() - timedelta(days=7))], "保管の終わりを7日過ぎても残る退避")


@check("KEEP-07", commits=True)
def erased_everywhere(scene: Scene, seen: Evidence) -> None:
    """Files go with their order; a backup from before, restored, has the erasure done again before anybody can sign in."""
    keeper, approver = _people()
    _adopt()
    _gone()
    made = backup.take(by=with_only("backup.run"))
    sheet = config.folder("prints") / "copy.pdf"
    sheet.write_bytes(b"%PDF-")
    done, _ = _erased()
    order = orders.propose(by=keeper, category="print_copy", on=LATER)
    orders.decide(by=approver, order_id=order.pk, approve=True)
    orders.run(by=keeper, order_id=order.pk, on=LATER)
    seen.must(not sheet.exists(), "消去した分類の写しのファイルがない")
    seen.equal(_statuses(), 0, "消去した行")
    name = f"kokuho_again_{secrets.token_hex(4)}"
    home = config.folder("work") / name
    try:
        restored = restore.into(by=with_only("backup.restore"), path=made.path, name=name, home=home)
        seen.must(restored.erased_again >= 1, "復元の後に再び消去した行", restored.erased_again)
        with replace(database.owner_address(), name=name).connect() as connection:
            row = connection.execute("SELECT count(*) FROM eligibility_status WHERE atena_no = %s", (LONG_GONE,)).fetchone()
            seen.equal(row and row[0], 0, "復元したデータベースにある、消去した人の行")
            told = "SELECT count(*) FROM core_erasurerecord WHERE order_no = %s AND step = 'again'"
            row = connection.execute(told, (done.pk,)).fetchone()
            seen.equal(row and row[0], 1, "再び消去した記録")
    finally:
        pgtools.drop_database(name)
        shutil.rmtree(home, ignore_errors=True)
    seen.must("残る写し" in orders.certificate(by=keeper, order_id=done.pk), "消去記録は残る写しを示す")
    seen.value("中間サーバーの副本", "連携のある写しはまだない。副本の削除の通知は、中間サーバー連携とともに加わる")
