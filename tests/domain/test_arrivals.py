"""What is written straight into needs-review/ (RULES 18)."""

import pytest

from signoff.domain.arrivals import (
    Arrival,
    ArrivedFile,
    Because,
    Nothing,
    Opens,
    Step,
    Waiting,
    judge,
    topmost_new,
)
from signoff.domain.ids import SECOND, Instant, Micros, NodeId

WRITTEN = Instant(1_000_000_000)
SETTLE = Micros(5 * SECOND)
BEFORE = Instant(WRITTEN + SETTLE - 1)
AFTER = Instant(WRITTEN + SETTLE)
NODE = NodeId("n1")


def file(name="report.pdf", size=10, **known):
    return Arrival(
        node=NODE,
        name=name,
        is_folder=False,
        files=(ArrivedFile(name=name, size=size),),
        written_at=WRITTEN,
        **known,
    )


def folder(*files, name="batch", **known):
    arrived = tuple(ArrivedFile(name=each, size=size) for each, size in files)
    return Arrival(
        node=NODE, name=name, is_folder=True, files=arrived, written_at=WRITTEN, **known
    )


def says(arrival, now):
    return judge(arrival, now=now, settle=SETTLE)


def test_a_file_opens_once_it_has_settled_and_not_before():
    assert says(file(), BEFORE) == Waiting(until=AFTER)
    assert says(file(), AFTER) == Opens(package=NODE)


def test_a_file_whose_sidecar_is_there_opens_at_once():
    assert says(file(beside=("report.pdf.handoff.json",)), WRITTEN) == Opens(package=NODE)
    assert says(file(beside=("report-metadata.json",)), WRITTEN) == Opens(package=NODE)


def test_markdown_beside_a_file_is_its_sidecar_only_if_it_says_so():
    assert says(file(beside=("report.md",)), WRITTEN) == Waiting(until=AFTER)
    assert says(file(beside=("report.md",), fronted=("report.md",)), WRITTEN) == Opens(
        package=NODE
    )


def test_an_empty_file_opens_nothing_even_beside_its_sidecar():
    arrival = file(size=0, beside=("report.pdf.handoff.json",))

    assert says(arrival, WRITTEN) == Waiting(until=AFTER)
    assert says(arrival, AFTER) == Nothing(because=Because.EMPTY)


def test_what_was_moved_or_copied_opens_at_once():
    assert says(file(at_once=True), WRITTEN) == Opens(package=NODE)
    assert says(folder(("a.csv", 1), at_once=True), WRITTEN) == Opens(package=NODE)
    assert says(folder(at_once=True), WRITTEN) == Nothing(because=Because.PLACE)


def test_a_folder_waits_for_more_files_even_with_its_sidecar():
    arrival = folder(("a.csv", 1), ("handoff.json", 1))

    assert says(arrival, BEFORE) == Waiting(until=AFTER)
    assert says(arrival, AFTER) == Opens(package=NODE)


def test_an_empty_folder_may_still_be_filled_and_is_a_place_afterwards():
    assert says(folder(), BEFORE) == Waiting(until=AFTER)
    assert says(folder(), AFTER) == Nothing(because=Because.PLACE)


@pytest.mark.parametrize(
    "arrival",
    [file(), file(at_once=True), file(size=0), folder(), folder(("a", 1))],
)
def test_nothing_opens_while_it_is_uploaded_or_locked(arrival):
    held = Arrival(
        **{name: getattr(arrival, name) for name in arrival.__struct_fields__} | {"held": True}
    )

    assert says(held, Instant(AFTER * 2)) == Waiting(until=None)


@pytest.mark.parametrize(
    "name", ["report.pdf.handoff.json", "x.handoff.md", "handoff.json", "q3-metadata.json"]
)
def test_a_sidecar_without_its_file_opens_nothing(name):
    assert says(file(name), AFTER) == Nothing(because=Because.ORPHAN)


def test_a_folder_with_nothing_but_a_sidecar_opens_nothing():
    assert says(folder(("handoff.json", 9)), AFTER) == Nothing(because=Because.ORPHAN)


@pytest.mark.parametrize("name", [".DS_Store", "._report.pdf", "~$report.docx", "Thumbs.db"])
def test_litter_opens_nothing(name):
    assert says(file(name), AFTER) == Nothing(because=Because.LITTER)
    assert says(folder((name, 9)), AFTER) == Nothing(because=Because.LITTER)


def test_a_folder_of_empty_files_opens_nothing_and_one_full_file_is_enough():
    assert says(folder(("a", 0), ("b", 0)), AFTER) == Nothing(because=Because.EMPTY)
    assert says(folder(("a", 0), ("b", 1)), AFTER) == Opens(package=NODE)


def test_the_package_is_the_topmost_node_that_was_not_there():
    old = Step(node=NodeId("a"), name="clients", is_new=False)
    new = Step(node=NodeId("b"), name="batch", is_new=True)
    below = Step(node=NodeId("c"), name="x.csv", is_new=True)

    assert topmost_new((old, new, below)) == new
    assert topmost_new((old,)) is None
