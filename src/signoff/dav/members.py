"""The members of a folder, written as they are read: ten thousand are asked for at once.

What is alike in all of them is put together once, with holes for what is not. Hardly one has
a lock of its own or anything noted of it; those are written as any resource is.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote

from msgspec import Struct

from signoff.dav import properties, xml
from signoff.dav.properties import LIVE, OF_FILES, STANDARD, VARYING, Facts, Name, Value, Wanted
from signoff.domain.files import Node

_PLAIN = re.compile(r"[A-Za-z0-9._~-]+").fullmatch


class Shape(Struct, frozen=True):
    """A response element with a hole for the name, then one for each of the values."""

    text: str
    values: tuple[Value, ...]


class Writer:
    """Writes the members of one folder, for one request; `plain` is what holds of all."""

    def __init__(self, wanted: Wanted, folder: str, plain: Facts) -> None:
        self._wanted = wanted
        self._folder = folder
        self._plain = plain
        self._shapes: dict[bool, Shape] = {}

    def member(self, node: Node, facts: Facts | None = None) -> str:
        """Return a member's response element; `facts` are its own, if it has any."""
        name = node.name if _PLAIN(node.name) else quote(node.name, safe="")
        if facts is not None or self._wanted.only_names:
            address = f"{self._folder}{name}{'/' if node.is_folder else ''}"
            stats = properties.of_node(self._wanted, node, facts or self._plain)
            return xml.response(address, [stats])
        shape = self._shapes.get(node.is_folder)
        if shape is None:
            shape = self._shapes[node.is_folder] = self._shape(node)
        return shape.text % (name, *[value(node) for value in shape.values])

    def _shape(self, node: Node) -> Shape:
        found: list[str] = []
        missing: list[str] = []
        values: list[Value] = []
        for name in self._names():
            if name in VARYING and not (node.is_folder and name in OF_FILES):
                found.append(f"<D:{name[1]}>%s</D:{name[1]}>")
                values.append(VARYING[name])
                continue
            element = LIVE[name](node, self._plain) if name in LIVE else None
            if element is not None:
                found.append(_fixed(element))
            elif name in self._wanted.names:
                missing.append(_fixed(xml.empty(*name)))
        address = f"{_fixed(self._folder)}%s{'/' if node.is_folder else ''}"
        text = xml.response(address, [properties.propstats(found, missing)])
        return Shape(text, tuple(values))

    def _names(self) -> Iterable[Name]:
        standard = STANDARD if self._wanted.everything else ()
        return dict.fromkeys((*standard, *self._wanted.names))


def _fixed(text: str) -> str:
    """Return text that has no holes."""
    return text.replace("%", "%%")
