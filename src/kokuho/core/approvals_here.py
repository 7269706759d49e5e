"""The groundwork's own kinds of approval: extracts, retention plans, erasures, purges of the operation record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from kokuho.core import approving, purging
from kokuho.core.access import Actor
from kokuho.core.actions import orders as work_orders
from kokuho.core.extracts import applications, catalogue
from kokuho.core.models import Approval, ErasureOrder, Extract, RetentionPlan, WorkOrder
from kokuho.core.queries.batches import BATCH_KINDS
from kokuho.core.reads import seen
from kokuho.core.retention import orders, rules
from kokuho.core.screens import sheet

UNITS = {"fiscal_years": "年度", "years": "年", "days": "日", "none": "期限なし"}


def period_words(rule: dict[str, Any]) -> str:
    """A period of the plan in words."""
    return "期限なし" if rule["unit"] == "none" else f"{rule['after']}{UNITS[rule['unit']]}"


def _plan(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    plan = RetentionPlan.objects.get(pk=int(approval.subject.partition(":")[2]))
    before = orders.in_force()
    known = rules.categories()
    lines = []
    for code, category in known.items():
        new, old = plan.rules.get(code), before.rules.get(code) if before else None
        words = period_words(new) if new else "規則なし（消去しない）"
        was = (period_words(old) if old else "規則なし") if before else "—"
        changed = sheet.cell("変更", tone="attention") if before and was != words else ""
        lines.append((category.title, category.start, was, words, changed, new["reason"] if new else "—", category.certainty))
    return [
        sheet.facts(
            "保存年限表", ("型", plan.profile), ("料・税", {"premium": "保険料", "tax": "保険税"}[plan.levy_kind]),
            ("消去の方式", MODES.get(plan.mode, plan.mode)), ("物理消去までの日数", plan.grace_days), ("理由", plan.reason),
            ("見直し日", plan.review_on), ("今の保存年限表", f"第{before.pk}版" if before else "まだない"),
        ),
        sheet.table("分類ごとの保存期間", ("分類", "起算", "今の期間", "新しい期間", "", "根拠", "確度"), lines),
    ]  # fmt: skip


MODES = {
    "none": "消去しない", "on_order": "指示により消去する", "scheduled": "定期に消去する",
    "pressure_and_order": "容量圧迫の認定と指示により消去する",
}  # fmt: skip


def _erasure(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    order = ErasureOrder.objects.select_related("plan").get(pk=int(approval.subject.partition(":")[2]))
    category = rules.categories()[order.category]
    rule = order.plan.rules[order.category]
    persons = list(order.lines.order_by("atena_no", "fiscal_year").values_list("atena_no", "fiscal_year", "row_count")[:200])
    named = [a for a, _, _ in persons] if category.subject == rules.PERSON else []
    seen(by, "keep.lines", persons=named, row_count=len(persons), detail={"order": order.pk})
    return [
        sheet.facts(
            "消去の内容", ("分類", category.title), ("起算", category.start), ("保存期間", period_words(rule)),
            ("根拠", rule["reason"]), ("基準日", order.business_date), ("対象", order.lines.count()),
            ("ファイル", len(order.files)), ("容量圧迫の認定", order.pressure or "—"), ("残る写し", rules.raw()["outside"]),
        ),
        sheet.table("消去する行（表ごと）", ("表", "行数"), sorted(order.counts.items()), span=5),
        sheet.table(
            "対象（先頭の200件まで）", ("宛名番号・世帯・日", "年度", "行数"),
            [(category.words(a), sheet.name(y or None), n) for a, y, n in persons], span=7,
            note="承認の後に対象や内容が変わると、この起案は無効になります。",
        ),
    ]  # fmt: skip


def _purge(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    until = date.fromisoformat(approval.summary["until"])
    return [
        sheet.facts(
            "消去する操作記録", ("この日まで", until), ("記録の数", approval.summary["rows"]), ("封のハッシュ", approval.content_hash),
            note="日次の封は残ります。消去するときに、すべての日が封のとおりであることをもう一度確かめます。",
        )
    ]  # fmt: skip


def _extract(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    extract = Extract.objects.select_related("medium").get(pk=int(approval.subject.partition(":")[2]))
    definition = catalogue.definition(extract.definition)
    return [
        sheet.facts(
            "抽出の内容", ("抽出", f"{definition.title}（{definition.about}）"), ("目的", extract.purpose), ("法令の根拠",
            extract.legal_basis),
            ("項目", [definition.items[code].label for code in extract.items if code in definition.items]),
            ("条件", catalogue.condition_words(extract.definition, extract.conditions)), ("提供先", extract.recipient),
            ("形式", catalogue.FORMS.get(extract.form, extract.form)), ("媒体", extract.medium.code), ("実行期限", extract.use_by),
            ("支援措置対象者", PROTECTED[definition.protected]), ("個人番号", "含まない"),
            note="承認すると一度だけ実行できます。内容や抽出定義が変わると、承認は及びません。",
        )
    ]  # fmt: skip


def _order(by: Actor, on: date, approval: Approval) -> Sequence[Any]:
    order = WorkOrder.objects.get(pk=int(approval.subject.partition(":")[2]))
    return [
        sheet.facts(
            "作業指示", ("作業", BATCH_KINDS.get(order.kind, order.kind)), ("指示の内容", order.instruction),
            ("適否の確認", order.suitability), ("予定日", order.planned_on),
            note="承認すると、この種類の次の実行がこの指示による実行になります。",
        )
    ]  # fmt: skip


PROTECTED = {"leave_out": "行を除く", "mask": "住所等を伏せる", "": "個人を識別しない集計"}


def register() -> None:
    """Called once when the groundwork is ready."""
    number = lambda approval: int(approval.subject.partition(":")[2])  # noqa: E731
    approving.register(approving.ApprovalKind(
        applications.KIND, "抽出", "extract.approve",
        lambda by, on, approval, approve, reason: applications.decide(
            by=by, approval_id=approval.pk, approve=approve, reason=reason
        ),
        _extract, lambda approval: reverse("extract", args=[number(approval)]),
    ))  # fmt: skip
    approving.register(approving.ApprovalKind(
        work_orders.KIND, "作業指示", "order.approve",
        lambda by, on, approval, approve, reason: work_orders.decide(
            by=by, approval_id=approval.pk, approve=approve, reason=reason
        ),
        _order, lambda approval: reverse("order", args=[number(approval)]),
    ))  # fmt: skip
    approving.register(approving.ApprovalKind(
        orders.PLAN_KIND, "保存年限表", "keep.approve",
        lambda by, on, approval, approve, reason: orders.decide_plan(by=by, plan_id=number(approval), approve=approve, reason=reason),
        _plan,
    ))  # fmt: skip
    approving.register(approving.ApprovalKind(
        orders.KIND, "消去", "keep.approve",
        lambda by, on, approval, approve, reason: orders.decide(by=by, order_id=number(approval), approve=approve, reason=reason),
        _erasure,
    ))  # fmt: skip
    approving.register(approving.ApprovalKind(
        purging.KIND, "操作記録の消去", "audit.inspect",
        lambda by, on, approval, approve, reason: purging.decide(by=by, approval_id=approval.pk, approve=approve, reason=reason),
        _purge,
    ))  # fmt: skip
