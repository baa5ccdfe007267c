"""Who may do what, and where: roles by stage, path grants, keys; one decision function.

The kind of an actor is looked at before its role, its role before its grants.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from signoff.domain.actors import (
    Actor,
    Caller,
    Credential,
    CredentialKind,
    Door,
    Kind,
    Role,
)
from signoff.domain.errors import Code, Conflict, Forbidden, NotFound, Refusal
from signoff.domain.grants import Access, Grant
from signoff.domain.handoffs import MANAGING
from signoff.domain.ids import ActorId, CredentialId, Path, Slug
from signoff.domain.reviewers import REVIEWING, check_decides
from signoff.domain.rights import (
    BY_INSTANCE,
    BY_ROLE,
    DECIDING,
    LOOKING,
    MEANING,
    PLACED,
    SCOPE_OF,
    WRITABLE,
    Permission,
)
from signoff.domain.stages import ARCHIVE, Stage, stage_of

__all__ = ["Access", "Grant", "Permission", "allowed", "permit"]


_ANYBODY, _ANYTHING, _ANYWHERE = ActorId(""), CredentialId(""), Slug("")


def permit(
    caller: Caller,
    permission: Permission,
    *,
    path: Path | None = None,
    grants: Iterable[Grant] = (),
    own: bool = False,
) -> None:
    """Refuse what the caller may not do; `NotFound` where they may not even see.

    `own` says that what is at the path is the caller's: their claim's, their loose work,
    their arrival, a guest's drop folder.
    """
    narrowed = path is None or grants or caller.credential.paths
    if narrowed or not _passes(_like(caller), permission, _top(path), own=own):
        _permit(caller, permission, path=path, grants=grants, own=own)


def _top(path: Path | None) -> Path:
    return Path((path or "").partition("/")[0])


def _like(caller: Caller) -> Caller:
    """Return the caller without what tells them from others of their kind."""
    shown = caller.credential
    return Caller(
        actor=Actor(id=_ANYBODY, kind=caller.actor.kind),
        role=caller.role,
        credential=Credential(
            id=_ANYTHING, kind=shown.kind, scopes=shown.scopes, decides=shown.decides
        ),
        door=caller.door,
        workspace=_ANYWHERE,
        admin=caller.admin,
        closed=caller.closed,
    )


@lru_cache(maxsize=1024)
def _passes(caller: Caller, permission: Permission, top: Path, *, own: bool) -> bool:
    """Say whether a caller passes where neither a grant nor their key narrows anything.

    Then of who they are nothing counts but their kind, and of a path its first name alone.
    """
    try:
        _permit(caller, permission, path=top, grants=(), own=own)
    except Refusal:
        return False
    return True


def _permit(
    caller: Caller,
    permission: Permission,
    *,
    path: Path | None,
    grants: Iterable[Grant],
    own: bool,
) -> None:
    if permission in BY_INSTANCE:
        _check_instance(caller, permission)
        return
    if caller.role is None and caller.actor.kind is not Kind.GUEST:
        raise _unseen()
    if caller.closed and permission not in BY_ROLE[Role.READER]:
        raise _closed(caller)
    if permission in DECIDING:
        check_decides(caller)
    access = _granted(caller, path, grants)
    if path is not None:
        _check_seen(caller, permission, path, access, own=own)
    _check_scope(caller, permission)
    if not _by_role(caller, permission, access, own=own):
        raise _not_yours(permission)
    if path is not None and permission in PLACED:
        _check_place(caller, permission, path, access, own=own)


def allowed(
    caller: Caller,
    permission: Permission,
    *,
    path: Path | None = None,
    grants: Iterable[Grant] = (),
    own: bool = False,
) -> bool:
    """Say whether `permit` would let it pass."""
    try:
        permit(caller, permission, path=path, grants=grants, own=own)
    except Refusal:
        return False
    return True


def check_open(caller: Caller) -> None:
    """Refuse to write into a closed workspace, be it on record or not."""
    if caller.closed:
        raise _closed(caller)


def narrowed(caller: Caller, grants: Iterable[Grant]) -> bool:
    """Say whether there are places that this caller may not see."""
    subjects = {caller.actor.id, *(f"group:{group}" for group in caller.groups)}
    hidden = any(grant.access is Access.NONE and grant.subject in subjects for grant in grants)
    return hidden or bool(caller.credential.paths)


def withheld_below(caller: Caller, path: Path, grants: Iterable[Grant]) -> Iterator[Path]:
    """Yield places below a path that a grant hides from the caller, or lets them only read."""
    every = tuple(grants)
    for inner in {grant.path for grant in every if grant.path != path}:
        access = _granted(caller, inner, every) if below(inner, path) else None
        if access in (Access.NONE, Access.READ):
            yield inner


def below(path: str, prefix: str) -> bool:
    """Say whether a path is the prefix or stands below it; the root holds everything."""
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


def acting_role(caller: Caller) -> Role | None:
    """Return the role that counts: whoever comes over MCP acts as an agent (RULES 23)."""
    if caller.role is None:
        return None
    if caller.actor.kind is Kind.AGENT or caller.door is Door.MCP:
        return Role.AGENT
    return caller.role


def _check_instance(caller: Caller, permission: Permission) -> None:
    operator = caller.credential.kind is CredentialKind.OPERATOR
    person = caller.actor.kind is Kind.PERSON and caller.admin
    if not (operator or person or caller.actor.kind is Kind.SYSTEM):
        raise _not_yours(permission)


def _granted(caller: Caller, path: Path | None, grants: Iterable[Grant]) -> Access | None:
    """Return what the longest fitting grant gives; of equals, the one that gives most."""
    if path is None:
        return None
    subjects = {caller.actor.id, *(f"group:{group}" for group in caller.groups)}
    fitting = [
        grant for grant in grants if grant.subject in subjects and below(path, grant.path)
    ]
    if not fitting:
        return None
    order = list(Access)
    return max(fitting, key=lambda one: (len(one.path), order.index(one.access))).access


def _check_seen(
    caller: Caller, permission: Permission, path: Path, access: Access | None, *, own: bool
) -> None:
    """Refuse, as if it were not there, what a grant or a narrowed key hides."""
    if own or caller.actor.kind is Kind.SYSTEM:
        return
    if access is Access.NONE:
        raise _unseen()
    prefixes = caller.credential.paths
    if not prefixes or any(below(path, prefix) for prefix in prefixes):
        return
    # The way down to what the key may see is shown, or it could not be walked.
    on_the_way = any(below(prefix, path) for prefix in prefixes)
    if permission not in LOOKING or not on_the_way:
        raise _unseen()


def _check_scope(caller: Caller, permission: Permission) -> None:
    if caller.credential.kind is not CredentialKind.API_KEY:
        return
    needed = SCOPE_OF.get(permission)
    if needed is None:
        raise _not_yours(permission)
    if needed not in caller.credential.scopes:
        raise Forbidden(
            f"This key may not be used to {needed}",
            code=Code.OUT_OF_SCOPE,
            hint=f"Use a key with the scope “{needed}”.",
            scope=str(needed),
        )


def _by_role(
    caller: Caller, permission: Permission, access: Access | None, *, own: bool
) -> bool:
    if caller.actor.kind is Kind.GUEST:
        return permission in BY_ROLE[Kind.GUEST] and (permission not in PLACED or own)
    role = acting_role(caller)
    if role is None:
        return False
    if permission in BY_ROLE[role]:
        return True
    # A reader who was granted writing on a path may do there what needs no more than that.
    return access is Access.WRITE and permission in PLACED


def _check_place(
    caller: Caller, permission: Permission, path: Path, access: Access | None, *, own: bool
) -> None:
    if path.partition("/")[0] == ARCHIVE:
        if acting_role(caller) not in MANAGING and caller.actor.kind is not Kind.SYSTEM:
            raise _read_only(path, hint="Ask a manager.")
        return
    if own:
        return
    if access is Access.READ:
        raise _read_only(path, hint="Ask a manager for the right to write here.")
    role = acting_role(caller)
    stage = stage_of(path)
    if role is None:
        raise _not_yours(permission)
    if stage in WRITABLE[role]:
        return
    # Grants widen to where work is made, never to where it is judged.
    judged = stage not in (None, Stage.INPUT, Stage.PROCESSING)
    if access is Access.WRITE and (not judged or role in REVIEWING):
        return
    raise _read_only(path, hint="Hand it over from input/, processing/ or a folder of yours.")


def _unseen() -> NotFound:
    return NotFound("There is nothing here", hint="Look at the path and the workspace's name.")


def _closed(caller: Caller) -> Conflict:
    return Conflict(
        f"The workspace “{caller.workspace}” is closed and can only be read",
        code=Code.WORKSPACE_CLOSED,
        hint="Copy what is needed. Until it is destroyed, thirty days after it was closed, the"
        f" server's operator can reopen it: signoff workspace reopen {caller.workspace}",
    )


def _not_yours(permission: Permission) -> Forbidden:
    return Forbidden(
        f"You may not do this ({permission}: {MEANING[permission]})",
        hint="Ask a manager of the workspace.",
        permission=str(permission),
    )


def _read_only(path: Path, *, hint: str) -> Forbidden:
    return Forbidden(f"You may read “{path}”, not change it", hint=hint, path=path)
