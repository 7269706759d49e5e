"""What staff do about retention: adopt a plan, hold, propose an erasure, decide it, run it, purge it.

    propose → (second person) approve → run: at once out of every function → purge after the grace period
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from kokuho.core import audit, bulk, clock, config, database, printing
from kokuho.core.access import Actor
from kokuho.core.actions import approvals
from kokuho.core.models import (
    Approval,
    ErasureLine,
    ErasureOrder,
    ErasureRecord,
    Municipality,
    RetentionHold,
    RetentionPlan,
)
from kokuho.core.retention import again, archive, candidates, rules
from kokuho.core.retention.periods import KeepError, may_order

BATCH = 1000
KIND, PLAN_KIND = "erasure", "retention-plan"


def subject(order: ErasureOrder) -> str:
    """How an approval names an order; the database's functions look for it under this name."""
    return f"erasure:{order.pk}"


# --- the plan -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def adopt(
    *, by: Actor, profile: str, reason: str, review_on: date, changes: Mapping[str, Mapping[str, Any]] | None = None,
    grace_days: int | None = None,
) -> Approval:  # fmt: skip
    """Propose a version of the retention rules, from a profile with changes by category. In force once approved (KEEP-01).

    Needs `keep.order`. Raises `KeepError` KEEP-01 for an unknown profile, a missing reason or a rule that is not allowed.
    """
    by.require("keep.order")
    if profile not in rules.raw()["profiles"]:
        raise KeepError("KEEP-01", f"型 {profile} はありません（あるもの: {'、'.join(rules.raw()['profiles'])}）。")
    if not reason.strip():
        raise KeepError("KEEP-01", "保存年限表の理由（文書管理規程等）を入力してください。")
    levy_kind = Municipality.objects.get().levy_kind
    told = {**rules.profile_rules(profile, levy_kind), **(changes or {})}
    if wrong := rules.check(told):
        raise KeepError("KEEP-01", "\n".join(wrong))
    plan = RetentionPlan.objects.create(
        profile=profile, levy_kind=levy_kind, mode=rules.profile_mode(profile), rules=told, reason=reason.strip(),
        review_on=review_on, entered_by=by.staff_no,
        grace_days=rules.raw()["grace_days"]["value"] if grace_days is None else grace_days,
    )  # fmt: skip
    text = json.dumps([plan.mode, plan.grace_days, plan.rules], ensure_ascii=False, sort_keys=True)
    return approvals.propose(
        by=by, kind=PLAN_KIND, subject=f"{PLAN_KIND}:{plan.pk}", title=f"保存年限表 {plan.pk}（型 {profile}）",
        content_hash=sha256(text.encode()).hexdigest(), summary={"分類": len(told), "見直し日": review_on.isoformat()},
    )  # fmt: skip


def in_force() -> RetentionPlan | None:
    """The newest plan that a second person approved."""
    done = Approval.objects.filter(kind=PLAN_KIND, state=Approval.APPROVED).values_list("subject", flat=True)
    return RetentionPlan.objects.filter(pk__in=[int(name.partition(":")[2]) for name in done]).order_by("-pk").first()


# --- holds --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def hold(*, by: Actor, atena_no: int, kind: str, reason: str, on: date, category: str = "") -> RetentionHold:
    """Keep everything (or one category) of a person from erasure. Needs `keep.hold`; `KeepError` KEEP-02 when incomplete."""
    by.require("keep.hold")
    if kind not in RetentionHold.KINDS or not reason.strip() or (category and category not in rules.categories()):
        raise KeepError("KEEP-02", f"保留の種類（{'、'.join(RetentionHold.KINDS)}）、分類、理由を確かめてください。")
    made = RetentionHold.objects.create(
        atena_no=atena_no, kind=kind, category=category, set_on=on, reason=reason.strip(), set_by=by.staff_no
    )
    audit.record(by, function="keep.hold", operation="update", persons=[atena_no], reason=made.reason, detail={"hold": made.pk})
    return made


@transaction.atomic
def lift(*, by: Actor, hold_id: int, on: date) -> RetentionHold:
    """End a hold. Needs `keep.hold`."""
    by.require("keep.hold")
    found = RetentionHold.objects.select_for_update().filter(pk=hold_id, lifted_on__isnull=True).first()
    if found is None or on < found.set_on:
        raise KeepError("KEEP-02", "解除できる保留がないか、解除日が開始日より前です。")
    found.lifted_on, found.lifted_by = on, by.staff_no
    found.save(update_fields=["lifted_on", "lifted_by"])
    audit.record(by, function="keep.lift", operation="update", persons=[found.atena_no], detail={"hold": found.pk})
    return found


# --- orders -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A category in the survey of a day: its rule, how many subjects and files may go, and why the others stay."""

    code: str
    title: str
    rule: str
    certainty: str
    subjects: int
    files: int
    waiting: Mapping[str, int]
    held: Mapping[int, str]


def survey(*, by: Actor, on: date) -> list[Line]:
    """Every category with its rule and what of it may be erased on a day. Needs `keep.read`."""
    by.require("keep.read")
    plan = in_force()
    told = plan.rules if plan else {}
    lines = []
    for code, category in rules.categories().items():
        period = candidates.rule_of(told, code)
        found = candidates.find(category, period, on)
        text = f"{period.unit} {period.after}" if period else candidates.NO_RULE
        certainty = told[code].get("certainty", category.certainty) if period else category.certainty
        lines.append(
            Line(code, category.title, text, certainty, len(found.lines), len(found.files), dict(found.waiting), found.held)
        )
    audit.record(by, function="keep.survey", operation="search", persons=[p for line in lines for p in line.held])
    return lines


@transaction.atomic
def propose(*, by: Actor, category: str, on: date, pressure: str = "") -> ErasureOrder:
    """The dry run: list what of a category may be erased on a day, count it, and put it before a second person (KEEP-03).

    Needs `keep.order`. `KeepError`: KEEP-01 no rule, KEEP-02 the mode forbids it or nothing is eligible.
    """
    by.require("keep.order")
    plan = in_force()
    kind = rules.categories().get(category)
    period = candidates.rule_of(plan.rules, category) if plan else None
    if plan is None or kind is None or period is None:
        raise KeepError("KEEP-01", "この分類には承認された保存期間の規則がありません。規則のないものは消去しません。")
    if why := may_order(plan.mode, pressure):
        raise KeepError("KEEP-02", why)
    found = candidates.find(kind, period, on)
    order = ErasureOrder.objects.create(
        category=category, plan=plan, business_date=on, pressure=pressure.strip(), files=found.files, ordered_by=by.staff_no
    )
    with connection.cursor() as cursor:
        columns = ["order_id", "atena_no", "fiscal_year", "row_count", "digest", "outcome"]
        bulk.copy_rows(ErasureLine._meta.db_table, columns, ((order.pk, a, y, 0, 0, "") for a, y in found.lines), cursor)
        cursor.execute("SELECT keep.prepare(%s)", (order.pk,))
        lines = cursor.fetchone()[0]
    if not lines and not found.files:
        raise KeepError("KEEP-02", "消去できるものがありません。")
    order.refresh_from_db()
    approvals.propose(
        by=by, kind=KIND, subject=subject(order), title=f"消去 {order.pk}: {kind.title}（{on.isoformat()} 時点）",
        content_hash=order.content_hash, summary={"対象": lines, "ファイル": len(found.files), **order.counts},
    )  # fmt: skip
    return order


def decide(*, by: Actor, order_id: int, approve: bool, reason: str = "") -> Approval:
    """Approve or return an order. Needs `keep.approve`; refuses who proposed it (`ApprovalError`)."""
    by.require("keep.approve")
    order = ErasureOrder.objects.get(pk=order_id)
    return _decide(by, subject(order), approve, reason, order.content_hash)


def decide_plan(*, by: Actor, plan_id: int, approve: bool, reason: str = "") -> Approval:
    """Approve or return a plan. Needs `keep.approve`; refuses who proposed it (`ApprovalError`)."""
    by.require("keep.approve")
    return _decide(by, f"{PLAN_KIND}:{plan_id}", approve, reason, None)


def _decide(by: Actor, name: str, approve: bool, reason: str, content_hash: str | None) -> Approval:
    waiting = Approval.objects.filter(subject=name, state=Approval.PENDING).first()
    if waiting is None:
        raise KeepError("KEEP-03", "決裁を待っている起案がありません。")
    return approvals.decide(by=by, approval_id=waiting.pk, approve=approve, reason=reason, content_hash=content_hash)


def run(*, by: Actor, order_id: int, on: date, progress: Callable[[int], None] = lambda left: None) -> ErasureOrder:
    """Erase by an approved order, in batches that commit by themselves; a run that was cut off goes on where it was.

    The rows vanish from every function at once; they are removed physically by `purge`. 個人番号 and files go at once.
    Needs `keep.order`. `KeepError` KEEP-03: not approved, or what was approved has changed since, which voids the order; KEEP-04: it has
    to be put aside first (`keep.archive_before_erase`) and that could not be done.
    """
    by.require("keep.order")
    assert not connection.in_atomic_block, "batches commit by themselves"
    order = ErasureOrder.objects.select_related("plan").get(pk=order_id)
    approval = Approval.objects.filter(subject=subject(order), kind=KIND, state=Approval.APPROVED).first()
    if approval is None or order.state not in (ErasureOrder.PROPOSED, ErasureOrder.RUNNING, ErasureOrder.ERASED):
        audit.record(by, function="keep.run", operation="refuse", result="refused", detail={"order": order_id})
        raise KeepError("KEEP-03", "承認された消去の指示ではありません。")
    audit.record(by, function="keep.run", operation="run", row_count=order.lines.count(), detail={"order": order_id})
    facts = {
        "category": order.category, "erased_at": clock.now().isoformat(), "files": order.files,
        "content_hash": order.content_hash, "approval": approval.pk, "entered_by": approval.entered_by,
        "approved_by": approval.decided_by,
    }  # fmt: skip
    if order.state != ErasureOrder.ERASED:
        if archive.required():
            archive.put_aside(by=by, order=order, on=on)
        # Before the first row goes: a kill in between must not leave an erasure that a restore would undo.
        again.write(order.pk, facts, order.lines.values_list("atena_no", "fiscal_year"))
        purge_on = on + timedelta(days=order.plan.grace_days)
        left = 1
        while left > 0:
            with connection.cursor() as cursor:
                cursor.execute("SELECT keep.erase(%s, %s, %s, %s)", (order.pk, by.staff_no, BATCH, purge_on))
                left = cursor.fetchone()[0]
            progress(left)
        if left < 0:
            again.drop(order.pk)
            raise KeepError("KEEP-03", "起案の後に対象の内容が変わったため、この指示は無効です。起案からやり直してください。")
        again.write(order.pk, facts, order.lines.filter(outcome="erased").values_list("atena_no", "fiscal_year"))
    # The same content may have come or been ordered anew since the proposal.
    needed = candidates.files_in_use()
    for name in order.files:
        if name not in needed:
            (config.home() / name).unlink(missing_ok=True)
    order.refresh_from_db()
    return order


def purge(*, by: Actor, order_id: int, on: date) -> int:
    """Remove physically what an order put aside, once its grace period is over; the tables are rewritten, so that nothing
    of it is left in their files. Needs `keep.order`. Returns the rows. `KeepError` KEEP-05 before the day."""
    by.require("keep.order")
    assert not connection.in_atomic_block, "tables are rewritten outside a transaction"
    order = ErasureOrder.objects.get(pk=order_id)
    if order.state != ErasureOrder.ERASED or order.purge_on is None or order.purge_on > on:
        raise KeepError("KEEP-05", f"物理消去はまだできません（{order.get_state_display()}、物理消去日 {order.purge_on or '未定'}）。")
    audit.record(by, function="keep.purge", operation="run", detail={"order": order_id})
    with connection.cursor() as cursor:
        cursor.execute("SELECT keep.purge(%s, %s, %s)", (order.pk, by.staff_no, on))
        rows: int = cursor.fetchone()[0]
    relations = ["keep.put_aside", "core_erasureline", *(name for name, count in order.erased.items() if count)]
    with database.owner_address().connect(autocommit=True) as owner:
        for relation in relations:
            owner.execute(f"VACUUM (FULL, ANALYZE) {relation}")  # type: ignore[arg-type]
    return rows


def certificate(*, by: Actor, order_id: int) -> str:
    """消去記録 as a sheet of text, without any person's data (KEEP-06). Needs `keep.read`; `KeepError` KEEP-06 when none."""
    by.require("keep.read")
    records = list(ErasureRecord.objects.filter(order_no=order_id).order_by("pk"))
    if not records:
        raise KeepError("KEEP-06", "この番号の消去記録はありません。")
    kind = rules.categories()[records[0].category]
    plan = RetentionPlan.objects.filter(erasureorder__pk=order_id).first()
    lines = [f"消去記録　指示 {order_id}　{kind.title}", f"起算: {kind.start}　根拠: {kind.legal}（確度 {kind.certainty}）"]
    if plan:
        rule = plan.rules[kind.code]
        lines.append(f"保存年限表 {plan.pk}（型 {plan.profile}）　期間 {rule['unit']} {rule['after']}　理由 {rule['reason']}")
    for record in records:
        counts = "、".join(f"{name} {count}件" for name, count in record.counts.items())
        lines.append(
            f"{record.at.astimezone(clock.JAPAN):%Y-%m-%d %H:%M}　{record.get_step_display()}　対象 {record.subjects}　{counts}　"
            f"ファイル {record.files}　消去しなかった対象 {record.left or 'なし'}　起案 {record.entered_by}　承認 {record.approved_by}"
            f"（承認番号 {record.approval_id}）　実行 {record.operated_by}　内容のハッシュ {record.content_hash}"
        )
    lines.append(f"残る写し: バックアップは世代の入替えで失われ、復元すると消去が再び行われる。{rules.raw()['outside']}")
    printing.printed(by, "keep.certificate", case={"order": order_id})
    return "\n".join(lines)
