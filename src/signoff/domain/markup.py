"""XML from anybody, given to expat a little at a time, so that no tag can take much of it.

Expat writes out the namespace of each name, and of a tag's attributes before anybody is asked:
a long namespace, said once, would stand in memory as often as its prefix was used.
"""

from xml.parsers.expat import XMLParserType

from signoff.domain.errors import TooLarge

MAX_TAG = 16 * 1024
"""So long is a tag, a comment or an instruction at the most, within one piece."""
MAX_NAMESPACE = 1024
_PIECE = 4 * 1024


def feed(parser: XMLParserType, body: bytes) -> None:
    """Let a parser read a whole document; refuse too long tags and namespaces on the way."""
    parser.StartNamespaceDeclHandler = _check_namespace
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        parser.Parse(piece, False)  # noqa: FBT003  expat takes it by position
        if start + len(piece) - parser.CurrentByteIndex > MAX_TAG:
            raise TooLarge(
                f"A tag is at most {MAX_TAG // 1024} KiB long",
                hint="Write what is long between tags, not into one.",
            )
    parser.Parse(b"", True)  # noqa: FBT003


def _check_namespace(prefix: str | None, uri: str | None) -> None:  # noqa: ARG001
    if len(uri or "") > MAX_NAMESPACE:
        raise TooLarge(
            f"A namespace is at most {MAX_NAMESPACE:,} characters", hint="Use a shorter one."
        )
