"""In a real browser: keys, accessibility, the policy, the lock, the panel, the print."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from weboffice import HOUSEHOLD, PASSWORD, City, fill

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture
def site(committed_db: str, no_records: None, training: None) -> Iterator[tuple[str, City]]:
    """The product served by threads of this process, with its facts committed. Yields (address, facts)."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.db import connections, transaction

    from kokuho.web.wsgi import application

    with transaction.atomic():
        city = fill()

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Nothing to the terminal."""

    def serve(environ: dict[str, Any], start: Any) -> Any:
        try:
            return application(environ, start)
        finally:
            connections.close_all()

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(serve)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}", city
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Any:
    """A page on a clerk's screen that notes every complaint of the browser."""
    opened = browser.new_context(viewport={"width": 1366, "height": 768}, locale="ja-JP").new_page()
    opened.complaints = []
    opened.on("console", lambda m: opened.complaints.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.set_default_timeout(60_000)
    return opened


def enter(page: Any, address: str, staff_no: str) -> None:
    """Sign in and acknowledge the notice."""
    page.goto(f"{address}/accounts/login/")
    page.fill("#id_login", staff_no)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.click("text=読みました")
    page.wait_for_url(f"{address}/")


def open_protected(page: Any) -> None:
    """Give a reason when the alert asks for one."""
    if page.locator("text=理由を記録して開く").count():
        page.check("input[value=counter]")
        with page.expect_navigation():
            page.click("text=理由を記録して開く")


def faults(page: Any) -> list[str]:
    """What axe finds serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]


def test_every_page_is_accessible_fits_the_screen_and_keeps_the_policy(site: Any, page: Any) -> None:
    address, city = site
    page.goto(f"{address}/accounts/login/")
    assert faults(page) == []
    pages = {
        "fuka": ("/", "/search/?q=わたなべ", f"/households/{HOUSEHOLD}/", "/assessment/levy/2026/", "/assessment/decisions/",
                 "/assessment/ordinance/2026/", f"/assessment/decisions/{city.decision_id}/explanation/", "/collection/postings/",
                 "/batches/", f"/batches/{city.batch_id}/", "/eligibility/candidates/", "/me/", "/accounts/factors/"),
        "densan": ("/exchange/files/", f"/exchange/files/{city.refused_id}/", "/exchange/receive/"),
        "shikaku": (f"/eligibility/candidates/{city.candidate_id}/", "/exchange/work/", f"/exchange/work/{city.work_id}/"),
        "kakari": ("/approvals/", f"/approvals/{city.approval_id}/"),
        "kansa": ("/audit/", "/staff/", "/nowhere/"),
    }  # fmt: skip
    for staff_no, paths in pages.items():
        enter(page, address, staff_no)
        for path in paths:
            page.goto(address + path)
            open_protected(page)
            page.wait_for_load_state("load")
            assert faults(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 1366, path
        page.context.clear_cookies()
    assert [text for text in page.complaints if "404" not in text] == []


def test_a_clerk_works_by_keyboard_alone(site: Any, page: Any) -> None:
    address, _ = site
    enter(page, address, "fuka")
    page.keyboard.press("/")
    page.keyboard.type("わたなべ たろう")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.list tbody tr")
    page.wait_for_load_state()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=支援措置対象者がいます")
    page.focus("input[value=counter]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("table.members")
    page.wait_for_load_state("load")
    page.keyboard.press("y")
    page.wait_for_selector("#panel[open] >> text=所得割額（医療分）")
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel:not([open])", state="attached")
    page.keyboard.press("?")
    assert "なぜこの金額？" in page.locator("#page-keys").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(f"{address}/assessment/levy/2026/")
    assert page.complaints == []


def test_who_knows_the_way_need_not_wait_for_the_page(site: Any, page: Any) -> None:
    address, _ = site
    enter(page, address, "fuka")
    # The keys' own file is slow: what leads elsewhere waits for it, what would decide something is dropped.
    held: list[Any] = []
    page.route("**/web/keys*.js", lambda route: held.append(route))
    page.goto(f"{address}/search/", wait_until="commit")
    page.wait_for_selector("#head-search")
    for key in ("y", "g", "a"):
        page.keyboard.press(key)
    held[0].continue_()
    page.unroute("**/web/keys*.js")
    page.wait_for_url(f"{address}/assessment/levy/2026/")
    assert page.complaints == []


def test_a_figure_opens_the_explanation_at_its_component(site: Any, page: Any) -> None:
    address, _ = site
    enter(page, address, "shikaku")
    page.goto(f"{address}/households/{HOUSEHOLD}/")
    open_protected(page)
    page.click("table.levy >> text=円 >> nth=0", trial=True)
    page.click("a[href$='part=support']")
    page.wait_for_selector("#panel[open] #part-support[data-wanted]")
    assert page.locator("#part-support").is_visible()


def test_filtering_a_list_keeps_the_place_and_the_address(site: Any, page: Any) -> None:
    address, _ = site
    enter(page, address, "fuka")
    page.goto(f"{address}/assessment/decisions/")
    page.fill("#filter-notice", "２６０００００００９")
    page.press("#filter-notice", "Enter")
    page.wait_for_selector("#list >> text=該当する世帯はありません")
    assert page.evaluate("document.activeElement.id") == "filter-notice"
    assert page.url.startswith(f"{address}/assessment/decisions/?notice=") and "reduction" not in page.url
    page.click("text=条件を消す")
    page.wait_for_selector("table.list tbody tr")


def test_an_idle_screen_loses_its_data_and_the_session_locks(site: Any, page: Any) -> None:
    address, _ = site
    page.clock.install()
    enter(page, address, "shikaku")
    page.goto(f"{address}/households/{HOUSEHOLD}/")
    open_protected(page)
    page.wait_for_selector("text=ワタナベ　タロウ")
    page.wait_for_load_state()
    with page.expect_response("**/lock/") as told:
        page.clock.fast_forward("11:00")
    assert told.value.status == 204
    assert page.locator("text=画面をロックしました").is_visible()
    assert "ワタナベ" not in page.content() and "渡邉" not in page.content()
    page.goto(f"{address}/households/{HOUSEHOLD}/")
    assert "/accounts/reauthenticate/" in page.url and "ワタナベ" not in page.content()
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_selector("text=ワタナベ　タロウ")


def test_printing_a_page_gives_a_notice_and_a_sheet_for_paper_its_sheet(site: Any, page: Any) -> None:
    address, city = site
    enter(page, address, "shikaku")
    page.goto(f"{address}/households/{HOUSEHOLD}/")
    open_protected(page)
    page.emulate_media(media="print")
    assert not page.locator("#frame").is_visible() and page.locator("text=画面の印刷はできません").is_visible()
    page.goto(f"{address}/assessment/decisions/{city.decision_id}/explanation/?paper=1")
    page.emulate_media(media="print")
    assert page.locator("text=所得割額（医療分）").is_visible() and not page.locator(".nav").is_visible()


def test_nothing_stays_in_the_browser(site: Any, page: Any) -> None:
    address, _ = site
    enter(page, address, "shikaku")
    page.goto(f"{address}/households/{HOUSEHOLD}/")
    open_protected(page)
    page.goto(f"{address}/search/?q=わたなべ")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "ワタナベ" not in kept and "渡邉" not in kept and str(HOUSEHOLD) not in kept
    assert page.evaluate("caches.keys().then((keys) => keys.length)") == 0
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert names == {"sessionid", "csrftoken"}


def test_a_past_day_is_asked_for_and_left_by_keys(site: tuple[str, City], page: Any) -> None:
    address, _ = site
    enter(page, address, "shikaku")
    page.goto(f"{address}/eligibility/candidates/")
    page.keyboard.press("t")
    assert page.evaluate("document.activeElement.id") == "asof-on"
    page.keyboard.press("Tab")
    page.keyboard.type("R8.6.30")
    page.keyboard.press("Enter")
    page.wait_for_url("**known=R8.6.30**")
    assert page.locator(".asof [role=status]").inner_text().startswith("指定した時点を表示しています")
    assert page.locator("main form[method=post]").count() == 0
    page.locator("h1").click()
    page.keyboard.press("Shift+T")
    page.wait_for_url(f"{address}/eligibility/candidates/")
    assert page.locator(".asof [role=status]").count() == 0
    assert page.complaints == []
