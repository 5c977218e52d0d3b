"""Answers as values: equality, hashing, copies, pickles, and what was written down, before and after they are used."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules import Decision, Rulebook, UnknownName
from aava_rules.compiler import compile as compiling
from aava_rules.decision.decision import inside

RECORDS = Path(__file__).parents[1] / "examples" / "records"
DAY = "2015-09-15"
FINLAND = aava_rules.load("finland", plugins=False)
AAVA = aava_rules.load("aava", plugins=False)
MODULE = "aava_rules"


def decided(rulebook: Rulebook = AAVA, name: str = "a-17", **asked: Any) -> Decision:
    return rulebook.decide((RECORDS / f"{name}.json").read_bytes(), on=DAY, **asked)


def used(decision: Decision) -> Decision:
    """The decision after everything of it was looked at."""
    decision.to_json()
    decision.explain("target_group", "sv").text()
    decision.for_audience("client").to_json()
    return decision


def values_of(decision: Decision) -> list[Any]:
    """Every kind of value that a decision hands out."""
    some = [
        *decision.outcomes.values(), *decision.findings, *decision.next_steps, *decision.missing, *decision.notices,
        *decision.cautions, *decision.outcomes["target_group"].citations, decision.explain("target_group"),
    ]  # fmt: skip
    return [decision, *some, decision.record]


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("before", [decided, lambda: used(decided())], ids=["fresh", "used"])
def test_a_copy_of_a_value_is_equal_and_says_the_same(
    copied: Callable[[Any], Any], before: Callable[[], Decision]
) -> None:
    """Decisions and all that they hand out can be copied and pickled, and the copies are equal and hash alike."""
    for value in values_of(before()):
        other = copied(value)
        assert type(other) is type(value)
        assert other == value
        if not isinstance(value, aava_rules.Record):
            assert hash(other) == hash(value)
            if hasattr(value, "to_dict"):
                assert other.to_dict() == value.to_dict()


def test_a_pickled_decision_answers_everything_in_the_same_bytes() -> None:
    """Texts, explanations and other audiences are worked out of a pickle as of the decision itself."""
    decision = decided()
    other = pickle.loads(pickle.dumps(decision))
    assert other.to_json() == decision.to_json()
    assert other.to_json(audience="client") == decision.to_json(audience="client")
    assert other.explain("target_group", "en").text() == decision.explain("target_group", "en").text()
    client = pickle.loads(pickle.dumps(decision.for_audience("client")))
    assert client.audience == "client" and client != decision


def test_a_pickle_works_in_a_process_that_has_not_loaded_the_rulebook() -> None:
    """Rulebooks go to other processes and decisions come back whole."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        records = [(RECORDS / f"{name}.json").read_bytes() for name in ("a-17", "follow-up-call")]
        answered = list(pool.map(partial(FINLAND.decide, on=DAY), records))
    assert answered == [FINLAND.decide(record, on=DAY) for record in records]
    assert answered[0].to_json() == FINLAND.decide(records[0], on=DAY).to_json()


def test_the_rules_of_many_pickles_are_there_once() -> None:
    """However many decisions are read from pickles, a process compiles their rules once and shares them."""
    one, other = (pickle.loads(pickle.dumps(decided())) for _ in range(2))
    assert inside(one).inquiry.book is inside(other).inquiry.book is AAVA._book


def test_a_pickle_of_another_version_of_the_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version may answer otherwise, so nothing is answered, and it is said what to do."""
    pickled = pickle.dumps(decided(FINLAND))
    monkeypatch.setattr(compiling, "VERSION", "99.0")
    with pytest.raises(aava_rules.AavaRulesError, match=r"read by 99\.0.*decide again.*to_json"):
        pickle.loads(pickled)


def test_a_secret_of_the_host_leaves_in_no_pickle() -> None:
    """A rulebook with a key is not pickled; its decisions are, with the keys of their items and without the secret."""
    secret = b"a secret of sixteen bytes or more"
    keyed = aava_rules.load("finland", plugins=False, key=secret)
    with pytest.raises(TypeError, match="key"):
        pickle.dumps(keyed)
    decision = decided(keyed, "five-days-a-week-2015")
    pickled = pickle.dumps(decision)
    assert secret not in pickled
    other = pickle.loads(pickled)
    assert other == decision and other.to_json() == decision.to_json()


def test_decisions_with_other_keys_of_items_are_not_equal() -> None:
    """Findings of items without an id are named otherwise with another secret, so the decisions differ."""
    record = {"id": "a", "periods": [{"kind": "rehabilitative_work", "start": "2015-08-03", "days_per_week": 5}]}
    plain, keyed = FINLAND, aava_rules.load("finland", plugins=False, key=b"a secret of sixteen bytes or more")
    assert plain.decide(record, on=DAY) != keyed.decide(record, on=DAY)


def test_a_rulebook_with_plugins_of_the_host_is_not_pickled() -> None:
    """Another process would decide without the host's audit log; one with the installed plugins finds its own."""

    class Listener:
        @aava_rules.hookimpl
        def decided(self, decision: Any) -> None: ...

    with pytest.raises(TypeError, match="plugins of your own"):
        pickle.dumps(aava_rules.load("finland", plugins=[Listener()]))
    installed = aava_rules.load("finland")
    assert pickle.loads(pickle.dumps(installed)).plugins is not None
    assert pickle.loads(pickle.dumps(FINLAND)).plugins is None


def test_what_differs_is_not_equal() -> None:
    """Another day, record, choice of names or rulebook makes another decision, and other answers where they differ."""
    decision = decided()
    others = [
        AAVA.decide((RECORDS / "a-17.json").read_bytes(), on="2015-09-16"), decided(name="follow-up-call"),
        decided(only=["target_group"]), decided(FINLAND), decision.for_audience("client"),
    ]  # fmt: skip
    assert all(other != decision for other in others)
    assert len({decision, *others, decided()}) == 6
    assert decided().outcomes["target_group"] == decision.outcomes["target_group"]
    assert decision.outcomes["target_group"] == decided(only=["target_group"]).outcomes["target_group"]
    assert decision.outcomes["target_group"] != others[1].outcomes["target_group"]
    assert decision.outcomes["target_group"] != decision.findings[0] and decision != "a decision"


def test_copies_of_a_look_ahead_are_equal_and_say_the_same() -> None:
    """A look ahead, its changes and their answers are copied and pickled, before and after they are looked at."""
    record = json.loads((RECORDS / "five-days-a-week-2015.json").read_bytes())
    record["periods"][0]["attended_on"] = ["2015-09-14"]
    for used_before in (False, True):
        ahead = AAVA.look_ahead(record, on=DAY, assume={"attendance": 4})
        if used_before:
            ahead.to_json()
        for copied in COPIES.values():
            other = copied(ahead)
            assert type(other) is type(ahead) and other == ahead and hash(other) == hash(ahead)
            assert other.to_json() == ahead.to_json()
            assert other.decision(ahead.until) == ahead.decision(ahead.until)
            changes, copies = list(ahead), copied(list(ahead))
            assert copies == changes and list(map(hash, copies)) == list(map(hash, changes))
            assert [change.text("sv") for change in copies] == [change.text("sv") for change in changes]
            answers = [change.answer for change in ahead if change.answer is not None]
            assert answers and copied(answers) == answers
    assert len(set(ahead)) == len(ahead) > 1 and ahead[0] != ahead[1] and ahead[0] != "a change"
    assert ahead != AAVA.look_ahead(record, on=DAY) and ahead != list(ahead)
    assert ahead[0] != AAVA.look_ahead(record, on=DAY)[0] and ahead == AAVA.look_ahead(
        record, DAY, assume={"attendance": 4}
    )


def test_a_look_ahead_keeps_the_secret_of_the_host() -> None:
    """The pickle of a look ahead has the keys of its items, and not the secret that they follow from."""
    secret = b"a secret of sixteen bytes or more"
    keyed = aava_rules.load("finland", plugins=False, key=secret)
    record = {"id": "a", "periods": [{"kind": "rehabilitative_work", "start": "2015-08-03", "days_per_week": 5}]}
    ahead = keyed.look_ahead(record, on=DAY, until="2016-12-31")
    pickled = pickle.dumps(ahead)
    assert secret not in pickled and pickle.loads(pickled) == ahead
    assert pickle.loads(pickled).to_json() == ahead.to_json()
    assert ahead != FINLAND.look_ahead(record, on=DAY, until="2016-12-31")


def test_other_answers_of_a_rulebook_are_copied() -> None:
    """Months, checklists, counts and due items are values; a comparison goes on in a copy where it stands."""
    record = json.loads((RECORDS / "five-days-a-week-2015.json").read_bytes())
    answers = [
        AAVA.months(record, "2015-08", "2015-09", on=DAY), AAVA.checklist("activation_plan", on=DAY, record=record),
        AAVA.counts([record], on=DAY), AAVA.due(record, on=DAY), aava_rules.run_cases("finland"),
    ]  # fmt: skip
    for answer in answers:
        for copied in COPIES.values():
            assert copied(answer) == answer
    refused = [{"id": "b", "client": 1}, record]
    for compared in ({"other": FINLAND}, {"until": "2016-09-15"}):
        expected = AAVA.compare(records=refused, on=DAY, **compared).to_dict()
        for copied in COPIES.values():
            comparison = AAVA.compare(records=refused, on=DAY, **compared)
            fresh = copied(comparison)
            assert fresh.to_dict() == expected
        next(iter(comparison))
        used_once = pickle.loads(pickle.dumps(comparison))
        assert used_once.to_dict() == comparison.to_dict()


def test_what_was_written_down_is_read_back_whole() -> None:
    """`Decision.from_dict` gives back what `to_dict` gave, as typed answers, and works nothing out."""
    decision = decided(name="five-days-a-week-2015")
    stored = Decision.from_dict(json.loads(decision.to_json()))
    assert stored.to_dict() == decision.to_dict() and stored.to_json() == decision.to_json()
    assert (stored.record_id, stored.on, stored.engine) == (decision.record_id, decision.on, decision.engine)
    assert stored.rulebook == json.loads(json.dumps(decision.rulebook))
    assert list(stored.outcomes) == sorted(decision.outcomes)
    for name, outcome in decision.outcomes.items():
        written = stored.outcomes[name]
        assert (written.name, written.status, written.reasons, written.by, written.given, written.possible) == (
            outcome.name, outcome.status, outcome.reasons, outcome.by, outcome.given, outcome.possible
        )  # fmt: skip
        assert written.citations == outcome.citations
        assert (written.title("sv"), written.message("en")) == (outcome.title("sv"), outcome.message("en"))
        if isinstance(outcome.value, (bool, int, str, frozenset)):
            assert written.value == outcome.value
    for written, finding in zip(stored.findings, decision.findings, strict=True):
        for part in ("key", "requirement", "status", "weight", "rulebook", "where", "reasons", "by", "citations"):
            assert getattr(written, part) == getattr(finding, part), part
    for written, step in zip(stored.next_steps, decision.next_steps, strict=True):
        for part in ("step", "due", "overdue", "weight", "rulebook", "where", "by", "citations"):
            assert getattr(written, part) == getattr(step, part), part
    assert (stored.missing, stored.notices, stored.cautions) == (decision.missing, decision.notices, decision.cautions)
    assert pickle.loads(pickle.dumps(stored)) == stored == copy.deepcopy(stored) and hash(stored)
    assert stored.outcomes["target_group"] == pickle.loads(pickle.dumps(stored.outcomes["target_group"]))


def test_what_was_written_down_tells_its_cautions() -> None:
    """The text of a written answer has the cautions of its decision that concern it, and no others."""
    decision = FINLAND.decide((RECORDS / "judged-in-2026.json").read_bytes(), on="2026-11-30", only=["target_group"])
    stored = Decision.from_dict(decision.to_dict())
    assert stored.outcomes["target_group"].text("en") == decision.outcomes["target_group"].text("en")
    assert stored.outcomes["target_group"].value is aava_rules.UNKNOWN


def test_a_short_form_is_read_when_it_is_made_whole() -> None:
    """The short form says so; expanded, it is read, with the texts that it has."""
    short = decided().to_dict(detail="short", languages=["sv"])
    with pytest.raises(ValueError, match=r"short form.*expanded"):
        Decision.from_dict(short)
    stored = Decision.from_dict(aava_rules.expanded(short))
    assert stored.outcomes["target_group"].message("sv") == decided().outcomes["target_group"].message("sv")
    with pytest.raises(ValueError, match="The text is in sv"):
        stored.outcomes["target_group"].message("fi")


@pytest.mark.parametrize(
    "wrong",
    [{}, {"on": "2015-09-15"}, "lists", "outcomes", "on", "cautions"],
)
def test_what_is_no_decision_is_refused(wrong: Any) -> None:
    """A form that lacks a part, or has another thing in its place, is refused when it is read, not when it is used."""
    form = decided(FINLAND).to_dict()
    if wrong == "lists":
        form["findings"] = [{"key": "a"}]
    elif isinstance(wrong, str):
        form[wrong] = ["a"]
    else:
        form = wrong
    with pytest.raises(ValueError, match="no decision in the full form"):
        Decision.from_dict(form)


def test_a_name_that_is_not_there_tells_the_nearest() -> None:
    """Outcomes and the names of a rulebook can be looked up as in any mapping; the error names what was meant."""
    decision = decided(only=["target_group"])
    with pytest.raises(UnknownName, match=r"There is no outcome 'targetgroup'\. Did you mean target_group\?"):
        decision.outcomes["targetgroup"]
    with pytest.raises(KeyError, match="plan_initiator was not asked; add it to `only`"):
        decision.outcomes["plan_initiator"]
    with pytest.raises(UnknownName, match=r"no outcome .days_per_week_max.*is a requirement: see `findings`"):
        decision.outcomes["days_per_week_max"]
    with pytest.raises(UnknownName, match=r"no outcome .absence_contact.*is a step: see `next_steps`"):
        decision.outcomes["absence_contact"]
    with pytest.raises(UnknownName, match=r"Did you mean days_per_week_max\? It is a requirement: see `findings`"):
        decision.outcomes["days_per_week_mx"]
    assert "targetgroup" not in decision.outcomes and decision.outcomes.get("targetgroup") is None
    with pytest.raises(UnknownName, match="Did you mean age"):
        FINLAND.facts["aeg"]
    with pytest.raises(UnknownName, match="Did you mean age"):
        FINLAND.facts["ikä"]
    stored = Decision.from_dict(decision.to_dict())
    with pytest.raises(UnknownName, match="Did you mean target_group"):
        stored.outcomes["targetgroup"]


def test_texts_are_asked_for_in_one_way() -> None:
    """Whatever has a text takes a language, and refuses one that there is none in by naming those that there are."""
    decision = decided(name="five-days-a-week-2015")
    outcome = decision.outcomes["target_group"]
    asked: list[Callable[[str], str]] = [
        outcome.text, outcome.title, outcome.message, decision.findings[0].text, decision.missing[0].text,
        decision.cautions[0].text, decision.findings[0].citations[0].text, decision.findings[0].citations[0].title,
        AAVA.title, AAVA.facts["age"].title, decision.explain("target_group").text,
    ]  # fmt: skip
    for text in asked:
        assert text("sv") and isinstance(text("sv"), str)
        with pytest.raises(ValueError, match=r"in fi, sv, en\."):
            text("swe")
    assert decision.findings[0].citations[0].text["fi"] == decision.findings[0].citations[0].text("fi")


def test_other_values_are_read_back_from_what_they_wrote() -> None:
    """Each value with `to_dict` has a `from_dict`, and the two are one another's reverse."""
    decision = used(decided(name="five-days-a-week-2015"))
    values = [
        *decision.missing, *decision.notices, *decision.cautions, *decision.findings[0].citations,
        decision.explain("days_per_week_max"), *AAVA.names,
    ]  # fmt: skip
    for value in values:
        form = json.loads(json.dumps(value.to_dict()))
        assert type(value).from_dict(form) == value
        assert type(value).from_dict(form).to_dict() == form


def test_a_decision_that_shows_some_findings_shows_the_same_to_everybody() -> None:
    """Which findings are shown stays so for another audience, in JSON, in copies and in pickles; it is told apart."""
    decision = decided()
    met = decision.with_findings(lambda finding: finding.status == "met")
    assert 0 < len(met.findings) < len(decision.findings)
    keys = [finding.key for finding in met.findings]
    for same in (met.for_audience("client"), *[copied(met) for copied in COPIES.values()]):
        assert [finding.key for finding in same.findings] == keys
    assert [entry["key"] for entry in met.to_dict("client")["findings"]] == keys
    assert [entry["key"] for entry in json.loads(met.to_json(audience="client"))["findings"]] == keys
    narrower = met.with_findings(lambda finding: finding.key == keys[-1])
    assert [finding.key for finding in narrower.findings] == keys[-1:]
    assert met != decision and met == decision.with_findings(lambda finding: finding.status == "met")
    assert met.to_dict()["next_steps"] == decision.to_dict()["next_steps"]


def test_unknown_is_one_value() -> None:
    """UNKNOWN stays the one that it is through copies and pickles, and is neither true nor false."""
    unknown = aava_rules.UNKNOWN
    for copied in COPIES.values():
        assert copied(unknown) is unknown and copied(aava_rules.NONE) is aava_rules.NONE
    assert isinstance(unknown, aava_rules.Unknown) and repr(unknown) == str(unknown) == "UNKNOWN"
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(unknown)


def test_a_public_class_is_pickled_under_its_public_name() -> None:
    """Classes that are imported when they are first used go by the name of the package, too."""
    decision = decided()
    for value in (decision.cautions[0], decision.explain("target_group"), *AAVA.facts.values(), decision.missing[0]):
        assert type(value).__module__ == MODULE
        assert getattr(aava_rules, type(value).__name__) is type(value)
    assert date.fromisoformat(DAY) == decision.on
