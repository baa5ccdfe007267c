"""Services that apprise brings messages to, where it is installed: `signoff[notify]`."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from signoff.domain.addresses import Address
from signoff.domain.messages import Message
from signoff.domain.services import SERVICES, Service
from signoff.worker.channels import Later, Undeliverable
from signoff.worker.channels.words import one_line, plain, unmarked

if TYPE_CHECKING:
    from apprise import NotifyBase

AT_ONCE = 4
CONNECT, READ, ALL = 10, 15, 60.0
"""Seconds for a connection, for an answer, and for all that one message takes."""
SOON, NOT_HERE = 300.0, 3600.0


class Apprised:
    """Brings messages to services in threads of its own, a few at once."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="apprise")

    async def send(self, address: Address, message: Message) -> None:
        """Send; apprise says only whether it worked, so what did not is tried later."""
        loop = asyncio.get_running_loop()
        where = address.shown
        try:
            async with asyncio.timeout(ALL):
                sent = await loop.run_in_executor(self._threads, _send, address, message)
        except TimeoutError as error:
            raise Later(SOON, f"{where} did not answer in time") from error
        if not sent:
            raise Later(SOON, f"{where} did not take the message")

    def close(self) -> None:
        """Wait for nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _send(address: Address, message: Message) -> bool:
    service = SERVICES[address.service]
    notifier = _notifier(address, service, message)
    tame = unmarked if service.marks else str
    headline = tame(one_line(message.headline, 250))
    title, body = headline, plain(message, service.most, marks=service.marks)
    if len(headline) > service.title:
        title, body = one_line(message.headline, service.title), f"{headline}\n\n{body}"
    return bool(notifier.notify(body=body, title=title))


def _notifier(address: Address, service: Service, message: Message) -> "NotifyBase":
    """Return apprise's own object for an address; it must have read it as we did."""
    try:
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415  slow, and may be missing
    except ImportError:
        raise Later(
            NOT_HERE, "apprise is not installed: pip install 'signoff[notify]'"
        ) from None
    asset = AppriseAsset(
        app_id="Signoff",
        app_desc="Signoff",
        app_url="",
        image_url_mask="",  # its own pictures, fetched from elsewhere
        image_url_logo="",
        http_redirects=False,
        storage_mode="memory",
    )
    place = _place(address)
    home = place in service.homes
    made = Apprise.instantiate(_with_options(address, message, home=home), asset=asset)
    if made is None:
        raise Undeliverable(f"{service.name} cannot have such an address", for_good=True)
    read = str(made.host) + (f":{made.port}" if made.port else "")
    if service.port and not home and read != place:
        raise Undeliverable(f"{service.name} was read as another address", for_good=True)
    return made


def _place(address: Address) -> str:
    """Return host and port of an address, or what stands in their place."""
    rest = address.text.partition("://")[2].partition("?")[0]
    return rest.partition("/")[0].rpartition("@")[2]


def _with_options(address: Address, message: Message, *, home: bool) -> str:
    """Return the address with what we want: no pictures, no long waits, the link."""
    asked = {"image": "no", "cto": CONNECT, "rto": READ}
    if address.service in ("ntfy", "ntfys"):
        asked |= {"click": message.url, "mode": "cloud" if home else "private"}
    separator = "&" if "?" in address.text else "?"
    return f"{address.text}{separator}{urlencode(asked)}"
