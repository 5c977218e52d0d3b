"""The registry of functions and aggregates is whole: what an entry needs in other rooms is there, and nothing else is."""

from __future__ import annotations

import ast
import re
import runpy
from datetime import date
from pathlib import Path

import pytest

from aava_rules.decision.text.terms import Phrases
from aava_rules.engine.reference import aggregates as reference_aggregates
from aava_rules.engine.reference.evaluate import reader
from aava_rules.engine.table.dates import ARRAY_TWINS
from aava_rules.engine.table.evaluate import aggregates as table_aggregates
from aava_rules.engine.table.evaluate.terms import compiled
from aava_rules.language.functions import AGGREGATES, FUNCTIONS, Aggregate, Function
from aava_rules.language.parser import ExpressionError, parse_test, parse_value
from aava_rules.language.syntax import Call, Condition, Const, Expr, Fact, ItemField, Param
from aava_rules.language.values import LANGUAGES, NUMERIC, TYPES, UNITS
from aava_rules.rulebook.model import Derivation, FactDef, Parameter, ParamValue, Parts, StepDef, Window
from aava_rules.tools.pages.facts import derivation_lines

ROOT = Path(__file__).parents[2]
WRITER = runpy.run_path(str(ROOT / "docs" / "write_functions.py"))
README = (ROOT / "rulesets" / "README.md").read_text(encoding="utf-8")
ARGUMENTS: dict[str, Expr | str] = {
    "date": Fact("day", "date"), "integer": Fact("number", "integer"), "offset": Const(1, "integer"),
    "value": Fact("number", "integer"), "step": "visit", "item": "plan", "param": Param("limit", "integer"),
    "table": Param("ladder", "table"), "column": "amount",
}  # fmt: skip
"""An argument of each kind."""
TITLE = {language: f"name-{language}" for language in LANGUAGES}


class SomeScope:
    """A scope with a fact of each sort, a parameter, a table and a step."""

    is_suggestion = False

    def fact(self, name: str) -> Fact | None:
        return {"day": Fact("day", "date"), "number": Fact("number", "integer")}.get(name)

    def item_field(self, singular: str, field: str) -> ItemField | None:
        return None

    def parameter(self, name: str) -> Param | None:
        return {"limit": Param("limit", "integer"), "ladder": Param("ladder", "table")}.get(name)

    def column(self, table: str, name: str) -> tuple[str, str] | None:
        return ("integer", "days") if (table, name) == ("ladder", "amount") else None

    def words(self, term: Expr) -> tuple[str, ...]:
        return ()

    def condition(self, name: str) -> Condition | None:
        return None

    def titled(self, word: str) -> str:
        return ""

    def names(self, kind: str) -> list[str]:
        names = {"step": ["visit"], "singular": ["plan"], "column ladder": ["amount"], "parameter": ["limit", "ladder"]}
        return names.get(kind, [])


def call_of(function: Function) -> Call:
    """A call of a function with an argument of each kind that it takes."""
    return function.call(tuple(ARGUMENTS[kind] for kind in function.takes), lambda table, column: ("integer", "days"))


def parts() -> Parts:
    """A rulebook with what the arguments name."""
    limit = Parameter("limit", TITLE, "integer", "", (ParamValue(None, 2, (), "verified"),), "")
    rows = {0: {"amount": 1}}
    columns = {"amount": ("integer", "days")}
    ladder = Parameter("ladder", TITLE, "table", "", (ParamValue(None, rows, (), "verified"),), "", columns)
    facts = {name: FactDef(name, kind, "", TITLE) for name, kind in (("day", "date"), ("number", "integer"))}
    steps, parameters = {"visit": StepDef("visit", TITLE)}, {"limit": limit, "ladder": ladder}
    return Parts((), "", facts, {}, {}, steps, parameters, {}, {}, {}, {"period.attended_on": TITLE}, (), {}, {})


functions = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
aggregates = pytest.mark.parametrize("aggregate", AGGREGATES.values(), ids=AGGREGATES)


# -- functions


def test_every_strict_function_has_a_twin_on_arrays() -> None:
    """The arrays have a twin of each strict function, and of no other."""
    assert ARRAY_TWINS.keys() == {name for name, function in FUNCTIONS.items() if function.strict}


@functions
def test_each_engine_reads_a_call_of_a_function(function: Function) -> None:
    """Whatever is not strict has a reader of its own in the record engine and in the table engine."""
    call = call_of(function)
    assert callable(reader(call))
    assert callable(compiled(call))


@functions
def test_a_function_has_words_in_three_languages(function: Function) -> None:
    """The catalogue has a text for every function in each language, with a place for each argument that it shows."""
    texts = [Phrases(parts(), language).term(call_of(function)) for language in LANGUAGES]
    assert all(texts)
    assert not any(f"{function.name}(" in text or re.search(r"[{}]", text) for text in texts)


@functions
def test_a_function_stands_in_the_readme(function: Function) -> None:
    """The page for writers of rules has a line of each function."""
    assert README.count(f"| `{function.signature}` |") == 1


def test_the_readme_says_what_the_registry_says() -> None:
    """`make docs` would change nothing."""
    assert WRITER["written"](README) == README


@functions
def test_the_entry_of_a_function_is_sound(function: Function) -> None:
    """Types and units are of the closed lists, and its example is a call with as many arguments as it takes."""
    assert len(function.arguments) == len(function.takes) > 0
    assert set(function.takes) <= ARGUMENTS.keys()
    assert (function.gives in TYPES) == (function.result is None)
    assert {function.unit, function.counts} <= UNITS
    example = ast.parse(function.example, mode="eval").body
    assert isinstance(example, ast.Call) and isinstance(example.func, ast.Name)
    assert example.func.id == function.name
    assert len(example.args) == len(function.takes)
    assert function.constant != (function.reads_record or function.own_day)
    if function.strict:
        assert function.constant and not function.nullable
        assert set(function.takes) <= {"date", "integer", "offset"}


@functions
def test_a_function_is_parsed_as_its_entry_says(function: Function) -> None:
    """A line with an argument of each kind is the call that the entry makes; one argument less is refused."""
    words = [str(ARGUMENTS[kind]) for kind in function.takes]
    assert parse_value(f"{function.name}({', '.join(words)})", SomeScope()) == call_of(function)
    with pytest.raises(ExpressionError) as caught:
        parse_value(f"{function.name}({', '.join(words[1:])})", SomeScope())
    assert caught.value.code == "AR015"


# -- negative numbers


@pytest.mark.parametrize("name", ["add_days", "add_months"])
def test_a_number_of_days_or_months_may_be_negative(name: str) -> None:
    """Minus one is a number as it is written, and its tree reads as the line does."""
    term = parse_value(f"{name}(day, -1)", SomeScope())
    assert term == Call(name, (Fact("day", "date"), Const(-1, "integer")), "date", "")
    assert str(term) == f"{name}(day, -1)"


@pytest.mark.parametrize(
    ("language", "text"),
    [("fi", "name-fi − 1 kuukausi"), ("sv", "name-sv − 1 månad"), ("en", "name-en − 1 month")],
)
def test_a_negative_number_is_told_as_an_earlier_day(language: str, text: str) -> None:
    """Words say what is taken away, not that something negative is added."""
    assert Phrases(parts(), language).term(parse_value("add_months(day, -1)", SomeScope())) == text


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        ("add_months(day, -2)", "AR016", 17),
        ("add_days(day, -30)", "AR016", 15),
        ("add_days(day, -number)", "AR010", 15),
        ("add_days(day, --1)", "AR010", 15),
        ("add_days(-1, day)", "AR010", 10),
        ("working_days_after(day, -1)", "AR010", 25),
        ("max(number, -1)", "AR010", 13),
        ("number + -1", "AR010", 10),
        ("-1", "AR010", 1),
    ],
)
def test_a_minus_sign_stands_nowhere_else(line: str, code: str, column: int) -> None:
    """Numbers of law stay in parameters, whatever their sign; only a shift of days or months leads backwards."""
    with pytest.raises(ExpressionError) as caught:
        parse_value(line, SomeScope())
    assert (caught.value.code, caught.value.column) == (code, column)


def test_a_negative_number_is_compared_with_nothing() -> None:
    """A comparison with a negative number is written the other way round."""
    with pytest.raises(ExpressionError) as caught:
        parse_test("number > -1", SomeScope())
    assert caught.value.code == "AR010"
    assert "0 - x" in caught.value.hint


# -- aggregates


def test_each_engine_has_every_aggregate() -> None:
    """Both engines work out the aggregates of the registry, and no others."""
    assert reference_aggregates._BUILDERS.keys() == AGGREGATES.keys()
    assert table_aggregates._BUILDERS.keys() == AGGREGATES.keys()


@aggregates
def test_the_entry_of_an_aggregate_is_sound(aggregate: Aggregate) -> None:
    """Its type and units are of the closed lists, its keys those that a fact may have, and somebody may have it."""
    assert aggregate.gives in TYPES
    assert set(aggregate.units) <= UNITS
    assert not aggregate.units or aggregate.gives in NUMERIC
    assert set(aggregate.modifiers) <= {"where", "within", "since", "outside"}
    assert aggregate.of_client or aggregate.of_item
    assert aggregate.example.startswith(f"{aggregate.name}: ")


@aggregates
def test_an_aggregate_stands_in_the_readme(aggregate: Aggregate) -> None:
    """The page for writers of rules has a line of each aggregate."""
    assert README.count(f"| `{aggregate.example}` |") == 1


@aggregates
def test_an_aggregate_has_words_in_three_languages(aggregate: Aggregate) -> None:
    """The catalogue has a text for every aggregate in each language, with the list or the field that it counts."""
    start, end = Const(date(2014, 1, 1), "date"), Const(date(2015, 1, 1), "date")
    derivation = Derivation(aggregate.name, over="periods", field="attended_on", within=Window(start, end, 12))
    for language in LANGUAGES:
        first, *_ = derivation_lines(
            FactDef("counted", aggregate.gives, "", TITLE, (), False, derivation), Phrases(parts(), language)
        )
        assert f"name-{language}" in first.text or aggregate.name in ("any", "unbroken")
        assert not re.search(r"[{}]", first.text)
