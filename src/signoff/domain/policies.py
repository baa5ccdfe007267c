"""The policy file: who must look at what, by when, and what then. Nothing in it approves."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from signoff.domain.calendars import Length, WorkingHours
from signoff.domain.clocks import OnTimeout
from signoff.domain.ids import SECOND, Micros
from signoff.domain.stages import Stage

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Meta(max_length=50)]
OneOrMore = Name | Annotated[tuple[Name, ...], Meta(min_length=1, max_length=50)]
Required = Annotated[int, Meta(ge=1, le=50)]
Priority = Annotated[int, Meta(ge=-100, le=100)]
Part = Annotated[float, Meta(ge=0, le=1)]
Reminder = Annotated[
    str, Meta(pattern=r"^([1-9][0-9]{0,5} ?(s|m|h|d) (before|after)|when due)\Z")
]
Size = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,8} ?(B|kB|MB|GB)\Z")]

ORDINARY = "ordinary"
FROM = (
    *map(str, (Stage.INPUT, Stage.PROCESSING, Stage.NEEDS_REVIEW, Stage.FEEDBACK)),
    ORDINARY,
)
"""Where a package may be submitted from, as a rule names it."""

WHEN_DUE = "when due"
"""The reminder that is no length before or after."""

_UNITS = {"kB": 1000, "MB": 1000**2, "GB": 1000**3}


class FourEyes(StrEnum):
    """Whether the owner of an agent may approve its work (RULES 27)."""

    OFF = "off"
    ON = "on"
    EDITS = "edits"
    """Neither the owner nor anybody who wrote a version in the package."""


class Who(StrEnum):
    """Whether any of those who are named will do, or each must approve."""

    ONE = "one"
    EACH = "each"


class OrderedStep(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some reviewers, `required` of whom, or each, must approve before the next step."""

    reviewers: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=50)]
    required: Required = 1
    who: Who = Who.ONE


Steps = Annotated[tuple[OrderedStep, ...], Meta(max_length=10)]


class Every(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reminder every so often after opening, `most` times at most."""

    every: Length
    most: Annotated[int, Meta(ge=1, le=50)] = 5


Reminders = Annotated[tuple[Reminder, ...], Meta(max_length=20)] | Every


class SecondLook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large a share of what is approved other people look at once more, and who.

    Nobody named means any who may review. Who disagrees has it raised to `raise_to`.
    """

    share: Part
    reviewers: Names = ()
    raise_to: Name | None = None


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What else is demanded of packages that meet every condition given here.

    `confidence_below` also means a package that says no confidence, which is the lowest;
    `flag` means this severity or a graver one.
    """

    path: Name | None = None
    kind: Name | None = None
    stage: Name | None = None
    agent: OneOrMore | None = None
    confidence_below: Part | None = None
    confidence_from: Part | None = None
    flag: Name | None = None
    size_above: Size | None = None
    files_above: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    type: OneOrMore | None = None

    reviewers: Names = ()
    who: Who = Who.ONE
    steps: Steps = ()
    required: Required | None = None
    priority: Priority | None = None
    due_in: Length | None = None
    reminders: Reminders | None = None
    raise_to: Name | None = None
    on_timeout: OnTimeout | None = None
    timeout_after: Length | None = None
    reassign_to: Names = ()
    four_eyes: FourEyes | None = None
    max_rounds: Annotated[int, Meta(ge=1, le=100)] | None = None
    max_attempts: Annotated[int, Meta(ge=1, le=100)] | None = None
    settle_seconds: Annotated[float, Meta(ge=0, le=3600)] | None = None
    second_look: SecondLook | None = None


CONDITIONS = Rule.__struct_fields__[: Rule.__struct_fields__.index("reviewers")]
DEMANDS = Rule.__struct_fields__[len(CONDITIONS) :]


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The workspace's policy. Without one, any one reviewer or manager decides (RULES 22).

    Without `due_in` a handoff waits for ever.
    """

    settle_seconds: Annotated[float, Meta(ge=0, le=3600)] = 5
    lease_seconds: Annotated[int, Meta(ge=60, le=86_400)] = 600
    max_rounds: Annotated[int, Meta(ge=1, le=100)] = 5
    max_attempts: Annotated[int, Meta(ge=1, le=100)] = 3
    four_eyes: FourEyes = FourEyes.OFF
    required: Required = 1
    reviewers: Names = ()
    who: Who = Who.ONE
    steps: Steps = ()
    priority: Priority = 0
    due_in: Length | None = None
    reminders: Reminders = ()
    raise_to: Name | None = None
    on_timeout: OnTimeout = OnTimeout.WAIT
    timeout_after: Length | None = None
    reassign_to: Names = ()
    second_look: SecondLook | None = None
    working_hours: WorkingHours | None = None
    rules: Annotated[tuple[Rule, ...], Meta(max_length=200)] = ()

    @property
    def settle(self) -> Micros:
        """Return the shortest settle time of arrivals; some `routing.rest` for longer."""
        said = [rule.settle_seconds for rule in self.rules if rule.settle_seconds is not None]
        return Micros(round(min(self.settle_seconds, *said, 3600) * SECOND))

    @property
    def lease(self) -> Micros:
        """Return how long a claim lasts unless its agent says otherwise."""
        return Micros(self.lease_seconds * SECOND)

    @property
    def looks_inside(self) -> bool:
        """Say whether a rule wants to know of what a package is made."""
        return any(
            (rule.size_above, rule.files_above, rule.type) != (None, None, None)
            for rule in self.rules
        )


def size_of(text: str) -> int:
    """Return how many bytes `500 kB`, `10 MB` or `2 GB` are."""
    number = text.rstrip("BkMG ")
    return int(number) * _UNITS.get(text[len(number) :].strip(), 1)
