"""Whose 宛名番号 was typed: a field that tells the name before anything is entered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.html import escape

from kokuho.core import era
from kokuho.core.reads import page
from kokuho.core.screens.fields import NumberField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.lists import whole_number
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries


class PersonField(NumberField):
    """A 宛名番号; under it stands whose it is, once the field is left (`components/field.html` gives the place)."""

    tells = True

    def __init__(self, **options: Any) -> None:
        asks = {"hx-get": reverse_lazy("people:named"), "hx-trigger": "change, load", "hx-target": "next .told", "hx-swap": "innerHTML"}
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric", "size": "18", **asks}), **options)

    def clean(self, value: Any) -> int | None:
        found = super().clean(value)
        if found is not None and not 0 < found < 10**15:
            raise forms.ValidationError("宛名番号は15桁までの数字で入力してください。")
        return found


@screen("person.read")
def named(request: StaffRequest) -> HttpResponse:
    """The name, birth date and standing of a typed number, for under its field. Of a protected person only that it is one."""
    typed = request.GET.get("atena_no", "").strip()
    try:
        number = whole_number(typed) if typed else 0
    except ValueError:
        return HttpResponse("数字で入力してください。")
    if not 0 < number < 10**15:
        return HttpResponse("")
    if number in queries.protected_among([number]):
        return HttpResponse("支援措置対象者です。個人の画面で理由を記録して確かめてください。")
    with page(request.actor, "people.named"):
        person = queries.persons(request.actor, [number], on=request.business_date).get(number)
    if person is None:
        return HttpResponse("この宛名番号の人はいません。番号を確かめてください。")
    birth = f"　{era.short(person.birth_date)}生" if person.birth_date else ""
    return HttpResponse(escape(f"{person.name}（{person.kana}）{birth}　{person.state_label}"))
