"""The services that apprise may be asked to tell, and what an address of each may say.

A service that is not listed is refused: many of them run programs, write files or look around
in the network of this machine.
"""

from msgspec import Struct
from msgspec.structs import replace


class Service(Struct, frozen=True, kw_only=True):
    """One service, under one scheme of an address.

    `port` is that of a host without one. Where it is 0 the address has no host: its first part
    is a token or a name, and the service is found where it always is. Otherwise the host must
    be one of `homes`, or one that the operator named. `parts` are the fewest and the most
    names in the path. `options` may follow after `?`, all others are refused. `title` and
    `most` are the characters of a title and a text; with `marks` a text is read as marked up.
    """

    name: str
    port: int = 0
    homes: frozenset[str] = frozenset()
    parts: tuple[int, int] = (0, 0)
    user: bool = False
    options: frozenset[str] = frozenset()
    title: int = 200
    most: int = 3500
    marks: bool = False


PLAIN, SECURE = 80, 443


def _pair(scheme: str, service: Service) -> dict[str, Service]:
    """Return a service under its scheme without and with TLS."""
    return {
        scheme: replace(service, port=PLAIN),
        f"{scheme}s": replace(service, port=SECURE),
    }


SERVICES: dict[str, Service] = {
    **_pair(
        "ntfy",
        Service(
            name="ntfy",
            homes=frozenset({"ntfy.sh"}),
            parts=(1, 1),
            user=True,
            options=frozenset({"priority"}),
            most=1100,  # apprise makes a file of what is longer than 8,000 bytes of JSON
        ),
    ),
    **_pair("gotify", Service(name="Gotify", parts=(1, 3), options=frozenset({"priority"}))),
    **_pair(
        "mmost",
        Service(
            name="Mattermost",
            parts=(1, 3),
            user=True,
            options=frozenset({"channel"}),
            marks=True,
        ),
    ),
    **_pair(
        "rocket", Service(name="Rocket.Chat", parts=(0, 5), user=True, most=900, marks=True)
    ),
    **_pair("nctalk", Service(name="Nextcloud Talk", parts=(1, 5), user=True, marks=True)),
    **_pair("bark", Service(name="Bark", parts=(1, 3), user=True)),
    **_pair("signal", Service(name="Signal", parts=(1, 6), user=True)),
    **_pair("json", Service(name="JSON over HTTP", parts=(0, 8), user=True)),
    **_pair("xml", Service(name="XML over HTTP", parts=(0, 8), user=True)),
    **_pair("form", Service(name="A form over HTTP", parts=(0, 8), user=True)),
    "gchat": Service(name="Google Chat", parts=(2, 3), marks=True),
    "wxteams": Service(name="Webex", parts=(0, 5), marks=True),
    "zulip": Service(name="Zulip", parts=(1, 3), user=True, title=60, marks=True),
    "pover": Service(
        name="Pushover",
        parts=(0, 5),
        user=True,
        options=frozenset({"priority", "sound"}),
        most=900,
    ),
    "pbul": Service(name="Pushbullet", parts=(0, 5)),
    "line": Service(name="LINE", parts=(1, 5)),
    "feishu": Service(name="Feishu"),
    "dingtalk": Service(name="DingTalk", parts=(0, 5), user=True),
    "wecombot": Service(name="WeCom", most=600),
    "signl4": Service(name="SIGNL4"),
}
"""Read in apprise 2.3: where no host is named, each goes to its maker's own hosts only.

Matrix is not among them: it asks the named host for another host to go to."""
