"""The mail server, as SIGNOFF_SMTP_URL names it."""

import ipaddress
from email.headerregistry import Address
from email.utils import parseaddr
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from signoff.domain import addresses
from signoff.domain.errors import Invalid
from signoff.domain.messages import ChannelKind

HINT = "Write smtp://USER:PASSWORD@HOST:587?from=signoff@example.org, or smtps://HOST."
NAME = "Signoff"


class Encryption(StrEnum):
    """How the way there is encrypted: what `starttls` may be, or from the start."""

    ALWAYS = "always"
    OFFERED = "offered"
    NEVER = "never"
    IMPLICIT = "implicit"


class MailServer(Struct, frozen=True, kw_only=True):
    """Where mail goes out, and whom it is from."""

    host: str
    port: int
    sender: Address
    user: str = ""
    password: str = ""
    encryption: Encryption = Encryption.ALWAYS

    @property
    def shown(self) -> str:
        """Return where it is, without the password."""
        return f"{self.host}:{self.port}"


def parse(url: str, *, base_url: str) -> MailServer:
    """Return the mail server of a URL; without `from` mail is from signoff@ the public host."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _unreadable("is no URL") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise _unreadable("does not begin with smtp:// or smtps:// and a host")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := asked.keys() - {"from", "starttls"}:
        raise _unreadable(f"has what is not known: {', '.join(sorted(unknown))}")
    encryption = _encryption(parts.scheme, parts.hostname, asked.get("starttls", ""))
    usual = 465 if encryption is Encryption.IMPLICIT else 587
    return MailServer(
        host=parts.hostname,
        port=port or usual,
        sender=_sender(asked.get("from", ""), urlsplit(base_url).hostname or "localhost"),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encryption=encryption,
    )


def _encryption(scheme: str, host: str, asked: str) -> Encryption:
    """Encrypt always unless told otherwise, except to a server on this machine."""
    if scheme == "smtps":
        if asked:
            raise _unreadable("asks for starttls where smtps:// encrypts from the start")
        return Encryption.IMPLICIT
    if not asked:
        return Encryption.OFFERED if _is_here(host) else Encryption.ALWAYS
    if asked not in (Encryption.ALWAYS, Encryption.OFFERED, Encryption.NEVER):
        raise _unreadable("has a starttls that is not always, offered or never")
    return Encryption(asked)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sender(asked: str, host: str) -> Address:
    name, text = parseaddr(asked) if asked else (NAME, f"signoff@{_named(host)}")
    try:
        found = addresses.parse(text if asked.isprintable() else "", kind=ChannelKind.EMAIL)
    except Invalid as refused:
        raise _unreadable("has a from that is no mail address") from refused
    local, _, domain = found.text.rpartition("@")
    return Address(display_name=name or NAME, username=local, domain=domain)


def _named(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return "localhost"


def _unreadable(what: str) -> Invalid:
    return Invalid(f"SIGNOFF_SMTP_URL {what}", hint=HINT)
