"""Every wrong rulebook in ``bad/`` is refused with exactly the text in its ``expected.txt``.

The texts are what a writer of rules reads, so they are kept word for word. After a deliberate
change run ``AAVA_UPDATE_GOLDEN=1 pytest tests/rulebook/test_wrong_rulebooks.py`` and read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from aava_rules.language.errors import RulebookError, RulebookNotFound
from aava_rules.rulebook.loader import load_parts

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "errors.md"
BAD = sorted(path for path in (HERE / "bad").iterdir() if path.is_dir())
GOOD = sorted(path for path in (HERE / "good").iterdir() if path.is_dir())


def find(name: str) -> Path:
    path = HERE / "good" / name.partition("==")[0]
    if not path.is_dir():
        raise RulebookNotFound(f"No rulebook is named {name}.")
    return path


def refusal(path: Path) -> RulebookError:
    with pytest.raises(RulebookError) as caught:
        load_parts(path, find)
    return caught.value


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name)
def test_bad_rulebook_is_refused_word_for_word(path: Path) -> None:
    """A wrong rulebook is refused with the text that lies beside it."""
    error = refusal(path)
    expected = path / "expected.txt"
    if os.environ.get("AAVA_UPDATE_GOLDEN") == "1":
        expected.write_text(f"{error}\n", encoding="utf-8")
    assert f"{error}\n" == expected.read_text(encoding="utf-8")
    code = path.name[:5].upper()
    if code.startswith("AR"):
        assert {fault.code for fault in error.faults} == {code}, "a small rulebook shows one kind of fault only"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_good_rulebook_loads(path: Path) -> None:
    """A right rulebook loads without a fault."""
    assert load_parts(path, find).layers[-1].name == path.name


def test_every_code_has_a_bad_rulebook_and_a_line_in_the_documentation() -> None:
    """No fault code is without an example, and none is undocumented or documented in vain."""
    source = HERE.parents[1] / "src" / "aava_rules"
    used = {
        code for file in source.rglob("*.py") for code in re.findall(r'"(AR0\d{2})"', file.read_text(encoding="utf-8"))
    }
    shown = {fault.code for path in BAD for fault in refusal(path).faults}
    documented = set(re.findall(r"`(AR0\d{2})`", DOCS.read_text(encoding="utf-8")))
    assert shown == used
    assert documented == used
