"""What a fragment may hold, judged by a parser and not by patterns."""

from html.parser import HTMLParser

TAGS = frozenset(
    [
        "a",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "del",
        "div",
        "em",
        "figcaption",
        "figure",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "img",
        "ins",
        "li",
        "ol",
        "p",
        "pre",
        "rect",
        "s",
        "small",
        "span",
        "strong",
        "svg",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
        "use",
    ]
)
ATTRIBUTES = frozenset(
    [
        "alt",
        "align",
        "aria-hidden",
        "aria-label",
        "class",
        "colspan",
        "data-n",
        "download",
        "height",
        "href",
        "id",
        "loading",
        "preserveaspectratio",
        "rel",
        "rx",
        "scope",
        "src",
        "start",
        "title",
        "viewbox",
        "width",
        "x",
        "y",
    ]
)
SCHEMES = ("http://", "https://", "mailto:", "/", "#", "?")


class Judge(HTMLParser):
    """Collects whatever must not be in a fragment."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.wrong.append(f"{tag} {name}")
            if name in {"href", "src"} and not (value or "").startswith(SCHEMES):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "src" and not (value or "").startswith("/raw/"):
                self.wrong.append(f"{tag} fetches {value}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)


def wrongs(fragment: str) -> list[str]:
    judge = Judge()
    judge.feed(str(fragment))
    judge.close()
    return judge.wrong
