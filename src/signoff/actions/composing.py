"""What a message says: from what somebody was told to a headline, facts, an excerpt, a link."""

from collections.abc import Sequence

from msgspec import Struct

from signoff.actions import stops
from signoff.actions.context import Context
from signoff.domain import audit, preferences
from signoff.domain.handoffs import Handoff, Kind, Verdict
from signoff.domain.ids import ActorId, CommentId, HandoffId
from signoff.domain.messages import ChannelKind, Fact, Item, Message
from signoff.domain.notifications import ASKING
from signoff.domain.topics import MEANING, Topic
from signoff.store.notifications import Notification

MOST_ITEMS = 50
LONGEST = 1000

KINDS = {Kind.APPROVAL: "Approval", Kind.ESCALATION: "Escalation", Kind.RELAY: "Relay"}
VERDICTS = {
    Verdict.APPROVE: "approved",
    Verdict.REQUEST_CHANGES: "asked for changes to",
    Verdict.REJECT: "rejected",
    Verdict.ANSWER: "answered",
}
_WEIGHT = {topic: n for n, topic in enumerate(MEANING)}


class Telling(Struct, frozen=True, kw_only=True):
    """Something that is told, with the handoff that it is about, if there is one."""

    told: Notification
    handoff: Handoff | None = None


class Letter(Struct, frozen=True, kw_only=True):
    """To whom a message goes by which channel, and in which zone they read times.

    `person` is None for a channel of the workspace.
    """

    id: str
    channel: ChannelKind
    zone: str
    person: ActorId | None = None


def compose(ctx: Context, letter: Letter, tellings: Sequence[Telling]) -> Message:
    """Return the message about one thing, or about several."""
    kept = _weightiest(tellings)
    first = kept[0]
    stop = settings = ""
    if letter.person is not None:
        topics = tuple(dict.fromkeys(each.told.topic for each in kept))
        stop = stops.url(ctx, letter.person, letter.channel, topics)
        settings = f"{_root(ctx)}/you/notifications"
    several = len(kept) > 1
    return Message(
        id=letter.id,
        workspace=ctx.workspace,
        handoff=None if several else first.told.handoff,
        at=max(each.told.at for each in kept),
        headline=_of_several(ctx, kept) if several else headline(ctx, first),
        facts=() if several else _facts(ctx, first, letter.zone),
        body=_rest(kept) if several else _excerpt(ctx, first),
        items=_items(ctx, kept, letter.zone) if several else (),
        url=f"{_root(ctx)}/news" if several else url(ctx, first),
        link_text="Look at all" if several else _link_text(first),
        closes=not several and _closes(letter, first),
        stop_url=stop,
        settings_url=settings,
    )


def _weightiest(tellings: Sequence[Telling]) -> list[Telling]:
    """Keep of each handoff what matters most, in the order in which it came."""
    kept: dict[str, Telling] = {}
    for each in tellings:
        key = each.told.handoff or each.told.id
        if key not in kept or _WEIGHT[each.told.topic] < _WEIGHT[kept[key].told.topic]:
            kept[key] = each
    return list(kept.values())


def _closes(letter: Letter, telling: Telling) -> bool:
    """Say whether nothing is asked any more of who reads it."""
    decided = telling.told.topic is Topic.DECIDED and letter.person is None
    return telling.told.topic is Topic.SETTLED or decided


def _root(ctx: Context) -> str:
    return f"{ctx.base_url}/w/{ctx.workspace}"


def url(ctx: Context, telling: Telling) -> str:
    """Return the page that it leads to."""
    if telling.handoff is None:
        return f"{_root(ctx)}/news"
    at = f"{_root(ctx)}/handoffs/{telling.handoff.id}"
    return f"{at}#talk" if telling.told.topic in _SPOKEN else at


_SPOKEN = (Topic.COMMENTED, Topic.MENTIONED)


def _link_text(telling: Telling) -> str:
    return "Review it" if telling.told.topic in ASKING else "Open it"


# Headlines.


HEADLINES: dict[Topic, str] = {
    Topic.REASSIGNED: "{by} handed you the review of {title}",
    Topic.RAISED: "{title} from {source} was raised to you",
    Topic.REMINDED: "{title} from {source} still waits for you",
    Topic.NEXT_ROUND: "{title} from {source} is back for round {round}",
    Topic.SECOND_LOOK: "{title} from {source} wants a second look",
    Topic.OPEN: "{title} from {source} waits for a reviewer",
    Topic.MENTIONED: "{by} mentioned you on {title}",
    Topic.COMMENTED: "{by} commented on {title}",
    Topic.DECIDED: "{by} {done} {title}",
    Topic.AGENT_DECIDED: "{by} {done} {title}",
    Topic.SETTLED: "{by} {done} {title}: nothing is asked of you any more",
}
ASKED = {
    Kind.APPROVAL: "{source} asks you to review {title}",
    Kind.ESCALATION: "{source} is stuck and needs you: {title}",
    Kind.RELAY: "{source} hands over to you: {title}",
}


def headline(ctx: Context, telling: Telling) -> str:
    """Say in one line what happened, and what is asked."""
    told, handoff = telling.told, telling.handoff
    if handoff is None:
        return MEANING[told.topic].rstrip(".")
    words = HEADLINES.get(told.topic) or ASKED[handoff.kind]
    return words.format(
        by=ctx.actor(told.by).name or "Somebody",
        source=ctx.actor(handoff.submitted_by).name or "Somebody",
        title=f"“{' '.join(handoff.title.split())}”",
        round=told.round,
        done=_done(handoff),
    )


def _done(handoff: Handoff) -> str:
    if handoff.decision is None or handoff.state == "withdrawn":
        return "withdrew"
    return VERDICTS[handoff.decision.verdict]


def _of_several(ctx: Context, kept: Sequence[Telling]) -> str:
    """Say how much it is, and from whom if they are all from one."""
    asking = all(each.told.topic in ASKING for each in kept)
    sources = {each.handoff.submitted_by if each.handoff else None for each in kept}
    source = sources.pop() if len(sources) == 1 else None
    if asking and source is not None:
        return f"{len(kept)} new from {ctx.actor(source).name or 'somebody'}"
    return f"{len(kept)} new in {ctx.workspace}"


# What stands below.


def _facts(ctx: Context, telling: Telling, zone: str) -> tuple[Fact, ...]:
    """Return who, what, how sure, what is asked and by when, as far as it is known."""
    handoff = telling.handoff
    if handoff is None:
        return ()
    asks = telling.told.topic in ASKING
    context = handoff.context
    confidence = context.confidence
    flags = [flag.severity for flag in context.flags]
    counted = [
        f"{flags.count(name)} {name}"
        for name in ("critical", "warning", "note")
        if name in flags
    ]
    said = {
        "From": ctx.actor(handoff.submitted_by).name,
        "Kind": KINDS[handoff.kind] + (f", round {handoff.round}" if handoff.round > 1 else ""),
        "How sure": "" if confidence is None else f"{confidence:.0%}",
        "Flags": ", ".join(counted),
        "Asked": _questions(handoff) if asks else "",
        "By": preferences.clock(zone, handoff.due_at) if asks and handoff.due_at else "",
    }
    return tuple(Fact(label=label, value=value) for label, value in said.items() if value)


def _questions(handoff: Handoff) -> str:
    number = len(handoff.context.questions)
    if not number:
        return ""
    return "a question" if number == 1 else f"{number} questions"


def _items(ctx: Context, kept: Sequence[Telling], zone: str) -> tuple[Item, ...]:
    return tuple(
        Item(
            headline=headline(ctx, each),
            url=url(ctx, each),
            facts=tuple(
                fact
                for fact in _facts(ctx, each, zone)
                if fact.label in ("How sure", "Flags", "By")
            ),
        )
        for each in kept[:MOST_ITEMS]
    )


def _rest(kept: Sequence[Telling]) -> str:
    more = len(kept) - MOST_ITEMS
    return f"And {more} more, on the page." if more > 0 else ""


def _excerpt(ctx: Context, telling: Telling) -> str:
    """Return the beginning of what was said: a comment, a reason, a summary."""
    told, handoff = telling.told, telling.handoff
    text = ""
    if handoff is None:
        text = _reason(ctx, told.position)
    elif told.topic in _SPOKEN:
        comment = ctx.tx.comments.by_id(HandoffId(handoff.id), CommentId(told.subject))
        text = comment.text if comment else ""
    elif told.topic in ASKING:
        text = handoff.context.needs or handoff.context.summary
    elif handoff.decision is not None:
        text = handoff.decision.reason
    text = text.strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _reason(ctx: Context, position: int) -> str:
    row = ctx.tx.audit.at_position(position)
    if row is None or row.private is None:
        return ""
    return audit.read_private(row.private).reason or ""
