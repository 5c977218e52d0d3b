"""The ready-made facts of a record, typed against the vocabulary of a rulebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from .errors import Fault, RecordError, nearest
from .parts import FactDef, OutcomeDef
from .record import Record
from .record.given_facts import MOST, GivenFacts
from .record.items import Client
from .values import FIRST_DAY, LAST_DAY, Interval

_MONEY = re.compile(r"-?\d{1,12}(\.\d{1,4})?\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_AS_THEY_STAND: dict[str, type] = {"boolean": bool, "integer": int, "decimal": int}
"""The classes of values that are read as they stand; of numbers, those within bounds."""
MOST_READINGS: Final = 5_000
"""So many choices of facts are remembered with how they are read."""


class Wrong(Exception):
    """A value that is not of the fact's type; the text says what it should be."""


class Typist:
    """Types the ready-made facts of records for one rulebook, and keeps nothing of any of them."""

    def __init__(
        self, definitions: Mapping[str, FactDef], outcomes: Mapping[str, OutcomeDef],
        derived_first: Mapping[str, Collection[str]],
    ) -> None:  # fmt: skip
        """``derived_first``: facts that are derived where they can be, and what each needs for that."""
        self._definitions, self._outcomes = definitions, outcomes
        self._derived_first = dict(derived_first)
        own = {name: definition for name, definition in definitions.items() if not definition.item}
        self.lasting = frozenset(
            name for name, found in own.items() if not (found.of_the_day or name in outcomes or name in derived_first)
        )
        """The facts that count on every judged day, whatever else the record holds."""
        types = {name: found.type for name, found in outcomes.items() if name not in definitions}
        types |= {name: found.type for name, found in own.items()}
        self._as_they_stand = {name: _AS_THEY_STAND[kind] for name, kind in types.items() if kind in _AS_THEY_STAND}
        self._readings: dict[tuple[Any, ...], _Reading] = {}

    def read(self, record: Record) -> tuple[Mapping[str, Any], bool]:
        """The typed facts of a record, and whether all count as they are on the day that they are of.

        Raises RecordError with every one that is wrong.
        """
        said = record.__dict__
        facts: GivenFacts = said["facts"]
        if facts.__class__ is not GivenFacts:
            facts = GivenFacts(facts)  # of a record that was made without being read
        reading: _Reading | None = facts.read_by
        if reading is None or reading.typist is not self:
            reading = self._reading(facts)
        values: Mapping[str, Any] = facts
        if not reading.as_they_stand:
            values, faults = read_given(facts, self._definitions, self._outcomes)
            if faults:
                raise RecordError("record", faults)
        client = said["client"]
        if client is _NOBODY or _is_nobody(client):
            return values, reading.direct
        return values, reading.direct_beside and all(self._lacks(client, one, values) for one in reading.derived_first)

    def _lacks(self, client: Client, fact: str, values: Mapping[str, Any]) -> bool:
        """Whether something is lacking from which a fact would follow."""
        return any(one not in values and getattr(client, one, None) is None for one in self._derived_first[fact])

    def _reading(self, facts: GivenFacts) -> _Reading:
        """How facts that look like these are read; kept by their shape if all of them are read as they stand."""
        shape = facts.shape
        found = self._readings.get(shape) if shape is not None else None
        if found is None:
            found = self._made(facts)
            if shape is not None and found.as_they_stand and len(self._readings) < MOST_READINGS:
                self._readings[shape] = found
        facts.read_by = found
        return found

    def _made(self, facts: GivenFacts) -> _Reading:
        plain = facts.shape is not None and all(
            self._as_they_stand.get(name) is value.__class__ for name, value in facts.items()
        )
        first = tuple(name for name in facts if name in self._derived_first)
        gives_way = any(all(one in facts for one in self._derived_first[name]) for name in first)
        answers = not self._outcomes.keys().isdisjoint(facts)
        return _Reading(self, plain, not answers and not gives_way, not answers, first)


class _Reading:
    """How one rulebook reads all facts of the same names, in the same order, whose values are of the same classes.

    ``as_they_stand``: all are right, and mean what they are. ``direct``: all count as they are on the day that
    they are of, unless more is said of the client: none gives an outcome, or gives way to what follows from
    others of them; ``direct_beside``: none gives an outcome. ``derived_first`` are those that would give way.
    """

    __slots__ = ("as_they_stand", "derived_first", "direct", "direct_beside", "typist")

    def __init__(
        self, typist: Typist, as_they_stand: bool, direct: bool, direct_beside: bool, derived_first: tuple[str, ...]
    ) -> None:
        self.typist = typist
        self.as_they_stand = as_they_stand
        self.direct = direct
        self.direct_beside = direct_beside
        self.derived_first = derived_first


def says_nothing_else(record: Record) -> bool:
    """Whether a record says nothing of its client but ready-made facts."""
    said = record.__dict__
    # a list that is empty says much: that there are none
    lists = said["benefits"] is said["plans"] is said["periods"] is said["events"] is None
    nobody = said["client"] is _NOBODY or _is_nobody(said["client"])
    return lists and nobody and not said["complete"] and not said["complete_from"]


def _is_nobody(client: Client) -> bool:
    return all(value is None for value in client.__dict__.values())


_NOBODY: Final = Record.model_fields["client"].default
"""The client of a record that says nothing of one."""


def read_given(
    facts: Mapping[str, Any], definitions: Mapping[str, FactDef], outcomes: Mapping[str, OutcomeDef]
) -> tuple[dict[str, Any], list[Fault]]:
    """The typed values of a record's ``facts`` and every fault in them, by path, without contents."""
    known: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, raw in facts.items():
        if raw is None:
            continue
        definition = definitions.get(name) or outcomes.get(name)
        if definition is None or (definition.__class__ is FactDef and definition.item):
            faults.append(_unknown(name, [*definitions, *outcomes]))
            continue
        try:
            known[name] = _READERS[definition.type](raw, definition.words)
        except Wrong as wrong:
            faults.append(Fault(f"facts.{name}", "AR101", f"is not {wrong}"))
    return known, faults


def _unknown(name: str, known: list[str]) -> Fault:
    # a key that is no plain name could be a person's data, so it is not repeated
    shown = name if len(name) <= 60 and name.isidentifier() and name.isascii() else "…"
    hint = nearest(name, known) if shown == name else ""
    return Fault(f"facts.{shown}", "AR100", "is not a fact of this rulebook", "", hint)


def typed(raw: Any, kind: str, words: tuple[str, ...] = ()) -> Any:
    """A raw JSON or Python value as the rules read it. Raises Wrong with what it should have been."""
    return _READERS[kind](raw, words)


def _boolean(raw: Any, words: tuple[str, ...]) -> bool:
    if raw.__class__ is not bool:
        raise Wrong("true or false")
    return bool(raw)


def _integer(raw: Any, words: tuple[str, ...]) -> Any:
    if raw.__class__ is int:
        if not 0 <= raw <= MOST:
            raise Wrong(f"a whole number from 0 to {MOST}")
        return raw
    low, high = _bound(raw, "at_least"), _bound(raw, "at_most")
    if low is None and high is None:
        raise Wrong('a whole number, or bounds such as {"at_least": 300}')
    if high is not None and (low or 0) > high:
        raise Wrong("bounds in order: at_least is over at_most")
    low = low or 0
    return low if low == high else Interval(low, high)


def _bound(raw: Any, side: str) -> int | None:
    value = raw.get(side) if isinstance(raw, Mapping) else getattr(raw, side, None)
    if value is None:
        return None
    if value.__class__ is not int or not 0 <= value <= MOST:
        raise Wrong(f"a whole number from 0 to {MOST}")
    return int(value)


def _decimal(raw: Any, words: tuple[str, ...]) -> Decimal | int:
    if raw.__class__ is int and 0 <= raw <= MOST:
        return int(raw)
    try:
        value = Decimal(repr(raw)) if raw.__class__ is float else raw
        if isinstance(value, Decimal) and value.is_finite() and 0 <= value <= MOST:
            return value
    except InvalidOperation:
        pass
    raise Wrong(f"a number from 0 to {MOST}")


def _money(raw: Any, words: tuple[str, ...]) -> Decimal:
    if isinstance(raw, Decimal) and raw.is_finite() and abs(raw) <= MOST:
        return raw
    if isinstance(raw, str) and _MONEY.match(raw):
        return Decimal(raw)
    raise Wrong('an amount in text, such as "54.00"')


def _date(raw: Any, words: tuple[str, ...]) -> date:
    if isinstance(raw, str) and _DATE.match(raw):
        try:
            raw = date.fromisoformat(raw)
        except ValueError:
            raise Wrong("a day that exists") from None
    if not isinstance(raw, date) or isinstance(raw, datetime):
        raise Wrong("a date such as 2014-05-05")
    if not FIRST_DAY <= raw <= LAST_DAY:
        raise Wrong(f"a day from {FIRST_DAY.year} to {LAST_DAY.year}")
    return raw


def _choice(raw: Any, words: tuple[str, ...]) -> str:
    if not isinstance(raw, str) or raw not in words:
        raise Wrong(f"one of {', '.join(words)}")
    return raw


def _text(raw: Any, words: tuple[str, ...]) -> str:
    if not isinstance(raw, str) or not 0 < len(raw) <= 200:
        raise Wrong("a text of at most 200 characters")
    return raw


def _set(raw: Any, words: tuple[str, ...]) -> frozenset[str]:
    if not isinstance(raw, (list, tuple, set, frozenset)) or not all(
        isinstance(word, str) and word in words for word in raw
    ):
        raise Wrong(f"a list of some of {', '.join(words)}")
    return frozenset(raw)


_READERS: dict[str, Callable[[Any, tuple[str, ...]], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "date": _date,
    "choice": _choice,
    "text": _text,
    "set": _set,
}
