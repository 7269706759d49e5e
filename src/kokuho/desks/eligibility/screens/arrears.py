"""特別療養費の候補: households in arrears beyond the law's period, from where the case-by-case entry begins (AKASHI-12)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import papers
from kokuho.desks.eligibility.actions.hearings import deadline
from kokuho.desks.eligibility.queries import arrears as queries
from kokuho.desks.eligibility.queries import certificates


@screen("certificate.read")
def listing(request: StaffRequest) -> HttpResponse:
    """The list, as the night counted it."""
    actor = request.actor
    with page(actor, "certificates.arrears"):
        rows = queries.arrears_list(actor, request.GET, on=request.business_date)
        counted_on = queries.arrears_counted(actor)
        stand = queries.arrears_counts(actor, on=request.business_date)
        counts = certificates.certificate_counts(actor)
    may_notify = actor.may("certificate.issue") and actor.may("eligibility.letter")
    context = {
        "list": rows, "stand": stand, "counted_on": counted_on, "counts": counts, "months": papers.settings().arrears_months,
        "may_notify": may_notify, "deadline": deadline(request.business_date),
    }  # fmt: skip
    return render(request, "eligibility/arrears.html", context)
