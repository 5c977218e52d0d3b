"""A record in a file: read like its bytes, bounded, and never named in an error."""

from __future__ import annotations

from pathlib import Path

import pytest

import aava_rules
from aava_rules import RecordError, RecordFailure

RECORDS = Path(__file__).parents[2] / "examples" / "records"
FINLAND = aava_rules.load("finland", plugins=False)
DAY = "2014-05-05"


def test_the_path_of_a_file_is_the_record_in_it() -> None:
    """A path is answered as the bytes of its file are, alone and among many."""
    path = RECORDS / "a-17.json"
    by_bytes = FINLAND.decide(path.read_bytes(), on=DAY)
    assert FINLAND.decide(path, on=DAY) == by_bytes
    assert list(FINLAND.decide_many([path], on=DAY)) == [by_bytes]


def test_a_file_that_cannot_be_read_is_a_fault_without_its_name(tmp_path: Path) -> None:
    """The name of a file may be that of a person, so the error tells why and not which."""
    for path in (tmp_path / "maija-virtanen.json", tmp_path):
        with pytest.raises(RecordError) as caught:
            FINLAND.decide(path, on=DAY)
        (fault,) = caught.value.faults
        assert (fault.place, fault.code, fault.what) == ("record", "AR115", "is in a file that cannot be read")
        assert fault.why and "virtanen" not in str(caught.value) and str(tmp_path) not in str(caught.value)
    (failure,) = FINLAND.decide_many([tmp_path / "none.json"], on=DAY)
    assert isinstance(failure, RecordFailure) and failure.record_id is None


def test_the_faults_of_a_file_are_those_of_its_record(tmp_path: Path) -> None:
    """What is wrong in a file is told by its path in the record, with its id where that can be read."""
    path = tmp_path / "a.json"
    path.write_text('{"id": "a", "plans": 1}', encoding="utf-8")
    (failure,) = FINLAND.decide_many([path], on=DAY)
    assert isinstance(failure, RecordFailure) and failure.record_id == "a"
    assert isinstance(failure.error, RecordError) and [fault.place for fault in failure.error.faults] == ["plans"]


def test_a_single_path_is_no_list_of_records() -> None:
    """`decide_many` says so, as it does of a single record."""
    with pytest.raises(TypeError, match="many records"):
        FINLAND.decide_many(RECORDS / "a-17.json")  # type: ignore[arg-type]
