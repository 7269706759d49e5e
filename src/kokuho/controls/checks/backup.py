"""BACKUP: backup and restore."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag

from kokuho.controls import fixture
from kokuho.controls.framework import REAL, Evidence, check
from kokuho.controls.scene import Scene, with_only
from kokuho.core import backup, config, mnscan, parameters, restore, sealing
from kokuho.core.access import catalogue
from kokuho.core.clock import now
from kokuho.core.models import BackupEvent
from kokuho.core.queries import backups as queries


@check("BACKUP-01", place=REAL)
def daily_and_two_generations(seen: Evidence) -> None:
    """In the installation: the newest generation's age, how many stand on site, the last failures."""
    done = BackupEvent.objects.filter(kind="backup", ok=True).order_by("-at")
    newest = done.first()
    limit, wanted = parameters.value("backup.max_age_hours"), parameters.value("backup.onsite_generations")
    age = (now() - newest.at).total_seconds() / 3600 if newest else None
    seen.must(
        age is not None and age < limit,
        "最新のバックアップ",
        f"{age:.1f}時間前" if age is not None else "取られていない",
    )
    files = backup.generations(config.home() / "backups")
    removed = set(BackupEvent.objects.filter(kind="removed").values_list("file_name", flat=True))
    kept = max(len(files), done.exclude(file_name__in=removed).count())
    seen.must(kept >= wanted, f"残っている世代（{wanted}世代以上）", kept)
    failed = BackupEvent.objects.filter(
        kind="backup", ok=False, at__gt=newest.at if newest else now() - timedelta(days=2)
    )
    seen.equal(failed.count(), 0, "最新の成功の後の失敗")


@check("BACKUP-01", commits=True)
def a_generation_is_read_back(scene: Scene, seen: Evidence) -> None:
    """Fewer than two generations cannot be asked for; a cut file is refused."""
    by = with_only("backup.run")
    seen.refused("1世代だけを残すよう指示する", backup.take, by=by, keep=1, errors=(backup.BackupError,))
    made = backup.take(by=by)
    seen.must(
        made.manifest["state"]["tables"]["vault.my_number"][0] == len(fixture.CANARIES), "目録にある個人番号の件数"
    )
    known = mnscan.known_canaries(fixture.CANARIES.values())
    data = made.path.read_bytes()
    seen.none(
        [hit.form for hit in mnscan.scan_bytes(data, known, "backup")],
        f"バックアップから読める個人番号（{len(data):,}バイト）",
    )
    names = [name for name, _ in fixture.NAMES.values() if name.encode() in data]
    seen.none(names, "バックアップから読める氏名")
    cut = made.path.with_name("cut.backup")
    cut.write_bytes(data[: len(data) // 2])
    seen.refused("途中で切れたバックアップを読む", backup.verify, cut, errors=(backup.BackupError,))
    cut.unlink()


@check("BACKUP-02")
def unreadable_without_the_key(scene: Scene, seen: Evidence) -> None:
    """A sealed file opens under its own key only; its name tells the public name of the key and nothing more."""
    folder = config.folder("work")
    writer = sealing.SealedWriter(folder / "offsite.check")
    writer.write(fixture.CANARIES[fixture.P_1].encode() * 100)
    path = writer.commit()
    known = mnscan.known_canaries(fixture.CANARIES.values())
    seen.none(
        [hit.form for hit in mnscan.scan_bytes(path.read_bytes(), known, "sealed")],
        "封をしたファイルから読める個人番号",
    )
    seen.must(not sealing.sealed_under(path, secrets.token_bytes(32)), "別の鍵では開かない")
    seen.must(sealing.sealed_under(path, sealing.master_key()), "自分の鍵では開く")
    bent = bytearray(path.read_bytes())
    bent[-1] ^= 1
    Path(path).write_bytes(bytes(bent))
    seen.refused("1バイト変えたファイルを開く", lambda: b"".join(sealing.unsealed(path)), errors=(InvalidTag,))
    path.unlink()


@check("BACKUP-02", commits=True)
def a_copy_elsewhere_is_what_was_sealed(scene: Scene, seen: Evidence) -> None:
    """Another file than the sealed generation or a place abroad cannot be recorded; after the days of the setting it is red."""
    by = with_only("backup.run", "backup.read")
    made = backup.take(by=by)
    told: dict[str, Any] = {"by": by, "file_name": made.path.name, "place": "日本国内　点検の保管所", "transport": "点検"}
    opened = sha256(fixture.CANARIES[fixture.P_1].encode()).hexdigest()
    refused = seen.refused
    error: dict[str, Any] = {"code": "B09", "errors": (backup.BackupError,)}
    refused("封印していないファイルを写しとして登録する", backup.offsite, sha256_there=opened, in_japan=True, **told, **error)
    refused("国外の保管場所を登録する", backup.offsite, sha256_there=made.sha256, in_japan=False, **told, **error)
    days = parameters.value("backup.offsite_days")
    warning = f"遠隔地への写しが{days}日以内にありません。"
    seen.must(warning in queries.backup_status(by).warnings, "遠隔地の写しがないときの警告")
    backup.offsite(sha256_there=made.sha256, in_japan=True, **told)
    seen.must(warning not in queries.backup_status(by).warnings, "登録した後は警告が消える")
    late = queries.backup_status(by, at=now() + timedelta(days=days, hours=1))
    seen.must(warning in late.warnings, f"{days}日を過ぎた遠隔地の写しの警告")
    seen.value("遠隔地への写しの期限（日）", days)


@check("BACKUP-03", commits=True)
def few_may_copy(scene: Scene, seen: Evidence) -> None:
    """Only roles of their own may take and restore; every use is recorded."""
    for title in ("U-A", "U-LEVY", "U-AUD"):
        seen.refused(f"{title} がバックアップを取る", backup.take, by=scene.actor(title))
        seen.refused(f"{title} が復元を試す", restore.drill, by=scene.actor(title), path=config.home() / "none.backup")
    holders = [
        name for name, role in catalogue()["roles"].items() if {"backup.run", "backup.restore"} & set(role["may"])
    ]
    seen.value("バックアップ・復元の役割", holders)
    residents = [
        name for name in holders if {"person.read", "mynumber.reveal"} & set(catalogue()["roles"][name]["may"])
    ]
    seen.none(residents, "住民の情報も見られるバックアップの役割")
    made = backup.take(by=scene.actor("U-SYS"))
    event = BackupEvent.objects.filter(kind="backup", file_name=made.path.name).first()
    seen.equal(event and event.staff_no, fixture.STAFF["U-SYS"].staff_no, "誰が取ったかの記録")


@check("BACKUP-04", commits=True)
def what_comes_back_is_equal(scene: Scene, seen: Evidence) -> None:
    """A drill restores into a database of its own, compares every table, sum and record, and leaves evidence."""
    by = scene.actor("U-SYS")
    made = backup.take(by=by)
    done = restore.drill(by=by, path=made.path)
    seen.none(done.differences, f"復元したものと控えの違い（{len(done.state['tables'])}表）")
    seen.value("復元に要した秒", round(done.seconds, 1))
    event = BackupEvent.objects.filter(kind="drill").order_by("-pk").first()
    seen.must(event is not None and event.ok, "復元訓練の証跡")


@check("BACKUP-04", place=REAL)
def drills_are_in_time(seen: Evidence) -> None:
    """In the installation: when a restore was last tried, and how it ended."""
    last = BackupEvent.objects.filter(kind__in=("drill", "restore")).order_by("-at").first()
    months = parameters.value("backup.drill_months")
    first = BackupEvent.objects.order_by("at").first()
    begin = last.at if last else (first.at if first else None)
    late = begin is not None and (now() - begin).days > 31 * months
    seen.must(not late, f"前回の復元訓練（{months}月ごと）", f"{last.at:%Y-%m-%d}" if last else "まだない")
    seen.must(last is None or last.ok, "前回の復元訓練の結果", "一致" if last else "まだない")
