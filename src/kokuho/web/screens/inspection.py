"""Looking into the operation record: matching with paper, inspections, marks and the analysis behind them (LOG-05 … -07)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import inspection, printing
from kokuho.core import queries as core
from kokuho.core.coded import CodedError
from kokuho.core.functions import function_title
from kokuho.core.models import AuditRecord, MarkDisposition
from kokuho.core.queries import marks as mark_queries
from kokuho.core.queries.records import OPERATIONS, RESULTS
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Say, Sheet, cell, name
from kokuho.web.screens.fields import EraDate, long_text

UP = (("安全管理", "/control/"),)


class SampleForm(forms.Form):
    """A period, a size, and the seed that draws the same sample again."""

    since = EraDate(label="期間（から）")
    until = EraDate(label="期間（まで）")
    size = forms.IntegerField(label="標本の数", min_value=1, max_value=500, initial=50)
    seed = forms.IntegerField(label="同じ標本を引く番号", required=False, help_text="空のときは新しく引きます。")


class InspectionForm(forms.Form):
    """An inspection that was carried out."""

    period_from = EraDate(label="対象期間（から）")
    period_until = EraDate(label="対象期間（まで）")
    sample_size = forms.IntegerField(label="標本の数", min_value=0)
    matched = forms.IntegerField(label="書面と一致した数", min_value=0)
    findings = long_text("結果", help_text="異常がなければその旨を書きます。")
    follow_up = long_text("措置", required=False, rows=2)


class MarkForm(forms.Form):
    """A decision about a mark."""

    outcome = forms.ChoiceField(label="判断", choices=MarkDisposition.OUTCOMES)
    reason = long_text("理由", rows=2, limit=300)


@screen("audit.read")
def sample(request: StaffRequest) -> HttpResponse:
    """A random sample of accesses, printed for matching with 受付票・申請書."""
    on = request.business_date
    start = {"since": cell(on - timedelta(days=30)).text, "until": cell(on).text, "size": 50}
    form = SampleForm(request.GET if "size" in request.GET else None, initial=start)
    blocks: list[Any] = []
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        seed, drawn = inspection.sample(request.actor, since=given["since"], until=given["until"], size=given["size"], seed=given["seed"])
        printing.printed(request.actor, "audit.sample", row_count=len(drawn), case={"seed": seed})
        rows = [
            (n, s.record.at, f"{s.record.staff_no}　{s.record.staff_name}", s.record.terminal, function_title(s.record.function),
             "、".join(map(str, s.record.persons[:5])), Cell(s.case) if s.case else Cell("受付番号なし", tone="attention"),
             s.record.reason, "□一致　□不一致")
            for n, s in enumerate(drawn, start=1)
        ]  # fmt: skip
        without = sum(not s.case for s in drawn)
        blocks.append(sheet.table(
            "標本", ("番号", "日時", "職員", "端末", "機能", "宛名番号", "受付番号等", "理由", "書面"), rows,
            note=f"{len(drawn)}件、受付番号のないもの {without}件。同じ標本を引く番号 {seed}。点検者　　　　　　　　　点検日　　　　　　",
        ))  # fmt: skip
    sheet_ = Sheet("書面との突合", [_get(form), *blocks], up=UP, paper=True,
        intro="期間の閲覧から無作為に引いた標本を、受付票・申請書と突き合わせます。")
    return sheet.show(request, sheet_)


def _get(form: SampleForm) -> Ask:
    return Ask("標本を引く", form, [("draw", "引く", False)], kind="look")


@screen("audit.read")
def inspections(request: StaffRequest) -> HttpResponse:
    """When the next inspection is due, those carried out, and recording one."""
    actor, on = request.actor, request.business_date
    form = InspectionForm(request.POST or None)
    if request.method == "POST":
        actor.require("audit.inspect")
        if form.is_valid():
            try:
                inspection.inspect(by=actor, on=on, **form.cleaned_data)
            except CodedError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "点検を記録しました。")
                return HttpResponseRedirect(reverse("inspections"))
    plan = inspection.schedule(actor, on=on)
    done = inspection.inspections(actor, since=on - timedelta(days=730), until=on)
    names = core.staff_names([i.inspected_by for i in done])
    blocks: list[Any] = []
    if plan.overdue:
        blocks.append(Say("期限経過", f"点検の期限は {cell(plan.due_on).text} でした。点検して記録してください。", "bad"))
    if plan.escalated:
        blocks.append(Say("所属長へ", f"期限までに処理されていない印が {len(plan.escalated)}件あります。", "bad"))
    blocks.append(sheet.facts(
        "点検の予定", ("前回", plan.last.inspected_on if plan.last else None), ("次の期限", plan.due_on), ("処理を待つ印", plan.open_marks),
        span=4,
    ))  # fmt: skip
    if actor.may("audit.inspect"):
        blocks.append(Ask("点検の結果を記録する", form, [("save", "記録する", False)], span=8))
    blocks.append(sheet.table(
        "行った点検（2年）", ("点検日", "対象期間", "点検者", "標本", "一致", "結果", "措置"),
        [(i.inspected_on, f"{cell(i.period_from).text}～{cell(i.period_until).text}", names[i.inspected_by], i.sample_size, i.matched,
          i.findings, i.follow_up) for i in reversed(done)],
    ))  # fmt: skip
    links = [("書面との突合", reverse("audit_sample")), ("分析と印", reverse("marks"))]
    return sheet.show(request, Sheet("操作記録の点検", blocks, up=UP, links=links))


@screen("audit.read")
def marks(request: StaffRequest) -> HttpResponse:
    """The marks of the daily analysis, those that wait first, and the rules that made them."""
    actor, on = request.actor, request.business_date
    found = mark_queries.marks(actor, request.GET, on=on, url=lambda pk: reverse("mark", args=[pk]))
    counted = mark_queries.mark_counts(actor, since=on - timedelta(days=90))
    blocks = [
        sheet.Rows(found, empty="該当する印はありません。"),
        sheet.table(
            "分析の規則", ("規則", "この数から", "90日の印"),
            [(rule["title"], rule["at_least"], counted.get(code, 0)) for code, rule in mark_queries.rules().items()],
            note="分析は毎日、定時処理が行います。印は、別の職員の判断を求めるものです。",
        ),
    ]  # fmt: skip
    return sheet.show(request, Sheet("分析と印", blocks, up=UP))


@screen("audit.read")
def mark(request: StaffRequest, mark_id: int) -> HttpResponse:
    """A mark with the records behind it; somebody else than the marked person decides."""
    actor = request.actor
    form = MarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            inspection.dispose(by=actor, mark_id=mark_id, **form.cleaned_data)
            messages.success(request, "印を処理しました。")
        except CodedError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("marks"))
    found = inspection.mark(actor, mark_id)
    if found is None:
        messages.error(request, f"印 {mark_id} はありません。")
        return HttpResponseRedirect(reverse("marks"))
    operations, results = dict(OPERATIONS), dict(RESULTS)
    records = list(AuditRecord.objects.filter(pk__in=found.records[:200]).order_by("at"))
    names = core.staff_names([found.staff_no])
    done = getattr(found, "disposition", None)
    blocks: list[Any] = [
        sheet.facts("印", ("日", found.day), ("規則", mark_queries.rules().get(found.rule, {}).get("title", found.rule)), ("職員",
        names[found.staff_no]),
                    ("数", found.figure), ("判断", f"{done.get_outcome_display()}：{done.reason}" if done else "まだ"), span=5),
    ]  # fmt: skip
    if done is None and actor.may("audit.inspect") and actor.staff_no != found.staff_no:
        blocks.append(Ask("判断", form, [("save", "判断を記録する", False)], span=7))
    blocks.append(sheet.table(
        "もとになった操作記録", ("日時", "端末", "機能", "操作", "結果", "宛名番号", "件数", "理由"),
        [(r.at, r.terminal, function_title(r.function), operations.get(r.operation, r.operation),
          results.get(r.result, r.result), name("、".join(map(str, r.persons[:5]))), r.row_count,
        r.reason) for r in records],
        note="先頭の200件まで。",
    ))  # fmt: skip
    return sheet.show(request, Sheet(f"印 {found.pk}", blocks, up=(*UP, ("分析と印", reverse("marks")))))
