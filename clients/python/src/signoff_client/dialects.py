"""How LangChain and its relatives ask a person, read as calls, and answered in their own words.

Three dialects are spoken: the middleware's batched request (in Python's spelling, in
JavaScript's, and in that of an earlier revision), its request for a single call, and the
agent inbox's `HumanInterrupt`, alone or in a list. Nothing here imports any of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from signoff_client.calls import ALL_ANSWERS, Answer, Ruled
from signoff_client.errors import SignoffError

MAX_DEPTH = 16
"""How deep references of a schema are followed; deeper ones say nothing."""

Json = Mapping[str, Any]
Asked = Sequence[Ruled]


class NotAllowed(SignoffError):
    """What people ruled is no answer that the request takes. The run stays suspended."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """One call of a request, and how people may answer it."""

    name: str
    arguments: dict[str, Any]
    description: str = ""
    allowed: tuple[Answer, ...] = ALL_ANSWERS
    schema: Json | None = None
    tool_call_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """The calls that are asked about, in their order, and what makes an answer of rulings."""

    actions: tuple[Action, ...]
    _answered: Callable[[Asked], Any] = field(repr=False)

    def answer(self, rulings: Asked) -> Any:
        """Return what resumes the run: one ruling for each action, in their order.

        Raise NotAllowed where a ruling is none that the request takes.
        """
        if len(rulings) != len(self.actions):
            raise ValueError(f"{len(self.actions)} rulings are needed, {len(rulings)} given")
        for action, ruling in zip(self.actions, rulings, strict=True):
            if ruling.kind not in action.allowed:
                raise NotAllowed(
                    f"“{action.name}” takes {', '.join(action.allowed)}, and people say"
                    f" {ruling.kind}: {ruling.message or 'no more than that'}"
                )
        return self._answered(rulings)


def read(value: Any, response_schema: Any = None) -> Request | None:
    """Return what an interrupt's value asks, or None for one that asks about no call."""
    if isinstance(value, Mapping):
        for reader in (_per_call, _batched, _inbox):
            found = reader(value, response_schema)
            if found is not None:
                return found
    if isinstance(value, list | tuple) and value:
        return _inboxes(value)
    return None


# A single call: `interrupt_mode="per_call"`.


def _per_call(value: Json, response_schema: Any) -> Request | None:
    if value.get("type") != "tool_approval" or not isinstance(value.get("name"), str):
        return None
    branches = _branches(response_schema)
    action = Action(
        name=value["name"],
        arguments=_arguments(value),
        description=str(value.get("description") or ""),
        allowed=_known(branches) if branches else ALL_ANSWERS,
        schema=_edited_schema(branches.get("edit")),
        tool_call_id=str(value.get("tool_call_id") or value.get("toolCallId") or ""),
    )
    return Request(
        actions=(action,),
        _answered=lambda rulings: _decision(rulings[0], edited="edited_action", said="args"),
    )


def _branches(schema: Any) -> dict[str, Json]:
    """Return the branches of a schema of decisions, by the `type` that each is for."""
    if not isinstance(schema, Mapping):
        return {}
    root = _resolved(schema, schema.get("$defs") or {}, depth=0)
    several = root.get("oneOf") or root.get("anyOf") or [root]
    found = {}
    for branch in several:
        type_ = (branch.get("properties") or {}).get("type") or {}
        for name in [type_.get("const"), *(type_.get("enum") or ())]:
            if isinstance(name, str):
                found[name] = branch
    return found


def _edited_schema(branch: Json | None) -> Json | None:
    edited = ((branch or {}).get("properties") or {}).get("edited_action") or {}
    schema = (edited.get("properties") or {}).get("args")
    return schema if isinstance(schema, Mapping) and schema.get("properties") else None


def _resolved(schema: Any, defs: Json, *, depth: int) -> Any:
    """Return a schema with references to its own definitions written out."""
    if isinstance(schema, list):
        return [_resolved(each, defs, depth=depth + 1) for each in schema]
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return schema if not isinstance(schema, Mapping) else {}
    target = schema.get("$ref")
    if isinstance(target, str) and target.startswith("#/$defs/"):
        return _resolved(defs.get(target.removeprefix("#/$defs/"), {}), defs, depth=depth + 1)
    return {
        key: _resolved(each, defs, depth=depth + 1)
        for key, each in schema.items()
        if key not in ("$defs", "discriminator")
    }


# All calls of a turn: the middleware's default.


def _batched(value: Json, _: Any) -> Request | None:
    camel = "actionRequests" in value
    requests = value.get("actionRequests" if camel else "action_requests")
    if not isinstance(requests, list) or not all(_is_request(each) for each in requests):
        return None
    configs = value.get("reviewConfigs" if camel else "review_configs") or []
    actions = tuple(_action(each, configs, number) for number, each in enumerate(requests))
    edited = "editedAction" if camel else "edited_action"
    spelled = ["arguments" if "arguments" in each else "args" for each in requests]

    def answered(rulings: Asked) -> Any:
        decisions = [
            _decision(ruling, edited=edited, said=said)
            for ruling, said in zip(rulings, spelled, strict=True)
        ]
        return {"decisions": decisions}

    return Request(actions=actions, _answered=answered)


def _is_request(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("name"), str)


def _action(request: Json, configs: Sequence[Any], number: int) -> Action:
    config = _config(request["name"], configs, number)
    allowed = config.get("allowed_decisions") or config.get("allowedDecisions")
    schema = config.get("args_schema") or config.get("arguments_schema")
    said = request.get("description") or config.get("description")
    return Action(
        name=request["name"],
        arguments=_arguments(request),
        description=str(said or ""),
        allowed=_known(allowed) if allowed else ALL_ANSWERS,
        schema=schema if isinstance(schema, Mapping) else None,
    )


def _config(name: str, configs: Sequence[Any], number: int) -> Json:
    """Return the configuration of an action: by its name, else the one at its place."""
    named = [each for each in configs if isinstance(each, Mapping)]
    for each in named:
        if name in (each.get("action_name"), each.get("actionName")):
            return each
    unnamed = number < len(named) and not {"action_name", "actionName"} & named[number].keys()
    return named[number] if unnamed else {}


def _arguments(value: Json) -> dict[str, Any]:
    said = value.get("args", value.get("arguments"))
    return dict(said) if isinstance(said, Mapping) else {}


def _known(said: Any) -> tuple[Answer, ...]:
    return tuple(answer for answer in ALL_ANSWERS if answer in said)


def _decision(ruling: Ruled, *, edited: str, said: str) -> dict[str, Any]:
    match ruling.kind:
        case "approve":
            return {"type": "approve"}
        case "edit":
            action = {"name": ruling.name, said: dict(ruling.arguments)}
            return {"type": "edit", edited: action}
        case "respond":
            return {"type": "respond", "message": ruling.message}
        case "reject":
            return {"type": "reject", **({"message": ruling.message} if ruling.message else {})}


# The agent inbox's HumanInterrupt.

_INBOX: dict[str, Answer] = {
    "allow_accept": "approve",
    "allow_edit": "edit",
    "allow_ignore": "reject",
    "allow_respond": "respond",
}


def _inbox(value: Json, _: Any = None) -> Request | None:
    asked, config = value.get("action_request"), value.get("config")
    if not isinstance(asked, Mapping) or not isinstance(config, Mapping):
        return None
    allowed = _known([answer for key, answer in _INBOX.items() if config.get(key)])
    refusable = "reject" in allowed or "respond" in allowed
    action = Action(
        name=str(asked.get("action") or ""),
        arguments=_arguments(asked),
        description=str(value.get("description") or ""),
        # A person may always say no; where the run cannot be told to ignore, it is told so.
        allowed=tuple(dict.fromkeys((*allowed, "reject"))) if refusable else allowed,
    )
    ignores = "reject" in allowed
    return Request(
        actions=(action,), _answered=lambda rulings: [_response(rulings[0], ignores=ignores)]
    )


def _inboxes(values: Sequence[Any]) -> Request | None:
    """Read a list of them: the answer is a list, too, in the same order."""
    found = [_inbox(each) if isinstance(each, Mapping) else None for each in values]
    requests = [each for each in found if each is not None]
    if len(requests) < len(found):
        return None

    def answered(rulings: Asked) -> Any:
        pairs = zip(requests, rulings, strict=True)
        return [each.answer([ruling])[0] for each, ruling in pairs]

    actions = tuple(action for each in requests for action in each.actions)
    return Request(actions=actions, _answered=answered)


def _response(ruling: Ruled, *, ignores: bool) -> dict[str, Any]:
    action = {"action": ruling.name, "args": dict(ruling.arguments)}
    match ruling.kind:
        case "approve":
            return {"type": "accept", "args": action}
        case "edit":
            return {"type": "edit", "args": action}
        case "reject" if ignores:
            return {"type": "ignore", "args": None}
        case _:
            return {"type": "response", "args": ruling.message or "No."}
