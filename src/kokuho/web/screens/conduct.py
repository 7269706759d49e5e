"""Registers of conduct and the evidence of a period: self-inspection, audit, training, attestation, inquiries (OPS-01 … -04)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import conduct, era, evidence_pack
from kokuho.core.clock import fiscal_year
from kokuho.core.coded import CodedError
from kokuho.core.models import ConductRecord
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Sheet
from kokuho.web.screens.fields import EraDate, long_text

UP = (("安全管理", "/control/"), ("点検・研修・確認", "/control/conduct/"))
KINDS = dict(ConductRecord.KINDS)


class PackForm(forms.Form):
    """A period."""

    since = EraDate(label="期間（から）")
    until = EraDate(label="期間（まで）")


def record_form(kind: str) -> type[forms.Form]:
    """The form of a register."""
    fields: dict[str, Any] = {
        "topic": forms.ChoiceField(label="項目", choices=[(code, t["title"]) for code, t in conduct.topics(kind).items()]),
        "done_on": EraDate(label="実施日"),
    }
    if kind == ConductRecord.TRAINING:
        fields["staff_no"] = forms.CharField(label="受けた職員（職員番号）", max_length=20)
    fields |= {
        "result": long_text("結果", help_text="異常がなければその旨を書きます。結果のない登録はできません。"),
        "follow_up": long_text("措置", rows=2, required=False),
        "next_due": EraDate(label="次の期限", required=False, help_text="空のときは項目の間隔から決めます。"),
    }
    return type("RecordForm", (forms.Form,), fields)


def _state(due: conduct.Due) -> Cell:
    if due.last_on is None:
        return Cell("未実施", tone="bad")
    return Cell("期限経過", tone="bad") if due.overdue else Cell("期限内", tone="good")


@screen("conduct.read")
def index(request: StaffRequest) -> HttpResponse:
    """What is due, who lacks training, what was entered."""
    actor, on = request.actor, request.business_date
    due, lacking = conduct.schedule(actor, on=on), conduct.lacking(actor, on=on)
    done = conduct.records(actor, request.GET)
    blocks: list[Any] = [
        sheet.table(
            "期限", ("種類", "項目", "前回", "次の期限", ""),
            [(KINDS[d.kind], d.title, d.last_on, d.due_on, _state(d)) for d in due],
            span=7,
        ),
        sheet.table(
            "研修を受けていない職員", ("職員", "研修", "前回"),
            [(f"{lack.staff_no}　{lack.name}", lack.title, lack.last_on) for lack in lacking[:200]], span=5, empty="全員が受けています。",
        ),
        sheet.Rows(done, "登録はありません"),
    ]  # fmt: skip
    links = [("期間の証跡", reverse("evidence_pack"))]
    if actor.may("conduct.write"):
        links += [(f"{label}を登録する", reverse("conduct_new", args=[kind])) for kind, label in KINDS.items()]
    return sheet.show(request, Sheet("点検・研修・確認", blocks, up=UP[:1], links=links))


@screen("conduct.write")
def new(request: StaffRequest, kind: str) -> HttpResponse:
    """Enter what was carried out."""
    if kind not in KINDS:
        raise Http404
    form = record_form(kind)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            conduct.record(by=request.actor, on=request.business_date, kind=kind, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "登録しました。")
            return HttpResponseRedirect(reverse("conduct"))
    return sheet.show(request, Sheet(f"{KINDS[kind]}の登録", [Ask(KINDS[kind], form, [("save", "登録する", False)], span=8)], up=UP))


@screen("conduct.read")
def pack(request: StaffRequest) -> HttpResponse:
    """The evidence of a period, made for paper."""
    on = request.business_date
    start = date(fiscal_year(on), 4, 1)
    form = PackForm(request.GET if "since" in request.GET else None, initial={"since": era.short(start), "until": era.short(on)})
    blocks: list[Any] = [Ask("期間", form, [("show", "作る", False)], kind="look")]
    title = "期間の証跡"
    if form.is_bound and form.is_valid():
        since, until = form.cleaned_data["since"], form.cleaned_data["until"]
        title = f"期間の証跡　{era.long(since)}から{era.long(until)}まで"
        for section in evidence_pack.pack(request.actor, since=since, until=until, on=on):
            rows = [(label, Cell(f"{n:,}", numeric=True, tone="attention" if label in section.open and n else "")) for label,
                n in section.lines]
            blocks.append(sheet.table(f"{section.title}（{section.control}）", ("項目", "件数"), rows, span=4))
    return sheet.show(request, Sheet(title, blocks, up=UP, paper=True, intro="記録と登録簿から数えたものです。住民の情報は含みません。"))
