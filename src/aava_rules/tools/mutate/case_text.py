"""A proposed case as it stands in a file of cases: with a title, what it rests on, and its lines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from textwrap import wrap
from typing import Any, Final

from aava_rules.language.dates import parse_day
from aava_rules.rulebook.model import Parts, Rule
from aava_rules.tools.mutate.mutant import Mutant

_WIDEST: Final = 190
"""Characters of a line, after which a mapping is written on several."""
_QUOTED: Final = frozenset({"on", "off", "yes", "no"})
"""Keys that other readers of YAML take for truth values."""


def case_of(parts: Parts, mutant: Mutant, case: dict[str, Any]) -> dict[str, Any]:
    """A proposed case with its title, ground and reference.

    Args:
        parts: the rulebook.
        mutant: the mutant that it notices.
        case: what is given and what follows.
    """
    rules = {rule.id: rule for ruleset in parts.rulesets for rule in ruleset.rules}
    of = [rules[name] for name in mutant.rules if name in rules]
    about = _about(of, case)
    what = _what(mutant, case["date"])
    title = f"{about}: {what}" if about else what
    return {"case": title, **case, "ground": "DERIVED", "ref": _reference(parts, mutant, of, case)}


def _about(rules: list[Rule], case: dict[str, Any]) -> str:
    if len(rules) == 1:
        return rules[0].title["en"]
    asked = _asked(case)
    return asked[0].replace("_", " ").capitalize() if asked else ""


def _asked(case: dict[str, Any]) -> list[str]:
    """The outcomes, requirements and steps that a case is about."""
    asked = [*case.get("expect", {}), *case.get("checks", {}), *case.get("no_steps", [])]
    return [str(name) for name in asked] + [str(step["step"]) for step in case.get("steps", [])]


def _what(mutant: Mutant, on: date) -> str:
    before = mutant.before.partition(": ")[2] if mutant.kind in ("day", "due", "value") else mutant.before
    before = before if len(before) <= 110 else f"{before[:107]}..."
    match mutant.kind:
        case "test":
            return f"only with {before}"
        case "threshold" | "comparison":
            return f"exactly where {before}"
        case "and_or":
            return "each of its conditions for itself"
        case "exception":
            return "its exception"
        case "override":
            return before
        case "rule":
            return "where nothing else says the same"
        case "judgement":
            return "an official has to judge it"
        case "day":
            return _side_of_day(before, on)
        case "due":
            return f"the day by which it is due, {before}"
        case "proof":
            return f"shown by a {before}"
        case _:
            return before


def _side_of_day(changed: str, on: date) -> str:
    """On which side of a day of law the case lies: ``until: 2015-06-30`` names the last day, all else the first."""
    key, _, value = changed.rpartition(": ")
    day = parse_day(value.strip())
    if day is None:
        return f"beside the day of {changed}"
    last = key.endswith("until")
    if last and on > day:
        return f"after its last day, {day}"
    if not last and on < day:
        return f"before {day}"
    return f"up to its last day, {day}" if last else f"from {day}"


def _reference(parts: Parts, mutant: Mutant, rules: list[Rule], case: dict[str, Any]) -> str:
    """The source of what is changed, as a rule cites it on the day of the case; else that of the rules that answer."""
    cites = _cites(rules[:1], case["date"])
    for kind, name in sorted(mutant.keys):
        if kind == "parameter":
            cites += [cite for value in parts.parameters[name].values for cite in value.cite]
    if not cites:
        asked = _asked(case)
        every = [rule for ruleset in parts.rulesets for rule in ruleset.rules]
        answering = [rule for rule in every if rule.name in asked or not rule.then.keys().isdisjoint(asked)]
        cites = _cites(answering, case["date"])
    return str(cites[0]) if cites else mutant.before.partition(":")[0]


def _cites(rules: list[Rule], on: date) -> list[Any]:
    """What rules cite on a day; what they cite first, before that."""
    cites: list[Any] = []
    for rule in rules:
        held = [listed for start, listed in rule.cite if start is None or start <= on]
        cites += (held or [listed for _, listed in rule.cite[:1]] or [()])[-1]
    return cites


def yaml_of(case: dict[str, Any]) -> str:
    """The text of ``case`` as it stands in a file of cases."""
    lines = []
    for key, value in case.items():
        if key in ("case", "ref"):
            lines.append(f'{key}: "{_escaped(str(value))}"')
        elif isinstance(value, dict) and len(f"{key}: {_flow(value)}") > _WIDEST:
            lines.append(f"{key}:")
            for name, part in value.items():
                lines += _block(_key(name), part)
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines))


def _block(name: str, part: Any) -> list[str]:
    line = f"  {name}: {_flow(part)}"
    if len(line) <= _WIDEST or not isinstance(part, list) or not all(isinstance(item, dict) for item in part):
        return [line]
    lines = [f"  {name}:"]
    for item in part:
        line = f"    - {_flow(item)}"
        if len(line) <= _WIDEST:
            lines.append(line)
            continue
        fields = [f"{_key(field)}: {_flow(value)}" for field, value in item.items()]
        for number, field in enumerate(fields):
            lines += wrap(field, _WIDEST, initial_indent=f"    {' ' if number else '-'} ", subsequent_indent=" " * 10)
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _key(name: str) -> str:
    return f'"{name}"' if name in _QUOTED else name


def _flow(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, (date, int, Decimal)):
        return str(value)
    text = str(value)
    plain = all(char.isalnum() or char in "_-." for char in text) and text not in _QUOTED and not _is_number(text)
    return text if plain else f'"{_escaped(text)}"'


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()
