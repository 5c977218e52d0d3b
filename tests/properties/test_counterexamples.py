"""What the searches of this folder have found once, each as small as it can be."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from aava_rules.decision.decision import Decision
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import RecordError
from aava_rules.testing.conditions import titled
from aava_rules.testing.rule_writer import CITE
from aava_rules.testing.rulebook_maker import RandomRulebook, as_yaml

ON = date(2015, 7, 1)
FACTS: dict[str, dict[str, Any]] = {
    "b": {"type": "boolean"},
    "today": {"type": "boolean", "of_the_day": True},
    "n": {"type": "integer", "unit": "days"},
    "dj": {"type": "date"},
}
VALUES = {
    "two": {"always": 2},
    "five": {"always": 5},
    "dated": {"2010-01-01": 2, "2014-01-01": 5},
}


def rulebook(outcomes: dict[str, Any], rules: list[dict[str, Any]], **head: Any) -> Rulebook:
    """A rulebook with one ruleset of these rules."""
    parameters: dict[str, Any] = {
        name: {
            "title": titled(name), "type": "integer", "unit": "days",
            "values": {day: {"value": value, "cite": CITE, "status": "verified"} for day, value in values.items()},
        }
        for name, values in VALUES.items()
    }  # fmt: skip
    rows = {1: {"amount": 2}, 3: {"amount": 5}}
    parameters["t"] = {
        "title": titled("t"), "type": "table", "columns": {"amount": {"type": "integer", "unit": "days"}},
        "values": {"always": {"rows": rows, "cite": CITE, "status": "verified"}},
    }  # fmt: skip
    requirements = {
        rule["requirement"]: {"each": "plan", "title": titled("r")} for rule in rules if "requirement" in rule
    }
    files: dict[str, Any] = {
        "rulebook.yaml": {"rulebook": "random", "version": "1", "title": titled("x"), "weight": "law"},
        "sources.yaml": {CITE: {"title": titled("act"), "number": "1/2000"}},
        "parameters.yaml": parameters,
        "vocabulary.yaml": {
            "facts": {name: fact | {"title": titled(name)} for name, fact in FACTS.items()},
            "outcomes": {name: outcome | {"title": titled(name)} for name, outcome in outcomes.items()},
            "requirements": requirements,
        },
    }
    common = {"title": titled("rule"), "cite": CITE}
    whole = [{"id": f"R-{number}"} | common | rule for number, rule in enumerate(rules, 1)]
    decides = {"decides": list(outcomes)} if outcomes else {}
    files["rules/rules.yaml"] = {"ruleset": "rules", "title": titled("x"), **decides, **head, "rules": whole}
    return RandomRulebook("random", {path: as_yaml(content) for path, content in files.items()}).load()


def decide(book: Rulebook, on: date = ON, **facts: Any) -> Decision:
    return book.decide({"id": "x", "facts": facts}, on)


class Angry(Mapping[str, Any]):
    """A mapping whose own code fails, with contents in what it raises."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError("secret")

    def __iter__(self) -> Iterator[str]:
        raise ValueError("secret")

    def __len__(self) -> int:
        return 1


BOOLEAN = {"o": {"type": "boolean"}}
NUMBER = {"o": {"type": "integer", "unit": "days"}}


def test_a_row_of_a_table_may_stand_in_a_test() -> None:
    """A test may compare a row of a table with a limit."""
    book = rulebook(BOOLEAN, [{"when": ["row(param.t, n, amount) > param.two"], "then": {"o": True}}])
    assert decide(book, n=3).outcomes["o"].value is True
    assert decide(book, n=1).outcomes["o"].status == "not_applicable"


def test_otherwise_may_give_what_a_rule_gives() -> None:
    """Where a rule and `otherwise` give the same parameter, the answer does not wait for the rule."""
    book = rulebook(NUMBER, [{"when": ["b"], "then": {"o": "param.two"}}], otherwise={"o": "param.two"})
    decision = decide(book)
    assert decision.outcomes["o"].value == 2
    assert decision.missing == ()


def test_otherwise_changes_with_its_parameter() -> None:
    """A parameter that only `otherwise` reads has the value of the day."""
    book = rulebook(NUMBER, [{"when": ["b"], "then": {"o": 1}}], otherwise={"o": "param.dated"})
    assert [decide(book, on=day, b=False).outcomes["o"].value for day in (date(2013, 12, 31), date(2014, 1, 1))] == [
        2,
        5,
    ]


def test_a_fact_is_one_on_all_judged_days() -> None:
    """Rules judged on unlike days read one and the same fact, so that between them they may settle an answer."""
    book = rulebook(
        BOOLEAN,
        [{"when": ["b"], "judged_on": "dj", "then": {"o": True}}, {"when": [{"not": "b"}], "then": {"o": True}}],
    )
    assert decide(book, dj="2012-01-01").outcomes["o"].value is True


def test_a_fact_of_the_day_is_another_one_on_another_day() -> None:
    """A fact of the day is not known on another judged day, also where an official's assessment is recorded in it."""
    for part in ({"when": ["today"]}, {"needs_judgement": "today"}):
        rules = [part | {"judged_on": "dj", "then": {"o": True}}, {"when": [{"not": "today"}], "then": {"o": True}}]
        book = rulebook(BOOLEAN, rules)
        assert decide(book, dj="2012-01-01", today=True).outcomes["o"].status == "unknown"
        assert decide(book, dj="2012-01-01").outcomes["o"].status == "unknown"
        assert decide(book, dj=ON.isoformat(), today=True).outcomes["o"].value is True


def test_a_recorded_assessment_is_the_fact_that_conditions_read() -> None:
    """The fact of `needs_judgement` is the same as in a test, so that its two values may settle an answer."""
    rules = [{"needs_judgement": "today", "then": {"o": True}}, {"when": [{"not": "today"}], "then": {"o": True}}]
    assert decide(rulebook(BOOLEAN, rules)).outcomes["o"].value is True


def test_two_values_conflict_beside_a_third_that_coincides() -> None:
    """Rules that surely say different things conflict, also where a computed value happens to be one of theirs."""
    rules = [{"then": {"o": "param.two"}}, {"then": {"o": "param.five"}}, {"when": ["b"], "then": {"o": "n"}}]
    book = rulebook(NUMBER, rules)
    assert decide(book, b=True, n=2).outcomes["o"].status == "conflict"
    assert decide(book).outcomes["o"].status == "conflict"


def test_what_sets_of_several_days_share_is_kept() -> None:
    """With an unknown judged day the words that every day gives are sure, and those that none gives are out."""
    words = {"o": {"type": "set", "words": ["low", "middle", "high"]}}
    rules = [
        {"then": {"o": ["low"]}},
        {"in_force": {"from": "2010-01-01"}, "then": {"o": ["middle"]}},
        {"when": [{"not": "b"}], "then": {"o": ["high"]}},
    ]
    outcome = decide(rulebook(words, rules, judged_on="dj"), b=True).outcomes["o"]
    assert (outcome.status, outcome.value, outcome.possible) == ("known", {"low"}, {"middle"})


def test_the_kinds_of_an_item_are_closed() -> None:
    """A field that must have one of a few words settles an answer that all of them give."""
    kinds = ["activation_plan", "joint_plan", "client_plan", "employment_plan"]
    require = [{"any": [f"plan.kind == {kind}" for kind in kinds] + ["plan.kind is none"]}]
    book = rulebook({}, [{"each": "plan", "requirement": "r", "require": require}])
    finding = book.decide({"id": "x", "plans": [{}]}, ON).findings[0]
    assert finding.status == "met"


def test_one_set_settles_what_its_words_settle_together() -> None:
    """A set of which two words are open settles an answer alone, and the decision says so."""
    require = [{"any": ["client in plan.present", "kela in plan.present"]}]
    book = rulebook({}, [{"each": "plan", "requirement": "r", "require": require}])
    (missing,) = book.decide({"id": "x", "plans": [{"id": "p"}]}, ON).missing
    assert (missing.fact, missing.settles) == ("plan.present", ("r@plans:p",))


@pytest.mark.parametrize("source", [None, 1, [], ["x"], Angry()])
def test_what_is_no_record_is_refused(source: Any) -> None:
    """Anything that is no record, or whose own code fails, is refused without a word of what it raised."""
    with pytest.raises(RecordError) as refused:
        rulebook(BOOLEAN, [{"then": {"o": True}}]).decide(source, ON)
    assert "secret" not in "".join(traceback.format_exception(refused.value))


def test_a_wrong_word_is_never_written_out() -> None:
    """A wrong word of a set is deep or large as it may be: pydantic does not write it out behind our back."""
    deep: Any = "secret"
    for _ in range(3000):
        deep = [deep]
    heard: list[Any] = []
    hook, sys.unraisablehook = sys.unraisablehook, heard.append
    try:
        with pytest.raises(RecordError):
            rulebook(BOOLEAN, [{"then": {"o": True}}]).decide({"id": "x", "plans": [{"present": [deep]}]}, ON)
    finally:
        sys.unraisablehook = hook
    assert heard == []
