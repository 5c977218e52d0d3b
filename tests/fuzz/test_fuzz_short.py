"""A short run of the fuzzer: see fuzz.py."""

from __future__ import annotations

from pathlib import Path

from fuzz import Fuzzer


def test_hostile_records_and_rule_files_are_answered_or_refused(tmp_path: Path) -> None:
    """Whatever comes in, the library answers or raises an error of its own, soon and without contents."""
    fuzzer = Fuzzer(seed=1, folder=tmp_path)
    assert fuzzer.run(records=600, mutations=150), fuzzer.report()


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
