"""Example values for the pages of settings."""

from datetime import timedelta
from typing import Any

from signoff.actions.followers import FollowerView
from signoff.web.pages import Link
from tests.web import examples

ROOT = "/w/larkfield"


def side(here: str) -> dict[str, list[Link]]:
    """Return the list of pages at the side."""
    pages = {"Workspace": ("Policy", "Webhooks", "Followers"), "You": ("Notifications",)}
    return {
        group: [
            Link(name=name, url=f"{ROOT}/settings/{name.lower()}", current=name == here)
            for name in names
        ]
        for group, names in pages.items()
    }


def followers(**shell: Any) -> dict[str, Any]:
    """Return the page of those who follow the log, one of whom is behind."""
    now = examples.NOW
    return {
        "shell": examples.shell("settings", **shell),
        "side": side("Followers"),
        "problem": None,
        "here": f"{ROOT}/settings/followers",
        "may_rewind": True,
        "followers": [
            FollowerView(
                name="names",
                sentence="Gives what got a name the words by which it is found.",
                position=18_204,
                behind=0,
                saved_at=now - timedelta(seconds=3),
            ),
            FollowerView(
                name="webhooks",
                sentence="Puts what happened in line for the endpoints that want it.",
                position=18_190,
                behind=14,
                waiting_since=now - timedelta(minutes=2),
                saved_at=now - timedelta(minutes=2),
            ),
        ],
    }
