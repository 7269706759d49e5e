"""開示・訂正・利用停止: requests, decisions, the print of everything held about one person (OPS-06)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import disclosure, dossier
from kokuho.core import queries as core
from kokuho.core.access import items
from kokuho.core.coded import CodedError
from kokuho.core.models import DisclosureRequest, UseSuspension
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Say, Sheet, cell, name
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening
from kokuho.desks.people.screens.named import PersonField
from kokuho.web.screens.fields import EraDate, long_text

UP = (("安全管理", "/control/"), ("開示等の請求", "/control/disclosure/"))
TONES = {"open": "attention", "proposed": "attention", "granted": "good", "refused": "quiet"}


class ReceiveForm(forms.Form):
    """A request."""

    kind = forms.ChoiceField(label="請求", choices=DisclosureRequest.KINDS)
    atena_no = PersonField(label="宛名番号")
    requester = forms.ChoiceField(label="請求者", choices=DisclosureRequest.REQUESTERS)
    identity = forms.CharField(label="本人確認の方法", max_length=120)
    received_on = EraDate(label="受付日")
    scope = long_text("請求の内容")
    with_accesses = forms.BooleanField(label="閲覧の記録も求めている", required=False)


class DecisionForm(forms.Form):
    """The decision of the second person."""

    reason = long_text("決定の理由", rows=2)


def proposal_form(request: DisclosureRequest, counts: dict[str, int]) -> type[forms.Form]:
    """What is proposed: which tables are withheld and why, or which item is suspended."""
    fields: dict[str, Any] = {"proposal": long_text("決定案", help_text="訂正では、訂正の前後と、知らせた提供先を書きます。")}
    if request.kind == DisclosureRequest.DISCLOSE:
        chosen = [(t.code, f"{t.title}（{counts[t.code]:,}行）") for t in dossier.tables() if t.code in counts and t.kind != dossier.RECORD]
        fields["withheld"] = forms.MultipleChoiceField(
            label="不開示とする部分", choices=chosen, required=False, widget=forms.CheckboxSelectMultiple
        )
        fields["why"] = forms.CharField(label="不開示の理由", max_length=200, required=False,
            help_text="個人情報の保護に関する法律第78条の各号")
    if request.kind == DisclosureRequest.SUSPEND:
        fields["item"] = forms.ChoiceField(label="利用を停止する情報項目", choices=list(items().items()))
    return type("ProposalForm", (forms.Form,), fields)


@screen("disclosure.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Requests, newest first."""
    actor, on = request.actor, request.business_date
    found = disclosure.requests(actor, request.GET)
    rows = [
        sheet.row(cell(str(r.pk), reverse("disclosure", args=[r.pk])), r.get_kind_display(), name(r.atena_no), r.get_requester_display(),
                  r.received_on, Cell(cell(r.due_on).text, tone="bad" if r.due_on < on and r.state in ("open", "proposed") else ""),
                  Cell(r.get_state_display(), tone=TONES[r.state]))
        for r in found.rows
    ]  # fmt: skip
    found.rows = rows  # type: ignore[assignment]
    links = [("請求を受け付ける", reverse("disclosure_new"))] if actor.may("disclosure.manage") else []
    blocks = [Rows(found, "請求はありません")]  # type: ignore[arg-type]
    return sheet.show(request, Sheet("開示等の請求", blocks, up=UP[:1], links=links))


@screen("disclosure.manage")
def new(request: StaffRequest) -> HttpResponse:
    """Enter a request."""
    form = ReceiveForm(request.POST or None, initial={"received_on": request.business_date})
    if request.method == "POST" and form.is_valid():
        try:
            made = disclosure.receive(by=request.actor, on=request.business_date, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "請求を受け付けました。")
            return HttpResponseRedirect(reverse("disclosure", args=[made.pk]))
    return sheet.show(request, Sheet("請求の受付", [Ask("請求", form, [("save", "受け付ける", False)], span=8)], up=UP))


def _named(request: StaffRequest, atena_no: int) -> str:
    """Whose request it is; of a protected person only that it is one."""
    if not request.actor.may("person.read"):
        return ""
    if people.protected_among([atena_no]):
        return "支援措置対象者"
    found = people.persons(request.actor, [atena_no], on=request.business_date).get(atena_no)
    return f"{found.name}（{found.kana}）" if found else ""


@screen("disclosure.read")
def detail(request: StaffRequest, request_id: int) -> HttpResponse:
    """A request: what is held, the proposal, the decision, what is suspended."""
    actor, on = request.actor, request.business_date
    try:
        asked, counts, suspended = disclosure.request(actor, request_id)
    except DisclosureRequest.DoesNotExist as error:
        raise Http404 from error
    act = request.POST.get("act", "")
    proposal = proposal_form(asked, dict(counts))(request.POST if act == "propose" else None)
    decision = DecisionForm(request.POST if act in ("grant", "refuse") else None)
    form: forms.Form = proposal if act == "propose" else decision
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if act == "propose":
                withheld = [(code, given.get("why", "")) for code in given.get("withheld", ())]
                disclosure.propose(by=actor, request_id=request_id, proposal=given["proposal"], withheld=withheld,
                    item=given.get("item", ""))
            else:
                disclosure.decide(by=actor, on=on, request_id=request_id, grant=act == "grant", reason=given["reason"])
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "決定案を登録しました。" if act == "propose" else "決定しました。")
            return HttpResponseRedirect(reverse("disclosure", args=[request_id]))
    blocks: list[Any] = _asked(request, asked)
    if asked.state in ("open", "proposed") and actor.may("disclosure.manage"):
        blocks.append(Ask("決定案", proposal, [("propose", "決定案を登録する", False)], span=7))
    if asked.state == "proposed" and actor.may("disclosure.approve"):
        blocks.append(Ask("決定", decision, [("grant", "認める", False), ("refuse", "認めない", True)], span=5,
            note="受け付けた本人は決定できません。"))
    blocks.append(sheet.table(
        "保有する情報", ("表", "種類", "行数"),
        [(t.title, dossier.KIND_WORDS[t.kind], counts[t.code]) for t in dossier.tables() if t.code in counts], span=6,
    ))  # fmt: skip
    blocks += _suspended(request, suspended)
    links = []
    if asked.kind == DisclosureRequest.DISCLOSE and asked.state == DisclosureRequest.GRANTED and actor.may("disclosure.manage"):
        links.append(("開示する情報を印刷する", reverse("disclosure_print", args=[request_id])))
    if asked.kind == DisclosureRequest.CORRECT and asked.state == DisclosureRequest.GRANTED and actor.may("disclosure.manage"):
        links.append(("訂正の前後と提供先への通知", reverse("disclosure_correction", args=[request_id])))
    marks = [Cell(asked.get_state_display(), tone=TONES[asked.state])]
    return sheet.show(request, Sheet(f"開示等の請求 {asked.pk}", blocks, up=UP, links=links, marks=marks))


def _asked(request: StaffRequest, asked: DisclosureRequest) -> list[Any]:
    """What is asked for, and what was proposed and decided."""
    names = core.staff_names([asked.registered_by, asked.decided_by])
    withheld_words = [f"{t.title}：{why}" for code, why in asked.withheld if (t := dossier.table(code)) is not None]
    return [
        sheet.facts(
            "請求", ("請求", asked.get_kind_display()), ("宛名番号", name(asked.atena_no)), ("氏名", _named(request, asked.atena_no)),
            ("請求者", asked.get_requester_display()),
            ("本人確認", asked.identity), ("受付日", asked.received_on), ("決定の期限", asked.due_on), ("内容", asked.scope),
            ("閲覧の記録", "求めている" if asked.with_accesses else "求めていない"), ("受付",
            sheet.act(asked.registered_at, names[asked.registered_by])), span=6,
        ),
        sheet.facts(
            "決定", ("決定案", asked.proposal), ("不開示とする部分", withheld_words), ("利用を停止する情報項目", items().get(asked.item)),
            ("決定", f"{cell(asked.decided_on).text}　{names[asked.decided_by]}" if asked.decided_by else None), ("理由", asked.reason),
            span=6,
        ),
    ]  # fmt: skip


def _suspended(request: StaffRequest, suspended: Sequence[UseSuspension]) -> list[Any]:
    """The suspensions of the person; whoever decides may lift each that holds."""
    known = items()
    blocks: list[Any] = [sheet.table(
        "利用停止", ("番号", "情報項目", "開始", "解除"),
        [(name(s.pk), known.get(s.item, s.item), s.since, s.lifted_on) for s in suspended], span=6,
    )]  # fmt: skip
    if request.actor.may("disclosure.approve"):
        blocks += [
            Ask(f"利用停止 {s.pk} の解除", forms.Form(), [("lift", "解除する", True)], action=reverse("suspension_lift", args=[s.pk]),
                span=6)
            for s in suspended if s.lifted_on is None
        ]  # fmt: skip
    return blocks


@screen("disclosure.manage")
def print_out(request: StaffRequest, request_id: int) -> HttpResponse:
    """Everything held about the person, for paper."""
    actor = request.actor
    try:
        asked, _, _ = disclosure.request(actor, request_id)
        protected = people.protected_among([asked.atena_no])
        if alert := opening.alert(request, sorted(protected)):
            return alert
        found = disclosure.print_out(actor, request_id, protected=bool(protected))
    except DisclosureRequest.DoesNotExist as error:
        raise Http404 from error
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("disclosure", args=[request_id]))
    blocks: list[Any] = []
    if found.hidden:
        blocks.append(Say("一部を除いています", "支援措置のため、居所・連絡先に当たる項目を除いています。", "attention"))
    blocks.append(sheet.facts("対象", ("宛名番号", name(asked.atena_no)), ("個人番号", found.number), ("受付日", asked.received_on),
                              ("決定日", asked.decided_on), ("請求者", asked.get_requester_display())))  # fmt: skip
    for part in found.parts:
        if part.withheld:
            blocks.append(sheet.table(part.table.title, (), [], empty=f"不開示：{part.withheld}"))
            continue
        lines = [(n, Cell("\n".join(f"{v.label}　{v.text}" for v in row if v.text != "—"), fine=True)) for n,
            row in enumerate(part.rows, start=1)]
        note = f"ほかに{part.more:,}行あります。" if part.more else ""
        blocks.append(sheet.table(f"{part.table.title}（{dossier.KIND_WORDS[part.table.kind]}）", ("", "内容"), lines, note=note))
    blocks.append(sheet.table("ファイルで提供したもの", ("日時", "提供先", "目的"), found.copies))
    if asked.with_accesses:
        blocks.append(sheet.table("閲覧等の記録", ("日時", "所属", "事務", "機能", "操作"),
                                  [(r.at, r.unit, r.duty, r.function, r.operation) for r in found.accesses]))  # fmt: skip
    up = (*UP, (f"開示等の請求 {request_id}", reverse("disclosure", args=[request_id])))
    return sheet.show(request, Sheet("保有する個人情報", blocks, up=up, paper=True))


@screen("disclosure.approve")
@require_POST
def lift(request: StaffRequest, suspension_id: int) -> HttpResponse:
    """End a 利用停止."""
    try:
        found = disclosure.lift(by=request.actor, on=request.business_date, suspension_id=suspension_id)
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("disclosures"))
    messages.success(request, "利用停止を解除しました。")
    return HttpResponseRedirect(reverse("disclosure", args=[found.request_id]))
