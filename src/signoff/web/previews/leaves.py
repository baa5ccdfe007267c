"""A PDF as pictures of its pages, one below the other, with the flags that point to each."""

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from signoff.web.previews.marks import Mark, pins
from signoff.web.previews.pictures import regions


class Leaves(Struct, frozen=True, kw_only=True):
    """How many pages there are; of the first of them the size and where its picture is."""

    count: int
    sizes: tuple[tuple[float, float], ...]
    urls: tuple[str, ...]


def render(name: str, leaves: Leaves, marks: Sequence[Mark] = ()) -> Markup:
    """Return the pages; each is fetched when it comes near."""
    body = Markup("").join(
        _leaf(name, leaves, at, [mark for mark in marks if mark.anchor.page == at + 1])
        for at in range(len(leaves.urls))
    )
    return Markup('<ol class="leaves">{}</ol>').format(body)


def where(leaves: Leaves) -> str:
    """Say how much of it is shown."""
    if leaves.count == len(leaves.urls):
        return "1 page" if leaves.count == 1 else f"{leaves.count} pages"
    return f"showing {len(leaves.urls)} of {leaves.count:,} pages"


def _leaf(name: str, leaves: Leaves, at: int, marks: Sequence[Mark]) -> Markup:
    width, height = leaves.sizes[at]
    placed = [mark for mark in marks if mark.anchor.region is not None]
    return Markup(
        '<li id="page-{n}"><div class="canvas"><img src="{url}" alt="{name}, page {n}"'
        ' loading="lazy" width="{width}" height="{height}">{regions}</div>'
        '<p class="fine soft rowflex">{n} {pins}</p></li>'
    ).format(
        n=at + 1,
        url=leaves.urls[at],
        name=name,
        width=max(1, round(width)),
        height=max(1, round(height)),
        regions=regions(placed),
        pins=pins(marks),
    )
