"""What a release promises: one version, a changelog that knows it, true metadata, and warnings of what goes away."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
import warnings
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import aava_rules
from aava_rules import RulebookError
from aava_rules.language.extras import how_to_install

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = [ROOT / "pyproject.toml", *sorted((ROOT / "plugins").glob("*/pyproject.toml"))]


def imported(path: Path) -> ModuleType:
    """A script of the checkout as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


release = imported(ROOT / "release" / "release.py")


def metadata(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))["project"]  # type: ignore[no-any-return]


def test_the_version_stands_in_one_place() -> None:
    """The distribution takes its version from the code, and the changelog has a heading for it."""
    assert release.version() == aava_rules.__version__
    assert metadata(PROJECTS[0])["dynamic"] == ["version"] and "version" not in metadata(PROJECTS[0])
    release.check_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), aava_rules.__version__)
    spelt = [path for path in (ROOT / "src").rglob("*.py") if f'"{aava_rules.__version__}"' in path.read_text("utf-8")]
    assert spelt == [release.VERSION_FILE]


KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_the_changelog_is_sorted_by_kinds() -> None:
    """Each version tells its changes under the six kinds, in their order, each change once."""
    versions = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert versions
    for told in versions:
        headings = re.findall(r"^### (.+)$", told, re.MULTILINE)
        assert headings == [kind for kind in KINDS if kind in headings]
        assert re.search(r"^- ", told, re.MULTILINE) and not re.search(r"^- ", told.split("\n### ")[0], re.MULTILINE)
        changes = [line for line in told.splitlines() if line.startswith("- ")]
        assert sorted({line for line in changes if changes.count(line) > 1}) == []


@pytest.mark.parametrize("changelog", ["# Changes\n", "# Changes\n\n## 0.0.9\n\n## 99.0.0\n"])
def test_a_changelog_that_does_not_know_the_version_stops_a_release(changelog: str) -> None:
    """A release without its own heading is refused, and told what the newest heading is."""
    with pytest.raises(release.NotReleased, match="newest heading"):
        release.check_changelog(changelog, "99.0.0")


def test_nobody_is_sent_to_an_index() -> None:
    """The library is on no package index, so no text says to install it by name, where anybody could take the name."""
    texts = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    texts += [path for top in ("src", "plugins", "examples") for path in (ROOT / top).rglob("*.py")]
    texts += list((ROOT / "plugins").rglob("*.md"))
    by_name = re.compile(r"(?i)install [\"'`]?aava-rules")
    said = {str(path.relative_to(ROOT)) for path in texts if by_name.search(path.read_text(encoding="utf-8"))}
    assert said == {"docs/releases.md"}  # which says that there is nothing of that name
    assert how_to_install("table").startswith('pip install ".[table]"')


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.parent.name)
def test_the_metadata_is_true(path: Path) -> None:
    """Author, licence and key words are there; addresses that the project does not have are not."""
    project = metadata(path)
    assert project["authors"] == [{"name": "The aava-rules authors"}] and project["keywords"]
    assert project["license"] == "MIT" and project["license-files"] == ["LICENSE"]
    assert (path.parent / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "urls" not in project
    assert project["requires-python"] == ">=3.11"


def test_two_builds_that_differ_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte, or one file, that two builds of a commit do not share stops the release."""
    texts = iter(["same", "same", "one", "other"])

    def built(root: Path, epoch: str) -> dict[str, Path]:
        root.mkdir(parents=True)
        file = root / "a.whl"
        file.write_text(next(texts), encoding="utf-8")
        return {file.name: file}

    monkeypatch.setattr(release, "exported", lambda folder: folder)
    monkeypatch.setattr(release, "built", built)
    assert list(release.same_twice(tmp_path / "x", "0")) == ["a.whl"]
    with pytest.raises(release.NotReleased, match=r"differ: a\.whl"):
        release.same_twice(tmp_path / "y", "0")


# -- what goes away


def test_a_name_that_goes_away_is_warned_of_at_the_line_that_uses_it() -> None:
    """The warning says until when the name stays and what takes its place, and the answer is the same."""
    rulebook = aava_rules.load("finland", plugins=False)
    record = {"id": "a", "facts": {"age": 80}}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old = rulebook.decide(record, on="2020-01-01", only=["assessment_start_working_days"])
    (warning,) = caught
    assert warning.category is DeprecationWarning and warning.filename == __file__
    assert str(warning.message) == (
        "The outcome assessment_start_working_days of finland stays until 2027-12-31 and goes away then. "
        "Ask for assessment_start_weekdays."
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        new = rulebook.decide(record, on="2020-01-01", only=["assessment_start_weekdays"])
        every = rulebook.decide(record, on="2020-01-01")
    values = {old.outcomes["assessment_start_working_days"].value, new.outcomes["assessment_start_weekdays"].value}
    assert values == {every.outcomes["assessment_start_weekdays"].value} == {7}
    name = rulebook.outcomes["assessment_start_working_days"]
    assert (name.instead, name.until) == ("assessment_start_weekdays", "2027-12-31")


def test_what_was_promised_to_stay_until_a_day_has_been_taken_away_by_then() -> None:
    """The page of releases lists every name that goes away, with its day, and none whose day is long past."""
    page = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    for name in ("finland", "aava", "hartola_sysma"):
        for outcome in aava_rules.load(name, plugins=False).outcomes.values():
            if outcome.until:
                day = date.fromisoformat(outcome.until)
                written = f"{day.day} {day:%B} {day.year}"
                assert re.search(rf"`{outcome.name}`.*`{outcome.instead}`.*{written}", page), outcome.name


def test_what_takes_the_place_of_a_name_must_be_there(tmp_path: Path) -> None:
    """An outcome that goes away names another one that the rulebook has."""
    (tmp_path / "small").mkdir()
    title = "{fi: a, sv: a, en: a}"
    files = {
        "rulebook.yaml": f'rulebook: small\nversion: "1"\ntitle: {title}\nweight: local\n',
        "vocabulary.yaml": f"""outcomes:
  rain: {{type: boolean, title: {title}}}
  wet: {{type: boolean, title: {title}, deprecated: {{instead: rian, until: 2030-01-01}}}}
""",
    }
    for name, text in files.items():
        (tmp_path / "small" / name).write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        aava_rules.load(tmp_path / "small", plugins=False)
    assert [(fault.code, fault.what, fault.hint) for fault in caught.value.faults] == [
        ("AR011", "no other outcome is named rian", "Did you mean rain?")
    ]


def test_the_changelog_of_law_is_what_the_rulebook_says() -> None:
    """docs/law_changes.md is written from the rule files."""
    page = imported(ROOT / "docs" / "write_law_changes.py")
    assert page.PAGE.read_text(encoding="utf-8") == page.text()
