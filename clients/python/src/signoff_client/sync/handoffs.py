"""A handoff, and to wait for what people say."""

from signoff_client.asking import Patience
from signoff_client.decisions import Decision
from signoff_client.plans import handoffs
from signoff_client.seen import SeenHandoff
from signoff_client.sync.driver import Driver
from signoff_client.views import Feedback, HandoffView, PackageFile


class Handoff(SeenHandoff):
    """A package in front of people. Its `id` is all that is needed to wait for it later."""

    def __init__(self, view: HandoffView, driver: Driver, patience: Patience) -> None:
        super().__init__(view)
        self._driver = driver
        self._patience = patience

    def wait(self, timeout: float | None = None, *, after_round: int | None = None) -> Decision:
        """Block until people decide, for days if need be; StillWaiting after `timeout` seconds.

        A server that restarts or is out of reach is waited for. A key that was revoked is not:
        Unauthenticated. `after_round` waits for the decision of a later round; without it, of
        the round that this handoff was in when it was looked at.
        """
        plan = handoffs.wait(self.view, timeout=timeout, after_round=after_round)
        return self._driver.run(plan)

    def refresh(self) -> "Handoff":
        """Look again; return itself, as it stands now."""
        self.view = self._driver.run(handoffs.show(self.id, patience=self._patience))
        return self

    def withdraw(self, reason: str = "") -> "Handoff":
        """Take it back before it is decided; raise Conflict if it is decided."""
        plan = handoffs.withdraw(self.id, reason=reason, patience=self._patience)
        self.view = self._driver.run(plan)
        return self

    def files(self) -> tuple[PackageFile, ...]:
        """Return every file that the digest covers."""
        return self._driver.run(handoffs.files(self.id, patience=self._patience))

    def feedback(self) -> Feedback | None:
        """Return what people said of it so far, comments too; None if nothing."""
        return self._driver.run(handoffs.feedback(self.id, patience=self._patience))
