"""The counter in a real browser, by keyboard alone: a family of four moves in, and a colleague confirms it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from test_browser import browser, enter, faults, page, site  # noqa: F401
from test_notice_screens import BABY, ELDER, FAMILY, FATHER, MOTHER, MOVED, move_in

pytestmark = pytest.mark.browser


class Keys:
    """A keyboard that counts."""

    def __init__(self, screen: Any) -> None:
        self.page, self.pressed = screen, 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    def to(self, selector: str) -> None:
        """Tab on until the element has the focus."""
        for _ in range(80):
            if self.page.evaluate("s => document.activeElement?.matches(s)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"{selector} is not reached by Tab")


@pytest.fixture
def moved(site: Any) -> str:  # noqa: F811
    """The family in the register, the mother protected; the address of the site."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from kokuho.desks.people.models import Protection

    move_in()
    Protection.objects.create(
        atena_no=MOTHER, valid=DateRange(MOVED, None), until=date(2027, 6, 24), recorded_by="densan", origin="file:1"
    )
    return str(site[0])


def test_a_family_of_four_moves_in_by_keyboard(moved: str, page: Any) -> None:  # noqa: F811
    address = moved
    enter(page, address, "shikaku")
    keys = Keys(page)
    keys.press("g")
    keys.press("i")
    page.wait_for_url("**/eligibility/notices/")
    keys.to("#id_number")
    keys.type(str(FAMILY))
    keys.press("Enter")
    page.wait_for_selector("text=支援措置")  # a member is protected: why it is opened is asked first
    keys.to("input[name=occasion]")
    keys.press("Space")
    keys.to("button[type=submit]")
    keys.press("Enter")
    page.wait_for_selector("#id_code")
    assert faults(page) == []
    keys.to("#id_code")
    with page.expect_response(lambda answer: "asked=1" in answer.url):
        keys.type("101")
    page.wait_for_selector("text=転出証明書")
    keys.to("[data-check-all]")
    keys.press("Space")
    assert all(page.is_checked(f"#person-{member}") for member in (FATHER, MOTHER, BABY, ELDER))
    keys.to("#id_event_on")
    keys.type("R8.6.25")
    keys.to("input[value=transfer_out]")
    keys.press("Space")
    keys.to("#id_method")
    keys.press("ArrowDown")
    keys.to("button[value=preview]")
    keys.press("Enter")
    page.wait_for_selector("text=この後の世帯")
    assert faults(page) == [] and page.complaints == []
    assert page.locator("text=資格確認書をこの届出の確認と同時に交付（窓口）").count() == 3
    assert page.locator("text=負担割合を判定した後に交付").count() == 1, "the grandmother's ratio is not judged yet"
    keys.press("y")
    page.wait_for_url("**/eligibility/notices/*/")
    # A key takes a person a quarter of a second, a page three: the whole way stays under three minutes.
    assert keys.pressed < 110, "numbers, dates and Tab included; the way is not allowed to grow"

    page.context.clear_cookies()
    enter(page, address, "hogo")
    keys = Keys(page)
    keys.press("g")
    keys.press("e")
    page.wait_for_url("**/entries/")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_selector("input[name=occasion]")
    keys.to("input[name=occasion]")
    keys.press("Space")
    keys.to("button[type=submit]")
    keys.press("Enter")
    page.wait_for_selector("text=確認して反映する")
    keys.press("y")
    page.wait_for_selector("text=反映した異動")
    assert keys.pressed < 25 and faults(page) == []
    # The three certificates in one PDF, the button under the finger.
    with page.context.expect_page() as opened:
        keys.press("Enter")
    opened.value.wait_for_load_state()
    assert opened.value.url.endswith("/certificates.pdf")
    assert page.locator("text=県外転入").count() >= 4
    page.goto(f"{address}/eligibility/households/{FAMILY}/events/")
    assert faults(page) == []
    page.goto(f"{address}/households/{FAMILY}/")
