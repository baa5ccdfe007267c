"""`put`, `get`, `ls`, `mv`, `cp`, `rm`: files over HTTP."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import IO, Any

import click

from signoff.cli.prints import amount, as_json, fields, moment, name_of, plain, print_json, rows
from signoff.cli.remote import Remote, as_anybody, quoted, token_option

PIECE = 256 * 1024

if_match = click.option(
    "--if-match", metavar="ETAG", help="Only if it is still this version: its entity tag."
)
overwrite = click.option("--overwrite", is_flag=True, help="Replace what is there.")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.argument("path")
@if_match
@click.option("--new", is_flag=True, help="Only if there is nothing yet.")
@overwrite
@token_option
@as_json
@as_anybody
def put(
    *,
    remote: Remote,
    files: tuple[str, ...],
    path: str,
    if_match: str | None,
    new: bool,
    overwrite: bool,
    lock_tokens: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write files; several, a folder, or a PATH that ends with / keep their names below PATH.

    FILE may be - for standard input. An agent that replaces a file says which version it saw,
    with --if-match, or --overwrite for any; in a work folder the claim is enough.
    """
    headers = {"If-None-Match": "*"} if new else {}
    if if_match or overwrite:
        headers["If-Match"] = if_match or "*"
    written = []
    for source, target in _targets(files, path):
        tokens = remote.tokens_for(target, given=lock_tokens)
        made = _upload(remote, source, target, headers=headers, tokens=tokens)
        written.append(made)
        if not as_json:
            size = amount(made["size"])
            click.echo(f"{plain(made['path'])}  version {made['version']}, {size}")
    if as_json:
        print_json({"items": written})


def _targets(files: tuple[str, ...], path: str) -> Iterator[tuple[str, str]]:
    inside = len(files) > 1 or path.endswith("/") or path == ""
    for name in files:
        if name != "-" and not Path(name).exists():
            raise click.UsageError(f"There is no file {name}.")
    for name in files:
        source = Path(name)
        if name != "-" and source.is_dir():
            below = f"{path.rstrip('/')}/{source.resolve().name}" if inside else path
            for each in sorted(each for each in source.rglob("*") if each.is_file()):
                yield str(each), f"{below}/{each.relative_to(source).as_posix()}"
        elif inside and name == "-":
            raise click.UsageError("Standard input has no name: say the whole PATH.")
        else:
            yield name, f"{path.rstrip('/')}/{source.name}" if inside else path


def _upload(
    remote: Remote,
    source: str,
    target: str,
    *,
    headers: dict[str, str],
    tokens: tuple[str, ...],
) -> Any:
    with click.open_file(source, "rb") as data:
        return remote.ask(
            "PUT",
            f"files/{quoted(target)}",
            content=iter(partial(data.read, PIECE), b""),
            headers=headers | _length(data),
            tokens=tokens,
        )


def _length(data: IO[bytes]) -> dict[str, str]:
    """Say how long a regular file is; a pipe does not know, and is sent in chunks."""
    try:
        known = os.fstat(data.fileno())
    except OSError:
        return {}
    return {"Content-Length": str(known.st_size)} if S_ISREG(known.st_mode) else {}


@click.command()
@click.argument("path")
@click.option("--out", "-o", metavar="FILE", default="-", help="Where to; else stdout.")
@click.option("--version", type=click.IntRange(1), help="An earlier version.")
@as_anybody
def get(*, remote: Remote, path: str, out: str, version: int | None) -> None:
    """Read a file to standard output, or with -o to a file, which is there whole or not."""
    params = {"version": version} if version else {}
    with remote.stream(path, params=params) as answer:
        if out == "-":
            _copy_out(answer.iter_bytes())
            return
        target = Path(out)
        if target.is_dir():
            target /= path.rstrip("/").rpartition("/")[2]
        _save(answer.iter_bytes(), target)


def _copy_out(pieces: Iterator[bytes]) -> None:
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # whoever read it has read enough
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _save(pieces: Iterator[bytes], target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        part.replace(target)
    except OSError as error:
        raise click.FileError(str(target), error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)


@click.command()
@click.argument("path", default="")
@as_json
@as_anybody
def ls(*, remote: Remote, path: str, as_json: bool) -> None:
    """List a folder; the workspace's top unless told."""
    items = list(remote.pages(f"tree/{quoted(path)}", limit=1000))
    if as_json:
        print_json({"items": items})
        return
    lines = [
        (
            "" if item["type"] == "folder" else amount(item["size"]),
            moment(item["modified_at"]),
            item["name"] + ("/" if item["type"] == "folder" else ""),
            _notes(item),
        )
        for item in items
    ]
    rows(("size", "modified", "name", ""), lines)


def _notes(item: dict[str, Any]) -> str:
    said = [item["handoff"]] if "handoff" in item else []
    for hold, word in (("claim", "claimed by"), ("lock", "locked by")):
        if hold in item:
            until = moment(item[hold]["expires_at"])
            said.append(f"{word} {name_of(item[hold]['holder'])} until {until}")
    return ", ".join(said)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@if_match
@overwrite
@token_option
@as_json
@as_anybody
def mv(*, remote: Remote, source: str, target: str, **rest: Any) -> None:
    """Move or rename a file or folder; between stages this submits, withdraws or decides."""
    _transfer(remote, "moves", source, target, **rest)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@if_match
@overwrite
@token_option
@as_json
@as_anybody
def cp(*, remote: Remote, source: str, target: str, **rest: Any) -> None:
    """Copy a file or folder; into needs-review/ this submits the copy."""
    _transfer(remote, "copies", source, target, **rest)


def _transfer(
    remote: Remote,
    route: str,
    source: str,
    target: str,
    *,
    if_match: str | None,
    overwrite: bool,
    lock_tokens: tuple[str, ...],
    as_json: bool,
) -> None:
    if target.endswith("/"):
        target += source.rstrip("/").rpartition("/")[2]
    done = remote.ask(
        "POST",
        route,
        json={"from": source, "to": target, "overwrite": overwrite},
        headers={"If-Match": if_match} if if_match else {},
        tokens=remote.tokens_for(source, target, given=lock_tokens),
    )
    if as_json:
        print_json(done)
        return
    fields((("path", done["path"]), ("handoff", done.get("handoff", ""))))


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@if_match
@click.option("--force", is_flag=True, help="Whichever version it is by now.")
@token_option
@as_anybody
def rm(
    *,
    remote: Remote,
    paths: tuple[str, ...],
    if_match: str | None,
    force: bool,
    lock_tokens: tuple[str, ...],
) -> None:
    """Put files or folders into the trash, from where they can be restored for thirty days."""
    seen = if_match or ("*" if force else None)
    for path in paths:
        remote.ask(
            "DELETE",
            f"files/{quoted(path)}",
            headers={"If-Match": seen} if seen else {},
            tokens=remote.tokens_for(path, given=lock_tokens),
        )
        click.echo(f"{plain(path)} is in the trash")
