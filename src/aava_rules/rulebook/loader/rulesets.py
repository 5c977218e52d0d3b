"""rules.yaml and messages.yaml of all layers as checked models, before anything in them is linked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aava_rules.language.syntax import Condition
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.documents import Document
from aava_rules.rulebook.loader.expressions import LineReader
from aava_rules.rulebook.loader.folders import LayerFolder, RulesetFolder
from aava_rules.rulebook.loader.schema_types import NAME
from aava_rules.rulebook.loader.symbols import RESERVED, AlreadyReported, LayerInfo, LineScope, Names
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.model import RuleKind

MAX_RULES = 500
"""Rules of one ruleset."""
MAX_CHAIN = 10
"""Named conditions that may be nested in one another."""


@dataclass(slots=True)
class RuleEntry:
    """One rule as written. ``kind`` is None if it is not exactly one of the three kinds."""

    model: file_schema.Rule
    node: Mapping
    ruleset: RulesetEntry
    kind: RuleKind | None = None

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.model.id

    @property
    def each(self) -> str:
        """Client, plan or period: the rule answers once for the client, or for each of these items."""
        return self.model.each or self.ruleset.head.each

    @property
    def weight(self) -> str:
        """The authority of the rule: law, model, local or advice."""
        return self.model.weight or self.ruleset.weight

    def key(self, name: str) -> Node:
        """The node of the key ``name`` of the rule, for faults; the rule itself if it lacks the key."""
        return next((key for key, _ in self.node.pairs if key.text == name), self.node)


@dataclass(slots=True)
class RulesetEntry:
    """One ruleset as written."""

    head: file_schema.RulesFile
    node: Mapping
    document: Document
    layer: LayerInfo
    messages: dict[str, tuple[file_schema.Message, Mapping, Document]]
    broken_messages: set[str]
    rules: list[RuleEntry] = field(default_factory=list)
    is_whole: bool = True
    """Whether the shape of every rule is sound."""

    @property
    def name(self) -> str:
        """The ruleset's name."""
        return self.head.ruleset

    @property
    def weight(self) -> str:
        """The weight of its rules that have none of their own."""
        return self.head.weight or self.layer.weight


@dataclass(slots=True)
class Rulesets:
    """All rulesets, lowest layer first, and all rules by id."""

    entries: list[RulesetEntry] = field(default_factory=list)
    by_id: dict[str, RuleEntry] = field(default_factory=dict)
    broken_ids: set[str] = field(default_factory=set)


def collect(rulesets: Rulesets, layer: LayerFolder) -> None:
    """Add the rulesets of one layer. Faults of shape are reported, and what has them is left out.

    Args:
        rulesets: what the rulesets are added to.
        layer: the documents of the layer.
    """
    for folder in layer.rulesets:
        _ruleset(rulesets, layer, folder)


def _ruleset(rulesets: Rulesets, layer: LayerFolder, folder: RulesetFolder) -> None:
    document = folder.rules
    root = document.file.root
    assert isinstance(root, Mapping)
    rules = root.get("rules")
    items = rules.items if isinstance(rules, Sequence) else []
    if len(items) > MAX_RULES:
        document.fault(rules, "AR003", f"the ruleset has {len(items)} rules", f"At most {MAX_RULES} are read.")
        items = items[:MAX_RULES]
    # Each rule is checked alone, so that one that is wrong does not hide the others.
    empty = Sequence([], root.line, root.column)
    pairs = [(k, empty if isinstance(v, Sequence) and k.text == "rules" else v) for k, v in root.pairs]
    head = document.check(file_schema.RulesFile, Mapping(pairs, root.line, root.column))
    checked = [(item, document.check(file_schema.Rule, item)) for item in items]
    messages, broken = _messages(folder.messages)
    if head is None:
        rulesets.broken_ids.update(id for item in items if (id := _id(item)))
        return
    name_node = root.get("ruleset")
    if head.ruleset != folder.name:
        why = "A folder is named after what it answers."
        document.fault(name_node, "AR009", f"the ruleset {head.ruleset} lies in the folder {folder.name}", why)
    if (other := next((other for other in rulesets.entries if other.name == head.ruleset), None)) is not None:
        why = f"It stands in {other.document.name}."
        document.fault(name_node, "AR060", f"the ruleset {head.ruleset} is defined again", why)
    entry = RulesetEntry(head, root, document, layer.info, messages, broken)
    for item, rule in checked:
        if rule is None or not isinstance(item, Mapping):
            entry.is_whole = False
            rulesets.broken_ids.add(_id(item))
        elif (twin := rulesets.by_id.get(rule.id)) is not None:
            why = f"First in {twin.ruleset.document.place(twin.node)}; ids are unique and never reused."
            document.fault(item.get("id"), "AR058", f"the id {rule.id} stands twice", why)
        else:
            rulesets.by_id[rule.id] = RuleEntry(rule, item, entry)
            entry.rules.append(rulesets.by_id[rule.id])
    rulesets.entries.append(entry)


def _id(node: Node) -> str:
    id_node = node.get("id") if isinstance(node, Mapping) else None
    return id_node.text if isinstance(id_node, Scalar) else ""


def _messages(document: Document | None) -> tuple[dict[str, tuple[file_schema.Message, Mapping, Document]], set[str]]:
    messages: dict[str, tuple[file_schema.Message, Mapping, Document]] = {}
    broken: set[str] = set()
    if document is not None:
        for key, node in document.entries(document.file.root, NAME, "message"):
            message = document.check(file_schema.Message, node)
            if message is None or not isinstance(node, Mapping):
                broken.add(key.text)
            else:
                messages[key.text] = (message, node, document)
    return messages, broken


class Conditions:
    """The named conditions of one ruleset, each linked for the item and kind of rule that uses it."""

    def __init__(self, names: Names, entry: RulesetEntry) -> None:
        self.names, self.entry = names, entry
        node = entry.node.get("conditions")
        self.nodes = {key.text: value for key, value in node.pairs} if isinstance(node, Mapping) else {}
        self._linked: dict[tuple[str, str, bool], Condition | None] = {}
        self._stack: list[str] = []
        for key, _ in node.pairs if isinstance(node, Mapping) else []:
            if key.text in RESERVED or key.text in names.facts or key.text in names.outcomes:
                entry.document.fault(key, "AR040", f"{key.text} means something else in a rule")

    def scope(self, singular: str, is_suggestion: bool) -> LineScope:
        """The scope of the lines of a rule of this ruleset.

        Args:
            singular: what the item of the rule is called; empty for the client.
            is_suggestion: whether the rule suggests a step.
        """
        return LineScope(self.names, singular, is_suggestion, self._finder(singular, is_suggestion), self.nodes)

    def _finder(self, singular: str, is_suggestion: bool) -> Callable[[str], Condition | None]:
        return lambda name: self._find(name, singular, is_suggestion)

    def _find(self, name: str, singular: str, is_suggestion: bool) -> Condition | None:
        if name not in self.nodes:
            return None
        key = (name, singular, is_suggestion)
        if key not in self._linked:
            self._linked[key] = self._link(name, singular, is_suggestion)
        condition = self._linked[key]
        if condition is None:
            raise AlreadyReported
        return condition

    def _link(self, name: str, singular: str, is_suggestion: bool) -> Condition | None:
        document, node = self.entry.document, self.nodes[name]
        if name in self._stack:
            circle = " reads ".join([*self._stack[self._stack.index(name) :], name])
            document.fault(node, "AR019", "conditions are made of one another in a circle", f"{circle}.")
            return None
        if len(self._stack) >= MAX_CHAIN:
            document.fault(node, "AR017", f"more than {MAX_CHAIN} conditions stand in one another")
            return None
        self._stack.append(name)
        try:
            return LineReader(document, self.scope(singular, is_suggestion)).condition(node)
        finally:
            self._stack.pop()

    def all(self) -> dict[str, Condition]:
        """Every condition, linked as for the first rule that uses it; unused ones as for the ruleset's own item."""
        singular = "" if self.entry.head.each == "client" else self.entry.head.each
        suggests = any(rule.kind == "suggest" for rule in self.entry.rules) or not self.entry.rules
        conditions: dict[str, Condition] = {}
        for name in self.nodes:
            if not any(used == name for used, _, _ in self._linked):
                self._linked[name, singular, suggests] = self._link(name, singular, suggests)
            linked = next((c for (used, _, _), c in self._linked.items() if used == name and c is not None), None)
            if linked is not None:
                conditions[name] = linked
        return conditions
