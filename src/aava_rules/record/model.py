"""The record that is decided on: what a host knows of one client, nothing of it a name.

Everything but ``id`` is optional, and what is absent or null is unknown. A list that is absent is
unknown; a list that is given is complete (``()`` means that there are none), or complete from the
day in ``complete_from``. Fields of items that are known to be absent are named in ``complete``.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import BeforeValidator, ConfigDict, ValidationError
from pydantic_core import core_schema

from aava_rules.language.errors import Fault, RecordError
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.record.checks import AS_JSON, Day, Id, Shape, read_items
from aava_rules.record.facts import FACTS_SCHEMA, GivenFacts, read_complete, read_complete_from, read_facts
from aava_rules.record.items import CONFIG, MODELS, Benefit, Client, Event, Period, Plan, Quiet

# No `from __future__ import annotations`: see record_shapes.


@lru_cache(maxsize=1)
def complete_names() -> dict[str, tuple[str, str]]:
    """What ``complete`` may name: ``periods.decision_on`` and its list and field, in order."""
    # An opaque id says nothing of the client, so it is nothing that could be known to be absent.
    return {
        f"{name}.{field}": (name, field)
        for name, model in MODELS.items()
        for field in model.model_fields
        if field != "id"
    }


def _complete(value: Any) -> tuple[str, ...]:
    return read_complete(value, complete_names()) if value else read_complete(value, {})


def _client(value: Any) -> Any:
    return {} if value is None else value


_ITEMS: Final = BeforeValidator(read_items)
_FACTS: Final = Shape(
    "facts",
    "",
    lambda source: core_schema.no_info_plain_validator_function(read_facts, serialization=AS_JSON),
    FACTS_SCHEMA,
)
_COMPLETE: Final = Shape(
    "complete",
    "",
    lambda source: core_schema.no_info_plain_validator_function(_complete),
    {"type": ["array", "null"], "items": {"type": "string"}},
)
_COMPLETE_FROM: Final = Shape(
    "complete_from",
    "",
    lambda source: core_schema.with_info_plain_validator_function(read_complete_from),
    {
        "type": ["object", "null"],
        "properties": {name: {"type": ["string", "null"], "format": "date"} for name in MODELS},
        "additionalProperties": False,
    },
)


class Record(Quiet):
    """What is known of one client. Immutable; raises RecordError with all faults, without contents.

    ``facts`` holds the ready-made facts by name: true or false, int, Decimal, text (a day from
    JSON is still a text here), date, list of words, or bounds such as ``{"at_least": 300}``. They
    count for every day, or, those of the day, for ``facts_on`` alone. They are a dict that refuses
    to be changed; where a plain one is needed, take ``dict(record.facts)``.
    ``benefits``, ``plans``, ``periods`` and ``events`` are None if unknown, ``()`` if there are none.
    """

    model_config = CONFIG | ConfigDict(ignored_types=(cached_property_unlocked,))

    id: Id
    client: Annotated[Client, BeforeValidator(_client)] = Client()
    facts: Annotated[Mapping[str, Any], _FACTS] = GivenFacts()
    facts_on: Day = None
    benefits: Annotated[tuple[Benefit, ...] | None, _ITEMS] = None
    plans: Annotated[tuple[Plan, ...] | None, _ITEMS] = None
    periods: Annotated[tuple[Period, ...] | None, _ITEMS] = None
    events: Annotated[tuple[Event, ...] | None, _ITEMS] = None
    complete: Annotated[tuple[str, ...], _COMPLETE] = ()
    complete_from: Annotated[dict[str, date], _COMPLETE_FROM] = {}

    def __init__(self, /, **data: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
            return
        except ValidationError as error:
            faults = _faults(error, data)
        # Raised outside the handler: a chained ValidationError would carry the values into logs.
        raise RecordError("record", faults)

    # The mark with which pydantic knows an __init__ that adds nothing to validation; without it,
    # reading would go through this method and lose the context that holds the rulebook's steps.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def __copy__(self) -> Self:
        """A copy, with nothing of what was worked out from this record: `model_copy` may change it."""
        return _bare(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """A copy in depth, with nothing of what was worked out from this record."""
        return _bare(super().__deepcopy__(memo))

    @cached_property_unlocked
    def complete_fields(self) -> frozenset[tuple[str, str]]:
        """List and field of everything in ``complete``: where such a field is absent, there is none."""
        names = complete_names()
        return frozenset([names[name] for name in self.complete])


_AnyRecord = TypeVar("_AnyRecord", bound=Record)


def _bare(made: _AnyRecord) -> _AnyRecord:
    for name in made.__dict__.keys() - type(made).model_fields.keys():
        del made.__dict__[name]
    return made


def _faults(error: ValidationError, data: Any) -> tuple[Fault, ...]:
    # Imported here: only a record with faults needs it.
    from aava_rules.record.faults import faults_of

    try:
        return faults_of(error, data)
    except Exception:
        return _UNREADABLE


def _fault(code: str, what: str, hint: str = "") -> tuple[Fault, ...]:
    return (Fault("record", code, what, hint=hint),)


_UNREADABLE: Final = _fault("AR111", "cannot be read", "A value of it raised an error when it was looked at.")


def read(source: Mapping[str, Any] | bytes | str | Record, *, steps: Iterable[str] = ()) -> Record:
    """The record in a mapping, or in JSON as bytes (UTF-8) or text; a Record is given back as it is.

    ``steps`` are those that the rulebook adds to the client path, which events may name as well.
    The source is never changed. Raises RecordError with everything that is wrong, each fault with
    its path (``periods[0].start``) and none with a value of the record.
    """
    if isinstance(source, Record):
        return source
    faults: tuple[Fault, ...]
    try:
        if isinstance(source, (str, bytes, bytearray)):
            # Imported here: hosts that give mappings do without it.
            from aava_rules.record.json_text import parse

            data: Any = parse(source)
        elif isinstance(source, Mapping):
            data = source if type(source) is dict else dict(source)
        else:
            hint = "Give a mapping, JSON as bytes or text, or a Record."
            raise RecordError("record", _fault("AR115", "is not a record", hint))
        return _VALIDATOR.validate_python(data, context=frozenset(steps) if steps else None)  # type: ignore[no-any-return]
    except ValidationError as error:
        faults = _faults(error, data)
    except RecordError as error:
        faults = error.faults
    except Exception:
        # A mapping or value whose own code fails. What it raised may hold contents, so it is dropped.
        faults = _UNREADABLE
    raise RecordError("record", faults)


_VALIDATOR: Final = Record.__pydantic_validator__
