"""Where answers change: the days on which a rulebook changes, and the values that its tests compare with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.language.dates import ONE_DAY, add_months
from aava_rules.language.syntax import Arith, Call, Compare, Condition, Const, Expr, Fact, ItemField, Param, walk
from aava_rules.language.values import FIRST_DAY, LAST_DAY, UNKNOWN, Interval
from aava_rules.record.fields import ITEM_OF_LIST, FieldInfo, client_fields, lists
from aava_rules.rulebook.dependencies import trees_of
from aava_rules.rulebook.model import Parts

_SOME_DAYS = tuple(
    date(*day) for day in ((2000, 2, 29), (2012, 2, 29), (2014, 3, 31), (2016, 12, 31), (2019, 1, 1), (2024, 2, 29))
)


def change_days(rulebook: Rulebook) -> list[date]:
    """Every day from which ``rulebook`` answers otherwise than on the day before, in order."""
    parts, days = parts_of(rulebook), set[date]()
    for ruleset in parts.rulesets:
        days.update(day for day in (ruleset.in_doubt_from, *ruleset.doubted.values()) if day)
        days.update(ruleset.doubt_ends.values())
        if ruleset.read_until:
            days.add(ruleset.read_until + ONE_DAY)
        for rule in ruleset.rules:
            days.update(day for day in (rule.start, rule.in_doubt_from) if day)
            if rule.until:
                days.add(rule.until + ONE_DAY)
            days.update(day for day, _ in rule.cite if day)
    for parameter in parts.parameters.values():
        days.update(value.start for value in parameter.values if value.start)
    for fact in parts.facts.values():
        for zone in fact.derivation.outside if fact.derivation else ():
            days |= {zone.start, zone.until + ONE_DAY}
    return sorted(days)


class Edges:
    """The days and values near which the answers of one rulebook change.

    Attributes:
        parts: the stack of rulebooks.
        days: the days of change, or some leap days and ends of years if there are none.
        read: the facts that rules read, directly or through what is derived from them, by name.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.parts: Parts = parts_of(rulebook)
        self.days = change_days(rulebook) or list(_SOME_DAYS)
        self._numbers: dict[str, set[Any]] = {}
        self.read: list[str] = []
        """The facts that rules read, directly or through what is derived from them, by name."""
        read: dict[str, None] = {}
        for tree in self._trees(read):
            for node in walk(tree):
                if isinstance(node, Compare):
                    self._compare(node)
        self.read = sorted(name for name in read if name in self.parts.facts and "." not in name)

    def _trees(self, read: dict[str, None]) -> Iterator[Expr | Condition]:
        pending: list[Expr | Condition] = []
        for ruleset in self.parts.rulesets:
            for rule in ruleset.rules:
                pending += trees_of(rule)
        for step in self.parts.steps.values():
            pending += [proof.where for proof in step.proof if proof.where is not None]
        while pending:
            tree = pending.pop()
            yield tree
            for node in walk(tree):
                name = str(node) if isinstance(node, (Fact, ItemField)) else ""
                if name in self.parts.facts and name not in read:
                    read[name] = None
                    pending += self.parts.facts[name].trees()

    def _compare(self, test: Compare) -> None:
        terms = [node for node in walk(test) if isinstance(node, (Fact, ItemField))]
        for node in walk(test):
            values: list[Any] = []
            if isinstance(node, Param):
                values = [value.value for value in self.parts.parameters[node.name].values]
            elif isinstance(node, Const):
                values = [node.value]
            elif isinstance(node, (Arith, Call)):
                values = [0]
            elif isinstance(node, Fact):
                values = self._concluded(node.name)
            for term in terms:
                self._numbers.setdefault(str(term), set()).update(
                    v for v in values if isinstance(v, (int, Decimal)) and not isinstance(v, bool)
                )

    def _concluded(self, outcome: str) -> list[Any]:
        """The numbers that rules give an outcome."""
        then = [rule.then.get(outcome) for ruleset in self.parts.rulesets for rule in ruleset.rules]
        read = [tree.name for tree in then if isinstance(tree, Param)]
        return [value.value for name in read for value in self.parts.parameters[name].values]

    def numbers(self, name: str) -> list[Any]:
        """The numbers that the fact or field ``name`` is compared with on some day, in order."""
        return sorted(self._numbers.get(name, ()))

    def day(self, random: Random, near: date | None = None) -> date:
        """A day: at an edge of the rulebook, near another day, or any.

        Args:
            random: the source of randomness.
            near: a day that half of the days drawn are near; None for none.
        """
        kind = random.randrange(6)
        if near is not None and kind < 3:
            day = [
                near,
                near - ONE_DAY,
                add_months(near, -random.randrange(0, 30)),
                near - timedelta(days=random.randrange(0, 800)),
                near + timedelta(days=random.randrange(0, 90)),
                add_months(near, random.randrange(1, 13)),
            ][random.randrange(6)]
        elif kind < 5:
            day = self.days[random.randrange(len(self.days))] + timedelta(days=random.randrange(-1, 2))
        elif random.randrange(12):
            day = _SOME_DAYS[random.randrange(len(_SOME_DAYS))] + timedelta(days=random.randrange(-1, 2))
        else:
            day = random.choice([FIRST_DAY, LAST_DAY, date(1970, 1, 1) + timedelta(days=random.randrange(0, 40_000))])
        return min(max(day, FIRST_DAY), LAST_DAY)

    # -- values

    def fact(self, random: Random, name: str, near: date) -> Any:
        """A value for a ready-made fact or an outcome, as a record has it, with days as dates.

        Args:
            random: the source of randomness.
            name: the fact or outcome.
            near: the day that dates are near.
        """
        if name == "birth_date":
            return self.field(random, "client", name, near)
        definition = self.parts.facts.get(name) or self.parts.outcomes[name]
        return self._value(random, name, definition.type, definition.words, near)

    def field(self, random: Random, list_name: str, field: str, near: date) -> Any:
        """A value for a field, as a record has it, with days as dates.

        Args:
            random: the source of randomness.
            list_name: the list whose items have the field, or ``client``.
            field: the name of the field.
            near: the day that dates are near.
        """
        info: FieldInfo = client_fields()[field] if list_name == "client" else lists()[list_name].fields[field]
        singular = ITEM_OF_LIST.get(list_name, list_name)
        if field == "step":
            return random.choice([*info.words, *self.parts.steps])
        if field.startswith("days_per_week"):
            return random.randrange(8)
        if field == "birth_date":
            age = random.choice([*self.numbers("age"), 17, 40, 63])
            return max(add_months(near, -12 * age), FIRST_DAY + ONE_DAY) + timedelta(days=random.randrange(-1, 2))
        return self._value(random, f"{singular}.{field}", info.type, info.words, near)

    def _value(self, random: Random, name: str, kind: str, words: tuple[str, ...], near: date) -> Any:
        if kind == "boolean":
            return random.randrange(3) > 0
        if kind == "choice":
            return random.choice(words)
        if kind == "set":
            return [word for word in words if random.randrange(2)]
        if kind == "date":
            return self.day(random, near)
        if kind == "dates":
            return sorted({self.day(random, near) for _ in range(random.randrange(5))})
        if kind == "text":
            return random.choice(["Hartola", "Sysmä", "Åbo"])
        return self._number(random, name, kind)

    def _number(self, random: Random, name: str, kind: str) -> Any:
        edges = self.numbers(name) or [0]
        near = random.choice(edges)
        if kind == "integer":
            return max(int(near) + random.choice([-1, 0, 0, 1, random.randrange(0, 60)]), 0)
        step = Decimal("0.01") if kind == "money" else Decimal("0.5")
        value = Decimal(near) + step * random.choice([-1, 0, 0, 1, random.randrange(0, 9)])
        if kind == "money":
            return f"{value:.2f}"  # an amount may have a minus
        return min(max(value, Decimal(0)), Decimal(24))

    def within(self, random: Random, name: str, known: Any, near: date) -> Any:
        """A value that agrees with what is known of a fact or outcome.

        Args:
            random: the source of randomness.
            name: the fact or outcome.
            known: UNKNOWN, bounds, or a set that may still grow.
            near: the day that dates are near.
        """
        if known is UNKNOWN:
            return self.fact(random, name, near)
        assert isinstance(known, Interval)
        if isinstance(known.low, frozenset):
            return sorted(known.low | {word for word in sorted(known.high - known.low) if random.randrange(2)})
        for _ in range(20):
            candidate = self.fact(random, name, near)
            value = Decimal(candidate) if isinstance(candidate, str) else candidate  # money is text
            if (known.low is None or value >= known.low) and (known.high is None or value <= known.high):
                return candidate
        bounds = [bound for bound in (known.low, known.high) if bound is not None]
        bound = bounds[random.randrange(len(bounds))]
        return str(bound) if isinstance(candidate, str) else bound
