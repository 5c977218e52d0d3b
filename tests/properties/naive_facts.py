"""What a record says, evaluated by hand in one completion: terms, tests, derived facts, steps of the client path.

Every value is known, since whatever is open is chosen: plain Python values, or ABSENT for what does not exist. Days are
gone through one by one wherever that is the plainest reading of docs/record.md and rulesets/README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from library import (
    All,
    Always,
    Any_,
    Arith,
    Call,
    Compare,
    Const,
    DecisionDate,
    Fact,
    FactDef,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    Rule,
    RuleDate,
    Truth,
    derived_first,
    lists,
    walk,
)
from naive_choices import Choices, Contradiction
from naive_days import (
    ONE_DAY,
    add_days,
    add_months,
    end_of_month,
    months_between,
    weekdays,
    working_days_after,
    years_between,
)
from naive_known import Undetermined
from naive_law import ABSENT, FIRST_DAY, LAST_DAY, PLURAL, Law

CLIENT = ("birth_date", "municipality", "language", "protected")
NO_WORD = "…"
"""What an outcome of words may be that has no value: none of its words."""
FIRST_STEP, RETURN_STEP = "client_relationship_starts", "follow_up_contact"
DAYS_OF_PLACE = {
    ("plans", "made_on"),
    ("periods", "start"),
    ("benefits", "start"),
    ("benefits", "end"),
    ("events", "on"),
}
"""Days without which an item has no place on the calendar: there is always one, though it may be unknown."""
ALWAYS = DAYS_OF_PLACE | {("events", "step"), ("periods", "end"), ("plans", "ends_on")}
"""Fields of which a completion never says that there is none."""


@dataclass(frozen=True)
class Scope:
    """In the light of what a tree is read: the judged day, the item (list and position), and the rule."""

    judged: date
    list_name: str = ""
    position: int = -1
    rule: Rule | None = None


class Evaluation:
    """One record on one day of decision, in one completion.

    ``spare``: items that a list may hold which the record does not give, by list. ``assumed``: what facts of the day
    are assumed to be where the record states facts of another day, so that it cannot state them.
    """

    assumed: Mapping[str, Any] = {}

    def __init__(
        self, law: Law, record: Mapping[str, Any], on: date, choices: Choices, spare: Mapping[str, list[dict[str, Any]]]
    ) -> None:
        self.law, self.parts, self.record, self.on = law, law.parts, record, on
        self.choices, self.spare = choices, spare
        self.ready_made = {
            name: typed(value, (self.parts.facts.get(name) or self.parts.outcomes[name]).type)
            for name, value in (record.get("facts") or {}).items()
            if value is not None
        }
        self.client = dict(record.get("client") or {})
        for facts in (self.ready_made, self.client):  # nobody is born after the day of decision
            birth = typed(facts.get("birth_date"), "date")
            if birth is not None and birth > on:
                del facts["birth_date"]
        self.stated = typed(record.get("facts_on"), "date") or on
        self.complete = frozenset(record.get("complete") or ())
        self._facts: dict[Any, Any] = {}
        self._items: dict[str, list[dict[str, Any]]] = {}

    # -- the record

    def items(self, list_name: str) -> list[dict[str, Any]]:
        """The items of a list, and those that it may lack."""
        if list_name not in self._items:
            recorded = self.record.get(list_name)
            spare = self.spare.get(list_name, [])
            if recorded is None:
                recorded = self.choices.choose(
                    ("list", list_name), lambda: [[], *([item] for item in spare), spare], False
                )
            items = [dict(item) for item in recorded]
            since = typed((self.record.get("complete_from") or {}).get(list_name), "date")
            if since is not None and since > FIRST_DAY:
                earlier = self.choices.choose(
                    ("earlier", list_name), lambda: [[], *([item] for item in _earlier(list_name, spare, since))], False
                )
                items += earlier
            self._items[list_name] = items
        return self._items[list_name]

    def recorded(self, list_name: str, position: int, field: str) -> Any:
        """What the record says of a field; None if nothing."""
        item = self.items(list_name)[position]
        value = typed(item.get(field), lists()[list_name].fields[field].type)
        if value is None and list_name == "periods" and field in ("end", "agreed_end"):
            return self._settled(position, field)
        return value

    def _settled(self, position: int, field: str) -> date | None:
        """The agreed or real end of a period as it follows from what else the record says; None if it does not."""
        item = self.items("periods")[position]
        as_agreed = item.get("ended_because") in (None, "completed")
        end, agreed = typed(item.get("end"), "date"), typed(item.get("agreed_end"), "date")
        if agreed is None and item.get("length_months") is not None:
            agreed = add_months(self.filled("periods", position, "start"), item["length_months"]) - ONE_DAY
        elif agreed is None and as_agreed:
            agreed = end
        return agreed if field == "agreed_end" or as_agreed else None

    def field(self, list_name: str, position: int, field: str) -> Any:
        """The value of a field: what is said, ABSENT where the record says that there is none, else chosen."""
        value = self.recorded(list_name, position, field)
        if value is not None:
            return value
        return ABSENT if f"{list_name}.{field}" in self.complete else self.filled(list_name, position, field)

    def filled(self, list_name: str, position: int, field: str) -> Any:
        """The value of a field that there must be, whatever is said to be complete."""
        value = self.recorded(list_name, position, field)
        if value is not None:
            return value
        info = lists()[list_name].fields[field]
        options, whole = self.law.options_beside(
            f"{list_name[:-1]}.{field}", info.type, info.words, self._days(), self.ready_made
        )
        if (list_name, field) == ("events", "step"):
            options = sorted({*info.words, *self.parts.steps})
        if (list_name, field) == ("periods", "agreed_end") and not self._ended_early(position):
            return self.filled(list_name, position, "end")  # it is agreed to run as long as it will
        if field in ("start", "made_on", "end", "ends_on", "agreed_end"):
            options = self._in_order(list_name, position, field, options)
            whole = False
        if (list_name, field) == ("benefits", "days"):
            most = len(weekdays(self.filled(list_name, position, "start"), self.filled(list_name, position, "end")))
            options, whole = sorted({0, most // 2, most}), False
        if field in ("attended_on", "evaluated_on", "reviewed_on"):
            whole = False
        if (list_name, field) not in ALWAYS:
            options = [*options, ABSENT]
        return self.choices.choose((list_name, position, field), lambda: options, whole)

    def _ended_early(self, position: int) -> bool:
        return self.items("periods")[position].get("ended_because") not in (None, "completed")

    def _in_order(self, list_name: str, position: int, field: str, options: list[date]) -> list[date]:
        """Of the days that a field may have those which agree with the other end of the item."""
        first, last = ("made_on", "ends_on") if list_name == "plans" else ("start", "end")
        known = {
            name: self.choices.chosen.get((list_name, position, name))
            or typed(self.items(list_name)[position].get(name), "date")
            for name in (first, last)
        }
        low = known[first] if field in (last, "agreed_end") else None
        high = known[last] if field == first else None
        agreed = typed(self.items(list_name)[position].get("agreed_end"), "date") if list_name == "periods" else None
        if field == first and agreed is not None:
            high = (
                agreed if high is None or high is ABSENT else min(high, agreed)
            )  # no period begins after its agreed end
        ended = self.items(list_name)[position].get("ended_because") is not None
        if (list_name, field) in (("periods", "end"), ("plans", "ends_on")) and not ended:
            low = max(self.on, low or self.on)  # without an end it is still running
        bounds = [day for day in (low, high) if day is not None and day is not ABSENT]
        possible = sorted({*options, *bounds, FIRST_DAY, LAST_DAY})
        possible = [day for day in possible if (low is None or day >= low) and (high is None or day <= high)]
        paid = self.items(list_name)[position].get("days") if list_name == "benefits" else None
        other = known[first] if field == last else known[last]
        if paid is None or other is None:
            return possible
        # a row has as many weekdays as paid days, if it can
        return [day for day in possible if len(weekdays(min(day, other), max(day, other))) >= paid] or possible

    def _days(self) -> list[date]:
        """Days near which much turns in this record."""
        days = {self.on + shift * ONE_DAY for shift in (-1, 0, 1)}
        for name in lists():
            for item in self.record.get(name) or ():
                for value in item.values():
                    days.update(day for day in (typed(value, "date"),) if isinstance(day, date))
        days |= {add_months(self.on, months) for months in (-12, -3, -1, 1, 12)}
        return sorted(day for day in days if FIRST_DAY <= day <= LAST_DAY)

    # -- facts

    def fact(self, name: str, judged: date) -> Any:
        """The value of a fact or an outcome as it counts on a judged day."""
        key = (name, judged)
        if key not in self._facts:
            self._facts[key] = self._fact(name, judged)
        return self._facts[key]

    def _fact(self, name: str, judged: date) -> Any:
        definition = self.parts.facts.get(name)
        outcome = name in self.parts.outcomes
        of_a_day = outcome or (definition is not None and definition.of_the_day)
        ready_made = self.ready_made.get(name)
        if ready_made is None and name in CLIENT:
            ready_made = typed(self.client.get(name), definition.type if definition else "text")
        elif of_a_day and judged != self.stated:
            ready_made = None
        if ready_made is None and judged == self.on and name in self.assumed:
            return self.assumed[name]
        follows = name in derived_first and judged == self.on and self._follows(name)
        if ready_made is not None and not follows:
            return self._bounded(name, ready_made, judged) if isinstance(ready_made, Mapping) else ready_made
        if outcome:
            if judged == self.on and (state := self.outcome(name))[0] == "known":
                return state[1]
            # an outcome that is none, or of another day, is no fact: it may be anything
            return self._open(name, judged)
        if definition is None or (of_a_day and judged != self.on):
            return self._open(name, judged)
        scope = Scope(judged)
        if definition.derivation is None:
            return self._open(name, judged) if definition.default is None else self.value(definition.default, scope)
        if isinstance(definition.default, Const) and judged != self.on and self._rests_on_the_day(definition, judged):
            return definition.default.value  # on the day of decision what is assumed is stated, see with_assumptions
        return self._derived(name, scope)

    def _rests_on_the_day(self, definition: FactDef, judged: date) -> bool:
        """Whether a derivation reads what is not known on a judged day, because it counts on its own day only."""
        read = [node for tree in definition.trees() for node in walk(tree) if isinstance(node, Fact)]
        return any(node.sensitive and not (node.name in self.ready_made and judged == self.stated) for node in read)

    def _follows(self, name: str) -> bool:
        """Whether all is recorded from which a fact follows."""
        derivation = self.parts.facts[name].derivation
        if derivation is None:
            return False
        read = [node.name for node in walk(derivation.value) if isinstance(node, Fact)]
        return all(source in self.ready_made or self.client.get(source) is not None for source in read)

    def _open(self, name: str, judged: date) -> Any:
        definition = self.parts.facts.get(name) or self.parts.outcomes[name]
        of_a_day = name in self.parts.outcomes or definition.of_the_day
        options, whole = self.law.options_beside(name, definition.type, definition.words, self._days(), self.ready_made)
        if name in self.parts.outcomes and definition.type == "choice":
            options = [*options, NO_WORD]
        if name == "birth_date":  # nobody is born after the day of decision
            options = [day for day in options if day <= self.on]
        return self.choices.choose(("fact", name, judged if of_a_day else None), lambda: options, whole)

    def _bounded(self, name: str, bounds: Mapping[str, int], judged: date) -> Any:
        """A number of which bounds are given: what follows from the record too, so far as that follows, lies in them."""
        definition = self.parts.facts.get(name)
        if definition is None or definition.derivation is None or (definition.of_the_day and judged != self.on):
            return self._between(name, bounds, judged)
        over, since = definition.derivation.over, self.record.get("complete_from") or {}
        adds = definition.derivation.kind in ("count", "total")
        if over and (self.record.get(over) is None or (over in since and not adds)):
            return self._between(name, bounds, judged)
        derived = self._derived(name, Scope(judged))
        low, high = bounds.get("at_least", 0), bounds.get("at_most")  # what is given is never below zero
        if over in since and derived is not ABSENT and (high is None or derived <= high):
            return self._between(name, {**bounds, "at_least": max(low, derived)}, judged)  # earlier rows only add
        if derived is ABSENT or derived < low or (high is not None and derived > high):
            if self.always_outside(name, low, high, judged):
                return self._between(name, bounds, judged)  # what is given goes before what follows
            raise Contradiction
        return derived

    def _between(self, name: str, bounds: Mapping[str, int], judged: date) -> int:
        low, high = bounds.get("at_least", 0), bounds.get("at_most")
        ends = (low, low + 1) if high is None else (low, low + 1, high - 1, high)
        numbers, whole = self.law.options_beside(name, "integer", (), self._days(), self.ready_made)
        options = sorted(n for n in {*numbers, *ends} if n >= low and (high is None or n <= high))
        return int(self.choices.choose(("bounds", name, judged), lambda: options, whole))

    def outcome(self, name: str) -> tuple[str, Any]:
        """The status and value of an outcome; the judge knows how."""
        raise NotImplementedError

    def is_known(self, term: Any, scope: Scope) -> bool:
        """Whether the record tells the value of a term; the judge knows how."""
        raise NotImplementedError

    def always_outside(self, name: str, low: int, high: int | None, judged: date) -> bool:
        """Whether what follows of a number lies outside its bounds in all completions; the judge knows how."""
        raise NotImplementedError

    # -- derived facts

    def follows(self, name: str, judged: date) -> Any:
        """What a number that is not given exactly follows from the record to be."""
        return self._derived(name, Scope(judged))

    def _derived(self, name: str, scope: Scope) -> Any:
        derivation = self.parts.facts[name].derivation
        assert derivation is not None
        default = self.parts.facts[name].default
        if isinstance(derivation.value, ItemField) and isinstance(default, ItemField):
            return self._either_field(derivation.value, default, scope)
        if not isinstance(default, (Const, type(None))):
            trees = [tree for tree in (derivation.value, derivation.where) if tree is not None]
            sources = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
            fields = [node.field for tree in trees for node in walk(tree) if isinstance(node, ItemField)]
            lacking = scope.list_name and any(
                self.recorded(scope.list_name, scope.position, field) is None for field in fields
            )
            if lacking or sources - self.ready_made.keys():
                raise Undetermined("whether a fact follows from others or has its default")
        if derivation.kind == "test":
            return self.holds(derivation.where, scope)
        if derivation.value is not None:
            return self.value(derivation.value, scope)
        return getattr(self, f"_{derivation.kind}")(derivation, scope)

    def _either_field(self, first: ItemField, default: ItemField, scope: Scope) -> Any:
        """The value of the one field, or of the other where the first is left out or said not to exist."""
        recorded, assumed = (self.recorded(scope.list_name, scope.position, node.field) for node in (first, default))
        if recorded is None and assumed is not None:
            return assumed
        value = self.value(first, scope)
        return self.value(default, scope) if value is ABSENT else value

    def _rows(self, derivation: Any, scope: Scope) -> list[int]:
        """The positions of the rows that pass the test of a derivation; of events only those that have taken place."""
        rows = list(range(len(self.items(derivation.over))))
        if derivation.over == "events":
            days = {row: self.field("events", row, "on") for row in rows}
            rows = [row for row, day in days.items() if day is not ABSENT and day <= self.on]
        scopes = [replace(scope, list_name=derivation.over, position=position) for position in rows]
        return [row.position for row in scopes if derivation.where is None or self.holds(derivation.where, row)]

    def _count(self, derivation: Any, scope: Scope) -> Any:
        if derivation.field:
            words = self.field(scope.list_name, scope.position, derivation.field)
            return 0 if words is ABSENT else len(words)
        return len(self._rows(derivation, scope))

    def _any(self, derivation: Any, scope: Scope) -> bool:
        return bool(self._rows(derivation, scope))

    def _latest(self, derivation: Any, scope: Scope) -> Any:
        return max(self._days_of(derivation, scope), default=ABSENT)

    def _earliest(self, derivation: Any, scope: Scope) -> Any:
        return min(self._days_of(derivation, scope), default=ABSENT)

    def _days_of(self, derivation: Any, scope: Scope) -> list[date]:
        if lists()[derivation.over].fields[derivation.field].type == "dates":
            listed = self.field(scope.list_name, scope.position, derivation.field)
            return [] if listed is ABSENT else [day for day in listed if day <= self.on]
        days = [self.field(derivation.over, row, derivation.field) for row in self._rows(derivation, scope)]
        return [day for day in days if day is not ABSENT and day <= self.on]

    def _total(self, derivation: Any, scope: Scope) -> int:
        counted = 0
        for row in self._rows(derivation, scope):
            for day in self._paid_days(derivation.over, row, derivation.field):
                if self._in_window(derivation.within, day, scope) and not self._left_out(derivation, row, day):
                    counted += 1
        return counted

    def _in_window(self, window: Any, day: date, scope: Scope) -> bool:
        if day > self.on:
            return False  # what comes after the day of decision is not counted
        if window is None:
            return True
        end = add_days(self.on, 1) if window.end is None else self.value(window.end, scope)
        if end is ABSENT:
            raise Undetermined("a window up to what never happened")
        if window.months is not None:
            return bool(add_months(end, -self._months(window.months, scope)) <= day < end)
        start = FIRST_DAY if window.start is None else self.value(window.start, scope)
        return start is not ABSENT and bool(start <= day < end)

    def _months(self, months: Any, scope: Scope) -> int:
        value = months if isinstance(months, int) else self.value(months, scope)
        if not isinstance(value, int):
            raise Undetermined("so many months as are unknown")
        return value

    def _left_out(self, derivation: Any, row: int, day: date) -> bool:
        for number, zone in enumerate(derivation.outside):
            if zone.start <= day <= zone.until and (
                not zone.possibly
                or self.choices.choose(("zone", derivation.over, row, number), lambda: [True, False], False)
            ):
                return True
        return False

    def _paid_days(self, list_name: str, row: int, field: str) -> list[date]:
        """The days of a row that were paid: so many of its weekdays, whichever they were."""
        first, last = self.filled(list_name, row, "start"), self.filled(list_name, row, "end")
        count = self.field(list_name, row, field)
        count = 0 if count is ABSENT else count
        days = weekdays(first, last)
        if count <= len(days):
            if count == len(days):
                return list(days)
            middle = (len(days) - count) // 2
            before = [day for day in days if day <= self.on]
            options = [
                days[len(days) - count :], days[:count], days[middle : middle + count],
                (days[: (count + 1) // 2] + days[len(days) - count // 2 :]),
                (before[-count:] if 0 < count <= len(before) else days[:count]),
            ]  # fmt: skip
            return list(
                self.choices.choose((list_name, row, "paid"), lambda: [list(days_paid) for days_paid in options], False)
            )
        # more days than weekdays: the number, or the days of the row, may be the mistake
        more = count - len(days)
        options = [list(days), [first] * more + list(days), list(days) + [last] * more]
        return list(self.choices.choose((list_name, row, "paid"), lambda: options, False))

    def _peak(self, derivation: Any, scope: Scope) -> int:
        since = self.law.held_since(derivation.since, scope.judged) if derivation.since else FIRST_DAY
        window = derivation.within
        months = 12 if window is None or window.months is None else self._months(window.months, scope)
        attended: set[date] = set()
        for row in self._rows(derivation, scope):
            attended.update(self._attended(derivation.over, row, derivation.field))
        if window is not None and window.weeks is not None:
            mondays = [day - day.weekday() * ONE_DAY for day in attended if day <= self.on]
            return max((mondays.count(monday) for monday in mondays if since <= monday), default=0)
        days = sorted(day for day in attended if since <= day <= self.on)
        most = 0
        for number, first in enumerate(days):
            stop = add_months(first, months)
            most = max(most, sum(1 for day in days[number:] if day < stop))
        return most

    def _unbroken(self, derivation: Any, scope: Scope) -> int:
        window = derivation.within
        reach, stop = self.value(window.start, scope), self.value(window.end, scope)
        if ABSENT in (reach, stop):
            return 0
        stop = min(stop, add_days(self.on, 1))
        covered: set[date] = set()
        for row in self._rows(derivation, scope):
            first, last = (self.filled(derivation.over, row, edge) for edge in ("start", "end"))
            covered.update(first + number * ONE_DAY for number in range((min(last, stop - ONE_DAY) - first).days + 1))
        if not covered or max(covered) + ONE_DAY < reach:
            return 0
        begin = end = max(covered)
        while begin - ONE_DAY in covered:
            begin -= ONE_DAY
        months = 0
        while add_months(begin, months + 1) <= end + ONE_DAY:
            months += 1
        return months

    def _reached(self, derivation: Any, scope: Scope) -> Any:
        days: list[date] = []
        for limit in derivation.limits:
            amount = self.value(limit.amount, scope)
            start = FIRST_DAY if limit.start is None else self.value(limit.start, scope)
            if amount is ABSENT or start is ABSENT:
                continue
            if amount <= 0:
                raise Undetermined("a limit that every day reaches")
            paid = sorted(
                day
                for row in self._rows(derivation, scope)
                for day in self._paid_days(derivation.over, row, derivation.field)
                if start <= day <= self.on
            )
            days += paid[amount - 1 : amount]
        return min(days, default=ABSENT)

    def _attended(self, list_name: str, row: int, field: str) -> tuple[date, ...]:
        days = self.recorded(list_name, row, field)
        if days is not None:
            return tuple(days)
        if f"{list_name}.{field}" in self.complete:
            return ()
        first = self.filled(list_name, row, "start")
        last = min(self.filled(list_name, row, "end") if self._has_end(list_name, row) else self.on, self.on)
        every = tuple(first + number * ONE_DAY for number in range(max((last - first).days + 1, 0)))
        return tuple(self.choices.choose((list_name, row, field), lambda: [(), every, every[: len(every) // 2]], False))

    def _has_end(self, list_name: str, row: int) -> bool:
        item = self.items(list_name)[row]
        return item.get("ended_because") is not None or self.recorded(list_name, row, "end") is not None

    def _gaps_at_most(self, derivation: Any, scope: Scope) -> Any:
        window = derivation.within
        begin, end = self.value(window.start, scope), self.value(window.end, scope)
        months = window.months if isinstance(window.months, int) else self.value(window.months, scope)
        if ABSENT in (begin, end, months):
            return ABSENT
        if derivation.since:
            begin = max(begin, self.law.held_since(derivation.since, scope.judged))
        days = self.field(scope.list_name, scope.position, derivation.field)
        days = [*(() if days is ABSENT else days), *self._shown_elsewhere(derivation.also)]
        marks = [begin, *sorted(day for day in days if begin <= day <= self.on and day < end), end]
        return all(later <= add_months(earlier, months) for earlier, later in pairwise(marks))

    def _shown_elsewhere(self, also: tuple[tuple[str, str], ...]) -> list[date]:
        """The days that other items or events show, so far as they are recorded: what is not leaves nothing open."""
        shown: list[date] = []
        for list_name, name in also:
            for item in self.record.get(list_name) or ():
                if list_name != "events":
                    shown += typed(item.get(name), "dates") or ()
                elif item.get("step") == name and item.get("on") is not None:
                    shown.append(typed(item["on"], "date"))
        return shown

    # -- steps of the client path

    def _round_start(self) -> date:
        """The first day of the current round: the latest start, or contact that found a need of services."""
        begun = [FIRST_DAY]
        for position in range(len(self.items("events"))):
            day = self.field("events", position, "on")
            if day is not ABSENT and day <= self.on and self._opens_round(position):
                begun.append(day)
        return max(begun)

    def _opens_round(self, position: int) -> bool:
        step = self.field("events", position, "step")
        return step == FIRST_STEP or (step == RETURN_STEP and self.field("events", position, "needs_services") is True)

    def days_of_step(self, step: str) -> list[date]:
        """The days of the current round on which a step was taken, or is shown to have been."""
        start = self._round_start()
        days = []
        for position in range(len(self.items("events"))):
            day = self.field("events", position, "on")
            if day is ABSENT or self.field("events", position, "step") != step or not start <= day <= self.on:
                continue
            if step == RETURN_STEP and day == start and self._opens_round(position):
                continue  # that contact belongs to the round before
            days.append(day)
        definition = self.parts.steps.get(step)
        for proof in definition.proof if definition else ():
            for position in range(len(self.items(proof.over))):
                scope = Scope(self.on, proof.over, position)
                if self.recorded(proof.over, position, proof.field) is None and (
                    f"{proof.over}.{proof.field}" in self.complete
                ):
                    continue
                day = self.filled(proof.over, position, proof.field)
                if start <= day <= self.on and (proof.where is None or self.holds(proof.where, scope)):
                    days.append(day)
        return days

    # -- terms

    def value(self, term: Any, scope: Scope) -> Any:
        """The value of a term; ABSENT if it does not exist."""
        match term:
            case Const(value):
                return value
            case Param(name):
                return self.law.parameter(name, scope.judged)
            case DecisionDate():
                return self.on
            case RuleDate(which):
                assert scope.rule is not None
                day = scope.rule.start if which == "from" else scope.rule.until
                return ABSENT if day is None else day
            case Fact(name):
                return self.fact(name, scope.judged)
            case ItemField(singular, field, derived=True):
                key = (f"{singular}.{field}", scope.judged, scope.list_name, scope.position)
                if key not in self._facts:
                    self._facts[key] = self._derived(f"{singular}.{field}", replace(scope, rule=None))
                return self._facts[key]
            case ItemField(singular, field):
                assert PLURAL[singular] == scope.list_name
                return self.field(scope.list_name, scope.position, field)
            case Arith(op, left, right):
                a, b = self.value(left, scope), self.value(right, scope)
                return ABSENT if ABSENT in (a, b) else a + b if op == "+" else a - b if op == "-" else a * b
            case Call("done", (step,)):
                return bool(self.days_of_step(step))
            case Call("date_of", (step,)):
                return max(self.days_of_step(step), default=ABSENT)
            case Call("day_in"):
                return self._day_in(scope)
            case Call("value_on", (Param(name), day)):
                at = self.value(day, scope)
                return ABSENT if at is ABSENT else self.law.parameter(name, at)
            case Call("row", (table, key, column)):
                rows, key = self.value(table, scope), self.value(key, scope)
                at = [] if ABSENT in (key, rows) else [least for least in rows if least <= key]
                value = rows[max(at)][column] if at else None
                return ABSENT if value is None else value
            case Call(name, args):
                values = [self.value(arg, scope) for arg in args]
                return ABSENT if ABSENT in values else _call(name, values)
        raise TypeError(term)

    def _day_in(self, scope: Scope) -> date:
        """The day of decision, or the first or last day of the item if it lies outside."""
        list_name, position = scope.list_name, scope.position
        if list_name == "periods":
            first = self.filled(list_name, position, "start")
            end = self.filled(list_name, position, "end") if self._has_end(list_name, position) else None
        else:
            first = self.filled(list_name, position, "made_on")
            end = self.recorded(list_name, position, "ends_on")
            if end is None:  # in force until the next plan of its kind
                kind = self.field(list_name, position, "kind")
                others = [other for other in range(len(self.items(list_name))) if other != position]
                later = [
                    day
                    for other in others
                    if self.field(list_name, other, "kind") == kind
                    and (day := self.filled(list_name, other, "made_on")) > first
                ]
                end = min(later) - ONE_DAY if later else None
        return max(first, self.on if end is None else min(self.on, end))

    # -- tests

    def holds(self, test: Any, scope: Scope) -> bool:
        """Whether a test holds."""
        match test:
            case Always(holds):
                return bool(holds)
            case All(items):
                return all(self.holds(item, scope) for item in items)
            case Any_(items):
                return any(self.holds(item, scope) for item in items)
            case Not(item):
                return not self.holds(item, scope)
            case Truth(term):
                return self.value(term, scope) is True
            case IsNone(term):
                return self.value(term, scope) is ABSENT
            case IsKnown(term, known):
                return self.is_known(term, scope) is known
            case OneOf(term, words):
                return self.value(term, scope) in words
            case Has(term, word):
                words = self.value(term, scope)
                return words is not ABSENT and word in words
            case Compare(op, left, right):
                a, b = self.value(left, scope), self.value(right, scope)
                if ABSENT in (a, b):
                    return False
                if op in ("==", "!="):
                    return (a == b) is (op == "==")
                return bool(a < b if op == "<" else a <= b if op == "<=" else a > b if op == ">" else a >= b)
        raise TypeError(test)


def _call(name: str, values: list[Any]) -> Any:
    match name:
        case "min" | "max":
            return (min if name == "min" else max)(values)
        case "years_between":
            return years_between(*values)
        case "months_between":
            return months_between(*values)
        case "days_between":
            return values[1].toordinal() - values[0].toordinal()
        case "add_days":
            return add_days(values[0], int(values[1]))
        case "add_months":
            return add_months(values[0], int(values[1]))
        case "end_of_month":
            return end_of_month(*values)
        case "working_days_after":
            return working_days_after(values[0], int(values[1]))
    raise TypeError(name)


def _earlier(list_name: str, spare: list[dict[str, Any]], since: date) -> list[dict[str, Any]]:
    """Items that lie wholly before the day from which a list is complete."""
    last = since - ONE_DAY
    first = max(last - 40 * ONE_DAY, FIRST_DAY)
    days = {
        "benefits": {"start": first, "end": last, "days": 20},
        "plans": {"made_on": first, "ends_on": last, "reviewed_on": []},
        "periods": {"start": first, "end": last, "attended_on": [first, last], "evaluated_on": []},
        "events": {"on": last},
    }[list_name]
    other_days = ("length_months", "agreed_end", "ended_because")
    return [{**{k: v for k, v in item.items() if k not in other_days}, **days} for item in spare]


def typed(value: Any, kind: str) -> Any:
    """A value of a record as it is compared: days, exact amounts and sets."""
    if kind == "date" and isinstance(value, str):
        return date.fromisoformat(value) if len(value) == 10 and value[4] == "-" else None
    if kind == "date" and not isinstance(value, date):
        return None
    if kind in ("money", "decimal") and isinstance(value, (str, float)):
        return Decimal(str(value))
    if kind == "set" and value is not None:
        return frozenset(value)
    if kind == "dates" and value is not None:
        return tuple(typed(day, "date") for day in value)
    return value
