"""One line of a rule -> its typed tree. The language is closed, and nothing of it is ever run.

Python's own grammar reads the line; a whitelist of its nodes makes the language, and everything
that a line names is resolved and type-checked against a scope.
"""

from __future__ import annotations

import ast
import re
from typing import Protocol

from aava_rules.language.errors import nearest
from aava_rules.language.functions import FUNCTIONS, TypeMismatch, arithmetic, check_comparable, type_phrase
from aava_rules.language.syntax import (
    FLIPPED,
    Compare,
    Condition,
    Const,
    DecisionDate,
    Expr,
    Fact,
    Has,
    IsKnown,
    IsNone,
    ItemField,
    OneOf,
    Param,
    RuleDate,
    Test,
    Truth,
)

MAX_LINE = 400
"""Characters of one line; longer ones are refused before they are parsed."""
MAX_NESTING = 20
"""Brackets inside one another; deeper lines are refused before they are parsed."""

_ALLOWED = re.compile(r"[\w\s.,()\[\]<>=!+*-]*\Z")
_OPERATORS = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


_COMMA = "A number has a decimal point, and is a parameter; words in a list stand in brackets: `x in [one, other]`."


class ExpressionError(Exception):
    """A line that is wrong.

    Attributes:
        code: of the fault, such as ``AR011``.
        what: what is wrong, as a sentence without a full stop.
        why: the reason, as a whole sentence, or empty.
        hint: what to do, as a whole sentence, or empty.
        column: where in the line the fault begins, from 1.
        width: how many characters of the line are meant.
    """

    def __init__(self, code: str, what: str, why: str = "", hint: str = "", column: int = 1, width: int = 1) -> None:
        super().__init__(what)
        self.code, self.what, self.why, self.hint = code, what, why, hint
        self.column, self.width = column, width


class Scope(Protocol):
    """What the names of a line mean in its place in the rulebook."""

    is_suggestion: bool

    def fact(self, name: str) -> Fact | None:
        """The fact or outcome ``name``; None if there is none."""

    def item_field(self, singular: str, field: str) -> ItemField | None:
        """The ``field`` of the item at hand, which is called ``singular``; None if it has no such field."""

    def parameter(self, name: str) -> Param | None:
        """The parameter ``name``; None if there is none."""

    def column(self, table: str, name: str) -> tuple[str, str] | None:
        """The type and unit of the column ``name`` of ``table``; None if it has no such column."""

    def words(self, term: Expr) -> tuple[str, ...]:
        """The words that ``term`` can be; empty if its words are not a closed list."""

    def condition(self, name: str) -> Condition | None:
        """The condition ``name``; None if no condition is named so."""

    def titled(self, word: str) -> str:
        """The sentence that names the fact or outcome of which ``word`` is a title; empty if there is none."""

    def names(self, kind: str) -> list[str]:
        """All names of a ``kind``, for hints: ``fact``, ``condition``, ``parameter``, ``step``, ``singular``,
        ``period.`` (the fields of that item), ``column x`` (the columns of the table x)."""


def parse_test(text: str, scope: Scope) -> Condition:
    """The test (or named condition) that the line ``text`` states in ``scope``. Raises ExpressionError."""
    node = _read(text)
    if isinstance(node, ast.Name) and (condition := scope.condition(node.id)) is not None:
        return condition
    return _Line(text, scope).test(node)


def parse_value(text: str, scope: Scope) -> Expr:
    """The value that the line ``text`` states in ``scope``: a number, date, word or truth value.

    Raises:
        ExpressionError: the line is no value, or something that it names is not in ``scope``.
    """
    return _Line(text, scope).value(_read(text))


def _read(text: str) -> ast.expr:
    if len(text) > MAX_LINE:
        raise ExpressionError("AR017", f"a line of {len(text)} characters", f"At most {MAX_LINE} are read.")
    depth = deepest = 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise ExpressionError("AR017", "too many brackets inside one another", f"At most {MAX_NESTING} are read.")
    if not _ALLOWED.match(text):
        at = next(i for i, char in enumerate(text) if not _ALLOWED.match(char))
        why = "Rules have names, numbers, comparisons and brackets only."
        hint = "Words need no quotes." if text[at] in "\"'" else ""
        raise ExpressionError("AR010", f"the character {text[at]!r} has no meaning here", why, hint, at + 1)
    if re.search(r"\d{4}-\d{2}-\d{2}", text):
        raise ExpressionError("AR016", "a date inside a rule", "Dates of law stand in parameters or `in_force`.")
    if glued := re.search(r"(?<![\w.])[0-9]+[^\W0-9]\w*", text):
        # Python would read 0x1 as a number, and warn about 1or.
        what, why = f"{glued[0][:20]} is neither a name nor a number", "Names begin with a letter."
        raise ExpressionError("AR010", what, why, "", glued.start() + 1, len(glued[0]))
    try:
        # `from` is a keyword of Python's; an upper-case stand-in of equal length keeps the columns
        return ast.parse(re.sub(r"\brule\.from\b", "rule.FROM", text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or 1
        hint = _cut_hint(text)
        raise ExpressionError("AR010", "this is not a test or a value", "", hint, column) from None


def _cut_hint(text: str) -> str:
    if text.count("(") != text.count(")") or text.count("[") != text.count("]"):
        return "A bracket has no partner: a flow list may have cut the line at a comma; give it its own `- ` line."
    for wrong, right in (("=<", "Less or equal is written `<=`."), ("=>", "Greater or equal is written `>=`."),
                         ("<>", "Not equal is written `!=`.")):  # fmt: skip
        if wrong in text:
            return right
    if re.search(r"(?<![<>=!])=(?!=)", text):
        return "Equality is written `==`."
    if later := re.search(r"([\w.]+) *([+-]) *[\w.]+ +(day|week|month|year)s?\b", text):
        sign = "" if later[2] == "+" else "-"
        function = "add_days" if later[3] in ("day", "week") else "add_months"
        what = "An earlier" if sign else "A later"
        return f"{what} day is {function}({later[1]}, {sign}1); another number than 1 is a parameter."
    if re.search(r"\b(and|or|not)\b", text):
        return "Write all:, any: and not: as mappings."
    return "Write `a <= b`, `x in [word, word]`, a bare boolean or `x is none`."


class _Line:
    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope = text, scope

    def fail(self, node: ast.AST, code: str, what: str, why: str = "", hint: str = "") -> ExpressionError:
        column = getattr(node, "col_offset", 0) + 1
        end = getattr(node, "end_col_offset", column) or column
        return ExpressionError(code, what, why, hint, column, max(end - column + 1, 1))

    # -- tests

    def test(self, node: ast.expr) -> Test:
        match node:
            case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Name(id=word)]):
                return self.state(node, self.value(left), word)
            case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.List(elts=elements)]):
                return self.one_of(node, left, elements)
            case ast.Compare(left=ast.Name(id=word), ops=[ast.In()], comparators=[right]):
                return self.has(node, word, self.value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
                return self.compare(node, left, _OPERATORS[type(op)], right)
            case ast.Compare():
                raise self.fail(node, "AR010", "one comparison a line, please", "Several stand under `all:`.")
            case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                raise self.fail(node, "AR010", "and, or, not stand in no line", "", self.mapping_hint(node))
            case ast.Tuple():
                raise self.fail(node, "AR010", "a comma stands in a test", "", _COMMA)
        term = self.value(node)
        if term.type != "boolean":
            raise self.fail(
                node, "AR013", f"{term} is {type_phrase(term.type)}, not true or false", "A test must hold or not."
            )
        return Truth(term)

    def mapping_hint(self, node: ast.BoolOp | ast.UnaryOp) -> str:
        """How the test with and, or or not is written as a mapping."""
        if isinstance(node, ast.UnaryOp):
            operand = ast.get_source_segment(self.text.strip(), node.operand) or "x"
            return f"Write `not: {operand}`."
        key = "all" if isinstance(node.op, ast.And) else "any"
        parts = [ast.get_source_segment(self.text.strip(), part) or "x" for part in node.values]
        return f"Write `{key}:`, and below it each on its own line: {', '.join(f'`- {part}`' for part in parts)}."

    def state(self, node: ast.AST, term: Expr, word: str) -> Test:
        if word == "none":
            return IsNone(term)
        if word in ("known", "unknown"):
            if not self.scope.is_suggestion:
                why = "More data would turn an answer around; only suggestions may ask it."
                raise self.fail(node, "AR018", f"`is {word}` stands outside a suggestion", why)
            return IsKnown(term, word == "known")
        raise self.fail(node, "AR010", f"nothing can be `is {word}`", "", "There is `is none`, and `==` for equality.")

    def one_of(self, node: ast.AST, left: ast.expr, elements: list[ast.expr]) -> Test:
        term = self.value(left)
        words = tuple(element.id if isinstance(element, ast.Name) else "" for element in elements)
        if not words or "" in words:
            raise self.fail(node, "AR014", "a list after `in` holds words", "", "Write `x in [one, other]`.")
        if term.type not in ("choice", "text"):
            what = f"{term} is {type_phrase(term.type)}, which has no words"
            raise self.fail(node, "AR013", what, "`x in [word, word]` asks a choice.")
        for word in words:
            self.check_word(node, term, word)
        return OneOf(term, words)

    def has(self, node: ast.AST, word: str, term: Expr) -> Test:
        if term.type != "set":
            raise self.fail(node, "AR013", f"{term} is {type_phrase(term.type)}, not a set", "`word in x` asks a set.")
        self.check_word(node, term, word)
        return Has(term, word)

    def compare(self, node: ast.AST, left: ast.expr, op: str, right: ast.expr) -> Test:
        for side, opposite, turned in ((left, right, op), (right, left, FLIPPED[op])):
            # a bare word is among the words of the opposite side if that side has words
            if isinstance(opposite, ast.Name) and not isinstance(side, ast.Constant):
                term = self.value(side, quiet=True)
                if term is not None and term.type in ("choice", "text"):
                    if op not in ("==", "!="):
                        raise self.fail(node, "AR013", "words have no order", f"{term} is {type_phrase(term.type)}.")
                    self.check_word(opposite, term, opposite.id)
                    return Compare(turned, term, Const(opposite.id, term.type))
        a, b = self.value(left), self.value(right)
        self.check_alike(node, a, b)
        if a.type in ("boolean", "choice", "text") and op not in ("==", "!="):
            raise self.fail(node, "AR013", f"{a} has no order", f"It is {type_phrase(a.type)}.", "Use == or !=.")
        return Compare(op, a, b)

    def check_word(self, node: ast.AST, term: Expr, word: str) -> None:
        known = self.scope.words(term)
        if known and word not in known:
            hint = nearest(word, known) or f"It can be {', '.join(known[:12])}."
            raise self.fail(node, "AR014", f"{word} is not among the words of {term}", "", hint)

    def check_alike(self, node: ast.AST, a: Expr, b: Expr) -> None:
        try:
            check_comparable(a, b)
        except TypeMismatch as mismatch:
            hint = self.like_unit(a, b) if mismatch.code == "AR012" else mismatch.hint
            raise self.fail(node, mismatch.code, mismatch.what, mismatch.why, hint) from None

    def like_unit(self, a: Expr, b: Expr) -> str:
        if not isinstance(b, Param):
            return ""
        alike = [
            name
            for name in self.scope.names("parameter")
            if (other := self.scope.parameter(name)) is not None and other.unit == a.unit
        ]
        suggestion = nearest(b.name, alike)
        return suggestion.replace("mean ", "mean param.") if suggestion else ""

    # -- values

    def value(self, node: ast.expr, quiet: bool = False) -> Expr:
        match node:
            case ast.Constant(value=bool() as truth):
                return Const(truth, "boolean")
            case ast.Constant(value=int() as number):
                return Const(self.number(node, number), "integer")
            case ast.Name(id=name):
                return self.name(node, name)
            case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
                return self.attribute(node, owner, attribute)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self.arithmetic(node, _ARITHMETIC[type(op)], self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(node, name, args)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            why = "Only the days of add_days and the months of add_months may be written so."
            hint = "Write `0 - x`, or turn the test."
            raise self.fail(node, "AR010", "a minus sign stands before a value", why, hint)
        if isinstance(node, ast.Tuple):
            raise self.fail(node, "AR010", "a comma stands in a value", "", _COMMA)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            raise self.fail(node, "AR010", "and, or, not stand in no line", "", self.mapping_hint(node))
        if quiet and isinstance(node, (ast.List, ast.Compare)):
            raise self.fail(node, "AR010", "this is not a value")
        raise self.fail(node, "AR010", "this is not a value", "", "Values are names, parameters, 0, 1 and functions.")

    def name(self, node: ast.AST, name: str) -> Expr:
        if name == "decision_date":
            return DecisionDate()
        if name in ("true", "false"):
            return Const(name == "true", "boolean")
        fact = self.scope.fact(name)
        if fact is None:
            known = self.scope.names("fact") + self.scope.names("condition")
            hint = (
                self.scope.titled(name)
                or nearest(name, known)
                or "It is neither a fact, an outcome nor a named condition. "
                "A fact of your own is declared in vocabulary.yaml; `aava-rules names` lists those that there are."
            )
            raise self.fail(node, "AR011", f"nothing is named {name}", "", hint)
        return fact

    def attribute(self, node: ast.AST, owner: str, attribute: str) -> Expr:
        if owner == "param":
            parameter = self.scope.parameter(attribute)
            if parameter is None:
                hint = nearest(attribute, self.scope.names("parameter"))
                raise self.fail(node, "AR020", f"there is no parameter {attribute}", "", hint)
            return parameter
        if owner == "rule":
            if attribute in ("FROM", "until"):
                return RuleDate(attribute.lower())
            raise self.fail(node, "AR011", f"a rule has no {attribute}", "", "There are rule.from and rule.until.")
        field = self.scope.item_field(owner, attribute)
        if field is None:
            known = self.scope.names(f"{owner}.")
            if not known:
                hint = nearest(owner, self.scope.names("singular")) or "Rules of each item name it: period.start."
                if owner == "client" and self.scope.fact(attribute) is not None:
                    hint = f"What is of the client is named alone: {attribute}."
                raise self.fail(node, "AR011", f"{owner} is no item here", "", hint)
            hint = nearest(attribute, known) or f"It has {', '.join(sorted(known)[:30])}."
            raise self.fail(node, "AR011", f"{owner} has no field {attribute}", "", hint)
        return field

    def arithmetic(self, node: ast.AST, op: str, a: Expr, b: Expr) -> Expr:
        try:
            return arithmetic(op, a, b)
        except TypeMismatch as mismatch:
            raise self.fail(node, mismatch.code, mismatch.what, mismatch.why, mismatch.hint) from None

    def call(self, node: ast.Call, name: str, args: list[ast.expr]) -> Expr:
        function = FUNCTIONS.get(name)
        if function is None:
            hint = nearest(name, FUNCTIONS) or f"There are {', '.join(FUNCTIONS)}."
            raise self.fail(node, "AR015", f"there is no function {name}", "", hint)
        kinds = function.takes
        if len(args) < len(kinds) or (len(args) > len(kinds) and not function.variadic):
            raise self.fail(node, "AR015", f"{name} takes {len(kinds)} arguments, not {len(args)}")
        read: list[Expr | str] = []
        for position, arg in enumerate(args):
            read.append(self.argument(arg, name, kinds[min(position, len(kinds) - 1)], read))
        try:
            return function.call(tuple(read), self.scope.column)
        except TypeMismatch as mismatch:
            raise self.fail(node, mismatch.code, mismatch.what, mismatch.why, mismatch.hint) from None

    def argument(self, node: ast.expr, function: str, kind: str, before: list[Expr | str]) -> Expr | str:
        if kind in ("step", "item", "column"):
            word = node.id if isinstance(node, ast.Name) else ""
            table = before[0] if kind == "column" else None
            known = (
                self.scope.names(f"column {table.name}") if isinstance(table, Param)
                else self.scope.names({"step": "step", "item": "singular"}.get(kind, kind))
            )  # fmt: skip
            if word not in known:
                hint = nearest(word, known) or (f"There are {', '.join(sorted(known)[:20])}." if known else "")
                raise self.fail(node, "AR015", f"{function} needs a {kind} here", "", hint)
            return word
        value = self.offset(node) if kind == "offset" else self.value(node)
        if kind in ("param", "table"):
            if not isinstance(value, Param) or (value.type == "table") != (kind == "table"):
                raise self.fail(node, "AR015", f"{function} needs a {kind} here", "", "Write param.name.")
            return value
        wanted = "integer" if kind == "offset" else kind
        if wanted in ("date", "integer") and value.type != wanted:
            what = f"{function} needs {type_phrase(wanted)} here"
            raise self.fail(node, "AR013", what, f"{value} is {type_phrase(value.type)}.")
        return value

    def offset(self, node: ast.expr) -> Expr:
        """How many days or months later: any value, or a negative number as such, which means earlier."""
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)) if type(number) is int:
                return Const(-self.number(node, number, "-"), "integer")
        return self.value(node)

    def number(self, node: ast.AST, number: int, sign: str = "") -> int:
        if number not in (0, 1):
            why = "Only 0 and 1 may stand in a rule; other numbers are parameters, dated and cited."
            raise self.fail(node, "AR016", f"the number {sign}{str(number)[:20]} stands in a rule", why)
        return number
