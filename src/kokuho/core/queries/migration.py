"""Reads about migration work: what runs, its steps, and the register of its files (VENDOR-04)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kokuho.core.access import Actor
from kokuho.core.models import MigrationFile, MigrationStep, MigrationWork
from kokuho.core.reads import seen


def works(by: Actor) -> list[MigrationWork]:
    """Migrations, newest first, at most 100; somebody who only works on migrations sees the own ones."""
    by.require("migration.read")
    found = MigrationWork.objects.order_by("-pk")
    if not by.may("vendor.read"):
        found = found.filter(staff_nos__contains=[by.staff_no])
    rows = list(found[:100])
    seen(by, "migration.works", row_count=len(rows))
    return rows


@dataclass(frozen=True, slots=True)
class Told:
    """A migration with its steps and the register of its files: `made` = `destroyed` when nothing is left."""

    work: MigrationWork
    steps: list[MigrationStep]
    files: list[MigrationFile]

    @property
    def made(self) -> int:
        return len(self.files)

    @property
    def destroyed(self) -> int:
        return sum(file.destroyed_at is not None for file in self.files)


def work(by: Actor, work_id: int) -> Told:
    """One migration. Raises DoesNotExist, also for somebody who neither keeps contractors nor works on it."""
    by.require("migration.read")
    rows = MigrationWork.objects.filter(pk=work_id)
    if not by.may("vendor.read"):
        rows = rows.filter(staff_nos__contains=[by.staff_no])
    found = rows.get()
    steps = list(found.steps.select_related("file").order_by("pk"))
    files = list(MigrationFile.objects.filter(made_by__work=found).select_related("made_by").order_by("pk"))
    seen(by, "migration.work", row_count=1, detail={"migration": found.pk})
    return Told(found, steps, files)


def left_over(by: Actor, *, on: date) -> list[MigrationFile]:
    """Files that are still there although the days of their migration are over."""
    by.require("migration.read")
    left = MigrationFile.objects.filter(destroyed_at__isnull=True, made_by__work__valid_until__lt=on)
    found = list(left.select_related("made_by__work").order_by("pk"))
    seen(by, "migration.files", row_count=len(found))
    return found


def loading(by: Actor, *, on: date, name: str, size: int) -> bool:
    """Whether this very file is now being loaded by a special ID of a running migration, in a step that another one confirmed."""
    by.require("exchange.receive")
    return MigrationStep.objects.filter(
        kind=MigrationStep.LOAD, confirmed_at__isnull=False, done_at__isnull=True, file__name=name, file__size=size,
        file__destroyed_at__isnull=True, work__staff_nos__contains=[by.staff_no], work__completed_at__isnull=True,
        work__valid_from__lte=on, work__valid_until__gte=on,
    ).exists()  # fmt: skip
