import pytest

from signoff.domain.actors import Caller, CredentialKind, Door, Role, Scope, system
from signoff.domain.errors import Code, Forbidden, NotFound, Refusal
from signoff.domain.ids import Path, Slug
from signoff.domain.permissions import Access, Grant, Permission, allowed, permit
from signoff.domain.rights import BY_ROLE, DECIDING, MEANING, SCOPE_OF
from tests.domain.people import (
    ADA,
    BOB,
    CAROL,
    DAN,
    RITA,
    SCRIBE,
    agent,
    guest,
    person,
)

OWNER = person("olga", Role.OWNER)
SYSTEM = system(Slug("acme"))
PLACES = (
    "input/x",
    "processing/x",
    "needs-review/x",
    "feedback/x",
    "approved/x",
    "rejected/x",
    "archive/x",
    "shared/x",
)


def grant(access, path="shared", subject="dan"):
    return Grant(subject=subject, path=Path(path), access=access)


def refused(caller, permission, **more):
    with pytest.raises(Refusal) as no:
        permit(caller, permission, **more)
    return no.value


def test_every_permission_is_a_noun_and_a_verb_with_a_sentence():
    assert set(MEANING) == set(Permission)
    for permission, sentence in MEANING.items():
        noun, _, verb = permission.partition(".")
        assert noun.islower()
        assert verb
        assert sentence.endswith(".")
        assert any(permission in rights for rights in BY_ROLE.values()) or permission in {
            "workspace.create",
            "person.create",
        }


@pytest.mark.parametrize(
    ("caller", "may"),
    [
        (RITA, "........"),
        (DAN, "wp.....s"),
        (BOB, "wpnfar.s"),
        (CAROL, "wpnfarvs"),
        (OWNER, "wpnfarvs"),
        (SCRIBE, "wpnfar.s"),
        (SYSTEM, "wpnfarvs"),
        (guest(), "........"),
    ],
    ids=["reader", "contributor", "reviewer", "manager", "owner", "agent", "system", "guest"],
)
def test_roles_write_where_the_rules_say(caller, may):
    """One letter a place; what is frozen or another's there, `moves` refuses after this."""
    writes = "".join(
        letter if allowed(caller, Permission.FILE_WRITE, path=Path(place)) else "."
        for letter, place in zip("wpnfarvs", PLACES, strict=True)
    )

    assert writes == may


@pytest.mark.parametrize("caller", [RITA, DAN, BOB, CAROL, OWNER, SCRIBE, SYSTEM])
def test_every_member_reads_every_stage(caller):
    for place in PLACES:
        permit(caller, Permission.FILE_READ, path=Path(place))


TABLE = {
    Permission.HANDOFF_SUBMIT: {DAN, BOB, CAROL, OWNER, SCRIBE, SYSTEM},
    Permission.HANDOFF_DECIDE: {BOB, CAROL, OWNER},
    Permission.HANDOFF_RECALL: {BOB, CAROL, OWNER},
    Permission.HANDOFF_TAKE: {BOB, CAROL, OWNER, SYSTEM},
    Permission.COMMENT_ADD: {DAN, BOB, CAROL, OWNER, SCRIBE, SYSTEM},
    Permission.CLAIM_TAKE: {SCRIBE, SYSTEM},
    Permission.LOCK_TAKE: {DAN, BOB, CAROL, OWNER, SCRIBE, SYSTEM},
    Permission.LOCK_BREAK: {CAROL, OWNER, SYSTEM},
    Permission.MEMBER_SET: {CAROL, OWNER, SYSTEM},
    Permission.AGENT_CREATE: {CAROL, OWNER, SYSTEM},
    Permission.POLICY_SET: {CAROL, OWNER, SYSTEM},
    Permission.AUDIT_READ: {RITA, DAN, BOB, CAROL, OWNER, SCRIBE, SYSTEM},
    Permission.AUDIT_EXPORT: {CAROL, OWNER, SYSTEM},
    Permission.WORKSPACE_CLOSE: {OWNER, SYSTEM},
    Permission.PORTAL_READ: {SYSTEM},
}
EVERYBODY = (RITA, DAN, BOB, CAROL, OWNER, SCRIBE, SYSTEM)


@pytest.mark.parametrize("permission", TABLE)
def test_roles_have_the_rights_of_the_table(permission):
    have = {caller.actor.id for caller in EVERYBODY if allowed(caller, permission)}

    assert have == {caller.actor.id for caller in TABLE[permission]}


def test_a_workspace_that_is_not_yours_is_not_there():
    assert type(refused(person("eve", None), Permission.FILE_READ)) is NotFound
    assert type(refused(person("eve", None), Permission.HANDOFF_DECIDE)) is NotFound


@pytest.mark.parametrize("permission", sorted(DECIDING))
@pytest.mark.parametrize("role", list(Role))
def test_an_agents_credential_never_decides_whatever_its_role(permission, role):
    strong = agent("scribe", role=role, decides=True)

    no = refused(strong, permission, grants=[grant(Access.WRITE, "", "scribe")])

    assert no.code is Code.AGENT_CANNOT_DECIDE


def test_a_persons_token_on_mcp_acts_as_an_agent():
    caller = person("olga", Role.OWNER, door=Door.MCP)

    assert refused(caller, Permission.HANDOFF_DECIDE).code is Code.AGENT_CANNOT_DECIDE
    assert not allowed(caller, Permission.POLICY_SET)
    assert allowed(caller, Permission.FILE_WRITE, path=Path("input/x"))


def test_an_app_password_decides_only_if_it_was_given_the_right():
    plain = person("bob", kind=CredentialKind.APP_PASSWORD, decides=False)
    given = person("bob", kind=CredentialKind.APP_PASSWORD, decides=True)

    assert refused(plain, Permission.HANDOFF_DECIDE).code is Code.CREDENTIAL_CANNOT_DECIDE
    assert allowed(given, Permission.HANDOFF_DECIDE)


@pytest.mark.parametrize(
    ("permission", "scope"),
    [
        (Permission.FILE_READ, Scope.READ),
        (Permission.FILE_WRITE, Scope.WRITE),
        (Permission.HANDOFF_SUBMIT, Scope.SUBMIT),
        (Permission.CLAIM_TAKE, Scope.CLAIM),
    ],
)
def test_a_key_does_what_its_scopes_say(permission, scope):
    with_it = agent("scribe", scopes=frozenset({scope}))
    without = agent("scribe", scopes=frozenset(Scope) - {scope})

    assert allowed(with_it, permission)
    no = refused(without, permission)
    assert (no.code, no.facts) == (Code.OUT_OF_SCOPE, {"scope": str(scope)})


def test_a_key_is_of_no_use_for_what_has_no_scope():
    assert not set(SCOPE_OF) & DECIDING
    assert type(refused(SCRIBE, Permission.KEY_CREATE)) is Forbidden


@pytest.mark.parametrize(
    ("path", "permission", "sees"),
    [
        ("input/a", "file.read", True),
        ("input/a/b/c", "file.write", True),
        ("input/ab", "file.read", False),
        ("input/b", "file.read", False),
        ("input", "file.read", True),
        ("", "file.read", True),
        ("input", "file.write", False),
    ],
)
def test_a_narrowed_key_sees_its_paths_and_the_way_to_them(path, permission, sees):
    narrow = agent("scribe", paths=("input/a",))

    if sees:
        permit(narrow, Permission(permission), path=Path(path))
    else:
        assert type(refused(narrow, Permission(permission), path=Path(path))) is NotFound


def test_a_narrowed_key_still_reaches_its_own_claims():
    narrow = agent("scribe", paths=("input/a",))

    permit(narrow, Permission.FILE_WRITE, path=Path("processing/cl_1/x"), own=True)


def test_a_grant_of_nothing_hides():
    hidden = [grant(Access.NONE)]

    assert type(refused(DAN, Permission.FILE_READ, path=Path("shared/x"), grants=hidden)) is (
        NotFound
    )
    permit(DAN, Permission.FILE_READ, path=Path("sharedx"), grants=hidden)
    permit(BOB, Permission.FILE_READ, path=Path("shared/x"), grants=hidden)


def test_the_longest_path_counts_and_of_equals_the_most():
    grants = [
        grant(Access.NONE, "shared"),
        grant(Access.READ, "shared/law"),
        grant(Access.WRITE, "shared/law/drafts"),
        grant(Access.READ, "shared/law/drafts", "group:law"),
    ]
    lawyer = person("dan", Role.CONTRIBUTOR, groups=("law",))

    def writes(path):
        return allowed(lawyer, Permission.FILE_WRITE, path=Path(path), grants=grants)

    assert not allowed(lawyer, Permission.FILE_READ, path=Path("shared/x"), grants=grants)
    assert allowed(lawyer, Permission.FILE_READ, path=Path("shared/law/x"), grants=grants)
    assert [writes("shared/law/x"), writes("shared/law/drafts/x")] == [False, True]


def test_a_grant_lets_a_reader_write_but_not_where_work_is_judged():
    grants = [grant(Access.WRITE, "", "rita")]

    def writes(path):
        return allowed(RITA, Permission.FILE_WRITE, path=Path(path), grants=grants)

    assert [writes(place) for place in PLACES] == [
        True, True, False, False, False, False, False, True,
    ]  # fmt: skip


def test_a_grant_never_lets_anybody_decide_or_run_the_place():
    grants = [grant(Access.WRITE, "", "dan")]

    for permission in (
        Permission.HANDOFF_DECIDE,
        Permission.HANDOFF_RECALL,
        Permission.POLICY_SET,
    ):
        assert not allowed(DAN, permission, path=Path("needs-review/x"), grants=grants)


def test_ones_own_arrival_may_be_written_and_a_guests_own_folder():
    drop = Path("input/portal/x")

    permit(DAN, Permission.FILE_WRITE, path=Path("needs-review/x"), own=True)
    permit(guest(), Permission.FILE_WRITE, path=drop, own=True)
    permit(guest(), Permission.PORTAL_READ)
    assert not allowed(guest(), Permission.FILE_WRITE, path=drop)
    assert not allowed(guest(), Permission.FILE_READ, path=drop)
    assert not allowed(guest(), Permission.HANDOFF_READ)


def test_a_workspace_is_founded_by_an_admin_or_the_operator():
    operator = person("root", None, kind=CredentialKind.OPERATOR, door=Door.CLI)

    def may(caller: Caller) -> bool:
        return allowed(caller, Permission.WORKSPACE_CREATE)

    assert may(person("ada", None, admin=True))
    assert may(operator)
    assert [may(caller) for caller in (ADA, OWNER, SCRIBE, guest())] == [False] * 4


def test_a_refusal_names_the_right_and_what_it_means():
    no = refused(DAN, Permission.LOCK_BREAK)

    assert no.message == "You may not do this (lock.break: Break somebody's lock.)"
    assert no.facts == {"permission": "lock.break"}
