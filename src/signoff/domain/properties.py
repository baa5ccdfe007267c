"""What clients note of files and folders beside their bytes: WebDAV's dead properties.

A property is XML that nobody here understands (RFC 4918, section 4). Beside them a client may
say of a version when it was last modified, and its checksum: that holds of this version alone.
"""

import re
from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime
from xml.parsers import expat

from msgspec import Struct

from signoff.domain.errors import Code, Forbidden, Invalid, TooLarge
from signoff.domain.markup import feed

MAX_COUNT = 200
MAX_VALUE_BYTES = 32 * 1024
MAX_NODE_BYTES = 64 * 1024
MAX_WORD_BYTES = 1024
MAX_CHANGES = 1000

GIVEN = "urn:signoff:given"
"""Where what a client says of a version is kept; no client may name it."""

_MODIFIED, _CHECKSUM = "modified", "checksum"
_WINDOWS = "urn:schemas-microsoft-com:"
_TIMES = ("Win32CreationTime", "Win32LastAccessTime", "Win32LastModifiedTime")
LAST_MODIFIED = (_WINDOWS, _TIMES[-1])
QUIET = frozenset((_WINDOWS, name) for name in (*_TIMES, "Win32FileAttributes"))
"""What Windows and Office note after every save, unasked: it is no event."""
MAX_QUIET = 64
"""So long are a date and a number of attributes at the most."""

EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""The first and last second of the years 1 to 9999, which are all that a date can say."""

_BEGINS = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_BEGINS}][-.0-9\xb7\u0300-\u036f\u203f\u2040{_BEGINS}]*")
"""Names in XML Namespaces, section 4."""
_LANG = re.compile(r"[A-Za-z0-9-]{0,100}")
_SUM = re.compile(r"[A-Za-z0-9-]{1,20}:[A-Za-z0-9+/=]{1,128}")

Key = tuple[str, str]
"""A namespace and a name in it."""


class Property(Struct, frozen=True, kw_only=True):
    """One property: `value` is what stands in its element as XML, `lang` its `xml:lang`.

    `version` 0 holds of a node whatever its version, another of that version alone.
    """

    namespace: str
    name: str
    value: str
    lang: str = ""
    version: int = 0

    @property
    def key(self) -> Key:
        """Return what tells it apart on its node."""
        return self.namespace, self.name


class Change(Struct, frozen=True, kw_only=True):
    """A property that is set, or that is removed where `value` is null."""

    namespace: str
    name: str
    value: str | None
    lang: str = ""

    @property
    def key(self) -> Key:
        """Return which property it changes."""
        return self.namespace, self.name


class Patch(Struct, frozen=True, kw_only=True):
    """What a list of changes comes to: which properties are new or other, which are gone."""

    set: tuple[Property, ...]
    removed: tuple[Key, ...]


class Given(Struct, frozen=True, kw_only=True):
    """What a client says of a version: its last modification, and its checksum `NAME:value`."""

    mtime_seconds: int | None = None
    checksum: str = ""


# Changing.


def patch(standing: Iterable[Property], changes: tuple[Change, ...]) -> Patch:
    """Return what changes come to, one after another; all of them, or a refusal.

    To remove what is not there is no mistake (RFC 4918, section 14.23).
    """
    if not 0 < len(changes) <= MAX_CHANGES:
        raise Invalid(
            f"A patch holds 1 to {MAX_CHANGES:,} changes",
            hint="Send some, or send them in several requests.",
        )
    before = {each.key: each for each in standing}
    after = dict(before)
    for change in changes:
        _check_word(change)
        if change.value is None:
            after.pop(change.key, None)
        else:
            after[change.key] = _to_set(change, change.value)
    new = tuple(each for key, each in after.items() if before.get(key) != each)
    if new:
        _check_room(after)
    return Patch(set=new, removed=tuple(key for key in before if key not in after))


def _check_word(change: Change) -> None:
    if change.namespace == GIVEN:
        raise Forbidden(
            "This property is Signoff's own",
            code=Code.RESERVED_NAME,
            hint="Use a namespace of your own.",
        )
    if not change.namespace.isprintable() or not _NAME.fullmatch(change.name):
        raise Invalid(
            "A property has a name as XML elements have, in a namespace without line breaks",
            hint="Begin the name with a letter, and leave the prefix out.",
        )
    if max(len(word.encode()) for word in change.key) > MAX_WORD_BYTES:
        raise TooLarge(
            f"A property's name and its namespace are at most {MAX_WORD_BYTES:,} bytes each",
            hint="Use shorter ones.",
        )


def _to_set(change: Change, value: str) -> Property:
    if len(value.encode(errors="replace")) > MAX_VALUE_BYTES:
        raise TooLarge(
            f"A property is at most {MAX_VALUE_BYTES // 1024} KiB",
            hint="Keep it in a file beside.",
        )
    if not _LANG.fullmatch(change.lang):
        raise Invalid("This is no language tag", hint="Send one like `en-GB`, or none.")
    _check_content(value)
    return Property(namespace=change.namespace, name=change.name, value=value, lang=change.lang)


def _check_content(value: str) -> None:
    """Refuse what would break out of its element, or break a listing that shows it.

    Inside an element nothing can declare entities, so there are none to expand.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        feed(parser, f"<v>{value}</v>".encode())
    except (expat.ExpatError, UnicodeEncodeError):
        raise Invalid(
            "The property's value is no well-formed XML",
            hint="Escape `&` and `<`, close each element, and declare its prefixes.",
        ) from None


def _check_room(after: dict[Key, Property]) -> None:
    if len(after) > MAX_COUNT:
        raise TooLarge(
            f"A file or folder has at most {MAX_COUNT} properties",
            hint="Remove some, or keep them in a file beside.",
        )
    size = sum(
        len(word.encode())
        for each in after.values()
        for word in (each.namespace, each.name, each.value)
    )
    if size > MAX_NODE_BYTES:
        raise TooLarge(
            f"The properties of a file or folder are at most {MAX_NODE_BYTES // 1024} KiB",
            hint="Remove some, or keep them in a file beside.",
        )


def is_quiet(changes: Iterable[Change]) -> bool:
    """Say whether these are only what Windows notes unasked, which leaves no event.

    What is longer than that is somebody's words, and on the record like others.
    """
    return all(
        change.key in QUIET and len(change.value or "") <= MAX_QUIET for change in changes
    )


# What a client says of a version.


def said_by(patched: Patch) -> Given:
    """Return what a patch says of the version that it met: when Windows last modified it."""
    for each in patched.set:
        if each.key == LAST_MODIFIED:
            return Given(mtime_seconds=_seconds(each.value))
    return Given()


def _seconds(date: str) -> int | None:
    """Return an HTTP date as seconds, None if it is none (RFC 9110, section 5.6.7)."""
    try:
        said = parsedate_to_datetime(date.strip())
        seconds = int((said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds if EARLIEST <= seconds <= LATEST else None


def checked(given: Given) -> Given:
    """Return what a client says of a version; refuse what makes no sense."""
    if given.mtime_seconds is not None and not EARLIEST <= given.mtime_seconds <= LATEST:
        raise Invalid(
            "This time of modification is in no year from 1 to 9999",
            hint="Send seconds since 1970.",
        )
    if given.checksum and not _SUM.fullmatch(given.checksum):
        raise Invalid("This is no checksum", hint="Send one like `SHA1:2fd4e1c6…`.")
    return given


def of_version(given: Given, version: int) -> tuple[Property, ...]:
    """Return what a client says of a version as properties of it; nothing said is none."""
    said = []
    if given.mtime_seconds is not None:
        said.append((_MODIFIED, str(given.mtime_seconds)))
    if given.checksum:
        said.append((_CHECKSUM, given.checksum))
    return tuple(
        Property(namespace=GIVEN, name=name, value=value, version=version)
        for name, value in said
    )


def given_of(standing: Iterable[Property], version: int) -> Given:
    """Return what was said of exactly this version."""
    said = {
        each.name: each.value
        for each in standing
        if each.namespace == GIVEN and each.version == version
    }
    seconds = said.get(_MODIFIED)
    return Given(
        mtime_seconds=None if seconds is None else int(seconds),
        checksum=said.get(_CHECKSUM, ""),
    )


def dead_of(standing: Iterable[Property]) -> tuple[Property, ...]:
    """Return the properties that clients set, which Signoff keeps and does not understand."""
    return tuple(each for each in standing if each.namespace != GIVEN)
