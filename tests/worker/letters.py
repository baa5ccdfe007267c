"""Letters as pictures, to be looked at: `python -m tests.worker.letters FOLDER`."""

import sys
from pathlib import Path

import msgspec
from playwright.sync_api import sync_playwright

from signoff.domain.messages import Fact, Message
from signoff.worker.channels.letters import as_html, cleaned
from tests.web.gallery import CHROMIUM
from tests.worker.example_messages import ASKED, BURST, DECIDED

LONG = "https://signoff.example.org/" + "a-name-without-any-blank-in-it/" * 12
LETTERS: dict[str, Message] = {
    "asked": ASKED,
    "decided": DECIDED,
    "burst": BURST,
    "bare": msgspec.structs.replace(ASKED, facts=(), body="", stop_url="", settings_url=""),
    "long": msgspec.structs.replace(
        ASKED, headline=LONG, body=LONG, facts=(Fact(label="Where", value=LONG),)
    ),
}


def html(name: str) -> str:
    return as_html(cleaned(LETTERS[name]))


def pictures(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        for width, height in ((1440, 900), (390, 844)):
            for scheme in ("light", "dark"):
                tab = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                for name in LETTERS:
                    tab.set_content(html(name))
                    tab.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
                tab.close()
        browser.close()


if __name__ == "__main__":
    pictures(Path(sys.argv[1]))
