"""`signoff root-key …`: the key above all keys."""

import base64
import secrets
from pathlib import Path

import click

from signoff.actions import workspaces
from signoff.actions.house import House
from signoff.actions.seals import LOG_KEY, PRIVATE
from signoff.blobs.keys import Keyring, RootKey, load_root_key, rewrap, stored_keys, unwrap
from signoff.blobs.stores import key_name
from signoff.cli.operating import operating, with_house
from signoff.domain.accounts import Workspace
from signoff.domain.actors import operator
from signoff.domain.errors import Code, Invalid, Refusal
from signoff.domain.ids import INSTANCE
from signoff.server import DataLock, root_key
from signoff.settings import Settings


@click.group()
def command() -> None:
    """Make a root key, or wrap all keys by another."""


@command.command()
def make() -> None:
    """Print a new root key. Keep it apart from the data, and keep a copy."""
    click.echo(base64.b64encode(secrets.token_bytes(32)))


@command.command()
@click.option(
    "--new-key-file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The file that holds the root key to come.",
)
@operating
def rotate(*, settings: Settings, new_key_file: Path) -> None:
    """Wrap every workspace's keys by a new root key; no file is encrypted anew.

    Stop the server first, and start it with the new key. A run that was cut off is finished
    by running it again.
    """
    old, new = root_key(settings, create=False), load_root_key(path=new_key_file)
    lock = DataLock(settings.data)
    if settings.on_sqlite:
        lock.take()

    async def work(house: House) -> int:
        every = await house.engine.read(lambda tx: tx.workspaces.all(), workspace=INSTANCE)
        for workspace in (one for one in every if not one.destroyed):
            await _rewrap(house, workspace, old=old, new=new)
        await _rewrap_log_key(house, new)
        return len(every)

    try:
        count = with_house(settings, work)
    finally:
        lock.release()
    click.echo(f"The keys of {count} workspaces are wrapped by {new_key_file}")


async def _rewrap(house: House, workspace: Workspace, *, old: RootKey, new: RootKey) -> None:
    done = _opens(new, workspace)
    wrapped = workspace.keys if done else rewrap(old, new, workspace.keys)
    await house.blobs.store.put(key_name(workspace.slug), wrapped, overwrite=True)
    if not done:
        asked = workspaces.KeepKeys(slug=workspace.slug, keys=wrapped)
        await house.do(workspaces.keep_keys, operator(INSTANCE), asked)


async def _rewrap_log_key(house: House, new: RootKey) -> None:
    """Wrap the key that signs the logs, so that the world goes on knowing it."""
    kept = await house.engine.read(lambda tx: tx.books.meta(PRIVATE), workspace=INSTANCE)
    to_come = Keyring(new, stored_keys(house.blobs.store))
    if kept is None:
        return
    try:
        to_come.reveal(LOG_KEY, kept)
    except Refusal:
        wrapped = to_come.protect(LOG_KEY, house.keyring.reveal(LOG_KEY, kept))
        await house.engine.write(
            lambda tx: tx.books.set_meta(PRIVATE, wrapped), workspace=INSTANCE
        )


def _opens(root: RootKey, workspace: Workspace) -> bool:
    try:
        unwrap(root, workspace.slug, workspace.keys)
    except Invalid as refusal:
        if refusal.code is not Code.ROOT_KEY_WRONG:
            raise
        return False
    return True
