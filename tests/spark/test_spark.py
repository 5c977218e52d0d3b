"""The function from Arrow to Arrow in PySpark's `mapInArrow`, unchanged, on a real Spark of this machine."""

from __future__ import annotations

import runpy
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from nested_maker import ANSWERS, LISTS, ON, book, in_one_piece, nested, plain_arrow, rows_of, some_tables
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from aava_rules.arrow import ArrowFunction, arrow_function

EXAMPLES = Path(__file__).parents[2] / "examples"
CLIENTS = 20
PERIODS = (
    "id string, age int, periods array<struct<kind string, start date, end date, place_kind string, days_per_week int>>"
)


def answered(frame: DataFrame, rules: ArrowFunction) -> list[tuple[Any, ...]]:
    return rows_of(row.asDict() for row in frame.mapInArrow(rules, rules.ddl).collect())


def period(**fields: Any) -> tuple[Any, ...]:
    own = {"kind": "rehabilitative_work", "start": date(2024, 1, 8), "end": date(2024, 3, 1), "place_kind": None}
    return tuple((own | {"days_per_week": 4} | fields).values())


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    found = some_tables(CLIENTS, book())
    # PySpark takes a dot in the name of a column for a field of a struct
    dotted = [name for name in found["clients"].columns if "." in name]
    return found | {"clients": found["clients"].drop(dotted)}


@pytest.mark.parametrize("answers", ANSWERS[:3])
def test_answers_are_those_of_decide_table_whatever_the_partitions(
    spark: SparkSession, tables: dict[str, pl.DataFrame], answers: Any, tmp_path: Path
) -> None:
    """In one partition, and in more than there are clients, so that some are empty."""
    wanted = in_one_piece(tables, answers, book())
    pq.write_table(nested(tables), tmp_path / "clients.parquet")
    clients = spark.read.parquet(str(tmp_path / "clients.parquet"))
    rules = arrow_function("aava", ON, answers=answers)
    for partitions in (1, CLIENTS + 5):
        cut = clients.repartition(partitions)
        assert cut.rdd.getNumPartitions() == partitions
        assert answered(cut, rules) == wanted


def test_flat_tables_are_brought_together_as_the_example_does(
    spark: SparkSession, tables: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    """Rows in any order, clients whose lists are not known, and those who have none: all answers are the same."""
    with_list = runpy.run_path(str(EXAMPLES / "06_spark.py"))["with_list"]

    def flat(name: str, frame: pl.DataFrame) -> DataFrame:
        path = str(tmp_path / f"{name}.parquet")
        pq.write_table(plain_arrow(frame.sample(fraction=1, shuffle=True, seed=1)), path)
        return spark.read.parquet(path)

    clients = flat("clients", tables["clients"])
    for name in LISTS:
        items = (
            tables[name].with_columns(client=pl.format("c{}", "client_row")).drop("client_row").with_row_index("row")
        )
        assert items.height > 5
        clients = with_list(clients, name, flat(name, items))
        clients = clients.withColumn(name, F.when(F.col(f"{name}_known"), F.col(name))).drop(f"{name}_known")
    found = answered(clients, arrow_function("aava", ON, answers="findings"))
    assert found == in_one_piece(tables, "findings", book())
    assert {row["position"] for row in map(dict, found)} >= {None, 0, 1}


def test_lists_that_are_not_known_invalid_rows_and_a_rulebook_in_a_folder(spark: SparkSession) -> None:
    """Null is not known and an empty list is none; what is wrong is told, and the others are answered."""
    own = EXAMPLES / "own_rulebook"
    rows = [
        ("unknown", 30, None),
        ("none", 30, []),
        ("four", 30, [period(place_kind="activity_centre")]),
        ("age", -1, []),
        ("hole", 30, [period(), None]),
    ]
    clients = spark.createDataFrame(rows, PERIODS).repartition(3)
    names = ["own_days_per_week_max", "participation_days_cap"]
    found = answered(clients, arrow_function(own, "2024-02-01", only=names))
    status = {(row["id"], row["requirement"]): row["status"] for row in map(dict, found)}
    assert {client for client, _ in status} == {"unknown", "none", "four"}
    assert status["unknown", "participation_days_cap"] == "unknown"
    assert status["none", "participation_days_cap"] == "met"
    assert status["four", "own_days_per_week_max"] == "broken"
    invalid = answered(clients, arrow_function(own, "2024-02-01", answers="invalid"))
    assert [(row["id"], row["path"]) for row in map(dict, invalid)] == [("age", "facts.age"), ("hole", "periods[1]")]


def test_no_clients_are_no_answers(spark: SparkSession) -> None:
    """An empty data frame has the columns of the answers and no rows."""
    rules = arrow_function("finland", ON, answers="outcomes")
    found = spark.createDataFrame([], PERIODS).mapInArrow(rules, rules.ddl)
    assert found.columns == rules.schema.names
    assert found.schema == StructType.fromDDL(rules.ddl)
    assert found.collect() == []


def test_a_wrong_column_ends_the_work_with_the_reason(spark: SparkSession) -> None:
    """The error tells which column and what to do; it has no contents of a row."""
    clients = spark.createDataFrame([("secret", True)], "id string, unemployd boolean")
    with pytest.raises(PythonException) as caught:
        answered(clients, arrow_function("finland", ON))
    assert "clients column 2  AR130 is an unknown column" in str(caught.value)
    assert "Did you mean unemployed?" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_example_shows_the_finding() -> None:
    """It runs as it stands, in a process of its own."""
    done = subprocess.run([sys.executable, EXAMPLES / "06_spark.py"], capture_output=True, text=True, check=False)
    assert "|b  |days_per_week_max|periods|1       |NULL|broken|law   |" in done.stdout, done.stderr
