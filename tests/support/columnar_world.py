"""Clients with random values of all that terms read, for the record path and in arrays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
from columnar_trees import PARTS
from columnar_values import ON, WORDS, column_of, some_day, some_known, some_value

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.reference import evaluate as evaluation
from aava_rules.engine.reference.item_days import follows_from_length
from aava_rules.engine.reference.scope import Judged, OpenDay, Scope
from aava_rules.engine.table.block import Block, Items, RowView
from aava_rules.engine.table.columns import NO_HIGH, NO_LOW, Code, Column, Days, Words
from aava_rules.engine.table.evaluate.compare import set_words
from aava_rules.engine.table.evaluate.terms import compiled, compiled_test
from aava_rules.language.syntax import Condition, Expr
from aava_rules.language.values import NONE, UNKNOWN, Interval
from aava_rules.record.fields import client_fields, lists
from aava_rules.rulebook.model import Parts


class World:
    """Clients of a rulebook with values of its facts and with items, for the record path and in arrays.

    What is derived or decided elsewhere (facts, steps, the day held in an item) is drawn as well.
    """

    def __init__(self, random: Random, size: int = 12, parts: Parts = PARTS) -> None:
        self.random, self.size, self.parts = random, size, parts
        self.vocabulary = Vocabulary(parts)
        self.words = Words()
        self.words.number("a word that no rule knows")
        self.names: dict[str, Any] = {**client_fields(), **parts.facts, **parts.outcomes}
        self.facts = {name: self._values(name) for name, info in self.names.items() if "." not in name}
        if random.random() < 0.3:  # known for all, as ready-made facts often are
            for name in random.sample(list(self.facts), len(self.facts) // 3):
                info = self.names[name]
                self.facts[name] = [some_known(random, info.type, info.words or WORDS) for _ in range(size)]
        self.steps_done = {step: [random.choice([True, False, UNKNOWN]) for _ in range(size)] for step in parts.steps}
        self.step_dates = {step: [some_value(random, "date") for _ in range(size)] for step in parts.steps}
        self.complete = {
            (name, field): [random.random() < 0.4 for _ in range(size)]
            for name, info in lists().items()
            for field in info.fields
        }
        self.items = {name: self._items(name) for name in lists()}
        self.arrange()

    def _values(self, name: str) -> list[Any]:
        info = self.names[name]
        return [some_value(self.random, info.type, info.words or WORDS) for _ in range(self.size)]

    def _items(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        random, singular = self.random, lists()[name].singular
        derived = [fact for fact in self.parts.facts.values() if fact.item == singular]
        items = []
        for client in range(self.size):
            for _ in range(random.randrange(3)):
                fields = {
                    field: None if random.random() < 0.3 else self._field(info.type, info.words)
                    for field, info in lists()[name].fields.items()
                }
                fields |= {fact.name: some_value(random, fact.type, fact.words or WORDS) for fact in derived}
                fields["day_in"] = some_value(random, "date")
                items.append((client, fields))
        return items

    def _field(self, kind: str, words: tuple[str, ...]) -> Any:
        if kind == "dates":
            return tuple(sorted({some_day(self.random) for _ in range(self.random.randrange(3))}))
        return some_known(self.random, kind, words or WORDS)

    # -- in arrays

    def arrange(self) -> None:
        """Put everything into arrays, again if it was changed."""
        columns = {name: self._column(name, values) for name, values in self.facts.items()}
        items = {name: self._arrays(name) for name in self.items}
        complete = {key: np.array(flags, np.bool_) for key, flags in self.complete.items()}
        stated, none = np.full(self.size, ON.toordinal(), np.int64), np.zeros(self.size, np.bool_)
        self.block = Block(
            self.size, ON, self.vocabulary, self.words, {}, columns, stated, items, complete, none, fact_reader=self
        )  # fmt: skip

    def _column(self, name: str, values: list[Any]) -> Column:
        return column_of(self.names[name].type, values, self.words, self.names[name].words)

    def _arrays(self, name: str) -> Items:
        rows = self.items[name]
        clients = np.array([client for client, _ in rows], np.intp)
        starts = np.searchsorted(clients, np.arange(self.size + 1)).astype(np.int64)
        columns: dict[str, Column | Days] = {}
        for field, info in lists()[name].fields.items():
            values = [self.field_value(name, client, fields, field) for client, fields in rows]
            if info.type == "dates":
                days = [() if value is UNKNOWN or value is NONE else value for value in values]
                flat = np.array([day.toordinal() for row_days in days for day in row_days], np.int64)
                is_known = np.array([fields[field] is not None for _, fields in rows], np.bool_)
                columns[field] = Days(np.cumsum([0, *map(len, days)]), flat, is_known)
            else:
                columns[field] = column_of(info.type, values, self.words, info.words)
        known = np.ones(self.size, np.bool_)
        return Items(clients, starts, known, np.zeros(self.size, np.int64), columns)

    def field_value(self, name: str, client: int, fields: dict[str, Any], field: str) -> Any:
        """The value of an item's field, as scopes read it."""
        if fields[field] is not None:
            return fields[field]
        known_none = self.complete[name, field][client] and not follows_from_length(name, field, _Item(**fields))
        return NONE if known_none else UNKNOWN

    # -- rows

    def view(self, list_name: str) -> RowView:
        """All rows or some of them, judged on one day, on a day of each, or on a day that is not known."""
        random = self.random
        clients = items = None
        if list_name:
            count = len(self.items[list_name])
            chosen = range(count) if random.random() < 0.5 else sorted(random.sample(range(count), count // 2))
            items = np.array(chosen, np.intp)
        elif self.size and random.random() < 0.5:
            clients = np.array(random.choices(range(self.size), k=random.randrange(self.size)), np.intp)
        size = self.size if items is None and clients is None else len(clients if items is None else items)
        judged = random.choice([ON, some_day(random), None, "each"])
        if judged == "each":
            judged = np.array([some_day(random).toordinal() for _ in range(size)], np.int64)
        return RowView(self.block, judged, clients, list_name, items)

    def every(self, list_name: str = "") -> RowView:
        """All rows, judged on the day of decision."""
        items = np.arange(len(self.items[list_name])) if list_name else None
        return RowView(self.block, ON, None, list_name, items)

    def scopes(self, view: RowView) -> Iterator[tuple[int, Scope]]:
        """The rows of a sheet with their scopes, without those that are left to the record path."""
        for row in range(view.size):
            client = row if view.clients is None else int(view.clients[row])
            if self.block.overflow_mask[client]:
                continue
            judged: Any = OpenDay() if view.judged is None else view.judged
            if isinstance(judged, np.ndarray):
                judged = date.fromordinal(int(judged[row]))
            item = None
            if view.items is not None:
                item = _Item(**self.items[view.list_name][int(view.items[row])][1])
            yield row, Scope(_Client(self, client), judged, view.list_name, item)  # type: ignore[arg-type]

    # -- what terms of the block read (a `FactReader`): what was drawn

    def fact(self, view: RowView, name: str) -> Column:
        return view.of_clients(self.block.ready_made[name])

    # no term asks of one round, or by what a step is done, before answers are composed

    def done(self, view: RowView, step: str, which: str, by: str) -> Column:
        assert (which, by) == ("", "")
        return view.of_clients(column_of("boolean", self.steps_done[step], self.words))

    def date_of(self, view: RowView, step: str, which: str) -> Column:
        assert which == ""
        return view.of_clients(column_of("date", self.step_dates[step], self.words))

    def day_in(self, view: RowView) -> Column:
        return self.item_fact(view, "day_in")

    def item_fact(self, view: RowView, name: str) -> Column:
        values = [fields[name] for _, fields in self.items[view.list_name]]
        assert view.items is not None
        column = column_of("date", values, self.words) if name == "day_in" else self._column(name, values)
        return column.take(view.items)

    # -- checks

    def check_term(self, view: RowView, term: Expr) -> list[Any]:
        """Check the value of a term in every row; what the record path says of them."""
        column = compiled(term)(view)
        assert len(column) == view.size
        read, values = evaluation.reader(term), []
        for row, scope in self.scopes(view):
            expected, actual = read(scope), self._value(column, row, term)
            assert actual == expected and isinstance(actual, bool) == isinstance(expected, bool), (
                str(term), row, actual, expected,
            )  # fmt: skip
            values.append(expected)
        if column.code is not None and column.type in ("integer", "decimal", "money", "date"):
            open_ = column.code == Code.UNKNOWN
            assert (column.low[open_] == NO_LOW).all() and (column.high[open_] == NO_HIGH).all()
        return values

    def _value(self, column: Column, row: int, term: Expr) -> Any:
        """The value of a row, words and sets by their names."""
        code = column.codes()[row]
        if column.type not in ("choice", "text", "set") or code in (Code.UNKNOWN, Code.ABSENT):
            return column.value(row)
        if column.type != "set":
            return self.words.word(int(column.low[row]))
        words = set_words(term, self.parts)
        low, high = (
            frozenset(word for i, word in enumerate(words) if int(mask[row]) >> i & 1)
            for mask in (column.low, column.high)
        )
        return low if low == high else Interval(low, high)

    def check_test(self, view: RowView, condition: Condition) -> list[bool | None]:
        """Check the truth of a condition in every row; what the record path says of them."""
        truth = compiled_test(condition)(view)
        assert len(truth.holds) == len(truth.fails) == view.size
        assert not (truth.holds & truth.fails).any()
        test, states = evaluation.tester(condition), []
        for row, scope in self.scopes(view):
            expected = test(scope)
            actual = True if truth.holds[row] else False if truth.fails[row] else None
            assert actual is expected, (str(condition), row, actual, expected)
            states.append(expected)
        return states


class _Item:
    """An item as scopes have it; derived facts of it stand under their whole names."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


class _Client:
    """The facts of one client of a world, as scopes have them."""

    def __init__(self, world: World, client: int) -> None:
        self.on, self.vocabulary = ON, world.vocabulary
        self.memo: dict[str, Any] = {}  # nothing has been worked out before
        self.steps = SimpleNamespace(
            done=lambda step, which, by: world.steps_done[step][client],
            date_of=lambda step, which: world.step_dates[step][client],
        )
        complete = {key for key, flags in world.complete.items() if flags[client]}
        self.record = SimpleNamespace(complete_fields=complete)
        self._facts = {name: values[client] for name, values in world.facts.items()}

    def value(self, name: str, judged: Judged) -> Any:
        return self._facts[name]

    def item_fact(self, name: str, scope: Scope) -> Any:
        return scope.item.__dict__[name]

    def parameter(self, name: str, day: Judged) -> Any:
        return self.vocabulary.parameter(name, day.law if isinstance(day, OpenDay) else day)

    def day_in(self, list_name: str, item: Any) -> Any:
        return item.day_in
