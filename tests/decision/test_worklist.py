"""Worklists: what is due by which day, what is late since when, and which limits time alone will pass."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules import Rulebook
from aava_rules.decision.answers import state_of
from aava_rules.decision.worklist import DueItem
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.input.tables import Tables
from aava_rules.testing import RecordMaker, boundary_records, random_rulebook, records

FINLAND = aava_rules.load("finland", plugins=False)
AAVA = aava_rules.load("aava", plugins=False)
LISTS = ("benefits", "plans", "periods", "events")
DAY = timedelta(days=1)
ON = date(2023, 5, 2)
REVIEWED = {
    "id": "reviewed",
    "plans": [
        {
            "id": "p",
            "kind": "activation_plan",
            "made_on": "2023-03-01",
            "reviewed_on": [],
            "includes_rehabilitative_work": False,
        }
    ],
    "periods": [],
    "events": [],
}
REVIEW_BY = date(2023, 6, 1)
LONG = {
    "id": "long",
    "periods": [{"id": "w", "kind": "rehabilitative_work", "start": "2021-06-07", "ended_because": None}],
    "plans": [],
}


def due(record: dict[str, Any], on: date, until: date, only: list[str] | None = None) -> list[DueItem]:
    return list(FINLAND.due(record, on, until, only))


def table_of(rulebook: Rulebook, several: list[dict[str, Any]], on: date, until: date) -> Any:
    frames = tables_of(several, rulebook._book.vocabulary)
    return rulebook.due_table(frames["clients"], *(frames.get(name) for name in LISTS), on=on, until=until)


# -- steps: both sides of each boundary


def test_a_step_is_listed_from_the_day_on_which_it_falls_into_the_time() -> None:
    """A review that is due by 1 June is in the list that ends on that day, and not in one that ends the day before."""
    assert due(REVIEWED, ON, REVIEW_BY - DAY) == []
    (line,) = due(REVIEWED, ON, REVIEW_BY)
    assert (line.kind, line.name, line.due, line.overdue_since) == ("step", "plans_updated", REVIEW_BY, None)
    assert (line.list, line.position, line.item, line.weight) == ("plans", 0, "p", "law")
    assert line.rules == ("PC-161",)
    assert line.cites == ("act-189-2001.9.3", "act-1384-2021")
    assert line.falls_on == ("employment_authority",)


def test_a_step_is_late_from_the_day_after_its_day() -> None:
    """On the due day it is in time; on the next day it is overdue since that day, and stays so."""
    assert due(REVIEWED, REVIEW_BY, REVIEW_BY)[0].overdue_since is None
    for on in (REVIEW_BY + DAY, date(2023, 9, 1)):
        assert due(REVIEWED, on, on)[0].overdue_since == REVIEW_BY + DAY


def test_a_duty_that_no_act_had_yet_is_not_listed() -> None:
    """Reviews are a duty from 2 May 2022: the day before, nothing is to be done by any day."""
    older = REVIEWED | {"plans": [REVIEWED["plans"][0] | {"made_on": "2022-03-01"}]}
    assert due(older, date(2022, 5, 1), date(2022, 12, 31), ["plans_updated"]) == []
    (line,) = due(older, date(2022, 5, 2), date(2022, 12, 31), ["plans_updated"])
    assert line.due == date(2022, 8, 2)


def test_a_step_whose_day_is_not_known_comes_last_without_a_day() -> None:
    """Without the days of reviews the due day is not known: the line says so, and is not left out."""
    plan = {key: value for key, value in REVIEWED["plans"][0].items() if key != "reviewed_on"}
    both = REVIEWED | {"plans": [plan, REVIEWED["plans"][0] | {"id": "q"}]}
    lines = due(both, ON, REVIEW_BY)
    assert [(line.item, line.due) for line in lines] == [("q", REVIEW_BY), ("p", None)]


def test_a_step_without_a_day_in_any_source_is_no_line() -> None:
    """A worklist is of a time: what may be done at any time is in the next steps alone."""
    decision = AAVA.decide(REVIEWED, ON)
    assert {step.step for step in decision.next_steps if step.due is None}
    assert all(line.due is not None for line in AAVA.due(REVIEWED, ON, date(2030, 1, 1)))


def test_the_most_pressing_comes_first() -> None:
    """By day, then law before model, then by record and name."""
    lines = [line for record in (LONG, REVIEWED) for line in AAVA.due(record, ON, date(2024, 1, 1))]
    ordered = sorted(lines, key=lambda line: line.pressing)
    assert [line.due for line in ordered] == sorted(line.due for line in lines if line.due is not None)
    assert {line.record_id for line in ordered[:2]} == {"long", "reviewed"}
    assert {line.kind for line in ordered} == {"step", "limit"}


def test_each_day_that_rules_name_for_a_step_has_its_line() -> None:
    """The evaluation by the day recorded in the plan and the review are two lines; the step is due by the first."""
    plan = REVIEWED["plans"][0] | {"includes_rehabilitative_work": True, "evaluation_on": "2023-05-20"}
    record = REVIEWED | {"plans": [plan]}
    lines = due(record, ON, REVIEW_BY, ["plans_updated"])
    assert [(line.due, line.rules, line.falls_on) for line in lines] == [
        (date(2023, 5, 20), ("PC-181",), ()),
        (REVIEW_BY, ("PC-161",), ("employment_authority",)),
    ]
    assert FINLAND.decide(record, ON, ["plans_updated"]).next_steps[0].due == lines[0].due


# -- limits


def test_a_limit_is_listed_by_the_last_day_on_which_it_is_kept() -> None:
    """24 months from 7 June 2021 end on 6 June 2023: the last day on which the period may run."""
    only = ["period_length_max"]
    last = date(2023, 6, 6)
    assert due(LONG, ON, last, only) == []
    (line,) = due(LONG, ON, last + DAY, only)
    assert (line.kind, line.name, line.due, line.overdue_since) == ("limit", "period_length_max", last, None)
    assert (line.rules, line.cites) == (("PL-20",), ("act-189-2001.13b.2",))
    assert FINLAND.decide(LONG, last).findings[1].status != "broken"
    assert due(LONG, last, last + DAY, only)[0].due == last


def test_a_limit_that_is_passed_already_is_a_finding_and_no_line() -> None:
    """What is broken on the first day is what `check` tells."""
    assert due(LONG, date(2023, 6, 7), date(2023, 12, 31), ["period_length_max"]) == []


def test_a_late_review_is_told_once() -> None:
    """The limit that the review breaks from the next day on is told by the step that is due on the day before."""
    lines = due(REVIEWED, ON, date(2023, 12, 31), ["plans_updated", "plan_reviewed_in_time"])
    assert [(line.kind, line.due) for line in lines] == [("step", REVIEW_BY)]
    alone = due(REVIEWED, ON, date(2023, 12, 31), ["plan_reviewed_in_time"])
    assert [(line.kind, line.due) for line in alone] == [("limit", REVIEW_BY)]


# -- what comes in


def test_days_in_the_wrong_order_are_refused() -> None:
    """A time that ends before it begins is an error in both ways of asking; one day is a time."""
    for ask in (lambda until: FINLAND.due(LONG, ON, until), lambda until: table_of(FINLAND, [LONG], ON, until)):
        with pytest.raises(ValueError, match="Give the days in order"):
            ask(ON - DAY)
        ask(ON)


def test_a_month_is_the_time_if_none_is_given() -> None:
    """Without a last day it is the same day of the next month, as acts count months."""
    assert FINLAND.due(REVIEWED, date(2023, 5, 1)) != ()
    assert FINLAND.due(REVIEWED, date(2023, 4, 30)) == ()


def test_the_lines_of_a_client_who_is_not_valid_are_left_out_and_told() -> None:
    """A wrong client stands in `invalid`; the others are answered."""
    clients = pl.DataFrame({"id": ["reviewed", "wrong"]})
    plans = pl.DataFrame(
        {
            "client": ["reviewed", "wrong"],
            "kind": ["activation_plan", "no_such_plan"],
            "made_on": [date(2023, 3, 1)] * 2,
            "reviewed_on": [[], []],
        },
        schema_overrides={"reviewed_on": pl.List(pl.Date)},
    )
    found = FINLAND.due_table(clients, plans=plans, on=ON, until=REVIEW_BY)
    assert found.lines["id"].unique().to_list() == ["reviewed"]
    assert found.invalid["id"].unique().to_list() == ["wrong"]


def test_of_what_it_is_not_known_whether_it_is_to_be_done_is_told_beside_the_lines() -> None:
    """A step that hangs on missing facts is no line, and is not kept quiet either."""
    found = table_of(AAVA, [{"id": "empty"}], ON, REVIEW_BY)
    assert found.lines.height == 0
    assert set(found.perhaps["id"]) == {"empty"}
    assert "follow_up_contact" in found.perhaps["step"].to_list()


@pytest.mark.parametrize("overflows_on", [ON, date(2023, 6, 30), date(2023, 6, 29)])
def test_whom_columns_cannot_hold_is_answered_through_the_record(
    overflows_on: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client whose numbers no column holds, on the first day or on a later one, has the same lines."""
    several = [REVIEWED, LONG, REVIEWED | {"id": "other"}]
    until = date(2023, 6, 30)
    expected = table_of(FINLAND, several, ON, until).items
    block_of = Tables.block

    def block(self: Tables, first: int, last: int) -> Any:
        made = block_of(self, first, last)
        if self.on == overflows_on:
            made.overflow = np.array([False, True, True])
        return made

    monkeypatch.setattr(Tables, "block", block)
    assert table_of(FINLAND, several, ON, until).items == expected
    assert {line.record_id for line in expected} == {"reviewed", "long", "other"}


# -- agreement


@pytest.mark.parametrize("seed", [0])
@pytest.mark.parametrize("name", ["aava", "hartola_sysma", 3, 8, 21])
def test_a_table_tells_of_each_client_what_is_told_of_the_client_alone(name: Any, seed: int) -> None:
    """`due_table` and `due` agree, on shipped and on random rulebooks, for a short time and a longer one."""
    rulebook = aava_rules.load(name, plugins=False) if isinstance(name, str) else random_rulebook(name).load()
    maker, random = RecordMaker(rulebook), Random(seed)
    for on, until in ((date(2023, 5, 2), date(2023, 5, 9)), (date(2015, 6, 28), date(2015, 7, 3))):
        several = [maker.record(random, on) | {"id": f"R-{number}"} for number in range(10)]
        found = table_of(rulebook, several, on, until)
        alone = sorted(
            (line for record in several for line in rulebook.due(record, on, until)), key=lambda x: x.pressing
        )
        assert list(found.items) == alone
        assert found.lines.height == len(alone)


@settings(deadline=None, max_examples=10)
@given(st.data())
def test_lines_say_what_deciding_on_each_day_says(data: st.DataObject) -> None:
    """The steps are those of `decide` and `decide_table` with the same days; the limits are found by asking each day."""
    on = data.draw(st.dates(date(2014, 1, 1), date(2025, 11, 30)))
    until = on + timedelta(days=data.draw(st.integers(0, 6)))
    record = data.draw(st.one_of(records(AAVA, on), boundary_records(AAVA, on)))
    lines = AAVA.due(record, on, until)
    decision = AAVA.decide(record, on)
    for step in decision.next_steps:
        days = [x.due for x in lines if (x.kind, x.name, _where(x)) == ("step", step.step, step.where)]
        if isinstance(step.due, date):
            assert min(filter(None, days), default=None) == (step.due if step.due <= until else None)
        elif step.due is None:
            assert days == []
    assert {(x.name, _where(x)) for x in lines if x.kind == "step"} <= {(x.step, x.where) for x in decision.next_steps}
    by_rule = {(rule, step.where) for step in decision.next_steps for rule in step.by}
    assert {(rule, _where(x)) for x in lines if x.kind == "step" for rule in x.rules} <= by_rule
    by_day = [
        {finding.key: finding.status for finding in AAVA.decide(record, on + timedelta(days=number)).findings}
        for number in range((until - on).days + 1)
    ]
    passed = {}
    for key, status in by_day[-1].items():
        if status == "broken" and by_day[0][key] != "broken":
            number = max(n for n, statuses in enumerate(by_day) if statuses[key] != "broken")
            passed[key] = on + timedelta(days=number)
    steps = {(x.list, x.position, x.due) for x in lines if x.kind == "step" and x.due is not None}
    requirements = sorted(
        (finding.requirement, state_of(finding).list_name, passed[finding.key])
        for finding in decision.findings
        if finding.key in passed and not _told(state_of(finding), passed[finding.key], steps)
    )
    assert sorted((x.name, x.list, x.due) for x in lines if x.kind == "limit") == requirements


def _told(state: Any, day: date | None, steps: set[Any]) -> bool:
    place = (state.list_name, state.position if state.list_name else None)
    return day is not None and any((*place, late) in steps for late in (day, day + DAY))


def _where(line: DueItem) -> str:
    if not line.list:
        return ""
    return f"{line.list}[id={line.item}]" if line.item is not None else f"{line.list}[{line.position}]"
