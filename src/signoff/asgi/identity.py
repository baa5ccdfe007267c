"""From what a request shows to the caller: who acts, in which workspace, from where."""

import asyncio
import base64
import binascii
import ipaddress
import os
import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from signoff.actions.credentials import (
    Look,
    Proven,
    by_app_password,
    by_key,
    by_session,
)
from signoff.actions.house import House
from signoff.asgi.cookies import session_secret
from signoff.domain.accounts import SEEN_EVERY, digest_of_secret, workspace_of_key
from signoff.domain.actors import Caller, CredentialKind, Door
from signoff.domain.errors import Code, Forbidden, NotFound, Unauthenticated
from signoff.domain.ids import INSTANCE, MINUTE, CredentialId, Instant, Slug

Scope = MutableMapping[str, Any]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REMEMBERED = 10_000
REMEMBERED_FOR = MINUTE

_WANTED = frozenset(
    {
        b"authorization",
        b"cookie",
        b"host",
        b"origin",
        b"sec-fetch-site",
        b"x-forwarded-for",
        b"x-request-id",
    }
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Origin(Struct, frozen=True, kw_only=True):
    """Where a request came from: for the log, and to find it again."""

    request_id: str
    address: str


class Known(Struct, frozen=True):
    """Whom a credential proved, under which version of rights, and when it was looked up."""

    proven: Proven
    version: int
    at: Instant


class Identity:
    """Tells who is calling. Revoking holds from the next request on.

    Whom a credential proved is remembered while nothing that says who may do what has been
    written, by this process or another (`Engine.rights_version`); for a minute at the most,
    and never past the credential's own end.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self._public = _origin_of(house.base_url)
        self._seen: dict[CredentialId, Instant] = {}
        self._noting: set[asyncio.Task[Any]] = set()
        self._known: dict[tuple[bytes, str, str], Known] = {}

    async def caller(self, scope: Scope, workspace: Slug | None, *, door: Door) -> Caller:
        """Return who calls, as seen by a workspace; refuse whom nothing proves.

        Without a workspace it is the key's own, or the instance for a person. Whoever is no
        member has no role, and is told by the first act that there is nothing.
        """
        headers = _headers(scope)
        scheme, _, shown = headers.get(b"authorization", "").partition(" ")
        scheme, shown = scheme.lower(), shown.strip()
        if scheme == "bearer":
            proven, place = await self._by_key(shown, workspace)
        elif scheme == "basic" and door is Door.DAV:
            proven, place = await self._by_basic(shown, workspace)
        elif scheme:
            raise Unauthenticated(
                f"Nobody is let in here by “{scheme}”",
                hint="Send `Authorization: Bearer` with an API key, or sign in.",
            )
        elif door is Door.DAV:
            raise Unauthenticated(
                "A drive asks for a name and a password",
                hint="Use your e-mail address and an app password, or an agent's API key.",
            )
        else:
            proven, place = await self._by_cookie(scope, headers, workspace)
        self._note(proven, place)
        came = origin(scope, headers)
        return Caller(
            actor=proven.actor,
            role=proven.role,
            credential=proven.credential,
            door=door,
            workspace=place,
            groups=proven.groups,
            admin=proven.admin,
            closed=proven.closed,
            request_id=came.request_id,
            address=came.address if self.house.keep_addresses else "",
        )

    async def _by_key(self, secret: str, workspace: Slug | None) -> tuple[Proven, Slug]:
        named = workspace_of_key(secret)
        if named is None:
            raise Unauthenticated(
                "This is no API key, or not a whole one",
                hint="A key is so_, its workspace and 43 characters; app passwords are for"
                " mounted drives only.",
            )
        proven = await self._prove(by_key, secret, named)
        if workspace is not None and workspace != named:
            raise NotFound("There is no such workspace", hint=f"This key opens “{named}”.")
        return proven, named

    async def _by_basic(self, shown: str, workspace: Slug | None) -> tuple[Proven, Slug]:
        try:
            user, _, secret = base64.b64decode(shown, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Unauthenticated("The user name and password cannot be read") from None
        if secret.startswith("so_"):
            return await self._by_key(secret, workspace)
        place = await self._founded(workspace)
        name = user.rpartition("\\")[2]  # Windows puts a domain before it
        proven = await self._prove(
            lambda tx, shown: by_app_password(tx, name, shown), secret, place, user=name
        )
        return proven, place

    async def _by_cookie(
        self, scope: Scope, headers: dict[bytes, str], workspace: Slug | None
    ) -> tuple[Proven, Slug]:
        secret = session_secret(headers.get(b"cookie", ""))
        if not secret:
            raise Unauthenticated(
                "Nobody knows you here yet",
                hint="Send `Authorization: Bearer` with an API key, or sign in.",
            )
        if scope["method"] not in SAFE:
            self.check_same_site(scope, headers)
        place = await self._founded(workspace)
        return await self._prove(by_session, secret, place), place

    async def _prove(self, look: Look, secret: str, place: Slug, *, user: str = "") -> Proven:
        """Look a credential up, or remember whom it proved."""
        engine = self.house.engine
        version, now = await engine.look_at_rights(), engine.now()
        name = (digest_of_secret(secret), place, user)
        known = self._known.get(name)
        if known is not None and known.version == version and now - known.at < REMEMBERED_FOR:
            until = known.proven.until
            if until is None or now < until:
                return known.proven
        proven = await engine.read(lambda tx: look(tx, secret), workspace=place)
        if version is not None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[name] = Known(proven, version, now)
        return proven

    async def _founded(self, workspace: Slug | None) -> Slug:
        """Return where the caller goes; whose founding was cut off has no members before."""
        if workspace is None:
            return INSTANCE
        await self.house.keys(workspace)
        return workspace

    def check_same_site(self, scope: Scope, headers: dict[bytes, str] | None = None) -> None:
        """Refuse what another site's page makes a browser send (Fetch, section 3.2)."""
        headers = _headers(scope) if headers is None else headers
        said = headers.get(b"origin")
        foreign = said is not None and not self._ours(said, headers.get(b"host", ""))
        if foreign or headers.get(b"sec-fetch-site") == "cross-site":
            raise Forbidden(
                "Another site's page asked for this in your name",
                code=Code.CROSS_SITE,
                hint="Do it on Signoff's own pages, or with an API key.",
            )

    def _ours(self, said: str, host: str) -> bool:
        # A proxy that ends TLS changes the scheme, never the host.
        if said == self._public:
            return True
        try:
            return bool(host) and urlsplit(said).netloc == host
        except ValueError:  # brackets with no address in them
            return False

    def _note(self, proven: Proven, workspace: Slug) -> None:
        """Remember when a credential was used, at most every five minutes."""
        credential, now = proven.credential.id, self.house.engine.now()
        last = max(self._seen.get(credential, 0), proven.seen_at)
        if now - last < SEEN_EVERY:
            return
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[credential] = now
        kept_in = workspace if proven.credential.kind is CredentialKind.API_KEY else ""
        writing = self.house.engine.write(
            lambda tx: tx.accounts.seen(credential, workspace=kept_in),
            workspace=workspace,
            background=True,
        )
        task = asyncio.ensure_future(writing)
        self._noting.add(task)
        task.add_done_callback(self._noted)

    def _noted(self, task: asyncio.Task[Any]) -> None:
        # What could not be written now is written at the next use after five minutes.
        self._noting.discard(task)
        if not task.cancelled():
            task.exception()


def origin(scope: Scope, headers: dict[bytes, str] | None = None) -> Origin:
    """Return the request's id and the address it came from."""
    headers = _headers(scope) if headers is None else headers
    given = headers.get(b"x-request-id", "")
    request_id = given if given and _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()
    return Origin(request_id=request_id, address=_address(scope, headers))


def _address(scope: Scope, headers: dict[bytes, str]) -> str:
    """Return the client's address; a proxy is believed when it is on this machine."""
    client = scope.get("client")
    direct = str(client[0]) if client else ""
    forwarded = headers.get(b"x-forwarded-for", "")
    if not forwarded or not _is_loopback(direct):
        return direct
    # Each proxy adds at the end; what stands before that is anybody's word.
    last = forwarded.rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return direct


def _is_loopback(address: str) -> bool:
    if address == "127.0.0.1":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        # A socket file has no address: only this machine can reach it.
        return not address


def _headers(scope: Scope) -> dict[bytes, str]:
    found = [
        (name, value.decode("latin-1")) for name, value in scope["headers"] if name in _WANTED
    ]
    wanted = dict(found)
    return wanted if len(wanted) == len(found) else _joined(found)


def _joined(found: list[tuple[bytes, str]]) -> dict[bytes, str]:
    joined: dict[bytes, str] = {}
    for name, text in found:
        joint = "; " if name == b"cookie" else ", "
        joined[name] = f"{joined[name]}{joint}{text}" if name in joined else text
    return joined


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
