"""The client path: a client's place on it, in the current round, and which step leads to which."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from shown import END, MEETING, PLAN, START, place, town, work

import aava_rules
from aava_rules.decision.client_path import ClientPath, PathStep, client_path
from aava_rules.decision.path_graph import edges, path_order, successors
from aava_rules.language.values import UNKNOWN, Interval

RETURN = {"step": "follow_up_contact", "on": "2015-03-02", "needs_services": True}
PLANNED = {**PLAN, "chosen_option": "rehabilitative_work"}


def path_of(on: str, events: list[dict[str, Any]] | None, **record: Any) -> ClientPath:
    return client_path(place(on, events, **record))


def step_of(path: ClientPath, name: str) -> PathStep:
    (step,) = [step for step in path.steps if step.step == name]
    return step


def states(path: ClientPath) -> dict[str, str]:
    return {step.step: step.state for step in path.steps}


class TestPlace:
    def test_the_steps_are_those_of_the_vocabulary(self) -> None:
        """Every step of the vocabulary is on the path, numbered from one."""
        path = path_of("2015-01-02", [START])
        assert [step.step for step in path.steps] == list(town()._parts.steps)
        assert [step.number for step in path.steps] == list(range(1, len(path.steps) + 1))

    def test_done_next_and_open(self) -> None:
        """What is done has its day, what is next its due day, and the rest is open."""
        path = path_of("2015-01-02", [START])
        assert states(path) == {
            "client_relationship_starts": "done",
            "first_meeting": "next",
            "first_activation_plan": "open",
            "consideration": "open",
            "second_activation_plan": "open",
            "client_relationship_ends": "open",
            "follow_up_contact": "open",
        }
        assert step_of(path, "client_relationship_starts").done_on == date(2015, 1, 1)
        (meeting,) = path.next
        # seven working days from 1 January, with Epiphany on the 6th
        assert (meeting.due, meeting.overdue) == (date(2015, 1, 13), False)
        assert meeting.text("en") == "The meeting is held by 13 January 2015."

    def test_a_list_item_proves_a_step(self) -> None:
        """A plan that was made shows its step done, without an event."""
        path = path_of("2015-01-21", [START, MEETING], plans=[PLANNED])
        assert step_of(path, "first_activation_plan").done_on == date(2015, 1, 20)

    def test_what_lies_ahead_is_not_done(self) -> None:
        """Events after the day of decision are not counted."""
        assert step_of(path_of("2015-01-06", [START, MEETING]), "first_meeting").state == "next"
        assert step_of(path_of("2015-01-07", [START, MEETING]), "first_meeting").state == "done"

    def test_no_day_is_shown_where_none_is_named(self) -> None:
        """A step for which no source names a day has none."""
        (plan,) = path_of("2015-01-08", [START, MEETING]).next
        assert (plan.step, plan.due) == ("first_activation_plan", None)

    def test_several_steps_at_once_are_ordered_by_their_days(self) -> None:
        """The earliest due day comes first, then a day that is not known, then none, whatever the order of the path."""
        undated = {"id": "q", "kind": "activation_plan", "made_on": "2015-01-25"}
        path = path_of("2015-02-01", [START, MEETING], plans=[PLAN, undated], facts={"approved": True})
        assert [(suggestion.step, suggestion.due) for suggestion in path.next] == [
            ("consideration", date(2015, 2, 10)),
            ("consideration", UNKNOWN),
            ("client_relationship_ends", None),
        ]

    def test_a_step_for_each_item_is_one_step_of_the_path(self) -> None:
        """Two plans that ask for the same step give two suggestions at one place."""
        path = path_of("2015-02-01", [START, MEETING], plans=[PLAN, {**PLAN, "id": "q"}])
        assert [suggestion.where for suggestion in step_of(path, "consideration").next] == [
            "plans[id=p]",
            "plans[id=q]",
        ]

    def test_overdue(self) -> None:
        """A step whose day has passed is overdue from the day after."""
        assert [suggestion.overdue for suggestion in path_of("2015-01-13", [START]).next] == [False]
        assert [suggestion.overdue for suggestion in path_of("2015-01-14", [START]).next] == [True]

    def test_a_step_that_is_to_be_taken_again(self) -> None:
        """A step that was done and is suggested once more is next, and keeps the day on which it was done."""
        again = [
            START,
            MEETING,
            {"step": "second_activation_plan", "on": "2015-02-05"},
            {"step": "consideration", "on": "2015-02-06"},
        ]
        step = step_of(path_of("2015-02-07", again, plans=[PLAN]), "consideration")
        assert (step.state, step.done_on) == ("next", date(2015, 2, 6))

    def test_the_last_day_of_a_step_may_not_be_known(self) -> None:
        """Where an event of the step has no day, the day is an interval up to the day of decision."""
        step = step_of(path_of("2015-01-10", [START, MEETING, {"step": "first_meeting"}]), "first_meeting")
        assert step.done_on == Interval(date(2015, 1, 7), date(2015, 1, 10))
        assert step.to_dict()["done_on"] == {"at_least": "2015-01-07", "at_most": "2015-01-10"}

    def test_a_decision_that_was_not_asked_for_steps(self) -> None:
        """Suggestions are those of the decision; what is done is told all the same."""
        decision = town().decide({"id": "c", "events": [START], "plans": []}, on="2015-01-02", only=["member"])
        assert client_path(decision).next == ()
        assert states(client_path(decision))["client_relationship_starts"] == "done"


class TestRounds:
    def test_the_first_round(self) -> None:
        """A round begins with the client relationship."""
        current = path_of("2015-01-02", [START]).round
        assert (current.since, current.begun_by) == (date(2015, 1, 1), "client_relationship_starts")

    def test_a_return_after_the_follow_up(self) -> None:
        """A follow-up contact that finds a need opens a round in which the meeting is next, and nothing is done yet."""
        path = path_of("2015-03-03", [START, MEETING, END, RETURN], plans=[PLANNED])
        assert (path.round.since, path.round.begun_by) == (date(2015, 3, 2), "follow_up_contact")
        assert [suggestion.step for suggestion in path.next] == ["first_meeting"]
        assert "done" not in states(path).values()

    def test_what_was_done_in_an_earlier_round(self) -> None:
        """Days of earlier rounds are kept apart, also those of items and of the contact that opened this round."""
        path = path_of("2015-03-03", [START, MEETING, END, RETURN], plans=[PLANNED])
        earlier = {step.step: step.earlier_on for step in path.steps if step.earlier_on}
        assert earlier == {
            "client_relationship_starts": date(2015, 1, 1),
            "first_meeting": date(2015, 1, 7),
            "first_activation_plan": date(2015, 1, 20),
            "client_relationship_ends": date(2015, 1, 31),
            "follow_up_contact": date(2015, 3, 2),
        }
        assert all(step.done_on is None for step in path.steps)

    def test_no_follow_up_is_counted_twice(self) -> None:
        """A contact that finds no need closes its round, and the relationship stays ended."""
        path = path_of("2015-03-03", [START, END, {**RETURN, "needs_services": False}])
        assert step_of(path, "follow_up_contact").state == "done"
        assert path.next == ()

    def test_month_ends(self) -> None:
        """A month from the end of January is the last day of February."""
        (contact,) = path_of("2015-02-02", [START, END]).next
        assert contact.due == date(2015, 2, 28)

    def test_no_round_has_begun(self) -> None:
        """Without any event nothing is done, nothing is next, and there is no round."""
        path = path_of("2015-01-02", [])
        assert path.round.since is None
        assert (set(states(path).values()), path.next) == ({"open"}, ())

    def test_nothing_is_known_of_the_events(self) -> None:
        """Where the events are not known, neither the round nor any step is; the fields that would tell are named."""
        path = path_of("2015-01-02", None, plans=None)
        assert path.round.since is UNKNOWN
        assert set(states(path).values()) == {"unknown"}
        fields = {gap.title["en"]: gap.fields for gap in step_of(path, "first_activation_plan").gaps}
        assert fields["Plan"] == ("events", "plans")


class TestUnknown:
    def test_a_suggestion_that_waits_for_a_fact(self) -> None:
        """A step is unknown where a missing fact decides whether it is next; the fact and its field are named."""
        path = path_of("2015-01-02", [START], facts={})
        step = step_of(path, "client_relationship_ends")
        assert step.state == "unknown"
        assert [(gap.title["en"], gap.fields) for gap in step.gaps] == [("approved", ("facts.approved",))]

    def test_a_step_that_is_done_stays_done(self) -> None:
        """Whether a step is to be taken again may be open; that it was done is known."""
        path = path_of("2015-01-21", [START, MEETING], plans=[{**PLANNED, "kind": None}])
        assert step_of(path, "first_activation_plan").state == "unknown"
        assert step_of(path, "first_meeting").state == "done"


def test_to_dict_is_json() -> None:
    """The path as JSON has the round, what is next by its day, and every step with its state."""
    document = path_of("2015-01-02", [START]).to_dict()
    assert document["round"] == {"since": "2015-01-01", "begun_by": "client_relationship_starts"}
    assert [(suggestion["step"], suggestion["due"]) for suggestion in document["next"]] == [
        ("first_meeting", "2015-01-13")
    ]
    assert document["steps"][0]["done_on"] == "2015-01-01"
    assert document["steps"][2] | {"title": None} == {
        "step": "first_activation_plan",
        "number": 3,
        "title": None,
        "state": "open",
        "done_on": None,
        "earlier_on": None,
        "next": [],
        "missing": [],
    }


class TestGraph:
    def test_edges(self) -> None:
        """Edges come from the steps that rules presuppose: as done, by the item asked, by the events of a return."""
        assert edges(town()._parts) == (
            ("client_relationship_starts", "first_meeting"),
            ("client_relationship_starts", "client_relationship_ends"),
            ("first_meeting", "first_activation_plan"),
            ("first_activation_plan", "consideration"),
            ("consideration", "second_activation_plan"),
            ("client_relationship_ends", "follow_up_contact"),
            ("follow_up_contact", "first_meeting"),
        )

    def test_successors(self) -> None:
        """The steps that follow each step are in the order of the path, and a step without any is left out."""
        following = successors(town()._parts)
        assert following["client_relationship_starts"] == ("first_meeting", "client_relationship_ends")
        assert "second_activation_plan" not in following

    def test_a_rulebook_without_a_path(self) -> None:
        """Without steps there are no edges, and the path of a client is empty."""
        assert edges(work()._parts) == ()
        assert client_path(work().decide({"id": "a"}, on="2015-01-01")).steps == ()

    def test_the_shipped_path(self) -> None:
        """In the shipped model an edge leads to every step that workers take, and none from a step to itself.

        The first step and the end of the option that a client chose are not theirs to take, and what the act names
        besides stands beside the path.
        """
        parts = aava_rules.load("aava", plugins=False)._parts
        pairs = edges(parts)
        assert {after for _, after in pairs} >= set(parts.steps) - {
            "client_relationship_starts", "chosen_option_ended",
            "benefit_loss_ends", "basic_amount_cut_ends", "plan_lapse_decided", "kela_notice",
        }  # fmt: skip
        assert all(before != after for before, after in pairs)

    def test_the_order_is_that_of_the_model(self) -> None:
        """Whichever layer names a step, it stands where the path has it; steps of a rulebook's own come last."""
        steps = town()._parts.steps
        own = replace(steps["first_meeting"], name="own_step")
        turned = {"own_step": own, **dict(reversed(steps.items()))}
        parts = replace(town()._parts, steps=turned)
        assert [step.name for step in path_order(parts)] == [*steps, "own_step"]
