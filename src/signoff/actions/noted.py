"""What is noted of files beside their bytes, as acts find it, keep it and carry it along."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from signoff.actions.context import Context
from signoff.domain import properties
from signoff.domain.files import Node
from signoff.domain.ids import NodeId
from signoff.domain.properties import Given, Property
from signoff.store.properties import Twin


class Noted(Struct, frozen=True, kw_only=True):
    """The properties of a node, and what a client said of the version that is seen."""

    properties: tuple[Property, ...] = ()
    given: Given = Given()


NOTHING = Noted()
AT_ONCE = 1024 * 1024
"""So many characters are told of at once, whoever listens holds them all."""


def of(ctx: Context, node: Node) -> Noted:
    """Return what is noted of a node, in the version in which it is given here."""
    standing = ctx.tx.recall(("noted", node.id), lambda: ctx.tx.properties.of(node.id))
    return _noted(node, standing)


def of_many(ctx: Context, nodes: Sequence[Node]) -> dict[NodeId, Noted]:
    """Return what is noted of nodes, each in the version in which it is given here.

    Nodes of which nothing is noted are left out: in most workspaces that is all of them,
    which one look tells.
    """
    if not nodes or not ctx.tx.properties.any():
        return {}
    found = ctx.tx.properties.of_many(node.id for node in nodes)
    return {node.id: _noted(node, found[node.id]) for node in nodes if node.id in found}


def fitting(nodes: Sequence[Node], found: Mapping[NodeId, Noted]) -> int:
    """Return of how many nodes may be told at once: one at least."""
    room = AT_ONCE
    for count, node in enumerate(nodes):
        told = found.get(node.id, NOTHING)
        room -= sum(len(each.name) + len(each.value) for each in told.properties)
        if room < 0:
            return max(count, 1)
    return len(nodes)


def _noted(node: Node, standing: tuple[Property, ...]) -> Noted:
    if not standing:
        return NOTHING
    return Noted(
        properties=properties.dead_of(standing),
        given=properties.given_of(standing, node.version),
    )


def give(ctx: Context, node: Node, given: Given) -> None:
    """Keep what a client says of a file's current version; nothing said costs nothing."""
    if node.version:
        ctx.tx.properties.set(node.id, *properties.of_version(given, node.version))


def carry(ctx: Context, *pairs: tuple[Node, Node]) -> None:
    """Note of the second of each pair what is noted of the first, over what it has."""
    ctx.tx.properties.copy(
        *(
            Twin(source=source.id, source_version=source.version, to=to.id, version=to.version)
            for source, to in pairs
        )
    )


def replace(ctx: Context, source: Node, to: Node) -> None:
    """Note of a file what is noted of another, and nothing else (RFC 4918, 9.8.4, 9.9.3)."""
    ctx.tx.properties.remove_all(to.id)
    carry(ctx, (source, to))
