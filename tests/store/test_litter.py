"""The rows of what desktops leave behind, on both databases."""

from msgspec.structs import replace

from signoff.domain.accounts import Agent, ApiKey, AppPassword, Member, Person, Session
from signoff.domain.actors import Role
from signoff.domain.ids import ROOT, ActorId, CredentialId, Instant, LockToken, NodeId
from signoff.domain.litter import Litter
from signoff.store.engine import Engine
from signoff.store.transaction import Transaction
from tests.store.scenes import ACME, happened

DRIVE, OTHER = CredentialId("ap_drive"), CredentialId("ap_other")


def entry(name: str, *, parent: str = ROOT, at: int = 1, size: int = 0) -> Litter:
    return Litter(
        id=NodeId(f"li_{parent}_{name}"),
        credential=DRIVE,
        parent=NodeId(parent),
        name=name,
        size=size,
        created_at=Instant(at),
        modified_at=Instant(at),
    )


def folder(name: str, *, parent: str = ROOT, at: int = 1) -> Litter:
    return replace(entry(name, parent=parent, at=at), is_folder=True)


TRASHES = folder(".Trashes")
INNER = folder("501", parent=TRASHES.id)
DEEP = entry("a.txt", parent=INNER.id, size=5)


def drop_a_tree(tx: Transaction) -> None:
    for each in (TRASHES, INNER):
        tx.litter.put(each, None)
    tx.litter.put(DEEP, b"12345")
    tx.litter.put(entry(".DS_Store", at=2, size=7), b"1234567")


async def test_what_is_put_is_read_by_its_key(store: Engine) -> None:
    kept = replace(entry(".DS_Store", size=3), token=LockToken("t"), locked_until=Instant(9))

    def work(tx: Transaction) -> tuple[Litter | None, Litter | None, bytes]:
        tx.litter.put(kept, b"abc")
        found = tx.litter.child(DRIVE, ROOT, ".ds_store")
        return found, tx.litter.child(OTHER, ROOT, ".DS_Store"), tx.litter.bytes_of(kept)

    (found, others, data), _ = await store.write(work, workspace=ACME)

    assert (found, others, data) == (kept, None, b"abc")


async def test_another_write_replaces_the_contents_alone(store: Engine) -> None:
    first = replace(entry("._a"), token=LockToken("t"), locked_until=Instant(9))
    second = replace(first, version=2, size=1, media_type="x/y", modified_at=Instant(5))

    def work(tx: Transaction) -> tuple[list[Litter], bytes]:
        tx.litter.put(first, b"")
        tx.litter.put(second, b"z")
        return tx.litter.children(DRIVE, ROOT), tx.litter.bytes_of(first)

    (found, data), _ = await store.write(work, workspace=ACME)

    assert (found, data) == ([second], b"z")


async def test_a_folder_takes_with_it_what_is_below(store: Engine) -> None:
    def work(tx: Transaction) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        drop_a_tree(tx)
        extent, before = tx.litter.extent(TRASHES), tx.litter.used(DRIVE)
        tx.litter.remove(TRASHES)
        return extent, before, tx.litter.used(DRIVE)

    counted, _ = await store.write(work, workspace=ACME)

    assert counted == ((3, 5), (4, 12), (1, 7))


async def test_a_move_is_one_row(store: Engine) -> None:
    def work(tx: Transaction) -> list[Litter]:
        drop_a_tree(tx)
        tx.litter.place(replace(TRASHES, parent=NodeId("nd_1"), name="._t"))
        return [
            *tx.litter.children(DRIVE, NodeId("nd_1")),
            *tx.litter.children(DRIVE, TRASHES.id),
        ]

    found, _ = await store.write(work, workspace=ACME)

    assert [each.name for each in found] == ["._t", "501"]


async def test_the_oldest_that_hold_nothing_come_first(store: Engine) -> None:
    def work(tx: Transaction) -> list[list[str]]:
        drop_a_tree(tx)
        tx.litter.put(entry("._new", at=3), b"")
        both = (
            tx.litter.oldest(DRIVE, but=NodeId("li_none"), limit=9),
            tx.litter.oldest(DRIVE, but=DEEP.id, limit=1),
        )
        return [[each.name for each in found] for found in both]

    found, _ = await store.write(work, workspace=ACME)

    assert found == [["a.txt", ".DS_Store", "._new"], [".DS_Store"]]


async def test_what_is_over_goes_from_the_leaves_up(store: Engine) -> None:
    def work(tx: Transaction) -> tuple[list[object], int]:
        drop_a_tree(tx)
        tx.litter.put(entry("._fresh", parent=TRASHES.id, at=50), b"")
        steps: list[object] = []
        while credential := tx.litter.overdue(before=Instant(10)):
            gone = tx.litter.forget(credential, before=Instant(10), limit=100)
            steps.append((credential, gone))
        return steps, tx.litter.used(DRIVE)[0]

    (steps, left), _ = await store.write(work, workspace=ACME)

    assert steps == [(DRIVE, 2), (DRIVE, 1)]
    assert left == 2


async def test_litter_of_a_workspace_is_its_own(store: Engine) -> None:
    await store.write(drop_a_tree, workspace=ACME)

    found = await store.read(lambda tx: tx.litter.used(DRIVE), workspace="beta")  # type: ignore[arg-type]

    assert found == (0, 0)


# Whose credentials are over.


def settle_in(tx: Transaction) -> None:
    """Let a person and an agent in, with a credential of each kind."""
    me = ActorId("pe_1")
    person = Person(id=me, email="a@acme.example", name="Ada", created_at=tx.now)
    tx.accounts.add(person, password="")
    tx.members.set_member(Member(person=me, role=Role.READER, since=tx.now))
    ahead = Instant(tx.now + 10**12)
    password = AppPassword(id=DRIVE, person=me, name="m", decides=False, created_at=tx.now)
    tx.accounts.add_app_password(password, hash_=b"a")
    session = Session(
        id=CredentialId("se_1"), person=me, created_at=tx.now, expires_at=ahead, seen_at=tx.now
    )
    tx.accounts.add_session(session, hash_=b"s")
    tx.members.add_agent(Agent(id=ActorId("ag_1"), name="Scribe", created_at=tx.now))
    key = ApiKey(id=CredentialId("ky_1"), agent=ActorId("ag_1"), created_at=tx.now)
    tx.members.add_key(key, hash_=b"k")
    for credential in (DRIVE, session.id, key.id):
        one = entry(".DS_Store")
        tx.litter.put(replace(one, id=NodeId(f"li_{credential}"), credential=credential), b"")
    happened(tx)


async def ended_after(store: Engine, act: object) -> set[str]:
    """Return the credentials that are over once something was done."""

    def work(tx: Transaction) -> set[str]:
        act(tx)  # type: ignore[operator]
        happened(tx)
        found: set[str] = set()
        while (credential := tx.litter.ended()) is not None:
            tx.litter.forget(credential, before=tx.now, limit=10)
            found.add(credential)
        return found

    found, _ = await store.write(work, workspace=ACME)
    return found


async def test_litter_of_what_still_opens_stays(store: Engine) -> None:
    await store.write(settle_in, workspace=ACME)

    assert await ended_after(store, happened) == set()


async def test_litter_of_what_was_revoked_is_over(store: Engine) -> None:
    await store.write(settle_in, workspace=ACME)

    def revoke(tx: Transaction) -> None:
        tx.accounts.revoke_app_password(DRIVE, person=ActorId("pe_1"))
        tx.members.revoke_key(CredentialId("ky_1"))
        tx.accounts.end_session(CredentialId("se_1"))

    assert await ended_after(store, revoke) == {DRIVE, "ky_1", "se_1"}


async def test_litter_of_who_left_is_over(store: Engine) -> None:
    await store.write(settle_in, workspace=ACME)

    def leave(tx: Transaction) -> None:
        tx.members.remove_member(ActorId("pe_1"))
        tx.members.disable_agent(ActorId("ag_1"))

    assert await ended_after(store, leave) == {DRIVE, "ky_1", "se_1"}
