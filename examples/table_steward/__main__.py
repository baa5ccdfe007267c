"""The command line: `python -m table_steward --url … --key … [--once]`."""

import argparse
import signal
import sys

from signoff_client import Signoff, SignoffError
from table_steward.steward import run

TRIES = 30
"""How often a request is sent: a server that is away for ten minutes is waited for."""


def main() -> int:
    """Run the steward; 0 when it was stopped or done, 1 when the server refuses it.

    When it is stopped it gives the work in hand back.
    """
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Signoff(options.url, options.key, retries=TRIES) as signoff:
            run(
                signoff,
                once=options.once,
                wait=options.wait,
                glob=options.glob,
                say=lambda line: print(line, flush=True),
            )
    except KeyboardInterrupt:
        return 0
    except SignoffError as error:
        print(f"table-steward: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="table_steward", description=__doc__)
    parser.add_argument("--url", help="the server; else SIGNOFF_URL")
    parser.add_argument("--key", help="the agent's API key; else SIGNOFF_KEY")
    parser.add_argument("--once", action="store_true", help="end when there is no work")
    parser.add_argument("--wait", type=float, default=30.0, help="seconds of one long-poll")
    parser.add_argument("--glob", default="*.csv", help="which files of input/ to claim")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
