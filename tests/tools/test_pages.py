"""Rulebooks for reading: the words of rules, the text, the page and the diagram; nothing breaks out of them."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from shown import END, MEETING, START, hostile, page_of, place, town, work

import aava_rules
from aava_rules.compiler.bind import with_rule_dates
from aava_rules.decision.client_path import client_path
from aava_rules.decision.decision import Decision
from aava_rules.decision.service import Rulebook
from aava_rules.decision.text.catalogue import entries
from aava_rules.decision.text.terms import Line, Phrases, lines, values_within
from aava_rules.language.values import LANGUAGES
from aava_rules.tools.markup.style import MARKS, STATE_COLOURS
from aava_rules.tools.pages import mermaid, text
from aava_rules.tools.pages.cases import read_supplements
from aava_rules.tools.pages.facts import derivation_lines
from aava_rules.tools.pages.page import Page, RuleView, selectable_names
from aava_rules.tools.pages.text import WIDTH, columns, write_path

HOSTILE = "</p><script>alert(1)</script>\"'&[x] `b`"


def rule(rule_id: str, language: str = "en") -> RuleView:
    (view,) = [candidate for ruleset in page_of(language, frozenset([rule_id])).rulesets for candidate in ruleset.rules]
    return view


def as_text(shown: Page) -> str:
    out = io.StringIO()
    text.write(shown, out)
    return out.getvalue()


def diagram(decision: Decision | None = None, book: Rulebook | None = None, language: str = "en") -> str:
    out = io.StringIO()
    book = book or town()
    mermaid.write(book._parts, book.title[language], out, language, decision and client_path(decision), decision)
    return out.getvalue()


def flat(nested: tuple[Line, ...], depth: int = 0) -> list[str]:
    return [line for row in nested for line in ["  " * depth + row.text, *flat(row.children, depth + 1)]]


class TestWords:
    def test_every_state_has_a_mark_a_colour_and_a_text(self) -> None:
        """Each state of a step is told by a word first, then by its mark and colour."""
        states = {key.removeprefix("state.") for key in entries() if key.startswith("state.")}
        assert states == set(MARKS) == set(STATE_COLOURS)

    @pytest.mark.parametrize(
        ("rule_id", "wanted"),
        [
            ("LI-1", ["kind of period: rehabilitative work"]),
            ("LI-2", ["kind of period: rehabilitative work", "day of the plan: before 1 January 2010"]),
            (
                "ME-1",
                [
                    "any of the following:",
                    "  age: at least 25 years (age limit)",
                    "  all of the following:",
                    "    not: excluded",
                    "    approved",
                    "none of the following:",
                    "  excluded",
                    "  not: approved",
                ],
            ),
            ("ME-2", ["paid days in the window: over 0 benefit days"]),
            ("PA-2", ["day of the return: there is one", "not done: “Meeting”"]),
        ],
    )
    def test_conditions_in_words(self, rule_id: str, wanted: list[str]) -> None:
        """Conditions are lines in words, with the limit first, the rule's own days filled in, groups as headings."""
        assert flat(rule(rule_id).when) == wanted

    def test_conditions_in_finnish_and_swedish(self) -> None:
        """The same lines in the other languages, with the quotes and dates of each."""
        assert flat(rule("LI-2", "fi").when)[1] == "suunnitelman päivä: ennen 1.1.2010"
        assert flat(rule("PA-2", "fi").when)[1] == "tekemättä: ”Tapaaminen”"
        assert flat(rule("PA-2", "sv").when) == ["dag för återkomsten: finns", "inte gjort: ”Möte”"]

    def test_what_is_required(self) -> None:
        """A requirement names the values within its time in force, or the day on which a value is read."""
        assert flat(rule("LI-1").requires) == [
            "days a week: at most 5 / 4 days a week (depending on the date: most days)"
        ]
        assert flat(rule("LI-2").requires) == ["days a week: at most “most days” as it was on: day of the plan"]

    def test_days_of_steps(self) -> None:
        """A due day is said in words, with its number; where the source names none, that is said."""
        assert rule("PA-1").due.endswith("+ 7 working days (time to the meeting)")
        assert rule("PA-7").due == "the day on which this was done: “The client relationship ends” + 1 month"
        assert "The source names no day".lower() in as_text(page_of(only=frozenset(["PA-3"])))

    def test_how_facts_are_worked_out(self) -> None:
        """A derivation is told with what it counts, of which rows, within which days, and what it leaves out."""
        fact = town()._parts.facts["paid_days"]
        assert flat(derivation_lines(fact, Phrases(town()._parts, "en"))) == [
            "in all (benefits): days",
            "where:",
            "  kind of benefit: one of: allowance, subsidy",
            "in the 12 months before: the day of decision",
            "not counted: 1 January 2005 – 31 December 2005 (Act 2/2010)",
        ]
        returned = flat(derivation_lines(town()._parts.facts["returned_on"], Phrases(town()._parts, "en")))
        assert returned[2:] == ["  event: “Contact”", "  needs services"]

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("name", ["finland", "aava"])
    def test_everything_shipped_has_words(self, name: str, language: str) -> None:
        """Every condition, value and derivation of the shipped rulebooks is said in words: no name of code is left."""
        parts = aava_rules.load(name, plugins=False)._parts
        texts: list[str] = []
        for ruleset in parts.rulesets:
            for dated in map(with_rule_dates, ruleset.rules):
                phrases = Phrases(parts, language, (dated.start, dated.until))
                for condition in (dated.when, dated.unless, dated.require):
                    texts += [] if condition is None else flat(lines(condition, phrases))
                texts += [phrases.term(term) for term in (dated.due, dated.judged_on) if term is not None]
        for fact in parts.facts.values():
            texts += flat(derivation_lines(fact, Phrases(parts, language)))
        assert [line for line in texts if re.search(r"[a-z]_[a-z]|param\.|\bperiod\.|\bplan\.", line)] == []
        assert all(line.strip() for line in texts)

    def test_values_within_a_span(self) -> None:
        """The values of a parameter in a span are those that hold on some day of it, each once, in order."""
        day = date.fromisoformat
        assert values_within(town()._parts, "days_max", (None, None)) == [5, 4]
        assert values_within(town()._parts, "days_max", (day("2010-01-01"), None)) == [4]
        assert values_within(town()._parts, "days_max", (day("2009-12-31"), day("2009-12-31"))) == [5]
        assert values_within(town()._parts, "days_max", (day("2020-01-01"), None)) == []


class TestPage:
    def test_a_rule_has_what_law_has(self) -> None:
        """A rule has its days, exceptions both ways, dated sources, status, values by date, and cases."""
        shown = rule("LI-1")
        assert (str(shown.start), shown.until, shown.status) == ("2000-01-01", None, "verified")
        assert flat(shown.unless) == ["the client consents", "day of the decision: there is one"]
        assert shown.overridden_by == (("LI-2", "An older plan"),)
        assert rule("LI-2").overrides == (("LI-1", "Not too many days"),)
        assert [(str(day), cites[0].text["en"]) for day, cites in shown.citations] == [
            ("2000-01-01", "Act 1/2000 section 2(1)"),
            ("2012-01-01", "Act 1/2000 section 2(2)"),
        ]
        (table,) = shown.values
        assert [(str(row.start), row.value, row.status) for row in table.rows] == [
            ("2000-01-01", "5 days a week", "verified"),
            ("2010-01-01", "4 days a week", "from a secondary source"),
            ("2012-01-01", "4 days a week", "verified"),
            ("2020-01-01", "no such rule any more", "not verified"),
        ]
        assert [(case.name, case.expected) for case in shown.cases] == [
            ("Five days after the change", "no more days than allowed: broken")
        ]

    def test_what_holds_for_a_ruleset(self) -> None:
        """A ruleset tells until when it was read, from when it gives no answer, and what else holds."""
        (shown,) = page_of(only=frozenset(["members"])).rulesets
        assert text.ruleset_facts(shown, "en") == [
            "The law has been read up to: 31 December 2020",
            "No answer is given from: 1 January 2021 (grounds)",
            "Expected instead: A new act",
        ]
        assert flat(shown.otherwise) == ["a member: no"]
        assert [case.name for case in shown.cases] == ["Nothing is known"]
        assert shown.cases[0].expected == "a member: not known; missing: approved, excluded"

    def test_only_what_is_asked(self) -> None:
        """A page can be limited to rulesets and rules; notes and the path are left out with the rest."""
        shown = page_of(only=frozenset(["LI-2"]))
        assert [(view.name, [rule.id for rule in view.rules], view.notes) for view in shown.rulesets] == [
            ("limits", ["LI-2"], "")
        ]
        assert not shown.with_path
        assert "Meeting" not in as_text(shown)
        assert set(selectable_names(town()._parts)) >= {"limits", "LI-2", "path", "PA-7"}

    def test_derived_facts_stand_once(self) -> None:
        """The facts that rules read are explained once, with those behind them."""
        assert [fact.name for fact in page_of().facts] == ["age", "paid_days", "returned_on"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_text(self, language: str) -> None:
        """The text has every rule with its sources, values and cases, and lines that a terminal can show.

        Names of cases and notes are in the language of their authors, and shown in it alone.
        """
        shown = as_text(page_of(language))
        for shown_rule in [every for ruleset in town()._parts.rulesets for every in ruleset.rules]:
            assert f"{shown_rule.id}  {shown_rule.title[language]}" in shown
        assert "<https://example.org/act/1?a=1&b=2>" in shown
        for authors_words in ("Five days after the change", "**Consent**"):
            assert (authors_words in shown) == (language == "en")
        words = " ".join(shown.split())
        broken = {"fi": "ei täyty", "sv": "uppfylls inte", "en": "broken"}[language]
        titles = [requirement.title[language] for requirement in town()._parts.requirements.values()]
        assert any(f": {title}: {broken}" in words for title in titles), "the case itself is shown in any language"
        assert max(map(len, shown.splitlines())) <= 110

    def test_the_text_of_a_place(self) -> None:
        """With a client, the text has the place on the path, the reason and the source of what is next."""
        shown = as_text(page_of(decision=place("2015-01-14", [START])))
        assert re.search(r" 2  →  Meeting +Next: by 13 January 2015 \(overdue\)\n", shown)
        assert "The meeting is held by 13 January 2015." in shown

    def test_control_characters_are_not_obeyed(self) -> None:
        """What a terminal would obey is not written."""
        decision = town().decide({"id": "a", "events": [], "plans": []}, on="2015-01-01")
        decision.record.__dict__["id"] = "x\x1b[31my"  # no record that is read has such an id
        out = io.StringIO()
        write_path(client_path(decision), decision, out, "en")
        assert "\x1b" not in out.getvalue()


class TestPathText:
    def test_every_state_is_told(self) -> None:
        """Each step has its state in a word with its days; what to ask comes last."""
        decision = place("2015-02-01", [START, MEETING, END, {"step": "consideration"}], facts={})
        out = io.StringIO()
        write_path(client_path(decision), decision, out, "en")
        shown = out.getvalue()
        assert "c-1  1 February 2015  town 2" in shown
        assert 'The current client relationship began on 1 January 2015: The client\'s relationship "starts"' in shown
        assert re.search(r" 2  ✓  Meeting +Done: 7 January 2015", shown)
        assert re.search(r" 3  ·  Plan +Not done\n", shown)
        assert re.search(r" 4  \?  Consideration +Not known: Consideration", shown)
        assert re.search(r" 7  →  Contact +Next: by 28 February 2015", shown)
        assert "What to ask next:" in shown

    def test_a_client_under_protection(self) -> None:
        """Of a client under special protection no message is shown, since messages quote the record."""
        out = io.StringIO()
        decision = place("2015-01-02", [START], client={"protected": True})
        write_path(client_path(decision), decision, out, "en")
        assert "The meeting is held" not in out.getvalue()
        assert "Meeting – by 13 January 2015" in out.getvalue()

    def test_without_a_path(self) -> None:
        """A rulebook without a path says so."""
        out = io.StringIO()
        decision = work().decide({"id": "a"}, on="2015-01-01")
        write_path(client_path(decision), decision, out, "en")
        assert "This rulebook has no client path." in out.getvalue()


class TestMermaid:
    NODE = re.compile(r'    s\d+\["[^"\[\]<>`]*(?:<br/>[^"\[\]<>`]*)*"\]')

    def shape(self, shown: str) -> None:
        first, title, *rest = shown.rstrip("\n").split("\n")
        assert first == "flowchart TD"
        assert title.startswith("    accTitle: ")
        for line in rest:
            assert (
                self.NODE.fullmatch(line)
                or re.fullmatch(r"    s\d+ --> s\d+", line)
                or re.fullmatch(r"    classDef [a-z]+ fill:#[0-9a-f]{6},stroke:#[0-9a-f]{6},color:#[0-9a-f]{6}", line)
                or re.fullmatch(r"    class s\d+(,s\d+)* [a-z]+", line)
            ), line

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_path(self, language: str) -> None:
        """The diagram has every step and edge, and names from rule files cannot end a label."""
        shown = diagram(language=language)
        self.shape(shown)
        assert shown.count("-->") == 7
        assert "class " not in shown

    def test_a_place(self) -> None:
        """With a client every step is of the class of its state, and its days are told."""
        shown = diagram(place("2015-01-14", [START]))
        self.shape(shown)
        assert "→ Next: by 13 January 2015 (overdue)" in shown
        assert "    class s1 done\n" in shown
        assert "    class s2 next\n" in shown

    def test_hostile_ids(self) -> None:
        """An id cannot break out of the title."""
        shown = diagram(hostile(HOSTILE))
        self.shape(shown)
        assert "<script>" not in shown

    def test_the_shipped_path(self) -> None:
        """The shipped path makes a diagram too."""
        self.shape(diagram(book=aava_rules.load("aava", plugins=False), language="sv"))


class TestBeside:
    def test_notes_and_cases_of_every_layer(self) -> None:
        """Notes and cases are found beside the rules of the rulebook and of those below it."""
        supplements = read_supplements(town())
        assert set(supplements.notes) == {"limits"}
        assert {name: len(cases) for name, cases in supplements.cases.items()} == {"limits": 1, "members": 2, "path": 1}
        assert set(read_supplements(work()).cases) == {"limits", "members"}


def test_wide_columns_leave_the_last_one_room() -> None:
    """The widest columns are wrapped where they would leave the last one a word a line, and no line is too long."""
    rows = [
        ("2022-05-02", "a reminder, and then the loss of the benefit; " * 6, "verified", "Act 1380/2021 section 2 a")
    ]
    lines = columns([("from", "value", "status", "source"), *rows], 4)
    assert max(map(len, lines)) <= WIDTH
    assert lines[1].startswith("    2022-05-02  a reminder, and then")
    assert "  verified  Act 1380/2021" in lines[1]
    assert len(lines) < 10
    narrow = [("a", "b"), ("ccc", "d")]
    assert columns(narrow, 2) == ["  a    b", "  ccc  d"]
    address = [("1 September 2001", f"<https://www.finlex.fi/{'x' * 80}>")]
    assert columns(address, 4)[0].startswith("    1 September 2001  <https")
