"""Rule files: regular ones, inside the folder, read once and never beyond their limit; whatever fails is a fault."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import aava_rules
from aava_rules.language.errors import RulebookError, RulebookNotFound
from aava_rules.rulebook import files
from aava_rules.rulebook.loader import load_cases, load_parts
from aava_rules.rulebook.loader.yaml_nodes import MAX_BYTES

TINY = Path(__file__).parents[1] / "language" / "chaining"
FILES = ("rulebook.yaml", "vocabulary.yaml", "between/rules.yaml", "between/cases.yaml")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices and links are those of POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small rulebook that may be spoilt."""
    target = tmp_path / "chaining"
    shutil.copytree(TINY, target)
    (target / "between" / "cases.yaml").write_text("[]\n", encoding="utf-8")
    return target


def endless(file: Path) -> None:
    file.symlink_to("/dev/zero")


def listening(file: Path) -> None:
    here = os.getcwd()
    os.chdir(file.parent)  # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(file.name)
    finally:
        os.chdir(here)


def outside(file: Path) -> None:
    file.symlink_to(Path(__file__))


SPOILT: dict[str, Callable[[Path], None]] = {
    "a pipe": os.mkfifo,
    "a device without end": endless,
    "a link that leads nowhere": lambda file: file.symlink_to("nowhere"),
    "a link to itself": lambda file: file.symlink_to(file.name),
    "a link out of the folder": outside,
    "a socket": listening,
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", SPOILT)
def test_what_is_no_file_of_the_folder_is_a_fault_with_its_place(folder: Path, name: str, what: str) -> None:
    """Nothing hangs, nothing is read without end, and every error is a RulebookError; nothing of the file is quoted."""
    file = folder / name
    file.unlink()
    SPOILT[what](file)
    code = (
        "import sys, aava_rules\n"
        "try:\n    aava_rules.load(sys.argv[1], plugins=False)\n"
        "except aava_rules.AavaRulesError as error:\n    print(type(error).__name__, error)\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    if name == "rulebook.yaml":
        # a folder without that file is no rulebook at all
        assert done.stdout.startswith(("RulebookNotFound", "RulebookError"))
    else:
        assert done.stdout.startswith("RulebookError")
        assert f"chaining/{name}:1:1  AR009 the file cannot be read" in done.stdout
    assert "no file of the folder" not in done.stdout


@pytest.mark.parametrize("name", FILES[1:])
def test_a_file_that_must_not_be_read_is_a_fault(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system refuses; root may read everything, so the refusal is its stand-in."""
    really = os.open

    def refused(path: object, *arguments: int) -> int:
        if str(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return really(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(files.os, "open", refused)
    with pytest.raises(RulebookError, match="Reading it is not permitted"):
        aava_rules.load(folder, plugins=False)


def test_a_folder_that_is_a_link_out_of_the_rulebook_is_a_fault(folder: Path, tmp_path: Path) -> None:
    """Its rules are those of somebody else."""
    elsewhere = tmp_path / "elsewhere"
    (folder / "between").rename(elsewhere)
    (folder / "between").symlink_to(elsewhere)
    with pytest.raises(RulebookError, match=r"chaining/between  AR009 the folder cannot be read"):
        aava_rules.load(folder, plugins=False)


def test_links_inside_the_folder_and_to_it_are_followed(folder: Path, tmp_path: Path) -> None:
    """A rulebook may be looked at through a link, and a file may be another name of one beside it."""
    expected = aava_rules.load(folder, plugins=False).sha256
    (folder / "_vocabulary.yaml").write_bytes((folder / "vocabulary.yaml").read_bytes())
    (folder / "vocabulary.yaml").unlink()
    (folder / "vocabulary.yaml").symlink_to("_vocabulary.yaml")
    (tmp_path / "link").symlink_to(folder)
    assert aava_rules.load(tmp_path / "link", plugins=False).sha256 == expected


def test_no_more_is_read_than_a_file_may_have(folder: Path) -> None:
    """A file of one byte more is told by its length, however long it is."""
    file = folder / "vocabulary.yaml"
    file.write_bytes(b"#" * (MAX_BYTES + 500_000))
    assert len(files.content_of(file, folder, MAX_BYTES)) == MAX_BYTES + 1
    with pytest.raises(RulebookError, match="vocabulary"):
        aava_rules.load(folder, plugins=False)
    file.write_bytes(b"#" * 500)
    assert len(files.content_of(file, folder, 500)) == 500


def test_every_file_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is answered by is what is hashed, even if a file is replaced meanwhile."""
    opened: list[str] = []
    really = os.open

    def counted(path: object, *arguments: int) -> int:
        opened.append(str(path))
        return really(path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(files.os, "open", counted)
    load_parts(folder, lambda name: folder)
    assert sorted(opened) == sorted(str(path) for path in folder.rglob("*.yaml"))


def test_cases_that_are_no_file_are_a_fault(tmp_path: Path) -> None:
    """A pipe of worked cases does not hang."""
    os.mkfifo(tmp_path / "cases.yaml")
    with pytest.raises(RulebookError, match="AR009 the file cannot be read"):
        load_cases(tmp_path / "cases.yaml")


@pytest.mark.parametrize("name", ["a" * 5000, "a" * 5000 + "/b", "\0", "x/\0"])
def test_a_name_that_no_file_can_have_is_not_found(name: str) -> None:
    """The system's own error does not leave load."""
    with pytest.raises(RulebookNotFound):
        aava_rules.load(name, plugins=False)


@pytest.mark.parametrize(("version", "found"), [("2026.1", True), ("1999.9", False), ("", True)])
def test_the_version_that_is_extended_counts(tmp_path: Path, version: str, found: bool) -> None:
    """A rulebook that pins the one below it gets that version or none."""
    actual = aava_rules.load("finland", plugins=False).version
    wanted = version and version.replace("2026.1", actual)
    root = tmp_path / "upper"
    root.mkdir()
    extends = "finland" + (f"=={wanted}" if wanted else "")
    title = "{fi: Ylin, sv: Högst, en: Upper}"
    text = f'rulebook: upper\nversion: "1"\ntitle: {title}\nweight: local\nextends: {extends}\n'
    (root / "rulebook.yaml").write_text(text, encoding="utf-8")
    if found:
        assert [layer.name for layer in aava_rules.load(root, plugins=False)._parts.layers] == ["finland", "upper"]
    else:
        with pytest.raises(RulebookError, match=r"upper/rulebook.yaml:5:10  AR061 the rulebook finland is of version"):
            aava_rules.load(root, plugins=False)
