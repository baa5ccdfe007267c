"""What a PROPFIND asks for: how deep, and which properties (RFC 4918, section 9.1)."""

from signoff.asgi.answers import Request
from signoff.dav import xml
from signoff.dav.properties import Wanted
from signoff.domain.errors import Code, Forbidden, Malformed

EVERYTHING = Wanted(everything=True)


def depth_of(request: Request) -> int:
    """Return how deep a PROPFIND looks: 0 or 1; a whole tree at once is refused (9.1.1)."""
    said = request.header(b"depth").lower() or "infinity"
    if said in ("0", "1"):
        return int(said)
    if said == "infinity":
        raise Forbidden(
            "A whole tree is not listed at once",
            code=Code.FINITE_DEPTH,
            hint="Ask with Depth: 1, folder by folder.",
        )
    raise Malformed("Depth is 0, 1 or infinity", hint="Send Depth: 1.")


def wanted(body: bytes) -> Wanted:
    """Return which properties a body asks for; without one, all of them (9.1)."""
    if not body:
        return EVERYTHING
    root = xml.read(body)
    if root.tag != xml.dav("propfind"):
        raise Malformed("The body is no propfind element", hint="RFC 4918, section 14.20.")
    kinds = [each for each in root if each.tag in _KINDS]
    if len(kinds) != 1:
        raise Malformed("A propfind holds one of prop, allprop and propname")
    if kinds[0].tag == xml.dav("propname"):
        return Wanted(only_names=True)
    if kinds[0].tag == xml.dav("prop"):
        return Wanted(names=tuple(dict.fromkeys(xml.split(each.tag) for each in kinds[0])))
    beside = xml.child(root, "include")
    names = () if beside is None else tuple(xml.split(each.tag) for each in beside)
    return Wanted(names=names, everything=True)


_KINDS = frozenset({xml.dav("prop"), xml.dav("allprop"), xml.dav("propname")})
