"""Tables in arrays: blocks say what the records of their clients say, from whatever the tables come."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest
from frames_maker import FramesMaker, as_csv, book, maker_of, random_book, value_text
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.engine.reference.item_days import follows_from_length
from aava_rules.engine.table.columns import Column, Days, Words
from aava_rules.engine.table.input.encode import encode_column, split_texts
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.input.schema import ColumnSpec
from aava_rules.engine.table.input.tables import Tables, load
from aava_rules.engine.table.input.validate import ClientReader
from aava_rules.language.dates import add_months
from aava_rules.language.errors import AdapterError, RecordError
from aava_rules.language.values import FIRST_DAY, LAST_DAY, NONE, UNKNOWN, Interval
from aava_rules.record.fields import client_fields, lists

ON = date(2014, 5, 5)
SEEDS = st.integers(0, 10**9)


def loaded(**tables: Any) -> Tables:
    return load(tables, ON, book()._book.vocabulary)


def columns(**values: Any) -> pl.DataFrame:
    return pl.DataFrame(values)


def check_blocks(tables: Tables, size: int) -> int:
    """Every block says of valid clients what their records say; how many clients there were."""
    parts = tables.vocabulary.parts
    reader = ClientReader(parts)
    first = 0
    for block in tables.blocks(size):
        for row in np.flatnonzero(tables.valid[first : first + block.size]).tolist():
            record, facts = reader.read(tables.record(first + row))
            exact = not block.overflow_mask[row]
            for name, info in client_fields().items():
                value = record.client.__dict__[name]
                assert value_text(block, block.client[name], row) == (UNKNOWN if value is None else value), (name, info)
            for name, column in block.ready_made.items():
                definition = parts.facts.get(name) or parts.outcomes[name]
                if exact or column.type not in ("decimal", "money"):
                    assert value_text(block, column, row, definition.words) == facts.get(name, UNKNOWN), name
            assert facts.keys() <= block.ready_made.keys()
            assert np.broadcast_to(block.stated_on, block.size)[row] == (record.facts_on or ON).toordinal()
            for name, info in lists().items():
                check_items(block, name, info, row, record, exact)
            named = {place for place, clients in block.complete.items() if clients[row]}
            assert named == record.complete_fields
        first += block.size
    assert first == tables.size
    return first


def check_items(block: Any, name: str, info: Any, row: int, record: Any, exact: bool) -> None:
    items, data = getattr(record, name), block.items[name]
    assert data.known[row] == (items is not None)
    assert data.complete_from[row] == record.complete_from.get(name, FIRST_DAY).toordinal()
    begin, end = int(data.starts[row]), int(data.starts[row + 1])
    assert end - begin == len(items or ())
    assert (data.client[begin:end] == row).all()
    for position, item in enumerate(items or ()):
        for field, kind in info.fields.items():
            value = item.__dict__[field]
            if kind.type == "dates":
                days = data.days(field)
                assert days.known[begin + position] == (value is not None)
                listed = days.days[days.starts[begin + position] : days.starts[begin + position + 1]]
                assert listed.tolist() == [day.toordinal() for day in value or ()]
            elif exact or kind.type != "decimal":
                complete = (name, field) in record.complete_fields and not follows_from_length(name, field, item)
                nothing = NONE if complete else UNKNOWN
                wanted = nothing if value is None else value
                assert value_text(block, data.column(field), begin + position, kind.words) == wanted, (name, field)


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.sampled_from([1, 7, 1000]))
def test_blocks_say_what_records_say(seed: int, size: int) -> None:
    """Random records, made into tables and loaded, are in the blocks as the record path reads them."""
    random = Random(seed)
    rulebook = book() if seed % 2 else random_book(seed % 15)
    maker = maker_of(rulebook)
    records = [maker.record(random, ON) for _ in range(12)]
    tables = load(tables_of(records, rulebook._book.vocabulary), ON, rulebook._book.vocabulary)
    assert tables.valid.all()
    assert tables.invalid.is_empty()
    assert check_blocks(tables, size) == 12


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.sampled_from([0, 0.01]))
def test_blocks_of_random_tables_say_what_their_records_say(seed: int, wrong: float) -> None:
    """Tables of any types, in any order and with faults: the clients that are right are as their records are."""
    maker = FramesMaker(Random(seed), book(), wrong)
    check_blocks(loaded(**maker.tables(20)), 7)


SOURCE_TABLES = {
    "clients": columns(
        id=["a", "b", "c"],
        birth_date=[date(1980, 1, 2), None, date(1999, 12, 31)],
        unemployed=[True, None, False],
        subsidy_days=[180, None, 3],
        complete=[["periods.decision_on", "plans.options"], None, []],
        benefits_known=[True, None, False],
    ),
    "benefits": columns(
        client=["b", "a", "b"],
        id=["x", None, "y"],
        kind=["social_assistance", "labour_market_subsidy", None],
        start=[None, date(2014, 1, 1), date(2014, 2, 1)],
        days=[5, None, 0],
    ),
    "plans": columns(
        client=["a", "c"],
        entries=[["education", "measures"], []],
        reviewed_on=[[date(2014, 3, 1), date(2014, 2, 1)], None],
    ),
    "periods": columns(client=["c"], hours_per_day=[7.5], start=[date(2014, 1, 31)], length_months=[1]),
}


def write(table: pl.DataFrame, path: Path) -> Path:
    kind = path.suffix
    if kind == ".parquet":
        table.write_parquet(path)
    elif kind == ".csv":
        as_csv(table, path)
    elif kind in (".ndjson", ".jsonl"):
        table.write_ndjson(path)
    else:
        table.write_ipc(path)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".ndjson", ".jsonl", ".arrow", ".ipc", ".feather", ".CSV"])
def test_files_say_the_same(tmp_path: Path, suffix: str) -> None:
    """A table is the same from every kind of file."""
    kind = suffix.lower()
    paths = {
        name: write(table, tmp_path / f"{name}{kind}").rename(tmp_path / f"{name}{suffix}")
        for name, table in SOURCE_TABLES.items()
    }
    tables, frames = loaded(**paths), loaded(**SOURCE_TABLES)
    assert tables.invalid.is_empty()
    assert [tables.record(row) for row in range(3)] != [{}, {}, {}]
    reader = ClientReader(book()._parts)
    for row in range(3):
        assert reader.read(tables.record(row)) == reader.read(frames.record(row))
    assert check_blocks(tables, 2) == 3


class Stream:
    """A table that offers Arrow's stream and nothing else."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize("turn", [pl.DataFrame.lazy, pl.DataFrame.to_arrow, Stream])
def test_tables_in_memory_say_the_same(turn: Any) -> None:
    """Lazy frames, tables of pyarrow and whatever has Arrow's stream are read as data frames are."""
    tables = loaded(**{name: turn(table) for name, table in SOURCE_TABLES.items()})
    frames = loaded(**SOURCE_TABLES)
    assert [tables.record(row) for row in range(3)] == [frames.record(row) for row in range(3)]
    assert check_blocks(tables, 2) == 3


def test_items_stay_in_their_order() -> None:
    """Items of a table that is not sorted come client by client, those of one client in the order of the table."""
    benefits = columns(client=["b", "a", "b", "c", "a"], days=[1, 2, 3, 4, 5], id=["p", "q", "r", "s", None])
    tables = loaded(clients=columns(id=["a", "b", "c", "d"]), benefits=benefits)
    assert [[item["days"] for item in tables.record(row)["benefits"]] for row in range(4)] == [[2, 5], [1, 3], [4], []]
    assert tables.client_of("benefits").tolist() == [0, 0, 1, 1, 2]
    assert tables.position_of("benefits").tolist() == [0, 1, 0, 1, 0]
    assert tables.ids_of_items("benefits").to_list() == ["q", None, "p", "r", "s"]
    assert tables.ids_of_items("plans").to_list() == []
    (block,) = tables.blocks(10)
    assert block.items["benefits"].column("days").low.tolist() == [2, 5, 1, 3, 4]


def test_items_may_name_clients_by_rows() -> None:
    """Where all items name their clients by rows, ids may be those of several clients."""
    benefits = columns(client_row=[2, 0, 2], days=[1, 2, 3])
    tables = loaded(clients=columns(id=["a", "a", "b"]), benefits=benefits)
    assert [[item["days"] for item in tables.record(row)["benefits"]] for row in range(3)] == [[2], [], [1, 3]]
    assert tables.valid.all()
    with pytest.raises(RecordError, match="AR133"):
        loaded(clients=columns(id=["a"]), benefits=columns(client_row=[0], client=["a"]))


def test_lists_are_known_where_a_table_is_given() -> None:
    """A table that is given is complete; one that is not is unknown, as is the list of whom it is said."""
    clients = columns(id=["a", "b", "c"], plans_known=[None, False, True])
    plans = columns(client=["c"], kind=["joint_plan"])
    tables = loaded(clients=clients, plans=plans)
    assert [tables.record(row) for row in range(3)] == [
        {"id": "a", "plans": []},
        {"id": "b"},
        {"id": "c", "plans": [{"kind": "joint_plan"}]},
    ]
    (block,) = tables.blocks(3)
    assert block.items["plans"].known.tolist() == [True, False, True]
    assert block.items["events"].known.tolist() == [False, False, False]


def test_what_is_refused_leaves_nothing_behind() -> None:
    """Of a client who is not valid there are no items and no facts in blocks; all others stay in their rows."""
    clients = columns(id=["a", "b", "c"], birth_date=[date(1850, 1, 1), date(1980, 1, 1), None], unemployed=[True] * 3)
    benefits = columns(client=["a", "b", "a", "c"], id=["p", "q", "r", "s"], days=[1, 2, 3, 4])
    periods = columns(client=["a", "c"], attended_on=[[date(2014, 1, 1)], [date(2014, 1, 2), date(2014, 1, 3)]])
    tables = loaded(clients=clients, benefits=benefits, periods=periods)
    assert tables.valid.tolist() == [False, True, True]
    assert tables.ids_of_items("benefits").to_list() == ["q", "s"]
    assert tables.client_of("benefits").tolist() == [1, 2]
    (block,) = tables.blocks(5)
    assert block.items["benefits"].starts.tolist() == [0, 0, 1, 2]
    assert block.items["benefits"].known.tolist() == [False, True, True]
    assert [block.client["birth_date"].value(row) for row in range(3)] == [UNKNOWN, date(1980, 1, 1), UNKNOWN]
    assert [block.ready_made["unemployed"].value(row) for row in range(3)] == [UNKNOWN, True, True]
    assert block.items["periods"].days("attended_on").days.tolist() == [
        date(2014, 1, 2).toordinal(),
        date(2014, 1, 3).toordinal(),
    ]
    assert [item["id"] for item in tables.record(0)["benefits"]] == ["p", "r"]
    check_blocks(tables, 2)


def test_bounds_of_numbers() -> None:
    """Bounds are intervals from 0 on; bounds that meet are the number itself."""
    clients = columns(
        id=list("abcde"),
        subsidy_days=[None, None, None, 7, None],
        subsidy_days_at_least=[300, None, 5, None, None],
        subsidy_days_at_most=[None, 20, 5, None, None],
    )
    (block,) = loaded(clients=clients).blocks(9)
    actual = [block.ready_made["subsidy_days"].value(row) for row in range(5)]
    assert actual == [Interval(300, None), Interval(0, 20), 5, 7, UNKNOWN]


def test_numbers_of_any_type() -> None:
    """Whole numbers may come as floats and decimals, and a float of half length counts as it is printed."""
    numbers = {
        "float": pl.Series([180.0, None], dtype=pl.Float64),
        "short": pl.Series([180.0, None], dtype=pl.Float32),
        "decimal": pl.Series([Decimal("180.00"), None]),
        "small": pl.Series([180, None], dtype=pl.Int16),
        "unsigned": pl.Series([180, None], dtype=pl.UInt64),
    }
    for kind, series in numbers.items():
        tables = loaded(clients=pl.DataFrame({"id": ["a", "b"], "subsidy_days": series}))
        assert tables.record(0)["facts"] == {"subsidy_days": 180}, kind
        assert type(tables.record(0)["facts"]["subsidy_days"]) is int, kind
        assert check_blocks(tables, 2) == 2
    hours = pl.Series([7.1], dtype=pl.Float32)
    tables = loaded(clients=columns(id=["a"]), periods=pl.DataFrame({"client": ["a"], "hours_per_day": hours}))
    assert tables.record(0)["periods"] == [{"hours_per_day": Decimal("7.1")}]
    (block,) = tables.blocks(1)
    assert not block.overflow_mask.any()


def test_words_of_any_type() -> None:
    """Categories and enumerations are texts."""
    kinds = ["joint_plan", None, "client_plan"]
    for kind in (pl.Categorical, pl.Enum(["client_plan", "other", "joint_plan"])):
        plans = pl.DataFrame(
            {
                "client": pl.Series(["a", "a", "b"], dtype=pl.Categorical),
                "kind": pl.Series(kinds, dtype=kind),
                "options": pl.Series([["training"], [], None], dtype=pl.List(pl.Categorical)),
            }
        )
        tables = loaded(clients=pl.DataFrame({"id": pl.Series(["a", "b"], dtype=pl.Enum(["b", "a"]))}), plans=plans)
        assert [item.get("kind") for item in tables.record(0)["plans"]] == ["joint_plan", None]
        assert check_blocks(tables, 2) == 2
    fixed = pl.Series([["training", "other"]], dtype=pl.Array(pl.String, 2))
    tables = loaded(clients=columns(id=["a"]), plans=pl.DataFrame({"client": ["a"], "options": fixed}))
    assert tables.record(0)["plans"] == [{"options": ["training", "other"]}]
    assert check_blocks(tables, 1) == 1


def test_columns_without_values() -> None:
    """Columns in which nothing is given need no type."""
    clients = pl.DataFrame({"id": ["a"], "birth_date": [None], "complete": [None], "subsidy_days": [None]})
    plans = pl.DataFrame({"client": ["a"], "options": [None], "reviewed_on": [[]], "entries": [[]]})
    tables = loaded(clients=clients, plans=plans)
    assert tables.record(0) == {"id": "a", "plans": [{"reviewed_on": [], "entries": []}]}
    assert check_blocks(tables, 1) == 1


def test_no_rows_at_all() -> None:
    """Empty tables are loaded: nobody, and nothing of them."""
    nobody = pl.DataFrame(schema={"id": pl.String})
    tables = loaded(clients=nobody, benefits=pl.DataFrame(schema={"client": pl.String, "days": pl.Int64}))
    assert tables.size == 0
    assert list(tables.blocks(5)) == []
    assert tables.client_of("benefits").tolist() == []
    tables = loaded(clients=columns(id=["a"]), benefits=pl.DataFrame(schema={"client": pl.String, "days": pl.Int64}))
    assert tables.record(0) == {"id": "a", "benefits": []}
    assert check_blocks(tables, 5) == 1


def test_many_decimals_are_answered_by_the_record_path() -> None:
    """Numbers of more decimals than columns hold are valid, and marked."""
    hours = pl.Series([Decimal("7.12345"), Decimal("7.5"), None])
    periods = pl.DataFrame({"client": ["a", "b", "c"], "hours_per_day": hours})
    tables = loaded(clients=columns(id=["a", "b", "c"], daily_travel_hours=[0.5, None, 1 / 3]), periods=periods)
    assert tables.valid.tolist() == [True, True, False]
    assert tables.record(0)["periods"] == [{"hours_per_day": Decimal("7.12345")}]
    (block,) = tables.blocks(3)
    assert block.overflow_mask.tolist() == [True, False, False]
    check_blocks(tables, 3)


def test_sets_of_many_words_are_answered_by_the_record_path() -> None:
    """Of a set with more words than a machine word has bits the columns hold nothing, and its rows are marked."""
    words = tuple(f"w{number}" for number in range(63))
    encoded = encode_column(pl.Series([["w1"], None, []]), ColumnSpec("set", words), Words(), False)
    assert encoded.overflow is not None
    assert encoded.overflow.tolist() == [True, False, True]
    assert encoded.values.column(0, 3).codes().tolist() == [3, 3, 3]
    fewer = encode_column(pl.Series([["w61"], None, []]), ColumnSpec("set", words[:62]), Words(), False)
    assert fewer.overflow is None
    assert int(fewer.values.data[0]) == 1 << sorted(words[:62]).index("w61")


def test_lists_in_csv() -> None:
    """Parts of a text are separated by semicolons; one alone is the empty list, and nothing is unknown."""
    assert split_texts(pl.Series("x", ["a;b", "a", ";", None, "a;"])).to_list() == [
        ["a", "b"],
        ["a"],
        [],
        None,
        ["a", ""],
    ]


@settings(max_examples=60, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(1, 1200))
def test_periods_end_as_records_have_it(start: date, months: int) -> None:
    """The last day of a period of any length is that of the record, and so is its being refused."""
    periods = columns(client=["a"], start=[start], length_months=[months])
    tables = loaded(clients=columns(id=["a"]), periods=periods)
    last = add_months(start, months) - timedelta(days=1)
    assert tables.valid.tolist() == [last <= LAST_DAY]
    check_blocks(tables, 1)


def test_periods_end_by_their_length() -> None:
    """The agreed and the real end stand in for each other as in a record, and stay as they are given."""
    periods = columns(
        client=["a"] * 9,
        start=[date(2014, 1, 31), None, date(2014, 3, 1), date(2014, 3, 1), *[date(2014, 6, 2)] * 5],
        length_months=[1, 3, None, 3, None, None, None, None, None],
        agreed_end=[*[None] * 6, date(2014, 9, 1), date(2014, 9, 1), date(2014, 9, 1)],
        end=[None, date(2014, 9, 1), None, date(2014, 4, 4), *[date(2014, 7, 4)] * 3, None, None],
        ended_because=[None, None, None, "work", "completed", "work", "work", "client", None],
    )
    (block,) = loaded(clients=columns(id=["a"]), periods=periods).blocks(1)
    ends, agreed = (
        [block.items["periods"].column(name).value(row) for row in range(9)] for name in ("end", "agreed_end")
    )
    early, late = date(2014, 7, 4), date(2014, 9, 1)
    assert ends == [date(2014, 2, 27), late, UNKNOWN, date(2014, 4, 4), early, early, early, UNKNOWN, late]
    assert agreed == [date(2014, 2, 27), UNKNOWN, UNKNOWN, date(2014, 5, 31), early, UNKNOWN, late, late, late]
    check_blocks(loaded(clients=columns(id=["a"]), periods=periods), 1)


def test_what_is_wrong_with_tables_is_told_at_once() -> None:
    """Unknown columns, wrong types and missing keys are all told, with the nearest name and without contents."""
    clients = pl.DataFrame(
        {
            "ids": ["a"],
            "birth_day": [date(1980, 1, 1)],
            "unemployed": ["secret"],
            "facts.subsidy_days": [1],
            "subsidy_days": [2],
            "daily_travel_hours": ["1"],
            "secret text": [1],
        }
    )
    plans = pl.DataFrame({"clint": ["a"], "made_on": [1], "options": ["training"], "reviewed_on": [[1]]})
    with pytest.raises(RecordError) as caught:
        loaded(clients=clients, plans=plans)
    faults = [(fault.place, fault.code) for fault in caught.value.faults]
    assert faults == [
        ("clients column 1", "AR130"),
        ("clients column 2", "AR130"),
        ("clients.unemployed", "AR131"),
        ("clients.subsidy_days", "AR133"),
        ("clients.daily_travel_hours", "AR131"),
        ("clients column 7", "AR130"),
        ("clients.id", "AR132"),
        ("plans column 1", "AR130"),
        ("plans.made_on", "AR131"),
        ("plans.options", "AR131"),
        ("plans.reviewed_on", "AR131"),
        ("plans.client", "AR132"),
    ]
    assert "Did you mean birth_date?" in str(caught.value)
    assert "Did you mean client?" in str(caught.value)
    assert "secret" not in str(caught.value)


WRONG_TYPES = {
    "birth_date": [pl.Series([1]), pl.Series([date(2014, 1, 1)]).cast(pl.Datetime)],
    "municipality": [pl.Series([1])],
    "protected": [pl.Series([1]), pl.Series(["true"])],
    "complete": [pl.Series(["periods.end"])],
    "benefits_known": [pl.Series(["true"])],
    "daily_compensation": [pl.Series([True]), pl.Series([date(2014, 1, 1)])],
    "subsidy_days": [pl.Series([True]), pl.Series(["1"])],
    "subsidy_days_at_least": [pl.Series([date(2014, 1, 1)])],
}


@pytest.mark.parametrize("name", WRONG_TYPES)
def test_columns_of_wrong_types(name: str) -> None:
    """Columns whose values no record could have are refused as a whole."""
    for series in WRONG_TYPES[name]:
        with pytest.raises(RecordError, match=r"AR131 holds .*\n  It must hold"):
            loaded(clients=pl.DataFrame({"id": ["a"], name: series}))
    named = pl.Series([["secret"]], dtype=pl.List(pl.Enum(["secret"])))
    with pytest.raises(RecordError, match=r"AR131 holds List of Enum\n") as caught:
        loaded(clients=pl.DataFrame({"id": ["a"], "birth_date": named}))
    assert "secret" not in str(caught.value)


def test_known_lists_need_their_table() -> None:
    """To say that lists are known, without giving them, is an error: it does not mean that there are none."""
    with pytest.raises(RecordError, match=r"clients\.events_known  AR132"):
        loaded(clients=columns(id=["a", "b"], events_known=[None, True]))
    assert loaded(clients=columns(id=["a"], events_known=[False])).record(0) == {"id": "a"}


def test_what_is_no_table(tmp_path: Path) -> None:
    """What is no table, is not there or cannot be read is told, without contents."""
    with pytest.raises(TypeError, match=r"Did you mean clients\?"):
        loaded(client=columns(id=["a"]), clients=columns(id=["a"]))
    with pytest.raises(TypeError, match="must be given"):
        loaded(benefits=columns(client=["a"]))
    with pytest.raises(TypeError, match="dict is no table"):
        loaded(clients={"id": ["a"]})
    with pytest.raises(AdapterError, match="no such file"):
        loaded(clients=tmp_path / "none.parquet")
    with pytest.raises(AdapterError, match=r"Known are \.parquet"):
        loaded(clients="clients.xlsx")
    contents = {
        "a.parquet": b"secret",
        "b.csv": b"id,birth_date\nsecret,1,2\n",
        "c.csv": b"id\n\xe4secret\n",
        "d.csv": b"",
        "e.ndjson": b'{"id": "secret"}\n["secret"]\n',
        "f.jsonl": b"secret\n",
        "g.arrow": b"secret",
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(AdapterError, match="cannot be read") as caught:
            loaded(clients=path)
        assert "secret" not in str(caught.value)
        assert caught.value.__context__ is None


class Broken:
    """A table whose stream fails, quoting what it holds."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        raise ValueError("secret")


def test_a_table_that_fails() -> None:
    """What a table raises is not passed on: it may quote what it holds."""
    with pytest.raises(AdapterError, match="cannot be read") as caught:
        loaded(clients=Broken())
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_mixed_types_in_json_lines(tmp_path: Path) -> None:
    """A text where others have numbers is the fault of its client alone, and a key that comes late is not dropped."""
    path = tmp_path / "clients.ndjson"
    path.write_text('{"id": "a", "subsidy_days": 5}\n{"id": "b", "subsidy_days": "five"}\n')
    invalid = loaded(clients=path).invalid.select("id", "row", "path", "code").rows()
    assert invalid == [("b", 1, "facts.subsidy_days", "AR101")]
    path.write_text("".join(f'{{"id": "{number}"}}\n' for number in range(2000)) + '{"id": "z", "subsidy_day": 5}\n')
    with pytest.raises(RecordError, match=r"clients column 2  AR130"):
        loaded(clients=path)


def test_columns_and_days_of_blocks_are_typed() -> None:
    """Fields of one value are columns, those of several days are days; each list has all its fields."""
    (block,) = loaded(**SOURCE_TABLES).blocks(3)
    for name, info in lists().items():
        assert block.items[name].fields.keys() == info.fields.keys()
        for field, kind in info.fields.items():
            field_values = block.items[name].fields[field]
            assert isinstance(field_values, Days if kind.type == "dates" else Column)


def test_many_rows_are_read_in_threads() -> None:
    """Large tables, which are read in several threads, are read as small ones are."""
    size = 60_000
    clients = columns(id=[f"c{row}" for row in range(size)])
    days = np.arange(size * 2) % 250
    benefits = columns(client=np.repeat(clients["id"].to_numpy(), 2), days=days)
    tables = loaded(clients=clients, benefits=benefits)
    assert (tables.client_of("benefits") == np.repeat(np.arange(size), 2)).all()
    assert (np.concatenate([b.items["benefits"].column("days").low for b in tables.blocks(7000)]) == days).all()
    assert tables.record(size - 1)["benefits"] == [{"days": int(days[-2])}, {"days": int(days[-1])}]


def test_items_of_which_nothing_is_known() -> None:
    """Items may have nothing but their client: there are so many, and no more is known."""
    tables = loaded(clients=columns(id=["a", "b"]), events=columns(client=["b", "a", "b"]))
    assert [tables.record(row)["events"] for row in range(2)] == [[{}], [{}, {}]]
    assert check_blocks(tables, 2) == 2
