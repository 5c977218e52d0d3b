"""rules.yaml and messages.yaml of all layers as checked models, before anything in them is linked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from aava_rules.language.dates import ONE_DAY
from aava_rules.language.syntax import Condition
from aava_rules.rulebook.loader import file_schema
from aava_rules.rulebook.loader.amendments import Touched, is_changed_too_early
from aava_rules.rulebook.loader.documents import Document, nearest
from aava_rules.rulebook.loader.expressions import CitationReader, LineReader
from aava_rules.rulebook.loader.folders import LayerFolder, RulesetFolder
from aava_rules.rulebook.loader.schema_types import NAME, Each
from aava_rules.rulebook.loader.symbols import RESERVED, AlreadyReported, LayerInfo, LineScope, Names
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.model import Cite, RuleKind

MAX_RULES = 500
"""Rules of one ruleset."""
MAX_CHAIN = 10
"""Named conditions that may be nested in one another."""


@dataclass(slots=True)
class RuleEntry:
    """One rule as written. ``kind`` is None if it is not exactly one of the three kinds.

    Attributes:
        ended: the last day on which it is in force, if an amendment says so.
        end: where that is said.
        replaced_by: the ids of the rules that amendments put in its place.
    """

    model: file_schema.Rule
    node: Mapping
    ruleset: RulesetEntry
    kind: RuleKind | None = None
    ended: date | None = None
    end: tuple[Document, Node] | None = None
    replaced_by: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.model.id

    @property
    def each(self) -> str:
        """Client, plan or period: the rule answers once for the client, or for each of these items."""
        return self.model.each or self.ruleset.each

    @property
    def weight(self) -> str:
        """The authority of the rule: law, model, local or advice."""
        return self.model.weight or self.ruleset.weight

    @property
    def start(self) -> date | None:
        """The first day on which it is in force; of a rule of an amendment that names none, that of the amendment."""
        days = self.model.in_force
        start = days.from_ if days is not None else None
        return self.ruleset.layer.start if start is None and self.ruleset.layer.amends else start

    @property
    def until(self) -> date | None:
        """The last day on which it is in force, as amended."""
        days = self.model.in_force
        return self.ended or (days.until if days is not None else None)

    def key(self, name: str) -> Node:
        """The node of the key ``name`` of the rule, for faults; the rule itself if it lacks the key."""
        return next((key for key, _ in self.node.pairs if key.text == name), self.node)


@dataclass(slots=True)
class RulesetEntry:
    """One ruleset as written, or what an amendment changes of one.

    Attributes:
        base: the ruleset that is amended; None if this is a ruleset itself.
        changes: what amendments change of this ruleset, in their order.
    """

    head: file_schema.RulesFile | file_schema.AmendedRulesFile
    node: Mapping
    document: Document
    layer: LayerInfo
    messages: dict[str, tuple[file_schema.Message, Mapping, Document]]
    broken_messages: set[str]
    rules: list[RuleEntry] = field(default_factory=list)
    is_whole: bool = True
    """Whether the shape of every rule is sound."""
    base: RulesetEntry | None = None
    changes: list[RulesetEntry] = field(default_factory=list)

    @property
    def whole(self) -> file_schema.RulesFile:
        """The head of the ruleset itself."""
        head = (self.base or self).head
        assert isinstance(head, file_schema.RulesFile)
        return head

    @property
    def each(self) -> Each:
        """What its rules are asked for, if they say nothing themselves."""
        return self.whole.each

    @property
    def decides(self) -> list[str]:
        """The outcomes that its rules decide, and those before it that it amends."""
        if self.base is None:
            return self.head.decides
        earlier = self.base.changes[: self.base.changes.index(self) + 1]
        return [name for entry in (self.base, *earlier) for name in entry.head.decides]

    @property
    def all_rules(self) -> list[RuleEntry]:
        """The rules of the whole ruleset, as amended."""
        ruleset = self.base or self
        return [rule for entry in (ruleset, *ruleset.changes) for rule in entry.rules]

    @property
    def name(self) -> str:
        """The ruleset's name."""
        return self.head.ruleset

    @property
    def weight(self) -> str:
        """The weight of its rules that have none of their own."""
        return self.whole.weight or (self.base or self).layer.weight


@dataclass(slots=True)
class Rulesets:
    """All rulesets, lowest layer first, and all rules by id."""

    entries: list[RulesetEntry] = field(default_factory=list)
    touched: Touched = field(default_factory=Touched)
    """What amendments change."""
    by_id: dict[str, RuleEntry] = field(default_factory=dict)
    broken_ids: set[str] = field(default_factory=set)
    broken_users: set[str] = field(default_factory=set)
    """The messages that rules name which are left out for their own faults: what shows such a message is not known."""

    @property
    def with_changes(self) -> list[RulesetEntry]:
        """All rulesets, each followed by what amendments change of it."""
        return [each for entry in self.entries for each in (entry, *entry.changes)]

    def ended(self, layer: LayerInfo, names: Names) -> tuple[tuple[str, date, tuple[Cite, ...]], ...]:
        """The rules that an amendment ends without another in their place, with their last days and the citations.

        Args:
            layer: the amendment.
            names: the names of the rulebook.
        """
        ended = []
        for entry in self.with_changes:
            ends = entry.node.get("ends") if entry.layer is layer and entry.base is not None else None
            for key, node in ends.pairs if isinstance(ends, Mapping) else []:
                assert isinstance(entry.head, file_schema.AmendedRulesFile)
                cite = node.get("cite") if isinstance(node, Mapping) else None
                cites = CitationReader(names, entry.document).cites(cite)
                ended.append((key.text, entry.head.ends[key.text].until, cites))
        return tuple(ended)


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
    named = root.get("ruleset")
    name = named.text if isinstance(named, Scalar) else ""
    base = next((entry for entry in rulesets.entries if entry.name == name), None)
    if base is not None and layer.info.amends and layer.info.may_change(base.layer):
        _amend(rulesets, layer, folder, base, items)
        return
    # Each rule is checked alone, so that one that is wrong does not hide the others.
    empty = Sequence([], root.line, root.column)
    pairs = [(k, empty if isinstance(v, Sequence) and k.text == "rules" else v) for k, v in root.pairs]
    head = document.check(file_schema.RulesFile, Mapping(pairs, root.line, root.column))
    checked = [(item, _checked(document, item)) for item in items]
    messages, broken = _messages(folder.messages)
    if head is None:
        for item in items:
            _leave_out(rulesets, item)
        return
    name_node = root.get("ruleset")
    if head.ruleset != folder.name:
        why = "A folder is named after what it answers."
        document.fault(name_node, "AR009", f"the ruleset {head.ruleset} lies in the folder {folder.name}", why)
    if (other := base) is not None:
        why = f"It stands in {other.document.name}."
        document.fault(name_node, "AR060", f"the ruleset {head.ruleset} is defined again", why)
    entry = RulesetEntry(head, root, document, layer.info, messages, broken)
    for item, rule in checked:
        _enter(rulesets, entry, item, rule, item)
    rulesets.entries.append(entry)


def _checked(document: Document, item: Node) -> file_schema.Rule | None:
    return document.check(file_schema.Rule, item)


def _enter(
    rulesets: Rulesets, entry: RulesetEntry, item: Node, rule: file_schema.Rule | None, written: Node
) -> RuleEntry | None:
    """Enter a rule; None after its faults.

    Args:
        rulesets: all rulesets.
        entry: the ruleset, or the change of one, that has the rule.
        item: the node of the rule, with what it takes over from a rule that it replaces.
        rule: the rule; None if its shape is wrong.
        written: the node of the rule as it is written.
    """
    if rule is None or not isinstance(item, Mapping):
        entry.is_whole = False
        _leave_out(rulesets, written)
        _leave_out_message(rulesets, item)
        return None
    if (twin := rulesets.by_id.get(rule.id)) is not None:
        why = f"First in {twin.ruleset.document.place(twin.node)}; ids are unique and never reused."
        entry.document.fault(item.get("id"), "AR058", f"the id {rule.id} stands twice", why)
        _leave_out_message(rulesets, item)
        return None
    rulesets.by_id[rule.id] = RuleEntry(rule, item, entry)
    entry.rules.append(rulesets.by_id[rule.id])
    return rulesets.by_id[rule.id]


TAKEN_OVER = (
    "title", "when", "then", "requirement", "require", "unless", "suggest", "due", "each", "weight", "judged_on",
    "overrides", "needs_judgement", "message",
)  # fmt: skip
"""What a rule of an amendment has of the one that it replaces, or is like, where it does not say it itself."""


def _amend(
    rulesets: Rulesets, layer: LayerFolder, folder: RulesetFolder, base: RulesetEntry, items: list[Node]
) -> None:
    """Enter what an amendment changes of the ruleset ``base``.

    Args:
        rulesets: all rulesets.
        layer: the amendment.
        folder: what it says of the ruleset.
        base: the ruleset.
        items: the nodes of its rules.
    """
    document, info = folder.rules, layer.info
    root = document.file.root
    assert isinstance(root, Mapping)
    empty = Sequence([], root.line, root.column)
    pairs = [(k, empty if isinstance(v, Sequence) and k.text == "rules" else v) for k, v in root.pairs]
    head = document.check(file_schema.AmendedRulesFile, Mapping(pairs, root.line, root.column))
    checked = [(item, document.check(file_schema.AmendedRule, item)) for item in items]
    messages, broken = _messages(folder.messages)
    if head is None:
        for item in items:
            _leave_out(rulesets, item)
        return
    if head.ruleset != folder.name:
        why = "A folder is named after what it answers."
        what = f"the ruleset {head.ruleset} lies in the folder {folder.name}"
        document.fault(root.get("ruleset"), "AR009", what, why)
    for again in messages.keys() & {name for earlier in (base, *base.changes) for name in earlier.messages}:
        at, texts = messages[again][2], messages[again][1]
        why = "Texts have no day, so what the rulebook said before the amendment would change with it."
        at.fault(texts, "AR060", f"the message {again} is defined again", why, "Give it a name of its own.")
    entry = RulesetEntry(head, root, document, info, messages, broken, base=base)
    for item, change in checked:
        _enter_change(rulesets, base, entry, item, change)
    base.changes.append(entry)
    ends = root.get("ends")
    for key, node in ends.pairs if isinstance(ends, Mapping) else []:
        _end(rulesets, entry, key, head.ends[key.text].until, node)
    for key_name in ("read_until", "to_read", "in_doubt_from", "may_end", "successor"):
        if (position := root.get(key_name)) is not None:
            rulesets.touched.add(f"ruleset {head.ruleset}", info, document, position)


def _enter_change(
    rulesets: Rulesets, base: RulesetEntry, entry: RulesetEntry, item: Node, change: file_schema.AmendedRule | None
) -> None:
    """Enter one rule of an amendment, and end the one that it replaces."""
    document = entry.document
    if change is None or not isinstance(item, Mapping):
        _enter(rulesets, entry, item, None, item)
        return
    node, old = item, None
    if change.replaces is not None and change.like is not None:
        hint = "Keep one of them: what replaces a rule takes over from it too."
        document.fault(item.get("like"), "AR050", "like stands beside replaces", "", hint)
    if (model_id := change.replaces or change.like) is not None:
        old = _amended_rule(rulesets, entry, item.get("replaces") or item.get("like") or item, model_id)
        if old is None:
            _leave_out(rulesets, item)
            return
        own = {key.text for key, _ in item.pairs}
        # of two ways to conclude, the one that is written anew stands for the other
        if own & {"then", "requirement", "suggest"}:
            own |= {"then", "requirement", "require", "unless", "suggest", "due"}
        taken = [pair for pair in old.node.pairs if pair[0].text in TAKEN_OVER and pair[0].text not in own]
        written = [pair for pair in item.pairs if pair[0].text not in ("replaces", "like")]
        node = Mapping([*written, *taken], item.line, item.column)
    rule = _enter(rulesets, entry, node, document.check(file_schema.Rule, node), item)
    if rule is None:
        return
    start = rule.model.in_force.from_ if rule.model.in_force is not None else None
    first = start or entry.layer.start
    if start is not None:
        is_changed_too_early(document, item.get("in_force") or item, entry.layer, start)
    if old is not None and change.replaces is not None:
        old.replaced_by.append(rule.id)
        _set_end(rulesets, entry, old, first - ONE_DAY, item.get("replaces") or item)


def _amended_rule(rulesets: Rulesets, entry: RulesetEntry, node: Node, rule_id: str) -> RuleEntry | None:
    """The rule of the amended ruleset that an amendment names; None after the fault that it has none of that id."""
    rule = rulesets.by_id.get(rule_id)
    own = {rule.id for rule in (entry.base or entry).all_rules}
    if rule is not None and rule.id in own:
        return rule
    if rule_id not in rulesets.broken_ids:
        why = f"{rule_id} is a rule of {rule.ruleset.name}." if rule is not None else ""
        what = f"the ruleset {entry.name} has no rule {rule_id} to amend"
        entry.document.fault(node, "AR080", what, why, nearest(rule_id, own))
    return None


def _end(rulesets: Rulesets, entry: RulesetEntry, key: Scalar, until: date, node: Node) -> None:
    """End a rule of the amended ruleset with the day ``until``, which stands at ``node``."""
    rule = _amended_rule(rulesets, entry, key, key.text)
    if rule is not None and not is_changed_too_early(entry.document, node, entry.layer, until + ONE_DAY):
        _set_end(rulesets, entry, rule, until, key)


def _set_end(rulesets: Rulesets, entry: RulesetEntry, rule: RuleEntry, until: date, node: Node) -> None:
    rulesets.touched.add(f"rule {rule.id}", entry.layer, entry.document, node)
    days = rule.model.in_force
    last = rule.ended or (days.until if days is not None else None)
    start = days.from_ if days is not None else None
    if last is not None and last < until:
        why = f"{last} is its last day."
        entry.document.fault(node, "AR081", f"the rule {rule.id} has ended before {until} already", why)
    elif start is not None and until < start:
        why = f"It begins on {start}, and would end with {until}."
        hint = "End it on that day or later, or let the new rule override it."
        entry.document.fault(node, "AR081", f"the rule {rule.id} would end before it begins", why, hint)
    else:
        rule.ended, rule.end = until, (entry.document, node)


def _id(node: Node) -> str:
    id_node = node.get("id") if isinstance(node, Mapping) else None
    return id_node.text if isinstance(id_node, Scalar) else ""


def _leave_out(rulesets: Rulesets, item: Node) -> None:
    """Note the id of a rule that is left out for its faults, so that nothing false is said of what names it."""
    if id := _id(item):
        rulesets.broken_ids.add(id)
    _leave_out_message(rulesets, item)


def _leave_out_message(rulesets: Rulesets, item: Node) -> None:
    message = item.get("message") if isinstance(item, Mapping) else None
    if isinstance(message, Scalar):
        rulesets.broken_users.add(message.text)


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

    def __init__(self, names: Names, entry: RulesetEntry, below: tuple[Conditions, ...] = ()) -> None:
        """The conditions of ``entry``; what it amends is ``below``, the ruleset first."""
        self.names, self.entry, self.below = names, entry, below
        node = entry.node.get("conditions")
        self.nodes = {key.text: value for key, value in node.pairs} if isinstance(node, Mapping) else {}
        self._linked: dict[tuple[str, str, bool], Condition | None] = {}
        self._stack: list[str] = []
        for key, _ in node.pairs if isinstance(node, Mapping) else []:
            if key.text in RESERVED or key.text in names.facts or key.text in names.outcomes:
                entry.document.fault(key, "AR040", f"{key.text} means something else in a rule")
            if any(key.text in other.nodes for other in below):
                why = "Conditions have no day, so what the rulebook said before the amendment would change with it."
                hint = "Give it a name of its own."
                entry.document.fault(key, "AR060", f"the condition {key.text} is defined again", why, hint)

    def scope(self, singular: str, is_suggestion: bool) -> LineScope:
        """The scope of the lines of a rule of this ruleset.

        Args:
            singular: what the item of the rule is called; empty for the client.
            is_suggestion: whether the rule suggests a step.
        """
        known = [name for conditions in (self, *self.below) for name in conditions.nodes]
        return LineScope(self.names, singular, is_suggestion, self._finder(singular, is_suggestion), known)

    def _finder(self, singular: str, is_suggestion: bool) -> Callable[[str], Condition | None]:
        return lambda name: self._find(name, singular, is_suggestion)

    def _find(self, name: str, singular: str, is_suggestion: bool) -> Condition | None:
        if name not in self.nodes:
            for other in reversed(self.below):
                if name in other.nodes:
                    return other._find(name, singular, is_suggestion)
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
        singular = "" if self.entry.each == "client" else self.entry.each
        suggests = any(rule.kind == "suggest" for rule in self.entry.rules) or not self.entry.rules
        conditions: dict[str, Condition] = {}
        for name in self.nodes:
            if not any(used == name for used, _, _ in self._linked):
                self._linked[name, singular, suggests] = self._link(name, singular, suggests)
            linked = next((c for (used, _, _), c in self._linked.items() if used == name and c is not None), None)
            if linked is not None:
                conditions[name] = linked
        return conditions
