"""A cell that a client's own system filled is no formula in anybody's spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

import aava_rules
from aava_rules.tools.reports.cells import safe_cell
from aava_rules.tools.reports.report import Csv


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x; =1+1;@a", "x;' =1+1;'@a"),
        ("a; b", "a; b"),
        ("a=1;b+2", "a=1;b+2"),
        ("", ""),
    ],
)
def test_what_begins_a_cell_is_no_formula(text: str, cell: str) -> None:
    """Whether the spreadsheet separates cells by commas or, as in Finland and Sweden, by semicolons."""
    assert safe_cell(text) == cell


def test_no_cell_of_the_report_is_a_formula_for_either_separator() -> None:
    """The id of a client is the host's text."""
    rulebook = aava_rules.load("finland", plugins=False)
    decision = rulebook.decide({"id": "x;=1+1", "periods": [{"id": "p;@1", "days_per_week": 5}]}, "2016-02-01")
    out = io.StringIO()
    Csv().write([decision], out, "fi")
    for separator in ",;":
        rows = list(csv.reader(io.StringIO(out.getvalue()), delimiter=separator))
        assert len(rows) > 1
        assert not [cell for row in rows for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@"))]
