"""The questions of which no law changes between two days, by rules alone: time is all that changes their answers.

What such a question is answered on the later day is what it is answered then by the law of the earlier one, so that it
need not be asked again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from aava_rules.compiler.compile import CompiledRulebook, Query, QueryGroup
from aava_rules.decision.compare.standing import moving_parameters
from aava_rules.engine.table.solve.session import BlockSession, StandingBlock
from aava_rules.language.syntax import Condition, Expr, Fact, walk
from aava_rules.rulebook.dependencies import parameters_of, trees_of, upstream_facts
from aava_rules.rulebook.model import Parts, Rule, Ruleset


class Unmoved:
    """What is asked by the law of an earlier day besides, and what has the same answer without being asked.

    Attributes:
        book: the rulebook on both days.
    """

    def __init__(self, book: CompiledRulebook, standing: Parts, since: date, until: date) -> None:
        """The questions of a rulebook between two days of decision.

        Args:
            book: the rulebook.
            standing: its parts, standing still since ``since``.
            since: the earlier day of decision.
            until: the later one.
        """
        self.book = book
        self._parameters = moving_parameters(book.parts, standing, since, until)
        outcomes = [query.name for query in book.questions.values() if query.kind == "outcome"]
        self._groups = [*map(book.outcome_group, outcomes), *book.other_groups(None)]
        self._reads: dict[str, frozenset[str]] = {}
        """The outcomes that each question reads itself."""
        proofs = [proof.where for step in book.parts.steps.values() for proof in step.proof if proof.where is not None]
        self._all_move = bool(self._parameters & _parameters_behind(proofs, book.parts))
        self._moved: set[str] = set()
        """The questions whose own law is another one, whatever the record."""
        for group in self._groups:
            today = group.judged.index(None) if None in group.judged else None
            days = [group.segment(since), group.segment(until)]
            for index, query in enumerate(group.questions):
                rules = self._rules_of(query)
                trees = [tree for rule, ruleset in rules for tree in _trees(rule, ruleset)]
                read = _outcomes_behind(trees, book.parts)
                self._reads[query.full_name] = self._reads.get(query.full_name, frozenset()) | read
                moved = bool(self._parameters & _parameters_behind(trees, book.parts))
                if moved or (today is not None and _changes(group, index, today, [days])):
                    self._moved.add(query.full_name)

    def _rules_of(self, query: Query) -> list[tuple[Rule, Ruleset]]:
        """The rules of a question, and those that override them."""
        over = [other for rule, _ in query.rules for other in self.book.overriding.get(rule.id, ())]
        return [*query.rules, *over]

    def moved(self, earlier: BlockSession, later: BlockSession, standing: StandingBlock) -> frozenset[str]:
        """The questions, with their kinds before their names, that are to be asked by the law of the earlier day.

        Args:
            earlier: the clients on the earlier day.
            later: the same clients on the later day.
            standing: the same clients on the later day, by the law of the earlier.
        """
        names = self._reads.keys()
        if self._all_move:
            return frozenset(names)
        moved = set(self._moved)
        for group in self._groups:
            for scope, expr in enumerate(group.judged):
                asked = [
                    index
                    for index, query in enumerate(group.questions)
                    if scope in group.matters[index] and query.full_name not in moved
                ]
                if expr is None or not asked:
                    continue
                pairs = standing.segments_apart(group, expr, earlier, later)
                moved.update(
                    group.questions[index].full_name
                    for index in asked
                    if pairs is None or _changes(group, index, scope, pairs)
                )
        while more := {name for name in names if name not in moved and self._reads_one_of(name, moved)}:
            moved |= more
        return frozenset(moved)

    def _reads_one_of(self, name: str, moved: set[str]) -> bool:
        return any(f"outcome:{outcome}" in moved for outcome in self._reads[name])


def _changes(group: QueryGroup, index: int, scope: int, pairs: Iterable[Sequence[int]]) -> bool:
    """Whether the rules of a question stand otherwise in one of two segments of a judged day, for any of ``pairs``."""
    return any(len(group.alike(index, scope, sorted(set(pair)))) > 1 for pair in pairs)


def _trees(rule: Rule, ruleset: Ruleset) -> Iterator[Expr | Condition]:
    """What a rule reads, the values by default of its ruleset included."""
    yield from trees_of(rule)
    yield from (value for value in ruleset.otherwise.values() if not isinstance(value, frozenset))


def _outcomes_behind(trees: Iterable[Expr | Condition], parts: Parts) -> set[str]:
    """The outcomes that ``trees`` read, through facts too."""
    read = list(trees)
    read += [tree for fact in upstream_facts(read, parts.facts).values() for tree in fact.trees()]
    nodes = (node for tree in read for node in walk(tree))
    return {node.name for node in nodes if isinstance(node, Fact) and node.name in parts.outcomes}


def _parameters_behind(trees: Iterable[Expr | Condition], parts: Parts) -> set[str]:
    """The parameters that ``trees`` read, through facts too."""
    read = list(trees)
    upstream = upstream_facts(read, parts.facts).values()
    since = {fact.derivation.since for fact in upstream if fact.derivation is not None and fact.derivation.since}
    return since | parameters_of([*read, *(tree for fact in upstream for tree in fact.trees())])
