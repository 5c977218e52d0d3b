"""The shape of every rule file, as pydantic models; from them comes the JSON Schema for editors.

Import this module only when YAML is read: a packed rulebook needs neither it nor pydantic. What the models leave as
``Any`` (tests, expressions, citations, values) is read from the nodes, where each line has its place; the JSON Schema
says its shape all the same. The docstrings of the models are the descriptions in the JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import models_json_schema

from aava_rules.language.functions import AGGREGATES
from aava_rules.record.checks import DAY_SCHEMA
from aava_rules.rulebook.loader.schema_types import (
    FACT_NAME,
    GROUP_SCHEMA,
    NAME,
    SOURCE_KEY,
    TESTS_SCHEMA,
    AmendedDoubt,
    CiteText,
    Conclusion,
    Constant,
    DatedCite,
    Day,
    DoubtDay,
    Each,
    FileModel,
    Judgement,
    Line,
    Name,
    Number,
    Overrides,
    Tests,
    Text,
    ToldText,
    Unit,
)
from aava_rules.rulebook.model import AmendmentStatus, Status, Weight

# ruff: noqa: RUF012 - pydantic copies the default values of its models


AMENDMENT_KEYS = ("status", "from", "read", "cite")
"""The keys that rulebook.yaml of an amendment has besides ``amends``."""
REQUIRED_KEYS = ("version", "title", "weight")
"""The keys of rulebook.yaml that an amendment may leave out: the day of reading, the cited title, the same weight."""
RuleId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*-[0-9]+[a-z]?$")]


class Within(FileModel):
    """The days that an aggregation counts: so many months before a day, a calendar week, or from a day to a day."""

    months: Line | None = None
    weeks: Literal[1] | None = None
    before: Line | None = None
    from_: Annotated[Line | None, Field(alias="from")] = None
    to: Line | None = None


class Outside(FileModel):
    """Days that a total leaves out, both included; ``possibly``: not known whether."""

    from_: Annotated[Day, Field(alias="from")]
    until: Day
    possibly: bool = False
    cite: CiteText


class Gaps(FileModel):
    """No gap between the days of a field, and of what else shows such days, is longer than so many months."""

    dates: str
    also: list[str] = []
    months: Line
    from_: Annotated[Line, Field(alias="from")]
    to: Line


class ReachedLimit(FileModel):
    """So many paid days, counted from a day on."""

    amount: Line
    from_: Annotated[Line | None, Field(alias="from")] = None


class Reached(FileModel):
    """The first day on which the paid days of rows reach one of the limits."""

    days: str
    limits: Annotated[list[ReachedLimit], Field(min_length=1)]


class Fact(FileModel):
    """A fact: given in the record, or derived by one of the ways listed in ``DERIVATIONS``."""

    type: Literal["boolean", "integer", "decimal", "money", "date", "choice", "set", "text"]
    title: Text
    unit: Unit = ""
    words: list[str] = []
    of_the_day: bool = False
    default: Constant | None = None
    value: Line | Tests | None = None
    total: str | None = None
    count: str | None = None
    latest: str | None = None
    earliest: str | None = None
    any_: Annotated[str | None, Field(alias="any")] = None
    peak: str | None = None
    unbroken: str | None = None
    reached: Reached | None = None
    gaps_at_most: Gaps | None = None
    where: Tests | None = None
    within: Within | None = None
    since: str | None = None
    outside: list[Outside] = []


DERIVATIONS = ("value", *AGGREGATES)
"""The keys for the derivation of a fact, of which it has one at most."""


class Deprecated(FileModel):
    """The outcome that takes the place of one that goes away, and the last day on which that is sure to be there."""

    instead: Name
    until: Day


class Outcome(FileModel):
    """A question that rules decide."""

    type: Literal["boolean", "integer", "decimal", "money", "date", "choice", "set"]
    title: Text
    unit: Unit = ""
    words: list[str] = []
    deprecated: Deprecated | None = None


class Requirement(FileModel):
    """Something that a plan, a period or the client's case must keep."""

    each: Each
    title: Text


class Proof(FileModel):
    """A list item that shows a step done: its date field, and the tests it passes."""

    date: str
    where: Tests | None = None


class Step(FileModel):
    """A step of the client path."""

    title: Text
    proof: list[Proof] = []


class VocabularyFile(FileModel):
    """vocabulary.yaml: the names of a rulebook."""

    facts: dict[Annotated[str, Field(pattern=FACT_NAME)], Fact] = {}
    outcomes: dict[Name, Outcome] = {}
    requirements: dict[Name, Requirement] = {}
    steps: dict[Name, Step] = {}
    words: dict[Name, ToldText] = {}
    fields: dict[str, Text] = {}


class AmendedWords(FileModel):
    """The words that an amendment adds to those of a fact or outcome."""

    words: Annotated[list[Name], Field(min_length=1)]


class AmendedVocabularyFile(FileModel):
    """vocabulary.yaml of an amendment: new names, and new words of facts and outcomes that it amends."""

    facts: dict[Annotated[str, Field(pattern=FACT_NAME)], Fact | AmendedWords] = {}
    outcomes: dict[Name, Outcome | AmendedWords] = {}
    requirements: dict[Name, Requirement] = {}
    steps: dict[Name, Step] = {}
    words: dict[Name, ToldText] = {}
    fields: dict[str, Text] = {}


class Reading(FileModel):
    """Who has read the act, bill or supposition of an amendment, and when."""

    by: Annotated[str, Field(min_length=1)]
    on: Day


class RulebookFile(FileModel):
    """rulebook.yaml: the name, version, weight and base of a rulebook, or what it amends and on whose reading."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "anyOf": [{"required": list(REQUIRED_KEYS)}, {"required": ["amends"]}],
            "dependencies": {
                "amends": {"required": list(AMENDMENT_KEYS), "not": {"required": ["extends"]}},
                **{key: ["amends"] for key in (*AMENDMENT_KEYS, "after")},
            },
        },
    )

    rulebook: Name
    version: Annotated[str, Field(min_length=1)] = ""
    title: Text = {}
    weight: Literal["law", "model", "local"] | None = None
    extends: str | None = None
    amends: str | None = None
    status: AmendmentStatus | None = None
    from_: Annotated[Day | None, Field(alias="from")] = None
    read: Reading | None = None
    cite: CiteText | None = None
    after: list[Name] = []
    questions: list[str] | None = None
    """What a host that names nothing is asked facts for: outcomes, requirements, steps, rulesets. None: all of it."""


class Source(FileModel):
    """An act, decree or book that may be cited."""

    title: Text
    number: str = ""
    link: str = ""


class Column(FileModel):
    """A column of a table."""

    type: Literal["integer", "decimal", "money", "text"]
    unit: Unit = ""


class ParameterValue(FileModel):
    """The value of a parameter from one day on; null: there is no such rule from then on."""

    value: Number = None
    rows: Annotated[Any, WithJsonSchema({"type": "object", "patternProperties": {r"^-?\d+$": {"type": "object"}}})] = (
        None
    )
    cite: CiteText
    status: Status
    to_read: CiteText | None = None


class Parameter(FileModel):
    """A number or table that law or a model may change, with the days from which its values hold."""

    title: Text
    type: Literal["integer", "decimal", "money", "table"]
    unit: Unit = ""
    columns: dict[str, Column] = {}
    reference: bool = False
    """It is there for readers, since the act has it; no rule reads it."""
    values: dict[str, ParameterValue]


class AmendedParameter(FileModel):
    """The values that an amendment gives a parameter of the rulebook that it amends."""

    values: Annotated[dict[str, ParameterValue], Field(min_length=1)]


class InForce(FileModel):
    """The first and the last day on which a rule holds."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None


class Rule(FileModel):
    """A rule: one of ``then``, ``requirement`` with ``require``, or ``suggest``."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "oneOf": [{"required": ["then"]}, {"required": ["requirement", "require"]}, {"required": ["suggest"]}]
        },
    )

    id: RuleId
    title: Text
    in_force: InForce | None = None
    when: Tests | None = None
    then: dict[str, Conclusion] | None = None
    requirement: str | None = None
    require: Tests | None = None
    unless: Tests | None = None
    suggest: str | None = None
    due: Line | None = None
    falls_on: str | None = None
    each: Each | None = None
    weight: Weight | None = None
    judged_on: Line | None = None
    overrides: Overrides | None = None
    needs_judgement: Judgement | None = None
    in_doubt_from: Day | None = None
    in_doubt_where: Tests | None = None
    cite: DatedCite
    status: Status = "verified"
    to_read: CiteText | None = None
    message: str = ""


class MayEndEntry(FileModel):
    """The day from which the law may have been repealed, and what says so."""

    from_: Annotated[Day, Field(alias="from")]
    cite: CiteText


class RulesFile(FileModel):
    """rules.yaml: what one ruleset answers, and its rules."""

    ruleset: Name
    title: Text
    weight: Weight | None = None
    each: Each = "client"
    decides: list[str] = []
    judged_on: Line | None = None
    read_until: Day | None = None
    in_doubt_from: DoubtDay | None = None
    to_read: CiteText | None = None
    may_end: MayEndEntry | None = None
    successor: Text = {}
    otherwise: dict[str, Conclusion] = {}
    conditions: dict[Name, Tests] = {}
    rules: list[Rule]


class AmendedRule(FileModel):
    """A rule of an amendment: a whole one, or what is different of the rule that it replaces or is like."""

    id: RuleId
    replaces: RuleId | None = None
    like: RuleId | None = None
    title: Text | None = None
    in_force: InForce | None = None
    when: Tests | None = None
    then: dict[str, Conclusion] | None = None
    requirement: str | None = None
    require: Tests | None = None
    unless: Tests | None = None
    suggest: str | None = None
    due: Line | None = None
    each: Each | None = None
    weight: Weight | None = None
    judged_on: Line | None = None
    overrides: Overrides | None = None
    needs_judgement: Judgement | None = None
    in_doubt_from: Day | None = None
    in_doubt_where: Tests | None = None
    cite: DatedCite
    status: Status = "verified"
    to_read: CiteText | None = None
    message: str = ""


class EndedRule(FileModel):
    """The last day of a rule that an amendment ends, and what says so."""

    until: Day
    cite: CiteText


class AmendedRulesFile(FileModel):
    """rules.yaml of an amendment, in a folder with the name of a ruleset that it amends: what changes there."""

    ruleset: Name
    ends: dict[RuleId, EndedRule] = {}
    decides: list[str] = []
    read_until: Day | None = None
    in_doubt_from: AmendedDoubt | None = None
    to_read: CiteText | None = None
    may_end: MayEndEntry | Literal["none"] | None = None
    successor: Text = {}
    otherwise: dict[str, Conclusion] = {}
    conditions: dict[Name, Tests] = {}
    rules: list[AmendedRule] = []


def _allow_booleans_as_keys(schema: dict[str, Any]) -> None:
    """Name the keys true and false by a pattern too: servers of editors take them for booleans, not for names."""
    schema["patternProperties"] = {f"^{key}$": schema["properties"][key] for key in ("true", "false")}


class Message(FileModel):
    """The texts that are shown, by the state they belong to."""

    model_config = ConfigDict(json_schema_extra=_allow_booleans_as_keys)

    broken: ToldText | None = None
    unknown: ToldText | None = None
    met: ToldText | None = None
    true: ToldText | None = None
    false: ToldText | None = None
    value: ToldText | None = None
    suggested: ToldText | None = None


class SuggestedStep(FileModel):
    """A step that a case expects, with the day by which it is due."""

    step: str
    due: Annotated[Any, WithJsonSchema({"anyOf": [DAY_SCHEMA, {"enum": ["none", "unknown"]}]})] = None


class Case(FileModel):
    """A worked case: what is given, and what must follow."""

    case: Annotated[str, Field(min_length=1)]
    date: Day
    rulebook: str | None = None
    facts: Annotated[dict[str, Any], Field(alias="given")] = {}
    record: dict[str, Any] | None = None
    expect: dict[str, Any] = {}
    checks: dict[str, Literal["broken", "unknown", "met", "not_applicable"]] = {}
    steps: Annotated[
        list[Any],
        WithJsonSchema(
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/definitions/SuggestedStep"}]}}
        ),
    ] = []
    no_steps: list[str] = []
    missing: list[str] | None = None
    by: list[str] = []
    not_by: list[str] = []
    ground: Literal["STATUTE", "SOURCE", "DERIVED"]
    ref: str


class AdHocCase(Case):
    """A case beside a rulebook, of a tester: it need not say what it rests on."""

    ground: Literal["STATUTE", "SOURCE", "DERIVED"] = "DERIVED"
    ref: str = ""


_PLAIN_FILES: dict[str, dict[str, Any]] = {
    "ParametersFile": {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": "Parameter"},
    "AmendedParametersFile": {
        "type": "object",
        "propertyNames": {"pattern": NAME},
        "additionalProperties": {
            "anyOf": [{"$ref": "#/definitions/AmendedParameter"}, {"$ref": "#/definitions/Parameter"}]
        },
    },
    "SourcesFile": {"type": "object", "propertyNames": {"pattern": SOURCE_KEY}, "additionalProperties": "Source"},
    "MessagesFile": {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": "Message"},
    "CasesFile": {"type": "array", "items": "Case"},
}
AMENDED_FILES = {
    "vocabulary.yaml": "AmendedVocabularyFile",
    "parameters.yaml": "AmendedParametersFile",
    "rules.yaml": "AmendedRulesFile",
}
"""Those files of a rulebook that have another shape in an amendment, and their definitions."""
FILES = {
    "rulebook.yaml": "RulebookFile",
    "vocabulary.yaml": "VocabularyFile",
    "parameters.yaml": "ParametersFile",
    "sources.yaml": "SourcesFile",
    "rules.yaml": "RulesFile",
    "messages.yaml": "MessagesFile",
    "cases.yaml": "CasesFile",
}
"""The files of a rulebook, and the definition of each in the JSON Schema."""


def rulebook_schema() -> dict[str, Any]:
    """The JSON Schema (draft-07) of all rule files: one definition a file, and one that fits any.

    An editor is pointed at one file's definition with ``...schema.json#/definitions/RulesFile``.
    """
    models: list[type[BaseModel]] = [
        RulebookFile,
        VocabularyFile,
        AmendedVocabularyFile,
        AmendedParameter,
        AmendedRulesFile,
        Parameter,
        Source,
        RulesFile,
        Message,
        Case,
        SuggestedStep,
    ]
    _, schema = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, ref_template="#/definitions/{model}"
    )
    definitions: dict[str, Any] = dict(schema["$defs"])
    definitions["Tests"] = TESTS_SCHEMA
    definitions["Group"] = GROUP_SCHEMA
    for name, shape in _PLAIN_FILES.items():
        definitions[name] = {
            key: {"$ref": f"#/definitions/{value}"} if isinstance(value, str) and key != "type" else value
            for key, value in shape.items()
        }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Files of an aava-rules rulebook",
        "anyOf": [{"$ref": f"#/definitions/{name}"} for name in (*FILES.values(), *AMENDED_FILES.values())],
        "definitions": {name: definitions[name] for name in sorted(definitions)},
    }
