"""What was uploaded stays data: no header, no script, no page of ours is made of it."""

import httpx
import pytest

from tests.journeys.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

BREAK = (
    b"--cut\r\n"
    b'Content-Disposition: form-data; name="into"\r\n\r\ninput\r\n'
    b"--cut\r\n"
    b'Content-Disposition: form-data; name="file"; filename="broken.bin"\r\n'
    b"Content-Type: text/html\nset-cookie: planted=1\n\n<script>alert(1)</script>\r\n\r\n"
    b"hello\r\n"
    b"--cut--\r\n"
)
"""A form whose part says a media type with line ends in it, which no browser sends."""


async def test_a_media_type_with_line_ends_makes_no_header_of_the_answer(
    server: Server, ada: httpx.AsyncClient
) -> None:
    form = {"content-type": "multipart/form-data; boundary=cut"}

    sent = await ada.post(f"{server.url}/w/acme/uploads", content=BREAK, headers=form)

    assert sent.status_code == 303
    for url in ("files/input/broken.bin", f"{server.url}/w/acme/raw/input/broken.bin"):
        answer = await ada.get(url)
        assert answer.content == b"hello"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize(
    "said",
    ["text/html x", "text/<b>", "a/b/c", "/x", "x/", "text/" + "x" * 200, "é/x", "a,b/c"],
)
async def test_what_is_no_media_type_is_not_kept_as_one(
    scribe: httpx.AsyncClient, said: str
) -> None:
    headers = {b"content-type": said.encode("latin-1"), b"if-match": b"*"}
    await scribe.put("files/input/odd.unknownending", content=b"1")

    answer = await scribe.put(
        "files/input/odd.unknownending", content=b"hello", headers=headers
    )

    assert answer.json()["media_type"] == "application/octet-stream"


@pytest.mark.parametrize("said", ["multipart/x-mixed-replace", "message/rfc822"])
async def test_a_body_that_brings_headers_of_its_own_is_served_as_bytes(
    scribe: httpx.AsyncClient, said: str
) -> None:
    path = f"files/input/{said.replace('/', '-')}"

    answer = await scribe.put(path, content=b"hello", headers={"content-type": said})

    assert answer.json()["media_type"] == "application/octet-stream"


@pytest.mark.parametrize("dest", ["script", "worker", "sharedworker", "serviceworker", "style"])
async def test_a_page_of_ours_cannot_load_an_upload_as_code(
    server: Server, scribe: httpx.AsyncClient, ada: httpx.AsyncClient, dest: str
) -> None:
    kind = {"content-type": "text/javascript", "if-match": "*"}
    await scribe.put("files/input/code.js", content=b"alert(1)")
    await scribe.put("files/input/code.js", content=b"alert(1)", headers=kind)
    asks = {"sec-fetch-dest": dest, "sec-fetch-site": "same-origin"}

    for url in ("files/input/code.js", f"{server.url}/w/acme/raw/input/code.js"):
        answer = await ada.get(url, headers=asks)
        assert answer.status_code == 403
        assert b"alert" not in answer.content
