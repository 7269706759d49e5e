"""異動整理: the list of reported changes, and the decision on one of them by a second person."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core import era
from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries, reasons
from kokuho.desks.eligibility.actions.candidates import decide_candidate, touched_by
from kokuho.desks.eligibility.basics import LABELS
from kokuho.desks.eligibility.models import ChangeCandidate, Status
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening


class DecisionForm(forms.Form):
    """The second person's word. A reason is needed when nothing is to be done."""

    reason = forms.CharField(
        label="理由・確認したこと", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    result = forms.ChoiceField(
        label="処理不要とするときの結果", choices=(("", "選んでください"), *ChangeCandidate.RESULTS.items()), required=False
    )


@screen("eligibility.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """The changes to decide."""
    with page(request.actor, "eligibility.candidates"):
        found = queries.candidates(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/candidates.html", {"list": found})


@screen("eligibility.read", past=True)
def detail(request: StaffRequest, candidate_id: int) -> HttpResponse:
    """One change: what was reported, what is proposed, what holds today; apply it or put it away."""
    actor, on = request.actor, request.business_date
    try:
        atena_no = ChangeCandidate.objects.values_list("atena_no", flat=True).get(pk=candidate_id)
    except ChangeCandidate.DoesNotExist as error:
        raise Http404 from error
    protected = people.person_protection(actor, atena_no)
    if alert := opening.alert(request, protected):
        return alert
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        apply = request.POST.get("act") == "apply"
        try:
            decide_candidate(
                by=actor, on=on, candidate_id=candidate_id, apply=apply, reason=form.cleaned_data["reason"],
                result="" if apply else form.cleaned_data["result"],
            )  # fmt: skip
        except CodedError as error:
            form.add_error("reason" if error.code == "E04" else None, str(error))
        else:
            messages.success(request, "資格に反映しました。" if apply else "処理不要としました。")
            return HttpResponseRedirect(reverse("eligibility:candidates"))
    with page(actor, "eligibility.candidate", candidate=candidate_id):
        row = queries.candidate(actor, candidate_id, on=on)
        history = people.person_history(actor, atena_no, on=on, near=protected) if row.person else []
        standing = queries.standing(actor, [atena_no], household_no=row.candidate.household_no, on=on)
        found = touched_by(row.candidate, on) if row.candidate.proposal.get("corrected") and row.person else None
        entry_url = queries.notice_of_candidate(actor, row.candidate)
    context = {
        "row": row, "person": history[0] if history else None, "history": history, "stays": standing.stays.get(atena_no, ()),
        "form": form, "proposal": _proposal(row.candidate), "touched": found, "entry_url": entry_url,
    }  # fmt: skip
    return render(request, "eligibility/candidate.html", context, status=422 if form.errors else 200)


_PROPOSAL = {
    "acquired_on": "資格取得年月日", "lost_on": "資格喪失年月日", "event_on": "異動日", "reason": "事由", "reason_label": "届いた事由",
    "doubt": "確かめること", "corrected": "訂正された項目", "old_birth": "訂正前の生年月日", "cancels": "取り消す異動",
    "status": "登録する特例", "multiple": "多胎", "closes_on": "賦課を減額できる最後の日",
}  # fmt: skip


def _proposal(candidate: ChangeCandidate) -> list[tuple[str, str]]:
    """The proposed act in words."""
    lines = []
    for key, value in candidate.proposal.items():
        text = str(value)
        if (key.endswith("_on") or key == "old_birth") and value:
            text = era.long(date.fromisoformat(text))
        elif key == "reason":
            text = reasons.label(text) if text else "基本項目の訂正"
        elif key == "status":
            text = Status.KINDS[value]
        elif key in ("values", "held"):
            continue
        elif key == "multiple":
            text = "多胎" if value else "単胎"
        elif key == "corrected":
            text = "・".join(LABELS[item] for item in value)
        elif key == "cancels":
            text = "、".join(map(str, value))
        lines.append((_PROPOSAL.get(key, key), text))
    return lines
