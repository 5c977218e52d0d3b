"""Several processes write what one writes: the same bytes, messages and exit codes, in the same order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aava_rules import load
from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import processes
from aava_rules.tools.cli.records import InputRecords

ON = ("--on", "2015-09-15", "--rulebook", "finland")
PLAN = {"kind": "activation_plan", "made_on": "2015-08-01", "includes_rehabilitative_work": True}


def client(number: int) -> dict[str, Any]:
    period = {
        "kind": "rehabilitative_work",
        "start": "2015-09-01",
        "end": "2015-12-01",
        "days_per_week": 1 + number % 7,
    }
    facts = {"age": 17 + number % 50, "unemployed": number % 3 > 0, "subsidy_days": 400 + number}
    return {"id": f"c{number}", "facts": facts, "plans": [PLAN] if number % 2 else [], "periods": [period]}


def write(path: Path, numbers: range) -> None:
    """Clients on lines, among them what is no JSON, no record, a client for the second time, and wrong facts."""
    lines = [json.dumps(client(number)) for number in numbers]
    lines[40:40] = ['{"id": "torn', "[1]", json.dumps(client(numbers[3])), '{"id": "w", "facts": {"age": "old"}}']
    path.write_text("\n".join(lines) + '\n{"id": "last", "facts": {"age": 20}, "unheard": 1}\n', encoding="utf-8")


def run(folder: Path, *arguments: str, count: int) -> tuple[bytes, bytes, int]:
    done = subprocess.run(
        [sys.executable, "-m", "aava_rules", *arguments, "--processes", str(count)],
        capture_output=True, check=False, cwd=folder, env={**os.environ, DISABLE: "1", "COLUMNS": "200"},
    )  # fmt: skip
    return done.stdout, done.stderr, done.returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "a.jsonl", range(70))
    write(tmp_path / "b.jsonl", range(68, 130))  # two of them stand in the first file too
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", "--format", "jsonl", "--detail", "short", "--language", "sv", "--only", "days_per_week_max"),
        ("decide", "--format", "json", "--only", "target_group"),
        ("check", "--format", "csv", "--only", "days_per_week_max", "--status", "broken", "--fail-on", "doubt"),
        ("check", "--format", "jsonl", "--only", "days_per_week_max", "--detail", "short", "--no-texts"),
    ],
)
def test_the_same_as_in_one_process(folder: Path, arguments: tuple[str, ...]) -> None:
    alone = run(folder, arguments[0], "a.jsonl", "absent.json", "b.jsonl", *ON, *arguments[1:], count=1)
    assert run(folder, arguments[0], "a.jsonl", "absent.json", "b.jsonl", *ON, *arguments[1:], count=3) == alone
    output, messages, code = alone
    assert code == 2
    assert b"c5" in output and b"c125" in output
    told = (b"a.jsonl, line 41", b"line 43: has the id of an earlier row")
    if "sv" in arguments:
        told = (b"a.jsonl, rad 41", b"rad 43: har samma id som en tidigare rad")
    for text in (*told, b"absent.json", b"2 clients stand in"):
        assert text in messages, text


def test_the_exit_code_of_findings(tmp_path: Path) -> None:
    lines = [json.dumps(client(number)) for number in range(80)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for strictness, code in (("law", 1), ("never", 0)):
        only = ("--only", "days_per_week_max", "--format", "csv", "--fail-on", strictness)
        assert run(tmp_path, "check", "a.jsonl", *ON, *only, count=2)[2] == code


def started(folder: Path) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A command with far more to write than its pipe holds, and the processes that it started."""
    lines = "\n".join(json.dumps({"id": f"c{number}", "facts": {"age": 20}}) for number in range(20_000))
    (folder / "many.jsonl").write_text(lines, encoding="utf-8")
    command = [sys.executable, "-m", "aava_rules", "decide", "many.jsonl", *ON, "--format", "jsonl", "--processes", "2"]
    process = subprocess.Popen(
        [*command, "--only", "target_group"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, DISABLE: "1"},
    )  # fmt: skip
    assert process.stdout is not None
    for _ in range(processes.FIRST + 2):
        assert process.stdout.readline().startswith(b'{"record_id"')
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        process.communicate()
        pytest.skip("the system does not say which processes another one started")
    return process, [int(number) for number in children.read_text().split()]


def test_a_process_that_ends_is_told(tmp_path: Path) -> None:
    """Nobody takes what was written for the whole."""
    process, (child, _) = started(tmp_path)
    os.kill(child, signal.SIGKILL)
    output, messages = process.communicate()
    assert process.returncode == 2
    assert b"has ended" in messages and output.count(b"\n") < 19_000


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    process, children = started(tmp_path)
    process.kill()
    process.communicate()
    assert len(children) == 2
    end = time.monotonic() + 20
    while any(alive(child) for child in children) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(alive(child) for child in children)


def alive(process: int) -> bool:
    """Whether a process still runs; one that ended may wait for ever to be asked how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_several_processes_only_where_each_decision_is_written_by_itself(folder: Path) -> None:
    _, messages, code = run(folder, "check", "a.jsonl", *ON, "--format", "junit", count=2)
    assert code == 2 and b"json, jsonl and csv" in messages


@pytest.mark.parametrize(("size", "count"), [(processes.LARGE, 1), (processes.LARGE + 1, 7)])
def test_large_files_are_answered_by_all_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, count: int
) -> None:
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.setattr(processes, "_processors", lambda: 7)
    book = load("finland")
    with (tmp_path / "a.jsonl").open("wb") as file:
        file.truncate(size)
    inputs = InputRecords([str(tmp_path / "a.jsonl")], book)
    assert processes.processes_for(inputs, None) == count
    assert processes.processes_for(inputs, 2) == 2
    assert processes.processes_for(InputRecords(["-"], book), None) == 1
