"""保留 (FED-05, LINK-05): whom a report to a receiver cannot carry as things are. A later run closes what is settled by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from kokuho.core.models import BatchRun
from kokuho.exchange.models import ReportIssue

# (宛名番号, 世帯番号, code, what to do)
Held = tuple[int, int | None, str, str]


def note(*, system: str, run: BatchRun | None, on: date, held: Sequence[Held]) -> None:
    """Open what is new for a receiver, close what is settled."""
    now_held = {(atena, code): (household, message) for atena, household, code, message in held}
    with transaction.atomic():
        waiting = {(i.atena_no, i.code): i for i in ReportIssue.objects.filter(system=system, closed_on__isnull=True)}
        settled = [issue.pk for key, issue in waiting.items() if key not in now_held]
        ReportIssue.objects.filter(pk__in=settled).update(closed_on=on)
        ReportIssue.objects.bulk_create(
            ReportIssue(system=system, run=run, atena_no=atena, household_no=household, code=code, message=message, found_on=on)
            for (atena, code), (household, message) in now_held.items() if (atena, code) not in waiting
        )  # fmt: skip
