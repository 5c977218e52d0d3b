"""Formulas of one program compared as decision diagrams: whether one says the same as another, or can never hold.

A diagram is exact over the finitely many cells, and there is only one for all formulas that say the same. Where it
would have too many nodes, nothing is said, and the check that asked says so (AR230).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aava_rules.compiler.diagrams import Diagrams, TooManyNodes, Vertex
from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.features import FeatureTable
from aava_rules.compiler.formula import FALSE, TRUE, Formula, Lit, conj, disj, neg
from aava_rules.compiler.lower import same_value
from aava_rules.compiler.program import Program, Question, RuleForms
from aava_rules.language.syntax import All, Always, Any_, Condition, Not


class Logic:
    """What can be asked of the formulas of one program.

    Attributes:
        program: the program.
        diagrams: the diagrams of its formulas.
        too_large: whether some formula would have had too large a diagram, so that nothing was said of it.
    """

    def __init__(self, program: Program, vocabulary: Vocabulary) -> None:
        self.program = program
        self.diagrams = Diagrams([feature.bits for feature in program.features])
        self.too_large = False
        self._table = FeatureTable(vocabulary.words_of, vocabulary.ranges.never_negative)
        self._table.features = {(f.kind, f.terms, f.word, f.scope): f for f in program.features}
        self._table.full = program.full
        self._conditions: dict[tuple[Condition, int], Formula] = {}

    def vertex(self, formula: Formula) -> Vertex | None:
        """The diagram of ``formula``; None if it would be too large."""
        try:
            return self.diagrams.of(formula)
        except TooManyNodes:
            self.too_large = True
            return None

    def never(self, formula: Formula) -> bool:
        """Whether ``formula`` holds in no cell; False where that is not settled."""
        return self.vertex(formula) is False

    def same(self, first: Formula, second: Formula) -> bool:
        """Whether two formulas, ``first`` and ``second``, hold in the same cells; False where that is not settled."""
        vertex = self.vertex(first)
        return vertex is not None and vertex is self.vertex(second)

    def condition(self, node: Condition, scope: int) -> Formula:
        """The formula of a condition whose tests all stand in the program.

        Args:
            node: the condition, bound to the stretch of time of the program.
            scope: the number of the judged day on which it is read.
        """
        formula = self._conditions.get((node, scope))
        if formula is None:
            formula = self._conditions[node, scope] = self._condition(node, scope)
        return formula

    def _condition(self, node: Condition, scope: int) -> Formula:
        match node:
            case Always(holds):
                return TRUE if holds else FALSE
            case All(items):
                return conj(*[self.condition(item, scope) for item in items])
            case Any_(items):
                return disj(*[self.condition(item, scope) for item in items])
            case Not(item):
                return neg(self.condition(item, scope))
            case _:
                literal = self._table.literal(node, scope)
                if isinstance(literal, bool):
                    return TRUE if literal else FALSE
                return literal.formula(self.program.full)

    def cube(self, cube: int) -> Formula:
        """The formula of a conjunction, ``cube``: a mask over the cells of all features."""
        return conj(*[
            Lit(self.program.full & ~feature.bits | cube & feature.bits, feature.bits)
            for feature in self.program.features
            if cube & feature.bits != feature.bits
        ])  # fmt: skip

    # -- questions without one of their rules

    def answers(self, question: Question, without: str = "") -> Iterator[tuple[object, Formula]]:
        """What decides the answer to a question: the formula of each value, word or state, by what tells them apart.

        Args:
            question: a question of the program.
            without: the id of a rule that is left out; empty to leave none out.
        """
        rules = [forms for forms in question.rules if forms.bound.rule.id != without]
        by_answer: dict[object, list[Formula]] = {}
        for forms in rules:
            active = self._active(forms, without)
            for key, formula in _conclusions(question, forms, active):
                by_answer.setdefault(key, []).append(formula)
        if question.kind == "outcome" and question.otherwise is not None:
            # whether a rule applies at all settles `otherwise`
            by_answer["none applies"] = [neg(disj(*[forms.holds.formula for forms in rules]))]
        for key, formulas in by_answer.items():
            yield key, disj(*formulas)

    def _active(self, forms: RuleForms, without: str) -> Formula:
        """Whether a rule counts where the rule ``without`` is not there."""
        over = [
            other.holds.formula
            for other in self.program.rules.values()
            if forms.bound.rule.id in other.bound.rule.overrides and other.bound.rule.id != without
        ]
        return conj(self.applies(forms), *map(neg, over))

    def applies(self, forms: RuleForms) -> Formula:
        """Whether the conditions of a rule hold and its exception does not; ``forms`` are the rule's."""
        return self.program.rules[forms.bound.rule.id].holds.formula


def _conclusions(question: Question, forms: RuleForms, active: Formula) -> Iterator[tuple[object, Formula]]:
    """What a rule says where it counts; what it says in words of its own is another thing."""
    bound, message = forms.bound, forms.bound.rule.message
    if question.kind == "requirement":
        requires = TRUE if forms.requires is None else forms.requires.formula
        yield ("applies", message), active
        yield ("broken", message), conj(active, neg(requires))
    elif question.kind == "step":
        yield ("suggested", str(bound.due), bound.scope, message), active
    elif question.is_set:
        yield from (((word, message), active) for word in bound.then[question.name])
    else:
        yield (same_value(bound.then[question.name], bound.scope), message), active


def differing(first: Iterable[tuple[object, Formula]], second: Iterable[tuple[object, Formula]], logic: Logic) -> bool:
    """Whether two ways to answer a question may differ in some cell, or that is not settled.

    Args:
        first: the formula of each answer, by what tells answers apart.
        second: the same in the other way; an answer that is not there never holds.
        logic: what compares formulas.
    """
    left, right = dict(first), dict(second)
    return any(not logic.same(left.get(key, FALSE), right.get(key, FALSE)) for key in left.keys() | right.keys())
