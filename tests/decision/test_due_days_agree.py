"""The day by which a step is due, told by `decide`, `decide_table`, `due` and `due_table`: one and the same."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.answers import state_of
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.testing import RecordMaker

RULEBOOKS = ("finland", "aava", "hartola_sysma")
LISTS = ("benefits", "plans", "periods", "events")
RECORDS = 12
FAR = timedelta(days=3650)

Place = tuple[str, str, str, int | None]
"""A client, a step, and the list and number of the item that it is about."""


def of_decisions(rulebook: Any, records: list[dict[str, Any]], on: date) -> dict[Place, Any]:
    """The due day of each step by deciding on one record after another; ``unknown`` where it is not known."""
    days: dict[Place, Any] = {}
    for record in records:
        for step in rulebook.decide(record, on, engine="reference").next_steps:
            state = state_of(step)
            position = state.position if state.list_name else None
            due = step.due if step.due is None or isinstance(step.due, date) else "unknown"
            days[record["id"], step.step, state.list_name, position] = due
    return days


def of_table(table: Any) -> dict[Place, Any]:
    """The same of a table that was decided."""
    return {
        (row["id"], row["step"], row["list"] or "", row["position"]): row["due"] if row["due_known"] else "unknown"
        for row in table.next_steps.iter_rows(named=True)
    }


def of_worklist(lines: Any) -> dict[Place, Any]:
    """The first day of each step in a worklist, of those that have one."""
    days: dict[Place, Any] = {}
    for line in lines:
        if line.kind == "step" and line.due is not None:
            place = (line.record_id, line.name, line.list, line.position)
            days[place] = min(days.get(place, line.due), line.due)
    return days


@pytest.mark.parametrize("name", RULEBOOKS)
@pytest.mark.parametrize("on", [date(2014, 12, 31), date(2022, 5, 2), date(2025, 6, 2)])
def test_all_ways_of_asking_tell_the_same_due_days(name: str, on: date) -> None:
    """Each step of random records has one day, whichever way it is asked for; what has a day is in the worklist."""
    rulebook = aava_rules.load(name, plugins=False)
    maker, random = RecordMaker(rulebook), Random(f"{name} {on}")
    records = [maker.record(random, on) | {"id": f"R-{number}"} for number in range(RECORDS)]
    frames = tables_of(records, rulebook._book.vocabulary)
    tables = (frames["clients"], *map(frames.get, LISTS))
    decided = of_decisions(rulebook, records, on)
    assert of_table(rulebook.decide_table(*tables, on=on)) == decided
    dated = {place: due for place, due in decided.items() if isinstance(due, date) and due <= on + FAR}
    steps = sorted({question.name for question in rulebook._book.questions.values() if question.kind == "step"})
    worklist = of_worklist(rulebook.due_table(*tables, on=on, until=on + FAR, only=steps).items)
    assert {place: worklist.get(place) for place in dated} == dated
    assert worklist == of_worklist(line for record in records for line in rulebook.due(record, on, on + FAR, steps))
