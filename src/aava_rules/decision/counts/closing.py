"""Which numbers of a table are closed, so that no number of few clients can be worked out of those that are told.

The table has a row for each area and a column for each answer; every client stands once in it. What is told besides is
how many clients each area has, and the sums of the columns, which are the row of all areas. A reader may use all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from aava_rules.decision.compare.counts import FEWEST, hides

Cell = tuple[int, int]
"""A row and a column; the row ``ALL`` has the sums of the columns."""
ALL: Final = -1


def is_small(clients: int) -> bool:
    """Whether so many ``clients`` are few: one at least, and fewer than 10. That there is nobody is told."""
    return 0 < clients < FEWEST


def closed_cells(rows: Sequence[Sequence[int]]) -> frozenset[Cell]:
    """The cells that are not told.

    Those of few clients are closed, and with them so many others that in each line whose sum is told two at least are
    closed, of ten clients together at least, and that no closed cell follows from all that is told.

    Args:
        rows: by area and answer, how many clients; each row has 10 at least in all.
    """
    table = _Table(rows)
    for cell in table.cells:
        if is_small(table.clients[cell]):
            table.closed.add(cell)
    while True:
        table.close_lines()
        followed = table.that_follows()
        if followed is None or not table.loosen(followed):
            return frozenset(table.closed)


class _Table:
    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.rows = range(len(rows))
        self.columns = range(len(rows[0]) if rows else 0)
        self.clients: dict[Cell, int] = {
            (row, column): clients for row, cells in enumerate(rows) for column, clients in enumerate(cells)
        }
        for column in self.columns:
            self.clients[ALL, column] = sum(cells[column] for cells in rows)
        self.closed: set[Cell] = set()

    @property
    def cells(self) -> Iterable[Cell]:
        return self.clients

    # -- lines

    def close_lines(self) -> None:
        """Close cells until each line hides those that are closed in it: rows, then sums that nothing else can hide."""
        while any(self._close_row(row) for row in (*self.rows, ALL)) or any(map(self._close_column, self._columns())):
            pass

    def _columns(self) -> list[int]:
        """The columns, those first of which nothing can be closed but the sum."""
        return sorted(self.columns, key=lambda column: len(self._others(column)) > 0)

    def _others(self, column: int) -> list[Cell]:
        """The open cells of a column that have clients, which hide those that are closed in it."""
        cells = [(row, column) for row in self.rows]
        return [cell for cell in cells if self.clients[cell] and cell not in self.closed]

    def _hides(self, line: list[Cell]) -> bool:
        """Whether the sum of the closed cells of a line tells none of them. Cells of nobody hide nothing."""
        closed = [self.clients[cell] for cell in line if cell in self.closed and self.clients[cell]]
        return not any(cell in self.closed for cell in line) or hides(sum(closed), len(closed))

    def _close_row(self, row: int) -> bool:
        line = [(row, column) for column in self.columns]
        return not self._hides(line) and self._close_next(line, lambda cell: (not self.clients[cell], False))

    def _close_column(self, column: int) -> bool:
        line = [(row, column) for row in self.rows]
        if (ALL, column) in self.closed or self._hides(line):
            return False
        # first where the row has closed cells already, so that no others have to be closed for it
        if self._close_next(self._others(column), lambda cell: (not self._has_closed(cell), self._is_alone(cell))):
            return True
        self.closed.add((ALL, column))
        return True

    def _has_closed(self, cell: Cell) -> bool:
        return any((cell[0], column) in self.closed for column in self.columns)

    def _is_alone(self, cell: Cell) -> bool:
        """Whether all clients of its row are in a cell, so that it could not be closed without those of nobody."""
        return all(not self.clients[cell[0], column] for column in self.columns if column != cell[1])

    def _close_next(self, line: list[Cell], order: Callable[[Cell], tuple[bool, bool]]) -> bool:
        """Close one more cell of a line, the one of the fewest clients; False if all are closed."""
        is_open = [cell for cell in line if cell not in self.closed]
        if not is_open:
            return False
        self.closed.add(min(is_open, key=lambda cell: (*order(cell), self.clients[cell], cell)))
        return True

    # -- all that is told, together

    def that_follows(self) -> Cell | None:
        """A closed cell that can have one value only by all that is told; None: there is none.

        Clients are moved among closed cells in ways that leave all that is told as it is. Such a way is a circle: from
        the row of a cell to its column if the cell gets one more, back if it gets one less, and between the columns
        and the row of all areas where their sums are closed. A cell with no circle through it has its value alone.
        """
        arcs: dict[tuple[str, int], set[tuple[str, int]]] = {}
        for cell in self.closed:
            more, less = _ends(cell)
            arcs.setdefault(more, set()).add(less)
            if self.clients[cell] > 1:  # a closed cell has somebody, as far as a reader knows
                arcs.setdefault(less, set()).add(more)
        for cell in sorted(self.closed):
            start, end = _ends(cell)
            if not _reaches(arcs, end, start) and not (self.clients[cell] > 1 and _reaches(arcs, start, end)):
                return cell
        return None

    def loosen(self, cell: Cell) -> bool:
        """Close the sum of the column of ``cell``, or another sum, or another cell of its row, or any; False if all are
        closed: nothing is told then but how many clients each area has, so that nobody knows who is in a cell at all.
        """
        sums = [(ALL, cell[1]), *((ALL, column) for column in self.columns)]
        row = [(cell[0], column) for column in self.columns]
        everything = [*sums, *row, *sorted(self.clients)]
        is_open = [other for other in everything if other not in self.closed]
        self.closed.update(is_open[:1])
        return bool(is_open)


def _ends(cell: Cell) -> tuple[tuple[str, int], tuple[str, int]]:
    """From where to where a client goes that a cell gets: of an area to the column, of a sum from it."""
    row, column = cell
    return (("column", column), ("row", ALL)) if row == ALL else (("row", row), ("column", column))


def _reaches(arcs: dict[tuple[str, int], set[tuple[str, int]]], start: tuple[str, int], end: tuple[str, int]) -> bool:
    """Whether a way leads from ``start`` to ``end`` that is not the arc between them."""
    waiting = [place for place in arcs.get(start, ()) if place != end]
    seen = {start, *waiting}
    while waiting:
        place = waiting.pop()
        for other in arcs.get(place, ()):
            if other == end:
                return True
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return False
