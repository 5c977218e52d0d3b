"""The JSON Schema of rule files with the names of one rulebook, which an editor then offers while they are typed.

Names are offered and not demanded: a rule may read a name that is written into vocabulary.yaml a minute later. What is
wrong with names `aava-rules lint` tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from aava_rules.decision.service import Rulebook, parts_of
from aava_rules.language.errors import UnknownName, nearest
from aava_rules.rulebook.loader.file_schema import FILES, rulebook_schema

if TYPE_CHECKING:
    from aava_rules.rulebook.names import Name

_STATUSES = ["broken", "unknown", "met", "not_applicable"]


def editor_schema(rulebook: Rulebook | None = None, file: str = "") -> dict[str, Any]:
    """The JSON Schema (draft-07) of rule files.

    Args:
        rulebook: the rulebook whose names are offered, those below it included; None for no names.
        file: the file that it is of, such as ``rules.yaml``; empty for a schema that fits any of them.

    Raises:
        UnknownName: a rulebook has no file of that name.
    """
    schema = deepcopy(rulebook_schema())  # parts of it are shared with the models
    if rulebook is not None:
        _offer_names(schema["definitions"], rulebook)
        schema["title"] = f"Rule files, with the names of {rulebook.name} {rulebook.version}"
    if not file:
        return schema
    if file not in FILES:
        hint = nearest(file, FILES) or f"There are {', '.join(FILES)}."
        raise UnknownName(f"A rulebook has no file {file[:60]!r}. {hint}")
    del schema["anyOf"]
    return schema | {"title": f"{schema['title']}: {file}", "allOf": [{"$ref": f"#/definitions/{FILES[file]}"}]}


def _offer_names(definitions: dict[str, Any], rulebook: Rulebook) -> None:
    parts = parts_of(rulebook)
    outcomes = {name.name: _answer(name) for name in rulebook.outcomes.values()}
    facts = {name.name: _answer(name) for name in rulebook.facts.values()}
    requirements, steps = sorted(parts.requirements), sorted(parts.steps)
    rules = [rule.id for ruleset in parts.rulesets for rule in ruleset.rules]
    definitions["Tests"]["anyOf"].insert(0, {"enum": sorted([*facts, *outcomes])})
    for name in ("Rule", "AmendedRule"):
        of_rule = definitions[name]["properties"]
        _set(of_rule["then"], {"type": "object", "properties": outcomes})
        _set(of_rule["requirement"], {"enum": requirements})
        _set(of_rule["suggest"], {"enum": steps})
        _set(of_rule["cite"], {"enum": sorted(parts.sources)})
    for name in ("RulesFile", "AmendedRulesFile"):
        of_file = definitions[name]["properties"]
        of_file["decides"]["items"] = _or_text(outcomes)
        of_file["otherwise"]["properties"] = outcomes
    of_case = definitions["Case"]["properties"]
    of_case["given"]["properties"] = facts
    of_case["expect"]["properties"] = {name: {"description": form["description"]} for name, form in outcomes.items()}
    of_case["checks"]["properties"] = {name: {"enum": _STATUSES} for name in requirements}
    of_case["steps"]["items"]["anyOf"].insert(0, {"enum": steps})
    of_case["no_steps"]["items"] = _or_text(steps)
    for key in ("by", "not_by"):
        of_case[key]["items"] = _or_text(rules)
    definitions["SuggestedStep"]["properties"]["step"] = _or_text(steps)
    definitions["ParameterValue"]["properties"]["cite"]["anyOf"].insert(0, {"enum": sorted(parts.sources)})


def _answer(name: Name) -> dict[str, Any]:
    """What an editor shows and offers of a name: its titles, and its words."""
    described: dict[str, Any] = {"description": " / ".join(name.title.values())}
    if name.words and name.type == "choice":
        described["anyOf"] = [{"enum": list(name.words)}, {}]
    return described


def _set(described: dict[str, Any], offer: dict[str, Any]) -> None:
    """Put what is offered before the forms that a value may have."""
    if "anyOf" in described:
        described["anyOf"].insert(0, offer)
    else:
        form = {key: described.pop(key) for key in list(described) if key not in ("title", "default", "description")}
        described["anyOf"] = [offer, form]


def _or_text(names: Iterable[str]) -> dict[str, Any]:
    """Any text, of which these are offered."""
    return {"anyOf": [{"enum": sorted(names)}, {"type": "string"}]}
