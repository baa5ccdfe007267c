"""Where a message to a person may go: what an address is, and what is shown of it.

Most addresses are secrets: whoever knows a webhook's URL can write to its channel. An address
is therefore shown by its service and its last four signs. None leads inside: a host that is no
public service's own is refused unless the operator named it.
"""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import idna
from msgspec import Struct

from signoff.domain.errors import Code, Invalid
from signoff.domain.messages import ChannelKind
from signoff.domain.services import PLAIN, SECURE, SERVICES, Service

Hosts = frozenset[str]
"""Hosts that the operator named, `host` for its usual port or `host:port`, in lower case."""

LONGEST = 2000
LONGEST_EMAIL, LONGEST_LOCAL = 254, 64  # RFC 5321, section 4.5.3.1; RFC 3696, erratum 1690
SHOWN = 4
SECRET = 12
"""What is shorter is shown not even in part."""

SLACK = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
DISCORD = frozenset({"discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com"})
TEAMS = re.compile(
    r"[a-z0-9.-]+\.(logic\.azure\.(com|us|cn)|api\.powerplatform\.(com|us|cn)"
    r"|api\.gov\.powerplatform\.microsoft\.us)"
)
"""Where Microsoft runs the workflows that take the place of connectors, in all its clouds."""


class Address(Struct, frozen=True, kw_only=True):
    """Where messages of one kind go.

    `text` is the address as it is kept and given to its channel. `service` is `email`,
    `slack`, `discord`, `teams`, `telegram`, or a scheme of apprise. `shown` has no secret.
    """

    kind: ChannelKind
    service: str
    text: str
    shown: str


def parse(raw: str, *, kind: ChannelKind | None = None, hosts: Hosts = frozenset()) -> Address:
    """Return a clean address, of one kind if that is asked for; refuse what cannot be one."""
    text = raw.strip()
    if not text or len(text) > LONGEST or not text.isprintable() or " " in text:
        raise _unfit("This is no address", hint=WANTED)
    found = _read(text, kind, hosts)
    if kind is not None and found.kind is not kind:
        raise _unfit(f"This is no address for {kind}", hint=HINTS[kind])
    return found


def parse_hosts(raw: str) -> Hosts:
    """Return the hosts that the operator named, separated by commas."""
    found = {one.strip().lower() for one in raw.split(",") if one.strip()}
    for one in found:
        if not re.fullmatch(rf"{HOST}(:\d{{1,5}})?", one):
            raise Invalid(
                f"“{one}” is no host",
                hint="Write hosts as ntfy.example.org or 10.0.0.7:8080, separated by commas.",
            )
    return frozenset(found)


def is_named(host: str, port: int, usual: int, hosts: Hosts) -> bool:
    """Say whether the operator named a host, with the port unless it is the usual one."""
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{name}:{port}" in hosts or (port == usual and name in hosts)


HOST = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])"
WANTED = "Write ada@example.org, a webhook's URL, or an address such as ntfys://ntfy.sh/topic."
HINTS = {
    ChannelKind.EMAIL: "Write an address such as ada@example.org.",
    ChannelKind.SLACK: "Paste the webhook's URL: https://hooks.slack.com/services/T…/B…/….",
    ChannelKind.APPRISE: "Write an address such as ntfys://ntfy.sh/topic.",
}


def _read(text: str, kind: ChannelKind | None, hosts: Hosts) -> Address:
    scheme, separator, rest = text.partition("://")
    if not separator:
        return _email(text.removeprefix("mailto:"))
    match scheme.lower():
        case "https" | "http":
            return _webhook(text, kind, hosts)
        case "discord":
            return _webhook(f"https://discord.com/api/webhooks/{rest}", kind, hosts)
        case "tgram":
            return _telegram(rest)
        case other:
            return _service(other, rest, hosts)


def _email(text: str) -> Address:
    """Read a mail address; its domain becomes ASCII (RFC 5891), its local part stays."""
    local, at, domain = text.rpartition("@")
    if not at or not re.fullmatch(r"[^\s@\"(),:;<>\[\\\]]+", local):
        raise _unfit("This is no mail address", hint=HINTS[ChannelKind.EMAIL])
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise _unfit("A mail address has no dot there", hint=HINTS[ChannelKind.EMAIL])
    name = _ascii(domain)
    text = f"{local}@{name}"
    if len(local.encode()) > LONGEST_LOCAL or len(text.encode()) > LONGEST_EMAIL:
        raise _unfit("The mail address is too long", hint=HINTS[ChannelKind.EMAIL])
    shown = f"{local}@{domain.lower()}"
    return Address(kind=ChannelKind.EMAIL, service="email", text=text, shown=shown)


def _ascii(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode().lower()
    except idna.IDNAError:
        raise _unfit(
            "The part after the @ is no domain", hint=HINTS[ChannelKind.EMAIL]
        ) from None


def _webhook(text: str, kind: ChannelKind | None, hosts: Hosts) -> Address:
    """Read a webhook's URL by the host that it leads to."""
    host, port, usual, path, query = _split(text)
    secure = usual == SECURE and port == SECURE
    if secure and host in SLACK:
        return _slack(host, path)
    if secure and host in DISCORD:
        return _discord(path, query)
    if secure and TEAMS.fullmatch(host):
        return _teams(host, path, query)
    if kind is ChannelKind.SLACK and is_named(host, port, usual, hosts):
        return _made(ChannelKind.SLACK, "slack", "Slack", text, path)
    raise _unfit(
        f"{host} is none of the services that are told by such a URL",
        hint="Paste a webhook of Slack, Discord or Teams; for a server of your own write "
        "json://HOST/PATH and have the operator name the host.",
    )


def _split(text: str) -> tuple[str, int, int, str, str]:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise _unfit("This is no URL", hint=WANTED) from None
    usual = SECURE if url.scheme == "https" else PLAIN
    if url.username or url.password or url.fragment or not url.hostname or not text.isascii():
        raise _unfit("Such a URL has a host, a path and nothing else", hint=WANTED)
    return url.hostname, port or usual, usual, url.path, url.query


def _slack(host: str, path: str) -> Address:
    if not re.fullmatch(r"/services/T\w+/B\w+/\w+", path):
        raise _unfit("This URL of Slack is no incoming webhook", hint=HINTS[ChannelKind.SLACK])
    return _made(ChannelKind.SLACK, "slack", "Slack", f"https://{host}{path}", path)


def _discord(path: str, query: str) -> Address:
    found = re.fullmatch(r"/api(?:/v\d+)?/webhooks/(\d+)/([\w-]+)/?", path)
    if found is None:
        raise _unfit(
            "This URL of Discord is no webhook",
            hint="Copy it in the channel's settings: https://discord.com/api/webhooks/…/….",
        )
    text = f"https://discord.com/api/webhooks/{found[1]}/{found[2]}"
    thread = dict(parse_qsl(query)).get("thread_id", "")
    if thread.isascii() and thread.isdigit():
        text += f"?thread_id={thread}"
    return _made(ChannelKind.APPRISE, "discord", "Discord", text, found[2])


def _teams(host: str, path: str, query: str) -> Address:
    given = dict(parse_qsl(query))
    if not re.search(r"/workflows/[\w-]+/triggers/[\w-]+/paths/invoke/?$", path) or not (
        signature := given.get("sig", "")
    ):
        raise _unfit(
            "This URL of Microsoft is no workflow's webhook",
            hint="In Teams, make the workflow “Post to a channel when a webhook request is "
            "received” and copy its URL whole.",
        )
    text = f"https://{host}{path}?{query}"
    return _made(ChannelKind.APPRISE, "teams", "Teams", text, signature)


def _telegram(rest: str) -> Address:
    """Read a bot's token and the chat, with a topic of it after a colon."""
    found = re.fullmatch(r"(\d+:[\w-]{30,})/(-?\d+|@\w+)(:\d+)?/?", unquote(rest))
    if found is None:
        raise _unfit(
            "This is no bot and chat of Telegram",
            hint="Write tgram://123456:BOT-TOKEN/CHAT-ID, as @BotFather gave the token.",
        )
    text = f"tgram://{found[1]}/{found[2]}{found[3] or ''}"
    shown = f"Telegram, chat {found[2]}"
    return Address(kind=ChannelKind.APPRISE, service="telegram", text=text, shown=shown)


SIGNS = r"[A-Za-z0-9._~%+=:!$&'()*,;-]"
ADDRESS = re.compile(
    rf"(?:({SIGNS}*)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%+=-]+)(?::(\d{{1,5}}))?"
    rf"((?:/(?:{SIGNS}|@)*)*)(?:\?((?:{SIGNS}|[@/])*))?"
)


def _service(scheme: str, rest: str, hosts: Hosts) -> Address:
    """Read an address of apprise, part by part, and put it together anew.

    What comes of it says no more than what was understood here: apprise reads it next.
    """
    service = SERVICES.get(scheme)
    if service is None:
        raise _unfit(f"Messages do not go to {scheme}://", hint=WANTED)
    found = ADDRESS.fullmatch(rest)
    if found is None:
        raise _unfit(f"This is no address of {service.name}", hint=WANTED)
    user, host, port, path, query = found.groups()
    if (user is not None) and not service.user:
        raise _unfit(f"An address of {service.name} has no @ in it", hint=WANTED)
    place = _place(service, host, port, hosts)
    parts = [unquote(part) for part in (path or "").split("/") if part]
    fewest, most = service.parts
    if not fewest <= len(parts) <= most:
        raise _unfit(f"An address of {service.name} has another number of parts", hint=WANTED)
    text = f"{scheme}://{f'{user}@' if user else ''}{place}"
    text += "".join(f"/{quote(part, safe=':@+=,~')}" for part in parts)
    text += _options(service, query or "")
    shown = f"{service.name} at {place}" if service.port else service.name
    secret = parts[-1] if parts else user or host
    return _made(ChannelKind.APPRISE, scheme, shown, text, secret)


def _place(service: Service, host: str, port: str | None, hosts: Hosts) -> str:
    """Return host and port, or the token in their place; refuse a host that nobody named."""
    if not service.port:
        if port is not None:
            raise _unfit(f"An address of {service.name} has no port", hint=WANTED)
        if not re.fullmatch(r"[\w+=~-]+", unquote(host), re.ASCII):  # a dot makes it a host
            raise _unfit(f"This is no address of {service.name}", hint=WANTED)
        return host
    name, number = host.lower(), int(port or service.port)
    if not re.fullmatch(HOST, name) or not 0 < number < 1 << 16:
        raise _unfit(f"“{host}” is no host", hint=WANTED)
    home = name in service.homes and number == service.port
    if not home and not is_named(name, number, service.port, hosts):
        raise _unfit(
            f"Messages may not go to {name}" + (f":{port}" if port else ""),
            hint="The operator can name the host in SIGNOFF_NOTIFY_HOSTS.",
        )
    return name if number == service.port else f"{name}:{number}"


def _options(service: Service, query: str) -> str:
    given = parse_qsl(query, keep_blank_values=True)
    for name, _ in given:
        if name not in service.options:
            allowed = ", ".join(sorted(service.options)) or "none"
            raise _unfit(
                f"“{name}” cannot be set in an address of {service.name}",
                hint=f"What can be set after the ?: {allowed}.",
            )
    return f"?{urlencode(given)}" if given else ""


def _made(kind: ChannelKind, service: str, name: str, text: str, secret: str) -> Address:
    last = secret.rstrip("/").rpartition("/")[2]
    shown = f"{name}, …{last[-SHOWN:]}" if len(last) >= SECRET else name
    return Address(kind=kind, service=service, text=text, shown=shown)


def _unfit(message: str, *, hint: str) -> Invalid:
    return Invalid(message, code=Code.ADDRESS_INVALID, hint=hint)
