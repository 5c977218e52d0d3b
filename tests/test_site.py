"""The pages of the documentation tell the truth: every snippet is run, and every link between pages leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from snippets import INSTALLS, ROOT, Printed, blocks, run

PAGES = [
    "index.md",
    "meaning.md",
    *sorted(f"{folder}/{file.name}" for folder in ("start", "howto") for file in (ROOT / "docs" / folder).glob("*.md")),
]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_snippets_print_what_the_page_shows(name: str, tmp_path: Path) -> None:
    """Each snippet of the page, run in order in an empty folder, prints what stands below it."""
    wrong = [printed for printed in run(page(name), tmp_path) if not printed.agrees()]
    assert not wrong, "\n\n".join(f"{one.snippet}\nprints\n{one.got}\nin place of\n{one.expected}" for one in wrong)


@pytest.mark.parametrize("name", PAGES)
def test_what_is_not_run_is_an_installation(name: str) -> None:
    """Nothing on the pages is left unrun but what installs, and parts of files that are shown."""
    for block in blocks(page(name)):
        assert block.language in ("python", "text", "console", "sh", "yaml", "json", "toml"), block.language
        if block.language == "sh":
            for line in block.text.splitlines():
                assert INSTALLS.fullmatch(line.partition("#")[0].strip()), line


def test_each_kind_of_user_has_a_page_with_snippets() -> None:
    """There are five of them, each from nothing to an answer, and the start page leads to each."""
    starts = [name for name in PAGES if name.startswith("start/")]
    assert len(starts) == 5
    for name in starts:
        assert f"({name})" in page("index.md")
        assert sum(block.language in ("python", "console") for block in blocks(page(name))) >= 2


@pytest.mark.parametrize("name", [*PAGES, "security.md"])
def test_links_lead_somewhere(name: str) -> None:
    """Links go to pages of docs, to pages that the site takes from elsewhere, or to those that it generates."""
    hooks = (ROOT / "docs" / "site_hooks.py").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", page(name)):
        path = (ROOT / "docs" / name).parent.joinpath(target).resolve()
        generated = path.relative_to(ROOT / "docs").as_posix()
        assert path.exists() or f'"{generated}"' in hooks or generated.startswith(("reference/", "project/aava-rules"))


def test_what_changes_may_be_left_out() -> None:
    """A line of three dots stands for any lines, and within a line for any text; anything else has to agree."""
    assert Printed("", "a\n…\nd\n", "a\nb\nc\nd\n", 0, 0).agrees()
    assert Printed("", "a … d\n", "a b c d\n", 0, 0).agrees()
    assert not Printed("", "a … d\n", "a b c\n", 0, 0).agrees()
    assert not Printed("", "a\n", "a\nb\n", 0, 0).agrees()
    assert not Printed("", "", "a\n", 0, 0).agrees()
