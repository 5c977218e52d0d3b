"""The frames that come out say what `decide` says of each record."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

import aava_rules
from aava_rules import Rulebook
from aava_rules.answers import Outcome
from aava_rules.engines.columnar import decide as decide_module
from aava_rules.engines.columnar.decide import TableDecisions
from aava_rules.engines.columnar.records import tables_of
from aava_rules.testing import RecordMaker, random_rulebook
from aava_rules.values import UNKNOWN

ON = date(2015, 9, 15)
LISTS = ("benefits", "plans", "periods", "events")


def answered(rulebook: Rulebook, records: list[dict[str, Any]], on: date, only: Any = None) -> TableDecisions:
    """The answers of tables made of records."""
    frames = tables_of(records, rulebook.book.vocabulary)
    return rulebook.decide_table(frames["clients"], *(frames.get(name) for name in LISTS), on=on, only=only)


def some_records(rulebook: Rulebook, on: date, count: int, seed: int = 0) -> list[dict[str, Any]]:
    maker, random = RecordMaker(rulebook), Random(seed)
    return [maker.record(random, on) | {"id": f"R-{number}"} for number in range(count)]


def value_of(outcome: Outcome) -> Any:
    if outcome.status != "known" or outcome.value is UNKNOWN:
        return None
    value = outcome.value
    return sorted(value) if isinstance(value, frozenset) else value


@pytest.fixture(params=["aava", "hartola_sysma", 3, 8, 21])
def rulebook(request: pytest.FixtureRequest) -> Rulebook:
    if isinstance(request.param, str):
        return aava_rules.load(request.param)
    return random_rulebook(request.param).load()


@pytest.fixture(params=[1, 7])
def answers_and_records(
    rulebook: Rulebook, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Rulebook, TableDecisions, list[dict[str, Any]]]:
    """Some records, answered in blocks of so few that there are several threads."""
    monkeypatch.setattr(decide_module, "MOST_TOGETHER", request.param * 5)
    monkeypatch.setattr(decide_module, "FEWEST_TOGETHER", 1)
    records = some_records(rulebook, ON, 24, request.param)
    return rulebook, answered(rulebook, records, ON), records


def test_outcomes(answers_and_records: tuple[Rulebook, TableDecisions, list[dict[str, Any]]]) -> None:
    """Every outcome has the status and the value of the record's decision, and a set what it may still gain."""
    rulebook, answers, records = answers_and_records
    rows = {row["id"]: row for row in answers.outcomes.to_dicts()}
    assert list(rows) == [record["id"] for record in records]
    for record in records:
        for name, outcome in rulebook.decide(record, ON).outcomes.items():
            row = rows[record["id"]]
            assert row[f"{name}_status"] == outcome.status, name
            assert row[name] == value_of(outcome), name
            if f"{name}_possible" in row:
                assert frozenset(row[f"{name}_possible"] or ()) == outcome.possible


def test_findings(answers_and_records: tuple[Rulebook, TableDecisions, list[dict[str, Any]]]) -> None:
    """Every finding that applies is there, with its item, status and weight, and no other."""
    rulebook, answers, records = answers_and_records
    found = {
        (row["id"], row["requirement"], row["list"], row["position"]): (row["item"], row["status"], row["weight"])
        for row in answers.findings.to_dicts()
    }
    expected = {}
    for record in records:
        for one in rulebook.decide(record, ON).findings:
            if one.status != "not_applicable":
                state = one.state
                position = state.position if state.list_name else None
                item = state.item.id if state.list_name else None
                expected[record["id"], one.requirement, state.list_name, position] = (item, one.status, one.weight)
    assert found == expected


def test_next_steps(answers_and_records: tuple[Rulebook, TableDecisions, list[dict[str, Any]]]) -> None:
    """Every suggested step is there, with its due day and weight."""
    rulebook, answers, records = answers_and_records
    found = {
        (row["id"], row["step"], row["list"], row["position"]): (row["due"], row["due_known"], row["weight"])
        for row in answers.next_steps.to_dicts()
    }
    expected = {}
    for record in records:
        for one in rulebook.decide(record, ON).next_steps:
            position = one.state.position if one.state.list_name else None
            due = None if one.due is UNKNOWN else one.due
            expected[record["id"], one.step, one.state.list_name, position] = (due, one.due is not UNKNOWN, one.weight)
    assert found == expected


def test_missing_and_cautions() -> None:
    """What to ask, and what answers rest on, are told as the record's decision tells them."""
    rulebook = aava_rules.load("aava")
    records = some_records(rulebook, ON, 6)
    answers = answered(rulebook, records, ON)
    decisions = [rulebook.decide(record, ON) for record in records]
    missing = [(d.record_id, one.fact, one.where, list(one.affects)) for d in decisions for one in d.missing]
    assert answers.missing.select("id", "fact", "where", "affects").rows() == missing
    cautions = [(d.record_id, one.code, list(one.affects)) for d in decisions for one in d.cautions]
    assert answers.cautions.select("id", "code", "affects").rows() == cautions


def test_only_what_is_asked() -> None:
    """With ``only``, nothing else is answered."""
    rulebook = aava_rules.load("finland")
    answers = answered(rulebook, some_records(rulebook, ON, 8), ON, ["target_group", "days_per_week_max"])
    assert answers.outcomes.columns == ["id", "target_group", "target_group_status"]
    assert set(answers.findings["requirement"].to_list()) <= {"days_per_week_max"}
    assert not answers.next_steps.height


def test_whom_columns_cannot_hold() -> None:
    """A client with more decimals than columns hold is answered through the record, and counted."""
    rulebook = aava_rules.load("finland")
    period = {"kind": "rehabilitative_work", "start": date(2015, 8, 3), "days_per_week": 4}
    records: list[dict[str, Any]] = [
        {"id": "plain", "periods": [period | {"hours_per_day": Decimal("5.5")}]},
        {"id": "exact", "periods": [period | {"hours_per_day": Decimal("8.000001")}]},
    ]
    answers = answered(rulebook, records, ON)
    assert answers.one_by_one == 1
    for record in records:
        expected = {one.requirement: one.status for one in rulebook.decide(record, ON).findings}
        mine = answers.findings.filter(id=record["id"])
        found = dict(zip(mine["requirement"].to_list(), mine["status"].to_list(), strict=True))
        assert found == {name: status for name, status in expected.items() if status != "not_applicable"}
    assert answers.outcomes["id"].to_list() == ["plain", "exact"]


def test_who_is_not_valid() -> None:
    """A client with a wrong row is left out whole and told with path and reason; the others are answered."""
    clients = pl.DataFrame({"id": ["a", "b", "c"]})
    periods = pl.DataFrame(
        {
            "client": ["a", "b", "nobody"],
            "kind": ["rehabilitative_work", "pastime", "introductory"],
            "start": [date(2015, 1, 1)] * 3,
        }
    )
    answers = aava_rules.load("finland").decide_table(clients, periods=periods, on=ON)
    assert answers.outcomes["id"].to_list() == ["a", "c"]
    assert set(answers.findings["id"].to_list()) <= {"a", "c"}
    told = {(row["id"], row["path"], row["code"]) for row in answers.invalid.to_dicts()}
    assert ("b", "periods[0].kind", "AR117") in told
    assert any(code == "AR135" for _, _, code in told)
    assert "pastime" not in str(answers.invalid.to_dicts())


def test_what_is_unknown() -> None:
    """A table that is not given is unknown of all clients; one that is given, of those who are marked so."""
    clients = pl.DataFrame({"id": ["none", "unknown"], "plans_known": [True, False]})
    plans = pl.DataFrame(schema={"client": pl.String, "kind": pl.String})
    rulebook = aava_rules.load("aava")
    for given in ({}, {"plans": plans}):
        source = clients if given else clients.drop("plans_known")
        answers = rulebook.decide_table(source, on=ON, **given)
        for record in ({"id": "none", "plans": []} if given else {"id": "none"}, {"id": "unknown"}):
            expected = {name: one.status for name, one in rulebook.decide(record, ON).outcomes.items()}
            (row,) = answers.outcomes.filter(id=record["id"]).to_dicts()
            assert {name: row[f"{name}_status"] for name in expected} == expected


def test_files(tmp_path: Path) -> None:
    """Parquet, CSV, NDJSON and Arrow files give the same as the frame; an unknown column is named with the nearest."""
    rulebook = aava_rules.load("finland")
    frame = pl.DataFrame({"id": ["a", "b"], "age": [30, None], "unemployed": [True, None]})
    frame.write_parquet(tmp_path / "c.parquet")
    frame.write_csv(tmp_path / "c.csv")
    frame.write_ndjson(tmp_path / "c.ndjson")
    frame.write_ipc(tmp_path / "c.arrow")
    expected = rulebook.decide_table(frame, on=ON).outcomes
    for suffix in ("parquet", "csv", "ndjson", "arrow"):
        assert rulebook.decide_table(tmp_path / f"c.{suffix}", on=ON).outcomes.equals(expected), suffix
    assert rulebook.decide_table(frame.to_arrow(), on=ON).outcomes.equals(expected)
    with pytest.raises(aava_rules.RecordError, match="unemployed"):
        rulebook.decide_table(frame.rename({"unemployed": "unemployd"}), on=ON)


def test_the_whole_decision_on_one() -> None:
    """One client's decision, with its explanation, comes through the record; an unknown id is an error."""
    rulebook = aava_rules.load("aava")
    records = some_records(rulebook, ON, 5)
    answers = answered(rulebook, records, ON)
    assert answers.decision("R-3").to_dict() == rulebook.decide(records[3], ON, engine="reference").to_dict()
    with pytest.raises(KeyError):
        answers.decision("R-9")


def test_nobody() -> None:
    """A table without clients has frames without rows."""
    answers = aava_rules.load("aava").decide_table(pl.DataFrame(schema={"id": pl.String}), on=ON)
    heights = [frame.height for frame in (answers.outcomes, answers.findings, answers.next_steps, answers.missing)]
    assert heights == [0, 0, 0, 0]
