"""Example values for the pages of settings."""

from datetime import timedelta
from typing import Any

from signoff.actions.channels import ChannelView
from signoff.actions.followers import FollowerView
from signoff.actions.preferences import PreferencesView, TopicView
from signoff.actions.views import Who
from signoff.domain import preferences
from signoff.domain.messages import ChannelKind
from signoff.domain.policy_readings import parse
from signoff.domain.preferences import Quiet
from signoff.domain.sidecars import KINDS
from signoff.domain.topics import MEANING
from signoff.web import hearing as page
from signoff.web import policy, policy_words
from signoff.web.pages import Link, Shell
from tests.web import examples

ROOT = "/w/larkfield"


def side(here: str) -> dict[str, list[Link]]:
    """Return the list of pages at the side."""
    pages = {
        "Workspace": ("Policy", "Webhooks", "Channels", "Followers"),
        "You": ("Notifications",),
    }
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


TEXT = """\
reviewers:
- group:finance
due_in: 2d
reminders:
- 4h before
- when due
raise_to: group:heads
four_eyes: 'on'
rules:
- path: contracts/**
  who: each
  reviewers:
  - group:legal
  - mia@larkfield.example
- confidence_below: 0.7
  required: 2
- agent:
  - invoice-bot
  - contract-reader
  flag: critical
  priority: 10
  due_in: 4h
  second_look:
    share: 0.1
"""
BEFORE = TEXT.replace("due_in: 2d", "due_in: 5d").replace("four_eyes: 'on'\n", "")


def policy_page(state: str = "", **shell: Any) -> dict[str, Any]:
    """Return the page of the policy: at rest, `wrong`, `tried`, or before there was `none`."""
    now = examples.NOW
    wrong = TEXT.replace("required: 2", "requird: 2")
    view: dict[str, Any] = {
        "shell": examples.shell("settings", **shell),
        "side": side("Policy"),
        "here": f"{ROOT}/settings/policy",
        "number": 3,
        "rules": policy_words.sentences(parse(TEXT.encode())),
        "may_set": True,
        "text": TEXT,
        "wrong": [],
        "problem": None,
        "tried": None,
        "history": [
            {
                "number": number,
                "by": examples.BEN,
                "at": now - timedelta(days=9 * (4 - number), hours=2),
                "changed": changed,
                "in_force": number == 3,
            }
            for number, changed in (
                (3, ("due_in", "four_eyes")),
                (2, ("rules.1", "rules.2", "rules.3.required", "reminders")),
                (1, ("reviewers", "rules")),
            )
        ],
        "next": None,
        "compared": {"number": 3, "lines": policy.difference(BEFORE, TEXT)},
    }
    match state:
        case "wrong":
            message = "Object contains unknown field `requird` - at `$.rules[1]`"
            view |= {
                "text": wrong,
                "wrong": policy.wrong_lines(wrong, message),
                "problem": {
                    "title": "This policy was not taken.",
                    "detail": f"The policy cannot be taken: {message}.",
                    "hint": "Did you mean “required”?",
                },
            }
        case "tried":
            view["tried"] = TRIED
        case "none":
            empty = {"number": 0, "text": "", "history": [], "compared": None}
            view |= {"rules": policy_words.sentences(parse(b"")), **empty}
    return view


TRIED: dict[str, Any] = {
    "looked_at": 100,
    "differ": 12,
    "by_key": [("who is asked", 9), ("when it is due", 12)],
    "more": 10,
    "items": [
        {
            "title": "October supplier invoices, Brightwater Ceramics",
            "url": f"{ROOT}/handoffs/ho_1",
            "state": "in_review",
            "rules": (2, 3),
            "changes": [
                {
                    "what": "who is asked",
                    "before": "the group finance",
                    "after": "Mia Larsen, Ben",
                },
                {
                    "what": "when it is due",
                    "before": examples.NOW + timedelta(days=2),
                    "after": examples.NOW + timedelta(hours=4),
                },
            ],
        },
        {
            "title": "VAT return, Hallam Street Dental, quarter 3",
            "url": f"{ROOT}/handoffs/ho_2",
            "state": "approved",
            "rules": (),
            "changes": [
                {"what": "how many must approve", "before": "1", "after": "2"},
                {"what": "when it is due", "before": "never", "after": examples.NOW},
            ],
        },
    ],
}


def hearing(*, kept: bool = False, **shell: Any) -> dict[str, Any]:
    """Return the page of what one hears, with an address of one's own."""
    view = PreferencesView(
        zone="Europe/Berlin",
        digest_at="08:00",
        quiet=Quiet(from_="22:00", to="07:00"),
        topics=tuple(
            TopicView(
                topic=topic.value,
                sentence=sentence,
                inbox=choice.inbox,
                channels=choice.channels,
                pace=choice.pace,
                chosen=False,
            )
            for topic, sentence in MEANING.items()
            if (choice := preferences.DEFAULTS[topic])
        ),
        addresses={
            ChannelKind.EMAIL: "ada@larkfield.example",
            ChannelKind.SLACK: "https://hooks.slack.com/…x7Qa",
        },
    )
    return {
        "shell": examples.shell("settings", **shell),
        "side": side("Notifications"),
        "problem": None,
        "here": f"{ROOT}/you/notifications",
        "kept": kept,
        **page.fields(view, zone_here="Europe/Vienna"),
    }


def channels(*, empty: bool = False, **shell: Any) -> dict[str, Any]:
    """Return the page of the workspace's channels."""
    finance = ChannelView(
        id="ch_1",
        name="Finance",
        kind=ChannelKind.SLACK,
        address="https://hooks.slack.com/…x7Qa",
        group="finance",
        handoff_kind="approval",
        path="invoices/**",
        decisions=True,
        set_by=Who(id="pe_ada", kind="person", name="Ada"),
    )
    return {
        "shell": examples.shell("settings", **shell),
        "side": side("Channels"),
        "problem": None,
        "here": f"{ROOT}/settings/channels",
        "channels": [] if empty else [finance],
        "kinds": [(kind.value, name) for kind, name in page.CHANNELS.items()],
        "handoff_kinds": list(KINDS),
        "given": {},
    }


def news(*, empty: bool = False, **shell: Any) -> dict[str, Any]:
    """Return the page of what one was told."""
    told = (
        ("approval", "invoice-bot asks you to review “Invoices of October”", True, False, 3),
        ("comment", "Ben mentioned you on “Renewal dates in 31 contracts”", True, False, 40),
        ("check", "Ben approved “Board pack, third quarter”", False, False, 300),
        ("inbox", "“Expense reports” from ledger-bot waits for a reviewer", False, True, 4000),
    )
    items = [
        {
            "id": f"ev_{n}",
            "headline": headline,
            "url": f"{ROOT}/handoffs/ho_1",
            "by": examples.BEN,
            "at": examples.NOW - timedelta(minutes=minutes),
            "unread": unread,
            "settled": settled,
            "icon": icon,
        }
        for n, (icon, headline, unread, settled, minutes) in enumerate(told)
    ]
    groups = [{"name": "New", "items": items[:2]}, {"name": "Seen", "items": items[2:]}]
    return {
        "shell": examples.shell("news", **shell),
        "groups": [] if empty else groups,
        "here": f"{ROOT}/news",
        "settings_url": f"{ROOT}/you/notifications",
        "until": 0 if empty else 18_204,
        "next_url": "" if empty else "?cursor=0.12",
        "live_url": "",
    }


def stop(*, done: bool = False, theme: str = "auto") -> dict[str, Any]:
    """Return the page to which a link in a message leads."""
    return {
        "shell": Shell(now=examples.NOW, theme=theme),
        "host": "signoff.larkfield.example",
        "done": done,
        "way": "by e-mail",
        "sentences": ("Somebody commented on what you take part in.",),
        "here": "/stop/larkfield/word",
        "settings_url": f"{ROOT}/you/notifications",
    }
