"""What differs between the answers to one record: by two rulebooks, or on two days.

An answer is what a decision tells of one question: of an outcome its status, value and what a set may still gain, of a
requirement of one item its status, of a step whether it is to be taken next, and by which day. What a rulebook does not
ask does not apply. That other rules or paragraphs give the same answer is no change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal

from aava_rules.decision.answers import Finding, NextStep, Outcome, state_of
from aava_rules.decision.decision import Decision, inside
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.values import format_day, format_value, label
from aava_rules.language.structs import Struct
from aava_rules.language.values import LANGUAGES, UNKNOWN, Interval, plain, without_zeros
from aava_rules.rulebook.model import Parts, Text

Kind = Literal["outcome", "finding", "step"]
Cause = Literal["law", "time", "both"]
"""What changes an answer: the rules, the passing of time alone, or either by itself."""

AMOUNTS: Final = ("decimal", "money")
"""The types of outcomes whose values are no whole numbers."""
NO_WORDS: Final[frozenset[str]] = frozenset()


class Answer(Struct):
    """What a decision tells of one question.

    Attributes:
        status: of an outcome ``known``, ``unknown``, ``not_applicable`` or ``conflict``; of a finding ``met``,
            ``broken``, ``unknown`` or ``not_applicable``; of a step ``suggested`` or ``not_suggested``.
        value: of a known outcome its value, of a set its sure members; else None.
        possible: the words that a set may still gain.
        due: of a step the day by which it is to be taken; None where no source names one, UNKNOWN where the day
            depends on what is not known.
        overdue: whether that day lies before the day of decision.
        by: the ids of the rules that decide.
    """

    status: str
    value: Any = None
    possible: frozenset[str] = NO_WORDS
    due: Any = None
    overdue: bool = False
    by: tuple[str, ...] = ()

    @property
    def tells(self) -> tuple[Any, ...]:
        """What must be the same for two answers to be the same: all but the rules that decide."""
        return self.status, self.value, self.possible, self.due, self.overdue

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it, without words."""
        answer: dict[str, Any] = {"status": self.status}
        if self.status == "known":
            answer["value"] = plain(self.value)
        if self.possible:
            answer["possible"] = sorted(self.possible)
        if self.status == "suggested":
            answer |= {"due": plain(self.due), "overdue": self.overdue}
        return answer | {"by": list(self.by)}


NOTHING: Final[dict[str, Answer]] = {
    "outcome": Answer("not_applicable"), "finding": Answer("not_applicable"), "step": Answer("not_suggested")
}  # fmt: skip
"""By kind, the answer to what is not asked."""


class Wording:
    """The words of answers, each put together once: those before a change by one rulebook, those after by another."""

    def __init__(self, before: Parts, after: Parts) -> None:
        """The words of the rulebooks ``before`` and ``after``."""
        self.before, self.after = before, after
        self._answers: dict[Any, Text] = {}
        self._titles: dict[tuple[str, str], Text] = {}

    def title(self, kind: str, name: str) -> Text:
        """What the question ``name`` of a ``kind`` is called, by language; by the later rulebook, if it has it."""
        title = self._titles.get((kind, name))
        if title is None:
            table = {"outcome": "outcomes", "finding": "requirements", "step": "steps"}[kind]
            parts = self.after if name in getattr(self.after, table) else self.before
            definition = getattr(parts, table).get(name)
            title = self._titles[kind, name] = label(parts, name) if definition is None else definition.title
        return title

    def answer(self, kind: str, name: str, answer: Answer, *, later: bool) -> Text:
        """An answer in words, by language.

        Args:
            kind: the kind of the question.
            name: its name.
            answer: the answer.
            later: whether it is that of the later rulebook.
        """
        key = (kind, name, answer.tells, later)
        words = self._answers.get(key)
        if words is None:
            if len(self._answers) > MOST_WORDS:
                self._answers.clear()
            parts = self.after if later else self.before
            words = self._answers[key] = {k: _answer_text(kind, name, answer, parts, k) for k in LANGUAGES}
        return words


MOST_WORDS: Final = 10_000
"""Answers whose words are kept; days and amounts have no end."""


def _answer_text(kind: str, name: str, answer: Answer, parts: Parts, language: str) -> str:
    if kind == "step":
        if answer.status != "suggested":
            return text("answer.not_suggested", language)
        if answer.due is None:
            return text("answer.suggested", language)
        due = text("page.due_unknown", language)
        if answer.due is not UNKNOWN:
            due = text("page.by_day", language, day=format_day(answer.due, language))
        late = f" ({text('page.overdue', language)})" if answer.overdue else ""
        return f"{text('answer.suggested', language)}, {due}{late}"
    if answer.status == "known":
        definition = parts.outcomes.get(name)
        value = answer.value
        if answer.possible:
            value = Interval(value, value | answer.possible)
        return format_value(value, definition.unit if definition else "", language, parts.words)
    word = text(f"answer.{answer.status}", language)
    if answer.possible:
        word += f"; {text('report.possible', language)}: {format_value(answer.possible, '', language, parts.words)}"
    return word


class AnswerChange:
    """An answer that differs.

    Attributes:
        kind: ``outcome``, ``finding`` or ``step``.
        name: the outcome, requirement or step.
        key: what names it whatever the order of the lists: the name, of items with that of the item.
        where: the item and field that it is about, as a path into the record; empty for the client.
        before, after: the answers.
        by_time: between two days the answer on the later one if no law had changed in between; None of one day.
    """

    __slots__ = ("_wording", "after", "before", "by_time", "key", "kind", "name", "where")

    def __init__(
        self, kind: Kind, name: str, key: str, where: str, before: Answer, after: Answer, by_time: Answer | None,
        wording: Wording,
    ) -> None:  # fmt: skip
        self.kind: Kind = kind
        self.name, self.key, self.where = name, key, where
        self.before, self.after, self.by_time = before, after, by_time
        self._wording = wording

    @property
    def cause(self) -> Cause:
        """What changes the answer: ``law`` (the rules), ``time`` (time alone does it), or ``both`` do something to it.

        With ``both`` the answer may be the same before and after: the law then takes back what time would have done.
        """
        if self.by_time is None or self.by_time.tells == self.before.tells:
            return "law"
        return "time" if self.by_time.tells == self.after.tells else "both"

    def title(self, language: str = "fi") -> str:
        """What is asked, in a few words; ``language`` is ``fi``, ``sv`` or ``en``."""
        return self._wording.title(self.kind, self.name)[language]

    def texts(self, language: str = "fi") -> tuple[str, str]:
        """The answers before and after, in words of ``language``."""
        return self._text(self.before, later=False)[language], self._text(self.after, later=True)[language]

    def time_text(self, language: str = "fi") -> str:
        """The answer that time alone would have led to, in words of ``language``; empty of one day."""
        return "" if self.by_time is None else self._text(self.by_time, later=False)[language]

    def _text(self, answer: Answer, *, later: bool) -> Text:
        return self._wording.answer(self.kind, self.name, answer, later=later)

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON has it."""
        change: dict[str, Any] = {
            "kind": self.kind, "name": self.name, "key": self.key,
            "title": dict(self._wording.title(self.kind, self.name)), "where": self.where, "cause": self.cause,
            "from": self.before.to_dict() | {"text": dict(self._text(self.before, later=False))},
            "to": self.after.to_dict() | {"text": dict(self._text(self.after, later=True))},
        }  # fmt: skip
        if self.by_time is not None:
            change["by_time"] = self.by_time.to_dict() | {"text": dict(self._text(self.by_time, later=False))}
        return change

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AnswerChange):
            return NotImplemented
        return self._contents == other._contents

    def __hash__(self) -> int:
        return hash(self._contents)

    @property
    def _contents(self) -> tuple[Any, ...]:
        return self.kind, self.name, self.key, self.where, self.before, self.after, self.by_time

    def __repr__(self) -> str:
        return f"<AnswerChange {self.key}: {self.before.status} -> {self.after.status}>"


class ClientChanges(Struct):
    """The answers to one record that differ: its id, and the changes, outcomes first, then findings, then steps."""

    record_id: str
    changes: tuple[AnswerChange, ...]

    def to_dict(self) -> dict[str, Any]:
        """The changes as JSON has them."""
        return {"record_id": self.record_id, "changes": [change.to_dict() for change in self.changes]}


Place = tuple[Kind, str, str]
"""What names an answer of a record: its kind, the name of the question, and its key."""


def answers_of(decision: Decision) -> dict[Place, tuple[Answer, str]]:
    """Every answer of ``decision`` that says something, with where in the record it is about."""
    answers: dict[Place, tuple[Answer, str]] = {}
    for name, outcome in decision.outcomes.items():
        if outcome.status != "not_applicable":
            amount = inside(decision).parts.outcomes[name].type in AMOUNTS
            answers["outcome", name, name] = answer_of_outcome(outcome, amount=amount), ""
    for finding in decision.findings:
        if finding.status != "not_applicable":
            answers["finding", finding.requirement, finding.key] = answer_of_finding(finding), finding.where
    for step in decision.next_steps:
        key = key_of(step.step, inside(decision).item_key(state_of(step)))
        answers["step", step.step, key] = answer_of_step(step), step.where
    return answers


def key_of(name: str, item: str) -> str:
    """What names the answer to the question ``name`` about the ``item`` of that key; empty for the client."""
    return f"{name}@{item}" if item else name


def answer_of_outcome(outcome: Outcome, *, amount: bool) -> Answer:
    """The answer that ``outcome`` tells; an ``amount`` without zeros at its end, which differ by the way it was got."""
    value: Any = outcome.value if outcome.status == "known" else None
    if amount and value is not None:
        value = without_zeros(value)
    return Answer(outcome.status, value, outcome.possible, None, False, outcome.by)


def answer_of_finding(finding: Finding) -> Answer:
    """The answer that ``finding`` tells."""
    return Answer(finding.status, None, NO_WORDS, None, False, finding.by)


def answer_of_step(step: NextStep) -> Answer:
    """The answer that ``step`` tells."""
    due = step.due if step.due is None or isinstance(step.due, date) else UNKNOWN
    return Answer("suggested", None, NO_WORDS, due, step.overdue, step.by)


def changes_between(
    before: Decision, after: Decision, by_time: Decision | None, wording: Wording
) -> tuple[AnswerChange, ...]:
    """The answers that differ between two decisions on one record.

    Args:
        before: the first decision.
        after: the second one: by another rulebook, or on a later day.
        by_time: between two days, the decision on the later one by the law of the earlier; None of one day.
        wording: the words of the two rulebooks.
    """
    sides = [answers_of(decision) for decision in (before, after, by_time) if decision is not None]
    return tuple(_changes(sides, wording))


def _changes(sides: list[dict[Place, tuple[Answer, str]]], wording: Wording) -> Iterator[AnswerChange]:
    for place in sorted({place for side in sides for place in side}, key=order):
        kind, name, key = place
        answers = [_answer_at(side, place) for side in sides]
        if any(answer.tells != answers[0].tells for answer in answers):
            where = next(side[place][1] for side in sides if place in side)
            time = answers[2] if len(answers) > 2 else None
            yield AnswerChange(kind, name, key, where, answers[0], answers[1], time, wording)


def _answer_at(side: Mapping[Place, tuple[Answer, str]], place: Place) -> Answer:
    entry = side.get(place)
    return NOTHING[place[0]] if entry is None else entry[0]


def order(place: Place) -> tuple[int, str, str]:
    """By what changes are sorted, given the ``place`` of each: outcomes, findings, steps, each by name and key."""
    kind, name, key = place
    return ("outcome", "finding", "step").index(kind), name, key


def change_cells(change: AnswerChange) -> tuple[Any, ...]:
    """``change`` as the cells of a table, without words.

    They are kind, name, key, where, cause, the answers before and after, their due days, the ids of the rules that
    decide each, and the answer that time alone would have led to (None of one day).
    """
    before, after = change.before, change.after
    return (
        change.kind, change.name, change.key, change.where, change.cause, answer_text(before), answer_text(after),
        _day(before), _day(after), list(before.by), list(after.by),
        None if change.by_time is None else answer_text(change.by_time),
    )  # fmt: skip


def _day(answer: Answer) -> date | None:
    return answer.due if isinstance(answer.due, date) else None


def answer_text(answer: Answer) -> str:
    """``answer`` as a text without words: its value or status; of a set its words, those it may gain after ``?``."""
    if answer.status != "known":
        shown = answer.status
    elif isinstance(answer.value, frozenset):
        shown = ", ".join(sorted(answer.value))
    elif isinstance(answer.value, bool):
        shown = "true" if answer.value else "false"
    else:
        shown = str(plain(answer.value))
    return f"{shown} ? {', '.join(sorted(answer.possible))}" if answer.possible else shown
