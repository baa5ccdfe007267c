import asyncio
import base64

import pytest

from signoff.actions import agents, app_passwords, keys, members, people, sessions, workspaces
from signoff.actions.house import House
from signoff.actions.passwords import Passwords
from signoff.asgi.cookies import ended_cookie, is_secure, session_cookie, session_secret
from signoff.asgi.identity import Identity, origin
from signoff.domain.actors import CredentialKind, Door, Kind, Role, Scope
from signoff.domain.errors import Code, Forbidden, NotFound, Unauthenticated
from signoff.domain.events import Event, Type
from signoff.domain.ids import INSTANCE, Slug
from signoff.store.transaction import Transaction
from tests.actions.cast import ACME, ADA, OPERATOR, do

NOBODY = "so_acme_" + "x" * 43


def _scope(method: str = "GET", *, client: tuple[str, int] | None = ("192.0.2.7", 1), **given):
    headers = [
        (name.replace("_", "-").encode(), value.encode()) for name, value in given.items()
    ]
    return {"type": "http", "method": method, "headers": headers, "client": client}


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
async def identity(house: House) -> Identity:
    return Identity(house)


@pytest.fixture
async def key(house: House) -> str:
    made = await do(house, keys.create, ADA, keys.Create(agent="Scribe"))
    return str(made.secret)


@pytest.fixture
async def cookie(house: House) -> str:
    """Ben's browser."""
    link = await do(house, people.link, OPERATOR, people.Of(person="pe_ben"))
    secret = link.url.rpartition("/")[2]
    signed_in = await Passwords(house).sign_in_by_link(secret, door=Door.WEB)
    return f"theme=dark; signoff_session={signed_in.secret}"


async def test_a_key_brings_its_agent_in(identity, key):
    scope = _scope(authorization=f"Bearer {key}", x_request_id="req-1")

    caller = await identity.caller(scope, ACME, door=Door.REST)

    assert (caller.actor.id, caller.actor.owner, caller.role) == (
        "ag_scribe",
        "pe_ada",
        Role.AGENT,
    )
    assert caller.credential.kind is CredentialKind.API_KEY
    assert not caller.credential.decides
    assert (caller.door, caller.workspace) == (Door.REST, "acme")
    assert (caller.request_id, caller.address) == ("req-1", "192.0.2.7")


async def test_the_scheme_may_be_written_in_any_case(identity, key):
    caller = await identity.caller(_scope(authorization=f"bearer {key}"), ACME, door=Door.MCP)

    assert caller.actor.id == "ag_scribe"


async def test_without_a_workspace_it_is_the_keys_own(identity, key):
    caller = await identity.caller(_scope(authorization=f"Bearer {key}"), None, door=Door.REST)

    assert caller.workspace == "acme"


async def test_a_key_opens_no_other_workspace(identity, key):
    with pytest.raises(NotFound):
        await identity.caller(
            _scope(authorization=f"Bearer {key}"), Slug("beta"), door=Door.REST
        )


async def test_a_key_renamed_to_another_workspace_is_unknown(identity, key):
    forged = key.replace("so_acme_", "so_beta_")

    with pytest.raises(Unauthenticated):
        await identity.caller(
            _scope(authorization=f"Bearer {forged}"), Slug("beta"), door=Door.REST
        )


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        f"Bearer {NOBODY}",
        "Bearer so_acme_short",
        "Bearer so_@instance_" + "x" * 43,
        "Bearer sp_" + "x" * 43,
        "Basic " + base64.b64encode(f"x:{NOBODY}".encode()).decode(),
        "Negotiate abc",
        "nonsense",
    ],
)
async def test_what_proves_nothing_is_refused(identity, header):
    with pytest.raises(Unauthenticated):
        await identity.caller(_scope(authorization=header), ACME, door=Door.REST)


async def test_whoever_shows_nothing_is_nobody(identity):
    with pytest.raises(Unauthenticated) as refused:
        await identity.caller(_scope(), ACME, door=Door.REST)

    assert refused.value.code == Code.UNAUTHENTICATED


async def test_a_revoked_key_is_refused_at_the_next_request(house, identity):
    made = await do(house, agents.create, ADA, agents.Create(name="Robot"))
    scope = _scope(authorization=f"Bearer {made.key.secret}")
    await identity.caller(scope, ACME, door=Door.REST)

    await do(house, keys.revoke, ADA, keys.Revoke(key=made.key.id))

    with pytest.raises(Unauthenticated) as refused:
        await identity.caller(scope, ACME, door=Door.REST)
    assert refused.value.code == Code.CREDENTIAL_EXPIRED


async def test_a_cookie_brings_a_person_in_who_may_decide(identity, cookie):
    caller = await identity.caller(_scope(cookie=cookie), ACME, door=Door.WEB)

    assert (caller.actor.kind, caller.actor.name) == (Kind.PERSON, "Ben")
    assert (caller.role, caller.groups) == (Role.REVIEWER, {"legal"})
    assert caller.credential.kind is CredentialKind.SESSION
    assert caller.credential.decides


async def test_a_person_stands_before_the_instance_without_a_role(identity, cookie):
    caller = await identity.caller(_scope(cookie=cookie), None, door=Door.REST)

    assert (caller.workspace, caller.role, caller.admin) == (INSTANCE, None, False)


async def test_who_is_no_member_has_no_role(identity, cookie):
    caller = await identity.caller(_scope(cookie=cookie), Slug("beta"), door=Door.WEB)

    assert caller.role is None


async def test_whoever_makes_a_workspace_is_its_owner_at_the_next_request(house, identity):
    link = await do(house, people.link, OPERATOR, people.Of(person="pe_ada"))
    secret = link.url.rpartition("/")[2]
    signed_in = await Passwords(house).sign_in_by_link(secret, door=Door.WEB)
    scope = _scope(cookie=f"signoff_session={signed_in.secret}")
    ada = await identity.caller(scope, None, door=Door.REST)
    await do(house, workspaces.create, ada, workspaces.Create(slug="beta"))

    caller = await identity.caller(scope, Slug("beta"), door=Door.REST)

    assert caller.role is Role.OWNER


async def test_leaving_a_workspace_holds_from_the_next_request_on(house, identity, cookie):
    await do(house, members.remove, ADA, members.Remove(person="pe_ben"))

    caller = await identity.caller(_scope(cookie=cookie), ACME, door=Door.WEB)

    assert caller.role is None


async def test_a_session_that_ended_is_refused(house, identity, cookie):
    caller = await identity.caller(_scope(cookie=cookie), None, door=Door.WEB)
    await do(house, sessions.end, caller, sessions.End())

    with pytest.raises(Unauthenticated) as refused:
        await identity.caller(_scope(cookie=cookie), ACME, door=Door.WEB)

    assert refused.value.code == Code.CREDENTIAL_EXPIRED


async def test_in_a_closed_workspace_everybody_only_reads(house, identity, cookie, key):
    await do(house, workspaces.close, ADA, workspaces.Close(slug="acme"))

    person = await identity.caller(_scope(cookie=cookie), ACME, door=Door.WEB)
    agent = await identity.caller(_scope(authorization=f"Bearer {key}"), ACME, door=Door.REST)

    assert (person.role, person.closed) == (Role.READER, True)
    assert (agent.credential.scopes, agent.closed) == ({Scope.READ}, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://signoff.example.evil.example", "host": "signoff.example"},
        {"sec_fetch_site": "cross-site"},
        {"origin": "http://signoff.example", "sec_fetch_site": "cross-site"},
    ],
)
async def test_another_sites_page_changes_nothing_with_a_cookie(identity, cookie, headers):
    with pytest.raises(Forbidden) as refused:
        await identity.caller(_scope("POST", cookie=cookie, **headers), ACME, door=Door.REST)

    assert refused.value.code == Code.CROSS_SITE


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://signoff.example"},
        {"origin": "https://here:8443", "host": "here:8443", "sec_fetch_site": "same-origin"},
    ],
)
async def test_our_own_page_changes_things_with_a_cookie(identity, cookie, headers):
    scope = _scope("POST", cookie=cookie, **headers)

    caller = await identity.caller(scope, ACME, door=Door.REST)

    assert caller.actor.name == "Ben"


async def test_a_link_from_another_site_may_be_followed(identity, cookie):
    scope = _scope(cookie=cookie, sec_fetch_site="cross-site")

    assert await identity.caller(scope, ACME, door=Door.WEB)


async def test_a_key_needs_no_origin(identity, key):
    scope = _scope("POST", authorization=f"Bearer {key}", origin="https://app.example")

    assert await identity.caller(scope, ACME, door=Door.REST)


async def test_a_drive_shows_a_key_under_any_name(identity, key):
    scope = _scope(authorization=_basic("whoever", key))

    caller = await identity.caller(scope, ACME, door=Door.DAV)

    assert caller.actor.id == "ag_scribe"


async def test_a_drive_shows_an_app_password_under_the_address(house, identity):
    asked = app_passwords.Create(person="pe_ben", decides=True)
    made = await do(house, app_passwords.create, OPERATOR, asked)
    scope = _scope(authorization=_basic("ben@acme.example", str(made.secret)))

    caller = await identity.caller(scope, ACME, door=Door.DAV)

    assert (caller.actor.name, caller.role) == ("Ben", Role.REVIEWER)
    assert caller.credential.kind is CredentialKind.APP_PASSWORD
    assert caller.credential.decides


@pytest.mark.parametrize("shown", ["Basic ===", "Basic " + base64.b64encode(b"x").decode()])
async def test_a_drive_that_shows_nonsense_is_refused(identity, shown):
    with pytest.raises(Unauthenticated):
        await identity.caller(_scope(authorization=shown), ACME, door=Door.DAV)


async def _last_uses(house: House) -> list[tuple[str, int]]:
    rows = await house.engine.read(
        lambda tx: tx.all("SELECT ws, at FROM last_used"), workspace=ACME
    )
    return [(row[0], row[1]) for row in rows]


async def test_the_last_use_is_noted_once_in_five_minutes(house, identity, key):
    scope = _scope(authorization=f"Bearer {key}")
    await identity.caller(scope, ACME, door=Door.REST)
    await asyncio.sleep(0.05)
    noted = await _last_uses(house)

    await identity.caller(scope, ACME, door=Door.REST)
    await asyncio.sleep(0.05)

    assert [ws for ws, _ in noted] == ["acme"]
    assert await _last_uses(house) == noted


async def test_a_session_that_is_used_does_not_go_idle(house, identity, cookie):
    def age(tx: Transaction) -> None:
        tx.run("UPDATE sessions SET created_at = created_at - :much", much=39_600_000_000)
        tx.record(Event(type=Type.PERSON_CHANGED), caller=OPERATOR)

    await house.engine.write(age, workspace=INSTANCE)
    await identity.caller(_scope(cookie=cookie), ACME, door=Door.WEB)
    await asyncio.sleep(0.05)
    await house.engine.write(age, workspace=INSTANCE)

    assert await identity.caller(_scope(cookie=cookie), ACME, door=Door.WEB)


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        (("192.0.2.7", 1), "", "192.0.2.7"),
        (("192.0.2.7", 1), "198.51.100.1", "192.0.2.7"),
        (("127.0.0.1", 1), "198.51.100.1", "198.51.100.1"),
        (("127.0.0.1", 1), "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (("::1", 1), "2001:db8::7", "2001:db8::7"),
        (("127.0.0.1", 1), "nonsense", "127.0.0.1"),
        (None, "198.51.100.1", "198.51.100.1"),
        (None, "", ""),
    ],
)
def test_only_a_proxy_on_this_machine_says_where_a_request_came_from(
    client, forwarded, address
):
    given = {"x_forwarded_for": forwarded} if forwarded else {}

    assert origin(_scope(client=client, **given)).address == address


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, "a\tb", "<script>"])
def test_a_request_id_that_is_not_plain_is_replaced(given):
    found = origin(_scope(x_request_id=given)).request_id

    assert len(found) == 16
    assert found != given


async def test_addresses_stay_out_of_the_log_when_that_was_said(identity, key):
    identity.house.keep_addresses = False

    caller = await identity.caller(_scope(authorization=f"Bearer {key}"), ACME, door=Door.REST)

    assert caller.address == ""


def test_the_cookie_is_for_our_server_alone():
    cookie = session_cookie("s3cret", secure=is_secure("https://signoff.example"))

    assert cookie == (
        "signoff_session=s3cret; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure"
    )
    assert session_secret("a=b; signoff_session=s3cret; c=d") == "s3cret"
    assert session_secret("xsignoff_session=s3cret") == ""


def test_over_plain_http_the_cookie_is_kept_too():
    assert session_cookie("s", secure=is_secure("http://127.0.0.1:8484")).endswith("=Lax")
    assert ended_cookie(secure=False).startswith("signoff_session=; Path=/; Max-Age=0;")
