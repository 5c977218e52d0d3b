"""The client stories: every row of their tables is what the rulebook answers on that day."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.decision import Decision
from aava_rules.language.values import plain

STORIES = Path(__file__).parent.parent / "examples" / "stories"
ROW = re.compile(r"^\| (\d{4}-\d\d-\d\d) \| (.+?) \|", re.MULTILINE)
STATES = {"yes": True, "no": False}
WORST = ("broken", "unknown", "met", "not_applicable")


def rows() -> list[tuple[str, str, str, str]]:
    """Story, rulebook, day and answer of every row."""
    result = []
    for page in sorted(STORIES.glob("[0-9]*.md")):
        text = page.read_text(encoding="utf-8")
        (rulebook,) = re.findall(r"Rulebook: `(\w+)`", text)
        result += [(page.stem, rulebook, day, answer) for day, answer in ROW.findall(text)]
    return result


@cache
def decision(story: str, rulebook: str, day: str) -> Decision:
    return aava_rules.load(rulebook, plugins=False).decide((STORIES / f"{story}.json").read_bytes(), on=day)


def answered(made: Decision, name: str, item: str) -> Any:
    """The value or state of an outcome or requirement (of one item, or the worst of all)."""
    if name in made.outcomes:
        outcome = made.outcomes[name]
        return plain(outcome.value) if outcome.status == "known" else outcome.status
    states = [f.status for f in made.findings if f.requirement == name and (not item or f"id={item}]" in f.where)]
    assert states, f"nothing of {name}"
    return min(states, key=WORST.index)


@pytest.mark.parametrize(("story", "rulebook", "day", "answer"), rows())
def test_a_row_of_a_story_is_what_the_rulebook_answers(story: str, rulebook: str, day: str, answer: str) -> None:
    """The table beside a record was checked against law and model; the rulebook gives the same answer."""
    made = decision(story, rulebook, day)
    steps = {(step.step, plain(step.due)) for step in made.next_steps}
    if answer == "no next step":
        assert steps == set()
    elif match := re.fullmatch(r"next: `(\w+)`(?:, due (\S+))?", answer):
        assert (match[1], match[2]) in steps
    elif match := re.fullmatch(r"not next: `(\w+)`", answer):
        assert match[1] not in {step for step, _ in steps}
    else:
        match = re.fullmatch(r"`(\w+)`(?: of (\w+))?: (.+)", answer)
        assert match is not None, "a row that this test cannot read"
        wanted: Any = STATES.get(match[3], match[3].replace("not applicable", "not_applicable"))
        got = answered(made, match[1], match[2] or "")
        got = ", ".join(got) if isinstance(got, list) else got
        assert got == wanted if isinstance(wanted, bool) else str(got) == wanted


def test_every_story_has_a_record_and_a_table() -> None:
    """Eighteen stories, each with rows on several days."""
    stories = {story for story, *_ in rows()}
    assert stories == {path.stem for path in STORIES.glob("*.json")}
    assert len(stories) == 18
    for story in stories:
        assert len({day for name, _, day, _ in rows() if name == story}) > 3, story


def test_the_example_of_an_own_rulebook_is_right_and_adds_to_law_without_changing_it() -> None:
    """The folder that municipalities copy loads, its cases pass, and its finding is local beside law's."""
    folder = STORIES.parent / "own_rulebook"
    rulebook = aava_rules.load(folder, plugins=False)
    report = aava_rules.run_cases(rulebook).to_dict()
    assert report["failures"] == []
    assert {
        rule.weight
        for ruleset in rulebook._parts.rulesets
        if ruleset.rulebook == "own_rulebook"
        for rule in ruleset.rules
    } == {"local"}
