"""Reads of the people desk, a module a subject."""

from __future__ import annotations

from kokuho.desks.people.queries.four import FourItem, compare_four
from kokuho.desks.people.queries.inquiries import inquiries, inquiry
from kokuho.desks.people.queries.memberships import Membership, memberships
from kokuho.desks.people.queries.numbers import integrated_numbers, number_doubt, number_doubts, number_states
from kokuho.desks.people.queries.openings import openings
from kokuho.desks.people.queries.outside import (
    checks,
    corporation,
    corporations,
    is_outside,
    join_candidates,
    numbers_of,
    same_person,
)
from kokuho.desks.people.queries.persons import (
    Mailing,
    PersonView,
    age_on,
    household,
    household_protection,
    mailings,
    person_history,
    person_protection,
    persons,
    protected_among,
)
from kokuho.desks.people.queries.registered import Registered, registered, registered_fact
from kokuho.desks.people.queries.wards import ward_filter
from kokuho.desks.people.queries.worklists import (
    protections,
    pulled,
    pulled_document,
    renewals_due,
    task,
    tasks,
    tasks_waiting,
)

__all__ = [
    "FourItem", "Mailing", "Membership", "PersonView", "Registered", "age_on", "checks", "compare_four",
    "corporation", "corporations", "household", "household_protection", "inquiries", "inquiry", "integrated_numbers", "is_outside",
    "join_candidates", "mailings", "memberships", "number_doubt", "number_doubts",
    "number_states", "numbers_of", "openings", "person_history", "person_protection",
    "persons", "protected_among", "protections", "pulled", "pulled_document", "registered", "registered_fact",
    "renewals_due", "same_person", "task", "tasks", "tasks_waiting", "ward_filter",
]  # fmt: skip
