"""The tree of an explanation, and how it is written out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aava_rules.decision.text.citations import Citation
from aava_rules.language.structs import FrozenDict, public
from aava_rules.language.texts import require_language, texts_of
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

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Node:
        """The line, and all below it, that `to_dict` gave as ``form``. Raises KeyError or ValueError of another one."""
        return cls(
            form["kind"], texts_of(form["text"]), tuple(Citation.from_dict(cite) for cite in form["citations"]),
            tuple(dict(read) for read in form["reads"]), [cls.from_dict(child) for child in form["children"]],
        )  # fmt: skip

    def size(self) -> int:
        """How many lines the node and all below it have."""
        return 1 + sum(child.size() for child in self.children)

    def leaves(self) -> Iterable[Node]:
        """The node and all below it that read facts."""
        if self.reads:
            yield self
        for child in self.children:
            yield from child.leaves()


@public
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
        """The explanation in ``language`` (else its own), a line a reason, indented below what it explains.

        Raises:
            ValueError: There are no texts in that language.
        """
        require_language(language or self.language)
        lines: list[str] = []
        for tree in self.trees:
            _write(tree, language or self.language, 0, lines)
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The trees as JSON has them, in all three languages."""
        return {"trees": [tree.to_dict() for tree in self.trees]}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any], language: str = "fi") -> Explanation:
        """The explanation that `to_dict` gave as ``form``.

        Args:
            form: The trees, as JSON has them.
            language: In which it is written unless another is asked for.

        Raises:
            KeyError: A part is lacking.
            ValueError: A text is not in all languages, or there are no texts in ``language``.
        """
        require_language(language)
        return cls([Node.from_dict(tree) for tree in form["trees"]], language)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Explanation):
            return NotImplemented
        return (self.language, self.trees) == (other.language, other.trees)

    def __hash__(self) -> int:
        return hash(self.text())

    def __repr__(self) -> str:
        return f"<Explanation of {len(self.trees)} trees in {self.language}>"

    def __str__(self) -> str:
        return self.text()


def _write(node: Node, language: str, depth: int, lines: list[str]) -> None:
    cites = "; ".join(cite.text[language] for cite in node.citations)
    lines.append("  " * depth + node.texts[language] + (f"  [{cites}]" if cites else ""))
    for child in node.children:
        _write(child, language, depth + 1, lines)
