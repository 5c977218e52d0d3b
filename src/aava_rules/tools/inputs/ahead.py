"""Reading ahead: the next part of a source is read while the last one is worked on."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from queue import Queue
from typing import Any, Final, TypeVar

T = TypeVar("T")

LEAVING: Final = 10.0
"""Seconds that a reader whose items are no longer wanted has to end in."""


def ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The ``items``, each of which is read while the one before is worked on; two are held at once, and no more.

    They are read by one thread of their own from the first to the last, that which ends the reading included.

    Args:
        items: what is read. Whatever it raises, also what is no Exception, is raised after the items before it. Where
            no more are wanted it is closed, if it can be.
    """
    reader = _Reader(iter(items))
    thread = threading.Thread(target=reader.read, name="aava-rules reads ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = reader.read_items.get()
            if item is _END:
                break
            yield item
            del item  # else it would be held while the next but one is read
            reader.wanted.release()
    finally:
        reader.leave()
        thread.join(LEAVING)
    if reader.failure is not None:
        raise reader.failure


_END: Final = object()


class _Reader:
    """What the thread does: it reads an item as soon as the last but one is done with.

    Attributes:
        read_items: what was read, and at last the end.
        wanted: how many more items may be read.
        failure: what reading raised.
    """

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._left = False
        self.read_items: Queue[Any] = Queue()
        self.wanted = threading.Semaphore(2)
        self.failure: BaseException | None = None

    def leave(self) -> None:
        """Read no more items."""
        self._left = True
        self.wanted.release()

    def read(self) -> None:
        """Read until the end, a failure, or until nobody wants more."""
        try:
            while self.wanted.acquire() and not self._left:
                try:
                    self.read_items.put(next(self._items))
                except StopIteration:
                    break
            close = getattr(self._items, "close", None)
            if close is not None:
                close()
        except BaseException as error:  # SystemExit and panics of native libraries too: the consumer judges them
            self.failure = error
        finally:
            self.read_items.put(_END)
