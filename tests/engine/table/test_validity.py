"""Who is left out of tables: exactly the clients that the record path refuses, with all that it says."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
from frames_maker import FramesMaker, as_csv, book
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.compiler.facts import Vocabulary
from aava_rules.engine.table.input.tables import Tables, load
from aava_rules.engine.table.input.validate import CODES, INVALID_SCHEMA, ROW_CODES, ClientReader, wrong_texts
from aava_rules.record.checks import CODES as RECORD_CODES
from aava_rules.record.checks import text_flaw

ON = date(2014, 5, 5)


def loaded(**tables: Any) -> Tables:
    return load(tables, ON, book()._book.vocabulary)


def columns(**values: Any) -> pl.DataFrame:
    return pl.DataFrame(values)


def fault_rows(tables: Tables) -> list[tuple[Any, ...]]:
    return tables.invalid.select("id", "table", "row", "path", "code").rows()


def check(tables: Tables) -> None:
    """The record path refuses whom the tables leave out, and nobody else; it says all that is told."""
    reader = ClientReader(book()._parts)
    own = tables.invalid.filter(pl.col("code").is_in(list(ROW_CODES)) | pl.col("path").str.ends_with("_known"))
    rest = tables.invalid.join(own, on=tables.invalid.columns, how="anti", nulls_equal=True)
    wanted = []
    for row in range(tables.size):
        faults = reader.faults(tables.record(row))
        wanted += [(fault.place, fault.code) for fault in faults]
        assert tables.valid[row] == (not faults and tables.ids[row] not in own["id"]), (row, faults)
    assert sorted(rest.select("path", "code").rows()) == sorted(wanted)
    assert tables.invalid.schema == INVALID_SCHEMA


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([0.002, 0.02, 0.2]))
def test_exactly_those_whom_the_record_path_refuses(seed: int, wrong: float) -> None:
    """In random tables of all types, a client is left out if and only if reading its record raises."""
    random = Random(seed)
    check(loaded(**FramesMaker(random, book(), wrong).tables(random.choice([1, 20]))))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from([0.002, 0.02, 0.2]))
def test_the_same_of_csv(seed: int, wrong: float) -> None:
    """The same holds of files of CSV, where every cell is a text."""
    tables = FramesMaker(Random(seed), book(), wrong).tables(12)
    with tempfile.TemporaryDirectory() as folder:
        check(loaded(**{name: as_csv(table, Path(folder) / f"{name}.csv") for name, table in tables.items()}))


def test_rows_of_faults() -> None:
    """A fault is told with the table and the row in which it is, wherever the client's items lie."""
    tables = loaded(
        clients=columns(id=["a", "b", "c"], birth_date=[None, date(1850, 1, 1), None], subsidy_days=[-5, 3, 4]),
        benefits=columns(
            client=["c", "a", "c", "a"],
            start=[date(2014, 1, 1)] * 4,
            end=[date(2014, 2, 1), None, date(2013, 12, 31), date(2013, 1, 1)],
        ),
    )
    assert fault_rows(tables) == [
        ("a", "benefits", 3, "benefits[1].end", "AR119"),
        ("a", "clients", 0, "facts.subsidy_days", "AR101"),
        ("b", "clients", 1, "client.birth_date", "AR116"),
        ("c", "benefits", 2, "benefits[1].end", "AR119"),
    ]
    assert tables.valid.tolist() == [False, False, False]
    assert tables.invalid["reason"][0] == "is before start. end is the last day and cannot be before start."


def test_every_fault_of_a_client_is_told() -> None:
    """All faults of one client come together: those of tables first, then those of the record."""
    tables = loaded(
        clients=columns(
            id=["a", "b"],
            language=["xx", "fi"],
            complete=[["plans.nothing"], ["plans.options"]],
            subsidy_days=[1, None],
            subsidy_days_at_least=[5, 4],
            subsidy_days_at_most=[3, 4],
            plans_known=[False, True],
            plans_complete_from=[date(2014, 1, 1), date(2014, 1, 1)],
        ),
        plans=columns(client=["a"], kind=["none"]),
    )
    assert fault_rows(tables) == [
        ("a", "clients", 0, "facts.subsidy_days", "AR137"),
        ("a", "clients", 0, "plans_known", "AR136"),
        ("a", "clients", 0, "client.language", "AR117"),
        ("a", "clients", 0, "complete[0]", "AR122"),
        ("a", "clients", 0, "complete_from.plans", "AR119"),
    ]
    assert tables.valid.tolist() == [False, True]


def test_bounds_out_of_order() -> None:
    """Bounds that leave no number are refused; bounds that leave one are not."""
    clients = columns(id=["a", "b"], subsidy_days_at_least=[5, 4], subsidy_days_at_most=[4, 4])
    assert fault_rows(loaded(clients=clients)) == [("a", "clients", 0, "facts.subsidy_days", "AR119")]


def test_ids_of_clients() -> None:
    """Ids that are missing or no ids are refused, and those that several clients have; none is shown that is no id."""
    ids = ["a", None, "", "b", "a", "tab\t", "x" * 201, "ä"]
    tables = loaded(clients=columns(id=ids), benefits=columns(client=["a", "b"], days=[1, 2]))
    assert tables.valid.tolist() == [False, False, False, True, False, False, False, True]
    assert fault_rows(tables) == [
        ("a", "clients", 0, "id", "AR134"),
        (None, "clients", 1, "id", "AR115"),
        (None, "clients", 2, "id", "AR121"),
        ("a", "clients", 4, "id", "AR134"),
        (None, "clients", 5, "id", "AR121"),
        (None, "clients", 6, "id", "AR121"),
    ]
    assert tables.client_of("benefits").tolist() == [3]


def test_items_of_nobody() -> None:
    """Items whose client is not there are told and left out; all others stay."""
    benefits = columns(client=["b", "x", None, "a", "y"], days=[1, 2, 3, 4, 5])
    plans = columns(client_row=[0, 2, -1, None, 1], kind=["joint_plan"] * 5)
    tables = loaded(clients=columns(id=["a", "b"]), benefits=benefits, plans=plans)
    assert fault_rows(tables) == [
        *((None, "benefits", row, "benefits.client", "AR135") for row in (1, 2, 4)),
        *((None, "plans", row, "plans.client", "AR135") for row in (1, 2, 3)),
    ]
    assert tables.valid.all()
    assert [tables.record(row)["benefits"] for row in range(2)] == [[{"days": 4}], [{"days": 1}]]
    assert tables.client_of("plans").tolist() == [0, 1]


def test_wrong_cells_of_csv(tmp_path: Path) -> None:
    """Cells of CSV that are not what their column holds are told as values of records are."""
    path = tmp_path / "clients.csv"
    path.write_text(
        "id,benefits_known,unemployed,subsidy_days,daily_travel_hours,complete\na,no,yes,5.5,1;5,x;periods.end\nb,,true,5,1.50,;\n"
    )
    benefits = tmp_path / "benefits.csv"
    benefits.write_text("client,days\na,\nb,7\n")
    tables = loaded(clients=path, benefits=benefits)
    assert fault_rows(tables) == [
        ("a", "clients", 0, "benefits_known", "AR115"),
        ("a", "clients", 0, "complete[0]", "AR122"),
        ("a", "clients", 0, "facts.unemployed", "AR101"),
        ("a", "clients", 0, "facts.subsidy_days", "AR101"),
        ("a", "clients", 0, "facts.daily_travel_hours", "AR101"),
    ]
    assert tables.record(1)["benefits"] == [{"days": 7}]


def test_too_many_items() -> None:
    """A list that is longer than records may have is refused; one that is as long is not."""
    owners = ["a"] * 10_001 + ["b"] * 10_000
    tables = loaded(clients=columns(id=["a", "b"]), benefits=columns(client=owners))
    assert tables.valid.tolist() == [False, True]
    assert fault_rows(tables) == [("a", "benefits", None, "benefits", "AR120")]
    days = [date(2014, 1, 1)] * 100_001
    periods = columns(client=["a", "b"], attended_on=[days, days[1:]])
    tables = loaded(clients=columns(id=["a", "b"]), periods=periods)
    assert fault_rows(tables) == [("a", "periods", 0, "periods[0].attended_on", "AR120")]


def test_too_many_facts() -> None:
    """A client with more ready-made facts than a record may have is refused; one with as many is not."""
    parts = book()._parts
    facts = {f"f{number}": replace(parts.facts["unemployed"], name=f"f{number}") for number in range(1001)}
    vocabulary = Vocabulary(replace(parts, facts=parts.facts | facts))
    clients = pl.DataFrame({"id": ["a", "b"], **{name: [True, True] for name in facts}, "f7": [True, None]})
    tables = load({"clients": clients}, ON, vocabulary)
    assert fault_rows(tables) == [("a", "clients", 0, "facts", "AR120")]


def test_lengths_of_periods() -> None:
    """A length that contradicts the agreed end, or leads past all days, is refused; so is an agreed end too early."""
    periods = columns(
        client=["a", "b", "c", "d", "e", "f"],
        start=[date(2014, 1, 1), date(2200, 12, 1), date(2200, 12, 1), None, date(2014, 1, 1), date(2014, 1, 1)],
        length_months=[3, 2, 1, 3, None, 3],
        agreed_end=[date(2014, 3, 30), None, None, date(2014, 1, 1), date(2013, 12, 31), None],
        end=[None, None, None, None, None, date(2014, 3, 30)],
    )
    tables = loaded(clients=columns(id=list("abcdef")), periods=periods)
    assert fault_rows(tables) == [
        ("a", "periods", 0, "periods[0].length_months", "AR119"),
        ("b", "periods", 1, "periods[0].length_months", "AR118"),
        ("e", "periods", 4, "periods[0].agreed_end", "AR119"),
    ]


def test_days_that_python_lacks() -> None:
    """Days outside the years 1 to 9999, which a data frame can hold, are refused as other wrong days are."""
    far = pl.Series([-1_000_000, 10_000_000, 16_000], dtype=pl.Int32).cast(pl.Date)
    attended = pl.DataFrame({"row": [0, 1, 2], "day": far}).group_by("row", maintain_order=True).agg("day")["day"]
    clients = pl.DataFrame({"id": ["a", "b", "c"], "birth_date": far})
    periods = pl.DataFrame({"client": ["a", "b", "c"], "attended_on": attended})
    tables = loaded(clients=clients, periods=periods)
    assert tables.valid.tolist() == [False, False, True]
    assert {code for *_, code in fault_rows(tables)} == {"AR116"}
    assert len(fault_rows(tables)) == 4


def test_no_contents_in_reasons() -> None:
    """What is told about wrong cells names columns and words that may stand there, never what stood there."""
    secret = "Secret Person"
    tables = loaded(
        clients=columns(
            id=["a"], language=[secret], municipality=[secret + "\n"], complete=[[secret]], birth_date=[secret]
        ),
        plans=columns(client=["a", secret], id=[secret + "\x00", None], kind=[secret, None], options=[[secret], None]),
    )
    assert len(fault_rows(tables)) == 8
    assert secret not in str(tables.invalid.rows())


def test_every_text_that_is_not_printable_is_found() -> None:
    """A text of one character is wrong exactly if records refuse it, for all characters of the basic plane."""
    texts = [chr(number) for number in range(0x11000) if not 0xD800 <= number < 0xE000]
    wrong = wrong_texts(pl.Series(texts))
    assert wrong is not None
    assert wrong.tolist() == [text_flaw(text) is not None for text in texts]
    assert wrong_texts(pl.Series(["ä" * 200, "abc", None, "日本"])) is None
    assert wrong_texts(pl.Series(["abc"], dtype=pl.String)) is None
    for text in ("ä" * 201, "a" * 201, ""):
        assert wrong_texts(pl.Series(["a", text])) is not None


def test_codes_are_told_apart() -> None:
    """Codes of tables are none of those of records."""
    assert not set(CODES) & set(RECORD_CODES)
    assert list(CODES) == sorted(CODES)
