"""Pictures of rules: what they say, that they are well-formed, and that no word runs out of its box."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest

import aava_rules
from aava_rules.language.values import LANGUAGES
from aava_rules.tools.pages import mermaid, svg
from aava_rules.tools.pages.diagram import Check, Diagram, End, RuleTable, drawable_names, picture_of

SVG = "{http://www.w3.org/2000/svg}"
RULEBOOKS = ("finland", "aava", "hartola_sysma")


@cache
def parts(name: str) -> Any:
    return aava_rules.load(name, plugins=False)._parts


def drawn(picture: Diagram | RuleTable, language: str = "en") -> str:
    out = io.StringIO()
    svg.write(picture, out, language)
    return out.getvalue()


def charted(picture: Diagram | RuleTable, language: str = "en") -> str:
    out = io.StringIO()
    mermaid.write_picture(picture, out, language)
    return out.getvalue()


class TestRule:
    def test_the_chain_of_a_requirement(self) -> None:
        """Days in force, conditions and what is required, in this order, each with where it leads if it fails."""
        picture = picture_of(parts("finland"), "PL-41", "en")
        assert isinstance(picture, Diagram)
        assert picture.title == "PL-41: A plan in force on 1 July 2015 had until the end of the year"
        told = [(check.heading, check.lines[0], check.leaves_on, check.leads_to) for check in picture.checks]
        outside, broken = End(("does not apply",), "outside"), End(("broken",), "broken")
        assert told == [
            ("In force?", "from 1 July 2015, until 31 December 2015", False, outside),
            ("Conditions", "kind of period: rehabilitative work", False, outside),
            ("Conditions", "day of the plan in which the period was agreed: before 1 July 2015", False, outside),
            ("Required", "any of the following:", False, broken),
        ]
        assert picture.checks[-1].lines[1].startswith("– most days a week: at most 4 days a week")
        assert (picture.end, picture.sources) == (End(("met",), "met"), "Act 142/2015 transitional provision")

    def test_what_takes_precedence_is_asked(self) -> None:
        """A rule that another one overrides asks whether that one holds, and leaves the answer to it."""
        picture = picture_of(parts("finland"), "PL-40", "en")
        assert isinstance(picture, Diagram)
        (other,) = [check for check in picture.checks if check.leaves_on is True]
        assert (other.lines[0].endswith("(PL-41)"), other.leads_to) == (True, End(("that one answers",), "outside"))

    @pytest.mark.parametrize("name", RULEBOOKS)
    def test_every_doubt_is_told(self, name: str) -> None:
        """A rule of which no answer is given from some day on says so in its picture, whoever says it."""
        doubted = 0
        for ruleset in parts(name).rulesets:
            for rule in ruleset.rules:
                picture = picture_of(parts(name), rule.id, "en")
                assert isinstance(picture, Diagram)
                remarks = [check for check in picture.checks if check.heading == "No answer is given from"]
                names = rule.then if rule.kind == "decide" else [rule.name]
                days = [rule.in_doubt_from, ruleset.in_doubt_from, *(ruleset.doubted.get(each) for each in names)]
                assert len(remarks) == sum(day is not None for day in days)
                doubted += bool(remarks)
        assert doubted or name != "finland"

    def test_judgement_is_a_remark(self) -> None:
        """What an official assesses is told, and nothing leaves the chain there."""
        rules = [rule for ruleset in parts("finland").rulesets for rule in ruleset.rules if rule.needs_judgement]
        assert rules
        for rule in rules:
            picture = picture_of(parts("finland"), rule.id, "en")
            assert isinstance(picture, Diagram)
            (remark,) = [check for check in picture.checks if check.heading == "An official's assessment"]
            assert remark.leaves_on is remark.leads_to is None


class TestTable:
    def test_a_row_for_each_rule(self) -> None:
        """The table of a requirement has its rules with days, conditions, what is required, and sources."""
        picture = picture_of(parts("finland"), "days_per_week_max", "en")
        assert isinstance(picture, RuleTable)
        assert picture.ids == ("PL-40", "PL-41")
        assert picture.overrides == (("PL-41", "PL-40"),)
        assert picture.heads == ("Rule", "In force", "Conditions", "Required", "Source")
        assert "Gives way where one of these holds: PL-41" in picture.rows[0][2]
        assert picture.rows[1][4] == ("Act 142/2015 transitional provision",)

    @pytest.mark.parametrize(("name", "head"), [("target_group", "What"), ("plans_updated", "By")])
    def test_outcomes_and_steps_have_tables(self, name: str, head: str) -> None:
        """Of an outcome the fourth column says what follows, of a step by when it is due."""
        picture = picture_of(parts("finland"), name, "en")
        assert isinstance(picture, RuleTable)
        assert picture.heads[3] == head
        assert len(picture.rows) == len(picture.ids) > 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", RULEBOOKS)
def test_every_picture_can_be_drawn(name: str, language: str) -> None:
    """Each rule and question has its SVG, whose text stays in its boxes, and its flowchart, whose nodes are there."""
    for one in drawable_names(parts(name)):
        picture = picture_of(parts(name), one, language)
        root = ElementTree.fromstring(drawn(picture, language))
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title") == picture.title
        width, height = float(root.get("width", "0")), float(root.get("height", "0"))
        boxes = [box for box in root.iter(f"{SVG}rect") if box.get("x")]
        for box in boxes:
            assert float(box.get("x", "0")) + float(box.get("width", "0")) <= width
            assert float(box.get("y", "0")) + float(box.get("height", "0")) <= height
        for words in root.iter(f"{SVG}text"):
            x, y = float(words.get("x", "0")), float(words.get("y", "0"))
            of = [box for box in boxes if _inside(box, x, y)]
            room = float(of[0].get("x", "0")) + float(of[0].get("width", "0")) if of else width
            assert x + len(words.text or "") * 7.9 <= room, (one, words.text)
        lines = charted(picture, language).splitlines()
        nodes = {match[1] for line in lines if (match := re.match(r'    (\w+)(?:\["|\{\{")', line))}
        ends = [match.group(1, 2) for line in lines if (match := re.match(r"    (\w+) (?:--|-\.).*> (\w+)$", line))]
        assert ends
        assert {node for pair in ends for node in pair} <= nodes
        assert all(line.count('"') % 2 == 0 for line in lines)


def _inside(box: ElementTree.Element, x: float, y: float) -> bool:
    left, top = float(box.get("x", "0")), float(box.get("y", "0"))
    return left <= x < left + float(box.get("width", "0")) and top <= y <= top + float(box.get("height", "0"))


def test_hostile_texts_are_text() -> None:
    """Whatever titles hold, SVG and Mermaid stay what they are."""
    hostile = "</text><script>alert(1)</script>\"'&[x] `b` --> y"
    end = End((hostile,), "result")
    picture = Diagram(hostile, (Check(hostile, (hostile,), False, end),), end, hostile, hostile)
    root = ElementTree.fromstring(drawn(picture))
    assert not list(root.iter(f"{SVG}script"))
    assert root.findtext(f"{SVG}title") == hostile
    chart = charted(picture)
    assert "<script" not in chart
    assert "[x]" not in chart


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--only", "PL-41", "--format", "svg"], 0, "<svg xmlns="),
        (["--only", "days_per_week_max", "--format", "mermaid"], 0, "flowchart TD"),
        (["--format", "svg"], 2, "A picture is of one rule, requirement, outcome or step. Name it: --only NAME."),
        (["--only", "PL-41", "--only", "PL-40", "--format", "svg"], 2, "A picture is of one rule"),
        (["--only", "days_per_week_mx", "--format", "svg"], 2, "Did you mean days_per_week_max?"),
        (["--only", "age", "--format", "mermaid"], 2, "has no rule that is or answers 'age'"),
    ],
)
def test_the_command_draws_one_name(arguments: list[str], code: int, told: str) -> None:
    """`show --only NAME --format svg` or `mermaid` draws it; anything but one name that rules answer is told."""
    run = [sys.executable, "-m", "aava_rules", "show", "finland", *arguments]
    done = subprocess.run(run, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == code
    assert told in " ".join((done.stdout + done.stderr).split())
