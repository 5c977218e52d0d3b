"""The table report on a narrow terminal: each finding has lines of its own, and no word is broken."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

import aava_rules
from aava_rules.tools.reports.table import Table

RECORDS = Path(__file__).resolve().parents[2] / "examples" / "records"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(width: int, monkeypatch: pytest.MonkeyPatch, language: str = "fi") -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    record = json.loads((RECORDS / "limits-broken.json").read_text(encoding="utf-8"))
    out = Terminal()
    Table().write(iter([aava_rules.load("finland", plugins=False).decide(record, on="2015-09-15")]), out, language)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_no_word_is_broken(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the wide table says stands in the narrow one, word for word, in lines that fit."""
    narrow, wide = shown(80, monkeypatch, language), shown(400, monkeypatch, language)
    assert max(map(len, narrow.splitlines())) <= 80
    headings = set(wide.splitlines()[0].split())
    assert set(wide.replace("─", " ").split()) - headings <= set(narrow.split())


def test_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose it is, how it is and on whose authority stand first; what, where and the paragraph below."""
    blocks = shown(80, monkeypatch, "en").split("\n\n")
    block = next(block for block in blocks if "periods[id=spring].days_per_week" in block)
    lines = [line.rstrip() for line in block.splitlines()]
    assert lines[0].split() == ["B-12", "broken", "law"]
    assert "  periods[id=spring].days_per_week" in lines
    assert any("section 13" in line for line in lines)
