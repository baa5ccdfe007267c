"""What a file is to the eye, told from its first bytes, its name and what its sender said."""

from enum import StrEnum

HEAD = 4096
"""How many first bytes `kind_of` looks at, at most."""


class Kind(StrEnum):
    """How a file is shown."""

    TEXT = "text"
    MARKDOWN = "markdown"
    TABLE = "table"
    JSON = "json"
    IMAGE = "image"
    PDF = "pdf"
    OTHER = "other"


ICONS: dict[Kind, str] = {
    Kind.TEXT: "text",
    Kind.MARKDOWN: "text",
    Kind.TABLE: "table",
    Kind.JSON: "text",
    Kind.IMAGE: "eye",
    Kind.PDF: "pdf",
    Kind.OTHER: "file",
}

MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF-", Kind.PDF),
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF87a", Kind.IMAGE),
    (b"GIF89a", Kind.IMAGE),
    (b"BM", Kind.IMAGE),
)

BY_EXTENSION: dict[str, Kind] = {
    "md": Kind.MARKDOWN,
    "markdown": Kind.MARKDOWN,
    "csv": Kind.TABLE,
    "tsv": Kind.TABLE,
    "tab": Kind.TABLE,
    "psv": Kind.TABLE,
    "json": Kind.JSON,
    "geojson": Kind.JSON,
    "ipynb": Kind.JSON,
    "svg": Kind.IMAGE,
}

BY_MEDIA_TYPE: dict[str, Kind] = {
    "text/markdown": Kind.MARKDOWN,
    "text/csv": Kind.TABLE,
    "text/tab-separated-values": Kind.TABLE,
    "application/json": Kind.JSON,
    "image/svg+xml": Kind.IMAGE,
}

CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r\f\x1b"))
"""Bytes that text seldom holds."""


def kind_of(name: str, media_type: str, head: bytes) -> Kind:
    """Return how to show a file: bytes are believed before names, names before types.

    A name that promises a picture or a PDF is not believed when the bytes say otherwise.
    """
    head = head[:HEAD]
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    by_bytes = _by_magic(head, extension)
    if by_bytes is not None:
        return by_bytes
    if not _reads_as_text(head):
        return Kind.OTHER
    plain_type = media_type.partition(";")[0].strip().lower()
    return BY_EXTENSION.get(extension) or BY_MEDIA_TYPE.get(plain_type) or Kind.TEXT


def _by_magic(head: bytes, extension: str) -> Kind | None:
    for magic, kind in MAGIC:
        if head.startswith(magic) and (magic != b"BM" or extension == "bmp"):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.IMAGE
    if head[4:12] in {b"ftypavif", b"ftypavis"}:
        return Kind.IMAGE
    return None


def _reads_as_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\x00" in head:
        return False
    control = len(head) - len(head.translate(None, CONTROLS))
    return control * 20 <= len(head)
