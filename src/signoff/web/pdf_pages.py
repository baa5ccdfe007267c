"""Draw one page of a PDF as a PNG, as a process of its own that may do nothing else.

`python -m signoff.web.pdf_pages sizes MOST` writes a line `width height` for each page after
the number of pages; `… draw NUMBER WIDTH` writes a PNG. The PDF comes in on standard input.
PDFs are parsed by code that was not written in a safe language: here it has little memory,
little time, no files and no network to misuse.
"""

import resource
import struct
import sys
import zlib
from contextlib import suppress

LIMITS = {
    resource.RLIMIT_AS: 1 << 30,
    resource.RLIMIT_CPU: 10,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_NOFILE: 3,
}
"""What it may use: the standard streams are open already, and no other file ever is."""

HIGHEST = 4000
"""No page is drawn higher than this, however long it is."""


def limit() -> None:
    """Give up what drawing does not need; nothing gives it back."""
    for what, most in LIMITS.items():
        with suppress(ValueError, OSError):  # some systems do without one of them
            resource.setrlimit(what, (most, most))


def png(width: int, height: int, rows: bytes) -> bytes:
    """Write pixels of three bytes as a PNG (ISO 15948)."""
    stride = width * 3
    lines = b"".join(b"\0" + rows[y * stride : (y + 1) * stride] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", head),
            _chunk(b"IDAT", zlib.compress(lines, 3)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )


def main(asked: list[str]) -> int:
    """Do what is asked with the PDF on standard input."""
    import pypdfium2  # noqa: PLC0415  before the limits: a library is a file, too

    data = sys.stdin.buffer.read()
    limit()
    document = pypdfium2.PdfDocument(data)
    if asked[0] == "sizes":
        count = len(document)
        sizes = [document.get_page_size(at) for at in range(min(count, int(asked[1])))]
        lines = [str(count), *(f"{width:.2f} {height:.2f}" for width, height in sizes)]
        sys.stdout.write("\n".join(lines))
        return 0
    page = document[int(asked[1]) - 1]
    wide, high = page.get_size()
    scale = min(int(asked[2]) / max(wide, 1), HIGHEST / max(high, 1))
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    stride, used = bitmap.stride, bitmap.width * 3
    pixels = bytes(bitmap.buffer)
    if bitmap.n_channels != 3:  # noqa: PLR2004  red, green, blue
        return 1
    rows = b"".join(pixels[y * stride : y * stride + used] for y in range(bitmap.height))
    sys.stdout.buffer.write(png(bitmap.width, bitmap.height, rows))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
