"""A server as the acting commands see it: over HTTP alone, as an agent or as a person."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

import click
import httpx

from signoff.cli import notebooks
from signoff.cli.notebooks import Held, Signed
from signoff.domain.accounts import workspace_of_key

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_URL = "http://127.0.0.1:8484"
COOKIE = "signoff_session"
TIMEOUT = httpx.Timeout(90, connect=10)
"""Longer than the longest wait that the server takes part in."""
TRIES = 20
"""How often a wait comes back to a server that is being restarted, two seconds apart."""


HINTS = {
    "precondition_required": "Say which version you saw with --if-match, or take any: with"
    " --overwrite, or --force where there is no such option.",
    "reason_required": "Say it with --reason.",
}
"""By code: what a shell says where the server's hint speaks of HTTP."""


class Refused(click.ClickException):
    """What the server refused, or what cannot be asked of it: a sentence, a code, a hint."""

    exit_code = 1

    def __init__(self, message: str, *, code: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.status = status

    def show(self, file: Any = None) -> None:
        """Write it for a person at a shell."""
        click.echo(f"signoff: {self.message} ({self.code})", err=True, file=file)
        if self.hint:
            click.echo(f"hint: {self.hint}", err=True, file=file)


class Remote:
    """One server, one workspace, one identity, while a command lasts.

    It never follows a redirect with a secret.
    """

    def __init__(self, url: str, *, headers: dict[str, str], workspace: str, who: str) -> None:
        self.url = url.rstrip("/")
        self.workspace = workspace
        self.who = who
        self.place = f"{self.url}/api/v1/workspaces/{workspace}"
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT)
        click.get_current_context().call_on_close(self._client.close)

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        """Send a request below the workspace; return its JSON, None where there is none."""
        return self._read(self.send(method, f"{self.place}/{path}", **sent))

    def ask_instance(self, method: str, path: str, **sent: Any) -> Any:
        """Send a request that is about no workspace."""
        return self._read(self.send(method, f"{self.url}/api/v1/{path}", **sent))

    def send(
        self, method: str, url: str, *, tokens: tuple[str, ...] = (), **sent: Any
    ) -> httpx.Response:
        """Send a request; a refusal of the server is raised with its own words."""
        headers = dict(sent.pop("headers", {}))
        if tokens:
            headers["Lock-Token"] = ", ".join(tokens)
        with self._reaching():
            answer = self._client.request(method, url, headers=headers, **sent)
        if answer.is_error or answer.is_redirect:
            refuse(answer)
        return answer

    @contextmanager
    def stream(self, path: str, **sent: Any) -> Iterator[httpx.Response]:
        """Read a file's bytes as they come."""
        url = f"{self.place}/files/{quoted(path)}"
        with self._reaching(), self._client.stream("GET", url, **sent) as answer:
            if answer.is_error or answer.is_redirect:
                answer.read()
                refuse(answer)
            yield answer

    def patiently(self, path: str, *, params: dict[str, Any]) -> Any:
        """Ask with a wait; come back when the server is away for a moment."""
        for _ in range(TRIES):
            try:
                return self.ask("GET", path, params=params)
            except Refused as refused:
                if refused.code != "unreachable" and refused.status != httpx.codes(503):
                    raise
                last = refused
                time.sleep(2)
        raise last

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Return every item of a list, page after page."""
        cursor: str | None = ""
        while cursor is not None:
            asked = {**params, "cursor": cursor} if cursor else params
            page = self.ask("GET", path, params=asked)
            yield from page["items"]
            cursor = page.get("next")

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.InvalidURL as error:
            raise click.UsageError(f"{self.url} is no URL: {error}") from error
        except httpx.TransportError as error:
            raise Refused(
                f"{self.url} does not answer: {error or type(error).__name__}",
                code="unreachable",
                hint="Is the server running, and is this --url (or SIGNOFF_URL) right?",
            ) from error

    @staticmethod
    def _read(answer: httpx.Response) -> Any:
        return answer.json() if answer.content else None

    # Lock tokens.

    def claims(self) -> dict[str, Held]:
        """Return the claims whose tokens are remembered for this workspace."""
        kept = notebooks.read().claims
        return {name: held for name, held in kept.items() if held.place == self.place}

    def tokens_for(self, *paths: str, given: tuple[str, ...]) -> tuple[str, ...]:
        """Return the tokens to send: those given, and those of the work folders meant."""
        return (*given, *(held.token for held in self.held_at(*paths).values()))

    def held_at(self, *paths: str) -> dict[str, Held]:
        """Return the remembered claims in whose work folders any of the paths lies."""
        inner = [path.strip("/") + "/" for path in paths]
        return {
            name: held
            for name, held in self.claims().items()
            if any(path.startswith(held.folder + "/") for path in inner)
        }


def refuse(answer: httpx.Response) -> NoReturn:
    """Raise what the server refused (RFC 9457), or what stands before it said."""
    problem: Any = None
    if "json" in answer.headers.get("content-type", ""):
        problem = answer.json()
    if not isinstance(problem, dict) or "code" not in problem:
        raise Refused(
            f"{answer.request.url.host} answered {answer.status_code}, which no Signoff says",
            code="not_signoff",
            hint="Is --url (or SIGNOFF_URL) that of a Signoff server?",
            status=answer.status_code,
        )
    raise Refused(
        str(problem.get("detail", "")),
        code=str(problem["code"]),
        hint=HINTS.get(problem["code"]) or str(problem.get("hint") or ""),
        status=answer.status_code,
    )


def quoted(path: str) -> str:
    """Write a path into a URL."""
    return quote(path.strip("/"), safe="/")


def an_id(raw: str) -> str:
    """Return the id that was typed, or that ends the address of a page that was pasted."""
    name = raw.rstrip("/").rpartition("/")[2]
    if not re.fullmatch(r"[a-z]{2}_[0-9A-Za-z_-]+", name):
        raise click.BadParameter(f"“{raw}” is no id.")
    return name


# Who acts.

url_option = click.option(
    "--url", metavar="URL", help=f"The server; else SIGNOFF_URL, else {DEFAULT_URL}."
)
key_option = click.option(
    "--key", metavar="KEY", help="An agent's API key; better in SIGNOFF_KEY, which nobody sees."
)
workspace_option = click.option(
    "--workspace", metavar="SLUG", help="A person's workspace; else SIGNOFF_WORKSPACE."
)
token_option = click.option(
    "--lock-token",
    "lock_tokens",
    multiple=True,
    metavar="TOKEN",
    help="A lock or claim that is not remembered here.",
)


def as_anybody(command: F) -> F:
    """Give a command a `remote`: as the agent of a key if there is one, else as the person."""
    return _with_remote(command, key_option, as_agent=True)


def as_person(command: F) -> F:
    """Give a command a `remote` as the person who signed in, whatever key is set."""
    return _with_remote(command, as_agent=False)


def _with_remote(command: F, *options: Callable[[Any], Any], as_agent: bool) -> F:
    @wraps(command)
    def with_remote(
        *, url: str | None, workspace: str | None, key: str | None = None, **rest: Any
    ) -> Any:
        secret = (key or os.environ.get("SIGNOFF_KEY", "")) if as_agent else ""
        if secret:
            remote = by_key(url, secret.strip(), workspace)
        else:
            remote = by_session(url, workspace, keys_too=as_agent)
        return command(remote=remote, **rest)

    wrapped: Any = with_remote
    for option in (workspace_option, *options, url_option):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[no-any-return]


def by_key(url: str | None, key: str, workspace: str | None = None) -> Remote:
    """Return the server as the agent of a key, which names its workspace."""
    slug = workspace_of_key(key)
    if slug is None:
        raise Refused(
            "This is no API key",
            code="unauthenticated",
            hint="A key begins with so_; `signoff agent create` prints one.",
        )
    if workspace and workspace != slug:
        raise click.UsageError(f"This key opens “{slug}”, not “{workspace}”.")
    headers = {"Authorization": f"Bearer {key}"}
    return Remote(address(url), headers=headers, workspace=slug, who="")


def by_session(url: str | None, workspace: str | None, *, keys_too: bool = False) -> Remote:
    """Return the server as the person who signed in there."""
    notebook = notebooks.read()
    place = address(url, notebook.url)
    session = notebook.sessions.get(place)
    if session is None:
        with_key = ", or set SIGNOFF_KEY to act as an agent" if keys_too else ""
        raise Refused(
            f"Nobody is signed in at {place}",
            code="unauthenticated",
            hint=f"Sign in with `signoff signin EMAIL --url {place}`{with_key}.",
        )
    slug = workspace or os.environ.get("SIGNOFF_WORKSPACE") or session.workspace
    if not slug:
        raise click.UsageError("Say which --workspace, or set SIGNOFF_WORKSPACE.")
    return as_signed(place, session, slug)


def as_signed(url: str, session: Signed, workspace: str) -> Remote:
    """Return the server as a session opens it."""
    headers = {"Cookie": f"{COOKIE}={session.secret}"}
    return Remote(url, headers=headers, workspace=workspace, who=session.email)


def address(url: str | None, known: str = "") -> str:
    """Return the server that is meant: told, set, signed in at last, or this machine's."""
    return (url or os.environ.get("SIGNOFF_URL") or known or DEFAULT_URL).rstrip("/")
