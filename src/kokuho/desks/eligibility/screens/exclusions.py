"""適用除外者台帳: who lives here but is not insured, why, until when; entered for a second person to confirm."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.fields import DayField
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries
from kokuho.desks.eligibility.actions.exclusions import labels, propose_exclusion
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening


class ExclusionForm(forms.Form):
    """One 適用除外."""

    code = forms.ChoiceField(label="適用除外")
    since = DayField(label="該当した日")
    until = DayField(label="該当しなくなった日", required=False, help_text="続いているときは空欄。")
    confirmed_by = forms.CharField(label="確かめた資料", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    review_on = DayField(label="見直し日", required=False)
    reason = forms.CharField(label="備考", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))


@screen("eligibility.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """The ledger."""
    with page(request.actor, "eligibility.exclusions"):
        found = queries.exclusion_list(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/exclusions.html", {"list": found})


@screen("eligibility.change")
def enter(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Enter an exclusion of a person, or change one (`exclusion` in the address)."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, people.person_protection(actor, atena_no)):
        return alert
    with page(actor, "eligibility.enter_exclusion"):
        try:
            person = people.person_history(actor, atena_no, on=on)[0]
        except Person.DoesNotExist as error:
            raise Http404 from error
        rows = queries.exclusions_of(actor, atena_no, on=on)
    wanted = (request.POST or request.GET).get("exclusion", "")
    held = next((row.exclusion for row in rows if str(row.exclusion.pk) == wanted), None)
    initial = {} if held is None else {
        "code": held.code, "since": held.valid.lower, "until": held.valid.upper, "confirmed_by": held.confirmed_by,
        "review_on": held.review_on,
    }  # fmt: skip
    form = ExclusionForm(request.POST or None, initial=initial)
    form.fields["code"].choices = [("", "選んでください"), *labels(on).items()]
    if request.method == "POST" and form.is_valid():
        try:
            entry = propose_exclusion(by=actor, on=on, atena_no=atena_no, exclusion_id=held.pk if held else None, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, f"{error}（{error.code}）")
        else:
            messages.success(request, "適用除外を受け付けました。別の職員が確認すると反映されます。")
            return HttpResponseRedirect(reverse("entry", args=[entry.pk]))
    context = {"person": person, "rows": rows, "form": form, "held": held}
    return render(request, "eligibility/exclusion_entry.html", context, status=422 if form.errors else 200)
