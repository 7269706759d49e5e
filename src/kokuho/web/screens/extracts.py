"""Extracts: apply, see how far it is, let it run once, receive the passphrase. The file itself never comes to a screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core import queries as core
from kokuho.core.coded import CodedError
from kokuho.core.extracts import applications, catalogue, running
from kokuho.core.extracts.catalogue import FORMS, Definition
from kokuho.core.models import Extract
from kokuho.core.queries import extracts as queries
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Rows, Say, Sheet, cell, name
from kokuho.jobs import queue
from kokuho.web import ordering
from kokuho.web.screens.fields import EraDate

TONES = {
    Extract.APPLIED: "attention", Extract.APPROVED: "active", Extract.RETURNED: "bad", Extract.RUNNING: "active",
    Extract.READY: "attention", Extract.WRITTEN: "good", Extract.ERASED: "quiet", Extract.FAILED: "bad",
}  # fmt: skip
UP = (("抽出", "/extracts/"),)


def _state(extract: Extract) -> Cell:
    return Cell(extract.get_state_display(), tone=TONES[extract.state])


def _title(code: str) -> str:
    known = catalogue.definitions().get(code)
    return known.title if known else code


NO_MEDIUM = (
    "抽出したファイルは、電子媒体管理簿にある使用できる媒体にだけ書き込みます。媒体管理の担当に、媒体の登録か返却の記入を依頼してから、"
    "もう一度開いてください。"
)


def application_form(definition: Definition, media: Sequence[tuple[str, str]]) -> type[forms.Form]:
    """The form of one definition: its items and conditions, and what every application says."""
    fields: dict[str, Any] = {
        "purpose": forms.CharField(label="目的", max_length=300, widget=forms.Textarea(attrs={"rows": 2})),
        "legal_basis": forms.ChoiceField(label="法令の根拠", choices=[(b, b) for b in catalogue.raw()["legal_bases"]]),
        "items": forms.MultipleChoiceField(
            label="項目", choices=[(i.code, i.label) for i in definition.items.values()], widget=forms.CheckboxSelectMultiple,
            help_text="必要な項目だけを選びます。",
        ),
    }  # fmt: skip
    for condition in definition.conditions.values():
        hint = "R8.4.1" if condition.type == "date" else "2026"
        fields[f"condition_{condition.code}"] = forms.CharField(
            label=condition.label, max_length=20, widget=forms.TextInput(attrs={"placeholder": hint, "autocomplete": "off"})
        )
    fields |= {
        "recipient": forms.CharField(label="提供先", max_length=120),
        "form": forms.ChoiceField(label="形式", choices=[(code, FORMS[code]) for code in catalogue.forms()]),
        "medium": forms.ChoiceField(label="媒体", choices=list(media), help_text="電子媒体管理簿にある、使用できる媒体です。"),
        "use_by": EraDate(label="実行期限", help_text=f"今日から{applications.LONGEST_WAIT.days}日以内。"),
    }
    return type("ApplicationForm", (forms.Form,), fields)


@screen("extract.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Applications, newest first."""
    found = queries.extracts(request.actor, request.GET)
    found.rows = [
        sheet.row(  # type: ignore[misc]
            name(e.pk), cell(_title(e.definition), reverse("extract", args=[e.pk])), e.purpose, e.recipient, e.medium.code,
            _state(e), e.applied_at, e.use_by, e.row_count,
        )
        for e in found.rows
    ]  # fmt: skip
    links = [("抽出を依頼する", reverse("extract_new"))] if request.actor.may("extract.apply") else []
    return sheet.show(request, Sheet(
        "抽出", [Rows(found, "抽出処理依頼はありません")], links=links,  # type: ignore[arg-type]
        intro="住民の情報をファイルで取り出すのは、承認された依頼による一度だけの処理です。画面からファイルに保存することはできません。",
    ))  # fmt: skip


@screen("extract.apply")
def choose(request: StaffRequest) -> HttpResponse:
    """The registered extracts that the reader may apply for."""
    rows = [
        (cell(d.title, reverse("extract_apply", args=[d.code])), d.about, [i.label for i in d.items.values()], _protection(d))
        for d in catalogue.definitions().values()
        if request.actor.may(d.needs)
    ]
    table = sheet.table("登録された抽出", ("抽出", "内容", "項目", "支援措置対象者"), rows,
        note="ここにない抽出は、抽出定義の登録が必要です。")
    return sheet.show(request, Sheet("抽出の依頼", [table], up=UP))


def _protection(definition: Definition) -> str:
    return {"leave_out": "行を除く", "mask": "住所等を伏せる", "": "個人を識別しない"}[definition.protected]


@screen("extract.apply")
def apply(request: StaffRequest, code: str) -> HttpResponse:
    """Apply for one of them."""
    definition = catalogue.definitions().get(code)
    if definition is None:
        raise Http404
    request.actor.require(definition.needs)
    form = application_form(definition, queries.usable_media())(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = applications.apply(
                by=request.actor, on=request.business_date, definition=code, purpose=given["purpose"], legal_basis=given["legal_basis"],
                items=given["items"], conditions={c: given[f"condition_{c}"] for c in definition.conditions},
                recipient=given["recipient"], form=given["form"], medium=given["medium"], use_by=given["use_by"],
            )  # fmt: skip
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "抽出を依頼しました。別の職員の承認を待ちます。")
            return HttpResponseRedirect(reverse("extract", args=[made.pk]))
    title = f"抽出の依頼: {definition.title}"
    if not queries.usable_media():
        none = Say("書き込む媒体がありません", NO_MEDIUM, "attention")
        return sheet.show(request, Sheet(title, [none], up=UP))
    return sheet.show(request, Sheet(title, [Ask(definition.about, form, [("apply", "依頼する", False)], span=8)], up=UP))


@screen("extract.read")
def detail(request: StaffRequest, extract_id: int) -> HttpResponse:
    """One application with its approval, its run and what became of the file."""
    actor = request.actor
    try:
        extract = queries.extract(actor, extract_id)
    except Extract.DoesNotExist as error:
        raise Http404 from error
    approvals = core.approvals_of(actor, applications.subject(extract))
    run = getattr(extract, "run", None)
    names = core.staff_names([extract.applied_by, extract.written_by, extract.passphrase_shown_to, run.run_by if run else ""])
    definition = catalogue.definitions().get(extract.definition)
    labels = [definition.items[code].label if definition and code in definition.items else code for code in extract.items]
    blocks: list[Any] = []
    if extract.state == Extract.APPROVED and actor.may("extract.run"):
        blocks.append(Ask(
            "実行", forms.Form(), [("run", "この抽出を実行する", False)], action=reverse("extract_run", args=[extract.pk]),
            note="実行は一度だけです。途中で止まったときも、やり直すには新しい依頼が必要です。",
        ))  # fmt: skip
    if extract.passphrase is not None and extract.applied_by == actor.staff_no and extract.form != catalogue.OPEN:
        blocks.append(Ask(
            "パスフレーズ", forms.Form(), [("show", "パスフレーズを表示する", False)], action=reverse("extract_passphrase",
            args=[extract.pk]),
            note="表示は一度だけです。媒体とは別の方法（電話など）で提供先に伝えてください。",
        ))  # fmt: skip
    if extract.state == Extract.READY:
        blocks.append(Say("引渡し待ち",
            f"媒体 {extract.medium.code} に書き込んでください（手順は運用の手引き）。"
                                   f"{cell(extract.erase_by).text} までに書き込まないときは消去します。", "attention"))  # fmt: skip
    blocks += [
        sheet.facts(
            "依頼", ("抽出", _title(extract.definition)), ("目的", extract.purpose), ("法令の根拠", extract.legal_basis), ("項目", labels),
            ("条件", catalogue.condition_words(extract.definition, extract.conditions) if definition else str(extract.conditions)),
            ("提供先", extract.recipient), ("形式", FORMS.get(extract.form, extract.form)), ("媒体", extract.medium.code),
            ("実行期限", extract.use_by), ("申請", sheet.act(extract.applied_at, names[extract.applied_by])), span=6,
        ),
        sheet.facts(
            "実行と引渡し", ("実行", sheet.act(run.started_at, names[run.run_by]) if run else None), ("行数", extract.row_count),
            ("人数", extract.persons), ("支援措置により除いた行", extract.left_out), ("支援措置により伏せた行", extract.masked),
            ("利用停止により除いた行", extract.suspended),
            ("SHA-256", Cell(extract.sha256 or "—", code=True)), ("バイト数", extract.size),
            ("パスフレーズの表示", sheet.act(extract.passphrase_shown_at, names[extract.passphrase_shown_to])),
            ("媒体への書込み", sheet.act(extract.written_at, names[extract.written_by])),
            ("ファイルの消去", extract.erased_at), ("メッセージ", extract.message), span=6,
        ),
        sheet.table(
            "承認", ("番号", "状態", "起案", "決裁", "意見"),
            [(name(a.approval.pk), a.approval.get_state_display(), f"{cell(a.approval.entered_at).text}　{a.entered_name}",
              f"{cell(a.approval.decided_at).text}　{a.decided_name}", a.approval.reason) for a in approvals],
        ),
    ]  # fmt: skip
    return sheet.show(request, Sheet(f"抽出 {extract.pk}", blocks, up=UP, marks=[_state(extract)]))


@screen("extract.run")
@require_POST
def run(request: StaffRequest, extract_id: int) -> HttpResponse:
    """Hand an approved extract to a worker."""
    ordering.say(request, queue.start_extract(extract_id, by=request.actor), "実行を受け付けました。終わると行数が出ます。")
    return HttpResponseRedirect(reverse("extract", args=[extract_id]))


@screen("extract.apply")
@require_POST
def passphrase(request: StaffRequest, extract_id: int) -> HttpResponse:
    """Show the passphrase, once."""
    try:
        found = running.passphrase(by=request.actor, extract_id=extract_id)
    except Extract.DoesNotExist as error:
        raise Http404 from error
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("extract", args=[extract_id]))
    block = sheet.facts("パスフレーズ", ("抽出", name(extract_id)), ("パスフレーズ", Cell(found, code=True)),
                        note="この画面を離れると、もう表示できません。紙に写すときは、媒体と別に保管してください。")  # fmt: skip
    return sheet.show(request, Sheet("パスフレーズの表示", [block],
        up=(*UP, (f"抽出 {extract_id}", reverse("extract", args=[extract_id])))))
