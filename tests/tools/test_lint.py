"""Every rulebook in ``lint/`` loads and gets exactly the remarks in its ``expected.txt``.

The texts are what a writer of rules reads, so they are kept word for word. After a deliberate
change run ``AAVA_UPDATE_GOLDEN=1 pytest tests/tools/test_lint.py`` and read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from aava_rules.decision.loading import load
from aava_rules.language.errors import Fault
from aava_rules.tools import lint as checking
from aava_rules.tools.cases.run import rulebook_cases, run_cases

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LINT = sorted(path.parent for path in (HERE / "lint").glob("*/rulebook.yaml"))


def remarks(path: Path) -> list[Fault]:
    return checking.find_remarks(load(path, plugins=False))


@pytest.mark.parametrize("path", LINT, ids=lambda path: path.name)
def test_rulebook_gets_its_remarks_word_for_word(path: Path) -> None:
    """A rulebook that loads but lacks something gets the remarks that lie beside it."""
    actual = remarks(path)
    text = "".join(f"{fault}\n\n" for fault in actual)
    expected = path / "expected.txt"
    if os.environ.get("AAVA_UPDATE_GOLDEN") == "1":
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    code = path.name[:5].upper()
    if code.startswith("AR"):
        assert {fault.code for fault in actual} == {code}, "a small rulebook shows one kind of remark only"


@pytest.mark.parametrize("path", LINT, ids=lambda path: path.name)
def test_cases_of_the_rulebook_pass(path: Path) -> None:
    """The remarks are about cases that come out right, so that nothing else is wrong with them."""
    rulebook = load(path, plugins=False)
    report = run_cases(rulebook, rulebook_cases(rulebook))
    assert [failure.to_dict() for failure in report.failures] == []
    assert report.passed


def test_a_complete_rulebook_gets_no_remark() -> None:
    """A rulebook with a rule of every kind, whose cases show all of it, gets no remark."""
    rulebook = load(HERE / "lint" / "complete", plugins=False)
    kinds = {rule.kind for ruleset in rulebook._parts.rulesets for rule in ruleset.rules}
    assert kinds == {"decide", "require", "suggest"}
    assert checking.find_remarks(rulebook) == []


def test_every_code_has_a_rulebook_and_a_line_in_the_documentation() -> None:
    """No remark is without an example, and none is undocumented or documented in vain."""
    source = ROOT / "src" / "aava_rules"
    files = [file.read_text(encoding="utf-8") for file in source.rglob("*.py")]
    used = {code for text in files for code in re.findall(r'"(AR2\d{2})"', text)}
    shown = {fault.code for path in LINT for fault in remarks(path)}
    planted = yaml.safe_load((HERE / "planted_faults.yaml").read_text(encoding="utf-8"))
    shown |= {fault["code"] for fault in planted}
    documented = set(re.findall(r"`(AR2\d{2})`", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")))
    assert shown == used
    assert documented == used
