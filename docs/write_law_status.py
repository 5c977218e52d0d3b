"""Writes docs/law_status.md: how far each answer of the law is verified on one day; a test holds it equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import aava_rules
from aava_rules.compiler.compile import CompiledRulebook, in_doubt
from aava_rules.decision.reasons import CODES
from aava_rules.decision.service import book_of
from aava_rules.decision.text.citations import citation
from aava_rules.decision.text.values import format_day, label
from aava_rules.rulebook.model import Cite, Parameter, ParamValue, Parts, Rule, Ruleset

DAY: Final = date(2026, 11, 29)
"""The day for which the page holds."""
FILE: Final = Path(__file__).parent / "law_status.md"
RULEBOOK: Final = "aava"
"""The rulebook whose answers are listed, with those of the rulebooks below it."""
KINDS: Final = ("outcome", "requirement", "step")
GIVEN: Final = {
    "law_not_verified": "unknown",
    "partly": "unknown, unless one of these rules holds",
    "unverified": "an answer with a caution",
    "secondary": "an answer with a caution",
    "presumed": "the answer by the last text read, with a caution",
    "law_read_until": "the answer by the last text read, with a caution",
    "verified": "an answer",
}
WORDS: Final = {"law_not_verified": "unknown", "partly": "unknown in part"}

RuleIn = tuple[Rule, Ruleset]


def page() -> str:
    """The page in Markdown."""
    book = book_of(aava_rules.load(RULEBOOK, plugins=False))
    read = min(ruleset.read_until for ruleset in book.parts.rulesets if ruleset.read_until is not None)
    until = format_day(read, "en")
    lines = [
        f"# What is known of the law on {format_day(DAY, 'en')}",
        "",
        "Written by `make docs` for the rules in force then: what a program gets for each outcome, requirement",
        "and step of `finland`, and of the model `aava` on top of it, and the acts that have to be read before it",
        "can be told for sure. `aava-rules show` has each rule.",
        "",
        f"- **presumed**: by the law as it was read up to {until}. Acts amended it since; none of them is known to",
        "  touch the answer.",
        "- **secondary**, **unverified**: a rule or number rests on another source than the act, or on none that",
        "  was checked.",
        "- **unknown**: an act that was not read bears on it. Beside an outcome stands what the law read last gives",
        "  (`last_known`).",
        "- **verified**: read in its source.",
    ]
    seen: set[tuple[str, str]] = set()
    for ruleset in book.parts.rulesets:
        rows = list(_rows(ruleset, book, seen))
        if rows:
            lines += ["", *_heading(ruleset, book.parts), "", "| answer | what it is | status | what is returned |"]
            lines += ["| --- | --- | --- | --- |", *rows]
    return "\n".join(lines) + "\n"


def _heading(ruleset: Ruleset, parts: Parts) -> Iterator[str]:
    yield f"## {ruleset.title['en']}: `{ruleset.rulebook}/{ruleset.name}`"
    if ruleset.to_read:
        yield ""
        yield f"To read: {_acts(ruleset.to_read, parts)}."


def _rows(ruleset: Ruleset, book: CompiledRulebook, seen: set[tuple[str, str]]) -> Iterator[str]:
    """The lines of what a ruleset answers, and no ruleset before it."""
    for kind in KINDS:
        for rule in ruleset.rules:
            for name in (*rule.then, rule.name):
                names = (kind, name)
                if name and names not in seen and (rules := book.rules_of(kind, name)):
                    seen.add(names)
                    yield _row(name, [one for one in rules if _in_force(one[0])], ruleset, book.parts)


def _row(name: str, rules: list[RuleIn], ruleset: Ruleset, parts: Parts) -> str:
    title = label(parts, name)["en"]
    if not rules:
        return f"| `{name}` | {title} | no rule in force | not applicable |"
    status = _status(name, rules, parts)
    given = GIVEN[status]
    if status == "partly":
        sure = [rule for rule, its in rules if not _doubted(rule, its, name)]
        some = [rule.id for rule, its in rules if _doubted(rule, its, name) and rule.doubt_where is not None]
        given = "unknown" if not sure else f"{given}: {', '.join(map(_with_status, sure))}"
        if some:
            given += f"; in doubt for some only, else by the last text read: {', '.join(some)}"
    more = dict.fromkeys(act for rule, its in rules for act in (*its.to_read, *_own_acts(rule, parts)))
    if further := [act for act in more if act not in ruleset.to_read]:
        given += f"; to read as well: {_acts(further, parts)}"
    return f"| `{name}` | {title} | {WORDS.get(status, status.replace('_', ' '))} | {given} |"


def _with_status(rule: Rule) -> str:
    return rule.id if rule.status == "verified" else f"{rule.id} ({rule.status})"


def _acts(acts: Iterable[Cite], parts: Parts) -> str:
    return ", ".join(parts.sources[act.source].number or citation(act, parts.sources).text["en"] for act in acts)


def _own_acts(rule: Rule, parts: Parts) -> Iterator[Cite]:
    """The acts to read because of the rule itself, or of a number that it reads."""
    yield from rule.to_read
    for name in parts.reads[rule.id].parameters:
        for value in _value_in_force(parts.parameters[name]):
            yield from value.to_read


def _value_in_force(parameter: Parameter) -> list[ParamValue]:
    begun = [value for value in parameter.values if value.start is None or value.start <= DAY]
    return begun[-1:]


def _in_force(rule: Rule) -> bool:
    return (rule.start is None or rule.start <= DAY) and (rule.until is None or rule.until >= DAY)


def _doubted(rule: Rule, ruleset: Ruleset, name: str) -> bool:
    of_rule = rule.in_doubt_from is not None and rule.in_doubt_from <= DAY
    return of_rule or in_doubt(ruleset, None, DAY) or in_doubt(ruleset, name, DAY)


def _status(name: str, rules: list[RuleIn], parts: Parts) -> str:
    """The most serious status of the rules in force and of the values that they read."""
    doubted = [_doubted(rule, ruleset, name) for rule, ruleset in rules]
    if any(doubted):
        wholly = all(doubted) and not any(rule.doubt_where is not None for rule, _ in rules)
        return "law_not_verified" if wholly else "partly"
    statuses = {rule.status for rule, _ in rules}
    for rule, _ in rules:
        for parameter in parts.reads[rule.id].parameters:
            statuses |= {value.status for value in _value_in_force(parts.parameters[parameter])}
    statuses |= {
        ruleset.past_reading[0] for _, ruleset in rules if ruleset.read_until is not None and ruleset.read_until < DAY
    }
    return next((code for code in CODES if code in statuses), "verified")


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
    print("docs/law_status.md")
