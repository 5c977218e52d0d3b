"""The registry of the language: what functions and aggregates there are, and what each of them takes and gives.

Both lists are closed: plugins add none. A function is one entry of `FUNCTIONS`, and everything that another room asks
about functions by kind - whether a call is a constant, reads the steps of the client, passes over whole values - is a
flag of that entry, never a list of names there. What else a strict function needs is its twin on arrays
(``engine.table.dates``) and its words in three languages; ``make docs`` writes the table of ``rulesets/README.md``. A
test tells which of them is lacking.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeGuard

from aava_rules.language import dates
from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Arith, Call, Const, Expr, Fact, ItemField, Param
from aava_rules.language.values import NONE, NUMERIC, Table

_PRODUCTS = {
    frozenset({"EUR/day", "days"}): "EUR",
    frozenset({"hours/day", "days/week"}): "hours/week",
    frozenset({"hours/day", "days"}): "hours",
}


class TypeMismatch(Exception):
    """Terms that do not go together.

    Attributes:
        code: of the fault, such as ``AR013``.
        what: what is wrong, as a sentence without a full stop.
        why: the reason, as a whole sentence, or empty.
        hint: what to do, as a whole sentence, or empty.
    """

    def __init__(self, code: str, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.code, self.what, self.why, self.hint = code, what, why, hint


def type_phrase(kind: str) -> str:
    """The type ``kind`` as a sentence names it: "a whole number"; a word where it is empty."""
    phrases = {"integer": "a whole number", "boolean": "a truth value", "money": "an amount of money"}
    return phrases.get(kind, f"a {kind or 'word'}")


def check_comparable(a: Expr, b: Expr) -> None:
    """Raise TypeMismatch if the terms ``a`` and ``b`` cannot be compared: unlike types, or numbers of unlike units."""
    if a.type in NUMERIC and b.type in NUMERIC:
        literal = isinstance(a, Const) or isinstance(b, Const)
        if a.unit != b.unit and not literal:
            what = f"{a.unit or 'bare numbers'} are compared with {b.unit or 'bare numbers'}"
            raise TypeMismatch("AR012", what, f"{a} is {a.unit or 'without unit'}; {b} is {b.unit or 'without unit'}.")
    elif a.type != b.type:
        why = f"{a} is {type_phrase(a.type)}; {b} is {type_phrase(b.type)}."
        raise TypeMismatch("AR013", f"{type_phrase(a.type)} is set beside {type_phrase(b.type)}", why)


def arithmetic(op: str, a: Expr, b: Expr) -> Arith:
    """The sum, difference or product of two numbers, with its type and unit.

    Args:
        op: ``+``, ``-`` or ``*``.
        a: the left term.
        b: the right term.

    Raises:
        TypeMismatch: a side is no number, the units of a sum differ, or a product has no unit of the closed list.
    """
    for side in (a, b):
        if side.type not in NUMERIC:
            hint = "Use add_days, add_months or days_between." if side.type == "date" else ""
            raise TypeMismatch("AR013", f"{side} is {type_phrase(side.type)}, not a number", "", hint)
    kind = next((t for t in ("money", "decimal") if t in (a.type, b.type)), "integer")
    if op == "*":
        units = frozenset({a.unit, b.unit})
        plain = units - {"", "count", "times"}
        unit = _PRODUCTS.get(units) or (next(iter(plain), "") if len(plain) < 2 else None)
        if unit is None:
            raise TypeMismatch("AR012", f"{a.unit} times {b.unit} has no unit", "The list of units is closed.")
        return Arith(op, a, b, kind, unit)
    if a.unit != b.unit and not (isinstance(a, Const) or isinstance(b, Const)):
        raise TypeMismatch("AR012", f"{a.unit} and {b.unit} are added", f"{a} and {b} have unlike units.")
    return Arith(op, a, b, kind, a.unit or b.unit)


Args = tuple[Expr | str, ...]
"""The arguments of a call: terms, or words (a step, an item, a column)."""
Columns = Callable[[str, str], tuple[str, str] | None]
"""The type and unit of a column, by the names of the table and of the column; None if there is no such column."""


class Function(Struct):
    """One function of the language: its signature, its meaning, and what the other rooms ask about it.

    Attributes:
        name: as rules write it.
        arguments: the name of each argument, as the texts that tell of the function refer to it.
        takes: the kind of each argument: a type (``date``, ``integer``), ``offset`` (an integer that may also be
            written ``-1``), ``value`` (a number or date), or what is no term: ``step``, ``item``, ``param`` (any
            parameter but a table), ``table``, ``column``.
        gives: the type of the result; empty if ``result`` tells it from the arguments.
        meaning: what it is, in one line.
        example: a call, as a rule has it.
        unit: of the result.
        counts: the unit in which the second argument is counted; empty if any will do.
        value: the result for arguments that are exactly known and exist; None if it depends on the record or on a day.
            Raises OverflowError or ValueError where the calendar has no such day; the engines then give UNKNOWN.
        strict: the result is absent where an argument is, and lies between the results of the bounds of its arguments
            (see ``rises``); the value and its twin on arrays are then all that the engines need.
        result: the type and unit of the result from the arguments. Raises TypeMismatch.
        variadic: the last argument may be repeated.
        nullable: the result may be known not to exist although all arguments do.
        reads_step: it asks whether and when a step of the client path was taken.
        reads_item: it reads the days of the item at hand.
        own_day: it reads its parameter on a day of its own, not on the judged day.
        leaps: its result passes over whole values, so that no case can lie on every limit.
        rises: of a strict function, for each argument 1 if the result never falls when that argument rises, -1 if it
            never rises; between bounds of its arguments the result then lies between the results of their ends.
        phrase: the key of its words in the catalogue of texts; its name if empty.
    """

    name: str
    arguments: tuple[str, ...]
    takes: tuple[str, ...]
    gives: str
    meaning: str
    example: str
    unit: str = ""
    counts: str = ""
    value: Callable[..., Any] | None = None
    strict: bool = False
    result: Callable[[Function, Args, Columns], tuple[str, str]] | None = None
    variadic: bool = False
    nullable: bool = False
    reads_step: bool = False
    reads_item: bool = False
    own_day: bool = False
    leaps: bool = False
    rises: tuple[int, ...] = ()
    phrase: str = ""

    @property
    def constant(self) -> bool:
        """Whether a call whose arguments are constants is a constant itself."""
        return self.value is not None

    @property
    def reads_record(self) -> bool:
        """Whether the result depends on the record beyond the arguments."""
        return self.reads_step or self.reads_item

    @property
    def signature(self) -> str:
        """The function with the names of its arguments: ``add_months(day, amount)``."""
        return f"{self.name}({', '.join(self.arguments)}{', ...' if self.variadic else ''})"

    def call(self, args: Args, columns: Columns) -> Call:
        """The typed call of this function.

        Args:
            args: as many as ``takes`` says, each of the kind that it says.
            columns: the type and unit of a column of a table.

        Raises:
            TypeMismatch: the units or types of the arguments do not fit.
        """
        if self.counts:
            count = args[1]
            if not isinstance(count, (Const, str)) and count.unit not in (self.counts, "", "count"):
                raise TypeMismatch("AR012", f"{self.name} counts {self.counts}", f"{count} is {count.unit}.")
        kind, unit = (self.gives, self.unit) if self.result is None else self.result(self, args, columns)
        return Call(self.name, args, kind, unit)


def _widest(function: Function, args: Args, columns: Columns) -> tuple[str, str]:
    first, *others = (arg for arg in args if not isinstance(arg, str))
    for other in others:
        check_comparable(first, other)
    if first.type not in (*NUMERIC, "date"):
        raise TypeMismatch("AR013", f"{function.name} needs numbers or dates", f"{first} is {type_phrase(first.type)}.")
    kinds = {arg.type for arg in (first, *others)}
    # of whole numbers and others, the others may be what comes out
    kind = next((wider for wider in ("money", "decimal") if wider in kinds), first.type)
    return kind, next((arg.unit for arg in (first, *others) if arg.unit), "")


def _of_parameter(function: Function, args: Args, columns: Columns) -> tuple[str, str]:
    parameter = args[0]
    assert isinstance(parameter, Param)
    return parameter.type, parameter.unit


def _of_column(function: Function, args: Args, columns: Columns) -> tuple[str, str]:
    table, _, column = args
    assert isinstance(table, Param) and isinstance(column, str)
    declared = columns(table.name, column)
    assert declared is not None
    return declared


def _add_days(day: date, amount: Any) -> date:
    return dates.add_days(day, int(amount))


def _add_months(day: date, amount: Any) -> date:
    return dates.add_months(day, int(amount))


def _working_days_after(day: date, amount: Any) -> date:
    return dates.working_days_after(day, int(amount))


def _row(rows: Table, key: Any, column: str) -> Any:
    keys = [least for least in rows if least <= key]
    value = rows[max(keys)][column] if keys else None
    return NONE if value is None else value


FUNCTIONS: Final[dict[str, Function]] = {
    function.name: function
    for function in (
        Function(
            "years_between", ("first", "last"), ("date", "date"), "integer", unit="years",
            value=dates.years_between, strict=True, rises=(-1, 1),
            meaning="completed years: of 29 February, on 28 February where there is no 29th",
            example="years_between(birth_date, decision_date)",
        ),
        Function(
            "months_between", ("first", "last"), ("date", "date"), "integer", unit="months",
            value=dates.months_between, strict=True, rises=(-1, 1),
            meaning="completed months: of the 31st, on the last day of a shorter month",
            example="months_between(period.start, decision_date)",
        ),
        Function(
            "days_between", ("first", "last"), ("date", "date"), "integer", unit="days",
            value=dates.days_between, strict=True, rises=(-1, 1),
            meaning="days: 1 for the next day, negative if the last day is before the first",
            example="days_between(period.start, decision_date)",
        ),
        Function(
            "add_days", ("day", "amount"), ("date", "offset"), "date",
            value=_add_days, strict=True, rises=(1, 1), counts="days", phrase="later",
            meaning="the day so many days later, or earlier; unknown past the end of the calendar",
            example="add_days(allowance_exhausted_on, 1)",
        ),
        Function(
            "add_months", ("day", "amount"), ("date", "offset"), "date",
            value=_add_months, strict=True, rises=(1, 1), counts="months", phrase="later",
            meaning="the same number so many months later, or earlier, or the last day of a shorter month",
            example="add_months(plan.made_on, param.review_months)",
        ),
        Function(
            "end_of_month", ("day",), ("date",), "date", value=dates.end_of_month, strict=True, rises=(1,), leaps=True,
            meaning="the last day of the month",
            example="end_of_month(period.start)",
        ),
        Function(
            "working_days_after", ("day", "amount"), ("date", "integer"), "date",
            value=_working_days_after, strict=True, rises=(1, 1), counts="working days", phrase="later", leaps=True,
            meaning="the day so many working days later: Mon-Fri that are no Finnish public holidays",
            example="working_days_after(period.start, param.notice_days)",
        ),
        Function(
            "day_in", ("item",), ("item",), "date", reads_item=True,
            meaning="the day of decision, but no earlier than the item begins and no later than it ends",
            example="day_in(period)",
        ),
        Function(
            "value_on", ("parameter", "day"), ("param", "date"), "", result=_of_parameter,
            nullable=True, own_day=True,
            meaning="the value of a parameter on a day other than the judged one",
            example="value_on(param.days_per_week_max, period.plan_made_on)",
        ),
        Function(
            "row", ("table", "value", "column"), ("table", "integer", "column"), "", value=_row, result=_of_column,
            nullable=True, leaps=True,
            meaning="a column of the row with the greatest key that does not exceed the number",
            example="row(param.neglect_ladder, neglects, days)",
        ),
        Function(
            "min", ("first", "second"), ("value", "value"), "", value=min, result=_widest, variadic=True,
            meaning="the least of numbers or dates",
            example="min(period.end, decision_date)",
        ),
        Function(
            "max", ("first", "second"), ("value", "value"), "", value=max, result=_widest, variadic=True,
            meaning="the greatest of numbers or dates",
            example="max(0, attended_days - 1)",
        ),
        Function(
            "done", ("step",), ("step",), "boolean", reads_step=True,
            meaning="whether the step was taken in the current round of the client path",
            example="done(first_meeting)",
        ),
        Function(
            "date_of", ("step",), ("step",), "date", nullable=True, reads_step=True,
            meaning="the day on which the step was taken last in the current round",
            example="date_of(client_relationship_ends)",
        ),
    )
}  # fmt: skip
"""The closed list of functions, by name."""


class Aggregate(Struct):
    """One way in which a fact follows from the rows of a list, or from the days that one item lists.

    Attributes:
        name: the key of vocabulary.yaml, and the kind of the derivation.
        takes: what stands under that key, in words.
        gives: the type of the fact.
        units: those that the fact may have; empty: that of the field.
        meaning: what it is, in one line.
        example: the key and what it stands for, as vocabulary.yaml has it.
        modifiers: the further keys that it allows, of ``where``, ``within``, ``since`` and ``outside``.
        of_client: it may be a fact of the client.
        of_item: it may be a fact of an item (``plan.option_count``).
        nullable: it may be known not to exist.
        partial: rows that lie only partly within the window count partly, so it may lie between bounds although all
            rows are known.
        has_own_window: the window belongs to its meaning, and its words tell it.
        phrase: the key of its words; its name if empty.
    """

    name: str
    takes: str
    gives: str
    units: tuple[str, ...]
    meaning: str
    example: str
    modifiers: tuple[str, ...] = ()
    of_client: bool = True
    of_item: bool = False
    nullable: bool = False
    partial: bool = False
    has_own_window: bool = False
    phrase: str = ""


_WHERE: Final = ("where",)

AGGREGATES: Final[dict[str, Aggregate]] = {
    aggregate.name: aggregate
    for aggregate in (
        Aggregate(
            "total", "a field with a unit", "integer", (), modifiers=("where", "within", "outside"), partial=True,
            meaning="the sum over the rows; of a row that lies only partly in the window, what lies in it",
            example="total: benefit.days",
        ),
        Aggregate(
            "count", "a list; of an item, a set field", "integer", ("count", "times", ""),
            modifiers=_WHERE, of_item=True,
            meaning="the number of rows, or of the words of a set",
            example="count: period",
        ),
        Aggregate(
            "latest", "a date field; of an item, a field of days", "date", (), modifiers=_WHERE,
            of_item=True, nullable=True,
            meaning="the last of the days up to the day of decision",
            example="latest: benefit.end",
        ),
        Aggregate(
            "earliest", "a date field; of an item, a field of days", "date", (), modifiers=_WHERE,
            of_item=True, nullable=True,
            meaning="the first of the days up to the day of decision",
            example="earliest: period.start",
        ),
        Aggregate(
            "any", "a list", "boolean", (), modifiers=_WHERE,
            meaning="whether there is a row",
            example="any: benefit",
        ),
        Aggregate(
            "peak", "a field of days", "integer", ("days",), modifiers=("where", "within", "since"),
            has_own_window=True,
            meaning="the highest number of different days in any time of so many months, or in a calendar week",
            example="peak: period.attended_on",
        ),
        Aggregate(
            "unbroken", "a list of rows with a first and a last day", "integer", ("months",),
            modifiers=("where", "within"), has_own_window=True,
            meaning="the completed months of the last time without a gap that rows cover up to the window's end; "
            "0 if it ends before the window begins",
            example="unbroken: benefit",
        ),
        Aggregate(
            "reached", "a field of paid days", "date", (), modifiers=_WHERE, nullable=True,
            meaning="the first day on which the days paid since a day are so many, by one of the limits; "
            "where the paid days of a row may lie differently, between bounds",
            example="reached: {days: benefit.days, limits: [{amount: param.x, from: day}]}",
        ),
        Aggregate(
            "gaps_at_most", "a field of days, months, and a time", "boolean", (), modifiers=("since",),
            of_client=False, of_item=True, has_own_window=True,
            meaning="whether at most so many months lie between one day and the next, both ends of the time included",
            example="gaps_at_most: {dates: plan.reviewed_on, months: param.x, from: plan.made_on, to: decision_date}",
        ),
    )
}  # fmt: skip
"""The closed list of aggregates, by name, in the order in which messages list them."""


def reads_step(node: object) -> TypeGuard[Call]:
    """Whether ``node`` is a call that asks for a step, which is then its only argument, a word."""
    return isinstance(node, Call) and FUNCTIONS[node.name].reads_step


def reads_item(node: object) -> TypeGuard[Call]:
    """Whether ``node`` is a call that reads the days of the item at hand."""
    return isinstance(node, Call) and FUNCTIONS[node.name].reads_item


def reads_on_own_day(node: object) -> TypeGuard[Call]:
    """Whether ``node`` is a call that reads a parameter, its first argument, on a day, its second one."""
    return isinstance(node, Call) and FUNCTIONS[node.name].own_day


def reads_table(node: object) -> TypeGuard[Call]:
    """Whether ``node`` is a call that reads a table, its first argument, in a column, its third one."""
    return isinstance(node, Call) and "table" in FUNCTIONS[node.name].takes


def nullable(expr: Expr | str) -> bool:
    """Whether the term ``expr`` may be known not to exist, so that comparisons with it are false."""
    match expr:
        case Fact() | ItemField():
            return expr.nullable
        case Arith():
            return nullable(expr.left) or nullable(expr.right)
        case Call():
            return FUNCTIONS[expr.name].nullable or any(map(nullable, expr.args))
        case Const():
            return expr.value is NONE
        case _:
            return False
