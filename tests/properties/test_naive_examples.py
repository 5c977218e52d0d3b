"""What the naive judge must tell apart, each as small as it can be: faults that were mended stay found."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from library import Place, Rulebook, answers, small, titled
from naive import Answer
from naive_compare import Comparison, Tally, WrongAnswer

ON = date(2015, 7, 1)
CITE = "act-1-2000"


def dated_limit() -> Rulebook:
    """Periods are long from two days a week on, from 2010 only from four on; how many are, then and now."""
    days = {"2001-01-01": 2, "2010-01-01": 4}
    values = {day: {"value": value, "cite": CITE, "status": "verified"} for day, value in days.items()}
    count = {"type": "integer", "unit": "count"}
    common = {"title": titled("x"), "in_force": {"from": "2001-01-01"}, "cite": CITE}
    return small({
        "parameters.yaml": {
            "limit": {"title": titled("x"), "type": "integer", "unit": "days/week", "values": values},
        },
        "vocabulary.yaml": {
            "facts": {
                "begun": {"type": "date", "title": titled("x")},
                "period.long": {
                    "type": "boolean", "title": titled("x"), "value": "period.days_per_week >= param.limit"
                },
                "longs": count | {"title": titled("x"), "count": "period", "where": ["period.long"]},
            },
            "outcomes": {name: count | {"title": titled("x")} for name in ("then", "now")},
        },
        "rules/rules.yaml": {
            "ruleset": "rules", "title": titled("x"), "decides": ["then", "now"],
            "rules": [
                {"id": "R-1", "judged_on": "begun", "then": {"then": "longs"}} | common,
                {"id": "R-2", "then": {"now": "longs"}} | common,
            ],
        },
    })  # fmt: skip


@pytest.mark.parametrize("days", [1, 3, 4])
def test_facts_behind_facts_of_items_are_those_of_the_judged_day(days: int) -> None:
    """A count of items by a fact of theirs which a dated limit decides is one on the judged day and another today."""
    rulebook = dated_limit()
    record = {"id": "x", "facts": {"begun": "2005-05-05"}, "periods": [{"days_per_week": days}]}
    tally = Tally()
    Comparison(rulebook, tally).check(record, ON, {})
    replies = answers(rulebook.decide(record, ON))
    assert (replies[Place("outcome", "then")].value, replies[Place("outcome", "now")].value) == (days >= 2, days >= 4)
    assert (tally.answers, tally.definite, tally.undetermined) == (2, 2, 0)


def test_a_wrong_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the library answered otherwise than a completion, the comparison would fail and name question and record."""
    record: dict[str, Any] = {"id": "x", "facts": {"begun": "2005-05-05"}, "periods": [{"days_per_week": 3}]}
    monkeypatch.setattr("naive_compare.Judge.judge", lambda judge, place: Answer("known", 7))
    with pytest.raises(WrongAnswer, match=r"now on 2015-07-01: Reply.*value=0.*but Answer.*value=7"):
        Comparison(dated_limit(), Tally()).check(record, ON, {})


def test_what_is_assumed_counts_on_the_day_whatever_day_the_facts_are_of() -> None:
    """An assumption of a day that the record cannot state beside facts of another day is one all the same."""
    boolean = {"type": "boolean", "title": titled("x")}
    rulebook = small({
        "vocabulary.yaml": {
            "facts": {
                "n": {"type": "integer", "unit": "count", "title": titled("x")},
                "many": boolean | {"of_the_day": True, "value": "n > 1", "default": True},
            },
            "outcomes": {"so": boolean},
        },
        "rules/rules.yaml": {
            "ruleset": "rules", "title": titled("x"), "decides": ["so"], "otherwise": {"so": False},
            "rules": [{"id": "R-1", "title": titled("x"), "in_force": {"from": "2001-01-01"}, "cite": CITE,
                       "when": ["many"], "then": {"so": True}}],
        },
    })  # fmt: skip
    tally = Tally()
    Comparison(rulebook, tally).check({"id": "x", "facts": {"many": False}, "facts_on": "2015-06-30"}, ON, {})
    assert (tally.answers, tally.definite, tally.undetermined) == (1, 1, 0)
