"""Reading a policy file: strictly, with the nearest known word for one that is not known."""

from typing import Any

import msgspec
from msgspec import Struct

from signoff.domain.calendars import MOST, WorkingHours, check_hours, length_of
from signoff.domain.clocks import OnTimeout
from signoff.domain.documents import read_json, read_yaml, text_of
from signoff.domain.errors import Code, Invalid
from signoff.domain.globs import check_glob
from signoff.domain.nearness import nearest
from signoff.domain.policies import (
    CONDITIONS,
    DEMANDS,
    FROM,
    WHEN_DUE,
    Every,
    OrderedStep,
    Policy,
    Rule,
    SecondLook,
    Who,
)
from signoff.domain.sidecars import KINDS, SEVERITIES


def parse(raw: bytes) -> Policy:
    """Return the policy that YAML or JSON says; refuse every key that is not known.

    A typing error must never open a gate, so nothing is skipped or guessed.
    """
    text = text_of(raw, code=Code.POLICY_INVALID)
    read = read_json if text.lstrip().startswith("{") else read_yaml
    value = read(text, code=Code.POLICY_INVALID)
    return from_object({} if value is None else value)


def read(said: dict[str, Any] | str) -> Policy:
    """Return the policy that a request says, as an object or as the text of one."""
    return parse(said.encode()) if isinstance(said, str) else from_object(said)


def from_object(value: Any) -> Policy:
    """Return the policy that an object says, with the same strictness."""
    try:
        policy = msgspec.convert(_read_as_meant(value), Policy)
    except msgspec.ValidationError as broken:
        raise Invalid(
            f"The policy cannot be taken: {broken}",
            code=Code.POLICY_INVALID,
            hint=_hint(str(broken)) or "The keys are listed in docs/reference/policy.md.",
        ) from broken
    if policy.working_hours is not None:
        check_hours(policy.working_hours)
    _check_place(policy, policy, "The policy")
    for n, rule in enumerate(policy.rules, start=1):
        _check_rule(rule, f"Rule {n} of the policy")
        _check_place(rule, policy, f"Rule {n} of the policy")
    return policy


def _read_as_meant(value: Any) -> Any:
    """Undo what YAML 1.1 makes of `on`, `off` and `17:00`: truths and sixties."""
    if not isinstance(value, dict):
        return value
    value = {**value}
    rules = value.get("rules")
    for place in (value, *(rules if isinstance(rules, list) else ())):
        if isinstance(place, dict) and isinstance(place.get("four_eyes"), bool):
            place["four_eyes"] = "on" if place["four_eyes"] else "off"
    hours = value.get("working_hours")
    if isinstance(hours, dict):
        value["working_hours"] = {key: _wall(key, each) for key, each in hours.items()}
    return value


def _wall(key: str, value: Any) -> Any:
    if key in {"from", "to"} and type(value) is int and 0 <= value <= 24 * 60:
        return f"{value // 60:02}:{value % 60:02}"
    return value


def _hint(broken: str) -> str:
    """Return the known key that is most like the unknown one of which msgspec tells."""
    unknown = broken.partition("unknown field `")[2].partition("`")[0]
    if not unknown:
        return ""
    place = broken.partition(" - at `$")[2]
    kind: type[Struct] = Rule if place.startswith(".rules") else Policy
    for part, struct in _PARTS.items():
        if part in place:
            kind = struct
    return nearest(unknown, kind.__struct_encode_fields__)


_PARTS: dict[str, type[Struct]] = {
    ".steps": OrderedStep,
    ".reminders": Every,
    ".second_look": SecondLook,
    ".working_hours": WorkingHours,
}


def _check_rule(rule: Rule, name: str) -> None:
    if rule.path is not None:
        check_glob(rule.path, code=Code.POLICY_INVALID)
    for key, said, known in (
        ("kind", rule.kind, KINDS),
        ("flag", rule.flag, SEVERITIES),
        ("stage", rule.stage, FROM),
    ):
        if said is not None and said not in known:
            what = f"names the {key} “{said}”, which is none of {', '.join(known)}"
            raise _wrong(name, what, nearest(said, known))
    default = Rule()
    if all(getattr(rule, key) == getattr(default, key) for key in DEMANDS):
        raise _wrong(name, "demands nothing")
    given = {key for key in CONDITIONS if getattr(rule, key) is not None}
    if rule.settle_seconds is not None and given - {"path"}:
        raise _wrong(name, "sets settle_seconds, before more than the path can be known")
    if rule.max_attempts is not None and given - {"path", "agent"}:
        raise _wrong(name, "sets max_attempts, before more than path and agent can be known")


def _check_place(place: Policy | Rule, policy: Policy, name: str) -> None:
    if place.reviewers and place.steps:
        raise _wrong(name, "names both reviewers and steps", "Name the reviewers in the steps.")
    if place.who is Who.EACH and not place.reviewers:
        raise _wrong(name, "says that each must approve, and names nobody")
    if policy.working_hours is not None:
        _check_lengths(place, policy.working_hours, name)
    timeout = place.on_timeout
    if timeout not in (None, OnTimeout.WAIT) and not (place.due_in or policy.due_in):
        raise _wrong(name, f"has on_timeout: {timeout}, and nothing is ever due", "Add due_in.")
    if place.timeout_after and timeout in (None, OnTimeout.WAIT):
        raise _wrong(name, "has timeout_after, and nothing to do then", "Add on_timeout.")
    if timeout is OnTimeout.RAISE and not (place.raise_to or policy.raise_to):
        raise _wrong(name, "raises to nobody", "Add raise_to.")
    if (timeout is OnTimeout.REASSIGN) != bool(place.reassign_to):
        hint = "reassign_to goes with on_timeout: reassign."
        raise _wrong(name, "reassigns without the one or the other", hint)


def _check_lengths(place: Policy | Rule, hours: WorkingHours, name: str) -> None:
    said = [place.due_in, place.timeout_after]
    if isinstance(place.reminders, Every):
        said.append(place.reminders.every)
    else:
        said += [each.rpartition(" ")[0] for each in place.reminders or () if each != WHEN_DUE]
    if any((length_of(each, hours) or 0) > MOST for each in said):
        raise _wrong(name, "counts more than a year of working time", "Name a shorter one.")


def _wrong(name: str, what: str, hint: str = "") -> Invalid:
    return Invalid(f"{name} {what}", code=Code.POLICY_INVALID, hint=hint)


def render(policy: Policy) -> bytes:
    """Return the policy as JSON that `parse` reads; what is the default is left out."""
    return msgspec.json.format(msgspec.json.encode(policy), indent=2) + b"\n"
