"""Pictures, shown by reference: an `<img>` runs nothing, not even what an SVG holds."""

from collections.abc import Sequence

from markupsafe import Markup

from signoff.web.previews.marks import Mark, pins


def render(name: str, url: str, marks: Sequence[Mark] = ()) -> Markup:
    """Return a picture with the regions that flags point to drawn over it."""
    placed = [mark for mark in marks if mark.anchor.region is not None]
    return Markup(
        '<figure class="picture"><div class="canvas"><img src="{}" alt="{}">{}</div>{}</figure>'
    ).format(url, name, regions(placed), _legend(placed))


def regions(marks: Sequence[Mark]) -> Markup:
    """Return the places that marks point to, as frames over a picture."""
    if not marks:
        return Markup("")
    boxes = Markup("").join(
        Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
            mark.severity, *(f"{_part(edge) * 100:g}" for edge in mark.anchor.region or ())
        )
        for mark in marks
    )
    return Markup(
        '<svg class="regions" viewBox="0 0 100 100" preserveAspectRatio="none"'
        ' aria-hidden="true">{}</svg>'
    ).format(boxes)


def _legend(marks: Sequence[Mark]) -> Markup:
    if not marks:
        return Markup("")
    return Markup(
        '<figcaption class="rowflex">{} <span>marked above</span></figcaption>'
    ).format(pins(marks))


def _part(edge: float) -> float:
    """Return a part of the picture, from 0 to 1, whatever was said."""
    return min(1.0, max(0.0, edge)) if edge == edge else 0.0  # noqa: PLR0124
