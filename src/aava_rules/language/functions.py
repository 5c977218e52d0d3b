"""What terms may be set beside, added to or multiplied with one another, and the closed list of functions."""

from __future__ import annotations

from collections.abc import Callable

from aava_rules.language.syntax import Arith, Call, Const, Expr, Param
from aava_rules.language.values import NUMERIC

_PRODUCTS = {
    frozenset({"EUR/day", "days"}): "EUR",
    frozenset({"hours/day", "days/week"}): "hours/week",
    frozenset({"hours/day", "days"}): "hours",
}


class Misfit(Exception):
    """Terms that do not go together: the code of the fault, what, why and hint."""

    def __init__(self, code: str, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.why, self.hint = code, what, why, hint


def a_type(kind: str) -> str:
    """A type as a sentence names it: "a whole number"."""
    said = {"integer": "a whole number", "boolean": "a truth value", "money": "an amount of money"}
    return said.get(kind, f"a {kind or 'word'}")


def check_alike(a: Expr, b: Expr) -> None:
    """Raise Misfit if two terms cannot be compared: unlike types, or numbers of unlike units."""
    if a.type in NUMERIC and b.type in NUMERIC:
        literal = isinstance(a, Const) or isinstance(b, Const)
        if a.unit != b.unit and not literal:
            what = f"{a.unit or 'bare numbers'} are compared with {b.unit or 'bare numbers'}"
            raise Misfit("AR012", what, f"{a} is {a.unit or 'without unit'}; {b} is {b.unit or 'without unit'}.")
    elif a.type != b.type:
        why = f"{a} is {a_type(a.type)}; {b} is {a_type(b.type)}."
        raise Misfit("AR013", f"{a_type(a.type)} is set beside {a_type(b.type)}", why)


def arithmetic(op: str, a: Expr, b: Expr) -> Arith:
    """The sum, difference or product of two numbers, with its type and unit. Raises Misfit."""
    for side in (a, b):
        if side.type not in NUMERIC:
            hint = "Use add_days, add_months or days_between." if side.type == "date" else ""
            raise Misfit("AR013", f"{side} is {a_type(side.type)}, not a number", "", hint)
    kind = next((t for t in ("money", "decimal") if t in (a.type, b.type)), "integer")
    if op == "*":
        units = frozenset({a.unit, b.unit})
        plain = units - {"", "count", "times"}
        unit = _PRODUCTS.get(units) or (next(iter(plain), "") if len(plain) < 2 else None)
        if unit is None:
            raise Misfit("AR012", f"{a.unit} times {b.unit} has no unit", "The list of units is closed.")
        return Arith(op, a, b, kind, unit)
    if a.unit != b.unit and not (isinstance(a, Const) or isinstance(b, Const)):
        raise Misfit("AR012", f"{a.unit} and {b.unit} are added", f"{a} and {b} have unlike units.")
    return Arith(op, a, b, kind, a.unit or b.unit)


Args = tuple[Expr | str, ...]
Columns = Callable[[str, str], tuple[str, str] | None]
"""The type and unit of a column of a table."""
_Builder = Callable[[str, Args, Columns], Expr]


def _typed(kind: str, unit: str = "") -> _Builder:
    return lambda name, args, columns: Call(name, args, kind, unit)


def _shift(unit: str) -> _Builder:
    def build(name: str, args: Args, columns: Columns) -> Expr:
        count = args[1]
        if not isinstance(count, (Const, str)) and count.unit not in (unit, "", "count"):
            raise Misfit("AR012", f"{name} counts {unit}", f"{count} is {count.unit}.")
        return Call(name, args, "date", "")

    return build


def _widest(name: str, args: Args, columns: Columns) -> Expr:
    first, *others = (arg for arg in args if not isinstance(arg, str))
    for other in others:
        check_alike(first, other)
    if first.type not in (*NUMERIC, "date"):
        raise Misfit("AR013", f"{name} needs numbers or dates", f"{first} is {a_type(first.type)}.")
    kinds = {arg.type for arg in (first, *others)}
    # of whole numbers and others, the others may be what comes out
    kind = next((one for one in ("money", "decimal") if one in kinds), first.type)
    unit = next((arg.unit for arg in (first, *others) if arg.unit), "")
    return Call(name, args, kind, unit)


def _value_on(name: str, args: Args, columns: Columns) -> Expr:
    first = args[0]
    assert isinstance(first, Param)
    return Call(name, args, first.type, first.unit)


def _row(name: str, args: Args, columns: Columns) -> Expr:
    table, _, column = args
    assert isinstance(table, Param) and isinstance(column, str)
    found = columns(table.name, column)
    assert found is not None
    return Call(name, args, *found)


FUNCTIONS: dict[str, tuple[tuple[str, ...], _Builder]] = {
    "years_between": (("date", "date"), _typed("integer", "years")),
    "days_between": (("date", "date"), _typed("integer", "days")),
    "add_days": (("date", "integer"), _shift("days")),
    "add_months": (("date", "integer"), _shift("months")),
    "end_of_month": (("date",), _typed("date")),
    "working_days_after": (("date", "integer"), _shift("working days")),
    "day_in": (("item",), _typed("date")),
    "value_on": (("param", "date"), _value_on),
    "row": (("table", "integer", "column"), _row),
    "min": (("value", "..."), _widest),
    "max": (("value", "..."), _widest),
    "done": (("step",), _typed("boolean")),
    "date_of": (("step",), _typed("date")),
}
"""The closed list of functions: the kinds of their arguments, and how the call gets its type."""
