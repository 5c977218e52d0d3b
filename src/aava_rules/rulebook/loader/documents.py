"""Rule files as documents: nodes, the check of their shapes, and faults with the line they point at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from aava_rules.language import errors
from aava_rules.language.errors import Fault
from aava_rules.rulebook.loader.schema_types import FileModel
from aava_rules.rulebook.loader.yaml_nodes import Mapping, Node, Scalar, Sequence, YamlFile, plain
from aava_rules.rulebook.model import Place

S = TypeVar("S", bound=FileModel)
WIDEST = 160
"""Characters of a source line that a fault shows."""
MAX_FAULTS = 1000
"""Faults of one rulebook that are reported: more than can be read anyway."""
_MAX_KNOWN = 500
"""Names among which the nearest is looked for, so that a huge wrong file is refused quickly."""


class TooManyFaults(Exception):
    """A rulebook has so many faults that reading stops."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The sentence ``Did you mean x?`` with the name in ``known`` that is nearest to ``word``; empty if none is near.

    Only the first names of ``known`` are compared, so that a huge wrong file is refused quickly.
    """
    return errors.nearest(word, islice(known, _MAX_KNOWN))


@dataclass(slots=True)
class Faults:
    """All faults of a load. One that is reported twice counts once.

    Attributes:
        by_place: faults by rank of the file, line, column, code and what is wrong.
    """

    by_place: dict[tuple[int, int, int, str, str], Fault] = field(default_factory=dict)

    def in_order(self) -> list[Fault]:
        """The faults by file, line and column."""
        return [self.by_place[key] for key in sorted(self.by_place)]


@dataclass(slots=True)
class Document:
    """One rule file.

    Attributes:
        name: what it is called in faults: its path, with the folder of the rulebook.
        rank: its place among all files, for the order of faults.
        file: its nodes and lines.
        faults: where its faults are reported.
    """

    name: str
    rank: int
    file: YamlFile
    faults: Faults

    def __post_init__(self) -> None:
        for p in self.file.problems:
            self._report(p.line, p.column, p.width, p.code, p.what, p.why, p.hint)

    @property
    def readable(self) -> bool:
        """Whether there are nodes to go on with."""
        return self.file.root is not None

    def place(self, node: Node | None) -> Place:
        """The place of ``node`` in the file; its first line for None."""
        return Place(self.name, node.line, node.column) if node else Place(self.name, 1, 1)

    def fault(
        self, node: Node | None, code: str, what: str, why: str = "", hint: str = "", column: int = 0, width: int = 0,
        example: str = "",
    ) -> None:  # fmt: skip
        """Report a fault. Raises TooManyFaults if there are MAX_FAULTS already.

        Args:
            node: what is wrong; None for the file as a whole.
            code: the stable code, such as AR008.
            what: what is wrong.
            why: why it is wrong.
            hint: what to do about it.
            column: with it, the fault is of a part of the node's line that begins at this column of the node, from 1.
            width: how many characters that part has.
            example: a made-up record and a day that show it, as JSON; empty for none.
        """
        if node is None:
            self._report(1, 1, 0, code, what, why, hint, example)
        elif not isinstance(node, Scalar):
            self._report(node.line, node.column, 1, code, what, why, hint, example)
        elif column and node.one_line:
            self._report(node.line, node.column + node.quoted + column - 1, width, code, what, why, hint, example)
        else:
            length = len(node.text) if node.one_line else 1
            self._report(node.line, node.column, length, code, what, why, hint, example)

    def _report(
        self, line: int, column: int, width: int, code: str, what: str, why: str, hint: str, example: str = ""
    ) -> None:
        lines = self.file.lines
        source = lines[line - 1].rstrip() if 0 < line <= len(lines) else ""
        if len(source) > WIDEST:
            source = source[:WIDEST] + "..." if column <= WIDEST else ""
        place = str(Place(self.name, line, column))
        width = max(min(width, len(source) - column + 1), 1)
        fault = Fault(place, code, what, why, hint, source, column if source else 0, width, example)
        if len(self.faults.by_place) >= MAX_FAULTS:
            raise TooManyFaults
        self.faults.by_place.setdefault((self.rank, line, column, code, what), fault)

    def check(self, model: type[S], node: Node, missing: dict[str, tuple[str, str]] | None = None) -> S | None:
        """The mapping ``node`` as an instance of ``model``; None after its faults have been reported.

        ``missing`` says of keys why they are asked for and gives an example; None: those of rule files.
        """
        try:
            return model.model_validate(plain(node))
        except ValidationError as error:
            self._shape_faults(node, error, MISSING if missing is None else missing)
            return None

    def check_value(self, adapter: TypeAdapter[Any], node: Node) -> Any:
        """The value of ``node`` as the type of ``adapter`` has it; None after its faults have been reported."""
        try:
            return adapter.validate_python(plain(node))
        except ValidationError as error:
            self._shape_faults(node, error, MISSING)
            return None

    def entries(self, node: Node | None, pattern: str, kind: str) -> Iterator[tuple[Scalar, Node]]:
        """The pairs of a mapping whose keys can be names; a fault is reported for every other key.

        Args:
            node: the mapping; for None there are no pairs.
            pattern: the regular expression of a name.
            kind: what is named, for the fault.
        """
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.fault(node, "AR008", f"this should be a mapping of {kind}s")
            return
        for key, value in node.pairs:
            if re.search(pattern, key.text, re.ASCII) and "\n" not in key.text:
                yield key, value
            else:
                why = "Names are lower-case letters a-z, digits and underscores."
                self.fault(key, "AR008", f"{key.text[:60]} cannot be the name of a {kind}", why)

    def _shape_faults(self, root: Node, error: ValidationError, missing: dict[str, tuple[str, str]]) -> None:
        for item in error.errors(include_url=False):
            node, context = _walk(root, item["loc"]), item.get("ctx", {})
            if item["type"] == "rule_file":
                if context["key"] and isinstance(node, Mapping):
                    node = next((key for key, _ in node.pairs if key.text == context["key"]), node)
                self.fault(node, context["code"], context["what"], context["why"], context["hint"])
                continue
            what, why, hint = _in_words(item["type"], item["loc"], node, context, missing)
            self.fault(node, "AR008", what, why, hint)


def _walk(root: Node, loc: tuple[int | str, ...]) -> Node:
    node = root
    for part in loc:
        if isinstance(node, Mapping) and isinstance(part, str):
            for key, value in node.pairs:
                if key.text == part:
                    node = key if loc[-1] == "[key]" and part == loc[-2] else value
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
    return node


MISSING = {
    "rulebook": ("Records and other rulebooks call it by its name.", "Write rulebook: our_town."),
    "version": ("An answer says by which version it was given.", 'Write version: "2026.1".'),
    "title": (
        "Readers see the title in their language.",
        "Write title: {fi: bussikortti, sv: busskort, en: bus pass}.",
    ),
    "weight": ("It says on whose authority the rules stand.", "Write weight: local, or law or model."),
    "ruleset": ("Cases, files and readers call the rules by it.", "Write ruleset: period_limits."),
    "rules": (
        "A ruleset without rules answers nothing.",
        "Write rules: and below it each rule, from `- id: OWN-1` on.",
    ),
    "id": ("Answers and cases name the rule by it, for ever.", "Write id: OWN-10, letters, a hyphen and a number."),
    "cite": (
        "Every answer tells what it rests on.",
        "Write cite: act-189-2001.13.2, a source of sources.yaml and a place in it.",
    ),
    "status": (
        "It says how well the value or rule was checked against its source.",
        "Write status: verified, or secondary, presumed or unverified.",
    ),
    "type": ("What may be compared with it depends on it.", "Write its type, such as type: integer."),
    "values": (
        "A parameter is a value from a day on.",
        "Write values: {2026-01-01: {value: 4, cite: act.1, status: verified}}.",
    ),
    "from": ("It holds from a day on.", "Write from: 2026-01-01."),
    "case": ("A failing case is told by its name.", "Write case: Four days a week are allowed."),
    "date": ("Law has dates, so that a case is of a day.", "Write date: 2026-01-01."),
    "ground": (
        "A case is worth what it rests on.",
        "Write ground: STATUTE, SOURCE or DERIVED.",
    ),
    "ref": ("It says where that is to be read.", "Write ref: the paragraph, the page, or what it was derived from."),
    "each": (
        "It is asked of the client, or of each period or plan.",
        "Write each: client, each: period or each: plan.",
    ),
    "step": ("It says which step is meant.", "Write {step: first_meeting, due: 2026-02-01}."),
}
"""Of each key that a rule file may lack: why it must be there, and an example."""
_WRONG_TYPES = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "list_type": "a list",
}


def _in_words(
    kind: str, loc: tuple[int | str, ...], node: Node, context: dict[str, Any], missing: dict[str, tuple[str, str]]
) -> tuple[str, str, str]:
    shown = node.text[:60] if isinstance(node, Scalar) else "this"
    key = str(loc[-1]) if loc else ""  # of a value that is no mapping there is no key
    if kind == "missing":
        of_proof = key == "date" and isinstance(node, Mapping) and node.get("case") is None
        return f"{key} is missing", *(("", "") if of_proof else missing.get(key, ("", "")))
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(context["expected"]))
        return f"{shown} cannot stand here", "", nearest(shown, known) or f"It can be {', '.join(known)}."
    if kind in ("string_pattern_mismatch", "string_too_short"):
        return f"{shown or 'an empty text'} is not written as {key or 'it'} should be", "", _pattern_hint(context)
    if kind in _WRONG_TYPES:
        expected = _WRONG_TYPES[kind]
        quote = isinstance(node, Scalar) and kind == "string_type" and node.text
        hint = "Put it in quotes." if quote else ""
        if key == "then" and isinstance(node, Scalar) and node.text:
            hint = f"Name the outcome and its value: then: {{{shown}: true}}."
        return f"{shown or 'nothing'} stands where {expected} should", "", hint
    return f"{shown} cannot stand here", "", ""


def _pattern_hint(context: dict[str, Any]) -> str:
    pattern = str(context.get("pattern", ""))
    if pattern.startswith("^[A-Z]"):
        return "Ids are letters, a hyphen and a number: TG-22."
    if pattern.startswith("^[a-z]"):
        return "Names are lower-case letters a-z, digits and underscores."
    return ""
