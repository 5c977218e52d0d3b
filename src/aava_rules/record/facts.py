"""What a record holds besides items: ready-made facts, and what of its lists is complete.

Facts are checked for their shape only. What a fact is called and which type it has is known to a rulebook's vocabulary,
which is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, NoReturn

from pydantic import ValidationInfo
from pydantic_core import core_schema

from aava_rules.language.errors import nearest
from aava_rules.language.structs import FrozenDict
from aava_rules.record.checks import (
    FACTS_MAX,
    FLAWS_MAX,
    LIST_MAX,
    NUMBER_MAX,
    TEXT_MAX,
    Flaw,
    day_or_flaw,
    flawed,
    number_or_flaw,
    text_flaw,
    word_hint,
)
from aava_rules.record.items import MODELS

FACT_NUMBER_MAX: Final = 10**9
"""The greatest number that a fact may have; it is far beyond anything that law counts."""


class ReadyMadeFacts(dict[str, Any]):
    """The ready-made facts of a record by name: a dict that refuses to be changed, since its record is immutable.

    Lists and bounds among its values can still be changed, so each decision reads these anew.

    Attributes:
        signature: the same text for all facts with the same names, in the same order, each of whose values is a truth
            value or a whole number from 0 to FACT_NUMBER_MAX; None if a value is anything else. What has been worked
            out for one signature holds for all facts that have it.
        numbers: the place of each among the facts that were given, from 1; None if these are all. A name that no
            rulebook knows is told by it.
    """

    __slots__ = ("numbers", "signature")

    signature: str | None
    numbers: tuple[int, ...] | None

    def __init__(self, facts: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(facts)
        self.numbers = None
        kinds = []
        for value in self.values():
            if value.__class__ is bool:
                kinds.append("b")
            elif value.__class__ is int and 0 <= value <= FACT_NUMBER_MAX:
                kinds.append("i")
            else:
                self.signature = None
                return
        try:
            # a text keeps its hash; no name of a fact has a line break in it
            self.signature = "\n".join(["".join(kinds), *self])
        except TypeError:
            self.signature = None  # a name that is no text

    def __repr__(self) -> str:
        # reprs land in logs and tracebacks
        return f"<{len(self)} facts>"

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        hint = 'make another record of it, with record.model_copy(update={"facts": {...}})'
        raise TypeError(f"The facts of a record never change; {hint}.")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """The schema for serializing the default of a field: that of a plain dict."""
        return core_schema.dict_schema()

    def __reduce__(self) -> tuple[type[ReadyMadeFacts], tuple[dict[str, Any]]]:
        return ReadyMadeFacts, (dict(self),)


_RANGE: Final = {"minimum": -NUMBER_MAX, "maximum": NUMBER_MAX}
_TEXT_SCHEMA: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
FACTS_SCHEMA: Final[dict[str, Any]] = {
    "type": ["object", "null"],
    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]{0,59}$"},
    "maxProperties": FACTS_MAX,
    "additionalProperties": {
        "anyOf": [
            {"type": ["boolean", "null"]},
            {"type": "number", **_RANGE},
            _TEXT_SCHEMA,
            {"type": "array", "items": _TEXT_SCHEMA, "maxItems": LIST_MAX},
            {
                "type": "object",
                "properties": {side: {"type": ["integer", "null"], **_RANGE} for side in ("at_least", "at_most")},
                "anyOf": [
                    {"required": [side], "properties": {side: {"type": "integer"}}} for side in ("at_least", "at_most")
                ],
                "additionalProperties": False,
            },
        ]
    },
}
"""The JSON Schema of ``facts``."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}", re.ASCII)
_BOUNDS = frozenset({"at_least", "at_most"})
_BOUNDS_HINT = 'Write {"at_least": 300}, {"at_most": 20}, or both.'


def is_name(key: Any) -> bool:
    """Whether ``key`` can be the name of a fact: a short identifier."""
    return isinstance(key, str) and _NAME.fullmatch(key) is not None


def _integer_flaw(value: Any) -> Flaw | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return "", "AR115", "is not a whole number", ""
    if not -NUMBER_MAX <= value <= NUMBER_MAX:
        return "", "AR118", f"is not from {-NUMBER_MAX} to {NUMBER_MAX}", ""
    return None


def _read_bounds(value: dict[Any, Any], flaws: list[Flaw], at: str) -> dict[str, int]:
    bounds = {key: bound for key, bound in value.items() if bound is not None}
    if not bounds or not _BOUNDS.issuperset(bounds):
        flaws.append((at, "AR115", "is neither a value nor bounds of a whole number", _BOUNDS_HINT))
        return {}
    before = len(flaws)
    for key, bound in bounds.items():
        if flaw := _integer_flaw(bound):
            flaws.append((f"{at}.{key}", *flaw[1:]))
    if len(flaws) == before and len(bounds) == 2 and bounds["at_least"] > bounds["at_most"]:
        flaws.append((at, "AR119", "at_least is greater than at_most", _BOUNDS_HINT))
    return bounds


def _read_fact(value: Any, flaws: list[Flaw], number: int) -> Any:
    kind = type(value)
    if kind is bool:
        return value
    flaw: Flaw | None = None
    if isinstance(value, str):
        if not (flaw := text_flaw(value)):
            return value if type(value) is str else str.__str__(value)
    elif isinstance(value, (Decimal, float)):
        exact = number_or_flaw(value, -NUMBER_MAX, NUMBER_MAX)
        if type(exact) is not tuple:
            return exact
        flaw = exact
    elif isinstance(value, int):
        if not (flaw := _integer_flaw(value)):
            return int(value)
    elif isinstance(value, date):
        day = day_or_flaw(value)
        if type(day) is not tuple:
            return day
        flaw = day
    elif kind is dict:
        return _read_bounds(value, flaws, f" key {number}")
    elif isinstance(value, (list, tuple, set, frozenset)):
        if len(value) > LIST_MAX:
            flaw = "", "AR120", f"has more than {LIST_MAX} words", ""
        else:
            wrong_words = ((index, bad) for index, word in enumerate(value) if (bad := text_flaw(word)))
            flaws.extend((f" key {number}[{index}]", *bad[1:]) for index, bad in islice(wrong_words, FLAWS_MAX + 1))
            return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else list(value)
    else:
        hint = "A fact is true or false, a number, a text, a day, a list of words, or bounds."
        flaw = "", "AR115", "is nothing that a fact can be", hint
    if flaw:
        flaws.append((f" key {number}", *flaw[1:]))
    return value


def read_facts(value: Any) -> ReadyMadeFacts:
    """The ready-made facts of ``value``, copied; those that are null are left out, since null means unknown.

    Args:
        value: a mapping of at most FACTS_MAX facts by name, or None.

    Raises what ``flawed`` makes, with a flaw for each fact that has the shape of none.
    """
    if value is None:
        return ReadyMadeFacts()
    if not isinstance(value, dict):
        raise flawed(("", "AR115", "is not an object", "Give each fact by its name."))
    if len(value) > FACTS_MAX:
        raise flawed(("", "AR120", f"has more than {FACTS_MAX} facts", ""))
    flaws: list[Flaw] = []
    facts: dict[str, Any] = {}
    # Which names there are is not known here, so that each is told by its place among them: it may be anything.
    for number, (name, fact) in enumerate(value.items(), 1):
        if not is_name(name):
            flaws.append((f" key {number}", "AR113", "is not the name of a fact", "The key is not repeated here."))
        elif fact is not None:
            facts[name] = _read_fact(fact, flaws, number)
    if flaws:
        raise flawed(*flaws)
    read = ReadyMadeFacts(facts)
    if len(facts) != len(value):
        read.numbers = tuple([number for number, fact in enumerate(value.values(), 1) if fact is not None])
    return read


def _field_hint(name: Any, known: Iterable[str]) -> str:
    near = nearest(name, known) if isinstance(name, str) else ""
    return near or 'Write list and field, such as "periods.decision_on".'


def read_complete(value: Any, known: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields whose absence is known, each once; sorted if they come as a set.

    Args:
        value: a list of names such as ``periods.decision_on``, or None.
        known: the names that there are.

    Raises what ``flawed`` makes.
    """
    if value is None:
        return ()
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise flawed(("", "AR115", "is not a list", 'Give names such as "periods.decision_on".'))
    if len(value) > FACTS_MAX:
        raise flawed(("", "AR120", f"has more than {FACTS_MAX} names", ""))
    flaws: list[Flaw] = []
    for index, name in enumerate(value):
        if not isinstance(name, str) or name not in known:
            hint = partial(_field_hint, name, known)
            flaws.append((f"[{index}]", "AR122", "is not the name of a field of a list", hint))
    if flaws:
        raise flawed(*flaws)
    names = map(str, value)
    return tuple(sorted(names) if isinstance(value, (set, frozenset)) else dict.fromkeys(names))


class CompleteFrom(FrozenDict[str, date]):
    """The day from which each list of a record is complete, by the list; refuses to be changed."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """The schema for serializing the default of a field: that of a plain dict."""
        return core_schema.dict_schema()


def read_complete_from(value: Any, info: ValidationInfo) -> CompleteFrom:
    """The first day from which each list is complete.

    Args:
        value: days by the name of a list, or None.
        info: what pydantic has read of the record so far; a list that is named here must not be absent there.

    Raises what ``flawed`` makes.
    """
    if value is None:
        return CompleteFrom()
    if not isinstance(value, dict):
        raise flawed(("", "AR115", "is not an object", 'Write {"benefits": "2013-01-01"}.'))
    if len(value) > FACTS_MAX:
        raise flawed(("", "AR120", f"has more than {FACTS_MAX} keys", ""))
    flaws: list[Flaw] = []
    days: dict[str, date] = {}
    for number, (name, start) in enumerate(value.items(), 1):
        if not isinstance(name, str) or name not in MODELS:
            flaws.append((f" key {number}", "AR122", "is not the name of a list", partial(word_hint, MODELS)))
        elif start is not None:
            day = day_or_flaw(start)
            if type(day) is tuple:
                flaws.append((f".{name}", *day[1:]))
                continue
            days[name] = day  # type: ignore[assignment]
            # A list with faults of its own is not in info.data, and is not called absent.
            if info.data.get(name, ()) is None:
                flaws.append((f".{name}", "AR119", "names a list that is not given", f"Give {name}, or [] for none."))
    if flaws:
        raise flawed(*flaws)
    return CompleteFrom(days)
