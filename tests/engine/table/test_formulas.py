"""Formulas on columns: nothing unknown in any row, or something in a row, the answers to all others are the same."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest

import aava_rules
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.input.tables import load
from aava_rules.engine.table.solve.formulas import Formulas
from aava_rules.engine.table.solve.session import BlockSession
from aava_rules.testing import RecordMaker, random_rulebook

ON = date(2014, 5, 5)


def complete_records(rulebook: aava_rules.Rulebook, count: int, seed: int) -> list[dict[str, Any]]:
    """Records with every fact that the rulebook reads, and nothing else."""
    maker, random = RecordMaker(rulebook), Random(seed)
    edges = maker.edges
    # what follows from the day of birth would count before what is given
    names = [name for name in edges.read if name != "birth_date"]
    return [{"id": f"R-{n}", "facts": {name: edges.fact(random, name, ON) for name in names}} for n in range(count)]


def _formulas(rulebook: aava_rules.Rulebook, clients: pl.DataFrame) -> list[Formulas]:
    tables = load({"clients": clients}, ON, rulebook._book.vocabulary)
    (block,) = tables.blocks(len(clients))
    run = BlockSession(rulebook._book, block)
    outcomes = sorted(q.name for q in rulebook._book.questions.values() if q.kind == "outcome")
    return [read.formulas for name in outcomes for read in run.outcome(name).readings]


@pytest.mark.parametrize("made_of", ["finland", "aava", *range(12)])
def test_one_gap_changes_nothing_for_others(made_of: str | int) -> None:
    """A row in which a fact is unknown has the other rows worked out another way, to the same answers."""
    rulebook = aava_rules.load(made_of) if isinstance(made_of, str) else random_rulebook(made_of).load()
    records = complete_records(rulebook, 65, 0)
    clients = tables_of(records, rulebook._book.vocabulary)["clients"]
    gap = pl.DataFrame({"id": ["gap"]})
    whole = rulebook.decide_table(clients, on=ON).outcomes
    with_gap = rulebook.decide_table(pl.concat([clients, gap], how="diagonal"), on=ON).outcomes
    assert whole.equals(with_gap.head(len(clients)))


def test_the_shorter_way_is_taken_where_all_is_known() -> None:
    """Of the target group what fails is worked out, and what holds is the rest; with a gap, each for itself."""
    rulebook = aava_rules.load("finland")
    clients = tables_of(complete_records(rulebook, 200, 1), rulebook._book.vocabulary)["clients"]
    (formulas,) = (f for f in _formulas(rulebook, clients) if f.program.questions[0].name == "target_group")
    question = formulas.program.questions[0]
    values = [case.form for case in question.cases if case.expr is not None and not case.default]
    form = max(values, key=lambda value: len(value.primes() or ()))
    holds, fails = formulas.surely(form), formulas.surely_not(form)
    assert len(form.primes() or ()) > len(form.primes(False) or ())
    assert np.array_equal(holds, ~fails)
    (other,) = (
        f
        for f in _formulas(rulebook, pl.concat([clients, pl.DataFrame({"id": ["gap"]})], how="diagonal"))
        if f.program.questions[0].name == "target_group"
    )
    # bit 200 is the row in which nothing is known
    a, b = other.surely(form), other.surely_not(form)
    assert not (a & b).any()
    assert not int(a[3]) >> 8 & 1
    assert not int(b[3]) >> 8 & 1


@pytest.mark.parametrize("most", [32_766, 32_767, 32_768, 70_000, 10**9])
def test_counts_of_any_size(most: int) -> None:
    """Counts lie in as few bytes as hold them all, which no limit and no answer can tell."""
    rulebook = aava_rules.load("finland")
    days = [499, 500, most, 0, None]
    base = {
        "unemployed": True, "subsidy_entitled": True, "receives_social_assistance": False, "employment_plan_made": True,
        "jobseeker_interview_held": True, "allowance_exhausted": False, "integration_plan_entitled": False,
        "subsidy_days_last_12_months": 0, "social_assistance_months": 0, "subsidy_days_after_allowance": 0,
    }  # fmt: skip
    for kind in (pl.Int16, pl.Int32, pl.Int64, pl.UInt32, pl.UInt64, pl.Float64):
        if kind == pl.Int16 and most > 32_767:
            continue
        frame = pl.DataFrame([base | {"id": f"c{n}", "age": 30, "subsidy_days": d} for n, d in enumerate(days)])
        frame = frame.with_columns(pl.col("subsidy_days").cast(kind))
        outcomes = rulebook.decide_table(frame, on=ON, only="target_group").outcomes["target_group"].to_list()
        assert outcomes == [False, True, True, False, None], kind
