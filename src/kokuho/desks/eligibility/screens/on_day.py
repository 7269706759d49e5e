"""資格照会: the qualification of a day of treatment by number (SHI-22)."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from kokuho.core.reads import page
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.queries import benefit_view
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening


class DayForm(forms.Form):
    """A number and a day."""

    number = forms.CharField(
        label="番号（被保険者番号）", max_length=20, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    branch = forms.CharField(label="枝番", max_length=2, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    atena_no = forms.IntegerField(
        label="宛名番号", required=False, min_value=1, max_value=10**15, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    day = DayField(label="診療の日")

    def clean(self) -> None:
        """One of the two numbers is needed."""
        if not self.errors and not self.cleaned_data.get("number") and not self.cleaned_data.get("atena_no"):
            self.add_error("number", "番号か宛名番号を入力してください。")


@screen("eligibility.read", past=True)
def on_day(request: StaffRequest) -> HttpResponse:
    """Who was insured under a number on a day, at which ratio, with which certificates."""
    actor, on = request.actor, request.business_date
    asked = "day" in request.GET
    form = DayForm(request.GET if asked else None, initial={"day": on})
    found, day = None, on
    if asked and form.is_valid():
        said, day = form.cleaned_data, form.cleaned_data["day"]
        chosen = said["atena_no"]
        wanted = [chosen] if chosen else benefit_view.persons_of_number(actor, said["number"], branch=said["branch"])
        if wanted and (alert := opening.alert(request, people.person_protection(actor, *wanted))):
            return alert
        with page(actor, "eligibility.on_day"):
            found = benefit_view.on_day(actor, wanted, day, on=on, number="" if chosen else said["number"])
    context = {"form": form, "found": found, "day": day}
    return render(request, "eligibility/on_day.html", context, status=422 if form.errors else 200)
