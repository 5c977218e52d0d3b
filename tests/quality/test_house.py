"""The house stays as it is described: few doors, no circles, and no name in its description that is not there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from counts import PACKAGE, count

ROOT = Path(__file__).resolve().parents[2]
FIGURES = count(PACKAGE)


def test_the_package_has_few_doors() -> None:
    """At most nine packages and thirteen entries stand at the top, so that a newcomer can hold them in mind."""
    assert FIGURES["packages at the top"] <= 9
    assert FIGURES["entries at the top"] <= 13


def test_no_modules_import_one_another_in_a_circle() -> None:
    """Lazy imports and imports for type hints count as all others do."""
    assert FIGURES["circles of imports, type hints counted"] == 0


def named_paths() -> list[str]:
    """Every path in backticks of ARCHITECTURE.md, as it is written there."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return sorted({path for path in re.findall(r"`([\w/.]+)`", text) if "/" in path or path.endswith((".py", ".md"))})


@pytest.mark.parametrize("path", named_paths())
def test_a_path_that_the_description_names_is_there(path: str) -> None:
    """A path lies in the library, in the checkout, or below rulesets."""
    assert any((folder / path).exists() for folder in (PACKAGE, ROOT)), path


def test_every_room_has_a_row_and_a_door() -> None:
    """Each package at the top stands in the table of rooms, and its door says more than a line."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()):
        assert f"`{room}`" in text, room
        door = (PACKAGE / room / "__init__.py").read_text(encoding="utf-8")
        assert len(door.split('"""')[1].split()) >= 30, f"the door of {room} says too little"


def test_no_two_test_modules_have_one_name() -> None:
    """The folders of tests are no packages, so pytest knows a module by its name alone and refuses a second one."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name, times in names.items() if times > 1]
