import asyncio
import json
import re
from pathlib import Path

import pytest

from signoff.actions import endpoints
from signoff.actions.house import House
from signoff.domain.actors import operator
from signoff.domain.ids import INSTANCE, BlobId, Slug
from signoff.server import open_house
from signoff.settings import from_environment
from tests.cli.conftest import Command

KEY = re.compile(r"so_acme_[A-Za-z0-9_-]{43}\n")


@pytest.fixture
def acme(signoff: Command) -> Command:
    """A workspace with Ada in it."""
    signoff("user", "create", "ada@acme.example", "--name", "Ada")
    signoff("workspace", "create", "acme", "--name", "Acme")
    signoff("member", "set", "acme", "ada@acme.example", "owner")
    return signoff


def test_help_names_every_command_without_loading_any(signoff):
    ran = signoff("--help")

    assert ran.code == 0
    for name in ("serve", "workspace", "user", "member", "agent", "app-password", "policy"):
        assert f"  {name} " in ran.out


def test_a_person_without_a_password_gets_a_link(signoff):
    ran = signoff(
        "user",
        "create",
        "ada@acme.example",
        "--name",
        "Ada",
        "--public-url",
        "https://s.example/",
    )

    assert ran.code == 0
    assert re.fullmatch(r"https://s\.example/signin/[A-Za-z0-9_-]{43}\n", ran.out)


def test_a_password_comes_from_standard_input(signoff):
    asked = ("user", "create", "ada@acme.example", "--name", "Ada", "--password-stdin")

    ran = signoff(*asked, stdin="correct horse\n")

    assert (ran.code, ran.out) == (0, "ada@acme.example can sign in\n")


def test_a_refusal_is_a_sentence_with_a_code_and_a_hint(acme):
    ran = acme("workspace", "create", "acme")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "signoff: There is, or was, a workspace “acme” (exists)\n"
        "hint: Choose another slug; none is ever used twice.\n"
    )


def test_in_the_wrong_folder_nothing_is_made_and_the_folder_is_named(signoff, tmp_path):
    empty = tmp_path / "elsewhere"

    ran = signoff("user", "link", "ada@acme.example", "--data", str(empty))

    assert (ran.code, ran.out) == (1, "")
    assert f"There is no data of Signoff's in “{empty}”" in ran.err
    assert "--data" in ran.err
    assert not empty.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("user", "create"),
        ("user", "create", "a@b"),
        ("member", "set", "acme", "ada@acme.example", "king"),
        ("workspace", "create", "acme", "--unknown"),
    ],
)
def test_a_command_that_is_used_wrongly_ends_with_2(signoff, arguments):
    assert signoff(*arguments).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("member", "set", "nowhere", "ada@acme.example", "owner"),
        ("agent", "create", "nowhere", "robot"),
        ("agent", "list", "nowhere"),
        ("policy", "show", "nowhere"),
        ("agent", "list", "@instance"),
    ],
)
def test_nothing_happens_in_a_workspace_that_is_not_there(acme, arguments):
    ran = acme(*arguments)

    assert ran.code == 1
    assert "signoff: " in ran.err


def test_an_agents_key_stands_alone_on_standard_output(acme):
    ran = acme("agent", "create", "acme", "scribe", "--owner", "ada@acme.example")

    assert ran.code == 0
    assert KEY.fullmatch(ran.out)
    listed = json.loads(acme("agent", "list", "acme", "--json").out)
    assert [(each["name"], each["owner"]["name"]) for each in listed["items"]] == [
        ("scribe", "Ada")
    ]


def test_a_key_is_made_with_scopes_and_an_end(acme):
    ran = acme(
        *("agent", "create", "acme", "scribe", "--scope", "read", "--scope", "claim"),
        *("--path", "input", "--expires", "2999-01-01", "--json"),
    )

    key = json.loads(ran.out)["key"]
    assert key["scopes"] == ["claim", "read"]
    assert key["paths"] == ["input"]
    assert key["expires_at"] == "2999-01-01T00:00:00Z"


def test_a_key_is_rotated_and_revoked(acme):
    acme("agent", "create", "acme", "scribe")
    listed = json.loads(acme("key", "list", "acme", "--json").out)["items"]
    old = listed[0]["id"]

    rotated = acme("key", "rotate", "acme", old)
    revoked = acme("key", "revoke", "acme", old)
    again = acme("key", "revoke", "acme", old)

    assert KEY.fullmatch(rotated.out)
    assert (revoked.code, revoked.out) == (0, f"{old} is revoked\n")
    assert (again.code, "(wrong_state)" in again.err) == (1, True)


def test_an_app_password_stands_alone_on_standard_output(acme):
    ran = acme("app-password", "create", "ada@acme.example", "--decide")

    assert re.fullmatch(r"sp_[A-Za-z0-9_-]{43}\n", ran.out)
    listed = json.loads(acme("app-password", "list", "ada@acme.example", "--json").out)
    assert [each["decides"] for each in listed["items"]] == [True]


def test_a_policy_is_set_from_a_file_and_shown(acme, tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text("four_eyes: on\nrequired: 2\n")

    ran = acme("policy", "set", "acme", str(file))

    assert (ran.code, ran.out) == (0, "acme has policy number 1\n")
    assert json.loads(acme("policy", "show", "acme").out) == {"four_eyes": "on", "required": 2}


def test_a_policy_is_checked_without_a_workspace(signoff, tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("rules: [{path: a/**, required: 2}]\n")
    bad.write_text("rules: [{path: a/**, requird: 2}]\n")

    ran, refused = signoff("policy", "check", str(good)), signoff("policy", "check", str(bad))

    assert (ran.code, ran.out) == (0, "It can be followed: 1 rule.\n")
    assert refused.code == 1
    assert "hint: Did you mean “required”?" in refused.err


def test_an_earlier_policy_is_listed_shown_and_set_again(acme, tmp_path):
    for text in ("required: 2\n", "required: 3\n"):
        acme("policy", "set", "acme", "-", stdin=text)
    listed = acme("policy", "history", "acme").out.splitlines()
    earlier = acme("policy", "show", "acme", "--number", "1").out

    again = acme("policy", "set", "acme", "-", stdin=earlier)

    assert [line.split()[0] for line in listed] == ["number", "2", "1"]
    assert listed[1].endswith("required")
    assert again.out == "acme has policy number 3\n"
    assert json.loads(acme("policy", "show", "acme").out) == {"required": 2}
    items = json.loads(acme("policy", "history", "acme", "--json").out)["items"]
    assert [item["number"] for item in items] == [3, 2, 1]


def test_a_policy_is_tried_where_nothing_was_handed_over(acme):
    ran = acme("policy", "try", "acme", "-", stdin="required: 2\n")
    as_json = acme("policy", "try", "acme", "-", "--json", stdin="required: 2\n")

    assert (ran.code, ran.out) == (0, "0 of 0 would have fared otherwise\n")
    assert json.loads(as_json.out)["policy"] == {"required": 2}


def test_what_is_explained_must_be_there(acme):
    assert acme("policy", "explain", "acme", "ho_none").code == 1


def test_the_schema_is_printed_without_a_workspace(signoff):
    assert json.loads(signoff("policy", "schema").out)["$id"] == "urn:signoff:policy:1"


def test_an_invalid_policy_changes_nothing(acme):
    ran = acme("policy", "set", "acme", "-", stdin="four_eye: on\n")

    assert ran.code == 1
    assert "(policy_invalid)" in ran.err
    assert acme("policy", "show", "acme").out == "{}\n"


def test_a_member_is_listed_and_removed(acme):
    acme("user", "create", "ben@acme.example", "--name", "Ben")
    acme("member", "set", "acme", "ben@acme.example", "reviewer", "--group", "legal")

    listed = acme("member", "list", "acme")
    removed = acme("member", "remove", "acme", "ben@acme.example")
    last = acme("member", "remove", "acme", "ada@acme.example")

    assert re.search(r"ben@acme\.example +Ben +reviewer +legal\n", listed.out)
    assert removed.code == 0
    assert (last.code, "(last_owner)" in last.err) == (1, True)


def test_a_workspace_is_closed_when_its_slug_is_repeated_and_reopened(acme):
    mistaken = acme("workspace", "close", "acme", "--again", "acne")
    closed = acme("workspace", "close", "acme", "--again", "acme")
    while_closed = acme("workspace", "list")
    twice = acme("workspace", "close", "acme", "--again", "acme")
    reopened = acme("workspace", "reopen", "acme")
    afterwards = acme("workspace", "list")

    assert mistaken.code == 1
    assert closed.code == 0
    assert "signoff workspace reopen acme" in closed.out
    assert "closed, destroyed after" in while_closed.out
    assert (twice.code, "workspace_closed" in twice.err) == (1, True)
    assert reopened.code == 0
    assert "closed" not in afterwards.out


def test_people_are_listed_and_disabled(acme):
    acme("user", "create", "ben@acme.example", "--name", "Ben")

    assert acme("user", "disable", "ben@acme.example").code == 0

    listed = json.loads(acme("user", "list", "--json").out)["items"]
    assert [(each["name"], each["admin"], bool(each["disabled_at"])) for each in listed] == [
        ("Ada", True, False),
        ("Ben", False, True),
    ]


def test_the_log_says_that_the_operator_did_it_at_the_command_line(acme):
    exported = [json.loads(line) for line in acme("audit", "export", "acme").out.splitlines()]

    entries = [json.loads(line["leaf"]) for line in exported if line["line"] == "entry"]
    assert [entry["type"] for entry in entries] == [
        "workspace.created",
        "member.set",
        "access.exported",
    ]
    assert {entry["door"] for entry in entries[1:]} == {"cli"}
    assert {entry["actor"] for entry in entries[1:]} == {"operator"}
    assert {entry["credential_kind"] for entry in entries[1:]} == {"operator"}


def test_every_log_is_verified(acme):
    ran = acme("audit", "verify", "--json")

    reports = json.loads(ran.out)["items"]
    assert ran.code == 0
    assert [(each["workspace"], each["fault_count"]) for each in reports] == [
        ("@instance", 0),
        ("acme", 0),
    ]


def test_a_changed_entry_ends_the_verification_with_3(acme, tmp_path):
    file = tmp_path / "log.jsonl"
    acme("audit", "export", "acme", "--out", str(file))
    sound = acme("audit", "verify", "--export", str(file))

    file.write_bytes(file.read_bytes().replace(b"Acme", b"Akme"))
    tampered = acme("audit", "verify", "--export", str(file))

    assert (sound.code, tampered.code) == (0, 3)
    assert "(private_differs)" in tampered.out


def _with_house(work):
    async def run():
        house = open_house(from_environment())
        try:
            return await work(house)
        finally:
            await house.close()

    return asyncio.run(run())


def _keep(data: bytes) -> BlobId:
    """Put bytes into the blob store of Acme and return their id."""

    async def work(house: House) -> BlobId:
        async def chunks():
            yield data

        arrived = await house.bytes.take_in(operator(Slug("acme")), chunks())
        return arrived.blob

    blob: BlobId = _with_house(work)
    return blob


def _read(blob: BlobId) -> bytes:
    async def work(house: House) -> bytes:
        return b"".join([piece async for piece in house.blobs.read(Slug("acme"), blob)])

    data: bytes = _with_house(work)
    return data


DATA = b"the quick brown fox " * 2000


def test_a_blob_is_opened_without_the_database(acme, tmp_path):
    blob = _keep(DATA)
    for file in (tmp_path / "data").glob("signoff.db*"):
        file.unlink()

    ran = acme("blob", "open", f"blobs/acme/{blob}")

    assert (ran.code, ran.out.encode()) == (0, DATA)
    assert not list((tmp_path / "data").glob("signoff.db*"))


@pytest.mark.parametrize("name", ["blobs/acme/bl_nothing", "keys/acme", "../../etc/passwd"])
def test_a_blob_that_is_not_there_is_refused(acme, name):
    assert acme("blob", "open", name).code == 1


def test_a_root_key_is_replaced_without_touching_a_file(acme, tmp_path, monkeypatch):
    blob = _keep(DATA)
    new = tmp_path / "new.key"
    new.write_text(acme("root-key", "make").out)
    public_before = _with_house(_public_key)

    rotated = acme("root-key", "rotate", "--new-key-file", str(new))
    again = acme("root-key", "rotate", "--new-key-file", str(new))

    assert (rotated.code, again.code) == (0, 0)
    assert acme("blob", "open", f"blobs/acme/{blob}").code == 1
    monkeypatch.setenv("SIGNOFF_ROOT_KEY_FILE", str(new))
    assert acme("blob", "open", f"blobs/acme/{blob}").out.encode() == DATA
    assert _read(blob) == DATA
    assert acme("audit", "verify").code == 0
    assert _with_house(_public_key) == public_before


async def _public_key(house: House) -> bytes | None:
    from signoff.actions.seals import PUBLIC, open_log_key  # noqa: PLC0415

    await open_log_key(house)
    return await house.engine.read(lambda tx: tx.books.meta(PUBLIC), workspace=INSTANCE)


def test_data_without_its_root_key_is_not_given_another(acme, tmp_path):
    key: Path = tmp_path / "data" / "root.key"
    key.unlink()

    ran = acme("workspace", "list")

    assert ran.code == 1
    assert "(root_key_missing)" in ran.err
    assert not key.exists()


def test_a_wrong_root_key_is_refused(acme, tmp_path):
    other = tmp_path / "other.key"
    other.write_text(acme("root-key", "make").out)

    ran = acme("agent", "list", "acme", "--root-key-file", str(other))

    assert ran.code == 1
    assert "(root_key_wrong)" in ran.err


def test_the_root_key_is_for_its_owner_alone(acme, tmp_path):
    data: Path = tmp_path / "data"

    assert (data / "root.key").stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700


def test_endpoints_are_listed_pinged_told_again_and_let_go_on(acme):
    made = _with_house(_subscribe)

    listed = acme("endpoint", "list", "acme")
    pinged = acme("endpoint", "ping", "acme", made)
    replayed = acme("endpoint", "replay", "acme", made, "0", "--missed-only")
    enabled = acme("endpoint", "enable", "acme", made)

    assert listed.out.splitlines()[1].split() == [
        made,
        "on",
        "0",
        "handoff.*",
        "https://flows.acme.example/",
    ]
    assert pinged.out == f"{made} will be told; its deliveries say whether it heard\n"
    assert replayed.out == f"{made} is told again what happened after 0\n"
    assert enabled.out == f"{made} goes on, 0 waiting\n"
    assert json.loads(acme("endpoint", "list", "acme", "--json").out)["items"][0]["id"] == made


async def _subscribe(house: House) -> str:
    slug = Slug("acme")
    await house.keys(slug)
    asked = endpoints.Create(url="https://flows.acme.example/")
    done = await house.do(endpoints.create, operator(slug), asked)
    assert done.result is not None
    return done.result.id
