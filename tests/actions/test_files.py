import hashlib

import pytest
from msgspec.structs import replace

from signoff.actions import files
from signoff.actions.files import ReadFile, WriteFile
from signoff.domain.actors import Caller, Credential, CredentialKind
from signoff.domain.errors import (
    Code,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Stale,
    Unconditional,
)
from signoff.domain.ids import CredentialId
from tests.actions.cast import ADA, DAN, RITA, SCRIBE, do, last
from tests.actions.tree import folder
from tests.actions.works import names_in, put, text_of


def _small(path: str, text: str = "x", **how: object) -> WriteFile:
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return WriteFile(path=path, blob="", digest=digest, size=len(text), **how)  # type: ignore[arg-type]


async def test_a_file_is_written_with_the_folders_above_it(house):
    done = await put(house, DAN, "shared/a/b/c.csv", "one")

    entry = await last(house)
    assert (done.created, done.version, done.media_type) == (True, 1, "text/csv")
    assert (entry["type"], entry["private"]["path"]) == ("file.created", "shared/a/b/c.csv")
    assert await text_of(house, RITA, "shared/a/b/c.csv") == "one"


async def test_the_next_write_is_the_next_version(house):
    await put(house, DAN, "shared/a.txt", "one")

    done = await put(house, DAN, "shared/a.txt", "two")

    assert (done.created, done.version, (await last(house))["type"]) == (
        False,
        2,
        "file.written",
    )


async def test_an_agent_says_which_version_it_overwrites(house):
    await put(house, SCRIBE, "shared/a.txt", "one")

    with pytest.raises(Unconditional) as refused:
        await put(house, SCRIBE, "shared/a.txt", "two")

    assert refused.value.code is Code.PRECONDITION_REQUIRED


async def test_a_write_that_saw_something_else_is_refused(house):
    first = await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/a.txt", "two")

    with pytest.raises(Stale):
        await house.ask(files.may_write, DAN, _small("shared/a.txt", if_match=(first.etag,)))
    with pytest.raises(Stale):
        await house.ask(files.may_write, DAN, _small("shared/a.txt", if_none_match=("*",)))


async def test_a_name_that_differs_by_case_alone_is_taken_for_writing_and_not_found_for_reading(
    house,
):
    await put(house, DAN, "shared/Report.txt", "one")

    with pytest.raises(Conflict) as refused:
        await put(house, DAN, "shared/report.txt", "two")
    with pytest.raises(NotFound):
        await house.ask(files.open_, DAN, ReadFile(path="shared/report.txt"))

    assert (refused.value.code, refused.value.facts["path"]) == (
        Code.EXISTS,
        "shared/Report.txt",
    )


async def test_a_folder_is_no_file_and_nothing_is_written_below_a_file(house):
    await folder(house, DAN, "shared/x")
    await put(house, DAN, "shared/a.txt")

    with pytest.raises(Conflict) as on_folder:
        await put(house, DAN, "shared/x")
    with pytest.raises(Conflict) as below:
        await put(house, DAN, "shared/a.txt/b.txt")

    assert on_folder.value.code is Code.IS_FOLDER
    assert below.value.code is Code.NOT_A_FOLDER


@pytest.mark.parametrize("path", ["approved/a.txt", "rejected/a.txt", "feedback/a.txt"])
async def test_nothing_is_written_straight_to_where_only_decisions_lead(house, path):
    for caller in (DAN, SCRIBE, ADA):
        with pytest.raises(Forbidden):
            await put(house, caller, path)

    assert await names_in(house, path.partition("/")[0]) == []


async def test_the_notes_of_the_server_are_not_written_by_others(house):
    with pytest.raises(Forbidden) as refused:
        await put(house, DAN, "shared/a.txt.feedback.md")

    assert refused.value.code is Code.RESERVED_NAME


async def test_a_key_that_is_narrowed_writes_nothing_new_elsewhere(house):
    credential = Credential(
        id=CredentialId("ky_narrow"), kind=CredentialKind.API_KEY, paths=("input/a",)
    )
    narrow: Caller = replace(SCRIBE, credential=credential)

    await put(house, narrow, "input/a/x.txt")
    with pytest.raises(NotFound):
        await put(house, narrow, "shared/x.txt")
    with pytest.raises(NotFound):
        await put(house, narrow, "needs-review/x.txt")


async def test_a_reader_writes_nothing_even_where_there_is_nothing_yet(house):
    with pytest.raises(Forbidden):
        await put(house, RITA, "shared/new.txt")


async def test_a_file_has_a_name(house):
    with pytest.raises(Invalid) as refused:
        await do(house, files.write, DAN, _small("/"))

    assert refused.value.code is Code.INVALID_PATH


async def test_an_old_version_is_read_by_its_number(house):
    await put(house, DAN, "shared/a.txt", "one")
    await put(house, DAN, "shared/a.txt", "two")

    opened = await house.ask(files.open_, RITA, ReadFile(path="shared/a.txt", version=1))

    assert (opened.version, opened.size, opened.name) == (1, 3, "a.txt")
    with pytest.raises(NotFound):
        await house.ask(files.open_, RITA, ReadFile(path="shared/a.txt", version=9))
