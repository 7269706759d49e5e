"""Extracts as jobs: the protected persons that the run leaves out or masks are told by the desk that keeps the register."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection

from kokuho.core.access import Actor
from kokuho.core.extracts import running
from kokuho.core.models import Extract
from kokuho.desks.people.models import Person, Protection


def run(*, by: Actor, on: date, extract_id: int) -> Extract:
    """Run an approved extract, once (see `core.extracts.running.run`)."""
    assert not connection.in_atomic_block, "the one run of an extract is taken for good before anything is read"
    return running.run(by=by, on=on, extract_id=extract_id, shielded=_shielded)


def _shielded(atena_nos: Collection[int]) -> Collection[int]:
    """Of these persons: who is or was protected, and who lives with somebody protected now."""
    believed = {"superseded_at__isnull": True}
    protected = set(Protection.objects.filter(atena_no__in=atena_nos, **believed).values_list("atena_no", flat=True))
    here = Person.objects.filter(valid__endswith__isnull=True, resident_state=Person.RESIDENT, **believed)
    homes = here.filter(atena_no__in=Protection.objects.filter(**believed).values("atena_no")).values("household_no")
    return protected | set(here.filter(atena_no__in=atena_nos, household_no__in=homes).values_list("atena_no", flat=True))
