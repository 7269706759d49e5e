"""Reads of the people desk, a module a subject."""

from __future__ import annotations

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

__all__ = [
    "Mailing", "PersonView", "Registered", "age_on", "household", "household_protection", "mailings", "person_history",
    "person_protection", "persons", "protected_among", "registered", "registered_fact",
]  # fmt: skip
