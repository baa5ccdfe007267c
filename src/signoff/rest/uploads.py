"""Uploads over REST, as tus 1.0 speaks of them: begun, added to, looked at, given up."""

import msgspec

from signoff.actions.receiving import Received, Sender, Sent
from signoff.actions.retries import Done
from signoff.actions.uploads import OneUpload, UploadView
from signoff.asgi import contents
from signoff.asgi.answers import Headers, answer, event_headers
from signoff.domain.actors import Caller
from signoff.domain.errors import Refusal
from signoff.rest import binding, tus, tus_words
from signoff.rest.exchange import Exchange


async def create(exchange: Exchange) -> None:
    """Begin an upload, with the first of its bytes where they come along."""
    request = exchange.request
    tus.check_version(request)
    asked = tus_words.asked(request)
    brings = request.length != 0 and bool(request.header(b"content-type"))
    if brings:
        tus.check_type(request)
    checksum = tus_words.checksum(request)
    sender = _sender(exchange)
    retry = binding.retry(
        request,
        route=str(request.scope["path"]),
        body=msgspec.json.encode(asked),
        status=201,
        secret=False,
    )
    done = await exchange.parts.uploads.create(sender, asked, retry=retry)
    view = _begun(done)
    place = f"/api/v1/workspaces/{sender.caller.workspace}/{tus.NOUN}/{view.id}"
    events: Headers = []
    if brings or view.length == 0:
        sent = Sent(
            upload=view.id, offset=view.offset, coming=request.length, checksum=checksum
        )
        try:
            received = await exchange.parts.uploads.append(sender, sent, request.chunks())
        except Refusal as refusal:
            refusal.facts["upload"] = place  # it was begun, and can go on
            raise
        view, events = received.view, _recorded(received)
    headers = [(b"location", place.encode()), *tus_words.progress(view), *events]
    await answer(exchange.send, 201, b"", headers)


def _begun(done: Done[UploadView]) -> UploadView:
    if done.result is not None:
        return done.result
    return msgspec.json.decode(done.replay or b"", type=UploadView)


async def append(exchange: Exchange) -> None:
    """Add to an upload; the answer to the last of its bytes says which version they became."""
    request = exchange.request
    tus.check_version(request)
    tus.check_type(request)
    sent = Sent(
        upload=exchange.path["upload"],
        offset=tus_words.offset(request),
        length=tus_words.number(request, "Upload-Length"),
        coming=request.length,
        checksum=tus_words.checksum(request),
        if_match=contents.etags(request.header(b"if-match")),
        if_none_match=contents.etags(request.header(b"if-none-match")),
    )
    received = await exchange.parts.uploads.append(_sender(exchange), sent, request.chunks())
    headers = [*tus_words.progress(received.view), *_recorded(received)]
    await answer(exchange.send, 204, b"", headers)


async def look(exchange: Exchange) -> None:
    """Say how far an upload is; whoever sends to it meanwhile ends first."""
    tus.check_version(exchange.request)
    view = await exchange.parts.uploads.look(_sender(exchange), exchange.path["upload"])
    await answer(
        exchange.send, 200, b"", [*tus_words.progress(view), *tus_words.described(view)]
    )


async def cancel(exchange: Exchange) -> None:
    """Give an upload up."""
    tus.check_version(exchange.request)
    asked = OneUpload(upload=exchange.path["upload"])
    await exchange.parts.uploads.cancel(_sender(exchange), asked)
    await answer(exchange.send, 204, b"", [])


def _sender(exchange: Exchange) -> Sender:
    async def again() -> Caller:
        await exchange.identify_again()
        return exchange.caller

    return Sender(exchange.caller, exchange.tokens, again)


def _recorded(received: Received) -> Headers:
    return event_headers(Done(result=None, events=received.events))
