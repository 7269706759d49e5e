"""作業指示 and 運用日誌."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import era, printing
from kokuho.core import queries as core
from kokuho.core.actions import orders as actions
from kokuho.core.coded import CodedError
from kokuho.core.functions import function_title
from kokuho.core.models import BatchRun, WorkOrder
from kokuho.core.queries import BATCH_KINDS
from kokuho.core.queries import orders as queries
from kokuho.core.queries.records import OPERATIONS
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Say, Sheet, cell, name
from kokuho.web.screens.batches import figures
from kokuho.web.screens.fields import EraDate, long_text

TONES = {
    WorkOrder.REQUESTED: "attention", WorkOrder.APPROVED: "active", WorkOrder.RETURNED: "bad", WorkOrder.RUN: "attention",
    WorkOrder.CONFIRMED: "good",
}  # fmt: skip
UP = (("安全管理", "/control/"), ("作業指示", "/control/orders/"))


class OrderForm(forms.Form):
    """A job to be ordered."""

    kind = forms.ChoiceField(label="作業", choices=list(BATCH_KINDS.items()))
    title = forms.CharField(label="件名", max_length=120)
    instruction = long_text("指示の内容", help_text="条件、対象、件数の見込み")
    suitability = forms.CharField(label="適否の確認", max_length=200, help_text="処理してよいことを何で確かめたか")
    planned_on = EraDate(label="予定日")


class LinkForm(forms.Form):
    """A run that was made by an order."""

    run_id = forms.IntegerField(label="実行番号", min_value=1)
    reason = forms.CharField(label="後から結び付ける理由", max_length=200)


class ResultForm(forms.Form):
    """What was checked about the result."""

    result = long_text("確認した結果", help_text="件数・合計・出力を、何とどう突き合わせたか")


class NoteForm(forms.Form):
    """A note of the operators."""

    text = long_text("記事")


def _run_rows(runs: Any) -> list[tuple[Any, ...]]:
    names = core.staff_names([r.ordered_by for r in runs])
    return [
        (cell(str(r.pk), reverse("batch", args=[r.pk])), BATCH_KINDS.get(r.kind, r.kind), r.title, r.get_state_display(),
         names[r.ordered_by], r.started_at, r.ended_at, "、".join(f"{label} {n:,}{unit}" for label, n, unit in figures(r)[:6]))
        for r in runs
    ]  # fmt: skip


RUN_HEADINGS = ("実行", "作業", "件名", "状態", "実行者", "開始", "終了", "件数")


@screen("order.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Orders, and the runs that nobody ordered."""
    actor = request.actor
    exceptions = queries.unordered_runs(actor, count=20)
    found = queries.work_orders(actor, request.GET)
    names = core.staff_names([n for o in found.rows for n in (o.requested_by, o.confirmed_by)])
    rows = [
        sheet.row(
            cell(str(o.pk), reverse("order", args=[o.pk])), BATCH_KINDS.get(o.kind, o.kind), o.title,
            Cell(o.get_state_display(), tone=TONES[o.state]), o.planned_on, sheet.act(o.requested_at, names[o.requested_by]),
            sheet.act(o.confirmed_at, names[o.confirmed_by]),
        )
        for o in found.rows
    ]  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    blocks: list[Any] = [Rows(found, "作業指示はありません")]  # type: ignore[arg-type]
    blocks.append(sheet.table(
        "作業指示のない実行（新しいもの）", RUN_HEADINGS, _run_rows(exceptions), empty="作業指示のない実行はありません。",
        note="例外として点検の対象になります。指示による実行なら、作業指示の画面で理由を添えて結び付けます。",
    ))  # fmt: skip
    links = [("運用日誌", reverse("journal"))] + ([("作業を指示する", reverse("order_new"))] if actor.may("order.request") else [])
    return sheet.show(request, Sheet("作業指示", blocks, links=links, up=UP[:1]))


@screen("order.request")
def new(request: StaffRequest) -> HttpResponse:
    """Ask for a job."""
    form = OrderForm(request.POST or None, initial={"planned_on": request.business_date})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.request(by=request.actor, on=request.business_date, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "作業を指示しました。別の職員の承認を待ちます。")
            return HttpResponseRedirect(reverse("order", args=[made.pk]))
    return sheet.show(request, Sheet("作業の指示", [Ask("処理依頼", form, [("save", "指示する", False)], span=8)], up=UP))


@screen("order.read")
def detail(request: StaffRequest, order_id: int) -> HttpResponse:
    """An order with its approval, its runs and its result; linking a run and confirming the result."""
    actor = request.actor
    act = request.POST.get("act", "")
    link = LinkForm(request.POST if act == "link" else None)
    result = ResultForm(request.POST if act == "confirm" else None)
    form = link if act == "link" else result
    if request.method == "POST" and form.is_valid():
        try:
            if act == "link":
                actions.link(by=actor, order_id=order_id, **form.cleaned_data)
            else:
                actions.confirm(by=actor, order_id=order_id, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "結び付けました。" if act == "link" else "結果を確認しました。")
            return HttpResponseRedirect(reverse("order", args=[order_id]))
    try:
        order, runs = queries.work_order(actor, order_id)
    except WorkOrder.DoesNotExist as error:
        raise Http404 from error
    names = core.staff_names([order.requested_by, order.confirmed_by])
    blocks: list[Any] = [
        sheet.facts(
            "作業指示書", ("作業", BATCH_KINDS.get(order.kind, order.kind)), ("件名", order.title), ("指示の内容", order.instruction),
            ("適否の確認", order.suitability), ("予定日", order.planned_on), ("指示",
            sheet.act(order.requested_at, names[order.requested_by])),
            ("結果の確認", sheet.act(order.confirmed_at, names[order.confirmed_by])), ("結果", order.result), span=6,
        ),
        sheet.table(
            "承認", ("番号", "状態", "起案", "決裁"),
            [(cell(str(a.approval.pk), reverse("approval", args=[a.approval.pk])), a.approval.get_state_display(),
              sheet.act(a.approval.entered_at, a.entered_name), sheet.act(a.approval.decided_at, a.decided_name))
             for a in core.approvals_of(actor, actions.subject(order))], span=6,
        ),
        sheet.table("実行", RUN_HEADINGS, _run_rows(runs), empty="まだ実行されていません。この種類の次の実行が結び付きます。"),
    ]  # fmt: skip
    if order.state == WorkOrder.RUN and actor.may("order.approve"):
        blocks.append(Ask("結果の確認", result, [("confirm", "結果を確認した", False)], span=6))
    if order.state in (WorkOrder.APPROVED, WorkOrder.RUN) and actor.may("order.request"):
        blocks.append(Ask("実行を結び付ける", link, [("link", "結び付ける", False)], span=6))
    return sheet.show(request, Sheet(f"作業指示 {order.pk}", blocks, up=UP,
        marks=[Cell(order.get_state_display(), tone=TONES[order.state])]))


@screen("order.read")
def journal(request: StaffRequest) -> HttpResponse:
    """The 運用日誌 of a day, made for paper."""
    actor = request.actor
    day, wrong = _day(request)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.note(by=actor, on=request.business_date, day=day, text=form.cleaned_data["text"])
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "記事を書きました。")
            return HttpResponseRedirect(f"{reverse('journal')}?day={day.isoformat()}")
    found = queries.journal(actor, day, on=request.business_date)
    printing.printed(actor, "order.journal", row_count=len(found.runs), case={"day": day.isoformat()})
    names = core.staff_names([n.staff_no for n in found.notes])
    operations = dict(OPERATIONS)
    bad = sum(run.state == BatchRun.FAILED for run in found.runs)
    blocks: list[Any] = [Say("日付", wrong, "attention")] if wrong else []
    blocks += [
        sheet.facts(
            "概要", ("実行", f"{len(found.runs)}件（異常終了 {bad}件）"), ("作業指示のない実行", len(found.without_order)),
            ("ログイン", found.sign_ins), ("拒否・失敗した操作", found.failures), span=4,
        ),
        sheet.table("記事", ("日時", "職員", "記事"), [(n.at, names[n.staff_no], n.text) for n in found.notes], span=8,
        empty="記事はありません。"),
        sheet.table(
            "実行", (*RUN_HEADINGS, "条件の変更・中止・再作成の理由", "指示", "確認"),
            [(*row, run.message or run.parameters.get("reason", ""), *_ordered(found, run))
             for row, run in zip(_run_rows(found.runs), found.runs, strict=True)], empty="実行はありません。",
        ),
        sheet.table("処理・受付・消去の記録", ("機能", "操作", "件数"),
            [(function_title(function), operations.get(what, what), n) for function, what, n in found.operations], span=5),
        sheet.table(
            "抽出", ("番号", "提供先", "媒体", "行数", "実行者"),
            [(name(e.pk), e.recipient, e.medium.code, e.row_count, e.run.run_by) for e in found.extracts], span=7,
        ),
        sheet.table("バックアップ", ("日時", "種類", "合否", "ファイル"),
        [(b.at, b.get_kind_display(), b.ok, b.file_name) for b in found.backups]),
    ]  # fmt: skip
    if actor.may("order.request"):
        blocks.append(Ask("記事を書く", form, [("note", "書く", False)]))
    links = [("前の日", f"?day={date.fromordinal(day.toordinal() - 1)}"), ("次の日", f"?day={date.fromordinal(day.toordinal() + 1)}")]
    return sheet.show(request, Sheet(f"運用日誌　{era.long(day)}", blocks, up=UP[:1], links=links, paper=True))


def _ordered(found: queries.Journal, run: BatchRun) -> tuple[Any, Any]:
    """By which order a run was made, with the reason when it was tied to it afterwards, and who checked the result."""
    tie = found.ordered.get(run.pk)
    if tie is None:
        return (Cell("なし", tone="bad") if run.pk in found.without_order else "定時処理"), ""
    late = f"（{tie.reason}）" if tie.reason else ""
    return cell(f"{tie.order_id}{late}", reverse("order", args=[tie.order_id])), tie.order.confirmed_by or "未確認"


def _day(request: StaffRequest) -> tuple[date, str]:
    text = request.GET.get("day", "").strip()
    try:
        return (era.parse(text) if text else request.business_date), ""
    except ValueError as error:
        return request.business_date, str(error)
