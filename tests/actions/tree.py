"""Short words for what is done to the tree, in tests."""

from typing import Any

from signoff.actions import copies, folders, moves, trash
from signoff.actions.copies import Copy, CopyView
from signoff.actions.folder_views import PathOnly, TreeItem
from signoff.actions.house import House
from signoff.actions.moves import Move, MoveView
from signoff.actions.trash import Delete, DeletionView
from signoff.domain.actors import Caller
from signoff.domain.ids import LockToken
from tests.actions.cast import ACME, do


def _held(tokens: tuple[str | None, ...]) -> frozenset[LockToken]:
    return frozenset(LockToken(token) for token in tokens if token)


async def move(
    house: House, caller: Caller, from_: str, to: str, *tokens: str | None, **how: Any
) -> MoveView:
    asked = Move(from_=from_, to=to, **how)
    return await do(house, moves.move, caller, asked, tokens=_held(tokens))


async def copy(
    house: House, caller: Caller, from_: str, to: str, *tokens: str | None, **how: Any
) -> CopyView:
    asked = Copy(from_=from_, to=to, **how)
    return await do(house, copies.copy, caller, asked, tokens=_held(tokens))


async def delete(
    house: House, caller: Caller, path: str, *tokens: str | None, **how: Any
) -> DeletionView:
    asked = Delete(path=path, **how)
    return await do(house, trash.delete, caller, asked, tokens=_held(tokens))


async def folder(house: House, caller: Caller, path: str) -> TreeItem:
    return await do(house, folders.make_folder, caller, PathOnly(path=path))


async def rows(house: House, sql: str, **marks: Any) -> list[tuple[Any, ...]]:
    """Return what the database has."""
    return await house.engine.read(lambda tx: tx.all(sql, ws=ACME, **marks), workspace=ACME)
