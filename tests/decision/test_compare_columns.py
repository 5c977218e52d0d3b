"""How a register is compared: block by block, asking again only what the law changes, and holding columns."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest

import aava_rules
from aava_rules.decision import table
from aava_rules.decision.compare import columns
from aava_rules.decision.compare.differences import distinct
from aava_rules.decision.compare.standing import moving_parameters, standing
from aava_rules.decision.compare.unmoved import Unmoved
from aava_rules.decision.service import Rulebook
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.testing import RecordMaker, as_json

DAYS = date(2015, 6, 30), date(2015, 7, 1)
"""The day before 1 July 2015 and that day, on which several laws of the shipped rulebook begin."""
ONE_DAY = timedelta(days=1)
LONG_AGO = date(1990, 1, 1)


@cache
def book() -> Rulebook:
    return aava_rules.load("aava", plugins=False)


@cache
def records(count: int) -> tuple[dict[str, Any], ...]:
    maker, random = RecordMaker(book()), Random(16)
    made = (as_json(maker.record(random, DAYS[0])) | {"id": f"c{number:02}"} for number in range(count))
    return tuple(made)


def frames(count: int) -> dict[str, Any]:
    made = tables_of([dict(record) for record in records(count)], book()._book.vocabulary)
    made.pop("invalid")
    return made


def unmoved(since: date, until: date) -> Unmoved:
    return Unmoved(book()._book, standing(book()._parts, since), since, until)


class TestWhatIsAskedAgain:
    def test_little_where_no_law_begins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between two days of one law the later day is asked of its own law, and little of it of the earlier."""
        asked: list[tuple[Any, ...]] = []
        ask = columns._asked

        def noted(side: Any, run: Any, outcomes: Any, names: Any) -> Any:
            asked.append((side.law, tuple(outcomes), names))
            return ask(side, run, outcomes, names)

        monkeypatch.setattr(columns, "_asked", noted)
        days = date(2013, 3, 4), date(2013, 3, 5)
        compared = book().compare_table(None, **frames(20), on=days[0], until=days[1])
        assert compared.counts.compared > 0
        (_, _, names), (_, _, again), (law, outcomes, least) = asked
        assert names is None
        assert again is None
        assert law == days[0]
        assert 20 * (len(outcomes) + len(least)) < len(book()._book.questions)

    def test_what_the_law_changes_on_its_day(self) -> None:
        """A question whose rule begins on the later day is asked again, and one whose rules stand as they were not."""
        moved = unmoved(*DAYS)._moved
        begun = {
            f"{'requirement' if rule.kind == 'require' else 'step'}:{rule.name}"
            for ruleset in book()._parts.rulesets
            for rule in ruleset.rules
            if rule.start == DAYS[1] and rule.kind != "decide" and rule.judged_on is None
        }
        assert begun
        assert begun <= moved
        names = {query.full_name for query in book()._book.questions.values()}
        assert names - moved
        assert begun.isdisjoint(unmoved(date(2013, 3, 4), date(2013, 3, 5))._moved)

    def test_a_value_that_facts_read(self) -> None:
        """Questions move with a value that begins between the days, on its first day and not on the day before."""
        parts = book()._parts
        starts = {
            name: [value.start for value in parameter.values[1:] if value.start is not None]
            for name, parameter in parts.parameters.items()
        }
        name, day = next(
            (name, day)
            for name, days in sorted(starts.items())
            for day in days
            if day > date(2014, 1, 1)
            and name in moving_parameters(parts, standing(parts, day - ONE_DAY), LONG_AGO, day)
        )
        stood = standing(parts, day - ONE_DAY)
        assert name in moving_parameters(parts, stood, day - ONE_DAY, day)
        assert name not in moving_parameters(parts, standing(parts, day), day, day + ONE_DAY)
        assert name not in moving_parameters(parts, stood, day - ONE_DAY, day - ONE_DAY)


class TestBlocks:
    def test_many_blocks_are_as_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Changes, their order and their counts are the same however small the blocks are."""
        whole = book().compare_table(None, **frames(40), on=DAYS[0], until="2016-07-01")
        monkeypatch.setattr(table, "FEWEST_TOGETHER", 1)
        monkeypatch.setattr(columns, "MOST_TOGETHER", 9)
        parted = book().compare_table(None, **frames(40), on=DAYS[0], until="2016-07-01")
        assert len(parted._compared.blocks) > 5
        assert list(whole.clients) == list(parted.clients)
        assert whole.changes.equals(parted.changes)
        assert whole.counts.to_dict() == parted.counts.to_dict()
        assert whole.counts.cells

    def test_rows_and_frame_tell_the_same(self) -> None:
        """The frame has the changes of the clients, in their order, those of items without ids of their own too."""
        given = [dict(record) for record in records(40)]
        for record in given[:20]:
            for name in ("plans", "periods"):
                record[name] = [{k: v for k, v in item.items() if k != "id"} for item in record.get(name) or ()]
        made = tables_of(given, book()._book.vocabulary)
        made.pop("invalid")
        compared = book().compare_table(None, **made, on=DAYS[0], until="2016-07-01")
        told = [
            (client.record_id, change.kind, change.name, change.key, change.where, change.cause)
            for client in compared.clients
            for change in client.changes
        ]
        assert compared.changes.select("id", "kind", "name", "key", "where", "cause").rows() == told
        assert any("[0]" in where for *_, where, _ in told)
        assert any("[id=" in where for *_, where, _ in told)


class TestDistinct:
    @pytest.mark.parametrize("seed", range(5))
    def test_kinds_of_rows(self, seed: int) -> None:
        """Rows are of one kind just where they are alike in every column, however far their numbers are apart."""
        random = np.random.default_rng(seed)
        made = [
            random.integers(-3, 3, 200) << 40,
            random.integers(0, 2, 200).astype(bool),
            random.integers(0, 200, 200),
            random.integers(0, 3, 200).astype(np.uint8),
        ]
        first, which = distinct(*made)
        rows = list(zip(*(column.tolist() for column in made), strict=True))
        assert len({rows[place] for place in first.tolist()}) == len(first) == len(set(rows))
        assert [rows[first[kind]] for kind in which.tolist()] == rows

    def test_more_kinds_than_fit_into_one_number(self) -> None:
        """Columns whose kinds together are more than a number holds are numbered anew."""
        made = [np.arange(3000) * 10**12 + number for number in range(8)]
        first, which = distinct(*made)
        assert first.tolist() == which.tolist() == list(range(3000))
