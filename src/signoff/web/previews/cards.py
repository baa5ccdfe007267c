"""What cannot be shown here: its name, its size, its digest, and a way to have it."""

from markupsafe import Markup

from signoff.web.filters import seal, size
from signoff.web.previews.kinds import ICONS, Kind


def render(
    name: str, url: str, *, kind: Kind, bytes_: int, digest: str, note: str = ""
) -> Markup:
    """Return a card for a file that the browser must not open within our pages."""
    said = note or (
        "Its pages cannot be drawn here. Download it to look at it."
        if kind is Kind.PDF
        else "There is no preview of this kind of file."
    )
    return Markup(
        '<div class="card"><svg class="icon" aria-hidden="true">'
        '<use href="/static/icons.svg#i-{icon}"/></svg>'
        '<div><b>{name}</b><p>{said}</p><p class="soft">{size} {seal}</p></div>'
        '<a class="btn small" href="{url}" download>Download</a></div>'
    ).format(
        icon=ICONS[kind], name=name, said=said, size=size(bytes_), seal=seal(digest), url=url
    )
