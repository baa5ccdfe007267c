"""DELETE, MKCOL, COPY and MOVE (RFC 4918, 9.3 and 9.6 to 9.9)."""

import pytest

from tests.actions.cast import log
from tests.dav.drive import Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def tree(drive: Drive, folder: str) -> dict[str, bytes | None]:
    """What stands below a folder: each file's bytes, None for folders."""
    found: dict[str, bytes | None] = {}
    for name in await drive.names(folder):
        path = f"{folder}/{name}"
        shown = await drive("PROPFIND", path, {"Depth": "0"})
        kind = shown.prop("resourcetype")
        if kind is not None and len(kind):
            found[name] = None
            inner = await tree(drive, path)
            found |= {f"{name}/{each}": value for each, value in inner.items()}
        else:
            found[name] = await drive.get(path)
    return found


async def fill(drive: Drive, folder: str) -> None:
    await drive.make(folder, f"{folder}/sub")
    await drive.put(f"{folder}/a.txt", "a")
    await drive.put(f"{folder}/sub/b.txt", "b")


FILLED = {"a.txt": b"a", "sub": None, "sub/b.txt": b"b"}


async def test_a_folder_is_made_once_and_where_its_parent_is(dan: Drive):
    assert (await dan("MKCOL", "made")).status == 201
    assert (await dan("MKCOL", "made/")).status == 405
    assert (await dan("MKCOL", "made/sub/")).status == 201
    assert (await dan("MKCOL", "no/parent")).status == 409
    await dan.put("made/file.txt")
    assert (await dan("MKCOL", "made/file.txt")).status == 405
    assert (await dan("MKCOL", "made/file.txt/x")).status == 409
    assert (await dan("MKCOL", "input")).status == 405
    assert (await dan("MKCOL", "")).status == 405


async def test_a_folder_is_made_without_a_body(dan: Drive):
    refused = await dan("MKCOL", "bodied", {"Content-Type": "xzy-foo/bar-512"}, b"afafafaf")

    assert refused.status == 415
    assert not await dan.there("bodied")


async def test_what_is_deleted_is_gone_and_deleted_once(dan: Drive):
    await fill(dan, "gone")

    assert (await dan("DELETE", "gone/a.txt")).status == 204
    assert (await dan("DELETE", "gone/a.txt")).status == 404
    assert (await dan("DELETE", "gone/")).status == 204
    assert not await dan.there("gone/sub/b.txt")
    assert (await dan("DELETE", "gone", {"Depth": "0"})).status == 400
    assert (await dan("DELETE", "no/such")).status == 404


async def test_a_file_is_copied_and_the_copy_is_another(dan: Drive):
    await dan.put("copy-a.txt", "a")

    copied = await dan("COPY", "copy-a.txt", dan.to("copy-b.txt"))
    await dan.put("copy-b.txt", "b")

    assert copied.status == 201
    assert await dan.get("copy-a.txt") == b"a"
    assert await dan.etag("copy-a.txt") != await dan.etag("copy-b.txt")


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_a_name_that_is_taken_is_overwritten_unless_told_not_to(town: Town, method: str):
    dan = town["dan"]
    await dan.put(f"{method}-from.txt", "new")
    await dan.put(f"{method}-to.txt", "old")
    before = await dan.etag(f"{method}-to.txt")
    go = dan.to(f"{method}-to.txt")

    kept = await dan(method, f"{method}-from.txt", go | {"Overwrite": "F"})
    odd = await dan(method, f"{method}-from.txt", go | {"Overwrite": "maybe"})
    assert (kept.status, odd.status) == (412, 400)
    assert await dan.get(f"{method}-to.txt") == b"old"
    done = await dan(method, f"{method}-from.txt", go | {"Overwrite": "T"})

    assert done.status == 204
    assert await dan.get(f"{method}-to.txt") == b"new"
    assert await dan.etag(f"{method}-to.txt") != before
    assert await dan.there(f"{method}-from.txt") is (method == "COPY")


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_a_folder_goes_with_all_that_it_holds(town: Town, method: str):
    dan, name = town["dan"], f"{method}-tree"
    await fill(dan, name)

    done = await dan(method, name, dan.to(f"{name}-2/"))

    assert done.status == 201
    assert await tree(dan, f"{name}-2") == FILLED
    assert await dan.there(name) is (method == "COPY")
    if method == "COPY":
        assert await tree(dan, name) == FILLED


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_a_folder_takes_the_place_of_a_folder_or_a_file(town: Town, method: str):
    dan = town["dan"]
    for n, kind in enumerate(("folder", "file", "file-onto-folder")):
        source, target = f"{method}-onto-{n}", f"{method}-under-{n}"
        if kind == "file":
            await dan.put(target, "x")
        else:
            await dan.make(target)
            await dan.put(f"{target}/old.txt", "old")
        if kind == "file-onto-folder":
            await dan.put(source, "bytes")
        else:
            await fill(dan, source)
        kept = await dan(method, source, dan.to(target, Overwrite="F"))
        assert kept.status == 412, kind

        done = await dan(method, source, dan.to(target))

        assert done.status == 204, kind
        if kind == "file-onto-folder":
            assert await dan.get(target) == b"bytes"
        else:
            assert await tree(dan, target) == FILLED


async def test_a_copy_of_depth_0_is_the_folder_alone(dan: Drive):
    await fill(dan, "deep")

    shallow = await dan("COPY", "deep", dan.to("shallow", Depth="0"))
    odd = await dan("COPY", "deep", dan.to("odd", Depth="1"))

    assert (shallow.status, odd.status) == (201, 400)
    assert await tree(dan, "shallow") == {}


async def test_a_folder_is_moved_whole_or_not_at_all(dan: Drive):
    await fill(dan, "whole")

    assert (await dan("MOVE", "whole", dan.to("part", Depth="0"))).status == 400
    assert await tree(dan, "whole") == FILLED


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_where_it_goes_must_be_somewhere(town: Town, method: str):
    dan, name = town["dan"], f"{method}-where.txt"
    await dan.put(name, "x")
    await dan.make(f"{method}-box")

    for headers, status in [
        ({}, 400),
        (dan.to("nowhere/x.txt"), 409),
        ({"Destination": "http://elsewhere.example/dav/acme/x"}, 502),
        ({"Destination": "/dav/other/x"}, 502),
        ({"Destination": "/somewhere"}, 502),
        ({"Destination": "/dav/acme/a%2Fb"}, 400),
        ({"Destination": "/dav/acme/../b"}, 400),
        (dan.to(name), 403),
        ({"Destination": "/dav/acme/input"}, 403),
    ]:
        refused = await dan(method, name, headers)
        assert refused.status == status, headers
    assert await dan.get(name) == b"x"
    absent = await dan(method, "absent.txt", dan.to("x.txt"))
    assert absent.status == 404
    into_itself = await dan(method, f"{method}-box", dan.to(f"{method}-box/inner"))
    assert into_itself.status in (403, 409)
    onto_parent = await dan(method, f"{method}-box", dan.to(""))
    assert onto_parent.status == 502


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_a_destination_is_an_address_a_path_or_in_another_spelling(
    town: Town, method: str
):
    dan = town["dan"]
    for n, said in enumerate(
        [
            "/dav/acme/{}",
            "http://signoff.example/dav/acme/{}",
            "https://signoff.example:443/dav/acme/{}",
        ]
    ):
        await dan.put(f"{method}-said-{n}.txt", "x")
        name = f"{method}-{n} u%CC%88.txt".replace(" ", "%20")
        done = await dan(method, f"{method}-said-{n}.txt", {"Destination": said.format(name)})
        assert done.status == 201, said
        assert await dan.there(f"{method}-{n} ü.txt")


async def test_a_rename_by_case_alone_is_a_rename(dan: Drive):
    await dan.put("readme.txt", "x")

    done = await dan("MOVE", "readme.txt", dan.to("README.txt"))

    assert done.status == 201
    assert await dan.get("README.txt") == b"x"


async def test_a_name_that_differs_by_case_alone_is_taken(dan: Drive):
    await dan.put("Twin.txt", "x")

    assert (await dan.put("twin.txt", "y")).status == 409
    assert (await dan("MKCOL", "TWIN.txt")).status in (405, 409)


async def test_a_stage_stays_where_it_is(dan: Drive):
    assert (await dan("DELETE", "input")).status == 403
    assert (await dan("MOVE", "input", dan.to("elsewhere"))).status == 403
    assert (await dan("DELETE", "")).status == 403


async def test_every_act_is_on_the_record_and_says_where(town: Town):
    dan = town["dan"]
    acts = [
        await dan("MKCOL", "told"),
        await dan.put("told/a.txt"),
        await dan("COPY", "told/a.txt", dan.to("told/b.txt")),
        await dan("MOVE", "told/b.txt", dan.to("told/c.txt")),
        await dan("DELETE", "told/c.txt"),
    ]

    entries = {each["position"]: each for each in await log(town.house)}
    said = []
    for act in acts:
        name, _, position = act.headers["signoff-event"].partition("; position=")
        entry = entries[int(position)]
        assert entry["id"] == name
        assert (entry["door"], entry["actor"]) == ("dav", "pe_dan")
        said.append(entry["type"])
    assert said == [
        "folder.created",
        "file.created",
        "file.copied",
        "file.moved",
        "file.deleted",
    ]
