"""保存年限・消去: the plan, holds, the survey of a day, erasure orders from proposal to certificate."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import normalize

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import queries as core
from kokuho.core.approvals_here import MODES, period_words
from kokuho.core.coded import CodedError
from kokuho.core.models import ErasureOrder, RetentionHold
from kokuho.core.queries import keeping as queries
from kokuho.core.retention import archive, orders, rules
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Sheet, cell, name
from kokuho.jobs import queue
from kokuho.web import ordering
from kokuho.web.screens.fields import EraDate

UP = (("安全管理", "/control/"), ("保存年限・消去", "/control/keep/"))
TONES = {
    ErasureOrder.PROPOSED: "attention", ErasureOrder.RUNNING: "active", ErasureOrder.ERASED: "attention", ErasureOrder.PURGED: "good",
    ErasureOrder.VOID: "bad",
}  # fmt: skip
_PERIOD = re.compile(r"(\d{1,3})(年度|年|日)")
_SHAPE = "「5年度」「7年」「30日」「期限なし」"
_UNITS = {"年度": "fiscal_years", "年": "years", "日": "days"}


def _read_period(text: str) -> dict[str, Any]:
    """``5年度``, ``7年``, ``30日``, ``期限なし`` as a rule. Raises ValueError with a sentence."""
    text = normalize("NFKC", text).strip()
    if text == "期限なし":
        return {"unit": "none", "after": 0}
    if (found := _PERIOD.fullmatch(text)) is None:
        raise ValueError(f"{_SHAPE}のいずれかで入力してください。")
    return {"unit": _UNITS[found[2]], "after": int(found[1])}


def _started(category: rules.Category) -> str:
    return period_words({"unit": category.period.unit, "after": category.period.after})


def plan_form() -> type[forms.Form]:
    """A plan: a profile, and for each kind of record the period that differs from it."""
    fields: dict[str, Any] = {
        "profile": forms.ChoiceField(
            label="基にする型", choices=[(code, f"{told['source']}（{code}）") for code, told in rules.raw()["profiles"].items()]
        ),
        "reason": forms.CharField(label="理由（文書管理規程等）", max_length=200),
        "review_on": EraDate(label="見直し日"),
        "grace_days": forms.IntegerField(label="物理消去までの日数", min_value=0, max_value=3650, required=False,
        help_text="空は既定の日数"),
    }
    for code, category in rules.categories().items():
        fields[f"period_{code}"] = forms.CharField(
            label=category.title, max_length=10, required=False,
            help_text=f"{_SHAPE}。空は型のまま（初期値は{_started(category)}）。起算: {category.start}",
        )
    return type("PlanForm", (forms.Form,), fields)


class HoldForm(forms.Form):
    """A hold to be set."""

    atena_no = forms.IntegerField(label="宛名番号", min_value=1)
    kind = forms.ChoiceField(label="種類", choices=list(RetentionHold.KINDS.items()))
    category = forms.ChoiceField(label="分類", required=False)
    reason = forms.CharField(label="理由", max_length=200)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["category"].choices = [("", "すべての分類"), *((c, k.title) for c, k in rules.categories().items())]  # type: ignore[attr-defined]


class ProposeForm(forms.Form):
    """An erasure to be proposed."""

    category = forms.ChoiceField(label="分類")
    pressure = forms.CharField(label="容量圧迫の認定の理由", max_length=200, required=False,
        help_text="方式が「容量圧迫の認定と指示」のとき")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["category"].choices = [(c, k.title) for c, k in rules.categories().items()]  # type: ignore[attr-defined]


@screen("keep.read")
def index(request: StaffRequest) -> HttpResponse:
    """The plan in force and the erasure orders; the survey of today when it is asked for."""
    actor, on = request.actor, request.business_date
    plan, versions = queries.plans(actor)
    found = queries.erasures(actor, request.GET)
    known = rules.categories()
    rows = [
        sheet.row(cell(str(o.pk), reverse("erasure", args=[o.pk])), known[o.category].title, Cell(o.get_state_display(),
        tone=TONES[o.state]),
                  o.business_date, sum(o.counts.values()), sheet.act(o.ordered_at, o.ordered_by), o.purge_on)
        for o in found.rows
    ]  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    blocks: list[Any] = []
    if "survey" in request.GET:
        blocks.append(sheet.table(
            "消去できるもの（今日）", ("分類", "期間", "確度", "対象", "ファイル", "消去できないもの"),
            [(line.title, line.rule, line.certainty, line.subjects, line.files, "、".join(f"{why} {n:,}" for why,
            n in line.waiting.items()))
             for line in orders.survey(by=actor, on=on)],
        ))  # fmt: skip
    told = plan.rules if plan else {}
    version = "承認されたものはまだない"
    if plan:
        version = f"第{plan.pk}版　{MODES.get(plan.mode, plan.mode)}　見直し {cell(plan.review_on).text}"
    blocks.append(sheet.table(
        f"保存年限表（{version}）",
        ("分類", "起算", "保存期間", "根拠"),
        [(c.title, c.start, period_words(told[code]) if code in told else Cell("規則なし（消去しない）", tone="attention"),
          told[code]["reason"] if code in told else "—") for code, c in known.items()],
    ))  # fmt: skip
    blocks.append(Rows(found, "消去の指示はありません"))  # type: ignore[arg-type]
    if archives := archive.archives(actor):
        blocks.append(sheet.table(
            "消去の前に退避したもの", ("番号", "消去の指示", "日時", "行数", "保管の終わり", "経過"),
            [(a.pk, a.order_no, a.at, sum(a.counts.values()), a.keep_until,
              "、".join(f"{e.get_kind_display()}（{e.staff_no}）" for e in a.events.all())) for a in archives],
            note="中身は、権限のある職員が理由を入力し、運用の手引きの手順で見ます。",
        ))  # fmt: skip
    blocks.append(sheet.table("保存年限表の版", ("版", "型", "起案", "理由"),
                              [(name(p.pk), p.profile, sheet.act(p.entered_at, p.entered_by), p.reason) for p in versions]))  # fmt: skip
    links = [("保留", reverse("holds")), ("消去できるものを調べる", "?survey=1")]
    if actor.may("keep.order"):
        links += [("保存年限表を起案する", reverse("keep_plan")), ("消去を起案する", reverse("keep_propose"))]
    return sheet.show(request, Sheet("保存年限・消去", blocks, up=UP[:1], links=links))


@screen("keep.order")
def new_plan(request: StaffRequest) -> HttpResponse:
    """Propose a version of the plan."""
    form = plan_form()(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, changes = form.cleaned_data, {}
        for code, category in rules.categories().items():
            if text := given[f"period_{code}"].strip():
                try:
                    changes[code] = {**_read_period(text), "reason": given["reason"], "certainty": category.certainty}
                except ValueError as error:
                    form.add_error(f"period_{code}", str(error))
        if not form.errors:
            try:
                approval = orders.adopt(
                    by=request.actor, profile=given["profile"], reason=given["reason"], review_on=given["review_on"], changes=changes,
                    grace_days=given["grace_days"],
                )  # fmt: skip
            except CodedError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "保存年限表を起案しました。")
                return HttpResponseRedirect(reverse("approval", args=[approval.pk]))
    return sheet.show(request, Sheet("保存年限表の起案", [Ask("保存年限表", form, [("save", "起案する", False)], span=8)], up=UP))


@screen("keep.read")
def holds(request: StaffRequest) -> HttpResponse:
    """Holds, each with the way to lift it; setting one."""
    actor, on = request.actor, request.business_date
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            orders.hold(by=actor, on=on, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "保留を登録しました。")
            return HttpResponseRedirect(reverse("holds"))
    found, may = queries.holds(actor, request.GET), actor.may("keep.hold")
    lines = [
        sheet.row(name(h.pk), name(h.atena_no), h.get_kind_display(), _held(h), h.set_on, h.lifted_on, h.reason, h.set_by,
                  Cell("解除する", reverse("hold", args=[h.pk])) if may and h.lifted_on is None else "")
        for h in found.rows
    ]  # fmt: skip
    found.rows = lines  # type: ignore[assignment]
    blocks: list[Any] = [Rows(found, "保留はありません")]  # type: ignore[arg-type]
    if may:
        blocks.append(Ask("保留を登録する", form, [("hold", "登録する", False)], span=6))
    return sheet.show(request, Sheet("消去の保留", blocks, up=UP))


def _held(hold: RetentionHold) -> str:
    """What a hold keeps from erasure."""
    return rules.categories()[hold.category].title if hold.category else "すべての分類"


@screen("keep.hold")
def hold(request: StaffRequest, hold_id: int) -> HttpResponse:
    """One hold and the button that lifts it."""
    actor, on = request.actor, request.business_date
    try:
        found = queries.hold(actor, hold_id)
    except RetentionHold.DoesNotExist as error:
        raise Http404 from error
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            orders.lift(by=actor, on=on, hold_id=hold_id)
        except CodedError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"保留 {hold_id} を解除しました。")
        return HttpResponseRedirect(reverse("holds"))
    blocks: list[Any] = [sheet.facts(
        "保留", ("番号", name(found.pk)), ("宛名番号", name(found.atena_no)), ("保留の種類", found.get_kind_display()),
        ("消去しない記録", _held(found)), ("理由", found.reason), ("いつから", found.set_on), ("登録者", found.set_by),
        ("解除日", found.lifted_on), span=6,
    )]  # fmt: skip
    if found.lifted_on is None:
        blocks.append(Ask(
            "保留を解除する", form, [("lift", "解除する", True)], span=6,
            note="解除すると、保存年限の過ぎた記録は次の消去の起案から対象になります。ほかの保留が残る間は消去しません。",
        ))  # fmt: skip
    return sheet.show(request, Sheet("保留の解除", blocks, up=(*UP, ("消去の保留", reverse("holds")))))


@screen("keep.order")
def propose(request: StaffRequest) -> HttpResponse:
    """The dry run, put before a second person."""
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = orders.propose(by=request.actor, on=request.business_date, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "消去を起案しました。まだ何も消していません。")
            return HttpResponseRedirect(reverse("erasure", args=[made.pk]))
    ask = Ask("消去", form, [("save", "数えて起案する", False)], span=7,
        note="起案は対象と行を数えるだけです。承認の後に、消去を実行します。")
    return sheet.show(request, Sheet("消去の起案", [ask], up=UP))


@screen("keep.read")
def erasure(request: StaffRequest, order_id: int) -> HttpResponse:
    """An erasure order: its approval, its counts, running it, its records."""
    actor = request.actor
    if request.method == "POST":
        actor.require("keep.order")
        handed = queue.start_erasure(order_id, physical=request.POST.get("act") == "purge", by=actor)
        ordering.say(request, handed, "実行を受け付けました。")
        return HttpResponseRedirect(reverse("erasure", args=[order_id]))
    try:
        order, records = queries.erasure(actor, order_id)
    except ErasureOrder.DoesNotExist as error:
        raise Http404 from error
    approvals = core.approvals_of(actor, orders.subject(order))
    approved = any(a.approval.state == "approved" for a in approvals)
    rule = order.plan.rules[order.category]
    blocks: list[Any] = [
        sheet.facts(
            "消去", ("分類", rules.categories()[order.category].title), ("保存期間", period_words(rule)), ("基準日", order.business_date),
            ("起案", sheet.act(order.ordered_at, order.ordered_by)), ("ファイル", len(order.files)), ("物理消去日", order.purge_on), span=6,
        ),
        sheet.table("承認", ("番号", "状態", "起案", "決裁"), [
            (cell(str(a.approval.pk), reverse("approval", args=[a.approval.pk])), a.approval.get_state_display(),
             sheet.act(a.approval.entered_at, a.entered_name), sheet.act(a.approval.decided_at, a.decided_name)) for a in approvals],
             span=6),
        sheet.table("行数", ("表", "起案時", "消去した行"), [(t, n, order.erased.get(t)) for t, n in sorted(order.counts.items())], span=6),
        sheet.table("消去記録", ("日時", "段階", "対象", "消去しなかった対象", "承認者", "実行者"), [
            (r.at, r.get_step_display(), r.subjects, "、".join(f"{k} {v}" for k, v in r.left.items()), r.approved_by, r.operated_by)
            for r in records], span=6),
    ]  # fmt: skip
    if actor.may("keep.order") and approved:
        if order.state in (ErasureOrder.PROPOSED, ErasureOrder.RUNNING):
            blocks.append(Ask("論理消去", forms.Form(), [("run", "承認された消去を実行する", True)],
                note="すべての機能からただちに見えなくなります。"))
        elif order.state == ErasureOrder.ERASED and order.purge_on and order.purge_on <= request.business_date:
            blocks.append(Ask("物理消去", forms.Form(), [("purge", "物理消去する", True)], note="元に戻せません。"))
    links = [("消去記録を印刷する", reverse("erasure_certificate", args=[order_id]))] if records else []
    marks = [Cell(order.get_state_display(), tone=TONES[order.state])]
    return sheet.show(request, Sheet(f"消去 {order.pk}", blocks, up=UP, links=links, marks=marks))


@screen("keep.read")
def certificate(request: StaffRequest, order_id: int) -> HttpResponse:
    """消去記録 for paper."""
    try:
        text = orders.certificate(by=request.actor, order_id=order_id)
    except orders.KeepError as error:
        raise Http404 from error
    head, *lines = text.split("\n")
    table = sheet.table("消去記録", ("内容",), [(line,) for line in lines], note="この記録に個人の情報は含まれません。")
    return sheet.show(request, Sheet(head, [table], up=(*UP, (f"消去 {order_id}", reverse("erasure", args=[order_id]))), paper=True))

