"""What the checker proves of random rulebooks, against random records: nothing that is said is wrong or left unsaid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aava_rules.compiler.program import NOT_APPLICABLE
from aava_rules.decision.answers import state_of
from aava_rules.decision.decision import inside
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import Fault
from aava_rules.rulebook.loader.file_schema import Case
from aava_rules.testing import RecordMaker, random_rulebook
from aava_rules.tools import lint as checking
from aava_rules.tools.cases.run import record_of

SEEDS = range(40)
RECORDS = 40
LAW = {"ground": "STATUTE", "ref": "act"}


@pytest.fixture(scope="module", params=SEEDS)
def checked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rulebook, list[Fault]]:
    """A random rulebook, as loaded, and its remarks."""
    folder = random_rulebook(request.param).write(tmp_path_factory.mktemp("random"))
    rulebook = load(folder, plugins=False)
    return rulebook, checking.find_remarks(rulebook)


def situations(rulebook: Rulebook) -> Iterator[tuple[dict[str, Any], date]]:
    """Records and days, without records that state a yes-or-no fact that follows from others."""
    derived = {name for name, fact in rulebook._parts.facts.items() if fact.derivation is not None}
    maker, random = RecordMaker(rulebook), Random(7)
    for _ in range(RECORDS):
        on = maker.day(random)
        record = maker.record(random, on)
        if not derived & set(record.get("facts", {})):
            yield record, on


def test_every_example_is_answered_as_it_is_said(checked: tuple[Rulebook, list[Fault]]) -> None:
    """`decide` answers each record that is shown of a clash or a gap as the remark says."""
    rulebook, remarks = checked
    for remark in remarks:
        example = json.loads(remark.example) if remark.example else {}
        if "expect" in example:
            case = Case.model_validate({"case": "x", **example, **LAW})
            decision = rulebook.decide(record_of(case), on=case.date)
            assert {name: decision.outcomes[name].status for name in case.expect} == case.expect, str(remark)
        assert bool(example) or remark.code not in ("AR213", "AR215")


def test_no_clash_and_no_gap_goes_unsaid(checked: tuple[Rulebook, list[Fault]]) -> None:
    """An outcome that some record leaves in conflict or unanswered has been told to clash, to have a gap, or neither to
    be settled."""
    rulebook, remarks = checked
    rules = {rule.id: set(rule.then) for ruleset in rulebook._parts.rulesets for rule in ruleset.rules}
    clashing = {name for each in remarks if each.code in ("AR213", "AR230") for name in rules if name in each.what}
    in_conflict = {name for rule_id in clashing for name in rules[rule_id]}
    overlapping = {name for each in remarks if each.code == "AR220" for name in rules if name in each.what}
    in_conflict |= {name for rule_id in overlapping for name in rules[rule_id]}
    named = {word for each in remarks if each.code in ("AR213", "AR215", "AR230") for word in each.what.split()}
    for record, on in situations(rulebook):
        decision = rulebook.decide(record, on=on)
        for name, outcome in decision.outcomes.items():
            if outcome.status == "conflict":
                assert name in in_conflict | named, (name, on)
            for reading in state_of(outcome).readings if outcome.status == NOT_APPLICABLE else ():
                form = reading.question.form_of(NOT_APPLICABLE)
                if reading.question.rules and form is not None and reading.state(form) is True:
                    assert name in named, (name, on)


def test_a_rule_that_changes_no_answer_changes_none(checked: tuple[Rulebook, list[Fault]]) -> None:
    """Without a rule that is said to change no answer, every record has the answers that it has with it."""
    rulebook, remarks = checked
    for rule_id in [remark.what.split()[1] for remark in remarks if remark.code == "AR216"]:
        rulesets = tuple(
            replace(ruleset, rules=tuple(rule for rule in ruleset.rules if rule.id != rule_id))
            for ruleset in rulebook._parts.rulesets
        )
        without = Rulebook(replace(rulebook._parts, rulesets=rulesets))
        for record, on in situations(rulebook):
            before, after = rulebook.decide(record, on=on).outcomes, without.decide(record, on=on).outcomes
            for name in after:
                assert (before[name].status, before[name].value) == (after[name].status, after[name].value)


def test_a_rule_that_never_holds_holds_never(checked: tuple[Rulebook, list[Fault]]) -> None:
    """A rule that is said never to hold holds for no record."""
    rulebook, remarks = checked
    never = {each.what.split()[0] for each in remarks if each.code == "AR211" and each.what.endswith("can never hold")}
    for record, on in situations(rulebook) if never else ():
        for state in inside(rulebook.decide(record, on=on)).states:
            for reading in state.readings:
                for forms in reading.question.rules:
                    assert forms.bound.rule.id not in never or reading.state(forms.holds) is not True


def test_random_rulebooks_have_them(tmp_path: Path) -> None:
    """The remarks that are looked at here are made of some of these rulebooks, so the tests above test something."""
    codes: set[str] = set()
    for seed in SEEDS:
        folder = random_rulebook(seed).write(tmp_path / str(seed))
        codes |= {remark.code for remark in checking.find_remarks(load(folder, plugins=False))}
    assert codes >= {"AR211", "AR213", "AR215", "AR216", "AR217", "AR218", "AR230"}
