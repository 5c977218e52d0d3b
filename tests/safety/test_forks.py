"""A child that was forked after tables were used is told so at once; single records are answered there."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import multiprocessing, sys
import polars, aava_rules
rulebook = aava_rules.load("finland", plugins=False)
clients = polars.DataFrame({"id": ["a"], "age": [30]})

def ask(number):
    answer = rulebook.decide({"id": "a", "facts": {"age": 30}}, "2015-01-01", ["target_group"]).outcomes["target_group"]
    try:
        found = len(rulebook.decide_table(clients, on="2015-01-01", only=["target_group"]).outcomes)
    except aava_rules.AavaRulesError as error:
        found = str(error)
    return f"{answer.status} {found}"

if sys.argv[1] == "after":
    ask(0)
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map_async(ask, [1]).get(40)[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize(
    ("when", "told"), [("after", "unknown This process was forked after tables"), ("before", "unknown 1")]
)
def test_a_fork_after_tables_is_refused_and_one_before_is_not(when: str, told: str) -> None:
    """In place of waiting for threads that only the parent has."""
    pytest.importorskip("polars")
    done = subprocess.run([sys.executable, "-c", CODE, when], capture_output=True, text=True, timeout=90, check=False)
    assert done.stdout.startswith(told), done.stderr


HELD = """
import multiprocessing, sys
import polars, aava_rules
rulebook = aava_rules.load("finland", plugins=False)
clients = polars.DataFrame({"id": ["a", "b"], "age": [30, None]})
held = rulebook.decide_table(clients, on="2015-01-01", only=["target_group"])

def ask(name):
    try:
        return str(held.decision("a") if name == "decision" else getattr(held, name))
    except aava_rules.AavaRulesError as error:
        return str(error)

with multiprocessing.get_context("fork").Pool(1) as pool:
    for name in sys.argv[1:]:
        print(pool.map_async(ask, [name]).get(40)[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_answers_that_the_parent_holds_are_refused_too() -> None:
    """Whatever is worked out of them in the child would wait for the threads of the parent."""
    pytest.importorskip("polars")
    names = ["outcomes", "findings", "next_steps", "missing", "cautions", "notices", "decision"]
    done = subprocess.run([sys.executable, "-c", HELD, *names], capture_output=True, text=True, timeout=90, check=False)
    assert [line[:46] for line in done.stdout.splitlines()] == ["This process was forked after tables had been "] * 7
