"""Records as hosts have them: other mappings, dataclasses and models, subclasses, numpy and pandas, other spellings."""

from __future__ import annotations

import traceback
from collections import UserDict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

import aava_rules
from aava_rules import Record, RecordError, Rulebook
from aava_rules.language.values import amount
from aava_rules.record import read
from aava_rules.record.model import Record as Model

PLAIN = {
    "id": "x",
    "client": {"birth_date": "1980-02-01", "protected": False},
    "facts": {"subsidy_days": {"at_least": 300}, "age": 30},
    "periods": [
        {"kind": "rehabilitative_work", "start": "2016-01-04", "hours_per_day": 5.5, "days_per_week": 3,
         "attended_on": ["2016-01-05"]},
    ],
    "complete": ["periods.decision_on"],
    "complete_from": {"periods": "2013-01-01"},
}  # fmt: skip


class Text(str):
    """A text of a host, which writes itself otherwise."""

    def __str__(self) -> str:
        return "another text"


class Day(date):
    """A day of a host, as pendulum has."""


class Number(float):
    """A number of a host, which writes itself otherwise."""

    def __repr__(self) -> str:
        return f"Number({float(self)})"


@pytest.fixture(scope="module")
def finland() -> Rulebook:
    return aava_rules.load("finland", plugins=False)


def wrapped(value: Any, wrap: Any) -> Any:
    """``value`` with every mapping in it wrapped."""
    if isinstance(value, dict):
        return wrap({key: wrapped(part, wrap) for key, part in value.items()})
    return [wrapped(part, wrap) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("wrap", [MappingProxyType, UserDict, lambda value: type("D", (dict,), {})(value)])
def test_mappings_of_any_kind_at_any_depth(wrap: Any) -> None:
    """Mappings that are no dicts are read as dicts are: items, client, facts, bounds and days of lists."""
    assert read(wrapped(PLAIN, wrap)) == read(PLAIN)


@dataclass
class Period:
    kind: str = "rehabilitative_work"
    start: Any = None
    end: Any = None


@dataclass
class Client:
    id: str
    periods: list[Period]


class PeriodModel(BaseModel):
    kind: str = "rehabilitative_work"
    start: date
    end: date | None = None


class ClientModel(BaseModel):
    id: str
    periods: list[PeriodModel]


def test_dataclasses_and_models_of_pydantic(finland: Rulebook) -> None:
    """Objects with fields are read by their fields; a field that is None is unknown."""
    by_hand = {"id": "x", "periods": [{"kind": "rehabilitative_work", "start": "2016-01-04"}]}
    start = date(2016, 1, 4)
    for source in (Client("x", [Period(start=start)]), ClientModel(id="x", periods=[PeriodModel(start=start)])):
        assert read(source) == read(by_hand)
        decision = finland.decide(source, on="2016-04-01")
        assert decision.to_json() == finland.decide(by_hand, on="2016-04-01").to_json()


def test_subclasses_of_texts_days_and_numbers() -> None:
    """A value of a subclass counts as what it is, whatever it writes itself as, and becomes the plain one."""
    period = {
        "id": Text("p"), "kind": Text("rehabilitative_work"), "start": Text("2016-01-04"), "end": Day(2016, 3, 1),
        "hours_per_day": Number(5.5), "attended_on": [Day(2016, 1, 5), Text("2016-01-06")],
    }  # fmt: skip
    plan = {"kind": "activation_plan", "present": [Text("client")], "entries": {Text("goal")}}
    record = read({"id": Text("x"), "facts": {"kind": Text("a")}, "periods": [period], "plans": [plan],
                   "events": [{"step": Text("first_meeting")}]})  # fmt: skip
    (read_period,), (read_plan,), (event,) = record.periods or (), record.plans or (), record.events or ()
    assert (record.id, record.facts["kind"], read_period.id) == ("x", "a", "p")
    assert (read_period.start, read_period.end) == (date(2016, 1, 4), date(2016, 3, 1))
    assert read_period.hours_per_day == Decimal("5.5")
    assert read_period.attended_on == (date(2016, 1, 5), date(2016, 1, 6))
    plain: list[Any] = [record.id, record.facts["kind"], read_period.id, read_period.kind, event.step]
    plain += [*(read_plan.present or ()), *(read_plan.entries or ())]
    assert {type(value) for value in plain} == {str}
    assert {type(day) for day in (read_period.start, read_period.end, *(read_period.attended_on or ()))} == {date}


def test_scalars_of_numpy() -> None:
    """Numbers, truth values, texts, days and arrays of numpy are plain values; NaT is unknown, NaN a fault."""
    period = {
        "kind": np.str_("rehabilitative_work"), "start": np.datetime64("2016-01-04"), "end": np.datetime64("NaT", "D"),
        "hours_per_day": np.float64(5.5), "days_per_week": np.int8(3), "replaces_employee": np.bool_(True),
        "attended_on": np.array(["2016-01-05"], "datetime64[D]"),
    }  # fmt: skip
    record = read({"id": np.str_("x"), "facts": {"subsidy_days": np.int64(600), "unemployed": np.bool_(True),
                                                 "hours": np.float32(0.5)}, "periods": [period]})  # fmt: skip
    assert record == read({
        "id": "x",
        "facts": {"subsidy_days": 600, "unemployed": True, "hours": 0.5},
        "periods": [{"kind": "rehabilitative_work", "start": "2016-01-04", "hours_per_day": 5.5, "days_per_week": 3,
                     "replaces_employee": True, "attended_on": ["2016-01-05"]}],
    })  # fmt: skip
    with pytest.raises(RecordError, match="hours_per_day  AR118 is not a finite number"):
        read({"id": "x", "periods": [{"hours_per_day": np.float64("nan")}]})


def test_scalars_of_pandas() -> None:
    """NA and NaT are unknown; a midnight time is no day by itself, since only a mapping says that it is meant as one."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    assert read({"id": "x", "periods": [{"start": pandas.NaT, "end": pandas.NA}], "facts": {"age": pandas.NA}}) == read(
        {"id": "x", "periods": [{}]}
    )
    for time in (pandas.Timestamp("2016-01-04"), datetime(2016, 1, 4)):
        with pytest.raises(RecordError, match="is a time, not a day"):
            read({"id": "x", "periods": [{"start": time}]})


@pytest.mark.parametrize("number", [3, 3.0, Decimal("3"), Decimal("3.00"), Decimal("3E+0"), np.float64(3)])
def test_whole_numbers_in_any_spelling(finland: Rulebook, number: Any) -> None:
    """3.0 and Decimal("3.00") are 3 in fields, facts and bounds, and give the same decision."""
    source = {"id": "x", "facts": {"age": number, "subsidy_days": {"at_least": number}},
              "periods": [{"kind": "rehabilitative_work", "days_per_week": number}]}  # fmt: skip
    by_hand = {"id": "x", "facts": {"age": 3, "subsidy_days": {"at_least": 3}},
               "periods": [{"kind": "rehabilitative_work", "days_per_week": 3}]}  # fmt: skip
    decision = finland.decide(source, on="2016-04-01")
    assert decision.to_json() == finland.decide(by_hand, on="2016-04-01").to_json()


def test_numbers_that_are_not_whole_are_refused(finland: Rulebook) -> None:
    """Half a day is no number of days, whatever writes it."""
    source = b'{"id": "x", "facts": {"subsidy_days": 600.5, "age": {"at_least": 1.5}}, "benefits": [{"days": 3.5}]}'
    with pytest.raises(RecordError) as caught:
        finland.decide(source, on="2016-04-01")
    assert [(fault.place, fault.code) for fault in caught.value.faults] == [
        ("facts.age.at_least", "AR115"), ("benefits[0].days", "AR115"), ("facts.subsidy_days", "AR101"),
        ("facts.age", "AR101"),
    ]  # fmt: skip


@pytest.mark.parametrize("spelling", [9, 9.0, "9", "9.0", "9.00", Decimal(9), Decimal("9.000"), np.float64(9)])
def test_money_in_any_spelling_gives_one_answer(finland: Rulebook, spelling: Any) -> None:
    """The amounts in JSON and in texts are the same, with two decimals, however the amount was written."""
    record = {"id": "x", "facts": {"daily_compensation": spelling, "attended_days": 10}}
    outcome = finland.decide(record, on="2014-03-01").outcomes["compensation"]
    assert outcome.to_dict()["value"] == "90.00"
    assert "90,00" in outcome.text("fi")


def test_an_amount_has_no_exponent_and_loses_nothing(finland: Rulebook) -> None:
    """Ten euros that came as 1E+1 are 10.00; parts of a cent stay."""
    assert [str(amount(Decimal(text))) for text in ("1E+1", "10", "0", "-0.5", "9.1250", "9.125")] == [
        "10.00", "10.00", "0.00", "-0.50", "9.125", "9.125",
    ]  # fmt: skip
    record = {"id": "x", "facts": {"daily_compensation": Decimal("1E+1"), "attended_days": 10}}
    assert finland.decide(record, on="2014-03-01").outcomes["compensation"].to_dict()["value"] == "100.00"


@pytest.mark.parametrize("column", [[9, 12], [9.0, 12.0], ["9", "12.00"], [Decimal("9.0"), Decimal("12.0")]])
def test_money_in_columns_of_any_type(finland: Rulebook, column: list[Any]) -> None:
    """Whole, floating, decimal and text columns of money give the amounts that records give."""
    import polars as pl

    clients = pl.DataFrame({"id": ["a", "b"], "daily_compensation": column, "attended_days": [10, 10]})
    answers = finland.decide_table(clients, on="2014-03-01", only=["compensation"])
    assert answers.invalid.height == 0
    assert [Decimal(str(value)) for value in answers.outcomes["compensation"].to_list()] == [90, 120]


def test_a_day_of_decision_of_a_subclass(finland: Rulebook) -> None:
    """A date of pendulum or freezegun is the day that it is; a time is none."""
    record = {"id": "x", "facts": {"age": 30}}
    decision = finland.decide(record, on=Day(2015, 1, 1))
    assert type(decision.on) is date
    assert decision.to_json() == finland.decide(record, on=date(2015, 1, 1)).to_json()
    with pytest.raises(ValueError, match="a date without a time"):
        finland.decide(record, on=datetime(2015, 1, 1))


class Hostile:
    """A value whose own code fails wherever it is looked at."""

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        raise RuntimeError("a secret")


def test_a_value_whose_own_code_fails_hides_no_other_fault(finland: Rulebook) -> None:
    """It is told by its own path, all else that is wrong is told too, and nothing that it raised is chained."""
    source = {"id": "x", "client": {"municipality": Hostile()}, "facts": {"age": Hostile(), "nothing": 1},
              "periods": [{"start": "?"}, Hostile()]}  # fmt: skip
    with pytest.raises(RecordError) as caught:
        finland.decide(source)
    assert [fault.place for fault in caught.value.faults] == [
        "client.municipality", "facts.age", "periods[0].start", "periods[1]", "facts key 2",
    ]  # fmt: skip
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_record_that_holds_itself_is_refused() -> None:
    """A mapping without an end is one fault, not an endless reading."""
    endless: dict[str, Any] = {"id": "x"}
    endless["client"] = MappingProxyType(endless)
    with pytest.raises(RecordError):
        read(endless)


def test_a_record_made_by_its_class_reads_the_same_values() -> None:
    """``Record(...)`` takes what ``decide`` takes, and never changes what it was given."""
    source = {"id": "x", "periods": [MappingProxyType({"days_per_week": np.int64(3)})]}
    assert Record(**source) == Model(id="x", periods=[{"days_per_week": 3}])  # type: ignore[arg-type, list-item]
    assert isinstance(source["periods"][0], MappingProxyType)


def test_a_frame_is_no_list_of_records(finland: Rulebook) -> None:
    """Going through a frame gives the names of its columns, so a frame is refused with what to do."""
    import polars as pl

    with pytest.raises(TypeError, match="give a frame to decide_table, or read it through a mapping"):
        finland.decide_many(pl.DataFrame({"id": ["a"]}))


def test_a_frame_of_pandas_is_a_table(finland: Rulebook) -> None:
    """``decide_table`` takes a frame of pandas; a midnight time in it is no day without a mapping."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame({"id": ["a", "b"], "age": [30, None], "unemployed": [False, None]})
    answers = finland.decide_table(frame, on="2014-05-05", only=["target_group"])
    assert answers.outcomes["target_group"].to_list() == [False, None]
    with pytest.raises(RecordError, match="It must hold days without times"):
        finland.decide_table(frame.assign(birth_date=pandas.Timestamp("1980-01-01")), on="2014-05-05")
