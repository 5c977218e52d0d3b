"""Duties to tell somebody, in worklists: Kela's notice, the shop steward, benefits before signing, and the hearing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

import aava_rules
from aava_rules.decision.worklist import DueItem
from aava_rules.engine.table.input.from_records import tables_of

FINLAND = aava_rules.load("finland", plugins=False)
LISTS = ("benefits", "plans", "periods", "events")
DAY = timedelta(days=1)
THRESHOLD = {"id": "kela", "facts": {"threshold_met_on": "2014-03-14"}, "plans": [], "events": []}
WORK = {"id": "w", "kind": "rehabilitative_work", "start": "2014-06-16"}
STEWARD = {"id": "steward", "periods": [WORK], "complete": ["periods.shop_steward_told_on"]}
SIGNED = {
    "id": "p",
    "kind": "activation_plan",
    "made_on": "2014-06-16",
    "includes_rehabilitative_work": True,
}
SIGNING = {"id": "signing", "plans": [SIGNED], "complete": ["plans.benefits_told_on"]}
AT_WORK = {
    "id": "hearing",
    "facts": {"full_time_work_or_study_started": "2014-03-20", "activation_plan_made": True},
    "events": [],
}


def due(record: dict[str, Any], on: date, until: date, name: str) -> list[DueItem]:
    """The lines of one record about one name, which are those of a table as well."""
    lines = list(FINLAND.due(record, on, until, [name]))
    frames = tables_of([record], FINLAND._book.vocabulary)
    table = FINLAND.due_table(frames["clients"], *map(frames.get, LISTS), on=on, until=until, only=[name])
    assert list(table.items) == lines
    assert table.lines["open_ended"].to_list() == [line.open_ended for line in lines]
    return lines


def perhaps(record: dict[str, Any], on: date, until: date, name: str) -> list[tuple[str, str]]:
    """The steps of which a table says that it is not known whether they are due."""
    frames = tables_of([record], FINLAND._book.vocabulary)
    table = FINLAND.due_table(frames["clients"], *map(frames.get, LISTS), on=on, until=until, only=[name])
    return table.perhaps.rows()


def without(record: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != key}


class TestKelasNotice:
    """27 § 1 mom.: by the end of the calendar month after the threshold was met."""

    last = date(2014, 4, 30)

    def test_it_is_listed_from_the_day_of_the_threshold_by_the_end_of_the_next_month(self) -> None:
        """The day before there is none; on the day there is, with whom it falls on, the rule and the paragraph."""
        met_on = date(2014, 3, 14)
        assert due(THRESHOLD, met_on - DAY, self.last, "kela_notice") == []
        (line,) = due(THRESHOLD, met_on, self.last, "kela_notice")
        assert (line.due, line.overdue_since, line.open_ended, line.weight) == (self.last, None, False, "law")
        assert (line.rules, line.cites, line.falls_on) == (("DU-32",), ("act-189-2001.27.1",), ("kela",))
        assert due(THRESHOLD, met_on, self.last - DAY, "kela_notice") == []

    def test_it_is_late_from_the_day_after_until_it_is_recorded(self) -> None:
        """On the last day it is in time; a notice from before the threshold is none of it."""
        assert due(THRESHOLD, self.last, self.last, "kela_notice")[0].overdue_since is None
        (line,) = due(THRESHOLD, self.last + DAY, self.last + DAY, "kela_notice")
        assert line.overdue_since == self.last + DAY
        for given_on, listed in (("2014-03-13", 1), ("2014-03-14", 0)):
            told = THRESHOLD | {"events": [{"step": "kela_notice", "on": given_on}]}
            assert len(due(told, self.last, self.last, "kela_notice")) == listed

    @pytest.mark.parametrize("missing", ["facts", "plans", "events"])
    def test_what_is_missing_leaves_it_open(self, missing: str) -> None:
        """Without the threshold, the plans or the events it is no line, and is told as not known."""
        record = without(THRESHOLD, missing)
        assert due(record, self.last, self.last, "kela_notice") == []
        assert perhaps(record, self.last, self.last, "kela_notice") == [("kela", "kela_notice")]

    def test_of_2026_the_act_has_not_been_read(self) -> None:
        """A threshold of 2026 has no day that is known; one of the day before has its day in January."""
        until = date(2026, 3, 1)
        for met_on, days in (("2025-12-31", [date(2026, 1, 31)]), ("2026-01-01", [])):
            record = THRESHOLD | {"facts": {"threshold_met_on": met_on}}
            assert [line.due for line in due(record, date(2026, 1, 2), until, "kela_notice")] == days
            assert bool(perhaps(record, date(2026, 1, 2), until, "kela_notice")) == (not days)


class TestShopSteward:
    """16 §: before the work begins."""

    start = date(2014, 6, 16)
    name = "shop_steward_told_before_start"

    def test_it_is_listed_by_the_day_before_the_start(self) -> None:
        """A list that reaches the day of the start has it; one that ends the day before has not."""
        assert due(STEWARD, self.start - 30 * DAY, self.start - DAY, self.name) == []
        (line,) = due(STEWARD, self.start - 30 * DAY, self.start, self.name)
        assert (line.kind, line.due, line.item) == ("limit", self.start - DAY, "w")
        assert (line.rules, line.cites) == (("PL-110",), ("act-189-2001.16",))

    def test_it_is_not_listed_once_it_is_done_too_late_or_not_known(self) -> None:
        """On the day of the start it is a finding; the day of the notice that is missing leaves it open."""
        assert due(STEWARD, self.start, self.start + DAY, self.name) == []
        done = STEWARD | {"periods": [WORK | {"shop_steward_told_on": "2014-06-15"}]}
        for record, status in ((done, "met"), (without(STEWARD, "complete"), "unknown")):
            assert due(record, self.start - 30 * DAY, self.start, self.name) == []
            assert [x.status for x in FINLAND.decide(record, self.start, [self.name]).findings] == [status]


class TestBenefitsBeforeSigning:
    """9 § 2 mom.: before the plan is signed."""

    day = date(2014, 6, 16)
    name = "benefits_told_before_signing"

    def test_it_is_listed_by_the_day_before_the_plan(self) -> None:
        """A list that reaches the day of the plan has it; one that ends the day before has not."""
        assert due(SIGNING, self.day - 30 * DAY, self.day - DAY, self.name) == []
        (line,) = due(SIGNING, self.day - 30 * DAY, self.day, self.name)
        assert (line.kind, line.due, line.item) == ("limit", self.day - DAY, "p")
        assert (line.rules, line.cites) == (("PC-158",), ("act-189-2001.9.2",))

    def test_it_is_not_listed_once_it_is_done_too_late_or_not_known(self) -> None:
        """On the day of the plan it is a finding; the day that is missing leaves it open."""
        assert due(SIGNING, self.day, self.day + DAY, self.name) == []
        done = SIGNING | {"plans": [SIGNED | {"benefits_told_on": "2014-06-16"}]}
        for record, status in ((done, "met"), (without(SIGNING, "complete"), "unknown")):
            assert due(record, self.day - 30 * DAY, self.day, self.name) == []
            assert [x.status for x in FINLAND.decide(record, self.day, [self.name]).findings] == [status]


class TestHearing:
    """5 §: before the plan is found to have lapsed; the act names no day for it."""

    begun_on = date(2014, 3, 20)

    def test_it_is_listed_without_a_day_from_the_first_day_of_the_work(self) -> None:
        """The day before there is none; from the day on it is last in the list, and is never late."""
        assert due(AT_WORK, self.begun_on - DAY, self.begun_on - DAY, "plan_lapse_decided") == []
        for on in (self.begun_on, date(2016, 1, 4)):
            (line,) = due(AT_WORK, on, on, "plan_lapse_decided")
            assert (line.kind, line.due, line.open_ended, line.overdue_since) == ("step", None, True, None)
            assert (line.rules, line.cites) == (("DU-72",), ("act-189-2001.5",))

    def test_once_it_is_held_the_decision_is_listed_from_a_month_on(self) -> None:
        """The plan may be found to have lapsed from 20 April: the day before, nothing is to be done."""
        heard = AT_WORK | {"facts": AT_WORK["facts"] | {"heard": True}}
        month = date(2014, 4, 20)
        assert due(heard, month - DAY, month - DAY, "plan_lapse_decided") == []
        assert [line.rules for line in due(heard, month, month, "plan_lapse_decided")] == [("DU-73",)]

    def test_what_is_missing_leaves_it_open(self) -> None:
        """Without knowing whether a plan was made it is no line, and is told as not known."""
        facts = without(AT_WORK["facts"], "activation_plan_made")
        record = AT_WORK | {"facts": facts}
        assert due(record, self.begun_on, self.begun_on, "plan_lapse_decided") == []
        assert perhaps(record, self.begun_on, self.begun_on, "plan_lapse_decided") == [
            ("hearing", "plan_lapse_decided")
        ]

    def test_it_stands_after_what_has_a_day(self) -> None:
        """What has a day comes first."""
        both = AT_WORK | {"facts": AT_WORK["facts"] | THRESHOLD["facts"], "plans": []}
        lines = FINLAND.due(both, self.begun_on, date(2014, 6, 16))
        assert [line.name for line in lines] == ["kela_notice", "plan_lapse_decided"]
