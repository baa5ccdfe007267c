"""Every page with example values, on a loopback server or as pictures, to be looked at.

python -m tests.web.gallery serve            prints an address
python -m tests.web.gallery pictures FOLDER  each page, wide and narrow, light and dark
"""

import http.server
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from signoff.web import statics
from signoff.web.pages import RAW_SECURITY, SECURITY, page
from tests.web import example_calls, example_settings, examples

CHART = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 180" width="420" height="180"><rect width="420" height="180" fill="#fff"/><g fill="#2347a3"><rect x="40" y="60" width="50" height="90"/><rect x="120" y="40" width="50" height="110"/><rect x="200" y="80" width="50" height="70"/><rect x="280" y="30" width="50" height="120"/></g><path d="M20 150H400" stroke="#555"/></svg>"""

PAGES: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "inbox": ("inbox.html", examples.inbox),
    "inbox-empty": ("inbox.html", lambda **k: examples.inbox(empty=True, **k)),
    "handoff": ("handoff.html", examples.handoff),
    "handoff-since": ("handoff.html", lambda **k: examples.handoff(since=True, **k)),
    "handoff-report": ("handoff.html", lambda **k: examples.handoff("report.md", **k)),
    "handoff-picture": ("handoff.html", lambda **k: examples.handoff("chart.png", **k)),
    "handoff-pdf": ("handoff.html", lambda **k: examples.handoff("statements.pdf", **k)),
    "handoff-json": ("handoff.html", lambda **k: examples.handoff("handoff.json", **k)),
    "handoff-call": ("handoff.html", example_calls.call),
    "handoff-call-json": (
        "handoff.html",
        lambda **k: example_calls.call(simple=False, **k),
    ),
    "handoff-call-refused": (
        "handoff.html",
        lambda **k: example_calls.call(problem=True, **k),
    ),
    "policy": ("policy.html", example_settings.policy_page),
    "policy-wrong": ("policy.html", lambda **k: example_settings.policy_page("wrong", **k)),
    "policy-tried": ("policy.html", lambda **k: example_settings.policy_page("tried", **k)),
    "policy-none": ("policy.html", lambda **k: example_settings.policy_page("none", **k)),
    "followers": ("followers.html", example_settings.followers),
    "hearing": ("hearing.html", example_settings.hearing),
    "hearing-kept": ("hearing.html", lambda **k: example_settings.hearing(kept=True, **k)),
    "channels": ("channels.html", example_settings.channels),
    "channels-none": (
        "channels.html",
        lambda **k: example_settings.channels(empty=True, **k),
    ),
    "news": ("news.html", example_settings.news),
    "news-empty": ("news.html", lambda **k: example_settings.news(empty=True, **k)),
    "stop": ("stop.html", example_settings.stop),
    "stop-done": ("stop.html", lambda **k: example_settings.stop(done=True, **k)),
    "handoff-refused": (
        "handoff.html",
        lambda **k: (
            examples.handoff(**k)
            | {
                "problem": {
                    "title": "This has changed.",
                    "detail": "invoice-bot withdrew it a moment ago.",
                    "hint": "Your note is kept.",
                    "url": "?",
                },
                "given": {"reason": "Row 118 is wrong."},
            }
        ),
    ),
    "handoff-approved": (
        "handoff.html",
        lambda **k: examples.handoff(
            state="approved",
            decision={
                "verdict": "approve",
                "by": examples.BEN,
                "at": examples.at(5),
                "round": 2,
                "digest": examples.digest("package"),
                "reason": "",
                "changed": True,
            },
            **k,
        ),
    ),
    "handoff-others": (
        "handoff.html",
        lambda **k: (
            examples.handoff(
                title="Renewal dates in 31 supplier contracts, with the clauses they come from, the notice that each of them needs, and what happens if nobody gives it in time",
                **k,
            )
            | {
                "may_decide": False,
                "why_not": "You submitted this yourself. Ask a colleague to look at it.",
                "lock": None,
            }
        ),
    ),
    "escalation": ("handoff.html", examples.escalation),
    "files": ("files.html", examples.files),
    "files-empty": ("files.html", lambda **k: examples.files(empty=True, **k)),
    "activity": ("activity.html", examples.activity),
    "activity-empty": ("activity.html", lambda **k: examples.activity(empty=True, **k)),
    "trash": ("trash.html", examples.trash),
    "trash-empty": ("trash.html", lambda **k: examples.trash(empty=True, **k)),
    "problem": ("problem.html", examples.problem),
    "drive": ("drive.html", examples.drive),
    "drive-macos": ("drive.html", lambda **k: examples.drive("macos", **k)),
    "drive-windows": ("drive.html", lambda **k: examples.drive("windows", **k)),
    "drive-linux": (
        "drive.html",
        lambda **k: examples.drive("linux", host="http://127.0.0.1:8484", **k),
    ),
    "drive-rclone": ("drive.html", lambda **k: examples.drive("rclone", **k)),
    "drive-unencrypted": (
        "drive.html",
        lambda **k: examples.drive("windows", host="http://signoff.example", **k),
    ),
    "you": ("you.html", examples.you),
    "you-away": ("you.html", lambda **k: examples.you(away=True, **k)),
    "handoff-shared": (
        "handoff.html",
        lambda **k: (
            examples.handoff(**k)
            | {
                "asked": ["Mia Larsen", "finance"],
                "for_whom": {"name": "Mia Larsen"},
                "hand": {
                    "people": [("pe_ben", "Ben"), ("pe_mia", "Mia Larsen")],
                    "groups": [("group:finance", "finance")],
                    "whose": [("pe_mia", "Mia Larsen"), ("group:finance", "finance")],
                },
            }
        ),
    ),
    "inbox-left-out": (
        "inbox.html",
        lambda **k: (
            examples.inbox(**k)
            | {
                "notice": {
                    "good": False,
                    "title": "3 approved.",
                    "detail": "2 left out:",
                    "left": [
                        {
                            "title": "October supplier invoices, Brightwater Ceramics",
                            "url": "?",
                            "why": "The package has changed since you looked at it.",
                        },
                        {
                            "title": "Something that is not there any more",
                            "url": "",
                            "why": "There is no such handoff.",
                        },
                    ],
                }
            }
        ),
    ),
    "app-passwords": ("app_passwords.html", examples.app_passwords),
    "app-passwords-none": (
        "app_passwords.html",
        lambda **k: examples.app_passwords(empty=True, **k),
    ),
    "app-passwords-made": (
        "app_passwords.html",
        lambda **k: examples.app_passwords(made=True, **k),
    ),
    "app-passwords-wrong": (
        "app_passwords.html",
        lambda **k: examples.app_passwords(wrong=True, **k),
    ),
    "signin": ("signin.html", examples.signin),
    "signin-wrong": ("signin.html", lambda **k: examples.signin(wrong=True, **k)),
}


def render(name: str, theme: str = "auto") -> str:
    template, view = PAGES[name]
    return page(template, **view(theme=theme))


class Gallery(http.server.BaseHTTPRequestHandler):
    """Serves the pages with the headers of the real door, and their static files."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        cookie = self.headers.get("Cookie", "")
        theme = cookie.partition("theme=")[2].partition(";")[0] or "auto"
        static = path.startswith("/static/")
        asset = statics.load().find(path.split("/")[2:])[0] if static else None
        if asset is not None:
            self.answer(asset.plain, asset.media_type.decode(), {})
        elif path.endswith(".png"):
            self.answer(CHART, "image/svg+xml", RAW_SECURITY)
        elif (name := path.strip("/")) in PAGES:
            self.answer(render(name, theme).encode(), "text/html; charset=utf-8", SECURITY)
        else:
            links = "".join(f'<li><a href="/{n}">{n}</a>' for n in PAGES)
            self.answer(
                f"<!doctype html><title>Pages</title><ul>{links}</ul>".encode(), "text/html", {}
            )

    def answer(self, body: bytes, media_type: str, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in (
            ("Content-Type", media_type),
            ("Content-Length", str(len(body))),
            *headers.items(),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Served:
    """The gallery on a free port of this machine, for as long as the block lasts."""

    def __enter__(self) -> str:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gallery)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


CHROMIUM: dict[str, Any] = {
    "executable_path": "/usr/bin/chromium",
    "args": [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ],
}


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def pictures(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with Served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**CHROMIUM)
        for width, height in ((1440, 900), (390, 844)):
            for scheme in ("light", "dark"):
                tab = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                tab.on("console", lambda message: say(message.text))
                tab.on("pageerror", lambda error: say(str(error)))
                for name in wanted or PAGES:
                    tab.goto(f"{address}/{name}")
                    tab.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
                tab.close()
        browser.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["pictures"]:
        pictures(Path(sys.argv[2]), sys.argv[3:])
    else:
        with Served() as at:
            say(at)
            threading.Event().wait()
