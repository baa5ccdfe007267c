"""What is in review, was decided, or was sent back keeps its bytes, its place and its name.

Every method, by everybody who must not, under every spelling of the same path (RULES: Moves).
"""

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import pytest_asyncio
from msgspec import Struct
from msgspec.structs import replace

from signoff.actions import keys
from tests.actions.cast import ADA, CLERK, do
from tests.actions.works import handoffs
from tests.dav.conftest import open_town
from tests.dav.drive import HOST, LOCKINFO, Drive, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAGES = ("needs-review", "approved", "rejected", "feedback")
PACKAGE = "Café"
PROPERTY = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">1</x></D:prop></D:set>'
    "</D:propertyupdate>"
)
QUIET = (
    '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>'
    '<Win32FileAttributes xmlns="urn:schemas-microsoft-com:">00000020</Win32FileAttributes>'
    "</D:prop></D:set></D:propertyupdate>"
)
EXCLUSIVE = LOCKINFO.format(scope="exclusive", owner="x")

AGENTS = ("scribe", "clerk", "narrow", "rita")
"""Who changes nothing that people look at: agents, and who only reads."""
EVERYBODY = (*AGENTS, "dan", "ben", "ben who decides", "ada who decides")
"""Nor does anybody change what was decided."""


class Attack(Struct, frozen=True):
    """A request that must change nothing; `target` is below `/dav/acme/`, as it is sent."""

    method: str
    target: bytes
    to: str = ""
    body: str = ""

    def headers(self) -> dict[str, str]:
        sent = {"Depth": "infinity"} if self.method != "PROPPATCH" else {}
        return sent | ({"Destination": self.to} if self.to else {})


def address(path: str) -> str:
    return f"http://{HOST}/dav/acme/{quote(path)}"


def on(path: str) -> Iterator[Attack]:
    """Every way to change one thing, from inside and from outside."""
    here = quote(path).encode()
    yield Attack("PUT", here, body="forged")
    yield Attack("DELETE", here)
    yield Attack("MKCOL", here)
    yield Attack("PROPPATCH", here, body=PROPERTY)
    yield Attack("PROPPATCH", here, body=QUIET)
    yield Attack("LOCK", here, body=EXCLUSIVE)
    for to in ("input/out", "loose/out", "approved/out", "rejected/out", "feedback/out"):
        yield Attack("MOVE", here, to=address(to))
    yield Attack("MOVE", here, to=address(f"{path} (2)"))
    for source in ("loose/evil", "loose/evil.csv"):
        yield Attack("COPY", source.encode(), to=address(path))
        yield Attack("MOVE", source.encode(), to=address(path))


def within(package: str) -> Iterator[Attack]:
    """Every way to change a package: its file, its folder, itself, and what is new in it."""
    for path in (package, f"{package}/a.csv", f"{package}/sub", f"{package}/sub/b.csv"):
        yield from on(path)
    for path in (f"{package}/new.txt", f"{package}/sub/new", f"{package}/a.csv/x"):
        yield from (each for each in on(path) if each.method != "DELETE")


def above(stage: str) -> Iterator[Attack]:
    """The folder that holds it, which is part of the house."""
    yield from (each for each in on(stage) if each.method != "PROPPATCH")


def spelled(stage: str) -> Iterator[Attack]:
    """The same file, said otherwise."""
    file = f"{stage}/{PACKAGE}/a.csv"
    whole = quote(file)
    decomposed = quote(unicodedata.normalize("NFD", file))
    letters = "/".join(
        "".join(f"%{byte:02X}" for byte in name.encode()) for name in file.split("/")
    )
    for target in (
        decomposed,
        letters,
        letters.lower(),
        whole.replace("/", "//"),
        f"{whole}/",
        f"/{whole}",
        f"./{whole}",
        f"loose/../{whole}",
        f"loose/%2e%2e/{whole}",
        f"loose/%2E%2E%2F{whole}",
        whole.replace("/", "%2F"),
        whole.upper(),
        whole.title(),
        f"{stage}./{whole.partition('/')[2]}",
        f"{stage}%20/{whole.partition('/')[2]}",
        f"{stage}%E2%80%8B/{whole.partition('/')[2]}",
        f"{whole}%00",
        f"{whole}::$DATA",
    ):
        yield Attack("PUT", target.encode(), body="forged")
        yield Attack("DELETE", target.encode())
        yield Attack("PROPPATCH", target.encode(), body=PROPERTY)
        yield Attack("MOVE", target.encode(), to=address("loose/out"))
        for to in (f"http://{HOST}/dav/acme/{target}", f"/dav/acme/{target}"):
            yield Attack("COPY", b"loose/evil.csv", to=to)
            yield Attack("MOVE", b"loose/evil.csv", to=to)


def addressed(stage: str) -> Iterator[Attack]:
    """The same destination, said otherwise."""
    path = f"/dav/acme/{quote(f'{stage}/{PACKAGE}/a.csv')}"
    for to in (
        f"https://{HOST}{path}",
        f"HTTP://{HOST.upper()}{path}",
        f"http://{HOST}:80{path}",
        f"http://dan:secret@{HOST}{path}",
        f"http://elsewhere.example{path}",
        f"//{HOST}{path}",
        f"http://{HOST}{path}?x=1",
        f"http://{HOST}{path}#x",
        f"http://{HOST}{path.replace('/dav/', '/dav/./')}",
        f"http://{HOST}/dav/other/..{path}",
        f"http://{HOST}/x/..{path}",
        f"http://{HOST}\\dav\\acme\\{stage}\\{PACKAGE}\\a.csv",
        path.removeprefix("/dav/acme/"),
        "",
    ):
        yield Attack("COPY", b"loose/evil.csv", to=to)
        yield Attack("MOVE", b"loose/evil.csv", to=to)


def smuggled(package: str) -> Iterator[Attack]:
    """Names that desktops give, on their way to names of work, and back."""
    for litter in ("._a.csv", "~$a.csv", ".DS_Store", "._d/a.csv"):
        kept = quote(f"{package}/{litter}").encode()
        yield Attack("MOVE", kept, to=address(f"{package}/a.csv"))
        yield Attack("COPY", kept, to=address(f"{package}/a.csv"))
        yield Attack("COPY", kept, to=address(f"{package}/new.csv"))
        file = quote(f"{package}/a.csv").encode()
        yield Attack("MOVE", file, to=address(f"{package}/{litter}"))
        yield Attack("COPY", file, to=address(f"{package}/{litter}"))
    folder = quote(package).encode()
    yield Attack("MOVE", folder, to=address("loose/._package"))


def on_all(stage: str) -> list[Attack]:
    package = f"{stage}/{PACKAGE}"
    return [
        *within(package),
        *above(stage),
        *spelled(stage),
        *addressed(stage),
        *smuggled(package),
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house_of_packages(tmp_path_factory: pytest.TempPathFactory):
    """A town with one package in each of the stages."""
    town = await open_town(tmp_path_factory.mktemp("frozen"))
    await town.settle_in()
    for name in ("ben", "ada"):
        town.drives[f"{name} who decides"] = await town.drive_of(name, decides=True)
    asked = keys.Create(agent=CLERK.actor.id, paths=("loose/narrow",))
    secret = (await do(town.house, keys.create, ADA, asked)).secret
    town.drives["narrow"] = Drive(town.app, "narrow", secret or "")
    scribe, ben = town["scribe"], town["ben who decides"]
    for stage in (*STAGES[1:], STAGES[0]):
        await scribe.make(f"input/{PACKAGE}", f"input/{PACKAGE}/sub")
        await scribe.put(f"input/{PACKAGE}/a.csv", f"{stage} a")
        await scribe.put(f"input/{PACKAGE}/sub/b.csv", f"{stage} b")
        waiting = f"needs-review/{PACKAGE}"
        assert (await scribe("MOVE", f"input/{PACKAGE}", scribe.to(waiting))).status == 201
        if stage != STAGES[0]:
            moved = await ben("MOVE", waiting, ben.to(f"{stage}/{PACKAGE}"))
            assert moved.status == 201, moved.body
    ada = town["ada"]
    await ada.make("loose", "loose/evil", "loose/narrow")
    await ada.put("loose/evil.csv", "forged")
    await ada.put("loose/evil/a.csv", "forged")
    yield town
    await town.app.close()


async def standing(town: Town) -> dict[str, object]:
    """What everybody sees of the packages, the handoffs, and who holds a lock."""
    ada = town["ada"]
    found: dict[str, object] = {each.id: each for each in await handoffs(town.house)}
    for stage in STAGES:
        for path in (stage, f"{stage}/{PACKAGE}", f"{stage}/{PACKAGE}/sub"):
            answer = await ada("PROPFIND", path, {"Depth": "1"})
            found[path] = answer.body
        for file in ("a.csv", "sub/b.csv"):
            path = f"{stage}/{PACKAGE}/{file}"
            found[path] = await ada.get(path)
    found["loose"] = (await ada("PROPFIND", "loose", {"Depth": "1"})).body
    return found


CASES = [
    *((stage, name) for stage in ("approved", "rejected") for name in EVERYBODY),
    *((stage, name) for stage in ("needs-review", "feedback") for name in AGENTS),
]


@pytest.mark.parametrize(("stage", "name"), CASES)
async def test_nothing_that_is_frozen_is_changed_by_any_method_under_any_name(
    house_of_packages: Town, stage: str, name: str
):
    town, drive = house_of_packages, house_of_packages[name]
    before = await standing(town)
    for litter in ("._a.csv", "~$a.csv", ".DS_Store"):
        await drive.put(f"{stage}/{PACKAGE}/{litter}", "forged")

    passed = []
    for attack in on_all(stage):
        target = b"/dav/acme/" + attack.target
        answer = await drive.raw(attack.method, target, attack.headers(), attack.body)
        if answer.status < 400:
            passed.append((attack.method, attack.target, attack.to, answer.status))

    assert passed == []
    assert await standing(town) == before


async def test_the_same_requests_change_what_is_nobodys_to_decide(house_of_packages: Town):
    drive = house_of_packages["dan"]
    await drive.make("free")

    passed = set()
    for attack in on("free/a.csv"):
        await drive.put("free/a.csv", "before")
        target = b"/dav/acme/" + attack.target
        to = attack.to.replace("loose/out", "free/out")
        headers = replace(attack, to=to).headers()
        answer = await drive.raw(attack.method, target, headers, attack.body)
        passed |= {attack.method} if answer.status < 400 else set()
        if attack.method == "LOCK":
            await drive.unlock("free/a.csv", answer.token)

    assert passed == {"PUT", "DELETE", "PROPPATCH", "LOCK", "MOVE", "COPY"}
