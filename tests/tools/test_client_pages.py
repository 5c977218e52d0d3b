"""The pages on one client: what `next` and `explain` write as HTML, and that nothing of the text ways is lost in it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from shown import END, PLAN, START, hostile, place, work
from test_pages_html import HOSTILE, checked

import aava_rules
from aava_rules import Decision
from aava_rules.decision.client_path import client_path
from aava_rules.language.values import LANGUAGES
from aava_rules.tools.pages.client import write_explanation, write_path

RECORDS = Path(__file__).resolve().parents[2] / "examples" / "records"


def path_page(decision: Decision, language: str = "en") -> str:
    out = io.StringIO()
    write_path(client_path(decision), decision, out, language)
    return out.getvalue()


def explained(decision: Decision, name: str, language: str = "en") -> str:
    out = io.StringIO()
    write_explanation(decision.explain(name, language), name, decision, out, language)
    return out.getvalue()


def example(name: str, on: str) -> Decision:
    return aava_rules.load("aava", plugins=False).decide((RECORDS / f"{name}.json").read_bytes(), on=on)


def texts(shown: str) -> str:
    """What is read of a page."""
    body = shown[shown.index("<body>") :]
    return " ".join(unescape(re.sub("<[^>]*>", " ", body)).split())


def all_pages() -> list[tuple[str, str]]:
    pages = []
    for language in LANGUAGES:
        pages += [
            (language, path_page(place("2015-02-01", [START, END], plans=[PLAN]), language)),
            (language, path_page(hostile(HOSTILE), language)),
            (language, explained(example("five-days-a-week-2015", "2015-10-01"), "days_per_week_max", language)),
            (language, explained(example("facts-missing", "2015-10-01"), "target_group", language)),
        ]
    return pages


@pytest.fixture(scope="module", name="pages")
def _pages() -> list[tuple[str, str]]:
    return all_pages()


class TestBoth:
    def test_well_formed(self, pages: list[tuple[str, str]]) -> None:
        """Elements are closed in order, ids are unique and found, levels of headings have no gap, the language is said."""
        for language, shown in pages:
            document = checked(shown)
            ids = document.values("id")
            assert len(ids) == len(set(ids))
            assert {*document.values("aria-labelledby"), *(h[1:] for h in document.values("href") if h[0] == "#")} <= {
                *ids
            }
            levels = [int(tag[1]) for tag, _, _ in document.tags("h1", "h2", "h3", "h4")]
            assert levels.count(1) == 1
            assert all(after <= before + 1 for before, after in pairwise(levels))
            assert document.values("lang") == [language]

    def test_they_load_and_run_nothing(self, pages: list[tuple[str, str]]) -> None:
        """There is no script, nothing that is fetched, and a policy that allows none."""
        for _, shown in pages:
            document = checked(shown)
            assert not document.tags("script", "iframe", "object", "embed", "link", "img", "form", "base")
            assert not [name for _, attrs, _ in document.elements for name in attrs if name[:2] == "on"]
            assert "default-src 'none'; style-src 'unsafe-inline'" in shown
            assert all(link.startswith(("#", "https://")) for link in document.values("href"))

    def test_no_path_is_left(self, pages: list[tuple[str, str]]) -> None:
        """Places of the record stand in words."""
        for _, shown in pages:
            assert not re.findall(r"\w+\[\S*\]\S*", texts(shown).replace(HOSTILE, ""))


class TestPath:
    def test_what_to_do_stands_first(self) -> None:
        """What is next, with its day and reason, and what to ask come before the steps; every step has its state."""
        shown = path_page(place("2015-01-14", [START]))
        assert shown.index("What to do now") < shown.index('<ol class="path"')
        assert "<strong>Meeting</strong> – by 13 January 2015 (overdue)<br>The meeting is held" in shown
        states = [attrs.get("class") for tag, attrs, _ in checked(shown).elements if tag == "li" and attrs.get("id")]
        assert states == ["done", "next", "open", "open", "open", "open", "open"]

    def test_what_to_ask_has_its_places(self) -> None:
        """Each question says where its answer would be recorded, unless that reads the same."""
        decision = example("a-17", "2014-07-01")
        assert decision.missing
        shown = texts(path_page(decision))
        for fact in decision.missing[:10]:
            assert fact.text("en") in shown

    def test_a_rulebook_without_a_path(self) -> None:
        """A rulebook without steps has a page that says so."""
        assert "This rulebook has no client path." in path_page(work().decide({"id": "c"}, on="2015-01-01"))

    def test_a_protected_client(self) -> None:
        """Of a client under special protection the reasons, which quote the record, are left out."""
        shown = path_page(place("2015-01-02", [START], client={"protected": True}))
        assert "The meeting is held" not in shown
        assert "<strong>Meeting</strong> – by 13 January 2015" in shown

    def test_a_hostile_id_is_text(self) -> None:
        """What an id holds is text, whatever it looks like."""
        assert "<script" not in path_page(hostile(HOSTILE))
        assert HOSTILE in unescape(path_page(hostile(HOSTILE)))


class TestExplanation:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_says_what_the_text_says(self, language: str) -> None:
        """Every line of every answer's explanation is on the page, in its order, with its citations linked."""
        decision = example("five-days-a-week-2015", "2015-10-01")
        for name in [*decision.outcomes, *(finding.requirement for finding in decision.findings)]:
            shown = texts(explained(decision, name, language))
            place = 0
            for line in decision.explain(name, language).text(language).splitlines():
                words = line.strip().partition("  [")[0]
                if "[id=" in words or "[0]" in words:
                    continue  # a path, which is in words on the page
                found = shown.casefold().find(" ".join(words.split()).casefold(), place)
                assert found >= 0, (name, words)
                place = found

    def test_each_item_has_its_section(self) -> None:
        """A requirement of two periods is explained in two sections, each with its period in words."""
        period: dict[str, Any] = {"kind": "rehabilitative_work", "plan_made_on": "2015-08-01", "days_per_week": 5}
        periods = [{**period, "id": "a", "start": "2015-09-01"}, {**period, "start": "2015-11-02"}]
        finland = aava_rules.load("finland", plugins=False)
        shown = explained(finland.decide({"id": "x", "periods": periods}, on="2015-12-01"), "days_per_week_max")
        headings = re.findall(r'<h2 id="a\d">(.*)</h2>', shown)
        assert [
            "period a, 1 September 2015: days a week" in headings[0],
            "period 2, 2 November 2015" in headings[1],
        ] == [
            True,
            True,
        ]
        assert [heading.rpartition(": ")[2] for heading in headings] == ["broken", "broken"]


@pytest.mark.parametrize(
    ("command", "start"),
    [
        (["next", "a-17.json", "--format", "html", "--language", "sv"], '<!doctype html>\n<html lang="sv">'),
        (["explain", "a-17.json", "target_group", "--format", "html"], '<!doctype html>\n<html lang="fi">'),
        (["explain", "a-17.json", "target_group", "--format", "json"], '{\n  "trees": ['),
        (["explain", "a-17.json", "target_group", "--format", "text", "--language", "en"], "belongs to the target"),
    ],
)
def test_the_commands_write_them(command: list[str], start: str) -> None:
    """`next` and `explain` write what --format says."""
    name, record, *rest = command
    run = [sys.executable, "-m", "aava_rules", name, str(RECORDS / record), *rest, "--on", "2014-07-01"]
    done = subprocess.run(run, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.startswith(start)
    if "json" in command:
        decision = example("a-17", "2014-07-01")
        assert json.loads(done.stdout) == decision.explain("target_group").to_dict()
