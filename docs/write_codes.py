"""Writes docs/codes: a page for each code of faults and remarks on rulebooks; a test holds them equal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aava_rules.tools.lint.codes import codes

FOLDER: Final = Path(__file__).parent / "codes"


def pages() -> dict[str, str]:
    """Each page in Markdown by the name of its file, and one that lists them."""
    every = codes()
    rows = [f"| [{code.code}]({code.code}.md) | {code.title} |" for code in every.values()]
    index = ["# Codes of faults and remarks on rulebooks", "", "| code | |", "|---|---|", *rows, ""]
    return {"README.md": "\n".join(index)} | {f"{code.code}.md": code.markdown() for code in every.values()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
