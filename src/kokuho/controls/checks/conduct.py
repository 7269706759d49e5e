"""OPS-02 to OPS-04, NET-05 and NET-07: what only the municipality can see, as evidence with day, source and end."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from kokuho.controls import fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, fresh_client, owner, with_only
from kokuho.core import conduct, parameters, protection
from kokuho.core.clock import business_date
from kokuho.core.models import ConductRecord, ProtectionReport


def _record(scene: Scene, kind: str, topic: str, **more: Any) -> ConductRecord:
    told: dict[str, Any] = {"done_on": scene.on, "result": "異常なし", **more}
    return conduct.record(by=with_only("conduct.write"), on=scene.on, kind=kind, topic=topic, **told)


def _overdue(scene: Scene, kind: str, days: int = 0) -> set[str]:
    return {d.topic for d in conduct.due(scene.on + timedelta(days=days)) if d.kind == kind and d.overdue}


@check("OPS-02")
def inspections_come_round(scene: Scene, seen: Evidence) -> None:
    """An entry without result is refused; what was never done or is past its date is overdue."""
    seen.refused("結果のない自己点検を登録する", _record, scene, "self", "general", result=" ", code="OPS-02-RESULT")
    for kind in (ConductRecord.SELF, ConductRecord.AUDIT):
        topics = set(conduct.topics(kind))
        seen.equal(_overdue(scene, kind), topics, f"まだ行っていない項目（{dict(ConductRecord.KINDS)[kind]}）は期限経過")
        for topic in topics:
            _record(scene, kind, topic)
        seen.equal(_overdue(scene, kind), set(), "登録した後の期限経過")
        seen.equal(_overdue(scene, kind, days=370), topics, "1年余り後の期限経過")


@check("OPS-02", place=REAL)
def inspections_are_in_time(seen: Evidence) -> None:
    """In the installation: self-inspections and audits that are overdue."""
    seen.value("ops.self_inspection_months", parameters.value("ops.self_inspection_months"))
    _in_time(seen, ConductRecord.SELF, ConductRecord.AUDIT)


def _in_time(seen: Evidence, *kinds: str) -> None:
    # A register that was never begun is an installation before its opening: it has a year to fill it.
    begun = {row.kind for row in ConductRecord.objects.filter(kind__in=kinds)}
    late = [d.title for d in conduct.due(business_date()) if d.kind in kinds and d.overdue and (begun or d.last_on)]
    seen.none(late, "期限を過ぎた項目")
    seen.value("登録の数", ConductRecord.objects.filter(kind__in=kinds).count())


@check("OPS-03")
def training_is_known_by_person(scene: Scene, seen: Evidence) -> None:
    """Who has rights and no valid training is listed; with the setting on, their rights are not renewed."""
    number = fixture.STAFF["U-A"].staff_no
    lacking = {lack.topic for lack in conduct.lacks(scene.on) if lack.staff_no == number}
    seen.must("general" in lacking, "研修を受けていない職員が一覧にある", lacking)
    put(scene.on, {"ops.training_blocks_rights": True})
    seen.must(bool(conduct.training_blocks(number, on=scene.on)), "研修が切れた職員の権限の更新を断る")
    for topic, entry in conduct.topics(ConductRecord.TRAINING).items():
        if entry.get("who") != "security":
            _record(scene, ConductRecord.TRAINING, topic, staff_no=number)
    seen.none([b.title for b in conduct.training_blocks(number, on=scene.on)], "研修の後に更新を妨げるもの")
    seen.refused("知らない職員の研修を登録する", _record, scene, "training", "general", staff_no="chkNobody", code="OPS-03-STAFF")
    put(scene.on, {"ops.training_blocks_rights": False})
    seen.none(conduct.training_blocks(number, on=scene.on + timedelta(days=800)), "設定がないときに更新を妨げるもの")


@check("OPS-03", place=REAL)
def who_lacks_training(seen: Evidence) -> None:
    """In the installation: members of staff with rights and no valid training, once the register is in use."""
    lacking = conduct.lacks(business_date())
    begun = ConductRecord.objects.filter(kind=ConductRecord.TRAINING).exists()
    seen.value("ops.training_blocks_rights", parameters.value("ops.training_blocks_rights"))
    seen.value("研修の台帳", "用いている" if begun else "まだ登録がない")
    seen.none([f"{lack.staff_no} {lack.title}" for lack in lacking] if begun else [], "権限があり、有効な研修のない職員")


@check("OPS-04")
def attestations_have_an_end(scene: Scene, seen: Evidence) -> None:
    """Each attestation has date, person and next date; overdue ones are shown; inquiries keep their course."""
    topics = set(conduct.topics(ConductRecord.ATTESTATION))
    seen.equal(_overdue(scene, ConductRecord.ATTESTATION), topics, "まだ確認していない項目は期限経過")
    made = [_record(scene, ConductRecord.ATTESTATION, topic) for topic in sorted(topics)]
    seen.must(all(r.next_due and r.recorded_by and r.on for r in made), "日・人・次の期限が残る", len(made))
    seen.equal(_overdue(scene, ConductRecord.ATTESTATION), set(), "登録した後の期限経過")
    seen.refused("先の日の確認を登録する", _record, scene, "attestation", "server_room", done_on=scene.on + timedelta(days=1),
                 code="OPS-02-DATE")  # fmt: skip
    asked = _record(scene, ConductRecord.INQUIRY, "complaint", result="窓口での苦情", follow_up="翌日に回答")
    seen.must(bool(asked.follow_up), "苦情の経過が残る", asked.follow_up)


@check("OPS-04", place=REAL)
def attestations_are_in_time(seen: Evidence) -> None:
    """In the installation: attestations that are overdue."""
    _in_time(seen, ConductRecord.ATTESTATION)


def _machine(scene: Scene, host: str, kind: str, **more: Any) -> ProtectionReport:
    told: dict[str, Any] = {
        "reported_on": scene.on, "source": "点検", "pattern_on": scene.on, "patched_on": scene.on,
        "fulfilled": list(protection.items(kind)), **more,
    }  # fmt: skip
    return protection.report(by=with_only("conduct.write"), on=scene.on, host=host, kind=kind, **told)


def _problems(scene: Scene, host: str, days: int = 0) -> tuple[str, ...]:
    return next(m.problems for m in protection.state(scene.on + timedelta(days=days)) if m.host == host)


@check("NET-05", commits=True)
def protection_is_reported(scene: Scene, seen: Evidence) -> None:
    """Old patterns, missing reports and ended attestations are red; such a terminal is refused where the setting says so."""
    code = fixture.TERMINAL
    seen.equal(_problems(scene, code), ("申告がない",), "申告のない端末")
    _machine(scene, code, "terminal")
    seen.equal(_problems(scene, code), (), "新しい申告の端末")
    _machine(scene, code, "terminal", pattern_on=scene.on - timedelta(days=10))
    seen.must(any("定義" in p for p in _problems(scene, code)), "定義が10日前の端末", _problems(scene, code))
    seen.must(_sign_in(), "設定がなければログインできる")
    put(scene.on, {"net.block_noncompliant": True})
    seen.must(not _sign_in(), "対策の古い端末からのログインを断る")
    _machine(scene, code, "terminal")
    seen.must(_sign_in(), "対策を直した端末からはログインできる")
    _machine(scene, "国保総合PC-1", "federation_pc")
    seen.equal(_problems(scene, "国保総合PC-1"), (), "国保総合PCの申告")
    seen.must(bool(_problems(scene, "国保総合PC-1", days=400)), "有効な日数を過ぎた申告", _problems(scene, "国保総合PC-1", days=400))
    _machine(scene, "db-1", "server", fulfilled=["software"])
    seen.must(len(_problems(scene, "db-1")) == 2, "満たしていない項目のあるサーバー", _problems(scene, "db-1"))
    listed = "host,kind,reported_on,pattern_on,patched_on,software\ndb-2,server,2099-01-01,,,1\n"
    seen.refused("先の日付のある一覧を取り込む", protection.take_list, by=with_only("conduct.write"), on=scene.on, data=listed.encode(),
                 source="点検", code="NET-05-LIST")  # fmt: skip
    strange = fresh_client()
    strange.cookies.clear()
    strange.post("/accounts/login/", {"login": "chkA", "password": fixture.PASSWORD})
    seen.must(bool(protection.strangers(scene.on - timedelta(days=400))), "登録のない端末が一覧に示される")


def _sign_in() -> bool:
    answer = fresh_client().post("/accounts/login/", {"login": fixture.STAFF["U-A"].staff_no, "password": fixture.PASSWORD})
    return bool(answer.status_code == 302)


@check("NET-05", place=REAL)
def the_machines_of_this_place(seen: Evidence) -> None:
    """In the installation: machines that fall short, once reports are taken."""
    found = protection.state(business_date())
    begun = ProtectionReport.objects.exists()
    for key in ("net.pattern_max_days", "net.patch_max_days", "net.report_max_days", "net.block_noncompliant"):
        seen.value(key, parameters.value(key))
    seen.value("申告のある機器", sum(m.report is not None for m in found) if begun else "申告がまだない")
    seen.none([f"{m.host} {'、'.join(m.problems)}" for m in found if m.problems] if begun else [], "対策の足りない機器")


@check("NET-07")
def conditions_of_the_cloud(scene: Scene, seen: Evidence) -> None:
    """Every condition has to be declared; a region abroad and an ended certificate are red, one that ends soon is told."""
    by, later = with_only("conduct.write"), scene.on + timedelta(days=400)
    topics = protection.raw()["topics"]
    seen.equal({c.topic for c in protection.conditions(scene.on) if c.problem}, set(topics), "申告のない条件")
    seen.refused("期限のない証明書を登録する", protection.declare, by=by, topic="ismap", value="登録", holds=True, code="NET-07-UNTIL")
    for topic in topics:
        value = "ap-northeast-1" if topic == "region" else "はい"
        protection.declare(by=by, topic=topic, value=value, holds=True, evidence="点検", valid_until=later)
    seen.none([c.title for c in protection.conditions(scene.on) if c.problem], "すべて申告した後の問題")
    abroad = protection.conditions(scene.on, region="us-east-1")
    seen.must(any(c.topic == "region" and c.problem for c in abroad), "基盤の示す地域が国外のとき")
    ended = {c.topic for c in protection.conditions(later + timedelta(days=1)) if c.problem}
    seen.must({"ismap", "iso27017", "iso27018"} <= ended, "期限を過ぎた証明", ended)
    near = {c.topic for c in protection.conditions(later - timedelta(days=10)) if c.warning}
    seen.must("ismap" in near, "期限の近い証明", near)
    protection.declare(by=by, topic="provider_access", value="保守用の権限がある", holds=False)
    seen.must(any(c.topic == "provider_access" and c.problem for c in protection.conditions(scene.on)), "事業者がアクセスできるとき")


@check("NET-07", place=REAL)
def hosting_of_this_place(seen: Evidence) -> None:
    """In the installation: nothing to say on premises; in a cloud the conditions, the region it reports and the provider's accounts."""
    seen.value("net.hosting", parameters.catalogue()["net.hosting"].shown(parameters.value("net.hosting")))
    if protection.on_premises():
        seen.value("クラウドの条件", "庁内・データセンターに自ら設置しているため該当なし")
        return
    region = os.environ.get("KOKUHO_REGION") or os.environ.get("AWS_REGION") or ""
    seen.value("基盤の示す地域", region or "示されていない")
    found = protection.conditions(business_date(), region)
    seen.none([f"{c.title}: {c.problem}" for c in found if c.problem], "満たしていない条件")
    seen.none([c.title for c in found if c.topic == "region" and c.fact and region and c.fact.value != region], "申告と違う地域")
    with owner() as database:
        roles = [row[0] for row in database.execute("SELECT rolname FROM pg_roles WHERE rolcanlogin").fetchall()]
    seen.none(sorted(set(roles) & set(protection.raw()["provider_roles"])), "事業者がログインできるデータベースの役割")
