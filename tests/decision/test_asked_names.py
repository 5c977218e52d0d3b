"""What can be asked by name, what is asked facts for where nothing is named, and which names are hinted at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules import RecordError, Rulebook, RulebookError, UnknownName

ROOT = Path(__file__).parents[2]
DAY = "2014-05-05"
FINLAND = aava_rules.load("finland", plugins=False)
AAVA = aava_rules.load("aava", plugins=False)
A_17 = (ROOT / "examples" / "records" / "a-17.json").read_bytes()
PERIOD = {"id": "a", "periods": [{"kind": "rehabilitative_work", "start": "2014-03-03", "days_per_week": 5}]}


def answered(rulebook: Rulebook, record: Any, only: list[str] | str) -> set[str]:
    decision = rulebook.decide(record, on=DAY, only=only)
    return set(decision.outcomes) | {f"requirement:{finding.requirement}" for finding in decision.findings}


def test_a_ruleset_is_asked_by_its_name() -> None:
    """The name of a ruleset asks all that its rules answer, and nothing else."""
    (limits,) = [ruleset for ruleset in FINLAND._parts.rulesets if ruleset.name == "period_limits"]
    required = {f"requirement:{rule.name}" for rule in limits.rules if rule.kind == "require"}
    assert answered(FINLAND, PERIOD, ["period_limits"]) == required
    assert answered(FINLAND, PERIOD, "ruleset:period_limits") == required


def test_a_rule_is_asked_by_its_id() -> None:
    """The id of a rule asks what the rule answers; several rules and names are asked together."""
    assert answered(FINLAND, PERIOD, ["PL-40"]) == {"requirement:days_per_week_max"}
    assert answered(FINLAND, PERIOD, ["rule:TG-22"]) == {"target_group", "target_group_grounds"}
    assert answered(FINLAND, PERIOD, ["PL-40", "plan_initiator"]) == {"requirement:days_per_week_max", "plan_initiator"}


def test_a_name_of_an_answer_comes_before_that_of_a_ruleset() -> None:
    """`target_group` is the outcome, as it always was; the ruleset of that name is asked with its kind before it."""
    assert answered(FINLAND, PERIOD, ["target_group"]) == {"target_group"}
    assert answered(FINLAND, PERIOD, ["ruleset:target_group"]) == {
        "target_group", "target_group_grounds", "integration_plan_first",
    }  # fmt: skip


def test_rulesets_and_rules_give_the_answers_that_names_give() -> None:
    """Asked by ruleset, by rule or by name, alone, in tables and many at once, the answers are the same."""
    by_name = FINLAND.decide(PERIOD, on=DAY, only=["days_per_week_max"])
    by_rule = FINLAND.decide(PERIOD, on=DAY, only=["PL-40"])
    assert by_rule.to_json() == by_name.to_json()
    (many,) = FINLAND.decide_many([PERIOD], on=DAY, only=["PL-40"])
    assert isinstance(many, aava_rules.Decision) and many.to_json() == by_name.to_json()
    pl = pytest.importorskip("polars")
    table = FINLAND.decide_table(pl.DataFrame({"id": ["a"]}), on=DAY, only=["rule:TG-22"])
    assert table.outcomes.columns == ["id", "target_group", "target_group_status", *table.outcomes.columns[3:]]
    assert "target_group_grounds" in table.outcomes.columns


@pytest.mark.parametrize(
    ("name", "hint"),
    [("period_limit", "period_limits"), ("targetgroup", "target_group"), ("Kuuluu kohderyhmään", "target_group"),
     ("hör till målgruppen", "target_group")],
)  # fmt: skip
def test_a_wrong_name_tells_the_nearest_answer_ruleset_or_rule(name: str, hint: str) -> None:
    """The hint knows rulesets, rules and titles in three languages too."""
    with pytest.raises(UnknownName) as caught:
        FINLAND.decide(PERIOD, on=DAY, only=[name])
    assert f"Did you mean {hint}?" in str(caught.value)


@pytest.mark.parametrize("name", ["age", "subsidy_days", "plan.made_on", "period.kind"])
def test_what_a_record_gives_is_told_as_such(name: str) -> None:
    """A fact or a field has no answer: the error says so, in place of the nearest answer."""
    with pytest.raises(UnknownName) as caught:
        FINLAND.decide(PERIOD, on=DAY, only=[name])
    given = "It is given in the record. Name an outcome, a requirement or a step, or a ruleset or rule."
    assert str(caught.value) == f"Rulebook finland answers nothing named {name!r}. {given}"


def test_an_ordinary_client_is_asked_few_things() -> None:
    """Without `only`, facts are listed for the rulebook's default questions: no refusal, no money, no early start."""
    for rulebook, most in ((FINLAND, 4), (AAVA, 6)):
        decision = rulebook.decide(A_17, on=DAY)
        assert len(decision.missing) == most
        assert len(decision.missing_for()) > 30
        asked = set(rulebook.questions)
        for missing in decision.missing:
            names = {name.partition("@")[0] for name in missing.affects}
            assert all(not {name, f"requirement:{name}", f"step:{name}"}.isdisjoint(asked) for name in names)
        assert decision.missing == rulebook.decide(A_17, on=DAY, only=rulebook.questions).missing


def test_all_that_could_change_an_answer_can_still_be_asked() -> None:
    """What default questions leave out is told by `missing_for`, of all answers or of some."""
    decision = FINLAND.decide(A_17, on=DAY)
    every = [name.name for kind in (FINLAND.outcomes, FINLAND.requirements, FINLAND.steps) for name in kind.values()]
    asked = [name for name in every if name in FINLAND._book.answer_names]
    assert decision.missing_for() == FINLAND.decide(A_17, on=DAY, only=asked).missing
    assert decision.missing_for("compensation") == FINLAND.decide(A_17, on=DAY, only=["compensation"]).missing
    assert decision.missing_for(["money"]) == FINLAND.decide(A_17, on=DAY, only=["money"]).missing
    assert {missing.fact for missing in decision.missing} < {missing.fact for missing in decision.missing_for()}
    with pytest.raises(UnknownName, match="Did you mean compensation"):
        decision.missing_for("compensatoin")


def test_what_is_asked_by_name_is_asked_facts_for() -> None:
    """Default questions count only where nothing is named: who asks for compensation is told what it needs."""
    decision = FINLAND.decide(A_17, on=DAY, only=["compensation"])
    assert decision.missing and decision.missing == decision.missing_for()


def test_default_questions_change_no_answer() -> None:
    """Every answer is given, with its status, as before; only what is listed to be asked is fewer."""
    decision = FINLAND.decide(A_17, on=DAY)
    assert decision.outcomes["compensation"].status == "unknown"
    assert "facts_missing" in decision.outcomes["compensation"].reasons
    assert (
        decision.outcomes["compensation"]
        == FINLAND.decide(A_17, on=DAY, only=["compensation"]).outcomes["compensation"]
    )


HEAD = """\
rulebook: {name}
version: "1"
title: {{fi: a, sv: a, en: a}}
weight: local
"""
VOCABULARY = """\
facts:
  wet: {type: boolean, title: {fi: märkä, sv: våt, en: wet}}
  cold: {type: boolean, title: {fi: kylmä, sv: kall, en: cold}}
outcomes:
  rain: {type: boolean, title: {fi: sade, sv: regn, en: rain}}
  frost: {type: boolean, title: {fi: halla, sv: frost, en: frost}}
"""
RULES = """\
ruleset: weather
title: {fi: sää, sv: väder, en: weather}
decides: [rain, frost]
otherwise: {rain: false, frost: false}
rules:
  - id: WE-1
    title: {fi: sade, sv: regn, en: rain}
    when: wet
    then: {rain: true}
    cite: book.1
    status: verified
  - id: WE-2
    title: {fi: halla, sv: frost, en: frost}
    when: cold
    then: {frost: true}
    cite: book.1
    status: verified
"""

Make = Callable[[str], Rulebook]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A small rulebook, with some lines added to its rulebook.yaml."""

    def making(more: str) -> Rulebook:
        folder = tmp_path / "small"
        (folder / "weather").mkdir(parents=True)
        (folder / "rulebook.yaml").write_text(HEAD.format(name="small") + more, encoding="utf-8")
        (folder / "vocabulary.yaml").write_text(VOCABULARY, encoding="utf-8")
        (folder / "sources.yaml").write_text("book: {title: {fi: a, sv: a, en: a}}\n", encoding="utf-8")
        (folder / "weather" / "rules.yaml").write_text(RULES, encoding="utf-8")
        return aava_rules.load(folder, plugins=False)

    return making


def test_a_rulebook_without_questions_asks_for_everything(make: Make) -> None:
    """Where no rulebook of the stack says otherwise, every answer counts, as before."""
    rulebook = make("")
    assert rulebook.questions == ("frost", "rain")
    assert {missing.fact for missing in rulebook.decide({"id": "a"}).missing} == {"wet", "cold"}


def test_questions_are_outcomes_or_rulesets(make: Make) -> None:
    """A rulebook lists what is asked by default by the name of an answer or of a ruleset."""
    rulebook = make("questions: [rain]\n")
    assert rulebook.questions == ("rain",)
    assert [missing.fact for missing in rulebook.decide({"id": "a"}).missing] == ["wet"]
    assert [missing.fact for missing in rulebook.decide({"id": "a"}, only=["frost"]).missing] == ["cold"]


def test_a_question_that_nothing_answers_is_a_fault(make: Make) -> None:
    """A name that nobody knows is told with its line and the nearest name."""
    with pytest.raises(RulebookError) as caught:
        make("questions:\n  - rain\n  - wether\n")
    (fault,) = caught.value.faults
    assert (fault.code, fault.place.split(":")[1]) == ("AR011", "7")
    assert fault.what == "nothing that rules answer is named wether" and fault.hint == "Did you mean weather?"


def test_a_layer_on_top_adds_its_own_answers() -> None:
    """A rulebook that says nothing of questions is asked for all that its own rules answer, beside those below it."""
    own = {f"step:{rule.name}" for ruleset in AAVA._parts.rulesets if ruleset.rulebook == "aava"
           for rule in ruleset.rules if rule.kind == "suggest"}  # fmt: skip
    assert own and own <= set(AAVA.questions)
    assert set(FINLAND.questions) <= set(AAVA.questions)
    assert "compensation" not in AAVA.questions


# -- hints for keys that are titles


def faults(record: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(RecordError) as caught:
        FINLAND.decide(record, on=DAY)
    return {fault.place: fault.hint for fault in caught.value.faults}


def test_a_title_where_a_name_should_stand_tells_the_name() -> None:
    """Titles of facts and fields in three languages lead to their names, whatever their capitals and accents."""
    title = FINLAND.fields["period.days_per_week"].title
    assert faults({"id": "a", "facts": {"ikä": 40, "Ålder": 40, "tyoton": True}}) == {
        "facts key 1": "Did you mean age?", "facts key 2": "Did you mean age?",
        "facts key 3": "Did you mean unemployed?",
    }  # fmt: skip
    found = faults({"id": "a", "periods": [{title("sv"): 4, title("fi").upper(): 4}]})
    assert set(found.values()) == {"Did you mean days_per_week?"}


def test_a_key_that_is_no_title_is_not_compared() -> None:
    """A key that only resembles a title may be anything, so nothing is said of it."""
    (hint,) = faults({"id": "a", "facts": {"ikä Virtanen": 40}}).values()
    assert hint == "The key is not repeated here."


def test_a_number_as_an_id_tells_how_to_write_it() -> None:
    """An id that is a number is refused with what to do."""
    assert faults({"id": 1}) == {"id": "Write it as a text: str(...) in Python, in quotes in JSON."}


def test_a_heading_that_is_a_title_tells_the_column() -> None:
    """Tables know titles too."""
    pl = pytest.importorskip("polars")
    with pytest.raises(RecordError) as caught:
        FINLAND.decide_table(pl.DataFrame({"id": ["a"], "ikä": [40]}), on=DAY)
    assert [fault.hint for fault in caught.value.faults] == ["Did you mean age?"]
