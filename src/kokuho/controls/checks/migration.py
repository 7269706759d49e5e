"""VENDOR-04: migration work is done by two special IDs that end with it; its files are sealed, registered and destroyed; test data is
masked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from kokuho.controls import fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.officers import Officers, appoint, enrol
from kokuho.controls.scene import Scene, owner, with_only
from kokuho.core import clock, config, database, environment, masking, mnscan
from kokuho.core.access import Actor, actor_for
from kokuho.core.actions import migration
from kokuho.core.models import AuditRecord, EnvironmentMark, MigrationFile, MigrationStep, MigrationWork
from kokuho.core.queries import migration as queries

FIRST, SECOND = "chkMv1", "chkMv2"
CONTENT = b"0001,chk\n" * 50


def _work(office: Officers, *workers: str) -> Any:
    return migration.request_work(
        by=office.head, on=office.on, reason="点検", title="点検の移行", scope="点検の旧システムから", staff_nos=list(workers),
        valid_from=office.on.isoformat(), valid_until=(office.on + timedelta(days=7)).isoformat(),
    )  # fmt: skip


def _step(one: Actor, two: Actor, scene: Scene, work: int, kind: str, what: str, file: int | None = None) -> int:
    step = migration.ask(by=one, on=scene.on, work_id=work, kind=kind, content=what, file_id=file)
    migration.confirm(by=two, on=scene.on, step_id=step.pk)
    return step.pk


@check("VENDOR-04", commits=True)
def two_ids_do_the_work_and_end_with_it(scene: Scene, seen: Evidence) -> None:
    """A step with one person, before its confirmation, with an ID that is none: refused. An appended file does not verify. Completed only
    when every file is destroyed; then the IDs are nobody's."""
    office, on = appoint(scene.on), scene.on
    last = on + timedelta(days=7)
    one, two = (enrol(number, migration.ROLE, on=on, person_no=f"P-{number}", valid_until=last) for number in (FIRST, SECOND))
    enrol("chkMv3", migration.ROLE, "qualification", on=on, person_no="P-3", valid_until=last)
    seen.refused("一つのIDだけの移行を申請する", _work, office, FIRST, code="VENDOR-04-IDS")
    seen.refused("ほかの権限を持つIDを作業用IDにする", _work, office, FIRST, "chkMv3", code="VENDOR-04-IDS")
    entry = _work(office, FIRST, SECOND)
    seen.equal(MigrationWork.objects.count(), 0, "承認の前に始まった移行")
    office.approved(entry)
    work = MigrationWork.objects.get().pk
    outsider = with_only("migration.work")
    seen.refused("作業用IDでない者が工程を申し出る", migration.ask, by=outsider, on=on, work_id=work, kind="extract", content="x",
                 code="VENDOR-04-ID")  # fmt: skip
    source = config.folder("work") / "old.csv"
    source.write_bytes(CONTENT)
    step = migration.ask(by=one, on=on, work_id=work, kind=MigrationStep.EXTRACT, content="旧システムの宛名")
    seen.refused("一人で抽出の工程を行う", migration.extract, by=one, on=on, step_id=step.pk, source=source, code="VENDOR-04-ALONE")
    seen.refused("申し出た本人が確認する", migration.confirm, by=one, on=on, step_id=step.pk, code="VENDOR-04-SELF")
    migration.confirm(by=two, on=on, step_id=step.pk)
    file = migration.extract(by=one, on=on, step_id=step.pk, source=source)
    seen.must(not source.exists(), "封印の後、もとのファイルが残らない")
    seen.must(CONTENT[:8] not in migration.path_of(file).read_bytes(), "封印したファイルに内容が読めない")
    _sealed(scene, seen, one, two, work, file)
    _ended(scene, seen, office, one, work)


def _sealed(scene: Scene, seen: Evidence, one: Actor, two: Actor, work: int, file: MigrationFile) -> None:
    """Loading gives the very bytes once; after an append the file is refused; its destruction is on the register."""
    taken: list[bytes] = []

    def take(path: Path) -> None:
        taken.append(path.read_bytes())

    load = _step(one, two, scene, work, MigrationStep.LOAD, "投入", file.pk)
    migration.load(by=two, on=scene.on, step_id=load, take=take)
    seen.must(taken == [CONTENT], "投入したものは抽出したものと同じ", f"{sum(map(len, taken))}バイト")
    seen.refused("同じ工程をもう一度行う", migration.load, by=two, on=scene.on, step_id=load, take=take, code="VENDOR-04-STATE")
    with open(migration.path_of(file), "ab") as stream:
        stream.write(b"x")
    again = _step(two, one, scene, work, MigrationStep.LOAD, "再投入", file.pk)
    seen.refused("封印したファイルに追記して投入する", migration.load, by=one, on=scene.on, step_id=again, take=take, code="VENDOR-04-SEAL")
    seen.must(bool(migration.problem(file)) and len(taken) == 1, "追記したファイルの確認", migration.problem(file) or "異常なし")


def _ended(scene: Scene, seen: Evidence, office: Officers, one: Actor, work: int) -> None:
    """Completion waits for the destruction; after it neither the IDs nor an actor that was kept can do anything."""
    two = actor_for(SECOND, on=scene.on, terminal="check")
    file = MigrationFile.objects.get()
    seen.refused("ファイルが残ったまま完了にする", migration.complete, by=office.second, on=scene.on, work_id=work, finding="可",
                 code="VENDOR-04-FILES")  # fmt: skip
    destroy = _step(one, two, scene, work, MigrationStep.DESTROY, "上書き消去", file.pk)
    migration.destroy(by=one, on=scene.on, step_id=destroy)
    migration.complete(by=office.second, on=scene.on, work_id=work, finding="操作記録と工程が一致した")
    told = queries.work(office.head, work)
    seen.must(told.made == told.destroyed == 1, "作成したファイルと廃棄したファイルの数", f"作成{told.made}、廃棄{told.destroyed}")
    seen.none([f.pk for f in told.files if not f.method or migration.path_of(f).exists()], "方法・日時のない廃棄、残ったファイル")
    recorded = set(AuditRecord.objects.filter(function__startswith="migration.", result="ok").values_list("function", flat=True))
    wanted = {f"migration.{word}" for word in ("ask", "confirm", "extract", "load", "destroy", "complete")}
    seen.none(sorted(wanted - recorded), "操作記録に残らない工程")
    for number in (FIRST, SECOND):
        seen.refused(f"完了の後に作業用ID {number} を使う", actor_for, number, on=scene.on, terminal="check")
    seen.refused("開いたままの利用で工程を申し出る", migration.ask, by=one, on=scene.on, work_id=work, kind="extract", content="x",
                 code="VENDOR-04-ID")  # fmt: skip


@check("VENDOR-04", commits=True)
def test_data_is_masked(scene: Scene, seen: Evidence) -> None:
    """A masked copy holds none of the numbers and none of the names of before, in any column of any table."""
    address = database.owner_address()
    environment.mark_as(address, EnvironmentMark.COPY, reason="点検", made_by="check", rules={})
    counts = masking.mask(by=with_only("backup.restore"), address=address)
    environment.forget()
    seen.must(counts.get("people_person", 0) > 0, "仮名化した人", f"{counts.get('people_person', 0)}人")
    with owner() as connection:
        hits, _ = mnscan.scan_tables(connection, mnscan.known_canaries(list(fixture.CANARIES.values())), beside=())
        seen.none([hit.place for hit in hits], "仮名化した写しの個人番号")
        names = [part for pair in fixture.NAMES.values() for name in pair for part in (name, name.replace("　", ""))]
        seen.none(_places(connection, names), f"仮名化した写しの氏名（{len(names)}通り）")


def _places(connection: Any, names: list[str]) -> list[str]:
    """Tables with a row that holds one of the names."""
    from psycopg import sql

    tables = connection.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'vault', 'keep')").fetchall()
    patterns = [f"%{name}%" for name in names]
    found = []
    for schema, table in tables:
        statement = sql.SQL("SELECT EXISTS (SELECT FROM {} t WHERE t::text LIKE ANY (%s))").format(sql.Identifier(schema, table))
        if connection.execute(statement, [patterns]).fetchone()[0]:
            found.append(table)
    return found


@check("VENDOR-04", place=REAL)
def migrations_leave_nothing(seen: Evidence) -> None:
    """In the installation: files of migrations that are over, and files that are not as registered."""
    reader = with_only("migration.read", "vendor.read")
    late = queries.left_over(reader, on=clock.business_date())
    seen.none([f"{file.made_by.work}: {file.name}" for file in late], "期間の終わった移行の、廃棄していないファイル")
    files = [file for work in queries.works(reader) for file in queries.work(reader, work.pk).files if not file.destroyed_at]
    changed = [(file, migration.problem(file)) for file in files]
    seen.none([f"{file.name}: {why}" for file, why in changed if why], "登録したとおりでない移行のファイル")
