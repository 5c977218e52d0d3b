"""Short runs of the soak: many threads, forks, and a locale that writes decimals with a comma. See soak.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soak
from soak import Soak, pool
from unlike import Asked, ask_unlike_questions, is_flat

from aava_rules.testing import RecordMaker

pytestmark = pytest.mark.skipif(sys.version_info >= (3, 13), reason="durable-rules does not exist for this Python")
FINNISH = "fi_FI.UTF-8"


def _run(*arguments: str, **environment: str) -> str:
    """What a run on its own writes; it is right, and ends within two minutes."""
    done = subprocess.run(
        [sys.executable, soak.__file__, *arguments], env=os.environ | environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_threads_decide_right() -> None:
    """A few thousand decisions by eight threads, nothing compiled yet: none is wrong, and memory stays flat."""
    output = _run("--decisions", "4000", "--threads", "8", "--pool", "300")
    assert "4000 decisions by 8 threads, 0 forks: 0 wrong" in output
    assert output.rstrip().endswith("flat")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_children_decide_right() -> None:
    """Children that are forked while other threads decide, at any moment of an evaluation, decide right."""
    output = _run("--decisions", "3000", "--threads", "4", "--pool", "200", "--forks", "12")
    assert "3000 decisions by 4 threads, 12 forks: 0 wrong" in output


@pytest.mark.skipif(shutil.which("localedef") is None, reason="there is no localedef with which to make a locale")
def test_the_locale_means_nothing(tmp_path: Path) -> None:
    """Under a locale with decimal commas, by which durable-rules reads numbers, every answer is the same."""
    build = subprocess.run(
        ["localedef", "-i", "fi_FI", "-f", "UTF-8", str(tmp_path / FINNISH)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (tmp_path / FINNISH).is_dir(), build.stderr
    output = _run("--decisions", "2000", "--pool", "200", "--locale", FINNISH, LOCPATH=str(tmp_path), LC_ALL=FINNISH)
    assert "decimals are written as 3,5" in output
    assert "2000 decisions by 8 threads, 0 forks: 0 wrong" in output


def test_a_wrong_answer_is_found_out() -> None:
    """An answer that is not the reference engine's, or an error, fails the run."""
    items = pool(20, seed=2)
    wrong = soak.Item(items[0].rulebook, items[0].record, items[0].on, items[0].names, ("something else",))
    run = Soak([wrong, *items[1:]], seed=2)
    run.run(decisions=40, threads=2)
    assert run.done == 40
    assert any(line.startswith("record 0: ") for line in run.wrong)
    assert all(line.startswith("record 0: ") for line in run.wrong)


def test_memory_that_grows_is_found_out() -> None:
    """Growth beyond both bounds is not flat, and growth within one of them is."""
    for readings, flat in [([100.0, 119.0], True), ([100.0, 121.0, 101.0], False), ([1000.0, 1040.0], True)]:
        run = Soak([], seed=1)
        run.memory = readings
        assert run.flat is flat


def test_the_same_seed_makes_the_same_pool() -> None:
    """A run can be repeated."""
    assert [item.right for item in pool(15, 3)] == [item.right for item in pool(15, 3)]


def test_unlike_questions_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    """Some seconds of it: no error, and the memory of each third is told."""
    ask_unlike_questions(4.0, threads=4, seed=5)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].strip() for line in lines[-4:-1]] == ["first third", "second third", "last third"]
    assert ": 0 errors, " in lines[-1]


def test_an_error_among_unlike_questions_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told by its kind and place, without its text."""
    monkeypatch.setattr(RecordMaker, "record", lambda *_: {"id": "a", "secret": 1})
    assert ask_unlike_questions(1.0, threads=2, seed=5) == 1
    told = capsys.readouterr().out
    assert "RecordError at record_reader.py:" in told
    assert "secret" not in told


def test_memory_that_goes_on_growing_is_not_flat() -> None:
    """The last third is held against the second, by averages and by peaks."""
    assert is_flat([(1, 1, 1), (100, 100, 100), (119, 119, 119)])
    assert not is_flat([(1, 1, 1), (100, 100, 100), (121, 121, 121)])
    assert not is_flat([(1, 1, 1), (1000, 1000, 1000), (1000, 1000, 1100)])
    assert is_flat([(1, 1, 1), (1000, 1000, 1000), (900, 1040, 1040)])
    readings = Asked(memory=[(0.5, 10.0), (1.5, 20.0), (2.2, 40.0), (2.9, 30.0)])
    assert readings.thirds(3.0) == [(10.0, 10.0, 10.0), (20.0, 20.0, 20.0), (30.0, 35.0, 40.0)]
