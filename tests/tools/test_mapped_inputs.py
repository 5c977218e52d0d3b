"""Sources through a mapping on the command line: JSON documents, Parquet, compressed files, and adapters by name."""

from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from aava_rules.adapters import BadRow, Row
from aava_rules.decision.entry_points import DISABLE
from aava_rules.decision.plugins import manager
from aava_rules.language.errors import AdapterError
from aava_rules.tools.cli import build
from aava_rules.tools.cli.options import ID_KEY
from aava_rules.tools.inputs import parquet
from aava_rules.tools.inputs.choose import ADDRESS, ONLY_MAPPED, adapter_for, named_adapter
from aava_rules.tools.inputs.json import JsonLines

CANARY = "Kanarialintu-020579"
MAPPING = """
mapping: 1
dates: [d.M.yyyy]
clients:
  table: asiakkaat
  id: nro
  client: {birth_date: henkilo.synt}
  facts: {subsidy_days: tmt}
periods:
  inside: jaksot
  fields: {kind: {value: rehabilitative_work}, start: alku, attended_on: paivat}
"""
TABLES = """
mapping: 1
clients: {table: asiakkaat, id: nro, client: {birth_date: synt}}
periods: {table: jaksot, client: nro, fields: {kind: {value: rehabilitative_work}, start: alku}}
"""
DOCUMENTS = [
    {"nro": 5, "henkilo": {"synt": "1.2.1990"}, "tmt": 500.0, "jaksot": [{"alku": "1.3.2014", "paivat": ["2.3.2014"]}]},
    {"nro": 6, "jaksot": []},
]
ON = ("--rulebook", "finland", "--on", "2014-05-05")


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def mapping(tmp_path: Path) -> str:
    path = tmp_path / "register.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return str(path)


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(build(), [str(argument) for argument in arguments], input=stdin)


def decided(result: Result) -> list[dict[str, Any]]:
    answer = json.loads(result.stdout)
    return answer if isinstance(answer, list) else [answer]


def lines(documents: list[Any]) -> bytes:
    return "".join(json.dumps(document) + "\n" for document in documents).encode()


def test_documents_give_the_answers_of_the_records(tmp_path: Path, mapping: str) -> None:
    """JSON Lines, an array, a compressed file and standard input give what the hand-made records give."""
    by_hand = [
        {"id": "5", "client": {"birth_date": "1990-02-01"}, "facts": {"subsidy_days": 500},
         "periods": [{"kind": "rehabilitative_work", "start": "2014-03-01", "attended_on": ["2014-03-02"]}]},
        {"id": "6", "periods": []},
    ]  # fmt: skip
    (tmp_path / "hand.jsonl").write_bytes(lines(by_hand))
    expected = decided(run("decide", tmp_path / "hand.jsonl", *ON))
    (tmp_path / "a.jsonl").write_bytes(lines(DOCUMENTS))
    (tmp_path / "a.json").write_text(json.dumps(DOCUMENTS), encoding="utf-8")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(lines(DOCUMENTS)))
    for name in ("a.jsonl", "a.json", "b.jsonl.gz"):
        result = run("decide", tmp_path / name, "--mapping", mapping, *ON)
        assert (result.exit_code, decided(result)) == (0, expected), name
    for adapter in ((), ("--input", "jsonl")):
        result = run("decide", "-", "--mapping", mapping, *adapter, *ON, stdin=lines(DOCUMENTS))
        assert (result.exit_code, decided(result)) == (0, expected)


def test_rows_that_are_not_right_are_told_and_the_rest_is_read(tmp_path: Path, mapping: str) -> None:
    """Exit code 2, a line for each wrong cell with its place, no contents, and answers for the others."""
    documents = [{"nro": 1, "henkilo": {"synt": CANARY}, "jaksot": [{"alku": CANARY}, CANARY]}, {"nro": 2}, {"nro": 2}]
    (tmp_path / "a.jsonl").write_bytes(lines(documents) + b"{\n")
    result = run("decide", tmp_path / "a.jsonl", "--mapping", mapping, *ON)
    assert result.exit_code == 2
    assert [answer["record_id"] for answer in decided(result) if "error" not in answer] == ["2"]
    assert [line.partition(": ")[2] for line in result.stderr.splitlines()] == [
        "column henkilo.synt: is not a day as d.M.yyyy [AR162].",
        "jaksot[1]: is not an object [AR162].",
        "jaksot[0], column alku: is not a day as d.M.yyyy [AR162].",
        "column nro: is the key of an earlier row [AR166].",
        "column 2 is not JSON.",
    ]
    assert CANARY not in result.stderr


def test_a_wrong_mapping_is_told_before_anything_is_read(tmp_path: Path) -> None:
    """All faults of the mapping with their lines, and exit code 2."""
    path = tmp_path / "wrong.yaml"
    path.write_text("mapping: 1\nclients: {table: a, id: b, client: {birthdate: c}}\n", encoding="utf-8")
    result = run("check", "nothing.jsonl", "--mapping", path)
    assert result.exit_code == 2
    assert "wrong.yaml:2:37  AR150 there is no field birthdate" in result.stderr
    assert "Did you mean birth_date?" in result.stderr
    assert run("check", "nothing.jsonl", "--mapping", tmp_path / "none.yaml").exit_code == 2


def test_documents_have_one_table(tmp_path: Path) -> None:
    """A mapping of several tables does not fit a source of documents, which is told with what to do."""
    (tmp_path / "t.yaml").write_text(TABLES, encoding="utf-8")
    (tmp_path / "a.jsonl").write_bytes(lines(DOCUMENTS))
    result = run("check", tmp_path / "a.jsonl", "--mapping", tmp_path / "t.yaml", *ON)
    assert result.exit_code == 2
    assert "AR160 a source of documents has one table" in result.stderr


@pytest.mark.parametrize("at_once", [1, 2, 20_000])
def test_parquet_through_a_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Each file of a folder is a table; types come from its schema, and rows are read some at a time."""
    monkeypatch.setattr(parquet, "AT_ONCE", at_once)
    (tmp_path / "t.yaml").write_text(TABLES, encoding="utf-8")
    folder = tmp_path / "register"
    folder.mkdir()
    clients = pl.DataFrame({"nro": [1, 2], "synt": ["1990-02-01", None], "nimi": [CANARY, CANARY]})
    clients.with_columns(pl.col("synt").str.to_datetime()).write_parquet(folder / "asiakkaat.parquet")
    periods = pl.DataFrame({"nro": [2, 1, 2], "alku": ["2014-03-01", "2014-03-02", None]})
    periods.write_parquet(folder / "jaksot.parquet")
    result = run("decide", folder, "--mapping", tmp_path / "t.yaml", "--only", "days_per_week_max", *ON)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [(answer["record_id"], len(answer["findings"])) for answer in decided(result)] == [("1", 1), ("2", 2)]
    (folder / "jaksot.parquet").write_bytes((folder / "jaksot.parquet").read_bytes()[:-30])
    result = run("check", folder, "--mapping", tmp_path / "t.yaml", *ON)
    assert result.exit_code == 2
    assert "jaksot.parquet: cannot be read as Parquet" in result.stderr


def test_a_column_that_a_file_lacks(tmp_path: Path) -> None:
    """What the source lacks is told at the line of the mapping that names it."""
    (tmp_path / "t.yaml").write_text(TABLES, encoding="utf-8")
    pl.DataFrame({"nro": [1], "syntynyt": ["1990-02-01"]}).write_parquet(tmp_path / "asiakkaat.parquet")
    result = run("check", tmp_path / "asiakkaat.parquet", "--mapping", tmp_path / "t.yaml", *ON)
    assert result.exit_code == 2
    assert "t.yaml:3:59  AR161 the table asiakkaat has no column synt" in result.stderr
    assert "`aava-rules map` shows them" in result.stderr
    assert "t.yaml:4:18  AR160 the source has no table jaksot" in result.stderr


def test_a_compressed_file_that_ends_in_the_middle(tmp_path: Path, mapping: str) -> None:
    """What came before the end is answered, the end is told, and the exit code is 2."""
    data = gzip.compress(lines([{"nro": number, "tmt": number} for number in range(3000)]))
    (tmp_path / "a.jsonl.gz").write_bytes(data[: len(data) // 2])
    result = run("decide", tmp_path / "a.jsonl.gz", "--mapping", mapping, "--only", "target_group", *ON)
    assert result.exit_code == 2
    assert 500 < len([answer for answer in decided(result) if "error" not in answer]) < 3000
    assert "a.jsonl.gz: ends in the middle, or is damaged." in result.stderr
    (tmp_path / "b.jsonl.gz").write_bytes(b"not compressed at all")
    assert "b.jsonl.gz: cannot be read" in run("check", tmp_path / "b.jsonl.gz", *ON).stderr


def test_records_may_be_compressed(tmp_path: Path) -> None:
    """A compressed file of records is read as the same file unpacked."""
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b'{"id": "a"}'))
    plugins = manager()
    adapter = adapter_for(plugins, tmp_path / "a.json.gz")
    assert adapter.name == "json"
    assert list(adapter.read(tmp_path / "a.json.gz")) == [Row("", {"id": "a"})]
    with pytest.raises(AdapterError, match=r"no adapter reads \.jsn files"):
        adapter_for(plugins, "a.jsn.gz")


def test_input_names_the_adapter(tmp_path: Path) -> None:
    """A file whose name tells nothing is read by the adapter of that name; an unknown name is told with the near one."""
    (tmp_path / "register.txt").write_bytes(b'{"id": "a"}\n')
    assert run("check", tmp_path / "register.txt", *ON).exit_code == 2
    assert run("check", tmp_path / "register.txt", "--input", "jsonl", *ON).exit_code == 0
    result = run("check", tmp_path / "register.txt", "--input", "jsnl", *ON)
    assert result.exit_code == 2
    assert (
        "--input jsnl: there is no such adapter. There are json, jsonl, parquet. Did you mean jsonl?" in result.stderr
    )


class Addressed:
    """An adapter of databases, which reads what a mapping says of an address."""

    name = "base"
    media_types = ()
    suffixes = (".jsonl",)
    capabilities = frozenset({"mapping", ADDRESS, ONLY_MAPPED})
    sources: list[Any] = []  # noqa: RUF012

    def read(self, source: Any) -> Any:
        return iter(())

    def read_mapped(self, source: Any, mapping: Any) -> Any:
        self.sources.append(source)
        yield BadRow("row 1", "is bad.")


def test_an_address_reaches_its_adapter_and_no_message(tmp_path: Path, mapping: str, monkeypatch: Any) -> None:
    """What is no path is handed on as it was typed, and its password stands in no message."""

    class Plugin:
        from aava_rules import hookimpl

        @hookimpl
        def register_adapters(self) -> list[Any]:
            return [Addressed()]

    plugins = manager([Plugin()])
    monkeypatch.setattr("aava_rules.tools.cli.options.load", _loader([Plugin()]))
    result = run("check", f"base://user:{CANARY}@host/x", "--input", "base", "--mapping", mapping, *ON)
    assert (result.exit_code, Addressed.sources) == (2, [f"base://user:{CANARY}@host/x"])
    assert result.stderr == "the source of base, row 1: is bad.\n"
    assert named_adapter(plugins, "base").name == "base"
    # it reads nothing without a mapping, so it does not stand in the way of the one that does
    assert adapter_for(plugins, "a.jsonl").name == "jsonl"
    with pytest.raises(AdapterError, match=r"several adapters read this: jsonl .*, base .* Name one with --input"):
        adapter_for(plugins, "a.jsonl", mapped=True)


def _loader(objects: list[object]) -> Any:
    import aava_rules

    return lambda name, **options: aava_rules.load(name, plugins=objects, **options)


def test_an_adapter_that_knows_nothing_of_mappings(tmp_path: Path, mapping: str, monkeypatch: Any) -> None:
    """It is named, and nothing is read."""

    class Plain:
        name, media_types, suffixes, capabilities = "plain", (), (".plain",), frozenset({"stream"})

        def read(self, source: Any) -> Any:
            raise AssertionError("is not asked")

    class Plugin:
        from aava_rules import hookimpl

        @hookimpl
        def register_adapters(self) -> list[Any]:
            return [Plain()]

    monkeypatch.setattr("aava_rules.tools.cli.options.load", _loader([Plugin()]))
    (tmp_path / "a.plain").write_bytes(b"")
    result = run("check", tmp_path / "a.plain", "--input", "plain", "--mapping", mapping, *ON)
    assert (result.exit_code, result.stderr) == (2, "the adapter plain does not read through a mapping.\n")


def test_ids_are_hashed_with_the_key_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program takes the key from the environment; without it the mapping is not used."""
    text = MAPPING.replace("id: nro", "id: {column: nro, hash: true}")
    (tmp_path / "h.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps(DOCUMENTS), encoding="utf-8")
    monkeypatch.delenv(ID_KEY, raising=False)
    result = run("decide", tmp_path / "a.json", "--mapping", tmp_path / "h.yaml", *ON)
    assert result.exit_code == 2
    assert "AR157 ids are hashed, and there is no key" in result.stderr
    monkeypatch.setenv(ID_KEY, "0123456789abcdef")
    result = run("decide", tmp_path / "a.json", "--mapping", tmp_path / "h.yaml", *ON)
    assert result.exit_code == 0
    assert [len(answer["record_id"]) for answer in decided(result)] == [64, 64]


def test_the_schema_of_mappings_is_printed() -> None:
    """``aava-rules schema mapping`` prints what editors check mapping files by."""
    result = run("schema", "mapping")
    assert json.loads(result.stdout)["title"] == "A mapping file of aava-rules"


def test_a_mapping_is_read_only_where_it_is_used() -> None:
    """Importing the package, and deciding, import no mapping, and so no YAML."""
    import subprocess

    code = (
        "import aava_rules, sys; aava_rules.load('finland', plugins=False); print('aava_rules.mapping' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_stream_of_documents_is_read_line_by_line(mapping: str) -> None:
    """The first record is there before the second line is read."""
    import aava_rules

    book = aava_rules.load("finland", plugins=False)
    stream = io.BytesIO(b'{"nro": 1}\n' * 1000)
    rows = JsonLines().read_mapped(stream, aava_rules.load_mapping(mapping, book))
    assert next(rows) == Row("line 1", {"id": "1"})
    assert stream.tell() < 100


@pytest.mark.parametrize("format", ["text", "json"])
def test_next_steps_and_differences_of_mapped_records(mapping: str, format: str) -> None:
    """``next`` and ``diff`` say of a document through a mapping what they say of the record made by hand."""
    by_hand = {
        "id": "5", "client": {"birth_date": "1990-02-01"}, "facts": {"subsidy_days": 500},
        "periods": [{"kind": "rehabilitative_work", "start": "2014-03-01", "attended_on": ["2014-03-02"]}],
    }  # fmt: skip
    through = ("--mapping", mapping, "--input", "json")
    following = ("next", "-", "--rulebook", "aava", "--on", "2014-05-05", "--format", format)
    between = ("diff", "finland", "-", "--from", "2014-05-05", "--to", "2026-05-05", "--format", format)
    for command in (following, between):
        wanted = run(*command, stdin=json.dumps(by_hand).encode())
        mapped = run(*command, *through, stdin=json.dumps(DOCUMENTS[0]).encode())
        assert (mapped.exit_code, mapped.stderr) == (wanted.exit_code, wanted.stderr) == (0, "")
        assert mapped.stdout == wanted.stdout
        assert "5" in mapped.stdout
    several = run(*following, *through[:2], "--input", "jsonl", stdin=lines(DOCUMENTS))
    assert several.exit_code == 2
    assert "has several records. Give a file with one." in several.stderr
    wrong = run(*between, *through, stdin=json.dumps({"nro": 5, "tmt": CANARY}).encode())
    assert wrong.exit_code == 2
    assert "column tmt: is not a number" in wrong.stderr
    assert CANARY not in wrong.stdout + wrong.stderr
