"""Markdown, made safe twice: raw HTML is never parsed, and what is made is cleaned."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from signoff.web.previews.marks import Mark, pins
from signoff.web.previews.texts import visible

Resolve = Callable[[str], str | None]
"""From a path relative to the document to the URL that serves it, or None."""

TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "img"),
    *("li", "ol", "p", "pre", "s", "span", "strong", "ul"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}
ATTRIBUTES = {
    "*": {"id"},
    "a": {"href", "title", "class", "aria-label"},
    "img": {"src", "alt", "title", "loading"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
    "span": {"class"},
}
SCHEMES = {"http", "https", "mailto"}
ABSOLUTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|\\")
OWN_ID = re.compile(r"line-\d{1,9}|flag-\d{1,9}")
OWN_CLASS = re.compile(r"pin (critical|warning|note)|elsewhere")
MOST_CHARACTERS = 96 * 1024
LONGEST_PARAGRAPH = 4 * 1024
"""Brackets cost the square of their number within a paragraph."""

FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def render(
    text: str,
    marks: Sequence[Mark] = (),
    *,
    resolve: Resolve | None = None,
    anchored: bool = True,
) -> Markup:
    """Return Markdown as HTML without scripts, styles or anything fetched from elsewhere.

    Blocks carry `line-N` of the line where they begin, unless the text is not `anchored`
    because another stands on the same page. Relative pictures and links go through
    `resolve`; a picture that it does not know, or that lies elsewhere, is named instead.
    """
    front = FRONT_MATTER.match(text)
    before = front.group(0).count("\n") if front else 0
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(text[front.end() :] if front else text)
    for token in tokens:
        _demote(token)
        _align(token)
        for child in token.children or ():
            _rewrite(child, resolve or _nowhere)
    if anchored:
        _anchor(tokens, before)
    made = parser.renderer.render(_pinned(tokens, marks, before), parser.options, {})
    cleaned = Markup(_clean(made))  # noqa: S704
    if front is None:
        return cleaned
    return Markup('<pre class="front">{}</pre>{}').format(visible(front.group(1)), cleaned)


def fits(text: str) -> bool:
    """Say whether Markdown is short enough to be laid out in a fraction of a second."""
    if len(text) > MOST_CHARACTERS:
        return False
    length = 0
    for line in text.splitlines():
        length = length + len(line) if line.strip() and line[0] != "|" else 0
        if max(length, len(line)) > LONGEST_PARAGRAPH:
            return False
    return True


def _clean(made: str) -> str:
    return nh3.clean(
        made,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_filter,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "id":
        return value if OWN_ID.fullmatch(value) else None
    if attribute == "class":
        return value if OWN_CLASS.fullmatch(value) else None
    if attribute == "align":
        return value if value in {"left", "center", "right"} else None
    if attribute == "src" and (tag != "img" or ABSOLUTE.match(value)):
        return None
    return value


def _anchor(tokens: Sequence[Token], before: int) -> None:
    """Name blocks after the lines where they begin; of those on one line, the outermost."""
    named: set[int] = set()
    for token in tokens:
        if not token.map or token.nesting < 0 or not token.tag or token.hidden:
            continue
        line = token.map[0] + before + 1
        if line not in named:
            named.add(line)
            token.attrSet("id", f"line-{line}")


def _demote(token: Token) -> None:
    """Move headings two levels down: the page has its own first and second."""
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def _align(token: Token) -> None:
    """Say how a cell is aligned in an attribute: pages allow no styles."""
    style = str(token.attrs.pop("style", ""))
    if style.startswith("text-align:"):
        token.attrSet("align", style.removeprefix("text-align:"))


def _rewrite(token: Token, resolve: Resolve) -> None:
    """Point a picture or a link at what we serve, or say in words what it was."""
    if token.type == "image":
        source = str(token.attrGet("src") or "")
        known = None if ABSOLUTE.match(source) else resolve(unquote(source))
        if known is None or ABSOLUTE.match(known):
            _name_instead(token)
        else:
            token.attrSet("src", known)
            token.attrSet("loading", "lazy")
    elif token.type == "link_open":
        target = str(token.attrGet("href") or "")
        if not ABSOLUTE.match(target) and not target.startswith("#"):
            known = resolve(unquote(target))
            if known is None:
                token.attrs.pop("href", None)
            else:
                token.attrSet("href", known)


def _name_instead(token: Token) -> None:
    name = token.content or "without a name"
    token.type, token.tag, token.children = "text", "", None
    token.content = f"[picture not shown: {name}]"


def _pinned(tokens: Sequence[Token], marks: Sequence[Mark], before: int) -> list[Token]:
    """Put each mark into the innermost block that its line lies in."""
    tokens = list(tokens)
    for mark in marks:
        line = mark.anchor.line
        inlines = [t for t in tokens if t.type == "inline" and t.map]
        if line is None or not inlines:
            continue
        at = line - before - 1
        home = next((t for t in inlines if t.map and t.map[0] <= at < t.map[1]), None)
        if home is None:
            home = min(inlines, key=lambda t: abs(t.map[0] - at) if t.map else 0)
        pin = Token("html_inline", "", 0)
        pin.content = str(pins((mark,)))
        home.children = [pin, *(home.children or ())]
    return tokens


def _nowhere(_path: str) -> None:
    return None
