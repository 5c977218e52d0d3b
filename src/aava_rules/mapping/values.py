"""The values of fields and ready-made facts: what a value of a mapping file means, and what a cell must be to be right.

Fields are checked by their own types in ``record.items``, so that a wrong cell is told with its row and column, and not
only as a path of the record that it became part of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from aava_rules.language.values import FIRST_DAY, LAST_DAY
from aava_rules.mapping.cells import CellFault, Forms, reader
from aava_rules.record.checks import TEXT_MAX, FieldType
from aava_rules.record.facts import FACT_NUMBER_MAX
from aava_rules.record.items import Event

Check = Callable[[Any], Any]
"""Returns a value that is right for its field. Raises CellFault."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a cell becomes.

    Attributes:
        name: the field or fact.
        type: its type as in a vocabulary.
        words: its words, if they are closed.
        check: what holds its values against what the record may have there.
    """

    name: str
    type: str
    words: tuple[str, ...]
    check: Check

    @property
    def many(self) -> bool:
        """Whether its values are lists."""
        return self.type in ("dates", "set")

    @property
    def member_type(self) -> str:
        """The type of the members of a list, or of the value itself."""
        return {"dates": "date", "set": "choice"}.get(self.type, self.type)

    def constant(self, value: Any) -> Any:
        """What ``value``, as YAML has it, means for this field; None for null and ``unknown``. Raises CellFault."""
        if value is None or value == "unknown":
            return None
        read = reader(self.member_type, Forms(), self.words)
        if self.many:
            members = value if isinstance(value, list) else [value]
            return self.check([read(member) for member in members])
        if isinstance(value, (list, dict)):
            raise CellFault("AR162", "is not one value")
        return self.check(read(value))


@lru_cache(maxsize=256)
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    shape = next(part for part in info.metadata if isinstance(part, FieldType))
    field: Any = Annotated[info.annotation, shape]
    return TypeAdapter(field)


def field_target(model: type[BaseModel], name: str, type: str, words: tuple[str, ...], steps: Iterable[str]) -> Target:
    """What a cell of a field of the record becomes.

    Args:
        model: the model of the item or client.
        name: the field.
        type: its type as in a vocabulary.
        words: its words; of a step, those that every rulebook has.
        steps: the steps that a rulebook adds.
    """
    adapter = _adapter(model, name)
    context = frozenset(steps)

    def check(value: Any) -> Any:
        try:
            adapter.validate_python(value, context=context)
        except ValidationError as error:
            fault = _in_words(error)
        else:
            return value
        # outside the handler: a chained ValidationError would carry the value into logs
        raise fault

    if model is Event and name == "step":
        words = (*words, *sorted(context))
    return Target(name, type, words, check)


def _in_words(error: ValidationError) -> CellFault:
    flaw = error.errors(include_url=False, include_input=False)[0]
    kind, context = flaw["type"], flaw.get("ctx", {})
    if kind == "record":
        _, code, what, hint = context["flaws"][0]
        return CellFault(code, what, hint() if callable(hint) else hint)
    if kind == "greater_than_equal":
        return CellFault("AR118", f"is less than {context['ge']}")
    if kind == "less_than_equal":
        return CellFault("AR118", f"is more than {context['le']}")
    return CellFault("AR115", "is not what this field holds")


def fact_target(name: str, type: str, words: tuple[str, ...]) -> Target:
    """What a cell of a ready-made fact becomes: ``name``, its ``type`` in a vocabulary, and its ``words``."""

    def check(value: Any) -> Any:
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            low = -FACT_NUMBER_MAX if type == "money" else 0
            if not low <= value <= FACT_NUMBER_MAX:
                raise CellFault("AR118", f"is not from {low} to {FACT_NUMBER_MAX}")
        elif isinstance(value, date):
            if not FIRST_DAY <= value <= LAST_DAY:
                raise CellFault("AR116", "is outside the days that are read")
        elif isinstance(value, str) and not (1 <= len(value) <= TEXT_MAX and value.isprintable()):
            raise CellFault("AR121", f"is not a text of 1 to {TEXT_MAX} printable characters")
        return Decimal(value) if type == "money" else value

    return Target(name, type, words, check)
