"""A property that is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class kept(Generic[T]):
    """A property that is worked out when it is first asked for, and kept in the object's ``__dict__``.

    It takes no lock, which `functools.cached_property` does before Python 3.12: that costs as much
    as an answer, and in a process forked while another thread holds it, whoever asks waits for ever.
    Threads that ask at once may work it out twice.
    """

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__
        self._name = work_out.__name__

    @overload
    def __get__(self, one: None, owner: type) -> kept[T]: ...
    @overload
    def __get__(self, one: object, owner: type) -> T: ...
    def __get__(self, one: object | None, owner: type) -> kept[T] | T:
        """The value; of the class, the property itself."""
        if one is None:
            return self
        found = one.__dict__[self._name] = self._work_out(one)
        return found
