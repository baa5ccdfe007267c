"""What rules may want to know of a package, and which of them it meets."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from signoff.domain.files import stem_and_extension
from signoff.domain.globs import matches
from signoff.domain.ids import Path
from signoff.domain.policies import ORDINARY, Policy, Rule, size_of
from signoff.domain.sidecars import SEVERITIES, Flag
from signoff.domain.stages import Stage, stage_of


class Facts(Struct, frozen=True, kw_only=True):
    """What rules may want to know of a package.

    `path` is the one below the stage. `agent` are the names that the submitting agent goes
    by; a person has none. `types` are the media types and the extensions (`.pdf`) in it.
    """

    path: str
    kind: str = "approval"
    stage: str = str(Stage.INPUT)
    agent: tuple[str, ...] = ()
    confidence: float | None = None
    flags: tuple[Flag, ...] = ()
    size: int = 0
    files: int = 1
    types: frozenset[str] = frozenset()


def met(policy: Policy, facts: Facts) -> tuple[int, ...]:
    """Return the numbers of the rules that are met; the first rule is 1."""
    return tuple([n for n, rule in enumerate(policy.rules, 1) if meets(rule, facts)])


def missed(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """Return the conditions of a rule that a package does not meet, by their keys."""
    return tuple(_misses(rule, facts))


def meets(rule: Rule, facts: Facts) -> bool:
    """Say whether a package meets every condition of a rule."""
    return next(_misses(rule, facts), None) is None


def _misses(rule: Rule, facts: Facts) -> Iterator[str]:
    for key, holds in _CONDITIONS.items():
        wanted = getattr(rule, key)
        if wanted is not None and not holds(wanted, facts):
            yield key


def _sure(facts: Facts) -> float:
    """Return how sure an agent is; who says nothing is less sure than anybody."""
    return -1.0 if facts.confidence is None else facts.confidence


_CONDITIONS: dict[str, Callable[[Any, Facts], bool]] = {
    "path": lambda wanted, facts: matches(wanted, facts.path),
    "kind": lambda wanted, facts: wanted == facts.kind,
    "stage": lambda wanted, facts: wanted == facts.stage,
    "agent": lambda wanted, facts: _is_by(_several(wanted), facts.agent),
    "confidence_below": lambda wanted, facts: _sure(facts) < wanted,
    "confidence_from": lambda wanted, facts: _sure(facts) >= wanted,
    "flag": lambda wanted, facts: any(
        grave(flag) >= SEVERITIES.index(wanted) for flag in facts.flags
    ),
    "size_above": lambda wanted, facts: facts.size > size_of(wanted),
    "files_above": lambda wanted, facts: facts.files > wanted,
    "type": lambda wanted, facts: any(_is_of(each, facts.types) for each in _several(wanted)),
}


def _several(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else said


def _is_by(wanted: tuple[str, ...], agent: tuple[str, ...]) -> bool:
    names = {each.casefold() for each in agent}
    return any(each.casefold() in names for each in wanted)


def _is_of(wanted: str, types: frozenset[str]) -> bool:
    """Say whether one of the types is the wanted one: `.pdf`, `application/pdf`, `image/*`."""
    wanted = wanted.casefold()
    if wanted.endswith("/*"):
        return any(each.startswith(wanted[:-1]) for each in types)
    return wanted in types


def types_of(files: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the types of files, each given by its name and its media type."""
    found: set[str] = set()
    for name, media_type in files:
        found |= {media_type.partition(";")[0].strip().casefold()}
        extension = stem_and_extension(name.rpartition("/")[2])[1]
        found |= {extension.casefold()} - {""}
    return frozenset(found)


def origin(from_path: Path | None) -> str:
    """Return where a package was submitted from; what came by itself was written there."""
    if from_path is None:
        return str(Stage.NEEDS_REVIEW)
    stage = stage_of(from_path)
    return ORDINARY if stage is None else str(stage)


def grave(flag: Flag) -> int:
    """Return how grave a flag is; a word that nobody knows is the gravest."""
    known = flag.severity in SEVERITIES
    return SEVERITIES.index(flag.severity) if known else len(SEVERITIES) - 1
