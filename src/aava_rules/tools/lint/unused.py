"""Names that the rulebook declares and that nothing uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aava_rules.language.syntax import Call, Const, Fact, Param, walk
from aava_rules.record.fields import client_fields, lists
from aava_rules.rulebook.dependencies import trees_of, upstream_facts
from aava_rules.rulebook.loader.yaml_nodes import Mapping
from aava_rules.rulebook.model import Cite, FactDef, OutcomeDef, Parts
from aava_rules.tools.lint.files import Files, rule_nodes, scalars
from aava_rules.tools.lint.reads import Tree

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_unused(files: Files, parts: Parts) -> None:
    """Report each parameter, message, condition, word, source and derived fact that nothing uses (AR212).

    Args:
        files: the rulebook's own files, in which the names are declared, and where remarks go.
        parts: the whole stack of rulebooks, any of which may use a name.
    """
    used = _Usage(parts)
    _conditions(files)
    for name in files.keys("parameters.yaml"):
        is_reference = "reference" in files.keys("parameters.yaml", name)
        if name not in used.parameters and not is_reference:
            _report(files, ("parameters.yaml", name), f"the parameter {name}", "No rule, fact or message reads it.")
    for name in files.keys("sources.yaml"):
        if name not in used.sources:
            _report(files, ("sources.yaml", name), f"the source {name}", "Nothing cites it.")
    for name in files.keys("vocabulary.yaml", "words"):
        if name not in used.words:
            why = "No fact, outcome, field or table has this word."
            _report(files, ("vocabulary.yaml", "words", name), f"the word {name}", why)
    for name in files.keys("vocabulary.yaml", "facts"):
        if parts.facts[name].derivation is not None and name not in used.facts:
            why = "It is derived, but no rule reads it."
            _report(files, ("vocabulary.yaml", "facts", name), f"the fact {name}", why)
    for name in files.keys("vocabulary.yaml", "outcomes"):
        for word in used.never_concluded(name):
            why = "No rule concludes it."
            _report(files, ("vocabulary.yaml", "outcomes", name), f"the word {word} of {name}", why)
    _messages(files, parts)


def _report(files: Files, path: tuple[str, ...], subject: str, why: str) -> None:
    position = files.declared(*path)
    assert position is not None
    files.report(position, "AR212", f"nothing uses {subject}", why, "Take it out.")


def _conditions(files: Files) -> None:
    for ruleset in files.rulesets:
        document = ruleset.rules
        root = document.file.root
        named = root.get("conditions") if isinstance(root, Mapping) else None
        if not isinstance(named, Mapping):
            continue
        bodies = {key.text: {scalar.text.strip() for scalar in scalars(node)} for key, node in named.pairs}
        parts = [
            rule.get(part) for rule in rule_nodes(document) for part in ("when", "require", "unless", "in_doubt_where")
        ]
        pending = {scalar.text.strip() for part in parts for scalar in scalars(part)} & bodies.keys()
        used: set[str] = set()
        while pending:
            name = pending.pop()
            used.add(name)
            pending |= (bodies[name] & bodies.keys()) - used
        for key, _ in named.pairs:
            if key.text not in used:
                what = f"nothing uses the condition {key.text}"
                files.report((document, key), "AR212", what, "No rule of the ruleset names it.", "Take it out.")


def _messages(files: Files, parts: Parts) -> None:
    used_messages = {rule.message for ruleset in parts.rulesets for rule in ruleset.rules}
    for ruleset in parts.rulesets:  # a message named after an answer is shown where no rule has one
        used_messages |= {
            f"{ruleset.name}/{name}" for rule in ruleset.rules for name in (*rule.then, rule.name) if name
        }
    for folder in files.rulesets:
        document = folder.messages
        root = document.file.root if document is not None else None
        for key, _ in root.pairs if isinstance(root, Mapping) else []:
            if document is not None and f"{folder.name}/{key.text}" not in used_messages:
                what = f"nothing uses the message {key.text}"
                files.report((document, key), "AR212", what, "No rule shows it.", "Take it out.")


class _Usage:
    """What rules, derived facts, proofs and messages use of the names of a rulebook."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        rules = [rule for ruleset in parts.rulesets for rule in ruleset.rules]
        placeholders = set(_placeholders(parts))
        trees: list[Tree] = [tree for rule in rules for tree in trees_of(rule)]
        trees += [value for ruleset in parts.rulesets for value in ruleset.otherwise.values() if not _is_set(value)]
        trees += [proof.where for step in parts.steps.values() for proof in step.proof if proof.where is not None]
        trees += [Fact(name, "") for name in placeholders if name in parts.facts]
        self.facts = set(upstream_facts(trees, parts.facts)) | {
            f"{singular}.{name.removeprefix('item.')}"
            for name in placeholders
            if name.startswith("item.")
            for singular in ("period", "plan")
        }
        derivations = [fact.derivation for fact in parts.facts.values() if fact.derivation is not None]
        read = [*trees, *(tree for fact in parts.facts.values() for tree in fact.trees())]
        self.parameters = {node.name for tree in read for node in walk(tree) if isinstance(node, Param)}
        self.parameters |= {derivation.since for derivation in derivations}
        self.parameters |= {name.removeprefix("param.") for name in placeholders if name.startswith("param.")}
        cites = [cite for rule in rules for _, dated in rule.cite for cite in dated]
        cites += [cite for parameter in parts.parameters.values() for value in parameter.values for cite in value.cite]
        cites += [cite for derivation in derivations for zone in derivation.outside for cite in zone.cite]
        cites += [act for ruleset in parts.rulesets for act in ruleset.to_read]
        cites += [cite for ruleset in parts.rulesets if ruleset.may_end is not None for cite in ruleset.may_end.cite]
        cites += [act for rule in rules for act in rule.to_read]
        cites += [act for parameter in parts.parameters.values() for value in parameter.values for act in value.to_read]
        for amendment in (layer.amendment for layer in parts.layers if layer.amendment is not None):
            cites += [*amendment.cite, *(cite for _, _, cited in amendment.ended for cite in cited)]
        self.sources = {cite.source for cite in cites if isinstance(cite, Cite)}
        self.words = set(_words(parts))
        self._rules = rules

    def never_concluded(self, outcome: str) -> list[str]:
        """The words of an outcome that no rule can conclude."""
        words = self.parts.outcomes[outcome].words
        values = [rule.then[outcome] for rule in self._rules if outcome in rule.then]
        values += [ruleset.otherwise[outcome] for ruleset in self.parts.rulesets if outcome in ruleset.otherwise]
        if not values:
            return []  # an official decides it
        concluded: set[str] = set()
        for value in values:
            words_of_value = self._words_of(value)
            if words_of_value is None:
                return []
            concluded |= words_of_value
        return [word for word in words if word not in concluded]

    def _words_of(self, value: object) -> set[str] | None:
        """The words that a conclusion can come to; None if that is open."""
        match value:
            case frozenset():
                return set(value)
            case Const(word):
                return {word} if isinstance(word, str) else None
            case Call(_, (Param(name), _, str(column))):
                tables = [
                    dated_value.value
                    for dated_value in self.parts.parameters[name].values
                    if isinstance(dated_value.value, dict)
                ]
                return {row[column] for table in tables for row in table.values()}
            case Fact(name) if name in self.parts.facts:
                return set(self.parts.facts[name].words)
        return None


def _is_set(value: object) -> bool:
    return isinstance(value, frozenset)


def _placeholders(parts: Parts) -> Iterator[str]:
    for states in parts.messages.values():
        for text in states.values():
            for line in text.values():
                yield from _PLACEHOLDER.findall(line)


def _words(parts: Parts) -> Iterable[str]:
    """Every word that a value can be."""
    definitions: list[FactDef | OutcomeDef] = [*parts.facts.values(), *parts.outcomes.values()]
    for definition in definitions:
        yield from definition.words
    fields = [client_fields(), *(info.fields for info in lists().values())]
    for field_infos in fields:
        for info in field_infos.values():
            yield from info.words
    for parameter in parts.parameters.values():
        for value in parameter.values:
            for row in value.value.values() if isinstance(value.value, dict) else ():
                yield from (cell for cell in row.values() if isinstance(cell, str))
