"""個人番号: masked until asked for with a reason, each display recorded; the list of doubts. No address or title has a number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kokuho.core import parameters, vault
from kokuho.core.screens import sheet
from kokuho.core.screens.forms import ReasonForm
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.core.screens.sheet import Ask, Cell, Say, Sheet, name
from kokuho.desks.eligibility.models import BELIEVED, InsuredPeriod
from kokuho.desks.people import queries as people
from kokuho.desks.people.actions import numbers
from kokuho.desks.people.screens import opening


class FindForm(ReasonForm):
    """Twelve digits and why."""

    number = forms.CharField(
        label="個人番号", max_length=12, min_length=12, widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"})
    )
    field_order = ("number", "reason")


@screen("mynumber.reveal")
def reveal(request: StaffRequest, atena_no: int) -> HttpResponse:
    """The mask; the number itself in the answer to a reason only."""
    actor = request.actor
    if alert := opening.alert(request, sorted(people.protected_among([atena_no]))):
        return alert
    form = ReasonForm(request.POST or None)
    shown = Cell(vault.masks([atena_no])[atena_no], code=True)
    blocks: list[Any] = []
    seconds = 0
    if request.method == "POST" and form.is_valid():
        found = vault.reveal(actor, atena_no, form.cleaned_data["reason"])
        shown = Cell(f"{found[:4]} {found[4:8]} {found[8:]}", code=True) if found else Cell(vault.ABSENT)
        seconds = parameters.value("mynumber.shown_seconds")
        blocks.append(Say("表示しました", f"この表示は、理由とともに記録しました。{seconds}秒で隠れます。写しを取らないでください。",
            "attention"))
    blocks.append(sheet.facts("個人番号", ("宛名番号", name(atena_no)), ("個人番号", shown),
        ("状態", people.number_states(actor, [atena_no])[atena_no] if actor.may("person.read") else None), span=6))
    if request.method != "POST" or form.errors:
        blocks.append(Ask("表示する", form, [("show", "理由を記録して表示する", False)], span=6,
            note="一回の表示ごとに記録し、点検の対象になります。"))
    up = (("個人", reverse("person", args=[atena_no])),) if actor.may("person.read") else ()
    may_enter = actor.may("mynumber.enter") and actor.may("person.read")
    links = [("個人番号を登録する", reverse("people:number", args=[atena_no]))] if may_enter else []
    response = sheet.show(request, Sheet("個人番号の表示", blocks, up=up, links=links))
    if seconds:
        # The page goes back to the mask by itself (MYNUM-03), also where no script runs.
        response.headers["Refresh"] = f"{seconds}; url={request.path}"
    return response


@screen("mynumber.review")
def look(request: StaffRequest) -> HttpResponse:
    """Put insured persons for whom no number is in force on the 確認リスト."""
    form = forms.Form(request.POST or None)
    up = (("安全管理", "/control/"), ("確認リスト", reverse("mynumber_review")))
    if request.method == "POST":
        on = request.business_date
        insured = InsuredPeriod.objects.filter(BELIEVED, valid__contains=on).values_list("atena_no", flat=True)
        new = numbers.look(by=request.actor, on=on, expected=insured.iterator(chunk_size=20_000))
        messages.success(request, f"調べました。新しく載った人は{new:,}人です。")
        return HttpResponseRedirect(reverse("mynumber_review"))
    ask = Ask("調べる", form, [("look", "調べる", False)], span=6, note="今日の被保険者のうち個人番号のない人を確認リストに載せます。")
    return sheet.show(request, Sheet("個人番号のない被保険者", [ask], up=up))


@screen("mynumber.search")
def find(request: StaffRequest) -> HttpResponse:
    """Find the person of exactly one number; the number is sent in the body and never shown again."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = vault.find(request.actor, form.cleaned_data["number"], form.cleaned_data["reason"])
        except vault.NumberRefused as error:
            form.add_error(None, str(error))
        else:
            if found is None:
                messages.warning(request, "該当する人はいません。")
                return HttpResponseRedirect(reverse("mynumber_find"))
            return HttpResponseRedirect(reverse("person", args=[found]))
    ask = Ask("検索", form, [("find", "検索する", False)], span=6, note="完全一致だけ。検索は理由とともに記録します。")
    return sheet.show(request, Sheet("個人番号による検索", [ask], up=(("安全管理", "/control/"),)))
