"""送信ファイル: the list, one file with who is in it, and the steps that bring it out."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.access import Actor
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Cell, Sheet
from kokuho.exchange import outbox, queries
from kokuho.exchange.models import OutboxFile


class StepForm(forms.Form):
    """Why a step is taken; the steps that need a reason refuse an empty one."""

    reason = forms.CharField(label="理由", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(forms.Form):
    """What the receiver said about a file."""

    receipt = forms.CharField(label="受領番号・受領者", max_length=100)
    accepted = forms.IntegerField(label="受理件数", min_value=0)
    rejected = forms.IntegerField(label="エラー件数", min_value=0)


@screen("exchange.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Files, newest first."""
    found, allowed = queries.outbox(request.actor, request.GET), outbox.may_release(request.actor)
    releasable = allowed and any(row.file.state == OutboxFile.PREPARED and not row.own for row in found.rows)
    return render(request, "exchange/outbox.html", {"list": found, "may_release": allowed, "releasable": releasable})


@screen("exchange.read")
def detail(request: StaffRequest, file_id: int) -> HttpResponse:
    """One file: receiver, ground, counts, the persons in it, and the next step."""
    actor = request.actor
    answer = AnswerForm(request.POST if request.POST.get("act") == "answer" else None)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (request.POST.get("act") != "answer" or answer.is_valid()):
        try:
            done = _step(request, actor, file_id, form, answer)
        except CodedError as error:
            form.add_error(None, f"{error.code} {error}")
        except OutboxFile.DoesNotExist as error:
            raise Http404 from error
        else:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("exchange:outbox_file", args=[file_id]))
    with page(actor, "exchange.outbox_file", file=file_id):
        try:
            row = queries.outbox_file(actor, file_id)
        except OutboxFile.DoesNotExist as error:
            raise Http404 from error
        found = None
        if actor.may("person.read"):
            found = queries.records(actor, request.GET, file_id, on=request.business_date)
        rule = queries.rule(actor, row.file.rule_id, on=request.business_date) if actor.may("registry.read") else None
        replaced = queries.replaced_in(actor, file_id)
    context = {
        "row": row, "list": found, "rule": rule, "form": form, "answer": answer, "may_release": outbox.may_release(actor),
        "replaced": replaced, "tells": outbox.tells(actor, row.file),
    }  # fmt: skip
    return render(request, "exchange/outbox_file.html", context, status=422 if form.errors or answer.errors else 200)


def _step(request: StaffRequest, actor: Actor, file_id: int, form: StepForm, answer: AnswerForm) -> str:
    """Take the step that was asked for; the action asks for the right."""
    on, act, given = request.business_date, request.POST.get("act"), form.cleaned_data
    if act == "release":
        outbox.release(by=actor, on=on, file_id=file_id)
        return "内容と提供先の確認を記録しました。送信できます。"
    if act == "send":
        outbox.hand_over(by=actor, on=on, file_id=file_id)
        return "引き渡しました。移転・提供の記録を残しました。"
    if act == "answer":
        outbox.answer(by=actor, file_id=file_id, **answer.cleaned_data)
        return "結果を照合しました。引き渡しフォルダーの写しを消しました。"
    if act == "resend":
        again = outbox.resend(by=actor, on=on, file_id=file_id, reason=given["reason"])
        return f"再送を準備しました（送信番号 {again.pk}）。別の職員の確認を待ちます。"
    outbox.withdraw(by=actor, file_id=file_id, reason=given["reason"])
    return "取り下げました。載っていた内容は、次に作る差分にまた入ります。"


@screen("exchange.send")
@require_POST
def passphrase(request: StaffRequest, file_id: int) -> HttpResponse:
    """Show what opens a package: once, and again with a reason."""
    back = reverse("exchange:outbox_file", args=[file_id])
    try:
        found = outbox.passphrase(by=request.actor, file_id=file_id, reason=request.POST.get("reason", ""))
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(back)
    said = "この画面を離れると、表示するには理由が要ります。ファイルとは別の方法（電話など）で委託先に伝えてください。"
    block = sheet.facts("パスフレーズ", ("送信番号", sheet.name(file_id)), ("パスフレーズ", Cell(found, code=True)), note=said)
    up = (("送信ファイル", reverse("exchange:outbox")), (str(file_id), back))
    return sheet.show(request, Sheet("パスフレーズの表示", [block], up=up))


@screen("registry.read")
def provisions(request: StaffRequest) -> HttpResponse:
    """移転・提供の記録."""
    return render(request, "exchange/provisions.html", {"list": queries.provisions(request.actor, request.GET)})


@screen("exchange.release")
@require_POST
def release_many(request: StaffRequest) -> HttpResponse:
    """Release the files that were ticked: the parts of one big report."""
    done = 0
    for text in request.POST.getlist("file"):
        if text.isdigit():
            try:
                outbox.release(by=request.actor, on=request.business_date, file_id=int(text))
                done += 1
            except (CodedError, OutboxFile.DoesNotExist) as error:
                messages.error(request, f"送信番号 {text}: {error}")
    if done:
        messages.success(request, f"{done}件の確認を記録しました。")
    return HttpResponseRedirect(reverse("exchange:outbox"))
