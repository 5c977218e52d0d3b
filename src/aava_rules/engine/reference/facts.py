"""Record -> facts: ready-made, derived from the lists, or concluded by rules of a lower stratum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from aava_rules.compiler.facts import CLIENT_FACTS, FactPlan, Vocabulary
from aava_rules.compiler.inputs import PAST_DAYS
from aava_rules.engine.reference.aggregates import aggregate
from aava_rules.engine.reference.evaluate import reader, tester
from aava_rules.engine.reference.later_plans import LaterPlans
from aava_rules.engine.reference.scope import Judged, OpenDay, Reader, Scope
from aava_rules.engine.reference.steps import Steps
from aava_rules.language.dates import ONE_DAY
from aava_rules.language.syntax import TRUE
from aava_rules.language.values import FIRST_DAY, NONE, UNKNOWN, Interval, interval, may_be_absent, meet
from aava_rules.record import Record
from aava_rules.rulebook.model import Derivation


class Facts:
    """The facts of one record on one day of decision, each computed at most once.

    Attributes:
        vocabulary: the names of the rulebook.
        record: the record.
        on: the day of decision.
        outcome: asks the rules of a lower stratum for an outcome that the record does not state.
        without_value: whether an outcome has no value, whatever else is found out.
        inputs: the ready-made facts, typed.
        twin: the same record on the same day by another law, by which facts that rest on no rules are the same; None.
        memo: what is worked out: under the name alone what counts on every day, else under name and judged day.
    """

    __slots__ = (
        "_in_rounds",
        "_later_plans",
        "_places",
        "_plans",
        "_readers",
        "_stated",
        "_steps",
        "inputs",
        "memo",
        "on",
        "outcome",
        "record",
        "twin",
        "vocabulary",
        "without_value",
    )

    def __init__(
        self, vocabulary: Vocabulary, record: Record, on: date, outcome: Callable[[str], Any],
        inputs: Mapping[str, Any] | None = None, without_value: Callable[[str], bool] = lambda name: False,
    ) -> None:  # fmt: skip
        """Raises RecordError if ``inputs`` is None and the record's ready-made facts are not of their types.

        Args:
            vocabulary: the names of the rulebook.
            record: the record.
            on: the day of decision.
            outcome: what answers outcomes.
            inputs: the ready-made facts, if they have been typed already.
            without_value: whether an outcome has no value, whatever else is found out.
        """
        self.vocabulary = vocabulary
        self._plans = vocabulary.plans
        self._readers = vocabulary.compiled
        self.record = record
        self.on = on
        self.outcome, self.without_value = outcome, without_value
        self._steps: Steps | None = None
        self._in_rounds: dict[str, Facts | None] | None = None  # None: as these are
        self._later_plans: LaterPlans | None = None
        self._places: dict[str, dict[int, int]] = {}
        self.inputs = vocabulary.inputs.read(record, on)[0] if inputs is None else inputs
        self._stated = record.facts_on or on
        self.twin: Facts | None = None
        lasting = vocabulary.inputs.lasting
        self.memo: dict[Any, Any] = {
            name: value for name, value in self.inputs.items() if name in lasting and value.__class__ is not Interval
        }

    @property
    def later_plans(self) -> LaterPlans:
        """The plans of the record, as they follow each other."""
        later = self._later_plans
        if later is None:
            later = self._later_plans = LaterPlans(self.record.plans or ())
        return later

    @property
    def steps(self) -> Steps:
        """The steps of the client path that the record shows as done."""
        steps = self._steps
        if steps is None:
            steps = self._steps = Steps(self, self.vocabulary.parts.steps)
        return steps

    def in_round(self, which: str) -> Facts:
        """The facts where the current round is ``which`` of those that it may be: see `compiler.rounds`."""
        if self._in_rounds is None:
            self._in_rounds = {}
        facts = self._in_rounds.get(which, self)
        if facts is self:
            record = self.steps.record_in(which)
            facts = self._in_rounds[which] = None if record is self.record else Facts(
                self.vocabulary, record, self.on, self.outcome, self.inputs, self.without_value
            )  # fmt: skip
        return self if facts is None else facts

    def value(self, name: str, judged: Judged) -> Any:
        """The value of the fact ``name`` as it counts on the day ``judged``, which may not be known."""
        memo = self.memo
        value = memo.get(name, self)  # the facts themselves stand for "not yet", as no value is they
        if value is self:
            plan = self._plans.get(name) or self.vocabulary.plan(name)
            key = (name, judged) if plan.sensitive else name
            value = memo.get(key, self)
            if value is self:
                twin = self.twin
                if twin is not None and not self.vocabulary.rests_on_rules(name):
                    value = memo[key] = twin.value(name, judged)
                elif not plan.client and name not in self.inputs:
                    value = memo[key] = self._derived(name, plan, judged)
                else:
                    value = memo[key] = self._find(name, plan, judged)
        return value

    def _find(self, name: str, plan: FactPlan, judged: Judged) -> Any:
        ready = self.inputs.get(name, UNKNOWN)
        if ready is UNKNOWN:
            if plan.client:
                ready = self._of_client(name)
        elif plan.dated and judged != self._stated:
            ready = UNKNOWN
        bounded = ready.__class__ is Interval and not plan.concluded and plan.derived
        if ready is not UNKNOWN and not plan.prefer_derived and not bounded:
            return ready
        derived = self._derived(name, plan, judged)
        if derived is UNKNOWN:
            return ready
        if bounded and (met := meet(ready, derived)) is not None:
            return met
        return ready if bounded and not plan.prefer_derived else derived

    def ready_made(self, name: str, judged: Judged) -> Any:
        """The value of ``name`` that the record gives, if it counts on the day ``judged``; else UNKNOWN."""
        value = self.inputs.get(name, UNKNOWN)
        if value is UNKNOWN:
            return self._of_client(name)
        return value if self.counts_on(name, judged) else UNKNOWN

    def _of_client(self, name: str) -> Any:
        if name not in CLIENT_FACTS:
            return UNKNOWN
        value = getattr(self.record.client, name)
        return UNKNOWN if value is None or (name in PAST_DAYS and value > self.on) else value

    def counts_on(self, name: str, judged: Judged) -> bool:
        """Whether what is given of ``name`` counts on the day ``judged``: facts of the day do on one day alone."""
        return not self.vocabulary.plan(name).dated or judged == self._stated

    def derived(self, name: str, judged: Judged) -> Any:
        """The value of ``name`` that follows from lists or rules on the day ``judged``, whatever is given."""
        return self._derived(name, self.vocabulary.plan(name), judged)

    def follows(self, name: str, judged: Judged) -> Any:
        """As ``derived`` of ``name`` on ``judged``, but UNKNOWN where only the default of the fact gives it a value."""
        plan = self.vocabulary.plan(name)
        if plan.default is None:
            return self._derived(name, plan, judged)
        if plan.derivation is None or (plan.of_the_day and judged != self.on):
            return UNKNOWN
        alone = f"{name} without its default"
        read = self._readers.get(alone)
        if read is None:
            read = self._readers[alone] = _derive(plan.derivation)
        # a default that stands in for what does not exist is no guess
        return UNKNOWN if read(Scope(self, judged)) is UNKNOWN else self._derived(name, plan, judged)

    def _derived(self, name: str, plan: FactPlan, judged: Judged) -> Any:
        if plan.concluded:
            return self.outcome(name) if judged == self.on else UNKNOWN
        if plan.of_the_day and judged != self.on:
            return UNKNOWN  # facts of the day are derived for the day of decision alone
        read = self._reader(plan)
        if read is None:
            return UNKNOWN
        return read(Scope(self, judged))

    def _reader(self, plan: FactPlan) -> Reader | None:
        """The closure of a derivation, made for all records at once."""
        try:
            read: Reader | None = self._readers[plan.name]
        except KeyError:
            read = self._readers[plan.name] = derived_reader(plan)
        return read

    def item_fact(self, name: str, scope: Scope) -> Any:
        """The value of the derived fact ``name`` (``plan.option_count``) of the item of ``scope``."""
        key = (name, scope.judged, id(scope.item))
        memo = self.memo
        if key not in memo:
            read = self._reader(self.vocabulary.plan(name))
            memo[key] = UNKNOWN if read is None else read(scope)
        return memo[key]

    def parameter(self, name: str, day: Judged) -> Any:
        """The value of the parameter ``name`` on ``day``; NONE where it has none, UNKNOWN of a day of unknown law."""
        return self.vocabulary.parameter(name, day.law if isinstance(day, OpenDay) else day)

    def parameter_since(self, name: str, day: Judged) -> Any:
        """The day since which the value of the parameter ``name`` in force on ``day`` has held."""
        return self.vocabulary.parameter_since(name, day.law if isinstance(day, OpenDay) else day)

    def position(self, list_name: str, item: Any) -> int:
        """The place of ``item`` in the list ``list_name``, from 0."""
        places = self._places.get(list_name)
        if places is None:
            items = getattr(self.record, list_name)
            places = self._places[list_name] = {id(item): place for place, item in enumerate(items)}
        return places[id(item)]

    def day_in(self, list_name: str, item: Any) -> Any:
        """The day of decision, or the first or last day of ``item`` of ``list_name`` where it is before or after it."""
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
            # it has a last day that nobody has recorded, or that rests on an unknown first one
            any_day = end is None and (item.length_months is not None or item.ended_because is not None)
            return (FIRST_DAY if any_day else end), end
        if item.ends_on is not None:
            return item.ends_on, item.ends_on
        later = self.later_plans
        # another plan, of unknown kind or day or not even listed, may have ended this one at any time
        if self.may_precede_unlisted(item) or later.undated(item):
            first: date | None = FIRST_DAY
        else:
            first = _day_before(later.may_follow(item))
        last = _day_before(later.surely_follows(item))
        return first, last

    def may_precede_unlisted(self, item: Any) -> bool:
        """Whether a plan that the list may lack, made before the list was complete, may have followed ``item``."""
        since = self.record.complete_from.get("plans", FIRST_DAY)
        return since > FIRST_DAY and (item.made_on is None or item.made_on < since - ONE_DAY)


def _day_before(day: date | None) -> date | None:
    return None if day is None else day - ONE_DAY


def derived_reader(plan: FactPlan) -> Reader | None:
    """The closure of what is derived by ``plan``: its derivation, and its default where that leaves it unknown.

    The default stands in for a term that does not exist, too, and of one that may not nothing is known. A default that
    does not exist, or may not, is no value for what is unknown.
    """
    first = None if plan.derivation is None else _derive(plan.derivation)
    if plan.default is None:
        return first
    default = reader(plan.default)
    if first is None or plan.derivation is None:
        return default
    read, of_term = first, plan.derivation.value is not None

    def with_default(scope: Scope) -> Any:
        value = read(scope)
        if of_term and value is NONE:
            return default(scope)
        if of_term and may_be_absent(value):
            return UNKNOWN
        if value is not UNKNOWN:
            return value
        assumed = default(scope)
        return UNKNOWN if assumed is NONE or may_be_absent(assumed) else assumed

    return with_default


def _derive(derivation: Derivation) -> Reader:
    if derivation.kind == "test":
        test = tester(derivation.where or TRUE)
        return lambda scope: UNKNOWN if (state := test(scope)) is None else state
    return reader(derivation.value) if derivation.value is not None else aggregate(derivation)
