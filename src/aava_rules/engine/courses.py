"""How the values that a record gives go with the day of decision, if nothing happens but time.

A course says of a term on which days it may leap, and how it goes between two of these days: it stays, it only rises,
it only falls, or nothing is known of it. From its course follow the days on which a key of the value changes, such as
its cell among the tests of a feature: of what stays they are among its leaps; what only rises or falls is searched by
halves, since a key of it that has been left never comes back; so is the order of a day and the day of decision, if the
day never gains on it, and of two days that both rise each stretch in which they may pass each other is parted. Only
what goes both ways, such as the days counted in a window that moves, is looked at on every day. No day is guessed and
none left out: `tests/properties/days_ahead.py` compares it with every single day. Values are those of
`engine.reference`, bounds of the unknown included: they rise where neither of their ends falls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any, Final

from aava_rules.compiler.facts import FactPlan
from aava_rules.compiler.inputs import PAST_DAYS
from aava_rules.compiler.program import Feature, Program
from aava_rules.engine.course import (
    NO_DAYS,
    RISING,
    STEADY,
    TODAY,
    Course,
    Days,
    Place,
    either,
    joined,
    of_order,
    steady,
)
from aava_rules.engine.day_search import DaySearch
from aava_rules.engine.keys import (
    knowledge_stays,
    order_of,
    order_of_terms,
    order_stays,
    places_among,
    stretch_of,
    unlike,
)
from aava_rules.engine.moving import Moving
from aava_rules.engine.reference.aggregates import aggregate
from aava_rules.engine.reference.evaluate import from_zero, reader, tester
from aava_rules.engine.reference.features import value_of
from aava_rules.engine.reference.item_days import follows_from_length, goes_on
from aava_rules.engine.reference.scope import OpenDay, Reader, Scope
from aava_rules.engine.reference.windows import window_of
from aava_rules.engine.session import Session
from aava_rules.language.dates import ONE_DAY, parse_day
from aava_rules.language.functions import FUNCTIONS
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.syntax import (
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
    ItemField,
    Not,
    Param,
)
from aava_rules.language.values import NONE, UNKNOWN, Interval, is_known
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Derivation

_READERS: Final = "readers of courses"


class Courses(DaySearch):
    """The courses of the terms of one record from one day to another.

    Attributes:
        first: the first day of decision.
        last: the last one.
        moving: what may change with the day of decision at all.
    """

    def __init__(
        self, session_on: Callable[[date], Session], first: date, last: date,
        leaps_of_outcome: Callable[[str], Days], twin: Courses | None = None,
    ) -> None:  # fmt: skip
        """The courses of one record.

        Args:
            session_on: gives the record on a day of decision; the same one when it is asked again.
            first: the first day of decision.
            last: the last one.
            leaps_of_outcome: gives the days on which an outcome, or what it follows from, may change.
            twin: those of the same record on the same days by another law, by which facts that rest on no rules go
                the same way; None.
        """
        self._twin = twin
        self._session_on = session_on
        super().__init__(first, last)
        self._leaps_of_outcome = leaps_of_outcome
        session = session_on(first)
        self._facts = session.facts
        self._record = session.facts.record
        self._vocabulary = session.book.vocabulary
        self._readers: dict[Any, Any] = self._vocabulary.compiled.setdefault(_READERS, {})
        self.moving = Moving(self._vocabulary)
        self._of_facts: dict[Any, Course] = {}
        self._equal: dict[tuple[int, int], Days] = {}
        self._listed: dict[str, Days] = {}
        self._changes: dict[Any, Days] = {}
        self._meetings: dict[Any, Days] = {}
        self._tests: dict[Any, Days] = {}
        self._values: dict[Any, dict[date, Any]] = {}
        self._programs: dict[int, Program] = {}
        """Those whose parts are keys above: while they are held, no other object has their place in memory."""

    # -- days on which a key changes

    def changes_of_feature(
        self, feature: Feature, read: Callable[[Scope], int], program: Program, place: Place
    ) -> Days:
        """The days on which ``feature`` of ``program`` may lie in other cells, read by ``read`` in ``place``."""
        memo = (id(feature), place.key)
        changed = self._changes.get(memo)
        if changed is None:
            self._hold(program)
            changed = self._changes[memo] = self._feature_changes(feature, read, program, place)
        return changed

    def _changes_of_order(self, left: Expr, right: Expr, value: Callable[[Expr, Scope], Any], place: Place) -> Days:
        """The days on which two terms, read by ``value`` in ``place``, may be in another order.

        Where both rise, or both fall, each stretch in which their bounds may pass each other is parted further.
        """
        course, sides = self._course_of_order(left, right, place), (left, right)

        def key_on(day: date) -> Any:
            return order_of_terms(sides, value, self.scope(day, place))

        if course.direction is not None or None in (self.course(side, place).direction for side in sides):
            return self.changes(key_on, course)

        def is_settled(low: date, high: date) -> bool:
            scopes = self.scope(low, place), self.scope(high, place)
            firsts, lasts = ([value(side, scope) for side in sides] for scope in scopes)
            if any((first is UNKNOWN) is not (last is UNKNOWN) for first, last in zip(firsts, lasts, strict=True)):
                return False
            first, last = (
                tuple([from_zero(read, side, scope) for read, side in zip(values, sides, strict=True)])
                for values, scope in zip((firsts, lasts), scopes, strict=True)
            )
            return order_stays(first, last)

        return self.parted(key_on, is_settled, course.leaps)

    def _feature_changes(self, feature: Feature, read: Callable[[Scope], int], program: Program, place: Place) -> Days:
        terms = feature.terms
        if feature.kind == "pair":
            course = self._course_of_order(terms[0], terms[1], place)
            if course.direction != 0:
                left, right = terms
                return self._changes_of_order(left, right, lambda term, at: value_of(term, program, at), place)
        else:
            course = joined(self.course(term, place) for term in terms)
        if course.direction == 0 and feature.kind == "term" and feature.ordered and isinstance(terms[0], Fact):
            return self._changes_among(terms[0], feature.partition.cuts, course, program, place)

        def value(day: date) -> Any:
            return value_of(terms[0], program, self.scope(day, place))

        if course.direction and feature.kind == "known":
            return self.parted(
                lambda day: is_known(value(day)),
                lambda low, high: knowledge_stays(value(low), value(high)),
                course.leaps,
            )
        if course.direction and feature.ordered:
            cuts = feature.partition.cuts
            return self.changes(lambda day: places_among(value(day), cuts), course)
        if course.direction:
            course = Course(None)
        return self.changes(lambda day: read(self.scope(day, place)), course)

    def _changes_among(self, fact: Fact, cuts: tuple[Any, ...], course: Course, program: Program, place: Place) -> Days:
        """The days on which a fact passes one of ``cuts``, found once for all programs that test it so."""
        memo = (fact.name, place.key)
        changed = self._changes.get((*memo, cuts))
        if changed is None:
            values = self._values.setdefault(memo, {})

            def place_among(day: date) -> Any:
                if day not in values:
                    values[day] = value_of(fact, program, self.scope(day, place))
                return places_among(values[day], cuts)

            changed = self._changes[(*memo, cuts)] = self.changes(place_among, course)
        return changed

    def changes_of_value(self, expr: Expr, program: Program, place: Place) -> Days:
        """The days on which the term ``expr`` of ``program`` has another value, read in ``place``."""
        memo = (id(expr), place.key, "value")
        changed = self._changes.get(memo)
        if changed is None:
            self._hold(program)
            course = self.course(expr, place)
            changed = self._changes[memo] = self.changes(
                lambda day: value_of(expr, program, self.scope(day, place)), course
            )
        return changed

    def changes_of_existence(self, expr: Expr, program: Program, place: Place) -> Days:
        """The days on which the term ``expr`` of ``program``, read in ``place``, may come to exist or cease to."""
        memo = (id(expr), place.key, "existence")
        changed = self._changes.get(memo)
        if changed is None:
            self._hold(program)
            changed = self._changes[memo] = self.changes(
                lambda day: places_among(value_of(expr, program, self.scope(day, place)), ()), self.course(expr, place)
            )
        return changed

    def changes_of_judged(self, place: Place, cuts: Collection[date]) -> Days:
        """The days on which the judged day of ``place`` passes one of the sorted ``cuts``, or is known or not."""
        judged = place.judged
        if judged is None:
            return frozenset(day for day in cuts if self.first < day <= self.last)
        if isinstance(judged, OpenDay):
            return NO_DAYS
        read, ordered = self._reader(judged), tuple(cuts)
        course = self.course(judged, Place(None, place.list_name, place.item))
        return self.changes(lambda day: stretch_of(read(self._of_day(day, place)), ordered), course)

    def changes_of_meeting(self, place: Place, other: Place | date | None) -> Days:
        """The days on which the judged day of ``place`` is, or is no longer, that of ``other``: a place, or a day."""
        judged = place.judged
        if isinstance(judged, OpenDay) or (isinstance(other, Place) and isinstance(other.judged, OpenDay)):
            return NO_DAYS
        if judged is None and isinstance(other, Place) and other.judged is None:
            return NO_DAYS
        memo = (place.key, other.key if isinstance(other, Place) else other)
        days = self._meetings.get(memo)
        if days is None:
            days = self._meetings[memo] = self._find_meeting(place, other)
        return days

    def _find_meeting(self, place: Place, other: Place | date | None) -> Days:
        own_day = self._judged_value(place)
        if other is None or isinstance(other, date):
            day_of: Callable[[date], Any] = lambda day: other  # noqa: E731
            course = self._judged_course(place)
        else:
            day_of = self._judged_value(other)
            courses = self._judged_course(place), self._judged_course(other)
            course = of_order(courses, (place.judged is None, other.judged is None))
        return self.changes(lambda day: order_of(own_day(day), day_of(day)), course)

    def is_today(self, place: Place) -> bool:
        """Whether the judged day of ``place`` is the day of decision on every day."""
        judged = place.judged
        if judged is None or isinstance(judged, OpenDay):
            return judged is None
        read, course = self._reader(judged), self._judged_course(place)
        if not course.slow:
            return False
        # what never gains on the day of decision, and is that day at the end of a stretch, never was behind in it
        days = {self.first, *course.leaps, *(day - ONE_DAY for day in course.leaps), self.last}
        return all(read(self._of_day(day, place)) == day for day in sorted(days, reverse=True))

    def _judged_value(self, place: Place) -> Callable[[date], Any]:
        judged = place.judged
        if judged is None:
            return lambda day: day
        assert not isinstance(judged, OpenDay)
        read = self._reader(judged)
        return lambda day: read(self._of_day(day, place))

    def _judged_course(self, place: Place) -> Course:
        if place.judged is None:
            return TODAY
        assert not isinstance(place.judged, OpenDay)
        return self.course(place.judged, Place(None, place.list_name, place.item))

    def _hold(self, program: Program) -> None:
        self._programs[id(program)] = program

    # -- reading

    def scope(self, day: date, place: Place) -> Scope:
        """What is read in ``place`` on the day of decision ``day``."""
        scope, judged = self._of_day(day, place), place.judged
        if isinstance(judged, OpenDay):
            scope.judged = judged
        elif judged is not None:
            value = self._reader(judged)(scope)
            scope = self._of_day(day, place)
            scope.judged = value if value.__class__ is date else OpenDay()
        return scope

    def _of_rows(self, derivation: Derivation, place: Place) -> Scope:
        """In what the rows of a derivation are read on the first day: by the judged day of the place, not of a row."""
        scope = self.scope(self.first, place)
        return Scope(scope.facts, scope.judged, derivation.over)

    def _of_day(self, day: date, place: Place) -> Scope:
        return Scope(self._session_on(day).facts, day, place.list_name, place.item)

    def _reader(self, expr: Expr) -> Reader:
        """The closure of a term that the rulebook holds for good."""
        read: Reader | None = self._readers.get(id(expr))
        if read is None:
            read = self._readers[id(expr)] = reader(expr)
        return read

    # -- courses of terms

    def course(self, expr: Expr, place: Place) -> Course:
        """The course of the value of ``expr``, read in ``place``."""
        match expr:
            case Const():
                return STEADY
            case DecisionDate():
                return TODAY
            case Fact() | ItemField(derived=True) if expr.which:
                return self._fact_in_round(expr, place)
            case Fact(name):
                return self._fact(name, place)
            case ItemField(derived=True):
                return self._item_fact(expr, place)
            case ItemField(_, field):
                return self._field(field, place)
            case Param(name):
                return Course(0, self._leaps_of_parameter(name, place))
            case Arith(op, left, right):
                return self._arithmetic(op, left, right, place)
            case Call():
                return self._call(expr, place)
        return Course(None)

    def _course_of_order(self, left: Expr, right: Expr, place: Place) -> Course:
        """The course of ``left`` less ``right``, by which it is told in which order two terms are."""
        courses = self.course(left, place), self.course(right, place)
        return of_order(courses, (isinstance(left, DecisionDate), isinstance(right, DecisionDate)))

    def _field(self, field: str, place: Place) -> Course:
        if (place.list_name, field) != ("periods", "end") or place.item.end is not None or not goes_on(place.item):
            return STEADY
        complete = (place.list_name, field) in self._record.complete_fields
        return STEADY if complete and not follows_from_length(place.list_name, field, place.item) else TODAY

    def _leaps_of_parameter(self, name: str, place: Place) -> Days:
        starts = [value.start for value in self._vocabulary.parts.parameters[name].values if value.start is not None]
        return self.changes_of_judged(place, starts)

    def _arithmetic(self, op: str, left: Expr, right: Expr, place: Place) -> Course:
        first, second = self.course(left, place), self.course(right, place)
        if op != "*":
            return joined([first, second.fallen() if op == "-" else second])
        factors = [side.value for side in (left, right) if isinstance(side, Const)]
        if first.direction == second.direction == 0 or (factors and factors[0] in (NONE, UNKNOWN)):
            return joined([first, second])
        if factors and factors[0] >= 0:
            return joined([first, second])
        return Course(None)

    def _call(self, call: Call, place: Place) -> Course:
        function = FUNCTIONS[call.name]
        if function.strict:
            args = [arg for arg in call.args if not isinstance(arg, str)]
            courses = [self.course(arg, place) for arg in args]
            return joined(
                course if rises > 0 else course.fallen() for course, rises in zip(courses, function.rises, strict=True)
            )
        if call.name in ("min", "max"):
            return either([self.course(arg, place) for arg in call.args if not isinstance(arg, str)])
        if call.name in ("done", "date_of"):
            return self._step(call.name, *map(str, call.args))
        if call.name == "day_in":
            return Course(1, self._days_listed(place.list_name), slow=True)
        if call.name == "value_on":
            return self._value_on(call, place)
        if call.name == "row":
            return self._row(call, place)
        return Course(None)

    def _value_on(self, call: Call, place: Place) -> Course:
        parameter, day = call.args
        assert isinstance(parameter, Param) and not isinstance(day, str)
        course = self.course(day, place)
        if course.direction == 0:
            return course
        values = self._vocabulary.parts.parameters[parameter.name].values
        cuts = tuple(value.start for value in values if value.start is not None)
        return Course(0, self._changes_of_key(day, place, lambda value: stretch_of(value, cuts), course))

    def _row(self, call: Call, place: Place) -> Course:
        table, number = call.args[0], call.args[1]
        assert not isinstance(table, str) and not isinstance(number, str)
        of_table, course = self.course(table, place), self.course(number, place)
        if course.direction == 0:
            return joined([of_table, course])
        if isinstance(table, Param):
            rows = [value.value for value in self._vocabulary.parts.parameters[table.name].values]
        else:
            rows = [table.value] if isinstance(table, Const) else []
        cuts = tuple(sorted({key for of_value in rows if isinstance(of_value, dict) for key in of_value}))
        changed = self._changes_of_key(number, place, lambda value: places_among(value, cuts), course)
        return Course(0, changed | of_table.leaps)

    def _changes_of_key(self, expr: Expr, place: Place, key: Callable[[Any], Any], course: Course) -> Days:
        read = reader(expr)  # part of a program perhaps, so it is not kept
        return self.changes(lambda day: key(read(self.scope(day, place))), course)

    def _step(self, function: str, step: str, *of_round: str) -> Course:
        """The course of whether a ``step`` is done, or of the day on which it was, of a round or of any."""
        memo = (function, step, *of_round)
        course = self._of_facts.get(memo)
        if course is None:
            leaps = self._days_listed("events")
            definition = self._vocabulary.parts.steps.get(step)
            for proof in definition.proof if definition else ():
                leaps |= self._days_listed(proof.over)
                if proof.where is not None:
                    leaps |= self._leaps_of_rows(proof.over, proof.where, None)
            course = Course(0 if function == "done" else 1, leaps)
            course = self._of_facts[memo] = self.exact(
                lambda day: getattr(self._session_on(day).facts.steps, function)(step, *of_round), course
            )
        return course

    def _leaps_of_rows(self, list_name: str, where: Condition, judged: Any) -> Days:
        if not self.moving.of_test(where):
            return NO_DAYS
        leaps = NO_DAYS
        for item in getattr(self._record, list_name) or ():
            leaps |= self.leaps_of_test(where, Place(judged, list_name, item))
        return leaps

    def _days_listed(self, list_name: str) -> Days:
        """The days of the items of a list, and the days after them; not those of fields that list many days."""
        days = self._listed.get(list_name)
        if days is None:
            listed = {
                value
                for item in getattr(self._record, list_name) or ()
                for value in item.__dict__.values()
                if value.__class__ is date
            }
            if list_name in self._record.complete_from:
                listed.add(self._record.complete_from[list_name] - ONE_DAY)
                listed.add(self._record.complete_from[list_name])
            days = self._listed[list_name] = self.within(listed)
        return days

    # -- courses of facts

    def _fact(self, name: str, place: Place) -> Course:
        plan = self._vocabulary.plan(name)
        memo = (name, *place.key) if plan.sensitive and place.judged is not None else name
        course = self._of_facts.get(memo)
        if course is None and memo == name and self._twin is not None and not self._vocabulary.rests_on_rules(name):
            course = self._of_facts[memo] = self._twin.course_of_fact(name)
        if course is None:
            read = place if plan.sensitive else Place()
            course = self._of_facts[memo] = self.exact(
                lambda day: self._session_on(day).facts.value(name, self.scope(day, read).judged),
                self._find(plan, read),
            )
        return course

    def _fact_in_round(self, fact: Fact | ItemField, place: Place) -> Course:
        """The course of a fact in one of the rounds that may be the current one, day by day: these change as well."""
        memo = (str(fact), fact.which, *place.key)
        course = self._of_facts.get(memo)
        if course is None:
            read = reader(fact)
            course = self._of_facts[memo] = self.exact(lambda day: read(self.scope(day, place)), Course(None))
        return course

    def course_of_fact(self, name: str) -> Course:
        """The course of the fact ``name`` as it counts on the day of decision."""
        return self._fact(name, Place())

    def _find(self, plan: FactPlan, place: Place) -> Course:
        ready = self._facts.inputs.get(plan.name, UNKNOWN)
        bounded = ready.__class__ is Interval
        if ready is not UNKNOWN and not (plan.dated or plan.prefer_derived or bounded):
            return STEADY
        courses = []
        if plan.concluded:
            courses.append(Course(0, self._leaps_of_outcome(plan.name)))
        else:
            if plan.derivation is not None:
                courses.append(self._derived(plan.derivation, place))
            if plan.default is not None:
                courses.append(self.course(plan.default, place))
        if plan.dated:
            courses.append(Course(0, self.leaps_of_given | self._meeting(place)))
        if plan.client:
            courses.append(Course(0, self.leaps_of_given))
        course = either(courses)
        return Course(None, course.leaps) if bounded and course.direction else course

    @property
    def changes_of_round(self) -> Days:
        """The days on which an event comes to be one that may have opened a round, or ceases to be."""
        course = Course(0, self._days_listed("events"))
        return self.exact(lambda day: self._session_on(day).facts.steps.round_open, course).leaps

    @cached_property_unlocked
    def leaps_of_given(self) -> Days:
        """The days on which what the record gives ready-made begins or ceases to count."""
        record = self._record
        texts = [record.facts.get(name) for name in PAST_DAYS]
        days = [parse_day(day) if isinstance(day, str) else day for day in texts]
        days += [record.facts_on, *(getattr(record.client, name, None) for name in PAST_DAYS)]
        return self.within(day for day in days if isinstance(day, date))

    def _meeting(self, place: Place) -> Days:
        """The days on which the judged day of ``place`` meets, or leaves, the day of decision or that of the facts."""
        if place.judged is None:
            return NO_DAYS
        key = place.key
        days = self._equal.get(key)
        if days is None:
            days = self._equal[key] = self.changes_of_meeting(place, Place()) | (
                self.changes_of_meeting(place, self._record.facts_on) if self._record.facts_on else NO_DAYS
            )
        return days

    def _item_fact(self, expr: ItemField, place: Place) -> Course:
        memo = (str(expr), id(place.judged), id(place.item))
        course = self._of_facts.get(memo)
        if course is None:
            plan = self._vocabulary.plan(f"{expr.singular}.{expr.field}")
            courses = []
            if plan.derivation is not None:
                courses.append(self._derived(plan.derivation, place))
            if plan.default is not None:
                courses.append(self.course(plan.default, place))
            course = self._of_facts[memo] = self.exact(
                lambda day: (scope := self.scope(day, place)).facts.item_fact(plan.name, scope), either(courses)
            )
        return course

    def _derived(self, derivation: Derivation, place: Place) -> Course:
        if derivation.kind == "test":
            return STEADY if derivation.where is None else Course(0, self.leaps_of_test(derivation.where, place))
        if derivation.value is not None:
            return self.course(derivation.value, place)
        return self._aggregate(derivation, place)

    # -- courses of aggregates

    def _aggregate(self, derivation: Derivation, place: Place) -> Course:
        kind, list_name = derivation.kind, derivation.over
        if kind == "gaps_at_most":
            return self._gaps(derivation, place)
        if kind == "count" and derivation.field:
            return STEADY
        if kind in ("latest", "earliest") and lists()[list_name].fields[derivation.field].type == "dates":
            return Course(0, self.within(place.item.__dict__[derivation.field] or ()))
        if getattr(self._record, list_name) is None:
            return STEADY
        leaps = self._days_listed(list_name)
        if derivation.where is not None:
            leaps |= self._leaps_of_rows(list_name, derivation.where, place.judged)
        if self._has_no_rows(derivation, place):
            return STEADY
        if kind in ("count", "any"):
            return Course(0, leaps)
        if kind in ("latest", "earliest"):
            return Course(1, leaps)
        window = derivation.within
        if kind == "peak":
            months = window.months if window is not None else None
            if derivation.since:
                leaps |= self._leaps_of_parameter(derivation.since, place)
            length = STEADY if months is None or isinstance(months, int) else self.course(months, place)
            return Course(1 if length.direction == 0 else None, leaps | length.leaps)
        if kind == "total":
            return joined([Course(0, leaps), self._of_window(derivation, place)])
        if kind == "reached":
            ends = [self.course(limit.amount, place) for limit in derivation.limits]
            ends += [self.course(limit.start, place) for limit in derivation.limits if limit.start is not None]
            return self._of_phases(derivation, place, joined([Course(1, leaps), *map(steady, ends)]))
        return Course(None)

    def _has_no_rows(self, derivation: Derivation, place: Place) -> bool:
        """Whether a complete list surely has no row that is counted, on any day."""
        if derivation.over in self._record.complete_from:
            return False
        items = getattr(self._record, derivation.over)
        if not items:
            return True
        if derivation.over == "events" or (derivation.where is not None and self.moving.of_test(derivation.where)):
            return False
        if derivation.where is None:
            return False
        test = self._test(derivation.where)
        scope = self._of_rows(derivation, place)
        for item in items:
            scope.item = item
            if test(scope) is not False:
                return False
        return True

    def _test(self, where: Condition) -> Callable[[Scope], bool | None]:
        test: Callable[[Scope], bool | None] | None = self._readers.get(id(where))
        if test is None:
            test = self._readers[id(where)] = tester(where)
        return test

    def _of_window(self, derivation: Derivation, place: Place) -> Course:
        """How a total goes with the window in which its rows are counted.

        It grows as long as only its end moves, and shrinks as long as its end has passed all that is counted.
        """
        window = derivation.within
        if window is None:
            return RISING
        end = Course(1) if window.end is None else self._stepped(window.end, place)
        if window.months is not None:
            months = STEADY if isinstance(window.months, int) else self._stepped(window.months, place)
            start = joined([end, months])
            shrinks = end.direction == 1 and months.direction == 0
        else:
            start = STEADY if window.start is None else self._stepped(window.start, place)
            shrinks = False
        leaps = start.leaps | end.leaps
        if start.direction == 0 and end.direction in (0, 1):
            return Course(1, leaps)
        return Course(-1 if shrinks and self._has_passed(derivation, place, leaps) else None, leaps)

    def _stepped(self, expr: Expr, place: Place) -> Course:
        """The course of a term, of one that rises or falls by few steps with the days of these as leaps."""
        course = self.course(expr, place)
        if not course.direction or isinstance(expr, DecisionDate):
            return course
        read = self._reader(expr)

        def value(day: date) -> Any:
            return read(self.scope(day, place))

        near = [value(min(self.first + ONE_DAY * number, self.last)) for number in range(4)]
        if sum(map(unlike, near, near[1:])) > 1:
            return course
        return Course(0, course.leaps | self.changes(value, course))

    def _has_passed(self, derivation: Derivation, place: Place, leaps: Days) -> bool:
        """Whether the end of a window lies after every day of all rows that a total may count, on each day."""
        if derivation.outside:
            return False
        window = window_of(derivation.within)
        ends = []
        for day in {self.first, *leaps}:
            surely, possibly = window(self.scope(day, place))
            if surely != possibly:
                return False
            ends.append(surely[1])
        moves = derivation.where is not None and self.moving.of_test(derivation.where)
        scope = self._of_rows(derivation, place)
        for item in getattr(self._record, derivation.over) or ():
            scope.item = item
            if derivation.where is not None and not moves and self._test(derivation.where)(scope) is False:
                continue
            if item.start is None or item.end is None or not (item.end < min(ends) or item.start > self.last):
                return False
        return True

    def _gaps(self, derivation: Derivation, place: Place) -> Course:
        window = derivation.within
        assert window is not None and window.start is not None and window.end is not None and window.months is not None
        months = STEADY if isinstance(window.months, int) else self.course(window.months, place)
        courses = [steady(self.course(window.start, place)), steady(months), self.course(window.end, place)]
        if derivation.since:
            courses.append(Course(0, self._leaps_of_parameter(derivation.since, place)))
        shown = set(place.item.__dict__[derivation.field] or ())
        for list_name, name in derivation.also:
            for item in getattr(self._record, list_name) or ():
                if list_name == "events":
                    shown |= {item.on} if item.on is not None else set()
                else:
                    shown |= set(item.__dict__[name] or ())
        courses.append(Course(0, self.within(shown)))
        return self._of_phases(derivation, place, joined(courses))

    def _of_phases(self, derivation: Derivation, place: Place, course: Course) -> Course:
        """The course of what goes through several values one after the other, between leaps never twice through one."""
        memo = ("aggregate", id(derivation))
        read = self._readers.get(memo)
        if read is None:
            read = self._readers[memo] = aggregate(derivation)
        return Course(0, self.changes(lambda day: read(self.scope(day, place)), course))

    # -- tests

    def leaps_of_test(self, condition: Condition, place: Place) -> Days:
        """The days on which the truth of ``condition``, of the rulebook itself, may change in ``place``."""
        memo = (id(condition), place.key)
        days = self._tests.get(memo)
        if days is None:
            days = self._tests[memo] = self._find_leaps_of_test(condition, place)
        return days

    def _find_leaps_of_test(self, condition: Condition, place: Place) -> Days:
        match condition:
            case Always():
                return NO_DAYS
            case All(items) | Any_(items):
                leaps = NO_DAYS
                for item in items:
                    leaps |= self.leaps_of_test(item, place)
                return leaps
            case Not(item):
                return self.leaps_of_test(item, place)
            case Compare(_, left, right):
                course = self._course_of_order(left, right, place)
                if course.direction == 0:
                    return course.leaps
                return self._changes_of_order(left, right, lambda term, at: self._reader(term)(at), place)
            case _:
                course = self.course(condition.term, place)
                if course.direction == 0:
                    return course.leaps
                read = self._reader(condition.term)
                return self.changes(lambda day: read(self.scope(day, place)), course)
