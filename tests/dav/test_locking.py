"""LOCK and UNLOCK, and what they keep others from (RFC 4918, sections 6, 7, 9.10, 9.11)."""

import pytest

from signoff.worker.duties import expire_locks
from tests.actions.cast import log
from tests.actions.works import later
from tests.dav.drive import LOCKINFO, D, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_exclusive_lock_is_taken_shown_and_ended(dan: Drive):
    await dan.make("one")
    await dan.put("one/a.txt")

    taken = await dan.lock("one/a.txt", depth="0", owner="<D:href>mailto:dan</D:href>")

    assert taken.status == 200
    assert taken.headers["lock-token"] == f"<{taken.token}>"
    assert taken.token.startswith("opaquelocktoken:")
    active = taken.xml.find(f"{D}lockdiscovery/{D}activelock")
    assert taken.xml.tag == f"{D}prop"
    assert active is not None
    assert active.find(f"{D}lockscope/{D}exclusive") is not None
    assert active.find(f"{D}locktype/{D}write") is not None
    assert active.findtext(f"{D}depth") == "0"
    assert active.findtext(f"{D}owner/{D}href") == "mailto:dan"
    assert active.findtext(f"{D}locktoken/{D}href") == taken.token
    assert active.findtext(f"{D}lockroot/{D}href") == "/dav/acme/one/a.txt"
    assert active.findtext(f"{D}timeout") in ("Second-1800", "Second-1799")

    ended = await dan.unlock("one/a.txt", taken.token)

    assert (ended.status, ended.body) == (204, b"")
    found = await dan("PROPFIND", "one/a.txt", {"Depth": "0"})
    assert list(found.prop("lockdiscovery") or ()) == []


async def test_what_may_be_locked_how_is_told(dan: Drive):
    await dan.make("told")

    found = await dan("PROPFIND", "told", {"Depth": "0"})

    entries = found.prop("supportedlock")
    assert entries is not None
    scopes = [each.find(f"{D}lockscope") for each in entries]
    assert [each[0].tag for each in scopes if each is not None] == [
        f"{D}exclusive",
        f"{D}shared",
    ]


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("Second-600", "600"),
        ("Infinite, Second-4100000000", "86400"),
        ("Second-4100000000", "86400"),
        ("Second-1", "180"),
        ("Extended, Second-700", "700"),
        ("nonsense", "1800"),
        ("", "1800"),
    ],
)
async def test_the_time_asked_for_is_given_within_bounds(town: Town, said: str, given: str):
    dan, name = town["dan"], f"time-{abs(hash(said))}.txt"
    await dan.put(name)

    taken = await dan.lock(name, Timeout=said)

    left = taken.xml.findtext(f".//{D}timeout") or ""
    assert abs(int(left.removeprefix("Second-")) - int(given)) <= 1


async def test_a_lock_without_depth_is_infinite_and_no_other_depth_exists(dan: Drive):
    await dan.make("deep")
    body = LOCKINFO.format(scope="exclusive", owner="")

    for depth in ("1", "2", "-1", "x"):
        assert (await dan("LOCK", "deep", {"Depth": depth}, body)).status == 400
    taken = await dan("LOCK", "deep", {}, body)

    assert taken.xml.findtext(f".//{D}depth") == "infinity"


async def test_a_lock_with_a_broken_body_is_refused(dan: Drive):
    await dan.put("broken.txt")

    assert (await dan("LOCK", "broken.txt", {}, "<D:lockinfo")).status == 400
    assert (await dan("LOCK", "broken.txt", {}, "<lockinfo/>")).status == 400
    assert (await dan("LOCK", "broken.txt")).status == 400


async def test_a_lock_on_a_new_name_makes_an_empty_file_that_stays(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("new")

    taken = await dan.lock("new/a.txt", depth="0")

    assert taken.status == 201
    assert await dan.names("new") == ["a.txt"]
    assert await dan.get("new/a.txt") == b""
    assert await ben.get("new/a.txt") == b""
    head = await dan("HEAD", "new/a.txt")
    assert (head.status, head.body) == (200, b"")
    assert (await dan("MKCOL", "new/a.txt")).status == 405
    assert (await ben.put("new/a.txt", "x")).status == 423

    assert (await dan.unlock("new/a.txt", taken.token)).status == 204

    assert await dan.get("new/a.txt") == b""
    assert await dan.names("new") == ["a.txt"]
    assert (await ben.put("new/a.txt", "x")).status == 204


async def test_a_locked_new_name_becomes_a_file_by_put(dan: Drive):
    await dan.make("born")
    taken = await dan.lock("born/a.txt", depth="0")
    before = await dan.etag("born/a.txt")

    put = await dan.put("born/a.txt", "data", If=f"(<{taken.token}>)")

    assert put.status in (201, 204)
    assert put.headers["etag"] != before
    assert (await dan.unlock("born/a.txt", taken.token)).status == 204
    assert await dan.get("born/a.txt") == b"data"


async def test_a_locked_empty_file_is_copied_and_moved_like_any(dan: Drive):
    await dan.make("void")
    taken = await dan.lock("void/a.txt", depth="0")
    await dan.put("void/there.txt", "x")
    mine = {"If": f"(<{taken.token}>)"}

    copied = await dan("COPY", "void/a.txt", dan.to("void/b.txt"))
    moved = await dan("MOVE", "void/a.txt", dan.to("void/there.txt", **mine))

    assert (copied.status, moved.status) == (201, 204)
    assert await dan.get("void/b.txt") == b""
    assert await dan.get("void/there.txt") == b""


async def test_a_lock_where_the_folder_is_missing_is_409(dan: Drive):
    assert (await dan.lock("nowhere/a.txt")).status == 409
    await dan.put("plain.txt")
    assert (await dan.lock("plain.txt/a.txt")).status == 409


async def test_a_name_that_was_locked_and_never_written_goes_when_the_lock_expires(
    fresh: Town,
):
    dan = fresh["dan"]
    await dan.make("gone")
    await dan.lock("gone/empty.txt", depth="0", Timeout="Second-200")
    await dan.lock("gone/full.txt", depth="0", Timeout="Second-200")
    written = await dan.lock("gone/again.txt", depth="0", Timeout="Second-200")
    await dan.put("gone/again.txt", "x", If=f"(<{written.token}>)")

    later(fresh.house, 201_000_000)
    await expire_locks(fresh.house)

    assert await dan.names("gone") == ["again.txt"]
    assert (await dan.unlock("gone/again.txt", written.token)).status == 409
    assert (await fresh["ben"].put("gone/again.txt", "y")).status == 204


async def test_an_expired_lock_keeps_nobody_out_even_before_it_is_swept(fresh: Town):
    dan, ben = fresh["dan"], fresh["ben"]
    await dan.put("late.txt", "x")
    taken = await dan.lock("late.txt", Timeout="Second-180")
    later(fresh.house, 181_000_000)

    found = await dan("PROPFIND", "late.txt", {"Depth": "0"})
    assert list(found.prop("lockdiscovery") or ()) == []
    mine = {"If": f"(<{taken.token}>)"}
    assert (await dan("PUT", "late.txt", mine, b"y")).status == 412
    assert (await dan("LOCK", "late.txt", mine)).status == 412
    assert (await dan.unlock("late.txt", taken.token)).status == 409
    assert (await ben.lock("late.txt")).status == 200


# Who is kept out of what: the matrix of `locks`.

PATCH = (
    '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">1</x></prop></set>'
    "</propertyupdate>"
)
WRITES: list[tuple[str, dict[str, str], bytes | str]] = [
    ("PUT", {}, b"x"),
    ("DELETE", {}, b""),
    ("MOVE", {"Destination": "/dav/acme/kept/moved.txt"}, b""),
    ("LOCK", {}, LOCKINFO.format(scope="exclusive", owner="")),
    ("LOCK", {}, LOCKINFO.format(scope="shared", owner="")),
    (
        "PROPPATCH",
        {},
        PATCH,
    ),
]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write[0]}")
async def test_others_are_kept_out_and_told_why(
    town: Town, write: tuple[str, dict[str, str], bytes | str]
):
    method, headers, body = write
    dan = town["dan"]
    name = f"kept/{method}-{len(body)}.txt"
    if not await dan.there("kept"):
        await dan.make("kept")
    await dan.put(name, "mine")
    taken = await dan.lock(name, depth="0")

    for other in ("ben", "scribe", "dan"):
        refused = await town[other](method, name, headers, body)

        assert refused.status == 423, other
        wanted = "no-conflicting-lock" if method == "LOCK" else "lock-token-submitted"
        assert refused.condition == wanted
        assert refused.hrefs == [f"/dav/acme/{name}"]
        assert taken.token not in refused.body.decode()
    assert await dan.get(name) == b"mine"
    await dan.unlock(name, taken.token)


async def test_copying_onto_what_is_locked_is_refused_and_copying_it_is_not(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("copied")
    await dan.put("copied/a.txt", "a")
    await dan.put("copied/b.txt", "b")
    await dan.lock("copied/a.txt", depth="0")

    onto = await ben("COPY", "copied/b.txt", ben.to("copied/a.txt"))
    onto_by_move = await ben("MOVE", "copied/b.txt", ben.to("copied/a.txt"))
    away = await ben("COPY", "copied/a.txt", ben.to("copied/c.txt"))

    assert (onto.status, onto.condition) == (423, "lock-token-submitted")
    assert onto.hrefs == ["/dav/acme/copied/a.txt"]
    assert onto_by_move.status == 423
    assert away.status == 201
    found = await ben("PROPFIND", "copied/c.txt", {"Depth": "0"})
    assert list(found.prop("lockdiscovery") or ()) == []


async def test_reading_is_never_kept_from_anybody(town: Town):
    dan, rita = town["dan"], town["rita"]
    await dan.make("read")
    await dan.put("read/a.txt", "a")
    await dan.lock("read")

    for method in ("GET", "HEAD", "OPTIONS"):
        assert (await rita(method, "read/a.txt")).status == 200
    assert (await rita("PROPFIND", "read", {"Depth": "1"})).status == 207


async def test_a_token_alone_is_not_enough_it_must_be_ones_own(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.put("stolen.txt", "x")
    taken = await dan.lock("stolen.txt")

    stolen = await ben("PUT", "stolen.txt", {"If": f"(<{taken.token}>)"}, b"y")

    assert (stolen.status, stolen.condition) == (423, "lock-token-submitted")
    assert (await ben.unlock("stolen.txt", taken.token)).status == 409
    assert (await ben("LOCK", "stolen.txt", {"If": f"(<{taken.token}>)"})).status in (403, 409)
    assert (await dan.put("stolen.txt", "z", If=f"(<{taken.token}>)")).status == 204


async def test_ones_own_lock_needs_its_token_too(dan: Drive):
    await dan.put("own.txt", "x")
    taken = await dan.lock("own.txt")

    assert (await dan.put("own.txt", "y")).status == 423
    assert (await dan.put("own.txt", "y", If=f"(<{taken.token}>)")).status == 204
    assert (await dan("DELETE", "own.txt")).status == 423
    assert (await dan("DELETE", "own.txt", {"If": f"(<{taken.token}>)"})).status == 204


async def test_a_lock_dies_with_what_it_held(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("dies")
    await dan.put("dies/a.txt")
    taken = await dan.lock("dies/a.txt", depth="0")
    mine = {"If": f"(<{taken.token}>)"}

    assert (await dan("DELETE", "dies/a.txt", mine)).status == 204

    assert (await ben.put("dies/a.txt", "new")).status == 201
    assert (await dan.unlock("dies/a.txt", taken.token)).status == 409


async def test_a_lock_stays_behind_when_what_it_held_is_moved(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("stays")
    await dan.put("stays/a.txt")
    taken = await dan.lock("stays/a.txt", depth="0")

    moved = await dan("MOVE", "stays/a.txt", dan.to("stays/b.txt", If=f"(<{taken.token}>)"))

    assert moved.status == 201
    found = await dan("PROPFIND", "stays/b.txt", {"Depth": "0"})
    assert list(found.prop("lockdiscovery") or ()) == []
    assert (await ben.put("stays/b.txt", "x")).status == 204


# Folders.


async def test_an_infinite_lock_holds_all_that_is_below_and_all_that_comes(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("all", "all/sub")
    await dan.put("all/sub/a.txt")
    taken = await dan.lock("all")
    mine = {"If": f"</dav/acme/all/> (<{taken.token}>)"}

    for method, path, headers in [
        ("PUT", "all/sub/a.txt", {}),
        ("PUT", "all/sub/new.txt", {}),
        ("MKCOL", "all/made", {}),
        ("DELETE", "all/sub/a.txt", {}),
        ("DELETE", "all", {}),
        ("MOVE", "all/sub", ben.to("elsewhere")),
        ("COPY", "plainer.txt", ben.to("all/c.txt")),
    ]:
        if method == "COPY":
            await dan.put("plainer.txt")
        refused = await ben(method, path, headers)
        assert (refused.status, refused.condition) == (423, "lock-token-submitted"), method
        assert refused.hrefs in (["/dav/acme/all"], ["/dav/acme/all/"]), method
    assert (await ben.lock("all/sub/a.txt")).condition == "no-conflicting-lock"
    assert (await ben.lock("all/sub/fresh.txt")).status == 423
    assert (await dan("PUT", "all/sub/new.txt", mine, b"x")).status == 201
    assert (await dan("MKCOL", "all/made", mine)).status == 201
    shown = (await dan("PROPFIND", "all/sub/new.txt", {"Depth": "0"})).prop("lockdiscovery")
    assert shown is not None
    assert shown.findtext(f".//{D}locktoken/{D}href") == taken.token
    assert (shown.findtext(f".//{D}lockroot/{D}href") or "").rstrip("/") == "/dav/acme/all"
    refreshed = await dan("LOCK", "all/sub/new.txt", {"If": f"(<{taken.token}>)"})
    assert refreshed.status == 200
    assert "lock-token" not in refreshed.headers
    assert (await dan.unlock("all/sub/new.txt", taken.token)).status == 204
    assert (await ben.put("all/sub/a.txt", "x")).status == 204


async def test_a_lock_of_depth_0_holds_the_list_of_members_alone(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("shallow", "shallow/sub")
    await dan.put("shallow/a.txt")
    taken = await dan.lock("shallow", depth="0")

    for method, path, headers in [
        ("PUT", "shallow/new.txt", {}),
        ("MKCOL", "shallow/made", {}),
        ("DELETE", "shallow/a.txt", {}),
        ("MOVE", "shallow/a.txt", ben.to("taken-out.txt")),
    ]:
        refused = await ben(method, path, headers)
        assert (refused.status, refused.condition) == (423, "lock-token-submitted"), method
    assert (await ben.lock("shallow/new.txt")).status == 423
    assert (await ben.put("shallow/a.txt", "x")).status == 204
    assert (await ben.put("shallow/sub/b.txt", "x")).status == 201
    mine = {"If": f"</dav/acme/shallow> (<{taken.token}>)"}
    assert (await dan("PUT", "shallow/new.txt", mine, b"x")).status == 201
    inside = (await dan("PROPFIND", "shallow/a.txt", {"Depth": "0"})).prop("lockdiscovery")
    assert list(inside or ()) == []


async def test_a_locked_member_keeps_its_folder_from_going(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("holds", "holds/sub")
    await dan.put("holds/sub/a.txt", "a")
    await dan.lock("holds/sub/a.txt", depth="0")
    await ben.make("instead")

    for method, path, headers in [
        ("DELETE", "holds", {}),
        ("MOVE", "holds", ben.to("held")),
        ("MOVE", "instead", ben.to("holds")),
        ("COPY", "instead", ben.to("holds")),
    ]:
        refused = await ben(method, path, headers)
        assert refused.status in (409, 423), (method, refused.status)
    refused = await ben.lock("holds")
    assert (refused.status, refused.condition) == (423, "no-conflicting-lock")
    assert refused.hrefs == ["/dav/acme/holds/sub/a.txt"]
    assert (await ben.lock("holds", depth="0")).status == 200
    assert await dan.get("holds/sub/a.txt") == b"a"


async def test_what_is_moved_out_of_a_locked_folder_is_free_and_what_comes_is_held(
    town: Town,
):
    dan, ben = town["dan"], town["ben"]
    await dan.make("from", "into")
    await dan.put("from/a.txt")
    out = await dan.lock("from")
    into = await dan.lock("into")

    moved = await dan(
        "MOVE",
        "from/a.txt",
        dan.to(
            "let-out.txt",
            If=f"</dav/acme/from/> (<{out.token}>)",
        ),
    )
    assert moved.status == 201
    assert (await ben.put("let-out.txt", "x")).status == 204
    half = await dan(
        "MOVE", "let-out.txt", dan.to("into/a.txt", If=f"</dav/acme/from/> (<{out.token}>)")
    )
    assert half.status == 423
    whole = await dan(
        "MOVE", "let-out.txt", dan.to("into/a.txt", If=f"</dav/acme/into/> (<{into.token}>)")
    )
    assert whole.status == 201
    assert (await ben.put("into/a.txt", "x")).status == 423


async def test_a_move_between_two_locks_names_both(dan: Drive):
    await dan.make("left", "right")
    await dan.put("left/a.txt", "new")
    await dan.put("right/a.txt", "old")
    source = await dan.lock("left/a.txt", depth="0")
    target = await dan.lock("right/a.txt", depth="0")

    one = await dan("MOVE", "left/a.txt", dan.to("right/a.txt", If=f"(<{source.token}>)"))
    both = await dan(
        "MOVE",
        "left/a.txt",
        dan.to(
            "right/a.txt",
            If=(
                f"</dav/acme/left/a.txt> (<{source.token}>) "
                f"<http://signoff.example/dav/acme/right/a.txt> (<{target.token}>)"
            ),
        ),
    )

    assert (one.status, one.hrefs) == (423, ["/dav/acme/right/a.txt"])
    assert both.status == 204
    assert await dan.get("right/a.txt") == b"new"


# Shared locks.


async def test_shared_locks_stand_together_and_each_holder_writes(town: Town):
    dan, ben, scribe = town["dan"], town["ben"], town["scribe"]
    await dan.put("shared.txt")
    first = await dan.lock("shared.txt", scope="shared", depth="0")
    second = await ben.lock("shared.txt", scope="shared", depth="0")

    assert (first.status, second.status) == (200, 200)
    assert first.token != second.token
    shown = (await dan("PROPFIND", "shared.txt", {"Depth": "0"})).prop("lockdiscovery")
    assert shown is not None
    assert len(list(shown)) == 2
    assert shown.find(f"{D}activelock/{D}lockscope/{D}shared") is not None
    tokens = [each.text for each in shown.iterfind(f".//{D}locktoken/{D}href")]
    assert tokens == [first.token]
    exclusive = await scribe.lock("shared.txt", depth="0")
    assert (exclusive.status, exclusive.condition) == (423, "no-conflicting-lock")
    assert (await scribe.put("shared.txt", "x")).status == 423
    assert (await dan.put("shared.txt", "x", If=f"(<{first.token}>)")).status == 204
    assert (await ben.put("shared.txt", "y", If=f"(<{second.token}>)")).status == 204
    assert (await dan.unlock("shared.txt", first.token)).status == 204
    assert (await scribe.put("shared.txt", "x")).status == 423
    assert (await ben.unlock("shared.txt", second.token)).status == 204
    assert (await scribe.put("shared.txt", "x")).status == 204


async def test_an_exclusive_lock_lets_no_shared_one_in(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.put("exclusive.txt")
    await dan.lock("exclusive.txt", depth="0")

    assert (await ben.lock("exclusive.txt", scope="shared", depth="0")).status == 423
    assert (await dan.lock("exclusive.txt", scope="shared", depth="0")).status == 423


async def test_a_folder_shared_to_infinity_and_a_file_in_it_shared_too(town: Town):
    dan, ben = town["dan"], town["ben"]
    await dan.make("mixed")
    await dan.put("mixed/a.txt")
    above = await dan.lock("mixed", scope="shared")
    on_it = await ben.lock("mixed/a.txt", scope="shared", depth="0")
    assert on_it.status == 200

    only_his = await ben.put("mixed/a.txt", "x", If=f"(<{on_it.token}>)")

    assert only_his.status == 423
    assert only_his.hrefs[0].rstrip("/") == "/dav/acme/mixed"
    assert above.token


# Refreshing and unlocking.


async def test_a_refresh_begins_the_time_anew_and_tells_no_token_header(fresh: Town):
    dan = fresh["dan"]
    await dan.put("again.txt")
    taken = await dan.lock("again.txt", depth="0", Timeout="Second-300")
    later(fresh.house, 200_000_000)

    refreshed = await dan(
        "LOCK", "again.txt", {"If": f"(<{taken.token}>)", "Timeout": "Second-300", "Depth": "1"}
    )

    assert refreshed.status == 200
    assert "lock-token" not in refreshed.headers
    assert refreshed.xml.findtext(f".//{D}locktoken/{D}href") == taken.token
    later(fresh.house, 200_000_000)
    assert (await fresh["ben"].put("again.txt", "x")).status == 423


async def test_a_refresh_of_a_lock_that_does_not_hold_it_is_412(dan: Drive):
    await dan.put("here.txt")
    await dan.put("there.txt")
    taken = await dan.lock("there.txt")

    elsewhere = await dan(
        "LOCK", "here.txt", {"If": f"</dav/acme/there.txt> (<{taken.token}>)"}
    )
    untagged = await dan("LOCK", "here.txt", {"If": f"(<{taken.token}>)"})
    unknown = await dan("LOCK", "here.txt", {"If": "(<opaquelocktoken:none>)"})

    assert (elsewhere.status, elsewhere.condition) == (412, "lock-token-matches-request-uri")
    assert untagged.status == 412
    assert unknown.status == 412


async def test_a_refresh_names_one_lock(dan: Drive):
    await dan.put("which.txt")
    first = await dan.lock("which.txt", scope="shared")
    second = await dan.lock("which.txt", scope="shared")

    both = await dan("LOCK", "which.txt", {"If": f"(<{first.token}>) (<{second.token}>)"})

    assert both.status == 400


async def test_an_unlock_that_names_no_lock_of_this_is_409(dan: Drive):
    await dan.put("free.txt", "x")
    await dan.put("held.txt", "x")
    taken = await dan.lock("held.txt")

    for path, token in [
        ("free.txt", taken.token),
        ("held.txt", "opaquelocktoken:bogus"),
        ("held.txt", "DAV:no-lock"),
        ("nothing-at-all.txt", taken.token),
    ]:
        refused = await dan.unlock(path, token)
        assert (refused.status, refused.condition) == (409, "lock-token-matches-request-uri")
    assert (await dan("UNLOCK", "held.txt")).status == 400
    assert (await dan("UNLOCK", "held.txt", {"Lock-Token": "<>"})).status == 400
    assert (await dan("UNLOCK", "held.txt", {"Lock-Token": taken.token})).status == 204


async def test_a_stage_is_not_locked_to_infinity_nor_the_root(dan: Drive):
    assert (await dan.lock("input")).status == 403
    assert (await dan.lock("")).status == 403


async def test_locks_are_on_the_record(town: Town):
    dan = town["dan"]
    await dan.put("recorded.txt")
    taken = await dan.lock("recorded.txt")
    await dan("LOCK", "recorded.txt", {"If": f"(<{taken.token}>)"})
    await dan.unlock("recorded.txt", taken.token)

    told = [each for each in (await log(town.house)) if each["type"].startswith("lock.")][-2:]

    assert [(each["type"], each["door"]) for each in told] == [
        ("lock.taken", "dav"),
        ("lock.released", "dav"),
    ]
    assert taken.token not in str(told)
