"""Everything an operator can set, with its default and its reason."""

import os
from pathlib import Path

from msgspec import Struct

from signoff.domain.errors import Invalid
from signoff.domain.urls import Allowed, parse_allowed


class Settings(Struct, frozen=True, kw_only=True):
    """How this instance runs. Each field is an option and `SIGNOFF_<FIELD>` in the environment.

    data: where everything lies that is not in a database or an object store
    host, port: where the server listens; loopback, since TLS is a proxy's business
    database_url: empty for SQLite in `data`, else `postgresql://…`
    blob_url: empty for `data/blobs`, else `s3://bucket/prefix?…`
    public_url: what links begin with; empty for `http://host:port`
    root_key_file: the key above all keys; made in `data` for SQLite and local disk only
    smtp_url: where mail goes out, `smtp://USER:PASSWORD@HOST:587?from=…`; empty for no mail
    notify_hosts: hosts of your own, by commas, that messages may go to: `ntfy.example.org`
    max_upload: the largest file, in bytes
    max_body: the largest JSON body, in bytes
    keep_addresses: whether the log keeps the addresses of callers
    worker: whether this process also does the acts of time
    oauth_issuer: the authorization server that clients of MCP are pointed to; empty for none
    allow_inside: hosts and networks that may be called though they are inside, or without TLS
    ca_bundle: a file of the authorities by which servers outside are trusted, not the system's
    allow_unsafe_database: run on a PostgreSQL that may lose answered acts
    """

    data: Path = Path("signoff-data")
    host: str = "127.0.0.1"
    port: int = 8484
    database_url: str = ""
    blob_url: str = ""
    public_url: str = ""
    root_key_file: str = ""
    smtp_url: str = ""
    notify_hosts: str = ""
    max_upload: int = 64 * 1024**3
    max_body: int = 4 * 1024**2
    keep_addresses: bool = True
    worker: bool = True
    oauth_issuer: str = ""
    allow_inside: str = ""
    ca_bundle: str = ""
    allow_unsafe_database: bool = False

    @property
    def base_url(self) -> str:
        """Return what links begin with, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def reach(self) -> Allowed:
        """Return what may be called though it is inside."""
        return parse_allowed(self.allow_inside)

    @property
    def on_sqlite(self) -> bool:
        """Say whether rows lie in a file below `data`."""
        return not self.database_url

    @property
    def all_local(self) -> bool:
        """Say whether one machine holds everything, its root key too."""
        return self.on_sqlite and not self.blob_url


def from_environment(**given: object) -> Settings:
    """Return the settings of the environment, with those that were given on top."""
    values: dict[str, object] = {}
    for field, kind in Settings.__annotations__.items():
        raw = os.environ.get(f"SIGNOFF_{field.upper()}")
        if raw is not None and raw != "":
            values[field] = _read(field, kind, raw)
    values |= {name: value for name, value in given.items() if value is not None}
    return Settings(**values)  # type: ignore[arg-type]


_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})


def _read(field: str, kind: object, raw: str) -> object:
    if kind is bool:
        if raw.lower() not in _YES | _NO:
            raise _unreadable(field, "yes or no")
        return raw.lower() in _YES
    if kind is int:
        if not (raw.isascii() and raw.isdigit()):
            raise _unreadable(field, "a whole number")
        return int(raw)
    if kind is Path:
        return Path(raw)
    return raw


def _unreadable(field: str, wanted: str) -> Invalid:
    name = f"SIGNOFF_{field.upper()}"
    return Invalid(f"{name} is not {wanted}", hint=f"Set {name} anew, or take it away.")
