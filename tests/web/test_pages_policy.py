"""The page of the policy: read it, try it, set it, and go back to an earlier one."""

import re

import pytest

from signoff.actions import policies
from signoff.actions.policies import Get
from signoff.domain.documents import line_of, read_yaml
from signoff.domain.policy_readings import parse
from signoff.web import policy, policy_words
from tests.actions.cast import DAN, MAY, SCRIBE, log
from tests.actions.desk import Desk
from tests.web.visitors import Doorway, text

HERE = "/w/acme/settings/policy"
TWO = "required: 2\nrules:\n  - path: contracts/**\n    reviewers: [group:legal]\n"


def number(page: str) -> str:
    found = re.search(r'name="number" value="(\d+)"', page)
    assert found
    return found.group(1)


def written(page: str) -> str:
    return page.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]


async def in_force(acme: Desk) -> policies.PolicyView:
    return await acme.house.ask(policies.get, MAY, Get())


async def test_what_holds_without_one_is_said_in_sentences(door: Doorway):
    may = await door.browser(MAY)

    page = text(await may.get(HERE))

    assert "No policy was set yet." in page
    assert "Everything any one reviewer decides waits for ever" in page
    assert "No policy was ever set." in page


async def test_a_manager_sets_it_and_everybody_reads_it(door: Doorway, acme: Desk):
    may, dan = await door.browser(MAY), await door.browser(DAN)

    sent = await may.post(HERE, data={"act": "save", "policy": TWO, "number": "0"})
    read = await dan.get(HERE)

    assert (sent.status_code, sent.headers["location"]) == (303, HERE)
    assert (await log(acme.house))[-1]["type"] == "policy.set"
    assert "2 must approve" in text(read)
    assert "Its path fits contracts/** asks the group legal" in text(read)
    assert "Save" not in text(read)


async def test_others_than_managers_set_none(door: Doorway, acme: Desk):
    dan = await door.browser(DAN)

    saved = await dan.post(HERE, data={"act": "save", "policy": TWO, "number": "0"})
    tried = await dan.post(HERE, data={"act": "try", "policy": TWO, "number": "0"})
    restored = await dan.post(f"{HERE}/restore", data={"number": "0"})

    assert {saved.status_code, tried.status_code, restored.status_code} == {403}
    assert (await in_force(acme)).number == 0


async def test_to_try_one_says_what_would_change_and_changes_nothing(door: Doorway, acme: Desk):
    await acme.put(SCRIBE, "input/contracts/a.csv")
    await acme.submit(SCRIBE, "input/contracts/a.csv", title="Lease")
    may = await door.browser(MAY)

    page = await may.post(HERE, data={"act": "try", "policy": TWO, "number": "0"})

    assert page.status_code == 200
    said = text(page)
    assert "1 handoff of the last 1 would have fared otherwise" in said
    assert "Lease" in said
    assert "it was 1 , it would be 2" in said
    assert "it was anybody who reviews , it would be the group legal" in said
    assert written(page.text) == TWO
    assert (await in_force(acme)).number == 0


@pytest.mark.parametrize(
    ("wrong", "line", "what"),
    [
        ("required: 1\nrules:\n  - flag: critical\n    requird: 2\n", 4, "requird"),
        ("required: 1\nrules:\n  - path: a\n    required: 0\n", 4, "required: 0"),
        ("required: 1\nrules:\n  - path: a/**\n", 3, "path: a/**"),
        ("required: [1\n", 2, ""),
    ],
)
async def test_what_is_refused_stays_written_and_its_line_is_shown(
    door: Doorway, acme: Desk, wrong: str, line: int, what: str
):
    may = await door.browser(MAY)

    page = await may.post(HERE, data={"act": "save", "policy": wrong, "number": "0"})

    assert page.status_code == 422
    assert "This policy was not taken." in text(page)
    assert written(page.text) == wrong
    assert "$" not in text(page)
    if what:
        assert f"Line {line} is meant" in text(page)
        assert what in page.text.partition('class="wrong"')[2].partition("</span>")[0]
    assert (await in_force(acme)).number == 0


async def test_nobody_saves_over_what_another_set_meanwhile_without_seeing_it(
    door: Doorway, acme: Desk
):
    may = await door.browser(MAY)
    shown = number((await may.get(HERE)).text)
    await acme.policy("required: 3")

    late = await may.post(HERE, data={"act": "save", "policy": TWO, "number": shown})
    again = {"act": "save", "policy": TWO, "number": number((await may.get(HERE)).text)}
    done = await may.post(HERE, data=again)

    assert late.status_code == 409
    assert "Somebody set policy number 1 while you wrote" in text(late)
    assert written(late.text) == TWO
    assert done.status_code == 303


async def test_an_earlier_one_is_compared_and_restored_under_a_new_number(
    door: Doorway, acme: Desk
):
    await acme.policy("required: 2")
    await acme.policy("required: 3\ndue_in: 2d")
    may = await door.browser(MAY)

    compared = await may.get(HERE, params={"version": "2"})
    restored = await may.post(f"{HERE}/restore", data={"number": "1"})
    after = await in_force(acme)

    shown = text(compared).partition("History")[2]
    assert "removed: required: 2" in shown
    assert "added: required: 3" in shown
    assert restored.status_code == 303
    assert (after.number, after.policy.required, after.policy.due_in) == (3, 2, None)
    assert "Number 3 in force" in text(await may.get(HERE))


async def test_a_version_that_never_was_compares_nothing(door: Doorway, acme: Desk):
    await acme.policy("required: 2")
    may = await door.browser(MAY)

    for odd in ("9", "0", "x", "99999999999999"):
        page = await may.get(HERE, params={"version": odd, "before": odd})

        assert page.status_code == 200
        assert 'class="difference"' not in page.text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("rules: [{agent: [a, b], priority: 3}]", "It was submitted by a or b"),
        ("rules: [{confidence_from: 0.5, priority: 3}]", "It is at least 50 % sure"),
        ("rules: [{files_above: 1, priority: 3}]", "It has more than 1 file"),
        ("rules: [{priority: -3}]", "Always"),
    ],
)
def test_a_rule_says_when_it_is_met(said, words):
    assert policy_words.sentences(parse(said.encode()))[1]["when"] == words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("due_in: 1d", "due in 1 day"),
        ("due_in: 2d\nreminders: [4h before, when due]", "reminds 4 hours before, when due"),
        ("reminders: {every: 2d, most: 3}", "reminds every 2 days, 3 times at most"),
        (
            "due_in: 2d\non_timeout: raise\nraise_to: group:heads",
            "late work is raised to the group heads",
        ),
        ("steps: [{reviewers: [a]}, {reviewers: ['group:b'], required: 2}]",
         "asks first a (1 of them), then the group b (2 of them)"),
        ("reviewers: [a, b, c]\nwho: each", "asks a, b and c, each of whom must approve"),
        ("second_look: {share: 0.05}", "5 % of what is approved is looked at again"),
    ],
)  # fmt: skip
def test_a_policy_says_what_it_demands(said, words):
    assert words in policy_words.sentences(parse(said.encode()))[0]["then"]


def test_the_text_that_is_edited_means_the_policy_that_is_in_force():
    whole = parse(TWO.encode() + b"four_eyes: on\nworking_hours: {zone: Europe/Berlin}\n")

    again = parse(policy.text_of(whole).encode())

    assert again == whole


def test_a_difference_has_all_lines_of_both_in_their_order():
    found = policy.difference("a\nb\nc\n", "a\nx\nc\nd\n")

    assert [(line["is"], line["text"]) for line in found] == [
        ("kept", "a"),
        ("gone", "b"),
        ("come", "x"),
        ("kept", "c"),
        ("come", "d"),
    ]


def test_the_line_of_a_place_is_found_in_yaml_and_in_json():
    yaml_ = "a: 1\nrules:\n  - x: 1\n  - y: 2\n"
    json_ = '{"a": 1,\n "rules": [\n  {"x": 1},\n  {"y": 2}]}'

    assert line_of(yaml_, ("rules", 1, "y")) == line_of(json_, ("rules", 1, "y")) == 4
    assert line_of(yaml_, ("rules", 1, "z")) == 4
    assert line_of(yaml_, ("nothing",)) is None
    assert line_of("a: [", ("a",)) is None
    assert read_yaml(yaml_)["rules"][1] == {"y": 2}
