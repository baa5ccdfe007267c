"""The settings: which pages there are, and for whom."""

from msgspec import Struct

from signoff.domain.permissions import Permission, allowed
from signoff.web.pages import Link
from signoff.web.visits import Visit


class Section(Struct, frozen=True, kw_only=True):
    """A page of settings, by its path below the workspace's, for those who have a right."""

    name: str
    path: str
    group: str = "Workspace"
    permission: Permission = Permission.WORKSPACE_READ


SECTIONS: tuple[Section, ...] = (
    Section(name="Policy", path="settings/policy", permission=Permission.POLICY_READ),
    Section(name="Followers", path="settings/followers", permission=Permission.FOLLOWER_READ),
    Section(name="Channels", path="settings/channels", permission=Permission.CHANNEL_SET),
    Section(name="Notifications", path="you/notifications", group="You"),
    Section(name="App passwords", path="you/passwords", group="You"),
)


def side(visit: Visit, here: str = "") -> dict[str, list[Link]]:
    """Return the pages of settings that the reader may see, by group; `here` is this one."""
    found: dict[str, list[Link]] = {}
    for each in SECTIONS:
        if allowed(visit.caller, each.permission):
            link = Link(
                name=each.name, url=f"{visit.root}/{each.path}", current=each.path == here
            )
            found.setdefault(each.group, []).append(link)
    return found


async def enter(visit: Visit) -> None:
    """Go to the first page of settings that there is for the reader."""
    first = next(link for links in side(visit).values() for link in links)
    await visit.go(first.url)
