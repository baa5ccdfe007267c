"""Subscriptions of the handshake era: asked for one by one, told on a stream that is fetched.

Nothing else is remembered between requests. It is by credential, on the node that was asked:
behind several nodes a client is told only of what it asked of the one that it streams from.
"""

from mcp_types.jsonrpc import INVALID_PARAMS

from signoff.domain.errors import Refusal
from signoff.domain.ids import CredentialId
from signoff.mcp.listening import MOST, Filter, Stream
from signoff.mcp.messages import Fault, Json
from signoff.mcp.uris import path_of
from signoff.mcp.visit import Visit

REMEMBERED = 10_000
"""So many credentials; whoever asked longest ago is forgotten first."""


class Subscriptions:
    """Which addresses each credential wants to be told of."""

    def __init__(self) -> None:
        self._of: dict[CredentialId, dict[str, str]] = {}

    async def subscribe(self, visit: Visit, params: Json) -> Json:
        """Remember an address; what cannot be there never changes."""
        uri, mine = _uri(params), self._mine(visit)
        if len(mine) >= MOST:
            raise Fault(INVALID_PARAMS, f"There are at most {MOST} subscriptions")
        try:
            mine[uri] = path_of(uri, workspace=visit.workspace)
        except Refusal:
            mine.pop(uri, None)
        return {}

    async def unsubscribe(self, visit: Visit, params: Json) -> Json:
        """Forget an address."""
        self._mine(visit).pop(_uri(params), None)
        return {}

    async def stream(self, visit: Visit) -> None:
        """Tell a client what changes, until it leaves, may not listen, or the server stops."""
        wanted = Filter(paths=self._mine(visit), lists=True, tasks=frozenset())
        try:
            await Stream(visit, wanted, meta={}).run(None)
        except Refusal:
            if not visit.reply.begun:
                raise
        await visit.reply.close()

    def _mine(self, visit: Visit) -> dict[str, str]:
        name = visit.caller.credential.id
        mine = self._of.pop(name, {})
        while len(self._of) >= REMEMBERED:
            del self._of[next(iter(self._of))]
        self._of[name] = mine
        return mine


def _uri(params: Json) -> str:
    uri = params.get("uri")
    if not isinstance(uri, str):
        raise Fault(INVALID_PARAMS, "A resource goes by its `uri`")
    return uri
