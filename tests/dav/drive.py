"""A drive and who mounts it: requests to the whole application, byte by byte as clients send."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote_to_bytes
from xml.etree import ElementTree as ET

import msgspec
from msgspec import Struct

from signoff.actions import app_passwords, keys
from signoff.actions.house import House
from signoff.asgi.parts import Message
from signoff.domain.ids import INSTANCE
from signoff.server import Application
from tests.actions.cast import ACME, ADA, AGENTS, OPERATOR, PEOPLE, at, move_in

D = "{DAV:}"
HOST = "signoff.example"
LOCKINFO = (
    '<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:">'
    "<D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype>"
    "<D:owner>{owner}</D:owner></D:lockinfo>"
)


class Answer(Struct, frozen=True, kw_only=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def xml(self) -> ET.Element:
        return ET.fromstring(self.body)

    @property
    def condition(self) -> str:
        """The condition element of an error; empty if there is none."""
        root = self.xml
        assert root.tag == f"{D}error", root.tag
        found = [each.tag.removeprefix(D) for each in root if each.tag.startswith(D)]
        return found[0] if found else ""

    @property
    def code(self) -> str:
        """Our own word for a refusal."""
        return self.xml.findtext("{urn:signoff:dav}code") or ""

    @property
    def hrefs(self) -> list[str]:
        return [each.text or "" for each in self.xml.iter(f"{D}href")]

    @property
    def members(self) -> list[str]:
        """The addresses in a multistatus."""
        return [each.findtext(f"{D}href") or "" for each in self.xml.iter(f"{D}response")]

    def prop(self, name: str, *, of: int = 0) -> ET.Element | None:
        """A property that was found of one of the resources."""
        response = list(self.xml.iter(f"{D}response"))[of]
        for stat in response.iter(f"{D}propstat"):
            if " 200 " in (stat.findtext(f"{D}status") or ""):
                found = stat.find(f"{D}prop/{name if name[0] == '{' else D + name}")
                if found is not None:
                    return found
        return None

    @property
    def token(self) -> str:
        """The token of the lock that was taken."""
        assert self.status in (200, 201), (self.status, self.body)
        return self.headers["lock-token"].removeprefix("<").removesuffix(">")


class Drive:
    """A workspace, mounted by somebody; `user` and `secret` are what they typed."""

    def __init__(self, app: Application, user: str = "", secret: str = "") -> None:
        self.app = app
        self.user = user
        self.secret = secret

    async def __call__(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes | str | Sequence[bytes] = b"",
        *,
        breaks_off: bool = False,
    ) -> Answer:
        """Send a request. `path` is below the workspace, or begins with a slash.

        A body in pieces is sent in chunks, without its length; one that breaks off ends with
        the connection.
        """
        target = path if path.startswith("/") else f"/dav/{ACME}/{quote(path)}"
        return await self.raw(method, target.encode(), headers, body, breaks_off=breaks_off)

    async def raw(
        self,
        method: str,
        target: bytes,
        headers: dict[str, str] | None = None,
        body: bytes | str | Sequence[bytes] = b"",
        *,
        breaks_off: bool = False,
    ) -> Answer:
        sent = {"Host": HOST, **self._authorization(), **(headers or {})}
        whole = body.encode() if isinstance(body, str) else body
        pieces: Sequence[bytes] = [whole] if isinstance(whole, bytes) else whole
        if isinstance(whole, bytes) and whole and not breaks_off:
            sent.setdefault("Content-Length", str(len(whole)))
        coming: list[Message] = [
            {"type": "http.request", "body": each, "more_body": True} for each in pieces
        ]
        if breaks_off:
            coming.append({"type": "http.disconnect"})
        elif coming:
            coming[-1]["more_body"] = False
        return await _spoken(self.app, method, target, sent, coming)

    def _authorization(self) -> dict[str, str]:
        if not self.secret:
            return {}
        both = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {both}"}

    async def put(self, path: str, body: bytes | str = b"a,b\n", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self("PUT", path, named, body)

    async def get(self, path: str) -> bytes:
        found = await self("GET", path)
        assert found.status == 200, (found.status, found.body)
        return found.body

    async def etag(self, path: str) -> str:
        return (await self("HEAD", path)).headers["etag"]

    async def there(self, path: str) -> bool:
        status = (await self("PROPFIND", path, {"Depth": "0"})).status
        assert status in (207, 404)
        return status == 207

    async def make(self, *folders: str) -> None:
        for each in folders:
            assert (await self("MKCOL", each)).status == 201, each

    async def lock(
        self,
        path: str,
        *,
        scope: str = "exclusive",
        depth: str = "infinity",
        owner: str = "somebody",
        **headers: str,
    ) -> Answer:
        body = LOCKINFO.format(scope=scope, owner=owner)
        return await self("LOCK", path, {"Depth": depth, **headers}, body)

    async def unlock(self, path: str, token: str) -> Answer:
        return await self("UNLOCK", path, {"Lock-Token": f"<{token}>"})

    async def names(self, path: str) -> list[str]:
        """The names in a folder, as they are displayed."""
        found = await self("PROPFIND", path, {"Depth": "1"})
        assert found.status == 207
        every = [each.text or "" for each in found.xml.iter(f"{D}displayname")]
        return every[1:]

    def to(self, path: str, **headers: str) -> dict[str, str]:
        """Headers that send something to a path."""
        return {"Destination": f"http://{HOST}/dav/{ACME}/{quote(path)}", **headers}


async def _spoken(
    app: Application,
    method: str,
    target: bytes,
    headers: dict[str, str],
    coming: list[Message],
) -> Answer:
    path, _, query = target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": _decoded(path),
        "raw_path": path,
        "query_string": query,
        "headers": [
            (name.lower().encode("latin-1"), value.encode("utf-8"))
            for name, value in headers.items()
        ],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
    }
    coming.reverse()
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop() if coming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if not sent:
        return Answer(status=0, headers={}, body=b"")
    assert not sent[-1].get("more_body")
    return Answer(
        status=sent[0]["status"],
        headers={
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in sent[0]["headers"]
        },
        body=b"".join(each.get("body", b"") for each in sent[1:]),
    )


def _decoded(path: bytes) -> str:
    return unquote_to_bytes(path).decode("utf-8", "replace")


class Town(Struct, kw_only=True):
    """The application with Acme in it, and a drive of each of the cast."""

    app: Application
    drives: dict[str, Drive]
    keys: dict[str, str]

    @property
    def house(self) -> House:
        assert self.app.parts is not None
        return self.app.parts.house

    def __getitem__(self, name: str) -> Drive:
        return self.drives[name]

    async def settle_in(self) -> None:
        """Found Acme, and let everybody mount it."""
        await move_in(self.house)
        for person in PEOPLE:
            name = person.actor.name.lower()
            self.drives[name] = await self.drive_of(name)
        for agent in AGENTS:
            asked = keys.Create(agent=agent.actor.id)
            done = await self.house.do(keys.create, ADA, asked)
            assert done.result is not None
            name = agent.actor.name.lower()
            self.keys[name] = done.result.secret or ""
            self.drives[name] = Drive(self.app, name, self.keys[name])

    async def drive_of(self, name: str, *, decides: bool = False) -> Drive:
        """Return a person's drive with a new app password."""
        email = f"{name}@acme.example"
        asked = app_passwords.Create(person=email, decides=decides)
        done = await self.house.do(app_passwords.create, at(OPERATOR, INSTANCE), asked)
        assert done.result is not None
        return Drive(self.app, email, done.result.secret or "")

    async def rest(
        self, name: str, method: str, path: str, asked: object = None, **headers: str
    ) -> tuple[int, Any]:
        """Ask an agent's question over REST; return the status and what the JSON says."""
        drive = Drive(self.app)
        found = await drive(
            method,
            f"/api/v1/workspaces/{ACME}/{path}",
            {
                "Authorization": f"Bearer {self.keys[name]}",
                "Content-Type": "application/json",
                **{key.replace("_", "-"): value for key, value in headers.items()},
            },
            asked if isinstance(asked, bytes) else msgspec.json.encode(asked) if asked else b"",
        )
        return found.status, msgspec.json.decode(found.body) if found.body else None
