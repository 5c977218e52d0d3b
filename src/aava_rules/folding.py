"""Rules -> questions: overrides, exceptions, `otherwise` and applicability become formulas.

A question is an outcome, a requirement of an item, or a suggested step. Each of its possible
answers has one formula; whatever evaluates formulas can answer it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .binding import BoundRule
from .canonical import FALSE, TRUE, Canonizer, Conj, Disj, Form, Formula, Neg
from .cells import Atom, Layout
from .evaluation import Reader, reader
from .expression import All, Always, Any_, Condition, Const, Expr, Not, Truth
from .vocabulary import Vocabulary

NOT_APPLICABLE = "not_applicable"
CONFLICT = "conflict"


@dataclass(slots=True)
class RuleForms:
    """One rule of a question: whether it holds, whether it counts (is not overridden), what it says."""

    bound: BoundRule
    holds: Form
    active: Form
    requires: Form | None
    then: dict[str, Any]
    due: Reader | None


@dataclass(slots=True)
class Group:
    """The rules that conclude one and the same value, constant or computed."""

    value: Reader
    expr: Expr
    scope: int
    form: Form
    rules: tuple[str, ...]


@dataclass(slots=True)
class FoldedQuestion:
    """A question on one tuple of segments, with the formulas of its answers.

    ``in_doubt``: the law of that day has not been read. ``rules`` are those in force. For a scalar
    outcome ``groups`` are its values, ``only`` the formula of each value being the answer (or
    the fallback ``otherwise``); for a set, ``members``; for a requirement, ``met``, ``broken``.
    """

    kind: str
    name: str
    rules: tuple[RuleForms, ...]
    in_doubt: bool = False
    groups: tuple[Group, ...] = ()
    only: tuple[Form, ...] = ()
    some: Form | None = None
    whole: bool = False
    """Whether it is an outcome of whole numbers, of which bounds are told while several are open."""
    otherwise: Any = None
    otherwise_expr: Expr | None = None
    otherwise_form: Form | None = None
    fallback_alone: bool = True
    """Whether no rule gives the same value as ``otherwise``."""
    not_applicable: Form | None = None
    conflict: Form | None = None
    members: dict[str, Form] = field(default_factory=dict)
    member_rules: dict[str, tuple[str, ...]] = field(default_factory=dict)
    met: Form | None = None
    broken: Form | None = None
    suggested: Form | None = None
    excepted: Form | None = None


class Folder:
    """Turns the bound rules of one frame into formulas over one layout.

    Conditions are entered first, so that every test is known before a variable is cut; `finish`
    then lays the variables out and makes the forms.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.layout = Layout(vocabulary.words_of)
        self._entered: list[tuple[BoundRule, _Entered]] = []
        self._by_id: dict[str, _Entered] = {}

    def enter(self, bound: BoundRule) -> None:
        """Enter the conditions of a rule; a rule is entered once."""
        if bound.rule.id in self._by_id:
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
        entered = _Entered(bound, tuple(parts), unless, require)
        self._by_id[rule.id] = entered
        self._entered.append((bound, entered))

    def entered(self, rule_id: str) -> BoundRule | None:
        """The rule as it stands in this frame; None if it is not in force."""
        found = self._by_id.get(rule_id)
        return None if found is None else found.bound

    def forms(self, rule_id: str) -> RuleForms | None:
        """What a rule says in this frame; None if it is not in force."""
        found = self._by_id.get(rule_id)
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
        for _, entered in self._entered:
            entered.when_formula = conj(*(_formula(part, full) for part in entered.when))
            entered.unless_formula = FALSE if entered.unless is None else _formula(entered.unless, full)
            entered.require_formula = TRUE if entered.require is None else _formula(entered.require, full)

    def form(self, formula: Formula) -> Form:
        """The formula made ready over this layout."""
        return Form(formula, self.canonizer)

    def _applies(self, entered: _Entered) -> Formula:
        return conj(entered.when_formula, neg(entered.unless_formula))

    def _not_overridden(self, entered: _Entered) -> Formula:
        rule = entered.bound.rule
        return conj(
            *(neg(self._applies(other)) for other in self._by_id.values() if rule.id in other.bound.rule.overrides)
        )

    def _forms(self, entered: _Entered) -> RuleForms:
        applies = self._applies(entered)
        bound = entered.bound
        then = {name: value if isinstance(value, frozenset) else reader(value) for name, value in bound.then.items()}
        return RuleForms(
            bound,
            self.form(applies),
            self.form(conj(applies, self._not_overridden(entered))),
            None if bound.require is None else self.form(entered.require_formula),
            then,
            None if bound.due is None else reader(bound.due),
        )

    # -- questions

    def outcome(self, name: str, is_set: bool, rule_ids: list[str], otherwise: Any) -> FoldedQuestion:
        """The question of an outcome, decided by these rules; ``otherwise`` is an Expr, a set or None."""
        entered = [self._by_id[rule_id] for rule_id in rule_ids if rule_id in self._by_id]
        rules = tuple(self._forms(one) for one in entered)
        question = FoldedQuestion("outcome", name, rules)
        active = {one.bound.rule.id: conj(self._applies(one), self._not_overridden(one)) for one in entered}
        none_holds = conj(*(neg(self._applies(one)) for one in entered))
        if is_set:
            self._set(question, entered, active, none_holds, otherwise)
        else:
            self._scalar(question, entered, active, none_holds, otherwise)
        return question

    def _set(
        self, question: FoldedQuestion, entered: list[_Entered], active: dict[str, Formula],
        none_holds: Formula, otherwise: Any,
    ) -> None:  # fmt: skip
        members: dict[str, list[tuple[str, Formula]]] = {}
        for one in entered:
            for word in one.bound.then[question.name]:
                members.setdefault(word, []).append((one.bound.rule.id, active[one.bound.rule.id]))
        for word in otherwise or ():
            members.setdefault(word, []).append(("", none_holds))
        for word in sorted(members):
            question.members[word] = self.form(disj(*(formula for _, formula in members[word])))
            question.member_rules[word] = tuple(rule_id for rule_id, _ in members[word] if rule_id)

    def _scalar(
        self, question: FoldedQuestion, entered: list[_Entered], active: dict[str, Formula],
        none_holds: Formula, otherwise: Any,
    ) -> None:  # fmt: skip
        grouped: dict[tuple[Any, int], list[str]] = {}
        for one in entered:
            grouped.setdefault(_same(one.bound.then[question.name], one.bound.scope), []).append(one.bound.rule.id)
        fallback = None if otherwise is None else _same(otherwise, 0)
        formulas = {value: disj(*(active[rule_id] for rule_id in ids)) for value, ids in grouped.items()}
        groups, only = [], []
        for value, ids in grouped.items():
            others = [neg(formula) for other, formula in formulas.items() if other != value]
            alone = conj(formulas[value], *others)
            if value == fallback:
                alone = disj(alone, none_holds)
            expr, scope = value
            groups.append(Group(reader(expr), expr, max(scope, 0), self.form(formulas[value]), tuple(ids)))
            only.append(self.form(alone))
        question.groups, question.only = tuple(groups), tuple(only)
        every = list(formulas.values())
        question.some = self.form(disj(*every))
        pairs = [conj(a, b) for i, a in enumerate(every) for b in every[i + 1 :]]
        question.conflict = self.form(disj(*pairs))
        nothing = conj(*(neg(formula) for formula in every))
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
        entered = [self._by_id[rule_id] for rule_id in rule_ids if rule_id in self._by_id]
        question = FoldedQuestion("requirement", name, tuple(self._forms(one) for one in entered))
        standing = [(one, self._not_overridden(one)) for one in entered]
        active = [conj(self._applies(one), standing_) for one, standing_ in standing]
        broken = disj(*(conj(a, neg(one.require_formula)) for one, a in zip(entered, active, strict=True)))
        applies = disj(*active)
        # where only the exception is open, what is required being kept settles it: no rule can be broken
        excepted = disj(
            *(conj(one.when_formula, one.unless_formula, one.require_formula, standing_) for one, standing_ in standing)
        )
        question.broken = self.form(broken)
        question.not_applicable = self.form(neg(applies))
        question.met = self.form(conj(disj(applies, excepted), neg(broken)))
        return question

    def suggestion(self, name: str, rule_ids: list[str]) -> FoldedQuestion:
        """The question whether a step is suggested."""
        entered = [self._by_id[rule_id] for rule_id in rule_ids if rule_id in self._by_id]
        rules = []
        for one in entered:
            forms = self._forms(one)
            standing = self._not_overridden(one)
            forms.holds = self.form(conj(one.when_formula, standing))
            forms.active = self.form(conj(one.when_formula, standing, one.unless_formula))
            rules.append(forms)
        return FoldedQuestion("step", name, tuple(rules))


@dataclass(slots=True, eq=False)
class _Entered:
    bound: BoundRule
    when: tuple[Any, ...]
    unless: Any
    require: Any
    when_formula: Formula = TRUE
    unless_formula: Formula = FALSE
    require_formula: Formula = TRUE


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
        kept = tuple(item for item in items if item != neutral)
        if stop in kept:
            return stop
        return kept[0] if len(kept) == 1 else kind(kept)

    return join


conj: Callable[..., Formula] = _joined(Conj, TRUE, FALSE)
disj: Callable[..., Formula] = _joined(Disj, FALSE, TRUE)


def neg(item: Formula) -> Formula:
    """The opposite of a formula."""
    if item == TRUE:
        return FALSE
    if item == FALSE:
        return TRUE
    return item.item if isinstance(item, Neg) else Neg(item)
