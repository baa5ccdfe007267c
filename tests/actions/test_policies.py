import msgspec
import pytest

from signoff.actions import policies
from signoff.domain.errors import Code, Forbidden, Invalid
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

    entry = await last(house)
    assert (entry["type"], entry["codes"]) == ("policy.set", {"number": 1})


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
