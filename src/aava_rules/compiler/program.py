"""The intermediate representation: rules lowered to formulas, as every engine reads them.

A question is an outcome, a requirement of an item, or a suggested step. What it can be answered
is an ordered tuple of cases, each with its formula: the first case that surely holds is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from aava_rules.compiler.bind import BoundRule
from aava_rules.compiler.implicants import FALSE, Canonizer, Form
from aava_rules.engine.reference.evaluate import Reader
from aava_rules.language.syntax import Expr

KNOWN: Final = "known"
MET: Final = "met"
BROKEN: Final = "broken"
NOT_APPLICABLE: Final = "not_applicable"
CONFLICT: Final = "conflict"

NEVER: Final = Form(FALSE, Canonizer(()))
"""The formula that never holds: of the values of a question that has none."""


# Written out, as dataclasses are compiled when a program starts.


class RuleForms:
    """One rule of a question, lowered.

    Attributes:
        bound: the rule with its constants filled in.
        holds: whether its conditions hold; for a suggested step, whatever its exception says.
        active: whether it counts: it holds and no other rule overrides it. For a suggested step,
            whether it is excepted.
        requires: whether what it requires is kept; None if it requires nothing.
        then: what it concludes, by outcome: a set of words, or a reader of the value.
        due: the reader of the day on which a suggested step is due; None if it has none.
    """

    __slots__ = ("active", "bound", "due", "holds", "requires", "then")

    def __init__(
        self, bound: BoundRule, holds: Form, active: Form, requires: Form | None, then: dict[str, Any],
        due: Reader | None,
    ) -> None:  # fmt: skip
        self.bound, self.holds, self.active, self.requires = bound, holds, active, requires
        self.then, self.due = then, due


class ValueGroup:
    """The rules that conclude one and the same value of an outcome, constant or computed.

    Attributes:
        value: the reader of the value.
        expr: the term of the value.
        scope: the number of the judged day on which the term is read.
        form: whether one of the rules counts.
        rules: the ids of the rules.
    """

    __slots__ = ("expr", "form", "rules", "scope", "value")

    def __init__(self, value: Reader, expr: Expr, scope: int, form: Form, rules: tuple[str, ...]) -> None:
        self.value, self.expr, self.scope, self.form, self.rules = value, expr, scope, form, rules


class Case:
    """One answer that a question can have.

    Attributes:
        status: the status of the answer: ``known``, ``not_applicable``, ``met`` or ``broken``.
        form: whether it is the answer, unless an earlier case is.
        expr: the term of the value; None for a case without one.
        value: the reader of the value; None for a case without one.
        scope: the number of the judged day on which the term is read.
        default: whether it is the answer of ``otherwise``, where no rule holds.
        implied: whether an earlier case has the same value and holds wherever this one does.
    """

    __slots__ = ("default", "expr", "form", "implied", "scope", "status", "value")

    def __init__(
        self, status: str, form: Form, expr: Expr | None = None, value: Reader | None = None, scope: int = 0,
        default: bool = False, implied: bool = False,
    ) -> None:  # fmt: skip
        self.status, self.form, self.expr, self.value, self.scope = status, form, expr, value, scope
        self.default, self.implied = default, implied


class Question:
    """A question on one tuple of segments, with the formulas of its answers.

    Attributes:
        kind: ``outcome``, ``requirement`` or ``step``.
        name: the outcome, requirement or step.
        rules: the rules in force, lowered; of a step they alone decide.
        cases: the answers, in order: the first that surely holds is the answer. Of a set and of a step none.
        is_set: whether it is an outcome that is a set of words.
        members: of a set, the formula of each word.
        groups: of an outcome of one value, its values by the rules that conclude them.
        any_value: whether any of the groups counts.
        conflict: whether two of the groups count at once.
        whole: whether it is an outcome of whole numbers, which has bounds while several are possible.
        in_doubt: whether the law of that day is not verified, so that the answer is unknown.
    """

    __slots__ = (
        "any_value", "cases", "conflict", "groups", "in_doubt", "is_set", "kind", "members", "name", "rules", "whole",
    )  # fmt: skip

    def __init__(
        self, kind: str, name: str, rules: tuple[RuleForms, ...] = (), *, cases: tuple[Case, ...] = (),
        is_set: bool = False, members: Mapping[str, Form] | None = None, groups: tuple[ValueGroup, ...] = (),
        any_value: Form = NEVER, conflict: Form = NEVER,
    ) -> None:  # fmt: skip
        self.kind, self.name, self.rules, self.cases = kind, name, rules, cases
        self.is_set, self.members = is_set, members or {}
        self.groups, self.any_value, self.conflict = groups, any_value, conflict
        self.whole = self.in_doubt = False

    @property
    def default(self) -> Case | None:
        """The case of ``otherwise``; None if the outcome has none."""
        for case in self.cases:
            if case.default:
                return case
        return None

    def form_of(self, status: str) -> Form | None:
        """The formula of the first case of a ``status``; None if no case has it."""
        for case in self.cases:
            if case.status == status:
                return case.form
        return None

    @property
    def values(self) -> Iterator[Expr]:
        """The terms of the values that it can have."""
        return (case.expr for case in self.cases if case.expr is not None)

    @property
    def forms(self) -> Iterator[Form]:
        """Every formula on which its answer depends but those of single rules."""
        yield from (case.form for case in self.cases)
        yield from self.members.values()
        if self.groups:
            yield self.any_value
            yield self.conflict
