"""在留期限一覧."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility.queries import residences as queries


@screen("eligibility.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """Foreign residents whose stay ends."""
    with page(request.actor, "eligibility.residences"):
        found = queries.residences(request.actor, request.GET, on=request.business_date)
    return render(request, "eligibility/residences.html", {"list": found})
