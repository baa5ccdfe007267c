"""Pages made of views: what they hold, and what no page may hold."""

import re
from html.parser import HTMLParser

import pytest

from signoff.web.pages import SECURITY, page
from tests.web import examples
from tests.web.gallery import PAGES, render
from tests.web.safety import wrongs


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", PAGES)
def test_no_page_has_a_style_or_a_script_of_its_own(name: str) -> None:
    html = render(name)

    for tag, attributes in Elements(html).found:
        assert tag != "style"
        assert not any(a == "style" or a.startswith("on") for a in attributes), (
            tag,
            attributes,
        )
        assert tag != "script" or (attributes["src"] or "").startswith("/static/")
    assert "{{" not in html
    assert "None" not in re.sub(r"[A-Za-z]*None[A-Za-z]+", "", html)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_one_solid_act_at_most_within_reach(name: str) -> None:
    acts = [
        a for _, a in Elements(render(name)).found if "act" in (a.get("class") or "").split()
    ]

    assert len(acts) <= 1


@pytest.mark.parametrize("name", PAGES)
def test_no_id_stands_twice_on_a_page(name: str) -> None:
    ids = [a["id"] for _, a in Elements(render(name)).found if "id" in a]

    assert sorted(set(ids), key=str) == sorted(ids, key=str)


@pytest.mark.parametrize("name", PAGES)
def test_what_changes_something_is_a_form_that_posts(name: str) -> None:
    for tag, attributes in Elements(render(name)).found:
        if tag == "form":
            assert attributes["method"] in {"post", "dialog"}


def test_the_verdict_names_the_digest_and_the_round_that_are_on_the_page() -> None:
    html = page("handoff.html", **examples.handoff())

    assert f'name="digest" value="{examples.digest("package")}"' in html
    assert 'name="round" value="2"' in html
    assert re.findall(r'name="verdict" value="(\w+)"', html) == [
        "reject",
        "request_changes",
        "approve",
    ]


def test_only_the_verdicts_that_are_offered_can_be_given() -> None:
    html = page("handoff.html", **examples.handoff(verdicts=["approve"]))

    assert re.findall(r'name="verdict" value="(\w+)"', html) == ["approve"]


def test_who_may_not_decide_sees_why_and_no_verdicts() -> None:
    view = examples.handoff() | {"may_decide": False, "why_not": "You submitted this yourself."}

    html = page("handoff.html", **view)

    assert "You submitted this yourself." in html
    assert 'name="verdict"' not in html


def test_a_note_that_was_typed_is_kept_when_a_verdict_is_refused() -> None:
    view = examples.handoff() | {
        "given": {"reason": "Row <118>"},
        "problem": {"title": "No", "detail": "It moved.", "hint": "Look."},
    }

    html = page("handoff.html", **view)

    assert "Row &lt;118&gt;</textarea>" in html
    assert "It moved. Look." in html


def test_an_escalation_shows_its_questions_as_fields_of_the_verdict_form() -> None:
    html = page("handoff.html", **examples.escalation())

    names = set(re.findall(r'name="(answers\[[^"]*)" ', html))
    assert names == {
        "answers[in_force]",
        "answers[since]",
        "answers[rent][amount]",
        "answers[rent][currency]",
        "answers[rent][indexed]",
        "answers[notice]",
        "answers[told_by][]",
        "answers[signed]",
        "answers[more]",
    }
    assert html.count('form="decide"') >= len(names)
    assert 'value="lease-2024" form="decide" required checked' in html


def test_what_others_wrote_is_text_on_every_page() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    view = examples.handoff(
        title=evil,
        actions=[evil],
        checklist=[evil],
        submitted_by={"kind": "agent", "name": evil},
    )
    view["comments"][0] |= {"text": evil, "place": evil}
    view["flags"][0] |= {"message": evil, "place": evil}
    view["files"][1] |= {"name": evil, "path": evil}

    html = page("handoff.html", **view)

    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_the_theme_of_the_cookie_is_on_the_first_element() -> None:
    assert '<html lang="en" data-theme="dark">' in page(
        "inbox.html", **examples.inbox(theme="dark")
    )
    assert '<html lang="en">' in page("inbox.html", **examples.inbox())


def test_the_policy_of_every_page_lets_nothing_but_our_own_run() -> None:
    assert SECURITY["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


@pytest.mark.parametrize(
    ("fragment", "found"),
    [
        ("<script>", ["<script>"]),
        ("<b onclick=x>", ["b onclick"]),
        ("<a href=' javascript:x'>", ["a href= javascript:x"]),
        ("<img src=//evil.example>", ["img fetches //evil.example"]),
        ("<p style='x'>", ["p style"]),
        ("<p>fine</p>", []),
    ],
)
def test_the_judge_of_fragments_sees_what_it_is_for(fragment: str, found: list[str]) -> None:
    assert wrongs(fragment) == found
