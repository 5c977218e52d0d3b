"""docs/testing.md tells the truth: its programs run as they stand, and every name of the kit is in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

from aava_rules import testing

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
SELDOM_NEEDED = {
    "EVERYTHING",
    "PLAIN",
    "Completer",
    "Features",
    "Gap",
    "LocalRulebook",
    "RandomRulebook",
    "RecordMaker",
}
"""What generators are made of, for those who want no Hypothesis; their docstrings tell of them."""


def test_the_programs_of_the_page_run() -> None:
    """What a reader copies is collected by pytest as tests, and passes."""
    names: dict[str, Any] = {}
    with_few = settings(
        max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    settings.register_profile("page", with_few)
    before = settings.get_current_profile_name()
    settings.load_profile("page")
    try:
        for program in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(compile(program, "<docs>", "exec"), names)
        tests = [name for name in names if name.startswith("test_")]
        assert len(tests) == 3
        for name in tests:
            names[name]()
    finally:
        settings.load_profile(before)


def test_every_name_of_the_kit_stands_on_the_page() -> None:
    """Strategies, properties and helpers are told where a user looks."""
    generators = {"random_rulebook", "random_rulebooks", "change_days", "readable"}
    missing = [name for name in testing.__all__ if f"`{name}" not in PAGE and name not in SELDOM_NEEDED | generators]
    assert missing == []


def test_the_page_names_nothing_that_is_not_there() -> None:
    """Each strategy and property of its tables can be imported."""
    named = re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE)
    assert len(named) == 12
    for name in named:
        assert hasattr(testing, name), name
