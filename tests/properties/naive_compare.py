"""The library's answers against those of the naive judge in every completion of a record, or in many of them.

A definite answer of the library is wrong if one completion answers otherwise. Where all completions are tried and give
one answer, an "unknown" of the library is needless; by ADR 1 that is no fault where a fact follows from others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any

from library import (
    UNKNOWN,
    Call,
    Compare,
    Const,
    DecisionDate,
    Fact,
    Interval,
    IsKnown,
    ItemField,
    Param,
    Place,
    RecordError,
    Reply,
    Rulebook,
    RuleDate,
    answers,
    assumed_facts,
    walk,
    with_assumptions,
)
from naive import Answer, Judge, places
from naive_choices import Choices, Completions
from naive_days import NotOnThisCalendar
from naive_known import Undetermined
from naive_law import Law, names_in, trees_of, trees_of_fact
from naive_records import SystemRecords

MOST = 16
"""Completions that are gone through in order; where there are more, as many are drawn at random as well."""
OPEN = ("unknown", "open")


@dataclass
class Tally:
    """What has been judged."""

    records: int = 0
    answers: int = 0
    completions: int = 0
    """Completions of questions in which anything was filled in; of one that rests on nothing open there is none."""
    definite: int = 0
    exact: int = 0
    """Answers of which exactness is claimed, with every completion tried."""
    undetermined: int = 0
    """Answers of which nothing that is written says what they should be."""
    refused: int = 0
    needless: Counter[str] = field(default_factory=Counter)
    by_design: int = 0
    """Needless unknowns of a kind of which ADR 1 says that it stays apart: see `Comparison.stays_apart`."""

    def __str__(self) -> str:
        needless = ", ".join(f"{name} {count}" for name, count in self.needless.most_common(8)) or "none"
        if self.by_design:
            needless += f", and {self.by_design} of a yes-or-no fact beside what it follows from"
        return (
            f"{self.records} records, {self.answers} answers ({self.definite} definite, {self.exact} with "
            f"a claim of exactness), {self.completions} completions; not judged: {self.undetermined} answers and "
            f"{self.refused} records; "
            f"needless unknowns: {needless}"
        )


class WrongAnswer(AssertionError):
    """An answer of the library that a completion contradicts, or an unknown that was claimed to be exact."""


class Comparison:
    """One rulebook under comparison."""

    def __init__(self, rulebook: Rulebook, tally: Tally) -> None:
        self.rulebook, self.law, self.tally = rulebook, Law(rulebook), tally
        self._exact: dict[tuple[str, str, str], bool] = {}

    def check_random(self, maker: SystemRecords, random: Random, on: date) -> None:
        """Compare every answer to a random record, unless the library refuses it. Raises WrongAnswer."""
        record, spare = maker.record(random, on), maker.spare(random, on)
        try:
            self.check(record, on, spare)
        except RecordError:
            self.tally.refused += 1

    def check(
        self, record: dict[str, Any], on: date, spare: Mapping[str, list[dict[str, Any]]], most: int = MOST
    ) -> None:
        """Compare every answer to a record. Raises WrongAnswer."""
        decision = self.rulebook.decide(record, on)
        replies, record = answers(decision), with_assumptions(record, decision, self.law.parts)
        asked = set(places(self.law.parts, record))
        if asked != set(replies):
            raise WrongAnswer(f"not the same questions: {sorted(map(str, asked ^ set(replies)))}")
        self.tally.records += 1
        told: dict[Any, bool] = {}
        assumed = {
            fact.name: fact.default.value
            for fact in assumed_facts(decision, self.law.parts)
            if fact.of_the_day and isinstance(fact.default, Const)
        }

        def judge(place: Place, choices: Choices) -> Answer:
            return Judge(self.law, record, on, choices, spare, told, assumed).judge(place)

        for place in replies:
            try:
                self._check(place, replies[place], record, on, most, judge)
            except (Undetermined, NotOnThisCalendar):
                self.tally.undetermined += 1

    def _check(
        self, place: Place, reply: Reply, record: Any, on: date, most: int, judge: Callable[[Place, Choices], Answer]
    ) -> None:
        completions = Completions(lambda choices: judge(place, choices), most, seed=most)
        judged = completions.results
        self.tally.answers += 1
        self.tally.completions += completions.filled
        definite = reply.status not in OPEN
        self.tally.definite += definite
        fault = _contradiction(place, reply, judged, completions.all)
        if fault:
            raise WrongAnswer(f"{place} on {on}: {reply}, but {fault}\n{record}")
        if judged and completions.all and not definite and _agree(judged):
            if self.exact(place):
                raise WrongAnswer(f"{place} on {on}: {reply}, but every completion says {judged[0]}\n{record}")
            if self.stays_apart(place):
                self.tally.by_design += 1
            else:
                self.tally.needless[place.name] += 1
        self.tally.exact += completions.all and self.exact(place)

    def exact(self, place: Place) -> bool:
        """Whether exactness is claimed: every test is of one ready-made fact or field against what is constant.

        Or it is of an outcome of which that holds again, down to the facts.
        """
        key = (place.kind, place.name, place.list_name)
        if key not in self._exact:
            rules = self.law.behind(place)
            trees = [tree for rule in rules for tree in trees_of(rule)]
            plain = all(rule.judged_on is None for rule in rules) and all(map(self._is_plain, trees))
            computed = any(not isinstance(value, (Const, Param, frozenset)) for r in rules for value in r.then.values())
            read = {node.name for tree in trees for node in walk(tree) if isinstance(node, Fact)}
            below = read & self.law.parts.outcomes.keys()
            self._exact[key] = (
                plain
                and not computed
                and place.kind != "step"
                and all(self.exact(Place("outcome", name)) for name in sorted(below))
            )
        return self._exact[key]

    def stays_apart(self, place: Place) -> bool:
        """Whether a question reads a yes-or-no fact beside what it follows from: a record may state it (ADR 1)."""
        facts, outcomes = self.law.parts.facts, self.law.parts.outcomes
        pending, read, seen = [place], Counter[str](), set[Place]()
        while pending:
            asked = pending.pop()
            seen.add(asked)
            names = {name for rule in self.law.behind(asked) for tree in trees_of(rule) for name in names_in(tree)}
            read.update(names)
            below = {Place("outcome", name) for name in names & outcomes.keys()}
            pending += sorted(below - seen, key=str)
        followed = Counter[str]()
        for name in read:
            if name in facts and facts[name].type == "boolean":
                followed.update(self._follows_from(name))
        return any(read[name] or count > 1 for name, count in followed.items())

    def _follows_from(self, name: str) -> set[str]:
        """The names from which a fact follows, directly or not."""
        facts, pending, names = self.law.parts.facts, [name], set[str]()
        while pending:
            definition = facts.get(pending.pop())
            if definition is not None and definition.derivation is not None:
                more = {source for tree in trees_of_fact(definition) for source in names_in(tree)} - names
                names |= more
                pending += sorted(more)
        return names

    def _is_plain(self, tree: Any) -> bool:
        for node in walk(tree):
            if isinstance(node, (Call, IsKnown)):
                return False
            if isinstance(node, Fact) and node.name not in self.law.parts.outcomes:
                fact = self.law.parts.facts.get(node.name)
                if fact is None or fact.derivation is not None or fact.default is not None or fact.type == "set":
                    return False
            if isinstance(node, ItemField) and (
                node.derived
                or node.field in ("start", "end", "agreed_end", "made_on", "ends_on")
                or node.type in ("set", "dates")
            ):
                return False
            if isinstance(node, Compare) and not any(
                isinstance(side, (Const, Param, DecisionDate, RuleDate)) for side in (node.left, node.right)
            ):
                return False
        return True


def _agree(judged: list[Answer]) -> bool:
    return all(
        (answer.status, answer.value, set(answer.dues.values()))
        == (judged[0].status, judged[0].value, set(judged[0].dues.values()))
        for answer in judged
    ) and (judged[0].status not in OPEN)


def _contradiction(place: Place, reply: Reply, judged: list[Answer], every: bool) -> Any:
    """A completion that contradicts what is said; None if there is none. ``every``: these are all completions."""
    if place.kind == "outcome":
        return next((answer for answer in judged if not _allows(reply, answer)), None)
    if reply.status in OPEN:
        return None
    for answer in judged:
        same = reply.status == answer.status
        # where only an exception is open, what is required being kept, or the step being due, settles it (ADR 1)
        if not same and not (answer.excepted and reply.status in ("met", "suggested")):
            return answer
    if every and judged and all(answer.status != reply.status for answer in judged):
        return judged[0]  # it is not open whether the exception holds
    return _wrong_due(reply, judged) if reply.status == "suggested" else None


def _wrong_due(reply: Reply, judged: list[Answer]) -> Any:
    """A completion in which the rules that suggest the step name another day."""
    if reply.due is UNKNOWN:
        return None
    for answer in judged:
        days = [day for day in answer.dues.values() if day is not None]
        if min(days, default=None) != reply.due and not (answer.excepted and reply.by - answer.dues.keys()):
            return answer
    return None


def _allows(reply: Reply, answer: Answer) -> bool:
    """Whether what the library says of an outcome leaves room for the answer of a completion."""
    low, high = (reply.value.low, reply.value.high) if isinstance(reply.value, Interval) else (reply.value, reply.value)
    if isinstance(low, frozenset):
        return answer.status == "known" and low <= answer.value <= high
    if isinstance(reply.value, Interval):
        if answer.status == "not_applicable":
            return reply.value.absent
        if answer.status != "known":
            return False
        return (low is None or answer.value >= low) and (high is None or answer.value <= high)
    if reply.status in OPEN:
        return True
    return reply.status == answer.status and (reply.status != "known" or reply.value == answer.value)
