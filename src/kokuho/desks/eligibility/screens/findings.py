"""他保険との突合: the list of findings, and the end of one of them."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries
from kokuho.desks.eligibility.actions.findings import FindingError, close_finding
from kokuho.desks.eligibility.models import OtherInsuranceFinding
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening


class CloseForm(forms.Form):
    """What came of a finding, and what was checked."""

    result = forms.ChoiceField(label="結果", choices=[("", "選んでください"), *OtherInsuranceFinding.RESULTS])
    reason = forms.CharField(label="確かめたこと", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


@screen("eligibility.read")
def listing(request: StaffRequest) -> HttpResponse:
    """Findings to work off."""
    with page(request.actor, "eligibility.findings"):
        found = queries.findings(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/findings.html", {"list": found})


@screen("eligibility.read")
def detail(request: StaffRequest, finding_id: int) -> HttpResponse:
    """One finding: what was told, what holds here, and its end."""
    actor, on = request.actor, request.business_date
    try:
        atena_no = OtherInsuranceFinding.objects.values_list("atena_no", flat=True).get(pk=finding_id)
    except OtherInsuranceFinding.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, people.person_protection(actor, atena_no)):
        return alert
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            close_finding(by=actor, on=on, finding_id=finding_id, **form.cleaned_data)
        except FindingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "突合を完了しました。")
            return HttpResponseRedirect(reverse("eligibility:findings"))
    with page(actor, "eligibility.finding", finding=finding_id):
        row = queries.finding(actor, finding_id, on=on)
        standing = queries.standing(actor, [atena_no], household_no=row.finding.household_no, on=on)
    context = {"row": row, "form": form, "stays": standing.stays.get(atena_no, ())}
    return render(request, "eligibility/finding.html", context, status=422 if form.errors else 200)
