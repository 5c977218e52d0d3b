"""An outcome that may have no value is no fact of the rules above it, as one that has none is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from agreement import Tally, disagreements
from test_hard_cases import made

from aava_rules.decision.decision import inside
from aava_rules.language.values import UNKNOWN

ON = date(2017, 1, 1)
VOCABULARY = """
facts:
  met: {type: date, latest: event.on, where: [event.step == first_meeting], TITLE}
outcomes:
  until: {type: date, TITLE}
  elapsed: {type: integer, unit: days, TITLE}
requirements: {late: {each: client, TITLE}, soon: {each: client, TITLE}}
"""
RULES = """
decides: [until, elapsed]
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, then: {until: met}}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, then: {elapsed: "days_between(decision_date, until)"}}
  - {id: A-3, TITLE, in_force: {from: 2000-01-01}, requirement: late, require: [until > decision_date]}
  - {id: A-4, TITLE, in_force: {from: 2000-01-01}, requirement: soon, require: [elapsed > 0]}
"""
MET = {"step": "first_meeting", "on": date(2016, 12, 31)}


@pytest.mark.parametrize(
    ("record", "late", "soon"),
    [
        ({"events": [MET]}, "broken", "broken"),
        ({"events": [MET], "complete_from": {"events": date(2016, 6, 1)}}, "broken", "broken"),
        ({"events": []}, "unknown", "unknown"),
        ({"events": [], "complete_from": {"events": date(2016, 6, 1)}}, "unknown", "unknown"),
        ({"events": [{"step": "first_meeting"}]}, "unknown", "unknown"),
        ({}, "unknown", "unknown"),
        ({"facts": {"until": date(2017, 1, 1)}, "events": []}, "broken", "broken"),
        ({"facts": {"until": date(2017, 1, 2)}}, "met", "met"),
    ],
)
def test_more_knowledge_takes_nothing_back(record: dict[str, Any], late: str, soon: str, tmp_path: Path) -> None:
    """What is unknown once it is known that there is no such day is not decided before."""
    rulebook = made(tmp_path, VOCABULARY, RULES)
    decision = rulebook.decide({"id": "x"} | record, ON)
    assert {finding.requirement: finding.status for finding in decision.findings} == {"late": late, "soon": soon}
    if late == "unknown":
        (elapsed,) = [state for state in inside(decision).states if state.name == "elapsed"]
        assert elapsed.value is UNKNOWN  # and not bounds that an unknown day need not keep
    assert list(disagreements(rulebook, ON, [{"id": "x"} | record], Tally())) == []


@pytest.mark.parametrize(
    ("record", "settles", "status"),
    [
        ({"events": [{"step": "first_meeting", "on": date(2016, 12, 31)}]}, True, "conflict"),
        ({"events": [{"step": "first_meeting", "on": date(2017, 1, 1)}]}, True, "known"),
        ({"events": []}, True, "conflict"),
        ({"events": [], "complete_from": {"events": date(2016, 6, 1)}}, False, "unknown"),  # a second fact is open
    ],
)
def test_what_settles_two_values(record: dict[str, Any], settles: bool, status: str, tmp_path: Path) -> None:
    """The fact of one value settles what two rules conclude only if nothing else is open."""
    vocabulary = VOCABULARY.replace("facts:", "facts:\n  n: {type: integer, unit: days, TITLE}")
    rules = RULES.replace('"days_between(decision_date, until)"}}', '"days_between(decision_date, met)"}}').replace(
        "rules:", "rules:\n  - {id: A-0, TITLE, in_force: {from: 2000-01-01}, then: {elapsed: n}}"
    )
    rulebook = made(tmp_path, vocabulary, rules)
    before = rulebook.decide({"id": "x"} | record, ON, only=["elapsed"])
    assert ["elapsed" in entry.settles for entry in before.missing if entry.fact == "n"] == [settles]
    after = rulebook.decide({"id": "x", "facts": {"n": 0}} | record, ON, only=["elapsed"])
    assert after.outcomes["elapsed"].status == status


def test_nothing_settles_what_unread_law_decides(tmp_path: Path) -> None:
    """A value that a rule concludes whose law is in doubt is not settled by the fact from which it follows."""
    vocabulary = VOCABULARY.replace("facts:", "facts:\n  n: {type: integer, unit: days, TITLE}")
    doubted = RULES.replace('{elapsed: "days_between(decision_date, until)"}}', "{elapsed: n}, DOUBT}")
    sure, open_ = (
        made(tmp_path / folder, vocabulary, doubted.replace(", DOUBT", doubt)).decide({"id": "x"}, ON, only=["elapsed"])
        for folder, doubt in (("sure", ""), ("open", ", in_doubt_from: 2016-01-01"))
    )
    assert [entry.settles for entry in sure.missing if entry.fact == "n"] == [("elapsed",)]
    assert [entry.settles for entry in open_.missing if entry.fact == "n"] in ([], [()])


FOR_GOOD = """
facts:
  a: {type: boolean, TITLE}
  b: {type: boolean, TITLE}
outcomes:
  low: {type: boolean, TITLE}
  top: {type: boolean, TITLE}
  judged: {type: boolean, TITLE}
  doubted: {type: boolean, TITLE}
requirements: {kept: {each: client, TITLE}}
"""
ALIKE_EITHER_WAY = """
decides: [low, top, judged, doubted]
otherwise: {top: false, judged: false, doubted: false}
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, when: [a], then: {low: true}}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, when: [low, b], then: {top: true}}
  - {id: A-3, TITLE, in_force: {from: 2000-01-01}, when: [{not: low}, {not: b}], then: {top: true}}
  - {id: A-4, TITLE, in_force: {from: 2000-01-01}, when: [b], needs_judgement: true, then: {judged: true}}
  - {id: A-5, TITLE, in_force: {from: 2000-01-01}, when: [{not: b}], needs_judgement: true, then: {judged: true}}
  - {id: A-6, TITLE, in_force: {from: 2000-01-01}, in_doubt_from: 2016-01-01, when: [b], then: {doubted: true}}
  - {id: A-7, TITLE, in_force: {from: 2000-01-01}, when: [a], requirement: kept, require: [low, b]}
"""


@pytest.mark.parametrize(
    ("facts", "name", "asked", "reasons"),
    [
        ({"a": False}, "top", {}, ("not_applicable",)),  # unknown for good, whatever b is
        ({}, "top", {"a": False, "b": False}, ("facts_missing", "not_applicable")),
        ({"a": True}, "top", {"b": True}, ("facts_missing",)),
        ({"b": True}, "top", {"a": False}, ("facts_missing", "not_applicable")),
        ({"a": True}, "judged", {}, ("needs_judgement",)),
        ({}, "judged", {}, ("needs_judgement",)),
        ({}, "doubted", {}, ("law_not_verified",)),
        ({}, "kept", {"a": False, "b": False}, ("facts_missing",)),
        ({"a": True}, "kept", {"b": True}, ("facts_missing",)),
    ],
)
def test_nothing_is_asked_that_leaves_an_answer_unknown_for_good(
    facts: dict[str, Any], name: str, asked: dict[str, bool], reasons: tuple[str, ...], tmp_path: Path
) -> None:
    """A fact is asked for only if an answer comes of it, whatever an outcome without value or an official might say."""
    rulebook = made(tmp_path, FOR_GOOD, ALIKE_EITHER_WAY)
    record = {"id": "x", "facts": facts}
    decision = rulebook.decide(record, ON)
    answers = {**decision.outcomes} | {finding.requirement: finding for finding in decision.findings}
    found = {entry.fact: name in entry.settles for entry in decision.missing if name in entry.affects}
    assert (found, answers[name].reasons) == (asked, reasons)
    assert list(disagreements(rulebook, ON, [record], Tally())) == []


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"b": True}, "none"),  # the exception holds, whatever the condition
        ({"b": False}, "open"),
        ({}, "open"),
        ({"a": True}, "suggested"),
        ({"a": True, "b": True}, "none"),
    ],
)
def test_a_step_that_is_surely_excepted_is_not_suggested(facts: dict[str, Any], status: str, tmp_path: Path) -> None:
    """Nobody is asked for the condition of a rule whose exception holds."""
    vocabulary = "facts: {a: {type: boolean, TITLE}, b: {type: boolean, TITLE}}\nsteps: {s: {TITLE}}\n"
    rule = "decides: []\nrules:\n  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, suggest: s, when: [a], unless: [b]}"
    rulebook = made(tmp_path, vocabulary, rule)
    decision = rulebook.decide({"id": "x", "facts": facts}, ON)
    assert [state.status for state in inside(decision).states] == [status]
    assert {entry.fact for entry in decision.missing} == ({"a"} if status == "open" else set())
    assert list(disagreements(rulebook, ON, [{"id": "x", "facts": facts}], Tally())) == []


VALUES = """
facts:
  met: {type: date, latest: event.on, where: [event.step == first_meeting], TITLE}
  n: {type: integer, unit: days, TITLE}
  a: {type: boolean, TITLE}
  b: {type: boolean, TITLE}
outcomes:
  day: {type: date, TITLE}
  last: {type: date, TITLE}
  many: {type: integer, unit: days, TITLE}
"""
COMPUTED = """
decides: [day, last, many]
otherwise: {last: met, many: 1}
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, when: [a], then: {day: met}}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, when: [b], then: {day: "add_days(met, 1)"}}
  - {id: A-3, TITLE, in_force: {from: 2000-01-01}, when: [a], then: {last: "add_days(met, 0)"}}
  - {id: A-4, TITLE, in_force: {from: 2000-01-01}, when: [a], then: {many: n}}
"""


@pytest.mark.parametrize(
    ("record", "day", "last", "many"),
    [
        ({"events": []}, ("not_applicable", set()), ("not_applicable", set()), ("unknown", {"a", "n"})),
        ({"events": [], "facts": {"a": True, "n": 7}}, ("not_applicable", set()), ("not_applicable", set()), (7, set())),
        ({"events": [], "facts": {"b": True, "n": 1}}, ("not_applicable", set()), ("not_applicable", set()), (1, set())),
        ({"events": [MET], "facts": {"n": 6}}, ("unknown", {"a", "b"}), (MET["on"], set()), ("unknown", {"a"})),
        ({"events": [MET], "facts": {"a": True, "b": True}}, ("conflict", set()), (MET["on"], set()), ("unknown", {"n"})),
        ({"facts": {"a": False}}, ("unknown", {"b", "met"}), ("unknown", {"met"}), (1, set())),
    ],
)  # fmt: skip
def test_a_value_that_is_the_same_whichever_rule_counts_is_known(
    record: dict[str, Any], day: Any, last: Any, many: Any, tmp_path: Path
) -> None:
    """Where no value exists, or `otherwise` says what the rule would, it is not asked whether the rule counts."""
    rulebook = made(tmp_path, VALUES, COMPUTED)
    decision = rulebook.decide({"id": "x"} | record, ON)
    for name, (expected, asked) in {"day": day, "last": last, "many": many}.items():
        outcome = decision.outcomes[name]
        said = outcome.value if outcome.status == "known" else outcome.status
        assert (said, {fact.fact for fact in decision.missing if name in fact.affects}) == (expected, asked), name
    assert list(disagreements(rulebook, ON, [{"id": "x"} | record], Tally())) == []


NUMBERS = """
facts:
  n: {type: integer, unit: days, TITLE}
  m: {type: integer, unit: days, TITLE}
  some: {type: boolean, value: "n >= 0", TITLE}
  fewer: {type: boolean, value: "n < m", TITLE}
  less: {type: integer, unit: days, value: "n - m", TITLE}
outcomes:
  any: {type: boolean, TITLE}
  below: {type: boolean, TITLE}
  at_least: {type: boolean, TITLE}
  above: {type: boolean, TITLE}
"""
FROM_ZERO_ON = """
decides: [any, below, at_least, above]
otherwise: {any: false, below: false, at_least: false, above: false}
rules:
  - {id: A-1, TITLE, in_force: {from: 2000-01-01}, when: [some], then: {any: true}}
  - {id: A-2, TITLE, in_force: {from: 2000-01-01}, when: [fewer], then: {below: true}}
  - {id: A-3, TITLE, in_force: {from: 2000-01-01}, when: [n >= m], then: {at_least: true}}
  - {id: A-4, TITLE, in_force: {from: 2000-01-01}, when: [less >= m], then: {above: true}}
"""


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, [True, UNKNOWN, UNKNOWN, UNKNOWN]),
        ({"m": 0}, [True, False, True, UNKNOWN]),  # nothing is less than no days at all
        ({"m": 1}, [True, UNKNOWN, UNKNOWN, UNKNOWN]),
        ({"n": 0}, [True, UNKNOWN, UNKNOWN, UNKNOWN]),
        ({"n": 0, "m": 0}, [True, False, True, True]),
        ({"n": 0, "m": 1}, [True, True, False, False]),
    ],
)
def test_what_is_never_below_zero_is_from_zero_on_also_beside_another_fact(
    facts: dict[str, Any], expected: list[Any], tmp_path: Path
) -> None:
    """A number that is not known is at least 0 where nothing can make it less; a difference may be anything."""
    rulebook = made(tmp_path, NUMBERS, FROM_ZERO_ON)
    record = {"id": "x", "facts": facts}
    outcomes = rulebook.decide(record, ON).outcomes
    assert [outcomes[name].value for name in ("any", "below", "at_least", "above")] == expected
    assert list(disagreements(rulebook, ON, [record], Tally())) == []


PEAKS = """
facts:
  most:
    type: integer
    unit: days
    peak: period.attended_on
    within: {months: 12}
    since: param.always_so
    TITLE
outcomes:
  most_days: {type: integer, unit: days, TITLE}
"""


def test_what_counts_since_a_value_that_always_held_is_known(tmp_path: Path) -> None:
    """Of a parameter without a first day all attendance counts, and a list that is given lacks none of it."""
    rules = "decides: [most_days]\nrules:\n  - {id: A-1, TITLE, then: {most_days: most}}"
    rulebook = made(tmp_path, PEAKS, rules, {"always_so": ("1", "integer, unit: days")})
    period = {"kind": "introductory", "start": "2016-10-03", "end": "2016-12-02", "attended_on": ["2016-10-03"]}
    record = {"id": "x", "periods": [period]}
    assert rulebook.decide(record, ON).outcomes["most_days"].value == 1
    assert list(disagreements(rulebook, ON, [record], Tally())) == []
