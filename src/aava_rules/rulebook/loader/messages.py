"""Messages of rules: which one a rule shows, and whether each placeholder in it can be filled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aava_rules.rulebook.loader.documents import Document, nearest
from aava_rules.rulebook.loader.rulesets import RuleEntry, RulesetEntry, Rulesets
from aava_rules.rulebook.loader.schema_types import split_told
from aava_rules.rulebook.loader.symbols import AlreadyReported, LineScope, Names
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar
from aava_rules.rulebook.model import Text

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _scalars(text: Node) -> Iterator[Node]:
    """What a text says in each language, to a worker and to the client."""
    for _, node in text.pairs if isinstance(text, Mapping) else []:
        if isinstance(node, Mapping):
            yield from _scalars(node)
        else:
            yield node


class Messages:
    """The messages of all rulesets, by ``ruleset/key``."""

    def __init__(self, names: Names, rulesets: Rulesets) -> None:
        self.names, self.rulesets = names, rulesets
        self._users: dict[str, list[RuleEntry]] = {}

    def all(self) -> tuple[dict[str, dict[str, Text]], dict[str, dict[str, Text]]]:
        """The texts of every message by the state that they show, and those that say it otherwise to the client."""
        messages: dict[str, dict[str, Text]] = {}
        to_client: dict[str, dict[str, Text]] = {}
        for entry in self.rulesets.with_changes:
            for key, (message, _, _) in entry.messages.items():
                texts = messages[f"{entry.name}/{key}"] = {}
                for state in type(message).model_fields:
                    if (written := getattr(message, state)) is not None:
                        texts[state], for_client = split_told(written)
                        if for_client is not None:
                            to_client.setdefault(f"{entry.name}/{key}", {})[state] = for_client
        return messages, to_client

    def find(self, rule: RuleEntry) -> str:
        """The full name of the message of ``rule``: of its own ruleset, else of the highest one below that has it.

        Empty if the rule has none, or after the fault has been reported.
        """
        key = rule.model.message
        if not key or key in rule.ruleset.broken_messages:
            return ""
        owner = self._owner(rule, key)
        if owner is None:
            known = [*rule.ruleset.messages, *(k for other in self._below(rule) for k in other.messages)]
            hint = nearest(key, known) or "It must stand in messages.yaml beside the rules."
            what = f"no message is named {key[:60]}"
            rule.ruleset.document.fault(rule.node.get("message"), "AR044", what, "", hint)
            return ""
        full = f"{owner.name}/{key}"
        self._users.setdefault(full, []).append(rule)
        return full

    def _below(self, rule: RuleEntry) -> list[RulesetEntry]:
        rank = rule.ruleset.layer.rank
        return [entry for entry in self.rulesets.with_changes if entry.layer.rank < rank]

    def _owner(self, rule: RuleEntry, key: str) -> RulesetEntry | None:
        if key in rule.ruleset.messages:
            return rule.ruleset
        owners = [entry for entry in self._below(rule) if key in entry.messages]
        amended = rule.ruleset.base
        own = [entry for entry in owners if amended is not None and (entry.base or entry) is amended]
        return next(reversed([*owners, *own]), None)

    def check(self) -> None:
        """Report the placeholders that cannot be filled, for every kind of rule that shows the message."""
        for entry in self.rulesets.with_changes:
            for key, (_, node, document) in entry.messages.items():
                users = self._users.get(f"{entry.name}/{key}", [])
                eaches = {(rule.each, rule.kind == "suggest") for rule in users if rule.kind is not None}
                if not eaches and (users or key in self.rulesets.broken_users):
                    continue  # what its rule is asked for is known when the faults of the rule are mended
                for each, suggests in sorted(eaches or {(entry.each, True)}):
                    for _, text in node.pairs:
                        for scalar in _scalars(text):
                            self._text(document, scalar, each, suggests)

    def _text(self, document: Document, node: Node, each: str, suggests: bool) -> None:
        if not isinstance(node, Scalar):
            return
        if "{" in (bare := _PLACEHOLDER.sub("", node.text)) or "}" in bare:
            document.fault(node, "AR045", "a brace has no partner in this text", "Braces hold placeholders.")
        for match in _PLACEHOLDER.finditer(node.text):
            try:
                hint = self._missing(match[1], each, suggests)
            except AlreadyReported:
                continue
            if hint is not None:
                what, column = f"the placeholder {{{match[1][:60]}}} cannot be filled", match.start() + 1
                document.fault(node, "AR045", what, "", hint, column, len(match[0]))

    def _missing(self, name: str, each: str, suggests: bool) -> str | None:
        """The hint for a placeholder that cannot be filled; None if it can."""
        singular = "" if each == "client" else each
        scope = LineScope(self.names, singular)
        owner, dot, field = name.partition(".")
        if name == "due":
            return None if suggests else "Only suggestions have a due day."
        if owner == "param" and dot:
            parameter = scope.parameter(field)
            return None if parameter and parameter.type != "table" else nearest(field, self.names.parameters)
        if owner == "item" and dot:
            if not singular:
                return "The message is shown for the client, not for an item."
            return None if scope.item_field(singular, field) else nearest(field, scope.names(f"{singular}."))
        if not dot and name.isidentifier() and scope.fact(name) is not None:
            return None
        return nearest(name, scope.names("fact")) or "Write {fact}, {param.name}, {item.field} or {due}."
