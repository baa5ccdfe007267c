"""`/openapi.json`, and `/api/docs`: the same as a page that needs no script."""

import base64
import hashlib
import html
import re
from functools import cache
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from signoff.asgi.answers import JSON, Headers, answer
from signoff.rest import openapi

Json = dict[str, Any]

STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem;
  margin: 0 auto; padding: 2rem 1rem; }
h1 { margin: 0 0 .5rem; } h2 { margin: 3rem 0 .5rem; border-bottom: 1px solid var(--line); }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line);
  border-radius: .375rem; }
details { border-bottom: 1px solid var(--line); padding: .5rem 0; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
td, th { padding: .25rem .75rem .25rem 0; vertical-align: top; }
nav a { margin-right: .75rem; } a { color: LinkText; }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
PAGE_HEADERS: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
]


async def document(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Serve the OpenAPI document."""
    headers = [JSON, (b"cache-control", b"no-cache"), (b"access-control-allow-origin", b"*")]
    await _get(scope, send, openapi.encoded(), headers)


async def page(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """Serve the reference as a page."""
    await _get(scope, send, rendered(), PAGE_HEADERS)


async def _get(scope: Scope, send: Send, body: bytes, headers: Headers) -> None:
    if scope["method"] not in ("GET", "HEAD"):
        await answer(send, 405, b"", [(b"allow", b"GET, HEAD")])
        return
    await answer(send, 200, body, headers)


@cache
def rendered() -> bytes:
    """Return the page."""
    said = openapi.document()
    by_tag: dict[str, list[str]] = {tag["name"]: [] for tag in said["tags"]}
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            by_tag[operation["tags"][0]].append(_operation(method, path, operation))
    links = "".join(f'<a href="#{tag}">{_title(tag)}</a>' for tag in (*by_tag, "shapes"))
    parts = [
        f'<h2 id="{tag["name"]}">{_title(tag["name"])}</h2>'
        f"<p>{html.escape(tag['description'])}</p>{''.join(by_tag[tag['name']])}"
        for tag in said["tags"]
    ]
    shapes = "".join(
        f'<details id="{name}"><summary><code>{name}</code></summary>{_pretty(schema)}'
        "</details>"
        for name, schema in said["components"]["schemas"].items()
    )
    info = said["info"]
    whole = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{info['title']} API</title><style>{STYLE}</style></head><body>"
        f"<h1>{info['title']} API {info['version']}</h1>{_text(info['description'])}"
        f'<p><a href="/openapi.json">openapi.json</a></p><nav>{links}</nav>'
        f'<main>{"".join(parts)}<h2 id="shapes">Shapes</h2>{shapes}</main></body></html>'
    )
    return whole.encode()


def _title(name: str) -> str:
    return html.escape(name.replace("_", " ").capitalize())


def _text(text: str) -> str:
    """Show a text with its `code` as such."""
    return "<p>" + re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text)) + "</p>"


def _operation(method: str, path: str, said: Json) -> str:
    rows = "".join(_parameter(one) for one in said["parameters"])
    table = f"<table><tr><th>Name</th><th>In</th><th>Says</th></tr>{rows}</table>"
    body = said.get("requestBody")
    answers = "".join(
        f"<tr><td><code>{status}</code></td><td>{_answer(one)}</td></tr>"
        for status, one in said["responses"].items()
    )
    return (
        f'<details id="{said["operationId"]}"><summary><b>{method.upper()}</b> '
        f"<code>{html.escape(path)}</code><br>{html.escape(said['summary'])}</summary>"
        f"{table if rows else ''}{_body(body) if body else ''}"
        f"<table><tr><th>Status</th><th>Answer</th></tr>{answers}</table></details>"
    )


def _parameter(said: Json) -> str:
    text = said.get("description") or said["schema"].get("description", "")
    must = " (required)" if said.get("required") else ""
    kind = said["schema"].get("type", "")
    default = said["schema"].get("default")
    more = f" {kind}" if isinstance(kind, str) else ""
    more += f", {default} by default" if default not in (None, "") else ""
    return (
        f"<tr><td><code>{html.escape(said['name'])}</code>{must}</td><td>{said['in']}</td>"
        f"<td>{html.escape(text + more)}</td></tr>"
    )


def _body(said: Json) -> str:
    shown = "".join(
        f"<p>Body, <code>{html.escape(kind)}</code>:</p>{_example(content)}"
        f"{_pretty(content['schema'])}"
        for kind, content in said["content"].items()
    )
    return (_text(said["description"]) if said.get("description") else "") + shown


def _example(content: Json) -> str:
    return _pretty(content["example"]) if "example" in content else ""


def _answer(said: Json) -> str:
    if "$ref" in said:
        return "A problem."
    kinds = [
        f"<code>{html.escape(kind)}</code>{_pretty(content['schema'])}"
        for kind, content in said.get("content", {}).items()
    ]
    return html.escape(said["description"]) + "".join(kinds)


def _pretty(value: object) -> str:
    """Show JSON, with a link at every shape that it names."""
    text = html.escape(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    linked = re.sub(r"&quot;#/components/schemas/([\w.]+)&quot;", r'<a href="#\1">\1</a>', text)
    return f"<pre>{linked}</pre>"
