"""Views as rich as a working day, for looking at pages and for testing them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from signoff.domain.sidecars import Anchor, Flag, Question
from signoff.web import answers, previews
from signoff.web.pages import Link, Me, Shell

NOW = datetime(2026, 11, 18, 12, 40, tzinfo=UTC)
ADA = {"kind": "person", "name": "Ada", "id": "pe_ada"}
BEN = {"kind": "person", "name": "Ben", "id": "pe_ben"}
CHIDI = {"kind": "person", "name": "Chidi", "id": "pe_chidi"}
LENA = {"kind": "guest", "name": "Lena", "id": "gu_lena"}
BOT = {"kind": "agent", "name": "invoice-bot", "id": "ag_bot"}
READER = {"kind": "agent", "name": "contract-reader", "id": "ag_reader"}
STEWARD = {"kind": "agent", "name": "table-steward", "id": "ag_steward"}
HOUSE = {"kind": "system", "name": "", "id": "system"}
ROOT = "/w/larkfield"


def at(minutes: float) -> str:
    """Return the time so many minutes before now (after, if negative)."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


def digest(text: str) -> str:
    return "sha256:" + sha256(text.encode()).hexdigest()


def shell(here: str = "inbox", theme: str = "auto") -> Shell:
    return Shell(
        workspace="larkfield",
        root=ROOT,
        api="/api/v1/workspaces/larkfield",
        me=Me(id="pe_ada", name="Ada"),
        here=here,
        now=NOW,
        theme=theme,
        waiting=14,
        unread=2,
        views=(
            Link(
                name="Mine", url=f"{ROOT}/inbox", icon="me", count=14, current=here == "inbox"
            ),
            Link(name="Finance", url=f"{ROOT}/inbox?group=finance", icon="group", count=9),
            Link(name="Everything", url=f"{ROOT}/inbox?all=1", icon="all", count=1204),
        ),
    )


def row(
    title: str,
    summary: str,
    by: dict[str, str],
    *,
    kind: str = "approval",
    flags: tuple[int, int, int] = (0, 0, 0),
    confidence: float | None = None,
    due: float | None = None,
    waits: float = 60,
    round_: int = 1,
    unread: bool = False,
    looking: tuple[dict[str, str], ...] = (),
) -> dict[str, Any]:
    critical, warning, note = flags
    return {
        "id": "ho_" + sha256(title.encode()).hexdigest()[:8],
        "url": f"{ROOT}/handoffs/ho_1",
        "digest": digest(title),
        "title": title,
        "summary": summary,
        "kind": kind,
        "round": round_,
        "submitted_by": by,
        "flags": {"critical": critical, "warning": warning, "note": note},
        "confidence": confidence,
        "low": confidence is not None and confidence < 0.7,
        "unread": unread,
        "taken": looking[0] if looking else None,
        "may_pick": True,
        "due_at": None if due is None else at(-due),
        "opened_at": at(waits),
    }


def inbox(*, empty: bool = False, theme: str = "auto") -> dict[str, Any]:
    today = [
        row(
            "October supplier invoices, Brightwater Ceramics",
            "214 invoices read from 31 scans. One total disagrees with the statement.",
            BOT,
            flags=(1, 1, 0),
            confidence=0.82,
            due=80,
            waits=38,
            round_=2,
            unread=True,
            looking=(BEN,),
        ),
        row(
            "Two versions of the Osei warehouse lease: which one is in force?",
            "Both are signed. Rent and notice period differ. I stopped at clause 4.",
            READER,
            kind="escalation",
            flags=(0, 1, 0),
            confidence=0.41,
            due=170,
            waits=72,
            unread=True,
        ),
        row(
            "VAT return, Hallam Street Dental, quarter 3",
            "Boxes 1 to 9 filled. Same method as last quarter, no exceptions.",
            BOT,
            confidence=0.96,
            due=260,
            waits=125,
        ),
        row(
            "Stock count against ledger, 18 lines left for you",
            "412 of 430 lines matched. The rest needs someone who knows the shelf.",
            STEWARD,
            kind="relay",
            flags=(0, 0, 2),
            confidence=0.88,
            due=-20,
            waits=220,
            looking=(CHIDI,),
        ),
    ]
    week = [
        row(
            "Bank feed November, 1,204 lines with accounts",
            "Learned two new payees. Five lines could belong to either of two accounts.",
            STEWARD,
            flags=(0, 5, 0),
            confidence=0.64,
            due=2880,
            waits=244,
            unread=True,
        ),
        row(
            "Renewal dates in 31 supplier contracts, with the clauses they come from, the notice that each of them needs, and what happens if nobody gives it in time",
            "Every date with its clause. Three contracts renew by themselves before the end of the quarter, and one of them did so last week.",
            READER,
            flags=(12, 31, 108),
            confidence=0.91,
            due=2900,
            waits=300,
            round_=3,
        ),
        row(
            "Payment run 47, 62 suppliers",
            "Ready for the bank. Two suppliers changed their account number this month.",
            BOT,
            flags=(2, 0, 0),
            confidence=0.79,
            due=4200,
            waits=1500,
            unread=True,
            looking=(BEN, CHIDI),
        ),
    ]
    later = [
        row(
            "Customer list, duplicates merged",
            "318 pairs merged, 12 left apart because the addresses differ.",
            STEWARD,
            flags=(0, 0, 12),
            confidence=0.93,
            waits=2900,
        ),
        row(
            "Draft reply to Pellow & Sons about the late delivery",
            "Firm, polite, and quotes clause 11.2. Yours to finish.",
            READER,
            kind="relay",
            waits=2950,
        ),
    ]
    groups = [("Due today", today), ("This week", week), ("No due date", later)]
    return {
        "shell": shell(theme=theme),
        "title": "Mine",
        "lede": "All decided" if empty else "9 waiting, 4 due today",
        "filters": [
            {
                "name": name,
                "url": f"?kind={icon}",
                "icon": icon,
                "current": icon == "relay" and empty,
            }
            for name, icon in (
                ("Approval", "approval"),
                ("Escalation", "escalation"),
                ("Relay", "relay"),
                ("Flagged", "flag"),
            )
        ],
        "groups": [] if empty else [{"name": name, "rows": rows} for name, rows in groups],
        "pick_url": f"{ROOT}/decisions",
        "next_url": "" if empty else "?cursor=x",
        "empty": {
            "words": "You decided 23 handoffs today. Three agents are still at work.",
            "url": f"{ROOT}/inbox?group=finance",
            "url_words": "Look at Finance, 9 waiting",
        },
        "live_url": "",
    }


SUPPLIERS = (
    "Calder Clay Supplies",
    "Tern Packaging",
    "Northgate Energy",
    "Morrow Freight",
    "Ashdown Glazes",
    "Kiln & Fire Service",
    "Studio Ferro",
)
ACCOUNTS = (
    "5010 Materials",
    "5020 Packaging",
    "7200 Power",
    "5300 Carriage in",
    "5010 Materials",
    "6210 Repairs",
    "6815 Photography",
)


def invoices(*, corrected: bool) -> bytes:
    lines = ["Invoice,Supplier,Date,Net,VAT,Total,Account"]
    for n in range(1, 215 if corrected else 214):
        who = n % 7
        net = 90 + (n * 37) % 2400
        rate = 0.05 if who == 2 and corrected else 0.2
        account = "5010 Materials" if who == 1 and not corrected and n > 100 else ACCOUNTS[who]
        lines.append(
            f"INV-{20680 + n},{SUPPLIERS[who]},2026-10-{1 + n % 28:02d},{net:.2f},{net * rate:.2f},{net * (1 + rate):.2f},{account}"
        )
    return "\n".join(lines).encode()


REPORT = b"""# Brightwater Ceramics, October

I read 31 scans and found **214 invoices** from 38 suppliers, 61,402.18 in all.

Power is taxed at 5%, as on the bills. One invoice lay behind another on the glass; I found it
the second time. See [the table](invoices.csv) or [their site](https://example.org).

| Account | Count | Sum |
|---|---:|---:|
| 5010 Materials | 92 | 31,402.10 |
| 5020 Packaging | 31 | 8,120.44 |

> Three things need your eye.

```python
total = sum(line.total for line in lines)
```

![totals by week](chart.png)
![a tracker](https://example.org/pixel.gif)
"""

FLAGS = (
    Flag(
        severity="critical",
        message="The total is not what the statement says: 1,284.50 here, 1,248.50 there.",
        file="invoices.csv",
        anchor=Anchor(row=118, column="Total"),
    ),
    Flag(
        severity="warning",
        message="Two invoices carry the same number. Same amount, one day apart.",
        file="invoices.csv",
        anchor=Anchor(row=121, column="Invoice"),
    ),
    Flag(
        severity="warning",
        message="Read with difficulty: the scan is torn here.",
        file="invoices.csv",
        anchor=Anchor(row=7),
    ),
    Flag(
        severity="note",
        message="First use of account 6815 Photography.",
        file="invoices.csv",
        anchor=Anchor(row=124, column="Account"),
    ),
    Flag(
        severity="note",
        message="The rate of VAT on power is my reading of the bill.",
        file="report.md",
        anchor=Anchor(line=5),
    ),
)

CONTENTS = {
    "invoices.csv": ("text/csv", invoices(corrected=True)),
    "report.md": ("text/markdown", REPORT),
    "statements.pdf": ("application/pdf", b"%PDF-1.7 ..."),
    "chart.png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "handoff.json": (
        "application/json",
        b'{"kind":"approval","confidence":0.82,"flags":[{"severity":"critical","file":"invoices.csv"}],"total":61402.10}',
    ),
}


def preview_of(name: str) -> previews.Preview:
    media_type, data = CONTENTS[name]
    return previews.show(
        previews.Subject(
            name=name,
            media_type=media_type,
            size=len(data),
            digest=digest(name),
            url=f"{ROOT}/raw/{name}",
        ),
        data,
        previews.marks_in(FLAGS, name),
        resolve=lambda path: f"{ROOT}/raw/{path}" if path in CONTENTS else None,
    )


def handoff(
    current: str = "invoices.csv", *, since: bool = False, theme: str = "auto", **changed: Any
) -> dict[str, Any]:
    """Return the view of the review desk; `changed` replaces fields of the handoff."""
    url = f"{ROOT}/handoffs/ho_1"
    value: dict[str, Any] = {
        "id": "ho_1",
        "kind": "approval",
        "state": "in_review",
        "round": 2,
        "path": "needs-review/brightwater/2026-10-invoices",
        "digest": digest("package"),
        "title": "October supplier invoices, Brightwater Ceramics",
        "confidence": 0.82,
        "questions": [],
        "checklist": [
            "Totals agree with the statements",
            "No invoice is in twice",
            "Power carries 5% VAT",
            "New accounts exist in the ledger",
        ],
        "files_count": 5,
        "verdicts": ["approve", "request_changes", "reject"],
        "required": 1,
        "reviews": [],
        "decision": None,
        "submitted_by": BOT,
        "opened_at": at(38),
        "due_at": at(-80),
        "url": url,
        "actions": [
            "Read 31 scans",
            "Compared every supplier with their statement",
            "Moved 4 Tern invoices to 5020",
        ],
    } | changed
    difference = previews.since(
        "invoices.csv", previews.Kind.TABLE, invoices(corrected=False), invoices(corrected=True)
    )
    return {
        "shell": shell(theme=theme),
        "handoff": value,
        "summary": previews.documents.render(
            "Read 31 scans into **214 invoices**, 61,402.18 in all, each with an account. I compared every supplier with their statement.\n\nSince round 1: corrected the power VAT to 5%, moved Tern to Packaging as Ada asked, and added one invoice I had missed.",
            anchored=False,
        ),
        "needs": "",
        "flags": [
            {
                "number": n,
                "severity": flag.severity,
                "message": flag.message,
                "place": f"{flag.file}, {previews.place(flag.anchor)}",
                "url": f"?file={flag.file}#flag-{n}",
                "current": False,
            }
            for n, flag in enumerate(FLAGS, start=1)
        ],
        "track": {"low": 80, "high": 89, "right": 46, "of": 52},
        "low": False,
        "unread": 0,
        "position": {
            "index": 1,
            "of": 14,
            "list": "Mine",
            "list_url": f"{ROOT}/inbox",
            "previous_url": "",
            "next_url": f"{ROOT}/handoffs/ho_2",
        },
        "looking": [BEN],
        "lock": {"mine": True, "holder": ADA, "until": at(-30)},
        "taken": None,
        "may_take": True,
        "may_decide": True,
        "why_not": "",
        "files": [
            {
                "path": name,
                "name": name,
                "icon": previews.ICONS[previews.kind_of(name, *CONTENTS[name])],
                "url": f"?file={name}",
                "current": name == current,
                "flags": len(previews.marks_in(FLAGS, name)),
                "changed": "",
                "size": len(CONTENTS[name][1]),
                "version": 2,
                "digest": digest(name),
                "role": {"statements.pdf": "source", "handoff.json": "context"}.get(name, ""),
            }
            for name in CONTENTS
        ],
        "preview": preview_of(current),
        "call": None,
        "raw_url": f"{ROOT}/raw/{current}",
        "download_url": f"{ROOT}/raw/{current}?download=1",
        "since": {
            "label": "Since round 1",
            "count": difference.count,
            "words": difference.words,
            "url": "?since=1",
            "result_url": "?",
            "showing": since,
            "html": difference.html,
        }
        if current == "invoices.csv"
        else None,
        "sources": [
            {
                "words": "statements.pdf",
                "url": f"{ROOT}/files/archive/statements.pdf",
                "digest": digest("statements.pdf"),
            }
        ],
        "comments": [
            {
                "id": "c1",
                "by": ADA,
                "at": at(1220),
                "round": 1,
                "text": "Tern sells boxes. That is packaging, not materials.",
                "place": "",
                "url": "",
                "resolved": True,
            },
            {
                "id": "c2",
                "by": BOT,
                "at": at(42),
                "round": 2,
                "text": "Moved 4 Tern invoices to 5020. I will do so from now on.",
                "place": "",
                "url": "",
                "resolved": False,
            },
            {
                "id": "c3",
                "by": BEN,
                "at": at(9),
                "round": 2,
                "text": "I have their paper copy here. It says 1,248.50.",
                "place": "row 118, Total",
                "url": "?file=invoices.csv#row-118",
                "resolved": False,
            },
        ],
        "timeline": [
            {
                "by": BOT,
                "at": at(38),
                "strong": "Round 2 handed over",
                "words": "7 rows changed, 1 new",
            },
            {"by": BOT, "at": at(60), "strong": "", "words": "Claimed it from feedback"},
            {"by": ADA, "at": at(1216), "strong": "Asked for changes", "words": "2 comments"},
            {"by": BOT, "at": at(1290), "strong": "Round 1 handed over", "words": ""},
            {"by": LENA, "at": at(1330), "strong": "", "words": "Put 31 scans into input"},
        ],
        "fields": [],
        "given": {},
        "answer_problems": {},
        "problem": None,
        "next": {
            "approve": "",
            "request_changes": "Goes back to invoice-bot, which starts round 3.",
            "reject": "Moves to rejected. The agent is told why and stops. You can recall it.",
            "answer": "Your note is kept if you leave.",
        },
        "live_url": "",
    }


QUESTIONS = (
    Question(
        id="in_force",
        text="Which lease is in force?",
        schema={
            "oneOf": [
                {
                    "const": "lease-2023",
                    "title": "The lease of 2023",
                    "description": "Rent 86,400, notice six months",
                },
                {
                    "const": "lease-2024",
                    "title": "The restated lease of 2024",
                    "description": "Rent 100,800 with index, notice three months",
                },
                {"const": "neither", "title": "Neither, there is another document"},
            ]
        },
    ),
    Question(
        id="since",
        text="In force since",
        schema={
            "type": "string",
            "format": "date",
            "description": "The day the rent changed, not the day it was signed.",
        },
    ),
    Question(
        id="rent",
        text="Rent",
        required=False,
        schema={
            "type": "object",
            "required": ["amount"],
            "properties": {
                "amount": {"type": "number", "title": "A year", "minimum": 0},
                "currency": {
                    "enum": ["GBP", "EUR", "USD", "CHF", "SEK", "NOK", "DKK"],
                    "title": "Currency",
                },
                "indexed": {"type": "boolean", "title": "Follows the index each April"},
            },
        },
    ),
    Question(
        id="notice",
        text="Notice period in months",
        required=False,
        schema={"type": "integer", "minimum": 0, "maximum": 36},
    ),
    Question(
        id="told_by",
        text="Who told you?",
        required=False,
        schema={"type": "array", "items": {"type": "string"}, "maxItems": 5},
    ),
    Question(id="signed", text="Have both parties signed it?", schema={"type": "boolean"}),
    Question(id="more", text="What else should I read?", required=False),
)


def escalation(*, theme: str = "auto", **changed: Any) -> dict[str, Any]:
    view = handoff(
        "report.md",
        theme=theme,
        kind="escalation",
        round=1,
        confidence=0.41,
        submitted_by=READER,
        title="Two versions of the Osei warehouse lease: which one is in force?",
        verdicts=["answer", "reject", "approve"],
        checklist=[],
        questions=[{"id": q.id, "text": q.text} for q in QUESTIONS],
        actions=[
            "Read both leases to the end, 44 pages",
            "Searched 212 letters for “completion”: nothing dated",
            "Compared with bank payments: 7,200 a month until March, then none found",
        ],
        due_at=at(-170),
        opened_at=at(72),
        **changed,
    )
    return view | {
        "needs": previews.documents.render(
            "I am stuck at clause 4. I need to know which lease binds Osei Logistics today, and the rent that follows from it.\n\nBoth are signed by both parties. The later one says it replaces the earlier “upon completion”, and I cannot find a completion date anywhere in the folder.",
            anchored=False,
        ),
        "summary": "",
        "flags": [],
        "track": None,
        "low": True,
        "lock": None,
        "looking": [],
        "fields": [(q.id, answers.field_of(q)) for q in QUESTIONS],
        "given": {
            "answers": {
                "in_force": "lease-2024",
                "rent": {"amount": 100800, "currency": "GBP", "indexed": True},
                "told_by": ["Femi, by phone"],
            },
            "reason": "",
        },
        "answer_problems": {"since": "The day is needed."},
    }


def files(*, empty: bool = False, theme: str = "auto") -> dict[str, Any]:
    stages = (
        ("input", 23, "oldest 2 days"),
        ("processing", 7, "3 agents at work"),
        ("needs-review", 41, "4 due today"),
        ("feedback", 5, "all claimed"),
        ("approved", 1806, "12 today"),
        ("rejected", 64, "1 this week"),
    )
    here = f"{ROOT}/files/needs-review/brightwater/2026-10-invoices"

    def one(name: str, by: dict[str, str], **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "path": name,
            "type": "file",
            "url": f"{here}?about={name}",
            "icon": "file",
            "version": 2,
            "size": 38204,
            "modified_at": at(38),
            "modified_by": by,
            "frozen": True,
        } | more

    invoices_file = one(
        "invoices.csv",
        BOT,
        icon="table",
        selected=True,
        lock={"mine": True, "holder": ADA, "until": at(-30)},
        handoff={
            "id": "ho_1",
            "title": "October supplier invoices",
            "url": f"{ROOT}/handoffs/ho_1",
        },
    )
    listing = [
        one(
            "archive-of-scans-with-a-rather-long-name-that-somebody-gave-it-in-a-hurry",
            LENA,
            type="folder",
            version=None,
            size=0,
            frozen=False,
        ),
        invoices_file,
        one("report.md", BOT, icon="text", size=4100),
        one(
            "statements.pdf",
            LENA,
            icon="pdf",
            version=1,
            size=1_204_000,
            modified_at=at(1330),
            role="source",
        ),
        one(
            "draft.xlsx",
            BEN,
            size=88_000,
            frozen=False,
            claim={"holder": STEWARD, "until": at(-9)},
        ),
        one(
            "notes.txt",
            CHIDI,
            icon="text",
            size=812,
            frozen=False,
            lock={"mine": False, "holder": BEN, "until": at(-4)},
        ),
    ]
    return {
        "shell": shell("files", theme),
        "path": "needs-review/brightwater/2026-10-invoices",
        "stages": [
            Link(
                name=n,
                url=f"{ROOT}/files/{n}",
                icon=n,
                count=c,
                note=w,
                current=n == "needs-review",
            )
            for n, c, w in stages
        ],
        "folders": [
            Link(name=n, url="#", icon=i, depth=d, current=n.startswith("2026"))
            for n, i, d in (
                ("input", "input", 0),
                ("processing", "processing", 0),
                ("needs-review", "needs-review", 0),
                ("brightwater", "folder", 1),
                ("2026-10-invoices", "folder", 2),
                ("payment-run-47", "folder", 2),
                ("osei", "folder", 1),
                ("feedback", "feedback", 0),
                ("approved", "approved", 0),
                ("rejected", "rejected", 0),
                ("policies", "folder", 0),
            )
        ],
        "crumbs": [
            {"name": "needs-review", "url": "#"},
            {"name": "brightwater", "url": "#"},
            {"name": "2026-10-invoices", "url": "#"},
        ],
        "listing": [] if empty else listing,
        "next_url": "" if empty else "?cursor=x",
        "upload": {
            "into": "input/brightwater",
            "allowed": True,
            "why": "This folder is in review and frozen, so new files wait in input, where an agent picks them up.",
        },
        "may_create": True,
        "mount_url": f"{ROOT}/drive",
        "selected": None
        if empty
        else invoices_file
        | {
            "digest": digest("invoices.csv"),
            "raw_url": "#",
            "download_url": "#",
            "kind": "CSV table",
            "starts": [
                {
                    "words": "Open in Excel",
                    "url": "ms-excel:ofe|u|https://signoff.example/dav/a.csv",
                },
                {
                    "words": "Open in LibreOffice",
                    "url": "vnd.libreoffice.command:ofe|u|https://signoff.example/dav/a.csv",
                },
            ],
            "asks": {"passwords_url": f"{ROOT}/you/passwords", "help_url": f"{ROOT}/drive"},
            "acts": [
                {"label": "Unlock", "url": "#", "icon": "lock", "fields": [], "stop": False},
                {"label": "Delete", "url": "#", "icon": "trash", "fields": [], "stop": True},
            ],
            "versions": [
                {
                    "version": 2,
                    "at": at(38),
                    "by": BOT,
                    "size": 38204,
                    "digest": digest("2"),
                    "url": "#",
                },
                {
                    "version": 1,
                    "at": at(1290),
                    "by": BOT,
                    "size": 38011,
                    "digest": digest("1"),
                    "url": "#",
                    "note": "as in round 1",
                },
            ],
            "versions_next_url": "",
        },
        "problem": None
        if not empty
        else {
            "title": "The folder was not made",
            "detail": "Ben has “brightwater” checked out until 12:40.",
            "hint": "Look at it, or ask him.",
        },
    }


def activity(*, empty: bool = False, theme: str = "auto") -> dict[str, Any]:
    def entry(
        position: int,
        minutes: float,
        actor: dict[str, str],
        type_: str,
        way: tuple[str, dict[str, str]],
        **more: Any,
    ) -> dict[str, Any]:
        return {
            "position": position,
            "at": at(minutes),
            "actor": actor,
            "type": type_,
            "door": way[0],
            "credential": way[1],
        } | more

    session = {"kind": "session", "id": "se_1"}
    key = {"kind": "api_key", "id": "key_a9Xd"}
    entries = [
        entry(
            48219,
            0.1,
            ADA,
            "handoff.taken",
            ("web", session),
            handoff="ho_1",
            title="October supplier invoices",
            round=2,
        ),
        entry(
            48218,
            1,
            STEWARD,
            "file.written",
            ("mcp", key),
            path="processing/feeds/2026-11.csv",
            version=3,
        ),
        entry(
            48217,
            2,
            BEN,
            "handoff.approved",
            ("web", session),
            handoff="ho_2",
            title="VAT return, Brightwater",
        ),
        entry(
            48216,
            4,
            HOUSE,
            "claim.lapsed",
            ("worker", {"kind": "system", "id": "system"}),
            path="input/feeds/2026-11",
        ),
        entry(
            48215,
            7,
            BOT,
            "access.denied",
            ("rest", key),
            path="needs-review/brightwater/2026-10-invoices/invoices.csv",
            code="agent_cannot_decide",
        ),
        entry(
            48214,
            9,
            BEN,
            "comment.added",
            ("web", session),
            handoff="ho_1",
            title="October supplier invoices",
        ),
        entry(
            48213,
            26,
            LENA,
            "file.created",
            ("portal", {"kind": "portal_link", "id": "po_1"}),
            path="input/portal/scan-11.pdf",
            version=1,
        ),
        entry(
            48212,
            38,
            BOT,
            "handoff.resubmitted",
            ("mcp", key),
            handoff="ho_1",
            title="October supplier invoices",
            round=2,
        ),
        entry(
            48207,
            1216,
            ADA,
            "handoff.changes_requested",
            ("web", session),
            handoff="ho_1",
            title="October supplier invoices",
            reason="Tern sells boxes. That is packaging, not materials.",
        ),
        entry(
            48206,
            1230,
            CHIDI,
            "file.moved",
            ("dav", {"kind": "app_password", "id": "ap_1"}),
            **{"from": "input/a.csv", "to": "ledger/2026/a.csv"},
        ),
    ]
    return {
        "shell": shell("activity", theme),
        "filters": [
            {"name": n, "url": f"?kind={n}", "icon": i, "current": False}
            for n, i in (
                ("People", "me"),
                ("Agents", "agent"),
                ("Guests", ""),
                ("Signoff itself", ""),
            )
        ],
        "checked": {
            "whole": not empty,
            "size": 48217,
            "at": at(1),
            "digest": digest("checkpoint"),
        },
        "sealed": 48217,
        "entries": [] if empty else entries,
        "next_url": "" if empty else "?before=48206",
    }


def trash(*, empty: bool = False, theme: str = "auto") -> dict[str, Any]:
    deleted = [
        {
            "id": "n1",
            "name": "old-feed.csv",
            "path": "input/feeds/old-feed.csv",
            "type": "file",
            "size": 48_000,
            "deleted_at": at(300),
            "deleted_by": BEN,
            "gone_at": at(-41000),
            "may_restore": True,
        },
        {
            "id": "n2",
            "name": "scans",
            "path": "input/scans",
            "type": "folder",
            "size": None,
            "deleted_at": at(8000),
            "deleted_by": BOT,
            "gone_at": at(-700),
            "may_restore": True,
        },
    ]
    return {
        "shell": shell("files", theme),
        "days": 30,
        "deleted": [] if empty else deleted,
        "next_url": "",
    }


def problem(*, theme: str = "auto") -> dict[str, Any]:
    return {
        "shell": shell("", theme),
        "problem": {
            "code": "locked",
            "title": "Ben has this checked out",
            "detail": "“invoices.csv” is locked, so nothing was changed and your note was kept.",
            "hint": "Look at it in the meantime, or ask him to release it.",
            "holder": BEN,
            "until": at(-40),
            "url": f"{ROOT}/handoffs/ho_1",
            "url_words": "Back to the handoff",
        },
    }


def signin(*, wrong: bool = False, theme: str = "auto") -> dict[str, Any]:
    return {
        "shell": Shell(now=NOW, theme=theme),
        "host": "desk.larkfield.example",
        "email": "ada@larkfield.example" if wrong else "",
        "next": "/",
        "problem": "That does not match. Four tries are left, then there is a short pause."
        if wrong
        else "",
    }


NOT_AWAY: dict[str, Any] = {
    "may": True,
    "mine": None,
    "for_others": [],
    "people": [("pe_ben", "Ben"), ("pe_mia", "Mia Larsen")],
}
AWAY_SOON = NOT_AWAY | {
    "mine": {
        "person": {"name": "Ada"},
        "to": BEN,
        "from_": at(-60 * 24 * 3),
        "until": at(-60 * 24 * 17),
        "now": False,
        "note": "By train to Ghent. Ring me if it burns.",
    },
    "for_others": [
        {
            "person": {"name": "Mia Larsen"},
            "to": {"name": "Ada"},
            "from_": at(60),
            "until": at(-60 * 24 * 2),
            "now": True,
            "note": "",
        }
    ],
}


def you(*, away: bool = False, theme: str = "auto") -> dict[str, Any]:
    return {
        "shell": shell("you", theme),
        "email": "ada@larkfield.example",
        "role": "reviewer",
        "groups": ("finance", "legal"),
        "away": AWAY_SOON if away else NOT_AWAY,
        "given": {},
        "problem": None,
        "passwords": 2,
        "others": [{"slug": "osei", "name": "Osei & partners"}],
    }


def app_passwords(
    *, empty: bool = False, made: bool = False, wrong: bool = False, theme: str = "auto"
) -> dict[str, Any]:
    laptop = {
        "id": "ap_1",
        "name": "laptop",
        "decides": True,
        "created_at": at(60 * 24 * 40),
        "seen_at": at(12),
    }
    sync = {
        "id": "ap_2",
        "name": "the-machine-in-the-basement-that-copies-everything-every-night",
        "decides": False,
        "created_at": at(60 * 24 * 90),
        "expires_at": at(60 * 24 * 3),
        "seen_at": at(60 * 24 * 4),
    }
    tablet = {
        "id": "ap_3",
        "name": "tablet",
        "decides": False,
        "created_at": at(1500),
        "expires_at": at(-60 * 24 * 28),
    }
    return {
        "shell": shell("you", theme),
        "here": f"{ROOT}/you/passwords",
        "folder": "notes" if made else "",
        "mount_url": f"{ROOT}/drive",
        "email": "ada@larkfield.example",
        "made": {"name": "tablet", "decides": False, "secret": "sp_" + "Kq7vT-2x" * 5 + "Kq7"}
        if made
        else None,
        "passwords": [] if empty else [laptop, sync] if made else [tablet, laptop, sync],
        "endings": [
            {"value": value, "words": words, "chosen": value == ("90" if wrong else "")}
            for value, words in (
                ("", "When I revoke it"),
                ("30", "After 30 days"),
                ("90", "After 90 days"),
                ("365", "After a year"),
            )
        ],
        "given": {"name": "lap\ttop" if wrong else "", "decides": wrong},
        "problem": {
            "title": "That makes no sense.",
            "detail": "A name has 1 to 200 printable characters.",
            "hint": "Choose another name.",
        }
        if wrong
        else None,
    }


def drive(
    on: str = "", *, host: str = "https://signoff.larkfield.example", theme: str = "auto"
) -> dict[str, Any]:
    path = "larkfield/needs-review/brightwater/2026%20Q4%20%26%20m%C3%BCll"
    address = f"{host}/dav/{path}"
    secure = host.startswith("https")
    return {
        "shell": shell("files", theme),
        "name": "2026 Q4 & müll",
        "is_whole": False,
        "back_url": f"{ROOT}/files",
        "email": "ada@larkfield.example",
        "passwords_url": f"{ROOT}/you/passwords",
        "systems": [
            Link(name=words, url=f"?on={name}", current=name == on)
            for name, words in (
                ("macos", "macOS"),
                ("windows", "Windows"),
                ("linux", "Linux"),
                ("rclone", "rclone"),
            )
        ],
        "on": on or None,
        "may_write": secure,
        "address": address,
        "desktop": address.replace("http", "dav", 1),
        "secure": secure,
        "host": host.partition("://")[2],
        "is_local": "127.0.0.1" in host,
        "davfs": f"mkdir -p ~/larkfield\nsudo mount -t davfs -o uid=$(id -u) {address} ~/larkfield",
        "remote": "larkfield",
        "rclone": f"[larkfield]\ntype = webdav\nurl = {address}\nvendor = nextcloud\n"
        "nextcloud_chunk_size = 0\nuser = ada@larkfield.example",
    }
