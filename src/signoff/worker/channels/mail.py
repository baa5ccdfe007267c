"""E-mail, over one connection that is kept as long as there is something to send."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.policy import EmailPolicy
from typing import Any

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from signoff.domain import addresses
from signoff.domain.errors import Refusal
from signoff.domain.messages import ChannelKind, Message
from signoff.worker.channels import Later, Undeliverable
from signoff.worker.channels.letters import Thread, compose, kept, read_thread
from signoff.worker.channels.servers import Encryption, MailServer

CONNECT, ANSWER = 10.0, 30.0
"""Seconds that the server is given to be there, and to answer each command."""
ASK_AFTER, LEAVE_AFTER = 5.0, 30.0
"""An open connection is asked whether it lives after so many idle seconds, and then left."""

SOON, GREYLISTED, MISCONFIGURED = 60.0, 300.0, 900.0
"""Seconds until it is tried again: what passes, what must wait, what someone must mend."""

UNAVAILABLE = 421
PERMANENT = 500
NOBODY = frozenset({550, 551, 553})
"""There is no such mailbox (RFC 5321, section 4.2.3), where no enhanced code says more."""
UTF8 = "SMTPUTF8"


WHOLE = frozenset({"message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"})
"""Fields of ids and URLs: a long one is no text to be encoded (RFC 2047, section 5)."""


class _OnTheWire(EmailPolicy):
    """Writes letters as SMTP wants them, and leaves ids and URLs as they are."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a field's line or lines."""
        if name.lower() in WHOLE:
            return f"{name}: {' '.join(str(value).split())}{self.linesep}".encode()
        return super().fold_binary(name, value)


class Mail:
    """Sends letters through one mail server, one after another."""

    kind = ChannelKind.EMAIL

    def __init__(
        self,
        server: MailServer,
        *,
        tls: ssl.SSLContext | None = None,
        answer: float = ANSWER,
    ) -> None:
        self.server = server
        self._tls = tls
        self._answer = answer
        self._smtp: SMTP | None = None
        self._used = 0.0
        self._turn = asyncio.Lock()
        self._leaving: asyncio.TimerHandle | None = None

    async def send(self, to: str, message: Message, *, earlier: str | None) -> str | None:
        """Send a letter; the reference returned is its thread's."""
        try:
            address = addresses.parse(to, kind=ChannelKind.EMAIL)
        except Refusal as refusal:
            raise Undeliverable(refusal.message, for_good=True) from refusal
        utf8 = not address.text.isascii()
        # It takes milliseconds, which those whom this process serves need not wait.
        wire, thread = await asyncio.to_thread(self._written, address.text, message, earlier)
        async with self._turn:
            with _translated(self.server):
                await self._deliver(address.text, wire, utf8=utf8)
        return kept(thread)

    async def close(self) -> None:
        """Say goodbye to the server."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        async with self._turn:
            smtp, self._smtp = self._smtp, None
            if smtp is not None and smtp.is_connected:
                with suppress(SMTPException, OSError):
                    await smtp.quit(timeout=1.0)
            if smtp is not None:
                smtp.close()

    def _written(self, to: str, message: Message, earlier: str | None) -> tuple[bytes, Thread]:
        """Return the letter as it goes over the wire, and its thread."""
        local, _, domain = to.rpartition("@")
        letter, thread = compose(
            message,
            to=Address(username=local, domain=domain),
            sender=self.server.sender,
            thread=read_thread(earlier),
        )
        policy = _OnTheWire(linesep="\r\n", utf8=not to.isascii())
        return letter.as_bytes(policy=policy), thread

    async def _deliver(self, to: str, wire: bytes, *, utf8: bool) -> None:
        """Deliver; a connection of which the state is not known is used no more."""
        try:
            smtp = await self._begun(to, utf8=utf8)
            # Nothing is repeated from here on: the letter may have arrived.
            await smtp.data(wire, timeout=self._answer)
        except SMTPResponseException:
            await self._forget_letter()
            raise
        except BaseException:
            self._drop()
            raise
        self._keep()

    async def _begun(self, to: str, *, utf8: bool) -> SMTP:
        """Give the envelope, over another connection if the server had enough of a kept one."""
        smtp = await self._connection()
        try:
            await self._envelope(smtp, to, utf8=utf8)
        except (SMTPServerDisconnected, SMTPResponseException) as refused:
            gone = getattr(refused, "code", UNAVAILABLE) == UNAVAILABLE
            if self._used == 0.0 or not gone:
                raise
            self._drop()
            smtp = await self._connection()
            await self._envelope(smtp, to, utf8=utf8)
        return smtp

    async def _envelope(self, smtp: SMTP, to: str, *, utf8: bool) -> None:
        sender = self.server.sender.addr_spec
        options = [UTF8] if utf8 else []
        if utf8 and not smtp.supports_extension(UTF8.lower()):
            raise _NoSuchSigns(UTF8)
        encoding = "utf-8" if utf8 else "ascii"
        await smtp.mail(sender, options=options, encoding=encoding, timeout=self._answer)
        await smtp.rcpt(to, encoding=encoding, timeout=self._answer)

    async def _connection(self) -> SMTP:
        loop = asyncio.get_running_loop()
        smtp = self._smtp
        if smtp is not None and smtp.is_connected:
            if loop.time() - self._used < ASK_AFTER:
                return smtp
            with suppress(SMTPException, OSError):
                await smtp.noop(timeout=ASK_AFTER)
                return smtp
        self._drop()
        self._smtp = await self._opened()
        return self._smtp

    async def _opened(self) -> SMTP:
        server = self.server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            local_hostname=server.sender.domain,
            timeout=CONNECT,
            use_tls=server.encryption is Encryption.IMPLICIT,
            start_tls=_START[server.encryption],
            tls_context=self._tls,
            # What is taken when offered could as well be missing: nobody's name is checked
            # (RFC 7435), as servers on one's own machine have no name to prove.
            validate_certs=server.encryption is not Encryption.OFFERED,
        )
        try:
            await smtp.connect()
        except BaseException:
            smtp.close()
            raise
        return smtp

    async def _forget_letter(self) -> None:
        """Go on with the connection after a refusal, or drop it."""
        try:
            if self._smtp is not None:
                await self._smtp.rset(timeout=self._answer)
        except (SMTPException, OSError):
            self._drop()
        else:
            self._keep()

    def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        self._used = loop.time()
        if self._leaving is not None:
            self._leaving.cancel()
        self._leaving = loop.call_later(LEAVE_AFTER, self._leave)

    def _leave(self) -> None:
        """Leave an idle connection, unless a letter is on its way over it."""
        if not self._turn.locked():
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp, self._used = self._smtp, None, 0.0
        if smtp is not None:
            smtp.close()


_START = {
    Encryption.IMPLICIT: False,
    Encryption.NEVER: False,
    Encryption.ALWAYS: True,
    Encryption.OFFERED: None,
}


@contextmanager
def _translated(server: MailServer) -> Iterator[None]:
    """Turn what the mail server answers, or the way to it, into the words of channels."""
    try:
        yield
    except (SMTPException, OSError) as error:
        raise _meaning(error, server.shown) from error


def _meaning(error: SMTPException | OSError, where: str) -> Undeliverable | Later:
    if _untrusted(error):
        return Later(MISCONFIGURED, f"{where} could not prove who it is")
    match error:
        case SMTPRecipientRefused() if error.code >= PERMANENT:
            return Undeliverable(_said(error), for_good=is_gone(error))
        case SMTPAuthenticationError():
            return Later(MISCONFIGURED, f"{where} did not accept the user and the password")
        case SMTPConnectResponseError() | SMTPHeloError():
            return Later(SOON, _said(error))
        case SMTPResponseException() if error.code >= PERMANENT:
            return Undeliverable(_said(error), for_good=False)
        case SMTPResponseException():
            return Later(SOON if error.code == UNAVAILABLE else GREYLISTED, _said(error))
        case _NoSuchSigns():
            return Undeliverable(f"{where} takes no addresses with such signs", for_good=True)
        case SMTPNotSupported():
            return Later(MISCONFIGURED, f"{where} does not offer what was asked: {error}")
        case _:
            return Later(SOON, f"{where} could not be reached")


def _untrusted(error: BaseException) -> bool:
    found: BaseException | None = error
    while found is not None and not isinstance(found, ssl.SSLCertVerificationError):
        found = found.__cause__
    return found is not None


class _NoSuchSigns(SMTPException):
    """The server takes ASCII addresses alone."""


def is_gone(refused: SMTPRecipientRefused) -> bool:
    """Say whether there is no such mailbox: 5.1.x, or 5.2.1 for a closed one (RFC 3463)."""
    enhanced = refused.message.split(maxsplit=1)[0] if refused.message else ""
    digits = enhanced.split(".")
    if len(digits) == len(("class", "subject", "detail")) and all(map(str.isdigit, digits)):
        return digits[1] == "1" or digits[1:] == ["2", "1"]
    return refused.code in NOBODY


def _said(refused: SMTPResponseException) -> str:
    return f"The mail server said {refused.code}: {' '.join(refused.message.split())[:200]}"
