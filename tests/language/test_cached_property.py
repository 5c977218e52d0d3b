"""A property that is worked out once."""

from __future__ import annotations

import os
import threading
import time
import warnings

import pytest

from aava_rules.language.structs import cached_property_unlocked


class Sum:
    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers
        self.asked = 0
        self.wait: threading.Event | None = None
        self.amid = threading.Event()

    @cached_property_unlocked
    def total(self) -> int:
        """The sum of all numbers."""
        self.asked += 1
        self.amid.set()
        if self.wait is not None:
            self.wait.wait(30)
        return sum(self.numbers)


def test_it_is_worked_out_once_for_each_object() -> None:
    one, other = Sum(1, 2), Sum(3)
    assert (one.total, one.total, other.total) == (3, 3, 3)
    assert (one.asked, other.asked) == (1, 1)
    assert one.__dict__["total"] == 3


def test_its_text_is_that_of_the_function() -> None:
    assert isinstance(Sum.total, cached_property_unlocked)
    assert Sum.total.__doc__ == "The sum of all numbers."


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_forked_while_another_thread_works_it_out_does_not_wait() -> None:
    slow = Sum(1)
    slow.wait = threading.Event()
    thread = threading.Thread(target=lambda: slow.total)
    thread.start()
    try:
        assert slow.amid.wait(30)
        with warnings.catch_warnings():
            # newer Pythons warn of forks beside threads, which is what is tried here
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            os._exit(0 if Sum(2, 3).total == 5 else 1)
        end = time.monotonic() + 20
        done, status = 0, 1
        while not done and time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            time.sleep(0.01)
        if not done:
            os.kill(child, 9)
            os.waitpid(child, 0)
        assert (bool(done), status) == (True, 0)
    finally:
        slow.wait.set()
        thread.join()
