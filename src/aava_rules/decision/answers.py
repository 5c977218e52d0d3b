"""The answers of a decision, each a lazy view of one state: outcomes, findings and next steps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from aava_rules.decision.context import DecisionContext
from aava_rules.decision.due import due_day
from aava_rules.decision.grounds import (
    LastKnown,
    citations_of,
    deciding_rules,
    last_known_of,
    last_known_text,
    message_of,
    successor_of,
    suggesting_rules,
)
from aava_rules.decision.measures import Measure, measure_of
from aava_rules.decision.reasons import Reason, reasons_unknown
from aava_rules.decision.text.catalogue import text
from aava_rules.decision.text.citations import Citation
from aava_rules.decision.text.values import label
from aava_rules.engine.diagram.leaves import Leaf
from aava_rules.engine.states import State
from aava_rules.language.errors import nearest, nearest_of
from aava_rules.language.structs import public
from aava_rules.language.texts import Texts, require_language
from aava_rules.language.values import LANGUAGES, Absent, Interval, Unknown, plain
from aava_rules.rulebook.model import WEIGHTS, Audience, Rule, Weight

if TYPE_CHECKING:
    from aava_rules.decision.cautions import Caution


OutcomeStatus = Literal["known", "unknown", "not_applicable", "conflict"]
"""How an outcome stands."""
FindingStatus = Literal["met", "broken", "unknown", "not_applicable"]
"""How a requirement stands."""
Value = bool | int | Decimal | date | str | frozenset[str] | Unknown | Absent
"""The value of an outcome: an answer, `UNKNOWN`, or the value of what is known not to exist."""


class _Answer:
    """What all answers have: a conclusion, the rules that decided it, their paragraphs, and its words.

    Answers are equal if they say the same of the same record on the same day: if ``to_dict`` gives the same.
    """

    __slots__ = ("_conclusion", "_context")

    def __init__(self, conclusion: State | Leaf, context: DecisionContext) -> None:
        """The answer that ``conclusion`` gives: the state that an engine found, or the verdict of a diagram.

        ``context`` has the record, the day and the rulebook, of which texts and citations are made.
        """
        self._conclusion = conclusion
        self._context = context

    @property
    def _state(self) -> State:
        """The state that the rules lead to, with all that an explanation needs."""
        conclusion = self._conclusion
        return conclusion if conclusion.__class__ is State else self._context.session.outcome(conclusion.name)

    @property
    def by(self) -> tuple[str, ...]:
        """The ids of the rules that decide; where no single rule surely does, those that between them must."""
        conclusion = self._conclusion
        if isinstance(conclusion, Leaf):
            return conclusion.by
        return tuple(rule.bound.rule.id for rule in deciding_rules(conclusion))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The paragraphs on which it rests."""
        return citations_of(self._state, self._context)

    @property
    def where(self) -> str:
        """The path of the item and field that it is about; empty for the client."""
        return self._context.where(self._state)

    def title(self, language: str = "fi") -> str:
        """What is asked, in a few words; ``language`` is ``fi``, ``sv`` or ``en``. Raises ValueError of another one."""
        require_language(language)
        return label(self._context.parts, self._conclusion.name)[language]

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What this answer rests on that has not been verified, the most serious first."""
        from aava_rules.decision.cautions import cautions_of

        return cautions_of(self._state, self._context)

    def message(self, language: str = "fi", audience: Audience | None = None) -> str:
        """The messages of the rules that surely decide, or the answer in a word; no cautions.

        Args:
            language: ``fi``, ``sv`` or ``en``.
            audience: ``worker`` or ``client``; None for that of the decision, a worker unless `for_audience` chose.

        Raises:
            ValueError: There is no such audience, or there are no texts in that language.
        """
        require_language(language)
        return message_of(self._state, self._context.for_audience(audience), language)

    def text(self, language: str = "fi", audience: Audience | None = None) -> str:
        """The message, and a line for each caution: what a person is to read of the answer.

        Args:
            language: ``fi``, ``sv`` or ``en``.
            audience: Whom it speaks to, as for `message`.

        Raises:
            ValueError: There is no such audience, or there are no texts in that language.
        """
        require_language(language)
        lines = [f"{text('report.caution', language)}: {caution.text(language)}" for caution in self.cautions]
        return "\n".join([self.message(language, audience), *lines])

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, _Answer) or type(other) is not type(self):
            return NotImplemented
        ours, theirs = self._context, other._context
        same = (ours.record.id, ours.on, self._conclusion.name) == (theirs.record.id, theirs.on, other._conclusion.name)
        return same and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        context, conclusion = self._context, self._conclusion
        return hash((type(self), context.record.id, context.on, conclusion.name, conclusion.status))

    def __copy__(self) -> Self:
        """Itself, since it never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, since it never changes."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        state = self._state
        return _unpickled, (type(self), self._context, state.kind, state.name, state.list_name, state.position)

    @property
    def recheck_on(self) -> date | None:
        """The first day on which the answer may be another if nothing happens but time; None: not in five years.

        Worked out anew whenever it is read: a look ahead of a single answer (see `Rulebook.look_ahead`).
        """
        from aava_rules.decision.forecast import recheck_day

        return recheck_day(self._state, self._context)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._conclusion.name}: {self._conclusion.status}>"


def _unpickled(kind: type[_Answer], context: Any, *place: str | int) -> _Answer:
    """The answer of a decision that was pickled: ``place`` is its kind, name, list and position."""
    for state in context.states:
        if (state.kind, state.name, state.list_name, state.position) == place:
            return kind(state, context)
    raise ValueError("The decision has no such answer.")


class _Measured(_Answer):
    """An answer that may hold a number against a limit."""

    __slots__ = ()

    @property
    def measure(self) -> Measure | None:
        """The one number that the deciding rules hold against a limit of the law; None where there is no such one."""
        return measure_of(self._state, self._context)

    @property
    def measured(self) -> Any:
        """The number that is held against a limit: an int or Decimal, bounds of it, UNKNOWN; None if there is none."""
        measure = self.measure
        return None if measure is None else measure.measured

    @property
    def limit(self) -> Any:
        """The most, or the least, that it may be; None if there is no such number."""
        measure = self.measure
        return None if measure is None else measure.limit

    @property
    def unit(self) -> str | None:
        """The unit of `measured` and `limit`, as rules name it (``days``); None if there is no such number."""
        measure = self.measure
        return None if measure is None else measure.unit

    @property
    def left(self) -> Any:
        """The limit less what is measured: what is left of a most, or lacks of a least; below zero what is over it."""
        measure = self.measure
        return None if measure is None else measure.left


@public
class Outcome(_Measured):
    """The answer to one question about the client.

    ``value`` is the answer, or UNKNOWN; of a set, its sure members. ``status`` is ``known``,
    ``unknown``, ``not_applicable`` (no rule is in force on that day, or none gives an answer) or
    ``conflict`` (rules that nothing ranks say different things). ``possible`` has the words that a
    set may still gain. ``reasons`` of an unknown: ``facts_missing``, ``law_not_verified``,
    ``needs_judgement``, ``conflict``. ``by`` has the ids of the deciding rules.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name of the outcome."""
        return self._conclusion.name

    @property
    def status(self) -> OutcomeStatus:
        """``known``, ``unknown``, ``not_applicable`` or ``conflict``."""
        return cast(OutcomeStatus, self._conclusion.status)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is unknown, sorted; empty if it is not."""
        return reasons_unknown(self._state, self._context) if self.status == "unknown" else ()

    @property
    def value(self) -> Value:
        """The answer, or UNKNOWN; of a set, its sure members."""
        return self._conclusion.answer  # type: ignore[no-any-return]

    @property
    def possible(self) -> frozenset[str]:
        """The words that a set may still gain."""
        value = self._state.value
        sets = isinstance(value, Interval) and isinstance(value.low, frozenset)
        return value.high - value.low if sets else frozenset()

    @property
    def given(self) -> bool:
        """Whether the record gives the outcome, so that its rules were not asked."""
        return self._state.stated

    @property
    def successor(self) -> Texts | None:
        """What the authors expect to hold instead, where the law of the day is not theirs."""
        return successor_of(self._state, self._context)

    @property
    def last_known(self) -> LastKnown | None:
        """What the law read last gives, with the facts of the day; None unless law that was not verified is why."""
        if self.status != "unknown" or "law_not_verified" not in self.reasons:
            return None
        return last_known_of(self._state, self._context)

    def message(self, language: str = "fi", audience: Audience | None = None) -> str:
        """The message; in doubt, what the law read last gives stands on a line of its own.

        Args:
            language: ``fi``, ``sv`` or ``en``.
            audience: Whom it speaks to: ``worker`` or ``client``; None for that of the decision.

        Raises:
            ValueError: There is no such audience, or there are no texts in that language.
        """
        require_language(language)
        context = self._context.for_audience(audience)
        message, known = message_of(self._state, context, language), self.last_known
        return message if known is None else f"{message}\n{last_known_text(known, self._state, context, language)}"

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        return outcome_form(self) | measure_form(self) | _grounds(self)


@public
class Finding(_Measured):
    """Whether one item, or the client's case, keeps one requirement.

    ``status`` is ``met``, ``broken``, ``unknown`` or ``not_applicable``. ``key`` is stable when a
    host sorts its lists anew: the requirement and the item's id, else a hash of the item.
    """

    __slots__ = ()

    @property
    def requirement(self) -> str:
        """The name of the requirement."""
        return self._state.name

    @property
    def status(self) -> FindingStatus:
        """``met``, ``broken``, ``unknown`` or ``not_applicable``."""
        return cast(FindingStatus, self._conclusion.status)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it is unknown, sorted; empty if it is not."""
        return reasons_unknown(self._state, self._context) if self.status == "unknown" else ()

    @property
    def key(self) -> str:
        """What names the finding in every run, whatever the order of the lists."""
        item = self._context.item_key(self._state)
        return f"{self.requirement}@{item}" if item else self.requirement

    @property
    def weight(self) -> Weight:
        """Whose rule it is: law, model, local or advice."""
        return self._rule.weight

    @property
    def rulebook(self) -> str:
        """The rulebook that the rule stands in."""
        return self._rule.rulebook

    @property
    def _rule(self) -> Rule:
        deciding = deciding_rules(self._state)
        if deciding:
            return deciding[0].bound.rule
        return self._context.first_rule(self._state)

    @property
    def last_day(self) -> date | None:
        """The last day on which the requirement is still met if the client attends on the agreed days of each week.

        Of the most days of participation within twelve months, for example. None if it is met up to the end of the
        period that is going on, or for a year, or if no such day can be told: the requirement is not met, or
        attendance is not what it depends on, or the days of the period, or those agreed on, are not known.
        Worked out anew whenever it is read.
        """
        from aava_rules.decision.forecast import last_day_met

        return last_day_met(self._state, self._context)

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        answer: dict[str, Any] = {
            "key": self.key, "requirement": self.requirement, "status": self.status, "weight": self.weight,
            "rulebook": self.rulebook, "where": self.where,
        }  # fmt: skip
        if self.reasons:
            answer["reasons"] = list(self.reasons)
        return answer | measure_form(self) | _grounds(self)


@public
class NextStep(_Answer):
    """A step that is to be taken next.

    ``due`` is the last day on which it is to be taken, None where no source names a day, UNKNOWN where the day
    depends on what is not known.
    """

    __slots__ = ("_rules", "due")

    def __init__(self, state: State, context: DecisionContext) -> None:
        super().__init__(state, context)
        self._rules = suggesting_rules(state)
        self.due: date | Unknown | None = due_day(state)

    @property
    def step(self) -> str:
        """The name of the step."""
        return self._state.name

    @property
    def overdue(self) -> bool:
        """Whether the due day lies before the day of decision."""
        return isinstance(self.due, date) and self.due < self._context.on

    @property
    def by(self) -> tuple[str, ...]:
        """The ids of the rules that decide."""
        return tuple(rule.bound.rule.id for rule in self._rules)

    @property
    def weight(self) -> Weight:
        """Whose rule it is: law, model, local or advice."""
        return min((rule.bound.rule.weight for rule in self._rules), key=WEIGHTS.index)

    @property
    def rulebook(self) -> str:
        """The rulebook that the rule stands in."""
        return self._rules[0].bound.rule.rulebook

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        answer = {"step": self.step, "due": plain(self.due), "overdue": self.overdue, "weight": self.weight}
        return answer | {"rulebook": self.rulebook, "where": self.where} | _grounds(self)


def outcome_form(outcome: Outcome) -> dict[str, Any]:
    """The answer of an ``outcome`` as JSON has it, without what it measures and on what it rests."""
    answer: dict[str, Any] = {"status": outcome.status, "value": plain(outcome.value)}
    if outcome.status in ("not_applicable", "conflict"):
        answer["value"] = None
    if outcome.possible:
        answer["possible"] = sorted(outcome.possible)
    if outcome.reasons:
        answer["reasons"] = list(outcome.reasons)
    if outcome.successor:
        answer["successor"] = dict(outcome.successor)
    known = outcome.last_known
    if known is not None:
        answer["last_known"] = known.to_dict()
    answer["given"] = outcome.given
    return answer


def measure_form(answer: Outcome | Finding) -> dict[str, Any]:
    """What an ``answer`` measures as JSON has it, empty if that is nothing."""
    measure = answer.measure
    return {} if measure is None else measure.to_dict()


def state_of(answer: Outcome | Finding | NextStep) -> State:
    """The state that the rules lead an ``answer`` to, for the rest of the library; hosts do without it."""
    return answer._state


def _grounds(answer: Outcome | Finding | NextStep) -> dict[str, Any]:
    return {
        "by": list(answer.by),
        "title": {language: answer.title(language) for language in LANGUAGES},
        "text": {language: answer.message(language) for language in LANGUAGES},
        "citations": [citation.to_dict() for citation in answer.citations],
        "cautions": list(dict.fromkeys(caution.code for caution in answer.cautions)),
    }


def nearest_answer(
    written: str, outcomes: Collection[str], requirements: Collection[str], steps: Collection[str]
) -> str:
    """What was meant by a name that is no outcome: that of an answer of another kind, else the nearest name.

    Args:
        written: the name.
        outcomes: the names of outcomes.
        requirements: those of requirements.
        steps: those of steps.
    """
    if written in requirements:
        return f"{written} is a requirement: see `findings`, where each item has its own."
    if written in steps:
        return f"{written} is a step: see `next_steps`, where it stands if it is to be taken."
    if hint := nearest(written, outcomes):
        return hint
    name = nearest_of(written, [*requirements, *steps])
    if not name:
        return ""
    kind = "a requirement: see `findings`" if name in requirements else "a step: see `next_steps`"
    return f"Did you mean {name}? It is {kind}."
