"""Approvals: what waits for the second person, and that person's decision."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import approving
from kokuho.core import queries as core
from kokuho.core.coded import CodedError
from kokuho.core.models import Approval
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import levy

SUMMARY = {
    "households": ("賦課世帯", "世帯"),
    "insured": ("被保険者", "人"),
    "total": ("年額の計", "円"),
    "terms": ("期別件数", "件"),
    "zero": ("0円の世帯", "世帯"),
    "capped": ("限度額の世帯", "世帯"),
}


class DecisionForm(forms.Form):
    """Approve, or return with a reason."""

    reason = forms.CharField(
        label="意見・差戻しの理由", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="差し戻すときは必ず入力してください。",
    )  # fmt: skip


@screen(None)
def listing(request: StaffRequest) -> HttpResponse:
    """Approvals that are this person's matter."""
    return render(request, "web/approvals.html", {"list": core.approvals(request.actor, request.GET)})


@screen(None)
def detail(request: StaffRequest, approval_id: int) -> HttpResponse:
    """One approval with what it is about; the buttons are there for whoever may decide."""
    actor = request.actor
    form = DecisionForm(request.POST or None)
    try:
        row = core.approval(actor, approval_id)
        if request.method == "POST" and form.is_valid():
            approve = request.POST.get("act") == "approve"
            try:
                approving.decide(
                    by=actor, on=request.business_date, approval=row.approval, approve=approve, reason=form.cleaned_data["reason"]
                )
            except CodedError as error:
                form.add_error("reason" if error.code == "APPROVAL-REASON" else None, str(error))
            else:
                messages.success(request, "承認しました。" if approve else "差し戻しました。")
                return HttpResponseRedirect(reverse("approvals"))
    except Approval.DoesNotExist as error:
        raise Http404 from error
    run, kind = None, approving.kinds().get(row.approval.kind)
    if row.approval.kind == "levy" and actor.may("levy.read"):
        run = levy.run(actor, int(row.approval.subject.removeprefix("levy-run:")))
    figures = row.approval.summary
    summary = [(label, unit, figures[key]) for key, (label, unit) in SUMMARY.items() if key in figures]
    context = {
        "row": row, "run": run, "form": form, "summary": summary, "kind": kind,
        "about": kind.about(actor, request.business_date, row.approval) if kind else (),
        "subject_url": kind.url(row.approval) if kind else "",
    }  # fmt: skip
    return render(request, "web/approval.html", context, status=422 if form.errors else 200)
