"""The order of files, rules, conditions and items means nothing."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from answers import by_key
from brute import BRUTE, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.decision.service import Rulebook
from aava_rules.testing import EVERYTHING, RecordMaker, random_rulebook, situations
from aava_rules.testing.conditions import titled
from aava_rules.testing.rule_writer import RuleWriter
from aava_rules.testing.rulebook_maker import RandomRulebook, as_yaml


def shuffled(content: Any, random: Random) -> Any:
    """Mappings and lists in another order; texts and windows of days, whose keys are names, as well."""
    if isinstance(content, dict):
        pairs = [(key, shuffled(value, random)) for key, value in content.items()]
        random.shuffle(pairs)
        return dict(pairs) if set(content) != set(titled("")) else content
    if isinstance(content, list):
        items = [shuffled(item, random) for item in content]
        random.shuffle(items)
        return items
    return content


def with_lists_shuffled(record: dict[str, Any], random: Random) -> dict[str, Any]:
    made = copy.deepcopy(record)
    for name in ("benefits", "plans", "periods", "events"):
        if name in made:
            random.shuffle(made[name])
    return made


def check_same(one: Rulebook, other: Rulebook, record: dict[str, Any], again: dict[str, Any], on: date) -> None:
    assert by_key(one.decide(record, on)) == by_key(other.decide(again, on))


@settings(BRUTE, max_examples=100)
@given(st.integers(0, 2**32))
def test_files_rules_and_conditions_in_any_order_mean_the_same(seed: int) -> None:
    """A rulebook whose files are shuffled, ids kept, answers the same: by value, rule, citation and what is missing."""
    files = RuleWriter(Random(seed), EVERYTHING).write()
    random = Random(seed)
    turned = {path: shuffled(content, random) for path, content in sorted(files.items(), key=lambda _: random.random())}
    one = RandomRulebook("random", {path: as_yaml(content) for path, content in files.items()}).load()
    other = RandomRulebook("random", {path: as_yaml(content) for path, content in turned.items()}).load()
    maker = RecordMaker(one)
    for _ in range(3):
        on = maker.day(random)
        record = maker.record(random, on)
        check_same(one, other, record, record, on)


@settings(BRUTE, max_examples=50)
@given(st.deferred(lambda: situations(shipped("aava"))), st.randoms(use_true_random=False))
def test_items_in_any_order_mean_the_same(situation: tuple[dict[str, Any], date], random: Random) -> None:
    """A record whose lists are shuffled gets the same outcomes, findings by their keys, steps and missing facts."""
    record, on = situation
    check_same(shipped("aava"), shipped("aava"), record, with_lists_shuffled(record, random), on)


@settings(BRUTE, max_examples=80)
@given(st.integers(0, 2**32))
def test_items_in_any_order_mean_the_same_to_any_rulebook(seed: int) -> None:
    """So for random rulebooks, whose facts are derived from the lists in every way."""
    rulebook, random = random_rulebook(seed, replace(EVERYTHING, items=True)).load(), Random(seed)
    maker = RecordMaker(rulebook)
    for _ in range(3):
        on = maker.day(random)
        record = maker.record(random, on)
        check_same(rulebook, rulebook, record, with_lists_shuffled(record, random), on)
