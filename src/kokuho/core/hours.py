"""Hours of use (AUTH-07): when a unit works, whose time is extended, and what that means for somebody who signs in now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from kokuho.core import parameters
from kokuho.core.clock import JAPAN
from kokuho.core.models import Holiday, Staff, UseExtension

OPEN, WARN, CLOSED = "open", "warn", "closed"
WARNING = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether one may work now. `state`: open, warn (outside, noted), closed (outside, refused). `closes`: when it ends today."""

    state: str
    closes: datetime | None
    opens_text: str
    closes_text: str

    def minutes_left(self, at: datetime) -> int | None:
        """Minutes until the end when it is near, else None."""
        if self.state != OPEN or self.closes is None or self.closes - at > WARNING:
            return None
        return max(0, int((self.closes - at).total_seconds() // 60))


def hours(staff: Staff, at: datetime) -> Hours:
    """The hours of a person's unit at a moment, with extensions that were approved for this person."""
    now = at.astimezone(JAPAN)
    opens = staff.unit.opens or parameters.value("auth.hours.opens")
    closes = staff.unit.closes or parameters.value("auth.hours.closes")
    enforced = parameters.value("auth.hours.mode") == "enforce"
    inside = time.fromisoformat(opens) <= now.time() < time.fromisoformat(closes)
    if inside and (parameters.value("auth.hours.closed_days") or not _closed_day(now)):
        ends = datetime.combine(now.date(), time.fromisoformat(closes), JAPAN)
        if not enforced or ends - now > WARNING:
            return Hours(OPEN, ends if enforced else None, opens, closes)
        extension = _extension(staff, now)
        return Hours(OPEN, max(ends, extension.ends) if extension else ends, opens, closes)
    if extension := _extension(staff, now):
        return Hours(OPEN, extension.ends, opens, closes)
    return Hours(CLOSED if enforced else WARN, None, opens, closes)


def _closed_day(now: datetime) -> bool:
    return now.weekday() >= 5 or Holiday.objects.filter(on=now.date()).exists()


def _extension(staff: Staff, at: datetime) -> UseExtension | None:
    return UseExtension.objects.filter(staff=staff, starts__lte=at, ends__gt=at).order_by("-ends").first()
