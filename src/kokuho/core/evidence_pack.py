"""The evidence of a period: what the logs and registers count, for audits and for the report on conduct (OPS-01). Names no resident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.apps import apps
from django.db.models import Count, Q, Sum

from kokuho.core import conduct, printing
from kokuho.core.access import Actor
from kokuho.core.clock import JAPAN, midnight
from kokuho.core.extracts.catalogue import OPEN
from kokuho.core.models import (
    Approval,
    AuditMark,
    AuditRecord,
    BackupEvent,
    BatchRun,
    ConductRecord,
    DaySeal,
    DisclosureRequest,
    Entry,
    ErasureArchive,
    ErasureRecord,
    Extract,
    Grant,
    Incident,
    Inspection,
    MediumLine,
    ParameterChange,
    WorkOrder,
)
from kokuho.core.queries.backups import status
from kokuho.core.queries.orders import unordered


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the pack: (what, how many) lines. `open`: lines that still wait for somebody."""

    title: str
    control: str
    lines: Sequence[tuple[str, int]]
    open: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Period:
    """The days of a pack (inclusive), as the moments between which they lie in Japan."""

    since: date
    until: date

    @property
    def begin(self) -> datetime:
        return midnight(self.since)

    @property
    def end(self) -> datetime:
        return midnight(self.until) + timedelta(days=1)

    def within(self, field: str) -> Q:
        """The rows whose moment lies in it."""
        return Q(**{f"{field}__gte": self.begin, f"{field}__lt": self.end})

    def days(self, field: str) -> Q:
        """The rows whose day lies in it."""
        return Q(**{f"{field}__range": (self.since, self.until)})


def pack(by: Actor, *, since: date, until: date, on: date) -> list[Section]:
    """The counts of a period (days inclusive, Japan). Needs `conduct.read`; the making of the pack is recorded as a print."""
    by.require("conduct.read")
    period = _Period(since, until)
    sections = [
        *_of_the_record(period), *_of_two_persons(period), *_of_what_leaves(period), *_of_what_is_kept(period), *_of_conduct(period, on)
    ]
    printing.printed(
        by, "conduct.pack", row_count=sum(len(s.lines) for s in sections),
        case={"since": since.isoformat(), "until": until.isoformat()},
    )  # fmt: skip
    return sections


def _of_the_record(period: _Period) -> list[Section]:
    records = AuditRecord.objects.filter(period.within("at"))
    kinds = {(r["operation"], r["result"]): r["n"] for r in records.values("operation", "result").annotate(n=Count("pk"))}

    def counted(operation: str, result: str = "ok") -> int:
        return kinds.get((operation, result), 0)

    return [
        Section("操作記録", "LOG-01・LOG-02", [
            ("記録", records.count()), ("ログイン", counted("login")), ("失敗したログイン", counted("login", "failed")),
            ("閲覧", counted("view")), ("検索", counted("search")), ("印刷", counted("print")),
            ("支援措置対象者の閲覧", records.filter(function="people.protected", operation="open").count()),
            ("個人番号の表示", records.filter(function="mynumber.reveal", operation="view").count()),
            ("拒否・失敗した操作", sum(n for (_, result), n in kinds.items() if result != "ok")),
            ("日次の封", DaySeal.objects.filter(period.days("day")).count()),
        ]),
        Section("点検と印", "LOG-06・LOG-07", [
            ("点検", Inspection.objects.filter(period.days("inspected_on")).count()),
            ("付いた印", AuditMark.objects.filter(period.days("day")).count()),
            ("判断を待つ印", AuditMark.objects.filter(disposition__isnull=True).count()),
        ], frozenset({"判断を待つ印"})),
    ]  # fmt: skip


def _of_two_persons(period: _Period) -> list[Section]:
    return [
        Section("権限", "RIGHTS-04・RIGHTS-06", [
            ("発効した権限", Grant.objects.filter(period.days("valid_from")).count()),
            ("失効した権限", Grant.objects.filter(period.days("valid_until")).count()),
            ("権限の変更（記録）", apps.get_model("core", "GrantEvent").objects.filter(period.within("pgh_created_at")).count()),
        ]),
        Section("二人での確認", "ENTRY-02", [
            ("入力", Entry.objects.filter(period.within("entered_at")).count()),
            ("確認済み", Entry.objects.filter(period.within("decided_at"), state="confirmed").count()),
            ("確認待ち", Entry.objects.filter(state="pending").count()),
            ("承認", Approval.objects.filter(period.within("decided_at"), state=Approval.APPROVED).count()),
            ("差戻し", Approval.objects.filter(period.within("decided_at"), state=Approval.RETURNED).count()),
            ("承認待ち", Approval.objects.filter(state=Approval.PENDING).count()),
        ], frozenset({"確認待ち", "承認待ち"})),
        Section("安全管理の設定", "OPS-07", [("変更の記録", ParameterChange.objects.filter(period.within("at")).count())]),
    ]  # fmt: skip


def _of_what_leaves(period: _Period) -> list[Section]:
    extracts = Extract.objects.filter(period.within("run__started_at"))
    written = MediumLine.objects.filter(period.within("at"))
    runs = BatchRun.objects.filter(period.within("ordered_at"))
    return [
        Section("抽出と媒体", "EXPORT-03・EXPORT-04", [
            ("実行した抽出", extracts.count()), ("取り出した行", extracts.aggregate(n=Sum("row_count"))["n"] or 0),
            ("媒体への書込み", written.filter(kind=MediumLine.WRITE).count()),
            ("消去の確認", written.filter(kind=MediumLine.ERASE).count()),
            ("暗号化せずに書いた抽出", written.filter(kind=MediumLine.WRITE, extract__form=OPEN).count()),
            ("紛失", written.filter(kind=MediumLine.LOSE).count()), ("廃棄", written.filter(kind=MediumLine.DESTROY).count()),
        ]),
        Section("作業", "LOG-04", [
            ("バッチの実行", runs.count()), ("異常終了", runs.filter(state=BatchRun.FAILED).count()),
            ("作業指示のない実行", unordered().filter(period.within("ordered_at")).count()),
            ("結果の確認を待つ作業指示", WorkOrder.objects.filter(state=WorkOrder.RUN).count()),
        ], frozenset({"結果の確認を待つ作業指示"})),
    ]  # fmt: skip


def _of_what_is_kept(period: _Period) -> list[Section]:
    erasures = ErasureRecord.objects.filter(period.within("at"))
    backups = BackupEvent.objects.filter(period.within("at"))
    provisions = apps.get_model("exchange", "ProvisionRecord").objects.filter(period.within("at"))
    return [
        Section("消去", "KEEP-06", [
            ("消去の記録", erasures.count()),
            ("消去した対象", erasures.filter(step="erase").aggregate(n=Sum("subjects"))["n"] or 0),
            ("物理消去", erasures.filter(step="purge").count()), ("復元の後の再消去", erasures.filter(step="again").count()),
            ("退避", ErasureArchive.objects.filter(period.within("at")).count()),
        ]),
        Section("提供・移転", "LINK-04", [
            ("提供の記録", provisions.count()), ("提供した件数", provisions.aggregate(n=Sum("record_count"))["n"] or 0),
            ("提供した人（延べ）", provisions.aggregate(n=Sum("person_count"))["n"] or 0),
        ]),
        Section("バックアップ", "BACKUP-01・BACKUP-02・BACKUP-04", [
            ("取得", backups.filter(kind="backup", ok=True).count()), ("失敗", backups.filter(kind="backup", ok=False).count()),
            ("遠隔地の写し", backups.filter(kind="offsite").count()), ("復元訓練", backups.filter(kind="drill").count()),
            ("一致しなかった復元訓練", backups.filter(kind="drill", ok=False).count()), ("復元", backups.filter(kind="restore").count()),
            ("警告", len(status(min(period.end, datetime.now(JAPAN))).warnings)),
        ], frozenset({"警告"})),
    ]  # fmt: skip


def _of_conduct(period: _Period, on: date) -> list[Section]:
    records, waiting = ConductRecord.objects.filter(period.days("on")), conduct.due(on)
    return [
        Section("点検・研修・確認", "OPS-02・OPS-03・OPS-04", [
            *((label, records.filter(kind=kind).count()) for kind, label in ConductRecord.KINDS),
            ("期限を過ぎた点検・確認", sum(d.overdue for d in waiting)), ("研修を受けていない職員（延べ）", len(conduct.lacks(on))),
        ], frozenset({"期限を過ぎた点検・確認", "研修を受けていない職員（延べ）"})),
        Section("事案・開示", "OPS-05・OPS-06", [
            ("登録した事案", Incident.objects.filter(period.within("opened_at")).count()),
            ("対応中の事案", Incident.objects.filter(state=Incident.OPEN).count()),
            ("開示等の請求", DisclosureRequest.objects.filter(period.days("received_on")).count()),
            ("決定を待つ請求", DisclosureRequest.objects.filter(state__in=("open", "proposed")).count()),
        ], frozenset({"対応中の事案", "決定を待つ請求"})),
    ]  # fmt: skip
