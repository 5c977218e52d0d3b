"""Writes docs/law_status.md: how far each answer of the law is verified on one day; a test holds it equal."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import aava_rules
from aava_rules.compiler.compile import in_doubt
from aava_rules.decision.reasons import CODES
from aava_rules.rulebook.model import Parameter, ParamValue, Reads, Rule, Ruleset

DAY: Final = date(2026, 11, 29)
"""The day for which the page holds."""
FILE: Final = Path(__file__).parent / "law_status.md"
GIVEN: Final = {
    "law_not_verified": "unknown; outcomes: beside it what the law read last gives (`last_known`)",
    "partly": "unknown, or a secondary answer where one is known; outcomes: beside it what the law read last gives",
    "unverified": "an answer with a caution",
    "secondary": "an answer with a caution",
    "presumed": "the answer by the last text read, with a caution",
    "law_read_until": "the answer by the last text read, with a caution",
    "verified": "an answer",
}


def page() -> str:
    """The page in Markdown."""
    book = aava_rules.load("finland", plugins=False).book
    read = sorted({ruleset.read_until for ruleset in book.parts.rulesets if ruleset.read_until is not None})
    lines = [
        f"# What is known of the law on {DAY}",
        "",
        "Written by `make docs` for the rulebook `finland` and the rules in force then. Its authors read the law",
        f"up to {read[0]}. *Presumed* answers follow that text: acts amended it since, none known to touch them.",
        "*Unknown* answers are those on which an act that was not read bears.",
        "`aava-rules show finland` has each rule, its status and its sources.",
        "",
        "| answer | status | what is returned | acts to read |",
        "| --- | --- | --- | --- |",
    ]
    names = [*book.parts.outcomes, *book.parts.requirements]
    for name in names:
        kind = "outcome" if name in book.parts.outcomes else "requirement"
        rules = [(rule, ruleset) for rule, ruleset in book.rules_of(kind, name) if _in_force(rule)]
        if not rules:
            lines.append(f"| `{name}` | no rule in force | not applicable | |")
            continue
        status = _status(name, rules, book.parts.reads, book.parts.parameters)
        acts = dict.fromkeys(str(act) for _, ruleset in rules for act in ruleset.to_read)
        numbers = ", ".join(book.parts.sources[act.partition(".")[0]].number for act in acts)
        word = {"law_not_verified": "unknown", "partly": "unknown in part"}.get(status, status.replace("_", " "))
        lines.append(f"| `{name}` | {word} | {GIVEN[status]} | {numbers} |")
    return "\n".join(lines) + "\n"


def _in_force(rule: Rule) -> bool:
    return (rule.start is None or rule.start <= DAY) and (rule.until is None or rule.until >= DAY)


def _status(
    name: str, rules: list[tuple[Rule, Ruleset]], reads: dict[str, Reads], parameters: dict[str, Parameter]
) -> str:
    """The most serious status of the rules in force and of the values that they read."""
    doubted = [
        in_doubt(ruleset, None, DAY)
        or in_doubt(ruleset, name, DAY)
        or (rule.in_doubt_from is not None and rule.in_doubt_from <= DAY)
        for rule, ruleset in rules
    ]
    if any(doubted):
        return "law_not_verified" if all(doubted) else "partly"
    statuses = {rule.status for rule, _ in rules}
    for rule, _ in rules:
        for parameter in reads[rule.id].parameters:
            statuses |= {
                value.status for value in parameters[parameter].values if _holds(value, parameters[parameter].values)
            }
    statuses |= {
        ruleset.past_reading[0] for _, ruleset in rules if ruleset.read_until is not None and ruleset.read_until < DAY
    }
    return next((code for code in CODES if code in statuses), "verified")


def _holds(value: ParamValue, values: tuple[ParamValue, ...]) -> bool:
    """Whether it is the last of the values that has begun."""
    begun = [entry for entry in values if entry.start is None or entry.start <= DAY]
    return bool(begun) and begun[-1] == value


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
    print("docs/law_status.md")
