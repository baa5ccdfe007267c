"""Where everything meets: from settings to a house, and to the ASGI application in front."""

import asyncio
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from signoff.actions.house import House
from signoff.actions.seals import open_log_key
from signoff.actions.workspaces import keys_of
from signoff.asgi.later import Later
from signoff.asgi.metrics import counted, page_of
from signoff.asgi.parts import App, Parts, Receive, Scope, Send
from signoff.blobs import open_store
from signoff.blobs.encrypted import Encrypted
from signoff.blobs.keys import Keyring, RootKey, load_root_key
from signoff.domain.errors import Busy, Code, Conflict, Invalid
from signoff.domain.ids import INSTANCE
from signoff.settings import Settings
from signoff.store.engine import Engine

if TYPE_CHECKING:
    from signoff.worker.loop import Worker

ROOT_KEY = "root.key"
BLOBS = "blobs"
DATABASE, LOCK = "signoff.db", "serve.lock"


def open_house(settings: Settings) -> House:
    """Open rows, bytes and keys; refuse what is not there or does not fit together."""
    if settings.on_sqlite or not settings.blob_url:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = root_key(settings)
    engine = _engine(settings)
    store = open_store(settings.blob_url or str(settings.data / BLOBS))
    keyring = Keyring(root, keys_of(engine, store))
    return House(
        engine,
        Encrypted(store, keyring),
        keyring,
        base_url=settings.base_url,
        max_upload=settings.max_upload,
        keep_addresses=settings.keep_addresses,
        reach=settings.reach,
    )


def root_key(settings: Settings, *, create: bool = True) -> RootKey:
    """Return the root key, from `SIGNOFF_ROOT_KEY` or its file.

    It is made where one machine holds everything and no data is there yet; data without its
    key is never given another, which could not open it.
    """
    path = Path(settings.root_key_file) if settings.root_key_file else settings.data / ROOT_KEY
    fresh = create and settings.all_local and not (settings.data / DATABASE).exists()
    return load_root_key(path=path, text=os.environ.get("SIGNOFF_ROOT_KEY"), create=fresh)


def _engine(settings: Settings) -> Engine:
    if settings.on_sqlite:
        return _sqlite(settings.data / DATABASE)
    if settings.database_url.startswith(("postgresql://", "postgres://")):
        return _postgres(settings)
    raise Invalid(
        "The database URL is of no kind that is known",
        hint="Write postgresql://…, or leave it empty for SQLite in the data directory.",
    )


def _sqlite(path: Path) -> Engine:
    import apsw  # noqa: PLC0415  each node loads the one driver that it needs

    from signoff.store.sqlite import Sqlite  # noqa: PLC0415

    engine = Sqlite(str(path))
    try:
        engine.open()
    except apsw.Error as error:
        raise Busy(f"{path} cannot be opened: {error}", hint="Look at its rights.") from error
    return engine


def _postgres(settings: Settings) -> Engine:
    import psycopg  # noqa: PLC0415

    from signoff.store.postgres import Postgres  # noqa: PLC0415

    engine = Postgres(settings.database_url, allow_unsafe=settings.allow_unsafe_database)
    try:
        engine.open()
    except psycopg.Error as error:
        raise Busy(
            f"The database cannot be opened: {error}", hint="Look at the URL and its rights."
        ) from error
    except RuntimeError as error:
        raise Invalid(str(error)) from error
    return engine


class DataLock:
    """Keeps a second server off the same SQLite file; commands beside it do not take it."""

    def __init__(self, data: Path) -> None:
        self._path = data / LOCK
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the lock, or refuse. The system lets go of it when the process ends."""
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise Conflict(
                f"Another server runs on {self._path.parent}",
                code=Code.DATA_IN_USE,
                hint="Stop it, or choose another --data.",
            ) from None
        self._file = file

    def release(self) -> None:
        """Let go."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Application:
    """The outermost ASGI function: opens the house, hands each request to its door."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.closing = asyncio.Event()
        self.parts: Parts | None = None
        self._doors: tuple[tuple[str, App], ...] = ()
        self._lock = DataLock(settings.data)
        self._farewell: asyncio.Task[None] | None = None
        self._worker: Worker | None = None

    def open(self) -> Parts:
        """Open the house and build the doors, once."""
        if self.parts is not None:
            return self.parts
        if self.settings.on_sqlite:
            self.settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.take()
        try:
            house = open_house(self.settings)
        except BaseException:
            self._lock.release()
            raise
        self.parts = Parts(
            house,
            closing=self.closing,
            max_body=self.settings.max_body,
            issuer=self.settings.oauth_issuer,
        )
        self._doors = doors(self.parts)
        return self.parts

    async def close(self) -> None:
        """Let open streams end, finish what is under way, and close the house."""
        self.closing.set()
        if self._farewell is not None:
            await self._farewell
        if self._worker is not None:
            await self._worker.close()
        if self.parts is not None:
            await self.parts.house.close()
        self._lock.release()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            # httptools keeps blanks around values (RFC 9110, section 5.5, wants them gone)
            scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
            await self._door_of(scope["path"])(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _start(self, parts: Parts) -> None:
        parts.tail.start()
        self._farewell = asyncio.create_task(self._say_goodbye(parts))
        if self.settings.worker:
            from signoff.worker.loop import worker_of  # noqa: PLC0415  as for the doors

            self._worker = worker_of(
                parts.house,
                ca_bundle=self.settings.ca_bundle,
                smtp_url=self.settings.smtp_url,
                notify_hosts=self.settings.notify_hosts,
            )
            self._worker.start()

    async def _say_goodbye(self, parts: Parts) -> None:
        """Wake everybody who waits as soon as the server is told to stop."""
        await self.closing.wait()
        await parts.tail.close()

    def _door_of(self, path: str) -> App:
        for prefix, app in self._doors:
            if path.startswith(prefix):
                return app
        return nowhere

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    parts = self.open()
                    await open_log_key(parts.house)
                    self._start(parts)
                except Exception as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    raise
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def build(settings: Settings) -> Application:
    """Return the ASGI application; the house opens when its lifespan starts."""
    return Application(settings)


def doors(parts: Parts) -> tuple[tuple[str, App], ...]:
    """Build every door, by the beginning of the paths that lead to it; the first that fits."""
    # The operator's commands open the house without any door, and should not wait for them.
    from signoff.mcp import metadata  # noqa: PLC0415
    from signoff.rest import reference  # noqa: PLC0415
    from signoff.rest.app import RestApp  # noqa: PLC0415
    from signoff.rest.records import LogApp  # noqa: PLC0415

    async def healthz(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        await _say(send, 200, b"ok\n")

    async def readyz(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        ready = False
        with suppress(Exception):
            await parts.house.engine.read(lambda tx: tx.accounts.anybody(), workspace=INSTANCE)
            ready = not parts.closing.is_set()
        await _say(send, 200 if ready else 503, b"ready\n" if ready else b"not ready\n")

    metrics = parts.metrics
    dav = Later(lambda: _drives(parts))
    return (
        ("/api/v1/", counted(RestApp(parts), "rest", metrics)),
        ("/log/", counted(LogApp(parts), "log", metrics)),
        ("/openapi.json", reference.document),
        ("/api/docs", reference.page),
        ("/dav", counted(dav, "dav", metrics)),
        ("/mcp", counted(Later(lambda: _models(parts)), "mcp", metrics)),
        ("/.well-known/oauth-protected-resource", metadata.page_of(parts)),
        ("/healthz", healthz),
        ("/readyz", readyz),
        ("/metrics", page_of(parts)),
        ("/", counted(_for_drives(dav, Later(lambda: _pages(parts))), "web", metrics)),
    )


def _for_drives(dav: App, pages: App) -> App:
    """Let Windows find out at `/` where the drives are; all else there is a page."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        of_drives = scope["path"] == "/" and scope["method"] in ("OPTIONS", "PROPFIND")
        await (dav if of_drives else pages)(scope, receive, send)

    return either


def _drives(parts: Parts) -> App:
    from signoff.dav.app import DavApp  # noqa: PLC0415

    return DavApp(parts)


def _models(parts: Parts) -> App:
    from signoff.mcp.app import McpApp  # noqa: PLC0415

    return McpApp(parts)


def _pages(parts: Parts) -> App:
    from signoff.web.app import WebApp  # noqa: PLC0415

    return WebApp(parts)


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Answer that there is nothing here."""
    await _say(send, 404, b"There is nothing here.\n")


async def _say(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
