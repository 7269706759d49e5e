"""4情報の突合 as a page: what is written on an application beside what the register says of a person (ENTRY-04)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kokuho.core.access import Actor
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.identity import ApplicantForm
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.people import queries
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening

QUIET = forms.TextInput(attrs={"autocomplete": "off"})


class FourForm(forms.Form):
    """The four items as the application has them. Put into an entry's form, its values go to `queries.compare_four`."""

    name = forms.CharField(label="氏名", max_length=100, widget=QUIET)
    kana = forms.CharField(label="カナ", max_length=100, required=False, widget=QUIET)
    sex = forms.ChoiceField(label="性別", choices=(("", "記入なし"), *Person.SEX.items()), required=False)
    birth_date = forms.CharField(label="生年月日", max_length=20, help_text="S55.5.5 の形", widget=QUIET)
    address = forms.CharField(label="住所", max_length=200, required=False, widget=QUIET)


def applicant(by: Actor, atena_no: int, form: ApplicantForm, *, on: date) -> dict[str, Any]:
    """The record of the comparison as an entry keeps it (`core.entries.four_problem`). Call when the form is valid."""
    if not any(form.paper().values()):
        return {"by_eye": True} if form.cleaned_data["by_eye"] else {}
    items = queries.compare_four(by, atena_no, form.paper(), on=on)
    return {
        "items": [[item.label, item.typed, item.words, item.agrees] for item in items], "decision": form.cleaned_data["decision"].strip(),
    }  # fmt: skip


@screen("person.read")
def compare(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Type the four items, see each beside the register. Nothing is stored."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, queries.person_protection(actor, atena_no)):
        return alert
    form = FourForm(request.POST or None)
    four: list[queries.FourItem] = []
    with page(actor, "people.four", person=atena_no):
        found = queries.persons(actor, [atena_no], on=on).get(atena_no)
        if found is None:
            raise Http404
        if request.method == "POST" and form.is_valid():
            four = queries.compare_four(actor, atena_no, form.cleaned_data, on=on)
    context = {"form": form, "four": four, "person": found, "agrees": all(item.agrees for item in four)}
    return render(request, "people/four_page.html", context, status=422 if form.errors else 200)
