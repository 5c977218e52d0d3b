"""Record -> facts: ready-made, derived from the lists, or concluded by rules of a lower stratum."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from .aggregates import aggregate
from .evaluation import STRICT, Reader, Scope, reader, tester
from .expression import TRUE, Arith, Call, Condition, Expr, nullable, walk
from .expression import Fact as FactTerm
from .expression import Param as ParamTerm
from .given import Typist
from .parts import Derivation, FactDef, Parts
from .record import Record
from .record.fields import lists
from .steps import Steps
from .structs import Struct
from .values import FIRST_DAY, NONE, UNKNOWN, Interval, interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .binding import DerivedWith

CLIENT_FACTS: Final = ("birth_date", "municipality", "language", "protected")
"""The facts that the ``client`` part of a record gives."""
ONE_DAY = timedelta(days=1)
DERIVED_FIRST: Final = frozenset({"age"})
"""Facts that are derived even where they are given ready-made, if they can be: a birth date is surer."""


class Origin(Struct):
    """Where the value of one name comes from: rules, the record's client, a derivation, or ready-made alone."""

    outcome: bool
    of_the_day: bool
    client: bool
    derived_first: bool
    sensitive: bool
    read: Reader | None

    @property
    def of_a_day(self) -> bool:
        """Whether what is given of it counts on one day alone."""
        return self.outcome or self.of_the_day


class Vocabulary:
    """What a rulebook's facts, parameters and outcomes need at run time; shared by all its records."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.origins: dict[str, Origin] = {}
        self.derived_with: dict[str, DerivedWith] = {}
        """By fact: what its derivation reads; filled as rules are bound."""
        self.read_by_facts_of: dict[str, frozenset[str]] = {}
        """By rule: the parameters with which the facts that it reads are derived; filled as rules are bound."""
        self._sensitive: dict[str, bool] = {}
        self._starts: dict[str, tuple[list[date], list[Any]]] = {}
        self.typist = Typist(parts.facts, parts.outcomes, self._derived_first())

    def _derived_first(self) -> dict[str, frozenset[str]]:
        """The facts that are derived where they can be, each with the facts without which it cannot be."""
        definitions = {name: self.parts.facts[name] for name in DERIVED_FIRST if name in self.parts.facts}
        return {
            name: self._needed(definition.derivation.value) if definition.default is None else frozenset()
            for name, definition in definitions.items()
            if definition.derivation is not None
        }

    def _needed(self, expr: Expr | str | None) -> frozenset[str]:
        """Facts that are not derived themselves, and without any one of which a term is unknown."""
        match expr:
            case FactTerm(name):
                definition = self.parts.facts.get(name)
                plain = definition is not None and definition.derivation is None and definition.default is None
                return frozenset({name}) if plain else frozenset()
            case Call(function, args) if function in STRICT and not any(map(nullable, args)):
                return frozenset().union(*map(self._needed, args))
            case Arith(_, left, right) if not (nullable(left) or nullable(right)):
                return self._needed(left) | self._needed(right)
        return frozenset()

    def origin(self, name: str) -> Origin:
        """Where the value of a fact or outcome comes from; a name that is neither has no value."""
        found = self.origins.get(name)
        if found is None:
            definition = self.parts.facts.get(name)
            found = self.origins[name] = Origin(
                name in self.parts.outcomes,
                definition is not None and definition.of_the_day,
                name in CLIENT_FACTS,
                name in DERIVED_FIRST,
                self.sensitive(name),
                derived_reader(definition) if definition else None,
            )
        return found

    def sensitive(self, name: str) -> bool:
        """Whether a fact's value depends on the judged day and not on the record alone."""
        found = self._sensitive.get(name)
        if found is None:  # derivations that go round in a circle are refused at load
            found = self._sensitive[name] = self._is_sensitive(name)
        return found

    def _is_sensitive(self, name: str) -> bool:
        if name in self.parts.outcomes:
            return True
        definition = self.parts.facts.get(name)
        if definition is None:
            return False
        if definition.of_the_day or (definition.derivation is not None and definition.derivation.since):
            return True
        return any(
            isinstance(node, ParamTerm) or (isinstance(node, FactTerm) and self.sensitive(node.name))
            for tree in trees(definition)
            for node in walk(tree)
        )

    def words_of(self, name: str) -> tuple[str, ...]:
        """Every word that a fact or a field of an item can be; none if it is no choice of closed words.

        Of outcomes none: they may be not applicable.
        """
        definition = self.parts.facts.get(name)
        if definition is not None:
            return definition.words if definition.type == "choice" else ()
        singular, _, field = name.partition(".")
        info = lists()[f"{singular}s"].fields.get(field) if f"{singular}s" in lists() else None
        return info.words if info is not None and info.type == "choice" and name != "event.step" else ()

    def boolean(self, name: str) -> FactTerm:
        """The term of a boolean fact, equal to that of a line in which its name stands."""
        derivation = self.parts.facts[name].derivation
        absent = derivation is not None and derivation.value is not None and nullable(derivation.value)
        return FactTerm(name, "boolean", "", absent, self.sensitive(name))

    def parameter(self, name: str, day: date | None) -> Any:
        """The value of a parameter on a day; NONE where there is no such rule, UNKNOWN without a day."""
        if day is None:
            return UNKNOWN
        starts, values = self._timeline(name)
        position = bisect_right(starts, day) - 1
        value = values[position] if position >= 0 else None
        return NONE if value is None else value

    def parameter_since(self, name: str, day: date | None) -> Any:
        """The day since which the value in force on a day has held; equal values in a row are one."""
        if day is None:
            return UNKNOWN
        starts, values = self._timeline(name)
        position = bisect_right(starts, day) - 1
        while position > 0 and values[position - 1] == values[position]:
            position -= 1
        return starts[max(position, 0)]

    def between(self, name: str, first: date | None, last: date | None) -> Any:
        """What a numeric parameter may be on some day from ``first`` to ``last`` (None: no bound)."""
        starts, values = self._timeline(name)
        low = 0 if first is None else bisect_right(starts, first)
        high = len(starts) if last is None else bisect_right(starts, last)
        found = [values[position - 1] if position else None for position in range(low, high + 1)]
        if low == 0 and starts and starts[0] == date.min:
            found = found[1:]  # what always held has no day before it
        numbers = [value for value in found if isinstance(value, (int, Decimal)) and not isinstance(value, bool)]
        if not numbers:
            return NONE if not any(value is not None for value in found) else UNKNOWN
        if len(numbers) + found.count(None) < len(found):
            return UNKNOWN
        absent = None in found
        return interval(min(numbers), max(numbers)) if not absent else Interval(min(numbers), max(numbers), absent=True)

    def _timeline(self, name: str) -> tuple[list[date], list[Any]]:
        if name not in self._starts:
            values = self.parts.parameters[name].values
            self._starts[name] = ([v.start or date.min for v in values], [v.value for v in values])
        return self._starts[name]


def trees(definition: FactDef) -> Iterator[Expr | Condition]:
    """Every tree in the derivation of a fact."""
    if definition.default is not None:
        yield definition.default
    derivation = definition.derivation
    if derivation is None:
        return
    yield from (tree for tree in (derivation.value, derivation.where) if tree is not None)
    if derivation.within is not None:
        window = derivation.within
        yield from (tree for tree in (window.start, window.end) if tree is not None)
        if window.months is not None and not isinstance(window.months, int):
            yield window.months


def derived_reader(definition: FactDef) -> Reader | None:
    """The closure of a fact's derivation, its default where that leaves it unknown."""
    derivation: Derivation | None = definition.derivation
    read: Reader | None = None
    if derivation is not None:
        read = _derive(derivation)
    if definition.default is None:
        return read
    otherwise = reader(definition.default)
    if read is None:
        return otherwise
    first = read
    return lambda scope: otherwise(scope) if (value := first(scope)) is UNKNOWN else value


def _derive(derivation: Derivation) -> Reader:
    if derivation.kind == "test":
        test = tester(derivation.where or TRUE)
        return lambda scope: UNKNOWN if (state := test(scope)) is None else state
    return reader(derivation.value) if derivation.value is not None else aggregate(derivation)


class Facts:
    """The facts of one record on one day of decision, each computed at most once.

    ``outcome`` asks the rules of a lower stratum; it is only called for outcomes that the record
    does not give. Raises RecordError if the record's ready-made facts are not of their types.
    """

    __slots__ = ("_origins", "_stated", "_steps", "given", "memo", "on", "outcome", "record", "vocabulary")

    def __init__(
        self, vocabulary: Vocabulary, record: Record, on: date, outcome: Callable[[str], Any],
        given: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """``given``: the typed facts of the record, if they have been typed already."""
        self.vocabulary = vocabulary
        self._origins = vocabulary.origins
        self.record = record
        self.on = on
        self.outcome = outcome
        self._steps: Steps | None = None
        self.given = vocabulary.typist.read(record, on)[0] if given is None else given
        self._stated = record.facts_on or on
        lasting = vocabulary.typist.lasting
        self.memo: dict[Any, Any] = {name: value for name, value in self.given.items() if name in lasting}
        """What has been found: under the name alone what counts on every day, else under name and judged day."""

    @property
    def steps(self) -> Steps:
        """The steps of the client path that the record shows as done."""
        found = self._steps
        if found is None:
            found = self._steps = Steps(self, self.vocabulary.parts.steps)
        return found

    def value(self, name: str, judged: date | None) -> Any:
        """The value of a fact as it counts on the judged day."""
        memo = self.memo
        value = memo.get(name, self)  # the facts themselves stand for "not yet", as no value is they
        if value is self:
            origin = self._origins.get(name) or self.vocabulary.origin(name)
            key = (name, judged) if origin.sensitive else name
            value = memo.get(key, self)
            if value is self:
                value = memo[key] = self._find(name, origin, judged)
        return value

    def _find(self, name: str, origin: Origin, judged: date | None) -> Any:
        ready = self.given.get(name, UNKNOWN)
        if ready is UNKNOWN:
            if origin.client:
                ready = self._of_client(name)
        elif origin.of_a_day and judged != self._stated:
            ready = UNKNOWN
        if ready is not UNKNOWN and not origin.derived_first:
            return ready
        derived = self._derived(name, origin, judged)
        return ready if derived is UNKNOWN else derived

    def ready_made(self, name: str, judged: date | None) -> Any:
        """The value that the record gives, if it counts on the judged day; else UNKNOWN."""
        value = self.given.get(name, UNKNOWN)
        if value is UNKNOWN:
            return self._of_client(name)
        return value if self.counts_on(name, judged) else UNKNOWN

    def _of_client(self, name: str) -> Any:
        if name not in CLIENT_FACTS:
            return UNKNOWN
        value = getattr(self.record.client, name)
        return UNKNOWN if value is None else value

    def counts_on(self, name: str, judged: date | None) -> bool:
        """Whether what is given of a fact holds on the judged day: facts of the day age, others do not."""
        return not self.vocabulary.origin(name).of_a_day or judged == self._stated

    def derived(self, name: str, judged: date | None) -> Any:
        """The value that follows from the record's lists or from rules, whatever is given."""
        return self._derived(name, self.vocabulary.origin(name), judged)

    def _derived(self, name: str, origin: Origin, judged: date | None) -> Any:
        if origin.outcome:
            return self.outcome(name) if judged == self.on else UNKNOWN
        if origin.read is None or (origin.of_the_day and judged != self.on):
            return UNKNOWN  # facts of the day are derived for the day of decision alone
        value = origin.read(Scope(self, judged))
        # nothing that is counted is below zero: a birth date after the day of decision gives no age
        return UNKNOWN if value.__class__ is int and value < 0 else value

    def item_fact(self, name: str, scope: Scope) -> Any:
        """The value of a derived fact of an item, such as ``plan.option_count``."""
        key = (name, scope.judged, id(scope.item))
        memo = self.memo
        if key not in memo:
            read = self.vocabulary.origin(name).read
            memo[key] = UNKNOWN if read is None else read(scope)
        return memo[key]

    def parameter(self, name: str, day: Any) -> Any:
        """The value of a parameter on a day."""
        return self.vocabulary.parameter(name, day)

    def parameter_since(self, name: str, day: date | None) -> Any:
        """The day since which the value in force on a day has held."""
        return self.vocabulary.parameter_since(name, day)

    def day_in(self, list_name: str, item: Any) -> Any:
        """The day of decision held inside an item: its first day before it, its last day after it."""
        start = item.__dict__["start" if list_name == "periods" else "made_on"]
        low, high = self._last_days(list_name, item)
        if start is not None:
            if self.on <= start:
                return start
            return interval(max(start, min(self.on, low or self.on)), max(start, min(self.on, high or self.on)))
        # it may begin on any day up to its last one, and where it goes on, after the day of decision
        return interval(None if low == FIRST_DAY else min(self.on, low or self.on), high)

    def _last_days(self, list_name: str, item: Any) -> tuple[date | None, date | None]:
        """The earliest and the latest last day that an item can have; None: it goes on. FIRST_DAY: any day."""
        if list_name == "periods":
            end: date | None = item.end
            return (FIRST_DAY if end is None and item.length_months is not None else end), end
        if item.ends_on is not None:
            return item.ends_on, item.ends_on
        later = [plan for plan in self.record.plans or () if plan is not item and may_follow(plan, item)]
        known = [plan.made_on - ONE_DAY for plan in later if plan.made_on is not None]
        sure = [plan.made_on - ONE_DAY for plan in later if plan.made_on is not None and _surely_after(plan, item)]
        # another plan, of unknown kind or day or not even listed, may have ended this one at any time
        any_day = len(known) < len(later) or self.may_precede_unlisted(item)
        first: date | None = FIRST_DAY if any_day else min(known, default=None)
        last: date | None = min(sure, default=None)
        return first, last

    def may_precede_unlisted(self, item: Any) -> bool:
        """Whether a plan that the list may lack, made before the list was complete, may have followed this one."""
        since = self.record.complete_from.get("plans", FIRST_DAY)
        return since > FIRST_DAY and (item.made_on is None or item.made_on < since - ONE_DAY)


def may_follow(plan: Any, item: Any) -> bool:
    """Whether a plan may be a later one of the same kind."""
    unlike = None not in (plan.kind, item.kind) and plan.kind != item.kind
    return not unlike and (None in (plan.made_on, item.made_on) or plan.made_on > item.made_on)


def _surely_after(plan: Any, item: Any) -> bool:
    """Whether a plan is a later one of the same kind for sure."""
    return None not in (plan.made_on, item.made_on, plan.kind, item.kind) and may_follow(plan, item)
