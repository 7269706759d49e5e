"""資格異動の履歴: what happened in a household, cancelled or not, with the numbers old and new; from here events are corrected."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries
from kokuho.desks.eligibility.actions.branches import propose_branch
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening


class BranchForm(forms.Form):
    """The 枝番 that was told."""

    atena_no = forms.IntegerField(widget=forms.HiddenInput)
    branch = forms.CharField(label="枝番", max_length=2)


@screen("eligibility.change")
@require_POST
def branch(request: StaffRequest, household_no: int) -> HttpResponse:
    """Enter the 枝番 that the federation's side has given to a person, for a second person to confirm."""
    if alert := opening.alert(request, people.household_protection(request.actor, household_no)):
        return alert
    form = BranchForm(request.POST)
    back = HttpResponseRedirect(reverse("eligibility:events", args=[household_no]))
    if not form.is_valid():
        messages.error(request, "枝番は2桁の数字で入力してください。")
        return back
    try:
        entry = propose_branch(by=request.actor, on=request.business_date, **form.cleaned_data)
    except CodedError as error:
        messages.error(request, f"{error}（{error.code}）")
        return back
    messages.success(request, "枝番を受け付けました。別の職員が確認すると反映されます。")
    return HttpResponseRedirect(reverse("entry", args=[entry.pk]))


@screen("eligibility.read", past=True)
def listing(request: StaffRequest, household_no: int) -> HttpResponse:
    """The events of a household's persons, newest first, also as they were known on a day."""
    actor, on = request.actor, request.business_date
    if alert := opening.alert(request, people.household_protection(actor, household_no)):
        return alert
    with page(actor, "eligibility.events", household=household_no):
        rows = queries.events(actor, household_no, on=on)
        own, branches = queries.numbers(actor, household_no, on=on)
    context = {"household_no": household_no, "rows": rows, "own": own, "branches": branches}
    return render(request, "eligibility/events.html", context)
