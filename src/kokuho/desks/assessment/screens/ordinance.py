"""条例・料率: the values of a year, their certainty and source."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.clock import fiscal_year as year_of
from kokuho.core.queries import municipality
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import ordinance as queries


@screen("ordinance.read")
def current(request: StaffRequest) -> HttpResponse:
    """The year of the business date."""
    return HttpResponseRedirect(reverse("assessment:ordinance_year", args=[year_of(request.business_date)]))


@screen("ordinance.read")
def year(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """The ordinance of a year."""
    found = queries.ordinance(request.actor, fiscal_year)
    context = {
        "view": found,
        "year": fiscal_year,
        "years": found.years if found else queries.years(municipality().code),
    }
    return render(request, "assessment/ordinance.html", context)
