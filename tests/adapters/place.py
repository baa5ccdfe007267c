"""A workspace of a running server, an agent's key, and a person who decides."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.hosts import Workspace

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Place:
    """Where agents under test hand over, and Ben decides."""

    def __init__(self, workspace: Workspace) -> None:
        self.url, self.key = workspace.url, workspace.keys["scribe"]
        self.seen: list[str] = []
        """The handoffs that Ben was asked about, in order."""
        self._ben = workspace.browser("ben")

    def waiting(self) -> list[dict[str, Any]]:
        items = self._ben.get("handoffs", params={"state": "in_review"}).json()["items"]
        return [self.look(item["id"]) for item in items]

    def look(self, handoff: str) -> dict[str, Any]:
        return dict(self._ben.get(f"handoffs/{handoff}").json())

    def call(self, handoff: dict[str, Any]) -> dict[str, Any]:
        """Return the tool call that a handoff proposes, as it stands."""
        answer = self._ben.get(f"files/{handoff['path']}/call.json")
        return dict(answer.json())

    def interrupt(self, handoff: str) -> dict[str, Any]:
        """Return a handoff as AG-UI's interrupt."""
        accept = {"accept": "application/vnd.ag-ui.interrupt+json"}
        answer = self._ben.get(f"handoffs/{handoff}", headers=accept)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["interrupt"])

    def edit(self, handoff: dict[str, Any], arguments: dict[str, Any]) -> None:
        """Save Ben's own version of the arguments."""
        call = self.call(handoff) | {"arguments": arguments}
        path = f"files/{handoff['path']}/call.json"
        answer = self._ben.put(path, content=json.dumps(call))
        assert answer.status_code == 200, answer.text

    def decide(self, handoff: str, verdict: str = "approve", **said: Any) -> dict[str, Any]:
        seen = self.look(handoff)
        body = {"verdict": verdict, "digest": seen["digest"], "round": seen["round"], **said}
        answer = self._ben.put(f"handoffs/{handoff}/decision", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @contextmanager
    def reviewed(self, answer: Answer | None = None) -> Iterator[None]:
        """Have Ben decide on all that comes while the block lasts: approve, or as told."""
        over = threading.Event()

        def decide_all() -> None:
            while not over.is_set():
                for handoff in self.waiting():
                    self.seen.append(handoff["id"])
                    said = answer(handoff) if answer else {}
                    self.decide(handoff["id"], **said)
                time.sleep(0.05)

        deciding = threading.Thread(target=decide_all)
        deciding.start()
        try:
            yield
        finally:
            over.set()
            deciding.join()

    def close(self) -> None:
        self._ben.close()
