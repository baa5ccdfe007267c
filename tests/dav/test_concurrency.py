"""Many requests at once, on both databases: what must be so afterwards is looked up in the log."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from signoff.actions import verifications
from tests.actions.cast import ADA, log
from tests.dav.drive import Answer, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACTORS = ("dan", "ben", "scribe", "clerk")
BUSY = (412, 423)


async def accounted(town: Town, answers: list[tuple[str, Answer]], *, since: int) -> None:
    """Check that every accepted act is in the log, by who did it, and that the log is sound."""
    entries = (await log(town.house))[since:]
    actors = {each["id"]: each["actor"] for each in entries}
    for who, answer in answers:
        name = answer.headers["signoff-event"].partition(";")[0]
        assert actors[name].endswith(f"_{who}"), who
    report = await verifications.verify(town.house, ADA)
    assert report.sound, report.faults


async def test_no_update_is_lost_under_if_match(town: Town):
    await town["dan"].put("counter.txt", "0")
    since = len(await log(town.house))
    accepted: list[tuple[str, Answer]] = []

    async def count(who: str, times: int) -> None:
        drive = town[who]
        done = 0
        while done < times:
            seen = await drive("GET", "counter.txt")
            text = str(int(seen.body) + 1)
            put = await drive.put("counter.txt", text, If_Match=seen.headers["etag"])
            assert put.status in (204, *BUSY)
            if put.status == 204:
                accepted.append((who, put))
                done += 1

    await asyncio.gather(*(count(who, 10) for who in ACTORS))

    assert await town["dan"].get("counter.txt") == b"40"
    assert len({each.headers["etag"] for _, each in accepted}) == 40
    await accounted(town, accepted, since=since)


async def test_an_exclusive_lock_is_held_by_one_at_a_time(town: Town):
    await town["dan"].put("mutex.txt", "0")
    since = len(await log(town.house))
    accepted: list[tuple[str, Answer]] = []
    inside: list[str] = []

    async def count(who: str, times: int) -> None:
        drive = town[who]
        done = 0
        while done < times:
            taken = await drive.lock("mutex.txt", depth="0")
            if taken.status == 423:
                await asyncio.sleep(0.001)
                continue
            assert inside == []
            inside.append(who)
            n = int(await drive.get("mutex.txt"))
            await asyncio.sleep(0)
            put = await drive.put("mutex.txt", str(n + 1), If=f"(<{taken.token}>)")
            assert put.status == 204
            accepted.append((who, put))
            inside.remove(who)
            ended = await drive.unlock("mutex.txt", taken.token)
            assert ended.status == 204
            accepted.append((who, ended))
            done += 1

    await asyncio.gather(*(count(who, 8) for who in ACTORS))

    assert await town["dan"].get("mutex.txt") == b"32"
    await accounted(town, accepted, since=since)


async def test_a_new_name_is_locked_or_made_by_one_alone(town: Town):
    await town["dan"].make("only")
    for n in range(6):
        path = f"only/{n}.txt"
        asked = [
            *(town[who].lock(path, depth="0") for who in ACTORS),
            *(town[who].put(path, who, If_None_Match="*") for who in ACTORS),
            *(town[who]("MKCOL", path) for who in ACTORS),
        ]

        answers = await asyncio.gather(*asked)

        locks, puts, folders = answers[:4], answers[4:8], answers[8:]
        made = [each for each in (*locks, *puts, *folders) if each.status == 201]
        assert len(made) == 1
        held = [each for each in locks if each.status in (200, 201)]
        assert len(held) <= 1
        # Twelve at once for one name: whom PostgreSQL kept waiting too long may be told to retry.
        assert [
            each.body for each in answers if each.status >= 500 and each.status != 503
        ] == []
        names = await town["dan"].names("only")
        assert names == [f"{each}.txt" for each in range(n + 1)]


class Chaos:
    """One actor who does anything to a few paths, and remembers what was accepted."""

    def __init__(self, town: Town, who: str, *, seed: int) -> None:
        self.drive: Drive = town[who]
        self.who = who
        self.random = random.Random(f"{seed}-{who}")  # noqa: S311
        self.tokens: dict[str, str] = {}
        self.accepted: list[tuple[str, Answer]] = []
        self.statuses: Counter[tuple[str, int]] = Counter()

    async def run(self, steps: int) -> None:
        for _ in range(steps):
            method = self.random.choice(list(self.ways))
            answer = await self.ways[method](self)
            self.statuses[method, answer.status] += 1
            assert answer.status < 500, (method, answer.body)
            if answer.status < 300 and "signoff-event" in answer.headers:
                self.accepted.append((self.who, answer))

    def _path(self) -> str:
        return self.random.choice(["chaos/a", "chaos/b", "chaos/d/a", "chaos/d/b", "chaos/d"])

    def _mine(self) -> dict[str, str]:
        if not self.tokens or self.random.random() < 0.2:
            return {}
        lists = " ".join(f"(<{token}>)" for token in self.tokens)
        return {"If": f"{lists} (Not <DAV:no-lock>)"}

    async def lock(self) -> Answer:
        path = self._path()
        scope = self.random.choice(["exclusive", "shared"])
        depth = self.random.choice(["0", "infinity"])
        taken = await self.drive.lock(path, scope=scope, depth=depth)
        if taken.status < 300:
            self.tokens[taken.token] = path
        return taken

    async def unlock(self) -> Answer:
        if not self.tokens:
            return await self.drive("OPTIONS", "")
        token = self.random.choice(list(self.tokens))
        answer = await self.drive.unlock(self.tokens.pop(token), token)
        assert answer.status in (204, 409)
        return answer

    async def put(self) -> Answer:
        return await self.drive("PUT", self._path(), self._mine(), self.who.encode())

    async def delete(self) -> Answer:
        return await self.drive("DELETE", self._path(), self._mine())

    async def mkcol(self) -> Answer:
        return await self.drive("MKCOL", "chaos/d", self._mine())

    async def move(self) -> Answer:
        headers = self.drive.to(self._path(), **self._mine())
        return await self.drive("MOVE", self._path(), headers)

    async def copy(self) -> Answer:
        headers = self.drive.to(self._path(), **self._mine())
        return await self.drive("COPY", self._path(), headers)

    async def propfind(self) -> Answer:
        return await self.drive("PROPFIND", self._path(), {"Depth": "1"})

    ways: dict[str, Any] = {  # noqa: RUF012  a table
        "LOCK": lock,
        "UNLOCK": unlock,
        "PUT": put,
        "DELETE": delete,
        "MKCOL": mkcol,
        "MOVE": move,
        "COPY": copy,
        "PROPFIND": propfind,
    }


WRITES = {"file.written", "file.created", "file.moved", "file.deleted", "folder.created"}


def against_a_lock(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the writes that were accepted although somebody else alone held their path.

    Told from the log alone: locks are taken and end there, and things move.
    """
    found = []
    held: list[dict[str, Any]] = []
    for entry in entries:
        private = entry["private"]
        if entry["type"] == "lock.taken":
            held.append(entry)
        elif entry["type"] in ("lock.released", "lock.expired", "lock.broken"):
            ended = next(
                each
                for each in held
                if each["node"] == entry["node"]
                and each["codes"]["holder"] == entry["codes"]["holder"]
                and each["codes"]["mode"] == entry["codes"]["mode"]
                and each["codes"]["depth"] == entry["codes"]["depth"]
            )
            held.remove(ended)
        elif entry["type"] in WRITES:
            for lock in held:
                root = lock["private"]["path"]
                for path in {private.get(name) for name in ("path", "from", "to")} - {None}:
                    covers = path == root or (
                        lock["codes"]["depth"] == "infinity" and path.startswith(f"{root}/")
                    )
                    exclusive = lock["codes"]["mode"] == "exclusive"
                    if covers and exclusive and lock["codes"]["holder"] != entry["actor"]:
                        found.append(entry)
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_happens_at_once_locks_are_kept_and_all_is_on_the_record(
    town: Town, seed: int
):
    ada = town["ada"]
    if not await ada.there("chaos"):
        await ada.make("chaos")
    since = len(await log(town.house))
    actors = [Chaos(town, who, seed=seed) for who in ACTORS]

    await asyncio.gather(*(actor.run(40) for actor in actors))

    entries = (await log(town.house))[since:]
    assert against_a_lock(entries) == []
    await accounted(town, [each for actor in actors for each in actor.accepted], since=since)
    taken = sum(
        count
        for actor in actors
        for (method, status), count in actor.statuses.items()
        if method == "LOCK" and status in (200, 201)
    )
    assert sum(each["type"] == "lock.taken" for each in entries) == taken
    for actor in actors:
        for token, path in actor.tokens.items():
            await actor.drive.unlock(path, token)
    assert (await ada("DELETE", "chaos")).status == 204
