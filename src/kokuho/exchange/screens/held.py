"""さかのぼる住民異動: what arrived beside what is known, and how it shall hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.reads import page, seen
from kokuho.core.screens import sheet
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries as people
from kokuho.desks.people.actions import changes
from kokuho.desks.people.models import HeldChange
from kokuho.desks.people.screens import opening
from kokuho.exchange import held as actions
from kokuho.exchange.models import WorkItem


class WayForm(forms.Form):
    """How the change is to hold, and why."""

    way = forms.ChoiceField(label="反映の仕方", choices=actions.WAYS, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="住民記録に確かめたこと", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@screen("exchange.work")
def held(request: StaffRequest, item_id: int) -> HttpResponse:
    """One held change: the image that arrived, the rows that are known, the choices."""
    actor, on = request.actor, request.business_date
    try:
        item = WorkItem.objects.get(pk=item_id)
    except WorkItem.DoesNotExist as error:
        raise Http404 from error
    change = actions.held_of(item)
    if change is None:
        raise Http404
    protected = people.person_protection(actor, change.atena_no)
    if alert := opening.alert(request, protected):
        return alert
    form = WayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            entry = actions.enter(by=actor, on=on, item_id=item_id, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            waits = entry.state == entry.PENDING
            messages.success(request, "入力しました。別の職員の確認を待ちます。" if waits else "反映しました。")
            return HttpResponseRedirect(reverse("exchange:work"))
    hidden = bool(protected) and not actor.may("protected.read")
    with page(actor, "exchange.held", item=item_id):
        rows = changes.known_rows(change.atena_no)
        image = {**changes.held_image(change), "since": change.event_date, "until": None}
        seen(actor, "people.held_change", persons=[change.atena_no])
        known = people.persons(actor, [change.atena_no], on=on).get(change.atena_no)
    who = known.name if known else "氏名の分からない人"
    blocks: list[Any] = [
        sheet.table(
            "届いた異動", ("異動日から", "内容"), [(actions.period_words(image), actions.row_words(image, hidden))],
            note="異動後の記載の全部です。後の異動が済んだ後の内容で届くことがあります。",
        ),
        sheet.table(
            "今の記録", ("期間", "内容"), [(actions.period_words(row), actions.row_words(row, hidden)) for row in rows]
        ),
    ]  # fmt: skip
    if change.state == HeldChange.OPEN and item.state == WorkItem.OPEN:
        blocks.append(sheet.Ask("反映の仕方を選ぶ", form, (("enter", "入力する", False),), span=8))
    else:
        blocks.append(sheet.Say("処理済み", "この異動は処理されています。"))
    return sheet.show(request, sheet.Sheet(
        "さかのぼる住民異動", blocks, intro=f"{who}（宛名番号 {change.atena_no}）　後の異動と食い違うため保留しています。",
        up=(("要処理", reverse("exchange:work")), (f"要処理 {item.pk}", reverse("exchange:work_item", args=[item.pk]))),
    ))  # fmt: skip
