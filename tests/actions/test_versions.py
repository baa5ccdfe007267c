import pytest

from signoff.actions import locks, submitting, versions
from signoff.actions.locks import TakeLock
from signoff.actions.submitting import Submit
from signoff.actions.versions import ListVersions, RestoreVersion
from signoff.domain.errors import (
    Code,
    Conflict,
    Forbidden,
    Held,
    Invalid,
    NotFound,
    Unconditional,
)
from tests.actions.cast import BEN, DAN, RITA, SCRIBE, do, held, last
from tests.actions.tree import folder
from tests.actions.works import put, text_of


async def test_every_version_is_listed_newest_first_a_page_at_a_time(house):
    for text in ("one", "two", "three"):
        await put(house, DAN, "shared/a.txt", text)

    first = await house.ask(versions.list_, RITA, ListVersions(path="shared/a.txt", limit=2))
    rest = await house.ask(
        versions.list_,
        RITA,
        ListVersions(path="shared/a.txt", limit=2, cursor=first.next or ""),
    )

    assert [(each.version, each.size, each.author.name) for each in first.items] == [
        (3, 5, "Dan"),
        (2, 3, "Dan"),
    ]
    assert [each.version for each in rest.items] == [1]
    assert rest.next is None


async def test_others_do_not_see_the_versions_of_a_draft(house):
    await put(house, DAN, "shared/a.txt", "one")
    lock = await do(house, locks.take, DAN, TakeLock(path="shared/a.txt", mode="draft"))
    await put(house, DAN, "shared/a.txt", "two", held(lock))

    of_others = await house.ask(versions.list_, BEN, ListVersions(path="shared/a.txt"))
    own = await house.ask(versions.list_, DAN, ListVersions(path="shared/a.txt"))

    assert [each.version for each in of_others.items] == [1]
    assert [each.version for each in own.items] == [2, 1]


async def test_an_earlier_version_becomes_the_next(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/a.txt", "two")

    done = await do(
        house, versions.restore, DAN, RestoreVersion(path="shared/a.txt", version=1)
    )

    entry = await last(house)
    assert done.version == 3
    assert await text_of(house, DAN, "shared/a.txt") == "one"
    assert (entry["type"], entry["version"], entry["codes"]) == (
        "file.restored",
        3,
        {"from_version": 1},
    )


async def test_an_agent_says_what_it_overwrites(house):
    await put(house, SCRIBE, "shared/a.txt", "one")
    second = await put(house, DAN, "shared/a.txt", "two")
    asked = RestoreVersion(path="shared/a.txt", version=1)

    with pytest.raises(Unconditional):
        await do(house, versions.restore, SCRIBE, asked)
    done = await do(
        house,
        versions.restore,
        SCRIBE,
        RestoreVersion(path="shared/a.txt", version=1, if_match=(second.etag,)),
    )

    assert done.version == 3


async def test_what_makes_no_sense_or_is_not_there_is_refused(house):
    await put(house, DAN, "shared/a.txt", "one")
    await folder(house, DAN, "shared/x")

    with pytest.raises(NotFound):
        await do(house, versions.restore, DAN, RestoreVersion(path="shared/a.txt", version=7))
    with pytest.raises(Invalid):
        await do(house, versions.restore, DAN, RestoreVersion(path="shared/a.txt", version=1))
    with pytest.raises(Conflict) as refused:
        await house.ask(versions.list_, DAN, ListVersions(path="shared/x"))
    with pytest.raises(Invalid):
        await house.ask(versions.list_, DAN, ListVersions(path="shared/a.txt", cursor="x"))

    assert refused.value.code is Code.IS_FOLDER


async def test_a_reader_and_an_agent_in_review_restore_nothing(house):
    await put(house, SCRIBE, "input/a.txt", "one")
    second = await put(house, DAN, "input/a.txt", "two")
    asked = RestoreVersion(path="input/a.txt", version=1, if_match=(second.etag,))
    with pytest.raises(Forbidden):
        await do(house, versions.restore, RITA, asked)
    await do(house, submitting.submit, SCRIBE, Submit(paths=("input/a.txt",)))

    with pytest.raises(Held) as refused:
        await do(
            house,
            versions.restore,
            SCRIBE,
            RestoreVersion(path="needs-review/a.txt", version=1, if_match=(second.etag,)),
        )

    assert refused.value.code is Code.FROZEN
