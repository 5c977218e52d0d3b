"""The tree of an explanation, and how it is written out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aava_rules.decision.text.citations import Citation
from aava_rules.language.structs import FrozenDict
from aava_rules.rulebook.model import Text


@dataclass(slots=True)
class Node:
    """One line of an explanation, with the lines below it.

    Attributes:
        kind: of line: ``answer``, ``rule``, ``require``, ``exception``, ``test``, ``value``, ``edge``, ``given`` …
        texts: what it says, by language.
        citations: where the rule or limit comes from.
        reads: the facts it read: ``fact`` (name), ``where`` (path in the record), ``value`` and ``origin``.
        children: the lines below it, in the order in which they are read.
    """

    kind: str
    texts: Text
    citations: tuple[Citation, ...] = ()
    reads: tuple[dict[str, Any], ...] = ()
    children: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts = FrozenDict(self.texts)  # of a rule's title there is one for all decisions

    def to_dict(self) -> dict[str, Any]:
        """The line and all below it as JSON has them."""
        return {
            "kind": self.kind,
            "text": dict(self.texts),
            "citations": [cite.to_dict() for cite in self.citations],
            "reads": [dict(read) for read in self.reads],
            "children": [child.to_dict() for child in self.children],
        }

    def size(self) -> int:
        """How many lines the node and all below it have."""
        return 1 + sum(child.size() for child in self.children)

    def leaves(self) -> Iterable[Node]:
        """The node and all below it that read facts."""
        if self.reads:
            yield self
        for child in self.children:
            yield from child.leaves()


class Explanation:
    """Why the answers to one name are as they are.

    Attributes:
        trees: one for an outcome or step, one for each item of a requirement.
        language: in which ``text`` is written unless another is asked for.
    """

    def __init__(self, trees: list[Node], language: str) -> None:
        self.trees = trees
        self.language = language

    def text(self, language: str | None = None) -> str:
        """The explanation in ``language`` (else its own), a line a reason, indented below what it explains."""
        lines: list[str] = []
        for tree in self.trees:
            _write(tree, language or self.language, 0, lines)
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The trees as JSON has them, in all three languages."""
        return {"trees": [tree.to_dict() for tree in self.trees]}

    def __str__(self) -> str:
        return self.text()


def _write(node: Node, language: str, depth: int, lines: list[str]) -> None:
    cites = "; ".join(cite.text[language] for cite in node.citations)
    lines.append("  " * depth + node.texts[language] + (f"  [{cites}]" if cites else ""))
    for child in node.children:
        _write(child, language, depth + 1, lines)
