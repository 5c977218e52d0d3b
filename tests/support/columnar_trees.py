"""Random terms and conditions, and the rulebook over which they stand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from columnar_values import WORDS, some_known

from aava_rules.engine.table.evaluate.compare import set_words
from aava_rules.language.functions import FUNCTIONS
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
    Has,
    IsKnown,
    IsNone,
    ItemField,
    Not,
    OneOf,
    Param,
    Truth,
)
from aava_rules.language.values import NONE, Table
from aava_rules.record.fields import lists
from aava_rules.rulebook.model import FactDef, OutcomeDef, Parameter, ParamValue, Parts, StepDef

OTHER_WORDS = ("middle", "none", "low", "zero")


def _dated(kind: str, *values: tuple[date | None, Any], columns: Any = None) -> Parameter:
    dated = tuple(ParamValue(start, value, (), "verified") for start, value in values)
    return Parameter("", {}, kind, "", dated, "", columns or {})


_ROWS = {0: (0, "1.5", "low"), 2: (3, "1.5", "low"), 5: (3, "2.25", "high"), 40: (1, "0.125", "middle")}
_TABLE = {key: {"amount": a, "share": Decimal(b), "word": c} for key, (a, b, c) in _ROWS.items()}
_LATER = {
    -3: {"amount": 9, "share": Decimal("9.0"), "word": "zero"},
    3: {"amount": 9, "share": Decimal(9), "word": "zero"},
}
PARAMETERS = {
    "always": _dated("integer", (None, 3)),
    "dated": _dated("integer", (date(2010, 1, 1), 2), (date(2015, 7, 1), 7), (date(2016, 1, 1), 2)),
    "ended": _dated("integer", (date(2009, 1, 1), 12), (date(2014, 1, 1), None), (date(2016, 2, 29), 4)),
    "share": _dated("decimal", (date(1990, 1, 1), Decimal("0.75")), (date(2012, 2, 29), Decimal("2.5"))),
    "amount": _dated("money", (date(2000, 1, 1), Decimal("54.00")), (date(2016, 2, 1), Decimal(9))),
    "table": _dated(
        "table", (date(2005, 1, 1), _TABLE), (date(2013, 1, 1), None), (date(2015, 1, 1), _LATER),
        columns={"amount": ("integer", ""), "share": ("decimal", ""), "word": ("text", "")},
    ),
}  # fmt: skip
FACTS = {
    "integer": ("n0", "n1", "n2"), "decimal": ("m0", "m1"), "money": ("e0",), "date": ("d0", "d1", "d2"),
    "boolean": ("b0", "b1"), "choice": ("c0", "c1"), "set": ("s0", "s1", "s2"),
}  # fmt: skip
STRICT = {
    kind: [function.name for function in FUNCTIONS.values() if function.strict and function.gives == kind]
    for kind in sorted({function.gives for function in FUNCTIONS.values() if function.strict})
}
"""The strict functions of the language by the type that they give."""
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


def _parts() -> Parts:
    facts = {
        name: FactDef(name, kind, "", {}, (OTHER_WORDS if name == "s2" else WORDS) if kind in ("choice", "set") else ())
        for kind, names in FACTS.items()
        for name in names
    }
    facts |= {
        f"{singular}.x0": FactDef(f"{singular}.x0", "integer", "", {}, item=singular) for singular in ("plan", "period")
    }
    outcomes = {"s1": OutcomeDef("s1", "set", "", {}, WORDS)}
    steps = {"first_meeting": StepDef("first_meeting", {})}
    return Parts((), "", facts, outcomes, {}, steps, PARAMETERS, {}, {}, {}, {}, (), {}, {})


PARTS = _parts()


class Trees:
    """Random terms and conditions over a world; ``list_name``: that of the items at hand, or empty."""

    def __init__(self, random: Random, list_name: str) -> None:
        self.random, self.list_name = random, list_name

    def term(self, kind: str, depth: int) -> Expr:
        random = self.random
        if depth and random.random() < 0.65:
            if kind in ("integer", "decimal", "money"):
                return self._number(kind, depth - 1)
            if kind == "date":
                return self._day(depth - 1)
        leaves = self._leaves(kind)
        return leaves[random.randrange(len(leaves))]

    def _leaves(self, kind: str) -> list[Expr]:
        random = self.random
        leaves: list[Expr] = [Fact(name, kind, "", random.random() < 0.5) for name in FACTS.get(kind, ())]
        if kind in ("integer", "decimal", "money", "date", "boolean", "choice"):
            leaves.append(Const(some_known(random, kind), kind))
        leaves += [Param(name, kind) for name, parameter in PARAMETERS.items() if parameter.type == kind]
        if kind == "date":
            leaves += [DecisionDate(), Const(NONE, "date"), Call("date_of", ("first_meeting",), "date", "")]
        if kind == "boolean":
            leaves.append(Call("done", ("first_meeting",), "boolean", ""))
        if self.list_name:
            singular = self.list_name[:-1]
            fields = lists()[self.list_name].fields.items()
            leaves += [ItemField(singular, name, kind) for name, info in fields if info.type == kind]
            leaves += [ItemField(singular, "x0", kind, derived=True)] if kind == "integer" else []
            leaves += [Call("day_in", (singular,), "date", "")] * 2 if kind == "date" else []
        return leaves

    def _number(self, kind: str, depth: int) -> Expr:
        random = self.random
        drawn = random.randrange(8)
        if drawn < 4:
            other = random.choice(["integer", kind])
            return Arith(random.choice("+-*"), self.term(kind, depth), self.term(other, depth), kind, "")
        if drawn == 4:
            name = random.choice(["min", "max"])
            return self._called(name, *(self.term(kind, depth) for _ in range(random.randint(2, 3))))
        if drawn == 5:
            names = [name for name, parameter in PARAMETERS.items() if parameter.type == kind]
            return self._called("value_on", Param(random.choice(names), kind), self.term("date", depth))
        if kind == "integer" and drawn == 6:
            return self.strict_call(random.choice(STRICT[kind]), depth)
        if kind in ("integer", "decimal"):
            return self.row({"integer": "amount", "decimal": "share"}[kind], depth)
        return self.term(kind, 0)

    def row(self, column: str, depth: int) -> Call:
        table = Param("table", "table")
        call = self._called("row", table, self.term("integer", depth), column)
        if self.random.random() < 0.5:  # as rules have it once they are bound to a day
            bound = Const(Table(self.random.choice([_TABLE, _LATER])), "table")
            return Call("row", (bound, *call.args[1:]), call.type, call.unit)
        return call

    def _day(self, depth: int) -> Expr:
        random = self.random
        if random.random() < 0.2:
            return self._called(random.choice(["min", "max"]), self.term("date", depth), self.term("date", depth))
        return self.strict_call(random.choice(STRICT["date"]), depth)

    def strict_call(self, name: str, depth: int) -> Call:
        """A call of a strict function with random arguments of the kinds that it takes."""
        return self._called(name, *(self._argument(kind, depth) for kind in FUNCTIONS[name].takes))

    def _argument(self, kind: str, depth: int) -> Expr:
        if kind == "offset":
            return Const(-1, "integer") if self.random.random() < 0.2 else self.term("integer", depth)
        return self.term(kind, depth)

    def _called(self, name: str, *args: Expr | str) -> Call:
        def columns(table: str, column: str) -> tuple[str, str]:
            return PARAMETERS[table].columns[column]

        call = FUNCTIONS[name].call(args, columns)
        return Call(name, args, call.type, "")  # units are a matter of the loader

    def condition(self, depth: int) -> Condition:
        random = self.random
        if depth and random.random() < 0.5:
            drawn = random.randrange(3)
            if drawn == 0:
                return Not(self.condition(depth - 1))
            items = tuple(self.condition(depth - 1) for _ in range(random.randint(2, 3)))
            return All(items) if drawn == 1 else Any_(items)
        return self.test()

    def test(self) -> Condition:
        random = self.random
        drawn = random.randrange(12)
        if drawn < 4:
            kind = random.choice(["integer", "decimal", "money", "date"])
            other = kind if kind == "date" else random.choice(["integer", "decimal", "money"])
            return Compare(random.choice(OPERATORS), self.term(kind, 2), self.term(other, 2))
        if drawn == 4:
            kind = random.choice(["boolean", "choice"])
            return Compare(random.choice(["==", "!="]), self.term(kind, 0), self.term(kind, 0))
        if drawn == 5:
            return Compare(random.choice(OPERATORS), self.term("set", 0), self.term("set", 0))
        if drawn == 6:
            return OneOf(self.term("choice", 0), tuple(random.sample(WORDS, random.randint(1, 2))))
        if drawn == 7:
            return OneOf(self.row("word", 1), tuple(random.sample(OTHER_WORDS, 2)))
        if drawn == 8:
            term = self.term("set", 0)
            return Has(term, random.choice(set_words(term, PARTS)))
        if drawn == 9:
            return Truth(self.term("boolean", 0))
        if drawn == 10:
            return Always(random.random() < 0.5)
        kinds = ["integer", "decimal", "money", "date", "boolean", "choice", "set"]
        kind = random.choice([*kinds, "dates"] if self.list_name else kinds)
        term = self.term(kind, 1)
        return IsNone(term) if random.random() < 0.5 else IsKnown(term, random.random() < 0.5)
