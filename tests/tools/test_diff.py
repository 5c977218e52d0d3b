"""What differs between two days: rules, values, citations, what is in doubt, and the answers to records."""

from __future__ import annotations

import io
from datetime import date

import pytest
from shown import END, START, town, work

from aava_rules.decision.compare.days import RulesDiff, rules_between
from aava_rules.decision.service import Rulebook
from aava_rules.language.values import LANGUAGES
from aava_rules.tools.pages.changes import TextWriter

PERIOD = {
    "id": "p",
    "kind": "rehabilitative_work",
    "start": "2008-01-07",
    "days_per_week": 5,
    "client_consents": False,
    "plan_made_on": "2010-01-01",
}


def between(since: str, until: str, book: Rulebook | None = None) -> RulesDiff:
    return rules_between((book or work())._book, date.fromisoformat(since), date.fromisoformat(until))


def rules(since: str, until: str) -> dict[str, tuple[str, str, str]]:
    rule_changes = between(since, until).rules
    return {change.rule.id: (change.kind, str(change.first), str(change.last)) for change in rule_changes}


def changes(record: dict[str, object], since: str, until: str, language: str = "en") -> dict[str, tuple[str, str]]:
    clients = list(work().compare(records=[{"id": "r", **record}], on=since, until=until))
    return {change.key: change.texts(language) for client in clients for change in client.changes}


class TestRules:
    @pytest.mark.parametrize(
        ("since", "until", "wanted"),
        [
            ("2009-12-31", "2009-12-31", {}),
            ("2009-12-30", "2009-12-31", {}),
            ("2009-12-31", "2010-01-01", {"LI-2": ("begins", "2010-01-01", "None")}),
            ("2010-01-01", "2010-12-31", {}),
            ("2010-12-31", "2011-01-01", {"LI-2": ("ends", "None", "2010-12-31")}),
            ("2009-12-31", "2011-01-01", {"LI-2": ("between", "2010-01-01", "2010-12-31")}),
        ],
    )
    def test_a_rule_in_force_for_a_year(self, since: str, until: str, wanted: dict[str, object]) -> None:
        """A rule begins on its first day, ends after its last one, and is told also if it came and went in between."""
        assert rules(since, until) == wanted

    def test_a_rule_without_its_value_is_not_in_force(self) -> None:
        """A rule ends on the day before a value that it reads is gone."""
        assert rules("2019-12-31", "2020-01-01") == {"LI-1": ("ends", "None", "2019-12-31")}

    def test_all_of_the_law_begins_on_its_first_day(self) -> None:
        """From the day before the act everything begins."""
        assert {name for name, (kind, *_) in rules("1999-12-31", "2000-01-01").items() if kind == "begins"} == {
            "LI-1",
            "ME-1",
            "ME-2",
        }

    def test_the_rules_of_a_model_have_no_date(self) -> None:
        """A rule that always holds begins and ends on no day."""
        difference = between("2000-01-01", "2019-01-01", town())
        assert not [change for change in difference.rules if change.rule.rulebook == "town"]

    def test_what_nobody_has_read(self) -> None:
        """An outcome for which no answer is given any more is told with the day."""
        assert between("2020-12-31", "2021-01-01").to_dict()["in_doubt"] == [
            {"ruleset": "members", "name": "grounds", "from": "2021-01-01"}
        ]
        assert between("2021-01-01", "2021-01-02").doubts == ()


class TestValues:
    def test_a_value_that_differs(self) -> None:
        """A value is told as it was and as it is, with day, source and status."""
        (change,) = between("2009-12-31", "2010-01-01").values
        assert not change.same
        assert change.to_dict() == {
            "parameter": "days_max",
            "title": change.parameter.title,
            "unit": "days/week",
            "from": {"value": 5, "since": "2000-01-01", "cite": ["act-1-2000.2.1"], "status": "verified"},
            "to": {"value": 4, "since": "2010-01-01", "cite": ["act-2-2010"], "status": "secondary"},
        }

    def test_the_same_value_from_another_source(self) -> None:
        """Where only the source changes, the value has held since it first did."""
        (change,) = between("2011-12-31", "2012-01-01").values
        assert change.same
        assert change.after is not None
        assert change.since(change.after) == date(2010, 1, 1)

    def test_no_value_yet_and_none_any_more(self) -> None:
        """Before its first day a parameter has no value; an end of the rule is a value of none."""
        first = {change.parameter.name: change for change in between("1999-12-31", "2000-01-01").values}
        assert first["age_min"].before is None
        assert first["age_min"].to_dict()["from"] is None
        (gone,) = between("2019-12-31", "2020-01-01").values
        assert gone.to_dict()["to"]["value"] is None

    def test_the_citation_of_a_rule(self) -> None:
        """A rule in force on both days that rests on another provision is told; one that has ended is not."""
        citations = between("2011-12-31", "2012-01-01").citations
        assert {change.rule.id: (change.before[0].cite, change.after[0].cite) for change in citations} == {
            "LI-1": ("act-1-2000.2.1", "act-1-2000.2.2"),
            "ME-1": ("act-1-2000.1.1", "act-1-2000.1.3"),
        }
        assert "LI-1" not in {change.rule.id for change in between("2011-12-31", "2020-01-01").citations}


class TestAnswers:
    def test_a_finding_that_changes(self) -> None:
        """A finding is told by its key with its status on both days, and only if it differs."""
        assert changes({"periods": [PERIOD]}, "2009-12-31", "2010-01-01") == {"days_kept@periods:p": ("met", "broken")}
        assert changes({"periods": [PERIOD]}, "2010-01-01", "2010-01-02") == {}

    def test_where_a_finding_is(self) -> None:
        """A finding names its item and field, and the rules that decide before and after."""
        (client,) = work().compare(records=[{"id": "r", "periods": [PERIOD]}], on="2009-12-31", until="2010-01-01")
        (change,) = client.changes
        assert (change.kind, change.where) == ("finding", "periods[id=p].days_per_week")
        assert (change.before.by, change.after.by, change.cause) == (("LI-1",), ("LI-1",), "law")

    def test_an_outcome_that_changes(self) -> None:
        """An outcome is told in words; time alone may change it."""
        record = {"client": {"birth_date": "1990-05-02"}, "facts": {"excluded": False}, "benefits": []}
        known = {**record, "facts": {"excluded": False, "approved": True}}
        assert changes(known, "2015-05-01", "2015-05-02") == {}
        differences = changes(known, "1999-12-31", "2000-01-01")
        assert differences["member"] == ("does not apply", "yes")

    def test_law_that_nobody_has_read(self) -> None:
        """Where the law of the later day has not been read, a known answer becomes an unknown one."""
        record = {"facts": {"age": 30, "excluded": False, "approved": True}, "benefits": []}
        assert changes(record, "2020-12-31", "2021-01-01") == {"grounds": ("old enough", "not known")}

    def test_words_that_a_set_may_still_gain(self) -> None:
        """What a set may still hold is part of the answer."""
        record = {"facts": {"age": 30, "excluded": False, "approved": True}}
        differences = changes(record, "2020-12-31", "2021-01-01")
        assert differences["grounds"] == ("old enough; possibly also: paid", "not known")

    def test_an_unchanged_record(self) -> None:
        """A record whose answers stay has no changes."""
        assert changes({"periods": []}, "2009-12-31", "2010-01-01") == {}


class TestText:
    def written(self, since: str, until: str, records: bool = True, language: str = "en", book: str = "work") -> str:
        rulebook = {"work": work, "town": town}[book]()
        record = {"id": "r-1", "periods": [PERIOD], "events": [START, END]}
        comparison = rulebook.compare(records=[record], on=since, until=until)
        out = io.StringIO()
        writer = TextWriter(out, language, comparison.sides, with_records=records)
        writer.begin(comparison.law)
        if records:
            for client in comparison:
                writer.client(client)
        writer.end(comparison.counts, 0)
        return out.getvalue()

    def test_in_words(self) -> None:
        """The text has rules with their days, values with sources and status, and answers from and to."""
        shown = self.written("2009-12-31", "2011-01-01")
        for wanted in (
            "Differences between 31 December 2009 and 1 January 2011",
            "In force only in between",
            "LI-2  An older plan (from 1 January 2010, last day 31 December 2010)",
            "5 days a week (from 1 January 2000; Act 1/2000 section 2(1)) → 4 days a week (from 1 January",
            "2010; Act 2/2010; from a secondary source)",
            "r-1\n  no more days than allowed (periods[id=p].days_per_week): met → broken",
        ):
            assert wanted in shown

    def test_sources_and_doubts(self) -> None:
        """Citations and what is no longer answered stand under headings of their own."""
        shown = self.written("2011-12-31", "2021-01-01")
        assert "No answer is given any more" in shown
        assert "Members: grounds (from 1 January 2021; Expected instead: A new act)" in shown
        cited = self.written("2011-12-31", "2012-01-01")
        assert cited.index("Citations") < cited.index("4 days a week (from 1 January 2010; Act 2/2010")
        assert "Act 1/2000 section 1(1) → Act 1/2000 section 1(3)" in cited
        assert "\nValues\n" not in cited

    def test_nothing_differs(self) -> None:
        """That nothing differs, and that no answer changes, is said."""
        shown = self.written("2013-01-01", "2013-01-02")
        assert "The rules do not differ." in shown
        assert "No record's answers change." in shown
        assert "Answers" not in self.written("2013-01-01", "2013-01-02", records=False)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_language(self, language: str) -> None:
        """The differences can be told in every language, of a model with its law too."""
        shown = self.written("1999-12-31", "2021-01-01", language=language, book="town")
        assert town()._parts.outcomes["grounds"].title[language] in shown
        assert "LI-1" in shown
