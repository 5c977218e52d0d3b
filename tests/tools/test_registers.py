"""Registers: a check through columns tells what a check record by record tells, whatever the files are."""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

import aava_rules
from aava_rules import Decision, Rulebook, hookimpl
from aava_rules.adapters import BadRow, Row
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.engine.table.input import registers as batches
from aava_rules.engine.table.input import registers as parquet_files
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.language.errors import AdapterError
from aava_rules.language.extras import how_to_install
from aava_rules.record.fields import lists
from aava_rules.testing import RecordMaker, as_json, random_rulebook
from aava_rules.tools.cli import build, registers
from aava_rules.tools.inputs import parquet
from aava_rules.tools.inputs.parquet import Parquet, register

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Kanarialintu-020579"
ON = date(2015, 9, 15)
PERIOD = {"kind": "rehabilitative_work", "start": "2015-09-01", "end": "2015-12-01", "plan_made_on": "2015-08-01"}
PLAN = {"kind": "activation_plan", "made_on": "2015-08-01", "includes_rehabilitative_work": True}
BROKEN = {"id": "broken", "plans": [PLAN], "periods": [{**PERIOD, "days_per_week": 5}]}
UNKNOWN = {"id": "unknown", "plans": [PLAN], "periods": [{**PERIOD, "days_per_week": None}]}


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rulebooks are loaded once for all commands, unless plugins of a test take part: they never change."""
    monkeypatch.setattr("aava_rules.tools.cli.options.load", loaded)


@lru_cache(maxsize=4)
def loaded(name: str, **options: Any) -> Rulebook:
    return aava_rules.load(name, **options)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few records at a time, so that some dozens are many batches."""
    monkeypatch.setattr(registers, "_give_back", lambda: None)  # it takes its time
    monkeypatch.setattr(registers, "LINES_AT_ONCE", 7)
    monkeypatch.setattr(batches, "CLIENTS_AT_ONCE", 7)
    monkeypatch.setattr(parquet, "RECORDS_AT_ONCE", 7)
    monkeypatch.setattr(parquet_files, "ROWS_AT_ONCE", 5)


@pytest.fixture
def through_columns(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many clients each table had that was checked through columns."""
    sizes: list[int] = []
    table = registers.RegisterCheck._table

    def noted(self: Any, tables: Any, record: Any) -> None:
        sizes.append(tables.size)
        table(self, tables, record)

    monkeypatch.setattr(registers.RegisterCheck, "_table", noted)
    return sizes


@lru_cache(maxsize=1)
def aava() -> tuple[Rulebook, RecordMaker]:
    rulebook = aava_rules.load("aava", plugins=False)
    return rulebook, RecordMaker(rulebook)


def records(count: int, seed: int, on: date = ON, maker: RecordMaker | None = None) -> list[dict[str, Any]]:
    maker_ = maker or aava()[1]
    random = Random(seed)
    return [maker_.record(random, on) | {"id": f"R-{number}"} for number in range(count)]


def run(*arguments: str, stdin: str | None = None, plugins: Any = None) -> Result:
    result = CliRunner().invoke(build(plugins), list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def outputs(result: Result) -> tuple[int, str, str]:
    return result.exit_code, result.stdout, result.stderr


def check(path: Path | str, *options: str, on: date = ON, engine: str | None = None) -> tuple[int, str, str]:
    more = () if engine is None else ("--engine", engine)
    return outputs(run("check", str(path), "--on", on.isoformat(), "--language", "en", *more, *options))


def same_both_ways(path: Path | str, *options: str, on: date = ON) -> tuple[int, str, str]:
    """What a check tells, which is the same record by record and through columns."""
    slow = check(path, *options, on=on, engine="reference")
    assert check(path, *options, on=on, engine="columnar") == slow
    return slow


def with_faults(entries: list[dict[str, Any]], random: Random, share: float) -> list[str]:
    """Records as lines of JSON; of some, something is wrong."""
    wrong: list[Callable[[dict[str, Any]], str]] = [
        lambda entry: json.dumps(entry)[:-3],
        lambda entry: json.dumps(entry | {"perods": 1}),
        lambda entry: json.dumps(entry | {"periods": [{"start": "2015-13-01"}, {"hours_per_day": 25}]}),
        lambda entry: json.dumps(entry | {"facts": {"age": "x", "nix": 2}}),
        lambda entry: json.dumps(entry | {"benefits": [None]}),
        lambda entry: json.dumps(entry | {"id": ""}),
        lambda entry: "[]",
        lambda entry: "",
        lambda entry: json.dumps(entry | {"periods": [{**PERIOD, "hours_per_day": 7.123456}]}),
    ]
    lines = [as_json(entry) for entry in entries]
    return [random.choice(wrong)(entry) if random.random() < share else json.dumps(entry) for entry in lines]


class TestJsonLines:
    def test_random_records(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hundreds of random records, many of them wrong: the same rows, counts, cautions, errors and exit code."""
        monkeypatch.setattr(registers, "LINES_AT_ONCE", 150)
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(with_faults(records(300, 1), Random(1), 0.15)), encoding="utf-8")
        code, out, errors = same_both_ways(path)
        assert code == 2
        assert "more are not shown" in out
        assert "Caution: " in out
        assert len(errors.splitlines()) > 20

    @pytest.mark.parametrize("seed", range(6))
    def test_random_rulebooks(self, tmp_path: Path, seed: int) -> None:
        """So it is with random rulebooks, on days of their own."""
        random_files = random_rulebook(seed)
        folder = random_files.write(tmp_path)
        maker = RecordMaker(random_files.load())
        on = maker.day(Random(seed))
        path = tmp_path / "a.jsonl"
        lines = with_faults(records(40, seed, on, maker), Random(seed), 0.1)
        path.write_text("\n".join(lines), encoding="utf-8")
        same_both_ways(path, "--rulebook", str(folder), "--fail-on", "advice", on=on)

    @pytest.mark.usefixtures("small")
    def test_small_batches(self, tmp_path: Path) -> None:
        """Where batches begin and end makes no difference."""
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(with_faults(records(24, 3), Random(3), 0.2)), encoding="utf-8")
        same_both_ways(path)

    @pytest.mark.parametrize("fail_on", ["law", "model", "local", "advice", "unknown", "doubt", "never"])
    @pytest.mark.parametrize("record", [BROKEN, UNKNOWN, {"id": "a", "plans": [], "periods": []}])
    def test_exit_codes(self, tmp_path: Path, record: dict[str, Any], fail_on: str) -> None:
        """The exit code is the same at every --fail-on."""
        path = tmp_path / "a.jsonl"
        path.write_text(json.dumps(record) + "\n", encoding="utf-8")
        code, _, _ = same_both_ways(path, "--fail-on", fail_on)
        assert code == (
            fail_on != "never" if record is BROKEN else record is UNKNOWN and fail_on in ("unknown", "doubt")
        )

    def test_columns_are_for_large_files(
        self, tmp_path: Path, through_columns: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without --engine, a large file goes through columns and a small one does not, and both say the same."""
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(json.dumps(as_json(entry)) for entry in records(6, 4)), encoding="utf-8")
        small = check(path)
        assert through_columns == []
        monkeypatch.setattr(registers, "LARGE", 10)
        assert check(path) == small
        assert through_columns == [6]
        assert check(path, "--engine", "reference") == small
        assert check(path, "--format", "csv")[1].startswith("record_id,")
        assert through_columns == [6]

    def test_whatever_is_read(self, tmp_path: Path) -> None:
        """Asked for, columns answer JSON, folders of files and standard input too, with their errors in place."""
        (tmp_path / "a.json").write_text(json.dumps([BROKEN, {"id": 1}, UNKNOWN]), encoding="utf-8")
        (tmp_path / "b.jsonl").write_text(json.dumps(BROKEN) + "\n{\n", encoding="utf-8")
        (tmp_path / "c.json").write_bytes(b"\xff")
        code, out, errors = same_both_ways(tmp_path)
        assert code == 2
        assert out.splitlines()[-1].startswith("3 records: ")
        assert [line.partition(": ")[0] for line in errors.splitlines()] == [
            f"{tmp_path / 'a.json'}, item 2, line 1",
            f"{tmp_path / 'b.jsonl'}, line 2",
            f"{tmp_path / 'b.jsonl'}",  # its client stands in a.json too
            f"{tmp_path / 'c.json'}, byte 0",
        ]
        text = "\n".join(json.dumps(entry) for entry in (BROKEN, UNKNOWN, {"id": "a", CANARY: 1}))
        ways = [
            outputs(run("check", "-", "--on", "2015-09-15", "--engine", engine, stdin=text))
            for engine in ("reference", "columnar")
        ]
        assert ways[0] == ways[1]
        assert CANARY not in ways[0][2]

    def test_what_cannot_be_read_on(self, tmp_path: Path) -> None:
        """Where an adapter fails, what came before it is checked, and errors are told in their order."""

        class Fails:
            name, media_types, suffixes, capabilities = "fails", (), (".fail",), frozenset[str]()

            def read(self, source: Any) -> Iterator[Row | BadRow]:
                yield Row("row 1", {"id": "a", "perods": 1})
                yield Row("row 2", BROKEN)
                raise ValueError(CANARY)

            @hookimpl
            def register_adapters(self) -> list[Any]:
                return [self]

        (tmp_path / "a.fail").write_text("", encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            installed = manager([Fails()])
            patch.setattr("aava_rules.decision.plugins.manager", lambda plugins=None: installed)
            patch.setattr("aava_rules.tools.cli.options.load", aava_rules.load)
            slow, fast = (
                outputs(run("check", str(tmp_path), "--on", "2015-09-15", "--engine", engine, plugins=installed))
                for engine in ("reference", "columnar")
            )
        assert slow == fast
        first, second = slow[2].splitlines()
        assert "row 1, record a: key 2 is an unknown key" in first
        assert "the adapter failed with ValueError" in second


def folder_of(entries: list[dict[str, Any]], folder: Path, rulebook: Rulebook | None = None) -> Path:
    """The records as a folder of tables."""
    tables = tables_of(entries, (rulebook or aava()[0])._book.vocabulary)
    assert tables.pop("invalid").is_empty()
    ids = tables["clients"]["id"]
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        if name != "clients":
            table = table.with_columns(client=ids.gather(table["client_row"])).drop("client_row")
        table.write_parquet(folder / f"{name}.parquet")
    return folder


def nested(folder: Path, path: Path) -> Path:
    """The tables of a folder as one table with the lists nested inside."""
    clients = pl.read_parquet(folder / "clients.parquet")
    for name in lists():
        items = pl.read_parquet(folder / f"{name}.parquet")
        nested_items = items.group_by("client", maintain_order=True).agg(pl.struct(pl.exclude("client")).alias(name))
        clients = clients.join(nested_items, left_on="id", right_on="client", how="left", maintain_order="left")
        none = pl.col(name).fill_null(pl.lit([], dtype=clients.schema[name]))
        clients = clients.with_columns(pl.when(pl.col(f"{name}_known")).then(none).alias(name)).drop(f"{name}_known")
    clients.write_parquet(path)
    return path


@pytest.fixture(scope="module")
def register_of(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of 40 clients: ``folder``, ``nested.parquet`` and ``lines.jsonl`` say the same."""
    root = tmp_path_factory.mktemp("registers")
    entries = records(40, 5)
    nested(folder_of(entries, root / "folder"), root / "nested.parquet")
    (root / "lines.jsonl").write_text("\n".join(json.dumps(as_json(entry)) for entry in entries), encoding="utf-8")
    return root


class TestParquet:
    @pytest.mark.usefixtures("small")
    def test_all_say_the_same(self, register_of: Path, through_columns: list[int]) -> None:
        """A folder of tables, a nested table and JSON Lines say the same, record by record and through columns."""
        results = [same_both_ways(register_of / name) for name in ("folder", "nested.parquet", "lines.jsonl")]
        assert results[0] == results[1] == results[2]
        assert results[0][1].splitlines()[-1].startswith("40 records: broken ")
        assert sorted(through_columns) == [5] * 3 + [7] * 15

    def test_columns_are_the_default(self, register_of: Path, through_columns: list[int]) -> None:
        """Without --engine, Parquet goes through columns."""
        assert check(register_of / "folder") == check(register_of / "folder", engine="reference")
        assert through_columns == [40]

    @pytest.mark.parametrize("format", ["json", "jsonl", "csv", "junit", "html"])
    def test_other_formats(self, register_of: Path, format: str) -> None:
        """Formats that show everything are written from the records of tables as from those of JSON Lines."""
        results = [
            check(register_of / name, "--format", format, engine="reference")
            for name in ("folder", "nested.parquet", "lines.jsonl")
        ]
        assert results[0] == results[1] == results[2]

    @pytest.mark.usefixtures("small")
    def test_other_commands(self, register_of: Path) -> None:
        """decide and diff read Parquet; explain and next do where there is one client."""
        for command in (("decide", "--on", "2015-09-15"), ("diff", "--from", "2015-06-30", "--to", "2015-07-01")):
            first = ("aava",) if command[0] == "diff" else ()
            results = [
                outputs(run(command[0], *first, str(register_of / name), *command[1:], "--format", "json"))
                for name in ("folder", "nested.parquet", "lines.jsonl")
            ]
            assert results[0] == results[1] == results[2]
            assert results[0][0] == 0

    def test_one_client(self, tmp_path: Path) -> None:
        """explain and next take a table of one client."""
        folder = folder_of([BROKEN], tmp_path / "one")
        path = nested(folder, tmp_path / "one.parquet")
        (tmp_path / "one.json").write_text(json.dumps(BROKEN), encoding="utf-8")
        for command in (("explain", "days_per_week_max"), ("next",)):
            results = [
                outputs(run(command[0], str(source), *command[1:], "--on", "2015-09-15"))
                for source in (folder, path, tmp_path / "one.json")
            ]
            assert results[0] == results[1] == results[2]
            assert results[0][0] == 0
        assert "has several records" in run("next", str(folder_of(records(2, 1), tmp_path / "two"))).stderr

    def test_registers_in_folders(self, register_of: Path) -> None:
        """A folder that holds registers and other files has them all, and tables that belong together are one."""
        code, out, errors = same_both_ways(register_of)
        assert out.splitlines()[-1].startswith("120 records: ")
        assert code == 1
        assert [line.partition(":")[2].partition(" in ")[0] for line in errors.splitlines()] == [
            " 40 clients stand"
        ] * 2

    @pytest.mark.usefixtures("small")
    @pytest.mark.parametrize("order", ["reversed", "shuffled", "by row", "lost"])
    def test_items_in_any_order(self, register_of: Path, tmp_path: Path, order: str) -> None:
        """Items need not lie in the order of the clients; those of no client are told, and cost nobody an answer."""
        folder = tmp_path / "folder"
        folder.mkdir()
        clients = pl.read_parquet(register_of / "folder" / "clients.parquet")
        clients.write_parquet(folder / "clients.parquet")
        for name in lists():
            items = pl.read_parquet(register_of / "folder" / f"{name}.parquet").with_row_index("at")
            if order == "reversed":  # the clients, but not the items of each
                items = items.sort(pl.col("client").rank("dense"), "at", descending=[True, False])
            elif order == "shuffled":
                items = items.sample(fraction=1, shuffle=True, seed=1)
                items = items.with_columns(pl.col("at").sort().over("client")).drop("at").with_row_index("at")
                items = pl.read_parquet(register_of / "folder" / f"{name}.parquet")[_mixed(items.height)]
                items = items.with_row_index("at")
            elif order == "by row":
                rows = clients.with_row_index("client_row").select("id", "client_row")
                items = items.join(rows, left_on="client", right_on="id", maintain_order="left").drop("client")
            else:
                items = pl.concat([items, items.head(3).with_columns(client=pl.lit(CANARY))])
                items = items.sort("at", maintain_order=True)
            items.drop("at").write_parquet(folder / f"{name}.parquet")
        code, out, errors = same_both_ways(folder)
        if order != "shuffled":  # then the items of one client come in another order
            shown, last = out.splitlines()[:-1], out.splitlines()[-1]
            *whole, summary = check(register_of / "folder")[1].splitlines()
            assert (shown, last) == (whole, f"{summary}. Not read: 12" if order == "lost" else summary)
        assert code == (2 if order == "lost" else 1)
        assert CANARY not in errors
        assert len(errors.splitlines()) == (12 if order == "lost" else 0)
        if order == "lost":
            what = "client is not the id of a client in the table clients [AR135]. Give a row of clients with this id"
            assert errors.startswith(f"{folder}, row 2 of benefits: {what}")

    def test_a_table_of_another_system(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Items without a client are told one by one up to a number, and then counted."""
        monkeypatch.setattr(parquet_files, "MOST_LOST", 2)
        folder = folder_of([BROKEN | {"benefits": []}], tmp_path / "one")
        pl.DataFrame({"client": ["x", None, "broken", "y", "z"], "days": 1}).write_parquet(folder / "benefits.parquet")
        code, out, errors = same_both_ways(folder)
        places = [line.partition(": ")[0] for line in errors.splitlines()]
        assert places == [f"{folder}, row 1 of benefits", f"{folder}, row 2 of benefits", f"{folder}, benefits"]
        assert ": 2 more rows belong to no client" in errors
        assert (code, out.splitlines()[-1][:9]) == (2, "1 record:")

    @pytest.mark.usefixtures("small")
    def test_what_is_wrong_with_clients(self, register_of: Path, tmp_path: Path) -> None:
        """What is wrong with a client is told with the row, whether records or only tables can have it wrong."""
        folder = tmp_path / "folder"
        clients = pl.read_parquet(register_of / "folder" / "clients.parquet").with_columns(
            id=pl.when(pl.int_range(pl.len()).is_in([3, 30])).then(pl.lit(CANARY)).otherwise("id"),
            language=pl.when(pl.int_range(pl.len()) == 9).then(pl.lit(CANARY)).otherwise("language"),
            subsidy_days_at_least=pl.when(pl.int_range(pl.len()).is_in([11, 12])).then(100),
            subsidy_days=pl.when(pl.int_range(pl.len()) == 12).then(200),
            plans_known=pl.when(pl.int_range(pl.len()) == 20).then(False),
        )
        folder.mkdir()
        plans = {"client": ["R-20", "R-21"], "made_on": [date(2015, 1, 1), date(1, 1, 1)]}
        pl.DataFrame(plans).write_parquet(folder / "plans.parquet")
        pl.DataFrame({"client": ["R-1"], "days": [-1]}).write_parquet(folder / "benefits.parquet")
        drop = [f"{name}{end}" for name in lists() for end in ("_known", "_complete_from")]
        drop.remove("plans_known")
        clients.drop(drop).write_parquet(folder / "clients.parquet")
        code, out, errors = same_both_ways(folder)
        lines = errors.removesuffix("\n").replace(f"{folder}, ", "").splitlines()
        assert code == 2
        assert out.splitlines()[-1].startswith("33 records: ")
        assert [line[: line.index(" [AR") + 8] for line in lines] == [
            "row 2, record R-1: benefits[0].days is less than 0 [AR118]",
            f"row 4, record {CANARY}: id is the id of several clients [AR134]",
            "row 10, record R-9: client.language is not one of the words [AR117]",
            "row 13, record R-12: facts.subsidy_days is given both as a value and as bounds [AR137]",
            "row 21, record R-20: plans_known is false, but there are plans [AR136]",
            "row 22, record R-21: plans[0].made_on is outside the days that are read [AR116]",
            f"row 31, record {CANARY}: id is the id of several clients [AR134]",
        ]
        assert errors.count(CANARY) == 2  # as an id

    @pytest.mark.usefixtures("small")
    def test_nothing_in_place_of_items(self, tmp_path: Path) -> None:
        """A null in a list is no item, a null for a list is not known, and an id that comes again is told."""
        kind = pl.List(pl.Struct({"kind": pl.String, "days_per_week": pl.Int64}))
        period = {"kind": "rehabilitative_work", "days_per_week": 6}
        values = [[period], [None], None, [], [period, None, None], [period]]
        path = tmp_path / "a.parquet"
        pl.DataFrame({"id": ["a", "b", "c", "d", "e", "a"], "periods": pl.Series(values, dtype=kind)}).write_parquet(
            path
        )
        code, out, errors = same_both_ways(path)
        assert code == 2
        assert out.splitlines()[-1].startswith("3 records: broken 1 (in 1 record)")
        assert out.splitlines()[-1].endswith(". Not read: 3")
        hint = "is not an object [AR115]. Leave out what is no item."
        assert errors.splitlines() == [
            f"{path}, row 2, record b: periods[0] {hint}",
            f"{path}, row 5, record e: periods[1] {hint}",
            f"{path}, row 5, record e: periods[2] {hint}",
            f"{path}, row 6, record a: id is the id of several clients [AR134]. Give one row for each client.",
        ]

    @pytest.mark.parametrize(
        ("table", "text"),
        [
            (
                pl.DataFrame({"id": ["a"], "subsidy_dayz": [1]}),
                "clients column 2 is an unknown column [AR130]. Did",
            ),
            (pl.DataFrame({"id": [1]}), "clients.id holds Int64 [AR131]. It must hold texts."),
            (pl.DataFrame({"a b": [1]}), "clients column 1 is an unknown column [AR130]"),
            (
                pl.DataFrame({"unemployed": [True]}),
                "clients.id is missing [AR132]. Give each client a key of your own.",
            ),
            (pl.DataFrame({"client": ["a"], "kind": ["x"]}), "is a table of items, since its rows name a client."),
            (pl.DataFrame({"id": ["a"], "plans": ["x"]}), "clients.plans holds String [AR131]. It must hold lists"),
            (
                pl.DataFrame({"id": ["a"], "plans": [[{"kin": CANARY}]]}),
                "plans column 1 is an unknown column [AR130]. Did",
            ),
        ],
    )
    def test_a_file_that_is_wrong_as_a_whole(self, tmp_path: Path, table: pl.DataFrame, text: str) -> None:
        """Columns that are unknown, missing or of a wrong type are told once, and the next file is read."""
        table.write_parquet(tmp_path / "a.parquet")
        (tmp_path / "b.jsonl").write_text(json.dumps(BROKEN), encoding="utf-8")
        code, out, errors = same_both_ways(tmp_path)
        assert code == 2
        assert out.splitlines()[-1].startswith("1 record: ")
        assert f"{tmp_path / 'a.parquet'}: {text}" in errors
        assert CANARY not in errors
        assert check(tmp_path / "a.parquet", "--format", "json")[2] == errors

    def test_a_list_that_nobody_gives(self, tmp_path: Path) -> None:
        """A client whose list is said to be known, without a table of it, ends the reading with a reason."""
        folder = tmp_path / "folder"
        folder.mkdir()
        pl.DataFrame({"id": ["a"], "plans_known": [True]}).write_parquet(folder / "clients.parquet")
        code, _, errors = same_both_ways(folder)
        assert code == 2
        assert errors.startswith(
            f"{folder}: clients.plans_known says that plans are known [AR132]. Give the table plans"
        )

    @pytest.mark.parametrize("where", ["clients", "plans"])
    def test_a_damaged_file(self, tmp_path: Path, where: str) -> None:
        """A file that is not Parquet is told by name, without contents."""
        folder = folder_of([BROKEN], tmp_path / "folder")
        (folder / f"{where}.parquet").write_bytes(CANARY.encode())
        text = f"{folder}/{where}.parquet: cannot be read: it is no Parquet file, or a damaged one.\n"
        assert same_both_ways(folder) == (2, "0 records. Not read: 1\n", text)

    @pytest.mark.usefixtures("small")
    def test_an_id_that_comes_again_in_another_batch(self, tmp_path: Path) -> None:
        """In a nested table the first client of an id is checked, and each later one is told, however far below."""
        ids = [f"c{number}" for number in range(30)]
        ids[3], ids[12], ids[28] = "c20", "c2", "c2"
        path = tmp_path / "a.parquet"
        pl.DataFrame({"id": ids}).write_parquet(path)
        code, out, errors = same_both_ways(path)
        assert code == 2
        assert out.splitlines()[-1].startswith("27 records")
        what = "id is the id of several clients [AR134]. Give one row for each client."
        assert errors.splitlines() == [
            f"{path}, row {row}, record {key}: {what}" for row, key in ((13, "c2"), (21, "c20"), (29, "c2"))
        ]

    def test_a_file_that_is_damaged_further_on(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was read before a file cannot be read on is checked."""
        monkeypatch.setattr(batches, "CLIENTS_AT_ONCE", 100)
        monkeypatch.setattr(parquet, "RECORDS_AT_ONCE", 100)
        path = tmp_path / "a.parquet"
        table = pl.DataFrame({"id": [f"{number:>0200}" for number in range(1000)]})
        table.write_parquet(path, row_group_size=50, compression="uncompressed", statistics=False)
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 20000] = b"\xff" * 20000
        path.write_bytes(data)
        code, out, errors = same_both_ways(path)
        assert code == 2
        assert 100 < int(out.splitlines()[-1].split()[0]) < 900
        assert errors.endswith(f"{path}: cannot be read: it is no Parquet file, or a damaged one.\n")

    def test_no_file(self, tmp_path: Path) -> None:
        """A file that is not there is told as for every other kind of file."""
        for name in ("a.parquet", "a.jsonl", "a.json"):
            path = tmp_path / name
            assert same_both_ways(path) == (
                2,
                "0 records. Not read: 1\n",
                f"{path}: there is no such file or folder.\n",
            )

    def test_no_clients(self, tmp_path: Path) -> None:
        """A register without clients is no error."""
        pl.DataFrame({"id": []}, schema={"id": pl.String}).write_parquet(tmp_path / "a.parquet")
        assert same_both_ways(tmp_path / "a.parquet") == (0, "0 records\n", "")


NOTICED = {"id": "noticed", "plans": [PLAN, PLAN], "periods": [PERIOD, PERIOD | {"attended_on": ["2014-01-02"]}]}


class TestNotices:
    @pytest.mark.usefixtures("small")
    def test_both_ways(self, tmp_path: Path) -> None:
        """What does not fit together is told with its path, of records and of columns, and counted."""
        entries = [{"id": f"R-{number}", "plans": [PLAN], "periods": []} for number in range(20)]
        entries[9] = {"id": "old", "client": {"birth_date": "2080-05-05"}, "facts": {"age": 1000}}
        entries[17] = NOTICED
        lines = tmp_path / "a.jsonl"
        lines.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")
        results = [same_both_ways(lines), same_both_ways(folder_of(entries, tmp_path / "folder"))]
        assert results[0] == results[1]
        out = results[0][1]
        assert ". Notices: 5 (in 2 records)" in out.splitlines()[-1]
        told = [line.split()[:2] for line in out.splitlines() if line.startswith(("old ", "noticed "))]
        assert [place for name, place in told if name == "old" and "." in place] == ["facts.age", "client.birth_date"]
        assert ["noticed", "periods[1].attended_on"] in told

    def test_many(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Beyond the limit notices are counted, not shown, whether there is room for findings or not."""
        monkeypatch.setattr("aava_rules.tools.reports.table.MOST_ROWS", 2)
        path = tmp_path / "a.jsonl"
        entries = [NOTICED | {"id": f"R-{number}"} for number in range(3)]
        path.write_text("\n".join(map(json.dumps, [BROKEN, *entries])), encoding="utf-8")
        _, out, _ = same_both_ways(path)
        assert "7 more notices are not shown" in out
        assert out.splitlines()[-1].endswith(". Notices: 9 (in 3 records)")

    def test_a_report_without_a_place_for_them(self, tmp_path: Path) -> None:
        """Such a report of a plugin writes what it writes, and notices go to standard error."""

        class Ids:
            name, streams = "ids", True

            def write(self, decisions: Any, out: Any, language: str) -> None:
                out.writelines(f"{decision.record_id}\n" for decision in decisions)
                out.write(f"{decisions.unread}\n")

            @hookimpl
            def register_reports(self) -> list[Any]:
                return [self]

        path = tmp_path / "a.jsonl"
        path.write_text("\n".join([json.dumps(NOTICED), "{", json.dumps(BROKEN)]), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            installed = manager([Ids()])
            patch.setattr("aava_rules.decision.plugins.manager", lambda plugins=None: installed)
            patch.setattr("aava_rules.tools.cli.options.load", aava_rules.load)
            result = run(
                "check", str(path), "--on", "2015-09-15", "--language", "en", "--format", "ids", plugins=installed
            )
        assert result.stdout == "noticed\nbroken\n1\n"
        told = [line for line in result.stderr.splitlines() if line.startswith("record noticed: Notice: ")]
        assert [line.split(": ")[2] for line in told] == [
            "periods[0], periods[1]", "periods[1].attended_on", "plans[0], plans[1]"
        ]  # fmt: skip


def _mixed(rows: int) -> list[int]:
    return Random(1).sample(range(rows), rows)


class TestEngine:
    @pytest.mark.parametrize("format", ["json", "jsonl", "csv", "junit", "html"])
    def test_columns_make_tables(self, register_of: Path, format: str) -> None:
        """The other formats show every finding, so columns cannot be asked for with them."""
        code, out, errors = check(register_of / "folder", "--format", format, engine="columnar")
        assert (code, out) == (2, "")
        assert "It is for --format table and parquet" in errors

    def test_plugins_that_take_note(self, register_of: Path, through_columns: list[int]) -> None:
        """Where a plugin takes note of decisions every record is decided, and columns are refused with the reason."""
        noted: list[str] = []

        class Audit:
            @hookimpl
            def decided(self, decision: Decision) -> None:
                noted.append(decision.record_id)

        with pytest.MonkeyPatch.context() as patch:
            installed = manager([Audit()])
            patch.setattr("aava_rules.decision.plugins.manager", lambda plugins=None: installed)
            patch.setattr("aava_rules.tools.cli.options.load", aava_rules.load)
            arguments = ("check", str(register_of / "folder"), "--on", "2015-09-15")
            refused = run(*arguments, "--engine", "columnar", plugins=installed)
            assert run(*arguments, plugins=installed).exit_code == 1
        assert "A plugin takes note of every decision" in refused.stderr
        assert refused.exit_code == 2
        assert (len(noted), through_columns) == (40, [])

    def test_without_the_extra(self, register_of: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without polars JSON Lines are checked all the same, Parquet names the extra, and so does --engine columnar."""
        monkeypatch.setattr(registers, "LARGE", 10)
        whole = check(register_of / "lines.jsonl")
        monkeypatch.setattr(registers, "there", lambda: False)
        for name in [*sys.modules]:
            if name.startswith("aava_rules.engine.table"):
                monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr("aava_rules.engine.table")
        monkeypatch.setitem(sys.modules, "polars", None)
        assert check(register_of / "lines.jsonl") == whole
        path = register_of / "nested.parquet"
        text = f"{path}: reading Parquet needs polars and numpy: {how_to_install('table')}\n"
        assert check(path) == (2, "0 records. Not read: 1\n", text)
        assert run("decide", str(path)).stderr == text
        _, _, errors = check(register_of / "lines.jsonl", engine="columnar")
        assert how_to_install("table") in errors

    def test_an_engine_that_is_none(self) -> None:
        """An engine of no such name is told with those that there are, and the nearest."""
        code, _, errors = check("a.json", engine="columna")
        assert code == 2
        assert "there is reference, durable, columnar. Did you mean columnar?" in " ".join(
            errors.replace("│", "").split()
        )


class TestAdapter:
    def test_without_a_rulebook(self, tmp_path: Path) -> None:
        """Without a rulebook, columns of no other name are facts, and values are as records have them."""
        table = pl.DataFrame(
            {
                "id": ["a", "b"],
                "birth_date": [date(1980, 1, 2), None],
                "unemployed": [True, None],
                "subsidy_days": [180.0, None],
                "facts.hours": [Decimal("7.50"), None],
                "age_at_least": [25, None],
                "conduct_on": [date(2015, 1, 2), None],
                "grounds": [["x"], None],
                "benefits": [[{"id": "b1", "days": 3, "start": date(2014, 1, 1)}], None],
                "complete": [["plans.options"], None],
            }
        )
        table.write_parquet(tmp_path / "a.parquet")
        facts = {
            "unemployed": True,
            "subsidy_days": 180,
            "hours": Decimal("7.5"),
            "age": {"at_least": 25},
            "conduct_on": date(2015, 1, 2),
            "grounds": ["x"],
        }
        benefits = [{"id": "b1", "days": 3, "start": date(2014, 1, 1)}]
        client = {"birth_date": date(1980, 1, 2)}
        wanted = [
            Row(
                "row 1",
                {"id": "a", "client": client, "facts": facts, "benefits": benefits, "complete": ["plans.options"]},
            ),
            Row("row 2", {"id": "b"}),
        ]
        assert list(Parquet().read(tmp_path / "a.parquet")) == wanted
        assert list(Parquet().read(io.BytesIO((tmp_path / "a.parquet").read_bytes()))) == wanted

    def test_a_folder_without_clients(self, tmp_path: Path) -> None:
        """A folder that is no register is refused."""
        with pytest.raises(AdapterError, match=r"has no clients\.parquet"):
            next(Parquet().read(tmp_path))

    @pytest.mark.usefixtures("small")
    @pytest.mark.parametrize("name", ["folder", "nested.parquet"])
    def test_few_clients_are_held(self, register_of: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only so many rows are read together, and no batch is held when the next one is read."""
        read = parquet_files.ParquetFile.read
        rows: list[int] = []
        monkeypatch.setattr(
            parquet_files.ParquetFile, "read", lambda *a: rows.append(len(frame := read(*a)) * (len(a) < 4)) or frame
        )
        before: weakref.ref[Any] | None = None
        count = 0
        for batch in register(register_of / name, aava()[0]._book.vocabulary).batches(ON):
            gc.collect()
            assert before is None or before() is None
            before = weakref.ref(batch.tables)
            count += batch.last - batch.first
            del batch
        assert count == 40
        assert max(rows) <= 50


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("name", "total"), [("folder", b" / 40"), ("lines.jsonl", b" MB")])
def test_progress_on_a_terminal_only(register_of: Path, name: str, total: bytes) -> None:
    """A bar with how much there is goes to a terminal on standard error; the report is the same without it."""
    import pty

    code = "from aava_rules.tools.cli import main; main()"
    arguments = ("check", str(register_of / name), "--on", "2015-09-15", "--engine", "columnar")
    env = {**os.environ, DISABLE: "1", "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm"}
    command = [sys.executable, "-c", code, *arguments]
    plain = subprocess.run(command, capture_output=True, check=False, env=env)
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def follow() -> None:
        try:
            while data := os.read(ours, 65536):
                shown.append(data)
        except OSError:
            pass  # the other end is closed

    follower = threading.Thread(target=follow)
    follower.start()
    counted = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False, env=env)
    os.close(theirs)
    follower.join(30)
    os.close(ours)
    assert (counted.stdout, counted.returncode, plain.stderr) == (plain.stdout, plain.returncode, b"")
    assert total in b"".join(shown)
