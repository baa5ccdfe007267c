"""Work in hand."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self, Unpack

from signoff_client.asking import Patience
from signoff_client.plans import claims, handoffs, items
from signoff_client.plans.claims import InHand
from signoff_client.plans.handoffs import Kind, Said
from signoff_client.plans.uploads import Progress
from signoff_client.seen import SeenItem
from signoff_client.sources import Data
from signoff_client.sync.driver import Driver
from signoff_client.sync.handoffs import Handoff
from signoff_client.sync.renewing import renewing
from signoff_client.views import Entry, File


class Item(SeenItem):
    """A piece of work that nobody else holds while its lease is renewed.

    When it is lost all the same (taken over, or out of reach for too long), the next act
    raises ClaimLapsed. As a context manager it renews the lease and gives the work back at the
    end unless it was submitted; `Signoff.work` does that for you.
    """

    def __init__(self, held: InHand, driver: Driver, patience: Patience) -> None:
        super().__init__(held)
        self._driver = driver
        self._patience = patience
        self._keeping = keeping(held, driver)

    def __enter__(self) -> Self:
        self._keeping.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._keeping.__exit__(None, None, None)

    def read(self, name: str | None = None) -> bytes:
        """Return the bytes of the work itself, or of a file beside or in it."""
        return self._driver.run(items.read(self.held, name, patience=self._patience))

    def read_text(self, name: str | None = None, encoding: str = "utf-8") -> str:
        """Return the same as text."""
        return self.read(name).decode(encoding)

    def write(
        self,
        data: Data,
        name: str | None = None,
        *,
        content_type: str = "",
        progress: Progress | None = None,
    ) -> File:
        """Write the work itself, or a file beside or in it; see `Signoff.write`."""
        plan = items.write(
            self.held,
            data,
            name,
            content_type=content_type,
            progress=progress,
            patience=self._patience,
        )
        return self._driver.run(plan)

    def delete(self, name: str) -> None:
        """Delete a file beside or in the work."""
        self._driver.run(items.delete(self.held, name, patience=self._patience))

    def files(self) -> tuple[Entry, ...]:
        """Return the files in the work folder, those in folders too, by path."""
        return self._driver.run(items.walk(self.held, patience=self._patience))

    def submit(self, *names: str, **said: Unpack[Said]) -> Handoff:
        """Put the work in front of people, which ends the claim; or the named files of it."""
        return self._submit(names, said, "approval")

    def escalate(self, *names: str, **said: Unpack[Said]) -> Handoff:
        """Say with `needs` what you need, with `questions` what to answer; ends the claim."""
        return self._submit(names, said, "escalation")

    def hand_over(self, *names: str, **said: Unpack[Said]) -> Handoff:
        """Let a person go on with the work, and get it back when they are done."""
        return self._submit(names, said, "relay")

    def renew(self) -> None:
        """Begin the lease anew at once; it is renewed by itself while the item is worked on."""
        self.held.check()
        self._driver.run(claims.renew(self.held, patience=self._patience))

    def release(self) -> None:
        """Give the work back as it was claimed."""
        self._driver.run(claims.release(self.held, patience=self._patience))

    def _submit(self, names: Sequence[str], said: Said, kind: Kind) -> Handoff:
        plan = handoffs.submit_held(self.held, names, said, kind=kind, patience=self._patience)
        return Handoff(self._driver.run(plan), self._driver, self._patience)


@contextmanager
def keeping(held: InHand, driver: Driver) -> Iterator[None]:
    """Renew a lease while the block lasts, and give the work back unless it was submitted."""
    driver.in_hand.append(held)
    try:
        with renewing(driver, claims.keep(held)):
            yield
    finally:
        driver.run(claims.let_go(held))
        driver.in_hand.remove(held)
