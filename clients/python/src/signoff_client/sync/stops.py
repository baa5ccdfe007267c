"""What a framework's run stops for, put in front of people by a blocking client."""

from signoff_client.plans import stops
from signoff_client.plans.stops import HeldCall, HeldWork
from signoff_client.sync.calls import ToolCall
from signoff_client.sync.client import Signoff
from signoff_client.sync.handoffs import Handoff


def propose(signoff: Signoff, held: HeldCall) -> ToolCall:
    """Put a call in front of people; see `plans.stops.propose`."""
    driver, patience = signoff._driver, signoff._patience
    return ToolCall(driver.run(stops.propose(held, patience=patience)), driver, patience)


def submit(signoff: Signoff, held: HeldWork) -> Handoff:
    """Put work in front of people; see `plans.stops.submit`."""
    driver, patience = signoff._driver, signoff._patience
    return Handoff(driver.run(stops.submit(held, patience=patience)), driver, patience)
