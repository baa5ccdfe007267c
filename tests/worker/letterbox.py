"""Mail servers on loopback that take letters, or refuse them in every way they may."""

import asyncio
import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Letterbox:
    """Keeps what is sent; `refuse` maps a command's name to what is answered instead."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.connections = 0
        self.encrypted: list[bool] = []
        self.refuse: dict[str, str] = {}
        self.most_letters = 1000
        self.port = 0
        self.open: set[asyncio.Transport] = set()
        self.slow = asyncio.Event()
        self.slow.set()
        self.waiting = asyncio.Event()

    @property
    def letters(self) -> list[EmailMessage]:
        return [
            message_from_bytes(one.original_content or b"", policy=default)
            for one in self.envelopes
        ]

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if refused := self.refuse.pop("MAIL", ""):
            return refused
        taken = getattr(session, "taken", 0)
        if taken >= self.most_letters:
            return "421 4.7.0 Enough for one connection"
        envelope.mail_from = address
        envelope.smtp_utf8 = "SMTPUTF8" in options
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if not self.slow.is_set():
            self.waiting.set()
            await self.slow.wait()
        if refused := self.refuse.pop("RCPT", ""):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if refused := self.refuse.pop("DATA", ""):
            return refused
        session.taken = getattr(session, "taken", 0) + 1  # type: ignore[attr-defined]
        self.encrypted.append(session.ssl is not None)
        self.envelopes.append(envelope)
        return "250 OK"


class Counted(SMTP):
    """Counts its connections, and lets them be cut."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        box = cast("Letterbox", self.event_handler)
        box.connections += 1
        box.open.add(cast("asyncio.Transport", transport))
        super().connection_made(transport)


def knows(name: bytes, password: bytes) -> Callable[..., AuthResult]:
    def check(
        server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        known = (data.login, data.password) == (name, password)
        return AuthResult(success=known, handled=False)

    return check


@asynccontextmanager
async def letterbox(
    *, implicit: ssl.SSLContext | None = None, **given: Any
) -> AsyncIterator[Letterbox]:
    """Run a mail server on a free port; what is given goes to aiosmtpd's SMTP."""
    box = Letterbox()
    loop = asyncio.get_running_loop()
    given.setdefault("enable_SMTPUTF8", True)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        box.port = listening.getsockname()[1]
        server = await loop.create_server(
            lambda: Counted(box, hostname="mail.example.org", loop=loop, **given),
            sock=listening,
            ssl=implicit,
        )
        try:
            yield box
        finally:
            server.close()
            for transport in box.open:
                transport.abort()
            await server.wait_closed()
            await asyncio.sleep(0)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context, and that of a client who trusts it, for `localhost`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.crt", folder / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(public, private)
    return server, ssl.create_default_context(cafile=str(public))
