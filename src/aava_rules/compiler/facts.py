"""The names of a rulebook at run time: where the value of each comes from, and what parameters are on a day."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.compiler.inputs import InputReader
from aava_rules.compiler.plausible import Plausible
from aava_rules.compiler.ranges import Ranges
from aava_rules.compiler.rounds import facts_of_rounds, turns
from aava_rules.language.functions import FUNCTIONS, nullable
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Arith, Call, Expr, Fact, walk
from aava_rules.language.values import NONE, UNKNOWN, Interval, interval
from aava_rules.record.fields import LIST_OF_ITEM, lists
from aava_rules.rulebook.dependencies import depends_on_the_day, trees_of, upstream_facts
from aava_rules.rulebook.model import Derivation, Parts

CLIENT_FACTS: Final = ("birth_date", "municipality", "language", "protected")
"""The facts that the ``client`` part of a record gives."""
PREFER_DERIVED: Final = frozenset({"age"})
"""Facts that are derived even where they are given ready-made, if they can be: a birth date is surer."""


class FactPlan(Struct):
    """Where the value of one name comes from, and in which order: every engine carries it out in its own way.

    What the record gives ready-made counts first, then what its client part gives, then what follows from the
    derivation, then the default; with ``prefer_derived`` the derivation goes before what is given. What follows may be
    a number below zero, which is a value like any other; see `compiler.ranges`.

    Attributes:
        name: the fact or outcome.
        concluded: whether rules conclude it; it then counts on the day of decision alone.
        client: whether the ``client`` part of a record can give it.
        derivation: how it follows from the record's lists or from other facts; None if it does not.
        default: its value where nothing else gives one; None if it has none.
        prefer_derived: whether the derivation goes before what is given.
        of_the_day: whether it is a fact of the day: given for one day, and derived for the day of decision alone.
        sensitive: whether its value depends on the judged day, and not on the record alone.
    """

    name: str
    concluded: bool
    client: bool
    derivation: Derivation | None
    default: Expr | None
    prefer_derived: bool
    of_the_day: bool
    sensitive: bool

    @property
    def dated(self) -> bool:
        """Whether what is given of it counts on one day alone."""
        return self.concluded or self.of_the_day

    @property
    def derived(self) -> bool:
        """Whether it can have a value that is not given."""
        return self.derivation is not None or self.default is not None


class Vocabulary:
    """What the facts, parameters and outcomes of a rulebook need at run time; shared by all its records.

    Attributes:
        parts: what the rulebook is made of.
        plans: where the values of names come from, as far as they have been needed; see `plan`.
        compiled: what the reference engine has made of the plans, by name.
        inputs: what reads the ready-made facts of records.
        ranges: which numbers are never below zero.
        plausible: what given numbers can be at most.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.plans: dict[str, FactPlan] = {}
        self.compiled: dict[str, Any] = {}
        """What the engine of single records has made of the plans, by name."""
        self._sensitive: dict[str, bool] = {}
        self._rests_on_rules: dict[str, bool] = {}
        self._starts: dict[str, tuple[list[date], list[Any]]] = {}
        self.ranges = Ranges(parts)
        self.plausible = Plausible(parts)
        self._behind_defaults: frozenset[str] | None = None
        self._facts_of_rounds: frozenset[str] | None = None
        self._outcomes_turn: bool | None = None
        self.inputs = InputReader(parts.facts, parts.outcomes, self._preferred())

    def _preferred(self) -> dict[str, frozenset[str]]:
        """The facts that are derived where they can be, each with the facts without which it cannot be."""
        definitions = {name: self.parts.facts[name] for name in PREFER_DERIVED if name in self.parts.facts}
        return {
            name: self._needed(definition.derivation.value) if definition.default is None else frozenset()
            for name, definition in definitions.items()
            if definition.derivation is not None
        }

    def _needed(self, expr: Expr | str | None) -> frozenset[str]:
        """Facts that are not derived themselves, and without any one of which a term is unknown."""
        match expr:
            case Fact(name):
                definition = self.parts.facts.get(name)
                plain = definition is not None and definition.derivation is None and definition.default is None
                return frozenset({name}) if plain else frozenset()
            case Call(function, args) if FUNCTIONS[function].strict and not any(map(nullable, args)):
                return frozenset().union(*map(self._needed, args))
            case Arith(_, left, right) if not (nullable(left) or nullable(right)):
                return self._needed(left) | self._needed(right)
        return frozenset()

    def plan(self, name: str) -> FactPlan:
        """Where the value of the fact or outcome ``name`` comes from; a name that is neither has no value."""
        plan = self.plans.get(name)
        if plan is None:
            definition = self.parts.facts.get(name)
            plan = self.plans[name] = FactPlan(
                name,
                name in self.parts.outcomes,
                name in CLIENT_FACTS,
                definition.derivation if definition is not None else None,
                definition.default if definition is not None else None,
                name in PREFER_DERIVED,
                definition is not None and definition.of_the_day,
                self.sensitive(name),
            )
        return plan

    def sensitive(self, name: str) -> bool:
        """Whether the value of the fact or outcome ``name`` depends on the judged day, and not on the record alone."""
        sensitive = self._sensitive.get(name)
        if sensitive is None:  # derivations that go round in a circle are refused at load
            definition = self.parts.facts.get(name)
            sensitive = self._sensitive[name] = name in self.parts.outcomes or (
                definition is not None and depends_on_the_day(definition, self.sensitive)
            )
        return sensitive

    def rests_on_rules(self, name: str) -> bool:
        """Whether the value of ``name`` follows from what rules conclude, and not from the record and values alone."""
        rests = self._rests_on_rules.get(name)
        if rests is None:
            facts = self.parts.facts
            upstream = upstream_facts([Fact(name, "")], facts)
            trees = [tree for fact in upstream.values() for tree in fact.trees()]
            # what shows that a step is done is a test like any other
            proofs = [proof.where for step in self.parts.steps.values() for proof in step.proof]
            trees += [tree for tree in proofs if tree is not None]
            trees += [tree for fact in upstream_facts(trees, facts).values() for tree in fact.trees()]
            read = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
            rests = self._rests_on_rules[name] = not read.union([name]).isdisjoint(self.parts.outcomes)
        return rests

    @property
    def facts_of_rounds(self) -> frozenset[str]:
        """The facts that turn with the round of the client path, and rest on no rules; worked out once."""
        names: frozenset[str] | None = self._facts_of_rounds
        if names is None:
            of_rounds = facts_of_rounds(self.parts.facts, self.parts.steps)
            names = self._facts_of_rounds = frozenset(name for name in of_rounds if not self.rests_on_rules(name))
        return names

    @property
    def outcomes_turn(self) -> bool:
        """Whether an outcome may turn with the round of the client path; worked out once."""
        turn = self._outcomes_turn
        if turn is None:
            concluding = [rule for ruleset in self.parts.rulesets for rule in ruleset.rules if rule.then]
            trees = [tree for rule in concluding for tree in trees_of(rule)]
            turning = self.facts_of_rounds
            turn = self._outcomes_turn = any(turns(node, turning) for tree in trees for node in walk(tree))
        return turn

    @property
    def behind_defaults(self) -> frozenset[str]:
        """The facts from which others follow that are assumed as long as they do not; worked out once."""
        names: frozenset[str] | None = self._behind_defaults
        if names is None:
            facts = self.parts.facts
            assumed = [fact for fact in facts.values() if fact.default is not None and fact.derivation is not None]
            trees = [tree for fact in assumed for tree in fact.trees()]
            trees += [tree for fact in upstream_facts(trees, facts).values() for tree in fact.trees()]
            names = frozenset(node.name for tree in trees for node in walk(tree) if isinstance(node, Fact))
            self._behind_defaults = names
        return names

    def words_of(self, name: str) -> tuple[str, ...]:
        """Every word that a fact or a field of an item can be; empty if its words are not closed.

        Args:
            name: the fact, or the item and field (``plan.kind``). An outcome has no closed words: it may be not
                applicable, and then it is not known to be any of them.
        """
        definition = self.parts.facts.get(name)
        if definition is not None:
            return definition.words if definition.type == "choice" else ()
        singular, _, field = name.partition(".")
        info = lists()[LIST_OF_ITEM[singular]].fields.get(field) if singular in LIST_OF_ITEM else None
        return info.words if info is not None and info.type == "choice" and name != "event.step" else ()

    def boolean(self, name: str) -> Fact:
        """The term of the boolean fact ``name``, equal to that of a line of a rule that is its name alone."""
        derivation = self.parts.facts[name].derivation
        absent = derivation is not None and derivation.value is not None and nullable(derivation.value)
        return Fact(name, "boolean", "", absent, self.sensitive(name))

    def parameter(self, name: str, day: date | None) -> Any:
        """The value of the parameter ``name`` on ``day``; NONE where it has none, UNKNOWN without a day (None)."""
        if day is None:
            return UNKNOWN
        starts, values = self._timeline(name)
        position = bisect_right(starts, day) - 1
        value = values[position] if position >= 0 else None
        return NONE if value is None else value

    def parameter_since(self, name: str, day: date | None) -> Any:
        """The day since which a value has held; equal values in a row count as a single one.

        Args:
            name: the parameter.
            day: the day on which the value is in force; of None the answer is UNKNOWN.
        """
        if day is None:
            return UNKNOWN
        starts, values = self._timeline(name)
        position = bisect_right(starts, day) - 1
        while position > 0 and values[position - 1] == values[position]:
            position -= 1
        return starts[max(position, 0)]

    def between(self, name: str, first: date | None, last: date | None) -> Any:
        """What a numeric parameter may be on some day of a stretch of time: a value, an Interval, NONE or UNKNOWN.

        Args:
            name: the parameter.
            first: the first day; None: as early as may be.
            last: the last day; None: as late as may be.
        """
        starts, values = self._timeline(name)
        low = 0 if first is None else bisect_right(starts, first)
        high = len(starts) if last is None else bisect_right(starts, last)
        possible = [values[position - 1] if position else None for position in range(low, high + 1)]
        if low == 0 and starts and starts[0] == date.min:
            possible = possible[1:]  # what always held has no day before it
        numbers = [value for value in possible if isinstance(value, (int, Decimal)) and not isinstance(value, bool)]
        if not numbers:
            return NONE if not any(value is not None for value in possible) else UNKNOWN
        if len(numbers) + possible.count(None) < len(possible):
            return UNKNOWN
        absent = None in possible
        return interval(min(numbers), max(numbers)) if not absent else Interval(min(numbers), max(numbers), absent=True)

    def _timeline(self, name: str) -> tuple[list[date], list[Any]]:
        if name not in self._starts:
            values = self.parts.parameters[name].values
            self._starts[name] = ([v.start or date.min for v in values], [v.value for v in values])
        return self._starts[name]
