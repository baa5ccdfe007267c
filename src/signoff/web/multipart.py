"""A form with files (RFC 7578), read as it comes: no file is ever held whole."""

from collections import deque
from collections.abc import AsyncIterator
from email.message import Message
from urllib.parse import unquote

from msgspec import Struct
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from signoff.domain.errors import Code, Malformed

MOST_PARTS = 1000
LONGEST_FIELD = 64 * 1024


class Part(Struct, kw_only=True):
    """One field of the form: its name, and a file's own name and type."""

    name: str = ""
    filename: str | None = None
    media_type: str = ""


class _Ended(Struct):
    """A part is over."""


class Multipart:
    """Yields the parts of a body in their order; each is read before the next is asked for."""

    def __init__(self, content_type: str, chunks: AsyncIterator[bytes]) -> None:
        boundary = _parameters(content_type).get("boundary", "")
        self._chunks = chunks
        self._seen: deque[Part | bytes | _Ended] = deque()
        self._field, self._value = bytearray(), bytearray()
        self._headers: dict[str, str] = {}
        self._count = 0
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._on_field,
                    "on_header_value": self._on_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_end,
                },
            )
        except (FormParserError, UnicodeError) as broken:
            raise _unreadable() from broken

    async def parts(self) -> AsyncIterator[Part]:
        """Yield each part; what was not read of it is passed over."""
        while await self._more():
            seen = self._seen.popleft()
            if isinstance(seen, Part):
                yield seen

    async def data(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the part that was yielded last."""
        while await self._more():
            seen = self._seen.popleft()
            if isinstance(seen, _Ended):
                return
            if isinstance(seen, bytes):
                yield seen
        raise Malformed(
            "The form ended early", code=Code.BODY_INCOMPLETE, hint="Send it again."
        )

    async def text(self) -> str:
        """Return the value of the part that was yielded last."""
        whole = bytearray()
        async for piece in self.data():
            whole += piece
            if len(whole) > LONGEST_FIELD:
                raise Malformed("A field of the form is too long", code=Code.TOO_LONG)
        return whole.decode("utf-8", "replace")

    async def _more(self) -> bool:
        """Read on until something was seen; False at the end of the body."""
        while not self._seen:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                return False
            try:
                self._parser.write(chunk)
            except FormParserError as broken:
                raise _unreadable() from broken
        return True

    # What the parser tells.

    def _begin(self) -> None:
        self._headers = {}
        self._count += 1
        if self._count > MOST_PARTS:
            raise Malformed(f"A form has at most {MOST_PARTS} fields", code=Code.TOO_LONG)

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        name = self._field.decode("latin-1").lower()
        self._headers[name] = self._value.decode("utf-8", "replace")
        self._field, self._value = bytearray(), bytearray()

    def _on_headers(self) -> None:
        said = _parameters(self._headers.get("content-disposition", ""))
        self._seen.append(
            Part(
                name=said.get("name", ""),
                filename=_file_name(said["filename"]) if "filename" in said else None,
                media_type=self._headers.get("content-type", ""),
            )
        )

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._seen.append(bytes(data[start:end]))

    def _on_end(self) -> None:
        self._seen.append(_Ended())


def _parameters(header: str) -> dict[str, str]:
    message = Message()
    message["content-type"] = header
    found = message.get_params(failobj=[], header="content-type", unquote=True)
    return {str(name).lower(): str(value) for name, value in found[1:]}


def _file_name(said: str) -> str:
    """Return the name as the browser meant it: it writes quotes and line ends as `%22`, `%0A`.

    What stands before the last slash is the reader's own disk and none of our business.
    """
    plain = said
    for mark in ("%22", "%0D", "%0A"):
        plain = plain.replace(mark, unquote(mark))
    return plain.replace("\\", "/").rpartition("/")[2]


def _unreadable() -> Malformed:
    return Malformed(
        "The form cannot be read", hint="Load the page again and send it once more."
    )
