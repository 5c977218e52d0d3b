"""Faults of rule files in Finnish and Swedish: which have them whole, what stands in them, and what stays English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aava_rules.decision.entry_points import DISABLE
from aava_rules.language.errors import Fault, RulebookError, RulebookNotFound
from aava_rules.rulebook.loader import load_parts
from aava_rules.tools.cli import build
from aava_rules.tools.lint.translated import WHOLE, _file, translated, untranslated

RULEBOOKS = Path(__file__).parents[1] / "rulebook"


def _find(name: str) -> Path:
    path = RULEBOOKS / "good" / name
    if not path.is_dir():
        raise RulebookNotFound(f"No rulebook is named {name}.")
    return path


def _shown() -> list[Fault]:
    faults: list[Fault] = []
    for path in sorted((RULEBOOKS / "bad").iterdir()):
        if path.is_dir():
            with pytest.raises(RulebookError) as caught:
                load_parts(path, _find)
            faults += caught.value.faults
    return faults


SHOWN = _shown()


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("code", sorted(WHOLE))
def test_these_are_whole(code: str, language: str) -> None:
    """Every text of these codes that a wrong rulebook of the tests shows is in the language."""
    of_code = [fault for fault in SHOWN if fault.code == code]
    assert of_code
    assert {text for fault in of_code for text in untranslated(fault, language)} == set()


def test_what_differs_is_kept() -> None:
    """Names, numbers and lines of the file are the same in every language, and so are place and code."""
    fault = next(fault for fault in SHOWN if fault.what == "nothing is named bussikortti")
    finnish, swedish = translated(fault, "fi"), translated(fault, "sv")
    assert (finnish.what, finnish.hint) == ("minkään nimi ei ole bussikortti", "Tarkoititko bus_pass?")
    assert (swedish.what, swedish.hint) == ("ingenting heter bussikortti", "Menade du bus_pass?")
    assert (finnish.place, finnish.code, finnish.source) == (fault.place, fault.code, fault.source)
    assert translated(fault, "en") is fault


def test_what_has_no_translation_stays_english() -> None:
    """A text that nobody has translated is told as it is."""
    fault = Fault("a.yaml:1:1", "AR999", "odd things happen", "Cite is missing here. Write it on one line.")
    assert translated(fault, "fi").what == "odd things happen"
    assert translated(fault, "fi").why == "Cite is missing here. Kirjoita se yhdelle riville."


def test_translations_have_the_same_places() -> None:
    """Each translation has every place of the English text once."""
    for text in _file()["texts"]:
        places = sorted(re.findall(r"\{[abc]\}", text["en"]))
        assert sorted(re.findall(r"\{[abc]\}", text["fi"])) == places
        assert sorted(re.findall(r"\{[abc]\}", text["sv"])) == places


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``lint --language`` tells faults and their number in the language."""
    monkeypatch.setenv(DISABLE, "1")
    (tmp_path / "rulebook.yaml").write_text("rulebook: own\ntitle: {fi: x, sv: x, en: x}\nweight: local\n")
    told = {}
    for language in ("fi", "sv", "en"):
        told[language] = CliRunner().invoke(build(), ["lint", str(tmp_path), "--language", language]).stdout
    assert "AR008 version puuttuu" in told["fi"]
    assert told["fi"].endswith(": 1 virhe\n")
    assert "AR008 version saknas" in told["sv"]
    assert told["sv"].endswith(": 1 fel\n")
    assert told["en"].endswith(": 1 fault\n")
