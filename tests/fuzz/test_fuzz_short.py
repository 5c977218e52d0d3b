"""A short run of the fuzzer: see fuzz.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz import Fuzzer, counts_of, run_part


def test_hostile_records_and_rule_files_are_answered_or_refused(tmp_path: Path) -> None:
    """Whatever comes in, the library answers or raises an error of its own, soon and without contents."""
    fuzzer = Fuzzer(seed=1, folder=tmp_path)
    assert fuzzer.run({"record": 600, "rulebook": 150}), fuzzer.report()


@pytest.mark.parametrize("kind", ["yaml", "expression", "mapping", "csv"])
def test_hostile_text_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    """Text of each kind gives what it says or an error of the library, both happen, and nothing else is raised."""
    if kind == "csv":
        pytest.importorskip("aava_rules_tabular")
    fuzzer = Fuzzer(seed=1, folder=tmp_path)
    assert fuzzer.run({kind: 400}), fuzzer.report()
    assert fuzzer.counts[f"{kind}: read"] > 20
    assert fuzzer.counts[f"{kind}: refused"] > 20


def test_the_parts_of_a_run_are_the_run(tmp_path: Path) -> None:
    """Inputs divided among processes are those of one process, and all that is asked for is run."""
    assert sum(counts_of(1_000_003, []).values()) == 1_000_003
    assert counts_of(10, ["csv", "yaml"]) == {"csv": 5, "yaml": 5}
    whole, halves = Fuzzer(seed=2, folder=tmp_path), Fuzzer(seed=2, folder=tmp_path)
    whole.run({"expression": 101})
    for part in (0, 1):
        halves.add(run_part(2, tmp_path, {"expression": 101}, part, 2))
    assert halves.counts == whole.counts


def test_the_same_seed_makes_the_same_inputs(tmp_path: Path) -> None:
    """A violation can be found again by its seed."""
    first, second = Fuzzer(seed=3, folder=tmp_path), Fuzzer(seed=3, folder=tmp_path)
    sources = [[repr(fuzzer._mutation(number)[0]) for number in range(5)] for fuzzer in (first, second)]
    assert sources[0] == sources[1]
    assert str(first._record(3)[0]) == str(second._record(3)[0])


def test_a_violation_is_told_and_its_input_kept(tmp_path: Path) -> None:
    """An example that raises anything else fails the run, and its input lies in a file."""
    fuzzer = Fuzzer(seed=1, folder=tmp_path)

    def example() -> str:
        raise KeyError("x")

    fuzzer._example("record-0", ({"id": "kept"}, example))
    assert len(fuzzer.violations) == 1
    assert "kept" in next(tmp_path.iterdir()).read_text()
