"""Browsers without a screen: the pages' application, asked over ASGI, and what it answered."""

import asyncio
import re
from html import unescape
from typing import Any

import httpx

from signoff.actions import people
from signoff.actions.house import House
from signoff.actions.passwords import Passwords
from signoff.asgi.parts import Parts
from signoff.domain.actors import Caller, Door
from signoff.web.app import WebApp
from tests.actions.cast import OPERATOR, do

ADDRESS = "http://signoff.example"


class Doorway:
    """The pages of a house, and browsers that come to them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app = WebApp(Parts(house, closing=asyncio.Event(), max_body=1 << 20))

    def stranger(self, **headers: str) -> httpx.AsyncClient:
        """Return a browser that nobody knows."""
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)

    async def browser(self, caller: Caller) -> httpx.AsyncClient:
        """Return a person's browser, signed in."""
        link = await do(self.house, people.link, OPERATOR, people.Of(person=caller.actor.id))
        secret = link.url.rpartition("/")[2]
        signed_in = await Passwords(self.house).sign_in_by_link(secret, door=Door.WEB)
        return self.stranger(cookie=f"signoff_session={signed_in.secret}")


def text(answer: httpx.Response) -> str:
    """Return the words of a page, without its tags."""
    plain = re.sub(r"<[^>]*>", " ", answer.text)
    return " ".join(unescape(plain).split())


def hidden(answer: httpx.Response) -> dict[str, Any]:
    """Return the hidden fields of the verdict form, as they were rendered."""
    form = answer.text.partition('id="decide"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
