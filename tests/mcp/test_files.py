import asyncio
import base64
import os

import httpx
import pytest

from tests.mcp.wire import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")


def place(wire: Wire, name: str) -> str:
    return f"input/files-{wire.version}/{name}"


async def test_text_is_written_and_read_again(wire: Wire) -> None:
    path = place(wire, "plain.md")

    written = await wire.call("write", path=path, text="# Grüße\n")
    read = await wire.call("read", path=path)

    assert written["created"] is True
    assert read["text"] == "# Grüße\n"
    assert read["etag"] == written["etag"]
    assert read["uri"] == f"signoff://acme/{path}"
    assert "next_offset" not in read


async def test_the_model_is_shown_the_text_itself(wire: Wire) -> None:
    path = place(wire, "shown.md")
    await wire.call("write", path=path, text="What it says.")

    assert (await wire.text("read", path=path)).startswith("What it says.\n")


async def test_any_bytes_go_through_base64(wire: Wire) -> None:
    path, data = place(wire, "some.bin"), os.urandom(5000)

    await wire.call("write", path=path, base64=base64.b64encode(data).decode())
    read = await wire.call("read", path=path, encoding="base64", offset=1000, limit=2000)

    assert base64.b64decode(read["base64"]) == data[1000:3000]
    assert read["next_offset"] == 3000


async def test_what_is_no_text_is_described_with_the_way_to_its_bytes(wire: Wire) -> None:
    path = place(wire, "report.pdf")
    await wire.call("write", path=path, base64=base64.b64encode(b"%PDF\0" * 100).decode())

    value = await wire.call("read", path=path)
    said = await wire.text("read", path=path)

    assert "text" not in value
    assert "base64" not in value
    assert 'encoding="base64"' in said
    assert f"signoff://acme/{path}" in said


async def test_a_picture_is_shown_as_a_picture(wire: Wire) -> None:
    path, data = place(wire, "dot.png"), b"\x89PNG\r\n\x1a\n" + os.urandom(50)
    await wire.call("write", path=path, base64=base64.b64encode(data).decode())

    result = await wire.ask("tools/call", {"name": "read", "arguments": {"path": path}})

    picture = result["content"][0]
    assert picture["type"] == "image"
    assert picture["mimeType"] == "image/png"
    assert base64.b64decode(picture["data"]) == data


async def test_long_text_comes_in_parts_that_lose_no_character(wire: Wire) -> None:
    path, whole = place(wire, "long.txt"), "Zeile mit ö und 漢字.\n" * 400
    await wire.call("write", path=path, text=whole)

    parts, offset = [], 0
    while True:
        part = await wire.call("read", path=path, offset=offset, limit=1001)
        parts.append(part["text"])
        if "next_offset" not in part:
            break
        offset = part["next_offset"]

    assert "".join(parts) == whole
    assert len(parts) > 5


async def test_a_usual_read_is_cut_with_a_pointer_to_the_rest(wire: Wire) -> None:
    path = place(wire, "huge.txt")
    await wire.call("write", path=path, text="x" * 100_000)

    value = await wire.call("read", path=path)
    said = await wire.text("read", path=path)

    assert len(value["text"]) == 32 * 1024
    assert value["next_offset"] == 32 * 1024
    assert said.endswith("These are bytes 0 to 32768 of 100000. Read on with offset=32768.")


async def test_text_that_is_not_utf8_is_read_as_far_as_it_goes(wire: Wire) -> None:
    path = place(wire, "latin.txt")
    await wire.call(
        "write", path=path, base64=base64.b64encode("Grüße".encode("latin-1")).decode()
    )

    said = await wire.text("read", path=path)

    assert said.startswith("Gr�")
    assert "It is not UTF-8" in said


async def test_an_empty_file_is_text(wire: Wire) -> None:
    path = place(wire, "empty.txt")
    await wire.call("write", path=path, text="")

    assert (await wire.call("read", path=path))["text"] == ""


async def test_reading_past_the_end_says_how_long_it_is(wire: Wire) -> None:
    path = place(wire, "short.txt")
    await wire.call("write", path=path, text="four")

    said = await wire.refused("read", path=path, offset=4)

    assert "range_unsatisfiable" in said
    assert "4 bytes" in said


async def test_a_folder_is_not_read_but_listed(wire: Wire) -> None:
    said = await wire.refused("read", path="input")

    assert "is_folder" in said
    assert "`list`" in said


async def test_overwriting_wants_the_etag_that_was_read(wire: Wire) -> None:
    path = place(wire, "kept.txt")
    first = await wire.call("write", path=path, text="one")

    said = await wire.refused("write", path=path, text="two")
    second = await wire.call("write", path=path, text="two", if_match=first["etag"])
    stale = await wire.refused("write", path=path, text="three", if_match=first["etag"])

    assert "precondition_required" in said
    assert "`if_match`" in said
    assert second["version"] == 2
    assert "precondition_failed" in stale


async def test_a_file_that_must_be_new_is_refused_when_one_is_there(wire: Wire) -> None:
    path = place(wire, "new.txt")
    await wire.call("write", path=path, text="one")

    assert "exists already" in await wire.refused("write", path=path, text="two", only_new=True)


async def test_one_of_text_and_base64_is_written(wire: Wire) -> None:
    path = place(wire, "none.txt")

    assert "one of the two" in await wire.refused("write", path=path)
    assert "one of the two" in await wire.refused("write", path=path, text="", base64="")
    assert "not base64" in await wire.refused("write", path=path, base64="%%%")


async def test_larger_bytes_are_refused_before_they_are_kept(wire: Wire) -> None:
    data = base64.b64encode(os.urandom(40_000)).decode()

    said = await wire.refused("write", path="approved/forged.bin", base64=data)

    assert "by_decision_only" in said
    assert "submit_for_review" in said


async def test_a_file_is_moved_found_and_its_history_told(wire: Wire) -> None:
    path = place(wire, "draftish.md")
    written = await wire.call("write", path=path, text="one")
    await wire.call("write", path=path, text="two", if_match=written["etag"])
    target = place(wire, "finalish.md")

    moved = await wire.call("move", **{"from": path, "to": target})
    told = await wire.call("history", path=target)
    earlier = await wire.call("read", path=target, version=1)

    assert moved["path"] == target
    assert [one["version"] for one in told["items"]] == [2, 1]
    assert told["items"][0]["by"] == "scribe"
    assert earlier["text"] == "one"


async def test_what_happened_to_a_handoff_is_told(wire: Wire, line: httpx.AsyncClient) -> None:
    path = place(wire, "handed.md")
    await wire.call("write", path=path, text="one")
    handed = await wire.call("submit_for_review", paths=path, title="Handed")

    told = await wire.call("history", handoff=handed["handoff"])

    assert told["items"][-1]["event"] == "handoff.opened"


async def test_history_is_of_one_thing(wire: Wire) -> None:
    assert "`path` or `handoff`" in await wire.refused("history")


async def test_names_are_found_by_their_words(wire: Wire) -> None:
    path = place(wire, "Quarterly Numbers.md")
    await wire.call("write", path=path, text="one")

    found: set[str] = set()
    async with asyncio.timeout(20):  # the index follows the log
        while path not in found:
            items = (await wire.call("find", words="quarter numb"))["items"]
            found = {one["path"] for one in items}
            await asyncio.sleep(0.1)

    assert path in found


async def test_a_folder_is_listed_a_page_at_a_time(wire: Wire) -> None:
    folder = place(wire, "many")
    for number in range(5):
        await wire.call("write", path=f"{folder}/{number}.txt", text=str(number))

    first = await wire.call("list", path=folder, limit=3)
    rest = await wire.call("list", path=folder, limit=3, cursor=first["next_cursor"])

    paths = [one["path"] for one in (*first["items"], *rest["items"])]
    assert paths == [f"{folder}/{number}.txt" for number in range(5)]
    assert rest["next_cursor"] is None
    assert "list again with cursor=" in await wire.text("list", path=folder, limit=3)


async def test_the_root_shows_the_stages_and_what_they_are_for(wire: Wire) -> None:
    said = await wire.text("list")

    assert "- input/ · work to do: claim_work" in said
    assert "- feedback/ · sent back: read_feedback, then claim_work" in said


async def test_a_lock_keeps_others_out_until_it_is_given_back(
    wire: Wire, ada: httpx.AsyncClient
) -> None:
    path = f"shared-{wire.version}/plan.md"
    await wire.call("write", path=path, text="one")

    held = await wire.call("lock", path=path)
    refused = await ada.put(f"files/{path}", content=b"mine")
    await wire.call("write", path=path, text="two", lock_token=held["lock_token"])
    await wire.call("unlock", lock_token=held["lock_token"])
    taken = await ada.put(f"files/{path}", content=b"mine")

    assert refused.status_code == 423
    assert taken.status_code == 200
    assert "has ended" in await wire.refused("unlock", lock_token=held["lock_token"])
