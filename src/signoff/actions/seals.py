"""Grow the log's tree and sign its head (STORAGE 13); the key that signs, and its proof."""

import os

from msgspec import Struct

from signoff.actions import entries
from signoff.actions.context import Context
from signoff.actions.house import House
from signoff.domain import tiles
from signoff.domain.errors import Conflict, Damaged
from signoff.domain.ids import HOUR, INSTANCE, NodeId, Slug
from signoff.domain.merkle import Frontier, split_hashes
from signoff.domain.notes import Checkpoint, SignerKey, VerifierKey, log_name, sign
from signoff.store import trees
from signoff.store.transaction import Transaction

LOG_KEY = "log key"
PRIVATE, PUBLIC = "log_key", "log_public"
CHUNK = 1024
"""Leaves to a transaction: a long backlog must not hold the requests up (STORAGE 3)."""

_TURN = NodeId("@seal")


async def open_log_key(house: House) -> bytes:
    """Return the seed of the key that signs this instance's logs; made at the first call.

    It is drawn once and kept wrapped by the root key, so that a new root key does not change
    by which key the world knows the log.
    """
    drawn = os.urandom(32)
    wrapped = house.keyring.protect(LOG_KEY, drawn)

    def first(tx: Transaction) -> bytes:
        return tx.books.first_meta(PRIVATE, wrapped)

    known = await house.engine.read(lambda tx: tx.books.meta(PRIVATE), workspace=INSTANCE)
    kept = known or (await house.engine.write(first, workspace=INSTANCE))[0]
    seed = house.keyring.reveal(LOG_KEY, kept)
    public = SignerKey(name="log", seed=seed).verifier.public

    def publish(tx: Transaction) -> None:
        tx.books.set_meta(PUBLIC, public)

    shown = await house.engine.read(lambda tx: tx.books.meta(PUBLIC), workspace=INSTANCE)
    if shown is None:
        await house.engine.write(publish, workspace=INSTANCE)
    elif shown != public:
        raise Damaged(
            "The log's public key is not that of the key that signs",
            hint="Somebody changed the database; compare with the key that you published.",
        )
    return seed


def verifier_of(ctx: Context, workspace: Slug) -> VerifierKey:
    """Return the key by which a workspace's log can be checked, under its name."""
    public = ctx.tx.books.meta(PUBLIC)
    if public is None:
        raise Conflict(
            "The log has no key yet", hint="It is made when the server starts; try again."
        )
    return VerifierKey(name=log_name(ctx.base_url, workspace), public=public)


class Seal(Struct, frozen=True, kw_only=True):
    """The seed of the log's key."""

    seed: bytes

    def __repr__(self) -> str:
        return "Seal()"


class Sealing(Struct, frozen=True, kw_only=True):
    """How many entries are in the tree now, and whether more wait."""

    size: int
    added: int
    more: bool


def seal(ctx: Context, asked: Seal) -> Sealing:
    """Take the entries that are not in the tree yet into it, and sign its new head.

    Tiles, right edge and checkpoint are written in one transaction. Twice at a time does no
    harm: the second finds the edge where the first left it.
    """
    entries.permit_house(ctx)
    ctx.tx.guard(exclusive=(_TURN,))
    rows = ctx.tx.trees
    size, edge = rows.edge()
    hashes = ctx.tx.audit.leaf_hashes(size + 1, size + CHUNK)
    if not hashes:
        return Sealing(size=size, added=0, more=False)
    for tile, data in tiles.grow_tiles(size, hashes, reader(ctx)):
        rows.add_tile(tile.level, tile.index, tile.width, data)
        rows.drop_partial_tiles(tile.level, tile.index, below=tile.width)
    frontier = Frontier(size=size, edge=split_hashes(edge)).extend(hashes)
    rows.set_edge(frontier.size, b"".join(frontier.edge))
    _sign(ctx, frontier, asked.seed)
    more = len(hashes) == CHUNK and bool(ctx.tx.audit.signs(frontier.size, limit=1))
    return Sealing(size=frontier.size, added=len(hashes), more=more)


def _sign(ctx: Context, frontier: Frontier, seed: bytes) -> None:
    """Keep a signed head; of those that nobody was given, the last of each hour stays."""
    name = log_name(ctx.base_url, ctx.workspace)
    head = Checkpoint(origin=name, size=frontier.size, root=frontier.root)
    previous = ctx.tx.trees.checkpoint()
    ctx.tx.trees.add_checkpoint(
        trees.Checkpoint(
            size=head.size,
            at=ctx.now,
            root=head.root,
            note=sign(head.text, SignerKey(name=name, seed=seed)),
        )
    )
    if previous is not None and previous.at // HOUR == ctx.now // HOUR:
        ctx.tx.trees.drop_checkpoint(previous.size)


def reader(ctx: Context) -> tiles.ReadTile:
    """Return how to read a tile that is there; one that is not means damage."""

    def read(level: int, index: int, width: int) -> bytes:
        found = ctx.tx.trees.tile(level, index, width)
        if found is None:
            raise Damaged(
                f"{tiles.tile_path(level, index, width)} of the log's tree is missing",
                hint="Restore the database from its backup, and verify the log.",
            )
        return found

    return read


class Behind(Struct, frozen=True, kw_only=True):
    """How many logs to name at most."""

    limit: int = 1000


def behind(ctx: Context, asked: Behind) -> tuple[Slug, ...]:
    """List the logs that have entries which are not in their tree yet."""
    entries.permit_house(ctx)
    return tuple(ctx.tx.trees.behind(limit=asked.limit))
