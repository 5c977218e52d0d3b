"""The values that are tried for what a record may say: those on both sides of every limit that tests know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any, Final

from aava_rules.compiler.program import Feature
from aava_rules.language.dates import add_months
from aava_rules.language.syntax import Call, Condition, Const, Expr, Fact, ItemField, walk
from aava_rules.language.values import FIRST_DAY, LAST_DAY
from aava_rules.record.facts import FACT_NUMBER_MAX
from aava_rules.record.fields import LIST_OF_ITEM, lists
from aava_rules.rulebook.model import Parts

Variable = tuple[str, str, str]
"""What a record may say: ``fact``, ``field`` or ``step``; the list of a field, else empty; and the name."""

ABSENT: Final = "…"
"""The value of a field that is known to be empty, and of a step that is known not to be done."""
MOST_VALUES: Final = 48
"""Values of one variable that are tried, at most."""
_MOST_WORDS: Final = 4
"""Words of a set of which every combination is tried."""


def variables_of(terms: Iterable[Expr | Condition], parts: Parts) -> list[Variable]:
    """What a record says that ``terms`` are read from; ``parts`` has what derived facts of items follow from."""
    variables: dict[Variable, None] = {}
    pending = list(terms)
    seen: set[str] = set()
    while pending:
        for node in walk(pending.pop()):
            if isinstance(node, Fact):
                variables["fact", "", node.name] = None
            elif isinstance(node, ItemField) and not node.derived:
                variables["field", LIST_OF_ITEM[node.singular], node.field] = None
            elif isinstance(node, ItemField) and str(node) not in seen:
                seen.add(str(node))
                definition = parts.facts[str(node)]
                pending += definition.trees()
                derivation = definition.derivation
                if derivation is not None and derivation.field:
                    variables["field", LIST_OF_ITEM[node.singular], derivation.field] = None
            elif isinstance(node, Call) and node.name in ("done", "date_of"):
                variables["step", "", str(node.args[0])] = None
            elif isinstance(node, Call) and node.name == "day_in":
                list_name = LIST_OF_ITEM[str(node.args[0])]
                first = "made_on" if list_name == "plans" else "start"
                variables["field", list_name, first] = None
    return list(variables)


class Candidates:
    """The values that are tried for each variable of one program, the most plain first."""

    def __init__(
        self, parts: Parts, features: Sequence[Feature], days: Sequence[date], terms: Sequence[Expr] = ()
    ) -> None:
        """Make the values.

        Args:
            parts: the rulebook.
            features: the tests of the program.
            days: days around which to look: the day of decision first.
            terms: what else is to have values.
        """
        self._parts, self._days = parts, tuple(dict.fromkeys(days))
        self._values: dict[Variable, list[Any]] = {}
        self._numbers: set[Any] = set()
        self._dates: set[date] = set()
        self._by_variable: dict[Variable, set[Any]] = {}
        self._words: dict[Variable, set[str]] = {}
        for feature in features:
            words = {word for test in feature.tests if test[0] in ("in", "not in") for word in test[1]}
            words |= {feature.word} if feature.kind == "has" else set()
            self._enter(feature.terms, set(feature.partition.cuts), words)
        for term in terms:
            self._enter((term,), set(), set())

    def _enter(self, terms: Sequence[Expr], constants: set[Any], words: set[str]) -> None:
        """Note the limits and words that matter to what some terms are read from."""
        constants |= {node.value for term in terms for node in walk(term) if isinstance(node, Const)}
        numbers, days = set(filter(_is_number, constants)), {each for each in constants if isinstance(each, date)}
        self._numbers |= numbers
        self._dates |= days
        for variable in variables_of(terms, self._parts):
            self._by_variable.setdefault(variable, set()).update(numbers | days)
            self._words.setdefault(variable, set()).update(words)

    def exhaustive(self, feature: Feature) -> bool:
        """Whether every cell of a ``feature`` that a record can reach is reached by some value that is tried."""
        return (
            feature.kind in ("term", "has", "judgement", "doubt")
            and len(feature.terms) < 2
            and all(
                isinstance(term, (Fact, ItemField)) and not getattr(term, "derived", False) for term in feature.terms
            )
        )

    def of(self, variable: Variable) -> list[Any]:
        """The values of a ``variable``."""
        values = self._values.get(variable)
        if values is None:
            values = self._values[variable] = self._of(variable)[:MOST_VALUES]
        return values

    def _of(self, variable: Variable) -> list[Any]:
        kind, owner, name = variable
        if kind == "step":
            return [ABSENT, *self._days_around(variable)]
        type_, words = self._type(kind, owner, name)
        absent = [ABSENT] if kind == "field" else []
        match type_:
            case "boolean":
                return [True, False, *absent]
            case "choice":
                tested = [word for word in words if word in self._words.get(variable, ())]
                return [*tested, *[word for word in words if word not in tested], *absent]
            case "text":
                return [*sorted(self._words.get(variable, ())), "another", *absent]
            case "set":
                return [*self._sets(variable, words), *absent]
            case "date":
                return [*self._days_around(variable), *absent]
            case "dates":
                days = self._days_around(variable)
                return [(), *[(day,) for day in days], *absent]
            case _:
                return [*self._numbers_around(variable, type_), *absent]

    def _type(self, kind: str, owner: str, name: str) -> tuple[str, tuple[str, ...]]:
        if kind == "field":
            info = lists()[owner].fields[name]
            return info.type, info.words
        definition = self._parts.facts.get(name) or self._parts.outcomes[name]
        return definition.type, definition.words

    def _sets(self, variable: Variable, words: tuple[str, ...]) -> list[Any]:
        tested = sorted(self._words.get(variable, ()))[:_MOST_WORDS]
        counts = {len(tested) + 1, *(n + step for n in self._numbers if isinstance(n, int) for step in (-1, 0, 1))}
        chosen = [frozenset(each) for count in range(len(tested) + 1) for each in combinations(tested, count)]
        chosen += [frozenset(words[:count]) for count in sorted(counts) if 0 <= count <= len(words)]
        chosen.append(frozenset(words))
        return list(dict.fromkeys(chosen))

    def _numbers_around(self, variable: Variable, type_: str) -> list[Any]:
        own = sorted(value for value in self._by_variable.get(variable, ()) if _is_number(value))
        other = sorted(value for value in self._numbers if value not in own)
        step = Decimal(1) if type_ == "integer" else Decimal("0.01") if type_ == "money" else Decimal("0.5")
        moved = [Decimal(value) + move for value in [*own, *other] for move in (0, -step, step)]
        values = [value for value in [*moved, Decimal(0), Decimal(1)] if 0 <= value <= FACT_NUMBER_MAX]
        if type_ == "money":
            return list(dict.fromkeys(format(value, ".2f") for value in values))
        whole = [value == int(value) for value in values]
        return list(
            dict.fromkeys(
                int(value) if is_whole else float(value)
                for value, is_whole in zip(values, whole, strict=True)
                if is_whole or type_ != "integer"
            )
        )

    def _days_around(self, variable: Variable) -> list[date]:
        own = sorted(value for value in self._by_variable.get(variable, ()) if isinstance(value, date))
        anchors = list(dict.fromkeys([*self._days, *own, *sorted(self._dates)]))
        numbers = sorted({int(n) for n in self._by_variable.get(variable, ()) if _is_number(n) and 0 < n < 40_000})
        days: list[date] = []
        for anchor in anchors:
            days += [_moved(anchor, move) for move in (0, -1, 1)]
        for anchor in anchors[:3]:
            for number in numbers:
                for months in (number, 12 * number):
                    days += [_moved(add_months(anchor, sign * months), move) for sign in (-1, 1) for move in (0, -1, 1)]
                days += [_moved(anchor, sign * number + move) for sign in (-1, 1) for move in (0, -1, 1)]
        days += [_moved(self._days[0], move) for move in (-40, -400, -12_000)]
        return [day for day in dict.fromkeys(days) if FIRST_DAY <= day <= LAST_DAY]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _moved(day: date, days: int) -> date:
    number = day.toordinal() + days
    return date.fromordinal(min(max(number, FIRST_DAY.toordinal()), LAST_DAY.toordinal()))
