"""Every row of the table answers once as it should: what goes in, what comes out."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.journeys.server import PASSWORD, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def submitted(agent: httpx.AsyncClient, path: str, **more: object) -> dict[str, Any]:
    await agent.put(f"files/{path}", content=b"x" * 10)
    asked = {"kind": "approval", "paths": [path], **more}
    return dict(ok(await agent.post("handoffs", json=asked), 201))


# The tree.


async def test_folders_and_listings(scribe: httpx.AsyncClient) -> None:
    made = ok(await scribe.post("folders", json={"path": "shared/rows/in/deep"}), 201)
    for name in ("a", "b", "c"):
        await scribe.put(f"files/shared/rows/in/{name}.txt", content=b"1")

    first = ok(await scribe.get("tree/shared/rows/in", params={"limit": 2}))
    second = ok(
        await scribe.get("tree/shared/rows/in", params={"limit": 2, "cursor": first["next"]})
    )
    root = ok(await scribe.get("tree/"))

    assert made["type"] == "folder"
    assert [item["name"] for item in first["items"]] == ["a.txt", "b.txt"]
    assert [item["name"] for item in second["items"]] == ["c.txt", "deep"]
    assert second["next"] is None
    assert {"input", "needs-review", "shared"} <= {item["name"] for item in root["items"]}


async def test_moves_and_copies(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/old.txt", content=b"1")

    moved = ok(
        await ada.post("moves", json={"from": "shared/old.txt", "to": "shared/new.txt"}), 201
    )
    copied = ok(
        await ada.post("copies", json={"from": "shared/new.txt", "to": "shared/twin.txt"}), 201
    )

    assert (moved["from"], moved["path"]) == ("shared/old.txt", "shared/new.txt")
    assert (copied["from"], copied["path"]) == ("shared/new.txt", "shared/twin.txt")
    assert (await ada.get("files/shared/old.txt")).status_code == 404
    assert (await ada.get("files/shared/twin.txt")).content == b"1"


async def test_versions_are_listed_and_one_is_written_again(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/history.txt", content=b"one")
    await ada.put("files/shared/history.txt", content=b"two")

    listed = ok(await ada.get("versions/shared/history.txt"))
    again = ok(await ada.post("versions/shared/history.txt", json={"version": 1}))

    assert [item["version"] for item in listed["items"]] == [2, 1]
    assert again["version"] == 3
    assert (await ada.get("files/shared/history.txt")).content == b"one"


async def test_properties_are_set_removed_and_found(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/noted/a.txt", content=b"one")
    space = "https://acme.example/"
    changes = [
        {"namespace": space, "name": "ticket", "value": "<b>4711</b>", "lang": "en"},
        {"namespace": space, "name": "draft", "value": None},
    ]

    done = await ada.patch("properties/shared/noted/a.txt", json={"changes": changes})
    found = ok(await ada.get("properties/shared/noted/a.txt"))
    members = ok(await ada.get("properties/shared/noted", params={"members": "true"}))

    assert ok(done)["set"] == 1
    assert "position=" in done.headers["signoff-event"]
    assert members == found
    assert found["items"] == [
        {
            "path": "shared/noted/a.txt",
            "properties": [
                {"namespace": space, "name": "ticket", "value": "<b>4711</b>", "lang": "en"}
            ],
            "mtime_seconds": None,
            "checksum": "",
        }
    ]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"namespace": "x", "name": "a"}, 422, "invalid"),
        ({"namespace": "x", "name": "a b", "value": ""}, 422, "invalid"),
        ({"namespace": "x", "name": "a", "value": "</a>"}, 422, "invalid"),
        ({"namespace": "x", "name": "a", "value": "a" * 65537}, 413, "too_large"),
        ({"namespace": "urn:signoff:given", "name": "a", "value": ""}, 403, "reserved_name"),
    ],
)
async def test_a_property_that_cannot_be_is_refused(
    ada: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
) -> None:
    await ada.put("files/shared/noted/b.txt", content=b"one")

    refused = await ada.patch("properties/shared/noted/b.txt", json={"changes": [change]})

    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_what_is_deleted_comes_back_from_the_trash(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/gone.txt", content=b"1")

    deleted = await ada.delete("files/shared/gone.txt")
    trash = ok(await ada.get("trash"))
    entry = next(item for item in trash["items"] if item["path"] == "shared/gone.txt")
    restored = ok(await ada.post(f"trash/{entry['id']}/restore"))

    assert deleted.status_code == 204
    assert "position=" in deleted.headers["signoff-event"]
    assert restored["path"] == "shared/gone.txt"


async def test_what_is_destroyed_does_not_come_back(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/never.txt", content=b"1")
    await ada.delete("files/shared/never.txt")
    trash = ok(await ada.get("trash"))
    entry = next(item for item in trash["items"] if item["path"] == "shared/never.txt")

    ok(await ada.delete(f"trash/{entry['id']}"))

    assert (await ada.post(f"trash/{entry['id']}/restore")).status_code == 404


async def test_finding_by_name_answers_a_list(ada: httpx.AsyncClient) -> None:
    assert ok(await ada.get("find", params={"q": "zebra"}))["items"] == []


# Claims and locks.


async def test_a_claim_from_taking_to_giving_back(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await ada.put("files/input/jobs/one.csv", content=b"a\n")

    claim = ok(await scribe.post("claims", json={"path": "input/jobs/one.csv"}), 201)
    token = {"Lock-Token": claim["lock_token"]}
    renewed = ok(
        await scribe.post(
            f"claims/{claim['id']}/renew", json={"lease_seconds": 3600}, headers=token
        )
    )
    listed = ok(await scribe.get("claims", params={"mine": "true"}))
    taken = ok(await scribe.post(f"claims/{claim['id']}/takeover"))
    dead = await scribe.delete(f"claims/{claim['id']}", headers=token)
    given = await scribe.delete(
        f"claims/{claim['id']}", headers={"Lock-Token": f"<{taken['lock_token']}>"}
    )

    assert claim["path"] == f"{claim['folder']}/one.csv"
    assert renewed["expires_at"] > claim["expires_at"]
    mine = next(item for item in listed["items"] if item["id"] == claim["id"])
    assert "lock_token" not in mine
    assert dead.status_code in (409, 412, 423)
    assert given.status_code == 204
    assert (await scribe.get("files/input/jobs/one.csv")).content == b"a\n"


async def test_a_lock_from_taking_to_its_end(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/plan.txt", content=b"1")

    lock = ok(await ada.post("locks", json={"path": "shared/plan.txt"}), 201)
    refreshed = ok(
        await ada.post(f"locks/{lock['token']}/refresh", json={"timeout_seconds": 7200})
    )
    found = ok(await ada.get("locks", params={"path": "shared/plan.txt"}))
    released = await ada.delete(f"locks/{lock['token']}")

    assert lock["token"].startswith("opaquelocktoken:")
    assert refreshed["expires_at"] > lock["expires_at"]
    assert [item["path"] for item in found["items"]] == ["shared/plan.txt"]
    assert released.status_code == 204
    assert ok(await ada.get("locks", params={"path": "shared/plan.txt"}))["items"] == []


async def test_a_manager_breaks_a_lock_with_a_reason(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await scribe.put("files/shared/stuck.txt", content=b"1")
    await scribe.post("locks", json={"path": "shared/stuck.txt"})

    broken = ok(
        await ada.post("locks/break", json={"path": "shared/stuck.txt", "reason": "it is gone"})
    )

    assert broken["items"][0]["holder"]["name"] == "scribe"


async def test_a_place_in_the_line_is_given_up(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await ada.put("files/shared/queued.txt", content=b"1")
    await ada.post("locks", json={"path": "shared/queued.txt"})
    asked = {"path": "shared/queued.txt", "wait": 1}
    ticket = (await scribe.post("locks", json=asked)).json()["ticket"]

    left = await scribe.delete(f"tickets/{ticket}", params={"path": "shared/queued.txt"})

    assert left.status_code == 204


# Handoffs.


async def test_a_handoff_is_listed_looked_at_taken_remarked_on_and_decided(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submitted(scribe, "input/whole/report.txt", title="June", confidence=0.5)
    path = f"handoffs/{handoff['id']}"

    listed = ok(await ben.get("handoffs", params={"state": "in_review", "limit": 1000}))
    files = ok(await ben.get(f"{path}/files"))
    taken = ok(await ben.post(f"{path}/take"))
    back = ok(await ben.post(f"{path}/give-back"))
    raised = ok(await ben.post(f"{path}/raise", json={"to": "ada@example.org"}))
    comment = ok(await ben.post(f"{path}/comments", json={"text": "Why?"}), 201)
    resolved = ok(await ben.post(f"{path}/comments/{comment['id']}/resolve"))
    comments = ok(await ben.get(f"{path}/comments"))
    verdict = {"verdict": "approve", "digest": handoff["digest"], "round": 1}
    decided = ok(await ben.put(f"{path}/decision", json=verdict))
    recalled = ok(await ben.post(f"{path}/recall", json={"reason": "too early"}))

    assert handoff["state"] == "in_review"
    assert handoff["title"] == "June"
    assert handoff["id"] in [item["id"] for item in listed["items"]]
    assert files["items"][0]["path"] == "file"
    assert taken["taken_by"]["name"] == "Ben"
    assert back["taken_by"] is None
    assert raised["raised_to"]
    assert resolved["resolved_at"]
    assert [item["text"] for item in comments["items"]] == ["Why?"]
    assert decided["state"] == "approved"
    assert decided["decision"]["by"]["name"] == "Ben"
    assert (recalled["state"], recalled["round"]) == ("in_review", 2)


async def test_a_review_is_handed_on_with_a_note(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submitted(scribe, "input/whole/shared.txt")
    path = f"handoffs/{handoff['id']}"
    await ben.post(f"{path}/take")

    handed = ok(await ben.post(f"{path}/reassign", json={"to": "ada@example.org"}))
    strange = await ben.post(f"{path}/reassign", json={"to": "group:nobody"})

    assert handed["taken_by"]["name"] == "Ada"
    assert (strange.status_code, strange.json()["code"]) == (409, "cannot_review")


async def test_who_is_away_is_listed_with_who_stands_in_until_they_are_back(
    ben: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    times = {"from": "2031-07-01T00:00:00Z", "until": "2031-07-15T00:00:00Z"}

    gone = ok(await ben.put("away", json={"to": "ada@example.org", **times}))
    seen = ok(await ada.get("away"))
    back = await ada.delete("away", params={"person": "ben@example.org"})
    after = ok(await ben.get("away"))

    assert (gone["person"]["name"], gone["to"]["name"], gone["now"]) == ("Ben", "Ada", False)
    assert [(one["from"], one["until"]) for one in seen["items"]] == [tuple(times.values())]
    assert (back.status_code, after["items"]) == (204, [])


async def test_several_are_decided_each_for_itself_and_once_for_each_key(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    first, second = [await submitted(scribe, f"input/whole/{n}.txt") for n in ("s1", "s2")]
    said = [
        {"handoff": one["id"], "verdict": "approve", "digest": one["digest"], "round": 1}
        for one in (first, second)
    ]
    said[1]["digest"] = f"sha256:{'0' * 64}"
    key = {"Idempotency-Key": "several-1"}

    done = await ben.post("decisions", json={"items": said}, headers=key)
    again = await ben.post("decisions", json={"items": said}, headers=key)
    by_agent = await scribe.post("decisions", json={"items": said})
    broken = await scribe.post("decisions", json={"what": 1})
    blind = await ben.post("decisions", json={"items": [{"handoff": first["id"]}]})

    one, other = ok(done)["items"]
    assert (one["outcome"], one["state"]) == ("decided", "approved")
    assert (other["outcome"], other["problem"]["code"]) == ("refused", "digest_mismatch")
    assert (again.content, again.headers["idempotent-replayed"]) == (done.content, "true")
    assert {by_agent.json()["code"], broken.json()["code"]} == {"agent_cannot_decide"}
    assert blind.status_code == 422


async def test_what_was_sent_back_is_offered_claimed_and_compared_with_the_next_round(
    scribe: httpx.AsyncClient, ben: httpx.AsyncClient
) -> None:
    handoff = await submitted(scribe, "input/rounds/report.txt")
    path = f"handoffs/{handoff['id']}"
    said = {"verdict": "request_changes", "digest": handoff["digest"], "round": 1}
    sent = ok(await ben.put(f"{path}/decision", json={**said, "reason": "shorter"}))
    ok(await ben.post(f"{path}/offer"))
    claim = ok(await scribe.post("claims", json={"path": sent["path"]}), 201)
    token = {"Lock-Token": claim["lock_token"]}
    await scribe.put(f"files/{claim['path']}", content=b"x", headers=token)

    again = ok(
        await scribe.post(
            "handoffs", json={"kind": "approval", "paths": [claim["path"]]}, headers=token
        )
    )
    changes = ok(await ben.get(f"{path}/changes"))

    assert claim["feedback"]["reason"] == "shorter"
    assert (again["id"], again["round"]) == (handoff["id"], 2)
    assert changes["files_count"] == 1


async def test_a_handoff_is_withdrawn_and_its_agent_has_it_under_a_claim(
    scribe: httpx.AsyncClient,
) -> None:
    handoff = await submitted(scribe, "input/back/report.txt")

    withdrawn = ok(await scribe.delete(f"handoffs/{handoff['id']}"))

    assert withdrawn["handoff"]["state"] == "withdrawn"
    assert withdrawn["claim"]["lock_token"]


async def test_an_item_of_a_claimed_batch_is_escalated_alone(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    for name in ("one", "two"):
        await ada.put(f"files/input/batch/{name}.csv", content=b"a\n")
    claim = ok(await scribe.post("claims", json={"path": "input/batch"}), 201)

    split = ok(
        await scribe.post(
            "splits",
            json={"path": f"{claim['path']}/two.csv", "needs": "Is the day first?"},
            headers={"Lock-Token": claim["lock_token"]},
        ),
        201,
    )

    assert split["kind"] == "escalation"
    assert split["path"] == "needs-review/two.csv"


# The log.


async def test_events_and_entries_are_read_a_page_at_a_time(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/logged.txt", content=b"1")

    page = ok(await ada.get("events", params={"after": 0, "limit": 2}))
    head = ok(await ada.get("events/head"))
    recent = ok(await ada.get("events/recent", params={"limit": 1}))
    entries = ok(await ada.get("audit", params={"action": "file.", "limit": 1}))
    first = ok(await ada.get("audit/1"))

    assert [item["position"] for item in page["items"]] == [1, 2]
    assert page["next"] == 2
    assert recent["items"][0]["position"] == head["position"]
    assert entries["items"][0]["type"].startswith("file.")
    assert first["type"] == "workspace.created"


async def sealed(ada: httpx.AsyncClient) -> Any:
    """Return the first signed head; the seal comes a second after the entries."""
    for _ in range(50):
        answer = await ada.get("audit/checkpoint")
        if answer.status_code == 200:
            return answer.json()
        await asyncio.sleep(0.1)
    raise AssertionError("nothing was sealed")


async def test_the_log_is_proved_verified_and_exported(
    server: Server, ada: httpx.AsyncClient
) -> None:
    head = await sealed(ada)

    proof = ok(await ada.get("audit/1/proof"))
    report = ok(await ada.post("audit/verify", json={"against": head["note"]}))
    exported = await ada.get("audit/export")
    root = f"{server.url}/log/acme"
    note = await ada.get(f"{root}/checkpoint")
    tile = await ada.get(f"{root}/tile/0/000.p/{head['size']}")
    nothing = await ada.get(f"{root}/tile/0/x999/999")

    assert proof["position"] == 1
    assert report["sound"] is True
    assert exported.headers["content-type"] == "application/jsonl"
    assert exported.text.startswith('{"line":"log"')
    assert note.headers["content-type"].startswith("text/plain")
    assert "/acme\n" in note.text.partition("\n")[0] + "\n"
    assert tile.status_code == 200
    assert len(tile.content) == 32 * head["size"]
    assert nothing.status_code == 404


async def test_what_is_personal_in_an_entry_is_erased(ada: httpx.AsyncClient) -> None:
    await ada.put("files/shared/personal.txt", content=b"1")
    position = ok(await ada.get("events/head"))["position"]

    erased = ok(await ada.post(f"audit/{position}/erase", json={"reason": "asked to"}))
    entry = ok(await ada.get(f"audit/{position}"))

    assert erased["position"] == position
    assert entry["erased"] is True
    assert "path" not in entry


# Who is who.


async def test_members_agents_keys_and_grants(ada: httpx.AsyncClient) -> None:
    member = ok(
        await ada.put(
            "members/ben@example.org", json={"role": "reviewer", "groups": ["finance"]}
        )
    )
    agent = ok(await ada.post("agents", json={"name": "clerk"}), 201)
    name = agent["agent"]["id"]
    key = ok(await ada.post(f"agents/{name}/keys", json={"scopes": ["read"]}), 201)
    rotated = ok(await ada.post(f"keys/{key['id']}/rotate"), 201)
    revoked = ok(await ada.delete(f"keys/{rotated['id']}"))
    listed = ok(await ada.get(f"agents/{name}/keys"))
    said = {"subject": "clerk", "path": "shared/secret", "access": "none"}
    grant = ok(await ada.put("grants", json=said))
    grants = ok(await ada.get("grants"))
    removed = await ada.delete(f"grants/{grant['id']}")
    disabled = ok(await ada.delete(f"agents/{name}"))

    assert member["groups"] == ["finance"]
    assert key["secret"].startswith("so_acme_")
    assert rotated["secret"] != key["secret"]
    assert revoked["revoked_at"]
    assert all(item.get("secret") is None for item in listed["items"])
    assert [item["path"] for item in grants["items"]] == ["shared/secret"]
    assert removed.status_code == 204
    assert disabled["disabled_at"]
    assert len(ok(await ada.get("members"))["items"]) >= 2
    assert len(ok(await ada.get("agents"))["items"]) >= 2


async def test_the_policy_is_set_and_read(ada: httpx.AsyncClient) -> None:
    set_ = ok(await ada.put("policy", json={"max_rounds": 4}))
    written = ok(
        await ada.put(
            "policy", content=b"max_rounds: 5\n", headers={"Content-Type": "text/yaml"}
        )
    )

    assert set_["policy"]["max_rounds"] == 4
    assert ok(await ada.get("policy"))["number"] == written["number"]


async def test_a_person_of_the_instance_comes_and_goes(
    server: Server, ada: httpx.AsyncClient
) -> None:
    above = f"{server.url}/api/v1"
    new = {"email": "eve@example.org", "name": "Eve", "password": PASSWORD}

    eve = ok(await ada.post(f"{above}/people", json=new), 201)
    link = ok(await ada.post(f"{above}/people/{eve['id']}/link"), 201)
    people = ok(await ada.get(f"{above}/people"))
    joined = ok(await ada.put("members/eve@example.org", json={"role": "reader"}))
    left = await ada.delete("members/eve@example.org")
    gone = ok(await ada.delete(f"{above}/people/{eve['id']}"))

    assert link["url"].startswith("http")
    assert "eve@example.org" in [item["email"] for item in people["items"]]
    assert joined["role"] == "reader"
    assert left.status_code == 204
    assert gone["disabled_at"]


async def test_a_person_signs_in_looks_around_and_signs_out(
    server: Server, ada: httpx.AsyncClient
) -> None:
    above = f"{server.url}/api/v1"
    new = {"email": "fay@example.org", "name": "Fay", "password": PASSWORD}
    ok(await ada.post(f"{above}/people", json=new), 201)
    ok(await ada.put("members/fay@example.org", json={"role": "reader"}))
    client = await server.person("fay")

    me = ok(await client.get(f"{above}/me"))
    here = ok(await client.get("me"))
    sessions = ok(await client.get(f"{above}/sessions"))
    password = ok(await client.post(f"{above}/me/app-passwords", json={"name": "drive"}), 201)
    listed = ok(await client.get(f"{above}/me/app-passwords"))
    revoked = await client.delete(f"{above}/me/app-passwords/{password['id']}")
    changed = await client.put(
        f"{above}/me/password", json={"current": PASSWORD, "new": f"{PASSWORD}!"}
    )
    out = await client.delete(f"{above}/session")
    after = await client.get(f"{above}/me")
    await client.aclose()

    assert me["actor"]["name"] == here["actor"]["name"] == "Fay"
    assert here["role"] == "reader"
    assert any(item["current"] for item in sessions["items"])
    assert password["secret"]
    assert all(item.get("secret") is None for item in listed["items"])
    assert revoked.status_code == 204
    assert changed.status_code == 200, changed.text
    assert out.status_code == 200
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert after.status_code == 401


async def test_a_workspace_is_founded_listed_and_closed(
    server: Server, ada: httpx.AsyncClient
) -> None:
    above = f"{server.url}/api/v1/workspaces"

    made = ok(await ada.post(above, json={"slug": "second"}), 201)
    listed = ok(await ada.get(above))
    wrong = await ada.post(f"{above}/second/close", json={"slug": "acme"})
    closed = ok(await ada.post(f"{above}/second/close", json={"slug": "second"}))

    assert made["slug"] == "second"
    assert {"acme", "second"} <= {item["slug"] for item in listed["items"]}
    assert wrong.status_code == 422
    assert closed["closed_at"] < closed["ends_at"]
    read = await ada.get(f"{above}/second/tree/")
    written = await ada.put(f"{above}/second/files/shared/a.txt", content=b"late")
    again = await ada.post(f"{above}/second/close", json={"slug": "second"})
    assert read.status_code == 200
    for refused in (written, again):
        assert (refused.status_code, refused.json()["code"]) == (409, "workspace_closed")
        assert "signoff workspace reopen second" in refused.json()["hint"]


async def test_the_document_and_its_page_are_served(server: Server) -> None:
    async with server.client() as anybody:
        document = await anybody.get("/openapi.json")
        page = await anybody.get("/api/docs")

    assert document.json()["openapi"] == "3.1.0"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]


# Machines that are told.


async def test_an_endpoint_is_subscribed_changed_pinged_and_unsubscribed(
    ada: httpx.AsyncClient,
) -> None:
    asked = {"url": "https://flows.acme.example/x", "events": ["handoff.*"], "path": "**/x/**"}
    made = ok(await ada.post("endpoints", json=asked), 201)
    name = made["id"]

    changed = ok(await ada.patch(f"endpoints/{name}", json={"events": ["handoff.approved"]}))
    rotated = ok(await ada.post(f"endpoints/{name}/rotate", json={}))
    pinged = await ada.post(f"endpoints/{name}/ping")
    replayed = ok(await ada.post(f"endpoints/{name}/replay", json={"after": 0}))
    listed = ok(await ada.get("endpoints"))
    told = ok(await ada.get(f"endpoints/{name}/deliveries", params={"state": "dead"}))
    gone = await ada.delete(f"endpoints/{name}")

    assert made["secret"].startswith("whsec_")
    assert rotated["secret"] != made["secret"]
    assert (changed["events"], changed["path"]) == (["handoff.approved"], "**/x/**")
    assert (pinged.status_code, gone.status_code) == (204, 204)
    assert replayed["state"] == "on"
    assert [each["id"] for each in listed["items"]] == [name]
    assert "secret" not in listed["items"][0]
    assert told == {"items": [], "next": None}
    assert (await ada.get(f"endpoints/{name}")).status_code == 404


async def test_an_agent_subscribes_with_its_key_and_has_a_secret_for_callbacks(
    scribe: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    made = ok(await scribe.post("endpoints", json={"url": "https://flows.acme.example/y"}), 201)
    key = ok(await scribe.get("callback"))
    secret = ok(await scribe.post("callback/rotate"))

    assert made["by"]["kind"] == "agent"
    assert key["public_key"].startswith("whpk_")
    assert secret["secret"].startswith("whsec_")
    assert (await ada.delete(f"endpoints/{made['id']}")).status_code == 204


async def test_an_endpoint_inside_is_refused(ada: httpx.AsyncClient) -> None:
    refused = await ada.post("endpoints", json={"url": "https://169.254.169.254/latest"})

    assert refused.status_code == 422
    assert refused.json()["field"] == "url"
