"""Rules -> questions: overrides, exceptions, ``otherwise`` and applicability become formulas.

A question is an outcome, a requirement of an item, or a suggested step. Each of its possible answers has one formula;
whatever evaluates formulas can answer it.
"""

from __future__ import annotations

from typing import Any

from aava_rules.compiler.bind import BoundRule
from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.features import FeatureTable, Literal
from aava_rules.compiler.formula import FALSE, TRUE, Formula, conj, disj, neg
from aava_rules.compiler.implicants import Canonizer, CompiledFormula
from aava_rules.compiler.program import BROKEN, KNOWN, MET, NOT_APPLICABLE, Case, Question, RuleForms, ValueGroup
from aava_rules.language.syntax import All, Always, Any_, Condition, Const, Expr, Not, Truth


class Lowering:
    """Turns the bound rules of one tuple of segments into formulas over one table of features.

    Conditions are entered first, so that every test is known before the values of a feature are cut into cells;
    `finish` then lays the features out and makes the formulas.

    Attributes:
        vocabulary: the names of the rulebook.
        features: the features.
        rules: every rule in force by id, once it is finished.
        canonizer: what works out prime implicants over the features, once it is finished.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.features = FeatureTable(vocabulary.words_of, vocabulary.ranges.never_negative)
        self.rules: dict[str, RuleForms] = {}
        self._entered: dict[str, _Entered] = {}

    def enter(self, bound: BoundRule) -> None:
        """Enter the conditions of the rule ``bound``; a rule is entered once."""
        if bound.rule.id in self._entered:
            return
        rule = bound.rule
        parts = [self._condition(bound.when, bound.scope)]
        if rule.needs_judgement:
            parts.append(self._judgement(bound))
        if bound.in_doubt:
            # law that is not verified may require something else, so not even a test that fails settles it
            doubt = Literal(self.features.feature("doubt", (), rule.id, bound.scope), ("true",))
            if bound.doubt_where is None:
                parts = [doubt]
            else:  # of all others the conditions count
                where = self._condition(bound.doubt_where, bound.scope)
                parts = [("any", (("all", (where, doubt)), ("all", (("not", where), *parts))))]
        unless = None if bound.unless is None else self._condition(bound.unless, bound.scope)
        require = None if bound.require is None else self._condition(bound.require, bound.scope)
        self._entered[rule.id] = _Entered(bound, tuple(parts), unless, require)

    def _judgement(self, bound: BoundRule) -> Any:
        fact = bound.rule.needs_judgement
        if fact == "true":
            return Literal(self.features.feature("judgement", (), bound.rule.id, bound.scope), ("true",))
        literal = self.features.literal(Truth(self.vocabulary.boolean(fact)), bound.scope)
        assert isinstance(literal, Literal)
        literal.feature.judgement = True
        return literal

    def _condition(self, node: Condition, scope: int) -> Any:
        match node:
            case Always(holds):
                return holds
            case All(items):
                return ("all", tuple(self._condition(item, scope) for item in items))
            case Any_(items):
                return ("any", tuple(self._condition(item, scope) for item in items))
            case Not(item):
                return ("not", self._condition(item, scope))
            case _:
                return self.features.literal(node, scope)

    def finish(self) -> None:
        """Lay out the features and make the formulas of every rule."""
        self.features.lay_out()
        self.canonizer = Canonizer([feature.bits for feature in self.features.features.values()])
        self._over: dict[str, list[_Entered]] = {}
        for entered in self._entered.values():
            for rule_id in entered.bound.rule.overrides:
                self._over.setdefault(rule_id, []).append(entered)
        for entered in self._entered.values():
            self._complete(entered)

    def _complete(self, entered: _Entered) -> None:
        """Make the formulas of a rule, those of the rules that override it first."""
        if entered.complete:
            return
        entered.complete = True
        self._make_applies(entered)
        over = self._over.get(entered.bound.rule.id, ())
        for other in over:
            self._make_applies(other)
        entered.unbeaten = conj(*[neg(other.applies) for other in over])
        entered.active = conj(entered.applies, entered.unbeaten)
        self.rules[entered.bound.rule.id] = self._forms(entered)

    def _make_applies(self, entered: _Entered) -> None:
        if not entered.has_applies:
            entered.has_applies = True
            entered.when_holds = conj(*[self._formula(part) for part in entered.when])
            entered.unless_holds = FALSE if entered.unless is None else self._formula(entered.unless)
            entered.requires = TRUE if entered.require is None else self._formula(entered.require)
            entered.applies = conj(entered.when_holds, neg(entered.unless_holds))

    def _formula(self, node: Any) -> Formula:
        """The formula of a condition that was entered."""
        match node:
            case bool():
                return TRUE if node else FALSE
            case Literal():
                return node.formula(self.features.full)
            case ("not", item):
                return neg(self._formula(item))
            case ("all", items):
                return conj(*(self._formula(item) for item in items))
            case ("any", items):
                return disj(*(self._formula(item) for item in items))
        raise TypeError(node)

    def form(self, formula: Formula) -> CompiledFormula:
        """The ``formula`` with its prime implicants, over these features."""
        return CompiledFormula(formula, self.canonizer)

    def _forms(self, entered: _Entered) -> RuleForms:
        requires = None if entered.bound.require is None else self.form(entered.requires)
        return RuleForms(entered.bound, self.form(entered.applies), self.form(entered.active), requires)

    # -- questions

    def outcome(self, name: str, is_set: bool, rule_ids: list[str], otherwise: Any, scope: int = 0) -> Question:
        """The question of an outcome.

        Args:
            name: the outcome.
            is_set: whether it is a set of words.
            rule_ids: the rules that conclude it; those not in force are passed over.
            otherwise: its value where no rule holds: a term, or a set of words; None if it has none.
            scope: the number of the judged day on which that term is read.
        """
        entered = [self._entered[rule_id] for rule_id in rule_ids if rule_id in self._entered]
        none_holds = conj(*[neg(rule.applies) for rule in entered])
        if is_set:
            question = self._set(name, entered, none_holds, otherwise)
        else:
            question = self._single(name, entered, none_holds, otherwise, scope)
        question.otherwise = otherwise
        return question

    def _set(self, name: str, entered: list[_Entered], none_holds: Formula, otherwise: Any) -> Question:
        members: dict[str, list[Formula]] = {}
        for rule in entered:
            for word in rule.bound.then[name]:
                members.setdefault(word, []).append(rule.active)
        for word in otherwise or ():
            members.setdefault(word, []).append(none_holds)
        forms = {word: self.form(disj(*members[word])) for word in sorted(members)}
        return Question(
            "outcome", name, tuple([self.rules[rule.bound.rule.id] for rule in entered]), is_set=True, members=forms
        )

    def _single(
        self, name: str, entered: list[_Entered], none_holds: Formula, otherwise: Expr | None, first: int
    ) -> Question:
        """The question of an outcome of one value: its values in order, ``otherwise``, and that it does not apply."""
        grouped: dict[tuple[Any, int], list[_Entered]] = {}
        for rule in entered:
            grouped.setdefault(same_value(rule.bound.then[name], rule.bound.scope), []).append(rule)
        fallback = None if otherwise is None else same_value(otherwise, first)
        formulas = {value: disj(*[rule.active for rule in alike]) for value, alike in grouped.items()}
        groups, cases = [], []
        for value, alike in grouped.items():
            rivals = [neg(formula) for other, formula in formulas.items() if other != value]
            alone = conj(formulas[value], *rivals)
            if value == fallback:
                alone = disj(alone, none_holds)
            expr, scope = value[0], max(value[1], 0)
            ids = tuple([rule.bound.rule.id for rule in alike])
            groups.append(ValueGroup(expr, scope, self.form(formulas[value]), ids))
            cases.append(Case(KNOWN, self.form(alone), expr, scope))
        every = list(formulas.values())
        pairs = [conj(a, b) for i, a in enumerate(every) for b in every[i + 1 :]]
        outside = conj(*[neg(formula) for formula in every])
        if otherwise is not None:
            form = self.form(none_holds)
            cases.append(Case(KNOWN, form, otherwise, first, default=True, implied=fallback in grouped))
            outside = conj(outside, neg(none_holds))
        cases.append(Case(NOT_APPLICABLE, self.form(outside)))
        return Question(
            "outcome",
            name,
            tuple([self.rules[rule.bound.rule.id] for rule in entered]),
            cases=tuple(cases),
            groups=tuple(groups),
            any_value=self.form(disj(*every)),
            conflict=self.form(disj(*pairs)),
        )

    def requirement(self, name: str, rule_ids: list[str]) -> Question:
        """The question whether an item keeps the requirement ``name``, of the rules ``rule_ids``."""
        entered = [self._entered[rule_id] for rule_id in rule_ids if rule_id in self._entered]
        broken = disj(*[conj(rule.active, neg(rule.requires)) for rule in entered])
        applies = disj(*[rule.active for rule in entered])
        # where only the exception is open, what is required being kept settles it: no rule can be broken
        excepted = disj(*[conj(rule.when_holds, rule.unless_holds, rule.requires, rule.unbeaten) for rule in entered])
        cases = (
            Case(NOT_APPLICABLE, self.form(neg(applies))),
            Case(MET, self.form(conj(disj(applies, excepted), neg(broken)))),
            Case(BROKEN, self.form(broken)),
        )
        return Question("requirement", name, tuple([self.rules[rule.bound.rule.id] for rule in entered]), cases=cases)

    def suggestion(self, name: str, rule_ids: list[str]) -> Question:
        """The question whether the step ``name`` is suggested, by the rules ``rule_ids``."""
        entered = [self._entered[rule_id] for rule_id in rule_ids if rule_id in self._entered]
        rules = []
        for rule in entered:
            counts = conj(rule.when_holds, rule.unbeaten)
            # what is excepted is not suggested, whether its conditions hold or not
            excluded = self.form(disj(neg(counts), rule.unless_holds))
            rules.append(RuleForms(rule.bound, self.form(counts), excluded, self.rules[rule.bound.rule.id].requires))
        return Question("step", name, tuple(rules))


class _Entered:
    """A rule with its conditions and, once features are laid out, their formulas: whether it applies, whether no other
    rule overrides it (``unbeaten``), and whether it counts (``active``).
    """

    __slots__ = ("active", "applies", "bound", "complete", "has_applies", "require", "requires", "unbeaten", "unless",
                 "unless_holds", "when", "when_holds")  # fmt: skip

    def __init__(self, bound: BoundRule, when: tuple[Any, ...], unless: Any, require: Any) -> None:
        self.bound, self.when, self.unless, self.require = bound, when, unless, require
        self.when_holds = self.requires = self.applies = self.unbeaten = self.active = TRUE
        self.unless_holds = FALSE
        self.has_applies = self.complete = False


def same_value(value: Expr, scope: int) -> tuple[Expr, int]:
    """What two equal conclusions share: the value if it is constant, else the term and its judged day.

    Args:
        value: the term that is concluded.
        scope: the number of the day on which it is judged.

    Returns: a key, equal for equal conclusions.
    """
    return (Const(value.value, ""), -1) if isinstance(value, Const) else (value, scope)
