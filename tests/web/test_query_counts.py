"""How often a page asks the database, whoever opens it: every question is a wait of the person in front of the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from weboffice import HOUSEHOLD, ROLES, City

pytestmark = pytest.mark.db


def asked(answer: object) -> int:
    return int(answer.headers["Server-Timing"].split('desc="')[1].split(" ")[0])  # type: ignore[attr-defined]


def test_the_home_page_counts_every_desk_at_once(city: City, sign_in: Callable) -> None:
    counts = {}
    for staff_no in ROLES:
        client = sign_in(staff_no)
        client.get("/")
        counts[staff_no] = asked(client.get("/"))
    desks = ("shikaku", "fuka", "hogo", "shuno", "densan", "shunin")
    assert max(counts[staff_no] for staff_no in desks) <= 12 and max(counts.values()) <= 14, counts


def test_a_household_is_read_in_few_questions(city: City, sign_in: Callable, opened: Callable) -> None:
    client = sign_in("shikaku")
    address = f"/households/{HOUSEHOLD}/"
    opened(client, address)
    assert asked(client.get(address)) <= 16
    events = client.get(f"/eligibility/households/{HOUSEHOLD}/events/")
    assert "枝番" in events.content.decode() and asked(events) <= 14
