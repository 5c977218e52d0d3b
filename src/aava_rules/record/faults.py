"""What pydantic finds wrong with a record, as faults that have paths and never a value.

A path has names of the record format and of a rulebook's facts only. A key that neither has may be anything, a person's
name among them, so it is told by its place among the keys: ``client key 2``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from aava_rules.language.errors import Fault, nearest
from aava_rules.record.checks import Flaw, day_or_flaw, word_hint, words_of
from aava_rules.record.items import MODELS, Client, benefit_flaws, period_flaws, plan_flaws

FAULTS_MAX: Final = 1_000
"""Most faults that one error lists, besides the one that there are others."""

_ERRORS_MAX: Final = 20 * FAULTS_MAX

_CHECKS: Final[dict[str, Callable[[Mapping[str, Any]], list[Flaw]]]] = {
    "benefits": benefit_flaws,
    "plans": plan_flaws,
    "periods": period_flaws,
}

_WRONG_TYPES: Final = {
    "bool_type": ("is not true or false", "Write true or false, without quotes."),
    "int_type": ("is not a whole number", "Write it without quotes and decimals."),
    "tuple_type": ("is not a list", ""),
    "model_type": ("is not an object", ""),
    "dict_type": ("is not an object", ""),
}


def faults_of(
    error: ValidationError, data: Any, record: type[BaseModel], facts: Collection[str] = ()
) -> tuple[Fault, ...]:
    """Every fault of a record, in the order of the record; at most FAULTS_MAX, and one more if there are others.

    Args:
        error: what pydantic found. It holds values of the record, so it is never shown or chained.
        data: what was read, as plain values.
        record: the model of the record.
        facts: the names of facts that may be shown, those of a rulebook.
    """
    faults: list[Fault] = []
    keys = _Keys(data, facts)
    faulty: dict[tuple[str, int], set[str]] = {}
    if error.error_count() > _ERRORS_MAX:
        return _sampled(error.error_count(), data, record, facts)
    errors = error.errors(include_url=False)
    for flaw in errors:
        location = flaw["loc"]
        if len(location) == 3 and isinstance(location[1], int):
            faulty.setdefault((str(location[0]), location[1]), set()).add(str(location[2]))
        if len(faults) <= FAULTS_MAX:
            faults.extend(_faults(location, flaw, record, keys))
    for (name, index), fields in faulty.items():
        if len(faults) >= FAULTS_MAX:
            break
        faults.extend(_contradictions(name, index, fields, data))
    if len(faults) > FAULTS_MAX or len(errors) > FAULTS_MAX:
        faults = [*faults[:FAULTS_MAX], Fault("record", "AR120", "has further faults", hint="Only these are listed.")]
    return tuple(faults)


class _Keys:
    """The places of keys among those of their objects, from 1.

    Attributes:
        facts: the names of facts that may be shown.
    """

    def __init__(self, data: Any, facts: Collection[str]) -> None:
        self._data = data
        self._numbers: dict[tuple[int | str, ...], dict[str, int]] = {}
        self.facts = facts

    def number(self, owner: tuple[int | str, ...], key: Any) -> int | None:
        """The place of ``key`` in the object at ``owner``; None if the object does not have it."""
        numbers = self._numbers.get(owner)
        if numbers is None:
            fields: Any = self._data
            for part in owner:
                fields = fields[part]
            numbers = {name: number for number, name in enumerate(fields, 1) if type(name) is str}
            self._numbers[owner] = numbers
        return numbers.get(key)

    def shown(self, place: str) -> str:
        """``place`` with the name of a fact in place of the number of its key, if it may be shown."""
        match = _FACT_KEY.match(place)
        if match is None or not self.facts:
            return place
        name = next(islice(self._data["facts"], int(match[1]) - 1, None), None)
        return f"facts.{name}{place[match.end() :]}" if type(name) is str and name in self.facts else place


_FACT_KEY: Final = re.compile(r"facts key (\d+)", re.ASCII)


def _sampled(count: int, data: Mapping[str, Any], record: type[BaseModel], facts: Collection[str]) -> tuple[Fault, ...]:
    # A hostile record can hold millions of faults, whose list would need gigabytes.
    def cut(value: Any) -> Any:
        return dict(islice(value.items(), 20)) if isinstance(value, dict) else value

    known = {key: data[key] for key in record.model_fields if key in data}
    small = {
        key: [cut(item) for item in value[:20]] if key in MODELS and isinstance(value, (list, tuple)) else value
        for key, value in {**dict(islice(data.items(), 20)), **known}.items()
    }
    small["client"] = cut(small.get("client"))
    more = Fault("record", "AR120", f"has {count} faults", hint="Those of its beginning are listed, if there are any.")
    try:
        record.__pydantic_validator__.validate_python(small)
    except ValidationError as error:
        return (*faults_of(error, small, record, facts), more)
    return (more,)


def _contradictions(name: str, index: int, faulty: set[str], data: Any) -> Iterable[Fault]:
    # pydantic compares the fields of an item only if each is right; this compares those that are,
    # so that one reading reports everything.
    check = _CHECKS.get(name)
    if check is None or "" in faulty:
        return ()
    fields = {
        key: day_or_flaw(value) if isinstance(value, str) else value
        for key, value in data[name][index].items()
        if isinstance(key, str) and key not in faulty
    }
    return [_fault(f"{name}[{index}]", flaw) for flaw in check(fields)]


def _fault(place: str, flaw: Flaw, keys: _Keys | None = None) -> Fault:
    at, code, what, hint = flaw
    at = (place + at).lstrip(".") or "record"
    return Fault(at if keys is None else keys.shown(at), code, what, hint=hint() if callable(hint) else hint)


def _model(location: tuple[int | str, ...], record: type[BaseModel]) -> type[BaseModel]:
    if not location:
        return record
    if location[0] == "client":
        return Client
    return MODELS.get(str(location[0]), record)


def _place(location: Iterable[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _faults(location: tuple[int | str, ...], flaw: Any, record: type[BaseModel], keys: _Keys) -> list[Fault]:
    kind, context = flaw["type"], flaw.get("ctx", {})
    if kind in ("extra_forbidden", "invalid_key"):
        # The path has the repr of a key that is no text, which may be anything.
        return [_unknown_key(location[:-1], location[-1] if kind == "extra_forbidden" else None, record, keys)]
    if kind == "string_unicode":
        if not location or location == ("client",) or isinstance(location[-1], int):
            # A key with a lone surrogate: pydantic names its owner only.
            return [_unknown_key(location, None, record, keys)]
        kind = "literal_error"
    place = _place(location) or "record"
    if kind == "record":
        return [_fault(place, part, keys) for part in context["flaws"]]
    if kind == "missing":
        return [Fault(place, "AR114", "is missing", hint="Give the record a key of your own, of 1 to 200 characters.")]
    if kind == "literal_error":
        model = _model(location[:-1], record)
        hint = word_hint(words_of(model.model_fields[str(location[-1])].annotation))
        if not isinstance(flaw["input"], str):
            return [Fault(place, "AR115", "is not a word", hint=hint)]
        return [Fault(place, "AR117", "is not one of the words", hint=hint)]
    if kind == "greater_than_equal":
        return [Fault(place, "AR118", f"is less than {context['ge']}")]
    if kind == "less_than_equal":
        return [Fault(place, "AR118", f"is more than {context['le']}")]
    what, hint = _WRONG_TYPES.get(kind, ("is not what can be read here", ""))
    return [Fault(place, "AR115", what, hint=hint)]


def _unknown_key(owner: tuple[int | str, ...], key: Any, record: type[BaseModel], keys: _Keys) -> Fault:
    known = _model(owner, record).model_fields
    number = None if key is None else keys.number(owner, key)
    place, hint = _place(owner), f"The keys are: {', '.join(known)}."
    if number is None:
        return Fault(place or "record", "AR113", "has an unknown key", hint=hint)
    return Fault(f"{place} key {number}".lstrip(), "AR113", "is an unknown key", hint=nearest(key, known) or hint)
