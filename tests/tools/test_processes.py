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

from aava_rules.decision.entry_points import DISABLE
from aava_rules.tools.cli import processes

ON = ("--on", "2015-09-15", "--rulebook", "finland")
PLAN = {"kind": "activation_plan", "made_on": "2015-08-01", "includes_rehabilitative_work": True}


def client(number: int) -> dict[str, Any]:
    period = {"kind": "rehabilitative_work", "start": "2015-09-01", "end": "2015-12-01", "days_per_week": number % 6}
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
    write(tmp_path / "a.jsonl", range(150))
    write(tmp_path / "b.jsonl", range(148, 260))  # two of them stand in the first file too
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", "--format", "jsonl", "--detail", "short", "--language", "sv"),
        ("decide", "--format", "json", "--only", "target_group"),
        ("check", "--format", "csv", "--status", "broken", "--fail-on", "doubt"),
        ("check", "--format", "jsonl", "--detail", "short", "--no-texts"),
    ],
)
def test_the_same_as_in_one_process(folder: Path, arguments: tuple[str, ...]) -> None:
    alone = run(folder, arguments[0], "a.jsonl", "absent.json", "b.jsonl", *ON, *arguments[1:], count=1)
    assert run(folder, arguments[0], "a.jsonl", "absent.json", "b.jsonl", *ON, *arguments[1:], count=3) == alone
    output, messages, code = alone
    assert code == 2
    assert output.count(b"c25") and output.count(b"c259")
    for text in (b"a.jsonl, line 41", b"line 43: has the id of an earlier row", b"absent.json", b"2 clients stand in"):
        assert text in messages, text


def test_the_exit_code_of_findings(tmp_path: Path) -> None:
    lines = [json.dumps(client(number)) for number in range(120)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for strictness, code in (("law", 1), ("never", 0)):
        assert run(tmp_path, "check", "a.jsonl", *ON, "--format", "csv", "--fail-on", strictness, count=2)[2] == code


def test_a_process_that_ends_is_told(folder: Path) -> None:
    """Nobody takes what was written for the whole."""
    lines = "\n".join(json.dumps(client(number)) for number in range(20_000))
    (folder / "many.jsonl").write_text(lines, encoding="utf-8")
    command = [sys.executable, "-m", "aava_rules", "decide", "many.jsonl", *ON, "--format", "jsonl", "--processes", "2"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, DISABLE: "1"}
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(processes.FIRST + 2):
            assert process.stdout.readline().startswith(b'{"record_id"')
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            process.kill()
            pytest.skip("the system does not say which processes another one started")
        child = int(children.read_text().split()[0])
        os.kill(child, signal.SIGKILL)
        written = process.stdout.read()
        assert process.wait() == 2
        assert b"has ended" in process.stderr.read() and written.count(b"\n") < 19_000


def test_processes_end_with_the_one_that_started_them(folder: Path) -> None:
    command = [sys.executable, "-m", "aava_rules", "decide", "a.jsonl", "b.jsonl", *ON, "--format", "jsonl"]
    with subprocess.Popen(
        [*command, "--processes", "2"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        for _ in range(processes.FIRST + 2):
            process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            process.kill()
            pytest.skip("the system does not say which processes another one started")
        started = [int(number) for number in children.read_text().split()]
        process.kill()
        process.stdout.read()
    assert started
    end = time.monotonic() + 10
    while any(Path(f"/proc/{number}").exists() for number in started) and time.monotonic() < end:
        time.sleep(0.02)
    assert not any(Path(f"/proc/{number}").exists() for number in started)


def test_several_processes_only_where_each_decision_is_written_by_itself(folder: Path) -> None:
    _, messages, code = run(folder, "check", "a.jsonl", *ON, "--format", "junit", count=2)
    assert code == 2 and b"json, jsonl and csv" in messages


@pytest.mark.parametrize(("size", "count"), [(processes.LARGE, 1), (processes.LARGE + 1, 7)])
def test_large_files_are_answered_by_all_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, count: int
) -> None:
    from aava_rules import load
    from aava_rules.tools.cli.records import InputRecords

    monkeypatch.setattr(processes, "_processors", lambda: 7)
    with (tmp_path / "a.jsonl").open("wb") as file:
        file.truncate(size)
    inputs = InputRecords([str(tmp_path / "a.jsonl")], load("finland"))
    assert processes.processes_for(inputs, None) == count
    assert processes.processes_for(inputs, 2) == 2
    assert processes.processes_for(InputRecords(["-"], load("finland")), None) == 1
