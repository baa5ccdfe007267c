"""What an agent says of its work when it hands it over, as tools describe it to a model."""

from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from signoff.mcp.messages import Json


def _said(description: str, schema: Json, *examples: Any) -> Meta:
    """Describe what is taken as it is said and read generously (RULES 7)."""
    return Meta(
        description=description,
        extra_json_schema={**schema, **({"examples": list(examples)} if examples else {})},
    )


def _list_of(item: Json) -> Json:
    return {"type": "array", "items": item}


TEXT: Json = {"type": "string"}
FLAG: Json = {
    "type": "object",
    "properties": {
        "severity": {"enum": ["note", "warning", "critical"]},
        "message": TEXT,
        "file": {"type": "string", "description": "The file of the package that it is about."},
    },
    "required": ["message"],
}
QUESTION: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "By which the answer comes back."},
        "text": TEXT,
        "schema": {"type": "object", "description": "The answer's JSON Schema; text without."},
        "required": {"type": "boolean", "default": True},
    },
    "required": ["id", "text"],
}
SOURCE: Json = {
    "type": "object",
    "properties": {"path": TEXT, "url": TEXT},
    "description": "A path of the workspace, or a web address.",
}

Said: TypeAlias = Any | UnsetType

Title: TypeAlias = Annotated[Said, _said("A short title for the inbox.", TEXT)]
Summary: TypeAlias = Annotated[
    Said, _said("What the person should know before they look, in Markdown.", TEXT)
]
Confidence: TypeAlias = Annotated[
    Said,
    _said(
        "How sure you are, from 0 to 1; honest, since policy asks more people when it is low.",
        {"type": "number", "minimum": 0, "maximum": 1},
        0.8,
    ),
]
Flags: TypeAlias = Annotated[
    Said,
    _said(
        "What a person should look at with care.",
        _list_of(FLAG),
    ),
]
Questions: TypeAlias = Annotated[
    Said,
    _said(
        "What you need to know; each becomes a field that a person fills in.",
        _list_of(QUESTION),
        [{"id": "vat", "text": "Which VAT rate?", "schema": {"enum": [7, 19]}}],
    ),
]
Needs: TypeAlias = Annotated[
    Said, _said("What you need from a person, in a sentence.", TEXT, "Which account is this?")
]
Lines: TypeAlias = Annotated[Said, _said("What the person should check.", _list_of(TEXT))]
Actions: TypeAlias = Annotated[Said, _said("What you did, step by step.", _list_of(TEXT))]
Sources: TypeAlias = Annotated[Said, _said("What it was made from.", _list_of(SOURCE))]
Reviewers: TypeAlias = Annotated[
    Said,
    _said(
        "Who should look: e-mail addresses or group:NAME; policy may ask more people.",
        _list_of(TEXT),
        ["ada@example.org"],
    ),
]
DueAt: TypeAlias = Annotated[
    Said, _said("By when, as RFC 3339.", {**TEXT, "format": "date-time"})
]
Priority: TypeAlias = Annotated[
    Said, _said("Higher comes first; 0 unless said.", {"type": "integer"})
]


class Package(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is handed over, and what is said of it."""

    paths: Annotated[
        tuple[str, ...] | str,
        Meta(
            description="The files or folders; several become one package.",
            examples=[["processing/cl_01jx/report.md"]],
        ),
    ]
    title: Title = UNSET
    summary: Summary = UNSET
    lock_token: Annotated[
        str, Meta(description="Your claim's lock_token, when this is work that you claimed.")
    ] = ""
    confidence: Confidence = UNSET
    flags: Flags = UNSET
    actions: Actions = UNSET
    sources: Sources = UNSET
    reviewers: Reviewers = UNSET
    due_at: DueAt = UNSET
    priority: Priority = UNSET
    handoff: Annotated[
        str, Meta(description="Insist that this is the next round of that handoff.")
    ] = ""
    dedupe_key: Annotated[
        str,
        Meta(
            description="Any name of yours: the same call again gives the same handoff.",
            max_length=255,
        ),
    ] = ""
    resume_state: Annotated[
        str, Meta(description="A note to yourself, given back with the decision; 64 KiB.")
    ] = ""


OF_THE_CALL = frozenset(
    {"paths", "lock_token", "handoff", "dedupe_key", "resume_state", "keep_rest"}
)
"""What a call says to the server; all else is said to people."""


def said_in(asked: Package, kind: str) -> Json:
    """Return what a call says to people, as a sidecar would."""
    fields = {name: getattr(asked, name) for name in asked.__struct_fields__}
    said = {k: v for k, v in fields.items() if k not in OF_THE_CALL and v is not UNSET}
    return {"kind": kind, **said}
