"""Carries plans out, blocking."""

import threading
from collections.abc import Generator
from typing import Any, TypeVar

import httpx

from signoff_client.place import Place
from signoff_client.plans.claims import InHand, let_go
from signoff_client.steps import Flow, Give, Lost, Pause, Plan, Read, Reply, Send, Step
from signoff_client.waits import headers_of, timeout_of

T = TypeVar("T")


class Stopped(Exception):
    """The thread that carries a plan out is to end."""


class Driver:
    """Sends requests with an httpx client, and sleeps. Threads may share one."""

    def __init__(self, place: Place, *, timeout: float, http: httpx.Client | None) -> None:
        self.place = place
        self._timeout = timeout
        self._http = http or httpx.Client()
        self._own = http is None
        self.in_hand: list[InHand] = []
        """Work that is to be given back before the connections are closed."""

    def close(self) -> None:
        """Give back what is in hand, and close the connections unless they are the caller's."""
        try:
            for held in [*self.in_hand]:
                self.run(let_go(held))
        finally:
            if self._own:
                self._http.close()

    def run(self, plan: Plan[T], *, stop: threading.Event | None = None) -> T:
        """Carry a plan out and return its value; Stopped once `stop` is set in a pause."""
        result: Any = None
        while True:
            try:
                step = plan.send(result)
            except StopIteration as end:
                value: T = end.value
                return value
            result = self._take(step, stop)

    def each(self, flow: Flow[T]) -> Generator[T, None, None]:
        """Carry a flow out, and give what it gives."""
        result: Any = None
        while True:
            try:
                step = flow.send(result)
            except StopIteration:
                return
            if isinstance(step, Give):
                yield step.value
                result = None
            else:
                result = self._take(step, None)

    def _take(self, step: Step, stop: threading.Event | None) -> Reply | Lost | bytes | None:
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Read):
            return step.source.read(step.size)
        _pause(step, stop or threading.Event(), told=stop is not None)
        return None

    def _send(self, request: Send) -> Reply | Lost:
        try:
            answer = self._http.request(
                request.method,
                self.place.address(request.path),
                params=dict(request.params) or None,
                headers=headers_of(self.place, request),
                content=request.body,
                timeout=timeout_of(request, self._timeout),
                follow_redirects=False,
            )
        except httpx.TransportError as error:
            return Lost(f"{error or type(error).__name__}")
        return Reply(answer.status_code, answer.headers, answer.content)


def _pause(step: Pause, stop: threading.Event, *, told: bool) -> None:
    if stop.wait(step.seconds) and told:
        raise Stopped
