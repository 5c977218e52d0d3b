"""The audit log: what a row says and does not say, that every change is told, and that decisions are the same again."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from aava_rules_audit import AuditLog, read_key, replay, verify
from aava_rules_audit.installed import Commands
from aava_rules_audit.rows import AuditLogError, code, record_bytes, sealed
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import aava_rules
from aava_rules.decision.plugins import manager
from aava_rules.record import read
from aava_rules.tools.cli import build

KEY = b"0123456789abcdef0123456789abcdef"
CANARY = "Kanarialintu-020579"
RECORDS = Path(__file__).resolve().parents[3] / "examples" / "records"


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAVA_RULES_DISABLE_PLUGINS", "1")


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl", KEY, sync=False)


def rows(log: AuditLog | Path) -> list[dict[str, Any]]:
    path = log.path if isinstance(log, AuditLog) else log
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def records(count: int) -> list[dict[str, Any]]:
    """Records that differ, with an age and days of subsidy each."""
    return [
        {"id": f"r{number}", "facts": {"age": 18 + number % 50, "unemployed": True, "subsidy_days": number}}
        for number in range(count)
    ]


def filled(log: AuditLog, count: int) -> list[dict[str, Any]]:
    """A log with so many decisions on one question; gives the records."""
    given_records = records(count)
    rulebook = aava_rules.load("finland", plugins=[log], audit="strict")
    for record in given_records:
        rulebook.decide(record, on="2014-05-05", only=["target_group"])
    return given_records


class TestRows:
    def test_what_a_row_says(self, tmp_path: Path) -> None:
        """Who, when, for what, by which rules and engine; of record and answer codes alone."""
        moment = datetime(2026, 11, 30, 12, 0, 0, 5, tzinfo=UTC)
        log = AuditLog(tmp_path / "audit.jsonl", KEY, now=lambda: moment)
        rulebook = aava_rules.load("finland", plugins=[log], audit="strict")
        record = json.loads((RECORDS / "a-17.json").read_text(encoding="utf-8"))
        with aava_rules.asked_by("worker-17", "plan review"):
            decision = rulebook.decide(record, on="2014-05-05", only=["target_group", "days_per_week_max"])
        (row,) = rows(log)
        assert row == {
            "form": 1,
            "number": 1,
            "time": "2026-11-30T12:00:00.000005+00:00",
            "kind": "decision",
            "record_id": "A-17",
            "actor": "worker-17",
            "purpose": "plan review",
            "on": "2014-05-05",
            "only": ["days_per_week_max", "target_group"],
            "rulebook": {"name": "finland", "version": rulebook.version, "sha256": rulebook.sha256},
            "engine": decision.engine,
            "library": aava_rules.__version__,
            "input": code(KEY, "record", record_bytes(read(record))),
            "output": code(KEY, "decision", decision.to_json().encode()),
            "previous": "0" * 64,
            "code": row["code"],
        }

    def test_no_contents(self, log: AuditLog) -> None:
        """Nothing of the record but its id is in the log, and its codes say nothing without the key."""
        record = {"id": "a", "client": {"municipality": CANARY}, "facts": {"age": 43}}
        aava_rules.load("finland", plugins=[log]).decide(record, on="2014-05-05")
        text = log.path.read_text()
        assert CANARY not in text
        other = AuditLog(log.path.with_name("other.jsonl"), KEY[::-1])
        aava_rules.load("finland", plugins=[other]).decide(record, on="2014-05-05")
        assert {rows(log)[0][name] == rows(other)[0][name] for name in ("input", "output", "code")} == {False}

    def test_the_code_of_a_record_is_of_what_it_says(self) -> None:
        """The order of keys, the way numbers are written and absent fields make no other code; another value does."""
        first = read({"id": "a", "facts": {"age": 30, "subsidy_days": 500}, "plans": [{"made_on": "2014-01-01"}]})
        same = read('{"plans":[{"made_on":"2014-01-01","kind":null}],"facts":{"subsidy_days":500.0,"age":30},"id":"a"}')
        other = read({"id": "a", "facts": {"age": 30, "subsidy_days": 501}, "plans": [{"made_on": "2014-01-01"}]})
        none = read({"id": "a", "facts": {"age": 30, "subsidy_days": 500}})
        assert record_bytes(first) == record_bytes(same)
        assert len({record_bytes(record) for record in (first, other, none)}) == 3

    def test_sets_have_one_order(self) -> None:
        """The code of a record does not depend on how this process hashes texts."""
        source = (
            "from aava_rules.record import read; from aava_rules_audit.rows import record_bytes;"
            "print(record_bytes(read({'id': 'a', 'plans': [{'options': ['other', 'paid_work', 'training', 'rehabilitation']}]})))"
        )
        printed = {
            subprocess.run(
                [sys.executable, "-c", source],
                capture_output=True,
                check=True,
                env={**os.environ, "PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("1", "2", "3")
        }
        assert len(printed) == 1

    def test_a_table(self, log: AuditLog) -> None:
        """A block has a row with counts, and the code of its ids; the answer of one client has a row of its own."""
        rulebook = aava_rules.load("finland", plugins=[log], audit="strict")
        answers = rulebook.decide_table(
            pl.DataFrame({"id": ["a", "b"], "age": [30, 20]}), on="2014-05-05", only=["target_group"]
        )
        answers.outcomes  # noqa: B018
        answers.decision("a")
        table, decision = rows(log)
        assert (table["kind"], table["clients"], table["ids"]) == ("table", 2, code(KEY, "ids", b'["a", "b"]'))
        assert table["outcomes"] == {"target_group": {"unknown": 2}}
        assert (decision["kind"], decision["record_id"]) == ("decision", "a")
        assert verify(log.path, KEY).faults == ()


class TestKeeping:
    def test_a_log_goes_on(self, log: AuditLog) -> None:
        """A log that is opened again takes up the chain."""
        filled(log, 2)
        log.close()
        filled(AuditLog(log.path, KEY), 2)
        assert [row["number"] for row in rows(log)] == [1, 2, 3, 4]
        assert verify(log.path, KEY).faults == ()

    def test_a_closed_log_gives_no_decision(self, log: AuditLog) -> None:
        """Under a strict audit, a log that cannot be written withholds decisions; without, it is told."""
        rulebook = aava_rules.load("finland", plugins=[log], audit="strict")
        log.close()
        with pytest.raises(aava_rules.AuditError, match="OSError"):
            rulebook.decide({"id": "a"})

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_gives_no_decision(self, tmp_path: Path) -> None:
        """A row that the disk does not take is no row."""
        path = tmp_path / "full"
        path.symlink_to("/dev/full")
        rulebook = aava_rules.load("finland", plugins=[AuditLog(path, KEY)], audit="strict")
        with pytest.raises(aava_rules.AuditError):
            rulebook.decide({"id": "a"})

    def test_half_a_row_is_taken_back(self, log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the system takes only a part, the part goes, and the next row follows the last whole one."""
        filled(log, 1)
        real = os.write
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda file, data: real(file, data[:10]))
            with pytest.raises(aava_rules.AuditError):
                filled(log, 1)
        filled(log, 1)
        assert verify(log.path, KEY).rows == 2
        assert verify(log.path, KEY).faults == ()

    @pytest.mark.parametrize("end", [b'{"number": 1', b"\xff\n", b"[]\n", b'{"number": 1}\n'])
    def test_a_log_that_does_not_end_with_a_row(self, tmp_path: Path, end: bytes) -> None:
        """It is not gone on with: that would hide what happened."""
        path = tmp_path / "audit.jsonl"
        path.write_bytes(end)
        with pytest.raises(AuditLogError, match="does not end with a whole row"):
            AuditLog(path, KEY)

    def test_a_log_that_was_cut_off_meanwhile(self, log: AuditLog) -> None:
        """It is not gone on with either."""
        filled(log, 2)
        os.truncate(log.path, len(log.path.read_bytes().splitlines(keepends=True)[0]))
        with pytest.raises(aava_rules.AuditError, match="AuditLogError"):
            filled(log, 1)

    def test_keys_and_places(self, tmp_path: Path) -> None:
        """A key that is no secret, and a place that cannot be written, are told."""
        with pytest.raises(AuditLogError, match="openssl"):
            AuditLog(tmp_path / "a", b"short")
        with pytest.raises(AuditLogError, match="cannot be opened"):
            AuditLog(tmp_path, KEY)
        with pytest.raises(AuditLogError, match="cannot be read"):
            read_key(tmp_path / "nowhere")
        (tmp_path / "key").write_bytes(KEY + b"\n")
        assert read_key(tmp_path / "key") == KEY

    @pytest.mark.skipif(os.name == "nt", reason="modes of files")
    def test_only_the_host_reads_it(self, log: AuditLog) -> None:
        """A new log is nobody else's to read."""
        assert log.path.stat().st_mode & 0o077 == 0

    def test_threads_share_one(self, log: AuditLog) -> None:
        """Each decision has its row, and the chain is whole."""
        rulebook = aava_rules.load("finland", plugins=[log], audit="strict")

        def ask(number: int) -> None:
            for turn in range(10):
                rulebook.decide({"id": f"{number}-{turn}"}, on="2014-05-05", only=["target_group"])

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({row["record_id"] for row in rows(log)}) == 40
        assert verify(log.path, KEY).faults == ()

    @pytest.mark.skipif(sys.platform == "win32", reason="files are not locked there")
    def test_processes_share_one(self, log: AuditLog) -> None:
        """Each takes up the chain where another left it."""
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=_fill, args=(str(log.path),)) for _ in range(2)]
        for process in processes:
            process.start()
        filled(log, 20)
        for process in processes:
            process.join()
            assert process.exitcode == 0
        assert verify(log.path, KEY) == verify(log.path, KEY, last=rows(log)[-1]["code"])
        assert (verify(log.path, KEY).rows, verify(log.path, KEY).faults) == (60, ())


def _fill(path: str) -> None:
    filled(AuditLog(Path(path), KEY, sync=False), 20)


class TestVerify:
    def test_a_log_as_it_was_written(self, log: AuditLog) -> None:
        """Nothing is wrong with it, and the code of its last row is told."""
        filled(log, 5)
        verdict = verify(log.path, KEY)
        assert (verdict.rows, verdict.last, verdict.faults) == (5, rows(log)[-1]["code"], ())

    def test_an_empty_log(self, log: AuditLog) -> None:
        """No rows and no faults."""
        assert verify(log.path, KEY).faults == ()

    @pytest.mark.parametrize(
        ("change", "faults"),
        [
            (lambda lines: [lines[0], lines[1].replace(b"r1", b"r9"), *lines[2:]], ["line 2: was changed, or written under another key."]),
            (lambda lines: [lines[0], *lines[2:]], ["line 2: the row before it is missing."]),
            (lambda lines: [lines[0], *lines[3:]], ["line 2: 2 rows before it are missing."]),
            (lambda lines: lines[1:], ["line 1: the row before it is missing."]),
            (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], ["line 2: the row before it is missing.", "line 3: is row 2, where row 4 should be: rows stand twice or in another order.", "line 4: the row before it is missing."]),
            (lambda lines: [*lines[:2], lines[1], *lines[2:]], ["line 3: is row 2, where row 3 should be: rows stand twice or in another order."]),
            (lambda lines: [*lines[:4], lines[4][:-5]], ["line 5: is no whole row."]),
            (lambda lines: [lines[0], b"x\n", *lines[2:]], ["line 2: is no whole row."]),
            (lambda lines: [lines[0].replace(b'"form": 1', b'"form": 2'), *lines[1:]], ["line 1: is of a form that this version does not know (1 is known)."]),
        ],
    )  # fmt: skip
    def test_every_change_is_told(self, log: AuditLog, change: Any, faults: list[str]) -> None:
        """A changed, missing, repeated, moved or broken row is told with its line."""
        filled(log, 5)
        log.path.write_bytes(b"".join(change(log.path.read_bytes().splitlines(keepends=True))))
        assert list(verify(log.path, KEY).faults) == faults

    def test_rows_at_the_end_that_are_gone(self, log: AuditLog) -> None:
        """The chain alone cannot tell; a code that was kept elsewhere can."""
        filled(log, 5)
        last = verify(log.path, KEY).last
        lines = log.path.read_bytes().splitlines(keepends=True)
        log.path.write_bytes(b"".join(lines[:3]))
        assert verify(log.path, KEY).faults == ()
        assert len(verify(log.path, KEY, last=last).faults) == 1

    def test_a_chain_of_somebody_without_the_key(self, log: AuditLog) -> None:
        """Whoever has not the key cannot write a log that passes."""
        filled(log, 2)
        forged = [sealed({**row, "actor": "another"}, KEY[::-1]) for row in rows(log)]
        log.path.write_bytes(b"".join(forged))
        assert len(verify(log.path, KEY).faults) == 2

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_any_change_of_a_byte_is_told(self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
        """There is no byte of a row that could be another one."""
        path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
        log = AuditLog(path, KEY, sync=False)
        previous = "0" * 64
        lines = []
        for number in (1, 2):
            lines.append(sealed({"form": 1, "number": number, "kind": "decision", "previous": previous}, KEY))
            previous = json.loads(lines[-1])["code"]
        whole = bytearray(b"".join(lines))
        place = data.draw(st.integers(0, len(whole) - 2))
        byte = data.draw(st.integers(33, 126).filter(lambda value: value != whole[place]))
        if whole[place] == 32:  # white space between values means nothing
            return
        whole[place] = byte
        log.path.write_bytes(whole)
        assert verify(path, KEY).faults


class TestReplay:
    def test_the_same_bytes(self, log: AuditLog) -> None:
        """Every decision is made again, in any order of records and beside others, by the engine that made it."""
        given_records = filled(log, 1_000)
        rulebook = aava_rules.load("finland", plugins=[log])
        rulebook.decide(given_records[0], on="2015-01-01", engine="reference")
        result = replay(
            log.path, KEY, [{"id": "other"}, *reversed(given_records)], [aava_rules.load("finland", plugins=False)]
        )
        assert (result.same, result.faults, result.tables) == (1_001, [], 0)

    def test_an_amended_rulebook_is_another(self, log: AuditLog) -> None:
        """What an amended rulebook answered is proven by the amended one, and never by the plain one of its name."""
        rulebook = aava_rules.load("finland", plugins=[log], amend=["bill_109_2025"])
        record = {"id": "a", "facts": {"age": 40, "unemployed": True}}
        rulebook.decide(record, on="2026-06-01")
        amended = aava_rules.load("finland", plugins=False, amend=["bill_109_2025"])
        plain = aava_rules.load("finland", plugins=False)
        assert replay(log.path, KEY, [record], [plain, amended]).same == 1
        (fault,) = replay(log.path, KEY, [record], [plain]).faults
        assert "another rulebook answered: finland" in fault

    def test_what_is_told(self, log: AuditLog) -> None:
        """A record that is not there, another one under its id, another rulebook, another answer: each with its line."""
        given_records = filled(log, 4)
        finland, aava = (aava_rules.load(name, plugins=False) for name in ("finland", "aava"))
        del given_records[1]
        given_records[1]["facts"]["age"] += 1
        result = replay(log.path, KEY, given_records, [finland])
        assert result.same == 2
        assert [fault.split(":")[0] for fault in result.faults] == ["line 2", "line 3"]
        assert all("was not given as it was" in fault for fault in result.faults)
        other = replay(log.path, KEY, given_records, [aava])
        assert other.same == 0
        assert sum("another rulebook answered: finland" in fault for fault in other.faults) == 2
        changed = rows(log)
        changed[0]["output"] = "0" * 64
        log.path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in changed))
        (fault,) = replay(log.path, KEY, given_records[:1], [finland]).faults[:1]
        assert fault.startswith("line 1: gives another answer")

    def test_rows_that_are_none(self, log: AuditLog) -> None:
        """What cannot be read is told, and the rest is replayed."""
        given_records = filled(log, 2)
        with log.path.open("ab") as file:
            file.write(b'x\n{"kind": "decision", "input": 5}\n{"kind": "table"}\n')
        result = replay(log.path, KEY, given_records, [aava_rules.load("finland", plugins=False)])
        assert (result.same, result.tables, len(result.faults)) == (2, 1, 2)


class TestCommands:
    @pytest.fixture
    def run(self, tmp_path: Path) -> Any:
        (tmp_path / "key").write_bytes(KEY)
        app = build(manager([Commands()]))

        def command(*arguments: str) -> tuple[int, str]:
            done = CliRunner().invoke(app, [*arguments, "--key-file", str(tmp_path / "key")])
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            return done.exit_code, done.output

        return command

    def test_verify(self, run: Any, log: AuditLog) -> None:
        """0 for a log as it was written, 1 for one that was changed, 2 for one that is not there."""
        filled(log, 3)
        assert run("audit", "verify", str(log.path)) == (
            0,
            f"{log.path}: 3 rows, 0 faults, the last is {rows(log)[-1]['code']}\n",
        )
        lines = log.path.read_bytes().splitlines(keepends=True)
        log.path.write_bytes(lines[0] + lines[2])
        exit_code, output = run("audit", "verify", str(log.path))
        assert exit_code == 1
        assert output.startswith("line 2: the row before it is missing.\n")
        assert run("audit", "verify", str(log.path), "--last", rows(log)[-1]["code"])[0] == 1
        assert run("audit", "verify", str(log.path) + "x")[0] == 2

    def test_replay(self, run: Any, log: AuditLog, tmp_path: Path) -> None:
        """0 where all are the same, 1 where a record is not there, 2 where it cannot be read."""
        given_records = filled(log, 3)
        path = tmp_path / "records.jsonl"
        path.write_text("\n".join(map(json.dumps, given_records)))
        assert run("replay", str(log.path), str(path), "--rulebook", "finland") == (
            0,
            f"{log.path}: 3 decisions are the same, 0 are not\n",
        )
        path.write_text("\n".join(map(json.dumps, given_records[1:])))
        assert run("replay", str(log.path), str(path), "--rulebook", "finland")[0] == 1
        amended = ("--rulebook", "finland", "--rulebook", "hartola_sysma", "--amend", "bill_109_2025")
        assert run("replay", str(log.path), str(path), *amended)[0] == 1
        assert run("replay", str(log.path), str(path), "--rulebook", "finland", "--amend", "aava")[0] == 2
        path.write_text(f'{{"id": "a", "{CANARY}": 1}}')
        exit_code, output = run("replay", str(log.path), str(path), "--rulebook", "finland")
        assert exit_code == 2
        assert CANARY not in output
        path.write_text("{")
        assert run("replay", str(log.path), str(path), "--rulebook", "finland")[0] == 2


class TestInstalled:
    def program(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name != "AAVA_RULES_DISABLE_PLUGINS"}
        code = "from aava_rules.tools.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=kept | environment,
            input='{"record": {"id": "a"}, "only": ["target_group"], "actor": "worker-17", "purpose": "review"}\n',
        )  # fmt: skip

    def test_a_log_of_the_environment(self, tmp_path: Path) -> None:
        """Each answer of `serve` has its row, with who asked and for what; without a log, a strict audit does not start."""
        (tmp_path / "key").write_bytes(KEY)
        log = tmp_path / "audit.jsonl"
        named = {"AAVA_RULES_AUDIT_LOG": str(log), "AAVA_RULES_AUDIT_KEY_FILE": str(tmp_path / "key")}
        done = self.program("serve", "--rulebook", "finland", "--audit", "strict", **named)
        assert (done.returncode, done.stderr) == (0, "")
        (row,) = rows(log)
        assert (row["record_id"], row["actor"], row["purpose"]) == ("a", "worker-17", "review")
        assert self.program("audit", "verify", str(log), **named).returncode == 0
        done = self.program(
            "serve", "--rulebook", "finland", "--audit", "strict", **{**named, "AAVA_RULES_AUDIT_KEY_FILE": ""}
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert "audit" in done.stderr

    def test_it_is_listed(self) -> None:
        """`aava-rules plugins` names it; without a log it notes nothing."""
        listed = self.program("plugins").stdout
        assert "audit (aava-rules-audit" in listed
