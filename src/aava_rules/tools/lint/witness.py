"""A record and a day for which a formula holds: the example that a remark shows, and that `decide` confirms.

A path through the diagram of the formula says in which cell each test has to lie. Values are tried from both sides of
every limit that the tests know, and of every day that follows from them; each is read as any record is, and a value
counts only if it is read into that cell. So nothing of the meaning of a test is written a second time here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any, Final

from aava_rules.compiler.compile import CompiledRulebook, QueryGroup
from aava_rules.compiler.diagrams import Node, Vertex
from aava_rules.compiler.features import is_of_a_day
from aava_rules.compiler.program import CONFLICT, Feature
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.engine.reference.features import MaskReader, feature_reader, judged_readers
from aava_rules.engine.reference.scope import Scope
from aava_rules.engine.session import Session
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.errors import RecordError
from aava_rules.language.syntax import Expr
from aava_rules.language.values import plain
from aava_rules.record import read
from aava_rules.rulebook.model import Parts
from aava_rules.tools.lint.candidates import ABSENT, Candidates, Variable, variables_of
from aava_rules.tools.lint.logic import Logic

Goal = Callable[[Session], bool]
"""Says of a record, read on a day, whether it shows what was to be shown."""
Assignment = dict[Variable, Any]

MOST_READ: Final = 12_000
"""Records that are read in one search, at most."""
MOST_TRIED: Final = 120
"""Records of which the answer is worked out in one search, at most."""
MOST_OF_A_CELL: Final = 4
"""Ways to reach one cell of a test that are tried, at most."""
RECENT: Final = date(2020, 6, 1)
"""The day of decision where no day of the rulebook suggests one."""


@dataclass(frozen=True, slots=True)
class Example:
    """A record and a day, as a case has them.

    Attributes:
        on: the day of decision.
        facts: the ready-made facts.
        record: the lists of the record; None if it needs none.
    """

    on: date
    facts: dict[str, Any]
    record: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The example under the keys of a case: ``date``, ``given`` and ``record``."""
        case: dict[str, Any] = {"date": self.on.isoformat()}
        if self.facts or self.record is None:
            case["given"] = self.facts
        if self.record is not None:
            case["record"] = self.record
        return case

    def text(self, **expected: Any) -> str:
        """The example as one line of JSON, which is YAML, too; with what is ``expected`` of it, as a case has it."""
        return json.dumps({**self.to_dict(), **expected}, ensure_ascii=False)

    def whole_record(self) -> dict[str, Any]:
        """The record as `decide` reads it."""
        return {"id": "example", **(self.record or {}), "facts": self.facts}


@dataclass(slots=True)
class Search:
    """A search of a record for which a formula holds.

    Attributes:
        book: the rulebook whose answers count.
        parts: what it is made of.
        complete: whether the latest search has tried all that there is, so that no record can show it.
    """

    book: CompiledRulebook
    parts: Parts
    complete: bool = True
    _steps: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._steps = tuple(self.parts.steps)

    def find(
        self, logic: Logic, vertex: Vertex, group: QueryGroup, segments: tuple[int, ...], goal: Goal,
        terms: Sequence[Expr] = (),
    ) -> Example | None:  # fmt: skip
        """A record with few facts, and a day, that show what ``goal`` wants; None if none was found.

        Args:
            logic: what made the diagram.
            vertex: the diagram of the formula that is to hold.
            group: the questions whose program it is.
            segments: the stretch of time in which each judged day has to lie.
            goal: whether a record, read on that day, shows it.
            terms: what else has to be known of the record for that, such as the values that rules give.
        """
        self.complete = True
        if vertex is False:
            return None
        settled = False
        for on in _days(group, segments):
            attempt = _Attempt(self, logic, group, segments, on, goal, terms)
            example = attempt.run(vertex)
            if example is not None:
                return example
            settled = settled or attempt.complete
        self.complete = settled
        return None

    def session(self, example: Example) -> Session | None:
        """The answers to an ``example``; None if its record cannot be read."""
        try:
            record = read(example.whole_record(), steps=self._steps)
            return Session(self.book, record, example.on, REFERENCE)
        except RecordError:
            return None


def conflicts(name: str) -> Goal:
    """Whether the outcome ``name`` has two values at once."""
    return lambda session: session.outcome(name).status == CONFLICT


def _days(group: QueryGroup, segments: tuple[int, ...]) -> Iterator[date]:
    """Days of decision to try: a day of each stretch of time in which it, or else some judged day, lies."""
    wanted = [segments[group.judged.index(None)]] if None in group.judged else sorted(set(segments))
    for segment in wanted:
        if segment:
            yield group.bounds[segment - 1]
        elif group.bounds:
            yield group.bounds[0] - ONE_DAY
        else:
            yield RECENT
    if None not in group.judged:
        yield RECENT


class _Attempt:
    """A search with one day of decision."""

    def __init__(
        self, search: Search, logic: Logic, group: QueryGroup, segments: tuple[int, ...], on: date, goal: Goal,
        terms: Sequence[Expr],
    ) -> None:  # fmt: skip
        self.search, self.logic, self.group, self.segments, self.on, self.goal = (
            search,
            logic,
            group,
            segments,
            on,
            goal,
        )
        features = logic.program.features
        self.complete = True
        self._apart = False
        self._read = self._tried = 0
        self._judged = variables_of([term for term in group.judged if term is not None], search.parts)
        self._variables = [variables_of(feature.terms, search.parts) for feature in features]
        days = [on] if not segments else [group.day_of(segment) for segment in segments if segment]
        self._candidates = Candidates(search.parts, features, [on, *days], terms)
        self._besides = variables_of(terms, search.parts)
        self._readers: dict[int, MaskReader] = {}
        self._cells: dict[Any, int | None] = {}

    def run(self, vertex: Vertex) -> Example | None:
        for assignment in self._on_judged_days():
            example = self._follow(vertex, assignment)
            if example is not None:
                return self._smallest(example)
        return None

    def _on_judged_days(self) -> Iterator[Assignment]:
        """Values of what the judged days are read from, for which these lie in the wanted stretches of time."""
        if not self._judged:
            yield {}
            return
        # what counts on one day alone can be given of the day of decision, so a judged day that is it shows most
        for apart in (False, True):
            count = 0
            for values in product(*[self._candidates.of(variable) for variable in self._judged]):
                assignment = dict(zip(self._judged, values, strict=True))
                days = self._judged_days(assignment)
                if days is None or any(day != self.on for day in days) is not apart:
                    continue
                self._apart = apart
                yield assignment
                count += 1
                if count >= MOST_OF_A_CELL:
                    break
            if count:
                return
        self.complete = False

    def _judged_days(self, assignment: Assignment) -> list[date] | None:
        """The judged days of a record; None where they do not lie in the wanted stretches of time."""
        scopes = self._scopes(assignment)
        if scopes is None:
            return None
        days = [scope.judged for scope in scopes if isinstance(scope.judged, date)]
        return days if tuple(map(self.group.segment, days)) == self.segments else None

    def _follow(self, vertex: Vertex, assignment: Assignment) -> Assignment | None:
        """An assignment with which a path through the diagram holds and the goal is met."""
        if isinstance(vertex, bool):
            return self._with_values(assignment) if vertex else None
        ways = self._ways(vertex, assignment)
        for child, more in ways:
            complete = self._follow(child, {**assignment, **more})
            if complete is not None:
                return complete
            if self._tried >= MOST_TRIED or self._read >= MOST_READ:
                self.complete = False
                return None
        return None

    def _with_values(self, assignment: Assignment) -> Assignment | None:
        """The assignment with values of what else has to be known, for which the goal is met."""
        free = [variable for variable in self._besides if variable not in assignment]
        for values in product(*[self._candidates.of(variable) for variable in free]):
            whole = {**assignment, **dict(zip(free, values, strict=True))}
            if self._shows(whole):
                return whole
            if self._tried >= MOST_TRIED:
                break
        self.complete = self.complete and not self._besides
        return None

    def _ways(self, node: Node, assignment: Assignment) -> Iterator[tuple[Vertex, Assignment]]:
        """The cells of a test that can be reached, with what has to be known of the record besides."""
        feature = self.logic.program.features[node.level]
        free = [variable for variable in self._variables[node.level] if variable not in assignment]
        lowest = (feature.bits & -feature.bits).bit_length() - 1
        wanted = {cell for cell, child in enumerate(node.children) if child is not False}
        counts = dict.fromkeys(wanted, 0)
        for values in product(*[self._candidates.of(variable) for variable in free]):
            more = dict(zip(free, values, strict=True))
            mask = self._mask(node.level, feature, {**assignment, **more})
            if mask is None or mask.bit_count() != 1:
                continue
            cell = mask.bit_length() - 1 - lowest
            if cell in wanted and counts[cell] < (MOST_OF_A_CELL if free else 1):
                counts[cell] += 1
                yield node.children[cell], more
                if all(count >= MOST_OF_A_CELL for count in counts.values()):
                    break
            if self._read >= MOST_READ:
                break
        if len(self._variables[node.level]) > 1 or feature.kind in ("known", "lower"):
            self.complete = False  # not every value of several terms was tried
        elif any(not count for count in counts.values()):
            # what counts on one day alone is not known on a judged day that is another one
            of_a_day = self._apart and any(map(is_of_a_day, feature.terms))
            self.complete = self.complete and self._candidates.exhaustive(feature) and not of_a_day

    def _mask(self, level: int, feature: Feature, assignment: Assignment) -> int | None:
        needed = [*self._variables[level], *(self._judged if feature.scope or self._judged else ())]
        known = {variable: assignment[variable] for variable in needed if variable in assignment}
        key = (level, *[(variable, value) for variable, value in sorted(known.items(), key=repr)])
        if key not in self._cells:
            scopes = self._scopes(known)
            if scopes is None:
                self._cells[key] = None
            else:
                reader = self._readers.get(level)
                if reader is None:
                    reader = self._readers[level] = feature_reader(feature)
                self._cells[key] = reader(scopes[feature.scope])
        return self._cells[key]

    # -- records

    def _scopes(self, assignment: Assignment) -> tuple[Scope, ...] | None:
        self._read += 1
        session = self.search.session(self.example(assignment))
        if session is None:
            return None
        list_name = self.group.list_name
        items = getattr(session.facts.record, list_name) if list_name else None
        item = items[0] if items else None
        if list_name and item is None:
            return None
        scopes = []
        for judged in judged_readers(self.group):
            day = self.on if judged is None else judged(Scope(session.facts, self.on, list_name, item))
            if not isinstance(day, date):
                return None
            scopes.append(Scope(session.facts, day, list_name, item))
        return tuple(scopes)

    def example(self, assignment: Assignment) -> Example:
        """The record in which variables have these values."""
        facts: dict[str, Any] = {}
        lists: dict[str, Any] = {self.group.list_name: [{}]} if self.group.list_name else {}
        complete: list[str] = []
        for (kind, owner, name), value in assignment.items():
            if kind == "fact":
                facts[name] = _as_json(value)
            elif kind == "step":
                events = lists.setdefault("events", [])
                if value is not ABSENT:
                    events.append({"step": name, "on": _as_json(value)})
            elif value is ABSENT:
                complete.append(f"{owner}.{name}")
            else:
                lists.setdefault(owner, [{}])[0][name] = _as_json(value)
        if complete:
            lists["complete"] = complete
        return Example(self.on, facts, lists or None)

    def _shows(self, assignment: Assignment) -> bool:
        self._tried += 1
        return self._meets(assignment)

    def _meets(self, assignment: Assignment) -> bool:
        session = self.search.session(self.example(assignment))
        return session is not None and self.goal(session)

    def _smallest(self, assignment: Assignment) -> Example:
        """The example without everything that it shows what it has to show without."""
        needed = dict(assignment)
        for variable in assignment:
            fewer = {name: value for name, value in needed.items() if name != variable}
            if self._meets(fewer):
                needed = fewer
        return self.example(needed)


def _as_json(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_as_json(part) for part in value]
    return value if isinstance(value, (bool, int, float, str)) else plain(value)
