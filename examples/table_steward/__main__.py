"""The command line: `python -m table_steward --url … --key … [--workspace SLUG] [--once]`."""

import argparse
import os
import signal
import sys
import threading
from types import FrameType

import httpx

from table_steward.client import Refused, Stopped, Workspace
from table_steward.steward import run


def main() -> int:
    """Run the steward; 0 when it was stopped or done, 1 when the server refuses it."""
    options = _options()
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        # Work in hand is finished first, unless a second signal insists: either is safe.
        if workspace.idle or stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    workspace = Workspace(options.url, key=options.key, workspace=options.workspace, stop=stop)
    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    try:
        run(
            workspace,
            stop=stop,
            once=options.once,
            wait=options.wait,
            glob=options.glob,
            say=lambda line: print(line, flush=True),
        )
    except (Stopped, KeyboardInterrupt):
        return 0
    except (Refused, httpx.TransportError) as error:
        print(f"table-steward: {error}", file=sys.stderr)
        return 1
    finally:
        workspace.close()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="table_steward", description=__doc__)
    env = os.environ.get
    parser.add_argument("--url", default=env("SIGNOFF_URL", "http://127.0.0.1:8484"))
    parser.add_argument("--key", default=env("SIGNOFF_KEY", ""), help="the agent's API key")
    parser.add_argument(
        "--workspace",
        default=env("SIGNOFF_WORKSPACE", ""),
        help="its slug; by default the one that the key names",
    )
    parser.add_argument("--once", action="store_true", help="end when there is no work")
    parser.add_argument("--wait", type=float, default=5.0, help="seconds of one long-poll")
    parser.add_argument("--glob", default="*.csv", help="which files of input/ to claim")
    options = parser.parse_args()
    if not options.key:
        parser.error("an API key is needed: --key or SIGNOFF_KEY")
    # A key names its workspace: so_<workspace>_<secret>, and a slug has no underscore.
    options.workspace = options.workspace or "_".join(options.key.split("_")[1:2])
    if not options.workspace:
        parser.error("a workspace is needed: --workspace or SIGNOFF_WORKSPACE")
    return options


if __name__ == "__main__":
    sys.exit(main())
