"""Writes docs/names.md, the names of the rulebook ``aava``; a test holds the page equal to the rulebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aava_rules
from aava_rules.rulebook.names import Name

PAGE = Path(__file__).parent / "names.md"
KINDS = {
    "fact": ("Facts", "What `facts` of a record may give. Those that are derived need not be given: they follow."),
    "outcome": ("Outcomes", "What is decided of the client."),
    "requirement": ("Requirements", "What plans, periods and the client's case must meet."),
    "step": ("Steps", "The steps of the client path; `events[].step` names them too."),
    "field": ("Fields", "The fields of the items in the lists of a record, and the facts that follow from them."),
}


def text() -> str:
    """The page."""
    names = aava_rules.load("aava", plugins=False).names
    lines = [
        "# Names",
        "",
        "What can be named in records, in `only` and in rules, with the rulebook `aava`. "
        "`aava-rules names --search WORD` searches them, with another `--rulebook` too; in Python they are "
        "`rulebook.facts`, `outcomes`, `requirements`, `steps` and `fields`. `make docs` writes this page.",
    ]
    for kind, (heading, about) in KINDS.items():
        lines += ["", f"## {heading}", "", about, "", "| name | in Finnish | in English | what it is | rules |"]
        lines += ["|---|---|---|---|---|", *(_row(name) for name in names if name.kind == kind)]
    return "\n".join(lines) + "\n"


def _row(name: Name) -> str:
    rules = ", ".join(name.rules[:8]) + (f" and {len(name.rules) - 8} more" if len(name.rules) > 8 else "")
    return f"| `{name.name}` | {name.title['fi']} | {name.title['en']} | {', '.join(_what(name))} | {rules} |"


def _what(name: Name) -> Iterator[str]:
    if name.type:
        yield f"{name.type} ({name.unit})" if name.unit else name.type
    if name.kind == "requirement":
        yield f"of each {name.each}" if name.each != "client" else "of the client"
    if name.words:
        yield " or ".join(f"`{word}`" for word in name.words)
    if name.derived:
        yield "derived"
    if name.instead:
        yield f"goes away after {name.until}: `{name.instead}` takes its place"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
    print("docs/names.md")
