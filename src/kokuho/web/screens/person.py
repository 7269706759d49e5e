"""Person: the history of names, addresses, eligibility and incomes of one 宛名番号."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from kokuho.core.queries.entries import entries_of
from kokuho.core.reads import page
from kokuho.core.screens import asof
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import incomes
from kokuho.desks.eligibility import queries as eligibility
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.screens import opening


@screen("person.read")
def person(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Everything that is known of a person and that the reader may see."""
    actor, when = request.actor, asof.read(request)
    on = when.on
    protected = people.person_protection(actor, atena_no)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "person", **when.detail):
        try:
            history = people.person_history(actor, atena_no, on=on, known=when.known)
        except Person.DoesNotExist as error:
            raise Http404 from error
        now = history[0]
        standing = (
            eligibility.standing(actor, [atena_no], household_no=now.household_no, on=on, known=when.known)
            if actor.may("eligibility.read")
            else None
        )
        waiting = eligibility.candidates_of(actor, [atena_no], on=on) if actor.may("eligibility.read") else []
        known = incomes.incomes(actor, [atena_no]).get(atena_no, []) if actor.may("income.read") else []
        assets = incomes.assets(actor, atena_no) if actor.may("income.read") else []
        registered = people.registered(actor, [atena_no], on=on, known=when.known)
        pending = entries_of(actor, [atena_no])
    context = {
        "asof": when,
        "person": now, "history": history, "standing": standing, "stays": standing.stays.get(atena_no, []) if standing else [],
        "statuses": standing.statuses.get(atena_no, []) if standing else [], "waiting": waiting, "incomes": known, "assets": assets,
        "registered": registered, "pending": pending, "insured": standing.current(atena_no) if standing else None,
    }  # fmt: skip
    return render(request, "web/person.html", context)
