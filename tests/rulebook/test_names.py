"""What can be named in a rulebook, and how it is found."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from frames_maker import book
from typer.testing import CliRunner

from aava_rules.decision.entry_points import DISABLE
from aava_rules.language.values import LANGUAGES
from aava_rules.rulebook.names import KINDS, matching
from aava_rules.tools.cli import build

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLE, "1")


@pytest.mark.parametrize("rulebook", ["finland", "aava", "hartola_sysma"])
def test_every_name_of_a_rulebook_is_there_once(rulebook: str) -> None:
    """Facts, outcomes, requirements and steps are those that it declares, each with a title in every language."""
    loaded = book(rulebook)
    parts = loaded._parts
    assert set(loaded.facts) == {name for name in parts.facts if "." not in name}
    assert set(loaded.outcomes) == set(parts.outcomes)
    assert set(loaded.requirements) == set(parts.requirements)
    assert set(loaded.steps) == set(parts.steps)
    assert {name for name in parts.facts if "." in name} < set(loaded.fields)
    assert [name.kind for name in loaded.names] == sorted((n.kind for n in loaded.names), key=KINDS.index)
    assert len({(name.kind, name.name) for name in loaded.names}) == len(loaded.names)
    for name in loaded.names:
        assert set(name.title) == set(LANGUAGES)
        assert all(name.title.values()), name.name


def test_what_a_name_says() -> None:
    """Type, unit, words, the rules that read or decide it, and their paragraphs."""
    loaded = book()
    age = loaded.facts["age"]
    assert (age.type, age.unit, age.derived, age.rulebook) == ("integer", "years", True, "finland")
    assert {"TG-11", "TG-22"} <= set(age.rules)
    assert "act-189-2001.3.2.2" in age.cites
    organiser = loaded.outcomes["organiser"]
    assert "municipality" in organiser.words
    assert organiser.rules
    assert loaded.requirements["days_per_week_max"].each == "period"
    assert loaded.fields["period.days_per_week"].unit == "days/week"
    assert "proven" not in loaded.steps["consideration"].to_dict()


def test_names_cannot_be_changed() -> None:
    """They are shared by all who ask."""
    with pytest.raises(TypeError):
        book().facts["age"] = book().facts["age"]  # type: ignore[index]
    with pytest.raises(TypeError):
        book().facts["age"].title["fi"] = "x"  # type: ignore[index]


@pytest.mark.parametrize("search", ["ikä", "IKA", "ålder", "age"])
def test_a_name_is_found_in_every_language(search: str) -> None:
    """Titles are searched in three languages, without regard to capitals and accents."""
    assert "age" in {name.name for name in matching(book().names, search)}


def test_an_accent_that_is_written_is_meant() -> None:
    """``ikä`` finds what is of an age, and not every title with ``aikana`` in it; left out, the accent may be there."""
    by_accent, without = set(matching(book().names, "ikä")), set(matching(book().names, "ika"))
    assert by_accent < without
    assert {name.name for name in by_accent} >= {"age", "absence_child_age", "age_when_work_condition_met"}
    assert all("ikä" in name.title["fi"] for name in by_accent)
    assert "subsidy_days_last_12_months" in {name.name for name in without}


@pytest.mark.parametrize("search", ["unemployed", "unemployment", "työtön", "työttömyys", "arbetslös", "arbetslöshet"])
def test_a_name_is_found_by_another_form_of_a_word(search: str) -> None:
    """What is told of the unemployed is told of their unemployment too, in every language."""
    names = {name.name for name in matching(book().names, search)}
    assert names >= {"unemployed", "continuous_unemployment_months"}
    assert "days_per_week_max" not in names and "rehabilitative_work_place_ended" not in names and len(names) < 40


def test_what_has_most_of_the_words_is_found_where_nothing_has_all() -> None:
    """A phrase that no name has leads to those that have most of its words, hyphens apart."""
    unemployed = set(matching(book().names, "unemployed"))
    by_phrase = set(matching(book().names, "zebra unemployed"))
    assert by_phrase == unemployed
    assert "continuous_unemployment_months" in {name.name for name in matching(book().names, "long-term unemployed")}
    assert matching(book().names, "zebra giraffe") == ()
    assert matching(book().names, "") == book().names


def test_all_words_are_searched_for() -> None:
    """A name is found by words in any order, and not if one of them stands nowhere in it and in another all stand."""
    found = {name.name for name in matching(book().names, "week days")}
    assert "days_per_week_max" in found
    assert "age" not in found
    assert {name.name for name in matching(book().names, "week zebra")} > found


def test_the_command() -> None:
    """One kind, a search, and JSON."""
    run = CliRunner().invoke
    assert "target_group" in run(build(), ["names", "outcomes", "--language", "en"]).stdout
    assert "facts\n" not in run(build(), ["names", "outcomes"]).stdout
    listed = json.loads(run(build(), ["names", "--search", "ålder", "--format", "json"]).stdout)
    assert "age" in {name["name"] for name in listed}
    assert listed == [name.to_dict() for name in matching(book().names, "ålder")]
    nothing = run(build(), ["names", "--search", "zebra"])
    assert (nothing.exit_code, nothing.stdout) == (2, "")
    assert "Search for a part of a word" in nothing.stderr


def test_the_page_of_names_is_up_to_date() -> None:
    """docs/names.md is what ``make docs`` writes."""
    writer = runpy.run_path(str(ROOT / "docs" / "write_names.py"))
    assert (ROOT / "docs" / "names.md").read_text(encoding="utf-8") == writer["text"]()
