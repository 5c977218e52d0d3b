"""Steps that turn together are known together, in every engine: by the round that began, and by a row that proves two."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from agreement import Tally, disagreements
from brute import shipped
from test_hard_cases import made

from aava_rules import Decision, Rulebook
from aava_rules.decision.decision import inside
from aava_rules.engine.reference.features import READ_BEFORE_WRITTEN

ON = date(2020, 3, 2)
CONTACT = "follow_up_contact"

VOCABULARY = """
facts:
  returned: {type: date, TITLE, latest: event.on, where: [event.step == follow_up_contact, event.needs_services]}
  talked: {type: boolean, TITLE, value: done(talk)}
  plan.follows: {type: boolean, TITLE, value: plan.made_on >= date_of(meeting)}
steps:
  follow_up_contact: {TITLE}
  meeting: {TITLE}
  talk: {TITLE}
  begun: {TITLE, proof: [{date: period.start, where: [period.kind == introductory]}]}
  going: {TITLE, proof: [{date: period.start, where: [period.kind == introductory]}]}
requirements:
  one_of_two: {each: client, TITLE}
  both_or_none: {each: client, TITLE}
  in_order: {each: client, TITLE}
  since_contact: {each: client, TITLE}
  met_again: {each: client, TITLE}
  only_together: {each: client, TITLE}
  met_before_contact: {each: client, TITLE}
  met_or_returned: {each: client, TITLE}
  talked_or_back: {each: client, TITLE}
  planned_after: {each: plan, TITLE}
"""
RULES = """
rules:
  - {id: R-1, TITLE, requirement: one_of_two, require: [{any: [done(meeting), {not: done(talk)}]}]}
  - id: R-2
    TITLE
    requirement: both_or_none
    require: [{any: [{all: [done(meeting), done(talk)]}, {not: {any: [done(meeting), done(talk)]}}]}]
  - id: R-3
    TITLE
    requirement: in_order
    require: [{any: [date_of(meeting) <= date_of(talk), date_of(talk) is none]}]
  - {id: R-4, TITLE, requirement: since_contact, require: [{any: [done(follow_up_contact), {not: done(meeting)}]}]}
  - {id: R-5, TITLE, requirement: met_again, when: [done(meeting)], require: [date_of(meeting) > date_of(talk)]}
  - {id: R-6, TITLE, requirement: only_together, require: [{any: [done(begun), {not: done(going)}]}]}
  - {id: R-7, TITLE, requirement: met_before_contact, require: [{any: [{not: done(follow_up_contact)}, done(meeting)]}]}
  - {id: R-8, TITLE, requirement: met_or_returned, require: [{any: [done(meeting), {not: returned is none}]}]}
  - {id: R-9, TITLE, requirement: talked_or_back, require: [{any: [talked, returned >= date_of(meeting)]}]}
  - {id: R-10, TITLE, each: plan, requirement: planned_after, require: [{any: [plan.follows, {not: done(meeting)}]}]}
"""
RULES = RULES.replace("\n    TITLE\n", "\n    title: {fi: x, sv: x, en: x}\n    cite: book.1\n")


@pytest.fixture(scope="module")
def rulebook(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return made(tmp_path_factory.mktemp("rounds"), VOCABULARY, RULES)


def found(decision: Decision) -> dict[str, str]:
    return {state.name: state.status for state in inside(decision).states}


def in_all_engines(rulebook: Rulebook, record: dict[str, Any], on: date = ON) -> dict[str, str]:
    """The findings, once it is seen that the engines say the same."""
    assert not list(disagreements(rulebook, on, [record], Tally()))
    return found(rulebook.decide(record, on))


def history(contact: str, *events: tuple[str, str], needed: bool | None = None) -> dict[str, Any]:
    """A client whose contact, on a day, opened another round, or did not, or (None) nobody knows."""
    in_doubt = {"step": CONTACT, "on": contact} | ({} if needed is None else {"needs_services": needed})
    listed = [{"step": step, "on": day} for step, day in events]
    return {"id": "x", "events": [*listed, in_doubt], "plans": [], "periods": []}


def test_steps_of_one_day_are_done_together(rulebook: Rulebook) -> None:
    """Two meetings on one day lie in one round, whichever it is; on two days the contact may lie between them."""
    together = history("2020-02-01", ("meeting", "2020-01-07"), ("talk", "2020-01-07"))
    assert in_all_engines(rulebook, together)["both_or_none"] == "met"
    assert in_all_engines(rulebook, together)["one_of_two"] == "met"
    parted = history("2020-02-01", ("meeting", "2020-01-31"), ("talk", "2020-02-01"))
    assert in_all_engines(rulebook, parted)["both_or_none"] == "unknown"
    assert in_all_engines(rulebook, parted)["one_of_two"] == "unknown"
    assert in_all_engines(rulebook, history("2020-02-01", ("talk", "2020-02-01")))["one_of_two"] == "broken"


def test_the_contact_itself_is_done_where_it_opened_no_round(rulebook: Rulebook) -> None:
    """Whoever met before the contact has had a contact since, or begins anew; on its own day the meeting is in both."""
    before = history("2020-02-01", ("meeting", "2020-01-31"))
    assert in_all_engines(rulebook, before)["since_contact"] == "met"
    assert in_all_engines(rulebook, history("2020-02-01", ("meeting", "2020-02-01")))["since_contact"] == "unknown"


@pytest.mark.parametrize("needs", [None, True, False])
def test_an_event_that_found_a_need_is_no_contact_of_the_current_round(rulebook: Rulebook, needs: bool | None) -> None:
    """Whatever step it was: a contact that found a need belongs to the round before, and no other step is a contact."""
    event: dict[str, Any] = {"on": "2020-02-01"} | ({} if needs is None else {"needs_services": needs})
    meeting = {"step": "meeting", "on": "2020-02-01"}
    record = {"id": "x", "events": [event, meeting], "plans": [], "periods": []}
    assert in_all_engines(rulebook, record)["since_contact"] == ("broken" if needs else "unknown")
    for step in ("client_relationship_starts", "talk", CONTACT):
        named = record | {"events": [event | {"step": step}, meeting]}
        closed = step == CONTACT and needs is not True
        status = "broken" if not closed else "met" if needs is False else "unknown"
        assert in_all_engines(rulebook, named)["since_contact"] == status


def test_an_event_of_no_known_step_began_the_round_or_was_a_contact_in_it(rulebook: Rulebook) -> None:
    """One that may be either is not taken for both at once, in the round that it would have begun."""
    record = {"id": "x", "events": [{"step": "meeting", "on": "2020-01-07"}, {"on": "2020-02-01"}]}
    record |= {"plans": [], "periods": []}
    assert in_all_engines(rulebook, record)["met_before_contact"] == "met"
    assert in_all_engines(rulebook, record)["since_contact"] == "unknown"


def test_what_proves_two_steps_proves_both_or_none(rulebook: Rulebook) -> None:
    """A period of unknown kind leaves both steps open, and not that they go together; an event of one parts them."""
    record = {"id": "x", "events": [], "periods": [{"id": "p", "start": "2020-01-07"}]}
    assert in_all_engines(rulebook, record)["only_together"] == "met"
    event = {"step": "going", "on": "2020-01-07"}
    assert in_all_engines(rulebook, record | {"events": [event]})["only_together"] == "unknown"
    known = {"id": "p", "start": "2020-01-07", "kind": "introductory"}
    assert in_all_engines(rulebook, record | {"events": [event], "periods": [known]})["only_together"] == "met"
    other = known | {"kind": "rehabilitative_work"}
    assert in_all_engines(rulebook, record | {"events": [event], "periods": [other]})["only_together"] == "broken"


def test_what_follows_from_the_contact_turns_with_the_round(rulebook: Rulebook) -> None:
    """Whoever met in the earlier round has met, or has come back; so of facts of the client and of items."""
    record = history("2020-02-01", ("meeting", "2020-01-07"))
    record |= {"plans": [{"kind": "client_plan", "made_on": "2020-01-08"}]}
    said = in_all_engines(rulebook, record)
    assert said["met_or_returned"] == said["planned_after"] == "met"
    assert not rulebook.decide(record, ON).missing_for("met_or_returned")
    earlier = record | {"plans": [{"kind": "client_plan", "made_on": "2020-01-06"}]}
    assert in_all_engines(rulebook, earlier)["planned_after"] == "unknown"
    waits = rulebook.decide(earlier, ON).missing_for("planned_after")
    assert {field for missing in waits for field in missing.fields} == {"events[1].needs_services"}
    assert in_all_engines(rulebook, history("2020-02-01"))["met_or_returned"] == "unknown"
    stated = history("2020-02-01") | {"facts": {"returned": "2020-02-01"}}
    assert in_all_engines(rulebook, stated)["met_or_returned"] == "met"


def test_the_hundredth_client_is_answered_like_the_first(rulebook: Rulebook) -> None:
    """The features of a question are read by code of their own after some records, of each round like before."""
    record = history("2020-02-01", ("meeting", "2020-01-07")) | {"facts": {"returned": "2019-01-01"}}
    for number in range(READ_BEFORE_WRITTEN + 3):
        stated = record if number % 2 else record | {"facts": {}}
        said = found(rulebook.decide(stated, ON, engine="reference"))
        assert said["met_or_returned"] == "met", number


def test_nobody_is_asked_for_what_changes_nothing(rulebook: Rulebook) -> None:
    """What stays open waits for the contact; what is known for either round has a line of each step that it rests on."""
    record = history("2020-02-01", ("meeting", "2020-01-31"), ("talk", "2020-02-01"))
    decision = rulebook.decide(record, ON)
    assert {field for missing in decision.missing_for("one_of_two") for field in missing.fields} == {
        "events[2].needs_services"
    }
    together = history("2020-02-01", ("meeting", "2020-01-07"), ("talk", "2020-01-07"))
    explained = rulebook.decide(together, ON).explain("both_or_none").text("en")
    assert "yes" not in explained
    assert not rulebook.decide(together, ON).missing_for("both_or_none")


def some_history(random: Random) -> dict[str, Any]:
    def day() -> str:
        return (ON - timedelta(random.choice([-1, 0, 1, 2, 3, 30, 31, 32]))).isoformat()

    steps = ["client_relationship_starts", "meeting", "talk", "meeting", "talk", CONTACT]
    events = [(random.choice(steps), day()) for _ in range(random.randrange(6))]
    record = history(day(), *events)
    record["plans"] = [{"kind": "client_plan", "made_on": day()}]
    for event in record["events"][:-1]:
        if event["step"] == CONTACT:
            event["needs_services"] = random.random() < 0.5
    return record


def test_an_answer_is_unknown_only_where_either_round_gives_another(rulebook: Rulebook) -> None:
    """Of one contact in doubt, what rests on steps alone is known exactly where both its answers give the same."""
    random = Random(11)
    records = [some_history(random) for _ in range(60)]
    assert not list(disagreements(rulebook, ON, records, Tally()))
    opened = 0
    for record in records:
        *others, contact = record["events"]
        either = [
            found(rulebook.decide(record | {"events": [*others, contact | {"needs_services": needed}]}, ON))
            for needed in (True, False)
        ]
        for name, status in found(rulebook.decide(record, ON)).items():
            same = either[0][name] == either[1][name]
            assert status == (either[0][name] if same else "unknown"), (name, record)
            opened += not same
    assert opened > 20


@pytest.mark.parametrize("name", ["aava", "hartola_sysma"])
def test_work_of_unknown_kind_has_begun_and_goes_on_or_neither(name: str) -> None:
    """Rehabilitative work that starts and goes on is shown by the same periods: nothing waits for their kind."""
    rulebook = shipped(name)
    record: dict[str, Any] = {"id": "x", "plans": [], "events": [], "periods": [{"start": "2003-12-31"}]}
    on = date(2003, 12, 31)
    assert not list(disagreements(rulebook, on, [record], Tally()))
    decision = rulebook.decide(record, on)
    steps = {
        state.name: state.status for state in inside(decision).states if state.kind == "step" and not state.list_name
    }
    assert steps["rehabilitative_work"] == "none"
    begun = {"step": "rehabilitative_work_starts", "on": "2003-12-31"}
    assert not list(disagreements(rulebook, on, [record | {"events": [begun]}], Tally()))
