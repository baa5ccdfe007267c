"""How long what arrives lies still, by the policy's rule for its path."""

from signoff.actions.context import Context
from signoff.domain import routing
from signoff.domain.ids import Instant, Path
from signoff.domain.stages import below_stage


def touched_at(ctx: Context, path: str) -> Instant:
    """Return since when something written now lies still, as the shortest settle time counts.

    What must lie still for longer counts as written later, so one index serves all.
    """
    return Instant(ctx.now + routing.rest(ctx.policy, below_stage(Path(path))))
