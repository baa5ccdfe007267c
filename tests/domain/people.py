"""Who acts in the tests of the law: two people and more, two agents, and their credentials."""

from signoff.domain.actors import (
    Actor,
    Caller,
    Credential,
    CredentialKind,
    Door,
    Kind,
    Role,
    Scope,
)
from signoff.domain.handoffs import Handoff, Submission
from signoff.domain.handoffs import Kind as HandoffKind
from signoff.domain.ids import (
    ActorId,
    CredentialId,
    Digest,
    HandoffId,
    Instant,
    NodeId,
    Path,
    Slug,
)
from signoff.domain.rounds import open_
from signoff.domain.sidecars import Sidecar

NOW = Instant(1_800_000_000_000_000)
LATER = Instant(NOW + 60_000_000)
RED = Digest("sha256:" + "aa" * 32)
BLUE = Digest("sha256:" + "bb" * 32)


def person(
    name: str,
    role: Role | None = Role.REVIEWER,
    *,
    kind: CredentialKind = CredentialKind.SESSION,
    decides: bool = True,
    door: Door = Door.WEB,
    groups: tuple[str, ...] = (),
    admin: bool = False,
) -> Caller:
    return Caller(
        actor=Actor(id=ActorId(name), kind=Kind.PERSON, name=name.title()),
        role=role,
        credential=Credential(id=CredentialId(f"{kind}-{name}"), kind=kind, decides=decides),
        door=door,
        workspace=Slug("acme"),
        groups=frozenset(groups),
        admin=admin,
    )


def agent(
    name: str,
    *,
    owner: str = "ada",
    role: Role = Role.AGENT,
    scopes: frozenset[Scope] = frozenset(Scope),
    paths: tuple[str, ...] = (),
    decides: bool = False,
    door: Door = Door.REST,
) -> Caller:
    return Caller(
        actor=Actor(id=ActorId(name), kind=Kind.AGENT, name=name, owner=ActorId(owner)),
        role=role,
        credential=Credential(
            id=CredentialId(f"key-{name}"),
            kind=CredentialKind.API_KEY,
            scopes=scopes,
            paths=paths,
            decides=decides,
        ),
        door=door,
        workspace=Slug("acme"),
    )


def guest(name: str = "gil") -> Caller:
    return Caller(
        actor=Actor(id=ActorId(name), kind=Kind.GUEST, name=name),
        role=None,
        credential=Credential(id=CredentialId("link-1"), kind=CredentialKind.PORTAL_LINK),
        door=Door.PORTAL,
        workspace=Slug("acme"),
    )


ADA = person("ada")
BOB = person("bob")
CAROL = person("carol", Role.MANAGER)
DAN = person("dan", Role.CONTRIBUTOR)
RITA = person("rita", Role.READER)
SCRIBE = agent("scribe")
CLERK = agent("clerk", owner="bob")


def submission(
    *,
    kind: HandoffKind = HandoffKind.APPROVAL,
    digest: Digest = RED,
    is_folder: bool = False,
    context: Sidecar | None = None,
    required: int = 1,
    reviewers: tuple[str, ...] = (),
) -> Submission:
    return Submission(
        kind=kind,
        node=NodeId("n1"),
        is_folder=is_folder,
        path=Path("needs-review/report.pdf"),
        from_path=Path("processing/cl_1/report.pdf"),
        digest=digest,
        context=context or Sidecar(),
        title="report.pdf",
        required=required,
        reviewers=reviewers,
    )


def in_review(given: Submission | None = None, *, by: Caller = SCRIBE) -> Handoff:
    handoff, _ = open_(given or submission(), id=HandoffId("ho_1"), by=by.actor, now=NOW)
    return handoff
