"""The tree's rows: ways down and up, what is below, pages, names, versions, holds."""

import pytest

from signoff.domain.files import Version, name_key
from signoff.domain.ids import ROOT, ActorId, BlobId, Digest, Instant, NodeId, Path
from signoff.store.engine import Engine
from signoff.store.files import TRASH
from signoff.store.holds import Hold, HoldKind
from signoff.store.transaction import Transaction
from tests.store.scenes import ACME, add, add_root, happened

ABC = Digest("sha256:" + "ab" * 32)


def plant(tx: Transaction) -> dict[str, NodeId]:
    """Plant input/a/x.csv, input/b, and three files at the root."""
    add_root(tx)
    nodes = {"input": add(tx, "input", folder=True)}
    nodes["a"] = add(tx, "a", parent=nodes["input"], folder=True)
    nodes["x"] = add(tx, "x.csv", parent=nodes["a"])
    nodes["b"] = add(tx, "b", parent=nodes["input"], folder=True)
    for name in ("Zoë.txt", "émile.txt", "_draft.txt"):
        nodes[name] = add(tx, name)
    return nodes


async def test_a_path_resolves_as_far_as_it_exists(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    whole, part, root = await store.read(
        lambda tx: (
            tx.files.resolve(Path("input/a/x.csv")),
            tx.files.resolve(Path("input/a/nothing/here")),
            tx.files.resolve(Path("")),
        ),
        workspace=ACME,
    )

    assert [node.id for node in root] == [ROOT]
    assert [node.id for node in whole] == [ROOT, nodes["input"], nodes["a"], nodes["x"]]
    assert [node.id for node in part] == [ROOT, nodes["input"], nodes["a"]]


async def test_a_path_resolves_without_regard_to_case(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    chain = await store.read(lambda tx: tx.files.resolve(Path("INPUT/A/X.CSV")), workspace=ACME)

    assert [node.name for node in chain[1:]] == ["input", "a", "x.csv"]
    assert chain[-1].id == nodes["x"]


async def test_a_node_knows_its_way_up(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    path, gone = await store.read(
        lambda tx: (tx.files.path_of(nodes["x"]), tx.files.path_of(NodeId("nd_gone"))),
        workspace=ACME,
    )

    assert path == "input/a/x.csv"
    assert gone is None


async def test_moving_a_folder_is_one_row_and_moves_all_below(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    def move(tx: Transaction) -> None:
        tx.files.move(nodes["a"], parent=nodes["b"], name="c")
        happened(tx)

    await store.write(move, workspace=ACME)

    path = await store.read(lambda tx: tx.files.path_of(nodes["x"]), workspace=ACME)
    assert path == "input/b/c/x.csv"


async def test_files_go_to_a_folder_together_or_not_at_all(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    def bring(tx: Transaction) -> list[bool]:
        taken = add(tx, "Y.csv", parent=nodes["b"])
        both = [add(tx, name, parent=nodes["a"]) for name in ("y.csv", "z.csv")]
        happened(tx)
        found = [tx.files.by_id(node) for node in both]
        first = tx.files.bring([node for node in found if node], to=nodes["b"])
        tx.files.remove(taken)
        second = tx.files.bring([node for node in found if node], to=nodes["b"])
        return [first, second]

    brought, _ = await store.write(bring, workspace=ACME)

    inside = await store.read(
        lambda tx: [
            [node.name for node in tx.files.page(nodes[folder], after="", limit=9)]
            for folder in ("a", "b")
        ],
        workspace=ACME,
    )
    assert brought == [False, True]
    assert inside == [["x.csv"], ["y.csv", "z.csv"]]


async def test_a_stage_knows_of_the_locks_below_it_and_of_nothing_else(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    def hold(tx: Transaction) -> None:
        chain = [ROOT, nodes["input"], nodes["a"], nodes["x"]]
        for kind in HoldKind:
            tx.holds.add(kind, f"{kind} 1", chain=chain)
        happened(tx)

    await store.write(hold, workspace=ACME)

    below = await store.read(
        lambda tx: [list(tx.holds.each_below(nodes[name])) for name in ("input", "a")],
        workspace=ACME,
    )
    assert {hold.kind for hold in below[0]} == {HoldKind.LOCK}
    assert {hold.kind for hold in below[1]} == set(HoldKind)


async def test_what_lies_in_the_trash_has_no_path(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    def throw(tx: Transaction) -> None:
        tx.files.move(nodes["a"], parent=TRASH, name="a")
        happened(tx)

    await store.write(throw, workspace=ACME)

    path = await store.read(lambda tx: tx.files.path_of(nodes["x"]), workspace=ACME)
    assert path is None


async def test_everything_below_is_listed_with_its_path_from_there(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    below = await store.read(
        lambda tx: tx.files.below(nodes["input"], limit=10), workspace=ACME
    )

    assert sorted(path for _, path in below) == ["a", "a/x.csv", "b"]


async def test_names_sort_by_code_point_on_both_databases(store: Engine) -> None:
    await store.write(plant, workspace=ACME)

    page = await store.read(lambda tx: tx.files.page(ROOT, after="", limit=10), workspace=ACME)

    assert [node.name for node in page] == ["_draft.txt", "input", "Zoë.txt", "émile.txt"]


async def test_pages_follow_one_another_by_key(store: Engine) -> None:
    def many(tx: Transaction) -> None:
        add_root(tx)
        for number in range(25):
            add(tx, f"file {number:02}.csv")

    await store.write(many, workspace=ACME)

    found: list[str] = []
    after = ""
    while page := await store.read(
        lambda tx, key=after: tx.files.page(ROOT, after=key, limit=10),  # type: ignore[misc]
        workspace=ACME,
    ):
        found += [node.name for node in page]
        after = name_key(page[-1].name)

    assert found == [f"file {number:02}.csv" for number in range(25)]


async def test_a_file_may_change_the_case_of_its_own_name(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    def rename(tx: Transaction) -> None:
        tx.files.move(nodes["x"], parent=nodes["a"], name="X.csv")
        happened(tx)

    await store.write(rename, workspace=ACME)

    child = await store.read(lambda tx: tx.files.child(nodes["a"], "x.CSV"), workspace=ACME)
    assert child is not None
    assert child.name == "X.csv"


async def test_a_node_of_another_workspace_is_not_there(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    found = await store.read(
        lambda tx: tx.files.by_id(nodes["x"]),
        workspace=type(ACME)("other"),
    )

    assert found is None


async def test_versions_are_listed_newest_first_and_never_change(store: Engine) -> None:
    nodes, _ = await store.write(plant, workspace=ACME)

    def write(tx: Transaction) -> None:
        for number in (1, 2, 3):
            version = Version(
                node=nodes["x"],
                number=number,
                blob=BlobId(f"bl_{number}"),
                digest=ABC,
                size=number,
                media_type="text/csv",
                author=ActorId("pe_dan"),
                at=Instant(number),
            )
            tx.versions.add(version)
            tx.files.point_to(version)
        happened(tx)

    await store.write(write, workspace=ACME)

    listed, node = await store.read(
        lambda tx: (
            tx.versions.page(nodes["x"], before=3, limit=10),
            tx.files.by_id(nodes["x"]),
        ),
        workspace=ACME,
    )
    assert [version.number for version in listed] == [2, 1]
    assert node is not None
    assert (node.version, node.size) == (3, 3)


# Holds: “anything below?” is one look-up.


def hold_x(tx: Transaction) -> dict[str, NodeId]:
    nodes = plant(tx)
    chain = (ROOT, nodes["input"], nodes["a"], nodes["x"])
    tx.holds.add(HoldKind.LOCK, "lock 1", chain=chain)
    return nodes


async def test_a_hold_is_found_from_every_folder_above_it_but_the_root(store: Engine) -> None:
    nodes, _ = await store.write(hold_x, workspace=ACME)

    below, on, beside = await store.read(
        lambda tx: (
            [list(tx.holds.each_below(node)) for node in (nodes["input"], nodes["a"], ROOT)],
            tx.holds.on((ROOT, nodes["x"])),
            list(tx.holds.each_below(nodes["b"])),
        ),
        workspace=ACME,
    )

    held = Hold(nodes["x"], HoldKind.LOCK, "lock 1")
    assert below == [[held], [held], []]
    assert on == [held]
    assert beside == []


async def test_a_hold_follows_its_node_to_other_folders(store: Engine) -> None:
    nodes, _ = await store.write(hold_x, workspace=ACME)
    above = (ROOT, nodes["input"])

    def move(tx: Transaction) -> None:
        tx.files.move(nodes["a"], parent=nodes["b"], name="a")
        tx.holds.moved(nodes["a"], old=above, new=(*above, nodes["b"]))
        happened(tx)

    await store.write(move, workspace=ACME)

    found = await store.read(
        lambda tx: [
            len(list(tx.holds.each_below(nodes[name]))) for name in ("input", "a", "b")
        ],
        workspace=ACME,
    )
    assert found == [1, 1, 1]


async def test_all_that_is_held_is_gone_through_while_it_is_let_go_of(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.store.holds._PAGE", 2)
    held = [("x", "c"), ("x", "a"), ("b", "d"), ("x", "b"), ("input", "e")]

    def hold(tx: Transaction) -> dict[str, NodeId]:
        nodes = plant(tx)
        for name, ref in held:
            tx.holds.add(HoldKind.ARRIVAL, ref, chain=(nodes["a"], nodes[name]))
        return nodes

    nodes, _ = await store.write(hold, workspace=ACME)

    def let_go(tx: Transaction) -> tuple[list[Hold], list[Hold]]:
        first = tx.holds.below(nodes["a"], HoldKind.ARRIVAL, limit=1)
        gone = []
        for each in tx.holds.each_below(nodes["a"]):
            tx.holds.drop(each.ref)
            gone.append(each)
        happened(tx)
        assert tx.holds.below(nodes["a"], limit=1) == []
        return first, gone

    (first, gone), _ = await store.write(let_go, workspace=ACME)

    assert len(first) == 1
    assert {(each.node, each.ref) for each in gone} == {(nodes[n], ref) for n, ref in held}
    assert len(gone) == 5


@pytest.mark.parametrize("ref", ["lock 1", "lock 2"])
async def test_letting_go_removes_exactly_what_was_held(store: Engine, ref: str) -> None:
    nodes, _ = await store.write(hold_x, workspace=ACME)

    await store.write(lambda tx: tx.holds.drop(ref), workspace=ACME)

    left = await store.read(
        lambda tx: list(tx.holds.each_below(nodes["input"])), workspace=ACME
    )
    assert len(left) == (0 if ref == "lock 1" else 1)
