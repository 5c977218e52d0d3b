"""What a change of rules or of the day does: the clients that are named are those whose decisions differ one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shown import work

import aava_rules
from aava_rules.decision.answers import state_of
from aava_rules.decision.compare.changes import AnswerChange, ClientChanges
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.service import Rulebook
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.language.structs import FrozenDict
from aava_rules.language.values import UNKNOWN
from aava_rules.rulebook.model import Parameter, Rule
from aava_rules.testing import RecordMaker, as_json, random_rulebook

SLOW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
PERIOD = {
    "id": "p", "kind": "rehabilitative_work", "start": "2008-01-07", "days_per_week": 5, "client_consents": False,
    "plan_made_on": "2010-01-01",
}  # fmt: skip
Told = dict[tuple[str, str], tuple[Any, ...]]


@cache
def book(name: str) -> Rulebook:
    return aava_rules.load(name, plugins=False)


def other_version(rulebook: Rulebook, random: Random) -> Rulebook:
    """A version of the rulebook in which some values, days and rules are others."""
    parts = rulebook._parts
    parameters = dict(parts.parameters)
    numbers = [name for name, parameter in parameters.items() if parameter.type in ("integer", "decimal", "money")]
    for name in random.sample(numbers, min(len(numbers), random.choice([0, 1, 3]))):
        parameters[name] = _other_values(parameters[name], random)
    rulesets = []
    for ruleset in parts.rulesets:
        rules = [rule if random.random() > 0.1 else _other_rule(rule, random) for rule in ruleset.rules]
        rulesets.append(replace(ruleset, rules=tuple(rule for rule in rules if rule is not None)))
    return Rulebook(replace(parts, parameters=FrozenDict(parameters), rulesets=tuple(rulesets)))


def _other_values(parameter: Parameter, random: Random) -> Parameter:
    def moved(value: Any) -> Any:
        return value if value is None else max(type(value)(0), value + random.choice([-1, 1, 2]))

    values = tuple(
        replace(value, value=moved(value.value)) if random.random() < 0.6 else value for value in parameter.values
    )
    return replace(parameter, values=values)


def _other_rule(rule: Rule, random: Random) -> Rule | None:
    days = (date(2002, 5, 1), date(2012, 2, 3), date(2019, 7, 1))
    match random.choice(["gone", "ends", "begins", "title"]):
        case "gone":
            return None
        case "ends" if rule.until is None and (rule.start is None or rule.start < days[2]):
            return replace(rule, until=days[2])
        case "begins" if rule.start is None or rule.start < days[1]:
            return replace(rule, start=days[1])
    return replace(rule, title={**rule.title, "en": "Another title"})


def told(decision: Decision) -> Told:
    """What a decision tells, gathered apart from the library's own comparison."""
    answers: Told = {}
    for name, outcome in decision.outcomes.items():
        if outcome.status != "not_applicable":
            value = outcome.value if outcome.status == "known" else None
            answers["outcome", name] = (outcome.status, value, outcome.possible)
    for finding in decision.findings:
        if finding.status != "not_applicable":
            answers["finding", finding.key] = (finding.status,)
    for step in decision.next_steps:
        place = f"{step.step}@{item}" if (item := inside(decision).item_key(state_of(step))) else step.step
        answers["step", place] = ("unknown" if step.due is UNKNOWN else str(step.due), step.overdue)
    return answers


def differing(*decisions: Decision) -> set[tuple[str, str]]:
    """The answers that differ between decisions on one record."""
    sides = [told(decision) for decision in decisions]
    return {place for side in sides for place in side if any(other.get(place) != side[place] for other in sides)}


def places(changes: tuple[AnswerChange, ...]) -> set[tuple[str, str]]:
    return {(change.kind, change.key) for change in changes}


def tables(records: list[dict[str, Any]], rulebook: Rulebook) -> dict[str, Any]:
    frames = tables_of(records, rulebook._book.vocabulary)
    assert not len(frames.pop("invalid"))
    return frames


def records_of(rulebook: Rulebook, random: Random, on: date, count: int) -> list[dict[str, Any]]:
    maker = RecordMaker(rulebook)
    return [as_json(maker.record(random, on)) | {"id": f"c{number}"} for number in range(count)]


class TestExactlyThose:
    @SLOW
    @given(st.integers(0, 10**9).map(Random))
    def test_of_two_versions_of_a_random_rulebook(self, random: Random) -> None:
        """By records and by columns the changes are those between decisions made one by one, with rules and causes."""
        old = random_rulebook(random).load()
        self._compare(old, other_version(old, random), random)

    @SLOW
    @given(st.integers(0, 10**9).map(Random))
    def test_of_two_days_of_a_random_rulebook(self, random: Random) -> None:
        """Between two days, each answer that differs is named, with what time alone would have led to."""
        old = random_rulebook(random).load()
        self._compare(old, old, random, days=random.choice([1, 30, 400, 3000]))

    @settings(SLOW, max_examples=2)
    @given(st.integers(0, 10**9).map(Random))
    def test_of_the_shipped_rulebook(self, random: Random) -> None:
        """The same holds for the shipped law and model in another version, on one day and on two."""
        old = book("aava")
        self._compare(old, other_version(old, random), random, days=random.choice([0, 200]), count=4)

    def _compare(self, old: Rulebook, new: Rulebook, random: Random, days: int = 0, count: int = 12) -> None:
        on = RecordMaker(old).day(random)
        until = min(on + timedelta(days=days), date(2200, 12, 31)) if days else None
        records = records_of(old, random, on, count)
        by_records = list(old.compare(new, records, on=on, until=until))
        standing = old._standing_side(on, until or on, None)
        wanted = {}
        for record in records:
            decisions = [old.decide(record, on), new.decide(record, until or on)]
            if until is not None and until != on:
                decisions.append(standing.decide(record))
            if places_that_differ := differing(*decisions):
                wanted[record["id"]] = places_that_differ
        assert {client.record_id: places(client.changes) for client in by_records} == wanted
        table = old.compare_table(new, **tables(records, old), on=on, until=until)
        by_columns = list(table.clients)
        assert len(table.invalid) == 0
        assert [client.to_dict() for client in by_columns] == [client.to_dict() for client in by_records]

    def test_a_rulebook_and_itself(self) -> None:
        """Nothing differs between a rulebook and another load of it, of whatever record."""
        random = Random(5)
        records = records_of(book("aava"), random, date(2016, 5, 2), 6)
        comparison = book("aava").compare(aava_rules.load("aava", plugins=False), records, on="2016-05-02")
        assert list(comparison) == []
        assert not comparison.law.any
        assert (comparison.counts.compared, comparison.counts.changed, comparison.counts.cells) == (6, 0, ())


class TestStandingLaw:
    @SLOW
    @given(st.integers(0, 10**9).map(Random))
    def test_it_says_the_same_on_the_day_on_which_it_stopped(self, random: Random) -> None:
        """On its own day the law that stands still is the law, of whatever record."""
        rulebook = random_rulebook(random).load()
        on = RecordMaker(rulebook).day(random)
        standing = rulebook._standing_side(on, on, None)
        for record in records_of(rulebook, random, on, 6):
            assert not differing(rulebook.decide(record, on), standing.decide(record))

    @settings(SLOW, max_examples=2)
    @given(st.integers(0, 10**9).map(Random))
    def test_the_shipped_law_standing_still(self, random: Random) -> None:
        """The same holds for the shipped rulebook."""
        on = RecordMaker(book("aava")).day(random)
        standing = book("aava")._standing_side(on, on, None)
        for record in records_of(book("aava"), random, on, 4):
            assert not differing(book("aava").decide(record, on), standing.decide(record))


class TestWhatIsTold:
    def test_a_due_day_and_a_step_are_compared(self) -> None:
        """A step that becomes overdue is told with its day, and by the rules that suggest it."""
        record = json_record("follow-up-call.json")
        days = ("2015-09-15", "2016-01-01")
        (client,) = book("aava").compare(records=[record], on=days[0], until=days[1], only=["follow_up_contact"])
        (change,) = client.changes
        assert (change.kind, change.before.status, change.after.status) == ("step", "suggested", "suggested")
        assert change.cause == "time"
        assert change.before.due == date(2015, 9, 30) == change.after.due
        assert (change.before.overdue, change.after.overdue) == (False, True)
        assert change.texts("en")[1] == "a next step, by 30 September 2015 (overdue)"
        assert next(iter(book("aava").compare(records=[record], on=days[0], until=days[1]))).record_id == "B-13"

    def test_law_that_takes_back_what_time_does(self) -> None:
        """An answer that is the same before and after is told if time alone would have changed it."""
        old = work()
        record = {"id": "r", "periods": [PERIOD]}
        (client,) = old.compare(records=[record], on="2009-12-31", until="2010-01-01")
        (change,) = client.changes
        assert (change.cause, change.time_text("en"), change.texts("en")) == ("law", "met", ("met", "broken"))
        assert [entry["cause"] for entry in client.to_dict()["changes"]] == ["law"]

    def test_what_cannot_be_compared(self) -> None:
        """A record that a rulebook refuses comes out as a failure in its place, and the others are compared."""
        records: list[Any] = [{"id": "bad", "perods": []}, {"id": "r", "periods": [PERIOD]}]
        failure, client = work().compare(records=records, on="2009-12-31", until="2010-01-01")
        assert isinstance(failure, aava_rules.RecordFailure)
        assert (failure.position, failure.record_id) == (0, "bad")
        assert isinstance(client, ClientChanges)

    def test_a_table_with_a_client_that_is_not_valid(self) -> None:
        """Of a table, clients that are not valid are told apart and not counted."""
        clients = {"id": ["a", "b"], "municipality": ["x" * 300, "Lahti"]}
        comparison = book("finland").compare_table(book("aava"), pl.DataFrame(clients), on="2015-01-01")
        assert comparison.invalid["id"].to_list() == ["a"]
        assert comparison.counts.compared == 1
        assert comparison.changes.columns[:3] == ["id", "kind", "name"]

    def test_wrong_questions(self) -> None:
        """There must be something to compare, in the right order, by names that one of the two knows."""
        finland, aava = book("finland"), book("aava")
        with pytest.raises(ValueError, match="nothing to compare"):
            finland.compare(on="2015-01-01")
        with pytest.raises(ValueError, match="before the first"):
            finland.compare(aava, on="2015-01-01", until="2014-01-01")
        with pytest.raises(TypeError, match="in a list"):
            finland.compare(aava, {"id": "r"}, on="2015-01-01")
        with pytest.raises(aava_rules.UnknownName, match="follow_up"):
            finland.compare(aava, on="2015-01-01", only=["follow_up"])
        assert list(
            finland.compare(aava, [json_record("follow-up-call.json")], on="2015-09-15", only="follow_up_contact")
        )

    def test_plugins_that_take_note(self) -> None:
        """Of records and of blocks of tables both sides are noted, and what time alone would lead to is not."""
        noted: list[Any] = []

        class Note:
            @aava_rules.hookimpl
            def decided(self, decision: Decision) -> None:
                noted.append(decision.on)

        class NoteOfTables:
            @aava_rules.hookimpl
            def decided_table(self, block: Any) -> None:
                noted.append((block.on, block.rulebook["name"], list(block.ids)))

        days = date(2015, 1, 1), date(2016, 1, 1)
        rulebook = aava_rules.load("finland", plugins=[Note()])
        list(rulebook.compare(rulebook, [{"id": "r"}], on=days[0], until=days[1]))
        assert noted[:2] == [*days]
        noted.clear()
        clients = pl.DataFrame({"id": ["a"]})
        of_tables = aava_rules.load("finland", plugins=[NoteOfTables()])
        assert of_tables.compare_table(None, clients, on=days[0], until=days[1]).counts.compared == 1
        assert [entry for entry in noted if isinstance(entry, tuple)] == [(day, "finland", ["a"]) for day in days]
        strict = aava_rules.load("finland", plugins=[Note()], audit="strict")
        if not strict.plugins.table_listeners:
            with pytest.raises(aava_rules.AuditError):
                strict.compare_table(book("aava"), clients, on="2015-01-01")


def json_record(name: str) -> Any:
    folder = Path(__file__).resolve().parents[2] / "examples" / "records"
    return json.loads((folder / name).read_text(encoding="utf-8"))
