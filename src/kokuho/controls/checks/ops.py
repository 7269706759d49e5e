"""OPS: evidence of the controls, incidents, and changes of the security parameters."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import QueryDict

from kokuho.controls import catalogue, fixture, samples
from kokuho.controls.checks.export import lost_extract
from kokuho.controls.framework import FAILED, PASSED, REAL, Evidence, attempt, check, registry, result_of
from kokuho.controls.officers import put
from kokuho.controls.scene import Scene, another, owner, with_only
from kokuho.core import (
    audit,
    clock,
    config,
    evidence_pack,
    incidents,
    inspection,
    media,
    mnscan,
    parameters,
    purging,
    seals,
)
from kokuho.core.actions import entries as pending
from kokuho.core.actions import parameters as changing
from kokuho.core.clock import JAPAN, now
from kokuho.core.models import BackupEvent, ControlRun, Parameter, ParameterBaseline, ParameterChange
from kokuho.core.queries.parameters import parameter_changes
from kokuho.desks.eligibility.models import InsuredPeriod
from kokuho.desks.people.models import Person
from kokuho.exchange import outbox
from kokuho.exchange.models import ProvisionRecord


@check("OPS-01")
def the_list_is_the_catalogue(scene: Scene, seen: Evidence) -> None:
    """Every control of the catalogue has a check or a reason; a bad observation turns a control red."""
    seen.equal(len(registry()), len(catalogue.controls()), "状況の一覧にある措置")
    checked = sum(1 for checks in registry().values() if checks)
    seen.value("点検のある措置", checked)
    bad = Evidence()
    bad.must(False, "わざと壊した措置")
    control = catalogue.controls()["OPS-01"]
    seen.equal(result_of(control, bad).state, FAILED, "壊れた措置の状態")
    seen.equal(result_of(control, Evidence()).state, FAILED, "何も確かめられなかった措置の状態")
    seen.equal(_backups(), FAILED, "バックアップを止めたときの BACKUP-01 の状態")
    for number in range(parameters.value("backup.onsite_generations")):
        BackupEvent.objects.create(kind="backup", file_name=f"c{number}", sha256="0" * 64, size=1, ok=True, seconds=1, staff_no="chkSys")
    seen.equal(_backups(), PASSED, "バックアップを取った後の BACKUP-01 の状態")


def _backups() -> str:
    """The state of BACKUP-01 as its check of an installation sees the check installation."""
    seen = Evidence()
    for one in registry()["BACKUP-01"]:
        if one.place == REAL:
            attempt(one, seen)
    return result_of(catalogue.controls()["BACKUP-01"], seen).state


@check("OPS-01", commits=True)
def the_pack_counts_what_the_logs_hold(scene: Scene, seen: Evidence) -> None:
    """Each thing done is one more in the evidence of the day, and the pack names no number and nobody."""
    reader = with_only("conduct.read")

    def counted() -> dict[str, int]:
        sections = evidence_pack.pack(reader, since=today, until=today, on=scene.on)
        return {f"{section.title} {what}": number for section in sections for what, number in section.lines}

    today = now().astimezone(JAPAN).date()
    before = counted()
    BackupEvent.objects.create(kind="drill", file_name="check.backup", sha256="0" * 64, size=1, ok=True, seconds=1, staff_no="chkSys")
    audit.record(reader, function="mynumber.reveal", operation="view", persons=[fixture.P_1])
    with owner() as database:
        database.execute("""
            INSERT INTO core_erasurerecord (order_no, step, category, subjects, "left", counts, files, content_hash, approval_id,
                                            entered_by, approved_by, operated_by)
            VALUES (1, 'erase', 'levy', 7, '{}', '{}', 0, '', 1, 'chkSys', 'chkHead', 'chkSys')""")
    after = counted()
    for what, more in (("バックアップ 復元訓練", 1), ("消去 消去の記録", 1), ("消去 消去した対象", 7), ("操作記録 個人番号の表示", 1)):
        seen.equal(after[what] - before[what], more, f"証跡の件数の増え方（{what}）")
    seen.equal(after["提供・移転 提供の記録"], ProvisionRecord.objects.filter(at__date=today).count(), "証跡の提供の記録の件数と記録")
    told = f"{after}".encode()
    seen.none([hit.form for hit in mnscan.scan_bytes(told, mnscan.known_canaries(fixture.CANARIES.values()), "pack")], "証跡の中の個人番号")


@check("OPS-01", place=REAL)
def runs_are_kept(seen: Evidence) -> None:
    """In the installation: the newest kept run."""
    newest = ControlRun.objects.order_by("-pk").first()
    seen.value("最後に残した点検", f"{newest.at:%Y-%m-%d}（不適合 {newest.failed}）" if newest else "まだない")
    seen.must(True, "点検の記録の表", f"{ControlRun.objects.count()}回")


@check("OPS-05", commits=True)
def persons_affected(scene: Scene, seen: Evidence) -> None:
    """Whom did this user see in this time, each counted once; the records of that time cannot be purged."""
    client = scene.client("U-A")
    for number in (fixture.P_1, fixture.P_2, fixture.P_HEAD, fixture.P_1):
        client.get(f"/persons/{number}/")
    today = seals.today()
    criteria = inspection.Criteria(
        staff_no=fixture.STAFF["U-A"].staff_no, function="person", since=today - timedelta(days=1), until=today
    )
    found = inspection.trace(scene.actor("U-AUD"), criteria)
    wanted = {fixture.P_1, fixture.P_2, fixture.P_HEAD}
    seen.equal(set(found.persons), wanted, "その職員がその時間に見た人（重ねて数えない）")
    seen.must(found.total >= 4, "その操作の記録", f"{found.total}件")


@check("OPS-05", commits=True)
def an_incident_is_followed(scene: Scene, seen: Evidence) -> None:
    """37 persons viewed in an hour and 20 more under another clue: each counts once; the records stay; the deadlines run."""
    viewer = scene.actor("U-A")
    persons = [fixture.P_1 + 1000 + n for n in range(50)]
    for number in persons[:37]:
        audit.record(viewer, function="person", operation="view", persons=[number])
    audit.record(scene.actor("U-LEVY"), function="levy", operation="view", persons=persons[30:])
    by = with_only("incident.manage", "incident.read")
    known = clock.now()
    made = incidents.open_(
        by=by, title="点検", about="点検", known_at=known, since=known - timedelta(hours=1), until=known + timedelta(minutes=5)
    )  # fmt: skip
    incidents.add_scope(by=by, incident_id=made.pk, kind="staff", value=viewer.staff_no)
    seen.equal(len(incidents.affected(by, made.pk).persons), 37, "一時間に見た人（手がかり 職員）")
    incidents.add_scope(by=by, incident_id=made.pk, kind="staff", value=fixture.STAFF["U-LEVY"].staff_no)
    found = incidents.affected(by, made.pk)
    seen.equal((len(found.persons), [count for _, count in found.by_scope]), (50, [37, 20]), "二つの手がかりの人（重ねて数えない）")
    strange = {"by": by, "incident_id": made.pk, "kind": "medium", "value": "M-99"}
    seen.refused("ない媒体を手がかりにする", incidents.add_scope, **strange, code="OPS-05-SCOPE")
    dates = {line.kind: line.due_on for line in incidents.deadlines(made, on=scene.on)}
    seen.must(dates["preliminary"] < dates["final"], "知った日から数えた速報・確報の期限", f"{dates['preliminary']}、{dates['final']}")
    second = another(by)
    closing: dict[str, Any] = {"by": second, "on": scene.on, "incident_id": made.pk, "conclusion": "点検"}
    seen.refused("報告なしに終結する", incidents.close, **closing, code="OPS-05-REPORT")
    old = known - timedelta(days=365 * 9)
    incidents.open_(by=by, title="点検（古い期間）", about="点検", known_at=known, since=old, until=old + timedelta(days=1))
    purger = with_only("audit.purge")
    until = seals.today() - timedelta(days=365 * 8)
    seen.refused("対応中の事案の期間の記録を消す", purging.order, by=purger, until=until, code="LOG-09-FROZEN")


def _townsfolk(scene: Scene, count: int) -> None:
    """Insured persons in number, for a file of a usual size."""
    since = DateRange(scene.on - timedelta(days=800), None)
    known: dict[str, Any] = {"valid": since, "recorded_by": "chkSys", "origin": "check"}
    numbers = range(_TOWNSFOLK, _TOWNSFOLK + count)
    Person.objects.bulk_create(
        Person(
            atena_no=number, household_no=number, name=f"点検己　{number % 1000}", name_kana="テンケンキ", birth_date=date(1975, 3, 3),
            search_name="点検己", search_kana="テンケンキ", search_place="点検町", resident_kind="1", resident_state="1", sex="1",
            relation="02", is_head=True, postal_code="3320031", town="点検町", block="５番５号", resident_since=since.lower,
            resident_reason="01", address_since=since.lower, **known,
        )
        for number in numbers
    )  # fmt: skip
    InsuredPeriod.objects.bulk_create(
        InsuredPeriod(atena_no=number, acquired_on=since.lower, acquired_reason="104", **known) for number in numbers
    )


_TOWNSFOLK = 9_940_000_001


@check("OPS-05", commits=True)
def a_lost_medium(scene: Scene, seen: Evidence) -> None:
    """M-01 with an extract of two hundred is lost, M-02 with a file to another system too: by medium, by member of staff and together
    everybody counts once; a medium whose content was erased before concerns nobody."""
    samples.after_the_full_load()
    samples.permit()
    _townsfolk(scene, 200)
    put(scene.on, {"export.media_encryption": "exception"})
    samples.reconnect("juki", routes=["folder", "medium"])
    begun = clock.now()
    extract = lost_extract(scene, "M-01")
    seen.must(extract.persons >= 200, "媒体 M-01 に書いた抽出の人数（支援措置により除いた行を含まない）", extract.persons)
    file = samples.outgoing(scene, _TOWNSFOLK, fixture.P_1)
    outbox.release(by=scene.actor("U-B"), on=scene.on, file_id=file.pk)
    volume = samples.medium(scene.on, "M-02", config.home() / "volume-lost")
    outbox.hand_over(by=scene.actor("U-SYS"), on=scene.on, file_id=file.pk, volume=volume)
    for code in ("M-01", "M-02"):
        media.note(by=with_only("media.manage"), on=scene.on, code=code, kind="lose", text="点検の紛失")
    viewer = scene.actor("U-A")
    for number in range(_TOWNSFOLK + 190, _TOWNSFOLK + 227):
        audit.record(viewer, function="person", operation="view", persons=[number])
    by = with_only("incident.manage", "incident.read")
    known = clock.now()
    made = incidents.open_(
        by=by, title="点検", about="点検", known_at=known, since=begun - timedelta(minutes=55), until=known + timedelta(minutes=5)
    )  # fmt: skip
    told: dict[str, Any] = {"by": by, "incident_id": made.pk}
    incidents.add_scope(kind="staff", value=viewer.staff_no, **told)
    viewed = set(incidents.affected(by, made.pk).persons)
    seen.must(viewed >= set(range(_TOWNSFOLK + 190, _TOWNSFOLK + 227)), "職員が一時間に見た37人を含む", len(viewed))
    for code in ("M-01", "M-02"):
        incidents.add_scope(kind="medium", value=code, **told)
    found = incidents.affected(by, made.pk)
    counts = {scope.value: count for scope, count in found.by_scope}
    seen.equal((counts["M-01"], counts["M-02"]), (extract.persons, 2), "失った媒体ごとの人（M-01 抽出、M-02 他の業務へのファイル）")
    every = viewed | set(range(_TOWNSFOLK, _TOWNSFOLK + 200)) | {fixture.P_1}
    seen.must(set(found.persons) >= every and len(found.persons) < sum(counts.values()), "三つの手がかりの人（重ねて数えない）",
              f"{len(found.persons)}人（計{sum(counts.values())}）")  # fmt: skip
    later = clock.now()
    after = incidents.open_(
        by=by, title="点検", about="点検", known_at=later, since=later + timedelta(days=9), until=later + timedelta(days=10)
    )  # fmt: skip
    incidents.add_scope(by=by, incident_id=after.pk, kind="medium", value="M-01")
    seen.equal(len(incidents.affected(by, after.pk).persons), extract.persons, "消去が確認されていない媒体は、後の期間の事案にもかかわる")


@check("OPS-07")
def two_persons_change_a_parameter(scene: Scene, seen: Evidence) -> None:
    """One person cannot change a value; a value written into the table is drift, and the approved one stays in force."""
    rights = frozenset({"parameter.read", "parameter.request", "parameter.approve"})
    first = with_only(*rights)
    second = another(first)
    key = "auth.idle_lock_minutes"
    before = parameters.value(key)
    wanted = 5 if before != 5 else 6
    entry = changing.request(by=first, on=scene.on, changes={key: wanted}, reason="点検")
    seen.equal(parameters.value(key), before, "申請しただけの値")
    seen.refused("申請した本人が承認する", pending.confirm, by=first, on=scene.on, entry_id=entry.pk, code="ENTRY-02")
    pending.confirm(by=second, on=scene.on, entry_id=entry.pk)
    parameters.forget()
    seen.equal(parameters.value(key), wanted, "別の職員が承認した後の値")
    change = ParameterChange.objects.filter(key=key).order_by("-pk").first()
    told: Any = change and (
        change.before in (before, None),
        change.after,
        change.requested_by,
        change.approved_by,
        bool(change.reason),
    )
    seen.equal(told, (True, wanted, first.staff_no, second.staff_no, True), "変更の履歴（前・後・申請・承認・理由）")
    for value in (wanted + 1, wanted):
        again = changing.request(by=first, on=scene.on, changes={key: value}, reason="点検")
        pending.confirm(by=second, on=scene.on, entry_id=again.pk)
        parameters.forget()
    today = seals.today()
    year = parameter_changes(first, QueryDict(f"from={today - timedelta(days=365)}&to={today}")).rows
    kept = list(ParameterChange.objects.filter(key=key).order_by("pk").values_list("before", "after"))
    seen.equal(len(year), ParameterChange.objects.count(), "一年の変更の履歴の件数と、変更の記録の件数")
    links = [earlier[1] == later[0] for earlier, later in pairwise(kept)]
    seen.must(len(kept) >= 3 and all(links), "同じ項目の変更の前後がつながる", kept)
    Parameter.objects.filter(key=key).update(value=59)
    parameters.forget()
    now = parameters.current()
    seen.must(
        any(drift.key == key for drift in now.drift),
        "表に直接書いた値は食違いとして報告される",
        [d.running for d in now.drift],
    )
    seen.equal(now.value(key), wanted, "そのとき用いられる値（承認された値）")
    for statement in ("UPDATE core_parameterbaseline SET content = '{}'", "DELETE FROM core_parameterchange"):
        seen.refused(f"アプリケーションの役割のSQL: {statement}", _sql, statement)


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@check("OPS-07", place=REAL)
def no_drift(seen: Evidence) -> None:
    """In the installation: the approved set, its seal, and running values that differ."""
    now = parameters.current()
    seen.value("承認された値", f"第{now.number}版（型 {now.profile}）" if now.number else "まだない（製品の既定値）")
    seen.must(not now.broken, "承認された値の封", now.broken or "合っている")
    seen.none(
        [f"{drift.label} {drift.running}（承認 {drift.approved}）" for drift in now.drift], "承認された値と違う設定"
    )
    seen.value("変更の回数", ParameterChange.objects.count())
    seen.value("例外", dict(now.exceptions) or "なし")
    seen.must(ParameterBaseline.objects.count() >= now.number, "承認の版の連なり", ParameterBaseline.objects.count())
