"""The frames that come out say what `decide` says of each record."""

from __future__ import annotations

import gc
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import polars as pl
import pytest

import aava_rules
from aava_rules import Rulebook
from aava_rules.decision import table as decide_module
from aava_rules.decision.answers import Outcome, state_of
from aava_rules.decision.table import TableDecisions
from aava_rules.engine.table.columns import Column
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.engine.table.output.decimals import of_column, of_decisions
from aava_rules.language.errors import RecordError
from aava_rules.language.values import UNKNOWN
from aava_rules.testing import RecordMaker, random_rulebook

ON = date(2015, 9, 15)
LISTS = ("benefits", "plans", "periods", "events")


def answered(rulebook: Rulebook, records: list[dict[str, Any]], on: date, only: Any = None) -> TableDecisions:
    """The answers of tables made of records."""
    frames = tables_of(records, rulebook._book.vocabulary)
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
    actual = {
        (row["id"], row["requirement"], row["list"], row["position"]): (row["item"], row["status"], row["weight"])
        for row in answers.findings.to_dicts()
    }
    expected = {}
    for record in records:
        for finding in rulebook.decide(record, ON).findings:
            if finding.status != "not_applicable":
                state = state_of(finding)
                position = state.position if state.list_name else None
                item = state.item.id if state.list_name else None
                expected[record["id"], finding.requirement, state.list_name, position] = (
                    item,
                    finding.status,
                    finding.weight,
                )
    assert actual == expected


def test_next_steps(answers_and_records: tuple[Rulebook, TableDecisions, list[dict[str, Any]]]) -> None:
    """Every suggested step is there, with its due day and weight."""
    rulebook, answers, records = answers_and_records
    actual = {
        (row["id"], row["step"], row["list"], row["position"]): (row["due"], row["due_known"], row["weight"])
        for row in answers.next_steps.to_dicts()
    }
    expected = {}
    for record in records:
        for step in rulebook.decide(record, ON).next_steps:
            position = state_of(step).position if state_of(step).list_name else None
            due = None if step.due is UNKNOWN else step.due
            expected[record["id"], step.step, state_of(step).list_name, position] = (
                due,
                step.due is not UNKNOWN,
                step.weight,
            )
    assert actual == expected


@pytest.mark.parametrize("source", ["aava", "hartola_sysma", *range(30, 38)])
@pytest.mark.parametrize("only", [False, True])
def test_findings_alone(source: str | int, only: bool) -> None:
    """Who reads findings first gets the same rows in the same order as who has read all the rest before."""
    rulebook = aava_rules.load(source, plugins=False) if isinstance(source, str) else random_rulebook(source).load()
    records = some_records(rulebook, ON, 30, 5)
    names = None
    if only:
        questions = rulebook._book.questions.values()
        names = [question.name for question in questions if question.kind != "step"][::2]
    first, last = answered(rulebook, records, ON, names), answered(rulebook, records, ON, names)
    outcomes, next_steps, findings = last.outcomes, last.next_steps, last.findings
    assert first.findings.equals(findings)
    assert first.invalid.equals(last.invalid)
    assert "_answered_clients" not in vars(first)
    assert first.outcomes.equals(outcomes)
    assert first.next_steps.equals(next_steps)
    assert first.findings.equals(findings)


def test_missing_and_cautions() -> None:
    """What to ask, and what answers rest on, are told as the record's decision tells them."""
    rulebook = aava_rules.load("aava")
    records = some_records(rulebook, ON, 6)
    answers = answered(rulebook, records, ON)
    decisions = [rulebook.decide(record, ON) for record in records]
    missing = [(d.record_id, fact.fact, fact.where, list(fact.affects)) for d in decisions for fact in d.missing]
    assert answers.missing.select("id", "fact", "where", "affects").rows() == missing
    cautions = [(d.record_id, caution.code, list(caution.affects)) for d in decisions for caution in d.cautions]
    assert answers.cautions.select("id", "code", "affects").rows() == cautions


def test_notices() -> None:
    """What does not fit together is told as the record's decision tells it, and by whole tables only of valid clients."""
    rulebook = aava_rules.load("finland")
    row = {"kind": "labour_market_subsidy", "start": "2014-01-01", "end": "2014-01-31", "days": 20}
    records = [
        {"id": "a", "benefits": [row, row]},
        {"id": "b", "benefits": [row]},
        {"id": "c", "benefits": [row | {"id": "x"}, row | {"id": "x", "end": "2014-02-28"}]},
        {"id": "d", "benefits": [row, row], "client": {"birth_date": "1000-01-01"}},
    ]
    answers = answered(rulebook, records, ON)
    decisions = [rulebook.decide(record, ON) for record in records[:3]]
    expected = [
        (d.record_id, notice.code, list(notice.fields), notice.text("sv")) for d in decisions for notice in d.notices
    ]
    assert answers.notices.select("id", "code", "fields", "text_sv").rows() == expected
    assert {code for _, code, _, _ in expected} == {"rows_alike", "more_days_than_weekdays_together", "id_twice"}
    assert rulebook.decide_table(pl.DataFrame({"id": ["a"]}), on=ON).notices.is_empty()


def test_an_amount_that_does_not_apply_to_a_client_beyond_columns() -> None:
    """Such a client is answered through its record, and has no amount whose decimals the column would need."""
    rulebook = aava_rules.load("aava")
    hours = pl.DataFrame({"client": ["a"], "hours_per_day": [Decimal("1.23456")]})
    on = date(1998, 2, 28)
    answers = rulebook.decide_table(pl.DataFrame({"id": ["a", "b"]}), periods=hours, on=on)
    assert answers.one_by_one == 1
    decision = rulebook.decide({"id": "a", "periods": [{"hours_per_day": Decimal("1.23456")}]}, on)
    statuses = {name: outcome.status for name, outcome in decision.outcomes.items()}
    assert {name: answers.outcomes[f"{name}_status"][0] for name in statuses} == statuses
    assert "not_applicable" in statuses.values()


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
        expected = {finding.requirement: finding.status for finding in rulebook.decide(record, ON).findings}
        rows = answers.findings.filter(id=record["id"])
        actual = dict(zip(rows["requirement"].to_list(), rows["status"].to_list(), strict=True))
        assert actual == {name: status for name, status in expected.items() if status != "not_applicable"}
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
    faults = {(row["id"], row["path"], row["code"]) for row in answers.invalid.to_dicts()}
    assert ("b", "periods[0].kind", "AR117") in faults
    assert any(code == "AR135" for _, _, code in faults)
    assert "pastime" not in str(answers.invalid.to_dicts())


def test_what_is_unknown() -> None:
    """A table that is not given is unknown of all clients; one that is given, of those who are marked so."""
    clients = pl.DataFrame({"id": ["none", "unknown"], "plans_known": [True, False]})
    plans = pl.DataFrame(schema={"client": pl.String, "kind": pl.String})
    rulebook = aava_rules.load("aava")
    for item_tables in ({}, {"plans": plans}):
        source = clients if item_tables else clients.drop("plans_known")
        answers = rulebook.decide_table(source, on=ON, **item_tables)
        for record in ({"id": "none", "plans": []} if item_tables else {"id": "none"}, {"id": "unknown"}):
            expected = {name: outcome.status for name, outcome in rulebook.decide(record, ON).outcomes.items()}
            (row,) = answers.outcomes.filter(id=record["id"]).to_dicts()
            assert {name: row[f"{name}_status"] for name in expected} == expected


def test_files(tmp_path: Path) -> None:
    """Parquet, CSV, NDJSON and Arrow files give the same as the frame; an unknown column is told with the nearest name."""
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


def paid(*rows: dict[str, Any]) -> TableDecisions:
    """Answers of Finnish law to clients with the facts that a compensation is made of."""
    rulebook = aava_rules.load("finland")
    records = [{"id": f"R-{number}", "facts": facts} for number, facts in enumerate(rows)]
    return answered(rulebook, records, date(2024, 2, 1), only=["compensation"])


USUAL = {"daily_compensation": "12.00", "attended_days": 10}


@pytest.mark.parametrize(
    ("facts", "amount"),
    [
        ({"daily_compensation": "999999999", "attended_days": 10**9}, "999999999000000000"),
        ({"daily_compensation": "999999999.1234", "attended_days": 10**9}, "999999999123400000"),
        ({"daily_compensation": "0.0001", "attended_days": 1}, "0.0001"),
        ({"daily_compensation": "9.00", "attended_days": 20}, "180"),
    ],
)
def test_amounts_are_exact(facts: dict[str, Any], amount: str) -> None:
    """No amount is rounded or runs over, however large it is, and those beside it stay as they are."""
    answers = paid(USUAL, facts, USUAL)
    decision = aava_rules.load("finland").decide({"id": "R-1", "facts": facts}, date(2024, 2, 1))
    assert decision.outcomes["compensation"].value == Decimal(amount)
    assert answers.outcomes["compensation"].to_list() == [Decimal(120), Decimal(amount), Decimal(120)]
    assert answers.outcomes["compensation_status"].to_list() == ["known"] * 3
    assert answers.outcomes["id"].to_list() == ["R-0", "R-1", "R-2"]


@pytest.mark.parametrize("rows", [(USUAL,), (USUAL, {"daily_compensation": "999999999.1234", "attended_days": 10**9})])
def test_the_type_of_an_amount_is_that_of_the_rulebook(rows: tuple[dict[str, Any], ...]) -> None:
    """Whoever the clients are, so that the answers of several tables can stand below one another."""
    assert paid(*rows).outcomes.schema["compensation"] == pl.Decimal(38, 4)
    assert paid(*rows, {}).outcomes.schema["compensation"] == pl.Decimal(38, 4)
    assert paid().outcomes.schema["compensation"] == pl.Decimal(38, 4)


VOCABULARY = """
facts:
  price: {type: money, unit: EUR/day, title: {fi: hinta, sv: pris, en: price}}
  share: {type: decimal, unit: days, title: {fi: osa, sv: andel, en: share}}
  count: {type: integer, unit: days, title: {fi: luku, sv: tal, en: count}}
  whole: {type: boolean, title: {fi: koko, sv: hel, en: whole}}
outcomes:
  total: {type: money, unit: EUR, title: {fi: summa, sv: summa, en: due}}
"""
RULES = """
decides: [total]
rules:
  - id: A-1
    title: {fi: Osa, sv: Andel, en: A part}
    when: [{not: whole}]
    then: {total: price * share}
    cite: book.1
  - id: A-2
    title: {fi: Kaikki, sv: Allt, en: All}
    when: [whole]
    then: {total: price * count}
    cite: book.1
"""


def own(folder: Path, vocabulary: str, rules: str) -> Rulebook:
    """A rulebook of one ruleset."""
    (folder / "own" / "own_rules").mkdir(parents=True)
    title = "title: {fi: Oma, sv: Egen, en: Own}"
    files = {
        "rulebook.yaml": f'rulebook: own\nversion: "1"\n{title}\nweight: local\n',
        "sources.yaml": "book:\n  title: {fi: Kirja, sv: Bok, en: Book}\n",
        "vocabulary.yaml": vocabulary,
        "own_rules/rules.yaml": f"ruleset: own_rules\n{title}\n{rules}",
    }
    for name, text in files.items():
        (folder / "own" / name).write_text(text, encoding="utf-8")
    return aava_rules.load(folder / "own", plugins=False)


@pytest.fixture
def sums(tmp_path: Path) -> Rulebook:
    """A rulebook with an amount that has eight decimals in one rule and very many digits in another."""
    return own(tmp_path, VOCABULARY, RULES)


SETS = """
facts:
  given: {type: set, words: [a, b, c], title: {fi: annettu, sv: given, en: given}}
  follows: {type: set, words: [z, c, y, b, a], title: {fi: seuraa, sv: följer, en: follows}, value: given}
  falls_back: {type: set, words: [c, x, a, b], title: {fi: oletus, sv: annars, en: else}, default: given}
outcomes:
  has_b: {type: boolean, title: {fi: on, sv: finns, en: is there}}
  alike: {type: boolean, title: {fi: samat, sv: lika, en: alike}}
words:
  a: {fi: a, sv: a, en: a}
  b: {fi: b, sv: b, en: b}
  c: {fi: c, sv: c, en: c}
  x: {fi: x, sv: x, en: x}
  y: {fi: y, sv: y, en: y}
  z: {fi: z, sv: z, en: z}
"""
RULES_OF_SETS = """
decides: [has_b, alike]
otherwise: {has_b: false, alike: false}
rules:
  - id: B-1
    title: {fi: On, sv: Finns, en: There}
    when: [b in follows, b in falls_back]
    then: {has_b: true}
    cite: book.1
  - id: B-2
    title: {fi: Samat, sv: Lika, en: Alike}
    when: [follows == given, falls_back == follows]
    then: {alike: true}
    cite: book.1
"""


def test_sets_that_follow_from_sets_with_other_words(tmp_path: Path) -> None:
    """A word stays the same word in every fact, however many words come before it there."""
    rulebook = own(tmp_path, SETS, RULES_OF_SETS)
    word_lists = [["b"], ["a"], ["c"], ["a", "b"], [], ["a", "b", "c"], None]
    facts = [{} if words is None else {"given": words} for words in word_lists]
    facts += [{"given": ["a"], "falls_back": words} for words in (["a"], ["b"], ["x"], ["x", "b"])]
    records = [{"id": f"R-{n}", "facts": client_facts} for n, client_facts in enumerate(facts)]
    rows = answered(rulebook, records, ON).outcomes.to_dicts()
    for record, row in zip(records, rows, strict=True):
        for name, outcome in rulebook.decide(record, ON).outcomes.items():
            assert (row[f"{name}_status"], row[name]) == (outcome.status, value_of(outcome)), (record, name)
    assert [row["has_b"] for row in rows[:7]] == [True, False, False, True, False, True, None]


def test_amounts_of_many_sizes_stand_together(sums: Rulebook) -> None:
    """Where some have decimals that others are too large for, all are told exactly and in the table's order."""
    part = {"price": "3.1234", "share": Decimal("0.1111"), "whole": False}
    large = {"price": "999999999", "count": 30_000, "whole": True}
    larger = large | {"count": 10**9}
    records = [{"id": f"R-{n}", "facts": facts} for n, facts in enumerate([part, large, {}, larger, part, large])]
    answers = answered(sums, records, ON)
    expected = [sums.decide(record, ON).outcomes["total"].value for record in records]
    assert expected[0] == Decimal("0.34700974")
    assert expected[3] == Decimal(999999999) * 10**9
    assert answers.outcomes["total"].to_list() == [None if amount is UNKNOWN else amount for amount in expected]
    assert answers.outcomes["id"].to_list() == [record["id"] for record in records]
    assert answers.outcomes.schema["total"] == pl.Decimal(38, 8)
    assert answered(sums, records[2:3], ON).outcomes.schema["total"] == pl.Decimal(38, 8)


def test_finer_amounts_than_usual_are_not_rounded(sums: Rulebook) -> None:
    """A fact with more than four decimals gives the column those that it needs."""
    fine = {"price": "1.0001", "share": Decimal("0.1234567"), "whole": False}
    answers = answered(sums, [{"id": "R-0", "facts": fine}], ON)
    assert answers.outcomes["total"].to_list() == [Decimal("0.12346904567")]


def test_an_amount_that_no_column_can_hold_is_an_error() -> None:
    """It says so instead of leaving the amount out or rounding it."""
    large = np.array([10**17])
    for make_frame in (
        lambda: of_decisions([None, Decimal(10) ** 34], pl.Decimal(38, 4)),
        lambda: of_decisions([2**63], pl.Int64()),
        lambda: of_column(Column("money", large, large), np.array([True]), pl.Decimal(38, 22)),
    ):
        with pytest.raises(RecordError, match="AR138") as caught:
            make_frame()
        assert "00000" not in str(caught.value)
    assert of_decisions([None, Decimal(10) ** 33], pl.Decimal(38, 4)).to_list() == [None, Decimal(10) ** 33]
    assert of_decisions([2**63 - 1], pl.Int64()).to_list() == [2**63 - 1]
    # zeros at the end of one amount take no room from another
    several = [Decimal("507707245801557849980032.0000"), Decimal("12.962268517500000")]
    assert of_decisions(several, pl.Decimal(38, 12)).to_list() == several


def test_an_amount_of_one_client_that_no_column_can_hold(sums: Rulebook) -> None:
    """It is the fault of that client alone: the others get their amounts, exactly, and it is left out whole."""
    usual = {"price": "3.1234", "share": Decimal("0.1111"), "whole": False}
    large = {"price": "999999999", "count": 10**9, "whole": True}
    finest = {"price": Decimal("1.000000000001"), "share": Decimal("0.000000000001"), "whole": False}
    records = [{"id": f"R-{n}", "facts": facts} for n, facts in enumerate([usual, finest, large, {}])]
    expected = {record["id"]: sums.decide(record, ON).outcomes["total"].value for record in records}
    answers = answered(sums, records, ON)
    left_out = answers.invalid.select("id", "table", "row", "path", "code").rows()
    assert left_out == [("R-1", "clients", 1, "outcomes.total", "AR138")]
    assert str(expected["R-1"]) not in answers.invalid["reason"][0]
    assert answers.outcomes.select("id", "total").rows() == [
        (key, None if value is UNKNOWN else value) for key, value in expected.items() if key != "R-1"
    ]
    assert "R-1" not in answers.findings["id"].to_list()
    findings_first = answered(sums, records, ON)
    assert findings_first.findings.equals(answers.findings)
    assert findings_first.invalid.equals(answers.invalid)
    alone = answered(sums, records[1:2], ON)
    assert alone.outcomes["total"].to_list() == [expected["R-1"]]
    assert alone.invalid.is_empty()


def test_nothing_waits_for_the_garbage_collector() -> None:
    """A block is large, so its memory goes when its answers are there, and that of a table with its answers."""
    rulebook = aava_rules.load("aava")
    records = some_records(rulebook, ON, 30)
    gc.freeze()  # what other tests hold is not looked through each time
    for _ in range(2):  # the first time frames are made, which stay
        gc.collect()
        gc.disable()
        try:
            answers = answered(rulebook, records, ON)
            assert answers.findings.height
            assert answers.outcomes.height
            del answers
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = {
                type(garbage).__qualname__
                for garbage in gc.garbage
                if type(garbage).__module__.startswith("aava_rules")
            }
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()
    assert not left
