"""事前通知 of a household: what was told, what came of it, and what can be recorded (AKASHI-12)."""

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
from kokuho.desks.eligibility.actions.hearings import take_step
from kokuho.desks.eligibility.models import HearingNotice, HearingStep
from kokuho.desks.eligibility.queries import hearings as queries
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening


class StepForm(forms.Form):
    """What came of the notice."""

    kind = forms.ChoiceField(
        label="記録すること",
        choices=[
            ("", "選んでください"),
            *((kind, label) for kind, label in HearingStep.KINDS.items() if kind != HearingStep.DECIDED),
        ],
    )
    day = DayField(label="年月日", help_text="弁明書・申出を受けた日、取り下げた日")
    note = forms.CharField(
        label="弁明の内容・取り下げる理由", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="弁明は、述べられた事情と添えられた書類を書きます。決定の入力にそのまま載ります。",
    )  # fmt: skip


@screen("certificate.read", past=True)
def detail(request: StaffRequest, notice_id: int) -> HttpResponse:
    """One 事前通知."""
    actor, on = request.actor, request.business_date
    try:
        household_no, payer_no = queries.hearing_payer(actor, notice_id)
    except HearingNotice.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, people.household_protection(actor, household_no)):
        return alert
    form = StepForm(request.POST or None, initial={"day": on})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            take_step(by=actor, on=on, notice_id=notice_id, kind=said["kind"], day=said["day"], note=said["note"])
        except CodedError as error:
            form.add_error({"CRT53": "day", "CRT54": "note"}.get(error.code, "kind"), str(error))
        else:
            messages.success(request, "記録しました。")
            return HttpResponseRedirect(reverse("eligibility:hearing", args=[notice_id]))
    with page(actor, "certificate.hearing", notice=notice_id):
        found = queries.hearing(actor, notice_id)
        person = people.persons(actor, [payer_no], on=on).get(payer_no)
    context = {
        "found": found, "notice": found.notice, "person": person, "form": form, "ready": found.ready(on), "state": found.state(on),
        "steps": [(step, (found.names or {}).get(step.recorded_by, step.recorded_by)) for step in found.steps],
    }  # fmt: skip
    return render(request, "eligibility/hearing.html", context, status=422 if form.errors else 200)
