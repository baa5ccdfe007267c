"""Tools of the conformance suite that ask their client back, over several round trips."""

import hmac
from collections.abc import Callable
from typing import Any

from mcp_types.jsonrpc import INVALID_PARAMS

from signoff.mcp.messages import Fault
from signoff.mcp.visit import Visit

Json = dict[str, Any]

NEEDED = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}


class Asking:
    """Rounds of questions; what was answered is remembered in a signed state alone."""

    def __init__(
        self, rounds: tuple[dict[str, Json], ...], *, sign: Callable[[str], str] | None
    ) -> None:
        self._rounds = rounds
        self._sign = sign

    def ask(self, visit: Visit) -> Json:
        """Return the next questions as a result, or the answers to the last."""
        params = visit.message.params
        if "inputResponses" in params and not isinstance(params["inputResponses"], dict):
            raise Fault(INVALID_PARAMS, "The responses are an object")
        answers = params.get("inputResponses") or {}
        if any(not isinstance(each, dict) for each in answers.values()):
            raise Fault(INVALID_PARAMS, "Each response is an object")
        at = self._round(params.get("requestState"))
        wanted = self._rounds[at]
        if not wanted.keys() <= answers.keys():
            return self._questions(visit, at)
        if at + 1 < len(self._rounds):
            return self._questions(visit, at + 1)
        return {name: answers[name] for name in wanted}

    def _round(self, state: object) -> int:
        if state is None or self._sign is None:
            return 0
        said = str(state)
        at = said.partition(".")[0]
        if not at.isdecimal() or not hmac.compare_digest(self._sign(at), said):
            raise Fault(INVALID_PARAMS, "The state is not as it was given out")
        return int(at)

    def _questions(self, visit: Visit, at: int) -> Json:
        able = visit.capabilities
        asked = {
            name: each
            for name, each in self._rounds[at].items()
            if NEEDED[each["method"]] in able
        }
        result: Json = {"resultType": "input_required", "inputRequests": asked}
        if self._sign is not None:
            result["requestState"] = self._sign(str(at))
        return result
