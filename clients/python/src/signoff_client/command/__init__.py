"""`signoff-agent`: what an agent does, for programs in any language and for shells.

It keeps nothing between two runs. What is written in a work folder is written under its claim,
whose token is asked for anew (a takeover of one's own claim), so any process with the key can
go on where another was.

Exit codes: 0 done, 1 refused or nothing there, 2 wrongly called.
"""

import contextlib
import os
import sys
from collections.abc import Sequence

from signoff_client.command import acts
from signoff_client.command.parsing import parser
from signoff_client.errors import Refused, SignoffError, Unreachable
from signoff_client.sync.client import Signoff

INTERRUPTED = 130

HINTS = {
    "precondition_required": "Say which version you saw with --if-match, or --overwrite any.",
}
"""By code: what a shell says where the server's hint speaks of HTTP."""


def main(words: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    said = parser().parse_args(words)
    try:
        with Signoff(said.url, said.key) as signoff:
            return acts.ACTS[said.act](signoff, said)
    except SignoffError as error:
        _complain(error)
        return 1
    except OSError as error:
        return _broken(error)
    except ValueError as error:
        print(f"signoff-agent: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(error: SignoffError) -> None:
    if isinstance(error, Refused):
        print(acts.shown(f"signoff-agent: {error.detail} ({error.code})"), file=sys.stderr)
        hint = HINTS.get(error.code, error.hint)
        if hint:
            print(acts.shown(f"hint: {hint}"), file=sys.stderr)
        return
    print(acts.shown(f"signoff-agent: {error}"), file=sys.stderr)
    if isinstance(error, Unreachable):
        print(
            "hint: Is the server running, and is --url (or SIGNOFF_URL) right?", file=sys.stderr
        )


def _broken(error: OSError) -> int:
    """Say what is wrong with a file; whoever stopped reading our output needs no word."""
    if isinstance(error, BrokenPipeError):
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    print(f"signoff-agent: {error}", file=sys.stderr)
    return 2
