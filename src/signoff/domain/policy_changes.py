"""What differs between two policies, by key."""

from typing import Any

import msgspec

from signoff.domain.policies import Policy

MOST = 40
"""So many keys of a change are named on the record; the rest are counted."""


def changed_keys(before: Policy, after: Policy) -> tuple[str, ...]:
    """Return the keys in which two policies differ, as `due_in` or `rules.2.required`.

    Rules are numbered from 1. One that came or went is named whole.
    """
    return tuple(_differing(msgspec.to_builtins(before), msgspec.to_builtins(after), ""))


def in_words(keys: tuple[str, ...]) -> str:
    """Return keys as one code of the log, `due_in+rules.2.required`; the many are cut short."""
    more = len(keys) - MOST
    return "+".join((*keys[:MOST], f"{more}.more") if more > 0 else keys)


def _differing(before: Any, after: Any, at: str) -> list[str]:
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in dict.fromkeys((*before, *after)):
            where = f"{at}.{key}" if at else key
            found += _differing(before.get(key), after.get(key), where)
        return found
    if at == "rules" and (before or after):
        befores, afters = _numbered(before), _numbered(after)
        found = []
        for n in sorted({*befores, *afters}):
            found += _differing(befores.get(n), afters.get(n), f"rules.{n}")
        return found
    return [at]


def _numbered(rules: Any) -> dict[int, Any]:
    return dict(enumerate(rules or (), start=1))
