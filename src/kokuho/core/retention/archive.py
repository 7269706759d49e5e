"""退避: what an erasure is about to remove, sealed into a file with an end of its own, and read back before anything goes (KEEP-04).

My Numbers are never put aside. A file is read for a reason by whoever has `keep.archive`; at its end it is destroyed, and the register
keeps only counts and hash.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import transaction

from kokuho.core import audit, config, database, parameters, sealing
from kokuho.core.access import Actor
from kokuho.core.models import ErasureArchive, ErasureArchiveEvent, ErasureOrder
from kokuho.core.retention.periods import KeepError, Period, end_of_period

SUFFIX = ".archive"


def path_of(archive: ErasureArchive) -> Path:
    """Where the sealed file lies."""
    return config.folder("archives") / archive.file_name


def required() -> bool:
    """Whether erasures are preceded by an archive. Raises `KeepError` KEEP-04 when no end is set for it."""
    if not parameters.value("keep.archive_before_erase"):
        return False
    if not parameters.value("keep.archive_years"):
        raise KeepError("KEEP-04", "退避したものの保管期間（keep.archive_years）が決まっていないため、消去できません。")
    return True


def put_aside(*, by: Actor, order: ErasureOrder, on: date) -> ErasureArchive:
    """Write the rows of an order, read them back, and enter the file in the register. Done once for an order.

    Raises `KeepError` KEEP-04 when what was read back is not what was counted at the proposal: then nothing may be erased.
    """
    by.require("keep.order")
    if (known := ErasureArchive.objects.filter(order_no=order.pk).first()) is not None:
        return known
    years = parameters.value("keep.archive_years")
    name = f"{order.pk:08d}{SUFFIX}"
    path = config.folder("archives") / name
    writer = sealing.SealedWriter(path)
    try:
        for relation, row in _rows(order.pk):
            writer.write(json.dumps([relation, row], ensure_ascii=False).encode() + b"\n")
    except BaseException:
        writer.discard()
        raise
    writer.commit()
    expected = {name: count for name, count in order.counts.items() if count and not name.startswith("vault.")}
    try:
        counts = dict(Counter(relation for relation, _ in _lines(path)))
    except (InvalidTag, ValueError, OSError) as error:
        path.unlink(missing_ok=True)
        raise KeepError("KEEP-04", "退避したファイルを読み戻せません。何も消去していません。") from error
    if counts != expected:
        path.unlink(missing_ok=True)
        raise KeepError("KEEP-04", "退避した件数が起案の件数と一致しません。何も消去していません。")
    with transaction.atomic():
        made = ErasureArchive.objects.create(
            order_no=order.pk, file_name=name, sha256=_digest(path), size=path.stat().st_size, counts=counts, made_by=by.staff_no,
            keep_until=end_of_period(Period("years", years), on),
        )  # fmt: skip
        audit.record(by, function="keep.archive", operation="export", row_count=sum(counts.values()), detail={"order": order.pk})
    return made


def _rows(order: int) -> Iterator[tuple[str, Any]]:
    """The rows of an order as they are now, without those of the vault, from one snapshot, as the owner."""
    with database.owner_address().connect() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for relation, match in connection.execute(
            "SELECT t.relation, t.match FROM keep.target t JOIN core_erasureorder o ON o.category = t.category "
            "WHERE o.id = %s AND to_regclass(t.relation) IS NOT NULL AND t.relation NOT LIKE 'vault.%%' ORDER BY t.seq",
            (order,),
        ).fetchall():
            with connection.cursor(f"archive_{order}") as cursor:
                cursor.execute(
                    f"SELECT to_jsonb(t) FROM {relation} t JOIN core_erasureline l ON {match} WHERE l.order_id = %s",  # type: ignore[arg-type]
                    (order,),
                )
                for (row,) in cursor:
                    yield relation, row


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    rest = b""
    for block in sealing.unsealed(path):
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            relation, row = json.loads(line)
            yield relation, row
    if rest:
        raise ValueError("the last line was cut")


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def archives(by: Actor) -> list[ErasureArchive]:
    """The register, the newest first. Needs `keep.read`."""
    by.require("keep.read")
    found = list(ErasureArchive.objects.prefetch_related("events").order_by("-pk")[:200])
    audit.record(by, function="keep.archives", operation="view", row_count=len(found))
    return found


def read(*, by: Actor, archive_id: int, reason: str) -> list[tuple[str, Any]]:
    """What was put aside: (table, row). Needs `keep.archive` and a reason; each reading stands in the register.

    Raises `KeepError` KEEP-04: none, destroyed, changed, or no reason.
    """
    by.require("keep.archive")
    found = _standing(archive_id)
    if not reason.strip():
        raise KeepError("KEEP-04", "退避したものを見る理由を入力してください。")
    if _digest(path_of(found)) != found.sha256:
        raise KeepError("KEEP-04", "退避したファイルが台帳のものと違います。")
    with transaction.atomic():
        ErasureArchiveEvent.objects.create(archive=found, kind="read", staff_no=by.staff_no, reason=reason.strip())
        audit.record(
            by, function="keep.archive.read", operation="view", row_count=sum(found.counts.values()), reason=reason.strip(),
            detail={"archive": found.pk},
        )  # fmt: skip
    return list(_lines(path_of(found)))


def destroy(*, by: Actor, archive_id: int, on: date) -> None:
    """Remove a file whose time is over. Needs `keep.order`. Raises `KeepError` KEEP-04 before its end."""
    by.require("keep.order")
    found = _standing(archive_id)
    if on < found.keep_until:
        raise KeepError("KEEP-04", f"退避したものは {found.keep_until} まで保管します。")
    path_of(found).unlink(missing_ok=True)
    with transaction.atomic():
        ErasureArchiveEvent.objects.create(archive=found, kind="destroyed", staff_no=by.staff_no, reason="保管の終わり（ファイルの削除）")
        audit.record(by, function="keep.archive.destroy", operation="remove", row_count=1, detail={"archive": found.pk})


def _standing(archive_id: int) -> ErasureArchive:
    found = ErasureArchive.objects.filter(pk=archive_id).exclude(events__kind="destroyed").first()
    if found is None:
        raise KeepError("KEEP-04", "この番号の退避はないか、廃棄されています。")
    return found


def overdue(on: date) -> list[ErasureArchive]:
    """Files whose time is over and that are still there."""
    return list(ErasureArchive.objects.filter(keep_until__lte=on).exclude(events__kind="destroyed"))


def destroy_overdue(*, by: Actor, on: date) -> int:
    """Remove every file whose time is over. Needs `keep.order`. Returns how many."""
    by.require("keep.order")
    late = overdue(on)
    for found in late:
        destroy(by=by, archive_id=found.pk, on=on)
    return len(late)
