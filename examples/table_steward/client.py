"""The REST door of Signoff, as far as the steward needs it. Nothing here knows of tables.

Every POST carries an Idempotency-Key and every write a precondition, so each request may be
sent again after a lost answer. That is why this can retry, and it does so on 5xx and on a
lost connection, never on 4xx: a refusal is an answer.
"""

import hashlib
import json
import random
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

PATIENCE = 600.0
"""How long a request is tried, in seconds."""


class Refused(Exception):
    """The server said no, with a stable `code`, a sentence, and a hint at what would work."""

    def __init__(self, response: httpx.Response) -> None:
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        problem = problem if isinstance(problem, dict) else {}
        self.status = response.status_code
        self.code = str(problem.get("code", ""))
        detail = problem.get("detail") or response.reason_phrase
        super().__init__(
            f"{self.status} {self.code}: {detail} {problem.get('hint', '')}".strip()
        )


class Stopped(Exception):
    """The steward was asked to stop while it waited to try again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Work that is ours for as long as the lease lasts; the token goes with every write."""

    id: str
    folder: str
    path: str
    token: str
    feedback: Mapping[str, Any]

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Claim":
        """Read the answer to a claim or a takeover."""
        return cls(
            id=body["id"],
            folder=body["folder"],
            path=body["path"],
            token=body["lock_token"],
            feedback=body.get("feedback") or {},
        )


class Workspace:
    """One workspace, seen with one agent's key."""

    def __init__(
        self,
        url: str,
        *,
        key: str,
        workspace: str,
        stop: threading.Event | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            transport=transport,
            base_url=f"{url.rstrip('/')}/api/v1/workspaces/{workspace}/",
            headers={"Authorization": f"Bearer {key}", "User-Agent": "table-steward"},
            timeout=30.0,
        )
        self._stop = stop or threading.Event()
        self.idle = False
        """Whether it only waits for work, so that to stop at once loses nothing."""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def my_claims(self) -> list[str]:
        """Return the ids of the live claims of this agent, also from an earlier life."""
        return [claim["id"] for claim in self._pages("claims", mine="true")]

    def take_over(self, claim: str) -> Claim:
        """Get a new token for a claim of our own, which ends the old one."""
        return Claim.from_json(self._post(f"claims/{quote(claim)}/takeover", {}).json())

    def claim(self, *, stage: str, wait: float, glob: str = "") -> Claim | None:
        """Claim the next piece of work in a stage, waiting for it; None if there is none."""
        wish: dict[str, Any] = {"stage": stage, "wait": int(wait)}
        if glob:
            wish["glob"] = glob
        self.idle = wait > 0
        try:
            response = self._post("claims", wish, key=uuid.uuid4().hex, timeout=wait + 30)
        finally:
            self.idle = False
        return None if response.status_code == 204 else Claim.from_json(response.json())

    def release(self, claim: Claim) -> None:
        """Give the work back."""
        self._send("DELETE", f"claims/{quote(claim.id)}", headers=_token(claim))

    def read(self, path: str) -> tuple[bytes, str]:
        """Return a file and its ETag."""
        response = self._send("GET", _file(path))
        return response.content, response.headers.get("etag", "")

    def walk(self, folder: str) -> Iterator[str]:
        """Give the path of every file below a folder."""
        for item in self._pages(f"tree/{quote(folder)}"):
            if item["type"] == "folder":
                yield from self.walk(item["path"])
            else:
                yield item["path"]

    def make_folder(self, path: str, *, claim: Claim) -> None:
        """Make a folder, unless it is there."""
        try:
            self._post("folders", {"path": path}, claim=claim)
        except Refused as refusal:
            if refusal.status != 409:
                raise

    def write(self, path: str, data: bytes, *, claim: Claim) -> None:
        """Leave exactly these bytes at the path, whatever an earlier life left there."""
        condition = {"If-None-Match": "*"}
        for last in (False, False, True):
            try:
                self._send(
                    "PUT", _file(path), content=data, headers={**condition, **_token(claim)}
                )
            except Refused as refusal:
                if refusal.status != 412 or last:
                    raise
            else:
                return
            there, etag = self.read(path)
            if there == data:
                return
            condition = {"If-Match": etag}

    def remove(self, path: str, *, claim: Claim) -> None:
        """Delete a file as it is now, unless it is gone."""
        try:
            _, etag = self.read(path)
            self._send("DELETE", _file(path), headers={"If-Match": etag, **_token(claim)})
        except Refused as refusal:
            if refusal.status != 404:
                raise

    def hand_over(
        self, path: str, context: Mapping[str, Any], *, claim: Claim
    ) -> dict[str, Any]:
        """Submit a package from a claim, which ends the claim in the same act."""
        wish = {**context, "paths": [path], "dedupe_key": f"table-steward:{claim.id}"}
        handoff: dict[str, Any] = self._post("handoffs", wish, claim=claim).json()
        return handoff

    def _pages(self, path: str, **params: str) -> Iterator[dict[str, Any]]:
        """Give the items of a list, page by page."""
        while True:
            page = self._send("GET", path, params=params).json()
            yield from page["items"]
            if not page.get("next"):
                return
            params["cursor"] = page["next"]

    def _post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        claim: Claim | None = None,
        key: str = "",
        timeout: float = 30.0,
    ) -> httpx.Response:
        """POST with a key that follows from the work, so that the same work is done once."""
        if not key:
            work = json.dumps([path, body, claim.token if claim else ""], sort_keys=True)
            key = hashlib.sha256(work.encode()).hexdigest()[:40]
        headers = {"Idempotency-Key": key, **(_token(claim) if claim else {})}
        return self._send("POST", path, json=dict(body), headers=headers, timeout=timeout)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send until there is an answer; raise it if it is a refusal."""
        deadline = time.monotonic() + PATIENCE
        pause = 0.25
        while True:
            response: httpx.Response | None = None
            try:
                response = self._http.request(method, path, **options)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            if response is not None:
                if response.is_success:
                    return response
                if response.status_code < 500 or time.monotonic() > deadline:
                    raise Refused(response)
            if self._stop.wait(max(_asked_to_wait(response), random.uniform(0.5, 1) * pause)):  # noqa: S311
                raise Stopped
            pause = min(pause * 2, 30.0)


def _token(claim: Claim) -> dict[str, str]:
    return {"Lock-Token": claim.token}


def _file(path: str) -> str:
    return f"files/{quote(path)}"


def _asked_to_wait(response: httpx.Response | None) -> float:
    """Return the seconds of Retry-After, at most a minute; an HTTP-date counts as none."""
    asked = response.headers.get("retry-after", "") if response is not None else ""
    return min(float(asked), 60.0) if asked.isdigit() else 0.0
