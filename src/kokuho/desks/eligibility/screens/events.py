"""資格異動の履歴: what happened in a household, cancelled or not, with the numbers old and new; from here events are corrected."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from kokuho.core.reads import page
from kokuho.core.screens import asof
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.eligibility import queries
from kokuho.desks.people import queries as people
from kokuho.desks.people.screens import opening


@screen("eligibility.read")
def listing(request: StaffRequest, household_no: int) -> HttpResponse:
    """The events of a household's persons, newest first, also as they were known on a day."""
    actor, when = request.actor, asof.read(request)
    if alert := opening.alert(request, people.household_protection(actor, household_no)):
        return alert
    with page(actor, "eligibility.events", household=household_no, **when.detail):
        rows = queries.events(actor, household_no, on=when.on, known=when.known)
        own, branches = queries.numbers(actor, household_no, on=when.on, known=when.known)
    context = {"household_no": household_no, "rows": rows, "own": own, "branches": branches, "asof": when}
    return render(request, "eligibility/events.html", context)
