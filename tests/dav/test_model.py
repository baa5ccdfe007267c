"""Two people and two agents do what they like, and the server does what the standard says."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from signoff.actions import verifications
from tests.actions.cast import ADA, log
from tests.dav.conftest import open_town
from tests.dav.drive import Answer, Drive, Town
from tests.dav.model import Lock, Model, parent

WHO = st.sampled_from(["dan", "ben", "scribe", "clerk"])
NAMES = ("a", "b", "d", "d/a", "d/b", "d/e", "d/e/a")
PLACES = st.sampled_from(NAMES)
TEXTS = st.sampled_from(["one", "two", "three"])
WITH = st.sampled_from(["none", "own", "stolen", "all"])
SCOPES = st.sampled_from(["exclusive", "exclusive", "shared"])
DEPTHS = st.sampled_from(["0", "infinity"])


class House:
    """One town for all examples: each has a folder of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="signoff-model-"))
        self.town: Town = self.run(self._open())
        self.count = 0

    async def _open(self) -> Town:
        town = await open_town(self.folder)
        await town.settle_in()
        return town

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def close(self) -> None:
        self.run(self.town.app.close())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Drives(RuleBasedStateMachine):
    """Every answer is foretold by the model; after each act the tree is the model's."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.house.count += 1
        top = f"m{self.house.count}"
        self.model = Model(top)
        self.etags: dict[str, str] = {}
        self.accepted = 0
        assert self.send("dan", "MKCOL", top).status == 201

    def send(self, who: str, method: str, path: str, *more: Any, **how: Any) -> Answer:
        drive: Drive = self.house.town[who]
        answer: Answer = self.house.run(drive(method, path, *more, **how))
        assert answer.status < 500, (method, path, answer.body)
        return answer

    def at(self, name: str) -> str:
        return f"{self.model.top}/{name}"

    def tokens(self, who: str, which: str) -> tuple[dict[str, str], set[str]]:
        """An If header that is true and submits some tokens, and those."""
        found = {
            lock.token
            for lock in self.model.locks
            if which == "all"
            or (which == "own" and lock.holder == who)
            or (which == "stolen" and lock.holder != who)
        }
        if not found:
            return {}, set()
        lists = " ".join(f"(<{token}>)" for token in sorted(found))
        return {"If": f"{lists} (Not <DAV:no-lock>)"}, found

    def judged(self, answer: Answer, *expected: int) -> bool:
        assert answer.status in expected, (answer.status, expected, answer.body)
        return answer.status < 300

    @rule(who=WHO, name=PLACES, text=TEXTS, which=WITH)
    def put(self, who: str, name: str, text: str, which: str) -> None:
        path, model = self.at(name), self.model
        headers, tokens = self.tokens(who, which)
        kept_out = model.unmet(model.for_writing(path), who, tokens)

        answer = self.send(who, "PUT", path, headers, text.encode())

        if kept_out:
            self.judged(
                answer,
                423,
                *((405,) if model.is_folder(path) else ()),
                *(() if model.is_folder(parent(path)) else (409,)),
            )
        elif not model.is_folder(parent(path)):
            self.judged(answer, 409, *self.held_above(path))
        elif model.is_folder(path):
            self.judged(answer, 405)
        else:
            self.judged(answer, 204 if path in model.nodes else 201)
            model.nodes[path] = text
            assert answer.headers["etag"] != self.etags.get(path)
            self.etags[path] = answer.headers["etag"]

    @rule(who=WHO, name=PLACES, text=TEXTS, right=st.booleans())
    def put_if_match(self, who: str, name: str, text: str, right: bool) -> None:  # noqa: FBT001
        path, model = self.at(name), self.model
        if path not in model.nodes or model.is_folder(path):
            return
        headers, tokens = self.tokens(who, "own")
        etag = self.house.run(self.house.town[who].etag(path)) if right else '"old"'

        answer = self.send(who, "PUT", path, headers | {"If-Match": etag}, text.encode())

        if not right:
            self.judged(answer, 412)
        elif model.unmet(model.for_writing(path), who, tokens):
            self.judged(answer, 423)
        else:
            self.judged(answer, 204)
            model.nodes[path] = text
            self.etags[path] = answer.headers["etag"]

    def held_above(self, path: str) -> tuple[int, ...]:
        """Return 423 where a file on the way is locked: that is told before it holds nothing."""
        return (
            (423,) if any(path.startswith(f"{each.root}/") for each in self.model.locks) else ()
        )

    @rule(who=WHO, name=PLACES, which=WITH)
    def mkcol(self, who: str, name: str, which: str) -> None:
        path, model = self.at(name), self.model
        headers, tokens = self.tokens(who, which)

        answer = self.send(who, "MKCOL", path, headers)

        if path in model.nodes:
            self.judged(answer, 405)
        elif model.unmet(model.for_writing(path), who, tokens):
            self.judged(answer, 423, *(() if model.is_folder(parent(path)) else (409,)))
        elif not model.is_folder(parent(path)):
            self.judged(answer, 409, *self.held_above(path))
        else:
            self.judged(answer, 201)
            model.nodes[path] = None

    @rule(who=WHO, name=PLACES, which=WITH)
    def delete(self, who: str, name: str, which: str) -> None:
        path, model = self.at(name), self.model
        headers, tokens = self.tokens(who, which)

        answer = self.send(who, "DELETE", path, headers)

        if self._holds_others(answer, who, path):
            return
        if path not in model.nodes:
            self.judged(answer, 404)
        elif model.unmet(model.for_removing(path), who, tokens):
            self.judged(answer, 423, 409)
        else:
            self.judged(answer, 204)
            model.remove(path)

    @rule(
        who=WHO,
        name=PLACES,
        to=PLACES,
        which=WITH,
        moves=st.booleans(),
        overwrite=st.sampled_from(["T", "F"]),
    )
    def copy_or_move(  # noqa: PLR0917  hypothesis names them
        self,
        who: str,
        name: str,
        to: str,
        which: str,
        moves: bool,  # noqa: FBT001
        overwrite: str,
    ) -> None:
        path, target, model = self.at(name), self.at(to), self.model
        headers, tokens = self.tokens(who, which)
        headers |= self.house.town[who].to(target, Overwrite=overwrite)
        kept_out = model.unmet(self._asked(path, target, moves=moves), who, tokens)

        answer = self.send(who, "MOVE" if moves else "COPY", path, headers)

        if self._holds_others(answer, who, path, target):
            return
        if path == target:
            self.judged(answer, 403)
        elif path not in model.nodes:
            self.judged(answer, 404)
        elif not self._possible(path, target):
            self.judged(
                answer,
                409,
                403,
                *((423,) if kept_out else self.held_above(target)),
                *((412,) if target in model.nodes and overwrite == "F" else ()),
            )
        elif kept_out:
            self.judged(
                answer,
                423,
                409,
                *((412,) if target in model.nodes and overwrite == "F" else ()),
            )
        elif target in model.nodes and overwrite == "F":
            self.judged(answer, 412)
        else:
            self.judged(answer, 204 if target in model.nodes else 201)
            self._moved(path, target, moves=moves)

    def _holds_others(self, answer: Answer, who: str, *paths: str) -> bool:
        """Say whether a folder stayed for a lock of another in it, shared or not."""
        return answer.status == 409 and any(
            lock.holder != who and lock.root.startswith(f"{path}/")
            for lock in self.model.locks
            for path in paths
        )

    def _possible(self, path: str, target: str) -> bool:
        model = self.model
        inside = target.startswith(f"{path}/") or path.startswith(f"{target}/")
        return model.is_folder(parent(target)) and not inside

    def _asked(self, path: str, target: str, *, moves: bool) -> list[Lock]:
        model = self.model
        onto_file = target in model.nodes and not (
            model.is_folder(target) or model.is_folder(path)
        )
        there = target in model.nodes and not onto_file
        asked = model.for_removing(target) if there else model.for_writing(target)
        return [*asked, *(model.for_removing(path) if moves else ())]

    def _moved(self, path: str, target: str, *, moves: bool) -> None:
        model = self.model
        onto_file = target in model.nodes and not (
            model.is_folder(target) or model.is_folder(path)
        )
        if target in model.nodes and not onto_file:
            model.remove(target)
        model.copy(path, target)
        if moves:
            model.remove(path)
        for each in [target, *model.below(target)]:
            self.etags.pop(each, None)

    @rule(who=WHO, name=PLACES, scope=SCOPES, depth=DEPTHS)
    def lock(self, who: str, name: str, scope: str, depth: str) -> None:
        path, model = self.at(name), self.model
        fresh = path not in model.nodes
        drive = self.house.town[who]
        against = model.against(path, scope=scope, depth=depth)
        if fresh:
            against += model.unmet(model.for_writing(path), who, set())

        answer: Answer = self.house.run(drive.lock(path, scope=scope, depth=depth))

        if against:
            self.judged(answer, 423, *(() if model.is_folder(parent(path)) else (409,)))
        elif fresh and not model.is_folder(parent(path)):
            self.judged(answer, 409, *self.held_above(path))
        else:
            self.judged(answer, 201 if fresh else 200)
            if fresh:
                model.nodes[path] = ""
            model.locks.append(Lock(who, answer.token, path, scope, depth))

    @precondition(lambda self: self.model.locks)
    @rule(who=WHO, data=st.data(), name=PLACES, ends=st.booleans())
    def refresh_or_unlock(self, who: str, data: st.DataObject, name: str, ends: bool) -> None:  # noqa: FBT001
        model = self.model
        lock = data.draw(st.sampled_from(model.locks))
        path = data.draw(st.sampled_from([lock.root, self.at(name)]))
        mine = lock.holder == who
        covered = path in model.nodes and lock.covers(path)
        if ends:
            drive = self.house.town[who]
            answer = self.house.run(drive.unlock(path, lock.token))
            if mine and covered:
                self.judged(answer, 204)
                model.locks.remove(lock)
            else:
                self.judged(answer, 409)
            return
        answer = self.send(who, "LOCK", path, {"If": f"(<{lock.token}>)"})
        self.judged(answer, *((200,) if mine and covered else (403, 409, 412)))

    @invariant()
    def the_tree_is_the_models(self) -> None:
        dan = self.house.town["dan"]
        folders = [each for each in self.model.nodes if self.model.is_folder(each)]
        for folder in folders:
            names = [each.rpartition("/")[2] for each in self.model.members(folder)]
            assert self.house.run(dan.names(folder)) == names
        for path, text in self.model.nodes.items():
            if text is not None:
                assert self.house.run(dan.get(path)) == text.encode()

    @invariant()
    def the_locks_are_the_models(self) -> None:
        for who in ("dan", "scribe"):
            for path in self.model.nodes:
                found = self.send(who, "PROPFIND", path, {"Depth": "0"})
                active = list(found.xml.iter("{DAV:}activelock"))
                tokens = {each.findtext("{DAV:}locktoken/{DAV:}href") for each in active}
                expected = self.model.covering(path)
                assert len(active) == len(expected)
                assert tokens - {None} == {
                    lock.token for lock in expected if lock.holder == who
                }


def test_four_actors_meet_the_model() -> None:
    house = House()
    try:
        machine = type("Machine", (Drives,), {"house": house})
        tried = settings(
            max_examples=40,
            stateful_step_count=25,
            derandomize=True,  # a walk that was never seen is for who changes the drive
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(machine, settings=tried)
        report = house.run(verifications.verify(house.town.house, ADA))
        assert report.sound
        assert report.entries == len(house.run(log(house.town.house)))
    finally:
        house.close()
