"""`signin`, `signout`: a person's session, kept in a file that they alone can read."""

import sys

import click
import httpx

from signoff.cli import notebooks
from signoff.cli.notebooks import Signed
from signoff.cli.remote import (
    COOKIE,
    Refused,
    Remote,
    address,
    as_signed,
    url_option,
    workspace_option,
)


@click.command()
@click.argument("email")
@url_option
@workspace_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--link", metavar="URL", help="Sign in by a one-time link instead.")
def signin(
    *,
    email: str,
    url: str | None,
    workspace: str | None,
    password_stdin: bool,
    link: str | None,
) -> None:
    """Sign in once; the cookie is kept for the commands of a person.

    Your workspace is remembered if you are in one alone, or if you say which.
    """
    place = address(url)
    if link:
        said = {"link": link.rstrip("/").rpartition("/")[2]}
    elif password_stdin:
        said = {"email": email, "password": sys.stdin.readline().rstrip("\r\n")}
    else:
        password = click.prompt("Password", hide_input=True, err=True)
        said = {"email": email, "password": password}
    session = _begin(place, said)
    if session.email != email.lower():
        _end(place, session)
        raise Refused(
            f"The link signs in {session.email}, not {email}",
            code="wrong_link",
            hint="Links are for one person: ask for one of your own.",
        )
    remote = as_signed(place, session, "")
    session.workspace = workspace or _only_workspace(remote)
    with notebooks.changing() as notebook:
        notebook.url = place
        notebook.sessions[place] = session
    where = f" in “{session.workspace}”" if session.workspace else ""
    click.echo(f"Signed in as {session.email} at {place}{where}")


def _begin(place: str, said: dict[str, str]) -> Signed:
    door = Remote(place, headers={}, workspace="", who="")
    answer: httpx.Response = door.send("POST", f"{place}/api/v1/session", json=said)
    # A cookie for TLS alone is not put into the jar of a client that came without.
    cookies = answer.headers.get("set-cookie", "")
    secret = cookies.removeprefix(f"{COOKIE}=").partition(";")[0]
    return Signed(email=answer.json()["email"], secret=secret)


def _end(place: str, session: Signed) -> None:
    as_signed(place, session, "").ask_instance("DELETE", "session")


def _only_workspace(remote: Remote) -> str:
    mine = remote.ask_instance("GET", "workspaces")["items"]
    return str(mine[0]["slug"]) if len(mine) == 1 else ""


@click.command()
@url_option
def signout(*, url: str | None) -> None:
    """End the session at the server and forget it here, with all that was shown in it."""
    with notebooks.changing() as notebook:
        place = address(url, notebook.url)
        session = notebook.sessions.pop(place, None)
        if notebook.url == place:
            notebook.url = ""
        for name in [name for name in notebook.shown if name.startswith(f"{place}/")]:
            del notebook.shown[name]
    if session is None:
        raise Refused(f"Nobody is signed in at {place}", code="unauthenticated")
    try:
        _end(place, session)
    except Refused as refused:
        if refused.status != httpx.codes.UNAUTHORIZED:  # it has ended there already
            raise
    click.echo(f"Signed out of {place}")
