"""A policy in plain sentences: when what is handed over is so, then this is demanded."""

from collections.abc import Callable
from typing import Any

from signoff.actions.trials import Judged, Trial
from signoff.domain.policies import WHEN_DUE, Every, FourEyes, Policy, Rule, SecondLook, Who
from signoff.web.words import plural

GROUP = "group:"
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day"}
_FOUR_EYES = {
    FourEyes.OFF: "the owner of an agent may approve its work",
    FourEyes.ON: "the owner of an agent may not approve its work",
    FourEyes.EDITS: "neither an agent's owner nor who edited the package may approve",
}


def sentences(policy: Policy) -> list[dict[str, Any]]:
    """Return the rows of the table: what holds for everything, then each rule by number."""
    everything = {"number": 0, "when": "Everything", "then": _base(policy)}
    return [everything, *(_rule(n, rule) for n, rule in enumerate(policy.rules, start=1))]


def _base(policy: Policy) -> list[str]:
    said = _asked(policy) or ["any one reviewer decides"]
    if policy.required > 1 and not policy.steps:
        said.append(f"{policy.required} must approve")
    said += _timing(policy)
    if policy.due_in is None:
        said.append("waits for ever")
    said.append(_FOUR_EYES[policy.four_eyes])
    said.append(f"after {plural(policy.max_rounds, 'round')} it is raised")
    if policy.working_hours is not None:
        hours = policy.working_hours
        said.append(
            f"working hours count: {', '.join(hours.days)}, {hours.from_} to {hours.to}"
        )
    return said


def _rule(number: int, rule: Rule) -> dict[str, Any]:
    when = [
        words(value) for key, words in WHEN.items() if (value := getattr(rule, key)) is not None
    ]
    then = _asked(rule)
    if rule.required is not None:
        then.append(f"{rule.required} must approve")
    if rule.priority is not None:
        then.append(f"priority {rule.priority:+}")
    then += _timing(rule)
    if rule.four_eyes is not None:
        then.append(_FOUR_EYES[rule.four_eyes])
    if rule.max_rounds is not None:
        then.append(f"after {plural(rule.max_rounds, 'round')} it is raised")
    if rule.max_attempts is not None:
        then.append(f"after {plural(rule.max_attempts, 'try', 'tries')} it is escalated")
    if rule.settle_seconds is not None:
        then.append(f"opened after {rule.settle_seconds:g} quiet seconds")
    said = ", and ".join(when) or "always"
    return {"number": number, "when": said[0].upper() + said[1:], "then": then}


def _percent(part: float) -> str:
    return f"{part * 100:g} %"


def _any(names: str | tuple[str, ...]) -> str:
    return names if isinstance(names, str) else " or ".join(names)


WHEN: dict[str, Callable[[Any], str]] = {
    "path": lambda value: f"its path fits {value}",
    "kind": lambda value: f"it is for {value}",
    "stage": lambda value: f"it comes from {value}",
    "agent": lambda value: f"it was submitted by {_any(value)}",
    "confidence_below": lambda value: (
        f"it is less than {_percent(value)} sure, or does not say"
    ),
    "confidence_from": lambda value: f"it is at least {_percent(value)} sure",
    "flag": lambda value: f"a flag is {value}, or graver",
    "size_above": lambda value: f"it is larger than {value}",
    "files_above": lambda value: f"it has more than {plural(value, 'file')}",
    "type": lambda value: f"a file is of type {_any(value)}",
}


def name(said: str) -> str:
    """Return a reviewer as a sentence names them."""
    return f"the group {said.removeprefix(GROUP)}" if said.startswith(GROUP) else said


def _all(names: tuple[str, ...]) -> str:
    spoken = [name(one) for one in names]
    return " and ".join([", ".join(spoken[:-1]), spoken[-1]] if spoken[1:] else spoken)


def _asked(place: Policy | Rule) -> list[str]:
    if place.steps:
        steps = [
            f"{_all(step.reviewers)} ({_many(step.required, step.who)})" for step in place.steps
        ]
        return [f"asks first {', then '.join(steps)}"]
    if not place.reviewers:
        return []
    if place.who is Who.EACH:
        return [f"asks {_all(place.reviewers)}, each of whom must approve"]
    return [f"asks {_all(place.reviewers)}"]


def _many(required: int, who: Who) -> str:
    return "each" if who is Who.EACH else f"{required} of them"


def _timing(place: Policy | Rule) -> list[str]:
    said = []
    if place.due_in is not None:
        said.append(f"due in {length(place.due_in)}")
    if isinstance(place.reminders, Every):
        every = place.reminders
        said.append(
            f"reminds every {length(every.every)}, {plural(every.most, 'time')} at most"
        )
    elif place.reminders:
        said.append(f"reminds {', '.join(_reminder(one) for one in place.reminders)}")
    if place.raise_to is not None:
        said.append(f"late work is raised to {name(place.raise_to)}")
    if place.on_timeout not in (None, "wait"):
        later = f" {length(place.timeout_after)} later" if place.timeout_after else ""
        whom = f" to {_all(place.reassign_to)}" if place.reassign_to else ""
        said.append(f"when late{later}: {place.on_timeout}{whom}")
    if isinstance(place.second_look, SecondLook):
        said.append(
            f"{_percent(place.second_look.share)} of what is approved is looked at again"
        )
    return said


def _reminder(said: str) -> str:
    much, _, side = said.rpartition(" ")
    return said if said == WHEN_DUE else f"{length(much)} {side}"


def length(said: str) -> str:
    """Return a length of a policy in words: `2d` is two days."""
    return plural(int(said[:-1]), _UNITS[said[-1]])


# What a trial found.

DIFFERS = {
    "reviewers": "who is asked",
    "required": "how many must approve",
    "steps": "the steps",
    "priority": "the priority",
    "due_at": "when it is due",
    "reminders": "how often it reminds",
    "is_raised": "whether it is raised",
    "timeout": "what happens when it is late",
    "second_look": "whether it is looked at again",
}


def told(trial: Trial, names: dict[str, str]) -> list[dict[str, Any]]:
    """Return what would have been otherwise with a handoff: how it was, how it would be."""
    return [
        {
            "what": DIFFERS[key],
            "before": _judged(trial.before, key, names),
            "after": _judged(trial.after, key, names),
        }
        for key in trial.differs
    ]


def _judged(judged: Judged, key: str, names: dict[str, str]) -> Any:
    """Return one thing in words; a time as it is, for the page to write."""
    value = getattr(judged, key)
    match key:
        case "reviewers":
            return (
                ", ".join(names.get(one, name(one)) for one in value) or "anybody who reviews"
            )
        case "steps":
            shown = (
                ", ".join(names.get(one, name(one)) for one in step.reviewers) for step in value
            )
            return ", then ".join(shown) or "no order"
        case "is_raised" | "second_look":
            return "yes" if value else "no"
        case "timeout":
            return value or "nothing"
        case "due_at":
            return value or "never"
        case _:
            return str(value)
