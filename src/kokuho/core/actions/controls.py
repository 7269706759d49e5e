"""Keeping the evidence of a check of the safety controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from kokuho import __version__
from kokuho.core import audit
from kokuho.core.access import Actor
from kokuho.core.models import ControlRun


@transaction.atomic
def keep_run(*, by: Actor, on: date, results: Sequence[Mapping[str, Any]]) -> ControlRun:
    """Keep the results of one run, as the checks gave them. Needs `controls.run`."""
    by.require("controls.run")
    counted = Counter(result["state"] for result in results)
    made = ControlRun.objects.create(
        business_date=on, staff_no=by.staff_no, version=__version__, passed=counted["適合"], failed=counted["不適合"],
        not_applicable=counted["該当なし"], results=list(results),
    )  # fmt: skip
    audit.record(
        by, function="controls.run", operation="run", row_count=len(results), detail={"run": made.pk, "failed": made.failed}
    )
    return made
