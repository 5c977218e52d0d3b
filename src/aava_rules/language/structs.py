"""Immutable values that are equal by their content, and a property that is computed once.

Rulebooks, trees, faults and answers are made of `Struct` classes.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import FrozenInstanceError, dataclass
from operator import attrgetter
from typing import Any, ClassVar, Generic, NoReturn, TypeVar, dataclass_transform, overload


@dataclass_transform(frozen_default=True)
class StructType(type):
    """The type of the classes of Struct: the fields of a class are those of its bases and what is annotated in it."""

    _names: tuple[str, ...]
    _defaults: dict[str, Any]
    _put: tuple[Callable[[Any, Any], None], ...]
    _contents: attrgetter[tuple[Any, ...]]

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> StructType:
        """The class, with a slot for each field."""
        own = tuple(space.get("__annotations__", ())) if bases else ()
        defaults = {field: space.pop(field) for field in own if field in space}
        struct: Any = super().__new__(cls, name, bases, {"__slots__": own, **space})
        above = [base for base in bases if isinstance(base, StructType)]
        names = tuple(dict.fromkeys([*(field for base in above for field in base._names), *own]))
        struct._names = names
        struct._defaults = {field: value for base in above for field, value in base._defaults.items()} | defaults
        struct._put = tuple(getattr(struct, field).__set__ for field in names)
        only = attrgetter(*names) if names else tuple
        struct._contents = only if len(names) > 1 else staticmethod(lambda instance: (only(instance),))
        if own:
            dataclass(init=False, repr=False, eq=False)(struct)
        return struct  # type: ignore[no-any-return]


class Struct(metaclass=StructType):
    """An immutable value, equal and hashed by its content: a frozen dataclass with methods that all classes share.

    A frozen dataclass writes and compiles six methods for every class. A rulebook has parts of so
    many kinds that this would be a good share of the time that a program needs to start.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __init__(self, *values: Any, **named: Any) -> None:
        cls = self.__class__
        if named or len(values) != len(cls._names):
            values = cls._all(values, named)
        for put, value in zip(cls._put, values, strict=True):
            put(self, value)

    @classmethod
    def _all(cls, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The value of every field, in order: from ``values`` in their order, from ``named``, else its default.

        Raises:
            TypeError: a field has no value or two, or there is no such field.
        """
        if not named and len(values) < len(cls._names):
            try:
                return (*values, *[cls._defaults[name] for name in cls._names[len(values) :]])
            except KeyError:
                pass  # raised below, with the names of what is lacking
        positional = dict(zip(cls._names, values, strict=False))
        known = cls._defaults | positional | named
        if len(values) > len(cls._names) or not positional.keys().isdisjoint(named) or known.keys() - set(cls._names):
            raise TypeError(f"{cls.__name__} takes each of {', '.join(cls._names)} once, and nothing else")
        if len(known) < len(cls._names):
            lacking = [name for name in cls._names if name not in known]
            raise TypeError(f"{cls.__name__} lacks {', '.join(lacking)}")
        return tuple([known[name] for name in cls._names])

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        cls = self.__class__
        if other.__class__ is not cls:
            return NotImplemented
        return self is other or cls._contents(self) == cls._contents(other)

    def __hash__(self) -> int:
        return hash(self.__class__._contents(self))

    def __reduce__(self) -> tuple[type[Struct], tuple[Any, ...]]:
        return self.__class__, self.__class__._contents(self)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__class__._names)
        return f"{self.__class__.__qualname__}({shown})"


T = TypeVar("T")


def public(named: T) -> T:
    """The class or function ``named`` under the name by which hosts import it from the package.

    Tracebacks, logs and pickles name it so, whoever imports it first; of functions editors do.
    """
    named.__module__ = "aava_rules"
    return named


Key = TypeVar("Key")
Value = TypeVar("Value")


class FrozenDict(dict[Key, Value]):
    """A dict that refuses to be changed, since several answers, clients or threads share it; ``dict(it)`` is a copy."""

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("This never changes, since others read it too; dict(...) makes a copy that may be changed.")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FrozenDict[Key, Value]], tuple[dict[Key, Value]]]:
        return self.__class__, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenDict[Key, Value]:
        """A copy in depth; of an empty one, itself: pydantic copies the default of a field for every record."""
        return self.__class__(deepcopy(dict(self), memo)) if self else self


class cached_property_unlocked(Generic[T]):
    """A property that is computed at its first use and then held in the instance's ``__dict__``.

    It takes no lock, as `functools.cached_property` did before Python 3.12: the lock costs as much time as an answer,
    and a process forked while another thread holds it waits for it for ever. Threads that read the property at the
    same moment may each compute it; all of them then get equal values.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__
        self._name = compute.__name__

    @overload
    def __get__(self, instance: None, owner: type) -> cached_property_unlocked[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> cached_property_unlocked[T] | T:
        """The value for ``instance``; the property itself when it is read from the class ``owner``."""
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._compute(instance)
        return value
