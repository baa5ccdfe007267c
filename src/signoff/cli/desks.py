"""`inbox`, `show`, `take`, `recall`, `comment`: what waits for a person, and what is in it."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from signoff.cli import notebooks
from signoff.cli.claims import comment_line
from signoff.cli.notebooks import Shown
from signoff.cli.prints import (
    amount,
    as_json,
    block,
    decided,
    fields,
    handed,
    moment,
    name_of,
    print_json,
    rows,
    state_of,
    under_review,
)
from signoff.cli.remote import Refused, Remote, an_id, as_person


@click.command()
@click.option("--mine", is_flag=True, help="Only what you were asked for by name or group.")
@click.option("--quiet", "-q", is_flag=True, help="Print only the handoffs' ids.")
@as_json
@as_person
def inbox(*, remote: Remote, mine: bool, quiet: bool, as_json: bool) -> None:
    """List what waits for people: due first, then what has waited longest."""
    params = {"state": "in_review"} | ({"reviewer": "me"} if mine else {})
    items = list(remote.pages("handoffs", **params))
    if as_json:
        print_json({"items": items})
        return
    if quiet:
        for item in items:
            click.echo(item["id"])
        return
    if not items:
        click.echo("Nothing waits for you.")
        return
    news = remote.pages("notifications", unread="true")
    unread = {told["handoff"] for told in news if "handoff" in told}
    lines = [
        (
            item["id"],
            item["kind"],
            item["title"],
            name_of(item["submitted_by"]),
            moment(item["opened_at"]),
            moment(item["due_at"]),
            "new" if item["id"] in unread else "",
            "" if item["taken_by"] is None else f"taken by {item['taken_by']['name']}",
        )
        for item in items
    ]
    rows(("handoff", "kind", "title", "from", "since", "due", "", ""), lines)


@click.command()
@click.argument("handoff", type=an_id)
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also save the package's files here, checked against the digest.",
)
@as_json
@as_person
def show(*, remote: Remote, handoff: str, save: Path | None, as_json: bool) -> None:
    """Show a handoff whole. A decision names the digest and round that this showed."""
    seen = remote.ask("GET", f"handoffs/{handoff}")
    files = list(_files(remote, seen))
    if save is not None:
        _save(remote, seen, files, save)
    if as_json:
        print_json({**seen, "files": files})
    else:
        comments = list(remote.pages(f"handoffs/{handoff}/comments"))
        _print(seen, files, comments)
    with notebooks.changing() as notebook:
        notebook.shown.pop(key_of(remote, handoff), None)  # the newest come last
        notebook.shown[key_of(remote, handoff)] = Shown(
            digest=seen["digest"], round=seen["round"], answers=_types(seen)
        )


def key_of(remote: Remote, handoff: str) -> str:
    """Return under which name it is remembered what a person was shown."""
    return f"{remote.place} {remote.who} {handoff}"


def _types(seen: dict[str, Any]) -> dict[str, str]:
    schemas = {one["id"]: one.get("schema") or {} for one in seen["questions"]}
    return {name: str(schema.get("type", "")) for name, schema in schemas.items()}


def _files(remote: Remote, seen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if seen["files_count"] <= len(seen["files"]):
        yield from seen["files"]
    else:
        yield from remote.pages(f"handoffs/{seen['id']}/files")


def _print(
    seen: dict[str, Any], files: list[dict[str, Any]], comments: list[dict[str, Any]]
) -> None:
    confidence = seen["confidence"]
    fields(
        (
            ("handoff", seen["id"]),
            ("title", seen["title"]),
            ("kind", seen["kind"]),
            ("state", f"{state_of(seen)}, round {seen['round']}"),
            ("from", name_of(seen["submitted_by"])),
            ("since", moment(seen["opened_at"])),
            ("due", moment(seen["due_at"])),
            ("confidence", "" if confidence is None else f"{confidence:.0%}"),
            ("path", seen["path"]),
            ("digest", seen["digest"]),
            ("page", seen["url"]),
        )
    )
    block("Summary", seen["summary"])
    block("Needs", seen["needs"] or "")
    block("Questions", "\n".join(_question(one) for one in seen["questions"]))
    block("Flags", "\n".join(_flag(one) for one in seen["flags"]))
    block("What the agent did", "\n".join(seen["actions"]))
    block("To check", "\n".join(seen["checklist"]))
    block("Comments", "\n".join(comment_line(one) for one in comments))
    click.echo()
    lines = [(one["path"], amount(one["size"]), one["media_type"]) for one in files]
    rows(("file", "size", "type"), lines)
    if seen["decision"]:
        click.echo()
        decided(seen)
    if seen["verdicts"] and under_review(seen):
        click.echo(f"\nVerdicts: {', '.join(v.replace('_', '-') for v in seen['verdicts'])}")


def _question(one: dict[str, Any]) -> str:
    schema = one.get("schema") or {}
    choices = " | ".join(str(value) for value in schema.get("enum", ()))
    wanted = choices or schema.get("type", "")
    return f"{one['id']}: {one['text']}" + (f" [{wanted}]" if wanted else "")


def _flag(one: dict[str, Any]) -> str:
    anchor = " ".join(f"{name} {value}" for name, value in (one.get("anchor") or {}).items())
    where = " ".join(part for part in (one.get("file") or "", anchor) if part)
    severity = one.get("severity", "note")
    return f"{severity}: {one.get('message', '')}" + (f" ({where})" if where else "")


def _save(
    remote: Remote, seen: dict[str, Any], files: list[dict[str, Any]], folder: Path
) -> None:
    """Save exactly the bytes that the digest covers, or refuse."""
    root = folder.resolve()
    for file in files:
        source, name = _source(remote, seen, file["path"])
        target = (root / name).resolve()
        if not target.is_relative_to(root):
            raise Refused(f"{file['path']} leads out of {folder}", code="invalid_path")
        with remote.stream(source) as answer:
            data = answer.read()
        if f"sha256:{sha256(data).hexdigest()}" != file["digest"]:
            raise Refused(
                f"{file['path']} changed while it was read",
                code="digest_mismatch",
                hint="Show it again.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _source(remote: Remote, seen: dict[str, Any], name: str) -> tuple[str, str]:
    """Return where a file of the package lies, and what to call it (RULES 6)."""
    path = str(seen["path"])
    if name not in ("file", "sidecar"):
        return f"{path}/{name}", name
    if name == "file":
        return path, path.rpartition("/")[2]
    above = path.rpartition("/")[0]
    digest = next(one["digest"] for one in seen["files"] if one["path"] == name)
    for item in remote.pages(f"tree/{above}", limit=1000):
        if item["digest"] == digest and item["path"] != path:
            return item["path"], item["name"]
    raise Refused("The sidecar is not where it was", code="not_found", hint="Show it again.")


@click.command()
@click.argument("handoff", type=an_id)
@as_json
@as_person
def take(*, remote: Remote, handoff: str, as_json: bool) -> None:
    """Take a review on yourself, so that others see that you are at it."""
    _done(remote.ask("POST", f"handoffs/{handoff}/take"), as_json=as_json)


@click.command()
@click.argument("handoff", type=an_id)
@click.option("--reason", required=True, help="Why.")
@as_json
@as_person
def recall(*, remote: Remote, handoff: str, reason: str, as_json: bool) -> None:
    """Take what was decided back into review, as the next round; the old decision is kept."""
    body = {"reason": reason}
    _done(remote.ask("POST", f"handoffs/{handoff}/recall", json=body), as_json=as_json)


def _done(seen: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(seen)
    else:
        handed(seen)


@click.command()
@click.argument("handoff", type=an_id)
@click.argument("text")
@click.option("--file", help="Which file of the package.")
@click.option("--line", type=click.IntRange(1), help="A line of it.")
@click.option("--row", type=click.IntRange(1), help="A row of a table.")
@click.option("--column", help="A column of a table.")
@click.option("--page", type=click.IntRange(1), help="A page.")
@as_json
@as_person
def comment(
    *, remote: Remote, handoff: str, text: str, file: str | None, as_json: bool, **place: Any
) -> None:
    """Write a comment on a handoff, on a file of it, or on a place in the file."""
    anchor = {name: value for name, value in place.items() if value is not None}
    body = {"text": text, "file": file, "anchor": anchor or None}
    said = {name: value for name, value in body.items() if value is not None}
    made = remote.ask("POST", f"handoffs/{handoff}/comments", json=said)
    if as_json:
        print_json(made)
    else:
        click.echo(f"{made['id']} is written")
