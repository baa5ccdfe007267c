"""What stands beside a file package and travels with it: the names of sidecars and notes."""

from signoff.domain import sidecars
from signoff.domain.errors import Invalid
from signoff.domain.files import (
    MAX_NAME_BYTES,
    NOTE_ENDINGS,
    name_key,
    note_name,
    stem_and_extension,
)


def companions(name: str) -> tuple[str, ...]:
    """Return every name that a sidecar or note of the file package `name` may have."""
    stem, _ = stem_and_extension(name)
    own, stems = _with_endings(name, _OWN), _with_endings(stem, sidecars.STEM_ENDINGS)
    return tuple([each for each in dict.fromkeys((*own, *stems)) if each != name])


def companion_keys(name: str) -> tuple[str, ...]:
    """Return by which keys a folder would have them."""
    found = companions(name)
    return tuple([each.lower() if each.isascii() else name_key(each) for each in found])


_OWN = (*sidecars.ENDINGS, *NOTE_ENDINGS)
_NEVER_CUT = MAX_NAME_BYTES - max(len(each) for each in (*_OWN, *sidecars.STEM_ENDINGS))


def _with_endings(name: str, endings: tuple[str, ...]) -> list[str]:
    if len(name.encode()) <= _NEVER_CUT:
        return [name + ending for ending in endings]
    return [note_name(name, ending) for ending in endings]


def renamed_companion(companion: str, *, package: str, to: str) -> str:
    """Return the name of a sidecar or note when its package is renamed (RULES 5)."""
    for ending in (*sidecars.ENDINGS, *NOTE_ENDINGS):
        if companion == note_name(package, ending):
            return note_name(to, ending)
    stem, _ = stem_and_extension(package)
    new_stem, _ = stem_and_extension(to)
    for ending in sidecars.STEM_ENDINGS:
        if companion == note_name(stem, ending):
            return note_name(new_stem, ending)
    raise Invalid(f"“{companion}” is neither sidecar nor note of “{package}”")
