"""Bodies that are more than an act's own arguments: a submission's context, a policy's text."""

from typing import Any

import msgspec

from signoff.actions import batches, policies
from signoff.actions.batches import Begun, DecideSeveral
from signoff.actions.splitting import Split
from signoff.actions.submitting import Submit
from signoff.domain import readings
from signoff.domain.sidecars import Sidecar
from signoff.rest import binding
from signoff.rest.exchange import Exchange

OF_THE_CALL = frozenset({"paths", "path", "handoff", "dedupe_key", "resume_state"})
"""What a submission says to the server; all else is said to people, and is the context."""

OF_THE_ITEM = frozenset({"path", "handoff", "dedupe_key"})
"""The same of an item that is split off a batch."""


async def submit(exchange: Exchange) -> None:
    """Hand paths over, with what is said about them read as generously as a sidecar."""
    body = await exchange.body()
    said = binding.read_object(body)
    call = {name: value for name, value in said.items() if name in OF_THE_CALL}
    context = {k: v for k, v in said.items() if k not in OF_THE_CALL}
    if isinstance(call.get("path"), str) and "paths" not in call:
        call["paths"] = [call["path"]]
    call.pop("path", None)
    if "resume_state" in call and not isinstance(call["resume_state"], str | None):
        call["resume_state"] = msgspec.json.encode(call["resume_state"]).decode()
    asked = binding.convert(Submit, {"paths": (), **call})
    asked = msgspec.structs.replace(asked, said=context)
    done = await exchange.do(exchange.route.declared, asked, body=body)
    await exchange.send_done(done)


async def split(exchange: Exchange) -> None:
    """Escalate one item of a claimed batch, with its context read as a submission's is."""
    body = await exchange.body()
    said = binding.read_object(body) | exchange.path
    call = {name: value for name, value in said.items() if name in OF_THE_ITEM}
    context = readings.read({k: v for k, v in said.items() if k not in OF_THE_ITEM})
    asked = binding.convert(Split, {"context": Sidecar(), **call})
    asked = msgspec.structs.replace(asked, context=context)
    await exchange.send_done(await exchange.do(exchange.route.declared, asked, body=body))


async def set_policy(exchange: Exchange) -> None:
    """Replace the policy by the body: a JSON object, or the text of a policy file."""
    body = await exchange.body()
    policy: dict[str, Any] | str
    if exchange.request.header(b"content-type").startswith("application/json"):
        policy = binding.read_object(body)
    else:
        policy = body.decode("utf-8", "replace")
    asked = policies.Set(policy=policy)
    await exchange.send_done(await exchange.do(exchange.route.declared, asked, body=body))


async def try_policy(exchange: Exchange) -> None:
    """Try a policy on the last handoffs, on a thread of its own: it may look at much."""
    act = exchange.route.declared
    asked = binding.convert(act.asked, binding.read_object(await exchange.body()))
    tried = await exchange.house.ask(act.run, exchange.caller, asked, long=True)
    await exchange.send_json(200, tried)


async def decide_several(exchange: Exchange) -> None:
    """Give several verdicts; who can decide nothing is told so whatever the body says."""
    body = await exchange.body()
    await exchange.house.check_decides(exchange.route.declared.run, exchange.caller)
    asked = binding.convert(DecideSeveral, binding.read_object(body))
    assert isinstance(asked, DecideSeveral)
    retry = exchange.retry(body=body, secret=False, passing=(Begun,))
    done = await batches.decide_several(exchange.house, exchange.caller, asked, retry=retry)
    await exchange.send_done(done)
