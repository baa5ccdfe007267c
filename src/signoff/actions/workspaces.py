"""Workspaces: made in the directory by one act, founded with tree and log by another."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from signoff.actions.context import Context
from signoff.actions.views import Nothing, Page, when, when_or_none
from signoff.blobs.stores import BlobStore, key_name
from signoff.domain.accounts import (
    Member,
    Workspace,
    check_reopens,
    checked_name,
    checked_slug,
)
from signoff.domain.actors import CredentialKind, Kind, Role, system
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound
from signoff.domain.events import Event, Type
from signoff.domain.files import Node, NodeKind
from signoff.domain.ids import INSTANCE, ROOT, NodeId, Slug
from signoff.domain.permissions import Permission
from signoff.domain.stages import FIXED
from signoff.store.engine import Engine
from signoff.store.files import STAGING, TRASH
from signoff.store.transaction import Transaction


class Create(Struct, frozen=True, kw_only=True):
    """A new workspace: `slug` is its name in URLs, for ever; `name` what people read."""

    slug: str
    name: str = ""


class Close(Struct, frozen=True, kw_only=True):
    """The workspace to close; `slug` is repeated, so that none is closed by mistake."""

    slug: str


class Reopen(Struct, frozen=True, kw_only=True):
    """The workspace to reopen."""

    slug: str


class Every(Struct, frozen=True, kw_only=True):
    """The workspaces that the caller may see."""


class Found(Struct, frozen=True, kw_only=True):
    """What a workspace needs before anybody can work in it."""


class KeepKeys(Struct, frozen=True, kw_only=True):
    """A workspace's keys, as another root key wraps them."""

    slug: str
    keys: bytes


class WorkspaceView(Struct, frozen=True, kw_only=True):
    """A workspace; `role` is the caller's own in it.

    One that is closed can be read until `ends_at`, when it is destroyed.
    """

    slug: str
    name: str
    created_at: datetime
    closed_at: datetime | None = None
    ends_at: datetime | None = None
    role: str | None = None
    url: str = ""


def _view(ctx: Context, workspace: Workspace, role: Role | None = None) -> WorkspaceView:
    return WorkspaceView(
        slug=workspace.slug,
        name=workspace.name,
        created_at=when(workspace.created_at),
        closed_at=when_or_none(workspace.closed_at),
        ends_at=when_or_none(workspace.ends_at),
        role=role.value if role else None,
        url=f"{ctx.base_url}/w/{workspace.slug}",
    )


def create(ctx: Context, asked: Create) -> WorkspaceView:
    """Make a workspace; a person who makes one becomes its owner.

    Writes the directory alone (STORAGE 26). Tree and log are founded by whoever first asks
    for the workspace's keys: see `keys_of`.
    """
    ctx.permit(Permission.WORKSPACE_CREATE)
    slug = checked_slug(asked.slug)
    ctx.tx.guard(exclusive=[NodeId(f"workspace {slug}")])
    if ctx.tx.workspaces.by_slug(slug) is not None:
        raise Conflict(
            f"There is, or was, a workspace “{slug}”",
            code=Code.EXISTS,
            hint="Choose another slug; none is ever used twice.",
        )
    assert ctx.draw_keys is not None
    workspace = Workspace(
        slug=slug,
        name=checked_name(asked.name or asked.slug),
        created_at=ctx.now,
        created_by=ctx.caller.actor.id,
        keys=ctx.draw_keys(slug),
    )
    ctx.tx.workspaces.add(workspace)
    event = Event(type=Type.WORKSPACE_CREATED, subject=slug, private={"name": workspace.name})
    ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE)
    return _view(ctx, workspace)


def found(ctx: Context, asked: Found) -> Nothing:  # noqa: ARG001  every act is asked something
    """Give a workspace its folders, its first owner and its log; do nothing when it has them.

    The ids of the stage folders are the names of the stages.
    """
    ctx.tx.guard(exclusive=[ROOT])
    if ctx.tx.files.by_id(ROOT) is not None:
        return Nothing()
    workspace = ctx.tx.workspaces.by_slug(ctx.workspace)
    if workspace is None:
        raise NotFound("There is no such workspace")
    for hidden in (ROOT, TRASH, STAGING):
        _add_folder(ctx, hidden, parent=None, name="" if hidden is ROOT else hidden)
    for name in FIXED:
        _add_folder(ctx, NodeId(name), parent=ROOT, name=name)
    event = ctx.record(
        Event(
            type=Type.WORKSPACE_CREATED,
            subject=workspace.slug,
            codes={"by": workspace.created_by},
            private={"name": workspace.name},
        )
    )
    if workspace.created_by.startswith("pe_"):
        owner = Member(person=workspace.created_by, role=Role.OWNER, since=ctx.now)
        ctx.tx.members.set_member(owner)
        ctx.record(
            Event(type=Type.MEMBER_SET, subject=owner.person, codes={"role": owner.role.value})
        )
    return Nothing(event=event)


def _add_folder(ctx: Context, id_: NodeId, *, parent: NodeId | None, name: str) -> None:
    ctx.tx.files.add(
        Node(
            id=id_,
            parent=parent,
            name=name,
            kind=NodeKind.FOLDER,
            created_at=ctx.now,
            modified_at=ctx.now,
            modified_by=ctx.caller.actor.id,
        )
    )


def every(ctx: Context, asked: Every) -> Page:  # noqa: ARG001
    """List the workspaces that one is a member of; all of them for whoever runs the server."""
    caller = ctx.caller
    if caller.credential.kind is CredentialKind.OPERATOR or caller.actor.kind is Kind.SYSTEM:
        return Page(items=tuple(_view(ctx, each) for each in ctx.tx.workspaces.all()))
    if caller.actor.kind is not Kind.PERSON:
        ctx.permit(Permission.WORKSPACE_READ)
        mine = [(caller.workspace, caller.role)]
    else:
        mine = [*ctx.tx.members.of_person(caller.actor.id)]
    known = [(ctx.tx.workspaces.by_slug(slug), role) for slug, role in mine]
    return Page(items=tuple(_view(ctx, each, role) for each, role in known if each))


def close(ctx: Context, asked: Close) -> WorkspaceView:
    """Make a workspace read-only, to be destroyed after thirty days."""
    ctx.permit(Permission.WORKSPACE_CLOSE)
    if asked.slug != ctx.workspace:
        raise Invalid(
            "The slug is not this workspace's",
            hint=f"Repeat “{ctx.workspace}” to say that you mean it.",
        )
    if not ctx.tx.workspaces.close(ctx.workspace):
        raise Conflict("The workspace is closed already", code=Code.WORKSPACE_CLOSED)
    event = Event(type=Type.WORKSPACE_CLOSED, subject=ctx.workspace)
    ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE)
    workspace = ctx.tx.workspaces.by_slug(ctx.workspace)
    assert workspace is not None
    return _view(ctx, workspace, ctx.caller.role)


def reopen(ctx: Context, asked: Reopen) -> WorkspaceView:
    """Reopen a workspace that was closed less than thirty days ago."""
    if ctx.caller.credential.kind is not CredentialKind.OPERATOR:
        raise Forbidden("Only the operator reopens a workspace")
    slug = checked_slug(asked.slug)
    workspace = ctx.tx.workspaces.by_slug(slug)
    if workspace is None:
        raise NotFound("There is no such workspace", hint="Look at its name.")
    check_reopens(workspace, ctx.now)
    if not ctx.tx.workspaces.reopen(slug):
        raise Conflict("The workspace was reopened or destroyed meanwhile")
    event = Event(type=Type.WORKSPACE_REOPENED, subject=slug)
    ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE)
    return _view(ctx, replace(workspace, closed_at=None))


def keep_keys(ctx: Context, asked: KeepKeys) -> Nothing:
    """Replace a workspace's wrapped keys; they open what they opened before."""
    if ctx.caller.credential.kind is not CredentialKind.OPERATOR:
        raise Forbidden("Only the operator changes the root key")
    ctx.tx.workspaces.set_keys(Slug(asked.slug), asked.keys)
    event = Event(type=Type.WORKSPACE_KEY_ROTATED, subject=asked.slug, codes={"by": "root"})
    return Nothing(event=ctx.tx.record(event, caller=ctx.caller, workspace=INSTANCE))


def keys_of(engine: Engine, store: BlobStore) -> Callable[[Slug], Awaitable[bytes]]:
    """Return how to fetch a workspace's wrapped keys; what was made and not founded is founded.

    The keys are asked for once by each process before anything else is done in a workspace,
    so this is where a founding that a crash cut off is found missing.
    """

    async def fetch(slug: Slug) -> bytes:
        def look(tx: Transaction) -> tuple[Workspace | None, bool]:
            return tx.workspaces.by_slug(slug), tx.files.by_id(ROOT) is not None

        workspace, founded = await engine.read(look, workspace=slug)
        if workspace is None or workspace.destroyed:
            raise NotFound("There is no such workspace", hint="Look at its name.")
        if not founded:
            await store.put(key_name(slug), workspace.keys, overwrite=True)
            await engine.write(
                lambda tx: found(Context(tx, system(slug), keys=None), Found()), workspace=slug
            )
        return workspace.keys

    return fetch
