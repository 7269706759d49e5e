"""FED: the federation and the wide-area union; the engine of doors and layouts that every neighbour's file goes through."""

from __future__ import annotations

from typing import Any

from kokuho.controls import fixture, samples
from kokuho.controls.framework import Evidence, check
from kokuho.controls.scene import Scene
from kokuho.desks.people.models import Person
from kokuho.exchange import doors
from kokuho.exchange.models import InboxFile
from kokuho.formats.load import library


@check("FED-01", commits=True)
def a_file_that_deviates_is_refused_whole(scene: Scene, seen: Evidence) -> None:
    """Every defective sample is refused with its faults listed, nothing of it is applied; the right one passes."""
    samples.after_the_full_load()
    by = scene.actor("U-SYS")
    for defect, data in samples.defective(scene.on).items():
        seen.refused(f"欠陥のあるファイル: {defect}", doors.receive_bytes, by=by, on=scene.on,
                     data=data, file_name="check.csv", errors=(doors.Refusal,))  # fmt: skip
    seen.equal(Person.objects.filter(town="移転町").count(), 0, "欠陥のあるファイルから反映された行")
    refused = InboxFile.objects.filter(state=InboxFile.REFUSED)
    seen.none([f.pk for f in refused if not f.errors.exists()], "誤りの一覧のない拒否")
    right = doors.receive_bytes(
        by=by, on=scene.on, data=samples.changes(scene.on, samples.change(scene.on, fixture.P_1)), file_name="ok.csv"
    )
    seen.equal(right.state, InboxFile.APPLIED, "正しいファイル")
    layouts = [version for versions in library().values() for version in versions]
    seen.value("登録されたレイアウト（版）", len(layouts))
    seen.none(
        [layout.id for layout in layouts if layout.id.startswith(("kokuhoren", "shuyaku")) and not layout.sources],
        "出典のない国保連合会の様式",
    )


@check("FED-06", commits=True)
def once_and_in_order(scene: Scene, seen: Evidence) -> None:
    """The same bytes under any name are taken once; a gap and a repetition in a numbered series stop the file."""
    samples.after_the_full_load()
    by = scene.actor("U-SYS")
    data = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
    doors.receive_bytes(by=by, on=scene.on, data=data, file_name="first.csv")
    before = Person.objects.count()
    again: dict[str, Any] = {"by": by, "on": scene.on, "errors": (doors.Refusal,)}
    seen.refused(
        "同じファイルを別の名前でもう一度", doors.receive_bytes, data=data, file_name="renamed.csv", code="X01", **again
    )
    gap = samples.changes(scene.on, samples.change(scene.on, fixture.P_2, sequence=5))
    seen.refused("通番が飛んだファイル", doors.receive_bytes, data=gap, file_name="gap.csv", code="X05", **again)
    back = samples.changes(scene.on, samples.change(scene.on, fixture.P_2, sequence=1))
    seen.refused("通番が戻ったファイル", doors.receive_bytes, data=back, file_name="back.csv", code="X05", **again)
    seen.equal(Person.objects.count(), before, "それらによる宛名の変化（行数）")
