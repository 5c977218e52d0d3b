"""The lines of rule files: tests, values and citations as typed trees, with faults at their places."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from aava_rules.language.functions import nullable
from aava_rules.language.parser import ExpressionError, parse_test, parse_value
from aava_rules.language.syntax import TRUE, All, Any_, Condition, Const, Expr, Not, RuleDate, Truth, walk
from aava_rules.language.values import NUMERIC
from aava_rules.record.fields import FieldInfo
from aava_rules.rulebook.loader.documents import Document, nearest
from aava_rules.rulebook.loader.schema_types import NAME, read_day
from aava_rules.rulebook.loader.symbols import AlreadyReported, LineScope, Names, fields_of, singulars, text_of
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence
from aava_rules.rulebook.model import Cite, DatedCites

T = TypeVar("T")
MAX_TREE = 2000
"""Terms and tests of one rule once its named conditions are filled in."""
_WIDER = {"integer": ("integer",), "decimal": ("integer", "decimal"), "money": ("integer", "decimal", "money")}


class LineReader:
    """Reads the lines of one document in one scope. None comes back where a fault has been reported."""

    def __init__(self, document: Document, scope: LineScope) -> None:
        self.document, self.scope = document, scope

    def condition(self, node: Node | None) -> Condition | None:
        """The tests of ``node``: a line, a list (all of them), or a mapping all, any, not. TRUE for no node."""
        if node is None:
            return TRUE
        condition = self._condition(node)
        if condition is not None and sum(1 for _ in zip(walk(condition), range(MAX_TREE + 1), strict=False)) > MAX_TREE:
            why = f"At most {MAX_TREE} tests and terms are read, named conditions filled in."
            self.document.fault(node, "AR017", "too many tests in one place", why)
            return None
        return condition

    def _condition(self, node: Node) -> Condition | None:
        if isinstance(node, Scalar):
            if node.value is True or node.value is False:
                self.document.fault(node, "AR008", f"the bare {node.text} is no test", "A test asks something.")
                return None
            if node.broken:
                return None
            if node.value is None:
                self.document.fault(node, "AR008", "an empty line stands where a test should")
                return None
            return self._parsed(node, parse_test)
        if isinstance(node, Sequence):
            return self._group(node, All)
        if len(node.pairs) != 1 or node.pairs[0][0].text not in ("all", "any", "not"):
            self._wrong_group(node)
            return None
        key, inner = node.pairs[0]
        if key.text == "not":
            item = self._condition(inner)
            return None if item is None else Not(item)
        if isinstance(inner, Sequence):
            return self._group(inner, All if key.text == "all" else Any_)
        self.document.fault(inner, "AR008", f"{key.text}: needs a list", "", "Write each test on its own `- ` line.")
        return None

    def _wrong_group(self, node: Mapping) -> None:
        key = node.pairs[0][0].text if node.pairs else ""
        hint = nearest(key, ("all", "any", "not")) or "A test with `: ` in it stands in quotes."
        if all(pair.text in ("all", "any", "not") for pair, _ in node.pairs):
            hint = "Give each its own `- ` line."
        self.document.fault(node, "AR008", "a group of tests is all:, any: or not:, with one key", "", hint)

    def _group(self, node: Sequence, kind: type[All] | type[Any_]) -> Condition | None:
        if not node.items:
            self.document.fault(node, "AR008", "an empty list of tests", "", "Leave it out.")
            return None
        items = [self._condition(item) for item in node.items]
        sound = tuple(item for item in items if item is not None)
        if len(sound) < len(items):
            return None
        return sound[0] if len(sound) == 1 else kind(sound)

    def value(self, node: Node | None, kind: str = "", unit: str = "") -> Expr | None:
        """The value on a line; None if there is no line, or after its fault has been reported.

        Args:
            node: the line.
            kind: the type that it must have; empty for any.
            unit: the unit that a number must then have.
        """
        if node is None or (isinstance(node, Scalar) and node.broken):
            return None
        if text_of(node) is None:
            self.document.fault(
                node, "AR008", "a value stands on one line", "", "Write a name, param.name or function."
            )
            return None
        term = self._parsed(node, parse_value)
        if term is not None and kind and (fault := type_mismatch(term, kind, unit)):
            self.document.fault(node, *fault)
            return None
        return term

    def test(self, node: Node) -> Condition | None:
        """The test on the line ``node``, or the group of tests that stands in its place."""
        return self._parsed(node, parse_test) if text_of(node) is not None else self.condition(node)

    def _parsed(self, node: Node, parse: Callable[[str, LineScope], T]) -> T | None:
        text = text_of(node) or ""
        try:
            return parse(text, self.scope)
        except AlreadyReported:
            return None
        except ExpressionError as e:
            if (drawn_in := self._drawn_in(node)) is not None:
                self.document.fault(node, "AR010", "two lines are read as one", *drawn_in)
            else:
                self.document.fault(node, e.code, e.what, e.why, e.hint, e.column, e.width)
            return None

    def _drawn_in(self, node: Node) -> tuple[str, str] | None:
        """The cause where a line is wrong since YAML has joined the next one to it; None where it has not."""
        if not isinstance(node, Scalar) or node.one_line or node.quoted:
            return None
        source, below = (self.document.file.lines[number] for number in (node.line - 1, node.line))
        why = f"Line {node.line + 1} is indented more than this one, so that YAML joins the two."
        if not below.lstrip().startswith("-"):
            return why, "Write it on one line."
        column = source.rfind("-", 0, node.column - 1) + 1
        return why, f"Begin its hyphen at column {column}, below the one of this line."


def type_mismatch(term: Expr, kind: str, unit: str) -> tuple[str, str, str] | None:
    """Why ``term`` cannot be of the type ``kind`` and the ``unit``: code, what and why. None if it can."""
    if term.type not in _WIDER.get(kind, (kind,)):
        return "AR013", f"{term} is of type {term.type}, not {kind}", ""
    if kind in NUMERIC and term.unit != unit and not isinstance(term, Const):
        return "AR012", f"{term} is {term.unit or 'without unit'}, not {unit or 'without unit'}", ""
    return None


def reads_rule_dates(*trees: Expr | Condition | None) -> set[str]:
    """Which of ``rule.from`` and ``rule.until`` the ``trees`` read: ``from``, ``until`` or both. None is no tree."""
    return {node.which for tree in trees if tree is not None for node in walk(tree) if isinstance(node, RuleDate)}


def nullable_test(condition: Condition) -> bool:
    """Whether ``condition`` may be known not to exist: a bare boolean may, a comparison is then false."""
    return isinstance(condition, Truth) and nullable(condition.term)


class CitationReader:
    """Reads citations and resolves their sources."""

    def __init__(self, names: Names, document: Document) -> None:
        self.names, self.document = names, document

    def cites(self, node: Node | None) -> tuple[Cite, ...]:
        """The citations of ``node``, a text or a list of texts; none for None."""
        items = node.items if isinstance(node, Sequence) else [node] if node is not None else []
        if isinstance(node, Sequence) and not items:
            self.document.fault(node, "AR008", "an empty list of citations")
        cites = (self._cite(item) for item in items)
        return tuple(cite for cite in cites if cite is not None)

    def to_read(self, node: Mapping, status: str) -> tuple[Cite, ...]:
        """The acts in ``to_read`` of a rule or value, the mapping ``node``, which what is presumed has, and only that.

        ``status`` is how far the rule or value has been checked.
        """
        acts_node = node.get("to_read")
        if status == "presumed" and acts_node is None:
            why = "What is presumed follows the last verified text, although acts have amended that law since."
            hint = "Name the acts that have to be read: to_read: [act-1420-2025]."
            self.document.fault(node.get("status"), "AR046", "presumed without the acts to read", why, hint)
        elif status != "presumed" and acts_node is not None:
            hint = "Leave it out, or write status: presumed."
            self.document.fault(acts_node, "AR046", f"to_read of what is {status}", "", hint)
        return self.cites(acts_node)

    def dated(self, node: Node | None) -> DatedCites:
        """The citations of a rule in ``node``, with the day from which they hold if they are dated; earliest first."""
        if not isinstance(node, Mapping):
            return ((None, self.cites(node)),)
        dated: list[tuple[date | None, tuple[Cite, ...]]] = []
        for key, value in node.pairs:
            if (day := self.day(key)) is not None:
                dated.append((day, self.cites(value)))
        return tuple(sorted(dated, key=lambda pair: pair[0] or date.min))

    def day(self, node: Node) -> date | None:
        """The day that ``node``, a key or value, means; None after its fault has been reported."""
        try:
            day: date = read_day(text_of(node))
            return day
        except Exception as error:
            context = getattr(error, "context", None) or {}
            self.document.fault(node, "AR008", context.get("what", "this is not a day"), "", context.get("hint", ""))
            return None

    def _cite(self, node: Node) -> Cite | None:
        text = text_of(node)
        if text is None or not isinstance(node, Scalar):
            self.document.fault(node, "AR008", "a citation is key.locator", "", "Write it as act-189-2001.3.2.2.")
            return None
        key, _, locator = text.partition(".")
        if self.names.is_broken("sources", key):
            return None
        if key not in self.names.sources:
            hint = nearest(key, self.names.sources) or "Its key must stand in sources.yaml."
            self.document.fault(node, "AR041", f"no source is named {key[:60]}", "", hint)
            return None
        return Cite(key, locator)


def check_words(document: Document, node: Node, kind: str, unit: str, words: list[str]) -> None:
    """Report words of what is no choice or set, units of what is no number, and words that are missing, wrong or twice.

    Args:
        document: the file.
        node: the mapping that declares the name.
        kind: the declared type.
        unit: the declared unit.
        words: the declared words.
    """
    assert isinstance(node, Mapping)
    words_node, unit_node = node.get("words"), node.get("unit")
    if kind in ("choice", "set") and not words:
        document.fault(words_node or node, "AR042", f"a {kind} needs its words", "", "Write words: [one, other].")
    if kind not in ("choice", "set") and words:
        document.fault(words_node, "AR042", f"a {kind} has no words", "Choices and sets have.")
    if unit and kind not in NUMERIC:
        document.fault(unit_node, "AR042", f"a {kind} has no unit", "Numbers have.")
    items = words_node.items if isinstance(words_node, Sequence) else []
    seen: set[str] = set()
    for item, word in zip(items, words, strict=False):
        if not re.fullmatch(NAME[1:-1], word, re.ASCII) or keyword.iskeyword(word):
            document.fault(item, "AR042", f"{word[:60]} cannot be a word", "Words are a-z, digits and underscores.")
        if word in seen:
            document.fault(item, "AR042", f"the word {word} stands twice")
        seen.add(word)


def record_field(document: Document, node: Node, kind: str) -> tuple[str, str, FieldInfo] | None:
    """The field of an item that a text such as ``benefit.days`` names: singular, field and what is known of it.

    None after the fault of a field that there is not, or that is of another type, has been reported.

    Args:
        document: the file.
        node: the text.
        kind: the type that the field must have.
    """
    text = text_of(node) or ""
    singular, _, field = text.partition(".")
    if singular not in singulars():
        hint = nearest(singular, singulars()) or f"There are {', '.join(singulars())}."
        document.fault(node, "AR011", f"no items are called {singular[:60] or 'so'}", "", hint)
        return None
    known = fields_of(singular)
    info = known.get(field)
    if info is None:
        fit = [f"{singular}.{name}" for name, other in known.items() if other.type == kind]
        hint = nearest(text, fit) or f"It could be {', '.join(fit)}." if fit else ""
        document.fault(node, "AR011", f"{singular} has no field {field[:60]}", "", hint)
        return None
    if info.type != kind:
        document.fault(node, "AR072", f"{text} is of type {info.type}, not {kind}")
        return None
    return singular, field, info
