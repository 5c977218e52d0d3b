"""What becomes of a mutant that no case notices: proven equal, or a case that would notice it, or neither."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Final

from aava_rules.compiler.compile import CompiledRulebook
from aava_rules.decision.conclusions import Conclusions
from aava_rules.decision.context import Inquiry
from aava_rules.decision.decision import Decision
from aava_rules.engine.reference.engine import REFERENCE
from aava_rules.language.dates import parse_day
from aava_rules.language.errors import AavaRulesError
from aava_rules.language.values import Interval, plain
from aava_rules.record import Record
from aava_rules.tools.cases.compare import WORST_FIRST
from aava_rules.tools.cases.run import record_of
from aava_rules.tools.mutate.cells import Contrast, TooLarge, contrasts
from aava_rules.tools.mutate.mutant import Mutant
from aava_rules.tools.mutate.nearest import Situation
from aava_rules.tools.mutate.same_reading import is_read_alike
from aava_rules.tools.mutate.search import Search
from aava_rules.tools.mutate.trial import Subject, Trial

EQUAL: Final = "equal"
PROPOSED: Final = "proposed"
NOT_PROVEN: Final = "not proven"
CONTRADICTORY: Final = "contradictory"
"""Told apart by records that contradict themselves, and by no other that was found: these are no cases."""

READ_PER_CONTRAST: Final = 800
"""Situations that are read for one contrast before it is given up."""
MOST_STARTS: Final = 60
MOST_VARIANTS: Final = 150
"""Situations of which is read what is missing, before a change is given up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a mutant that no case notices.

    Attributes:
        status: ``equal`` (in every cell), ``proposed`` (a case tells it apart), ``contradictory`` (only records that
            contradict themselves do), or ``not proven``.
        case: the proposed case, in the form of cases.yaml; empty without one.
        why: of one that is not proven or contradictory, why.
    """

    status: str
    case: dict[str, Any]
    why: str = ""


def judge(
    subject: Subject, mutant: Mutant, trials: Sequence[Trial], seed: int = 0, most: int = READ_PER_CONTRAST
) -> Verdict:
    """Whether a mutant that no case notices is equal to the rulebook, or a case that would notice it.

    Args:
        subject: the rulebook.
        mutant: the mutant.
        trials: its cases: the search begins with their records.
        seed: of the search.
        most: how many situations are read for one question in one stretch of time before it is given up.
    """
    if len(mutant.keys) == 1:
        ((kind, name),) = mutant.keys
        if is_read_alike(subject.parts, mutant.make(subject.parts), kind, name, subject.book.vocabulary.ranges):
            return Verdict(EQUAL, {})
    changed = subject.changed(mutant)
    keys = subject.questions_of(mutant)
    search = Search(subject, seed + mutant.number)
    of_cells = all(kind in ("rule", "outcome", "parameter") for kind, _ in mutant.keys)
    collected: list[tuple[str, Contrast]] = []
    exact = of_cells and not subject.reads_on_other_days(mutant)
    for key in keys if of_cells else ():
        try:
            for contrast in contrasts(subject.book, changed, key):
                collected.append((key, contrast))
        except TooLarge:
            exact = False
    if exact and not collected:
        return Verdict(EQUAL, {})
    tellers: dict[str, Teller] = {}
    for key, contrast in sorted(collected, key=lambda pair: pair[1].only_rules)[:12]:
        teller = tellers.setdefault(key, Teller(subject, changed, key))
        starts = list(_starts(subject, trials, key))
        situation = search.run(contrast, starts, teller.differs, most)
        if situation is not None:
            return Verdict(PROPOSED, teller.case(_smaller(situation, teller)))
    for key in keys if not exact else ():
        teller = tellers.setdefault(key, Teller(subject, changed, key))
        situation = _wander(subject, mutant, search, teller, list(_starts(subject, trials, key)), key, most)
        if situation is not None:
            return Verdict(PROPOSED, teller.case(_smaller(situation, teller)))
    for key, teller in tellers.items():
        situation = _asked_otherwise(teller, list(_starts(subject, trials, key)))
        if situation is not None:
            return Verdict(PROPOSED, teller.case(_smaller(situation, teller)))
    for teller in tellers.values():
        if teller.contradiction:
            what = teller.contradiction.rstrip(".")
            return Verdict(CONTRADICTORY, {}, f"only records that contradict themselves tell: {what}")
    why = (
        "no record was found in the cells that tell them apart"
        if exact
        else "it is not a matter of finitely many cells"
    )
    return Verdict(NOT_PROVEN, {}, why)


def _starts(subject: Subject, trials: Sequence[Trial], key: str) -> Iterator[Situation]:
    query = subject.book.questions[key]
    kind = "suggestion" if query.kind == "step" else query.kind
    asked = (kind, query.name)
    about = [trial for trial in trials if asked in trial.asked]
    near = [trial for trial in trials if asked not in trial.asked and not trial.asked.isdisjoint(subject.near(asked))]
    for trial in (about + near)[-MOST_STARTS:]:
        yield dated(record_of(trial.case)), trial.case.date


def dated(value: Any) -> Any:
    """The ``value`` of a record as a case has it, with days for the texts that are days."""
    if isinstance(value, str):
        return (parse_day(value) or value) if len(value) == 10 else value
    if isinstance(value, dict):
        return {key: dated(part) for key, part in value.items()}
    if isinstance(value, list):
        return [dated(part) for part in value]
    return value


class Teller:
    """Tells two rulebooks apart by their answers to one question."""

    def __init__(self, subject: Subject, changed: CompiledRulebook, key: str) -> None:
        self.subject, self.key = subject, key
        self.query = subject.book.questions[key]
        self.books = (subject.book, changed)
        self.contradiction = ""
        """What contradicts itself in a record that told the two apart and is therefore no case."""
        self.by_missing = False
        """Whether what is missing for the answer tells, too: which facts a host is asked for."""

    def answers(self, situation: Situation) -> tuple[Any, Any] | None:
        """What both answer to ``situation``; None of no record."""
        try:
            record = self.subject.read(situation[0])
            return (
                self._answer(self.books[0], record, situation[1]),
                self._answer(self.books[1], record, situation[1]),
            )
        except (AavaRulesError, RecursionError):
            return None

    def differs(self, situation: Situation) -> bool:
        """Whether the two answer ``situation`` unlike, so that a case can tell; no case contradicts itself."""
        both = self.answers(situation)
        if both is None:
            return False
        tells = _rules_to_name(*both) is not None or (self.by_missing and len(set(self._missing(situation))) > 1)
        return tells and self._fits(situation)

    def _missing(self, situation: Situation) -> list[tuple[str, ...]]:
        """What both say is missing for the answer in a situation that is a record."""
        record, on = self.subject.read(situation[0]), situation[1]
        named = self.subject.book.name_apart(self.query.kind, self.query.name)
        lists = []
        for book in self.books:
            facts, _ = book.vocabulary.inputs.read(record, on)
            name, outcomes = (
                (self.query.name, (self.query.name,)) if self.query.kind == "outcome" else (self.query.full_name, ())
            )
            conclusions = Conclusions(
                Inquiry(book, frozenset({name}), outcomes, REFERENCE, {}), record, on, facts, False
            )
            asked = (
                fact for fact in conclusions.missing_for() if any(a.partition("@")[0] == named for a in fact.affects)
            )
            lists.append(tuple(sorted({fact.fact for fact in asked})))
        return lists

    def _fits(self, situation: Situation) -> bool:
        """Whether nothing in the record of a situation contradicts something else of it."""
        record, on = self.subject.read(situation[0]), situation[1]
        facts, _ = self.books[0].vocabulary.inputs.read(record, on)
        inquiry = Inquiry(self.books[0], frozenset({self.query.full_name}), (), REFERENCE, {})
        notices = Decision(Conclusions(inquiry, record, on, facts, False)).notices
        if notices:
            self.contradiction = notices[0].text("en")
        return not notices

    def _answer(self, book: CompiledRulebook, record: Record, on: date) -> Any:
        query = self.query
        facts, _ = book.vocabulary.inputs.read(record, on)
        if query.kind == "outcome":
            if query.name not in book.questions:
                return "not_applicable", None, ()
            inquiry = Inquiry(book, frozenset({query.name}), (query.name,), REFERENCE, {})
            decision = Decision(Conclusions(inquiry, record, on, facts, False))
            outcome = decision.outcomes[query.name]
            value = outcome.value if outcome.status == "known" else None
            return outcome.status, plain(value.low if isinstance(value, Interval) else value), tuple(sorted(outcome.by))
        inquiry = Inquiry(book, frozenset({query.full_name}), (), REFERENCE, {})
        decision = Decision(Conclusions(inquiry, record, on, facts, False))
        if query.kind == "requirement":
            statuses = {finding.status for finding in decision.findings}
            worst = next((status for status in WORST_FIRST if status in statuses), "not_applicable")
            by = {rule for finding in decision.findings for rule in finding.by}
            return worst, None, tuple(sorted(by))
        dues = tuple(sorted({_due(step.due) for step in decision.next_steps}))
        by = {rule for step in decision.next_steps for rule in step.by}
        return "suggested" if dues else "none", dues, tuple(sorted(by))

    def case(self, situation: Situation) -> dict[str, Any]:
        """The case of ``situation``, with the answer of the unchanged rulebook."""
        both = self.answers(situation)
        assert both is not None
        (status, value, _), other = both
        record, query = situation[0], self.query
        case: dict[str, Any] = {"date": situation[1]}
        if record.get("facts"):
            case["given"] = record["facts"]
        rest = {key: part for key, part in record.items() if key not in ("facts", "id")}
        if rest:
            case["record"] = rest
        if query.kind == "outcome":
            case["expect"] = {query.name: value if status == "known" else status}
        elif query.kind == "requirement":
            case["checks"] = {query.name: status}
        elif status == "suggested":
            case["steps"] = [{"step": query.name, "due": due} for due in value]
        else:
            case["no_steps"] = [query.name]
        naming = _rules_to_name(both[0], other)
        for key, rules in zip(("by", "not_by"), naming or ((), ()), strict=True):
            if rules:
                case[key] = list(rules)
        if naming is None:
            case["missing"] = list(self._missing(situation)[0])
        return case


Rules = tuple[str, ...]


def _rules_to_name(answer: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Rules, Rules] | None:
    """The rules that a case must name, so that it holds of an answer and fails of another; None if none could.

    Args:
        answer: status, value or due days, and deciding rules.
        other: the same of the other rulebook.

    Returns: the rules that must decide, and those that must not; neither where the answer itself tells.
    """
    status, value, by = answer
    if status != other[0] or (value != other[1] and (not isinstance(value, tuple) or set(value) - set(other[1]))):
        return (), ()
    missing = tuple(rule for rule in by if rule not in other[2])
    more = tuple(rule for rule in other[2] if rule not in by)
    if missing:
        return missing, ()
    return ((), more) if more and status != "none" and (by or status != "not_applicable") else None


def _due(due: Any) -> str:
    return "none" if due is None else str(due) if isinstance(due, date) else "unknown"


def _smaller(situation: Situation, teller: Teller) -> Situation:
    """The situation without what is not needed to tell the two apart."""

    def tells(record: dict[str, Any]) -> bool:
        both = teller.answers((record, situation[1]))
        return both is not None and both[0][0] == wanted and teller.differs((record, situation[1]))

    first = teller.answers(situation)
    assert first is not None
    wanted, record = first[0][0], deepcopy(situation[0])
    while True:
        for smaller in _without(record):
            if tells(smaller):
                record = smaller
                break
        else:
            return record, situation[1]


def _without(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record without one of its parts."""
    for key, part in record.items():
        if key == "id":
            continue
        yield {name: remaining for name, remaining in record.items() if name != key}
        if isinstance(part, dict):
            for name in part:
                yield record | {key: {other: remaining for other, remaining in part.items() if other != name}}
        elif isinstance(part, list):
            for number, item in enumerate(part):
                yield record | {key: part[:number] + part[number + 1 :]}
                for name in item if isinstance(item, dict) else ():
                    changed = {other: remaining for other, remaining in item.items() if other != name}
                    yield record | {key: [*part[:number], changed, *part[number + 1 :]]}


def _asked_otherwise(teller: Teller, starts: list[Situation]) -> Situation | None:
    """A situation in which the answer is the same and other facts are missing for it: a case's, or one with less."""
    teller.by_missing = True
    variants = ((smaller, on) for record, on in reversed(starts) for smaller in (record, *_without(record)))
    return next(
        (situation for situation in itertools.islice(variants, MOST_VARIANTS) if teller.differs(situation)), None
    )


def _wander(
    subject: Subject, mutant: Mutant, search: Search, teller: Teller, starts: list[Situation], key: str, most: int
) -> Situation | None:
    """A situation that tells a change of a derived fact, a step or what is read of it apart, found near the cases."""
    random = Random(mutant.number)
    terms = subject.terms_of(mutant)
    names = subject.terms_behind(key)
    for situation in starts:
        if teller.differs(situation):
            return situation
    for number in range(most if starts else 0):
        record, on = deepcopy(starts[-1 - random.randrange(min(len(starts), 30))])
        for _ in range(random.choice([1, 1, 2, 3, 4])):
            record, on = search.step(
                record, on, terms if random.random() < 0.75 else names, subject.book.questions[key].each
            )
        if teller.differs((record, on)):
            return record, on
        if number % 7 == 0 and teller.answers((record, on)) is not None and len(starts) < 200:
            starts.append((record, on))
    return None
