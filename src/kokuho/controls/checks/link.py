"""LINK: linkage within the municipality and beyond."""

from __future__ import annotations

from kokuho.controls import fixture, samples
from kokuho.controls.framework import Evidence, check
from kokuho.controls.scene import Scene
from kokuho.exchange import doors, rawstore


@check("LINK-06", commits=True)
def raw_messages_stay_as_they_came(scene: Scene, seen: Evidence) -> None:
    """What was received is kept byte for byte, sealed; a changed byte is noticed; the fact leads back to it."""
    samples.after_the_full_load()
    data = samples.changes(scene.on, samples.change(scene.on, fixture.P_1))
    file = doors.receive_bytes(by=scene.actor("U-SYS"), on=scene.on, data=data, file_name="check.csv")
    seen.must(rawstore.reopen(file.sha256).read() == data, "受け取ったバイトと保管したバイトが同じ", file.sha256[:16])
    stored = rawstore.path(file.sha256)
    held = stored.read_bytes()
    seen.must(
        data not in held and fixture.NAMES[fixture.P_1][0].encode() not in held, "保管したファイルは封がされている"
    )
    stored.write_bytes(held[:-1] + bytes([held[-1] ^ 1]))
    seen.refused("1バイト変えた保管ファイルを開く", lambda: rawstore.reopen(file.sha256).read(), errors=(Exception,))
    stored.write_bytes(held)
    seen.equal(file.state, "applied", "受付の結果")
