"""Ending messages of a kind by a link: a GET only asks, a POST ends them (RFC 8058)."""

from signoff.actions import preferences
from signoff.actions.preferences import OneLink
from signoff.domain.accounts import is_slug
from signoff.domain.actors import Caller, Door, system
from signoff.domain.errors import NotFound
from signoff.domain.ids import Slug
from signoff.domain.messages import ChannelKind
from signoff.web.visits import Visit

WAYS = {
    ChannelKind.EMAIL: "by e-mail",
    ChannelKind.SLACK: "in Slack",
    ChannelKind.APPRISE: "in your chat",
}


async def ask(visit: Visit) -> None:
    """Ask whether such messages are to end; whatever opens the link changes nothing."""
    seen = await visit.house.ask(preferences.look, await _house(visit), _link(visit))
    await _put_up(visit, seen, done=False)


async def stop(visit: Visit) -> None:
    """End them, for a person's button and for a mail program's one click alike."""
    done = await visit.house.do(preferences.stop, await _house(visit), _link(visit))
    assert done.result is not None
    await _put_up(visit, done.result, done=True)


def _link(visit: Visit) -> OneLink:
    return OneLink(word=visit.path["word"])


async def _house(visit: Visit) -> Caller:
    """Return who acts: nobody signed in, the link itself says whose messages end."""
    slug = visit.path["slug"]
    if not is_slug(slug) or await visit.house.keys(Slug(slug)) is None:
        raise NotFound("This link ends nothing", hint="Copy it whole from the message.")
    return system(Slug(slug), door=Door.WEB)


async def _put_up(visit: Visit, seen: preferences.StopView, *, done: bool) -> None:
    slug = visit.path["slug"]
    await visit.show(
        "stop.html",
        shell=await visit.shell(),
        host=visit.house.base_url.partition("://")[2],
        done=done,
        way=WAYS[seen.channel],
        sentences=seen.sentences,
        here=f"/stop/{slug}/{visit.path['word']}",
        settings_url=f"/w/{slug}/you/notifications",
    )
