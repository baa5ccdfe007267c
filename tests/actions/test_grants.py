import pytest

from signoff.actions import grants
from signoff.domain.errors import Forbidden, Invalid, NotFound
from signoff.domain.ids import Path
from signoff.domain.permissions import Access, Permission
from tests.actions.cast import ADA, BEN, MAY, SCRIBE, do, last


def _may_read(path: str):
    """Ask as an act would: is this path there for the caller?"""

    def act(ctx, asked):
        return ctx.may(Permission.FILE_READ, path=Path(path))

    return act


async def test_a_grant_of_none_hides_a_path_from_an_agent(house):
    asked = grants.Set(subject="Scribe", path="/hr/", access=Access.NONE)

    made = await do(house, grants.set, MAY, asked)

    assert (made.subject, made.path, made.access) == ("ag_scribe", "hr", "none")
    assert made.who is not None
    assert made.who.name == "Scribe"
    assert not await house.ask(_may_read("hr/pay.csv"), SCRIBE, None)
    assert await house.ask(_may_read("shared/pay.csv"), SCRIBE, None)


async def test_a_grant_to_a_group_counts_for_its_people(house):
    asked = grants.Set(subject="group:legal", path="hr", access=Access.NONE)

    made = await do(house, grants.set, MAY, asked)

    assert made.who is None
    assert not await house.ask(_may_read("hr/pay.csv"), BEN, None)
    assert await house.ask(_may_read("hr/pay.csv"), ADA, None)


async def test_a_grant_is_on_the_record_with_its_path_erasable(house):
    asked = grants.Set(subject="ben@acme.example", path="hr", access=Access.READ)

    made = await do(house, grants.set, MAY, asked)

    entry = await last(house)
    assert (entry["type"], entry["subject"]) == ("grant.set", made.id)
    assert entry["codes"] == {"access": "read"}
    assert entry["private"] == {"path": "hr", "private": {"to": "pe_ben"}}


async def test_setting_a_grant_again_changes_it(house):
    first = await do(
        house, grants.set, MAY, grants.Set(subject="pe_ben", path="hr", access=Access.READ)
    )
    second = await do(
        house, grants.set, MAY, grants.Set(subject="pe_ben", path="hr", access=Access.WRITE)
    )

    page = await house.ask(grants.every, MAY, grants.Every())
    assert first.id == second.id
    assert [(each.id, each.access) for each in page.items] == [(first.id, "write")]


async def test_a_removed_grant_counts_no_more(house):
    made = await do(
        house, grants.set, MAY, grants.Set(subject="Scribe", path="hr", access=Access.NONE)
    )

    await do(house, grants.remove, MAY, grants.Remove(grant=made.id))

    assert await house.ask(_may_read("hr/pay.csv"), SCRIBE, None)
    assert (await last(house))["type"] == "grant.removed"
    with pytest.raises(NotFound):
        await do(house, grants.remove, MAY, grants.Remove(grant=made.id))


@pytest.mark.parametrize("caller", [BEN, SCRIBE])
async def test_only_who_runs_the_workspace_gives_rights(house, caller):
    with pytest.raises(Forbidden):
        await do(
            house,
            grants.set,
            caller,
            grants.Set(subject="pe_ben", path="", access=Access.WRITE),
        )


@pytest.mark.parametrize("subject", ["x@y", "pe_nobody", "Nobody"])
async def test_a_subject_that_nobody_knows_is_refused(house, subject):
    with pytest.raises(NotFound):
        await do(
            house, grants.set, MAY, grants.Set(subject=subject, path="hr", access=Access.READ)
        )


async def test_a_path_that_is_none_is_refused(house):
    with pytest.raises(Invalid):
        await do(
            house,
            grants.set,
            MAY,
            grants.Set(subject="pe_ben", path="a/../b", access=Access.READ),
        )
