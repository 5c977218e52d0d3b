"""A rulebook once it is loaded: plain, immutable parts, layers merged and names resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final, Literal, get_args

from aava_rules.language.structs import FrozenDict, Struct
from aava_rules.language.syntax import Condition, Expr

Text = dict[str, str]
"""A text in Finnish, Swedish and English, under ``fi``, ``sv`` and ``en``."""

Audience = Literal["worker", "client"]
AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)
"""Whom texts speak to: a worker, of the client in the third person, or the client, in the second."""

Status = Literal["verified", "secondary", "presumed", "unverified"]
"""How far a rule or value has been checked against its source.

``presumed``: it is as in the last text that was verified; acts amended that law since, and none of them is known to
touch it.
"""
Weight = Literal["law", "model", "local", "advice"]
WEIGHTS: Final[tuple[Weight, ...]] = get_args(Weight)
"""On whose authority something is required, the strongest first."""
RuleKind = Literal["decide", "require", "suggest"]
AmendmentStatus = Literal["enacted", "bill", "assumed"]
"""Whether an amendment is law, has been proposed, or is only supposed; see docs/change_of_law.md."""


class Place(Struct):
    """A place in the rule files: file (relative to the rulebook), line and column, both from 1."""

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
    """A place in a source: ``act-189-2001.3.2.2`` is section 3, subsection 2, item 2 of that act."""

    source: str
    locator: str = ""

    def __str__(self) -> str:
        return f"{self.source}.{self.locator}" if self.locator else self.source


DatedCites = tuple[tuple[date | None, tuple[Cite, ...]], ...]
"""Citations and the day from which each holds (None: always), earliest first."""


class ParamValue(Struct):
    """One value of a parameter.

    Attributes:
        start: the day from which it holds; None: it has always held.
        value: the value; of a table ``{key: {column: value}}``. None: from that day on there is no such rule.
        cite: the citations of the value.
        status: how far the value has been checked against its source.
        to_read: of a presumed value, the acts that may have changed it.
    """

    start: date | None
    value: Any
    cite: tuple[Cite, ...]
    status: Status
    to_read: tuple[Cite, ...] = ()


NO_COLUMNS: Final[dict[str, tuple[str, str]]] = {}
"""The columns of what is no table."""


class Parameter(Struct):
    """A number (or table) that law or a model may change, with all its values, earliest first.

    Attributes:
        type: integer, decimal, money or table.
        unit: the unit of its values; empty if they have none.
        columns: type and unit of each column of a table, by name.
    """

    name: str
    title: Text
    type: str
    unit: str
    values: tuple[ParamValue, ...]
    rulebook: str
    columns: dict[str, tuple[str, str]] = NO_COLUMNS


class Window(Struct):
    """The days within which a list is counted.

    Attributes:
        start: the term of the first day; None where there is none, or ``months`` before ``end`` is it.
        end: the term of the day after the last; None where there is none.
        months: a number or term of months: the length of the window; of ``gaps_at_most`` the longest gap.
        weeks: of ``peak``, in place of ``months``: 1, a calendar week, Monday to Sunday.
    """

    start: Expr | None = None
    end: Expr | None = None
    months: int | Expr | None = None
    weeks: int | None = None


class Limit(Struct):
    """So many paid days, counted from the day ``start`` on; None: all of them."""

    amount: Expr
    start: Expr | None = None


class Excluded(Struct):
    """Days that a total leaves out, from ``start`` to ``until``, both included, with the citation.

    ``possibly``: it is not known whether they are left out, so the total has bounds.
    """

    start: date
    until: date
    possibly: bool
    cite: tuple[Cite, ...]


class Derivation(Struct):
    """How a fact follows from the record: an expression, or an aggregation over one list.

    Attributes:
        kind: ``value``, ``test``, or the name of an aggregate (``total``, ``count``, ``latest``...).
        value: the term of a ``value``.
        over: the list that is aggregated.
        field: the field of its items that is aggregated; empty where items themselves are.
        where: the condition that items must meet; of a ``test`` the condition that the fact is.
        within: the window of days that counts.
        since: of ``peak`` and ``gaps_at_most`` a parameter: what lies before its value in force began to hold does not
            count; empty: everything counts.
        outside: days that a total leaves out.
        also: of ``gaps_at_most`` what else shows its days: pairs of a list and a field of days of any item of it, or
            of ``events`` and a step.
        limits: of ``reached`` the limits: the day from which paid days count, if there is one, and how many of them.
    """

    kind: str
    value: Expr | None = None
    over: str = ""
    field: str = ""
    where: Condition | None = None
    within: Window | None = None
    since: str = ""
    outside: tuple[Excluded, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    limits: tuple[Limit, ...] = ()


class FactDef(Struct):
    """A fact of the vocabulary.

    Attributes:
        of_the_day: whether a ready-made value counts for one day alone.
        derivation: how it follows from the record; None if it is only ready-made.
        default: the term that counts where it is unknown.
        item: the singular of the list whose items have it (``plan`` of ``plan.option_count``); empty for the client.
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
        for limit in self.derivation.limits:
            yield limit.amount
            if limit.start is not None:
                yield limit.start


class Deprecated(Struct):
    """What goes away: the name that takes its place, and the last day on which it is sure to be there."""

    instead: str
    until: date


class OutcomeDef(Struct):
    """A question that rules decide: its type, its unit or words, its title, and the rulebook that declares it.

    ``deprecated``: what takes its place, and until when it stays; None if it does not go away.
    """

    name: str
    type: str
    unit: str
    title: Text
    words: tuple[str, ...] = ()
    rulebook: str = ""
    deprecated: Deprecated | None = None


class RequirementDef(Struct):
    """Something that a plan, a period or the client's case as a whole must meet: ``each`` is period, plan or client."""

    name: str
    each: str
    title: Text
    rulebook: str = ""


class StepDef(Struct):
    """A step of the client path. ``proof`` are the list items that show it done, besides an event."""

    name: str
    title: Text
    proof: tuple[Proof, ...] = ()
    rulebook: str = ""


class Proof(Struct):
    """A list item that proves a step done: the list, its date field, and the condition that the item meets."""

    over: str
    field: str
    where: Condition | None = None


class Rule(Struct):
    """One rule: when it is in force, on what it depends, what it concludes, and on what ground.

    Attributes:
        kind: decide (``then`` has the outcomes), require (``require`` is the test), or suggest (a step, with ``due``).
        each: client, plan or period: it answers once for the client, or for each of these items.
        name: the requirement or step that it is about; empty for rules that decide outcomes.
        start: the first day on which it is in force; None: always has been.
        until: the last day on which it is in force; None: no end is known.
        judged_on: the term of the day on which it is judged; None: the day of decision.
        overrides: the ids of the rules that conclude nothing where this one holds.
        needs_judgement: the fact that records the assessment of an official, ``true`` if no fact does; empty: no need.
        in_doubt_from: the day from which its answers are unknown, since the law may have changed; None: no such day.
        to_read: of a presumed rule, the acts that may have changed it.
        doubt_where: whom the doubt concerns; for all others the rule is as it was read. None: it concerns everybody.
        falls_on: the word for whom its source charges with what it asks for; empty where the source names nobody.
    """

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
    to_read: tuple[Cite, ...] = ()
    doubt_where: Condition | None = None
    falls_on: str = ""


class Reads(Struct):
    """The parameters that a rule reads, also through derived facts.

    Attributes:
        parameters: all of them, sorted.
        needed: those whose value on the judged day derived facts need, sorted. A rule is in force only on days on which
            they have a value.
    """

    parameters: tuple[str, ...]
    needed: tuple[str, ...]


class MayEnd(Struct):
    """The day from which a law may have been repealed, and the citations of what says so."""

    start: date
    cite: tuple[Cite, ...]

    @property
    def caution(self) -> tuple[str, str]:
        """The code of the caution, and what tells it apart: rulesets that may end alike share one."""
        return "law_may_end", f"{self.start} {' '.join(map(str, self.cite))}"


NO_DAYS: Final[dict[str, date]] = FrozenDict()


class Ruleset(Struct):
    """The rules of one folder: what they answer, on whose authority, and until when the law was read.

    Attributes:
        conditions: its named conditions, linked.
        otherwise: the answer to each outcome when every rule is surely false.
        read_until: the last day for which the authors have read the law; later answers carry a caution.
        in_doubt_from: the day from which all its answers are unknown; None: no such day.
        doubted: the day from which an outcome is unknown, by outcome.
        successor: the title of the law that follows.
        to_read: the acts that amended the law after ``read_until`` and whose text the authors have not seen.
        may_end: the day from which the law may have been repealed, and what says so; None: nothing is known of that.
        doubt_ends: the day from which an amendment has ended a doubt: of an outcome, by its name, or of all, under the
            empty name.
    """

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
    to_read: tuple[Cite, ...] = ()
    may_end: MayEnd | None = None
    doubt_ends: dict[str, date] = NO_DAYS

    @property
    def past_reading(self) -> tuple[str, str]:
        """The code of the caution about law after ``read_until``, and what tells it apart from other such cautions.

        ``presumed`` where acts are known that have not been read, else ``law_read_until``. Rulesets that were read up
        to the same day and wait for the same acts share a caution.
        """
        acts = " ".join(map(str, self.to_read))
        return ("presumed" if acts else "law_read_until"), f"{self.read_until} {acts}".strip()


class Amendment(Struct):
    """What makes a layer an amendment: the rulebook that it changes from a day on, and on whose reading.

    Attributes:
        amends: the name of the rulebook that it changes.
        status: enacted, bill or assumed; what is not enacted gives every decision a caution.
        start: the first day on which anything is changed.
        read_by: who has read the act, bill or supposition.
        read_on: the day on which it was read.
        cite: the act, bill or supposition itself.
        touched: what it changes of the rulebook, each once and sorted: ``rule PL-40``, ``parameter days_per_week_max``,
            ``ruleset target_group`` (how far its law was read, or its doubts), ``outcome target_group_grounds``.
        ended: the rules that it ends without another in their place, with their last day and the citations.
    """

    amends: str
    status: AmendmentStatus
    start: date
    read_by: str
    read_on: date
    cite: tuple[Cite, ...]
    touched: tuple[str, ...] = ()
    ended: tuple[tuple[str, date, tuple[Cite, ...]], ...] = ()


class Layer(Struct):
    """One rulebook of a stack, in which the lowest comes first and the named one last.

    Amendments come right after the rulebook that they amend; ``amendment`` is None for all others. ``changed``: it has
    the name and version of a shipped rulebook, and other rules.
    """

    name: str
    version: str
    title: Text
    weight: Weight
    amendment: Amendment | None = None
    changed: bool = False


NO_MESSAGES: Final[dict[str, dict[str, Text]]] = FrozenDict()
NO_WORDS: Final[dict[str, Text]] = FrozenDict()


class Parts(Struct):
    """A whole rulebook, layers merged and every name resolved. All dicts are by name and in the order of the files.

    Attributes:
        sha256: the hash of the rule files of all layers.
        messages: texts by ``ruleset/key`` and by the state that they are shown in, as they speak to a worker.
        words: the labels of closed words.
        fields: the labels of record fields, by ``singular.field``.
        strata: of each outcome, how many outcomes must be answered before it at most, along one chain.
        reads: what each rule reads, by its id.
        client_messages: those messages that say it otherwise to the client, keyed as ``messages``.
        client_words: the labels that are other words to the client.
        questions: what a host that names nothing is asked facts for: outcomes by name, requirements and steps with
            their kind before them (``step:NAME``); none: everything.
    """

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
    client_messages: dict[str, dict[str, Text]] = NO_MESSAGES
    client_words: dict[str, Text] = NO_WORDS
    questions: tuple[str, ...] = ()

    def told_to_client(self) -> Parts:
        """The same rulebook with the client's messages and words in the place of the worker's.

        What has none of its own for the client names nobody, and serves both.
        """
        of_client = self.client_messages
        messages = {name: FrozenDict(texts | of_client.get(name, {})) for name, texts in self.messages.items()}
        return replace(self, messages=FrozenDict(messages), words=FrozenDict(self.words | self.client_words))
