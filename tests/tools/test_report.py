"""Reports: what each format holds, that it streams, and that nothing of a record can break out of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules import Decision
from aava_rules.decision.schema import decision_schema
from aava_rules.hookspecs import Report
from aava_rules.tools.markup.document import link
from aava_rules.tools.reports.cells import COLUMNS, safe_cell
from aava_rules.tools.reports.report import BUILT_IN
from aava_rules.tools.reports.shown import MOST_PATHS, place_text, places_text
from aava_rules.tools.reports.unanswered import Unanswered

RECORDS = Path(__file__).resolve().parents[2] / "examples" / "records"
HOSTILE = '=cmd|"/c x"!A1</td><script>alert(1)</script>&[bold]'
PERIOD = {"kind": "rehabilitative_work", "start": "2015-09-01", "end": "2015-12-01", "plan_made_on": "2015-08-01"}


@lru_cache(maxsize=1)
def rulebook() -> aava_rules.Rulebook:
    return aava_rules.load("aava", plugins=False)


def decide(record: dict[str, Any], on: str = "2015-09-15") -> Decision:
    return rulebook().decide(record, on=on)


def broken(record_id: str = "A-1", **client: Any) -> Decision:
    return decide({"id": record_id, "client": client, "periods": [{**PERIOD, "id": "p1", "days_per_week": 5}]})


def examples() -> list[Decision]:
    return [decide(json.loads(file.read_text(encoding="utf-8"))) for file in sorted(RECORDS.glob("*.json"))]


def written(name: str, decisions: list[Decision], language: str = "en") -> str:
    report = next(candidate for candidate in BUILT_IN if candidate.name == name)
    out = io.StringIO()
    report.write(iter(decisions), out, language)
    return out.getvalue()


class TestAllFormats:
    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    @pytest.mark.parametrize("name", [report.name for report in BUILT_IN])
    def test_every_format_in_every_language(self, name: str, language: str) -> None:
        """Every format writes every example record, and the same twice."""
        text = written(name, examples(), language)
        assert "limits-broken" in text or "B-12" in text
        assert text == written(name, examples(), language)
        assert text.endswith("\n")

    @pytest.mark.parametrize("report", [kind for kind in BUILT_IN if kind.streams], ids=lambda kind: str(kind.name))
    def test_streaming_formats_write_as_they_go(self, report: Report) -> None:
        """A format that streams has written one decision before it asks for the one after the next."""
        out = io.StringIO()
        first = broken("FIRST")

        def decisions() -> Iterator[Decision]:
            yield first
            yield broken("SECOND")
            assert "FIRST" in out.getvalue()

        report.write(decisions(), out, "fi")

    @pytest.mark.parametrize("name", [report.name for report in BUILT_IN if report.name not in ("json", "jsonl")])
    def test_protected_clients(self, name: str) -> None:
        """What people read shows nothing that a protected client's record holds: titles replace messages."""
        assert "5 days a week" in written(name, [broken()]) or "5 päivää" in written(name, [broken()], "fi")
        assert "5 days a week" not in written(name, [broken(protected=True)])
        assert "most days a week" in written(name, [broken(protected=True)]).replace("Most", "most")

    @pytest.mark.parametrize("name", ["table", "csv", "junit", "html"])
    def test_cautions_are_shown(self, name: str) -> None:
        """A finding that rests on law that has not been read to that day carries the caution in every format."""
        text = written(
            name, [decide({"id": "a", "periods": [{**PERIOD, "start": "2026-01-05", "end": None}]}, "2026-02-02")]
        )
        assert "31 December 2025" in text
        if name == "html":
            assert '<li id="r1c1">' in text
            assert '<p>Caution: <a href="#r1c' in text

    def test_junit_says_each_caution_once(self) -> None:
        """A suite has its cautions once, numbered, and each test case has the numbers of its own, and no others."""
        periods = [{**PERIOD, "id": "now", "start": "2026-01-05", "end": None}, {**PERIOD, "id": "then"}]
        periods = [{**period, "days_per_week": 3} for period in periods]
        text = written("junit", [decide({"id": "a", "periods": periods}, "2026-02-02")])
        assert text.count("(31 December 2025)") == 1
        (suite,) = ElementTree.fromstring(text)
        lines = (suite.findtext("system-out") or "").splitlines()
        assert [line.partition(" ")[0] for line in lines] == [f"[{number}]" for number in range(1, len(lines) + 1)]
        (unread,) = [line.partition(" ")[0] for line in lines if "(31 December 2025)" in line]
        cautioned = {case.get("name"): case.findtext("system-out") for case in suite.iter("testcase")}
        assert cautioned["days_per_week_max@periods:now"] == f"Caution {unread}"
        assert cautioned["days_per_week_max@periods:then"] is None

    @pytest.mark.parametrize("name", [report.name for report in BUILT_IN])
    def test_notices_are_shown(self, name: str) -> None:
        """What does not fit together is told in every format, with its path and once a record, but for lines of CSV."""
        client = {"birth_date": "2080-05-05"}
        decision = decide({"id": "a", "client": client, "periods": [{**PERIOD, "days_per_week": 5}]})
        text = written(name, [decision])
        assert ("Date of birth: The date" if name == "html" else "client.birth_date") in text
        assert "The date of birth lies after the day of decision" in text
        assert "2080" not in text
        assert (text.count("after the day of decision, so") == 1) == (name not in ("csv", "csv-excel"))
        assert next(report for report in BUILT_IN if report.name == name).shows_notices  # type: ignore[attr-defined]

    def test_notices_have_places_of_their_own(self) -> None:
        """In JUnit the standard error of the suite, in HTML a list, in CSV two columns, also where nothing applies."""
        client = {"birth_date": "2080-05-05"}
        decision = decide({"id": "a", "client": client, "periods": []})
        (suite,) = ElementTree.fromstring(written("junit", [decision]))
        assert (suite.findtext("system-err") or "").startswith("Notice: client.birth_date: The date")
        assert "<h3>Notices</h3>\n<ul>\n<li>Date of birth: The date" in written("html", [decision])
        assert {line["notices"] for line in csv.DictReader(io.StringIO(written("csv", [decision])))} == {
            "birth_date_to_come"
        }
        finland = aava_rules.load("finland", plugins=False)
        decision = finland.decide({"id": "a", "client": client, "periods": [], "plans": []}, "1999-01-01")
        (line,) = csv.DictReader(io.StringIO(written("csv", [decision])))
        assert (line["record_id"], line["status"], line["notices"]) == ("a", "", "birth_date_to_come")
        assert written("table", [decision]).splitlines()[-1] == "1 record: No findings. Notices: 1"

    def test_summaries_count_records(self) -> None:
        """Of several records the summary says in how many there is something, and how many could not be read."""

        class Source(list[Decision]):
            unread = 3

        decisions = Source([broken("a"), broken("b"), decide({"id": "c", "plans": [], "periods": []})])
        table, shown = io.StringIO(), io.StringIO()
        for name, out in (("table", table), ("html", shown)):
            next(report for report in BUILT_IN if report.name == name).write(decisions, out, "en")
        assert "3 records: broken 2 (in 2 records), not known " in table.getvalue()
        assert ". Not read: 3" in table.getvalue()
        assert '<strong>2</strong> broken <span class="note">in 2 records</span>' in shown.getvalue()
        assert "<strong>3</strong> Not read" in shown.getvalue()


class TestJson:
    def test_decisions_are_as_the_schema_says(self) -> None:
        """Whole decisions of every example are valid under the published schema, and nothing in it is loose."""
        schema = decision_schema()
        validator = jsonschema.Draft202012Validator(schema)
        validator.check_schema(schema)
        for file in sorted(RECORDS.glob("*.json")):
            for day in ("2001-01-01", "2014-03-03", "2015-09-15", "2021-11-15", "2026-02-02"):
                decision = decide(json.loads(file.read_text(encoding="utf-8")), day)
                validator.validate(json.loads(decision.to_json()))

    def test_the_schema_refuses_what_is_not_written(self) -> None:
        """A key too many, or one too few, is refused at every level of a decision."""
        validator = jsonschema.Draft202012Validator(decision_schema())
        whole = json.loads(decide(json.loads((RECORDS / "facts-missing.json").read_text(encoding="utf-8"))).to_json())
        for path in (
            [],
            ["rulebook"],
            ["outcomes", "target_group"],
            ["findings", 0],
            ["missing", 0],
            ["findings", 0, "title"],
        ):
            for change in ("add", "remove"):
                copy = json.loads(json.dumps(whole))
                part = copy
                for key in path:
                    part = part[key]
                if change == "add":
                    part["nonsense"] = 1
                else:
                    del part[next(iter(part))]
                assert not validator.is_valid(copy)

    def test_json_is_one_array(self) -> None:
        """The JSON report is one array of decisions, also of none."""
        assert [decision["record_id"] for decision in json.loads(written("json", [broken("a"), broken("b")]))] == [
            "a",
            "b",
        ]
        assert json.loads(written("json", [])) == []

    def test_json_lines_are_decisions(self) -> None:
        """The JSON Lines report is a decision a line."""
        lines = written("jsonl", [broken("a"), broken("b")]).splitlines()
        assert [json.loads(line)["record_id"] for line in lines] == ["a", "b"]


class TestCsv:
    def test_a_line_a_finding(self) -> None:
        """Each finding that applies is a line with its key, status, weight, place and citation."""
        lines = list(csv.DictReader(io.StringIO(written("csv", [broken()]))))
        assert list(lines[0]) == list(COLUMNS)
        (line,) = [row for row in lines if row["status"] == "broken"]
        assert line["key"] == "days_per_week_max@periods:p1"
        assert (line["weight"], line["where"]) == ("law", "periods[id=p1].days_per_week")
        assert "189/2001" in line["citations"]
        assert "not_applicable" not in {row["status"] for row in lines}

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝"])
    def test_no_formulas(self, start: str) -> None:
        """A cell that a spreadsheet would take for a formula begins with an apostrophe."""
        assert safe_cell(f"{start}1+1").startswith("'")

    @settings(deadline=None)
    @given(st.text())
    def test_other_texts_stay(self, text: str) -> None:
        """No other text is changed, and none begins like a formula."""
        shown = safe_cell(text)
        assert shown in (text, f"'{text}")
        assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))

    def test_a_hostile_id(self) -> None:
        """An id that looks like a formula comes out as text, and reads back whole."""
        lines = list(csv.DictReader(io.StringIO(written("csv", [broken(HOSTILE)]))))
        assert {line["record_id"] for line in lines} == {f"'{HOSTILE}"}


class TestJUnit:
    def test_findings_are_test_cases(self) -> None:
        """A suite a record; what is broken fails with its weight, what is unknown is skipped, the rest passes."""
        (suite,) = ElementTree.fromstring(written("junit", [broken()]))
        cases = suite.findall("testcase")
        failed = [case for case in cases if case.find("failure") is not None]
        skipped = [case for case in cases if case.find("skipped") is not None]
        assert (suite.get("name"), suite.get("tests")) == ("A-1", str(len(cases)))
        assert (suite.get("failures"), suite.get("skipped"), suite.get("errors")) == (
            str(len(failed)),
            str(len(skipped)),
            "0",
        )
        (case,) = failed
        assert (case.get("name"), case.get("classname")) == (
            "days_per_week_max@periods:p1",
            "finland.days_per_week_max",
        )
        failure = case.find("failure")
        assert failure is not None
        assert failure.get("type") == "law"
        assert "periods[id=p1].days_per_week" in (failure.text or "")

    @settings(deadline=None)
    @given(st.text(min_size=1, max_size=50).filter(str.isprintable))
    def test_any_id_is_xml(self, record_id: str) -> None:
        """Whatever an id holds, the report is XML and reads back the same."""
        (suite,) = ElementTree.fromstring(written("junit", [broken(record_id)]))
        assert suite.get("name") == "".join(
            character if character not in "\ufffe\uffff" else "�" for character in record_id
        )


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.starts: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.starts.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(text: str) -> _Page:
    parser = _Page()
    parser.feed(text)
    assert parser.open == []
    return parser


class TestHtml:
    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    def test_it_is_accessible(self, language: str) -> None:
        """The page names its language, has one first heading and no gap in its levels, and scoped heads of tables."""
        elements = page(written("html", examples(), language)).starts
        tags = [tag for tag, _ in elements]
        assert dict(elements)["html"] == {"lang": language}
        levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert tags.count("caption") == tags.count("table") == 1
        assert {attributes.get("scope") for tag, attributes in elements if tag == "th"} == {"col", "row"}
        assert tags.count("title") == tags.count("main") == tags.count("nav") == 1
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        targets = [href[1:] for _, a in elements if (href := a.get("href") or "").startswith("#")]
        assert {*targets, *(a["aria-labelledby"] for _, a in elements if "aria-labelledby" in a)} <= set(ids)

    def test_what_was_found_comes_first(self) -> None:
        """The counts stand before the contents, and these before the sections of the records, one for each."""
        decisions = [broken("a"), decide({"id": "c", "plans": [], "periods": []})]
        shown = written("html", decisions)
        summary, contents, first, second = map(
            shown.index, ('id="summary"', 'id="contents"', 'class="client" aria-labelledby="r1"', 'id="r2"')
        )
        assert summary < contents < first < second
        counts = Counter(finding.status for decision in decisions for finding in decision.findings)
        assert f'<li class="broken"><strong>{counts["broken"]}</strong> broken ' in shown
        assert f'<li class="met"><strong>{counts["met"]}</strong> met ' in shown
        assert "<strong>2</strong> records" in shown

    def test_the_contents_begin_with_most_to_clear_up(self) -> None:
        """The record with most that is broken, then with most that is not known, leads the list; each has its counts."""
        decisions = [decide({"id": "none", "plans": [], "periods": []}), broken("worst")]
        rows = re.findall(r'<a href="#(r\d)">(\w+)</a></th><td>(\d+)</td>', written("html", decisions))
        assert rows == [("r2", "worst", "1"), ("r1", "none", "0")]

    def test_one_record_needs_no_contents(self) -> None:
        """A page on one record has its counts and its section alone."""
        assert "<nav" not in written("html", [broken()])

    def test_what_asks_for_something_comes_first(self) -> None:
        """Of each record come what is broken, what is not known, and then what is met; in each what is law first."""
        for decision in examples():
            shown = written("html", [decision], "en")
            statuses = re.findall(r'<li class="(\w+)"><h', shown)
            assert statuses == sorted(statuses, key=["broken", "unknown", "met"].index)
            assert len(statuses) == sum(finding.status != "not_applicable" for finding in decision.findings)
            assert not re.search(r"<p>[^<]*: (met|broken|not known)</p>", shown)
            for status in ("broken", "unknown"):
                weights = re.findall(rf'<li class="{status}">.*?<p>(Law|Model|Local|Advice)', shown)
                assert weights == sorted(weights, key=["Law", "Model", "Local", "Advice"].index)

    @pytest.mark.parametrize(
        ("language", "place"),
        [
            ("fi", "Kohta: jakso p1, 1.9.2015: päiviä viikossa"),
            ("sv", "Plats i uppgifterna: period p1, 1.9.2015: dagar i veckan"),
            ("en", "Where: period p1, 1 September 2015: days a week"),
        ],
    )
    def test_places_are_words(self, language: str, place: str) -> None:
        """Where something is stands in words, with the day by which people know the item; no path is left."""
        shown = written("html", [broken()], language)
        assert f"<p>{place}</p>" in shown
        assert "periods[" not in shown

    def test_the_days_of_a_protected_client_are_not_shown(self) -> None:
        """Of a protected client neither message nor day stands in the page."""
        shown = written("html", [broken(protected=True)])
        assert "<p>Where: period p1: days a week</p>" in shown
        assert "September 2015: " not in shown.replace("Day: 15 September 2015", "")

    @pytest.mark.parametrize("language", ["fi", "sv", "en"])
    def test_no_example_shows_a_path(self, language: str) -> None:
        """No record of the examples leads to a path or a name with underscores on the page."""
        shown = re.sub(r"<style>.*?</style>|<[^>]*>", " ", written("html", examples(), language), flags=re.DOTALL)
        assert not re.findall(r"\w+\[\S*|\b[a-z]+_[a-z_]+\b", shown)

    def test_records_without_an_answer(self) -> None:
        """A record that cannot be answered is told with its source, place, id and every fault, above the others."""
        with pytest.raises(aava_rules.RecordError) as caught:
            decide({"id": "<b>", "periods": [{"start": "2015-13-01"}], "plans": 1})
        lost = Unanswered("line 2", "<b>", caught.value, "clients.jsonl")
        shown = written("html", [broken(), lost])  # type: ignore[list-item]
        assert "<h3>clients.jsonl, line 2, Record &lt;b&gt;</h3>" in shown
        assert "periods[0].start is not a day of the calendar [AR116]." in shown
        assert '<li class="broken"><strong>1</strong> Not read ' in shown
        assert shown.index("clients.jsonl") < shown.index('class="client"')
        page(shown)

    def test_records_without_an_answer_are_told_in_the_language(self) -> None:
        """Faults and places are Finnish or Swedish; what somebody else's adapter says is marked as English."""
        with pytest.raises(aava_rules.RecordError) as caught:
            decide({"id": "b", "periods": [{"start": "2015-13-01", "x": 1}]})
        lost = Unanswered("line 2", "b", caught.value, "clients.jsonl")
        own = Unanswered("row 3", None, aava_rules.AdapterError("The row has no id."), "a.csv")
        shown = written("html", [broken(), lost, own], "sv")  # type: ignore[list-item]
        assert (
            "<h3>clients.jsonl, rad 2, Post b</h3>\n<ul><li>periods[0].start är inte en dag i kalendern [AR116]."
            in shown
        )
        assert "<li>periods[0] nyckel 2 är en okänd nyckel [AR113]. Nycklarna är: id, kind, start" in shown
        assert '<h3>a.csv, rad 3</h3>\n<ul><li lang="en">The row has no id.</li></ul>' in shown
        (row,) = [line for line in written("csv", [lost], "fi").splitlines() if "AR116" in line]  # type: ignore[list-item]
        assert "periods[0].start ei ole kalenterin päivä [AR116]. Päivät kirjoitetaan" in row
        assert "rivi 2" in written("csv-excel", [lost], "fi")  # type: ignore[list-item]
        assert "is not a day of the calendar" in written("json", [lost], "fi")  # type: ignore[list-item]

    def test_sources_without_an_answer(self) -> None:
        """Sources of which no row was read are counted, beside the records that are told one by one."""

        class Source(list[Any]):
            unread = 3

        out = io.StringIO()
        lost = Unanswered("", None, aava_rules.AdapterError("The row has no id."), "a.csv")
        next(report for report in BUILT_IN if report.name == "html").write(Source([lost]), out, "en")
        assert "<strong>3</strong> Not read" in out.getvalue()
        assert "<h3>a.csv</h3>\n<ul><li>The row has no id.</li></ul>" in out.getvalue()
        assert "<li>2 sources or rows, told of on standard error</li>" in out.getvalue()

    def test_it_is_self_contained(self) -> None:
        """The page loads nothing and runs nothing, and tells the browser so."""
        text = written("html", examples())
        elements = page(text).starts
        assert not {"script", "img", "iframe", "link", "object"} & {tag for tag, _ in elements}
        assert not [name for _, attributes in elements for name in attributes if name.startswith("on") or name == "src"]
        assert "default-src 'none'; style-src 'unsafe-inline'" in text

    def test_everything_is_escaped(self) -> None:
        """An id that looks like markup is shown as it is."""
        text = written("html", [broken(HOSTILE), broken(HOSTILE)])
        assert "<script" not in text
        assert text.count("&lt;script&gt;") == 4  # for each in the contents and at the head of its section
        page(text)

    @settings(deadline=None, max_examples=50)
    @given(st.lists(st.text(min_size=1, max_size=20).filter(str.isprintable), min_size=1, max_size=5))
    def test_any_ids_read_back(self, ids: list[str]) -> None:
        """Whatever ids hold, every section has its own, in order."""
        shown = written("html", [decide({"id": one, "plans": [], "periods": []}) for one in ids])
        assert [unescape(one) for one in re.findall(r'<h2 id="r\d+">Record (.*)</h2>', shown)] == ids

    def test_only_addresses_of_pages_become_links(self) -> None:
        """A source of a rulebook whose link is a script is shown as text."""
        assert link("<b>", "javascript:alert(1)") == "&lt;b&gt;"
        assert link("a", 'https://x.fi/"onclick') == '<a href="https://x.fi/&quot;onclick">a</a>'


class TestPlaces:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("periods[id=p1].days_per_week", "period p1, 1 September 2015: days a week"),
            ("periods[id=p1]", "period p1, 1 September 2015"),
            ("plans[1].made_on", "plan 2, 2 March 2015: day on which the plan was made"),
            ("plans[0]", "plan 1"),
            ("plans[7]", "plan 8"),
            ("benefits", "benefits"),
            ("plans.consequences_told", "plans: consequences told"),
            ("client.birth_date", "date of birth"),
            ("facts.unemployed", "unemployed"),
            ("events[id=x].y].on", "event x].y: day"),
            ("", ""),
            ("something else", "something else"),
        ],
    )
    def test_a_path_in_words(self, path: str, words: str) -> None:
        """Each form of a path has its words; what is no path stays as it is."""
        plans = [{"kind": "activation_plan"}, {"kind": "activation_plan", "made_on": "2015-03-02"}]
        decision = decide({"id": "a", "periods": [{**PERIOD, "id": "p1"}], "plans": plans})
        assert place_text(path, decision, "en") == words

    def test_several_paths(self) -> None:
        """Paths that read alike stand once, and of very many the first are shown."""
        decision = decide({"id": "a"})
        assert places_text(["facts.unemployed", "facts.unemployed", "plans"], decision, "en") == "unemployed; plans"
        many = [f"plans[{number}]" for number in range(MOST_PATHS + 1)]
        assert places_text(many, decision, "en").endswith(f"plan {MOST_PATHS} …")


class TestTable:
    def test_it_shows_what_asks_for_something(self) -> None:
        """The table has what is broken or unknown, and counts the rest."""
        text = written("table", [broken()])
        assert "broken" in text
        assert "periods[id=p1].days_per_week" in text.replace("\n", "")
        assert text.splitlines()[-1].startswith("1 record: broken 1, not known ")

    def test_a_place_is_broken_nowhere(self) -> None:
        """Other columns make room: the name of a field stands on one line, to be copied."""
        record = {"id": "a", "periods": [{"id": "p1", "kind": "rehabilitative_work", "start": "2015-08-03"}]}
        decision = aava_rules.load("finland", plugins=False).decide(record, on="2015-09-15")
        longest = max((finding.where for finding in decision.findings if finding.status == "unknown"), key=len)
        assert len(longest) > 35
        assert f" {longest} " in written("table", [decision])

    def test_nothing_is_read_as_markup(self) -> None:
        """Square brackets in an id are shown, not taken for a style."""
        assert "[bold]" in written("table", [broken("[bold]x")])

    def test_a_long_table_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Beyond the limit the findings are counted, not shown."""
        monkeypatch.setattr("aava_rules.tools.reports.table.MOST_ROWS", 2)
        text = written("table", [broken("a"), broken("b")])
        assert "more are not shown" in text
        assert text.splitlines()[-1].startswith("2 records: broken 2")

    def test_no_findings(self) -> None:
        """A record without anything to check is said to have none."""
        finland = aava_rules.load("finland", plugins=False)
        decision = finland.decide({"id": "a", "periods": [], "plans": []}, "1999-01-01")
        assert written("table", [decision]) == "1 record: No findings.\n"


SETS = {
    "rulebook.yaml": 'rulebook: sets\nversion: "1"\ntitle: {fi: Oma, sv: Egen, en: Own}\nweight: local\n',
    "sources.yaml": "book:\n  title: {fi: Kirja, sv: Bok, en: Book}\n",
    "vocabulary.yaml": """
facts:
  a: {type: boolean, title: {fi: a, sv: a, en: a}}
  b: {type: boolean, title: {fi: b, sv: b, en: b}}
outcomes:
  grounds: {type: set, words: [first, second], title: {fi: perusteet, sv: grunder, en: grounds}}
requirements:
  none_is_first: {each: client, title: {fi: ei ensimmäistä, sv: ingen första, en: none is the first}}
words:
  first: {fi: ensimmäinen, sv: första, en: the first}
  second: {fi: toinen, sv: andra, en: the second}
""",
    "r/rules.yaml": """
ruleset: r
title: {fi: Oma, sv: Egen, en: Own}
decides: [grounds]
rules:
  - id: A-1
    title: {fi: Ensimmäinen, sv: Första, en: The first}
    when: [a]
    then: {grounds: [first]}
    cite: book.1
  - id: A-2
    title: {fi: Toinen, sv: Andra, en: The second}
    when: [b]
    then: {grounds: [second]}
    cite: book.1
  - id: A-3
    title: {fi: Ei ensimmäistä, sv: Ingen första, en: None is the first}
    requirement: none_is_first
    require: [{not: first in grounds}]
    message: grounds_are
    cite: book.1
""",
    "r/messages.yaml": """
grounds_are:
  broken: {fi: "On: {grounds}.", sv: "Det är: {grounds}.", en: "There are: {grounds}."}
""",
}


@pytest.mark.parametrize("name", [report.name for report in BUILT_IN])
def test_a_set_tells_what_it_may_still_gain(tmp_path: Path, name: str) -> None:
    """A finding whose message names a set says what is surely in it and what may be, in every format."""
    for file, text in SETS.items():
        path = tmp_path / "sets" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    book = aava_rules.load(tmp_path / "sets", plugins=False)
    shown = " ".join(written(name, [book.decide({"id": "x", "facts": {"a": True}}, "2020-01-01")]).split())
    assert "There are: the first; possibly also: the second." in shown
    known = written(name, [book.decide({"id": "x", "facts": {"a": True, "b": False}}, "2020-01-01")])
    assert "There are: the first." in known
