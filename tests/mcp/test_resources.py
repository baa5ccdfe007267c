import base64

import pytest

from tests.mcp.wire import Wire

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_stages_and_ones_own_handoffs_are_listed_a_page_at_a_time(wire: Wire) -> None:
    for number in range(52):
        path = f"input/resources-{wire.version}/{number}.txt"
        await wire.call("write", path=path, text=str(number))
        await wire.call("submit_for_review", paths=path, title=f"Number {number}")

    first = await wire.ask("resources/list")
    rest = await wire.ask("resources/list", {"cursor": first["nextCursor"]})

    uris = [one["uri"] for one in first["resources"]]
    assert "signoff://acme/input/" in uris
    assert "signoff://acme/feedback/" in uris
    newest = next(one for one in first["resources"] if one.get("title") == "Number 51")
    assert newest["uri"].startswith("signoff://acme/needs-review/")
    assert "in review" in newest["description"]
    assert "signoff://acme/input/" not in {one["uri"] for one in rest["resources"]}
    assert rest["resources"]


async def test_any_path_is_a_resource_by_the_template(wire: Wire) -> None:
    found = (await wire.ask("resources/templates/list"))["resourceTemplates"]

    assert [one["uriTemplate"] for one in found] == ["signoff://acme/{+path}"]


async def test_a_file_is_read_as_text_or_as_bytes(wire: Wire) -> None:
    folder = f"shared-{wire.version}"
    await wire.call("write", path=f"{folder}/ä b.txt", text="Text")
    await wire.call("write", path=f"{folder}/x.bin", base64=base64.b64encode(b"\0\1").decode())

    text = await wire.ask("resources/read", {"uri": f"signoff://acme/{folder}/%C3%A4%20b.txt"})
    blob = await wire.ask("resources/read", {"uri": f"signoff://acme/{folder}/x.bin"})

    assert text["contents"][0]["text"] == "Text"
    assert text["contents"][0]["mimeType"] == "text/plain"
    assert base64.b64decode(blob["contents"][0]["blob"]) == b"\0\1"


async def test_a_folder_is_read_as_the_list_of_what_it_holds(wire: Wire) -> None:
    await wire.call("write", path=f"listed-{wire.version}/one.txt", text="1")

    for end in ("", "/"):
        uri = f"signoff://acme/listed-{wire.version}{end}"
        content = (await wire.ask("resources/read", {"uri": uri}))["contents"][0]
        assert content["uri"] == uri
        assert f"listed-{wire.version}/one.txt · 1 bytes" in content["text"]


async def test_what_is_too_large_points_to_the_tool_that_reads_parts(wire: Wire) -> None:
    path = f"shared-{wire.version}/large.txt"
    await wire.call("write", path=path, text="x" * (1024 * 1024 + 1))

    fault = await wire.fault("resources/read", {"uri": f"signoff://acme/{path}"})

    assert "`read`" in fault["message"]
    assert fault["data"]["code"] == "too_large"


@pytest.mark.parametrize(
    "uri",
    [
        "signoff://acme/no/such.txt",
        "signoff://other/input/x.txt",
        "file:///etc/passwd",
        "signoff://acme/../../etc/passwd",
        "signoff://[",
        "nonsense",
    ],
)
async def test_a_resource_that_is_not_there_is_an_error(wire: Wire, uri: str) -> None:
    fault = await wire.fault("resources/read", {"uri": uri})

    assert fault["code"] == (-32602 if wire.modern else -32002) or "path" in fault["message"]


async def test_a_path_is_completed_as_it_is_typed(wire: Wire) -> None:
    await wire.call("write", path=f"typed-{wire.version}/report.md", text="1")
    asked = {
        "ref": {"type": "ref/resource", "uri": "signoff://acme/{+path}"},
        "argument": {"name": "path", "value": f"typed-{wire.version}/re"},
    }

    found = await wire.ask("completion/complete", asked)

    assert found["completion"]["values"] == [f"typed-{wire.version}/report.md"]


async def test_the_prompt_teaches_how_to_hand_over(wire: Wire) -> None:
    listed = (await wire.ask("prompts/list"))["prompts"]
    said = {"name": "work", "arguments": {"glob": "input/*.pdf", "task": "Sum it up."}}

    prompt = await wire.ask("prompts/get", said)

    text = prompt["messages"][0]["content"]["text"]
    assert [one["name"] for one in listed] == ["work"]
    assert 'claim_work with glob="input/*.pdf"' in text
    assert "Sum it up." in text
    assert "escalate" in text
    assert (await wire.fault("prompts/get", {"name": "no"}))["code"] == -32602
