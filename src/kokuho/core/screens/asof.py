"""As it was on a day, as it was known on a day: the two dates that the address of a page may carry (SHI-01).

`on` is the day that is looked at; `known` is the day at whose end the office knew what is shown. Without them a page shows the
business date as it is known now. A screen that is declared `past` answers with both: the workplace reads it inside
`past.as_known`, gives it `on` as business date and rights to look only, puts the bar of the two dates on it and carries the
dates along its links. Every other screen is about now, each for a reason (`web/data/present.yaml`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.http import HttpRequest

from kokuho.core import clock, era

ON, KNOWN = "on", "known"
FIRST = date(1961, 4, 1)  # 国民皆保険: before it no municipality had this insurance
AHEAD = timedelta(days=10 * 366)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The two dates of a page. `known` is the moment before which a fact must have been recorded; None = now.

    `others` are the other parameters of the address, which stay when the dates change.
    """

    on: date
    known: datetime | None
    known_on: date | None
    past: bool
    on_text: str = ""
    known_text: str = ""
    error: str = ""
    others: tuple[tuple[str, str], ...] = ()

    @property
    def detail(self) -> dict[str, str]:
        """For the operation record: which days were looked at, when it is not simply today."""
        if not self.past:
            return {}
        return {"on": self.on.isoformat()} | ({"known": self.known_on.isoformat()} if self.known_on else {})

    @property
    def dates(self) -> dict[str, str]:
        """The parameters that lead another page to the same days."""
        typed = {ON: self.on_text, KNOWN: self.known_text}
        return {name: text for name, text in typed.items() if text}


def read(request: HttpRequest, today: date) -> AsOf:
    """The dates of a request's address. What cannot be read is said in `error`, and today is shown."""
    on_text, known_text = (request.GET.get(name, "").strip()[:20] for name in (ON, KNOWN))
    others = tuple((name, value) for name, values in request.GET.lists() if name not in (ON, KNOWN) for value in values)
    try:
        on = era.parse(on_text) if on_text else today
        known_on = era.parse(known_text) if known_text else None
        if not all(FIRST <= day <= today + AHEAD for day in (on, known_on or today)):
            raise ValueError(f"{era.short(FIRST)} から10年先までの日を指定できます。")
        known = None if known_on is None else clock.midnight(known_on + timedelta(days=1))
    except ValueError as wrong:
        message = f"{wrong} R8.11.20 のように入力してください。"
        return AsOf(today, None, None, False, on_text, known_text, message, others)
    return AsOf(on, known, known_on, on != today or known_on is not None, on_text, known_text, "", others)
