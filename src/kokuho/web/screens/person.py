"""Person: the history of names, addresses, eligibility and incomes of one 宛名番号."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kokuho.core.queries.entries import entries_of
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import burden, incomes
from kokuho.desks.eligibility import queries as eligibility
from kokuho.desks.people import queries as people
from kokuho.desks.people.models import Person
from kokuho.desks.people.queries import wards
from kokuho.desks.people.screens import opening

# Below this age nobody has a 負担割合 of the household.
_SENIOR = 70


@screen("person.read", past=True)
def person(request: StaffRequest, atena_no: int) -> HttpResponse:
    """Everything that is known of a person and that the reader may see."""
    actor, on = request.actor, request.business_date
    current, old = people.numbers_of(atena_no, on=on)
    if current != atena_no:
        return HttpResponseRedirect(reverse("person", args=[current]))
    numbers = [atena_no, *old]
    protected = people.person_protection(actor, *numbers)
    if alert := opening.alert(request, protected):
        return alert
    with page(actor, "person"):
        try:
            history = people.person_history(actor, atena_no, on=on, near=protected)
            for number in old:
                history += people.person_history(actor, number, on=on, near=protected)
        except Person.DoesNotExist as error:
            raise Http404 from error
        now = history[0]
        standing = (
            eligibility.standing(actor, numbers, household_no=now.household_no, on=on)
            if actor.may("eligibility.read")
            else None
        )
        waiting = eligibility.candidates_of(actor, numbers, on=on) if actor.may("eligibility.read") else []
        declared, assets = incomes.incomes_and_assets(actor, numbers) if actor.may("income.read") else ({}, [])
        known = [row for rows in declared.values() for row in rows]
        registered = people.registered(actor, numbers, on=on, near=protected)
        pending = entries_of(actor, numbers)
        moves, district = wards.ward_moves_of(actor, numbers, now.town, on=on)
        integrated = people.integrated_numbers(actor, numbers) if actor.may("mynumber.integrated") else []
        untold = burden.untold(actor, now.household_no, on=on) if now.age >= _SENIOR and actor.may("burden.read") else None
        # The person is read already; who else is missing is asked for.
        others = [number for number in untold.missing if number != now.atena_no] if untold else []
        missing = [now] if untold and now.atena_no in untold.missing else []
        missing += people.persons(actor, others, on=on).values() if others else ()
    of = standing.stays if standing else {}
    special = standing.statuses if standing else {}
    context = {
        "person": now, "history": history, "standing": standing,
        "stays": [stay for number in numbers for stay in of.get(number, ())],
        "statuses": [row for number in numbers for row in special.get(number, ())],
        "waiting": waiting, "incomes": known, "assets": assets, "outside": now.outside, "joined": old, "registered": registered,
        "pending": pending, "district": district, "ward_moves": moves, "integrated": integrated, "untold": untold, "missing": missing,
        "insured": standing.current(atena_no) if standing else None,
    }  # fmt: skip
    return render(request, "web/person.html", context)
