"""A cube of cells in the words of the rule files."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from aava_rules.compiler.features import FeatureTable
from aava_rules.language.syntax import Compare, Const, Fact, Has, IsNone, OneOf, Test, Truth
from aava_rules.tools.lint.programs import cube_in_words

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
    table = FeatureTable(lambda name: (), lambda term: False)
    literal = table.literal(test, 0)
    assert not isinstance(literal, bool)
    table.lay_out()
    feature = literal.feature
    program = SimpleNamespace(features=tuple(table.features.values()))
    cells = feature.masks[literal.test]
    rest = table.full & ~feature.bits
    assert cube_in_words(rest | cells, program) == [passed]  # type: ignore[arg-type]
    assert cube_in_words(rest | feature.bits & ~cells, program) == [failed]  # type: ignore[arg-type]
    assert cube_in_words(table.full, program) == []  # type: ignore[arg-type]
