"""Records into tables and back: nothing is lost, and the record path answers both the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from frames_maker import book, maker_of, random_book
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.compiler.facts import Vocabulary
from aava_rules.decision.service import Rulebook
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.input.tables import Tables, load
from aava_rules.engine.table.input.validate import INVALID_SCHEMA, ClientReader
from aava_rules.record import read
from aava_rules.record.items import STEPS
from aava_rules.testing import as_json

ON = date(2014, 5, 5)
SEEDS = st.integers(0, 10**9)


def there_and_back(records: list[Any], rulebook: Rulebook) -> Tables:
    vocabulary = rulebook._book.vocabulary
    tables = load(tables_of(records, vocabulary), ON, vocabulary)
    assert tables.invalid.is_empty()
    assert tables.size == len(records)
    return tables


def meaning(rulebook: Rulebook, record: Any) -> tuple[Any, Any]:
    """A record as it is read, and its typed facts."""
    typed_record, facts = ClientReader(rulebook._parts).read(record)
    return typed_record.model_copy(update={"facts": {}}), facts


def short(value: Any) -> Any:
    """The same record with decimals as short as they can be."""
    if isinstance(value, dict):
        return {key: short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [short(part) for part in value]
    if isinstance(value, Decimal):
        return Decimal(int(value)) if value == int(value) else value.normalize()
    return value


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.booleans())
def test_records_survive(seed: int, json_like: bool) -> None:
    """Every part of a random record is the same after the way into tables and back."""
    random = Random(seed)
    rulebook = (book(), book("hartola_sysma"), random_book(seed % 15))[seed % 3]
    maker = maker_of(rulebook)
    records = [maker.record(random, maker.day(random)) for _ in range(10)]
    if json_like:
        records = [as_json(record) for record in records]
    tables = there_and_back(records, rulebook)
    for row, record in enumerate(records):
        assert meaning(rulebook, tables.record(row)) == meaning(rulebook, record)


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_decisions_are_the_same(seed: int) -> None:
    """Deciding a record gives the same bytes after the way into tables and back."""
    random, rulebook = Random(seed), book()
    maker = maker_of(rulebook)
    on = maker.day(random)
    records = [short(maker.record(random, on)) for _ in range(2)]
    tables = there_and_back(records, rulebook)
    for row, record in enumerate(records):
        assert rulebook.decide(tables.record(row), on=on).to_dict() == rulebook.decide(record, on=on).to_dict()


def test_every_part_of_a_record() -> None:
    """A record that has everything is given back as it was, and one that has nothing too."""
    record = {
        "id": "A-1",
        "client": {"birth_date": date(1979, 5, 2), "municipality": "Hartola", "language": "fi", "protected": False},
        "facts": {
            "unemployed": True,
            "subsidy_days": {"at_least": 300},
            "threshold_met_on": date(2014, 1, 1),
            "daily_compensation": "9.00",
            "daily_travel_hours": Decimal("1.5"),
            "refusal_reason": "health",
            "target_group_grounds": ["adult_subsidy"],
        },
        "facts_on": date(2014, 5, 1),
        "complete": ["periods.decision_on", "benefits.days"],
        "benefits": [{"id": "x", "kind": "general_support", "days": 3}, {}],
        "plans": [],
        "periods": [
            {
                "start": date(2014, 1, 1),
                "length_months": 3,
                "end": date(2014, 3, 31),
                "agreed_end": date(2014, 3, 31),
                "hours_per_day": Decimal(4),
                "attended_on": [date(2014, 1, 2), date(2014, 1, 3)],
            }
        ],
        "complete_from": {"benefits": date(2013, 1, 1)},
    }
    tables = there_and_back([record, {"id": "A-1"}], book())
    assert tables.record(0) == record
    assert tables.record(1) == {"id": "A-1"}


def test_records_of_every_kind() -> None:
    """Mappings, JSON as bytes or text, and Records make the same tables."""
    record = {"id": "A", "plans": [{"options": ["training", "other"], "reviewed_on": ["2014-01-02", "2014-01-01"]}]}
    text = json.dumps(record)
    sources = [record, text, text.encode(), read(record)]
    tables = there_and_back(sources, book())
    assert len({json.dumps(as_json(tables.record(row))) for row in range(4)}) == 1


def test_files_of_tables_of_records(tmp_path: Path) -> None:
    """The tables of records may be written to files and read again."""
    rulebook, random = book(), Random(5)
    maker = maker_of(rulebook)
    records = [maker.record(random, ON) for _ in range(30)]
    tables = tables_of(records, rulebook._book.vocabulary)
    paths: dict[str, Any] = {}
    for name, table in tables.items():
        if name != "invalid":
            paths[name] = tmp_path / f"{name}.parquet"
            table.write_parquet(paths[name])
    from_files = load(paths, ON, rulebook._book.vocabulary)
    for row, record in enumerate(records):
        assert meaning(rulebook, from_files.record(row)) == meaning(rulebook, record)


def test_values_of_unlike_types_for_one_fact() -> None:
    """Days as texts and as dates, numbers and bounds, and amounts of any length stand in one column."""
    facts = [
        {"threshold_met_on": "2014-01-01", "subsidy_days": 5, "daily_travel_hours": 2},
        {"threshold_met_on": date(2014, 1, 2), "subsidy_days": {"at_most": 5}, "daily_travel_hours": 0.25},
        {"subsidy_days": {"at_least": 5, "at_most": 5}, "daily_travel_hours": Decimal("1E+1")},
        {"daily_compensation": "9"},
        {"daily_compensation": Decimal("9.123456")},
        {"daily_compensation": Decimal("-1E+3")},
    ]
    records = [{"id": str(number), "facts": client_facts} for number, client_facts in enumerate(facts)]
    for some in (records, records[:4], records[3:4] + records[5:]):
        tables = there_and_back(some, book())
        for row, record in enumerate(some):
            assert meaning(book(), tables.record(row)) == meaning(book(), record)


def test_amounts_are_written_in_one_way() -> None:
    """An amount has two decimals in a record and in a table, however the host wrote it."""
    amounts = ["9", "9.0", "9.00", Decimal("9.5"), Decimal("9.50")]
    records = [{"id": "A", "facts": {"daily_compensation": amount}} for amount in amounts]
    tables = there_and_back(records, book())
    assert [tables.record(row)["facts"]["daily_compensation"] for row in range(5)] == [
        "9.00", "9.00", "9.00", "9.50", "9.50"
    ]  # fmt: skip


def test_facts_whose_names_are_taken() -> None:
    """A fact that is called as another column of clients has a longer column, and is not mistaken for it."""
    parts = book()._parts
    days, unemployed = parts.facts["subsidy_days"], parts.facts["unemployed"]
    more = {
        "id": replace(unemployed, name="id"),
        "complete": replace(unemployed, name="complete"),
        "benefits_known": replace(unemployed, name="benefits_known"),
        "subsidy_days_at_least": replace(days, name="subsidy_days_at_least"),
    }
    vocabulary = Vocabulary(replace(parts, facts=parts.facts | more))
    facts = {
        "id": True,
        "complete": False,
        "benefits_known": False,
        "birth_date": date(1970, 1, 1),
        "subsidy_days_at_least": 3,
        "subsidy_days": {"at_least": 5, "at_most": 6},
    }
    record = {"id": "A", "client": {"birth_date": date(1980, 1, 1)}, "facts": facts, "benefits": []}
    frames = tables_of([record], vocabulary)
    assert {"facts.id", "facts.complete", "facts.birth_date", "facts.benefits_known"} <= set(frames["clients"].columns)
    assert {"subsidy_days_at_least", "facts.subsidy_days.at_least"} <= set(frames["clients"].columns)
    tables = load(frames, ON, vocabulary)
    assert tables.valid.all()
    assert tables.record(0) == record
    (block,) = tables.blocks(1)
    assert block.client["birth_date"].value(0) == date(1980, 1, 1)
    assert block.ready_made["birth_date"].value(0) == date(1970, 1, 1)


def test_records_that_are_refused() -> None:
    """What is wrong with records is told as the record path tells it, by their numbers; the others go on."""
    records = [
        {"id": "A"},
        {"id": "B", "benefit": [], "facts": {"subsidy_days": -1, "nothing": 1}},
        "{",
        {"id": 5},
        {"id": "C", "events": [{"step": "interlude"}]},
        7,
        {"id": "D", "facts": {"secret person": "secret"}},
        {"id": "E"},
    ]
    frames = tables_of(records, book()._book.vocabulary)  # type: ignore[arg-type]
    assert frames["clients"]["id"].to_list() == ["A", "E"]
    faults = frames["invalid"].select("id", "table", "row", "path", "code").rows()
    assert faults == [
        ("B", None, 1, "key 2", "AR113"),
        ("B", None, 1, "facts.subsidy_days", "AR101"),
        ("B", None, 1, "facts key 2", "AR100"),
        (None, None, 2, "line 1 column 2", "AR111"),
        (None, None, 3, "id", "AR115"),
        ("C", None, 4, "events[0].step", "AR117"),
        (None, None, 5, "record", "AR115"),
        ("D", None, 6, "facts key 1", "AR113"),
    ]
    assert "secret" not in "".join(frames["invalid"]["reason"])
    tables = load(frames, ON, book()._book.vocabulary)
    assert tables.invalid.equals(frames["invalid"])
    assert tables.valid.tolist() == [True, True]


def test_no_records() -> None:
    """No records make five tables without rows."""
    frames = tables_of([], book()._book.vocabulary)
    assert {name: table.height for name, table in frames.items()} == dict.fromkeys(
        ("clients", "benefits", "plans", "periods", "events", "invalid"), 0
    )
    assert frames["invalid"].schema == INVALID_SCHEMA
    assert load(frames, ON, book()._book.vocabulary).size == 0


def test_steps_of_the_rulebook() -> None:
    """Events name the steps that the rulebook adds to the client path, in words that are closed."""
    books = (random_book(seed) for seed in range(20))
    rulebook, step = next((book, step) for book in books for step in sorted(set(book.steps) - set(STEPS)))
    tables = there_and_back([{"id": "A", "events": [{"step": step}, {"step": "first_meeting"}]}], rulebook)
    (block,) = tables.blocks(1)
    column = block.items["events"].column("step")
    assert [block.words.word(int(number)) for number in column.low] == [step, "first_meeting"]


@pytest.mark.parametrize("source", [{"id": "A", "facts": {"unemployed": 1}}, {"facts": {"unemployed": 1}}])
def test_faults_are_those_of_decide(source: dict[str, Any]) -> None:
    """The faults of a record are those that `Rulebook.decide` raises, in its order."""
    with pytest.raises(Exception, match="AR10") as caught:
        book().decide(source)
    assert ClientReader(book()._parts).faults(source) == caught.value.faults  # type: ignore[attr-defined]
