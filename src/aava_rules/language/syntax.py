"""The typed tree of one line of a rule: terms that have a value, and tests that hold or not.

The trees are immutable, comparable and hashable, so that equal terms of many rules are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from aava_rules.language.structs import Struct
from aava_rules.language.values import plain


class Node(Struct):
    """A part of a tree. Once it has been walked, it holds the list of all nodes in it."""

    __slots__ = ("_nodes",)


class Const(Node):
    """A number, date, word or truth value that does not depend on the record."""

    value: Any
    type: str
    unit: str = ""

    def __str__(self) -> str:
        return str(plain(self.value)) if not isinstance(self.value, dict) else "table"


class Fact(Node):
    """A fact or outcome of the vocabulary.

    Attributes:
        name: as vocabulary.yaml has it.
        type: one of ``values.TYPES``.
        unit: one of ``values.UNITS``.
        nullable: whether it may be known not to exist.
        sensitive: whether its value depends on the judged day: facts of the day, outcomes, dated derivations.
        which: of which round of the client path it is read where that is not known; never in a rule. See
            `compiler.rounds`.
    """

    name: str
    type: str
    unit: str = ""
    nullable: bool = False
    sensitive: bool = False
    which: str = ""

    def __str__(self) -> str:
        return self.name


class ItemField(Node):
    """A field (or derived fact) of the item at hand, such as ``period.start``; ``which`` as of a `Fact`."""

    singular: str
    field: str
    type: str
    unit: str = ""
    nullable: bool = True
    derived: bool = False
    which: str = ""

    def __str__(self) -> str:
        return f"{self.singular}.{self.field}"


class Param(Node):
    """A parameter: its value on the judged day."""

    name: str
    type: str
    unit: str = ""

    def __str__(self) -> str:
        return f"param.{self.name}"


class RuleDate(Node):
    """``rule.from`` or ``rule.until``: the first or last day on which the rule is in force."""

    which: str
    type: str = "date"
    unit: str = ""

    def __str__(self) -> str:
        return f"rule.{self.which}"


class DecisionDate(Node):
    """The day of decision."""

    type: str = "date"
    unit: str = ""

    def __str__(self) -> str:
        return "decision_date"


class Arith(Node):
    """A sum, difference or product."""

    op: str
    left: Expr
    right: Expr
    type: str
    unit: str

    def __str__(self) -> str:
        return f"{_nested(self.left)} {self.op} {_nested(self.right)}"


class Call(Node):
    """A call of a function of the closed list (``functions.FUNCTIONS``); words among its arguments are text."""

    name: str
    args: tuple[Expr | str, ...]
    type: str
    unit: str

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.args))})"


Expr = Const | Fact | ItemField | Param | RuleDate | DecisionDate | Arith | Call


FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""Each comparison as it reads from the other side."""


class Compare(Node):
    """``left op right``; false where either side is known not to exist."""

    op: str
    left: Expr
    right: Expr

    def __str__(self) -> str:
        return f"{self.left} {self.op} {self.right}"


class OneOf(Node):
    """``term in [word, word]``."""

    term: Expr
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.term} in [{', '.join(self.words)}]"


class Has(Node):
    """``word in set``."""

    term: Expr
    word: str

    def __str__(self) -> str:
        return f"{self.word} in {self.term}"


class Truth(Node):
    """A bare boolean."""

    term: Expr

    def __str__(self) -> str:
        return str(self.term)


class IsNone(Node):
    """``x is none``: true where the record says that there is none, false where there is one."""

    term: Expr

    def __str__(self) -> str:
        return f"{self.term} is none"


class IsKnown(Node):
    """``x is known`` or ``x is unknown``; in suggestions only, for more data may turn it."""

    term: Expr
    known: bool

    def __str__(self) -> str:
        return f"{self.term} is {'known' if self.known else 'unknown'}"


class Always(Node):
    """A condition that always holds, or never."""

    holds: bool

    def __str__(self) -> str:
        return "always" if self.holds else "never"


class All(Node):
    """True if every item is true, false if any is false, else unknown."""

    items: tuple[Condition, ...]

    def __str__(self) -> str:
        return "all(" + "; ".join(map(str, self.items)) + ")"


class Any_(Node):
    """True if any item is true, false if every one is false, else unknown."""

    items: tuple[Condition, ...]

    def __str__(self) -> str:
        return "any(" + "; ".join(map(str, self.items)) + ")"


class Not(Node):
    """The opposite; unknown stays unknown."""

    item: Condition

    def __str__(self) -> str:
        return f"not({self.item})"


Test = Compare | OneOf | Has | Truth | IsNone | IsKnown
Condition = Test | Always | All | Any_ | Not

TRUE = Always(True)
FALSE = Always(False)


def _nested(expr: Expr) -> str:
    return f"({expr})" if isinstance(expr, Arith) else str(expr)


def walk(node: Expr | Condition | str) -> Iterator[Expr | Condition]:
    """The ``node`` and every node in it, from the outside in; none for a word among arguments."""
    if isinstance(node, str):
        return iter(())
    try:
        return iter(_NODES.__get__(node))
    except AttributeError:
        nodes = tuple(_nodes_in(node))
        _NODES.__set__(node, nodes)
        return iter(nodes)


def _nodes_in(node: Expr | Condition) -> Iterator[Expr | Condition]:
    pending: list[Any] = [node]
    while pending:
        part = pending.pop()
        fields = _PARTS.get(part.__class__)
        if fields is None:
            if part.__class__ is tuple:
                pending += reversed(part)
            continue
        yield part
        pending += [getattr(part, name) for name in reversed(fields)]


_NODES: Final[Any] = Node.__dict__["_nodes"]
_PARTS: dict[type, tuple[str, ...]] = {
    **dict.fromkeys((Const, Fact, ItemField, Param, RuleDate, DecisionDate, Always), ()),
    Arith: ("left", "right"), Call: ("args",), Compare: ("left", "right"), Not: ("item",),
    **dict.fromkeys((OneOf, Has, Truth, IsNone, IsKnown), ("term",)),
    **dict.fromkeys((All, Any_), ("items",)),
}  # fmt: skip
"""The fields in which each kind of node holds others."""
