"""Whatever bytes come, nothing that runs and nothing from elsewhere comes out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from signoff.domain.sidecars import Anchor, Question
from signoff.web import answers
from signoff.web.previews import Kind, Mark, Subject, show, since
from tests.web.safety import wrongs

NASTY = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "![x](//evil.example/p.png)",
        "![x](https://evil.example/p.png)",
        "<svg onload=alert(1)>",
        "[x](data:text/html,<script>)",
        "<a href='vbscript:x'>",
        '"><b onclick=x>',
        "' onmouseover='x",
        "<!--",
        "-->",
        "<style>",
        "[a]: javascript:alert(1)",
        "[a]",
        "<https://ok.example>",
        "<javascript:alert(1)>",
        "| a | b |\n|---|:-:|\n| <i> | x |",
        "\n",
        "\n\n",
        "# ",
        "> ",
        "- ",
        "```",
        "`",
        "*",
        "_",
        "&lt;script&gt;",
        "&#106;avascript:",
        "\x00",
        "\x1b",
        "\u202e",
        ",",
        ";",
        '"',
        "\t",
        "{",
        "}",
        "---\n",
        "{{ 7*7 }}",
        "{% raw %}",
        "[x](a.png)",
        "![x](a.png)",
        "![x](../../etc)",
        "[x](\\\\evil)",
    ]
)
TEXTS = st.lists(st.one_of(NASTY, st.text(max_size=8)), max_size=24).map("".join)
NAMES = st.sampled_from(["a.csv", "a.md", "a.json", "a.txt", "a.html", "a.svg", "a", "a.pdf"])
MARKS = st.lists(
    st.builds(
        Mark,
        number=st.integers(1, 9),
        severity=st.sampled_from(["critical", "warning", "note"]),
        anchor=st.builds(
            Anchor,
            line=st.none() | st.integers(-3, 40),
            row=st.none() | st.integers(-3, 40),
            column=st.none() | st.text(max_size=5),
            region=st.none() | st.tuples(*[st.floats()] * 4),
        ),
    ),
    max_size=4,
)


def resolve(path: str) -> str | None:
    return "/raw/a.png" if path == "a.png" else None


def subject(name: str, data: bytes) -> Subject:
    return Subject(
        name=name,
        media_type="text/html",
        size=len(data),
        digest="sha256:" + "0" * 64,
        url="/raw/x",
    )


@given(name=NAMES, text=TEXTS, marks=MARKS)
def test_no_text_becomes_anything_but_harmless_elements(
    name: str, text: str, marks: list[Mark]
) -> None:
    data = text.encode()

    preview = show(subject(name, data), data, marks, resolve=resolve)

    assert wrongs(preview.html) == []


@given(name=NAMES, data=st.binary(max_size=400))
def test_no_bytes_become_anything_but_harmless_elements(name: str, data: bytes) -> None:
    preview = show(subject(name, data), data, resolve=resolve)

    assert wrongs(preview.html) == []


@given(name=TEXTS)
def test_no_name_becomes_anything_but_text(name: str) -> None:
    for data in (b"%PDF-", b"\x00", b"\x89PNG\r\n\x1a\n", b"a,b\n1,2\n"):
        assert wrongs(show(subject(name, data), data).html) == []


@given(old=TEXTS, new=TEXTS, kind=st.sampled_from([Kind.TABLE, Kind.TEXT]))
def test_no_difference_becomes_anything_but_harmless_elements(
    old: str, new: str, kind: Kind
) -> None:
    assert wrongs(since("a", kind, old.encode(), new.encode()).html) == []


SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "enum",
                    "oneOf",
                    "const",
                    "title",
                    "items",
                    "properties",
                    "required",
                    "format",
                    "pattern",
                    "minimum",
                    "maxItems",
                    "maxLength",
                    "description",
                ]
            )
            | st.text(max_size=4),
            inner | st.sampled_from(["object", "array", "string", "number", "boolean", "date"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    schema=st.dictionaries(
        st.sampled_from(["type", "properties", "items", "oneOf", "enum", "required"]), SCHEMAS
    ),
    id_=st.text(min_size=1, max_size=6),
)
def test_no_schema_breaks_the_form_or_its_reading(schema: dict[str, Any], id_: str) -> None:
    question = Question(id=id_, text="?", schema=schema)

    field = answers.field_of(question)

    assert field.label == "?"
    assert isinstance(
        answers.read((question,), [(field.name, "x"), (f"{field.name}[]", "y")]), dict
    )
