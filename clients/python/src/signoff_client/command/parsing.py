"""The words of the command: names and options are those of the server's own `signoff`."""

import argparse
import re
from pathlib import Path
from typing import Any

import msgspec

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
SEVERITIES = ("note", "warning", "critical")


def seconds(raw: str) -> int:
    """Return the seconds of a time that was typed: 90, 10m or 2h."""
    found = re.fullmatch(r"([0-9]{1,6})([smh]?)", raw)
    if found is None:
        raise argparse.ArgumentTypeError(f"{raw} is no time: write 90, 10m or 2h")
    return int(found[1]) * _UNITS[found[2]]


def an_id(raw: str) -> str:
    """Return the id that was typed, or that ends the address of a page that was pasted."""
    name = raw.rstrip("/").rpartition("/")[2]
    if not re.fullmatch(r"[a-z]{2}_[0-9A-Za-z_-]+", name):
        raise argparse.ArgumentTypeError(f"“{raw}” is no id")
    return name


def an_object(raw: str) -> dict[str, Any]:
    """Return a JSON object that was typed, or that the file of `@FILE` holds."""
    try:
        text = Path(raw[1:]).read_bytes() if raw.startswith("@") else raw.encode()
        return msgspec.json.decode(text, type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeError) as error:
        raise argparse.ArgumentTypeError(f"{raw} is no JSON object: {error}") from None


def a_flag(raw: str) -> dict[str, str]:
    """Return a flag that was typed as MESSAGE or SEVERITY:MESSAGE."""
    severity, colon, message = raw.partition(":")
    if colon and severity in SEVERITIES:
        return {"severity": severity, "message": message.strip()}
    return {"severity": "warning", "message": raw}


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    top = argparse.ArgumentParser(
        prog="signoff-agent", description="Take work, hand it to people, go on with the answer."
    )
    top.add_argument("--url", help="the server; else SIGNOFF_URL")
    top.add_argument("--key", help="an agent's API key; better in SIGNOFF_KEY")
    acts = top.add_subparsers(dest="act", metavar="ACT", required=True)
    _claims(acts)
    _files(acts)
    _submissions(acts)
    _answers(acts)
    return top


def _act(acts: Any, name: str, help_: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = acts.add_parser(name, help=help_, description=help_)
    return made


def _json(act: argparse.ArgumentParser) -> None:
    act.add_argument("--json", action="store_true", help="print JSON")


def _quiet(act: argparse.ArgumentParser, what: str) -> None:
    act.add_argument("-q", "--quiet", action="store_true", help=f"print only {what}")


def _claims(acts: Any) -> None:
    claim = _act(acts, "claim", "Claim a piece of work; exit with 1 when there is none.")
    claim.add_argument("--stage", choices=("input", "feedback"), help="both unless told")
    claim.add_argument("--path", help="this piece of work and no other")
    claim.add_argument(
        "--glob", help="whose path fits: *.csv, or input/**/*.csv for new work alone"
    )
    claim.add_argument("--lease", type=seconds, metavar="TIME", help="e.g. 10m, 2h")
    claim.add_argument("--wait", type=seconds, default=0, metavar="TIME", help="wait for work")
    _quiet(claim, "the path of the work")
    _json(claim)
    for name, help_ in (
        ("renew", "Begin a claim's lease anew."),
        ("release", "Give work back as it was claimed."),
    ):
        act = _act(acts, name, help_)
        act.add_argument("claim", help="the claim's id, or a path in its work folder")


def _files(acts: Any) -> None:
    read = _act(acts, "read", "Read a file to standard output, or with -o to a file.")
    read.add_argument("path")
    read.add_argument("-o", "--out", metavar="FILE", default="-")
    read.add_argument("--version", type=int, help="an earlier version")
    put = _act(acts, "put", "Write a file; in a work folder under its claim.")
    put.add_argument("file", help="FILE, or - for standard input")
    put.add_argument("path")
    put.add_argument("--if-match", metavar="ETAG", default="", help="only if it is still this")
    put.add_argument("--new", action="store_true", help="only if there is nothing yet")
    put.add_argument("--overwrite", action="store_true", help="replace what is there")
    _json(put)


def _submissions(acts: Any) -> None:
    for name, help_ in (
        ("submit", "Put paths in front of people, to be approved, as one package."),
        ("escalate", "Say that you are stuck and what you need; answers come back as data."),
        ("hand-over", "Let a person go on with the work."),
    ):
        act = _act(acts, name, help_)
        act.add_argument("paths", nargs="+", metavar="PATH")
        act.add_argument("--needs", required=name == "escalate", help="what you need")
        act.add_argument("--title", help="what people read first")
        act.add_argument("--summary", help="what was done and what to look at, in Markdown")
        act.add_argument("--confidence", type=float, help="from 0 to 1")
        act.add_argument("--flag", dest="flags", type=a_flag, action="append")
        act.add_argument("--question", dest="questions", type=an_object, action="append")
        act.add_argument("--reviewer", dest="reviewers", action="append")
        act.add_argument("--dedupe-key", help="not again while one with this key is open")
        act.add_argument("--context", type=an_object, default={}, help="more, as JSON or @FILE")
        _quiet(act, "the handoff's id")
        _json(act)


def _answers(acts: Any) -> None:
    wait = _act(acts, "wait", "Wait for a decision; exit with 1 when time is over.")
    wait.add_argument("handoff", type=an_id)
    wait.add_argument("--timeout", type=seconds, metavar="TIME", help="for ever unless told")
    wait.add_argument("--after-round", type=int, help="a decision of a later round")
    _json(wait)
    feedback = _act(acts, "feedback", "Print what people said of a handoff.")
    feedback.add_argument("handoff", type=an_id)
    _json(feedback)
    events = _act(
        acts, "events", "Print what happens as JSON, one event a line, as it happens."
    )
    events.add_argument("--after", type=int, help="from this position on; else from now on")
    events.add_argument("--type", dest="types", action="append", default=[])
