"""The queries of a rulebook, lowered to programs: one for each stretch of time in which nothing changes."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from weakref import WeakValueDictionary

from aava_rules.compiler.amended import amendments_of
from aava_rules.compiler.bind import BoundRule, bind, bind_value, boundaries
from aava_rules.compiler.cautions import CautionKey, caution_keys
from aava_rules.compiler.facts import Vocabulary
from aava_rules.compiler.lower import Lowering
from aava_rules.compiler.program import Program, Question
from aava_rules.language.deprecation import warn_deprecated
from aava_rules.language.errors import AavaRulesError, UnknownName, nearest
from aava_rules.language.structs import cached_property_unlocked
from aava_rules.language.syntax import Const, Expr, ItemField, walk
from aava_rules.language.version import VERSION
from aava_rules.record.fields import ITEM_OF_LIST, LIST_OF_ITEM
from aava_rules.rulebook.asked import KINDS, groups_of
from aava_rules.rulebook.model import Deprecated, Layer, Parts, Rule, Ruleset

MOST_PROGRAMS = 4096
"""Programs of one group that are kept; several judged days have many pairs of segments, few of them used."""

MOST_GROUPS = 1000
"""Choices of requirements and steps that are kept ready; callers choose them, so what is kept is bounded."""

ANSWER_KB = 25
"""What an answer in a program takes, with what engines and explanations make of it: kilobytes, as measured."""
MOST_KB = 150_000
"""What is kept of all programs of a rulebook, by this measure; beyond that all are made anew as they are needed."""

RuleIn = tuple[Rule, Ruleset]


# Written out, as dataclasses are compiled when a program starts.


class Query:
    """An outcome, requirement or step with the rules that answer it, over all of time.

    Attributes:
        kind: ``outcome``, ``requirement`` or ``step``.
        name: the outcome, requirement or step.
        each: the item that it is about (``period``); empty for the client.
        rules: the rules with their rulesets, in the order in which they are loaded.
    """

    __slots__ = ("each", "kind", "name", "rules")

    def __init__(self, kind: str, name: str, each: str) -> None:
        self.kind, self.name, self.each = kind, name, each
        self.rules: list[RuleIn] = []

    @property
    def full_name(self) -> str:
        """The name with the kind before it, which tells a step from a requirement of one name: ``step:NAME``."""
        return f"{self.kind}:{self.name}"


class QueryGroup:
    """Queries that are read together: of one kind of item, with the days on which their rules are judged.

    Attributes:
        each: the item that they are about (``period``); empty for the client.
        list_name: the list of a record that has these items; empty for the client.
        questions: the queries.
        rules: the rules that matter to them, by id, those included that only override others.
        judged: the terms of the judged days, each once; None is the day of decision.
        bounds: the days on which anything changes, sorted; between them lie the segments.
        book: the rulebook.
    """

    def __init__(self, each: str, questions: list[Query], book: CompiledRulebook) -> None:
        self.each = each
        self.list_name = LIST_OF_ITEM.get(each, "")
        self.questions = questions
        self.book = book
        entered: dict[str, RuleIn] = {}
        for query in questions:
            for rule, ruleset in query.rules:
                entered[rule.id] = (rule, ruleset)
        # a rule that overrides one of these matters here, whatever it concludes itself
        pending = list(entered)
        while pending:
            for rule, ruleset in book.overriding.get(pending.pop(), ()):
                if rule.id not in entered:
                    entered[rule.id] = (rule, ruleset)
                    pending.append(rule.id)
        self.rules = [entered[rule_id] for rule_id in sorted(entered)]
        self.judged: list[Expr | None] = [] if self.rules else [None]
        for rule, _ in self.rules:
            if rule.judged_on not in self.judged:
                self.judged.append(rule.judged_on)
        self.undated = self.judged == [None]
        """Whether every rule is judged on the day of decision."""
        self.bounds = boundaries(self.rules, book.parts)
        self.matters: list[tuple[int, ...]] = [self._judged_by(query) for query in questions]
        """For each question, which of the judged days its answer depends on."""
        self.compiled: dict[str, Any] = {}
        """What engines have made of the judged days, by a key of their own."""
        self._programs: dict[tuple[int, ...], Program] = {}
        self._bound: dict[tuple[str, date, int], BoundRule | None] = {}
        self._classes: dict[tuple[int, int], list[int]] = {}

    def _judged_by(self, query: Query) -> tuple[int, ...]:
        rules = [rule for rule, _ in query.rules]
        rules += [over for rule in rules for over, _ in self.book.overriding.get(rule.id, ())]
        # the value of `otherwise` is that of the first judged day
        first = {0} if query.kind == "outcome" else set()
        return tuple(sorted(first | {self.judged.index(rule.judged_on) for rule in rules}))

    def alike(self, index: int, scope: int, segments: Sequence[int]) -> list[int]:
        """The first of those segments between which nothing changes that the question reads on that judged day.

        Args:
            index: the number of the question.
            scope: the number of the judged day.
            segments: the segments in which the day may lie, in order.

        Returns:
            One segment for each way in which the rules of the question stand on that day; of a day on which the
            question does not depend, one.
        """
        if scope not in self.matters[index]:
            return [segments[0]]
        classes = self._classes.get((index, scope))
        if classes is None:
            classes = self._classes[index, scope] = self._classes_of(index, scope)
        first: dict[int, int] = {}
        for segment in segments:
            first.setdefault(classes[segment], segment)
        return list(first.values())

    def _classes_of(self, index: int, scope: int) -> list[int]:
        """By segment, the number of the way in which the rules of a question stand that are judged on one day."""
        query = self.questions[index]
        otherwise = self.book.otherwise.get(query.name) if query.kind == "outcome" and scope == 0 else None
        if otherwise is not None and not isinstance(otherwise, (frozenset, Const)):
            return list(range(len(self.bounds) + 1))  # its value by default is worked out on the first judged day
        over = [(other, ruleset) for rule, _ in query.rules for other, ruleset in self.book.overriding.get(rule.id, ())]
        judged_on = self.judged[scope]
        judged = [(rule, ruleset) for rule, ruleset in [*query.rules, *over] if rule.judged_on == judged_on]
        ways: list[Any] = []
        classes = []
        for segment in range(len(self.bounds) + 1):
            day = self.day_of(segment)
            way = [
                (
                    self._bind(rule, ruleset, day, scope),
                    *(in_doubt(ruleset, name, day) for name in (None, *rule.then)),
                    # what derived facts read of the law of that day, where the day itself is not known
                    *(self.book.vocabulary.parameter(name, day) for name in self.book.parts.reads[rule.id].parameters),
                    *(
                        self.book.vocabulary.parameter_since(name, day)
                        for name in self.book.parts.reads[rule.id].parameters
                    ),
                )
                for rule, ruleset in judged
            ]
            if way not in ways:
                ways.append(way)
            classes.append(ways.index(way))
        return classes

    def segment(self, day: date) -> int:
        """The number of the stretch of time, between two dated changes, in which ``day`` lies; 0 before the first."""
        return bisect_right(self.bounds, day)

    def day_of(self, segment: int) -> date:
        """The first day of the stretch of time number ``segment``; all its days are alike to the rules."""
        return date.min if segment == 0 else self.bounds[segment - 1]

    def program(self, segments: tuple[int, ...]) -> Program:
        """The program of one segment for each judged day, ``segments``; compiled on first use."""
        program = self._programs.get(segments)
        if program is None:
            if len(self._programs) >= MOST_PROGRAMS:
                self._programs.clear()
            program = self._programs[segments] = self._compile(segments)
            self.book.count_kept(len(self.questions) * ANSWER_KB)
        return program

    def forget(self) -> None:
        """Drop what was compiled; it is made anew when it is asked for. Decisions that use it keep it."""
        for cache in (self._programs, self.compiled, self._bound, self._classes):
            cache.clear()

    def _compile(self, segments: tuple[int, ...]) -> Program:
        days = [self.day_of(segment) for segment in segments]
        lowering = Lowering(self.book.vocabulary)
        doubted: set[str] = set()
        for rule, ruleset in self.rules:
            scope = self.judged.index(rule.judged_on)
            if in_doubt(ruleset, None, days[scope]):
                doubted.update([*rule.then, rule.name])
            doubted.update(name for name in rule.then if in_doubt(ruleset, name, days[scope]))
            bound = self._bind(rule, ruleset, days[scope], scope)
            if bound is not None:
                # what is not read may still override, so a doubted rule is unknown rather than gone
                whole = in_doubt(ruleset, None, days[scope])
                lowering.enter(replace(bound, in_doubt=True, doubt_where=None) if whole else bound)
        lowering.finish()
        questions = []
        for query in self.questions:
            question = self._lower(lowering, query, days[0])
            question.in_doubt = query.name in doubted
            questions.append(question)
        table = lowering.features
        features = tuple(table.features.values())
        return Program(features, tuple(questions), lowering.rules, table.full, lowering.canonizer)

    def _bind(self, rule: Rule, ruleset: Ruleset, day: date, scope: int) -> BoundRule | None:
        # programs that differ in other days have it in common
        key = (rule.id, day, scope)
        bound = self._bound.get(key, self)  # another thread may drop it at any time
        if bound is self:
            bound = self._bound[key] = bind(rule, ruleset, day, scope, self.book.vocabulary)
        return bound  # type: ignore[return-value]

    def _lower(self, lowering: Lowering, query: Query, day: date) -> Question:
        ids = sorted(rule.id for rule, _ in query.rules)
        if query.kind == "requirement":
            return lowering.requirement(query.name, ids)
        if query.kind == "step":
            return lowering.suggestion(query.name, ids)
        definition = self.book.parts.outcomes[query.name]
        otherwise = self.book.otherwise.get(query.name)
        if otherwise is not None and not isinstance(otherwise, frozenset):
            otherwise = bind_value(otherwise, day, self.book.vocabulary)
        question = lowering.outcome(query.name, definition.type == "set", ids, otherwise)
        question.whole = definition.type == "integer"
        return question


def in_doubt(ruleset: Ruleset, outcome: str | None, day: date) -> bool:
    """Whether the law of a day is not verified.

    Args:
        ruleset: the ruleset that states it.
        outcome: the outcome in question; None: whether the whole ruleset is in doubt.
        day: the judged day.
    """
    since = ruleset.in_doubt_from if outcome is None else ruleset.doubted.get(outcome)
    ends = ruleset.doubt_ends.get(outcome or "")
    return since is not None and day >= since and (ends is None or day < ends)


_KNOWN: WeakValueDictionary[bytes, CompiledRulebook] = WeakValueDictionary()
"""Rules that were pickled or read from a pickle and are still in use, so that they are there once, compiled once."""


def unpickled(version: str, packed: bytes) -> CompiledRulebook:
    """The rules that were pickled; those that are in use already, if they are.

    Args:
        version: the version of the library that pickled them.
        packed: the rules.

    Raises:
        AavaRulesError: another version of the library pickled them, which may have understood them otherwise.
    """
    if version != VERSION:
        raise AavaRulesError(
            f"This was pickled by version {version} of aava-rules and read by {VERSION}, which may answer otherwise. "
            "Load the rulebook and decide again; to keep decisions, store to_json()."
        )
    book = _KNOWN.get(packed)
    if book is None:
        from aava_rules.rulebook.pack import load

        book = CompiledRulebook(load(zlib.decompress(packed)))
        book.__dict__["_packed"] = packed
        _KNOWN[packed] = book
    return book


class CompiledRulebook:
    """A rulebook that is ready to answer. It holds no state of any record and is safe to share between threads.

    Attributes:
        parts: what the rulebook is made of.
        vocabulary: its names, with where the value of each comes from.
        rulesets: the rulesets by rulebook and name.
        otherwise: the value of each outcome where no rule holds: a term, or a set of words.
        overriding: the rules that override a rule, by the id of that rule.
        questions: the queries, by the name of an outcome, or by kind, name and item.
        compiled: what engines keep of all programs together, by a key of their own.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.vocabulary = Vocabulary(parts)
        self.rulesets: dict[tuple[str, str], Ruleset] = {(r.rulebook, r.name): r for r in parts.rulesets}
        self.otherwise: dict[str, Any] = {}
        self.overriding: dict[str, list[RuleIn]] = {}
        self.questions: dict[str, Query] = {}
        for ruleset in parts.rulesets:
            self.otherwise.update(ruleset.otherwise)
            for rule in ruleset.rules:
                for overridden in rule.overrides:
                    self.overriding.setdefault(overridden, []).append((rule, ruleset))
                self._add(rule, ruleset)
        self._of_outcomes: dict[str, QueryGroup] = {}
        self._groups: dict[frozenset[str] | None, tuple[QueryGroup, ...]] = {}
        self.compiled: dict[str, Any] = {}
        self._kilobytes = 0
        self._fields: dict[str, str] = {}
        self._rules: dict[tuple[str, str], list[RuleIn]] = {}
        self._cautions: dict[str, tuple[CautionKey, ...]] = {}
        self._amendments: dict[tuple[str, str], tuple[Layer, ...]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return unpickled, (VERSION, self._packed)

    @cached_property_unlocked
    def _packed(self) -> bytes:
        """The rules as a pickle has them."""
        from aava_rules.rulebook.pack import dump  # only who pickles needs it

        packed = zlib.compress(dump(self.parts))
        _KNOWN[packed] = self
        return packed

    @cached_property_unlocked
    def client_parts(self) -> Parts:
        """The parts with the messages and words that speak to the client."""
        return self.parts.told_to_client()

    def _add(self, rule: Rule, ruleset: Ruleset) -> None:
        names = list(rule.then) if rule.kind == "decide" else [rule.name]
        for name in names:
            kind = KINDS[rule.kind]
            key = name if kind == "outcome" else f"{kind}:{name}:{rule.each}"
            query = self.questions.setdefault(key, Query(kind, name, rule.each))
            query.rules.append((rule, ruleset))

    @cached_property_unlocked
    def _deprecated(self) -> dict[str, Deprecated]:
        """The outcomes that go away, by name."""
        outcomes = self.parts.outcomes.values()
        return {outcome.name: outcome.deprecated for outcome in outcomes if outcome.deprecated is not None}

    @cached_property_unlocked
    def answer_names(self) -> frozenset[str]:
        """The names of all answers; requirements and steps with their kind before it too (``step:NAME``)."""
        queries = self.questions.values()
        return frozenset(q.name for q in queries) | {q.full_name for q in queries if q.kind != "outcome"}

    @cached_property_unlocked
    def nameable(self) -> frozenset[str]:
        """Whatever can be asked for by name: answers, rulesets and rules."""
        return self.answer_names | groups_of(self.parts.rulesets).keys()

    @cached_property_unlocked
    def default_answers(self) -> frozenset[str]:
        """What a host that names nothing is asked facts for: outcomes, and with their kind, requirements and steps."""
        if self.parts.questions:
            return frozenset(self.parts.questions)
        return frozenset([q.name if q.kind == "outcome" else q.full_name for q in self.questions.values()])

    def chosen(self, names: Iterable[str]) -> frozenset[str]:
        """The answers that ``names`` name: themselves, and those of rulesets and rules.

        A name that is that of an answer and of a ruleset is the answer's; the ruleset is ``ruleset:NAME``.

        Raises:
            UnknownName: nothing has one of the names.
        """
        chosen = frozenset(names)
        for name in sorted(chosen & self._deprecated.keys()):
            going = self._deprecated[name]
            what = f"The outcome {name} of {self.parts.outcomes[name].rulebook}"
            warn_deprecated(what, going.until.isoformat(), f"Ask for {going.instead}.")
        others = chosen - self.answer_names
        if not others:
            return chosen
        groups = groups_of(self.parts.rulesets)
        for name in sorted(map(str, others)):
            if name not in groups:
                raise UnknownName(self._unanswered(name, groups))
        return chosen - others | frozenset().union(*(groups[name] for name in others))

    def _unanswered(self, name: str, groups: Iterable[str]) -> str:
        """What is said of a name that nothing has."""
        from aava_rules.rulebook.names import names_of  # only a mistake needs them
        from aava_rules.rulebook.titles import hint_of

        parts = self.parts
        titles = {step.name: step.title for step in parts.steps.values()}
        titles |= {requirement.name: requirement.title for requirement in parts.requirements.values()}
        titles |= {outcome.name: outcome.title for outcome in parts.outcomes.values()}
        hint = hint_of(name, titles)
        if not hint and any(known.name == name for known in names_of(parts) if known.kind in ("fact", "field")):
            hint = "It is given in the record. Name an outcome, a requirement or a step, or a ruleset or rule."
        hint = hint or nearest(name, sorted([*self.answer_names, *groups]))
        return f"Rulebook {self.parts.layers[-1].name} answers nothing named {name[:60]!r}. {hint}".strip()

    def rules_of(self, kind: str, name: str) -> list[RuleIn]:
        """The rules that answer the question ``name`` of a ``kind`` on some day, with their rulesets."""
        rules = self._rules.get((kind, name))
        if rules is None:
            asked = [query for query in self.questions.values() if query.kind == kind and query.name == name]
            rules = self._rules[kind, name] = [rule for query in asked for rule in query.rules]
        return rules

    def name_apart(self, kind: str, name: str) -> str:
        """What an answer is called where other kinds of answers are named beside it.

        A step that shares its name with a requirement has its kind before it (``step:NAME``); all others have their
        name alone.

        Args:
            kind: the kind of the query.
            name: the outcome, requirement or step.
        """
        return f"step:{name}" if kind == "step" and name in self.parts.requirements else name

    def field_of(self, kind: str, name: str) -> str:
        """The field of an item that a requirement limits: the first of which it requires something.

        Args:
            kind: the kind of the query.
            name: the requirement, or another query; of one that requires nothing the field is empty.
        """
        if name not in self._fields:
            trees = [rule.require for rule, _ in self.rules_of(kind, name) if rule.require is not None]
            fields = [field for tree in trees for node in walk(tree) for field in self._record_fields(node)]
            self._fields[name] = fields[0] if fields else ""
        return self._fields[name]

    def _record_fields(self, node: object) -> Iterator[str]:
        """The field that ``node`` reads of an item, or those of which the value that it reads is worked out."""
        if not isinstance(node, ItemField):
            return
        if not node.derived:
            yield node.field
        elif (derivation := self.parts.facts[str(node)].derivation) is not None and derivation.value is not None:
            yield from (field for part in walk(derivation.value) for field in self._record_fields(part))

    def cautions_of(self, rule: Rule) -> tuple[CautionKey, ...]:
        """What ``rule`` may rest on that is not verified; worked out once."""
        keys = self._cautions.get(rule.id)
        if keys is None:
            keys = self._cautions[rule.id] = caution_keys(rule, self.parts)
        return keys

    def amendments_of(self, kind: str, name: str) -> tuple[Layer, ...]:
        """The amendments that an answer may rest on; worked out once.

        Args:
            kind: the kind of the query.
            name: the outcome, requirement or step.
        """
        layers = self._amendments.get((kind, name))
        if layers is None:
            layers = self._amendments[kind, name] = amendments_of(self.parts, kind, name)
        return layers

    def singular(self, list_name: str) -> str:
        """What one item of the list ``list_name`` is called; empty for no list."""
        return ITEM_OF_LIST.get(list_name, "")

    def count_kept(self, kilobytes: int) -> None:
        """Note that about so many ``kilobytes`` more are kept for later decisions; drop all of it if that is too much.

        Callers choose names and days, and records the days on which rules are judged, so that what may be kept has no
        end; a number of programs alone would bound it at gigabytes.
        """
        self._kilobytes += kilobytes
        if self._kilobytes > MOST_KB:
            self._kilobytes = kilobytes
            self.compiled.clear()
            for groups in [*self._groups.values(), tuple(self._of_outcomes.values())]:
                for group in groups:
                    group.forget()

    def outcome_group(self, name: str) -> QueryGroup:
        """The group of the outcome ``name`` alone; without any rules, if none concludes it."""
        group = self._of_outcomes.get(name)
        if group is None:
            query = self.questions.get(name) or Query("outcome", name, "")
            group = self._of_outcomes[name] = QueryGroup(query.each, [query], self)
        return group

    def other_groups(self, names: frozenset[str] | None) -> tuple[QueryGroup, ...]:
        """The groups of requirements and steps, one for each kind of item; of ``names`` only, unless it is None."""
        groups = self._groups.get(names)
        if groups is None:
            chosen = [
                query
                for _, query in sorted(self.questions.items())
                if query.kind != "outcome" and (names is None or query.name in names or query.full_name in names)
            ]
            eaches = sorted({query.each for query in chosen})
            groups = tuple(QueryGroup(each, [q for q in chosen if q.each == each], self) for each in eaches)
            if len(self._groups) < MOST_GROUPS:
                self._groups[names] = groups
        return groups
