"""Refusals as a model reads them: what, why, and which tool gets out of it."""

import re

from signoff.asgi.problems import problem_of
from signoff.domain.errors import Code, Refusal
from signoff.mcp.messages import Json

META = "signoff/problem"

_OF_HTTP = re.compile(
    r"\b(GET|POST|PUT|DELETE|PATCH|If-Match|If-None-Match|Lock-Token|ETag|openapi|Repr-Digest)\b"
)

ALWAYS: dict[Code, str] = {
    Code.PRECONDITION_REQUIRED: "Call `read` first and send its `etag` as `if_match`, or send"
    " the `lock_token` of your claim or lock.",
    Code.PRECONDITION_FAILED: "Call `read` again, merge what changed, and write with its new"
    " `etag` as `if_match`; a lock or claim that has ended is taken anew.",
    Code.CLAIM_INSTEAD: "Call `claim_work` with this path.",
    Code.CLAIM_FIRST: "Call `claim_work` with this path, then write in the claim's folder.",
    Code.CLAIM_LAPSED: "Call `claim_work` again; `my_work` lists the claims that you have.",
    Code.IS_FOLDER: "Call `list` with this path.",
    Code.NOT_A_FOLDER: "Call `read` with this path.",
    Code.BY_DECISION_ONLY: "Call `submit_for_review`; a person's decision moves it there.",
    Code.AGENT_CANNOT_DECIDE: "Call `wait_for_decision`; a person decides, in the browser.",
}
"""By code: what this door's tools do about it."""

INSTEAD: dict[Code, str] = {
    Code.NOT_FOUND: "Call `list` on the folder above it, or `find` it by a word of its name.",
    Code.WRONG_STAGE: "Call `list` with an empty path to see the stages, and `claim_work` for"
    " work that waits.",
    Code.TOO_LARGE: "Send less at once.",
    Code.INVALID: "Look at the tool's input schema.",
    Code.LOCKED: "Wait until the lock ends, or work on something else.",
    Code.HOLDS_HANDOFFS: "Do it file by file, or wait until they are decided.",
}
"""By code, where the hint that the law gives speaks of HTTP."""


def result_of(refusal: Refusal) -> Json:
    """Return a refusal as the result of a tool: the code, the sentence, the way out."""
    problem = problem_of(refusal)
    hint = way_out(refusal)
    lines = [f"Refused ({refusal.code}): {refusal.message}.".replace("..", ".")]
    if hint:
        lines.append(f"What to do: {hint}")
    kept = {k: v for k, v in problem.items() if k not in ("type", "title", "status")}
    return {
        "content": [{"type": "text", "text": "\n".join(lines)}],
        "isError": True,
        "_meta": {META: {**kept, "hint": hint}},
    }


def way_out(refusal: Refusal) -> str:
    """Return the hint in the words of this door."""
    if refusal.code in ALWAYS:
        return ALWAYS[refusal.code]
    if _OF_HTTP.search(refusal.hint):
        return INSTEAD.get(refusal.code, "")
    return refusal.hint
