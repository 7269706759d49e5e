"""異動差異: what the nightly checks found, who works on it, how it ended."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.actions import differences as actions
from kokuho.desks.eligibility.models import Difference
from kokuho.desks.eligibility.queries import differences as queries
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening


class EndForm(forms.Form):
    """What was found out and how the difference ended."""

    result = forms.ChoiceField(
        label="結果", required=False,
        choices=[("", "選んでください"), *(choice for choice in Difference.RESULTS if choice[0] != Difference.GONE)],
    )  # fmt: skip
    note = forms.CharField(label="調べたこと", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


@screen("eligibility.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """The differences."""
    with page(request.actor, "eligibility.differences"):
        found = queries.differences(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/differences.html", {"list": found})


@screen("eligibility.read", past=True)
def detail(request: StaffRequest, difference_id: int) -> HttpResponse:
    """One difference: take it, or end it with a result."""
    actor, on = request.actor, request.business_date
    try:
        atena_no = Difference.objects.values_list("atena_no", flat=True).get(pk=difference_id)
    except Difference.DoesNotExist as error:
        raise Http404 from error
    if atena_no and (alert := opening.alert(request, people.person_protection(actor, atena_no))):
        return alert
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        note = form.cleaned_data["note"]
        try:
            if request.POST.get("act") == "take":
                actions.take(by=actor, on=on, difference_id=difference_id, note=note)
                messages.success(request, "担当になりました。")
            else:
                result = form.cleaned_data["result"]
                actions.end(by=actor, on=on, difference_id=difference_id, result=result, note=note)
                messages.success(request, "結果を記録しました。")
        except CodedError as error:
            form.add_error({"D02": "result", "D03": "note"}.get(error.code), str(error))
        else:
            return HttpResponseRedirect(reverse("eligibility:differences"))
    with page(actor, "eligibility.difference", difference=difference_id):
        row = queries.difference(actor, difference_id, on=on)
    return render(request, "eligibility/difference.html", {"row": row, "form": form}, status=422 if form.errors else 200)
