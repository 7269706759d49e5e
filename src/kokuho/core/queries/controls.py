"""Reads of the safety controls' evidence."""

from __future__ import annotations

from kokuho.core.access import Actor
from kokuho.core.models import ControlRun
from kokuho.core.reads import seen


def latest_control_run(by: Actor) -> ControlRun | None:
    """The newest kept run of the control checks. Needs `controls.read`."""
    by.require("controls.read")
    found = ControlRun.objects.order_by("-pk").first()
    seen(by, "controls.latest", row_count=1 if found else 0)
    return found
