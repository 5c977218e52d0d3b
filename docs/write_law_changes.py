"""Writes docs/law_changes.md, what the law changed on which day, from the rulebook ``finland``; a test holds it so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import aava_rules
from aava_rules.decision.service import parts_of
from aava_rules.decision.text.citations import citation, in_force
from aava_rules.decision.text.values import format_day, format_quantity
from aava_rules.language.dates import ONE_DAY
from aava_rules.rulebook.model import Cite, Parameter, Parts, Rule

PAGE = Path(__file__).parent / "law_changes.md"
Change = tuple[date, str, str]
"""The day, what sorts it among others of that day, and the line."""


def text() -> str:
    """The page."""
    rulebook = aava_rules.load("finland", plugins=False)
    parts = parts_of(rulebook)
    changes = sorted([*_of_parameters(parts), *_of_rules(parts)], reverse=True)
    lines = [
        "# What the law changed, by day",
        "",
        f"Numbers and rules of the rulebook `finland` {rulebook.version}, the latest change first, as `make docs` "
        "writes them from its files. What was always so, as far as the law was read, is not listed. `aava-rules diff "
        "finland --from DAY --to DAY` tells the same between two days, and with records whose answers change.",
    ]
    day = None
    for start, _, line in sorted(changes, key=lambda change: (-change[0].toordinal(), change[1], change[2])):
        if start != day:
            lines += ["", f"## {format_day(start, 'en')}", ""]
            day = start
        lines.append(line)
    return "\n".join(lines) + "\n"


def _of_parameters(parts: Parts) -> Iterator[Change]:
    for parameter in parts.parameters.values():
        before: Any = None
        for value in parameter.values:
            if value.start is not None and (before is not None or value.value is not None):
                change = f"from {_value(before, parameter)} to {_value(value.value, parameter)}"
                if before is None:
                    change = _value(value.value, parameter)
                elif before == value.value:
                    change = f"still {_value(before, parameter)}, on another ground"
                line = f"- **{parameter.title['en']}**: {change} ({_cites(value.cite, parts)})"
                yield value.start, f"0{parameter.name}", line
            before = value.value


def _value(value: Any, parameter: Parameter) -> str:
    if value is None:
        return "none"
    if parameter.type == "table":
        return f"a table of {len(value)} rows"
    return format_quantity(value, parameter.unit, "en")


def _of_rules(parts: Parts) -> Iterator[Change]:
    for ruleset in parts.rulesets:
        for rule in ruleset.rules:
            if rule.start is not None:
                yield rule.start, f"1{rule.id}", _rule(rule, "begins", rule.start, parts)
            if rule.until is not None:
                yield rule.until + ONE_DAY, f"2{rule.id}", _rule(rule, "is no longer in force", rule.until, parts)


def _rule(rule: Rule, change: str, day: date, parts: Parts) -> str:
    return f"- {rule.id} {change}: {rule.title['en']} ({_cites(in_force(rule.cite, day), parts)})"


def _cites(cites: Iterable[Cite], parts: Parts) -> str:
    return "; ".join(citation(cite, parts.sources).text["en"] for cite in cites)


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
    print("docs/law_changes.md")
