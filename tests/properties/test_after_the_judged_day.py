"""What begins after every judged day does not matter: rules, values of parameters, and events."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from random import Random
from typing import Any

from brute import BRUTE, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.decision.decision import Decision, inside
from aava_rules.testing import EVERYTHING, RecordMaker, situations
from aava_rules.testing.rule_writer import CITE, RuleWriter
from aava_rules.testing.rulebook_maker import RandomRulebook, as_yaml

LATER = date(2030, 1, 1)


def told(decision: Decision) -> dict[str, Any]:
    """A decision without the hash of its rulebook."""
    found = decision.to_dict()
    found["rulebook"].pop("sha256")
    return found


def with_later_law(files: dict[str, Any], random: Random) -> dict[str, Any]:
    """The same rulebook, in which every rule has a later twin that overrides it, and every number a later value."""
    made = copy.deepcopy(files)
    for parameter in made["parameters.yaml"].values():
        if "always" not in parameter["values"] and parameter["type"] != "table":
            parameter["values"][LATER.isoformat()] = {
                "value": random.randrange(9),
                "cite": CITE,
                "status": "unverified",
            }
    for path, content in made.items():
        if not path.endswith("rules.yaml"):
            continue
        twins = copy.deepcopy(content["rules"])
        for rule in twins:
            rule["overrides"] = [rule["id"]]
            rule["id"] = rule["id"].replace("R-", "R-9")
            rule["in_force"] = {"from": LATER.isoformat()}
            if "then" in rule:
                rule.pop("when", None)
        content["rules"] += twins
    return made


def loaded(files: dict[str, Any]) -> Any:
    return RandomRulebook("random", {path: as_yaml(content) for path, content in files.items()}).load()


def clear_of(record: dict[str, Any], on: date) -> bool:
    """Whether all that a record says, and so every day that is judged, lies before the later law."""
    days = list(_days(record))
    return max([*days, on]) < LATER - timedelta(days=1)


def _days(value: Any) -> list[date]:
    if isinstance(value, date):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [day for item in inner for day in _days(item)]


@settings(BRUTE, max_examples=100)
@given(st.integers(0, 2**32))
def test_later_rules_and_values_do_not_matter(seed: int) -> None:
    """A rulebook with later rules and values answers the same bytes wherever every judged day is known and earlier."""
    random = Random(seed)
    files = RuleWriter(Random(seed), EVERYTHING).write()
    one, other = loaded(files), loaded(with_later_law(files, random))
    maker = RecordMaker(one)
    for _ in range(4):
        on = maker.day(random)
        record = maker.record(random, on)
        if not clear_of(record, on):
            continue
        before, after = one.decide(record, on), other.decide(record, on)
        scopes = [scope for state in inside(before).states for reading in state.readings for scope in reading.scopes]
        if all(
            isinstance(scope.judged, date) for scope in scopes
        ):  # a judged day that is not known may lie after the change
            assert told(before) == told(after)


@settings(BRUTE, max_examples=80)
@given(st.deferred(lambda: situations(shipped("aava"))), st.randoms(use_true_random=False))
def test_later_events_do_not_matter(situation: tuple[dict[str, Any], date], random: Random) -> None:
    """Events, reviews and attendance after the day of decision change no answer and no step."""
    record, on = situation
    made = copy.deepcopy(record)
    later = on + timedelta(days=random.randint(1, 400))
    if later.year >= 2200 or on.year <= 1900:
        return
    made.setdefault("events", record.get("events"))
    if made["events"] is not None:
        made["events"].append(
            {"step": random.choice(["client_relationship_starts", "client_relationship_ends"]), "on": later}
        )
    for plan in made.get("plans", ()):
        if plan.get("reviewed_on") is not None:
            plan["reviewed_on"] = [*plan["reviewed_on"], later]
    rulebook = shipped("aava")
    a, b = rulebook.decide(record, on), rulebook.decide(made, on)
    for state, again in zip(inside(a).states, inside(b).states, strict=True):
        assert (state.name, state.status, state.value) == (again.name, again.status, again.value)
