"""The page about what one hears says what the law holds without a choice."""

import re

from signoff.domain.preferences import DEFAULTS, Choice, Pace
from signoff.domain.topics import Topic
from tests.house.pages import ROOT

PAGE = ROOT / "docs" / "how-to" / "choose-what-you-hear.md"
PACES = {
    Pace.NOW: "mail at once",
    Pace.HOURLY: "mail every hour",
    Pace.DAILY: "mail once a day",
}


def said(topic: Topic, choice: Choice) -> str:
    if topic is Topic.SETTLED:
        return "an answer to the mail that asked"
    return PACES[choice.pace] if choice.channels else "nothing"


def test_the_page_names_every_topic_with_what_holds_without_a_choice() -> None:
    rows = re.findall(r"^\| `(\w+)` [^|]* \| ([^|]*) \|$", PAGE.read_text(), re.MULTILINE)

    expected = {topic.value: said(topic, choice) for topic, choice in DEFAULTS.items()}
    assert dict(rows) == expected
