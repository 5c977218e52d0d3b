"""Nothing that a record holds stands in what is raised, whichever way a host changes, copies or reads it."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import aava_rules
from aava_rules.record import Record
from aava_rules.record.items import Period, Plan

MARK = "Zmarkki 77"
RECORD = {
    "id": "a",
    "client": {"municipality": MARK},
    "facts": {"age": 30, "office": MARK},
    "plans": [{"id": MARK, "made_on": "2015-01-05"}],
    "periods": [{"start": "2015-01-05", "length_months": 3}],
}
WRONG: list[dict[str, Any]] = [
    {"client": {"municipality": MARK + "\n"}},
    {"client": MARK},
    {"plans": MARK},
    {"facts": {"age": object()}},
    {"facts": {MARK: 1}},
    {"periods": [{"start": MARK}]},
    {"periods": [MARK]},
    {"plans": [{"kind": MARK}]},
    {"complete": [MARK]},
    {"complete_from": {"plans": MARK}},
    {"complete_from": MARK},
    {"id": MARK * 30},
    {MARK: 1},
]


def shown(error: BaseException) -> str:
    """All that a log may hold of an error: its text, repr, arguments, causes and traceback."""
    return "\n".join([*traceback.format_exception(error), repr(error), str(vars(error)), str(error.args)])


def refusal(work: Callable[[], object], kind: type[BaseException] = aava_rules.RecordError) -> BaseException:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(kind) as caught:
            work()
    assert MARK not in shown(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


@pytest.mark.parametrize("field", list(Record.model_fields))
def test_assigning_to_a_record_is_refused_without_its_contents(field: str) -> None:
    """A natural slip; it is told what to do instead."""
    record = Record(**RECORD)
    for target in (record, (record.plans or ())[0], record.client):
        error = refusal(lambda target=target: setattr(target, field, {"age": MARK}), TypeError)
        assert "model_copy" in str(error)
        refusal(lambda target=target: delattr(target, field), TypeError)


@pytest.mark.parametrize("update", WRONG, ids=lambda update: next(iter(update))[:8] + str(len(str(update))))
def test_a_copy_with_wrong_fields_is_refused_as_a_record_is(update: dict[str, Any]) -> None:
    """Every fault has its path and a code, and none a value."""
    record = Record(**RECORD)
    error = refusal(lambda: record.model_copy(update=update))
    assert isinstance(error, aava_rules.RecordError)
    assert all(fault.code.startswith("AR1") for fault in error.faults)


@pytest.mark.parametrize("update", WRONG, ids=lambda update: next(iter(update))[:8] + str(len(str(update))))
@pytest.mark.parametrize("road", ["validate", "json", "strings", "init", "decide"])
def test_whatever_reads_a_record_raises_a_record_error(road: str, update: dict[str, Any]) -> None:
    """pydantic's own error carries what was given, so it never reaches the host."""
    import json

    data = RECORD | update
    rulebook = aava_rules.load("finland", plugins=False)
    roads: dict[str, Callable[[], object]] = {
        "validate": lambda: Record.model_validate(data),
        "json": lambda: Record.model_validate_json(json.dumps(data, default=str)),
        "strings": lambda: Record.model_validate_strings(data),
        "init": lambda: Record(**data),
        "decide": lambda: rulebook.decide(data, "2015-02-02").to_json(),
    }
    if road == "json" and "facts" in update and MARK not in update["facts"]:
        pytest.skip("an object is a text in JSON, which a fact may be")
    refusal(roads[road])


def test_a_right_copy_is_read_like_a_new_record() -> None:
    """Days as text, facts that stay unchangeable, and the agreed end of a period worked out anew."""
    record = Record(**RECORD)
    changed = record.model_copy(update={"facts": {"age": 31}, "periods": [{"start": "2015-02-01", "length_months": 1}]})
    assert (dict(changed.facts), record.facts["age"]) == ({"age": 31}, 30)
    assert str((changed.periods or ())[0].agreed_end) == "2015-02-28"
    assert changed == Record(
        **{**RECORD, "facts": {"age": 31}, "periods": [{"start": "2015-02-01", "length_months": 1}]}
    )
    (period,) = record.periods or ()
    assert str(period.model_copy(update={"length_months": 1}).agreed_end) == "2015-02-04"
    assert period.model_copy() == period == copy.deepcopy(period)
    assert record.model_copy(deep=True) == record == pickle.loads(pickle.dumps(record))


def test_items_are_read_and_copied_alike() -> None:
    """Their own faults, their own contradictions."""
    period = Period.model_validate({"start": "2015-02-01"})
    refusal(lambda: period.model_copy(update={"end": "2015-01-01"}))
    refusal(lambda: Plan.model_validate({"kind": MARK}))
    refusal(lambda: Plan.model_validate_json('{"kind": "' + MARK + '"}'))


def test_reprs_show_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Locals of a traceback and lines of a log have them."""
    record = Record(**RECORD)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("host").info("%r %s %r %r", record, record, record.facts, record.plans)
    assert MARK not in caplog.text
    assert repr(record.facts) == "<2 facts>"
