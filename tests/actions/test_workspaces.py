import pytest

from signoff.actions import people, workspaces
from signoff.actions.house import House
from signoff.actions.views import Nothing
from signoff.domain.actors import Role
from signoff.domain.errors import Code, Conflict, Forbidden, Invalid, NotFound
from signoff.domain.files import NodeKind
from signoff.domain.ids import INSTANCE, ROOT, NodeId, Slug
from tests.actions.cast import ACME, ADA, BEN, OPERATOR, SCRIBE, at, do, last, log

BETA = Slug("beta")


async def _top_level(house: House, workspace: Slug) -> list[tuple[str, str]]:
    page = await house.engine.read(
        lambda tx: tx.files.page(ROOT, after="", limit=100), workspace=workspace
    )
    return [(node.id, node.name) for node in page]


async def test_a_workspace_has_the_six_stages_and_the_archive(house):
    await do(house, workspaces.create, OPERATOR, workspaces.Create(slug="beta"))

    await house.keys(BETA)

    assert await _top_level(house, BETA) == [
        ("approved", "approved"),
        ("archive", "archive"),
        ("feedback", "feedback"),
        ("input", "input"),
        ("needs-review", "needs-review"),
        ("processing", "processing"),
        ("rejected", "rejected"),
    ]


async def test_the_hidden_roots_stand_beside_the_tree(house):
    nodes = await house.engine.read(
        lambda tx: [tx.files.by_id(NodeId(name)) for name in ("root", "@trash", "@staging")],
        workspace=ACME,
    )

    assert [(node.kind, node.parent) for node in nodes if node] == [
        (NodeKind.FOLDER, None),
        (NodeKind.FOLDER, None),
        (NodeKind.FOLDER, None),
    ]


async def test_a_founding_is_in_both_logs(house):
    await do(house, workspaces.create, OPERATOR, workspaces.Create(slug="beta", name="Beta"))
    await house.keys(BETA)

    of_instance, own = await last(house, INSTANCE), await last(house, BETA)
    assert (of_instance["type"], of_instance["subject"]) == ("workspace.created", "beta")
    assert (of_instance["actor"], of_instance["credential_kind"]) == ("operator", "operator")
    assert (own["type"], own["codes"]) == ("workspace.created", {"by": "operator"})
    assert own["private"]["private"] == {"name": "Beta"}


async def test_founding_twice_changes_nothing(house):
    before = await log(house)

    again = await do(house, workspaces.found, at(OPERATOR, ACME), workspaces.Found())

    assert again == Nothing()
    assert await log(house) == before


async def test_a_founding_that_was_cut_off_is_made_up_for(house):
    await do(house, workspaces.create, OPERATOR, workspaces.Create(slug="beta"))
    assert await _top_level(house, BETA) == []

    await house.keys(BETA)

    assert len(await _top_level(house, BETA)) == 7


async def test_the_wrapped_keys_lie_beside_the_blobs(house):
    row = await house.engine.read(lambda tx: tx.workspaces.by_slug(ACME), workspace=ACME)

    beside = await house.blobs.store.read("keys/acme", 0, 10_000)

    assert row is not None
    assert beside == row.keys


async def test_a_person_who_founds_a_workspace_owns_it(house):
    await do(house, workspaces.create, at(ADA, INSTANCE), workspaces.Create(slug="beta"))

    await house.keys(BETA)

    member = await house.engine.read(lambda tx: tx.members.member(ADA.actor.id), workspace=BETA)
    assert member is not None
    assert member.role is Role.OWNER
    assert (await last(house, BETA))["type"] == "member.set"


async def test_a_slug_is_never_used_twice(house):
    with pytest.raises(Conflict) as refused:
        await do(house, workspaces.create, OPERATOR, workspaces.Create(slug="acme"))

    assert refused.value.code == Code.EXISTS


@pytest.mark.parametrize("slug", ["", "a", "-acme", "Acme", "ac me", "a" * 40, "acme_1"])
async def test_a_slug_is_plain(house, slug):
    with pytest.raises(Invalid):
        await do(house, workspaces.create, OPERATOR, workspaces.Create(slug=slug))


@pytest.mark.parametrize("caller", [BEN, SCRIBE, at(BEN, INSTANCE)])
async def test_only_admins_and_the_operator_found_workspaces(house, caller):
    with pytest.raises(Forbidden):
        await do(house, workspaces.create, caller, workspaces.Create(slug="beta"))


async def test_a_person_sees_their_own_workspaces(house):
    await do(house, workspaces.create, OPERATOR, workspaces.Create(slug="beta"))

    mine = await house.ask(workspaces.every, at(BEN, INSTANCE), workspaces.Every())
    all_ = await house.ask(workspaces.every, OPERATOR, workspaces.Every())

    assert [(each.slug, each.role) for each in mine.items] == [("acme", "reviewer")]
    assert [each.slug for each in all_.items] == ["acme", "beta"]


async def test_an_owner_closes_a_workspace_by_repeating_its_slug(house):
    closed = await do(house, workspaces.close, ADA, workspaces.Close(slug="acme"))

    assert closed.closed_at is not None
    assert (await last(house, INSTANCE))["type"] == "workspace.closed"


async def test_a_workspace_is_not_closed_by_mistake(house):
    with pytest.raises(Invalid):
        await do(house, workspaces.close, ADA, workspaces.Close(slug="beta"))


async def test_only_an_owner_closes_a_workspace(house):
    with pytest.raises(Forbidden):
        await do(house, workspaces.close, BEN, workspaces.Close(slug="acme"))

    assert (await last(house))["type"] == "access.denied"


async def test_an_unknown_workspace_has_no_keys(house):
    assert await house.keys(Slug("nowhere")) is None
    with pytest.raises(NotFound):
        await house.ask(people.me, at(BEN, Slug("nowhere")), people.Me())
