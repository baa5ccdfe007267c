"""All that is offered at `/mcp`: the tools by noun, the prompts, and every method."""

from signoff.mcp import (
    claims,
    decisions,
    files,
    folders,
    guards,
    handoffs,
    listening,
    locks,
    resources,
    tasks,
)
from signoff.mcp.lifecycle import CAPABILITIES, Lifecycle, ping
from signoff.mcp.messages import Json
from signoff.mcp.offer import MODERN, OLD, Method, Offer, Run
from signoff.mcp.prompts import PROMPTS, Prompts
from signoff.mcp.tools import Tool, Toolbox

TOOLS: tuple[Tool, ...] = (
    *claims.TOOLS,
    *folders.TOOLS,
    *files.TOOLS,
    *handoffs.TOOLS,
    *decisions.TOOLS,
    *locks.TOOLS,
)

SAME_FOR_ALL_MS = 5 * 60 * 1000
"""A list that changes with the server's version alone may be kept so long."""


def methods(toolbox: Toolbox, known_prompts: Prompts, capabilities: Json) -> dict[str, Method]:
    """Return what answers each method, over these tools and prompts."""
    lifecycle = Lifecycle(capabilities)
    old, modern = frozenset({OLD}), frozenset({MODERN})

    def lasting(run: Run, *, eras: frozenset[str] = old | modern) -> Method:
        return Method(run=run, eras=eras, ttl_ms=SAME_FOR_ALL_MS, scope="public")

    return {
        "initialize": Method(run=lifecycle.initialize, eras=old),
        "ping": Method(run=ping, eras=old),
        "server/discover": lasting(lifecycle.discover, eras=modern),
        "tools/list": lasting(toolbox.list),
        "tools/call": Method(run=toolbox.call),
        "prompts/list": lasting(known_prompts.list),
        "prompts/get": Method(run=known_prompts.get),
        "resources/list": Method(run=resources.list_resources, ttl_ms=0),
        "resources/templates/list": Method(
            run=resources.list_templates, ttl_ms=SAME_FOR_ALL_MS
        ),
        "resources/read": Method(run=resources.read, ttl_ms=0),
        "completion/complete": Method(run=resources.complete),
        "subscriptions/listen": Method(run=listening.listen, eras=modern),
        "tasks/get": Method(run=tasks.get, eras=modern),
        "tasks/update": Method(run=tasks.update, eras=modern),
        "tasks/cancel": Method(run=tasks.cancel, eras=modern),
    }


OFFER = Offer(
    admit=guards.admit, methods=methods(Toolbox(TOOLS), Prompts(PROMPTS), CAPABILITIES)
)
