"""What a handoff, an item and a lock tell of themselves, the same in both clients."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from signoff_client.calls import Answer, Ruled
from signoff_client.decisions import Decision
from signoff_client.plans.claims import InHand
from signoff_client.plans.locks import Locked
from signoff_client.views import Feedback, HandoffView, Who


class SeenHandoff:
    """A handoff as it was when it was last looked at; `view` is all that the server told."""

    def __init__(self, view: HandoffView) -> None:
        self.view = view

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.state} round {self.round}>"

    @property
    def id(self) -> str:
        """The id by which to wait for it from anywhere, at any time."""
        return self.view.id

    @property
    def kind(self) -> str:
        """`approval`, `escalation` or `relay`."""
        return self.view.kind

    @property
    def state(self) -> str:
        """Where it stands: `in_review`, `approved`, `changes_requested`, …."""
        return self.view.state

    @property
    def round(self) -> int:
        """The round it is in, from 1 on."""
        return self.view.round

    @property
    def path(self) -> str | None:
        """Where the package is now."""
        return self.view.path

    @property
    def digest(self) -> str:
        """The digest of the package as it stands."""
        return self.view.digest

    @property
    def url(self) -> str:
        """The page on which people see it."""
        return self.view.url

    @property
    def title(self) -> str:
        """What people read first."""
        return self.view.title

    @property
    def created(self) -> bool:
        """Whether this call opened it, and not an earlier one with the same `dedupe_key`."""
        return self.view.created

    @property
    def correlation(self) -> str | None:
        """What the submitter calls it elsewhere."""
        return self.view.correlation

    @property
    def extra(self) -> dict[str, Any]:
        """What else was said with it."""
        return self.view.extra

    @property
    def resume_state(self) -> str:
        """What the submitter left for itself."""
        return self.view.resume_state

    @property
    def submitted_by(self) -> Who:
        """Who put it in front of people."""
        return self.view.submitted_by


class SeenItem:
    """Work in hand: where it is, how often it was tried, and what people said of it before."""

    def __init__(self, held: InHand) -> None:
        self.held = held

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.path}>"

    @property
    def id(self) -> str:
        """The claim's id."""
        return self.held.view.id

    @property
    def path(self) -> str:
        """The file or folder to work on, inside of `folder`."""
        return self.held.view.path

    @property
    def folder(self) -> str:
        """The work folder that nobody else writes to."""
        return self.held.view.folder

    @property
    def from_path(self) -> str:
        """Where it was before it was claimed."""
        return self.held.view.from_path

    @property
    def attempts(self) -> int:
        """How often it was claimed, this time included."""
        return self.held.view.attempts

    @property
    def round(self) -> int:
        """The round that a submission begins: 1 unless it was sent back."""
        feedback = self.held.view.feedback
        return feedback.round + 1 if feedback is not None else 1

    @property
    def feedback(self) -> Feedback | None:
        """What people said when they sent it back or answered; None if it is new."""
        return self.held.view.feedback

    @property
    def handoff_id(self) -> str:
        """The handoff of which this is the next round; empty if it is new."""
        return self.held.view.handoff

    @property
    def resume_state(self) -> str:
        """What the submitter left for itself with the last submission."""
        return self.held.view.resume_state

    @property
    def token(self) -> str:
        """The lock token that goes with each write."""
        return self.held.token

    @property
    def expires_at(self) -> datetime:
        """Until when it is ours if the lease is not renewed."""
        return self.held.view.expires_at


class SeenLock:
    """A lock that is held and renewed until the block ends."""

    def __init__(self, locked: Locked) -> None:
        self.locked = locked

    @property
    def token(self) -> str:
        """What to give as `lock` with a write."""
        return self.locked.view.token

    @property
    def path(self) -> str:
        """What is locked."""
        return self.locked.view.path

    @property
    def expires_at(self) -> datetime:
        """Until when it is ours if it is not renewed."""
        return self.locked.view.expires_at

    def check(self) -> None:
        """Raise why the lock is lost, if it is."""
        self.locked.check()


class SeenRuling:
    """What people ruled on a call; see `Ruled`."""

    def __init__(self, ruled: Ruled) -> None:
        self.ruled = ruled

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kind} {self.name}>"

    @property
    def decision(self) -> Decision:
        """The decision on the call's handoff."""
        return self.ruled.decision

    @property
    def kind(self) -> Answer:
        """`approve`, `edit`, `reject` or `respond`."""
        return self.ruled.kind

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.ruled.name

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The approved arguments, those of people if they edited; without an approval none."""
        return self.ruled.arguments

    @property
    def message(self) -> str:
        """What people said."""
        return self.ruled.message

    @property
    def may_run(self) -> bool:
        """Whether the call may run, as it was proposed or as it was edited."""
        return self.ruled.may_run

    def check(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Raise ChangedSince unless this very call is what was approved."""
        self.ruled.check(name, arguments)
