"""他保険との突合 and 適正化: the list, a finding with its steps to the end, entry by hand, 職権喪失."""

from __future__ import annotations

from typing import Any

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
from kokuho.desks.eligibility.actions import regularisation
from kokuho.desks.eligibility.actions.findings import close_finding
from kokuho.desks.eligibility.models import FindingStep, OtherInsuranceFinding
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening
from kokuho.desks.people.screens.named import PersonField


class CloseForm(forms.Form):
    """What came of a finding, and what was checked."""

    result = forms.ChoiceField(label="結果", choices=[("", "選んでください"), *OtherInsuranceFinding.RESULTS])
    reason = forms.CharField(label="確かめたこと", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class StepForm(forms.Form):
    """One step with the person."""

    kind = forms.ChoiceField(label="種類", choices=[("", "選んでください"), *FindingStep.KINDS])
    happened_on = DayField(label="日付")
    other_acquired = DayField(label="相手の資格取得日", required=False, help_text="他保険の資格を確認したとき。")
    continues = forms.ChoiceField(
        label="相手の資格", required=False, choices=[("", "—"), ("1", "続いている"), ("0", "終わっている")]
    )
    text = forms.CharField(label="内容", max_length=200, required=False)


class ExOfficioForm(forms.Form):
    """Why the office acts itself."""

    reason = forms.CharField(label="職権で喪失させる理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class FindingForm(forms.Form):
    """A finding that somebody at the desk learnt of."""

    atena_no = PersonField(label="宛名番号")
    kind = forms.ChoiceField(label="種類", choices=OtherInsuranceFinding.KINDS)
    source = forms.ChoiceField(label="もと", choices=[c for c in OtherInsuranceFinding.SOURCES if c[0] in ("inquiry", "manual")])
    scheme = forms.CharField(label="相手の制度", max_length=40, help_text="協会けんぽ、共済組合など")
    event_on = DayField(label="加入・離脱の日")
    reason = forms.CharField(label="何から分かったか", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


@screen("eligibility.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """Findings to work off."""
    with page(request.actor, "eligibility.findings"):
        found = queries.findings(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/findings.html", {"list": found})


@screen("eligibility.change")
def new(request: StaffRequest) -> HttpResponse:
    """Entry of a finding by hand."""
    form = FindingForm(request.POST or None, initial={"atena_no": request.GET.get("atena_no")})
    if request.method == "POST" and form.is_valid():
        try:
            made = regularisation.add_finding(by=request.actor, on=request.business_date, **form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "突合を登録しました。")
            return HttpResponseRedirect(reverse("eligibility:finding", args=[made.pk]))
    return render(request, "eligibility/finding_new.html", {"form": form}, status=422 if form.errors else 200)


@screen("eligibility.read", past=True)
def detail(request: StaffRequest, finding_id: int) -> HttpResponse:
    """One finding: what was told, the steps with the person, 職権喪失, and its end."""
    actor, on = request.actor, request.business_date
    try:
        atena_no = OtherInsuranceFinding.objects.values_list("atena_no", flat=True).get(pk=finding_id)
    except OtherInsuranceFinding.DoesNotExist as error:
        raise Http404 from error
    if alert := opening.alert(request, people.person_protection(actor, atena_no)):
        return alert
    act = request.POST.get("act", "close")
    close = CloseForm(request.POST if request.method == "POST" and act == "close" else None)
    step = StepForm(request.POST if request.method == "POST" and act == "step" else None, initial={"happened_on": on})
    loss = ExOfficioForm(request.POST if request.method == "POST" and act == "loss" else None)
    form: Any = {"close": close, "step": step, "loss": loss}.get(act, close)
    if form.is_bound and form.is_valid():
        try:
            return _done(request, finding_id, act, form.cleaned_data)
        except CodedError as error:
            form.add_error(None, str(error))
    with page(actor, "eligibility.finding", finding=finding_id):
        row = queries.finding(actor, finding_id, on=on)
        steps, judged = queries.finding_steps(actor, row.finding, on=on)
        standing = queries.standing(actor, [atena_no], household_no=row.finding.household_no, on=on)
    context = {
        "row": row, "form": form, "close": close, "step": step, "loss": loss, "steps": steps, "judged": judged,
        "stays": standing.stays.get(atena_no, ()),
    }  # fmt: skip
    return render(request, "eligibility/finding.html", context, status=422 if form.errors else 200)


def _done(request: StaffRequest, finding_id: int, act: str, data: dict[str, Any]) -> HttpResponse:
    actor, on = request.actor, request.business_date
    here = HttpResponseRedirect(reverse("eligibility:finding", args=[finding_id]))
    if act == "step":
        continues = {"1": True, "0": False}.get(data.pop("continues"))
        regularisation.add_step(by=actor, on=on, finding_id=finding_id, continues=continues, **data)
        messages.success(request, "経過を記録しました。")
        return here
    if act == "loss":
        entry = regularisation.propose_ex_officio(by=actor, on=on, finding_id=finding_id, reason=data["reason"])
        messages.success(request, "職権喪失を確認に回しました。")
        return HttpResponseRedirect(reverse("entry", args=[entry.pk]))
    close_finding(by=actor, on=on, finding_id=finding_id, **data)
    messages.success(request, "突合を完了しました。")
    return HttpResponseRedirect(reverse("eligibility:findings"))
