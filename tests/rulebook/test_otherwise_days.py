"""An answer by default must not depend on a judged day that its rules do not share; any other value is admitted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import aava_rules
from aava_rules.language.errors import RulebookError

T = "title: {fi: x, sv: x, en: x}"
VOCABULARY = f"""
facts:
  n: {{type: integer, unit: years, {T}}}
  today: {{type: integer, unit: years, of_the_day: true, {T}}}
  granted: {{type: boolean, {T}}}
  granted_on: {{type: date, {T}}}
  other_on: {{type: date, {T}}}
  over: {{type: boolean, value: "n > param.dated", {T}}}
  period.long: {{type: boolean, value: "period.days_per_week >= param.week", {T}}}
  longs: {{type: integer, unit: count, count: period, where: [period.long], {T}}}
outcomes:
  limit: {{type: integer, unit: years, {T}}}
  number: {{type: integer, unit: count, {T}}}
"""
PARAMETERS = f"""
dated: {{{T}, type: integer, unit: years, values: {{2001-01-01: {{value: 18, cite: book, status: verified}}, 2010-01-01: {{value: 20, cite: book, status: verified}}}}}}
fixed: {{{T}, type: integer, unit: years, values: {{always: {{value: 18, cite: book, status: verified}}}}}}
week: {{{T}, type: integer, unit: days/week, values: {{2001-01-01: {{value: 2, cite: book, status: verified}}}}}}
"""


def load(folder: Path, outcome: str, value: str, second: str = "", third: str = "") -> aava_rules.Rulebook:
    """A rulebook whose first rule is judged on a day of the record, and the second one on that of decision."""
    (folder / "own" / "r").mkdir(parents=True)
    rules = f"""
ruleset: r
{T}
decides: [{outcome}]
otherwise: {{{outcome}: "{value}"}}
rules:
  - {{id: R-1, {T}, in_force: {{from: 2001-01-01}}, judged_on: granted_on, when: [granted], then: {{{outcome}: 1}}, cite: book}}
  - {{id: R-2, {T}, in_force: {{from: 2001-01-01}}, {second} when: [n > 1], then: {{{outcome}: 1}}, cite: book}}
{third}"""
    files = {
        "rulebook.yaml": f'rulebook: own\nversion: "1"\n{T}\nweight: law\n',
        "sources.yaml": f"book: {{{T}}}\n",
        "parameters.yaml": PARAMETERS,
        "vocabulary.yaml": VOCABULARY,
        "r/rules.yaml": rules,
    }
    for name, text in files.items():
        (folder / "own" / name).write_text(text, encoding="utf-8")
    return aava_rules.load(folder / "own", plugins=False)


@pytest.mark.parametrize(
    ("outcome", "value", "answer"),
    [
        ("limit", "0", 0),
        ("limit", "n", 1),
        ("limit", "param.fixed", 18),
        ("limit", "value_on(param.dated, decision_date)", 20),
        ("limit", "value_on(param.dated, other_on)", 18),
        ("limit", "max(n, param.fixed)", 18),
    ],
)
def test_values_that_no_judged_day_changes(tmp_path: Path, outcome: str, value: str, answer: int) -> None:
    rulebook = load(tmp_path, outcome, value)
    facts = {"granted": False, "granted_on": "2005-05-05", "n": 1, "other_on": "2003-03-03"}
    decision = rulebook.decide({"id": "R", "facts": facts}, on=date(2020, 1, 1))
    assert decision.outcomes[outcome].value == answer
    polars = pytest.importorskip("polars")
    days = {"granted_on": [date(2005, 5, 5)], "other_on": [date(2003, 3, 3)]}
    table = rulebook.decide_table(
        polars.DataFrame({"id": ["R"], "granted": [False], "n": [1], **days}), on="2020-01-01"
    )
    assert table.outcomes[outcome].to_list() == [answer]


@pytest.mark.parametrize(
    ("outcome", "value"),
    [
        ("limit", "param.dated"),
        ("limit", "today"),
        ("limit", "max(n, param.dated)"),
        ("limit", "max(param.dated, value_on(param.dated, decision_date))"),
        ("number", "longs"),
    ],
)
def test_values_that_a_judged_day_changes(tmp_path: Path, outcome: str, value: str) -> None:
    with pytest.raises(RulebookError) as caught:
        load(tmp_path / "several", outcome, value)
    assert [fault.code for fault in caught.value.faults] == ["AR035"]
    assert "R-1 is judged on granted_on and R-2 is judged on decision_date" in str(caught.value)
    load(tmp_path / "one", outcome, value, second="judged_on: granted_on,")


def test_a_rule_that_overrides_has_a_say(tmp_path: Path) -> None:
    third = f"  - {{id: R-3, {T}, overrides: [R-2], when: [granted], then: {{limit: 1}}, cite: book}}\n"
    load(tmp_path / "alike", "limit", "param.dated", "judged_on: granted_on,")
    with pytest.raises(RulebookError, match="R-3 is judged on decision_date"):
        load(tmp_path / "another", "limit", "param.dated", "judged_on: granted_on,", third)


def test_a_day_that_could_not_be_read_is_told_once(tmp_path: Path) -> None:
    """What follows from a fault is no fault of its own."""
    with pytest.raises(RulebookError) as caught:
        load(tmp_path, "limit", "param.dated", second="judged_on: granted_onn,")
    assert [fault.code for fault in caught.value.faults] == ["AR011"]
