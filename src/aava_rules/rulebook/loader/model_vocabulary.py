"""The shape of vocabulary.yaml: facts and how they are derived, outcomes, requirements, steps, labels."""

# ruff: noqa: RUF012 - pydantic copies the default values of its models
from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aava_rules.rulebook.loader.schema_types import FACT_NAME, CiteText, Day, Each, Line, Name, Shape, Tests, Text, Unit


class Within(Shape):
    """The days that an aggregation counts: so many months before a day, or from a day to a day."""

    months: Line | None = None
    before: Line | None = None
    from_: Annotated[Line | None, Field(alias="from")] = None
    to: Line | None = None


class Outside(Shape):
    """Days that a total leaves out, both included; ``possibly``: not known whether."""

    from_: Annotated[Day, Field(alias="from")]
    until: Day
    possibly: bool = False
    cite: CiteText


class Gaps(Shape):
    """No gap between the days of a field is longer than so many months."""

    dates: str
    months: Line
    from_: Annotated[Line, Field(alias="from")]
    to: Line


class Fact(Shape):
    """A fact: given in the record, or derived by one of the ways listed in ``DERIVATIONS``."""

    type: Literal["boolean", "integer", "decimal", "money", "date", "choice", "set", "text"]
    title: Text
    unit: Unit = ""
    words: list[str] = []
    of_the_day: bool = False
    default: Line | None = None
    value: Line | None = None
    total: str | None = None
    count: str | None = None
    latest: str | None = None
    earliest: str | None = None
    any_: Annotated[str | None, Field(alias="any")] = None
    peak: str | None = None
    gaps_at_most: Gaps | None = None
    where: Tests | None = None
    within: Within | None = None
    since: str | None = None
    outside: list[Outside] = []


DERIVATIONS = ("value", "total", "count", "latest", "earliest", "any", "peak", "gaps_at_most")


class Outcome(Shape):
    """A question that rules decide."""

    type: Literal["boolean", "integer", "decimal", "money", "date", "choice", "set"]
    title: Text
    unit: Unit = ""
    words: list[str] = []


class Requirement(Shape):
    """Something that a plan, a period or the client's case must keep."""

    each: Each
    title: Text


class Proof(Shape):
    """A list item that shows a step done: its date field, and the tests it passes."""

    date: str
    where: Tests | None = None


class Step(Shape):
    """A step of the client path."""

    title: Text
    proof: list[Proof] = []


class VocabularyFile(Shape):
    """vocabulary.yaml: the names of a rulebook."""

    facts: dict[Annotated[str, Field(pattern=FACT_NAME)], Fact] = {}
    outcomes: dict[Name, Outcome] = {}
    requirements: dict[Name, Requirement] = {}
    steps: dict[Name, Step] = {}
    words: dict[Name, Text] = {}
    fields: dict[str, Text] = {}
