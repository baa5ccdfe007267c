"""What one is told of, topic by topic."""

from enum import StrEnum


class Topic(StrEnum):
    """What one is told of; each is chosen for itself."""

    ASKED = "asked"
    REASSIGNED = "reassigned"
    RAISED = "raised"
    REMINDED = "reminded"
    NEXT_ROUND = "next_round"
    SECOND_LOOK = "second_look"
    OPEN = "open"
    MENTIONED = "mentioned"
    DECIDED = "decided"
    COMMENTED = "commented"
    AGENT_DECIDED = "agent_decided"
    ENDPOINT = "endpoint"
    SETTLED = "settled"


MEANING: dict[Topic, str] = {
    Topic.ASKED: "You, or a group of yours, are asked to review.",
    Topic.REASSIGNED: "A review was handed to you.",
    Topic.RAISED: "A handoff was raised to you.",
    Topic.REMINDED: "You are reminded of a review that waits for you.",
    Topic.NEXT_ROUND: "What you reviewed came back for its next round.",
    Topic.SECOND_LOOK: "What was approved wants a second look from you.",
    Topic.OPEN: "Something waits that any reviewer may decide.",
    Topic.MENTIONED: "Somebody wrote @ and your name, or your group's.",
    Topic.DECIDED: "What you handed over was decided.",
    Topic.COMMENTED: "Somebody commented on what you take part in.",
    Topic.AGENT_DECIDED: "What an agent of yours handed over was decided.",
    Topic.ENDPOINT: "A webhook of yours was turned off after failing for long.",
    Topic.SETTLED: "What you were asked is not asked any more.",
}
"""The topics with their sentences, the weightiest first."""
