"""Rulebooks and records that are awkward for one way of answering: each way says what the others say."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from agreement import ENGINES, Tally, disagreements
from test_diagrams import told, without_diagrams

import aava_rules
from aava_rules import RecordError, Rulebook, RulebookError
from aava_rules.engine.diagram import diagram as diagrams
from aava_rules.engine.diagram.thresholds import upstream_inputs
from aava_rules.engine.table.input.from_records import tables_of
from aava_rules.language.values import UNKNOWN
from aava_rules.record import read

ON = date(2020, 1, 1)
TITLE = "title: {fi: x, sv: x, en: x}"


def made(folder: Path, vocabulary: str, rules: str, parameters: dict[str, tuple[str, str]] | None = None) -> Rulebook:
    """A rulebook of one ruleset. Parameters: the value and the type, with the unit, of each."""
    (folder / "own" / "r").mkdir(parents=True)
    declared = "".join(
        f"{name}: {{{TITLE}, type: {kind}, values: {{{_said(value)}}}}}\n"
        for name, (value, kind) in (parameters or {}).items()
    )
    files = {
        "rulebook.yaml": f'rulebook: own\nversion: "1"\n{TITLE}\nweight: law\n',
        "sources.yaml": f"book: {{{TITLE}}}\n",
        "parameters.yaml": declared,
        "vocabulary.yaml": vocabulary.replace("TITLE", TITLE),
        "r/rules.yaml": f"ruleset: r\n{TITLE}\n{rules}".replace("TITLE", f"{TITLE}, cite: book.1"),
    }
    for name, text in files.items():
        if text:
            (folder / "own" / name).write_text(text, encoding="utf-8")
    return aava_rules.load(folder / "own", plugins=False)


def _said(value: str) -> str:
    """The values of a parameter: one that always holds, or several with the days from which they do."""
    if not value.startswith("20"):
        value = f"always: {value}"
    days = (one.split(": ", 1) for one in (value.split(", ") if "rows" not in value else [value]))
    return ", ".join(
        f"{day}: {{{one if one.startswith('rows: ') else f'value: {one}'}, cite: book.1, status: verified}}"
        for day, one in days
    )


def alike(rulebook: Rulebook, records: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The rows of a table, once it is seen that diagrams and the usual way say the same."""
    monkeypatch.setattr(diagrams, "FIRST_ASKED", 0)
    frames = tables_of(records, rulebook._book.vocabulary)
    tables = {name: frame for name, frame in frames.items() if name != "invalid"}
    rows = {row["id"]: row for row in rulebook.decide_table(**tables, on=ON).outcomes.to_dicts()}
    for record in records:
        for name in rulebook._parts.outcomes:
            usual = told(without_diagrams(rulebook, record, ON, name), name)
            for _ in range(2):
                assert told(rulebook.decide(record, ON, only=[name], engine="reference"), name) == usual
            row, value = rows[record["id"]], None if usual[1] is UNKNOWN else usual[1]
            value = sorted(value) if isinstance(value, frozenset) and usual[0] == "known" else value
            assert (row[f"{name}_status"], row[name]) == (usual[0], value if usual[0] == "known" else None), (
                name,
                record,
            )
    return [rows[record["id"]] for record in records]


def clients(*facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": f"R-{number}", "facts": one} for number, one in enumerate(facts)]


def test_whole_numbers_and_limits_that_are_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of 2.5 or 4.0 is where it is, and one whole number may lie between two limits one apart."""
    rulebook = made(
        tmp_path,
        """
facts:
  n: {type: integer, unit: hours, TITLE}
outcomes:
  over: {type: boolean, TITLE}
  level: {type: choice, words: [low, middle, high], TITLE}
  place: {type: choice, words: [under, at, above], TITLE}
""",
        """
decides: [over, level, place]
otherwise: {over: false}
rules:
  - {id: R-1, TITLE, when: [n > param.p], then: {over: true}}
  - {id: R-2, TITLE, when: [n < param.p], then: {level: low}}
  - {id: R-3, TITLE, when: [n > param.p, n < param.q], then: {level: middle}}
  - {id: R-4, TITLE, when: [n >= param.q], then: {level: high}}
  - {id: R-5, TITLE, when: [n < param.r], then: {place: under}}
  - {id: R-6, TITLE, when: [n == param.r], then: {place: at}}
  - {id: R-7, TITLE, when: [n > param.r], then: {place: above}}
""",
        {name: (value, "decimal, unit: hours") for name, value in {"p": "2.5", "q": "3.5", "r": "4.0"}.items()},
    )
    bounds = [{"n": {"at_least": low, "at_most": high}} for low in range(6) for high in range(low, 6)]
    rows = alike(rulebook, clients(*({"n": n} for n in range(7)), {}, *bounds), monkeypatch)
    assert [row["over"] for row in rows[:8]] == [False, False, False, True, True, True, True, None]
    assert [row["level"] for row in rows[:7]] == ["low", "low", "low", "middle", "high", "high", "high"]
    assert [row["place"] for row in rows[:7]] == ["under"] * 4 + ["at", "above", "above"]


def test_the_least_of_whole_and_other_numbers_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its type is that of the others, and it has their decimals."""
    vocabulary = """
facts:
  n: {type: integer, unit: hours, TITLE}
outcomes:
  cap: {type: KIND, unit: hours, TITLE}
"""
    rules = """
decides: [cap]
rules:
  - {id: R-1, TITLE, then: {cap: "min(n, param.p)"}}
"""
    given = {"p": ("2.5", "decimal, unit: hours")}
    rulebook = made(tmp_path, vocabulary.replace("KIND", "decimal"), rules, given)
    rows = alike(rulebook, clients({"n": 1}, {"n": 2}, {"n": 3}, {}), monkeypatch)
    assert [None if row["cap"] is None else float(row["cap"]) for row in rows] == [1, 2, 2.5, None]
    with pytest.raises(RulebookError, match="AR013"):
        made(tmp_path / "whole", vocabulary.replace("KIND", "integer"), rules, given)


@pytest.mark.parametrize("count", [62, 63, 70])
def test_sets_of_very_many_words(tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More words than a machine word has bits."""
    words = [f"w{number:02}" for number in range(count)]
    titles = "".join(f"  {word}: {{fi: x, sv: x, en: x}}\n" for word in words)
    rulebook = made(
        tmp_path,
        f"""
facts:
  g: {{type: boolean, TITLE}}
  s: {{type: set, words: [{", ".join(words)}], TITLE}}
outcomes:
  big: {{type: set, words: [{", ".join(words)}], TITLE}}
  has: {{type: boolean, TITLE}}
words:
{titles}""",
        f"""
decides: [big, has]
otherwise: {{has: false}}
rules:
  - {{id: R-1, TITLE, when: [g], then: {{big: [{", ".join(words)}]}}}}
  - {{id: R-2, TITLE, when: [{words[-1]} in big, {words[-1]} in s], then: {{has: true}}}}
""",
    )
    facts = [{"g": True, "s": [words[-1]]}, {"g": True, "s": []}, {"g": False, "s": words}, {}]
    rows = alike(rulebook, clients(*facts), monkeypatch)
    assert [row["has"] for row in rows] == [True, False, False, None]
    assert rows[0]["big"] == words


def test_a_set_whose_negation_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a formula surely fails is then found by Kleene's tables, which want every fact."""
    names = [f"{letter}{number}" for number in range(10) for letter in "ab"]
    facts = "".join(f"  {name}: {{type: boolean, TITLE}}\n" for name in names)
    pairs = "".join(f"  - {{id: R-{n}, TITLE, when: [a{n}, b{n}], then: {{w: [x]}}}}\n" for n in range(10))
    rulebook = made(
        tmp_path,
        f"""
facts:
{facts}  z: {{type: boolean, TITLE}}
outcomes:
  w: {{type: set, words: [x, y], TITLE}}
words:
  x: {{fi: x, sv: x, en: x}}
  y: {{fi: y, sv: y, en: y}}
""",
        f"""
decides: [w]
rules:
{pairs}  - {{id: Z-1, TITLE, when: [z, {{not: [z]}}], then: {{w: [x]}}}}
""",
    )
    none = dict.fromkeys(names, False) | {"z": True}
    (row, _) = alike(rulebook, clients(none, none | {"a1": True, "b1": True}), monkeypatch)
    assert (row["w_status"], row["w"]) == ("known", [])


def test_constants_that_cannot_stand_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are answered apart then, and one who is not valid is left out as ever."""
    rulebook = made(
        tmp_path,
        """
facts:
  g: {type: boolean, TITLE}
outcomes:
  w: {type: decimal, TITLE}
""",
        """
decides: [w]
rules:
  - {id: R-1, TITLE, when: [g], then: {w: param.p}}
  - {id: R-2, TITLE, when: [{not: [g]}], then: {w: param.q}}
""",
        {"p": ("10000000000001.5", "decimal"), "q": ("0.00000001", "decimal")},
    )
    alike(rulebook, clients({"g": True}, {"g": False}, {}), monkeypatch)
    clients_frame = pl.DataFrame({"id": ["a", "", "c"], "g": [True, False, None]})
    answers = rulebook.decide_table(clients_frame, on=ON)
    assert answers.outcomes["id"].to_list() == ["a", "c"]
    assert answers.invalid.height == 1


SAME_NAME = """
facts:
  g: {type: boolean, TITLE}
  count: {type: integer, unit: benefit days, TITLE, total: benefit.days}
  late: {type: boolean, TITLE, value: "count >= param.day"}
outcomes:
  w: {type: boolean, TITLE}
  v: {type: boolean, TITLE}
requirements:
  w: {each: period, TITLE}
"""
SAME_NAME_RULES = """
decides: [w, v]
otherwise: {w: false, v: false}
rules:
  - {id: R-1, TITLE, when: [g], then: {w: true}}
  - {id: R-2, TITLE, each: period, requirement: w, require: [period.days_per_week > 1]}
  - {id: R-3, TITLE, when: [g, late], then: {v: true}}
"""


@pytest.fixture
def same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rulebook:
    """A rulebook in which an outcome and a requirement have one name, and a fact follows from a list."""
    monkeypatch.setattr(diagrams, "FIRST_ASKED", 0)
    return made(tmp_path, SAME_NAME, SAME_NAME_RULES, {"day": ("100", "integer, unit: benefit days")})


def test_an_outcome_and_a_requirement_of_one_name(same_name: Rulebook) -> None:
    """What the requirement waits for is missing, whatever is asked first."""
    record = {"id": "a", "facts": {"g": True}, "periods": [{"id": "p"}]}
    for _ in range(2):
        decision = same_name.decide(record, ON, only=["w"], engine="reference")
        assert decision.outcomes["w"].value is True
        assert [one.fact for one in decision.missing] == ["period.days_per_week"]


BENEFIT = {"kind": "labour_market_subsidy", "start": date(2018, 1, 1), "end": date(2019, 6, 1), "days": 300}


def test_a_copy_of_a_record_says_what_it_says(same_name: Rulebook) -> None:
    """What was found of a record is not taken for what a changed copy of it says, nor kept for others."""
    record = read({"id": "r", "facts": {"g": True}})
    benefits = read({"id": "b", "benefits": [BENEFIT | {"id": "secret"}]}).benefits
    unknown = read({"id": "b", "benefits": [{"id": "secret"}]}).benefits
    for _ in range(2):
        assert same_name.decide(record, ON, only=["v"], engine="reference").outcomes["v"].value is UNKNOWN
        for more in (unknown, benefits):
            copy = record.model_copy(update={"benefits": more})
            decision = same_name.decide(copy, ON, only=["v"], engine="reference")
            assert decision.outcomes["v"].value is (True if more is benefits else UNKNOWN)
            assert decision.missing or more is benefits
        (missing,) = same_name.decide(record, ON, only=["v"], engine="reference").missing
        assert "secret" not in str(missing.fields)


def test_what_was_worked_out_of_a_record_stays_with_it() -> None:
    record = read({"id": "r", "periods": [], "complete": ["periods.days_per_week"]})
    assert record.complete_fields == {("periods", "days_per_week")}
    assert record.model_copy(update={"complete": ()}).complete_fields == frozenset()
    assert record.model_copy(deep=True).complete_fields == record.complete_fields
    assert "complete_fields" not in record.model_copy().__dict__


@pytest.mark.parametrize(("right", "wrong"), [(True, 1), (False, 0)])
def test_a_fact_that_was_changed_to_another_type_is_refused(same_name: Rulebook, right: Any, wrong: Any) -> None:
    """Though the values are equal."""
    record = read({"id": "r", "facts": {"g": right}})
    same_name.decide(record, ON)
    for facts in ({"g": wrong}, type(record.facts)({"g": wrong})):
        with pytest.raises(RecordError, match=r"facts\.g"):
            same_name.decide(record.model_copy(update={"facts": facts}), ON)


def test_an_outcome_that_no_rule_concludes_does_not_apply(tmp_path: Path) -> None:
    """It can be given; where it is not, whatever rests on it is not known, whichever engine is asked."""
    rulebook = made(
        tmp_path,
        """
facts:
  g: {type: boolean, TITLE}
outcomes:
  pay: {type: money, unit: EUR, TITLE}
  flag: {type: boolean, TITLE}
  w: {type: money, unit: EUR, TITLE}
  x: {type: boolean, TITLE}
""",
        """
decides: [w, x]
rules:
  - {id: R-1, TITLE, when: [g], then: {w: pay}}
  - {id: R-2, TITLE, when: [flag], then: {x: true}}
""",
    )
    expected: list[tuple[dict[str, Any], str, str]] = [
        ({}, "unknown", "unknown"),
        ({"g": True}, "unknown", "unknown"),
        ({"g": False}, "not_applicable", "unknown"),
        ({"g": True, "pay": "5.00"}, "known", "unknown"),
        ({"flag": True}, "unknown", "known"),
        ({"flag": False}, "unknown", "not_applicable"),
    ]
    for engine in ENGINES:
        for facts, w, x in expected:
            decision = rulebook.decide({"id": "r", "facts": facts}, ON, engine=engine)
            assert (decision.outcomes["w"].status, decision.outcomes["x"].status) == (w, x), facts
            assert decision.to_dict()["outcomes"]
            assert all(str(decision.explain(name, "en")) for name in ("w", "x"))
            assert "not_applicable" in decision.outcomes["x"].reasons or x != "unknown"
    assert {"w", "x"} == set(rulebook.decide({"id": "r"}, ON).outcomes)
    records = [{"id": f"r{n}", "facts": facts} for n, (facts, _, _) in enumerate(expected)]
    tables = tables_of(records, rulebook._book.vocabulary)
    found = rulebook.decide_table(tables["clients"], on=ON).outcomes
    assert list(zip(found["w_status"], found["x_status"], strict=True)) == [(w, x) for _, w, x in expected]


def test_the_row_of_a_key_that_may_be_absent_may_be_absent(tmp_path: Path) -> None:
    """A key that lies between bounds or does not exist gives a cell that does the same, and of words nothing."""
    rulebook = made(
        tmp_path,
        """
facts:
  last: {type: date, TITLE, latest: plan.made_on}
outcomes:
  n: {type: integer, unit: days, TITLE}
  w: {type: choice, words: [a, b], TITLE}
  few: {type: boolean, TITLE}
""",
        """
decides: [n, w, few]
rules:
  - {id: R-1, TITLE, then: {n: "row(param.table, value_on(param.key, last), number)"}}
  - {id: R-2, TITLE, then: {w: "row(param.table, value_on(param.key, last), word)"}}
  - {id: R-3, TITLE, when: ["row(param.table, value_on(param.key, last), number) > 0"], then: {few: true}}
  - {id: R-4, TITLE, when: ["row(param.table, value_on(param.key, last), number) is none"], then: {few: false}}
""",
        {
            "key": ("2", "integer, unit: times"),
            "table": (
                "rows: {2: {number: 5, word: a}}",
                "table, columns: {number: {type: integer, unit: days}, word: {type: text}}",
            ),
        },
    )
    # plans of which not all are known: one that is not listed may have been made later, or none at all
    records: list[dict[str, Any]] = [
        {"id": "open", "plans": [{}]},
        {"id": "none", "plans": []},
        {"id": "made", "plans": [{"made_on": "2018-01-01"}]},
        {"id": "unlisted", "plans": [], "complete_from": {"plans": "2015-01-01"}},
    ]
    tables = tables_of(records, rulebook._book.vocabulary)
    rows = rulebook.decide_table(tables["clients"], plans=tables["plans"], on=ON).outcomes.to_dicts()
    expected = {
        "open": (UNKNOWN, "unknown"),
        "none": (UNKNOWN, "known"),
        "made": (5, "known"),
        "unlisted": (UNKNOWN, "unknown"),
    }
    for record, row in zip(records, rows, strict=True):
        for engine in ENGINES:
            outcomes = rulebook.decide(record, ON, engine=engine).outcomes
            assert (outcomes["n"].value, outcomes["few"].status) == expected[record["id"]], record["id"]
            for name in ("n", "w", "few"):
                assert row[f"{name}_status"] == outcomes[name].status, (record["id"], name)
                assert row[name] == (None if outcomes[name].value is UNKNOWN else outcomes[name].value)


def test_a_field_of_the_client_that_is_not_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vocabulary need not declare what it derives facts from, if the client has it."""
    rulebook = made(
        tmp_path,
        """
facts:
  age: {type: integer, unit: years, value: "years_between(birth_date, decision_date)", TITLE}
outcomes:
  grown: {type: boolean, TITLE}
""",
        """
decides: [grown]
otherwise: {grown: false}
rules:
  - {id: R-1, TITLE, when: [age >= param.limit], then: {grown: true}}
""",
        {"limit": ("18", "integer, unit: years")},
    )
    born = [{"id": f"B-{day}", "client": {"birth_date": f"2002-01-0{day}"}} for day in (1, 2)]
    rows = alike(rulebook, [*clients({"age": 18}, {"age": 17}, {}), *born], monkeypatch)
    assert [row["grown"] for row in rows] == [True, False, None, True, False]


def test_a_long_chain_of_facts(tmp_path: Path) -> None:
    """Facts may be derived from one another however far about, as long as nobody has to follow them all."""
    chain = "".join(
        f'  f{number}: {{type: integer, unit: days, value: "f{number - 1} + 1", TITLE}}\n' for number in range(1, 400)
    )
    rulebook = made(
        tmp_path,
        f"""
facts:
  f0: {{type: integer, unit: days, TITLE}}
{chain}outcomes:
  much: {{type: boolean, TITLE}}
""",
        """
decides: [much]
otherwise: {much: false}
rules:
  - {id: R-1, TITLE, when: [f399 > 1], then: {much: true}}
""",
    )
    assert rulebook.decide({"id": "a", "facts": {"f399": 2}}, ON).outcomes["much"].value is True


def test_what_items_follow_from_may_change_with_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count of items by a fact of theirs that a dated limit decides is another on each judged day."""
    rulebook = made(
        tmp_path,
        """
facts:
  begun: {type: date, TITLE}
  period.long: {type: boolean, value: "period.days_per_week >= param.limit", TITLE}
  period.short: {type: boolean, value: "param.limit > period.days_per_week", TITLE}
  longs: {type: integer, unit: count, count: period, where: [period.long], TITLE}
  shorts: {type: integer, unit: count, count: period, where: [period.short], TITLE}
outcomes:
  then: {type: integer, unit: count, TITLE}
  now: {type: integer, unit: count, TITLE}
  few: {type: integer, unit: count, TITLE}
""",
        """
decides: [then, now, few]
rules:
  - {id: R-1, TITLE, in_force: {from: 2001-01-01}, judged_on: begun, then: {then: longs}}
  - {id: R-2, TITLE, in_force: {from: 2001-01-01}, then: {now: longs}}
  - {id: R-3, TITLE, in_force: {from: 2001-01-01}, judged_on: begun, then: {few: shorts}}
""",
        {"limit": ("2001-01-01: 2, 2010-01-01: 4", "integer, unit: days/week")},
    )
    records = [
        {"id": str(days), "facts": {"begun": "2005-05-05"}, "periods": [{"days_per_week": days}]} for days in (1, 3, 4)
    ]
    rows = alike(rulebook, records, monkeypatch)
    assert [(row["then"], row["now"], row["few"]) for row in rows] == [(0, 0, 1), (1, 0, 0), (1, 1, 0)]
    for record, row in zip(records, rows, strict=True):
        for name in ("then", "now", "few"):
            assert rulebook.decide(record, ON, only=[name]).outcomes[name].value == row[name]


ASSESSED = """
facts: {assessed: {type: boolean, TITLE}, sought: {type: boolean, TITLE}}
outcomes: {able: {type: boolean, TITLE}, served: {type: boolean, TITLE}}
"""
ASSESSED_RULES = """
decides: [able, served]
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, needs_judgement: assessed, then: {able: true}}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, when: [able], then: {served: true}}
"""


@pytest.mark.parametrize("given_first", [True, False])
def test_who_came_before_changes_no_answer(given_first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outcome that follows from the assessment of an official is not that of another client on the same day."""
    monkeypatch.setattr(diagrams, "FIRST_ASKED", 0)
    rulebook = made(tmp_path, ASSESSED, ASSESSED_RULES)
    records = [({"assessed": True}, "known"), ({"sought": True}, "unknown"), ({}, "unknown")]
    for facts, status in records if given_first else records[::-1]:
        record = {"id": "x", "facts": facts}
        for name in ("served", "able"):
            decision = rulebook.decide(record, ON, only=[name], engine="reference")
            assert decision.outcomes[name].status == status, (name, facts)
            assert told(decision, name) == told(without_diagrams(rulebook, record, ON, name), name)
    assert upstream_inputs("served", rulebook._book) == {"able", "assessed"}


def test_whom_a_doubt_concerns_may_rest_on_another_outcome(tmp_path: Path) -> None:
    """That outcome is answered first, wherever it stands, and the doubt is of those alone who have it."""
    doubted = "in_doubt_from: 2001-01-01, in_doubt_where: [able]"
    rules = ASSESSED_RULES.replace("when: [able], then: {served: true}", f"{doubted}, then: {{served: true}}")
    rules = rules.replace("needs_judgement: assessed", "when: [assessed]")
    rules = rules.replace("decides:", "otherwise: {able: false}\ndecides:")
    rulebook = made(tmp_path, ASSESSED, rules)
    records = [{"id": "x", "facts": {"assessed": value} if value is not None else {}} for value in (True, False, None)]
    statuses = [rulebook.decide(record, ON, only=["served"]).outcomes["served"].status for record in records]
    assert statuses == ["unknown", "known", "unknown"]
    assert list(disagreements(rulebook, ON, records, Tally())) == []
