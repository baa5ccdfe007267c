"""All that is offered at `/mcp`: the tools by noun, the prompts, and every method."""

from signoff.mcp import (
    claims,
    decisions,
    files,
    folders,
    guards,
    handoffs,
    histories,
    listening,
    locks,
    resources,
    tasks,
)
from signoff.mcp.lifecycle import CAPABILITIES, Lifecycle, ping
from signoff.mcp.messages import Json
from signoff.mcp.offer import MODERN, OLD, Method, Offer, Run
from signoff.mcp.prompts import PROMPTS, Prompts
from signoff.mcp.subscriptions import Subscriptions
from signoff.mcp.tools import Tool, Toolbox
from signoff.mcp.visit import Admit

TOOLS: tuple[Tool, ...] = (
    *claims.TOOLS,
    *folders.TOOLS,
    *files.TOOLS,
    *histories.TOOLS,
    *handoffs.TOOLS,
    *decisions.TOOLS,
    *locks.TOOLS,
)

TOOLBOX = Toolbox(TOOLS)
PROMPTBOOK = Prompts(PROMPTS)

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


def offer(
    *,
    admit: Admit = guards.admit,
    toolbox: Toolbox = TOOLBOX,
    known_prompts: Prompts = PROMPTBOOK,
    capabilities: Json = CAPABILITIES,
) -> Offer:
    """Return all that is offered, with subscriptions of its own."""
    subscriptions = Subscriptions()
    old = frozenset({OLD})
    return Offer(
        admit=admit,
        methods={
            **methods(toolbox, known_prompts, capabilities),
            "resources/subscribe": Method(run=subscriptions.subscribe, eras=old),
            "resources/unsubscribe": Method(run=subscriptions.unsubscribe, eras=old),
        },
        stream=subscriptions.stream,
    )
