"""What monitoring reads: counts in the Prometheus text format, nothing of anybody.

No path, workspace or actor is ever a label, so the page may be read by whoever reaches it.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable

from msgspec import Struct

from signoff.domain.errors import Code

PREFIX = "signoff_"
TEXT = b"text/plain; version=0.0.4; charset=utf-8"

HELP: dict[str, tuple[str, str]] = {
    "requests_total": ("counter", "Answered requests by door and status."),
    "request_seconds_total": ("counter", "Time spent on requests by door."),
    "refusals_total": ("counter", "Refusals by code."),
    "up_seconds": ("gauge", "Time since the server was started."),
    "acts_total": ("counter", "Acts that came to a commit or were refused."),
    "commits_total": ("counter", "Commits; fewer than acts where acts share them."),
    "waiting_acts": ("gauge", "Acts that wait for their turn."),
    "follower_lag_entries": ("gauge", "Entries of the log that a follower has not read."),
    "follower_lag_seconds": ("gauge", "Age of the oldest entry that a follower has not read."),
    "wal_bytes": ("gauge", "Size of SQLite's write-ahead log."),
}


class FollowerLag(Struct, frozen=True, kw_only=True):
    """How far a follower of the log is behind, over all workspaces."""

    name: str
    entries: int
    seconds: float


def _of(lag: FollowerLag) -> str:
    return f'{{follower="{lag.name}"}}'


class Metrics:
    """Counts since the server was started."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.requests: Counter[tuple[str, int]] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.refusals: Counter[Code] = Counter()

    def refused(self, code: Code) -> None:
        """Count a refusal."""
        self.refusals[code] += 1

    def page(self, store: dict[str, float], followers: Iterable[FollowerLag] = ()) -> bytes:
        """Return everything, with what the store and the log's followers say of themselves."""
        behind = tuple(followers)
        values: list[tuple[str, str, float]] = [
            ("up_seconds", "", time.monotonic() - self.started),
            *((name, "", value) for name, value in sorted(store.items())),
            *(("follower_lag_entries", _of(each), each.entries) for each in behind),
            *(("follower_lag_seconds", _of(each), each.seconds) for each in behind),
            *(
                ("requests_total", f'{{door="{door}",status="{status}"}}', count)
                for (door, status), count in sorted(self.requests.items())
            ),
            *(
                ("request_seconds_total", f'{{door="{door}"}}', round(spent, 6))
                for door, spent in sorted(self.seconds.items())
            ),
            *(
                ("refusals_total", f'{{code="{code}"}}', count)
                for code, count in sorted(self.refusals.items())
            ),
        ]
        lines = []
        told = ""
        for name, labels, value in values:
            if name != told:
                kind, sentence = HELP[name]
                lines += [f"# HELP {PREFIX}{name} {sentence}", f"# TYPE {PREFIX}{name} {kind}"]
                told = name
            lines.append(f"{PREFIX}{name}{labels} {value:g}")
        return ("\n".join(lines) + "\n").encode()
