"""The ways in which one test, value or day of a rule can be changed, and where in a rule file each part stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from aava_rules.language.syntax import (
    All,
    Any_,
    Arith,
    Call,
    Compare,
    Condition,
    Const,
    Expr,
    Has,
    IsKnown,
    IsNone,
    Not,
    OneOf,
    Truth,
)
from aava_rules.language.values import NUMERIC, plain
from aava_rules.rulebook.loader.yaml_nodes import Mapping as MappingNode
from aava_rules.rulebook.loader.yaml_nodes import Node, Scalar, Sequence

Tree = Expr | Condition
Named = Mapping[str, Node]
"""The named conditions of a ruleset, by name, as they are written."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to change a tree.

    Attributes:
        kind: what is changed, as a key of ``mutants.KINDS``.
        before: the part as it reads.
        after: the part as it then reads; empty where it is dropped.
        tree: the changed tree; None where it is dropped.
    """

    kind: str
    before: str
    after: str
    tree: Any


_NEIGHBOURS: Final = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=", "<=", ">="), "!=": ("==",),
}  # fmt: skip
"""What each comparison becomes: the same with the limit on the other side of it, and the opposite."""
_SAME_AS_NEIGHBOUR: Final = {("<", 1), ("<=", -1), (">", -1), (">=", 1)}
"""Steps of a whole limit that say what a neighbouring comparison says."""
_WHOLE: Final = ("integer", "date")


def shifted(term: Expr, by: int) -> Expr:
    """The ``term`` plus ``by``: a number so many units, a day so many days."""
    if term.type == "date":
        return Call("add_days", (term, Const(by, "integer", "days")), "date", "")
    if isinstance(term, Const) and isinstance(term.value, (int, Decimal)):
        return Const(term.value + by, term.type, term.unit)
    sign, amount = ("+", by) if by > 0 else ("-", -by)
    return Arith(sign, term, Const(amount, "integer", term.unit), term.type, term.unit)


def variants(tree: Condition) -> list[Variant]:
    """Every way in which the test ``tree`` is changed; of a group of tests, that it is the other kind of group."""
    if isinstance(tree, (All, Any_)):
        return _of_group(tree)
    if isinstance(tree, Not):
        return [Variant("comparison", f"not {_short(tree.item)}", _short(tree.item), tree.item)]
    return [Variant(kind, str(tree), str(changed), changed) for kind, changed in _of_test(tree)]


def _of_group(tree: All | Any_) -> list[Variant]:
    other = Any_ if isinstance(tree, All) else All
    words = ("all", "any") if isinstance(tree, All) else ("any", "all")
    of = "; ".join(map(_short, tree.items))
    return [Variant("and_or", f"{words[0]}({of})", f"{words[1]}({of})", other(tree.items))]


def _short(tree: Condition) -> str:
    text = str(tree)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _of_test(tree: Condition) -> Iterator[tuple[str, Condition]]:
    match tree:
        case Compare(op, left, right):
            ordered = left.type in (*NUMERIC, "date")
            for other in _NEIGHBOURS[op] if ordered else _NEIGHBOURS[op][:1]:
                yield "comparison", Compare(other, left, right)
            for by in (1, -1) if ordered else ():
                whole = left.type in _WHOLE and right.type in _WHOLE
                if not (whole and (op, by) in _SAME_AS_NEIGHBOUR):
                    yield "threshold", Compare(op, left, shifted(right, by))
        case OneOf(term, words):
            if len(words) > 1:
                rest = [tuple(word for word in words if word != dropped) for dropped in words]
                yield from (("comparison", OneOf(term, left_over)) for left_over in rest)
            yield "comparison", Not(tree)
        case Has() | Truth() | IsNone() | IsKnown():
            yield "comparison", Not(tree)


def values(value: Any, kind: str, words: tuple[str, ...]) -> Iterator[Any]:
    """The other values that an expected ``value`` is changed to.

    Args:
        value: the value: a term, or a set of words.
        kind: the type of the outcome or fact.
        words: the words that it can be.
    """
    if isinstance(value, frozenset):
        yield from (value - {word} for word in sorted(value))
        yield from (value | {word} for word in words if word not in value)
        return
    if kind == "boolean" and isinstance(value, Const):
        yield Const(not value.value, value.type, value.unit)
    elif kind == "choice" and isinstance(value, Const):
        yield from (Const(word, value.type, value.unit) for word in words if word != value.value)
    elif kind in (*NUMERIC, "date"):
        yield from (shifted(value, by) for by in (1, -1))


def text_of(value: Any) -> str:
    """The ``value`` as it is shown: words in brackets, a term as it reads, a day or number as it is written."""
    if isinstance(value, frozenset):
        return f"[{', '.join(sorted(value))}]"
    if isinstance(value, (Decimal, date, bool)):
        return str(plain(value))
    return str(value)


# -- where parts stand


def parts(node: Node, tree: Condition, named: Named) -> Iterator[tuple[Node, Condition]]:
    """The tests and groups that are written in ``node`` itself, each with its tree; named conditions are passed over.

    Args:
        node: a test, a list of tests, or ``all:``, ``any:``, ``not:``, as written.
        tree: what it was read as.
        named: the named conditions of its file.
    """
    if isinstance(node, Scalar):
        if node.text.strip() not in named:
            yield node, tree
        return
    if isinstance(node, MappingNode):
        key, inner = node.pairs[0]
        if key.text == "not":
            assert isinstance(tree, Not)
            if not isinstance(inner, Scalar) or inner.text.strip() in named:
                yield node, tree  # of a single test, that it is denied twice says the same
            yield from parts(inner, tree.item, named)
            return
        node = inner
    assert isinstance(node, Sequence)
    if len(node.items) == 1:
        yield from parts(node.items[0], tree, named)
        return
    yield node, tree
    assert isinstance(tree, (All, Any_))
    for item, part in zip(node.items, tree.items, strict=True):
        yield from parts(item, part, named)


def droppable(node: Node, tree: Condition, named: Named) -> Iterator[tuple[Node, Condition]]:
    """The items of the groups of tests in ``node`` itself, which was read as ``tree``; ``named`` is as of `parts`."""
    if isinstance(node, Scalar):
        return
    if isinstance(node, MappingNode):
        key, inner = node.pairs[0]
        if key.text == "not":
            assert isinstance(tree, Not)
            yield from droppable(inner, tree.item, named)
            return
        node = inner
    assert isinstance(node, Sequence)
    if len(node.items) == 1:
        yield from droppable(node.items[0], tree, named)
        return
    assert isinstance(tree, (All, Any_))
    for item, part in zip(node.items, tree.items, strict=True):
        yield item, part
        yield from droppable(item, part, named)


Change = Callable[[Condition], Condition | None]


def rebuilt(node: Node, tree: Condition, target: Node, change: Change, named: Named) -> Condition | None:
    """The tree of ``node`` with one part of it changed, wherever it is read, also through named conditions.

    Args:
        node: a condition as written.
        tree: what it was read as.
        target: the node of the part that is changed.
        change: makes the changed part of the part; None where it is dropped.
        named: the named conditions of its file.

    Returns: the changed tree, ``tree`` itself if the part is not in it, None where nothing is left.
    """
    if node is target:
        return change(tree)
    if isinstance(node, Scalar):
        name = node.text.strip()
        return rebuilt(named[name], tree, target, change, named) if name in named else tree
    if isinstance(node, MappingNode):
        key, inner = node.pairs[0]
        if key.text == "not":
            assert isinstance(tree, Not)
            item = rebuilt(inner, tree.item, target, change, named)
            return None if item is None else tree if item is tree.item else Not(item)
        node = inner
        if node is target:
            return change(tree)
    assert isinstance(node, Sequence)
    if len(node.items) == 1:
        return rebuilt(node.items[0], tree, target, change, named)
    assert isinstance(tree, (All, Any_))
    changed_items = [
        rebuilt(item, part, target, change, named) for item, part in zip(node.items, tree.items, strict=True)
    ]
    if all(new is old for new, old in zip(changed_items, tree.items, strict=True)):
        return tree
    left = tuple([item for item in changed_items if item is not None])
    return (left[0] if len(left) == 1 else type(tree)(left)) if left else None
