"""Terms of rules in words, where no shipped rule shows them."""

from __future__ import annotations

import pytest

import aava_rules
from aava_rules.decision.text.terms import Phrases, oriented, text_of_test
from aava_rules.language.syntax import Call, Compare, Const, DecisionDate, Expr, Fact, Param
from aava_rules.language.values import LANGUAGES


def phrases(language: str) -> Phrases:
    return Phrases(aava_rules.load("finland", plugins=False)._parts, language)


def call(name: str, *args: Expr | str, kind: str = "integer", unit: str = "") -> Call:
    return Call(name, args, kind, unit)


BIRTH = Fact("birth_date", "date")
NUMBERS = [Const(number, "integer", "days") for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", "pienempi näistä: 1 päivä; 2 päivää; 3 päivää"),
        ("sv", "det mindre av: 1 dag; 2 dagar; 3 dagar"),
        ("en", "the lesser of: 1 day; 2 days; 3 days"),
    ],
)
def test_all_arguments_of_an_extreme_are_named(language: str, expected: str) -> None:
    """Of `min` and `max` every argument is named, however many there are."""
    assert phrases(language).term(call("min", *NUMBERS)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, "date of birth + 1 month"), (2, "date of birth + 2 months"), (-1, "date of birth − 1 month")],
)
def test_what_is_added_has_its_unit(amount: int, expected: str) -> None:
    """A bare number takes the unit in which the function counts."""
    assert phrases("en").term(call("add_months", BIRTH, Const(amount, "integer"), kind="date")) == expected


@pytest.mark.parametrize("item", ["period", "plan", "benefit"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_day_in_an_item(language: str, item: str) -> None:
    """The judged day of each kind of item has words."""
    words = phrases(language).term(call("day_in", item, kind="date"))
    assert words.startswith({"fi": "päätöspäivä", "sv": "beslutsdagen", "en": "the day of decision"}[language])


def test_a_limit_stands_on_the_right() -> None:
    """A test reads from the fact to the limit, whichever way the rule has it."""
    age, limit = Fact("age", "integer", "years"), Param("young_age_limit", "integer", "years")
    assert oriented(Compare(">", limit, age)) == ("<", age, limit)
    assert oriented(Compare("<", age, limit)) == ("<", age, limit)
    shown = [
        text_of_test(Compare(">", Const(30, "integer", "years"), age), phrases(language)) for language in LANGUAGES
    ]
    assert shown == ["ikä: alle 30 vuotta", "ålder: under 30 år", "age: under 30 years"]


def test_later_than_a_day() -> None:
    """What comes after a day is said so that a name may follow."""
    test = Compare(">", BIRTH, DecisionDate())
    assert text_of_test(test, phrases("fi")).endswith("jälkeen: päätöspäivä")
    assert text_of_test(test, phrases("en")).endswith("after the day of decision")


def test_what_a_term_is_about() -> None:
    """The short name of a term is that of the fact that it is; what is worked out is named in full."""
    years = call("years_between", BIRTH, DecisionDate(), unit="years")
    assert phrases("en").subject(BIRTH) == phrases("en").name("birth_date")
    assert phrases("en").subject(years) == "full years from date of birth to the day of decision"
    assert phrases("en").subject(DecisionDate()) == "day of decision"
