"""The part of the REST contract that the steward relies on, strict and in memory.

It stands at the other end of HTTP, so the steward under test is whole. It can die with the
steward: at any request, before the act or after it, as a killed process would.
"""

import hashlib
import json
from typing import Any

import httpx

PREFIX = "/api/v1/workspaces/acme/"


AT, LATER = "2026-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
SCRIBE = {"id": "ag_1", "kind": "agent", "name": "scribe"}
ENTRY = {"version": 1, "digest": None, "size": 0, "media_type": ""} | {
    "modified_at": AT,
    "modified_by": SCRIBE,
}
HANDOFF: dict[str, Any] = {
    "digest": "sha256:00",
    "title": "",
    "summary": "",
    "confidence": None,
    "flags": [],
    "required": 1,
    "priority": 0,
    "submitted_by": SCRIBE,
    "taken_by": None,
    "opened_at": AT,
    "due_at": None,
    "url": "http://test/",
}
"""What is told of everything, and the steward does not look at."""


class Killed(BaseException):
    """The steward is no more; nothing of it runs after this."""


class Refusal(Exception):
    """An answer that says no."""

    def __init__(self, status: int, code: str) -> None:
        self.response = httpx.Response(status, json={"code": code, "detail": code})
        super().__init__(code)


class Contract:
    """A workspace with files, claims and handoffs, and a person who decides."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.versions: dict[str, int] = {}
        self.folders = {"input", "processing", "needs-review", "feedback", "approved"}
        self.claims: dict[str, dict[str, Any]] = {}
        self.handoffs: dict[str, dict[str, Any]] = {}
        self.answered: dict[str, tuple[str, httpx.Response]] = {}
        self.requests: list[str] = []
        self.tokens = 0
        self.die_at = 0
        self.die_after_the_act = False

    def transport(self) -> httpx.MockTransport:
        """Return the wire between the steward and this server."""
        return httpx.MockTransport(self._arrive)

    def put(self, path: str, data: bytes) -> None:
        self.files[path] = data
        self.versions[path] = self.versions.get(path, 0) + 1

    def decide(self, handoff: str, verdict: str, **feedback: Any) -> None:
        """Let a person request changes or answer."""
        found = self.handoffs[handoff]
        target = found["path"].replace("needs-review/", "feedback/")
        self._move(found["path"], target)
        found |= {"path": target, "state": verdict}
        found["feedback"] = {"reason": "", "comments": [], "round": found["round"], **feedback}
        self.put(f"{target}/handoff.feedback.md", b"what a person said")

    def below(self, path: str) -> dict[str, bytes]:
        """Return the files below a folder, by their path in it."""
        return {
            name.removeprefix(f"{path}/"): data
            for name, data in sorted(self.files.items())
            if name.startswith(f"{path}/")
        }

    def _arrive(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer so_acme_secret"
        path = request.url.path.removeprefix(PREFIX)
        self.requests.append(f"{request.method} {path}")
        dies = 0 < self.die_at <= len(self.requests)
        if dies and not self.die_after_the_act:
            raise Killed
        try:
            response = self._once(request, path)
        except Refusal as refusal:
            response = refusal.response
        if dies:
            raise Killed
        return response

    def _once(self, request: httpx.Request, path: str) -> httpx.Response:
        """Answer a POST that was answered already as it was then."""
        if request.method != "POST":
            return self._act(request, path)
        key = request.headers["idempotency-key"]
        body = f"{path} {request.content.decode()}"
        if key in self.answered:
            before, response = self.answered[key]
            if before != body:
                raise Refusal(422, "idempotency_mismatch")
            return response
        response = self._act(request, path)
        self.answered[key] = (body, response)
        return response

    def _act(self, request: httpx.Request, path: str) -> httpx.Response:
        noun, _, rest = path.partition("/")
        body = json.loads(request.content or b"{}") if request.method == "POST" else {}
        match request.method, noun:
            case "GET", "files":
                return self._read(rest)
            case "PUT", "files":
                return self._write(rest, request)
            case "DELETE", "files":
                self._claim_for(rest, request)
                del self.files[rest]
                return httpx.Response(204)
            case "GET", "tree":
                return self._tree(rest)
            case "GET", "claims":
                taken = {"agent": SCRIBE, "taken_at": AT, "expires_at": LATER, "attempts": 1}
                items = [{**each, **taken} for each in self.claims.values()]
                return httpx.Response(200, json={"items": items, "next": None})
            case "POST", "claims" if rest:
                return self._take_over(rest.partition("/")[0])
            case "POST", "claims":
                return self._take(body)
            case "DELETE", "claims":
                raise Refusal(409, "claim_lapsed")
            case "POST", "handoffs":
                return self._submit(body, request)
        raise AssertionError(f"The contract has no {request.method} {path}")

    def _read(self, path: str) -> httpx.Response:
        if path in self.folders:
            raise Refusal(409, "is_folder")
        if path not in self.files:
            raise Refusal(404, "not_found")
        return httpx.Response(200, content=self.files[path], headers={"ETag": self._etag(path)})

    def _write(self, path: str, request: httpx.Request) -> httpx.Response:
        self._claim_for(path, request)
        parts = path.split("/")
        self.folders |= {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        self.put(path, request.content)
        shown = {"path": path, "version": self.versions[path], "etag": self._etag(path)}
        return httpx.Response(201, json={**self._bytes(path), **shown, "modified_at": AT})

    def _bytes(self, path: str) -> dict[str, Any]:
        data = self.files[path]
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        return {"digest": digest, "size": len(data), "media_type": "text/plain"}

    def _tree(self, path: str) -> httpx.Response:
        kinds = dict.fromkeys(self.files, "file") | dict.fromkeys(self.folders, "folder")
        items = [
            {"name": name.rpartition("/")[2], "path": name, "type": kind, **ENTRY}
            for name, kind in sorted(kinds.items())
            if name.rpartition("/")[0] == path
        ]
        return httpx.Response(200, json={"items": items, "next": None})

    def _take(self, wish: dict[str, Any]) -> httpx.Response:
        if wish["stage"] == "feedback":
            waiting = sorted(
                (each["path"], id_)
                for id_, each in self.handoffs.items()
                if each["path"].startswith("feedback/")
            )
        else:
            waiting = [(path, "") for path in sorted(self.files) if path.startswith("input/")]
        if not waiting:
            return httpx.Response(204)
        path, handoff = waiting[0]
        folder = f"processing/cl_{len(self.requests)}"
        self.folders.add(folder)
        there = f"{folder}/{path.rpartition('/')[2]}"
        self._move(path, there)
        claim = {"id": folder.rpartition("/")[2], "folder": folder, "path": there}
        claim |= {"from_path": path}
        if handoff:
            self.handoffs[handoff]["path"] = there
            claim["feedback"] = self.handoffs[handoff]["feedback"]
        self.claims[claim["id"]] = claim | {"handoff": handoff}
        return self._take_over(claim["id"], status=201)

    def _take_over(self, id_: str, *, status: int = 200) -> httpx.Response:
        if id_ not in self.claims:
            raise Refusal(404, "not_found")
        self.tokens += 1
        claim = self.claims[id_]
        claim["lock_token"] = f"opaque:{self.tokens}"
        return httpx.Response(status, json={**claim, "expires_at": LATER, "attempts": 1})

    def _claim_for(self, path: str, request: httpx.Request) -> dict[str, Any]:
        for claim in self.claims.values():
            if path.startswith(f"{claim['folder']}/"):
                if request.headers.get("lock-token") != claim["lock_token"]:
                    raise Refusal(409, "claim_lapsed")
                return claim
        raise Refusal(409, "claim_lapsed")

    def _submit(self, wish: dict[str, Any], request: httpx.Request) -> httpx.Response:
        (path,) = wish["paths"]
        claim = self._claim_for(path, request)
        id_ = claim["handoff"] or f"ho_{len(self.handoffs) + 1}"
        if wish["kind"] == "approval":
            assert not wish["questions"]
        known = self.handoffs.setdefault(id_, {"round": 0})
        target = f"needs-review/{path.rpartition('/')[2]}"
        del self.claims[claim["id"]]
        self._move(path, target)
        self._move(claim["folder"], f"archive/{id_}")
        self.files.pop(f"{target}/handoff.feedback.md", None)
        said = {name: wish[name] for name in wish if name not in ("paths", "dedupe_key")}
        if known["round"] == 0:
            said["sources"] = [{"path": f"archive/{id_}"}]
        self.put(f"{target}/handoff.json", json.dumps(said).encode())
        known |= {"path": target, "state": "in_review", "round": known["round"] + 1}
        known |= {"kind": wish["kind"], "context": wish}
        shown = {"id": id_, "kind": wish["kind"], "round": known["round"], "path": target}
        shown |= {"state": "in_review", **HANDOFF}
        return httpx.Response(201 if known["round"] == 1 else 200, json=shown)

    def _move(self, source: str, target: str) -> None:
        for name in [*self.files]:
            if name == source or name.startswith(f"{source}/"):
                self.put(target + name.removeprefix(source), self.files.pop(name))
        for name in [*self.folders]:
            if name == source or name.startswith(f"{source}/"):
                self.folders.remove(name)
                self.folders.add(target + name.removeprefix(source))

    def _etag(self, path: str) -> str:
        digest = hashlib.sha256(path.encode()).hexdigest()[:8]
        return f'"{digest}-{self.versions[path]}"'
