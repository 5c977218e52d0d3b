"""A cube of cells in the words of the rule files."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aava_rules.compiler.features import Layout
from aava_rules.language.syntax import Compare, Const, Fact, Has, IsNone, OneOf, Test, Truth
from aava_rules.tools.lint.formulas import describe_cube

AGE = Fact("age", "integer", "years")
DAY = Fact("day", "date", nullable=True)
OTHER = Fact("other", "date")
KIND = Fact("kind", "choice")
BOTH = Fact("both", "set")
OLD = Fact("old", "boolean")


@pytest.mark.parametrize(
    ("test", "passed", "failed"),
    [
        (Compare(">=", AGE, Const(18, "integer")), "age >= 18", "not age >= 18"),
        (Compare("<", DAY, OTHER), "day < other", "not day < other"),
        (Compare("==", KIND, Const("main", "choice")), "kind in [main]", "not kind in [main]"),
        (Compare("!=", KIND, Const("main", "choice")), "not kind in [main]", "kind in [main]"),
        (OneOf(KIND, ("side", "main")), "kind in [main, side]", "not kind in [main, side]"),
        (Has(BOTH, "main"), "main in both", "not main in both"),
        (Truth(OLD), "old", "not old"),
        (Compare("==", OLD, Const(False, "boolean")), "not old", "old"),
        (IsNone(DAY), "day is none", "not day is none"),
    ],
    ids=str,
)
def test_one_test(test: Test, passed: str, failed: str) -> None:
    """What passes a test, and what fails it, is said as the test is written."""
    layout = Layout(lambda name: ())
    atom = layout.atom(test, 0)
    assert not isinstance(atom, bool)
    layout.lay_out()
    variable = atom.variable
    frame = SimpleNamespace(variables=tuple(layout.variables.values()))
    cells = variable.cubes[atom.test]
    others = layout.full & ~variable.bits
    assert describe_cube(others | cells, frame) == passed  # type: ignore[arg-type]
    assert describe_cube(others | variable.bits & ~cells, frame) == failed  # type: ignore[arg-type]
    assert describe_cube(layout.full, frame) == ""  # type: ignore[arg-type]
