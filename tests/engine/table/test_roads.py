"""One record says the same by every road: as a dict, as JSON, as a line of a table of JSON Lines, CSV or a frame."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules.engine.table.input.from_records import tables_of

ON = date(2016, 4, 1)
FINLAND = aava_rules.load("finland", plugins=False)
ASKED = ["target_group", "target_group_grounds", "compensation", "days_per_week_max", "period_length_max"]
LISTS = ("benefits", "periods")

Told = tuple[str, Any]
"""``faults`` and their places and codes, or ``answers`` and the decision with the status of each outcome."""


def decided(record: dict[str, Any] | str) -> Told:
    """What one decision tells."""
    try:
        decision = FINLAND.decide(record, on=ON, only=ASKED, engine="reference")
    except aava_rules.RecordError as error:
        return "faults", sorted((fault.place, fault.code) for fault in error.faults)
    statuses = {name: outcome.status for name, outcome in decision.outcomes.items()}
    return "answers", (statuses, json.loads(decision.to_json()))


def tabled(tables: dict[str, Any], key: str) -> Told:
    """What tables tell of the only client, or of the one with the id ``key`` if there are others."""
    tables.pop("invalid", None)
    answers = FINLAND.decide_table(**tables, on=ON, only=ASKED)
    faults = answers.invalid.select("path", "code").rows()
    if faults:
        return "faults", sorted(faults)
    (row,) = answers.outcomes.filter(pl.col("id") == key).to_dicts()
    statuses = {name.removesuffix("_status"): row[name] for name in row if name.endswith("_status")}
    return "answers", (statuses, json.loads(answers.decision(key).to_json()))


OTHER: dict[str, dict[str, Any]] = {"benefits": {"days": 1}, "periods": {"kind": "introductory"}}
"""Items of another client, so that a table is there where the client in question has none."""


def lines_of(record: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of the tables that say what ``record`` and another client say."""
    row = {"id": record["id"], **record.get("client", {})}
    row |= {f"facts.{name}": value for name, value in record.get("facts", {}).items()}
    row |= {key: record[key] for key in ("facts_on", "complete") if key in record}
    row |= {f"{name}_complete_from": day for name, day in record.get("complete_from", {}).items()}
    row |= {f"{name}_known": name in record for name in LISTS}
    yield "clients", [{"id": "other"}, row]
    for name in LISTS:
        items = [{"client": record["id"], **item} for item in record.get(name, ())]
        yield name, [{"client": "other", **OTHER[name]}, *items]


def by_lines(record: dict[str, Any], folder: Path) -> Told:
    """What tables of JSON Lines tell."""
    paths: dict[str, Any] = {}
    for name, rows in lines_of(record):
        paths[name] = folder / f"{name}.jsonl"
        paths[name].write_text("\n\n".join(map(json.dumps, rows)) + "\n", encoding="ascii")
    return tabled(paths, record["id"])


def by_frames(record: dict[str, Any]) -> Told | None:
    """What data frames tell; None where a cell is not of the type of its column, which no frame can hold."""
    frames: dict[str, Any] = {}
    try:
        for name, rows in lines_of(record):
            columns = {key: [row.get(key) for row in rows] for key in dict.fromkeys(key for row in rows for key in row)}
            if any(len({type(cell) for cell in cells} - {type(None)}) > 1 for cells in columns.values()):
                return None  # polars would make texts of them
            frames[name] = pl.DataFrame(columns)
        return tabled(frames, record["id"])
    except (aava_rules.RecordError, TypeError, ValueError, OverflowError, pl.exceptions.PolarsError):
        return None


RIGHT: dict[str, list[Any]] = {
    "age": [30, 30.0, {"at_least": 20}],
    "subsidy_days": [500, {"at_most": 10}],
    "unemployed": [True, False],
    "daily_travel_hours": [2, 2.5, 1.23456],
    "daily_compensation": [9, 9.5, "9.50", 9.12345],
    "attended_days": [3],
    "compensated_benefit": ["unemployment_benefit"],
    "target_group_grounds": [["adult_subsidy"], []],
    "allowance_period_start": ["2015-01-01"],
    "birth_date": ["1980-02-29"],
    "municipality": ["Hartola"],
    "language": ["fi"],
    "protected": [True],
    "kind": ["rehabilitative_work"],
    "start": ["2016-01-04", "2016-02-29"],
    "end": ["2016-02-15", "2016-03-31"],
    "days_per_week": [3, 5, 5.0],
    "hours_per_day": [4, 4.5],
    "attended_on": [["2016-01-04"], []],
    "days": [20],
}
WRONG = [
    True, 5, -1, 5.5, 1e3, 10**13, 10**30, 1e30, 1e-20, "5", "", "x" * 201, "\ud800", "tab\t", "2016-02-30", "1000-01-01",
    "2016-1-1", [], ["x"], [5], [None], {}, {"at_least": 5.5}, {"at_least": 9, "at_most": 3}, {"x": 1}, "rehabilitative_wrok",
]  # fmt: skip


def _values(name: str) -> st.SearchStrategy[Any]:
    right = st.sampled_from([*RIGHT[name], None])
    return st.one_of(right, right, right, st.sampled_from(WRONG))


def _some(*names: str) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional={name: _values(name) for name in names})


RECORDS = st.fixed_dictionaries(
    {"id": st.just("R")},
    optional={
        "client": _some("birth_date", "municipality", "language", "protected"),
        "facts": _some(
            "age", "subsidy_days", "unemployed", "daily_travel_hours", "daily_compensation", "attended_days",
            "compensated_benefit", "target_group_grounds", "allowance_period_start",
        ),
        "facts_on": _values("start"),
        "complete": st.one_of(st.just(["periods.end"]), st.sampled_from([["x"], [5], "x", []])),
        "periods": st.lists(
            _some("kind", "start", "end", "days_per_week", "hours_per_day", "attended_on"), max_size=2
        ),
        "benefits": st.lists(_some("start", "end", "days"), max_size=2),
    },
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(RECORDS)
@example({"id": "R", "facts": {"age": {"at_least": 20}}})
@example({"id": "R", "client": {"municipality": 5}})
@example({"id": "R", "facts": {"daily_compensation": 9.12345, "attended_days": 3}})
@example({"id": "R", "periods": [{"days_per_week": 5.0, "kind": "rehabilitative_work", "start": "2016-01-04"}, {}]})
def test_every_road(record: dict[str, Any]) -> None:
    """The same record has the same answers by every road, or the same faults at the same places."""
    told = decided(record)
    assert decided(json.dumps(record)) == told
    tables = tables_of([json.dumps(record)], FINLAND._book.vocabulary)
    refused = sorted(tables["invalid"].select("path", "code").rows())
    assert (("faults", refused) if refused else tabled(tables, "R")) == told
    with tempfile.TemporaryDirectory() as folder:
        assert by_lines(record, Path(folder)) == told
    assert by_frames(record) in (None, told)


class TestJsonLines:
    @pytest.mark.parametrize("key", ["true", '{"x": 1}', "5", '["a"]', "null", '""'])
    def test_an_id_is_a_text(self, tmp_path: Path, key: str) -> None:
        """What is no text is no id, whatever the other lines have, and the others are answered."""
        path = tmp_path / "clients.jsonl"
        path.write_text(f'{{"id": "a"}}\n{{"id": {key}, "subsidy_days": 5}}\n')
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        told = decided(f'{{"id": {key}, "facts": {{"subsidy_days": 5}}}}')
        assert answers.invalid.select("row", "path", "code").rows() == [(1, *fault) for fault in told[1]]
        assert answers.outcomes["id"].to_list() == ["a"]

    def test_a_key_that_stands_twice(self, tmp_path: Path) -> None:
        """Neither value is taken: of a client, or of the client whose item has it, that is the fault."""
        assert decided('{"id": "a", "facts": {"age": 20, "age": 30}}') == ("faults", [("facts key 2", "AR112")])
        clients, periods = tmp_path / "clients.jsonl", tmp_path / "periods.jsonl"
        clients.write_text('{"id": "a"}\n{"id": "b", "age": 20, "age": 30}\n{"id": "c"}\n')
        periods.write_text(
            '{"client": "c", "start": "2016-01-04"}\n{"client": "c", "start": "2016-01-04", "start": "2016-01-05"}\n'
        )
        answers = FINLAND.decide_table(clients, periods=periods, on=ON, only=["target_group"])
        assert answers.invalid.select("id", "table", "row", "path", "code").rows() == [
            ("b", "clients", 1, "key 3", "AR112"),
            ("c", "periods", 1, "periods[1]", "AR112"),
        ]
        assert answers.outcomes["id"].to_list() == ["a"]

    def test_what_is_not_said_to_be_known(self, tmp_path: Path) -> None:
        """Whether a list is known is true or false, as in CSV."""
        path = tmp_path / "clients.jsonl"
        path.write_text('{"id": "a", "plans_known": false}\n{"id": "b", "plans_known": "no"}\n')
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        assert answers.invalid.select("row", "path", "code").rows() == [(1, "plans_known", "AR115")]

    @pytest.mark.parametrize("line", ["{", "[]", "Kanarialintu", '{"id": NaN}', "5"])
    def test_a_line_that_is_no_object(self, tmp_path: Path, line: str) -> None:
        """The table is refused with the number of the line, since nobody knows whose it is, and without contents."""
        path = tmp_path / "clients.jsonl"
        path.write_text(f'{{"id": "a"}}\n\n{line}\n')
        with pytest.raises(aava_rules.AdapterError, match="line 3 ") as caught:
            FINLAND.decide_table(path, on=ON)
        assert "Kanarialintu" not in str(caught.value)
        assert caught.value.__context__ is None


class TestCsv:
    @pytest.mark.parametrize(
        "text",
        [
            "id,subsidy_days\na,5\nb,6\n\n",
            "id,subsidy_days\r\na,5\r\n\r\nb,6\r\n\r\n\r\n",
            "id,subsidy_days\na,5\n,\nb,6\n , \n",
            'id,subsidy_days\na,5\n"",""\nb,6',
        ],
    )
    def test_blank_lines_are_no_clients(self, tmp_path: Path, text: str) -> None:
        """Neither at the end nor inside, whether they are empty or have cells with nothing in them."""
        path = tmp_path / "clients.csv"
        path.write_bytes(text.encode())
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        assert answers.invalid.is_empty()
        assert [answers._tables.record(row) for row in range(answers._tables.size)] == [
            {"id": "a", "facts": {"subsidy_days": 5}},
            {"id": "b", "facts": {"subsidy_days": 6}},
        ]

    def test_blank_lines_of_one_column(self, tmp_path: Path) -> None:
        """A file of ids alone may end in a blank line too."""
        path = tmp_path / "clients.csv"
        path.write_text("id\na\n\nb\n\n")
        assert FINLAND.decide_table(path, on=ON, only=["target_group"]).outcomes["id"].to_list() == ["a", "b"]

    @pytest.mark.parametrize(
        ("column", "cell", "value"),
        [
            ("unemployed", "TRUE", True),
            ("unemployed", "False", False),
            ("subsidy_days", "30.0", 30),
            ("subsidy_days", '""', None),
            ("plans_known", "FALSE", None),
        ],
    )
    def test_cells_as_others_write_them(self, tmp_path: Path, column: str, cell: str, value: Any) -> None:
        """As spreadsheets and data frames write truth values, whole numbers and what is empty."""
        path = tmp_path / "clients.csv"
        path.write_text(f"id,{column}\na,{cell}\n")
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        assert answers.invalid.is_empty()
        assert answers._tables.record(0) == {"id": "a"} | ({} if value is None else {"facts": {column: value}})
        known = answers._tables.block(0, 1).ready_made
        assert value is None or known[column].value(0) == value

    @pytest.mark.parametrize(("column", "cell"), [("unemployed", "yes"), ("subsidy_days", "30.5"), ("unemployed", "1")])
    def test_what_is_no_such_value_is_refused(self, tmp_path: Path, column: str, cell: str) -> None:
        """As the same text in a record is."""
        path = tmp_path / "clients.csv"
        path.write_text(f"id,{column}\na,{cell}\n")
        answers = FINLAND.decide_table(path, on=ON, only=["target_group"])
        with pytest.raises(aava_rules.RecordError) as caught:
            FINLAND.decide({"id": "a", "facts": {column: cell}}, on=ON)
        refused = [(fault.place, fault.code) for fault in caught.value.faults]
        assert answers.invalid.select("path", "code").rows() == refused
