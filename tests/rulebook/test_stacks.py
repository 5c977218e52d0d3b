"""Which of several rulebooks of one name is meant, and several versions side by side."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

import aava_rules
from aava_rules.language.errors import RulebookError, RulebookNotFound
from aava_rules.rulebook.locate import PATH, Places
from aava_rules.tools import lint as checking

TEXT = "{fi: x, sv: x, en: x}"


def rulebook(folder: Path, name: str, version: str = "1", limit: int = 18, extends: str = "") -> Path:
    """A small rulebook; of one that extends nothing, ``adult`` begins with the age ``limit``."""
    weight = f"weight: local\nextends: {extends}" if extends else "weight: law"
    files = {"rulebook.yaml": f'rulebook: {name}\nversion: "{version}"\ntitle: {TEXT}\n{weight}\n'}
    if not extends:
        files |= {
            "vocabulary.yaml": f"facts:\n  age: {{type: integer, unit: years, title: {TEXT}}}\n"
            f"outcomes:\n  adult: {{type: boolean, title: {TEXT}}}\n",
            "sources.yaml": f"act: {{title: {TEXT}}}\n",
            "parameters.yaml": f"age_limit:\n  title: {TEXT}\n  type: integer\n  unit: years\n  values:\n"
            f"    always: {{value: {limit}, cite: act, status: verified}}\n",
            "age/rules.yaml": f"ruleset: age\ntitle: {TEXT}\ndecides: [adult]\notherwise: {{adult: false}}\nrules:\n"
            f"  - {{id: A-1, title: {TEXT}, when: [age >= param.age_limit], then: {{adult: true}}, cite: act}}\n",
        }
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def load(name: Any, **options: Any) -> aava_rules.Rulebook:
    return aava_rules.load(name, plugins=False, **options)


def adult(book: aava_rules.Rulebook, age: int = 20) -> Any:
    return book.decide({"id": "a", "facts": {"age": age}}, on="2020-01-01").outcomes["adult"].value


@pytest.fixture(autouse=True)
def no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PATH, raising=False)


def test_names_are_found_on_the_search_path_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first folder of the path has the word, then the next, then those of the environment."""
    rulebook(tmp_path / "a" / "base", "base", limit=18)
    rulebook(tmp_path / "b" / "base", "base", limit=21)
    with pytest.raises(RulebookNotFound):
        load("base")
    assert adult(load("base", path=[tmp_path / "a", tmp_path / "b"])) is True
    assert adult(load("base", path=[tmp_path / "b", tmp_path / "a"])) is False
    monkeypatch.setenv(PATH, os.pathsep.join([str(tmp_path / "b"), str(tmp_path / "nosuch")]))
    assert adult(load("base")) is False
    assert adult(load("base", path=[tmp_path / "a"])) is True
    assert aava_rules.check("base") == []
    with pytest.raises(TypeError, match="path is a list"):
        load("base", path=str(tmp_path))


def test_versions_of_one_rulebook_live_side_by_side(tmp_path: Path) -> None:
    """Each version that is pinned is the one that answers, in turn; without a version the last one is meant."""
    rulebook(tmp_path / "base-2026.9", "base", "2026.9", limit=18)
    rulebook(tmp_path / "base-2026.10", "base", "2026.10", limit=21)
    old, new = (load(f"base=={version}", path=[tmp_path]) for version in ("2026.9", "2026.10"))
    for _ in range(2):
        assert (adult(old), adult(new)) == (True, False)
    assert (old.version, new.version) == ("2026.9", "2026.10")
    assert old.sha256 != new.sha256
    assert load("base", path=[tmp_path]).version == "2026.10"
    with pytest.raises(RulebookNotFound, match=r"is of version 2026\.10, not 2027"):
        load("base==2027", path=[tmp_path])
    assert adult(pickle.loads(pickle.dumps(old))) is True


def test_what_is_extended_is_of_the_version_that_is_pinned(tmp_path: Path) -> None:
    """A rulebook on top finds the version that it names among several, or says which one there is."""
    rulebook(tmp_path / "base-1", "base", "1", limit=18)
    rulebook(tmp_path / "base-2", "base", "2", limit=21)
    first = rulebook(tmp_path / "first", "first", extends="base==1")
    second = rulebook(tmp_path / "second", "second", extends="base==2")
    assert (adult(load(first)), adult(load(second))) == (True, False)
    third = rulebook(tmp_path / "third", "third", extends="base==3")
    with pytest.raises(RulebookError, match="the rulebook base is of version 2, not 3"):
        load(third)


def test_a_path_is_read_from_the_rulebook_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``extends: ../law/base`` means the same wherever the program runs."""
    rulebook(tmp_path / "law" / "base", "base", limit=21)
    top = rulebook(tmp_path / "own" / "top", "top", extends="../../law/base")
    monkeypatch.chdir("/")
    assert adult(load(top)) is False
    pinned = rulebook(tmp_path / "own" / "pinned", "pinned", extends="../../law/base==2")
    with pytest.raises(RulebookError, match="the rulebook base is of version 1, not 2"):
        load(pinned)


def test_a_copied_stack_uses_its_own_members(tmp_path: Path) -> None:
    """The law beside a copied model is the one that the model lies on, and decisions tell that it is changed."""
    for name in ("finland", "aava"):
        shutil.copytree(Path(__file__).parents[2] / "rulesets" / name, tmp_path / name)
    same = load(tmp_path / "aava")
    assert same.sha256 == load("aava").sha256
    assert all("changed" not in layer for layer in same.tables()["layers"])
    values = tmp_path / "finland" / "parameters.yaml"
    text = values.read_text(encoding="utf-8")
    line = "    2021-01-01: {value: 4, cite: act-189-2001.13b.2, status: verified}\nattended"
    assert text.count(line) == 1
    values.write_text(text.replace(line, line.replace("value: 4", "value: 3")), encoding="utf-8")
    period = {"kind": "rehabilitative_work", "start": "2024-02-01", "end": "2024-08-01", "days_per_week": 4}
    record = {"id": "a", "periods": [period | {"plan_made_on": "2024-01-15"}]}

    def limit(book: aava_rules.Rulebook) -> str:
        (finding,) = book.decide(record, on="2024-03-01", only=["days_per_week_max"]).findings
        return finding.status

    changed = load(tmp_path / "aava")
    assert (limit(changed), limit(load("aava"))) == ("broken", "met")
    assert changed.sha256 != load("aava").sha256
    assert [layer.get("changed") for layer in changed.tables()["layers"]] == [True, None]
    on_path = load("aava", path=[tmp_path])
    assert (limit(on_path), on_path.sha256) == ("broken", changed.sha256)


def test_the_checker_tells_which_of_several_is_meant(tmp_path: Path) -> None:
    """Where a name means one of several rulebooks, lint says which, and where the others are; it is no fault."""
    rulebook(tmp_path / "stack" / "base", "base")
    rulebook(tmp_path / "path" / "base-7", "base", "7")
    top = rulebook(tmp_path / "stack" / "top", "top", extends="base")
    assert checking.find_remarks(load(top)) == []
    (note,) = checking.find_remarks(load(top, path=[tmp_path / "path"]))
    assert (note.code, note.place) == ("AR231", "top/rulebook.yaml:5:10")
    assert note.what == "of 2 rulebooks base, the one meant is beside it (base, 1)"
    assert note.why == "Others are on the search path (base-7, 7)."
    pinned = rulebook(tmp_path / "stack" / "pinned", "pinned", extends="base==7")
    (note,) = checking.find_remarks(load(pinned, path=[tmp_path / "path"]))
    assert note.what == "of 2 rulebooks base, the one meant is on the search path (base-7, 7)"


def test_places_in_words(tmp_path: Path) -> None:
    """Each place has its name, and a name that is a path is none of a rulebook."""
    rulebook(tmp_path / "plugin" / "base", "base")
    places = Places({"base": tmp_path / "plugin" / "base"}, (tmp_path / "path",))
    (folder,) = places.candidates("base")
    assert places.origin(folder) == "of a plugin"
    assert places.origin(places.find("finland")) == "shipped"
    assert places.candidates("../base") == []
