"""A proposed tool call on the desk: what it shows, and the reviewer's own version of it."""

import json
import re
from typing import Any

import pytest

from signoff.domain import tool_calls
from signoff.web import calls
from signoff_client.calls import ALL_ANSWERS
from signoff_client.rendering import rendered
from tests.actions.cast import BEN, RITA, SCRIBE
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, hidden, text

ARGUMENTS = {"to": "mira@example.com", "body": "Dear Mira,\nno.", "copy": "", "urgent": True}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "to": {"type": "string", "format": "email", "description": "Who receives it."},
        "body": {"type": "string"},
        "copy": {"type": "string"},
        "urgent": {"type": "boolean"},
        "track": {"type": "boolean"},
    },
    "required": ["to", "body"],
}


async def propose(acme: Desk, arguments: Any = None, **said: Any) -> Any:
    document = {
        "name": "send_email",
        "arguments": ARGUMENTS if arguments is None else arguments,
    }
    await acme.put(SCRIBE, "calls/send/call.json", json.dumps(document))
    schema = said.pop("schema", SCHEMA)
    held = {"type": "object", "properties": {"arguments": schema}}
    return await acme.submit(
        SCRIBE,
        "calls/send",
        title="Send email",
        summary=said.pop("summary", ""),
        schemas={"call.json": held} if schema else {},
        extra={"tool_call": {"name": "send_email", "schema": schema, **said}},
    )


def form(page: Any) -> dict[str, str]:
    """Return what a browser would post of the form, as it was rendered."""
    inside = page.text.partition('id="change"')[2].partition("</form>")[0]
    posted = {}
    for tag in re.findall(r"<input[^>]*>", inside):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        picks = said.get("type") in ("checkbox", "radio")
        if not picks or " checked" in tag:
            posted[said["name"]] = said.get("value", "")
    return posted | dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)', inside))


async def saved(acme: Desk, handoff: Any) -> Any:
    tree = await acme.tree()
    return json.loads(tree[f"{handoff.path}/call.json"])


async def test_the_desk_shows_what_would_run_and_with_what(door: Doorway, acme: Desk):
    seen = await propose(acme)

    page = await (await door.browser(BEN)).get(f"/w/acme/handoffs/{seen.id}")

    said = text(page)
    assert page.status_code == 200
    assert "Would call send_email" in said
    assert "to Who receives it. mira@example.com" in said
    assert "urgent yes" in said
    assert "Change the arguments" in said
    assert "Edited since" not in said


async def test_what_the_client_rendered_of_the_call_is_shown_once(door: Doorway, acme: Desk):
    summary = rendered("send_email", ARGUMENTS, ALL_ANSWERS)
    seen = await propose(acme, summary=f"The supplier asked for it.\n\n{summary}")

    page = await (await door.browser(BEN)).get(f"/w/acme/handoffs/{seen.id}")

    said = text(page).partition("Change the arguments")[0]
    assert "The supplier asked for it." in said
    assert said.count("mira@example.com") == 1


async def test_a_reviewer_saves_their_version_and_approves_that(door: Doorway, acme: Desk):
    seen = await propose(acme)
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"
    typed = form(await ben.get(url)) | {"answers[arguments][to]": "bo@example.com"}

    answer = await ben.post(f"{url}/call", data=typed)
    page = await ben.get(url)
    decided = await ben.post(f"{url}/decision", data=hidden(page) | {"verdict": "approve"})

    assert (answer.status_code, answer.headers["location"]) == (303, url)
    assert "Edited since it was proposed" in text(page)
    assert "As it was proposed" in text(page)
    assert decided.status_code == 303
    after = await acme.read(BEN, seen.id)
    assert (after.state, after.digest != seen.digest) == ("approved", True)
    assert await saved(acme, after) == {
        "name": "send_email",
        "arguments": ARGUMENTS | {"to": "bo@example.com"},
    }


async def test_saving_what_is_there_already_writes_nothing(door: Doorway, acme: Desk):
    seen = await propose(acme)
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"

    answer = await ben.post(f"{url}/call", data=form(await ben.get(url)))

    assert answer.status_code == 303
    assert (await acme.read(BEN, seen.id)).digest == seen.digest


async def test_what_does_not_fit_is_not_saved_and_stays_in_the_form(door: Doorway, acme: Desk):
    seen = await propose(acme)
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"
    typed = form(await ben.get(url)) | {"answers[arguments][to]": "Mira"}

    refused = await ben.post(f"{url}/call", data=typed)

    assert refused.status_code == 422
    assert "to: 'Mira' is not a 'email'." in text(refused)
    assert 'value="Mira"' in refused.text
    assert (await acme.read(BEN, seen.id)).digest == seen.digest


async def test_arguments_that_no_form_can_say_are_edited_as_json(door: Doorway, acme: Desk):
    seen = await propose(acme, {"rows": [{"a": 1}]}, schema={})
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"
    typed = form(await ben.get(url))

    broken = await ben.post(f"{url}/call", data=typed | {"text": '{"rows": ['})
    answer = await ben.post(f"{url}/call", data=typed | {"text": '{"rows": [{"a": 2}]}'})

    assert broken.status_code == 422
    assert "It is not JSON" in text(broken)
    assert "{&#34;rows&#34;: [</textarea>" in broken.text
    assert answer.status_code == 303
    assert (await saved(acme, seen))["arguments"] == {"rows": [{"a": 2}]}


async def test_an_edit_of_what_somebody_else_has_changed_is_refused(door: Doorway, acme: Desk):
    seen = await propose(acme)
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"
    typed = form(await ben.get(url)) | {"answers[arguments][to]": "bo@example.com"}
    await ben.post(f"{url}/call", data=typed)

    late = await ben.post(f"{url}/call", data=typed | {"answers[arguments][to]": "x@y.example"})

    assert late.status_code == 409
    assert 'value="x@y.example"' in late.text
    assert (await saved(acme, seen))["arguments"]["to"] == "bo@example.com"


async def test_only_who_may_decide_may_change_it_and_only_if_the_agent_lets_them(
    door: Doorway, acme: Desk
):
    open_ = await propose(acme)
    fixed = await propose(acme, allowed=["approve", "reject"])
    rita, ben = await door.browser(RITA), await door.browser(BEN)

    reader = await rita.get(f"/w/acme/handoffs/{open_.id}")
    page = await ben.get(f"/w/acme/handoffs/{fixed.id}")
    digest = (await acme.read(BEN, fixed.id)).files[0].digest
    forced = await ben.post(
        f"/w/acme/handoffs/{fixed.id}/call", data={"digest": digest, "text": "{}"}
    )

    assert "Would call send_email" in text(reader)
    assert "Change the arguments" not in text(reader)
    assert "Change the arguments" not in text(page)
    assert forced.status_code == 409


async def test_a_package_that_only_says_that_it_is_a_call_is_shown_as_files(
    door: Doorway, acme: Desk
):
    await acme.put(SCRIBE, "calls/odd/call.json", '{"name": 7}')
    seen = await acme.submit(SCRIBE, "calls/odd", extra={"tool_call": {"name": "x"}})
    ben = await door.browser(BEN)

    page = await ben.get(f"/w/acme/handoffs/{seen.id}")
    answer = await ben.post(f"/w/acme/handoffs/{seen.id}/call", data={"text": "{}"})

    assert page.status_code == 200
    assert "Would call" not in text(page)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(b'{"name": "send", "arguments": {"to": "\xff"}}', id="not UTF-8"),
        pytest.param(
            b'{"name": "send", "arguments": {"to": ' + b"[" * 3000 + b"]" * 3000 + b"}}",
            id="endlessly deep",
        ),
    ],
)
async def test_a_call_that_cannot_be_read_can_still_be_turned_down(
    door: Doorway, acme: Desk, written: bytes
):
    await acme.put(SCRIBE, "calls/odd/call.json", written)
    seen = await acme.submit(SCRIBE, "calls/odd", extra={"tool_call": {"name": "send"}})
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"

    page = await ben.get(url)
    said = hidden(page) | {"verdict": "reject", "reason": "It cannot be read."}
    decided = await ben.post(f"{url}/decision", data=said)

    assert (page.status_code, decided.status_code) == (200, 303)
    assert (await acme.read(BEN, seen.id)).state == "rejected"


async def test_what_nobody_would_see_of_a_call_is_shown(door: Doorway, acme: Desk):
    seen = await propose(
        acme, {"run": "ls \u202egpj.x\u202c", "to\u200b": "\U000e0041"}, schema={}
    )

    page = await (await door.browser(BEN)).get(f"/w/acme/handoffs/{seen.id}")

    sheet = page.text.partition('class="arguments"')[2].partition("</dl>")[0]
    assert "ls ⟨U+202E⟩gpj.x⟨U+202C⟩" in sheet
    assert "to⟨U+200B⟩" in sheet
    assert "⟨U+E0041⟩" in sheet


async def test_a_time_stays_what_it_was_when_something_else_is_changed(
    door: Doorway, acme: Desk
):
    due = {"type": "string", "format": "date-time"}
    schema = {"type": "object", "properties": {"to": {"type": "string"}, "due": due}}
    arguments = {"to": "mira", "due": "2030-01-31T17:00:00+02:00"}
    seen = await propose(acme, arguments, schema=schema)
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"

    page = await ben.get(url)
    await ben.post(f"{url}/call", data=form(page) | {"answers[arguments][to]": "bo"})

    # A browser empties a field of its own for times whose text it would not have written.
    assert 'type="datetime-local"' not in page.text
    assert (await saved(acme, seen))["arguments"] == arguments | {"to": "bo"}


async def test_a_one_that_becomes_true_is_a_change(door: Doorway, acme: Desk):
    seen = await propose(acme, {"force": 1}, schema={})
    ben, url = await door.browser(BEN), f"/w/acme/handoffs/{seen.id}"
    typed = form(await ben.get(url)) | {"text": '{"force": true}'}

    await ben.post(f"{url}/call", data=typed)

    assert (await saved(acme, seen))["arguments"]["force"] is True


def test_a_form_is_offered_only_where_it_changes_nothing_by_itself():
    def fields(value: Any, schema: dict[str, Any]) -> int:
        said = {"schema": {"type": "object", "properties": {"a": schema}}}
        raw = json.dumps({"name": "x", "arguments": {"a": value}}).encode()
        proposal: Any = tool_calls.proposal({"tool_call": said}, raw)
        call = calls.Proposed(
            file=None,  # type: ignore[arg-type]  # it is not looked at
            proposal=proposal,
            call=proposal.call,
        )
        return len(calls.fields_of(call))

    assert fields("x", {"type": "string"}) == 1
    assert fields(5, {"type": "integer"}) == 1
    assert fields("5", {"type": "integer"}) == 0
    assert fields("red", {"enum": ["blue"]}) == 0
    assert fields(None, {"type": "string"}) == 0
    assert fields(" ", {"type": "string"}) == 0
    assert fields("\nx", {"type": "string"}) == 0
    assert fields("x\r\ny", {"type": "string"}) == 0
    assert fields("x\0y", {"type": "string"}) == 0
    assert fields(1.0, {"enum": [1, 2]}) == 0
    assert fields(1, {"enum": ["1", 1]}) == 0
    assert fields("1", {"enum": ["1", 1]}) == 1
    assert fields({"b": 1}, {"type": "object", "properties": {"b": {"type": "integer"}}}) == 0
