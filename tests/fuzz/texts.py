"""What is read from text: YAML, expressions, mapping files and CSV. Each target makes hostile text, and takes any.

A target gives ``read`` or ``refused`` for whatever bytes it is handed; anything that is raised besides is a violation.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Protocol

import hostile

from aava_rules import load, load_mapping
from aava_rules.adapters import BadRow, Row
from aava_rules.decision.service import Rulebook
from aava_rules.language.errors import AavaRulesError, Fault
from aava_rules.language.functions import FUNCTIONS, nullable
from aava_rules.language.parser import ExpressionError, parse_test, parse_value
from aava_rules.language.syntax import Condition, Expr, Fact, ItemField, Param, walk
from aava_rules.mapping.tables import MappedAdapter
from aava_rules.record.fields import LIST_OF_ITEM, client_fields, lists
from aava_rules.rulebook.loader.yaml_nodes import plain, read_yaml
from aava_rules.testing.hostile import CANARY, TEXTS, scalar

ROOT = Path(__file__).resolve().parents[2]


class Violation(Exception):
    """Something happened that never may."""


class TextTarget(Protocol):
    """One kind of text: how hostile text of that kind is made, and what reads it.

    ``seeds`` are right texts, and ``words`` what a text of this kind is made of.
    """

    name: str
    seeds: Sequence[bytes]
    words: Sequence[str]

    def text(self, random: Random) -> bytes:
        """Hostile text of this kind."""

    def run(self, data: bytes) -> str:
        """What comes of any text: ``read`` or ``refused``."""


def damaged(random: Random, seeds: Sequence[bytes], words: Sequence[str]) -> bytes:
    """One of the seeds with a few changes to its lines, words, numbers or bytes."""
    data = random.choice(seeds)
    for _ in range(random.choice([1, 1, 2, 5])):
        kind = random.randrange(6)
        if kind == 0:
            at = random.randrange(len(data) + 1)
            data = data[:at] + random.choice(words).encode("utf-8", "surrogatepass") + data[at:]
        elif kind == 1 and (numbers := list(re.finditer(rb"\d+", data))):
            at = random.choice(numbers)
            number = random.choice([b"0", b"-1", b"9" * 400, b"1e999", b"2020-02-30", b"0x1", b".5"])
            data = data[: at.start()] + number + data[at.end() :]
        elif kind == 2 and (names := list(re.finditer(rb"\w+", data))):
            at, other = random.choice(names), random.choice(names)
            data = data[: at.start()] + other[0] + data[at.end() :]
        elif kind == 3:
            other = random.choice(seeds)
            data = data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]
        else:
            data = hostile.mutated_text(random, data.decode("utf-8", "replace"))
    return data


class Yaml:
    """The strict reader of YAML, of which rule files, cases and mappings are read."""

    name = "yaml"
    words = (
        "&a ", "*a", "!!python/name:os ", "<<: *a", "? ", ": ", "- ", "|\n", ">-\n", "'", '"', "#", "%YAML 1.1\n", "---\n",
        "...\n", "{", "}", "[", "]", ",", "\t", "\u2028", "\ufeff", "\x85", "0o17", "1_000", "12:30:00", "~", "=", "<<", "!!set",
        "- " * 100, "[" * 100, "{a: " * 50, "\\", '"\\ud800"', "'''", "!<", "@", "`", "2020-02-30", ".nan",
    )  # fmt: skip

    def __init__(self) -> None:
        files = sorted((ROOT / "tests" / "language").glob("*/**/*.yaml"))
        self.seeds = [data for file in files if len(data := file.read_bytes()) < 3000]

    def text(self, random: Random) -> bytes:
        """Hostile YAML."""
        return damaged(random, self.seeds, self.words)

    def run(self, data: bytes) -> str:
        """``read`` if there are nodes without a fault."""
        file = read_yaml(data)
        for problem in file.problems:
            if not problem.what or problem.line < 1:
                raise Violation("a fault of YAML says nothing, or no line")
        if file.root is None or file.problems:
            return "refused"
        repr(plain(file.root))
        return "read"


class PartsScope:
    """The names of a rulebook as lines of its rules see them, with one kind of item at hand."""

    def __init__(self, rulebook: Rulebook, singular: str, is_suggestion: bool) -> None:
        self.parts, self.singular, self.is_suggestion = rulebook._parts, singular, is_suggestion

    def fact(self, name: str) -> Fact | None:
        """The fact or outcome, or None."""
        known = self.parts.facts.get(name) or self.parts.outcomes.get(name)
        return None if known is None or "." in name else Fact(name, known.type, known.unit)

    def item_field(self, singular: str, field: str) -> ItemField | None:
        """The field of the item, or None."""
        info = lists()[LIST_OF_ITEM[singular]].fields.get(field) if singular == self.singular else None
        return None if info is None else ItemField(singular, field, info.type, info.unit)

    def parameter(self, name: str) -> Param | None:
        """The parameter, or None."""
        known = self.parts.parameters.get(name)
        return None if known is None else Param(name, known.type, known.unit)

    def column(self, table: str, name: str) -> tuple[str, str] | None:
        """Type and unit of a column, or None."""
        return self.parts.parameters[table].columns.get(name)

    def words(self, term: Expr) -> tuple[str, ...]:
        """The closed words of a term."""
        if isinstance(term, Fact):
            known: Any = self.parts.facts.get(term.name) or self.parts.outcomes.get(term.name)
            return tuple(known.words)
        if isinstance(term, ItemField):
            return lists()[LIST_OF_ITEM[term.singular]].fields[term.field].words
        return ()

    def condition(self, name: str) -> Condition | None:
        """No condition has a name here."""
        return None

    def titled(self, word: str) -> str:
        return ""

    def names(self, kind: str) -> list[str]:
        """What may stand here."""
        if kind == "fact":
            return [*self.parts.outcomes, *client_fields(), *(name for name in self.parts.facts if "." not in name)]
        if kind == "parameter":
            return list(self.parts.parameters)
        if kind == "step":
            return list(self.parts.steps)
        if kind == "singular":
            return [self.singular]
        if kind.startswith("column "):
            return list(self.parts.parameters[kind.removeprefix("column ")].columns)
        return list(lists()[LIST_OF_ITEM[self.singular]].fields) if kind == f"{self.singular}." else []


class Expressions:
    """The parser of tests and values, with the names of a shipped rulebook."""

    name = "expression"

    def __init__(self) -> None:
        rulebook = load("aava", plugins=False)
        self.scopes = [PartsScope(rulebook, "period", False), PartsScope(rulebook, "plan", True)]
        random = Random(1)
        facts = random.sample([name for name in rulebook._parts.facts if "." not in name], 30)
        self.atoms = [
            *facts, *list(rulebook._parts.outcomes)[:15], *(f"param.{name}" for name in list(rulebook._parts.parameters)[:25]),
            *(f"{scope.singular}.{field}" for scope in self.scopes for field in scope.names(f"{scope.singular}.")),
            "decision_date", "rule.from", "rule.until", "0", "1", "-1", "true", "none", "high", "first_meeting", "age", "day_in(period)",
        ]  # fmt: skip
        self.calls = list(FUNCTIONS)
        self.words = [
            *self.calls, "<", "<=", "==", "!=", ">=", ">", "=", " in ", " not in ", " is ", " is not ", "none", "known", "(", ")", "[",
            "]", ",", "+", "-", "*", "**", "//", "%", "@", ":=", "lambda x: x", "if", "else", "and", "or", "not ", "...", "f''", "\\",
            "param.", "period.", "__class__", "1_0", "0x1", "1j", "é", "٢", "𝟚", "await x", "*x", "{}", ";", "#", "\n", "\t", "\x00",
            "(" * 40, "[" * 40, "- " * 60, "0" * 300, "x" * 300, "a.b.c.d",
        ]  # fmt: skip
        self.seeds = [self._test(Random(number), 2).encode() for number in range(60)]

    def _term(self, random: Random, depth: int) -> str:
        if depth == 0 or random.randrange(3) == 0:
            return random.choice(self.atoms)
        kind = random.randrange(4)
        if kind == 0:
            return f"{self._term(random, depth - 1)} {random.choice('+-*')} {self._term(random, depth - 1)}"
        if kind == 1:
            return f"({self._term(random, depth - 1)})"
        count = random.choice([0, 1, 2, 2, 2, 3])
        return f"{random.choice(self.calls)}({', '.join(self._term(random, depth - 1) for _ in range(count))})"

    def _test(self, random: Random, depth: int) -> str:
        left, kind = self._term(random, depth), random.randrange(6)
        if kind == 0:
            return left
        if kind == 1:
            return f"{left} is {random.choice(['none', 'known', 'unknown', 'not none'])}"
        if kind == 2:
            return f"{left} {random.choice(['in', 'not in'])} [{self._term(random, 0)}, {self._term(random, 0)}]"
        if kind == 3:
            return f"{random.choice(self.atoms)} in {left}"
        return f"{left} {random.choice(['<', '<=', '==', '!=', '>=', '>'])} {self._term(random, depth)}"

    def text(self, random: Random) -> bytes:
        """A line by the grammar of the language, right or not, and often damaged."""
        line = self._test(random, random.randrange(4)).encode()
        return line if random.randrange(3) == 0 else damaged(random, [line, *self.seeds[:3]], self.words)

    def run(self, data: bytes) -> str:
        """``read`` if the line is a test or a value in one of the scopes."""
        line = data.decode("utf-8", "replace")
        kind = "refused"
        for scope in self.scopes:
            readers: tuple[Callable[[str, Any], Condition | Expr], ...] = (parse_test, parse_value)
            for parse in readers:
                try:
                    tree = parse(line, scope)
                except ExpressionError as error:
                    place = (line[:300], error.column, error.width)
                    str(Fault("line", error.code, error.what, error.why, error.hint, *place))
                    continue
                for node in walk(tree):
                    repr(node)
                    if isinstance(node, (Fact, ItemField, Param)):
                        nullable(node)
                kind = "read"
        return kind


MAPPINGS = ("aava-rules-tabular/examples/kunta/kartoitus.yaml", "aava-rules-sql/examples/register/mapping.yaml")


class Mappings:
    """Mapping files, and what those that load make of hostile cells."""

    name = "mapping"
    words = (
        "column: ", "lookup: {table: a, key: b, value: c}", "codes: {1: true}", "truth: {true: [X]}", "empty: none", "split: ','",
        "rows: {table: a, item: b, column: c}", "where: {a: [b]}", "no_rows: none", "repeat: 3", "{n}", "inside: periods", "hash: true",
        "type: money", "unit: minutes", "value: 1", "dates: [d.M.yyyy]", "decimals: ','", "unknown: ['-']", "complete: [benefits]",
        "complete_from: {benefits: 2013-01-01}", "never_read: {a: [b]}", "mapping: 1", "mapping: 2", *Yaml.words[:20],
    )  # fmt: skip

    def __init__(self) -> None:
        documentation = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
        examples = re.findall(r"```yaml\n(.*?)```", documentation, re.DOTALL)
        self.seeds = [text.encode() for text in examples if text.startswith("mapping: 1")]
        self.seeds += [(ROOT / "plugins" / path).read_bytes() for path in MAPPINGS]
        self.rulebook = load("finland", plugins=False)

    def text(self, random: Random) -> bytes:
        """A hostile mapping file."""
        return damaged(random, self.seeds, self.words)

    def run(self, data: bytes) -> str:
        """``read`` if the file is a mapping, which then reads tables of hostile cells."""
        try:
            mapping = load_mapping(data, rulebook=self.rulebook, key=b"0123456789abcdef")
        except AavaRulesError as error:
            str(error).encode("utf-8", "surrogatepass")
            return "refused"
        random = Random(len(data))
        tables = {name: [_cells(random, use.columns) for _ in range(2)] for name, use in mapping.tables.items()}
        try:
            _told_nothing(mapping.read(tables))
        except AavaRulesError as error:
            _tells_nothing(str(error))
        return "read"


def _cells(random: Random, columns: Iterable[str]) -> dict[str, Any]:
    return {
        column: random.choice([*TEXTS[:12], "1", "12.3.2014", "3,5", "kyllä", scalar(random)]) for column in columns
    }


def _tells_nothing(text: str) -> None:
    if CANARY in text:
        raise Violation("a message tells contents of the source")


def _told_nothing(rows: Iterable[Row | BadRow]) -> list[Row]:
    read = []
    for row in rows:
        _tells_nothing(f"{row.place} {row.reason}" if isinstance(row, BadRow) else row.place)
        if isinstance(row, Row):
            read.append(row)
    return read


class Csv:
    """CSV through a mapping, by the adapter for tables; a client that is read is decided."""

    name = "csv"
    words = (
        ";", ",", "\t", '"', '""', "\r\n", "\r", "\n", "\x00", "\ufeff", "\x1a", CANARY, "PK\x03\x04", "x" * 5000, '"\n' * 50, ";" * 300,
        "kyllä", "ei", "31.2.2014", "1.1.0001", "9" * 300, "3,5", "-0", "NaN", "1e999", "=1+1", "'", "\u2028", "𝟚𝟘𝟙𝟜", "01.01.2014",
    )  # fmt: skip
    mapping = (
        b"mapping: 1\ndates: [d.M.yyyy]\ndecimals: ','\nclients:\n  table: stream\n  id: id\n  client: {birth_date: born}\n"
        b"  facts: {unemployed: unemployed, subsidy_days: days}\nperiods: {repeat: 2, fields: {kind: {value: rehabilitative_work}, "
        b"start: 'start{n}', end: 'end{n}', days_per_week: 'week{n}', hours_per_day: 'hours{n}', attended_on: {column: 'days{n}', split: '|'}}}\n"
    )
    row = "a-{0};1.{1}.19{0};{2};{0};{1}.{1}.2014;30.{1}.2015;{3};3,5;2.3.2014|3.3.2014;;;;;\r\n"

    def __init__(self) -> None:
        from aava_rules_tabular import Tabular

        heading = "id;born;unemployed;days;start1;end1;week1;hours1;days1;start2;end2;week2;hours2;days2\r\n"
        rows = [self.row.format(50 + i, 1 + i % 12, ("kyllä", "ei", "", CANARY)[i % 4], i % 9) for i in range(6)]
        self.seeds = [
            (heading + "".join(rows[:count])).encode(encoding)
            for count in (1, 3, 6)
            for encoding in ("utf-8", "cp1252")
        ]
        self.rulebook = load("finland", plugins=False)
        self.adapter = MappedAdapter(Tabular(), load_mapping(self.mapping, rulebook=self.rulebook))

    def text(self, random: Random) -> bytes:
        """Hostile CSV."""
        return damaged(random, self.seeds, self.words)

    def run(self, data: bytes) -> str:
        """``read`` if at least one client was."""
        try:
            rows = _told_nothing(self.adapter.read(BytesIO(data)))
            for row in rows[:1]:
                self.rulebook.decide(row.record, on="2014-06-01").outcomes["target_group"]
        except AavaRulesError as error:
            # headings may be told where one of them is known: those are names of columns, not contents
            if CANARY.encode() not in re.split(rb"[\r\n]", data.lstrip(b"\r\n"))[0]:
                _tells_nothing(str(error))
            return "refused"
        return "read" if rows else "refused"


def text_targets() -> dict[str, TextTarget]:
    """Every kind of text, by name; CSV only where the plugin that reads it is installed."""
    kinds: list[Callable[[], TextTarget]] = [Yaml, Expressions, Mappings]
    if importlib.util.find_spec("aava_rules_tabular") is not None:
        kinds.append(Csv)
    return {target.name: target for target in (kind() for kind in kinds)}
