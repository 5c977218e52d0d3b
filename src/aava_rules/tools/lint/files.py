"""The rule files of the rulebook under review, as YAML nodes, so that every remark has its line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from aava_rules.decision.loading import places_of
from aava_rules.language.errors import Fault
from aava_rules.rulebook.loader.documents import Document, Faults, TooManyFaults
from aava_rules.rulebook.loader.folders import LayerStack, RulesetFolder
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from aava_rules.decision.service import Rulebook


Position = tuple[Document, Node]
"""A node and the file that it is in."""


class Files:
    """The files of one rulebook or amendment, without those below it, and the remarks made on them.

    Attributes:
        name: the name of the rulebook.
        folder: its folder.
        places: where the rulebooks below it are looked for.
        rules: by the id of a rule, the file it is in and its node.
    """

    def __init__(self, rulebook: Rulebook, folder: Path | None) -> None:
        self.places = places_of(rulebook)
        self.folder = folder or rulebook.folder or self.places.find(rulebook.name)
        self._faults = Faults()
        stack = LayerStack(self._faults, lambda name: self.places.find(name, self.folder.parent))
        stack.read(self.folder, rulebook.amendments)
        self._layer = stack.of(self.folder)
        self.name = self._layer.info.name
        self.rules: dict[str, tuple[Document, Mapping]] = {}
        for ruleset in self.rulesets:
            for node in rule_nodes(ruleset.rules):
                name = node.get("id")
                if isinstance(name, Scalar):
                    self.rules[name.text] = (ruleset.rules, node)

    @property
    def rulesets(self) -> list[RulesetFolder]:
        """The documents of each ruleset."""
        return self._layer.rulesets

    def report(
        self, position: Position, code: str, what: str, why: str = "", hint: str = "", example: str = ""
    ) -> None:
        """Make a remark on a node; after a thousand remarks further ones are dropped.

        Args:
            position: the node and its file.
            code: the code of the remark, such as ``AR201``.
            what: what is lacking or wrong, in one sentence without a full stop.
            why: from what that follows; empty if ``what`` says it all.
            hint: what to do about it.
            example: a made-up record and a day that show it, as JSON; empty for none.
        """
        document, node = position
        with suppress(TooManyFaults):  # after a thousand remarks the next ones are of no use
            document.fault(node, code, what, why, hint, example=example)

    def remarks(self) -> list[Fault]:
        """All remarks, in the order of files and lines."""
        return self._faults.in_order()

    # -- spots

    def rule(self, rule_id: str, part: str = "") -> Position:
        """The key ``part`` of the rule ``rule_id``, or the rule's id if it has no such part."""
        document, node = self.rules[rule_id]
        return document, next((key for key, _ in node.pairs if key.text == part), node.get("id") or node)

    def line(self, rule_id: str, text: str) -> Position:
        """The line of a rule, or of a named condition of its ruleset, that has this text; else the rule's id.

        Args:
            rule_id: the id of the rule.
            text: a test as it is printed; white space makes no difference.
        """
        return self.line_of(rule_id, text)[0]

    def line_of(self, rule_id: str, text: str) -> tuple[Position, bool]:
        """The line of a rule, or of a named condition of its ruleset, and whether it stands in the rule itself.

        Args:
            rule_id: the id of the rule.
            text: a test as it is printed; white space makes no difference.
        """
        document, node = self.rules[rule_id]
        root = document.file.root
        named = root.get("conditions") if isinstance(root, Mapping) else None
        for part in (*(node.get(key) for key in ("when", "require", "unless")), named):
            for scalar in scalars(part):
                if _without_spaces(scalar.text) == _without_spaces(text):
                    return (document, scalar), part is not named
        return self.rule(rule_id), True

    def overrides_all(self, rule_id: str) -> bool:
        """Whether the rule ``rule_id`` says ``overrides: all``."""
        return isinstance(self.rules[rule_id][1].get("overrides"), Scalar)

    def defaults(self, folder: RulesetFolder) -> Iterator[tuple[str, Position]]:
        """The outcomes that the ruleset of a ``folder`` has a value for by default, with their positions."""
        root = folder.rules.file.root
        node = root.get("otherwise") if isinstance(root, Mapping) else None
        yield from ((key.text, (folder.rules, key)) for key, _ in (node.pairs if isinstance(node, Mapping) else ()))

    def declared(self, file: str, *path: str) -> Position | None:
        """The last key of a path of keys into a file next to rulebook.yaml; None if it is not there.

        Args:
            file: the name of the file, such as ``vocabulary.yaml``.
            path: the keys, from the root of the file on.
        """
        document = self._layer.top.get(file)
        node: Node | None = document.file.root if document is not None else None
        key: Scalar | None = None
        for name in path:
            pairs = node.pairs if isinstance(node, Mapping) else []
            key, node = next(((k, node) for k, node in pairs if k.text == name), (None, None))
        return None if document is None or key is None else (document, key)

    def keys(self, file: str, *path: str) -> list[str]:
        """The keys below a path of keys into a file next to rulebook.yaml; empty if there is none.

        Args:
            file: the name of the file.
            path: the keys, from the root of the file on.
        """
        document = self._layer.top.get(file)
        node: Node | None = document.file.root if document is not None else None
        for name in path:
            node = node.get(name) if isinstance(node, Mapping) else None
        return [key.text for key, _ in node.pairs] if isinstance(node, Mapping) else []

    def below(self) -> tuple[str, Position | None]:
        """The name of what is extended or amended, without a version, and where it stands; else an empty one."""
        document = self._layer.rulebook
        root = document.file.root
        for key in ("extends", "amends"):
            node = root.get(key) if isinstance(root, Mapping) else None
            if isinstance(node, Scalar):
                return node.text.partition("==")[0], (document, node)
        return "", None

    def value_of(self, parameter: str, start: date) -> Position | None:
        """The position of a dated value of a parameter; None if another rulebook declares it.

        Args:
            parameter: the name of the parameter.
            start: the day from which the value holds.
        """
        return self.declared("parameters.yaml", parameter, "values", start.isoformat())


def rule_nodes(document: Document) -> Iterator[Mapping]:
    """The nodes of the rules in ``document``, a file of rules."""
    root = document.file.root
    rules = root.get("rules") if isinstance(root, Mapping) else None
    yield from (node for node in (rules.items if isinstance(rules, Sequence) else ()) if isinstance(node, Mapping))


def scalars(node: Node | None) -> Iterator[Scalar]:
    """Every value in ``node``, in the order of the file; keys are left out."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    elif isinstance(node, Mapping):
        for _, value in node.pairs:
            yield from scalars(value)


def _without_spaces(text: str) -> str:
    return "".join(text.split())


MOST_SHOWN = 5
"""Names or tests that a remark lists before it says that there are more."""


def listed(names: list[str] | tuple[str, ...], between: str = ", ") -> str:
    """The first ``MOST_SHOWN`` of ``names`` with ``between`` in between, and an ellipsis if there are more."""
    return between.join([*names[:MOST_SHOWN], *(["..."] if names[MOST_SHOWN:] else [])])
