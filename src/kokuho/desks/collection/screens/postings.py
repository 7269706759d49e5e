"""調定: what was posted, by term over the city and posting by posting."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from kokuho.core.clock import fiscal_year
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.collection import queries


@screen("ledger.read", past=True)
def listing(request: StaffRequest) -> HttpResponse:
    """Postings of a year with the totals by term."""
    actor = request.actor
    years = queries.years(actor)
    asked = request.GET.get("year", "")
    year = (
        int(asked)
        if asked.isdigit() and int(asked) in years
        else (years[0] if years else fiscal_year(request.business_date))
    )
    with page(actor, "collection.postings", fiscal_year=year):
        totals = queries.year_totals(actor, year)
        found = queries.postings(actor, request.GET, year, totals=totals, on=request.business_date)
    return render(request, "collection/postings.html", {"list": found, "totals": totals, "year": year, "years": years})
