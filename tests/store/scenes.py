"""What the store's tests do again and again."""

from signoff.domain.actors import system
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, NodeKind
from signoff.domain.ids import ROOT, NodeId, Slug
from signoff.domain.stages import FIXED
from signoff.store.engine import Engine
from signoff.store.transaction import Transaction

ACME = Slug("acme")
HOUSE = system(ACME)


def happened(tx: Transaction, **codes: int) -> None:
    """Record that something happened."""
    tx.record(Event(type=Type.FOLDER_CREATED, codes=dict(codes)), caller=HOUSE)


def add_root(tx: Transaction) -> None:
    """Add the workspace's root folder."""
    tx.files.add(Node(id=ROOT, parent=None, name="", kind=NodeKind.FOLDER))
    happened(tx)


def add(tx: Transaction, name: str, *, parent: str = ROOT, folder: bool = False) -> NodeId:
    """Add a node by name; its id is made of it, and a stage's is its name."""
    node = NodeId(name if name in FIXED else f"nd_{parent}_{name}")
    kind = NodeKind.FOLDER if folder else NodeKind.FILE
    tx.files.add(Node(id=node, parent=NodeId(parent), name=name, kind=kind))
    return node


async def positions(store: Engine, workspace: Slug = ACME) -> list[int]:
    """Return the positions of a log."""
    rows = await store.read(lambda tx: tx.audit.after(0, limit=100_000), workspace=workspace)
    return [row.position for row in rows]


async def names(store: Engine, workspace: Slug = ACME) -> set[str]:
    """Return the names of all nodes."""
    rows = await store.read(
        lambda tx: tx.all("SELECT name FROM nodes WHERE ws = :ws", ws=workspace),
        workspace=workspace,
    )
    return {row[0] for row in rows}
