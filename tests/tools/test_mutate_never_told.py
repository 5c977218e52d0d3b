"""Mutation: the value of a rule that never surely holds is no other rulebook, unless something tells it after all."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.tools.mutate.mutants import mutants_of
from aava_rules.tools.mutate.propose import EQUAL, judge
from aava_rules.tools.mutate.trial import Subject

DAY = date(2026, 3, 10)
TEXT = "{fi: x, sv: x, en: x}"
FILES = {
    "rulebook.yaml": f'rulebook: ends\nversion: "1"\ntitle: {TEXT}\nweight: law\n',
    "sources.yaml": f"act: {{title: {TEXT}}}\n",
    "vocabulary.yaml": f"""
facts:
  begun_on: {{type: date, title: {TEXT}}}
  stopped_on: {{type: date, title: {TEXT}}}
  paid: {{type: boolean, title: {TEXT}}}
outcomes:
  ends_on: {{type: date, title: {TEXT}}}
  late: {{type: boolean, title: {TEXT}}}
steps:
  end: {{title: {TEXT}}}
""",
    "time/messages.yaml": "{}\n",
    "time/cases.yaml": "[]\n",
}
RULES = f"""
ruleset: time
title: {TEXT}
decides: [ends_on, late]
rules:
  - id: T-1
    title: {TEXT}
    in_force: {{from: 2026-01-01}}
    in_doubt_from: 2026-01-01
    in_doubt_where: [paid, begun_on >= rule.from]
    when: [paid, begun_on >= rule.from]
    then: {{ends_on: begun_on}}
    cite: act
  - id: T-2
    title: {TEXT}
    in_force: {{from: 2026-01-01}}
    when: [paid, begun_on < rule.from]
    then: {{ends_on: stopped_on}}
    cite: act
"""


def reader(when: str, more: str = "") -> str:
    """A rule that suggests the step, by a test of the outcome."""
    return f"""
  - id: T-3
    suggest: end
    title: {TEXT}
    in_force: {{from: 2026-01-01}}
    when: [begun_on is known, {when}]
    due: ends_on
    cite: act{more}
"""


def late(when: str) -> str:
    """A rule that concludes another outcome, by a test of the outcome."""
    return f"""
  - id: T-4
    title: {TEXT}
    in_force: {{from: 2026-01-01}}
    when: [{when}]
    then: {{late: true}}
    cite: act
"""


def written(folder: Path, rules: str) -> Rulebook:
    """The rulebook of these rules, loaded; what no rule decides is not named."""
    rules = rules if "late: true" in rules else rules.replace("decides: [ends_on, late]", "decides: [ends_on]")
    for name, text in (FILES | {"time/rules.yaml": rules}).items():
        file = folder / "ends" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.lstrip(), encoding="utf-8")
    return load(folder / "ends", plugins=False)


def told(rulebook: Rulebook, facts: dict[str, object], on: date) -> object:
    """All that a host sees: answers, reasons, rules, steps with their days, and what is missing."""
    form = rulebook.decide({"id": "x", "facts": facts}, on=on, engine="reference").to_dict()
    outcomes = {
        name: (one["status"], one["value"], one.get("reasons"), one["by"]) for name, one in form["outcomes"].items()
    }
    steps = [(one["step"], one["due"], one["by"]) for one in form["next_steps"]]
    return outcomes, steps, sorted((one["fact"], tuple(one["affects"])) for one in form["missing"])


def records() -> list[dict[str, object]]:
    """Records of days around the day of decision and the day of the law, each fact left out, too."""
    days = [None, DAY - timedelta(1), DAY, DAY + timedelta(1), date(2025, 12, 31), date(2026, 1, 1)]
    every = product(days, days, (None, True, False))
    facts = [{"begun_on": begun, "stopped_on": stopped, "paid": paid} for begun, stopped, paid in every]
    return [{name: str(v) if isinstance(v, date) else v for name, v in one.items() if v is not None} for one in facts]


def judged(rulebook: Rulebook, folder: Path) -> dict[str, tuple[str, bool]]:
    """Of each other value of T-1: what is known of it, and whether a record tells it."""
    subject = Subject(rulebook)
    verdicts = {}
    for mutant in mutants_of(rulebook, folder / "ends"):
        if mutant.kind == "value" and mutant.rules == ["T-1"] and "ends_on" in mutant.before:
            changed = Rulebook(mutant.make(parts_of(rulebook)))
            tells = any(told(rulebook, facts, DAY) != told(changed, facts, DAY) for facts in records())
            verdicts[mutant.after] = (judge(subject, mutant, [], 0, 0).status, tells)
    assert len(verdicts) == 2
    return verdicts


@pytest.mark.parametrize(
    "more",
    [
        "",
        reader("ends_on >= rule.from"),
        reader("ends_on >= decision_date"),
        late("ends_on >= rule.from"),
        late("not: ends_on < rule.from") + reader("late"),
    ],
    ids=["read by nothing", "against a constant", "against a term", "by an outcome", "through an outcome"],
)
def test_a_value_that_is_never_told_is_equal(tmp_path: Path, more: str) -> None:
    """A day more or less is proven equal, and no record of days around all limits tells it, nor what is missing."""
    verdicts = judged(written(tmp_path, RULES + more), tmp_path)
    assert set(verdicts.values()) == {(EQUAL, False)}


TOLD = {
    "it is not in doubt": RULES.replace("    in_doubt_from: 2026-01-01\n", "").replace(
        "    in_doubt_where: [paid, begun_on >= rule.from]\n", ""
    ),
    "another value is one with it": RULES.replace(
        "[paid, begun_on < rule.from]", "[paid]").replace("ends_on: stopped_on", 'ends_on: "add_days(begun_on, 1)"'),
    "the value otherwise is one with it": RULES.replace("rules:\n", 'otherwise: {ends_on: "add_days(begun_on, 1)"}\nrules:\n'),
    "it holds without its doubt elsewhere": RULES.replace(
        "    in_doubt_where: [paid, begun_on >= rule.from]", "    in_doubt_where: [paid, begun_on >= decision_date]"),
}  # fmt: skip


@pytest.mark.parametrize("rules", TOLD.values(), ids=TOLD)
def test_a_value_that_is_told_is_not_equal(tmp_path: Path, rules: str) -> None:
    """What looks alike, and is told by some record, is never called equal."""
    verdicts = judged(written(tmp_path, rules), tmp_path)
    assert any(tells for _, tells in verdicts.values())
    assert all(status != EQUAL for status, tells in verdicts.values() if tells)


NOT_SHOWN = {
    "two tests, one against a term": RULES + reader('"ends_on >= decision_date", "ends_on <= stopped_on"'),
    "the step waits for law that has not been read": RULES + reader("ends_on >= decision_date", "\n    in_doubt_from: 2026-01-01\n    in_doubt_where: [paid]"),
    "an outcome reads it against a term": RULES + late("ends_on >= decision_date"),
    "it is computed with": RULES + reader('"days_between(ends_on, decision_date) > 0"'),
    "the rule concludes more": RULES.replace("then: {ends_on: begun_on}", "then: {ends_on: begun_on, late: true}"),
}  # fmt: skip


@pytest.mark.parametrize("rules", NOT_SHOWN.values(), ids=NOT_SHOWN)
def test_what_is_not_shown_is_not_claimed(tmp_path: Path, rules: str) -> None:
    """Where the reader is of another kind nothing is claimed, whether a record tells it or not."""
    verdicts = judged(written(tmp_path, rules), tmp_path)
    assert all(status != EQUAL for status, _ in verdicts.values())
