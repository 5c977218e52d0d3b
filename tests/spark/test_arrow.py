"""The function from Arrow to Arrow, without a cluster: the same answers as `decide_table`, however rows are cut."""

from __future__ import annotations

import pickle
import sys
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from nested_maker import ANSWERS, ON, book, in_one_piece, nested, rows_of, some_tables

from aava_rules import AdapterError, RecordError, RulebookNotFound, UnknownName
from aava_rules.arrow import ArrowFunction, _loaded, arrow_function

OWN = Path(__file__).parents[2] / "examples" / "own_rulebook"
PERIOD = {"kind": "rehabilitative_work", "start": date(2015, 8, 3), "end": date(2015, 12, 1), "days_per_week": 5}


def rows(function: ArrowFunction, table: pa.Table, size: int) -> list[tuple[Any, ...]]:
    batches = list(function(iter(table.to_batches(max_chunksize=size))))
    assert all(isinstance(batch, pa.RecordBatch) and batch.schema == function.schema for batch in batches)
    return rows_of(row for batch in batches for row in batch.to_pylist())


@cache
def findings() -> ArrowFunction:
    return arrow_function("finland", ON)


def faults(**columns: Any) -> str:
    with pytest.raises(RecordError) as caught:
        findings().table(pa.table(columns))
    return str(caught.value)


@pytest.mark.parametrize("answers", ANSWERS[:3])
def test_answers_are_those_of_decide_table_however_rows_are_cut(answers: Any) -> None:
    """Clients in batches of one, of seven and of all get what they get in five flat tables."""
    tables = some_tables(20, book())
    table, wanted = nested(tables), in_one_piece(tables, answers, book())
    assert len({row[0] for row in wanted}) >= 5
    function = arrow_function("aava", ON, answers=answers)
    for size in (1, 7, 20):
        assert rows(function, table, size) == wanted
    assert rows_of(function.table(table).to_pylist()) == wanted


def test_notices_are_those_of_single_decisions() -> None:
    """What does not fit together is told of clients in batches as of each by itself, with paths and in three languages."""
    rulebook, tables = book(), some_tables(25, book(), seed=2)
    decided = rulebook.decide_table(**tables, on=ON)
    wanted = [
        {"id": decision.record_id, "code": one.code, "fields": list(one.fields)}
        | {f"text_{language}": text for language, text in one.texts.items()}
        for client in range(25)
        for decision in [rulebook.decide(decided._tables.record(client), ON)]
        for one in decision.notices
    ]
    function = arrow_function("aava", ON, answers="notices")
    assert function.table(nested(tables)).to_pylist() == wanted
    assert len(wanted) > 3
    assert function.ddl.startswith("id string, code string, fields array<string>, text_fi string")


def test_outcomes_are_those_of_single_decisions() -> None:
    """Each row says of every outcome what `decide` says of the record."""
    rulebook, tables = book(), some_tables(25, book(), seed=2)
    decided = rulebook.decide_table(**tables, on=ON)
    found = arrow_function("aava", ON, answers="outcomes").table(nested(tables)).to_pylist()
    assert len(found) == 25
    for row, client in zip(found, range(25), strict=True):
        outcomes = rulebook.decide(decided._tables.record(client), ON).outcomes
        assert {name: row[f"{name}_status"] for name in outcomes} == {
            name: one.status for name, one in outcomes.items()
        }
        assert row["target_group"] is (
            outcomes["target_group"].value if row["target_group_status"] == "known" else None
        )


def test_a_null_list_is_not_known_and_an_empty_one_says_that_there_are_none() -> None:
    """So does the record: what is not known may matter, and what is none does not."""
    given = {"unknown": None, "none": [], "one": [PERIOD]}
    function = arrow_function("finland", "2015-12-01", only=["participation_days_cap", "days_per_week_max"])
    table = pa.table({"id": list(given), "periods": list(given.values())})
    found = {(row["id"], row["requirement"]): row["status"] for row in function.table(table).to_pylist()}
    wanted = {
        (client, finding.requirement): finding.status
        for client, periods in given.items()
        for finding in book("finland").decide({"id": client, "periods": periods}, "2015-12-01", function.only).findings
        if finding.status != "not_applicable"
    }
    assert found == wanted
    assert found["unknown", "participation_days_cap"] != found["none", "participation_days_cap"]
    assert ("one", "days_per_week_max") in found


def test_a_list_without_a_column_is_as_one_that_is_null() -> None:
    """A list that no column tells of is not known of anyone."""
    function = arrow_function("finland", ON, answers="outcomes")
    null = pa.table({"id": ["a"], "benefits": pa.nulls(1), "periods": pa.array([None], pa.list_(pa.null()))})
    without = function.table(pa.table({"id": ["a"]})).to_pylist()
    assert function.table(null).to_pylist() == without
    none = pa.table({"id": ["a"], "benefits": pa.array([[]], pa.list_(pa.null()))})
    assert function.table(none).to_pylist() != without


def test_invalid_rows_are_told_as_the_record_path_tells_them_and_the_others_are_answered() -> None:
    """Each fault has its client, its place and a reason without contents; cutting changes nothing."""
    early = PERIOD | {"end": date(2015, 1, 1)}
    clients: dict[str, list[Any]] = {
        "id": ["good", "age", "end", None, "hole", "holes"],
        "age": [30, -1, 40, 50, 60, 70],
        "periods": [[PERIOD], [], [PERIOD, early], [], [PERIOD, None, PERIOD], [None, None]],
    }
    wanted = []
    for client, age, periods in zip(*clients.values(), strict=True):
        try:
            book().decide({"id": client, "facts": {"age": age}, "periods": periods}, ON)
        except RecordError as error:
            wanted += [(client, fault.place, fault.code, fault.what) for fault in error.faults]
    assert len(wanted) == 6
    table = pa.table(clients)
    invalid = arrow_function("aava", ON, answers="invalid")
    found = rows(invalid, table, 6)
    assert rows(invalid, table, 1) == rows(invalid, table, 2) == found
    told = [(row["id"], row["path"], row["code"], row["reason"]) for row in map(dict, found)]
    for (*place, reason), (*right, what) in zip(sorted(told, key=repr), sorted(wanted, key=repr), strict=True):
        assert place == right
        assert reason.startswith(what)
        assert "2015" not in reason
    assert {(row["id"], row["table"]) for row in map(dict, found)} == {
        ("age", "clients"), ("end", "periods"), (None, "clients"), ("hole", "periods"), ("holes", "periods"),
    }  # fmt: skip
    answered = arrow_function("aava", ON, answers="outcomes").table(table)
    assert answered["id"].to_pylist() == ["good"]


def test_rows_of_one_id_are_answered_each_by_itself() -> None:
    """Whether two rows come in one batch changes nothing, for no batch knows of the others."""
    table = pa.table({"id": ["a", "a", "b"], "age": [24, 60, 30]})
    function = arrow_function("finland", ON, answers="outcomes")
    assert len(rows(function, table, 3)) == 3
    assert rows(function, table, 3) == rows(function, table, 1)
    assert rows(arrow_function("finland", ON, answers="invalid"), table, 3) == []


@pytest.mark.parametrize("answers", ANSWERS)
def test_no_rows_give_no_answers(answers: Any) -> None:
    """Empty batches, and no batches, are no error."""
    function = arrow_function("aava", ON, answers=answers)
    empty = pa.table({"id": pa.array([], pa.string()), "age": pa.array([], pa.int32())})
    assert function.table(empty) == function.schema.empty_table()
    assert [batch.num_rows for batch in function(iter([pa.RecordBatch.from_pylist([], empty.schema)]))] in ([], [0])
    assert list(function(iter([]))) == []


def test_exact_numbers_are_texts_without_needless_zeros() -> None:
    """Amounts are never rounded, and how they are written does not depend on what else is in the batch."""
    names = ["compensation", "daily_compensation"]
    function = arrow_function("finland", "2024-02-01", answers="outcomes", only=names)
    amounts = [Decimal("54.1234567"), Decimal(100), Decimal(0), Decimal("9.5")]
    table = pa.table({"id": list("abcd"), "attended_days": [1, 1, 1, 1]})
    table = table.append_column("daily_compensation", pa.array(amounts, pa.decimal128(20, 9)))
    for size in (1, 4):
        found = {row["id"]: row for row in map(dict, rows(function, table, size))}
        assert [found[client]["compensation"] for client in "abcd"] == ["54.1234567", "100", "0", "9.5"]
        assert [found[client]["daily_compensation"] for client in "abcd"] == ["54.1234567", "100", "0", "9.5"]
    texts = pa.table({"id": ["a", "b"], "daily_compensation": ["54.1200", "54"], "attended_days": [2, 10]})
    assert function.table(texts)["compensation"].to_pylist() == ["108.24", "540"]


def test_wrong_columns_are_errors_that_say_what_to_do() -> None:
    """A typo, a wrong type or a second word on the same thing never means that something is not known."""
    ids = ["a"]
    assert "clients column 2  AR130 is an unknown column" in faults(id=ids, benefts=[[]])
    assert "Did you mean benefits?" not in faults(id=ids, nothing_like_it=[1])
    assert "let benefits be null where they are not known" in faults(id=ids, benefits_known=[True])
    assert "clients.plans  AR131 holds String" in faults(id=ids, plans=["x"])
    assert "clients.plans  AR131 holds lists of Int64" in faults(id=ids, plans=[[1]])
    assert "clients.plans  AR131 holds a struct" in faults(id=ids, plans=[{"kind": "x"}])
    assert "benefits.client  AR133" in faults(id=ids, benefits=[[{"client": "a", "days": 3}]])
    assert "periods column 1  AR130 is an unknown column\n  Did you mean start?" in faults(
        id=ids, periods=[[{"strt": 1}]]
    )
    assert "periods.start  AR131" in faults(id=ids, periods=[[{"start": 1}]])
    assert "clients.id  AR132 is missing" in faults(age=[30])
    twice = pa.Table.from_arrays([pa.array(ids), pa.array(ids)], ["id", "id"])
    with pytest.raises(AdapterError, match="clients: the table cannot be read"):
        findings().table(twice)


def test_the_columns_can_be_told_before_there_are_answers() -> None:
    """As Arrow has them and as SQL does; ``only`` leaves out what is not asked."""
    function = arrow_function("finland", ON, answers="outcomes", only="target_group_grounds")
    assert function.ddl == (
        "id string, target_group_grounds array<string>, target_group_grounds_possible array<string>, "
        "target_group_grounds_status string"
    )
    assert function.schema.names == [column.split(" ")[0] for column in function.ddl.split(", ")]
    assert arrow_function("finland", ON, answers="next_steps").ddl == (
        "id string, step string, list string, position bigint, item string, due date, due_known boolean, weight string"
    )
    assert arrow_function("finland", ON, answers="invalid").ddl == (
        "id string, table string, path string, code string, reason string"
    )


def test_what_cannot_be_asked_is_refused_at_once() -> None:
    """Mistakes come out where the function is made, not on a cluster."""
    with pytest.raises(UnknownName, match="Did you mean target_group"):
        arrow_function("finland", ON, only=["target_grup"])
    with pytest.raises(ValueError, match="Did you mean findings"):
        arrow_function("finland", ON, answers="finding")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="The day of decision"):
        arrow_function("finland", "2015-9-15")
    with pytest.raises(RulebookNotFound):
        arrow_function("finnland", ON)


def test_a_process_loads_the_rulebook_once_and_only_the_same_one() -> None:
    """The function can be pickled, for it holds a name; another rulebook of that name is refused."""
    function = arrow_function("finland", ON, answers="outcomes")
    assert len(pickle.dumps(function)) < 500
    again = pickle.loads(pickle.dumps(function))
    assert again == function
    _loaded.cache_clear()
    table = pa.table({"id": ["a", "b"]})
    assert rows(again, table, 1) == rows(function, table, 1)
    assert _loaded.cache_info().misses == 1
    other = ArrowFunction("aava", function.sha256, ON, "outcomes", None)
    with pytest.raises(RulebookNotFound, match="is not the one with which the function was made"):
        other.table(table)


def test_a_rulebook_in_a_folder_is_found_from_other_working_directories(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A relative path is made absolute; names stay names, even where a folder of that name lies."""
    monkeypatch.chdir(OWN.parent)
    names = ("own_rulebook", Path("own_rulebook"), "own_rulebook==2026.1")
    functions = [arrow_function(name, "2024-02-01") for name in names]
    assert [function.rulebook for function in functions] == [str(OWN), str(OWN), f"{OWN}==2026.1"]
    monkeypatch.chdir(tmp_path)
    _loaded.cache_clear()
    period = PERIOD | {"start": date(2024, 1, 8), "end": date(2024, 3, 1), "place_kind": "activity_centre"}
    table = pa.table({"id": ["a"], "periods": [[period]]})
    for function in functions:
        found = {row["requirement"]: row["status"] for row in function.table(table).to_pylist()}
        assert found["own_days_per_week_max"] == "broken"
    monkeypatch.chdir(OWN.parents[1] / "rulesets")
    assert arrow_function("aava", ON).rulebook == "aava"


def test_without_pyarrow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module can be imported; what needs pyarrow cannot be made."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install \"\.\[spark\]\""):
        arrow_function("finland", ON)
