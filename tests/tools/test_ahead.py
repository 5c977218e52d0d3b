"""Reading ahead: nothing is lost, turned round or told too early, and nothing goes on when nobody wants it."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aava_rules.tools.inputs.ahead import ahead


class Part:
    """Something that can be looked for after it was let go of."""


def readers() -> list[threading.Thread]:
    """The threads that read ahead at this moment."""
    return [thread for thread in threading.enumerate() if thread.name == "aava-rules reads ahead"]


@given(st.lists(st.integers() | st.none(), max_size=20))
def test_everything_in_its_order(items: list[int | None]) -> None:
    """All items come, in their order, what is None and repeated too."""
    assert list(ahead(iter(items))) == items
    assert readers() == []


@pytest.mark.parametrize("failure", [ValueError("broken"), SystemExit(3), KeyboardInterrupt(), BaseException("panic")])
def test_an_error_at_its_place(failure: BaseException) -> None:
    """What reading raises is raised after the items before it, whatever it is, and has no other in its chain."""

    def reading() -> Iterator[int]:
        yield 1
        yield 2
        raise failure

    came = []
    with pytest.raises(type(failure)) as caught:
        came.extend(item for item in _each(came, ahead(reading())) if item > 2)
    assert caught.value is failure
    assert came == [1, 2]
    assert failure.__cause__ is None
    assert failure.__context__ is None
    assert readers() == []


def _each(came: list[int], items: Iterator[int]) -> Iterator[int]:
    for item in items:
        came.append(item)
        yield item


def test_the_next_is_read_meanwhile() -> None:
    """While an item is worked on, the next one is read, by a thread of its own."""
    began, threads = threading.Event(), set()

    def reading() -> Iterator[int]:
        threads.add(threading.current_thread())
        yield 1
        threads.add(threading.current_thread())
        began.set()
        yield 2

    for _ in ahead(reading()):
        assert began.wait(10), "the second item is read while the first is worked on"
    assert len(threads) == 1
    assert threading.current_thread() not in threads


def test_two_are_held() -> None:
    """However many items there are, two of them exist at once: one that is worked on, and one that waits."""
    alive: weakref.WeakSet[Part] = weakref.WeakSet()
    most = 0

    def reading() -> Iterator[Part]:
        for _ in range(12):
            part = Part()
            alive.add(part)
            yield part
            del part

    for part in ahead(reading()):
        time.sleep(0.01)  # so that the reader could run far ahead
        gc.collect()
        most = max(most, len(alive))
        del part
    assert most == 2


def test_who_leaves_ends_the_reading() -> None:
    """When no more items are wanted, the reader closes what it reads from, in its own thread, and ends."""
    closed_by: list[threading.Thread] = []

    def reading() -> Iterator[int]:
        try:
            number = 0
            while True:
                yield (number := number + 1)
        finally:
            closed_by.append(threading.current_thread())

    with closing(ahead(reading())) as items:
        assert next(items) == 1
    assert len(closed_by) == 1
    assert closed_by[0] is not threading.current_thread()
    assert readers() == []
