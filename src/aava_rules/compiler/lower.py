"""Rules -> questions: overrides, exceptions, `otherwise` and applicability become formulas.

A question is an outcome, a requirement of an item, or a suggested step. Each of its possible
answers has one formula; whatever evaluates formulas can answer it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aava_rules.compiler.bind import BoundRule
from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.features import Atom, Layout
from aava_rules.compiler.implicants import FALSE, TRUE, Canonizer, Conj, Disj, Form, Formula, Neg
from aava_rules.engine.reference.evaluate import Reader, reader
from aava_rules.language.syntax import All, Always, Any_, Condition, Const, Expr, Not, Truth

NOT_APPLICABLE = "not_applicable"
CONFLICT = "conflict"


# Written out, as dataclasses are compiled when a program starts.


class RuleForms:
    """One rule of a question: whether it holds, whether it counts (is not overridden), what it says."""

    __slots__ = ("active", "bound", "due", "holds", "requires", "then")

    def __init__(
        self, bound: BoundRule, holds: Form, active: Form, requires: Form | None, then: dict[str, Any],
        due: Reader | None,
    ) -> None:  # fmt: skip
        self.bound, self.holds, self.active, self.requires = bound, holds, active, requires
        self.then, self.due = then, due


class Group:
    """The rules that conclude one and the same value, constant or computed."""

    __slots__ = ("expr", "form", "rules", "scope", "value")

    def __init__(self, value: Reader, expr: Expr, scope: int, form: Form, rules: tuple[str, ...]) -> None:
        self.value, self.expr, self.scope, self.form, self.rules = value, expr, scope, form, rules


class FoldedQuestion:
    """A question on one tuple of segments, with the formulas of its answers.

    ``in_doubt``: the law of that day has not been read. ``rules`` are those in force. For a scalar
    outcome ``groups`` are its values, ``only`` the formula of each value being the answer (or
    the fallback ``otherwise``); for a set, ``members``; for a requirement, ``met``, ``broken``.
    """

    __slots__ = (
        "broken", "conflict", "fallback_alone", "groups", "in_doubt", "kind", "members", "met", "name",
        "not_applicable", "only", "otherwise", "otherwise_expr", "otherwise_form", "rules", "some", "whole",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, rules: tuple[RuleForms, ...]) -> None:
        self.kind, self.name, self.rules = kind, name, rules
        self.in_doubt = False
        self.groups: tuple[Group, ...] = ()
        self.only: tuple[Form, ...] = ()
        self.some: Form | None = None
        self.whole = False
        """Whether it is an outcome of whole numbers, of which bounds are told while several are open."""
        self.otherwise: Any = None
        self.otherwise_expr: Expr | None = None
        self.otherwise_form: Form | None = None
        self.fallback_alone = True
        """Whether no rule gives the same value as ``otherwise``."""
        self.not_applicable: Form | None = None
        self.conflict: Form | None = None
        self.members: dict[str, Form] = {}
        self.met: Form | None = None
        self.broken: Form | None = None


class Folder:
    """Turns the bound rules of one frame into formulas over one layout.

    Conditions are entered first, so that every test is known before a variable is cut; `finish`
    then lays the variables out and makes the forms.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.layout = Layout(vocabulary.words_of)
        self._entered: dict[str, _Entered] = {}

    def enter(self, bound: BoundRule) -> None:
        """Enter the conditions of a rule; a rule is entered once."""
        if bound.rule.id in self._entered:
            return
        rule = bound.rule
        parts = [self._condition(bound.when, bound.scope)]
        if rule.needs_judgement:
            parts.append(self._judgement(bound))
        if bound.in_doubt:
            # the law that nobody has read may ask something else, so not even a test that fails settles it
            parts = [Atom(self.layout.variable("doubt", (), rule.id, bound.scope), ("true",))]
        unless = None if bound.unless is None else self._condition(bound.unless, bound.scope)
        require = None if bound.require is None else self._condition(bound.require, bound.scope)
        self._entered[rule.id] = _Entered(bound, tuple(parts), unless, require)

    def entered(self, rule_id: str) -> BoundRule | None:
        """The rule as it stands in this frame; None if it is not in force."""
        found = self._entered.get(rule_id)
        return None if found is None else found.bound

    def forms(self, rule_id: str) -> RuleForms | None:
        """What a rule says in this frame; None if it is not in force."""
        found = self._entered.get(rule_id)
        return None if found is None else self._forms(found)

    def _judgement(self, bound: BoundRule) -> Any:
        fact = bound.rule.needs_judgement
        if fact == "true":
            return Atom(self.layout.variable("judgement", (), bound.rule.id, bound.scope), ("true",))
        atom = self.layout.atom(Truth(self.vocabulary.boolean(fact)), bound.scope)
        assert isinstance(atom, Atom)
        atom.variable.judgement = True
        return atom

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
                return self.layout.atom(node, scope)

    def finish(self) -> None:
        """Lay out the variables and make the formula of every rule."""
        self.layout.lay_out()
        self.canonizer = Canonizer([variable.bits for variable in self.layout.variables.values()])
        full = self.layout.full
        over: dict[str, list[Formula]] = {}
        for entered in self._entered.values():
            entered.when_holds = conj(*[_formula(part, full) for part in entered.when])
            entered.unless_holds = FALSE if entered.unless is None else _formula(entered.unless, full)
            entered.requires = TRUE if entered.require is None else _formula(entered.require, full)
            entered.applies = conj(entered.when_holds, neg(entered.unless_holds))
            for rule_id in entered.bound.rule.overrides:
                over.setdefault(rule_id, []).append(neg(entered.applies))
        for rule_id, entered in self._entered.items():
            entered.stands = conj(*over.get(rule_id, ()))
            entered.active = conj(entered.applies, entered.stands)

    def form(self, formula: Formula) -> Form:
        """The formula made ready over this layout."""
        return Form(formula, self.canonizer)

    def _forms(self, entered: _Entered) -> RuleForms:
        bound = entered.bound
        then = {name: value if isinstance(value, frozenset) else reader(value) for name, value in bound.then.items()}
        return RuleForms(
            bound,
            self.form(entered.applies),
            self.form(entered.active),
            None if bound.require is None else self.form(entered.requires),
            then,
            None if bound.due is None else reader(bound.due),
        )

    # -- questions

    def outcome(self, name: str, is_set: bool, rule_ids: list[str], otherwise: Any) -> FoldedQuestion:
        """The question of an outcome, decided by these rules; ``otherwise`` is an Expr, a set or None."""
        entered = [self._entered[rule_id] for rule_id in rule_ids if rule_id in self._entered]
        rules = tuple(self._forms(one) for one in entered)
        question = FoldedQuestion("outcome", name, rules)
        none_holds = conj(*[neg(one.applies) for one in entered])
        if is_set:
            self._set(question, entered, none_holds, otherwise)
        else:
            self._scalar(question, entered, none_holds, otherwise)
        return question

    def _set(self, question: FoldedQuestion, entered: list[_Entered], none_holds: Formula, otherwise: Any) -> None:
        members: dict[str, list[Formula]] = {}
        for one in entered:
            for word in one.bound.then[question.name]:
                members.setdefault(word, []).append(one.active)
        for word in otherwise or ():
            members.setdefault(word, []).append(none_holds)
        for word in sorted(members):
            question.members[word] = self.form(disj(*members[word]))

    def _scalar(self, question: FoldedQuestion, entered: list[_Entered], none_holds: Formula, otherwise: Any) -> None:
        grouped: dict[tuple[Any, int], list[_Entered]] = {}
        for one in entered:
            grouped.setdefault(_same(one.bound.then[question.name], one.bound.scope), []).append(one)
        fallback = None if otherwise is None else _same(otherwise, 0)
        formulas = {value: disj(*[one.active for one in alike]) for value, alike in grouped.items()}
        groups, only = [], []
        for value, alike in grouped.items():
            others = [neg(formula) for other, formula in formulas.items() if other != value]
            alone = conj(formulas[value], *others)
            if value == fallback:
                alone = disj(alone, none_holds)
            expr, scope = value
            ids = tuple([one.bound.rule.id for one in alike])
            groups.append(Group(reader(expr), expr, max(scope, 0), self.form(formulas[value]), ids))
            only.append(self.form(alone))
        question.groups, question.only = tuple(groups), tuple(only)
        every = list(formulas.values())
        question.some = self.form(disj(*every))
        pairs = [conj(a, b) for i, a in enumerate(every) for b in every[i + 1 :]]
        question.conflict = self.form(disj(*pairs))
        nothing = conj(*[neg(formula) for formula in every])
        if otherwise is None:
            question.not_applicable = self.form(nothing)
        else:
            question.otherwise = reader(otherwise)
            question.otherwise_expr = otherwise
            question.otherwise_form = self.form(none_holds)
            question.fallback_alone = fallback not in grouped
            question.not_applicable = self.form(conj(nothing, neg(none_holds)))

    def requirement(self, name: str, rule_ids: list[str]) -> FoldedQuestion:
        """The question whether an item keeps a requirement."""
        entered = [self._entered[rule_id] for rule_id in rule_ids if rule_id in self._entered]
        question = FoldedQuestion("requirement", name, tuple(self._forms(one) for one in entered))
        broken = disj(*[conj(one.active, neg(one.requires)) for one in entered])
        applies = disj(*[one.active for one in entered])
        # where only the exception is open, what is required being kept settles it: no rule can be broken
        excepted = disj(*[conj(one.when_holds, one.unless_holds, one.requires, one.stands) for one in entered])
        question.broken = self.form(broken)
        question.not_applicable = self.form(neg(applies))
        question.met = self.form(conj(disj(applies, excepted), neg(broken)))
        return question

    def suggestion(self, name: str, rule_ids: list[str]) -> FoldedQuestion:
        """The question whether a step is suggested."""
        entered = [self._entered[rule_id] for rule_id in rule_ids if rule_id in self._entered]
        rules = []
        for one in entered:
            forms = self._forms(one)
            forms.holds = self.form(conj(one.when_holds, one.stands))
            forms.active = self.form(conj(one.when_holds, one.stands, one.unless_holds))
            rules.append(forms)
        return FoldedQuestion("step", name, tuple(rules))


class _Entered:
    """A rule with its conditions and, once variables are laid out, their formulas: whether it applies,
    whether no other rule overrides it, and whether it counts."""

    __slots__ = ("active", "applies", "bound", "require", "requires", "stands", "unless", "unless_holds", "when",
                 "when_holds")  # fmt: skip

    def __init__(self, bound: BoundRule, when: tuple[Any, ...], unless: Any, require: Any) -> None:
        self.bound, self.when, self.unless, self.require = bound, when, unless, require
        self.when_holds = self.requires = self.applies = self.stands = self.active = TRUE
        self.unless_holds = FALSE


def _same(value: Expr, scope: int) -> tuple[Expr, int]:
    """What tells two conclusions apart: the value if it is constant, else the term and its judged day."""
    return (Const(value.value, ""), -1) if isinstance(value, Const) else (value, scope)


def _formula(node: Any, full: int) -> Formula:
    match node:
        case bool():
            return TRUE if node else FALSE
        case Atom():
            return node.formula(full)
        case ("not", item):
            return neg(_formula(item, full))
        case ("all", items):
            return conj(*(_formula(item, full) for item in items))
        case (_, items):
            return disj(*(_formula(item, full) for item in items))
    raise TypeError(node)


def _joined(kind: Callable[[tuple[Formula, ...]], Formula], neutral: Formula, stop: Formula) -> Any:
    def join(*items: Formula) -> Formula:
        kept = tuple([item for item in items if item is not neutral])
        if len(kept) < 2:
            return kept[0] if kept else neutral
        for item in kept:
            if item is stop:
                return stop
        return kind(kept)

    return join


conj: Callable[..., Formula] = _joined(Conj, TRUE, FALSE)
disj: Callable[..., Formula] = _joined(Disj, FALSE, TRUE)


def neg(item: Formula) -> Formula:
    """The opposite of a formula."""
    if item is TRUE:
        return FALSE
    if item is FALSE:
        return TRUE
    return item.item if isinstance(item, Neg) else Neg(item)
