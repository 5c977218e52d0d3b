"""What cells mean, worked out once for each distinct one: the columns of a register repeat few cells many times.

The meaning is that of ``assemble``, which is asked with a row that has only the cells in question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from aava_rules.mapping.assemble import counts
from aava_rules.mapping.cells import CellFault, known
from aava_rules.mapping.columns import NOT_FOUND, Columns
from aava_rules.mapping.plan import Column, FieldPlan, Filter, SourceRow
from aava_rules.mapping.source_mapping import SourceMapping

WRONG: Final = -1
"""The number of a cell that is wrong; its client's record tells why."""

_PLAIN_KEY: Final = re.compile(r"[A-Za-z][\w-]*|\d+", re.ASCII)
"""Keys that are the same in a record, and no identity codes, which have digits and then a sign."""


class Meanings(dict[Any, int]):
    """The numbers of distinct cells, or tuples of cells, and what each means.

    Attributes:
        by_number: what the cells mean, by their numbers. Cells of one meaning may have several numbers.
    """

    def __init__(self, meaning: Callable[[Any], Any]) -> None:
        """Args:
        meaning: what a cell means. Raises CellFault if it is wrong.
        """
        super().__init__()
        self._meaning = meaning
        self.by_number: list[Any] = []

    def __missing__(self, cell: Any) -> int:
        number = self[cell] = self.number(cell)
        return number

    def number(self, cell: Any) -> int:
        """A new number for what ``cell`` means, or WRONG."""
        try:
            value = self._meaning(cell)
        except Exception:  # a cell whose own code fails is wrong too
            return WRONG
        self.by_number.append(value)
        return len(self.by_number) - 1

    def numbers(self, cells: Sequence[Any]) -> list[int]:
        """The number of each of ``cells``."""
        try:
            return list(map(self.__getitem__, cells))
        except TypeError:  # an object, as JSON has them, is no key
            return [self.number(cell) if isinstance(cell, dict) else self[hashable(cell)] for cell in cells]


def hashable(cell: Any) -> Any:
    """``cell``, or the tuple of what is in it if it is a list."""
    return tuple(map(hashable, cell)) if isinstance(cell, list) else cell


def field_meanings(mapping: SourceMapping, plan: FieldPlan, columns: Columns) -> Meanings:
    """What the cells of a field mean: of one column its cell, of several a tuple of theirs.

    Args:
        mapping: what the source means.
        plan: the field.
        columns: the rows, for what reads their cells.
    """
    assembler = mapping._assembler
    names = [column.alias for column in plan.columns]

    def meaning(cell: Any) -> Any:
        parts = cell if len(names) > 1 else (cell,)
        if any(part is NOT_FOUND for part in parts):
            raise CellFault("AR167", "is not found")
        cells = {name: columns.read(name, part) for name, part in zip(names, parts, strict=True)}
        faults: list[str] = []
        fields = assembler._fields(SourceRow("", cells), (plan,), {}, faults)
        if faults:
            raise CellFault("AR162", "is wrong")
        return fields.get(plan.name)

    return Meanings(meaning)


def member_meanings(mapping: SourceMapping, plan: FieldPlan, columns: Columns) -> Meanings:
    """What the cells of a child's column mean.

    Args:
        mapping: what the source means.
        plan: the field that the child fills.
        columns: the child's rows, for what reads their cells.
    """
    assembler, child = mapping._assembler, plan.child
    assert child is not None
    name = child.column
    return Meanings(lambda cell: assembler._member(SourceRow("", {name: columns.read(name, cell)}), plan, name))


def list_member_meanings(mapping: SourceMapping, plan: FieldPlan, member: Callable[[str], Any] | None) -> Meanings:
    """What the texts of members of a list mean; WRONG also of those that are unknown, which only the whole list tells.

    Args:
        mapping: what the source means.
        plan: the field.
        member: what makes a cell of the text of a member; None: it is that text.
    """

    def meaning(text: str) -> Any:
        cell = known(member(text) if member else text, mapping.forms)
        value = None if cell is None else plan.read(cell)
        if value is None:
            raise CellFault("AR162", "is unknown")
        return value

    return Meanings(meaning)


def key_meaning(mapping: SourceMapping, column: Column, *, hash: bool) -> Callable[[Any], str | None]:
    """What reads the opaque key in a cell; None if it is empty. It raises CellFault if that is no key.

    Args:
        mapping: what the source means.
        column: the column of the key.
        hash: whether an opaque key is made of the cell.
    """
    assembler, unknown = mapping._assembler, mapping.forms.unknown
    as_it_is = not hash and not column.lookups

    def meaning(cell: Any) -> str | None:
        if type(cell) is int and not hash:
            return str(cell)
        # most keys are of this kind, and each is looked at
        if as_it_is and type(cell) is str and _PLAIN_KEY.fullmatch(cell) and cell not in unknown:
            return cell
        faults: list[str] = []
        key = assembler._key(SourceRow("", {column.alias: cell}), column, hash, faults)
        if faults:
            raise CellFault("AR165", "is no key")
        return key

    return meaning


def filter_meanings(mapping: SourceMapping, filter: Filter, names: Sequence[str]) -> Meanings:
    """Whether a row with certain cells, a tuple, counts.

    Args:
        mapping: what the source means.
        filter: which rows count.
        names: the columns of the cells.
    """
    return Meanings(lambda cells: counts(filter, dict(zip(names, cells, strict=True)), mapping.forms))


def item_meanings(mapping: SourceMapping, plans: Sequence[FieldPlan], names: Sequence[str]) -> Meanings:
    """Whether a row with certain cells, a tuple, has an item at all.

    Args:
        mapping: what the source means.
        plans: the fields of the item.
        names: the columns of the cells.
    """
    assembler = mapping._assembler
    return Meanings(lambda cells: assembler._has_cell(SourceRow("", dict(zip(names, cells, strict=True))), plans))
