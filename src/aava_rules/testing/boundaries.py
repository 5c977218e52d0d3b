"""Records moved to where answers change: on a threshold of the rules that judge them, just under it or just over it.

The thresholds are those of the compiled program: each test cuts the values of a term into cells, and a record is moved
to the edge of one. What a term follows from is moved, down to a field or fact of the record: a day of birth for an age,
the end that was agreed for the length of a period.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from aava_rules.compiler.compile import QueryGroup
from aava_rules.compiler.facts import PREFER_DERIVED
from aava_rules.compiler.program import Feature
from aava_rules.decision.decision import inside
from aava_rules.decision.service import Rulebook, book_of, parts_of
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.reference.features import judged_readers
from aava_rules.engine.reference.scope import Scope
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Const, Expr, Fact, ItemField, walk
from aava_rules.language.values import FIRST_DAY, LAST_DAY
from aava_rules.record.fields import LIST_OF_ITEM
from aava_rules.testing.record_maker import is_sound

_TRIES = 4
"""How often a value is moved until its term is where it should be: months are of unlike length."""
_STEPS: dict[str, Any] = {"integer": 1, "money": Decimal("0.01"), "decimal": Decimal("0.01")}
_MONTHS = {"months": 1, "years": 12}


class Threshold(Struct):
    """Where answers change: the value of a term at which tests of it change.

    Attributes:
        term: the term, such as ``age`` or ``add_days(period.agreed_end, 1)``.
        limit: what it is compared with.
        list_name: the list of the item that is judged; empty for the client.
        position: the index of that item; -1 for the client.
        scope: what of the record the term is read in.
    """

    term: Expr
    limit: Expr
    list_name: str
    position: int
    scope: Scope

    @property
    def values(self) -> tuple[Any, Any]:
        """What the term and the limit are worth; UNKNOWN, bounds or none as the engine reads them."""
        return reader(self.term)(self.scope), reader(self.limit)(self.scope)

    def __str__(self) -> str:
        item = f"{self.list_name}[{self.position}]: " if self.list_name else ""
        return f"{item}{self.term} at {self.limit}"


class Boundaries:
    """Moves records to the thresholds of one rulebook; all randomness comes from the ``random`` of each call."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        outcomes = [query.name for query in book_of(rulebook).questions.values() if query.kind == "outcome"]
        self._groups = [*map(book_of(rulebook).outcome_group, outcomes), *book_of(rulebook).other_groups(None)]

    def thresholds(self, record: dict[str, Any], on: date) -> list[Threshold]:
        """Every threshold of the rules that judge a record, in a fixed order.

        Args:
            record: the record.
            on: the day of decision. Rules that judge an item of another day are those of that day.
        """
        facts = inside(self.rulebook.decide(record, on, engine="reference")).session.facts
        thresholds: dict[tuple[Any, ...], Threshold] = {}
        for group in self._groups:
            items = getattr(facts.record, group.list_name) or () if group.list_name else (None,)
            for position, item in enumerate(items):
                scopes = _scopes(group, lambda day, of=item, name=group.list_name: Scope(facts, day, name, of), on)
                if scopes is None:
                    continue
                program = group.program(tuple(group.segment(scope.judged) for scope in scopes))  # type: ignore[arg-type]
                for feature in program.features:
                    for term, limit in _compared(feature):
                        at = position if group.list_name else -1
                        threshold = Threshold(term, limit, group.list_name, at, scopes[feature.scope])
                        thresholds.setdefault((str(threshold), scopes[feature.scope].judged), threshold)
        return list(thresholds.values())

    def moved(self, random: Random, record: dict[str, Any], on: date) -> dict[str, Any]:
        """A copy of a record that has been moved to a threshold; the record itself where it cannot be.

        Args:
            random: the source of randomness.
            record: the record, which stays as it is.
            on: the day of decision.
        """
        thresholds = self.thresholds(record, on)
        if not thresholds:
            return record
        threshold = thresholds[random.randrange(len(thresholds))]
        return self.moved_to(record, on, threshold, random.choice([0, 1, -1]))

    def moved_to(self, record: dict[str, Any], on: date, threshold: Threshold, side: int) -> dict[str, Any]:
        """A copy of a record on a threshold or just beside it; the record itself where it cannot be moved there.

        Args:
            record: the record, which stays as it is.
            on: the day of decision.
            threshold: one of `thresholds` of that record.
            side: 0 for on it, -1 for just under it, 1 for just over it.
        """
        moved = record
        for leaf in self._leaves(threshold.term):
            for _ in range(_TRIES):
                term, limit = threshold.values
                wanted = _at_side(limit, side, threshold.term.type)
                if wanted is None or term == wanted:
                    break
                candidate = self._set(moved, threshold, leaf, term, wanted, side)
                again = None if candidate is None else self._again(candidate, on, threshold)
                if candidate is None or again is None:
                    break
                moved, threshold = candidate, again
            if moved is not record:
                return moved
        return record

    def _again(self, record: dict[str, Any], on: date, threshold: Threshold) -> Threshold | None:
        """The same threshold of a record that was changed; None if the record is wrong, or has it no longer."""
        try:
            thresholds = self.thresholds(record, on)
        except AavaRulesError:
            return None
        alike = [other for other in thresholds if str(other) == str(threshold)]
        same_day = [other for other in alike if other.scope.judged == threshold.scope.judged]
        return next(iter([*same_day, *alike]), None)

    def _leaves(self, term: Expr) -> Iterator[Fact | ItemField]:
        """The fields and ready-made facts from which a term follows, those that follow from others after these."""
        pending, seen = [term], set[str]()
        while pending:
            for node in walk(pending.pop(0)):
                if not isinstance(node, (Fact, ItemField)) or str(node) in seen:
                    continue
                seen.add(str(node))
                definition = parts_of(self.rulebook).facts.get(str(node))
                derivation = None if definition is None else definition.derivation
                if isinstance(node, ItemField):
                    is_leaf = not node.derived
                else:
                    of_client = definition is not None and str(node) not in PREFER_DERIVED
                    is_leaf = of_client or str(node) == "birth_date"
                if is_leaf:
                    yield node
                if derivation is not None and derivation.value is not None:
                    pending.append(derivation.value)

    def _set(
        self, record: dict[str, Any], threshold: Threshold, leaf: Fact | ItemField, term: Any, wanted: Any, side: int
    ) -> dict[str, Any] | None:
        """A copy of ``record`` in which ``leaf`` is moved by what the term is away from what is wanted."""
        unit = _MONTHS.get(getattr(threshold.term, "unit", ""), 0)
        day = threshold.scope.judged
        if str(leaf) == "birth_date":
            moved = _born(day, wanted, unit, side) if day.__class__ is date and wanted.__class__ is int else None
        else:
            moved = _moved(reader(leaf)(threshold.scope), leaf, term, wanted, unit)
        if moved is None:
            return None
        changed = copy.deepcopy(record)
        if isinstance(leaf, ItemField):
            if threshold.list_name != LIST_OF_ITEM.get(leaf.singular):
                return None
            item = changed[threshold.list_name][threshold.position]
            item[leaf.field] = moved
            return changed if is_sound(threshold.list_name, item) else None
        if leaf.name == "birth_date":
            changed["client"] = changed.get("client", {}) | {"birth_date": moved}
        else:
            changed["facts"] = changed.get("facts", {}) | {leaf.name: moved}
        return changed


def _scopes(group: QueryGroup, scope_of: Any, on: date) -> list[Scope] | None:
    """The scopes of the judged days of ``group``, or None where one of these days is not known."""
    scopes = []
    for read in judged_readers(group):
        day = on if read is None else read(scope_of(on))
        if day.__class__ is not date:
            return None
        scopes.append(scope_of(day))
    return scopes


def _compared(feature: Feature) -> Iterator[tuple[Expr, Expr]]:
    """The terms of a feature with what each is compared with; none of one that has no order."""
    if feature.kind == "term" and feature.ordered:
        term = feature.terms[0]
        for cut in feature.partition.cuts:
            yield term, Const(cut, term.type)
    elif feature.kind == "pair":
        first, second = feature.terms
        yield first, second
        yield second, first


def _at_side(limit: Any, side: int, kind: str) -> Any:
    """The value on ``limit`` or just beside it; None where the limit is not known, or its kind has no order."""
    if limit.__class__ is date:
        day = limit + timedelta(days=side)
        return day if FIRST_DAY <= day <= LAST_DAY else None
    if kind in _STEPS and isinstance(limit, (int, Decimal)) and not isinstance(limit, bool):
        return limit + side * _STEPS[kind]
    return None


def _born(on: Any, amount: int, months: int, side: int) -> date | None:
    """The day of birth of who is so old on a day: just so old, or a day short of the next full year for ``side`` -1."""
    if side < 0:
        return add_months(on, -(amount + 1) * (months or 12)) + ONE_DAY
    born: date = add_months(on, -amount * (months or 12))
    return born


def _moved(value: Any, leaf: Fact | ItemField, term: Any, wanted: Any, months: int) -> Any:
    """The value of ``leaf`` with which its term should be what is wanted; None if that cannot be told.

    ``months`` are those of the unit in which the term counts; 0 if it counts days, or is a day.
    """
    if leaf.type == "date":
        if wanted.__class__ is date:
            moved = value + (wanted - term) if term.__class__ is date and value.__class__ is date else wanted
        elif value.__class__ is date and term.__class__ is int:
            moved = add_months(value, (term - wanted) * months) if months else value + timedelta(days=term - wanted)
        else:
            return None
        return moved if FIRST_DAY <= moved <= LAST_DAY else None
    if leaf.type not in _STEPS or wanted.__class__ is date:
        return None
    known = isinstance(value, (int, Decimal)) and isinstance(term, (int, Decimal))
    moved = value + (wanted - term) if known else wanted
    if moved < 0 and leaf.type != "money":
        return None
    return f"{moved:.2f}" if leaf.type == "money" else int(moved) if leaf.type == "integer" else Decimal(moved)
