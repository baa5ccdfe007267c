"""Whether what somebody was told still asks for a verdict."""

from signoff.domain.channels import is_channel
from signoff.domain.handoffs import Handoff, State
from signoff.domain.ids import ActorId
from signoff.domain.notifications import ASKING, stands
from signoff.store.notifications import Notification


def still_asks(handoff: Handoff, one: Notification) -> bool:
    """Say whether it still asks; a channel of the workspace is asked until the round ends."""
    if one.topic not in ASKING:
        return False
    if is_channel(one.whom):
        return handoff.state is State.IN_REVIEW and handoff.round == one.round
    return stands(handoff, one.round, ActorId(one.whom))
