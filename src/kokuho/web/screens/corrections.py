"""訂正: what was corrected, who had received the wrong data, who has been told (OPS-06)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import corrections, disclosure
from kokuho.core.coded import CodedError
from kokuho.core.models import DisclosureRequest
from kokuho.core.screens import sheet
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Say, Sheet, cell, name
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening
from kokuho.exchange import queries as exchange

UP = (("安全管理", "/control/"), ("開示等の請求", "/control/disclosure/"))


class OriginForm(forms.Form):
    """By what it was corrected."""

    origin = forms.ChoiceField(label="訂正したもの", widget=forms.RadioSelect)

    def __init__(self, sources: Sequence[corrections.Source], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["origin"]
        field.choices = [(it.origin, "　".join((cell(it.at).text, it.label, "・".join(it.staff))).strip()) for it in sources]  # type: ignore[attr-defined]
        told = "を、新しい順に示します。" if sources else "はありません。"
        field.help_text = f"この人の情報を変えた入力・受信ファイル{told}"


class NoticeForm(forms.Form):
    """Who was told, when and how."""

    receiver = forms.ChoiceField(label="提供先")
    noticed_on = DayField(label="知らせた日")
    how = forms.CharField(label="方法・文書番号", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))


@screen("disclosure.manage")
def correction(request: StaffRequest, request_id: int) -> HttpResponse:
    """The correction of a granted request and its notices."""
    actor, on = request.actor, request.business_date
    try:
        asked, _, _ = disclosure.request(actor, request_id)
    except DisclosureRequest.DoesNotExist as error:
        raise Http404 from error
    if asked.kind != DisclosureRequest.CORRECT or asked.state != DisclosureRequest.GRANTED:
        raise Http404
    protected = people.protected_among([asked.atena_no])
    if alert := opening.alert(request, sorted(protected)):
        return alert
    receivers = exchange.receivers_of(actor, asked.atena_no)
    told = {notice.receiver: notice for notice in asked.notices.all()}
    act = request.POST.get("act", "")
    origin = OriginForm(corrections.sources(actor, request_id), request.POST if act == "record" else None)
    notice = NoticeForm(request.POST if act == "notify" else None, initial={"noticed_on": on})
    waiting = [row.receiver for row in receivers if row.receiver not in told]
    notice.fields["receiver"].choices = [(receiver, receiver) for receiver in waiting]  # type: ignore[attr-defined]
    form: forms.Form = origin if act == "record" else notice
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if act == "record":
                corrections.record(by=actor, request_id=request_id, origin=given["origin"])
            else:
                corrections.notify(by=actor, on=on, request_id=request_id, **given)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "記録しました。")
            return HttpResponseRedirect(reverse("disclosure_correction", args=[request_id]))
    hidden = bool(protected) and not actor.may("protected.read")
    lines = list(asked.corrections.order_by("pk"))
    blocks: list[Any] = []
    if lines and waiting:
        blocks.append(Say("知らせていない提供先があります", "、".join(waiting), "attention"))
    blocks += [
        sheet.table("訂正の前後", ("表", "項目", "訂正前", "訂正後", "訂正したもの"), [
            (row.table, row.item, "（表示しません）" if hidden else row.before, "（表示しません）" if hidden else row.after, row.origin)
            for row in lines
        ], empty="訂正はまだ記録されていません。訂正そのものは、担当の画面で二人で行います。"),
        sheet.table("この人の情報を提供した先", ("提供先", "回数", "最後の提供", "知らせた日", "方法"), [
            (row.receiver, row.times, row.last, told[row.receiver].noticed_on if row.receiver in told else Cell("まだ", tone="attention"),
             told[row.receiver].how if row.receiver in told else "")
            for row in receivers
        ], empty="この人の情報を載せた提供の記録はありません。"),
        Ask("訂正を記録する", origin, [("record", "前後を記録する", False)], span=6,
            note="入力・ファイルが変えた項目を、表から読み取って記録します。"),
    ]  # fmt: skip
    if lines and waiting:
        blocks.append(Ask("提供先への通知を記録する", notice, [("notify", "記録する", False)], span=6))
    up = (*UP, (f"開示等の請求 {request_id}", reverse("disclosure", args=[request_id])))
    return sheet.show(request, Sheet("訂正の記録", blocks, up=up, marks=[name(asked.atena_no)]))
