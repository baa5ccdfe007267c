"""Days at the desk: a real browser, a real server, an agent that works over REST."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from tests.journeys.server import PASSWORD, Server, running
from tests.web.gallery import CHROMIUM
from tests.web.test_pages_in_browser import AXE, RULES, complaints

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("browser")]

CSV = "Invoice,Supplier,Total\n" + "".join(f"A-{n},Tern,{n}.50\n" for n in range(1, 150))


class Played(threading.Thread):
    """A server on a loop of its own, while the browser has this thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder = folder
        self.ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.over: asyncio.Event
        self.server: Server

    def run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._serve())
        self.loop.close()

    async def _serve(self) -> None:
        self.over = asyncio.Event()
        async with running(self.folder) as self.server:
            await self.server.found()
            self.ready.set()
            await self.over.wait()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.over.set)
        self.join(20)


class Agent:
    """Scribe, who works over REST."""

    def __init__(self, server: Server) -> None:
        self.client = httpx.Client(
            base_url=f"{server.url}/api/v1/workspaces/acme/",
            headers={"Authorization": f"Bearer {server.keys['scribe']}"},
        )

    def hand_over(self, name: str, data: str = CSV, **said: Any) -> dict[str, Any]:
        put = self.client.put(
            f"files/input/{name}", content=data, headers={"if-none-match": "*"}
        )
        assert put.status_code == 201, put.text
        body = {"kind": "approval", "paths": [f"input/{name}"], **said}
        answer = self.client.post("handoffs", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def handoff(self, name: str) -> dict[str, Any]:
        return dict(self.client.get(f"handoffs/{name}").json())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    played = Played(tmp_path_factory.mktemp("house"))
    played.start()
    assert played.ready.wait(20)
    yield played.server
    played.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def agent(server: Server) -> Iterator[Agent]:
    worker = Agent(server)
    yield worker
    worker.client.close()


def signed_in(browser: Browser, server: Server, **how: Any) -> Page:
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | how)
    page = context.new_page()
    page.goto(f"{server.url}/w/acme/inbox")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()
    return page


def test_a_day_from_the_inbox_to_an_approval(browser: Browser, server: Server, agent: Agent):
    flags = [
        {
            "severity": "critical",
            "message": "The total is wrong.",
            "file": "october.csv",
            "anchor": {"row": 118, "column": "Total"},
        }
    ]
    handed = agent.hand_over("october.csv", title="October invoices", flags=flags)
    page = signed_in(browser, server)
    said = complaints(page)

    page.get_by_role("link", name="October invoices").click()
    page.get_by_role("link", name="The total is wrong.").click()
    looking = page.locator(".looking")
    expect(looking).to_be_in_viewport()
    expect(looking).to_contain_text("118.50")
    page.keyboard.press("a")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Ada approved this")).to_be_visible()
    assert agent.handoff(handed["id"])["state"] == "approved"
    assert said == []
    page.context.close()


def test_changes_are_asked_for_only_with_a_reason(
    browser: Browser, server: Server, agent: Agent
):
    handed = agent.hand_over("vat.csv", title="VAT return")
    page = signed_in(browser, server)
    page.goto(f"{server.url}/w/acme/handoffs/{handed['id']}")

    page.get_by_role("button", name="Request changes").click()
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_text("A reason is needed.")).to_be_visible()
    assert agent.handoff(handed["id"])["state"] == "in_review"
    page.locator("#reason").fill("Box 2 is wrong.")
    page.get_by_role("button", name="Send back").click()

    expect(page.get_by_text("Ada asked for changes")).to_be_visible()
    assert agent.handoff(handed["id"])["decision"]["reason"] == "Box 2 is wrong."
    page.context.close()


def test_an_escalation_is_answered_without_a_script(
    browser: Browser, server: Server, agent: Agent
):
    handed = agent.hand_over(
        "lease.md",
        "# Lease\n",
        kind="escalation",
        title="Which lease?",
        needs="I need to know which is in force.",
        questions=[
            {"id": "year", "text": "Which year?", "schema": {"enum": ["2021", "2024"]}},
            {"id": "rent", "text": "What rent?", "schema": {"type": "number"}},
        ],
    )
    page = signed_in(browser, server, java_script_enabled=False)
    page.goto(f"{server.url}/w/acme/handoffs/{handed['id']}")

    page.get_by_label("2024").check()
    page.get_by_label("What rent?").fill("1200.5")
    page.get_by_role("button", name="Answer and hand back").click()

    expect(page.get_by_text("Ada answered")).to_be_visible()
    assert agent.handoff(handed["id"])["decision"]["answers"] == {
        "year": "2024",
        "rent": 1200.5,
    }
    page.context.close()


def test_files_are_put_in_place_and_stand_on_the_record(browser: Browser, server: Server):
    page = signed_in(browser, server)
    page.goto(f"{server.url}/w/acme/files/input")

    file = FilePayload(name="grün & gut.csv", mimeType="text/csv", buffer=b"a,b\n1,2\n")
    page.locator("[data-upload] input[type=file]").set_input_files([file])
    expect(page.get_by_text("Stored")).to_be_visible()
    page.get_by_role("link", name="Show them in the list").click()
    page.get_by_role("link", name="grün & gut.csv").click()
    expect(page.get_by_role("heading", name="grün & gut.csv")).to_be_visible()
    page.get_by_role("link", name="Activity").click()

    expect(page.get_by_text("input/grün & gut.csv")).to_be_visible()
    page.context.close()


def test_new_work_announces_itself_and_moves_nothing(
    browser: Browser, server: Server, agent: Agent
):
    page = signed_in(browser, server)
    page.wait_for_timeout(300)

    agent.hand_over("latest.csv", title="The latest")
    news = page.get_by_role("link", name="1 new handoff, show")
    expect(news).to_be_visible()
    news.click()

    expect(page.get_by_role("link", name="The latest")).to_be_visible()
    page.context.close()


def test_a_page_that_is_overtaken_says_so_and_keeps_the_note(
    browser: Browser, server: Server, agent: Agent
):
    handed = agent.hand_over("overtaken.csv", title="Overtaken")
    page = signed_in(browser, server)
    page.goto(f"{server.url}/w/acme/handoffs/{handed['id']}")
    page.get_by_role("button", name="Reject").click()
    page.locator("#reason").fill("Not this month.")

    edited = page.request.put(
        f"{server.url}/api/v1/workspaces/acme/files/{handed['path']}",
        data="Invoice,Supplier,Total\nA-1,Tern,2\n",
        headers={"origin": server.url, "content-type": "text/csv"},
    )
    assert edited.status == 200
    expect(page.locator("[data-moved]")).to_be_visible()
    page.locator("[data-act]").click()

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This has changed since you opened it.")
    assert page.locator("#reason").input_value() == "Not this month."
    assert agent.handoff(handed["id"])["state"] == "in_review"
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_on_the_real_pages(
    browser: Browser, server: Server, agent: Agent, width: int, scheme: str
):
    handed = agent.hand_over(
        f"axe-{width}.csv", title="For axe", summary="A **summary**.", checklist=["One"]
    )
    page = signed_in(
        browser,
        server,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    found: dict[str, list[str]] = {}

    for path in (
        "inbox",
        f"handoffs/{handed['id']}",
        "files/needs-review",
        f"files/{handed['path']}",
        "activity",
        "trash",
        "you",
        "handoffs/ho_no",
    ):
        page.goto(f"{server.url}/w/acme/{path}")
        page.evaluate(AXE)
        result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        wrong = [f"{v['id']}: {n['target']}" for v in result["violations"] for n in v["nodes"]]
        if wrong or page.evaluate("document.documentElement.scrollWidth") > width:
            found[path] = wrong or ["scrolls sideways"]
    page.context.close()

    assert found == {}


def test_a_review_is_handed_on_from_its_page(browser: Browser, server: Server, agent: Agent):
    handed = agent.hand_over("shared.csv", title="Shared")
    page = signed_in(browser, server)
    said = complaints(page)
    page.goto(f"{server.url}/w/acme/handoffs/{handed['id']}")

    page.get_by_text("Hand to…").press("Enter")
    page.get_by_label("To", exact=True).select_option(label="Ben")
    page.get_by_label("What they should know").fill("You know this one.")
    page.evaluate(AXE)
    result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    page.get_by_role("button", name="Hand it on").click()

    expect(page.get_by_text("Ben took this.")).to_be_visible()
    expect(page.get_by_text("Handed the review on")).to_be_visible()
    assert [each["id"] for each in result["violations"]] == []
    assert said == []
    page.context.close()


def test_one_is_away_and_back_without_a_script(browser: Browser, server: Server):
    page = signed_in(browser, server, java_script_enabled=False)
    page.goto(f"{server.url}/w/acme/you")

    page.get_by_text("Say that you are away").click()
    page.get_by_label("From").fill("2031-07-01T08:00")
    page.get_by_label("Until").fill("2031-07-15T08:00")
    page.get_by_label("Who stands in").select_option(label="Ben")
    page.get_by_role("button", name="Be away").click()
    expect(page.get_by_text("Ben will stand in for you")).to_be_visible()
    page.get_by_role("button", name="I am not going").click()

    expect(page.get_by_text("Say that you are away")).to_be_visible()


POLICY = "required: 1\nrules:\n  - path: contracts/**\n    requird: 2\n"


@pytest.mark.parametrize("script", [True, False])
def test_a_policy_is_put_right_tried_saved_and_taken_back(
    browser: Browser, server: Server, agent: Agent, *, script: bool
):
    agent.hand_over(f"contracts/lease-{script}.csv", title="Lease")
    page = signed_in(browser, server, java_script_enabled=script)
    said = complaints(page)
    page.goto(f"{server.url}/w/acme/settings/policy")
    box = page.get_by_label("The policy, in YAML or JSON")

    box.fill(POLICY)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("This policy was not taken.")
    expect(page.locator(".excerpt .wrong")).to_contain_text("requird: 2")
    expect(box).to_have_value(POLICY)
    if script:
        page.evaluate(AXE)
        result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [each["id"] for each in result["violations"]] == []

    box.fill(POLICY.replace("requird", "required"))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("status").filter(has_text="otherwise")).to_be_visible()
    expect(page.get_by_text("how many must approve").first).to_be_visible()

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("cell", name="2 must approve")).to_be_visible()

    box.fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("cell", name="2 must approve")).to_have_count(0)
    page.get_by_role("link", name="See what changed").nth(1).press("Enter")
    expect(page.locator(".difference .come").first).to_be_visible()
    assert [one for one in said if "422" not in one] == []
    page.context.close()
