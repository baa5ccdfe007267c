"""What clients note of nodes, in rows."""

import pytest

from signoff.domain.ids import NodeId, Slug
from signoff.domain.properties import GIVEN, Given, Property, of_version
from signoff.store.engine import Engine
from signoff.store.properties import Twin
from signoff.store.transaction import Transaction, Unrecorded
from tests.store.scenes import ACME, add, add_root, happened

NS = "https://acme.example/"
A, B, C = (NodeId(f"nd_root_{name}") for name in "abc")


def prop(name: str, value: str = "x", lang: str = "") -> Property:
    return Property(namespace=NS, name=name, value=value, lang=lang)


def plant(tx: Transaction) -> None:
    add_root(tx)
    for name in "abc":
        add(tx, name)
    tx.properties.set(A, prop("two"), prop("one", "<b/>", lang="en"))
    tx.properties.set(A, *of_version(Given(mtime_seconds=5, checksum="SHA1:aa"), 3))


async def of(store: Engine, node: NodeId) -> tuple[Property, ...]:
    return await store.read(lambda tx: tx.properties.of(node), workspace=ACME)


async def test_what_is_noted_comes_back_by_namespace_and_name(store: Engine) -> None:
    await store.write(plant, workspace=ACME)

    found = await of(store, A)

    assert found == (
        prop("one", "<b/>", lang="en"),
        prop("two"),
        Property(namespace=GIVEN, name="checksum", value="SHA1:aa", version=3),
        Property(namespace=GIVEN, name="modified", value="5", version=3),
    )


async def test_a_property_takes_the_place_of_the_one_of_its_name(store: Engine) -> None:
    await store.write(plant, workspace=ACME)

    def change(tx: Transaction) -> None:
        tx.properties.set(A, prop("two", "y"))
        tx.properties.remove(A, (NS, "one"), (NS, "none"))
        happened(tx)

    await store.write(change, workspace=ACME)

    assert (await of(store, A))[:1] == (prop("two", "y"),)
    assert len(await of(store, A)) == 3


async def test_many_nodes_are_looked_up_at_once(store: Engine) -> None:
    await store.write(plant, workspace=ACME)

    def note_c(tx: Transaction) -> None:
        tx.properties.set(C, prop("c"))
        happened(tx)

    await store.write(note_c, workspace=ACME)
    asked = [A, B, C, *(NodeId(f"nd_{n}") for n in range(1000))]

    found = await store.read(lambda tx: tx.properties.of_many(asked), workspace=ACME)

    assert {node: len(each) for node, each in found.items()} == {A: 4, C: 1}
    assert found[A] == await of(store, A)


async def test_what_is_noted_is_copied_for_the_versions_that_are_copied(store: Engine) -> None:
    await store.write(plant, workspace=ACME)

    def copy(tx: Transaction) -> None:
        tx.properties.set(B, prop("two", "old"), prop("own"))
        tx.properties.copy(
            Twin(source=A, source_version=3, to=B, version=7),
            Twin(source=A, source_version=2, to=C, version=1),
            Twin(source=NodeId("nd_none"), source_version=1, to=NodeId("nd_x"), version=1),
        )
        tx.properties.copy()
        happened(tx)

    await store.write(copy, workspace=ACME)

    assert [(each.name, each.value, each.version) for each in await of(store, B)] == [
        ("one", "<b/>", 0),
        ("own", "x", 0),
        ("two", "x", 0),
        ("checksum", "SHA1:aa", 7),
        ("modified", "5", 7),
    ]
    assert await of(store, C) == (prop("one", "<b/>", lang="en"), prop("two"))


async def test_a_chunk_of_twins_is_one_statement(store: Engine) -> None:
    await store.write(plant, workspace=ACME)
    nodes = [NodeId(f"nd_{n:02}") for n in range(65)]

    def copy(tx: Transaction) -> None:
        twins = (Twin(source=A, source_version=1, to=to, version=1) for to in nodes)
        tx.properties.copy(*twins)
        happened(tx)

    await store.write(copy, workspace=ACME)

    found = await store.read(lambda tx: tx.properties.of_many(nodes), workspace=ACME)
    assert {len(each) for each in found.values()} == {2}
    assert len(found) == 65


async def test_a_node_takes_what_is_noted_of_it_along(store: Engine) -> None:
    await store.write(plant, workspace=ACME)

    def remove(tx: Transaction) -> None:
        tx.files.remove(A)
        happened(tx)

    await store.write(remove, workspace=ACME)

    assert await of(store, A) == ()


@pytest.mark.parametrize("workspace", [ACME, Slug("other")])
async def test_a_workspace_knows_whether_anything_is_noted(
    store: Engine, workspace: Slug
) -> None:
    before = await store.read(lambda tx: tx.properties.any(), workspace=workspace)
    await store.write(plant, workspace=ACME)

    after = await store.read(lambda tx: tx.properties.any(), workspace=workspace)

    assert (before, after) == (False, workspace == ACME)


async def test_what_is_noted_without_an_event_is_rolled_back(store: Engine) -> None:
    with pytest.raises(Unrecorded):
        await store.write(lambda tx: tx.properties.set(A, prop("one")), workspace=ACME)

    assert await of(store, A) == ()


def quietly(tx: Transaction) -> None:
    with tx.off_record():
        tx.properties.set(A, prop("one"))


async def test_what_is_noted_off_the_record_stays(store: Engine) -> None:
    await store.write(quietly, workspace=ACME)

    assert await of(store, A) == (prop("one"),)
