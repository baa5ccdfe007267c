"""Pages in a real browser: accessible, within their policy, and useful by key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from tests.web.gallery import CHROMIUM, PAGES, Served

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("browser")]

AXE = (Path(__file__).parents[1] / "assets" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with Served() as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def complaints(page: Page) -> list[str]:
    said: list[str] = []
    page.on(
        "console", lambda m: said.append(m.text) if m.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, address: str, width: int, scheme: Any
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    said = complaints(page)
    found: dict[str, list[str]] = {}

    for name in PAGES:
        page.goto(f"{address}/{name}")
        page.evaluate(AXE)
        result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        wrong = [f"{v['id']}: {n['target']}" for v in result["violations"] for n in v["nodes"]]
        if wrong:
            found[name] = wrong
    context.close()

    assert found == {}
    assert said == []


def test_no_page_scrolls_sideways_on_a_small_phone(tab: Page, address: str) -> None:
    tab.set_viewport_size({"width": 320, "height": 700})
    widths: dict[str, int] = {}

    for name in PAGES:
        tab.goto(f"{address}/{name}")
        widths[name] = tab.evaluate("document.documentElement.scrollWidth")

    assert {name: width for name, width in widths.items() if width > 320} == {}


@pytest.mark.parametrize("name", ["handoff", "escalation"])
def test_the_desk_fills_the_window_and_only_its_parts_scroll(
    tab: Page, address: str, name: str
) -> None:
    tab.goto(f"{address}/{name}")

    assert tab.evaluate("document.documentElement.scrollHeight") == 900


@pytest.mark.parametrize("name", ["handoff", "escalation"])
def test_on_a_phone_the_desk_opens_at_its_title(tab: Page, address: str, name: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})

    tab.goto(f"{address}/{name}")

    assert tab.evaluate("scrollY") == 0
    assert tab.evaluate(
        """() => {
          const tab = document.querySelector(".tabs [aria-current]").getBoundingClientRect();
          return tab.left >= 0 && tab.left < innerWidth;
        }"""
    )


def test_keys_move_through_the_inbox_and_select(tab: Page, address: str) -> None:
    tab.goto(f"{address}/inbox")

    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("x")

    assert (tab.locator(":focus").text_content() or "").startswith("Two versions of the Osei")
    assert tab.locator("[data-picked]").text_content() == "1 selected"
    assert tab.locator("[data-approve]").is_visible()


def test_keys_do_nothing_while_somebody_types(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff")

    tab.keyboard.press("c")
    tab.keyboard.type("grand, n?")

    assert tab.locator("#say").input_value() == "grand, n?"
    assert tab.locator("[data-flag][aria-current]").count() == 0


def test_a_flag_leads_to_its_cell_and_is_remembered_as_looked_at(
    tab: Page, address: str
) -> None:
    tab.goto(f"{address}/handoff")

    tab.keyboard.press("n")

    assert tab.locator("td.looking").get_attribute("id") == "cell-118-6"
    assert tab.locator("[data-unlooked]").text_content() == "4 flags not looked at yet"


def test_a_verdict_that_needs_a_reason_asks_for_it_in_the_page(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff")
    reason = tab.locator("#reason")
    hidden_before = reason.is_hidden()

    tab.keyboard.press("r")
    tab.locator("[data-act]").click()

    assert hidden_before
    assert tab.locator("[data-act]").text_content() == "Send back"
    assert tab.locator("[data-act]").get_attribute("value") == "request_changes"
    assert tab.locator("[data-why-missing]").is_visible()
    assert tab.url == f"{address}/handoff"


def test_the_approve_key_moves_to_the_button_and_signs_nothing(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff")

    tab.keyboard.press("a")

    assert tab.locator(":focus").get_attribute("value") == "approve"
    assert tab.url == f"{address}/handoff"


def test_control_and_enter_send_back_what_was_weighed(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff")
    tab.keyboard.press("r")
    tab.keyboard.type("The dates are day first.")

    with tab.expect_request(lambda request: request.method == "POST") as sent:
        tab.keyboard.press("Control+Enter")

    assert "verdict=request_changes" in (sent.value.post_data or "")
    assert "reason=The+dates+are+day+first." in (sent.value.post_data or "")


def test_control_and_enter_never_approve(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff-refused")
    tab.locator("#reason").focus()

    tab.keyboard.press("Control+Enter")

    assert tab.locator(":focus").get_attribute("value") == "approve"
    assert tab.url == f"{address}/handoff-refused"


def test_a_verdict_posts_the_digest_the_round_and_the_reason(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff")
    tab.keyboard.press("Shift+R")
    tab.locator("#reason").fill("Not wanted.")

    with tab.expect_request(lambda request: request.method == "POST") as sent:
        tab.locator("[data-act]").click()

    body = sent.value.post_data or ""
    assert sent.value.url.endswith("/handoffs/ho_1/decision")
    assert "verdict=reject" in body
    assert "round=2" in body
    assert "reason=Not+wanted." in body
    assert "digest=sha256%3A" in body


def test_without_a_script_every_verdict_and_its_reason_are_on_the_page(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()

    page.goto(f"{address}/handoff")

    assert page.locator("#reason").is_visible()
    assert [
        b.get_attribute("value") for b in page.locator("[name=verdict]").all() if b.is_visible()
    ] == ["reject", "request_changes", "approve"]
    assert page.locator(".with-script:visible").count() == 0
    context.close()


def test_the_theme_is_kept_in_a_cookie_that_the_server_reads(tab: Page, address: str) -> None:
    tab.goto(f"{address}/inbox")

    tab.get_by_role("button", name="Dark").click()
    tab.reload()

    assert tab.locator("html").get_attribute("data-theme") == "dark"


def test_a_tab_of_the_package_opens_in_place(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff")

    with tab.expect_response(lambda response: "file=report.md" in response.url):
        tab.locator(".tabs a", has_text="report.md").click()
    tab.wait_for_url("**file=report.md")

    assert tab.locator("#evidence").count() == 1


def test_a_file_that_is_dropped_in_is_put_to_the_api(tab: Page, address: str) -> None:
    tab.goto(f"{address}/files")
    seen: list[tuple[str, str, str | None]] = []

    def answer(route: Any) -> None:
        request = route.request
        seen.append((request.method, request.url, request.headers.get("if-none-match")))
        route.fulfill(status=201, body="{}")

    tab.route("**/api/v1/**", answer)
    tab.locator("input[type=file]").set_input_files(
        FilePayload(name="grün & gut.csv", mimeType="text/csv", buffer=b"a,b\n")
    )
    tab.locator("[data-uploads] .good").wait_for()

    assert seen == [
        (
            "PUT",
            f"{address}/api/v1/workspaces/larkfield/files/input/brightwater/gr%C3%BCn%20%26%20gut.csv",
            "*",
        )
    ]


def test_a_link_to_a_program_is_followed_under_the_pages_policy(
    tab: Page, address: str
) -> None:
    tab.goto(f"{address}/files")
    said = complaints(tab)
    tab.evaluate(
        "document.addEventListener('securitypolicyviolation',"
        " (event) => console.error(event.violatedDirective))"
    )
    asked: list[str] = []
    devtools = tab.context.new_cdp_session(tab)
    devtools.on("Page.frameRequestedNavigation", lambda told: asked.append(told["url"]))
    devtools.send("Page.enable")

    tab.get_by_role("link", name="Open in Excel").click()
    tab.wait_for_timeout(300)

    assert asked == ["ms-excel:ofe|u|https://signoff.example/dav/a.csv"]
    assert said == []
    assert tab.url == f"{address}/files"


def test_what_is_to_be_copied_is_copied_by_its_button(tab: Page, address: str) -> None:
    tab.goto(f"{address}/drive-linux")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])

    button = tab.get_by_role("button", name="Copy the user name")
    button.focus()
    tab.keyboard.press("Enter")

    expect(button).to_have_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()") == "ada@larkfield.example"


def test_where_there_is_no_clipboard_the_older_way_copies(tab: Page, address: str) -> None:
    tab.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    tab.goto(f"{address}/app-passwords-made")
    button = tab.get_by_role("button", name="Copy the password")

    button.click()

    expect(button).to_have_text("Copied")
    assert tab.evaluate("getSelection().toString()").startswith("sp_")


def test_without_a_script_everything_about_drives_is_there_and_nothing_that_cannot_work(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/drive-macos")
    steps = page.locator(".howto > li").count()
    dead = page.locator("[data-copy]:visible").count()

    page.goto(f"{address}/app-passwords")
    revoke = page.get_by_role("button", name="Revoke it").first
    before = revoke.is_visible()
    page.locator("summary", has_text="Revoke").first.click()

    assert (steps, dead) == (2, 0)
    assert not before
    assert revoke.is_visible()
    context.close()


def test_a_tool_call_is_changed_in_its_own_form(tab: Page, address: str) -> None:
    tab.goto(f"{address}/handoff-call")
    tab.get_by_text("Change the arguments").click()
    tab.get_by_label("subject").fill("October statement")

    with tab.expect_request("**/handoffs/ho_1/call") as sent:
        tab.get_by_role("button", name="Save your version").click()

    assert sent.value.method == "POST"
    assert "answers%5Barguments%5D%5Bsubject%5D=October+statement" in (
        sent.value.post_data or ""
    )
