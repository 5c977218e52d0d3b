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
