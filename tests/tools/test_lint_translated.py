"""Faults and remarks in Finnish and Swedish: every text of the checkers has both, and what stands in it stays."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aava_rules import load
from aava_rules.decision.entry_points import DISABLE
from aava_rules.language.errors import Fault, RecordError, RulebookError, RulebookNotFound
from aava_rules.rulebook.loader import load_parts
from aava_rules.tools.cli import build
from aava_rules.tools.lint.codes import codes
from aava_rules.tools.lint.translated import SLOT, _file, translated, translated_text, untranslated
from tests.support.fault_texts import OF_RECORDS, texts

TESTS = Path(__file__).parents[1]
LANGUAGES = ["fi", "sv"]


def _find(name: str) -> Path:
    path = TESTS / "rulebook" / "good" / name
    if not path.is_dir():
        raise RulebookNotFound(f"There is no rulebook {name}.")
    return path


def _faults() -> list[Fault]:
    faults: list[Fault] = []
    for path in sorted((TESTS / "rulebook" / "bad").iterdir()):
        if path.is_dir():
            with pytest.raises(RulebookError) as caught:
                load_parts(path, _find)
            faults += caught.value.faults
    return faults


def _remarks() -> list[Fault]:
    """The remarks that stand beside the rulebooks of the tests of ``lint``."""
    remarks = []
    for file in sorted((TESTS / "tools" / "lint").glob("*/expected.txt")):
        for told in file.read_text(encoding="utf-8").split("\n\n"):
            head, *others = told.strip().splitlines() or [""]
            if match := re.fullmatch(r"(\S+)  (AR\d+) (.+)", head):
                advice = [line.strip() for line in others if line.startswith("  ") and "|" not in line[:8]]
                advice = [line for line in advice if not line.startswith("Example:")]
                remarks.append(Fault(match[1], match[2], match[3], " ".join(advice)))
    return remarks


SHOWN = [*_faults(), *_remarks()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_translated(language: str) -> None:
    """No text that a checker writes lacks the language: a new one fails here until it has both."""
    english = {text for _, written in texts() for text in untranslated(Fault("", "", "", written), language)}
    assert english == set()


NOT_TOLD = {
    'make another record of it, with record.model_copy(update={"facts": {...}})',  # a mistake in a program
    " key x1", "byte x1", "line x1 column x1", "facts key x1",  # places
    "is not x1",  # what it is not is a text of its own
}  # fmt: skip
"""What stands in calls that tell faults of records, and is no text of one."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_of_a_record_is_translated(language: str) -> None:
    """No text that is said of a record lacks the language."""
    written = [text for _, text in texts(OF_RECORDS)]
    written += [f"is not {text}" for _, text in texts(OF_RECORDS, {"InvalidInput"})]
    assert len(written) > 90
    assert {text for one in written for text in untranslated(Fault("", "", "", one), language)} == NOT_TOLD


RECORD = {
    "id": 7, "ikä": 1, "client": {"birth_date": "1990-02-30", "protected": "no"},
    "facts": {"age": "x", "unemployed": 3, "subsidy_days": {"at_least": 9, "at_most": 1}, "on": "x", "Matti M": 1},
    "benefits": [{"kind": "other", "start": "2014-02-01", "end": "2014-01-01", "days": -1}, 7], "plans": {},
    "periods": [{"start": "2014-01-01", "length_months": 3, "agreed_end": "2014-01-31", "hours_per_day": "x"}],
    "complete": ["plans"], "complete_from": {"events": "2014-01-01", "x": "y"},
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_with_a_record_is_told_in_the_language(language: str) -> None:
    """From beginning to end: of a record that is wrong nearly everywhere, and of one whose facts have other types."""
    faults: list[Fault] = []
    for record in (
        RECORD,
        {"id": "a", "facts": {"age": "x", "unemployed": 3, "birth_date": "x", "absence_reason": "y"}},
    ):
        with pytest.raises(RecordError) as caught:
            load("finland", plugins=False).decide(record, on="2014-05-05")
        faults += caught.value.faults
    assert len(faults) > 15
    assert {text for fault in faults for text in untranslated(fault, language)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted({fault.code for fault in SHOWN}))
def test_every_text_that_is_shown_is_translated(code: str, language: str) -> None:
    """What the wrong rulebooks of the tests show of a code is in the language from beginning to end."""
    of_code = [fault for fault in SHOWN if fault.code == code]
    assert {text for fault in of_code for text in untranslated(fault, language)} == set()


def test_how_many_codes_are_shown() -> None:
    """Nearly every code of rule files is among those that are looked at here; the others are named."""
    shown = {fault.code for fault in SHOWN}
    others = set(codes()) - shown
    assert others <= {"AR202", "AR215", *(f"AR{number}" for number in range(216, 230))}


def test_translations_have_the_same_slots() -> None:
    """Each text has the same slots in all three languages, each once, and no text stands twice."""
    for text in _file()["texts"]:
        slots = sorted(SLOT.findall(text["en"]))
        assert len(set(slots)) == len(slots)
        assert sorted(SLOT.findall(text["fi"])) == slots, text["en"]
        assert sorted(SLOT.findall(text["sv"])) == slots, text["en"]
        assert text["fi"] != text["sv"] or set(SLOT.sub("", text["fi"])) <= set(":;. "), text["en"]
    for part, entries in _file().items():
        assert [english for english, count in Counter(entry["en"] for entry in entries).items() if count > 1] == [], (
            part
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_as_the_english_ones_do(language: str) -> None:
    """A sentence has its full stop or question mark, and what has none is none, in every language."""
    for text in _file()["texts"]:
        ends = text["en"][-1] if text["en"][-1] in ".?" else ""
        assert (text[language][-1] if text[language][-1] in ".?" else "") == ends, text["en"]


def test_what_differs_is_kept() -> None:
    """Names, numbers and lines of the file are the same in every language, and so are place and code."""
    fault = next(fault for fault in SHOWN if fault.what == "nothing is named bussikortti")
    finnish, swedish = translated(fault, "fi"), translated(fault, "sv")
    assert (finnish.what, finnish.hint) == ("minkään nimi ei ole bussikortti", "Tarkoititko bus_pass?")
    assert (swedish.what, swedish.hint) == ("ingenting heter bussikortti", "Menade du bus_pass?")
    assert (finnish.place, finnish.code, finnish.source) == (fault.place, fault.code, fault.source)
    assert translated(fault, "en") is fault


@pytest.mark.parametrize(
    ("english", "finnish", "swedish"),
    [
        (
            "the title of the rule OWN-1 names the client",
            "säännön OWN-1 otsikko nimeää asiakkaan",
            "rubriken på regeln OWN-1 nämner klienten",
        ),
        ("a reads b reads a.", "a lukee b lukee a.", "a läser b läser a."),
        ("the text lacks fi and sv", "tekstistä puuttuu fi ja sv", "texten saknar fi och sv"),
        (
            "days is a whole number; start is a date.",
            "days on kokonaisluku; start on päivä.",
            "days är ett heltal; start är en dag.",
        ),
        (
            "OWN-1 begins on 2026-01-01; most is 3 from 2026-02-01.",
            "OWN-1 alkaa 2026-01-01; most on 3 2026-02-01 alkaen.",
            "OWN-1 börjar 2026-01-01; most är 3 från 2026-02-01.",
        ),
        ("no case lies one day before the limit", "mikään tapaus ei ole aivan rajan vieressä (päivää ennen)",
         "inget fall ligger alldeles intill gränsen (en dag före)"),
    ],
)  # fmt: skip
def test_what_stands_in_slots(english: str, finnish: str, swedish: str) -> None:
    """Types, kinds, sides, chains and what a remark is about are in the language too."""
    assert translated_text(english, "fi") == finnish
    assert translated_text(english, "sv") == swedish


def test_what_has_no_translation_stays_english() -> None:
    """A text that nobody has translated is told as it is."""
    fault = Fault("a.yaml:1:1", "AR999", "odd things happen", "Cite went missing here. Write it on one line.")
    assert translated(fault, "fi").what == "odd things happen"
    assert translated(fault, "fi").why == "Cite went missing here. Kirjoita se yhdelle riville."


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


@pytest.mark.parametrize(
    ("command", "finnish", "swedish"),
    [
        (["test", "own"], "own: 1 virhe", "own: 1 fel"),
        (["decide", "-", "--rulebook", "own"], "AR008 version puuttuu", "AR008 version saknas"),
        (["show", "own"], "Vastaus kertoo, minkä version mukaan", "Ett svar säger enligt vilken version"),
        (["init", "local", "own"], "own on jo olemassa eikä ole tyhjä.", "own finns redan och är inte tom."),
        (["init", "local", "Own"], "Own ei voi olla sääntökirjan nimi", "Own kan inte vara namnet på en regelbok"),
        (["schema", "--for", "nosuch"], "Sääntökirjaa nosuch ei ole.", "Det finns ingen regelbok nosuch."),
        (["lint", "nosuch"], "Sääntökirjaa nosuch ei ole.", "Det finns ingen regelbok nosuch."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_other_commands(
    command: list[str], finnish: str, swedish: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever loads or begins a rulebook tells what is wrong with it in the language that is asked for, and only then."""
    monkeypatch.setenv(DISABLE, "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "rulebook.yaml").write_text("rulebook: own\ntitle: {fi: x, sv: x, en: x}\nweight: local\n")
    for language, text in (("fi", finnish), ("sv", swedish)):
        told = CliRunner().invoke(build(), [*command, "--language", language])
        assert (told.exit_code, text in told.stderr + told.stdout) == (2, True)
    plain = CliRunner().invoke(build(), command)
    assert finnish not in plain.stderr and plain.exit_code == 2
    (tmp_path / "aava-rules.toml").write_text('language = "sv"\n')
    assert swedish in CliRunner().invoke(build(), command).stderr


def test_failing_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``test --language`` tells cases that fail, and faults of cases, in the language."""
    monkeypatch.setenv(DISABLE, "1")
    (tmp_path / "my.cases.yaml").write_text(
        "- {case: one, date: 2014-03-01, expect: {target_group: true}}\n- {case: two, expct: {}}\n"
    )
    command = ["test", "finland", "--cases", str(tmp_path / "my.cases.yaml")]
    told = CliRunner().invoke(build(), [*command, "--language", "fi"])
    assert told.exit_code == 1
    assert 'odotettu  {"expect": {"target_group": true}}\n  saatu     {"expect"' in told.stdout
    assert "odotettu  tapaus, jonka voi lukea" in told.stdout and "tässä ei ole avainta expct" in told.stdout
    assert told.stdout.endswith("0 läpi, 2 epäonnistui\n")
    english = CliRunner().invoke(build(), command)
    assert "expected  a case that can be read" in english.stdout and english.stdout.endswith("0 passed, 2 failed\n")
