"""How much one client may have: what is beyond is a fault of that client, not a call that goes on for hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aava_rules.language.errors import Fault, RecordError
from aava_rules.language.structs import Struct, public
from aava_rules.record.items import MODELS

_LISTS: Final = tuple(MODELS)


@public
class Limits(Struct):
    """The limits of one record. They are far beyond what a client's life fills; a join that went wrong reaches them.

    Attributes:
        items: the most items of one list; none is read that has more than 100,000.
        items_in_all: the most items of all lists of a record.
        answers: the most answers about items (requirements and steps, for each item that they are about) that one
            decision may be asked for.
    """

    items: int = 10_000
    items_in_all: int = 20_000
    answers: int = 500_000


LIMITS: Final = Limits()
"""The limits where a host says nothing else."""


def exceeded(limits: Limits, counts: Mapping[str, Any], questions: Mapping[str, int]) -> Any:
    """Whether a client has more than ``limits`` allow; of arrays of clients, an array.

    Args:
        limits: the limits.
        counts: the number of items, by list: whole numbers, or arrays of them with one for each client.
        questions: the number of requirements and steps that are asked of each item, by list.
    """
    over: Any = sum(counts.values()) > limits.items_in_all
    over |= sum(count * questions.get(name, 0) for name, count in counts.items()) > limits.answers
    for count in counts.values():
        over |= count > limits.items
    return over


def too_many(counts: Mapping[str, int], questions: Mapping[str, int], limits: Limits) -> list[Fault]:
    """The faults of a client who has more than the ``limits`` allow.

    Args:
        counts: the number of items, by list.
        questions: the number of requirements and steps that are asked of each item, by list.
        limits: the limits.
    """
    hint = "Load the rulebook with higher limits if that many are meant."
    faults = [
        Fault(name, "AR120", f"has more than {limits.items} items", hint=hint)
        for name, count in counts.items()
        if count > limits.items
    ]
    if not faults and sum(counts.values()) > limits.items_in_all:
        faults.append(Fault("record", "AR120", f"has more than {limits.items_in_all} items in all lists", hint=hint))
    if not faults and sum(count * questions.get(name, 0) for name, count in counts.items()) > limits.answers:
        what = f"has so many items that more than {limits.answers} answers about them are asked"
        faults.append(Fault("record", "AR120", what, hint=f"Ask for fewer with `only`. {hint}"))
    return faults


def check(record: Any, questions: Mapping[str, int], limits: Limits) -> None:
    """Raises RecordError if ``record`` has more than the ``limits`` allow; ``questions`` are those of `too_many`."""
    fields = record.__dict__
    counts = {name: len(fields[name] or ()) for name in _LISTS}
    if exceeded(limits, counts, questions):
        raise RecordError("record", too_many(counts, questions, limits))
