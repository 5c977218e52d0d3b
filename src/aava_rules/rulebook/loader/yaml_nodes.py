"""Strict YAML as nodes that know their line and column.

YAML is read as events, never constructed into objects. What makes YAML surprising is refused: tags, anchors, aliases,
merge keys, several documents, duplicate keys, yes/no as booleans. Dates stay text until a date is expected, and
decimals are exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml  # type: ignore[import-untyped,unused-ignore]

from aava_rules.rulebook.loader.yaml_causes import cause

MAX_BYTES = 1_000_000
"""Bytes of one file."""
MAX_NESTING = 30
"""Levels of nodes inside one another."""
MAX_NODES = 200_000
"""Nodes of one file."""
MAX_NUMBER = 30
"""Digits of a number; longer ones stay text, and so are refused where a number is expected."""

_Loader: Any = getattr(yaml, "CLoader", yaml.Loader)

# Besides control characters: line breaks of YAML 1.1 that editors do not show as such, byte order
# marks, and marks that turn the direction of text, which make a line read otherwise than it is.
_REFUSED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028-\u202e\u2066-\u2069\ufeff]"
)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DIGITS = re.compile(r"[0-9]+\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(slots=True)
class Scalar:
    """One value.

    Attributes:
        value: text, bool, int, Decimal or None.
        text: the value as written.
        line: line of its beginning, from 1.
        column: column of its beginning, from 1.
        one_line: whether it ends on the line where it begins.
        broken: whether the comma of a flow list has cut it, which has been reported; it must not be read.
    """

    value: Any
    text: str
    quoted: bool
    line: int
    column: int
    one_line: bool = True
    broken: bool = False


@dataclass(slots=True)
class Sequence:
    """A list of nodes."""

    items: list[Node]
    line: int
    column: int


@dataclass(slots=True)
class Mapping:
    """Pairs of a scalar key and a node, in the order of the file."""

    pairs: list[tuple[Scalar, Node]]
    line: int
    column: int

    def get(self, name: str) -> Node | None:
        """The node under the key ``name``, or None."""
        return next((node for key, node in self.pairs if key.text == name), None)


Node = Scalar | Sequence | Mapping


@dataclass(slots=True)
class Problem:
    """Something wrong with the YAML itself. After a ``fatal`` one there are no nodes to read."""

    code: str
    what: str
    why: str = ""
    hint: str = ""
    line: int = 0
    column: int = 1
    width: int = 1
    fatal: bool = False


@dataclass(slots=True)
class YamlFile:
    """The root node of a file (None if it cannot be read), its lines, and what is wrong with it."""

    root: Node | None
    lines: list[str]
    problems: list[Problem] = field(default_factory=list)


def read_yaml(data: bytes, times: int = 1) -> YamlFile:
    """The nodes of a YAML file, and every problem in it. Never raises.

    Args:
        data: the bytes of the file; a byte order mark before the text is passed over.
        times: how many times as much may be in it as in a rule file.
    """
    if len(data) > MAX_BYTES * times:
        return _refused("AR003", f"the file has {len(data)} bytes", f"At most {MAX_BYTES * times} are read.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(data[: error.start].decode("utf-8"))) + 1
        return _refused("AR002", "the file is not UTF-8", hint="Save it as UTF-8.", line=line)
    lines = _LINE_END.split(text)
    if refused := _REFUSED.search(text):
        before = _LINE_END.split(text[: refused.start()])
        name = f"U+{ord(refused[0]):04X}"
        why = "It is a byte order mark." if name == "U+FEFF" else "It cannot be seen, or makes a line read otherwise."
        problem = Problem("AR002", f"the character {name}", why, "Remove it.", len(before), len(before[-1]) + 1)
        problem.fatal = True
        return YamlFile(None, [_REFUSED.sub("?", line) for line in lines], [problem])
    return _Composer(text, lines, MAX_NODES * times).run()


def plain(node: Node) -> Any:
    """``node`` as Python values: dicts with text keys, lists, text, bool, int, Decimal, None."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key.text: plain(value) for key, value in node.pairs}


def _refused(code: str, what: str, why: str = "", hint: str = "", line: int = 1) -> YamlFile:
    return YamlFile(None, [], [Problem(code, what, why, hint, line, fatal=True)])


class _Stop(Exception):
    """The rest of the file is not read."""


class _Composer:
    def __init__(self, text: str, lines: list[str], most: int) -> None:
        self.text, self.lines, self.most = text, lines, most
        self.problems: list[Problem] = []
        self.nodes = 0

    def run(self) -> YamlFile:
        root: Node | None = None
        loader = _Loader(self.text)
        try:
            events = self.events(loader)
            for event in events:
                if not isinstance(event, yaml.NodeEvent):
                    continue
                if root is not None:
                    raise self.stop("AR005", "a second document in the file", "A file holds one.", event.start_mark)
                root = self.node(event, events, 0, flow="")
        except _Stop:
            root = None
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            self.syntax(error)
            root = None
        finally:
            loader.dispose()
        if root is None and not self.problems:
            self.problems.append(Problem("AR001", "the file is empty", line=1, fatal=True))
        return YamlFile(root, self.lines, self.problems)

    def events(self, loader: Any) -> Iterator[Any]:
        while loader.check_event():
            yield loader.get_event()

    def node(self, event: Any, events: Iterator[Any], depth: int, flow: str) -> Node:
        mark = event.start_mark
        self.nodes += 1
        if self.nodes > self.most:
            raise self.stop("AR003", "too many values in one file", f"At most {self.most} are read.", mark)
        if depth > MAX_NESTING:
            raise self.stop("AR003", "too deep nesting", f"At most {MAX_NESTING} levels are read.", mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise self.stop("AR005", f"an anchor or alias ({sign})", "Rules are read where they stand.", mark)
        if event.tag not in (None, "!"):
            raise self.stop("AR005", "a tag (!)", "Rule files hold data of fixed types only.", mark)
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, flow)
        inner = ("[" if isinstance(event, yaml.SequenceStartEvent) else "{") if event.flow_style else ""
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(child := next(events), yaml.SequenceEndEvent):
                items.append(self.node(child, events, depth + 1, inner))
            return Sequence(items, line, column)
        pairs: list[tuple[Scalar, Node]] = []
        seen: dict[str, int] = {}
        while not isinstance(child := next(events), yaml.MappingEndEvent):
            key = self.node(child, events, depth + 1, inner)
            value = self.node(next(events), events, depth + 1, inner)
            if inner and pairs and self.cut_number(pairs[-1][1], key, value):
                continue
            if not isinstance(key, Scalar) or (not key.text and not key.broken):
                problem = Problem("AR005", "a key that is not one word", "", "", key.line, key.column)
                self.problems.append(problem)
                continue
            if self.usable(key, seen):
                pairs.append((key, value))
        return Mapping(pairs, line, column)

    def cut_number(self, before: Node, key: Node, value: Node) -> bool:
        """Whether the comma of a decimal has made a key of what follows it, as in `{value: 3,5}`; reported if so."""
        if not (
            isinstance(before, Scalar) and isinstance(key, Scalar) and isinstance(value, Scalar)
            and isinstance(before.value, int) and not isinstance(before.value, bool) and not before.broken
            and not key.quoted and _DIGITS.match(key.text) and not value.quoted and not value.text
        ):  # fmt: skip
            return False
        before.broken = True
        whole = f"{before.text}.{key.text}"
        what, why = "a comma has cut this number in two", "A comma ends a value inside { }."
        self.problems.append(
            Problem("AR006", what, why, f"Write {whole[:60]}.", before.line, before.column, len(before.text))
        )
        return True

    def usable(self, key: Scalar, seen: dict[str, int]) -> bool:
        if key.text == "<<" and not key.quoted:
            code, what, why = "AR005", "a merge key (<<)", "Rules are read where they stand."
        elif key.text in seen:
            what = f"the key {key.text[:60]} stands twice"
            code, why = "AR004", f"It stands on line {seen[key.text]} already, and one of the two would be lost."
        else:
            seen[key.text] = key.line
            return True
        self.problems.append(Problem(code, what, why, "", key.line, key.column, len(key.text)))
        return False

    def scalar(self, event: Any, flow: str) -> Scalar:
        text, start, end = event.value, event.start_mark, event.end_mark
        quoted = event.style in ("'", '"', "|", ">")
        node = Scalar(text, text, quoted, start.line + 1, start.column + 1, start.line == end.line)
        if quoted:
            return node
        node.value = _resolve(text)
        opened, closed = text.count("(") + text.count("["), text.count(")") + text.count("]")
        # In a flow list a comma ends a value, so `[min(a, b) > c]` becomes two broken halves.
        if (flow == "[" and opened != closed) or (flow == "{" and opened > closed):
            node.broken = True
            if not any(problem.code == "AR006" and problem.line == node.line for problem in self.problems):
                why = f"A comma ends a value inside {flow} {']' if flow == '[' else '}'}."
                hint = "Put it in quotes, or a test on its own `- ` line."
                self.problems.append(
                    Problem("AR006", "a comma has cut this in two", why, hint, node.line, node.column, len(text))
                )
        return node

    def stop(self, code: str, what: str, why: str, mark: Any) -> _Stop:
        self.problems.append(Problem(code, what, why, "", mark.line + 1, mark.column + 1, fatal=True))
        return _Stop()

    def syntax(self, error: Exception) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        line = min(line, len(self.lines))
        why, hint = cause(error, line, self.lines)
        self.problems.append(Problem("AR001", "this cannot be read as YAML", why, hint, line, column, fatal=True))


def _resolve(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= MAX_NUMBER:
        if _INTEGER.match(text):
            return int(text)
        if _DECIMAL.match(text):
            return Decimal(text)
    return text
