"""なぜこの金額？ — the whole calculation of a decision: in the panel beside the figures, or as a page for paper."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from kokuho.core import printing
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest, is_part
from kokuho.desks.assessment.models import Decision, TrialDecision
from kokuho.desks.assessment.queries import decisions, explanation
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening

FORM = "assessment.explanation"


@screen("levy.read", past=True)
def issued(request: StaffRequest, decision_id: int) -> HttpResponse:
    """Of an issued decision."""
    return _show(request, decision_id, trial=False)


@screen("levy.read", past=True)
def of_trial(request: StaffRequest, decision_id: int) -> HttpResponse:
    """Of what a trial came to."""
    return _show(request, decision_id, trial=True)


def _show(request: StaffRequest, decision_id: int, *, trial: bool) -> HttpResponse:
    actor = request.actor
    paper = "paper" in request.GET
    try:
        household_no = decisions.household_of_decision(actor, decision_id, trial=trial)
        if alert := opening.alert(request, people.household_protection(actor, household_no)):
            return alert
        if paper:
            printing.allow(actor, FORM)
        told = printing.told(actor) if paper else {}
        with page(actor, FORM, operation="print" if paper else "view", decision=decision_id, **told):
            view = explanation.explanation(actor, decision_id, trial=trial, on=request.business_date)
    except (Decision.DoesNotExist, TrialDecision.DoesNotExist) as error:
        raise Http404 from error
    context = {
        "view": view, "wanted": request.GET.get("part", ""), "word": decisions.word(), "paper": paper,
        "payer": view.persons.get(view.decision.payer_no),
    }  # fmt: skip
    template = "assessment/explanation_body.html" if is_part(request) else "assessment/explanation.html"
    return render(request, template, context)
