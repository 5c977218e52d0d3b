"""The same record, day and rulebook give the same bytes, in any process and thread; asking changes nothing."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random
from typing import Any

from brute import BRUTE, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from aava_rules.decision.service import Rulebook
from aava_rules.testing import RecordMaker, as_json, random_rulebook, situations

PROGRAM = """
import hashlib, json, sys
from datetime import date
from random import Random
from aava_rules import load
from aava_rules.decision.decision import inside
from aava_rules.testing import RecordMaker, random_rulebook
told = hashlib.sha256()
for rulebook in (load("aava", plugins=False), random_rulebook(11).load(), random_rulebook(12).load()):
    random, maker = Random(5), RecordMaker(rulebook)
    for _ in range(6):
        on = maker.day(random)
        decision = rulebook.decide(maker.record(random, on), on)
        told.update(decision.to_json().encode())
        for state in inside(decision).states[::7]:
            told.update(json.dumps(decision.explain(state.name).to_dict()).encode())
print(told.hexdigest())
"""


def some_records(rulebook: Rulebook, seed: int, count: int) -> list[tuple[dict[str, Any], date]]:
    random, maker = Random(seed), RecordMaker(rulebook)
    days = [maker.day(random) for _ in range(count)]
    return [(maker.record(random, on), on) for on in days]


def test_the_hash_seed_of_a_process_means_nothing() -> None:
    """Processes that order their sets otherwise write the same bytes, explanations included."""
    told = set()
    for seed in ("0", "1", "4711"):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
        )
        told.add(run.stdout)
    assert len(told) == 1


@settings(BRUTE, max_examples=20)
@given(st.deferred(lambda: situations(shipped("aava"))))
def test_asking_again_gives_the_same_bytes_and_changes_nothing(situation: tuple[dict[str, Any], date]) -> None:
    """A record is left as it was, and asked twice, or as JSON text, it gets the same bytes."""
    record, on = situation
    before = copy.deepcopy(record)
    rulebook = shipped("aava")
    first = rulebook.decide(record, on).to_json()
    assert record == before
    assert rulebook.decide(record, on).to_json() == first
    plain = as_json(record)
    assert rulebook.decide(json.dumps(plain), on).to_json() == rulebook.decide(plain, on).to_json()


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    """A rulebook that has answered other records, days and names before gives the bytes of a fresh one."""
    seed = 23
    fresh, used = random_rulebook(seed).load(), random_rulebook(seed).load()
    for record, on in some_records(used, 1, 30):
        used.decide(record, on, only=[next(iter(used._parts.outcomes))])
        used.decide(record, on).missing  # noqa: B018
    for record, on in reversed(some_records(fresh, 2, 15)):
        assert fresh.decide(record, on).to_json() == used.decide(record, on).to_json()


def test_threads_get_the_same_answers() -> None:
    """Eight threads that share one rulebook, nothing compiled yet, answer as one thread does."""
    for seed in (31, 32, 33):
        alone, shared = random_rulebook(seed).load(), random_rulebook(seed).load()
        asked = some_records(alone, seed, 24) * 3
        expected = [hashlib.sha256(alone.decide(*one).to_json().encode()).digest() for one in asked]
        with ThreadPoolExecutor(8) as pool:
            running = [pool.submit(shared.decide, *one) for one in asked]
            found = [hashlib.sha256(one.result().to_json().encode()).digest() for one in running]
        assert found == expected
