"""Messages as people get them."""

from signoff.domain.ids import HandoffId, Instant, Slug
from signoff.domain.messages import Fact, Item, Message

AT = Instant(1_795_687_200_000_000)
HOST = "https://signoff.example.org"
URL = f"{HOST}/w/larkfield/handoffs/ho_7"

ASKED = Message(
    id="msg_1",
    workspace=Slug("larkfield"),
    handoff=HandoffId("ho_7"),
    at=AT,
    headline="contract-bot asks you to approve “Renewal dates in 31 supplier contracts”",
    facts=(
        Fact(label="How sure", value="82 %"),
        Fact(label="What to look at", value="2 warnings: two contracts have no notice period"),
        Fact(label="By when", value="Friday, 4 December, 17:00"),
        Fact(label="Where", value="needs-review/contracts/renewals"),
    ),
    body="31 contracts were read. 4 of them renew within 90 days, and of these two say nothing "
    "about notice.\n\nPlease look at rows 118 and 131 in particular.",
    url=URL,
    link_text="Look at it",
    stop_url=f"{HOST}/stop/abc123",
    settings_url=f"{HOST}/w/larkfield/settings/notifications",
)

DECIDED = Message(
    id="msg_2",
    workspace=Slug("larkfield"),
    handoff=HandoffId("ho_7"),
    at=Instant(AT + 3_600_000_000),
    headline="Ben approved “Renewal dates in 31 supplier contracts”",
    facts=(Fact(label="Round", value="2"),),
    url=URL,
    link_text="See what was decided",
    closes=True,
    stop_url=f"{HOST}/stop/abc123",
    settings_url=f"{HOST}/w/larkfield/settings/notifications",
)

BURST = Message(
    id="msg_3",
    workspace=Slug("larkfield"),
    at=AT,
    headline="14 new from invoice-bot",
    items=tuple(
        Item(
            headline=f"Invoice {2041 + number}: {name}",
            url=f"{HOST}/w/larkfield/handoffs/ho_{number}",
            facts=(
                Fact(label="How sure", value=f"{96 - 3 * number} %"),
                Fact(label="By when", value="Monday, 30 November"),
            ),
        )
        for number, name in enumerate(
            ("Aldgate Paper", "Norden Freight", "Kestrel Print & Bind", "Sólheimar hf.") * 3
            + ("Müller und Töchter", "Quill")
        )
    ),
    url=f"{HOST}/w/larkfield/",
    link_text="Open the inbox",
    settings_url=f"{HOST}/w/larkfield/settings/notifications",
)
