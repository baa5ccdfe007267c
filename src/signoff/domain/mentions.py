"""Whom a comment speaks to: `@` and a name, the beginning of an address, or a group."""

import re
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from signoff.domain.actors import Caller
from signoff.domain.files import name_key
from signoff.domain.ids import ActorId

_MENTION = re.compile(r"(?<![\w@.+-])@([\w][\w.+-]*(?:@[\w.-]+)?)")


class Known(Struct, frozen=True, kw_only=True):
    """Somebody who can be spoken to."""

    caller: Caller
    email: str = ""


def mentioned(text: str, people: Iterable[Known]) -> frozenset[ActorId]:
    """Return whom a text speaks to.

    A person is `@ada`, `@ada.lovelace`, or the address whole. A first name counts where only
    one member has it. `@legal` speaks to all of a group.
    """
    if "@" not in text:
        return frozenset()
    said = {name_key(word.rstrip(".-+")) for word in _MENTION.findall(text)}
    everybody = list(people)
    firsts = Counter(_first(each) for each in everybody)
    return frozenset(
        each.caller.actor.id
        for each in everybody
        if said & _names(each) or (firsts[_first(each)] == 1 and _first(each) in said)
    )


def _first(known: Known) -> str:
    return name_key(known.caller.actor.name.partition(" ")[0])


def _names(known: Known) -> set[str]:
    words = known.caller.actor.name.split()
    email = known.email
    return {
        name_key(name)
        for name in (
            *(mark.join(words) for mark in ("", ".", "-", "_") if len(words) > 1),
            email,
            email.partition("@")[0],
            *known.caller.groups,
        )
        if name
    }
