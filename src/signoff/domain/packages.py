"""What is handed over: its files, its digest, its name and where it lands."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from hashlib import sha256

from msgspec import Struct

from signoff.domain import sidecars
from signoff.domain.companions import renamed_companion
from signoff.domain.errors import Code, Conflict, Held, Invalid
from signoff.domain.files import (
    LITTER,
    LITTER_BEGINNINGS,
    LITTER_ENDINGS,
    NOTE_ENDINGS,
    base_name,
    check_length,
    cut,
    is_control,
    is_litter,
    is_note,
    join,
    name_key,
    numbered,
    parent_of,
)
from signoff.domain.ids import ClaimId, Digest, Path
from signoff.domain.stages import Stage, below_stage, check_not_fixed, is_fixed, stage_of

MAX_FILES = 10_000
MAX_PATHS = 500
MAX_TITLE_BYTES = 120

FILE = "file"
SIDECAR = "sidecar"
"""What a file package's digest has for a path, so that a rename changes nothing."""


class Gathering(Struct, frozen=True, kw_only=True):
    """Several paths and the folder that holds them all; `relative` has one for each path."""

    folder: Path
    paths: tuple[Path, ...]
    relative: tuple[Path, ...]


class Naming(Struct, frozen=True, kw_only=True):
    """The name that a package gets, and those of what travels beside it, in the given order."""

    name: str
    beside: tuple[str, ...] = ()


def digest_of(files: Iterable[tuple[str, Digest]]) -> Digest:
    """Return the digest of a package (RULES 6), which anybody can recompute.

    It is what `sha256sum` prints for each file, sorted by bytes, hashed once more.
    """
    lines = [f"{digest.removeprefix('sha256:')}  {path}\n" for path, digest in files]
    if not "".join(lines).isascii():
        lines = [unicodedata.normalize("NFC", line) for line in lines]
    lines.sort()  # UTF-8 sorts as its code points do
    return Digest(f"sha256:{sha256(''.join(lines).encode()).hexdigest()}")


def digest_of_file(file: Digest, sidecar: Digest | None = None) -> Digest:
    """Return the digest of a package that is one file, with or without its sidecar."""
    beside = [] if sidecar is None else [(SIDECAR, sidecar)]
    return digest_of([(FILE, file), *beside])


_LEFT_OUT = (*NOTE_ENDINGS, *LITTER_ENDINGS)


def is_covered(path: str) -> bool:
    """Say whether the digest covers a file: neither a note of the server's nor litter."""
    folder, _, name = name_key(path).rpartition("/")  # one look: there may be ten thousand
    if name.endswith(_LEFT_OUT) or name.startswith(LITTER_BEGINNINGS) or name in LITTER:
        return False
    return not (folder and _is_in_litter(folder))


@lru_cache(maxsize=1024)
def _is_in_litter(folder: str) -> bool:
    return any(is_litter(name) for name in folder.split("/"))


def check_count(count: int) -> None:
    """Refuse a package without files, or with more than people and digests can bear."""
    if count == 0:
        raise Invalid(
            "There are no files in it",
            code=Code.NO_FILES,
            hint="Write at least one file that is not empty, then hand it over.",
        )
    if count > MAX_FILES:
        raise Invalid(
            f"The package has {count:,} files; {MAX_FILES:,} is the most",
            code=Code.PACKAGE_TOO_LARGE,
            hint="Zip it, or split it into several packages.",
        )


def check_source(path: Path) -> None:
    """Refuse to hand over what is in review, decided, archived or a stage itself (RULES 4)."""
    check_not_fixed(path)
    stage = stage_of(path)
    if stage is Stage.NEEDS_REVIEW:
        raise Conflict(
            f"“{path}” is in needs-review/ already",
            code=Code.WRONG_STAGE,
            hint="Withdraw it first, or wait for the decision.",
        )
    if stage in {Stage.APPROVED, Stage.REJECTED}:
        raise Held(
            f"“{path}” was decided on and stays as it is",
            code=Code.FROZEN,
            hint="Copy it to input/ and work on the copy, or ask a manager to recall it.",
        )
    if path.startswith("archive/"):
        raise Conflict(
            f"“{path}” is in the archive",
            code=Code.WRONG_STAGE,
            hint="Copy it to input/ and work on the copy.",
        )


def gather(paths: Iterable[Path], *, fronted: Collection[str] = ()) -> Gathering:
    """Return what is handed over when several paths are named (RULES 4).

    `fronted` are the names of Markdown files whose front matter contains `handoff:`.

    A path named twice, below another one, or the sidecar of another one counts once. If one
    is left it is the package itself, and `relative` is its name.
    """
    unique = sorted(set(paths))
    if not unique:
        check_count(0)
    if len(unique) == 1:
        return _alone(unique[0])
    if len(unique) > MAX_PATHS:
        raise Invalid(
            f"{len(unique):,} paths were named; {MAX_PATHS} is the most at a time",
            code=Code.PACKAGE_TOO_LARGE,
            hint="Put the files into one folder and hand that over.",
        )
    named = frozenset(unique)
    tops = [path for path in unique if not _is_below(path, named)]
    if len(tops) > 1:
        tops = _without_own_sidecar(tops, fronted=fronted)
    if len(tops) == 1:
        return _alone(tops[0])
    folder = _common([parent_of(path) for path in tops])
    relative = (path[len(folder) + 1 :] if folder else path for path in tops)
    return Gathering(
        folder=folder, paths=tuple(tops), relative=tuple(Path(each) for each in relative)
    )


def _alone(path: Path) -> Gathering:
    above, _, name = path.rpartition("/")
    return Gathering(folder=Path(above), paths=(path,), relative=(Path(name),))


def _is_below(path: Path, named: frozenset[Path]) -> bool:
    above = parent_of(path)
    while above:
        if above in named:
            return True
        above = parent_of(above)
    return False


def _without_own_sidecar(tops: list[Path], *, fronted: Collection[str]) -> list[Path]:
    """Drop the second of two paths if it is the sidecar of the first, or the other way."""
    if len(tops) != 2 or parent_of(tops[0]) != parent_of(tops[1]):  # noqa: PLR2004
        return tops
    beside = [base_name(path) for path in tops]
    for this, other in ((0, 1), (1, 0)):
        found = sidecars.find(beside[this], is_folder=False, names=beside, fronted=fronted)
        if found == beside[other]:
            return [tops[this]]
    return tops


def _common(folders: list[Path]) -> Path:
    first, last = min(folders, key=_parts), max(folders, key=_parts)
    shared = []
    for one, other in zip(_parts(first), _parts(last), strict=False):
        if one != other:
            break
        shared.append(one)
    return Path("/".join(shared))


def _parts(path: Path) -> list[str]:
    return path.split("/") if path else []


def folder_name(title: str) -> str:
    """Return the name of the folder into which several paths are gathered (RULES 4).

    Whatever the title, the name is one that every door and every desktop accepts.
    """
    text = title.encode(errors="replace").decode()
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if is_control(each) else each for each in text)
    text = re.sub(r"\s*[/\\:|<>*]+\s+", " - ", text)
    text = re.sub(r"[/\\:|<>*]+", "-", text)
    text = " ".join(re.sub(r"[\"?]", "", text).split())
    if is_note(text) or is_litter(text) or sidecars.is_sidecar(text):
        text = text.replace(".", "-").replace("~", "-")
    name = cut(text.lstrip(". ~-"), MAX_TITLE_BYTES).rstrip(". -")
    return name if name and not is_fixed(Path(name)) else f"package {name}".strip()


def landing(path: Path, to: Stage, *, claimed: Path | None = None) -> Path:
    """Return where a package at `path` lands in a stage (RULES 5 and 9).

    `claimed` is where the claimed item came from, if the package stands in a claim's work
    folder: that folder is left out, and the package lands below the item's old parent.
    """
    kept = below_stage(path)
    if claimed is not None:
        kept = join(parent_of(below_stage(claimed)), kept.partition("/")[2])
    target = Path(f"{to}/{kept}")
    if to is Stage.NEEDS_REVIEW:  # a decision is never refused for the length of a path
        check_length(target)
    return target


def work_folder(claim: ClaimId) -> Path:
    """Return the folder to which a claim takes its item (RULES 9)."""
    return Path(f"{Stage.PROCESSING}/{claim}")


def vacant(
    name: str,
    *,
    is_taken: Callable[[str], bool],
    is_folder: bool = False,
    beside: Collection[str] = (),
) -> Naming:
    """Return the first of `name`, `name (2)`, … that is free together with its companions.

    Asks for few names however many are taken, and so may pass over a gap (RULES 5).
    """

    def naming(n: int) -> Naming:
        new = name if n == 1 else numbered(name, n, is_folder=is_folder)
        return Naming(
            name=new,
            beside=tuple(renamed_companion(each, package=name, to=new) for each in beside),
        )

    def free(n: int) -> bool:
        found = naming(n)
        return not any(is_taken(each) for each in (found.name, *found.beside))

    low, high = 0, 1
    while not free(high):
        low, high = high, high * 2 if high > 8 else high + 1  # noqa: PLR2004
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if free(middle) else (middle, high)
    return naming(high)
