"""Reads of the groundwork: municipality, batch runs, approvals, operation records, staff and their rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from kokuho.core import era
from kokuho.core.access import Actor, catalogue
from kokuho.core.clock import JAPAN
from kokuho.core.models import Approval, AuditRecord, BatchChunk, BatchRun, Grant, Municipality, Staff
from kokuho.core.reads import seen
from kokuho.core.screens import lists
from kokuho.core.screens.lists import Column, Filter, Listing

# Which right decides an approval of a kind. A kind that is not here is decided by nobody.
DECIDES: Mapping[str, str] = {"levy": "levy.approve"}


@cache
def _municipality() -> Municipality | None:
    return Municipality.objects.first()


def municipality() -> Municipality:
    """The municipality of this database. Read once by a process: a change of it is an installation's work."""
    found = _municipality()
    if found is None:
        _municipality.cache_clear()
        raise Municipality.DoesNotExist("団体が登録されていません。")
    return found


def municipality_name() -> str:
    """Its name for the header; a fresh installation has none yet."""
    try:
        return municipality().name
    except Municipality.DoesNotExist:
        return "（団体未登録）"


# --- batch runs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    run: BatchRun
    done: int
    total: int
    seconds: float | None

    @property
    def percent(self) -> int:
        """0 to 100; a finished run is 100."""
        if self.run.state == BatchRun.DONE:
            return 100
        return self.done * 100 // self.total if self.total else 0

    @property
    def moving(self) -> bool:
        """True while the page should ask again."""
        return self.run.state in (BatchRun.PREPARED, BatchRun.RUNNING)

    @property
    def remaining(self) -> int | None:
        """Seconds to go at the speed so far; None before anything is known."""
        if not self.done or self.seconds is None or self.run.state != BatchRun.RUNNING:
            return None
        return round(self.seconds / self.done * (self.total - self.done))


BATCH_KINDS: Mapping[str, str] = {
    "levy-trial": "当初賦課 試算",
    "levy-final": "当初賦課 本算定",
    "levy-posting": "調定",
    "notices": "通知書",
}

RUN_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("title", "件名"),
    Column("state", "状態"),
    Column("progress", "進み"),
    Column("ordered_at", "受付", ("ordered_at",)),
    Column("ended_at", "終了", ("ended_at",)),
    Column("ordered_by", "実行者", ("ordered_by",)),
    Column("business_date", "処理日", ("business_date",)),
)


def batch_runs(by: Actor, params: QueryDict) -> Listing[Progress]:
    """The runs of batches, newest first."""
    by.require("batch.read")
    found = lists.listing(
        params,
        BatchRun.objects.annotate(done=Count("chunks", filter=Q(chunks__done_at__isnull=False))),
        columns=RUN_COLUMNS,
        filters=(
            lists.choice("state", "状態", "state", BatchRun.STATES),
            lists.choice("kind", "種類", "kind", tuple(BATCH_KINDS.items())),
            lists.day("from", "受付日（から）", "ordered_at__date__gte"),
        ),
        order=("-pk",),
        convert=lambda rows: [Progress(row, row.done, row.chunks_total, _seconds(row)) for row in rows],
    )
    seen(by, "batch.list", row_count=len(found.rows))
    return found


def latest_runs(by: Actor, count: int = 8) -> list[Progress]:
    """The newest runs, for the home page."""
    by.require("batch.read")
    rows = BatchRun.objects.annotate(done=Count("chunks", filter=Q(chunks__done_at__isnull=False))).order_by("-pk")[
        :count
    ]
    found = [Progress(row, row.done, row.chunks_total, _seconds(row)) for row in rows]  # type: ignore[attr-defined]
    seen(by, "batch.latest", row_count=len(found))
    return found


def progress(by: Actor, run_id: int, *, silent: bool = False) -> Progress:
    """One run and how far it is. `silent`: asked by the page itself again and again, which is no new look at it."""
    by.require("batch.read")
    run = BatchRun.objects.get(pk=run_id)
    done = BatchChunk.objects.filter(run=run, done_at__isnull=False).count()
    if not silent:
        seen(by, "batch.run", row_count=1, detail={"run": run_id})
    return Progress(run, done, run.chunks_total, _seconds(run))


def _seconds(run: BatchRun) -> float | None:
    if run.started_at is None:
        return None
    return ((run.ended_at or datetime.now(UTC)) - run.started_at).total_seconds()


# --- approvals ----------------------------------------------------------------------------------------------------------


def _decidable(by: Actor) -> list[str]:
    return [kind for kind, capability in DECIDES.items() if by.may(capability)]


def approvals_waiting(by: Actor) -> int:
    """How many wait for this person: of the kinds that the person decides, entered by somebody else."""
    kinds = _decidable(by)
    if not kinds:
        return 0
    return Approval.objects.filter(state=Approval.PENDING, kind__in=kinds).exclude(entered_by=by.staff_no).count()


APPROVAL_COLUMNS = (
    Column("id", "番号", ("pk",), numeric=True),
    Column("title", "件名", ("title",)),
    Column("state", "状態", ("state",)),
    Column("entered", "起案", ("entered_at",)),
    Column("decided", "決裁", ("decided_at",)),
    Column("reason", "理由"),
)


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """An approval with the names of the two persons and whether the reader may decide it."""

    approval: Approval
    entered_name: str
    decided_name: str
    decidable: bool


def approvals(by: Actor, params: QueryDict) -> Listing[ApprovalRow]:
    """What this person decides or has entered. Nobody sees the approvals of other desks."""
    mine = Q(kind__in=_decidable(by)) | Q(entered_by=by.staff_no)
    found = lists.listing(
        params,
        Approval.objects.filter(mine),
        columns=APPROVAL_COLUMNS,
        filters=(lists.choice("state", "状態", "state", Approval.STATES, default=Approval.PENDING),),
        order=("-pk",),
        convert=lambda rows: _approval_rows(by, rows),
    )
    seen(by, "approval.list", row_count=len(found.rows))
    return found


def approval(by: Actor, approval_id: int) -> ApprovalRow:
    """One approval. Raises DoesNotExist for one that is not this person's matter."""
    mine = Q(kind__in=_decidable(by)) | Q(entered_by=by.staff_no)
    found = _approval_rows(by, [Approval.objects.filter(mine).get(pk=approval_id)])[0]
    seen(by, "approval", row_count=1, detail={"approval": approval_id})
    return found


def approvals_of(by: Actor, subject: str) -> list[ApprovalRow]:
    """Every approval of one subject, newest first. The desk that calls this has asked for its own right."""
    return _approval_rows(by, list(Approval.objects.filter(subject=subject).order_by("-pk")))


def _approval_rows(by: Actor, rows: Sequence[Approval]) -> list[ApprovalRow]:
    names = staff_names(n for row in rows for n in (row.entered_by, row.decided_by))
    kinds = set(_decidable(by))
    return [
        ApprovalRow(
            row, names[row.entered_by], names[row.decided_by],
            row.state == Approval.PENDING and row.kind in kinds and row.entered_by != by.staff_no,
        )
        for row in rows
    ]  # fmt: skip


def staff_names(numbers: Iterable[str]) -> defaultdict[str, str]:
    """職員番号 → name; a number without an entry (a command, an outside system) stands for itself."""
    wanted = {number for number in numbers if number}
    names: defaultdict[str, str] = _Names()
    if wanted:
        names.update(Staff.objects.filter(staff_no__in=wanted).values_list("staff_no", "name"))
    return names


class _Names(defaultdict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


# --- operation records --------------------------------------------------------------------------------------------------

OPERATIONS = (
    ("login", "ログイン"),
    ("logout", "ログアウト"),
    ("unlock", "ロック解除"),
    ("view", "閲覧"),
    ("search", "検索"),
    ("open", "支援措置の閲覧"),
    ("cancel", "閲覧の取りやめ"),
    ("print", "印刷"),
    ("receive", "受付"),
    ("update", "更新"),
    ("propose", "起案"),
    ("approve", "承認"),
    ("return", "差戻し"),
    ("run", "実行"),
    ("refuse", "拒否"),
    ("acknowledge", "告知の確認"),
    ("add", "追加"),
    ("remove", "削除"),
    ("reset", "再設定"),
)
RESULTS = (
    ("ok", "正常"),
    ("refused", "拒否"),
    ("failed", "失敗"),
    ("locked", "停止中"),
    ("undeclared", "権限の定めなし"),
)

AUDIT_COLUMNS = (
    Column("at", "日時", ("at", "pk")),
    Column("staff", "職員", ("staff_no", "at")),
    Column("terminal", "端末"),
    Column("function", "機能"),
    Column("operation", "操作"),
    Column("result", "結果"),
    Column("persons", "宛名番号"),
    Column("count", "件数", numeric=True),
    Column("detail", "理由・条件"),
)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A record in words."""

    record: AuditRecord
    operation: str
    result: str
    persons: tuple[int, ...]
    more_persons: int
    detail: tuple[tuple[str, str], ...]


def _japanese_day(value: str) -> datetime:
    on = era.parse(value)
    return datetime(on.year, on.month, on.day, tzinfo=JAPAN)


def audit_records(by: Actor, params: QueryDict, *, on: date) -> Listing[AuditRow]:
    """Operation records by day, person, staff, operation and result (LOG-05). Without a day: the last seven."""
    by.require("audit.read")
    rows: QuerySet[AuditRecord] = AuditRecord.objects.all()
    if not any(params.get(name, "").strip() for name in ("from", "to", "atena")):
        rows = rows.filter(at__gte=datetime(on.year, on.month, on.day, tzinfo=JAPAN) - timedelta(days=7))
    operations, results = dict(OPERATIONS), dict(RESULTS)
    found = lists.listing(
        params,
        rows,
        columns=AUDIT_COLUMNS,
        filters=(
            Filter("from", "日（から）", lambda q, v: q.filter(at__gte=_japanese_day(v)), kind="date", hint="R8.11.20"),
            Filter("to", "日（まで）", lambda q, v: q.filter(at__lt=_japanese_day(v) + timedelta(days=1)), kind="date", hint="R8.11.20"),
            Filter("staff", "職員番号", lambda q, v: q.filter(staff_no=v)),
            Filter(
                "atena", "宛名番号", lambda q, v: q.filter(persons__contains=[lists.whole_number(v)]), kind="number"
            ),
            lists.choice("operation", "操作", "operation", OPERATIONS),
            lists.choice("result", "結果", "result", RESULTS),
            Filter("function", "機能", lambda q, v: q.filter(function__startswith=v)),
        ),
        order=("-at", "-pk"),
        convert=lambda page: [
            AuditRow(
                r, operations.get(r.operation, r.operation), results.get(r.result, r.result), tuple(r.persons[:3]),
                max(0, len(r.persons) - 3), tuple((key, _flat(value)) for key, value in r.detail.items() if value not in ([], {})),
            )
            for r in page
        ],
    )  # fmt: skip
    criteria = {state.filter.name: state.value for state in found.filters if state.value}
    seen(by, "audit.search", operation="search", row_count=len(found.rows), detail={"criteria": criteria})
    return found


def _flat(value: Any) -> str:
    """A detail on one line."""
    if isinstance(value, dict):
        return " ".join(f"{key}={_flat(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "、".join(_flat(item) for item in value)
    return str(value)


# --- staff and rights ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """A role given to a person, in words."""

    title: str
    valid_from: date
    valid_until: date | None
    in_force: bool
    applied_by: str
    approved_by: str
    reason: str
    capabilities: tuple[str, ...]


def own_rights(by: Actor, *, on: date) -> list[RoleGrant]:
    """The roles of the reader with their periods and what they permit."""
    return _grants(Grant.objects.filter(staff__staff_no=by.staff_no).order_by("valid_from", "role"), on)


def _grants(rows: Iterable[Grant], on: date) -> list[RoleGrant]:
    rows = list(rows)
    table = catalogue()
    names = staff_names(n for row in rows for n in (row.applied_by, row.approved_by))
    return [
        RoleGrant(
            table["roles"].get(row.role, {}).get("title", row.role), row.valid_from, row.valid_until,
            row.valid_from <= on and (row.valid_until is None or on <= row.valid_until),
            names[row.applied_by], names[row.approved_by], row.reason,
            tuple(table["capabilities"][item] for item in table["roles"].get(row.role, {}).get("may", ())),
        )
        for row in rows
    ]  # fmt: skip


STAFF_COLUMNS = (
    Column("staff_no", "職員番号", ("staff_no",)),
    Column("name", "氏名", ("name",)),
    Column("unit", "所属", ("unit__code", "staff_no")),
    Column("roles", "役割"),
    Column("valid_from", "利用開始", ("valid_from",)),
    Column("valid_until", "利用終了", ("valid_until",)),
    Column("last_login", "最終ログイン"),
)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of staff with the roles in force."""

    staff: Staff
    roles: tuple[str, ...]
    usable: bool


def staff_list(by: Actor, params: QueryDict, *, on: date) -> Listing[StaffRow]:
    """Staff and the roles in force on a day (RIGHTS-06)."""
    by.require("staff.read")

    def convert(page: Sequence[Staff]) -> list[StaffRow]:
        titles = {name: entry["title"] for name, entry in catalogue()["roles"].items()}
        held: defaultdict[int, list[str]] = defaultdict(list)
        in_force = Q(valid_from__lte=on) & (Q(valid_until__isnull=True) | Q(valid_until__gte=on))
        for staff_id, role in (
            Grant.objects.filter(in_force, staff__in=page).order_by("role").values_list("staff_id", "role")
        ):
            held[staff_id].append(titles.get(role, role))
        return [
            StaffRow(
                member, tuple(held[member.pk]),
                member.is_active and member.valid_from <= on and (member.valid_until is None or on <= member.valid_until),
            )
            for member in page
        ]  # fmt: skip

    found: Listing[StaffRow] = lists.listing(
        params,
        Staff.objects.select_related("unit"),
        columns=STAFF_COLUMNS,
        filters=(
            Filter("name", "氏名・職員番号", lambda q, v: q.filter(Q(name__contains=v) | Q(staff_no__startswith=v))),
            lists.choice("role", "役割", "grants__role", [(n, e["title"]) for n, e in catalogue()["roles"].items()]),
        ),
        order=("staff_no",),
        convert=convert,
    )
    seen(by, "staff.list", row_count=len(found.rows))
    return found
