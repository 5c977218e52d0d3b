"""Random derivations over the lists of a record: windows, conditions and days of every kind."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from columnar_records import Clients

from aava_rules.language.syntax import (
    All,
    Any_,
    Call,
    Compare,
    Condition,
    Const,
    DecisionDate,
    Expr,
    Fact,
    Has,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    Truth,
)
from aava_rules.language.values import LAST_DAY, NONE
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import Derivation, Excluded, Limit, Window

TOTALS = (("benefits", "days"), ("benefits", "days"), ("periods", "length_months"), ("periods", "days_per_week"))


class Derivations:
    """Random derivations for the rulebook and the day of some clients."""

    def __init__(self, clients: Clients, random: Random) -> None:
        self.clients, self.random = clients, random
        self.parts = clients.rulebook._parts

    # -- terms

    def _facts(self, kind: str) -> list[Expr]:
        facts = [fact for fact in self.parts.facts.values() if fact.type == kind and not fact.item]
        return [Fact(fact.name, kind, fact.unit, True) for fact in facts]

    def date(self, singular: str = "", depth: int = 2) -> Expr:
        """A day: known, of a fact or field, worked out from others, or one that does not exist."""
        random = self.random
        drawn = random.randrange(8) if depth else random.randrange(5)
        if drawn == 0:
            return DecisionDate()
        if drawn == 1:
            return Const(self.clients.day(), "date") if random.randrange(9) else Const(NONE, "date")
        if drawn == 2:
            return Call("date_of", (random.choice(sorted(self.parts.steps) or ["first_meeting"]),), "date", "")
        if drawn <= 4:
            return random.choice(self._item_days(singular) or self._facts("date"))
        inner = self.date(singular, depth - 1)
        if drawn == 5:
            return Call("add_days", (inner, Const(random.choice([1, -1, 30]), "integer")), "date", "")
        if drawn == 6:
            return Call("add_months", (inner, Const(random.choice([-12, -1, 3]), "integer")), "date", "")
        return Call(random.choice(["min", "max"]), (inner, Const(self.clients.day(), "date")), "date", "")

    def _item_days(self, singular: str) -> list[Expr]:
        if not singular:
            return []
        fields = lists()[f"{singular}s"].fields
        terms: list[Expr] = [ItemField(singular, name, "date") for name, info in fields.items() if info.type == "date"]
        return [*terms, Call("day_in", (singular,), "date", "")] if singular in ("plan", "period") else terms

    def months(self) -> int | Expr:
        """A number of months: written out, of a parameter, or of a fact that may have bounds."""
        drawn = self.random.randrange(5)
        parameters = [
            Param(name, "integer")
            for name, parameter in self.parts.parameters.items()
            if parameter.type == "integer" and all(value.value is None or value.value > 0 for value in parameter.values)
        ]
        if drawn == 3 and parameters:
            return self.random.choice(parameters)
        if drawn == 4:  # at least one: a window has some days
            return Call("max", (self.random.choice(self._facts("integer")), Const(1, "integer")), "integer", "")
        return self.random.choice([1, 2, 6, 12, 12, 13, 24, 1200])

    def window(self) -> Window | None:
        """Any window, or none."""
        drawn = self.random.randrange(6)
        if drawn == 0:
            return None
        if drawn <= 2:
            return Window(end=self.date(), months=self.months())
        start = self.date() if drawn < 5 else None
        return Window(start, self.date() if drawn > 3 else None)

    def zones(self) -> tuple[Excluded, ...]:
        """Days that are left out, which may overlap."""
        zones = []
        for _ in range(self.random.choice([0, 0, 1, 2])):
            start = self.clients.day()
            until = min(start + timedelta(self.random.choice([0, 1, 30, 200])), LAST_DAY - timedelta(1))
            zones.append(Excluded(min(start, until), until, self.random.random() < 0.5, ()))
        return tuple(zones)

    def since(self) -> str:
        """A parameter with whose values a duty begins, or none."""
        names = sorted(name for name, parameter in self.parts.parameters.items() if parameter.type != "table")
        return self.random.choice(["", *self.random.sample(names, min(2, len(names)))])

    # -- conditions

    def where(self, list_name: str) -> Condition | None:
        """A condition of the items of a list, or none."""
        return None if self.random.random() < 0.25 else self.condition(lists()[list_name].singular, 2)

    def condition(self, singular: str, depth: int) -> Condition:
        """A condition of an item, of its client, or of both."""
        random = self.random
        if depth and random.random() < 0.5:
            parts = tuple(self.condition(singular, depth - 1) for _ in range(2))
            return random.choice([All(parts), Any_(parts), Not(parts[0])])
        if random.random() < 0.2:
            return Truth(random.choice(self._facts("boolean")))
        if random.random() < 0.3:
            return Compare(random.choice(["<", "<=", "==", ">="]), self.date(singular), self.date())
        fields = [(name, info) for name, info in lists()[f"{singular}s"].fields.items() if info.type != "dates"]
        name, info = random.choice([fields[0], random.choice(fields)])
        field = ItemField(singular, name, info.type, info.unit)
        return random.choice([self._of_field(field, info.words)] * 4 + [IsNone(field)])

    def _of_field(self, field: ItemField, words: tuple[str, ...]) -> Condition:
        random = self.random
        if field.type == "boolean":
            return Truth(field)
        if field.type == "choice":
            return OneOf(field, tuple(random.sample(words, min(len(words), random.randrange(1, 4)))))
        if field.type == "set":
            return Has(field, random.choice(words))
        other: Any = self.date() if field.type == "date" else Const(random.randrange(6), "integer")
        return Compare(random.choice(["<", ">="]), field, other)

    # -- derivations

    def total(self) -> Derivation:
        """A sum of the days of some rows within a window, without those that are left out."""
        list_name, field = self.random.choice(TOTALS)
        where = self.where(list_name)
        return Derivation("total", None, list_name, field, where, self.window(), "", self.zones())

    def counted(self) -> Derivation:
        """How many items there are, or whether there are any."""
        list_name = self.random.choice(list(lists()))
        return Derivation(self.random.choice(["count", "any"]), over=list_name, where=self.where(list_name))

    def day(self) -> Derivation:
        """The first or the last of the days of some items."""
        list_name = self.random.choice(list(lists()))
        names = [name for name, info in lists()[list_name].fields.items() if info.type == "date"]
        kind, field = self.random.choice(["latest", "earliest"]), self.random.choice(names)
        return Derivation(kind, over=list_name, field=field, where=self.where(list_name))

    def peak(self) -> Derivation:
        """The most days of the periods in any window."""
        field = self.random.choice(["attended_on", "attended_on", "evaluated_on"])
        window = Window(months=self.months()) if self.random.randrange(4) else Window(weeks=1)
        return Derivation("peak", None, "periods", field, self.where("periods"), window, self.since())

    def unbroken(self) -> Derivation:
        """The last time without a gap of some rows."""
        list_name = self.random.choice(["benefits", "benefits", "periods"])
        return Derivation(
            "unbroken", over=list_name, where=self.where(list_name), within=Window(self.date(), self.date())
        )

    def reached(self) -> Derivation:
        """The day on which paid days reach some limits."""
        limits = []
        for _ in range(self.random.choice([1, 1, 2])):
            amount = Const(self.random.choice([1, 5, 20, 60, 180, 500]), "integer", "benefit days")
            limits.append(Limit(amount, self.date() if self.random.randrange(2) else None))
        return Derivation("reached", over="benefits", field="days", where=self.where("benefits"), limits=tuple(limits))

    def gaps(self) -> Derivation:
        """Whether the days of an item leave no gap that is too long."""
        list_name, field = self.random.choice([("plans", "reviewed_on"), ("periods", "evaluated_on")])
        singular = lists()[list_name].singular
        window = Window(self.date(singular), self.date(singular), self.months())
        shown = [("events", "plans_updated"), ("plans", "reviewed_on"), ("periods", "evaluated_on")]
        also = tuple(self.random.sample(shown, self.random.randrange(3)))
        since = self.since()
        return Derivation("gaps_at_most", over=list_name, field=field, within=window, since=since, also=also)


def shipped(clients: Clients, *kinds: str) -> list[Derivation]:
    """The derivations of the rulebook itself that are of these kinds."""
    derivations = [fact.derivation for fact in clients.rulebook._parts.facts.values() if fact.derivation is not None]
    return [derivation for derivation in derivations if derivation.kind in kinds]
