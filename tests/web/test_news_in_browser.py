"""News in a real browser: seen when looked at, shown by the browser only if one asked for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.server import Server
from tests.web.gallery import Served
from tests.web.test_journeys_in_browser import (  # noqa: F401  the fixtures of a day at the desk
    Agent,
    agent,
    browser,
    server,
    signed_in,
)
from tests.web.test_pages_in_browser import complaints

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("browser")]

RECORDED = """
window.shown = [];
window.Notification = class extends EventTarget {
  static permission = "granted";
  static requestPermission = async () => "granted";
  constructor(title) { super(); window.shown.push(title); }
};
document.hasFocus = () => false;
"""
"""A browser that lets notifications through, and a person who looks at something else."""


def until_shown(page: Page) -> list[str]:
    for _ in range(80):
        shown: list[str] = page.evaluate("window.shown")
        if shown:
            return shown
        page.wait_for_timeout(250)
    raise AssertionError


@pytest.fixture
def desk(browser: Browser, server: Server) -> Iterator[Page]:  # noqa: F811
    page = signed_in(browser, server)
    yield page
    page.context.close()


def until_told(page: Page, server: Server, title: str) -> None:  # noqa: F811
    for _ in range(40):
        page.goto(f"{server.url}/w/acme/news")
        if page.get_by_text(title).count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(title)


def test_a_handoff_is_seen_when_its_page_is_looked_at(
    desk: Page,
    server: Server,  # noqa: F811
    agent: Agent,  # noqa: F811
) -> None:
    handed = agent.hand_over("seen.csv", title="To be seen")
    until_told(desk, server, "To be seen")
    said = complaints(desk)
    desk.goto(f"{server.url}/w/acme/inbox")
    row = desk.locator("li.row", has_text="To be seen")
    expect(row).to_have_class("row unread")

    desk.goto(f"{server.url}/w/acme/handoffs/{handed['id']}")
    expect(desk.locator("[data-seen]")).to_have_count(0)

    desk.goto(f"{server.url}/w/acme/inbox")
    expect(row).to_have_class("row")
    assert said == []


def test_without_script_a_button_says_that_it_was_seen(
    browser: Browser,  # noqa: F811
    server: Server,  # noqa: F811
    agent: Agent,  # noqa: F811
) -> None:
    handed = agent.hand_over("plain.csv", title="Without script")
    page = signed_in(browser, server, java_script_enabled=False)
    until_told(page, server, "Without script")
    page.goto(f"{server.url}/w/acme/handoffs/{handed['id']}")

    page.get_by_role("button", name="Mark as seen").click()

    expect(page.get_by_role("button", name="Mark as seen")).to_have_count(0)
    page.context.close()


def test_the_browser_shows_what_is_new_once_one_asked_for_it(
    browser: Browser,  # noqa: F811
    server: Server,  # noqa: F811
    agent: Agent,  # noqa: F811
) -> None:
    page = signed_in(browser, server)
    page.context.add_init_script(RECORDED)
    said = complaints(page)
    page.goto(f"{server.url}/w/acme/inbox")
    agent.hand_over("before.csv", title="Before it was wanted")
    expect(page.locator("[data-news]")).to_be_visible()
    page.goto(f"{server.url}/w/acme/you/notifications")
    button = page.locator("[data-tell-here]")
    button.click()
    expect(button).to_have_text("Stop telling me in this browser")
    until_told(page, server, "Before it was wanted")

    page.goto(f"{server.url}/w/acme/inbox")
    page.wait_for_timeout(500)
    agent.hand_over("after.csv", title="After it was wanted")
    shown = until_shown(page)

    assert shown == ["“After it was wanted” from scribe waits for a reviewer"]
    assert said == []
    page.context.close()


def test_a_browser_that_was_told_not_to_offers_nothing(browser: Browser) -> None:  # noqa: F811
    context = browser.new_context()
    context.add_init_script(RECORDED.replace('"granted"', '"denied"'))
    page = context.new_page()
    with Served() as address:
        page.goto(f"{address}/hearing")

        expect(page.locator("[data-tell-here]")).to_be_hidden()
        expect(page.locator("[data-tell-here-said]")).to_contain_text("told not to show")
    context.close()
