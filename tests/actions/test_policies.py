import msgspec
import pytest
from jsonschema import Draft202012Validator

from signoff.actions import policies
from signoff.domain.errors import Code, Forbidden, Invalid, NotFound
from signoff.domain.policies import FourEyes, Policy
from tests.actions.cast import BEN, DAN, MAY, SCRIBE, do, last, log


async def test_without_a_policy_the_defaults_hold(house):
    found = await house.ask(policies.get, DAN, policies.Get())

    assert (found.number, found.policy) == (0, Policy())


async def test_a_policy_is_set_as_text_or_as_an_object(house):
    text = "four_eyes: on\nrequired: 2\n"
    of_text = await do(house, policies.set, MAY, policies.Set(policy=text))
    of_object = await do(house, policies.set, MAY, policies.Set(policy={"max_rounds": 3}))

    assert (of_text.number, of_text.policy.four_eyes) == (1, FourEyes.ON)
    assert (of_object.number, of_object.policy) == (2, Policy(max_rounds=3))
    found = await house.ask(policies.get, SCRIBE, policies.Get())
    assert (found.number, found.policy) == (2, Policy(max_rounds=3))


async def test_a_policy_is_on_the_record(house):
    await do(house, policies.set, MAY, policies.Set(policy={"required": 2}))
    one = {"required": 2, "due_in": "1d", "rules": [{"flag": "note", "required": 3}]}
    await do(house, policies.set, MAY, policies.Set(policy=one))
    other = {"due_in": "2d", "rules": [{"flag": "critical", "required": 3}]}
    await do(house, policies.set, MAY, policies.Set(policy=other))

    told = [entry for entry in await log(house) if entry["type"] == "policy.set"]
    assert [(entry["actor"], entry["codes"]) for entry in told] == [
        ("pe_may", {"number": 1, "changed": "required"}),
        ("pe_may", {"number": 2, "changed": "due_in+rules.1"}),
        ("pe_may", {"number": 3, "changed": "required+due_in+rules.1.flag"}),
    ]


async def test_a_change_of_many_keys_is_cut_short_on_the_record(house):
    rules = [{"path": f"{n}/**", "required": 2} for n in range(60)]

    await do(house, policies.set, MAY, policies.Set(policy={"rules": rules}))

    changed = (await last(house))["codes"]["changed"].split("+")
    assert (changed[0], changed[-1], len(changed)) == ("rules.1", "20.more", 41)


async def test_every_policy_that_ever_held_can_be_read_and_set_again(house):
    for policy in ({"required": 2}, {"required": 3, "priority": 1}, {}):
        await do(house, policies.set, MAY, policies.Set(policy=policy))

    listed = await house.ask(policies.history, DAN, policies.History(limit=2))
    rest = await house.ask(
        policies.history, DAN, policies.History(limit=2, cursor=listed.next or "")
    )
    items = [*listed.items, *rest.items]
    assert [(item.number, item.by.name, item.changed) for item in items] == [
        (3, "May", ("required", "priority")),
        (2, "May", ("required", "priority")),
        (1, "May", ("required",)),
    ]
    assert rest.next is None
    second = await house.ask(policies.get, DAN, policies.Get(number=2))
    body = msgspec.to_builtins(second.policy)
    again = await do(house, policies.set, MAY, policies.Set(policy=body))
    assert (again.number, again.policy) == (4, Policy(required=3, priority=1))
    assert (await house.ask(policies.get, DAN, policies.Get(number=0))).policy == Policy()


@pytest.mark.parametrize("number", [-1, 2, 99])
async def test_a_policy_that_never_held_is_not_found(house, number):
    await do(house, policies.set, MAY, policies.Set(policy={}))

    with pytest.raises(NotFound):
        await house.ask(policies.get, DAN, policies.Get(number=number))


async def test_the_schema_of_policies_is_one_and_takes_what_the_reader_takes(house):
    schema = await house.ask(policies.schema, SCRIBE, policies.Schema())

    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    assert check.is_valid({"due_in": "2d", "reminders": ["4h before"], "four_eyes": "on"})
    assert not check.is_valid({"due_in": "2 days"})
    assert not check.is_valid({"requird": 2})
    assert not check.is_valid({"rules": [{"kind": "review", "required": 2}]})


@pytest.mark.parametrize(
    "policy",
    [
        {"four_eye": "on"},
        {"required": 0},
        "required: [",
        "- one\n- two",
        {"rules": [{"path": "a/**", "reviwers": ["x"]}]},
    ],
)
async def test_an_invalid_policy_is_refused_as_a_whole(house, policy):
    before = await log(house)

    with pytest.raises(Invalid) as refused:
        await do(house, policies.set, MAY, policies.Set(policy=policy))

    assert refused.value.code == Code.POLICY_INVALID
    assert await log(house) == before


@pytest.mark.parametrize("caller", [BEN, SCRIBE])
async def test_only_who_runs_the_workspace_sets_the_policy(house, caller):
    with pytest.raises(Forbidden):
        await do(house, policies.set, caller, policies.Set(policy={}))


async def test_a_policy_is_shown_as_it_was_written(house):
    made = await do(house, policies.set, MAY, policies.Set(policy={"four_eyes": "edits"}))

    assert msgspec.json.encode(made) == b'{"number":1,"policy":{"four_eyes":"edits"}}'
