"""Of how many nodes what is noted is told at once."""

from signoff.actions import noted
from signoff.actions.noted import Noted
from signoff.domain.files import Node, NodeKind
from signoff.domain.ids import ROOT, NodeId
from signoff.domain.properties import Property


def nodes(count: int) -> list[Node]:
    return [
        Node(id=NodeId(f"nd_{n}"), parent=ROOT, name=f"{n}.txt", kind=NodeKind.FILE)
        for n in range(count)
    ]


def noted_of(node: Node, size: int) -> dict[NodeId, Noted]:
    return {node.id: Noted(properties=(Property(namespace="n", name="x", value="v" * size),))}


def test_all_are_told_of_which_little_is_noted() -> None:
    every = nodes(200)

    assert noted.fitting(every, {}) == 200
    assert noted.fitting(every, noted_of(every[3], 1000)) == 200


def test_a_page_ends_before_it_is_too_much() -> None:
    every = nodes(10)
    found: dict[NodeId, Noted] = {}
    for node in every:
        found |= noted_of(node, noted.AT_ONCE // 4)

    assert noted.fitting(every, found) == 3


def test_one_is_told_of_whatever_is_noted() -> None:
    every = nodes(3)

    assert noted.fitting(every, noted_of(every[0], 2 * noted.AT_ONCE)) == 1
