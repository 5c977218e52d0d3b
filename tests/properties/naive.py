"""The naive judge: what the rules of a rulebook answer in one completion of a record, where everything is known.

Two truth values, rule after rule, as rulesets/README.md describes them: nothing is compiled, and no threshold, frame or
table of the library is used. What even a complete record cannot settle (law that nobody has read, an assessment that is
not recorded, a fact of another day) is chosen like any other gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from library import Fact, ItemField, Place, Rule, Ruleset, walk
from naive_choices import Choices, Completions
from naive_facts import CLIENT, Evaluation, Scope
from naive_known import MOST_WAYS, NO_VALUE, Undetermined, is_told
from naive_law import ABSENT, PLURAL, Law, trees_of, trees_of_fact


@dataclass(frozen=True)
class Answer:
    """The answer to one question in one completion.

    ``excepted``: of a requirement or a step, it would be met or suggested but for an exception (ADR 1: where only an
    exception is open, the library says so all the same). ``dues``: the due day by each rule that suggests the step.
    """

    status: str
    value: Any = None
    excepted: bool = False
    dues: dict[str, Any] = field(default_factory=dict)


class Judge(Evaluation):
    """The rules of one rulebook on one record in one completion.

    ``told``: of which terms the record tells the value, the same in all of its completions.
    """

    def __init__(
        self, law: Law, record: Mapping[str, Any], on: date, choices: Choices,
        spare: Mapping[str, list[dict[str, Any]]], told: dict[Any, bool] | None = None,
        assumed: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(law, record, on, choices, spare)
        self.told, self.assumed = {} if told is None else told, assumed or {}

    def judge(self, place: Place) -> Answer:
        """The answer to a question."""
        if place.kind == "outcome":
            return Answer(*self.outcome(place.name))
        return self._requirement(place) if place.kind == "requirement" else self._step(place)

    # -- rules

    def _judged(self, rule: Rule, place: Place) -> date:
        """The day on which a rule is judged for an item."""
        if rule.judged_on is None:
            return self.on
        day = self.value(rule.judged_on, Scope(self.on, place.list_name, place.position, rule))
        if day is ABSENT:  # nothing says on which day then
            key = ("judged", str(rule.judged_on), place.list_name, place.position)
            day = self.choices.choose(key, lambda: self.law.options("", "date", (), [self.on])[0], False)
        assert isinstance(day, date)
        return day

    def _scope(self, rule: Rule, place: Place) -> Scope:
        return Scope(self._judged(rule, place), place.list_name, place.position, rule)

    def _in_force(self, rule: Rule, place: Place) -> bool:
        day = self._judged(rule, place)
        if (rule.start is not None and day < rule.start) or (rule.until is not None and day > rule.until):
            return False
        return all(self.law.parameter(name, day) is not ABSENT for name in self.law.needed(rule))

    def _when(self, rule: Rule, ruleset: Ruleset, place: Place) -> bool:
        """Whether the conditions of a rule hold; of law that nobody has read they may or may not.

        Only the conditions are open then: an exception that holds keeps such a rule from applying, as in the library.
        """
        day = self._judged(rule, place)
        if any(since is not None and day >= since for since in (rule.in_doubt_from, ruleset.in_doubt_from)):
            whole = ruleset.in_doubt_from is not None and day >= ruleset.in_doubt_from
            if whole or rule.doubt_where is None or self.holds(rule.doubt_where, self._scope(rule, place)):
                key = ("doubt", rule.id, place.list_name, place.position)
                return bool(self.choices.choose(key, lambda: [False, True]))
        scope = self._scope(rule, place)
        if not self.holds(rule.when, scope):
            return False
        if rule.needs_judgement == "true":
            key = ("judgement", rule.id, place.list_name, place.position)
            return bool(self.choices.choose(key, lambda: [False, True]))
        return not rule.needs_judgement or self.fact(rule.needs_judgement, scope.judged) is True

    def _excepted(self, rule: Rule, place: Place) -> bool:
        return rule.unless is not None and self.holds(rule.unless, self._scope(rule, place))

    def _applies(self, rule: Rule, ruleset: Ruleset, place: Place) -> bool:
        return self._in_force(rule, place) and self._when(rule, ruleset, place) and not self._excepted(rule, place)

    def _overridden(self, rule: Rule, place: Place) -> bool:
        return any(self._applies(other, ruleset, place) for other, ruleset in self.law.overriding(rule))

    def _in_doubt(self, place: Place) -> bool:
        """Whether nobody has read the law of the day that answers a question."""
        for rule, ruleset in self.law.deciding(place):
            since = [ruleset.in_doubt_from, ruleset.doubted.get(place.name) if place.kind == "outcome" else None]
            if any(day is not None and self._judged(rule, place) >= day for day in since):
                return True
        return False

    # -- answers

    def outcome(self, name: str) -> tuple[str, Any]:
        """The status and value of an outcome: an official's, or that of the rules."""
        place = Place("outcome", name)
        ready_made = self.ready_made.get(name)
        if ready_made is not None and self.stated == self.on:
            return "known", self.fact(name, self.on)
        if self._in_doubt(place):
            return "unknown", None
        in_force = [(rule, ruleset) for rule, ruleset in self.law.deciding(place) if self._in_force(rule, place)]
        if not in_force:
            return "not_applicable", None
        holding = [(rule, ruleset) for rule, ruleset in in_force if self._applies(rule, ruleset, place)]
        counting = [rule for rule, _ in holding if not self._overridden(rule, place)]
        otherwise = self.law.otherwise.get(name) if not holding else None
        if self.parts.outcomes[name].type == "set":
            return "known", frozenset().union(*(rule.then[name] for rule in counting), otherwise or frozenset())
        values = [self.value(rule.then[name], self._scope(rule, place)) for rule in counting]
        if otherwise is not None:
            first = min((rule for rule, _ in self.law.deciding(place)), key=lambda rule: rule.id)
            values = [self.value(otherwise, Scope(self._judged(first, place)))]
        if not values:
            return "not_applicable", None
        if any(value != values[0] for value in values):
            return "conflict", None
        return ("not_applicable", None) if values[0] is ABSENT else ("known", values[0])

    def _requirement(self, place: Place) -> Answer:
        if self._in_doubt(place):
            return Answer("unknown")
        statuses, excepted = set(), False
        for rule, ruleset in self.law.deciding(place):
            if not self._in_force(rule, place) or self._overridden(rule, place):
                continue
            if not self._when(rule, ruleset, place):
                continue
            is_met = self.holds(rule.require, self._scope(rule, place))
            if self._excepted(rule, place):
                excepted = excepted or is_met
            else:
                statuses.add("met" if is_met else "broken")
        if "broken" in statuses:
            return Answer("broken")
        return Answer("met" if statuses else "not_applicable", None, excepted)

    def _step(self, place: Place) -> Answer:
        if self._in_doubt(place):
            return Answer("open")
        dues, excepted = {}, False
        for rule, ruleset in self.law.deciding(place):
            if not self._in_force(rule, place) or self._overridden(rule, place):
                continue
            if not self._when(rule, ruleset, place):
                continue
            if self._excepted(rule, place):
                excepted = True
                continue
            day = None if rule.due is None else self.value(rule.due, self._scope(rule, place))
            dues[rule.id] = None if day is ABSENT else day
        return Answer("suggested" if dues else "none", None, excepted, dues)

    # -- what the record tells

    def is_known(self, term: Any, scope: Scope) -> bool:
        """Whether the record tells the value of a term."""
        key = (str(term), scope.judged, scope.list_name, scope.position)
        if key not in self.told:
            self.told[key] = self._tells(term, scope)
        return self.told[key]

    def always_outside(self, name: str, low: int, high: int | None, judged: date) -> bool:
        """Whether what follows of a number lies outside its bounds in all completions, all of which were tried."""
        key = (name, low, high, judged)
        if key not in self.told:
            completions = Completions(lambda choices: self._alone(choices).follows(name, judged), MOST_WAYS, MOST_WAYS)
            values = [value for value in completions.results if value is not ABSENT]
            inside = any(value >= low and (high is None or value <= high) for value in values)
            self.told[key] = completions.all and not inside
        return self.told[key]

    def _alone(self, choices: Choices) -> Judge:
        return Judge(self.law, self.record, self.on, choices, self.spare, self.told, self.assumed)

    def _tells(self, term: Any, scope: Scope) -> bool:
        if scope.list_name and scope.position >= len(self.record.get(scope.list_name) or ()):
            raise Undetermined("what is known of an item that may not exist")
        if isinstance(term, Fact) and not self._follows_from_others(term.name):
            return self._is_stated(term.name, scope.judged)
        if self._assumes(term):
            raise Undetermined("whether a fact is known that may rest on what is assumed")

        def value_by(choices: Choices) -> Any:
            alone = self._alone(choices)
            if isinstance(term, Fact) and term.name in self.parts.outcomes and term.name not in self.ready_made:
                status, value = alone.outcome(term.name) if scope.judged == self.on else ("unknown", None)
                return value if status == "known" else NO_VALUE
            return alone.value(term, scope)

        return is_told(value_by)

    def _follows_from_others(self, name: str) -> bool:
        definition = self.parts.facts.get(name)
        derived = definition is not None and (definition.derivation, definition.default) != (None, None)
        return derived or name in self.parts.outcomes or name in CLIENT

    def _is_stated(self, name: str, judged: date) -> bool:
        definition, value = self.parts.facts.get(name), self.ready_made.get(name)
        return (
            value is not None
            and not (isinstance(value, Mapping) and value.get("at_least") != value.get("at_most"))
            and not (definition is not None and definition.of_the_day and judged != self.stated)
        )

    def _assumes(self, term: Any) -> bool:
        """Whether a value rests on a fact that is assumed where it does not follow from others."""
        names = [str(node) for node in walk(term) if isinstance(node, (Fact, ItemField))]
        for name in names:
            definition = self.parts.facts.get(name)
            trees: list[Any] = []
            if name in self.ready_made or name in self.assumed:
                continue
            if definition is not None:
                if definition.derivation is not None and definition.default is not None:
                    return True
                trees = trees_of_fact(definition)
            elif name in self.parts.outcomes:
                trees = [tree for rule in self.law.behind(Place("outcome", name)) for tree in trees_of(rule)]
            read = {str(node) for tree in trees for node in walk(tree) if isinstance(node, (Fact, ItemField))}
            names += [other for other in sorted(read) if other not in names]
        return False


def places(parts: Any, record: dict[str, Any]) -> Iterator[Place]:
    """Every question that a record puts to a rulebook: outcomes, and requirements and steps of the items given."""
    for name in parts.outcomes:
        yield Place("outcome", name)
    questions = {
        ("requirement" if rule.kind == "require" else "step", rule.name, PLURAL.get(rule.each, "")): None
        for ruleset in parts.rulesets
        for rule in ruleset.rules
        if rule.kind != "decide"
    }
    for kind, name, list_name in questions:
        if not list_name:
            yield Place(kind, name)
        else:
            yield from (Place(kind, name, list_name, at) for at in range(len(record.get(list_name) or ())))
