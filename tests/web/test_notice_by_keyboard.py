"""The counter in a real browser, by keyboard alone: a family of four moves in, a colleague signs in at another screen and confirms it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from test_browser import browser, faults, page, site  # noqa: F401
from test_notice_screens import BABY, ELDER, FAMILY, FATHER, MOTHER, MOVED, move_in
from weboffice import PASSWORD

pytestmark = pytest.mark.browser


class Keys:
    """A keyboard that counts."""

    def __init__(self, screen: Any) -> None:
        self.page, self.pressed, self.pages = screen, 0, 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.pressed += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.pressed += len(text)

    @property
    def seconds(self) -> float:
        """What a new clerk needs: a quarter of a second a key, and three to look at each page."""
        return self.pressed * 0.25 + self.pages * 3

    def looked(self, what: str) -> None:
        """Wait for a page and read it; its keys work once it has arrived whole."""
        self.page.wait_for_selector(what)
        self.page.wait_for_load_state()
        self.pages += 1

    def sign_in(self, address: str, staff_no: str) -> None:
        """As at the start of a day: number, password, the notice of what is recorded."""
        self.page.goto(f"{address}/accounts/login/")
        self.to("#id_login")
        self.type(staff_no)
        self.press("Tab")
        self.type(PASSWORD)
        self.press("Enter")
        self.looked("text=読みました")
        self.to("button[type=submit]")
        self.press("Enter")
        self.looked("h1 >> text=ホーム")

    def open_protected(self) -> None:
        """Say why a protected person's record is opened."""
        self.looked("input[name=occasion]")
        self.to("input[name=occasion]")
        self.press("Space")
        self.to("button[type=submit]")
        self.press("Enter")

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


def test_a_family_of_four_moves_in_by_keyboard(moved: str, browser: Any, page: Any) -> None:  # noqa: F811
    address = moved
    keys = Keys(page)
    keys.sign_in(address, "shikaku")
    keys.press("g")
    keys.press("i")
    keys.looked("#id_number")
    keys.to("#id_number")
    keys.type(str(FAMILY))
    keys.press("Enter")
    keys.open_protected()  # a member is protected: why it is opened is asked first
    keys.looked("#id_code")
    assert faults(page) == []
    keys.to("#id_code")
    with page.expect_response(lambda answer: "asked=1" in answer.url):
        keys.type("101")
    page.wait_for_selector("text=転出証明書")
    keys.to("[data-check-all]")
    keys.press("Space")
    assert all(page.is_checked(f"#person-{member}") for member in (FATHER, MOTHER, BABY, ELDER))
    for member in (FATHER, MOTHER, BABY, ELDER):
        assert page.input_value(f"#id_four_{member}") == "", "nothing agrees before somebody compared"
    # From the first box down the rows; the order on the page is the order of the keys.
    for place in sorted((FATHER, MOTHER, BABY, ELDER), key=lambda member: page.locator(f"#id_four_{member}").bounding_box()["y"]):
        keys.to(f"#id_four_{place}")
        keys.press("ArrowDown")
    keys.to("#id_event_on")
    keys.type("R8.6.25")
    keys.to("input[value=transfer_out]")
    keys.press("Space")
    keys.to("#id_method")
    keys.press("ArrowDown")
    keys.to("button[value=preview]")
    keys.press("Enter")
    keys.looked("text=この後の世帯")
    assert "y で「この内容で確認に回す」" in page.locator("section[aria-labelledby=preview] header").inner_text()
    assert faults(page) == [] and page.complaints == []
    assert page.locator("text=資格確認書をこの届出の確認と同時に交付（窓口）").count() == 4
    assert page.locator("text=一部負担金の割合を2割と判定").count() == 1, "the grandmother's income is not told yet"
    keys.press("y")
    page.wait_for_url("**/eligibility/notices/*/")
    keys.looked("text=入力した本人は確認できません")

    # The colleague at another screen, from the sign-in on.
    other = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP").new_page()
    other.set_default_timeout(60_000)
    second = Keys(other)
    second.sign_in(address, "hogo")
    second.press("g")
    second.press("e")
    other.wait_for_url("**/entries/")  # the page before it has a list as well
    second.looked("table.list tbody tr")
    second.press("ArrowDown")
    second.press("Enter")
    second.open_protected()
    second.looked("text=確認して反映する")
    assert other.locator("text=一部負担金の割合を2割と判定").count() == 1
    second.press("y")
    second.looked("text=反映した異動")
    assert faults(other) == []
    # The four certificates in one PDF, the button under the finger.
    with other.context.expect_page() as opened:
        second.press("Enter")
    opened.value.wait_for_load_state()
    assert opened.value.url.endswith("/certificates.pdf")
    assert opened.value.evaluate("document.contentType") == "application/pdf"
    assert other.locator("text=県外転入").count() >= 4 and other.locator("text=（2割）").count() == 1
    # Both sign-ins, every key and every page included: the way is not allowed to grow beyond three minutes.
    assert keys.seconds + second.seconds < 120, (keys.pressed, keys.pages, second.pressed, second.pages)
    for path in (f"/eligibility/households/{FAMILY}/events/", f"/households/{FAMILY}/"):
        other.goto(f"{address}{path}")
        assert faults(other) == [], path
