"""Channels of a workspace: where a group, or everybody, is told together."""

from typing import Annotated

from msgspec import Meta, Struct

from signoff.domain.events import Type
from signoff.domain.globs import matches
from signoff.domain.handoffs import Handoff, State
from signoff.domain.ids import ActorId, Path
from signoff.domain.messages import ChannelKind
from signoff.domain.reviewers import steps_of
from signoff.domain.tallies import current_step
from signoff.domain.topics import Topic

PREFIX = "ch"
"""What the ids of channels begin with."""


class WorkspaceChannel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place outside where a workspace's handoffs are told, and which of them.

    `group` and `handoff_kind` keep those that ask the group, or are of the kind; `path` is a
    glob below the stage. With `decisions` it also hears what was decided. Who set it must be
    able to see what is told.
    """

    id: str
    name: str
    kind: ChannelKind
    address: str
    group: str = ""
    handoff_kind: str = ""
    path: Annotated[str, Meta(max_length=1000)] = ""
    decisions: bool = False
    set_by: ActorId


def is_channel(whom: str) -> bool:
    """Say whether it is the id of a channel, and of no person."""
    return whom.startswith(f"{PREFIX}_")


_TOPICS: dict[str, Topic] = {
    Type.HANDOFF_OPENED: Topic.ASKED,
    Type.HANDOFF_RESUBMITTED: Topic.NEXT_ROUND,
    Type.HANDOFF_RECALLED: Topic.ASKED,
    Type.HANDOFF_RAISED: Topic.RAISED,
    "handoff.reminded": Topic.REMINDED,
}
_DECIDED = frozenset(
    {
        Type.HANDOFF_APPROVED,
        Type.HANDOFF_CHANGES_REQUESTED,
        Type.HANDOFF_REJECTED,
        Type.HANDOFF_ANSWERED,
        Type.HANDOFF_WITHDRAWN,
    }
)


def told(channel: WorkspaceChannel, type_: str, handoff: Handoff, path: Path) -> Topic | None:
    """Return of which topic a channel is told at an event; None if it is not.

    `path` is where the package stands below its stage.
    """
    if channel.handoff_kind not in ("", handoff.kind):
        return None
    if channel.path and not matches(channel.path, path):
        return None
    if type_ in _DECIDED:
        return Topic.DECIDED if channel.decisions else Topic.SETTLED
    if handoff.state is not State.IN_REVIEW or type_ not in _TOPICS:
        return None
    if channel.group and f"group:{channel.group}" not in _asked(handoff):
        return None
    return _TOPICS[type_]


def _asked(handoff: Handoff) -> tuple[str, ...]:
    raised = (handoff.raised_to,) if handoff.raised_to else ()
    return steps_of(handoff)[current_step(handoff)].reviewers + raised
