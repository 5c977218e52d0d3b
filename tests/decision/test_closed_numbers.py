"""No number of few clients can be worked out of what is told: by linear algebra, by bounds, and of whole registers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

import aava_rules
from aava_rules.decision.compare.counts import FEWEST, hides
from aava_rules.decision.counts.closing import ALL, closed_cells
from aava_rules.decision.counts.counts import CountTable, StatusCounts

Equation = tuple[dict[int, int], int]
"""Coefficients of unknown cells by their number, and what they add up to."""

CLIENTS = st.one_of(st.just(0), st.integers(1, 9), st.integers(1, 9), st.integers(10, 60))
TABLES = st.integers(2, 5).flatmap(
    lambda answers: st.lists(
        st.lists(CLIENTS, min_size=answers, max_size=answers).filter(lambda row: sum(row) >= FEWEST),
        min_size=1, max_size=5,
    )
)  # fmt: skip

ANY_TABLES = st.integers(2, 5).flatmap(
    lambda answers: st.lists(st.lists(CLIENTS, min_size=answers, max_size=answers), min_size=1, max_size=6)
)
"""With municipalities of fewer than ten clients too."""


def _equations(table: CountTable) -> tuple[list[tuple[int, int]], list[Equation]]:
    """What a reader knows of the closed cells: each line that is told adds up to its sum."""
    rows = table.rows
    cells = {
        (number, column): count for number, row in enumerate(rows) for column, count in enumerate(row.counts)
    }  # fmt: skip
    unknown = [place for place, count in cells.items() if count is None]
    number_of = {place: number for number, place in enumerate(unknown)}
    equations: list[Equation] = []

    def add(line: list[tuple[tuple[int, int], int]], total: int) -> None:
        coefficients: dict[int, int] = {}
        for place, factor in line:
            count = cells[place]
            if count is None:
                coefficients[number_of[place]] = factor
            else:
                total -= factor * count
        equations.append((coefficients, total))

    columns = range(len(table.answers))
    for number, row in enumerate(rows):
        add([((number, column), 1) for column in columns], row.clients)
    if len(rows) > 1:
        for column in columns:
            add([*(((number, column), 1) for number in range(1, len(rows))), ((0, column), -1)], 0)
    return unknown, equations


def _settled_by_algebra(unknowns: int, equations: list[Equation]) -> set[int]:
    """The unknown numbers that the equations settle: those that are zero in every solution of the homogeneous system."""
    matrix = [[Fraction(coefficients.get(column, 0)) for column in range(unknowns)] for coefficients, _ in equations]
    pivots: list[int] = []
    for column in range(unknowns):
        below = next((row for row in range(len(pivots), len(matrix)) if matrix[row][column]), None)
        if below is None:
            continue
        place = len(pivots)
        matrix[place], matrix[below] = matrix[below], matrix[place]
        pivot = matrix[place][column]
        matrix[place] = [value / pivot for value in matrix[place]]
        for row, values in enumerate(matrix):
            if row != place and values[column]:
                factor = values[column]
                matrix[row] = [value - factor * own for value, own in zip(values, matrix[place], strict=True)]
        pivots.append(column)
    free = set(range(unknowns)) - set(pivots)
    return {column for row, column in enumerate(pivots) if not any(matrix[row][other] for other in free)}


def _bounds(unknowns: int, equations: list[Equation], least: int) -> list[tuple[int, int]]:
    """The bounds of each unknown number that follow from all equations, narrowed until nothing follows any more."""
    most = max((abs(total) for _, total in equations), default=0) + 1000
    bounds = [(least, most)] * unknowns
    for _ in range(20):
        before = list(bounds)
        for coefficients, total in equations:
            for number, factor in coefficients.items():
                others = [(bounds[other], f) for other, f in coefficients.items() if other != number]
                low = sum(min(f * low, f * high) for (low, high), f in others)
                high = sum(max(f * low, f * high) for (low, high), f in others)
                ends = sorted((factor * (total - low), factor * (total - high)))
                bounds[number] = max(bounds[number][0], ends[0]), min(bounds[number][1], ends[1])
        if bounds == before:
            break
    return bounds


def _follows(table: CountTable, least: int) -> list[tuple[int, int]]:
    """The closed cells whose value a reader can tell, by algebra or by bounds, who takes each for ``least`` at least."""
    unknown, equations = _equations(table)
    settled = _settled_by_algebra(len(unknown), equations)
    for number, (low, high) in enumerate(_bounds(len(unknown), equations, least)):
        if low == high:
            settled.add(number)
    return [unknown[number] for number in sorted(settled)]


def _register(rows: list[list[int]]) -> list[dict[str, object]]:
    """Clients whose answers to the outcome ``employment_authority`` are so distributed."""
    words = sorted(_book().outcomes["employment_authority"].words)
    return [
        {"id": f"{area}-{answer}-{number}", "client": {"municipality": f"M{area}"},
         "facts": {"employment_authority": words[answer]}}
        for area, row in enumerate(rows) for answer, clients in enumerate(row) for number in range(clients)
    ]  # fmt: skip


@cache
def _book() -> aava_rules.Rulebook:
    return aava_rules.load("finland", plugins=False)


def _counted(rows: list[list[int]]) -> StatusCounts:
    book = _book()
    tally = book.tally("2024-06-30", ["employment_authority"])
    words = sorted(book.outcomes["employment_authority"].words)
    codes = [*words, "unknown", "conflict"]
    for area, row in enumerate(rows):
        answers = {(f"M{area}", codes[answer]): clients for answer, clients in enumerate(row) if clients}
        if answers:
            tally.add_block({f"M{area}": sum(row)}, [answers])
    return book.counted(tally)


@given(ANY_TABLES)
@example([[10, 9], [200, 12]])
@example([[9, 9, 0], [30, 40, 0]])
@example([[9, 1, 0], [0, 12, 30], [11, 0, 7]])
@example([[5, 20, 30, 0], [20, 5, 0, 30], [30, 0, 5, 20]])
def test_no_closed_cell_follows_from_all_that_is_told(rows: list[list[int]]) -> None:
    """Neither linear algebra nor bounds over the printed lines give a closed number; small ones are all closed."""
    counts = _counted(rows)
    for table in counts.tables:
        assert _follows(table, 0) == []
        if all(count for row in rows for count in row) and len(table.rows) > len(
            rows
        ):  # no cell of nobody is there to be closed
            assert _follows(table, 1) == []
        for row in table.rows:
            assert all(count is None or count == 0 or count >= FEWEST for count in row.counts)
            assert row.clients >= FEWEST


@given(TABLES)
def test_in_each_line_whose_sum_is_told_ten_clients_at_least_are_closed_together(rows: list[list[int]]) -> None:
    """What is closed of a row or column is no small number either, and not of one cell alone."""
    table = {(row, column): count for row, cells in enumerate(rows) for column, count in enumerate(cells)}
    sums = [sum(cells) for cells in zip(*rows, strict=True)]
    table |= {(ALL, column): count for column, count in enumerate(sums)}
    closed = closed_cells(rows)
    columns = range(len(sums))
    lines = [[(row, column) for column in columns] for row in (*range(len(rows)), ALL)]
    lines += [[(row, column) for row in range(len(rows))] for column in columns if (ALL, column) not in closed]
    for line in lines:
        hidden = [table[cell] for cell in line if cell in closed]
        if hidden:
            assert len(hidden) >= 2
            assert sum(hidden) >= FEWEST


def test_small_tables_have_several_ways_in_which_all_that_is_told_can_be_so() -> None:
    """By trying all: each closed cell has two values at least among the tables that look the same to a reader."""
    for rows in _small_tables():
        closed = closed_cells(rows)
        cells = [cell for cell in sorted(closed) if cell[0] != ALL]
        if not cells:
            continue
        sums = [sum(column) for column in zip(*rows, strict=True)]
        values: dict[tuple[int, int], set[int]] = {cell: set() for cell in cells}
        ways = 0
        for choice in product(range(18), repeat=len(cells) - len({row for row, _ in cells})):
            filled = _filled(rows, cells, choice)
            if filled is None or min(min(row) for row in filled) < 0:
                continue
            theirs = [sum(column) for column in zip(*filled, strict=True)]
            if all((ALL, column) in closed or theirs[column] == sums[column] for column in range(len(sums))):
                ways += 1
                for row, column in cells:
                    values[row, column].add(filled[row][column])
        assert ways >= 2, rows
        assert all(len(of_cell) >= 2 for of_cell in values.values()), rows


def _small_tables() -> Iterator[list[list[int]]]:
    for first, second in product(((9, 3), (5, 12), (10, 1), (11, 11), (0, 15)), repeat=2):
        yield [list(first), list(second)]
    yield [[9, 3, 0], [5, 12, 11]]
    yield [[10, 0, 2], [0, 15, 1]]


def _filled(rows: list[list[int]], cells: list[tuple[int, int]], choice: tuple[int, ...]) -> list[list[int]] | None:
    """The table with ``choice`` in the closed cells; the last closed cell of a row makes its sum right."""
    filled, chosen = [list(row) for row in rows], iter(choice)
    for row in {row for row, _ in cells}:
        *free, last = [column for at, column in cells if at == row]
        for column in free:
            filled[row][column] = next(chosen)
        filled[row][last] = 0
        filled[row][last] = sum(rows[row]) - sum(filled[row])
    return filled


def test_a_sum_tells_nothing_of_its_parts_only_if_it_may_be_made_up_otherwise() -> None:
    """Two cells at least, ten clients at least, and not all as empty or as full as closed cells may be."""
    assert not hides(9, 2)
    assert hides(10, 2)
    assert not hides(10, 1)
    assert not hides(18, 2)
    assert hides(19, 2)
    assert not hides(12, 12)
    assert hides(13, 12)


def test_municipalities_of_few_clients_are_counted_together() -> None:
    """None of fewer than ten clients has a row, nor can its number be taken from the sum; the next larger joins them."""
    counts = _counted([[40, 20], [7, 0], [30, 30], [0, 13]])
    (table,) = counts.tables
    assert [(row.area.kind, row.area.name, row.clients) for row in table.rows] == [
        ("all", "", 140), ("municipality", "M0", 60), ("municipality", "M2", 60), ("others", "", 20),
    ]  # fmt: skip
    two_of_nine = _counted([[40, 20], [9, 0], [9, 0], [12, 0]]).tables[0]
    assert [row.clients for row in two_of_nine.rows] == [90, 60, 30]


@given(ANY_TABLES)
def test_no_number_of_a_small_municipality_follows_from_the_sums(rows: list[list[int]]) -> None:
    """Each row is of one municipality of ten clients at least, or of several whose sum tells none of them."""
    small = [sum(row) for row in rows if 0 < sum(row) < FEWEST]
    for table in _counted(rows).tables:
        named = [row.clients for row in table.rows if row.area.kind == "municipality"]
        together = [row.clients for row in table.rows if row.area.kind == "others"]
        assert all(clients >= FEWEST for clients in named)
        if small and len(table.rows) > 1:
            assert together[0] >= sum(small)
            assert hides(together[0], len(rows) - len(named) - sum(not any(row) for row in rows))


def test_of_fewer_than_ten_clients_nothing_is_told() -> None:
    """No table, and not even how many there are; of nobody that there is nobody."""
    counts = _counted([[4, 5]])
    assert (counts.clients, counts.tables) == (None, ())
    assert "fewer than 10" in counts.text("en")
    assert _counted([]).clients == 0


def test_counts_of_several_days_close_the_same_of_the_same_numbers() -> None:
    """The answers of a day do not depend on which other days or questions were asked beside it."""
    register = _register([[40, 3], [30, 12], [25, 25]])
    book = _book()
    alone = book.counts(register, "2024-06-30", ["employment_authority"])
    beside = book.counts(register, ["2024-06-30", "2024-Q1"], ["employment_authority", "organiser"])
    assert set(alone.tables) <= set(beside.tables)
    first, second = (table for table in beside.tables if table.name == "employment_authority")
    assert first.rows == second.rows
