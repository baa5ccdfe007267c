"""Letters as eyes see them: on paper and in the dark, wide and narrow, with nothing loaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from signoff.worker.channels.letters import COLOURS
from tests.web.gallery import CHROMIUM
from tests.worker.letters import LETTERS, html

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.xdist_group("browser")]

AXE = (Path(__file__).parents[1] / "assets" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)
        yield chromium
        chromium.close()


def opened(browser: Browser, width: int, scheme: Any) -> Page:
    return browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ).new_page()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_letter_is_read_by_everybody(browser: Browser, width: int, scheme: str) -> None:
    page = opened(browser, width, scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found: dict[str, list[str]] = {}

    for name in LETTERS:
        page.set_content(html(name))
        page.evaluate(AXE)
        result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        wrong = [f"{v['id']}: {n['target']}" for v in result["violations"] for n in v["nodes"]]
        if wrong:
            found[name] = wrong
    page.context.close()

    assert found == {}
    assert asked == []


def test_no_letter_scrolls_sideways_on_a_small_phone(browser: Browser) -> None:
    page = opened(browser, 320, "light")
    widths: dict[str, int] = {}

    for name in LETTERS:
        page.set_content(html(name))
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()

    assert {name: width for name, width in widths.items() if width > 320} == {}


@pytest.mark.parametrize(("scheme", "which"), [("light", 0), ("dark", 1)])
def test_the_colours_of_a_letter_are_those_of_the_pages(
    browser: Browser, scheme: str, which: int
) -> None:
    page = opened(browser, 390, scheme)
    tokens = Path(__file__).parents[2] / "src/signoff/web/static/tokens.css"
    names = list(COLOURS)

    page.set_content(f"<style>{tokens.read_text()}</style><canvas width=1 height=1></canvas>")
    seen = page.evaluate(
        """names => names.map(name => {
          const span = document.body.appendChild(document.createElement("span"));
          span.style.color = `var(--${name})`;
          const pen = document.querySelector("canvas").getContext("2d");
          pen.fillStyle = getComputedStyle(span).color;
          pen.fillRect(0, 0, 1, 1);
          return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
        })""",
        names,
    )
    page.context.close()

    for name, rgb in zip(names, seen, strict=True):
        said = COLOURS[name][which]
        wanted = [int(said[at : at + 2], 16) for at in (1, 3, 5)]
        assert all(abs(a - b) <= 1 for a, b in zip(rgb, wanted, strict=True)), (name, rgb)
