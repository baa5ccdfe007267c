"""Getting to know one another: the handshake of old, and what is discovered instead."""

from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from signoff import __version__
from signoff.mcp.messages import Json
from signoff.mcp.visit import TASKS, Visit

RESOURCE_NOT_FOUND = -32002
"""The code of the handshake era; later ones know it as invalid params."""

SERVER: Json = {"name": "signoff", "title": "Signoff", "version": __version__}

INSTRUCTIONS = """\
Signoff is where you hand finished or difficult work to people, and they hand it back.
Files lie in one workspace. Its top folders are stages: input/ (work to do), processing/ \
(work that is claimed), needs-review/ (in front of people), feedback/ (sent back to you), \
approved/ and rejected/. You never decide: a person does.

1. claim_work gives you one piece of work, its folder and a lock_token. Send lock_token with \
every write, move and submission of it.
2. read, do the work, write the result into the claim's folder.
3. Hand it over: submit_for_review when it is done; escalate when you are stuck and need an \
answer; hand_over when a person should finish it. Say in `summary` what they should know.
4. wait_for_decision. It may answer "still waiting": call it again, or stop and come back \
later with the same handoff id; nothing is lost.
5. changes_requested or answered: read_feedback, claim_work with that path, do it again, \
submit again.

Every refusal names its code and a way out: follow it instead of trying the same again."""

CAPABILITIES: Json = {
    "tools": {"listChanged": False},
    "prompts": {"listChanged": False},
    "resources": {"subscribe": True, "listChanged": True},
    "completions": {},
    "extensions": {TASKS: {}},
}


class Lifecycle:
    """How client and server get to know one another, over what the server can do."""

    def __init__(self, capabilities: Json) -> None:
        self._capabilities = capabilities
        self._of_old = {name: it for name, it in capabilities.items() if name != "extensions"}

    async def initialize(self, visit: Visit, params: Json) -> Json:  # noqa: ARG002
        """Agree on a revision; it is not remembered, since each request names it again."""
        wanted, known = params.get("protocolVersion"), HANDSHAKE_PROTOCOL_VERSIONS
        return {
            "protocolVersion": wanted if wanted in known else known[-1],
            "capabilities": self._of_old,
            "serverInfo": SERVER,
            "instructions": INSTRUCTIONS,
        }

    async def discover(self, visit: Visit, params: Json) -> Json:  # noqa: ARG002
        """Say which revisions are spoken here, and what there is."""
        return {
            "supportedVersions": list(MODERN_PROTOCOL_VERSIONS),
            "capabilities": self._capabilities,
            "instructions": INSTRUCTIONS,
        }


async def ping(visit: Visit, params: Json) -> Json:  # noqa: ARG001
    """Answer that somebody is here."""
    return {}
