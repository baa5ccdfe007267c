from signoff.blobs.buffers import Buffers


def test_memory_is_lent_again_when_nobody_looks_at_it_any_more() -> None:
    buffers = Buffers(100)
    view = buffers.take()
    view[:4] = b"once"
    del view

    again = buffers.take()

    assert bytes(again[:4]) == b"once"
    assert len(again) == 100


def test_memory_is_not_lent_twice_while_a_part_of_it_is_looked_at() -> None:
    buffers = Buffers(100)
    part = buffers.take()[10:20]
    part[:] = b"0123456789"

    other = buffers.take()
    other[:] = bytes(100)

    assert bytes(part) == b"0123456789"


def test_who_needs_more_than_is_kept_is_lent_more() -> None:
    buffers = Buffers(10)

    lent = [buffers.take() for _ in range(40)]
    for number, view in enumerate(lent):
        view[:] = bytes([number]) * 10

    assert [view[9] for view in lent] == list(range(40))
