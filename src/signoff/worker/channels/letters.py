"""A message as a letter: text and HTML, with the headers that keep it with its handoff."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import msgspec
from jinja2 import Environment, PackageLoader, select_autoescape
from msgspec import Struct

from signoff.domain.ids import SECOND
from signoff.domain.messages import Fact, Item, Message
from signoff.worker.channels.words import lines, one_line

SUBJECT, LABEL, VALUE, BODY, PREVIEW, LINK = 200, 60, 400, 4000, 140, 60
"""The most characters of each."""

SANS = "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', Helvetica, Arial, sans-serif"
SERIF = "Charter, 'Iowan Old Style', Cambria, Georgia, 'Noto Serif', serif"

COLOURS: dict[str, tuple[str, str]] = {
    "desk": ("#f1f3f6", "#0c0e13"),
    "raised": ("#ffffff", "#1d2127"),
    "hair": ("#e4e6e9", "#23272c"),
    "line": ("#cdd1d6", "#34383f"),
    "edge": ("#7b8189", "#757b84"),
    "ink": ("#161b23", "#e7eaed"),
    "ink-2": ("#454b54", "#b7bbc1"),
    "ink-3": ("#5f656e", "#959aa1"),
    "fountain": ("#244aa2", "#9fbdfc"),
    "on-fountain": ("#fdfdff", "#081123"),
}
"""The pages' own colours by their names, light and dark, as mail programs can read them."""

LIGHT = {name: light for name, (light, _) in COLOURS.items()}
_DARK = {name: dark for name, (_, dark) in COLOURS.items()}
DARK = tuple(
    (part, " ".join(f"{what}: {_DARK[colour]} !important;" for what, colour in said))
    for part, said in (
        ("desk", [("background", "desk")]),
        ("sheet", [("background", "raised"), ("border-color", "line")]),
        ("ink", [("color", "ink")]),
        ("ink-2", [("color", "ink-2")]),
        ("ink-3", [("color", "ink-3")]),
        ("link", [("color", "fountain")]),
        ("quote", [("border-color", "edge")]),
        ("rule", [("border-color", "line")]),
        ("button", [("background", "fountain"), ("border-color", "fountain")]),
        ("still", [("border-color", "edge")]),
        ("on", [("color", "on-fountain")]),
    )
)


class Thread(Struct, frozen=True, kw_only=True):
    """What the next letter of a handoff must know of the one before.

    `id` is its Message-ID, `subject` that of the first: mail programs keep together what has
    the same one.
    """

    id: str
    subject: str


def read_thread(earlier: str | None) -> Thread | None:
    """Return what `kept` wrote; something else is no thread."""
    try:
        return msgspec.json.decode(earlier or "", type=Thread)
    except msgspec.DecodeError:
        return None


def kept(thread: Thread) -> str:
    """Return a thread as the reference of what was sent."""
    return msgspec.json.encode(thread).decode()


def compose(
    message: Message, *, to: Address, sender: Address, thread: Thread | None
) -> tuple[EmailMessage, Thread]:
    """Return the letter, and what the next one must know of it."""
    message = cleaned(message)
    letter = EmailMessage(policy=SMTP)
    subject = _subject(thread.subject if thread else message.headline)
    identity = f"<{_safe(message.id)}@{sender.domain}>"
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = f"Re: {subject}" if thread else subject
    letter["Date"] = datetime.fromtimestamp(message.at / SECOND, UTC)
    letter["Message-ID"] = identity
    _keep_together(letter, message, sender, thread)
    _let_end(letter, message)
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5
    letter["X-Auto-Response-Suppress"] = "All"  # what Exchange reads instead
    letter.set_content(as_text(message), cte="quoted-printable")
    letter.add_alternative(as_html(message), subtype="html", cte="quoted-printable")
    return letter, Thread(id=identity, subject=subject)


def _keep_together(
    letter: EmailMessage, message: Message, sender: Address, thread: Thread | None
) -> None:
    """Name the root of the handoff, and the letter before (RFC 5322, section 3.6.4).

    The root was never sent: it is a name that all letters of a handoff refer to, so that they
    stay together even where the one before is not known.
    """
    domain = sender.domain
    letter["List-Id"] = f"<{_safe(message.workspace)}.signoff.{domain}>"
    if message.handoff is None:
        return
    root = f"<{_safe(message.handoff)}.{_safe(message.workspace)}@{domain}>"
    letter["In-Reply-To"] = thread.id if thread else root
    letter["References"] = f"{root} {thread.id}" if thread else root


def _let_end(letter: EmailMessage, message: Message) -> None:
    """Offer the mail program a button that ends such letters (RFC 2369, RFC 8058)."""
    if not message.stop_url:
        return
    letter["List-Unsubscribe"] = f"<{message.stop_url}>"
    if message.stop_url.startswith("https://"):
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _subject(text: str) -> str:
    """Return a subject that is not read again as what it encodes (RFC 2047, section 2).

    The email package would take such a word for its meaning, line breaks of it included.
    """
    return one_line(text.replace("=?", "= ?"), SUBJECT)


def _safe(name: str) -> str:
    """Return a name as a Message-ID may hold it."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)


def cleaned(message: Message) -> Message:
    """Return a message whose texts are of one line, where they should be, and not too long."""
    return msgspec.structs.replace(
        message,
        headline=one_line(message.headline, SUBJECT),
        facts=_cleaned_facts(message.facts),
        body=lines(message.body, BODY),
        items=tuple(
            Item(
                headline=one_line(item.headline, SUBJECT),
                url=item.url,
                facts=_cleaned_facts(item.facts),
            )
            for item in message.items
        ),
        link_text=one_line(message.link_text, LINK),
    )


def _cleaned_facts(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    return tuple(
        Fact(label=one_line(fact.label, LABEL), value=one_line(fact.value, VALUE))
        for fact in facts
    )


def as_html(message: Message) -> str:
    """Return the letter for eyes; it loads nothing."""
    said = message.body or " · ".join(f"{f.label}: {f.value}" for f in message.facts)
    return _TEMPLATES.get_template("letter.html").render(
        message=message,
        headline=message.headline,
        body=message.body,
        link_text=message.link_text,
        preview=one_line(said, PREVIEW),
        c=LIGHT,
        dark=DARK,
        sans=SANS,
        serif=SERIF,
    )


def as_text(message: Message) -> str:
    """Return the letter for programs that show text alone."""
    return _TEMPLATES.get_template("letter.txt").render(
        message=message,
        headline=message.headline,
        body=message.body,
        link_text=message.link_text,
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("signoff.worker.channels"),
        autoescape=select_autoescape(),  # by its name: the HTML, not the text
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


_TEMPLATES = _environment()
