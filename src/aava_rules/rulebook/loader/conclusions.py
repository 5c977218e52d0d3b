"""What rules conclude: the values of outcomes, checked against their types, words and units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aava_rules.language.functions import reads_table
from aava_rules.language.syntax import Call, Const, Expr, Param
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.documents import nearest
from aava_rules.rulebook.loader.expressions import LineReader, type_mismatch
from aava_rules.rulebook.loader.rulesets import RuleEntry, RulesetEntry
from aava_rules.rulebook.loader.symbols import Entry, LineScope, Names, text_of
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence


class Conclusions:
    """The conclusions of the rules of one ruleset, or of an amendment of one."""

    def __init__(self, names: Names, entry: RulesetEntry) -> None:
        self.names, self.entry, self.document = names, entry, entry.document

    def check_decides(self) -> None:
        """Report what ``decides`` lists but no rule concludes, and what a rule concludes but it does not list."""
        decides, node = self.entry.decides, self.entry.node.get("decides")
        items = node.items if isinstance(node, Sequence) else []
        concluded = {name for rule in self.entry.rules for name in rule.model.then or ()}
        # A misspelt outcome is reported where it stands; that the right one is missing would be the same fault again.
        whole = self.entry.is_whole and concluded <= set(self.names.outcomes)
        for item, name in zip(items, self.entry.head.decides, strict=False):
            if self._outcome(item, name) and name not in concluded and whole:
                self.document.fault(item, "AR055", f"no rule here decides {name}")
        for rule in self.entry.rules:
            then = rule.node.get("then")
            for key, _ in then.pairs if isinstance(then, Mapping) else []:
                if key.text not in decides and self._outcome(key, key.text):
                    self.document.fault(key, "AR055", f"{key.text} is not listed under decides", "", "Add it there.")

    def otherwise(self, scope: LineScope) -> dict[str, Any]:
        """The answers when every rule is surely false, by outcome; their lines are read in ``scope``.

        ``not_applicable`` says that an outcome is meant to have none, which it has not anyway.
        """
        node = self.entry.node.get("otherwise")
        values = {}
        for key, value in node.pairs if isinstance(node, Mapping) else []:
            if key.text not in self.entry.decides:
                hint = nearest(key.text, self.entry.decides)
                self.document.fault(key, "AR055", f"this ruleset does not decide {key.text[:60]}", "", hint)
            elif (outcome := self._outcome(key, key.text)) is not None and not _applies_not(outcome, value):
                values[key.text] = self._value(outcome, value, LineReader(self.document, scope))
        return {name: value for name, value in values.items() if value is not None}

    def of(self, rule: RuleEntry, lines: LineReader) -> tuple[dict[str, Any], str]:
        """The outcomes that a rule concludes, by name, and the requirement or step that it is about, or empty.

        Args:
            rule: the rule.
            lines: reads its lines.
        """
        if rule.kind == "decide":
            return self._then(rule, lines), ""
        if rule.kind == "require":
            return {}, self._requirement(rule)
        name, node = rule.model.suggest or "", rule.node.get("suggest")
        if name not in self.names.steps and not self.names.is_broken("steps", name):
            hint = (
                self.names.titled(name, "steps")
                or nearest(name, self.names.steps)
                or "It must stand under steps in vocabulary.yaml."
            )
            self.document.fault(node, "AR053", f"no step is named {name[:60]}", "", hint)
        return {}, name

    def _requirement(self, rule: RuleEntry) -> str:
        name, node = rule.model.requirement or "", rule.node.get("requirement")
        entry = self.names.requirements.get(name)
        if entry is None:
            if not self.names.is_broken("requirements", name):
                hint = (
                    self.names.titled(name, "requirements")
                    or nearest(name, self.names.requirements)
                    or "It must stand under requirements in vocabulary.yaml."
                )
                self.document.fault(node, "AR052", f"no requirement is named {name[:60]}", "", hint)
        elif entry.model.each != rule.each:
            why = f"The rule is asked for each {rule.each}."
            self.document.fault(node, "AR052", f"{name} is asked for each {entry.model.each}", why)
        elif not self.entry.layer.may_change(entry.layer) and entry.layer.weight == "law":
            why = f"{entry.layer.name} is law; a rulebook on top of it adds requirements of its own."
            self.document.fault(node, "AR063", f"{name} is a requirement of {entry.layer.name}", why)
        return name

    def _then(self, rule: RuleEntry, lines: LineReader) -> dict[str, Any]:
        if rule.each != "client":
            why = f"The rule is asked for each {rule.each}; outcomes are of the client."
            self.document.fault(rule.key("then"), "AR054", "then stands in a rule of items", why)
            return {}
        node = rule.node.get("then")
        values = {}
        for key, value in node.pairs if isinstance(node, Mapping) else []:
            entry = self._outcome(key, key.text)
            if entry is None:
                continue
            if not self.entry.layer.may_change(entry.layer) and entry.layer.weight == "law":
                why = f"{entry.layer.name} is law; a rulebook on top of it cannot decide this."
                self.document.fault(key, "AR062", f"{key.text} is decided by {entry.layer.name}", why)
            values[key.text] = self._value(entry, value, lines)
        return {name: value for name, value in values.items() if value is not None}

    def _outcome(self, node: Node, name: str) -> Entry[file_schema.Outcome] | None:
        entry = self.names.outcomes.get(name)
        if entry is None and not self.names.is_broken("outcomes", name):
            hint = (
                self.names.titled(name, "outcomes")
                or nearest(name, self.names.outcomes)
                or "It must stand under outcomes in vocabulary.yaml."
            )
            self.document.fault(node, "AR051", f"no outcome is named {name[:60]}", "", hint)
        return entry

    def _value(self, entry: Entry[file_schema.Outcome], node: Node, lines: LineReader) -> Expr | frozenset[str] | None:
        outcome = entry.model
        if outcome.type == "set":
            return self._set(entry, node)
        if isinstance(node, Scalar) and outcome.type == "boolean" and type(node.value) is bool:
            return Const(node.value, "boolean")
        if outcome.type == "choice" and isinstance(node, Scalar) and node.text in outcome.words:
            return Const(node.text, "choice")
        if isinstance(node, Scalar) and outcome.type == "choice" and "(" not in node.text:
            self._unknown_word(node, node.text, entry)
            return None
        term = lines.value(node)
        if term is None:
            return None
        if reads_table(term) and outcome.type == "choice" and term.type == "text":
            self._check_table(node, term, entry)
        elif fault := type_mismatch(term, outcome.type, outcome.unit):
            self.document.fault(node, *fault)
            return None
        elif isinstance(term, Const):
            # 0 and 1 take the unit and the exact type of the outcome.
            value = Decimal(term.value) if outcome.type in ("decimal", "money") else term.value
            return Const(value, outcome.type, outcome.unit)
        return term

    def _set(self, entry: Entry[file_schema.Outcome], node: Node) -> frozenset[str] | None:
        if not isinstance(node, Sequence):
            self.document.fault(node, "AR054", f"{entry.name} is a set", "", "Write a list of words: [one, other].")
            return None
        chosen = set()
        for item in node.items:
            word = text_of(item) or ""
            if word not in entry.model.words:
                self._unknown_word(item, word, entry)
            chosen.add(word)
        return frozenset(chosen)

    def _unknown_word(self, node: Node, word: str, entry: Entry[file_schema.Outcome]) -> None:
        words = entry.model.words
        hint = nearest(word, words) or f"It can be {', '.join(words[:12])}."
        self.document.fault(node, "AR014", f"{word[:60] or 'this'} is not among the words of {entry.name}", "", hint)

    def _check_table(self, node: Node, call: Call, entry: Entry[file_schema.Outcome]) -> None:
        table, column = call.args[0], call.args[2]
        assert isinstance(table, Param)
        assert isinstance(column, str)
        for value in self.names.parameters[table.name].model.values.values():
            rows = value.rows if isinstance(value.rows, dict) else {}
            for row in rows.values():
                word = row.get(column) if isinstance(row, dict) else None
                if isinstance(word, str) and word not in entry.model.words:
                    self._unknown_word(node, word, entry)


def _applies_not(entry: Entry[file_schema.Outcome], value: Node) -> bool:
    """Whether ``otherwise`` says of an outcome that it does not apply; a choice may have that as a word of its own."""
    return isinstance(value, Scalar) and value.text == "not_applicable" and value.text not in entry.model.words
