"""The types of a record's fields: how a value is checked, and type, unit and JSON Schema of each.

A check returns the clean value, or raises the error that ``flawed`` makes. Flaws carry a place below the field, a code,
what is wrong and a hint, and never a value of the record. ``FieldType`` binds a check to the type and unit that rules
know the field by; the annotations at the end (``Day``, ``Text``, ``Months``...) are what ``record.items`` declares
fields with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Final, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from aava_rules.language.dates import parse_day
from aava_rules.language.values import FIRST_DAY, LAST_DAY

Flaw = tuple[str, str, str, str | Callable[[], str]]
"""Place below the field (such as ``[2]``), code, what is wrong, and a hint.

A hint that looks for the nearest word is a function, called only for the faults that are listed: a
hostile record can have millions of wrong words.
"""

LIST_MAX: Final = 100_000
"""Most items of a list, and most days of a field of days."""
TEXT_MAX: Final = 200
"""Most characters of a text."""
NUMBER_MAX: Final = 10**12
"""The greatest number, and the least but for its sign, that is read as a ready-made fact."""
FACTS_MAX: Final = 1_000
"""Most ready-made facts of a record, and most words of a set."""
FLAWS_MAX: Final = 100
"""Most flaws of one field that are listed."""
WORDS_SHOWN: Final = 40
"""Most words of a closed field that the hint for a wrong one lists."""
DECIMAL_PLACES: Final = 12
"""Most decimals of a number, and most zeros at its end that an exponent stands for."""

CODES: Final = {
    "AR111": "the record is not JSON, or cannot be read at all",
    "AR112": "a key is given twice",
    "AR113": "an unknown key",
    "AR114": "a key that must be given is missing",
    "AR115": "the wrong type",
    "AR116": "not a day of the calendar, or outside the days that are read",
    "AR117": "not one of the closed words",
    "AR118": "a number out of range",
    "AR119": "two fields contradict each other",
    "AR120": "too large",
    "AR121": "a text that is empty, too long, or not printable",
    "AR122": "the name of a list or field that does not exist",
}
"""The codes of a record's faults and what each means. Codes are stable; AR100 to AR109 are of typed facts."""

DAY_HINT: Final = f"Days are written YYYY-MM-DD, from {FIRST_DAY} to {LAST_DAY}."
DAY_SCHEMA: Final = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
"""The JSON Schema of a day as text."""
_READ_DAY_SCHEMA: Final = {**DAY_SCHEMA, "pattern": r"^(19[0-9]{2}|2[01][0-9]{2}|2200)-[0-9]{2}-[0-9]{2}$"}
"""That of a day from FIRST_DAY to LAST_DAY."""


class _Flaws(tuple[Flaw, ...]):
    """Flaws that are never written out: pydantic takes the repr of them, and a hint holds the wrong word."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "flaws"


def flawed(*flaws: Flaw) -> PydanticCustomError:
    """The error that a check raises, with all its ``flaws``; those past the first FLAWS_MAX become one."""
    if len(flaws) > FLAWS_MAX:
        flaws = (*flaws[:FLAWS_MAX], ("", "AR120", "has further faults", f"Only {FLAWS_MAX} of them are listed."))
    return PydanticCustomError("record", "{what}", {"what": flaws[0][2], "flaws": _Flaws(flaws)})


def day_or_flaw(value: Any) -> date | Flaw:
    """The day that ``value`` means, or what is wrong with it.

    Args:
        value: a date, or a text ``YYYY-MM-DD``; a datetime is refused.

    Returns:
        A date from FIRST_DAY to LAST_DAY, else a flaw of AR115 or AR116.
    """
    if isinstance(value, str):
        written = value if type(value) is str else str.__str__(value)
        value = parse_day(written)
        if value is None:
            has_form = len(written) == 10 and written[4] == written[7] == "-" and written.isascii()
            return "", "AR116", f"is not a day{' of the calendar' if has_form else ''}", DAY_HINT
    elif type(value) is not date:
        if isinstance(value, datetime):
            return "", "AR115", "is a time, not a day", "Give the day alone, as a date or as YYYY-MM-DD."
        if not isinstance(value, date):
            return "", "AR115", "is not a day", DAY_HINT
        value = date(value.year, value.month, value.day)
    day: date = value
    if not FIRST_DAY <= day <= LAST_DAY:
        return "", "AR116", "is outside the days that are read", DAY_HINT
    return day


def read_day(value: Any) -> date | None:
    """The day that ``value``, a date or an ISO text, means; None for None. Raises what ``flawed`` makes."""
    if value is None:
        return None
    day = day_or_flaw(value)
    if type(day) is tuple:
        raise flawed(day)
    return day  # type: ignore[return-value]


def read_days(value: Any) -> tuple[date, ...] | None:
    """The days of the list ``value``, sorted and distinct; None for None.

    At most LIST_MAX days, each a date or an ISO text. Raises what ``flawed`` makes, with a flaw for each wrong day.
    """
    if value is None:
        return None
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise flawed(("", "AR115", "is not a list", "Give a list of days."))
    if len(value) > LIST_MAX:
        raise flawed(("", "AR120", f"has more than {LIST_MAX} days", ""))
    days = [day_or_flaw(day) for day in value]
    flaws = [(f"[{index}]", *day[1:]) for index, day in enumerate(days) if type(day) is tuple]
    if flaws:
        raise flawed(*flaws)
    return tuple(sorted(set(days)))  # type: ignore[arg-type]


def text_flaw(value: Any) -> Flaw | None:
    """What is wrong with ``value`` as a text of 1 to TEXT_MAX printable characters; None if nothing is.

    Control characters and lone surrogates are not printable.
    """
    if not isinstance(value, str):
        return (
            "",
            "AR115",
            "is not a text",
            "Write it as a text: str(...) in Python, in quotes in JSON." if isinstance(value, int) else "",
        )
    if not 1 <= len(value) <= TEXT_MAX or not value.isprintable():
        return "", "AR121", f"is not a text of 1 to {TEXT_MAX} printable characters", ""
    return None


def read_text(value: Any) -> str | None:
    """The short printable text ``value``; None for None. Raises what ``flawed`` makes."""
    if value is None:
        return None
    if flaw := text_flaw(value):
        raise flawed(flaw)
    return value if type(value) is str else str.__str__(value)


def read_id(value: Any) -> str:
    """The record's own key ``value``, a short printable text that is never absent. Raises what ``flawed`` makes."""
    if flaw := text_flaw(value):
        raise flawed(flaw)
    return value if type(value) is str else str.__str__(value)


def number_or_flaw(value: Any, low: int, high: int) -> Decimal | Flaw:
    """The number ``value`` as an exact decimal, or what is wrong with it; a float counts as what it is printed as.

    Args:
        value: an int, Decimal or float of at most DECIMAL_PLACES decimals or trailing zeros.
        low: the least number that is right.
        high: the greatest number that is right.

    Returns:
        A Decimal from ``low`` to ``high``, else a flaw of AR115 or AR118.
    """
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, float)):
        return "", "AR115", "is not a number", ""
    number = Decimal(float.__repr__(value)) if isinstance(value, float) else value
    if isinstance(number, Decimal):
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int):
            return "", "AR118", "is not a finite number", ""
        # 1E-999999 is in most ranges, but would take a megabyte to write out.
        if abs(exponent) > DECIMAL_PLACES:
            return "", "AR118", f"has more than {DECIMAL_PLACES} decimals or zeros", ""
    if not low <= number <= high:
        return "", "AR118", f"is not from {low} to {high}", ""
    return Decimal(number)


def reader_of_numbers(low: int, high: int) -> Callable[[Any], Decimal | None]:
    """The check of a decimal field whose numbers lie from ``low`` to ``high``, both included."""

    def read_number(value: Any) -> Decimal | None:
        if value is None:
            return None
        number = number_or_flaw(value, low, high)
        if type(number) is tuple:
            raise flawed(number)
        return number  # type: ignore[return-value]

    return read_number


def words_of(source: Any) -> tuple[str, ...]:
    """The words of the annotation ``source``: ``Literal[...] | None`` or ``frozenset[Literal[...]] | None``."""
    inner = get_args(source)[0]
    members = get_args(inner)
    return tuple(members) if isinstance(members[0], str) else tuple(get_args(members[0]))


def reader_of_words(words: tuple[str, ...]) -> Callable[[Any], frozenset[str] | None]:
    """The check of a field that holds a set of ``words``, given as any list of at most FACTS_MAX of them."""
    known = {word: word for word in words}

    def read_words(value: Any) -> frozenset[str] | None:
        if value is None:
            return None
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise flawed(("", "AR115", "is not a list", "Give a list of words."))
        if len(value) > FACTS_MAX:
            raise flawed(("", "AR120", f"has more than {FACTS_MAX} words", ""))
        flaws: list[Flaw] = []
        for index, word in enumerate(value):
            if not isinstance(word, str) or word not in known:
                flaws.append((f"[{index}]", "AR117", "is not one of the words", partial(word_hint, words)))
        if flaws:
            raise flawed(*flaws)
        return frozenset([known[word] for word in value])  # the words themselves, whatever subclass was given

    return read_words


def word_hint(words: Iterable[str]) -> str:
    """The hint for a wrong word: the right ones, ``words``, in their order; of many the first WORDS_SHOWN.

    Which of them is nearest is not told, since that would tell what the wrong one nearly is.
    """
    known = list(words)
    more = "" if len(known) <= WORDS_SHOWN else f" and {len(known) - WORDS_SHOWN} others"
    return f"It is one of: {', '.join(known[:WORDS_SHOWN])}{more}."


def read_items(value: Any) -> tuple[Any, ...] | None:
    """The items of the list or tuple ``value``, each still unchecked, at most LIST_MAX; None for None.

    Raises what ``flawed`` makes.
    """
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise flawed(("", "AR115", "is not a list", "Leave it out if it is unknown; [] means that there are none."))
    if len(value) > LIST_MAX:
        raise flawed(("", "AR120", f"has more than {LIST_MAX} items", ""))
    return tuple(value)


def as_json(value: Any) -> Any:
    """``value`` as JSON has it, so that it reads back as the same: exact numbers, and sets in one order.

    A number becomes an int or a float where that is exact, else a text.
    """
    if isinstance(value, Decimal):
        if value == value.to_integral_value():
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    return value


AS_JSON: Final = core_schema.plain_serializer_function_ser_schema(as_json, when_used="json")


class FieldType:
    """The type of one field: its type and unit in a vocabulary, the core schema that checks it, and its JSON Schema.

    Core schemas are written out, since pydantic takes several times longer at import to make the same ones from
    annotations.

    Attributes:
        type: the type as rules know it (``date``, ``set``, ``choice``...).
        unit: the unit of its numbers, such as ``days/week``; empty if they have none.
        core: makes the pydantic core schema from the annotation of a field.
        json: the JSON Schema of the field; None where pydantic derives it from the core schema.
    """

    __slots__ = ("core", "json", "type", "unit")

    def __init__(
        self, type: str, unit: str, core: Callable[[Any], core_schema.CoreSchema], json: dict[str, Any] | None = None
    ) -> None:
        self.type = type
        self.unit = unit
        self.core = core
        self.json = json

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return self.core(source)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        if self.type == "set":
            words = {"enum": list(schema["metadata"]["words"])}
            return _or_null({"type": "array", "items": words, "maxItems": FACTS_MAX})
        return dict(self.json) if self.json is not None else handler(schema)


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _checked(read: Callable[[Any], Any]) -> Callable[[Any], core_schema.CoreSchema]:
    schema = core_schema.no_info_plain_validator_function(read, serialization=AS_JSON)
    return lambda source: schema


def _choice(source: Any) -> core_schema.CoreSchema:
    return core_schema.nullable_schema(core_schema.literal_schema(list(words_of(source))))


def _set(source: Any) -> core_schema.CoreSchema:
    words = words_of(source)
    return core_schema.no_info_plain_validator_function(
        reader_of_words(words), serialization=AS_JSON, metadata={"words": words}
    )


def _integer(unit: str, low: int, high: int) -> FieldType:
    schema = core_schema.nullable_schema(core_schema.int_schema(strict=True, ge=low, le=high))
    return FieldType("integer", unit, lambda source: schema)


_BOOLEAN_SCHEMA = core_schema.nullable_schema(core_schema.bool_schema(strict=True))
_TEXT_JSON = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
_DAYS_JSON = {"type": "array", "items": _READ_DAY_SCHEMA, "maxItems": LIST_MAX}
DAY_OR_NULL_SCHEMA: Final = _or_null(_READ_DAY_SCHEMA)
"""The JSON Schema of a day of a record, or null."""

CHOICE: Final = FieldType("choice", "", _choice)
SET: Final = FieldType("set", "", _set)

Day = Annotated[date | None, FieldType("date", "", _checked(read_day), DAY_OR_NULL_SCHEMA)]
Days = Annotated[
    tuple[date, ...] | None,
    FieldType("dates", "", _checked(read_days), _or_null(_DAYS_JSON)),
]
Boolean = Annotated[bool | None, FieldType("boolean", "", lambda source: _BOOLEAN_SCHEMA)]
Text = Annotated[str | None, FieldType("text", "", _checked(read_text), _or_null(_TEXT_JSON))]
Id = Annotated[str, FieldType("text", "", _checked(read_id), _TEXT_JSON)]
BenefitDays = Annotated[int | None, _integer("benefit days", 0, 100_000)]
Months = Annotated[int | None, _integer("months", 1, 1_200)]
DaysPerWeek = Annotated[int | None, _integer("days/week", 0, 7)]
HoursPerDay = Annotated[
    Decimal | None,
    FieldType(
        "decimal",
        "hours/day",
        _checked(reader_of_numbers(0, 24)),
        _or_null({"type": "number", "minimum": 0, "maximum": 24}),
    ),
]
