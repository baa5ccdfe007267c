"""Verify a log as it runs, or as it was exported; and export it. A transaction to a page."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from signoff.actions import audit, entries, seals
from signoff.actions.context import Context
from signoff.actions.house import House
from signoff.domain.actors import Caller
from signoff.domain.errors import Malformed
from signoff.domain.ids import Slug
from signoff.domain.notes import parse_checkpoint, parse_note, parse_verifier_key
from signoff.domain.permissions import Permission
from signoff.domain.tiles import Tile
from signoff.domain.verification import Head, Line, Report, Verifier, kept_elsewhere
from signoff.store.audit import IndexRow, LogRow

PAGE = 1024
FORMAT = 1


class Verify(Struct, frozen=True, kw_only=True):
    """A checkpoint that was kept elsewhere, to hold the log against; none by default."""

    against: str = ""


class _Opening(Struct, frozen=True, kw_only=True):
    """What a verification begins with, read in one transaction."""

    length: int
    edge: tuple[int, bytes]
    heads: tuple[Head, ...]
    public_key: bytes
    name: str
    key: str


class _Page(Struct, frozen=True, kw_only=True):
    after: int
    until: int
    verifier: Any


async def verify(house: House, caller: Caller, *, against: str = "") -> Report:
    """Check every entry, the tree and every kept checkpoint of a workspace's log.

    `against` is a checkpoint that was kept elsewhere: it alone shows a log that was
    rewritten as a whole (STORAGE 15). What is recorded meanwhile is left for the next time.
    """
    opening = await house.ask(_open, caller, None, long=True)
    heads = opening.heads
    if against:
        heads = (*heads, kept_elsewhere(against, opening.public_key, caller.workspace))
    verifier = Verifier(
        caller.workspace, heads=heads, public_key=opening.public_key, edge=opening.edge
    )
    at = 0
    while at < opening.length:
        page = _Page(after=at, until=opening.length, verifier=verifier)
        last = await house.ask(_take_page, caller, page, long=True)
        if last is None:
            break
        at = last
    return verifier.finish(length=opening.length)


def _open(ctx: Context, _asked: None) -> _Opening:
    entries.permit(ctx, Permission.AUDIT_READ)
    key = seals.verifier_of(ctx, ctx.workspace)
    heads: list[Head] = []
    while page := ctx.tx.trees.checkpoints(after=heads[-1].size if heads else 0, limit=PAGE):
        heads += [Head(size=one.size, root=one.root, note=one.note) for one in page]
    return _Opening(
        length=ctx.tx.audit.head()[0],
        edge=ctx.tx.trees.edge(),
        heads=tuple(heads),
        public_key=key.public,
        name=key.name,
        key=key.text,
    )


def _take_page(ctx: Context, asked: _Page) -> int | None:
    found = ctx.tx.audit.after(asked.after, limit=PAGE)
    rows = [row for row in found if row.position <= asked.until]
    index = {row.position: row for row in ctx.tx.audit.index_rows(asked.after, limit=PAGE)}

    def stored(tile: Tile) -> bytes | None:
        # A tile may have grown since; the page's own transaction sees a wider one.
        return ctx.tx.trees.tile(tile.level, tile.index, tile.width)

    asked.verifier.stored_tile = stored
    asked.verifier.add(_line(row, index.get(row.position)) for row in rows)
    return rows[-1].position if rows else None


def _line(row: LogRow, index: IndexRow | None) -> Line:
    columns = {} if index is None else msgspec.structs.asdict(index)
    private = None
    if row.salt is not None and row.private is not None:
        private = (row.salt, row.private)
    return Line(leaf=row.leaf, leaf_hash=row.leaf_hash, columns=columns, private=private)


# Exports: JSON lines that anybody can read, and this module can verify without a server.


class Opened(Struct, frozen=True, kw_only=True, tag_field="line", tag="log"):
    """The first line: whose log it is, up to where, and the key that it is signed with."""

    format: int
    workspace: str
    name: str
    length: int
    key: str


class Exported(Struct, frozen=True, kw_only=True, tag_field="line", tag="entry"):
    """An entry: `leaf` is the exact text that was hashed; what was erased is null."""

    leaf: str
    salt: str | None = None
    private: str | None = None


class Signed(Struct, frozen=True, kw_only=True, tag_field="line", tag="checkpoint"):
    """A signed head; they come before the entries."""

    note: str


AnyLine: TypeAlias = Opened | Exported | Signed
_lines: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)


async def export(house: House, caller: Caller) -> AsyncIterator[bytes]:
    """Yield the whole log as JSON lines; that it was exported is its own last entry."""
    await house.do(audit.record_export, caller, audit.RecordExport())
    opening = await house.ask(_open, caller, None, long=True)
    first = Opened(
        format=FORMAT,
        workspace=caller.workspace,
        name=opening.name,
        length=opening.length,
        key=opening.key,
    )
    yield _json_line(first)
    for head in opening.heads:
        yield _json_line(Signed(note=head.note))
    at = 0
    while at < opening.length:
        rows = await house.ask(_export_page, caller, at, long=True)
        wanted = [row for row in rows if row.position <= opening.length]
        yield b"".join(_json_line(_exported(row)) for row in wanted)
        if not rows:
            break
        at = rows[-1].position


def _export_page(ctx: Context, after: int) -> list[LogRow]:
    entries.permit(ctx, Permission.AUDIT_EXPORT)
    return ctx.tx.audit.after(after, limit=PAGE)


def _exported(row: LogRow) -> Exported:
    return Exported(
        leaf=row.leaf.decode(),
        salt=None if row.salt is None else row.salt.hex(),
        private=None if row.private is None else row.private.decode(),
    )


def _json_line(value: Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def verify_export(lines: Iterable[bytes], *, key: str = "", against: str = "") -> Report:
    """Check an export without a server and without a database.

    `key` is the log's public key as it was published; without it the export's own is
    believed, and then only `against`, a checkpoint kept elsewhere, proves anything.
    """
    walk = iter(lines)
    opened = _read(next(walk, b""))
    if not isinstance(opened, Opened) or opened.format != FORMAT:
        raise Malformed("This is not an exported log", hint="Give the file that export wrote.")
    public = parse_verifier_key(key or opened.key).public
    workspace = Slug(opened.workspace)
    heads: list[Head] = []
    rest: list[Exported] = []
    for line in walk:
        value = _read(line)
        if not isinstance(value, Signed):
            rest = [value] if isinstance(value, Exported) else []
            break
        said = parse_checkpoint(parse_note(value.note).text)
        heads.append(Head(size=said.size, root=said.root, note=value.note))
    if against:
        heads.append(kept_elsewhere(against, public, workspace))
    verifier = Verifier(workspace, heads=heads, public_key=public)
    verifier.add(_exported_line(entry) for entry in rest)
    for page in _pages(walk):
        verifier.add(_exported_line(entry) for entry in page)
    return verifier.finish(length=opened.length)


def _pages(lines: Iterable[bytes]) -> Iterable[list[Exported]]:
    page: list[Exported] = []
    for line in lines:
        value = _read(line)
        if not isinstance(value, Exported):
            raise Malformed("An exported log has entries only after its checkpoints")
        page.append(value)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def _read(line: bytes) -> AnyLine:
    try:
        return _lines.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as broken:
        raise Malformed(
            "A line of the export cannot be read", hint="Give the file that export wrote."
        ) from broken


def _exported_line(entry: Exported) -> Line:
    private = None
    if entry.salt is not None and entry.private is not None:
        try:
            private = (bytes.fromhex(entry.salt), entry.private.encode())
        except ValueError as broken:
            raise Malformed("A salt of the export is not hexadecimal") from broken
    return Line(leaf=entry.leaf.encode(), private=private)
