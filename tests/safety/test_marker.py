"""A mark that stands anywhere in what a host gives is in nothing that is told of it: error, chain, log, notice, stderr."""

from __future__ import annotations

import csv
import io
import json
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aava_rules
from aava_rules.adapters import BadRow
from aava_rules.mapping import load as load_mapping
from aava_rules.record import Record
from aava_rules.record.items import MODELS, Client

DAY = "2015-02-02"
MARKS = ("Zmarkki 77", "Zmarkki", "zmarkki_77", "010203-123Z", "zma", 'zma\n"rkki')
"""Contents as they may be, some of them like a name of a field."""

BASE: dict[str, Any] = {
    "id": "a",
    "client": {"birth_date": "1990-01-01", "municipality": "Hartola", "language": "fi"},
    "facts": {"age": 30, "unemployed": True, "subsidy_days": {"at_least": 3}},
    "benefits": [{"id": "b", "kind": "labour_market_subsidy", "start": "2014-01-01", "end": "2014-02-01", "days": 4}],
    "plans": [{"id": "p", "kind": "activation_plan", "made_on": "2015-01-05", "present": ["client"]}],
    "periods": [{"id": "q", "kind": "rehabilitative_work", "start": "2015-01-07", "length_months": 3}],
    "events": [{"id": "e", "step": "first_meeting", "on": "2015-01-02"}],
    "complete": ["periods.decision_on"],
    "complete_from": {"benefits": "2013-01-01"},
}
IDS = {("id",), *((name, 0, "id") for name in MODELS)}
"""Keys of the host's own, which say what an answer is about."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a record, those of objects and lists included."""
    if path:
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*path, key))


PLACES = [path for path in places(BASE) if path not in IDS]
OBJECTS = [(), *(path for path in places(BASE) if isinstance(reduce(getitem, path, BASE), dict))]


def marked(path: tuple[Any, ...], mark: Any, as_key: bool, nested: int) -> dict[str, Any]:
    """The record with the mark as the value at a path, or as a further key of the object there, in wrong shapes too."""
    record: dict[str, Any] = json.loads(json.dumps(BASE))
    value = [mark, [mark], {mark: mark}, {"at_least": mark}][nested]
    owner: Any = record
    for key in path if as_key else path[:-1]:
        owner = owner[key]
    owner[mark if as_key else path[-1]] = value
    return record


def everything(error: BaseException) -> str:
    """All that may be written of an error and of whatever it came from."""
    texts = [*traceback.format_exception(error)]
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in seen:
            continue
        seen.append(one)
        texts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        waiting += [one.__cause__, one.__context__]
    return "\n".join(texts)


class Told:
    """What was told while a work was done: errors, log lines, warnings."""

    def __init__(self) -> None:
        self.text = io.StringIO()

    def of(self, work: Callable[[], Any]) -> Any:
        handler = logging.StreamHandler(self.text)
        logging.getLogger().addHandler(handler)
        try:
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                result = work()
        except aava_rules.AavaRulesError as error:
            self.text.write(everything(error))
            return None
        finally:
            logging.getLogger().removeHandler(handler)
        self.text.write("".join(str(warning.message) for warning in warned))
        return result


def has_mark(text: str, mark: str) -> bool:
    return mark in text or mark.splitlines()[-1] in text or json.dumps(mark)[1:-1] in text or repr(mark)[1:-1] in text


@pytest.fixture(scope="module")
def finland() -> aava_rules.Rulebook:
    return aava_rules.load("finland", plugins=False)


PLACED = st.one_of(
    st.tuples(st.sampled_from(PLACES), st.just(False)), st.tuples(st.sampled_from(OBJECTS), st.just(True))
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(placed=PLACED, mark=st.sampled_from(MARKS), nested=st.integers(0, 3), road=st.sampled_from("mjdrcp"))
def test_a_mark_in_a_record_is_nowhere(
    finland: aava_rules.Rulebook, placed: tuple[tuple[Any, ...], bool], mark: str, nested: int, road: str
) -> None:
    """As a value or as a key, in the right place or a wrong one, whichever way the record is read."""
    path, as_key = placed
    record = marked(path, mark, as_key, nested)
    told = Told()
    roads: dict[str, Callable[[], Any]] = {
        "m": lambda: finland.decide(record, DAY, ["target_group"]),
        "j": lambda: finland.decide(json.dumps(record), DAY, ["target_group"]),
        "d": lambda: next(iter(finland.decide_many([record], DAY, ["target_group"]))),
        "r": lambda: Record(**record),
        "c": lambda: Record.model_construct(**record),
        "p": lambda: Record(**BASE).model_copy(update=record),
    }
    result = told.of(roads[road])
    if isinstance(result, aava_rules.RecordFailure):
        told.text.write(everything(result.error) + repr(result))
    elif result is not None:
        told.text.write(repr(result))
        if isinstance(result, aava_rules.Decision):
            told.text.write(repr([notice.to_dict() for notice in result.notices]) + repr(result.outcomes))
    assert not has_mark(told.text.getvalue(), mark), told.text.getvalue()


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("model", [Client, *MODELS.values()])
def test_a_mark_in_an_item_alone_is_nowhere(model: Any, mark: str) -> None:
    """Items that a host makes itself raise RecordError too."""
    told = Told()
    for data in ({mark: 1}, {name: mark for name in model.model_fields if name not in ("id", "municipality")}):
        assert told.of(lambda data=data: model(**data)) is None
        assert told.of(lambda data=data: model.model_validate(data)) is None
        assert told.of(lambda data=data: model.model_construct(**data)) is None
    assert not has_mark(told.text.getvalue(), mark)


def test_a_record_in_a_model_of_the_host_raises_a_record_error() -> None:
    """As in the body of a request: the error of pydantic would carry what was given."""
    from pydantic import BaseModel

    class Body(BaseModel):
        record: Record

    assert Body(record=BASE).record == Record(**BASE)  # type: ignore[arg-type]
    told, mark = Told(), MARKS[1]
    assert told.of(lambda: Body(record={**BASE, mark: 1})) is None  # type: ignore[arg-type]
    assert "key 10 " in told.text.getvalue()
    assert not has_mark(told.text.getvalue(), mark)


TABLES = {
    "clients": ["id", "birth_date", "municipality", "age", "unemployed"],
    "plans": ["client", "id", "kind", "made_on", "job_search_exempt"],
    "periods": ["client", "kind", "start", "days_per_week", "evaluated_on"],
}


@pytest.mark.parametrize("mark", [mark for mark in MARKS if "\n" not in mark])
@pytest.mark.parametrize("kind", ["frame", "csv", "ndjson"])
def test_a_mark_in_a_table_is_nowhere(finland: aava_rules.Rulebook, tmp_path: Path, mark: str, kind: str) -> None:
    """As a heading, as a cell of every column, and where the heading itself is lacking."""
    polars = pytest.importorskip("polars")
    told = Told()
    for table, columns in TABLES.items():
        sources = [[*columns, mark], *([mark if name == other else name for other in columns] for name in columns[1:])]
        for heading in (*sources, [mark, *columns[1:]]):
            for cell in columns:
                row = ["a", *("x" for _ in heading[1:])]
                if cell in heading:
                    row[heading.index(cell)] = mark if cell not in ("id", "client") else "a"
                if len(set(heading)) < len(heading):
                    continue
                frames: dict[str, Any] = {"clients": polars.DataFrame({"id": ["a"]})}
                frame = polars.DataFrame([row], schema=heading, orient="row")
                if kind != "frame":
                    frame_path = tmp_path / f"{table}.{kind}"
                    (frame.write_csv if kind == "csv" else frame.write_ndjson)(frame_path)
                    frame = frame_path
                frames[table] = frame
                answered = told.of(lambda frames=frames: finland.decide_table(**frames, on=DAY, only=["target_group"]))
                if answered is not None:
                    invalid = answered.invalid
                    told.text.write(str(invalid.drop("id").rows()) + repr(answered.outcomes.drop("id").rows()))
    assert not has_mark(told.text.getvalue(), mark), told.text.getvalue()[-3000:]


MAPPING = """
mapping: 1

dates: [d.M.yyyy]
codes: {laji: {A: activation_plan}}
clients: {table: asiakkaat, id: nro, client: {birth_date: synt, municipality: kunta}}
plans: {table: suunnitelmat, client: nro, id: sid, fields: {kind: {column: laji, codes: laji}, made_on: tehty}}
"""


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_in_a_mapped_source_is_nowhere(tmp_path: Path, mark: str) -> None:
    """As a cell, as a heading in the place of a right one, and in a file without headings."""
    path = tmp_path / "m.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    told = Told()
    mapping = told.of(lambda: load_mapping(path, aava_rules.load("finland", plugins=False)))
    assert mapping is not None, told.text.getvalue()
    client = {"nro": "1", "synt": "1.2.1990", "kunta": "Hartola"}
    plan = {"nro": "1", "sid": "s", "laji": "A", "tehty": "1.2.2015"}
    for table, row in (("asiakkaat", client), ("suunnitelmat", plan)):
        for column in row:
            for changed in (
                {**row, column: mark},
                {mark if key == column else key: value for key, value in row.items()},
            ):
                tables = {"asiakkaat": [client], "suunnitelmat": [plan]} | {table: [changed]}
                rows = told.of(lambda tables=tables: list(mapping.read(tables)))
                told.text.writelines(f"{bad.place} {bad.reason}" for bad in rows or () if isinstance(bad, BadRow))
                headings = {name: [*there[0]] for name, there in tables.items()}
                told.of(lambda headings=headings: mapping.check_source(headings))
    told.of(lambda: mapping.check_source({"asiakkaat": [mark, "x"], mark: ["nro"]}))
    assert not has_mark(told.text.getvalue(), mark), told.text.getvalue()[-3000:]


@pytest.mark.parametrize("mark", [mark for mark in MARKS if "\n" not in mark])
def test_a_mark_in_a_file_is_nowhere_on_standard_error(
    tmp_path: Path, mark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program tells of JSON, of CSV through a mapping and of what is neither."""
    from typer.testing import CliRunner

    from aava_rules.tools.cli.app import build

    runner = CliRunner()
    text = io.StringIO()
    csv.writer(text).writerows([["nro", "synt", mark], ["1", mark, "Hartola"]])
    (tmp_path / "m.yaml").write_text(MAPPING[: MAPPING.index("plans:")], encoding="utf-8")
    files = {
        "a.json": json.dumps([{**BASE, "id": "1", mark: mark}, {"id": "2", "facts": {mark: 3}}]),
        "b.jsonl": json.dumps({"id": "1", "plans": [{"kind": mark}]}) + f'\n{{"id": "2", {mark}\n',
        "c.json": mark,
        "asiakkaat.csv": text.getvalue(),
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        mapping = ["--mapping", str(tmp_path / "m.yaml")] if name.endswith("csv") else []
        result = runner.invoke(build(), ["check", str(tmp_path / name), "--rulebook", "finland", "--on", DAY, *mapping])
        assert result.exit_code == 2, result.output
        assert not has_mark(result.stderr + repr(result.exception), mark), result.stderr
    assert not has_mark(capsys.readouterr().err, mark)
