"""The record: what is read, what it is made into, and every fault with its path and no contents."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pydantic
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.language.errors import RecordError
from aava_rules.record.checks import CODES
from aava_rules.record.fields import FieldInfo, client_fields, lists, record_schema
from aava_rules.record.items import MODELS, STEPS
from aava_rules.record.model import Record, complete_names
from aava_rules.record.reader import read

CANARY = "Kanarialintu-020579"
WHOLE: dict[str, Any] = {
    "id": "A-17",
    "client": {"birth_date": "1979-05-02", "municipality": "Hartola", "language": "fi", "protected": False},
    "facts": {"unemployed": True, "subsidy_days": {"at_least": 300}, "allowance_period_start": "2011-09-05"},
    "facts_on": "2014-05-05",
    "benefits": [{"kind": "unemployment_allowance", "start": "2011-09-05", "end": "2013-08-02", "days": 500}],
    "plans": [
        {
            "kind": "activation_plan",
            "made_on": "2014-05-05",
            "present": ["client", "social_services"],
            "entries": ["education", "breaks"],
            "options": ["rehabilitative_work", "work_trial"],
            "chosen_option": "rehabilitative_work",
            "reviewed_on": [],
        }
    ],
    "periods": [
        {
            "kind": "rehabilitative_work",
            "id": "p1",
            "start": "2014-06-02",
            "end": "2014-09-30",
            "days_per_week": 3,
            "hours_per_day": 5,
            "attended_on": ["2014-06-03", "2014-06-02", "2014-06-03"],
        }
    ],
    "events": [{"step": "first_meeting", "on": "2014-04-22", "direction": "activation_plan"}],
    "complete": ["periods.place_informed_on", "plans.consequences_told"],
    "complete_from": {"benefits": "2011-01-01"},
}


def faults(source: Any, **options: Any) -> dict[str, str]:
    """The places and codes of everything that is wrong with a record; checks that nothing is chained."""
    with pytest.raises(RecordError) as caught:
        read(source, **options)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert {fault.code for fault in caught.value.faults} <= set(CODES)
    return {fault.place: fault.code for fault in caught.value.faults}


def message(source: Any) -> str:
    """What the error of a record says."""
    with pytest.raises(RecordError) as caught:
        read(source)
    return str(caught.value)


def item(name: str, **fields: Any) -> dict[str, str]:
    """The faults of a record that has this one item."""
    return faults({"id": "x", name: [fields]})


def period(**fields: Any) -> Any:
    """The one period of a record, as read."""
    periods = read({"id": "x", "periods": [fields]}).periods
    assert periods is not None
    return periods[0]


# What is read


def test_a_whole_record_is_read_with_its_types() -> None:
    """Days become dates, sets frozensets, lists tuples; lists of days are sorted and distinct."""
    record = read(WHOLE)
    assert record.client.birth_date == date(1979, 5, 2)
    assert record.plans is not None
    assert record.plans[0].present == frozenset({"client", "social_services"})
    assert record.plans[0].reviewed_on == ()
    assert record.periods is not None
    assert record.periods[0].attended_on == (date(2014, 6, 2), date(2014, 6, 3))
    assert record.periods[0].hours_per_day == Decimal(5)
    assert record.facts["subsidy_days"] == {"at_least": 300}
    assert record.complete_from == {"benefits": date(2011, 1, 1)}


@pytest.mark.parametrize(
    "form", [json.dumps, lambda r: json.dumps(r).encode(), MappingProxyType, lambda r: Record(**r)]
)
def test_every_form_of_a_record_reads_the_same(form: Any) -> None:
    """Text, bytes, any mapping and keyword arguments give equal records."""
    assert read(form(WHOLE)) == read(WHOLE)


def test_a_byte_order_mark_is_passed_over() -> None:
    """Files written by Windows programs are read, as bytes and as text."""
    assert read(b'\xef\xbb\xbf{"id": "x"}') == read('\ufeff{"id": "x"}') == read({"id": "x"})


def test_a_record_is_given_back_as_it_is() -> None:
    """What has been read once is not read again."""
    record = read(WHOLE)
    assert read(record) is record


def test_absent_and_null_are_the_same() -> None:
    """Null means unknown, as absence does; the client's fields are then all unknown."""
    keys = [key for key in WHOLE if key != "id"]
    assert read({"id": "x", **dict.fromkeys(keys)}) == read({"id": "x"})
    assert read({"id": "x", "facts": {"unemployed": None}}).facts == {}
    assert read({"id": "x"}).client.birth_date is None


def test_an_absent_list_is_unknown_and_an_empty_one_is_empty() -> None:
    """None and () are told apart, since the one is unknown and the other is none."""
    assert read({"id": "x"}).periods is None
    assert read({"id": "x", "periods": []}).periods == ()


def test_the_source_is_not_changed_or_shared() -> None:
    """Reading leaves a mapping as it was, and later changes of it do not reach the record."""
    source = copy.deepcopy(WHOLE)
    source["facts"]["words"] = ["a"]
    before = copy.deepcopy(source)
    record = read(source)
    assert source == before
    source["facts"]["words"].append("b")
    source["facts"]["subsidy_days"]["at_least"] = 1
    assert record.facts["words"] == ["a"]
    assert record.facts["subsidy_days"] == {"at_least": 300}


def test_a_record_cannot_be_changed() -> None:
    """A field of a record or an item cannot be set."""
    record = read(WHOLE)
    with pytest.raises(TypeError, match="never change"):
        record.id = "y"
    assert record.periods is not None
    with pytest.raises(TypeError, match="never change"):
        record.periods[0].days_per_week = 5


def test_fields_are_plain_attributes() -> None:
    """Engines read fields from the item's __dict__, which has every one."""
    assert period(days_per_week=3).__dict__["days_per_week"] == 3
    assert set(period().__dict__) == set(MODELS["periods"].model_fields)


def test_a_record_survives_pickling_and_its_own_json() -> None:
    """A record that was pickled, copied or written as JSON reads back equal; JSON has sets in one order."""
    record = read({**WHOLE, "facts": {"hours": Decimal("7.25"), "days": 3}})
    assert pickle.loads(pickle.dumps(record)) == record == copy.deepcopy(record)
    assert read(record.model_dump_json()) == record
    assert json.loads(record.model_dump_json())["plans"][0]["entries"] == ["breaks", "education"]


def test_complete_fields_are_looked_up_by_list_and_field() -> None:
    """Names in complete become pairs of list and field."""
    assert read(WHOLE).complete_fields == {("periods", "place_informed_on"), ("plans", "consequences_told")}
    assert read({"id": "x"}).complete_fields == frozenset()


def test_every_field_of_a_list_may_be_complete() -> None:
    """Each field but the id can be known to be absent."""
    record = read({"id": "x", "complete": list(complete_names())})
    assert len(record.complete_fields) == sum(len(info.fields) for info in lists().values())
    assert faults({"id": "x", "complete": ["periods.id"]}) == {"complete[0]": "AR122"}


def test_a_rulebook_may_add_steps() -> None:
    """An event names a step of the vocabulary or one that the rulebook adds, nothing else."""
    record = {"id": "x", "events": [{"step": "own_step"}]}
    assert faults(record) == {"events[0].step": "AR117"}
    assert faults(record, steps=["other_step"]) == {"events[0].step": "AR117"}
    assert read(record, steps=["own_step"]).events[0].step == "own_step"  # type: ignore[index]


def test_facts_keep_every_shape_that_a_fact_can_have() -> None:
    """True and false, numbers, text, days, lists of words and bounds; a float is the decimal it prints as."""
    facts = {
        "a": True, "b": 3, "c": Decimal("1.50"), "d": "x", "e": date(2014, 1, 1), "f": ["x", "y"],
        "g": {"at_most": 20}, "h": {"at_least": 1, "at_most": 1}, "i": ("x",), "j": {"y", "x"}, "k": 0.1,
    }  # fmt: skip
    assert read({"id": "x", "facts": facts}).facts == {**facts, "i": ["x"], "j": ["x", "y"], "k": Decimal("0.1")}


def test_decimals_in_json_are_exact() -> None:
    """A number with a decimal point is never a float on the way."""
    assert read('{"id": "x", "facts": {"hours": 0.1}}').facts == {"hours": Decimal("0.1")}
    record = read('{"id": "x", "periods": [{"hours_per_day": 7.25}]}')
    assert record.periods is not None
    assert record.periods[0].hours_per_day == Decimal("7.25")


# Lengths of periods


def days(**fields: Any) -> tuple[date | None, date | None]:
    read_period = period(**fields)
    return read_period.agreed_end, read_period.end


def test_a_length_becomes_the_last_day() -> None:
    """Three months from 2 June end on 1 September, and a month from 31 January on 27 February."""
    assert days(start="2014-06-02", length_months=3) == (date(2014, 9, 1), date(2014, 9, 1))
    assert days(start="2014-01-31", length_months=1) == (date(2014, 2, 27), date(2014, 2, 27))


def test_the_agreed_and_the_real_end_stand_in_for_each_other() -> None:
    """Where only one is given the other is the same day; where neither is, both are unknown."""
    agreed, real = date(2014, 9, 1), date(2014, 7, 4)
    assert days(start="2014-06-02", agreed_end="2014-09-01") == (agreed, agreed)
    assert days(start="2014-06-02", end="2014-07-04") == (real, real)
    assert days(start="2014-06-02", agreed_end="2014-09-01", end="2014-07-04") == (agreed, real)
    assert days(start="2014-06-02", length_months=3, end="2014-07-04") == (agreed, real)
    assert days(start="2014-06-02") == (None, None)


def test_what_ended_early_shows_nothing_of_what_was_agreed() -> None:
    """Only a period that was completed, or of which no reason is known, was agreed as it ran."""
    real = date(2014, 7, 4)
    assert days(start="2014-06-02", end="2014-07-04", ended_because="completed") == (real, real)
    assert days(start="2014-06-02", end="2014-07-04", ended_because="work") == (None, real)
    assert days(start="2014-06-02", agreed_end="2014-07-04", ended_because="sickness") == (real, None)
    assert days(start="2014-06-02", agreed_end="2014-07-04", ended_because="completed") == (real, real)
    assert days(start="2014-06-02", ended_because="completed") == (None, None)


def test_a_length_without_a_start_leaves_the_end_unknown() -> None:
    """Nothing is derived from what is not known."""
    assert days(length_months=3) == (None, None)
    assert days(length_months=3, end="2014-09-01") == (None, date(2014, 9, 1))


def test_a_length_and_an_agreed_end_must_agree() -> None:
    """Both may be given if they mean the same day; the real end may be another."""
    same = {"start": "2014-06-02", "length_months": 3, "agreed_end": "2014-09-01"}
    assert days(**same, end="2014-10-02") == (date(2014, 9, 1), date(2014, 10, 2))
    assert item("periods", **{**same, "agreed_end": "2014-09-02"}) == {"periods[0].length_months": "AR119"}


def test_an_agreed_end_is_not_before_the_start() -> None:
    """As the real one is not."""
    assert item("periods", start="2014-06-02", agreed_end="2014-06-01") == {"periods[0].agreed_end": "AR119"}
    assert days(start="2014-06-02", agreed_end="2014-06-02") == (date(2014, 6, 2), date(2014, 6, 2))


def test_a_length_may_not_lead_past_all_days() -> None:
    """A period ends within the days that are read."""
    assert item("periods", start="2200-12-01", length_months=2) == {"periods[0].length_months": "AR118"}
    assert period(start="2200-12-01", length_months=1).end == date(2200, 12, 31)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("benefits", "start", "end"), ("periods", "start", "end"), ("plans", "made_on", "ends_on")],
)
def test_an_end_is_not_before_its_start(name: str, first: str, last: str) -> None:
    """The last day may be the first day, but not the day before."""
    read({"id": "x", name: [{first: "2014-05-05", last: "2014-05-05"}]})
    assert item(name, **{first: "2014-05-05", last: "2014-05-04"}) == {f"{name}[0].{last}": "AR119"}


# Strict types


@pytest.mark.parametrize(
    "value",
    [
        "2014-1-05", "20140105", "2014-W01-1", "2014-01-05T00:00", " 2014-01-05", "2014-02-30", "\uff12014-01-05",
        "1899-12-31", "2201-01-01", "",
        20140105, True, datetime(2014, 1, 5), date(1, 1, 1), date(9999, 12, 31), b"x", [],
    ],
)  # fmt: skip
def test_only_a_day_is_a_day(value: Any) -> None:
    """Days are dates or YYYY-MM-DD in ASCII digits, of the calendar and within bounds; never times."""
    place = "periods[0].start"
    assert item("periods", start=value) in ({place: "AR115"}, {place: "AR116"})
    assert faults({"id": "x", "periods": [{"attended_on": [value]}]}).keys() == {"periods[0].attended_on[0]"}


@pytest.mark.parametrize("value", [True, "3", 3.5, Decimal("3.1"), float("nan"), "", [], {}, 10**4000, -1, 8, 8.0])
def test_only_a_whole_number_in_range_is_a_number_of_days(value: Any) -> None:
    """True is not 1, "3" is not 3, 3.5 is not whole, and nothing is out of range."""
    place = "periods[0].days_per_week"
    assert item("periods", days_per_week=value) in ({place: "AR115"}, {place: "AR118"})


@pytest.mark.parametrize("value", [1, 0, "true", "", [], Decimal(1)])
def test_only_true_and_false_are_booleans(value: Any) -> None:
    """Nothing else is true or false."""
    assert item("plans", refused_all=value) == {"plans[0].refused_all": "AR115"}


@pytest.mark.parametrize(
    "value",
    [
        True,
        "5",
        24.5,
        -1,
        Decimal("NaN"),
        Decimal("sNaN"),
        float("inf"),
        Decimal("1E-999999"),
        Decimal("0E+999999"),
        [],
    ],
)
def test_only_a_finite_number_in_range_is_a_number_of_hours(value: Any) -> None:
    """Hours are exact, finite and between 0 and 24, with at most 12 decimals."""
    place = "periods[0].hours_per_day"
    assert item("periods", hours_per_day=value) in ({place: "AR115"}, {place: "AR118"})


@pytest.mark.parametrize("value", ["clients", "", "Client", 1, None, ["client"], "\ud800"])
def test_only_the_words_of_a_set_are_its_words(value: Any) -> None:
    """A set has closed words; null is not one of them."""
    assert item("plans", present=["client", value]) == {"plans[0].present[1]": "AR117"}


@pytest.mark.parametrize("value", ["clients", "", 1, True, [], "\ud800"])
def test_only_the_words_of_a_choice_are_its_words(value: Any) -> None:
    """A choice is one of closed words."""
    place = "events[0].origin"
    assert item("events", origin=value) in ({place: "AR115"}, {place: "AR117"})


@pytest.mark.parametrize("value", [None, "", 3, "x" * 201, "a\nb", "\u202e", "\ud800", True, b"x"])
def test_an_id_is_a_short_printable_text(value: Any) -> None:
    """The record's key is 1 to 200 printable characters, so that it can stand in a log line."""
    assert faults({"id": value}) in ({"id": "AR115"}, {"id": "AR121"})


def test_an_id_is_needed() -> None:
    """A record without a key cannot be answered by name."""
    assert faults({}) == {"id": "AR114"}


@pytest.mark.parametrize("value", [{}, "x", 3, (part for part in ()), {"start": "2014-01-01"}, b"x", object()])
def test_only_a_list_is_a_list(value: Any) -> None:
    """An object, a text or a generator in the place of a list is refused."""
    assert faults({"id": "x", "periods": value}) == {"periods": "AR115"}


@pytest.mark.parametrize(
    "value",
    [object(), b"x", (n for n in [1]), {}, {"at_least": "3"}, {"at_least": True}, {"at_least": 1.5}, {"other": 1},
     {"at_least": 3, "at_most": 2}, {"at_least": 10**13}, float("nan"), Decimal("Infinity"), 10**4000, "", "a\x00",
     "x" * 201, [1], [None], [[]], datetime(2014, 1, 1), date(1, 1, 1)],
)  # fmt: skip
def test_what_no_fact_can_be_is_refused(value: Any) -> None:
    """Facts have a few shapes; anything else is a fault at the fact."""
    refused = faults({"id": "x", "facts": {"a": value}}, facts={"a"})
    assert all(place.startswith("facts.a") for place in refused)


# Faults


def test_all_faults_are_told_at_once() -> None:
    """One reading names every fault, contradictions in an item with other faults included."""
    record = {
        "id": 3,
        "client": {"birth_date": "x", "langage": "fi"},
        "perods": [],
        "benefits": {"a": 1},
        "plans": [{"present": ["cleint"], "reviewed_on": ["2014-02-30"]}, 3],
        "periods": [{"start": "2014-02-01", "end": "2014-01-01", "days_per_week": True}],
        "complete": ["periods.strat"],
        "complete_from": {"events": "2014-01-01", "benefits": "2014-01-01", "plans": "x", "lists": "2014-01-01"},
    }
    assert faults(record) == {
        "id": "AR115",
        "client.birth_date": "AR116",
        "client key 2": "AR113",
        "key 3": "AR113",
        "benefits": "AR115",
        "plans[0].present[0]": "AR117",
        "plans[0].reviewed_on[0]": "AR116",
        "plans[1]": "AR115",
        "periods[0].end": "AR119",
        "periods[0].days_per_week": "AR115",
        "complete[0]": "AR122",
        "complete_from.events": "AR119",
        "complete_from.plans": "AR116",
        "complete_from key 4": "AR122",
    }


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ({"id": "x", "perods": []}, "Did you mean periods?"),
        ({"id": "x", "periods": [{"strat": 1}]}, "Did you mean start?"),
        ({"id": "x", "client": {"birthdate": 1}}, "Did you mean birth_date?"),
        ({"id": "x", "complete": ["periods.decison_on"]}, "Did you mean periods.decision_on?"),
    ],
)
def test_a_typo_gets_the_nearest_name(source: Any, hint: str) -> None:
    """A key that is nearly right is told the right one."""
    assert hint in message(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"id": "x", "plans": [{"present": ["client", "cleint"]}]}, "client, social_services, employment_authority"),
        ({"id": "x", "plans": [{"chosen_option": "helth_service"}]}, "social_service, health_service, rehabilitation"),
        ({"id": "x", "events": [{"step": "frist_meeting"}]}, "responsible_worker_named, first_meeting,"),
        ({"id": "x", "complete_from": {"benefit": "2014-01-01"}}, "benefits, plans, periods, events."),
    ],
)
def test_a_wrong_word_gets_all_words_and_not_the_nearest(source: Any, words: str) -> None:
    """Which word is nearest would tell what the wrong one nearly is."""
    assert f"It is one of: {words}" in message(source) or f", {words}" in message(source)
    assert "Did you mean" not in message(source)


def test_a_key_that_nobody_knows_is_told_by_its_place() -> None:
    """It could be contents, whatever it looks like: its owner is named, and which of its keys it is."""
    for key in ("Matti Meikäläinen", "Virtanen", "a" * 61, "020579-123A", ""):
        assert faults({"id": "x", key: 1}) == {"key 2": "AR113"}
        assert faults({"id": "x", "client": {"language": "fi", key: 1}}) == {"client key 2": "AR113"}
        assert faults({"id": "x", "periods": [{key: 1}]}) == {"periods[0] key 1": "AR113"}
    for key in ("Matti Meikäläinen", "a" * 61, "020579-123A", ""):
        assert faults({"id": "x", "facts": {"age": 30, key: 1}}) == {"facts key 2": "AR113"}


def test_a_key_that_is_no_text_is_told_by_its_owner() -> None:
    """Nor is a text that cannot be written out."""
    for key in ("\ud800", 3, None, ("a",)):
        assert faults({"id": "x", key: 1}) == {"record": "AR113"}
        assert faults({"id": "x", "client": {key: 1}}) == {"client": "AR113"}
        assert faults({"id": "x", "periods": [{key: 1}]}) == {"periods[0]": "AR113"}
        assert faults({"id": "x", "facts": {key: 1}}) == {"facts key 1": "AR113"}


def test_a_fact_has_its_name_only_where_a_rulebook_knows_it() -> None:
    """The record format alone does not know what facts are called, so any name may be contents."""
    wrong = {"id": "x", "facts": {"gone": None, "age": object(), "Virtanen": object(), "sum": {"at_least": "x"}}}
    assert faults(wrong) == {"facts key 2": "AR115", "facts key 3": "AR115", "facts key 4.at_least": "AR115"}
    shown = {"facts.age": "AR115", "facts key 3": "AR115", "facts.sum.at_least": "AR115"}
    too_exact = {"id": "x", "facts": {"age": 1.0, "sum": Decimal("1E-30"), "other": float("nan")}}
    assert faults(too_exact) == {"facts key 2": "AR118", "facts key 3": "AR118"}
    assert faults(wrong, facts={"age", "sum"}) == shown


def test_a_list_that_is_complete_from_a_day_must_be_given() -> None:
    """A day of completeness of a list that is absent is a contradiction."""
    assert faults({"id": "x", "complete_from": {"benefits": "2014-01-01"}}) == {"complete_from.benefits": "AR119"}
    assert read({"id": "x", "benefits": [], "complete_from": {"benefits": "2014-01-01"}}).benefits == ()


def test_a_record_made_in_python_raises_the_same_error() -> None:
    """The constructor of Record raises RecordError too, and chains nothing."""
    with pytest.raises(RecordError) as caught:
        Record(id="x", client={"birth_date": CANARY})
    assert caught.value.faults[0].place == "client.birth_date"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert CANARY not in str(caught.value) + repr(caught.value)


# JSON text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "AR111"), ("  ", "AR111"), ("{", "AR111"), ('{"id": "x"} x', "AR111"), (b"\xff{}", "AR111"),
        ('{"id": "x"}'.encode("utf-16"), "AR111"), ("[1]", "AR115"), ("null", "AR115"), ('"x"', "AR115"),
        ('{"id": NaN}', "AR118"), ('{"id": -Infinity}', "AR118"), ("[" * 100_000, "AR120"),
        ('{"a":' * 100_000, "AR120"),
        ('{"id": ' + "9" * 5000 + "}", "AR118"), ('{"id": 1e99999999999999999999}', "AR118"),
        ('{"id": "x", "id": "x"}', "AR112"),
    ],
)  # fmt: skip
def test_text_that_is_no_record_is_refused(text: Any, code: str) -> None:
    """Broken, hostile or empty text gets one clear fault."""
    assert list(faults(text).values()) == [code]


def test_a_large_text_is_refused_unread() -> None:
    """A record of over 16 MB is not parsed."""
    assert faults(b" " * (16 * 2**20 + 1)) == {"record": "AR120"}


def test_a_key_that_is_given_twice_is_named_with_its_place() -> None:
    """Which of two values counts is never guessed; a key that could be contents is not repeated."""
    text = (
        '{"id": "x", "facts": {"a": 1, "a": 2}, "periods": [{}, {"start": 1, "start": 2}], "Matti M": 1, "Matti M": 2}'
    )
    assert faults(text) == {"facts key 2": "AR112", "periods[1]": "AR112", "key 5": "AR112"}
    assert "the key start twice" in message(text)
    assert "Matti" not in message(text)


def test_the_place_of_broken_json_is_a_line_and_a_column() -> None:
    """The place can be found in an editor."""
    assert faults('{"id": "x",\n "facts": }') == {"line 2 column 11": "AR111"}


# Hostile Python values


def test_cyclic_structures_get_faults() -> None:
    """A mapping that holds itself is refused like any other wrong type."""
    cycle: dict[str, Any] = {"id": "x"}
    cycle.update(client=cycle, facts={"a": cycle}, plans=[cycle], complete=[cycle])
    assert {"facts key 1", "client key 2", "complete[0]"} <= faults(cycle).keys()


def test_a_value_whose_code_fails_gets_a_fault() -> None:
    """A mapping that raises when it is read gives RecordError, without what it raised."""

    class Failing(Mapping[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise OSError(CANARY)

        def __iter__(self) -> Any:
            return iter(["id"])

        def __len__(self) -> int:
            return 1

    class Key:
        def __str__(self) -> str:
            raise OSError(CANARY)

        __repr__ = __str__

    class Odd:
        @property
        def __class__(self) -> Any:
            raise OSError(CANARY)

    assert faults(Failing()) == {"record": "AR111"}
    assert faults({"id": "x", "client": {Key(): 1}}).keys() <= {"record", "client"}
    assert faults({"id": "x", "facts": {"a": Odd()}}) == {"facts key 1": "AR115"}


def test_too_many_items_are_refused() -> None:
    """A list has at most 100,000 items, and so has a field of days."""
    assert faults({"id": "x", "periods": [{}] * 100_001}) == {"periods": "AR120"}
    assert item("periods", attended_on=["2014-01-01"] * 100_001) == {"periods[0].attended_on": "AR120"}


def test_a_flood_of_faults_is_cut() -> None:
    """Of very many faults those of the beginning are listed, and the number of all is told."""
    source = {"id": "x", "periods": [{"a": 1, "b": 2}] * 20_000}
    with pytest.raises(RecordError) as caught:
        read(source)
    assert len(caught.value.faults) == 41
    assert caught.value.faults[-1].what == "has 40000 faults"
    assert len(faults({"id": "x", "periods": [{"a": 1}] * 2_000})) == 1_001
    assert len(faults({"id": "x", "periods": [{"attended_on": ["x"] * 200}]})) == 101
    assert len(faults({"id": "x", "plans": [{"entries": ["x"] * 200}] * 20})) == 1_001
    assert len(faults({"id": "x", "facts": {"a": [""] * 200}})) == 101


@pytest.mark.parametrize("source", [None, 3, [("id", "x")], object(), {1, 2}])
def test_what_is_no_record_is_refused(source: Any) -> None:
    """Only mappings, JSON text and records are read."""
    assert faults(source) == {"record": "AR115"}


ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3), st.dates(),
    st.datetimes(), st.decimals(), st.builds(object), st.just("2014-05-05"), st.sampled_from(STEPS),
)  # fmt: skip
KEYS = st.one_of(
    st.sampled_from([*WHOLE, *client_fields(), *(key for info in lists().values() for key in info.fields)]),
    st.text(max_size=5),
)
STRUCTURES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(KEYS, inner, max_size=6),
        st.dictionaries(st.none() | st.integers() | st.binary() | st.dates(), inner, max_size=2),
    ),
    max_leaves=25,
)
RECORDS = st.dictionaries(KEYS, STRUCTURES, max_size=8) | st.fixed_dictionaries(
    {"id": st.just("x")},
    optional={
        "client": STRUCTURES,
        "facts": st.dictionaries(KEYS, STRUCTURES, max_size=3),
        "complete": STRUCTURES,
        "complete_from": st.dictionaries(KEYS, STRUCTURES, max_size=3),
        **{
            name: st.lists(st.dictionaries(st.sampled_from([*info.fields]), STRUCTURES))
            for name, info in lists().items()
        },
    },
)


@settings(max_examples=300, deadline=None)
@given(RECORDS | STRUCTURES)
def test_hostile_structures_raise_nothing_but_a_record_error(source: Any) -> None:
    """Whatever is given, the answer is a record or RecordError with places, and it can be printed."""
    try:
        record = read(source)
    except RecordError as error:
        assert error.faults
        str(error).encode()
    else:
        assert read(record.model_dump()) == record
        assert read(record.model_dump_json()) == record


@settings(max_examples=200, deadline=None)
@given(st.text() | st.binary() | STRUCTURES.map(lambda value: json.dumps(value, default=str, skipkeys=True)))
def test_hostile_text_raises_nothing_but_a_record_error(source: Any) -> None:
    """Whatever text or bytes are given, the answer is a record or RecordError."""
    try:
        read(source)
    except RecordError as error:
        str(error).encode()


WRONG = st.sampled_from([CANARY, [CANARY], {CANARY: CANARY}, {"at_least": CANARY}, [{CANARY: 1}], {"id": [CANARY]}])


def _with_canary(draw: st.DrawFn) -> Any:
    """A whole record in which one thing is the canary, or has it as a key."""
    record = copy.deepcopy(WHOLE)
    spots: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in value if isinstance(value, dict) else range(len(value)):
            spots.append((value, key))
            if isinstance(value[key], (dict, list)):
                walk(value[key])

    walk(record)
    owner, key = draw(st.sampled_from(spots))
    if isinstance(owner, dict) and draw(st.booleans()):
        owner[CANARY] = owner[key]
    else:
        owner[key] = draw(WRONG)
    return draw(st.sampled_from([record, json.dumps(record), json.dumps(record)[:-1], json.dumps(record) + CANARY]))


@settings(deadline=None)
@given(st.composite(_with_canary)())
def test_no_error_ever_repeats_a_value(source: Any) -> None:
    """Neither the message, the fault, nor anything chained holds what stood in the record."""
    try:
        read(source)
    except RecordError as error:
        assert error.__cause__ is None
        assert error.__context__ is None
        assert CANARY not in f"{error} {error!r} {error.args}"


# What the fields are


def test_the_fields_are_those_of_the_vocabulary() -> None:
    """Lists, fields, types, units, words and steps are those of the contract, in its order."""
    contract = yaml.safe_load((Path(__file__).parent / "record_vocabulary.yaml").read_text("utf-8"))
    as_other = {
        "as options": tuple(contract["lists"]["plans"]["fields"]["options"][1]),
        "as steps": tuple(contract["steps"]),
    }
    singulars, expected = {}, {}
    for name, entry in contract["lists"].items():
        singulars[name] = entry["singular"]
        for key, (kind, detail, _) in entry["fields"].items():
            words = detail if isinstance(detail, list) else as_other.get(detail, ())
            unit = detail if isinstance(detail, str) and detail not in as_other else ""
            expected[f"{name}.{key}"] = (kind, unit, tuple(words))
    declared = {
        f"{name}.{key}": (field.type, field.unit, field.words)
        for name, info in lists().items()
        for key, field in info.fields.items()
    }
    assert declared == expected
    assert list(declared) == list(expected)
    assert list(lists()) == list(singulars)
    assert {name: info.singular for name, info in lists().items()} == singulars
    assert list(client_fields()) == list(contract["client"])
    assert client_fields()["language"].words == tuple(contract["client"]["language"][1])


def test_every_field_says_what_it_means() -> None:
    """The meaning stands in the annotation of the field; `make docs` writes it into the schema."""
    fields = {f"client.{name}": info for name, info in client_fields().items()}
    fields |= {f"{name}.{key}": info for name, part in lists().items() for key, info in part.fields.items()}
    assert [name for name, info in fields.items() if not info.meaning] == []
    assert fields["client.birth_date"] == FieldInfo("date", "", (), "day of birth, for age")


def test_every_part_of_the_schema_is_described_and_closed() -> None:
    """The JSON Schema takes no other keys, and says what each field means."""
    schema = record_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for part in [schema, *schema["$defs"].values()]:
        assert part["additionalProperties"] is False
        assert part["description"]
        assert all(field["title"] and field["description"] for field in part["properties"].values())
    json.dumps(schema)


def test_the_schema_takes_what_is_read() -> None:
    """The whole record keeps the schema, and a typo or a wrong word does not."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(record_schema())
    validator.check_schema(record_schema())
    assert validator.is_valid(WHOLE)
    assert validator.is_valid({"id": "x", **dict.fromkeys(key for key in WHOLE if key != "id")})
    for wrong in ({}, {"id": "x", "perods": []}, {"id": "x", "plans": [{"present": ["cleint"]}]}):
        assert not validator.is_valid(wrong)


LIMITS: list[tuple[dict[str, Any], bool]] = [
    *(({"facts_on": day}, right) for day, right in zip(("1899-12-31", "1900-01-01"), (False, True), strict=True)),
    *(({"plans": [{"made_on": day}]}, right) for day, right in (("2200-12-31", True), ("2201-01-01", False))),
    *(({"plans": [{"reviewed_on": [day]}]}, right) for day, right in (("2199-01-01", True), ("3000-01-01", False))),
    *(
        ({"benefits": [], "complete_from": {"benefits": day}}, right)
        for day, right in (("1899-12-31", False), ("1999-12-31", True), (None, True))
    ),
    ({"facts": {"a": 10**12}}, True),
    ({"facts": {"a": 10**12 + 1}}, False),
    ({"facts": {"a": -(10**12) - 1}}, False),
    ({"facts": {"a": {"at_least": 10**12, "at_most": None}}}, True),
    ({"facts": {"a": {"at_least": 10**12 + 1}}}, False),
    ({"facts": {"a": {"at_least": None}}}, False),
    ({"facts": {"a": {}}}, False),
    ({"facts": {f"f{number}": True for number in range(1000)}}, True),
    ({"facts": {f"f{number}": True for number in range(1001)}}, False),
    ({"complete": ["plans.kind"] * 1000}, True),
    ({"complete": ["plans.kind"] * 1001}, False),
    ({"plans": [{"present": ["client"] * 1000}]}, True),
    ({"plans": [{"present": ["client"] * 1001}]}, False),
]


@pytest.mark.parametrize(("fields", "right"), LIMITS)
def test_the_schema_has_the_limits_of_the_reader(fields: dict[str, Any], right: bool) -> None:
    """On both sides of each limit of days, numbers and lengths, the schema says what the reader does."""
    jsonschema = pytest.importorskip("jsonschema")
    whole = {"id": "x", **fields}
    assert jsonschema.Draft202012Validator(record_schema()).is_valid(whole) is right
    try:
        read(json.dumps(whole))
    except RecordError:
        assert not right
    else:
        assert right


def test_a_bare_type_adapter_takes_the_validator_of_the_class() -> None:
    """Nothing can stand before that validator, so that its own error comes out; its text holds nothing of the record."""
    adapter = pydantic.TypeAdapter(Record)
    assert adapter.validator is Record.__pydantic_validator__
    with pytest.raises(pydantic.ValidationError) as caught:
        adapter.validate_python({"id": "a", "facts": "Maija", "perods": "Maija", "client": {"birth_date": "Maija"}})
    assert "Maija" not in str(caught.value)
    assert "Maija" not in str(caught.value.errors(include_input=False))
    with pytest.raises(RecordError):
        Record.model_validate({"id": "a", "facts": "Maija"})
