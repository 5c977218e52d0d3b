"""What a rulebook is made of once it is loaded: plain, immutable, linked parts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, Literal, get_args

from aava_rules.language.structs import Struct
from aava_rules.language.syntax import Condition, Expr

Text = dict[str, str]
"""A text in Finnish, Swedish and English, under ``fi``, ``sv`` and ``en``."""

Status = Literal["verified", "secondary", "unverified"]
Weight = Literal["law", "model", "local", "advice"]
WEIGHTS: Final[tuple[Weight, ...]] = get_args(Weight)
"""On whose authority something is required, the strongest first."""
RuleKind = Literal["decide", "require", "suggest"]


class Place(Struct):
    """Where in the rule files something stands: file (relative to the rulebook), line, column."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Source(Struct):
    """An act, decree or book that rules cite: its key, titles, number and address."""

    key: str
    title: Text
    number: str = ""
    link: str = ""


class Cite(Struct):
    """A place in a source: ``act-189-2001.3.2.2`` is 3 §, 2nd subsection, item 2 of that act."""

    source: str
    locator: str = ""

    def __str__(self) -> str:
        return f"{self.source}.{self.locator}" if self.locator else self.source


DatedCites = tuple[tuple[date | None, tuple[Cite, ...]], ...]
"""Citations and the day from which each holds (None: always), earliest first."""


class ParamValue(Struct):
    """One value of a parameter: the day it begins to hold (None: always held), and its source."""

    start: date | None
    value: Any
    cite: tuple[Cite, ...]
    status: Status


NO_COLUMNS: Final[dict[str, tuple[str, str]]] = {}
"""The columns of what is no table."""


class Parameter(Struct):
    """A number (or table) that law or a model may change, with all its values, earliest first.

    The value of a table is ``{key: {column: value}}``. A value of None: no such rule from then on.
    """

    name: str
    title: Text
    type: str
    unit: str
    values: tuple[ParamValue, ...]
    rulebook: str
    columns: dict[str, tuple[str, str]] = NO_COLUMNS


class Window(Struct):
    """The days within which a list is counted; ``start`` is included, ``end`` is not."""

    start: Expr | None = None
    end: Expr | None = None
    months: int | Expr | None = None


class Excluded(Struct):
    """Days (both inclusive) that a total leaves out, surely or possibly, with the citation."""

    start: date
    until: date
    possibly: bool
    cite: tuple[Cite, ...]


class Derivation(Struct):
    """How a fact follows from the record: an expression, or an aggregation over one list."""

    kind: str
    value: Expr | None = None
    over: str = ""
    field: str = ""
    where: Condition | None = None
    within: Window | None = None
    since: str = ""
    outside: tuple[Excluded, ...] = ()


class FactDef(Struct):
    """A fact of the vocabulary: its type, unit, words, title and derivation.

    ``item`` is the singular of the list whose items have it (``plan.option_count``), or empty.
    """

    name: str
    type: str
    unit: str
    title: Text
    words: tuple[str, ...] = ()
    of_the_day: bool = False
    derivation: Derivation | None = None
    default: Expr | None = None
    item: str = ""
    rulebook: str = ""

    def trees(self) -> Iterator[Expr | Condition]:
        """Every tree in its derivation and default."""
        if self.default is not None:
            yield self.default
        if self.derivation is None:
            return
        yield from (tree for tree in (self.derivation.value, self.derivation.where) if tree is not None)
        if (window := self.derivation.within) is not None:
            ends = (window.start, window.end, window.months)
            yield from (tree for tree in ends if tree is not None and not isinstance(tree, int))


class OutcomeDef(Struct):
    """A question that rules decide: its type, unit or words, and its ground in law or model."""

    name: str
    type: str
    unit: str
    title: Text
    words: tuple[str, ...] = ()
    rulebook: str = ""


class RequirementDef(Struct):
    """Something that a plan, a period or the client's case as a whole must keep."""

    name: str
    each: str
    title: Text
    rulebook: str = ""


class StepDef(Struct):
    """A step of the client path. ``proof`` are list items that show it done, besides an event."""

    name: str
    title: Text
    proof: tuple[Proof, ...] = ()
    rulebook: str = ""


class Proof(Struct):
    """A list item that proves a step done: the list, its date field, and the test it must pass."""

    over: str
    field: str
    where: Condition | None = None


class Rule(Struct):
    """One rule: when it is in force, on what it depends, what it concludes, and on what ground."""

    id: str
    kind: RuleKind
    ruleset: str
    rulebook: str
    weight: Weight
    each: str
    title: Text
    place: Place
    when: Condition
    unless: Condition | None
    require: Condition | None
    then: dict[str, Any]
    name: str
    due: Expr | None
    start: date | None
    until: date | None
    judged_on: Expr | None
    overrides: tuple[str, ...]
    needs_judgement: str
    cite: DatedCites
    status: Status
    message: str
    in_doubt_from: date | None


class Reads(Struct):
    """The parameters that a rule reads, also those through facts that are derived with them.

    A rule is in force only on days on which those that facts are derived with on the judged day (``needed``) have
    a value.
    """

    parameters: tuple[str, ...]
    needed: tuple[str, ...]


class Ruleset(Struct):
    """The rules of one folder: what they answer, on whose authority, and until when it was read."""

    name: str
    rulebook: str
    title: Text
    weight: Weight
    each: str
    rules: tuple[Rule, ...]
    conditions: dict[str, Condition]
    otherwise: dict[str, Any]
    read_until: date | None
    in_doubt_from: date | None
    doubted: dict[str, date]
    successor: Text
    place: Place


class Layer(Struct):
    """One rulebook of the stack, in which the lowest comes first and the named one last."""

    name: str
    version: str
    title: Text
    weight: Weight


class Parts(Struct):
    """A whole rulebook, layers merged and every name resolved."""

    layers: tuple[Layer, ...]
    sha256: str
    facts: dict[str, FactDef]
    outcomes: dict[str, OutcomeDef]
    requirements: dict[str, RequirementDef]
    steps: dict[str, StepDef]
    parameters: dict[str, Parameter]
    sources: dict[str, Source]
    messages: dict[str, dict[str, Text]]
    words: dict[str, Text]
    fields: dict[str, Text]
    rulesets: tuple[Ruleset, ...]
    strata: dict[str, int]
    reads: dict[str, Reads]
    """What each rule reads, by its id: found as the rulebook is read, of these rules and facts."""
