"""The built-in adapters pass the conformance kit, and each of its checks finds the fault that it is there for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aava_rules import mapping
from aava_rules.adapters import Adapter, BadRow, Row
from aava_rules.mapping.tables import MappedAdapter
from aava_rules.testing import AdapterConformance, as_json
from aava_rules.tools.inputs.json import Json, JsonLines, JsonOrLines
from aava_rules.tools.inputs.parquet import Parquet

ROOT = Path(__file__).resolve().parents[2]
Record = Mapping[str, Any]


def line(record: Record) -> str:
    return json.dumps(as_json(record), ensure_ascii=False)


class TestJsonLines(AdapterConformance):
    def adapter(self) -> Adapter:
        return JsonLines()

    def write(self, records: Iterable[Record], folder: Path) -> Path:
        return self._lines(map(line, records), folder)

    def write_spoiled(self, records: Sequence[Record], folder: Path, canary: str) -> Path:
        first, *others = map(line, records)
        return self._lines([first, f'{{"id": "{canary}", "{canary}": ', *others], folder)

    def _lines(self, lines: Iterable[str], folder: Path) -> Path:
        path = folder / "register.jsonl"
        with path.open("w", encoding="utf-8") as out:
            out.writelines(f"{text}\n" for text in lines)
        return path


class TestStandardInput(TestJsonLines):
    def adapter(self) -> Adapter:
        return JsonOrLines()


class TestJson(AdapterConformance):
    def adapter(self) -> Adapter:
        return Json()

    def write(self, records: Iterable[Record], folder: Path) -> Path:
        return self._array(map(line, records), folder)

    def write_spoiled(self, records: Sequence[Record], folder: Path, canary: str) -> Path:
        first, *others = map(line, records)
        return self._array([first, f'"{canary}"', *others], folder)

    def _array(self, items: Iterable[str], folder: Path) -> Path:
        path = folder / "register.json"
        path.write_text("[" + ",\n".join(items) + "]", encoding="utf-8")
        return path


DECIMAL = pa.decimal128(12, 2)
DAY, TEXT, TRUTH, WHOLE = pa.date32(), pa.string(), pa.bool_(), pa.int64()
FACTS = {"unemployed": TRUTH, "subsidy_days": WHOLE, "daily_compensation": DECIMAL, "joint_service_started": DAY}
CLIENT = {"birth_date": DAY, "municipality": TEXT, "language": TEXT, "protected": TRUTH}
LISTS = {
    "benefits": {"id": TEXT, "kind": TEXT, "start": DAY, "end": DAY, "days": WHOLE, "because_of_unemployment": TRUTH},
    "plans": {
        "id": TEXT, "kind": TEXT, "made_on": DAY, "ends_on": DAY, "includes_rehabilitative_work": TRUTH,
        "refused_all": TRUTH, "signed_by": pa.list_(TEXT),
    },
    "periods": {
        "id": TEXT, "kind": TEXT, "start": DAY, "end": DAY, "days_per_week": WHOLE, "hours_per_day": DECIMAL,
        "client_consents": TRUTH, "plan_made_on": DAY, "attended_on": pa.list_(DAY),
    },
    "events": {"id": TEXT, "step": TEXT, "on": DAY},
}  # fmt: skip
NESTED = pa.schema(
    {"id": TEXT} | CLIENT | FACTS | {name: pa.list_(pa.struct(fields.items())) for name, fields in LISTS.items()}
)


def flat(record: Record) -> dict[str, Any]:
    row = {"id": record["id"]} | record.get("client", {}) | record.get("facts", {})
    return row | {name: record[name] for name in LISTS if name in record}


class TestNestedParquet(AdapterConformance):
    source_mb = 24  # the rows of a batch are held at once, and this makes many batches

    def adapter(self) -> Adapter:
        return Parquet()

    def write(self, records: Iterable[Record], folder: Path) -> Path:
        return self._rows(map(flat, records), folder)

    def write_spoiled(self, records: Sequence[Record], folder: Path, canary: str) -> Path:
        first, *others = map(flat, records)
        bad = dict(first) | {"id": "bad", "municipality": canary, "plans": [None]}
        return self._rows([first, bad, *others], folder)

    def _rows(self, rows: Iterable[dict[str, Any]], folder: Path) -> Path:
        path = folder / "register.parquet"
        remaining = iter(rows)
        with pq.ParquetWriter(path, NESTED, compression="none") as out:
            while part := list(islice(remaining, 2000)):
                out.write_table(pa.Table.from_pylist(part, NESTED))
        return path


class TestParquetFolder(AdapterConformance):
    """A folder of tables."""

    source_mb = 24

    def adapter(self) -> Adapter:
        return Parquet()

    def write(self, records: Iterable[Record], folder: Path) -> Path:
        remaining = iter(records)
        place = folder / "register"
        place.mkdir()
        known = {f"{name}_known": TRUTH for name in LISTS}
        schemas = {"clients": pa.schema({"id": TEXT} | CLIENT | FACTS | known)}
        schemas |= {name: pa.schema({"client": TEXT} | fields) for name, fields in LISTS.items()}
        with ExitStack() as stack:
            outs = {
                name: stack.enter_context(pq.ParquetWriter(place / f"{name}.parquet", schema, compression="none"))
                for name, schema in schemas.items()
            }
            while part := list(islice(remaining, 2000)):
                rows = {name: [] for name in schemas}
                for record in part:
                    known = {f"{name}_known": name in record for name in LISTS}
                    rows["clients"].append(flat(record) | known)
                    for name in LISTS:
                        rows[name] += [item | {"client": record["id"]} for item in record.get(name, ())]
                for name, out in outs.items():
                    out.write_table(pa.Table.from_pylist(rows[name], schemas[name]))
        return place

    def write_spoiled(self, records: Sequence[Record], folder: Path, canary: str) -> Path | None:
        return None  # a client with a fault is read, and refused as a record


MAPPING = b"""
mapping: 1
clients:
  table: clients
  id: id
  client:
    birth_date: client.birth_date
    municipality: client.municipality
    language: client.language
    protected: client.protected
  facts:
    unemployed: {column: facts.unemployed, type: boolean}
    subsidy_days: {column: facts.subsidy_days, type: integer}
    daily_compensation: {column: facts.daily_compensation, type: money}
    joint_service_started: {column: facts.joint_service_started, type: date}
benefits:
  inside: benefits
  id: id
  fields: {kind: kind, start: start, end: end, days: days, because_of_unemployment: because_of_unemployment}
plans:
  inside: plans
  id: id
  fields:
    kind: kind
    made_on: made_on
    ends_on: ends_on
    includes_rehabilitative_work: includes_rehabilitative_work
    refused_all: refused_all
    signed_by: signed_by
periods:
  inside: periods
  id: id
  fields:
    kind: kind
    start: start
    end: end
    days_per_week: days_per_week
    hours_per_day: hours_per_day
    client_consents: client_consents
    plan_made_on: plan_made_on
    attended_on: attended_on
events:
  inside: events
  id: id
  fields: {step: step, on: on}
"""


class TestMappedLines(TestJsonLines):
    """Documents a line, through a mapping."""

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        return MappedAdapter(JsonLines(), mapping.load(MAPPING)).read(source)

    def write_with_codes(self, records: Sequence[Record], codes: Sequence[str], folder: Path) -> Path:
        pairs = zip(records, codes, strict=True)
        return self._lines((json.dumps(as_json(record) | {"hetu": code}) for record, code in pairs), folder)


class TestMappedJson(TestJson):
    """An array of documents, through a mapping."""

    def read(self, source: Path | BinaryIO) -> Iterator[Row | BadRow]:
        return MappedAdapter(Json(), mapping.load(MAPPING)).read(source)


FAULTY = Path(__file__).parent / "faulty_adapters.py"


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The checks that each class of faulty_adapters.py fails, by class."""
    report = tmp_path_factory.mktemp("faulty") / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-n0"]
    done = subprocess.run(
        [*command, "-o", "junit_family=xunit1", f"--junitxml={report}", str(FAULTY)],
        capture_output=True, text=True, check=False, cwd=ROOT, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    checks: dict[str, set[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        of_class = checks.setdefault(case.attrib["classname"].rpartition(".")[2], set())
        if case.find("failure") is not None or case.find("error") is not None:
            of_class.add(case.attrib["name"])
    return checks


def classes() -> Iterator[tuple[str, frozenset[str]]]:
    """The classes of faulty_adapters.py, each with the checks that it says it fails."""
    sys.path.insert(0, str(FAULTY.parent))
    import faulty_adapters

    for name, conformance in vars(faulty_adapters).items():
        if name.startswith("Test"):
            yield name, conformance.fails


CHECKS = sorted(name for name in dir(AdapterConformance) if name.startswith("test_"))


@pytest.mark.parametrize(("name", "fails"), list(classes()))
def test_a_faulty_adapter_fails_its_check_and_no_other(
    failed: dict[str, set[str]], name: str, fails: frozenset[str]
) -> None:
    """Each adapter with one fault fails exactly the check that is there for it; the one without a fault fails none."""
    assert failed[name] == set(fails)


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_finds_a_fault(check: str) -> None:
    """For each check of the kit there is a faulty adapter that fails it and no other."""
    assert any(fails == {check} for _, fails in classes())


def test_the_kit_without_pytest_says_what_to_install() -> None:
    """Importing the room does not need pytest; who asks for the kit without it is told the extra that has it."""
    program = (
        "import sys; sys.modules['pytest'] = None\nfrom aava_rules import testing\ntry:\n    testing.AdapterConformance\n"
        "except ImportError as error:\n    assert '.[testing]' in str(error), error\nelse:\n    sys.exit(1)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))


def test_every_check_is_in_the_table_of_the_readme() -> None:
    """plugins/README.md says of each check what it holds, and of none that there is not."""
    text = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(test_\w+)` \|", text, re.MULTILINE)) == CHECKS
