"""The transport: streamable HTTP without sessions, for clients of both eras.

Since 2026-07-28 each request says by itself who sent it and under which revision; before that
a handshake came first, of which nothing need be remembered. A request is of the new era if its
headers or its `_meta` say so, whatever its method.
"""

from typing import Any

from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    decode_header_value,
    find_duplicated_routing_header,
    unsupported_protocol_version_rejection,
)
from mcp_types import PROTOCOL_VERSION_META_KEY, SERVER_INFO_META_KEY
from mcp_types.jsonrpc import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from signoff.asgi import problems
from signoff.asgi.answering import answered
from signoff.asgi.answers import Headers, Request, Started, started
from signoff.asgi.parts import Parts, Receive, Scope, Send
from signoff.domain.actors import Caller
from signoff.domain.errors import Code, Malformed, NotFound, Refusal, Unauthenticated
from signoff.mcp import guards, lifecycle, messages, metadata
from signoff.mcp.messages import Fault, Json, Message
from signoff.mcp.offer import MODERN, OLD, Method, Offer
from signoff.mcp.problems import way_out
from signoff.mcp.replies import Reply
from signoff.mcp.toolbox import offer as usual
from signoff.mcp.visit import Visit

UNVERSIONED = "2025-03-26"
"""The revision of a client that names none (2025-11-25, Transports)."""
NAMING_TASKS = frozenset({"tasks/get", "tasks/update", "tasks/cancel"})
"""Methods whose `Mcp-Name` is the task's (extension tasks, Routing Headers)."""
PATHS = frozenset({"/mcp", "/mcp/"})
REFUSED = -32000
"""The code of what is refused below the protocol; `data.code` says which refusal it is."""


class McpApp:
    """`/mcp`. What it offers may be another list, as the conformance suite wants its own."""

    def __init__(self, parts: Parts, *, offer: Offer | None = None) -> None:
        self.parts = parts
        self.offer = offer or usual()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what is refused becomes an error of JSON-RPC."""
        request = Request(scope, receive)
        told = started(send)

        async def refuse(refusal: Refusal) -> None:
            await self._refuse(Reply(told, None), refusal)

        await answered(request, told, self._answer(request, told), refuse)

    async def _answer(self, request: Request, send: Started) -> None:
        if request.scope["path"] not in PATHS:
            raise NotFound("There is nothing at this address", hint="MCP is spoken at /mcp.")
        guards.check_site(self.parts, request)
        if request.method == "GET" and _is_old(_named(request)):
            await self._stream(request, send)
        elif request.method == "POST":
            await self._take(request, send)
        else:
            raise Malformed(
                f"{request.method} means nothing here",
                code=Code.METHOD_NOT_ALLOWED,
                hint="Send each message by POST; there are no sessions to resume or to end.",
                allow=["POST"],
            )

    async def _stream(self, request: Request, send: Started) -> None:
        """Tell an old client what changes, on a stream that it fetches."""
        caller = await self.offer.admit(self.parts, request)
        _check_takes(request, "text/event-stream")
        reply = Reply(send, None)
        version = _named(request) or UNVERSIONED
        await self.offer.stream(
            self._visit(request, reply, messages.FETCHED, caller=caller, version=version)
        )

    async def _take(self, request: Request, send: Started) -> None:
        """Take one message, and answer it if it asks for anything."""
        caller = await self.offer.admit(self.parts, request)
        _check_takes(request, "application/json")
        if not request.header(b"content-type").lower().startswith("application/json"):
            raise Malformed(
                "A message is JSON",
                code=Code.UNSUPPORTED,
                hint="Send it with `Content-Type: application/json`.",
            )
        raw = await request.body(limit=self.parts.max_body)
        reply = Reply(send, None)
        try:
            message = messages.read(raw)
            if message is None or message.id is None:
                _check_note(_named(request), message)
                await reply.accept()
                return
            reply = Reply(send, message.id)
            version, able = _revision(request, message)
        except Fault as fault:
            await reply.fail(fault, status=ERROR_CODE_HTTP_STATUS.get(fault.code, 400))
            return
        await self._serve(
            self._visit(request, reply, message, caller=caller, version=version, able=able)
        )

    def _visit(
        self,
        request: Request,
        reply: Reply,
        message: Message,
        *,
        caller: Caller,
        version: str,
        able: Json | None = None,
    ) -> Visit:
        return Visit(
            self.parts,
            request,
            reply,
            message,
            admit=self.offer.admit,
            caller=caller,
            version=version,
            capabilities=able or {},
        )

    async def _serve(self, visit: Visit) -> None:
        reply = visit.reply
        try:
            method = self._method(visit)
            value = await method.run(visit, visit.message.params)
        except Fault as fault:
            status = ERROR_CODE_HTTP_STATUS.get(fault.code, 200) if visit.is_modern else 200
            await reply.fail(fault, status=status)
        except Refusal as refusal:
            await self._refuse(reply, refusal, visit=visit)
        else:
            if visit.is_modern:
                value = _stamped(method, value)
            await reply.finish(value)

    def _method(self, visit: Visit) -> Method:
        name = visit.message.method
        method = self.offer.methods.get(name)
        if method is None or (MODERN if visit.is_modern else OLD) not in method.eras:
            raise Fault(METHOD_NOT_FOUND, "There is no such method", name)
        return method

    async def _refuse(
        self, reply: Reply, refusal: Refusal, *, visit: Visit | None = None
    ) -> None:
        """Tell what was refused: by HTTP if it is about who calls, else by JSON-RPC."""
        self.parts.metrics.refused(refusal.code)
        status = problems.status_of(refusal)
        code = REFUSED
        if visit is not None and not isinstance(refusal, Unauthenticated):
            code = _code_of(refusal, is_modern=visit.is_modern)
            status = ERROR_CODE_HTTP_STATUS.get(code, 200) if visit.is_modern else 200
        hint = way_out(refusal)
        message = f"{refusal.message}. {hint}".rstrip(". ") + "."
        fault = Fault(code, message, {**refusal.facts, "code": refusal.code, "hint": hint})
        await reply.fail(fault, status=status, headers=self._headers(refusal, status))

    def _headers(self, refusal: Refusal, status: int) -> Headers:
        headers = problems.headers_of(refusal, status)
        if status == 401 and self.parts.issuer:  # noqa: PLR2004
            where = f"{self.parts.house.base_url}{metadata.METADATA}"
            said = f'Bearer realm="signoff", resource_metadata="{where}"'
            return [
                (name, said.encode() if name == b"www-authenticate" else value)
                for name, value in headers
            ]
        return headers


def _named(request: Request) -> str:
    return request.header(b"mcp-protocol-version")


def _is_old(version: str) -> bool:
    """Say whether a revision has a handshake; who names none is of the first of them."""
    return not version or version in HANDSHAKE_PROTOCOL_VERSIONS


def _check_takes(request: Request, kind: str) -> None:
    """Refuse a client that says that it does not take what it would be answered with."""
    taken = request.header(b"accept").lower()
    if taken and kind not in taken and "*/*" not in taken:
        raise Malformed(
            f"The answer is {kind}",
            code=Code.NOT_ACCEPTABLE,
            hint="Send `Accept: application/json, text/event-stream`.",
        )


def _check_note(version: str, message: Message | None) -> None:
    """Refuse a note of a revision that is not spoken here; nothing waits for any other."""
    if _is_old(version):
        return
    found = unsupported_protocol_version_rejection(version)
    if found is not None:
        raise Fault(found.code, found.message, found.data)
    if message is None:
        raise Fault(INVALID_REQUEST, "Nothing was asked to which this would be the answer")


def _revision(request: Request, message: Message) -> tuple[str, Json]:
    """Return the revision that a request is under, and what its client can do."""
    said = _named(request)
    if _is_old(said) and (said or PROTOCOL_VERSION_META_KEY not in message.meta):
        return said or UNVERSIONED, {}
    pairs = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in request.scope["headers"]
        if name.startswith(b"mcp-")
    ]
    doubled = find_duplicated_routing_header(pairs)
    if doubled is not None:
        raise Fault(HEADER_MISMATCH, f"The {doubled} header came more than once")
    found = classify_inbound_request(message.body, headers=dict(pairs))
    if isinstance(found, InboundLadderRejection):
        raise Fault(found.code, found.message, found.data)
    if message.method in NAMING_TASKS and message.params.get("taskId") != decode_header_value(
        request.header(b"mcp-name")
    ):
        raise Fault(HEADER_MISMATCH, "The mcp-name header does not match the `taskId`")
    able = found.client_capabilities
    if not isinstance(able, dict):
        raise Fault(INVALID_PARAMS, "The client's capabilities are an object")
    return found.protocol_version, able


def _stamped(method: Method, value: Any) -> Json:
    """Add what every result says since 2026-07-28."""
    said: Json = {"resultType": "complete", **value}
    if method.ttl_ms is not None and said["resultType"] == "complete":
        said = {"ttlMs": method.ttl_ms, "cacheScope": method.scope, **said}
    said["_meta"] = {SERVER_INFO_META_KEY: lifecycle.SERVER, **said.get("_meta", {})}
    return said


def _code_of(refusal: Refusal, *, is_modern: bool) -> int:
    """Return the code of what a resource or a prompt refuses."""
    status = problems.status_of(refusal)
    if isinstance(refusal, NotFound):
        return INVALID_PARAMS if is_modern else lifecycle.RESOURCE_NOT_FOUND
    if status >= 500:  # noqa: PLR2004  a fault of ours
        return INTERNAL_ERROR
    return INVALID_PARAMS
