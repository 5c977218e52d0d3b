"""The record as a whole: what a host knows of one client, nothing of it a name.

Everything but ``id`` is optional, and what is absent or null is unknown. A list that is absent is unknown; a list that
is there is complete (``()`` means that there are none), or complete from the day in ``complete_from``. Fields of items
that are known to be absent are named in ``complete``.
"""

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import core_schema

from aava_rules.language.errors import Fault, RecordError
from aava_rules.language.structs import cached_property_unlocked, public
from aava_rules.record.checks import AS_JSON, DAY_OR_NULL_SCHEMA, FACTS_MAX, Day, FieldType, Id, read_items
from aava_rules.record.facts import (
    FACTS_SCHEMA,
    CompleteFrom,
    ReadyMadeFacts,
    read_complete,
    read_complete_from,
    read_facts,
)
from aava_rules.record.items import CONFIG, MODELS, UNREADABLE, Benefit, Client, Event, Period, Plan, Quiet

# No `from __future__ import annotations`: pydantic would have to evaluate every annotation from text, which doubles the
# time to import.


@lru_cache(maxsize=1)
def complete_names() -> dict[str, tuple[str, str]]:
    """What ``complete`` may name, such as ``periods.decision_on``, with its list and field, in order."""
    # An opaque id is no knowledge of the client, so it cannot be known to be absent.
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
_FACTS: Final = FieldType(
    "facts",
    "",
    lambda source: core_schema.no_info_plain_validator_function(read_facts, serialization=AS_JSON),
    FACTS_SCHEMA,
)
_COMPLETE: Final = FieldType(
    "complete",
    "",
    lambda source: core_schema.no_info_plain_validator_function(_complete),
    {"type": ["array", "null"], "items": {"type": "string"}, "maxItems": FACTS_MAX},
)
_COMPLETE_FROM: Final = FieldType(
    "complete_from",
    "",
    lambda source: core_schema.with_info_plain_validator_function(read_complete_from),
    {
        "type": ["object", "null"],
        "properties": dict.fromkeys(MODELS, DAY_OR_NULL_SCHEMA),
        "additionalProperties": False,
    },
)


@public
class Record(Quiet):
    """What is known of one client. Immutable, and its repr shows nothing.

    ``Record(**data)`` raises RecordError with every fault, none of which holds a value. Lists are None if unknown and
    ``()`` if there are none.

    Attributes:
        facts: the ready-made facts by name: true or false, int, Decimal, text (a day from JSON is still a text here),
            date, list of words, or bounds such as ``{"at_least": 300}``. They count for every day, or, those of the
            day, for ``facts_on`` alone. They are a dict that refuses to be changed; where a plain one is needed, take
            ``dict(record.facts)``.
    """

    model_config = CONFIG | ConfigDict(ignored_types=(cached_property_unlocked,))

    id: Annotated[Id, "The caller's own opaque key: no name and no identity code."]
    client: Annotated[Client, BeforeValidator(_client), "The client."] = Client()
    facts: Annotated[
        Mapping[str, Any], _FACTS, "Ready-made facts by name; absent or null: unknown. Whole numbers may be bounds."
    ] = ReadyMadeFacts()
    facts_on: Annotated[Day, "The day of which the facts of the day are; absent: the day of decision."] = None
    benefits: Annotated[tuple[Benefit, ...] | None, _ITEMS, "Benefits paid. Absent: unknown. []: none."] = None
    plans: Annotated[tuple[Plan, ...] | None, _ITEMS, "Plans made. Absent: unknown. []: none."] = None
    periods: Annotated[tuple[Period, ...] | None, _ITEMS, "Periods of work. Absent: unknown. []: none."] = None
    events: Annotated[
        tuple[Event, ...] | None, _ITEMS, "Steps of the client path that were taken. Absent: unknown. []: none."
    ] = None
    complete: Annotated[
        tuple[str, ...], _COMPLETE, "Fields such as periods.decision_on: where an item lacks one, there is none."
    ] = ()
    complete_from: Annotated[
        Mapping[str, date], _COMPLETE_FROM, "The day from which a list is complete, if it is not so from the beginning."
    ] = CompleteFrom()

    def __init__(self, /, **data: Any) -> None:
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
            return
        except Exception:
            pass  # a value whose own code fails is told below, with all else that is wrong
        try:
            # Imported here: plain values, which most hosts give, do without it.
            from aava_rules.record.normalise import normalised

            data = normalised(data)
            self.__pydantic_validator__.validate_python(data, self_instance=self)
            return
        except ValidationError as error:
            faults = faults_or_unreadable(error, data)
        except Exception:
            faults = UNREADABLE
        # Raised outside the handler: a chained ValidationError would carry the values into logs.
        raise RecordError("record", faults)

    # The mark with which pydantic knows an __init__ that adds nothing to validation; without it,
    # reading would go through this method and lose the context that holds the rulebook's steps.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """The schema; as the field of another model, such as the body of a request, one that raises RecordError."""
        schema = handler(source)
        if "__pydantic_core_schema__" not in cls.__dict__:
            return schema  # its own, which is being made

        def quietly(value: Any, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
            try:
                return validate(value)
            except ValidationError as error:
                faults = faults_or_unreadable(error, value if isinstance(value, Mapping) else {}, cls)
            # no ValueError, so that pydantic lets it through in place of an error of its own with the values
            raise RecordError("record", faults)

        return core_schema.no_info_wrap_validator_function(quietly, schema)

    @classmethod
    def _checked(cls, data: dict[str, Any]) -> Self:
        return cls(**data)

    def __copy__(self) -> Self:
        """A copy, with nothing of what was worked out from this record: `model_copy` may change it."""
        return _without_cached(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """A copy in depth, with nothing of what was worked out from this record."""
        return _without_cached(super().__deepcopy__(memo))

    @cached_property_unlocked
    def complete_fields(self) -> frozenset[tuple[str, str]]:
        """List and field of everything in ``complete``: where an item lacks such a field, it has none."""
        names = complete_names()
        return frozenset([names[name] for name in self.complete])


_AnyRecord = TypeVar("_AnyRecord", bound=Record)


def _without_cached(record: _AnyRecord) -> _AnyRecord:
    for name in record.__dict__.keys() - type(record).model_fields.keys():
        del record.__dict__[name]
    return record


def faults_or_unreadable(
    error: ValidationError, data: Any, model: type[BaseModel] = Record, facts: Collection[str] = ()
) -> tuple[Fault, ...]:
    """The faults that pydantic's ``error`` names of ``data``; one fault alone if looking at a value raises.

    ``model`` is that of the record, or of the item alone that was read; ``facts`` are the names of facts that may be
    shown.
    """
    # Imported here: only a record with faults needs it.
    from aava_rules.record.faults import faults_of

    try:
        return faults_of(error, data, model, facts)
    except Exception:
        return UNREADABLE


Quiet._faults_of = staticmethod(faults_or_unreadable)
