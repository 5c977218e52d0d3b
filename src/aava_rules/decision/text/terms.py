"""Terms and conditions of rules in words: the only renderer of them, for explanations, pages and reports alike.

``Phrases`` says what a term is called and what a test compares it with; ``lines`` sets a whole condition out, a line
for each test, with headings over those of which all, any or none must hold. No value of a record appears here: the
lines of an explanation (``decision.explain.lines``) add what the record says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_number, format_value, label
from aava_rules.language.functions import FUNCTIONS, reads_item, reads_on_own_day, reads_step
from aava_rules.language.syntax import (
    FLIPPED,
    All,
    Always,
    Any_,
    Arith,
    Call,
    Compare,
    Condition,
    Const,
    DecisionDate,
    Expr,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    RuleDate,
    Test,
    Truth,
)
from aava_rules.rulebook.model import Parts

_SIGNS: Final = {"+": "+", "-": "−", "*": "×"}
_NAMED_DAYS: Final = ("<", "<=", ">", ">=")
"""Comparisons of days that read otherwise where a name takes the place of the day; Finnish would inflect the name."""
MOST_VALUES: Final = 4
"""Most values of one parameter that a line lists; of more than that it refers to the table below."""


def oriented(test: Compare) -> tuple[str, Expr, Expr]:
    """The operator, left and right side of ``test``, turned so that a limit (parameter or constant) is on the right."""
    op, left, right = test.op, test.left, test.right
    if isinstance(left, (Param, Const)) and not isinstance(right, (Param, Const)):
        return FLIPPED[op], right, left
    return op, left, right


class Phrases:
    """Terms of one rulebook in one language.

    Attributes:
        parts: the rulebook.
        language: ``"fi"``, ``"sv"`` or ``"en"``.
        span: first and last day of the time in question, both inclusive, None where it is open; of a parameter, the
            values that it has within this time are shown.
    """

    def __init__(self, parts: Parts, language: str, span: tuple[date | None, date | None] = (None, None)) -> None:
        self.parts, self.language, self.span = parts, language, span

    def text(self, key: str, **values: object) -> str:
        """The text ``key`` of the catalogue in this language, ``values`` for its placeholders."""
        return text(key, self.language, **values)

    def name(self, name: str) -> str:
        """What the fact, outcome, field, step or parameter ``name`` is called."""
        return label(self.parts, name)[self.language]

    def word(self, word: str) -> str:
        """The coded ``word``, or the step of that name where events are named by their steps."""
        if word in self.parts.words:
            return self.parts.words[word][self.language]
        return self._argument(word) if word in self.parts.steps else word.replace("_", " ")

    def words(self, words: tuple[str, ...]) -> str:
        """Coded ``words`` one after another."""
        return ", ".join(map(self.word, words))

    def value(self, value: Any, unit: str = "") -> str:
        """A ``value`` of a fact, a number with its ``unit``."""
        return format_value(value, unit, self.language, self.parts.words)

    def subject(self, term: Expr) -> str:
        """What ``term`` is about, in as few words as possible: the name of a fact, step or parameter.

        What is worked out is named in full: the day after the end of a period is not the end of the period.
        """
        match term:
            case Fact() | ItemField():
                return self.name(str(term))
            case Param(name) | Call(_, (Param(name), *_)):
                return self.name(name)
            case Call(_, args) if reads_step(term):
                return self.name(str(args[0]))
            case Call() if reads_item(term):
                return self.text("explain.judged_day")
            case Call():
                return self.term(term)
            case Arith(op, left, right):
                return f"{self.subject(left)} {op} {self.subject(right)}"
            case Const(value):
                return self.value(value)
        return self.text("explain.decision_date")

    def term(self, term: Expr | str, unit: str = "") -> str:
        """A term in full: what it is, and of what it is worked out.

        Args:
            term: the term, or a word among the arguments of a function.
            unit: unit of what a bare number is compared with or added to.

        Returns:
            The term in words.
        """
        match term:
            case str():
                return self._argument(term)
            case Fact() | ItemField():
                return self.name(str(term))
            case Param():
                return self._parameter(term)
            case DecisionDate():
                return self.text("term.decision_date")
            case RuleDate(which):
                return self.text(f"term.rule_date.{which}")
            case Const(value):
                return self.word(value) if isinstance(value, str) else self.value(value, term.unit or unit)
            case Arith(op, left, right):
                return f"{self._nested(left)} {_SIGNS[op]} {self._nested(right)}"
            case Call():
                return self._call(term)

    def comparison(self, op: str, limit: str, *, of_days: bool = False, named: bool = False) -> str:
        """What a comparison asks: "at most 4 days".

        Args:
            op: the operator.
            limit: what is compared with, in words.
            of_days: whether days are compared, which come before or after one another.
            named: whether the limit is a name (such as the first day of the period), not a day or number itself.

        Returns:
            The words of the operator and the limit; for ``==`` the limit alone.
        """
        if of_days and named and op in _NAMED_DAYS:
            operator = self.text(f"condition.day.{op}")
        else:
            operator = self.text(f"compare.day.{op}" if of_days else f"compare.number.{op}")
        return f"{operator} {limit}" if operator else limit

    def _nested(self, term: Expr) -> str:
        return f"({self.term(term)})" if isinstance(term, Arith) else self.term(term)

    def _argument(self, word: str) -> str:
        """A word among the arguments of a function: a step in quotes, or a column of a table."""
        return self.text("term.quoted", name=self.name(word)) if word in self.parts.steps else self.word(word)

    def _call(self, call: Call) -> str:
        if reads_item(call):
            item = str(call.args[0])
            return self.text(f"term.within.{item}" if item in ("period", "plan") else "term.call.day_in")
        if reads_on_own_day(call):
            return self.text("term.call.value_on", parameter=self.subject(call), day=self.term(call.args[1]))
        function = FUNCTIONS[call.name]
        args, key = call.args, function.phrase or function.name
        if function.counts and isinstance(amount := args[1], Const) and amount.value < 0:
            args, key = (args[0], Const(-amount.value, amount.type, amount.unit)), "earlier"
        arguments = [self.term(argument, function.counts) for argument in args]
        if function.variadic:
            last = len(function.arguments) - 1
            arguments[last:] = ["; ".join(arguments[last:])]
        values = dict(zip(function.arguments, arguments, strict=True))
        return self.text(f"term.call.{key}", **values)

    def _parameter(self, term: Param) -> str:
        """The number first, as law has it, and then what it is."""
        title = self.name(term.name)
        values = values_within(self.parts, term.name, self.span)
        if term.type == "table" or not values:
            return title
        if len(values) > MOST_VALUES:
            return f"{title} ({self.text('term.see_values')})"
        *earlier, last = values
        numbers = [format_number(value, self.language) for value in earlier]
        listed = " / ".join([*numbers, self.value(last, term.unit)])
        return f"{listed} ({self.text('term.by_date')}: {title})" if earlier else f"{listed} ({title})"


def values_within(parts: Parts, name: str, span: tuple[date | None, date | None]) -> list[object]:
    """The different values that a parameter has in a span of days.

    Args:
        parts: the rulebook.
        name: name of the parameter.
        span: first and last day, both inclusive; None where the span is open.

    Returns:
        Each value once, earliest first; times without a value are left out.
    """
    first, last = span
    distinct: list[object] = []
    values = parts.parameters[name].values
    for value, following in zip(values, [*values[1:], None], strict=True):
        ended = following is not None and first is not None and following.start is not None and following.start <= first
        begins_after = last is not None and value.start is not None and value.start > last
        if not ended and not begins_after and value.value is not None and value.value not in distinct:
            distinct.append(value.value)
    return distinct


@dataclass(frozen=True, slots=True)
class Line:
    """A test in words, or a heading over the lines below it.

    Attributes:
        text: the test or the heading.
        children: the lines below a heading.
    """

    text: str
    children: tuple[Line, ...] = ()


def lines(condition: Condition, phrases: Phrases) -> tuple[Line, ...]:
    """The lines of ``condition``, all of which must hold, in the language of ``phrases``; none if it always holds."""
    if condition == Always(True):
        return ()
    if isinstance(condition, All):
        return tuple(line for item in condition.items for line in lines(item, phrases))
    return (_line(condition, phrases),)


def _line(condition: Condition, phrases: Phrases) -> Line:
    match condition:
        case Always(holds):
            return Line(phrases.text("condition.always" if holds else "condition.never"))
        case All((item,)) | Any_((item,)) | Not(Not(item)):
            return _line(item, phrases)
        case All(items):
            return _group("condition.all", items, phrases)
        case Any_(items):
            return _group("condition.any", items, phrases)
        case Not(Any_(items)):
            return _group("condition.none_of", items, phrases)
        case Not(All(items)):
            return _group("condition.not_all", items, phrases)
        case Not(Truth(Call(_, (step,)) as call)) if reads_step(call):
            return Line(phrases.text("condition.not_done", step=phrases.term(step)))
        case Not(OneOf(term, words)):
            return Line(_listed(term, words, "condition.is_not", "condition.not_one_of", phrases))
        case Not(IsNone(term)):
            return Line(f"{phrases.term(term)}: {phrases.text('condition.exists')}")
        case Not(IsKnown(term, known)):
            return Line(text_of_test(IsKnown(term, not known), phrases))
        case Not(item):
            line = _line(item, phrases)
            return Line(phrases.text("condition.not", condition=line.text), line.children)
    return Line(text_of_test(condition, phrases))


def _group(heading: str, items: tuple[Condition, ...], phrases: Phrases) -> Line:
    return Line(phrases.text(heading), tuple(_line(item, phrases) for item in items))


def text_of_test(test: Test, phrases: Phrases) -> str:
    """One ``test`` in words, in the language of ``phrases``."""
    match test:
        case Compare():
            op, left, right = oriented(test)
            limit = phrases.term(right, left.unit)
            of_days, named = left.type == "date", not isinstance(right, Const)
            return f"{phrases.term(left)}: {phrases.comparison(op, limit, of_days=of_days, named=named)}"
        case OneOf(term, words):
            return _listed(term, words, "compare.number.==", "condition.one_of", phrases)
        case Has(term, word):
            return f"{phrases.term(term)}: {phrases.text('condition.includes')} {phrases.word(word)}"
        case IsNone(term):
            return f"{phrases.term(term)}: {phrases.text('answer.none')}"
        case IsKnown(term, known):
            return f"{phrases.term(term)}: {phrases.text('condition.known' if known else 'answer.unknown')}"
        case Truth(term):
            return phrases.term(term)


def _listed(term: Expr, words: tuple[str, ...], for_single: str, for_several: str, phrases: Phrases) -> str:
    """A term and the words that it may (or may not) be; the keys are those of the text before the words."""
    if len(words) > 1:
        return f"{phrases.term(term)}: {phrases.text(for_several)}: {phrases.words(words)}"
    return f"{phrases.term(term)}: " + f"{phrases.text(for_single)} {phrases.words(words)}".strip()
