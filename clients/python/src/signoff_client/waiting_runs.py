"""Runs that wait for people: kept in the agent's store, or carried by their handoffs.

What a handoff carries is its `resume_state`, which the server gives back to the agent that
submitted it and shows to nobody.
"""

import uuid
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec
from msgspec import Raw, Struct, field
from msgspec import json as msgjson

from signoff_client.aio.client import AsyncSignoff
from signoff_client.errors import SignoffError, TooLarge
from signoff_client.stores import Store

MAX_CARRIED = 64 * 1024
"""Bytes of a handoff's `resume_state`."""

NOWHERE = Raw(b"null")

Carry = Callable[[], dict[str, str]]
"""Returns what is said with a handoff for the sake of its run; see `Said`."""


class WaitingRun(Struct, kw_only=True):
    """A run that waits, and the handoffs of approvals that calls of it run on."""

    state: Raw = NOWHERE
    """The framework's own JSON; none where it is in a store, under the token."""
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Part of what names its calls: another run of the same name asks anew."""
    offered: dict[str, str] = {}
    """By the fingerprint of what people made of a call: the model is told to call that."""
    taken: dict[str, str] = {}
    """By the id of the call that took the offer up."""


Result = TypeVar("Result")
Word = TypeVar("Word")


class Run(Protocol[Result, Word]):
    """A run of some framework, in the steps between which it may be in no process at all."""

    async def begin(self) -> Result:
        """Run it until it stops or is done."""

    def stopped(self, result: Result) -> Raw | None:
        """Return its state if it stopped for people."""

    async def ask(self, waiting: WaitingRun, key: str, carry: Carry) -> Word:
        """Return what people said on all that it stopped for. `key` names the run."""

    async def go_on(self, word: Word) -> Result:
        """Run it on, on what people said."""


class Runs:
    """The runs of a gate. Those with a name are kept in the store, others by their handoffs."""

    def __init__(self, signoff: AsyncSignoff, store: Store | None) -> None:
        self._signoff = signoff
        self._store = store

    async def run(self, run: Run[Result, Word], name: str) -> Result:
        """Run it until it is done; one that is kept under its name is resumed."""
        waiting = self._named(name) if name else None
        if waiting is not None:
            return await self._resumed(run, waiting, name)
        return await self._until_done(run, WaitingRun(), name, await run.begin())

    async def resume(self, run: Run[Result, Word], *, name: str, handoff: str) -> Result:
        """Go on with the run of a name, or of a handoff; raise SignoffError for none."""
        if bool(name) == bool(handoff):
            raise ValueError("Say which run waits: by its name, or by its handoff")
        waiting = await self._behind(handoff) if handoff else self._named(name)
        if waiting is None:
            raise SignoffError(f"No run is kept as “{name}”: it is done, or was never begun")
        return await self._resumed(run, waiting, name)

    async def _until_done(
        self, run: Run[Result, Word], waiting: WaitingRun, name: str, result: Result
    ) -> Result:
        while (state := run.stopped(result)) is not None:
            waiting.state = state
            self._keep(waiting, name)
            result = await self._next(run, waiting, name)
        if self._store is not None:
            self._store.drop(name or waiting.token)
        return result

    async def _resumed(self, run: Run[Result, Word], waiting: WaitingRun, name: str) -> Result:
        result = await self._next(run, waiting, name)
        return await self._until_done(run, waiting, name, result)

    async def _next(self, run: Run[Result, Word], waiting: WaitingRun, name: str) -> Result:
        def carry() -> dict[str, str]:
            return {} if name else {"resume_state": self._carried(waiting)}

        word = await run.ask(waiting, f"{name}:{waiting.token}", carry)
        self._keep(waiting, name)
        return await run.go_on(word)

    # In the store, by name.

    def _named(self, name: str) -> WaitingRun | None:
        text = self._of(name).get(name)
        return None if text is None else _read(text)

    def _keep(self, waiting: WaitingRun, name: str) -> None:
        if name:
            self._of(name).put(name, _written(waiting))

    def _of(self, name: str) -> Store:
        if self._store is None:
            raise ValueError(f"“{name}” is kept nowhere: give the Gate a store, or no name")
        return self._store

    # By handoffs.

    def _carried(self, waiting: WaitingRun) -> str:
        """Return the run, or, if it is too long to be carried, where in the store it is."""
        text = _written(waiting)
        size = len(text.encode())
        if size <= MAX_CARRIED:
            return text
        if self._store is None:
            raise TooLarge(
                f"The run's state has {size:,} bytes, and a handoff carries {MAX_CARRIED:,}",
                code="too_long",
                hint="Give the Gate a store: it keeps what is longer.",
            )
        self._store.put(waiting.token, text)
        return _written(WaitingRun(token=waiting.token))

    async def _behind(self, handoff: str) -> WaitingRun:
        try:
            waiting = _read((await self._signoff.handoff(handoff)).resume_state)
        except msgspec.DecodeError as error:
            raise SignoffError(f"{handoff} carries no run") from error
        if bytes(waiting.state) != bytes(NOWHERE):
            return waiting
        text = None if self._store is None else self._store.get(waiting.token)
        if text is None:
            raise SignoffError(f"The run of {handoff} is done, or is in no store of this Gate")
        return _read(text)


def _written(waiting: WaitingRun) -> str:
    return msgjson.encode(waiting).decode()


def _read(text: str) -> WaitingRun:
    return msgjson.decode(text, type=WaitingRun)
