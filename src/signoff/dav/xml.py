"""WebDAV's XML, read and written: RFC 4918 and nothing of ours.

What is read comes from anybody. A document type is refused before anything of it is looked
at, so that no entity is ever expanded and nothing ever fetched; size, depth and names are
bounded.
"""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from signoff.domain.errors import Code, Forbidden, Malformed, TooLarge
from signoff.domain.markup import feed

DAV = "DAV:"
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 20_000
MAX_NAMES = 4 * 1024 * 1024
"""So many characters all names come to, each with its namespace written out."""
ENCODINGS = frozenset({"utf-8", "utf-16", "iso-8859-1", "us-ascii"})
RESERVED = "http://www.w3.org/XML/1998/namespace"
"""The namespace that `xml:` stands for, and no other prefix may."""
LANGUAGE = f"{{{RESERVED}}}lang"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
CONTENT_TYPE = (b"content-type", b'application/xml; charset="utf-8"')


def dav(name: str) -> str:
    """Return a name of WebDAV's own namespace as elements have it."""
    return f"{{{DAV}}}{name}"


def split(tag: str) -> tuple[str, str]:
    """Return the namespace and the name of an element's tag."""
    namespace, _, name = tag.rpartition("}")
    return namespace[1:], name


def read(body: bytes) -> Element:
    """Return the root of a document; refuse what is broken, too deep or has a document type."""
    reader = _Reader()
    try:
        return reader.read(body)
    except expat.ExpatError as broken:
        raise Malformed(
            f"The body is no XML: {broken}", hint="Send a well-formed one."
        ) from None
    except (ValueError, LookupError, AssertionError) as broken:
        raise Malformed(f"The body cannot be read: {broken}", hint="Send UTF-8.") from None


class _Reader:
    """One document on its way from bytes to elements."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._depth = 0
        self._elements = 0
        self._names = 0
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.XmlDeclHandler = _check_encoding
        self._parser.StartDoctypeDeclHandler = _refuse_type
        self._parser.EntityDeclHandler = _refuse_type
        self._parser.ExternalEntityRefHandler = _refuse_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._builder.data

    def read(self, body: bytes) -> Element:
        try:
            feed(self._parser, body)
        finally:
            del self._parser  # it holds our methods, and we it: nothing would be freed
        root = self._builder.close()
        assert isinstance(root, Element)
        return root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        self._names += len(name) + sum(map(len, attributes))
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS or self._names > MAX_NAMES:
            raise TooLarge(
                f"At most {MAX_ELEMENTS} elements, {MAX_DEPTH} deep, of short names",
                hint="Ask for less at once.",
            )
        self._builder.start(
            _clark(name), {_clark(key): value for key, value in attributes.items()}
        )

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(_clark(name))


def _clark(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _check_encoding(version: str, encoding: str | None, standalone: int) -> None:  # noqa: ARG001
    """Refuse what Python would look for a codec of, whatever that codec is."""
    if encoding is not None and encoding.lower() not in ENCODINGS:
        raise Malformed("The body's encoding is none of XML's own", hint="Send UTF-8.")


def _refuse_type(*_: object) -> int:
    raise Forbidden(
        "A document type is not read here, nor are entities",
        code=Code.XML_REFUSED,
        hint="Send the body without <!DOCTYPE …>.",
    )


def child(element: Element, name: str) -> Element | None:
    """Return the first child of a name in WebDAV's namespace."""
    return element.find(dav(name))


def inside(element: Element) -> str:
    """Return what stands in an element, as text that can stand anywhere.

    Its namespaces are declared where they are used.
    """
    return text(element.text or "") + "".join(
        tostring(each, encoding="unicode") for each in element
    )


def language_of(*elements: Element) -> str:
    """Return the `xml:lang` that an element stands under; the innermost comes first (4.3)."""
    return next((each.attrib[LANGUAGE] for each in elements if LANGUAGE in each.attrib), "")


def filled(namespace: str, name: str, value: str, *, language: str = "") -> str:
    """Return an element of that name around what was inside of one."""
    lang = f' xml:lang="{attribute(language)}"' if language else ""
    if not namespace:
        return f'<{name} xmlns=""{lang}>{value}</{name}>'
    if namespace == RESERVED:
        return f"<xml:{name}{lang}>{value}</xml:{name}>"
    return f'<x:{name} xmlns:x="{attribute(namespace)}"{lang}>{value}</x:{name}>'


def empty(namespace: str, name: str) -> str:
    """Return an element of that name with nothing in it."""
    if namespace == DAV:
        return f"<D:{name}/>"
    if not namespace:
        return f'<{name} xmlns=""/>'
    if namespace == RESERVED:
        return f"<xml:{name}/>"
    return f'<x:{name} xmlns:x="{attribute(namespace)}"/>'


def attribute(value: str) -> str:
    """Return text as it stands between double quotes."""
    return text(value).replace('"', "&quot;")


def text(value: str) -> str:
    """Return text as it stands between tags."""
    if "&" in value or "<" in value or ">" in value:
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value


def propstat(properties: Iterable[str], status: str, *, condition: str = "") -> str:
    """Return what was found, or done, of some properties of one resource."""
    error = f"<D:error><D:{condition}/></D:error>" if condition else ""
    return (
        f"<D:propstat><D:prop>{''.join(properties)}</D:prop>"
        f"<D:status>HTTP/1.1 {status}</D:status>{error}</D:propstat>"
    )


def response(href: str, propstats: Iterable[str]) -> str:
    """Return one resource of a multistatus."""
    return f"<D:response><D:href>{href}</D:href>{''.join(propstats)}</D:response>"


MULTISTATUS = f'{HEAD}<D:multistatus xmlns:D="DAV:">'
MULTISTATUS_END = "</D:multistatus>"
