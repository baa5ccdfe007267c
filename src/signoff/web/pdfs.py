"""PDFs as pictures of their pages: parsed in a process of their own, never in the reader's."""

import asyncio
import sys
from collections.abc import Callable

from signoff.actions import files, handoff_files
from signoff.actions.files import ReadFile
from signoff.actions.handoff_files import OpenFile
from signoff.actions.transfers import Whereabouts
from signoff.asgi.answers import Headers, answer, query_int
from signoff.domain.errors import Code, Conflict, Invalid, NotFound
from signoff.web.pages import RAW_SECURITY
from signoff.web.previews import Leaves
from signoff.web.raw import ASKED_EACH_TIME, KEPT, first_bytes
from signoff.web.visits import Visit

LARGEST = 32 * 1024 * 1024
"""A larger PDF is for download."""
MOST_PAGES = 60
WIDTH = 1240
SECONDS = 15.0
MODULE = "signoff.web.pdf_pages"


async def leaves(
    visit: Visit, blob: Whereabouts, head: bytes, url: Callable[[int], str]
) -> Leaves | None:
    """Return what pages a PDF has, and by `url` of a number where the picture of each is.

    None if it is none, cannot be read, is locked, is too large or takes too long.
    """
    if not head.startswith(b"%PDF-") or blob.size > LARGEST:
        return None
    data = await first_bytes(visit, blob, most=LARGEST)
    said = await _run(visit, data, "sizes", str(MOST_PAGES))
    if said is None:
        return None
    first, *lines = said.decode().splitlines()
    pairs = tuple(line.split(" ") for line in lines)
    return Leaves(
        count=int(first),
        sizes=tuple((float(wide), float(high)) for wide, high in pairs),
        urls=tuple(url(number) for number in range(1, len(pairs) + 1)),
    )


async def of_file(visit: Visit) -> None:
    """Send a page of a file, or of the version that is asked for."""
    version = query_int(visit.query, "version", 0) or None
    asked = ReadFile(path=visit.path["path"], version=version)
    opened = await visit.ask(files.open_, asked)
    await _send(visit, opened.blob, kept=KEPT if version else ASKED_EACH_TIME)


async def of_handoff(visit: Visit) -> None:
    """Send a page of a file of a handoff, by its digest."""
    digest = f"sha256:{visit.path['digest']}"
    asked = OpenFile(handoff=visit.path["handoff"], path=visit.path["path"], digest=digest)
    opened = await visit.ask(handoff_files.open_, asked)
    await _send(visit, opened.blob, kept=KEPT)


async def _send(visit: Visit, blob: Whereabouts, *, kept: bytes) -> None:
    drawn = await _draw(visit, blob, visit.path["number"])
    headers: Headers = [
        (b"content-type", b"image/png"),
        (b"cache-control", kept),
        *((key.lower().encode(), said.encode()) for key, said in RAW_SECURITY.items()),
    ]
    await answer(visit.send, 200, b"" if visit.is_head else drawn, headers)


async def _draw(visit: Visit, blob: Whereabouts, number: str) -> bytes:
    """Return a page as a PNG."""
    if not number.isdecimal() or not 1 <= int(number[:6]) <= MOST_PAGES:
        raise NotFound("There is no such page", hint=f"The first {MOST_PAGES} can be shown.")
    if blob.size > LARGEST:
        raise Invalid("This PDF is too large to be shown", hint="Download it.")
    data = await first_bytes(visit, blob, most=LARGEST)
    drawn = await _run(visit, data, "draw", number, str(WIDTH))
    if drawn is None:
        raise Conflict(
            "This page cannot be drawn", code=Code.UNSUPPORTED, hint="Download the file."
        )
    return drawn


async def _run(visit: Visit, data: bytes, *asked: str) -> bytes | None:
    async with visit.turns:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            MODULE,
            *asked,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(SECONDS):
                said, _ = await process.communicate(data)
        except TimeoutError:
            return None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return said if process.returncode == 0 else None
