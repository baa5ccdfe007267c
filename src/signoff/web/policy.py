"""The policy: in sentences, as text, tried on what was, and every one that ever held."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from signoff.actions import members, policies, trials
from signoff.actions.policies import Get, History, PolicyItem, Set
from signoff.actions.trials import Tried, Try
from signoff.asgi.problems import status_of
from signoff.domain.differences import matching_pairs
from signoff.domain.documents import line_of, write_yaml
from signoff.domain.errors import Conflict, Invalid, Refusal
from signoff.domain.permissions import Permission, allowed
from signoff.domain.policies import Policy
from signoff.web import policy_words, problems, settings
from signoff.web.visits import Visit

PATH = "settings/policy"
TRIED = 100
SHOWN = 20
AROUND = 2
"""So many lines are shown before and after one that is wrong."""
_PLACE = re.compile(r"at `\$([^`]*)`")
_PART = re.compile(r"\.(\w+)|\[(\d+)\]")
_RULE = re.compile(r"\bRule (\d{1,3}) of the policy")
_LINE = re.compile(r"\bline (\d{1,5})")
_UNKNOWN = re.compile(r"unknown field `(\w+)`")


class _Said(Struct, frozen=True, kw_only=True):
    """What somebody wrote, what a trial of it found, or why it was refused."""

    text: str | None = None
    number: int | None = None
    tried: Tried | None = None
    refusal: Refusal | None = None


async def show(visit: Visit) -> None:
    """Show the policy in force; `version` compares an earlier one with the one before it."""
    await _put_up(visit, _Said())


async def change(visit: Visit) -> None:
    """Try what was written on the last handoffs, or set it; what is refused stays written."""
    form = await visit.form()
    text, number = form.get("policy"), _number(form.get("number"))
    try:
        if form.get("act") == "save":
            await _save(visit, text, number)
            await visit.go(f"{visit.root}/{PATH}")
            return
        asked = Try(policy=text, last=TRIED)
        tried = await visit.house.ask(trials.try_, visit.caller, asked, long=True)
    except (Invalid, Conflict) as refusal:
        await _put_up(visit, _Said(text=text, number=number, refusal=refusal))
    else:
        await _put_up(visit, _Said(text=text, number=number, tried=tried))


async def _save(visit: Visit, text: str, number: int) -> None:
    """Set the policy, unless another was set since the page was shown."""
    now = (await visit.ask(policies.get, Get())).number
    if now != number:
        raise Conflict(
            f"Somebody set policy number {now} while you wrote",
            hint="See below what it is. What you wrote is kept; save it again to replace that.",
        )
    await visit.do(policies.set, Set(policy=text))


async def restore(visit: Visit) -> None:
    """Set an earlier policy again, under a number of its own."""
    form = await visit.form()
    earlier = await visit.ask(policies.get, Get(number=_number(form.get("number"))))
    await visit.do(policies.set, Set(policy=msgspec.to_builtins(earlier.policy)))
    await visit.go(f"{visit.root}/{PATH}")


def _number(said: str) -> int:
    if not (said.isascii() and said.isdecimal() and len(said) < 10):  # noqa: PLR2004
        raise Invalid("That is no number of a policy", hint="Open the page again.")
    return int(said)


async def _put_up(visit: Visit, said: _Said) -> None:
    force = await visit.ask(policies.get, Get())
    page = await visit.ask(policies.history, History(limit=SHOWN, cursor=_cursor(visit)))
    text = said.text if said.text is not None else text_of(force.policy)
    await visit.show(
        "policy.html",
        status=status_of(said.refusal) if said.refusal else 200,
        shell=await visit.shell("settings"),
        side=settings.side(visit, PATH),
        here=f"{visit.root}/{PATH}",
        number=force.number,
        rules=policy_words.sentences(force.policy),
        may_set=allowed(visit.caller, Permission.POLICY_SET),
        text=text,
        wrong=wrong_lines(text, said.refusal.message) if said.refusal else [],
        problem=_problem(text, said.refusal) if said.refusal else None,
        tried=await _trial(visit, said.tried) if said.tried else None,
        history=[_version(item, force.number) for item in page.items],
        next=page.next,
        compared=await _compared(visit, force.number),
    )


def text_of(policy: Policy) -> str:
    """Return a policy as the text that is edited; what is the default is left out."""
    value = msgspec.to_builtins(policy)
    return write_yaml(value) if value else ""


def _cursor(visit: Visit) -> str:
    said = visit.query.get("before", "")
    return said if said.isascii() and said.isdecimal() and len(said) < 10 else ""  # noqa: PLR2004


def _problem(text: str, refusal: Refusal) -> dict[str, Any]:
    """Return the refusal for people: where its line is shown, its place in JSON is left out."""
    problem = problems.problem_of(refusal) | {"title": "This policy was not taken."}
    if wrong_lines(text, refusal.message):
        problem["detail"] = problems.sentence(_PLACE.sub("", refusal.message).rstrip(" -"))
    return problem


def wrong_lines(text: str, message: str) -> list[dict[str, Any]]:
    """Return the lines around the one of which a refusal speaks, if it can be found."""
    line = _wrong_line(text, message)
    lines = text.splitlines()
    if line is None or not 0 < line <= len(lines):
        return []
    first = max(1, line - AROUND)
    return [
        {"number": n, "text": lines[n - 1], "wrong": n == line}
        for n in range(first, min(len(lines), line + AROUND) + 1)
    ]


def _wrong_line(text: str, message: str) -> int | None:
    if found := _LINE.search(message):
        return int(found.group(1))
    place: list[str | int] = []
    if found := _RULE.search(message):
        place = ["rules", int(found.group(1)) - 1]
    elif found := _PLACE.search(message):
        parts = _PART.findall(found.group(1))
        place = [int(index) if index else key for key, index in parts]
    if unknown := _UNKNOWN.search(message):
        place.append(unknown.group(1))
    return line_of(text, tuple(place)) if place else None


async def _trial(visit: Visit, tried: Tried) -> dict[str, Any]:
    every = (await visit.ask(members.every, members.Every())).items
    names = {one.person.id: one.person.name for one in every}
    differing = [one for one in tried.items if one.differs]
    return {
        "looked_at": tried.looked_at,
        "differ": tried.differ,
        "by_key": [(policy_words.DIFFERS[key], n) for key, n in tried.by_key.items()],
        "items": [
            {
                "title": one.title,
                "url": f"{visit.root}/handoffs/{one.handoff}",
                "state": one.state,
                "rules": one.rules,
                "changes": policy_words.told(one, names),
            }
            for one in differing[:SHOWN]
        ],
        "more": max(0, len(differing) - SHOWN),
    }


def _version(item: PolicyItem, force: int) -> dict[str, Any]:
    return {
        "number": item.number,
        "by": item.by,
        "at": item.at,
        "changed": item.changed,
        "in_force": item.number == force,
    }


async def _compared(visit: Visit, force: int) -> dict[str, Any] | None:
    """Return the lines in which a version differs from the one before it."""
    said = visit.query.get("version", "")
    if not (said.isascii() and said.isdecimal() and 0 < len(said) < 10):  # noqa: PLR2004
        return None
    number = int(said)
    if not 0 < number <= force:
        return None
    old = await visit.ask(policies.get, Get(number=number - 1))
    new = await visit.ask(policies.get, Get(number=number))
    return {"number": number, "lines": difference(text_of(old.policy), text_of(new.policy))}


def difference(before: str, after: str) -> list[dict[str, str]]:
    """Return the lines of both, each `kept`, `gone` or `come`, in their order."""
    old, new = before.splitlines(), after.splitlines()
    pairs, _ = matching_pairs(old, new)
    lines: list[dict[str, str]] = []
    i = j = 0
    for at, to in (*pairs, (len(old), len(new))):
        lines += [{"is": "gone", "text": line} for line in old[i:at]]
        lines += [{"is": "come", "text": line} for line in new[j:to]]
        if at < len(old):
            lines.append({"is": "kept", "text": old[at]})
        i, j = at + 1, to + 1
    return lines
