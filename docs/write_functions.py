"""Writes the functions and aggregates of the language into rulesets/README.md; a test holds the page equal to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aava_rules.language.functions import AGGREGATES, FUNCTIONS, Aggregate, Function

PAGE = Path(__file__).parent.parent / "rulesets" / "README.md"
BEGIN = "<!-- {name}: written by make docs -->"
END = "<!-- end of {name} -->"


def regions() -> dict[str, str]:
    """The text of each marked region of the page, by its name."""
    return {"functions": _table(_functions()), "aggregates": _table(_aggregates())}


def written(page: str) -> str:
    """The text ``page`` with its marked regions as the registry has them. Raises ValueError if one is not marked."""
    for name, text in regions().items():
        begin, end = BEGIN.format(name=name), END.format(name=name)
        marked = re.compile(f"({re.escape(begin)}\n).*?({re.escape(end)})", re.DOTALL)
        if len(marked.findall(page)) != 1:
            raise ValueError(f"rulesets/README.md has no region {begin} ... {end}")
        page = marked.sub(lambda match, text=text: match[1] + text + match[2], page)  # type: ignore[misc]
    return page


def _table(rows: Iterator[tuple[str, ...]]) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _functions() -> Iterator[tuple[str, ...]]:
    yield "function", "gives", "what it is", "example"
    for function in FUNCTIONS.values():
        yield f"`{function.signature}`", _gives(function), function.meaning, f"`{function.example}`"


def _gives(function: Function) -> str:
    if not function.gives:
        kinds = {"column": "as the column", "param": "as the parameter"}
        return next((text for kind, text in kinds.items() if kind in function.takes), "as the arguments")
    return f"{function.gives}, {function.unit}" if function.unit else function.gives


def _aggregates() -> Iterator[tuple[str, ...]]:
    yield "aggregate", "takes", "gives", "allows", "fact of", "what it is"
    for aggregate in AGGREGATES.values():
        owners = [owner for owner, allowed in _owners(aggregate) if allowed]
        allows = ", ".join(f"`{name}`" for name in aggregate.modifiers)
        yield (
            f"`{aggregate.example}`", aggregate.takes, aggregate.gives, allows, " or ".join(owners), aggregate.meaning,
        )  # fmt: skip


def _owners(aggregate: Aggregate) -> tuple[tuple[str, bool], ...]:
    return ("the client", aggregate.of_client), ("an item", aggregate.of_item)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print("rulesets/README.md")
