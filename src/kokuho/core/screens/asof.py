"""As it was on a day, as it was known on a day: the two dates that the address of a page may carry (SHI-01).

`on` is the day that is looked at; `known` is the day at whose end the office knew what is shown. Without them a page shows the
business date as it is known now. Put `components/asof.html` on the page to let people choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kokuho.core import era
from kokuho.core.clock import JAPAN
from kokuho.core.screens.request import StaffRequest


@dataclass(frozen=True, slots=True)
class AsOf:
    """The two dates of a page. `known` is the moment before which a fact must have been recorded; None = now."""

    on: date
    known: datetime | None
    known_on: date | None
    past: bool
    on_text: str = ""
    known_text: str = ""
    error: str = ""

    @property
    def detail(self) -> dict[str, str]:
        """For the operation record: which day was looked at, when it is not simply today."""
        chosen = {"on": self.on.isoformat()} if self.past else {}
        return chosen | ({"known": self.known_on.isoformat()} if self.known_on else {})


def read(request: StaffRequest) -> AsOf:
    """The dates of a request's address. What cannot be read is said in `error`, and today is shown."""
    today = request.business_date
    on_text, known_text = (request.GET.get(name, "").strip()[:20] for name in ("on", "known"))
    try:
        on = era.parse(on_text) if on_text else today
        known_on = era.parse(known_text) if known_text else None
    except ValueError as wrong:
        message = f"{wrong} R8.11.20 のように入力してください。"
        return AsOf(today, None, None, False, on_text, known_text, message)
    known = None if known_on is None else datetime.combine(known_on + timedelta(days=1), time(), JAPAN)
    return AsOf(on, known, known_on, on != today or known_on is not None, on_text, known_text)
