"""AUTH-05 and LINK-01, -02: what may connect at all: registered terminals, registered systems, registered receivers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from kokuho.controls import fixture, samples
from kokuho.controls.framework import Evidence, check
from kokuho.controls.officers import terminal
from kokuho.controls.scene import Scene, fresh_client, sign_in, with_only
from kokuho.core import parameters
from kokuho.core.access import Actor
from kokuho.core.actions import entries as pending
from kokuho.core.models import AuditRecord, Terminal
from kokuho.exchange import doors, outbox, registry
from kokuho.exchange.models import ConnectedSystem, ReleaseRule
from kokuho.formats import open_decode
from kokuho.web.terminals import COOKIE


@check("AUTH-05", commits=True)
def registered_terminals_only(scene: Scene, seen: Evidence) -> None:
    """Right factors at an unregistered terminal, with a copied name, and at one taken off the register while working."""
    if parameters.value("auth.terminal_register") != "on":
        seen.must(False, "登録した端末に限る設定（auth.terminal_register）", parameters.value("auth.terminal_register"))
        return
    number = fixture.STAFF["U-A"].staff_no
    tomorrow = terminal("T-NEXT", Terminal.DESK, scene.on)
    Terminal.objects.filter(code="T-NEXT").update(valid_from=scene.on + timedelta(days=1))
    over = terminal("T-OVER", Terminal.DESK, scene.on)
    Terminal.objects.filter(code="T-OVER").update(valid_until=scene.on - timedelta(days=1))
    cases = (("登録のない端末（T-NG）", "", "unknown"), ("端末の名だけを写した機械", f"{fixture.TERMINAL}:copied", "key"),
             ("明日から登録される端末", tomorrow, "period"), ("登録の期間が昨日で終わった端末", over, "period"))  # fmt: skip
    for what, value, why in cases:
        client = fresh_client()
        client.cookies[COOKIE] = value
        opened = sign_in(client, number, fixture.PASSWORD, scene.secrets["U-A"])
        last = AuditRecord.objects.filter(staff_no=number, function="sign-in", operation="login").order_by("pk").last()
        told = last.detail if last is not None and last.result == "refused" else {}
        known = told.get("why") == why and told.get("terminal", "").startswith(value.partition(":")[0])
        shown = f"{'開いた' if opened else '開かない'}、記録: {told.get('terminal')}（{told.get('why')}）"
        seen.must(not opened and known, f"{what}で正しい二要素を示す", shown)
    working = scene.client("U-B")
    seen.equal(working.get("/").status_code, 200, "登録した端末での利用")
    Terminal.objects.filter(code=fixture.TERMINAL).update(is_active=False)
    answer = working.get("/")
    seen.must(
        answer.status_code == 302 and "/login/" in answer.headers["Location"], "利用中に端末の登録を取り消した後の操作"
    )


@check("LINK-01", commits=True)
def registered_systems_only(scene: Scene, seen: Evidence) -> None:
    """A file of a neighbour that is not registered, or outside its period, is refused and recorded."""
    data = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
    again = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
    told: dict[str, Any] = {"by": scene.actor("U-SYS"), "on": scene.on, "file_name": "check.csv"}
    seen.refused(
        "登録のない接続先のファイル", doors.receive_bytes, data=data, code="X08", errors=(doors.Refusal,), **told
    )
    samples.after_the_full_load()
    seen.equal(doors.receive_bytes(data=again, **told).state, "applied", "登録した接続先のファイル")
    refused = AuditRecord.objects.filter(operation="refuse", result="refused", detail__code="LINK-01")
    seen.must(refused.exists(), "拒否の記録", f"{refused.count()}件")
    seen.value("製品の示す接続先の案", sorted(line["code"] for line in registry.proposal()["systems"]))


@check("LINK-02", commits=True)
def closed_registry(scene: Scene, seen: Evidence) -> None:
    """A receiver, a layout, an item or a day outside the registry is refused and recorded; a line needs ground and approval; a change
    holds from its day; a real file has only the registered items."""
    by = scene.actor("U-SYS")
    seen.refused(
        "登録のない提供先", registry.rule_for, by, system="nobody", layout="chukan-insured", on=scene.on, code="LINK-01"
    )
    samples.after_the_full_load()
    system = ConnectedSystem.objects.order_by("code").values_list("code", flat=True)[0]
    seen.refused(
        "登録簿に行のない提供",
        registry.rule_for,
        by,
        system=system,
        layout="chukan-insured",
        on=scene.on,
        code="LINK-02",
    )
    samples.permit()
    right: dict[str, Any] = {"system": "juki", "layout": "juki-nhi-eligibility"}
    rule = registry.rule_for(by, on=scene.on, **right)
    seen.must(bool(rule.basis and rule.approval_no), "登録した提供", f"{rule.approval_no}　{rule.basis}")
    narrower = [item for item in rule.items if item != "lost_on"]
    proposed = next(one for one in registry.proposal()["rules"] if one["layout"] == right["layout"])
    today = scene.on.isoformat()
    payload = {**proposed, "items": narrower, "approval_no": "点検2", "approved_on": today, "valid_from": today}
    first, second = with_only("registry.enter"), scene.actor("U-B")
    confirming = Actor("chkOnly2", "点検 限定二", second.unit, frozenset({"registry.confirm"}), second.terminal, "check", "点検")
    for what, bare in (("承認番号", "approval_no"), ("根拠", "basis")):
        seen.refused(f"{what}のない提供を登録する", pending.submit, by=first, on=scene.on, kind=registry.RULE, title="点検",
                     payload={**payload, bare: ""}, reason="点検", code="REG04")  # fmt: skip
    entry = pending.submit(by=first, on=scene.on, kind=registry.RULE, title="点検", payload=payload, reason="点検")
    pending.confirm(by=confirming, on=scene.on, entry_id=entry.pk)
    then = registry.rule_for(by, on=scene.on - timedelta(days=1), **right)
    now = registry.rule_for(by, on=scene.on, **right)
    seen.equal((then.approval_no, now.approval_no), ("点検1", "点検2"), "定めが変わる日の前と後の根拠")
    file = samples.outgoing(scene, fixture.P_1)
    sent = next(record.fields for record in open_decode(file.layout, outbox.reopen(file)).records() if record.kind == "data")
    filled = {name for name, value in sent.items() if value not in (None, "")}
    seen.none(filled - set(now.items), "登録にない項目で値のあるもの（実際のファイル）")
    seen.refused("登録から外れた項目を渡す", samples.outgoing, scene, fixture.P_1, lost=scene.on, code="LINK-02")
    ReleaseRule.objects.filter(pk=now.pk).update(superseded_at=Now())
    seen.refused("期間の終わった提供", registry.rule_for, by, on=scene.on, code="LINK-02", **right)
    refused = AuditRecord.objects.filter(function="exchange.registry", operation="refuse")
    seen.must(refused.count() >= 4, "拒否の記録", f"{refused.count()}件")
    lines = registry.proposal()["rules"]
    groundless = [line["layout"] for line in lines if not line.get("basis") or not line.get("items")]
    seen.none(
        groundless,
        f"根拠か項目のない提供の案（{len(lines)}行）",
    )
