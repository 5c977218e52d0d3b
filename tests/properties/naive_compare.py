"""The library's answers against those of the naive judge in every completion of a record, or in many of them.

A definite answer of the library is wrong if one completion answers otherwise. Where all completions are tried and give
one answer, an "unknown" of the library is needless; by ADR 1 that is no fault where a fact follows from others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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
    Rulebook,
    RuleDate,
    Said,
    answers,
    walk,
)
from naive import Answer, Judge, places
from naive_choices import Choices, Completions
from naive_days import NotOnThisCalendar
from naive_facts import Undetermined
from naive_law import Law, trees_of
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
    definite: int = 0
    exact: int = 0
    """Answers of which exactness is claimed, with every completion tried."""
    undetermined: int = 0
    """Answers of which nothing that is written says what they should be."""
    refused: int = 0
    needless: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        needless = ", ".join(f"{name} {count}" for name, count in self.needless.most_common(8)) or "none"
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
        said = answers(self.rulebook.decide(record, on))
        asked = set(places(self.law.parts, record))
        if asked != set(said):
            raise WrongAnswer(f"not the same questions: {sorted(map(str, asked ^ set(said)))}")
        self.tally.records += 1
        for place in said:
            try:
                self._check(place, said[place], record, on, spare, most)
            except (Undetermined, NotOnThisCalendar):
                self.tally.undetermined += 1

    def _check(self, place: Place, said: Said, record: Any, on: date, spare: Any, most: int) -> None:
        def judge(choices: Choices) -> Answer:
            return Judge(self.law, record, on, choices, spare).judge(place)

        completions = Completions(judge, most, seed=most)
        found = completions.results
        self.tally.answers += 1
        self.tally.completions += len(found)
        definite = said.status not in OPEN
        self.tally.definite += definite
        fault = _contradiction(place, said, found, completions.all)
        if fault:
            raise WrongAnswer(f"{place} on {on}: {said}, but {fault}\n{record}")
        if completions.all and not definite and _agree(found):
            if self.exact(place):
                raise WrongAnswer(f"{place} on {on}: {said}, but every completion says {found[0]}\n{record}")
            self.tally.needless[place.name] += 1
        self.tally.exact += completions.all and self.exact(place)

    def exact(self, place: Place) -> bool:
        """Whether exactness is claimed: every test is of one ready-made fact or field against what is constant."""
        key = (place.kind, place.name, place.list_name)
        if key not in self._exact:
            rules = self.law.behind(place)
            trees = [tree for rule in rules for tree in trees_of(rule)]
            plain = all(rule.judged_on is None for rule in rules) and all(map(self._is_plain, trees))
            computed = any(not isinstance(value, (Const, Param, frozenset)) for r in rules for value in r.then.values())
            self._exact[key] = plain and not computed and place.kind != "step"
        return self._exact[key]

    def _is_plain(self, tree: Any) -> bool:
        for node in walk(tree):
            if isinstance(node, (Call, IsKnown)):
                return False
            if isinstance(node, Fact):
                fact = self.law.parts.facts.get(node.name)
                if fact is None or fact.derivation is not None or fact.default is not None or fact.type == "set":
                    return False
            if isinstance(node, ItemField) and (
                node.derived or node.field in ("start", "end", "made_on", "ends_on") or node.type in ("set", "dates")
            ):
                return False
            if isinstance(node, Compare) and not any(
                isinstance(side, (Const, Param, DecisionDate, RuleDate)) for side in (node.left, node.right)
            ):
                return False
        return True


def _agree(found: list[Answer]) -> bool:
    return all(
        (one.status, one.value, set(one.dues.values()))
        == (found[0].status, found[0].value, set(found[0].dues.values()))
        for one in found
    ) and (found[0].status not in OPEN)


def _contradiction(place: Place, said: Said, found: list[Answer], every: bool) -> Any:
    """A completion that contradicts what is said; None if there is none. ``every``: these are all completions."""
    if place.kind == "outcome":
        return next((one for one in found if not _allows(said, one)), None)
    if said.status in OPEN:
        return None
    for one in found:
        same = said.status == one.status
        # where only an exception is open, what is required being kept, or the step being due, settles it (ADR 1)
        if not same and not (one.excepted and said.status in ("met", "suggested")):
            return one
    if every and all(one.status != said.status for one in found):
        return found[0]  # it is not open whether the exception holds
    return _wrong_due(said, found) if said.status == "suggested" else None


def _wrong_due(said: Said, found: list[Answer]) -> Any:
    """A completion in which the rules by which the library suggests the step name another day."""
    if said.due is UNKNOWN:
        return None
    # Excluded: the day that a rule names of which the library does not know that it suggests the step, where another
    # surely does (hartola_sysma: plans_updated by CP-100, and perhaps by HP-30 with a day).
    for one in found:
        days = [day for rule, day in one.dues.items() if rule in said.by and day is not None]
        if min(days, default=None) != said.due and not (one.excepted and said.by - one.dues.keys()):
            return one
    return None


def _allows(said: Said, one: Answer) -> bool:
    """Whether what the library says of an outcome leaves room for the answer of a completion."""
    low, high = (said.value.low, said.value.high) if isinstance(said.value, Interval) else (said.value, said.value)
    if isinstance(low, frozenset):
        return one.status == "known" and low <= one.value <= high
    if isinstance(said.value, Interval):
        if one.status == "not_applicable":
            return said.value.absent
        if one.status != "known":
            return False
        return (low is None or one.value >= low) and (high is None or one.value <= high)
    if said.status in OPEN:
        return True
    return said.status == one.status and (said.status != "known" or said.value == one.value)
