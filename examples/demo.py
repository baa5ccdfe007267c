"""`make run`: a server with a demo workspace, the table steward at work on real data, a link.

Everything lies in `demo-data/`; delete the folder to begin anew. Ctrl-C ends it all.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("SIGNOFF_DATA", HERE.parent / "demo-data"))
SIGNOFF = Path(sys.executable).with_name("signoff")
PORT = int(os.environ.get("SIGNOFF_PORT", "8484"))
KEYS = DATA / "demo-keys.json"
WORKSPACE = "demo"
PEOPLE = (("ada@example.org", "Ada", "owner"), ("ben@example.org", "Ben", "reviewer"))
READY_WITHIN = 20
HEARS_WITHIN = 3
"""Seconds after which the steward looks again for what was sent back: somebody is watching."""


def main() -> int:
    """Set up what is missing, start server and steward, print the link, wait for the end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    port = _free(PORT)
    environment = {
        **os.environ,
        "SIGNOFF_DATA": str(DATA),
        "SIGNOFF_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    print("Setting up the demo workspace …", flush=True)
    keys = _found(environment)
    server = subprocess.Popen(
        [SIGNOFF, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    running = [server]
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, server)
        delivered = _deliver(url, keys["courier"])
        link = _run(environment, "user", "link", PEOPLE[0][0]).strip()
        _welcome(url, link, delivered)
        running.append(_start_steward(url, keys["table-steward"]))
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for process in reversed(running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(READY_WITHIN)


def _found(environment: dict[str, str]) -> dict[str, str]:
    """Make workspace, people and agents, once."""
    if KEYS.exists():
        keys: dict[str, str] = json.loads(KEYS.read_text())
        return keys
    _run(environment, "workspace", "create", WORKSPACE)
    for email, name, role in PEOPLE:
        _run(environment, "user", "create", email, "--name", name)
        _run(environment, "member", "set", WORKSPACE, email, role)
    keys = {
        name: _run(
            environment, "agent", "create", WORKSPACE, name, "--owner", PEOPLE[1][0]
        ).strip()
        for name in ("table-steward", "courier")
    }
    KEYS.touch(mode=0o600)
    KEYS.write_text(json.dumps(keys))
    return keys


def _run(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [SIGNOFF, *words], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"signoff {' '.join(words)} said: {done.stderr.strip()}")
    return done.stdout


def _free(wanted: int) -> int:
    """Return the wanted port, or the next free one above it."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    return wanted


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            sys.exit("The server did not start; run `signoff serve` to see why.")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"The server did not answer within {READY_WITHIN} s.")


def _deliver(url: str, key: str) -> int:
    """Put the messy files into input/, as a courier agent; files that came before stay.

    They are claimed in the order in which they come: the first that is handed over is done.
    """
    files = sorted((HERE / "data" / "messy").glob("*.csv"), reverse=True)
    new = 0
    for file in files:
        target = f"{url}/api/v1/workspaces/{WORKSPACE}/files/input/{file.name}"
        request = urllib.request.Request(
            target,
            data=file.read_bytes(),
            method="PUT",
            headers={
                "Authorization": f"Bearer {key}",
                "If-None-Match": "*",
                "Content-Type": "text/csv",
            },
        )
        marker = DATA / "delivered" / file.name
        if marker.exists():
            continue
        try:
            with urllib.request.urlopen(request, timeout=30):
                new += 1
        except urllib.error.HTTPError as refusal:
            if refusal.code != 412:
                raise
        marker.parent.mkdir(exist_ok=True)
        marker.touch()
    return new


def _start_steward(url: str, key: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "SIGNOFF_URL": url,
        "SIGNOFF_KEY": key,
    }
    hears = ["--wait", str(HEARS_WITHIN)]
    return subprocess.Popen([sys.executable, "-m", "table_steward", *hears], env=environment)


def _welcome(url: str, link: str, delivered: int) -> None:
    work = (
        f"{delivered} messy tables came into input/; the table steward cleans them"
        " and hands each over to you."
        if delivered
        else "The table steward waits for your verdicts. Put a CSV file into input/ for more:"
        f"\n  {url}/w/{WORKSPACE}/files/input"
    )
    print(
        f"""
Signoff runs at {url}

  Sign in as Ada (once, within a day):  {link}

{work}
Approve one, send one back with a reason (“dates are day first”), answer a question.
Ctrl-C ends it; `make run` goes on where it was. Delete {DATA.name}/ to begin anew.
What the steward does:
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
