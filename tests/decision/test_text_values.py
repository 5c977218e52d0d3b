"""Values in words: numbers with their units in each language, and the messages that quote numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import fill_placeholders, format_day, format_quantity, format_value
from aava_rules.language.values import LANGUAGES, NONE, UNKNOWN, Interval
from aava_rules.tools.reports.totals import Totals

NUMBERS = (0, 1, 2, Decimal("1.5"), 21)


def quantities(unit: str, language: str) -> list[str]:
    return [format_quantity(number, unit, language) for number in NUMBERS]


class TestQuantities:
    @pytest.mark.parametrize(
        ("unit", "language", "expected"),
        [
            ("hours", "fi", ["0 tuntia", "1 tunti", "2 tuntia", "1,5 tuntia", "21 tuntia"]),
            ("hours", "sv", ["0 timmar", "1 timme", "2 timmar", "1,5 timmar", "21 timmar"]),
            ("hours", "en", ["0 hours", "1 hour", "2 hours", "1.5 hours", "21 hours"]),
            ("days", "fi", ["0 päivää", "1 päivä", "2 päivää", "1,5 päivää", "21 päivää"]),
            ("days", "sv", ["0 dagar", "1 dag", "2 dagar", "1,5 dagar", "21 dagar"]),
            ("days", "en", ["0 days", "1 day", "2 days", "1.5 days", "21 days"]),
            ("months", "fi", ["0 kuukautta", "1 kuukausi", "2 kuukautta", "1,5 kuukautta", "21 kuukautta"]),
            ("months", "sv", ["0 månader", "1 månad", "2 månader", "1,5 månader", "21 månader"]),
            ("months", "en", ["0 months", "1 month", "2 months", "1.5 months", "21 months"]),
            ("weeks", "fi", ["0 viikkoa", "1 viikko", "2 viikkoa", "1,5 viikkoa", "21 viikkoa"]),
            ("weeks", "sv", ["0 veckor", "1 vecka", "2 veckor", "1,5 veckor", "21 veckor"]),
            ("weeks", "en", ["0 weeks", "1 week", "2 weeks", "1.5 weeks", "21 weeks"]),
            ("years", "fi", ["0 vuotta", "1 vuosi", "2 vuotta", "1,5 vuotta", "21 vuotta"]),
            ("years", "sv", ["0 år", "1 år", "2 år", "1,5 år", "21 år"]),
            ("years", "en", ["0 years", "1 year", "2 years", "1.5 years", "21 years"]),
            ("benefit days", "fi", ["0 etuuspäivää", "1 etuuspäivä", "2 etuuspäivää", "1,5 etuuspäivää", "21 etuuspäivää"]),
            ("benefit days", "sv", [
                "0 ersättningsdagar", "1 ersättningsdag", "2 ersättningsdagar", "1,5 ersättningsdagar",
                "21 ersättningsdagar",
            ]),
            ("benefit days", "en", ["0 benefit days", "1 benefit day", "2 benefit days", "1.5 benefit days", "21 benefit days"]),
            ("hours/day", "fi", [
                "0 tuntia päivässä", "1 tunti päivässä", "2 tuntia päivässä", "1,5 tuntia päivässä", "21 tuntia päivässä",
            ]),
            ("EUR", "en", ["0 euros", "1 euro", "2 euros", "1.5 euros", "21 euros"]),
            ("count", "fi", ["0", "1", "2", "1,5", "21"]),
            ("", "sv", ["0", "1", "2", "1,5", "21"]),
        ],
    )  # fmt: skip
    def test_forms(self, unit: str, language: str, expected: list[str]) -> None:
        """Exactly 1 takes the singular; all else, decimals too, the plural, which in Finnish is the partitive."""
        assert quantities(unit, language) == expected

    @pytest.mark.parametrize(
        ("language", "expected"), [("fi", "1,0 tuntia"), ("sv", "1,0 timmar"), ("en", "1.0 hours")]
    )
    def test_one_with_decimals(self, language: str, expected: str) -> None:
        """A 1 that is written with decimals is read with them."""
        assert format_quantity(Decimal("1.0"), "hours", language) == expected

    @pytest.mark.parametrize(
        ("bounds", "language", "expected"),
        [
            (Interval(0, 1), "fi", "0–1 päivää"),
            (Interval(0, 1), "sv", "0–1 dagar"),
            (Interval(0, 1), "en", "0–1 days"),
            (Interval(1, None), "fi", "vähintään 1 päivä"),
            (Interval(None, 1), "sv", "högst 1 dag"),
            (Interval(1, 2), "en", "1–2 days"),
        ],
    )
    def test_bounds(self, bounds: Interval, language: str, expected: str) -> None:
        """A range takes the plural; a bound that is 1 the singular."""
        assert format_value(bounds, "days", language, {}) == expected

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (UNKNOWN, "not known"), (NONE, "none"), (True, "yes"), (date(2015, 6, 1), "1 June 2015"),
            (frozenset(), "none"), (frozenset({"b", "a"}), "A, b"), ("b", "b"),
            (Interval(date(2015, 6, 1), date(2015, 6, 2)), "1 June 2015–2 June 2015"),
        ],
    )  # fmt: skip
    def test_other_values(self, value: Any, expected: str) -> None:
        """Days, words, sets and what is not known have no unit."""
        assert format_value(value, "", "en", {"a": {"en": "A"}}) == expected

    def test_days(self) -> None:
        """A day as each language writes it."""
        assert [format_day(date(2014, 5, 5), k) for k in LANGUAGES] == ["5.5.2014", "5.5.2014", "5 May 2014"]


class TestMessages:
    @pytest.mark.parametrize(
        ("language", "message", "one", "two"),
        [
            ("fi", "Päivän pituus on {x} tuntia, mutta", "Päivän pituus on 1 tunti, mutta", "Päivän pituus on 2 tuntia, mutta"),
            ("sv", "Dagen är {x} timmar, men", "Dagen är 1 timme, men", "Dagen är 2 timmar, men"),
            ("en", "The day is {x} hours long", "The day is 1 hour long", "The day is 2 hours long"),
            ("en", "{x} days a week is over", "1 day a week is over", "2 days a week is over"),
            ("fi", "{x} tuntia päivässä", "1 tunti päivässä", "2 tuntia päivässä"),
            ("en", "{x} benefit days.", "1 benefit day.", "2 benefit days."),
            # no unit follows, or another form of it
            ("sv", "med {x} månaders mellanrum", "med 1 månaders mellanrum", "med 2 månaders mellanrum"),
            ("fi", "{x} kuukauden kuluessa", "1 kuukauden kuluessa", "2 kuukauden kuluessa"),
            ("fi", "{x}, tuntia", "1, tuntia", "2, tuntia"),
            ("en", "{x} {unknown} hours", "1 1 hour", "2 2 hours"),
            # a negation keeps the partitive, in its own clause only
            ("fi", "Jakso ei ole kestänyt {x} kuukautta.", "Jakso ei ole kestänyt 1 kuukautta.", "Jakso ei ole kestänyt 2 kuukautta."),
            ("fi", "Ei käy: kesto on {x} kuukautta.", "Ei käy: kesto on 1 kuukausi.", "Ei käy: kesto on 2 kuukautta."),
            ("sv", "Det är inte {x} timmar.", "Det är inte 1 timme.", "Det är inte 2 timmar."),
        ],
    )  # fmt: skip
    def test_units_agree(self, language: str, message: str, one: str, two: str) -> None:
        """The unit after a placeholder takes the singular with 1, and stays as it is with any other number."""
        assert fill_placeholders(message, lambda name: "1", language) == one
        assert fill_placeholders(message, lambda name: "2", language) == two

    @pytest.mark.parametrize("value", ["0", "1,5", "21", "0–1", "11", "ei tiedossa"])
    def test_no_other_number_is_1(self, value: str) -> None:
        """Numbers that merely begin or end with 1 take the plural."""
        assert fill_placeholders("{item.x} tuntia", lambda name: value, "fi") == f"{value} tuntia"

    def test_braces(self) -> None:
        """A value may hold braces, and what is no placeholder stays."""
        assert fill_placeholders("{a.b} {A} {c}", lambda name: f"{{{name}}}", "en") == "{a.b} {A} {c}"


class TestCounts:
    @pytest.mark.parametrize(
        ("language", "expected"),
        [
            ("fi", ["0 tietuetta", "1 tietue: Ei havaintoja.", "2 tietuetta: Ei havaintoja."]),
            ("sv", ["0 poster", "1 post: Inga iakttagelser.", "2 poster: Inga iakttagelser."]),
            ("en", ["0 records", "1 record: No findings.", "2 records: No findings."]),
        ],
    )
    def test_records(self, language: str, expected: list[str]) -> None:
        """The summary of a report counts its records."""
        lines = []
        for number in (0, 1, 2):
            totals = Totals()
            totals.count(number, {}, {})
            lines.append(totals.summary(language))
        assert lines == expected

    @pytest.mark.parametrize(
        ("key", "language", "one", "two"),
        [
            ("report.more", "fi", "1 muuta ei näytetä", "2 muuta ei näytetä"),
            ("report.more", "sv", "1 annan visas inte", "2 andra visas inte"),
            ("report.more", "en", "1 more is not shown", "2 more are not shown"),
            ("report.inapplicable", "fi", "1 kysymys ei koske tätä tilannetta", "2 kysymystä ei koske tätä tilannetta"),
            (
                "report.inapplicable",
                "sv",
                "1 fråga gäller inte den här situationen",
                "2 frågor gäller inte den här situationen",
            ),
            ("report.inapplicable", "en", "1 question does not apply here", "2 questions do not apply here"),
            ("explain.more_rows", "fi", "ja 1 muu", "ja 2 muuta"),
            ("explain.more_rows", "sv", "och 1 till", "och 2 till"),
            ("explain.more_rows", "en", "and 1 more", "and 2 more"),
        ],
    )
    def test_counted(self, key: str, language: str, one: str, two: str) -> None:
        """Sentences with a count agree with it."""
        assert [text(key, language, count=count) for count in (1, 2)] == [one, two]
