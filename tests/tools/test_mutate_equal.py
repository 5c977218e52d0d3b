"""Mutation: what is proven equal is no other rulebook, and a change that some record tells is never called equal."""

from __future__ import annotations

import itertools
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aava_rules.compiler.diagrams import Diagrams, Vertex
from aava_rules.compiler.formula import Formula, Lit, conj, disj, neg
from aava_rules.decision.loading import load
from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.language.errors import AavaRulesError
from aava_rules.rulebook.locate import shipped_folder
from aava_rules.testing import RecordMaker, random_rulebook
from aava_rules.tools.mutate.mutant import Mutant
from aava_rules.tools.mutate.mutants import mutants_of
from aava_rules.tools.mutate.propose import EQUAL, judge
from aava_rules.tools.mutate.trial import Subject


@lru_cache(maxsize=1)
def finland() -> tuple[Subject, list[Mutant]]:
    rulebook = load("finland", plugins=False)
    return Subject(rulebook), mutants_of(rulebook, shipped_folder() / "finland")


def verdict(before: str, after: str) -> str:
    """What is known of one change of Finland's rules without any case and without a search."""
    subject, mutants = finland()
    found = [mutant for mutant in mutants if mutant.before == before and mutant.after == after]
    assert found
    statuses = {judge(subject, mutant, [], 0, 0).status for mutant in found}
    assert len(statuses) == 1
    return statuses.pop()


SUM = "param.loss_days_plan_refused + param.loss_days_work_refused"

NOTICE = "end_of_month(add_months({}, param.kela_notice_months))"
LATER = NOTICE.format("max(threshold_met_on, rule.from)")

NO_OTHER = [
    # a rule in doubt beside which the outcome may have no value: nobody is told a day
    (f"DU-31: kela_notice_due: {LATER}", f"kela_notice_due: add_days({LATER}, 1)"),
    (f"DU-31: kela_notice_due: {LATER}", f"kela_notice_due: add_days({LATER}, -1)"),
    # left to judgement, with a rule beside it that is left to judgement in more situations
    ("CO-23: until: 2009-12-31", "until: 2010-01-01"),
    ("CO-44: from: 2010-05-10", "from: 2010-05-09"),
    # between three values nothing is known of the days, and the others contradict one another
    (f"CO-55: benefit_loss_days: {SUM}", f"benefit_loss_days: ({SUM}) + 1"),
    # law that has not been read is no answer, whatever it would say
    ("CO-72: benefit_consequence: work_obligation", "benefit_consequence: none"),
    ("CO-72: benefit_loss_days: param.benefit_loss_days_2026", "benefit_loss_days: param.benefit_loss_days_2026 + 1"),
    ("CO-72: work_obligation_weeks: param.work_obligation_weeks_min",
     "work_obligation_weeks: param.work_obligation_weeks_min + 1"),
    # it says what the rule says that overrides it
    ("CO-110: overrides CO-98", ""),
    # the same value on every day; the same week; the same order; the same rows; the same weekdays
    ("days_per_week_max: 2021-01-01", "2020-12-31"),
    ("attended_days_per_week_max: 2001-09-01", "2001-08-31"),
    ("entries_on_rehabilitative_work: 2021-01-01: 6", "2021-01-01: 7"),
    ("neglect_ladder: 2022-05-02: row 0", "2022-05-02: row -1"),
    ("allowance_days: outside start 2020-03-16", "outside start 2020-03-15"),
    # no plan was made while fewer entries were asked for
    ("PC-80: from: 2021-01-01", "from: 2020-12-31"),
]  # fmt: skip

ANOTHER = [
    # the same day by a rule that is not in doubt
    (
        f"DU-34: kela_notice_due: {NOTICE.format('threshold_met_on')}",
        f"kela_notice_due: add_days({NOTICE.format('threshold_met_on')}, 1)",
    ),
    ("CO-23: until: 2009-12-31", "until: 2009-12-30"),
    # the sum is the most that the open number can be
    (f"CO-12: benefit_loss_days: {SUM}", f"benefit_loss_days: ({SUM}) + 1"),
    (f"CO-22: benefit_loss_days: {SUM}", f"benefit_loss_days: ({SUM}) - 1"),
    # without it two values contradict one another, and there are no bounds
    ("CO-12: overrides CO-10", ""),
    # the same value as that of another rule is known
    ("CO-12: benefit_consequence: loss_of_benefit", "benefit_consequence: work_obligation"),
    # what is open is the law and not a judgement: a reason that a host is told
    ("TG-14: in_doubt_from: 2026-01-01", "in_doubt_from: 2026-01-02"),
    # which words a set may still gain
    ("TG-14: target_group_grounds: [young_subsidy]", "target_group_grounds: [adult_subsidy, young_subsidy]"),
    ("CO-72: the rule", ""),
    # in place of it the other rule decides
    ("CO-112: overrides CO-110", ""),
    ("days_per_week_max: 2021-01-01: 4", "2021-01-01: 5"),
    ("attended_days_per_week_max: 2001-09-01", "2001-09-02"),
    ("entries_on_rehabilitative_work: 2001-09-01: 5", "2001-09-01: 6"),
    ("neglect_ladder: 2022-05-02: row 1", "2022-05-02: "),
    ("neglect_ladder: 2022-05-02: row 0", "2022-05-02: "),
    ("allowance_days: outside start 2020-03-16", "outside start 2020-03-17"),
    ("PC-80: from: 2021-01-01", "from: 2021-01-02"),
]


@pytest.mark.parametrize(("before", "after"), NO_OTHER)
def test_a_change_that_no_record_tells_is_proven_equal(before: str, after: str):
    """Without a case and without a search: it is shown of every record."""
    assert verdict(before, after) == EQUAL


@pytest.mark.parametrize(("before", "after"), ANOTHER)
def test_a_change_that_some_record_tells_is_not(before: str, after: str):
    """Each of these fails a case of the rulebook, however near it is to one that is equal."""
    assert verdict(before, after) != EQUAL


def told(rulebook: Rulebook, record: dict[str, Any], on: date) -> object:
    """All that a host sees of the answers: values, what stays possible, reasons, rules, days and what is missing."""
    try:
        decision = rulebook.decide(record, on=on, engine="reference")
    except AavaRulesError:
        return None
    form = decision.to_dict()
    outcomes = {
        name: (one["status"], one["value"], one.get("possible"), one.get("reasons"), one["by"])
        for name, one in form["outcomes"].items()
    }
    findings = [(one["key"], one["status"], one["by"]) for one in form["findings"]]
    steps = [(one["step"], one["due"], one["by"]) for one in form["next_steps"]]
    return outcomes, findings, steps, sorted(one["fact"] for one in form["missing"])


@pytest.mark.parametrize("seed", range(6))
def test_no_random_record_tells_what_is_proven_equal(seed: int, tmp_path: Path):
    """Of rulebooks with judgements, doubts, bounds and tables: answers, reasons, rules and what is asked for."""
    random = Random(seed)
    folder = random_rulebook(100 + seed).write(tmp_path)
    rulebook = load(folder, plugins=False)
    subject, maker = Subject(rulebook), RecordMaker(rulebook)
    mutants = mutants_of(rulebook, folder)
    for mutant in random.sample(mutants, min(30, len(mutants))):
        if judge(subject, mutant, [], seed, 0).status != EQUAL:
            continue
        changed = Rulebook(mutant.make(parts_of(rulebook)))
        for _ in range(8):
            on = maker.day(random)
            record = maker.record(random, on)
            assert told(rulebook, record, on) == told(changed, record, on), (mutant.before, mutant.after, record, on)


# -- diagrams

CELLS = (2, 3, 2)
"""The cells of three features, from the lowest bit on, with a free bit above each."""
SHIFTS = (0, 3, 7)
FIELDS = tuple(((1 << width) - 1) << shift for width, shift in zip(CELLS, SHIFTS, strict=True))
FULL = sum(FIELDS)


def random_formula(random: Random, depth: int = 3) -> Formula:
    if not depth or random.random() < 0.2:
        level = random.randrange(3)
        cells = random.randrange(1, (1 << CELLS[level]) - 1) << SHIFTS[level]
        return Lit(FULL & ~FIELDS[level] | cells, FIELDS[level])
    items = [random_formula(random, depth - 1) for _ in range(2)]
    return random.choice([conj(*items), disj(*items), neg(items[0])])


def holds(diagrams: Diagrams, vertex: Vertex, cells: tuple[int, ...]) -> bool:
    truth = diagrams.truth(vertex, sum(1 << shift + cell for shift, cell in zip(SHIFTS, cells, strict=True)))
    assert truth is not None
    return truth


@pytest.mark.parametrize("seed", range(40))
def test_what_is_made_of_diagrams_is_what_the_cells_say(seed: int):
    """Both, either, alike, not, for all cells of some features, and in each cell of one: by trying every cell."""
    random = Random(seed)
    diagrams = Diagrams(FIELDS)
    a, b = (diagrams.of(random_formula(random)) for _ in range(2))
    level, some = random.randrange(3), frozenset(random.sample(range(3), random.randrange(3)))
    parts = diagrams.parts(a, level)
    for cells in itertools.product(*map(range, CELLS)):
        of_a, of_b = holds(diagrams, a, cells), holds(diagrams, b, cells)
        assert holds(diagrams, diagrams.both(a, b), cells) is (of_a and of_b)
        assert holds(diagrams, diagrams.either(a, b), cells) is (of_a or of_b)
        assert holds(diagrams, diagrams.both(a, b, alike=True), cells) is (of_a is of_b)
        assert holds(diagrams, diagrams.of_not(a), cells) is not of_a
        others = itertools.product(*[range(CELLS[n]) if n in some else [cells[n]] for n in range(3)])
        assert holds(diagrams, diagrams.for_all(a, some), cells) is all(holds(diagrams, a, other) for other in others)
        assert holds(diagrams, parts[cells[level]], cells) is of_a
