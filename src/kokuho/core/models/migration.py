"""データ移行の作業: who may work on a migration for how long, its steps of two persons, and every file that it made (VENDOR-04)."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from kokuho.core.models.base import Register


@pghistory.track()
class MigrationWork(Register):
    """A migration that two persons decided on: the special IDs, the scope and the days. It ends when it is completed."""

    title = models.CharField("件名", max_length=120)
    scope = models.CharField("移行の範囲", max_length=200, help_text="移行元・移行先・対象のデータ")
    staff_nos = ArrayField(models.CharField(max_length=20), verbose_name="作業用ID")
    valid_from = models.DateField("開始日")
    valid_until = models.DateField("終了日")
    entry_no = models.BigIntegerField("申請の受付番号", unique=True)
    completed_by = models.CharField("完了を確認した者", max_length=20, blank=True)
    completed_at = models.DateTimeField("完了日時", null=True)
    finding = models.CharField("操作記録を確かめた結果", max_length=200, blank=True)

    GRANTS = "SELECT, INSERT, UPDATE (completed_by, completed_at, finding)"

    class Meta:
        verbose_name = "データ移行"
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="migrationwork_period"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | (~Q(completed_by="") & ~Q(finding="")), name="migrationwork_completed"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="as_decided", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                IF TG_OP = 'INSERT' THEN
                    PERFORM 1 FROM core_entry e WHERE e.id = NEW.entry_no AND e.kind = 'migration.work' AND e.state = 'confirmed'
                        AND e.four_eyes AND e.entered_by <> e.decided_by AND NOT e.decided_by = ANY (NEW.staff_nos);
                    IF NOT FOUND THEN
                        RAISE EXCEPTION 'a migration needs an entry that another person confirmed' USING ERRCODE = 'insufficient_privilege';
                    END IF;
                ELSIF OLD.completed_at IS NOT NULL THEN
                    RAISE EXCEPTION 'migration % is completed', OLD.id USING ERRCODE = 'insufficient_privilege';
                ELSIF NEW.completed_at IS NOT NULL AND (NEW.completed_by = ANY (NEW.staff_nos) OR EXISTS (
                        SELECT FROM core_migrationfile f JOIN core_migrationstep s ON s.id = f.made_by_id
                         WHERE s.work_id = NEW.id AND f.destroyed_at IS NULL)) THEN
                    RAISE EXCEPTION 'migration % has files or names its own worker', NEW.id USING ERRCODE = 'insufficient_privilege';
                END IF;
                RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.title


@pghistory.track()
class MigrationStep(Register):
    """A step of the work: asked for with one special ID, confirmed with another, done once."""

    EXTRACT, LOAD, DESTROY = "extract", "load", "destroy"
    KINDS = ((EXTRACT, "抽出（封印）"), (LOAD, "投入"), (DESTROY, "ファイルの廃棄"))

    work = models.ForeignKey(MigrationWork, on_delete=models.PROTECT, related_name="steps", verbose_name="データ移行")
    kind = models.CharField("工程", max_length=10, choices=KINDS)
    file = models.ForeignKey("core.MigrationFile", on_delete=models.PROTECT, null=True, related_name="steps", verbose_name="ファイル")
    what = models.CharField("内容・廃棄の方法", max_length=200)
    asked_by = models.CharField("申し出た者", max_length=20)
    asked_at = models.DateTimeField("申出日時", db_default=Func(function="clock_timestamp"))
    confirmed_by = models.CharField("確認した者", max_length=20, blank=True)
    confirmed_at = models.DateTimeField("確認日時", null=True)
    done_by = models.CharField("行った者", max_length=20, blank=True)
    done_at = models.DateTimeField("実施日時", null=True)

    GRANTS = "SELECT, INSERT, UPDATE (confirmed_by, confirmed_at, done_by, done_at)"

    class Meta:
        verbose_name = "データ移行の工程"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | (~Q(confirmed_by="") & ~Q(confirmed_by=F("asked_by"))),
                name="migrationstep_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | (Q(confirmed_at__isnull=False) & ~Q(done_by="")), name="migrationstep_confirmed_first"
            ),
            models.CheckConstraint(condition=Q(kind="extract", file__isnull=True) | (~Q(kind="extract") & Q(file__isnull=False)),
                                   name="migrationstep_of_a_file"),
        ]  # fmt: skip
        triggers = [
            pgtrigger.Trigger(
                name="by_the_special_ids", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                PERFORM 1 FROM core_migrationwork w WHERE w.id = NEW.work_id AND w.completed_at IS NULL
                    AND NEW.asked_by = ANY (w.staff_nos) AND (NEW.confirmed_by = '' OR NEW.confirmed_by = ANY (w.staff_nos))
                    AND (NEW.done_by = '' OR NEW.done_by = ANY (w.staff_nos));
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'a step needs the special IDs of a running migration' USING ERRCODE = 'insufficient_privilege';
                END IF;
                IF TG_OP = 'UPDATE' AND OLD.done_at IS NOT NULL THEN
                    RAISE EXCEPTION 'step % is done', OLD.id USING ERRCODE = 'insufficient_privilege';
                END IF;
                RETURN NEW;
                """,
            )
        ]


@pghistory.track()
class MigrationFile(Register):
    """A file that the work made: sealed, with its hash, and when and how it was destroyed."""

    made_by = models.OneToOneField(MigrationStep, on_delete=models.PROTECT, related_name="made", verbose_name="作った工程")
    name = models.CharField("ファイル名", max_length=120)
    size = models.BigIntegerField("封印前の大きさ（バイト）")
    sha256 = models.CharField("封印したファイルのSHA-256", max_length=64)
    made_at = models.DateTimeField("作成日時", db_default=Func(function="clock_timestamp"))
    destroyed_at = models.DateTimeField("廃棄日時", null=True)
    method = models.CharField("廃棄の方法", max_length=200, blank=True)

    GRANTS = "SELECT, INSERT, UPDATE (destroyed_at, method)"

    class Meta:
        verbose_name = "データ移行のファイル"
        constraints = [
            models.CheckConstraint(condition=Q(destroyed_at__isnull=True) | ~Q(method=""), name="migrationfile_method"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="migrationfile_hash"),
        ]
