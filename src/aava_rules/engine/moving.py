"""What of a rulebook can change with the day of decision at all: the rest need not be looked at again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.program import Feature, Program
from aava_rules.engine.reference.features import feature_readers
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.syntax import Call, Condition, DecisionDate, Expr, Fact, ItemField, Param, walk

_MOVING: Final = "moving"


class Moving:
    """Which features, tests and facts of a rulebook may change with the day of decision."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """What moves by the names of a rulebook, ``vocabulary``, which holds what was found for all records."""
        self._vocabulary = vocabulary
        self._moving: dict[Any, bool] = vocabulary.compiled.setdefault(_MOVING, {})

    def of_program(self, program: Program) -> tuple[tuple[Feature, Callable[[Scope], int]], ...]:
        """The features of ``program`` that may change with the day of decision, with their readers."""
        moving: tuple[tuple[Feature, Callable[[Scope], int]], ...] | None = program.compiled.get(_MOVING)
        if moving is None:
            pairs = zip(program.features, feature_readers(program), strict=True)
            moving = tuple((f, read) for f, (read, _) in pairs if any(map(self._is_term_moving, f.terms)))
            program.compiled[_MOVING] = moving
        return moving

    def of_test(self, tree: Condition) -> bool:
        """Whether the test ``tree``, which the rulebook holds for good, may change with the day of decision."""
        moving = self._moving.get(id(tree))
        if moving is None:
            moving = self._moving[id(tree)] = self._is_term_moving(tree)
        return moving

    def _is_term_moving(self, tree: Expr | Condition) -> bool:
        for node in walk(tree):
            match node:
                case DecisionDate() | Param() | ItemField("period", "end"):
                    return True
                case Call(name) if name in ("done", "date_of", "day_in"):
                    return True
                case Fact() | ItemField(derived=True) if self._is_fact_moving(str(node)):
                    return True
        return False

    def _is_fact_moving(self, name: str) -> bool:
        moving = self._moving.get(name)
        if moving is None:
            plan = self._vocabulary.plan(name)
            derivation, default = plan.derivation, plan.default
            moving = plan.concluded or (default is not None and self._is_term_moving(default))
            if derivation is not None and not moving:
                if derivation.kind == "test":
                    moving = derivation.where is not None and self._is_term_moving(derivation.where)
                elif derivation.value is not None:
                    moving = self._is_term_moving(derivation.value)
                else:
                    moving = not (derivation.kind == "count" and derivation.field)
            self._moving[name] = moving
        return moving
